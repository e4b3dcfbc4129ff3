#include "sim/quant/quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/text.h"
#include "sim/quant/refine.h"
#include "sim/quant/spec.h"
#include "sim/quant/two_inputs.h"

static void check_spec(const struct spec *s, const struct hw *hw,
                       const char *name, struct diag *diag)
{
    if (s->weight.bits > hw->weight_bits)
        diag_error(diag, s->weight_bits_place, "weights of '%s' have %d bits, "
                   "must have at most 'weight.bits' of hardware '%s', %d",
                   name, s->weight.bits, hw->name, hw->weight_bits);
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

/*
 * With real = scale * operand, a sum of products counts in units of
 * in * weight * 2^drop, where `drop` bits of each product were rounded away.
 */
static double acc_scale(const struct hw *hw, double in, double weight)
{
    return in * weight * exp2(hw->product_drop);
}

void qlayer_set_bias(struct qlayer *q, int n, double real)
{
    double code = round(real / q->bias_unit[n]);

    if (code > INT32_MAX || code < INT32_MIN) {
        q->bias_saturated++;
        code = code > 0 ? INT32_MAX : INT32_MIN;
    }
    q->bias[n] = (int32_t) code;
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
                           const struct hw *hw, const struct quant_params *out,
                           struct fx_requant *requant, struct diag *diag)
{
    for (int n = 0; n < l->filters; n++) {
        const double real = q->bias_unit[n] / out->scale;

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

static int quantize_layer(struct qnet *qnet, int i, const struct spec *s,
                          const struct hw *hw, struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];
    const size_t taps = (size_t) l->taps, filters = (size_t) l->filters;
    struct qlayer *q = &qnet->layer[i];
    struct arena *a = &qnet->arena;
    int16_t *weight = arena_alloc_array(a, filters * taps, sizeof(*weight));
    struct quant_params *p = arena_alloc_array(a, filters, sizeof(*p));
    double *unit = arena_alloc_array(a, filters, sizeof(*unit));
    struct fx_requant *requant = arena_alloc_array(a, filters,
                                                   sizeof(*requant));

    q->bias = arena_alloc_array(a, filters, sizeof(*q->bias));
    if (!weight || !p || !unit || !requant || !q->bias)
        return diag_error(diag, l->place, "out of memory for layer '%s'",
                          l->name);
    spec_filter_params(s, l, p);
    for (size_t k = 0; k < filters * taps; k++)
        weight[k] = (int16_t) quant_code(&p[k / taps], l->weight[k]);
    for (size_t n = 0; n < filters; n++)
        unit[n] = acc_scale(hw, qnet->tensor[l->input].scale, p[n].scale);
    q->weight_bits = s->weight.bits;
    q->granularity = s->granularity;
    q->weight = weight;
    q->wparams = p;
    q->bias_unit = unit;
    q->requant = requant;
    for (int n = 0; n < l->filters; n++)
        qlayer_set_bias(q, n, l->bias[n]);
    return quantize_scales(q, l, hw, &qnet->tensor[i + 1], requant, diag);
}

/* Pools and flatten hand their input's codes on. */
static void choose_tensor(struct qnet *qnet, int t, const struct spec *s,
                          const struct calibration *c)
{
    const struct net *net = qnet->net;

    if (net_is_host_only(net, t)) {
        qnet->tensor[t] = (struct quant_params) { .scale = 1.0,
            .min = INT32_MIN, .max = INT32_MAX, .is_real = true };
        qnet->tensor_bits[t] = 32;
        return;
    }
    if (t > 0 && spec_hands_on(&net->layer[t - 1])) {
        qnet->tensor[t] = qnet->tensor[net->layer[t - 1].input];
        qnet->tensor_bits[t] = qnet->tensor_bits[net->layer[t - 1].input];
        return;
    }
    qnet->tensor[t] = spec_tensor_params(s, c, t);
    qnet->tensor_bits[t] = s->out.bits;
}

int quantize(struct qnet *qnet, const struct net *net, const struct hw *hw,
             const struct design *design, const struct calibration *c,
             struct diag *diag)
{
    const int before = diag_error_count(diag);
    const size_t tensors = (size_t) net_tensor_count(net);
    struct spec s = spec_of_layer(design, hw, NULL);

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

        s = spec_of_layer(design, hw, l->name);
        qnet->layer[i].layer = l;
        choose_tensor(qnet, i + 1, &s, c);
        if (net_op_has_two_inputs(l->op))
            quantize_two_inputs(qnet, i, hw, diag);
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

static int out_of_memory(const struct design *design, struct diag *diag)
{
    if (interrupt_requested())
        return -1;
    return diag_error(diag, design->place, "out of memory");
}

int quantize_read_data(struct dataset *data, const struct net *net,
                       const struct design *design, struct diag *diag)
{
    memset(data, 0, sizeof(*data));
    if (net->quantized)
        return 0;
    if (!design->calibration)
        return diag_error(diag, design->place, "'data.calibration' is missing, "
                          "must name the calibration images");
    return dataset_read(data, design->calibration, net, diag,
                        design->calibration_place);
}

int quantize_network(struct quantization *q, struct net *net,
                     const struct hw *hw, const struct design *design,
                     const struct dataset *data, int workers,
                     struct diag *diag)
{
    memset(q, 0, sizeof(*q));
    if (net->quantized) {
        q->real = net_float_new(net);
        return q->real ? quantize_given(&q->qnet, net, hw, diag)
                       : out_of_memory(design, diag);
    }
    if (design->equalize && equalize(net, &q->equalization))
        return out_of_memory(design, diag);
    q->real = net_float_new(net);
    if (!q->real
        || calibrate(&q->calibration, net, q->real, data, design, workers))
        return out_of_memory(design, diag);
    if (quantize(&q->qnet, net, hw, design, &q->calibration, diag))
        return -1;
    if (refine(&q->qnet, hw, design, data, q->calibration.images, workers))
        return out_of_memory(design, diag);
    return 0;
}

void quantization_release(struct quantization *q)
{
    qnet_release(&q->qnet);
    calibration_release(&q->calibration);
    net_float_free(q->real);
    memset(q, 0, sizeof(*q));
}
