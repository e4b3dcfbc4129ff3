/*
 * cmd_quantize.c - what quantization loses: per tensor, and per layer when one
 * layer alone is quantized.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/cli/commands.h"
#include "sim/cli/quantize_report.h"
#include "sim/cli/quantize_values.h"
#include "sim/cli/report.h"
#include "sim/quant/sensitivity.h"

enum { SENSITIVITY_IMAGES = 500 };

static bool is_quiet(const struct options *options)
{
    return options->json && !strcmp(options->json, "-");
}

static int no_memory(struct session *s)
{
    if (!interrupt_requested())
        diag_error(&s->diag, s->design.place, "out of memory");
    return 1;
}

/* ------------------------------------------------------------- a design */

static void print_methods(const struct session *s)
{
    const struct design *d = &s->design;
    const struct equalization *e = &s->quant.equalization;

    report_print_head(s);
    printf("weights   %s per %s, %s range, calibration %s, rounding %s%s%s\n",
           quant_scheme_names[d->weight_scheme],
           quant_granularity_names[d->weight_granularity],
           d->weight_narrow ? "restricted" : "full",
           range_method_names[d->weight_calibration],
           quant_rounding_names[d->rounding],
           d->bias_correction ? ", bias correction" : "",
           d->layer_count > 0 ? "; some layers differ" : "");
    printf("tensors   %s, calibration %s on %" PRId64 " images of %s\n",
           quant_scheme_names[d->activation_scheme],
           range_method_names[d->calibration_method],
           s->quant.calibration.images, d->calibration);
    printf("scales    %s%s; codes to the nearest, ties %s\n",
           d->power_of_two ? "powers of two, " : "float",
           d->power_of_two ? range_power_names[d->power_of_two_choice] : "",
           quant_ties_names[d->ties]);
    if (d->equalize)
        printf("equalized %d pairs of layers in %d sweeps, greatest factor "
               "%.3g\n", e->pairs, e->sweeps, e->greatest_factor);
}

static void print_learned(const struct session *s)
{
    const struct net *net = &s->net;
    bool any = false;

    for (int i = 0; i < net->layer_count; i++) {
        const struct qlayer *q = &s->quant.qnet.layer[i];
        const double weights = (double) net->layer[i].filters
                               * net->layer[i].taps;

        if (q->learned_before == 0.0)
            continue;
        if (!any)
            printf("\n%-12s %22s %22s %22s\n", "learned", "nearest: error",
                   "learned: error", "weights changed");
        any = true;
        printf("%-12s %20.4f %% %20.4f %% %14" PRId64 " (%4.1f %%)\n",
               net->layer[i].name, 100.0 * q->learned_before,
               100.0 * q->learned_after, q->learned_changed,
               100.0 * (double) q->learned_changed / weights);
    }
    if (any)
        printf("(squared output error on the rows learned from, as a share of "
               "the output's square)\n");
}

static json_t *weights_json(const struct session *s, int layer,
                            const struct analysis_pair *pair)
{
    const struct qlayer *q = &s->quant.qnet.layer[layer];
    json_t *row = quantize_pair_json(s->net.layer[layer].name, pair);

    json_object_set_new(row, "granularity", json_string(
        quant_granularity_names[q->granularity]));
    json_object_set_new(row, "bias_corrected",
                        json_boolean(q->bias_corrected));
    if (q->learned_before > 0.0)
        json_object_set_new(row, "learned", json_pack(
            "{s:I, s:f, s:f}", "changed", (json_int_t) q->learned_changed,
            "error_before", q->learned_before,
            "error_after", q->learned_after));
    return row;
}

static json_t *show_weights(const struct session *s)
{
    const bool quiet = is_quiet(s->options);
    json_t *list = json_array();

    if (!quiet)
        quantize_print_head("weights");
    for (int i = 0; i < s->net.layer_count; i++) {
        const struct net_layer *l = &s->net.layer[i];
        const struct spec spec = spec_of_layer(&s->design, &s->hw, l->name);
        struct analysis_pair pair;

        if (!l->has_weights)
            continue;
        analyze_weights(&pair, &spec, l);
        if (!quiet)
            quantize_print_pair(l->name, &pair);
        json_array_append_new(list, weights_json(s, i, &pair));
    }
    return list;
}

