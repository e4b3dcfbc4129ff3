/*
 * pareto.h - the points that no other point beats.
 *
 * A point is dominated when another is at least as good in every objective and
 * better in one. The front is the points that are not dominated. Equal points
 * do not dominate each other: all of them are on the front, or none.
 */
#ifndef PARETO_H
#define PARETO_H

#include <stdbool.h>
#include <stddef.h>

enum { PARETO_MAX_OBJECTIVES = 16 };

/*
 * Mark the front of `count` points: front[i] becomes true or false. value is
 * [objective][point], greater is better where `maximize`, smaller elsewhere. A
 * point with a NaN in any objective cannot be compared: it is never on the
 * front and dominates nothing; infinities are values as any other.
 *
 * n points, k objectives: O(n log n) time for k <= 2, O(n log^(k - 1) n) for
 * k >= 3, and O(n k) memory, whatever the size of the front. Returns the number
 * of points on the front; -1 without memory, or when interrupted.
 */
ptrdiff_t pareto_mark(const double *const *value, const bool *maximize,
                      int objectives, size_t count, bool *front);

#endif
