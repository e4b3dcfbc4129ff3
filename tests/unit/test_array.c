/*
 * test_array.c - the array model and its kernels against plainer arithmetic.
 *
 * Kernels are compared with fx_mac, which SystemC proves; layers with the
 * loops of toy.c. Loops count what differs and assert once.
 */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/stimulus.h"
#include "toy.h"

void suite_array(void);

/* --------------------------------------------------------------- kernels */

enum { POSITIONS = 5, TAPS = 24, KERNEL_JOBS = 400 };

/* Operands of a job in every type that a kernel may want. */
struct case_ {
    int positions, taps, lanes;
    struct fx_format format;
    int32_t act[POSITIONS * TAPS], weight[TAPS * KERNEL_LANES];
    int64_t bias[KERNEL_LANES];
    int64_t acc[POSITIONS * KERNEL_LANES], events[KERNEL_LANES];
    struct fx_range peak[KERNEL_LANES];
};

static void random_case(struct case_ *c, struct rng *rng, int act_bits,
                        int weight_bits, int acc_bits, enum fx_overflow mode)
{
    c->lanes = stimulus_int(rng, 1, 4);
    c->taps = c->lanes * stimulus_int(rng, 1, TAPS / c->lanes);
    c->positions = stimulus_int(rng, 1, POSITIONS);
    c->format = (struct fx_format) { acc_bits, true, mode, 0 };
    for (int i = 0; i < POSITIONS * TAPS; i++)
        c->act[i] = (int32_t) stimulus_code(rng, act_bits);
    for (int i = 0; i < TAPS * KERNEL_LANES; i++)
        c->weight[i] = (int32_t) stimulus_code(rng, weight_bits);
    for (int i = 0; i < KERNEL_LANES; i++)
        c->bias[i] = fx_reduce(stimulus_code(rng, acc_bits), &c->format, NULL);
}

/* What fx_mac makes of it, step by step. */
static void expect_case(struct case_ *c)
{
    const struct fx_product_format exact = { .exact = true };

    for (int n = 0; n < KERNEL_LANES; n++) {
        c->events[n] = 0;
        c->peak[n] = (struct fx_range) { c->bias[n], c->bias[n] };
        for (int p = 0; p < c->positions; p++) {
            int64_t acc = c->bias[n];

            for (int k = 0; k < c->taps; k += c->lanes) {
                int32_t w[4];
                bool overflowed = false;

                for (int l = 0; l < c->lanes; l++)
                    w[l] = c->weight[(k + l) * KERNEL_LANES + n];
                acc = fx_mac(acc, c->act + p * c->taps + k, w, c->lanes,
                             &exact, &c->format, &overflowed);
                c->events[n] += overflowed;
                c->peak[n].lo = acc < c->peak[n].lo ? acc : c->peak[n].lo;
                c->peak[n].hi = acc > c->peak[n].hi ? acc : c->peak[n].hi;
            }
            c->acc[p * KERNEL_LANES + n] = acc;
        }
    }
}

#define RUN_CASE(name, real, kernel)                                          \
    static int name(const struct kernel_set *set, const struct case_ *c,      \
                    enum kernel_mode mode)                                    \
    {                                                                         \
        static real act[POSITIONS * TAPS], weight[TAPS * KERNEL_LANES];       \
        static real acc[POSITIONS * KERNEL_LANES];                            \
        real bias[KERNEL_LANES], least[KERNEL_LANES], greatest[KERNEL_LANES]; \
        int64_t events[KERNEL_LANES] = { 0 };                                 \
        const struct kernel_job job = {                                       \
            .mode = mode, .positions = c->positions, .taps = c->taps,         \
            .step = c->lanes, .lo = fx_min(&c->format),                       \
            .hi = fx_max(&c->format), .act = act, .weight = weight,           \
            .bias = bias, .acc = acc, .overflows = events, .least = least,    \
            .greatest = greatest                                              \
        };                                                                    \
        int wrong = 0;                                                        \
                                                                              \
        for (int i = 0; i < c->positions * c->taps; i++)                      \
            act[i] = (real) c->act[i];                                        \
        for (int i = 0; i < c->taps * KERNEL_LANES; i++)                      \
            weight[i] = (real) c->weight[i];                                  \
        for (int i = 0; i < KERNEL_LANES; i++)                                \
            bias[i] = least[i] = greatest[i] = (real) c->bias[i];             \
        set->kernel(&job);                                                    \
        for (int i = 0; i < c->positions * KERNEL_LANES; i++)                 \
            wrong += (int64_t) acc[i] != c->acc[i];                           \
        for (int i = 0; i < KERNEL_LANES; i++) {                              \
            wrong += events[i] != c->events[i];                               \
            wrong += mode == KERNEL_PEAK                                      \
                     && ((int64_t) least[i] != c->peak[i].lo                  \
                         || (int64_t) greatest[i] != c->peak[i].hi);          \
        }                                                                     \
        return wrong;                                                         \
    }

RUN_CASE(run_f32, float, f32)
RUN_CASE(run_f64, double, f64)

