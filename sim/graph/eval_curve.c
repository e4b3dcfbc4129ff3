/*
 * eval_curve.c - SOFTMAX, LOGISTIC and TANH: exponentials in fixed point.
 *
 * int8 follows gemmlowp's fixed point, which the reference kernels use: numbers
 * are int32 with a stated position of the point, "Q5.26" has 5 bits before it and
 * 26 behind. The exponential of a negative number is a polynomial of degree 4 on
 * the last quarter times constants exp(-2^i) for the bits above; a quotient is
 * three steps of Newton's method.
 */
#include <inttypes.h>
#include <math.h>

#include "sim/graph/eval_parts.h"

/* (a * b + 2^30) >> 31, saturated: gemmlowp's doubling high multiplication. */
static int32_t high_mul(int32_t a, int32_t b)
{
    return (int32_t) fx_saturate(fx_shift_right((int64_t) a * b, 31,
                                                FX_HALF_UP), 32);
}

/* a / 2^n, to the nearest, ties away from zero. */
static int32_t divide_pot(int32_t a, int n)
{
    return (int32_t) fx_shift_right(a, n, FX_HALF_AWAY);
}

static int32_t shift_left(int32_t a, int n)
{
    return (int32_t) fx_saturate((int64_t) a * (INT64_C(1) << n), 32);
}

static int32_t sum32(int32_t a, int32_t b)
{
    return (int32_t) fx_wrap((int64_t) a + b, 32);
}

/* exp on [-1/4, 0), Q0.31 in and out. */
static int32_t exp_last_quarter(int32_t a)
{
    const int32_t x = sum32(a, INT32_C(1) << 28);
    const int32_t x2 = high_mul(x, x);
    const int32_t x3 = high_mul(x2, x);
    const int32_t x4 = high_mul(x2, x2);
    const int32_t third = 715827883, exp_eighth = 1895147668;
    const int32_t tail = divide_pot(
        sum32(high_mul(sum32(divide_pot(x4, 2), x3), third), x2), 1);

    return sum32(exp_eighth, high_mul(exp_eighth, sum32(x, tail)));
}

/* exp(a) for a <= 0 with `integer_bits` before the point, as Q0.31. */
static int32_t exp_negative(int32_t a, int integer_bits)
{
    /* exp(-2^i), i from -2 on, in Q0.31 */
    static const int32_t factors[] = { 1672461947, 1302514674, 790015084,
                                       290630308, 39332535, 720401, 242 };
    const int fraction_bits = 31 - integer_bits;
    const int32_t quarter = INT32_C(1) << (fraction_bits - 2);
    const int32_t last = (a & (quarter - 1)) - quarter;
    const int32_t rest = last - a;
    int32_t result = exp_last_quarter(shift_left(last, integer_bits));

    if (a == 0)
        return INT32_MAX;
    for (int i = -2; i < integer_bits; i++)
        if (rest & INT32_C(1) << (fraction_bits + i))
            result = high_mul(result, factors[i + 2]);
    return result;
}

/* 1 / ((1 + a) / 2) in Q2.29 for a in [0, 1), Q0.31. */
static int32_t half_reciprocal(int32_t a)
{
    const int64_t sum = (int64_t) a + INT32_MAX;
    const int32_t half = (int32_t) ((sum + (sum >= 0 ? 1 : -1)) / 2);
    int32_t x = sum32(1515870810, high_mul(half, -1010580540));

    for (int i = 0; i < 3; i++) {
        const int32_t error = sum32(INT32_C(1) << 29, -high_mul(half, x));

        x = sum32(x, shift_left(high_mul(x, error), 2));
    }
    return x;
}

/* 1 / (1 + a), and (1 - a) / (1 + a): Q0.31. */
static int32_t reciprocal(int32_t a)
{
    return shift_left(half_reciprocal(a), 1);
}

static int32_t one_minus_over_one_plus(int32_t a)
{
    return shift_left(sum32(half_reciprocal(a), -(INT32_C(1) << 29)), 2);
}

/* A real factor above 1 as mult / 2^31 * 2^shift, and the distance at which the
 * input, so scaled, leaves `integer_bits`. */
struct curve {
    int32_t mult;
    int shift;
    int32_t radius;
};

