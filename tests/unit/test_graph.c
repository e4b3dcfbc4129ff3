/*
 * test_graph.c - flatbuffers byte by byte, and operators by hand. The whole of
 * it against real runtimes: tests/import.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "sim/graph/eval.h"
#include "sim/graph/flatbuf.h"
#include "sim/graph/tflite.h"
#include "sim/graph/tflite_ops.h"

void suite_graph(void);

/*
 * A root table with an int8 field 0, an int32 field 1 and a vector of int32 in
 * field 2:
 *
 *     0  root: 20    4  "TEST"    8  vtable, 10 bytes    20  table, 16 bytes
 *     36 vector: 2 elements
 */
static const uint8_t sample[] = {
    20, 0, 0, 0, 'T', 'E', 'S', 'T',
    10, 0, 16, 0, 12, 0, 4, 0, 8, 0, 0, 0,
    12, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 8, 0, 0, 0, 0x81, 0, 0, 0,
    2, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0
};

static void test_flatbuf__reads_fields_and_vectors(void)
{
    struct flatbuf fb;

    flatbuf_init(&fb, sample, sizeof(sample));
    const struct flatbuf_table t = flatbuf_root(&fb, "TEST");

    CU_ASSERT_EQUAL(flatbuf_i8(&t, 0, 5), -127);
    CU_ASSERT_EQUAL(flatbuf_i32(&t, 1, 5), -2);
    CU_ASSERT_EQUAL(flatbuf_u32(&t, 1, 5), 4294967294);
    CU_ASSERT_EQUAL(flatbuf_i32(&t, 9, 5), 5);
    const struct flatbuf_vector v = flatbuf_vector(&t, 2, 4);

    CU_ASSERT_EQUAL_FATAL(v.count, 2);
    CU_ASSERT_EQUAL(flatbuf_i32_at(&v, 1), 9);
    CU_ASSERT_PTR_NULL(fb.trouble);
}

/* Every byte changed to every value, and every length: nothing is read that is
 * not there (the sanitizers watch). */
static void test_flatbuf__stays_inside_whatever_a_byte_says(void)
{
    uint8_t bytes[sizeof(sample)];
    int64_t sum = 0;

    for (size_t at = 0; at < sizeof(sample); at++)
        for (int value = 0; value < 256; value++) {
            struct flatbuf fb;

            memcpy(bytes, sample, sizeof(sample));
            bytes[at] = (uint8_t) value;
            flatbuf_init(&fb, bytes, sizeof(bytes) - (size_t) value % 3);
            const struct flatbuf_table t = flatbuf_root(&fb, "TEST");
            const struct flatbuf_vector v = flatbuf_vector(&t, 2, 4);

            sum += flatbuf_i8(&t, 0, 0) + flatbuf_i64(&t, 1, 0);
            for (size_t i = 0; i < v.count; i++)
                sum += flatbuf_i32_at(&v, i);
        }
    CU_ASSERT_NOT_EQUAL(sum, 0);
}

static void test_flatbuf__keeps_the_first_trouble(void)
{
    struct flatbuf fb;

    flatbuf_init(&fb, sample, sizeof(sample));
    flatbuf_root(&fb, "ELSE");
    CU_ASSERT_STRING_EQUAL(fb.trouble, "the file's identifier is wrong");
    CU_ASSERT_EQUAL(fb.trouble_at, 4);
}

/* --------------------------------------------------------------- operators */

static struct graph_quant quant(const float *scale, const int32_t *zero_point)
{
    return (struct graph_quant) { .count = 1, .scale = scale,
                                  .zero_point = zero_point };
}

