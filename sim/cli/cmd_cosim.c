#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/rom.h"
#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/cosim_options.h"
#include "sim/cli/repeat.h"
#include "sim/cli/report.h"
#include "sim/cli/report_cosim.h"
#include "sim/cosim/cosim.h"
#include "sim/program/cut.h"

enum { WAVES_BEFORE = 200, WAVES_AFTER = 50 };

/* A comparison and what it needs. */
struct run {
    struct session *session;
    const struct program *program;    /* the session's, or a part of it */
    struct array_model *model;
    struct program part;              /* with --only */
    struct array_model *part_model;
    int part_layer;                   /* -1: the whole network runs */
    struct cosim_images images;
    struct library_sources sources;
    struct library lib;
    struct cosim_setup setup;
    const char *rom;
};

/* The RTL runs this layer: the core all but flatten, the engine the array's. */
static bool on_rtl(const struct run *r, const struct program_desc *d)
{
    return r->lib.kind == LIBRARY_CORE ? d->index >= 0
                                       : d->unit == PROGRAM_ARRAY;
}

static void print_layers(const struct run *r, const struct cosim_result *result)
{
    const bool core = r->lib.kind == LIBRARY_CORE;

    printf("\n%-12s %-6s %13s %11s %13s %13s %12s %12s%s\n", "layer", "unit",
           "elements", "different", "overflows", "RTL", "cycles", "RTL",
           core ? "  signature" : "");
    for (int i = 0; i < result->layer_count; i++) {
        const struct cosim_layer *l = &result->layer[i];
        const struct program_desc *d = &r->program->desc[i];

        printf("%-12s %-6s %13s %11s", d->name, on_rtl(r, d) ? "RTL"
               : d->unit == PROGRAM_HOST ? "host" : "C",
               text_count(l->elements).text,
               text_count(l->value_differences).text);
        if (on_rtl(r, d))
            printf(" %13s %13s %12s %12s",
                   text_count(l->model_overflows).text,
                   text_count(l->rtl_overflows).text,
                   text_count(l->model_cycles).text,
                   text_count(l->rtl_cycles).text);
        if (core && on_rtl(r, d))
            printf("   %08" PRIx32 "%s", l->signature,
                   l->signature_differences ? " different" : "");
        printf("\n");
    }
}

static void print_command(const char *title, const struct run *r,
                          int64_t image, const char *only)
{
    struct strbuf b;

    strbuf_init(&b);
    repeat_format(&b, r->session->options, image, only);
    printf("  %s: %s\n", title, b.text);
    strbuf_release(&b);
}

/* The input of the part: the model's, run up to it. */
static void load_part(void *ctx, int64_t image, int32_t *codes)
{
    const struct run *r = ctx;
    const struct session *s = r->session;
    const struct program_desc *d = &s->program.desc[r->part_layer];
    struct cosim_images images = r->images;
    struct array_state *state = array_state_new(s->model);

    if (!state)
        return;    /* all zeros: still the same on both sides */
    cosim_load_image(&images, image, array_tensor(state, 0));
    for (int i = 0; i < r->part_layer; i++)
        array_run_layer(s->model, state, i);
    memcpy(codes, array_tensor(state, d->input),
           (size_t) net_elements(d->in) * sizeof(*codes));
    array_state_free(state);
}

/* Its layer or tile in place of the whole. 0; or -1 and an error. */
static int cut_part(struct run *r, int layer, int tile)
{
    struct session *s = r->session;

    r->part_layer = layer;
    if (program_cut(&r->part, &s->program, layer, tile, &s->diag))
        return -1;
    r->part_model = array_new(&r->part, NULL);
    if (!r->part_model)
        return diag_error(&s->diag, s->design.place, "out of memory");
    r->program = &r->part;
    r->model = r->part_model;
    r->setup.program = r->program;
    r->setup.model = r->model;
    r->setup.load = load_part;
    r->setup.load_ctx = r;
    return 0;
}

static void release_part(struct run *r)
{
    array_free(r->part_model);
    if (r->part_layer >= 0)
        program_release(&r->part);
}

/* ---------------------------------------------- the smallest that repeats */

enum { TRIED_TILES = 64 };

/* The layer, or its tile, alone on the image of `d`: does it differ in the same
 * way? */
