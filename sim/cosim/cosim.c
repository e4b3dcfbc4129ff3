/*
 * cosim.c - one engine a worker, one image at a time.
 *
 * The RTL is fed from the im2col rows of the layer (array_operands), which are
 * made once an image and layer; a request is then a copy.
 */
#include "sim/cosim/cosim.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/evaluate.h"
#include "sim/array/timing.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

enum { ERR_BYTES = 300 };

/* One engine and the tensors on both sides of the comparison. */
struct bench {
    const struct library *lib;
    const struct array_model *model;
    const struct program *program;
    struct npu *npu;
    struct array_state *mine, *rtl;
    float *real;
    int32_t *rows;                /* [positions][stride] codes of a layer */
    size_t stride;                /* steps * lanes, and a tile of slack */
    uint8_t *seen;                /* [positions * channels] of a layer */
    int64_t *cycle_of;            /* [positions * channels] */
    const struct program_desc *desc;
    bool broken;                  /* an output twice, or out of range */
    double seconds;
    /* while tracing */
    int64_t position, channel;
    int tiles_begun;              /* channel tiles that asked for it so far */
    uint64_t now;
    int64_t *rtl_acc;             /* [steps] */
    uint64_t *rtl_cycle;          /* [steps] */
    uint64_t *asked;              /* [steps]: cycle of the fetch + 1, or 0 */
};

static size_t slack(const struct hw *hw)
{
    return (size_t) hw->rows * (size_t) hw->lanes;
}

static void bench_release(struct bench *b)
{
    if (b->npu)
        b->lib->npu_free(b->npu);
    array_state_free(b->mine);
    array_state_free(b->rtl);
    free(b->real);
    free(b->rows);
    free(b->seen);
    free(b->cycle_of);
}

static int bench_init(struct bench *b, const struct library *lib,
                      const struct array_model *model,
                      const struct program *program, const char *rom,
                      struct diag *diag)
{
    const struct hw *hw = program->hw;
    size_t rows = 1, outputs = 1;
    char err[ERR_BYTES] = "";

    *b = (struct bench) { .lib = lib, .model = model, .program = program };
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
    b->mine = array_state_new(model);
    b->rtl = array_state_new(model);
    b->real = calloc((size_t) net_elements(program->net->input),
                     sizeof(*b->real));
    b->rows = calloc(rows, sizeof(*b->rows));
    b->seen = calloc(outputs, 1);
    b->cycle_of = calloc(outputs, sizeof(*b->cycle_of));
    if (!b->mine || !b->rtl || !b->real || !b->rows || !b->seen
        || !b->cycle_of)
        return diag_error(diag, place_of_file(rom), "out of memory");
    b->npu = lib->npu_new(rom, err, sizeof(err));
    if (!b->npu)
        return diag_error(diag, place_of_file(rom), "the engine cannot start: "
                          "%s", err);
    return 0;
}

/* ------------------------------------------------ the engine's two sides */

static void copy_codes(const struct bench *b, uint32_t position, uint32_t k,
                       int count, int32_t *codes)
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
static void note_request(struct bench *b, uint32_t position, uint32_t step)
{
    const struct hw *hw = b->program->hw;
    const uint32_t rows = (uint32_t) hw->rows, mine = (uint32_t) b->position;
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;

    if (!b->asked || (ws ? position != mine : position / rows != mine / rows))
        return;
    b->tiles_begun += step == 0;
    if (b->tiles_begun - 1 != b->channel / hw->cols)
        return;
    for (uint32_t r = 0; r < (ws ? rows : 1); r++)
        if (step + r < (uint32_t) b->desc->steps)
            b->asked[step + r] = b->now + 1;
}

