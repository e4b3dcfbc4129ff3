/*
 * store.c - SQLite, with its failures as messages.
 *
 * Statements are prepared once. A claim belongs to a row of provenance, whose
 * process lives while its beat is young; on the host of that process a look at
 * /proc tells at once, and a killed sweep goes on without waiting.
 */
#include "sim/sweep/store.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/sweep/store_schema.h"
#include "sim/version.h"

enum { BUSY_MS = 120000, BUSY_PAUSE_MS = 20, DEAD_AFTER_SECONDS = 60, HOST_BYTES = 256 };

enum statement {
    BEGIN, COMMIT, ROLLBACK, ADD_POINT, ADD_RESULT, ADD_LAYER,
    DROP_LAYERS, DROP_RESULT, GET_RESULT, GET_CLAIM, SET_CLAIM, DROP_CLAIM,
    MARK_STALE, STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [ADD_POINT] = "INSERT INTO point(ordinal, digest, settings)"
                  " VALUES(?1, ?2, ?3) ON CONFLICT(digest)"
                  " DO UPDATE SET ordinal = excluded.ordinal",
    [ADD_RESULT] =
        "INSERT INTO result(point_id, images, digest, state, message,"
        " labelled, correct, same_class, accuracy, float_accuracy,"
        " accuracy_loss, agreement, worst_sqnr_db, worst_layer, overflows,"
        " cycles, stall_cycles, macs, utilization, clock_mhz, latency_ms, fps,"
        " weight_rom_bits, param_rom_bits, activation_memory_bits, energy_uj,"
        " energy_source, area_cells, area_luts, area_dsps, area_ffs,"
        " area_brams, area_target, hardware_digest, network_digest,"
        " program_digest, output_digest, seconds, provenance_id, finished)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27,"
        " ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39,"
        " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
    [ADD_LAYER] =
        "INSERT INTO layer(result_id, position, name, op, unit, macs, cycles,"
        " stall_cycles, utilization, overflows, channels, overflow_channels,"
        " proved_channels, safe_bits, sqnr_db, energy_uj)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16)",
    [DROP_LAYERS] = "DELETE FROM layer WHERE result_id IN (SELECT id FROM"
                    " result WHERE point_id = ?1 AND images = ?2)",
    [DROP_RESULT] = "DELETE FROM result WHERE point_id = ?1 AND images = ?2",
    [GET_RESULT] = "SELECT digest FROM result WHERE point_id = ?1"
                   " AND images = ?2 AND stale = 0",
    [GET_CLAIM] = "SELECT c.provenance_id, p.host, p.pid, p.ticks, p.beat,"
                  " p.ended IS NOT NULL FROM claim c JOIN provenance p"
                  " ON p.id = c.provenance_id WHERE c.point_id = ?1",
    [SET_CLAIM] = "INSERT OR REPLACE INTO claim(point_id, provenance_id)"
                  " VALUES(?1, ?2)",
    [DROP_CLAIM] = "DELETE FROM claim WHERE point_id = ?1",
    [MARK_STALE] = "UPDATE result SET stale = 1 WHERE point_id = ?1"
                   " AND digest <> ?2 AND stale = 0"
};

static const char *const state_names[] = { "waiting", "done", "refused" };

struct store {
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
    struct diag *diag;
    struct place place;
    char *path;
    char host[HOST_BYTES];
    int64_t provenance;
    bool grouped, reported;
};

struct sqlite3 *store_database(struct store *s)
{
    return s->db;
}

/* Why the file cannot be opened: SQLite does not say. */
static const char *reason_to_open(const struct store *s)
{
    char folder[4096];
    const char *slash = strrchr(s->path, '/');
    const size_t length = slash ? (size_t) (slash - s->path) : 0;

    if (access(s->path, F_OK) == 0)
        return access(s->path, R_OK) ? strerror(errno) : NULL;
    if (length >= sizeof(folder))
        return strerror(ENAMETOOLONG);
    memcpy(folder, s->path, length);
    folder[length] = '\0';
    return access(slash ? length ? folder : "/" : ".", W_OK | X_OK)
        ? strerror(errno) : NULL;
}

