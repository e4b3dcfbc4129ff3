/*
 * trace_vector.c - the traced steps of layers without weights: the taps of a
 * pool, the two operands of an add or mul.
 *
 *     max pool   the greatest code so far        average   the sum so far
 *     mul        operand; product                add       scaled operand; sum
 */
#include "sim/cosim/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/array/elementwise.h"
#include "sim/cosim/npu_core_shim.h"
#include "sim/net/window.h"

static bool is_pair(const struct program_desc *desc)
{
    return desc->op == NET_ADD || desc->op == NET_MUL;
}

bool trace_weighted(const struct trace *t)
{
    return t->desc->filters > 0;
}

int trace_vector_steps(const struct program_desc *desc)
{
    return is_pair(desc) ? 2 : desc->window.kernel_h * desc->window.kernel_w;
}

/* A code of the element's tap, or of another channel's; false: in the padding,
 * or no such channel. */
static bool code_at(const struct trace *t, struct array_state *state, int step,
                    int64_t channel, int32_t *code)
{
    const struct program_desc *d = t->desc;
    const int w = d->window.kernel_w;
    const int32_t *in = array_tensor(state, is_pair(d) && step == 1
                                                ? d->second : d->input);
    int64_t at = t->position * d->out.c;

    if (!is_pair(d))
        at = window_index(&d->window, d->in, (int) (t->position / d->out.w),
                          (int) (t->position % d->out.w), step / w, step % w);
    if (at < 0 || channel < 0 || channel >= d->out.c)
        return false;
    *code = in[at + channel];
    return true;
}

static void fill_pool(struct trace *t)
{
    const struct fx_format acc = hw_acc_format(t->program->hw);
    const bool average = t->desc->op == NET_AVERAGE_POOL2D;
    int64_t sum = average ? 0 : -(INT64_C(1) << t->program->hw->act_bits);

    for (int s = 0; s < t->count; s++) {
        if (!t->outside[s] && average)
            sum = fx_reduce(sum + t->act[s], &acc, &t->model_overflowed[s]);
        else if (!t->outside[s] && t->act[s] > sum)
            sum = t->act[s];
        t->model_acc[s] = sum;
    }
}

void trace_vector_fill(struct trace *t, struct array_state *state)
{
    int64_t sum[3] = { 0, 0, 0 };

    for (int s = 0; s < t->count; s++)
        t->outside[s] = !code_at(t, state, s, t->channel, &t->act[s]);
    if (!is_pair(t->desc)) {
        fill_pool(t);
        return;
    }
    elementwise_trace(t->program->hw, t->desc, t->act[0], t->act[1], sum,
                      &t->model_overflowed[1]);
    t->model_acc[0] = t->desc->op == NET_ADD ? sum[0]
                                             : t->act[0] - t->desc->in_zp;
    t->model_acc[1] = sum[2];
}

int trace_vector_place(const struct trace *t, int step)
{
    if (!is_pair(t->desc))
        return NPU_CORE_AT_POOL;
    if (t->desc->op == NET_ADD)
        return step ? NPU_CORE_AT_SUM : NPU_CORE_AT_SCALED;
    return step ? NPU_CORE_AT_PRODUCT : NPU_CORE_AT_OPERAND;
}

int trace_vector_delay(const struct trace *t)
{
    return t->desc->op == NET_ADD ? 6 : 3;
}

void trace_vector_tap(const struct trace *t, int step,
                      struct cosim_difference *d)
{
    d->of = is_pair(t->desc) ? COSIM_OPERAND : COSIM_TAP;
    d->ky = is_pair(t->desc) ? 0 : step / t->desc->window.kernel_w;
    d->kx = is_pair(t->desc) ? 0 : step % t->desc->window.kernel_w;
    d->tap_c = (int) t->channel;
}

/* ------------------------------------------------------------- guesses */

/* What the model would have in place of `d->rtl_after`, had the step taken this
 * code. */
static int64_t with_code(const struct trace *t, int step, int32_t code,
                         int64_t before)
{
    const struct fx_format acc = hw_acc_format(t->program->hw);
    int64_t sum[3] = { 0, 0, 0 };
    bool over = false;

    if (t->desc->op == NET_MAX_POOL2D)
        return code > before ? code : before;
    if (t->desc->op == NET_AVERAGE_POOL2D)
        return fx_reduce(before + code, &acc, &over);
    elementwise_trace(t->program->hw, t->desc, step ? t->act[0] : code,
                      step ? code : t->act[1], sum, &over);
    if (step)
        return sum[2];
    return t->desc->op == NET_ADD ? sum[0] : code - t->desc->in_zp;
}

/* The step took another channel's code, or another tap's. */
static bool like_other(const struct trace *t, int s, struct array_state *state,
                       struct cosim_difference *d)
{
    const int64_t here = t->channel;
    const struct { int step; int64_t channel; const char *what; } others[] = {
        { s, here - 1, "shifted channel: the code of the channel before" },
        { s, here + 1, "shifted channel: the code of the next channel" },
        { s - 1, here, "stale activation: the code of the tap before" },
        { s + 1, here, "the code of the next tap, too early" }
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        int32_t code;

        if (others[i].step < 0 || others[i].step >= t->count
            || !code_at(t, state, others[i].step, others[i].channel, &code)
            || with_code(t, s, code, d->rtl_before) != d->rtl_after)
            continue;
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", others[i].what);
        return true;
    }
    return false;
}

