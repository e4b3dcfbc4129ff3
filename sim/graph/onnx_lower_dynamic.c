/*
 * Scales that are known only while running: DynamicQuantizeLinear in front of
 * ConvInteger and MatMulInteger, and the Cast behind them.
 *
 * Here codes are code - zero point from the start, whole numbers in float32, and
 * so are weights and sums: products of uint8 are exact, and so is a sum below
 * 2^24. Nothing else may read such codes, for it would take them for others.
 */
#include "sim/graph/onnx_eval_ops.h"
#include "sim/graph/onnx_lower_parts.h"

static bool sums_integers(const struct graph_node *node)
{
    return node->op == GRAPH_CONV_INTEGER || node->op == GRAPH_MAT_MUL_INTEGER;
}

static int zero_of(const struct graph_node *node)
{
    return node->input_count > 2 ? node->input[2] : -1;
}

/* Do only integer sums read these codes and this zero point, as a pair? */
static bool is_pair(const struct lower *l, int codes, int zero)
{
    for (int i = 0; i < l->from->output_count; i++)
        if (l->from->output[i] == codes || l->from->output[i] == zero)
            return false;
    for (int i = 0; i < l->from->node_count; i++) {
        const struct graph_node *n = &l->from->node[i];

        for (int k = 0; k < n->input_count; k++) {
            if (n->input[k] < 0
                || (n->input[k] != codes && n->input[k] != zero))
                continue;
            if (!sums_integers(n) || k == 1 || k == 3 || n->input[0] != codes
                || zero_of(n) != zero)
                return false;
        }
    }
    return true;
}

int lower_dynamic(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], codes = node->output[0];
    const int scale = node->output_count > 1 ? node->output[1] : -1;
    const int zero = node->output_count > 2 ? node->output[2] : -1;
    int *list = lower_alloc(l, 3, sizeof(*list));
    int order[GRAPH_MAX_RANK];

    if (x < 0 || l->value[x].tensor < 0 || scale < 0 || zero < 0
        || lower_from(l, x)->type != GRAPH_FLOAT32 || !is_pair(l, codes, zero)) {
        lower_set_fate(l, node, true, "its codes and zero point must be read by "
                       "ConvInteger and MatMulInteger alone; quantize statically "
                       "(QDQ or QLinear)");
        return 1;
    }
    const int from = lower_get_stored(l, node, x, true);

    if (!list || l->failed)
        return 0;
    const struct graph_tensor like = l->to->tensor[from];

    list[0] = from;
    list[1] = lower_tensor(l, lower_from(l, codes)->name, GRAPH_FLOAT32,
                           like.rank, like.dim);
    list[2] = lower_tensor(l, lower_from(l, scale)->name, GRAPH_FLOAT32, 0,
                           NULL);
    struct graph_node *n = lower_emit(l, GRAPH_DYNAMIC_QUANTIZE, node, from, -1,
                                      -1, list[1]);

    n->output = list + 1;
    n->output_count = 2;
    if (l->failed)
        return 0;
    l->to->tensor[list[2]].producer = l->to->node_count - 1;
    l->value[codes] = l->value[x];
    l->value[codes].tensor = list[1];
    l->value[codes].real = -1;
    l->value[codes].codes_as_reals = false;
    lower_plain_order(0, order);
    lower_bind(l, scale, list[2], order, false);
    return 0;
}

/* Is the only reader of an integer sum a Cast to float32? */
static bool is_cast(const struct lower *l, int t)
{
    for (int i = 0; i < l->from->output_count; i++)
        if (l->from->output[i] == t)
            return false;
    const struct graph_node *n = &l->from->node[l->reader[t]];

    return l->readers[t] == 1 && n->op == GRAPH_CAST
           && n->at.to == GRAPH_FLOAT32;
}

const float *lower_integer_weights(struct lower *l,
                                   const struct graph_node *node)
{
    const int zero = node->input_count > 3 ? node->input[3] : -1;
    const int x = node->input[0], made = lower_from(l, x)->producer;
    const struct graph_tensor *w = lower_from(l, node->input[1]);
    const struct graph_tensor *z = zero < 0 ? NULL : lower_from(l, zero);

    if (made < 0 || l->from->node[made].op != GRAPH_DYNAMIC_QUANTIZE
        || l->value[x].tensor < 0) {
        lower_set_fate(l, node, true, "its input must be DynamicQuantizeLinear's"
                       "; quantize statically (QLinear)");
        return NULL;
    }
    if (!w->data || (z && (!z->data || graph_elements(z) != 1))
        || !is_cast(l, node->output[0])) {
        lower_set_fate(l, node, true, "its weights must be constant with one "
                       "zero point, and a Cast to float32 follow");
        return NULL;
    }
    const int64_t count = graph_elements(w);
    const int64_t at_zero = z ? onnx_get_int(z->type, z->data, 0) : 0;
    float *reals = lower_alloc(l, count, sizeof(*reals));

    for (int64_t i = 0; reals && i < count; i++)
        reals[i] = (float) (onnx_get_int(w->type, w->data, i) - at_zero);
    return reals;
}

int lower_cast(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], t = node->output[0];
    const int made = x < 0 ? -1 : lower_from(l, x)->producer;

    if (made < 0 || !sums_integers(&l->from->node[made])
        || l->value[x].tensor < 0 || node->at.to != GRAPH_FLOAT32)
        return 1;
    l->value[t] = l->value[x];
    lower_set_fate(l, node, false, "its sums are float32 already");
    return 0;
}
