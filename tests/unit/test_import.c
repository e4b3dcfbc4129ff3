/*
 * test_import.c - what becomes of a graph: who runs an operator, what is fused,
 * what takes memory. The values: tests/import.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "sim/net/host.h"
#include "sim/net/net_float.h"
#include "sim/net/net_import.h"
#include "sim/program/program.h"
#include "sim/quant/given.h"

void suite_import(void);

#define FIXTURES "tests/import/fixtures/tflite/"

struct imported {
    struct diag diag;
    struct arena arena;
    struct net net;
    struct hw hw;
    struct qnet qnet;
    struct program program;
};

static void import_open(struct imported *m, const char *path)
{
    struct override_list none = { 0 };

    memset(m, 0, sizeof(*m));
    diag_init(&m->diag);
    arena_init(&m->arena, 0);
    CU_ASSERT_EQUAL_FATAL(net_import_file(&m->net, path, NULL, &m->diag,
                                          place_of_file(path)), 0);
    CU_ASSERT_EQUAL_FATAL(hw_read(&m->hw, "configs/hardware/mlperf_16x16.yaml",
                                  &none, &m->arena, &m->diag), 0);
    if (!m->net.quantized)
        return;
    CU_ASSERT_EQUAL_FATAL(quantize_given(&m->qnet, &m->net, &m->hw, &m->diag),
                          0);
    CU_ASSERT_EQUAL_FATAL(program_build(&m->program, &m->qnet, &m->hw,
                                        &m->diag), 0);
}

static void import_close(struct imported *m)
{
    program_release(&m->program);
    qnet_release(&m->qnet);
    net_release(&m->net);
    arena_release(&m->arena);
    diag_release(&m->diag);
}

static int layer_of(const struct net *net, const char *name)
{
    for (int i = 0; i < net->layer_count; i++)
        if (!strcmp(net->layer[i].name, name))
            return i;
    return -1;
}

static void test_import__a_pad_becomes_the_padding_of_its_reader(void)
{
    struct imported m;

    import_open(&m, FIXTURES "pad_then_conv/model.tflite");
    CU_ASSERT_EQUAL_FATAL(m.net.layer_count, 1);
    CU_ASSERT_EQUAL(m.net.operators[0].where, NET_FREE);
    CU_ASSERT_EQUAL(m.net.layer[0].window.pad_top, 1);
    CU_ASSERT_EQUAL(m.net.layer[0].window.pad_right, 1);
    CU_ASSERT_EQUAL(m.net.layer[0].in.h, 8);
    CU_ASSERT_EQUAL(m.net.layer[0].out.h, 4);
    import_close(&m);
}

static void test_import__shape_arithmetic_is_done_at_import(void)
{
    struct imported m;

    import_open(&m, FIXTURES "shape_flatten/model.tflite");
    CU_ASSERT_EQUAL(m.net.operators[0].where, NET_FOLDED);
    CU_ASSERT_EQUAL(m.net.operators[2].where, NET_FOLDED);
    CU_ASSERT_EQUAL(m.net.operators[3].where, NET_FREE);
    CU_ASSERT_EQUAL(m.net.layer_count, 2);
    import_close(&m);
}

static void test_import__host_layers_take_no_memory_of_their_own(void)
{
    struct imported m;

    import_open(&m, FIXTURES "mixed_all/model.tflite");
    const int tanh = layer_of(&m.net, "tanh_4");
    const int softmax = layer_of(&m.net, "softmax_22");
    const int fc = layer_of(&m.net, "fc_21");

    CU_ASSERT_TRUE_FATAL(tanh >= 0 && softmax >= 0 && fc >= 0);
    CU_ASSERT_EQUAL(m.program.desc[tanh].unit, PROGRAM_HOST);
    CU_ASSERT_EQUAL(m.program.desc[tanh].when, PROGRAM_BETWEEN);
    CU_ASSERT_EQUAL(m.program.desc[tanh].index, -1);
    CU_ASSERT_EQUAL(m.program.desc[softmax].when, PROGRAM_AFTER);
    CU_ASSERT_EQUAL(m.program.address[softmax + 1], -1);
    CU_ASSERT_TRUE(m.program.address[fc + 1] >= 0);
    CU_ASSERT_EQUAL(program_host_between(&m.program),
                    layer_of(&m.net, "concat_3"));
    import_close(&m);
}

static void test_import__mean_is_a_depthwise_convolution_of_ones(void)
{
    struct imported m;

    import_open(&m, FIXTURES "mean_space_5x5/model.tflite");
    const struct net_layer *l = &m.net.layer[0];

    CU_ASSERT_EQUAL(l->op, NET_DEPTHWISE_CONV2D);
    CU_ASSERT_EQUAL(l->taps, 25);
    CU_ASSERT_EQUAL(l->given->mean_of, 25);
    CU_ASSERT_EQUAL(m.qnet.layer[0].weight[0], 1);
    CU_ASSERT_DOUBLE_EQUAL(l->weight[0], 1.0 / 25.0, 1e-9);
    import_close(&m);
}

/* Two ways to the same float numbers: the layers, and the graph's operators. */
static void test_import__float_layers_equal_the_operators(void)
{
    struct imported m;
    struct eval_tensors t;

    import_open(&m, FIXTURES "net_residual_float/model.tflite");
    struct net_float *f = net_float_new(&m.net);
    struct net_buffers *b = net_buffers_new(&m.net);
    const int64_t inputs = net_elements(m.net.input);
    const int last = m.net.layer_count;

    CU_ASSERT_EQUAL_FATAL(eval_tensors_init(&t, m.net.graph), 0);
    CU_ASSERT_TRUE_FATAL(f && b);
    float *in = t.data[m.net.graph->input[0]];

    for (int64_t i = 0; i < inputs; i++)
        in[i] = sinf((float) i);
    memcpy(net_buffers_tensor(b, 0), in, (size_t) inputs * sizeof(*in));
    for (int i = 0; i < m.net.graph->node_count; i++)
        if (m.net.operators[i].where != NET_FOLDED)
            eval_run_node(m.net.graph, i, &t);
    net_float_run(f, b);
    const float *a = t.data[m.net.graph_tensor[last]];
    const float *y = net_buffers_tensor(b, last);

    for (int64_t i = 0; i < net_elements(net_tensor_shape(&m.net, last)); i++)
        CU_ASSERT_DOUBLE_EQUAL(y[i], a[i], 1e-4);
    net_buffers_free(b);
    net_float_free(f);
    eval_tensors_release(&t);
    import_close(&m);
}

