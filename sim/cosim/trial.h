/*
 * trial.h - one random case: files written, read back, run on the core.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "sim/config/design.h"
#include "sim/cosim/cosim.h"
#include "sim/cosim/coverage.h"
#include "sim/cosim/random.h"
#include "sim/quant/quantize.h"

enum trial_verdict {
    TRIAL_EQUAL,
    TRIAL_DIFFERENT,
    TRIAL_REFUSED,                /* the machine cannot run it: no finding */
    TRIAL_ERROR                   /* in diag */
};

struct trial_result {
    enum trial_verdict verdict;
    struct cosim_difference first;
    char layer[65];               /* of the difference */
    char points_to[COSIM_TEXT];
    int64_t elements, overflows, cycles;
};

/*
 * Run a case from `folder`. `lib`: the core of the machine; `debug`: that can
 * look inside, to follow a difference step by step, NULL: not. `coverage` may
 * be NULL. Errors of a refused case are not kept.
 */
void trial_run(struct trial_result *result, const struct random_net *net,
               const struct hw *hw, const struct library *lib,
               const struct library *debug, uint64_t pauses,
               const char *folder, struct coverage *coverage,
               struct diag *diag);

/* The machine as its reader resolves it: `to` for library_open, its strings in
 * `arena`. 0, or -1 and an error. */
int trial_read_hw(struct hw *to, const struct hw *hw, const char *folder,
                  struct arena *arena, struct diag *diag);

#endif
