/*
 * eval_unary.c - one element in, one out: RELU and its kin, QUANTIZE,
 * DEQUANTIZE, CAST.
 */
#include <inttypes.h>
#include <math.h>

#include "sim/graph/eval_parts.h"

static bool same_shape(const struct eval_call *c)
{
    return eval_shape_is(c, &c->out[0], c->in[0].dim, c->in[0].rank);
}

/* ------------------------------------------------------------------ relu */

static enum graph_activation activation_of(enum graph_op op)
{
    switch (op) {
    case GRAPH_RELU: return GRAPH_FUSED_RELU;
    case GRAPH_RELU6: return GRAPH_FUSED_RELU6;
    case GRAPH_RELU_N1_TO_1: return GRAPH_FUSED_RELU_N1_TO_1;
    default: return GRAPH_LINEAR;
    }
}

/* Two multipliers: of what passes, and of what LEAKY_RELU makes smaller. */
static bool prepare_relu(const struct eval_call *c, struct fx_requant *pass,
                         struct fx_requant *leak)
{
    const float in = c->in[0].quant->scale[0];
    const float out = c->out[0].quant->scale[0];
    const float ratio = in / out;
    const float alpha = (float) c->node->at.alpha;
    const float small = in * alpha / out;

    if (!eval_requant(c, (double) ratio, pass))
        return false;
    *leak = *pass;
    if (c->node->op == GRAPH_LEAKY_RELU
        && !eval_requant(c, (double) fabsf(small), leak))
        return false;
    pass->zero_point = leak->zero_point = eval_zero_point(&c->out[0]);
    eval_activation_codes(activation_of(c->node->op), c->out[0].quant,
                          c->out[0].type, &pass->min, &pass->max);
    leak->min = pass->min;
    leak->max = pass->max;
    return true;
}

bool eval_check_relu(const struct eval_call *c)
{
    struct fx_requant pass, leak;

    if (!eval_is_activation(c, &c->in[0], "an input")
        || !eval_is_activation(c, &c->out[0], "an output")
        || !eval_same_type(c, &c->in[0], &c->out[0]) || !same_shape(c))
        return false;
    return eval_is_float(&c->in[0]) || prepare_relu(c, &pass, &leak);
}

static void run_relu_float(const struct eval_call *c, int64_t count)
{
    const float alpha = (float) c->node->at.alpha;
    float lo, hi;

    eval_activation_reals(activation_of(c->node->op), &lo, &hi);
    for (int64_t i = 0; i < count; i++) {
        const float x = eval_float(&c->in[0], i);

        ((float *) c->out[0].data)[i] = c->node->op == GRAPH_LEAKY_RELU
            ? (x > 0.0f ? x : x * alpha) : eval_clamp(x, lo, hi);
    }
}

void eval_run_relu(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);
    struct fx_requant pass, leak;

    if (eval_is_float(&c->in[0])) {
        run_relu_float(c, count);
        return;
    }
    prepare_relu(c, &pass, &leak);
    const int sign = c->node->at.alpha < 0.0 ? -1 : 1;

    for (int64_t i = 0; i < count; i++) {
        const int32_t x = eval_code(&c->in[0], i) - eval_zero_point(&c->in[0]);
        const bool leaks = x < 0 && c->node->op == GRAPH_LEAKY_RELU;

        eval_store(&c->out[0], i, leaks ? fx_requantize(sign * x, &leak)
                                        : fx_requantize(x, &pass));
    }
}

/* ------------------------------------------------------------------ clip */

/* Between any two bounds, of reals: from ONNX. */
bool eval_check_clip(const struct eval_call *c)
{
    if (!eval_is_float(&c->in[0]) || !eval_is_float(&c->out[0]))
        return eval_refuse(c, "has an input of %s, must be float32",
                           graph_type_name(c->in[0].type));
    return same_shape(c);
}

void eval_run_clip(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);

    for (int64_t i = 0; i < count; i++)
        ((float *) c->out[0].data)[i] =
            eval_clamp(eval_float(&c->in[0], i), (float) c->node->at.clip_lo,
                       (float) c->node->at.clip_hi);
}

/* -------------------------------------------------------------- quantize */

static bool is_code(const struct eval_call *c, const struct eval_value *v,
                    const char *what)
{
    int32_t lo, hi;

    if (!eval_code_range(v->type, &lo, &hi) || v->type == GRAPH_INT4)
        return eval_refuse(c, "has %s of %s, must be int8, uint8, int16 or "
                           "uint16", what, graph_type_name(v->type));
    return v->quant->count == 1
           || eval_refuse(c, "has %s with %d scales, must have 1", what,
                          v->quant->count);
}

static bool prepare_requantize(const struct eval_call *c, struct fx_requant *r)
{
    if (!eval_requant(c, eval_scale(&c->in[0]) / eval_scale(&c->out[0]), r))
        return false;
    r->zero_point = eval_zero_point(&c->out[0]);
    eval_code_range(c->out[0].type, &r->min, &r->max);
    return true;
}

bool eval_check_quantize(const struct eval_call *c)
{
    struct fx_requant r;

    if (!same_shape(c))
        return false;
    if (eval_is_float(&c->in[0]) && eval_is_float(&c->out[0]))
        return true;
    if (!is_code(c, &c->out[0], "an output"))
        return false;
    if (eval_is_float(&c->in[0]))
        return true;
    return is_code(c, &c->in[0], "an input") && prepare_requantize(c, &r);
}

