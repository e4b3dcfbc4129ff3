/*
 * lanes.h - sixteen floats that are worked on together.
 *
 * GNU C vectors: the compiler makes of them what the machine has. LANES_CLONES
 * before a function compiles it for AVX2 as well and picks when the program
 * starts. Neither changes a result: lanes do not meet, and multiply and add stay
 * two roundings.
 */
#ifndef LANES_H
#define LANES_H

enum { LANES = 16, LANES_HALF = 8 };

/* Aligned as a float, so that any float array may be read as one. */
typedef float lanes_half __attribute__((vector_size(32), aligned(4),
                                        may_alias));

#if defined(__x86_64__) && defined(__gnu_linux__) \
    && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define LANES_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define LANES_CLONES
#endif

#endif
