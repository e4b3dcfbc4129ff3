/*
 * test_elementwise.c - add and mul against TFLite's integer algorithm, written
 * down from its own two building blocks (gemmlowp's doubling high multiply and
 * TFLite's rounding divide), not from sim/fx.
 */
#include <CUnit/CUnit.h>
#include <limits.h>
#include <math.h>

#include "sim/array/elementwise.h"
#include "sim/base/rng.h"

void suite_elementwise(void);

static int32_t high_multiply(int32_t a, int32_t b)
{
    const int64_t ab = (int64_t) a * b;
    const int32_t nudge = ab >= 0 ? 1 << 30 : 1 - (1 << 30);

    return a == INT_MIN && b == INT_MIN
        ? INT_MAX : (int32_t) ((ab + nudge) / (INT64_C(1) << 31));
}

static int32_t divide(int32_t x, int exponent)
{
    const int32_t mask = (int32_t) ((INT64_C(1) << exponent) - 1);
    const int32_t threshold = (mask >> 1) + (x < 0);

    return (x >> exponent) + ((x & mask) > threshold);
}

/* TFLite's QuantizeMultiplier and MultiplyByQuantizedMultiplier. */
static int32_t multiply(int32_t x, double real)
{
    int exponent;
    int64_t q = (int64_t) round(frexp(real, &exponent) * 2147483648.0);

    if (q == INT64_C(1) << 31) {
        q /= 2;
        exponent++;
    }
    return divide(high_multiply(x * (1 << (exponent > 0 ? exponent : 0)),
                                (int32_t) q), exponent > 0 ? 0 : -exponent);
}

static int32_t clamp(int64_t v)
{
    return (int32_t) (v < -128 ? -128 : v > 127 ? 127 : v);
}

static const struct hw tflite8 = {
    .name = "test", .rows = 4, .cols = 4, .lanes = 1, .act_bits = 8,
    .act_signed = true, .weight_bits = 8, .acc_bits = 32,
    .acc_overflow = FX_SATURATE, .preset = FX_PRESET_TFLITE,
    .preset_whole = true, .multiplier_bits = 32, .double_round = true
};

static double draw_scale(struct rng *r)
{
    return exp(rng_uniform(r) * 6.0 - 6.0);
}

static int32_t draw_code(struct rng *r)
{
    return (int32_t) rng_range(r, -128, 127);
}

struct scales {
    double a, b, out;
    int32_t za, zb, zo;
};

static struct scales draw_scales(struct rng *r)
{
    const bool powers = rng_range(r, 0, 3) == 0;
    struct scales s = { draw_scale(r), draw_scale(r), draw_scale(r),
                        draw_code(r), draw_code(r), draw_code(r) };

    if (powers) {    /* ties */
        s.a = exp2(round(log2(s.a)));
        s.b = exp2(round(log2(s.b)));
        s.out = exp2(round(log2(s.out)));
    }
    return s;
}

static struct program_desc desc_of(const struct scales *s, enum net_op op,
                                   struct fx_requant *r)
{
    r[op == NET_ADD ? 2 : 0].zero_point = s->zo;
    r[op == NET_ADD ? 2 : 0].min = -128;
    r[op == NET_ADD ? 2 : 0].max = 127;
    return (struct program_desc) { .op = op, .in_zp = s->za,
                                   .second_zp = s->zb, .requant = r,
                                   .add_shift = hw_add_shift(&tflite8) };
}

static void test_elementwise__add_is_tflites(void)
{
    struct rng r;
    int wrong = 0, failed = 0;

    rng_init(&r, 21);
    CU_ASSERT_EQUAL(hw_add_shift(&tflite8), 20);
    for (int n = 0; n < 2000; n++) {
        const struct scales s = draw_scales(&r);
        const double twice = 2.0 * fmax(s.a, s.b);
        struct fx_requant q[3] = { { 0 } };
        const struct program_desc d = desc_of(&s, NET_ADD, q);

        failed += hw_requant(&tflite8, s.a / twice, &q[0])
                  || hw_requant(&tflite8, s.b / twice, &q[1])
                  || hw_requant(&tflite8, twice / (1048576.0 * s.out), &q[2]);
        for (int i = 0; i < 100; i++) {
            const int32_t x = draw_code(&r), y = draw_code(&r);
            const int32_t sum =
                multiply((x - s.za) * (1 << 20), s.a / twice)
                + multiply((y - s.zb) * (1 << 20), s.b / twice);
            bool overflowed = false;

            wrong += elementwise_code(&tflite8, &d, x, y, &overflowed)
                     != clamp((int64_t) multiply(sum, twice
                                                 / (1048576.0 * s.out)) + s.zo);
            wrong += overflowed;
        }
    }
    CU_ASSERT_EQUAL(failed, 0);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_elementwise__mul_is_tflites(void)
{
    struct rng r;
    int wrong = 0, failed = 0;

    rng_init(&r, 22);
    for (int n = 0; n < 2000; n++) {
        const struct scales s = draw_scales(&r);
        const double real = s.a * s.b / s.out;
        struct fx_requant q[1] = { { 0 } };
        const struct program_desc d = desc_of(&s, NET_MUL, q);

        failed += hw_requant(&tflite8, real, &q[0]) != 0;
        for (int i = 0; i < 100; i++) {
            const int32_t x = draw_code(&r), y = draw_code(&r);
            bool overflowed = false;

            wrong += elementwise_code(&tflite8, &d, x, y, &overflowed)
                     != clamp((int64_t) multiply((x - s.za) * (y - s.zb), real)
                              + s.zo);
            wrong += overflowed;
        }
    }
    CU_ASSERT_EQUAL(failed, 0);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* The shift shrinks with the accumulator, and a mul may overflow there. */
static void test_elementwise__narrow_accumulators(void)
{
    struct hw hw = tflite8;
    struct fx_requant q = { .mult = 1, .min = -128, .max = 127 };
    struct program_desc d = { .op = NET_MUL, .requant = &q };
    bool overflowed = false;

    hw.acc_bits = 24;
    CU_ASSERT_EQUAL(hw_add_shift(&hw), 14);
    hw.acc_bits = 10;
    CU_ASSERT_EQUAL(hw_add_shift(&hw), 0);
    hw.acc_bits = 9;
    CU_ASSERT_EQUAL(hw_add_shift(&hw), -1);
    CU_ASSERT_EQUAL(elementwise_code(&hw, &d, 10, 10, &overflowed), 100);
    CU_ASSERT_FALSE(overflowed);
    q.shift = 1;
    CU_ASSERT_EQUAL(elementwise_code(&hw, &d, 100, 100, &overflowed), 127);
    CU_ASSERT_TRUE(overflowed);
}

void suite_elementwise(void)
{
    CU_pSuite s = CU_add_suite("elementwise", NULL, NULL);

    CU_add_test(s, "add_is_tflites", test_elementwise__add_is_tflites);
    CU_add_test(s, "mul_is_tflites", test_elementwise__mul_is_tflites);
    CU_add_test(s, "narrow_accumulators",
                test_elementwise__narrow_accumulators);
}
