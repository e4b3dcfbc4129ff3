/*
 * test_net.c - shapes, padding, weights and the float reference.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "sim/base/file.h"
#include "sim/base/npz.h"
#include "sim/base/path.h"
#include "sim/net/window.h"

void suite_net(void);

static int read_text(struct net *net, const char *text)
{
    struct diag d;
    struct arena a;
    int result;

    diag_init(&d);
    arena_init(&a, 0);
    char *path = path_join(&a, fixture_folder(), "net.yaml");

    file_write_all(path, text, strlen(text), &d, PLACE_NONE);
    result = net_read(net, path, NULL, &d);
    diag_print(&d, stderr);
    arena_release(&a);
    diag_release(&d);
    return result;
}

static void write_npz(struct npy_array *arrays, size_t count)
{
    struct diag d;
    struct arena a;

    diag_init(&d);
    arena_init(&a, 0);
    npz_write(path_join(&a, fixture_folder(), "net.npz"), arrays, count, &d,
              PLACE_NONE);
    diag_print(&d, stderr);
    arena_release(&a);
    diag_release(&d);
}

static float one_weight[1] = { 1.0f }, one_bias[1] = { 0.0f };

static void write_ones(void)
{
    struct npy_array arrays[] = {
        { .name = "id.weight", .type = NPY_F4, .rank = 4,
          .dim = { 1, 1, 1, 1 }, .count = 1, .data = one_weight },
        { .name = "id.bias", .type = NPY_F4, .rank = 1, .dim = { 1 },
          .count = 1, .data = one_bias },
    };

    write_npz(arrays, 2);
}

/* TensorFlow's SAME, from its documentation: in, kernel, stride, dilation. */
static void test_net__same_padding_is_tensorflows(void)
{
    static const struct { int in, kernel, stride, out, top, bottom; } cases[] = {
        { 28, 3, 1, 28, 1, 1 }, { 28, 3, 2, 14, 0, 1 }, { 7, 3, 2, 4, 1, 1 },
        { 5, 2, 1, 5, 0, 1 },   { 5, 2, 2, 3, 0, 1 },   { 8, 4, 4, 2, 0, 0 },
        { 6, 1, 3, 2, 0, 0 },   { 49, 10, 2, 25, 4, 5 },
    };
    char text[512];

    write_ones();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct net net;

        snprintf(text, sizeof(text), "name: n\ninput: {shape: [%d, %d, 1]}\n"
                 "weights: net.npz\nlayers:\n  - {name: p, op: max_pool2d, "
                 "kernel: %d, stride: %d, padding: same}\n", cases[i].in,
                 cases[i].in, cases[i].kernel, cases[i].stride);
        CU_ASSERT_FATAL(read_text(&net, text) == 0);
        CU_ASSERT(net.layer[0].out.h == cases[i].out);
        CU_ASSERT(net.layer[0].window.pad_top == cases[i].top);
        CU_ASSERT(net.layer[0].window.pad_bottom == cases[i].bottom);
        net_release(&net);
    }
}

static void test_net__from_names_an_earlier_tensor(void)
{
    struct net net;

    write_ones();
    CU_ASSERT_FATAL(read_text(&net,
        "name: n\ninput: {shape: [4, 6, 1]}\nweights: net.npz\nlayers:\n"
        "  - {name: a, op: max_pool2d, kernel: 2, stride: 2}\n"
        "  - {name: id, op: conv2d, filters: 1, from: input}\n"
        "  - {name: b, op: average_pool2d, kernel: [1, 3], from: a}\n") == 0);
    CU_ASSERT(net.layer[1].input == 0 && net.layer[1].out.w == 6);
    CU_ASSERT(net.layer[2].input == 1 && net.layer[2].out.w == 1);
    net_release(&net);
}

