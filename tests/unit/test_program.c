/*
 * test_program.c - the memory plan and the program ROM.
 */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "sim/base/rng.h"
#include "sim/program/cut.h"
#include "sim/program/descriptor.h"
#include "sim/program/plan.h"

void suite_program(void);

/* ------------------------------------------------------------- the plan */

enum { MAX_TENSORS = 40 };

/* A random graph's tensors: layer i writes tensor i + 1 and reads one or two
 * before it. Returns how many. */
static int draw_graph(struct rng *r, struct plan_tensor *t)
{
    const int layers = (int) rng_range(r, 1, MAX_TENSORS - 1);

    for (int i = 0; i <= layers; i++)
        t[i] = (struct plan_tensor) {
            .elements = rng_range(r, 1, rng_range(r, 0, 1) ? 1000 : 8),
            .first = i - 1, .last = i - 1
        };
    for (int i = 0; i < layers; i++) {
        const bool far = rng_range(r, 0, 3) == 0;

        t[far ? rng_range(r, 0, i) : i].last = i;
        if (rng_range(r, 0, 3) == 0)
            t[rng_range(r, 0, i)].last = i;
    }
    t[layers].last = layers;
    return layers + 1;
}

static bool live_at(const struct plan_tensor *t, int layer)
{
    return t->first <= layer && layer <= t->last;
}

static void test_program__live_tensors_never_overlap(void)
{
    struct plan_tensor t[MAX_TENSORS];
    int overlaps = 0, outside = 0, beaten = 0;
    struct rng r;

    rng_init(&r, 11);
    for (int graph = 0; graph < 3000; graph++) {
        const int count = draw_graph(&r, t);
        const int64_t peak = plan_place(t, count);
        int64_t end = 0;

        for (int a = 0; a < count; a++) {
            outside += t[a].address < 0;
            if (t[a].address + t[a].elements > end)
                end = t[a].address + t[a].elements;
            for (int b = a + 1; b < count; b++)
                overlaps += t[a].first <= t[b].last && t[b].first <= t[a].last
                            && t[a].address < t[b].address + t[b].elements
                            && t[b].address < t[a].address + t[a].elements;
        }
        outside += end != peak;
        for (int layer = -1; layer <= count; layer++) {
            int64_t sum = 0;

            for (int a = 0; a < count; a++)
                sum += live_at(&t[a], layer) ? t[a].elements : 0;
            beaten += sum > peak;
        }
    }
    CU_ASSERT_EQUAL(overlaps, 0);
    CU_ASSERT_EQUAL(outside, 0);
    CU_ASSERT_EQUAL(beaten, 0);
}

/* A chain of equal tensors needs two of them, whatever its length. */
static void test_program__plan_uses_freed_space_again(void)
{
    struct plan_tensor t[MAX_TENSORS];

    for (int i = 0; i < MAX_TENSORS; i++)
        t[i] = (struct plan_tensor) { .elements = 100, .first = i - 1,
                                      .last = i };
    CU_ASSERT_EQUAL(plan_place(t, MAX_TENSORS), 200);
}

static void test_program__digits_fits_and_flatten_is_an_alias(void)
{
    struct fixture f;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    const struct program *p = &f.program;

    /* input 64, conv1 512, conv2 256: conv2 beside conv1, fc anywhere. */
    CU_ASSERT_EQUAL(p->act_elements, 512 + 256);
    for (int i = 0; i < p->desc_count; i++)
        if (p->desc[i].op == NET_FLATTEN) {
            CU_ASSERT_EQUAL(p->desc[i].index, -1);
            CU_ASSERT_EQUAL(p->address[i + 1], p->address[p->desc[i].input]);
        }
    fixture_close(&f);
}

/* The messages were expected: they need not be printed. */
static void close_refused(struct fixture *f)
{
    diag_release(&f->diag);
    diag_init(&f->diag);
    fixture_close(f);
}

static void test_program__too_small_a_memory_is_refused(void)
{
    static const char *const small[] = { "memory.activation_depth=95", NULL };
    static const char *const enough[] = { "memory.activation_depth=96", NULL };
    static const char *const short_rom[] = { "memory.program_depth=103", NULL };
    struct fixture f;

    CU_ASSERT_EQUAL(fixture_open(&f, enough), 0);
    fixture_close(&f);
    CU_ASSERT_EQUAL(fixture_open(&f, small), -1);
    CU_ASSERT_EQUAL(diag_error_count(&f.diag), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.diag.messages[0].text,
                                  "must fit the 760 of hardware"));
    close_refused(&f);
    CU_ASSERT_EQUAL(fixture_open(&f, short_rom), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(f.diag.messages[0].text,
                                  "104 words of program"));
    close_refused(&f);
}

