/*
 * tflite_options.c - what an operator is told beside its tensors.
 *
 * Field numbers are those of the public schema. A file that leaves a field out
 * means its default.
 */
#include <inttypes.h>
#include <math.h>

#include "sim/graph/tflite_ops.h"

enum { PAD_SAME = 0, MAX_STRIDE = 1 << 15 };

struct options {
    struct graph *graph;
    struct graph_node *node;
    const struct flatbuf_table *table;
    struct diag *diag;
    struct place place;
};

static void read_activation(const struct options *o, int field)
{
    switch (flatbuf_i8(o->table, field, 0)) {
    case 0: o->node->at.activation = GRAPH_LINEAR; break;
    case 1: o->node->at.activation = GRAPH_FUSED_RELU; break;
    case 2: o->node->at.activation = GRAPH_FUSED_RELU_N1_TO_1; break;
    case 3: o->node->at.activation = GRAPH_FUSED_RELU6; break;
    default: o->node->at.activation = GRAPH_FUSED_OTHER; break;
    }
}

/* A stride, dilation or window: 1 or more, and no product overflows. */
static int read_size(const struct options *o, int field, int fallback,
                     const char *what, int *size)
{
    const int64_t value = flatbuf_i32(o->table, field, fallback);

    if (value < 1 || value > MAX_STRIDE)
        return diag_error(o->diag, o->place, "%s has %s %" PRId64 ", must be 1 "
                          "to %d", graph_describe_node(o->graph, o->node),
                          what, value, (int) MAX_STRIDE);
    *size = (int) value;
    return 0;
}

/* The dimension of an input's or (negative number) output's shape; 0: none. */
static int64_t dim_of(const struct options *o, int input, int axis)
{
    const struct graph_node *n = o->node;
    int t = -1;

    if (input < 0)
        t = n->output_count > 0 ? n->output[0] : -1;
    else if (input < n->input_count)
        t = n->input[input];
    if (t < 0 || o->graph->tensor[t].rank != 4)
        return 0;
    return o->graph->tensor[t].dim[axis];
}

/* TensorFlow's SAME: out = ceil(in / stride), the odd one at the end. */
static void pad_same(int64_t in, int64_t window, int stride, int *before,
                     int *after)
{
    const int64_t out = (in + stride - 1) / stride;
    int64_t total = (out - 1) * stride + window - in;

    if (in <= 0 || total < 0)
        total = 0;
    /* Absurd windows are refused where the operator is checked. */
    if (total > GRAPH_MAX_ELEMENTS)
        total = GRAPH_MAX_ELEMENTS;
    *before = (int) (total / 2);
    *after = (int) (total - total / 2);
}

/* `in` numbers the tensor that the window slides over, as dim_of. */
static void read_padding(const struct options *o, int in, int64_t kernel_h,
                         int64_t kernel_w)
{
    struct graph_attributes *at = &o->node->at;

    if (flatbuf_i8(o->table, 0, PAD_SAME) != PAD_SAME)
        return;
    pad_same(dim_of(o, in, 1), (kernel_h - 1) * at->dilation_h + 1,
             at->stride_h, &at->pad_top, &at->pad_bottom);
    pad_same(dim_of(o, in, 2), (kernel_w - 1) * at->dilation_w + 1,
             at->stride_w, &at->pad_left, &at->pad_right);
}

static int read_conv(const struct options *o)
{
    struct graph_attributes *at = &o->node->at;
    const bool depthwise = o->node->op == GRAPH_DEPTHWISE_CONV_2D;
    const int dilation = depthwise ? 5 : 4;

    if (read_size(o, 1, 0, "stride_w", &at->stride_w)
        || read_size(o, 2, 0, "stride_h", &at->stride_h)
        || read_size(o, dilation, 1, "dilation_w_factor", &at->dilation_w)
        || read_size(o, dilation + 1, 1, "dilation_h_factor",
                     &at->dilation_h))
        return -1;
    read_activation(o, depthwise ? 4 : 3);
    read_padding(o, 0, dim_of(o, 1, 1), dim_of(o, 1, 2));
    return 0;
}

/* The window slides over the output; weights [out][kh][kw][in]. */
static int read_transpose_conv(const struct options *o)
{
    struct graph_attributes *at = &o->node->at;

    if (read_size(o, 1, 0, "stride_w", &at->stride_w)
        || read_size(o, 2, 0, "stride_h", &at->stride_h))
        return -1;
    at->dilation_w = at->dilation_h = 1;
    read_activation(o, 3);
    read_padding(o, -1, dim_of(o, 1, 1), dim_of(o, 1, 2));
    return 0;
}

