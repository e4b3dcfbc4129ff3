/*
 * signature.h - what the core's signature register says of a layer.
 *
 * CRC-32 over the output codes in the order in which the hardware emits them:
 * channel tile, position, column, channels past the end left out; each code as
 * two bytes, the low one first, sign- or zero-extended.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include "sim/program/program.h"

/* `codes` is the layer's output, [h][w][c]. */
uint32_t signature_of_layer(const struct hw *hw,
                            const struct program_desc *desc,
                            const int32_t *codes);

#endif
