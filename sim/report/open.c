#include "sim/report/open.h"

#include <string.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/base/path.h"
#include "sim/base/strbuf.h"

static bool is_beside(struct arena *arena, const char *path, const char *end)
{
    const char *name = arena_printf(arena, "%s%s", path, end);

    return !name || !access(name, F_OK);
}

/* Nothing can be written beside the file, and no work of others lies there. */
static bool is_sealed(const char *path)
{
    struct arena arena;

    arena_init(&arena, 0);
    const char *folder = path_dirname(&arena, path);
    const bool sealed = folder && access(folder, W_OK)
        && !is_beside(&arena, path, "-wal")
        && !is_beside(&arena, path, "-journal");

    arena_release(&arena);
    return sealed;
}

/* "file:PATH?immutable=1", with what has a meaning in a URI as %XX. */
static void add_uri(struct strbuf *to, const char *path)
{
    strbuf_add(to, "file:");
    for (; *path; path++)
        if (strchr("%?#", *path))
            strbuf_printf(to, "%%%02X", (unsigned) *path);
        else
            strbuf_add_char(to, *path);
    strbuf_add(to, "?immutable=1");
}

static int64_t pragma(sqlite3 *db, const char *text)
{
    sqlite3_stmt *p = NULL;
    int64_t value = -1;

    if (!sqlite3_prepare_v2(db, text, -1, &p, NULL)
        && sqlite3_step(p) == SQLITE_ROW)
        value = sqlite3_column_int64(p, 0);
    sqlite3_finalize(p);
    return value;
}

static int open_sealed(struct report_database *r, const char *path,
                       struct diag *d, struct place place)
{
    struct strbuf uri;

    strbuf_init(&uri);
    add_uri(&uri, path);
    const int failed = uri.failed
        || sqlite3_open_v2(uri.text, &r->db, SQLITE_OPEN_READONLY
                           | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);

    strbuf_release(&uri);
    if (failed)
        return diag_error(d, place, "'%s' cannot be read: %s", path,
                          r->db ? sqlite3_errmsg(r->db) : "out of memory");
    if (pragma(r->db, "PRAGMA application_id") != STORE_APPLICATION
        || pragma(r->db, "PRAGMA user_version") != STORE_VERSION)
        return diag_error(d, place, "'%s' must be a database that 'napier "
                          "sweep' made, with version %d of the tables", path,
                          STORE_VERSION);
    return 0;
}

int report_open(struct report_database *r, const char *path, struct diag *d,
                struct place place)
{
    int result = 0;

    *r = (struct report_database) { .store = NULL };
    if (is_sealed(path))
        result = open_sealed(r, path, d, place);
    else if ((r->store = store_open(path, STORE_READ, false, d, place)))
        r->db = store_database(r->store);
    else
        result = -1;
    if (result)
        report_close(r);
    return result;
}

void report_close(struct report_database *r)
{
    if (r->store)
        store_close(r->store);
    else
        sqlite3_close(r->db);
    *r = (struct report_database) { .store = NULL };
}