static const char *tensor_name(const struct net *net, int tensor)
{
    return tensor > 0 ? net->layer[tensor - 1].name : "input";
}

static json_t *show_tensors(const struct session *s,
                            const struct analysis_pair *pairs)
{
    const bool quiet = is_quiet(s->options);
    json_t *list = json_array();

    if (!quiet)
        quantize_print_head("tensors");
    for (int t = 0; t < net_tensor_count(&s->net); t++) {
        if (!quiet)
            quantize_print_pair(tensor_name(&s->net, t), &pairs[t]);
        json_array_append_new(list, quantize_pair_json(
            tensor_name(&s->net, t), &pairs[t]));
    }
    return list;
}

static int analyze(struct session *s)
{
    const size_t tensors = (size_t) net_tensor_count(&s->net);
    struct analysis_pair *pairs = calloc(tensors, sizeof(*pairs));
    struct dataset data;
    json_t *root;
    int status = 1;

    if (dataset_read(&data, s->design.calibration, &s->net, &s->diag,
                     s->design.calibration_place)) {
        free(pairs);
        return 1;
    }
    if (!pairs || analyze_tensors(pairs, &s->net, s->quant.real,
                                  &s->quant.calibration, &s->hw, &s->design,
                                  &data, s->quant.calibration.images,
                                  s->options->jobs)) {
        no_memory(s);
        goto done;
    }
    if (!is_quiet(s->options))
        print_methods(s);
    root = report_head(s);
    json_object_set_new(root, "rounding", json_string(
        quant_rounding_names[s->design.rounding]));
    json_object_set_new(root, "ties",
                        json_string(quant_ties_names[s->design.ties]));
    json_object_set_new(root, "weights", show_weights(s));
    json_object_set_new(root, "tensors", show_tensors(s, pairs));
    if (!is_quiet(s->options)) {
        quantize_print_legend();
        print_learned(s);
    }
    status = report_write_json(s, root) ? 1 : 0;

done:
    dataset_release(&data);
    free(pairs);
    return status;
}

/* ---------------------------------------------------------- sensitivity */

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double) part / (double) whole : 0.0;
}

static void print_cells(const struct sensitivity *r,
                        const struct sensitivity_row *row, bool sqnr)
{
    char db[16];

    for (int w = 0; w < SENSITIVITY_WIDTHS; w++) {
        const struct sensitivity_cell *c = &row->cell[w];

        if (sqnr)
            printf(" %8s", quantize_decibel(c->sqnr_db, db));
        else if (r->labelled > 0)
            printf(" %+8.2f", percent(c->correct - r->float_correct,
                                      r->labelled));
        else
            printf(" %8.2f", percent(c->same_class, r->images));
    }
}

static void print_ranking(const struct session *s, const struct sensitivity *r,
                          bool weights)
{
    int rank = 0;

    printf("\n%4s %-12s  %-54s  %s\n", "rank", weights ? "weights of"
           : "tensor", r->labelled > 0 ? "accuracy, points against float"
           : "images of the float network's class, %", "SQNR of the network's "
           "output, dB");
    printf("%4s %-12s ", "", "bits");
    for (int twice = 0; twice < 2; twice++) {
        for (int w = 0; w < SENSITIVITY_WIDTHS; w++)
            printf(" %8d", sensitivity_widths[w]);
        printf("%s", twice ? "\n" : "  ");
    }
    for (int i = 0; i < r->row_count; i++) {
        if (r->row[i].weights != weights)
            continue;
        printf("%4d %-12s ", ++rank, tensor_name(&s->net,
                                                 r->row[i].layer + 1));
        print_cells(r, &r->row[i], false);
        printf("  ");
        print_cells(r, &r->row[i], true);
        printf("\n");
    }
}

