/*
 * core.c - the whole core: it runs the network by itself and is watched.
 *
 *     input --AXI--> activation memory         start --AXI--> npu_core
 *     results, as they are written --hook--> tensors, compared with the model
 *     counters, signatures, what is still in memory --AXI--> compared
 */
#include "sim/cosim/bench.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codegen/regs.h"
#include "sim/array/signature.h"
#include "sim/array/timing.h"
#include "sim/base/interrupt.h"
#include "sim/cosim/trace.h"

enum { ERR_BYTES = 300, SETTLE_CYCLES = 100000 };

struct core_bench {
    const struct cosim_setup *setup;
    const struct library_core *lib;
    const struct program *program;
    struct npu_core *core;
    struct array_state *mine, *rtl;
    uint8_t **seen;               /* [layers][elements] */
    uint64_t **cycle_of;          /* [layers][elements], of the run */
    uint64_t start;               /* cycle in which the run began */
    int64_t image;
    double seconds;               /* from start to done, of the last run */
    struct cosim_difference trouble;   /* FAILED, or EQUAL: none */
    bool verified;                /* the core has checked its ROMs */
    struct trace *trace;          /* NULL: not */
    struct arena arena;
};

void core_bench_free(struct core_bench *b)
{
    if (!b)
        return;
    if (b->core)
        b->lib->npu_free(b->core);
    array_state_free(b->mine);
    array_state_free(b->rtl);
    arena_release(&b->arena);
    free(b);
}

static int allocate(struct core_bench *b)
{
    const struct program *p = b->program;
    const size_t layers = (size_t) p->desc_count;

    b->mine = array_state_new(b->setup->model);
    b->rtl = array_state_new(b->setup->model);
    b->seen = arena_alloc_array(&b->arena, layers, sizeof(*b->seen));
    b->cycle_of = arena_alloc_array(&b->arena, layers, sizeof(*b->cycle_of));
    if (!b->mine || !b->rtl || !b->seen || !b->cycle_of)
        return -1;
    for (size_t i = 0; i < layers; i++) {
        const size_t count = (size_t) net_elements(p->desc[i].out);

        b->seen[i] = arena_alloc_array(&b->arena, count, 1);
        b->cycle_of[i] = arena_alloc_array(&b->arena, count,
                                           sizeof(**b->cycle_of));
        if (!b->seen[i] || !b->cycle_of[i])
            return -1;
    }
    return 0;
}

struct core_bench *core_bench_new(const struct cosim_setup *setup,
                                  struct diag *diag)
{
    struct core_bench *b = calloc(1, sizeof(*b));
    char err[ERR_BYTES] = "";

    if (b) {
        *b = (struct core_bench) { .setup = setup, .lib = &setup->lib->core,
                                   .program = setup->program };
        arena_init(&b->arena, 0);
    }
    if (!b || allocate(b)) {
        diag_error(diag, place_of_file(setup->rom), "out of memory");
        core_bench_free(b);
        return NULL;
    }
    b->core = b->lib->npu_new(setup->rom, err, sizeof(err));
    if (b->core)
        return b;
    diag_error(diag, place_of_file(setup->rom), "the core cannot start: %s",
               err);
    core_bench_free(b);
    return NULL;
}

/* -------------------------------------------------------------- trouble */

/* Note what the RTL did that it never should; the first is kept. */
static void __attribute__((format(printf, 4, 5)))
complain(struct core_bench *b, enum cosim_fault fault, int layer,
         const char *format, ...)
{
    struct cosim_difference *d = &b->trouble;
    va_list args;

    if (d->kind != COSIM_EQUAL)
        return;
    *d = (struct cosim_difference) { .kind = COSIM_FAILED, .image = b->image,
                                     .layer = layer, .step = -1,
                                     .fault = fault };
    va_start(args, format);
    vsnprintf(d->text, sizeof(d->text), format, args);
    va_end(args);
}

/* The core did not go on: because an assertion stopped the simulation, or else
 * as the caller says. */
