/*
 * tflite_ops.h - the operators of a .tflite file: their names, by number, what
 * they are in a graph, and their options.
 */
#ifndef TFLITE_OPS_H
#define TFLITE_OPS_H

#include "sim/graph/flatbuf.h"
#include "sim/graph/graph.h"

struct tflite_op {
    const char *name;             /* "CONV_2D" */
    enum graph_op op;             /* GRAPH_UNKNOWN: read, reported, not run */
};

/* Never NULL; numbers beyond the table are unknown operators. */
const struct tflite_op *tflite_op_find(int64_t code);

/* "CONV_2D"; NULL where TensorFlow Lite has no such operator. */
const char *tflite_op_name(enum graph_op op);

/* What could take the place of an operator that nothing here runs, by its name:
 * "RESIZE_NEAREST_NEIGHBOR"; NULL where nothing is near. */
const char *tflite_op_instead(const char *name);

/*
 * The options table of a node, which may be absent (at = 0), into node->at;
 * the node has its tensors already. Padding is resolved from their shapes. 0;
 * or -1 and an error that names the operator.
 */
int tflite_read_options(struct graph *graph, struct graph_node *node,
                        const struct flatbuf_table *options, struct diag *diag,
                        struct place place);

#endif
