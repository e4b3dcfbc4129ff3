/* rounds.h - successive halving: who goes on, and on how many images. */
#ifndef ROUNDS_H
#define ROUNDS_H

#include "sim/sweep/space.h"

enum { ROUNDS_MOST = 64, ROUNDS_MOST_POINTS = 20000 };

/* The images of each round, ascending, the last `images`. How many rounds. */
int rounds_plan(const struct space *s, int64_t images, int64_t *of_round);

/* How many of n points go on. */
int64_t rounds_keep(const struct space *s, int64_t n);

/*
 * Keep the better of the ordinals by their results on `images` images: first
 * those that the fewest others dominate in all objectives, of equals the better
 * in the first objective, then the lower ordinal. Refused points drop out.
 * Returns how many are left, in ascending order; or -1.
 */
int64_t rounds_select(const struct space *s, struct store *store,
                      int64_t images, int64_t *ordinal, int64_t count,
                      struct diag *diag);

#endif