/* Pools of 1 x 1 one after the other: tensors of 2300 x 1000 x 2. */
static void outline_pools(struct program *p, struct net *net, struct hw *hw,
                          int layers, int act_bits, struct diag *diag)
{
    const struct net_shape shape = { 2300, 1000, 2 };
    static struct net_layer layer[3];

    for (int i = 0; i < layers; i++)
        layer[i] = (struct net_layer) {
            .name = "pool", .op = NET_MAX_POOL2D, .input = i, .second = -1,
            .in = shape, .out = shape, .multiplier = 1,
            .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }
        };
    *net = (struct net) { .name = "pools", .input = shape, .layer = layer,
                          .layer_count = layers };
    *hw = (struct hw) { .name = "wide", .rows = 4, .cols = 4, .lanes = 1,
                        .act_bits = act_bits, .act_depth = 1 << 22,
                        .param_depth = 64, .weight_depth = 64 };
    program_outline(p, net, hw, diag);
}

static void test_program__what_the_host_must_reach_is_in_its_window(void)
{
    static const char text[] = "the host must reach the output of 'pool' at "
        "elements up to 9200000 of activation memory, must be within the "
        "8388608 that its window of 8 MiB has at 'activation.bits' 8";
    struct program p;
    struct diag diag;
    struct net net;
    struct hw hw;

    diag_init(&diag);
    outline_pools(&p, &net, &hw, 2, 8, &diag);
    /* Two tensors take turns: the output lies where the input was. */
    CU_ASSERT_EQUAL(diag_error_count(&diag), 0);
    CU_ASSERT_EQUAL(p.address[1], 4600000);
    program_release(&p);
    outline_pools(&p, &net, &hw, 1, 8, &diag);
    CU_ASSERT_EQUAL_FATAL(diag_error_count(&diag), 1);
    CU_ASSERT_STRING_EQUAL(diag.messages[0].text, text);
    program_release(&p);
    diag_release(&diag);
    diag_init(&diag);
    outline_pools(&p, &net, &hw, 2, 16, &diag);
    CU_ASSERT_EQUAL(diag_error_count(&diag), 2);    /* input and output */
    program_release(&p);
    diag_release(&diag);
}

/* Inside the network such a tensor is fine; alone, the host would have to read
 * it. */
static void test_program__a_layer_beyond_the_window_cannot_be_cut_out(void)
{
    struct program p, cut;
    struct diag diag;
    struct net net;
    struct hw hw;

    diag_init(&diag);
    outline_pools(&p, &net, &hw, 2, 8, &diag);
    p.tensor = calloc(3, sizeof(*p.tensor));
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.tensor);
    CU_ASSERT_EQUAL(program_cut(&cut, &p, 0, -1, &diag), -1);
    CU_ASSERT_EQUAL(diag_error_count(&diag), 1);
    program_release(&cut);
    free((void *) p.tensor);
    program_release(&p);
    diag_release(&diag);
}

/* --------------------------------------------------------- the descriptors */

static int half(struct rng *r)
{
    return (int) rng_range(r, 0, DESCRIPTOR_MAX_DIM);
}

static uint32_t word(struct rng *r)
{
    return (uint32_t) rng_next(r);
}

static struct descriptor draw_descriptor(struct rng *r)
{
    struct descriptor d;

    /* Compared as bytes. */
    memset(&d, 0, sizeof(d));
    d.op = (enum descriptor_op) rng_range(r, 1, DESCRIPTOR_OPS - 1);
    d.double_round = rng_range(r, 0, 1);
    d.last = rng_range(r, 0, 1);
    d.layer = half(r);
    d.input = word(r);
    d.second = word(r);
    d.output = word(r);
    d.in_h = half(r);
    d.in_w = half(r);
    d.in_c = (int) (word(r) >> 1);
    d.out_h = half(r);
    d.out_w = half(r);
    d.out_c = (int) (word(r) >> 1);
    d.kernel_h = half(r);
    d.kernel_w = half(r);
    d.stride_h = half(r);
    d.stride_w = half(r);
    d.dilation_h = half(r);
    d.dilation_w = half(r);
    d.pad_top = half(r);
    d.pad_left = half(r);
    d.steps = word(r);
    d.taps = word(r);
    d.positions = word(r);
    d.channel_tiles = word(r);
    d.weight_base = word(r);
    d.param_base = word(r);
    d.in_zp = (int32_t) word(r);
    d.second_zp = (int32_t) word(r);
    d.out_zp = (int32_t) word(r);
    d.out_min = (int32_t) word(r);
    d.out_max = (int32_t) word(r);
    d.ratio = word(r);
    d.run = word(r);
    d.row = word(r);
    d.step_x = word(r);
    d.step_y = word(r);
    d.step_ky = word(r);
    d.step_kx = word(r);
    d.origin = (int32_t) word(r);
    return d;
}

static void test_program__descriptors_decode_back(void)
{
    uint32_t words[DESCRIPTOR_WORDS];
    int differ = 0, unnoticed = 0;
    struct descriptor back;
    struct rng r;

    rng_init(&r, 12);
    for (int n = 0; n < 2000; n++) {
        const struct descriptor d = draw_descriptor(&r);

        memset(&back, 0, sizeof(back));
        descriptor_encode(&d, words);
        differ += descriptor_decode(&back, words) != 0
                  || memcmp(&d, &back, sizeof(d)) != 0;
        words[rng_range(&r, 0, DESCRIPTOR_WORDS - 1)] ^= 1u
            << rng_range(&r, 0, 31);
        unnoticed += descriptor_decode(&back, words) == 0;
    }
    CU_ASSERT_EQUAL(differ, 0);
    CU_ASSERT_EQUAL(unnoticed, 0);
}

