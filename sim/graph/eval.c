#include "sim/graph/eval.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/graph/eval_parts.h"

#define FUSES .fuses = true

static const struct eval_op eval_ops[GRAPH_OPS] = {
    [GRAPH_CONV_2D] = { 2, 3, 1, eval_check_conv, eval_run_conv, FUSES },
    [GRAPH_DEPTHWISE_CONV_2D] = { 2, 3, 1, eval_check_depthwise,
                                  eval_run_depthwise, FUSES },
    [GRAPH_TRANSPOSE_CONV] = { 3, 4, 1, eval_check_transpose_conv,
                               eval_run_transpose_conv, FUSES },
    [GRAPH_FULLY_CONNECTED] = { 2, 3, 1, eval_check_fully_connected,
                                eval_run_fully_connected, FUSES },
    [GRAPH_ADD] = { 2, 2, 1, eval_check_binary, eval_run_binary, FUSES },
    [GRAPH_SUB] = { 2, 2, 1, eval_check_binary, eval_run_binary, FUSES },
    [GRAPH_MUL] = { 2, 2, 1, eval_check_binary, eval_run_binary, FUSES },
    [GRAPH_DIV] = { 2, 2, 1, eval_check_binary, eval_run_binary, FUSES },
    [GRAPH_AVERAGE_POOL_2D] = { 1, 1, 1, eval_check_pool, eval_run_pool,
                                FUSES },
    [GRAPH_MAX_POOL_2D] = { 1, 1, 1, eval_check_pool, eval_run_pool, FUSES },
    [GRAPH_MEAN] = { 2, 2, 1, eval_check_mean, eval_run_mean },
    [GRAPH_PAD] = { 2, 3, 1, eval_check_pad, eval_run_pad },
    [GRAPH_RESHAPE] = { 1, 2, 1, eval_check_reshape, eval_run_reshape },
    [GRAPH_SQUEEZE] = { 1, 1, 1, eval_check_reshape, eval_run_reshape },
    [GRAPH_EXPAND_DIMS] = { 2, 2, 1, eval_check_reshape, eval_run_reshape },
    [GRAPH_FLATTEN] = { 1, 1, 1, eval_check_reshape, eval_run_reshape },
    [GRAPH_IDENTITY] = { 1, 1, 1, eval_check_reshape, eval_run_reshape },
    [GRAPH_CONCATENATION] = { 1, GRAPH_MAX_INPUTS, 1, eval_check_concat,
                              eval_run_concat },
    [GRAPH_SPLIT] = { 2, 3, 0, eval_check_split, eval_run_split },
    [GRAPH_STRIDED_SLICE] = { 4, 4, 1, eval_check_slice, eval_run_slice },
    [GRAPH_SLICE] = { 3, 3, 1, eval_check_cut, eval_run_cut },
    [GRAPH_TRANSPOSE] = { 2, 2, 1, eval_check_transpose, eval_run_transpose },
    [GRAPH_RESIZE_NEAREST] = { 2, 2, 1, eval_check_resize, eval_run_resize },
    [GRAPH_GATHER] = { 2, 2, 1, eval_check_gather, eval_run_gather },
    [GRAPH_PACK] = { 1, GRAPH_MAX_INPUTS, 1, eval_check_pack, eval_run_pack },
    [GRAPH_UNPACK] = { 1, 1, 0, eval_check_unpack, eval_run_unpack },
    [GRAPH_FILL] = { 2, 2, 1, eval_check_fill, eval_run_fill },
    [GRAPH_SHAPE] = { 1, 1, 1, eval_check_shape, eval_run_shape },
    [GRAPH_CAST] = { 1, 1, 1, eval_check_cast, eval_run_cast },
    [GRAPH_RELU] = { 1, 1, 1, eval_check_relu, eval_run_relu },
    [GRAPH_RELU6] = { 1, 1, 1, eval_check_relu, eval_run_relu },
    [GRAPH_RELU_N1_TO_1] = { 1, 1, 1, eval_check_relu, eval_run_relu },
    [GRAPH_CLIP] = { 1, 1, 1, eval_check_clip, eval_run_clip },
    [GRAPH_LEAKY_RELU] = { 1, 1, 1, eval_check_relu, eval_run_relu },
    [GRAPH_SOFTMAX] = { 1, 1, 1, eval_check_softmax, eval_run_softmax },
    [GRAPH_LOGISTIC] = { 1, 1, 1, eval_check_curve, eval_run_curve },
    [GRAPH_TANH] = { 1, 1, 1, eval_check_curve, eval_run_curve },
    [GRAPH_QUANTIZE] = { 1, 1, 1, eval_check_quantize, eval_run_quantize },
    [GRAPH_DYNAMIC_QUANTIZE] = { 1, 1, 2, eval_check_dynamic,
                                 eval_run_dynamic },
    [GRAPH_DEQUANTIZE] = { 1, 1, 1, eval_check_dequantize,
                           eval_run_dequantize },
};

