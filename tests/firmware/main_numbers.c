/*
 * main_numbers.c - the driver's integer quantization against the one in double
 * that made the network. They may differ only where a real number lies within
 * 2^-20 of a step from a tie, for the driver's scale has 31 bits.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "npu_driver.h"
#include "sim/base/rng.h"
#include "sim/quant/quant.h"

int main(void)
{
    int64_t checked = 0, ties = 0, wrong = 0;
    struct rng r;

    rng_init(&r, 31);
    for (int n = 0; n < 2000; n++) {
        const uint32_t mult = (uint32_t) rng_range(&r, 1u << 30, INT32_MAX);
        const int shift = (int) rng_range(&r, 28, 50);
        const double scale = ldexp(mult, -shift);
        int exponent;
        const double inverse = frexp(1.0 / scale, &exponent);
        const struct quant_params p = {
            .scale = scale, .zero_point = (int32_t) rng_range(&r, -100, 100),
            .min = -128, .max = 127,
            .ties = rng_range(&r, 0, 1) ? QUANT_HALF_EVEN : QUANT_HALF_AWAY
        };
        const struct npu_quant q = {
            mult, (uint32_t) llround(ldexp(inverse, 31)), (int16_t) shift,
            (int16_t) (31 - exponent), p.zero_point, p.min, p.max,
            p.ties == QUANT_HALF_EVEN
        };

        for (int i = 0; i < 200; i++) {
            const uint32_t fraction = (uint32_t) rng_range(&r, 0, 30);
            const double reach = fmin(300.0 * scale * ldexp(1, (int) fraction),
                                      INT32_MAX);
            const int32_t value = (int32_t) rng_range(&r, -(int64_t) reach,
                                                      (int64_t) reach);
            const double real = ldexp(value, -(int) fraction);
            const double steps = real / scale;
            const bool tie = fabs(fabs(steps - trunc(steps)) - 0.5)
                             < ldexp(1, -20);

            checked++;
            ties += tie;
            wrong += !tie && npu_quantize(&q, value, fraction)
                             != quant_code(&p, real);
        }
    }
    printf("integer quantization: %lld numbers, %lld near a tie, %lld wrong\n",
           (long long) checked, (long long) ties, (long long) wrong);
    return wrong || checked < 100000 ? EXIT_FAILURE : EXIT_SUCCESS;
}