static void __attribute__((format(printf, 4, 5)))
complain_stuck(struct core_bench *b, enum cosim_fault fault, int layer,
               const char *format, ...)
{
    struct npu_core_failure f;
    char text[COSIM_TEXT];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (b->lib->npu_failure(b->core, &f)) {
        const bool first = b->trouble.kind == COSIM_EQUAL;

        complain(b, fault, layer, "%s", text);
        b->trouble.hangs |= first;
        return;
    }
    layer = program_layer_of(b->program, (int) f.index);
    layer = layer < 0 ? 0 : layer;
    if (f.name[0])
        complain(b, COSIM_CONTROL, layer, "an assertion stops the simulation");
    else
        complain(b, COSIM_UNKNOWN, layer, "the simulation stops: %s", f.text);
    if (!f.name[0] || b->trouble.assertion[0])
        return;
    b->trouble.fault = COSIM_ASSERTED;
    b->trouble.cycle = f.cycle > b->start ? f.cycle - b->start : 0;
    memcpy(b->trouble.assertion, f.name, sizeof(f.name));
    memcpy(b->trouble.module, f.module, sizeof(f.module));
    memcpy(b->trouble.instance, f.instance, sizeof(f.instance));
}

static bool in_trouble(const struct core_bench *b)
{
    return b->trouble.kind != COSIM_EQUAL;
}

/* ------------------------------------------------------------------ AXI */

static void put(struct core_bench *b, uint32_t address, uint32_t data,
                unsigned strobe)
{
    const int answer = b->lib->npu_write(b->core, address, data, strobe);

    if (answer < 0)
        complain_stuck(b, COSIM_HOST, 0,
                       "AXI write to 0x%06" PRIx32 " gets no answer",
                       address);
    else if (answer)
        complain(b, COSIM_HOST, 0,
                 "AXI write to 0x%06" PRIx32 " answers an error", address);
}

static uint32_t get(struct core_bench *b, uint32_t address)
{
    uint32_t data = 0;
    const int answer = b->lib->npu_read(b->core, address, &data);

    if (answer < 0)
        complain_stuck(b, COSIM_HOST, 0,
                       "AXI read of 0x%06" PRIx32 " gets no answer",
                       address);
    else if (answer)
        complain(b, COSIM_HOST, 0,
                 "AXI read of 0x%06" PRIx32 " answers an error", address);
    return data;
}

static uint64_t get_wide(struct core_bench *b, uint32_t address)
{
    const uint64_t low = get(b, address);

    return low | (uint64_t) get(b, address + 4) << 32;
}

/* Bytes of an element in the window. */
static uint32_t element_bytes(const struct core_bench *b)
{
    return b->program->hw->act_bits > 8 ? 2 : 1;
}

/* All of these elements are in the window: behind it the address would wrap
 * into the registers. */
static bool in_window(const struct core_bench *b, int64_t first, int64_t count)
{
    return first >= 0 && count >= 0
           && first + count <= program_window_elements(b->program->hw);
}

/* Elements from `first` on, in whole words; strobes cut the ends off. */
static void write_elements(struct core_bench *b, int64_t first,
                           const int32_t *codes, int64_t count)
{
    const uint32_t size = element_bytes(b);
    const uint64_t begin = (uint64_t) first * size;
    const uint64_t end = begin + (uint64_t) count * size;

    assert(in_window(b, first, count));
    for (uint64_t word = begin & ~UINT64_C(3); word < end && !in_trouble(b);
         word += 4) {
        uint32_t data = 0;
        unsigned strobe = 0;

        for (uint32_t i = 0; i < 4; i++) {
            const uint64_t at = word + i;

            if (at < begin || at >= end)
                continue;
            const uint32_t code = (uint32_t) codes[(at - begin) / size];

            data |= (code >> 8 * ((at - begin) % size) & 0xff) << 8 * i;
            strobe |= 1u << i;
        }
        put(b, NPU_CORE_WINDOW + (uint32_t) word, data, strobe);
    }
}

