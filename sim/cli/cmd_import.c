/*
 * cmd_import.c - what a .tflite or .onnx file holds and where each operator
 * would run, before any machine is chosen; -o writes a float network as a
 * network file of ours.
 */
#include <stdio.h>
#include <string.h>

#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cli/report_import.h"
#include "sim/net/net_import.h"
#include "sim/net/net_write.h"

/* `--set data.shape=[...]`, as a design file would have it. */
static int take_shape(struct session *s, struct net_import_shape *shape)
{
    struct { const int *dim; int count; } list = { NULL, 0 };
    struct override_list *o = (struct override_list *) &s->options->overrides;
    const struct setting item = {
        .key = "data.shape", .type = SETTING_INT_LIST,
        .count_offset = sizeof(list.dim), .min = 1, .max = 65536,
        .min_items = 1, .max_items = GRAPH_MAX_RANK
    };
    const struct override *set = override_find(o, NULL, item.key);

    shape->rank = 0;
    override_add_known(o, NULL, item.key);
    if (override_report_unused(o, &s->diag)
        || (set && settings_read_value(&item, item.key, set->value, &list,
                                       &s->arena, &s->diag)))
        return -1;
    shape->rank = list.count;
    for (int i = 0; i < list.count; i++)
        shape->dim[i] = list.dim[i];
    return 0;
}

static int read_file(struct session *s)
{
    const char *path = s->options->file;
    struct net_import_shape shape;

    if (!net_is_import(path))
        return diag_error(&s->diag, place_of_file(path), "'%s' is not an "
                          "exchange file, must end in %s", path,
                          net_import_endings);
    if (take_shape(s, &shape))
        return -1;
    return net_import_file(&s->net, path, shape.rank ? &shape : NULL, &s->diag,
                           place_of_file(path));
}

static json_t *describe(const struct report_import *r)
{
    return json_pack("{s:s, s:b, s:s, s:o}", "network", r->net->name,
                     "quantized", r->net->quantized, "network_digest",
                     r->net->digest, "operators", report_operators(r));
}

int command_import(const struct options *options)
{
    struct session s;
    int status = 1;

    memset(&s, 0, sizeof(s));
    s.options = options;
    diag_init(&s.diag);
    arena_init(&s.arena, 0);
    diag_add_source(&s.diag, "--set", options->overrides.source.text,
                    options->overrides.source.length);
    const int failed = read_file(&s);
    const struct report_import r = { .net = &s.net };

    if (!failed || s.net.refused) {
        const bool quiet = options->json && !strcmp(options->json, "-");

        if (!quiet)
            report_print_operators(&r);
        if (!report_write_json(&s, options->json ? describe(&r) : NULL))
            status = failed ? 1 : 0;
    }
    if (status == 0 && options->output
        && net_write(&s.net, options->output, &s.diag))
        status = 1;
    session_close(&s);
    return status;
}
