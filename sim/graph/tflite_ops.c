#include "sim/graph/tflite_ops.h"

#include <stdio.h>
#include <string.h>

/* By number, as the schema has them; GRAPH_UNKNOWN: not run. */
static const struct tflite_op ops[] = {
    { "ADD", GRAPH_ADD },
    { "AVERAGE_POOL_2D", GRAPH_AVERAGE_POOL_2D },
    { "CONCATENATION", GRAPH_CONCATENATION },
    { "CONV_2D", GRAPH_CONV_2D },
    { "DEPTHWISE_CONV_2D", GRAPH_DEPTHWISE_CONV_2D },
    { "DEPTH_TO_SPACE", GRAPH_UNKNOWN },
    { "DEQUANTIZE", GRAPH_DEQUANTIZE },
    { "EMBEDDING_LOOKUP", GRAPH_UNKNOWN },
    { "FLOOR", GRAPH_UNKNOWN },
    { "FULLY_CONNECTED", GRAPH_FULLY_CONNECTED },
    { "HASHTABLE_LOOKUP", GRAPH_UNKNOWN },
    { "L2_NORMALIZATION", GRAPH_UNKNOWN },
    { "L2_POOL_2D", GRAPH_UNKNOWN },
    { "LOCAL_RESPONSE_NORMALIZATION", GRAPH_UNKNOWN },
    { "LOGISTIC", GRAPH_LOGISTIC },
    { "LSH_PROJECTION", GRAPH_UNKNOWN },
    { "LSTM", GRAPH_UNKNOWN },
    { "MAX_POOL_2D", GRAPH_MAX_POOL_2D },
    { "MUL", GRAPH_MUL },
    { "RELU", GRAPH_RELU },
    { "RELU_N1_TO_1", GRAPH_RELU_N1_TO_1 },
    { "RELU6", GRAPH_RELU6 },
    { "RESHAPE", GRAPH_RESHAPE },
    { "RESIZE_BILINEAR", GRAPH_UNKNOWN },
    { "RNN", GRAPH_UNKNOWN },
    { "SOFTMAX", GRAPH_SOFTMAX },
    { "SPACE_TO_DEPTH", GRAPH_UNKNOWN },
    { "SVDF", GRAPH_UNKNOWN },
    { "TANH", GRAPH_TANH },
    { "CONCAT_EMBEDDINGS", GRAPH_UNKNOWN },
    { "SKIP_GRAM", GRAPH_UNKNOWN },
    { "CALL", GRAPH_UNKNOWN },
    { "CUSTOM", GRAPH_UNKNOWN },
    { "EMBEDDING_LOOKUP_SPARSE", GRAPH_UNKNOWN },
    { "PAD", GRAPH_PAD },
    { "UNIDIRECTIONAL_SEQUENCE_RNN", GRAPH_UNKNOWN },
    { "GATHER", GRAPH_GATHER },
    { "BATCH_TO_SPACE_ND", GRAPH_UNKNOWN },
    { "SPACE_TO_BATCH_ND", GRAPH_UNKNOWN },
    { "TRANSPOSE", GRAPH_TRANSPOSE },
    { "MEAN", GRAPH_MEAN },
    { "SUB", GRAPH_SUB },
    { "DIV", GRAPH_DIV },
    { "SQUEEZE", GRAPH_SQUEEZE },
    { "UNIDIRECTIONAL_SEQUENCE_LSTM", GRAPH_UNKNOWN },
    { "STRIDED_SLICE", GRAPH_STRIDED_SLICE },
    { "BIDIRECTIONAL_SEQUENCE_RNN", GRAPH_UNKNOWN },
    { "EXP", GRAPH_UNKNOWN },
    { "TOPK_V2", GRAPH_UNKNOWN },
    { "SPLIT", GRAPH_SPLIT },
    { "LOG_SOFTMAX", GRAPH_UNKNOWN },
    { "DELEGATE", GRAPH_UNKNOWN },
    { "BIDIRECTIONAL_SEQUENCE_LSTM", GRAPH_UNKNOWN },
    { "CAST", GRAPH_CAST },
    { "PRELU", GRAPH_UNKNOWN },
    { "MAXIMUM", GRAPH_UNKNOWN },
    { "ARG_MAX", GRAPH_UNKNOWN },
    { "MINIMUM", GRAPH_UNKNOWN },
    { "LESS", GRAPH_UNKNOWN },
    { "NEG", GRAPH_UNKNOWN },
    { "PADV2", GRAPH_PAD },
    { "GREATER", GRAPH_UNKNOWN },
    { "GREATER_EQUAL", GRAPH_UNKNOWN },
    { "LESS_EQUAL", GRAPH_UNKNOWN },
    { "SELECT", GRAPH_UNKNOWN },
    { "SLICE", GRAPH_SLICE },
    { "SIN", GRAPH_UNKNOWN },
    { "TRANSPOSE_CONV", GRAPH_TRANSPOSE_CONV },
    { "SPARSE_TO_DENSE", GRAPH_UNKNOWN },
    { "TILE", GRAPH_UNKNOWN },
    { "EXPAND_DIMS", GRAPH_EXPAND_DIMS },
    { "EQUAL", GRAPH_UNKNOWN },
    { "NOT_EQUAL", GRAPH_UNKNOWN },
    { "LOG", GRAPH_UNKNOWN },
    { "SUM", GRAPH_UNKNOWN },
    { "SQRT", GRAPH_UNKNOWN },
    { "RSQRT", GRAPH_UNKNOWN },
    { "SHAPE", GRAPH_SHAPE },
    { "POW", GRAPH_UNKNOWN },
    { "ARG_MIN", GRAPH_UNKNOWN },
    { "FAKE_QUANT", GRAPH_UNKNOWN },
    { "REDUCE_PROD", GRAPH_UNKNOWN },
    { "REDUCE_MAX", GRAPH_UNKNOWN },
    { "PACK", GRAPH_PACK },
    { "LOGICAL_OR", GRAPH_UNKNOWN },
    { "ONE_HOT", GRAPH_UNKNOWN },
    { "LOGICAL_AND", GRAPH_UNKNOWN },
    { "LOGICAL_NOT", GRAPH_UNKNOWN },
    { "UNPACK", GRAPH_UNPACK },
    { "REDUCE_MIN", GRAPH_UNKNOWN },
    { "FLOOR_DIV", GRAPH_UNKNOWN },
    { "REDUCE_ANY", GRAPH_UNKNOWN },
    { "SQUARE", GRAPH_UNKNOWN },
    { "ZEROS_LIKE", GRAPH_UNKNOWN },
    { "FILL", GRAPH_FILL },
    { "FLOOR_MOD", GRAPH_UNKNOWN },
    { "RANGE", GRAPH_UNKNOWN },
    { "RESIZE_NEAREST_NEIGHBOR", GRAPH_RESIZE_NEAREST },
    { "LEAKY_RELU", GRAPH_LEAKY_RELU },
    { "SQUARED_DIFFERENCE", GRAPH_UNKNOWN },
    { "MIRROR_PAD", GRAPH_UNKNOWN },
    { "ABS", GRAPH_UNKNOWN },
    { "SPLIT_V", GRAPH_SPLIT },
    { "UNIQUE", GRAPH_UNKNOWN },
    { "CEIL", GRAPH_UNKNOWN },
    { "REVERSE_V2", GRAPH_UNKNOWN },
    { "ADD_N", GRAPH_UNKNOWN },
    { "GATHER_ND", GRAPH_UNKNOWN },
    { "COS", GRAPH_UNKNOWN },
    { "WHERE", GRAPH_UNKNOWN },
    { "RANK", GRAPH_UNKNOWN },
    { "ELU", GRAPH_UNKNOWN },
    { "REVERSE_SEQUENCE", GRAPH_UNKNOWN },
    { "MATRIX_DIAG", GRAPH_UNKNOWN },
    { "QUANTIZE", GRAPH_QUANTIZE },
    { "MATRIX_SET_DIAG", GRAPH_UNKNOWN },
    { "ROUND", GRAPH_UNKNOWN },
    { "HARD_SWISH", GRAPH_UNKNOWN },
    { "IF", GRAPH_UNKNOWN },
    { "WHILE", GRAPH_UNKNOWN },
    { "NON_MAX_SUPPRESSION_V4", GRAPH_UNKNOWN },
    { "NON_MAX_SUPPRESSION_V5", GRAPH_UNKNOWN },
    { "SCATTER_ND", GRAPH_UNKNOWN },
    { "SELECT_V2", GRAPH_UNKNOWN },
    { "DENSIFY", GRAPH_UNKNOWN },
    { "SEGMENT_SUM", GRAPH_UNKNOWN },
    { "BATCH_MATMUL", GRAPH_UNKNOWN },
    { "PLACEHOLDER_FOR_GREATER_OP_CODES", GRAPH_UNKNOWN },
    { "CUMSUM", GRAPH_UNKNOWN },
    { "CALL_ONCE", GRAPH_UNKNOWN },
    { "BROADCAST_TO", GRAPH_UNKNOWN },
    { "RFFT2D", GRAPH_UNKNOWN },
    { "CONV_3D", GRAPH_UNKNOWN },
    { "IMAG", GRAPH_UNKNOWN },
    { "REAL", GRAPH_UNKNOWN },
    { "COMPLEX_ABS", GRAPH_UNKNOWN },
    { "HASHTABLE", GRAPH_UNKNOWN },
    { "HASHTABLE_FIND", GRAPH_UNKNOWN },
    { "HASHTABLE_IMPORT", GRAPH_UNKNOWN },
    { "HASHTABLE_SIZE", GRAPH_UNKNOWN },
    { "REDUCE_ALL", GRAPH_UNKNOWN },
    { "CONV_3D_TRANSPOSE", GRAPH_UNKNOWN },
    { "VAR_HANDLE", GRAPH_UNKNOWN },
    { "READ_VARIABLE", GRAPH_UNKNOWN },
    { "ASSIGN_VARIABLE", GRAPH_UNKNOWN },
    { "BROADCAST_ARGS", GRAPH_UNKNOWN },
    { "RANDOM_STANDARD_NORMAL", GRAPH_UNKNOWN },
    { "BUCKETIZE", GRAPH_UNKNOWN },
    { "RANDOM_UNIFORM", GRAPH_UNKNOWN },
    { "MULTINOMIAL", GRAPH_UNKNOWN },
    { "GELU", GRAPH_UNKNOWN },
    { "DYNAMIC_UPDATE_SLICE", GRAPH_UNKNOWN },
    { "RELU_0_TO_1", GRAPH_UNKNOWN },
    { "UNSORTED_SEGMENT_PROD", GRAPH_UNKNOWN },
    { "UNSORTED_SEGMENT_MAX", GRAPH_UNKNOWN },
    { "UNSORTED_SEGMENT_SUM", GRAPH_UNKNOWN },
    { "ATAN2", GRAPH_UNKNOWN },
    { "UNSORTED_SEGMENT_MIN", GRAPH_UNKNOWN },
    { "SIGN", GRAPH_UNKNOWN },
    { "BITCAST", GRAPH_UNKNOWN },
    { "BITWISE_XOR", GRAPH_UNKNOWN },
    { "RIGHT_SHIFT", GRAPH_UNKNOWN },
};