static bool repeats(const struct run *r, const struct cosim_difference *d,
                    int tile)
{
    struct session *s = r->session;
    struct run part = { .session = s, .images = r->images, .part_layer = -1,
                        .setup = r->setup };
    const char *rom = path_join(&s->arena, r->rom, "alone");
    struct cosim_result result = { .layer = NULL };
    struct rom_stats stats;
    bool same = false;

    part.setup.rom = rom;
    if (rom && !cut_part(&part, d->layer, tile)
        && !rom_write(part.program, rom, &stats, &s->diag)
        && !cosim_run(&result, &part.setup, d->image, 1, 1, &s->diag))
        same = result.first.kind == d->kind;
    cosim_release(&result);
    release_part(&part);
    return same;
}

/* The first channel tile that repeats it, that of the element before others;
 * -1: none. */
static int find_tile(const struct run *r, const struct cosim_difference *d)
{
    const struct program_desc *desc = &r->program->desc[d->layer];
    const bool placed = d->kind == COSIM_VALUE || d->kind == COSIM_MEMORY;
    const int here = placed ? d->c / r->session->hw.cols : 0;

    if (desc->unit != PROGRAM_ARRAY)
        return -1;
    for (int i = 0; i < desc->channel_tiles && i < TRIED_TILES; i++) {
        const int tile = (here + i) % desc->channel_tiles;

        if (repeats(r, d, tile))
            return tile;
    }
    return -1;
}

/* The commands that repeat it: the run, and the least of it that does. */
static void print_again(const struct run *r, const struct cosim_difference *d)
{
    const struct options *o = r->session->options;
    const struct program_desc *desc = &r->program->desc[d->layer];
    struct strbuf only;

    print_command("again", r, d->image, o->only);
    if (o->only || o->engine || desc->index < 0 || desc->second >= 0)
        return;
    const int tile = find_tile(r, d);

    strbuf_init(&only);
    strbuf_add(&only, desc->name);
    if (tile >= 0) {
        strbuf_printf(&only, ":%d", tile);
        print_command("only that tile", r, d->image, only.text);
    } else if (repeats(r, d, -1)) {
        print_command("only that layer", r, d->image, only.text);
    } else {
        printf("  alone the layer does not differ so: it takes what runs "
               "before it\n");
    }
    strbuf_release(&only);
}

static json_t *describe_difference(const struct run *r,
                                   const struct cosim_difference *d)
{
    json_t *root = json_pack(
        "{s:s, s:I, s:s, s:[iii], s:i, s:i, s:I, s:I, s:I, s:s, s:s}",
        "kind", cosim_kind_names[d->kind], "image", (json_int_t) d->image,
        "layer", r->program->desc[d->layer].name,
        "output", d->y, d->x, d->c, "model_code", d->model_code, "rtl_code",
        d->rtl_code, "cycle", (json_int_t) d->cycle, "model_count",
        (json_int_t) d->model_count, "rtl_count", (json_int_t) d->rtl_count,
        "text", d->text, "looks_like", d->looks_like);

    json_object_set_new(root, "points_to", json_string(cosim_points_to(
        d, &r->program->desc[d->layer], &r->session->hw)));
    if (d->fault >= COSIM_CODE && d->fault <= COSIM_START)
        json_object_set_new(root, "took", json_pack(
            "{s:i, s:I, s:I}", "lane", d->lane, "model",
            (json_int_t) d->model_took, "rtl", (json_int_t) d->rtl_took));
    if (d->assertion[0])
        json_object_set_new(root, "assertion", json_pack(
            "{s:s, s:s, s:s, s:I}", "name", d->assertion, "module", d->module,
            "instance", d->instance, "cycle", (json_int_t) d->cycle));
    if (d->kind == COSIM_FAILED)
        json_object_set_new(root, "hangs", json_boolean(d->hangs));
    if (d->traced && d->step >= 0)
        json_object_set_new(root, "step", json_pack(
            "{s:i, s:[iii], s:i, s:i, s:I, s:[II], s:[II]}",
            "step", d->step, "tap", d->ky, d->kx, d->tap_c, "row", d->row,
            "column", d->col, "cycle", (json_int_t) d->step_cycle,
            "model", (json_int_t) d->model_before,
            (json_int_t) d->model_after, "rtl", (json_int_t) d->rtl_before,
            (json_int_t) d->rtl_after));
    return root;
}