static void read_elements(struct core_bench *b, int64_t first, int32_t *codes,
                          int64_t count)
{
    const uint32_t size = element_bytes(b);
    const bool is_signed = b->program->hw->act_signed;
    uint64_t have = UINT64_MAX;
    uint32_t data = 0;

    assert(in_window(b, first, count));
    for (int64_t i = 0; i < count && !in_trouble(b); i++) {
        const uint64_t at = (uint64_t) (first + i) * size;

        if (have != (at & ~UINT64_C(3))) {
            have = at & ~UINT64_C(3);
            data = get(b, NPU_CORE_WINDOW + (uint32_t) have);
        }
        const uint32_t raw = data >> 8 * (at & 3);

        if (size == 1)
            codes[i] = is_signed ? (int8_t) raw : (int32_t) (raw & 0xff);
        else
            codes[i] = is_signed ? (int16_t) raw : (int32_t) (raw & 0xffff);
    }
}

/* ------------------------------------------------------ watching a run */

static void take_result(struct core_bench *b, const struct npu_core_event *e)
{
    const int layer = program_layer_of(b->program, (int) e->index);

    if (layer < 0) {
        complain(b, COSIM_ASTRAY, 0,
                 "a result of descriptor %" PRIu32 ", which is not there",
                 e->index);
        return;
    }
    const struct program_desc *d = &b->program->desc[layer];
    const int64_t first = (int64_t) e->result_ctile * b->program->hw->cols;
    const int64_t left = d->out.c - first;
    const int64_t wanted = left < b->program->hw->cols ? left
                                                       : b->program->hw->cols;

    if (e->result_position >= (uint32_t) d->positions || left <= 0
        || e->count != (uint32_t) wanted || e->layer != (uint32_t) layer) {
        complain(b, COSIM_ASTRAY, layer,
                 "a result of position %" PRIu32 ", channel tile %"
                 PRIu32 ", %" PRIu32 " channels: outside the layer",
                 e->result_position, e->result_ctile, e->count);
        return;
    }
    for (int64_t c = 0; c < wanted; c++) {
        const int64_t at = (int64_t) e->result_position * d->out.c + first + c;

        if (b->seen[layer][at]++)
            complain(b, COSIM_ASTRAY, layer,
                     "the result of position %" PRIu32 ", channel %"
                     PRId64 " comes twice", e->result_position, first + c);
        b->cycle_of[layer][at] = e->cycle - b->start;
        array_tensor(b->rtl, layer + 1)[at] = e->codes[c];
    }
}

static void on_result(void *ctx, const struct npu_core_event *event)
{
    take_result(ctx, event);
}

/* Tensors that the host made before the run, into activation memory. */
static void write_inputs(struct core_bench *b)
{
    const struct program *p = b->program;

    for (int t = 0; t < p->tensor_count; t++) {
        const struct program_desc *d = t > 0 ? &p->desc[t - 1] : NULL;
        const bool made = !d || (d->unit == PROGRAM_HOST
                                 && d->when == PROGRAM_BEFORE);

        if (made && p->address[t] >= 0)
            write_elements(b, p->address[t], array_tensor(b->mine, t),
                           net_elements(net_tensor_shape(p->net, t)));
    }
}

/* What the host does: input, interrupt on, start. */
static void start(struct core_bench *b)
{
    put(b, NPU_CORE_CTRL, 2, 0xf);
    put(b, NPU_CORE_IRQ_ENABLE, 1, 0xf);
    write_inputs(b);
    if (b->lib->npu_irq(b->core))
        complain(b, COSIM_HOST, 0, "the interrupt is high before the start");
    b->start = b->lib->npu_now(b->core);
    put(b, NPU_CORE_CTRL, 1, 0xf);
}

static const char *error_help(int code)
{
    for (const struct reg_code *e = regs_error; e->name; e++)
        if (e->value == code)
            return e->help;
    return "no such error";
}

/* What a driver asks before it trusts the core. */
static void check_identity(struct core_bench *b)
{
    for (const struct reg *reg = regs_core; reg->name; reg++) {
        const uint32_t value = reg->constant ? get(b, reg->offset) : 0;

        if (reg->constant && value != reg->value)
            complain(b, COSIM_HOST, 0,
                     "register %s is 0x%08" PRIx32 ", must be 0x%08"
                     PRIx32, reg->name, value, reg->value);
    }
}

