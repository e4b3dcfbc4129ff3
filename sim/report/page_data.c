#include "sim/report/page_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/version.h"

/*
 * Layers of more points than this would make a page of hundreds of megabytes:
 * then only the front and an even sample of the rest keep theirs.
 */
enum { LAYER_ROWS_MAX = 400000 };

/* ----------------------------------------------------------------- texts */

static bool needs_escape(uint32_t code)
{
    return code == '"' || code == '\\' || code == '<' || code == '>'
           || code == '&' || code == 0x2028 || code == 0x2029
           || text_is_control(code);
}

static void add_unit(struct strbuf *to, uint32_t unit)
{
    strbuf_printf(to, "\\u%04x", (unsigned) unit);
}

void report_add_json_text(struct strbuf *to, const char *text)
{
    size_t left = strlen(text);

    strbuf_add_char(to, '"');
    while (left > 0) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(text, left, &code);

        if (code == 0xfffd)
            strbuf_add(to, "\xef\xbf\xbd");
        else if (!needs_escape(code))
            strbuf_add_bytes(to, text, bytes);
        else if (code < 0x10000)
            add_unit(to, code);
        else {
            add_unit(to, 0xd800 + ((code - 0x10000) >> 10));
            add_unit(to, 0xdc00 + ((code - 0x10000) & 0x3ff));
        }
        text += bytes;
        left -= bytes;
    }
    strbuf_add_char(to, '"');
}

static void write_text(struct file_writer *w, const char *text)
{
    struct strbuf b;

    strbuf_init(&b);
    report_add_json_text(&b, text);
    if (b.failed)
        file_writer_printf(w, "null");
    else
        file_writer_write(w, b.text, b.length);
    strbuf_release(&b);
}

static void write_key(struct file_writer *w, const char *key)
{
    file_writer_printf(w, ",\n\"%s\":", key);
}

/* An optional text member. */
static void write_member(struct file_writer *w, const char *key,
                         const char *text)
{
    if (!text)
        return;
    file_writer_printf(w, ",\"%s\":", key);
    write_text(w, text);
}

static void write_number(struct file_writer *w, double value)
{
    if (!isfinite(value))
        file_writer_printf(w, "null");
    else if (value == floor(value) && fabs(value) < 1e15)
        file_writer_printf(w, "%.0f", value);
    else
        file_writer_printf(w, "%.9g", value);
}

/* --------------------------------------------------------------- columns */

static const char *goal_name(enum frame_goal goal)
{
    return goal == FRAME_MAX ? "max" : goal == FRAME_MIN ? "min" : NULL;
}

static void write_words(struct file_writer *w, const struct frame_column *c)
{
    file_writer_printf(w, ",\"words\":[");
    for (size_t i = 0; i < c->words; i++) {
        if (i > 0)
            file_writer_printf(w, ",");
        write_text(w, c->word[i]);
    }
    file_writer_printf(w, "]");
}

/* rows NULL: all of them. */
static void write_column(struct file_writer *w, const struct frame *f,
                         size_t column, const bool *rows)
{
    const struct frame_column *c = &f->column[column];
    bool first = true;

    file_writer_printf(w, "{\"role\":\"%s\"",
                       c->role == FRAME_AXIS ? "axis" : "result");
    write_member(w, "name", c->name);
    write_member(w, "unit", c->unit);
    write_member(w, "help", c->help);
    write_member(w, "document", c->document);
    write_member(w, "goal", goal_name(c->goal));
    if (c->is_text)
        write_words(w, c);
    file_writer_printf(w, ",\"%s\":[", c->is_text ? "codes" : "values");
    for (size_t i = 0; i < f->rows; i++) {
        if (rows && !rows[i])
            continue;
        if (!first)
            file_writer_printf(w, ",");
        first = false;
        if (c->is_text)
            file_writer_printf(w, "%d", (int) c->code[i]);
        else
            write_number(w, c->number[i]);
    }
    file_writer_printf(w, "]}");
}

static void write_columns(struct file_writer *w, const struct frame *f,
                          const bool *rows)
{
    bool first = true;

    file_writer_printf(w, "[");
    for (size_t i = 0; i < f->columns; i++) {
        if (!frame_is_known(f, (int) i))
            continue;
        file_writer_printf(w, first ? "\n" : ",\n");
        first = false;
        write_column(w, f, i, rows);
    }
    file_writer_printf(w, "]");
}

