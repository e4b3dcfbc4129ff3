/*
 * onnx_lower_parts.h - what the rewriting's files share. Not for others.
 *
 * Out of memory is sticky: `failed` is set, and indices of tensors are then 0,
 * so that only onnx_lower looks at it.
 */
#ifndef ONNX_LOWER_PARTS_H
#define ONNX_LOWER_PARTS_H

#include "sim/graph/onnx_lower.h"

/* A tensor of the ONNX graph, as the new graph has it. */
struct lower_value {
    int tensor;                       /* of the new graph; -1: none yet */
    int real;                         /* its DEQUANTIZE, once made; else -1 */
    bool codes_as_reals;              /* ONNX has reals, `tensor` their codes */
    int rank;                         /* 0 and more; dimension k of `tensor` */
    int order[GRAPH_MAX_RANK];        /*   is ONNX's axis order[k] */
    /* A matrix [1][n] whose columns are these dimensions, stored in an order
     * of their own; flat_rank 0: it is not. */
    int flat_rank;
    int64_t flat_dim[GRAPH_MAX_RANK]; /* as stored */
    int flat_order[GRAPH_MAX_RANK];   /* stored dimension k was axis .. */
};

struct lower {
    const struct graph *from;
    struct graph *to;
    struct diag *diag;
    struct place place;
    struct onnx_fate *fate;
    int tensor_capacity, node_capacity;
    struct lower_value *value;        /* [from->tensor_count] */
    int *readers, *reader;            /* [tensor]: how many, the last of them */
    bool *done;                       /* [node]: part of one before it */
    bool failed;
};

/* Where an operator's result goes, past what is folded into it. */
struct lower_end {
    int tensor;                       /* of the ONNX graph */
    enum graph_activation activation;
    int quantizer;                    /* QuantizeLinear at the end; -1: none */
    float scale;
    int32_t zero_point;               /* of the codes as they are here */
    enum graph_type type;
};

/* -------------------------------------------- onnx_lower_graph.c: the graph */

int lower_tensor(struct lower *l, const char *name, enum graph_type type,
                 int rank, const int64_t *dim);
/* Data is copied. */
int lower_constant(struct lower *l, const char *name, enum graph_type type,
                   int rank, const int64_t *dim, const void *data);
int lower_list(struct lower *l, int count, const int32_t *values);
void *lower_alloc(struct lower *l, int64_t count, size_t each);
void lower_set_quant(struct lower *l, int tensor, int count, int axis,
                     const float *scale, const int32_t *zero_point);
/* A node that stands for `of`; inputs of -1 at the end are left out. */
struct graph_node *lower_emit(struct lower *l, enum graph_op op,
                              const struct graph_node *of, int a, int b, int c,
                              int output);
