/*
 * timing.h - cycles of a layer, equal to the RTL's counters.
 *
 * Two machines: npu_core, which runs whole networks and is what `napier run`
 * reports, and npu_engine alone, which is given its operands. docs/rtl/core.md
 * and docs/rtl/engine.md derive the formulas from the sequencers; sim/cosim
 * compares them with the Verilated RTL on every run. Fast enough for sweeps:
 * the work grows with the rows of an image, not with its elements.
 */
#ifndef TIMING_H
#define TIMING_H

#include <stdint.h>

#include "sim/program/program.h"

/*
 * Cycles of the layer on npu_core, from the fetch of its descriptor to its last
 * result: 0 for layers that move nothing (flatten).
 */
int64_t timing_layer_cycles(const struct hw *hw,
                            const struct program_desc *desc);

/*
 * Cycles of an array layer on npu_engine alone, from start_i to done_o, when
 * operands come as fast as it asks.
 */
int64_t timing_engine_cycles(const struct hw *hw,
                             const struct program_desc *desc);

/* The same on bare numbers, for tests and what-if. */
int64_t timing_array_cycles(const struct hw *hw, int64_t positions,
                            int64_t steps, int64_t channel_tiles);

/*
 * Of these cycles, those in which nothing is computed because operands or the
 * descriptor are on their way: what the layer takes beyond the engine alone,
 * or beyond a tap or operand a cycle and column of the vector unit.
 */
int64_t timing_stall_cycles(const struct hw *hw,
                            const struct program_desc *desc, int64_t cycles);

/*
 * Share of the peak (rows * cols * lanes products a cycle for the array, cols
 * for the vector unit) that the layer's MACs use: 0 to 1.
 */
double timing_utilization(const struct hw *hw, const struct program_desc *desc,
                          int64_t cycles);

#endif