/* ---------------------------------------------------------------- layers */

/* Which layer rows are written: [layer row]; NULL: all. */
static bool *choose_layer_rows(const struct report_table *t)
{
    const size_t step = t->layers.rows / LAYER_ROWS_MAX + 1;
    bool *rows = step > 1 ? calloc(t->layers.rows, sizeof(*rows)) : NULL;

    for (size_t i = 0; rows && i < t->points.rows; i++)
        for (size_t n = t->layer_start[i]; n < t->layer_start[i + 1]; n++)
            rows[n] = t->front[i] || i % step == 0;
    return rows;
}

static void write_layers(struct file_writer *w, const struct report_table *t)
{
    bool *rows = choose_layer_rows(t);
    size_t written = 0;

    file_writer_printf(w, "{\"start\":[0");
    for (size_t i = 0; i < t->points.rows; i++) {
        for (size_t n = t->layer_start[i]; n < t->layer_start[i + 1]; n++)
            written += !rows || rows[n];
        file_writer_printf(w, ",%zu", written);
    }
    file_writer_printf(w, "],\"columns\":");
    write_columns(w, &t->layers, rows);
    file_writer_printf(w, "}");
    free(rows);
}

/* ------------------------------------------------------------------- YAML */

static void write_pairs(struct file_writer *w, const struct report_fact *pair,
                        size_t count)
{
    file_writer_printf(w, "[");
    for (size_t i = 0; i < count; i++) {
        file_writer_printf(w, i ? ",[" : "[");
        write_text(w, pair[i].key);
        file_writer_printf(w, ",");
        write_text(w, pair[i].value);
        file_writer_printf(w, "]");
    }
    file_writer_printf(w, "]");
}

static void write_documents(struct file_writer *w,
                            const struct report_table *t)
{
    file_writer_printf(w, "{\"documents\":[");
    for (size_t i = 0; i < t->documents; i++) {
        const struct report_document *doc = &t->document[i];

        file_writer_printf(w, "%s{\"name\":", i ? "," : "");
        write_text(w, doc->name);
        write_member(w, "path", doc->path);
        file_writer_printf(w, ",\"base\":");
        write_pairs(w, doc->base, doc->base_count);
        file_writer_printf(w, "}");
    }
    file_writer_printf(w, "]}");
}

/* -------------------------------------------------------------- one run */

/* Overflows channel by channel, of the layers that accumulate at all. */
static void write_channels(struct file_writer *w, const json_t *layers)
{
    bool first = true;
    size_t i, n;
    const json_t *layer, *count;

    file_writer_printf(w, "[");
    json_array_foreach(layers, i, layer) {
        const json_t *counts = json_object_get(layer, "channel_overflows");

        if (json_number_value(json_object_get(layer, "macs")) <= 0.0)
            continue;
        file_writer_printf(w, "%s{\"name\":", first ? "" : ",");
        first = false;
        write_text(w, json_string_value(json_object_get(layer, "name")));
        file_writer_printf(w, ",\"overflows\":[");
        json_array_foreach(counts, n, count) {
            file_writer_printf(w, n ? "," : "");
            write_number(w, json_number_value(count));
        }
        file_writer_printf(w, "]}");
    }
    file_writer_printf(w, "]");
}

struct bar_chart {
    const char *title, *unit, *member;     /* member: of a layer; or NULL */
    const char *part[8];                   /* ends in NULL */
};

static const struct bar_chart bar_charts[] = {
    { "Cycles of one image", "cycles", NULL, { "cycles" } },
    { "Energy of one image in nJ (estimate)", "nJ", "energy",
      { "compute_nj", "weights_nj", "activations_nj", "sums_nj",
        "parameters_nj" } },
};

static double part_of(const json_t *layer, const struct bar_chart *c, int part)
{
    const json_t *from = c->member ? json_object_get(layer, c->member) : layer;

    return json_number_value(json_object_get(from, c->part[part]));
}