static int run_case(const struct kernel_set *set, const struct case_ *c,
                    enum kernel_mode mode, bool f32)
{
    return f32 ? run_f32(set, c, mode) : run_f64(set, c, mode);
}

static enum kernel_mode mode_of(enum fx_overflow overflow)
{
    return overflow == FX_WRAP ? KERNEL_WRAP
         : overflow == FX_SATURATE_ZERO ? KERNEL_SATURATE_ZERO
         : KERNEL_SATURATE;
}

static void check_modes(bool f32)
{
    static const enum fx_overflow modes[] = {
        FX_SATURATE, FX_SATURATE_SYMMETRIC, FX_SATURATE_ZERO, FX_WRAP
    };
    static struct case_ c;
    const struct kernel_set *sets[8];
    const int count = kernel_sets(sets, 8);
    struct rng rng;
    int wrong = 0;
    int64_t events = 0;

    rng_init(&rng, f32 ? 32 : 64);
    for (int i = 0; i < KERNEL_JOBS; i++)
        for (int m = 0; m < 4; m++) {
            /* |sum| <= 2^23 + 4 * 2^20 < 2^24; 2^47 + 4 * 2^33 < 2^53 */
            const int act = stimulus_int(&rng, 2, f32 ? 11 : 17);
            const int weight = stimulus_int(&rng, 1, f32 ? 11 : 17);

            random_case(&c, &rng, act, weight,
                        stimulus_int(&rng, 8, f32 ? 24 : 48), modes[m]);
            expect_case(&c);
            for (int n = 0; n < KERNEL_LANES; n++)
                events += c.events[n];
            for (int s = 0; s < count; s++)
                wrong += run_case(sets[s], &c, mode_of(modes[m]), f32);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(events > 10000);
}

static void test_kernel__checked_float_sums_are_fx_macs(void)
{
    check_modes(true);
}

static void test_kernel__checked_double_sums_are_fx_macs(void)
{
    check_modes(false);
}

static void test_kernel__proved_sums_and_peaks_are_exact(void)
{
    static struct case_ c;
    const struct kernel_set *sets[8];
    const int count = kernel_sets(sets, 8);
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 7);
    for (int i = 0; i < 2 * KERNEL_JOBS; i++) {
        const bool f32 = i % 2;

        random_case(&c, &rng, f32 ? 9 : 17, f32 ? 9 : 17, f32 ? 20 : 40,
                    FX_SATURATE);
        c.format.bits = 60;
        expect_case(&c);
        for (int s = 0; s < count; s++) {
            wrong += run_case(sets[s], &c, KERNEL_PLAIN, f32);
            wrong += run_case(sets[s], &c, KERNEL_PEAK, f32);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* ---------------------------------------------------------------- layers */

static const enum net_op ops[] = {
    NET_CONV2D, NET_DEPTHWISE_CONV2D, NET_FULLY_CONNECTED, NET_MAX_POOL2D,
    NET_AVERAGE_POOL2D
};

enum { OPS = sizeof(ops) / sizeof(ops[0]), LAYERS = 60 };

/* The layer's run by one kernel set differs from the oracle in how much? */
static int compare(const struct toy *t, const struct kernel_set *set,
                   const int32_t *in, const struct toy_result *expected,
                   bool measured)
{
    struct array_model *m = array_new(&t->program, set);
    struct array_state *s = m ? array_state_new(m) : NULL;
    const int channels = t->desc.out.c;
    const int64_t count = net_elements(t->desc.out);
    struct fx_range peak[TOY_MAX];
    int wrong = 0;

    if (!s)
        return 1;
    for (int n = 0; n < channels; n++)
        peak[n] = (struct fx_range) { INT64_MAX, INT64_MIN };
    memcpy(array_tensor(s, 0), in,
           (size_t) net_elements(t->desc.in) * sizeof(*in));
    if (measured)
        array_run_measured(m, s, 0, peak);
    else
        array_run(m, s);
    for (int64_t i = 0; i < count; i++)
        wrong += array_tensor(s, 1)[i] != expected->out[i];
    for (int n = 0; n < channels; n++) {
        const struct array_bound *b = array_bounds(m, 0);

        wrong += array_overflows(s, 0)[n] != expected->overflows[n];
        wrong += b && b[n].proved && expected->overflows[n] > 0;
        wrong += measured && (peak[n].lo != expected->peak[n].lo
                              || peak[n].hi != expected->peak[n].hi);
    }
    array_state_free(s);
    array_free(m);
    return wrong;
}

static void random_accumulator(struct toy *t, struct rng *rng)
{
    const int lanes = stimulus_int(rng, 1, 4);
    const int bits = stimulus_int(rng, 0, 4) ? stimulus_int(rng, 8, 18)
                                             : stimulus_int(rng, 19, 48);

    toy_init(t, lanes, bits,
             (enum fx_overflow) stimulus_int(rng, 0, FX_OVERFLOW_COUNT - 1));
    if (stimulus_int(rng, 0, 3))
        return;
    t->hw.product_bits = stimulus_int(rng, 4, 20);
    t->hw.product_drop = stimulus_int(rng, 0, 4);
    t->hw.product_rounding = stimulus_int(rng, 0, FX_ROUNDING_COUNT - 1);
    t->hw.product_overflow = stimulus_int(rng, 0, FX_OVERFLOW_COUNT - 1);
}

static void check_layers(enum net_op op, bool measured)
{
    static struct toy t;
    static struct toy_result expected;
    static int32_t in[TOY_MAX];
    const struct kernel_set *sets[8];
    const int count = kernel_sets(sets, 8);
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 100 + (uint64_t) op);
    for (int i = 0; i < LAYERS; i++) {
        random_accumulator(&t, &rng);
        toy_random(&t, &rng, op);
        toy_input(&t, &rng, in);
        toy_expect(&t, in, &expected);
        for (int s = 0; s < count; s++)
            wrong += compare(&t, sets[s], in, &expected, measured);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_array__convolutions_are_the_plain_loops(void)
{
    check_layers(NET_CONV2D, false);
}

static void test_array__depthwise_layers_are_the_plain_loops(void)
{
    check_layers(NET_DEPTHWISE_CONV2D, false);
}

static void test_array__fully_connected_layers_are_the_plain_loops(void)
{
    check_layers(NET_FULLY_CONNECTED, false);
}

static void test_array__pools_are_the_plain_loops(void)
{
    check_layers(NET_MAX_POOL2D, false);
    check_layers(NET_AVERAGE_POOL2D, false);
}

/*
 * 2^24 + 1 is the first integer that a float lacks. The sum passes it once,
 * wraps, and comes back to where a lost 1 shows.
 */
static void test_array__sums_that_a_float_lacks_take_doubles(void)
{
    enum { COUNT = 259 };
    const struct quant_params in = { .scale = 1.0, .max = 255 };
    static struct toy t;
    static struct toy_result expected;
    const struct kernel_set *sets[8];
    const int count = kernel_sets(sets, 8);
    int32_t x[COUNT];

    toy_init(&t, 1, 25, FX_WRAP);
    toy_dot(&t, COUNT, 9, in, (1 << 24) - 1);
    t.requant[0].min = INT16_MIN;
    t.requant[0].max = INT16_MAX;
    for (int k = 0; k < COUNT; k++) {
        t.weight[k] = k > 0 ? 255 : 1;
        x[k] = k > 0 ? 255 : 2;
    }
    toy_expect(&t, x, &expected);
    CU_ASSERT_EQUAL(expected.out[0], 1 - (1 << 24) + 258 * 255 * 255);
    CU_ASSERT_EQUAL(expected.overflows[0], 1);
    for (int s = 0; s < count; s++)
        CU_ASSERT_EQUAL(compare(&t, sets[s], x, &expected, false), 0);
}

static void test_array__measuring_changes_nothing_and_finds_the_exact_peaks(
    void)
{
    for (int o = 0; o < OPS; o++)
        check_layers(ops[o], true);
}

static void test_array__a_trace_is_the_sum_step_by_step(void)
{
    static struct toy t;
    static struct toy_result expected;
    static int32_t in[TOY_MAX];
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 5);
    for (int i = 0; i < LAYERS; i++) {
        int64_t acc[TOY_MAX], events = 0;
        bool overflowed[TOY_MAX];

        random_accumulator(&t, &rng);
        toy_random(&t, &rng, ops[i % 3]);
        toy_input(&t, &rng, in);
        toy_expect(&t, in, &expected);
        struct array_model *m = array_new(&t.program, NULL);
        struct array_state *s = array_state_new(m);

        memcpy(array_tensor(s, 0), in,
               (size_t) net_elements(t.desc.in) * sizeof(*in));
        for (int p = 0; p < t.desc.positions; p++) {
            wrong += array_trace(m, s, 0, p, 0, acc, overflowed)
                     != expected.out[p * t.desc.out.c];
            for (int step = 0; step < t.desc.steps; step++)
                events += overflowed[step];
        }
        wrong += events != expected.overflows[0];
        array_state_free(s);
        array_free(m);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

void suite_array(void)
{
    CU_pSuite suite = CU_add_suite("array", NULL, NULL);

    CU_ADD_TEST(suite, test_kernel__checked_float_sums_are_fx_macs);
    CU_ADD_TEST(suite, test_kernel__checked_double_sums_are_fx_macs);
    CU_ADD_TEST(suite, test_kernel__proved_sums_and_peaks_are_exact);
    CU_ADD_TEST(suite, test_array__convolutions_are_the_plain_loops);
    CU_ADD_TEST(suite, test_array__depthwise_layers_are_the_plain_loops);
    CU_ADD_TEST(suite, test_array__fully_connected_layers_are_the_plain_loops);
    CU_ADD_TEST(suite, test_array__pools_are_the_plain_loops);
    CU_ADD_TEST(suite, test_array__sums_that_a_float_lacks_take_doubles);
    CU_ADD_TEST(suite,
        test_array__measuring_changes_nothing_and_finds_the_exact_peaks);
    CU_ADD_TEST(suite, test_array__a_trace_is_the_sum_step_by_step);
}
