/* estimate.c - a sweep of a few points and images, scaled. */
#include <stdlib.h>

#include "sim/sweep/point.h"
#include "sim/sweep/rounds.h"
#include "sim/sweep/sweep.h"

enum { SAMPLE_TIMING = 64, SAMPLE_ACCURACY = 3, FEW_IMAGES = 8,
       MORE_IMAGES = 108 };

/*
 * Of the layers of a machine that shares its quantization, the share that has
 * to be run: what narrow accumulators cost on average.
 */
static const double share_run = 0.3;

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

/* The point with every axis that decides no codes at its first choice. */
static int64_t group_of(const struct space *s, int64_t point)
{
    int64_t at[SPACE_MAX_AXES] = { 0 }, group = 0;

    for (int d = s->dimension_count - 1; d >= 0; d--) {
        at[d] = point % s->dimension[d];
        point /= s->dimension[d];
    }
    for (int d = 0; d < s->dimension_count; d++) {
        bool shape = true;

        for (int i = 0; i < s->axis_count; i++)
            if (s->axis[i].dimension == d)
                shape = shape && point_is_shape(s->axis[i].key);
        group = group * s->dimension[d] + (shape ? 0 : at[d]);
    }
    return group;
}

static int64_t count_groups(const struct space *s)
{
    int64_t *group = malloc((size_t) s->count * sizeof(*group)), n = 0;

    if (!group)
        return -1;
    for (int64_t i = 0; i < s->count; i++)
        group[i] = group_of(s, s->point[i]);
    qsort(group, (size_t) s->count, sizeof(*group), by_number);
    for (int64_t i = 0; i < s->count; i++)
        n += i == 0 || group[i] != group[i - 1];
    free(group);
    return n;
}

/* Seconds of up to `points` points, evenly spread, each run alone. */
static double sample(const struct space *s, int workers, int64_t points,
                     int64_t images, int64_t *ran, struct diag *diag)
{
    const struct sweep_options o = {
        .workers = workers, .no_reuse = true, .path = ":memory:",
        .command = "napier check"
    };
    struct sweep_summary summary;
    struct space few = *s;
    double seconds = -1;

    few.count = s->count < points ? s->count : points;
    few.point = malloc((size_t) few.count * sizeof(*few.point));
    few.area = 0;
    few.method = SPACE_GRID;
    if (!few.point)
        return diag_error(diag, s->place, "out of memory");
    for (int64_t i = 0; i < few.count; i++)
        few.point[i] = s->point[s->count * i / few.count];
    few.images = images;
    if (!sweep_run(&few, &o, &summary, diag))
        seconds = summary.seconds;
    *ran = few.count;
    free(few.point);
    return seconds;
}

int sweep_estimate(const struct space *s, int workers,
                   struct sweep_estimate *e, struct diag *diag)
{
    int64_t ran, images;
    double few, more;

    *e = (struct sweep_estimate) { 0, -1 };
    if (s->evaluate == SPACE_TIMING) {
        few = sample(s, workers, SAMPLE_TIMING, 0, &ran, diag);
        e->seconds = few / (double) ran * (double) s->count;
        return few < 0 ? -1 : 0;
    }
    images = sweep_images(s, diag);
    e->groups = count_groups(s);
    if (images < 0 || e->groups < 0)
        return -1;
    few = sample(s, workers, SAMPLE_ACCURACY, FEW_IMAGES, &ran, diag);
    more = few < 0 ? -1 : sample(s, workers, SAMPLE_ACCURACY, MORE_IMAGES,
                                 &ran, diag);
    if (more < 0)
        return -1;
    const double slope = more > few
        ? (more - few) / (double) ran / (MORE_IMAGES - FEW_IMAGES)
        : more / (double) ran / MORE_IMAGES;
    const double fixed = few / (double) ran - slope * FEW_IMAGES;
    int64_t of_round[ROUNDS_MOST], points = s->count;
    const int rounds = rounds_plan(s, images, of_round);

    e->seconds = 0;
    for (int r = 0; r < rounds; r++) {
        const double groups = (double) e->groups < (double) points
            ? (double) e->groups : (double) points;
        const double runs = groups + share_run * ((double) points - groups);

        e->seconds += groups * (fixed > 0 ? fixed : 0)
                      + runs * (double) of_round[r] * slope;
        points = rounds_keep(s, points);
    }
    return 0;
}
