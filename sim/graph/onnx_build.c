#include "sim/graph/onnx_build.h"

#include <string.h>

int onnx_no_memory(struct onnx_build *b)
{
    const struct arena *a = &b->graph->arena;

    return diag_error(b->diag, b->place, "the model needs more than %zu bytes "
                      "of memory, which is the most for a file of its size",
                      a->limit);
}

/* A copy of `count` elements in room for `capacity`, the rest zero. */
static void *grow(struct onnx_build *b, const void *old, int count,
                  int capacity, size_t each)
{
    void *more = arena_alloc_array(&b->graph->arena, (size_t) capacity, each);

    if (more && count)
        memcpy(more, old, (size_t) count * each);
    return more;
}

static int grow_tensors(struct onnx_build *b)
{
    struct graph *g = b->graph;
    const int count = g->tensor_count;
    const int capacity = count ? 2 * count : 256;

    g->tensor = grow(b, g->tensor, count, capacity, sizeof(*g->tensor));
    b->known = grow(b, b->known, count, capacity, sizeof(*b->known));
    b->declared = grow(b, b->declared, count, capacity, sizeof(*b->declared));
    if (!g->tensor || !b->known || !b->declared) {
        g->tensor_count = 0;
        return onnx_no_memory(b);
    }
    b->tensor_capacity = capacity;
    return 0;
}

static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;

    for (; *text; text++)
        h = (h ^ (unsigned char) *text) * 16777619u;
    return h;
}

/* The slot of the name, or the free one where it belongs. */
static struct onnx_name *slot_of(const struct onnx_build *b, const char *text)
{
    const uint32_t mask = (uint32_t) b->name_capacity - 1;
    uint32_t i = hash(text) & mask;

    while (b->name[i].text && strcmp(b->name[i].text, text) != 0)
        i = (i + 1) & mask;
    return &b->name[i];
}

static int grow_names(struct onnx_build *b)
{
    const struct onnx_name *old = b->name;
    const int old_capacity = b->name_capacity;

    b->name_capacity = old_capacity ? 2 * old_capacity : 512;
    b->name = arena_alloc_array(&b->graph->arena, (size_t) b->name_capacity,
                                sizeof(*b->name));
    if (!b->name) {
        b->name_capacity = 0;
        return onnx_no_memory(b);
    }
    for (int i = 0; i < old_capacity; i++)
        if (old[i].text)
            *slot_of(b, old[i].text) = old[i];
    return 0;
}

int onnx_find_tensor(const struct onnx_build *b, const char *name)
{
    if (!b->name_capacity || !*name)
        return -1;
    const struct onnx_name *slot = slot_of(b, name);

    return slot->text ? slot->tensor : -1;
}

int onnx_add_tensor(struct onnx_build *b, const char *name)
{
    struct graph *g = b->graph;

    if (g->tensor_count == GRAPH_MAX_TENSORS)
        return diag_error(b->diag, b->place, "more than %d tensors",
                          GRAPH_MAX_TENSORS);
    if (g->tensor_count == b->tensor_capacity && grow_tensors(b))
        return -1;
    if (2 * (b->name_count + 1) > b->name_capacity && grow_names(b))
        return -1;
    const int index = g->tensor_count;
    struct graph_tensor *t = &g->tensor[index];

    t->producer = -1;
    t->name = arena_strdup(&g->arena, name);
    if (!t->name)
        return onnx_no_memory(b);
    if (*name) {
        *slot_of(b, name) = (struct onnx_name) { t->name, index };
        b->name_count++;
    }
    g->tensor_count++;
    return index;
}

struct graph_node *onnx_add_node(struct onnx_build *b)
{
    struct graph *g = b->graph;

    if (g->node_count == b->node_capacity) {
        const int capacity = b->node_capacity ? 2 * b->node_capacity : 128;
        g->node = grow(b, g->node, g->node_count, capacity, sizeof(*g->node));
        if (!g->node) {
            g->node_count = 0;
            onnx_no_memory(b);
            return NULL;
        }
        b->node_capacity = capacity;
    }
    memset(&g->node[g->node_count], 0, sizeof(*g->node));
    return &g->node[g->node_count++];
}
