/*
 * cosim_options.h - the text of cosim --only.
 */
#ifndef COSIM_OPTIONS_H
#define COSIM_OPTIONS_H

#include "sim/cli/session.h"

/*
 * LAYER, or LAYER:TILE: the layer's number in `program`, and the tile, -1 for
 * all. 0; or -1 and an error at `place`.
 */
int cosim_options_only(const char *only, const struct program *program,
                       struct place place, int *layer, int *tile,
                       struct diag *diag);

#endif
