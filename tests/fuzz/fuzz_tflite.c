/*
 * fuzz_tflite.c - any bytes as a .tflite file.
 *
 * What is refused has a message. What is accepted becomes a network, is
 * laid out on machines and runs (network.h).
 */
#include <stdint.h>
#include <stdlib.h>

#include "sim/graph/tflite.h"
#include "tests/fuzz/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20 };

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
        network_try(&net);
    }
    net_release(&net);
    diag_release(&diag);
    return 0;
}
