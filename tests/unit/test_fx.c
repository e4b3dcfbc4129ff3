/*
 * test_fx.c - claims about sim/fx that need no SystemC.
 *
 * The oracles are definitions other than our own: gemmlowp's two functions
 * written from their text, TFLite's published expectations, C's division, the
 * math library's rounding. Loops count what differs and assert once.
 */
#include "sim/fx/fx.h"
#include "tests/oracle/stimulus.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

enum { RANDOM_CASES = 200000 };

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

void suite_fx(void);

/* ------------------------------------------------------------ rounding */

/* Quarters: -2.5, -1.75, -1.5, -0.5, 0.25, 0.5, 1.5, 2.5, 2.75. */
static const int quarters[] = {-10, -7, -6, -2, 1, 2, 6, 10, 11};

static const struct {
    enum fx_rounding rounding;
    int expected[COUNT_OF(quarters)];
} roundings[] = {
    {FX_HALF_UP, {-2, -2, -1, 0, 0, 1, 2, 3, 3}},
    {FX_HALF_TOWARD_ZERO, {-2, -2, -1, 0, 0, 0, 1, 2, 3}},
    {FX_HALF_DOWN, {-3, -2, -2, -1, 0, 0, 1, 2, 3}},
    {FX_HALF_AWAY, {-3, -2, -2, -1, 0, 1, 2, 3, 3}},
    {FX_HALF_EVEN, {-2, -2, -2, 0, 0, 0, 2, 2, 3}},
    {FX_FLOOR, {-3, -2, -2, -1, 0, 0, 1, 2, 2}},
    {FX_TOWARD_ZERO, {-2, -1, -1, 0, 0, 0, 1, 2, 2}},
};

static void test_fx__each_rounding_breaks_ties_its_own_way(void)
{
    CU_ASSERT_EQUAL(COUNT_OF(roundings), FX_ROUNDING_COUNT);
    for (int r = 0; r < COUNT_OF(roundings); r++) {
        for (int i = 0; i < COUNT_OF(quarters); i++) {
            const enum fx_rounding rounding = roundings[r].rounding;
            const int expected = roundings[r].expected[i];

            CU_ASSERT_EQUAL(fx_round(quarters[i], 2, rounding, NULL), expected);
            CU_ASSERT(fx_round_wide(quarters[i], 2, rounding, NULL) ==
                      expected);
            CU_ASSERT_EQUAL(fx_shift_right(quarters[i], 2, rounding), expected);
        }
    }
}

static void test_fx__rounding_keeps_what_loses_nothing(void)
{
    for (int r = 0; r < FX_ROUNDING_COUNT; r++) {
        const enum fx_rounding rounding = (enum fx_rounding) r;
        bool inexact = false;

        CU_ASSERT_EQUAL(fx_round(-7, 0, rounding, &inexact), -7);
        CU_ASSERT_EQUAL(fx_round(-12, 2, rounding, &inexact), -3);
        CU_ASSERT_EQUAL(fx_round(-7, -3, rounding, &inexact), -56);
        CU_ASSERT_EQUAL(fx_round(INT64_MIN, 63, rounding, &inexact), -1);
        CU_ASSERT(fx_round_wide(-7, -100, rounding, &inexact) ==
                  -7 * ((fx_int128) 1 << 100));
        CU_ASSERT_FALSE(inexact);
    }
}

static void test_fx__rounding_reports_lost_bits_in_every_mode(void)
{
    for (int r = 0; r < FX_ROUNDING_COUNT; r++) {
        bool narrow = false;
        bool wide = false;

        fx_round(5, 2, (enum fx_rounding) r, &narrow);
        fx_round_wide(5, 2, (enum fx_rounding) r, &wide);
        CU_ASSERT_TRUE(narrow && wide);
        fx_round(4, 2, (enum fx_rounding) r, &narrow);
        CU_ASSERT_TRUE(narrow);  /* sticky */
    }
}

static void test_fx__rounding_does_not_overflow_at_the_extremes(void)
{
    CU_ASSERT_EQUAL(fx_round(INT64_MAX, 1, FX_HALF_UP, NULL),
                    INT64_C(1) << 62);
    CU_ASSERT_EQUAL(fx_round(INT64_MAX, 63, FX_HALF_UP, NULL), 1);
    CU_ASSERT_EQUAL(fx_round(INT64_MIN, 1, FX_HALF_DOWN, NULL),
                    -(INT64_C(1) << 62));
    CU_ASSERT_EQUAL(fx_round(INT64_MIN, 64, FX_HALF_AWAY, NULL), -1);
    CU_ASSERT_EQUAL(fx_round(INT64_MIN, 64, FX_HALF_EVEN, NULL), 0);
    CU_ASSERT_EQUAL(fx_round(INT64_MIN, 65, FX_HALF_AWAY, NULL), 0);
    CU_ASSERT_EQUAL(fx_round(-1, 1000, FX_FLOOR, NULL), -1);
    CU_ASSERT_EQUAL(fx_round(-1, 1000, FX_HALF_UP, NULL), 0);
    CU_ASSERT_EQUAL(fx_round(INT64_MAX, 1000, FX_HALF_AWAY, NULL), 0);
    for (int drop = 126; drop <= 128; drop++)  /* a half, a quarter, less */
        CU_ASSERT(fx_round_wide((fx_int128) 1 << 125, drop, FX_HALF_UP,
                                NULL) == (drop == 126));
}

static void test_fx__names_go_both_ways(void)
{
    for (int i = 0; i < FX_ROUNDING_COUNT; i++) {
        const char *name = fx_rounding_name((enum fx_rounding) i);
        CU_ASSERT_EQUAL(fx_rounding_find(name), i);
    }
    for (int i = 0; i < FX_OVERFLOW_COUNT; i++) {
        const char *name = fx_overflow_name((enum fx_overflow) i);
        CU_ASSERT_EQUAL(fx_overflow_find(name), i);
    }
    CU_ASSERT_STRING_EQUAL(fx_rounding_name(FX_HALF_EVEN), "half_even");
    CU_ASSERT_STRING_EQUAL(fx_overflow_name(FX_WRAP), "wrap");
    CU_ASSERT_PTR_NULL(fx_rounding_names[FX_ROUNDING_COUNT]);
    CU_ASSERT_PTR_NULL(fx_overflow_names[FX_OVERFLOW_COUNT]);
    CU_ASSERT_EQUAL(fx_rounding_find("half"), -1);
    CU_ASSERT_EQUAL(fx_overflow_find("wrap "), -1);
}

