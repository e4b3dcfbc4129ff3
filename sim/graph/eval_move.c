/*
 * eval_move.c - operators that move elements, or make shapes: no arithmetic, so
 * they take every type whose elements are whole bytes.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/graph/eval_parts.h"

static void copy_element(struct eval_value *to, int64_t i,
                         const struct eval_value *from, int64_t k)
{
    const size_t size = graph_type_bytes(to->type);

    memcpy((char *) to->data + (size_t) i * size,
           (const char *) from->data + (size_t) k * size, size);
}

static bool moves(const struct eval_call *c, int input)
{
    return eval_same_type(c, &c->in[input], &c->out[0])
           && eval_same_scale(c, &c->in[input], &c->out[0]);
}

/* Coordinates of element i, and the element at coordinates. */
static void coordinates(const struct eval_value *v, int64_t i, int64_t *at)
{
    for (int k = v->rank - 1; k >= 0; k--) {
        at[k] = i % v->dim[k];
        i /= v->dim[k];
    }
}

static int64_t element(const struct eval_value *v, const int64_t *at)
{
    int64_t i = 0;

    for (int k = 0; k < v->rank; k++)
        i = i * v->dim[k] + at[k];
    return i;
}

/* Elements before and behind an axis. */
static int64_t outer_of(const struct eval_value *v, int axis)
{
    int64_t n = 1;

    for (int k = 0; k < axis; k++)
        n *= v->dim[k];
    return n;
}

static int64_t inner_of(const struct eval_value *v, int axis)
{
    int64_t n = 1;

    for (int k = axis + 1; k < v->rank; k++)
        n *= v->dim[k];
    return n;
}

/* --------------------------------------------------------------- reshape */

/* The shape that a RESHAPE is told, with at most one -1 in it; 0: none. */
static int told_shape(const struct eval_call *c, int64_t *dim)
{
    const struct graph_attributes *at = &c->node->at;
    const bool listed = eval_has(c, 1) && c->in[1].data
                        && eval_is_list(c, 1, -1, "dimensions");
    const int64_t count = listed ? eval_elements(&c->in[1]) : at->int_count;
    int64_t elements = eval_elements(&c->in[0]);
    int open = -1;

    if (c->node->op != GRAPH_RESHAPE || count > GRAPH_MAX_RANK)
        return 0;
    for (int i = 0; i < count; i++) {
        dim[i] = listed ? eval_int(&c->in[1], i) : at->ints[i];
        if (dim[i] == -1 && open >= 0)
            return 0;
        if (dim[i] == -1)
            open = i;
        else if (dim[i] < 1 || elements % dim[i] != 0)
            return 0;
        else
            elements /= dim[i];
    }
    if (open >= 0)
        dim[open] = elements;
    return open < 0 && elements != 1 ? 0 : (int) count;
}

/* SQUEEZE: without the axes it names, or without all of 1. */
static bool check_squeeze(const struct eval_call *c)
{
    const struct graph_attributes *at = &c->node->at;
    const struct eval_value *in = &c->in[0];
    int64_t dim[GRAPH_MAX_RANK];
    unsigned gone = 0;
    int rank = 0;

    for (int i = 0; i < at->int_count; i++) {
        const int axis = eval_axis(at->ints[i], in->rank);

        if (axis < 0 || in->dim[axis] != 1)
            return eval_refuse(c, "squeezes dimension %" PRId64 ", must be one "
                               "of its input's, of size 1", at->ints[i]);
        gone |= 1u << axis;
    }
    for (int k = 0; k < in->rank; k++)
        if (at->int_count ? !(gone & 1u << k) : in->dim[k] != 1)
            dim[rank++] = in->dim[k];
    return eval_shape_is(c, &c->out[0], dim, rank);
}

bool eval_check_reshape(const struct eval_call *c)
{
    const bool told = c->node->op == GRAPH_RESHAPE && eval_has(c, 1)
                      && c->in[1].data && eval_elements(&c->in[1]) > 0;
    int64_t dim[GRAPH_MAX_RANK];
    const int rank = c->infer || told ? told_shape(c, dim) : 0;

    if (rank > 0 && !eval_shape_is(c, &c->out[0], dim, rank))
        return false;
    if (told && rank == 0)
        return eval_refuse(c, "has a new shape that is none, must have sizes "
                           "from 1 and at most one -1, of its input's %" PRId64
                           " elements", eval_elements(&c->in[0]));
    if (c->node->op == GRAPH_SQUEEZE && !check_squeeze(c))
        return false;
    if (c->infer && c->node->op == GRAPH_IDENTITY)
        return eval_shape_is(c, &c->out[0], c->in[0].dim, c->in[0].rank);
    const int64_t in = eval_elements(&c->in[0]);
    const int64_t out = eval_elements(&c->out[0]);

    if (in != out)
        return eval_refuse(c, "has %" PRId64 " elements in and %" PRId64
                           " out, must have the same number", in, out);
    return moves(c, 0);
}

