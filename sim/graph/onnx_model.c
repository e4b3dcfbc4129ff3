#include "sim/graph/onnx_model.h"

#include <stdlib.h>

#include "onnx.pb-c.h"

/* Before each block stands its size, in a space that keeps the alignment. */
enum { HEAD = 16 };

static void *take(void *context, size_t bytes)
{
    struct onnx_memory *m = context;

    if (bytes > m->limit - HEAD || m->used > m->limit - HEAD - bytes) {
        m->exhausted = true;
        return NULL;
    }
    size_t *block = malloc(bytes + HEAD);
    if (!block) {
        m->exhausted = true;
        return NULL;
    }
    *block = bytes + HEAD;
    m->used += bytes + HEAD;
    return (char *) block + HEAD;
}

static void give_back(void *context, void *pointer)
{
    struct onnx_memory *m = context;

    if (!pointer)
        return;
    size_t *block = (size_t *) (void *) ((char *) pointer - HEAD);
    m->used -= *block;
    free(block);
}

struct Onnx__Model *onnx_model_parse(struct onnx_memory *memory,
                                      const void *bytes, size_t length)
{
    ProtobufCAllocator allocator = { take, give_back, memory };

    return onnx__model__unpack(&allocator, length, bytes);
}

void onnx_model_free(struct onnx_memory *memory, struct Onnx__Model *model)
{
    ProtobufCAllocator allocator = { take, give_back, memory };

    if (model)
        onnx__model__free_unpacked(model, &allocator);
}

struct Onnx__Tensor *onnx_tensor_message_parse(struct onnx_memory *memory,
                                                const void *bytes,
                                                size_t length)
{
    ProtobufCAllocator allocator = { take, give_back, memory };

    return onnx__tensor__unpack(&allocator, length, bytes);
}

void onnx_tensor_message_free(struct onnx_memory *memory,
                              struct Onnx__Tensor *tensor)
{
    ProtobufCAllocator allocator = { take, give_back, memory };

    if (tensor)
        onnx__tensor__free_unpacked(tensor, &allocator);
}
