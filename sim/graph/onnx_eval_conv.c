/* Convolutions and pools over [n][c][h][w], or [n][c][w] with h = 1. */
#include <math.h>
#include <stdlib.h>

#include "sim/graph/onnx_eval_ops.h"

struct image {
    int64_t n, c, h, w;
};

static struct image image_of(const struct graph_tensor *t)
{
    return (struct image) { t->dim[0], t->dim[1],
                            t->rank == 4 ? t->dim[2] : 1, t->dim[t->rank - 1] };
}

/* The taps of one window that lie in the image: ky0 <= ky < ky1. */
static void clip_taps(int64_t start, int64_t size, int kernel, int dilation,
                      int *first, int *end)
{
    *first = start < 0 ? (int) ((-start + dilation - 1) / dilation) : 0;
    const int64_t room = size - start;
    const int64_t last = room > 0 ? (room + dilation - 1) / dilation : 0;

    *end = last < kernel ? (int) last : kernel;
}

/* What a convolution sums: reals, or codes less their zero points. */
struct operands {
    enum graph_type x_type, w_type;
    const void *x, *w;
    int64_t x_zero;
    const void *w_zero;           /* NULL: 0 */
    int64_t w_zero_count;
};

struct place_in {
    struct image in, out;
    int64_t filter, y, x, batch;
};

static int64_t w_zero(const struct operands *o, int64_t filter)
{
    return o->w_zero ? onnx_get_int(o->w_type, o->w_zero,
                                    o->w_zero_count > 1 ? filter : 0)
                     : 0;
}

/* One output, as a real sum or, of integers, in *exact. */
static double sum_window(const struct graph_attributes *at,
                         const struct operands *o, const struct place_in *p,
                         int64_t *exact)
{
    const int64_t in_c = p->in.c / at->group;
    const int64_t group = p->filter / (p->out.c / at->group);
    const int64_t y0 = p->y * at->stride_h - at->pad_top;
    const int64_t x0 = p->x * at->stride_w - at->pad_left;
    const bool real = o->x_type == GRAPH_FLOAT32;
    const int64_t zero = real ? 0 : w_zero(o, p->filter);
    int ky0, ky1, kx0, kx1;
    double sum = 0;

    *exact = 0;
    clip_taps(y0, p->in.h, at->kernel_h, at->dilation_h, &ky0, &ky1);
    clip_taps(x0, p->in.w, at->kernel_w, at->dilation_w, &kx0, &kx1);
    for (int64_t c = 0; c < in_c; c++) {
        const int64_t plane = (p->batch * p->in.c + group * in_c + c) * p->in.h;
        for (int ky = ky0; ky < ky1; ky++) {
            const int64_t row = (plane + y0 + (int64_t) ky * at->dilation_h)
                                * p->in.w + x0;
            const int64_t tap = ((p->filter * in_c + c) * at->kernel_h + ky)
                                * at->kernel_w;
            for (int kx = kx0; kx < kx1; kx++) {
                const int64_t i = row + (int64_t) kx * at->dilation_w;
                if (real)
                    sum += (double) ((const float *) o->x)[i]
                           * (double) ((const float *) o->w)[tap + kx];
                else
                    *exact += (onnx_get_int(o->x_type, o->x, i) - o->x_zero)
                              * (onnx_get_int(o->w_type, o->w, tap + kx)
                                 - zero);
            }
        }
    }
    return sum;
}

static float scale_at(const struct onnx_job *j, int input, int64_t i)
{
    const float *scale = onnx_job_data(j, input);

    return scale[graph_elements(onnx_job_in(j, input)) > 1 ? i : 0];
}

/* The sum of window p into output i. */
static void store(const struct onnx_job *j, int64_t i, const struct place_in *p,
                  double sum, int64_t exact)
{
    void *to = onnx_job_result(j, 0);

    if (j->node->op == GRAPH_CONV_2D) {
        const float *bias = onnx_job_data(j, 2);
        ((float *) to)[i] = (float) (sum
                                     + (bias ? (double) bias[p->filter] : 0));
    } else if (j->node->op == GRAPH_CONV_INTEGER) {
        ((int32_t *) to)[i] = (int32_t) exact;
    } else {
        const int32_t *bias = onnx_job_data(j, 8);
        const enum graph_type type = onnx_job_out(j, 0)->type;
        const float factor = scale_at(j, 1, 0) * scale_at(j, 4, p->filter)
                             / scale_at(j, 6, 0);
        const int64_t zero = onnx_get_int(type, onnx_job_data(j, 7), 0);
        onnx_put_int(type, to, i,
                     onnx_requantize(exact + (bias ? bias[p->filter] : 0),
                                     factor, zero, type));
    }
}

