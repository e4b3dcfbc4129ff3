/*
 * eval_parts.h - what the evaluator's files share. Not for others.
 */
#ifndef EVAL_PARTS_H
#define EVAL_PARTS_H

#include "sim/graph/eval.h"

/* One operator with its tensors. `why` is NULL while it is run. */
struct eval_call {
    const struct graph_node *node;
    const struct eval_value *in;
    struct eval_value *out;
    char *why;
    bool infer;                   /* the shapes of outputs are to be found */
};

typedef bool eval_check_fn(const struct eval_call *c);
typedef void eval_run_fn(const struct eval_call *c);

struct eval_op {
    int min_inputs, max_inputs;
    int outputs;                  /* 0: any number */
    eval_check_fn *check;
    eval_run_fn *run;
    bool fuses;                   /* run applies at.activation */
};

/* Say why not; always false. */
bool eval_refuse(const struct eval_call *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool eval_has(const struct eval_call *c, int input)
{
    return input < c->node->input_count && c->node->input[input] >= 0;
}

/* float32, int8 or int16, and quantized with one scale if not float. */
bool eval_is_activation(const struct eval_call *c, const struct eval_value *v,
                        const char *what);
bool eval_same_type(const struct eval_call *c, const struct eval_value *a,
                    const struct eval_value *b);
/* One scale and zero point for both, where they are quantized. */
bool eval_same_scale(const struct eval_call *c, const struct eval_value *a,
                     const struct eval_value *b);
bool eval_has_rank(const struct eval_call *c, const struct eval_value *v,
                   int rank, const char *what);
/* The output must have this shape. */
bool eval_shape_is(const struct eval_call *c, const struct eval_value *out,
                   const int64_t *dim, int rank);
/* An int32 or int64 input with data; its elements. */
bool eval_is_list(const struct eval_call *c, int input, int64_t count,
                  const char *what);
int64_t eval_int(const struct eval_value *v, int64_t i);
/* An axis that may count from the end; -1 where it is out of range. */
int eval_axis(int64_t axis, int rank);

static inline bool eval_is_float(const struct eval_value *v)
{
    return v->type == GRAPH_FLOAT32;
}

static inline int32_t eval_code(const struct eval_value *v, int64_t i)
{
    switch (v->type) {
    case GRAPH_INT4:
    case GRAPH_INT8: return ((const int8_t *) v->data)[i];
    case GRAPH_UINT8: return ((const uint8_t *) v->data)[i];
    case GRAPH_INT16: return ((const int16_t *) v->data)[i];
    case GRAPH_UINT16: return ((const uint16_t *) v->data)[i];
    default: return ((const int32_t *) v->data)[i];
    }
}

static inline void eval_store(struct eval_value *v, int64_t i, int32_t code)
{
    switch (v->type) {
    case GRAPH_INT4:
    case GRAPH_INT8: ((int8_t *) v->data)[i] = (int8_t) code; break;
    case GRAPH_UINT8: ((uint8_t *) v->data)[i] = (uint8_t) code; break;
    case GRAPH_INT16: ((int16_t *) v->data)[i] = (int16_t) code; break;
    case GRAPH_UINT16: ((uint16_t *) v->data)[i] = (uint16_t) code; break;
    default: ((int32_t *) v->data)[i] = code; break;
    }
}

static inline float eval_float(const struct eval_value *v, int64_t i)
{
    return ((const float *) v->data)[i];
}

static inline int32_t eval_zero_point(const struct eval_value *v)
{
    return v->quant->count ? v->quant->zero_point[0] : 0;
}

static inline double eval_scale(const struct eval_value *v)
{
    return v->quant->count ? (double) v->quant->scale[0] : 1.0;
}

static inline float eval_clamp(float x, float lo, float hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* TensorFlow Lite's multiplier for a real factor, rounded twice; what factors
 * above 2^31 get is a refusal. */
bool eval_requant(const struct eval_call *c, double real,
                  struct fx_requant *requant);
/* Zero point and fused activation of output 0 as the last step. */
void eval_requant_ends(const struct eval_call *c, struct fx_requant *requant);

eval_check_fn eval_check_conv, eval_check_depthwise, eval_check_transpose_conv,
    eval_check_fully_connected, eval_check_binary, eval_check_pool,
    eval_check_mean, eval_check_pad, eval_check_reshape, eval_check_concat,
    eval_check_split, eval_check_slice, eval_check_transpose,
    eval_check_resize, eval_check_gather, eval_check_pack, eval_check_unpack,
    eval_check_fill, eval_check_shape, eval_check_cast, eval_check_clip,
    eval_check_relu,
    eval_check_softmax, eval_check_curve, eval_check_quantize,
    eval_check_softmax16, eval_check_curve16, eval_check_cut,
    eval_check_dequantize, eval_check_dynamic;
eval_run_fn eval_run_conv, eval_run_depthwise, eval_run_transpose_conv,
    eval_run_fully_connected, eval_run_binary, eval_run_pool, eval_run_mean,
    eval_run_pad, eval_run_reshape, eval_run_concat, eval_run_split,
    eval_run_slice, eval_run_transpose, eval_run_resize, eval_run_gather,
    eval_run_pack, eval_run_unpack, eval_run_fill, eval_run_shape,
    eval_run_cast, eval_run_clip,
    eval_run_relu, eval_run_softmax, eval_run_curve,
    eval_run_quantize, eval_run_dequantize, eval_run_softmax16,
    eval_run_curve16, eval_run_cut, eval_run_dynamic;

#endif
