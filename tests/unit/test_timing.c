/*
 * test_timing.c - the core's cycles: the fast walk against the rule spelt out
 * position by position, the bounds that no machine beats, and monotony.
 */
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "sim/array/gather.h"
#include "sim/array/timing.h"
#include "sim/base/rng.h"

void suite_timing(void);

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ------------------------------------------ the rule, element by element */

/* Element k of the window of output (oy, ox): its address, or -1. */
static int64_t address_of(const struct program_desc *d, int64_t oy, int64_t ox,
                          int64_t k)
{
    const bool dense = d->op == NET_FULLY_CONNECTED;
    const int64_t c = dense ? d->taps : d->in.c;
    const int64_t kx = k / c % d->window.kernel_w;
    const int64_t ky = k / c / d->window.kernel_w;
    const int64_t y = oy * d->window.stride_h + ky * d->window.dilation_h
                      - d->window.pad_top;
    const int64_t x = ox * d->window.stride_w + kx * d->window.dilation_w
                      - d->window.pad_left;

    if (dense)
        return k;
    if (y < 0 || y >= d->in.h || x < 0 || x >= d->in.w)
        return -1;
    return (y * d->in.w + x) * c + k % c;
}

/* The run that element k is in: a row of the window, or a pixel of it. */
static int64_t run_of(const struct program_desc *d, int64_t k)
{
    const int64_t c = d->op == NET_FULLY_CONNECTED ? d->taps : d->in.c;

    return d->window.dilation_w == 1 ? k / (c * d->window.kernel_w) : k / c;
}

static int64_t slow_gather(const struct hw *hw, const struct program_desc *d,
                           int64_t chunk, int64_t first, int64_t count,
                           int64_t *segments)
{
    const int64_t size = (int64_t) hw->rows * hw->lanes;
    const int64_t begin = chunk * size;
    const int64_t end = begin + size < d->taps ? begin + size : d->taps;
    int64_t window[HW_GATHER_WAYS] = { -1, -1, -1, -1 }, cycles = 0;

    for (int64_t p = first; p < first + count; p++) {
        int64_t reads = 0, j = 0;

        for (int64_t k = begin; k < end; j++) {
            int64_t low = -1, high = -1;
            const int64_t run = run_of(d, k);

            for (; k < end && run_of(d, k) == run; k++) {
                const int64_t at = address_of(d, p / d->out.w, p % d->out.w, k);

                low = at >= 0 && low < 0 ? at : low;
                high = at >= 0 ? at : high;
            }
            if (j >= HW_GATHER_WAYS) {
                reads++;
            } else if (low >= 0
                       && (window[j] < 0 || low < window[j]
                           || high >= window[j] + hw_act_banks(hw))) {
                window[j] = low;
                reads++;
            }
        }
        *segments = j;
        cycles += most(1, reads);
    }
    return cycles;
}

enum { MAX_PASSES = 1 << 16 };

struct pass {
    int64_t m, n, d, s;
    bool begins;                  /* another block */
};

static int list_passes(const struct hw *hw, const struct program_desc *d,
                       struct pass *pass)
{
    const int64_t block = hw->dataflow == HW_WEIGHT_STATIONARY ? hw->acc_depth
                                                               : hw->rows;
    const int64_t chunks = (d->steps + hw->rows - 1) / hw->rows;
    int count = 0;

    for (int tile = 0; tile < d->channel_tiles; tile++)
        for (int64_t p = 0; p < d->positions; p += block)
            for (int64_t t = 0; t < chunks && count < MAX_PASSES; t++) {
                struct pass *q = &pass[count++];

                q->m = p + block < d->positions ? block : d->positions - p;
                q->s = d->steps - t * hw->rows < hw->rows
                    ? d->steps - t * hw->rows : hw->rows;
                q->begins = t == 0;
                q->d = slow_gather(hw, d, t, p, q->m, &q->n);
            }
    return count;
}

