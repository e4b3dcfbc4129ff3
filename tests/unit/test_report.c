/*
 * test_report.c - fronts against comparing every pair; objectives; the plot.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/report/base_file.h"
#include "sim/report/frame.h"
#include "sim/report/page_data.h"
#include "sim/report/pareto.h"
#include "sim/report/plot.h"

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

/* ---------------------------------------------------------------- frames */

static void test_frame__turns_numbers_into_words_when_a_word_comes(void)
{
    struct frame f;

    frame_init(&f);
    const int c = frame_add_column(&f, "mixed", FRAME_AXIS);

    for (int i = 0; i < 4; i++)
        frame_add_row(&f);
    frame_set_number(&f, 0, c, 8);
    CU_ASSERT(!f.column[c].is_text);
    frame_set_text(&f, 1, c, "wrap");
    frame_set_number(&f, 3, c, 8);
    CU_ASSERT(f.column[c].is_text);
    CU_ASSERT_EQUAL(f.column[c].words, 2);
    CU_ASSERT_STRING_EQUAL(f.column[c].word[f.column[c].code[0]], "8");
    CU_ASSERT_STRING_EQUAL(f.column[c].word[f.column[c].code[1]], "wrap");
    CU_ASSERT_EQUAL(f.column[c].code[2], -1);
    CU_ASSERT_EQUAL(f.column[c].code[3], f.column[c].code[0]);
    CU_ASSERT(isnan(frame_number(&f, 2, c)));
    frame_release(&f);
}

static void test_frame__keeps_many_words_once_each(void)
{
    struct frame f;
    char word[16];

    frame_init(&f);
    const int c = frame_add_column(&f, "words", FRAME_RESULT);

    for (int i = 0; i < 5000; i++) {
        const size_t row = frame_add_row(&f);

        snprintf(word, sizeof(word), "w%d", i % 1000);
        frame_set_text(&f, row, c, word);
    }
    CU_ASSERT_EQUAL(f.column[c].words, 1000);
    CU_ASSERT_STRING_EQUAL(f.column[c].word[f.column[c].code[4321]], "w321");
    CU_ASSERT_EQUAL(frame_find(&f, "words"), c);
    CU_ASSERT_EQUAL(frame_find(&f, "word"), FRAME_NONE);
    CU_ASSERT(!f.failed);
    frame_release(&f);
}

/* ----------------------------------------------------------------- texts */

static void test_page__no_text_can_end_its_element(void)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        { "plain", "\"plain\"" },
        { "</script><!--&", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"" },
        { "a\"b\\c", "\"a\\u0022b\\u005cc\"" },
        { "\x1b[31m\n", "\"\\u001b[31m\\u000a\"" },
        { "\xe2\x80\xa8", "\"\\u2028\"" },
        { "\xff", "\"\xef\xbf\xbd\"" },
        { "\xf3\xa0\x80\x81", "\"\xf3\xa0\x80\x81\"" },
        { "\xc3\xa4", "\"\xc3\xa4\"" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strbuf b;

        strbuf_init(&b);
        report_add_json_text(&b, cases[i].text);
        CU_ASSERT_STRING_EQUAL(b.text, cases[i].json);
        strbuf_release(&b);
    }
}

static void test_yaml__quotes_what_is_not_a_plain_word(void)
{
    static const struct {
        const char *text, *yaml;
    } cases[] = {
        { "wrap", "wrap" }, { "8", "8" }, { "-1.5", "-1.5" },
        { "../net/a_b.yaml", "../net/a_b.yaml" }, { "-", "\"-\"" },
        { "", "\"\"" }, { "a: b", "\"a: b\"" }, { "#x", "\"#x\"" },
        { "a\"\\", "\"a\\\"\\\\\"" }, { "a\nb", "\"a\\u000ab\"" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct strbuf b;

        strbuf_init(&b);
        report_add_yaml_text(&b, cases[i].text);
        CU_ASSERT_STRING_EQUAL(b.text, cases[i].yaml);
        strbuf_release(&b);
    }
}

static void test_path__loses_what_leads_nowhere(void)
{
    static const struct {
        const char *path, *shorter;
    } cases[] = {
        { "no/sweeps/../designs/../hardware/x.yaml", "no/hardware/x.yaml" },
        { "../no/x.yaml", "../no/x.yaml" }, { "no/../../x", "../x" },
        { "a..b/no/x", "a..b/no/x" }, { "./../no", "./../no" },
        { "/../no", "/../no" }, { "no/..x/y", "no/..x/y" },
        { "/no/..", "/" }, { "no", "no" },
    };
    struct arena arena;

    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        CU_ASSERT_STRING_EQUAL(report_shorten_path(&arena, cases[i].path),
                               cases[i].shorter);
    arena_release(&arena);
}

static void test_plot__draws_corners_and_leaves_out_what_is_unknown(void)
{
    const double x[] = { 0, 7, 0, NAN, 3, 3 }, y[] = { 0, 3, 3, 1, 1, 1 };
    const bool front[] = { false, false, true, true, false, false };
    const struct plot plot = { "right", "up", x, y, front, 6, 8, 4 };
    struct strbuf b;

    strbuf_init(&b);
    plot_print(&plot, &b);
    CU_ASSERT_STRING_EQUAL(b.text,
        "         3 |*      .\n"
        "           |\n"
        "           |   :\n"
        "         0 |.\n"
        "           +--------\n"
        "            0      7\n"
        "            up: up, across: right; * front, . point, : points\n");
    strbuf_release(&b);
}

static void test_plot__draws_nothing_without_points(void)
{
    const double x[] = { NAN }, y[] = { 1 };
    const bool front[] = { false };
    const struct plot plot = { "x", "y", x, y, front, 1, 8, 4 };
    struct strbuf b;

    strbuf_init(&b);
    plot_print(&plot, &b);
    CU_ASSERT_EQUAL(b.length, 0);
    strbuf_release(&b);
}

void suite_report(void)
{
    CU_pSuite s = CU_add_suite("report", NULL, NULL);

    CU_ADD_TEST(s, test_pareto__equals_comparing_every_pair);
    CU_ADD_TEST(s, test_pareto__keeps_all_where_each_gain_costs_as_much);
    CU_ADD_TEST(s, test_pareto__takes_100000_points_all_on_the_front);
    CU_ADD_TEST(s, test_pareto__equal_points_stand_or_fall_together);
    CU_ADD_TEST(s, test_frame__turns_numbers_into_words_when_a_word_comes);
    CU_ADD_TEST(s, test_frame__keeps_many_words_once_each);
    CU_ADD_TEST(s, test_page__no_text_can_end_its_element);
    CU_ADD_TEST(s, test_yaml__quotes_what_is_not_a_plain_word);
    CU_ADD_TEST(s, test_path__loses_what_leads_nowhere);
    CU_ADD_TEST(s, test_plot__draws_corners_and_leaves_out_what_is_unknown);
    CU_ADD_TEST(s, test_plot__draws_nothing_without_points);
}