static void fetch(void *ctx, uint32_t position, uint32_t step, int32_t *codes)
{
    struct bench *b = ctx;
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
    struct bench *b = ctx;
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

static void gather_rows(struct bench *b)
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

static int run_rtl(struct bench *b, uint64_t *cycles, uint64_t *overflows)
{
    const struct program_desc *d = b->desc;
    const struct npu_layer_regs regs = {
        .positions = (uint32_t) d->positions, .steps = (uint32_t) d->steps,
        .ctiles = (uint32_t) d->channel_tiles, .weight_base = d->weight_base,
        .param_base = d->param_base, .in_zp = d->in_zp, .out_zp = d->out_zp,
        .act_min = d->out_min, .act_max = d->out_max,
        .double_round = d->double_round
    };
    const int64_t expected = timing_layer_cycles(b->program->hw, d);

    gather_rows(b);
    memset(b->seen, 0, (size_t) net_elements(d->out));
    b->broken = false;
    return b->lib->npu_run(b->npu, &regs, fetch, store, b,
                           (uint64_t) (2 * expected + 1000), cycles,
                           overflows);
}

/* --------------------------------------------------------- the comparison */

static int64_t total(const int64_t *counts, int n)
{
    int64_t sum = 0;

    for (int i = 0; i < n; i++)
        sum += counts[i];
    return sum;
}

/* What an image found, to be merged in the order of the images. */
struct image_result {
    struct cosim_layer *layer;
    struct cosim_difference first;
};

struct job {
    struct bench *bench;
    const struct dataset *data;
    int64_t first_image;
    struct image_result *image;
    struct progress progress;
};

static void note_first(struct image_result *r, struct cosim_difference d)
{
    if (r->first.kind == COSIM_EQUAL)
        r->first = d;
}

static void compare_values(struct bench *b, struct image_result *r,
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
        base.y = (int) (i / d->out.c / d->out.w);
        base.x = (int) (i / d->out.c % d->out.w);
        base.c = (int) (i % d->out.c);
        base.model_code = mine[i];
        base.rtl_code = rtl[i];
        base.cycle = d->unit == PROGRAM_ARRAY ? (uint64_t) b->cycle_of[i] : 0;
        note_first(r, base);
    }
    l->elements += count;
}

static void compare_counts(struct bench *b, struct image_result *r,
                           struct cosim_difference base, uint64_t cycles,
                           uint64_t overflows, int64_t model_overflows)
{
    struct cosim_layer *l = &r->layer[b->desc->layer];
    const int64_t expected = timing_layer_cycles(b->program->hw, b->desc);

    l->model_cycles += expected;
    l->rtl_cycles += (int64_t) cycles;
    l->model_overflows += model_overflows;
    l->rtl_overflows += (int64_t) overflows;
    if ((int64_t) overflows != model_overflows) {
        base.kind = COSIM_OVERFLOWS;
        base.model_count = model_overflows;
        base.rtl_count = (int64_t) overflows;
        note_first(r, base);
    }
    if ((int64_t) cycles != expected) {
        base.kind = COSIM_CYCLES;
        base.model_count = expected;
        base.rtl_count = (int64_t) cycles;
        note_first(r, base);
    }
}

static void run_layer(struct bench *b, struct image_result *r, int64_t image,
                      int layer)
{
    const struct program_desc *d = &b->program->desc[layer];
    const struct cosim_difference base = { .image = image, .layer = layer,
                                           .step = -1 };
    const int64_t before = total(array_overflows(b->mine, layer), d->out.c);
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
        note_first(r, failed);
        return;
    }
    compare_values(b, r, base);
    compare_counts(b, r, base, cycles, overflows,
                   total(array_overflows(b->mine, layer), d->out.c) - before);
}

static void load_image(struct bench *b, const struct dataset *data,
                       int64_t image)
{
    const struct program *p = b->program;

    dataset_image(data, p->net, image, b->real);
    evaluate_quantize_input(p, b->real, array_tensor(b->mine, 0));
    memcpy(array_tensor(b->rtl, 0), array_tensor(b->mine, 0),
           (size_t) net_elements(p->net->input) * sizeof(int32_t));
}

