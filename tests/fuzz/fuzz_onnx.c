/*
 * fuzz_onnx.c - any bytes as an ONNX model.
 *
 * What is refused has an error. What is accepted keeps the promises of graph.h
 * and runs on zeros by ONNX's definitions if it is small; rewritten it becomes a
 * network, is laid out on machines and runs (network.h).
 */
#include <stdint.h>
#include <stdlib.h>

#include "sim/graph/onnx.h"
#include "sim/graph/onnx_eval.h"
#include "sim/graph/onnx_lower.h"
#include "tests/fuzz/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where names of external data lead: a file, a folder, a link that leads out. */
#define FOLDER "tests/import/hostile"

enum { MAX_BYTES = 1 << 20, MAX_ELEMENTS = 1 << 16 };

static int64_t check_tensors(const struct graph *g)
{
    int64_t total = 0;

    for (int t = 0; t < g->tensor_count; t++) {
        const struct graph_tensor *x = &g->tensor[t];
        require(x->name && x->rank >= 0 && x->rank <= GRAPH_MAX_RANK);
        for (int i = 0; i < x->rank; i++)
            require(x->dim[i] >= (x->data ? 0 : 1));
        require(graph_elements(x) <= GRAPH_MAX_ELEMENTS);
        require(x->producer < g->node_count);
        total += x->data ? 0 : graph_elements(x);
    }
    return total;
}

/* Inputs are made before they are read; the work of one run, roughly. */
static int64_t check_nodes(const struct graph *g)
{
    int64_t work = 0;

    for (int i = 0; i < g->node_count; i++) {
        const struct graph_node *node = &g->node[i];
        int64_t in = 1;
        require(node->op < GRAPH_OPS && node->kind && node->name);
        for (int k = 0; k < node->input_count; k++) {
            require(node->input[k] < g->tensor_count);
            if (node->input[k] < 0)
                continue;
            require(g->tensor[node->input[k]].producer < i);
            in += graph_elements(&g->tensor[node->input[k]]);
        }
        for (int k = 0; k < node->output_count; k++)
            if (node->output[k] >= 0)
                work += in * graph_elements(&g->tensor[node->output[k]]);
    }
    return work;
}

/* Rewriting and lowering either succeed or say why not. */
static void check_network(struct graph *g)
{
    struct net net;
    struct diag d;

    diag_init(&d);
    if (net_import_onnx(&net, g, &d, PLACE_NONE)) {
        require(diag_error_count(&d) > 0);
    } else {
        require(diag_error_count(&d) == 0 && net.layer_count > 0);
        check_nodes(net.graph);
        network_try(&net);
    }
    net_release(&net);
    diag_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct graph g;
    struct onnx_values v;
    struct diag d;

    if (size > MAX_BYTES)
        return 0;
    diag_init(&d);
    if (onnx_parse(&g, "fuzz.onnx", FOLDER, data, size, NULL, &d, PLACE_NONE)
        == 0) {
        require(diag_error_count(&d) == 0);
        if (check_tensors(&g) < MAX_ELEMENTS
            && check_nodes(&g) < INT64_C(1) << 26) {
            if (onnx_eval_init(&v, &g, &d, PLACE_NONE) == 0)
                onnx_eval_run(&v);
            onnx_eval_release(&v);
        }
        check_network(&g);
    } else {
        require(diag_error_count(&d) > 0);
    }
    graph_release(&g);
    diag_release(&d);
    return 0;
}