void eval_run_reshape(const struct eval_call *c)
{
    memcpy(c->out[0].data, c->in[0].data, (size_t) eval_elements(&c->out[0])
           * graph_type_bytes(c->out[0].type));
}

/* ------------------------------------------------------------------- pad */

bool eval_check_pad(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    int64_t dim[GRAPH_MAX_RANK];

    if (!moves(c, 0) || !eval_is_list(c, 1, 2 * (int64_t) in->rank, "paddings"))
        return false;
    for (int i = 0; i < in->rank; i++) {
        const int64_t before = eval_int(&c->in[1], 2 * i);
        const int64_t after = eval_int(&c->in[1], 2 * i + 1);

        if (before < 0 || after < 0 || before > GRAPH_MAX_ELEMENTS
            || after > GRAPH_MAX_ELEMENTS)
            return eval_refuse(c, "has paddings %" PRId64 " and %" PRId64
                               " in dimension %d, must be 0 to %d", before,
                               after, i, (int) GRAPH_MAX_ELEMENTS);
        dim[i] = in->dim[i] + before + after;
    }
    if (eval_has(c, 2)) {
        if (eval_elements(&c->in[2]) != 1)
            return eval_refuse(c, "has %" PRId64 " values to pad with, must "
                               "have 1", eval_elements(&c->in[2]));
        if (!eval_same_type(c, in, &c->in[2]))
            return false;
    }
    return eval_shape_is(c, &c->out[0], dim, in->rank);
}

/* Zero is the zero point where there is one. */
static void fill_padding(const struct eval_call *c)
{
    struct eval_value *out = &c->out[0];
    const int64_t count = eval_elements(out);

    if (eval_has(c, 2)) {
        for (int64_t i = 0; i < count; i++)
            copy_element(out, i, &c->in[2], 0);
        return;
    }
    memset(out->data, 0, (size_t) count * graph_type_bytes(out->type));
    if (out->quant->count)
        for (int64_t i = 0; i < count; i++)
            eval_store(out, i, eval_zero_point(out));
}

void eval_run_pad(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int64_t count = eval_elements(in);
    int64_t at[GRAPH_MAX_RANK];

    fill_padding(c);
    for (int64_t i = 0; i < count; i++) {
        coordinates(in, i, at);
        for (int k = 0; k < in->rank; k++)
            at[k] += eval_int(&c->in[1], 2 * k);
        copy_element(&c->out[0], element(&c->out[0], at), in, i);
    }
}

/* ---------------------------------------------------------------- concat */

bool eval_check_concat(const struct eval_call *c)
{
    const struct eval_value *o = &c->out[0];
    const int axis = eval_axis(c->node->at.axis, o->rank);
    int64_t dim[GRAPH_MAX_RANK], sum = 0;

    if (axis < 0)
        return eval_refuse(c, "joins along dimension %d, must be one of its "
                           "output's %d", c->node->at.axis, o->rank);
    for (int i = 0; i < c->node->input_count; i++) {
        const struct eval_value *in = &c->in[i];

        if (!eval_has(c, i) || in->rank != o->rank)
            return eval_refuse(c, "has inputs of different ranks, must have "
                               "the same");
        if (!moves(c, i))
            return false;
        sum += in->dim[axis];
        memcpy(dim, in->dim, sizeof(dim));
        dim[axis] = o->dim[axis];
        if (!eval_shape_is(c, o, dim, o->rank))
            return false;
    }
    return sum == o->dim[axis]
           || eval_refuse(c, "has %" PRId64 " elements along dimension %d in "
                          "all, must have %" PRId64, sum, axis, o->dim[axis]);
}