const struct tflite_op *tflite_op_find(int64_t code)
{
    static const struct tflite_op later = { "(newer than this reader)",
                                            GRAPH_UNKNOWN };
    const int64_t count = sizeof(ops) / sizeof(*ops);

    return 0 <= code && code < count ? &ops[code] : &later;
}

const char *tflite_op_name(enum graph_op op)
{
    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
        if (ops[i].op == op && op != GRAPH_UNKNOWN)
            return ops[i].name;
    return NULL;
}

static const struct {
    const char *name, *instead;
} nearest[] = {
    { "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR, or TRANSPOSE_CONV" },
    { "PRELU", "LEAKY_RELU, one slope for all channels" },
    { "ELU", "LEAKY_RELU" },
    { "GELU", "RELU, or MUL with LOGISTIC" },
    { "HARD_SWISH", "RELU6, or MUL with LOGISTIC" },
    { "RELU_0_TO_1", "RELU6 of another scale" },
    { "LOG_SOFTMAX", "SOFTMAX, which has the same greatest class" },
    { "L2_NORMALIZATION", "a constant scale, folded into the weights" },
    { "L2_POOL_2D", "AVERAGE_POOL_2D" },
    { "LOCAL_RESPONSE_NORMALIZATION",
      "batch normalization, folded into the weights" },
    { "SUM", "MEAN, and its scale" },
    { "REDUCE_MAX", "MAX_POOL_2D" },
    { "REDUCE_MIN", "MAX_POOL_2D of the negative" },
    { "ARG_MAX",
      "the output in front of it, whose greatest element is the class" },
    { "MAXIMUM", "RELU, where one of the two is constant" },
    { "MINIMUM", "RELU6, where one of the two is constant" },
    { "SQUARE", "MUL of a tensor with itself" },
    { "SQUARED_DIFFERENCE", "SUB, and MUL with itself" },
    { "NEG", "MUL by a constant" },
    { "ADD_N", "several ADD" },
    { "BATCH_MATMUL", "FULLY_CONNECTED with constant weights" },
    { "CONV_3D", "CONV_2D of each frame" },
    { "MIRROR_PAD", "PAD" },
    { "DEPTH_TO_SPACE", "RESHAPE and TRANSPOSE" },
    { "SPACE_TO_DEPTH", "RESHAPE and TRANSPOSE, or a stride" },
    { "SPACE_TO_BATCH_ND", "CONV_2D with a dilation" },
    { "BATCH_TO_SPACE_ND", "CONV_2D with a dilation" },
    { "TILE", "CONCATENATION" },
    { "BROADCAST_TO", "ADD or MUL, which broadcast" },
    { "GATHER_ND", "GATHER" },
    { "REVERSE_V2", "STRIDED_SLICE with a stride of -1" },
    { "LSTM", "a converted model that is unrolled" },
    { "RNN", "a converted model that is unrolled" },
    { "UNIDIRECTIONAL_SEQUENCE_LSTM", "a converted model that is unrolled" },
    { "UNIDIRECTIONAL_SEQUENCE_RNN", "a converted model that is unrolled" },
    { "SVDF", "FULLY_CONNECTED and CONV_2D" },
    { "IF", "the branch alone" },
    { "WHILE", "a converted model that is unrolled" },
    { "FAKE_QUANT", "QUANTIZE, as the converter makes of it" },
    { "CUSTOM", "builtin operators" },
};