/* docs/rtl/core.md, "Cycles of a layer", as it stands there. */
static int64_t slow_cycles(const struct hw *hw, const struct program_desc *d,
                           const struct pass *p, int n)
{
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    int64_t *e = calloc((size_t) n, sizeof(*e));
    int64_t *s = calloc((size_t) n, sizeof(*s));
    int64_t x = p[0].n, cycles = 0;

    for (int k = 0; e && s && k < n; k++) {
        int64_t i = x;

        if (ws && k > 0)
            i = most(i, e[k - 1] + most(0, hw->rows + 2 - p[k - 1].m));
        if (!ws && k > 1)
            i = most(i, s[k - 2] + most(1, p[k - 2].s - 2));
        e[k] = i + p[k].d;
        s[k] = e[k] + 2;
        if (k > 0)
            s[k] = most(s[k], s[k - 1] + p[k - 1].s
                        + (p[k].begins ? most(0, p[k - 1].m - d->steps) : 0));
        if (k + 1 < n)
            x = most(e[k], x + p[k + 1].n + 1);
        cycles = ws ? e[k] + hw->rows + 44 : s[k] + p[k].s + p[k].m + 45;
    }
    free(e);
    free(s);
    return cycles;
}

/* ------------------------------------------------------------ random layers */

static int draw(struct rng *r, int low, int high)
{
    return (int) rng_range(r, low, high);
}

static void draw_hw(struct rng *r, struct hw *hw)
{
    *hw = (struct hw) {
        .rows = draw(r, 1, draw(r, 0, 1) ? 32 : 6), .cols = draw(r, 1, 16),
        .lanes = draw(r, 1, 4), .dataflow = draw(r, 0, 1),
        .acc_depth = draw(r, 0, 1) ? draw(r, 1, 40) : 1024, .act_depth = 4096
    };
}

static void draw_layer(struct rng *r, const struct hw *hw,
                       struct program_desc *d)
{
    struct net_window *w = &d->window;

    *d = (struct program_desc) { .unit = PROGRAM_ARRAY, .second = -1,
                                 .multiplier = 1 };
    do {
        d->in = (struct net_shape) { draw(r, 1, 40), draw(r, 1, 24),
                                     draw(r, 1, draw(r, 0, 1) ? 4 : 40) };
        *w = (struct net_window) {
            draw(r, 1, 5), draw(r, 1, 5), draw(r, 1, 3), draw(r, 1, 3),
            draw(r, 1, 3), draw(r, 1, 3), draw(r, 0, 3), draw(r, 0, 3),
            draw(r, 0, 3), draw(r, 0, 3)
        };
        d->out.h = (d->in.h + w->pad_top + w->pad_bottom
                    - (w->kernel_h - 1) * w->dilation_h - 1);
        d->out.w = (d->in.w + w->pad_left + w->pad_right
                    - (w->kernel_w - 1) * w->dilation_w - 1);
    } while (d->out.h < 0 || d->out.w < 0);
    d->op = draw(r, 0, 9) ? NET_CONV2D : NET_FULLY_CONNECTED;
    d->out.h = d->out.h / w->stride_h + 1;
    d->out.w = d->out.w / w->stride_w + 1;
    d->out.c = draw(r, 1, 4 * hw->cols);
    d->taps = w->kernel_h * w->kernel_w * d->in.c;
    if (d->op == NET_FULLY_CONNECTED) {
        d->taps = d->in.h * d->in.w * d->in.c;
        d->out.h = d->out.w = 1;
        *w = (struct net_window) { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 };
    }
    d->filters = d->out.c;
    d->positions = d->out.h * d->out.w;
    d->steps = (d->taps + hw->lanes - 1) / hw->lanes;
    d->channel_tiles = (d->out.c + hw->cols - 1) / hw->cols;
}

