/* Constants, the order of dimensions, and where an operator's result ends. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/graph/onnx_eval.h"
#include "sim/graph/onnx_eval_ops.h"
#include "sim/graph/onnx_lower_parts.h"

void lower_plain_order(int rank, int *order)
{
    for (int i = 0; i < rank; i++)
        order[i] = i;
}

void lower_image_order(int rank, int *order)
{
    order[0] = 0;
    for (int i = 2; i < rank; i++)
        order[i - 1] = i;
    if (rank > 1)
        order[rank - 1] = 1;
}

void lower_dims(const struct graph_tensor *t, const int *order, int64_t *dim)
{
    for (int i = 0; i < t->rank; i++)
        dim[i] = t->dim[order[i]];
}

/* ------------------------------------------------------------- constants */

static const struct graph_node *producer(const struct lower *l, int tensor)
{
    const int node = lower_from(l, tensor)->producer;

    return node < 0 ? NULL : &l->from->node[node];
}

static const float *run_dequantizer(struct lower *l,
                                    const struct graph_node *node)
{
    const struct graph_tensor *out = lower_from(l, node->output[0]);
    float *data = lower_alloc(l, graph_elements(out), sizeof(*data));
    struct onnx_values v = { .graph = l->from, .diag = l->diag,
                             .place = l->place };

    v.value = calloc((size_t) l->from->tensor_count, sizeof(*v.value));
    if (!data || !v.value) {
        l->failed = true;
        free(v.value);
        return NULL;
    }
    for (int i = 0; i < node->input_count; i++)
        if (node->input[i] >= 0)
            v.value[node->input[i]] =
                (void *) (uintptr_t) lower_from(l, node->input[i])->data;
    v.value[node->output[0]] = data;
    l->failed |= onnx_eval_node(&v, node) != 0;
    free(v.value);
    return data;
}

const float *lower_reals(struct lower *l, int tensor)
{
    const struct graph_tensor *t = tensor < 0 ? NULL : lower_from(l, tensor);

    if (!t || t->type != GRAPH_FLOAT32)
        return NULL;
    if (t->data)
        return t->data;
    const struct graph_node *node = producer(l, tensor);

    if (!node || (node->op != GRAPH_DEQUANTIZE && node->op != GRAPH_QONNX_QUANT
                  && node->op != GRAPH_QONNX_BIPOLAR))
        return NULL;
    for (int i = 0; i < node->input_count; i++)
        if (node->input[i] >= 0 && !lower_from(l, node->input[i])->data)
            return NULL;
    return run_dequantizer(l, node);
}

bool lower_scalar(struct lower *l, int tensor, float *value)
{
    const float *data = lower_reals(l, tensor);

    if (!data || graph_elements(lower_from(l, tensor)) != 1)
        return false;
    *value = *data;
    return true;
}

bool lower_code_type(enum graph_type type, enum graph_type *to, int32_t *shift)
{
    *shift = type == GRAPH_UINT8 ? 128 : type == GRAPH_UINT16 ? 32768
             : type == GRAPH_UINT4 ? 8 : 0;
    *to = type == GRAPH_UINT8 ? GRAPH_INT8 : type == GRAPH_UINT16 ? GRAPH_INT16
          : type == GRAPH_UINT4 ? GRAPH_INT4 : type;
    return type == GRAPH_INT8 || type == GRAPH_INT16 || type == GRAPH_INT4
           || *shift != 0;
}

bool lower_scale_of(struct lower *l, int scale, int zero, enum graph_type type,
                    float *out_scale, int32_t *out_zero)
{
    enum graph_type to;
    int32_t shift;

    if (!lower_code_type(type, &to, &shift)
        || !lower_scalar(l, scale, out_scale))
        return false;
    const struct graph_tensor *z = zero < 0 ? NULL : lower_from(l, zero);

    if (z && (!z->data || graph_elements(z) != 1))
        return false;
    *out_zero = (int32_t) (z ? onnx_get_int(z->type, z->data, 0) : 0) - shift;
    return to != GRAPH_INT16 || *out_zero == 0;
}