void lower_set_fate(struct lower *l, const struct graph_node *node, bool lost,
                    const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline const struct graph_tensor *lower_from(const struct lower *l,
                                                    int tensor)
{
    return &l->from->tensor[tensor];
}

/* ------------------------------------- onnx_lower_value.c: constants, order */

/* The reals of a constant, or of one behind DequantizeLinear; NULL: neither. */
const float *lower_reals(struct lower *l, int tensor);
/* The first real of a constant of one element. false: it is not one. */
bool lower_scalar(struct lower *l, int tensor, float *value);

/* The storage of images and of [n][c][w]; ONNX's own order. */
void lower_image_order(int rank, int *order);
void lower_plain_order(int rank, int *order);

/* Shape of an ONNX tensor in that order. */
void lower_dims(const struct graph_tensor *t, const int *order, int64_t *dim);
/* A new tensor for ONNX tensor `t`, in that order, of reals or codes. */
int lower_make(struct lower *l, int t, const int *order);
/* Declare that ONNX tensor t is now this one. */
void lower_bind(struct lower *l, int t, int tensor, const int *order,
                bool codes_as_reals);

/* Tensor t of the ONNX graph in that order, as codes if it has them (and
 * `reals` is false), else as reals. Constants are laid out so. */
int lower_get(struct lower *l, const struct graph_node *node, int t,
              const int *order, bool reals);

/* As it is stored; t is not a constant. */
int lower_get_stored(struct lower *l, const struct graph_node *node, int t,
                     bool reals);
/* The same elements under another shape; free. */
int lower_reshape_to(struct lower *l, const struct graph_node *node,
                     int tensor, int rank, const int64_t *dim);

/* An operator's end: what follows it that can be folded. With `codes` only up
 * to a QuantizeLinear, else it is none. */
struct lower_end lower_find_end(struct lower *l, const struct graph_node *node,
                                bool codes);
/* Codes whose least is 0 have a Relu in them: say so, for the reals that stand
 * beside them as reference. */
void lower_imply_relu(struct lower_end *end);
/* Mark what lies between as part of `node`, make and bind the result. */
int lower_finish(struct lower *l, const struct graph_node *node,
                 const struct lower_end *end, const int *order);

/*
 * Of operators whose kernel has no activation, which write `out` through one:
 * the tensor that they write themselves (`out` where the end has none). Once
 * they are emitted, lower_clamp makes the activation an operator of its own.
 */
int lower_unclamped(struct lower *l, const struct lower_end *end, int out);
void lower_clamp(struct lower *l, const struct graph_node *node,
                 const struct lower_end *end, int unclamped, int out);

bool lower_has_codes(const struct lower *l, int t);
/* Scale and zero point as they are here; the type as the new graph has it.
 * false: a type that has no form, said in `why`. */
bool lower_code_type(enum graph_type type, enum graph_type *to, int32_t *shift);
bool lower_scale_of(struct lower *l, int scale, int zero, enum graph_type type,
                    float *out_scale, int32_t *out_zero);
/* The fate of a node that lower_scale_of has refused: which condition, what
 * value. */
void lower_refuse_scale(struct lower *l, const struct graph_node *node,
                        int scale, int zero, enum graph_type type);

/* -------------------------------------------- onnx_lower_*.c: the operators */

/* 0: done. 1: no form, and the fate says why. */
int lower_conv(struct lower *l, const struct graph_node *node);
int lower_matrix(struct lower *l, const struct graph_node *node);
int lower_qlinear_conv(struct lower *l, const struct graph_node *node);
int lower_qlinear_matrix(struct lower *l, const struct graph_node *node);
int lower_batch_norm(struct lower *l, const struct graph_node *node);

int lower_binary(struct lower *l, const struct graph_node *node);
int lower_unary(struct lower *l, const struct graph_node *node);
int lower_softmax(struct lower *l, const struct graph_node *node);
int lower_pool(struct lower *l, const struct graph_node *node);
int lower_mean(struct lower *l, const struct graph_node *node);
int lower_concat(struct lower *l, const struct graph_node *node);
int lower_pad(struct lower *l, const struct graph_node *node);
int lower_slice(struct lower *l, const struct graph_node *node);
int lower_split(struct lower *l, const struct graph_node *node);
int lower_reshape(struct lower *l, const struct graph_node *node);
int lower_transpose(struct lower *l, const struct graph_node *node);
int lower_identity(struct lower *l, const struct graph_node *node);
int lower_quantize(struct lower *l, const struct graph_node *node);
int lower_dequantize(struct lower *l, const struct graph_node *node);

int lower_dynamic(struct lower *l, const struct graph_node *node);
int lower_integer_conv(struct lower *l, const struct graph_node *node);
int lower_integer_matrix(struct lower *l, const struct graph_node *node);
int lower_cast(struct lower *l, const struct graph_node *node);
/* Weights of an integer sum less their zero point, in the file's order. NULL:
 * out of memory, or it has no form and the fate says why. */
const float *lower_integer_weights(struct lower *l,
                                   const struct graph_node *node);

#endif
