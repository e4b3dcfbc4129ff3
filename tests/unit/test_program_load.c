/*
 * test_program_load.c - a program read back from the words of its memories runs
 * as before; words that no program has are refused.
 */
#include <CUnit/CUnit.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "sim/array/signature.h"
#include "sim/array/timing.h"
#include "sim/base/rng.h"
#include "sim/cosim/random.h"
#include "sim/program/image.h"
#include "sim/program/program_load.h"

void suite_program_load(void);

static struct program_words words_of(const struct program *p)
{
    return (struct program_words) {
        .code = p->code, .code_words = p->code_header.words,
        .weight = p->weight_image, .weight_words = p->weight_words,
        .bias = p->bias_image, .scale = p->scale_image,
        .param_words = p->param_words, .network = p->network
    };
}

/* Any codes of the format, the corners often. */
static void draw_input(struct rng *r, const struct program *p, int32_t *codes)
{
    const int64_t count = net_elements(p->net->input);
    const struct quant_params *q = &p->tensor[0];

    for (int64_t i = 0; i < count; i++)
        codes[i] = (int32_t) (rng_range(r, 0, 3) ? rng_range(r, q->min, q->max)
                              : rng_range(r, 0, 1) ? q->min : q->max);
}

struct counts {
    int tensors, differ, overflows, cycles, signatures;
};

static void compare_layer(const struct program *a, struct array_state *x,
                          const struct program *b, struct array_state *y,
                          int i, struct counts *c)
{
    const struct program_desc *d = &a->desc[i], *e = &b->desc[i];
    const int32_t *from = array_tensor(x, i + 1), *to = array_tensor(y, i + 1);

    /* Of what a flatten is the alias, no memory says for certain. */
    if (d->index < 0 && d->input != e->input)
        return;
    c->tensors++;
    if (net_elements(d->out) != net_elements(e->out)
        || memcmp(from, to, (size_t) net_elements(d->out) * sizeof(*from))) {
        c->differ++;
        return;
    }
    if (d->index < 0)
        return;
    c->overflows += memcmp(array_overflows(x, i), array_overflows(y, i),
                           (size_t) d->out.c * sizeof(int64_t)) != 0;
    c->cycles += timing_layer_cycles(a->hw, d) != timing_layer_cycles(b->hw, e);
    c->signatures += signature_of_layer(a->hw, d, from)
                     != signature_of_layer(b->hw, e, to);
}

/* Load the program's own words, run both, compare all. */
static struct counts compare_runs(struct fixture *f, struct rng *r)
{
    const struct program_words words = words_of(&f->program);
    struct counts c = { 0, 0, 0, 0, 0 };
    struct program back;

    if (program_load(&back, &words, &f->hw, PLACE_NONE, &f->diag)) {
        c.differ = -1;
        program_release(&back);
        return c;
    }
    struct array_model *model = array_new(&back, kernel_portable());
    struct array_state *x = array_state_new(f->model);
    struct array_state *y = array_state_new(model);

    for (int image = 0; image < 3; image++) {
        draw_input(r, &f->program, array_tensor(x, 0));
        memcpy(array_tensor(y, 0), array_tensor(x, 0),
               (size_t) net_elements(back.net->input) * sizeof(int32_t));
        array_run(f->model, x);
        array_run(model, y);
        for (int i = 0; i < back.desc_count; i++)
            compare_layer(&f->program, x, &back, y, i, &c);
    }
    array_state_free(x);
    array_state_free(y);
    array_free(model);
    program_release(&back);
    return c;
}

static void expect_equal(struct fixture *f, struct rng *r)
{
    const struct counts c = compare_runs(f, r);

    CU_ASSERT(c.tensors > 0);
    CU_ASSERT_EQUAL(c.differ, 0);
    CU_ASSERT_EQUAL(c.overflows, 0);
    CU_ASSERT_EQUAL(c.cycles, 0);
    CU_ASSERT_EQUAL(c.signatures, 0);
}