static void test_eval__activation_bounds_are_codes_of_the_output(void)
{
    const float scale = 0.05f;
    const int32_t zp = -28;
    const struct graph_quant q = quant(&scale, &zp);
    int32_t lo, hi;

    eval_activation_codes(GRAPH_FUSED_RELU6, &q, GRAPH_INT8, &lo, &hi);
    CU_ASSERT_EQUAL(lo, -28);
    CU_ASSERT_EQUAL(hi, 92);
    eval_activation_codes(GRAPH_FUSED_RELU_N1_TO_1, &q, GRAPH_INT8, &lo, &hi);
    CU_ASSERT_EQUAL(lo, -48);
    CU_ASSERT_EQUAL(hi, -8);
    eval_activation_codes(GRAPH_LINEAR, &q, GRAPH_INT8, &lo, &hi);
    CU_ASSERT_EQUAL(lo, -128);
    CU_ASSERT_EQUAL(hi, 127);
}

static void test_eval__one_scale_of_a_matrix_is_multiplied_in_float(void)
{
    const float in = 0.1f, w = 0.3f, out = 0.7f;
    const int32_t zp = 0;
    const struct graph_quant qi = quant(&in, &zp), qw = quant(&w, &zp);
    const struct graph_quant qo = quant(&out, &zp);
    const float product = in * w, onnx = product / out;
    struct graph_node node = { .op = GRAPH_FULLY_CONNECTED };

    CU_ASSERT_EQUAL(eval_acc_scale(&node, &qi, &qw, &qo, 0),
                    (double) product / (double) out);
    node.op = GRAPH_CONV_2D;
    CU_ASSERT_EQUAL(eval_acc_scale(&node, &qi, &qw, &qo, 0),
                    (double) in * (double) w / (double) out);
    node.at.onnx = true;
    CU_ASSERT_EQUAL(eval_acc_scale(&node, &qi, &qw, &qo, 0), (double) onnx);
}

/* Where a mean has no rounding to argue about, it is the mean. */
static void test_eval__mean_of_equal_codes_is_the_code(void)
{
    for (int64_t n = 1; n <= 4096; n++) {
        struct fx_requant r = { .min = -128, .max = 127 };

        CU_ASSERT_EQUAL_FATAL(eval_mean_requant(1.0, n, &r), 0);
        for (int code = -127; code <= 127; code += 127)
            CU_ASSERT_EQUAL(fx_requantize(code * n, &r), code);
    }
}

static struct eval_value floats(float *data, int64_t count)
{
    static const struct graph_quant none = { 0 };

    return (struct eval_value) { .type = GRAPH_FLOAT32, .rank = 1,
        .dim = { count }, .quant = &none, .data = data };
}

static void test_eval__says_what_is_wrong_with_the_tensors(void)
{
    static const int tensors[] = { 0, 1, 2 };
    const struct graph_node node = { .op = GRAPH_ADD, .input_count = 2,
        .input = tensors, .output_count = 1, .output = tensors + 2 };
    float a[3] = { 1, 2, 3 }, b[4] = { 0 }, y[4];
    const struct eval_value in[] = { floats(a, 3), floats(b, 4) };
    struct eval_value out = floats(y, 4);
    char why[EVAL_WHY];

    CU_ASSERT_FALSE(eval_can_run(&node, in, &out, why));
    CU_ASSERT_STRING_EQUAL(why, "has inputs of 3 and 4 in dimension 0, must be "
                           "equal or 1");
}

static void test_eval__softmax_in_float_sums_to_one(void)
{
    static const int tensors[] = { 0, 1 };
    const struct graph_node node = { .op = GRAPH_SOFTMAX, .input_count = 1,
        .input = tensors, .output_count = 1, .output = tensors + 1,
        .at = { .beta = 1.0 } };
    float x[4] = { 0.0f, logf(2.0f), logf(3.0f), logf(4.0f) }, y[4];
    const struct eval_value in = floats(x, 4);
    struct eval_value out = floats(y, 4);
    char why[EVAL_WHY];

    CU_ASSERT_TRUE_FATAL(eval_can_run(&node, &in, &out, why));
    eval_run(&node, &in, &out);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_DOUBLE_EQUAL(y[i], (i + 1) / 10.0, 1e-6);
}

