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

/* Does this machine requantize as the kernels of the file do, whatever the
 * width of its sums? If not, why. */
bool given_has_arithmetic(const struct net *net, const struct hw *hw,
                          const char **why);

/*
 * The same, and sums of at least 32 bits, as the kernels have them. `why` is a
 * sentence without a full stop, for reports.
 */
bool given_is_exact(const struct net *net, const struct hw *hw,
                    const char **why);

#endif
