/*
 * quantize_values.c - numbers typed on the command line, or an array: what each
 * scheme makes of every value.
 */
#include "sim/cli/quantize_values.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/npy.h"
#include "sim/cli/quantize_report.h"
#include "sim/cli/report.h"
#include "sim/config/settings.h"

enum { MAX_BYTES = 1 << 30, MAX_TABLE = 64, DEFAULT_BITS = 8, MAX_BITS = 16 };

/* The keys of a design file that make sense for a bare array. */
struct choices {
    bool narrow, power_of_two;
    int power, ties, calibration, granularity, group;
};

#define FIELD(f) .offset = offsetof(struct choices, f)

static const struct setting keys[] = {
    { .key = "quantization.weights.narrow", .type = SETTING_BOOL,
      FIELD(narrow), .fallback = "true" },
    { .key = "quantization.weights.calibration", .type = SETTING_ENUM,
      FIELD(calibration), .choices = range_method_names,
      .fallback = "min_max" },
    { .key = "quantization.weights.granularity", .type = SETTING_ENUM,
      FIELD(granularity), .choices = quant_granularity_names,
      .fallback = "tensor" },
    { .key = "quantization.weights.group", .type = SETTING_INT, FIELD(group),
      .min = 1, .max = 65536, .fallback = "8" },
    { .key = "quantization.power_of_two", .type = SETTING_BOOL,
      FIELD(power_of_two), .fallback = "false" },
    { .key = "quantization.power_of_two_choice", .type = SETTING_ENUM,
      FIELD(power), .choices = range_power_names, .fallback = "up" },
    { .key = "quantization.ties", .type = SETTING_ENUM, FIELD(ties),
      .choices = quant_ties_names, .fallback = "half_away" },
    { .key = NULL }
};

#undef FIELD

struct values {
    char *name;
    float *value;
    int64_t count;
    int64_t row;                  /* values of one index of the first axis */
};

bool quantize_values_wanted(const struct options *options)
{
    const size_t length = options->file ? strlen(options->file) : 0;

    return options->values
        || (length > 4 && !strcmp(options->file + length - 4, ".npy"));
}

/* ---------------------------------------------------------------- input */

static int read_bits(const struct options *options, int *bits,
                     struct diag *diag)
{
    char *end;
    long v;

    *bits = DEFAULT_BITS;
    if (!options->bits)
        return 0;
    errno = 0;
    v = strtol(options->bits, &end, 10);
    if (errno || end == options->bits || *end || v < 1 || v > MAX_BITS)
        return diag_error(diag, place_of_file("--bits"), "'--bits' is '%s', "
                          "must be an integer, 1 to %d", options->bits,
                          MAX_BITS);
    *bits = (int) v;
    return 0;
}

/* Values are kept as float32, as tensors are. */
static int check_value(const char *place, int64_t index, double v,
                       const char *text, struct diag *diag)
{
    if (isfinite(v) && fabs(v) <= FLT_MAX)
        return 0;
    return diag_error(diag, place_of_file(place), "value %" PRId64 " is '%s', "
                      "must be a finite float32 number", index, text);
}

/* One number of the list, with blanks around it; moves *at behind its comma. */
static int parse_value(const char **at, int64_t index, float *value,
                       struct diag *diag)
{
    const size_t length = strcspn(*at, ",");
    char text[64], *end;
    double v;

    snprintf(text, sizeof(text), "%.*s", (int) (length < 63 ? length : 63),
             *at);
    v = strtod(text, &end);
    end += strspn(end, " \t");
    if (*end || end == text || text[strspn(text, " \t")] == '\0'
        || length > 63)
        return diag_error(diag, place_of_file("--values"), "value %" PRId64
                          " is '%s', must be a number; numbers are separated "
                          "by commas", index, text);
    if (check_value("--values", index, v, text, diag))
        return -1;
    *value = (float) v;
    *at += length + ((*at)[length] == ',');
    return 0;
}

static int parse_list(const char *list, struct values *v, struct diag *diag)
{
    const size_t length = strlen(list);
    const char *at = list;

    if (list[strspn(list, " \t")] == '\0')
        return diag_error(diag, place_of_file("--values"), "'--values' is "
                          "empty, must be numbers separated by commas");
    v->value = calloc(length / 2 + 1, sizeof(*v->value));
    v->name = strdup("values");
    if (!v->value || !v->name)
        return diag_error(diag, place_of_file("--values"), "out of memory");
    do {
        if (parse_value(&at, v->count, &v->value[v->count], diag))
            return -1;
        v->count++;
    } while (*at || at[-1] == ',');
    v->row = v->count;
    return 0;
}

