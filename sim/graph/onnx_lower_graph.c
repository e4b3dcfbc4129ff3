#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/graph/onnx_lower_parts.h"

void *lower_alloc(struct lower *l, int64_t count, size_t each)
{
    void *memory = arena_alloc_array(&l->to->arena, (size_t) count, each);

    if (!memory)
        l->failed = true;
    return memory;
}

int lower_tensor(struct lower *l, const char *name, enum graph_type type,
                 int rank, const int64_t *dim)
{
    struct graph *g = l->to;

    if (g->tensor_count == l->tensor_capacity) {
        const int capacity = l->tensor_capacity ? 2 * l->tensor_capacity : 256;
        struct graph_tensor *more = lower_alloc(l, capacity, sizeof(*more));
        if (!more)
            return 0;
        if (g->tensor_count)
            memcpy(more, g->tensor, (size_t) g->tensor_count * sizeof(*more));
        g->tensor = more;
        l->tensor_capacity = capacity;
    }
    struct graph_tensor *t = &g->tensor[g->tensor_count];

    memset(t, 0, sizeof(*t));
    t->name = arena_strdup(&g->arena, name);
    l->failed |= !t->name;
    t->type = type;
    t->rank = rank;
    t->producer = -1;
    for (int i = 0; i < rank; i++)
        t->dim[i] = dim[i];
    return g->tensor_count++;
}

int lower_constant(struct lower *l, const char *name, enum graph_type type,
                   int rank, const int64_t *dim, const void *data)
{
    const int index = lower_tensor(l, name, type, rank, dim);

    if (l->failed)
        return 0;
    const int64_t count = graph_elements(&l->to->tensor[index]);
    void *copy = lower_alloc(l, count, graph_type_bytes(type));

    if (copy && count)
        memcpy(copy, data, (size_t) count * graph_type_bytes(type));
    l->to->tensor[index].data = copy;
    return index;
}

int lower_list(struct lower *l, int count, const int32_t *values)
{
    const int64_t dim = count;

    return lower_constant(l, "", GRAPH_INT32, 1, &dim, values);
}

void lower_set_quant(struct lower *l, int tensor, int count, int axis,
                     const float *scale, const int32_t *zero_point)
{
    float *s = lower_alloc(l, count, sizeof(*s));
    int32_t *z = lower_alloc(l, count, sizeof(*z));

    if (l->failed)
        return;
    memcpy(s, scale, (size_t) count * sizeof(*s));
    memcpy(z, zero_point, (size_t) count * sizeof(*z));
    l->to->tensor[tensor].quant = (struct graph_quant) { count, axis, s, z };
}

static bool grow_nodes(struct lower *l)
{
    struct graph *g = l->to;
    const int capacity = l->node_capacity ? 2 * l->node_capacity : 128;
    struct graph_node *more = lower_alloc(l, capacity, sizeof(*more));

    if (!more)
        return false;
    if (g->node_count)
        memcpy(more, g->node, (size_t) g->node_count * sizeof(*more));
    g->node = more;
    l->node_capacity = capacity;
    return true;
}

struct graph_node *lower_emit(struct lower *l, enum graph_op op,
                              const struct graph_node *of, int a, int b, int c,
                              int output)
{
    static struct graph_node nowhere;
    struct graph *g = l->to;
    int *list = lower_alloc(l, 4, sizeof(*list));

    if (!list || (g->node_count == l->node_capacity && !grow_nodes(l))) {
        nowhere = (struct graph_node) { .op = op };
        return &nowhere;
    }
    struct graph_node *node = &g->node[g->node_count];

    *node = *of;
    node->kind = arena_strdup(&g->arena, of->kind);
    node->name = arena_strdup(&g->arena, of->name);
    l->failed |= !node->kind || !node->name;
    node->op = op;
    list[0] = a;
    list[1] = b;
    list[2] = c;
    list[3] = output;
    node->input = list;
    node->input_count = c >= 0 ? 3 : b >= 0 ? 2 : a >= 0 ? 1 : 0;
    node->output = list + 3;
    node->output_count = 1;
    node->version = 1;
    memset(&node->at, 0, sizeof(node->at));
    node->at.stride_h = node->at.stride_w = 1;
    node->at.dilation_h = node->at.dilation_w = 1;
    node->at.group = node->at.multiplier = 1;
    node->at.onnx = true;
    if (output >= 0)
        g->tensor[output].producer = g->node_count;
    g->node_count++;
    return node;
}

void lower_set_fate(struct lower *l, const struct graph_node *node, bool lost,
                    const char *format, ...)
{
    char text[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    const char *kept = arena_strdup(&l->to->arena, text);
    struct onnx_fate *fate = &l->fate[node - l->from->node];

    l->failed |= !kept;
    fate->text = kept ? kept : "";
    fate->lost = fate->lost || lost;
}
