/*
 * net_import.h - exchange files (.tflite, .onnx) as networks.
 *
 * The operators of a graph become layers: what the array and the vector unit
 * can do exactly as the file means it, they do; what costs nothing (a reshape)
 * is free, what has only constants is computed here, and the rest runs on the
 * host (host.h). net->operators says of each operator where it went and why.
 *
 * A file whose activations are quantized is carried out with its own codes and
 * scales (net->quantized); a float file becomes a network like one of ours,
 * which our quantizer quantizes.
 */
#ifndef NET_IMPORT_H
#define NET_IMPORT_H

#include "sim/graph/graph.h"
#include "sim/net/net.h"

/* The input's dimensions, for a file that leaves them open: all of them, or all
 * but the batch. */
struct net_import_shape {
    int rank;
    int64_t dim[GRAPH_MAX_RANK];
};

/* ".tflite", for messages. */
extern const char *const net_import_endings;

/* By the file's name: is it one that net_import_file reads? */
bool net_is_import(const char *path);

/*
 * Read an exchange file and lower it; `shape` NULL: as the file has it. Every
 * operator that nothing can run is an error of its own, at `place`. Returns -1
 * if there was any error; net->operators is there all the same where the graph
 * could be read (operator_count > 0). Call net_release in any case.
 */
int net_import_file(struct net *net, const char *path,
                    const struct net_import_shape *shape, struct diag *diag,
                    struct place place);

/* The same of a graph (GRAPH_TFLITE), which is taken over: on the heap, it is
 * released and freed with the network, also after an error. */
int net_import_graph(struct net *net, struct graph *graph,
                     const struct net_import_shape *shape, struct diag *diag,
                     struct place place);

/* The same of a graph of ONNX's (GRAPH_ONNX), which is rewritten first; it
 * stays the caller's. */
int net_import_onnx(struct net *net, struct graph *from, struct diag *diag,
                    struct place place);

#endif
