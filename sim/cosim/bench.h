/*
 * bench.h - inside sim/cosim: one RTL and the tensors on both sides.
 */
#ifndef BENCH_H
#define BENCH_H

#include "sim/cosim/cosim.h"

/* What an image found, to be merged in the order of the images. */
struct image_result {
    struct cosim_layer *layer;
    struct cosim_difference first;
    int64_t read_back, memory_differences;
    int64_t run_cycles;
    double seconds;
};

/* A bench is used by one thread. NULL and an error without memory, or when the
 * RTL cannot start. */
struct engine_bench;
struct engine_bench *engine_bench_new(const struct cosim_setup *setup,
                                      struct diag *diag);
void engine_bench_free(struct engine_bench *bench);
void engine_bench_run(struct engine_bench *bench, int64_t image,
                      struct image_result *result);
int engine_bench_trace(struct engine_bench *bench, struct cosim_difference *d,
                       struct diag *diag);

struct core_bench;
struct core_bench *core_bench_new(const struct cosim_setup *setup,
                                  struct diag *diag);
void core_bench_free(struct core_bench *bench);
void core_bench_run(struct core_bench *bench, int64_t image,
                    struct image_result *result);
int core_bench_trace(struct core_bench *bench, struct cosim_difference *d,
                     struct diag *diag);
int core_bench_waves(struct core_bench *bench, int64_t image, uint64_t from,
                     uint64_t to, const char *path, struct diag *diag);

/* Keep a difference if it is the image's first. */
static inline void bench_note(struct image_result *r,
                              struct cosim_difference d)
{
    if (r->first.kind == COSIM_EQUAL)
        r->first = d;
}

/* One of the layer's counts was compared. */
static inline void bench_count(struct image_result *r,
                               struct cosim_difference d, enum cosim_kind kind,
                               int64_t model, int64_t rtl)
{
    r->layer[d.layer].counts++;
    if (model == rtl)
        return;
    r->layer[d.layer].count_differences++;
    d.kind = kind;
    d.fault = kind == COSIM_OVERFLOWS ? COSIM_COUNTED
            : kind == COSIM_SIGNATURE ? COSIM_SIGNED : COSIM_TIMED;
    d.model_count = model;
    d.rtl_count = rtl;
    bench_note(r, d);
}

/* Where output element i of a layer is, into d. */
static inline void bench_place(const struct program_desc *desc, int64_t i,
                               struct cosim_difference *d)
{
    d->y = (int) (i / desc->out.c / desc->out.w);
    d->x = (int) (i / desc->out.c % desc->out.w);
    d->c = (int) (i % desc->out.c);
}

static inline int64_t bench_total(const int64_t *counts, int n)
{
    int64_t sum = 0;

    for (int i = 0; i < n; i++)
        sum += counts[i];
    return sum;
}

/* The first product of a MAC step, into d: ky, kx, channel. */
void bench_tap(const struct program *program, const struct program_desc *desc,
               int step, struct cosim_difference *d);

#endif
