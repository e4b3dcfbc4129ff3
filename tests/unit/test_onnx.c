/* test_onnx.c - ONNX's requantization, case by case. */
#include <CUnit/CUnit.h>

#include "sim/graph/onnx_eval_ops.h"

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

void suite_onnx(void)
{
    CU_pSuite s = CU_add_suite("onnx", NULL, NULL);

    CU_ADD_TEST(s, test_onnx__requantize_rounds_half_even_once);
}
