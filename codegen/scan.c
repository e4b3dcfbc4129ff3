#include "codegen/scan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/base/text.h"

const uint8_t scan_hex_plus_1[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
    ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
    ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16
};

void scan_init(struct scan *s, const struct format_input *input)
{
    *s = (struct scan) { .path = input->path, .text = input->text,
                         .size = input->size, .line = 1, .diag = input->diag };
}

enum { SCAN_SHOWN_LINE = 4000 };

int scan_error(struct scan *s, size_t from, size_t length,
               const char *format, ...)
{
    size_t line_at = s->line_at;
    int line = s->line;
    char text[400];
    va_list args;

    from = from < s->size ? from : s->size;
    length = length < s->size - from ? length : s->size - from;
    while (line_at > from && line > 1) {   /* the item began lines before */
        line--;
        for (line_at--; line_at > 0 && s->text[line_at - 1] != '\n';)
            line_at--;
    }
    const size_t first = text_count_chars(s->text + line_at, from - line_at);
    const size_t chars = text_count_chars(s->text + from, length);

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* An endless line would fill the screen: it is then not shown. */
    if (s->size - line_at < SCAN_SHOWN_LINE
        || memchr(s->text + line_at, '\n', SCAN_SHOWN_LINE))
        diag_add_source(s->diag, s->path, s->text, s->size);
    return diag_error(s->diag, (struct place) { s->path, line,
                      (int) first + 1, (int) (chars < 80 ? chars : 80) },
                      "%s", text);
}

int scan_error_end(struct scan *s, const char *format, ...)
{
    char text[400];
    va_list args;
    const int last = s->line > 1 && s->size > 0
                     && s->text[s->size - 1] == '\n' ? s->line - 1 : s->line;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return diag_error(s->diag, (struct place) { s->path, last, 1, 1 }, "%s",
                      text);
}

bool scan_line(struct scan *s, size_t *from, size_t *length)
{
    if (s->at >= s->size)
        return false;
    if (s->at > 0)
        s->line++;
    s->line_at = s->at;
    const char *start = s->text + s->at;
    const char *end = memchr(start, '\n', s->size - s->at);
    size_t n = end ? (size_t) (end - start) : s->size - s->at;

    *from = s->at;
    s->at += n + 1;
    while (n > 0 && isspace((unsigned char) start[n - 1]))
        n--;
    *length = n;
    return true;
}

static void next_line(struct scan *s)
{
    s->line++;
    s->line_at = s->at;
}

static bool starts(const struct scan *s, const char *what)
{
    const size_t n = strlen(what);

    return s->size - s->at >= n && !memcmp(s->text + s->at, what, n);
}

static void skip_line(struct scan *s)
{
    const char *end = memchr(s->text + s->at, '\n', s->size - s->at);

    s->at = end ? (size_t) (end - s->text) : s->size;
}

/* Past the comment's `end`, whose beginning has `open` bytes. */
static int skip_to(struct scan *s, size_t open, const char *end)
{
    const size_t from = s->at;
    const struct scan begin = *s;

    for (s->at += open; s->at < s->size; ) {
        if (starts(s, end)) {
            s->at += strlen(end);
            return 0;
        }
        if (s->text[s->at++] == '\n')
            next_line(s);
    }
    *s = begin;
    return scan_error(s, from, open, "the comment that begins here has no end");
}

int scan_skip(struct scan *s, int comments)
{
    while (s->at < s->size) {
        const char c = s->text[s->at];

        if (c == '\n') {
            s->at++;
            next_line(s);
        } else if (isspace((unsigned char) c)) {
            s->at++;
        } else if ((comments & SCAN_C && starts(s, "//"))
                   || (comments & SCAN_MIF && starts(s, "--"))
                   || (comments & SCAN_COE && c == ';'
                       && s->at == s->line_at)) {
            skip_line(s);
        } else if (comments & SCAN_C && starts(s, "/*")) {
            if (skip_to(s, 2, "*/"))
                return -1;
        } else if (comments & SCAN_MIF && c == '%') {
            if (skip_to(s, 1, "%"))
                return -1;
        } else {
            break;
        }
    }
    return 0;
}

