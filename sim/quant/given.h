/*
 * given.h - a network that its file has quantized: its codes and scales, this
 * machine's multipliers.
 */
#ifndef GIVEN_H
#define GIVEN_H

#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/quant/qnet.h"

/*
 * Take the file's codes (net->quantized) over. With 'requantize: {preset:
 * tflite}', 32 accumulator bits or proof that fewer do, every result is that of
 * the TensorFlow Lite reference kernels; int16 activations want 'int16x8'.
 * Other machines give what they give. Errors (widths that the hardware has not,
 * a scale without multiplier) go to `diag` at the layer. Returns -1 if any.
 * Borrows net. Call qnet_release in any case.
 */
int quantize_given(struct qnet *qnet, const struct net *net,
                   const struct hw *hw, struct diag *diag);

/* The narrowest accumulator that holds every sum of a layer with weights, for
 * any input that its tensors can hold. */
int given_sum_bits(const struct net *net, int layer);

/*
 * Is what an operator computes on this machine what the file's own definition
 * says: of a .tflite file TensorFlow Lite's reference kernels, of an ONNX file
 * ONNX's operators?
 *
 * Near: ONNX computes it in float32 between its codes, so that a code may be
 * one off (two roundings, another order of summation). Differs: the machine
 * rounds or overflows otherwise.
 */
enum given_match { GIVEN_EXACT, GIVEN_NEAR, GIVEN_DIFFERS };

extern const char *const given_match_names[];    /* "yes", "near", "no" */

/*
 * `proved`: no sum of its layer leaves the accumulator (array_bounds). `why` is
 * a sentence without a full stop, "" where it is exact; never freed.
 */
enum given_match given_match(const struct net *net, const struct hw *hw,
                             const struct net_operator *o, bool proved,
                             const char **why);

#endif
