#include "sim/cosim/trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codegen/rom.h"
#include "sim/base/path.h"

struct trial {
    struct diag diag;
    struct arena arena;
    struct override_list overrides;
    struct design design;
    struct hw hw;
    struct net net;
    struct dataset test, calibration;
    struct quantization quant;
    struct program program;
    struct array_model *model;
};

static void trial_init(struct trial *t)
{
    memset(t, 0, sizeof(*t));
    diag_init(&t->diag);
    arena_init(&t->arena, 0);
    override_init(&t->overrides);
}

static void trial_release(struct trial *t)
{
    array_free(t->model);
    program_release(&t->program);
    quantization_release(&t->quant);
    dataset_release(&t->test);
    dataset_release(&t->calibration);
    net_release(&t->net);
    override_release(&t->overrides);
    arena_release(&t->arena);
    diag_release(&t->diag);
}

/* The files, as `napier cosim` reads them. */
static int trial_read(struct trial *t, const char *folder)
{
    const char *path = path_join(&t->arena, folder, "design.yaml");
    const struct place place = place_of_file(folder);

    if (!path || design_read(&t->design, path, &t->overrides, &t->arena,
                             &t->diag)
        || hw_read(&t->hw, t->design.hardware, &t->overrides, &t->arena,
                   &t->diag)
        || net_read(&t->net, t->design.network, &t->overrides, &t->diag)
        || dataset_read(&t->calibration, t->design.calibration, &t->net,
                        &t->diag, place)
        || dataset_read(&t->test, t->design.test, &t->net, &t->diag, place))
        return -1;
    return 0;
}

static int trial_build(struct trial *t)
{
    if (quantize_network(&t->quant, &t->net, &t->hw, &t->design,
                         &t->calibration, 1, &t->diag)
        || program_build(&t->program, &t->quant.qnet, &t->hw, &t->diag))
        return -1;
    t->model = array_new(&t->program, NULL);
    return t->model ? 0 : -1;
}

static void note_coverage(const struct trial *t, const struct cosim_result *r,
                          struct coverage *coverage)
{
    for (int i = 0; i < t->program.desc_count; i++) {
        const struct net_layer *l = &t->net.layer[i];
        const bool clamped = isfinite(l->clamp_lo) || isfinite(l->clamp_hi);

        if (t->program.desc[i].index >= 0)
            coverage_add(coverage, &t->hw, &t->program.desc[i], clamped,
                         r->layer[i].model_overflows);
    }
}

/* The first different step, as of a design. */
static void follow(const struct trial *t, struct trial_result *result,
                   struct cosim_setup setup, const struct library *debug,
                   struct diag *diag)
{
    struct cosim_difference *d = &result->first;
    const struct program_desc *desc = &t->program.desc[d->layer];

    setup.lib = debug;
    if (debug && d->kind == COSIM_VALUE && desc->index >= 0)
        cosim_trace(d, &setup, diag);
    snprintf(result->points_to, sizeof(result->points_to), "%s",
             cosim_points_to(d, desc, &t->hw));
}

static void compare(struct trial *t, struct trial_result *result,
                    const struct library *lib, const struct library *debug,
                    uint64_t pauses,
                    const char *rom, struct coverage *coverage,
                    struct diag *diag)
{
    struct cosim_images images = { &t->test, &t->program };
    const struct cosim_setup setup = {
        .lib = lib, .model = t->model, .program = &t->program, .rom = rom,
        .load = cosim_load_image, .load_ctx = &images, .pauses = pauses
    };
    struct cosim_result r;

    result->verdict = TRIAL_ERROR;
    if (!cosim_run(&r, &setup, 0, t->test.count, 1, diag)) {
        result->verdict = r.first.kind == COSIM_EQUAL ? TRIAL_EQUAL
                                                      : TRIAL_DIFFERENT;
        result->first = r.first;
        if (r.first.kind != COSIM_EQUAL)
            follow(t, result, setup, debug, diag);
        result->elements = r.elements;
        result->cycles = r.run_cycles;
        snprintf(result->layer, sizeof(result->layer), "%s",
                 t->program.desc[r.first.layer].name);
        for (int i = 0; i < r.layer_count; i++)
            result->overflows += r.layer[i].model_overflows;
        if (coverage)
            note_coverage(t, &r, coverage);
    }
    cosim_release(&r);
}

void trial_run(struct trial_result *result, const struct random_net *net,
               const struct hw *hw, const struct library *lib,
               const struct library *debug, uint64_t pauses,
               const char *folder, struct coverage *coverage,
               struct diag *diag)
{
    struct rom_stats stats;
    struct trial t;

    *result = (struct trial_result) { .verdict = TRIAL_ERROR };
    trial_init(&t);
    const char *rom = path_join(&t.arena, folder, "rom");

    if (!rom || random_write(net, hw, folder, diag))
        goto done;
    if (trial_read(&t, folder)) {
        /* What the generator writes must be readable: our mistake. */
        diag_print(&t.diag, stderr);
        diag_error(diag, place_of_file(folder), "a drawn case cannot be read");
        goto done;
    }
    if (trial_build(&t))
        result->verdict = TRIAL_REFUSED;
    else if (!rom_write(&t.program, rom, &stats, diag))
        compare(&t, result, lib, debug, pauses, rom, coverage, diag);

done:
    trial_release(&t);
}

int trial_read_hw(struct hw *to, const struct hw *hw, const char *folder,
                  struct arena *arena, struct diag *diag)
{
    const struct random_net net = {
        .input = { 1, 1, 1 }, .layer_count = 1, .images = 1,
        .layer[0] = { .op = NET_MAX_POOL2D, .second = -1, .multiplier = 1,
                      .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 } }
    };
    struct override_list overrides;
    const char *path = path_join(arena, folder, "hardware.yaml");
    int result;

    if (!path || random_write(&net, hw, folder, diag))
        return -1;
    override_init(&overrides);
    result = hw_read(to, path, &overrides, arena, diag);
    override_release(&overrides);
    return result;
}