/* Blocks of each input, one behind the other. */
static void join(const struct eval_call *c, int axis)
{
    struct eval_value *o = &c->out[0];
    const size_t size = graph_type_bytes(o->type);
    const int64_t outer = outer_of(o, axis), inner = inner_of(o, axis);
    char *to = o->data;

    for (int64_t b = 0; b < outer; b++)
        for (int i = 0; i < c->node->input_count; i++) {
            const size_t bytes = (size_t) (c->in[i].dim[axis] * inner) * size;

            memcpy(to, (const char *) c->in[i].data + (size_t) b * bytes,
                   bytes);
            to += bytes;
        }
}

void eval_run_concat(const struct eval_call *c)
{
    join(c, eval_axis(c->node->at.axis, c->out[0].rank));
}

/* PACK: as many inputs of one shape, along an axis that is new. */
bool eval_check_pack(const struct eval_call *c)
{
    const struct eval_value *o = &c->out[0];
    const int axis = eval_axis(c->node->at.axis, o->rank);

    if (axis < 0)
        return eval_refuse(c, "packs along dimension %d, must be one of its "
                           "output's %d", c->node->at.axis, o->rank);
    for (int i = 0; i < c->node->input_count; i++) {
        const struct eval_value *in = &c->in[i];
        int64_t dim[GRAPH_MAX_RANK];
        int rank = 0;

        if (!eval_has(c, i) || in->rank != o->rank - 1)
            return eval_refuse(c, "has an input of another rank, must have %d",
                               o->rank - 1);
        for (int k = 0; k < o->rank; k++)
            dim[k] = k == axis ? c->node->input_count : in->dim[rank++];
        if (!moves(c, i) || !eval_shape_is(c, o, dim, o->rank))
            return false;
    }
    return true;
}

void eval_run_pack(const struct eval_call *c)
{
    struct eval_value *o = &c->out[0];
    const int axis = eval_axis(c->node->at.axis, o->rank);
    const int64_t outer = outer_of(o, axis), inner = inner_of(o, axis);
    int64_t to = 0;

    for (int64_t b = 0; b < outer; b++)
        for (int i = 0; i < c->node->input_count; i++)
            for (int64_t k = 0; k < inner; k++)
                copy_element(o, to++, &c->in[i], b * inner + k);
}

/* ----------------------------------------------------- split and unpack */

/* SPLIT: axis, value; SPLIT_V: value, sizes, axis. */
static int split_value(const struct eval_call *c)
{
    return c->node->input_count == 3 ? 0 : 1;
}

static int split_axis(const struct eval_call *c)
{
    const struct eval_value *axis = &c->in[c->node->input_count == 3 ? 2 : 0];

    return eval_axis(eval_int(axis, 0), c->in[split_value(c)].rank);
}

bool eval_check_split(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[split_value(c)];
    int64_t sum = 0;

    if (!eval_is_list(c, c->node->input_count == 3 ? 2 : 0, 1, "axes"))
        return false;
    const int axis = split_axis(c);

    if (axis < 0)
        return eval_refuse(c, "splits along a dimension that its input lacks, "
                           "must be one of its %d", in->rank);
    for (int i = 0; i < c->node->output_count; i++) {
        const struct eval_value *o = &c->out[i];
        int64_t dim[GRAPH_MAX_RANK];

        if (!eval_same_type(c, in, o) || !eval_same_scale(c, in, o))
            return false;
        memcpy(dim, in->dim, sizeof(dim));
        dim[axis] = o->rank > axis ? o->dim[axis] : 0;
        if (!eval_shape_is(c, o, dim, in->rank))
            return false;
        sum += dim[axis];
    }
    return sum == in->dim[axis]
           || eval_refuse(c, "has %" PRId64 " elements along dimension %d in "
                          "all outputs, must have %" PRId64, sum, axis,
                          in->dim[axis]);
}

void eval_run_split(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[split_value(c)];
    const int axis = split_axis(c);
    const int64_t outer = outer_of(in, axis), inner = inner_of(in, axis);
    int64_t first = 0;

    for (int i = 0; i < c->node->output_count; i++) {
        const int64_t part = c->out[i].dim[axis];

        for (int64_t b = 0; b < outer; b++)
            for (int64_t k = 0; k < part * inner; k++)
                copy_element(&c->out[i], b * part * inner + k, in,
                             (b * in->dim[axis] + first) * inner + k);
        first += part;
    }
}

