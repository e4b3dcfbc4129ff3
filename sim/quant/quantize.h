/*
 * quantize.h - from a float network to a quantized one (post-training).
 *
 * 1. calibrate: run the float network on the calibration set and note the
 *    range of every tensor
 * 2. choose scale and zero point of every tensor; pools and flatten hand on
 *    those of their input
 * 3. quantize weights per tensor or per channel, biases to int32 with the scale
 *    input * weight, and turn input * weight / output into multiplier and shift
 */
#ifndef QUANTIZE_H
#define QUANTIZE_H

#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/net/dataset.h"
#include "sim/net/net_float.h"
#include "sim/quant/qnet.h"

struct calibration {
    int tensors;
    double *lo, *hi;           /* [tensors], of all images */
    int64_t images;
};

/*
 * The range of every tensor over the first `images` (0: all) of a dataset.
 * Deterministic whatever the number of threads. -1 without memory or when
 * interrupted.
 */
int calibrate(struct calibration *c, const struct net *net,
              const struct net_float *f, const struct dataset *data,
              int64_t images, int workers);
void calibration_release(struct calibration *c);

/*
 * Quantize. Errors (more bits than the hardware has, an unknown layer, a scale
 * without a multiplier) go to `diag` with their place; returns -1 if any.
 * Borrows net. Call qnet_release in any case.
 */
int quantize(struct qnet *qnet, const struct net *net, const struct hw *hw,
             const struct design *design, const struct calibration *c,
             struct diag *diag);

#endif
