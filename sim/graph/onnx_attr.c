#include "sim/graph/onnx_build.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "onnx.pb-c.h"
#include "sim/base/strbuf.h"

/* AttributeProto.type; 0 in files that are older than the field. */
enum { KIND_FLOAT = 1, KIND_INT = 2, KIND_STRING = 3, KIND_INTS = 7 };

int onnx_fail(const struct onnx_node *n, const char *format, ...)
{
    struct strbuf text;
    char message[600];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    strbuf_init(&text);
    strbuf_printf(&text, "%s: %s",
                  graph_describe_node(n->build->graph, n->node), message);
    diag_error(n->build->diag, n->build->place, "%s", text.text);
    strbuf_release(&text);
    return -1;
}

const struct Onnx__Attribute *onnx_attr(const struct onnx_node *n,
                                         const char *name)
{
    for (size_t i = 0; i < n->proto->n_attribute; i++) {
        const struct Onnx__Attribute *a = n->proto->attribute[i];
        if (a->name && strcmp(a->name, name) == 0)
            return a;
    }
    return NULL;
}

static int check_kind(const struct onnx_node *n,
                      const struct Onnx__Attribute *a, int kind,
                      bool has_value, const char *what)
{
    if (a->ref_attr_name && *a->ref_attr_name)
        return onnx_fail(n, "attribute '%s' refers to a function's attribute, "
                         "which is not supported", a->name);
    if (a->has_type ? a->type != kind : !has_value)
        return onnx_fail(n, "attribute '%s' must be %s", a->name, what);
    return 0;
}

int onnx_attr_int(const struct onnx_node *n, const char *name, int64_t lo,
                  int64_t hi, int64_t absent, int64_t *value)
{
    const struct Onnx__Attribute *a = onnx_attr(n, name);

    *value = absent;
    if (!a)
        return 0;
    if (check_kind(n, a, KIND_INT, a->has_i, "an integer"))
        return -1;
    if (a->i < lo || a->i > hi)
        return onnx_fail(n, "attribute '%s' is %" PRId64 ", must be %" PRId64
                         " to %" PRId64, name, a->i, lo, hi);
    *value = a->i;
    return 0;
}

int onnx_attr_float(const struct onnx_node *n, const char *name, double absent,
                    double *value)
{
    const struct Onnx__Attribute *a = onnx_attr(n, name);

    *value = absent;
    if (!a)
        return 0;
    if (check_kind(n, a, KIND_FLOAT, a->has_f, "a float"))
        return -1;
    if (!isfinite(a->f))
        return onnx_fail(n, "attribute '%s' is %g, must be finite", name,
                         (double) a->f);
    *value = (double) a->f;
    return 0;
}

const char *onnx_attr_text(const struct onnx_node *n, const char *name)
{
    const struct Onnx__Attribute *a = onnx_attr(n, name);

    if (!a)
        return "";
    if (check_kind(n, a, KIND_STRING, a->has_s, "a string"))
        return NULL;
    const char *text = arena_strndup(&n->build->graph->arena,
                                     a->s.data ? (const char *) a->s.data : "",
                                     a->s.len);

    if (!text)
        onnx_no_memory(n->build);
    return text;
}

int onnx_attr_ints(const struct onnx_node *n, const char *name, int max,
                   int64_t *value, int *count)
{
    const struct Onnx__Attribute *a = onnx_attr(n, name);

    *count = -1;
    if (!a)
        return 0;
    if (check_kind(n, a, KIND_INTS, a->n_ints > 0, "a list of integers"))
        return -1;
    if (a->n_ints > (size_t) max)
        return onnx_fail(n, "attribute '%s' has %zu numbers, must be at most "
                         "%d", name, a->n_ints, max);
    *count = (int) a->n_ints;
    if (a->n_ints)
        memcpy(value, a->ints, a->n_ints * sizeof(*value));
    return 0;
}

const struct graph_tensor *onnx_in(const struct onnx_node *n, int i)
{
    if (i >= n->node->input_count || n->node->input[i] < 0)
        return NULL;
    return &n->build->graph->tensor[n->node->input[i]];
}

int onnx_in_ints(const struct onnx_node *n, int i, int max, int64_t *value,
                 int *count)
{
    const struct graph_tensor *t = onnx_in(n, i);

    *count = t ? -2 : -1;
    if (!t)
        return 0;
    if (t->type != GRAPH_INT64 && t->type != GRAPH_INT32)
        return onnx_fail(n, "%s is %s, must be int64 or int32",
                         graph_describe_tensor(n->build->graph,
                                               n->node->input[i]),
                         graph_type_name(t->type));
    if (!t->data)
        return 0;
    const int64_t elements = graph_elements(t);

    if (t->rank > 1 || elements > max)
        return onnx_fail(n, "%s must be a list of at most %d numbers",
                         graph_describe_tensor(n->build->graph,
                                               n->node->input[i]), max);
    for (int64_t k = 0; k < elements; k++)
        value[k] = t->type == GRAPH_INT64 ? ((const int64_t *) t->data)[k]
                                          : ((const int32_t *) t->data)[k];
    *count = (int) elements;
    return 0;
}

