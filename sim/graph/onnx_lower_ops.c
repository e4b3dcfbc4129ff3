/* Operators without weights. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/graph/onnx_eval_ops.h"
#include "sim/graph/onnx_lower_parts.h"

/* What is a real still where ONNX has one: a view of codes, or a new tensor. */
static void bind_like(struct lower *l, int t, int tensor, int like)
{
    l->value[t] = l->value[like];
    l->value[t].tensor = tensor;
    l->value[t].real = -1;
}

static bool is_made(const struct lower *l, int t)
{
    return t >= 0 && l->value[t].tensor >= 0;
}

/* A tensor like that, of a type and scale. */
static int make_like(struct lower *l, int tensor, const char *name)
{
    const struct graph_tensor t = l->to->tensor[tensor];
    const int out = lower_tensor(l, name, t.type, t.rank, t.dim);

    if (!l->failed)
        l->to->tensor[out].quant = t.quant;
    return out;
}

/* Codes of one scale to codes of another. */
static int rescale(struct lower *l, const struct graph_node *node, int tensor,
                   float scale, int32_t zero, enum graph_type type)
{
    if (l->failed)
        return tensor;
    const struct graph_quant *q = &l->to->tensor[tensor].quant;

    if (q->count == 1 && q->scale[0] == scale && q->zero_point[0] == zero
        && l->to->tensor[tensor].type == type)
        return tensor;
    const int out = make_like(l, tensor, "");

    if (l->failed)
        return tensor;
    l->to->tensor[out].type = type;
    lower_set_quant(l, out, 1, 0, &scale, &zero);
    lower_emit(l, GRAPH_QUANTIZE, node, tensor, -1, -1, out);
    return out;
}

/* -------------------------------------------------- codes, reals, and names */

int lower_identity(struct lower *l, const struct graph_node *node)
{
    if (is_made(l, node->input[0]))
        l->value[node->output[0]] = l->value[node->input[0]];
    lower_set_fate(l, node, false, "changes nothing");
    return 0;
}

int lower_quantize(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const int zero_at = node->input_count > 2 ? node->input[2] : -1;
    const struct lower_value v = l->value[x];
    enum graph_type type;
    float scale;
    int32_t zero, shift;

    if (!is_made(l, x) || lower_from(l, x)->type != GRAPH_FLOAT32) {
        lower_set_fate(l, node, true, "its input must be computed and real");
        return 1;
    }
    if (!lower_scale_of(l, node->input[1], zero_at, node->at.to, &scale,
                        &zero)) {
        lower_refuse_scale(l, node, node->input[1], zero_at, node->at.to);
        return 1;
    }
    lower_code_type(node->at.to, &type, &shift);
    int tensor = v.tensor;

    if (v.codes_as_reals) {
        tensor = rescale(l, node, tensor, scale, zero, type);
        if (tensor == v.tensor)
            lower_set_fate(l, node, false, "changes nothing");
    } else if (!l->failed) {
        tensor = make_like(l, tensor, lower_from(l, t)->name);
        l->to->tensor[tensor].type = type;
        lower_set_quant(l, tensor, 1, 0, &scale, &zero);
        lower_emit(l, GRAPH_QUANTIZE, node, v.tensor, -1, -1, tensor);
    }
    bind_like(l, t, tensor, x);
    l->value[t].codes_as_reals = false;
    return 0;
}

int lower_dequantize(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const int zero_at = node->input_count > 2 ? node->input[2] : -1;
    float scale;
    int32_t zero;

    if (lower_reals(l, t)) {
        lower_set_fate(l, node, false, "a constant");
        return 0;
    }
    if (!is_made(l, x)) {
        lower_set_fate(l, node, true, "its input must be computed, or its "
                       "scale constant");
        return 1;
    }
    if (!lower_scale_of(l, node->input[1], zero_at, lower_from(l, x)->type,
                        &scale, &zero)) {
        lower_refuse_scale(l, node, node->input[1], zero_at,
                           lower_from(l, x)->type);
        return 1;
    }
    const int made = l->value[x].tensor;
    const struct graph_quant *q = l->failed ? NULL : &l->to->tensor[made].quant;

    if (q && q->count == 0)
        lower_set_quant(l, made, 1, 0, &scale, &zero);
    else if (q && (q->scale[0] != scale || q->zero_point[0] != zero)) {
        lower_set_fate(l, node, true, "takes its codes to have another scale "
                       "than they were made with");
        return 1;
    }
    bind_like(l, t, made, x);
    l->value[t].codes_as_reals = true;
    lower_set_fate(l, node, false, "the scale of its codes");
    return 0;
}

