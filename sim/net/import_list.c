/*
 * import_list.c - the list of an exchange file's operators: the work of each,
 * and for ONNX one row for each operator of the file, in its order, whatever the
 * rewriting made of it.
 */
#include <stdlib.h>

#include "sim/net/import_parts.h"

/* ------------------------------------------------------------------- work */

static const struct graph_tensor *input(const struct graph *g,
                                        const struct graph_node *n, int k)
{
    return k < n->input_count && n->input[k] >= 0 ? &g->tensor[n->input[k]]
                                                  : NULL;
}

/* Which input holds the weights, or the second matrix; -1: no products. */
static int weights_at(enum graph_op op)
{
    switch (op) {
    case GRAPH_CONV_2D:
    case GRAPH_DEPTHWISE_CONV_2D:
    case GRAPH_TRANSPOSE_CONV:
    case GRAPH_FULLY_CONNECTED:
    case GRAPH_MAT_MUL:
    case GRAPH_CONV_INTEGER:
    case GRAPH_MAT_MUL_INTEGER: return 1;
    case GRAPH_QLINEAR_CONV:
    case GRAPH_QLINEAR_MAT_MUL: return 3;
    default: return -1;
    }
}

/* Products of one output element; of TRANSPOSE_CONV, of one input element. */
static int64_t products(const struct graph *g, const struct graph_node *n,
                        const struct graph_tensor *w)
{
    const struct graph_tensor *out = &g->tensor[n->output[0]];
    const int64_t all = graph_elements(w);

    switch (n->op) {
    case GRAPH_DEPTHWISE_CONV_2D: return all / w->dim[3];
    case GRAPH_TRANSPOSE_CONV: return all / w->dim[3];
    case GRAPH_CONV_2D:
    case GRAPH_QLINEAR_CONV:
    case GRAPH_CONV_INTEGER:
        return all / w->dim[0];
    case GRAPH_FULLY_CONNECTED:
        return all / out->dim[out->rank - 1];
    default: return w->dim[w->rank > 1 ? w->rank - 2 : 0];
    }
}

void import_count_work(const struct graph *g, const struct graph_node *n,
                       struct net_operator *o)
{
    const int at = weights_at(n->op);
    const struct graph_tensor *w = at < 0 ? NULL : input(g, n, at);
    const bool transposed = n->op == GRAPH_TRANSPOSE_CONV;
    const struct graph_tensor *each = transposed ? input(g, n, 2)
        : n->output_count > 0 && n->output[0] >= 0 ? &g->tensor[n->output[0]]
                                                   : NULL;
    const bool images = n->op == GRAPH_DEPTHWISE_CONV_2D || transposed;

    if (!w || !each || w->rank < 1 || (images && w->rank != 4)
        || graph_elements(w) < 1 || graph_elements(each) < 1
        || (n->op == GRAPH_FULLY_CONNECTED && each->rank < 1))
        return;
    o->macs = graph_elements(each) * products(g, n, w);
    o->weights = w->data ? graph_elements(w) : 0;
}

/* ------------------------------------------------------------------- rows */

/* Operators that the rewriting puts around others. */
static bool serves(enum graph_op op)
{
    switch (op) {
    case GRAPH_QUANTIZE:
    case GRAPH_DEQUANTIZE:
    case GRAPH_RESHAPE:
    case GRAPH_TRANSPOSE:
    case GRAPH_PAD: return true;
    default: return false;
    }
}

