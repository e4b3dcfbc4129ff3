/*
 * quantize.h - from a float network to a quantized one (post-training).
 *
 * 0. equalize.h: move factors between layers, if asked for
 * 1. calibrate.h: run the float network on the calibration set and note the
 *    values of every tensor
 * 2. choose scale and zero point of every tensor; pools and flatten hand on
 *    those of their input
 * 3. quantize weights, biases to int32 with the scale input * weight, and turn
 *    input * weight / output into multiplier and shift
 * 4. refine.h: learned rounding and bias correction, if asked for
 *
 * quantize_network is all of it, quantize steps 2 and 3.
 */
#ifndef QUANTIZE_H
#define QUANTIZE_H

#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/quant/calibrate.h"
#include "sim/quant/equalize.h"
#include "sim/quant/given.h"
#include "sim/quant/qnet.h"

/*
 * Quantize. Errors (more bits than the hardware has, an unknown layer, a scale
 * without a multiplier) go to `diag` with their place; returns -1 if any.
 * Borrows net. Call qnet_release in any case.
 */
int quantize(struct qnet *qnet, const struct net *net, const struct hw *hw,
             const struct design *design, const struct calibration *c,
             struct diag *diag);

/*
 * Read the calibration data that the network needs: none (an empty dataset) if
 * its file has quantized it. 0, or -1 and an error.
 */
int quantize_read_data(struct dataset *data, const struct net *net,
                       const struct design *design, struct diag *diag);

/* What quantize_network makes. All of it lives until quantization_release. */
struct quantization {
    struct equalization equalization;  /* pairs 0: not asked for */
    struct net_float *real;            /* the float network, equalized or not */
    struct calibration calibration;
    struct qnet qnet;
};

/*
 * Quantize as the design says, on its calibration data; a network that its file
 * has quantized is taken as it is, without data. Equalization changes
 * the weights in `net`, in its arena. 0; or -1, with an error in `diag` unless
 * interrupted. Call quantization_release in any case.
 */
int quantize_network(struct quantization *q, struct net *net,
                     const struct hw *hw, const struct design *design,
                     const struct dataset *calibration_data, int workers,
                     struct diag *diag);
void quantization_release(struct quantization *q);

#endif