/* ---------------------------------------------------------- shape and order */

/* Axis order[k] of the input becomes which of the output? */
int lower_transpose(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    int order[GRAPH_MAX_RANK];

    if (!is_made(l, x))
        return 1;
    lower_plain_order(l->value[x].rank, order);
    if (l->value[x].flat_rank) {
        const bool codes = l->value[x].codes_as_reals;
        const int tensor = lower_get(l, node, x, order, false);
        lower_bind(l, t, tensor, order, codes);
    } else {
        l->value[t] = l->value[x];
    }
    struct lower_value *v = &l->value[t];

    v->real = -1;
    memcpy(order, v->order, sizeof(order));
    for (int k = 0; k < v->rank; k++)
        for (int i = 0; i < v->rank; i++)
            if (node->at.ints[i] == order[k])
                v->order[k] = i;
    lower_set_fate(l, node, false, "the order of its tensor");
    return 0;
}

/* [1][...] to [1][n]: the order of storage is remembered, not undone. */
static bool flatten(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const struct lower_value in = l->value[x];
    const struct graph_tensor *o = lower_from(l, t);
    int plain[GRAPH_MAX_RANK];

    lower_plain_order(in.rank, plain);
    if (o->rank != 2 || o->dim[0] != 1 || lower_from(l, x)->dim[0] != 1
        || in.rank < 3 || in.flat_rank || in.order[0] != 0 || l->failed)
        return false;
    const int tensor = lower_reshape_to(l, node, in.tensor, 2, o->dim);

    lower_plain_order(2, plain);
    lower_bind(l, t, tensor, plain, in.codes_as_reals);
    l->value[t].flat_rank = in.rank;
    memcpy(l->value[t].flat_order, in.order, sizeof(in.order));
    memcpy(l->value[t].flat_dim, l->to->tensor[in.tensor].dim,
           sizeof(l->value[t].flat_dim));
    return true;
}

int lower_reshape(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const struct graph_tensor *o = lower_from(l, t);
    int order[GRAPH_MAX_RANK];

    if (!is_made(l, x))
        return 1;
    if (flatten(l, node))
        return 0;
    const bool codes = l->value[x].codes_as_reals;

    lower_plain_order(l->value[x].rank, order);
    int tensor = lower_get(l, node, x, order, false);

    tensor = lower_reshape_to(l, node, tensor, o->rank, o->dim);
    lower_plain_order(o->rank, order);
    lower_bind(l, t, tensor, order, codes);
    return 0;
}

/* The position of ONNX's axis in storage. */
static int place_of(const int *order, int axis)
{
    int k = 0;

    while (order[k] != axis)
        k++;
    return k;
}

int lower_concat(struct lower *l, const struct graph_node *node)
{
    const int t = node->output[0];
    struct lower_end end = lower_find_end(l, node, true);
    int order[GRAPH_MAX_RANK], first = -1;
    int *list = lower_alloc(l, node->input_count + 1, sizeof(*list));
    bool codes = end.quantizer >= 0;

    for (int i = 0; i < node->input_count; i++) {
        codes = codes && lower_has_codes(l, node->input[i]);
        if (first < 0 && is_made(l, node->input[i]))
            first = node->input[i];
    }
    if (!list || first < 0 || lower_from(l, t)->type != GRAPH_FLOAT32) {
        lower_set_fate(l, node, true, "its inputs must be reals");
        return 1;
    }
    memcpy(order, l->value[first].order, sizeof(order));
    if (!codes)
        end = lower_find_end(l, node, false);
    for (int i = 0; i < node->input_count; i++) {
        list[i] = lower_get(l, node, node->input[i], order, !codes);
        if (codes)
            list[i] = rescale(l, node, list[i], end.scale, end.zero_point,
                              end.type);
    }
    const int out = lower_finish(l, node, &end, order);
    const int joined = lower_unclamped(l, &end, out);
    struct graph_node *n = lower_emit(l, GRAPH_CONCATENATION, node, -1, -1, -1,
                                      joined);

    n->input = list;
    n->input_count = node->input_count;
    n->at.axis = place_of(order, node->at.axis);
    lower_clamp(l, node, &end, joined, out);
    return 0;
}

