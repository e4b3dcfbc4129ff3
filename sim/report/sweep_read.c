/*
 * sweep_read.c - the database of a sweep as a table: the points with a result,
 * one row each, as docs/sweep.md has them.
 *
 * All is read in one transaction: a sweep at work does not change it meanwhile.
 */
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/interrupt.h"
#include "sim/base/progress.h"
#include "sim/base/text.h"
#include "sim/report/base_file.h"
#include "sim/report/open.h"
#include "sim/report/table.h"

struct reader {
    struct report_table *table;
    sqlite3 *db;
    struct diag *diag;
    struct place place;
    int64_t *result;              /* [point]: id of its result */
    size_t room;
};

/* Columns of `final` that are no figures of a design. */
static const char *const skipped[] = {
    "ordinal", "settings", "id", "point_id", "digest", "stale", "state",
    "message", "energy_source", "area_target", "hardware_digest",
    "network_digest", "program_digest", "output_digest", "provenance_id",
    "finished"
};

static int fail(struct reader *r)
{
    return diag_error(r->diag, r->place, "'%s' cannot be read: %s",
                      r->table->path, sqlite3_errmsg(r->db));
}

static sqlite3_stmt *prepare(struct reader *r, const char *sql)
{
    sqlite3_stmt *p = NULL;

    if (sqlite3_prepare_v2(r->db, sql, -1, &p, NULL))
        fail(r);
    return p;
}

/* Never NULL, though a damaged file may have NULL where the tables do not. */
static const char *text_at(sqlite3_stmt *p, int column)
{
    const unsigned char *text = sqlite3_column_text(p, column);

    return text ? (const char *) text : "";
}

/* Step, and finalize at the end: 1 a row; 0 done; -1 an error. */
static int next(struct reader *r, sqlite3_stmt *p)
{
    const int code = interrupt_requested() ? SQLITE_INTERRUPT
                                           : sqlite3_step(p);

    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE && code != SQLITE_INTERRUPT)
        fail(r);
    sqlite3_finalize(p);
    return code == SQLITE_DONE ? 0 : -1;
}

/* One number; -1 after an error. */
static int64_t count(struct reader *r, const char *sql)
{
    sqlite3_stmt *p = prepare(r, sql);
    int64_t value = -1;

    if (!p)
        return -1;
    if (next(r, p) != 1)
        return -1;
    value = sqlite3_column_int64(p, 0);
    sqlite3_finalize(p);
    return value;
}

/* ------------------------------------------------------------ definition */

static int read_axes(struct reader *r)
{
    struct frame *f = &r->table->points;
    sqlite3_stmt *p = prepare(r, "SELECT key, scope FROM axis "
                              "ORDER BY position");
    int row;

    if (!p)
        return -1;
    while ((row = next(r, p)) > 0) {
        const char *key = report_clean(&r->table->arena, text_at(p, 0));
        const int c = frame_add_column(f, key ? key : "?", FRAME_AXIS);

        if (!f->failed)
            f->column[c].document = strdup(text_at(p, 1));
    }
    return row;
}

static int read_objectives(struct reader *r)
{
    struct report_table *t = r->table;
    sqlite3_stmt *p = prepare(r, "SELECT name, direction FROM objective "
                              "ORDER BY position");
    int row;

    if (!p)
        return -1;
    while ((row = next(r, p)) > 0) {
        const int c = frame_find(&t->points, text_at(p, 0));

        if (c == FRAME_NONE || t->objectives == PARETO_MAX_OBJECTIVES
            || t->points.column[c].is_text || !frame_is_known(&t->points, c))
            continue;
        t->objective[t->objectives++] = (struct report_objective) {
            t->points.column[c].name, c, !strcmp(text_at(p, 1), "max")
        };
    }
    return row;
}

static void add_definition(struct report_table *t, sqlite3_stmt *p)
{
    static const char *const names[] = {
        "sweep", "sweep file", "base design", "hardware", "network", "method",
        "evaluate", "images", "seed", "defined"
    };

    for (int i = 0; i < (int) (sizeof(names) / sizeof(*names)); i++)
        report_add_fact(t, names[i], text_at(p, i));
}

