#include "sim/graph/onnx_lower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/graph/onnx_lower_parts.h"

static int (*const rules[GRAPH_OPS])(struct lower *,
                                     const struct graph_node *) = {
    [GRAPH_CONV_2D] = lower_conv,
    [GRAPH_QLINEAR_CONV] = lower_qlinear_conv,
    [GRAPH_FULLY_CONNECTED] = lower_matrix,
    [GRAPH_MAT_MUL] = lower_matrix,
    [GRAPH_QLINEAR_MAT_MUL] = lower_qlinear_matrix,
    [GRAPH_BATCH_NORM] = lower_batch_norm,
    [GRAPH_ADD] = lower_binary,
    [GRAPH_SUB] = lower_binary,
    [GRAPH_MUL] = lower_binary,
    [GRAPH_DIV] = lower_binary,
    [GRAPH_RELU] = lower_unary,
    [GRAPH_CLIP] = lower_unary,
    [GRAPH_LEAKY_RELU] = lower_unary,
    [GRAPH_LOGISTIC] = lower_unary,
    [GRAPH_TANH] = lower_unary,
    [GRAPH_SOFTMAX] = lower_softmax,
    [GRAPH_MAX_POOL_2D] = lower_pool,
    [GRAPH_AVERAGE_POOL_2D] = lower_pool,
    [GRAPH_GLOBAL_AVERAGE_POOL] = lower_mean,
    [GRAPH_MEAN] = lower_mean,
    [GRAPH_CONCATENATION] = lower_concat,
    [GRAPH_PAD] = lower_pad,
    [GRAPH_STRIDED_SLICE] = lower_slice,
    [GRAPH_SPLIT] = lower_split,
    [GRAPH_RESHAPE] = lower_reshape,
    [GRAPH_FLATTEN] = lower_reshape,
    [GRAPH_SQUEEZE] = lower_reshape,
    [GRAPH_EXPAND_DIMS] = lower_reshape,
    [GRAPH_TRANSPOSE] = lower_transpose,
    [GRAPH_IDENTITY] = lower_identity,
    [GRAPH_QUANTIZE] = lower_quantize,
    [GRAPH_DEQUANTIZE] = lower_dequantize,
    [GRAPH_DYNAMIC_QUANTIZE] = lower_dynamic,
    [GRAPH_CONV_INTEGER] = lower_integer_conv,
    [GRAPH_MAT_MUL_INTEGER] = lower_integer_matrix,
    [GRAPH_CAST] = lower_cast,
};

/* Those that do run, of the kind of what does not. */
#define OF_ONE "Relu, Clip, LeakyRelu, Sigmoid, Tanh, Softmax"
#define OF_TWO "Add, Sub, Mul, Div"
#define OF_POOLS "ReduceMean, GlobalAveragePool, AveragePool, MaxPool"
#define OF_MOVES "Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Concat, " \
                 "Split, Slice, Pad"
#define OF_SUMS "Conv, Gemm, MatMul, QLinearConv, QLinearMatMul"

static const struct {
    const char *kinds;                /* each between spaces */
    const char *nearest;
} supported[] = {
    { " Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp "
      "Floor Gelu HardSigmoid HardSwish Hardmax Log LogSoftmax Mish Neg PRelu "
      "Pow Reciprocal Round Selu Shrink Sigmoid Sign Sin Sinh Softplus "
      "Softsign Sqrt Tan ThresholdedRelu ", OF_ONE },
    { " And BitShift Equal Greater GreaterOrEqual Less LessOrEqual Max Mean "
      "Min Mod Or Sum Where Xor ", OF_TWO },
    { " ArgMax ArgMin GlobalLpPool GlobalMaxPool InstanceNormalization "
      "LayerNormalization LpNormalization LpPool LRN ReduceL1 ReduceL2 "
      "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMin ReduceProd ReduceSum "
      "ReduceSumSquare ", OF_POOLS },
    { " Compress DepthToSpace Expand Gather GatherElements GatherND Resize "
      "ReverseSequence RoiAlign ScatterElements ScatterND SpaceToDepth Tile "
      "TopK Upsample ", OF_MOVES },
    { " ConvTranspose Einsum GRU LSTM RNN Attention DeformConv ", OF_SUMS },
};

