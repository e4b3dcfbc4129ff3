#include "sim/graph/onnx_eval.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/graph/onnx_eval_ops.h"

static const struct graph_tensor *tensor_at(const struct onnx_job *j, int count,
                                            const int *list, int i)
{
    return i < count && list[i] >= 0 ? &j->values->graph->tensor[list[i]]
                                     : NULL;
}

const struct graph_tensor *onnx_job_in(const struct onnx_job *j, int i)
{
    return tensor_at(j, j->node->input_count, j->node->input, i);
}

const struct graph_tensor *onnx_job_out(const struct onnx_job *j, int i)
{
    return tensor_at(j, j->node->output_count, j->node->output, i);
}

const void *onnx_job_data(const struct onnx_job *j, int i)
{
    return onnx_job_in(j, i) ? j->values->value[j->node->input[i]] : NULL;
}

void *onnx_job_result(const struct onnx_job *j, int i)
{
    return onnx_job_out(j, i) ? j->values->value[j->node->output[i]] : NULL;
}

int onnx_job_fail(const struct onnx_job *j, const char *format, ...)
{
    char message[300];
    const bool named = j->node->name && *j->node->name;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return diag_error(j->values->diag, j->values->place,
                      "operator %d (%s%s%.200s%s): %s", j->node->index,
                      j->node->kind, named ? " '" : "",
                      named ? j->node->name : "", named ? "'" : "", message);
}

double onnx_get(enum graph_type type, const void *data, int64_t i)
{
    if (type == GRAPH_FLOAT32)
        return (double) ((const float *) data)[i];
    if (type == GRAPH_FLOAT64)
        return ((const double *) data)[i];
    return (double) onnx_get_int(type, data, i);
}

int64_t onnx_get_int(enum graph_type type, const void *data, int64_t i)
{
    switch (type) {
    case GRAPH_INT4:
    case GRAPH_INT8:
        return ((const int8_t *) data)[i];
    case GRAPH_UINT4:
    case GRAPH_UINT8:
    case GRAPH_BOOL:
        return ((const uint8_t *) data)[i];
    case GRAPH_INT16:
        return ((const int16_t *) data)[i];
    case GRAPH_UINT16:
        return ((const uint16_t *) data)[i];
    case GRAPH_INT32:
        return ((const int32_t *) data)[i];
    case GRAPH_INT64:
        return ((const int64_t *) data)[i];
    default:
        return (int64_t) onnx_get(type, data, i);
    }
}

void onnx_put_int(enum graph_type type, void *data, int64_t i, int64_t value)
{
    switch (type) {
    case GRAPH_INT4:
        value = (value & 15) - (value & 8 ? 16 : 0);
        ((int8_t *) data)[i] = (int8_t) value;
        break;
    case GRAPH_UINT4:
        ((uint8_t *) data)[i] = (uint8_t) (value & 15);
        break;
    case GRAPH_INT8:
        ((int8_t *) data)[i] = (int8_t) value;
        break;
    case GRAPH_UINT8:
        ((uint8_t *) data)[i] = (uint8_t) value;
        break;
    case GRAPH_BOOL:
        ((uint8_t *) data)[i] = value != 0;
        break;
    case GRAPH_INT16:
        ((int16_t *) data)[i] = (int16_t) value;
        break;
    case GRAPH_UINT16:
        ((uint16_t *) data)[i] = (uint16_t) value;
        break;
    case GRAPH_INT32:
        ((int32_t *) data)[i] = (int32_t) value;
        break;
    case GRAPH_INT64:
        ((int64_t *) data)[i] = value;
        break;
    case GRAPH_FLOAT32:
        ((float *) data)[i] = (float) value;
        break;
    default:
        ((double *) data)[i] = (double) value;
    }
}

void onnx_put(enum graph_type type, void *data, int64_t i, double value)
{
    if (type == GRAPH_FLOAT32)
        ((float *) data)[i] = (float) value;
    else if (type == GRAPH_FLOAT64)
        ((double *) data)[i] = value;
    else if (type == GRAPH_BOOL)
        ((uint8_t *) data)[i] = value != 0;
    else if (value > -9.2e18 && value < 9.2e18)
        onnx_put_int(type, data, i, (int64_t) value);
    else
        onnx_put_int(type, data, i, isnan(value) ? 0 : value < 0 ? INT64_MIN
                                                                 : INT64_MAX);
}

int64_t onnx_type_min(enum graph_type type)
{
    switch (type) {
    case GRAPH_INT4:
        return -8;
    case GRAPH_INT8:
        return INT8_MIN;
    case GRAPH_INT16:
        return INT16_MIN;
    case GRAPH_INT32:
        return INT32_MIN;
    default:
        return 0;
    }
}

int64_t onnx_type_max(enum graph_type type)
{
    switch (type) {
    case GRAPH_INT4:
        return 7;
    case GRAPH_UINT4:
        return 15;
    case GRAPH_INT8:
        return INT8_MAX;
    case GRAPH_UINT8:
        return UINT8_MAX;
    case GRAPH_INT16:
        return INT16_MAX;
    case GRAPH_UINT16:
        return UINT16_MAX;
    default:
        return INT32_MAX;
    }
}

