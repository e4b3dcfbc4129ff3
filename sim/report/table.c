#include "sim/report/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/file.h"
#include "sim/base/path.h"
#include "sim/base/text.h"

enum { TABLE_ARENA = 1 << 30 };

void report_table_init(struct report_table *t, const char *path)
{
    *t = (struct report_table) { .path = path };
    arena_init(&t->arena, TABLE_ARENA);
    frame_init(&t->points);
    frame_init(&t->layers);
    t->title = path_basename(path);
    t->summary = "";
}

void report_table_release(struct report_table *t)
{
    frame_release(&t->points);
    frame_release(&t->layers);
    free(t->id);
    free(t->key);
    free(t->layer_start);
    free(t->front);
    free(t->fact);
    json_decref(t->run);
    arena_release(&t->arena);
}

/* ------------------------------------------------------------ small parts */

const char *report_clean(struct arena *arena, const char *text)
{
    char *clean = arena_strdup(arena, text);
    size_t left = strlen(text);

    for (char *at = clean; at && left > 0;) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(at, left, &code);

        if ((text_is_control(code) && code != '\n') || code == 0xfffd)
            memset(at, '?', bytes);
        at += bytes;
        left -= bytes;
    }
    return clean;
}

void report_add_fact(struct report_table *t, const char *key,
                     const char *value)
{
    if (!value)
        return;
    if (t->facts == t->fact_room) {
        const size_t room = 2 * t->fact_room + 16;
        struct report_fact *more = realloc(t->fact, room * sizeof(*more));

        if (!more)
            return;
        t->fact = more;
        t->fact_room = room;
    }
    const struct report_fact fact = { arena_strdup(&t->arena, key),
                                      arena_strdup(&t->arena, value) };

    if (fact.key && fact.value)
        t->fact[t->facts++] = fact;
}

void report_add_note(struct report_table *t, const char *format, ...)
{
    const char **more = arena_alloc_array(&t->arena, t->notes + 1,
                                          sizeof(*more));
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!more)
        return;
    for (size_t i = 0; i < t->notes; i++)
        more[i] = t->note[i];
    more[t->notes] = arena_strdup(&t->arena, text);
    t->note = more;
    t->notes += more[t->notes] != NULL;
}

/* -------------------------------------------------------------- the kinds */

static const char sqlite_magic[] = "SQLite format 3";

int report_table_read(struct report_table *t, struct diag *d)
{
    const struct place place = place_of_file(t->path);
    char head[sizeof(sqlite_magic)] = "";
    struct stat status;
    FILE *f = !stat(t->path, &status) && S_ISREG(status.st_mode)
        ? fopen(t->path, "rb") : NULL;

    if (!f) {
        /* For its message: missing, not readable, a folder. */
        free(file_read_all(t->path, 1, NULL, d, place));
        return -1;
    }
    const size_t length = fread(head, 1, sizeof(head), f);
    const size_t blank = strspn(head, " \t\r\n");

    fclose(f);
    if (length == sizeof(head) && !memcmp(head, sqlite_magic, sizeof(head)))
        return report_read_sweep(t, d);
    if (blank < length && head[blank] == '{')
        return report_read_run(t, d);
    return diag_error(d, place, "is neither the database of a sweep nor what "
                      "'napier run --json' writes");
}

/* ---------------------------------------------------- columns as they are */

static const struct known {
    const char *name, *unit;
    enum frame_goal goal;
    const char *help;
} known[] = {
    { "accuracy", "%", FRAME_MAX, "images classified right" },
    { "float_accuracy", "%", FRAME_NO_GOAL, "the same of the float network" },
    { "accuracy_loss", "points", FRAME_MIN, "accuracy lost against float" },
    { "agreement", "%", FRAME_MAX, "images with the float network's class" },
    { "worst_sqnr_db", "dB", FRAME_MAX, "SQNR of the worst layer" },
    { "sqnr_db", "dB", FRAME_MAX, "signal to quantization noise" },
    { "overflows", NULL, FRAME_MIN, "accumulator overflows, all images" },
    { "overflow_channels", NULL, FRAME_MIN, "channels with an overflow" },
    { "proved_channels", NULL, FRAME_MAX, "channels that cannot overflow" },
    { "cycles", NULL, FRAME_MIN, "clock cycles of one image" },
    { "stall_cycles", NULL, FRAME_MIN, "cycles in which the array waits" },
    { "utilization", NULL, FRAME_MAX, "MACs done over MACs possible" },
    { "clock_mhz", "MHz", FRAME_NO_GOAL, "the hardware file's clock" },
    { "latency_ms", "ms", FRAME_MIN, "one image at the clock" },
    { "fps", "images/s", FRAME_MAX, "images a second at the clock" },
    { "weight_rom_bits", "bits", FRAME_MIN, "weight ROM" },
    { "param_rom_bits", "bits", FRAME_MIN, "bias and scale ROM" },
    { "activation_memory_bits", "bits", FRAME_MIN, "activation memory" },
    { "energy_uj", "uJ", FRAME_MIN, "estimate for one image" },
    { "area_cells", NULL, FRAME_MIN, "cells by yosys" },
    { "area_luts", NULL, FRAME_MIN, "lookup tables by yosys" },
    { "area_dsps", NULL, FRAME_MIN, "DSP blocks by yosys" },
    { "area_ffs", NULL, FRAME_MIN, "flip-flops by yosys" },
    { "area_brams", NULL, FRAME_MIN, "block RAMs by yosys" },
    { "macs", NULL, FRAME_NO_GOAL, "multiply-accumulates of one image" },
};

void report_describe_columns(struct frame *f)
{
    for (size_t i = 0; i < f->columns; i++)
        for (size_t n = 0; n < sizeof(known) / sizeof(*known); n++) {
            struct frame_column *c = &f->column[i];

            if (c->role == FRAME_AXIS || strcmp(c->name, known[n].name))
                continue;
            c->unit = known[n].unit;
            c->goal = known[n].goal;
            c->help = known[n].help;
        }
}
