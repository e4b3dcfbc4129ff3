/* The operators that are read, by domain and name. */
#include "sim/graph/onnx_build.h"

#include <string.h>

#include "sim/base/text.h"

#define MS "com.microsoft"
#define QONNX "qonnx.custom_op.general"
#define BREVITAS "onnx.brevitas"
#define WINDOW " auto_pad dilations group kernel_shape pads strides "
#define POOL WINDOW "ceil_mode count_include_pad storage_order channels_last "
#define CODES " axis block_size saturate output_dtype "

enum { MANY = GRAPH_MAX_INPUTS };

static const struct onnx_op table[] = {
    { "Add", "", GRAPH_ADD, 2, 2, 1, " ", onnx_infer_broadcast },
    { "AveragePool", "", GRAPH_AVERAGE_POOL_2D, 1, 1, 1, POOL,
      onnx_infer_pool },
    { "BatchNormalization", "", GRAPH_BATCH_NORM, 5, 5, 5,
      " epsilon momentum spatial training_mode ", onnx_infer_batch_norm },
    { "Cast", "", GRAPH_CAST, 1, 1, 1, " to saturate ", onnx_infer_cast },
    { "Clip", "", GRAPH_CLIP, 1, 3, 1, " min max ", onnx_infer_clip },
    { "Concat", "", GRAPH_CONCATENATION, 1, MANY, 1, " axis ",
      onnx_infer_concat },
    { "Constant", "", GRAPH_IDENTITY, 0, 0, 1,
      " value value_int value_ints value_float value_floats ",
      onnx_infer_constant },
    { "ConstantOfShape", "", GRAPH_FILL, 1, 1, 1, " value ",
      onnx_infer_constant_of_shape },
    { "Conv", "", GRAPH_CONV_2D, 2, 3, 1, WINDOW, onnx_infer_conv },
    { "ConvInteger", "", GRAPH_CONV_INTEGER, 2, 4, 1, WINDOW,
      onnx_infer_conv_integer },
    { "DequantizeLinear", "", GRAPH_DEQUANTIZE, 2, 3, 1, CODES,
      onnx_infer_dequantize },
    { "Div", "", GRAPH_DIV, 2, 2, 1, " ", onnx_infer_broadcast },
    { "Dropout", "", GRAPH_IDENTITY, 1, 3, 1, " ratio seed ",
      onnx_infer_dropout },
    { "DynamicQuantizeLinear", "", GRAPH_DYNAMIC_QUANTIZE, 1, 1, 3, " ",
      onnx_infer_dynamic_quantize },
    { "Expand", "", GRAPH_EXPAND, 2, 2, 1, " ", onnx_infer_expand },
    { "Flatten", "", GRAPH_FLATTEN, 1, 1, 1, " axis ", onnx_infer_flatten },
    { "Gather", "", GRAPH_GATHER, 2, 2, 1, " axis ", onnx_infer_gather },
    { "Gemm", "", GRAPH_FULLY_CONNECTED, 2, 3, 1, " alpha beta transA transB ",
      onnx_infer_gemm },
    { "GlobalAveragePool", "", GRAPH_GLOBAL_AVERAGE_POOL, 1, 1, 1,
      " channels_last ", onnx_infer_global_pool },
    { "GlobalMaxPool", "", GRAPH_GLOBAL_MAX_POOL, 1, 1, 1, " ",
      onnx_infer_global_pool },
    { "Identity", "", GRAPH_IDENTITY, 1, 1, 1, " ", onnx_infer_same },
    { "LeakyRelu", "", GRAPH_LEAKY_RELU, 1, 1, 1, " alpha ",
      onnx_infer_float },
    { "MatMul", "", GRAPH_MAT_MUL, 2, 2, 1, " ", onnx_infer_mat_mul },
    { "MatMulInteger", "", GRAPH_MAT_MUL_INTEGER, 2, 4, 1, " ",
      onnx_infer_mat_mul_integer },
    { "Max", "", GRAPH_MAXIMUM, 1, MANY, 1, " ", onnx_infer_broadcast },
    { "MaxPool", "", GRAPH_MAX_POOL_2D, 1, 1, 2, POOL, onnx_infer_pool },
    { "Min", "", GRAPH_MINIMUM, 1, MANY, 1, " ", onnx_infer_broadcast },
    { "Mul", "", GRAPH_MUL, 2, 2, 1, " ", onnx_infer_broadcast },
    { "Pad", "", GRAPH_PAD, 1, 4, 1, " mode pads value ", onnx_infer_pad },
    { "Pow", "", GRAPH_POW, 2, 2, 1, " ", onnx_infer_broadcast },
    { "QLinearConv", "", GRAPH_QLINEAR_CONV, 8, 9, 1, WINDOW,
      onnx_infer_qlinear_conv },
    { "QLinearMatMul", "", GRAPH_QLINEAR_MAT_MUL, 8, 8, 1, " ",
      onnx_infer_qlinear_mat_mul },
    { "QuantizeLinear", "", GRAPH_QUANTIZE, 2, 3, 1, CODES,
      onnx_infer_quantize },
    { "ReduceMax", "", GRAPH_REDUCE_MAX, 1, 2, 1,
      " axes keepdims noop_with_empty_axes ", onnx_infer_reduce },
    { "ReduceMean", "", GRAPH_MEAN, 1, 2, 1,
      " axes keepdims noop_with_empty_axes ", onnx_infer_reduce },
    { "ReduceMin", "", GRAPH_REDUCE_MIN, 1, 2, 1,
      " axes keepdims noop_with_empty_axes ", onnx_infer_reduce },
    { "Relu", "", GRAPH_RELU, 1, 1, 1, " ", onnx_infer_float },
    { "Reshape", "", GRAPH_RESHAPE, 2, 2, 1, " allowzero ",
      onnx_infer_reshape },
    { "Round", "", GRAPH_ROUND, 1, 1, 1, " ", onnx_infer_float },
    { "Shape", "", GRAPH_SHAPE, 1, 1, 1, " start end ", onnx_infer_shape },
    { "Sigmoid", "", GRAPH_LOGISTIC, 1, 1, 1, " ", onnx_infer_float },
    { "Slice", "", GRAPH_STRIDED_SLICE, 1, 5, 1, " starts ends axes ",
      onnx_infer_slice },
    { "Softmax", "", GRAPH_SOFTMAX, 1, 1, 1, " axis opset ",
      onnx_infer_softmax },
    { "Split", "", GRAPH_SPLIT, 1, 2, MANY, " axis split num_outputs ",
      onnx_infer_split },
    { "Squeeze", "", GRAPH_SQUEEZE, 1, 2, 1, " axes ", onnx_infer_squeeze },
    { "Sub", "", GRAPH_SUB, 2, 2, 1, " ", onnx_infer_broadcast },
    { "Tanh", "", GRAPH_TANH, 1, 1, 1, " ", onnx_infer_float },
    { "Transpose", "", GRAPH_TRANSPOSE, 1, 1, 1, " perm ",
      onnx_infer_transpose },
    { "Unsqueeze", "", GRAPH_EXPAND_DIMS, 1, 2, 1, " axes ",
      onnx_infer_unsqueeze },
    { "DequantizeLinear", MS, GRAPH_DEQUANTIZE, 2, 3, 1, CODES,
      onnx_infer_dequantize },
    { "QuantizeLinear", MS, GRAPH_QUANTIZE, 2, 3, 1, CODES,
      onnx_infer_quantize },
    { "Quant", QONNX, GRAPH_QONNX_QUANT, 4, 4, 1,
      " signed narrow rounding_mode ", onnx_infer_qonnx },
    { "BipolarQuant", QONNX, GRAPH_QONNX_BIPOLAR, 2, 2, 1, " ",
      onnx_infer_qonnx },
    { "Quant", BREVITAS, GRAPH_QONNX_QUANT, 4, 4, 1,
      " signed narrow rounding_mode ", onnx_infer_qonnx },
    { "BipolarQuant", BREVITAS, GRAPH_QONNX_BIPOLAR, 2, 2, 1, " ",
      onnx_infer_qonnx },
};

