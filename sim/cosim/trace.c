/*
 * trace.c - collects sums and guesses what a difference is.
 *
 * The guesses are hypotheses tried one after the other on the numbers of the
 * first wrong sum; the first that explains it to the bit is named.
 */
#include "sim/cosim/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/cosim/bench.h"

int trace_init(struct trace *t, const struct array_model *model,
               const struct program *program, struct array_state *state,
               const struct cosim_difference *d, struct diag *diag)
{
    const struct program_desc *desc = &program->desc[d->layer];
    const int count = desc->filters > 0 ? desc->steps
                                        : trace_vector_steps(desc);
    const size_t steps = (size_t) count;

    *t = (struct trace) { .model = model, .program = program, .desc = desc,
                          .position = (int64_t) d->y * desc->out.w + d->x,
                          .channel = d->c, .count = count };
    arena_init(&t->arena, 0);
    t->act = arena_alloc_array(&t->arena, steps * (size_t) program->hw->lanes,
                               sizeof(*t->act));
    t->model_acc = arena_alloc_array(&t->arena, steps, sizeof(*t->model_acc));
    t->model_overflowed = arena_alloc_array(&t->arena, steps, sizeof(bool));
    t->rtl_acc = arena_alloc_array(&t->arena, steps, sizeof(*t->rtl_acc));
    t->rtl_cycle = arena_alloc_array(&t->arena, steps, sizeof(*t->rtl_cycle));
    t->due = arena_alloc_array(&t->arena, steps, sizeof(*t->due));
    t->outside = arena_alloc_array(&t->arena, steps, sizeof(bool));
    if (!t->act || !t->model_acc || !t->model_overflowed || !t->rtl_acc
        || !t->rtl_cycle || !t->due || !t->outside)
        return diag_error(diag, program->net->layer[d->layer].place,
                          "out of memory for the trace");
    if (!trace_weighted(t)) {
        trace_vector_fill(t, state);
        return 0;
    }
    array_channel_operands(model, state, d->layer, (int) t->position, d->c,
                           t->act);
    array_trace(model, state, d->layer, (int) t->position, d->c, t->model_acc,
                t->model_overflowed);
    return 0;
}

void trace_release(struct trace *t)
{
    arena_release(&t->arena);
}

int trace_row(const struct trace *t, int step)
{
    const struct hw *hw = t->program->hw;

    if (!trace_weighted(t))
        return hw->rows + trace_vector_place(t, step);
    if (t->desc->unit == PROGRAM_VECTOR)
        return hw->rows;
    return (int) (hw->dataflow == HW_WEIGHT_STATIONARY ? step : t->position)
           % hw->rows;
}

void trace_ask(struct trace *t, uint32_t step, uint64_t cycle)
{
    const struct hw *hw = t->program->hw;
    const bool wave = t->desc->unit == PROGRAM_ARRAY
                      && hw->dataflow == HW_WEIGHT_STATIONARY;
    const uint32_t count = wave ? (uint32_t) hw->rows : 1;

    if (!trace_weighted(t)) {
        if (t->asked < t->count)
            t->due[t->asked++] = cycle + (uint64_t) trace_vector_delay(t) + 1;
        return;
    }

    for (uint32_t r = 0; r < count; r++) {
        if (step + r >= (uint32_t) t->desc->steps)
            break;
        t->due[step + r] = cycle + 3 + r + 1;
        t->rtl_cycle[step + r] = 0;
    }
}

void trace_collect(struct trace *t, uint64_t cycle, trace_peek_fn *peek,
                   void *ctx)
{
    const uint32_t col = (uint32_t) (t->channel % t->program->hw->cols);

    for (int s = 0; s < t->count; s++) {
        if (t->due[s] != cycle + 1 || t->rtl_cycle[s])
            continue;
        if (!peek(ctx, (uint32_t) trace_row(t, s), col, &t->rtl_acc[s]))
            t->rtl_cycle[s] = cycle + 1;
    }
}

/* ------------------------------------------------------------- guesses */

static int64_t dot(const int32_t *a, const int32_t *w, int lanes)
{
    int64_t sum = 0;

    for (int i = 0; i < lanes; i++)
        sum += (int64_t) a[i] * w[i];
    return sum;
}

/* Another overflow mode explains the sum. */
static bool like_overflow(const struct trace *t, int64_t exact,
                          struct cosim_difference *d)
{
    const struct fx_format mine = hw_acc_format(t->program->hw);

