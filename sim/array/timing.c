#include "sim/array/timing.h"

/*
 * From start_i to done_o, besides the passes: see docs/rtl/engine.md. A weight
 * stationary sum also runs down all rows.
 */
enum { WS_FIXED = 7, OS_FIXED = 8, WS_RETURN = 2, VECTOR_FIXED = 8 };

static int64_t max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/*
 * Weight stationary: a pass sends a block of positions through one tile of
 * weights. It lasts at least rows + 2 cycles, in which the next weights are
 * loaded and its own sums come back. The last pass ends with its positions.
 */
static int64_t weight_stationary(const struct hw *hw, int64_t positions,
                                 int64_t steps, int64_t tiles)
{
    const int64_t least = hw->rows + WS_RETURN;
    const int64_t k_tiles = (steps + hw->rows - 1) / hw->rows;
    const int64_t full = (positions - 1) / hw->acc_depth;
    const int64_t last = positions - full * hw->acc_depth;
    const int64_t of_channel_tile =
        k_tiles * (full * max(hw->acc_depth, least) + max(last, least));

    return tiles * of_channel_tile - max(last, least) + last + hw->rows
           + WS_FIXED;
}

/*
 * Output stationary: a tile of up to `rows` positions takes its steps, or as
 * long as the tile before needs to leave. The last tile's sums leave after it.
 */
static int64_t output_stationary(const struct hw *hw, int64_t positions,
                                 int64_t steps, int64_t tiles)
{
    const int64_t full = (positions - 1) / hw->rows;
    const int64_t last = positions - full * hw->rows;
    const int64_t of_channel_tile = full * max(steps, hw->rows)
                                    + max(steps, last);

    return tiles * of_channel_tile - max(steps, last) + steps + last
           + OS_FIXED;
}

int64_t timing_array_cycles(const struct hw *hw, int64_t positions,
                            int64_t steps, int64_t channel_tiles)
{
    if (hw->dataflow == HW_WEIGHT_STATIONARY)
        return weight_stationary(hw, positions, steps, channel_tiles);
    return output_stationary(hw, positions, steps, channel_tiles);
}

/* The vector unit: `cols` channels at a time, one tap a cycle. */
static int64_t vector_cycles(const struct program_desc *d)
{
    return (int64_t) d->channel_tiles * d->positions * d->taps + VECTOR_FIXED;
}

int64_t timing_layer_cycles(const struct hw *hw,
                            const struct program_desc *desc)
{
    switch (desc->unit) {
    case PROGRAM_ARRAY:
        return timing_array_cycles(hw, desc->positions, desc->steps,
                                   desc->channel_tiles);
    case PROGRAM_VECTOR:
        return vector_cycles(desc);
    default:
        return 0;
    }
}

double timing_utilization(const struct hw *hw, const struct program_desc *desc,
                          int64_t cycles)
{
    const int64_t outputs = (int64_t) desc->positions * desc->out.c;
    const int64_t peak = desc->unit == PROGRAM_ARRAY
        ? (int64_t) hw->rows * hw->cols * hw->lanes : hw->cols;

    if (cycles == 0)
        return 0.0;
    return (double) (outputs * desc->taps) / ((double) peak * (double) cycles);
}
