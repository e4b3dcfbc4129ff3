/* front_print.c - the front as text and as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/report/plot.h"
#include "sim/report/table.h"
#include "sim/version.h"

enum { PLOT_WIDTH = 60, PLOT_HEIGHT = 16, MAX_COLUMNS = 64, CELL = 40 };

/* Objectives, then the axes: what a row of the table shows. */
static int choose_columns(const struct report_table *t, int *column)
{
    int count = 0;

    for (int i = 0; i < t->objectives; i++)
        column[count++] = t->objective[i].column;
    for (size_t i = 0; i < t->points.columns && count < MAX_COLUMNS; i++) {
        bool is_there = t->points.column[i].role != FRAME_AXIS
                        || t->points.column[i].is_fixed;

        for (int n = 0; n < t->objectives; n++)
            is_there = is_there || t->objective[n].column == (int) i;
        if (!is_there)
            column[count++] = (int) i;
    }
    return count;
}

/* Printable, and no longer than a cell. */
static void copy_word(char *to, const char *word)
{
    size_t left = strlen(word), at = 0;

    while (left > 0 && at < CELL - 5) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(word, left, &code);

        if (text_is_control(code) || code == 0xfffd)
            to[at++] = '?';
        else {
            memcpy(to + at, word, bytes);
            at += bytes;
        }
        word += bytes;
        left -= bytes;
    }
    to[at] = '\0';
}

static void format_cell(const struct report_table *t, size_t row, int column,
                        char *to)
{
    const struct frame_column *c = &t->points.column[column];
    const double v = frame_number(&t->points, row, column);

    if (isnan(v))
        strcpy(to, "-");
    else if (c->is_text)
        copy_word(to, c->word[c->code[row]]);
    else if (c->unit && !strcmp(c->unit, "%"))
        snprintf(to, CELL, "%.2f", v);
    else if (v == floor(v) && fabs(v) < 1e15)
        strcpy(to, text_count((int64_t) v).text);
    else
        snprintf(to, CELL, "%.6g", v);
}

/* The rows of the front, the best of the first objective first. */
struct ordered {
    double value;
    size_t row;
};

static int compare(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;

    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static struct ordered *order_front(const struct report_table *t)
{
    struct ordered *list = calloc(t->front_count + 1, sizeof(*list));
    const struct report_objective *o = &t->objective[0];
    size_t count = 0;

    for (size_t i = 0; list && i < t->points.rows; i++) {
        const double v = t->points.column[o->column].number[i];

        if (t->front[i])
            list[count++] = (struct ordered) { o->maximize ? -v : v, i };
    }
    if (list)
        qsort(list, count, sizeof(*list), compare);
    return list;
}

static int column_width(const struct report_table *t, int column,
                        const struct ordered *list, size_t rows)
{
    const char *name = t->points.column[column].name;
    size_t width = text_count_chars(name, strlen(name));
    char cell[CELL];

    width = width < CELL ? width : CELL;
    for (size_t i = 0; i < rows; i++) {
        format_cell(t, list[i].row, column, cell);
        const size_t chars = text_count_chars(cell, strlen(cell));

        width = chars > width ? chars : width;
    }
    return (int) width;
}

static void add_cell(struct strbuf *out, const char *text, int width)
{
    const int chars = (int) text_count_chars(text, strlen(text));

    strbuf_printf(out, "  %*s%s", width > chars ? width - chars : 0, "", text);
}

static void print_table(const struct report_table *t,
                        const struct ordered *list, size_t rows,
                        struct strbuf *out)
{
    int column[MAX_COLUMNS], width[MAX_COLUMNS];
    const int columns = choose_columns(t, column);
    char cell[CELL];

    strbuf_printf(out, "%8s", "point");
    for (int i = 0; i < columns; i++) {
        width[i] = column_width(t, column[i], list, rows);
        copy_word(cell, t->points.column[column[i]].name);
        add_cell(out, cell, width[i]);
    }
    strbuf_add_char(out, '\n');
    for (size_t r = 0; r < rows; r++) {
        strbuf_printf(out, "%8lld", (long long) t->id[list[r].row]);
        for (int i = 0; i < columns; i++) {
            format_cell(t, list[r].row, column[i], cell);
            add_cell(out, cell, width[i]);
        }
        strbuf_add_char(out, '\n');
    }
}

/* The first objective upwards, the second across. */
static void print_plot(const struct report_table *t, struct strbuf *out)
{
    if (t->objectives < 2)
        return;
    const struct report_objective *y = &t->objective[0], *x = y + 1;
    const struct plot plot = {
        .x_name = x->name, .y_name = y->name,
        .x = t->points.column[x->column].number,
        .y = t->points.column[y->column].number,
        .front = t->front, .count = t->points.rows,
        .width = PLOT_WIDTH, .height = PLOT_HEIGHT
    };

    strbuf_add_char(out, '\n');
    plot_print(&plot, out);
}

void report_print_front(const struct report_table *t, size_t limit,
                        struct strbuf *out)
{
    struct ordered *list = order_front(t);
    const size_t rows = t->front_count < limit ? t->front_count : limit;

    if (!list) {
        out->failed = true;
        return;
    }
    strbuf_printf(out, "front     %s of %s points, by ",
                  text_count((int64_t) t->front_count).text,
                  text_count((int64_t) t->points.rows).text);
    report_name_objectives(t, out);
    strbuf_add(out, "\n\n");
    print_table(t, list, rows, out);
    if (rows < t->front_count)
        strbuf_printf(out, "(%s more on the front: --json has all)\n",
                      text_count((int64_t) (t->front_count - rows)).text);
    print_plot(t, out);
    free(list);
}

/* ------------------------------------------------------------------ JSON */

static json_t *cell_json(const struct report_table *t, size_t row, int column)
{
    const struct frame_column *c = &t->points.column[column];
    const double v = frame_number(&t->points, row, column);

    if (!isfinite(v))
        return json_null();
    if (c->is_text)
        return json_string(c->word[c->code[row]]);
    return v == floor(v) && fabs(v) < 1e15 ? json_integer((json_int_t) v)
                                           : json_real(v);
}

static json_t *point_json(const struct report_table *t, size_t row)
{
    json_t *axes = json_object(), *results = json_object();

    for (size_t i = 0; i < t->points.columns; i++)
        json_object_set_new(t->points.column[i].role == FRAME_AXIS ? axes
                                                                   : results,
                            t->points.column[i].name,
                            cell_json(t, row, (int) i));
    return json_pack("{s:I, s:o, s:o}", "point", (json_int_t) t->id[row],
                     "settings", axes, "results", results);
}

json_t *report_front_json(const struct report_table *t)
{
    struct ordered *list = order_front(t);
    json_t *front = json_array(), *goals = json_array();
    json_t *notes = json_array();

    for (size_t i = 0; list && i < t->front_count; i++)
        json_array_append_new(front, point_json(t, list[i].row));
    for (int i = 0; i < t->objectives; i++)
        json_array_append_new(goals, json_pack(
            "{s:s, s:s}", "name", t->objective[i].name,
            "goal", t->objective[i].maximize ? "max" : "min"));
    for (size_t i = 0; i < t->notes; i++)
        json_array_append_new(notes, json_string(t->note[i]));
    free(list);
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}",
                     "tool", "napier " NAPIER_VERSION, "title", t->title,
                     "points", (json_int_t) t->points.rows,
                     "objectives", goals, "notes", notes, "front", front);
}