static void test_timing__fast_walk_equals_the_rule(void)
{
    struct pass *pass = calloc(MAX_PASSES, sizeof(*pass));
    struct program_desc d;
    struct rng r;
    struct hw hw;
    int failed = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(pass);
    rng_init(&r, 4);
    for (int n = 0; n < 1500 && !failed; n++) {
        draw_hw(&r, &hw);
        draw_layer(&r, &hw, &d);
        const int count = list_passes(&hw, &d, pass);

        if (count == MAX_PASSES)
            continue;
        failed = timing_layer_cycles(&hw, &d)
                 != slow_cycles(&hw, &d, pass, count);
    }
    CU_ASSERT_EQUAL(failed, 0);
    free(pass);
}

static void test_timing__no_layer_beats_its_bound(void)
{
    struct program_desc d;
    struct rng r;
    struct hw hw;
    int failed = 0;

    rng_init(&r, 5);
    for (int n = 0; n < 3000; n++) {
        draw_hw(&r, &hw);
        draw_layer(&r, &hw, &d);
        const double used = timing_utilization(&hw, &d,
                                               timing_layer_cycles(&hw, &d));

        failed += used > 1.0;
        failed += timing_layer_cycles(&hw, &d) < timing_engine_cycles(&hw, &d);
    }
    CU_ASSERT_EQUAL(failed, 0);
}

/* The figures: 16 x 16, within 10 % of MACs / 256. */
static void test_timing__large_layers_keep_the_array_busy(void)
{
    struct hw hw = { .rows = 16, .cols = 16, .lanes = 1, .acc_depth = 1024,
                     .act_depth = 4096 };
    const struct program_desc three = {
        .op = NET_CONV2D, .unit = PROGRAM_ARRAY, .in = { 32, 32, 64 },
        .out = { 32, 32, 64 }, .window = { 3, 3, 1, 1, 1, 1, 1, 1, 1, 1 },
        .second = -1, .filters = 64, .taps = 576, .positions = 1024,
        .steps = 576, .channel_tiles = 4
    };
    const struct program_desc point = {
        .op = NET_CONV2D, .unit = PROGRAM_ARRAY, .in = { 32, 32, 64 },
        .out = { 32, 32, 128 }, .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 },
        .second = -1, .filters = 128, .taps = 64, .positions = 1024,
        .steps = 64, .channel_tiles = 8
    };

    for (hw.dataflow = 0; hw.dataflow < 2; hw.dataflow++) {
        CU_ASSERT(timing_layer_cycles(&hw, &three) * 10 <= 147456 * 11);
        CU_ASSERT(timing_layer_cycles(&hw, &point) * 10 <= 32768 * 11);
    }
}

/* docs/rtl/core.md's own example. */
static void test_timing__one_channel_window_slides(void)
{
    const struct hw hw = { .rows = 16, .cols = 16, .lanes = 1,
                           .acc_depth = 1024, .act_depth = 4096 };
    const struct program_desc d = {
        .op = NET_CONV2D, .unit = PROGRAM_ARRAY, .in = { 3, 16, 1 },
        .out = { 1, 14, 16 }, .window = { 3, 3, 1, 1, 1, 1, 0, 0, 0, 0 },
        .second = -1, .filters = 16, .taps = 9, .positions = 14, .steps = 9,
        .channel_tiles = 1
    };
    struct gather g;

    gather_init(&g, &hw, &d);
    CU_ASSERT_EQUAL(gather_chunks(&g), 1);
    CU_ASSERT_EQUAL(gather_take(&g, 0), 3);
    /* Three reads for the first position; fourteen of one cycle each. */
    CU_ASSERT_EQUAL(gather_cycles(&g, 0, 14), 3 + 13);
}

void suite_timing(void)
{
    CU_pSuite s = CU_add_suite("timing", NULL, NULL);

    CU_add_test(s, "fast_walk_equals_the_rule",
                test_timing__fast_walk_equals_the_rule);
    CU_add_test(s, "no_layer_beats_its_bound",
                test_timing__no_layer_beats_its_bound);
    CU_add_test(s, "large_layers_keep_the_array_busy",
                test_timing__large_layers_keep_the_array_busy);
    CU_add_test(s, "one_channel_window_slides",
                test_timing__one_channel_window_slides);
}
