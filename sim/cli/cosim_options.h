/*
 * cosim_options.h - which options a co-simulation takes, and --only's text.
 */
#ifndef COSIM_OPTIONS_H
#define COSIM_OPTIONS_H

#include "sim/cli/session.h"

/* Every option that was given has an effect on what will run: 0; or -1 and an
 * error that names those without. */
int cosim_options_check(const struct options *options, struct diag *diag);

/*
 * LAYER, or LAYER:TILE: the layer's number in `program`, and the tile, -1 for
 * all. 0; or -1 and an error at `place`.
 */
int cosim_options_only(const char *only, const struct program *program,
                       struct place place, int *layer, int *tile,
                       struct diag *diag);

#endif