static void finish(struct core_bench *b)
{
    const uint32_t status = get(b, NPU_CORE_STATUS);
    const int index = (int) (status >> NPU_CORE_INDEX_SHIFT);
    const int code = (int) (status >> NPU_CORE_CODE_SHIFT & 15);
    const int layer = program_layer_of(b->program, index);

    check_identity(b);
    if (status & NPU_CORE_FAILED || !(status & NPU_CORE_DONE)
        || status & NPU_CORE_BUSY)
        complain(b, COSIM_CONTROL, layer < 0 ? 0 : layer,
                 "status 0x%08" PRIx32 ": error %d "
                 "at descriptor %d: %s", status, code, index,
                 error_help(code));
    else if (get(b, NPU_CORE_FINISHED) != b->program->code_header.descriptors)
        complain(b, COSIM_CONTROL, 0,
                 "%" PRIu32 " of %" PRIu32 " descriptors finished",
                 get(b, NPU_CORE_FINISHED),
                 b->program->code_header.descriptors);
    if (!b->lib->npu_irq(b->core))
        complain(b, COSIM_HOST, 0, "no interrupt at the end");
    put(b, NPU_CORE_IRQ_STATUS, 1, 0xf);
    if (b->lib->npu_irq(b->core))
        complain(b, COSIM_HOST, 0, "the interrupt cannot be cleared");
}

/* Let the core itself check its ROMs, once, against the CRC of the program's
 * header: that one is written from the same words by other code. */
static void verify_images(struct core_bench *b)
{
    const struct program *p = b->program;
    const uint64_t words = (uint64_t) p->hw->cols
        * (p->weight_words + 2 * (uint64_t) p->param_words);
    uint32_t status;

    if (b->verified || in_trouble(b))
        return;
    b->verified = true;
    put(b, NPU_CORE_WEIGHT_WORDS, p->weight_words, 0xf);
    put(b, NPU_CORE_PARAM_WORDS, p->param_words, 0xf);
    put(b, NPU_CORE_CTRL, NPU_CORE_VERIFY, 0xf);
    /* At most 64 bytes a word, and the program before. */
    if (b->lib->npu_wait(b->core, SETTLE_CYCLES + 66 * words))
        complain_stuck(b, COSIM_IMAGES, 0,
                       "the core hangs in the check of its ROMs");
    status = get(b, NPU_CORE_STATUS);
    if ((status & 0xffff) != NPU_CORE_DONE)
        complain(b, COSIM_IMAGES, 0,
                 "the core refuses its ROM images: status 0x%08" PRIx32,
                 status);
    put(b, NPU_CORE_CTRL, NPU_CORE_CLEAR, 0xf);
}

/* Twice what the model says, for a run that hangs. */
static uint64_t patience(const struct program *p)
{
    int64_t cycles = SETTLE_CYCLES;

    for (int i = 0; i < p->desc_count; i++)
        cycles += 2 * timing_layer_cycles(p->hw, &p->desc[i]);
    return (uint64_t) cycles;
}

/* Of this thread's processor time: other programs do not count. */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* The layer that is at work, as the core's status has it; 0 before the first
 * and when the bus does not answer. */
static int layer_at_work(const struct core_bench *b)
{
    uint32_t status = 0;

    if (b->lib->npu_read(b->core, NPU_CORE_STATUS, &status))
        return 0;
    const int layer = program_layer_of(b->program,
                                       (int) (status >> NPU_CORE_INDEX_SHIFT));

    return layer < 0 ? 0 : layer;
}

