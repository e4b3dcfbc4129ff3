/*
 * import_place.c - which unit runs an operator, and what its neighbours do for
 * it. The first reason against a unit is the note of the report.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/graph/tflite_ops.h"
#include "sim/net/import_parts.h"

enum { WHY = EVAL_WHY };

static const struct graph_tensor *tensor(const struct importer *m, int t)
{
    return &m->graph->tensor[t];
}

static const struct graph_tensor *input(const struct importer *m,
                                        const struct graph_node *n, int k)
{
    return k < n->input_count && n->input[k] >= 0 ? tensor(m, n->input[k])
                                                  : NULL;
}

bool import_is_activation(const struct importer *m, int t)
{
    const struct graph_tensor *x = tensor(m, t);

    if (x->data || x->variable)
        return false;
    if (!m->net->quantized)
        return x->type == GRAPH_FLOAT32;
    return (x->type == GRAPH_INT8 || x->type == GRAPH_INT16)
           && x->quant.count == 1;
}

struct net_shape import_shape(const struct importer *m, int t)
{
    const struct graph_tensor *x = tensor(m, t);
    struct net_shape s = { 1, 1, 1 };

    if (x->rank > 0)
        s.c = (int) x->dim[x->rank - 1];
    if (x->rank > 1)
        s.w = (int) x->dim[x->rank - 2];
    for (int i = 0; i < x->rank - 2; i++)
        s.h *= (int) x->dim[i];
    /* A vector with its batch in front is channels. */
    if (x->rank == 2 && s.w == 1)
        s.h = s.w = 1;
    return s;
}

bool import_is_image(const struct importer *m, int t)
{
    const struct graph_tensor *x = tensor(m, t);
    const struct net_shape s = import_shape(m, t);

    return (x->rank < 4 || x->dim[0] == 1) && s.h < NET_MAX_DIM
           && s.w < NET_MAX_DIM && s.c < NET_MAX_DIM;
}

/* The tensor that decides the machine's arithmetic is int8 or float32. */
static bool is_narrow(const struct importer *m, int t)
{
    return tensor(m, t)->type == GRAPH_INT8 || !m->net->quantized;
}

static bool same_scale(const struct importer *m, int a, int b)
{
    const struct graph_quant *x = &tensor(m, a)->quant;
    const struct graph_quant *y = &tensor(m, b)->quant;

    return !m->net->quantized
           || (x->scale[0] == y->scale[0]
               && x->zero_point[0] == y->zero_point[0]);
}

static bool all_activations(const struct importer *m,
                            const struct graph_node *n, int inputs,
                            const char **why)
{
    *why = "works on constants or types that the units do not have";
    for (int k = 0; k < inputs; k++)
        if (!import_is_activation(m, n->input[k]))
            return false;
    if (!import_is_activation(m, n->output[0]))
        return false;
    *why = "has a batch above 1, or a side above 65535";
    for (int k = 0; k < inputs; k++)
        if (!import_is_image(m, n->input[k]))
            return false;
    return import_is_image(m, n->output[0]);
}

/* -------------------------------------------------------- sums of products */

static bool biases_fit(const struct graph_tensor *b)
{
    if (!b || b->type != GRAPH_INT64)
        return true;
    for (int64_t i = 0; i < b->dim[0]; i++) {
        const int64_t v = ((const int64_t *) b->data)[i];

        if (v < INT32_MIN || v > INT32_MAX)
            return false;
    }
    return true;
}

/* Weights and bias are there; the codes are those that a qlayer can hold. */
static bool has_constants(const struct importer *m, const struct graph_node *n,
                          const char **why)
{
    const struct graph_tensor *w = input(m, n, 1), *b = input(m, n, 2);

    *why = "has weights or a bias that are not constant";
    if (!w || !w->data || (b && !b->data))
        return false;
    *why = "is of int16 with a bias of int32, which TensorFlow Lite rounds in "
           "another way (int64 is what its converter gives)";
    if (b && b->type == GRAPH_INT32 && !is_narrow(m, n->input[0]))
        return false;
    *why = "has a bias that 32 bits do not hold";
    return biases_fit(b);
}

static bool padding_fits(const struct graph_attributes *at, int64_t kernel_h,
                         int64_t kernel_w, const char **why)
{
    *why = "has padding as large as its window";
    return at->pad_top < kernel_h && at->pad_bottom < kernel_h
           && at->pad_left < kernel_w && at->pad_right < kernel_w;
}

static enum net_where place_conv(const struct importer *m,
                                 const struct graph_node *n, const char **why)
{
    const struct graph_tensor *in = input(m, n, 0), *w = input(m, n, 1);

    if (!all_activations(m, n, 1, why) || !has_constants(m, n, why)
        || !padding_fits(&n->at, w->dim[1], w->dim[2], why))
        return NET_ON_HOST;
    *why = "has groups of channels, which the array has not (one channel a "
           "group is DEPTHWISE_CONV_2D)";
    return w->dim[3] == in->dim[3] ? NET_ON_ARRAY : NET_ON_HOST;
}

