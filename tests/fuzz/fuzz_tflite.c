/*
 * fuzz_tflite.c - any bytes as a .tflite file.
 *
 * What is refused has a message. What is accepted becomes a network, and runs
 * by the evaluator and in float when that is little work.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/graph/eval.h"
#include "sim/graph/tflite.h"
#include "sim/net/host.h"
#include "sim/net/net_float.h"
#include "sim/net/net_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20, MAX_WORK = 1 << 20 };

static void require(int condition)
{
    if (!condition)
        abort();
}

/* Products and moves of one inference, at most. */
static double work_of(const struct net *net)
{
    const struct graph *g = net->graph;
    double work = 0.0;

    for (int i = 0; i < g->node_count; i++) {
        const struct graph_node *n = &g->node[i];
        const struct graph_attributes *at = &n->at;
        double one = 1.0 + (double) at->kernel_h * at->kernel_w;

        for (int k = 0; k < n->input_count; k++)
            if (n->input[k] >= 0)
                one += (double) graph_elements(&g->tensor[n->input[k]]);
        for (int k = 0; k < n->output_count; k++)
            work += one * (double) graph_elements(&g->tensor[n->output[k]]);
    }
    for (int i = 0; i < net->layer_count; i++)
        work += (double) net_elements(net->layer[i].in)
                + (double) net_elements(net->layer[i].out)
                  * net->layer[i].taps;
    return work;
}

static void run_graph(const struct net *net)
{
    struct eval_tensors t;

    if (!eval_tensors_init(&t, net->graph))
        for (int i = 0; i < net->graph->node_count; i++)
            if (net->operators[i].where != NET_FOLDED
                && net->operators[i].where != NET_UNUSED)
                eval_run_node(net->graph, i, &t);
    eval_tensors_release(&t);
}

static void run_float(const struct net *net)
{
    struct net_float *f = net_float_new(net);
    struct net_buffers *b = net_buffers_new(net);

    if (f && b)
        net_float_run(f, b);
    net_buffers_free(b);
    net_float_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct graph *graph = calloc(1, sizeof(*graph));
    struct net net;
    struct diag diag;

    if (size > MAX_BYTES || !graph) {
        free(graph);
        return 0;
    }
    diag_init(&diag);
    if (tflite_parse(graph, "fuzz.tflite", data, size, &diag, PLACE_NONE)) {
        require(diag_error_count(&diag) == 1);
        graph_release(graph);
        free(graph);
        diag_release(&diag);
        return 0;
    }
    if (net_import_graph(&net, graph, NULL, &diag, PLACE_NONE)) {
        require(diag_error_count(&diag) > 0);
    } else {
        require(diag_error_count(&diag) == 0 && net.layer_count > 0);
        if (work_of(&net) <= MAX_WORK) {
            run_graph(&net);
            run_float(&net);
        }
    }
    net_release(&net);
    diag_release(&diag);
    return 0;
}
