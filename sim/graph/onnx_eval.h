/*
 * onnx_eval.h - runs a graph of the dialect GRAPH_ONNX on the host, as it
 * stands, by ONNX's own definitions of its operators.
 *
 * Sums of real numbers are taken in double and rounded to float32 once, so that
 * the result does not depend on an order. Integer operators are exact:
 * QLinearConv and QLinearMatMul are an exact sum, times the float32 value of
 * x_scale * w_scale / y_scale, rounded once half to even, plus the zero point,
 * saturated (docs/numerics.md, preset onnx). ConvInteger and MatMulInteger wrap
 * to int32. Nothing here is fast.
 */
#ifndef ONNX_EVAL_H
#define ONNX_EVAL_H

#include "sim/graph/graph.h"

/* The tensors of one run need at most this many bytes. */
#define ONNX_EVAL_MAX_BYTES (INT64_C(1) << 31)

struct onnx_values {
    const struct graph *graph;
    struct diag *diag;
    struct place place;           /* of messages */
    void **value;                 /* [tensor]; constants are the graph's */
};

/*
 * Memory for every tensor. Fill the graph's inputs, value[graph->input[i]],
 * before a run. 0, or -1 and an error; onnx_eval_release in any case.
 */
int onnx_eval_init(struct onnx_values *v, const struct graph *graph,
                   struct diag *diag, struct place place);
void onnx_eval_release(struct onnx_values *v);

/* All operators. 0; or -1 and an error, for values that an operator cannot take
 * (an index out of range, a division of integers by 0). */
int onnx_eval_run(struct onnx_values *v);

/* One operator, from and to the buffers of its tensors. */
int onnx_eval_node(struct onnx_values *v, const struct graph_node *node);

#endif
