/*
 * rng.h - random numbers that repeat: xoshiro256**, seeded by splitmix64.
 *
 * The sequence of a seed is the same on every machine and part of what golden
 * files rely on (rng_normal up to the last bit of libm's log). Not for secrets.
 */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state[4];
    double spare; /* the second of a pair of normals */
    bool has_spare;
};

void rng_init(struct rng *r, uint64_t seed);

uint64_t rng_next(struct rng *r);

/* Uniform in low..high, both included, without bias; low <= high. */
int64_t rng_range(struct rng *r, int64_t low, int64_t high);

/* Uniform in [0, 1), a multiple of 2^-53. */
double rng_uniform(struct rng *r);

/* Normal, mean 0, standard deviation 1. */
double rng_normal(struct rng *r);

#endif