static const struct graph_quant no_quant = { 0 };

bool eval_fuses_activation(enum graph_op op)
{
    return eval_ops[op].fuses;
}

struct eval_value eval_value_of(const struct graph *graph, int t)
{
    struct eval_value v = { .quant = &no_quant };

    if (t < 0)
        return v;
    v.type = graph->tensor[t].type;
    v.rank = graph->tensor[t].rank;
    memcpy(v.dim, graph->tensor[t].dim, sizeof(v.dim));
    v.quant = &graph->tensor[t].quant;
    v.data = (void *) graph->tensor[t].data;
    return v;
}

int64_t eval_elements(const struct eval_value *value)
{
    int64_t elements = 1;

    for (int i = 0; i < value->rank; i++)
        elements *= value->dim[i];
    return elements;
}

/* --------------------------------------------------------------- checks */

bool eval_refuse(const struct eval_call *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(c->why, EVAL_WHY, format, args);
    va_end(args);
    return false;
}

bool eval_is_activation(const struct eval_call *c, const struct eval_value *v,
                        const char *what)
{
    if (eval_is_float(v))
        return true;
    if (v->type != GRAPH_INT8 && v->type != GRAPH_INT16)
        return eval_refuse(c, "has %s of %s, must be float32, int8 or int16",
                           what, graph_type_name(v->type));
    if (v->quant->count != 1)
        return eval_refuse(c, "has %s with %d scales, must have 1", what,
                           v->quant->count);
    if (v->type == GRAPH_INT16 && v->quant->zero_point[0] != 0)
        return eval_refuse(c, "has %s of int16 with zero point %" PRId32
                           ", must be 0", what, v->quant->zero_point[0]);
    return true;
}

bool eval_same_type(const struct eval_call *c, const struct eval_value *a,
                    const struct eval_value *b)
{
    return a->type == b->type
           || eval_refuse(c, "has tensors of %s and %s, must be of one type",
                          graph_type_name(a->type), graph_type_name(b->type));
}

bool eval_same_scale(const struct eval_call *c, const struct eval_value *a,
                     const struct eval_value *b)
{
    if (a->quant->count == 0 && b->quant->count == 0)
        return true;
    if (a->quant->count == 1 && b->quant->count == 1
        && a->quant->scale[0] == b->quant->scale[0]
        && a->quant->zero_point[0] == b->quant->zero_point[0])
        return true;
    if (eval_is_float(a))
        return true;
    return eval_refuse(c, "has different scales in and out, must have the "
                       "same");
}

bool eval_has_rank(const struct eval_call *c, const struct eval_value *v,
                   int rank, const char *what)
{
    return v->rank == rank
           || eval_refuse(c, "has %s of rank %d, must be %d", what, v->rank,
                          rank);
}