static void test_program_load__shipped_designs_run_as_before(void)
{
    static const char *const designs[] = {
        "configs/designs/digits_w8a8.yaml",
        "configs/designs/fashion_w8a8.yaml",
        "configs/designs/fashion_w8a8_shift.yaml"
    };
    struct fixture f;
    struct rng r;

    rng_init(&r, 21);
    for (size_t i = 0; i < sizeof(designs) / sizeof(*designs); i++) {
        CU_ASSERT_EQUAL_FATAL(fixture_open_design(&f, designs[i], NULL), 0);
        expect_equal(&f, &r);
        fixture_close(&f);
    }
}

static void test_program_load__machines_run_as_before(void)
{
    static const char *const sets[][4] = {
        { "array.dataflow=output_stationary", "accumulator.bits=14", NULL },
        { "array.lanes=4", "accumulator.bits=13", "accumulator.overflow=wrap" },
        { "array.cols=5", "activation.signed=false", NULL },
        { "weight.zero_point=true", "quantization.weights.scheme=asymmetric",
          NULL },
        { "weight.bits=3", "array.lanes=3", "activation.bits=12" }
    };
    struct fixture f;
    struct rng r;

    rng_init(&r, 22);
    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
        CU_ASSERT_EQUAL_FATAL(fixture_open(&f, sets[i]), 0);
        expect_equal(&f, &r);
        fixture_close(&f);
    }
}

/* All operations and modes. Cases that a machine cannot run are skipped. */
static void test_program_load__random_networks_run_as_before(void)
{
    struct fixture f;
    struct rng r;
    char path[256];
    int ran = 0, ops = 0;

    rng_init(&r, 23);
    for (int number = 0; number < 40; number++) {
        struct random_net net;
        struct hw hw;

        random_draw_hw(&r, number, &hw);
        random_draw_net(&r, &hw, &net);
        memset(&f, 0, sizeof(f));
        diag_init(&f.diag);
        CU_ASSERT_EQUAL_FATAL(random_write(&net, &hw, fixture_folder(),
                                           &f.diag), 0);
        diag_release(&f.diag);
        snprintf(path, sizeof(path), "%s/design.yaml", fixture_folder());

        if (!fixture_open_design(&f, path, NULL)) {
            expect_equal(&f, &r);
            for (int i = 0; i < f.program.desc_count; i++)
                ops |= 1 << f.program.desc[i].op;
            ran++;
        } else {
            diag_release(&f.diag);
            diag_init(&f.diag);
        }
        fixture_close(&f);
    }
    CU_ASSERT(ran > 20);
    /* Every op that has a descriptor: the host's have none. */
    CU_ASSERT_EQUAL(ops | 1 << NET_HOST, (1 << NET_OPS) - 1);
}

/* ---------------------------------------------------------------- refused */

/* `text` is the message or a part of it, `*` in it anything. */
static void expect_refusal(struct fixture *f, const struct program_words *w,
                           const char *text)
{
    char pattern[256];
    const int before = diag_error_count(&f->diag);
    struct program back;

    CU_ASSERT_EQUAL(program_load(&back, w, &f->hw, PLACE_NONE, &f->diag), -1);
    program_release(&back);
    CU_ASSERT_EQUAL_FATAL(diag_error_count(&f->diag), before + 1);
    const char *have = f->diag.messages[f->diag.count - 1].text;

    snprintf(pattern, sizeof(pattern), "*%s*", text);
    if (fnmatch(pattern, have, 0))
        fprintf(stderr, "'%s' is not in '%s'\n", text, have);
    CU_ASSERT_EQUAL(fnmatch(pattern, have, 0), 0);
}