int onnx_set_input(struct onnx_node *n, int i, enum graph_type type, int rank,
                   int64_t count, const void *values)
{
    struct onnx_build *b = n->build;
    const size_t bytes = (size_t) count * graph_type_bytes(type);
    const int index = onnx_add_tensor(b, "");

    if (index < 0)
        return -1;
    struct graph_tensor *t = &b->graph->tensor[index];
    void *data = arena_alloc(&b->graph->arena, bytes);
    const int old = n->node->input_count;
    int *input = arena_alloc_array(&b->graph->arena,
                                   (size_t) (i < old ? old : i + 1),
                                   sizeof(*input));

    if (!data || !input)
        return onnx_no_memory(b);
    if (bytes)
        memcpy(data, values, bytes);
    t->type = type;
    t->rank = rank;
    t->dim[0] = count;
    t->data = data;
    b->known[index] = true;
    for (int k = 0; k < (i < old ? old : i + 1); k++)
        input[k] = k < old ? n->node->input[k] : -1;
    input[i] = index;
    n->node->input = input;
    if (i >= old)
        n->node->input_count = i + 1;
    return 0;
}

int onnx_check_scale(const struct onnx_node *n, int i)
{
    const struct graph_tensor *t = onnx_in(n, i);
    const int64_t count = t && t->data ? graph_elements(t) : 0;

    for (int64_t k = 0; k < count; k++) {
        const float scale = ((const float *) t->data)[k];
        if (!(scale > 0) || !isfinite(scale))
            return onnx_fail(n, "%s has the scale %g at %" PRId64 ", must be "
                             "positive and finite",
                             graph_describe_tensor(n->build->graph,
                                                   n->node->input[i]),
                             (double) scale, k);
    }
    return 0;
}

int onnx_axis(const struct onnx_node *n, int64_t axis, int rank)
{
    if (axis < -rank || axis >= rank)
        return onnx_fail(n, "axis %" PRId64 " of a tensor of %d dimensions",
                         axis, rank);
    return (int) (axis < 0 ? axis + rank : axis);
}

/* Elements of a shape, or -1 when there are too many or a dimension is not
 * positive. */
static int64_t count_elements(int rank, const int64_t *dim)
{
    int64_t elements = 1;

    for (int i = 0; i < rank; i++) {
        if (dim[i] < 1 || dim[i] > GRAPH_MAX_ELEMENTS / elements)
            return -1;
        elements *= dim[i];
    }
    return elements;
}

static void format_shape(struct strbuf *b, int rank, const int64_t *dim)
{
    strbuf_add_char(b, '[');
    for (int i = 0; i < rank; i++)
        strbuf_printf(b, "%s%" PRId64, i ? ", " : "", dim[i]);
    strbuf_add_char(b, ']');
}

static int refuse_shape(struct onnx_node *n, int index, int rank,
                        const int64_t *dim)
{
    struct strbuf shape;

    strbuf_init(&shape);
    format_shape(&shape, rank, dim);
    onnx_fail(n, "%s would have the shape %s; dimensions must be positive and "
              "elements at most %d",
              graph_describe_tensor(n->build->graph, index), shape.text,
              GRAPH_MAX_ELEMENTS);
    strbuf_release(&shape);
    return -1;
}

/* The file's own word on a shape counts where it is closed. */
static int compare_declared(struct onnx_node *n, int index,
                            const struct graph_tensor *t)
{
    const struct onnx_declared *d = &n->build->declared[index];
    bool same = d->rank == t->rank && d->type == t->type;

    if (!d->present)
        return 0;
    for (int i = 0; same && i < t->rank; i++)
        same = d->dim[i] < 0 || d->dim[i] == t->dim[i] || i == 0;
    if (same)
        return 0;
    struct strbuf text;

    strbuf_init(&text);
    strbuf_printf(&text, "%s is declared as %s ",
                  graph_describe_tensor(n->build->graph, index),
                  graph_type_name(d->type));
    format_shape(&text, d->rank, d->dim);
    strbuf_printf(&text, ", the operator makes %s ", graph_type_name(t->type));
    format_shape(&text, t->rank, t->dim);
    onnx_fail(n, "%s", text.text);
    strbuf_release(&text);
    return -1;
}

int onnx_out(struct onnx_node *n, int i, enum graph_type type, int rank,
             const int64_t *dim)
{
    const int index = i < n->node->output_count ? n->node->output[i] : -1;

    if (index < 0)
        return 0;
    struct graph_tensor *t = &n->build->graph->tensor[index];

    if (rank > GRAPH_MAX_RANK)
        return onnx_fail(n, "%s would have %d dimensions, at most %d",
                         graph_describe_tensor(n->build->graph, index), rank,
                         GRAPH_MAX_RANK);
    if (count_elements(rank, dim) < 0)
        return refuse_shape(n, index, rank, dim);
    t->type = type;
    t->rank = rank;
    for (int k = 0; k < rank; k++)
        t->dim[k] = dim[k];
    n->build->known[index] = true;
    return compare_declared(n, index, t);
}

int onnx_out_like(struct onnx_node *n, int i, const struct graph_tensor *t)
{
    return onnx_out(n, i, t->type, t->rank, t->dim);
}

int onnx_out_declared(struct onnx_node *n, int output, int i,
                      enum graph_type type)
{
    const int index = n->node->output[output];

    if (index < 0)
        return 0;
    const struct onnx_declared *d = &n->build->declared[index];
    bool closed = d->present;

    for (int k = 0; closed && k < d->rank; k++)
        closed = d->dim[k] > 0;
    if (!closed)
        return onnx_fail(n, "%s is computed while the network runs and decides "
                         "the shape of %s; it must be a constant",
                         graph_describe_tensor(n->build->graph,
                                               n->node->input[i]),
                         graph_describe_tensor(n->build->graph, index));
    return onnx_out(n, output, type, d->rank, d->dim);
}
