/*
 * bench_pareto.c - the front of many points, as a ratio to comparing all pairs.
 *
 * Two clouds: even ones, with a small front, and those where each gain costs as
 * much elsewhere, which are all on the front. All pairs stop at the first point
 * that dominates. Processor time of one run; the results are compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/rng.h"
#include "sim/report/pareto.h"

enum { POINTS = 100000, PAIRED = 10000, MOST = 6 };

static double value[MOST][POINTS];
static bool front[POINTS], paired[POINTS];

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void fill(int objectives, bool flat)
{
    struct rng r;

    rng_init(&r, 1);
    for (int i = 0; i < POINTS; i++) {
        double rest = 0.0;

        for (int j = 1; j < objectives; j++) {
            value[j][i] = (double) rng_range(&r, 0, 1000000);
            rest += value[j][i];
        }
        value[0][i] = flat ? -rest : (double) rng_range(&r, 0, 1000000);
    }
}

static bool is_dominated(int objectives, int count, int point)
{
    for (int i = 0; i < count; i++) {
        bool no_worse = true, better = false;

        for (int j = 0; j < objectives && no_worse; j++) {
            no_worse = value[j][i] <= value[j][point];
            better = better || value[j][i] < value[j][point];
        }
        if (no_worse && better)
            return true;
    }
    return false;
}

static double time_front(int objectives, size_t count)
{
    const bool maximize[MOST] = { false };
    const double *rows[MOST];

    for (int j = 0; j < objectives; j++)
        rows[j] = value[j];
    const double start = seconds();

    if (pareto_mark(rows, maximize, objectives, count, front) < 0)
        exit(1);
    return seconds() - start;
}

static void measure(int objectives, bool flat)
{
    fill(objectives, flat);
    const double all = time_front(objectives, POINTS);
    int size = 0;

    for (int i = 0; i < POINTS; i++)
        size += front[i];
    const double some = time_front(objectives, PAIRED);
    const double start = seconds();

    for (int i = 0; i < PAIRED; i++)
        paired[i] = !is_dominated(objectives, PAIRED, i);
    const double pairs = seconds() - start;

    if (memcmp(front, paired, PAIRED * sizeof(*front)))
        exit(1);
    printf("%-6s %10d %12d %10.3f s %22.1f\n", flat ? "flat" : "even",
           objectives, size, all, pairs / some);
}

int main(void)
{
    printf("%-6s %10s %12s %12s %22s\n", "points", "objectives", "on the front",
           "of 100,000", "faster, of 10,000");
    for (int objectives = 2; objectives <= MOST; objectives++)
        for (int flat = 0; flat < 2; flat++)
            measure(objectives, flat);
    return 0;
}
