/*
 * pareto.c - divide and conquer over ranks (Kung, Luccio, Preparata, JACM
 * 1975).
 *
 * Values become dense ranks, smaller is better, so that only integers are
 * compared. Points are sorted by all their ranks and equal ones collapse into
 * one; then a point can be dominated by an earlier one only, and "at least as
 * good everywhere" already means dominated. The front of a range is the front
 * of its first half and what of the second half's front the first half's does
 * not dominate. That filter is the recursion over the objectives: it splits
 * both sets at the middle rank of its objective, and the better half of the one
 * meets the worse half of the other with an objective less.
 */
#include "sim/report/pareto.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "sim/base/interrupt.h"

/* Below this many pairs, comparing them all is faster than dividing. */
enum { FEW_PAIRS = 256 };

struct ranked {
    int objectives;
    size_t count;          /* of points without a NaN */
    uint32_t *rank;        /* [unique point][objective] */
    uint32_t *point;       /* [unique point], in order: its place in rank */
    bool *dominated;       /* [unique point] */
    uint64_t *scratch;     /* [count]: rank << 32 | point, to be sorted */
};

static const uint32_t *ranks(const struct ranked *r, uint32_t point)
{
    return r->rank + (size_t) point * (size_t) r->objectives;
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}

/* ---------------------------------------------------------------- filter */

/* Objectives from..k-1: is a at least as good as b in all of them? */
static bool is_no_worse(const struct ranked *r, uint32_t a, uint32_t b,
                        int from, int to)
{
    const uint32_t *x = ranks(r, a), *y = ranks(r, b);

    for (int j = from; j <= to; j++)
        if (x[j] > y[j])
            return false;
    return true;
}

static void filter_pairs(struct ranked *r, const uint32_t *a, size_t as,
                         const uint32_t *b, size_t bs, int last)
{
    for (size_t i = 0; i < bs; i++)
        for (size_t j = 0; j < as && !r->dominated[b[i]]; j++)
            r->dominated[b[i]] = is_no_worse(r, a[j], b[i], 1, last);
}

static void filter_one(struct ranked *r, const uint32_t *a, size_t as,
                       const uint32_t *b, size_t bs)
{
    uint32_t best = UINT32_MAX;

    for (size_t i = 0; i < as; i++)
        if (ranks(r, a[i])[1] < best)
            best = ranks(r, a[i])[1];
    for (size_t i = 0; i < bs; i++)
        if (ranks(r, b[i])[1] >= best)
            r->dominated[b[i]] = true;
}

/* Sort both by objective 1, a before b of the same rank; the best objective 2
 * of the a's so far decides. */
static void filter_two(struct ranked *r, const uint32_t *a, size_t as,
                       const uint32_t *b, size_t bs)
{
    uint64_t *const sa = r->scratch, *const sb = r->scratch + as;
    uint32_t best = UINT32_MAX;
    size_t j = 0;

    for (size_t i = 0; i < as; i++)
        sa[i] = (uint64_t) ranks(r, a[i])[1] << 32 | a[i];
    for (size_t i = 0; i < bs; i++)
        sb[i] = (uint64_t) ranks(r, b[i])[1] << 32 | b[i];
    qsort(sa, as, sizeof(*sa), compare_u64);
    qsort(sb, bs, sizeof(*sb), compare_u64);
    for (size_t i = 0; i < bs; i++) {
        const uint32_t point = (uint32_t) sb[i];

        for (; j < as && sa[j] >> 32 <= sb[i] >> 32; j++) {
            const uint32_t other = ranks(r, (uint32_t) sa[j])[2];

            best = other < best ? other : best;
        }
        if (ranks(r, point)[2] >= best)
            r->dominated[point] = true;
    }
}