static void seal(uint32_t *code)
{
    struct descriptor_header h;
    const uint32_t count = (code[3] - DESCRIPTOR_HEADER_WORDS)
                           / DESCRIPTOR_WORDS;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t *d = code + DESCRIPTOR_HEADER_WORDS + i * DESCRIPTOR_WORDS;

        d[DESCRIPTOR_WORDS - 1] = descriptor_crc(d, DESCRIPTOR_WORDS - 1);
    }
    h = (struct descriptor_header) { .descriptors = code[2], .words = code[3],
                                     .image_crc = code[5],
                                     .hardware = code[6] };
    descriptor_encode_header(&h, code);
}

static void test_program_load__every_wrong_word_has_its_message(void)
{
    static const struct { int word; uint32_t value; const char *text; } c[] = {
        { 33, 760, "descriptor 1: the address of the input is 760, where no "
          "tensor of 512 elements lies" },
        { 1, 100000, "the address of the input is 100000, must be 0 to" },
        { 3, 63, "descriptor 0 writes over its own input" },
        { 3, 100000, "the address of the output is 100000, must be 0 to" },
        { 4, 0x00080000, "the input height is 0, must be 1 to" },
        { 5, 0, "the number of input channels is 0" },
        { 7, 0x7fffffff, "the number of output channels is 2147483647" },
        { 9, 0, "the vertical stride is 0" },
        { 12, 77, "descriptor 0: word 12 is 0x0000004d, must be 0x* with the others" },
        { 16, 100000, "the end of its weights is" },
        { 17, 100000, "the end of its parameters is" },
        { 18, 1000, "the zero point of the input is 1000, must be -128" },
        { 21, 128, "the least output code is 128" },
        { 23, 9, "word 23 is" },
        { 30, 5, "word 30 is 0x00000005" },
        { 0, 0x00090001, "descriptor 1: the layer is 1, must be 10 to 511" },
        { 0, 0x02000001, "descriptor 0: the layer is 512, must be 0 to 511" },
        { 0, 0x00000002, "the number of output channels is 8, must be 0 to 0" },
        { 0, 0x00000006, "the number of output channels is 8, must be 1 to 1" },
        { 8, 0xffffffff, "the number of taps is 4294836225" },
        { 10, 0xffffffff, "the height of a window is 131071" }
    };
    struct fixture f;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    const size_t bytes = f.program.code_header.words * sizeof(uint32_t);
    uint32_t *code = malloc(bytes);
    struct program_words w = words_of(&f.program);

    w.code = code;
    for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
        memcpy(code, f.program.code, bytes);
        code[DESCRIPTOR_HEADER_WORDS + c[i].word] = c[i].value;
        seal(code);
        expect_refusal(&f, &w, c[i].text);
    }
    memcpy(code, f.program.code, bytes);
    code[40] ^= 1u << 31;
    expect_refusal(&f, &w, "the program ROM has no valid header: magic, version, "
                   "sizes or a CRC-32 are wrong");
    memcpy(code, f.program.code, bytes);
    code[6] ^= 1;
    seal(code);
    expect_refusal(&f, &w, "the program was made for the hardware of digest *, "
                   "must be *, that of 'tiny8'");
    memcpy(code, f.program.code, bytes);
    code[8] &= 0xffffff00;
    seal(code);
    expect_refusal(&f, &w, "descriptor 0 is damaged: its CRC-32 or its operation "
                   "is wrong");
    free(code);
    diag_release(&f.diag);
    diag_init(&f.diag);
    fixture_close(&f);
}

