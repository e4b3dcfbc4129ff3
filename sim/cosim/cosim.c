/*
 * cosim.c - images in parallel, one RTL a worker; results in their order.
 */
#include "sim/cosim/cosim.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/evaluate.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/cosim/bench.h"

const char *const cosim_kind_names[COSIM_KINDS] = {
    "equal", "value", "overflows", "signature", "cycles", "memory", "failed"
};

struct job {
    const struct cosim_setup *setup;
    void **bench;                 /* [workers] */
    int64_t first_image;
    struct image_result *image;
    struct progress progress;
};

void cosim_load_image(void *ctx, int64_t image, int32_t *codes)
{
    const struct cosim_images *from = ctx;
    const struct net *net = from->program->net;
    float *real = calloc((size_t) net_elements(net->input), sizeof(*real));

    if (!real)
        return;    /* an all-zero image: still the same on both sides */
    dataset_image(from->data, net, image, real);
    evaluate_quantize_input(from->program, real, codes);
    free(real);
}

void bench_tap(const struct program *program, const struct program_desc *desc,
               int step, struct cosim_difference *d)
{
    const int tap = step * program->hw->lanes;
    const int channels = desc->op == NET_CONV2D ? desc->in.c : 1;

    if (desc->op == NET_FULLY_CONNECTED) {
        d->tap_c = tap;
        d->kx = d->ky = 0;
        return;
    }
    d->tap_c = desc->op == NET_CONV2D ? tap % channels
                                      : d->c / desc->multiplier;
    d->kx = tap / channels % desc->window.kernel_w;
    d->ky = tap / channels / desc->window.kernel_w;
}

static void *new_bench(const struct cosim_setup *s, struct diag *diag)
{
    if (s->lib->kind == LIBRARY_CORE)
        return core_bench_new(s, diag);
    return engine_bench_new(s, diag);
}

static void free_bench(const struct cosim_setup *s, void *bench)
{
    if (s->lib->kind == LIBRARY_CORE)
        core_bench_free(bench);
    else
        engine_bench_free(bench);
}

static void run_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct image_result *r = &job->image[item];
    const int64_t image = job->first_image + item;

    if (interrupt_requested())
        return;
    if (job->setup->lib->kind == LIBRARY_CORE)
        core_bench_run(job->bench[worker], image, r);
    else
        engine_bench_run(job->bench[worker], image, r);
    progress_step(&job->progress, 1);
}

static void merge(struct cosim_result *result, const struct job *job)
{
    for (int64_t n = 0; n < result->images; n++) {
        const struct image_result *r = &job->image[n];

        if (result->first.kind == COSIM_EQUAL)
            result->first = r->first;
        result->failures += r->first.kind == COSIM_FAILED;
        result->read_back += r->read_back;
        result->memory_differences += r->memory_differences;
        result->run_cycles += r->run_cycles;
        result->seconds += r->seconds;
        for (int i = 0; i < result->layer_count; i++) {
            struct cosim_layer *to = &result->layer[i];
            const struct cosim_layer *from = &r->layer[i];

            to->elements += from->elements;
            to->value_differences += from->value_differences;
            to->counts += from->counts;
            to->count_differences += from->count_differences;
            to->signature_differences += from->signature_differences;
            to->model_overflows += from->model_overflows;
            to->rtl_overflows += from->rtl_overflows;
            to->model_cycles += from->model_cycles;
            to->rtl_cycles += from->rtl_cycles;
            to->signature = from->signature;
            result->elements += from->elements;
            result->value_differences += from->value_differences;
            result->counts += from->counts;
            result->count_differences += from->count_differences;
        }
    }
}

int cosim_check(const struct program *program, struct diag *diag)
{
    const int i = program_host_between(program);

    if (i < 0)
        return 0;
    return diag_error(diag, program->net->layer[i].place, "layer '%s' runs on "
                      "the host between layers of the core, which does not "
                      "stop for it, must be at an end of the network "
                      "('--engine' compares the layers of the array)",
                      program->desc[i].name);
}

static int allocate(struct cosim_result *result, struct job *job,
                    int workers, struct arena *arena)
{
    const size_t layers = (size_t) result->layer_count;

    result->layer = calloc(layers, sizeof(*result->layer));
    job->bench = arena_alloc_array(arena, (size_t) workers,
                                   sizeof(*job->bench));
    job->image = arena_alloc_array(arena, (size_t) result->images,
                                   sizeof(*job->image));
    if (!result->layer || !job->bench || !job->image)
        return -1;
    for (int64_t n = 0; n < result->images; n++) {
        job->image[n].layer = arena_alloc_array(arena, layers,
                                                sizeof(*result->layer));
        if (!job->image[n].layer)
            return -1;
    }
    return 0;
}

int cosim_run(struct cosim_result *result, const struct cosim_setup *setup,
              int64_t first_image, int64_t images, int workers,
              struct diag *diag)
{
    struct job job = { .setup = setup, .first_image = first_image };
    struct arena arena;
    int out = -1;

    memset(result, 0, sizeof(*result));
    arena_init(&arena, 0);
    if (workers <= 0)
        workers = parallel_count_cpus();
    if (workers > images)
        workers = (int) images;
    result->images = images;
    result->layer_count = setup->program->desc_count;
    if (allocate(result, &job, workers, &arena)) {
        diag_error(diag, place_of_file(setup->rom), "out of memory");
        goto done;
    }
    for (int w = 0; w < workers; w++) {
        job.bench[w] = new_bench(setup, diag);
        if (!job.bench[w])
            goto done;
    }
    progress_start(&job.progress, "co-simulating", images);
    parallel_for(images, workers, run_image, &job);
    progress_end(&job.progress);
    merge(result, &job);
    out = interrupt_requested() ? -1 : 0;

done:
    for (int w = 0; job.bench && w < workers; w++)
        free_bench(setup, job.bench[w]);
    arena_release(&arena);
    return out;
}

void cosim_release(struct cosim_result *result)
{
    free(result->layer);
    memset(result, 0, sizeof(*result));
}

int cosim_trace(struct cosim_difference *d, const struct cosim_setup *setup,
                struct diag *diag)
{
    void *bench = new_bench(setup, diag);
    int result = -1;

    if (bench)
        result = setup->lib->kind == LIBRARY_CORE
            ? core_bench_trace(bench, d, diag)
            : engine_bench_trace(bench, d, diag);
    free_bench(setup, bench);
    return result;
}

int cosim_waves(const struct cosim_setup *setup, int64_t image, uint64_t at,
                uint64_t before, uint64_t after, const char *path,
                struct diag *diag)
{
    struct core_bench *bench = core_bench_new(setup, diag);
    int result = -1;

    if (bench)
        result = core_bench_waves(bench, image, at > before ? at - before : 0,
                                  at + after, path, diag);
    core_bench_free(bench);
    return result;
}