static void run_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct bench *b = &job->bench[worker];
    struct image_result *r = &job->image[item];
    const int64_t image = job->first_image + item;

    if (interrupt_requested())
        return;
    load_image(b, job->data, image);
    for (int i = 0; i < b->program->desc_count; i++) {
        run_layer(b, r, image, i);
        if (r->first.kind == COSIM_FAILED || interrupt_requested())
            break;
    }
    progress_step(&job->progress, 1);
}

static void merge(struct cosim_result *result, const struct job *job)
{
    for (int64_t n = 0; n < result->images; n++) {
        const struct image_result *r = &job->image[n];

        if (result->first.kind == COSIM_EQUAL)
            result->first = r->first;
        result->differences += r->first.kind >= COSIM_OVERFLOWS;
        for (int i = 0; i < result->layer_count; i++) {
            struct cosim_layer *to = &result->layer[i];
            const struct cosim_layer *from = &r->layer[i];

            to->elements += from->elements;
            to->value_differences += from->value_differences;
            to->model_overflows += from->model_overflows;
            to->rtl_overflows += from->rtl_overflows;
            to->model_cycles += from->model_cycles;
            to->rtl_cycles += from->rtl_cycles;
            result->elements += from->elements;
            result->differences += from->value_differences;
        }
    }
}

int cosim_run(struct cosim_result *result, const struct library *lib,
              const struct array_model *model, const struct program *program,
              const struct dataset *data, int64_t first_image, int64_t images,
              const char *rom, int workers, struct diag *diag)
{
    struct job job = { .data = data, .first_image = first_image };
    struct arena arena;
    int out = -1;

    memset(result, 0, sizeof(*result));
    arena_init(&arena, 0);
    images = images <= 0 ? 1 : images;
    if (images > data->count - first_image)
        images = data->count - first_image;
    if (workers <= 0)
        workers = parallel_count_cpus();
    if (workers > images)
        workers = (int) images;
    result->images = images;
    result->layer_count = program->desc_count;
    result->layer = calloc((size_t) program->desc_count,
                           sizeof(*result->layer));
    job.bench = arena_alloc_array(&arena, (size_t) workers,
                                  sizeof(*job.bench));
    job.image = arena_alloc_array(&arena, (size_t) images,
                                  sizeof(*job.image));
    bool failed = !result->layer || !job.bench || !job.image;

    for (int64_t n = 0; !failed && n < images; n++) {
        job.image[n].layer = arena_alloc_array(&arena,
                                               (size_t) program->desc_count,
                                               sizeof(*job.image[n].layer));
        failed = !job.image[n].layer;
    }
    if (failed) {
        diag_error(diag, place_of_file(rom), "out of memory");
        goto done;
    }
    for (int w = 0; w < workers; w++)
        if (bench_init(&job.bench[w], lib, model, program, rom, diag))
            goto done;
    progress_start(&job.progress, "co-simulating", images);
    parallel_for(images, workers, run_image, &job);
    progress_end(&job.progress);
    merge(result, &job);
    out = interrupt_requested() ? -1 : 0;

done:
    for (int w = 0; job.bench && w < workers; w++)
        if (job.bench[w].lib)
            bench_release(&job.bench[w]);
    arena_release(&arena);
    return out;
}

void cosim_release(struct cosim_result *result)
{
    free(result->layer);
    memset(result, 0, sizeof(*result));
}

/* ------------------------------------------------------------- the trace */

/*
 * npu_shim.h says where a sum stands: weight stationary, 3 + row cycles after
 * the request, in row `step % rows` of its tile; output stationary, 3 cycles
 * after it, in the row of the position.
 */