static void write_bar_rows(struct file_writer *w, const json_t *layers,
                           const struct bar_chart *c)
{
    bool first = true;
    size_t i;
    const json_t *layer;

    json_array_foreach(layers, i, layer) {
        double total = 0.0;

        for (int n = 0; c->part[n]; n++)
            total += part_of(layer, c, n);
        if (total <= 0.0)
            continue;
        file_writer_printf(w, "%s{\"name\":", first ? "" : ",");
        first = false;
        write_text(w, json_string_value(json_object_get(layer, "name")));
        file_writer_printf(w, ",\"values\":[");
        for (int n = 0; c->part[n]; n++) {
            file_writer_printf(w, n ? "," : "");
            write_number(w, part_of(layer, c, n));
        }
        file_writer_printf(w, "]}");
    }
}

static void write_bars(struct file_writer *w, const json_t *layers)
{
    file_writer_printf(w, "[");
    for (size_t i = 0; i < sizeof(bar_charts) / sizeof(*bar_charts); i++) {
        const struct bar_chart *c = &bar_charts[i];

        file_writer_printf(w, "%s{\"title\":\"%s\",\"unit\":\"%s\","
                           "\"parts\":[", i ? "," : "", c->title, c->unit);
        for (int n = 0; c->part[n]; n++)
            file_writer_printf(w, "%s\"%.*s\"", n ? "," : "",
                               (int) strcspn(c->part[n], "_"), c->part[n]);
        file_writer_printf(w, "],\"rows\":[");
        write_bar_rows(w, layers, c);
        file_writer_printf(w, "]}");
    }
    file_writer_printf(w, "]");
}

/* ----------------------------------------------------------------- whole */

static void write_notes(struct file_writer *w, const struct report_table *t)
{
    file_writer_printf(w, "[");
    for (size_t i = 0; i < t->notes; i++) {
        file_writer_printf(w, i ? "," : "");
        write_text(w, t->note[i]);
    }
    if (t->layers.rows > LAYER_ROWS_MAX) {
        file_writer_printf(w, t->notes ? "," : "");
        write_text(w, "Too many points to keep the layers of all: those of "
                   "the front and of an even sample are here; the database "
                   "has the rest.");
    }
    file_writer_printf(w, "]");
}

static void write_points(struct file_writer *w, const struct report_table *t)
{
    bool first = true;

    file_writer_printf(w, "\"id\":[");
    for (size_t i = 0; i < t->points.rows; i++)
        file_writer_printf(w, "%s%lld", i ? "," : "", (long long) t->id[i]);
    file_writer_printf(w, "],\n\"front\":[");
    for (size_t i = 0; i < t->points.rows; i++) {
        if (!t->front[i])
            continue;
        file_writer_printf(w, "%s%zu", first ? "" : ",", i);
        first = false;
    }
    file_writer_printf(w, "],\n\"objectives\":[");
    for (int i = 0; i < t->objectives; i++) {
        file_writer_printf(w, "%s{\"goal\":\"%s\"", i ? "," : "",
                           t->objective[i].maximize ? "max" : "min");
        write_member(w, "name", t->objective[i].name);
        file_writer_printf(w, "}");
    }
    file_writer_printf(w, "]");
}

void report_write_data(const struct report_table *t, struct file_writer *w)
{
    file_writer_printf(w, "{\"kind\":\"%s\",\"tool\":\"napier %s\"",
                       t->is_run ? "run" : "sweep", NAPIER_VERSION);
    write_member(w, "title", t->title);
    write_member(w, "summary", t->summary);
    write_key(w, "notes");
    write_notes(w, t);
    write_key(w, "provenance");
    write_pairs(w, t->fact, t->facts);
    file_writer_printf(w, ",\n");
    write_points(w, t);
    write_key(w, "columns");
    write_columns(w, &t->points, NULL);
    if (t->layers.rows > 0) {
        write_key(w, "layers");
        write_layers(w, t);
    }
    if (t->documents > 0) {
        write_key(w, "yaml");
        write_documents(w, t);
    }
    if (t->run) {
        const json_t *layers = json_object_get(t->run, "layers");

        write_key(w, "channels");
        write_channels(w, layers);
        write_key(w, "bars");
        write_bars(w, layers);
    }
    file_writer_printf(w, "}");
}
