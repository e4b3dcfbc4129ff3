/*
 * onnx_build.h - a graph on its way from an ONNX file; inside the reader only.
 *
 * Tensors are found by name, as ONNX names them. A tensor whose `known` is
 * false has no type and shape yet: it comes from an operator that this program
 * cannot read, directly or not.
 */
#ifndef ONNX_BUILD_H
#define ONNX_BUILD_H

#include "sim/base/digest.h"
#include "sim/graph/graph.h"

struct Onnx__Attribute;
struct Onnx__Model;
struct Onnx__Node;
struct Onnx__Tensor;
struct Onnx__Value;

struct onnx_shape;

struct onnx_name {
    const char *text;             /* in the graph's arena */
    int tensor;
};

/* The shape that the file declares for a tensor; may be open. */
struct onnx_declared {
    bool present;                 /* type and rank at least */
    enum graph_type type;
    int rank;
    int64_t dim[GRAPH_MAX_RANK];  /* -1: open */
};

struct onnx_build {
    struct graph *graph;
    struct diag *diag;
    struct place place;
    const struct Onnx__Model *model;
    const struct onnx_shape *shape; /* for open inputs; NULL: none given */
    const char *folder;           /* of external data; NULL: none allowed */
    int64_t external_bytes;       /* read so far */
    struct digest *digest;        /* of model and external data; may be NULL */
    int tensor_capacity, node_capacity, name_capacity, name_count;
    struct onnx_name *name;       /* open addressing */
    bool *known;                  /* [tensor_capacity] */
    struct onnx_declared *declared; /* [tensor_capacity] */
    bool first_axis;              /* a part's scales lie along axis 0 */
};

/* One operator while it is read. */
struct onnx_node {
    struct onnx_build *build;
    const struct Onnx__Node *proto;
    struct graph_node *node;      /* inputs, outputs, op and version are set */
    int opset;
};

/* -------------------------------------------------- onnx_build.c: the graph */

/* Without memory: one error, and -1 or NULL, from all of these. */
int onnx_no_memory(struct onnx_build *b);
int onnx_add_tensor(struct onnx_build *b, const char *name);

/* At most GRAPH_MAX_NODES times: sort_nodes has counted them. */
struct graph_node *onnx_add_node(struct onnx_build *b);
/* The tensor of that name, or -1. */
int onnx_find_tensor(const struct onnx_build *b, const char *name);

/* ------------------------------------------------ onnx_tensor.c: its values */

/* Type, shape and values of a constant. `who` starts the messages. 0 or -1. */
int onnx_tensor_load(struct onnx_build *b, const struct Onnx__Tensor *proto,
                     const char *who, struct graph_tensor *tensor);
/* The type of ONNX's number, or GRAPH_TYPES; its name for messages. */
enum graph_type onnx_type_of(int32_t data_type);
const char *onnx_type_name(int32_t data_type);

/* `bytes` bytes of an external file, in the graph's arena; the file is checked
 * to lie in the folder. NULL and an error. */
const void *onnx_external_read(struct onnx_build *b,
                               const struct Onnx__Tensor *proto,
                               const char *who, size_t bytes);

/* ------------------------------------------ onnx_attr.c: what operators say */

