/*
 * Convolutions, pools and their integer forms: windows over [n][c][h][w] or, of
 * one dimension, [n][c][w], which is taken as an image of height 1.
 */
#include "sim/graph/onnx_build.h"

#include <inttypes.h>
#include <string.h>

enum { WINDOW_MAX = 1 << 15 };

/* An attribute of a number or two for `spatial` dimensions; others are 1. */
static int read_pair(struct onnx_node *n, const char *name, int spatial,
                     int64_t absent, int *h, int *w)
{
    int64_t value[2] = { absent, absent };
    int count;

    if (onnx_attr_ints(n, name, 2, value, &count))
        return -1;
    if (count >= 0 && count != spatial)
        return onnx_fail(n, "attribute '%s' has %d numbers for %d spatial "
                         "dimensions", name, count, spatial);
    for (int i = 0; i < spatial; i++)
        if (value[i] < 1 || value[i] > WINDOW_MAX)
            return onnx_fail(n, "attribute '%s' has %" PRId64 ", must be 1 to "
                             "%d", name, value[i], WINDOW_MAX);
    *h = spatial == 2 ? (int) value[0] : 1;
    *w = (int) value[spatial - 1];
    return 0;
}

/* pads: all begins, then all ends. */
static int read_pads(struct onnx_node *n, int spatial)
{
    struct graph_attributes *at = &n->node->at;
    int64_t pad[4] = { 0, 0, 0, 0 };
    int count;

    if (onnx_attr_ints(n, "pads", 4, pad, &count))
        return -1;
    if (count >= 0 && count != 2 * spatial)
        return onnx_fail(n, "attribute 'pads' has %d numbers, must have %d",
                         count, 2 * spatial);
    for (int i = 0; i < 2 * spatial; i++)
        if (pad[i] < 0 || pad[i] > WINDOW_MAX)
            return onnx_fail(n, "attribute 'pads' has %" PRId64 ", must be 0 "
                             "to %d", pad[i], WINDOW_MAX);
    at->pad_top = spatial == 2 ? (int) pad[0] : 0;
    at->pad_bottom = spatial == 2 ? (int) pad[2] : 0;
    at->pad_left = (int) pad[spatial - 1];
    at->pad_right = (int) pad[2 * spatial - 1];
    return 0;
}

/* SAME: as many outputs as ceil(in / stride), the odd one at the end (UPPER) or
 * the start (LOWER). */
static void pad_same(int64_t in, int kernel, int stride, int dilation,
                     bool lower, int *before, int *after)
{
    const int64_t out = (in + stride - 1) / stride;
    const int64_t reach = (int64_t) dilation * (kernel - 1) + 1;
    const int64_t need = (out - 1) * stride + reach - in;
    const int all = need > 0 ? (int) need : 0;

    *before = lower ? all - all / 2 : all / 2;
    *after = all - *before;
}

static int resolve_auto_pad(struct onnx_node *n, int64_t h, int64_t w)
{
    struct graph_attributes *at = &n->node->at;
    const char *mode = onnx_attr_text(n, "auto_pad");

    if (!mode)
        return -1;
    if (!*mode || strcmp(mode, "NOTSET") == 0)
        return 0;
    const bool lower = strcmp(mode, "SAME_LOWER") == 0;

    if (strcmp(mode, "VALID") == 0) {
        at->pad_top = at->pad_bottom = at->pad_left = at->pad_right = 0;
        return 0;
    }
    if (!lower && strcmp(mode, "SAME_UPPER") != 0)
        return onnx_fail(n, "attribute 'auto_pad' is '%s', must be NOTSET, "
                         "SAME_UPPER, SAME_LOWER or VALID", mode);
    pad_same(h, at->kernel_h, at->stride_h, at->dilation_h, lower, &at->pad_top,
             &at->pad_bottom);
    pad_same(w, at->kernel_w, at->stride_w, at->dilation_w, lower,
             &at->pad_left, &at->pad_right);
    return 0;
}

/* Windows along one dimension; below 1 when none fits. */
static int64_t windows(int64_t in, int before, int after, int kernel,
                       int stride, int dilation, bool ceil_mode)
{
    const int64_t room = in + before + after
                         - ((int64_t) dilation * (kernel - 1) + 1);

    if (room < 0)
        return 0;
    int64_t out = room / stride + 1;

    /* The last window must start inside the image or its begin padding. */
    if (ceil_mode && room % stride && out * stride < in + before)
        out++;
    return out;
}

