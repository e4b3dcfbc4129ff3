#include "sim/net/net.h"

#include <stdlib.h>

#include "sim/graph/graph.h"
#include "sim/net/host.h"

static const char *const op_names[NET_OPS] = {
    [NET_CONV2D] = "conv2d",
    [NET_DEPTHWISE_CONV2D] = "depthwise_conv2d",
    [NET_FULLY_CONNECTED] = "fully_connected",
    [NET_MAX_POOL2D] = "max_pool2d",
    [NET_AVERAGE_POOL2D] = "average_pool2d",
    [NET_FLATTEN] = "flatten",
    [NET_ADD] = "add",
    [NET_MUL] = "mul",
    [NET_HOST] = "host",
};

static const char *const where_names[NET_WHERES] = {
    [NET_ON_ARRAY] = "array",
    [NET_ON_VECTOR] = "vector",
    [NET_ON_HOST] = "host",
    [NET_FREE] = "free",
    [NET_FOLDED] = "constant",
    [NET_MERGED] = "folded",
    [NET_UNUSED] = "unused",
    [NET_UNSUPPORTED] = "unsupported",
};

const char *net_op_name(enum net_op op)
{
    return op_names[op];
}

const char *net_where_name(enum net_where where)
{
    return where_names[where];
}

void net_release(struct net *net)
{
    if (net->graph)
        graph_release(net->graph);
    free(net->graph);
    net->graph = NULL;
    arena_release(&net->arena);
}

int net_input_count(const struct net_layer *layer)
{
    if (layer->op == NET_HOST)
        return layer->host->live_count;
    return net_op_has_two_inputs(layer->op) ? 2 : 1;
}

int net_input_of(const struct net_layer *layer, int k)
{
    if (layer->op == NET_HOST)
        return layer->host->live[k];
    return k ? layer->second : layer->input;
}

bool net_is_host_only(const struct net *net, int t)
{
    if (t > 0 && net->layer[t - 1].op != NET_HOST)
        return false;
    for (int i = 0; i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];

        if (l->op == NET_HOST)
            continue;
        for (int k = 0; k < net_input_count(l); k++)
            if (net_input_of(l, k) == t)
                return false;
    }
    return true;
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