/* Report "operator 3 (Conv 'x'): ..."; always -1. */
int onnx_fail(const struct onnx_node *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const struct Onnx__Attribute *onnx_attr(const struct onnx_node *n,
                                         const char *name);
/* These store the default when the attribute is absent. 0 or -1. */
int onnx_attr_int(const struct onnx_node *n, const char *name, int64_t lo,
                  int64_t hi, int64_t absent, int64_t *value);
int onnx_attr_float(const struct onnx_node *n, const char *name, double absent,
                    double *value);
/* The text, "" when absent, in the arena; NULL and an error. */
const char *onnx_attr_text(const struct onnx_node *n, const char *name);
/* At most `max`; *count = -1 when absent. 0 or -1. */
int onnx_attr_ints(const struct onnx_node *n, const char *name, int max,
                   int64_t *value, int *count);

/* The tensor at input i, or NULL when there is none. */
const struct graph_tensor *onnx_in(const struct onnx_node *n, int i);
/* Its constant integers: *count = -1 when absent, -2 when not constant. */
int onnx_in_ints(const struct onnx_node *n, int i, int max, int64_t *value,
                 int *count);

/* A new constant becomes input i (those between become absent). 0 or -1. */
int onnx_set_input(struct onnx_node *n, int i, enum graph_type type, int rank,
                   int64_t count, const void *values);

/* Are the scales at input i, if constant, positive and finite? 0 or -1. */
int onnx_check_scale(const struct onnx_node *n, int i);

/* An axis in [-rank, rank) as one in [0, rank); -1 and an error otherwise. */
int onnx_axis(const struct onnx_node *n, int64_t axis, int rank);

/* Type and shape of output i; checks the shape. 0 or -1. */
int onnx_out(struct onnx_node *n, int i, enum graph_type type, int rank,
             const int64_t *dim);
/* The same, of the type and shape of a tensor. */
int onnx_out_like(struct onnx_node *n, int i, const struct graph_tensor *t);
/* The shape that the file declares for an output, for one that no constant
 * tells; else an error that names input i. */
int onnx_out_declared(struct onnx_node *n, int output, int i,
                      enum graph_type type);

/* -------------------------------------- onnx_op.c, onnx_shape*.c: operators */

struct onnx_op {
    const char *name;
    const char *domain;           /* "" is ONNX's own */
    enum graph_op op;
    int min_inputs, max_inputs, max_outputs;
    const char *attributes;       /* all that are known, with spaces around */
    int (*infer)(struct onnx_node *n);
};

const struct onnx_op *onnx_op_find(const char *domain, const char *name);
/* Why an operator that is not in the table is not, and what would work. */
const char *onnx_op_reason(const char *domain, const char *name);

int onnx_infer_conv(struct onnx_node *n);
int onnx_infer_pool(struct onnx_node *n);
int onnx_infer_global_pool(struct onnx_node *n);
int onnx_infer_qlinear_conv(struct onnx_node *n);
int onnx_infer_conv_integer(struct onnx_node *n);

int onnx_infer_gemm(struct onnx_node *n);
int onnx_infer_mat_mul(struct onnx_node *n);
int onnx_infer_qlinear_mat_mul(struct onnx_node *n);
int onnx_infer_mat_mul_integer(struct onnx_node *n);
int onnx_infer_quantize(struct onnx_node *n);
int onnx_infer_dequantize(struct onnx_node *n);
int onnx_infer_dynamic_quantize(struct onnx_node *n);
int onnx_infer_qonnx(struct onnx_node *n);

int onnx_infer_same(struct onnx_node *n);
int onnx_infer_dropout(struct onnx_node *n);
int onnx_infer_broadcast(struct onnx_node *n);
int onnx_infer_float(struct onnx_node *n);
int onnx_infer_clip(struct onnx_node *n);
int onnx_infer_batch_norm(struct onnx_node *n);
int onnx_infer_softmax(struct onnx_node *n);
int onnx_infer_reduce(struct onnx_node *n);
int onnx_infer_cast(struct onnx_node *n);
int onnx_infer_shape(struct onnx_node *n);
int onnx_infer_constant(struct onnx_node *n);
int onnx_infer_constant_of_shape(struct onnx_node *n);

int onnx_infer_reshape(struct onnx_node *n);
int onnx_infer_flatten(struct onnx_node *n);
int onnx_infer_squeeze(struct onnx_node *n);
int onnx_infer_unsqueeze(struct onnx_node *n);
int onnx_infer_transpose(struct onnx_node *n);
int onnx_infer_concat(struct onnx_node *n);
int onnx_infer_split(struct onnx_node *n);
int onnx_infer_slice(struct onnx_node *n);
int onnx_infer_gather(struct onnx_node *n);
int onnx_infer_pad(struct onnx_node *n);
int onnx_infer_expand(struct onnx_node *n);

/* ------------------------------------- onnx_compose.c: several parts in one */

/* True for an operator that is read as the several that define it. */
bool onnx_is_composed(const char *domain, const char *name);
/* Adds its parts. The node of `n` has inputs and outputs only. 0 or -1. */
int onnx_compose(struct onnx_node *n);

/* ----------------------------------------------- onnx.c: one operator added */

/* Adds a node, reads its attributes, infers its outputs, folds it if it is
 * constant. Tensors -1 are absent. 0 or -1. */
int onnx_build_node(struct onnx_build *b, const struct Onnx__Node *proto,
                    int index, const struct onnx_op *op, int input_count,
                    const int *input, int output_count, const int *output);

#endif
