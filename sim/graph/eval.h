/*
 * eval.h - one operator of a GRAPH_TFLITE graph, or all of them, on the host.
 *
 * Quantized operators (int8, int16, four-bit weights) follow the integer
 * algorithms of the TensorFlow Lite reference kernels to the bit; those of
 * int32 and int64 are what shapes are computed with; float32 is plain float in
 * the order of the reference kernels. docs/import.md names each algorithm.
 *
 * Operators rewritten from ONNX (at.onnx) round as ONNX defines: sums times a
 * float32 factor, once, half to even, weights with zero points of their own;
 * QUANTIZE half to even.
 *
 * Types and shapes are the values' own, not the graph's: the same operator can
 * be run on codes and on reals.
 */
#ifndef EVAL_H
#define EVAL_H

#include "sim/fx/fx.h"
#include "sim/graph/graph.h"

enum { EVAL_WHY = 240 };

/* A tensor of an operator. data is NULL for an absent input, and may be for any
 * while it is only asked whether the operator can be run. */
struct eval_value {
    enum graph_type type;
    int rank;
    int64_t dim[GRAPH_MAX_RANK];
    const struct graph_quant *quant;  /* borrowed, never NULL */
    void *data;                       /* row-major, as graph_tensor.data */
};

/* Tensor t of a graph, with its constant data or none; t = -1: absent. */
struct eval_value eval_value_of(const struct graph *graph, int t);
int64_t eval_elements(const struct eval_value *value);

/*
 * Can the operator be run on tensors like these: their number, types, shapes
 * and quantization? Inputs that decide about shapes (a pad's paddings) must
 * have their data. If not, `why` says what is wrong and what could be, to be
 * put behind the operator's name: "has ..., must have ...".
 */
bool eval_can_run(const struct graph_node *node, const struct eval_value *in,
                  const struct eval_value *out, char why[EVAL_WHY]);

/*
 * The same, and the shapes of the outputs are found, not checked: of operators
 * whose shape the file leaves open. Those that cannot be known from the inputs
 * (TRANSPOSE_CONV's padding, the parts of SPLIT) are left as they are.
 */
bool eval_infer(const struct graph_node *node, const struct eval_value *in,
                struct eval_value *out, char why[EVAL_WHY]);

/*
 * Run it; eval_can_run must have agreed to the same types and shapes. Fills the
 * data of all outputs. Cannot fail and does not allocate.
 */
void eval_run(const struct graph_node *node, const struct eval_value *in,
              struct eval_value *out);

/*
 * All tensors of one inference: data[t] for every tensor, the constants the
 * graph's own. NULL without memory.
 */
struct eval_tensors {
    void **data;
    struct arena arena;
};

int eval_tensors_init(struct eval_tensors *tensors, const struct graph *graph);
void eval_tensors_release(struct eval_tensors *tensors);

/* Run node i of a graph on them; eval_can_run must have agreed. */
void eval_run_node(const struct graph *graph, int i,
                   struct eval_tensors *tensors);

/* ------------------------------------ what importers need of the algorithms */

/* Does the kernel of an operator apply a fused activation? Others are refused
 * if they have one. */
bool eval_fuses_activation(enum graph_op op);

/* The codes of a type: int8 has -128 to 127. false: it has none. */
bool eval_code_range(enum graph_type type, int32_t *lo, int32_t *hi);

/* A fused activation as codes of the output. */
void eval_activation_codes(enum graph_activation activation,
                           const struct graph_quant *quant,
                           enum graph_type type, int32_t *lo, int32_t *hi);
/* And as reals, infinite where there is no bound. */
void eval_activation_reals(enum graph_activation activation, float *lo,
                           float *hi);

/* The real factor from an accumulator of channel c to the output's codes. In
 * FULLY_CONNECTED the product of scales is a float32 where one scale serves all
 * channels; in what was rewritten from ONNX all of it is float32. */
double eval_acc_scale(const struct graph_node *node,
                      const struct graph_quant *in,
                      const struct graph_quant *weight,
                      const struct graph_quant *out, int64_t c);

/* The factor of a product of two tensors, in float32 as the kernel has it. */
double eval_product_scale(float a, float b, float out);

/*
 * The mean of n codes as one requantization of the sum of (code - zero point):
 * TensorFlow Lite folds the division into the multiplier. -1: no multiplier.
 */
int eval_mean_requant(double scale, int64_t n, struct fx_requant *requant);

#endif