/* The output's shape is what the inputs give. */
static bool adopt_shape(const struct eval_call *c, struct eval_value *out,
                        const int64_t *dim, int rank)
{
    int64_t elements = 1;

    if (rank > GRAPH_MAX_RANK)
        return eval_refuse(c, "gives %d dimensions, must be at most %d", rank,
                           (int) GRAPH_MAX_RANK);
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 1 || dim[i] > GRAPH_MAX_ELEMENTS / elements)
            return eval_refuse(c, "gives %" PRId64 " in dimension %d, must be "
                               "1 or more and at most %d elements in all",
                               dim[i], i, (int) GRAPH_MAX_ELEMENTS);
        elements *= dim[i];
        out->dim[i] = dim[i];
    }
    out->rank = rank;
    return true;
}

bool eval_shape_is(const struct eval_call *c, const struct eval_value *out,
                   const int64_t *dim, int rank)
{
    char text[160] = "";
    size_t at = 0;
    bool same = out->rank == rank;

    if (c->infer)
        return adopt_shape(c, (struct eval_value *) out, dim, rank);
    for (int i = 0; same && i < rank; i++)
        same = out->dim[i] == dim[i];
    if (same)
        return true;
    for (int i = 0; i < rank && at < sizeof(text); i++)
        at += (size_t) snprintf(text + at, sizeof(text) - at, "%s%" PRId64,
                                i ? ", " : "", dim[i]);
    return eval_refuse(c, "has an output that its inputs do not give, must be "
                       "[%s]", text);
}

bool eval_is_list(const struct eval_call *c, int input, int64_t count,
                  const char *what)
{
    const struct eval_value *v = &c->in[input];

    if (v->type != GRAPH_INT32 && v->type != GRAPH_INT64)
        return eval_refuse(c, "has %s of %s, must be int32 or int64", what,
                           graph_type_name(v->type));
    if (!v->data)
        return eval_refuse(c, "has %s that are not constant, must be", what);
    if (count >= 0 && eval_elements(v) != count)
        return eval_refuse(c, "has %" PRId64 " %s, must have %" PRId64,
                           eval_elements(v), what, count);
    return true;
}

int64_t eval_int(const struct eval_value *v, int64_t i)
{
    return v->type == GRAPH_INT64 ? ((const int64_t *) v->data)[i]
                                  : eval_code(v, i);
}

int eval_axis(int64_t axis, int rank)
{
    if (axis < 0)
        axis += rank;
    return 0 <= axis && axis < rank ? (int) axis : -1;
}

/* ----------------------------------------------------------- arithmetic */

bool eval_code_range(enum graph_type type, int32_t *lo, int32_t *hi)
{
    switch (type) {
    case GRAPH_INT4: *lo = -8; *hi = 7; return true;
    case GRAPH_INT8: *lo = INT8_MIN; *hi = INT8_MAX; return true;
    case GRAPH_UINT8: *lo = 0; *hi = UINT8_MAX; return true;
    case GRAPH_INT16: *lo = INT16_MIN; *hi = INT16_MAX; return true;
    case GRAPH_UINT16: *lo = 0; *hi = UINT16_MAX; return true;
    default: *lo = INT32_MIN; *hi = INT32_MAX; return false;
    }
}

void eval_activation_reals(enum graph_activation activation, float *lo,
                           float *hi)
{
    *lo = activation == GRAPH_FUSED_RELU_N1_TO_1 ? -1.0f
        : activation == GRAPH_FUSED_RELU || activation == GRAPH_FUSED_RELU6
        ? 0.0f : -INFINITY;
    *hi = activation == GRAPH_FUSED_RELU_N1_TO_1 ? 1.0f
        : activation == GRAPH_FUSED_RELU6 ? 6.0f : INFINITY;
}

/* A real bound as a code, divided and rounded in float as the kernels do. */
static int32_t bound_code(const struct graph_quant *q, float real, int32_t lo,
                          int32_t hi)
{
    const double code = (double) roundf(real / q->scale[0])
                        + q->zero_point[0];

    return code < lo ? lo : code > hi ? hi : (int32_t) code;
}