static void load_image(struct core_bench *b, int64_t image)
{
    const struct program *p = b->program;

    b->image = image;
    b->trouble.kind = COSIM_EQUAL;
    b->setup->load(b->setup->load_ctx, image, array_tensor(b->mine, 0));
    memcpy(array_tensor(b->rtl, 0), array_tensor(b->mine, 0),
           (size_t) net_elements(p->net->input) * sizeof(int32_t));
    for (int i = 0; i < p->desc_count; i++) {
        memset(b->seen[i], 0, (size_t) net_elements(p->desc[i].out));
        if (p->desc[i].unit == PROGRAM_HOST
            && p->desc[i].when == PROGRAM_BEFORE)
            array_run_layer(b->setup->model, b->mine, i);
    }
    b->lib->npu_bus_pauses(b->core, b->setup->pauses
                           ? b->setup->pauses + (uint64_t) image : 0);
}

/* From the input to the interrupt. */
static void run_rtl(struct core_bench *b)
{
    start(b);
    const double began = seconds();

    const uint64_t cycles = patience(b->program);

    if (!in_trouble(b) && b->lib->npu_wait(b->core, cycles)) {
        const int layer = layer_at_work(b);

        complain_stuck(b, COSIM_HANGS, layer,
                       "the core hangs in layer '%s': it is "
                       "not done after %" PRIu64 " cycles",
                       b->program->desc[layer].name, cycles);
    }
    b->seconds = seconds() - began;
    if (!in_trouble(b))
        finish(b);
}

/* What is not the core's: flatten moves nothing, and the host computes on what
 * the core has left. */
static void run_the_rest(struct core_bench *b)
{
    for (int i = 0; i < b->program->desc_count; i++) {
        const struct program_desc *d = &b->program->desc[i];

        if (d->index >= 0)
            continue;
        array_run_layer(b->setup->model, b->rtl, i);
        memset(b->seen[i], 1, (size_t) net_elements(d->out));
    }
}

/* --------------------------------------------------------- the comparison */

static void compare_values(struct core_bench *b, struct image_result *r,
                           int layer)
{
    const struct program_desc *d = &b->program->desc[layer];
    const int32_t *mine = array_tensor(b->mine, layer + 1);
    const int32_t *rtl = array_tensor(b->rtl, layer + 1);
    const int64_t count = net_elements(d->out);
    int64_t first = -1;

    for (int64_t i = 0; i < count; i++) {
        if (!b->seen[layer][i])
            complain(b, COSIM_ASTRAY, layer, "an output never came");
        if (mine[i] == rtl[i] && b->seen[layer][i])
            continue;
        r->layer[layer].value_differences++;
        /* The first in time, not in memory. */
        if (first < 0 || b->cycle_of[layer][i] < b->cycle_of[layer][first])
            first = i;
    }
    r->layer[layer].elements += count;
    if (first < 0 || in_trouble(b))
        return;
    struct cosim_difference diff = {
        .kind = COSIM_VALUE, .image = b->image, .layer = layer, .step = -1,
        .model_code = mine[first], .rtl_code = rtl[first],
        .cycle = b->cycle_of[layer][first]
    };

    bench_place(d, first, &diff);
    bench_note(r, diff);
}

/* The layer's registers. */
static void compare_counters(struct core_bench *b, struct image_result *r,
                             int layer, int64_t overflows)
{
    const struct program_desc *d = &b->program->desc[layer];
    const uint32_t at = NPU_CORE_LAYERS + 32 * (uint32_t) d->index;
    const int64_t cycles = timing_layer_cycles(b->program->hw, d);
    const uint32_t signature = signature_of_layer(
        b->program->hw, d, array_tensor(b->mine, layer + 1));
    const int64_t rtl_cycles = (int64_t) get_wide(b, at
                                                  + NPU_CORE_LAYER_CYCLES);
    const int64_t rtl_overflows =
        (int64_t) get_wide(b, at + NPU_CORE_LAYER_OVERFLOWS);
    const uint32_t rtl_signature = get(b, at + NPU_CORE_LAYER_SIGNATURE);
    const uint32_t info = get(b, at + NPU_CORE_LAYER_INFO);
    const struct descriptor word = program_descriptor(b->program, layer);
    struct cosim_layer *l = &r->layer[layer];

    if (info != ((uint32_t) word.op | (uint32_t) layer << 16))
        complain(b, COSIM_CONTROL, layer,
                 "the layer's registers say 0x%08" PRIx32
                 " of operation and layer", info);
    l->model_cycles += cycles;
    l->rtl_cycles += rtl_cycles;
    l->model_overflows += overflows;
    l->rtl_overflows += rtl_overflows;
    l->signature = signature;
    l->signature_differences += signature != rtl_signature;
    const struct cosim_difference at_layer = {
        .image = b->image, .layer = layer, .step = -1
    };

    bench_count(r, at_layer, COSIM_OVERFLOWS, overflows, rtl_overflows);
    bench_count(r, at_layer, COSIM_SIGNATURE, signature, rtl_signature);
    bench_count(r, at_layer, COSIM_CYCLES, cycles, rtl_cycles);
}