    for (int mode = 0; mode < FX_OVERFLOW_COUNT; mode++) {
        struct fx_format f = mine;
        bool over = false;

        f.overflow = (enum fx_overflow) mode;
        f.wrap_bits = 0;
        if (f.overflow == mine.overflow
            || fx_reduce(exact, &f, &over) != d->rtl_after || !over)
            continue;
        snprintf(d->looks_like, sizeof(d->looks_like), "the exact sum, %"
                 PRId64 ", overflows by '%s' where the model has '%s'", exact,
                 fx_overflow_name(f.overflow), fx_overflow_name(mine.overflow));
        return true;
    }
    return false;
}

/* The step took the weights of another step or channel. */
static bool like_weight(const struct trace *t, int s, int64_t taken,
                        struct cosim_difference *d)
{
    const struct program_desc *desc = t->desc;
    const struct hw *hw = t->program->hw;
    const int lanes = hw->lanes;
    const int32_t *act = t->act + s * lanes;
    const int here = (int) t->channel;
    const struct { int step, channel; const char *what; } others[] = {
        { s - hw->rows, here, "stale weight: that of the k tile before" },
        { s, here - hw->cols, "stale weight: that of the channel tile before" },
        { s - 1, here, "stale weight: that of the step before" },
        { s + 1, here, "weight of the next step" },
        { s, here - 1, "shifted channel: weight of the channel before" },
        { s, here + 1, "shifted channel: weight of the next channel" },
        { s + hw->rows, here, "weight of the next k tile, too early" },
        { s, here + hw->cols, "weight of the next channel tile, too early" }
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        const int step = others[i].step, c = others[i].channel;

        if (step < 0 || step >= desc->steps || c < 0 || c >= desc->filters)
            continue;
        if (dot(act, array_weights(t->model, desc->layer, c) + step * lanes,
                lanes) != taken)
            continue;
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", others[i].what);
        return true;
    }
    return false;
}

/* The step took the activations of another step. */
static bool like_activation(const struct trace *t, int s, int64_t taken,
                            struct cosim_difference *d)
{
    const struct program_desc *desc = t->desc;
    const int lanes = t->program->hw->lanes, rows = t->program->hw->rows;
    const int32_t *w = array_weights(t->model, desc->layer, (int) t->channel)
                       + s * lanes;
    const struct { int step; const char *what; } others[] = {
        { s - 1, "shifted channel: activation of the step before" },
        { s + 1, "shifted channel: activation of the next step" },
        { s - rows, "stale activation: that of the k tile before" },
        { s + rows, "activation of the next k tile, too early" }
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        const int step = others[i].step;

        if (step < 0 || step >= desc->steps
            || dot(t->act + step * lanes, w, lanes) != taken)
            continue;
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", others[i].what);
        return true;
    }
    return false;
}

/* The step took the weight of some other channel of its tile. */
static bool like_channel(const struct trace *t, int s, int64_t taken,
                         struct cosim_difference *d)
{
    const int cols = t->program->hw->cols, lanes = t->program->hw->lanes;
    const int first = (int) t->channel / cols * cols;

    for (int c = first; c < first + cols && c < t->desc->filters; c++) {
        if (c == t->channel
            || dot(t->act + s * lanes,
                   array_weights(t->model, t->desc->layer, c) + s * lanes,
                   lanes) != taken)
            continue;
        snprintf(d->looks_like, sizeof(d->looks_like), "shifted channel: "
                 "weight of channel %d in place of %d", c, (int) t->channel);
        return true;
    }
    return false;
}

/* The activation's zero point was left in the operand. */
static bool like_raw(const struct trace *t, int s, int64_t taken)
{
    const int lanes = t->program->hw->lanes;
    const int32_t *w = array_weights(t->model, t->desc->layer,
                                     (int) t->channel) + s * lanes;
    int64_t sum = 0;

    for (int i = 0; i < lanes; i++)
        sum += (int64_t) (t->act[s * lanes + i] + t->desc->in_zp) * w[i];
    return sum == taken;
}