void lower_refuse_scale(struct lower *l, const struct graph_node *node,
                        int scale, int zero, enum graph_type type)
{
    const struct graph_tensor *s = lower_from(l, scale);
    const struct graph_tensor *z = zero < 0 ? NULL : lower_from(l, zero);
    const int64_t scales = graph_elements(s);
    const int64_t zeros = z ? graph_elements(z) : 1;
    enum graph_type to;
    int32_t shift;

    if (!lower_code_type(type, &to, &shift))
        lower_set_fate(l, node, true, "its codes are of %s, must be of 4 or 8 "
                       "bits, or of 16", graph_type_name(type));
    else if (!lower_reals(l, scale) || (z && !z->data))
        lower_set_fate(l, node, true, "its %s is computed, must be constant",
                       lower_reals(l, scale) ? "zero point" : "scale");
    else if (scales != 1 || zeros != 1)
        lower_set_fate(l, node, true, "it has %" PRId64 " scales and %" PRId64
                       " zero points, must have 1 for the tensor (only weights "
                       "may have more)", scales, zeros);
    else
        lower_set_fate(l, node, true, "its codes are of %s with zero point %"
                       PRId64 ", must be %" PRId32 " (16 bits lie around 0)",
                       graph_type_name(type),
                       z ? onnx_get_int(z->type, z->data, 0) : 0, shift);
}

/* ---------------------------------------------------------------- layout */

int lower_make(struct lower *l, int t, const int *order)
{
    const struct graph_tensor *x = lower_from(l, t);
    int64_t dim[GRAPH_MAX_RANK];

    lower_dims(x, order, dim);
    return lower_tensor(l, x->name, x->type, x->rank, dim);
}

void lower_bind(struct lower *l, int t, int tensor, const int *order,
                bool codes_as_reals)
{
    struct lower_value *v = &l->value[t];

    memset(v, 0, sizeof(*v));
    v->tensor = tensor;
    v->real = -1;
    v->codes_as_reals = codes_as_reals;
    v->rank = lower_from(l, t)->rank;
    memcpy(v->order, order, (size_t) v->rank * sizeof(*order));
}

static void copy_quant(struct lower *l, int from, int to)
{
    if (!l->failed)
        l->to->tensor[to].quant = l->to->tensor[from].quant;
}

int lower_reshape_to(struct lower *l, const struct graph_node *node,
                     int tensor, int rank, const int64_t *dim)
{
    int32_t list[GRAPH_MAX_RANK];

    for (int i = 0; i < rank; i++)
        list[i] = (int32_t) dim[i];
    const int shape = lower_list(l, rank, list);
    const int out = lower_tensor(l, "", l->to->tensor[tensor].type, rank, dim);

    copy_quant(l, tensor, out);
    lower_emit(l, GRAPH_RESHAPE, node, tensor, shape, -1, out);
    return out;
}

/* Dimension k of the result is dimension perm[k] of the tensor. */
static int transpose(struct lower *l, const struct graph_node *node, int tensor,
                     int rank, const int *perm)
{
    int64_t dim[GRAPH_MAX_RANK];
    int32_t list[GRAPH_MAX_RANK];
    int last = -1;
    bool moves = false;

    for (int i = 0; i < rank; i++) {
        dim[i] = l->to->tensor[tensor].dim[perm[i]];
        list[i] = perm[i];
        if (dim[i] != 1) {
            moves = moves || perm[i] < last;
            last = perm[i];
        }
    }
    if (!moves)
        return lower_reshape_to(l, node, tensor, rank, dim);
    const int order = lower_list(l, rank, list);
    const int out = lower_tensor(l, "", l->to->tensor[tensor].type, rank, dim);

    copy_quant(l, tensor, out);
    lower_emit(l, GRAPH_TRANSPOSE, node, tensor, order, -1, out);
    return out;
}

static bool same_order(int rank, const int *a, const int *b)
{
    return memcmp(a, b, (size_t) rank * sizeof(*a)) == 0;
}

/* Undo a Flatten's order of storage. */
static int unflatten(struct lower *l, const struct graph_node *node,
                     const struct lower_value *v, int tensor)
{
    const int rank = v->flat_rank;
    int perm[GRAPH_MAX_RANK];
    int64_t dim[GRAPH_MAX_RANK];
    const struct graph_tensor *t = &l->to->tensor[tensor];

    memcpy(dim, t->dim, sizeof(dim));
    const int flat_rank = t->rank;
    int back = lower_reshape_to(l, node, tensor, rank, v->flat_dim);

    for (int i = 0; i < rank; i++)
        for (int k = 0; k < rank; k++)
            if (v->flat_order[k] == i)
                perm[i] = k;
    back = transpose(l, node, back, rank, perm);
    return lower_reshape_to(l, node, back, flat_rank, dim);
}