/* No later layer has written over a part of tensor t. */
static bool still_there(const struct program *p, int t)
{
    const int64_t from = p->address[t];
    const int64_t to = from + net_elements(net_tensor_shape(p->net, t));

    for (int u = t + 1; u < p->tensor_count; u++) {
        const int64_t begin = p->address[u];

        if (p->desc[u - 1].index >= 0 && begin < to
            && begin + net_elements(net_tensor_shape(p->net, u)) > from)
            return false;
    }
    return true;
}

/* Read back through AXI what is still in memory, the output always; a tensor
 * between layers may lie behind the window. */
static void compare_memory(struct core_bench *b, struct image_result *r)
{
    const struct program *p = b->program;

    for (int t = p->tensor_count - 1; t > 0 && !in_trouble(b); t--) {
        const struct program_desc *d = &p->desc[t - 1];
        const int64_t count = net_elements(d->out);
        int32_t *codes;

        if (d->index < 0 || !still_there(p, t)
            || !in_window(b, p->address[t], count))
            continue;
        codes = calloc((size_t) count, sizeof(*codes));
        if (!codes)
            return;
        read_elements(b, p->address[t], codes, count);
        for (int64_t i = 0; i < count && !in_trouble(b); i++) {
            r->read_back++;
            if (codes[i] == array_tensor(b->rtl, t)[i]
                || r->memory_differences++)
                continue;
            struct cosim_difference diff = {
                .kind = COSIM_MEMORY, .image = b->image, .layer = t - 1,
                .step = -1, .model_code = array_tensor(b->rtl, t)[i],
                .rtl_code = codes[i], .cycle = b->cycle_of[t - 1][i],
                .fault = COSIM_STORED
            };

            bench_place(d, i, &diff);
            bench_note(r, diff);
        }
        free(codes);
    }
}

static void compare(struct core_bench *b, struct image_result *r)
{
    const struct program *p = b->program;

    run_the_rest(b);
    /* First: what a layer wrote astray is wrong only in the layers after it. */
    compare_memory(b, r);
    for (int i = 0; i < p->desc_count; i++) {
        const int channels = p->desc[i].out.c;
        const int64_t before = bench_total(array_overflows(b->mine, i),
                                           channels);

        array_run_layer(b->setup->model, b->mine, i);
        compare_values(b, r, i);
        if (p->desc[i].index >= 0 && !b->trouble.assertion[0])
            compare_counters(b, r, i, bench_total(array_overflows(b->mine, i),
                                                  channels) - before);
    }
}

void core_bench_run(struct core_bench *b, int64_t image,
                    struct image_result *r)
{
    load_image(b, image);
    b->lib->npu_on_result(b->core, on_result, b);
    run_rtl(b);
    if (!in_trouble(b)) {
        r->run_cycles += (int64_t) get_wide(b, NPU_CORE_CYCLES);
        r->seconds += b->seconds;
    }
    compare(b, r);
    if (r->first.kind == COSIM_EQUAL)
        verify_images(b);
    /* What went wrong in a layer before is the cause of the trouble. */
    if (in_trouble(b) && (r->first.kind == COSIM_EQUAL
                          || r->first.layer >= b->trouble.layer))
        r->first = b->trouble;
}

/* -------------------------------------------------- on a debug library */

static int peek(void *ctx, uint32_t row, uint32_t col, int64_t *acc)
{
    const struct core_bench *b = ctx;
    int overflow;

    return b->lib->npu_peek(b->core, row, col, acc, &overflow);
}

