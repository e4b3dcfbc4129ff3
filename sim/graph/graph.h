/*
 * graph.h - a network as an exchange file has it: tensors and operators.
 *
 * The readers (tflite.h, onnx.h) make a graph, sim/net turns it into layers.
 * Graphs come in two dialects, which say what an operator's numbers mean:
 *
 *   GRAPH_TFLITE   NHWC, weights [out][kh][kw][in], integer algorithms of the
 *                  TensorFlow Lite reference kernels
 *   GRAPH_ONNX     NCHW, weights [out][in][kh][kw], ONNX's operators as its
 *                  specification defines them
 *
 * Only the first is lowered; onnx_lower.h rewrites the second into it. The
 * evaluators (eval.h) run either one as it stands, on the host.
 *
 * Every index and length in a graph has been checked by its reader: tensor
 * indices are valid or -1 (an optional input that is absent), constant data has
 * the size that type and shape need, nodes are in an order in which every input
 * is made before it is read. Dimensions are known and not negative, or the graph
 * is refused; a batch that the file leaves open is 1.
 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"

enum graph_dialect { GRAPH_TFLITE, GRAPH_ONNX };

enum graph_type {
    GRAPH_FLOAT32, GRAPH_FLOAT64, GRAPH_INT4, GRAPH_UINT4, GRAPH_INT8,
    GRAPH_UINT8, GRAPH_INT16, GRAPH_UINT16, GRAPH_INT32, GRAPH_INT64,
    GRAPH_BOOL,
    GRAPH_OTHER,                      /* one that nothing here computes with */
    GRAPH_TYPES
};

enum {
    GRAPH_MAX_RANK = 8,
    GRAPH_MAX_TENSORS = 1 << 16,
    GRAPH_MAX_NODES = 1 << 14,
    GRAPH_MAX_INPUTS = 1024,          /* of one operator */
    GRAPH_MAX_ELEMENTS = 1 << 28,     /* of one tensor */
    GRAPH_MAX_BYTES = 1 << 30,        /* of a file, with external data */
    GRAPH_MEMORY_BASE = 64 << 20,     /* bytes that reading may take, */
    GRAPH_MEMORY_FACTOR = 16          /*   and times the file's size */
};

/* real = scale[i] * (code - zero_point[i]), i the index along `axis`. */
struct graph_quant {
    int count;                        /* 0: not quantized; 1: one for all */
    int axis;
    const float *scale;               /* > 0, finite */
    const int32_t *zero_point;
};

struct graph_tensor {
    const char *name;
    enum graph_type type;
    int rank;
    int64_t dim[GRAPH_MAX_RANK];
    struct graph_quant quant;
    /* A constant's values in row-major order, else NULL. An element takes
     * graph_type_bytes; four-bit types are unpacked to a byte each. */
    const void *data;
    int producer;                     /* node; -1: constant or graph input */
    bool variable;                    /* state that outlives a run */
    unsigned open;                    /* bit i: the file leaves dim[i] open */
};

/* One name per operator; the comment has what both formats call it where the
 * names differ. Operators of one dialect alone are grouped at the end. */
enum graph_op {
    GRAPH_CONV_2D,                    /* Conv */
    GRAPH_DEPTHWISE_CONV_2D,
    GRAPH_TRANSPOSE_CONV,             /* ConvTranspose */
    GRAPH_FULLY_CONNECTED,            /* Gemm */
    GRAPH_MAT_MUL,                    /* BATCH_MATMUL; MatMul */
    GRAPH_ADD, GRAPH_SUB, GRAPH_MUL, GRAPH_DIV,
    GRAPH_AVERAGE_POOL_2D, GRAPH_MAX_POOL_2D,
    GRAPH_GLOBAL_AVERAGE_POOL, GRAPH_GLOBAL_MAX_POOL,
    GRAPH_MEAN,                       /* ReduceMean */
    GRAPH_PAD, GRAPH_RESHAPE, GRAPH_SQUEEZE, GRAPH_EXPAND_DIMS, GRAPH_FLATTEN,
    GRAPH_CONCATENATION, GRAPH_SPLIT, GRAPH_STRIDED_SLICE, GRAPH_SLICE,
    GRAPH_TRANSPOSE,
    GRAPH_RESIZE_NEAREST, GRAPH_GATHER, GRAPH_PACK, GRAPH_UNPACK, GRAPH_FILL,
    GRAPH_SHAPE, GRAPH_CAST, GRAPH_IDENTITY,
    GRAPH_RELU, GRAPH_RELU6, GRAPH_RELU_N1_TO_1, GRAPH_CLIP, GRAPH_LEAKY_RELU,
    GRAPH_SOFTMAX, GRAPH_LOGISTIC, GRAPH_TANH,
    GRAPH_QUANTIZE, GRAPH_DEQUANTIZE,
    GRAPH_BATCH_NORM,
    GRAPH_QLINEAR_CONV, GRAPH_QLINEAR_MAT_MUL, GRAPH_QLINEAR_ADD,
    GRAPH_CONV_INTEGER, GRAPH_MAT_MUL_INTEGER, GRAPH_DYNAMIC_QUANTIZE,
    GRAPH_QONNX_QUANT, GRAPH_QONNX_BIPOLAR, /* Quant, BipolarQuant */
    GRAPH_MAXIMUM, GRAPH_MINIMUM, GRAPH_REDUCE_MAX, GRAPH_REDUCE_MIN,
    GRAPH_POW,
    GRAPH_ROUND,                      /* half to even */
    GRAPH_EXPAND,                     /* BROADCAST_TO; Expand */
    GRAPH_UNKNOWN,                    /* read, kept, and reported by its name */
    GRAPH_OPS
};

