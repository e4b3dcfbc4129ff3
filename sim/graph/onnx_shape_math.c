/* Operators that work element by element or reduce, and constants. */
#include "sim/graph/onnx_build.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "onnx.pb-c.h"

int onnx_infer_same(struct onnx_node *n)
{
    return onnx_out_like(n, 0, onnx_in(n, 0));
}

/* Of inference; with training_mode (opset 12) it would be random. */
int onnx_infer_dropout(struct onnx_node *n)
{
    const struct graph_tensor *training = onnx_in(n, 2);

    if (training && (training->type != GRAPH_BOOL || !training->data
                     || *(const uint8_t *) training->data))
        return onnx_fail(n, "training_mode must be absent or constant false");
    return onnx_infer_same(n);
}

int onnx_infer_float(struct onnx_node *n)
{
    if (onnx_in(n, 0)->type != GRAPH_FLOAT32)
        return onnx_fail(n, "its input is %s, must be float32",
                         graph_type_name(onnx_in(n, 0)->type));
    if (n->node->op == GRAPH_LEAKY_RELU
        && onnx_attr_float(n, "alpha", 0.01, &n->node->at.alpha))
        return -1;
    return onnx_infer_same(n);
}

static int broadcast_into(struct onnx_node *n, int *rank, int64_t *dim,
                          const struct graph_tensor *t)
{
    int64_t wide[GRAPH_MAX_RANK] = { 0 };
    const int most = *rank > t->rank ? *rank : t->rank;

    for (int i = 0; i < most; i++) {
        const int64_t a = i < *rank ? dim[*rank - 1 - i] : 1;
        const int64_t b = i < t->rank ? t->dim[t->rank - 1 - i] : 1;
        if (a != b && a != 1 && b != 1)
            return onnx_fail(n, "its inputs do not broadcast: %" PRId64
                             " and %" PRId64 " at dimension %d from the right",
                             a, b, i);
        wide[most - 1 - i] = a == 1 ? b : a;
    }
    memcpy(dim, wide, (size_t) most * sizeof(*dim));
    *rank = most;
    return 0;
}

int onnx_infer_broadcast(struct onnx_node *n)
{
    const struct graph_tensor *first = onnx_in(n, 0);
    int64_t dim[GRAPH_MAX_RANK];
    int rank = 0;

    if (first->type == GRAPH_BOOL)
        return onnx_fail(n, "its inputs are bool, which is not supported");
    for (int i = 0; i < n->node->input_count; i++) {
        const struct graph_tensor *t = onnx_in(n, i);
        if (!t || t->type != first->type)
            return onnx_fail(n, "its inputs must all be there and of one type");
        if (broadcast_into(n, &rank, dim, t))
            return -1;
    }
    return onnx_out(n, 0, first->type, rank, dim);
}

int onnx_infer_expand(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    struct graph_tensor wanted = { .rank = 0 };
    int64_t dim[GRAPH_MAX_RANK];
    int count, rank = x->rank;

    memcpy(dim, x->dim, sizeof(dim));
    if (onnx_in_ints(n, 1, GRAPH_MAX_RANK, wanted.dim, &count))
        return -1;
    if (count < 0)
        return onnx_out_declared(n, 0, 1, x->type);
    wanted.rank = count;
    if (broadcast_into(n, &rank, dim, &wanted))
        return -1;
    return onnx_out(n, 0, x->type, rank, dim);
}

/* Before opset 11 the bounds are attributes. */
int onnx_infer_clip(struct onnx_node *n)
{
    if (n->opset < 11) {
        static const char *const names[2] = { "min", "max" };
        for (int i = 0; i < 2; i++) {
            double bound;
            if (onnx_attr_float(n, names[i], NAN, &bound))
                return -1;
            const float value = (float) bound;
            if (!isnan(bound)
                && onnx_set_input(n, i + 1, GRAPH_FLOAT32, 0, 1, &value))
                return -1;
        }
    }
    const struct graph_tensor *x = onnx_in(n, 0);

    for (int i = 1; i < 3; i++) {
        const struct graph_tensor *bound = onnx_in(n, i);
        if (bound && (bound->type != x->type || graph_elements(bound) != 1))
            return onnx_fail(n, "its bounds must be one %s each",
                             graph_type_name(x->type));
    }
    return onnx_infer_same(n);
}

