/* report_cosim.h - what both kinds of co-simulation print. */
#ifndef REPORT_COSIM_H
#define REPORT_COSIM_H

#include "sim/cli/session.h"
#include "sim/cosim/cosim.h"

/* The first difference and what is known of it, in a few lines; `points_to` as
 * of cosim_points_to. */
void report_cosim_difference(const char *layer, const char *points_to,
                             const struct hw *hw,
                             const struct cosim_difference *d);

/* The RTL and its shims: beside the program, or where --rtl says. 0; or -1 and
 * an error. */
int report_cosim_sources(struct session *s, struct library_sources *sources);

#endif
