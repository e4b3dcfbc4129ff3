/* test_onnx.c - ONNX's requantization, case by case, and bounds of memory. */
#include <CUnit/CUnit.h>

#include "sim/graph/onnx.h"
#include "sim/graph/onnx_eval_ops.h"
#include "sim/graph/onnx_lower.h"

void suite_onnx(void);

static const struct {
    int64_t acc;
    float factor;
    int64_t zero;
    enum graph_type type;
    int64_t want;
} cases[] = {
    { 1, 0.5f, 0, GRAPH_INT8, 0 },        /* ties go to even ... */
    { 3, 0.5f, 0, GRAPH_INT8, 2 },
    { -1, 0.5f, 0, GRAPH_INT8, 0 },
    { -3, 0.5f, 0, GRAPH_INT8, -2 },
    { 5, 0.5f, 0, GRAPH_INT8, 2 },
    { 1, 0.5f, 3, GRAPH_INT8, 3 },        /* ... before the zero point */
    { 11, 0.25f, 0, GRAPH_INT8, 3 },
    { 1000, 1.0f, 0, GRAPH_INT8, 127 },
    { -1000, 1.0f, 0, GRAPH_INT8, -128 },
    { -5, 1.0f, 3, GRAPH_UINT8, 0 },
    { 300, 1.0f, 0, GRAPH_UINT8, 255 },
    { 1, 1e30f, 0, GRAPH_INT8, 127 },
    { -1, 1e30f, 0, GRAPH_INT8, -128 },
    { INT32_MAX, 1e-30f, 7, GRAPH_INT8, 7 },
    { 0, 1e30f, -4, GRAPH_INT8, -4 },
    { INT32_MAX, 0x1.fffffep-26f, 0, GRAPH_INT8, 64 },
    { (INT64_C(1) << 31) + 1, 0x1p-26f, 0, GRAPH_INT8, 32 },
    { (INT64_C(1) << 25) + 1, 0x1p-26f, 0, GRAPH_INT8, 1 },
    { INT64_C(1) << 25, 0x1p-26f, 0, GRAPH_INT8, 0 },
};

static void test_onnx__requantize_rounds_half_even_once(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_EQUAL(onnx_requantize(cases[i].acc, cases[i].factor,
                                        cases[i].zero, cases[i].type),
                        cases[i].want);
}

static void expect_one(struct diag *d, const char *message)
{
    CU_ASSERT_EQUAL_FATAL(d->count, 1);
    CU_ASSERT_STRING_EQUAL(d->messages[0].text, message);
    diag_release(d);
}

static void test_onnx__values_that_fill_the_memory_are_refused(void)
{
    struct graph_tensor tensor[3] = { { .rank = 0 } };
    struct graph g = { .path = "large", .tensor = tensor, .tensor_count = 3 };
    struct onnx_values v;
    struct diag d;

    for (int t = 0; t < 3; t++)
        tensor[t] = (struct graph_tensor) {
            .type = GRAPH_FLOAT32, .rank = 2, .dim = { 1 << 14, 1 << 14 } };
    diag_init(&d);
    CU_ASSERT_EQUAL(onnx_eval_init(&v, &g, &d, PLACE_NONE), -1);
    expect_one(&d, "the tensors of 'large' need 3221225472 bytes, at most "
               "2147483648");
}

static void test_onnx__lowering_keeps_to_the_readers_memory(void)
{
    const char *const path =
        "tests/import/fixtures/onnx/float_relu/model.onnx";
    struct onnx_lowered lowered;
    struct graph g;
    struct diag d;

    diag_init(&d);
    CU_ASSERT_EQUAL_FATAL(onnx_read(&g, path, NULL, &d, PLACE_NONE), 0);
    g.arena.limit = 200;
    CU_ASSERT_EQUAL(onnx_lower(&lowered, &g, &d, PLACE_NONE), -1);
    expect_one(&d, "'tests/import/fixtures/onnx/float_relu/model.onnx' needs "
               "more than 200 bytes of memory");
    onnx_lowered_release(&lowered);
    graph_release(&g);
}

static void test_onnx__a_file_of_text_is_no_tensor(void)
{
    struct graph_tensor tensor;
    struct arena arena;
    struct diag d;

    diag_init(&d);
    arena_init(&arena, 0);
    CU_ASSERT_EQUAL(onnx_read_tensor(&tensor, &arena, "README.md", &d), -1);
    expect_one(&d, "is not a tensor of ONNX");
    arena_release(&arena);
}

void suite_onnx(void)
{
    CU_pSuite s = CU_add_suite("onnx", NULL, NULL);

    CU_ADD_TEST(s, test_onnx__requantize_rounds_half_even_once);
    CU_ADD_TEST(s, test_onnx__values_that_fill_the_memory_are_refused);
    CU_ADD_TEST(s, test_onnx__lowering_keeps_to_the_readers_memory);
    CU_ADD_TEST(s, test_onnx__a_file_of_text_is_no_tensor);
}
