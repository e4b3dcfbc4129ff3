/*
 * net_float.h - the network in float: the reference that losses are measured
 * against, and the source of calibration ranges.
 */
#ifndef NET_FLOAT_H
#define NET_FLOAT_H

#include "sim/net/net.h"

struct net_float;

/*
 * Prepare a network to be run (weights packed for speed). Borrows `net`. NULL
 * without memory. One struct may be shared by threads.
 */
struct net_float *net_float_new(const struct net *net);
void net_float_free(struct net_float *f);

/* One thread's buffers: every tensor of one inference. NULL without memory. */
struct net_buffers;
struct net_buffers *net_buffers_new(const struct net *net);
void net_buffers_free(struct net_buffers *b);

/* Tensor t, [h][w][c]; t = 0 is the input, to be filled before a run. */
float *net_buffers_tensor(struct net_buffers *b, int t);

/* Run all layers on the input in the buffers. Float sums in tap order. */
void net_float_run(const struct net_float *f, struct net_buffers *b);

/* Layer i alone, from `in` to `out`; add and mul also read `second`. `b` lends
 * its scratch memory and may be of another network with windows as large. Not
 * for host layers, which may read more (host.h). */
void net_float_run_layer(const struct net_float *f, int i, const float *in,
                         const float *second, float *out,
                         struct net_buffers *b);

/* Layer i of a network that the host runs, on the tensors in the buffers. */
void net_float_run_host(const struct net *net, int i, struct net_buffers *b);

/* The index of the greatest element; the first of equals. */
int net_argmax(const float *values, int64_t count);

#endif
