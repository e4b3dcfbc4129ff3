/* axes.h - the parts of a sweep file that name keys: axes, zip, constraints. */
#ifndef AXES_H
#define AXES_H

#include "sim/sweep/space.h"

/* Read `axes`: keys known, values of the right type and bounds. 0 or -1. */
int axes_read(struct space *s, const struct yaml_node *node,
              struct diag *diag);

/* Make dimensions of the axes. 0 or -1. */
int axes_zip(struct space *s, const struct yaml_node *node, struct diag *diag);

/* Read the base once with the first choices: every key must be one of it. */
int axes_check(struct space *s, struct diag *diag);

/* Read `constraints`. After axes_check. */
int axes_constrain(struct space *s, const struct yaml_node *node,
                   struct diag *diag);

#endif
