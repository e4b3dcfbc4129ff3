#include "sim/quant/range.h"

#include <math.h>

enum { SEARCH_STEPS = 128, SEARCH_FIRST = 8, SEARCH_ROUNDS = 2,
       KL_FIRST = 128 };

const char *const range_method_names[] = { "min_max", "mse", "moving_average",
                                           "percentile", "kl", NULL };
const char *const range_power_names[] = { "up", "mse", NULL };

/* What is to be quantized: single values, or bins with counts. */
struct sample {
    const struct quant_spec *spec;
    const float *values;
    size_t count;
    const struct histogram *h;  /* in place of values */
};

struct range range_of(const float *values, size_t count)
{
    struct range r = { 0.0, 0.0 };

    for (size_t i = 0; i < count; i++) {
        r.lo = values[i] < r.lo ? values[i] : r.lo;
        r.hi = values[i] > r.hi ? values[i] : r.hi;
    }
    return r;
}

static double squared_error(const struct quant_params *p, double v)
{
    const double error = quant_real(p, quant_code(p, v)) - v;

    return error * error;
}

static double cost(const struct sample *s, struct range r)
{
    const struct quant_params p = quant_choose(s->spec, r.lo, r.hi);
    double sum = 0.0;

    for (size_t i = 0; i < s->count; i++)
        sum += squared_error(&p, s->values[i]);
    for (int i = 0; s->h && i < HISTOGRAM_BINS; i++)
        if (s->h->signed_count[i])
            sum += squared_error(&p, histogram_center(s->h, i))
                   * (double) s->h->signed_count[i];
    return sum;
}

/* Scale the ends that are named, keep the best in *best. */
static void scan(const struct sample *s, struct range from, bool lo, bool hi,
                 struct range *best, double *least)
{
    for (int i = SEARCH_STEPS; i >= SEARCH_FIRST; i--) {
        const double f = (double) i / SEARCH_STEPS;
        const struct range r = { lo ? from.lo * f : best->lo,
                                 hi ? from.hi * f : best->hi };
        const double c = cost(s, r);

        if (c < *least) {
            *least = c;
            *best = r;
        }
    }
}

static struct range search(const struct sample *s, struct range from)
{
    struct range best = from;
    double least = cost(s, from);

    scan(s, from, true, true, &best, &least);
    if (s->spec->scheme == QUANT_SYMMETRIC || from.lo == 0.0 || from.hi == 0.0)
        return best;
    for (int i = 0; i < SEARCH_ROUNDS; i++) {
        scan(s, from, false, true, &best, &least);
        scan(s, from, true, false, &best, &least);
    }
    return best;
}

struct range range_search(const struct quant_spec *spec, const float *values,
                          size_t count)
{
    const struct sample s = { .spec = spec, .values = values, .count = count };

    return search(&s, range_of(values, count));
}

struct range range_search_histogram(const struct quant_spec *spec,
                                    const struct histogram *h,
                                    struct range from)
{
    const struct sample s = { .spec = spec, .h = h };

    return search(&s, from);
}

static struct range halve(const struct sample *s, struct range from)
{
    const struct range half = { from.lo / 2.0, from.hi / 2.0 };

    return cost(s, half) < cost(s, from) ? half : from;
}

struct range range_halve(const struct quant_spec *spec, const float *values,
                         size_t count, struct range from)
{
    const struct sample s = { .spec = spec, .values = values, .count = count };

    return halve(&s, from);
}

struct range range_halve_histogram(const struct quant_spec *spec,
                                   const struct histogram *h,
                                   struct range from)
{
    const struct sample s = { .spec = spec, .h = h };

    return halve(&s, from);
}

/* ---------------------------------------------------------- percentile */

/* The least edge below which lie at least `wanted` values; `zeros` of them are
 * at the place of bin `zero_bin`. */
