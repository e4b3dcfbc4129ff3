/*
 * elementwise.h - add and mul of two codes, as the vector unit does it.
 *
 * TFLite's integer algorithms (docs/numerics.md, "Add and mul"). RTL:
 * npu_pair.
 */
#ifndef ELEMENTWISE_H
#define ELEMENTWISE_H

#include "sim/program/program.h"

/*
 * One output code of an add or mul layer. *overflowed is set when the product
 * of a mul does not fit the accumulator; an add cannot overflow.
 */
int32_t elementwise_code(const struct hw *hw, const struct program_desc *desc,
                         int32_t a, int32_t b, bool *overflowed);

/*
 * The same, seen inside: sum[0] and sum[1] are an add's rescaled inputs, sum[2]
 * what is requantized at the end; a mul has the last only.
 */
int32_t elementwise_trace(const struct hw *hw, const struct program_desc *desc,
                          int32_t a, int32_t b, int64_t sum[3],
                          bool *overflowed);

#endif