static enum net_where place_depthwise(const struct importer *m,
                                      const struct graph_node *n,
                                      const char **why)
{
    const struct graph_tensor *w = input(m, n, 1);

    if (!all_activations(m, n, 1, why) || !has_constants(m, n, why)
        || !padding_fits(&n->at, w->dim[1], w->dim[2], why))
        return NET_ON_HOST;
    return NET_ON_VECTOR;
}

/* Several rows are the pixels of a 1 x 1 convolution. */
static enum net_where place_fully_connected(const struct importer *m,
                                            const struct graph_node *n,
                                            const char **why)
{
    const struct graph_tensor *w = input(m, n, 1), *in = input(m, n, 0);

    *why = "works on constants or types that the units do not have";
    if (!import_is_activation(m, n->input[0])
        || !import_is_activation(m, n->output[0])
        || !has_constants(m, n, why))
        return NET_ON_HOST;
    *why = "has a side above 65535";
    return graph_elements(in) / w->dim[1] < NET_MAX_DIM
           && w->dim[1] < NET_MAX_DIM && w->dim[0] < NET_MAX_DIM
        ? NET_ON_ARRAY : NET_ON_HOST;
}

/* ------------------------------------------------------------ vector unit */

static bool same_shape(const struct graph_tensor *a,
                       const struct graph_tensor *b)
{
    bool same = a->rank == b->rank;

    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}

static enum net_where place_two(const struct importer *m,
                                const struct graph_node *n, const char **why)
{
    if (!all_activations(m, n, 2, why))
        return NET_ON_HOST;
    *why = "broadcasts one of its inputs";
    if (!same_shape(input(m, n, 0), input(m, n, 1)))
        return NET_ON_HOST;
    *why = "is of int16, which TensorFlow Lite rounds in another way";
    return is_narrow(m, n->input[0]) ? NET_ON_VECTOR : NET_ON_HOST;
}

static enum net_where place_pool(const struct importer *m,
                                 const struct graph_node *n, const char **why)
{
    if (!all_activations(m, n, 1, why))
        return NET_ON_HOST;
    *why = "averages int16, for which 16-bit multipliers are too narrow";
    return is_narrow(m, n->input[0]) || n->op == GRAPH_MAX_POOL_2D
        ? NET_ON_VECTOR : NET_ON_HOST;
}

/* Over height and width: a depthwise convolution with weights of 1, whose
 * multiplier has the division; in a float network an average pool. */
static enum net_where place_mean(const struct importer *m,
                                 const struct graph_node *n, const char **why)
{
    const struct graph_tensor *in = input(m, n, 0), *axes = input(m, n, 1);
    unsigned seen = 0;

    if (!all_activations(m, n, 1, why))
        return NET_ON_HOST;
    const struct eval_value list = eval_value_of(m->graph, n->input[1]);

    for (int64_t i = 0; i < graph_elements(axes); i++) {
        const int64_t axis = axes->type == GRAPH_INT64
            ? ((const int64_t *) list.data)[i]
            : ((const int32_t *) list.data)[i];

        seen |= 1u << (axis < 0 ? axis + in->rank : axis);
    }
    *why = "is not over height and width";
    if (in->rank != 4 || seen != 6)
        return NET_ON_HOST;
    *why = "is of int16, which TensorFlow Lite rounds in another way";
    return is_narrow(m, n->input[0]) ? NET_ON_VECTOR : NET_ON_HOST;
}

/* RELU and its kin, QUANTIZE from int8 to int8: a pool of one tap where only
 * the clamp is new, else a depthwise convolution of one tap. */
static enum net_where place_scale(const struct importer *m,
                                  const struct graph_node *n, const char **why)
{
    if (!all_activations(m, n, 1, why))
        return NET_ON_HOST;
    *why = "is of int16, which TensorFlow Lite rounds in another way";
    return is_narrow(m, n->input[0]) && is_narrow(m, n->output[0])
        ? NET_ON_VECTOR : NET_ON_HOST;
}

/* A permutation that moves no dimension but those of 1. */
static bool keeps_order(const struct importer *m, const struct graph_node *n)
{
    const struct graph_tensor *in = input(m, n, 0), *perm = input(m, n, 1);
    int64_t last = -1;

    for (int k = 0; k < in->rank; k++) {
        int64_t axis = perm->type == GRAPH_INT64
            ? ((const int64_t *) perm->data)[k]
            : ((const int32_t *) perm->data)[k];

        axis += axis < 0 ? in->rank : 0;
        if (in->dim[axis] == 1)
            continue;
        if (axis < last)
            return false;
        last = axis;
    }
    return true;
}