/* The worst of a network's operators. */
static enum given_match worst_match(const struct imported *m, bool proved,
                                    const char **why)
{
    enum given_match worst = GIVEN_EXACT;

    for (int i = 0; i < m->net.operator_count; i++) {
        const char *reason;
        const enum given_match one = given_match(
            &m->net, &m->hw, &m->net.operators[i], proved, &reason);

        if (one > worst)
            *why = reason;
        worst = one > worst ? one : worst;
    }
    return worst;
}

static void test_import__says_which_arithmetic_is_the_files(void)
{
    struct imported m;
    const char *why = "";

    import_open(&m, FIXTURES "fashion_int8/model.tflite");
    CU_ASSERT_EQUAL(worst_match(&m, false, &why), GIVEN_EXACT);
    m.hw.acc_bits = 24;
    CU_ASSERT_EQUAL(worst_match(&m, true, &why), GIVEN_EXACT);
    CU_ASSERT_EQUAL(worst_match(&m, false, &why), GIVEN_DIFFERS);
    CU_ASSERT_STRING_EQUAL(why, "sums may leave 'accumulator.bits'");
    m.hw.product_bits = 16;
    CU_ASSERT_EQUAL(worst_match(&m, true, &why), GIVEN_DIFFERS);
    CU_ASSERT_STRING_EQUAL(why, "products are narrowed by 'product.bits'");
    m.hw.product_bits = 0;
    m.hw.preset_whole = false;
    CU_ASSERT_EQUAL(worst_match(&m, true, &why), GIVEN_DIFFERS);
    m.hw.preset_whole = true;
    m.hw.preset = FX_PRESET_ONNX;
    CU_ASSERT_EQUAL(worst_match(&m, true, &why), GIVEN_DIFFERS);
    CU_ASSERT_EQUAL(given_sum_bits(&m.net, 0), 19);
    import_close(&m);
}

/* An int8 ADD is exact where its inputs get TensorFlow Lite's 20 bits, however
 * few its sum needs. */
static void test_import__an_add_needs_all_its_bits(void)
{
    struct imported m;
    const char *why = "";

    import_open(&m, FIXTURES "mixed_all/model.tflite");
    CU_ASSERT_EQUAL(worst_match(&m, true, &why), GIVEN_EXACT);
    m.hw.acc_bits = 29;
    CU_ASSERT_EQUAL(worst_match(&m, true, &why), GIVEN_DIFFERS);
    CU_ASSERT_STRING_EQUAL(why, "its inputs are shifted by fewer than "
                           "TensorFlow Lite's 20 bits, for which "
                           "'accumulator.bits' must be 'activation.bits' and "
                           "22");
    import_close(&m);
}

void suite_import(void)
{
    CU_pSuite s = CU_add_suite("import", NULL, NULL);

    CU_ADD_TEST(s, test_import__a_pad_becomes_the_padding_of_its_reader);
    CU_ADD_TEST(s, test_import__shape_arithmetic_is_done_at_import);
    CU_ADD_TEST(s, test_import__host_layers_take_no_memory_of_their_own);
    CU_ADD_TEST(s, test_import__mean_is_a_depthwise_convolution_of_ones);
    CU_ADD_TEST(s, test_import__float_layers_equal_the_operators);
    CU_ADD_TEST(s, test_import__says_which_arithmetic_is_the_files);
    CU_ADD_TEST(s, test_import__an_add_needs_all_its_bits);
}
