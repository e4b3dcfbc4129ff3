/*
 * eval_curve16.c - SOFTMAX, LOGISTIC and TANH of int16: tables with straight
 * lines between their entries, as the reference kernels have them.
 *
 * The table of the sigmoid has 256 entries of 16 bits, 1/24 apart; those of
 * softmax 513 entries over the range of an int16. Entries are moved by about
 * half the error that the straight line has in its middle.
 */
#include <inttypes.h>
#include <math.h>

#include "sim/graph/eval_parts.h"

enum { SIGMOID_ENTRIES = 256, TABLE_STEPS = 512 };

static double sigmoid(double i)
{
    return 65536.0 / (1.0 + exp(-i / 24.0));
}

/* Each entry is moved by 0.49 times the error that the line to the next one has
 * in its middle: the numbers of the kernels' table. At most 65535. */
static void fill_sigmoid(uint16_t table[SIGMOID_ENTRIES])
{
    for (int i = 0; i < SIGMOID_ENTRIES; i++) {
        const double line = 0.5 * (sigmoid(i) + sigmoid(i + 1));
        const double v = round(sigmoid(i) + 0.49 * (sigmoid(i + 0.5) - line));

        table[i] = (uint16_t) (v < 65535.0 ? v : 65535.0);
    }
}

/* The input to units of 1 / (3 * 4096): times mult, divided by 2^shift. */
struct scaling {
    int32_t mult;
    int shift;
};

static bool is_power_of_two(float scale, int *log2_scale)
{
    const float exact = logf(scale) * (1.0f / logf(2.0f));
    const float rounded = roundf(exact);

    *log2_scale = (int) rounded;
    return fabsf(exact - rounded) < 1e-3f;
}

static struct scaling scaling_of(float scale, bool tanh)
{
    double real = (double) scale * 4096.0 * 3.0;
    struct scaling s = { 0, 0 };
    int log2_scale;

    if (is_power_of_two(scale, &log2_scale)
        && (log2_scale == -12 || (tanh && log2_scale == -11)))
        return (struct scaling) { 3 << (12 + log2_scale), 0 };
    while (real <= 32767.0 / 2.0 && s.shift <= 30) {
        s.shift++;
        real *= 2.0;
    }
    s.mult = (int32_t) real;
    return s;
}

static int32_t scale_input(const struct scaling *s, int32_t x)
{
    const int64_t half = s->shift > 0 ? INT64_C(1) << (s->shift - 1) : 0;

    return (int32_t) (((int64_t) x * s->mult + half) >> s->shift);
}

static int32_t logistic(const uint16_t *table, int32_t x)
{
    const uint32_t size = (uint32_t) (x < 0 ? -(int64_t) x : x);
    const uint32_t at = size >> 9;
    uint32_t y = UINT32_C(0x7fff) << 10;

    if (at < 255)
        y = ((uint32_t) table[at] << 9)
            + (size & 0x1ff) * (uint32_t) (table[at + 1] - table[at]);
    y = x >= 0 ? y + (1 << 9) : (UINT32_C(1) << 25) - y + (1 << 9) - 1;
    return (int16_t) (y >> 10);
}

/* tanh(x) = 2 sigmoid(2x) - 1 */
static int32_t hyperbolic(const uint16_t *table, int32_t x)
{
    const uint32_t size = (uint32_t) (x < 0 ? -(int64_t) x : x);
    const uint32_t at = size >> 8;
    int32_t y = 0xffff << 8;

    if (at < 255)
        y = (table[at] << 8)
            + (int32_t) (size & 0xff) * (table[at + 1] - table[at]);
    y = x >= 0 ? y - (1 << 23) + (1 << 7) : -y + (1 << 23) + (1 << 7) - 1;
    return (int16_t) (y >> 8);
}

bool eval_check_curve16(const struct eval_call *c)
{
    const float scale = c->in[0].quant->scale[0];

    return (scale > 0x1p-30f && scale < 2.0f)
           || eval_refuse(c, "has an input scale of %g, must be above 2^-30 "
                          "and below 2", (double) scale);
}

void eval_run_curve16(const struct eval_call *c)
{
    const int64_t count = eval_elements(&c->out[0]);
    const bool tanh = c->node->op == GRAPH_TANH;
    const struct scaling s = scaling_of(c->in[0].quant->scale[0], tanh);
    uint16_t table[SIGMOID_ENTRIES];

    fill_sigmoid(table);
    for (int64_t i = 0; i < count; i++) {
        const int32_t x = scale_input(&s, eval_code(&c->in[0], i));

        eval_store(&c->out[0], i, tanh ? hyperbolic(table, x)
                                       : logistic(table, x));
    }
}

