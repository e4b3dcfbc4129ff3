/* Operators that move elements: they know bytes, not numbers. */
#include <inttypes.h>
#include <string.h>

#include "sim/graph/onnx_eval_ops.h"

enum { RANK = GRAPH_MAX_RANK };

/* A view of a tensor: the step in elements for each dimension of the result. */
struct view {
    int64_t base, step[RANK];
};

static void natural_steps(const struct graph_tensor *t, int64_t *step)
{
    int64_t each = 1;

    for (int i = t->rank - 1; i >= 0; i--) {
        step[i] = each;
        each *= t->dim[i];
    }
}

/* Copy what the view shows, in the result's row-major order. */
static void copy_view(const struct graph_tensor *out, void *to,
                      const void *from, const struct view *view)
{
    const size_t bytes = graph_type_bytes(out->type);
    const int64_t count = graph_elements(out);
    int64_t at[RANK] = { 0 }, offset = view->base;

    for (int64_t i = 0; i < count; i++) {
        memcpy((char *) to + (size_t) i * bytes,
               (const char *) from + (size_t) offset * bytes, bytes);
        for (int k = out->rank - 1; k >= 0; k--) {
            offset += view->step[k];
            if (++at[k] < out->dim[k])
                break;
            offset -= view->step[k] * out->dim[k];
            at[k] = 0;
        }
    }
}

int onnx_eval_copy(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);

    if (out)
        memcpy(onnx_job_result(j, 0), onnx_job_data(j, 0),
               (size_t) graph_elements(out) * graph_type_bytes(out->type));
    return 0;
}

int onnx_eval_transpose(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    struct view view = { .base = 0 };
    int64_t step[RANK];

    natural_steps(x, step);
    for (int i = 0; i < x->rank; i++)
        view.step[i] = step[j->node->at.ints[i]];
    copy_view(onnx_job_out(j, 0), onnx_job_result(j, 0), onnx_job_data(j, 0),
              &view);
    return 0;
}

static int64_t clamp(int64_t value, int64_t lo, int64_t hi)
{
    return value < lo ? lo : value > hi ? hi : value;
}

int onnx_eval_slice(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    const struct graph_tensor *starts = onnx_job_in(j, 1);
    const int64_t count = graph_elements(starts);
    struct view view = { .base = 0 };
    int64_t step[RANK], taken[RANK];

    natural_steps(x, step);
    memcpy(view.step, step, sizeof(step));
    memcpy(taken, x->dim, sizeof(taken));
    for (int64_t i = 0; i < count; i++) {
        int64_t part[4] = { 0, 0, i, 1 };
        for (int k = 0; k < 4; k++)
            if (onnx_job_in(j, k + 1))
                part[k] = onnx_get_int(onnx_job_in(j, k + 1)->type,
                                       onnx_job_data(j, k + 1), i);
        const int64_t axis = part[2] + (part[2] < 0 ? x->rank : 0);
        if (axis < 0 || axis >= x->rank || part[3] == 0)
            return onnx_job_fail(j, "axis %" PRId64 " with step %" PRId64,
                                 part[2], part[3]);
        const int64_t size = x->dim[axis];
        const bool up = part[3] > 0;
        const int64_t start = clamp(part[0] < 0 ? part[0] + size : part[0], 0,
                                    up ? size : size - 1);
        const int64_t end = clamp(part[1] < 0 ? part[1] + size : part[1],
                                  up ? 0 : -1, size);
        const int64_t room = up ? end - start : start - end;
        const int64_t by = up ? part[3] : part[3] < -size ? size : -part[3];
        taken[axis] = room > 0 ? room / by + (room % by != 0) : 0;
        view.base += start * step[axis];
        view.step[axis] = taken[axis] > 1 ? step[axis] * part[3] : 0;
    }
    for (int i = 0; i < x->rank; i++)
        if (taken[i] != out->dim[i])
            return onnx_job_fail(j, "takes %" PRId64 " along axis %d, its "
                                 "output is declared to have %" PRId64,
                                 taken[i], i, out->dim[i]);
    copy_view(out, onnx_job_result(j, 0), onnx_job_data(j, 0), &view);
    return 0;
}

