/*
 * eval_binary.c - ADD, SUB, MUL, DIV of two tensors, one of which may be
 * broadcast.
 *
 * Quantized sums scale both inputs to twice the greater scale, 20 bits (int16:
 * 15) to the left; quantized products are one requantization.
 */
#include <inttypes.h>
#include <math.h>

#include "sim/graph/eval_parts.h"

enum { SHIFT_INT8 = 20, SHIFT_INT16 = 15 };

struct binary {
    struct fx_requant a, b, out;
    int shift;
};

static bool is_sum(const struct eval_call *c)
{
    return c->node->op == GRAPH_ADD || c->node->op == GRAPH_SUB;
}

static bool is_integer(const struct eval_value *v)
{
    return v->type == GRAPH_INT32 || v->type == GRAPH_INT64;
}

/* The multipliers; false where there is none (c->why says so). */
static bool prepare(const struct eval_call *c, struct binary *p)
{
    const float fa = c->in[0].quant->scale[0], fb = c->in[1].quant->scale[0];
    const double a = (double) fa, b = (double) fb;
    const double out = (double) c->out[0].quant->scale[0];
    const double twice = 2.0 * (a > b ? a : b);

    p->shift = c->out[0].type == GRAPH_INT16 ? SHIFT_INT16 : SHIFT_INT8;
    if (is_sum(c)) {
        if (!eval_requant(c, a / twice, &p->a)
            || !eval_requant(c, b / twice, &p->b)
            || !eval_requant(c, twice / (ldexp(1.0, p->shift) * out), &p->out))
            return false;
    } else if (!eval_requant(c, eval_product_scale(fa, fb,
                                                   c->out[0].quant->scale[0]),
                             &p->out)) {
        return false;
    }
    eval_requant_ends(c, &p->out);
    return true;
}

bool eval_check_binary(const struct eval_call *c)
{
    const struct eval_value *a = &c->in[0], *b = &c->in[1];
    const int rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t dim[GRAPH_MAX_RANK];
    struct binary p;

    for (int i = 0; i < rank; i++) {
        const int ia = i - (rank - a->rank), ib = i - (rank - b->rank);
        const int64_t da = ia < 0 ? 1 : a->dim[ia];
        const int64_t db = ib < 0 ? 1 : b->dim[ib];

        if (da != db && da != 1 && db != 1)
            return eval_refuse(c, "has inputs of %" PRId64 " and %" PRId64
                               " in dimension %d, must be equal or 1", da, db,
                               i);
        dim[i] = da > db ? da : db;
    }
    if (!eval_same_type(c, a, b) || !eval_same_type(c, a, &c->out[0])
        || !eval_shape_is(c, &c->out[0], dim, rank))
        return false;
    if (is_integer(a))
        return c->node->op != GRAPH_DIV
               || eval_refuse(c, "divides integers, must be float32");
    if (!eval_is_activation(c, a, "an input")
        || !eval_is_activation(c, b, "an input")
        || !eval_is_activation(c, &c->out[0], "an output"))
        return false;
    if (eval_is_float(a))
        return true;
    if (c->node->op == GRAPH_DIV)
        return eval_refuse(c, "divides %s, must be float32",
                           graph_type_name(a->type));
    return prepare(c, &p);
}

double eval_product_scale(float a, float b, float out)
{
    const float product = a * b, scale = product / out;

    return (double) scale;
}

static int32_t run_codes(const struct eval_call *c, const struct binary *p,
                         int64_t ia, int64_t ib)
{
    const int64_t a = eval_code(&c->in[0], ia) - eval_zero_point(&c->in[0]);
    const int64_t b = eval_code(&c->in[1], ib) - eval_zero_point(&c->in[1]);
    const int64_t left = INT64_C(1) << p->shift;

    if (!is_sum(c))
        return fx_requantize(a * b, &p->out);
    const int64_t x = fx_rescale(a * left, &p->a);
    const int64_t y = fx_rescale(b * left, &p->b);

    return fx_requantize(c->node->op == GRAPH_ADD ? x + y : x - y, &p->out);
}

static float run_float(const struct eval_call *c, int64_t ia, int64_t ib)
{
    const float a = eval_float(&c->in[0], ia), b = eval_float(&c->in[1], ib);

    switch (c->node->op) {
    case GRAPH_ADD: return a + b;
    case GRAPH_SUB: return a - b;
    case GRAPH_MUL: return a * b;
    default: return a / b;
    }
}

/* Shapes: what overflows, wraps. */
static void run_integers(const struct eval_call *c, int64_t to, int64_t ia,
                         int64_t ib)
{
    const uint64_t a = (uint64_t) eval_int(&c->in[0], ia);
    const uint64_t b = (uint64_t) eval_int(&c->in[1], ib);
    const uint64_t y = c->node->op == GRAPH_ADD ? a + b
                     : c->node->op == GRAPH_SUB ? a - b : a * b;

    if (c->out[0].type == GRAPH_INT64)
        ((int64_t *) c->out[0].data)[to] = (int64_t) y;
    else
        ((int32_t *) c->out[0].data)[to] = (int32_t) (uint32_t) y;
}

/* The element of a broadcast input for the output's element `to`. */
static int64_t source(const struct eval_value *out, const struct eval_value *in,
                      int64_t to)
{
    int64_t index = 0, stride = 1;

    for (int i = out->rank - 1; i >= 0; i--) {
        const int k = i - (out->rank - in->rank);
        const int64_t at = to % out->dim[i];

        to /= out->dim[i];
        if (k < 0)
            continue;
        index += in->dim[k] == 1 ? 0 : at * stride;
        stride *= in->dim[k];
    }
    return index;
}

void eval_run_binary(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);
    const bool is_float = eval_is_float(&c->in[0]);
    const bool integers = is_integer(&c->in[0]);
    struct binary p = { .shift = 0 };
    float lo, hi;

    eval_activation_reals(c->node->at.activation, &lo, &hi);
    if (!is_float && !integers)
        prepare(c, &p);
    for (int64_t to = 0; to < count; to++) {
        const int64_t a = source(&c->out[0], &c->in[0], to);
        const int64_t b = source(&c->out[0], &c->in[1], to);

        if (is_float)
            ((float *) c->out[0].data)[to] = eval_clamp(run_float(c, a, b), lo,
                                                        hi);
        else if (integers)
            run_integers(c, to, a, b);
        else
            eval_store(&c->out[0], to, run_codes(c, &p, a, b));
    }
}