bool eval_check_unpack(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int axis = eval_axis(c->node->at.axis, in->rank);
    int64_t dim[GRAPH_MAX_RANK];
    int rank = 0;

    if (axis < 0 || in->dim[axis] != c->node->output_count)
        return eval_refuse(c, "unpacks dimension %d into %d outputs, must be "
                           "one of that size", c->node->at.axis,
                           c->node->output_count);
    for (int k = 0; k < in->rank; k++)
        if (k != axis)
            dim[rank++] = in->dim[k];
    for (int i = 0; i < c->node->output_count; i++)
        if (!eval_same_type(c, in, &c->out[i])
            || !eval_same_scale(c, in, &c->out[i])
            || !eval_shape_is(c, &c->out[i], dim, rank))
            return false;
    return true;
}

void eval_run_unpack(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int axis = eval_axis(c->node->at.axis, in->rank);
    const int64_t outer = outer_of(in, axis), inner = inner_of(in, axis);

    for (int i = 0; i < c->node->output_count; i++)
        for (int64_t b = 0; b < outer; b++)
            for (int64_t k = 0; k < inner; k++)
                copy_element(&c->out[i], b * inner + k, in,
                             (b * in->dim[axis] + i) * inner + k);
}

/* --------------------------------------------------------- strided slice */

struct range {
    int64_t begin, step, count;
    bool shrinks;
};

static int64_t bound(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* The elements that one dimension gives; count 0: none. */
static struct range range_of(const struct eval_call *c, int k)
{
    const struct graph_attributes *at = &c->node->at;
    const int64_t size = c->in[0].dim[k];
    const bool listed = k < eval_elements(&c->in[1]);
    struct range r = { 0, 1, size, false };

    if (!listed)
        return r;
    const uint32_t bit = UINT32_C(1) << k;
    const int64_t begin = eval_int(&c->in[1], k), end = eval_int(&c->in[2], k);

    r.step = eval_int(&c->in[3], k);
    const int64_t lo = r.step > 0 ? 0 : -1;
    const int64_t hi = r.step > 0 ? size : size - 1;

    r.begin = at->begin_mask & bit ? (r.step > 0 ? 0 : size - 1)
            : bound(begin < 0 ? begin + size : begin, lo, hi);
    if (at->shrink_mask & bit) {
        r.shrinks = true;
        r.count = r.begin >= 0 && r.begin < size;
        r.step = 1;
        return r;
    }
    int64_t stop = at->end_mask & bit ? (r.step > 0 ? size : -1)
                 : bound(end < 0 ? end + size : end, lo, hi);

    if (at->slice_offset && !(at->end_mask & bit))
        stop = bound(r.begin + end, lo, hi);
    const int64_t span = r.step > 0 ? stop - r.begin : r.begin - stop;
    const int64_t step = r.step > 0 ? r.step : -r.step;

    r.count = span > 0 ? (span + step - 1) / step : 0;
    return r;
}

static bool check_lists(const struct eval_call *c)
{
    static const char *const what[] = { "", "begins", "ends", "strides" };
    const int64_t count = eval_elements(&c->in[1]);

    for (int i = 1; i <= 3; i++) {
        if (!eval_is_list(c, i, count, what[i]))
            return false;
        for (int64_t k = 0; k < count; k++) {
            const int64_t v = eval_int(&c->in[i], k);

            if (v > INT32_MAX || v < -INT32_MAX || (i == 3 && v == 0))
                return eval_refuse(c, "has %" PRId64 " in its %s, must be of "
                                   "32 bits, and no stride 0", v, what[i]);
        }
    }
    return count <= c->in[0].rank
           || eval_refuse(c, "slices %" PRId64 " dimensions, must be at most "
                          "%d", count, c->in[0].rank);
}

bool eval_check_slice(const struct eval_call *c)
{
    const struct graph_attributes *at = &c->node->at;
    int64_t dim[GRAPH_MAX_RANK];
    int rank = 0;

    if (at->ellipsis_mask || at->new_axis_mask)
        return eval_refuse(c, "has an ellipsis or a new axis, must have "
                           "neither (a RESHAPE gives the axis)");
    if (!moves(c, 0) || !check_lists(c))
        return false;
    for (int k = 0; k < c->in[0].rank; k++) {
        const struct range r = range_of(c, k);

        if (r.count < 1)
            return eval_refuse(c, "takes nothing of dimension %d, must take at "
                               "least 1", k);
        if (!r.shrinks)
            dim[rank++] = r.count;
    }
    return eval_shape_is(c, &c->out[0], dim, rank);
}

void eval_run_slice(const struct eval_call *c)
{
    struct range range[GRAPH_MAX_RANK] = { { 0 } };
    struct eval_value whole = c->out[0];
    const int64_t count = eval_elements(&c->out[0]);
    int64_t at[GRAPH_MAX_RANK];

    whole.rank = c->in[0].rank;
    for (int k = 0; k < whole.rank; k++) {
        range[k] = range_of(c, k);
        whole.dim[k] = range[k].count;
    }
    for (int64_t i = 0; i < count; i++) {
        coordinates(&whole, i, at);
        for (int k = 0; k < whole.rank; k++)
            at[k] = range[k].begin + at[k] * range[k].step;
        copy_element(&c->out[0], i, &c->in[0], element(&c->in[0], at));
    }
}

/* ----------------------------------------------------------------- slice */

/* SLICE: begins and sizes, of which -1 means to the end. */
static int64_t cut_size(const struct eval_call *c, int k)
{
    const int64_t size = eval_int(&c->in[2], k);

    return size == -1 ? c->in[0].dim[k] - eval_int(&c->in[1], k) : size;
}

bool eval_check_cut(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    int64_t dim[GRAPH_MAX_RANK];

    if (!moves(c, 0) || !eval_is_list(c, 1, in->rank, "begins")
        || !eval_is_list(c, 2, in->rank, "sizes"))
        return false;
    for (int k = 0; k < in->rank; k++) {
        const int64_t begin = eval_int(&c->in[1], k);

        if (begin < 0 || begin >= in->dim[k])
            return eval_refuse(c, "begins at %" PRId64 " in dimension %d, must "
                               "be 0 to %" PRId64, begin, k, in->dim[k] - 1);
        dim[k] = cut_size(c, k);
        if (dim[k] < 1 || dim[k] > in->dim[k] - begin)
            return eval_refuse(c, "takes %" PRId64 " from %" PRId64 " on in "
                               "dimension %d, must be 1 to %" PRId64, dim[k],
                               begin, k, in->dim[k] - begin);
    }
    return eval_shape_is(c, &c->out[0], dim, in->rank);
}

void eval_run_cut(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);
    int64_t at[GRAPH_MAX_RANK];

    for (int64_t i = 0; i < count; i++) {
        coordinates(&c->out[0], i, at);
        for (int k = 0; k < c->in[0].rank; k++)
            at[k] += eval_int(&c->in[1], k);
        copy_element(&c->out[0], i, &c->in[0], element(&c->in[0], at));
    }
}

