/* Operators on numbers, element by element or along axes. */
#include <math.h>
#include <string.h>

#include "sim/graph/onnx_eval_ops.h"

enum { RANK = GRAPH_MAX_RANK };

static bool is_real(enum graph_type type)
{
    return type == GRAPH_FLOAT32 || type == GRAPH_FLOAT64;
}

static double real_result(enum graph_op op, double a, double b)
{
    switch (op) {
    case GRAPH_ADD:
        return a + b;
    case GRAPH_SUB:
        return a - b;
    case GRAPH_MUL:
        return a * b;
    case GRAPH_DIV:
        return a / b;
    case GRAPH_POW:
        return pow(a, b);
    case GRAPH_MAXIMUM:
        return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    default:
        return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    }
}

/* Wraps, as two's complement does; b is not 0 in a division. */
static int64_t integer_result(enum graph_op op, int64_t a, int64_t b)
{
    switch (op) {
    case GRAPH_ADD:
        return (int64_t) ((uint64_t) a + (uint64_t) b);
    case GRAPH_SUB:
        return (int64_t) ((uint64_t) a - (uint64_t) b);
    case GRAPH_MUL:
        return (int64_t) ((uint64_t) a * (uint64_t) b);
    case GRAPH_DIV:
        return b == -1 ? (int64_t) (0 - (uint64_t) a) : a / b;
    case GRAPH_MAXIMUM:
        return a > b ? a : b;
    default:
        return a < b ? a : b;
    }
}

/* Elements of `x` in the order of the broadcast result. */
struct walk {
    const struct graph_tensor *out;
    int64_t step[RANK], at[RANK], offset;
};

static void walk_init(struct walk *w, const struct graph_tensor *out,
                      const struct graph_tensor *x)
{
    int64_t each = 1;

    memset(w, 0, sizeof(*w));
    w->out = out;
    for (int i = 1; i <= x->rank; i++) {
        const int64_t dim = x->dim[x->rank - i];
        w->step[out->rank - i] = dim == 1 ? 0 : each;
        each *= dim;
    }
}

static void walk_next(struct walk *w)
{
    for (int k = w->out->rank - 1; k >= 0; k--) {
        w->offset += w->step[k];
        if (++w->at[k] < w->out->dim[k])
            return;
        w->offset -= w->step[k] * w->out->dim[k];
        w->at[k] = 0;
    }
}

/* A single division or sum of float32 values in double, rounded to float32, is
 * the float32 operation (double has more than twice its bits). */
int onnx_eval_binary(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const enum graph_type type = out->type;
    const int64_t count = graph_elements(out);
    void *to = onnx_job_result(j, 0);

    for (int k = 0; k < j->node->input_count; k++) {
        const void *from = onnx_job_data(j, k);
        struct walk w;
        walk_init(&w, out, onnx_job_in(j, k));
        for (int64_t i = 0; i < count; i++, walk_next(&w)) {
            if (is_real(type)) {
                const double b = onnx_get(type, from, w.offset);
                onnx_put(type, to, i,
                         k ? real_result(j->node->op, onnx_get(type, to, i), b)
                           : b);
                continue;
            }
            const int64_t b = onnx_get_int(type, from, w.offset);
            if (k && !b && j->node->op == GRAPH_DIV)
                return onnx_job_fail(j, "divides an integer by 0");
            onnx_put_int(type, to, i,
                         k ? integer_result(j->node->op,
                                            onnx_get_int(type, to, i), b)
                           : b);
        }
    }
    return 0;
}

int onnx_eval_pow(const struct onnx_job *j)
{
    if (!is_real(onnx_job_out(j, 0)->type))
        return onnx_job_fail(j, "powers of integers are not supported");
    return onnx_eval_binary(j);
}

static double unary(const struct graph_node *node, double x)
{
    switch (node->op) {
    case GRAPH_RELU:
        return x > 0 || isnan(x) ? x : 0;
    case GRAPH_LEAKY_RELU:
        return x < 0 ? x * node->at.alpha : x;
    case GRAPH_ROUND:
        return rint(x);
    case GRAPH_LOGISTIC:
        return 1 / (1 + exp(-x));
    default:
        return tanh(x);
    }
}

int onnx_eval_unary(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const float *x = onnx_job_data(j, 0);
    float *y = onnx_job_result(j, 0);
    const int64_t count = graph_elements(out);

    for (int64_t i = 0; i < count; i++)
        y[i] = (float) unary(j->node, (double) x[i]);
    return 0;
}

