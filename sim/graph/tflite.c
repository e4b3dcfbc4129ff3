/*
 * tflite.c - the tables of a model, in the order that their indices need:
 * tensors (with their buffers), then operators, then the graph's ends.
 */
#include "sim/graph/tflite.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/graph/tflite_ops.h"

enum { SCHEMA_VERSION = 3, NAME_MAX_BYTES = 1000 };

struct reader {
    struct graph *graph;
    struct flatbuf fb;
    struct flatbuf_vector buffers, codes;
    struct diag *diag;
    struct place place;
};

static int out_of_memory(const struct reader *r)
{
    return diag_error(r->diag, r->place, "'%s' needs more memory than %d times "
                      "its size", r->graph->path, (int) GRAPH_MEMORY_FACTOR);
}

/* The flatbuffer's own trouble, once. */
static int check_structure(const struct reader *r)
{
    if (!r->fb.trouble)
        return 0;
    return diag_error(r->diag, r->place, "'%s' is damaged: %s (at byte %zu)",
                      r->graph->path, r->fb.trouble, r->fb.trouble_at);
}

static const char *read_name(const struct reader *r,
                             const struct flatbuf_table *t, int field)
{
    const struct flatbuf_vector v = flatbuf_vector(t, field, 1);
    const size_t length = v.count < NAME_MAX_BYTES ? v.count : NAME_MAX_BYTES;

    if (length == 0)
        return "";
    return arena_strndup(&r->graph->arena, (const char *) r->fb.data + v.at,
                         length);
}

/* --------------------------------------------------------------- tensors */

static enum graph_type type_of(int64_t code)
{
    switch (code) {
    case 0: return GRAPH_FLOAT32;
    case 2: return GRAPH_INT32;
    case 3: return GRAPH_UINT8;
    case 4: return GRAPH_INT64;
    case 6: return GRAPH_BOOL;
    case 7: return GRAPH_INT16;
    case 9: return GRAPH_INT8;
    case 10: return GRAPH_FLOAT64;
    case 16: return GRAPH_UINT16;
    case 17: return GRAPH_INT4;
    default: return GRAPH_OTHER;
    }
}

enum { TYPE_FLOAT16 = 1 };

static int read_shape(const struct reader *r, const struct flatbuf_table *t,
                      int index)
{
    struct graph_tensor *tensor = &r->graph->tensor[index];
    const struct flatbuf_vector v = flatbuf_vector(t, 0, 4);
    int64_t elements = 1;

    if (v.count > GRAPH_MAX_RANK)
        return diag_error(r->diag, r->place, "%s has %zu dimensions, must have "
                          "at most %d", graph_describe_tensor(r->graph, index),
                          v.count, (int) GRAPH_MAX_RANK);
    tensor->rank = (int) v.count;
    for (size_t i = 0; i < v.count; i++) {
        tensor->dim[i] = flatbuf_i32_at(&v, i);
        if (tensor->dim[i] < 0
            || (tensor->dim[i] > 0
                && elements > GRAPH_MAX_ELEMENTS / tensor->dim[i]))
            return diag_error(r->diag, r->place, "%s has %" PRId64 " in "
                              "dimension %zu, must be 1 or more, and at most %d "
                              "elements in all",
                              graph_describe_tensor(r->graph, index),
                              tensor->dim[i], i, (int) GRAPH_MAX_ELEMENTS);
        elements *= tensor->dim[i];
    }
    return 0;
}

/* The codes that a type can hold; false: it is not quantized. */
static bool code_range(enum graph_type type, int64_t *lo, int64_t *hi)
{
    switch (type) {
    case GRAPH_INT4: *lo = -8; *hi = 7; return true;
    case GRAPH_INT8: *lo = INT8_MIN; *hi = INT8_MAX; return true;
    case GRAPH_UINT8: *lo = 0; *hi = UINT8_MAX; return true;
    case GRAPH_INT16: *lo = INT16_MIN; *hi = INT16_MAX; return true;
    case GRAPH_UINT16: *lo = 0; *hi = UINT16_MAX; return true;
    case GRAPH_INT32:
    case GRAPH_INT64: *lo = INT32_MIN; *hi = INT32_MAX; return true;
    default: return false;
    }
}

/* Scales of biases are told again by input and weights, and may be anything. */
static bool scale_matters(enum graph_type type)
{
    return type != GRAPH_INT32 && type != GRAPH_INT64;
}