static const char *nearest_of(const char *kind)
{
    char word[64];

    snprintf(word, sizeof(word), " %.60s ", kind);
    for (size_t i = 0; i < sizeof(supported) / sizeof(*supported); i++)
        if (strstr(supported[i].kinds, word))
            return supported[i].nearest;
    return NULL;
}

/* Why an operator has no form here, and what has. */
static void tell_lost(struct lower *l, const struct graph_node *node)
{
    const char *nearest = nearest_of(node->kind);

    switch (node->op) {
    case GRAPH_QONNX_QUANT:
    case GRAPH_QONNX_BIPOLAR:
        lower_set_fate(l, node, true, "quantized activations of QONNX are not "
                       "supported; export as QDQ (qonnx's convert to QCDQ)");
        return;
    default:
        lower_set_fate(l, node, true, "is not supported on the machine or on "
                       "the host%s%s", nearest ? "; of its kind are: " : "",
                       nearest ? nearest : "");
    }
}

/* An operator that is lost: kept, so that the report has it. */
static void keep_lost(struct lower *l, const struct graph_node *node)
{
    int *list = lower_alloc(l, node->input_count + node->output_count + 1,
                            sizeof(*list));
    int order[GRAPH_MAX_RANK], count = 0;

    if (!list)
        return;
    if (!*l->fate[node - l->from->node].text)
        tell_lost(l, node);
    l->fate[node - l->from->node].lost = true;
    for (int i = 0; i < node->input_count; i++) {
        const int t = node->input[i];
        lower_plain_order(t < 0 ? 0 : lower_from(l, t)->rank, order);
        if (t >= 0 && l->value[t].tensor >= 0)
            list[count++] = lower_get(l, node, t, order, false);
    }
    int made = 0;

    for (int i = 0; i < node->output_count; i++) {
        const int t = node->output[i];
        if (t < 0)
            continue;
        lower_plain_order(lower_from(l, t)->rank, order);
        const int to = lower_make(l, t, order);
        list[node->input_count + made++] = to;
        lower_bind(l, t, to, order, false);
    }
    struct graph_node *n = lower_emit(l, GRAPH_UNKNOWN, node, -1, -1, -1, -1);

    n->input = list;
    n->input_count = count;
    n->output = list + node->input_count;
    n->output_count = made;
    for (int i = 0; !l->failed && i < made; i++)
        l->to->tensor[n->output[i]].producer = l->to->node_count - 1;
}

/* ------------------------------------------------------------------- ends */

/* Where the scale of a graph's input of codes stands: in who reads it. */
static bool input_scale(struct lower *l, int t, float *scale, int32_t *zero)
{
    for (int i = 0; i < l->from->node_count; i++) {
        const struct graph_node *n = &l->from->node[i];
        if (n->input_count > 1 && n->input[0] == t
            && (n->op == GRAPH_DEQUANTIZE || n->op == GRAPH_QLINEAR_CONV
                || n->op == GRAPH_QLINEAR_MAT_MUL))
            return lower_scale_of(l, n->input[1],
                                  n->input_count > 2 ? n->input[2] : -1,
                                  lower_from(l, t)->type, scale, zero);
    }
    return false;
}

static int lower_input(struct lower *l, int t)
{
    const struct graph_tensor *x = lower_from(l, t);
    const struct graph_node here = { .kind = "input", .name = x->name,
                                     .index = GRAPH_INDEX_INPUT };
    int order[GRAPH_MAX_RANK];
    enum graph_type type;
    int32_t zero, shift;
    float scale;

    lower_plain_order(x->rank, order);
    if (x->rank == 4)
        lower_image_order(x->rank, order);
    const int in = lower_make(l, t, order);

    lower_bind(l, t, in, order, false);
    if (l->failed || !lower_code_type(x->type, &type, &shift)
        || !input_scale(l, t, &scale, &zero))
        return in;
    const int32_t file_zero = zero + shift;

    lower_set_quant(l, in, 1, 0, &scale, &file_zero);
    if (!shift || l->failed)
        return in;
    const int codes = lower_tensor(l, "", type, x->rank, l->to->tensor[in].dim);

    lower_set_quant(l, codes, 1, 0, &scale, &zero);
    lower_emit(l, GRAPH_QUANTIZE, &here, in, -1, -1, codes);
    lower_bind(l, t, codes, order, false);
    return in;
}

