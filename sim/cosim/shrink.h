/*
 * shrink.h - a failing random case made small.
 */
#ifndef SHRINK_H
#define SHRINK_H

#include "sim/cosim/trial.h"

enum { SHRINK_MAX_TRIALS = 600, SHRINK_MAX_BUILDS = 6 };

struct shrink {
    struct hw hw;                 /* drawn; made smaller as well */
    struct random_net net;
    uint64_t pauses;
    struct trial_result result;   /* of the smallest case */
    int trials, builds;
};

/*
 * Take parts away as long as it fails in the same way, first from the network,
 * then from the machine (few times: each is a build). `lib` is of the machine
 * as it is. The files of the smallest case stay in `folder`; a different value
 * is followed to its first different step.
 */
void shrink_run(struct shrink *s, const struct library *lib,
                const struct library_sources *sources, const char *folder,
                struct diag *diag);

#endif
