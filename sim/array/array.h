/*
 * array.h - runs a program on the modelled machine: values and overflows.
 *
 * Values follow docs/numerics.md to the bit and do not depend on dataflow,
 * array shape or the number of threads. Cycles are in timing.h.
 */
#ifndef ARRAY_H
#define ARRAY_H

#include <stdint.h>

#include "sim/array/kernel.h"
#include "sim/program/program.h"

struct array_model;

/*
 * The codes that tensor t can hold: all of its format, or what the layer that
 * writes it clamps to (a fused ReLU leaves no negative reals).
 */
void array_tensor_range(const struct program *program, int t, int32_t *lo,
                        int32_t *hi);

/*
 * What a channel's sums can reach, from its weights, its bias and the range of
 * its input, over every partial sum (fx_range_add). Proved: it never leaves the
 * accumulator, so nothing is checked and nothing can be counted.
 */
struct array_bound {
    struct fx_range range;
    int bits;                     /* of the narrowest safe accumulator */
    bool proved;
};

/*
 * Prepare a program (borrowed). `kernels` NULL: the fastest of this machine.
 * One model may be shared by threads. NULL without memory.
 */
struct array_model *array_new(const struct program *program,
                              const struct kernel_set *kernels);
void array_free(struct array_model *model);

/* [filters] of a weighted layer, NULL for others. */
const struct array_bound *array_bounds(const struct array_model *model,
                                       int layer);

/* One thread's tensors and counters. NULL without memory. */
struct array_state;
struct array_state *array_state_new(const struct array_model *model);
void array_state_free(struct array_state *state);

/* Codes of tensor t, [h][w][c]; t = 0 is the input, filled before a run. */
int32_t *array_tensor(struct array_state *state, int t);

/* The class that the output's codes stand for: the greatest, the first of
 * equals. */
int array_class(const struct program *program, const int32_t *codes);

/* Run the whole program on the input in the state. Counters are added to. */
void array_run(const struct array_model *model, struct array_state *state);

/*
 * Run one layer alone on the tensors in the state, which must hold codes within
 * array_tensor_range.
 */
void array_run_layer(const struct array_model *model, struct array_state *state,
                     int layer);

/*
 * The same, and note what the layer's exact sums reach: peak[c], one for each
 * output channel, is widened by the bias and by every partial sum after it, as
 * no accumulator has altered it. fx_bits_needed of the result is one more than
 * the bit length of the OR of x ^ (x >> 63) over all partial sums x. The sums of
 * a mul are its products. Add, max pools and flatten widen nothing.
 */
void array_run_measured(const struct array_model *model,
                        struct array_state *state, int layer,
                        struct fx_range *peak);

/* Overflow events so far, per output channel: [out.c] of the layer. */
int64_t *array_overflows(struct array_state *state, int layer);

/*
 * The operands (code - zero point) that output position `position` of an array
 * layer multiplies, in tap order, zero in the padding and up to the last lane:
 * desc->steps * lanes numbers. This is the im2col row of the position.
 */
void array_operands(const struct array_model *model, struct array_state *state,
                    int layer, int position, int32_t *operands);

/*
 * The same for one output channel of any weighted layer: depthwise taps are
 * those of its input channel. And the weights that they meet, as operands.
 */
void array_channel_operands(const struct array_model *model,
                            struct array_state *state, int layer, int position,
                            int channel, int32_t *operands);
const int32_t *array_weights(const struct array_model *model, int layer,
                             int channel);

/*
 * One output element, MAC step by MAC step: acc[s] is the sum after step s,
 * overflowed[s] whether that step overflowed. For weighted layers; arrays of
 * desc->steps. Returns the requantized code.
 */
int32_t array_trace(const struct array_model *model, struct array_state *state,
                    int layer, int position, int channel, int64_t *acc,
                    bool *overflowed);

#endif
