/*
 * requantize.c - from accumulators to activations, and the multipliers for it.
 *
 * One datapath serves every tool that docs/numerics.md names: they differ in
 * how many bits the multiplier has, in the rounding, and in whether a second
 * rounding at bit 31 is imitated. The imitation is the addition of 2^30 with
 * the sign of the product, which equals gemmlowp's two steps exactly.
 */
#include "sim/fx/fx.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    ACC_BITS = 48,
    SHIFT_MAX = 63,
    QUANTIZED_SHIFT_MAX = 62,  /* as TFLite: factors below 2^-32 become 0 */
    NARROW_BITS = 16
};

bool fx_requant_valid(const struct fx_requant *requant)
{
    return requant->mult >= 0 && 0 <= requant->shift &&
           requant->shift <= SHIFT_MAX &&
           requant->rounding < FX_ROUNDING_COUNT &&
           requant->min <= requant->max;
}

/* The size of the first rounding's half, 0 where there is only one rounding. */
static int64_t first_half(const struct fx_requant *requant)
{
    return requant->double_round && requant->shift > 31 ? INT64_C(1) << 30 : 0;
}

static fx_int128 rescale_wide(int64_t acc, const struct fx_requant *requant)
{
    const fx_int128 product = (fx_int128) acc * requant->mult;
    const int64_t half = first_half(requant);

    return fx_round_wide(product + (product < 0 ? -half : half),
                         requant->shift, requant->rounding, NULL);
}

int64_t fx_rescale(int64_t acc, const struct fx_requant *requant)
{
    assert(!fx_overflows(acc, ACC_BITS));
    const fx_int128 wide = rescale_wide(acc, requant);

    return wide < INT64_MIN   ? INT64_MIN
           : wide > INT64_MAX ? INT64_MAX
                              : (int64_t) wide;
}

static int32_t requantize_wide(int64_t acc, const struct fx_requant *requant)
{
    const fx_int128 code = rescale_wide(acc, requant) + requant->zero_point;

    return (int32_t) (code < requant->min   ? requant->min
                      : code > requant->max ? requant->max
                                            : code);
}

int32_t fx_requantize(int64_t acc, const struct fx_requant *requant)
{
    assert(requant->shift >= 0 && requant->shift <= SHIFT_MAX
           && requant->min <= requant->max);
    assert(!fx_overflows(acc, ACC_BITS));
    if (fx_overflows(acc, 32))
        return requantize_wide(acc, requant);

    /* |product| <= 2^62, so that neither 2^30 nor a zero point can overflow. */
    const int64_t product = acc * requant->mult;
    const int64_t half = first_half(requant);
    const int64_t code =
        fx_shift_right(product + (product < 0 ? -half : half), requant->shift,
                       requant->rounding) + requant->zero_point;

    return (int32_t) (code < requant->min   ? requant->min
                      : code > requant->max ? requant->max
                                            : code);
}

/* ---------------------------------------------------------- multipliers */

int fx_quantize_multiplier(double real, int multiplier_bits, int32_t *mult,
                           int *shift)
{
    assert(2 <= multiplier_bits && multiplier_bits <= 32);
    const double limit = ldexp(1.0, multiplier_bits - 1);
    int exponent;

    if (!(real >= 0.0 && isfinite(real)))
        return -1;

    double fraction = round(frexp(real, &exponent) * limit);
    if (fraction >= limit) {
        fraction /= 2;
        exponent++;
    }
    const int needed = multiplier_bits - 1 - exponent;
    if (needed < 0)
        return -1;

    const bool lost = real == 0.0 || needed > QUANTIZED_SHIFT_MAX;
    *mult = lost ? 0 : (int32_t) fraction;
    *shift = lost ? 0 : needed;
    return 0;
}

int fx_power_of_two(double real, int32_t *mult, int *shift)
{
    int exponent;

    if (!(real > 0.0 && isfinite(real)) || frexp(real, &exponent) != 0.5)
        return -1;
    exponent--;  /* frexp's fraction is half a power of two */
    if (exponent < -SHIFT_MAX || exponent > 30)
        return -1;
    *mult = exponent > 0 ? INT32_C(1) << exponent : 1;
    *shift = exponent > 0 ? 0 : -exponent;
    return 0;
}

