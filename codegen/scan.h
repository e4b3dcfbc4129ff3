/*
 * scan.h - a text read by lines or by words, with the place of each.
 *
 * Nothing is copied. The text of the file is handed to the diag only with the
 * first error, so that a message can show its line.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codegen/format.h"

struct scan {
    const char *path, *text;
    size_t size, at;
    int line;
    size_t line_at;                    /* where the line begins */
    struct diag *diag;
};

void scan_init(struct scan *s, const struct format_input *input);

/* An error about `length` bytes at `from` in the line. Always -1. */
int scan_error(struct scan *s, size_t from, size_t length,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An error about the file as a whole: it ends too early. Always -1. */
int scan_error_end(struct scan *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next line, without its end (LF or CRLF) and trailing blanks; false at
 * the end. */
bool scan_line(struct scan *s, size_t *from, size_t *length);

enum scan_comments {
    SCAN_C = 1,                        // and /* */
    SCAN_MIF = 2,                      /* -- and %...% */
    SCAN_COE = 4                       /* ; at the start of a line */
};

/* Skip blanks, line ends and comments. -1 for a comment that does not end. */
int scan_skip(struct scan *s, int comments);

/* The next byte, or -1 at the end. */
static inline int scan_peek(const struct scan *s)
{
    return s->at < s->size ? (unsigned char) s->text[s->at] : -1;
}

/* Bytes from s->at on that are letters, digits, '_' or '$'; moves past. */
size_t scan_word(struct scan *s);

/* The next word is that, letter case ignored, and is passed. */
bool scan_take(struct scan *s, const char *word);

/* 0 to 15; -1 for what is no hexadecimal digit. */
extern const uint8_t scan_hex_plus_1[256];

static inline int scan_hex(char c)
{
    return scan_hex_plus_1[(unsigned char) c] - 1;
}

/* A number of that radix (2, 8, 10, 16), at most 64 bits; -1 if it is none or
 * too large. */
int scan_number(const char *text, size_t length, int radix, uint64_t *value);

/*
 * The same, of any width, into (bits + 7) / 8 zeroed bytes, the lowest first.
 * -1: a digit is none; -2: more than `bits`.
 */
int scan_wide(const char *text, size_t length, int radix, int bits,
              uint8_t *to);

/* A word of the image: scan_wide of text[from...], or the error for it. */
int scan_unit(struct scan *s, size_t from, size_t length, int radix, int bits,
              uint8_t *to);

/*
 * The usual word, fast: as many hexadecimal digits as fit `bits`, and then, not
 * passed, one of the two bytes `ends`. False, and nothing done, for any other:
 * the caller goes the long way, which has the messages.
 */
static inline bool scan_quick(struct scan *s, int bits, const char *ends,
                              struct stream *stream)
{
    const char *text = s->text + s->at;
    const size_t digits = ((size_t) bits + 3) / 4;
    const int top = bits % 8 ? bits % 8 : 8;     /* bits of the highest byte */
    size_t bytes = ((size_t) bits + 7) / 8, at = 0;
    int wrong = 0;

    if (s->size - s->at <= digits
        || (text[digits] != ends[0] && text[digits] != ends[1]))
        return false;
    uint8_t *to = stream_unit(stream);

    if (!to)
        return false;
    if (digits % 2) {
        const int digit = scan_hex(text[at++]);

        wrong = digit | -(digit >> top);
        to[--bytes] = (uint8_t) digit;
    }
    while (bytes > 0) {
        const int high = scan_hex(text[at]), low = scan_hex(text[at + 1]);

        wrong |= high | low;
        if (at == 0)
            wrong |= -(((high & 15) << 4 | (low & 15)) >> top);
        to[--bytes] = (uint8_t) ((unsigned) high << 4 | (unsigned) low);
        at += 2;
    }
    if (wrong < 0) {
        stream_take_back(stream, 1);
        return false;
    }
    s->at += digits;
    return true;
}

/* Pass a line end if there is one here. */
static inline void scan_end_line(struct scan *s)
{
    if (s->at < s->size && s->text[s->at] == '\n') {
        s->line_at = ++s->at;
        s->line++;
    }
}

/* Pass these bytes; false, and nothing passed, where others stand. */
static inline bool scan_pass(struct scan *s, const char *text, size_t length)
{
    if (s->size - s->at < length || memcmp(s->text + s->at, text, length))
        return false;
    s->at += length;
    return true;
}

/* A hexadecimal number of at most 15 digits; false where there is none. */
static inline bool scan_quick_number(struct scan *s, uint64_t *value)
{
    size_t n = 0;
    int digit;

    *value = 0;
    while (n < 15 && s->at + n < s->size
           && (digit = scan_hex(s->text[s->at + n])) >= 0) {
        *value = *value << 4 | (uint64_t) digit;
        n++;
    }
    s->at += n;
    return n > 0;
}

/* The error of a stream that has failed. Always -1. */
int scan_error_stream(struct scan *s, const struct stream *stream);

#endif
