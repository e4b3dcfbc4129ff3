/*
 * text.h - names that are nearly right, numbers for people, UTF-8.
 *
 * Nothing here allocates.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/strbuf.h"

/* Returned by value, for `printf("%s", text_bytes(n).text)`. */
struct text_number {
    char text[32];
};

/* 1536 -> "1.5 KiB", 17 -> "17 B". */
struct text_number text_bytes(uint64_t bytes);

/* -1234567 -> "-1,234,567". */
struct text_number text_count(int64_t count);

/* 3.25 -> "3.2 s", 75 -> "1:15", 7322 -> "2:02:02". Negative counts as 0. */
struct text_number text_duration(double seconds);

/*
 * Add a text as one word of a POSIX shell: as it stands where that means the
 * same, else in single quotes. Whoever copies a printed command runs it.
 */
void text_add_word(struct strbuf *b, const char *word);

/*
 * The number of edits (insert, delete, change one, swap two neighbours) that
 * turn a into b, case ignored; limit + 1 when it is more than limit. Words
 * longer than 64 bytes are as far apart as can be, unless equal.
 */
int text_distance(const char *a, const char *b, int limit);

/*
 * Of the `count` names the one that `word` was probably meant to be, or NULL.
 * First the nearest within a third of the word's length in edits (at least 1);
 * else the shortest that begins with word ("sat": "saturate"); else one that
 * ends in "." and word ("rows": "array.rows"). The first of equals. Names that
 * are NULL are passed over.
 */
const char *text_find_nearest(const char *word, const char *const *names,
                              size_t count);

/*
 * Decode the character at text[0], of at most `length` > 0 bytes. Returns its
 * bytes, 1 to 4, and the code point in *code; a byte that is not UTF-8 counts
 * as one character, U+FFFD.
 */
size_t text_decode_utf8(const char *text, size_t length, uint32_t *code);

/* True for what must not reach a terminal: C0, C1, DEL, bidi controls. */
bool text_is_control(uint32_t code);

/* The columns of a terminal that a printable character takes: 0, 1 or 2. */
int text_width(uint32_t code);

/* The number of characters in `length` bytes, as text_decode_utf8 counts. */
size_t text_count_chars(const char *text, size_t length);

#endif
