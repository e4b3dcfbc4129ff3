/*
 * range.h - which part of the real line the codes should cover.
 *
 * A wide range clips nothing and has coarse steps; a narrow one has fine steps
 * and clips the few values beyond. Each method is a way to settle that. Formulas
 * and examples: docs/quantization.md, "Calibration".
 */
#ifndef RANGE_H
#define RANGE_H

#include "sim/quant/histogram.h"
#include "sim/quant/quant.h"

/* In the order of the settings' words. */
enum range_method {
    RANGE_MIN_MAX,          /* least and greatest */
    RANGE_MSE,              /* the least mean squared error */
    RANGE_MOVING_AVERAGE,   /* of the batches' least and greatest */
    RANGE_PERCENTILE,       /* all but the outermost values */
    RANGE_KL                /* the least relative entropy (TensorRT) */
};

/* A power-of-two scale: the greater neighbour, or the better in MSE. */
enum range_power { RANGE_POWER_UP, RANGE_POWER_MSE };

extern const char *const range_method_names[];
extern const char *const range_power_names[];

struct range {
    double lo, hi;          /* lo <= 0 <= hi */
};

/* Least and greatest of the values and zero. */
struct range range_of(const float *values, size_t count);

/*
 * The range within [lo, hi] whose codes leave the least squared error on the
 * values: both ends are scaled by i / 128, i = 8 to 128; for asymmetric codes
 * and values of both signs each end is then refined alone, twice. The widest
 * of equals.
 */
struct range range_search(const struct quant_spec *spec, const float *values,
                          size_t count);
struct range range_search_histogram(const struct quant_spec *spec,
                                    const struct histogram *h,
                                    struct range from);

/*
 * Only the choice between the two powers of two around the scale of [lo, hi]:
 * the range itself, or half of it.
 */
struct range range_halve(const struct quant_spec *spec, const float *values,
                         size_t count, struct range from);
struct range range_halve_histogram(const struct quant_spec *spec,
                                   const struct histogram *h,
                                   struct range from);

/*
 * Keep `percent` of the values. Symmetric: the edge of the magnitudes below
 * which they lie. Asymmetric: half of the rest is cut at either end.
 */
struct range range_percentile(const struct quant_spec *spec,
                              const struct histogram *h, double percent);

/*
 * The threshold T on the magnitudes for which the histogram clipped at T and
 * the same histogram in as many levels as there are codes differ least, as
 * KL(P || Q) with both normalised; exact zeros are left out. The range is
 * [-T, T] within [lo, hi], T at least 128 bins. From 2048 levels on there is
 * nothing to choose.
 */
struct range range_kl(const struct quant_spec *spec,
                      const struct histogram *h);

/* The divergence itself, for i bins in `levels` levels; infinite where P has
 * mass and Q has none. */
double range_kl_divergence(const uint64_t *count, int bins, int i, int levels);

#endif
