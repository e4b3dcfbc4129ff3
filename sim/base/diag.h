/*
 * diag.h - what the user did wrong, with its place in the file.
 *
 * Library code reports here and returns -1; only the command line prints. All
 * errors of a run are collected and shown at once:
 *
 *     configs/kws.yaml:14:11: error: 'activation.bits' is 99, must be 2 to 16
 *        14 |     bits: 99
 *           |           ^~
 *
 * Texts are lower case, without a full stop, the subject in single quotes.
 * A struct diag is used by one thread at a time.
 */
#ifndef DIAG_H
#define DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Errors beyond this many are counted but not kept. */
enum { DIAG_MAX_ERRORS = 100 };

/*
 * A stretch of one line of a text. Lines and columns count from 1, columns in
 * characters (code points), not bytes. line 0: the file as a whole; file NULL:
 * no place at all. `file` is borrowed; diag copies it with each message.
 */
struct place {
    const char *file;
    int line;
    int column;
    int length; /* of the caret's underline, in characters; 0 counts as 1 */
};

#define PLACE_NONE ((struct place) {NULL, 0, 0, 0})

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag_message {
    enum diag_level level;
    struct place place; /* its file is owned by the diag */
    char *text;         /* one line, made printable; never NULL */
};

struct diag_source;

struct diag {
    struct diag_message *messages; /* in the order of their report */
    size_t count;
    size_t capacity;
    struct diag_source *sources; /* newest first */
    int errors;                  /* kept or not */
    int warnings;
    int hidden; /* errors and warnings that were not kept */
    bool last_hidden;
};

void diag_init(struct diag *d);

void diag_release(struct diag *d);

/*
 * Register the text that places in `file` refer to, so that diag_print can show
 * the line. Copies both. The same file again replaces its text. Without memory,
 * or for a file never registered, messages are shown without the line.
 */
void diag_add_source(struct diag *d, const char *file, const char *text,
                     size_t length);

/* The place of a file as a whole: no line. `file` is borrowed. */
struct place place_of_file(const char *file);

/* Report an error. Always returns -1, so that a caller can return it on. */
int diag_error(struct diag *d, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void diag_warn(struct diag *d, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add a second place or a remark to the message before it. */
void diag_note(struct diag *d, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int diag_error_count(const struct diag *d);

/* Print all messages, in order, each with its source line and caret. */
void diag_print(const struct diag *d, FILE *out);

#endif