static int read_definition(struct reader *r)
{
    struct report_table *t = r->table;
    sqlite3_stmt *p = prepare(r, "SELECT name, file, design, hardware, "
                              "network, method, evaluate, images, seed, "
                              "defined FROM sweep");
    int row;

    if (!p)
        return -1;
    if ((row = next(r, p)) <= 0)
        return row < 0 ? -1 : diag_error(r->diag, r->place, "'%s' holds no "
                                         "sweep yet", t->path);
    const char *name = report_clean(&t->arena, text_at(p, 0));

    t->title = name ? arena_printf(&t->arena, "Sweep %s", name) : NULL;
    report_add_fact(t, "database", t->path);
    add_definition(t, p);
    const char *design = report_shorten_path(&t->arena, text_at(p, 2));
    const char *hardware = report_shorten_path(&t->arena, text_at(p, 3));

    sqlite3_finalize(p);
    if (!design || !hardware)
        return diag_error(r->diag, r->place, "out of memory");
    report_read_base(t, "design", design);
    report_read_base(t, "hardware", hardware);
    return 0;
}

static int read_provenance(struct reader *r)
{
    sqlite3_stmt *p = prepare(r, "SELECT tool || ' on ' || host || ', seed ' "
                              "|| seed || ', ' || started || ' to ' || "
                              "coalesce(ended, '(not ended)') || ': ' || "
                              "command FROM provenance ORDER BY id LIMIT 50");
    int row;

    if (!p)
        return -1;
    while ((row = next(r, p)) > 0)
        report_add_fact(r->table, "process", text_at(p, 0));
    return row;
}

/* Values that few rows differ in: sources and digests. */
static int read_common(struct reader *r)
{
    static const char *const names[] = {
        "energy_source", "area_target", "network_digest"
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char sql[128];
        int row;

        snprintf(sql, sizeof(sql), "SELECT DISTINCT %s FROM final "
                 "WHERE %s IS NOT NULL LIMIT 3", names[i], names[i]);
        sqlite3_stmt *p = prepare(r, sql);

        if (!p)
            return -1;
        while ((row = next(r, p)) > 0)
            report_add_fact(r->table, names[i], text_at(p, 0));
        if (row < 0)
            return -1;
    }
    return 0;
}

/* ---------------------------------------------------------------- points */

static bool is_skipped(const char *name)
{
    for (size_t i = 0; i < sizeof(skipped) / sizeof(*skipped); i++)
        if (!strcmp(name, skipped[i]))
            return true;
    return false;
}

static void set_setting(struct reader *r, size_t row, int column,
                        const json_t *value)
{
    struct frame *f = &r->table->points;

    if (json_is_number(value))
        frame_set_number(f, row, column, json_number_value(value));
    else if (json_is_string(value))
        frame_set_text(f, row, column, json_string_value(value));
    else if (json_is_boolean(value))
        frame_set_text(f, row, column, json_is_true(value) ? "true" : "false");
    else if (!json_is_null(value)) {
        char *text = json_dumps(value, JSON_COMPACT);

        frame_set_text(f, row, column, text);
        free(text);
    }
}

static int read_settings(struct reader *r, size_t row, const char *text)
{
    json_t *settings = json_loads(text ? text : "", 0, NULL), *value;
    const char *key;

    if (!json_is_object(settings)) {
        json_decref(settings);
        return diag_error(r->diag, r->place, "'%s' is damaged: the settings "
                          "of a point are no JSON object", r->table->path);
    }
    json_object_foreach(settings, key, value) {
        int column = frame_find(&r->table->points, key);

        if (column == FRAME_NONE)
            column = frame_add_column(&r->table->points, key, FRAME_AXIS);
        set_setting(r, row, column, value);
    }
    json_decref(settings);
    return 0;
}

/* A column of the result; an axis of the same name stands for it. */
static void set_result(struct reader *r, size_t row, sqlite3_stmt *p, int i)
{
    struct frame *f = &r->table->points;
    const char *name = sqlite3_column_name(p, i);
    int column = frame_find(f, name);

    if (is_skipped(name))
        return;
    if (column == FRAME_NONE)
        column = frame_add_column(f, name, FRAME_RESULT);
    if (f->failed || f->column[column].role == FRAME_AXIS)
        return;
    switch (sqlite3_column_type(p, i)) {
    case SQLITE_NULL: break;
    case SQLITE_INTEGER:
    case SQLITE_FLOAT:
        frame_set_number(f, row, column, sqlite3_column_double(p, i));
        break;
    default: frame_set_text(f, row, column, text_at(p, i));
    }
}