size_t scan_word(struct scan *s)
{
    const size_t from = s->at;

    while (s->at < s->size && (isalnum((unsigned char) s->text[s->at])
                               || s->text[s->at] == '_'
                               || s->text[s->at] == '$'))
        s->at++;
    return s->at - from;
}

bool scan_take(struct scan *s, const char *word)
{
    const size_t n = strlen(word);

    if (s->size - s->at < n || strncasecmp(s->text + s->at, word, n))
        return false;
    s->at += n;
    return true;
}

int scan_number(const char *text, size_t length, int radix, uint64_t *value)
{
    uint64_t v = 0;

    if (length == 0)
        return -1;
    for (size_t i = 0; i < length; i++) {
        const int digit = scan_hex(text[i]);

        if (digit < 0 || digit >= radix
            || v > (UINT64_MAX - (uint64_t) digit) / (uint64_t) radix)
            return -1;
        v = v * (uint64_t) radix + (uint64_t) digit;
    }
    *value = v;
    return 0;
}

/* to = to * radix + digit; the byte that fell out. */
static unsigned times_plus(uint8_t *to, size_t bytes, int radix, int digit)
{
    unsigned carry = (unsigned) digit;

    for (size_t i = 0; i < bytes; i++) {
        carry += (unsigned) to[i] * (unsigned) radix;
        to[i] = (uint8_t) carry;
        carry >>= 8;
    }
    return carry;
}

static bool fits(const uint8_t *value, int bits)
{
    return bits % 8 == 0 || value[bits / 8] >> bits % 8 == 0;
}

static int read_hex(const char *text, size_t length, int bits, uint8_t *to)
{
    const size_t bytes = ((size_t) bits + 7) / 8;

    for (size_t i = 0; i < length; i++) {
        const int v = scan_hex(text[length - 1 - i]);

        if (v < 0)
            return -1;
        if (i / 2 < bytes)
            to[i / 2] |= (uint8_t) (v << (i % 2 ? 4 : 0));
        else if (v > 0)
            return -2;
    }
    return fits(to, bits) ? 0 : -2;
}

int scan_wide(const char *text, size_t length, int radix, int bits,
              uint8_t *to)
{
    const size_t bytes = ((size_t) bits + 7) / 8;
    size_t first = 0;

    if (length == 0)
        return -1;
    if (radix == 16)
        return read_hex(text, length, bits, to);
    for (size_t i = 0; i < length; i++)
        if (scan_hex(text[i]) < 0 || scan_hex(text[i]) >= radix)
            return -1;
    while (first + 1 < length && text[first] == '0')
        first++;
    /* No radix has more digits than bits: more would only cost time. */
    if (length - first > (size_t) bits)
        return -2;
    for (size_t i = first; i < length; i++)
        if (times_plus(to, bytes, radix, scan_hex(text[i])))
            return -2;
    return fits(to, bits) ? 0 : -2;
}

int scan_unit(struct scan *s, size_t from, size_t length, int radix, int bits,
              uint8_t *to)
{
    static const char *const names[17] = { [2] = "a binary", [8] = "an octal",
                                           [10] = "a decimal",
                                           [16] = "a hexadecimal" };
    const int shown = (int) (length < 60 ? length : 60);
    const int result = scan_wide(s->text + from, length, radix, bits, to);

    if (result == 0)
        return 0;
    if (result == -1)
        return scan_error(s, from, length ? length : 1, "'%.*s' is not %s "
                          "word", shown, s->text + from, names[radix]);
    return scan_error(s, from, length, "'%.*s' does not fit a word of %d bits",
                      shown, s->text + from, bits);
}

int scan_error_stream(struct scan *s, const struct stream *stream)
{
    return scan_error(s, s->line_at, 1, "more than %zu bytes of data",
                      stream->max_bytes);
}