static int read_scales(const struct reader *r, const struct flatbuf_vector *s,
                       const struct flatbuf_vector *z, int index)
{
    struct graph_tensor *t = &r->graph->tensor[index];
    float *scale = arena_alloc_array(&r->graph->arena, s->count,
                                     sizeof(*scale));
    int32_t *zero = arena_alloc_array(&r->graph->arena, s->count,
                                      sizeof(*zero));
    int64_t lo = 0, hi = 0;

    if (!scale || !zero)
        return out_of_memory(r);
    code_range(t->type, &lo, &hi);
    for (size_t i = 0; i < s->count; i++) {
        const int64_t zp = z->count == 0 ? 0
            : flatbuf_i64_at(z, z->count == 1 ? 0 : i);

        scale[i] = flatbuf_f32_at(s, i);
        if (!isfinite(scale[i])
            || (scale_matters(t->type) && scale[i] <= 0.0f))
            return diag_error(r->diag, r->place, "%s has scale %g at %zu, must "
                              "be above 0 and finite",
                              graph_describe_tensor(r->graph, index),
                              (double) scale[i], i);
        if (zp < lo || zp > hi)
            return diag_error(r->diag, r->place, "%s has zero point %" PRId64
                              " at %zu, must be %" PRId64 " to %" PRId64
                              " for %s", graph_describe_tensor(r->graph, index),
                              zp, i, lo, hi, graph_type_name(t->type));
        zero[i] = (int32_t) zp;
    }
    t->quant.count = (int) s->count;
    t->quant.scale = scale;
    t->quant.zero_point = zero;
    return 0;
}

static int read_quantization(const struct reader *r,
                             const struct flatbuf_table *tensor, int index)
{
    const struct flatbuf_table q = flatbuf_table(tensor, 4);
    struct graph_tensor *t = &r->graph->tensor[index];
    const struct flatbuf_vector s = flatbuf_vector(&q, 2, 4);
    const struct flatbuf_vector z = flatbuf_vector(&q, 3, 8);
    const int64_t axis = flatbuf_i32(&q, 6, 0);
    int64_t lo, hi, wanted = 1;

    if (s.count == 0 || !code_range(t->type, &lo, &hi))
        return 0;
    if (s.count > 1) {
        if (axis < 0 || axis >= t->rank)
            return diag_error(r->diag, r->place, "%s has scales along "
                              "dimension %" PRId64 ", must be 0 to %d",
                              graph_describe_tensor(r->graph, index), axis,
                              t->rank - 1);
        wanted = t->dim[axis];
    }
    if ((int64_t) s.count != wanted
        || (z.count > 1 && z.count != s.count))
        return diag_error(r->diag, r->place, "%s has %zu scales and %zu zero "
                          "points, must have 1 or %" PRId64 " of each",
                          graph_describe_tensor(r->graph, index), s.count,
                          z.count, wanted);
    t->quant.axis = (int) axis;
    return read_scales(r, &s, &z, index);
}

static float half_to_float(uint16_t half)
{
    const int exponent = half >> 10 & 31;
    const int fraction = half & 1023;
    const float sign = half & 0x8000 ? -1.0f : 1.0f;

    if (exponent == 31)
        return fraction ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexpf((float) fraction, -24);
    return sign * ldexpf((float) (1024 + fraction), exponent - 25);
}

/* Two to a byte, the low half first; or 16-bit floats; or as they are. */
static void unpack(const uint8_t *from, const struct graph_tensor *t,
                   bool is_half, int64_t elements, void *to)
{
    if (is_half) {
        for (int64_t i = 0; i < elements; i++)
            ((float *) to)[i] = half_to_float((uint16_t)
                (from[2 * i] | from[2 * i + 1] << 8));
    } else if (t->type == GRAPH_INT4) {
        for (int64_t i = 0; i < elements; i++) {
            const int code = from[i / 2] >> 4 * (i % 2) & 15;

            ((int8_t *) to)[i] = (int8_t) (code >= 8 ? code - 16 : code);
        }
    } else {
        memcpy(to, from, (size_t) elements * graph_type_bytes(t->type));
    }
}

