/*
 * arena.h - memory that is freed all at once.
 *
 * For what lives exactly as long as the thing read from a file. Every function
 * that allocates returns NULL when memory or the arena's limit is exhausted;
 * the caller reports it. Pointers stay valid until arena_release.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes taken from the system */
    size_t limit;               /* bytes at most; 0: no limit */
};

void arena_init(struct arena *a, size_t limit_bytes);

void arena_release(struct arena *a);

/*
 * Zeroed memory, aligned for any type; from 4096 bytes on, aligned to 64 for
 * vector kernels. bytes may be 0: a unique pointer to nothing.
 */
void *arena_alloc(struct arena *a, size_t bytes);

/* arena_alloc of count * bytes_each; NULL also when the product overflows. */
void *arena_alloc_array(struct arena *a, size_t count, size_t bytes_each);

char *arena_strdup(struct arena *a, const char *text);

/* The first `length` bytes of text, which need not end in NUL, then a NUL. */
char *arena_strndup(struct arena *a, const char *text, size_t length);

char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
