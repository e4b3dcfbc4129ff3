/*
 * eval_pool.c - AVERAGE_POOL_2D, MAX_POOL_2D and MEAN.
 *
 * Pools work on codes as they are and count the taps inside the image; a mean
 * is one requantization of the sum (eval_mean_requant).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/graph/eval_parts.h"

static int64_t out_size(int64_t in, int kernel, int stride, int before,
                        int after)
{
    const int64_t room = in + before + after - kernel;

    return room < 0 ? 0 : room / stride + 1;
}

bool eval_check_pool(const struct eval_call *c)
{
    const struct graph_attributes *at = &c->node->at;
    const struct eval_value *in = &c->in[0];

    if (!eval_has_rank(c, in, 4, "an input")
        || !eval_is_activation(c, in, "an input")
        || !eval_same_type(c, in, &c->out[0])
        || !eval_same_scale(c, in, &c->out[0]))
        return false;
    if (at->pad_top >= at->kernel_h || at->pad_left >= at->kernel_w
        || at->pad_bottom >= at->kernel_h || at->pad_right >= at->kernel_w)
        return eval_refuse(c, "has padding as large as its window, must be "
                           "smaller");
    const int64_t dim[] = {
        in->dim[0], out_size(in->dim[1], at->kernel_h, at->stride_h,
                             at->pad_top, at->pad_bottom),
        out_size(in->dim[2], at->kernel_w, at->stride_w, at->pad_left,
                 at->pad_right), in->dim[3]
    };

    return eval_shape_is(c, &c->out[0], dim, 4);
}

/* What one window holds. */
struct pooled {
    int64_t sum, count;
    int32_t peak;
    float real_sum, real_peak;
};

static void take_window(const struct eval_call *c, int64_t batch, int64_t oy,
                        int64_t ox, int64_t channel, struct pooled *p)
{
    const struct graph_attributes *at = &c->node->at;
    const struct eval_value *in = &c->in[0];

    *p = (struct pooled) { .peak = INT32_MIN, .real_peak = -INFINITY };
    for (int ky = 0; ky < at->kernel_h; ky++)
        for (int kx = 0; kx < at->kernel_w; kx++) {
            const int64_t y = oy * at->stride_h + ky - at->pad_top;
            const int64_t x = ox * at->stride_w + kx - at->pad_left;

            if (y < 0 || y >= in->dim[1] || x < 0 || x >= in->dim[2])
                continue;
            const int64_t i = ((batch * in->dim[1] + y) * in->dim[2] + x)
                              * in->dim[3] + channel;

            p->count++;
            if (eval_is_float(in)) {
                const float v = eval_float(in, i);

                p->real_sum += v;
                p->real_peak = v > p->real_peak ? v : p->real_peak;
            } else {
                const int32_t v = eval_code(in, i);

                p->sum += v;
                p->peak = v > p->peak ? v : p->peak;
            }
        }
}

/* To the nearest, ties away from zero. */
static int64_t divide(int64_t sum, int64_t count)
{
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static void store_pooled(const struct eval_call *c, int64_t to,
                         const struct pooled *p)
{
    const bool average = c->node->op == GRAPH_AVERAGE_POOL_2D;
    struct eval_value *out = &c->out[0];

    if (eval_is_float(out)) {
        float lo, hi;

        eval_activation_reals(c->node->at.activation, &lo, &hi);
        ((float *) out->data)[to] =
            eval_clamp(average ? p->real_sum / (float) p->count : p->real_peak,
                       lo, hi);
        return;
    }
    const int64_t code = average ? divide(p->sum, p->count) : p->peak;
    int32_t lo, hi;

    eval_activation_codes(c->node->at.activation, out->quant, out->type, &lo,
                          &hi);
    eval_store(out, to, (int32_t) (code < lo ? lo : code > hi ? hi : code));
}

void eval_run_pool(const struct eval_call *c)
{
    const struct eval_value *o = &c->out[0];
    struct pooled p;
    int64_t to = 0;

    for (int64_t b = 0; b < o->dim[0]; b++)
        for (int64_t y = 0; y < o->dim[1]; y++)
            for (int64_t x = 0; x < o->dim[2]; x++)
                for (int64_t n = 0; n < o->dim[3]; n++) {
                    take_window(c, b, y, x, n, &p);
                    store_pooled(c, to++, &p);
                }
}

/* ------------------------------------------------------------------ mean */

/* The axes that are averaged; -1: a list that is not one. */
static int64_t mean_axes(const struct eval_call *c, bool axes[GRAPH_MAX_RANK])
{
    const int64_t count = eval_elements(&c->in[1]);
    int64_t elements = 1;

    memset(axes, 0, GRAPH_MAX_RANK * sizeof(*axes));
    for (int64_t i = 0; i < count; i++) {
        const int axis = eval_axis(eval_int(&c->in[1], i), c->in[0].rank);

        if (axis < 0)
            return -1;
        elements *= axes[axis] ? 1 : c->in[0].dim[axis];
        axes[axis] = true;
    }
    return elements;
}

bool eval_check_mean(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *o = &c->out[0];
    bool axes[GRAPH_MAX_RANK];
    int64_t dim[GRAPH_MAX_RANK];
    struct fx_requant r = { 0 };
    int rank = 0;

    if (!eval_is_activation(c, in, "an input")
        || !eval_is_activation(c, o, "an output")
        || !eval_same_type(c, in, o) || !eval_is_list(c, 1, -1, "axes"))
        return false;
    const int64_t count = mean_axes(c, axes);

    if (count < 1)
        return eval_refuse(c, "averages over an axis that its input lacks");
    for (int i = 0; i < in->rank; i++)
        if (!axes[i] || c->node->at.keep_dims)
            dim[rank++] = axes[i] ? 1 : in->dim[i];
    if (!eval_is_float(in)
        && eval_mean_requant(eval_scale(in) / eval_scale(o), count, &r))
        return eval_refuse(c, "scales by %g, for which there is no multiplier",
                           eval_scale(in) / eval_scale(o));
    return eval_shape_is(c, o, dim, rank);
}

/* Where the sum of output element `to` begins, and its next element: both are
 * numbers in the mixed radix of the axes chosen. */
static int64_t spread(const struct eval_value *v, const bool *axes, bool chosen,
                      int64_t number)
{
    int64_t index = 0, stride = 1;

    for (int i = v->rank - 1; i >= 0; i--) {
        if (axes[i] == chosen) {
            index += number % v->dim[i] * stride;
            number /= v->dim[i];
        }
        stride *= v->dim[i];
    }
    return index;
}

void eval_run_mean(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    struct eval_value *o = &c->out[0];
    const int64_t outputs = eval_elements(o);
    struct fx_requant r = { 0 };
    bool axes[GRAPH_MAX_RANK];
    const int64_t count = mean_axes(c, axes);

    if (!eval_is_float(in)) {
        r.zero_point = eval_zero_point(o);
        eval_code_range(o->type, &r.min, &r.max);
        eval_mean_requant(eval_scale(in) / eval_scale(o), count, &r);
    }
    for (int64_t to = 0; to < outputs; to++) {
        const int64_t base = spread(in, axes, false, to);
        int64_t sum = 0;
        float real = 0.0f;

        for (int64_t i = 0; i < count; i++) {
            const int64_t at = base + spread(in, axes, true, i);

            if (eval_is_float(in))
                real += eval_float(in, at);
            else
                sum += eval_code(in, at) - eval_zero_point(in);
        }
        if (eval_is_float(in))
            ((float *) o->data)[to] = real / (float) count;
        else
            eval_store(o, to, fx_requantize(fx_wrap(sum, 32), &r));
    }
}