static bool make_room(struct reader *r)
{
    struct report_table *t = r->table;
    const size_t rows = t->points.rows;

    if (rows < r->room)
        return true;
    const size_t room = 2 * r->room + 256;
    int64_t *id = realloc(t->id, room * sizeof(*id));

    if (id)
        t->id = id;
    int64_t *key = realloc(t->key, room * sizeof(*key));

    if (key)
        t->key = key;
    int64_t *result = realloc(r->result, room * sizeof(*result));

    if (result)
        r->result = result;
    if (!id || !key || !result)
        return false;
    r->room = room;
    return true;
}

/* settings 0, result id 1, ordinal 2, point id 3, then all columns of final. */
static int read_point(struct reader *r, sqlite3_stmt *p)
{
    struct report_table *t = r->table;

    if (!make_room(r))
        return diag_error(r->diag, r->place, "out of memory");
    const size_t row = frame_add_row(&t->points);

    t->id[row] = sqlite3_column_int64(p, 2);
    t->key[row] = sqlite3_column_int64(p, 3);
    r->result[row] = sqlite3_column_int64(p, 1);
    if (read_settings(r, row, text_at(p, 0)))
        return -1;
    for (int i = 4; i < sqlite3_column_count(p); i++)
        set_result(r, row, p, i);
    return t->points.failed ? diag_error(r->diag, r->place, "out of memory")
                            : 0;
}

static int read_points(struct reader *r, int64_t total)
{
    sqlite3_stmt *p = prepare(r, "SELECT settings, id, ordinal, point_id, * "
                              "FROM final "
                              "WHERE state = 'done' AND images = (SELECT "
                              "max(images) FROM final WHERE state = 'done') "
                              "ORDER BY ordinal");
    struct progress progress;
    int row = -1;

    if (!p)
        return -1;
    progress_start(&progress, "points", total);
    while ((row = next(r, p)) > 0) {
        progress_step(&progress, 1);
        if (read_point(r, p)) {
            sqlite3_finalize(p);
            row = -1;
            break;
        }
    }
    progress_end(&progress);
    return row;
}

/* ---------------------------------------------------------------- layers */

static void set_layer(struct frame *f, size_t row, sqlite3_stmt *p)
{
    /* result_id and position come first. */
    for (int i = 2; i < sqlite3_column_count(p); i++) {
        const char *name = sqlite3_column_name(p, i);
        int column = frame_find(f, name);

        if (column == FRAME_NONE)
            column = frame_add_column(f, name, FRAME_RESULT);
        if (sqlite3_column_type(p, i) == SQLITE_TEXT)
            frame_set_text(f, row, column, text_at(p, i));
        else if (sqlite3_column_type(p, i) != SQLITE_NULL)
            frame_set_number(f, row, column, sqlite3_column_double(p, i));
    }
}

/* Steps are reset, not finalized: the statement serves all points. */
static int read_point_layers(struct reader *r, sqlite3_stmt *p, size_t point)
{
    struct frame *f = &r->table->layers;
    int code;

    sqlite3_bind_int64(p, 1, r->result[point]);
    while ((code = sqlite3_step(p)) == SQLITE_ROW)
        set_layer(f, frame_add_row(f), p);
    sqlite3_reset(p);
    r->table->layer_start[point + 1] = f->rows;
    return code == SQLITE_DONE ? 0 : fail(r);
}

static int read_layers(struct reader *r)
{
    struct report_table *t = r->table;
    sqlite3_stmt *p = prepare(r, "SELECT * FROM layer WHERE result_id = ? "
                              "ORDER BY position");
    struct progress progress;
    int failed = 0;

    if (!p)
        return -1;
    progress_start(&progress, "layers", (int64_t) t->points.rows);
    for (size_t i = 0; i < t->points.rows && !failed; i++) {
        failed = interrupt_requested() || read_point_layers(r, p, i);
        progress_step(&progress, 1);
    }
    progress_end(&progress);
    sqlite3_finalize(p);
    if (t->layers.failed)
        return diag_error(r->diag, r->place, "out of memory");
    return failed ? -1 : 0;
}

