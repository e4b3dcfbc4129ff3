/* import_onnx.c - an ONNX file on its way to a network: read, rewritten. */
#include <stdlib.h>
#include <string.h>

#include "sim/graph/onnx.h"
#include "sim/net/import_parts.h"
#include "sim/net/net_import.h"

/* Reasons are needed before errors are reported: lost operators are told here,
 * and the network is not built. */
static int report_lost(struct graph *from, const struct onnx_fate *fate,
                       struct diag *diag, struct place place)
{
    int failed = 0;

    for (int i = 0; i < from->node_count; i++)
        if (fate[i].lost)
            failed = diag_error(diag, place, "%s: %s",
                                graph_describe_node(from, fate[i].node),
                                fate[i].text);
    return failed;
}

/* Lower what was rewritten; `graph` is taken over. */
static int import_lowered(struct net *net, struct graph *graph,
                          struct graph *from, const struct onnx_fate *fate,
                          struct diag *diag, struct place place)
{
    int status = -1;

    if (report_lost(from, fate, diag, place)) {
        struct diag silent;
        diag_init(&silent);
        net_import_graph(net, graph, NULL, &silent, place);
        diag_release(&silent);
    } else {
        status = net_import_graph(net, graph, NULL, diag, place);
    }
    if (net->operator_count && import_list_onnx(net, from, fate))
        status = diag_error(diag, place, "out of memory for '%s'", from->path);
    return status;
}

int net_import_onnx(struct net *net, struct graph *from, struct diag *diag,
                    struct place place)
{
    struct graph *graph = calloc(1, sizeof(*graph));
    struct onnx_lowered lowered = { .fate = NULL };

    memset(net, 0, sizeof(*net));
    if (!graph)
        return diag_error(diag, place, "out of memory for '%s'", from->path);
    if (onnx_lower(&lowered, from, diag, place)) {
        onnx_lowered_release(&lowered);
        free(graph);
        return -1;
    }
    *graph = lowered.graph;
    return import_lowered(net, graph, from, lowered.fate, diag, place);
}

int import_onnx(struct net *net, const char *path,
                const struct net_import_shape *shape, struct diag *diag,
                struct place place)
{
    struct onnx_shape open_shape;
    struct graph from;
    int status = -1;

    if (shape) {
        open_shape.rank = shape->rank;
        for (int i = 0; i < shape->rank; i++)
            open_shape.dim[i] = shape->dim[i];
    }
    if (!onnx_read(&from, path, shape ? &open_shape : NULL, diag, place))
        status = net_import_onnx(net, &from, diag, place_of_file(path));
    graph_release(&from);
    return status;
}
