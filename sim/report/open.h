/* open.h - the database of a sweep, opened to be read wherever it lies. */
#ifndef REPORT_OPEN_H
#define REPORT_OPEN_H

#include <sqlite3.h>

#include "sim/base/diag.h"
#include "sim/sweep/store.h"

struct report_database {
    struct store *store;          /* NULL: opened without it */
    sqlite3 *db;
};

/*
 * Open `path` and check that it is a sweep's. A database with a write-ahead log
 * can be read only where SQLite can write beside it; in a folder that is
 * read-only, and when no log is left there, it is read as a file that nobody
 * changes. 0; or -1 and an error. Every opened one is closed.
 */
int report_open(struct report_database *r, const char *path, struct diag *d,
                struct place place);
void report_close(struct report_database *r);

#endif