/* The value, 0 where it is a code's zero point. false: not constant, or another
 * code. */
static bool pad_value(struct lower *l, const struct graph_node *node,
                      float *value)
{
    const int at = node->input_count > 2 ? node->input[2] : -1;
    const int x = l->value[node->input[0]].tensor;
    enum graph_type type;
    int32_t shift;

    *value = 0;
    if (lower_from(l, node->input[0])->type == GRAPH_FLOAT32)
        return at < 0 || lower_scalar(l, at, value);
    const struct graph_tensor *t = at < 0 ? NULL : lower_from(l, at);

    return !l->failed && l->to->tensor[x].quant.count == 1
           && lower_code_type(lower_from(l, node->input[0])->type, &type,
                              &shift)
           && (!t || t->data)
           && (t ? onnx_get_int(t->type, t->data, 0) : 0) - shift
              == l->to->tensor[x].quant.zero_point[0];
}

/* Zeros around reals or codes; other constants around reals. */
int lower_pad(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const struct graph_tensor *in = lower_from(l, x);
    const struct graph_tensor *pads = lower_from(l, node->input[1]);
    const int axes_at = node->input_count > 3 ? node->input[3] : -1;
    float value = 0;
    int32_t list[2 * GRAPH_MAX_RANK] = { 0 };

    if (!is_made(l, x) || !pads->data || node->at.ints[0] != 0
        || (axes_at >= 0 && !lower_from(l, axes_at)->data)
        || !pad_value(l, node, &value)) {
        lower_set_fate(l, node, true, "mode must be constant, with constant "
                       "paddings and value");
        return 1;
    }
    const int count = (int) graph_elements(pads) / 2;
    int order[GRAPH_MAX_RANK];

    lower_plain_order(in->rank, order);
    if (!l->value[x].flat_rank)
        memcpy(order, l->value[x].order, sizeof(order));
    for (int i = 0; i < count; i++) {
        int64_t axis = axes_at < 0 ? i
            : onnx_get_int(lower_from(l, axes_at)->type,
                           lower_from(l, axes_at)->data, i);
        axis += axis < 0 ? in->rank : 0;
        const int at = place_of(order, (int) axis);
        for (int k = 0; k < 2; k++)
            list[2 * at + k] = (int32_t) onnx_get_int(pads->type, pads->data,
                                                      i + k * count);
        if (list[2 * at] < 0 || list[2 * at + 1] < 0) {
            lower_set_fate(l, node, true, "negative paddings are not; use "
                           "Slice");
            return 1;
        }
    }
    const bool view = value == 0 && l->value[x].codes_as_reals;
    const bool codes = view || in->type != GRAPH_FLOAT32;
    const int from = lower_get(l, node, x, order, !codes);
    const int64_t dim[2] = { in->rank, 2 };
    const int paddings = lower_constant(l, "", GRAPH_INT32, 2, dim, list);
    const int fill = value == 0 ? -1
        : lower_constant(l, "", GRAPH_FLOAT32, 0, NULL, &value);
    const int out = lower_make(l, t, order);

    if (codes && !l->failed) {
        l->to->tensor[out].type = l->to->tensor[from].type;
        l->to->tensor[out].quant = l->to->tensor[from].quant;
    }
    lower_emit(l, GRAPH_PAD, node, from, paddings, fill, out);
    lower_bind(l, t, out, order, view);
    return 0;
}

/* ------------------------------------------------------- element by element */

/* The codes of a constant behind DequantizeLinear by one scale, laid out to
 * `rank` dimensions in that order; -1: it is none. */
