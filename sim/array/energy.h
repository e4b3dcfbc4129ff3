/*
 * energy.h - memory traffic and an estimate of the energy of one inference.
 *
 * Traffic is counted exactly, by the rule of each dataflow. Energy is traffic
 * and operations times a published table:
 *
 *   M. Horowitz, "Computing's energy problem (and what we can do about it)",
 *   ISSCC 2014, figure 1.1.9: 45 nm, 0.9 V.
 *
 * It is an estimate for comparing designs: no wires, no clock, no leakage, no
 * control, and multiplying by zero costs as much as by anything. Widths that
 * the table lacks are interpolated as the functions say; docs/accumulator.md
 * has the rules for users.
 */
#ifndef ENERGY_H
#define ENERGY_H

#include "sim/program/program.h"

extern const char energy_source[];

/*
 * Of one layer and one inference, in codes (weights, inputs, outputs) and words
 * (the others).
 *
 *   macs     products: positions * taps * channels, padding included
 *   adds     of pools: taps compared or added; of add and mul: pairs
 *   weights  read from the ROM, whole words of all columns: weight stationary,
 *            once for every block of `accumulator.depth` positions; output
 *            stationary, once for every `rows` positions; vector unit, once for
 *            every position
 *   inputs   activations that the array takes, the padding not: once for every position, tap
 *            and tile of `cols` channels; a column shares them, a position does
 *            not. Vector unit: once for every position, tap and channel
 *   outputs  activations written, once
 *   sums     partial sums written to the buffer and read back: weight
 *            stationary, for every position and column, between two tiles of
 *            `rows` steps; else none
 *   biases   read: weight stationary and vector unit, for every position and
 *            column; output stationary, once for every `rows` positions
 *   scales   multiplier and shift, read for every position and column
 */
struct energy_traffic {
    int64_t macs, adds;
    int64_t weights, inputs, outputs, sums, biases, scales;
};

struct energy_traffic energy_traffic(const struct program *program, int layer);

/* Picojoules, by where they go. */
struct energy {
    double compute, weights, activations, sums, parameters;
};

/* The bytes of one bank of each memory. */
struct energy_memories {
    double weight_bank, activation_bank, sum_bank, bias_bank, scale_bank;
};

struct energy_memories energy_memories(const struct program *program);

/* The machine; and one that differs in holding float32 wherever it holds codes
 * and sums: the same array, dataflow and depths, 32-bit words, no scales. */
struct energy energy_layer(const struct program *program, int layer);
struct energy energy_layer_float(const struct program *program, int layer);

double energy_total(const struct energy *e);

/* Picojoules to bring `bytes` from DRAM: between the two ends of the table. */
double energy_dram_least(double bytes);
double energy_dram_most(double bytes);

/* ------------------------------------------------------------- the table */

/* Linear in the width through 8 bits (0.03 pJ) and 32 (0.1); below 8 bits in
 * proportion. */
double energy_add(int bits);
/* Linear in the product of the widths through 8 x 8 (0.2 pJ) and 32 x 32
 * (3.1); below 8 x 8 in proportion. */
double energy_multiply(int a_bits, int b_bits);
/*
 * One access of `bits` to an SRAM of `bytes`: 64 bits cost 10 pJ in 8 KiB, 20 in
 * 32 KiB, 100 in 1 MiB, between them and beyond on the straight line through
 * the logarithms; other widths in proportion. A ROM counts as an SRAM.
 */
double energy_sram(double bytes, double bits);

#endif
