#include "sim/sweep/export.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_stmt *prepare(struct store *s, const char *sql)
{
    sqlite3_stmt *p = NULL;

    if (sqlite3_prepare_v2(store_database(s), sql, -1, &p, NULL))
        store_error(s, "read");
    return p;
}

/* In quotes where RFC 4180 asks for them. */
static void add_field(struct strbuf *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        strbuf_add(out, text);
        return;
    }
    strbuf_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            strbuf_add_char(out, '"');
        strbuf_add_char(out, *text);
    }
    strbuf_add_char(out, '"');
}

static void add_value(struct strbuf *out, sqlite3_stmt *p, int column)
{
    switch (sqlite3_column_type(p, column)) {
    case SQLITE_NULL: break;
    case SQLITE_FLOAT:
        strbuf_printf(out, "%.17g", sqlite3_column_double(p, column));
        break;
    default:
        add_field(out, (const char *) sqlite3_column_text(p, column));
    }
}

/* A setting of a point, as CSV has it. */
static void add_setting(struct strbuf *out, const json_t *value)
{
    char *text;

    if (json_is_string(value)) {
        add_field(out, json_string_value(value));
        return;
    }
    text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    if (text)
        add_field(out, text);
    free(text);
}

/* The keys of the axes; the caller's to release. NULL after an error. */
static json_t *read_keys(struct store *s)
{
    sqlite3_stmt *p = prepare(s, "SELECT key FROM axis ORDER BY position");
    json_t *keys = p ? json_array() : NULL;

    while (keys && sqlite3_step(p) == SQLITE_ROW)
        json_array_append_new(keys, json_string(
            (const char *) sqlite3_column_text(p, 0)));
    sqlite3_finalize(p);
    return keys;
}

/* The columns of `final` that are settings or for the database alone. */
static bool is_inner(const char *name)
{
    return !strcmp(name, "settings") || !strcmp(name, "id")
           || !strcmp(name, "point_id") || !strcmp(name, "stale");
}

static void csv_row(struct strbuf *out, sqlite3_stmt *p, const json_t *keys)
{
    json_t *settings = json_loads((const char *) sqlite3_column_text(p, 1), 0,
                                  NULL);

    strbuf_printf(out, "%s", (const char *) sqlite3_column_text(p, 0));
    for (size_t i = 0; i < json_array_size(keys); i++) {
        strbuf_add_char(out, ',');
        add_setting(out, json_object_get(
            settings, json_string_value(json_array_get(keys, i))));
    }
    for (int c = 2; c < sqlite3_column_count(p); c++)
        if (!is_inner(sqlite3_column_name(p, c))) {
            strbuf_add_char(out, ',');
            add_value(out, p, c);
        }
    strbuf_add(out, "\r\n");
    json_decref(settings);
}

int export_csv(struct store *s, struct strbuf *out)
{
    json_t *keys = read_keys(s);
    sqlite3_stmt *p = keys ? prepare(s, "SELECT * FROM final ORDER BY ordinal")
                           : NULL;
    int code = SQLITE_ERROR;

    if (p) {
        strbuf_add(out, "point");
        for (size_t i = 0; i < json_array_size(keys); i++) {
            strbuf_add_char(out, ',');
            add_field(out, json_string_value(json_array_get(keys, i)));
        }
        for (int c = 2; c < sqlite3_column_count(p); c++)
            if (!is_inner(sqlite3_column_name(p, c)))
                strbuf_printf(out, ",%s", sqlite3_column_name(p, c));
        strbuf_add(out, "\r\n");
        while ((code = sqlite3_step(p)) == SQLITE_ROW)
            csv_row(out, p, keys);
        if (code != SQLITE_DONE)
            store_error(s, "read");
    }
    sqlite3_finalize(p);
    json_decref(keys);
    return code == SQLITE_DONE && !out->failed ? 0 : -1;
}

/* ------------------------------------------------------------------- JSON */

/* JSON has no infinity: null, as for what is missing. */
static json_t *value_of(sqlite3_stmt *p, int c)
{
    switch (sqlite3_column_type(p, c)) {
    case SQLITE_INTEGER: return json_integer(sqlite3_column_int64(p, c));
    case SQLITE_FLOAT:
        return isfinite(sqlite3_column_double(p, c))
            ? json_real(sqlite3_column_double(p, c)) : json_null();
    case SQLITE_NULL: return json_null();
    default: return json_string((const char *) sqlite3_column_text(p, c));
    }
}

static json_t *row_of(sqlite3_stmt *p)
{
    json_t *row = json_object();

    for (int c = 0; c < sqlite3_column_count(p); c++) {
        const char *name = sqlite3_column_name(p, c);
        const bool json = !strcmp(name, "settings")
                          || !strcmp(name, "choices");

        if (is_inner(name) && !json)
            continue;
        json_object_set_new(row, name, json
            ? json_loads((const char *) sqlite3_column_text(p, c), 0, NULL)
            : value_of(p, c));
    }
    return row;
}

static json_t *rows_of(struct store *s, const char *sql)
{
    sqlite3_stmt *p = prepare(s, sql);
    json_t *rows = p ? json_array() : NULL;

    while (rows && sqlite3_step(p) == SQLITE_ROW)
        json_array_append_new(rows, row_of(p));
    sqlite3_finalize(p);
    return rows;
}

static json_t *layers_of(sqlite3_stmt *p, int64_t result)
{
    json_t *rows = json_array();

    sqlite3_bind_int64(p, 1, result);
    while (sqlite3_step(p) == SQLITE_ROW)
        json_array_append_new(rows, row_of(p));
    sqlite3_reset(p);
    return rows;
}

static json_t *points_of(struct store *s)
{
    sqlite3_stmt *p = prepare(s, "SELECT * FROM final ORDER BY ordinal");
    sqlite3_stmt *layers = prepare(s, "SELECT name, op, unit, macs, cycles,"
        " stall_cycles, utilization, overflows, channels, overflow_channels,"
        " proved_channels, safe_bits, sqnr_db, energy_uj FROM layer"
        " WHERE result_id = ?1 ORDER BY position");
    json_t *points = p && layers ? json_array() : NULL;

    while (points && sqlite3_step(p) == SQLITE_ROW) {
        json_t *row = row_of(p);

        json_object_set_new(row, "layers", layers_of(
            layers, sqlite3_column_int64(p, 2)));
        json_array_append_new(points, row);
    }
    sqlite3_finalize(p);
    sqlite3_finalize(layers);
    return points;
}

int export_json(struct store *s, struct strbuf *out)
{
    json_t *root = json_object();
    char *text;
    int failed;

    failed = json_object_set_new(root, "sweep", rows_of(s, "SELECT name, file,"
                 " design, hardware, network, method, evaluate, images, seed,"
                 " defined FROM sweep"))
             || json_object_set_new(root, "axes", rows_of(s, "SELECT key,"
                 " scope, choices FROM axis ORDER BY position"))
             || json_object_set_new(root, "objectives", rows_of(s, "SELECT"
                 " name, direction FROM objective ORDER BY position"))
             || json_object_set_new(root, "points", points_of(s));
    text = failed ? NULL : json_dumps(root, JSON_INDENT(1)
                                      | JSON_REAL_PRECISION(17));
    if (text) {
        strbuf_add(out, text);
        strbuf_add_char(out, '\n');
    }
    free(text);
    json_decref(root);
    return text && !out->failed ? 0 : -1;
}
