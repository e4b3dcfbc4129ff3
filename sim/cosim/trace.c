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

static int allocate_taken(struct trace *t)
{
    const size_t steps = (size_t) t->count;
    const size_t taps = steps * (size_t) t->program->hw->lanes;

    t->rtl_code = arena_alloc_array(&t->arena, taps, sizeof(*t->rtl_code));
    t->code_due = arena_alloc_array(&t->arena, taps, sizeof(*t->code_due));
    t->arrived = arena_alloc_array(&t->arena, taps, sizeof(*t->arrived));
    t->rtl_act = arena_alloc_array(&t->arena, taps, sizeof(*t->rtl_act));
    t->rtl_weight = arena_alloc_array(&t->arena, taps, sizeof(*t->rtl_weight));
    t->rtl_start = arena_alloc_array(&t->arena, steps, sizeof(*t->rtl_start));
    t->took = arena_alloc_array(&t->arena, steps, sizeof(*t->took));
    return t->rtl_code && t->code_due && t->arrived && t->rtl_act
           && t->rtl_weight && t->rtl_start && t->took ? 0 : -1;
}

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
        || !t->rtl_cycle || !t->due || !t->outside || allocate_taken(t))
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

/* The vector unit asks for one tap after the other, each step's lanes in turn;
 * without weights a tap is a step. */
static void ask_tap(struct trace *t, uint64_t cycle)
{
    const int lanes = trace_weighted(t) ? t->program->hw->lanes : 1;

    if (t->asked >= t->count * lanes)
        return;
    if (!trace_weighted(t))
        t->due[t->asked] = cycle + (uint64_t) trace_vector_delay(t) + 1;
    t->code_due[t->asked++] = cycle + 1 + 1;
}

void trace_ask(struct trace *t, uint32_t step, uint64_t cycle)
{
    const struct hw *hw = t->program->hw;
    const bool wave = t->desc->unit == PROGRAM_ARRAY
                      && hw->dataflow == HW_WEIGHT_STATIONARY;
    const uint32_t count = wave ? (uint32_t) hw->rows : 1;

    if (t->desc->unit == PROGRAM_VECTOR)
        ask_tap(t, cycle);
    if (!trace_weighted(t))
        return;
    for (uint32_t r = 0; r < count; r++) {
        if (step + r >= (uint32_t) t->desc->steps)
            break;
        for (int l = 0; t->desc->unit == PROGRAM_ARRAY && l < hw->lanes; l++)
            t->code_due[(int) (step + r) * hw->lanes + l] = cycle + 1 + 1;
        t->due[step + r] = cycle + 3 + r + 1;
        t->rtl_cycle[step + r] = 0;
    }
}

/* The codes that arrive in this cycle. */
static void collect_codes(struct trace *t, uint64_t cycle,
                          const struct trace_eyes *eyes)
{
    const struct hw *hw = t->program->hw;
    const bool vector = t->desc->unit == PROGRAM_VECTOR;
    const int lanes = trace_weighted(t) ? hw->lanes : 1;

    for (int i = 0; i < t->count * lanes; i++) {
        const int row = vector ? hw->rows : trace_row(t, i / lanes);
        const int lane = vector ? (int) t->channel % hw->cols : i % lanes;

        if (t->code_due[i] == cycle + 1)
            t->arrived[i] = !eyes->code(eyes->ctx, (uint32_t) row,
                                        (uint32_t) lane, &t->rtl_code[i]);
    }
}

/* What a PE takes in the cycle before its sum stands. */
static void collect_operands(struct trace *t, int step, uint32_t row,
                             uint32_t col, const struct trace_eyes *eyes)
{
    const int lanes = t->program->hw->lanes;
    int failed = eyes->start(eyes->ctx, row, col, &t->rtl_start[step]);

    for (int l = 0; l < lanes; l++)
        failed |= eyes->operands(eyes->ctx, row, col, (uint32_t) l,
                                 &t->rtl_act[step * lanes + l],
                                 &t->rtl_weight[step * lanes + l]);
    t->took[step] = !failed;
}

void trace_collect(struct trace *t, uint64_t cycle,
                   const struct trace_eyes *eyes)
{
    const uint32_t col = (uint32_t) (t->channel % t->program->hw->cols);

    if (eyes->code)
        collect_codes(t, cycle, eyes);
    for (int s = 0; s < t->count; s++) {
        const uint32_t row = (uint32_t) trace_row(t, s);

        if (eyes->operands && trace_weighted(t) && t->due[s] == cycle + 2)
            collect_operands(t, s, row, col, eyes);
        if (t->due[s] != cycle + 1 || t->rtl_cycle[s])
            continue;
        if (!eyes->sum(eyes->ctx, row, col, &t->rtl_acc[s]))
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

static bool differs(struct cosim_difference *d, enum cosim_fault fault,
                    int lane, int64_t model, int64_t rtl)
{
    if (model == rtl)
        return false;
    d->fault = fault;
    d->lane = lane;
    d->model_took = model;
    d->rtl_took = rtl;
    return true;
}

/* Lanes past the last tap take whatever stands there, times zero. */
static int lanes_used(const struct trace *t, int s)
{
    const int lanes = t->program->hw->lanes, left = t->desc->taps - s * lanes;

    if (!trace_weighted(t))
        return t->outside[s] ? 0 : 1;
    return left < lanes ? left : lanes;
}

/* In the order in which the step gets them: what differs first is the cause of
 * what differs later. */
static void find_fault(const struct trace *t, int s, struct cosim_difference *d)
{
    const int lanes = trace_weighted(t) ? t->program->hw->lanes : 1;
    const int used = lanes_used(t, s);
    const int zp = trace_weighted(t) ? t->desc->in_zp : 0;
    const bool down = t->desc->unit == PROGRAM_ARRAY
                      && t->program->hw->dataflow == HW_WEIGHT_STATIONARY;

    d->fault = t->rtl_cycle[s] ? COSIM_UNKNOWN : COSIM_NEVER;
    for (int i = s * lanes; i < s * lanes + used; i++)
        if (t->arrived[i] && differs(d, COSIM_CODE, i - s * lanes,
                                     t->act[i] + zp, t->rtl_code[i]))
            return;
    if (!t->rtl_cycle[s] || (trace_weighted(t) && !t->took[s])
        || (!trace_weighted(t) && !t->arrived[s]))
        return;
    for (int i = s * lanes; trace_weighted(t) && i < s * lanes + used; i++)
        if (differs(d, COSIM_ACTIVATION, i - s * lanes, t->act[i],
                    t->rtl_act[i])
            || differs(d, COSIM_WEIGHT, i - s * lanes,
                       array_weights(t->model, t->desc->layer,
                                     (int) t->channel)[i], t->rtl_weight[i]))
            return;
    if (trace_weighted(t) && (s == 0 || down)
        && differs(d, COSIM_START, 0, d->model_before, t->rtl_start[s]))
        return;
    d->fault = COSIM_SUM;
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
        find_fault(t, s, d);
        if (t->rtl_cycle[s] && trace_weighted(t))
            guess_sum(t, s, d);
        else if (t->rtl_cycle[s])
            trace_vector_guess(t, s, state, d);
        else
            snprintf(d->looks_like, sizeof(d->looks_like), "the step was never "
                     "asked for");
        return;
    }
    d->fault = COSIM_AFTER;
    if (trace_weighted(t))
        guess_code(t, model_out, d);
    else
        trace_vector_guess_code(t, model_out, d);
}