/* Constants point into the file where it has them in usable form. */
static int read_data(const struct reader *r, const struct flatbuf_table *tensor,
                     int index, bool is_half)
{
    struct graph_tensor *t = &r->graph->tensor[index];
    const int64_t buffer = flatbuf_u32(tensor, 2, 0);
    const int64_t elements = graph_elements(t);
    size_t bytes = (size_t) elements
                   * (is_half ? 2 : graph_type_bytes(t->type));

    if (t->type == GRAPH_INT4)
        bytes = ((size_t) elements + 1) / 2;
    if (elements == 0)
        t->data = r->graph->path;    /* never read, and not NULL */
    if (buffer == 0 || elements == 0)
        return 0;
    if (buffer >= (int64_t) r->buffers.count)
        return diag_error(r->diag, r->place, "%s has buffer %" PRId64 ", must "
                          "be below the number of buffers, %zu",
                          graph_describe_tensor(r->graph, index), buffer,
                          r->buffers.count);
    const struct flatbuf_table b = flatbuf_table_at(&r->buffers,
                                                    (size_t) buffer);
    const struct flatbuf_vector v = flatbuf_vector(&b, 0, 1);

    if (flatbuf_i64(&b, 1, 0) > 1)
        return diag_error(r->diag, r->place, "%s lies behind the flatbuffer, "
                          "as in models beyond 2 GB, which is not supported",
                          graph_describe_tensor(r->graph, index));
    if (t->type == GRAPH_OTHER || v.count == 0)
        return check_structure(r);
    if (v.count != bytes)
        return diag_error(r->diag, r->place, "%s has %zu bytes of data, must "
                          "have %zu", graph_describe_tensor(r->graph, index),
                          v.count, bytes);
    const uint8_t *from = r->fb.data + v.at;

    if (!is_half && t->type != GRAPH_INT4
        && (uintptr_t) from % graph_type_bytes(t->type) == 0) {
        t->data = from;
        return 0;
    }
    void *to = arena_alloc_array(&r->graph->arena, (size_t) elements,
                                 graph_type_bytes(t->type));

    if (!to)
        return out_of_memory(r);
    unpack(from, t, is_half, elements, to);
    t->data = to;
    return 0;
}

/* The shape's signature has -1 where only the run will know. */
static unsigned open_dimensions(const struct flatbuf_table *t)
{
    const struct flatbuf_vector v = flatbuf_vector(t, 7, 4);
    unsigned open = 0;

    for (size_t i = 0; i < v.count && i < GRAPH_MAX_RANK; i++)
        if (flatbuf_i32_at(&v, i) < 0)
            open |= 1u << i;
    return open;
}

static int read_tensor(const struct reader *r, const struct flatbuf_table *from,
                       int index)
{
    struct graph_tensor *t = &r->graph->tensor[index];
    const int64_t type = flatbuf_i8(from, 1, 0);
    const bool is_half = type == TYPE_FLOAT16;
    const struct flatbuf_table sparsity = flatbuf_table(from, 6);

    t->name = read_name(r, from, 3);
    t->type = is_half ? GRAPH_FLOAT32 : type_of(type);
    t->producer = -1;
    t->variable = flatbuf_i8(from, 5, 0) != 0;
    t->open = open_dimensions(from);
    if (!t->name)
        return out_of_memory(r);
    if (sparsity.at)
        return diag_error(r->diag, r->place, "%s is sparse, must be dense",
                          graph_describe_tensor(r->graph, index));
    if (read_shape(r, from, index) || read_quantization(r, from, index)
        || read_data(r, from, index, is_half))
        return -1;
    if (is_half && !t->data)
        t->type = GRAPH_OTHER;
    return check_structure(r);
}

