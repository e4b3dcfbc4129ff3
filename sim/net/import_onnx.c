/* import_onnx.c - an ONNX file on its way to a network: read, rewritten. */
#include <stdlib.h>

#include "sim/graph/onnx.h"
#include "sim/graph/onnx_lower.h"
#include "sim/net/import_parts.h"
#include "sim/net/net_import.h"

/* Operators of the file that have none of their own any more: told at the end
 * of the list, as folded; those that were lost get their reason. */
static int take_fates(struct net *net, const struct graph *from,
                      const struct onnx_fate *fate)
{
    const int had = net->operator_count;
    struct net_operator *all = arena_alloc_array(
        &net->arena, (size_t) (had + from->node_count), sizeof(*all));
    struct graph_node *nodes = arena_alloc_array(
        &net->arena, (size_t) from->node_count, sizeof(*nodes));
    int count = had;

    if (!all || !nodes)
        return -1;
    for (int i = 0; i < had; i++)
        all[i] = net->operators[i];
    for (int i = 0; i < from->node_count; i++) {
        if (!*fate[i].text)
            continue;
        char *note = arena_strdup(&net->arena, fate[i].text);
        struct graph_node *n = &nodes[i];
        if (!note)
            return -1;
        for (int k = 0; k < had && fate[i].lost; k++)
            if (all[k].where == NET_UNSUPPORTED
                && all[k].node->op == GRAPH_UNKNOWN
                && all[k].node->index == fate[i].node->index)
                all[k].note = note;
        if (fate[i].lost)
            continue;
        n->op = fate[i].node->op;
        n->kind = arena_strdup(&net->arena, fate[i].node->kind);
        n->name = arena_strdup(&net->arena, fate[i].node->name);
        n->index = fate[i].node->index;
        if (!n->kind || !n->name)
            return -1;
        all[count++] = (struct net_operator) { n, NET_FOLDED, -1, note };
    }
    net->operators = all;
    net->operator_count = count;
    return 0;
}

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

int import_onnx(struct net *net, struct graph *graph, const char *path,
                const struct net_import_shape *shape, struct diag *diag,
                struct place place)
{
    struct onnx_lowered lowered = { .fate = NULL };
    struct onnx_shape open_shape;
    struct graph from;
    int status = -1;

    if (shape) {
        open_shape.rank = shape->rank;
        for (int i = 0; i < shape->rank; i++)
            open_shape.dim[i] = shape->dim[i];
    }
    if (onnx_read(&from, path, shape ? &open_shape : NULL, diag, place)
        || onnx_lower(&lowered, &from, diag, place_of_file(path))) {
        onnx_lowered_release(&lowered);
        free(graph);
        goto done;
    }
    *graph = lowered.graph;
    if (report_lost(&from, lowered.fate, diag, place_of_file(path))) {
        struct diag silent;
        diag_init(&silent);
        net_import_graph(net, graph, NULL, &silent, place_of_file(path));
        diag_release(&silent);
    } else {
        status = net_import_graph(net, graph, NULL, diag,
                                  place_of_file(path));
    }
    if (net->operator_count && take_fates(net, &from, lowered.fate))
        status = diag_error(diag, place, "out of memory for '%s'", path);
done:
    graph_release(&from);
    return status;
}
