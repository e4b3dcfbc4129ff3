/* rng.c - Blackman and Vigna's xoshiro256** and splitmix64 (public domain). */
#include "sim/base/rng.h"

#include <assert.h>
#include <math.h>

static uint64_t step_splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t rotate_left(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

void rng_init(struct rng *r, uint64_t seed)
{
    *r = (struct rng) {0};
    for (int i = 0; i < 4; i++)
        r->state[i] = step_splitmix(&seed);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->state;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

int64_t rng_range(struct rng *r, int64_t low, int64_t high)
{
    assert(low <= high);
    const uint64_t span = (uint64_t) high - (uint64_t) low + 1;
    uint64_t x = rng_next(r);
    if (span != 0) {
        /* Draw again below 2^64 mod span: what is left divides evenly. */
        const uint64_t least = (0 - span) % span;
        while (x < least)
            x = rng_next(r);
        x %= span;
    }
    return (int64_t) ((uint64_t) low + x);
}

double rng_uniform(struct rng *r)
{
    return (double) (rng_next(r) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method; it makes two at a time. */
double rng_normal(struct rng *r)
{
    if (r->has_spare) {
        r->has_spare = false;
        return r->spare;
    }
    double x, y, square;
    do {
        x = 2 * rng_uniform(r) - 1;
        y = 2 * rng_uniform(r) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square <= 0);
    const double scale = sqrt(-2 * log(square) / square);
    r->spare = y * scale;
    r->has_spare = true;
    return x * scale;
}