/* A constant's reals in storage order. */
static int lay_out(struct lower *l, int t, const int *order)
{
    const struct graph_tensor *x = lower_from(l, t);
    const size_t bytes = graph_type_bytes(x->type);
    const char *from = x->type == GRAPH_FLOAT32
                           ? (const char *) lower_reals(l, t)
                           : (const char *) x->data;
    const int64_t count = graph_elements(x);
    int64_t dim[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
    int64_t at[GRAPH_MAX_RANK] = { 0 };
    int64_t each = 1, offset = 0;
    char *to = lower_alloc(l, count, bytes);

    if (!to || !from)
        return 0;
    for (int i = x->rank - 1; i >= 0; i--) {
        step[i] = each;
        each *= x->dim[i];
    }
    lower_dims(x, order, dim);
    for (int64_t i = 0; i < count; i++) {
        memcpy(to + (size_t) i * bytes, from + (size_t) offset * bytes, bytes);
        for (int k = x->rank - 1; k >= 0; k--) {
            offset += step[order[k]];
            if (++at[k] < dim[k])
                break;
            offset -= step[order[k]] * dim[k];
            at[k] = 0;
        }
    }
    return lower_constant(l, x->name, x->type, x->rank, dim, to);
}

static int as_reals(struct lower *l, const struct graph_node *node,
                    struct lower_value *v)
{
    if (v->real >= 0)
        return v->real;
    const struct graph_tensor t = l->to->tensor[v->tensor];

    v->real = lower_tensor(l, "", GRAPH_FLOAT32, t.rank, t.dim);
    lower_emit(l, GRAPH_DEQUANTIZE, node, v->tensor, -1, -1, v->real);
    return v->real;
}

bool lower_has_codes(const struct lower *l, int t)
{
    return t >= 0 && l->value[t].tensor >= 0 && l->value[t].codes_as_reals;
}

int lower_get_stored(struct lower *l, const struct graph_node *node, int t,
                     bool reals)
{
    struct lower_value *v = &l->value[t];

    return reals && v->codes_as_reals ? as_reals(l, node, v) : v->tensor;
}

int lower_get(struct lower *l, const struct graph_node *node, int t,
              const int *order, bool reals)
{
    struct lower_value *v = &l->value[t];
    int perm[GRAPH_MAX_RANK];

    if (v->tensor < 0)
        return lay_out(l, t, order);
    int tensor = reals && v->codes_as_reals ? as_reals(l, node, v) : v->tensor;

    if (v->flat_rank)
        tensor = unflatten(l, node, v, tensor);
    if (same_order(v->rank, v->order, order))
        return tensor;
    for (int i = 0; i < v->rank; i++)
        for (int k = 0; k < v->rank; k++)
            if (v->order[k] == order[i])
                perm[i] = k;
    return transpose(l, node, tensor, v->rank, perm);
}

/* -------------------------------------------------------------- the end */

static bool is_output(const struct lower *l, int tensor)
{
    for (int i = 0; i < l->from->output_count; i++)
        if (l->from->output[i] == tensor)
            return true;
    return false;
}

/* The only operator that reads a tensor, or NULL. */
static const struct graph_node *only_reader(const struct lower *l, int tensor)
{
    return l->readers[tensor] == 1 && !is_output(l, tensor)
               ? &l->from->node[l->reader[tensor]] : NULL;
}

/* The bounds of Relu or of Clip with constant bounds. */
static bool read_bounds(struct lower *l, const struct graph_node *node,
                        float *lo, float *hi)
{
    *lo = node->op == GRAPH_RELU ? 0 : -INFINITY;
    *hi = INFINITY;
    if (node->op != GRAPH_CLIP)
        return node->op == GRAPH_RELU;
    for (int i = 1; i < node->input_count; i++)
        if (node->input[i] >= 0
            && !lower_scalar(l, node->input[i], i == 1 ? lo : hi))
            return false;
    return true;
}

static bool activation_of(float lo, float hi, enum graph_activation *out)
{
    if (lo == -INFINITY && hi == INFINITY)
        *out = GRAPH_LINEAR;
    else if (lo == 0 && hi == INFINITY)
        *out = GRAPH_FUSED_RELU;
    else if (lo == 0 && hi == 6)
        *out = GRAPH_FUSED_RELU6;
    else if (lo == -1 && hi == 1)
        *out = GRAPH_FUSED_RELU_N1_TO_1;
    else
        return false;
    return true;
}

/* Bounds that the codes have anyway are none. */
static void drop_bounds(const struct lower_end *end, float *lo, float *hi)
{
    const float least = (float) (onnx_type_min(end->type) - end->zero_point);
    const float most = (float) (onnx_type_max(end->type) - end->zero_point);

    if (rintf(*lo / end->scale) <= least)
        *lo = -INFINITY;
    if (rintf(*hi / end->scale) >= most)
        *hi = INFINITY;
}

/* Is the node a QuantizeLinear by one constant scale? Fills the end. */
static bool read_quantizer(struct lower *l, const struct graph_node *node,
                           struct lower_end *end)
{
    int32_t shift;

    if (node->op != GRAPH_QUANTIZE
        || !lower_scale_of(l, node->input[1],
                           node->input_count > 2 ? node->input[2] : -1,
                           node->at.to, &end->scale, &end->zero_point))
        return false;
    lower_code_type(node->at.to, &end->type, &shift);
    end->quantizer = (int) (node - l->from->node);
    end->tensor = node->output[0];
    return true;
}

struct lower_end lower_find_end(struct lower *l, const struct graph_node *node,
                                bool codes)
{
    struct lower_end end = { .tensor = node->output[0], .quantizer = -1 };
    const struct graph_node *next = only_reader(l, end.tensor), *after;
    float lo = -INFINITY, hi = INFINITY;
    int past = end.tensor;

    if (next && read_bounds(l, next, &lo, &hi)) {
        past = next->output[0];
        after = only_reader(l, past);
    } else {
        after = next;
        next = NULL;
        lo = -INFINITY;
        hi = INFINITY;
    }
    if (codes) {
        if (!after || !read_quantizer(l, after, &end))
            return end;
        if (activation_of(lo, hi, &end.activation))
            return end;
        drop_bounds(&end, &lo, &hi);
        if (!activation_of(lo, hi, &end.activation))
            end.quantizer = -1;
        return end;
    }
    if (next && activation_of(lo, hi, &end.activation))
        end.tensor = past;
    else
        end.activation = GRAPH_LINEAR;
    return end;
}

void lower_imply_relu(struct lower_end *end)
{
    if (end->activation == GRAPH_LINEAR && end->quantizer >= 0
        && end->zero_point == onnx_type_min(end->type))
        end->activation = GRAPH_FUSED_RELU;
}

int lower_finish(struct lower *l, const struct graph_node *node,
                 const struct lower_end *end, const int *order)
{
    int t = node->output[0];

    while (t != end->tensor) {
        const int reader = l->reader[t];
        l->done[reader] = true;
        lower_set_fate(l, &l->from->node[reader], false, "folded into %s",
                       node->kind);
        t = l->from->node[reader].output[0];
    }
    const int out = lower_make(l, t, order);

    if (end->quantizer >= 0 && !l->failed) {
        l->to->tensor[out].type = end->type;
        lower_set_quant(l, out, 1, 0, &end->scale, &end->zero_point);
    }
    lower_bind(l, t, out, order, false);
    return out;
}

int lower_unclamped(struct lower *l, const struct lower_end *end, int out)
{
    if (end->activation == GRAPH_LINEAR || l->failed)
        return out;
    const struct graph_tensor t = l->to->tensor[out];
    const int unclamped = lower_tensor(l, "", t.type, t.rank, t.dim);

    copy_quant(l, out, unclamped);
    return unclamped;
}

/* Rounding to codes keeps the order, so that codes may be clamped as well. */
void lower_clamp(struct lower *l, const struct graph_node *node,
                 const struct lower_end *end, int unclamped, int out)
{
    if (unclamped == out || l->failed)
        return;
    const struct graph_node *clamp =
        &l->from->node[l->reader[node->output[0]]];

    lower_emit(l, end->activation == GRAPH_FUSED_RELU    ? GRAPH_RELU
                  : end->activation == GRAPH_FUSED_RELU6 ? GRAPH_RELU6
                                                         : GRAPH_RELU_N1_TO_1,
               clamp, unclamped, -1, -1, out);
    lower_set_fate(l, clamp, false, "%s", "");
}