/* Strides, dilations and pads around a kernel that is known; then output. */
static int infer_window(struct onnx_node *n, const struct graph_tensor *x,
                        enum graph_type type, int64_t channels, bool ceil_mode)
{
    struct graph_attributes *at = &n->node->at;
    const int spatial = x->rank - 2;
    const int64_t h = spatial == 2 ? x->dim[2] : 1;
    const int64_t w = x->dim[x->rank - 1];

    if (read_pair(n, "strides", spatial, 1, &at->stride_h, &at->stride_w)
        || read_pair(n, "dilations", spatial, 1, &at->dilation_h,
                     &at->dilation_w)
        || read_pads(n, spatial) || resolve_auto_pad(n, h, w))
        return -1;
    const int64_t oh = windows(h, at->pad_top, at->pad_bottom, at->kernel_h,
                               at->stride_h, at->dilation_h, ceil_mode);
    const int64_t ow = windows(w, at->pad_left, at->pad_right, at->kernel_w,
                               at->stride_w, at->dilation_w, ceil_mode);
    const int64_t dim[4] = { x->dim[0], channels, spatial == 2 ? oh : ow, ow };

    if (oh < 1 || ow < 1)
        return onnx_fail(n, "its window of %dx%d does not fit the image of "
                         "%" PRId64 "x%" PRId64 " with its padding",
                         at->kernel_h, at->kernel_w, h, w);
    return onnx_out(n, 0, type, x->rank, dim);
}

static int check_image(const struct onnx_node *n, int i)
{
    const struct graph_tensor *x = onnx_in(n, i);

    if (x->rank == 3 || x->rank == 4)
        return 0;
    return onnx_fail(n, "%s has %d dimensions; images of one or two spatial "
                     "dimensions ([n, c, w] or [n, c, h, w]) are supported",
                     graph_describe_tensor(n->build->graph, n->node->input[i]),
                     x->rank);
}

/* Input, weights and optional bias stand at these places. */
static int infer_convolution(struct onnx_node *n, int x_at, int w_at,
                             int bias_at, enum graph_type out)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *x = onnx_in(n, x_at), *w = onnx_in(n, w_at);
    const struct graph_tensor *bias = bias_at < 0 ? NULL : onnx_in(n, bias_at);
    int64_t group;
    int kernel_h, kernel_w;

    if (check_image(n, x_at))
        return -1;
    if (w->rank != x->rank)
        return onnx_fail(n, "%s has %d dimensions, its input has %d",
                         graph_describe_tensor(n->build->graph,
                                               n->node->input[w_at]),
                         w->rank, x->rank);
    if (onnx_attr_int(n, "group", 1, 1 << 20, 1, &group))
        return -1;
    if (x->dim[1] % group || w->dim[1] != x->dim[1] / group
        || w->dim[0] % group)
        return onnx_fail(n, "%" PRId64 " input channels, weights for %" PRId64
                         " and %" PRId64 " filters do not fit %" PRId64
                         " groups", x->dim[1], w->dim[1], w->dim[0], group);
    if (bias && (bias->rank != 1 || bias->dim[0] != w->dim[0]))
        return onnx_fail(n, "its bias must have the shape [%" PRId64 "]",
                         w->dim[0]);
    for (int i = 2; i < w->rank; i++)
        if (w->dim[i] > WINDOW_MAX)
            return onnx_fail(n, "its kernel of %" PRId64 " is above %d",
                             w->dim[i], WINDOW_MAX);
    at->group = (int) group;
    at->kernel_h = w->rank == 4 ? (int) w->dim[2] : 1;
    at->kernel_w = (int) w->dim[w->rank - 1];
    if (onnx_attr(n, "kernel_shape")
        && (read_pair(n, "kernel_shape", x->rank - 2, 1, &kernel_h, &kernel_w)
            || kernel_h != at->kernel_h || kernel_w != at->kernel_w))
        return onnx_fail(n, "attribute 'kernel_shape' is not that of its "
                         "weights, %dx%d", at->kernel_h, at->kernel_w);
    return infer_window(n, x, out, w->dim[0], false);
}