static int (*const evaluators[GRAPH_OPS])(const struct onnx_job *) = {
    [GRAPH_ADD] = onnx_eval_binary,
    [GRAPH_SUB] = onnx_eval_binary,
    [GRAPH_MUL] = onnx_eval_binary,
    [GRAPH_DIV] = onnx_eval_binary,
    [GRAPH_POW] = onnx_eval_pow,
    [GRAPH_MAXIMUM] = onnx_eval_binary,
    [GRAPH_MINIMUM] = onnx_eval_binary,
    [GRAPH_RELU] = onnx_eval_unary,
    [GRAPH_LEAKY_RELU] = onnx_eval_unary,
    [GRAPH_LOGISTIC] = onnx_eval_unary,
    [GRAPH_TANH] = onnx_eval_unary,
    [GRAPH_ROUND] = onnx_eval_unary,
    [GRAPH_CLIP] = onnx_eval_clip,
    [GRAPH_BATCH_NORM] = onnx_eval_batch_norm,
    [GRAPH_SOFTMAX] = onnx_eval_softmax,
    [GRAPH_MEAN] = onnx_eval_reduce,
    [GRAPH_REDUCE_MAX] = onnx_eval_reduce,
    [GRAPH_REDUCE_MIN] = onnx_eval_reduce,
    [GRAPH_CAST] = onnx_eval_cast,
    [GRAPH_RESHAPE] = onnx_eval_copy,
    [GRAPH_FLATTEN] = onnx_eval_copy,
    [GRAPH_SQUEEZE] = onnx_eval_copy,
    [GRAPH_EXPAND_DIMS] = onnx_eval_copy,
    [GRAPH_IDENTITY] = onnx_eval_copy,
    [GRAPH_TRANSPOSE] = onnx_eval_transpose,
    [GRAPH_STRIDED_SLICE] = onnx_eval_slice,
    [GRAPH_EXPAND] = onnx_eval_expand,
    [GRAPH_CONCATENATION] = onnx_eval_concat,
    [GRAPH_SPLIT] = onnx_eval_split,
    [GRAPH_GATHER] = onnx_eval_gather,
    [GRAPH_PAD] = onnx_eval_pad,
    [GRAPH_FILL] = onnx_eval_fill,
    [GRAPH_CONV_2D] = onnx_eval_conv,
    [GRAPH_CONV_INTEGER] = onnx_eval_conv,
    [GRAPH_QLINEAR_CONV] = onnx_eval_conv,
    [GRAPH_MAX_POOL_2D] = onnx_eval_pool,
    [GRAPH_AVERAGE_POOL_2D] = onnx_eval_pool,
    [GRAPH_GLOBAL_AVERAGE_POOL] = onnx_eval_global_pool,
    [GRAPH_GLOBAL_MAX_POOL] = onnx_eval_global_pool,
    [GRAPH_FULLY_CONNECTED] = onnx_eval_gemm,
    [GRAPH_MAT_MUL] = onnx_eval_mat_mul,
    [GRAPH_MAT_MUL_INTEGER] = onnx_eval_mat_mul,
    [GRAPH_QLINEAR_MAT_MUL] = onnx_eval_mat_mul,
    [GRAPH_QUANTIZE] = onnx_eval_quantize,
    [GRAPH_DEQUANTIZE] = onnx_eval_dequantize,
    [GRAPH_DYNAMIC_QUANTIZE] = onnx_eval_dynamic_quantize,
    [GRAPH_QONNX_QUANT] = onnx_eval_qonnx,
    [GRAPH_QONNX_BIPOLAR] = onnx_eval_qonnx,
};

int onnx_eval_node(struct onnx_values *v, const struct graph_node *node)
{
    const struct onnx_job job = { v, node };

    if (!evaluators[node->op])
        return onnx_job_fail(&job, "is not supported");
    return evaluators[node->op](&job);
}

int onnx_eval_init(struct onnx_values *v, const struct graph *graph,
                   struct diag *diag, struct place place)
{
    int64_t total = 0;

    *v = (struct onnx_values) { .graph = graph, .diag = diag, .place = place };
    for (int t = 0; t < graph->tensor_count; t++)
        if (!graph->tensor[t].data)
            total += graph_elements(&graph->tensor[t])
                     * (int64_t) graph_type_bytes(graph->tensor[t].type);
    if (total > ONNX_EVAL_MAX_BYTES)
        return diag_error(diag, place, "the tensors of '%s' need %lld bytes, "
                          "at most %lld", graph->path, (long long) total,
                          (long long) ONNX_EVAL_MAX_BYTES);
    v->value = calloc((size_t) graph->tensor_count + 1, sizeof(*v->value));
    for (int t = 0; v->value && t < graph->tensor_count; t++) {
        const struct graph_tensor *tensor = &graph->tensor[t];
        const size_t elements = (size_t) graph_elements(tensor);
        if (tensor->data)
            v->value[t] = (void *) (uintptr_t) tensor->data;
        else
            v->value[t] = calloc(elements ? elements : 1,
                                 graph_type_bytes(tensor->type));
        if (!v->value[t])
            return diag_error(diag, place, "out of memory");
    }
    return v->value ? 0 : diag_error(diag, place, "out of memory");
}

void onnx_eval_release(struct onnx_values *v)
{
    for (int t = 0; v->value && t < v->graph->tensor_count; t++)
        if (!v->graph->tensor[t].data)
            free(v->value[t]);
    free(v->value);
    v->value = NULL;
}

int onnx_eval_run(struct onnx_values *v)
{
    for (int i = 0; i < v->graph->node_count; i++) {
        if (interrupt_requested())
            return diag_error(v->diag, v->place, "interrupted");
        if (onnx_eval_node(v, &v->graph->node[i]))
            return -1;
    }
    return 0;
}
