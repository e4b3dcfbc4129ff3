/*
 * host_bare.c - sim/net's host layers, which a device has none of: what it runs
 * are descriptors. Saves the evaluator of exchange files.
 */
#include <stdlib.h>

#include "sim/net/host.h"

size_t host_scratch(const struct net *net)
{
    (void) net;
    return 0;
}

void host_run_codes(const struct host *host, int32_t *const *tensor,
                    int32_t *out, void *scratch)
{
    (void) host, (void) tensor, (void) out, (void) scratch;
    abort();
}

void host_run_reals(const struct host *host, float *const *tensor, float *out,
                    void *scratch)
{
    (void) host, (void) tensor, (void) out, (void) scratch;
    abort();
}

int net_input_count(const struct net_layer *layer)
{
    (void) layer;
    abort();
}

int net_input_of(const struct net_layer *layer, int k)
{
    (void) layer, (void) k;
    abort();
}