static void test_net__float_reference_equals_a_hand_computed_case(void)
{
    /* depthwise [ky][kx][filter], 2 x 1 kernel, 1 channel, multiplier 2 */
    static float weight[] = { 1.0f, 10.0f, 2.0f, 20.0f };
    static float bias[] = { 0.5f, -100.0f };
    struct npy_array arrays[] = {
        { .name = "dw.weight", .type = NPY_F4, .rank = 3, .dim = { 2, 1, 2 },
          .count = 4, .data = weight },
        { .name = "dw.bias", .type = NPY_F4, .rank = 1, .dim = { 2 },
          .count = 2, .data = bias },
    };
    static const float image[] = { 1, 2, 3, 4, 5, 6 };
    /* rows (1 2) (3 4) (5 6); out: 1 * upper + 2 * lower + .5, relu */
    static const float want[] = { 7.5f, 0, 10.5f, 0, 13.5f, 30, 16.5f, 60 };
    struct net net;

    write_npz(arrays, 2);
    CU_ASSERT_FATAL(read_text(&net,
        "name: n\ninput: {shape: [3, 2, 1]}\nweights: net.npz\nlayers:\n"
        "  - {name: dw, op: depthwise_conv2d, kernel: [2, 1], multiplier: 2, "
        "activation: relu}\n") == 0);
    struct net_float *f = net_float_new(&net);
    struct net_buffers *b = net_buffers_new(&net);

    memcpy(net_buffers_tensor(b, 0), image, sizeof(image));
    net_float_run(f, b);
    CU_ASSERT(memcmp(net_buffers_tensor(b, 1), want, sizeof(want)) == 0);
    net_buffers_free(b);
    net_float_free(f);
    net_release(&net);
}

static void test_net__window_index_finds_padding(void)
{
    const struct net_window w = { 3, 3, 2, 2, 2, 1, 1, 1, 1, 1 };
    const struct net_shape in = { 5, 4, 3 };

    CU_ASSERT(window_index(&w, in, 0, 0, 0, 0) == -1);
    CU_ASSERT(window_index(&w, in, 0, 0, 1, 1) == (1 * 4 + 0) * 3);
    CU_ASSERT(window_index(&w, in, 1, 1, 1, 2) == (3 * 4 + 3) * 3);
    CU_ASSERT(window_index(&w, in, 1, 1, 2, 2) == -1);
}

/* The bundled networks on their own test sets: what the trainer reported. */
static int float_correct(const char *path, const char *images)
{
    struct dataset data;
    struct diag d;
    struct net net;
    int correct = 0;

    diag_init(&d);
    CU_ASSERT_FATAL(net_read(&net, path, NULL, &d) == 0);
    CU_ASSERT_FATAL(dataset_read(&data, images, &net, &d, PLACE_NONE) == 0);
    struct net_float *f = net_float_new(&net);
    struct net_buffers *b = net_buffers_new(&net);

    for (int64_t i = 0; i < data.count; i++) {
        dataset_image(&data, &net, i, net_buffers_tensor(b, 0));
        net_float_run(f, b);
        correct += net_argmax(net_buffers_tensor(b, net.layer_count), 10)
                   == dataset_label(&data, i);
    }
    net_buffers_free(b);
    net_float_free(f);
    dataset_release(&data);
    net_release(&net);
    diag_release(&d);
    return correct;
}

static void test_net__float_accuracy_is_pytorchs(void)
{
    CU_ASSERT(float_correct("configs/networks/digits.yaml",
                            "data/digits_test.npz") == 535);
    CU_ASSERT(float_correct("configs/networks/fashion.yaml",
                            "data/fashion_test_1000.npz") == 940);
}

void suite_net(void)
{
    CU_pSuite s = CU_add_suite("net", NULL, NULL);

    CU_ADD_TEST(s, test_net__same_padding_is_tensorflows);
    CU_ADD_TEST(s, test_net__from_names_an_earlier_tensor);
    CU_ADD_TEST(s, test_net__float_reference_equals_a_hand_computed_case);
    CU_ADD_TEST(s, test_net__window_index_finds_padding);
    CU_ADD_TEST(s, test_net__float_accuracy_is_pytorchs);
}
