/*
 * table.h - what a report is about: points with their axes and results, the
 * layers of each, where they came from, and which objectives make the front.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/base/strbuf.h"
#include "sim/report/frame.h"
#include "sim/report/pareto.h"

struct report_objective {
    const char *name;
    int column;                   /* of the points */
    bool maximize;
};

/* A line of provenance. */
struct report_fact {
    const char *key, *value;
};

/* A YAML file that a point's axes complete: keys with dots, values as YAML. */
struct report_document {
    const char *name;             /* "hardware", "design" */
    const char *path;
    struct report_fact *base;
    size_t base_count;
};

struct report_table {
    struct arena arena;           /* holds all texts below */
    const char *path;             /* as the user wrote it; borrowed */
    const char *title;
    const char *summary;
    bool is_run;                  /* one run, not a sweep */
    struct frame points;
    int64_t *id;                  /* [point]: its place in the sweep */
    int64_t *key;                 /* [point]: its point_id in the database */
    struct frame layers;          /* rows of all points, point by point */
    size_t *layer_start;          /* [points + 1] */
    bool *front;                  /* [point] */
    size_t front_count;
    struct report_objective objective[PARETO_MAX_OBJECTIVES];
    int objectives;
    struct report_fact *fact;
    size_t facts, fact_room;
    struct report_document *document;
    size_t documents;
    const char **note;            /* what the reader should know */
    size_t notes;
    json_t *run;                  /* of one run: the whole file */
};

void report_table_init(struct report_table *t, const char *path);
void report_table_release(struct report_table *t);

/*
 * Read the database of a sweep or what `napier run --json` wrote, told apart by
 * their content. 0; or -1 and an error.
 */
int report_table_read(struct report_table *t, struct diag *d);

int report_read_run(struct report_table *t, struct diag *d);
int report_read_sweep(struct report_table *t, struct diag *d);

/*
 * The text with '?' in the place of what is not UTF-8 or must not reach a
 * terminal, line ends kept. NULL when the arena is exhausted.
 */
const char *report_clean(struct arena *arena, const char *text);

/* Add a line of provenance, copied. NULL: nothing. */
void report_add_fact(struct report_table *t, const char *key,
                     const char *value);

void report_add_note(struct report_table *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Unit, goal and sentence of the columns that Napier itself knows. */
void report_describe_columns(struct frame *f);

/*
 * Choose objectives: "accuracy:max,cycles:min"; the goal may be left out where
 * it is known. NULL: those of the sweep, or the first of accuracy, cycles and
 * energy that are known. 0; or -1 and an error at `place`.
 */
int report_choose(struct report_table *t, const char *text, struct diag *d,
                  struct place place);

/* Mark the front of the objectives chosen. 0; or -1 and an error. */
int report_mark_front(struct report_table *t, struct diag *d);

/* Add "accuracy:max,cycles:min". */
void report_name_objectives(const struct report_table *t, struct strbuf *to);

/*
 * Keep the front in the database, in the table `front`, in the place of an
 * earlier one of the same objectives. 0; or -1 and a warning: the database is
 * as it was.
 */
int report_store_front(const struct report_table *t, struct diag *d);

/* The front as a text table with at most `limit` rows, then the plot. */
void report_print_front(const struct report_table *t, size_t limit,
                        struct strbuf *out);

/* The front, objectives and provenance; the caller's to free. */
json_t *report_front_json(const struct report_table *t);

#endif
