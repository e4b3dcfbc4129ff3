#include "sim/net/net_float.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/lanes.h"
#include "sim/net/host.h"
#include "sim/net/window.h"

/* Windows that are multiplied together, so that a weight is read once for all
 * and sums do not wait for each other. */
enum { ROWS = 4 };

struct net_float {
    const struct net *net;
    float **packed;            /* per layer [ceil(filters / 16)][taps][16] */
};

struct net_buffers {
    int tensors;
    float **tensor;
    float *patch;              /* [ROWS][taps] of the largest layer */
    char *scratch;             /* of host layers */
};

static int blocks(const struct net_layer *l)
{
    return (l->filters + LANES - 1) / LANES;
}

/* [filter][tap] becomes [block][tap][lane], zeros in the unused lanes. */
static float *pack(const struct net_layer *l)
{
    const size_t taps = (size_t) l->taps;
    float *packed = calloc((size_t) blocks(l) * taps * LANES, sizeof(*packed));

    if (!packed)
        return NULL;
    for (int n = 0; n < l->filters; n++) {
        float *lane = packed + (size_t) (n / LANES) * taps * LANES + n % LANES;

        for (size_t k = 0; k < taps; k++)
            lane[k * LANES] = l->weight[(size_t) n * taps + k];
    }
    return packed;
}

static bool is_matrix(const struct net_layer *l)
{
    return l->op == NET_CONV2D || l->op == NET_FULLY_CONNECTED;
}

struct net_float *net_float_new(const struct net *net)
{
    struct net_float *f = calloc(1, sizeof(*f));

    if (!f)
        return NULL;
    f->net = net;
    f->packed = calloc((size_t) net->layer_count, sizeof(*f->packed));
    if (!f->packed)
        goto fail;
    for (int i = 0; i < net->layer_count; i++) {
        if (!is_matrix(&net->layer[i]))
            continue;
        f->packed[i] = pack(&net->layer[i]);
        if (!f->packed[i])
            goto fail;
    }
    return f;

fail:
    net_float_free(f);
    return NULL;
}

void net_float_free(struct net_float *f)
{
    if (!f)
        return;
    for (int i = 0; f->packed && i < f->net->layer_count; i++)
        free(f->packed[i]);
    free(f->packed);
    free(f);
}

struct net_buffers *net_buffers_new(const struct net *net)
{
    struct net_buffers *b = calloc(1, sizeof(*b));
    int taps = 1;

    if (!b)
        return NULL;
    b->tensor = calloc((size_t) net_tensor_count(net), sizeof(*b->tensor));
    if (!b->tensor)
        goto fail;
    b->tensors = net_tensor_count(net);
    for (int t = 0; t < b->tensors; t++) {
        const int64_t n = net_elements(net_tensor_shape(net, t));

        b->tensor[t] = calloc((size_t) n, sizeof(float));
        if (!b->tensor[t])
            goto fail;
    }
    for (int i = 0; i < net->layer_count; i++)
        if (net->layer[i].taps > taps)
            taps = net->layer[i].taps;
    b->patch = calloc((size_t) taps * ROWS, sizeof(*b->patch));
    b->scratch = calloc(host_scratch(net) + 1, 1);
    if (!b->patch || !b->scratch)
        goto fail;
    return b;

fail:
    net_buffers_free(b);
    return NULL;
}

void net_buffers_free(struct net_buffers *b)
{
    if (!b)
        return;
    for (int t = 0; b->tensor && t < b->tensors; t++)
        free(b->tensor[t]);
    free(b->tensor);
    free(b->patch);
    free(b->scratch);
    free(b);
}

float *net_buffers_tensor(struct net_buffers *b, int t)
{
    return b->tensor[t];
}

static float clamp(const struct net_layer *l, float v)
{
    return v < l->clamp_lo ? l->clamp_lo : v > l->clamp_hi ? l->clamp_hi : v;
}

/* The window at (oy, ox) as a row of taps, zero in the padding. */
static void gather(const struct net_layer *l, const float *in, int oy, int ox,
                   float *patch)
{
    const size_t bytes = (size_t) l->in.c * sizeof(*patch);

    for (int ky = 0; ky < l->window.kernel_h; ky++) {
        for (int kx = 0; kx < l->window.kernel_w; kx++) {
            const int64_t at = window_index(&l->window, l->in, oy, ox, ky, kx);

            if (at < 0)
                memset(patch, 0, bytes);
            else
                memcpy(patch, in + at, bytes);
            patch += l->in.c;
        }
    }
}

/* sum[row][lane] of one block of filters on one row of taps. */
LANES_CLONES
static void multiply_row(const float *w, const float *patch, size_t taps,
                         float *sum)
{
    lanes_half lo = { 0 }, hi = { 0 };

    for (size_t k = 0; k < taps; k++, w += LANES) {
        lo += patch[k] * *(const lanes_half *) w;
        hi += patch[k] * *(const lanes_half *) (w + LANES_HALF);
    }
    *(lanes_half *) sum = lo;
    *(lanes_half *) (sum + LANES_HALF) = hi;
}

