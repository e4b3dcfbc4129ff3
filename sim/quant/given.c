#include "sim/quant/given.h"

#include <math.h>
#include <string.h>

#include "sim/graph/eval.h"
#include "sim/quant/two_inputs.h"

static int out_of_memory(const struct net_layer *l, struct diag *diag)
{
    return diag_error(diag, l->place, "out of memory for layer '%s'", l->name);
}

static struct quant_params tensor_params(const struct net_tensor_given *g)
{
    return (struct quant_params) {
        .scale = g->scale, .zero_point = g->zero_point, .min = g->min,
        .max = g->max, .ties = QUANT_HALF_AWAY, .is_real = g->is_real
    };
}

/* What the core reads or writes must have codes that it has. */
static int check_tensor(const struct net *net, int t, const struct hw *hw,
                        struct diag *diag)
{
    const struct net_tensor_given *g = &net->tensor_given[t];
    const char *name = t ? net->layer[t - 1].name : "input";

    if (net_is_host_only(net, t))
        return 0;
    if (g->bits > hw->act_bits)
        return diag_error(diag, net->place, "the output of '%s' has %d bits, "
                          "must have at most 'activation.bits' of hardware "
                          "'%s', %d", name, g->bits, hw->name, hw->act_bits);
    if (g->min < 0 && !hw->act_signed)
        return diag_error(diag, net->place, "the output of '%s' is signed, "
                          "which needs hardware with 'activation.signed: "
                          "true'; '%s' has unsigned activations", name,
                          hw->name);
    return 0;
}

/* The multiplier of one channel's sums. */
static int fill_requant(const struct net_given *g, int n, const struct hw *hw,
                        struct fx_requant *r)
{
    const struct fx_preset *preset = &fx_presets[hw->preset];

    if (g->mean_of > 0 && hw->preset_whole && preset->multiplier_bits == 32
        && !preset->narrowed) {
        struct fx_requant mean = *r;

        if (eval_mean_requant(g->mean_scale, g->mean_of, &mean))
            return -1;
        r->mult = mean.mult;
        r->shift = mean.shift;
        r->double_round = preset->double_round;
        r->rounding = preset->rounding;
        return 0;
    }
    return hw_requant(hw, g->factor[n], r);
}

/* The least width that holds the file's codes, which may have more. */
static int code_bits(const struct net_layer *l)
{
    const struct net_given *g = l->given;
    const size_t count = (size_t) l->filters * (size_t) l->taps;
    int64_t lo = 0, hi = 0;

    for (size_t k = 0; k < count; k++) {
        lo = g->weight[k] < lo ? g->weight[k] : lo;
        hi = g->weight[k] > hi ? g->weight[k] : hi;
    }
    return fx_bits_needed(lo, hi);
}

static int check_weights(const struct net_layer *l, const struct hw *hw,
                         struct diag *diag)
{
    const int bits = code_bits(l);

    if (hw->weight_bits == 1 || bits > hw->weight_bits)
        return diag_error(diag, l->place, "weights of '%s' need %d bits, must "
                          "need at most 'weight.bits' of hardware '%s', %d%s",
                          l->name, bits, hw->name, hw->weight_bits,
                          hw->weight_bits == 1 ? ", which stands for -1 and +1"
                                               : "");
    for (int n = 0; n < l->filters; n++)
        if (l->given->weight_zp[n] != 0 && !hw->weight_zero_point)
            return diag_error(diag, l->place, "weights of '%s' have a zero "
                              "point, which needs hardware with "
                              "'weight.zero_point: true'; '%s' has none",
                              l->name, hw->name);
    return 0;
}

