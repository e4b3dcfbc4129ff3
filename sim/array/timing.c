#include "sim/array/timing.h"

#include "sim/array/gather.h"

/*
 * From start_i to done_o, besides the passes: see docs/rtl/engine.md. A weight
 * stationary sum also runs down all rows.
 */
enum { WS_FIXED = 7, OS_FIXED = 8, WS_RETURN = 2 };

/*
 * Descriptor fetch and the depth of the pipelines: docs/rtl/core.md, "Cycles of
 * a layer". They do not depend on the hardware file.
 */
enum { WS_CORE = 44, OS_CORE = 45, VECTOR_CORE = 44, ADD_CORE = 47 };

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

int64_t timing_engine_cycles(const struct hw *hw,
                             const struct program_desc *desc)
{
    return timing_array_cycles(hw, desc->positions, desc->steps,
                               desc->channel_tiles);
}

/* ------------------------------------------------------------- the core */

/*
 * Pass p of a layer: its segments are listed, one a cycle, while the pass
 * before gathers, and it is ready in X(p); it gathers from I(p) to E(p).
 *
 *     X(0)   = n(0)
 *     I(p)   = max(X(p), ...)
 *     E(p)   = I(p) + D(p)
 *     X(p+1) = max(E(p), X(p) + n(p+1) + 1)
 *
 * with D(p) the cycles of its gather, n(p) its segments, m(p) its positions and
 * s(p) its steps. A weight stationary pass waits until the sums of the pass
 * before are back:
 *
 *     I(p)   = max(X(p), E(p-1) + max(0, rows + 2 - m(p-1)))
 *
 * An output stationary one has two halves of a transposer to gather into, of
 * which the other is played, from S(p) on; the sums of a block leave before the
 * next block's replace them:
 *
 *     I(p)   = max(X(p), S(p-2) + max(1, s(p-2) - 2))
 *     S(p)   = max(E(p) + 2, S(p-1) + s(p-1) + wait)
 *     wait   = max(0, m(p-1) - steps) if p begins another block, else 0
 */
struct walk {
    int passes;                   /* 0, 1, 2 and more */
    int64_t x, e;                 /* X(p), E(p) of the last pass */
    int64_t m;                    /* m(p) */
    int64_t s, steps;             /* S(p), s(p); output stationary */
    int64_t s_before, steps_before;   /* of the pass in front of it */
};

struct pass {
    int64_t n, d, m, steps;
    bool begins;                  /* another block */
};

static void take_pass(struct walk *w, const struct hw *hw,
                      const struct program_desc *desc, const struct pass *p)
{
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    const int64_t x = w->passes == 0 ? p->n : max(w->e, w->x + p->n + 1);
    int64_t i = x, s;

    if (ws && w->passes > 0)
        i = max(i, w->e + max(0, hw->rows + WS_RETURN - w->m));
    if (!ws && w->passes > 1)
        i = max(i, w->s_before + max(1, w->steps_before - 2));
    s = i + p->d + 2;
    if (w->passes > 0)
        s = max(s, w->s + w->steps
                   + (p->begins ? max(0, w->m - desc->steps) : 0));
    *w = (struct walk) { w->passes < 2 ? w->passes + 1 : 2, x, i + p->d, p->m,
                         s, p->steps, w->s, w->steps };
}

/* The same state a while later: what follows takes equally long. */
static bool same_state(const struct walk *a, const struct walk *b, bool ws)
{
    if (a->passes < 2 || b->passes < 2 || a->e - a->x != b->e - b->x
        || a->m != b->m)
        return false;
    return ws || (a->steps == b->steps && a->steps_before == b->steps_before
                  && a->s - a->e == b->s - b->e
                  && a->s - a->s_before == b->s - b->s_before);
}

static void advance(struct walk *w, int64_t cycles)
{
    w->x += cycles;
    w->e += cycles;
    w->s += cycles;
    w->s_before += cycles;
}

