/* Constraints, the points of a sweep file, halving. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/sweep/expr.h"
#include "sim/sweep/rounds.h"
#include "sim/sweep/space.h"
#include "tests/unit/fixture.h"

/* ------------------------------------------------------------ constraints */

/* a is 6, b is 4, mode is "wrap". */
static int find_name(void *context, const char *name, struct place place)
{
    (void) place;
    ++*(int *) context;
    if (!strcmp(name, "a.bits"))
        return 0;
    if (!strcmp(name, "b.bits"))
        return 1;
    if (!strcmp(name, "c.mode"))
        return 2;
    return -1;
}

static int holds(const char *text)
{
    const struct expr_value value[] = { { 6, NULL }, { 4, NULL },
                                        { 0, "wrap" } };
    struct arena arena;
    struct diag diag;
    int names = 0, result = -1;

    arena_init(&arena, 0);
    diag_init(&diag);
    const struct expr *e = expr_read(text, PLACE_NONE, find_name, &names,
                                     &arena, &diag);

    if (e)
        result = expr_holds(e, value);
    CU_ASSERT_EQUAL(e == NULL, diag_error_count(&diag) > 0);
    diag_release(&diag);
    arena_release(&arena);
    return result;
}

static void test_expr__follows_the_grammar(void)
{
    static const struct { const char *text; int holds; } cases[] = {
        { "a.bits == 6", 1 }, { "a.bits != 6", 0 }, { "a.bits <= b.bits", 0 },
        { "b.bits<a.bits", 1 }, { "a.bits >= 6.0", 1 },
        { "a.bits + 2 * b.bits == 14", 1 },
        { "(a.bits + 2) * b.bits == 32", 1 },
        { "a.bits - 1 - 1 == 4", 1 }, { "a.bits / b.bits == 1.5", 1 },
        { "a.bits % b.bits == 2", 1 }, { "-a.bits < -b.bits", 1 },
        { "c.mode == wrap", 1 }, { "c.mode == \"wrap\"", 1 },
        { "c.mode != saturate", 1 }, { "c.mode == 'saturate'", 0 },
        { "a.bits == 1 or b.bits == 4", 1 },
        { "a.bits == 1 and b.bits == 4", 0 },
        { "a.bits == 6 or a.bits == 1 and b.bits == 1", 1 },
        { "(a.bits == 6 or a.bits == 1) and b.bits == 1", 0 },
        { "not a.bits == 1", 1 }, { "not (a.bits == 6) or b.bits == 4", 1 },
        { "not not a.bits == 6", 1 },
        /* what has no value is not so, either way */
        { "a.bits / 0 > 1", 0 }, { "a.bits / 0 < 1", 0 },
        { "a.bits % 0 == 0", 0 }, { "c.mode < 3", 0 }, { "c.mode == 3", 0 },
        /* what is no constraint */
        { "", -1 }, { "a.bits", 1 }, { "a.bits <", -1 }, { "3", -1 },
        { "a.bits + 1", -1 }, { "(a.bits < 7", -1 }, { "a.bits < 7)", -1 },
        { "1 < a.bits < 7", -1 }, { "a.bits = 6", -1 }, { "a.bits < 7 8", -1 },
        { "c.mode == 'wrap", -1 }, { "1e999 < a.bits", -1 },
        { "a.bits < 3x", -1 }, { "wrap", -1 }, { "nota.bits == 6", 0 }
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const int got = holds(cases[i].text);

        if (got != cases[i].holds)
            fprintf(stderr, "'%s' is %d\n", cases[i].text, got);
        CU_ASSERT_EQUAL(got, cases[i].holds);
    }
}

