/*
 * engine.c - the engine alone: layers of the array, fed by C.
 *
 * The RTL is fed from the im2col rows of the layer (array_operands), which are
 * made once an image and layer; a request is then a copy.
 */
#include "sim/cosim/bench.h"
#include "sim/cosim/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/timing.h"
#include "sim/base/interrupt.h"

enum { ERR_BYTES = 300 };

/* One engine and the tensors on both sides of the comparison. */
struct engine_bench {
    const struct cosim_setup *setup;
    const struct library_engine *lib;
    const struct array_model *model;
    const struct program *program;
    struct npu *npu;
    struct array_state *mine, *rtl;
    int32_t *rows;                /* [positions][stride] codes of a layer */
    size_t stride;                /* steps * lanes, and a tile of slack */
    uint8_t *seen;                /* [positions * channels] of a layer */
    int64_t *cycle_of;            /* [positions * channels] */
    const struct program_desc *desc;
    bool broken;                  /* an output twice, or out of range */
    /* while tracing */
    struct trace *trace;          /* NULL: not */
    int tiles_begun;              /* channel tiles that asked for it so far */
    uint64_t now;
};

static size_t slack(const struct hw *hw)
{
    return (size_t) hw->rows * (size_t) hw->lanes;
}

void engine_bench_free(struct engine_bench *b)
{
    if (!b)
        return;
    if (b->npu)
        b->lib->npu_free(b->npu);
    array_state_free(b->mine);
    array_state_free(b->rtl);
    free(b->rows);
    free(b->seen);
    free(b->cycle_of);
    free(b);
}

/* Buffers for the greatest layer of the array. */
static int allocate(struct engine_bench *b)
{
    const struct program *program = b->program;
    const struct hw *hw = program->hw;
    size_t rows = 1, outputs = 1;

    for (int i = 0; i < program->desc_count; i++) {
        const struct program_desc *d = &program->desc[i];
        const size_t row = (size_t) d->steps * (size_t) hw->lanes + slack(hw);
        const size_t elements = (size_t) net_elements(d->out);

        if (d->unit != PROGRAM_ARRAY)
            continue;
        rows = row * (size_t) d->positions > rows
            ? row * (size_t) d->positions : rows;
        outputs = elements > outputs ? elements : outputs;
    }
    b->mine = array_state_new(b->model);
    b->rtl = array_state_new(b->model);
    b->rows = calloc(rows, sizeof(*b->rows));
    b->seen = calloc(outputs, 1);
    b->cycle_of = calloc(outputs, sizeof(*b->cycle_of));
    return b->mine && b->rtl && b->rows && b->seen && b->cycle_of ? 0 : -1;
}

struct engine_bench *engine_bench_new(const struct cosim_setup *setup,
                                      struct diag *diag)
{
    struct engine_bench *b = calloc(1, sizeof(*b));
    char err[ERR_BYTES] = "";

    if (b)
        *b = (struct engine_bench) {
            .setup = setup, .lib = &setup->lib->engine,
            .model = setup->model, .program = setup->program
        };
    if (!b || allocate(b)) {
        diag_error(diag, place_of_file(setup->rom), "out of memory");
        engine_bench_free(b);
        return NULL;
    }
    b->npu = b->lib->npu_new(setup->rom, err, sizeof(err));
    if (b->npu)
        return b;
    diag_error(diag, place_of_file(setup->rom), "the engine cannot start: %s",
               err);
    engine_bench_free(b);
    return NULL;
}

/* ------------------------------------------------ the engine's two sides */

static void copy_codes(const struct engine_bench *b, uint32_t position,
                       uint32_t k, int count, int32_t *codes)
{
    const int32_t zp = b->desc->in_zp;

    if (position >= (uint32_t) b->desc->positions) {
        for (int i = 0; i < count; i++)
            codes[i] = zp;
        return;
    }
    memcpy(codes, b->rows + position * b->stride + k,
           (size_t) count * sizeof(*codes));
}

/* While tracing: when the steps of the element's position were asked for, in
 * the channel tile that holds its channel. */
static void note_request(struct engine_bench *b, uint32_t position,
                         uint32_t step)
{
    const struct hw *hw = b->program->hw;
    const struct trace *t = b->trace;
    const uint32_t rows = (uint32_t) hw->rows;
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    const uint32_t mine = t ? (uint32_t) t->position : 0;

    if (!t || (ws ? position != mine : position / rows != mine / rows))
        return;
    b->tiles_begun += step == 0;
    if (b->tiles_begun - 1 == t->channel / hw->cols)
        trace_ask(b->trace, step, b->now);
}

