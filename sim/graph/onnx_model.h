/*
 * onnx_model.h - the protobuf messages of an ONNX file, with bounded memory.
 *
 * protobuf-c has a limit neither for memory nor for depth. The first is set
 * here, in its allocator; the second by onnx.proto, whose messages do not
 * contain themselves.
 */
#ifndef ONNX_MODEL_H
#define ONNX_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct Onnx__Model;
struct Onnx__Tensor;

struct onnx_memory {
    size_t used, limit;
    bool exhausted;
};

/*
 * NULL when the bytes are not the message, or when memory->limit (to be set by
 * the caller) was reached: then memory->exhausted is true. Free with the same
 * `memory`.
 */
struct Onnx__Model *onnx_model_parse(struct onnx_memory *memory,
                                      const void *bytes, size_t length);
void onnx_model_free(struct onnx_memory *memory, struct Onnx__Model *model);

struct Onnx__Tensor *onnx_tensor_message_parse(struct onnx_memory *memory,
                                                const void *bytes,
                                                size_t length);
void onnx_tensor_message_free(struct onnx_memory *memory,
                              struct Onnx__Tensor *tensor);

#endif