void fx_average_multiplier(int32_t count, int multiplier_bits, int32_t *mult,
                           int *shift)
{
    assert(count >= 1);
    assert(8 <= multiplier_bits && multiplier_bits <= 32);
    const int64_t one_and_a_bit = (INT64_C(1) << (multiplier_bits - 2)) + 1;
    int log2 = 0;

    while (INT64_C(1) << log2 < count)
        log2++;
    assert(log2 <= multiplier_bits - 2);
    *mult = (int32_t) ((one_and_a_bit << log2) / count);
    *shift = multiplier_bits - 2 + log2;
}

/* -------------------------------------------------------------- presets */

const struct fx_preset fx_presets[FX_PRESET_COUNT] = {
    [FX_PRESET_TFLITE] = {
        .name = "tflite", .multiplier_bits = 32, .rounding = FX_HALF_UP,
        .double_round = true, .shift_min = 1,
        .sentence = "TFLite and TFLite Micro as built by default: rounded "
                    "twice, at bit 31 and at the result",
    },
    [FX_PRESET_TFLITE_SINGLE] = {
        .name = "tflite_single", .multiplier_bits = 32,
        .rounding = FX_HALF_UP, .shift_min = 1,
        .sentence = "TFLite built with TFLITE_SINGLE_ROUNDING, ruy, CMSIS-NN "
                    "with single rounding, TOSA SINGLE_ROUND: rounded once",
    },
    [FX_PRESET_CMSIS_NN] = {
        .name = "cmsis_nn", .multiplier_bits = 32, .rounding = FX_HALF_UP,
        .double_round = true, .shift_min = 1,
        .sentence = "CMSIS-NN's arm_nn_requantize as built by default: equal "
                    "to tflite",
    },
    [FX_PRESET_TOSA] = {
        .name = "tosa", .multiplier_bits = 32, .rounding = FX_HALF_UP,
        .double_round = true, .shift_min = 2,
        .sentence = "TOSA RESCALE with scale32 and DOUBLE_ROUND: equal to "
                    "tflite where both are defined",
    },
    [FX_PRESET_GEMMLOWP] = {
        .name = "gemmlowp", .multiplier_bits = 32, .rounding = FX_HALF_UP,
        .double_round = true, .shift_min = 1,
        .sentence = "gemmlowp's ByFixedPoint output stages, where TFLite's "
                    "arithmetic comes from: equal to tflite",
    },
    [FX_PRESET_ONNX] = {
        .name = "onnx", .multiplier_bits = 25, .rounding = FX_HALF_EVEN,
        .sentence = "ONNX QLinearConv and QLinearMatMul by their definition, "
                    "in exact arithmetic: a float32 scale (24 bits and a "
                    "sign), ties to even before the zero point is added",
    },
    [FX_PRESET_SHIFT] = {
        .name = "shift", .multiplier_bits = 0, .rounding = FX_HALF_UP,
        .rounding_is_free = true,
        .sentence = "classic fixed point: powers of two only, a shift and any "
                    "rounding, no multiplier",
    },
    [FX_PRESET_INT16X8] = {
        .name = "int16x8", .multiplier_bits = 16, .rounding = FX_HALF_UP,
        .narrowed = true, .shift_min = 1,
        .sentence = "TFLite's kernels of 16-bit activations and 64-bit sums: "
                    "the 32-bit multiplier rounded to 16 bits, rounded once",
    },
};

const struct fx_preset *fx_preset_find(const char *name)
{
    for (int i = 0; i < FX_PRESET_COUNT; i++) {
        if (strcmp(name, fx_presets[i].name) == 0)
            return &fx_presets[i];
    }
    return NULL;
}

/* TFLite's 16 bits of a 32-bit multiplier: rounded, but never 2^15. */
static void narrow(int32_t *mult, int *shift)
{
    const int dropped = 32 - NARROW_BITS;

    if (*mult == 0)
        return;
    *mult = (int32_t) fx_saturate(fx_shift_right(*mult, dropped, FX_HALF_UP),
                                  NARROW_BITS);
    *shift -= dropped;
}

int fx_preset_requant(const struct fx_preset *preset, double real,
                      struct fx_requant *requant)
{
    int32_t mult;
    int shift;
    int failed;

    if (preset->multiplier_bits == 0)
        failed = fx_power_of_two(real, &mult, &shift);
    else
        failed = fx_quantize_multiplier(
            real, preset->narrowed ? 32 : preset->multiplier_bits, &mult,
            &shift);
    if (failed)
        return -1;
    if (preset->narrowed)
        narrow(&mult, &shift);
    if (mult != 0 && shift < preset->shift_min)
        return -1;
    requant->mult = mult;
    requant->shift = shift;
    requant->double_round = preset->double_round;
    requant->rounding = preset->rounding;
    return 0;
}