static int read_array(const char *path, struct values *v, struct diag *diag)
{
    const struct place place = place_of_file(path);
    struct npy_array a;
    int result = -1;

    if (npy_read(path, MAX_BYTES, &a, diag, place))
        return -1;
    v->value = calloc((size_t) a.count + 1, sizeof(*v->value));
    v->name = strdup(path);
    if (!v->value || !v->name) {
        diag_error(diag, place, "out of memory");
        goto done;
    }
    if (a.count == 0) {
        diag_error(diag, place, "the array is empty, must have values");
        goto done;
    }
    for (v->count = 0; v->count < a.count; v->count++) {
        const double x = npy_get_double(&a, v->count);
        char text[32];

        snprintf(text, sizeof(text), "%g", x);
        if (check_value(path, v->count, x, text, diag))
            goto done;
        v->value[v->count] = (float) x;
    }
    v->row = a.rank > 0 ? a.count / a.dim[0] : 1;
    result = 0;

done:
    npy_release(&a);
    return result;
}

/* --------------------------------------------------------------- output */

static void print_scale(const struct analysis_pair *pair, int scheme,
                        const struct choices *c)
{
    const struct analysis *a = &pair->scheme[scheme];
    const struct quant_params *p = &a->params;
    const double span = scheme == QUANT_ASYMMETRIC
        ? pair->range.hi - pair->range.lo
        : fmax(-pair->range.lo, pair->range.hi);
    const double steps = ((double) p->max - p->min)
                         / (scheme == QUANT_ASYMMETRIC ? 1.0 : 2.0);

    printf("%-10s scale ", quant_scheme_names[scheme]);
    if (a->scales > 1)
        printf("%g to %g (%d scales)", a->scale_lo, a->scale_hi, a->scales);
    else if (pair->bits == 1)
        printf("%g, the mean magnitude; code 1 stands for +scale, 0 for "
               "-scale\n", p->scale);
    else if (span > 0.0 && !c->power_of_two
             && c->calibration == RANGE_MIN_MAX)
        printf("%g / %g = %g", span, steps, p->scale);
    else
        printf("%g", p->scale);
    if (pair->bits > 1 && a->scales > 1)
        printf(", codes %d to %d\n", p->min, p->max);
    else if (pair->bits > 1)
        printf(", zero point %d, codes %d to %d\n", p->zero_point, p->min,
               p->max);
}

/* What a range that lies on one side of zero means for the schemes. */
static void print_one_sided(const struct analysis_pair *pair)
{
    const struct analysis *s = &pair->scheme[QUANT_SYMMETRIC];
    const struct analysis *a = &pair->scheme[QUANT_ASYMMETRIC];
    const bool positive = pair->range.hi > 0.0;

    if (pair->bits < 2 || positive == (pair->range.lo < 0.0))
        return;    /* both signs, or zeros alone */
    printf("\nall values are %s zero: symmetric never uses its codes %d to "
           "%d,\nso its sign bit is wasted (%d of %d codes are in use); ",
           positive ? "at least" : "at most", positive ? s->params.min : 1,
           positive ? -1 : s->params.max,
           positive ? s->params.max + 1 : 1 - s->params.min,
           s->params.max - s->params.min + 1);
    printf("asymmetric moves its zero point to code %d\nand has steps %.3g "
           "times as fine\n", a->params.zero_point,
           s->params.scale / a->params.scale);
}

/* The parameters that analyze_values gave value i. */
static struct quant_params params_of(const struct spec *spec, int scheme,
                                     const struct values *v, int64_t together,
                                     int64_t i)
{
    const int64_t first = i / together * together;
    const int64_t left = v->count - first;
    struct spec s = *spec;

    s.weight.scheme = (enum quant_scheme) scheme;
    return spec_weight_params(&s, v->value + first,
                              (size_t) (left < together ? left : together));
}

static void print_table(const struct spec *spec, const struct values *v,
                        int64_t together)
{
    printf("\n%5s %12s |  %-30s |  %-30s\n", "", "", "symmetric",
           "asymmetric");
    printf("%5s %12s | %6s %12s %11s | %6s %12s %11s\n", "index", "value",
           "code", "dequantized", "error", "code", "dequantized", "error");
    for (int64_t i = 0; i < v->count; i++) {
        printf("%5" PRId64 " %12g", i, (double) v->value[i]);
        for (int scheme = 0; scheme < 2; scheme++) {
            const struct quant_params p = params_of(spec, scheme, v, together,
                                                    i);
            const int32_t code = quant_code(&p, v->value[i]);

            printf(" | %6d %12.6f %11.6f", code, quant_real(&p, code),
                   quant_real(&p, code) - (double) v->value[i]);
        }
        printf("\n");
    }
}

