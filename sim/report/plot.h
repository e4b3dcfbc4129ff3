/*
 * plot.h - points as a small picture of characters.
 */
#ifndef PLOT_H
#define PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/strbuf.h"

struct plot {
    const char *x_name, *y_name;
    const double *x, *y;          /* [count]; NaN: not drawn */
    const bool *front;            /* [count]; drawn over the others */
    size_t count;
    int width, height;            /* of the field, in characters, from 8 x 4 */
};

/*
 * Add the picture: `.` a point, `:` several, `*` a point of the front. Axes
 * begin and end at the least and greatest values. Where no point can be drawn,
 * nothing is added.
 */
void plot_print(const struct plot *p, struct strbuf *out);

#endif
