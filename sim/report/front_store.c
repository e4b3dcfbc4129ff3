/*
 * front_store.c - the front as rows of the database.
 *
 * The file is opened as it is, without a word on its journal: that is the
 * sweep's choice.
 */
#include <sqlite3.h>

#include "sim/report/table.h"

enum { BUSY_MS = 10000 };

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS front("
    " objectives TEXT NOT NULL,"
    " point_id INTEGER NOT NULL REFERENCES point(id),"
    " PRIMARY KEY(objectives, point_id)) WITHOUT ROWID;";

/* "accuracy:max,cycles:min" */
void report_name_objectives(const struct report_table *t, struct strbuf *to)
{
    for (int i = 0; i < t->objectives; i++)
        strbuf_printf(to, "%s%s:%s", i ? "," : "", t->objective[i].name,
                      t->objective[i].maximize ? "max" : "min");
}

static int run_bound(sqlite3 *db, const char *sql, const char *objectives,
                     const struct report_table *t)
{
    sqlite3_stmt *p = NULL;
    int failed = sqlite3_prepare_v2(db, sql, -1, &p, NULL)
        || sqlite3_bind_text(p, 1, objectives, -1, SQLITE_TRANSIENT);

    for (size_t i = 0; !failed && i < (t ? t->points.rows : 1); i++) {
        if (t && !t->front[i])
            continue;
        failed = (t && sqlite3_bind_int64(p, 2, t->key[i]))
                 || sqlite3_step(p) != SQLITE_DONE || sqlite3_reset(p);
    }
    sqlite3_finalize(p);
    return failed;
}

static int store_rows(sqlite3 *db, const struct report_table *t,
                      const char *objectives)
{
    return sqlite3_exec(db, schema, NULL, NULL, NULL)
           || run_bound(db, "DELETE FROM front WHERE objectives = ?",
                        objectives, NULL)
           || run_bound(db, "INSERT INTO front(objectives, point_id) "
                        "VALUES(?, ?)", objectives, t)
           || sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
}

int report_store_front(const struct report_table *t, struct diag *d)
{
    struct strbuf objectives;
    sqlite3 *db = NULL;
    int failed;

    strbuf_init(&objectives);
    report_name_objectives(t, &objectives);
    failed = objectives.failed
        || sqlite3_open_v2(t->path, &db, SQLITE_OPEN_READWRITE
                           | SQLITE_OPEN_NOMUTEX, NULL)
        || sqlite3_busy_timeout(db, BUSY_MS)
        || store_rows(db, t, objectives.text);
    if (failed)
        diag_warn(d, place_of_file(t->path), "the front is not kept in the "
                  "database: %s", db ? sqlite3_errmsg(db) : "out of memory");
    /* Without its commit the transaction is undone. */
    sqlite3_close(db);
    strbuf_release(&objectives);
    return failed ? -1 : 0;
}