static json_t *table_json(const struct spec *spec, const struct values *v,
                          int64_t together)
{
    json_t *list = json_array();

    for (int64_t i = 0; i < v->count; i++) {
        json_t *row = json_pack("{s:I, s:f}", "index", (json_int_t) i,
                                "value", (double) v->value[i]);

        for (int scheme = 0; scheme < 2; scheme++) {
            const struct quant_params p = params_of(spec, scheme, v, together,
                                                    i);
            const int32_t code = quant_code(&p, v->value[i]);

            json_object_set_new(row, quant_scheme_names[scheme], json_pack(
                "{s:i, s:f, s:f}", "code", code, "dequantized",
                quant_real(&p, code), "error",
                quant_real(&p, code) - (double) v->value[i]));
        }
        json_array_append_new(list, row);
    }
    return list;
}

static int show(struct session *s, const struct values *v,
                const struct spec *spec, const struct choices *c,
                int64_t together)
{
    const char *json = s->options->json;
    struct analysis_pair pair;
    json_t *root = NULL;

    analyze_values(&pair, spec, v->value, v->count, together);
    pair.used = -1;
    if (!json || strcmp(json, "-")) {
        printf("%s: %" PRId64 " value%s in %d bit%s, rounded to the nearest, "
               "ties %s\n", v->name, v->count, v->count > 1 ? "s" : "",
               pair.bits, pair.bits > 1 ? "s" : "",
               quant_ties_names[c->ties]);
        for (int scheme = 0; scheme < 2; scheme++)
            print_scale(&pair, scheme, c);
        if (v->count <= MAX_TABLE)
            print_table(spec, v, together);
        if (pair.scheme[0].scales == 1)
            print_one_sided(&pair);
        quantize_print_head("");
        quantize_print_pair(s->options->values ? "values" : "array", &pair);
        printf("(* the less squared error; codes B: codes alone, packed)\n");
    }
    if (json) {
        root = quantize_pair_json(v->name, &pair);
        json_object_set_new(root, "ties",
                            json_string(quant_ties_names[c->ties]));
        if (v->count <= MAX_TABLE)
            json_object_set_new(root, "values",
                                table_json(spec, v, together));
    }
    return report_write_json(s, root) ? 1 : 0;
}

static int read_keys(struct session *s, struct choices *c)
{
    struct override_list *o = (struct override_list *) &s->options->overrides;
    struct settings settings;

    settings_init(&settings, keys, o, NULL);
    if (settings_read(&settings, NULL, c, &s->arena, &s->diag))
        return -1;
    if (c->calibration > RANGE_MSE)
        return diag_error(&s->diag, settings_place(&settings,
                              "quantization.weights.calibration"),
                          "'quantization.weights.calibration' is %s, must be "
                          "min_max or mse", range_method_names[c->calibration]);
    return override_report_unused(o, &s->diag);
}

static int64_t values_together(const struct values *v, const struct choices *c)
{
    switch (c->granularity) {
    case QUANT_PER_CHANNEL: return v->row;
    case QUANT_PER_GROUP: return c->group;
    default: return v->count;
    }
}

int quantize_values(const struct options *options)
{
    struct session s = { .options = options };
    struct values v = { .name = NULL };
    struct choices c;
    int bits, status = 1;

    diag_init(&s.diag);
    arena_init(&s.arena, 0);
    diag_add_source(&s.diag, "--set", options->overrides.source.text,
                    options->overrides.source.length);
    if (options->values && options->file)
        diag_error(&s.diag, place_of_file("--values"), "'--values' is given "
                   "and so is file '%s', must be one of them", options->file);
    else if (!read_bits(options, &bits, &s.diag) && !read_keys(&s, &c)
             && !(options->values ? parse_list(options->values, &v, &s.diag)
                                  : read_array(options->file, &v, &s.diag))) {
        const struct spec spec = {
            .weight = { .bits = bits, .is_signed = true, .narrow = c.narrow,
                        .power_of_two = c.power_of_two,
                        .ties = (enum quant_ties) c.ties },
            .weight_method = (enum range_method) c.calibration,
            .power = (enum range_power) c.power
        };

        status = show(&s, &v, &spec, &c, values_together(&v, &c));
    }
    free(v.name);
    free(v.value);
    session_close(&s);
    return status;
}
