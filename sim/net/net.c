#include "sim/net/net.h"

static const char *const op_names[NET_OPS] = {
    [NET_CONV2D] = "conv2d",
    [NET_DEPTHWISE_CONV2D] = "depthwise_conv2d",
    [NET_FULLY_CONNECTED] = "fully_connected",
    [NET_MAX_POOL2D] = "max_pool2d",
    [NET_AVERAGE_POOL2D] = "average_pool2d",
    [NET_FLATTEN] = "flatten",
    [NET_ADD] = "add",
    [NET_MUL] = "mul",
};

const char *net_op_name(enum net_op op)
{
    return op_names[op];
}

void net_release(struct net *net)
{
    arena_release(&net->arena);
}

int64_t net_layer_macs(const struct net_layer *layer)
{
    if (!layer->has_weights)
        return 0;
    return net_elements(layer->out) * layer->taps;
}

int64_t net_layer_parameters(const struct net_layer *layer)
{
    if (!layer->has_weights)
        return 0;
    return (int64_t) layer->filters * (layer->taps + 1);
}
