#include "sim/cli/report_study.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/text.h"

enum { BAR = 40 };

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double) part / (double) whole : 0.0;
}

/* Correct classes; without labels, those of the exact accumulator. */
static double accuracy(const struct study *study, int64_t correct,
                       int64_t same_class)
{
    return study->labelled > 0 ? percent(correct, study->labelled)
                               : percent(same_class, study->images);
}

static const char *mode_name(const struct study *study, int mode)
{
    return fx_overflow_name(study->mode[mode].overflow);
}

/* For the head of a column: the third is the machine's own mode. */
static const char *column_name(const struct study *study, int mode)
{
    return mode < 2 ? mode_name(study, mode) : "own";
}

/* ---------------------------------------------------------------- layers */

/* "12", "<=8" at the lower end of what was tried, or "-". */
static void print_keeps(int bits, int lo)
{
    char text[16];

    if (bits == 0)
        snprintf(text, sizeof(text), "-");
    else
        snprintf(text, sizeof(text), "%s%d", bits <= lo ? "<=" : "", bits);
    printf(" %9s", text);
}

static void print_layer(const struct session *s, const struct study *study,
                        int i)
{
    const struct study_layer *l = &study->layer[i];
    const struct program_desc *d = &s->program.desc[i];
    char proved[32];

    if (!l->bound.sums)
        return;
    snprintf(proved, sizeof(proved), "%d/%d", l->proved_channels, l->channels);
    printf("%-12s %6d %6d %6d %8d%s %8d %11s", d->name, d->taps,
           l->bound.type_bits, l->bound.l1_bits, l->bound.interval_bits,
           l->bound.tight ? " " : "~", l->peak_bits, proved);
    for (int m = 0; m < study->mode_count; m++)
        print_keeps(l->keeps_bits[m], study->lo);
    printf("\n");
}

static void print_layers(const struct session *s, const struct study *study)
{
    bool tight = true;

    printf("\nbits that an accumulator needs\n");
    printf("%-12s %6s %6s %6s %8s  %8s %11s", "layer", "taps", "types", "l1",
           "interval", "measured", "proved");
    for (int m = 0; m < study->mode_count; m++)
        printf(" %9s", column_name(study, m));
    printf("\n");
    for (int i = 0; i < study->layer_count; i++) {
        print_layer(s, study, i);
        tight = tight && study->layer[i].bound.tight;
    }
    printf("%-12s %6s %6d %6d %8d  %8d %11s", "network", "",
           study->type_bits, study->l1_bits, study->interval_bits,
           study->peak_bits, "");
    for (int m = 0; m < study->mode_count; m++)
        print_keeps(study->keeps_bits[m], study->lo);
    printf("\n(types, l1, interval: proved for every input; measured: on %"
           PRId64 " images; proved: channels\n safe in the machine's %d bits; "
           "then the least width that loses at most\n %g points, the layer "
           "narrowed alone)\n", study->images, s->hw.acc_bits,
           study->tolerance);
    if (!tight)
        printf("(~: a product may wrap in its format, so the bound is safe but "
               "not exact)\n");
    if (study->exact_overflows > 0)
        printf("(%" PRId64 " sums passed %d bits: 'exact' saturates there)\n",
               study->exact_overflows, STUDY_WIDE_BITS);
}

/* ----------------------------------------------------------------- curve */

static const struct study_point *point_at(const struct study *study, int mode,
                                          int bits)
{
    return &study->point[mode * (study->hi - study->lo + 1)
                         + bits - study->lo];
}

/* One bar: a letter at each mode's accuracy. */
static void print_bar(const struct study *study, int bits)
{
    char bar[BAR + 2];

    memset(bar, ' ', BAR + 1);
    bar[BAR + 1] = '\0';
    for (int m = 0; m < study->mode_count; m++) {
        const struct study_point *p = point_at(study, m, bits);
        const double a = accuracy(study, p->correct, p->same_class);
        const int at = (int) (a / 100.0 * BAR + 0.5);

        bar[at] = bar[at] == ' ' ? (char) (column_name(study, m)[0] - 32)
                                 : '*';
    }
    printf(" |%s|", bar);
}

static void print_curve(const struct session *s, const struct study *study)
{
    printf("\n%s against width\n%5s",
           study->labelled > 0 ? "accuracy"
           : "same class as the exact accumulator", "bits");
    for (int m = 0; m < study->mode_count; m++)
        printf(" %9s %13s", column_name(study, m), "overflows");
    printf("  0 %%%*s%%\n", BAR - 2, "100 ");
    for (int bits = study->hi; bits >= study->lo; bits--) {
        printf("%5d", bits);
        for (int m = 0; m < study->mode_count; m++) {
            const struct study_point *p = point_at(study, m, bits);

            printf(" %8.2f%% %13s", accuracy(study, p->correct, p->same_class),
                   text_count(p->overflows).text);
        }
        print_bar(study, bits);
        printf("%s%s%s\n", bits == study->interval_bits ? " proved" : "",
               bits == study->peak_bits ? " measured" : "",
               bits == s->hw.acc_bits ? " this machine" : "");
    }
    printf("(exact: %.2f %%; W wrap, S saturate%s, * together; all layers "
           "narrowed;\n overflows: all %" PRId64 " images)\n",
           accuracy(study, study->exact_correct, study->images),
           study->mode_count > 2 ? ", O own" : "", study->images);
}