static void fetch(void *ctx, uint32_t position, uint32_t step, int32_t *codes)
{
    struct engine_bench *b = ctx;
    const struct hw *hw = b->program->hw;
    const uint32_t k = step * (uint32_t) hw->lanes;

    note_request(b, position, step);
    if (hw->dataflow == HW_WEIGHT_STATIONARY) {
        copy_codes(b, position, k, hw->rows * hw->lanes, codes);
        return;
    }
    for (int r = 0; r < hw->rows; r++)
        copy_codes(b, position + (uint32_t) r, k, hw->lanes,
                   codes + r * hw->lanes);
}

static void store(void *ctx, uint32_t position, uint32_t ctile,
                  const int32_t *codes, uint64_t cycle)
{
    struct engine_bench *b = ctx;
    const struct program_desc *d = b->desc;
    const int cols = b->program->hw->cols;
    const int64_t first = (int64_t) ctile * cols;
    int32_t *out = array_tensor(b->rtl, d->layer + 1);

    if (position >= (uint32_t) d->positions || first >= d->filters) {
        b->broken = true;
        return;
    }
    for (int c = 0; c < cols && first + c < d->filters; c++) {
        const int64_t at = (int64_t) position * d->filters + first + c;

        b->broken = b->broken || b->seen[at];
        b->seen[at] = 1;
        b->cycle_of[at] = (int64_t) cycle;
        out[at] = codes[c];
    }
}

static void gather_rows(struct engine_bench *b)
{
    const struct hw *hw = b->program->hw;
    const struct program_desc *d = b->desc;
    const size_t taps = (size_t) d->steps * (size_t) hw->lanes;

    b->stride = taps + slack(hw);
    for (int p = 0; p < d->positions; p++) {
        int32_t *row = b->rows + (size_t) p * b->stride;

        array_operands(b->model, b->rtl, d->layer, p, row);
        memset(row + taps, 0, slack(hw) * sizeof(*row));
        for (size_t k = 0; k < b->stride; k++)
            row[k] += d->in_zp;
    }
}

static int run_rtl(struct engine_bench *b, uint64_t *cycles,
                   uint64_t *overflows)
{
    const struct program_desc *d = b->desc;
    const struct npu_layer_regs regs = {
        .positions = (uint32_t) d->positions, .steps = (uint32_t) d->steps,
        .ctiles = (uint32_t) d->channel_tiles, .weight_base = d->weight_base,
        .param_base = d->param_base, .in_zp = d->in_zp, .out_zp = d->out_zp,
        .act_min = d->out_min, .act_max = d->out_max,
        .double_round = d->double_round
    };
    const int64_t expected = timing_engine_cycles(b->program->hw, d);

    gather_rows(b);
    memset(b->seen, 0, (size_t) net_elements(d->out));
    b->broken = false;
    return b->lib->npu_run(b->npu, &regs, fetch, store, b,
                           (uint64_t) (2 * expected + 1000), cycles,
                           overflows);
}

/* --------------------------------------------------------- the comparison */

static void compare_values(struct engine_bench *b, struct image_result *r,
                           struct cosim_difference base)
{
    const struct program_desc *d = b->desc;
    const int32_t *mine = array_tensor(b->mine, d->layer + 1);
    const int32_t *rtl = array_tensor(b->rtl, d->layer + 1);
    const int64_t count = net_elements(d->out);
    struct cosim_layer *l = &r->layer[d->layer];

    for (int64_t i = 0; i < count; i++) {
        const bool arrived = d->unit != PROGRAM_ARRAY || b->seen[i];

        if (mine[i] == rtl[i] && arrived)
            continue;
        l->value_differences++;
        base.kind = arrived ? COSIM_VALUE : COSIM_FAILED;
        snprintf(base.text, sizeof(base.text), "%s", arrived ? ""
                 : "an output never came");
        bench_place(d, i, &base);
        base.model_code = mine[i];
        base.rtl_code = rtl[i];
        base.cycle = d->unit == PROGRAM_ARRAY ? (uint64_t) b->cycle_of[i] : 0;
        bench_note(r, base);
    }
    l->elements += count;
}

