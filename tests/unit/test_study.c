/*
 * test_study.c - bounds, peaks, reuse and error growth of accumulator studies.
 *
 * Bounds are compared with trying every weight and every input; a study with
 * running every width in full.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "sim/array/bound.h"
#include "sim/array/evaluate.h"
#include "sim/array/study.h"
#include "tests/oracle/stimulus.h"
#include "toy.h"

void suite_study(void);

/* ------------------------------------------------------ bounds, exhaustive */

/* Next of all combinations of `count` digits in [lo, hi]; false after the
 * last. */
static bool next(int *digit, int count, int lo, int hi)
{
    for (int i = 0; i < count; i++) {
        if (digit[i]++ < hi)
            return true;
        digit[i] = lo;
    }
    return false;
}

/* The checked partial sums of a dot over all inputs: the oracle. */
static struct fx_range all_sums(const struct toy *t)
{
    const struct fx_product_format p = hw_product_format(&t->hw);
    const struct quant_params *q = &t->tensor[0];
    const int taps = t->desc.taps, lanes = t->hw.lanes;
    struct fx_range r = { t->bias[0], t->bias[0] };
    int x[4] = { q->min, q->min, q->min, q->min };

    do {
        int64_t sum = t->bias[0];

        for (int k = 0; k < taps; k++) {
            sum += fx_product(x[k] - q->zero_point,
                              t->weight[k] - t->weight_zp[0], &p, NULL);
            if (k % lanes != lanes - 1 && k != taps - 1)
                continue;
            r.lo = sum < r.lo ? sum : r.lo;
            r.hi = sum > r.hi ? sum : r.hi;
        }
    } while (next(x, taps, q->min, q->max));
    return r;
}

struct tried {
    int64_t channels, inexact, unsafe, l1_unsafe, type_unsafe, type_inexact;
};

/* Every weight vector of the toy's format. */
static void try_weights(struct toy *t, struct tried *tried)
{
    const int half = 1 << (t->desc.weight_bits - 1);
    int w[4] = { -half, -half, -half, -half };
    int most = 0, types = 0;

    do {
        for (int k = 0; k < t->desc.taps; k++)
            t->weight[k] = (int16_t) w[k];
        const struct fx_range all = all_sums(t);
        const struct fx_range said = bound_channel_interval(&t->program, 0, 0);
        const struct bound b = bound_layer(&t->program, 0);
        const int bits = fx_bits_needed(all.lo, all.hi);

        most = bits > most ? bits : most;
        types = b.type_bits;
        tried->channels++;
        tried->unsafe += said.lo > all.lo || said.hi < all.hi
                         || b.interval_bits < bits;
        tried->inexact += b.tight && (said.lo != all.lo || said.hi != all.hi
                                      || b.interval_bits != bits);
        tried->l1_unsafe += b.l1_bits < bits;
        tried->type_unsafe += b.type_bits < bits;
    } while (next(w, t->desc.taps, -half, half - 1));
    tried->type_inexact += types != most;
}

static struct quant_params input_format(int bits, int is_signed, int zp)
{
    struct quant_params q = { .scale = 1.0 };

    q.min = is_signed ? -(1 << (bits - 1)) : 0;
    q.max = q.min + (1 << bits) - 1;
    q.zero_point = zp == 0 ? q.min : zp == 1 ? (q.min + q.max) / 2 : q.max;
    return q;
}

static void test_bound__interval_is_what_trying_everything_gives(void)
{
    static struct toy t;
    struct tried tried = { 0 };

    for (int taps = 1; taps <= 3; taps++)
        for (int n = 2; n <= 3; n++)
            for (int m = 2; m <= 4; m++)
                for (int format = 0; format < 6; format++) {
                    toy_init(&t, 1 + format % 3, 8, FX_SATURATE);
                    toy_dot(&t, taps, m, input_format(n, format & 1,
                                                      format / 2),
                            format * 3 - 7);
                    t.weight_zp[0] = format < 4 ? 0 : -(1 << (m - 1));
                    try_weights(&t, &tried);
                }
    CU_ASSERT_EQUAL(tried.inexact, 0);
    CU_ASSERT_EQUAL(tried.unsafe, 0);
    CU_ASSERT_EQUAL(tried.l1_unsafe, 0);
    CU_ASSERT_EQUAL(tried.type_unsafe, 0);
    CU_ASSERT_EQUAL(tried.type_inexact, 0);
    CU_ASSERT(tried.channels > 50000);
}