void report_print_study(const struct session *s, const struct study *study)
{
    print_layers(s, study);
    print_curve(s, study);
    printf("reused    %s of %s layer runs, %.1f %% of the products\n",
           text_count(study->reused).text, text_count(study->runs).text,
           percent(study->reused_products, study->products));
    printf("enough    %d bits proved for every input, %d never overflowed on "
           "these images", study->interval_bits, study->peak_bits);
    for (int m = 0; m < study->mode_count; m++) {
        if (study->keeps_bits[m] > 0)
            printf(",\n          %s%d keep the accuracy with %s",
                   study->keeps_bits[m] <= study->lo ? "at most " : "",
                   study->keeps_bits[m], mode_name(study, m));
        else
            printf(",\n          none of %d to %d keeps the accuracy with %s",
                   study->lo, study->hi, mode_name(study, m));
    }
    printf("\n");
}

/* ------------------------------------------------------------------ JSON */

static json_t *range_json(const struct fx_range *r)
{
    if (r->lo > r->hi)
        return json_null();
    return json_pack("[I, I]", (json_int_t) r->lo, (json_int_t) r->hi);
}

/* Widths by mode; null where none was found. */
static json_t *keeps_json(const struct study *study, const int *bits)
{
    json_t *o = json_object();

    for (int m = 0; m < study->mode_count; m++)
        json_object_set_new(o, column_name(study, m), bits[m] > 0 ? json_integer(bits[m])
                                        : json_null());
    return o;
}

static json_t *layer_json(const struct session *s, const struct study *study,
                          int i)
{
    const struct study_layer *l = &study->layer[i];
    json_t *row = json_pack(
        "{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:i, s:i}",
        "name", s->program.desc[i].name, "taps", s->program.desc[i].taps,
        "lanes", s->hw.lanes, "type_bits", l->bound.type_bits,
        "l1_bits", l->bound.l1_bits, "interval_bits", l->bound.interval_bits,
        "measured_bits", l->peak_bits, "interval_exact", l->bound.tight,
        "channels", l->channels, "proved_channels", l->proved_channels);

    json_object_set_new(row, "interval", range_json(&l->bound.interval));
    json_object_set_new(row, "measured", range_json(&l->peak));
    json_object_set_new(row, "alone_keeps_bits",
                        keeps_json(study, l->keeps_bits));
    return row;
}

static json_t *point_json(const struct session *s, const struct study *study,
                          const struct study_point *p)
{
    json_t *layers = json_object();

    for (int i = 0; i < study->layer_count; i++)
        if (study->layer[i].bound.sums)
            json_object_set_new(layers, s->program.desc[i].name,
                                json_integer(p->layer_overflows[i]));
    return json_pack(
        "{s:s, s:i, s:I, s:I, s:f, s:f, s:I, s:I, s:i, s:o, s:s}",
        "overflow", mode_name(study, p->mode), "bits", p->bits,
        "correct", (json_int_t) p->correct,
        "same_class", (json_int_t) p->same_class,
        "accuracy", accuracy(study, p->correct, p->same_class),
        "points_lost", p->lost, "overflows", (json_int_t) p->overflows,
        "images_with_overflow", (json_int_t) p->overflowed_images,
        "bias_overflows", p->bias_overflows, "layer_overflows", layers,
        "output_digest", p->digest);
}

json_t *report_study(const struct session *s, const struct study *study)
{
    json_t *layers = json_array(), *curve = json_array();
    json_t *root;

    for (int i = 0; i < study->layer_count; i++)
        if (study->layer[i].bound.sums)
            json_array_append_new(layers, layer_json(s, study, i));
    for (int i = 0; i < study->point_count; i++)
        json_array_append_new(curve, point_json(s, study, &study->point[i]));
    root = json_pack(
        "{s:I, s:I, s:I, s:s, s:f, s:i, s:i, s:i, s:i, s:I, s:I, s:I, s:I}",
        "images", (json_int_t) study->images,
        "labelled", (json_int_t) study->labelled,
        "exact_correct", (json_int_t) study->exact_correct,
        "exact_digest", study->exact_digest,
        "tolerance", study->tolerance, "type_bits", study->type_bits,
        "l1_bits", study->l1_bits, "interval_bits", study->interval_bits,
        "measured_bits", study->peak_bits,
        "layer_runs", (json_int_t) study->runs,
        "layer_runs_reused", (json_int_t) study->reused,
        "products", (json_int_t) study->products,
        "products_reused", (json_int_t) study->reused_products);
    json_object_set_new(root, "keeps_bits",
                        keeps_json(study, study->keeps_bits));
    json_object_set_new(root, "layers", layers);
    json_object_set_new(root, "curve", curve);
    return root;
}
