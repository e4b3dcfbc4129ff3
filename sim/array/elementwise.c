#include "sim/array/elementwise.h"

int32_t elementwise_trace(const struct hw *hw, const struct program_desc *desc,
                          int32_t a, int32_t b, int64_t sum[3],
                          bool *overflowed)
{
    const struct fx_requant *r = desc->requant;
    const int64_t x = (int64_t) a - desc->in_zp;
    const int64_t y = (int64_t) b - desc->second_zp;
    const struct fx_format acc = hw_acc_format(hw);

    if (desc->op == NET_MUL) {
        sum[2] = fx_reduce(x * y, &acc, overflowed);
        return fx_requantize(sum[2], &r[0]);
    }
    const int64_t unit = INT64_C(1) << desc->add_shift;

    /* As wide as an accumulator; only a damaged factor comes near its ends. */
    sum[0] = fx_saturate(fx_rescale(x * unit, &r[0]), acc.bits);
    sum[1] = fx_saturate(fx_rescale(y * unit, &r[1]), acc.bits);
    sum[2] = fx_wrap(sum[0] + sum[1], acc.bits);
    return fx_requantize(sum[2], &r[2]);
}

int32_t elementwise_code(const struct hw *hw, const struct program_desc *desc,
                         int32_t a, int32_t b, bool *overflowed)
{
    int64_t sum[3];

    return elementwise_trace(hw, desc, a, b, sum, overflowed);
}
