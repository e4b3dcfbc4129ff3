/*
 * net.h - a network: tensors, layers and float weights.
 *
 * From a network file of ours (net_read.c), or from an exchange file
 * (net_import.h), whose operators become layers.
 *
 * A network is a list of layers in the order they run. Tensor 0 is the input,
 * tensor i + 1 the output of layer i; a layer reads the tensor of the layer
 * before it unless its `from` names another; `add` and `mul` read two. Tensors
 * are NHWC with N = 1.
 *
 * Weights are kept as [filter][tap], tap = (ky * kernel_w + kx) * in_c + c, so
 * that the order of a filter's numbers is the order of accumulation
 * (docs/numerics.md). A depthwise filter has kernel_h * kernel_w taps.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/config/settings.h"

enum net_op {
    NET_CONV2D,
    NET_DEPTHWISE_CONV2D,
    NET_FULLY_CONNECTED,
    NET_MAX_POOL2D,
    NET_AVERAGE_POOL2D,
    NET_FLATTEN,
    NET_ADD,                      /* of two tensors of one shape, as NET_MUL */
    NET_MUL,
    NET_HOST,                     /* an operator of an exchange file (host.h) */
    NET_OPS
};

enum net_activation { NET_LINEAR, NET_RELU, NET_RELU6, NET_CLAMP };

enum {
    NET_MAX_LAYERS = 512,
    NET_MAX_DIM = 1 << 16,
    NET_MAX_ELEMENTS = 1 << 28    /* of one tensor or one layer's weights */
};

struct net_shape {
    int h, w, c;
};

struct graph;
struct graph_node;
struct host;

struct net_window {
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_bottom, pad_left, pad_right;
};

/*
 * What the file of a quantized network says about a layer, to be carried out as
 * it stands (sim/quant/given.h) where a float network is quantized by us.
 */
struct net_given {
    int weight_bits;
    const int16_t *weight;        /* [filters][taps] codes */
    const double *weight_scale;   /* [filters] */
    const int32_t *weight_zp;     /* [filters] */
    const int32_t *bias;          /* [filters], scale in * weight */
    /* [filters]; mul: [1]: from sums to output codes, by TFLite's rule for the
     * operator. NULL for the rest. */
    const double *factor;
    int mean_of;                  /* > 0: the sum is a mean of so many codes, */
    double mean_scale;            /*   and this the factor without division */
    int32_t out_min, out_max;     /* codes, after the fused activation */
};

/* What a tensor of a quantized network is, by its file. */
struct net_tensor_given {
    double scale;
    int32_t zero_point;
    int32_t min, max;             /* codes of its type */
    int bits;                     /* of its type; 32: float32 */
    bool is_real;                 /* float32, read and written by the host */
};

/* Where an operator of an exchange file went, for reports. Folded: it became a
 * constant. Merged: another operator, or a tensor's scale, does it. */
enum net_where { NET_ON_ARRAY, NET_ON_VECTOR, NET_ON_HOST, NET_FREE, NET_FOLDED,
                 NET_MERGED, NET_UNUSED, NET_UNSUPPORTED, NET_WHERES };

struct net_operator {
    const struct graph_node *node;
    enum net_where where;
    int layer;                    /* -1: none of its own */
    const char *note;             /* why, what it became; "" */
    int64_t macs, weights;        /* by its tensors; 0 if it has no products */
    bool helper;                  /* of the rewriting, for the operator above */
};

struct net_layer {
    const char *name;
    enum net_op op;
    struct place place;           /* of the layer in the network file */
    int input;                    /* tensor read; host: the first, or -1 */
    int second;                   /* the other of add and mul, else -1 */
    const struct host *host;      /* NET_HOST: the operator and its tensors */
    const struct net_given *given;/* quantized networks; NULL: host, flatten */
    struct net_shape in, out;
    struct net_window window;     /* all layers but flatten; 1x1 for fc */
    int multiplier;               /* depthwise: output channels per input */
    int filters;                  /* output channels of a weighted layer */
    int taps;                     /* products per output; window size of a pool */
    bool has_weights;
    float clamp_lo, clamp_hi;     /* fused activation; infinite if none */
    const float *weight;          /* [filters][taps]; NULL: shapes alone */
    const float *bias;            /* [filters] */
};

struct net {
    const char *name;
    const char *path;             /* of the network file */
    struct place place;
    struct net_shape input;
    double input_subtract;        /* real = (pixel - subtract) / divide */
    double input_divide;
    int layer_count;
    struct net_layer *layer;
    /* Of an exchange file, else NULL and 0: */
    struct graph *graph;          /* owned */
    bool refused;                 /* operators say what cannot run; no layers */
    bool quantized;               /* codes and scales are the file's */
    bool input_is_code;           /* integers in a dataset are codes */
    const struct net_tensor_given *tensor_given;  /* [tensors]; quantized */
    const int *graph_tensor;      /* [tensors], which of the graph it is */
    const bool *is_output;        /* [tensors] of the graph: kept to the end */
    int operator_count;
    const struct net_operator *operators;
    struct arena arena;           /* owns everything above */
    char digest[65];              /* SHA-256 of the files, hex */
};

/*
 * Read a network file and its weights. Every error goes to `diag` with its
 * place; returns -1 if there was one. Call net_release in any case.
 */
int net_read(struct net *net, const char *path, struct override_list *overrides,
             struct diag *diag);
void net_release(struct net *net);

/*
 * The layers' shapes alone: the .npz is not opened and need not be named, no
 * layer has weights or biases, the digest covers none. Enough for cycles.
 */
int net_read_shapes(struct net *net, const char *path,
                    struct override_list *overrides, struct diag *diag);

const char *net_op_name(enum net_op op);
/* "array", "vector", "host", "free", "folded", "unused", "unsupported" */
const char *net_where_name(enum net_where where);

static inline int net_tensor_count(const struct net *net)
{
    return net->layer_count + 1;
}

/* Shape of tensor t: 0 is the input, i + 1 the output of layer i. */
static inline struct net_shape net_tensor_shape(const struct net *net, int t)
{
    return t == 0 ? net->input : net->layer[t - 1].out;
}

static inline bool net_op_has_two_inputs(enum net_op op)
{
    return op == NET_ADD || op == NET_MUL;
}

static inline int64_t net_elements(struct net_shape s)
{
    return (int64_t) s.h * s.w * s.c;
}

/* The tensors that a layer reads; of host layers those made while running. */
int net_input_count(const struct net_layer *layer);
int net_input_of(const struct net_layer *layer, int k);

/* The host alone reads and writes tensor t: it takes no activation memory. */
bool net_is_host_only(const struct net *net, int t);

/* Multiply-accumulates of one inference; 0 for layers without weights. */
int64_t net_layer_macs(const struct net_layer *layer);
/* Weights and biases of the layer. */
int64_t net_layer_parameters(const struct net_layer *layer);

#endif
