/* strbuf.c - see strbuf.h. `text` points to `empty` until memory is needed. */
#include "sim/base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1] = "";

void strbuf_init(struct strbuf *b)
{
    *b = (struct strbuf) {.text = empty};
}

void strbuf_release(struct strbuf *b)
{
    if (b->text != empty)
        free(b->text);
    strbuf_init(b);
}

void strbuf_clear(struct strbuf *b)
{
    b->length = 0;
    b->failed = false;
    if (b->text != empty)
        b->text[0] = '\0';
}

/* Make room for `more` bytes and the NUL; false, for ever, if there is none. */
static bool reserve(struct strbuf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more < b->capacity - b->length)
        return true;
    if (more >= SIZE_MAX / 2 - b->length) {
        b->failed = true;
        return false;
    }
    const size_t needed = b->length + more + 1;
    size_t capacity = b->capacity < 64 ? 64 : b->capacity + b->capacity / 2;
    if (capacity < needed)
        capacity = needed;
    char *grown = realloc(b->text == empty ? NULL : b->text, capacity);
    if (grown == NULL) {
        b->failed = true;
        return false;
    }
    b->text = grown;
    b->text[b->length] = '\0';
    b->capacity = capacity;
    return true;
}

void strbuf_add(struct strbuf *b, const char *text)
{
    strbuf_add_bytes(b, text, strlen(text));
}

void strbuf_add_bytes(struct strbuf *b, const void *bytes, size_t length)
{
    if (length == 0 || !reserve(b, length))
        return;
    memcpy(b->text + b->length, bytes, length);
    b->length += length;
    b->text[b->length] = '\0';
}

void strbuf_add_char(struct strbuf *b, char c)
{
    strbuf_add_bytes(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    if (length < 0) {
        b->failed = true;
    } else if (length > 0 && reserve(b, (size_t) length)) {
        vsnprintf(b->text + b->length, (size_t) length + 1, format, again);
        b->length += (size_t) length;
    }
    va_end(again);
    va_end(args);
}

char *strbuf_detach(struct strbuf *b)
{
    char *text = NULL;
    if (reserve(b, 0))
        text = b->text;
    else if (b->text != empty)
        free(b->text);
    strbuf_init(b);
    return text;
}
