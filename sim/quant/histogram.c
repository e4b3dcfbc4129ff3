#include "sim/quant/histogram.h"

#include <math.h>
#include <string.h>

static double peak_of(const struct histogram *h)
{
    return fmax(-h->lo, h->hi);
}

void histogram_init(struct histogram *h, double lo, double hi)
{
    memset(h, 0, sizeof(*h));
    h->lo = fmin(lo, 0.0);
    h->hi = fmax(hi, 0.0);
}

/* `inverse` is bins per unit; 0 where the range is empty. */
static int bin_of(double offset, double inverse)
{
    const double bin = offset * inverse;

    if (!(bin > 0.0))
        return 0;
    return bin >= HISTOGRAM_BINS ? HISTOGRAM_BINS - 1 : (int) bin;
}

static double bins_per_unit(double range)
{
    return range > 0.0 ? HISTOGRAM_BINS / range : 0.0;
}

void histogram_add(struct histogram *h, const float *values, int64_t count)
{
    const double inverse = bins_per_unit(h->hi - h->lo);
    const double magnitude = bins_per_unit(peak_of(h));

    for (int64_t i = 0; i < count; i++) {
        const double v = values[i];

        if (v == 0.0) {
            h->zeros++;
            continue;
        }
        h->signed_count[bin_of(v - h->lo, inverse)]++;
        h->magnitude_count[bin_of(fabs(v), magnitude)]++;
    }
}

void histogram_merge(struct histogram *h, const struct histogram *other)
{
    h->zeros += other->zeros;
    for (int i = 0; i < HISTOGRAM_BINS; i++) {
        h->signed_count[i] += other->signed_count[i];
        h->magnitude_count[i] += other->magnitude_count[i];
    }
}

uint64_t histogram_total(const struct histogram *h)
{
    uint64_t total = h->zeros;

    for (int i = 0; i < HISTOGRAM_BINS; i++)
        total += h->signed_count[i];
    return total;
}

double histogram_edge(const struct histogram *h, int i)
{
    return h->lo + (h->hi - h->lo) * i / HISTOGRAM_BINS;
}

double histogram_center(const struct histogram *h, int i)
{
    return h->lo + (h->hi - h->lo) * (i + 0.5) / HISTOGRAM_BINS;
}

double histogram_magnitude_edge(const struct histogram *h, int i)
{
    return peak_of(h) * i / HISTOGRAM_BINS;
}