static void test_program__steps_follow_the_shape(void)
{
    struct descriptor d = { .in_h = 10, .in_w = 20, .in_c = 3, .kernel_h = 3,
                            .kernel_w = 5, .stride_h = 2, .stride_w = 4,
                            .dilation_h = 1, .dilation_w = 1, .pad_top = 1,
                            .pad_left = 2 };

    descriptor_fill_steps(&d);
    CU_ASSERT_EQUAL(d.run, 15);
    CU_ASSERT_EQUAL(d.row, 60);
    CU_ASSERT_EQUAL(d.step_x, 12);
    CU_ASSERT_EQUAL(d.step_y, 120);
    CU_ASSERT_EQUAL(d.step_ky, 60);
    CU_ASSERT_EQUAL(d.step_kx, 3);
    CU_ASSERT_EQUAL(d.origin, -(20 + 2) * 3);
    d.dilation_h = 2;
    d.dilation_w = 3;
    descriptor_fill_steps(&d);
    CU_ASSERT_EQUAL(d.run, 3);
    CU_ASSERT_EQUAL(d.step_ky, 120);
    CU_ASSERT_EQUAL(d.step_kx, 9);
}

static void test_program__header_guards_every_bit(void)
{
    struct descriptor_header h;
    struct fixture f;
    int unnoticed = 0;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    const struct program *p = &f.program;
    const uint32_t words = p->code_header.words;

    CU_ASSERT_EQUAL(words, 8 + 32 * 3);
    CU_ASSERT_EQUAL(p->code[0], 0x3149504e);
    CU_ASSERT_EQUAL_FATAL(descriptor_decode_header(&h, p->code, words), 0);
    CU_ASSERT_EQUAL(h.descriptors, 3);
    CU_ASSERT_EQUAL(h.words, words);
    CU_ASSERT_EQUAL(h.image_crc, p->code_header.image_crc);
    CU_ASSERT_EQUAL(descriptor_decode_header(&h, p->code, words - 1), -1);
    for (uint32_t w = 0; w < words; w++)
        for (int bit = 0; bit < 32; bit++) {
            p->code[w] ^= 1u << bit;
            unnoticed += descriptor_decode_header(&h, p->code, words) == 0;
            p->code[w] ^= 1u << bit;
        }
    CU_ASSERT_EQUAL(unnoticed, 0);
    fixture_close(&f);
}

static void test_program__rom_holds_the_layers_in_order(void)
{
    struct descriptor d;
    struct fixture f;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    const struct program *p = &f.program;
    const int count = (int) p->code_header.descriptors;

    for (int i = 0; i < count; i++) {
        const int layer = program_layer_of(p, i);
        const struct program_desc *of = &p->desc[layer];

        CU_ASSERT_EQUAL(descriptor_decode(&d, p->code + 8 + 32 * i), 0);
        CU_ASSERT_EQUAL(d.layer, layer);
        CU_ASSERT_EQUAL(d.last, i == count - 1);
        CU_ASSERT_EQUAL(d.taps, of->taps);
        CU_ASSERT_EQUAL(d.out_c, of->filters);
        CU_ASSERT_EQUAL(d.input, p->address[of->input]);
        CU_ASSERT_EQUAL(d.output, p->address[layer + 1]);
        CU_ASSERT_EQUAL(d.in_zp, of->in_zp);
        CU_ASSERT_EQUAL(d.out_min, of->out_min);
    }
    CU_ASSERT_EQUAL(program_layer_of(p, count), -1);
    fixture_close(&f);
}

void suite_program(void)
{
    CU_pSuite s = CU_add_suite("program", NULL, NULL);

    CU_add_test(s, "live_tensors_never_overlap",
                test_program__live_tensors_never_overlap);
    CU_add_test(s, "plan_uses_freed_space_again",
                test_program__plan_uses_freed_space_again);
    CU_add_test(s, "digits_fits_and_flatten_is_an_alias",
                test_program__digits_fits_and_flatten_is_an_alias);
    CU_add_test(s, "too_small_a_memory_is_refused",
                test_program__too_small_a_memory_is_refused);
    CU_add_test(s, "what_the_host_must_reach_is_in_its_window",
                test_program__what_the_host_must_reach_is_in_its_window);
    CU_add_test(s, "a_layer_beyond_the_window_cannot_be_cut_out",
                test_program__a_layer_beyond_the_window_cannot_be_cut_out);
    CU_add_test(s, "descriptors_decode_back",
                test_program__descriptors_decode_back);
    CU_add_test(s, "steps_follow_the_shape",
                test_program__steps_follow_the_shape);
    CU_add_test(s, "header_guards_every_bit",
                test_program__header_guards_every_bit);
    CU_add_test(s, "rom_holds_the_layers_in_order",
                test_program__rom_holds_the_layers_in_order);
}
