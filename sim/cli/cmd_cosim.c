#include <inttypes.h>
#include <stdio.h>

#include "codegen/rom.h"
#include "sim/array/timing.h"
#include "sim/base/interrupt.h"
#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cosim/cosim.h"

static void print_layers(const struct session *s, const struct cosim_result *r)
{
    printf("\n%-12s %-6s %13s %11s %13s %13s %12s %12s\n", "layer", "unit",
           "elements", "different", "overflows", "RTL", "cycles", "RTL");
    for (int i = 0; i < r->layer_count; i++) {
        const struct cosim_layer *l = &r->layer[i];
        const struct program_desc *d = &s->program.desc[i];

        printf("%-12s %-6s %13s %11s", d->name,
               d->unit == PROGRAM_ARRAY ? "RTL" : "C",
               text_count(l->elements).text,
               text_count(l->value_differences).text);
        if (d->unit == PROGRAM_ARRAY)
            printf(" %13s %13s %12s %12s",
                   text_count(l->model_overflows).text,
                   text_count(l->rtl_overflows).text,
                   text_count(l->model_cycles).text,
                   text_count(l->rtl_cycles).text);
        printf("\n");
    }
}

static void print_trace(const struct cosim_difference *d)
{
    if (!d->traced)
        return;
    if (d->step < 0) {
        printf("  every sum of this element is equal: the difference comes "
               "after the array, in requantization\n");
        return;
    }
    printf("  first different sum: MAC step %d (ky %d, kx %d, c %d) in PE row "
           "%d, column %d, cycle %" PRIu64 "\n", d->step, d->ky, d->kx,
           d->tap_c, d->row, d->col, d->step_cycle);
    printf("  model: %" PRId64 " -> %" PRId64 "    RTL: %" PRId64 " -> %"
           PRId64 "\n", d->model_before, d->model_after, d->rtl_before,
           d->rtl_after);
}

static void print_difference(const struct session *s,
                             const struct cosim_difference *d)
{
    const char *layer = s->program.desc[d->layer].name;

    printf("\nfirst difference: image %" PRId64 ", layer '%s'", d->image,
           layer);
    switch (d->kind) {
    case COSIM_VALUE:
        printf(", output (y %d, x %d, c %d), cycle %" PRIu64 ": model %d, RTL "
               "%d\n", d->y, d->x, d->c, d->cycle, d->model_code, d->rtl_code);
        print_trace(d);
        break;
    case COSIM_OVERFLOWS:
        printf(": model counts %" PRId64 " overflows, RTL %" PRId64 "\n",
               d->model_count, d->rtl_count);
        break;
    case COSIM_CYCLES:
        printf(": model counts %" PRId64 " cycles, RTL %" PRId64 "\n",
               d->model_count, d->rtl_count);
        break;
    default:
        printf(": the RTL did not finish, or emitted an output twice or never "
               "(%" PRId64 " cycles)\n", d->rtl_count);
        break;
    }
    printf("  again: napier cosim %s --first %" PRId64 " --images 1",
           s->options->file, d->image);
    for (size_t i = 0; i < s->options->overrides.count; i++) {
        const struct override *o = &s->options->overrides.items[i];

        printf(" --set '%s=%s'", o->key, o->value->text ? o->value->text : "");
    }
    printf("\n");
}