static void compare_counts(struct engine_bench *b, struct image_result *r,
                           struct cosim_difference base, uint64_t cycles,
                           uint64_t overflows, int64_t model_overflows)
{
    struct cosim_layer *l = &r->layer[b->desc->layer];
    const int64_t expected = timing_engine_cycles(b->program->hw, b->desc);

    l->model_cycles += expected;
    l->rtl_cycles += (int64_t) cycles;
    l->model_overflows += model_overflows;
    l->rtl_overflows += (int64_t) overflows;
    bench_count(r, base, COSIM_OVERFLOWS, model_overflows,
                (int64_t) overflows);
    bench_count(r, base, COSIM_CYCLES, expected, (int64_t) cycles);
}

static void run_layer(struct engine_bench *b, struct image_result *r,
                      int64_t image, int layer)
{
    const struct program_desc *d = &b->program->desc[layer];
    const struct cosim_difference base = { .image = image, .layer = layer,
                                           .step = -1 };
    const int64_t before = bench_total(array_overflows(b->mine, layer),
                                       d->out.c);
    uint64_t cycles = 0, overflows = 0;

    b->desc = d;
    array_run_layer(b->model, b->mine, layer);
    if (d->unit != PROGRAM_ARRAY) {
        array_run_layer(b->model, b->rtl, layer);
        compare_values(b, r, base);
        return;
    }
    if (run_rtl(b, &cycles, &overflows) || b->broken) {
        struct cosim_difference failed = base;

        failed.kind = COSIM_FAILED;
        failed.rtl_count = (int64_t) cycles;
        snprintf(failed.text, sizeof(failed.text), "the engine did not finish, "
                 "or emitted an output twice or never");
        bench_note(r, failed);
        return;
    }
    compare_values(b, r, base);
    compare_counts(b, r, base, cycles, overflows,
                   bench_total(array_overflows(b->mine, layer), d->out.c)
                   - before);
}

static void load_image(struct engine_bench *b, int64_t image)
{
    b->setup->load(b->setup->load_ctx, image, array_tensor(b->mine, 0));
    memcpy(array_tensor(b->rtl, 0), array_tensor(b->mine, 0),
           (size_t) net_elements(b->program->net->input) * sizeof(int32_t));
}

void engine_bench_run(struct engine_bench *b, int64_t image,
                      struct image_result *r)
{
    load_image(b, image);
    for (int i = 0; i < b->program->desc_count; i++) {
        run_layer(b, r, image, i);
        if (r->first.kind == COSIM_FAILED || interrupt_requested())
            break;
    }
}

/* ------------------------------------------------------------- the trace */

static int peek(void *ctx, uint32_t row, uint32_t col, int64_t *acc)
{
    const struct engine_bench *b = ctx;
    int overflow;

    return b->lib->npu_peek(b->npu, row, col, acc, &overflow);
}

static void on_cycle(void *ctx, uint64_t cycle)
{
    struct engine_bench *b = ctx;

    const struct trace_eyes eyes = { .ctx = b, .sum = peek };

    trace_collect(b->trace, cycle, &eyes);
    b->now = cycle + 1;
}

int engine_bench_trace(struct engine_bench *b, struct cosim_difference *d,
                       struct diag *diag)
{
    const struct program *program = b->program;
    const int64_t outputs = net_elements(program->desc[d->layer].out);
    uint64_t cycles, overflows;
    struct trace t;

    load_image(b, d->image);
    for (int i = 0; i < d->layer; i++)
        array_run_layer(b->model, b->mine, i);
    for (int i = 0; i <= d->layer; i++)
        memcpy(array_tensor(b->rtl, i), array_tensor(b->mine, i),
               (size_t) net_elements(net_tensor_shape(program->net, i))
               * sizeof(int32_t));
    if (trace_init(&t, b->model, program, b->mine, d, diag)) {
        trace_release(&t);
        return -1;
    }
    array_run_layer(b->model, b->mine, d->layer);
    memset(array_tensor(b->rtl, d->layer + 1), 0,
           (size_t) outputs * sizeof(int32_t));
    b->desc = &program->desc[d->layer];
    b->trace = &t;
    b->lib->npu_on_cycle(b->npu, on_cycle, b);
    run_rtl(b, &cycles, &overflows);
    trace_find_step(&t, b->mine, d);
    b->trace = NULL;
    trace_release(&t);
    return 0;
}
