/* estimate.c - a sweep of a few points and images, scaled. */
#include <stdlib.h>
#include <string.h>

#include "sim/sweep/point.h"
#include "sim/sweep/rounds.h"
#include "sim/sweep/sweep.h"

enum { SAMPLE_TIMING = 64, SAMPLE_GROUPS = 2, SAMPLE_OF_GROUP = 64,
       FEW_IMAGES = 8, MORE_IMAGES = 72 };

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

/* Seconds of these points on so many images; negative after an error. */
static double sample(const struct space *s, int workers, int64_t *point,
                     int64_t count, int64_t images, struct sweep_estimate *e,
                     struct diag *diag)
{
    const struct sweep_options o = {
        .workers = workers, .path = ":memory:", .command = "napier check"
    };
    struct sweep_summary summary;
    struct space few = *s;

    few.count = count;
    few.point = point;
    few.area = 0;
    few.method = SPACE_GRID;
    few.images = images;
    if (sweep_run(&few, &o, &summary, diag))
        return -1;
    e->tried = count;
    e->refused = summary.refused;
    memcpy(e->refusal, summary.refusal, sizeof(e->refusal));
    return summary.seconds;
}

static double estimate_timing(const struct space *s, int workers,
                              struct sweep_estimate *e, struct diag *diag)
{
    const int64_t n = s->count < SAMPLE_TIMING ? s->count : SAMPLE_TIMING;
    int64_t point[SAMPLE_TIMING];
    double seconds;

    for (int64_t i = 0; i < n; i++)
        point[i] = s->point[s->count * i / n];
    seconds = sample(s, workers, point, n, 0, e, diag);
    return seconds < 0 ? -1 : seconds / (double) n * (double) s->count;
}

/* Points of some groups, evenly spread over the sweep, as they are run. */
static int64_t choose_groups(const struct space *s, int64_t *point)
{
    int64_t n = 0, last = -1;

    for (int g = 0; g < SAMPLE_GROUPS; g++) {
        const int64_t at = s->count * (2 * g + 1) / (2 * SAMPLE_GROUPS);
        const int64_t group = group_of(s, s->point[at]), first = n;

        if (group == last)
            continue;
        last = group;
        for (int64_t i = 0; i < s->count && n - first < SAMPLE_OF_GROUP; i++)
            if (group_of(s, s->point[i]) == group)
                point[n++] = s->point[i];
    }
    return n;
}

int sweep_estimate(const struct space *s, int workers,
                   struct sweep_estimate *e, struct diag *diag)
{
    int64_t point[SAMPLE_GROUPS * SAMPLE_OF_GROUP], of_round[ROUNDS_MOST];
    const int64_t images = sweep_images(s, diag);
    int64_t points = s->count, n;
    double few, more;
    int rounds;

    *e = (struct sweep_estimate) { .seconds = -1 };
    if (images < 0)
        return -1;
    if (s->evaluate == SPACE_TIMING) {
        e->seconds = estimate_timing(s, workers, e, diag);
        return e->seconds < 0 ? -1 : 0;
    }
    e->groups = count_groups(s);
    if (e->groups < 0)
        return diag_error(diag, s->place, "out of memory");
    n = choose_groups(s, point);
    few = sample(s, workers, point, n, FEW_IMAGES, e, diag);
    more = few < 0 ? -1
        : sample(s, workers, point, n, MORE_IMAGES, e, diag);
    if (more < 0)
        return -1;
    /* Of a point: seconds for an image, and what no image adds. */
    const double slope = (more > few ? (more - few) / (MORE_IMAGES - FEW_IMAGES)
                                     : more / MORE_IMAGES) / (double) n;
    const double fixed = few / (double) n - slope * FEW_IMAGES;

    rounds = rounds_plan(s, images, of_round);
    e->seconds = 0;
    for (int r = 0; r < rounds; r++) {
        e->seconds += (double) points * ((fixed > 0 ? fixed : 0)
                                         + slope * (double) of_round[r]);
        points = rounds_keep(s, points);
    }
    return 0;
}