int store_error(struct store *s, const char *doing)
{
    const int code = sqlite3_extended_errcode(s->db);
    const bool full = (code & 0xff) == SQLITE_FULL
                      || code == SQLITE_IOERR_WRITE
                      || code == SQLITE_IOERR_TRUNCATE
                      || code == SQLITE_IOERR_SHMSIZE;
    const char *reason = full ? "no space is left" : NULL;

    if (s->reported)
        return -1;
    s->reported = true;           /* what follows from it is not said again */
    if ((code & 0xff) == SQLITE_CANTOPEN)
        reason = reason_to_open(s);
    return diag_error(s->diag, s->place, "'%s' cannot be %s: %s%s", s->path,
                      doing, reason ? reason : sqlite3_errmsg(s->db),
                      full ? "; the results so far are kept" : "");
}

/* ------------------------------------------------------------ statements */

static sqlite3_stmt *prepare(struct store *s, enum statement which)
{
    sqlite3_stmt **p = &s->statement[which];

    if (!*p && sqlite3_prepare_v3(s->db, sql[which], -1,
                                  SQLITE_PREPARE_PERSISTENT, p, NULL))
        return NULL;
    return *p;
}

static void bind_text(sqlite3_stmt *p, int i, const char *text)
{
    if (text)
        sqlite3_bind_text(p, i, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(p, i);
}

static void bind_real(sqlite3_stmt *p, int i, double value)
{
    if (isnan(value))
        sqlite3_bind_null(p, i);
    else
        sqlite3_bind_double(p, i, value);
}

/* Run a statement that gives no rows, its values bound already. 0 or -1. */
static int step(sqlite3_stmt *p)
{
    const int code = p ? sqlite3_step(p) : SQLITE_ERROR;

    if (p)
        sqlite3_reset(p);
    return code == SQLITE_DONE ? 0 : -1;
}

static int run(struct store *s, enum statement which)
{
    return step(prepare(s, which));
}

static int begin(struct store *s)
{
    return s->grouped ? 0 : run(s, BEGIN);
}

/* Commit, or take back what failed; the first message stays. */
static int finish(struct store *s, int failed, const char *doing)
{
    if (!failed && (s->grouped || !run(s, COMMIT)))
        return 0;
    store_error(s, doing);
    if (!sqlite3_get_autocommit(s->db))
        run(s, ROLLBACK);
    s->grouped = false;
    return -1;
}

static int execute(struct store *s, const char *text)
{
    return sqlite3_exec(s->db, text, NULL, NULL, NULL) ? -1 : 0;
}

static int64_t pragma(struct store *s, const char *text)
{
    sqlite3_stmt *p = NULL;
    int64_t value = -1;

    if (!sqlite3_prepare_v2(s->db, text, -1, &p, NULL)
        && sqlite3_step(p) == SQLITE_ROW)
        value = sqlite3_column_int64(p, 0);
    sqlite3_finalize(p);
    return value;
}

/* ------------------------------------------------------------ open, close */

static int create_schema(struct store *s)
{
    char text[100];
    int failed;

    if (run(s, BEGIN))
        return store_error(s, "written");
    /* Another process may have been faster. */
    if (pragma(s, "PRAGMA application_id") == STORE_APPLICATION)
        return finish(s, 0, "written");
    snprintf(text, sizeof(text), "PRAGMA application_id = %d;"
             "PRAGMA user_version = %d", STORE_APPLICATION, STORE_VERSION);
    failed = execute(s, STORE_SCHEMA) || execute(s, text);
    return finish(s, failed, "written");
}

static int check_version(struct store *s, enum store_mode mode)
{
    const int64_t tables = pragma(s, "SELECT count(*) FROM sqlite_master");
    const int64_t application = pragma(s, "PRAGMA application_id");
    const int64_t version = pragma(s, "PRAGMA user_version");

    if (tables < 0 || application < 0)
        return store_error(s, "read");
    if (tables == 0 && application == 0 && mode == STORE_CREATE)
        return create_schema(s);
    if (application != STORE_APPLICATION)
        return diag_error(s->diag, s->place, "'%s' is a database of another "
                          "program, must be one that 'napier sweep' made",
                          s->path);
    if (version != STORE_VERSION)
        return diag_error(s->diag, s->place, "'%s' has version %" PRId64
                          " of the tables, must have version %d (it was left "
                          "as it is)", s->path, version, STORE_VERSION);
    return 0;
}

/* SQLite answers "busy" to a change of the journal at once, without waiting. */
static int set_journal(struct store *s, bool shared)
{
    const struct timespec pause = { 0, BUSY_PAUSE_MS * 1000000L };
    int failed = -1;

    for (int ms = 0; failed && ms < BUSY_MS; ms += BUSY_PAUSE_MS) {
        failed = execute(s, shared ? "PRAGMA journal_mode = DELETE;"
                                     "PRAGMA synchronous = FULL"
                                   : "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = NORMAL");
        if (failed && sqlite3_errcode(s->db) != SQLITE_BUSY
            && sqlite3_errcode(s->db) != SQLITE_LOCKED)
            break;
        if (failed)
            nanosleep(&pause, NULL);
    }
    return failed ? store_error(s, "written") : 0;
}

static int open_database(struct store *s, enum store_mode mode, bool shared)
{
    const int flags = mode == STORE_READ
        ? SQLITE_OPEN_READONLY
        : SQLITE_OPEN_READWRITE | (mode == STORE_CREATE ? SQLITE_OPEN_CREATE
                                                        : 0);

    if (mode != STORE_CREATE && access(s->path, F_OK))
        return diag_error(s->diag, s->place, "'%s' cannot be read: %s",
                          s->path, strerror(errno));
    if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL))
        return s->db ? store_error(s, "opened")
                     : diag_error(s->diag, s->place, "out of memory");
    sqlite3_busy_timeout(s->db, BUSY_MS);
    if (check_version(s, mode))
        return -1;
    if (mode == STORE_READ)
        return 0;
    if (sqlite3_db_readonly(s->db, "main") == 1)
        return diag_error(s->diag, s->place, "'%s' cannot be written: it is "
                          "read-only", s->path);
    return set_journal(s, shared);
}