enum graph_activation {
    GRAPH_LINEAR, GRAPH_FUSED_RELU, GRAPH_FUSED_RELU6, GRAPH_FUSED_RELU_N1_TO_1,
    GRAPH_FUSED_OTHER
};

/* What an operator is told beside its tensors. Those that a constant input
 * gives (a pad's paddings, a new shape) stay inputs, as in the file. */
struct graph_attributes {
    enum graph_activation activation;
    int stride_h, stride_w, dilation_h, dilation_w;
    int kernel_h, kernel_w;           /* pools; convolutions have weights */
    int pad_top, pad_bottom, pad_left, pad_right; /* resolved, also SAME */
    int group;                        /* GRAPH_ONNX convolutions */
    int multiplier;                   /* depthwise */
    int axis, axes[GRAPH_MAX_RANK], axis_count;
    bool keep_dims, count_include_pad, transpose_a, transpose_b;
    bool keep_num_dims;               /* FULLY_CONNECTED */
    bool align_corners, half_pixel_centers;
    double alpha, beta, epsilon;      /* leaky relu; softmax; batch norm */
    double clip_lo, clip_hi;
    uint32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
    bool slice_offset;                /* a slice's ends count from its begins */
    int batch_dims;                   /* gather */
    bool mean;                        /* rewritten: a mean, by weights of 1 */
    bool onnx;                        /* rewritten: ONNX's rounding (eval.h) */
    enum graph_type to;               /* cast; quantize */
    int64_t ints[GRAPH_MAX_RANK];     /* ONNX attributes that are lists: */
    int int_count;                    /*   perm, shape, pads, split, ... */
};

/* Operators that a rewriting puts before all others, and behind them. */
enum { GRAPH_INDEX_INPUT = -1, GRAPH_INDEX_OUTPUT = -2 };

struct graph_node {
    enum graph_op op;
    const char *kind;                 /* as the file names it: "CONV_2D" */
    const char *name;                 /* "" where the format has none */
    int index;                        /* in the file, from 0; or below */
    int version;                      /* of the operator; ONNX: the opset */
    int input_count, output_count;
    const int *input, *output;        /* tensors; -1: absent */
    struct graph_attributes at;
};

struct graph {
    enum graph_dialect dialect;
    const char *path;
    const char *producer;             /* what wrote the file, for reports */
    int opset;
    int tensor_count, node_count;
    int folded_count;                 /* operators that became constants */
    struct graph_tensor *tensor;
    struct graph_node *node;
    int input_count, output_count;
    const int *input, *output;        /* tensors of the whole graph */
    struct arena arena;               /* owns everything above */
    char digest[65];                  /* SHA-256 of the files, hex */
};

size_t graph_type_bytes(enum graph_type type);
const char *graph_type_name(enum graph_type type);  /* "int8" */
bool graph_type_is_integer(enum graph_type type);

/* Elements of a tensor; 1 for a scalar (rank 0). */
int64_t graph_elements(const struct graph_tensor *tensor);

/* "operator 12 (CONV_2D 'name')" and "tensor 7 'conv1/relu'" in messages, in
 * the graph's arena. */
const char *graph_describe_node(struct graph *graph,
                                const struct graph_node *node);
const char *graph_describe_tensor(struct graph *graph, int tensor);

void graph_release(struct graph *graph);

#endif