static void on_cycle(void *ctx, uint64_t cycle)
{
    struct bench *b = ctx;
    const struct hw *hw = b->program->hw;
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    const uint32_t col = (uint32_t) (b->channel % hw->cols);

    for (int s = 0; s < b->desc->steps; s++) {
        const uint32_t row = (uint32_t) (ws ? s : (int) b->position)
                             % (uint32_t) hw->rows;
        const uint64_t due = b->asked[s] + 2 + (ws ? row : 0);
        int overflow;

        if (!b->asked[s] || due != cycle || b->rtl_cycle[s])
            continue;
        if (!b->lib->npu_peek(b->npu, row, col, &b->rtl_acc[s], &overflow))
            b->rtl_cycle[s] = cycle;
    }
    b->now = cycle + 1;
}

static void find_step(struct cosim_difference *d, const struct bench *b,
                      const int64_t *model_acc)
{
    const struct hw *hw = b->program->hw;
    const struct program_desc *desc = b->desc;
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;
    const int64_t bias = desc->bias[d->c];

    d->traced = true;
    d->col = d->c % hw->cols;
    for (int s = 0; s < desc->steps; s++) {
        if (b->rtl_cycle[s] && b->rtl_acc[s] == model_acc[s])
            continue;
        const int tap = s * hw->lanes;

        d->step = s;
        d->row = (ws ? s : (int) b->position) % hw->rows;
        d->tap_c = tap % desc->in.c;
        d->kx = tap / desc->in.c % desc->window.kernel_w;
        d->ky = tap / desc->in.c / desc->window.kernel_w;
        if (desc->op == NET_FULLY_CONNECTED) {
            d->tap_c = tap;
            d->kx = d->ky = 0;
        }
        d->model_before = s ? model_acc[s - 1] : bias;
        d->model_after = model_acc[s];
        d->rtl_before = s ? b->rtl_acc[s - 1] : bias;
        d->rtl_after = b->rtl_acc[s];
        d->step_cycle = b->rtl_cycle[s];
        return;
    }
}

int cosim_trace(struct cosim_difference *d, const struct library *debug,
                const struct array_model *model, const struct program *program,
                const struct dataset *data, const char *rom,
                struct diag *diag)
{
    const struct program_desc *desc = &program->desc[d->layer];
    const size_t steps = (size_t) desc->steps;
    uint64_t cycles, overflows;
    struct arena arena;
    struct bench b;
    int result = -1;

    arena_init(&arena, 0);
    if (bench_init(&b, debug, model, program, rom, diag))
        goto done;
    int64_t *model_acc = arena_alloc_array(&arena, steps, sizeof(*model_acc));
    bool *overflowed = arena_alloc_array(&arena, steps, sizeof(*overflowed));

    b.rtl_acc = arena_alloc_array(&arena, steps, sizeof(*b.rtl_acc));
    b.rtl_cycle = arena_alloc_array(&arena, steps, sizeof(*b.rtl_cycle));
    b.asked = arena_alloc_array(&arena, steps, sizeof(*b.asked));
    if (!model_acc || !overflowed || !b.rtl_acc || !b.rtl_cycle || !b.asked) {
        diag_error(diag, place_of_file(rom), "out of memory");
        goto done;
    }
    load_image(&b, data, d->image);
    for (int i = 0; i < d->layer; i++)
        array_run_layer(model, b.mine, i);
    for (int t = 0; t <= d->layer; t++)
        memcpy(array_tensor(b.rtl, t), array_tensor(b.mine, t),
               (size_t) net_elements(net_tensor_shape(program->net, t))
               * sizeof(int32_t));
    b.desc = desc;
    b.position = (int64_t) d->y * desc->out.w + d->x;
    b.channel = d->c;
    array_trace(model, b.mine, d->layer, (int) b.position, d->c, model_acc,
                overflowed);
    debug->npu_on_cycle(b.npu, on_cycle, &b);
    run_rtl(&b, &cycles, &overflows);
    find_step(d, &b, model_acc);
    result = 0;

done:
    bench_release(&b);
    arena_release(&arena);
    return result;
}