struct store *store_open(const char *path, enum store_mode mode, bool shared,
                         struct diag *diag, struct place place)
{
    struct store *s = calloc(1, sizeof(*s));

    if (!s || !(s->path = strdup(path))) {
        free(s);
        diag_error(diag, place, "out of memory");
        return NULL;
    }
    s->diag = diag;
    s->place = place;
    if (gethostname(s->host, sizeof(s->host) - 1))
        strcpy(s->host, "unknown");
    if (open_database(s, mode, shared)) {
        store_close(s);
        return NULL;
    }
    return s;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statement[i]);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

/* --------------------------------------------------------- the definition */

static int add_sweep(struct store *s, const struct store_sweep *w)
{
    sqlite3_stmt *p = NULL;
    const char *const text[] = { w->name, w->file, w->text, w->design,
                                 w->hardware, w->network, w->method,
                                 w->evaluate };
    int failed;

    if (sqlite3_prepare_v2(s->db, "INSERT INTO sweep VALUES(1, ?1, ?2, ?3, ?4,"
                           " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
                           " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))", -1, &p,
                           NULL))
        return -1;
    for (int i = 0; i < 8; i++)
        bind_text(p, i + 1, text[i]);
    sqlite3_bind_int64(p, 9, w->images);
    sqlite3_bind_int64(p, 10, w->seed);
    bind_text(p, 11, w->settings);
    bind_text(p, 12, w->digest);
    bind_text(p, 13, w->base);
    failed = step(p);
    sqlite3_finalize(p);
    return failed;
}

static int add_axes(struct store *s, const struct store_axis *axis, int axes)
{
    sqlite3_stmt *p = NULL;
    int failed = sqlite3_prepare_v2(s->db, "INSERT INTO axis VALUES(?1, ?2, ?3,"
                                    " ?4)", -1, &p, NULL);

    for (int i = 0; !failed && i < axes; i++) {
        sqlite3_bind_int(p, 1, i);
        bind_text(p, 2, axis[i].key);
        bind_text(p, 3, axis[i].scope);
        bind_text(p, 4, axis[i].values);
        failed = step(p);
    }
    sqlite3_finalize(p);
    return failed;
}

static int add_objectives(struct store *s, const struct store_objective *o,
                          int count)
{
    sqlite3_stmt *p = NULL;
    int failed = sqlite3_prepare_v2(s->db, "INSERT INTO objective VALUES(?1,"
                                    " ?2, ?3)", -1, &p, NULL);

    for (int i = 0; !failed && i < count; i++) {
        sqlite3_bind_int(p, 1, i);
        bind_text(p, 2, o[i].column);
        bind_text(p, 3, o[i].maximize ? "max" : "min");
        failed = step(p);
    }
    sqlite3_finalize(p);
    return failed;
}