static enum net_where place_move(const struct importer *m,
                                 const struct graph_node *n, const char **why)
{
    *why = "moves elements";
    if (!import_is_activation(m, n->input[0])
        || !import_is_activation(m, n->output[0]))
        return NET_ON_HOST;
    if (n->op == GRAPH_TRANSPOSE)
        return keeps_order(m, n) ? NET_FREE : NET_ON_HOST;
    if (n->op == GRAPH_STRIDED_SLICE)
        return graph_elements(input(m, n, 0))
               == graph_elements(tensor(m, n->output[0])) ? NET_FREE
                                                          : NET_ON_HOST;
    return NET_FREE;
}

static enum net_where place_node(const struct importer *m,
                                 const struct graph_node *n, const char **why)
{
    *why = "no unit does it";
    switch (n->op) {
    case GRAPH_CONV_2D: return place_conv(m, n, why);
    case GRAPH_DEPTHWISE_CONV_2D: return place_depthwise(m, n, why);
    case GRAPH_FULLY_CONNECTED: return place_fully_connected(m, n, why);
    case GRAPH_ADD:
    case GRAPH_MUL: return place_two(m, n, why);
    case GRAPH_AVERAGE_POOL_2D:
    case GRAPH_MAX_POOL_2D: return place_pool(m, n, why);
    case GRAPH_MEAN: return place_mean(m, n, why);
    case GRAPH_RELU:
    case GRAPH_RELU6:
    case GRAPH_RELU_N1_TO_1: return place_scale(m, n, why);
    case GRAPH_QUANTIZE: return place_scale(m, n, why);
    case GRAPH_RESHAPE:
    case GRAPH_SQUEEZE:
    case GRAPH_EXPAND_DIMS:
    case GRAPH_FLATTEN:
    case GRAPH_IDENTITY:
    case GRAPH_TRANSPOSE:
    case GRAPH_STRIDED_SLICE: return place_move(m, n, why);
    case GRAPH_PAD:
        *why = "writes padding that no convolution could take over";
        return NET_ON_HOST;
    default: return NET_ON_HOST;
    }
}

/* ----------------------------------------------------------------- fusing */

static bool is_placed(const struct importer *m, int node, enum net_where where)
{
    return m->operators[node].where == where;
}

/* The paddings of height and width; false where others are padded. */
static bool read_pads(const struct importer *m, const struct graph_node *n,
                      struct import_pads *pads)
{
    const struct graph_tensor *list = input(m, n, 1);

    if (tensor(m, n->input[0])->rank != 4)
        return false;
    for (int i = 0; i < 8; i++) {
        const int64_t v = list->type == GRAPH_INT64
            ? ((const int64_t *) list->data)[i]
            : ((const int32_t *) list->data)[i];

        if (i >= 2 && i < 6)
            pads->side[i - 2] = (int) v;
        else if (v != 0)
            return false;
    }
    return true;
}

/* The value that is padded with stands for zero. */
static bool pads_zero(const struct importer *m, const struct graph_node *n)
{
    const struct graph_tensor *value = input(m, n, 2);
    const struct graph_tensor *out = tensor(m, n->output[0]);

    if (!value)
        return true;
    if (!value->data)
        return false;
    if (value->type == GRAPH_FLOAT32)
        return *(const float *) value->data == 0.0f;
    return value->type == GRAPH_INT8
           && *(const int8_t *) value->data == out->quant.zero_point[0];
}

/* A convolution on a unit whose window is still larger than all its padding. */
static bool takes_pads(const struct importer *m, int node,
                       const struct import_pads *p)
{
    const struct graph_node *n = &m->graph->node[node];
    const struct graph_attributes *at = &n->at;

    if (n->op != GRAPH_CONV_2D && n->op != GRAPH_DEPTHWISE_CONV_2D)
        return false;
    if (!is_placed(m, node, NET_ON_ARRAY) && !is_placed(m, node, NET_ON_VECTOR))
        return false;
    const struct graph_tensor *w = input(m, n, 1);

    return (int64_t) at->pad_top + p->side[0] < w->dim[1]
           && (int64_t) at->pad_bottom + p->side[1] < w->dim[1]
           && (int64_t) at->pad_left + p->side[2] < w->dim[2]
           && (int64_t) at->pad_right + p->side[3] < w->dim[2];
}

