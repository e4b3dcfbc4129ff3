#include "sim/quant/two_inputs.h"

#include <math.h>

static int multiplier(const struct net_layer *l, const struct hw *hw,
                      double real, struct fx_requant *r, struct diag *diag)
{
    if (!hw_requant(hw, real, r))
        return 0;
    return diag_error(diag, l->place, "layer '%s' is scaled by %g, for which "
                      "'%s' has no multiplier%s", l->name, real,
                      fx_presets[hw->preset].name, hw->multiplier_bits == 0
                      ? " (it needs 'quantization.power_of_two: true')" : "");
}

static int quantize_add(const struct qnet *qnet, const struct net_layer *l,
                        const struct hw *hw, double out, struct fx_requant *r,
                        struct diag *diag)
{
    const double a = qnet->tensor[l->input].scale;
    const double b = qnet->tensor[l->second].scale;
    const double twice = 2.0 * (a > b ? a : b);
    const int shift = hw_add_shift(hw);

    if (shift < 0)
        return diag_error(diag, l->place, "layer '%s' adds %d-bit activations, "
                          "which needs 'accumulator.bits' of at least %d; "
                          "hardware '%s' has %d", l->name, hw->act_bits,
                          hw->act_bits + 2, hw->name, hw->acc_bits);
    if (multiplier(l, hw, a / twice, &r[0], diag)
        || multiplier(l, hw, b / twice, &r[1], diag)
        || multiplier(l, hw, twice / (ldexp(1.0, shift) * out), &r[2], diag))
        return -1;
    return 0;
}

int quantize_two_inputs(struct qnet *qnet, int i, const struct hw *hw,
                        struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];
    const struct quant_params *o = &qnet->tensor[i + 1];
    const size_t count = l->op == NET_ADD ? 3 : 1;
    struct fx_requant *r = arena_alloc_array(&qnet->arena, count, sizeof(*r));

    if (!r)
        return diag_error(diag, l->place, "out of memory");
    qnet->layer[i].requant = r;
    r[count - 1].zero_point = o->zero_point;
    r[count - 1].min = isfinite(l->clamp_lo) ? quant_code(o, l->clamp_lo)
                                             : o->min;
    r[count - 1].max = isfinite(l->clamp_hi) ? quant_code(o, l->clamp_hi)
                                             : o->max;
    if (l->op == NET_ADD)
        return quantize_add(qnet, l, hw, o->scale, r, diag);
    return multiplier(l, hw, qnet->tensor[l->input].scale
                             * qnet->tensor[l->second].scale / o->scale, r,
                      diag);
}