/* Those with a rank of at most `middle` to the front; returns how many. */
static size_t split(const struct ranked *r, uint32_t *set, size_t count,
                    int objective, uint32_t middle)
{
    size_t low = 0;

    for (size_t i = 0; i < count; i++) {
        const uint32_t point = set[i];

        if (ranks(r, point)[objective] > middle)
            continue;
        set[i] = set[low];
        set[low++] = point;
    }
    return low;
}

static size_t drop_dominated(const struct ranked *r, uint32_t *set,
                             size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!r->dominated[set[i]])
            set[kept++] = set[i];
    return kept;
}

static void find_range(const struct ranked *r, const uint32_t *set,
                       size_t count, int objective, uint32_t *lo, uint32_t *hi)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t rank = ranks(r, set[i])[objective];

        *lo = rank < *lo ? rank : *lo;
        *hi = rank > *hi ? rank : *hi;
    }
}

/*
 * Mark what of b some a equals or beats in the objectives 1 to `last`. Reorders
 * both sets. The range of ranks halves with every level of one objective, so
 * the depth is at most 32 times the objectives.
 */
static void filter(struct ranked *r, uint32_t *a, size_t as, uint32_t *b,
                   size_t bs, int last)
{
    uint32_t lo = UINT32_MAX, hi = 0;

    bs = drop_dominated(r, b, bs);
    if (!as || !bs || interrupt_requested())
        return;
    if (last == 1) {
        filter_one(r, a, as, b, bs);
        return;
    }
    if (as <= FEW_PAIRS / bs) {
        filter_pairs(r, a, as, b, bs, last);
        return;
    }
    if (last == 2) {
        filter_two(r, a, as, b, bs);
        return;
    }
    find_range(r, a, as, last, &lo, &hi);
    find_range(r, b, bs, last, &lo, &hi);
    if (lo == hi) {
        filter(r, a, as, b, bs, last - 1);
        return;
    }
    const uint32_t middle = lo + (hi - lo) / 2;
    const size_t al = split(r, a, as, last, middle);
    const size_t bl = split(r, b, bs, last, middle);

    filter(r, a, al, b + bl, bs - bl, last - 1);
    filter(r, a, al, b, bl, last);
    filter(r, a + al, as - al, b + bl, bs - bl, last);
}

/* Leaves the range's front at its start, in no order; returns its size. */
static size_t find_front(struct ranked *r, uint32_t *set, size_t count)
{
    if (count <= 1)
        return count;
    const size_t half = count / 2;
    const size_t first = find_front(r, set, half);
    const size_t second = find_front(r, set + half, count - half);

    filter(r, set, first, set + half, second, r->objectives - 1);
    const size_t kept = drop_dominated(r, set + half, second);

    for (size_t i = 0; i < kept; i++)
        set[first + i] = set[half + i];
    return first + kept;
}

/* ----------------------------------------------------------------- ranks */

struct valued {
    double value;
    uint32_t point;
};