static bool prepare(const struct eval_call *c, double scale, int integer_bits,
                    struct curve *curve)
{
    const int fraction_bits = 31 - integer_bits;
    const double real = scale * ldexp(1.0, fraction_bits);
    struct fx_requant r;

    if (!(real > 1.0))
        return c->why && eval_refuse(c, "has an input scale of %g, must be "
                                     "above 2^-%d", eval_scale(&c->in[0]),
                                     fraction_bits);
    if (fx_quantize_multiplier(real < INT32_MAX ? real : INT32_MAX, 32, &r.mult,
                               &r.shift))
        return false;
    curve->mult = r.mult;
    curve->shift = 31 - r.shift;
    curve->radius = (int32_t) floor(((1 << integer_bits) - 1)
                                    * ldexp(1.0, fraction_bits - curve->shift));
    return true;
}

static bool check_unary(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *out = &c->out[0];
    const bool widens = c->node->op == GRAPH_SOFTMAX && in->type == GRAPH_INT8
                        && out->type == GRAPH_INT16 && out->quant->count == 1;

    return eval_is_activation(c, in, "an input")
           && (widens || (eval_is_activation(c, out, "an output")
                          && eval_same_type(c, in, out)))
           && eval_shape_is(c, out, in->dim, in->rank);
}

static bool check_fixed_output(const struct eval_call *c, float scale,
                               int32_t zero_point)
{
    const struct graph_quant *q = c->out[0].quant;

    if (eval_is_float(&c->out[0]) || (q->scale[0] == scale
                                      && q->zero_point[0] == zero_point))
        return true;
    return eval_refuse(c, "has an output of scale %g and zero point %" PRId32
                       ", must be %g and %" PRId32, (double) q->scale[0],
                       q->zero_point[0], (double) scale, zero_point);
}

/* --------------------------------------------------------------- softmax */

/* The sum of that many exponentials fits 32 bits. */
enum { SOFTMAX_BITS = 5, SOFTMAX_MAX_DEPTH = 4096 };

bool eval_check_softmax(const struct eval_call *c)
{
    const bool wide = c->out[0].type == GRAPH_INT16;
    struct curve curve;

    if (!check_unary(c))
        return false;
    if (c->in[0].type == GRAPH_INT16 && c->in[0].rank > 0)
        return check_fixed_output(c, 1.0f / 32768.0f, 0)
               && eval_check_softmax16(c);
    if (!check_fixed_output(c, wide ? 1.0f / 65536.0f : 1.0f / 256.0f,
                            wide ? -32768 : -128))
        return false;
    if (c->in[0].rank < 1)
        return eval_refuse(c, "has a scalar input, must have a dimension");
    const int64_t depth = c->in[0].dim[c->in[0].rank - 1];

    if (!eval_is_float(&c->in[0]) && depth > SOFTMAX_MAX_DEPTH)
        return eval_refuse(c, "has %" PRId64 " classes, must have at most %d",
                           depth, (int) SOFTMAX_MAX_DEPTH);
    return eval_is_float(&c->in[0])
           || prepare(c, c->node->at.beta * eval_scale(&c->in[0]),
                      SOFTMAX_BITS, &curve);
}

static int leading_zeros(uint32_t v)
{
    return v ? __builtin_clz(v) : 32;
}

static int32_t scaled_exp(const struct curve *curve, int32_t diff)
{
    return exp_negative(high_mul(shift_left(diff, curve->shift), curve->mult),
                        SOFTMAX_BITS);
}

static void softmax_codes(const struct eval_call *c, const struct curve *curve,
                          int64_t at, int64_t depth)
{
    const struct eval_value *in = &c->in[0];
    const int bits = c->out[0].type == GRAPH_INT16 ? 16 : 8;
    const int32_t least = -(1 << (bits - 1));
    int32_t greatest = INT32_MIN;
    uint32_t sum = 0;

    for (int64_t i = at; i < at + depth; i++)
        greatest = eval_code(in, i) > greatest ? eval_code(in, i) : greatest;
    for (int64_t i = at; i < at + depth; i++) {
        const int32_t diff = eval_code(in, i) - greatest;

        if (diff >= -curve->radius)
            sum += (uint32_t) divide_pot(scaled_exp(curve, diff), 12);
    }
    const int headroom = leading_zeros(sum);
    const int over = 12 - headroom;
    const int32_t scale = reciprocal((int32_t) ((sum << headroom)
                                                - (UINT32_C(1) << 31)));

    for (int64_t i = at; i < at + depth; i++) {
        const int32_t diff = eval_code(in, i) - greatest;
        int32_t y = least;

        if (diff >= -curve->radius) {
            y += divide_pot(high_mul(scale, scaled_exp(curve, diff)),
                            over + 31 - bits);
            y = y < least ? least : y > -least - 1 ? -least - 1 : y;
        }
        eval_store(&c->out[0], i, y);
    }
}