int onnx_infer_batch_norm(struct onnx_node *n)
{
    static const char *const names[] = { "scale", "bias", "mean", "variance" };
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t training, spatial;
    double momentum;

    if (onnx_attr_float(n, "epsilon", 1e-5, &n->node->at.epsilon)
        || onnx_attr_float(n, "momentum", 0.9, &momentum)
        || onnx_attr_int(n, "training_mode", 0, 1, 0, &training)
        || onnx_attr_int(n, "spatial", 0, 1, 1, &spatial))
        return -1;
    if (training || !spatial)
        return onnx_fail(n, "%s is not supported; export the model for "
                         "inference", training ? "training_mode 1"
                                               : "spatial 0");
    if (x->rank < 2 || x->type != GRAPH_FLOAT32)
        return onnx_fail(n, "its input must be float32 of 2 dimensions or "
                         "more");
    for (int i = 1; i < 5; i++) {
        const struct graph_tensor *t = onnx_in(n, i);
        if (t->type != GRAPH_FLOAT32 || t->rank != 1 || t->dim[0] != x->dim[1])
            return onnx_fail(n, "its %s must be float32 of the shape [%" PRId64
                             "]", names[i - 1], x->dim[1]);
    }
    for (int i = 1; i < n->node->output_count; i++)
        if (n->node->output[i] >= 0)
            return onnx_fail(n, "output %d is made in training only", i);
    return onnx_infer_same(n);
}

int onnx_infer_softmax(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t axis;

    if (x->type != GRAPH_FLOAT32)
        return onnx_fail(n, "its input must be float32");
    if (onnx_attr_int(n, "axis", -GRAPH_MAX_RANK, GRAPH_MAX_RANK,
                      n->opset < 13 ? 1 : -1, &axis))
        return -1;
    n->node->at.axis = onnx_axis(n, axis, x->rank);
    int64_t version;

    /* QLinearSoftmax says of which opset it is. */
    if (onnx_attr_int(n, "opset", 1, 64, n->opset, &version))
        return -1;
    n->node->version = (int) version;
    n->node->at.beta = 1;
    return n->node->at.axis < 0 ? -1 : onnx_infer_same(n);
}

/* Axes are an attribute, and from opset 18 (13 for sums) an input. */
int onnx_infer_reduce(struct onnx_node *n)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t axes[GRAPH_MAX_RANK], keep, noop, dim[GRAPH_MAX_RANK];
    bool reduced[GRAPH_MAX_RANK] = { false };
    int count, rank = 0;

    if (onnx_attr_ints(n, "axes", GRAPH_MAX_RANK, axes, &count)
        || (count == -1
            && onnx_in_ints(n, 1, GRAPH_MAX_RANK, axes, &count))
        || onnx_attr_int(n, "keepdims", 0, 1, 1, &keep)
        || onnx_attr_int(n, "noop_with_empty_axes", 0, 1, 0, &noop))
        return -1;
    if (count == -2)
        return onnx_fail(n, "its axes must be constant");
    if (x->type != GRAPH_FLOAT32
        && (n->node->op == GRAPH_MEAN || !graph_type_is_integer(x->type)))
        return onnx_fail(n, "its input is %s, which is not supported",
                         graph_type_name(x->type));
    for (int i = 0; i < count; i++) {
        const int axis = onnx_axis(n, axes[i], x->rank);
        if (axis < 0)
            return -1;
        reduced[axis] = true;
    }
    for (int i = 0; i < x->rank; i++) {
        reduced[i] = reduced[i] || (count < 1 && !noop);
        if (reduced[i])
            at->axes[at->axis_count++] = i;
        if (!reduced[i] || keep)
            dim[rank++] = reduced[i] ? 1 : x->dim[i];
    }
    at->keep_dims = keep != 0;
    return onnx_out(n, 0, x->type, rank, dim);
}

int onnx_infer_cast(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t to, saturate;

    if (onnx_attr_int(n, "to", 0, 64, 0, &to)
        || onnx_attr_int(n, "saturate", 0, 1, 1, &saturate))
        return -1;
    n->node->at.to = onnx_type_of((int32_t) to);
    if (n->node->at.to == GRAPH_TYPES)
        return onnx_fail(n, "to %s (type %" PRId64 ") is not supported",
                         onnx_type_name((int32_t) to), to);
    return onnx_out(n, 0, n->node->at.to, x->rank, x->dim);
}

