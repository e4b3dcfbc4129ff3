/*
 * onnx_lower.h - rewrites a graph of the dialect GRAPH_ONNX into GRAPH_TFLITE.
 *
 *   - Images become NHWC, weights [out][kh][kw][in]. A tensor remembers which
 *     ONNX axis each of its dimensions is, so that a Transpose costs nothing
 *     and a Flatten in front of a matrix permutes the matrix instead. Inputs
 *     and outputs of four dimensions are NHWC, too.
 *   - DequantizeLinear -> operator -> QuantizeLinear, and QLinearConv and
 *     QLinearMatMul, become one operator on codes with scales. uint8 codes
 *     become int8 with both code and zero point 128 lower, which changes no
 *     real value.
 *   - BatchNormalization, Relu, Clip and the bias that follows a MatMul are
 *     folded into the operator in front of them where nothing else reads it.
 *   - What has no such form stays on reals, between DEQUANTIZE and QUANTIZE.
 *
 * An operator without any form becomes GRAPH_UNKNOWN; its fate says why.
 */
#ifndef ONNX_LOWER_H
#define ONNX_LOWER_H

#include "sim/graph/graph.h"

/* What became of an operator of the ONNX graph: a sentence for reports. */
struct onnx_fate {
    const struct graph_node *node;    /* of the ONNX graph */
    bool lost;                        /* not supported */
    const char *text;                 /* "" where it is an operator still */
};

struct onnx_lowered {
    struct graph graph;               /* GRAPH_TFLITE; owns fate, too */
    const struct onnx_fate *fate;     /* [from->node_count] */
};

/*
 * `from` must outlive the fates, not the graph. 0, or -1 and an error (memory);
 * onnx_lowered_release in any case.
 */
int onnx_lower(struct onnx_lowered *lowered, const struct graph *from,
               struct diag *diag, struct place place);
void onnx_lowered_release(struct onnx_lowered *lowered);

#endif