static int read_pool(const struct options *o)
{
    struct graph_attributes *at = &o->node->at;

    if (read_size(o, 1, 0, "stride_w", &at->stride_w)
        || read_size(o, 2, 0, "stride_h", &at->stride_h)
        || read_size(o, 3, 0, "filter_width", &at->kernel_w)
        || read_size(o, 4, 0, "filter_height", &at->kernel_h))
        return -1;
    at->dilation_w = at->dilation_h = 1;
    read_activation(o, 5);
    read_padding(o, 0, at->kernel_h, at->kernel_w);
    return 0;
}

static int read_fully_connected(const struct options *o)
{
    read_activation(o, 0);
    o->node->at.keep_num_dims = flatbuf_i8(o->table, 2, 0) != 0;
    if (flatbuf_i8(o->table, 1, 0) != 0)
        return diag_error(o->diag, o->place, "%s has shuffled weights, must "
                          "have the default format",
                          graph_describe_node(o->graph, o->node));
    return 0;
}

static int read_number(const struct options *o, int field, const char *what,
                       double *value)
{
    *value = flatbuf_f32(o->table, field, 0.0f);
    if (isfinite(*value))
        return 0;
    return diag_error(o->diag, o->place, "%s has %s %g, must be finite",
                      graph_describe_node(o->graph, o->node), what, *value);
}

/* A list of numbers into at.ints. */
static int read_list(const struct options *o, int field, const char *what)
{
    const struct flatbuf_vector v = flatbuf_vector(o->table, field, 4);

    if (v.count > GRAPH_MAX_RANK)
        return diag_error(o->diag, o->place, "%s has %zu numbers in '%s', must "
                          "have at most %d", graph_describe_node(o->graph,
                          o->node), v.count, what, (int) GRAPH_MAX_RANK);
    for (size_t i = 0; i < v.count; i++)
        o->node->at.ints[i] = flatbuf_i32_at(&v, i);
    o->node->at.int_count = (int) v.count;
    return 0;
}

static void read_masks(const struct options *o)
{
    struct graph_attributes *at = &o->node->at;

    at->begin_mask = (uint32_t) flatbuf_i32(o->table, 0, 0);
    at->end_mask = (uint32_t) flatbuf_i32(o->table, 1, 0);
    at->ellipsis_mask = (uint32_t) flatbuf_i32(o->table, 2, 0);
    at->new_axis_mask = (uint32_t) flatbuf_i32(o->table, 3, 0);
    at->shrink_mask = (uint32_t) flatbuf_i32(o->table, 4, 0);
    at->slice_offset = flatbuf_i8(o->table, 5, 0) != 0;
}

int tflite_read_options(struct graph *graph, struct graph_node *node,
                        const struct flatbuf_table *options, struct diag *diag,
                        struct place place)
{
    const struct options o = { graph, node, options, diag, place };
    struct graph_attributes *at = &node->at;

    switch (node->op) {
    case GRAPH_CONV_2D:
    case GRAPH_DEPTHWISE_CONV_2D: return read_conv(&o);
    case GRAPH_TRANSPOSE_CONV: return read_transpose_conv(&o);
    case GRAPH_FULLY_CONNECTED: return read_fully_connected(&o);
    case GRAPH_AVERAGE_POOL_2D:
    case GRAPH_MAX_POOL_2D: return read_pool(&o);
    case GRAPH_ADD:
    case GRAPH_SUB:
    case GRAPH_MUL:
    case GRAPH_DIV: read_activation(&o, 0); return 0;
    case GRAPH_SOFTMAX: return read_number(&o, 0, "beta", &at->beta);
    case GRAPH_LEAKY_RELU: return read_number(&o, 0, "alpha", &at->alpha);
    case GRAPH_CONCATENATION:
        at->axis = (int) flatbuf_i32(options, 0, 0);
        read_activation(&o, 1);
        return 0;
    case GRAPH_MEAN: at->keep_dims = flatbuf_i8(options, 0, 0) != 0; return 0;
    case GRAPH_RESHAPE: return read_list(&o, 0, "new_shape");
    case GRAPH_SQUEEZE: return read_list(&o, 0, "squeeze_dims");
    case GRAPH_STRIDED_SLICE: read_masks(&o); return 0;
    case GRAPH_GATHER:
        at->axis = (int) flatbuf_i32(options, 0, 0);
        at->batch_dims = (int) flatbuf_i32(options, 1, 0);
        return 0;
    case GRAPH_SPLIT:
        if (flatbuf_i32(options, 0, 0) == node->output_count)
            return 0;
        return diag_error(diag, place, "%s has %d outputs, must have its "
                          "'num_splits', %" PRId64,
                          graph_describe_node(graph, node), node->output_count,
                          flatbuf_i32(options, 0, 0));
    case GRAPH_PACK:
    case GRAPH_UNPACK: at->axis = (int) flatbuf_i32(options, 1, 0); return 0;
    case GRAPH_RESIZE_NEAREST:
        at->align_corners = flatbuf_i8(options, 0, 0) != 0;
        at->half_pixel_centers = flatbuf_i8(options, 1, 0) != 0;
        return 0;
    default: return 0;
    }
}
