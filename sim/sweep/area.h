/*
 * area.h - the RTL of a point's hardware, synthesized: tools/synth.sh.
 *
 * The script keeps its results by content, so points that differ in nothing
 * that the RTL knows cost one synthesis.
 */
#ifndef AREA_H
#define AREA_H

#include "sim/sweep/point.h"
#include "sim/sweep/store.h"

/* Fill the area columns of `r`. 0; or -1 and *message, on the heap, when the
 * script fails: without yosys, for instance. */
int area_find(const char *script, const struct space *s,
              const struct point *p, struct store_result *r, char **message);

#endif
