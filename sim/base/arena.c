/*
 * arena.c - blocks in a list; the newest is the one that is filled.
 *
 * Memory of a block is zero until it is handed out (calloc), so nothing is
 * cleared twice. A request too large to share a block gets its own, put behind
 * the newest, which goes on being filled.
 */
#include "sim/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BLOCK = 4 << 10,
    LAST_BLOCK = 1 << 20,
    LARGE = 4096, /* bytes from which vectors may run over it */
    LARGE_ALIGN = 64
};

struct arena_block {
    struct arena_block *next;
    size_t size; /* of data */
    size_t used;
    unsigned char data[];
};

void arena_init(struct arena *a, size_t limit_bytes)
{
    *a = (struct arena) {.limit = limit_bytes};
}

void arena_release(struct arena *a)
{
    struct arena_block *block = a->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *a = (struct arena) {.limit = a->limit};
}

/* Cut `bytes` off a block; NULL when they do not fit. */
static void *take(struct arena_block *block, size_t bytes, size_t align)
{
    const uintptr_t next = (uintptr_t) (block->data + block->used);
    const size_t pad = (size_t) (-next & (align - 1));
    const size_t left = block->size - block->used;
    if (pad > left || bytes > left - pad)
        return NULL;
    void *taken = block->data + block->used + pad;
    block->used += pad + bytes;
    return taken;
}

/* A new block of at least `bytes`, in the list; NULL without memory. */
static struct arena_block *add_block(struct arena *a, size_t bytes)
{
    size_t size = FIRST_BLOCK;
    if (a->blocks != NULL && a->blocks->size <= LAST_BLOCK / 2)
        size = 2 * a->blocks->size;
    else if (a->blocks != NULL)
        size = LAST_BLOCK;

    const bool own = bytes > size / 2;
    if (own)
        size = bytes;
    if (size > SIZE_MAX - sizeof(struct arena_block))
        return NULL;
    const size_t total = sizeof(struct arena_block) + size;
    if (a->limit != 0 && (a->used > a->limit || total > a->limit - a->used))
        return NULL;
    struct arena_block *block = calloc(1, total);
    if (block == NULL)
        return NULL;
    block->size = size;
    a->used += total;
    if (own && a->blocks != NULL) {
        block->next = a->blocks->next;
        a->blocks->next = block;
    } else {
        block->next = a->blocks;
        a->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    const size_t align = bytes >= LARGE ? LARGE_ALIGN : _Alignof(max_align_t);

    /* A byte at least, so that pointers to nothing differ too. */
    if (bytes == 0)
        bytes = 1;
    if (a->blocks != NULL) {
        void *taken = take(a->blocks, bytes, align);
        if (taken != NULL)
            return taken;
    }
    if (bytes > SIZE_MAX - align)
        return NULL;
    struct arena_block *block = add_block(a, bytes + align);
    return block != NULL ? take(block, bytes, align) : NULL;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t bytes_each)
{
    if (bytes_each != 0 && count > SIZE_MAX / bytes_each)
        return NULL;
    return arena_alloc(a, count * bytes_each);
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_strndup(a, text, strlen(text));
}

char *arena_strndup(struct arena *a, const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = arena_alloc(a, length + 1);
    if (copy != NULL && length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    if (length >= 0)
        text = arena_alloc(a, (size_t) length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t) length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