int store_define(struct store *s, const struct store_sweep *sweep,
                 const struct store_axis *axis, int axes,
                 const struct store_objective *objective, int objectives)
{
    int failed = begin(s);

    failed = failed || execute(s, "DELETE FROM sweep; DELETE FROM axis;"
                                  "DELETE FROM objective;"
                                  "UPDATE point SET ordinal = NULL")
             || add_sweep(s, sweep) || add_axes(s, axis, axes)
             || add_objectives(s, objective, objectives);
    return finish(s, failed, "written");
}

int store_add_points(struct store *s, const struct store_new_point *point,
                     int64_t count)
{
    int failed = begin(s);

    for (int64_t i = 0; !failed && i < count; i++) {
        sqlite3_stmt *p = prepare(s, ADD_POINT);

        if (p) {
            sqlite3_bind_int64(p, 1, point[i].ordinal);
            bind_text(p, 2, point[i].digest);
            bind_text(p, 3, point[i].settings);
        }
        failed = step(p);
    }
    return finish(s, failed, "written");
}

/* -------------------------------------------------------- who works on it */

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* When the process began, in the kernel's ticks: tells it from another one
 * with the same number. 0: no such process, or no /proc. */
static int64_t process_ticks(int64_t pid)
{
    char path[64], text[1024];
    const char *p;
    int64_t ticks = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
    f = fopen(path, "r");
    if (!f)
        return 0;
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    p = strrchr(text, ')');     /* the name may hold anything */
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p && sscanf(p, " %" SCNd64, &ticks) != 1)
        ticks = 0;
    return ticks;
}

int64_t store_begin(struct store *s, const char *command, int64_t seed)
{
    sqlite3_stmt *p = NULL;
    int failed = begin(s);

    failed = failed || sqlite3_prepare_v2(
        s->db, "INSERT INTO provenance(tool, host, pid, ticks, command, seed,"
        " started, beat) VALUES(?1, ?2, ?3, ?4, ?5, ?6,"
        " strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?7)", -1, &p, NULL);
    if (!failed) {
        bind_text(p, 1, "napier " NAPIER_VERSION);
        bind_text(p, 2, s->host);
        sqlite3_bind_int64(p, 3, getpid());
        sqlite3_bind_int64(p, 4, process_ticks(getpid()));
        bind_text(p, 5, command);
        sqlite3_bind_int64(p, 6, seed);
        sqlite3_bind_double(p, 7, seconds_now());
        failed = step(p);
        s->provenance = sqlite3_last_insert_rowid(s->db);
    }
    sqlite3_finalize(p);
    return finish(s, failed, "written") ? -1 : s->provenance;
}

void store_continue(struct store *s, int64_t provenance)
{
    s->provenance = provenance;
}

static int update_provenance(struct store *s, const char *text)
{
    sqlite3_stmt *p = NULL;
    int failed = begin(s);

    failed = failed || sqlite3_prepare_v2(s->db, text, -1, &p, NULL);
    if (!failed) {
        sqlite3_bind_int64(p, 1, s->provenance);
        sqlite3_bind_double(p, 2, seconds_now());
        failed = step(p);
    }
    sqlite3_finalize(p);
    return finish(s, failed, "written");
}

int store_beat(struct store *s)
{
    return update_provenance(s, "UPDATE provenance SET beat = ?2"
                                " WHERE id = ?1");
}

int store_end(struct store *s)
{
    if (s->provenance == 0)
        return 0;
    if (update_provenance(s, "DELETE FROM claim WHERE provenance_id = ?1"
                             " AND ?2 > 0")
        || update_provenance(s, "UPDATE provenance SET beat = ?2, ended ="
                                   " strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
                                   " WHERE id = ?1"))
        return -1;
    /* Busy while others have it open, and then it stays as it is. */
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_reset(s->statement[i]);
    sqlite3_busy_timeout(s->db, 0);
    execute(s, "PRAGMA journal_mode = DELETE");
    sqlite3_busy_timeout(s->db, BUSY_MS);
    return 0;
}

/* ----------------------------------------------------------------- claims */