static void guess_sum(const struct trace *t, int s, struct cosim_difference *d)
{
    const int lanes = t->program->hw->lanes;
    const int32_t *w = array_weights(t->model, t->desc->layer,
                                     (int) t->channel) + s * lanes;
    const int64_t product = dot(t->act + s * lanes, w, lanes);
    const int64_t taken = d->rtl_after - d->rtl_before;
    const char *what = NULL;

    if (t->model_overflowed[s]
        && like_overflow(t, d->rtl_before + product, d))
        return;
    if (t->model_overflowed[s] && d->rtl_after == -d->model_after - 1)
        what = "saturates to the limit of the other sign";
    else if (taken == 0)
        what = "the step was left out";
    else if (taken == 2 * product)
        what = "the step was taken twice";
    else if (taken == -product)
        what = "the product has the wrong sign";
    else if (taken == product)
        what = "the exact sum: an overflow is not noticed";
    else if (llabs(taken - product) == 1)
        what = "off by one: the rounding of a product";
    else if (like_raw(t, s, taken))
        what = "the zero point of the activation is left in";
    else if (like_weight(t, s, taken, d) || like_channel(t, s, taken, d)
             || like_activation(t, s, taken, d))
        return;
    else if (s == 0)
        what = "the sum starts from another bias";
    if (what)
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", what);
}

/* All sums agree: it went wrong behind them. */
static void guess_code(const struct trace *t, const int32_t *model_out,
                       struct cosim_difference *d)
{
    const struct program_desc *desc = t->desc;
    const int64_t at = t->position * desc->out.c;
    const int delta = d->rtl_code - d->model_code;
    const int64_t acc = t->model_acc[desc->steps - 1];
    const char *what = NULL;

    if (abs(delta) == 1)
        what = "off by one: rounding in requantization";
    else if (delta == -desc->out_zp)
        what = "the zero point of the output is left out";
    else if (d->c > 0 && d->rtl_code == fx_requantize(acc,
                                                  &desc->requant[d->c - 1]))
        what = "shifted channel: scale of the channel before";
    else if (d->c + 1 < desc->out.c
             && d->rtl_code == fx_requantize(acc, &desc->requant[d->c + 1]))
        what = "shifted channel: scale of the next channel";
    else if (d->c > 0 && d->rtl_code == model_out[at + d->c - 1])
        what = "shifted channel: the output of the channel before";
    else if (d->c + 1 < desc->out.c && d->rtl_code == model_out[at + d->c + 1])
        what = "shifted channel: the output of the next channel";
    else if (d->rtl_code == desc->out_min || d->rtl_code == desc->out_max)
        what = "clamped where the model is not";
    else if (d->model_code == desc->out_min || d->model_code == desc->out_max)
        what = "not clamped where the model is";
    if (what)
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", what);
}

/* What a sum starts from. */
static int64_t sum_before(const struct trace *t, const int64_t *acc, int step)
{
    if (step > 0)
        return acc[step - 1];
    if (trace_weighted(t))
        return t->desc->bias[t->channel];
    return t->desc->op == NET_MAX_POOL2D
        ? -(INT64_C(1) << t->program->hw->act_bits) : 0;
}

void trace_find_step(struct trace *t, struct array_state *state,
                     struct cosim_difference *d)
{
    const int32_t *model_out = array_tensor(state, t->desc->layer + 1);


    d->traced = true;
    d->col = d->c % t->program->hw->cols;
    for (int s = 0; s < t->count; s++) {
        if (t->rtl_cycle[s] && t->rtl_acc[s] == t->model_acc[s])
            continue;
        d->step = s;
        d->row = trace_row(t, s);
        if (d->row > t->program->hw->rows)
            d->row = t->program->hw->rows;
        if (trace_weighted(t))
            bench_tap(t->program, t->desc, s, d);
        else
            trace_vector_tap(t, s, d);
        d->model_before = sum_before(t, t->model_acc, s);
        d->model_after = t->model_acc[s];
        d->rtl_before = sum_before(t, t->rtl_acc, s);
        d->rtl_after = t->rtl_acc[s];
        d->step_cycle = t->rtl_cycle[s] ? t->rtl_cycle[s] - 1 : 0;
        if (t->rtl_cycle[s] && trace_weighted(t))
            guess_sum(t, s, d);
        else if (t->rtl_cycle[s])
            trace_vector_guess(t, s, state, d);
        else
            snprintf(d->looks_like, sizeof(d->looks_like), "the step was never "
                     "asked for");
        return;
    }
    if (trace_weighted(t))
        guess_code(t, model_out, d);
    else
        trace_vector_guess_code(t, model_out, d);
}
