/*
 * kernel.h - the loops that do the MACs.
 *
 * A job is a block of output positions times KERNEL_LANES output channels.
 * Numbers are exact integers held in floating point: as long as every sum
 * stays within 2^24 (float) or 2^53 (double), adding, comparing and clipping
 * them is exact, and the baseline instruction set of a 64-bit machine does it
 * four or two lanes at a time, which it cannot do for 32-bit integers.
 *
 * Faster kernels are plugged in as another struct kernel_set (kernel.c).
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

enum { KERNEL_LANES = 16 };

/* What happens to a sum after each MAC step. */
enum kernel_mode {
    KERNEL_PLAIN,             /* proved: no sum leaves [lo, hi] */
    KERNEL_SATURATE,          /* clipped to [lo, hi], counted */
    KERNEL_SATURATE_ZERO,     /* zero when outside [lo, hi], counted */
    KERNEL_WRAP,              /* modulo hi - lo + 1, counted */
    KERNEL_PEAK,              /* as KERNEL_PLAIN; least and greatest sum noted */
    KERNEL_MODES
};

struct kernel_job {
    enum kernel_mode mode;
    int positions;
    int taps;                 /* a multiple of `step` */
    int step;                 /* products added per overflow check */
    int64_t lo, hi;           /* the accumulator's range; KERNEL_WRAP: that of
                                 a signed code */
    const void *act;          /* [positions][taps] operands, float or double */
    const void *weight;       /* [taps][KERNEL_LANES] operands, same type */
    const void *bias;         /* [KERNEL_LANES] start values */
    void *acc;                /* [positions][KERNEL_LANES] results */
    int64_t *overflows;       /* [KERNEL_LANES] events, added to */
    void *least, *greatest;   /* KERNEL_PEAK: [KERNEL_LANES], widened by every
                                 sum, the bias among them; same type */
};

typedef void kernel_fn(const struct kernel_job *job);

struct kernel_set {
    const char *name;
    kernel_fn *f32;           /* |every sum| <= 2^24 */
    kernel_fn *f64;           /* |every sum| <= 2^53 */
};

/* The fastest set that this processor runs; kernel_portable() is the oracle. */
const struct kernel_set *kernel_best(void);
const struct kernel_set *kernel_portable(void);
/* NULL where there is none. */
const struct kernel_set *kernel_avx2(void);
/* All sets that run here, best last; returns how many. */
int kernel_sets(const struct kernel_set **sets, int capacity);

#endif