static int has_result(struct store *s, const struct store_wish *w,
                      int64_t images)
{
    sqlite3_stmt *p = prepare(s, GET_RESULT);
    int code, found = 0;

    if (!p)
        return -1;
    sqlite3_bind_int64(p, 1, w->id);
    sqlite3_bind_int64(p, 2, images);
    code = sqlite3_step(p);
    if (code == SQLITE_ROW)
        found = !strcmp((const char *) sqlite3_column_text(p, 0), w->digest);
    sqlite3_reset(p);
    return code == SQLITE_ROW || code == SQLITE_DONE ? found : -1;
}

/* Whether the process of a row "id, host, pid, ticks, beat, ended" lives and is
 * another one. */
static bool is_alive(const struct store *s, sqlite3_stmt *p)
{
    const char *host = (const char *) sqlite3_column_text(p, 1);
    const int64_t ticks = sqlite3_column_int64(p, 3);

    if (sqlite3_column_int64(p, 0) == s->provenance || sqlite3_column_int(p, 5)
        || seconds_now() - sqlite3_column_double(p, 4) >= DEAD_AFTER_SECONDS)
        return false;
    return strcmp(host, s->host) || ticks == 0
           || process_ticks(sqlite3_column_int64(p, 2)) == ticks;
}

/* 1: a living process other than this one has it; 0: nobody; -1: failed. */
static int is_taken(struct store *s, int64_t point)
{
    sqlite3_stmt *p = prepare(s, GET_CLAIM);
    int code, taken = 0;

    if (!p)
        return -1;
    sqlite3_bind_int64(p, 1, point);
    code = sqlite3_step(p);
    if (code == SQLITE_ROW)
        taken = is_alive(s, p);
    sqlite3_reset(p);
    return code == SQLITE_ROW || code == SQLITE_DONE ? taken : -1;
}

/* The file's definition is to change: nobody may be at work on it. */
static int check_idle(struct store *s)
{
    sqlite3_stmt *p = NULL;
    int64_t pid = 0;

    if (sqlite3_prepare_v2(s->db, "SELECT id, host, pid, ticks, beat, ended IS"
                           " NOT NULL FROM provenance", -1, &p, NULL))
        return store_error(s, "read");
    while (pid == 0 && sqlite3_step(p) == SQLITE_ROW)
        if (is_alive(s, p))
            pid = sqlite3_column_int64(p, 2);
    sqlite3_finalize(p);
    if (pid == 0)
        return 0;
    s->reported = true;
    return diag_error(s->diag, s->place, "process %" PRId64 " works on another "
                      "definition of the sweep in '%s', must be waited for",
                      pid, s->path);
}

int store_is_defined(struct store *s, const struct store_sweep *sweep)
{
    sqlite3_stmt *p = NULL;
    int same = 0;

    if (sqlite3_prepare_v2(s->db, "SELECT digest = ?1, name = ?2, name FROM"
                           " sweep", -1, &p, NULL))
        return store_error(s, "read");
    bind_text(p, 1, sweep->digest);
    bind_text(p, 2, sweep->name);
    if (sqlite3_step(p) == SQLITE_ROW) {
        same = sqlite3_column_int(p, 0);
        if (!same && !sqlite3_column_int(p, 1)) {
            s->reported = true;
            same = diag_error(s->diag, s->place, "'%s' has the results of sweep "
                              "'%s', must be another file for '%s'", s->path,
                              (const char *) sqlite3_column_text(p, 2),
                              sweep->name);
        }
    }
    sqlite3_finalize(p);
    return same == 0 && check_idle(s) ? -1 : same;
}

static int set_claim(struct store *s, int64_t point)
{
    sqlite3_stmt *p = prepare(s, SET_CLAIM);

    if (p) {
        sqlite3_bind_int64(p, 1, point);
        sqlite3_bind_int64(p, 2, s->provenance);
    }
    return step(p);
}

int64_t store_claim(struct store *s, const struct store_wish *wish,
                    int64_t count, int64_t images, bool *taken,
                    int64_t *waiting)
{
    int64_t got = 0;
    int failed = begin(s);

    *waiting = 0;
    for (int64_t i = 0; !failed && i < count; i++) {
        const int done = has_result(s, &wish[i], images);
        const int other = done == 0 ? is_taken(s, wish[i].id) : 0;

        taken[i] = false;
        failed = done < 0 || other < 0;
        *waiting += other > 0;
        if (failed || done || other)
            continue;
        failed = set_claim(s, wish[i].id);
        taken[i] = true;
        got++;
    }
    return finish(s, failed, "written") ? -1 : got;
}

