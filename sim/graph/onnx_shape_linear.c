/* Matrix products and what turns reals into codes and back. */
#include "sim/graph/onnx_build.h"

#include <inttypes.h>
#include <strings.h>

#include "onnx.pb-c.h"

/* Dimensions from the right, 1 where there is none. */
static int64_t dim_from_right(const struct graph_tensor *t, int i)
{
    return i < t->rank ? t->dim[t->rank - 1 - i] : 1;
}

/* numpy's matmul of any rank from 1. */
static int infer_product(struct onnx_node *n, int a_at, int b_at,
                         enum graph_type type)
{
    const struct graph_tensor *a = onnx_in(n, a_at), *b = onnx_in(n, b_at);
    int64_t dim[GRAPH_MAX_RANK];
    int rank = 0;

    if (a->rank < 1 || b->rank < 1)
        return onnx_fail(n, "its inputs must have a dimension at least");
    const int64_t inner = a->dim[a->rank - 1];
    const int64_t other = b->rank == 1 ? b->dim[0] : b->dim[b->rank - 2];
    const int batch_a = a->rank > 2 ? a->rank - 2 : 0;
    const int batch_b = b->rank > 2 ? b->rank - 2 : 0;
    const int batch = batch_a > batch_b ? batch_a : batch_b;

    if (inner != other)
        return onnx_fail(n, "%" PRId64 " columns do not meet %" PRId64 " rows",
                         inner, other);
    for (int i = batch - 1; i >= 0; i--) {
        const int64_t x = dim_from_right(a, i + 2);
        const int64_t y = dim_from_right(b, i + 2);
        if (x != y && x != 1 && y != 1)
            return onnx_fail(n, "batches of %" PRId64 " and %" PRId64
                             " do not go together", x, y);
        dim[rank++] = x > y ? x : y;
    }
    if (a->rank > 1)
        dim[rank++] = a->dim[a->rank - 2];
    if (b->rank > 1)
        dim[rank++] = b->dim[b->rank - 1];
    return onnx_out(n, 0, type, rank, dim);
}

int onnx_infer_mat_mul(struct onnx_node *n)
{
    if (onnx_in(n, 0)->type != onnx_in(n, 1)->type
        || (onnx_in(n, 0)->type != GRAPH_FLOAT32
            && onnx_in(n, 0)->type != GRAPH_FLOAT64))
        return onnx_fail(n, "its inputs must both be float32");
    n->node->at.alpha = n->node->at.beta = 1;
    return infer_product(n, 0, 1, onnx_in(n, 0)->type);
}

static bool is_byte(const struct graph_tensor *t)
{
    return t->type == GRAPH_INT8 || t->type == GRAPH_UINT8;
}

/* One zero point (or scale), or one per row of `a` or column of `b`. */
static bool fits_operand(const struct graph_tensor *parameter,
                         const struct graph_tensor *operand, bool rows)
{
    const int64_t count = graph_elements(parameter);
    const int64_t lines = rows ? dim_from_right(operand, 1)
                               : dim_from_right(operand, 0);

    return count == 1 || (count == lines && parameter->rank == 1)
           || (rows && count == lines && parameter->rank == 2);
}

int onnx_infer_mat_mul_integer(struct onnx_node *n)
{
    for (int i = 0; i < 2; i++) {
        const struct graph_tensor *x = onnx_in(n, i), *zero = onnx_in(n, i + 2);
        if (!is_byte(x))
            return onnx_fail(n, "its inputs must be int8 or uint8");
        if (zero && (zero->type != x->type || !fits_operand(zero, x, i == 0)))
            return onnx_fail(n, "its zero point %d has another type or shape "
                             "than its operand", i);
    }
    return infer_product(n, 0, 1, GRAPH_INT32);
}

