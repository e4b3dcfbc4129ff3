/* Operators that move elements about and compute nothing. */
#include "sim/graph/onnx_build.h"

#include <inttypes.h>
#include <string.h>

int onnx_infer_reshape(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t dim[GRAPH_MAX_RANK], allow_zero, rest = graph_elements(x);
    int count, open = -1;

    if (onnx_in_ints(n, 1, GRAPH_MAX_RANK, dim, &count)
        || onnx_attr_int(n, "allowzero", 0, 1, 0, &allow_zero))
        return -1;
    if (count < 0) {
        if (onnx_out_declared(n, 0, 1, x->type))
            return -1;
        const int out = n->node->output[0];
        if (graph_elements(&n->build->graph->tensor[out]) != rest)
            return onnx_fail(n, "its output has not the elements of its input");
        return 0;
    }
    for (int i = 0; i < count; i++) {
        if (dim[i] == 0 && !allow_zero && i < x->rank)
            dim[i] = x->dim[i];
        if (dim[i] == -1 && open < 0) {
            open = i;
            continue;
        }
        if (dim[i] < 1 || rest % dim[i])
            return onnx_fail(n, "its new shape has %" PRId64 " at %d, which "
                             "does not fit %" PRId64 " elements", dim[i], i,
                             graph_elements(x));
        rest /= dim[i];
    }
    if (open >= 0)
        dim[open] = rest;
    else if (rest != 1)
        return onnx_fail(n, "its new shape is too small for %" PRId64
                         " elements", graph_elements(x));
    return onnx_out(n, 0, x->type, count, dim);
}

int onnx_infer_flatten(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t axis, dim[2] = { 1, 1 };

    if (onnx_attr_int(n, "axis", -x->rank, x->rank, 1, &axis))
        return -1;
    axis += axis < 0 ? x->rank : 0;
    for (int i = 0; i < x->rank; i++)
        dim[i >= axis] *= x->dim[i];
    n->node->at.axis = (int) axis;
    return onnx_out(n, 0, x->type, 2, dim);
}

/* Axes: an attribute before opset 13, then an input. *count as onnx_in_ints. */
static int read_axes(struct onnx_node *n, int64_t *axes, int *count)
{
    if (n->opset < 13)
        return onnx_attr_ints(n, "axes", GRAPH_MAX_RANK, axes, count);
    return onnx_in_ints(n, 1, GRAPH_MAX_RANK, axes, count);
}

int onnx_infer_squeeze(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t axes[GRAPH_MAX_RANK], dim[GRAPH_MAX_RANK];
    bool gone[GRAPH_MAX_RANK] = { false };
    int count, rank = 0;

    if (read_axes(n, axes, &count))
        return -1;
    if (count == -2)
        return onnx_out_declared(n, 0, 1, x->type);
    for (int i = 0; i < count; i++) {
        const int axis = onnx_axis(n, axes[i], x->rank);
        if (axis < 0)
            return -1;
        if (x->dim[axis] != 1)
            return onnx_fail(n, "dimension %d is %" PRId64 ", must be 1", axis,
                             x->dim[axis]);
        gone[axis] = true;
    }
    for (int i = 0; i < x->rank; i++)
        if (!gone[i] && (count >= 0 || x->dim[i] != 1))
            dim[rank++] = x->dim[i];
    return onnx_out(n, 0, x->type, rank, dim);
}

int onnx_infer_unsqueeze(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t axes[GRAPH_MAX_RANK], dim[GRAPH_MAX_RANK];
    bool added[GRAPH_MAX_RANK] = { false };
    int count, from = 0;

    if (read_axes(n, axes, &count))
        return -1;
    if (count == -2)
        return onnx_out_declared(n, 0, 1, x->type);
    if (count < 0)
        return onnx_fail(n, "its axes are missing");
    const int rank = x->rank + count;

    if (rank > GRAPH_MAX_RANK)
        return onnx_fail(n, "would make %d dimensions, at most %d", rank,
                         GRAPH_MAX_RANK);
    for (int i = 0; i < count; i++) {
        const int axis = onnx_axis(n, axes[i], rank);
        if (axis < 0)
            return -1;
        if (added[axis])
            return onnx_fail(n, "axis %d stands twice", axis);
        added[axis] = true;
    }
    for (int i = 0; i < rank; i++)
        dim[i] = added[i] ? 1 : x->dim[from++];
    return onnx_out(n, 0, x->type, rank, dim);
}

