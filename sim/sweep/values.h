/*
 * values.h - what machines that differ in nothing but their accumulator make
 * of one quantized network.
 *
 * Each image runs once on a machine whose accumulator holds every sum, and the
 * extremes of each layer's partial sums are noted. A machine that gives a layer
 * the same input and can hold those sums gives the same output: it is not run.
 * After a layer that was run, its output is compared, for a requantizer often
 * hides what an overflow did. Results are those of `evaluate`, to the bit.
 */
#ifndef VALUES_H
#define VALUES_H

#include "sim/array/array.h"
#include "sim/base/progress.h"
#include "sim/sweep/reference.h"

struct values_layer {
    int64_t overflows;
    int overflow_channels, proved_channels;
    int safe_bits;                /* narrowest accumulator proved; 0: none */
    double sqnr_db;               /* of the output; INFINITY: exact */
};

/* One machine: the caller fills program, which it owns. */
struct values {
    const struct program *program;
    int64_t images, labelled, correct, same_class, float_correct;
    int layer_count;
    struct values_layer *layer;   /* in the arena of values_run */
    char digest[65];              /* over the codes of all outputs */
};

struct values_work {
    int64_t layers, reused;       /* layers of images, and those not run */
    struct progress *progress;    /* a step for each image; NULL: none */
};

/*
 * Run `count` machines, which share everything but accumulator bits, overflow
 * and wrap_bits, and whose programs come from one quantized network. `exact`:
 * the same program with an accumulator wide enough, NULL when count is 1. The
 * result does not depend on the number of workers. -1 without memory or when
 * interrupted.
 */
int values_run(struct values *v, int count, const struct program *exact,
               const struct reference *reference, int64_t images, int workers,
               struct values_work *work, struct arena *arena);

#endif