static json_t *describe(const struct session *s, const struct cosim_result *r,
                        const struct library *lib)
{
    static const char *const kinds[] = { "equal", "value", "overflows",
                                         "cycles", "failed" };
    json_t *root = report_head(s);
    json_t *layers = json_array();

    for (int i = 0; i < r->layer_count; i++) {
        const struct cosim_layer *l = &r->layer[i];

        json_array_append_new(layers, json_pack(
            "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I}",
            "name", s->program.desc[i].name,
            "on_rtl", s->program.desc[i].unit == PROGRAM_ARRAY,
            "elements", (json_int_t) l->elements,
            "value_differences", (json_int_t) l->value_differences,
            "model_overflows", (json_int_t) l->model_overflows,
            "rtl_overflows", (json_int_t) l->rtl_overflows,
            "model_cycles", (json_int_t) l->model_cycles,
            "rtl_cycles", (json_int_t) l->rtl_cycles));
    }
    json_object_set_new(root, "images", json_integer(r->images));
    json_object_set_new(root, "elements", json_integer(r->elements));
    json_object_set_new(root, "differences", json_integer(r->differences));
    json_object_set_new(root, "verdict", json_string(kinds[r->first.kind]));
    json_object_set_new(root, "engine_key", json_string(lib->key));
    json_object_set_new(root, "engine_built", json_boolean(lib->built));
    json_object_set_new(root, "layers", layers);
    return root;
}

/* Which MAC step: on a library with every register readable. */
static void trace(struct session *s, struct cosim_difference *d,
                  const char *rtl, const char *shim, const char *rom)
{
    struct library debug;

    if (d->kind != COSIM_VALUE
        || s->program.desc[d->layer].unit != PROGRAM_ARRAY)
        return;
    if (library_open(&debug, &s->hw, rtl, shim, true, &s->diag))
        return;
    cosim_trace(d, &debug, s->model, &s->program, &s->test, rom, &s->diag);
    library_close(&debug);
}

static int compare(struct session *s, const struct library *lib,
                   const char *rtl, const char *shim, const char *rom)
{
    const struct options *o = s->options;
    struct cosim_result r;
    int status = 1;

    if (cosim_run(&r, lib, s->model, &s->program, &s->test, o->first_image,
                  o->images >= 0 ? o->images : 1, rom, o->jobs, &s->diag))
        goto done;
    print_layers(s, &r);
    if (r.first.kind != COSIM_EQUAL) {
        trace(s, &r.first, rtl, shim, rom);
        print_difference(s, &r.first);
        printf("\nDIFFERENT: %s of %s elements and counts on %" PRId64
               " image(s)\n", text_count(r.differences).text,
               text_count(r.elements).text, r.images);
    } else {
        printf("\nEQUAL: %s elements, overflow counts and cycles of %" PRId64
               " image(s)\n", text_count(r.elements).text, r.images);
        status = 0;
    }
    if (report_write_json(s, o->json ? describe(s, &r, lib) : NULL))
        status = 1;

done:
    cosim_release(&r);
    return status;
}

int command_cosim(const struct options *options)
{
    struct library lib = { .handle = NULL };
    struct rom_stats stats;
    struct session s;
    int status = 1;

    if (session_open(&s, options, SESSION_TEST))
        goto done;
    if (options->first_image >= s.test.count) {
        diag_error(&s.diag, s.design.test_place, "'--first' is %" PRId64
                   ", must be 0 to %" PRId64, options->first_image,
                   s.test.count - 1);
        goto done;
    }
    const char *data = session_data_folder(&s);
    const char *rom = session_output(&s, "rom");

    if (!data) {
        diag_error(&s.diag, PLACE_NONE, "the RTL is not beside the program; "
                   "set NAPIER_DATA to the folder that holds rtl/");
        goto done;
    }
    const char *rtl = options->rtl ? options->rtl
                                   : path_join(&s.arena, data, "rtl");
    const char *shim = path_join(&s.arena, data, "sim/cosim");

    report_print_head(&s);
    if (!rtl || !shim || rom_write(&s.program, rom, &stats, &s.diag)
        || library_open(&lib, &s.hw, rtl, shim, false, &s.diag))
        goto done;
    if (lib.built)
        printf("engine    %.16s built in %.1f s\n", lib.key, lib.seconds);
    else
        printf("engine    %.16s from the cache\n", lib.key);
    status = compare(&s, &lib, rtl, shim, rom);

done:
    library_close(&lib);
    session_close(&s);
    return status;
}