static int edge_above(const uint64_t *count, int zero_bin, uint64_t zeros,
                      double wanted)
{
    double below = 0.0;

    for (int i = 0; i < HISTOGRAM_BINS; i++) {
        below += (double) count[i] + (i == zero_bin ? (double) zeros : 0.0);
        if (below >= wanted)
            return i + 1;
    }
    return HISTOGRAM_BINS;
}

/* The bin that holds zero. */
static int zero_bin(const struct histogram *h)
{
    const double width = (h->hi - h->lo) / HISTOGRAM_BINS;
    const int bin = width > 0.0 ? (int) (-h->lo / width) : 0;

    return bin < HISTOGRAM_BINS ? bin : HISTOGRAM_BINS - 1;
}

struct range range_percentile(const struct quant_spec *spec,
                              const struct histogram *h, double percent)
{
    const double total = (double) histogram_total(h);
    struct range r;

    if (spec->scheme == QUANT_SYMMETRIC) {
        const int i = edge_above(h->magnitude_count, 0, h->zeros,
                                 total * percent / 100.0);
        const double t = histogram_magnitude_edge(h, i);

        return (struct range) { fmax(h->lo, -t), fmin(h->hi, t) };
    }
    const double cut = (100.0 - percent) / 200.0;
    const int at = zero_bin(h);

    r.lo = histogram_edge(h, edge_above(h->signed_count, at, h->zeros,
                                        total * cut) - 1);
    r.hi = histogram_edge(h, edge_above(h->signed_count, at, h->zeros,
                                        total * (1.0 - cut)));
    return (struct range) { fmin(r.lo, 0.0), fmax(r.hi, 0.0) };
}

/* -------------------------------------------------------------- entropy */

/* Source bins of level n: an even share, the rest goes to the last. */
static int level_start(int n, int i, int levels)
{
    return n == levels ? i : n * (i / levels);
}

double range_kl_divergence(const uint64_t *count, int bins, int i, int levels)
{
    double total = 0.0, inside = 0.0, outliers = 0.0, sum = 0.0;

    for (int b = 0; b < bins; b++)
        *(b < i ? &inside : &outliers) += (double) count[b];
    total = inside + outliers;
    if (inside == 0.0)
        return INFINITY;
    for (int n = 0; n < levels; n++) {
        const int from = level_start(n, i, levels);
        const int to = level_start(n + 1, i, levels);
        double mass = 0.0;
        int used = 0;

        for (int b = from; b < to; b++) {
            mass += (double) count[b];
            used += count[b] > 0;
        }
        for (int b = from; b < to; b++) {
            const double p = ((double) count[b] + (b == i - 1 ? outliers : 0.0))
                             / total;
            const double q = count[b] ? mass / used / inside : 0.0;

            if (p > 0.0 && q == 0.0)
                return INFINITY;
            if (p > 0.0)
                sum += p * log(p / q);
        }
    }
    return sum;
}

/* Codes that lie on one side of zero: the levels of the magnitudes. */
static int magnitude_levels(const struct quant_spec *spec, double lo)
{
    const bool all = lo >= 0.0 && (spec->scheme == QUANT_ASYMMETRIC
                                   || !spec->is_signed);

    return all ? 1 << spec->bits : 1 << (spec->bits - 1);
}

struct range range_kl(const struct quant_spec *spec, const struct histogram *h)
{
    const int levels = magnitude_levels(spec, h->lo);
    double least = INFINITY;
    int best = HISTOGRAM_BINS;

    for (int i = levels > KL_FIRST ? levels : KL_FIRST; i <= HISTOGRAM_BINS;
         i++) {
        const double d = range_kl_divergence(h->magnitude_count,
                                             HISTOGRAM_BINS, i, levels);

        if (d < least) {
            least = d;
            best = i;
        }
    }
    const double t = histogram_magnitude_edge(h, best);

    return (struct range) { fmax(h->lo, -t), fmin(h->hi, t) };
}