/* --------------------------------------------------------------- softmax */

static float exponential(float x)
{
    return expf(x);
}

static float one_over_one_plus(float x)
{
    return 1.0f / (1.0f + x);
}

/* f over [lo, hi] as Q0.15. */
static void fill_table(float (*f)(float), float lo, float hi, int16_t *table)
{
    const float unit = 2.0f / 65535.0f;
    const float out_lo = unit * INT16_MIN, out_hi = unit * INT16_MAX;
    const float scale = 65536.0f / (out_hi - out_lo);
    const float step = (hi - lo) / TABLE_STEPS, half = step / 2.0f;

    for (int i = 0; i < TABLE_STEPS; i++) {
        const float here = roundf(f(lo + (float) i * step) * scale);
        const float next = f(lo + (float) (i + 1) * step) * scale;
        const float middle = roundf(f(lo + (float) i * step + half) * scale);
        const float line = roundf((next + here) / 2.0f);

        table[i] = (int16_t) eval_clamp(here - roundf((line - middle) / 2.0f),
                                        INT16_MIN, INT16_MAX);
    }
    table[TABLE_STEPS] = (int16_t) eval_clamp(roundf(f(hi) * scale), INT16_MIN,
                                              INT16_MAX);
}

static int32_t clamp16(int32_t v)
{
    return v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v;
}

static int32_t look_up(const int16_t *table, int32_t x)
{
    const int at = 256 + (x >> 7);
    const int32_t slope = (int16_t) (table[at + 1] - table[at]);

    return (int16_t) (table[at] + ((slope * (x & 127) + 64) >> 7));
}

static double softmax_scale(const struct eval_call *c)
{
    return eval_scale(&c->in[0]) * c->node->at.beta / (10.0 / 65535.0);
}

bool eval_check_softmax16(const struct eval_call *c)
{
    struct fx_requant r;

    return eval_requant(c, softmax_scale(c), &r);
}

static void softmax_row(const struct eval_call *c, const struct fx_requant *r,
                        const int16_t *exps, const int16_t *inverse, int64_t at,
                        int64_t depth)
{
    const struct eval_value *in = &c->in[0];
    int32_t greatest = INT16_MIN;
    uint32_t sum = 0;

    for (int64_t i = at; i < at + depth; i++)
        greatest = eval_code(in, i) > greatest ? eval_code(in, i) : greatest;
    for (int64_t i = at; i < at + depth; i++) {
        const int64_t diff = fx_rescale(eval_code(in, i) - greatest, r);
        const int32_t x = diff < -65535 ? -32768 : clamp16((int32_t) diff
                                                           + 32767);

        eval_store(&c->out[0], i, look_up(exps, x));
        sum += (uint32_t) eval_code(&c->out[0], i);
    }
    const int zeros = sum ? __builtin_clz(sum) : 32;
    const int32_t shifted = (int32_t) (((((int64_t) sum) << (zeros - 1))
                                        + (1 << 13)) >> 14);
    const int32_t factor = look_up(inverse,
                                   clamp16(shifted - (1 << 15) - (1 << 16)));
    const int right = 31 - zeros;

    for (int64_t i = at; i < at + depth; i++) {
        const int64_t half = right > 0 ? INT64_C(1) << (right - 1) : 0;
        const int64_t y = ((int64_t) eval_code(&c->out[0], i) * factor + half)
                          >> (right > 0 ? right : 0);

        eval_store(&c->out[0], i, y < 0 ? 0 : y > INT16_MAX ? INT16_MAX
                                                            : (int32_t) y);
    }
}

void eval_run_softmax16(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0];
    const int64_t depth = in->dim[in->rank - 1], count = eval_elements(in);
    int16_t exps[TABLE_STEPS + 1], inverse[TABLE_STEPS + 1];
    const float e = 10.0f / 65535.0f, v = 1.0f / 65535.0f;
    struct fx_requant r;

    fill_table(exponential, e * (INT16_MIN - INT16_MAX), 0.0f, exps);
    fill_table(one_over_one_plus, 0.0f, v * (INT16_MAX - INT16_MIN), inverse);
    eval_requant(c, softmax_scale(c), &r);
    for (int64_t at = 0; at < count; at += depth)
        softmax_row(c, &r, exps, inverse, at, depth);
}
