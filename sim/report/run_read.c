/* run_read.c - what `napier run --json` wrote, as a table of one point. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/text.h"
#include "sim/report/table.h"

enum { RUN_MAX = 256 << 20 };

static const char *const facts[] = {
    "tool", "design", "hardware", "network", "hardware_digest",
    "network_digest", "program_digest", "test_digest", "output_digest"
};

/* Names of the file and of our columns. */
static const char *const results[][2] = {
    { "quantized_accuracy", "accuracy" },
    { "float_accuracy", "float_accuracy" },
    { "cycles", "cycles" },
    { "clock_mhz", "clock_mhz" },
    { "images", "images" },
};

static const char *const layer_numbers[] = {
    "overflows", "overflow_channels", "proved_channels",
    "accumulator_bits_needed", "sqnr_db", "cycles", "utilization", "macs"
};

enum {
    RESULTS = sizeof(results) / sizeof(*results),
    LAYER_NUMBERS = sizeof(layer_numbers) / sizeof(*layer_numbers)
};

static void set_result(struct report_table *t, const char *name, double value)
{
    frame_set_number(&t->points, 0,
                     frame_add_column(&t->points, name, FRAME_RESULT), value);
}

static void read_results(struct report_table *t)
{
    const json_t *root = t->run;
    const double cycles = json_number_value(json_object_get(root, "cycles"));
    const double mhz = json_number_value(json_object_get(root, "clock_mhz"));
    const json_t *machine = json_object_get(json_object_get(root, "energy"),
                                            "machine");
    const double nj = json_number_value(json_object_get(machine, "total_nj"));

    for (int i = 0; i < RESULTS; i++) {
        const json_t *value = json_object_get(root, results[i][0]);

        if (json_is_number(value))
            set_result(t, results[i][1], json_number_value(value));
    }
    if (cycles > 0.0 && mhz > 0.0) {
        set_result(t, "latency_ms", cycles / mhz / 1e3);
        set_result(t, "fps", mhz * 1e6 / cycles);
    }
    if (nj > 0.0)
        set_result(t, "energy_uj", nj / 1e3);
}

static void read_layers(struct report_table *t, const json_t *layers)
{
    struct frame *f = &t->layers;
    const int name = frame_add_column(f, "name", FRAME_RESULT);
    const int op = frame_add_column(f, "op", FRAME_RESULT);
    int column[LAYER_NUMBERS];
    size_t i;
    const json_t *layer;

    for (int n = 0; n < LAYER_NUMBERS; n++)
        column[n] = frame_add_column(f, layer_numbers[n], FRAME_RESULT);
    json_array_foreach(layers, i, layer) {
        const size_t row = frame_add_row(f);

        frame_set_text(f, row, name,
                       json_string_value(json_object_get(layer, "name")));
        frame_set_text(f, row, op,
                       json_string_value(json_object_get(layer, "op")));
        for (int n = 0; n < LAYER_NUMBERS; n++) {
            const json_t *v = json_object_get(layer, layer_numbers[n]);

            /* What takes no cycles has no utilization. */
            if (json_is_number(v) && (strcmp(layer_numbers[n], "utilization")
                || json_number_value(json_object_get(layer, "cycles")) > 0.0))
                frame_set_number(f, row, column[n], json_number_value(v));
        }
    }
}

static int check_layers(const json_t *layers, struct diag *d,
                        struct place place)
{
    size_t i;
    const json_t *layer;

    if (!json_is_array(layers))
        return diag_error(d, place, "has no list 'layers', must be what "
                          "'napier run --json' writes");
    json_array_foreach(layers, i, layer)
        if (!json_is_string(json_object_get(layer, "name")))
            return diag_error(d, place, "entry %zu of 'layers' has no 'name', "
                              "must be what 'napier run --json' writes", i + 1);
    return 0;
}

static json_t *parse(const char *path, const char *text, size_t length,
                     struct diag *d)
{
    json_error_t error;
    json_t *root = json_loadb(text, length, 0, &error);

    if (!root) {
        diag_add_source(d, path, text, length);
        diag_error(d, (struct place) { path, error.line,
                                       error.column > 0 ? error.column : 1,
                                       1 },
                   "is not JSON: %s", error.text);
    }
    return root;
}

static void describe(struct report_table *t)
{
    const char *design = json_string_value(json_object_get(t->run, "design"));
    const double images = json_number_value(json_object_get(t->run, "images"));

    if (design)
        t->title = arena_printf(&t->arena, "Run of %s", design);
    t->summary = arena_printf(&t->arena, "one run, %s images, %s layers",
                              text_count((int64_t) images).text,
                              text_count((int64_t) t->layers.rows).text);
    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
        report_add_fact(t, facts[i], json_string_value(
            json_object_get(t->run, facts[i])));
    report_add_fact(t, "file", t->path);
    report_add_fact(t, "energy", json_string_value(json_object_get(
        json_object_get(t->run, "energy"), "source")));
}

int report_read_run(struct report_table *t, struct diag *d)
{
    const struct place place = place_of_file(t->path);
    size_t length = 0;
    char *text = file_read_all(t->path, RUN_MAX, &length, d, place);

    t->run = text ? parse(t->path, text, length, d) : NULL;
    free(text);
    if (!t->run || check_layers(json_object_get(t->run, "layers"), d, place))
        return -1;
    t->is_run = true;
    frame_add_row(&t->points);
    read_results(t);
    read_layers(t, json_object_get(t->run, "layers"));
    report_describe_columns(&t->points);
    report_describe_columns(&t->layers);
    describe(t);
    t->id = calloc(1, sizeof(*t->id));
    t->front = calloc(1, sizeof(*t->front));
    t->layer_start = calloc(2, sizeof(*t->layer_start));
    if (!t->id || !t->front || !t->layer_start || !t->title || !t->summary
        || t->points.failed || t->layers.failed)
        return diag_error(d, place, "out of memory");
    t->layer_start[1] = t->layers.rows;
    return 0;
}
