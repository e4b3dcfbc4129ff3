/*
 * histogram.h - how the values of one tensor are spread, in 2048 bins.
 *
 * Two views of the same values: between the least and the greatest, and of the
 * magnitudes between 0 and the greatest. Values that are exactly zero, of which
 * relu makes many, are counted apart: every scale holds them exactly, and in a
 * bin they would count as if they were half a bin away. Counts are integers, so
 * that adding histograms gives the same result in every order.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_BINS = 2048 };

struct histogram {
    double lo, hi;              /* widened to hold zero */
    uint64_t zeros;
    uint64_t signed_count[HISTOGRAM_BINS];
    uint64_t magnitude_count[HISTOGRAM_BINS];
};

/* Empty, for values in [lo, hi]. */
void histogram_init(struct histogram *h, double lo, double hi);

/* Values outside [lo, hi] go to the end bins. */
void histogram_add(struct histogram *h, const float *values, int64_t count);

/* Add the counts of `other`, which has the same range. */
void histogram_merge(struct histogram *h, const struct histogram *other);

uint64_t histogram_total(const struct histogram *h);

/* The middle of bin i, and the edge below it (i up to HISTOGRAM_BINS). */
double histogram_center(const struct histogram *h, int i);
double histogram_edge(const struct histogram *h, int i);
double histogram_magnitude_edge(const struct histogram *h, int i);

#endif