int onnx_eval_clip(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const void *lo = onnx_job_data(j, 1), *hi = onnx_job_data(j, 2);
    const int64_t count = graph_elements(out);
    void *to = onnx_job_result(j, 0);

    /* The maximum first: where lo is above hi, hi counts. */
    for (int64_t i = 0; i < count; i++) {
        if (is_real(out->type)) {
            double x = onnx_get(out->type, onnx_job_data(j, 0), i);
            if (lo && x < onnx_get(out->type, lo, 0))
                x = onnx_get(out->type, lo, 0);
            if (hi && x > onnx_get(out->type, hi, 0))
                x = onnx_get(out->type, hi, 0);
            onnx_put(out->type, to, i, x);
            continue;
        }
        int64_t x = onnx_get_int(out->type, onnx_job_data(j, 0), i);
        if (lo && x < onnx_get_int(out->type, lo, 0))
            x = onnx_get_int(out->type, lo, 0);
        if (hi && x > onnx_get_int(out->type, hi, 0))
            x = onnx_get_int(out->type, hi, 0);
        onnx_put_int(out->type, to, i, x);
    }
    return 0;
}

int onnx_eval_batch_norm(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const float *scale = onnx_job_data(j, 1), *bias = onnx_job_data(j, 2);
    const float *mean = onnx_job_data(j, 3), *variance = onnx_job_data(j, 4);
    const float *from = onnx_job_data(j, 0);
    float *to = onnx_job_result(j, 0);
    const int64_t count = graph_elements(x);
    int64_t inner = 1;

    for (int i = 2; i < x->rank; i++)
        inner *= x->dim[i];
    for (int64_t i = 0; i < count; i++) {
        const int64_t c = i / inner % x->dim[1];
        const double spread = sqrt((double) variance[c] + j->node->at.epsilon);
        to[i] = (float) (((double) from[i] - (double) mean[c]) / spread
                         * (double) scale[c] + (double) bias[c]);
    }
    return 0;
}

/* Over `length` elements that lie `step` apart. */
static void softmax_line(const float *x, float *y, int64_t length, int64_t step)
{
    float most = x[0];
    double sum = 0;

    for (int64_t i = 1; i < length; i++)
        most = x[i * step] > most ? x[i * step] : most;
    for (int64_t i = 0; i < length; i++)
        sum += exp((double) x[i * step] - (double) most);
    for (int64_t i = 0; i < length; i++)
        y[i * step] = (float) (exp((double) x[i * step] - (double) most) / sum);
}

/* Before opset 13 all dimensions from the axis on are one. */
int onnx_eval_softmax(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const int axis = j->node->at.axis;
    const bool flat = j->node->version < 13;
    int64_t outer = 1, length = x->rank ? 1 : 1, inner = 1;

    for (int i = 0; i < x->rank; i++) {
        if (i < axis)
            outer *= x->dim[i];
        else if (i == axis || flat)
            length *= x->dim[i];
        else
            inner *= x->dim[i];
    }
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < inner; i++) {
            const int64_t at = o * length * inner + i;
            softmax_line((const float *) onnx_job_data(j, 0) + at,
                         (float *) onnx_job_result(j, 0) + at, length, inner);
        }
    return 0;
}

/* One result: over the reduced axes from element `base`. */
static double reduce_one(const struct onnx_job *j, int64_t base,
                         const int64_t *step)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const struct graph_attributes *at = &j->node->at;
    int64_t counter[RANK] = { 0 }, offset = base, seen = 0;
    double result = 0;

    for (;;) {
        const double value = onnx_get(x->type, onnx_job_data(j, 0), offset);
        if (j->node->op == GRAPH_MEAN)
            result += value;
        else if (!seen || isnan(value)
                 || (j->node->op == GRAPH_REDUCE_MAX ? value > result
                                                     : value < result))
            result = value;
        seen++;
        int k = at->axis_count - 1;
        for (; k >= 0; k--) {
            offset += step[at->axes[k]];
            if (++counter[k] < x->dim[at->axes[k]])
                break;
            offset -= step[at->axes[k]] * x->dim[at->axes[k]];
            counter[k] = 0;
        }
        if (k < 0)
            break;
    }
    return j->node->op == GRAPH_MEAN ? result / (double) seen : result;
}

int onnx_eval_reduce(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    int64_t step[RANK], at[RANK] = { 0 }, each = 1, base = 0;
    bool reduced[RANK] = { false };
    const int64_t count = graph_elements(out);

    for (int i = x->rank - 1; i >= 0; i--) {
        step[i] = each;
        each *= x->dim[i];
    }
    for (int i = 0; i < j->node->at.axis_count; i++)
        reduced[j->node->at.axes[i]] = true;
    for (int64_t i = 0; i < count; i++) {
        onnx_put(out->type, onnx_job_result(j, 0), i,
                 reduce_one(j, base, step));
        for (int k = x->rank - 1; k >= 0; k--) {
            if (reduced[k])
                continue;
            base += step[k];
            if (++at[k] < x->dim[k])
                break;
            base -= step[k] * x->dim[k];
            at[k] = 0;
        }
    }
    return 0;
}

int onnx_eval_cast(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    const int64_t count = graph_elements(out);

    for (int64_t i = 0; i < count; i++) {
        if (is_real(x->type))
            onnx_put(out->type, onnx_job_result(j, 0), i,
                     onnx_get(x->type, onnx_job_data(j, 0), i));
        else
            onnx_put_int(out->type, onnx_job_result(j, 0), i,
                         onnx_get_int(x->type, onnx_job_data(j, 0), i));
    }
    return 0;
}