static json_t *row_json(const struct session *s, const struct sensitivity *r,
                        const struct sensitivity_row *row)
{
    json_t *cells = json_array();

    for (int w = 0; w < SENSITIVITY_WIDTHS; w++) {
        const struct sensitivity_cell *c = &row->cell[w];
        json_t *cell = json_pack(
            "{s:i, s:I, s:f, s:I}", "bits", sensitivity_widths[w],
            "correct", (json_int_t) c->correct,
            "points", percent(c->correct - r->float_correct, r->labelled),
            "same_class", (json_int_t) c->same_class);

        json_object_set_new(cell, "sqnr_db",
                            quantize_decibel_json(c->sqnr_db));
        json_array_append_new(cells, cell);
    }
    return json_pack("{s:s, s:s, s:o}", "name",
                     tensor_name(&s->net, row->layer + 1), "part",
                     row->weights ? "weights" : "tensor", "widths", cells);
}

static int show_sensitivity(struct session *s, const struct sensitivity *r)
{
    json_t *rows = json_array();

    for (int i = 0; i < r->row_count; i++)
        json_array_append_new(rows, row_json(s, r, &r->row[i]));
    if (!is_quiet(s->options)) {
        printf("design    %s: network %s\n", s->design.name, s->net.name);
        printf("images    %" PRId64 " of %s\n", r->images, s->design.test);
        if (r->labelled > 0)
            printf("float     %6.2f %%\n", percent(r->float_correct,
                                                   r->labelled));
        printf("each row: that part alone quantized, all else float; the most "
               "sensitive first\n");
        print_ranking(s, r, true);
        print_ranking(s, r, false);
    }
    return report_write_json(s, json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:o}", "design", s->design.name,
        "network", s->net.name, "images", (json_int_t) r->images,
        "labelled", (json_int_t) r->labelled,
        "float_correct", (json_int_t) r->float_correct, "rows", rows))
        ? 1 : 0;
}

/* Without learned rounding and bias correction, which belong to the whole. */
static void drop_refinement(struct design *d)
{
    d->rounding = QUANT_NEAREST;
    d->bias_correction = false;
    for (int i = 0; i < d->layer_count; i++)
        d->layer[i].rounding = d->layer[i].bias_correction = -1;
}

static int run_sensitivity(struct session *s)
{
    const struct options *o = s->options;
    const int64_t images = o->images >= 0 ? o->images : SENSITIVITY_IMAGES;
    struct sensitivity r = { .row = NULL };
    struct dataset data;
    int status = 1;

    if (quantize_read_data(&data, &s->net, &s->design, &s->diag))
        return 1;
    drop_refinement(&s->design);
    if (!quantize_network(&s->quant, &s->net, &s->hw, &s->design, &data,
                          o->jobs, &s->diag)) {
        if (sensitivity_run(&r, &s->net, s->quant.real, &s->quant.calibration,
                            &s->hw, &s->design, &s->test, images, o->jobs))
            no_memory(s);
        else
            status = show_sensitivity(s, &r);
    }
    sensitivity_release(&r);
    dataset_release(&data);
    return status;
}

static int read_test(struct session *s)
{
    if (!s->design.test)
        return diag_error(&s->diag, s->design.place, "'data.test' is missing, "
                          "must name the test images");
    return dataset_read(&s->test, s->design.test, &s->net, &s->diag,
                        s->design.test_place);
}

int command_quantize(const struct options *options)
{
    struct session s;
    int status = 1;

    if (quantize_values_wanted(options))
        return quantize_values(options);
    if (!session_open(&s, options, options->sensitivity ? SESSION_FILES
                                                        : SESSION_PROGRAM)) {
        if (s.net.quantized)
            diag_error(&s.diag, s.net.place, "network '%s' is quantized by its "
                       "file, which leaves nothing to quantize; must be a "
                       "float network", s.net.name);
        else if (options->bits)
            diag_error(&s.diag, place_of_file("--bits"), "'--bits' is for "
                       "numbers and .npy files; a design has "
                       "'quantization.weights.bits' and "
                       "'quantization.activations.bits'");
        else if (!options->sensitivity)
            status = analyze(&s);
        else if (!read_test(&s))
            status = run_sensitivity(&s);
    }
    session_close(&s);
    return status;
}