/* ------------------------------------------------------------- transpose */

bool eval_check_transpose(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    int64_t dim[GRAPH_MAX_RANK];
    unsigned seen = 0;

    if (!moves(c, 0) || !eval_is_list(c, 1, in->rank, "axes"))
        return false;
    for (int k = 0; k < in->rank; k++) {
        const int axis = eval_axis(eval_int(&c->in[1], k), in->rank);

        if (axis < 0 || seen & 1u << axis)
            return eval_refuse(c, "has %" PRId64 " in its permutation, must "
                               "have each of %d axes once",
                               eval_int(&c->in[1], k), in->rank);
        seen |= 1u << axis;
        dim[k] = in->dim[axis];
    }
    return eval_shape_is(c, &c->out[0], dim, in->rank);
}

void eval_run_transpose(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);
    int64_t at[GRAPH_MAX_RANK], from[GRAPH_MAX_RANK];

    for (int64_t i = 0; i < count; i++) {
        coordinates(&c->out[0], i, at);
        for (int k = 0; k < c->out[0].rank; k++)
            from[eval_axis(eval_int(&c->in[1], k), c->in[0].rank)] = at[k];
        copy_element(&c->out[0], i, &c->in[0], element(&c->in[0], from));
    }
}

/* ---------------------------------------------------------------- resize */

bool eval_check_resize(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    int64_t dim[4];

    if (!eval_has_rank(c, in, 4, "an input") || !moves(c, 0)
        || !eval_is_list(c, 1, 2, "sizes"))
        return false;
    memcpy(dim, in->dim, sizeof(dim));
    dim[1] = eval_int(&c->in[1], 0);
    dim[2] = eval_int(&c->in[1], 1);
    return eval_shape_is(c, &c->out[0], dim, 4);
}