static void softmax_float(const struct eval_call *c, int64_t at, int64_t depth)
{
    const float beta = (float) c->node->at.beta;
    float *out = c->out[0].data;
    float greatest = -INFINITY, sum = 0.0f;

    for (int64_t i = at; i < at + depth; i++)
        greatest = fmaxf(greatest, eval_float(&c->in[0], i));
    for (int64_t i = at; i < at + depth; i++) {
        out[i] = expf((eval_float(&c->in[0], i) - greatest) * beta);
        sum += out[i];
    }
    for (int64_t i = at; i < at + depth; i++)
        out[i] /= sum;
}

void eval_run_softmax(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int64_t depth = in->dim[in->rank - 1], count = eval_elements(in);
    struct curve curve = { 0 };

    if (in->type == GRAPH_INT16) {
        eval_run_softmax16(c);
        return;
    }
    if (!eval_is_float(in))
        prepare(c, c->node->at.beta * eval_scale(in), SOFTMAX_BITS, &curve);
    for (int64_t at = 0; at < count; at += depth) {
        if (eval_is_float(in))
            softmax_float(c, at, depth);
        else
            softmax_codes(c, &curve, at, depth);
    }
}

/* ------------------------------------------------------ logistic and tanh */

enum { CURVE_BITS = 4 };

bool eval_check_curve(const struct eval_call *c)
{
    const bool tanh = c->node->op == GRAPH_TANH;
    struct curve curve;

    if (c->in[0].type == GRAPH_INT16)
        return check_unary(c) && check_fixed_output(c, 1.0f / 32768.0f, 0)
               && eval_check_curve16(c);
    return check_unary(c)
           && check_fixed_output(c, tanh ? 1.0f / 128.0f : 1.0f / 256.0f,
                                 tanh ? 0 : -128)
           && (eval_is_float(&c->in[0])
               || prepare(c, eval_scale(&c->in[0]), CURVE_BITS, &curve));
}

static int32_t curve_code(const struct curve *curve, int32_t x, bool tanh)
{
    const struct fx_requant r = { .mult = curve->mult,
        .shift = 31 - curve->shift, .double_round = true,
        .rounding = FX_HALF_UP };

    if (x <= -curve->radius)
        return -128;
    if (x >= curve->radius)
        return 127;
    const int32_t a = (int32_t) fx_saturate(fx_rescale(x, &r), 32);
    const int32_t below = a < 0 ? a : -a;
    int32_t y;

    if (tanh) {
        y = one_minus_over_one_plus(exp_negative(below, CURVE_BITS + 1));
        y = divide_pot(a == 0 ? 0 : a < 0 ? -y : y, 31 - 7);
    } else {
        y = reciprocal(exp_negative(below, CURVE_BITS));
        y = a == 0 ? INT32_C(1) << 30 : a < 0 ? INT32_MAX - y : y;
        y = divide_pot(y, 31 - 8) - 128;
    }
    return y < -128 ? -128 : y > 127 ? 127 : y;
}

void eval_run_curve(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int64_t count = eval_elements(in);
    const bool tanh = c->node->op == GRAPH_TANH;
    struct curve curve = { 0 };

    if (in->type == GRAPH_INT16) {
        eval_run_curve16(c);
        return;
    }
    if (!eval_is_float(in))
        prepare(c, eval_scale(in), CURVE_BITS, &curve);
    for (int64_t i = 0; i < count; i++) {
        if (eval_is_float(in)) {
            const float x = eval_float(in, i);

            ((float *) c->out[0].data)[i] = tanh ? tanhf(x)
                                                 : 1.0f / (1.0f + expf(-x));
        } else {
            eval_store(&c->out[0], i, curve_code(&curve, eval_code(in, i)
                                                 - eval_zero_point(in), tanh));
        }
    }
}