int onnx_eval_expand(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    struct view view = { .base = 0 };
    int64_t step[RANK];

    natural_steps(x, step);
    for (int i = 0; i < x->rank; i++) {
        const int to = out->rank - x->rank + i;
        if (to < 0 || (x->dim[i] != 1 && x->dim[i] != out->dim[to]))
            return onnx_job_fail(j, "does not expand to its declared output");
        view.step[to] = x->dim[i] == 1 ? 0 : step[i];
    }
    copy_view(out, onnx_job_result(j, 0), onnx_job_data(j, 0), &view);
    return 0;
}

/* Bytes of all that lies behind the axis, the axis included. */
static size_t bytes_from(const struct graph_tensor *t, int axis)
{
    size_t bytes = graph_type_bytes(t->type);

    for (int i = axis; i < t->rank; i++)
        bytes *= (size_t) t->dim[i];
    return bytes;
}

static int64_t count_before(const struct graph_tensor *t, int axis)
{
    int64_t count = 1;

    for (int i = 0; i < axis; i++)
        count *= t->dim[i];
    return count;
}

int onnx_eval_concat(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const int axis = j->node->at.axis;
    const size_t row = bytes_from(out, axis);
    const int64_t rows = count_before(out, axis);
    size_t at = 0;

    for (int i = 0; i < j->node->input_count; i++) {
        const size_t part = bytes_from(onnx_job_in(j, i), axis);
        for (int64_t r = 0; r < rows; r++)
            memcpy((char *) onnx_job_result(j, 0) + (size_t) r * row + at,
                   (const char *) onnx_job_data(j, i) + (size_t) r * part,
                   part);
        at += part;
    }
    return 0;
}

int onnx_eval_split(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const int axis = j->node->at.axis;
    const size_t row = bytes_from(x, axis);
    const int64_t rows = count_before(x, axis);
    const struct graph_tensor *sizes = onnx_job_in(j, 1);
    int64_t left = x->dim[axis];
    size_t at = 0;

    for (int i = 0; i < j->node->output_count; i++) {
        const int64_t size = graph_elements(sizes) > i
            ? onnx_get_int(sizes->type, onnx_job_data(j, 1), i) : -1;
        if (size < 0 || size > left
            || (onnx_job_out(j, i)
                && (onnx_job_out(j, i)->rank != x->rank
                    || bytes_from(onnx_job_out(j, i), 0)
                       != (size_t) rows * (size_t) size
                          * bytes_from(x, axis + 1))))
            return onnx_job_fail(j, "part %d does not have its declared size",
                                 i);
        const size_t part = bytes_from(x, axis + 1) * (size_t) size;
        left -= size;
        for (int64_t r = 0; onnx_job_out(j, i) && r < rows; r++)
            memcpy((char *) onnx_job_result(j, i) + (size_t) r * part,
                   (const char *) onnx_job_data(j, 0) + (size_t) r * row + at,
                   part);
        at += part;
    }
    return 0;
}

int onnx_eval_gather(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0);
    const struct graph_tensor *index = onnx_job_in(j, 1);
    const int axis = j->node->at.axis;
    const size_t each = bytes_from(x, axis + 1);
    const int64_t rows = count_before(x, axis), count = graph_elements(index);
    char *to = onnx_job_result(j, 0);

    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < count; i++) {
            int64_t at = onnx_get_int(index->type, onnx_job_data(j, 1), i);
            if (at < -x->dim[axis] || at >= x->dim[axis])
                return onnx_job_fail(j, "index %" PRId64 " of %" PRId64, at,
                                     x->dim[axis]);
            at += at < 0 ? x->dim[axis] : 0;
            memcpy(to, (const char *) onnx_job_data(j, 0)
                       + (size_t) (r * x->dim[axis] + at) * each, each);
            to += each;
        }
    }
    return 0;
}