enum { TABLE_COUNT = sizeof(table) / sizeof(table[0]) };

/* "ai.onnx" is the long name of ONNX's own domain. */
static const char *canonical(const char *domain)
{
    if (strcmp(domain, "ai.onnx") == 0)
        return "";
    return strcmp(domain, "finn.custom_op.general") == 0 ? QONNX : domain;
}

const struct onnx_op *onnx_op_find(const char *domain, const char *name)
{
    for (int i = 0; i < TABLE_COUNT; i++)
        if (strcmp(table[i].name, name) == 0
            && strcmp(table[i].domain, canonical(domain)) == 0)
            return &table[i];
    return NULL;
}

static const struct {
    const char *name, *reason;
} reasons[] = {
    { "If", "it holds a subgraph; export the model for one fixed path" },
    { "Loop", "it holds a subgraph; unroll the loop when exporting" },
    { "Scan", "it holds a subgraph; unroll the loop when exporting" },
    { "SequenceMap", "it holds a subgraph" },
    { "LSTM", "recurrent layers are not; unroll them into MatMul and Add" },
    { "GRU", "recurrent layers are not; unroll them into MatMul and Add" },
    { "RNN", "recurrent layers are not; unroll them into MatMul and Add" },
    { "ConvTranspose", "use a Conv, or convert the model to TFLite" },
    { "Resize", "nearest resizing is read from TFLite files only" },
    { "Upsample", "nearest resizing is read from TFLite files only" },
    { "PRelu", "LeakyRelu, of one slope, is" },
    { "HardSigmoid", "Sigmoid and Clip are" },
    { "HardSwish", "Relu and Clip are" },
    { "Gelu", "Relu, Sigmoid and Tanh are" },
    { "Erf", "Relu, Sigmoid and Tanh are" },
    { "InstanceNormalization", "BatchNormalization is" },
    { "LayerNormalization", "BatchNormalization is" },
};

const char *onnx_op_reason(const char *domain, const char *name)
{
    const char *names[TABLE_COUNT];

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (!*canonical(domain) && strcmp(reasons[i].name, name) == 0)
            return reasons[i].reason;
    if (*canonical(domain) && onnx_op_find("", name))
        return "ONNX's own operator of that name is";
    for (int i = 0; i < TABLE_COUNT; i++)
        names[i] = table[i].name;
    return text_find_nearest(name, names, TABLE_COUNT)
               ? "its name is like that of one that is: see docs/onnx.md"
               : "docs/onnx.md has those that are";
}