/* ------------------------------------------------------------ overflow */

/* 255 + 10 in 8 unsigned bits, 127 + 10 and -128 - 10 in 8 signed bits. */
static const struct {
    enum fx_overflow overflow;
    int wrap_bits;
    int sum;
    bool is_signed;
    int expected;
} overflows[] = {
    {FX_SATURATE, 0, 265, false, 255},
    {FX_SATURATE, 0, 137, true, 127},
    {FX_SATURATE, 0, -138, true, -128},
    {FX_SATURATE_ZERO, 0, 265, false, 0},
    {FX_SATURATE_ZERO, 0, 137, true, 0},
    {FX_SATURATE_ZERO, 0, -138, true, 0},
    {FX_SATURATE_SYMMETRIC, 0, 265, false, 255},
    {FX_SATURATE_SYMMETRIC, 0, 137, true, 127},
    {FX_SATURATE_SYMMETRIC, 0, -138, true, -127},
    {FX_SATURATE_SYMMETRIC, 0, -128, true, -127},
    {FX_WRAP, 0, 265, false, 9},
    {FX_WRAP, 0, 137, true, -119},
    {FX_WRAP, 0, -138, true, 118},
    {FX_WRAP, 1, 265, false, 137},
    {FX_WRAP, 1, 137, true, 9},
    {FX_WRAP, 1, -138, true, -10},
    {FX_WRAP, 3, 265, false, 233},
    {FX_WRAP, 3, 137, true, 105},
    {FX_WRAP, 3, -138, true, -106},
    {FX_WRAP, 8, 265, false, 255},
    {FX_WRAP, 9, -138, true, -128},
    {FX_WRAP_SIGN_MAGNITUDE, 0, 137, true, 118},
    {FX_WRAP_SIGN_MAGNITUDE, 0, -138, true, -119},
    {FX_WRAP_SIGN_MAGNITUDE, 1, 137, true, 118},
    {FX_WRAP_SIGN_MAGNITUDE, 1, -138, true, -119},
    {FX_WRAP_SIGN_MAGNITUDE, 3, 137, true, 118},
    {FX_WRAP_SIGN_MAGNITUDE, 3, -138, true, -119},
    {FX_WRAP_SIGN_MAGNITUDE, 8, 137, true, 127},
};

static void test_fx__each_overflow_mode_answers_the_manual(void)
{
    for (int i = 0; i < COUNT_OF(overflows); i++) {
        const struct fx_format format = {
            .bits = 8, .is_signed = overflows[i].is_signed,
            .overflow = overflows[i].overflow,
            .wrap_bits = overflows[i].wrap_bits};
        bool overflowed = false;

        CU_ASSERT_EQUAL(fx_reduce(overflows[i].sum, &format, &overflowed),
                        overflows[i].expected);
        CU_ASSERT_TRUE(overflowed);
        CU_ASSERT_EQUAL(fx_reduce(5, &format, &overflowed), 5);
        CU_ASSERT_TRUE(overflowed);  /* sticky */
    }
}

