/*
 * bench_kernels.c - MACs a second of each kernel, as ratios to a naive loop.
 *
 * The reference is what anyone writes first: a 64-bit sum, a product, a
 * comparison with both limits, one element after the other, counting overflows
 * as the kernels do. All rows are measured in one run, interleaved, processor
 * time, best of several rounds. Results are compared before anything is timed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/array/kernel.h"
#include "sim/base/rng.h"

enum { POSITIONS = 64, TAPS = 576, LANES = KERNEL_LANES, ROUNDS = 9 };

static int8_t act8[POSITIONS * TAPS], weight8[LANES * TAPS];
static float act32[POSITIONS * TAPS], weight32[TAPS * LANES], bias32[LANES];
static double act64[POSITIONS * TAPS], weight64[TAPS * LANES], bias64[LANES];
static double sums[POSITIONS * LANES];
static int64_t naive_sums[POSITIONS * LANES];

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void fill(void)
{
    struct rng r;

    rng_init(&r, 1);
    for (int i = 0; i < POSITIONS * TAPS; i++) {
        act8[i] = (int8_t) rng_range(&r, -128, 127);
        act32[i] = act8[i];
        act64[i] = act8[i];
    }
    for (int k = 0; k < TAPS; k++)
        for (int c = 0; c < LANES; c++) {
            weight8[c * TAPS + k] = (int8_t) rng_range(&r, -127, 127);
            weight32[k * LANES + c] = weight8[c * TAPS + k];
            weight64[k * LANES + c] = weight8[c * TAPS + k];
        }
}

__attribute__((noinline)) static int64_t
naive(const int8_t *a, const int8_t *w, int64_t lo, int64_t hi, int64_t *events)
{
    int64_t acc = 0;

    for (int k = 0; k < TAPS; k++) {
        acc += (int64_t) a[k] * w[k];
        if (acc > hi) {
            acc = hi;
            ++*events;
        } else if (acc < lo) {
            acc = lo;
            ++*events;
        }
    }
    return acc;
}

static int64_t run_naive(int64_t lo, int64_t hi)
{
    int64_t events = 0;

    for (int p = 0; p < POSITIONS; p++)
        for (int c = 0; c < LANES; c++)
            naive_sums[p * LANES + c] = naive(act8 + p * TAPS,
                                              weight8 + c * TAPS, lo, hi,
                                              &events);
    return events;
}

static int64_t run_kernel(kernel_fn *fn, int wide, enum kernel_mode mode,
                          int64_t lo, int64_t hi)
{
    int64_t events[LANES] = { 0 }, total = 0;
    const struct kernel_job job = {
        .mode = mode, .positions = POSITIONS, .taps = TAPS, .step = 1,
        .lo = lo, .hi = hi, .act = wide ? (void *) act64 : (void *) act32,
        .weight = wide ? (void *) weight64 : (void *) weight32,
        .bias = wide ? (void *) bias64 : (void *) bias32, .acc = sums,
        .overflows = events
    };

    fn(&job);
    for (int c = 0; c < LANES; c++)
        total += events[c];
    return total;
}

static int same(int wide)
{
    for (int i = 0; i < POSITIONS * LANES; i++)
        if (naive_sums[i] != (wide ? (int64_t) sums[i]
                                   : (int64_t) ((float *) sums)[i]))
            return 0;
    return 1;
}

struct row {
    const char *set, *name;
    kernel_fn *fn;
    int wide;
    enum kernel_mode mode;
    int bits;
    double best;
};

static double rate(double start, int runs)
{
    return (double) runs * POSITIONS * TAPS * LANES / (seconds() - start);
}

static void measure(struct row *r)
{
    const int64_t hi = (INT64_C(1) << (r->bits - 1)) - 1;
    double start, speed;
    int runs = 0;

    start = seconds();
    do {
        if (r->fn)
            run_kernel(r->fn, r->wide, r->mode, -hi - 1, hi);
        else
            run_naive(-hi - 1, hi);
        runs++;
    } while (seconds() - start < 0.05);
    speed = rate(start, runs);
    r->best = speed > r->best ? speed : r->best;
}

static int check(const struct row *r)
{
    const int64_t hi = (INT64_C(1) << (r->bits - 1)) - 1;
    const int64_t mine = run_naive(-hi - 1, hi);
    const int64_t theirs = run_kernel(r->fn, r->wide, r->mode, -hi - 1, hi);

    if (same(r->wide) && mine == theirs)
        return 0;
    fprintf(stderr, "bench: %s %s differs from the naive loop\n", r->set,
            r->name);
    return 1;
}

int main(void)
{
    const struct kernel_set *sets[8];
    const int set_count = kernel_sets(sets, 8);
    struct row rows[40] = {
        { "naive", "int64, 16-bit limits", NULL, 0, KERNEL_SATURATE, 16, 0 },
        { "naive", "int64, 32-bit limits", NULL, 0, KERNEL_SATURATE, 32, 0 },
    };
    int count = 2;

    fill();
    for (int s = 0; s < set_count; s++) {
        const char *n = sets[s]->name;

        rows[count++] = (struct row) { n, "no overflow possible, float",
            sets[s]->f32, 0, KERNEL_PLAIN, 32, 0 };
        rows[count++] = (struct row) { n, "no overflow possible, double",
            sets[s]->f64, 1, KERNEL_PLAIN, 32, 0 };
        rows[count++] = (struct row) { n, "every MAC clipped, float",
            sets[s]->f32, 0, KERNEL_SATURATE, 16, 0 };
        rows[count++] = (struct row) { n, "every MAC clipped, double",
            sets[s]->f64, 1, KERNEL_SATURATE, 16, 0 };
    }
    for (int i = 2; i < count; i++)
        if (check(&rows[i]))
            return 1;
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < count; i++)
            measure(&rows[i]);
    printf("%d positions x %d taps x %d channels, one core, no machine flags; "
           "clipped: %.1f %% of the MACs overflow\n\n", POSITIONS, TAPS, LANES,
           100.0 * (double) run_naive(-32768, 32767)
           / ((double) POSITIONS * TAPS * LANES));
    printf("%-10s %-32s %10s %8s\n", "kernels", "path", "GMAC/s", "ratio");
    for (int i = 0; i < count; i++)
        printf("%-10s %-32s %10.2f %8.2f\n", rows[i].set, rows[i].name,
               rows[i].best / 1e9,
               rows[i].best / rows[rows[i].bits == 16 ? 0 : 1].best);
    return 0;
}