static void test_program_load__a_damaged_image_runs_when_asked(void)
{
    struct fixture f;
    struct program back;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    struct program_words w = words_of(&f.program);

    f.program.weight_image[3] ^= 0x10;
    expect_refusal(&f, &w, "weights, biases and scales have CRC-32 *, the header "
                   "says *");
    w.damaged = true;
    f.program.scale_image[0] |= UINT64_C(1) << 31;
    CU_ASSERT_EQUAL_FATAL(program_load(&back, &w, &f.hw, PLACE_NONE, &f.diag),
                          0);
    CU_ASSERT(back.desc[0].requant[0].mult < 0);
    struct array_model *model = array_new(&back, NULL);
    struct array_state *s = array_state_new(model);

    array_run(model, s);
    array_state_free(s);
    array_free(model);
    program_release(&back);
    w.damaged = false;
    uint32_t *code = malloc(w.code_words * sizeof(*code));

    memcpy(code, f.program.code, w.code_words * sizeof(*code));
    code[5] = image_crc(&f.program);
    seal(code);
    w.code = code;
    expect_refusal(&f, &w, "layer 'layer0', scale 0: the multiplier is -*, must not "
                   "be negative");
    f.program.scale_image[0] &= (UINT64_C(1) << 31) - 1;
    f.program.scale_image[0] |= UINT64_C(1) << 40;
    code[5] = image_crc(&f.program);
    seal(code);
    expect_refusal(&f, &w, "layer 'layer0', channel 0: the weight zero point is 4, "
                   "must be 0: hardware 'tiny8' has no 'weight.zero_point'");
    free(code);
    diag_release(&f.diag);
    diag_init(&f.diag);
    fixture_close(&f);
}

static void test_program_load__every_memory_must_fit(void)
{
    struct fixture f;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    const struct program_words good = words_of(&f.program);
    struct program_words w = good;
    const int depth = f.hw.program_depth;

    f.hw.program_depth = 103;
    expect_refusal(&f, &w, "the program has 104 words, must fit "
                   "'memory.program_depth' of hardware 'tiny8', 103");
    f.hw.program_depth = depth;
    w.weight_words = 1u << 30;
    expect_refusal(&f, &w, "a weight bank has 1073741824 words, must fit "
                   "'memory.weight_depth' of hardware 'tiny8', *");
    w = good;
    w.param_words = 1u << 30;
    expect_refusal(&f, &w, "a parameter bank has 1073741824 words, must fit "
                   "'memory.param_depth' of hardware 'tiny8', *");
    w = good;
    w.code_words = 7;
    expect_refusal(&f, &w, "no valid header");
    diag_release(&f.diag);
    diag_init(&f.diag);
    fixture_close(&f);
}

static void expect_and_close(struct fixture *f, const struct program_words *w,
                             const char *text)
{
    expect_refusal(f, w, text);
    diag_release(&f->diag);
    diag_init(&f->diag);
    fixture_close(f);
}

static void test_program_load__what_no_sum_can_hold_is_refused(void)
{
    static const char *const symmetric[] = {
        "accumulator.overflow=saturate_symmetric", NULL };
    const char *const branches = "tests/cosim/designs/branches.yaml";
    struct fixture f;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, symmetric), 0);
    struct program_words w = words_of(&f.program);
    const uint32_t words = w.code_words;
    uint32_t *code = malloc(words * sizeof(*code));

    memcpy(code, w.code, words * sizeof(*code));
    f.program.bias_image[0] = -(1 << 23);
    code[5] = image_crc(&f.program);
    seal(code);
    w.code = code;
    expect_and_close(&f, &w, "layer 'layer0', channel 0: the bias is -8388608, "
                     "must be a code of the accumulator");
    free(code);

    CU_ASSERT_EQUAL_FATAL(fixture_open_design(&f, branches, NULL), 0);
    w = words_of(&f.program);
    w.damaged = true;
    f.hw.acc_bits = 9;
    expect_and_close(&f, &w, "descriptor * adds, for which the accumulator of "
                     "hardware '*', 9 bits, is too narrow");
}