int onnx_infer_transpose(struct onnx_node *n)
{
    struct graph_attributes *at = &n->node->at;
    const struct graph_tensor *x = onnx_in(n, 0);
    int64_t dim[GRAPH_MAX_RANK];
    bool used[GRAPH_MAX_RANK] = { false };
    int count;

    if (onnx_attr_ints(n, "perm", GRAPH_MAX_RANK, at->ints, &count))
        return -1;
    if (count >= 0 && count != x->rank)
        return onnx_fail(n, "attribute 'perm' has %d numbers, its input %d "
                         "dimensions", count, x->rank);
    for (int i = 0; i < x->rank; i++) {
        if (count < 0)
            at->ints[i] = x->rank - 1 - i;
        if (at->ints[i] < 0 || at->ints[i] >= x->rank || used[at->ints[i]])
            return onnx_fail(n, "attribute 'perm' must have 0 to %d once each",
                             x->rank - 1);
        used[at->ints[i]] = true;
        dim[i] = x->dim[at->ints[i]];
    }
    at->int_count = x->rank;
    return onnx_out(n, 0, x->type, x->rank, dim);
}

int onnx_infer_concat(struct onnx_node *n)
{
    const struct graph_tensor *first = onnx_in(n, 0);
    int64_t axis, dim[GRAPH_MAX_RANK];

    if (!onnx_attr(n, "axis"))
        return onnx_fail(n, "attribute 'axis' is missing");
    if (onnx_attr_int(n, "axis", -GRAPH_MAX_RANK, GRAPH_MAX_RANK, 0, &axis))
        return -1;
    n->node->at.axis = onnx_axis(n, axis, first->rank);
    if (n->node->at.axis < 0)
        return -1;
    memcpy(dim, first->dim, sizeof(dim));
    dim[n->node->at.axis] = 0;
    for (int i = 0; i < n->node->input_count; i++) {
        const struct graph_tensor *t = onnx_in(n, i);
        bool fits = t && t->type == first->type && t->rank == first->rank;
        for (int k = 0; fits && k < t->rank; k++)
            fits = k == n->node->at.axis || t->dim[k] == dim[k];
        if (!fits)
            return onnx_fail(n, "its input %d has another type or shape than "
                             "its first", i);
        dim[n->node->at.axis] += t->dim[n->node->at.axis];
    }
    return onnx_out(n, 0, first->type, first->rank, dim);
}

/* Sizes: an attribute before opset 13, then an input; by default equal, the
 * last one smaller if need be. They become input 1. */
int onnx_infer_split(struct onnx_node *n)
{
    const int parts = n->node->output_count;
    int64_t axis, wanted, *size, total = 0;
    int count;

    size = arena_alloc_array(&n->build->graph->arena, GRAPH_MAX_INPUTS,
                             sizeof(*size));
    if (!size)
        return onnx_no_memory(n->build);
    if (onnx_attr_int(n, "axis", -GRAPH_MAX_RANK, GRAPH_MAX_RANK, 0, &axis)
        || onnx_attr_int(n, "num_outputs", 1, GRAPH_MAX_INPUTS, parts, &wanted)
        || (n->opset < 13
                ? onnx_attr_ints(n, "split", GRAPH_MAX_INPUTS, size, &count)
                : onnx_in_ints(n, 1, GRAPH_MAX_INPUTS, size, &count)))
        return -1;
    n->node->at.axis = onnx_axis(n, axis, onnx_in(n, 0)->rank);
    if (n->node->at.axis < 0)
        return -1;
    const int64_t whole = onnx_in(n, 0)->dim[n->node->at.axis];

    for (int i = 0; count == -2 && i < parts; i++)
        if (onnx_out_declared(n, i, 1, onnx_in(n, 0)->type))
            return -1;
    if (count == -2)
        return 0;
    if (count >= 0 ? count != parts : wanted != parts)
        return onnx_fail(n, "has %d sizes for %d outputs",
                         count >= 0 ? count : (int) wanted, parts);
    for (int i = 0; i < parts; i++) {
        const int64_t each = (whole + parts - 1) / parts;
        if (count < 0)
            size[i] = whole - total < each ? whole - total : each;
        if (size[i] < 1 || size[i] > whole - total)
            return onnx_fail(n, "part %d would have %" PRId64 " of %" PRId64, i,
                             size[i], whole);
        total += size[i];
    }
    if (total != whole)
        return onnx_fail(n, "its parts have %" PRId64 " of %" PRId64, total,
                         whole);
    if (onnx_set_input(n, 1, GRAPH_INT64, 1, parts, size))
        return -1;
    for (int i = 0; i < parts; i++) {
        const struct graph_tensor *x = onnx_in(n, 0);
        int64_t dim[GRAPH_MAX_RANK];
        memcpy(dim, x->dim, sizeof(dim));
        dim[n->node->at.axis] = size[i];
        if (onnx_out(n, i, x->type, x->rank, dim))
            return -1;
    }
    return 0;
}