/* The same on ROWS rows, patch[row][tap]. */
LANES_CLONES
static void multiply_rows(const float *w, const float *patch, size_t taps,
                          float *sum)
{
    lanes_half lo[ROWS] = { { 0 } }, hi[ROWS] = { { 0 } };

    for (size_t k = 0; k < taps; k++, w += LANES) {
        const lanes_half w_lo = *(const lanes_half *) w;
        const lanes_half w_hi = *(const lanes_half *) (w + LANES_HALF);

        for (size_t r = 0; r < ROWS; r++) {
            lo[r] += patch[r * taps + k] * w_lo;
            hi[r] += patch[r * taps + k] * w_hi;
        }
    }
    for (size_t r = 0; r < ROWS; r++) {
        *(lanes_half *) (sum + r * LANES) = lo[r];
        *(lanes_half *) (sum + r * LANES + LANES_HALF) = hi[r];
    }
}

/* All filters on 1 or ROWS rows; out[row][filter]. */
static void multiply(const struct net_layer *l, const float *packed,
                     const float *patch, int rows, float *out)
{
    const size_t taps = (size_t) l->taps;
    float sum[ROWS * LANES];

    for (int b = 0; b < blocks(l); b++) {
        const float *w = packed + (size_t) b * taps * LANES;
        const int first = b * LANES;

        if (rows == ROWS)
            multiply_rows(w, patch, taps, sum);
        else
            multiply_row(w, patch, taps, sum);
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < LANES && first + i < l->filters; i++)
                out[r * l->filters + first + i] =
                    clamp(l, sum[r * LANES + i] + l->bias[first + i]);
    }
}

static void run_conv(const struct net_layer *l, const float *packed,
                     const float *in, float *out, float *patch)
{
    const int positions = l->out.h * l->out.w;
    int rows;

    for (int at = 0; at < positions; at += rows) {
        rows = positions - at >= ROWS ? ROWS : 1;
        for (int r = 0; r < rows; r++)
            gather(l, in, (at + r) / l->out.w, (at + r) % l->out.w,
                   patch + r * l->taps);
        multiply(l, packed, patch, rows, out);
        out += rows * l->filters;
    }
}

static float depthwise_at(const struct net_layer *l, const float *in, int oy,
                          int ox, int n)
{
    const struct net_window *w = &l->window;
    const float *weight = l->weight + (size_t) n * (size_t) l->taps;
    float acc = 0.0f;

    for (int ky = 0; ky < w->kernel_h; ky++)
        for (int kx = 0; kx < w->kernel_w; kx++) {
            const int64_t at = window_index(w, l->in, oy, ox, ky, kx);

            if (at >= 0)
                acc += in[at + n / l->multiplier]
                       * weight[ky * w->kernel_w + kx];
        }
    return clamp(l, acc + l->bias[n]);
}

/* Max and average count only taps inside the image. */
static float pool_at(const struct net_layer *l, const float *in, int oy, int ox,
                     int c)
{
    const struct net_window *w = &l->window;
    float sum = 0.0f, peak = -INFINITY;
    int count = 0;

    for (int ky = 0; ky < w->kernel_h; ky++)
        for (int kx = 0; kx < w->kernel_w; kx++) {
            const int64_t at = window_index(w, l->in, oy, ox, ky, kx);

            if (at < 0)
                continue;
            sum += in[at + c];
            peak = in[at + c] > peak ? in[at + c] : peak;
            count++;
        }
    return clamp(l, l->op == NET_MAX_POOL2D ? peak : sum / (float) count);
}

static void run_each(const struct net_layer *l, const float *in, float *out)
{
    for (int oy = 0; oy < l->out.h; oy++)
        for (int ox = 0; ox < l->out.w; ox++)
            for (int c = 0; c < l->out.c; c++)
                *out++ = l->op == NET_DEPTHWISE_CONV2D
                    ? depthwise_at(l, in, oy, ox, c)
                    : pool_at(l, in, oy, ox, c);
}

static void run_two(const struct net_layer *l, const float *a, const float *b,
                    float *out)
{
    const int64_t count = net_elements(l->out);

    for (int64_t i = 0; i < count; i++)
        out[i] = clamp(l, l->op == NET_ADD ? a[i] + b[i] : a[i] * b[i]);
}

void net_float_run_layer(const struct net_float *f, int i, const float *in,
                         const float *second, float *out,
                         struct net_buffers *b)
{
    const struct net_layer *l = &f->net->layer[i];

    if (net_op_has_two_inputs(l->op))
        run_two(l, in, second, out);
    else if (l->op == NET_FLATTEN)
        memcpy(out, in, (size_t) net_elements(l->in) * sizeof(*out));
    else if (l->op == NET_FULLY_CONNECTED)
        multiply(l, f->packed[i], in, 1, out);
    else if (l->op == NET_CONV2D)
        run_conv(l, f->packed[i], in, out, b->patch);
    else
        run_each(l, in, out);
}

void net_float_run_host(const struct net *net, int i, struct net_buffers *b)
{
    host_run_reals(net->layer[i].host, b->tensor, b->tensor[i + 1], b->scratch);
}

void net_float_run(const struct net_float *f, struct net_buffers *b)
{
    for (int i = 0; i < f->net->layer_count; i++) {
        const struct net_layer *l = &f->net->layer[i];

        if (l->op == NET_HOST) {
            net_float_run_host(f->net, i, b);
            continue;
        }
        const float *second = net_op_has_two_inputs(l->op)
                              ? b->tensor[l->second] : NULL;

        net_float_run_layer(f, i, b->tensor[l->input], second,
                            b->tensor[i + 1], b);
    }
}

int net_argmax(const float *values, int64_t count)
{
    int64_t best = 0;

    for (int64_t i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return (int) best;
}