/* What a kernel would not apply is refused, whichever operator has it. */
static void test_eval__refuses_an_activation_that_no_kernel_applies(void)
{
    float x[4] = { -1, 2, -3, 4 }, y[4];
    int32_t axis = 0, n[4] = { 0 };
    const int list[] = { 0, 1 }, result = 2;
    struct graph_node node = { .op = GRAPH_MEAN, .input_count = 2,
                               .input = list, .output_count = 1,
                               .output = &result, .at.keep_dims = true };
    struct eval_value in[] = { floats(x, 4), floats(y, 1) };
    struct eval_value out = floats(y, 1);
    char why[EVAL_WHY];

    in[1].type = GRAPH_INT32;
    in[1].data = &axis;
    CU_ASSERT_TRUE(eval_can_run(&node, in, &out, why));
    node.at.activation = GRAPH_FUSED_RELU;
    CU_ASSERT_FALSE(eval_can_run(&node, in, &out, why));
    CU_ASSERT_STRING_EQUAL(why, "has a fused activation, must have none (an "
                           "operator RELU, RELU6 or RELU_N1_TO_1 behind it)");
    node.op = GRAPH_ADD;
    in[0] = in[1] = out = floats(x, 4);
    CU_ASSERT_TRUE(eval_can_run(&node, in, &out, why));
    eval_run(&node, in, &out);
    CU_ASSERT_EQUAL(x[0], 0);
    CU_ASSERT_EQUAL(x[1], 4);
    in[0].type = in[1].type = out.type = GRAPH_INT32;    /* of shapes */
    in[0].data = in[1].data = out.data = n;
    CU_ASSERT_FALSE(eval_can_run(&node, in, &out, why));
}

static void test_tflite__names_what_is_near_an_operator(void)
{
    CU_ASSERT_STRING_EQUAL(tflite_op_instead("PRELU"),
                           "LEAKY_RELU, one slope for all channels");
    CU_ASSERT_STRING_EQUAL(tflite_op_instead("EXP"),
                           "RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU, LOGISTIC, "
                           "TANH, SOFTMAX");
    CU_ASSERT_PTR_NULL(tflite_op_instead("RANK"));
    CU_ASSERT_STRING_EQUAL(tflite_op_name(GRAPH_DEPTHWISE_CONV_2D),
                           "DEPTHWISE_CONV_2D");
    CU_ASSERT_PTR_NULL(tflite_op_name(GRAPH_CLIP));
}

/* Before the first byte is looked at. */
static void test_tflite__refuses_more_than_a_gibibyte(void)
{
    struct graph g;
    struct diag d;

    diag_init(&d);
    CU_ASSERT_EQUAL(tflite_parse(&g, "large", sample, (1u << 30) + 1, &d,
                                 PLACE_NONE), -1);
    CU_ASSERT_EQUAL_FATAL(d.count, 1);
    CU_ASSERT_STRING_EQUAL(d.messages[0].text, "'large' has 1073741825 bytes, "
                           "must have at most 1073741824");
    graph_release(&g);
    diag_release(&d);
}

void suite_graph(void)
{
    CU_pSuite s = CU_add_suite("graph", NULL, NULL);

    CU_ADD_TEST(s, test_flatbuf__reads_fields_and_vectors);
    CU_ADD_TEST(s, test_flatbuf__stays_inside_whatever_a_byte_says);
    CU_ADD_TEST(s, test_flatbuf__keeps_the_first_trouble);
    CU_ADD_TEST(s, test_tflite__refuses_more_than_a_gibibyte);
    CU_ADD_TEST(s, test_tflite__names_what_is_near_an_operator);
    CU_ADD_TEST(s, test_eval__activation_bounds_are_codes_of_the_output);
    CU_ADD_TEST(s, test_eval__one_scale_of_a_matrix_is_multiplied_in_float);
    CU_ADD_TEST(s, test_eval__mean_of_equal_codes_is_the_code);
    CU_ADD_TEST(s, test_eval__says_what_is_wrong_with_the_tensors);
    CU_ADD_TEST(s, test_eval__refuses_an_activation_that_no_kernel_applies);
    CU_ADD_TEST(s, test_eval__softmax_in_float_sums_to_one);
}