static int64_t clamp(int64_t value, int64_t lo, int64_t hi)
{
    return value < lo ? lo : value > hi ? hi : value;
}

/* Before opset 10 the ranges are attributes. */
static int slice_inputs(struct onnx_node *n)
{
    static const char *const names[3] = { "starts", "ends", "axes" };

    for (int i = 0; n->opset < 10 && i < 3; i++) {
        int64_t value[GRAPH_MAX_RANK];
        int count;
        if (onnx_attr_ints(n, names[i], GRAPH_MAX_RANK, value, &count)
            || (count >= 0
                && onnx_set_input(n, i + 1, GRAPH_INT64, 1, count, value)))
            return -1;
    }
    if (!onnx_in(n, 1) || !onnx_in(n, 2))
        return onnx_fail(n, "its starts or ends are missing");
    return 0;
}

int onnx_infer_slice(struct onnx_node *n)
{
    int64_t part[4][GRAPH_MAX_RANK], dim[GRAPH_MAX_RANK];
    int count[4];

    if (slice_inputs(n))
        return -1;
    const struct graph_tensor *x = onnx_in(n, 0);

    for (int i = 0; i < 4; i++) {
        if (onnx_in_ints(n, i + 1, GRAPH_MAX_RANK, part[i], &count[i]))
            return -1;
        if (count[i] == -2)
            return onnx_out_declared(n, 0, i + 1, x->type);
        if (count[i] >= 0 && count[i] != count[0])
            return onnx_fail(n, "has %d starts and %d at input %d", count[0],
                             count[i], i + 1);
    }
    memcpy(dim, x->dim, sizeof(dim));
    for (int i = 0; i < count[0]; i++) {
        const int axis = onnx_axis(n, count[2] < 0 ? i : part[2][i], x->rank);
        const int64_t step = count[3] < 0 ? 1 : part[3][i];
        if (axis < 0)
            return -1;
        const int64_t size = x->dim[axis];
        if (step == 0 || step < -size - 1)
            return onnx_fail(n, "step %" PRId64 " along axis %d", step, axis);
        int64_t start = part[0][i], end = part[1][i];
        start = clamp(start < 0 ? start + size : start, 0,
                      step > 0 ? size : size - 1);
        end = clamp(end < 0 ? end + size : end, step > 0 ? 0 : -1, size);
        const int64_t room = step > 0 ? end - start : start - end;
        const int64_t by = step > 0 ? step : -step;
        dim[axis] = room > 0 ? room / by + (room % by != 0) : 0;
    }
    return onnx_out(n, 0, x->type, x->rank, dim);
}

