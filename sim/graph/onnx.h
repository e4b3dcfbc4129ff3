/*
 * onnx.h - reads an ONNX model into a graph of the dialect GRAPH_ONNX.
 *
 * Opsets 7 to 21. Every tensor gets a type and a shape, whether or not the file
 * declares one: shapes are inferred operator by operator, and integer
 * arithmetic on constants (what exporters leave behind of shape computations)
 * is done here. Operators that this program does not know are kept as
 * GRAPH_UNKNOWN when the file declares the shapes of what they make, and are
 * errors otherwise.
 *
 * Older forms become newer ones, so that there is one of each: what used to be
 * an attribute (the paddings of Pad, the bounds of Clip, the ranges of Slice)
 * is a constant input; QLinearAdd and its relatives of onnxruntime are the
 * DequantizeLinear, Add and QuantizeLinear that define them.
 *
 * A file may be hostile. Memory is bounded by ONNX_BASE_BYTES and
 * ONNX_BYTES_PER_BYTE times the size of the file and its external data.
 * docs/onnx.md has the operators.
 */
#ifndef ONNX_H
#define ONNX_H

#include "sim/graph/graph.h"

enum {
    ONNX_MIN_OPSET = 7,
    ONNX_MAX_OPSET = 21,
    ONNX_BASE_BYTES = 1 << 26,
    ONNX_BYTES_PER_BYTE = 12
};

/* Dimensions for inputs that leave them open, as ONNX orders them: all, or all
 * but the batch. */
struct onnx_shape {
    int rank;
    int64_t dim[GRAPH_MAX_RANK];
};

/*
 * Read a model; `shape` NULL: its inputs are as the file has them, but for an
 * open batch, which is 1. Every error goes to `diag`, at `place` (where the
 * user named the file) or at the file itself if that is PLACE_NONE. Returns -1
 * if there was one; graph_release is called in any case.
 */
int onnx_read(struct graph *graph, const char *path,
              const struct onnx_shape *shape, struct diag *diag,
              struct place place);

/*
 * The same from memory. External data is looked for in `folder`; NULL: there
 * may be none.
 */
int onnx_parse(struct graph *graph, const char *path, const char *folder,
               const void *bytes, size_t length,
               const struct onnx_shape *shape, struct diag *diag,
               struct place place);

/*
 * A file that holds one tensor (the data of ONNX's own tests). The tensor lives
 * in the arena. 0, or -1 and an error.
 */
int onnx_read_tensor(struct graph_tensor *tensor, struct arena *arena,
                     const char *path, struct diag *diag);

#endif