static int constant_codes(struct lower *l, int t, int rank, const int *order)
{
    const int made = lower_from(l, t)->producer;
    const struct graph_node *node = made < 0 ? NULL : &l->from->node[made];
    enum graph_type type;
    float scale;
    int32_t zero, shift;

    if (!node || node->op != GRAPH_DEQUANTIZE
        || !lower_from(l, node->input[0])->data
        || !lower_scale_of(l, node->input[1],
                           node->input_count > 2 ? node->input[2] : -1,
                           lower_from(l, node->input[0])->type, &scale, &zero))
        return -1;
    const struct graph_tensor *x = lower_from(l, node->input[0]);
    const int64_t count = graph_elements(x);
    int64_t dim[GRAPH_MAX_RANK];
    int32_t zero_here = zero;
    int8_t *to = lower_alloc(l, count, 2);

    lower_code_type(x->type, &type, &shift);
    /* Only one dimension may be longer than 1, or the order plain. */
    int longer = 0;
    bool plain = true;

    for (int i = 0; i < rank; i++) {
        const int axis = order[i] - (rank - x->rank);
        dim[i] = axis < 0 ? 1 : x->dim[axis];
        longer += dim[i] > 1;
        plain = plain && order[i] == i;
    }
    if (!to || (longer > 1 && !plain))
        return -1;
    for (int64_t i = 0; i < count; i++)
        onnx_put_int(type, to, i, onnx_get_int(x->type, x->data, i) - shift);
    const int out = lower_constant(l, lower_from(l, t)->name, type, rank, dim,
                                   to);

    lower_set_quant(l, out, 1, 0, &scale, &zero_here);
    return out;
}

/* An operand in the order of the result, its rank brought up to it. */
static int operand(struct lower *l, const struct graph_node *node, int t,
                   int rank, const int *order, bool codes)
{
    const struct graph_tensor *x = lower_from(l, t);
    int own[GRAPH_MAX_RANK], count = 0;
    int64_t dim[GRAPH_MAX_RANK];

    if (codes && !is_made(l, t))
        return constant_codes(l, t, rank, order);
    if (x->rank == rank)
        return lower_get(l, node, t, order, !codes);
    /* Its axes in the order of the result, then ones where it has none. */
    for (int i = 0; i < rank; i++) {
        const int axis = order[i] - (rank - x->rank);
        dim[i] = axis < 0 ? 1 : x->dim[axis];
        if (axis >= 0)
            own[count++] = axis;
    }
    const int tensor = lower_get(l, node, t, own, !codes);

    return lower_reshape_to(l, node, tensor, rank, dim);
}

int lower_binary(struct lower *l, const struct graph_node *node)
{
    const int rank = lower_from(l, node->output[0])->rank;
    struct lower_end end = lower_find_end(l, node, true);
    int order[GRAPH_MAX_RANK], in[2], longest = -1;
    bool codes = end.quantizer >= 0 && node->op != GRAPH_DIV;

    for (int i = 0; i < 2; i++) {
        const int t = node->input[i];
        if (!is_made(l, t) && !lower_reals(l, t)) {
            lower_set_fate(l, node, true, "its inputs must be reals");
            return 1;
        }
        if (is_made(l, t) && lower_from(l, t)->rank == rank && longest < 0)
            longest = t;
        codes = codes && (lower_has_codes(l, t) || !is_made(l, t));
    }
    lower_plain_order(rank, order);
    if (longest >= 0 && !l->value[longest].flat_rank)
        memcpy(order, l->value[longest].order, sizeof(order));
    for (int i = 0; codes && i < 2; i++) {
        in[i] = operand(l, node, node->input[i], rank, order, true);
        codes = in[i] >= 0 && !l->failed
                && l->to->tensor[in[i]].type == end.type;
    }
    if (!codes) {
        end = lower_find_end(l, node, false);
        for (int i = 0; i < 2; i++)
            in[i] = operand(l, node, node->input[i], rank, order, false);
    }
    const int out = lower_finish(l, node, &end, order);

    lower_emit(l, node->op, node, in[0], in[1], -1, out)->at.activation =
        end.activation;
    return 0;
}

