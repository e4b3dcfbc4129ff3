#include "sim/quant/quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

/* The settings of one layer: the design's, unless its entry says otherwise. */
struct layer_spec {
    struct quant_spec weight, out;
    bool per_channel;
    struct place weight_bits_place, out_bits_place, scheme_place;
};

static struct layer_spec layer_spec(const struct design *d, const struct hw *hw,
                                    const char *name)
{
    const struct design_layer *l = name ? design_find_layer(d, name) : NULL;
    struct layer_spec s = {
        .weight = { .scheme = (enum quant_scheme) d->weight_scheme,
                    .bits = d->weight_bits ? d->weight_bits : hw->weight_bits,
                    .is_signed = true, .narrow = d->weight_narrow,
                    .power_of_two = d->power_of_two },
        .out = { .scheme = (enum quant_scheme) d->activation_scheme,
                 .bits = d->activation_bits ? d->activation_bits
                                            : hw->act_bits,
                 .is_signed = hw->act_signed,
                 .power_of_two = d->power_of_two },
        .per_channel = d->weight_granularity == QUANT_PER_CHANNEL,
        .weight_bits_place = d->weight_bits_place,
        .out_bits_place = d->activation_bits_place,
        .scheme_place = d->weight_scheme_place
    };

    if (!l)
        return s;
    if (l->weight_bits) {
        s.weight.bits = l->weight_bits;
        s.weight_bits_place = l->place;
    }
    if (l->weight_scheme >= 0) {
        s.weight.scheme = (enum quant_scheme) l->weight_scheme;
        s.scheme_place = l->place;
    }
    if (l->weight_granularity >= 0)
        s.per_channel = l->weight_granularity == QUANT_PER_CHANNEL;
    if (l->activation_bits) {
        s.out.bits = l->activation_bits;
        s.out_bits_place = l->place;
    }
    if (l->activation_scheme >= 0)
        s.out.scheme = (enum quant_scheme) l->activation_scheme;
    return s;
}

static void check_spec(const struct layer_spec *s, const struct hw *hw,
                       const char *name, struct diag *diag)
{
    if (s->weight.bits > hw->weight_bits)
        diag_error(diag, s->weight_bits_place, "weights of '%s' have %d bits, "
                   "must have at most 'weight.bits' of hardware '%s', %d",
                   name, s->weight.bits, hw->name, hw->weight_bits);
    else if (hw->weight_bits == 1 && s->weight.bits != 1)
        diag_error(diag, s->weight_bits_place, "weights of '%s' have %d bits, "
                   "must have 1 on hardware '%s'", name, s->weight.bits,
                   hw->name);
    else if (s->weight.bits == 1 && hw->weight_bits != 1)
        diag_error(diag, s->weight_bits_place, "weights of '%s' have 1 bit, "
                   "which needs hardware with 'weight.bits: 1', '%s' has %d",
                   name, hw->name, hw->weight_bits);
    if (s->out.bits > hw->act_bits)
        diag_error(diag, s->out_bits_place, "activations of '%s' have %d bits, "
                   "must have at most 'activation.bits' of hardware '%s', %d",
                   name, s->out.bits, hw->name, hw->act_bits);
    if (s->weight.scheme == QUANT_ASYMMETRIC && !hw->weight_zero_point)
        diag_error(diag, s->scheme_place, "weights of '%s' are asymmetric, "
                   "which needs hardware with 'weight.zero_point: true'; '%s' "
                   "has none", name, hw->name);
}

/* Entries of `quantization.layers` must name layers. */
static void check_entries(const struct design *design, const struct net *net,
                          struct diag *diag)
{
    const char **names = calloc((size_t) net->layer_count, sizeof(*names));

    for (int i = 0; names && i < net->layer_count; i++)
        names[i] = net->layer[i].name;
    for (int e = 0; names && e < design->layer_count; e++) {
        const char *near, *name = design->layer[e].name;
        int i = 0;

        while (i < net->layer_count && strcmp(names[i], name))
            i++;
        if (i < net->layer_count)
            continue;
        near = text_find_nearest(name, names, (size_t) net->layer_count);
        diag_error(diag, design->layer[e].place, "'name' is '%s', must be a "
                   "layer of network '%s'%s%s%s", name, net->name,
                   near ? " (did you mean '" : "", near ? near : "",
                   near ? "'?)" : "");
    }
    free(names);
}

/* Range of `count` weights from `w`. */
static void weight_range(const float *w, size_t count, double *lo, double *hi)
{
    for (size_t k = 0; k < count; k++) {
        *lo = fmin(*lo, w[k]);
        *hi = fmax(*hi, w[k]);
    }
}

static double mean_magnitude(const float *w, size_t count)
{
    double sum = 0.0;

    for (size_t k = 0; k < count; k++)
        sum += fabs(w[k]);
    return sum > 0.0 ? sum / (double) count : 1.0;
}

static struct quant_params weight_params(const struct layer_spec *s,
                                         const float *w, size_t count)
{
    double lo = 0.0, hi = 0.0;
    struct quant_params p;

    weight_range(w, count, &lo, &hi);
    p = quant_choose(&s->weight, lo, hi);
    /* One bit: the magnitude with the least squared error. */
    if (s->weight.bits == 1)
        p.scale = mean_magnitude(w, count);
    if (s->weight.bits == 1 && s->weight.power_of_two)
        p.scale = exp2(round(log2(p.scale)));
    return p;
}

/*
 * With real = scale * operand, a sum of products counts in units of
 * in * weight * 2^drop, where `drop` bits of each product were rounded away.
 */
static double acc_scale(const struct hw *hw, double in, double weight)
{
    return in * weight * exp2(hw->product_drop);
}

