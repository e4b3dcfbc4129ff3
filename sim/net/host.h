/*
 * host.h - a layer that the host runs: one operator of an exchange file.
 *
 * It takes no cycle of the machine. The same operator runs on codes, as the
 * file has its tensors, and on reals, where all that was quantized is float32:
 * in the float reference, and in float networks that we quantize.
 */
#ifndef HOST_H
#define HOST_H

#include "sim/graph/eval.h"
#include "sim/net/net.h"

struct host {
    const struct graph_node *node;
    int output;                   /* which of the node's outputs it makes */
    int input_count;              /* of the node */
    const int *input;             /* tensors of the net; -1: constant, absent */
    /* Without repetition and constants: what must be there to run. */
    int live_count;
    const int *live;
    /* [inputs], then [outputs]: constants with their data. */
    const struct eval_value *codes;   /* NULL: a float network */
    const struct eval_value *reals;
    size_t scratch;               /* bytes that a run borrows */
};

/* Fill live, reals (in `arena`, constants widened) and scratch from the rest. 0,
 * or -1 without memory. */
int host_prepare(struct host *host, struct arena *arena);

/*
 * Run on the codes of the net's tensors, tensor[t], into `out`. Codes of
 * float32 tensors are their bits. `scratch` is aligned for any type.
 */
void host_run_codes(const struct host *host, int32_t *const *tensor,
                    int32_t *out, void *scratch);
/* The same on reals. */
void host_run_reals(const struct host *host, float *const *tensor, float *out,
                    void *scratch);

/* The greatest scratch of a network's layers; 0: it has none on the host. */
size_t host_scratch(const struct net *net);

#endif
