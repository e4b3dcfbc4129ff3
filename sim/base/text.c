/* text.c - see text.h. */
#include "sim/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_WORD = 64 };

struct text_number text_bytes(uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB",
                                        "PiB", "EiB"};
    struct text_number n;
    if (bytes < 1024) {
        snprintf(n.text, sizeof n.text, "%d B", (int) bytes);
        return n;
    }
    double value = (double) bytes / 1024.0;
    size_t unit = 0;
    /* 1023.95 is where one decimal rounds up to 1024.0. */
    while (value >= 1023.95 && unit < 5) {
        value /= 1024.0;
        unit++;
    }
    snprintf(n.text, sizeof n.text, "%.1f %s", value, units[unit]);
    return n;
}

struct text_number text_count(int64_t count)
{
    const uint64_t size =
        count < 0 ? 0 - (uint64_t) count : (uint64_t) count;
    char digits[24];
    const int length =
        snprintf(digits, sizeof digits, "%llu", (unsigned long long) size);

    struct text_number n = {""};
    char *out = n.text;
    if (count < 0)
        *out++ = '-';
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return n;
}

struct text_number text_duration(double seconds)
{
    struct text_number n;
    if (!(seconds > 0))
        seconds = 0;
    if (seconds < 59.95) {
        snprintf(n.text, sizeof n.text, "%.1f s", seconds);
        return n;
    }
    /* A million years is enough, and keeps the conversion defined. */
    const long long whole = seconds < 3e13 ? (long long) (seconds + 0.5)
                                           : 30000000000000;
    if (whole < 3600)
        snprintf(n.text, sizeof n.text, "%lld:%02lld", whole / 60, whole % 60);
    else
        snprintf(n.text, sizeof n.text, "%lld:%02lld:%02lld", whole / 3600,
                 whole / 60 % 60, whole % 60);
    return n;
}

void text_add_word(struct strbuf *b, const char *word)
{
    static const char bare[] = "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";

    if (*word && !word[strspn(word, bare)]) {
        strbuf_add(b, word);
        return;
    }
    strbuf_add_char(b, '\'');
    for (; *word; word++)
        if (*word == '\'')
            strbuf_add(b, "'\\''");
        else
            strbuf_add_char(b, *word);
    strbuf_add_char(b, '\'');
}

static int fold(char c)
{
    return tolower((unsigned char) c);
}

/*
 * Optimal string alignment: row i holds the distances of a's first i letters to
 * all beginnings of b; the row before the last is kept for swapped neighbours.
 */
int text_distance(const char *a, const char *b, int limit)
{
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);
    if (a_length > MAX_WORD || b_length > MAX_WORD)
        return strcmp(a, b) == 0 ? 0 : limit + 1;

    int rows[3][MAX_WORD + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = (int) j;
    for (size_t i = 1; i <= a_length; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i - 1) % 3];
        row[0] = (int) i;
        for (size_t j = 1; j <= b_length; j++) {
            const bool same = fold(a[i - 1]) == fold(b[j - 1]);
            int best = above[j - 1] + !same;
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]) &&
                rows[(i - 2) % 3][j - 2] + 1 < best)
                best = rows[(i - 2) % 3][j - 2] + 1;
            row[j] = best;
        }
    }
    const int distance = rows[a_length % 3][b_length];
    return distance <= limit ? distance : limit + 1;
}

/* "saturate" for "sat". */
static const char *find_longer(const char *word, const char *const *names,
                               size_t count)
{
    const size_t length = strlen(word);
    const char *found = NULL;
    if (length < 2)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (names[i] == NULL || strncmp(names[i], word, length) != 0)
            continue;
        if (found == NULL || strlen(names[i]) < strlen(found))
            found = names[i];
    }
    return found;
}

/* "array.rows" for "rows". */
static const char *find_dotted(const char *word, const char *const *names,
                               size_t count)
{
    const size_t length = strlen(word);
    for (size_t i = 0; length > 0 && i < count; i++) {
        const size_t whole = names[i] != NULL ? strlen(names[i]) : 0;
        if (whole > length && names[i][whole - length - 1] == '.' &&
            strcmp(names[i] + whole - length, word) == 0)
            return names[i];
    }
    return NULL;
}

const char *text_find_nearest(const char *word, const char *const *names,
                              size_t count)
{
    const size_t length = strlen(word);
    if (length == 0 || length > MAX_WORD)
        return NULL;
    int limit = length < 6 ? 1 : (int) (length / 3);
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (names[i] == NULL)
            continue;
        const int distance = text_distance(word, names[i], limit);
        if (distance <= limit) {
            nearest = names[i];
            limit = distance - 1;
        }
    }
    if (nearest == NULL)
        nearest = find_longer(word, names, count);
    if (nearest == NULL)
        nearest = find_dotted(word, names, count);
    return nearest;
}

size_t text_decode_utf8(const char *text, size_t length, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *) text;

    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    *code = 0xfffd;
    const size_t bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || bytes > length)
        return 1;
    uint32_t value = s[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (s[i] & 0x3fu);
    }
    if (value < least[bytes] || value > 0x10ffff ||
        (0xd800 <= value && value <= 0xdfff))
        return 1;
    *code = value;
    return bytes;
}

bool text_is_control(uint32_t code)
{
    return code < 0x20 || (0x7f <= code && code < 0xa0) ||
           (0x2028 <= code && code <= 0x202e) ||
           (0x2066 <= code && code <= 0x2069) || code == 0xfeff;
}

/* The ranges that matter for alignment, not the whole of Unicode's tables. */
int text_width(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        int width;
    } ranges[] = {
        {0x0300, 0x036f, 0},   {0x200b, 0x200f, 0},   {0xfe00, 0xfe0f, 0},
        {0x20d0, 0x20ff, 0},   {0x1100, 0x115f, 2},   {0x2e80, 0x303e, 2},
        {0x3041, 0x4dbf, 2},   {0x4e00, 0x9fff, 2},   {0xa000, 0xa4cf, 2},
        {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},
        {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2},
        {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (ranges[i].first <= code && code <= ranges[i].last)
            return ranges[i].width;
    }
    return 1;
}

size_t text_count_chars(const char *text, size_t length)
{
    size_t chars = 0;
    for (size_t at = 0; at < length; chars++) {
        uint32_t code;
        at += text_decode_utf8(text + at, length - at, &code);
    }
    return chars;
}
