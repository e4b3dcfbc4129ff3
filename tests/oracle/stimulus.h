/*
 * stimulus.h - random codes that favour corners.
 *
 * Uniform codes hardly ever meet a tie, an extreme or a zero, and a wrong
 * tie survives a million of them; about half of these are corners.
 */
#ifndef STIMULUS_H
#define STIMULUS_H

#include "sim/base/rng.h"

#include <stdint.h>

static inline int stimulus_int(struct rng *rng, int low, int high)
{
    return (int) rng_range(rng, low, high);
}

/* A signed code of 1 to 64 bits: half random, half at or beside a corner. */
static inline int64_t stimulus_code(struct rng *rng, int bits)
{
    const uint64_t min = UINT64_MAX << (bits - 1);
    const uint64_t power = UINT64_C(1) << stimulus_int(rng, 0, bits - 1);
    const uint64_t beside = (uint64_t) rng_range(rng, -1, 1);
    uint64_t code;

    switch (stimulus_int(rng, 0, 7)) {
    case 0: code = min + (beside & 1); break;
    case 1: code = ~min - (beside & 1); break;
    case 2: code = power + beside; break;
    case 3: code = beside - power; break;
    default: code = rng_next(rng); break;
    }
    return (int64_t) (code << (64 - bits)) >> (64 - bits);
}

#endif
