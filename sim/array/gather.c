#include "sim/array/gather.h"

#include <string.h>

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void gather_init(struct gather *g, const struct hw *hw,
                 const struct program_desc *desc)
{
    const struct net_window *w = &desc->window;
    const bool dense = desc->op == NET_FULLY_CONNECTED;

    g->banks = hw_act_banks(hw);
    g->channels = dense ? desc->taps : desc->in.c;
    g->in_h = dense ? 1 : desc->in.h;
    g->row = dense ? desc->taps : (int64_t) desc->in.w * desc->in.c;
    g->out_w = desc->out.w;
    g->kernel_w = w->kernel_w;
    g->stride_h = w->stride_h;
    g->stride_w = w->stride_w;
    g->dilation_h = w->dilation_h;
    g->dilation_w = w->dilation_w;
    g->pad_top = w->pad_top;
    g->pad_left = w->pad_left;
    g->taps = desc->taps;
    g->run = w->dilation_w == 1 ? w->kernel_w * g->channels : g->channels;
    g->chunk = (int64_t) hw->rows * hw->lanes;
    g->segments = 0;
}

int64_t gather_chunks(const struct gather *g)
{
    return (g->taps + g->chunk - 1) / g->chunk;
}

int gather_take(struct gather *g, int64_t t)
{
    const int64_t end = min(g->taps, (t + 1) * g->chunk);

    g->segments = 0;
    for (int64_t k = t * g->chunk; k < end;) {
        const int64_t run = k / g->run, within = k % g->run;
        const int64_t length = min(g->run - within, end - k);
        const bool pixels = g->dilation_w > 1;   /* a run is one pixel */
        const int64_t ky = pixels ? run / g->kernel_w : run;
        const int64_t kx = pixels ? run % g->kernel_w : 0;

        g->last_dy = ky * g->dilation_h;
        g->segment[g->segments++] = (struct gather_segment) {
            .dy = g->last_dy,
            .dx = kx * g->dilation_w * g->channels + within,
            .length = length
        };
        k += length;
    }
    return g->segments;
}

/* Where each window begins, counted from the first element of the window of
 * output (row, 0), so that equal rows have equal numbers. */
struct windows {
    int64_t begin[HW_GATHER_WAYS];
    bool filled[HW_GATHER_WAYS];
};

/* Every window of the next row begins `step` elements further on. */
static void move_row(struct windows *w, int64_t step)
{
    for (int i = 0; i < HW_GATHER_WAYS; i++)
        w->begin[i] -= step;
}

static bool equal(const struct windows *a, const struct windows *b)
{
    for (int i = 0; i < HW_GATHER_WAYS; i++)
        if (a->filled[i] != b->filled[i]
            || (a->filled[i] && a->begin[i] != b->begin[i]))
            return false;
    return true;
}

/* One position: columns ox of an output row whose window begins in row y. */
static int64_t position_cycles(const struct gather *g, struct windows *w,
                               int64_t y, int64_t ox)
{
    const int64_t column = (ox * g->stride_w - g->pad_left) * g->channels;
    const int ways = g->segments < HW_GATHER_WAYS ? g->segments
                                                  : HW_GATHER_WAYS;
    int64_t reads = g->segments - ways;

    for (int i = 0; i < ways; i++) {
        const struct gather_segment *s = &g->segment[i];
        const int64_t from = max(column + s->dx, 0);
        const int64_t to = min(column + s->dx + s->length, g->row);

        if (y + s->dy < 0 || y + s->dy >= g->in_h || from >= to)
            continue;
        const int64_t at = s->dy * g->row + from;

        if (w->filled[i] && at >= w->begin[i]
            && at + to - from <= w->begin[i] + g->banks)
            continue;
        w->begin[i] = at;
        w->filled[i] = true;
        reads++;
    }
    return max(1, reads);
}

static int64_t row_cycles(const struct gather *g, struct windows *w, int64_t oy,
                          int64_t from, int64_t to)
{
    const int64_t y = oy * g->stride_h - g->pad_top;
    int64_t cycles = 0;

    for (int64_t ox = from; ox < to; ox++)
        cycles += position_cycles(g, w, y, ox);
    return cycles;
}

/* Rows from oy on whose windows see the image in every row of the chunk. */
static int64_t inner_rows(const struct gather *g, int64_t oy)
{
    const int64_t last = g->in_h - 1 - g->last_dy + g->pad_top;

    if (oy * g->stride_h < g->pad_top || last < oy * g->stride_h)
        return 0;
    return last / g->stride_h - oy + 1;
}

int64_t gather_cycles(const struct gather *g, int64_t first, int64_t count)
{
    const int64_t width = g->out_w, end = first + count;
    const int64_t step = g->stride_h * g->row;
    struct windows w = { .begin = { 0 } }, before = w;
    int64_t cycles = 0, last_row = -1;
    bool inner = false;           /* `before` and last_row are of such a row */

    while (first < end) {
        const int64_t oy = first / width, from = first % width;
        const int64_t to = min(width, from + end - first);
        const bool whole = from == 0 && to == width;
        int64_t rows = whole ? min(inner_rows(g, oy), (end - first) / width)
                             : 0;

        if (rows > 0 && inner && equal(&w, &before)) {
            cycles += rows * last_row;
            first += rows * width;
            inner = false;
            /* The windows stand to the row below as they stood to this. */
            continue;
        }
        before = w;
        last_row = row_cycles(g, &w, oy, from, to);
        inner = rows > 0;
        move_row(&w, step);
        cycles += last_row;
        first += to - from;
    }
    return cycles;
}

void gather_inner_rows(const struct gather *g, int kernel_h, int out_h,
                       int *first, int *count)
{
    const int64_t reach = (int64_t) (kernel_h - 1) * g->dilation_h;
    const int64_t last = g->in_h - 1 - reach + g->pad_top;
    const int64_t from = (g->pad_top + g->stride_h - 1) / g->stride_h;
    const int64_t to = last < 0 ? -1 : min(out_h - 1, last / g->stride_h);

    *first = (int) from;
    *count = to < from ? 0 : (int) (to - from + 1);
}
