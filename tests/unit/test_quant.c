/*
 * test_quant.c - claims about sim/quant.
 *
 * Oracles: numbers worked out by hand, exhaustive search where the code
 * searches, the float network itself, and the integer model of sim/array.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/evaluate.h"
#include "sim/base/rng.h"
#include "sim/quant/analyze.h"
#include "sim/quant/equalize.h"
#include "sim/quant/learned.h"
#include "sim/quant/refine.h"
#include "sim/quant/sensitivity.h"
#include "sim/quant/stage.h"
#include "tests/unit/fixture.h"

static const char *const narrow_sets[] = { "quantization.weights.bits=3",
                                           NULL };

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

void suite_quant(void);

static const float example[] = { 0.1f, 0.2f, 1.2f, 2.5f, 2.1f, -1.0f, -2.0f,
                                 -2.5f };

static struct quant_spec spec_of(enum quant_scheme scheme, int bits)
{
    return (struct quant_spec) { .scheme = scheme, .bits = bits,
                                 .is_signed = true, .narrow = true };
}

/* --------------------------------------------------- scales and codes */

static void test_quant__the_example_has_the_scales_worked_by_hand(void)
{
    static const int symmetric[] = { 0, 1, 3, 7, 6, -3, -6, -7 };
    const struct quant_spec s = spec_of(QUANT_SYMMETRIC, 4);
    const struct quant_spec a = spec_of(QUANT_ASYMMETRIC, 4);
    const struct quant_params sp = quant_choose(&s, -2.5, 2.5);
    const struct quant_params ap = quant_choose(&a, -2.5, 2.5);

    CU_ASSERT_EQUAL(sp.scale, 2.5 / 7);
    CU_ASSERT_EQUAL(ap.scale, 5.0 / 15);
    CU_ASSERT_EQUAL(sp.zero_point, 0);
    for (int i = 0; i < COUNT_OF(example); i++)
        CU_ASSERT_EQUAL(quant_code(&sp, example[i]), symmetric[i]);
}

static void test_quant__full_range_spreads_over_all_codes(void)
{
    struct quant_spec s = spec_of(QUANT_SYMMETRIC, 8);

    CU_ASSERT_EQUAL(quant_choose(&s, -1, 1).scale, 1.0 / 127);
    CU_ASSERT_EQUAL(quant_choose(&s, -1, 1).min, -127);
    s.narrow = false;
    CU_ASSERT_EQUAL(quant_choose(&s, -1, 1).scale, 1.0 / 127.5);
    CU_ASSERT_EQUAL(quant_choose(&s, -1, 1).min, -128);
}

static void test_quant__ties_go_where_the_setting_says(void)
{
    static const struct { double real; int away, even; } cases[] = {
        { 0.5, 1, 0 }, { 1.5, 2, 2 }, { 2.5, 3, 2 }, { -0.5, -1, 0 },
        { -1.5, -2, -2 }, { -2.5, -3, -2 }, { 0.49, 0, 0 }, { 2.51, 3, 3 }
    };
    struct quant_params p = { .scale = 1.0, .min = -8, .max = 7 };

    for (int i = 0; i < COUNT_OF(cases); i++) {
        p.ties = QUANT_HALF_AWAY;
        CU_ASSERT_EQUAL(quant_code(&p, cases[i].real), cases[i].away);
        p.ties = QUANT_HALF_EVEN;
        CU_ASSERT_EQUAL(quant_code(&p, cases[i].real), cases[i].even);
    }
}