/* Clip as an operator of its own; a Relu of TFLite's where it is one. */
static bool clip_op(struct lower *l, const struct graph_node *node,
                    enum graph_op *op, float *lo, float *hi)
{
    *lo = -INFINITY;
    *hi = INFINITY;
    for (int i = 1; i < node->input_count; i++)
        if (node->input[i] >= 0
            && !lower_scalar(l, node->input[i], i == 1 ? lo : hi))
            return false;
    *op = *lo == 0 && *hi == INFINITY ? GRAPH_RELU
          : *lo == 0 && *hi == 6      ? GRAPH_RELU6
          : *lo == -1 && *hi == 1     ? GRAPH_RELU_N1_TO_1
                                      : GRAPH_CLIP;
    return true;
}

int lower_unary(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    enum graph_op op = node->op;
    float lo = 0, hi = 0;

    if (!is_made(l, x) || lower_from(l, x)->type != GRAPH_FLOAT32
        || (op == GRAPH_CLIP && !clip_op(l, node, &op, &lo, &hi))) {
        lower_set_fate(l, node, true, "its input must be computed and real, "
                       "bounds constant");
        return 1;
    }
    const struct lower_end end = lower_find_end(l, node, true);
    const bool relu = op == GRAPH_RELU || op == GRAPH_RELU6
                      || op == GRAPH_RELU_N1_TO_1;
    const bool codes = relu && lower_has_codes(l, x) && end.quantizer >= 0
                       && end.activation == GRAPH_LINEAR;
    const int from = lower_get_stored(l, node, x, !codes);

    if (l->failed)
        return 0;
    const int to = codes ? end.tensor : t;
    const int out = make_like(l, from, lower_from(l, to)->name);

    if (codes && !l->failed) {
        l->to->tensor[out].type = end.type;
        lower_set_quant(l, out, 1, 0, &end.scale, &end.zero_point);
        l->done[end.quantizer] = true;
        lower_set_fate(l, &l->from->node[end.quantizer], false,
                       "folded into %s", node->kind);
    }
    struct graph_node *n = lower_emit(l, op, node, from, -1, -1, out);

    n->at.alpha = node->at.alpha;
    n->at.clip_lo = (double) lo;
    n->at.clip_hi = (double) hi;
    bind_like(l, to, out, x);
    l->value[to].codes_as_reals = false;
    return 0;
}

/* Over the last dimension, to which the axis is brought. */
int lower_softmax(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const struct graph_tensor *in = lower_from(l, x);
    const int rank = in->rank, axis = node->at.axis;
    int order[GRAPH_MAX_RANK], count = 0;
    int64_t flat[2] = { 1, 1 };

    if (!is_made(l, x))
        return 1;
    for (int i = 0; i < rank; i++) {
        flat[i >= axis] *= in->dim[i];
        if (i != axis || node->version < 13)
            order[count++] = i;
    }
    if (count < rank)
        order[count] = axis;
    int from = lower_get(l, node, x, order, true);
    const bool reshaped = node->version < 13 && axis < rank - 1;

    if (reshaped)
        from = lower_reshape_to(l, node, from, 2, flat);
    const int out = lower_make(l, t, order);
    const int to = reshaped ? lower_tensor(l, "", GRAPH_FLOAT32, 2, flat) : out;

    lower_emit(l, GRAPH_SOFTMAX, node, from, -1, -1, to)->at.beta = 1;
    if (reshaped) {
        int32_t list[GRAPH_MAX_RANK];
        for (int i = 0; i < rank; i++)
            list[i] = (int32_t) in->dim[i];
        const int shape = lower_list(l, rank, list);
        lower_emit(l, GRAPH_RESHAPE, node, to, shape, -1, out);
    }
    lower_bind(l, t, out, order, false);
    return 0;
}

/* -------------------------------------------------------------------- pools */