void eval_activation_codes(enum graph_activation activation,
                           const struct graph_quant *quant,
                           enum graph_type type, int32_t *lo, int32_t *hi)
{
    float least, greatest;
    int32_t from, to;

    eval_code_range(type, lo, hi);
    if (quant->count == 0)
        return;
    from = *lo;
    to = *hi;
    eval_activation_reals(activation, &least, &greatest);
    if (isfinite(least))
        *lo = bound_code(quant, least, from, to);
    if (isfinite(greatest))
        *hi = bound_code(quant, greatest, from, to);
}

double eval_acc_scale(const struct graph_node *node,
                      const struct graph_quant *in,
                      const struct graph_quant *weight,
                      const struct graph_quant *out, int64_t c)
{
    const float w = weight->scale[weight->count > 1 ? c : 0];

    if (node->at.onnx) {
        const float factor = in->scale[0] * w / out->scale[0];

        return (double) factor;
    }
    if (node->op == GRAPH_FULLY_CONNECTED && weight->count == 1) {
        const float product = in->scale[0] * w;

        return (double) product / (double) out->scale[0];
    }
    return (double) in->scale[0] * (double) w / (double) out->scale[0];
}

bool eval_requant(const struct eval_call *c, double real,
                  struct fx_requant *requant)
{
    *requant = (struct fx_requant) { .double_round = true,
                                     .rounding = FX_HALF_UP,
                                     .min = INT32_MIN, .max = INT32_MAX };
    if (!fx_quantize_multiplier(real, 32, &requant->mult, &requant->shift))
        return true;
    return c->why && eval_refuse(c, "scales by %g, must be below 2^31", real);
}

void eval_requant_ends(const struct eval_call *c, struct fx_requant *requant)
{
    requant->zero_point = eval_zero_point(&c->out[0]);
    eval_activation_codes(c->node->at.activation, c->out[0].quant,
                          c->out[0].type, &requant->min, &requant->max);
}

int eval_mean_requant(double scale, int64_t n, struct fx_requant *requant)
{
    struct fx_requant r = { .double_round = true, .rounding = FX_HALF_UP };
    int power = 0, exponent;

    if (n < 1 || fx_quantize_multiplier(scale, 32, &r.mult, &r.shift))
        return -1;
    exponent = 31 - r.shift;
    while (power < 32 && n >> (power + 1))
        power++;
    power = power < 31 + exponent ? power : 31 + exponent;
    power = power > 0 ? power : 0;
    const int shift = r.shift + power;

    if (shift > 63)
        return -1;
    r.mult = (int32_t) ((int64_t) ((uint64_t) r.mult << power) / n);
    *requant = (struct fx_requant) { .mult = r.mult, .shift = shift,
        .double_round = true, .rounding = FX_HALF_UP, .min = requant->min,
        .max = requant->max, .zero_point = requant->zero_point };
    return 0;
}

/* ------------------------------------------------------------------ runs */

static bool check_values(const struct eval_call *c)
{
    for (int i = 0; i < c->node->input_count; i++) {
        const struct eval_value *v = &c->in[i];

        if (c->node->input[i] < 0)
            continue;
        if (v->type == GRAPH_OTHER)
            return eval_refuse(c, "has an input of %s",
                               graph_type_name(GRAPH_OTHER));
        /* Only a list (of a shape, of axes) may be empty. */
        if (v->type != GRAPH_INT32 && v->type != GRAPH_INT64
            && eval_elements(v) < 1)
            return eval_refuse(c, "has an input without elements, must have at "
                               "least 1");
    }
    for (int i = 0; i < c->node->output_count; i++) {
        if (c->out[i].type == GRAPH_OTHER)
            return eval_refuse(c, "has an output of %s",
                               graph_type_name(GRAPH_OTHER));
        if (eval_elements(&c->out[i]) < 1)
            return eval_refuse(c, "has an output without elements, must have "
                               "at least 1");
    }
    return true;
}

/* An activation that the kernel would not apply must not be lost. Integers that
 * are no codes are shapes, which no kernel clamps. */
