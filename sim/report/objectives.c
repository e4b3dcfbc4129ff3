/* objectives.c - which columns make the front, and the front itself. */
#include <string.h>
#include <stdlib.h>

#include "sim/base/interrupt.h"
#include "sim/base/text.h"
#include "sim/report/table.h"

static bool is_number(const struct report_table *t, size_t column)
{
    return !t->points.column[column].is_text
           && frame_is_known(&t->points, (int) column);
}

/* "unknown" with the nearest name, else with all there are. */
static int refuse_unknown(const struct report_table *t, const char *name,
                          struct diag *d, struct place place)
{
    const struct frame *f = &t->points;
    const char **names = calloc(f->columns + 1, sizeof(*names));
    struct strbuf all;

    strbuf_init(&all);
    for (size_t i = 0; names && i < f->columns; i++) {
        names[i] = is_number(t, i) ? f->column[i].name : NULL;
        if (names[i])
            strbuf_printf(&all, "%s%s", all.length ? ", " : "", names[i]);
    }
    const char *near = names ? text_find_nearest(name, names, f->columns)
                             : NULL;

    if (near)
        diag_error(d, place, "unknown objective '%s', did you mean '%s'?",
                   name, near);
    else
        diag_error(d, place, "unknown objective '%s', must be one of %s", name,
                   all.text);
    strbuf_release(&all);
    free(names);
    return -1;
}

static int refuse_column(const struct report_table *t, int column,
                         struct diag *d, struct place place)
{
    const struct frame_column *c = &t->points.column[column];

    return diag_error(d, place, c->is_text
                      ? "objective '%s' holds words, must be a column of "
                        "numbers"
                      : "objective '%s' has no value in any point", c->name);
}

static int add_objective(struct report_table *t, const char *name,
                         const char *goal, struct diag *d, struct place place)
{
    const int column = frame_find(&t->points, name);
    struct report_objective *o = &t->objective[t->objectives];

    if (column == FRAME_NONE)
        return refuse_unknown(t, name, d, place);
    if (!is_number(t, (size_t) column))
        return refuse_column(t, column, d, place);
    const struct frame_column *c = &t->points.column[column];

    if (goal && strcmp(goal, "min") && strcmp(goal, "max"))
        return diag_error(d, place, "the goal of objective '%s' is '%s', must "
                          "be min or max", name, goal);
    if (!goal && c->goal == FRAME_NO_GOAL)
        return diag_error(d, place, "objective '%s' needs a goal: '%s:min' or "
                          "'%s:max'", name, name, name);
    for (int i = 0; i < t->objectives; i++)
        if (t->objective[i].column == column)
            return diag_error(d, place, "objective '%s' stands twice", name);
    if (t->objectives == PARETO_MAX_OBJECTIVES)
        return diag_error(d, place, "more than %d objectives",
                          PARETO_MAX_OBJECTIVES);
    *o = (struct report_objective) {
        .name = c->name, .column = column,
        .maximize = goal ? !strcmp(goal, "max") : c->goal == FRAME_MAX
    };
    t->objectives++;
    return 0;
}

static int parse(struct report_table *t, char *text, struct diag *d,
                 struct place place)
{
    t->objectives = 0;
    for (char *at = text; at;) {
        char *const comma = strchr(at, ',');

        if (comma)
            *comma = '\0';
        char *goal = strrchr(at, ':');

        if (goal)
            *goal++ = '\0';
        if (!*at)
            return diag_error(d, place, "an objective is empty, must be NAME, "
                              "NAME:min or NAME:max");
        if (add_objective(t, at, goal, d, place))
            return -1;
        at = comma ? comma + 1 : NULL;
    }
    return 0;
}

static void choose_default(struct report_table *t)
{
    static const char *const names[] = { "accuracy", "cycles", "energy_uj" };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const int column = frame_find(&t->points, names[i]);

        if (column == FRAME_NONE || !is_number(t, (size_t) column))
            continue;
        t->objective[t->objectives++] = (struct report_objective) {
            t->points.column[column].name, column, i == 0
        };
    }
}

/* The charts show what is better by the goals that were chosen. */
static void mark_goals(struct report_table *t)
{
    for (int i = 0; i < t->objectives; i++)
        t->points.column[t->objective[i].column].goal =
            t->objective[i].maximize ? FRAME_MAX : FRAME_MIN;
}

int report_choose(struct report_table *t, const char *text, struct diag *d,
                  struct place place)
{
    if (text) {
        char *copy = arena_strdup(&t->arena, text);

        if (!copy)
            return diag_error(d, place, "out of memory");
        if (parse(t, copy, d, place))
            return -1;
    } else if (!t->objectives)
        choose_default(t);
    if (!t->objectives)
        return diag_error(d, place, "no objective: neither 'accuracy' nor "
                          "'cycles' nor 'energy_uj' is known, name others "
                          "with '--objectives'");
    mark_goals(t);
    return 0;
}

int report_mark_front(struct report_table *t, struct diag *d)
{
    const double *value[PARETO_MAX_OBJECTIVES];
    bool maximize[PARETO_MAX_OBJECTIVES];

    for (int i = 0; i < t->objectives; i++) {
        value[i] = t->points.column[t->objective[i].column].number;
        maximize[i] = t->objective[i].maximize;
    }
    const ptrdiff_t count = pareto_mark(value, maximize, t->objectives,
                                        t->points.rows, t->front);

    if (count < 0)
        return interrupt_requested() ? -1
               : diag_error(d, place_of_file(t->path), "out of memory");
    t->front_count = (size_t) count;
    return 0;
}