/* Shapes are known, so this is a constant. */
int onnx_infer_shape(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t start, end;

    if (onnx_attr_int(n, "start", INT32_MIN, INT32_MAX, 0, &start)
        || onnx_attr_int(n, "end", INT32_MIN, INT32_MAX, x->rank, &end))
        return -1;
    start += start < 0 ? x->rank : 0;
    end += end < 0 ? x->rank : 0;
    start = start < 0 ? 0 : start > x->rank ? x->rank : start;
    end = end < 0 ? 0 : end > x->rank ? x->rank : end;
    const int64_t count = end > start ? end - start : 0;

    if (count == 0)
        return onnx_fail(n, "takes no dimension of %d", x->rank);
    int64_t *data = arena_alloc_array(&n->build->graph->arena, (size_t) count,
                                      sizeof(*data));

    if (!data)
        return onnx_no_memory(n->build);
    memcpy(data, x->dim + start, (size_t) count * sizeof(*data));
    if (onnx_out(n, 0, GRAPH_INT64, 1, &count))
        return -1;
    if (n->node->output[0] >= 0)
        n->build->graph->tensor[n->node->output[0]].data = data;
    return 0;
}

/* The tensor of attribute `name`. 1: absent, else 0 or -1. */
static int load_attribute(struct onnx_node *n, const char *name,
                          struct graph_tensor *t)
{
    const struct Onnx__Attribute *a = onnx_attr(n, name);

    if (!a)
        return 1;
    if (!a->t)
        return onnx_fail(n, "attribute '%s' must be a tensor", name);
    return onnx_tensor_load(n->build, a->t,
                            graph_describe_node(n->build->graph, n->node), t);
}

/* value_int, value_ints, ...: the other ways to say a constant. 1: none. */
static int load_plain(struct onnx_node *n, struct graph_tensor *t)
{
    const struct Onnx__Attribute *a = NULL;
    static const char *const names[] = { "value_int", "value_ints",
                                         "value_float", "value_floats" };
    int which = 0;

    for (; which < 4 && !(a = onnx_attr(n, names[which])); which++)
        ;
    if (!a)
        return 1;
    const int64_t count = which == 1   ? (int64_t) a->n_ints
                          : which == 3 ? (int64_t) a->n_floats
                                       : 1;
    const void *from = which == 0   ? (const void *) &a->i
                       : which == 1 ? (const void *) a->ints
                       : which == 2 ? (const void *) &a->f
                                    : (const void *) a->floats;
    t->type = which < 2 ? GRAPH_INT64 : GRAPH_FLOAT32;
    t->rank = which % 2;
    t->dim[0] = count;
    const size_t bytes = (size_t) count * graph_type_bytes(t->type);
    void *data = arena_alloc(&n->build->graph->arena, bytes);

    if (!data)
        return onnx_no_memory(n->build);
    if (bytes)
        memcpy(data, from, bytes);
    t->data = data;
    return 0;
}

int onnx_infer_constant(struct onnx_node *n)
{
    struct graph_tensor value = { .producer = -1 };
    int status = load_attribute(n, "value", &value);

    if (status == 1)
        status = load_plain(n, &value);
    if (status < 0)
        return -1;
    if (status == 1)
        return onnx_fail(n, "has no value that is supported (a tensor, "
                         "integers or floats)");
    if (n->node->output[0] < 0)
        return 0;
    struct graph_tensor *t = &n->build->graph->tensor[n->node->output[0]];

    value.name = t->name;
    value.producer = t->producer;
    *t = value;
    n->build->known[n->node->output[0]] = true;
    return 0;
}

int onnx_infer_constant_of_shape(struct onnx_node *n)
{
    struct graph_tensor value = { .type = GRAPH_FLOAT32, .rank = 1,
                                  .dim = { 1 } };
    static const float zero = 0;
    int64_t dim[GRAPH_MAX_RANK];
    int count, status = load_attribute(n, "value", &value);

    if (status < 0 || onnx_in_ints(n, 0, GRAPH_MAX_RANK, dim, &count))
        return -1;
    if (status == 0 && graph_elements(&value) != 1)
        return onnx_fail(n, "attribute 'value' must be one number");
    if (onnx_set_input(n, 1, value.type, 0, 1,
                       status == 0 ? value.data : &zero))
        return -1;
    return count < 0 ? onnx_out_declared(n, 0, 0, value.type)
                     : onnx_out(n, 0, value.type, count, dim);
}