int onnx_infer_qlinear_mat_mul(struct onnx_node *n)
{
    static const int operand[3] = { 0, 3, 7 };

    for (int i = 0; i < 3; i++) {
        const int scale_at = i == 2 ? 6 : operand[i] + 1;
        const struct graph_tensor *x = onnx_in(n, operand[i]);
        const struct graph_tensor *scale = onnx_in(n, scale_at);
        const struct graph_tensor *zero = onnx_in(n, scale_at + 1);
        if (!is_byte(x) || zero->type != x->type)
            return onnx_fail(n, "its operands and zero points must be int8 or "
                             "uint8");
        if (scale->type != GRAPH_FLOAT32
            || (i < 2 && (!fits_operand(scale, x, i == 0)
                          || !fits_operand(zero, x, i == 0)))
            || (i == 2 && (graph_elements(scale) != 1
                           || graph_elements(zero) != 1)))
            return onnx_fail(n, "scale and zero point at its inputs %d and %d "
                             "do not fit the tensor they are of", scale_at,
                             scale_at + 1);
        if (onnx_check_scale(n, scale_at))
            return -1;
    }
    return infer_product(n, 0, 3, onnx_in(n, 7)->type);
}

int onnx_infer_gemm(struct onnx_node *n)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *a = onnx_in(n, 0), *b = onnx_in(n, 1);
    const struct graph_tensor *c = onnx_in(n, 2);
    int64_t trans_a, trans_b;

    if (a->type != GRAPH_FLOAT32 || b->type != GRAPH_FLOAT32
        || (c && c->type != GRAPH_FLOAT32))
        return onnx_fail(n, "its inputs must be float32");
    if (a->rank != 2 || b->rank != 2)
        return onnx_fail(n, "its operands must be matrices");
    if (onnx_attr_int(n, "transA", 0, 1, 0, &trans_a)
        || onnx_attr_int(n, "transB", 0, 1, 0, &trans_b)
        || onnx_attr_float(n, "alpha", 1, &at->alpha)
        || onnx_attr_float(n, "beta", 1, &at->beta))
        return -1;
    at->transpose_a = trans_a != 0;
    at->transpose_b = trans_b != 0;
    const int64_t dim[2] = { a->dim[trans_a], b->dim[!trans_b] };

    if (a->dim[!trans_a] != b->dim[trans_b])
        return onnx_fail(n, "%" PRId64 " columns do not meet %" PRId64 " rows",
                         a->dim[!trans_a], b->dim[trans_b]);
    for (int i = 0; c && i < 2; i++)
        if (c->rank > 2 || (dim_from_right(c, i) != 1
                            && dim_from_right(c, i) != dim[1 - i]))
            return onnx_fail(n, "its third input must broadcast to [%" PRId64
                             ", %" PRId64 "]", dim[0], dim[1]);
    return onnx_out(n, 0, GRAPH_FLOAT32, 2, dim);
}

/* Scales and zero points of x: one, one for each index along the axis, or one
 * for each block along it (opset 21). */
static int check_scales(struct onnx_node *n, const struct graph_tensor *x)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *scale = onnx_in(n, 1), *zero = onnx_in(n, 2);
    int64_t axis, block;

    if (scale->type != GRAPH_FLOAT32)
        return onnx_fail(n, "its scale is %s, must be float32",
                         graph_type_name(scale->type));
    if (onnx_check_scale(n, 1))
        return -1;
    if (zero && (zero->rank != scale->rank
                 || graph_elements(zero) != graph_elements(scale))
        && (graph_elements(zero) != 1 || graph_elements(scale) != 1))
        return onnx_fail(n, "scale and zero point differ in shape");
    if (onnx_attr_int(n, "axis", -GRAPH_MAX_RANK, GRAPH_MAX_RANK,
                      !n->build->first_axis, &axis)
        || onnx_attr_int(n, "block_size", 0, GRAPH_MAX_ELEMENTS, 0, &block))
        return -1;
    at->axis = 0;
    at->int_count = 1;
    at->ints[0] = block;
    if (graph_elements(scale) == 1 && scale->rank <= 1)
        return 0;
    at->axis = onnx_axis(n, axis, x->rank);
    if (at->axis < 0)
        return -1;
    if (!block && (scale->rank != 1 || scale->dim[0] != x->dim[at->axis]))
        return onnx_fail(n, "its scale must have the shape [] or [%" PRId64
                         "]", x->dim[at->axis]);
    bool fits = !block || scale->rank == x->rank;

    for (int i = 0; block && fits && i < x->rank; i++)
        fits = scale->dim[i] == (i == at->axis ? (x->dim[i] + block - 1) / block
                                               : x->dim[i]);
    return fits ? 0 : onnx_fail(n, "its scale does not fit blocks of %" PRId64,
                                block);
}