static void test_fx__codes_that_fit_pass_untouched(void)
{
    int wrong = 0;

    for (int i = 0; i < FX_OVERFLOW_COUNT; i++) {
        const struct fx_format format = {.bits = 8, .is_signed = true,
                                         .overflow = (enum fx_overflow) i};
        bool overflowed = false;

        for (int64_t v = fx_min(&format); v <= fx_max(&format); v++)
            wrong += fx_reduce(v, &format, &overflowed) != v || overflowed;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_fx__limits_follow_sign_and_symmetry(void)
{
    const struct fx_format plain = {.bits = 8, .is_signed = true};
    const struct fx_format symmetric = {.bits = 8, .is_signed = true,
                                        .overflow = FX_SATURATE_SYMMETRIC};
    const struct fx_format positive = {.bits = 8};
    const struct fx_format widest = {.bits = 64, .is_signed = true};
    const struct fx_format sign_only = {.bits = 1, .is_signed = true};

    CU_ASSERT_EQUAL(fx_min(&plain), -128);
    CU_ASSERT_EQUAL(fx_max(&plain), 127);
    CU_ASSERT_EQUAL(fx_min(&symmetric), -127);
    CU_ASSERT_EQUAL(fx_min(&positive), 0);
    CU_ASSERT_EQUAL(fx_max(&positive), 255);
    CU_ASSERT_EQUAL(fx_min(&widest), INT64_MIN);
    CU_ASSERT_EQUAL(fx_max(&widest), INT64_MAX);
    CU_ASSERT_EQUAL(fx_min(&sign_only), -1);
    CU_ASSERT_EQUAL(fx_max(&sign_only), 0);
}

static void test_fx__undefined_formats_are_refused(void)
{
    const struct fx_format refused[] = {
        {.bits = 8, .overflow = FX_WRAP_SIGN_MAGNITUDE},
        {.bits = 0, .is_signed = true},
        {.bits = 65, .is_signed = true},
        {.bits = 8, .wrap_bits = -1},
        {.bits = 8, .is_signed = true, .overflow = FX_OVERFLOW_COUNT},
    };
    const struct fx_format taken[] = {
        {.bits = 1}, {.bits = 64}, {.bits = 64, .is_signed = true},
        {.bits = 8, .is_signed = true, .overflow = FX_WRAP_SIGN_MAGNITUDE},
        {.bits = 8, .overflow = FX_WRAP, .wrap_bits = 20},
    };
    struct fx_product_format product = {.drop = 64, .format = taken[2]};

    for (int i = 0; i < COUNT_OF(refused); i++)
        CU_ASSERT_FALSE(fx_format_valid(&refused[i]));
    for (int i = 0; i < COUNT_OF(taken); i++)
        CU_ASSERT_TRUE(fx_format_valid(&taken[i]));
    CU_ASSERT_FALSE(fx_product_format_valid(&product));
    product.drop = 63;
    CU_ASSERT_TRUE(fx_product_format_valid(&product));
    product.drop = -1;
    CU_ASSERT_FALSE(fx_product_format_valid(&product));
    product.exact = true;
    CU_ASSERT_TRUE(fx_product_format_valid(&product));
}

static void test_fx__inline_forms_equal_reduce(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 1);
    for (int i = 0; i < RANDOM_CASES; i++) {
        const int64_t v = stimulus_code(&rng, stimulus_int(&rng, 1, 64));
        struct fx_format format = {.bits = stimulus_int(&rng, 1, 63),
                                   .is_signed = true,
                                   .overflow = FX_SATURATE};
        bool overflowed = false;

        wrong += fx_saturate(v, format.bits) !=
                 fx_reduce(v, &format, &overflowed);
        wrong += fx_overflows(v, format.bits) != overflowed;
        format.overflow = FX_WRAP;
        wrong += fx_wrap(v, format.bits) != fx_reduce(v, &format, NULL);
        wrong += fx_wrap(v, 64) != v;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* --------------------------------------------------------------- one MAC */

static const struct fx_product_format exact = {.exact = true};

/* Adds values one at a time. */
static int64_t sum_of(const int32_t *values, int count,
                      const struct fx_format *format, bool *overflowed)
{
    const int32_t one = 1;
    int64_t acc = 0;

    for (int i = 0; i < count; i++)
        acc = fx_mac(acc, &values[i], &one, 1, &exact, format, overflowed);
    return acc;
}

static void test_fx__order_matters_to_saturation_and_not_to_wrapping(void)
{
    const int32_t up_first[] = {7, 1, -1};
    const int32_t down_first[] = {1, -1, 7};
    struct fx_format format = {.bits = 4, .is_signed = true};

    CU_ASSERT_EQUAL(sum_of(up_first, 3, &format, NULL), 6);
    CU_ASSERT_EQUAL(sum_of(down_first, 3, &format, NULL), 7);
    format.overflow = FX_WRAP;
    CU_ASSERT_EQUAL(sum_of(up_first, 3, &format, NULL), 7);
    CU_ASSERT_EQUAL(sum_of(down_first, 3, &format, NULL), 7);
}

static void test_fx__lanes_are_summed_before_the_one_overflow(void)
{
    const struct fx_format format = {.bits = 8, .is_signed = true};
    const int32_t a[] = {100, 100, -100};
    const int32_t w[] = {1, 1, 1};
    bool stepwise = false;
    bool together = false;

    CU_ASSERT_EQUAL(sum_of(a, 3, &format, &stepwise), 27);
    CU_ASSERT_TRUE(stepwise);
    CU_ASSERT_EQUAL(fx_mac(0, a, w, 3, &exact, &format, &together), 100);
    CU_ASSERT_FALSE(together);
}

static void test_fx__mac_sums_beyond_64_bits_exactly(void)
{
    const struct fx_format format = {.bits = 64, .is_signed = true};
    const int32_t a[] = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, 1};
    const int32_t w[] = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, -1};
    bool overflowed = false;

    /* The sum is 2^64 - 1; from the lowest accumulator it just fits. */
    CU_ASSERT_EQUAL(fx_mac(0, a, w, 5, &exact, &format, &overflowed),
                    INT64_MAX);
    CU_ASSERT_TRUE(overflowed);
    overflowed = false;
    CU_ASSERT_EQUAL(fx_mac(INT64_MIN, a, w, 5, &exact, &format, &overflowed),
                    INT64_MAX);
    CU_ASSERT_FALSE(overflowed);
}

static void test_fx__products_are_rounded_then_saturated(void)
{
    const struct fx_product_format narrowed = {
        .drop = 4, .rounding = FX_HALF_UP,
        .format = {.bits = 8, .is_signed = true}};
    const struct fx_format wide = {.bits = 24, .is_signed = true};
    const int32_t a[] = {100, 100, 3};
    const int32_t w[] = {100, -100, 8};
    bool overflowed = false;

    CU_ASSERT_EQUAL(fx_product(3, 8, &narrowed, &overflowed), 2);
    CU_ASSERT_EQUAL(fx_product(25, 9, &narrowed, &overflowed), 14);
    CU_ASSERT_FALSE(overflowed);
    CU_ASSERT_EQUAL(fx_product(100, 100, &narrowed, &overflowed), 127);
    CU_ASSERT_TRUE(overflowed);
    CU_ASSERT_EQUAL(fx_product(INT32_MIN, INT32_MIN, &exact, NULL),
                    INT64_C(1) << 62);
    overflowed = false;
    CU_ASSERT_EQUAL(fx_mac(10, a, w, 3, &narrowed, &wide, &overflowed),
                    10 + 127 - 128 + 2);
    CU_ASSERT_FALSE(overflowed);  /* events are the accumulator's */
}

/* -------------------------------------------------------- requantization */

static struct fx_requant unclamped(int32_t mult, int shift, bool double_round,
                                   enum fx_rounding rounding)
{
    return (struct fx_requant) {.mult = mult, .shift = shift,
                                .double_round = double_round,
                                .rounding = rounding,
                                .min = INT32_MIN, .max = INT32_MAX};
}

static void test_fx__requantize_rounds_half_up(void)
{
    const struct {
        int64_t acc;
        int32_t expected;
    } cases[] = {{-10, -2}, {-7, -2}, {-6, -1}, {-2, 0},
                 {2, 1},    {6, 2},   {9, 2}};
    const struct fx_requant requant =
        unclamped(1 << 30, 32, false, FX_HALF_UP);

    for (int i = 0; i < COUNT_OF(cases); i++)
        CU_ASSERT_EQUAL(fx_requantize(cases[i].acc, &requant),
                        cases[i].expected);
}

static void test_fx__requantize_takes_every_rounding(void)
{
    for (int r = 0; r < COUNT_OF(roundings); r++) {
        const struct fx_requant requant =
            unclamped(1, 2, false, roundings[r].rounding);

        for (int i = 0; i < COUNT_OF(quarters); i++)
            CU_ASSERT_EQUAL(fx_requantize(quarters[i], &requant),
                            roundings[r].expected[i]);
    }
}

static void test_fx__requantize_adds_the_zero_point_then_clamps(void)
{
    struct fx_requant requant = unclamped(1, 1, false, FX_HALF_EVEN);

    requant.zero_point = 3;
    requant.min = 3;   /* a fused ReLU: the zero point */
    requant.max = 127;
    /* 2.5 rounds to 2 and then becomes 5; 2.5 + 3 would round to 6. */
    CU_ASSERT_EQUAL(fx_requantize(5, &requant), 5);
    CU_ASSERT_EQUAL(fx_requantize(-5, &requant), 3);
    CU_ASSERT_EQUAL(fx_requantize(247, &requant), 127);
    CU_ASSERT_EQUAL(fx_requantize(249, &requant), 127);
    CU_ASSERT_EQUAL(fx_requantize((INT64_C(1) << 47) - 1, &requant), 127);
    CU_ASSERT_EQUAL(fx_requantize(-(INT64_C(1) << 47), &requant), 3);

    /* Nothing saturates on the way: -2^31 brings a large result back. */
    requant = unclamped(1, 0, false, FX_HALF_UP);
    requant.zero_point = INT32_MIN;
    CU_ASSERT_EQUAL(fx_requantize(INT64_C(1) << 31, &requant), 0);
    CU_ASSERT_EQUAL(fx_requantize((INT64_C(1) << 31) - 1, &requant), -1);
}

static void test_fx__requant_out_of_range_is_refused(void)
{
    const struct fx_requant good = unclamped(INT32_MAX, 63, true, FX_HALF_UP);
    struct fx_requant bad = good;

    CU_ASSERT_TRUE(fx_requant_valid(&good));
    bad.mult = -1;
    CU_ASSERT_FALSE(fx_requant_valid(&bad));
    bad = good;
    bad.shift = 64;
    CU_ASSERT_FALSE(fx_requant_valid(&bad));
    bad.shift = -1;
    CU_ASSERT_FALSE(fx_requant_valid(&bad));
    bad = good;
    bad.max = -5;
    bad.min = -4;
    CU_ASSERT_FALSE(fx_requant_valid(&bad));
    bad = good;
    bad.rounding = FX_ROUNDING_COUNT;
    CU_ASSERT_FALSE(fx_requant_valid(&bad));
}

/* gemmlowp's SaturatingRoundingDoublingHighMul, from its definition. */
static int32_t doubling_high_mul(int32_t a, int32_t b)
{
    const int64_t product = (int64_t) a * b;
    const int64_t nudge = product >= 0 ? INT64_C(1) << 30
                                       : 1 - (INT64_C(1) << 30);

    if (a == INT32_MIN && b == INT32_MIN)
        return INT32_MAX;
    return (int32_t) ((product + nudge) / (INT64_C(1) << 31));
}

/* gemmlowp's RoundingDivideByPOT, from its definition. */
static int32_t divide_by_power_of_two(int32_t x, int exponent)
{
    const int32_t mask = (int32_t) ((INT64_C(1) << exponent) - 1);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0);

    return (x >> exponent) + (remainder > threshold);
}

