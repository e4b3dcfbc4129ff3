/* export.h - the results of a sweep as CSV or JSON, one row a point. */
#ifndef EXPORT_H
#define EXPORT_H

#include "sim/base/strbuf.h"
#include "sim/sweep/store.h"

/*
 * Add all rows of the view `final`, in the order of the points: the axes, then
 * the columns of the result. CSV as RFC 4180; JSON an object with the sweep,
 * its axes and objectives, and the points with their layers. 0, or -1 and an
 * error.
 */
int export_csv(struct store *s, struct strbuf *out);
int export_json(struct store *s, struct strbuf *out);

#endif
