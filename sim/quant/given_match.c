/*
 * given_match.c - whose results a machine's are, operator by operator. Every
 * key of the hardware file that the arithmetic depends on is asked for here.
 */
#include "sim/quant/given.h"

#include <stdint.h>

#include "sim/graph/graph.h"

/* TensorFlow Lite's left shift of the inputs of an int8 ADD. */
enum { TFLITE_ADD_SHIFT = 20, TFLITE_SUM_BITS = 32 };

const char *const given_match_names[] = { "yes", "near", "no" };

static bool is_onnx(const struct net *net)
{
    return net->graph && net->graph->opset > 0;
}

/* ---------------------------------------------------------------- machine */

/* Max pools, the clamps that became such, and flatten only choose and move. */
static bool only_moves(const struct net_layer *l)
{
    return l->op == NET_MAX_POOL2D || l->op == NET_FLATTEN;
}

static bool requantizes_alike(const struct net *net, const struct hw *hw,
                              const struct net_layer *l, const char **why)
{
    const struct fx_preset *p = &fx_presets[hw->preset];
    const bool wide = l->has_weights && net->tensor_given[l->input].bits == 16;

    *why = "the hardware file replaces a part of its requantize preset";
    if (!hw->preset_whole)
        return false;
    *why = "ONNX's arithmetic is 'requantize: {preset: onnx}'";
    if (is_onnx(net))
        return hw->preset == FX_PRESET_ONNX;
    *why = "16-bit activations want 'requantize: {preset: int16x8}'";
    if (wide)
        return p->narrowed;
    *why = "TensorFlow Lite's arithmetic is 'requantize: {preset: tflite}'";
    return p->multiplier_bits == 32 && p->double_round;
}

/* The widest sum of a layer without weights: of raw codes, or one product. */
static int bits_of_plain_sum(const struct net *net, const struct net_layer *l)
{
    const int bits = net->tensor_given[l->input].bits;
    const int64_t code = INT64_C(1) << (bits - 1);

    if (l->op == NET_MUL)
        return 2 * bits + 1;
    return fx_bits_needed(-code * l->taps, code * l->taps);
}

static bool sums_alike(const struct net *net, const struct hw *hw,
                       const struct net_layer *l, bool proved,
                       const char **why)
{
    *why = "";
    if (l->op == NET_ADD) {
        *why = "its inputs are shifted by fewer than TensorFlow Lite's 20 "
               "bits, for which 'accumulator.bits' must be 'activation.bits' and 22";
        return is_onnx(net) || hw_add_shift(hw) == TFLITE_ADD_SHIFT;
    }
    if (!l->has_weights) {
        *why = "its sums need more than 'accumulator.bits'";
        return bits_of_plain_sum(net, l) <= hw->acc_bits;
    }
    *why = "products are narrowed by 'product.bits'";
    if (hw->product_bits != 0)
        return false;
    *why = "sums may leave 'accumulator.bits'";
    return proved || (hw->acc_bits >= TFLITE_SUM_BITS
                      && net->tensor_given[l->input].bits < 16);
}

/* ------------------------------------------------------------------- file */

static bool same_scale(const struct graph *g, int a, int b)
{
    const struct graph_quant *x = &g->tensor[a].quant;
    const struct graph_quant *y = &g->tensor[b].quant;

    return x->count == 1 && y->count == 1 && x->scale[0] == y->scale[0];
}

/* Is it defined on codes, or a move, so that there is one result? Rescaling of
 * codes is a float32 multiplication and a division there. */
static bool has_one_result(const struct graph *g, const struct graph_node *n)
{
    const bool real = g->tensor[n->output[0]].type == GRAPH_FLOAT32;

    switch (n->op) {
    case GRAPH_CONV_2D:
    case GRAPH_FULLY_CONNECTED: return !real;
    case GRAPH_DEPTHWISE_CONV_2D: return !real && !n->at.mean;
    case GRAPH_ADD:
    case GRAPH_SUB:
    case GRAPH_MUL:
    case GRAPH_DIV:
    case GRAPH_AVERAGE_POOL_2D:
    case GRAPH_MEAN:
    case GRAPH_SOFTMAX:
    case GRAPH_LOGISTIC:
    case GRAPH_TANH:
    case GRAPH_LEAKY_RELU: return false;
    case GRAPH_QUANTIZE:
    case GRAPH_RELU:
    case GRAPH_RELU6:
    case GRAPH_RELU_N1_TO_1:
        return g->tensor[n->input[0]].type == GRAPH_FLOAT32
               || same_scale(g, n->input[0], n->output[0]);
    default: return true;
    }
}

enum given_match given_match(const struct net *net, const struct hw *hw,
                             const struct net_operator *o, bool proved,
                             const char **why)
{
    const struct net_layer *l = o->layer >= 0 && o->layer < net->layer_count
                                    ? &net->layer[o->layer] : NULL;

    if (l && (o->where == NET_ON_ARRAY || o->where == NET_ON_VECTOR)
        && !only_moves(l)
        && (!requantizes_alike(net, hw, l, why)
            || !sums_alike(net, hw, l, proved, why)))
        return GIVEN_DIFFERS;
    *why = "ONNX computes it in float32";
    if (is_onnx(net) && (l || o->where == NET_FREE)
        && !has_one_result(net->graph, o->node))
        return GIVEN_NEAR;
    *why = "";
    return GIVEN_EXACT;
}