static bool check_activation(const struct eval_call *c)
{
    int32_t lo, hi;

    if (c->node->at.activation == GRAPH_FUSED_OTHER)
        return eval_refuse(c, "has a fused activation that is not supported, "
                           "must be none, RELU, RELU6 or RELU_N1_TO_1");
    if (c->node->at.activation == GRAPH_LINEAR
        || (eval_fuses_activation(c->node->op)
            && (eval_is_float(&c->out[0])
                || eval_code_range(c->out[0].type, &lo, &hi))))
        return true;
    return eval_refuse(c, "has a fused activation, must have none (an operator "
                       "RELU, RELU6 or RELU_N1_TO_1 behind it)");
}

static bool check(const struct graph_node *node, const struct eval_value *in,
                  struct eval_value *out, bool infer, char why[EVAL_WHY])
{
    const struct eval_op *op = &eval_ops[node->op];
    const struct eval_call c = { node, in, out, why, infer };

    if (!op->check)
        return eval_refuse(&c, "is an operator that is not supported");
    if (node->input_count < op->min_inputs
        || node->input_count > op->max_inputs)
        return eval_refuse(&c, "has %d inputs, must have %d to %d",
                           node->input_count, op->min_inputs, op->max_inputs);
    for (int i = 0; i < op->min_inputs; i++)
        if (node->input[i] < 0)
            return eval_refuse(&c, "lacks input %d, must have it", i);
    if (node->output_count < 1
        || (op->outputs && node->output_count != op->outputs))
        return eval_refuse(&c, "has %d outputs, must have %d",
                           node->output_count, op->outputs ? op->outputs : 1);
    return check_activation(&c) && check_values(&c) && op->check(&c);
}

bool eval_can_run(const struct graph_node *node, const struct eval_value *in,
                  const struct eval_value *out, char why[EVAL_WHY])
{
    return check(node, in, (struct eval_value *) out, false, why);
}

bool eval_infer(const struct graph_node *node, const struct eval_value *in,
                struct eval_value *out, char why[EVAL_WHY])
{
    return check(node, in, out, true, why);
}

void eval_run(const struct graph_node *node, const struct eval_value *in,
              struct eval_value *out)
{
    const struct eval_call c = { node, in, out, NULL, false };

    eval_ops[node->op].run(&c);
}

int eval_tensors_init(struct eval_tensors *tensors, const struct graph *graph)
{
    const size_t count = (size_t) graph->tensor_count;

    arena_init(&tensors->arena, 0);
    tensors->data = arena_alloc_array(&tensors->arena, count,
                                      sizeof(*tensors->data));
    for (size_t t = 0; tensors->data && t < count; t++) {
        const struct graph_tensor *from = &graph->tensor[t];

        tensors->data[t] = (void *) from->data;
        if (from->data || from->type == GRAPH_OTHER)
            continue;
        tensors->data[t] = arena_alloc_array(&tensors->arena,
                                             (size_t) graph_elements(from),
                                             graph_type_bytes(from->type));
        if (!tensors->data[t])
            tensors->data = NULL;
    }
    return tensors->data ? 0 : -1;
}

void eval_tensors_release(struct eval_tensors *tensors)
{
    arena_release(&tensors->arena);
}

void eval_run_node(const struct graph *graph, int i,
                   struct eval_tensors *tensors)
{
    const struct graph_node *n = &graph->node[i];
    struct eval_value in[GRAPH_MAX_INPUTS], out[GRAPH_MAX_INPUTS];

    for (int k = 0; k < n->input_count; k++) {
        in[k] = eval_value_of(graph, n->input[k]);
        if (n->input[k] >= 0)
            in[k].data = tensors->data[n->input[k]];
    }
    for (int k = 0; k < n->output_count; k++) {
        out[k] = eval_value_of(graph, n->output[k]);
        out[k].data = tensors->data[n->output[k]];
    }
    eval_run(n, in, out);
}