int64_t store_mark_stale(struct store *s, const struct store_wish *wish,
                         int64_t count)
{
    int64_t marked = 0;
    int failed = begin(s);

    for (int64_t i = 0; !failed && i < count; i++) {
        sqlite3_stmt *p = prepare(s, MARK_STALE);

        if (p) {
            sqlite3_bind_int64(p, 1, wish[i].id);
            bind_text(p, 2, wish[i].digest);
        }
        failed = step(p);
        marked += failed ? 0 : sqlite3_changes(s->db);
    }
    return finish(s, failed, "written") ? -1 : marked;
}

/* ---------------------------------------------------------------- results */

static void bind_counts(sqlite3_stmt *p, const struct store_result *r)
{
    const struct { int at; int64_t value; } count[] = {
        { 2, r->images }, { 6, r->labelled }, { 7, r->correct },
        { 8, r->same_class }, { 15, r->overflows }, { 16, r->cycles },
        { 17, r->stall_cycles }, { 18, r->macs }, { 23, r->weight_rom_bits },
        { 24, r->param_rom_bits }, { 25, r->activation_memory_bits }
    };

    for (size_t i = 0; i < sizeof(count) / sizeof(*count); i++)
        sqlite3_bind_int64(p, count[i].at, count[i].value);
}

static void bind_reals(sqlite3_stmt *p, const struct store_result *r)
{
    const struct { int at; double value; } real[] = {
        { 9, r->accuracy }, { 10, r->float_accuracy },
        { 11, r->accuracy_loss }, { 12, r->agreement },
        { 13, r->worst_sqnr_db }, { 19, r->utilization },
        { 20, r->clock_mhz }, { 21, r->latency_ms }, { 22, r->fps },
        { 26, r->energy_uj }, { 28, r->area_cells }, { 29, r->area_luts },
        { 30, r->area_dsps }, { 31, r->area_ffs }, { 32, r->area_brams },
        { 38, r->seconds }
    };

    for (size_t i = 0; i < sizeof(real) / sizeof(*real); i++)
        bind_real(p, real[i].at, real[i].value);
}

static int add_result(struct store *s, int64_t point,
                      const struct store_result *r)
{
    sqlite3_stmt *p = prepare(s, ADD_RESULT);
    const struct { int at; const char *text; } text[] = {
        { 3, r->digest }, { 4, state_names[r->state] }, { 5, r->message },
        { 14, r->worst_layer }, { 27, r->energy_source },
        { 33, r->area_target }, { 34, r->hardware_digest },
        { 35, r->network_digest }, { 36, r->program_digest },
        { 37, r->output_digest }
    };

    if (!p)
        return -1;
    sqlite3_bind_int64(p, 1, point);
    bind_counts(p, r);
    bind_reals(p, r);
    for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
        bind_text(p, text[i].at, text[i].text);
    sqlite3_bind_int64(p, 39, s->provenance);
    if (r->state == STORE_REFUSED) {     /* it was not run: nothing is known */
        for (int i = 6; i <= 8; i++)
            sqlite3_bind_null(p, i);
        for (int i = 15; i <= 18; i++)
            sqlite3_bind_null(p, i);
        for (int i = 23; i <= 25; i++)
            sqlite3_bind_null(p, i);
    } else if (isnan(r->agreement)) {    /* timing alone: no values */
        for (int i = 6; i <= 8; i++)
            sqlite3_bind_null(p, i);
        sqlite3_bind_null(p, 15);
    }
    return step(p);
}