static json_t *describe(const struct run *r, const struct cosim_result *result)
{
    json_t *root = report_head(r->session);
    json_t *layers = json_array();

    for (int i = 0; i < result->layer_count; i++) {
        const struct cosim_layer *l = &result->layer[i];
        const struct program_desc *d = &r->program->desc[i];

        json_array_append_new(layers, json_pack(
            "{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
            "name", d->name, "on_rtl", on_rtl(r, d),
            "elements", (json_int_t) l->elements,
            "value_differences", (json_int_t) l->value_differences,
            "model_overflows", (json_int_t) l->model_overflows,
            "rtl_overflows", (json_int_t) l->rtl_overflows,
            "model_cycles", (json_int_t) l->model_cycles,
            "rtl_cycles", (json_int_t) l->rtl_cycles,
            "signature", (json_int_t) l->signature,
            "signature_differences", (json_int_t) l->signature_differences));
    }
    json_object_set_new(root, "rtl", json_string(
        r->lib.kind == LIBRARY_CORE ? "core" : "engine"));
    json_object_set_new(root, "images", json_integer(result->images));
    json_object_set_new(root, "elements", json_integer(result->elements));
    json_object_set_new(root, "differences", json_integer(
        result->value_differences + result->count_differences
        + result->memory_differences + result->failures));
    json_object_set_new(root, "value_differences",
                        json_integer(result->value_differences));
    json_object_set_new(root, "counts", json_integer(result->counts));
    json_object_set_new(root, "count_differences",
                        json_integer(result->count_differences));
    json_object_set_new(root, "read_back", json_integer(result->read_back));
    json_object_set_new(root, "memory_differences",
                        json_integer(result->memory_differences));
    json_object_set_new(root, "failures", json_integer(result->failures));
    json_object_set_new(root, "verdict", json_string(
        cosim_kind_names[result->first.kind]));
    json_object_set_new(root, "engine_key", json_string(r->lib.key));
    json_object_set_new(root, "engine_built", json_boolean(r->lib.built));
    json_object_set_new(root, "run_cycles", json_integer(result->run_cycles));
    json_object_set_new(root, "rtl_seconds", json_real(result->seconds));
    json_object_set_new(root, "layers", layers);
    if (result->first.kind != COSIM_EQUAL)
        json_object_set_new(root, "first",
                            describe_difference(r, &result->first));
    return root;
}

static bool ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text), wanted = strlen(end);

    return length >= wanted && !strcmp(text + length - wanted, end);
}

/* Which MAC step, and a picture of it: on a library that can look inside. */
static void look_inside(struct run *r, struct cosim_difference *d)
{
    struct session *s = r->session;
    const struct program_desc *desc = &r->program->desc[d->layer];
    const char *waves = s->options->waves;
    const bool sums = d->kind == COSIM_VALUE && on_rtl(r, desc);
    struct cosim_setup setup = r->setup;
    struct library debug;

    if ((!sums && !waves)
        || library_open(&debug, r->lib.kind, &s->hw, &r->sources,
                        waves && ends_in(waves, ".fst")
                            ? LIBRARY_DEBUG_FST : LIBRARY_DEBUG, &s->diag))
        return;
    setup.lib = &debug;
    if (sums)
        cosim_trace(d, &setup, &s->diag);
    const uint64_t at = d->step_cycle ? d->step_cycle : d->cycle;

    if (waves && !cosim_waves(&setup, d->image, at, WAVES_BEFORE, WAVES_AFTER,
                              waves, &s->diag))
        printf("waves     cycles %" PRIu64 " to %" PRIu64 " in '%s'\n",
               at > WAVES_BEFORE ? at - WAVES_BEFORE : 0, at + WAVES_AFTER,
               waves);
    library_close(&debug);
}

static void print_speed(const struct cosim_result *result)
{
    if (result->run_cycles > 0 && result->seconds > 0.0)
        printf("core      %s cycles from start to done, %s a second of CPU\n",
               text_count(result->run_cycles).text,
               text_count((int64_t) ((double) result->run_cycles
                                     / result->seconds)).text);
}

/* What was compared is of three kinds, each counted for itself. */
static void print_verdict(const struct cosim_result *r)
{
    printf("\nDIFFERENT: %s of %s elements, %s of %s counts",
           text_count(r->value_differences).text, text_count(r->elements).text,
           text_count(r->count_differences).text, text_count(r->counts).text);
    if (r->read_back > 0)
        printf(", %s of %s elements read back",
               text_count(r->memory_differences).text,
               text_count(r->read_back).text);
    printf(" on %" PRId64 " image(s)", r->images);
    if (r->failures > 0)
        printf("; %" PRId64 " failed", r->failures);
    printf("\n");
}