static int lower_output(struct lower *l, int t)
{
    const struct graph_tensor *x = lower_from(l, t);
    const struct graph_node here = { .kind = "output", .name = x->name,
                                     .index = GRAPH_INDEX_OUTPUT };
    int order[GRAPH_MAX_RANK], image[GRAPH_MAX_RANK];
    enum graph_type type;
    int32_t shift;

    lower_plain_order(x->rank, order);
    lower_image_order(x->rank, image);
    if (x->rank == 4)
        memcpy(order, image, sizeof(order));
    int out = lower_get(l, &here, t, order, true);

    if (l->failed || !lower_code_type(x->type, &type, &shift) || !shift
        || l->to->tensor[out].quant.count != 1)
        return out;
    const struct graph_tensor codes = l->to->tensor[out];
    const int32_t zero = codes.quant.zero_point[0] + shift;
    const int file = lower_tensor(l, x->name, x->type, codes.rank, codes.dim);

    lower_set_quant(l, file, 1, 0, codes.quant.scale, &zero);
    lower_emit(l, GRAPH_QUANTIZE, &here, out, -1, -1, file);
    return file;
}

/* -------------------------------------------------------------------- all */

static void count_readers(struct lower *l)
{
    for (int i = 0; i < l->from->node_count; i++) {
        const struct graph_node *node = &l->from->node[i];
        for (int k = 0; k < node->input_count; k++) {
            if (node->input[k] < 0)
                continue;
            l->readers[node->input[k]]++;
            l->reader[node->input[k]] = i;
        }
    }
}

static void lower_all(struct lower *l)
{
    const struct graph *from = l->from;
    int *input = lower_alloc(l, from->input_count, sizeof(*input));
    int *output = lower_alloc(l, from->output_count, sizeof(*output));

    if (l->failed)
        return;
    count_readers(l);
    l->to->input = input;
    l->to->output = output;
    for (int i = 0; i < from->input_count; i++)
        input[l->to->input_count++] = lower_input(l, from->input[i]);
    for (int i = 0; i < from->node_count && !l->failed; i++) {
        const struct graph_node *node = &from->node[i];
        if (l->done[i])
            continue;
        if (!rules[node->op] || node->output[0] < 0 || rules[node->op](l, node))
            keep_lost(l, node);
    }
    for (int i = 0; i < from->output_count && !l->failed; i++)
        output[l->to->output_count++] = lower_output(l, from->output[i]);
}

static int start(struct lower *l, struct onnx_lowered *lowered)
{
    const struct graph *from = l->from;
    struct graph *g = &lowered->graph;

    l->to = g;
    l->value = lower_alloc(l, from->tensor_count, sizeof(*l->value));
    l->readers = lower_alloc(l, from->tensor_count, sizeof(*l->readers));
    l->reader = lower_alloc(l, from->tensor_count, sizeof(*l->reader));
    l->done = lower_alloc(l, from->node_count, sizeof(*l->done));
    l->fate = lower_alloc(l, from->node_count, sizeof(*l->fate));
    if (l->failed)
        return -1;
    for (int i = 0; i < from->tensor_count; i++)
        l->value[i].tensor = l->value[i].real = -1;
    for (int i = 0; i < from->node_count; i++)
        l->fate[i] = (struct onnx_fate) { &from->node[i], false, "" };
    lowered->fate = l->fate;
    return 0;
}

int onnx_lower(struct onnx_lowered *lowered, const struct graph *from,
               struct diag *diag, struct place place)
{
    struct lower l = { .from = from, .diag = diag, .place = place };
    struct graph *g = &lowered->graph;

    memset(lowered, 0, sizeof(*lowered));
    arena_init(&g->arena, from->arena.limit);
    g->dialect = GRAPH_TFLITE;
    g->path = arena_strdup(&g->arena, from->path);
    g->producer = arena_strdup(&g->arena, from->producer);
    l.failed = !g->path || !g->producer;
    g->opset = from->opset;
    g->folded_count = from->folded_count;
    memcpy(g->digest, from->digest, sizeof(g->digest));
    if (start(&l, lowered) == 0)
        lower_all(&l);
    if (!l.failed)
        return 0;
    if (!diag_error_count(diag))
        diag_error(diag, place, "'%s' needs more than %zu bytes of memory",
                   from->path, from->arena.limit);
    return -1;
}

void onnx_lowered_release(struct onnx_lowered *lowered)
{
    graph_release(&lowered->graph);
}