static int compare_valued(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;

    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

/* Fill the ranks of one objective; `place` is the valid points. */
static void rank_objective(struct ranked *r, int objective,
                           const double *value, bool maximize,
                           const uint32_t *place, struct valued *sorted)
{
    uint32_t rank = 0;

    for (size_t i = 0; i < r->count; i++)
        sorted[i] = (struct valued) {
            maximize ? -value[place[i]] : value[place[i]], (uint32_t) i
        };
    qsort(sorted, r->count, sizeof(*sorted), compare_valued);
    for (size_t i = 0; i < r->count; i++) {
        if (i > 0 && sorted[i].value > sorted[i - 1].value)
            rank++;
        r->rank[(size_t) sorted[i].point * (size_t) r->objectives
                + (size_t) objective] = rank;
    }
}

/*
 * The points in the order of all their ranks, by a stable sort for each from
 * the last to the first.
 */
static void sort_points(struct ranked *r, uint32_t *order)
{
    for (size_t i = 0; i < r->count; i++)
        order[i] = (uint32_t) i;
    for (int j = r->objectives - 1; j >= 0; j--) {
        for (size_t i = 0; i < r->count; i++)
            r->scratch[i] = (uint64_t) ranks(r, order[i])[j] << 32 | i;
        qsort(r->scratch, r->count, sizeof(*r->scratch), compare_u64);
        for (size_t i = 0; i < r->count; i++)
            r->point[i] = order[(uint32_t) r->scratch[i]];
        for (size_t i = 0; i < r->count; i++)
            order[i] = r->point[i];
    }
}

/*
 * One of each group of equal points into r->point, marked in `chosen`. Returns
 * how many. `order` is sorted.
 */
static size_t collapse(struct ranked *r, const uint32_t *order)
{
    size_t unique = 0;

    for (size_t i = 0; i < r->count; i++)
        if (i == 0 || !is_no_worse(r, order[i], order[i - 1], 0,
                                   r->objectives - 1))
            r->point[unique++] = order[i];
    return unique;
}

/* Equal points share the fate of the first of them. */
static ptrdiff_t spread(const struct ranked *r, const uint32_t *order,
                        const uint32_t *place, bool *front)
{
    ptrdiff_t total = 0;
    bool is_front = false;

    for (size_t i = 0; i < r->count; i++) {
        if (i == 0 || !is_no_worse(r, order[i], order[i - 1], 0,
                                   r->objectives - 1))
            is_front = !r->dominated[order[i]];
        front[place[order[i]]] = is_front;
        total += is_front;
    }
    return total;
}

/* One objective: the best. */
static void mark_best(struct ranked *r, size_t unique)
{
    for (size_t i = 1; i < unique; i++)
        r->dominated[r->point[i]] = true;
}

static ptrdiff_t mark(struct ranked *r, const double *const *value,
                      const bool *maximize, const uint32_t *place,
                      uint32_t *order, struct valued *sorted, bool *front)
{
    for (int j = 0; j < r->objectives; j++)
        rank_objective(r, j, value[j], maximize[j], place, sorted);
    sort_points(r, order);
    const size_t unique = collapse(r, order);

    if (r->objectives == 1)
        mark_best(r, unique);
    else
        find_front(r, r->point, unique);
    return interrupt_requested() ? -1 : spread(r, order, place, front);
}

static size_t find_valid(const double *const *value, int objectives,
                         size_t count, uint32_t *place)
{
    size_t valid = 0;

    for (size_t i = 0; i < count; i++) {
        bool whole = true;

        for (int j = 0; j < objectives; j++)
            whole = whole && !isnan(value[j][i]);
        if (whole)
            place[valid++] = (uint32_t) i;
    }
    return valid;
}

ptrdiff_t pareto_mark(const double *const *value, const bool *maximize,
                      int objectives, size_t count, bool *front)
{
    assert(1 <= objectives && objectives <= PARETO_MAX_OBJECTIVES);
    assert(count < UINT32_MAX);
    const size_t room = count + 1;      /* calloc(0) may be NULL */
    struct ranked r = { .objectives = objectives };
    uint32_t *place = calloc(room, sizeof(*place));
    uint32_t *order = calloc(room, sizeof(*order));
    struct valued *sorted = calloc(room, sizeof(*sorted));
    ptrdiff_t result = -1;

    r.rank = calloc(room, (size_t) objectives * sizeof(*r.rank));
    r.point = calloc(room, sizeof(*r.point));
    r.dominated = calloc(room, sizeof(*r.dominated));
    r.scratch = calloc(room, sizeof(*r.scratch));
    if (place && order && sorted && r.rank && r.point && r.dominated
        && r.scratch) {
        for (size_t i = 0; i < count; i++)
            front[i] = false;
        r.count = find_valid(value, objectives, count, place);
        result = mark(&r, value, maximize, place, order, sorted, front);
    }
    free(place);
    free(order);
    free(sorted);
    free(r.rank);
    free(r.point);
    free(r.dominated);
    free(r.scratch);
    return result;
}