/* ----------------------------------------------------------------- whole */

/* What a reader of the page must know about what is not in it. */
static int note_missing(struct reader *r)
{
    struct report_table *t = r->table;
    const int64_t all = count(r, "SELECT count(*) FROM point "
                              "WHERE ordinal IS NOT NULL");
    const int64_t refused = count(r, "SELECT count(*) FROM final "
                                  "WHERE state = 'refused'");
    const int64_t done = count(r, "SELECT count(*) FROM final "
                               "WHERE state = 'done'");
    const int64_t shown = (int64_t) t->points.rows;

    if (all < 0 || refused < 0 || done < 0)
        return -1;
    if (all > done + refused)
        report_add_note(t, "%s of %s points have no result yet.",
                        text_count(all - done - refused).text,
                        text_count(all).text);
    if (refused > 0)
        report_add_note(t, "%s points were refused: their machine cannot run "
                        "the network.", text_count(refused).text);
    if (done > shown)
        report_add_note(t, "%s points were run on fewer images than the "
                        "others; they cannot be compared and are left out.",
                        text_count(done - shown).text);
    t->summary = arena_printf(&t->arena, "%s of %s points, %s axes",
                              text_count(shown).text, text_count(all).text,
                              text_count(count(r, "SELECT count(*) FROM axis"))
                              .text);
    if (!shown)
        return diag_error(r->diag, r->place, "'%s' has no result yet (%s "
                          "points, %s refused)", t->path,
                          text_count(all).text, text_count(refused).text);
    return 0;
}

/* The first point's machine, if its file is still there. */
static int check_base(struct reader *r)
{
    sqlite3_stmt *p = prepare(r, "SELECT s.hardware, f.hardware_digest "
                              "FROM sweep s, final f WHERE f.point_id = ? "
                              "AND f.hardware_digest IS NOT NULL");
    int row;

    if (!p)
        return -1;
    sqlite3_bind_int64(p, 1, r->table->key[0]);
    if ((row = next(r, p)) <= 0)
        return row;
    const char *path = report_shorten_path(&r->table->arena, text_at(p, 0));

    if (path && !access(path, R_OK))
        report_check_base(r->table, path, 0, text_at(p, 1));
    sqlite3_finalize(p);
    return 0;
}

static int read_fixed(struct reader *r)
{
    sqlite3_stmt *p = prepare(r, "SELECT text, settings FROM sweep");
    int row;

    if (!p)
        return -1;
    if ((row = next(r, p)) <= 0)
        return row;
    report_read_fixed(r->table, text_at(p, 0), text_at(p, 1));
    sqlite3_finalize(p);
    return 0;
}

static int read_all(struct reader *r)
{
    struct report_table *t = r->table;
    const int64_t total = count(r, "SELECT count(*) FROM final");

    if (total < 0 || read_axes(r) || read_definition(r)
        || read_points(r, total) || note_missing(r)
        || read_fixed(r))
        return -1;
    t->front = calloc(t->points.rows, sizeof(*t->front));
    t->layer_start = calloc(t->points.rows + 1, sizeof(*t->layer_start));
    if (!t->front || !t->layer_start || !t->title || !t->summary)
        return diag_error(r->diag, r->place, "out of memory");
    if (read_layers(r) || read_objectives(r) || read_common(r)
        || read_provenance(r) || check_base(r))
        return -1;
    report_describe_columns(&t->points);
    report_describe_columns(&t->layers);
    return 0;
}

int report_read_sweep(struct report_table *t, struct diag *d)
{
    struct reader r = { .table = t, .diag = d,
                        .place = place_of_file(t->path) };
    struct report_database database;
    int result = -1;

    if (report_open(&database, t->path, d, r.place))
        return -1;
    r.db = database.db;
    if (sqlite3_exec(r.db, "BEGIN", NULL, NULL, NULL))
        fail(&r);
    else
        result = read_all(&r);
    report_close(&database);
    free(r.result);
    return result;
}