int onnx_infer_conv(struct onnx_node *n)
{
    if (onnx_in(n, 0)->type != GRAPH_FLOAT32
        || onnx_in(n, 1)->type != GRAPH_FLOAT32
        || (onnx_in(n, 2) && onnx_in(n, 2)->type != GRAPH_FLOAT32))
        return onnx_fail(n, "its inputs must be float32");
    return infer_convolution(n, 0, 1, 2, GRAPH_FLOAT32);
}

static bool is_byte(const struct graph_tensor *t)
{
    return t->type == GRAPH_INT8 || t->type == GRAPH_UINT8;
}

int onnx_infer_conv_integer(struct onnx_node *n)
{
    if (!is_byte(onnx_in(n, 0)) || !is_byte(onnx_in(n, 1)))
        return onnx_fail(n, "its inputs must be int8 or uint8");
    for (int i = 2; i < 4; i++) {
        const struct graph_tensor *zero = onnx_in(n, i);
        const int64_t most = i == 3 ? onnx_in(n, 1)->dim[0] : 1;
        const int64_t count = zero ? graph_elements(zero) : 1;
        if (zero && (zero->type != onnx_in(n, i - 2)->type || zero->rank > 1
                     || (count != 1 && count != most)))
            return onnx_fail(n, "its zero point %d has another type or shape "
                             "than its operand", i - 2);
    }
    return infer_convolution(n, 0, 1, -1, GRAPH_INT32);
}

int onnx_infer_qlinear_conv(struct onnx_node *n)
{
    static const int zero_at[3] = { 2, 5, 7 }, of[3] = { 0, 3, 7 };
    const struct graph_tensor *bias = onnx_in(n, 8);

    if (!is_byte(onnx_in(n, 0)) || !is_byte(onnx_in(n, 3))
        || !is_byte(onnx_in(n, 7)) || (bias && bias->type != GRAPH_INT32))
        return onnx_fail(n, "its inputs must be int8 or uint8, its bias int32");
    for (int i = 0; i < 3; i++) {
        const struct graph_tensor *scale = onnx_in(n, zero_at[i] - 1);
        const struct graph_tensor *zero = onnx_in(n, zero_at[i]);
        const int64_t filters = i == 1 ? onnx_in(n, 3)->dim[0] : 1;
        const int64_t count = graph_elements(scale);
        if (scale->type != GRAPH_FLOAT32 || scale->rank > 1
            || (count != 1 && count != filters)
            || zero->type != onnx_in(n, of[i])->type || zero->rank > 1
            || (graph_elements(zero) != 1 && graph_elements(zero) != filters))
            return onnx_fail(n, "scale and zero point at its inputs %d and %d "
                             "do not fit the tensor they are of",
                             zero_at[i] - 1, zero_at[i]);
        if (onnx_check_scale(n, zero_at[i] - 1))
            return -1;
    }
    return infer_convolution(n, 0, 3, 8, onnx_in(n, 7)->type);
}

int onnx_infer_pool(struct onnx_node *n)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t ceil_mode, include, order;

    if (check_image(n, 0))
        return -1;
    if (x->type != GRAPH_FLOAT32
        && (n->node->op == GRAPH_AVERAGE_POOL_2D || !is_byte(x)))
        return onnx_fail(n, "its input is %s, which is not supported",
                         graph_type_name(x->type));
    if (n->node->output_count > 1 && n->node->output[1] >= 0)
        return onnx_fail(n, "its second output (indices) is not supported");
    if (!onnx_attr(n, "kernel_shape"))
        return onnx_fail(n, "attribute 'kernel_shape' is missing");
    if (read_pair(n, "kernel_shape", x->rank - 2, 1, &at->kernel_h,
                  &at->kernel_w)
        || onnx_attr_int(n, "ceil_mode", 0, 1, 0, &ceil_mode)
        || onnx_attr_int(n, "storage_order", 0, 1, 0, &order)
        || onnx_attr_int(n, "count_include_pad", 0, 1, 0, &include))
        return -1;
    at->count_include_pad = include != 0;
    return infer_window(n, x, x->type, x->dim[1], ceil_mode != 0);
}

int onnx_infer_global_pool(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t dim[GRAPH_MAX_RANK];

    if (x->rank < 3 || x->type != GRAPH_FLOAT32)
        return onnx_fail(n, "its input must be float32 of 3 dimensions or "
                         "more");
    for (int i = 0; i < x->rank; i++)
        dim[i] = i < 2 ? x->dim[i] : 1;
    return onnx_out(n, 0, x->type, x->rank, dim);
}