/* In float32, as the kernel has it. */
static int64_t nearest(const struct graph_attributes *at, int64_t i, int64_t in,
                       int64_t out)
{
    const bool corners = at->align_corners && out > 1;
    const float scale = corners ? (float) (in - 1) / (float) (out - 1)
                                : (float) in / (float) out;
    const float offset = at->half_pixel_centers ? 0.5f : 0.0f;
    const float where = ((float) i + offset) * scale;
    const int64_t from = (int64_t) (at->align_corners ? roundf(where)
                                                      : floorf(where));

    return bound(from, 0, in - 1);
}

void eval_run_resize(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *o = &c->out[0];
    const int64_t count = eval_elements(o);
    int64_t at[4];

    for (int64_t i = 0; i < count; i++) {
        coordinates(o, i, at);
        at[1] = nearest(&c->node->at, at[1], in->dim[1], o->dim[1]);
        at[2] = nearest(&c->node->at, at[2], in->dim[2], o->dim[2]);
        copy_element(&c->out[0], i, in, element(in, at));
    }
}

/* ---------------------------------------------------------------- gather */

bool eval_check_gather(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *index = &c->in[1];
    const int axis = eval_axis(c->node->at.axis, in->rank);
    int64_t dim[2 * GRAPH_MAX_RANK];
    int rank = 0;

    if (axis < 0 || c->node->at.batch_dims != 0)
        return eval_refuse(c, "gathers along dimension %d with %d batch "
                           "dimensions, must be one of its input's, and 0",
                           c->node->at.axis, c->node->at.batch_dims);
    if (!moves(c, 0) || !eval_is_list(c, 1, -1, "indices"))
        return false;
    for (int64_t i = 0; i < eval_elements(index); i++)
        if (eval_int(index, i) < 0 || eval_int(index, i) >= in->dim[axis])
            return eval_refuse(c, "gathers element %" PRId64 ", must be 0 to %"
                               PRId64, eval_int(index, i), in->dim[axis] - 1);
    for (int k = 0; k < axis; k++)
        dim[rank++] = in->dim[k];
    for (int k = 0; k < index->rank; k++)
        dim[rank++] = index->dim[k];
    for (int k = axis + 1; k < in->rank; k++)
        dim[rank++] = in->dim[k];
    return eval_shape_is(c, &c->out[0], dim, rank);
}

void eval_run_gather(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *index = &c->in[1];
    const int axis = eval_axis(c->node->at.axis, in->rank);
    const int64_t outer = outer_of(in, axis), inner = inner_of(in, axis);
    const int64_t count = eval_elements(index);
    int64_t to = 0;

    for (int64_t b = 0; b < outer; b++)
        for (int64_t i = 0; i < count; i++)
            for (int64_t k = 0; k < inner; k++)
                copy_element(&c->out[0], to++, in,
                             (b * in->dim[axis] + eval_int(index, i)) * inner
                             + k);
}

/* -------------------------------------------------------- fill and shape */

bool eval_check_fill(const struct eval_call *c)
{
    int64_t dim[GRAPH_MAX_RANK];
    const int64_t rank = eval_elements(&c->in[0]);

    if (!eval_is_list(c, 0, -1, "dimensions")
        || !eval_same_type(c, &c->in[1], &c->out[0]))
        return false;
    if (rank > GRAPH_MAX_RANK || eval_elements(&c->in[1]) != 1)
        return eval_refuse(c, "has %" PRId64 " dimensions and %" PRId64
                           " values, must have at most %d and 1", rank,
                           eval_elements(&c->in[1]), (int) GRAPH_MAX_RANK);
    for (int64_t k = 0; k < rank; k++)
        dim[k] = eval_int(&c->in[0], k);
    return eval_shape_is(c, &c->out[0], dim, (int) rank);
}

void eval_run_fill(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);

    for (int64_t i = 0; i < count; i++)
        copy_element(&c->out[0], i, &c->in[1], 0);
}

bool eval_check_shape(const struct eval_call *c)
{
    const int64_t rank = c->in[0].rank;

    if (c->out[0].type != GRAPH_INT32 && c->out[0].type != GRAPH_INT64)
        return eval_refuse(c, "has an output of %s, must be int32 or int64",
                           graph_type_name(c->out[0].type));
    return eval_shape_is(c, &c->out[0], &rank, 1);
}

void eval_run_shape(const struct eval_call *c)
{
    for (int k = 0; k < c->in[0].rank; k++) {
        if (c->out[0].type == GRAPH_INT64)
            ((int64_t *) c->out[0].data)[k] = c->in[0].dim[k];
        else
            ((int32_t *) c->out[0].data)[k] = (int32_t) c->in[0].dim[k];
    }
}