static int32_t quantize_float(float x, const struct eval_value *out,
                              bool ties_to_even)
{
    const float ideal = x / out->quant->scale[0];
    int32_t lo, hi;

    eval_code_range(out->type, &lo, &hi);
    const double code = (double) (ties_to_even ? rintf(ideal) : roundf(ideal))
                        + out->quant->zero_point[0];

    return !(code > lo) ? lo : code > hi ? hi : (int32_t) code;
}

void eval_run_quantize(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    struct eval_value *out = &c->out[0];
    const int64_t count = eval_elements(out);
    struct fx_requant r = { 0 };

    if (!eval_is_float(in))
        prepare_requantize(c, &r);
    for (int64_t i = 0; i < count; i++) {
        if (eval_is_float(out))
            ((float *) out->data)[i] = eval_float(in, i);
        else if (eval_is_float(in))
            eval_store(out, i, quantize_float(eval_float(in, i), out,
                                              c->node->at.onnx));
        else
            eval_store(out, i, fx_requantize(eval_code(in, i)
                                             - eval_zero_point(in), &r));
    }
}

/* The index of an element's scale. */
static int channel_of(const struct eval_value *v, int64_t i)
{
    int64_t inner = 1;

    if (v->quant->count <= 1)
        return 0;
    for (int k = v->quant->axis + 1; k < v->rank; k++)
        inner *= v->dim[k];
    return (int) (i / inner % v->dim[v->quant->axis]);
}

bool eval_check_dequantize(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    int32_t lo, hi;

    if (!same_shape(c))
        return false;
    if (!eval_is_float(&c->out[0]))
        return eval_refuse(c, "has an output of %s, must be float32",
                           graph_type_name(c->out[0].type));
    if (eval_is_float(in))
        return true;
    if (!eval_code_range(in->type, &lo, &hi))
        return eval_refuse(c, "has an input of %s, must be int4, int8, uint8, "
                           "int16, uint16 or float16",
                           graph_type_name(in->type));
    return in->quant->count >= 1
           || eval_refuse(c, "has an input without scales, must have them");
}

void eval_run_dequantize(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int64_t count = eval_elements(in);
    float *out = c->out[0].data;

    for (int64_t i = 0; i < count; i++) {
        const int n = channel_of(in, i);

        out[i] = eval_is_float(in) ? eval_float(in, i)
            : in->quant->scale[n] * (float) (eval_code(in, i)
                                             - in->quant->zero_point[n]);
    }
}

/* ------------------------------------------------------------------ cast */

static bool is_number(enum graph_type type)
{
    return type == GRAPH_FLOAT32 || type == GRAPH_INT8 || type == GRAPH_UINT8
           || type == GRAPH_INT16 || type == GRAPH_UINT16
           || type == GRAPH_INT32 || type == GRAPH_INT64;
}

bool eval_check_cast(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *out = &c->out[0];

    if (!is_number(in->type) || !is_number(out->type))
        return eval_refuse(c, "casts %s to %s, must be float32 or an integer "
                           "of 8 to 64 bits", graph_type_name(in->type),
                           graph_type_name(out->type));
    return same_shape(c);
}

/* Out of range: the nearest number that the type has, as no kernel promises. */
static void store_number(struct eval_value *v, int64_t i, double real,
                         int64_t integer, bool is_real)
{
    int32_t lo, hi;

    if (eval_is_float(v)) {
        ((float *) v->data)[i] = (float) (is_real ? real : (double) integer);
        return;
    }
    if (is_real)
        integer = !(real > -9e18) ? INT64_MIN : real > 9e18 ? INT64_MAX
                                                            : (int64_t) real;
    eval_code_range(v->type, &lo, &hi);
    if (v->type == GRAPH_INT64)
        ((int64_t *) v->data)[i] = integer;
    else
        eval_store(v, i, integer < lo ? lo : integer > hi ? hi
                                                          : (int32_t) integer);
}

void eval_run_cast(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int64_t count = eval_elements(in);
    const bool real = eval_is_float(in);

    for (int64_t i = 0; i < count; i++)
        store_number(&c->out[0], i, real ? (double) eval_float(in, i) : 0.0,
                     real ? 0 : eval_int(in, i), real);
}

/* ------------------------------------------- ONNX's DynamicQuantizeLinear */

/* Two outputs: code - zero point, whole numbers as float32, and the scale. */
bool eval_check_dynamic(const struct eval_call *c)
{
    if (!eval_is_float(&c->in[0]) || !eval_is_float(&c->out[0])
        || !eval_is_float(&c->out[1]))
        return eval_refuse(c, "has tensors of %s, must be float32",
                           graph_type_name(c->in[0].type));
    return same_shape(c) && eval_shape_is(c, &c->out[1], c->in[0].dim, 0);
}

void eval_run_dynamic(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->in[0]);
    float *to = c->out[0].data, lo = 0.0f, hi = 0.0f;

    for (int64_t i = 0; i < count; i++) {
        lo = fminf(lo, eval_float(&c->in[0], i));
        hi = fmaxf(hi, eval_float(&c->in[0], i));
    }
    const float scale = (hi - lo) / 255.0f;
    const float safe = scale > 0.0f ? scale : 1.0f;
    const float zero = rintf(eval_clamp(0.0f - lo / safe, 0.0f, 255.0f));

    for (int64_t i = 0; i < count; i++)
        to[i] = eval_clamp(rintf(eval_float(&c->in[0], i) / safe) + zero, 0.0f,
                           255.0f) - zero;
    *(float *) c->out[1].data = scale;
}