static void take_block(struct walk *w, struct gather *g, const struct hw *hw,
                       const struct program_desc *desc, int64_t first,
                       int64_t size)
{
    const int64_t left = desc->positions - first;
    const int64_t m = left < size ? left : size;
    const int64_t chunks = gather_chunks(g);

    for (int64_t t = 0; t < chunks; t++) {
        const int64_t rest = desc->steps - t * hw->rows;
        const int64_t n = gather_take(g, t);
        const struct pass p = { n, gather_cycles(g, first, m), m,
                                rest < hw->rows ? rest : hw->rows, t == 0 };

        take_pass(w, hw, desc, &p);
    }
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

/*
 * All blocks of a channel tile. Between the padded rows at the top and at the
 * bottom the gathers repeat with a period of blocks; as soon as the state
 * repeats with it, whole periods are skipped.
 */
static void take_tile(struct walk *w, struct gather *g, const struct hw *hw,
                      const struct program_desc *desc)
{
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    const int64_t size = ws ? hw->acc_depth : hw->rows;
    const int64_t width = desc->out.w;
    const int64_t period = width / common_divisor(width, size) * size;
    struct walk mark = { .passes = 0 };
    int64_t marked = -1;
    int first_row, rows;

    gather_inner_rows(g, desc->window.kernel_h, desc->out.h, &first_row, &rows);
    const int64_t inner = first_row * width, end = inner + rows * width;

    for (int64_t p = 0; p < desc->positions; p += size) {
        const bool at_mark = marked < 0 || p == marked + period;

        if (p > 0 && p >= inner && p + period <= end && at_mark) {
            if (marked >= 0 && same_state(&mark, w, ws)) {
                const int64_t periods = (end - p) / period;

                advance(w, periods * (w->e - mark.e));
                p += periods * period;
                marked = -1;
            } else {
                mark = *w;
                marked = p;
            }
        }
        if (p < desc->positions)
            take_block(w, g, hw, desc, p, size);
    }
}

static int64_t core_array(const struct hw *hw, const struct program_desc *desc)
{
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    struct walk w = { .passes = 0 };
    struct gather g;

    gather_init(&g, hw, desc);
    for (int64_t tile = 0; tile < desc->channel_tiles; tile++) {
        const struct walk before = w;

        take_tile(&w, &g, hw, desc);
        if (same_state(&before, &w, ws)) {
            advance(&w, (desc->channel_tiles - 1 - tile) * (w.e - before.e));
            break;
        }
    }
    return ws ? w.e + hw->rows + WS_CORE : w.s + w.steps + w.m + OS_CORE;
}

/*
 * The vector unit: `cols` channels at a time, one tap or operand a cycle. More
 * than one output channel to an input channel needs an index, made for each
 * tile; the operands of an add are rescaled on their way.
 */
static int64_t core_vector(const struct hw *hw, const struct program_desc *d)
{
    const int64_t taps = d->second >= 0 ? 2 : d->taps;
    const int64_t index = d->multiplier > 1 ? hw->cols : 0;

    return d->channel_tiles * (d->positions * taps + index)
           + (d->op == NET_ADD ? ADD_CORE : VECTOR_CORE);
}

int64_t timing_layer_cycles(const struct hw *hw,
                            const struct program_desc *desc)
{
    switch (desc->unit) {
    case PROGRAM_ARRAY:
        return core_array(hw, desc);
    case PROGRAM_VECTOR:
        return core_vector(hw, desc);
    default:
        return 0;
    }
}

int64_t timing_stall_cycles(const struct hw *hw,
                            const struct program_desc *d, int64_t cycles)
{
    const int64_t taps = d->second >= 0 ? 2 : d->taps;

    switch (d->unit) {
    case PROGRAM_ARRAY:
        return max(0, cycles - timing_engine_cycles(hw, d));
    case PROGRAM_VECTOR:
        return cycles - d->channel_tiles * d->positions * taps;
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
