/*
 * file.h - files read whole, and files written whole or not at all.
 *
 * A written file first has a temporary name in the folder of the final one and
 * takes its place in one step (fsync, rename). Whoever reads the final name
 * sees the old content or the new, never half. Up to FILE_MAX_WRITERS files
 * may be under way at once. Failures are reported at the place given: where
 * the user named the file.
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/base/diag.h"

enum { FILE_MAX_WRITERS = 64 };

/*
 * The content of a regular file, on the heap, the caller's to free; a NUL
 * follows it that *length does not count. `length` may be NULL. NULL and one
 * error when the file is missing, not readable, not a regular file (a folder,
 * FIFO, device) or larger than max_bytes.
 */
char *file_read_all(const char *path, size_t max_bytes, size_t *length,
                    struct diag *d, struct place place);

/* Make the folder and those above it; fine when they exist. 0 or -1. */
int file_make_dirs(const char *path, struct diag *d, struct place place);

struct file_writer {
    FILE *stream; /* NULL when closed; may be written to directly */
    char *path;
    int slot;   /* in the table of temporaries */
    int error;  /* the first errno; 0: none */
};

/*
 * Start to write `path`; makes no folders. 0, or -1 and an error. Every writer
 * that was opened ends in file_writer_commit or file_writer_abort, exactly one;
 * after a failed open, abort is allowed and does nothing.
 */
int file_writer_open(struct file_writer *w, const char *path, struct diag *d,
                     struct place place);

/* A failure is kept and reported by file_writer_commit. */
void file_writer_write(struct file_writer *w, const void *bytes, size_t length);

void file_writer_printf(struct file_writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Close and put in place. 0; or -1 and an error, when anything since the open
 * had failed; then the old file is untouched and the temporary is gone.
 */
int file_writer_commit(struct file_writer *w, struct diag *d,
                       struct place place);

/* Close and remove the temporary. */
void file_writer_abort(struct file_writer *w);

/* Open, write and commit in one. 0, or -1 and an error. */
int file_write_all(const char *path, const void *bytes, size_t length,
                   struct diag *d, struct place place);

/*
 * Remove all temporaries under way. Safe inside a signal handler; only _exit
 * may follow.
 */
void file_remove_temps(void);

#endif
