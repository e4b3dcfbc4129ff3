/*
 * equalize.h - cross-layer equalization of a float network.
 *
 * relu(s x) = s relu(x) for s > 0: dividing channel c of a layer by s and
 * multiplying the next layer's weights for c by s changes nothing but the
 * ranges. s = sqrt(r1 / r2) makes the channel's weights as large on either side
 * (Nagel et al. 2019, arXiv:1906.04721). Their absorption of high biases is not
 * done: it needs the statistics of a batch normalization.
 */
#ifndef EQUALIZE_H
#define EQUALIZE_H

#include "sim/net/net.h"

struct equalization {
    int pairs;                /* of layers that take part */
    int sweeps;               /* until factors settled at 1 */
    double greatest_factor;   /* max(s, 1/s) of a channel in one sweep */
};

/*
 * Replace weights and biases of `net` by equalized ones, in its arena. A pair is
 * a layer with relu or no activation and the weighted layer that alone reads
 * its output, directly or through pools and flatten that nobody else reads.
 * Layers whose activation saturates above (relu6, clamp) are left alone. 0, or
 * -1 without memory.
 */
int equalize(struct net *net, struct equalization *result);

/* The weighted layer that shares layer i's output channels as above, or -1. */
int equalize_partner(const struct net *net, int i);

#endif
