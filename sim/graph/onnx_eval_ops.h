/*
 * onnx_eval_ops.h - the operators of onnx_eval.h, by group; inside it only.
 *
 * Each takes the values and a node whose shapes the reader has checked. What
 * depends on values is checked here. 0 or -1.
 */
#ifndef ONNX_EVAL_OPS_H
#define ONNX_EVAL_OPS_H

#include "sim/graph/onnx_eval.h"

/* One operator at work. */
struct onnx_job {
    struct onnx_values *values;
    const struct graph_node *node;
};

/* Input or output i and its data; NULL when absent. */
const struct graph_tensor *onnx_job_in(const struct onnx_job *j, int i);
const struct graph_tensor *onnx_job_out(const struct onnx_job *j, int i);
const void *onnx_job_data(const struct onnx_job *j, int i);
void *onnx_job_result(const struct onnx_job *j, int i);

/* Report "operator 3 (Gather 'x'): ..."; always -1. */
int onnx_job_fail(const struct onnx_job *j, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Element i as a number; int64 beyond 2^53 loses its last bits as a double. */
double onnx_get(enum graph_type type, const void *data, int64_t i);
int64_t onnx_get_int(enum graph_type type, const void *data, int64_t i);
/* Integers wrap to the type; reals are rounded to it. */
void onnx_put(enum graph_type type, void *data, int64_t i, double value);
void onnx_put_int(enum graph_type type, void *data, int64_t i, int64_t value);

/* The least and the greatest code of an integer type of at most 32 bits. */
int64_t onnx_type_min(enum graph_type type);
int64_t onnx_type_max(enum graph_type type);

int onnx_eval_binary(const struct onnx_job *j);
int onnx_eval_pow(const struct onnx_job *j);
int onnx_eval_unary(const struct onnx_job *j);
int onnx_eval_clip(const struct onnx_job *j);
int onnx_eval_batch_norm(const struct onnx_job *j);
int onnx_eval_softmax(const struct onnx_job *j);
int onnx_eval_reduce(const struct onnx_job *j);
int onnx_eval_cast(const struct onnx_job *j);

int onnx_eval_copy(const struct onnx_job *j);
int onnx_eval_transpose(const struct onnx_job *j);
int onnx_eval_slice(const struct onnx_job *j);
int onnx_eval_expand(const struct onnx_job *j);
int onnx_eval_concat(const struct onnx_job *j);
int onnx_eval_split(const struct onnx_job *j);
int onnx_eval_gather(const struct onnx_job *j);
int onnx_eval_pad(const struct onnx_job *j);
int onnx_eval_fill(const struct onnx_job *j);

int onnx_eval_conv(const struct onnx_job *j);
int onnx_eval_pool(const struct onnx_job *j);
int onnx_eval_global_pool(const struct onnx_job *j);

int onnx_eval_gemm(const struct onnx_job *j);
int onnx_eval_mat_mul(const struct onnx_job *j);

int onnx_eval_quantize(const struct onnx_job *j);
int onnx_eval_dequantize(const struct onnx_job *j);
int onnx_eval_dynamic_quantize(const struct onnx_job *j);
int onnx_eval_qonnx(const struct onnx_job *j);

/* round_half_even(acc * factor) + zero, exactly, saturated to the type. */
int64_t onnx_requantize(int64_t acc, float factor, int64_t zero,
                        enum graph_type type);

#endif