static int compare(struct run *r)
{
    struct session *s = r->session;
    const struct options *o = s->options;
    const int64_t left = s->test.count - o->first_image;
    const int64_t wanted = o->images > 0 ? o->images : 1;
    struct cosim_result result;
    int status = 1;

    if (cosim_run(&result, &r->setup, o->first_image,
                  wanted < left ? wanted : left, o->jobs, &s->diag))
        goto done;
    print_layers(r, &result);
    print_speed(&result);
    if (result.first.kind != COSIM_EQUAL) {
        look_inside(r, &result.first);
        const struct program_desc *d = &r->program->desc[result.first.layer];

        report_cosim_difference(d->name,
                                cosim_points_to(&result.first, d, &s->hw),
                                &s->hw, &result.first);
        print_again(r, &result.first);
        print_verdict(&result);
    } else {
        printf("\nEQUAL: %s elements, overflow counts%s and cycles of %" PRId64
               " image(s)\n", text_count(result.elements).text,
               r->lib.kind == LIBRARY_CORE ? ", signatures" : "",
               result.images);
        if (o->waves)
            printf("waves     none: there is no difference to show\n");
        status = 0;
    }
    if (report_write_json(s, o->json ? describe(r, &result) : NULL))
        status = 1;

done:
    cosim_release(&result);
    return status;
}

/* --only LAYER[:TILE]. 0; or -1 and an error. */
static int cut_out(struct run *r)
{
    struct session *s = r->session;
    int layer, tile;

    if (cosim_options_only(s->options->only, &s->program, s->design.place,
                           &layer, &tile, &s->diag))
        return -1;
    return cut_part(r, layer, tile);
}

/* Before the long part of the work, so that nothing is lost to a typing error;
 * what stands there stays. */
static int check_waves(const char *path, struct diag *diag)
{
    const bool there = access(path, F_OK) == 0;
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        return diag_error(diag, place_of_file(path), "'%s' cannot be written: "
                          "%s", path, strerror(errno));
    close(fd);
    if (!there)
        unlink(path);
    return 0;
}

static int prepare(struct run *r)
{
    struct session *s = r->session;
    const enum library_kind kind = s->options->engine ? LIBRARY_ENGINE
                                                      : LIBRARY_CORE;
    const char *what = kind == LIBRARY_CORE ? "core" : "engine";
    struct rom_stats stats;

    r->rom = session_output(s, "rom");
    r->program = &s->program;
    r->model = s->model;
    if (report_cosim_sources(s, &r->sources)
        || (s->options->waves && check_waves(s->options->waves, &s->diag))
        || (s->options->only && cut_out(r))
        || (kind == LIBRARY_CORE && cosim_check(r->program, &s->diag)))
        return -1;
    report_print_head(s);
    if (rom_write(r->program, r->rom, &stats, &s->diag)
        || library_open(&r->lib, kind, &s->hw, &r->sources, LIBRARY_PLAIN,
                        &s->diag))
        return -1;
    if (r->lib.built)
        printf("%-9s %.16s built in %.1f s\n", what, r->lib.key,
               r->lib.seconds);
    else
        printf("%-9s %.16s from the cache\n", what, r->lib.key);
    r->images = (struct cosim_images) { &s->test, &s->program };
    r->setup = (struct cosim_setup) {
        .lib = &r->lib, .model = r->model, .program = r->program,
        .rom = r->rom, .load = s->options->only ? load_part : cosim_load_image,
        .load_ctx = s->options->only ? (void *) r : (void *) &r->images,
        .pauses = (uint64_t) s->options->seed
    };
    return 0;
}

int command_cosim(const struct options *options)
{
    struct session s;
    struct run r = { .session = &s, .part_layer = -1 };
    int status = 1;

    if (options->random > 0)
        return command_random(options);
    if (session_open(&s, options, SESSION_TEST))
        goto done;
    if (options->first_image >= s.test.count)
        diag_error(&s.diag, s.design.test_place, "'--first' is %" PRId64
                   ", must be 0 to %" PRId64, options->first_image,
                   s.test.count - 1);
    else if (!prepare(&r))
        status = compare(&r);

done:
    library_close(&r.lib);
    release_part(&r);
    session_close(&s);
    return status;
}