static void test_bound__holds_for_narrowed_products(void)
{
    static struct toy t;
    struct tried tried = { 0 };

    for (int o = 0; o < FX_OVERFLOW_COUNT; o++)
        for (int rounding = 0; rounding < FX_ROUNDING_COUNT; rounding++)
            for (int bits = 2; bits <= 4; bits++) {
                toy_init(&t, 1 + bits % 2, 8, FX_SATURATE);
                t.hw.product_bits = bits;
                t.hw.product_drop = bits % 3;
                t.hw.product_rounding = rounding;
                t.hw.product_overflow = o;
                toy_dot(&t, 2, 3, input_format(3, rounding & 1, bits - 2), 1);
                try_weights(&t, &tried);
            }
    CU_ASSERT_EQUAL(tried.unsafe, 0);
    CU_ASSERT_EQUAL(tried.inexact, 0);
    CU_ASSERT_EQUAL(tried.l1_unsafe, 0);
    CU_ASSERT_EQUAL(tried.type_unsafe, 0);
}

/* The model's own bound, by which it leaves checks out, is the same. */
static void test_bound__is_the_array_models_own(void)
{
    static struct toy t;
    struct rng rng;
    int wrong = 0;

    rng_init(&rng, 3);
    for (int i = 0; i < 100; i++) {
        toy_init(&t, stimulus_int(&rng, 1, 4), 16, FX_SATURATE);
        toy_random(&t, &rng, i % 2 ? NET_CONV2D : NET_DEPTHWISE_CONV2D);
        struct array_model *m = array_new(&t.program, NULL);

        for (int n = 0; n < t.desc.filters; n++) {
            const struct fx_range r = bound_channel_interval(&t.program, 0, n);

            wrong += array_bounds(m, 0)[n].range.lo != r.lo
                     || array_bounds(m, 0)[n].range.hi != r.hi;
        }
        array_free(m);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* ------------------------------------- what is called safe never overflows */

/* Each tap at the end of its range that drives channel n up or down. */
static void extreme_input(const struct toy *t, struct rng *rng, int n,
                          int32_t *in)
{
    const struct program_desc *d = &t->desc;
    const bool up = stimulus_int(rng, 0, 1);

    toy_input(t, rng, in);
    for (int k = 0; k < d->taps; k++) {
        const int w = t->weight[n * d->taps + k] - t->weight_zp[n];

        if (stimulus_int(rng, 0, 9))
            in[k] = (w > 0) == up ? t->tensor[0].max : t->tensor[0].min;
    }
}

static void test_bound__no_safe_channel_ever_overflows(void)
{
    static struct toy t;
    static struct toy_result r;
    static int32_t in[TOY_MAX];
    struct rng rng;
    int64_t safe = 0, wrong = 0, overflows = 0;

    rng_init(&rng, 11);
    for (int i = 0; i < 4000; i++) {
        toy_init(&t, stimulus_int(&rng, 1, 4), stimulus_int(&rng, 8, 20),
                 i % 2 ? FX_SATURATE : FX_WRAP);
        toy_random(&t, &rng, i % 3 ? NET_FULLY_CONNECTED : NET_CONV2D);
        if (t.desc.op == NET_FULLY_CONNECTED)
            extreme_input(&t, &rng, stimulus_int(&rng, 0, t.desc.filters - 1),
                          in);
        else
            toy_input(&t, &rng, in);
        toy_expect(&t, in, &r);
        for (int n = 0; n < t.desc.filters; n++) {
            const struct fx_format f = hw_acc_format(&t.hw);
            const struct fx_range b = bound_channel_interval(&t.program, 0, n);

            overflows += r.overflows[n] > 0;
            safe += bound_holds(&f, &b);
            wrong += bound_holds(&f, &b) && r.overflows[n] > 0;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(safe > 1000);
    CU_ASSERT(overflows > 1000);
}

/* The last sum that fits, and the first that does not, at both ends. */
static void test_bound__proof_ends_where_the_accumulator_does(void)
{
    static struct toy t;

    for (int end = 0; end < 2; end++)
        for (int over = 0; over < 2; over++) {
            const int bias = end ? -128 + 14 - over : 127 - 14 + over;

            toy_init(&t, 1, 8, FX_SATURATE);
            toy_dot(&t, 2, 3, input_format(3, 0, 0), bias);
            t.weight[0] = t.weight[1] = end ? -1 : 1;
            struct array_model *m = array_new(&t.program, NULL);
            const struct fx_format f = hw_acc_format(&t.hw);
            const struct fx_range r = bound_channel_interval(&t.program, 0, 0);

            CU_ASSERT_EQUAL(array_bounds(m, 0)[0].proved, !over);
            CU_ASSERT_EQUAL(bound_holds(&f, &r), !over);
            CU_ASSERT_EQUAL(bound_narrowest(f, &r), 8 + over);
            array_free(m);
        }
}

/* ----------------------------------------------------------------- studies */

enum { IMAGES = 40 };

struct lab {
    struct fixture f;
    struct dataset data;
};

static int lab_open(struct lab *lab, const char *const *sets)
{
    if (fixture_open(&lab->f, sets))
        return -1;
    return dataset_read(&lab->data, lab->f.design.test, &lab->f.net,
                        &lab->f.diag, PLACE_NONE);
}

static void lab_close(struct lab *lab)
{
    dataset_release(&lab->data);
    fixture_close(&lab->f);
}

static int study_with(struct lab *lab, struct study *s, bool no_reuse,
                      int workers, int lo, int hi)
{
    const struct study_options options = {
        .lo = lo, .hi = hi, .tolerance = 2.0, .layers = true,
        .no_reuse = no_reuse, .images = IMAGES, .workers = workers
    };

    return study_run(s, &lab->f.qnet, &lab->f.hw, &lab->data, &options);
}

static int point_differs(const struct study *a, const struct study *b, int i)
{
    const struct study_point *p = &a->point[i], *q = &b->point[i];

    return p->correct != q->correct || p->same_class != q->same_class
           || p->overflows != q->overflows
           || p->overflowed_images != q->overflowed_images
           || p->bias_overflows != q->bias_overflows
           || memcmp(p->layer_overflows, q->layer_overflows,
                     (size_t) a->layer_count * sizeof(int64_t))
           || strcmp(p->digest, q->digest);
}

static int studies_differ(const struct study *a, const struct study *b)
{
    int differ = a->point_count != b->point_count || a->lo != b->lo
                 || a->peak_bits != b->peak_bits
                 || strcmp(a->exact_digest, b->exact_digest)
                 || memcmp(a->keeps_bits, b->keeps_bits,
                           sizeof(a->keeps_bits));

    for (int i = 0; !differ && i < a->point_count; i++)
        differ += point_differs(a, b, i);
    for (int i = 0; i < a->layer_count; i++)
        differ += memcmp(a->layer[i].keeps_bits, b->layer[i].keeps_bits,
                         sizeof(a->layer[i].keeps_bits)) != 0;
    return differ;
}

static const char *const machines[][4] = {
    { "accumulator.bits=16" },
    { "accumulator.overflow=saturate_zero", "array.lanes=3" },
    { "accumulator.overflow=wrap_sign_magnitude", "activation.signed=false" },
    { "product.bits=12", "product.drop=3", "product.overflow=saturate" },
    { "quantization.activations.scheme=symmetric" }
};

enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };

static void open_lab(struct lab *lab, int machine)
{
    const char *sets[5] = { NULL };

    memcpy(sets, machines[machine], sizeof(machines[machine]));
    if (lab_open(lab, sets))
        CU_FAIL_FATAL("the digits design does not open");
}

static void test_study__reuse_changes_nothing(void)
{
    for (int i = 0; i < MACHINES; i++) {
        struct lab lab;
        struct study with, without;

        open_lab(&lab, i);
        CU_ASSERT_FALSE_FATAL(study_with(&lab, &with, false, 1, 8, 24));
        CU_ASSERT_FALSE_FATAL(study_with(&lab, &without, true, 1, 8, 24));
        CU_ASSERT_EQUAL(studies_differ(&with, &without), 0);
        CU_ASSERT(with.reused > 0);
        CU_ASSERT_EQUAL(without.reused, 0);
        CU_ASSERT_EQUAL(with.runs, without.runs);
        study_release(&with);
        study_release(&without);
        lab_close(&lab);
    }
}

static void test_study__workers_change_nothing(void)
{
    struct lab lab;
    struct study one, three;

    open_lab(&lab, 1);
    CU_ASSERT_FALSE_FATAL(study_with(&lab, &one, false, 1, 0, 0));
    CU_ASSERT_FALSE_FATAL(study_with(&lab, &three, false, 3, 0, 0));
    CU_ASSERT_EQUAL(studies_differ(&one, &three), 0);
    CU_ASSERT_EQUAL(one.reused, three.reused);
    study_release(&one);
    study_release(&three);
    lab_close(&lab);
}

/* Each width run in full: the peak is the least that counts nothing. */
static void test_study__peak_is_the_least_width_that_never_overflows(void)
{
    for (int i = 0; i < MACHINES; i++) {
        struct lab lab;
        struct study s;

        open_lab(&lab, i);
        CU_ASSERT_FALSE_FATAL(study_with(&lab, &s, true, 1, 8, 30));
        for (int p = 0; p < s.point_count; p++) {
            const struct study_point *pt = &s.point[p];
            const bool clean = pt->overflows + pt->bias_overflows == 0;

            if (pt->mode < 2)
                CU_ASSERT_EQUAL(clean, pt->bits >= s.peak_bits);
            if (clean)
                CU_ASSERT_STRING_EQUAL(pt->digest, s.exact_digest);
        }
        CU_ASSERT(8 < s.peak_bits && s.peak_bits <= s.interval_bits);
        CU_ASSERT_EQUAL(s.exact_overflows, 0);
        study_release(&s);
        lab_close(&lab);
    }
}

/* A point is the run of a design with that accumulator, biases included. */
static void test_study__points_are_runs_of_that_machine(void)
{
    static const char *const widths[] = {
        "accumulator.bits=9", "accumulator.bits=13", "accumulator.bits=16"
    };
    static const int bits[] = { 9, 13, 16 };

    for (int i = 0; i < 3; i++) {
        struct lab lab;
        struct study s;
        struct evaluation e;
        const struct evaluate_options how = { .images = IMAGES, .workers = 1 };
        const char *const sets[] = { widths[i], "accumulator.overflow=wrap",
                                     NULL };

        CU_ASSERT_FALSE_FATAL(lab_open(&lab, sets));
        CU_ASSERT_FALSE_FATAL(study_with(&lab, &s, false, 1, 9, 16));
        CU_ASSERT_FALSE_FATAL(evaluate(&e, lab.f.model, &lab.f.program,
                                       lab.f.real, &lab.data, &how));
        const struct study_point *p = &s.point[bits[i] - 9];

        CU_ASSERT_EQUAL(p->bits, bits[i]);
        CU_ASSERT_STRING_EQUAL(p->digest, e.digest);
        CU_ASSERT_EQUAL(p->correct, e.quant_correct);
        for (int l = 0; l < e.layer_count; l++)
            CU_ASSERT_EQUAL(p->layer_overflows[l], e.layer[l].overflows);
        evaluation_release(&e);
        study_release(&s);
        lab_close(&lab);
    }
}

/*
 * The answer is the least width from which on *all* keep the accuracy. Narrow
 * accumulators guess, some better than wider ones; a tolerance that such a
 * lucky one just meets must not make it the answer.
 */
static void test_study__a_lucky_narrow_width_is_not_enough(void)
{
    struct lab lab;
    struct study s;
    struct study_options options = { .lo = 8, .hi = 20, .images = IMAGES,
                                     .workers = 1, .tolerance = -1.0 };

    open_lab(&lab, 0);
    CU_ASSERT_FALSE_FATAL(study_run(&s, &lab.f.qnet, &lab.f.hw, &lab.data,
                                    &options));
    for (int i = 0; i + 1 < s.point_count; i++)
        if (s.point[i].mode == s.point[i + 1].mode
            && s.point[i].lost < s.point[i + 1].lost)
            options.tolerance = s.point[i].lost;
    study_release(&s);
    CU_ASSERT_FATAL(options.tolerance > 0.0);
    CU_ASSERT_FALSE_FATAL(study_run(&s, &lab.f.qnet, &lab.f.hw, &lab.data,
                                    &options));
    for (int m = 0; m < s.mode_count; m++) {
        int least = 0;

        for (int b = 20; b >= 8; b--) {
            if (s.point[m * 13 + b - 8].lost > options.tolerance)
                break;
            least = b;
        }
        CU_ASSERT_EQUAL(s.keeps_bits[m], least);
    }
    study_release(&s);
    lab_close(&lab);
}

/* ------------------------------------------------------------ error growth */

static void test_evaluate__own_error_is_that_of_the_layer_alone(void)
{
    struct lab lab;
    struct evaluation e, plain, three;
    const struct evaluate_options own = { .images = IMAGES, .workers = 1,
                                          .own = true };
    const struct evaluate_options none = { .images = IMAGES, .workers = 1 };
    const struct evaluate_options more = { .images = IMAGES, .workers = 3,
                                           .own = true };

    CU_ASSERT_FALSE_FATAL(lab_open(&lab, NULL));
    CU_ASSERT_FALSE_FATAL(evaluate(&e, lab.f.model, &lab.f.program, lab.f.real,
                                   &lab.data, &own));
    CU_ASSERT_FALSE_FATAL(evaluate(&plain, lab.f.model, &lab.f.program,
                                   lab.f.real, &lab.data, &none));
    CU_ASSERT_FALSE_FATAL(evaluate(&three, lab.f.model, &lab.f.program,
                                   lab.f.real, &lab.data, &more));
    /* The first layer inherits nothing but its input's codes. */
    CU_ASSERT_EQUAL(e.layer[0].own.total, e.layer[0].error.total);
    /* Later ones inherit, and asking does not change what runs. */
    for (int i = 1; i < e.layer_count; i++)
        CU_ASSERT(e.layer[i].own.total < e.layer[i].error.total);
    CU_ASSERT_STRING_EQUAL(e.digest, plain.digest);
    for (int i = 0; i < e.layer_count; i++) {
        CU_ASSERT_EQUAL(e.layer[i].overflows, plain.layer[i].overflows);
        CU_ASSERT_EQUAL(e.layer[i].error.total, plain.layer[i].error.total);
        CU_ASSERT_EQUAL(e.layer[i].own.total, three.layer[i].own.total);
    }
    evaluation_release(&e);
    evaluation_release(&plain);
    evaluation_release(&three);
    lab_close(&lab);
}

void suite_study(void)
{
    CU_pSuite suite = CU_add_suite("study", NULL, NULL);

    CU_ADD_TEST(suite, test_bound__interval_is_what_trying_everything_gives);
    CU_ADD_TEST(suite, test_bound__holds_for_narrowed_products);
    CU_ADD_TEST(suite, test_bound__is_the_array_models_own);
    CU_ADD_TEST(suite, test_bound__no_safe_channel_ever_overflows);
    CU_ADD_TEST(suite, test_bound__proof_ends_where_the_accumulator_does);
    CU_ADD_TEST(suite, test_study__reuse_changes_nothing);
    CU_ADD_TEST(suite, test_study__workers_change_nothing);
    CU_ADD_TEST(suite,
                test_study__peak_is_the_least_width_that_never_overflows);
    CU_ADD_TEST(suite, test_study__a_lucky_narrow_width_is_not_enough);
    CU_ADD_TEST(suite, test_study__points_are_runs_of_that_machine);
    CU_ADD_TEST(suite, test_evaluate__own_error_is_that_of_the_layer_alone);
}