/* TFLite's MultiplyByQuantizedMultiplier, double rounding. */
static int32_t tflite_double(int32_t x, int32_t mult, int shift)
{
    const int left = shift > 0 ? shift : 0;
    const int right = shift > 0 ? 0 : -shift;

    return divide_by_power_of_two(
        doubling_high_mul(x * (INT32_C(1) << left), mult), right);
}

/*
 * An accumulator, and for half of them one whose product with mult ends beside
 * a tie of the second rounding.
 */
static int32_t any_acc(struct rng *rng, int32_t mult, int shift, int bits)
{
    const int64_t target = stimulus_code(rng, 20);
    const double quotient = ((double) target + 0.5) * ldexp(1.0, shift) / mult;

    if (stimulus_int(rng, 0, 1) == 0 && fabs(quotient) < ldexp(1.0, bits - 1))
        return (int32_t) quotient + stimulus_int(rng, -1, 1);
    return (int32_t) stimulus_code(rng, bits);
}

static int32_t any_mult(struct rng *rng)
{
    const int32_t least = INT32_C(1) << 30;

    if (stimulus_int(rng, 0, 3) == 0)
        return least;
    return least + (int32_t) (rng_next(rng) >> 34);
}

static void test_fx__double_rounding_is_the_gemmlowp_chain(void)
{
    struct rng rng;
    int wrong = 0;
    int second_differs = 0;

    rng_init(&rng, 2);
    for (int i = 0; i < 5 * RANDOM_CASES; i++) {
        const int exponent = stimulus_int(&rng, -31, 8);
        const int32_t mult = any_mult(&rng);
        const int bits = exponent > 0 ? 31 - exponent : 32;
        const int32_t acc = any_acc(&rng, mult, 31 - exponent, bits);
        struct fx_requant requant =
            unclamped(mult, 31 - exponent, true, FX_HALF_UP);
        const int32_t ours = fx_requantize(acc, &requant);

        wrong += ours != tflite_double(acc, mult, exponent);
        requant.double_round = false;
        second_differs += ours != fx_requantize(acc, &requant);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    /* The stimulus must reach the cases that the second rounding decides. */
    CU_ASSERT(second_differs > RANDOM_CASES / 20);
}

static void test_fx__single_rounding_is_tflites_and_tosas(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 3);
    for (int i = 0; i < 5 * RANDOM_CASES; i++) {
        const int shift = stimulus_int(&rng, 1, 62);
        const int32_t mult = any_mult(&rng);
        const int bits = shift < 32 ? shift : 32;
        const int32_t acc = any_acc(&rng, mult, shift, bits);
        const int64_t sum = (int64_t) acc * mult + (INT64_C(1) << (shift - 1));
        const struct fx_requant requant =
            unclamped(mult, shift, false, FX_HALF_UP);

        wrong += fx_requantize(acc, &requant) != sum >> shift;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* TOSA apply_scale_32: the 2^30 follows the sign of the value. */
static void test_fx__double_rounding_is_tosas(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 4);
    for (int i = 0; i < 5 * RANDOM_CASES; i++) {
        const int shift = stimulus_int(&rng, 2, 62);
        const int32_t mult = any_mult(&rng);
        const int bits = shift < 32 ? shift : 32;
        const int32_t acc = any_acc(&rng, mult, shift, bits);
        const struct fx_requant requant =
            unclamped(mult, shift, true, FX_HALF_UP);
        int64_t round = INT64_C(1) << (shift - 1);

        if (shift > 31)
            round += acc >= 0 ? INT64_C(1) << 30 : -(INT64_C(1) << 30);
        wrong += fx_requantize(acc, &requant) !=
                 ((int64_t) acc * mult + round) >> shift;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static struct fx_requant preset_requant(enum fx_preset_id id, double real)
{
    struct fx_requant requant = unclamped(0, 0, false, FX_FLOOR);

    if (fx_preset_requant(&fx_presets[id], real, &requant))
        CU_FAIL("the preset refuses a factor that its tool takes");
    return requant;
}

/* TFLite's 64-bit kernel: multiplier cut to 16 bits, one rounding. */
static int64_t tflite_int16x8(int64_t x, int32_t mult, int exponent)
{
    const int32_t reduced =
        mult < 0x7FFF0000 ? (mult + (1 << 15)) >> 16 : 0x7FFF;
    const int total = 15 - exponent;

    return (x * reduced + (INT64_C(1) << (total - 1))) >> total;
}

static void test_fx__int16x8_is_tflites_64_bit_kernel(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 5);
    for (int i = 0; i < 5 * RANDOM_CASES; i++) {
        const int64_t acc =
            stimulus_code(&rng, stimulus_int(&rng, 2, 48));
        const bool is_top = stimulus_int(&rng, 0, 3) == 0;
        const int32_t mult = is_top ? INT32_MAX - stimulus_int(&rng, 0, 99999)
                                    : any_mult(&rng);
        const int exponent = stimulus_int(&rng, -31, 7);
        const double real = ldexp(mult, exponent - 31);
        const struct fx_requant requant =
            preset_requant(FX_PRESET_INT16X8, real);
        const int64_t expected = tflite_int16x8(acc, mult, exponent);

        if (expected == (int32_t) expected)
            wrong += fx_requantize(acc, &requant) != expected;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* The math library rounds to even; acc * scale has 53 bits and is exact. */
static void test_fx__onnx_is_exact_and_half_even(void)
{
    struct rng rng;
    int wrong = 0;
    int ties = 0;

    rng_init(&rng, 6);
    for (int i = 0; i < 5 * RANDOM_CASES; i++) {
        const int64_t acc = stimulus_code(&rng, 29);
        const int bits = stimulus_int(&rng, 1, 24);
        const uint64_t mantissa = rng_next(&rng) >> (64 - bits);
        const double real =
            ldexp((double) mantissa, stimulus_int(&rng, -36, -23));
        const struct fx_requant requant = preset_requant(FX_PRESET_ONNX, real);
        const double product = (double) acc * real;

        wrong += fx_requantize(acc, &requant) != (int64_t) nearbyint(product);
        ties += fabs(product - trunc(product)) == 0.5;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(ties > RANDOM_CASES / 100);
}

/*
 * Provenance: QuantizeMultiplierSmallerThanOneExp, ...GreaterThanOne and
 * ...Underflow of tensorflow/lite/kernels/internal/quantization_util_test.cc
 * at 06f91ea82a17 (Apache-2.0): factor, multiplier, exponent.
 */
static const struct {
    double real;
    int32_t mult;
    int exponent;
} published_multipliers[] = {
    {0.25, 1073741824, -1},
    {0.50 - 5e-9, 2147483627, -1},
    {0.50 - 1e-10, 1073741824, 0},
    {0.50, 1073741824, 0},
    {0.75, 1610612736, 0},
    {1 - 1e-9, 2147483646, 0},
    {1 + 1e-11, 1073741824, 1},
    {1.25, 1342177280, 1},
    {1.50, 1610612736, 1},
    {1.75, 1879048192, 1},
    {2 - 1e-9, 2147483647, 1},
    {2 - 1e-11, 1073741824, 2},
    {2, 1073741824, 2},
    {0x1p-31, 1073741824, -30},
    {0x1p-32, 1073741824, -31},
};

static void test_fx__quantize_multiplier_gives_tflites_published_values(void)
{
    int32_t mult = -1;
    int shift = -1;

    for (int i = 0; i < COUNT_OF(published_multipliers); i++) {
        CU_ASSERT_EQUAL(fx_quantize_multiplier(published_multipliers[i].real,
                                               32, &mult, &shift), 0);
        CU_ASSERT_EQUAL(mult, published_multipliers[i].mult);
        CU_ASSERT_EQUAL(shift, 31 - published_multipliers[i].exponent);
    }
    const double lost[] = {0x1p-33, (double) 0.99f * 0x1p-32, 0.0};
    for (int i = 0; i < COUNT_OF(lost); i++) {
        CU_ASSERT_EQUAL(fx_quantize_multiplier(lost[i], 32, &mult, &shift), 0);
        CU_ASSERT_EQUAL(mult, 0);
        CU_ASSERT_EQUAL(shift, 0);
    }
}

/*
 * Provenance: MultiplyByQuantizedMultiplierInt32 and ...Int64 of the same
 * file. The 32-bit expectations hold for single and for double rounding.
 */
static const struct {
    enum fx_preset_id preset;
    int64_t acc;
    double real;
    int32_t expected;
} published_products[] = {
    {FX_PRESET_TFLITE, 0, 0.1, 0},
    {FX_PRESET_TFLITE, 1, 0, 0},
    {FX_PRESET_TFLITE, 10000, 0.00097656, 10},
    {FX_PRESET_TFLITE, -10000, 0.00097656, -10},
    {FX_PRESET_TFLITE, INT32_MIN, 0.00001, -21475},
    {FX_PRESET_TFLITE, INT32_MAX, 0.00001, 21475},
    {FX_PRESET_TFLITE_SINGLE, 10000, 0.00097656, 10},
    {FX_PRESET_TFLITE_SINGLE, -10000, 0.00097656, -10},
    {FX_PRESET_TFLITE_SINGLE, INT32_MIN, 0.00001, -21475},
    {FX_PRESET_TFLITE_SINGLE, INT32_MAX, 0.00001, 21475},
    {FX_PRESET_INT16X8, 0, 0.1, 0},
    {FX_PRESET_INT16X8, 1, 0, 0},
    {FX_PRESET_INT16X8, 10000, 0.00097656, 10},
    {FX_PRESET_INT16X8, -10000, 0.00097656, -10},
    {FX_PRESET_INT16X8, -(INT64_C(1) << 47), 0.00001, -1407385600},
    {FX_PRESET_INT16X8, (INT64_C(1) << 47) - 1, 0.00001, 1407385600},
    /* mult = 2^31 - 1, exponent -31 */
    {FX_PRESET_INT16X8, (INT64_C(1) << 47) - 1, 0x7FFFFFFFp-62, 65534},
    {FX_PRESET_INT16X8, 1 - (INT64_C(1) << 47), 0x7FFFFFFFp-62, -65534},
};

static void test_fx__requantize_gives_tflites_published_values(void)
{
    for (int i = 0; i < COUNT_OF(published_products); i++) {
        const struct fx_requant requant =
            preset_requant(published_products[i].preset,
                           published_products[i].real);

        CU_ASSERT_EQUAL(fx_requantize(published_products[i].acc, &requant),
                        published_products[i].expected);
    }
}

/* ----------------------------------------------------------- multipliers */

static void test_fx__quantized_multiplier_is_the_nearest(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 7);
    for (int i = 0; i < RANDOM_CASES; i++) {
        const int bits = stimulus_int(&rng, 2, 32);
        const int32_t mantissa = any_mult(&rng);
        const double real = ldexp(mantissa, stimulus_int(&rng, -60, -32));
        const double least = ldexp(1.0, bits - 2);
        int32_t mult;
        int shift;

        wrong += fx_quantize_multiplier(real, bits, &mult, &shift) != 0;
        if (mult == 0 && bits - 1 - ilogb(real) - 1 >= 62)
            continue;
        wrong += !(least <= mult && mult < 2 * least);
        wrong += !(0 <= shift && shift <= 62);
        wrong += fabs(ldexp(mult, -shift) - real) > ldexp(0.5, -shift);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_fx__quantize_multiplier_refuses_what_has_none(void)
{
    const struct {
        double real;
        int bits;
    } refused[] = {{-0.5, 32}, {-INFINITY, 32}, {INFINITY, 32}, {NAN, 32},
                   {0x1p31, 32}, {0x1p31 - 0.25, 32}, {0x1p7, 8}};
    int32_t mult = 7;
    int shift = 7;

    for (int i = 0; i < COUNT_OF(refused); i++)
        CU_ASSERT_EQUAL(fx_quantize_multiplier(refused[i].real, refused[i].bits,
                                               &mult, &shift), -1);
    CU_ASSERT(mult == 7 && shift == 7);
    CU_ASSERT_EQUAL(fx_quantize_multiplier(0x1p31 - 1, 32, &mult, &shift), 0);
    CU_ASSERT(mult == INT32_MAX && shift == 0);
    CU_ASSERT_EQUAL(fx_quantize_multiplier(127, 8, &mult, &shift), 0);
    CU_ASSERT(mult == 127 && shift == 0);
}

static void test_fx__power_of_two_takes_exactly_those(void)
{
    int32_t mult = 7;
    int shift = 7;

    for (int exponent = -63; exponent <= 30; exponent++) {
        const double real = ldexp(1.0, exponent);

        CU_ASSERT_EQUAL(fx_power_of_two(real, &mult, &shift), 0);
        CU_ASSERT_EQUAL(ldexp(mult, -shift), real);
        CU_ASSERT(mult == 1 || shift == 0);
        CU_ASSERT(0 <= shift && shift <= 63);
    }
    const double refused[] = {0, -1, 0.75, 0x1p31, 0x1p-64, 3, NAN, INFINITY};
    mult = shift = 7;
    for (int i = 0; i < COUNT_OF(refused); i++)
        CU_ASSERT_EQUAL(fx_power_of_two(refused[i], &mult, &shift), -1);
    CU_ASSERT(mult == 7 && shift == 7);
}

/* TFLite's average pool: C division, half away from zero. */
static int64_t divided(int64_t sum, int64_t count)
{
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

static int average_differs(int64_t sum, int32_t count, int multiplier_bits)
{
    struct fx_requant requant = unclamped(0, 0, false, FX_HALF_UP);
    int wrong = 0;

    fx_average_multiplier(count, multiplier_bits, &requant.mult,
                          &requant.shift);
    for (int r = FX_HALF_UP; r <= FX_HALF_EVEN; r++) {
        requant.rounding = (enum fx_rounding) r;
        wrong += fx_requantize(sum, &requant) != divided(sum, count);
    }
    return wrong;
}

static void test_fx__average_multiplier_equals_c_division(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 8);
    for (int32_t count = 1; count <= 4096; count++) {
        /* int16 codes: every tie, beside each, and the extremes. */
        for (int i = 0; i < 60; i++) {
            const int32_t mean = (int32_t) stimulus_code(&rng, 16);
            const int32_t half = count / 2;
            const int beside = stimulus_int(&rng, -1, 1);
            wrong += average_differs((int64_t) mean * count + half + beside,
                                     count, 32);
        }
        const int64_t limit = INT64_C(1) << 29;
        wrong += average_differs(limit - 1, count, 32);
        wrong += average_differs(1 - limit, count, 32);
        wrong += average_differs(0, count, 32);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_fx__narrow_average_multipliers_are_exact_in_their_range(void)
{
    int wrong = 0;

    for (int bits = 8; bits <= 14; bits++) {
        for (int32_t count = 1; count <= 1 << (bits - 2); count++) {
            const int limit = 1 << (count % 2 == 0 ? bits - 2 : bits - 3);

            for (int sum = 1 - limit; sum < limit; sum++)
                wrong += average_differs(sum, count, bits);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    /* And not far beyond: 97 / 3 is 32.33, and 8 bits make it 33. */
    CU_ASSERT_NOT_EQUAL(average_differs(97, 3, 8), 0);
}

/* --------------------------------------------------------------- presets */

static void test_fx__presets_are_found_by_name(void)
{
    for (int i = 0; i < FX_PRESET_COUNT; i++) {
        CU_ASSERT_PTR_EQUAL(fx_preset_find(fx_presets[i].name), &fx_presets[i]);
        CU_ASSERT(strlen(fx_presets[i].sentence) > 0);
    }
    CU_ASSERT_PTR_NULL(fx_preset_find("tf"));
    CU_ASSERT_PTR_EQUAL(fx_preset_find("onnx"), &fx_presets[FX_PRESET_ONNX]);
}

/* The table of docs/numerics.md, "Where presets disagree". */
static void test_fx__presets_disagree_as_documented(void)
{
    static const enum fx_preset_id ids[] = {
        FX_PRESET_TFLITE, FX_PRESET_CMSIS_NN, FX_PRESET_TOSA,
        FX_PRESET_GEMMLOWP, FX_PRESET_TFLITE_SINGLE, FX_PRESET_INT16X8,
        FX_PRESET_SHIFT, FX_PRESET_ONNX};
    static const struct {
        int32_t acc;
        int32_t expected[COUNT_OF(ids)];
    } cases[] = {
        {-10, {-3, -3, -3, -3, -2, -2, -2, -2}},
        {-6, {-2, -2, -2, -2, -1, -1, -1, -2}},
        {-2, {-1, -1, -1, -1, 0, 0, 0, 0}},
        {1, {1, 1, 1, 1, 0, 0, 0, 0}},
        {2, {1, 1, 1, 1, 1, 1, 1, 0}},
        {5, {2, 2, 2, 2, 1, 1, 1, 1}},
        {6, {2, 2, 2, 2, 2, 2, 2, 2}},
        {10, {3, 3, 3, 3, 3, 3, 3, 2}},
    };

    for (int p = 0; p < COUNT_OF(ids); p++) {
        const struct fx_requant requant = preset_requant(ids[p], 0.25);

        for (int i = 0; i < COUNT_OF(cases); i++)
            CU_ASSERT_EQUAL(fx_requantize(cases[i].acc, &requant),
                            cases[i].expected[p]);
    }
}

/* Its other worked examples: "Requantize", "Average pooling". */
static void test_fx__worked_examples_hold(void)
{
    struct fx_requant requant = {.zero_point = -5, .min = -128, .max = 127};
    int32_t mult;
    int shift;

    CU_ASSERT_EQUAL(fx_preset_requant(&fx_presets[FX_PRESET_TFLITE], 0.0123,
                                      &requant), 0);
    CU_ASSERT(requant.mult == 1690499128 && requant.shift == 37);
    CU_ASSERT_EQUAL(fx_requantize(1000, &requant), 7);
    CU_ASSERT_EQUAL(fx_requantize(20000, &requant), 127);

    fx_average_multiplier(9, 32, &mult, &shift);
    CU_ASSERT(mult == 1908874355 && shift == 34);
    requant = unclamped(mult, shift, false, FX_HALF_UP);
    CU_ASSERT_EQUAL(fx_requantize(41, &requant), 5);
    CU_ASSERT_EQUAL(fx_requantize(-40, &requant), -4);
}

static void test_fx__presets_refuse_what_their_tool_does_not_define(void)
{
    const struct {
        enum fx_preset_id id;
        double real;
        int status;
    } cases[] = {
        {FX_PRESET_TFLITE, 0x1p29, 0},   {FX_PRESET_TFLITE, 0x1p30, -1},
        {FX_PRESET_TOSA, 0x1p28, 0},     {FX_PRESET_TOSA, 0x1p29, -1},
        {FX_PRESET_SHIFT, 0.125, 0},     {FX_PRESET_SHIFT, 0.3, -1},
        {FX_PRESET_ONNX, 0x1p23, 0},     {FX_PRESET_ONNX, 0x1p24, -1},
        {FX_PRESET_INT16X8, 0x1p13, 0},  {FX_PRESET_INT16X8, 0x1p14, -1},
        {FX_PRESET_TFLITE, 0x1p-40, 0},  {FX_PRESET_TFLITE, -1, -1},
    };

    for (int i = 0; i < COUNT_OF(cases); i++) {
        struct fx_requant requant = {.mult = 7};

        CU_ASSERT_EQUAL(fx_preset_requant(&fx_presets[cases[i].id],
                                          cases[i].real, &requant),
                        cases[i].status);
        CU_ASSERT_EQUAL(requant.mult == 7, cases[i].status != 0);
    }
}

static void test_fx__presets_fill_the_whole_datapath(void)
{
    for (int i = 0; i < FX_PRESET_COUNT; i++) {
        const struct fx_preset *preset = &fx_presets[i];
        const struct fx_requant requant =
            preset_requant((enum fx_preset_id) i, 0.5);

        CU_ASSERT_EQUAL(requant.double_round, preset->double_round);
        CU_ASSERT_EQUAL(requant.rounding, preset->rounding);
        CU_ASSERT_EQUAL(ldexp(requant.mult, -requant.shift), 0.5);
    }
}

/* ---------------------------------------------------------------- ranges */

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* The extremes of all partial sums of w0 * x0 + w1 * x1, by trying them. */
static struct fx_range tried(int w0, int w1, int lo, int hi, int bias)
{
    struct fx_range range = {bias, bias};

    for (int x0 = lo; x0 <= hi; x0++) {
        for (int x1 = lo; x1 <= hi; x1++) {
            const int sums[] = {bias + w0 * x0, bias + w0 * x0 + w1 * x1};
            for (int i = 0; i < 2; i++) {
                range.lo = smaller(range.lo, sums[i]);
                range.hi = larger(range.hi, sums[i]);
            }
        }
    }
    return range;
}

static void test_fx__range_is_what_trying_all_inputs_gives(void)
{
    int wrong = 0;

    for (int lo = -4; lo <= 0; lo++) {
        for (int hi = 0; hi <= 3; hi++) {
            for (int w = 0; w < 15 * 15; w++) {
                const int w0 = w / 15 - 7;
                const int w1 = w % 15 - 7;
                const struct fx_range expected = tried(w0, w1, lo, hi, 5);
                struct fx_range range = {5, 5};

                fx_range_add(&range, w0, lo, hi);
                fx_range_add(&range, w1, lo, hi);
                wrong += range.lo != expected.lo || range.hi != expected.hi;
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_fx__bits_needed_is_the_narrowest_that_fits(void)
{
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 9);
    for (int i = 0; i < RANDOM_CASES; i++) {
        const int64_t a = stimulus_code(&rng, stimulus_int(&rng, 1, 63));
        const int64_t b = stimulus_code(&rng, stimulus_int(&rng, 1, 63));
        const int bits = fx_bits_needed(smaller(a, b), larger(a, b));

        wrong += fx_overflows(a, bits) || fx_overflows(b, bits);
        if (bits > 1)
            wrong += !fx_overflows(a, bits - 1) && !fx_overflows(b, bits - 1);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(fx_bits_needed(0, 0), 1);
    CU_ASSERT_EQUAL(fx_bits_needed(-1, 0), 1);
    CU_ASSERT_EQUAL(fx_bits_needed(-128, 127), 8);
    CU_ASSERT_EQUAL(fx_bits_needed(-129, 0), 9);
    CU_ASSERT_EQUAL(fx_bits_needed(INT64_MIN, INT64_MAX), 64);
}

/* ----------------------------------------------------------------- suite */

void suite_fx(void)
{
    CU_pSuite suite = CU_add_suite("fx", NULL, NULL);

    CU_ADD_TEST(suite, test_fx__each_rounding_breaks_ties_its_own_way);
    CU_ADD_TEST(suite, test_fx__rounding_keeps_what_loses_nothing);
    CU_ADD_TEST(suite, test_fx__rounding_reports_lost_bits_in_every_mode);
    CU_ADD_TEST(suite, test_fx__rounding_does_not_overflow_at_the_extremes);
    CU_ADD_TEST(suite, test_fx__names_go_both_ways);
    CU_ADD_TEST(suite, test_fx__each_overflow_mode_answers_the_manual);
    CU_ADD_TEST(suite, test_fx__codes_that_fit_pass_untouched);
    CU_ADD_TEST(suite, test_fx__limits_follow_sign_and_symmetry);
    CU_ADD_TEST(suite, test_fx__undefined_formats_are_refused);
    CU_ADD_TEST(suite, test_fx__inline_forms_equal_reduce);
    CU_ADD_TEST(suite,
                test_fx__order_matters_to_saturation_and_not_to_wrapping);
    CU_ADD_TEST(suite, test_fx__lanes_are_summed_before_the_one_overflow);
    CU_ADD_TEST(suite, test_fx__mac_sums_beyond_64_bits_exactly);
    CU_ADD_TEST(suite, test_fx__products_are_rounded_then_saturated);
    CU_ADD_TEST(suite, test_fx__requantize_rounds_half_up);
    CU_ADD_TEST(suite, test_fx__requantize_takes_every_rounding);
    CU_ADD_TEST(suite, test_fx__requantize_adds_the_zero_point_then_clamps);
    CU_ADD_TEST(suite, test_fx__requant_out_of_range_is_refused);
    CU_ADD_TEST(suite, test_fx__double_rounding_is_the_gemmlowp_chain);
    CU_ADD_TEST(suite, test_fx__single_rounding_is_tflites_and_tosas);
    CU_ADD_TEST(suite, test_fx__double_rounding_is_tosas);
    CU_ADD_TEST(suite, test_fx__int16x8_is_tflites_64_bit_kernel);
    CU_ADD_TEST(suite, test_fx__onnx_is_exact_and_half_even);
    CU_ADD_TEST(suite,
                test_fx__quantize_multiplier_gives_tflites_published_values);
    CU_ADD_TEST(suite, test_fx__requantize_gives_tflites_published_values);
    CU_ADD_TEST(suite, test_fx__quantized_multiplier_is_the_nearest);
    CU_ADD_TEST(suite, test_fx__quantize_multiplier_refuses_what_has_none);
    CU_ADD_TEST(suite, test_fx__power_of_two_takes_exactly_those);
    CU_ADD_TEST(suite, test_fx__average_multiplier_equals_c_division);
    CU_ADD_TEST(suite,
                test_fx__narrow_average_multipliers_are_exact_in_their_range);
    CU_ADD_TEST(suite, test_fx__presets_are_found_by_name);
    CU_ADD_TEST(suite, test_fx__presets_disagree_as_documented);
    CU_ADD_TEST(suite, test_fx__worked_examples_hold);
    CU_ADD_TEST(suite,
                test_fx__presets_refuse_what_their_tool_does_not_define);
    CU_ADD_TEST(suite, test_fx__presets_fill_the_whole_datapath);
    CU_ADD_TEST(suite, test_fx__range_is_what_trying_all_inputs_gives);
    CU_ADD_TEST(suite, test_fx__bits_needed_is_the_narrowest_that_fits);
}
