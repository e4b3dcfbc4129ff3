/* two_inputs.h - the multipliers of add and mul layers, as TFLite has them. */
#ifndef TWO_INPUTS_H
#define TWO_INPUTS_H

#include "sim/config/hardware.h"
#include "sim/quant/qnet.h"

/*
 * Requantization of layer i, whose tensors have their parameters already:
 *
 *   add   requant[0], [1]: each input, shifted left by hw_add_shift, to twice
 *         the greater scale of the two (so that a multiplier is at most 1/2);
 *         [2]: their sum to the output. Zero points and limits of [0] and [1]
 *         are not used.
 *   mul   requant[0]: the product of the operands to the output
 *
 * 0; or -1 and an error at the layer: no multiplier for a scale, or an
 * accumulator too narrow to add in.
 */
int quantize_two_inputs(struct qnet *qnet, int i, const struct hw *hw,
                        struct diag *diag);

#endif