/* [filters] of everything that belongs to a channel. */
static int take_weights(struct qnet *qnet, int i, const struct hw *hw,
                        struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];
    const struct net_given *g = l->given;
    const size_t filters = (size_t) l->filters;
    const int limit = (1 << (hw->weight_bits - 1)) - 1;
    struct qlayer *q = &qnet->layer[i];
    struct quant_params *p = arena_alloc_array(&qnet->arena, filters,
                                               sizeof(*p));
    double *unit = arena_alloc_array(&qnet->arena, filters, sizeof(*unit));
    struct fx_requant *r = arena_alloc_array(&qnet->arena, filters,
                                             sizeof(*r));

    if (!p || !unit || !r)
        return out_of_memory(l, diag);
    q->weight_bits = hw->weight_bits;
    q->granularity = QUANT_PER_CHANNEL;
    q->weight = (int16_t *) g->weight;
    q->bias = (int32_t *) g->bias;
    q->wparams = p;
    q->bias_unit = unit;
    q->requant = r;
    for (int n = 0; n < l->filters; n++) {
        p[n] = (struct quant_params) { .scale = g->weight_scale[n],
            .zero_point = g->weight_zp[n], .min = -limit - 1, .max = limit };
        unit[n] = qnet->tensor[l->input].scale * g->weight_scale[n];
        r[n].zero_point = qnet->tensor[i + 1].zero_point;
        r[n].min = g->out_min;
        r[n].max = g->out_max;
        if (fill_requant(g, n, hw, &r[n]))
            return diag_error(diag, l->place, "channel %d of layer '%s' is "
                              "scaled by %g, for which '%s' has no multiplier",
                              n, l->name, g->factor[n],
                              fx_presets[hw->preset].name);
    }
    return 0;
}

static int take_two(struct qnet *qnet, int i, const struct hw *hw,
                    struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];

    if (quantize_two_inputs(qnet, i, hw, diag))
        return -1;
    struct fx_requant *r = (struct fx_requant *) qnet->layer[i].requant;
    struct fx_requant *last = &r[l->op == NET_ADD ? 2 : 0];

    last->min = l->given->out_min;
    last->max = l->given->out_max;
    return l->op == NET_MUL && hw_requant(hw, l->given->factor[0], last) ? -1
                                                                         : 0;
}

int quantize_given(struct qnet *qnet, const struct net *net,
                   const struct hw *hw, struct diag *diag)
{
    const int before = diag_error_count(diag);
    const size_t tensors = (size_t) net_tensor_count(net);

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
    bool fits = true;    /* one message for all tensors: they are alike */

    for (int t = 0; t < net_tensor_count(net); t++) {
        qnet->tensor[t] = tensor_params(&net->tensor_given[t]);
        qnet->tensor_bits[t] = net->tensor_given[t].bits;
        fits = fits && !check_tensor(net, t, hw, diag);
    }
    for (int i = 0; i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];

        qnet->layer[i].layer = l;
        if (net_op_has_two_inputs(l->op))
            take_two(qnet, i, hw, diag);
        else if (l->has_weights && !check_weights(l, hw, diag))
            take_weights(qnet, i, hw, diag);
    }
    return diag_error_count(diag) > before ? -1 : 0;
}

/* The codes that a tensor can hold, after the clamp of what writes it. */
static void tensor_range(const struct net *net, int t, int32_t *lo, int32_t *hi)
{
    const struct net_tensor_given *g = &net->tensor_given[t];

    *lo = g->min;
    *hi = g->max;
    if (t == 0)
        return;
    const struct net_layer *l = &net->layer[t - 1];

    if (l->op == NET_FLATTEN)
        tensor_range(net, l->input, lo, hi);
    else if (l->given) {
        *lo = l->given->out_min;
        *hi = l->given->out_max;
    }
}

int given_sum_bits(const struct net *net, int layer)
{
    const struct net_layer *l = &net->layer[layer];
    const int32_t zp = net->tensor_given[l->input].zero_point;
    int32_t lo, hi;
    int bits = 0;

    tensor_range(net, l->input, &lo, &hi);
    lo = lo < zp ? lo - zp : 0;
    hi = hi > zp ? hi - zp : 0;
    for (int n = 0; n < l->filters; n++) {
        const int16_t *w = l->given->weight + (size_t) n * (size_t) l->taps;
        struct fx_range r = { l->given->bias[n], l->given->bias[n] };

        for (int k = 0; k < l->taps; k++)
            fx_range_add(&r, w[k] - l->given->weight_zp[n], lo, hi);
        const int needed = fx_bits_needed(r.lo, r.hi);

        bits = needed > bits ? needed : bits;
    }
    return bits;
}