/* An average that counts its padding: zeros, as an operator of their own. */
static int pad_image(struct lower *l, const struct graph_node *node, int tensor)
{
    const struct graph_attributes *at = &node->at;
    const int32_t list[8] = { 0, 0, at->pad_top, at->pad_bottom, at->pad_left,
                              at->pad_right, 0, 0 };
    const int64_t dim[2] = { 4, 2 };
    const int paddings = lower_constant(l, "", GRAPH_INT32, 2, dim, list);

    if (l->failed)
        return 0;
    const int out = make_like(l, tensor, "");

    l->to->tensor[out].dim[1] += at->pad_top + at->pad_bottom;
    l->to->tensor[out].dim[2] += at->pad_left + at->pad_right;
    lower_emit(l, GRAPH_PAD, node, tensor, paddings, -1, out);
    return out;
}

/* Padding at the end so that exactly these windows fit. */
static int end_pad(int64_t in, int64_t out, int before, int kernel, int stride)
{
    const int64_t need = (out - 1) * stride + kernel - in - before;

    return need > 0 ? (int) need : 0;
}

static const char *pool_problem(const struct graph_tensor *in,
                                const struct graph_tensor *out,
                                const struct graph_attributes *at)
{
    if (in->rank != 4)
        return "pools of one dimension are not supported; use images";
    if (at->dilation_h != 1 || at->dilation_w != 1)
        return "dilations other than 1 are not supported";
    if (at->count_include_pad
        && (end_pad(in->dim[2], out->dim[2], at->pad_top, at->kernel_h,
                    at->stride_h) > at->pad_bottom
            || end_pad(in->dim[3], out->dim[3], at->pad_left, at->kernel_w,
                       at->stride_w) > at->pad_right))
        return "count_include_pad with ceil_mode is not supported";
    return NULL;
}

static void set_pool(struct graph_node *n, const struct graph_node *node,
                     const struct graph_tensor *in,
                     const struct graph_tensor *out, bool padded)
{
    const struct graph_attributes *at = &node->at;

    n->at.kernel_h = at->kernel_h;
    n->at.kernel_w = at->kernel_w;
    n->at.stride_h = at->stride_h;
    n->at.stride_w = at->stride_w;
    if (padded)
        return;
    n->at.pad_top = at->pad_top;
    n->at.pad_left = at->pad_left;
    n->at.pad_bottom = end_pad(in->dim[2], out->dim[2], at->pad_top,
                               at->kernel_h, at->stride_h);
    n->at.pad_right = end_pad(in->dim[3], out->dim[3], at->pad_left,
                              at->kernel_w, at->stride_w);
}

/*
 * A mean of codes into another scale: TFLite's AVERAGE_POOL_2D would round
 * twice. Where every window has all its taps, it is a depthwise convolution
 * with codes of 1 and the scale 1 / taps, rounded once. `from` is padded already.
 */
static void emit_mean(struct lower *l, const struct graph_node *node, int from,
                      const struct lower_end *end, int out)
{
    const int64_t dim[4] = { 1, node->at.kernel_h, node->at.kernel_w,
                             lower_from(l, node->input[0])->dim[1] };
    const int64_t taps = dim[1] * dim[2];
    const float scale = (float) (1.0 / (double) taps);
    const int32_t zero = 0;
    int8_t *ones = lower_alloc(l, taps * dim[3], sizeof(*ones));

    if (!ones)
        return;
    memset(ones, 1, (size_t) (taps * dim[3]));
    const int weight = lower_constant(l, "", GRAPH_INT8, 4, dim, ones);

    lower_set_quant(l, weight, 1, 3, &scale, &zero);
    struct graph_node *n = lower_emit(l, GRAPH_DEPTHWISE_CONV_2D, node, from,
                                      weight, -1, out);

    n->at.stride_h = node->at.stride_h;
    n->at.stride_w = node->at.stride_w;
    n->at.activation = end->activation;
    n->at.mean = true;
}

/* Does every window have all its taps, up to the padding that `from` has? */
static bool whole_windows(const struct graph_node *node,
                          const struct graph_tensor *in,
                          const struct graph_tensor *out, bool pads)
{
    const struct graph_attributes *at = &node->at;

    return (!pads || at->count_include_pad)
           && end_pad(in->dim[2], out->dim[2], at->pad_top, at->kernel_h,
                      at->stride_h) <= at->pad_bottom
           && end_pad(in->dim[3], out->dim[3], at->pad_left, at->kernel_w,
                      at->stride_w) <= at->pad_right;
}

