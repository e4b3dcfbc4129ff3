#include "sim/quant/quant.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const char *const quant_scheme_names[] = { "symmetric", "asymmetric", NULL };
const char *const quant_granularity_names[] = { "tensor", "channel", "group",
                                               NULL };
const char *const quant_ties_names[] = { "half_away", "half_even", NULL };
const char *const quant_rounding_names[] = { "nearest", "learned", NULL };

static void code_range(const struct quant_spec *spec, struct quant_params *p)
{
    if (spec->bits == 1) {
        p->min = 0;
        p->max = 1;
    } else if (spec->is_signed) {
        p->max = (1 << (spec->bits - 1)) - 1;
        p->min = spec->narrow && spec->scheme == QUANT_SYMMETRIC
                 ? -p->max : -p->max - 1;
    } else {
        p->max = (1 << spec->bits) - 1;
        p->min = 0;
    }
}

static double round_scale(const struct quant_spec *spec, double scale)
{
    return spec->power_of_two && scale > 0.0 ? exp2(ceil(log2(scale))) : scale;
}

static void choose_symmetric(const struct quant_spec *spec, double lo,
                             double hi, struct quant_params *p)
{
    const double peak = fmax(-lo, hi);
    double levels = p->max;

    p->zero_point = 0;
    if (spec->is_signed && !spec->narrow)
        levels = ((double) p->max - p->min) / 2.0;
    if (!spec->is_signed && lo < 0.0) {
        p->zero_point = (p->max + 1) / 2;
        levels = p->max - p->zero_point;
    }
    p->scale = round_scale(spec, peak / levels);
}

/* Also where hi - lo itself is beyond double. */
static double steps_of(double lo, double hi, double steps)
{
    const double scale = (hi - lo) / steps;

    return isfinite(scale) ? scale : hi / steps - lo / steps;
}

static void choose_asymmetric(const struct quant_spec *spec, double lo,
                              double hi, struct quant_params *p)
{
    p->scale = round_scale(spec, steps_of(lo, hi, (double) p->max - p->min));
    if (p->scale == 0.0)
        return;
    const double from_min = p->min - lo / p->scale;
    const double from_max = p->max - hi / p->scale;
    const double error_min = fabs((double) p->min) + fabs(lo / p->scale);
    const double error_max = fabs((double) p->max) + fabs(hi / p->scale);
    const double zero = error_min < error_max ? from_min : from_max;

    p->zero_point = (int32_t) fmin(fmax(round(zero), p->min), p->max);
}

struct quant_params quant_choose(const struct quant_spec *spec, double lo,
                                 double hi)
{
    struct quant_params p = { .scale = 0.0, .zero_point = 0,
                              .ties = spec->ties };

    assert(1 <= spec->bits && spec->bits <= 16);
    lo = fmin(lo, 0.0);
    hi = fmax(hi, 0.0);
    code_range(spec, &p);
    if (spec->bits == 1)
        p.scale = round_scale(spec, fmax(-lo, hi));
    else if (spec->scheme == QUANT_SYMMETRIC)
        choose_symmetric(spec, lo, hi, &p);
    else
        choose_asymmetric(spec, lo, hi, &p);
    /* An empty or denormal range: any scale will do, and 1 divides well. */
    if (!(p.scale > 1e-300))
        p.scale = 1.0;
    return p;
}

/* A real that is its own code. */
static int32_t bits_of(float real)
{
    int32_t bits;

    memcpy(&bits, &real, sizeof(bits));
    return bits;
}

static float real_of(int32_t bits)
{
    float real;

    memcpy(&real, &bits, sizeof(real));
    return real;
}

int32_t quant_code(const struct quant_params *params, double real)
{
    if (params->is_real)
        return bits_of((float) real);
    if (params->max == 1 && params->min == 0)
        return real >= 0.0;
    const double steps = real / params->scale;
    /* rint: to even, as nothing here changes the rounding direction. */
    const double code = params->zero_point + (params->ties == QUANT_HALF_EVEN
                                              ? rint(steps) : round(steps));

    return code < params->min ? params->min
         : code > params->max ? params->max : (int32_t) code;
}

double quant_real(const struct quant_params *params, int32_t code)
{
    const int bits = params->max == 1 && params->min == 0 ? 1 : 2;

    if (params->is_real)
        return (double) real_of(code);
    return params->scale * quant_operand(params, bits, code);
}

int32_t quant_operand(const struct quant_params *params, int bits, int32_t code)
{
    if (bits == 1)
        return code ? 1 : -1;
    return code - params->zero_point;
}
