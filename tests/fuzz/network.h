/*
 * network.h - what check and run do with an exchange file, for the fuzzers of
 * both formats. Each includes it once.
 *
 * An imported network runs by the evaluator and in float if that is little work;
 * a quantized one is laid out on a machine with every width that a file can
 * have, and runs there too.
 */
#ifndef FUZZ_NETWORK_H
#define FUZZ_NETWORK_H

#include <stdlib.h>
#include <string.h>

#include "sim/array/array.h"
#include "sim/config/hardware.h"
#include "sim/graph/eval.h"
#include "sim/net/host.h"
#include "sim/net/net_float.h"
#include "sim/net/net_import.h"
#include "sim/quant/given.h"

enum { NETWORK_WORK = 1 << 20, NETWORK_MACHINES = 2 };

static void require(int condition)
{
    if (!condition)
        abort();
}

/* Products and moves of one inference, at most. */
static double network_work(const struct net *net)
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

/* The list has a row for every node, in the order of the file. */
static bool network_runs(const struct net *net, const struct graph_node *node)
{
    for (int i = 0; i < net->operator_count; i++)
        if (net->operators[i].node == node)
            return net->operators[i].where != NET_FOLDED
                   && net->operators[i].where != NET_UNUSED;
    abort();
}

static void network_run_graph(const struct net *net)
{
    const struct graph_node *first = net->graph->node;
    struct eval_tensors t;

    if (!eval_tensors_init(&t, net->graph))
        for (int i = 0; i < net->graph->node_count; i++)
            if (network_runs(net, first + i))
                eval_run_node(net->graph, i, &t);
    eval_tensors_release(&t);
}

static void network_run_float(const struct net *net)
{
    struct net_float *f = net_float_new(net);
    struct net_buffers *b = net_buffers_new(net);

    if (f && b)
        net_float_run(f, b);
    net_buffers_free(b);
    net_float_free(f);
}

/* Read once; the fuzzers run where the repository is. */
static const struct hw *network_machine(int which)
{
    static const char *const path[NETWORK_MACHINES] = {
        "configs/hardware/onnx_16x16.yaml",
        "configs/hardware/int16x8_16x16.yaml"
    };
    static struct hw hw[NETWORK_MACHINES];
    static struct arena arena;
    static bool have;

    for (int i = 0; i < NETWORK_MACHINES && !have; i++) {
        struct diag diag;

        diag_init(&diag);
        require(hw_read(&hw[i], path[i], NULL, &arena, &diag) == 0);
        diag_release(&diag);
    }
    have = true;
    return &hw[which];
}

static void network_run_program(const struct net *net,
                                const struct program *program)
{
    struct array_model *model = array_new(program, NULL);
    struct array_state *state = model ? array_state_new(model) : NULL;

    if (state) {
        const struct quant_params *in = &program->tensor[0];
        const int64_t count = net_elements(net->input);

        for (int64_t i = 0; i < count; i++)
            array_tensor(state, 0)[i] = in->zero_point;
        array_run(model, state);
    }
    array_state_free(state);
    array_free(model);
}

/* What is refused has an error, what is accepted has none. */
static void network_lay_out(const struct net *net, const struct hw *hw,
                            bool small)
{
    struct qnet qnet;
    struct program program;
    struct diag diag;

    diag_init(&diag);
    memset(&program, 0, sizeof(program));
    if (quantize_given(&qnet, net, hw, &diag)) {
        require(diag_error_count(&diag) > 0);
    } else if (program_build(&program, &qnet, hw, &diag)) {
        require(diag_error_count(&diag) > 0);
    } else {
        require(diag_error_count(&diag) == 0);
        if (small)
            network_run_program(net, &program);
    }
    program_release(&program);
    qnet_release(&qnet);
    diag_release(&diag);
}

static void network_try(const struct net *net)
{
    const bool small = network_work(net) <= NETWORK_WORK;

    for (int i = 0; i < net->layer_count && net->quantized; i++)
        if (net->layer[i].has_weights)
            require(given_sum_bits(net, i) > 0);
    for (int i = 0; i < NETWORK_MACHINES && net->quantized; i++)
        network_lay_out(net, network_machine(i), small);
    if (!small)
        return;
    network_run_graph(net);
    network_run_float(net);
}

#endif