/* The greatest of codes is the code of the greatest: codes stay codes. A mean
 * of codes is rounded, so it is taken only where codes are asked for. */
int lower_pool(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const struct graph_tensor *in = lower_from(l, x), *o = lower_from(l, t);
    const bool most = node->op == GRAPH_MAX_POOL_2D;
    const char *problem = pool_problem(in, o, &node->at);
    int order[GRAPH_MAX_RANK];

    if (!is_made(l, x) || problem) {
        lower_set_fate(l, node, true, "%s", problem ? problem
                                                    : "its input is constant");
        return 1;
    }
    const bool as_codes = !l->value[x].codes_as_reals
                          && in->type != GRAPH_FLOAT32;
    const bool codes = as_codes
        || (lower_has_codes(l, x)
            && (most || lower_find_end(l, node, true).quantizer >= 0));
    const bool pads = node->at.pad_top || node->at.pad_bottom
                      || node->at.pad_left || node->at.pad_right;
    const bool padded = !most && node->at.count_include_pad && pads;
    struct lower_end end = lower_find_end(l, node, codes && !most && !as_codes);
    const bool mean = codes && !most && !as_codes
                      && whole_windows(node, in, o, pads);

    if (codes && !mean) {
        end.quantizer = -1;
        end.tensor = t;
        end.activation = GRAPH_LINEAR;
    }
    lower_image_order(4, order);
    int from = lower_get(l, node, x, order, !codes);

    if (padded)
        from = pad_image(l, node, from);
    const int out = lower_finish(l, node, &end, order);

    if (mean) {
        emit_mean(l, node, from, &end, out);
        return 0;
    }
    if (codes && !l->failed) {
        l->to->tensor[out].type = l->to->tensor[from].type;
        l->to->tensor[out].quant = l->to->tensor[from].quant;
        l->value[t].codes_as_reals = !as_codes;
    }
    struct graph_node *n = lower_emit(l, node->op, node, from, -1, -1, out);

    set_pool(n, node, in, o, padded);
    n->at.activation = end.activation;
    return 0;
}

/* Means over axes, and pools of the whole image. */
int lower_mean(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0];
    const struct graph_tensor *in = lower_from(l, x);
    const bool global = node->op == GRAPH_GLOBAL_AVERAGE_POOL;
    const bool keep = global || node->at.keep_dims;
    bool reduced[GRAPH_MAX_RANK] = { false };
    int order[GRAPH_MAX_RANK], after[GRAPH_MAX_RANK], count = 0, rank = 0;
    int32_t axes[GRAPH_MAX_RANK];

    if (!is_made(l, x) || in->type != GRAPH_FLOAT32)
        return 1;
    lower_plain_order(in->rank, order);
    if (!l->value[x].flat_rank)
        memcpy(order, l->value[x].order, sizeof(order));
    for (int i = 0; i < in->rank && global; i++)
        reduced[i] = i > 1;
    for (int i = 0; i < node->at.axis_count && !global; i++)
        reduced[node->at.axes[i]] = true;
    for (int k = 0; k < in->rank; k++) {
        int renamed = 0;
        for (int i = 0; i < order[k]; i++)
            renamed += keep || !reduced[i];
        if (reduced[order[k]])
            axes[count++] = k;
        if (keep || !reduced[order[k]])
            after[rank++] = renamed;
    }
    struct lower_end end = lower_find_end(l, node, true);
    const bool codes = end.quantizer >= 0 && lower_has_codes(l, x);

    if (!codes)
        end = lower_find_end(l, node, false);
    const int from = lower_get(l, node, x, order, !codes);
    const int list = lower_list(l, count, axes);
    const int out = lower_finish(l, node, &end, after);
    const int mean = lower_unclamped(l, &end, out);

    lower_emit(l, GRAPH_MEAN, node, from, list, -1, mean)->at.keep_dims = keep;
    lower_clamp(l, node, &end, mean, out);
    return 0;
}
