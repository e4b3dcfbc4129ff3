/*
 * tflite.h - TensorFlow Lite files (.tflite) as graphs.
 *
 * The main subgraph is read. Any operator is: those that nothing here runs
 * become GRAPH_UNKNOWN under the name the schema gives them, so that they can
 * be reported. float16 constants are widened to float32, int4 ones unpacked.
 *
 * The file is not trusted: memory is bounded by GRAPH_MEMORY_FACTOR times its
 * size and GRAPH_MEMORY_BASE bytes; every index, length and shape is checked.
 */
#ifndef TFLITE_H
#define TFLITE_H

#include "sim/graph/graph.h"

/*
 * Read a file. 0; or -1 with one error at `place`, which names the operator and
 * tensor where there is one. Call graph_release in any case.
 */
int tflite_read(struct graph *graph, const char *path, struct diag *diag,
                struct place place);

/* The same from memory, which is copied; `name` becomes graph->path. */
int tflite_parse(struct graph *graph, const char *name, const void *bytes,
                 size_t length, struct diag *diag, struct place place);

#endif
