/*
 * sweep.h - many runs: points are claimed, evaluated and stored.
 *
 * docs/sweep.md tells users what is reused between points; `no_reuse` does
 * without and gives the same results.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "sim/sweep/space.h"
#include "sim/sweep/store.h"

struct sweep_options {
    int workers;                  /* 0: one a CPU */
    bool no_reuse;
    int64_t shard, shards;        /* 1 to shards; shards 0: all points */
    const char *path;             /* of the store */
    bool shared;                  /* store_open's */
    const char *command;          /* the command line, for provenance */
    const char *synth;            /* the script that area comes from; or NULL */
};

struct sweep_summary {
    int64_t points;               /* of the sweep, or of the shard */
    int64_t run, refused;         /* by this process */
    char refusal[400];            /* the first; "" if none */
    int64_t kept;                 /* had a valid result already */
    int64_t stale;                /* had one of other inputs */
    int64_t groups;               /* quantizations */
    int64_t layers, reused;       /* of images */
    double seconds;
};

/*
 * Define the sweep in the store and run what is missing. 0; or -1 with an error
 * in `diag` unless interrupted. Results that were stored stay in any case.
 */
int sweep_run(const struct space *s, const struct sweep_options *o,
              struct sweep_summary *summary, struct diag *diag);

/* Images of a sweep: its own number or the base design's, but at most those of
 * the test set. 0: timing alone. -1 and an error. */
int64_t sweep_images(const struct space *s, struct diag *diag);

/*
 * How long a sweep may take here: some of its points are run on a few images,
 * and no result is kept. Rough: what is reused depends on the values, and the
 * machine may have other work.
 */
struct sweep_estimate {
    int64_t groups;               /* different quantizations; 0: none needed */
    double seconds;
    int64_t tried, refused;       /* points of the sample */
    char refusal[400];            /* the first; "" if none */
};
int sweep_estimate(const struct space *s, int workers,
                   struct sweep_estimate *e, struct diag *diag);

#endif