/* The factors of an add, 1/2 and less, lie in column 0. */
static void test_program_load__a_factor_above_a_half_is_refused(void)
{
    const char *const branches = "tests/cosim/designs/branches.yaml";
    struct fixture f;
    int add = 0;

    CU_ASSERT_EQUAL_FATAL(fixture_open_design(&f, branches, NULL), 0);
    const struct program *p = &f.program;

    while (add < p->desc_count && p->desc[add].op != NET_ADD)
        add++;
    CU_ASSERT_FATAL(add < p->desc_count);
    uint64_t *scale = &f.program.scale_image[p->desc[add].param_base];
    const int bits = program_multiplier_bits(&f.hw);
    struct program_words w = words_of(p);
    uint32_t *code = malloc(w.code_words * sizeof(*code));

    /* The multiplier has its leading bit, so a shift of 0 is far above. */
    *scale &= (UINT64_C(1) << bits) - 1;
    memcpy(code, w.code, w.code_words * sizeof(*code));
    code[5] = image_crc(p);
    seal(code);
    w.code = code;
    expect_and_close(&f, &w, "layer 'layer*', scale 0: the factor is * / 2^0, "
                     "must be at most 1/2");
    free(code);
}

/* The header's own counts, and layers that only the caller knows. */
static void test_program_load__the_number_of_layers_is_bounded(void)
{
    struct fixture f;

    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    struct program_words w = words_of(&f.program);
    uint32_t *code = malloc(w.code_words * sizeof(*code));

    memcpy(code, w.code, w.code_words * sizeof(*code));
    w.code = code;
    w.last_flattens = NET_MAX_LAYERS;
    expect_refusal(&f, &w, "the program has 516 layers, must have at most 512");
    w.last_flattens = 0;
    code[2] = 0;
    code[3] = DESCRIPTOR_HEADER_WORDS;
    seal(code);
    expect_and_close(&f, &w, "the program has 0 descriptors, must be 1 to 512");
    free(code);
}

/* Whatever is accepted also runs; under sanitizers this is the proof. */
static void test_program_load__hostile_words_do_no_harm(void)
{
    struct fixture f;
    struct rng r;
    int accepted = 0;

    rng_init(&r, 24);
    CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL), 0);
    const uint32_t words = f.program.code_header.words;
    uint32_t *code = malloc(words * sizeof(*code));
    struct program_words w = words_of(&f.program);

    w.code = code;
    w.damaged = true;
    for (int n = 0; n < 4000; n++) {
        struct program back;
        struct diag diag;

        diag_init(&diag);
        memcpy(code, f.program.code, words * sizeof(*code));
        for (int64_t i = rng_range(&r, 1, 3); i > 0; i--) {
            uint32_t *at = &code[rng_range(&r, 8, (int64_t) words - 1)];

            *at = rng_range(&r, 0, 2) ? *at ^ 1u << rng_range(&r, 0, 31)
                                      : (uint32_t) rng_next(&r);
        }
        seal(code);
        if (!program_load(&back, &w, &f.hw, PLACE_NONE, &diag)) {
            struct array_model *model = array_new(&back, NULL);
            struct array_state *s = array_state_new(model);

            array_run(model, s);
            array_state_free(s);
            array_free(model);
            accepted++;
        }
        program_release(&back);
        diag_release(&diag);
    }
    CU_ASSERT(0 < accepted && accepted < 4000);
    free(code);
    fixture_close(&f);
}

void suite_program_load(void)
{
    CU_pSuite s = CU_add_suite("program_load", NULL, NULL);

    CU_ADD_TEST(s, test_program_load__shipped_designs_run_as_before);
    CU_ADD_TEST(s, test_program_load__machines_run_as_before);
    CU_ADD_TEST(s, test_program_load__random_networks_run_as_before);
    CU_ADD_TEST(s, test_program_load__every_wrong_word_has_its_message);
    CU_ADD_TEST(s, test_program_load__every_memory_must_fit);
    CU_ADD_TEST(s, test_program_load__what_no_sum_can_hold_is_refused);
    CU_ADD_TEST(s, test_program_load__a_factor_above_a_half_is_refused);
    CU_ADD_TEST(s, test_program_load__the_number_of_layers_is_bounded);
    CU_ADD_TEST(s, test_program_load__a_damaged_image_runs_when_asked);
    CU_ADD_TEST(s, test_program_load__hostile_words_do_no_harm);
}