int onnx_infer_quantize(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0), *zero = onnx_in(n, 2);
    int64_t wanted, saturate;
    enum graph_type type = zero ? zero->type : GRAPH_UINT8;

    if (x->type != GRAPH_FLOAT32 && x->type != GRAPH_INT32)
        return onnx_fail(n, "its input is %s, must be float32 or int32",
                         graph_type_name(x->type));
    if (onnx_attr_int(n, "output_dtype", 0, 64, 0, &wanted)
        || onnx_attr_int(n, "saturate", 0, 1, 1, &saturate))
        return -1;
    if (wanted && !zero)
        type = onnx_type_of((int32_t) wanted);
    if (wanted && zero && onnx_type_of((int32_t) wanted) != zero->type)
        return onnx_fail(n, "its zero point and 'output_dtype' differ");
    if (type == GRAPH_TYPES || !graph_type_is_integer(type)
        || graph_type_bytes(type) > 2)
        return onnx_fail(n, "quantization to %s is not supported; int8, uint8, "
                         "int16, uint16, int4 and uint4 are",
                         wanted ? onnx_type_name((int32_t) wanted)
                                : graph_type_name(type));
    n->node->at.to = type;
    if (check_scales(n, x))
        return -1;
    return onnx_out(n, 0, type, x->rank, x->dim);
}

int onnx_infer_dequantize(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0), *zero = onnx_in(n, 2);

    if (!graph_type_is_integer(x->type) || graph_type_bytes(x->type) > 4)
        return onnx_fail(n, "its input is %s, must be an integer of at most 32 "
                         "bits", graph_type_name(x->type));
    if (zero && zero->type != x->type)
        return onnx_fail(n, "its zero point is %s, its input %s",
                         graph_type_name(zero->type), graph_type_name(x->type));
    if (check_scales(n, x))
        return -1;
    return onnx_out(n, 0, GRAPH_FLOAT32, x->rank, x->dim);
}

int onnx_infer_dynamic_quantize(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);

    if (x->type != GRAPH_FLOAT32)
        return onnx_fail(n, "its input must be float32");
    if (n->node->output_count != 3)
        return onnx_fail(n, "must have three outputs");
    return onnx_out(n, 0, GRAPH_UINT8, x->rank, x->dim)
           || onnx_out(n, 1, GRAPH_FLOAT32, 0, NULL)
           || onnx_out(n, 2, GRAPH_UINT8, 0, NULL) ? -1 : 0;
}

/* Quant(x, scale, zero point, bits) and BipolarQuant(x, scale) of QONNX: reals
 * that lie on a grid. What broadcasts to x is accepted. */
int onnx_infer_qonnx(struct onnx_node *n)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t is_signed = 1, narrow = 0;

    for (int k = 0; k < n->node->input_count; k++) {
        const struct graph_tensor *t = onnx_in(n, k);
        if (t->type != GRAPH_FLOAT32)
            return onnx_fail(n, "its inputs must be float32");
        for (int i = 0; i < t->rank; i++)
            if (t->rank > x->rank || (dim_from_right(t, i) != 1
                    && dim_from_right(t, i) != dim_from_right(x, i)))
                return onnx_fail(n, "its input %d does not broadcast to its "
                                 "first", k);
    }
    if (n->node->op == GRAPH_QONNX_QUANT
        && (onnx_attr_int(n, "signed", 0, 1, 1, &is_signed)
            || onnx_attr_int(n, "narrow", 0, 1, 0, &narrow)))
        return -1;
    const char *mode = onnx_attr_text(n, "rounding_mode");
    static const char *const modes[] = { "ROUND", "CEIL", "FLOOR",
                                         "ROUND_TO_ZERO" };
    int found = mode && !*mode ? 0 : -1;

    for (int i = 0; mode && i < 4; i++)
        if (strcasecmp(mode, modes[i]) == 0)
            found = i;
    if (!mode)
        return -1;
    if (found < 0)
        return onnx_fail(n, "attribute 'rounding_mode' is '%s', must be ROUND, "
                         "CEIL, FLOOR or ROUND_TO_ZERO", mode);
    at->int_count = 3;
    at->ints[0] = is_signed;
    at->ints[1] = narrow;
    at->ints[2] = found;
    return onnx_out_like(n, 0, x);
}