static void quantize_bias(struct qlayer *q, const struct net_layer *l,
                          const struct hw *hw, double in_scale, int32_t *bias)
{
    for (int n = 0; n < l->filters; n++) {
        const double unit = acc_scale(hw, in_scale, q->wparams[n].scale);
        double code = round(l->bias[n] / unit);

        if (code > INT32_MAX || code < INT32_MIN) {
            q->bias_saturated++;
            code = code > 0 ? INT32_MAX : INT32_MIN;
        }
        bias[n] = (int32_t) code;
    }
}

/* The fused activation as codes, inside the code range. */
static void clamp_codes(const struct net_layer *l, const struct quant_params *o,
                        struct fx_requant *r)
{
    r->zero_point = o->zero_point;
    r->min = isfinite(l->clamp_lo) ? quant_code(o, l->clamp_lo) : o->min;
    r->max = isfinite(l->clamp_hi) ? quant_code(o, l->clamp_hi) : o->max;
}

static int quantize_scales(struct qlayer *q, const struct net_layer *l,
                           const struct hw *hw, const struct quant_params *in,
                           const struct quant_params *out,
                           struct fx_requant *requant, struct diag *diag)
{
    for (int n = 0; n < l->filters; n++) {
        const double real = acc_scale(hw, in->scale, q->wparams[n].scale)
                            / out->scale;

        clamp_codes(l, out, &requant[n]);
        if (hw_requant(hw, real, &requant[n]))
            return diag_error(diag, l->place, "channel %d of layer '%s' is "
                              "scaled by %g, for which '%s' has no multiplier%s",
                              n, l->name, real,
                              fx_presets[hw->preset].name,
                              hw->multiplier_bits == 0
                              ? " (it needs 'quantization.power_of_two: true')"
                              : "");
    }
    return 0;
}

static int quantize_layer(struct qnet *qnet, int i, const struct layer_spec *s,
                          const struct hw *hw, struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];
    const size_t taps = (size_t) l->taps, filters = (size_t) l->filters;
    struct qlayer *q = &qnet->layer[i];
    struct arena *a = &qnet->arena;
    int16_t *weight = arena_alloc_array(a, filters * taps, sizeof(*weight));
    struct quant_params *p = arena_alloc_array(a, filters, sizeof(*p));
    int32_t *bias = arena_alloc_array(a, filters, sizeof(*bias));
    struct fx_requant *requant = arena_alloc_array(a, filters,
                                                   sizeof(*requant));

    if (!weight || !p || !bias || !requant)
        return diag_error(diag, l->place, "out of memory for layer '%s'",
                          l->name);
    for (size_t n = 0; n < filters; n++) {
        p[n] = s->per_channel ? weight_params(s, l->weight + n * taps, taps)
             : n > 0 ? p[0] : weight_params(s, l->weight, filters * taps);
        for (size_t k = 0; k < taps; k++)
            weight[n * taps + k] = (int16_t)
                quant_code(&p[n], l->weight[n * taps + k]);
    }
    q->weight_bits = s->weight.bits;
    q->per_channel = s->per_channel;
    q->weight = weight;
    q->wparams = p;
    q->bias = bias;
    q->requant = requant;
    quantize_bias(q, l, hw, qnet->tensor[l->input].scale, bias);
    return quantize_scales(q, l, hw, &qnet->tensor[l->input],
                           &qnet->tensor[i + 1], requant, diag);
}

/* Pools and flatten hand their input's codes on. */
static void choose_tensor(struct qnet *qnet, int t, const struct layer_spec *s,
                          const struct calibration *c)
{
    const struct net *net = qnet->net;

    if (t > 0 && !net->layer[t - 1].has_weights) {
        qnet->tensor[t] = qnet->tensor[net->layer[t - 1].input];
        qnet->tensor_bits[t] = qnet->tensor_bits[net->layer[t - 1].input];
        return;
    }
    qnet->tensor[t] = quant_choose(&s->out, c->lo[t], c->hi[t]);
    qnet->tensor_bits[t] = s->out.bits;
}

int quantize(struct qnet *qnet, const struct net *net, const struct hw *hw,
             const struct design *design, const struct calibration *c,
             struct diag *diag)
{
    const int before = diag_error_count(diag);
    const size_t tensors = (size_t) net_tensor_count(net);
    struct layer_spec s = layer_spec(design, hw, NULL);

    memset(qnet, 0, sizeof(*qnet));
    arena_init(&qnet->arena, 0);
    qnet->net = net;
    qnet->act_signed = hw->act_signed;
    qnet->tensor = arena_alloc_array(&qnet->arena, tensors,
                                     sizeof(*qnet->tensor));
    qnet->tensor_bits = arena_alloc_array(&qnet->arena, tensors, sizeof(int));
    qnet->layer = arena_alloc_array(&qnet->arena, (size_t) net->layer_count,
                                    sizeof(*qnet->layer));
    if (!qnet->tensor || !qnet->tensor_bits || !qnet->layer)
        return diag_error(diag, net->place, "out of memory");
    check_entries(design, net, diag);
    check_spec(&s, hw, "input", diag);
    choose_tensor(qnet, 0, &s, c);
    for (int i = 0; i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];

        s = layer_spec(design, hw, l->name);
        qnet->layer[i].layer = l;
        choose_tensor(qnet, i + 1, &s, c);
        if (!l->has_weights)
            continue;
        if (design_find_layer(design, l->name))
            check_spec(&s, hw, l->name, diag);
        if (diag_error_count(diag) == before)
            quantize_layer(qnet, i, &s, hw, diag);
    }
    return diag_error_count(diag) > before ? -1 : 0;
}

void qnet_release(struct qnet *qnet)
{
    arena_release(&qnet->arena);
}