/* The zero point was left in the operand of an add or mul. */
static bool like_raw(const struct trace *t, int s,
                     const struct cosim_difference *d)
{
    const int32_t zp = s ? t->desc->second_zp : t->desc->in_zp;

    return is_pair(t->desc) && zp != 0
           && with_code(t, s, t->act[s] + zp, d->rtl_before) == d->rtl_after;
}

static int64_t exact_step(const struct trace *t, int s,
                          const struct cosim_difference *d)
{
    if (t->desc->op == NET_AVERAGE_POOL2D)
        return d->rtl_before + t->act[s];
    return (int64_t) (t->act[0] - t->desc->in_zp)
           * (t->act[1] - t->desc->second_zp);
}

/* Another overflow mode explains the sum. */
static bool like_overflow(const struct trace *t, int s,
                          struct cosim_difference *d)
{
    const struct fx_format mine = hw_acc_format(t->program->hw);
    const int64_t exact = exact_step(t, s, d);

    for (int mode = 0; t->model_overflowed[s] && mode < FX_OVERFLOW_COUNT;
         mode++) {
        struct fx_format f = mine;
        bool over = false;

        f.overflow = (enum fx_overflow) mode;
        f.wrap_bits = 0;
        if (f.overflow == mine.overflow
            || fx_reduce(exact, &f, &over) != d->rtl_after || !over)
            continue;
        snprintf(d->looks_like, sizeof(d->looks_like), "the exact value, %"
                 PRId64 ", overflows by '%s' where the model has '%s'", exact,
                 fx_overflow_name(f.overflow), fx_overflow_name(mine.overflow));
        return true;
    }
    return false;
}

void trace_vector_guess(const struct trace *t, int step,
                        struct array_state *state, struct cosim_difference *d)
{
    const int64_t taken = d->rtl_after - d->rtl_before;
    const int64_t delta = d->rtl_after - d->model_after;
    const bool average = t->desc->op == NET_AVERAGE_POOL2D;
    const char *what = NULL;

    if (like_overflow(t, step, d))
        return;
    if (!is_pair(t->desc) && t->outside[step] && taken != 0)
        what = "a tap in the padding was taken";
    else if (like_raw(t, step, d))
        what = "the zero point of the operand is left in";
    else if (!is_pair(t->desc) && taken == 0)
        what = "the tap was left out";
    else if (average && taken == 2 * (int64_t) t->act[step])
        what = "the tap was taken twice";
    else if (like_other(t, step, state, d))
        return;
    else if (t->desc->op == NET_ADD && llabs(delta) == 1)
        what = "off by one: the rounding of a scaled operand";
    else if (t->desc->op == NET_ADD && step == 0
             && d->rtl_after == fx_rescale((int64_t) (t->act[0]
                    - t->desc->in_zp) * (INT64_C(1) << t->desc->add_shift),
                    &t->desc->requant[1]))
        what = "scaled by the factor of the other operand";
    else if (t->desc->op == NET_ADD && step == 0
             && (d->rtl_after == 2 * d->model_after
                 || 2 * d->rtl_after == d->model_after))
        what = "scaled by another shift";
    else if (t->desc->op == NET_MUL && step == 1
             && d->rtl_after == -d->model_after)
        what = "the product has the wrong sign";
    if (what)
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", what);
}

/* All sums agree: it went wrong behind them. */
void trace_vector_guess_code(const struct trace *t, const int32_t *model_out,
                             struct cosim_difference *d)
{
    const struct program_desc *desc = t->desc;
    const int64_t at = t->position * desc->out.c + t->channel;
    const int delta = d->rtl_code - d->model_code;
    const char *what = NULL;
    int inside = 0;

    for (int s = 0; s < t->count; s++)
        inside += !t->outside[s];
    if (desc->op == NET_AVERAGE_POOL2D && inside < t->count
        && d->rtl_code == fx_requantize(t->model_acc[t->count - 1],
                                        &desc->requant[t->count]))
        what = "divided by all taps, not by those inside";
    else if (abs(delta) == 1)
        what = "off by one: rounding in requantization";
    else if (delta == -desc->out_zp && desc->out_zp != 0)
        what = "the zero point of the output is left out";
    else if (t->channel > 0 && d->rtl_code == model_out[at - 1])
        what = "shifted channel: the output of the channel before";
    else if (t->channel + 1 < desc->out.c && d->rtl_code == model_out[at + 1])
        what = "shifted channel: the output of the next channel";
    else if (d->rtl_code == desc->out_min || d->rtl_code == desc->out_max)
        what = "clamped where the model is not";
    else if (d->model_code == desc->out_min || d->model_code == desc->out_max)
        what = "not clamped where the model is";
    if (what)
        snprintf(d->looks_like, sizeof(d->looks_like), "%s", what);
}