static void test_expr__refuses_endless_nesting(void)
{
    char text[4000];

    memset(text, '(', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    CU_ASSERT_EQUAL(holds(text), -1);
    for (size_t i = 0; i + 4 < sizeof(text); i += 4)
        memcpy(text + i, "not ", 4);
    CU_ASSERT_EQUAL(holds(text), -1);
}

/* ------------------------------------------------------------------ points */

static const char *write_sweep(const char *text)
{
    static char path[300];
    char here[4096];
    FILE *f;

    snprintf(path, sizeof(path), "%s/sweep.yaml", fixture_folder());
    f = fopen(path, "w");
    if (!f || !realpath("configs/designs/digits_w8a8.yaml", here))
        return path;
    fprintf(f, "name: unit\ndesign: %s\n%s", here, text);
    fclose(f);
    return path;
}

static int read_space(struct space *s, const char *text)
{
    struct override_list none;
    struct diag diag;
    int failed;

    override_init(&none);
    diag_init(&diag);
    failed = space_read(s, write_sweep(text), &none, &diag);
    if (failed)
        diag_print(&diag, stderr);
    diag_release(&diag);
    override_release(&none);
    return failed;
}

static void check_point(const struct space *s, int64_t i, const char *json)
{
    struct strbuf b;

    strbuf_init(&b);
    space_format(s, s->point[i], &b);
    CU_ASSERT_STRING_EQUAL(b.text, json);
    strbuf_release(&b);
}

static void test_space__zips_and_multiplies(void)
{
    struct space s;

    CU_ASSERT_EQUAL_FATAL(read_space(&s,
        "axes:\n"
        "  array.rows: [2, 4, 8]\n"
        "  weight.bits: {from: 4, to: 8, step: 2}\n"
        "  array.cols: [16, 8, 4]\n"
        "  clock_mhz: {from: 50, to: 100, factor: 2}\n"
        "zip:\n  - [array.rows, array.cols]\n"
        "constraints: [weight.bits != 6]\n"), 0);
    CU_ASSERT_EQUAL(s.product, 3 * 3 * 2);
    CU_ASSERT_EQUAL(s.count, 3 * 2 * 2);
    check_point(&s, 0, "{\"array.rows\": 2, \"weight.bits\": 4, "
                       "\"array.cols\": 16, \"clock_mhz\": 50}");
    check_point(&s, 1, "{\"array.rows\": 2, \"weight.bits\": 4, "
                       "\"array.cols\": 16, \"clock_mhz\": 100}");
    check_point(&s, 3, "{\"array.rows\": 2, \"weight.bits\": 8, "
                       "\"array.cols\": 16, \"clock_mhz\": 100}");
    check_point(&s, 11, "{\"array.rows\": 8, \"weight.bits\": 8, "
                        "\"array.cols\": 4, \"clock_mhz\": 100}");
    space_release(&s);
}

static void test_space__draws_from_a_product_that_cannot_be_listed(void)
{
    struct space s;
    bool ascending = true;

    CU_ASSERT_EQUAL_FATAL(read_space(&s,
        "method: random\nrandom: {points: 500}\nseed: 3\n"
        "axes:\n"
        "  accumulator.depth: {from: 1, to: 65536}\n"
        "  memory.weight_depth: {from: 8192, to: 65536}\n"
        "  memory.param_depth: {from: 256, to: 65536}\n"), 0);
    CU_ASSERT(s.product > INT64_C(100000000000000));
    CU_ASSERT_EQUAL(s.count, 500);
    for (int64_t i = 1; i < s.count; i++)
        ascending = ascending && s.point[i - 1] < s.point[i];
    CU_ASSERT(ascending);
    space_release(&s);
}

/* ----------------------------------------------------------------- halving */

static void test_rounds__grow_to_all_images(void)
{
    const struct space s = { .method = SPACE_HALVING, .halving_first = 25,
                             .halving_keep = 0.5 };
    const struct space grid = { .method = SPACE_GRID };
    int64_t of_round[ROUNDS_MOST];

    CU_ASSERT_EQUAL(rounds_plan(&s, 200, of_round), 4);
    CU_ASSERT_EQUAL(of_round[0], 25);
    CU_ASSERT_EQUAL(of_round[2], 100);
    CU_ASSERT_EQUAL(of_round[3], 200);
    CU_ASSERT_EQUAL(rounds_plan(&s, 10, of_round), 1);
    CU_ASSERT_EQUAL(of_round[0], 10);
    CU_ASSERT_EQUAL(rounds_plan(&grid, 200, of_round), 1);
    CU_ASSERT_EQUAL(rounds_keep(&s, 28), 14);
    CU_ASSERT_EQUAL(rounds_keep(&s, 7), 4);
    CU_ASSERT_EQUAL(rounds_keep(&s, 1), 1);
    CU_ASSERT_EQUAL(rounds_keep(&s, 0), 0);
}

void suite_sweep(void)
{
    CU_pSuite s = CU_add_suite("sweep", NULL, NULL);

    CU_ADD_TEST(s, test_expr__follows_the_grammar);
    CU_ADD_TEST(s, test_expr__refuses_endless_nesting);
    CU_ADD_TEST(s, test_space__zips_and_multiplies);
    CU_ADD_TEST(s, test_space__draws_from_a_product_that_cannot_be_listed);
    CU_ADD_TEST(s, test_rounds__grow_to_all_images);
}
