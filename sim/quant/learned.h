/*
 * learned.h - rounding of weights learned from a layer's output (AdaRound).
 *
 * Rounding each weight to the nearest code is best for the weights, not for the
 * sums that they make. For each weight, h in [0, 1] says how far up from the
 * lower code it lies; h starts where the float weight is, and Adam minimises
 *
 *   mean over rows of (f(x w~) - target)^2 / its value with nearest rounding
 *     + regularization * sum of (1 - |2 h - 1|^beta)
 *
 * whose second term, with beta falling from 20 to 2 in whole steps, drives every
 * h to 0 or 1 (Nagel et al. 2020, arXiv:2004.10568). x is the input that the quantized
 * layers before give, target the float layer's output, f its activation.
 * Filters do not know each other; each is seeded by itself, so that the result
 * is the same for any number of threads.
 */
#ifndef LEARNED_H
#define LEARNED_H

#include <stdint.h>

#include "sim/base/lanes.h"
#include "sim/config/design.h"
#include "sim/net/net.h"
#include "sim/quant/quant.h"

enum { LEARNED_LANES = LANES };    /* filters that are trained together */

struct learned_problem {
    const struct net_layer *layer;
    const float *bias;             /* [filters] */
    const struct quant_params *params; /* [filters], two bits or more */
    int rows;
    /* [rows][taps]; depthwise: [rows][blocks][taps][LEARNED_LANES]. */
    const float *x;
    const float *target;           /* [rows][filters], after the activation */
};

struct learned_result {
    int64_t changed;               /* weights not rounded to the nearest */
    double before, after;          /* squared error / squared target */
};

/* Blocks of LEARNED_LANES filters. */
int learned_blocks(const struct net_layer *layer);

/*
 * codes[filters][taps]: in, the nearest; out, the learned. A filter that gains
 * nothing on the rows keeps the nearest. -1 without memory or when interrupted;
 * codes are then undefined but valid.
 */
int learned_round(const struct learned_problem *problem,
                  const struct design_learned *settings, int16_t *codes,
                  struct learned_result *result, int workers);

#endif