static int read_tensors(const struct reader *r,
                        const struct flatbuf_table *subgraph)
{
    const struct flatbuf_vector v = flatbuf_vector(subgraph, 0, 4);
    struct graph *g = r->graph;

    if (v.count > GRAPH_MAX_TENSORS)
        return diag_error(r->diag, r->place, "'%s' has %zu tensors, must have "
                          "at most %d", g->path, v.count,
                          (int) GRAPH_MAX_TENSORS);
    g->tensor = arena_alloc_array(&g->arena, v.count, sizeof(*g->tensor));
    if (!g->tensor)
        return out_of_memory(r);
    for (size_t i = 0; i < v.count; i++) {
        const struct flatbuf_table t = flatbuf_table_at(&v, i);

        g->tensor_count = (int) i + 1;
        if (read_tensor(r, &t, (int) i))
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------- operators */

/* Tensor indices; -1 (absent) only where `optional`. `who` in messages. */
static int read_indices(const struct reader *r, const struct flatbuf_vector *v,
                        bool optional, const char *who, const char *what,
                        const int **indices, int *count)
{
    int *list = arena_alloc_array(&r->graph->arena, v->count, sizeof(*list));

    if (v->count > GRAPH_MAX_INPUTS)
        return diag_error(r->diag, r->place, "%s has %zu %ss, must have at "
                          "most %d", who, v->count, what,
                          (int) GRAPH_MAX_INPUTS);
    if (!list)
        return out_of_memory(r);
    for (size_t i = 0; i < v->count; i++) {
        list[i] = flatbuf_i32_at(v, i);
        if (list[i] < (optional ? -1 : 0) || list[i] >= r->graph->tensor_count)
            return diag_error(r->diag, r->place, "%s has tensor %d as its %s "
                              "%zu, must be below the number of tensors, %d",
                              who, list[i], what, i, r->graph->tensor_count);
    }
    *indices = list;
    *count = (int) v->count;
    return 0;
}

static int read_kind(const struct reader *r, const struct flatbuf_table *from,
                     struct graph_node *n)
{
    const int64_t opcode = flatbuf_u32(from, 0, 0);

    if (opcode >= (int64_t) r->codes.count)
        return diag_error(r->diag, r->place, "operator %d has operator code "
                          "%" PRId64 ", must be below the number of codes, %zu",
                          n->index, opcode, r->codes.count);
    const struct flatbuf_table code = flatbuf_table_at(&r->codes,
                                                       (size_t) opcode);
    const int64_t old = flatbuf_i8(&code, 0, 0);
    const int64_t number = flatbuf_i32(&code, 3, 0);
    const struct tflite_op *op = tflite_op_find(old > number ? old : number);

    n->op = op->op;
    n->kind = op->name;
    n->version = (int) flatbuf_i32(&code, 2, 1);
    n->name = read_name(r, &code, 1);    /* of a custom operator */
    return n->name ? 0 : out_of_memory(r);
}

/* Inputs are there already, outputs not yet. */
static int check_order(const struct reader *r, const struct graph_node *n,
                       bool *made)
{
    struct graph *g = r->graph;

    for (int i = 0; i < n->input_count; i++) {
        const int t = n->input[i];

        if (t >= 0 && !made[t])
            return diag_error(r->diag, r->place, "%s reads %s before it is "
                              "made: the graph has a cycle, or a tensor "
                              "without data", graph_describe_node(g, n),
                              graph_describe_tensor(g, t));
    }
    for (int i = 0; i < n->output_count; i++) {
        const int t = n->output[i];

        if (made[t])
            return diag_error(r->diag, r->place, "%s writes %s, which is there "
                              "already", graph_describe_node(g, n),
                              graph_describe_tensor(g, t));
        made[t] = true;
        g->tensor[t].producer = (int) (n - g->node);
    }
    return 0;
}

static int read_node(const struct reader *r, const struct flatbuf_table *from,
                     struct graph_node *n, bool *made)
{
    const struct flatbuf_vector in = flatbuf_vector(from, 1, 4);
    const struct flatbuf_vector out = flatbuf_vector(from, 2, 4);
    const struct flatbuf_table options = flatbuf_table(from, 4);

    if (read_kind(r, from, n) || check_structure(r))
        return -1;
    const char *who = graph_describe_node(r->graph, n);

    if (read_indices(r, &in, true, who, "input", &n->input, &n->input_count)
        || read_indices(r, &out, false, who, "output", &n->output,
                        &n->output_count)
        || tflite_read_options(r->graph, n, &options, r->diag, r->place)
        || check_structure(r))
        return -1;
    return check_order(r, n, made);
}

static int read_nodes(const struct reader *r,
                      const struct flatbuf_table *subgraph, bool *made)
{
    const struct flatbuf_vector v = flatbuf_vector(subgraph, 3, 4);
    struct graph *g = r->graph;

    if (v.count > GRAPH_MAX_NODES)
        return diag_error(r->diag, r->place, "'%s' has %zu operators, must "
                          "have at most %d", g->path, v.count,
                          (int) GRAPH_MAX_NODES);
    g->node = arena_alloc_array(&g->arena, v.count, sizeof(*g->node));
    if (!g->node)
        return out_of_memory(r);
    for (size_t i = 0; i < v.count; i++) {
        const struct flatbuf_table t = flatbuf_table_at(&v, i);

        g->node[i].index = (int) i;
        g->node_count = (int) i + 1;
        if (read_node(r, &t, &g->node[i], made))
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------- the graph */

static int read_ends(const struct reader *r,
                     const struct flatbuf_table *subgraph)
{
    const struct flatbuf_vector in = flatbuf_vector(subgraph, 1, 4);
    const struct flatbuf_vector out = flatbuf_vector(subgraph, 2, 4);
    struct graph *g = r->graph;

    if (read_indices(r, &in, false, "the graph", "input", &g->input,
                     &g->input_count)
        || read_indices(r, &out, false, "the graph", "output", &g->output,
                        &g->output_count))
        return -1;
    if (g->input_count == 0 || g->output_count == 0)
        return diag_error(r->diag, r->place, "'%s' has %d inputs and %d "
                          "outputs, must have at least 1 of each", g->path,
                          g->input_count, g->output_count);
    return 0;
}

static int mark_made(const struct reader *r, bool *made)
{
    const struct graph *g = r->graph;

    for (int t = 0; t < g->tensor_count; t++)
        made[t] = g->tensor[t].data || g->tensor[t].variable;
    for (int i = 0; i < g->input_count; i++) {
        const int t = g->input[i];

        if (graph_elements(&g->tensor[t]) == 0)
            return diag_error(r->diag, r->place, "%s is an input of the graph "
                              "without elements, must have at least 1",
                              graph_describe_tensor(r->graph, t));
        if (g->tensor[t].data)
            return diag_error(r->diag, r->place, "%s is an input of the graph "
                              "and has data, must have one of the two",
                              graph_describe_tensor(r->graph, t));
        made[t] = true;
    }
    return 0;
}

static int check_outputs(const struct reader *r, const bool *made)
{
    for (int i = 0; i < r->graph->output_count; i++) {
        const int t = r->graph->output[i];

        if (!made[t])
            return diag_error(r->diag, r->place, "%s is an output of the graph "
                              "that no operator makes",
                              graph_describe_tensor(r->graph, t));
    }
    return 0;
}

static int read_subgraph(const struct reader *r,
                         const struct flatbuf_table *subgraph)
{
    bool *made;
    int result = -1;

    if (read_tensors(r, subgraph) || read_ends(r, subgraph))
        return -1;
    made = calloc((size_t) r->graph->tensor_count + 1, sizeof(*made));
    if (!made)
        return out_of_memory(r);
    if (!mark_made(r, made) && !read_nodes(r, subgraph, made)
        && !check_structure(r) && !check_outputs(r, made))
        result = 0;
    free(made);
    return result;
}

static int read_model(struct reader *r)
{
    const struct flatbuf_table model = flatbuf_root(&r->fb, "TFL3");
    const int64_t version = flatbuf_u32(&model, 0, 0);
    const struct flatbuf_vector subgraphs = flatbuf_vector(&model, 2, 4);
    struct graph *g = r->graph;

    r->codes = flatbuf_vector(&model, 1, 4);
    r->buffers = flatbuf_vector(&model, 4, 4);
    if (check_structure(r))
        return -1;
    if (version != SCHEMA_VERSION)
        return diag_error(r->diag, r->place, "'%s' has schema version %" PRId64
                          ", must be %d", g->path, version,
                          (int) SCHEMA_VERSION);
    if (subgraphs.count == 0)
        return diag_error(r->diag, r->place, "'%s' has no subgraph, must have "
                          "one", g->path);
    g->producer = read_name(r, &model, 3);
    const struct flatbuf_table main = flatbuf_table_at(&subgraphs, 0);

    if (!g->producer)
        return out_of_memory(r);
    return check_structure(r) ? -1 : read_subgraph(r, &main);
}

int tflite_parse(struct graph *graph, const char *name, const void *bytes,
                 size_t length, struct diag *diag, struct place place)
{
    struct reader r = { .graph = graph, .diag = diag, .place = place };

    memset(graph, 0, sizeof(*graph));
    if (length > (size_t) GRAPH_MAX_BYTES)
        return diag_error(diag, place, "'%s' has %zu bytes, must have at most "
                          "%d", name, length, (int) GRAPH_MAX_BYTES);
    arena_init(&graph->arena, GRAPH_MEMORY_BASE
               + GRAPH_MEMORY_FACTOR * length);
    graph->dialect = GRAPH_TFLITE;
    graph->path = arena_strdup(&graph->arena, name);
    uint8_t *copy = arena_alloc(&graph->arena, length > 4096 ? length : 4096);

    if (!graph->path || !copy || digest_sha256(bytes, length, graph->digest))
        return diag_error(diag, place, "out of memory for '%s'", name);
    memcpy(copy, bytes, length);
    flatbuf_init(&r.fb, copy, length);
    return read_model(&r);
}

int tflite_read(struct graph *graph, const char *path, struct diag *diag,
                struct place place)
{
    size_t length = 0;
    char *bytes = file_read_all(path, GRAPH_MAX_BYTES, &length, diag, place);
    int result = -1;

    memset(graph, 0, sizeof(*graph));
    arena_init(&graph->arena, 0);
    if (bytes)
        result = tflite_parse(graph, path, bytes, length, diag, place);
    free(bytes);
    return result;
}
