/* base_file.h - the files that a sweep begins with, as keys and values. */
#ifndef REPORT_BASE_FILE_H
#define REPORT_BASE_FILE_H

#include "sim/report/table.h"

/*
 * The path without "folder/..", where that names the same file or where the
 * path as it stands names none. In the arena; NULL when that is exhausted.
 */
const char *report_shorten_path(struct arena *arena, const char *path);

/*
 * Add the YAML file `path` as a document of the table: every scalar or list
 * with its key in dots and its value as YAML on one line. Where the file is
 * gone or no longer YAML, a note is added in its place.
 */
void report_read_base(struct report_table *t, const char *name,
                      const char *path);

/*
 * Add what is set for all points as axes of one value; after the points are
 * read. `text` is the sweep file (its key `set`), `settings` what --set had, an
 * argument a line, or NULL.
 */
void report_read_fixed(struct report_table *t, const char *text,
                       const char *settings);

/*
 * Read the hardware file with the settings of one point: when the machine's
 * digest is no longer `digest`, the file has changed since the sweep, and a
 * note says so.
 */
void report_check_base(struct report_table *t, const char *path, size_t point,
                       const char *digest);

/* A text as a YAML scalar: as it stands, or in double quotes. */
void report_add_yaml_text(struct strbuf *to, const char *text);

#endif