/* Where nothing takes an operator's place: what runs of its kind. */
static const struct {
    const char *names;                /* each between spaces */
    const char *supported;
} kinds[] = {
    { " ABS ATAN2 CEIL COS ERF EXP FLOOR LOG POW ROUND RSQRT SIGN SIN SQRT "
      "STABLEHLO_EXPONENTIAL ",
      "RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU, LOGISTIC, TANH, "
      "SOFTMAX" },
    { " EQUAL FLOOR_DIV FLOOR_MOD GREATER GREATER_EQUAL LESS LESS_EQUAL "
      "LOGICAL_AND LOGICAL_NOT LOGICAL_OR NOT_EQUAL SELECT SELECT_V2 ",
      "ADD, SUB, MUL, DIV" },
    { " ARG_MIN CUMSUM REDUCE_ALL REDUCE_ANY REDUCE_PROD SEGMENT_SUM ",
      "MEAN, AVERAGE_POOL_2D, MAX_POOL_2D" },
    { " BATCH_TO_SPACE_ND DYNAMIC_UPDATE_SLICE ONE_HOT RANGE REVERSE_SEQUENCE "
      "SCATTER_ND SPARSE_TO_DENSE TOPK_V2 UNIQUE WHERE ZEROS_LIKE ",
      "RESHAPE, TRANSPOSE, CONCATENATION, SPLIT, SLICE, "
      "STRIDED_SLICE, GATHER, PACK, UNPACK, PAD" },
    { " CONV_3D_TRANSPOSE EMBEDDING_LOOKUP EMBEDDING_LOOKUP_SPARSE "
      "HASHTABLE_LOOKUP ", "CONV_2D, DEPTHWISE_CONV_2D, "
      "TRANSPOSE_CONV, FULLY_CONNECTED" },
};

const char *tflite_op_instead(const char *name)
{
    char word[64];

    for (size_t i = 0; i < sizeof(nearest) / sizeof(*nearest); i++)
        if (!strcmp(nearest[i].name, name))
            return nearest[i].instead;
    snprintf(word, sizeof(word), " %.60s ", name);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strstr(kinds[i].names, word))
            return kinds[i].supported;
    return NULL;
}