static int add_layer(struct store *s, int64_t result, int position,
                     const struct store_layer *l, bool values)
{
    sqlite3_stmt *p = prepare(s, ADD_LAYER);

    if (!p)
        return -1;
    sqlite3_bind_int64(p, 1, result);
    sqlite3_bind_int(p, 2, position);
    bind_text(p, 3, l->name);
    bind_text(p, 4, l->op);
    bind_text(p, 5, l->unit);
    sqlite3_bind_int64(p, 6, l->macs);
    sqlite3_bind_int64(p, 7, l->cycles);
    sqlite3_bind_int64(p, 8, l->stall_cycles);
    bind_real(p, 9, l->utilization);
    sqlite3_bind_int64(p, 10, l->overflows);
    sqlite3_bind_int(p, 11, l->channels);
    sqlite3_bind_int(p, 12, l->overflow_channels);
    sqlite3_bind_int(p, 13, l->proved_channels);
    sqlite3_bind_int(p, 14, l->safe_bits);
    bind_real(p, 15, l->sqnr_db);
    bind_real(p, 16, l->energy_uj);
    for (int i = 10; !values && i <= 14; i++)
        if (i != 11)
            sqlite3_bind_null(p, i);
    return step(p);
}

static int drop(struct store *s, enum statement which, int64_t point,
                int64_t images)
{
    sqlite3_stmt *p = prepare(s, which);

    if (p) {
        sqlite3_bind_int64(p, 1, point);
        if (which != DROP_CLAIM)
            sqlite3_bind_int64(p, 2, images);
    }
    return step(p);
}

static int put(struct store *s, int64_t point, const struct store_result *r)
{
    const bool values = !isnan(r->agreement);
    int failed;

    if (drop(s, DROP_LAYERS, point, r->images)
        || drop(s, DROP_RESULT, point, r->images) || add_result(s, point, r))
        return -1;
    const int64_t id = sqlite3_last_insert_rowid(s->db);

    failed = 0;
    for (int i = 0; !failed && i < r->layer_count; i++)
        failed = add_layer(s, id, i, &r->layer[i], values);
    return failed || drop(s, DROP_CLAIM, point, 0) ? -1 : 0;
}

/* Whether the claim is still this process's: 1, 0 or -1. */
static int is_mine(struct store *s, int64_t point)
{
    sqlite3_stmt *p = prepare(s, GET_CLAIM);
    int code, mine = 0;

    if (!p)
        return -1;
    sqlite3_bind_int64(p, 1, point);
    code = sqlite3_step(p);
    if (code == SQLITE_ROW)
        mine = sqlite3_column_int64(p, 0) == s->provenance;
    sqlite3_reset(p);
    return code == SQLITE_ROW || code == SQLITE_DONE ? mine : -1;
}

int store_put(struct store *s, int64_t point, const struct store_result *r)
{
    int failed = begin(s);
    const int mine = failed ? -1 : is_mine(s, point);

    failed = mine < 0 || (mine > 0 && put(s, point, r));
    return finish(s, failed, "written");
}

int store_group_begin(struct store *s)
{
    if (run(s, BEGIN))
        return store_error(s, "written");
    s->grouped = true;
    return 0;
}

int store_group_end(struct store *s)
{
    if (!s->grouped)
        return -1;
    s->grouped = false;
    return finish(s, 0, "written");
}

void store_group_cancel(struct store *s)
{
    if (s->grouped)
        run(s, ROLLBACK);
    s->grouped = false;
}

/* ------------------------------------------------------------------ merge */

/* Points, provenance, results and layers that are not here yet. Ids of the
 * other file are moved behind those of this one. */