int onnx_eval_conv(const struct onnx_job *j)
{
    const bool linear = j->node->op == GRAPH_QLINEAR_CONV;
    const bool integer = j->node->op == GRAPH_CONV_INTEGER;
    const int w_at = linear ? 3 : 1;
    const int x_zero_at = linear ? 2 : 2, w_zero_at = linear ? 5 : 3;
    const struct graph_tensor *x = onnx_job_in(j, 0), *w = onnx_job_in(j, w_at);
    struct operands o = { .x_type = x->type, .w_type = w->type,
                          .x = onnx_job_data(j, 0),
                          .w = onnx_job_data(j, w_at) };
    struct place_in p = { .in = image_of(x),
                          .out = image_of(onnx_job_out(j, 0)) };
    int64_t i = 0, exact;

    if ((linear || integer) && onnx_job_in(j, x_zero_at))
        o.x_zero = onnx_get_int(x->type, onnx_job_data(j, x_zero_at), 0);
    if ((linear || integer) && onnx_job_in(j, w_zero_at)) {
        o.w_zero = onnx_job_data(j, w_zero_at);
        o.w_zero_count = graph_elements(onnx_job_in(j, w_zero_at));
    }
    for (p.batch = 0; p.batch < p.out.n; p.batch++)
        for (p.filter = 0; p.filter < p.out.c; p.filter++)
            for (p.y = 0; p.y < p.out.h; p.y++)
                for (p.x = 0; p.x < p.out.w; p.x++, i++) {
                    const double sum = sum_window(&j->node->at, &o, &p, &exact);
                    store(j, i, &p, sum, exact);
                }
    return 0;
}

/* The padded image's taps of a window: what count_include_pad counts. */
static int64_t padded_taps(int64_t start, int64_t size, int before, int after,
                           int kernel, int dilation)
{
    int first, end;

    clip_taps(start + before, size + before + after, kernel, dilation, &first,
              &end);
    return end - first;
}

/* The maximum or mean of one window of the plane at `from`. */
static double pool_window(const struct onnx_job *j, const struct image *in,
                          int64_t plane, int64_t y, int64_t x)
{
    const struct graph_attributes *at = &j->node->at;
    const int64_t y0 = y * at->stride_h - at->pad_top;
    const int64_t x0 = x * at->stride_w - at->pad_left;
    const enum graph_type type = onnx_job_in(j, 0)->type;
    const bool most = j->node->op == GRAPH_MAX_POOL_2D;
    int ky0, ky1, kx0, kx1;
    double result = most ? -INFINITY : 0;

    clip_taps(y0, in->h, at->kernel_h, at->dilation_h, &ky0, &ky1);
    clip_taps(x0, in->w, at->kernel_w, at->dilation_w, &kx0, &kx1);
    for (int ky = ky0; ky < ky1; ky++)
        for (int kx = kx0; kx < kx1; kx++) {
            const double value = onnx_get(
                type, onnx_job_data(j, 0),
                (plane + y0 + (int64_t) ky * at->dilation_h) * in->w + x0
                    + (int64_t) kx * at->dilation_w);
            if (!most)
                result += value;
            else if (value > result || isnan(value))
                result = value;
        }
    if (most)
        return result;
    const int64_t count = at->count_include_pad
        ? padded_taps(y0, in->h, at->pad_top, at->pad_bottom, at->kernel_h,
                      at->dilation_h)
          * padded_taps(x0, in->w, at->pad_left, at->pad_right, at->kernel_w,
                        at->dilation_w)
        : (int64_t) (ky1 - ky0) * (kx1 - kx0);

    return ky1 > ky0 && kx1 > kx0 ? result / (double) count : 0;
}

int onnx_eval_pool(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const struct image in = image_of(onnx_job_in(j, 0)), to = image_of(out);
    int64_t i = 0;

    for (int64_t plane = 0; plane < to.n * to.c; plane++)
        for (int64_t y = 0; y < to.h; y++)
            for (int64_t x = 0; x < to.w; x++, i++)
                onnx_put(out->type, onnx_job_result(j, 0), i,
                         pool_window(j, &in, plane * in.h, y, x));
    return 0;
}

int onnx_eval_global_pool(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const float *from = onnx_job_data(j, 0);
    float *to = onnx_job_result(j, 0);
    const int64_t planes = x->dim[0] * x->dim[1];
    const int64_t size = graph_elements(x) / planes;

    for (int64_t p = 0; p < planes; p++) {
        double sum = 0, most = -INFINITY;
        for (int64_t i = 0; i < size; i++) {
            const double value = (double) from[p * size + i];
            sum += value;
            most = value > most ? value : most;
        }
        to[p] = (float) (j->node->op == GRAPH_GLOBAL_MAX_POOL
                             ? most : sum / (double) size);
    }
    return 0;
}