/* Rows and groups by their number in the file; equal ones as they were. */
struct key {
    int index, at;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

struct list {
    struct net *net;
    const struct net_operator *had;
    struct key *key;                  /* [key_count] of them, sorted */
    int key_count;
    struct net_operator *row;
    int count;
};

/* The first key of an index, or where it would stand. */
static int find_key(const struct list *l, int index)
{
    int lo = 0, hi = l->key_count;

    while (lo < hi) {
        const int middle = lo + (hi - lo) / 2;

        if (l->key[middle].index < index)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static bool is_key(const struct list *l, int k, int index)
{
    return k < l->key_count && l->key[k].index == index;
}

/* Of the rows of an index the operator itself, the last that serves no other;
 * -1: none. */
static int main_row(const struct list *l, int index)
{
    int last = -1;

    for (int k = find_key(l, index); is_key(l, k, index); k++) {
        const struct net_operator *had = &l->had[l->key[k].at];

        if (last < 0 || !serves(had->node->op)
            || serves(l->had[last].node->op))
            last = l->key[k].at;
    }
    return last;
}

/* Rows of one index, the main one first; `main` -1: helpers alone. */
static void add_rows(struct list *l, int index, int main)
{
    if (main >= 0)
        l->row[l->count++] = l->had[main];
    for (int k = find_key(l, index); is_key(l, k, index); k++) {
        if (l->key[k].at == main)
            continue;
        l->row[l->count] = l->had[l->key[k].at];
        l->row[l->count++].helper = true;
    }
}

static bool is_constant(const struct graph *g, const struct graph_node *n)
{
    for (int k = 0; k < n->input_count; k++)
        if (n->input[k] >= 0 && !g->tensor[n->input[k]].data)
            return false;
    return true;
}

/* An operator of which nothing is left but its fate. */
static int add_merged(struct list *l, const struct graph *from,
                      const struct graph_node *of, const char *text)
{
    struct arena *a = &l->net->arena;
    struct graph_node *n = arena_alloc_array(a, 1, sizeof(*n));
    const char *note = arena_strdup(a, text);

    if (!n || !note)
        return -1;
    n->op = of->op;
    n->kind = arena_strdup(a, of->kind);
    n->name = arena_strdup(a, of->name);
    n->index = of->index;
    if (!n->kind || !n->name)
        return -1;
    l->row[l->count++] = (struct net_operator) {
        .node = n, .layer = -1, .note = note,
        .where = is_constant(from, of) ? NET_FOLDED : NET_MERGED
    };
    return 0;
}

/* The operator of the file that the ONNX graph's nodes from `first` on are. */
static int add_operator(struct list *l, const struct graph *from,
                        const struct onnx_fate *fate, int first)
{
    const int index = from->node[first].index;
    const int main = main_row(l, index), row = l->count;
    const struct onnx_fate *told = &fate[first];

    for (int i = first; i < from->node_count && from->node[i].index == index;
         i++)
        if (fate[i].lost || (!told->lost && !*told->text))
            told = &fate[i];
    if (main < 0)
        return add_merged(l, from, told->node, told->text);
    add_rows(l, index, main);
    if (!told->lost)
        return 0;
    l->row[row].note = arena_strdup(&l->net->arena, told->text);
    l->row[row].where = NET_UNSUPPORTED;
    import_count_work(from, told->node, &l->row[row]);
    return l->row[row].note ? 0 : -1;
}

/* Groups of nodes that are one operator of the file, sorted; their number. */
static int sort_groups(const struct graph *from, struct key *group)
{
    int count = 0;

    for (int i = 0; i < from->node_count; i++)
        if (i == 0 || from->node[i].index != from->node[i - 1].index)
            group[count++] = (struct key) { from->node[i].index, i };
    qsort(group, (size_t) count, sizeof(*group), compare_keys);
    return count;
}

int import_list_onnx(struct net *net, const struct graph *from,
                     const struct onnx_fate *fate)
{
    const int had = net->operator_count;
    const size_t nodes = (size_t) from->node_count;
    struct key *group = arena_alloc_array(&net->arena, nodes, sizeof(*group));
    struct list l = { .net = net, .had = net->operators, .key_count = had };

    l.key = arena_alloc_array(&net->arena, (size_t) had, sizeof(*l.key));
    l.row = arena_alloc_array(&net->arena, (size_t) had + nodes,
                              sizeof(*l.row));
    if (!l.row || !l.key || !group)
        return -1;
    for (int k = 0; k < had; k++)
        l.key[k] = (struct key) { l.had[k].node->index, k };
    qsort(l.key, (size_t) had, sizeof(*l.key), compare_keys);
    const int groups = sort_groups(from, group);

    add_rows(&l, GRAPH_INDEX_INPUT, -1);
    for (int i = 0; i < groups; i++)
        if (add_operator(&l, from, fate, group[i].at))
            return -1;
    add_rows(&l, GRAPH_INDEX_OUTPUT, -1);
    net->operators = l.row;
    net->operator_count = l.count;
    return 0;
}
