/* Slice and Split: parts of a tensor, of codes or reals as it is. */
#include <string.h>

#include "sim/graph/onnx_eval_ops.h"
#include "sim/graph/onnx_lower_parts.h"

/* Where a part begins and how it goes on, by ONNX's axes. */
struct part {
    int64_t begin[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK];
};

/* STRIDED_SLICE of x into ONNX tensor t. */
static void cut(struct lower *l, const struct graph_node *node, int x, int t,
                const struct part *part)
{
    const struct lower_value v = l->value[x];
    const struct graph_tensor *o = lower_from(l, t);
    int32_t list[3][GRAPH_MAX_RANK];
    int order[GRAPH_MAX_RANK];
    int *input = lower_alloc(l, 4, sizeof(*input));

    lower_plain_order(v.rank, order);
    if (!v.flat_rank)
        memcpy(order, v.order, sizeof(order));
    for (int k = 0; k < v.rank; k++) {
        const int axis = order[k];
        const int64_t last = part->begin[axis]
                             + (o->dim[axis] - 1) * part->step[axis];
        list[0][k] = (int32_t) part->begin[axis];
        list[1][k] = (int32_t) last + 1;
        list[2][k] = (int32_t) part->step[axis];
    }
    const int from = lower_get(l, node, x, order, false);
    const int out = lower_make(l, t, order);

    if (!input || l->failed)
        return;
    l->to->tensor[out].type = l->to->tensor[from].type;
    l->to->tensor[out].quant = l->to->tensor[from].quant;
    input[0] = from;
    for (int i = 0; i < 3; i++)
        input[i + 1] = lower_list(l, v.rank, list[i]);
    struct graph_node *n = lower_emit(l, GRAPH_STRIDED_SLICE, node, -1, -1, -1,
                                      out);

    n->input = input;
    n->input_count = 4;
    lower_bind(l, t, out, order, v.codes_as_reals);
}

static bool is_constant(const struct lower *l, const struct graph_node *node,
                        int i)
{
    return i >= node->input_count || node->input[i] < 0
           || lower_from(l, node->input[i])->data;
}

/* Number k of the list at input i; `absent` where there is none. */
static int64_t number(const struct lower *l, const struct graph_node *node,
                      int i, int64_t k, int64_t absent)
{
    if (i >= node->input_count || node->input[i] < 0)
        return absent;
    const struct graph_tensor *t = lower_from(l, node->input[i]);

    return onnx_get_int(t->type, t->data, k);
}

int lower_slice(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0];
    const struct graph_tensor *in = lower_from(l, x);
    struct part part;
    bool constant = l->value[x].tensor >= 0;

    for (int i = 1; i < 5; i++)
        constant = constant && is_constant(l, node, i);
    for (int i = 0; i < GRAPH_MAX_RANK; i++) {
        part.begin[i] = 0;
        part.step[i] = 1;
    }
    const int64_t count = constant
        ? graph_elements(lower_from(l, node->input[1])) : 0;

    for (int64_t k = 0; k < count; k++) {
        int64_t axis = number(l, node, 3, k, k);
        axis += axis < 0 ? in->rank : 0;
        int64_t begin = number(l, node, 1, k, 0);
        begin += begin < 0 ? in->dim[axis] : 0;
        part.begin[axis] = begin < 0 ? 0 : begin;
        part.step[axis] = number(l, node, 4, k, 1);
        constant = constant && part.step[axis] > 0;
    }
    if (!constant) {
        lower_set_fate(l, node, true, "starts, ends, axes and steps must be "
                       "constant, steps positive");
        return 1;
    }
    cut(l, node, x, node->output[0], &part);
    return 0;
}

int lower_split(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], axis = node->at.axis;
    struct part part;

    if (l->value[x].tensor < 0 || !is_constant(l, node, 1)) {
        lower_set_fate(l, node, true, "its sizes must be constant");
        return 1;
    }
    for (int i = 0; i < GRAPH_MAX_RANK; i++) {
        part.begin[i] = 0;
        part.step[i] = 1;
    }
    for (int i = 0; i < node->output_count; i++) {
        if (node->output[i] >= 0)
            cut(l, node, x, node->output[i], &part);
        part.begin[axis] += number(l, node, 1, i, 0);
    }
    return 0;
}
