/*
 * cmd_report.c - the front of a sweep on the terminal and in its database, and
 * a sweep or a run as an HTML page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/cli/commands.h"
#include "sim/report/page.h"
#include "sim/report/table.h"

enum { FRONT_ROWS = 40 };

static bool is_quiet(const struct options *o)
{
    return o->json && !strcmp(o->json, "-");
}

static int write_json(const struct report_table *t, const char *path,
                      struct diag *d)
{
    const struct place place = place_of_file(path);
    json_t *document = report_front_json(t);
    char *text = document ? json_dumps(document, JSON_INDENT(1)
                                       | JSON_REAL_PRECISION(15)) : NULL;
    int result = 0;

    json_decref(document);
    if (!text)
        return diag_error(d, place, "out of memory");
    if (!strcmp(path, "-"))
        printf("%s\n", text);
    else
        result = file_write_all(path, text, strlen(text), d, place);
    free(text);
    return result;
}

static int print_front(struct report_table *t, struct diag *d)
{
    struct strbuf out;

    strbuf_init(&out);
    strbuf_printf(&out, "report    %s: %s\n", t->title, t->summary);
    for (size_t i = 0; i < t->notes; i++)
        strbuf_printf(&out, "note      %s\n", t->note[i]);
    report_print_front(t, FRONT_ROWS, &out);
    const char *text = out.failed ? NULL : report_clean(&t->arena, out.text);

    strbuf_release(&out);
    if (!text)
        return diag_error(d, place_of_file(t->path), "out of memory");
    printf("%s", text);
    return 0;
}

static int report_front(struct report_table *t, const struct options *o,
                        struct diag *d)
{
    if (report_choose(t, o->objectives, d,
                      place_of_file(o->objectives ? "--objectives" : t->path))
        || report_mark_front(t, d))
        return -1;
    report_store_front(t, d);
    return is_quiet(o) ? 0 : print_front(t, d);
}

static int report_run(struct report_table *t, const struct options *o,
                      struct diag *d)
{
    if (o->objectives || o->json)
        return diag_error(d, place_of_file(t->path), "is one run and has no "
                          "front: '%s' is for the database of a sweep",
                          o->objectives ? "--objectives" : "--json");
    if (!o->output)
        return diag_error(d, place_of_file(t->path), "is one run: name the "
                          "page to write with '-o FILE.html'");
    return 0;
}

static int report(struct report_table *t, const struct options *o,
                  struct diag *d)
{
    if (o->overrides.count > 0)
        return diag_error(d, place_of_file("--set"), "'--set' changes no "
                          "results that are there already");
    if (report_table_read(t, d)
        || (t->is_run ? report_run(t, o, d) : report_front(t, o, d))
        || (o->json && write_json(t, o->json, d))
        || (o->output && report_write_page(t, o->output, d)))
        return -1;
    if (o->output && !is_quiet(o))
        printf("%swrote     %s\n", t->is_run ? "" : "\n", o->output);
    return 0;
}

int command_report(const struct options *options)
{
    struct report_table table;
    struct diag diag;
    int status;

    diag_init(&diag);
    report_table_init(&table, options->file);
    status = report(&table, options, &diag) ? 1 : 0;
    diag_print(&diag, stderr);
    report_table_release(&table);
    diag_release(&diag);
    return status;
}
