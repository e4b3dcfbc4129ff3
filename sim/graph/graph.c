#include "sim/graph/graph.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *name;
    size_t bytes;
    bool integer;
} types[GRAPH_TYPES] = {
    [GRAPH_FLOAT32] = { "float32", 4, false },
    [GRAPH_FLOAT64] = { "float64", 8, false },
    [GRAPH_INT4] = { "int4", 1, true },
    [GRAPH_UINT4] = { "uint4", 1, true },
    [GRAPH_INT8] = { "int8", 1, true },
    [GRAPH_UINT8] = { "uint8", 1, true },
    [GRAPH_INT16] = { "int16", 2, true },
    [GRAPH_UINT16] = { "uint16", 2, true },
    [GRAPH_INT32] = { "int32", 4, true },
    [GRAPH_INT64] = { "int64", 8, true },
    [GRAPH_BOOL] = { "bool", 1, false },
    [GRAPH_OTHER] = { "a type that is not supported", 0, false },
};

size_t graph_type_bytes(enum graph_type type)
{
    return types[type].bytes;
}

const char *graph_type_name(enum graph_type type)
{
    return types[type].name;
}

bool graph_type_is_integer(enum graph_type type)
{
    return types[type].integer;
}

int64_t graph_elements(const struct graph_tensor *tensor)
{
    int64_t elements = 1;

    for (int i = 0; i < tensor->rank; i++)
        elements *= tensor->dim[i];
    return elements;
}

const char *graph_describe_node(struct graph *graph,
                                const struct graph_node *node)
{
    const bool named = node->name && *node->name;
    char text[400];

    if (node->index < 0)
        snprintf(text, sizeof(text), "the %s '%.200s'", node->kind,
                 node->name ? node->name : "");
    else
        snprintf(text, sizeof(text), "operator %d (%s%s%.200s%s)", node->index,
                 node->kind, named ? " '" : "", named ? node->name : "",
                 named ? "'" : "");
    const char *kept = arena_strdup(&graph->arena, text);

    return kept ? kept : "operator";
}

const char *graph_describe_tensor(struct graph *graph, int tensor)
{
    const char *name = graph->tensor[tensor].name;
    char text[300];

    snprintf(text, sizeof(text), "tensor %d '%.200s'", tensor,
             name ? name : "");
    const char *kept = arena_strdup(&graph->arena, text);

    return kept ? kept : "tensor";
}

void graph_release(struct graph *graph)
{
    arena_release(&graph->arena);
}