int onnx_infer_gather(struct onnx_node *n)
{
    const struct graph_tensor *x = onnx_in(n, 0), *index = onnx_in(n, 1);
    int64_t axis, dim[2 * GRAPH_MAX_RANK];
    int rank = 0;

    if (index->type != GRAPH_INT64 && index->type != GRAPH_INT32)
        return onnx_fail(n, "its indices are %s, must be int64 or int32",
                         graph_type_name(index->type));
    if (onnx_attr_int(n, "axis", -GRAPH_MAX_RANK, GRAPH_MAX_RANK, 0, &axis))
        return -1;
    n->node->at.axis = onnx_axis(n, axis, x->rank);
    if (n->node->at.axis < 0)
        return -1;
    for (int i = 0; i < x->rank; i++) {
        if (i != n->node->at.axis)
            dim[rank++] = x->dim[i];
        for (int k = 0; i == n->node->at.axis && k < index->rank; k++)
            dim[rank++] = index->dim[k];
    }
    return onnx_out(n, 0, x->type, rank, dim);
}

/* mode in ints[0]: 0 constant, 1 reflect, 2 edge. Paddings become input 1 and
 * the value input 2 where they are attributes (before opset 11). */
static int pad_inputs(struct onnx_node *n)
{
    static const char *const modes[3] = { "constant", "reflect", "edge" };
    const char *mode = onnx_attr_text(n, "mode");
    int64_t pad[2 * GRAPH_MAX_RANK];
    int count, found = mode && !*mode ? 0 : -1;
    double value;

    for (int i = 0; mode && i < 3; i++)
        found = strcmp(mode, modes[i]) == 0 ? i : found;
    if (!mode)
        return -1;
    if (found < 0)
        return onnx_fail(n, "attribute 'mode' is '%s'; constant, reflect and "
                         "edge are supported", mode);
    n->node->at.int_count = 1;
    n->node->at.ints[0] = found;
    if (n->opset >= 11)
        return onnx_in(n, 1) ? 0 : onnx_fail(n, "its paddings are missing");
    if (onnx_attr_ints(n, "pads", 2 * GRAPH_MAX_RANK, pad, &count)
        || onnx_attr_float(n, "value", 0, &value))
        return -1;
    const float fill = (float) value;

    if (count < 0)
        return onnx_fail(n, "attribute 'pads' is missing");
    return onnx_set_input(n, 1, GRAPH_INT64, 1, count, pad)
           || onnx_set_input(n, 2, GRAPH_FLOAT32, 0, 1, &fill) ? -1 : 0;
}

int onnx_infer_pad(struct onnx_node *n)
{
    int64_t pad[2 * GRAPH_MAX_RANK], axes[GRAPH_MAX_RANK], dim[GRAPH_MAX_RANK];
    int count, axis_count;

    if (pad_inputs(n))
        return -1;
    const struct graph_tensor *x = onnx_in(n, 0), *value = onnx_in(n, 2);

    if (value && (value->type != x->type || graph_elements(value) != 1))
        return onnx_fail(n, "its value must be one %s",
                         graph_type_name(x->type));
    if (onnx_in_ints(n, 1, 2 * GRAPH_MAX_RANK, pad, &count)
        || onnx_in_ints(n, 3, GRAPH_MAX_RANK, axes, &axis_count))
        return -1;
    if (count == -2 || axis_count == -2)
        return onnx_out_declared(n, 0, count == -2 ? 1 : 3, x->type);
    const int axis_total = axis_count < 0 ? x->rank : axis_count;

    if (count != 2 * axis_total)
        return onnx_fail(n, "has %d paddings, must have %d", count,
                         2 * axis_total);
    memcpy(dim, x->dim, sizeof(dim));
    for (int i = 0; i < axis_total; i++) {
        const int axis = onnx_axis(n, axis_count < 0 ? i : axes[i], x->rank);
        if (axis < 0)
            return -1;
        for (int k = 0; k < 2; k++) {
            const int64_t by = pad[i + k * axis_total];
            if (by < -GRAPH_MAX_ELEMENTS || by > GRAPH_MAX_ELEMENTS)
                return onnx_fail(n, "a padding is %" PRId64, by);
            if (by > 0 && n->node->at.ints[0] == 1 && by >= x->dim[axis])
                return onnx_fail(n, "reflects %" PRId64 " of %" PRId64
                                 " elements", by, x->dim[axis]);
            dim[axis] += by;
        }
    }
    return onnx_out(n, 0, x->type, x->rank, dim);
}
