#include "sim/quant/spec.h"

#include <math.h>

static struct spec spec_of_design(const struct design *d, const struct hw *hw)
{
    const enum quant_ties ties = (enum quant_ties) d->ties;

    return (struct spec) {
        .weight = { .scheme = (enum quant_scheme) d->weight_scheme,
                    .bits = d->weight_bits ? d->weight_bits : hw->weight_bits,
                    .is_signed = true, .narrow = d->weight_narrow,
                    .power_of_two = d->power_of_two, .ties = ties },
        .out = { .scheme = (enum quant_scheme) d->activation_scheme,
                 .bits = d->activation_bits ? d->activation_bits
                                            : hw->act_bits,
                 .is_signed = hw->act_signed, .narrow = d->activation_narrow,
                 .power_of_two = d->power_of_two, .ties = ties },
        .granularity = (enum quant_granularity) d->weight_granularity,
        .group = d->weight_group,
        .weight_method = (enum range_method) d->weight_calibration,
        .out_method = (enum range_method) d->calibration_method,
        .power = (enum range_power) d->power_of_two_choice,
        .percentile = d->calibration_percentile,
        .rounding = (enum quant_rounding) d->rounding,
        .bias_correction = d->bias_correction,
        .weight_bits_place = d->weight_bits_place,
        .out_bits_place = d->activation_bits_place,
        .scheme_place = d->weight_scheme_place
    };
}

static void apply_widths(struct spec *s, const struct design_layer *l)
{
    if (l->weight_bits) {
        s->weight.bits = l->weight_bits;
        s->weight_bits_place = l->place;
    }
    if (l->activation_bits) {
        s->out.bits = l->activation_bits;
        s->out_bits_place = l->place;
    }
}

static void apply_methods(struct spec *s, const struct design_layer *l)
{
    if (l->weight_scheme >= 0) {
        s->weight.scheme = (enum quant_scheme) l->weight_scheme;
        s->scheme_place = l->place;
    }
    if (l->weight_granularity >= 0)
        s->granularity = (enum quant_granularity) l->weight_granularity;
    if (l->weight_group > 0)
        s->group = l->weight_group;
    if (l->weight_calibration >= 0)
        s->weight_method = (enum range_method) l->weight_calibration;
    if (l->activation_scheme >= 0)
        s->out.scheme = (enum quant_scheme) l->activation_scheme;
    if (l->activation_calibration >= 0)
        s->out_method = (enum range_method) l->activation_calibration;
    if (l->rounding >= 0)
        s->rounding = (enum quant_rounding) l->rounding;
    if (l->bias_correction >= 0)
        s->bias_correction = l->bias_correction;
}

struct spec spec_of_layer(const struct design *design, const struct hw *hw,
                          const char *name)
{
    const struct design_layer *l = name ? design_find_layer(design, name)
                                        : NULL;
    struct spec s = spec_of_design(design, hw);

    if (!name && design->input_bits) {
        s.out.bits = design->input_bits;
        s.out_bits_place = design->input_bits_place;
    }
    if (l) {
        apply_widths(&s, l);
        apply_methods(&s, l);
    }
    return s;
}

bool spec_hands_on(const struct net_layer *layer)
{
    return !layer->has_weights && !net_op_has_two_inputs(layer->op)
           && layer->op != NET_HOST;
}

/* +-scale leaves the least squared error at the mean magnitude. */
static struct quant_params one_bit_params(const struct spec *s, const float *w,
                                          size_t count)
{
    struct quant_params p = quant_choose(&s->weight, -1.0, 1.0);
    double sum = 0.0;

    for (size_t k = 0; k < count; k++)
        sum += fabs(w[k]);
    p.scale = sum > 0.0 ? sum / (double) count : 1.0;
    if (s->weight.power_of_two)
        p.scale = exp2(round(log2(p.scale)));
    return p;
}

struct quant_params spec_weight_params(const struct spec *s, const float *w,
                                       size_t count)
{
    struct range r;

    if (s->weight.bits == 1)
        return one_bit_params(s, w, count);
    if (s->weight_method == RANGE_MSE)
        r = range_search(&s->weight, w, count);
    else
        r = range_of(w, count);
    if (s->weight_method == RANGE_MIN_MAX && s->weight.power_of_two
        && s->power == RANGE_POWER_MSE)
        r = range_halve(&s->weight, w, count, r);
    return quant_choose(&s->weight, r.lo, r.hi);
}

void spec_filter_params(const struct spec *s, const struct net_layer *l,
                        struct quant_params *params)
{
    const int together = s->granularity == QUANT_PER_TENSOR ? l->filters
                       : s->granularity == QUANT_PER_GROUP ? s->group : 1;

    for (int n = 0; n < l->filters; n++) {
        const int left = l->filters - n;
        const size_t filters = (size_t) (together < left ? together : left);

        /* Filters lie one behind the other, so a group is one stretch. */
        params[n] = n % together
            ? params[n - 1]
            : spec_weight_params(s, l->weight + (size_t) n * (size_t) l->taps,
                                 filters * (size_t) l->taps);
    }
}

struct quant_params spec_tensor_params(const struct spec *s,
                                       const struct calibration *c, int t)
{
    const struct range r = calibration_range(c, t, &s->out, s->out_method,
                                             s->percentile, s->power);

    return quant_choose(&s->out, r.lo, r.hi);
}