static int peek_code(void *ctx, uint32_t row, uint32_t lane, int32_t *code)
{
    const struct core_bench *b = ctx;

    return b->lib->npu_peek_code(b->core, row, lane, code);
}

static int peek_operands(void *ctx, uint32_t row, uint32_t col, uint32_t lane,
                         int64_t *act, int64_t *weight)
{
    const struct core_bench *b = ctx;

    return b->lib->npu_peek_operands(b->core, row, col, lane, act, weight);
}

static int peek_start(void *ctx, uint32_t row, uint32_t col, int64_t *sum)
{
    const struct core_bench *b = ctx;

    return b->lib->npu_peek_start(b->core, row, col, sum);
}

static void on_cycle(void *ctx, const struct npu_core_event *e)
{
    struct core_bench *b = ctx;
    struct trace *t = b->trace;
    const struct hw *hw = b->program->hw;

    if (e->result)
        take_result(b, e);
    if (!t)
        return;
    if (e->index == (uint32_t) t->desc->index && (e->request || e->vector)
        && e->ctile == (uint32_t) (t->channel / hw->cols)) {
        const uint32_t mine = (uint32_t) t->position;
        const uint32_t rows = (uint32_t) hw->rows;
        const bool tile = e->request
                          && hw->dataflow == HW_OUTPUT_STATIONARY;

        if (tile ? e->position / rows == mine / rows : e->position == mine)
            trace_ask(t, e->step, e->cycle);
    }
    const struct trace_eyes eyes = { b, peek, peek_code, peek_operands,
                                     peek_start };

    trace_collect(t, e->cycle, &eyes);
}

/* The model alone, so that its tensors are there: up to a layer's inputs. */
static void run_model(struct core_bench *b, int layers)
{
    for (int i = 0; i < layers; i++)
        array_run_layer(b->setup->model, b->mine, i);
}

/* The tensor that the host writes before the run, read back at once: what has
 * changed on the way no gather can bring. */
static bool arrives(struct core_bench *b, int t)
{
    const struct program *p = b->program;
    const int64_t count = net_elements(net_tensor_shape(p->net, t));
    int32_t *codes = calloc((size_t) count, sizeof(*codes));
    bool same = true;

    if (codes && t == 0) {
        write_inputs(b);
        read_elements(b, p->address[t], codes, count);
        same = !memcmp(codes, array_tensor(b->mine, t),
                       (size_t) count * sizeof(*codes));
    }
    free(codes);
    return same;
}

int core_bench_trace(struct core_bench *b, struct cosim_difference *d,
                     struct diag *diag)
{
    struct trace t;

    load_image(b, d->image);
    run_model(b, d->layer);
    if (trace_init(&t, b->setup->model, b->program, b->mine, d, diag)) {
        trace_release(&t);
        return -1;
    }
    array_run_layer(b->setup->model, b->mine, d->layer);
    const bool whole = arrives(b, b->program->desc[d->layer].input);

    b->trace = &t;
    b->lib->npu_on_cycle(b->core, on_cycle, b);
    run_rtl(b);
    trace_find_step(&t, b->mine, d);
    if (d->fault == COSIM_CODE && !whole)
        d->fault = COSIM_HOST;
    if (d->step_cycle)
        d->step_cycle -= b->start;
    b->trace = NULL;
    b->lib->npu_on_cycle(b->core, NULL, NULL);
    trace_release(&t);
    return 0;
}

int core_bench_waves(struct core_bench *b, int64_t image, uint64_t from,
                     uint64_t to, const char *path, struct diag *diag)
{
    load_image(b, image);
    start(b);
    const uint64_t gone = b->lib->npu_now(b->core) - b->start;

    if (from > gone)
        b->lib->npu_step(b->core, from - gone);
    if (b->lib->npu_trace(b->core, path))
        return diag_error(diag, place_of_file(path), "'%s' cannot be written",
                          path);
    b->lib->npu_step(b->core, to - from);
    b->lib->npu_trace(b->core, NULL);
    return 0;
}
