/*
 * strbuf.h - a text that grows.
 *
 * Out of memory is sticky: further additions do nothing and `failed` is set, so
 * that a caller checks once, at the end.
 */
#ifndef STRBUF_H
#define STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
    char *text;    /* always ends in NUL; "" while empty; never NULL */
    size_t length; /* without the NUL */
    size_t capacity;
    bool failed;
};

void strbuf_init(struct strbuf *b);

void strbuf_release(struct strbuf *b);

/* Back to the empty text; keeps the memory, clears `failed`. */
void strbuf_clear(struct strbuf *b);

void strbuf_add(struct strbuf *b, const char *text);

void strbuf_add_bytes(struct strbuf *b, const void *bytes, size_t length);

void strbuf_add_char(struct strbuf *b, char c);

void strbuf_printf(struct strbuf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The text, now the caller's to free; the buffer is empty again. NULL when an
 * addition had failed.
 */
char *strbuf_detach(struct strbuf *b);

#endif
