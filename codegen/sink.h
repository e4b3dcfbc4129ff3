/*
 * sink.h - bytes on their way to a file, to memory, or only to be digested.
 *
 * A writer asks for room, fills it and says where it stopped; so formats write
 * straight into the buffer.
 */
#ifndef SINK_H
#define SINK_H

#include <stddef.h>

#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/strbuf.h"

enum { SINK_BYTES = 1 << 17, SINK_MAX_ROOM = 1 << 16 };

struct sink {
    struct file_writer *file;      /* either this ... */
    struct strbuf *text;           /* ... or this; both may be NULL */
    struct digest *digest;         /* of all bytes; NULL: not wanted */
    size_t total;                  /* bytes handed on */
    size_t used;
    char buffer[SINK_BYTES];
};

void sink_init(struct sink *s, struct file_writer *file, struct strbuf *text,
               struct digest *digest);

/* Room for `bytes` <= SINK_MAX_ROOM. */
static inline char *sink_room(struct sink *s, size_t bytes);
/* All before `end` has been filled. */
static inline void sink_took(struct sink *s, const char *end);

void sink_write(struct sink *s, const void *bytes, size_t length);
void sink_printf(struct sink *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Hand on what is left; at the end. */
void sink_flush(struct sink *s);

static inline char *sink_room(struct sink *s, size_t bytes)
{
    if (bytes > SINK_BYTES - s->used)
        sink_flush(s);
    return s->buffer + s->used;
}

static inline void sink_took(struct sink *s, const char *end)
{
    s->used = (size_t) (end - s->buffer);
}

/* Two lower-case or upper-case digits; returns the end. */
static inline char *sink_hex(char *to, unsigned byte, const char *digits)
{
    to[0] = digits[byte >> 4];
    to[1] = digits[byte & 15];
    return to + 2;
}

/* A number of at least `digits` lower-case digits. */
char *sink_hex_number(char *to, uint64_t value, int digits);

extern const char sink_lower[17], sink_upper[17];

#endif
