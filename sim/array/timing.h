/*
 * timing.h - cycles of a layer, equal to the RTL's counter.
 *
 * docs/rtl/engine.md derives the formulas from the sequencers; sim/cosim
 * compares them with the Verilated engine on every run.
 */
#ifndef TIMING_H
#define TIMING_H

#include <stdint.h>

#include "sim/program/program.h"

/* Cycles of the layer: 0 for layers that move nothing (flatten). */
int64_t timing_layer_cycles(const struct hw *hw,
                            const struct program_desc *desc);

/* The array's own formula on bare numbers, for tests and what-if. */
int64_t timing_array_cycles(const struct hw *hw, int64_t positions,
                            int64_t steps, int64_t channel_tiles);

/*
 * Share of the peak (rows * cols * lanes products a cycle for the array, cols
 * for the vector unit) that the layer's MACs use: 0 to 1.
 */
double timing_utilization(const struct hw *hw, const struct program_desc *desc,
                          int64_t cycles);

#endif