/* Zero must be exact: padding and relu rely on it. */
static void test_quant__zero_is_always_exact_and_codes_in_range(void)
{
    struct rng rng;
    long wrong = 0;

    rng_init(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        struct quant_spec s = spec_of((enum quant_scheme) rng_range(&rng, 0, 1),
                                      (int) rng_range(&rng, 2, 16));
        const double lo = -exp(10 * rng_normal(&rng));
        const double hi = exp(10 * rng_normal(&rng));

        s.is_signed = rng_range(&rng, 0, 1);
        s.narrow = rng_range(&rng, 0, 1);
        s.power_of_two = rng_range(&rng, 0, 1);
        const struct quant_params p = quant_choose(&s, lo, hi);

        wrong += quant_real(&p, quant_code(&p, 0.0)) != 0.0;
        wrong += quant_code(&p, 1e300) != p.max
                 || quant_code(&p, -1e300) != p.min;
        wrong += p.max - p.min >= 1 << s.bits;
        wrong += p.zero_point < p.min || p.zero_point > p.max;
        if (s.power_of_two)
            wrong += log2(p.scale) != floor(log2(p.scale));
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_quant__error_inside_the_range_is_half_a_step(void)
{
    struct rng rng;
    long wrong = 0;

    rng_init(&rng, 8);
    for (int i = 0; i < 20000; i++) {
        const struct quant_spec s = spec_of(
            (enum quant_scheme) rng_range(&rng, 0, 1),
            (int) rng_range(&rng, 2, 16));
        const struct quant_params p = quant_choose(&s, -1.0, 3.0);
        const double v = -1.0 + 4.0 * rng_uniform(&rng);
        const double error = fabs(quant_real(&p, quant_code(&p, v)) - v);
        /* The zero point is rounded, so an end may lie half a step outside. */
        const double bound = s.scheme == QUANT_ASYMMETRIC ? 1.0 : 0.5;

        wrong += error > bound * p.scale * (1 + 1e-9);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* ------------------------------------------------------------- ranges */

static struct histogram *histogram_of(const float *v, int count)
{
    struct histogram *h = malloc(sizeof(*h));
    const struct range r = range_of(v, (size_t) count);

    histogram_init(h, r.lo, r.hi);
    histogram_add(h, v, count);
    return h;
}

static double squared_error(const struct quant_spec *s, const float *v,
                            int count, struct range r)
{
    const struct quant_params p = quant_choose(s, r.lo, r.hi);
    struct loss loss = { .count = 0 };

    loss_add(&loss, &p, v, count, 0);
    return loss.squared;
}

static void test_quant__histogram_adds_in_any_order(void)
{
    enum { COUNT = 5000 };
    static float v[COUNT];
    struct rng rng;

    rng_init(&rng, 1);
    for (int i = 0; i < COUNT; i++)
        v[i] = i % 5 ? (float) rng_normal(&rng) : 0.0f;
    struct histogram *all = histogram_of(v, COUNT);
    struct histogram parts[2];

    for (int i = 0; i < 2; i++) {
        histogram_init(&parts[i], all->lo, all->hi);
        histogram_add(&parts[i], v + i * 2000, i ? COUNT - 2000 : 2000);
    }
    histogram_merge(&parts[1], &parts[0]);
    CU_ASSERT_EQUAL(memcmp(&parts[1], all, sizeof(*all)), 0);
    CU_ASSERT_EQUAL(histogram_total(all), COUNT);
    CU_ASSERT_EQUAL(all->zeros, COUNT / 5);
    free(all);
}

/* 9,999 values up to 1 and one at 100: the percentile drops the one. */
static void test_quant__percentile_cuts_what_lies_outside(void)
{
    enum { COUNT = 10000 };
    static float v[COUNT];
    const struct quant_spec s = spec_of(QUANT_SYMMETRIC, 8);
    const struct quant_spec a = spec_of(QUANT_ASYMMETRIC, 8);

    for (int i = 0; i < COUNT; i++)
        v[i] = (float) (i + 1) / COUNT;
    v[COUNT - 1] = 100.0f;
    struct histogram *h = histogram_of(v, COUNT);
    const double width = 100.0 / HISTOGRAM_BINS;

    CU_ASSERT(range_percentile(&s, h, 99.9).hi <= 1.0 + width);
    CU_ASSERT(range_percentile(&a, h, 99.9).hi <= 1.0 + width);
    CU_ASSERT_EQUAL(range_percentile(&s, h, 100.0).hi, 100.0);
    CU_ASSERT_EQUAL(range_percentile(&a, h, 99.9).lo, 0.0);
    free(h);
}

static void test_quant__mse_range_is_the_best_of_its_grid(void)
{
    enum { COUNT = 400 };
    static float v[COUNT];
    struct rng rng;

    rng_init(&rng, 2);
    for (int i = 0; i < COUNT; i++)
        v[i] = (float) rng_normal(&rng);
    for (int bits = 2; bits <= 8; bits++) {
        const struct quant_spec s = spec_of(QUANT_SYMMETRIC, bits);
        const struct range all = range_of(v, COUNT);
        double least = INFINITY;

        for (int i = 8; i <= 128; i++) {
            const struct range r = { all.lo * i / 128, all.hi * i / 128 };

            least = fmin(least, squared_error(&s, v, COUNT, r));
        }
        CU_ASSERT_EQUAL(squared_error(&s, v, COUNT,
                                      range_search(&s, v, COUNT)), least);
    }
}

/* Asymmetric codes refine each end, so they may only do better than that. */
static void test_quant__mse_never_loses_against_min_max(void)
{
    enum { COUNT = 300 };
    static float v[COUNT];
    struct rng rng;
    long worse = 0;

    rng_init(&rng, 3);
    for (int n = 0; n < 60; n++) {
        const struct quant_spec s = spec_of((enum quant_scheme) (n % 2),
                                            2 + n % 7);

        for (int i = 0; i < COUNT; i++)
            v[i] = (float) (rng_normal(&rng) * exp(rng_normal(&rng)));
        worse += squared_error(&s, v, COUNT, range_search(&s, v, COUNT))
                 > squared_error(&s, v, COUNT, range_of(v, COUNT));
    }
    CU_ASSERT_EQUAL(worse, 0);
}

static void test_quant__the_better_power_of_two_is_taken(void)
{
    struct quant_spec s = spec_of(QUANT_SYMMETRIC, 4);
    /* Up: scale 1 for a peak of 7.001, half of it clips one value a little. */
    static const float v[] = { 0.5f, 1.5f, 2.5f, -0.5f, 3.5f, -3.5f, 3.6f };
    const struct range all = range_of(v, COUNT_OF(v));

    s.power_of_two = true;
    const struct range r = range_halve(&s, v, COUNT_OF(v), all);

    CU_ASSERT_EQUAL(quant_choose(&s, all.lo, all.hi).scale, 1.0);
    CU_ASSERT_EQUAL(quant_choose(&s, r.lo, r.hi).scale, 0.5);
}

/* Worked by hand: 8 bins, all kept, two levels of four bins. A level's mass is
 * spread over its non-empty bins: Q = 3 3 . 3 | 1 1 1 ., normalised by 12. */
static void test_quant__divergence_matches_the_hand_computation(void)
{
    static const uint64_t count[8] = { 6, 2, 0, 1, 1, 1, 1, 0 };
    const double by_hand = (6 * log(6.0 / 3) + 2 * log(2.0 / 3)
                            + 1 * log(1.0 / 3)) / 12;
    static const uint64_t outlier[8] = { 1, 1, 1, 0, 0, 0, 0, 1 };

    CU_ASSERT_DOUBLE_EQUAL(range_kl_divergence(count, 8, 8, 2), by_hand,
                           1e-12);
    /* As many levels as bins: nothing is lost. */
    CU_ASSERT_EQUAL(range_kl_divergence(count, 8, 8, 8), 0.0);
    /* The outlier would lie in a bin where Q has nothing. */
    CU_ASSERT(isinf(range_kl_divergence(outlier, 8, 4, 2)));
}

static void test_quant__kl_clips_a_far_outlier(void)
{
    enum { COUNT = 100000 };
    static float v[COUNT];
    const struct quant_spec s = spec_of(QUANT_SYMMETRIC, 8);
    struct rng rng;

    rng_init(&rng, 4);
    for (int i = 0; i < COUNT; i++)
        v[i] = (float) rng_normal(&rng);
    v[0] = 40.0f;
    struct histogram *h = histogram_of(v, COUNT);
    const struct range r = range_kl(&s, h);

    CU_ASSERT(r.hi < 12.0);
    CU_ASSERT(r.hi > 2.0);
    free(h);
}

/* ----------------------------------------------------- whole networks */

static void test_quant__calibration_does_not_depend_on_threads(void)
{
    static const char *const sets[] = {
        "quantization.calibration.method=kl", NULL };
    struct fixture f;
    struct calibration three = { .tensors = 0 };

    CU_ASSERT_FATAL(!fixture_open(&f, sets));
    const size_t n = (size_t) f.calibration.tensors;

    /* Several times, since one thread may have done all the work. */
    for (int i = 0; i < 10; i++) {
        CU_ASSERT(!calibrate(&three, &f.net, f.real, &f.calibration_data,
                             &f.design, 3));
        CU_ASSERT(!memcmp(three.all, f.calibration.all,
                          n * sizeof(*three.all)));
        CU_ASSERT(!memcmp(three.average, f.calibration.average,
                          n * sizeof(*three.average)));
        CU_ASSERT(!memcmp(three.histogram, f.calibration.histogram,
                          n * sizeof(*three.histogram)));
        calibration_release(&three);
    }
    fixture_close(&f);
}

static void test_quant__moving_average_of_one_batch_is_min_max(void)
{
    static const char *const sets[] = {
        "quantization.calibration.batch=1000", NULL };
    struct fixture f;

    CU_ASSERT_FATAL(!fixture_open(&f, sets));
    CU_ASSERT(!memcmp(f.calibration.average, f.calibration.all,
                      (size_t) f.calibration.tensors
                      * sizeof(*f.calibration.all)));
    fixture_close(&f);
}

static void test_quant__groups_share_a_scale_and_nobody_else(void)
{
    static const char *const sets[] = {
        "quantization.weights.granularity=group",
        "quantization.weights.group=3", NULL };
    struct fixture f;
    long wrong = 0;

    CU_ASSERT_FATAL(!fixture_open(&f, sets));
    for (int i = 0; i < f.net.layer_count; i++) {
        const struct qlayer *q = &f.qnet.layer[i];

        for (int n = 0; q->weight && n < f.net.layer[i].filters; n++) {
            const int first = n / 3 * 3;
            const int end = first + 3 < f.net.layer[i].filters
                            ? first + 3 : f.net.layer[i].filters;
            const int taps = f.net.layer[i].taps;
            const struct range r = range_of(f.net.layer[i].weight
                                            + first * taps,
                                            (size_t) ((end - first) * taps));

            wrong += q->wparams[n].scale != fmax(-r.lo, r.hi) / 127;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    fixture_close(&f);
}

/* A chain that quantizes nothing is the float network, bit for bit. */
static void test_quant__float_chain_is_the_float_network(void)
{
    struct fixture f;
    struct chain chain;

    CU_ASSERT_FATAL(!fixture_open(&f, NULL));
    struct net_buffers *a = net_buffers_new(&f.net);
    struct net_buffers *b = net_buffers_new(&f.net);

    CU_ASSERT(!chain_init(&chain, &f.net, NULL));
    dataset_image(&f.calibration_data, &f.net, 0, net_buffers_tensor(a, 0));
    dataset_image(&f.calibration_data, &f.net, 0, net_buffers_tensor(b, 0));
    net_float_run(f.real, a);
    chain_run(&chain, b, f.net.layer_count);
    for (int t = 0; t < net_tensor_count(&f.net); t++)
        CU_ASSERT(!memcmp(net_buffers_tensor(a, t), net_buffers_tensor(b, t),
                          (size_t) net_elements(net_tensor_shape(&f.net, t))
                          * sizeof(float)));
    chain_release(&chain);
    net_buffers_free(a);
    net_buffers_free(b);
    fixture_close(&f);
}

/* The chain is what learned rounding and bias correction trust to stand for the
 * integer machine: one step apart at most, in few places. */
static void test_quant__fake_chain_is_within_a_step_of_the_machine(void)
{
    struct fixture f;
    struct chain chain;
    long far = 0, different = 0, elements = 0;

    CU_ASSERT_FATAL(!fixture_open(&f, NULL));
    struct net_buffers *b = net_buffers_new(&f.net);
    struct array_state *codes = array_state_new(f.model);

    CU_ASSERT(!chain_init(&chain, &f.net, &f.qnet));
    for (int image = 0; image < 20; image++) {
        dataset_image(&f.calibration_data, &f.net, image,
                      net_buffers_tensor(b, 0));
        evaluate_quantize_input(&f.program, net_buffers_tensor(b, 0),
                                array_tensor(codes, 0));
        chain_run(&chain, b, f.net.layer_count);
        array_run(f.model, codes);
        const int64_t n = net_elements(net_tensor_shape(&f.net, 1));

        for (int64_t i = 0; i < n; i++) {
            const int apart = abs(quant_code(&f.qnet.tensor[1],
                                             net_buffers_tensor(b, 1)[i])
                                  - array_tensor(codes, 1)[i]);

            far += apart > 1;
            different += apart > 0;
            elements++;
        }
    }
    CU_ASSERT_EQUAL(far, 0);
    CU_ASSERT(different * 100 < elements);
    chain_release(&chain);
    net_buffers_free(b);
    array_state_free(codes);
    fixture_close(&f);
}

/* Each value of a tensor is one that a code stands for. */
static void test_quant__fake_chain_holds_values_of_codes(void)
{
    struct fixture f;
    struct chain chain;
    long wrong = 0;

    CU_ASSERT_FATAL(!fixture_open(&f, narrow_sets));
    struct net_buffers *b = net_buffers_new(&f.net);

    CU_ASSERT(!chain_init(&chain, &f.net, &f.qnet));
    dataset_image(&f.calibration_data, &f.net, 0, net_buffers_tensor(b, 0));
    chain_run(&chain, b, f.net.layer_count);
    for (int t = 0; t < net_tensor_count(&f.net); t++) {
        const struct quant_params *p = &f.qnet.tensor[t];
        const int64_t n = net_elements(net_tensor_shape(&f.net, t));

        for (int64_t i = 0; i < n; i++) {
            const float v = net_buffers_tensor(b, t)[i];

            wrong += (float) quant_real(p, quant_code(p, v)) != v;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    chain_release(&chain);
    net_buffers_free(b);
    fixture_close(&f);
}

/* ------------------------------------------------------- equalization */

static double greatest_difference(const struct fixture *f,
                                  const struct net_float *other, int tensor)
{
    struct net_buffers *a = net_buffers_new(&f->net);
    struct net_buffers *b = net_buffers_new(&f->net);
    double worst = 0.0;

    for (int image = 0; image < 10; image++) {
        dataset_image(&f->calibration_data, &f->net, image,
                      net_buffers_tensor(a, 0));
        dataset_image(&f->calibration_data, &f->net, image,
                      net_buffers_tensor(b, 0));
        net_float_run(f->real, a);
        net_float_run(other, b);
        const int64_t n = net_elements(net_tensor_shape(&f->net, tensor));

        for (int64_t i = 0; i < n; i++)
            worst = fmax(worst, fabs((double) net_buffers_tensor(a, tensor)[i]
                                     - (double) net_buffers_tensor(b,
                                                                   tensor)[i]));
    }
    net_buffers_free(a);
    net_buffers_free(b);
    return worst;
}

static void test_quant__equalization_leaves_the_output_alone(void)
{
    struct equalization e;
    struct fixture f;

    CU_ASSERT_FATAL(!fixture_open(&f, NULL));
    struct net copy = f.net;

    /* Its own list of layers: depthwise reads weights through the net. */
    copy.layer = arena_alloc_array(&f.arena, (size_t) f.net.layer_count,
                                   sizeof(*copy.layer));
    memcpy(copy.layer, f.net.layer, (size_t) f.net.layer_count
                                    * sizeof(*copy.layer));
    arena_init(&copy.arena, 0);
    CU_ASSERT(!equalize(&copy, &e));
    struct net_float *equalized = net_float_new(&copy);

    CU_ASSERT_EQUAL(e.pairs, 2);
    CU_ASSERT(e.greatest_factor > 1.0);
    CU_ASSERT(greatest_difference(&f, equalized, f.net.layer_count) < 1e-4);
    CU_ASSERT(greatest_difference(&f, equalized, 1) > 1e-3);
    net_float_free(equalized);
    arena_release(&copy.arena);
    fixture_close(&f);
}

/* A chain built by hand: 3 -> depthwise -> pointwise. */
struct small {
    struct net net;
    struct net_layer layer[3];
    float w0[3 * 2], w1[3 * 9], w2[2 * 3], bias[3];
};

static void small_init(struct small *s)
{
    const struct net_shape in = { 4, 4, 2 }, mid = { 4, 4, 3 };
    const struct net_shape out = { 4, 4, 2 };
    const struct net_window one = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 };
    const struct net_window three = { 3, 3, 1, 1, 1, 1, 1, 1, 1, 1 };
    struct rng rng;

    memset(s, 0, sizeof(*s));
    rng_init(&rng, 5);
    for (int i = 0; i < COUNT_OF(s->w0); i++)
        s->w0[i] = (float) rng_normal(&rng) * (i < 2 ? 100.0f : 1.0f);
    for (int i = 0; i < COUNT_OF(s->w1); i++)
        s->w1[i] = (float) rng_normal(&rng);
    for (int i = 0; i < COUNT_OF(s->w2); i++)
        s->w2[i] = (float) rng_normal(&rng);
    s->layer[0] = (struct net_layer) { .name = "pw", .op = NET_CONV2D,
        .input = 0, .in = in, .out = mid, .window = one, .filters = 3,
        .taps = 2, .has_weights = true, .clamp_hi = INFINITY,
        .weight = s->w0, .bias = s->bias };
    s->layer[1] = (struct net_layer) { .name = "dw",
        .op = NET_DEPTHWISE_CONV2D, .input = 1, .in = mid, .out = mid,
        .window = three, .multiplier = 1, .filters = 3, .taps = 9,
        .has_weights = true, .clamp_hi = INFINITY, .weight = s->w1,
        .bias = s->bias };
    s->layer[2] = (struct net_layer) { .name = "out", .op = NET_CONV2D,
        .input = 2, .in = mid, .out = out, .window = one, .filters = 2,
        .taps = 3, .has_weights = true, .clamp_lo = -INFINITY,
        .clamp_hi = INFINITY, .weight = s->w2, .bias = s->bias };
    s->net = (struct net) { .name = "small", .input = in, .layer_count = 3,
                            .layer = s->layer };
    arena_init(&s->net.arena, 0);
}

static double peak(const float *w, int from, int count)
{
    const struct range r = range_of(w + from, (size_t) count);

    return fmax(-r.lo, r.hi);
}

static void test_quant__equalization_makes_ranges_meet(void)
{
    struct equalization e;
    struct small s;

    small_init(&s);
    CU_ASSERT(!equalize(&s.net, &e));
    CU_ASSERT_EQUAL(e.pairs, 2);
    for (int c = 0; c < 3; c++) {
        const double first = peak(s.layer[0].weight, c * 2, 2);
        const double second = peak(s.layer[1].weight, c * 9, 9);
        const double third = fmax(fabs(s.layer[2].weight[c]),
                                  fabs(s.layer[2].weight[3 + c]));

        CU_ASSERT_DOUBLE_EQUAL(first / second, 1.0, 1e-2);
        CU_ASSERT_DOUBLE_EQUAL(second / third, 1.0, 1e-2);
    }
    arena_release(&s.net.arena);
}

static void test_quant__equalization_needs_a_homogeneous_activation(void)
{
    struct small s;

    small_init(&s);
    CU_ASSERT_EQUAL(equalize_partner(&s.net, 0), 1);
    s.layer[0].clamp_hi = 6.0f;
    CU_ASSERT_EQUAL(equalize_partner(&s.net, 0), -1);
    s.layer[0].clamp_hi = INFINITY;
    s.layer[2].input = 1;            /* a second reader of the tensor */
    CU_ASSERT_EQUAL(equalize_partner(&s.net, 0), -1);
    CU_ASSERT_EQUAL(equalize_partner(&s.net, 2), -1);
    arena_release(&s.net.arena);
}

/* ---------------------------------------------- refinement on a network */

/* Mean quantized minus float sum of each channel of a layer. */
static double mean_error(const struct fixture *f, int layer)
{
    const struct net_layer *l = &f->net.layer[layer];
    struct net_buffers *a = net_buffers_new(&f->net);
    struct net_buffers *b = net_buffers_new(&f->net);
    const int64_t n = net_elements(l->out);
    float *sums = malloc((size_t) n * sizeof(*sums));
    double *mean = calloc((size_t) l->filters, sizeof(*mean));
    struct chain real, fake;
    double worst = 0.0;

    chain_init(&real, &f->net, NULL);
    chain_init(&fake, &f->net, &f->qnet);
    for (int64_t i = 0; i < f->calibration_data.count; i++) {
        dataset_image(&f->calibration_data, &f->net, i,
                      net_buffers_tensor(a, 0));
        dataset_image(&f->calibration_data, &f->net, i,
                      net_buffers_tensor(b, 0));
        chain_run(&real, a, layer);
        chain_run(&fake, b, layer);
        stage_run(fake.stage[layer], net_buffers_tensor(b, l->input), NULL,
                  sums, b);
        for (int64_t k = 0; k < n; k++)
            mean[k % l->filters] += sums[k];
        stage_run(real.stage[layer], net_buffers_tensor(a, l->input), NULL,
                  sums, a);
        for (int64_t k = 0; k < n; k++)
            mean[k % l->filters] -= sums[k];
    }
    for (int c = 0; c < l->filters; c++)
        worst = fmax(worst, fabs(mean[c]) * l->filters / (double) n
                            / (double) f->calibration_data.count);
    chain_release(&real);
    chain_release(&fake);
    net_buffers_free(a);
    net_buffers_free(b);
    free(sums);
    free(mean);
    return worst;
}

static void test_quant__bias_correction_removes_the_mean_error(void)
{
    struct fixture f;

    CU_ASSERT_FATAL(!fixture_open(&f, narrow_sets));
    const int last = f.net.layer_count - 1;
    const double before = mean_error(&f, last);

    f.design.bias_correction = true;
    CU_ASSERT(!refine(&f.qnet, &f.hw, &f.design, &f.calibration_data, 0, 2));
    CU_ASSERT(before > 1e-2);
    CU_ASSERT(mean_error(&f, last) < 1e-2 * before);
    CU_ASSERT(mean_error(&f, 0) < 1e-3);
    fixture_close(&f);
}

static double output_error(const struct fixture *f)
{
    struct net_buffers *a = net_buffers_new(&f->net);
    struct net_buffers *b = net_buffers_new(&f->net);
    const int last = f->net.layer_count;
    const int64_t n = net_elements(net_tensor_shape(&f->net, last));
    struct chain fake;
    double sum = 0.0;

    chain_init(&fake, &f->net, &f->qnet);
    for (int64_t i = 0; i < f->calibration_data.count; i++) {
        dataset_image(&f->calibration_data, &f->net, i,
                      net_buffers_tensor(a, 0));
        dataset_image(&f->calibration_data, &f->net, i,
                      net_buffers_tensor(b, 0));
        net_float_run(f->real, a);
        chain_run(&fake, b, last);
        for (int64_t k = 0; k < n; k++) {
            const double error = (double) net_buffers_tensor(b, last)[k]
                                 - (double) net_buffers_tensor(a, last)[k];

            sum += error * error;
        }
    }
    chain_release(&fake);
    net_buffers_free(a);
    net_buffers_free(b);
    return sum;
}

/* The output's squared error with one scale a tensor. */
static double per_tensor_error(struct fixture *f)
{
    qnet_release(&f->qnet);
    calibration_release(&f->calibration);
    net_float_free(f->real);
    f->real = net_float_new(&f->net);
    CU_ASSERT(!calibrate(&f->calibration, &f->net, f->real,
                         &f->calibration_data, &f->design, 1));
    CU_ASSERT(!quantize(&f->qnet, &f->net, &f->hw, &f->design,
                        &f->calibration, &f->diag));
    return output_error(f);
}

/* Channels are scaled apart by up to some thousand, which the float network does
 * not notice. */
static void test_quant__equalization_repairs_an_unbalanced_network(void)
{
    static const char *const sets[] = {
        "quantization.weights.granularity=tensor", NULL };
    struct equalization e;
    struct fixture f;
    struct rng rng;

    CU_ASSERT_FATAL(!fixture_open(&f, sets));
    struct net_layer *from = &f.net.layer[0], *to = &f.net.layer[1];
    float *w = (float *) from->weight, *bias = (float *) from->bias;
    const double balanced = per_tensor_error(&f);

    rng_init(&rng, 9);
    for (int n = 0; n < from->filters; n++) {
        const float s = (float) exp(2.0 * rng_normal(&rng));

        bias[n] /= s;
        for (int k = 0; k < from->taps; k++)
            w[n * from->taps + k] /= s;
        for (int k = n; k < to->filters * to->taps; k += from->filters)
            ((float *) to->weight)[k] *= s;
    }
    const double unbalanced = per_tensor_error(&f);

    CU_ASSERT(!equalize(&f.net, &e));
    CU_ASSERT(unbalanced > 20.0 * balanced);
    CU_ASSERT(per_tensor_error(&f) < 3.0 * balanced);
    fixture_close(&f);
}

static void test_quant__learned_rounding_beats_the_nearest(void)
{
    struct fixture f;
    long far = 0, changed = 0;

    CU_ASSERT_FATAL(!fixture_open(&f, narrow_sets));
    const double before = output_error(&f);

    f.design.rounding = QUANT_LEARNED;
    f.design.learned.iterations = 400;
    f.design.learned.rows = 2000;
    CU_ASSERT(!refine(&f.qnet, &f.hw, &f.design, &f.calibration_data, 0, 2));
    CU_ASSERT(output_error(&f) < 0.7 * before);
    for (int i = 0; i < f.net.layer_count; i++) {
        const struct qlayer *q = &f.qnet.layer[i];
        const int weights = f.net.layer[i].filters * f.net.layer[i].taps;

        for (int k = 0; q->weight && k < weights; k++) {
            const struct quant_params *p =
                &q->wparams[k / f.net.layer[i].taps];
            const double w = f.net.layer[i].weight[k];

            /* One of the two neighbours, never further. */
            far += fabs(quant_real(p, q->weight[k]) - w)
                   > p->scale * (1 + 1e-6);
            changed += q->weight[k] != quant_code(p, w);
        }
        CU_ASSERT(q->learned_after <= q->learned_before);
    }
    CU_ASSERT_EQUAL(far, 0);
    CU_ASSERT(changed > 0);
    fixture_close(&f);
}

/* Weights that were learned are the ones in the program, and repeat. */
static void test_quant__refinement_does_not_depend_on_threads(void)
{
    struct fixture f[2];

    for (int i = 0; i < 2; i++) {
        CU_ASSERT_FATAL(!fixture_open(&f[i], narrow_sets));
        f[i].design.rounding = QUANT_LEARNED;
        f[i].design.bias_correction = true;
        f[i].design.learned.iterations = 60;
        f[i].design.learned.rows = 600;
        CU_ASSERT(!refine(&f[i].qnet, &f[i].hw, &f[i].design,
                          &f[i].calibration_data, 100, i ? 3 : 1));
    }
    for (int i = 0; i < f[0].net.layer_count; i++) {
        const struct net_layer *l = &f[0].net.layer[i];
        const size_t filters = (size_t) l->filters;

        if (!l->has_weights)
            continue;
        CU_ASSERT(!memcmp(f[0].qnet.layer[i].weight, f[1].qnet.layer[i].weight,
                          filters * (size_t) l->taps * sizeof(int16_t)));
        CU_ASSERT(!memcmp(f[0].qnet.layer[i].bias, f[1].qnet.layer[i].bias,
                          filters * sizeof(int32_t)));
    }
    fixture_close(&f[0]);
    fixture_close(&f[1]);
}

/*
 * Two inputs that are always equal, weights of half a step each: to the nearest
 * both round up and the sum is a whole step too great; learned, one goes down.
 */
static void test_quant__learned_rounding_finds_the_exact_answer(void)
{
    enum { ROWS = 64 };
    static const float weight[] = { 0.5f, 0.5f, 3.0f };
    static float x[ROWS * 3], target[ROWS];
    const struct quant_params p = { .scale = 1.0, .min = -7, .max = 7 };
    const struct net_layer l = { .name = "pair", .op = NET_FULLY_CONNECTED,
        .filters = 1, .taps = 3, .clamp_lo = -INFINITY, .clamp_hi = INFINITY,
        .weight = weight };
    const float bias = 0.0f;
    const struct learned_problem problem = { .layer = &l, .bias = &bias,
        .params = &p, .rows = ROWS, .x = x, .target = target };
    const struct design_learned settings = { .iterations = 2000, .batch = 16,
        .rate = 0.01, .regularization = 0.01, .seed = 1 };
    int16_t codes[] = { 1, 1, 3 };
    struct learned_result result;
    struct rng rng;

    rng_init(&rng, 6);
    for (int i = 0; i < ROWS; i++) {
        x[3 * i] = x[3 * i + 1] = (float) rng_normal(&rng);
        x[3 * i + 2] = (float) rng_normal(&rng);
        target[i] = x[3 * i] + 3.0f * x[3 * i + 2];
    }
    /* Not quite a tie, or both would move alike. */
    x[0] += 0.5f;
    CU_ASSERT(!learned_round(&problem, &settings, codes, &result, 1));
    CU_ASSERT_EQUAL(codes[0] + codes[1], 1);
    CU_ASSERT_EQUAL(codes[2], 3);
    CU_ASSERT(result.after < result.before);
    CU_ASSERT_EQUAL(result.changed, 1);
}

static void test_quant__layer_entries_override_the_design(void)
{
    static const char *const sets[] = {
        "quantization.input.bits=5", "quantization.activations.bits=6",
        "quantization.ties=half_even", NULL };
    struct fixture f;

    CU_ASSERT_FATAL(!fixture_open(&f, sets));
    struct design_layer entry = { .name = f.net.layer[0].name,
        .weight_bits = 4, .weight_scheme = -1, .weight_granularity = 0,
        .activation_bits = 7, .activation_scheme = 0, .weight_group = 0,
        .weight_calibration = RANGE_MSE, .activation_calibration = RANGE_KL,
        .rounding = QUANT_LEARNED, .bias_correction = 1 };

    f.design.layer = &entry;
    f.design.layer_count = 1;
    const struct spec s = spec_of_layer(&f.design, &f.hw, entry.name);
    const struct spec other = spec_of_layer(&f.design, &f.hw, "fc");

    CU_ASSERT_EQUAL(f.qnet.tensor_bits[0], 5);
    CU_ASSERT_EQUAL(f.qnet.tensor_bits[1], 6);
    CU_ASSERT_EQUAL(s.weight.bits, 4);
    CU_ASSERT_EQUAL(s.out.bits, 7);
    CU_ASSERT_EQUAL(s.out.scheme, QUANT_SYMMETRIC);
    CU_ASSERT_EQUAL(s.granularity, QUANT_PER_TENSOR);
    CU_ASSERT_EQUAL(s.weight_method, RANGE_MSE);
    CU_ASSERT_EQUAL(s.out_method, RANGE_KL);
    CU_ASSERT_EQUAL(s.rounding, QUANT_LEARNED);
    CU_ASSERT_TRUE(s.bias_correction);
    CU_ASSERT_EQUAL(s.weight.ties, QUANT_HALF_EVEN);
    CU_ASSERT_EQUAL(other.weight.bits, 8);
    CU_ASSERT_FALSE(other.bias_correction);
    f.design.layer_count = 0;
    fixture_close(&f);
}

/* ------------------------------------------------------------ analysis */

static void test_quant__loss_adds_up(void)
{
    const struct quant_params p = { .scale = 1.0, .min = -4, .max = 3 };
    static const float v[] = { 0.25f, -1.0f, 6.0f, 0.5f };
    struct loss whole = { .count = 0 }, parts = whole, second = whole;

    loss_add(&whole, &p, v, 4, 0);
    CU_ASSERT_EQUAL(whole.count, 4);
    CU_ASSERT_EQUAL(whole.absolute, 0.25 + 3 + 0.5);
    CU_ASSERT_EQUAL(whole.squared, 0.0625 + 9 + 0.25);
    CU_ASSERT_EQUAL(whole.worst_index, 2);
    CU_ASSERT_EQUAL(whole.worst_value, 6.0);
    CU_ASSERT_EQUAL(whole.clipped, 1);
    loss_add(&parts, &p, v, 2, 0);
    loss_add(&second, &p, v + 2, 2, 2);
    loss_merge(&parts, &second);
    CU_ASSERT(!memcmp(&parts, &whole, sizeof(whole)));
    CU_ASSERT_EQUAL(loss_code_bytes(9, 3), 4);
}

static void test_quant__positive_values_suit_asymmetric(void)
{
    static const float v[] = { 0.5f, 1.0f, 1.5f, 3.0f };
    const struct spec s = { .weight = spec_of(QUANT_SYMMETRIC, 4) };
    struct analysis_pair pair;

    analyze_values(&pair, &s, v, COUNT_OF(v), COUNT_OF(v));
    CU_ASSERT_EQUAL(analysis_better(&pair), QUANT_ASYMMETRIC);
    CU_ASSERT_EQUAL(pair.scheme[QUANT_SYMMETRIC].params.scale, 3.0 / 7);
    CU_ASSERT_EQUAL(pair.scheme[QUANT_ASYMMETRIC].params.scale, 3.0 / 15);
    CU_ASSERT_EQUAL(pair.scheme[QUANT_ASYMMETRIC].params.zero_point, -8);
}

static void test_quant__sensitivity_grows_as_bits_fall(void)
{
    struct sensitivity s;
    struct fixture f;
    long rising = 0;

    CU_ASSERT_FATAL(!fixture_open(&f, NULL));
    CU_ASSERT(!sensitivity_run(&s, &f.net, f.real, &f.calibration, &f.hw,
                               &f.design, &f.calibration_data, 50, 2));
    CU_ASSERT_EQUAL(s.images, 50);
    CU_ASSERT_EQUAL(s.row_count, 3 + 4);
    for (int i = 0; i < s.row_count; i++)
        for (int w = 0; w + 2 < SENSITIVITY_WIDTHS; w++)
            rising += s.row[i].cell[w].sqnr_db < s.row[i].cell[w + 2].sqnr_db;
    CU_ASSERT_EQUAL(rising, 0);
    sensitivity_release(&s);
    fixture_close(&f);
}

void suite_quant(void)
{
    static const struct { const char *name; void (*run)(void); } tests[] = {
        { "the example has the scales worked by hand",
          test_quant__the_example_has_the_scales_worked_by_hand },
        { "full range spreads over all codes",
          test_quant__full_range_spreads_over_all_codes },
        { "ties go where the setting says",
          test_quant__ties_go_where_the_setting_says },
        { "zero is always exact and codes in range",
          test_quant__zero_is_always_exact_and_codes_in_range },
        { "error inside the range is half a step",
          test_quant__error_inside_the_range_is_half_a_step },
        { "histogram adds in any order",
          test_quant__histogram_adds_in_any_order },
        { "percentile cuts what lies outside",
          test_quant__percentile_cuts_what_lies_outside },
        { "mse range is the best of its grid",
          test_quant__mse_range_is_the_best_of_its_grid },
        { "mse never loses against min max",
          test_quant__mse_never_loses_against_min_max },
        { "the better power of two is taken",
          test_quant__the_better_power_of_two_is_taken },
        { "divergence matches the hand computation",
          test_quant__divergence_matches_the_hand_computation },
        { "kl clips a far outlier", test_quant__kl_clips_a_far_outlier },
        { "calibration does not depend on threads",
          test_quant__calibration_does_not_depend_on_threads },
        { "moving average of one batch is min max",
          test_quant__moving_average_of_one_batch_is_min_max },
        { "groups share a scale and nobody else",
          test_quant__groups_share_a_scale_and_nobody_else },
        { "float chain is the float network",
          test_quant__float_chain_is_the_float_network },
        { "fake chain is within a step of the machine",
          test_quant__fake_chain_is_within_a_step_of_the_machine },
        { "fake chain holds values of codes",
          test_quant__fake_chain_holds_values_of_codes },
        { "equalization leaves the output alone",
          test_quant__equalization_leaves_the_output_alone },
        { "equalization makes ranges meet",
          test_quant__equalization_makes_ranges_meet },
        { "equalization repairs an unbalanced network",
          test_quant__equalization_repairs_an_unbalanced_network },
        { "equalization needs a homogeneous activation",
          test_quant__equalization_needs_a_homogeneous_activation },
        { "bias correction removes the mean error",
          test_quant__bias_correction_removes_the_mean_error },
        { "learned rounding beats the nearest",
          test_quant__learned_rounding_beats_the_nearest },
        { "refinement does not depend on threads",
          test_quant__refinement_does_not_depend_on_threads },
        { "learned rounding finds the exact answer",
          test_quant__learned_rounding_finds_the_exact_answer },
        { "layer entries override the design",
          test_quant__layer_entries_override_the_design },
        { "loss adds up", test_quant__loss_adds_up },
        { "positive values suit asymmetric",
          test_quant__positive_values_suit_asymmetric },
        { "sensitivity grows as bits fall",
          test_quant__sensitivity_grows_as_bits_fall },
    };
    CU_pSuite suite = CU_add_suite("quant", NULL, NULL);

    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
        CU_add_test(suite, tests[i].name, tests[i].run);
}