static const char merge_sql[] =
    "INSERT INTO point(ordinal, digest, settings)"
    " SELECT ordinal, digest, settings FROM other.point WHERE digest NOT IN"
    " (SELECT digest FROM main.point) ORDER BY id;"
    "UPDATE main.point SET ordinal = (SELECT o.ordinal FROM other.point o"
    " WHERE o.digest = main.point.digest) WHERE ordinal IS NULL;"
    "CREATE TEMP TABLE base AS SELECT"
    " (SELECT coalesce(max(id), 0) FROM main.provenance) AS provenance,"
    " (SELECT coalesce(max(id), 0) FROM main.result) AS result;"
    "CREATE TEMP TABLE news AS SELECT o.id AS id, m.id AS point_id"
    " FROM other.result o JOIN other.point p ON p.id = o.point_id"
    " JOIN main.point m ON m.digest = p.digest WHERE o.stale = 0"
    " AND NOT EXISTS(SELECT 1 FROM main.result r WHERE r.point_id = m.id"
    "  AND r.images = o.images AND r.stale = 0);"
    "INSERT INTO main.provenance SELECT id + (SELECT provenance FROM base),"
    " tool, host, pid, ticks, command, seed, started,"
    " coalesce(ended, started), beat"
    " FROM other.provenance WHERE id IN (SELECT provenance_id FROM"
    " other.result WHERE id IN (SELECT id FROM news));"
    "DELETE FROM main.layer WHERE result_id IN (SELECT r.id FROM main.result r"
    " JOIN news n ON n.point_id = r.point_id JOIN other.result o ON o.id = n.id"
    " WHERE r.images = o.images);"
    "DELETE FROM main.result WHERE id IN (SELECT r.id FROM main.result r"
    " JOIN news n ON n.point_id = r.point_id JOIN other.result o ON o.id = n.id"
    " WHERE r.images = o.images);"
    "CREATE TEMP TABLE moved AS SELECT o.* FROM other.result o"
    " WHERE id IN (SELECT id FROM news);"
    "UPDATE moved SET point_id = (SELECT point_id FROM news n"
    " WHERE n.id = moved.id), provenance_id = provenance_id +"
    " (SELECT provenance FROM base);"
    "UPDATE moved SET id = id + (SELECT result FROM base);"
    "INSERT INTO main.result SELECT * FROM moved;"
    "INSERT INTO main.layer SELECT result_id + (SELECT result FROM base),"
    " position, name, op, unit, macs, cycles, stall_cycles, utilization,"
    " overflows, channels, overflow_channels, proved_channels, safe_bits,"
    " sqnr_db, energy_uj FROM other.layer WHERE result_id IN"
    " (SELECT id FROM news);";

static int copy_definition(struct store *s)
{
    if (pragma(s, "SELECT count(*) FROM main.sweep") > 0)
        return 0;
    return execute(s, "INSERT INTO main.sweep SELECT * FROM other.sweep;"
                      "INSERT INTO main.axis SELECT * FROM other.axis;"
                      "INSERT INTO main.objective SELECT * FROM"
                      " other.objective;");
}

/* Results of two sweeps have nothing to do with each other, whatever their
 * settings say: the bases differ. */
static int check_same_sweep(struct store *s, const char *path,
                            struct place place)
{
    const char *what = NULL;

    if (pragma(s, "SELECT count(*) FROM main.sweep m JOIN other.sweep o"
               " WHERE m.digest <> o.digest"))
        what = "sweep";
    else if (pragma(s, "SELECT count(*) FROM main.sweep m JOIN other.sweep o"
                    " WHERE m.base <> o.base")
             || pragma(s, "SELECT count(*) FROM main.result r JOIN main.point p"
                       " ON p.id = r.point_id JOIN other.point q ON q.digest ="
                       " p.digest JOIN other.result t ON t.point_id = q.id"
                       " WHERE t.images = r.images AND r.stale = 0 AND t.stale"
                       " = 0 AND t.digest <> r.digest"))
        what = "base (design, hardware, network, data or settings)";
    if (!what)
        return 0;
    s->reported = true;
    return diag_error(s->diag, place, "'%s' holds results of another %s than "
                      "'%s', must be a part of the same", path, what, s->path);
}

int store_check(const char *path, struct diag *diag, struct place place)
{
    struct store *s = store_open(path, STORE_READ, false, diag, place);
    int failed = !s;

    if (s && pragma(s, "SELECT count(*) FROM sweep") < 1)
        failed = diag_error(diag, place, "'%s' holds no sweep yet", path);
    store_close(s);
    return failed ? -1 : 0;
}

int store_merge(struct store *s, const char *path, int64_t *added,
                struct place place)
{
    struct store *other = store_open(path, STORE_READ, false, s->diag, place);
    sqlite3_stmt *p = NULL;
    int failed;

    if (!other)
        return -1;
    store_close(other);
    failed = sqlite3_prepare_v2(s->db, "ATTACH ?1 AS other", -1, &p, NULL);
    if (!failed) {
        bind_text(p, 1, path);
        failed = step(p);
    }
    sqlite3_finalize(p);
    if (failed)
        return store_error(s, "merged");
    failed = begin(s);
    failed = failed || check_same_sweep(s, path, place) || copy_definition(s)
             || execute(s, merge_sql);
    *added = failed ? 0 : pragma(s, "SELECT count(*) FROM news");
    failed = failed || execute(s, "DROP TABLE base; DROP TABLE news;"
                                  "DROP TABLE moved;");
    failed = finish(s, failed, "merged");
    execute(s, "DETACH other");
    return failed;
}