/* Where element `at` of a padded axis comes from; -1: from the value. */
static int64_t padded_from(int64_t at, int64_t before, int64_t size, int mode)
{
    int64_t from = at - before;

    if (from >= 0 && from < size)
        return from;
    if (mode == 0)
        return -1;
    if (mode == 2)
        return from < 0 ? 0 : size - 1;
    from = from < 0 ? -from : 2 * (size - 1) - from;
    return from < 0 || from >= size ? -1 : from;
}

/* before[axis]; checks that the paddings give the shape that is declared. */
static int read_paddings(const struct onnx_job *j, int64_t *before)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    const struct graph_tensor *pads = onnx_job_in(j, 1);
    const struct graph_tensor *axes = onnx_job_in(j, 3);
    const int64_t count = axes ? graph_elements(axes) : x->rank;
    int64_t size[RANK];

    memset(before, 0, RANK * sizeof(*before));
    memcpy(size, x->dim, sizeof(size));
    if (graph_elements(pads) != 2 * count)
        return onnx_job_fail(j, "has %" PRId64 " paddings, must have %" PRId64,
                             graph_elements(pads), 2 * count);
    for (int64_t i = 0; i < count; i++) {
        int64_t axis = axes ? onnx_get_int(axes->type, onnx_job_data(j, 3), i)
                            : i;
        axis += axis < 0 ? x->rank : 0;
        if (axis < 0 || axis >= x->rank)
            return onnx_job_fail(j, "axis %" PRId64, axis);
        before[axis] = onnx_get_int(pads->type, onnx_job_data(j, 1), i);
        const int64_t after = onnx_get_int(pads->type, onnx_job_data(j, 1),
                                           i + count);
        if (before[axis] < -GRAPH_MAX_ELEMENTS
            || before[axis] > GRAPH_MAX_ELEMENTS || after < -GRAPH_MAX_ELEMENTS
            || after > GRAPH_MAX_ELEMENTS)
            return onnx_job_fail(j, "a padding of %" PRId64, before[axis]);
        size[axis] = x->dim[axis] + before[axis] + after;
    }
    for (int i = 0; i < x->rank; i++)
        if (out->rank != x->rank || size[i] != out->dim[i])
            return onnx_job_fail(j, "makes %" PRId64 " along axis %d, its "
                                 "output is declared otherwise", size[i], i);
    return 0;
}

int onnx_eval_pad(const struct onnx_job *j)
{
    const struct graph_tensor *x = onnx_job_in(j, 0), *out = onnx_job_out(j, 0);
    const size_t bytes = graph_type_bytes(out->type);
    const char zero[8] = { 0 };
    const char *fill = onnx_job_in(j, 2) ? onnx_job_data(j, 2) : zero;
    int64_t before[RANK], step[RANK], at[RANK] = { 0 };

    if (read_paddings(j, before))
        return -1;
    natural_steps(x, step);
    const int64_t count = graph_elements(out);

    for (int64_t i = 0; i < count; i++) {
        int64_t offset = 0;
        for (int k = 0; k < x->rank && offset >= 0; k++) {
            const int64_t from = padded_from(at[k], before[k], x->dim[k],
                                             (int) j->node->at.ints[0]);
            offset = from < 0 ? -1 : offset + from * step[k];
        }
        memcpy((char *) onnx_job_result(j, 0) + (size_t) i * bytes,
               offset < 0 ? fill : (const char *) onnx_job_data(j, 0)
                                   + (size_t) offset * bytes, bytes);
        for (int k = x->rank - 1; k >= 0 && ++at[k] == out->dim[k]; k--)
            at[k] = 0;
    }
    return 0;
}

int onnx_eval_fill(const struct onnx_job *j)
{
    const struct graph_tensor *out = onnx_job_out(j, 0);
    const size_t bytes = graph_type_bytes(out->type);
    const int64_t count = graph_elements(out);

    for (int64_t i = 0; i < count; i++)
        memcpy((char *) onnx_job_result(j, 0) + (size_t) i * bytes,
               onnx_job_data(j, 1), bytes);
    return 0;
}
