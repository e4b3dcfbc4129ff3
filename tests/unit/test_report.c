/*
 * test_report.c - fronts against comparing every pair; objectives; the plot.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/report/pareto.h"

void suite_report(void);

/* ---------------------------------------------------------------- fronts */

struct cloud {
    int objectives;
    size_t count;
    double *value[PARETO_MAX_OBJECTIVES];
    bool maximize[PARETO_MAX_OBJECTIVES];
};

static void cloud_init(struct cloud *c, int objectives, size_t count)
{
    c->objectives = objectives;
    c->count = count;
    for (int j = 0; j < objectives; j++)
        c->value[j] = calloc(count + 1, sizeof(double));
}

static void cloud_release(struct cloud *c)
{
    for (int j = 0; j < c->objectives; j++)
        free(c->value[j]);
}

/* a is at least as good as b everywhere and better somewhere. */
static bool dominates(const struct cloud *c, size_t a, size_t b)
{
    bool better = false;

    for (int j = 0; j < c->objectives; j++) {
        const double sign = c->maximize[j] ? -1.0 : 1.0;
        const double x = sign * c->value[j][a], y = sign * c->value[j][b];

        if (isnan(x) || isnan(y) || x > y)
            return false;
        better = better || x < y;
    }
    return better;
}

static bool is_on_front(const struct cloud *c, size_t point)
{
    for (int j = 0; j < c->objectives; j++)
        if (isnan(c->value[j][point]))
            return false;
    for (size_t i = 0; i < c->count; i++)
        if (dominates(c, i, point))
            return false;
    return true;
}

static void check_cloud(const struct cloud *c)
{
    bool *front = calloc(c->count + 1, sizeof(*front));
    const ptrdiff_t total = pareto_mark((const double *const *) c->value,
                                        c->maximize, c->objectives, c->count,
                                        front);
    ptrdiff_t expected = 0, wrong = 0;

    for (size_t i = 0; i < c->count; i++) {
        const bool on = is_on_front(c, i);

        expected += on;
        wrong += on != front[i];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(total, expected);
    free(front);
}

/* `steps` different values: few make many ties. Some NaN, some infinite. */
static double any_value(struct rng *r, int steps)
{
    const int64_t kind = rng_range(r, 0, 60);

    if (kind == 0)
        return NAN;
    if (kind == 1)
        return INFINITY;
    if (kind == 2)
        return -INFINITY;
    return (double) rng_range(r, 0, steps) - steps / 2;
}

static void test_pareto__equals_comparing_every_pair(void)
{
    struct rng r;

    rng_init(&r, 7);
    for (int i = 0; i < 600; i++) {
        const int steps = i % 3 == 0 ? 3 : i % 3 == 1 ? 20 : 1000000;
        struct cloud c;

        cloud_init(&c, (int) rng_range(&r, 1, 7),
                   (size_t) rng_range(&r, 0, i % 10 ? 60 : 900));
        for (int j = 0; j < c.objectives; j++) {
            c.maximize[j] = rng_range(&r, 0, 1);
            for (size_t n = 0; n < c.count; n++)
                c.value[j][n] = any_value(&r, steps);
        }
        check_cloud(&c);
        cloud_release(&c);
    }
}

/* Points whose values have one sum: nobody beats anybody, all are kept. */
static void fill_flat(struct cloud *c, struct rng *r)
{
    for (size_t n = 0; n < c->count; n++) {
        double rest = 0.0;

        for (int j = 1; j < c->objectives; j++) {
            c->value[j][n] = (double) rng_range(r, 0, 1000000);
            rest += c->value[j][n];
        }
        c->value[0][n] = -rest;
    }
}

static void test_pareto__keeps_all_where_each_gain_costs_as_much(void)
{
    struct rng r;

    rng_init(&r, 8);
    for (int k = 2; k <= 6; k++) {
        struct cloud c = { 0 };

        cloud_init(&c, k, 2000);
        fill_flat(&c, &r);
        check_cloud(&c);
        cloud_release(&c);
    }
}

static void test_pareto__takes_100000_points_all_on_the_front(void)
{
    bool *front = calloc(100000, sizeof(*front));
    struct rng r;

    rng_init(&r, 9);
    for (int k = 2; k <= 5; k++) {
        struct cloud c = { 0 };

        cloud_init(&c, k, 100000);
        fill_flat(&c, &r);
        CU_ASSERT_EQUAL(pareto_mark((const double *const *) c.value,
                                    c.maximize, k, c.count, front), 100000);
        cloud_release(&c);
    }
    free(front);
}

static void test_pareto__equal_points_stand_or_fall_together(void)
{
    const double accuracy[] = { 90, 90, 80, 80, 70 };
    const double cycles[] = { 10, 10, 5, 5, 5 };
    const double *const value[] = { accuracy, cycles };
    const bool maximize[] = { true, false };
    bool front[5];

    CU_ASSERT_EQUAL(pareto_mark(value, maximize, 2, 5, front), 4);
    CU_ASSERT(front[0] && front[1] && front[2] && front[3] && !front[4]);
}

void suite_report(void)
{
    CU_pSuite s = CU_add_suite("report", NULL, NULL);

    CU_ADD_TEST(s, test_pareto__equals_comparing_every_pair);
    CU_ADD_TEST(s, test_pareto__keeps_all_where_each_gain_costs_as_much);
    CU_ADD_TEST(s, test_pareto__takes_100000_points_all_on_the_front);
    CU_ADD_TEST(s, test_pareto__equal_points_stand_or_fall_together);
}
