/*
 * net.h - a network: tensors, layers and float weights.
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

struct net_window {
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_bottom, pad_left, pad_right;
};

struct net_layer {
    const char *name;
    enum net_op op;
    struct place place;           /* of the layer in the network file */
    int input;                    /* tensor read */
    int second;                   /* the other of add and mul, else -1 */
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

/* Multiply-accumulates of one inference; 0 for layers without weights. */
int64_t net_layer_macs(const struct net_layer *layer);
/* Weights and biases of the layer. */
int64_t net_layer_parameters(const struct net_layer *layer);

#endif