/* A PAD whose readers all pad for themselves is free. */
static void fuse_pad(struct importer *m, int node)
{
    const struct graph_node *n = &m->graph->node[node];
    const int out = n->output[0];
    struct import_pads pads;

    if (!import_is_activation(m, n->input[0]) || m->is_output[out]
        || !same_scale(m, n->input[0], out) || !read_pads(m, n, &pads)
        || !pads_zero(m, n))
        return;
    for (int pass = 0; pass < 2; pass++)
        for (int i = node + 1; i < m->graph->node_count; i++) {
            const struct graph_node *to = &m->graph->node[i];

            for (int k = 0; k < to->input_count; k++) {
                if (to->input[k] != out || is_placed(m, i, NET_UNUSED))
                    continue;
                if (pass == 0 && (k > 0 || !takes_pads(m, i, &pads)))
                    return;
                for (int s = 0; pass == 1 && s < 4; s++)
                    m->pads[i].side[s] = pads.side[s];
            }
        }
    m->source[out] = n->input[0];
    m->operators[node].where = NET_FREE;
    m->operators[node].note = "padding of the convolution that reads it";
}

static enum graph_activation activation_of(const struct graph_node *n)
{
    switch (n->op) {
    case GRAPH_RELU: return GRAPH_FUSED_RELU;
    case GRAPH_RELU6: return GRAPH_FUSED_RELU6;
    case GRAPH_RELU_N1_TO_1: return GRAPH_FUSED_RELU_N1_TO_1;
    default: return GRAPH_LINEAR;
    }
}

/* A RELU behind a layer that nothing else reads is that layer's clamp. */
static void fuse_relu(struct importer *m, int node)
{
    const struct graph_node *n = &m->graph->node[node];
    const int in = n->input[0], out = n->output[0];
    const int maker = tensor(m, in)->producer;

    if (activation_of(n) == GRAPH_LINEAR || !is_placed(m, node, NET_ON_VECTOR)
        || maker < 0 || m->uses[in] != 1 || m->is_output[in]
        || !same_scale(m, in, out)
        || m->activation[maker] != GRAPH_LINEAR
        || activation_of(&m->graph->node[maker]) != GRAPH_LINEAR
        || (!is_placed(m, maker, NET_ON_ARRAY)
            && !is_placed(m, maker, NET_ON_VECTOR)))
        return;
    m->activation[maker] = activation_of(n);
    m->result[maker] = out;
    m->operators[node].where = NET_FREE;
    m->operators[node].note = "clamp of the layer before it";
}

/* ------------------------------------------------------------------- all */

/* It is there when the network runs: state of an earlier run is not. */
static bool has_value(const struct importer *m, int t)
{
    const struct graph_tensor *x = tensor(m, t);

    for (int i = 0; i < m->graph->input_count; i++)
        if (t == m->graph->input[i])
            return true;
    return x->data || x->producer >= 0;
}

static void place_one(struct importer *m, int node)
{
    const struct graph_node *n = &m->graph->node[node];

    struct net_operator *o = &m->operators[node];
    struct eval_value in[GRAPH_MAX_INPUTS], out[GRAPH_MAX_INPUTS];
    char why[WHY] = "";

    for (int k = 0; k < n->input_count; k++)
        if (n->input[k] >= 0 && !has_value(m, n->input[k])) {
            o->where = NET_UNSUPPORTED;
            o->note = arena_printf(&m->net->arena, "reads %s, a variable, "
                                   "which must be an input or a constant",
                                   graph_describe_tensor(m->graph,
                                                         n->input[k]));
            return;
        }
    for (int k = 0; k < n->input_count; k++)
        in[k] = eval_value_of(m->graph, n->input[k]);
    for (int k = 0; k < n->output_count; k++)
        out[k] = eval_value_of(m->graph, n->output[k]);
    if (!eval_can_run(n, in, out, why)) {
        const char *instead = n->op == GRAPH_UNKNOWN
            ? tflite_op_instead(n->kind) : NULL;

        o->where = NET_UNSUPPORTED;
        o->note = arena_printf(&m->net->arena, "%s%s%s", why,
                               instead ? "; the nearest that is: " : "",
                               instead ? instead : "");
        return;
    }
    o->where = place_node(m, n, &o->note);
    if (o->where != NET_ON_HOST)
        o->note = "";
    if (activation_of(n) != GRAPH_LINEAR)
        m->activation[node] = activation_of(n);
}

int import_place(struct importer *m)
{
    const struct graph *g = m->graph;

    for (int i = 0; i < g->node_count; i++) {
        if (m->operators[i].where == NET_FOLDED
            || m->operators[i].where == NET_UNUSED)
            continue;
        place_one(m, i);
        if (!m->operators[i].note)
            return -1;
    }
    for (int i = 0; i < g->node_count; i++)
        if (g->node[i].op == GRAPH_PAD && is_placed(m, i, NET_ON_HOST))
            fuse_pad(m, i);
        else if (g->node[i].input_count > 0 && g->node[i].input[0] >= 0)
            fuse_relu(m, i);
    return 0;
}
