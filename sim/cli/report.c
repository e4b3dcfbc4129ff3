#include "sim/cli/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/energy.h"
#include "sim/array/timing.h"
#include "sim/base/file.h"
#include "sim/base/text.h"
#include "sim/version.h"

static const char *const unit_names[] = { "array", "vector", "-", "host" };

int64_t report_float_bytes(const struct net_layer *layer)
{
    return 4 * net_layer_parameters(layer);
}

/* Codes at their own width, biases as int32: what a packed image needs. */
int64_t report_quant_bytes(const struct program *p,
                           const struct program_desc *d)
{
    const struct net_layer *l = &p->net->layer[d->layer];
    const int64_t bits = (int64_t) l->filters * l->taps * d->weight_bits;

    return l->has_weights ? (bits + 7) / 8 + 4 * (int64_t) l->filters : 0;
}

int64_t report_total_cycles(const struct program *p)
{
    int64_t cycles = 0;

    for (int i = 0; i < p->desc_count; i++)
        cycles += timing_layer_cycles(p->hw, &p->desc[i]);
    return cycles;
}

json_t *report_head(const struct session *s)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
                     "tool", "napier " NAPIER_VERSION,
                     "design", s->design.name, "hardware", s->hw.name,
                     "network", s->net.name,
                     "hardware_digest", s->hw.digest,
                     "network_digest", s->net.digest,
                     "program_digest", s->program.digest);
}

void report_print_head(const struct session *s)
{
    const struct hw *hw = &s->hw;

    printf("design    %s: network %s on hardware %s\n", s->design.name,
           s->net.name, hw->name);
    printf("hardware  %d x %d %s, %d lane%s, W%d A%d, %d-bit accumulator, %s\n",
           hw->rows, hw->cols,
           hw->dataflow == HW_WEIGHT_STATIONARY ? "weight stationary"
                                                : "output stationary",
           hw->lanes, hw->lanes > 1 ? "s" : "", hw->weight_bits, hw->act_bits,
           hw->acc_bits,
           fx_overflow_name((enum fx_overflow) hw->acc_overflow));
    printf("program   %.16s\n", s->program.digest);
}

int report_write_json_to(const char *path, json_t *document, struct diag *diag)
{
    int result = 0;

    if (path && document) {
        char *text = json_dumps(document, JSON_INDENT(1)
                                | JSON_REAL_PRECISION(17));

        if (!text)
            result = diag_error(diag, place_of_file(path), "out of memory");
        else if (!strcmp(path, "-"))
            printf("%s\n", text);
        else
            result = file_write_all(path, text, strlen(text), diag,
                                    place_of_file(path));
        free(text);
    }
    json_decref(document);
    return result;
}

int report_write_json(struct session *s, json_t *document)
{
    return report_write_json_to(s->options->json, document, &s->diag);
}

static void print_sqnr(double db)
{
    if (isinf(db))
        printf(" %9s", db > 0 ? "exact" : "-");
    else
        printf(" %9.2f", db);
}

static void print_row(const char *name, const char *op, const char *unit,
                      int64_t macs, int64_t cycles, double utilization,
                      int64_t overflows)
{
    printf("%-12s %-16s %-6s %13s %10s", name, op, unit,
           text_count(macs).text, text_count(cycles).text);
    if (cycles > 0 && utilization >= 0.0)
        printf(" %5.1f%%", 100.0 * utilization);
    else
        printf(" %6s", "-");
    printf(" %13s", text_count(overflows).text);
}

void report_print_layers(const struct session *s, const struct evaluation *e)
{
    const struct program *p = &s->program;
    int64_t macs = 0, cycles = 0, overflows = 0, before = 0, after = 0;
    int64_t array_macs = 0, array_cycles = 0;

    printf("\n%-12s %-16s %-6s %13s %10s %6s %13s %9s %10s %10s\n", "layer",
           "op", "unit", "MACs", "cycles", "util", "overflows", "SQNR dB",
           "FP32 B", "quant B");
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];
        const struct net_layer *l = &s->net.layer[i];
        const int64_t c = timing_layer_cycles(p->hw, d);

        print_row(d->name, net_op_name(d->op), unit_names[d->unit],
                  net_layer_macs(l), c, timing_utilization(p->hw, d, c),
                  e->layer[i].overflows);
        print_sqnr(e->layer[i].error.sqnr_db);
        printf(" %10s %10s\n", text_count(report_float_bytes(l)).text,
               text_count(report_quant_bytes(p, d)).text);
        macs += net_layer_macs(l);
        cycles += c;
        overflows += e->layer[i].overflows;
        before += report_float_bytes(l);
        after += report_quant_bytes(p, d);
        if (d->unit == PROGRAM_ARRAY) {
            array_macs += net_layer_macs(l);
            array_cycles += c;
        }
    }
    const double peak = (double) p->hw->rows * p->hw->cols * p->hw->lanes;

    print_row("total", "", "", macs, cycles, array_cycles > 0
              ? (double) array_macs / (peak * (double) array_cycles) : -1.0,
              overflows);
    print_sqnr(e->layer[p->desc_count - 1].error.sqnr_db);
    printf(" %10s %10s\n", text_count(before).text, text_count(after).text);
    printf("(overflows: all %" PRId64 " images; cycles: one image; total "
           "utilization: array layers)\n", e->images);
}

/* ---------------------------------------------------------------- errors */

static void print_error_row(const char *name, const struct evaluate_error *all,
                            const struct evaluate_error *own, int64_t images)
{
    printf("%-12s", name);
    print_sqnr(all->sqnr_db);
    printf(" %12.4g %10.4g", all->total / (double) images, all->greatest);
    if (own) {
        print_sqnr(own->sqnr_db);
        printf(" %12.4g %10.4g", own->total / (double) images, own->greatest);
    }
    printf("\n");
}

void report_print_errors(const struct session *s, const struct evaluation *e)
{
    printf("\n%-12s %33s  %33s\n", "error", "with what it inherits",
           "its own, float input");
    printf("%-12s %9s %12s %10s %9s %12s %10s\n", "of", "SQNR dB", "total",
           "greatest", "SQNR dB", "total", "greatest");
    print_error_row("input", &e->input, NULL, e->images);
    for (int i = 0; i < e->layer_count; i++)
        print_error_row(s->program.desc[i].name, &e->layer[i].error,
                        &e->layer[i].own, e->images);
    printf("(against the float network; total: sum of |error| over a tensor, "
           "mean of the images)\n");
}

/* JSON has no infinity: an exact tensor has no SQNR. */
static json_t *error_json(const struct evaluate_error *e)
{
    return json_pack("{s:o, s:f, s:f}", "sqnr_db", isfinite(e->sqnr_db)
                     ? json_real(e->sqnr_db) : json_null(),
                     "total", e->total, "greatest", e->greatest);
}

json_t *report_input_error(const struct evaluation *e)
{
    return error_json(&e->input);
}

/* ---------------------------------------------------------------- energy */

static double nanojoules(const struct energy *e)
{
    return energy_total(e) / 1000.0;
}

static void add_energy(struct energy *all, const struct energy *one)
{
    all->compute += one->compute;
    all->weights += one->weights;
    all->activations += one->activations;
    all->sums += one->sums;
    all->parameters += one->parameters;
}

struct energy report_energy(const struct program *p, bool is_float)
{
    struct energy all = { 0 };

    for (int i = 0; i < p->desc_count; i++) {
        const struct energy one = is_float ? energy_layer_float(p, i)
                                           : energy_layer(p, i);

        add_energy(&all, &one);
    }
    return all;
}

static void print_energy_row(const char *name, const struct energy_traffic *t,
                             const struct energy *e, const struct energy *f)
{
    printf("%-12s %11s %11s %9s %11s %8.1f %8.1f %8.1f %8.1f %8.1f %9.1f "
           "%10.1f\n", name, text_count(t->weights).text,
           text_count(t->inputs).text, text_count(t->outputs).text,
           text_count(t->sums).text, e->compute / 1e3, e->weights / 1e3,
           e->activations / 1e3, e->sums / 1e3, e->parameters / 1e3,
           nanojoules(e), nanojoules(f));
}

static int64_t parameter_bytes(const struct program *p, bool is_float)
{
    int64_t bytes = 0;

    for (int i = 0; i < p->desc_count; i++)
        bytes += is_float ? report_float_bytes(&p->net->layer[i])
                          : report_quant_bytes(p, &p->desc[i]);
    return bytes;
}

static void print_dram(const struct program *p)
{
    const double q = (double) parameter_bytes(p, false);
    const double f = (double) parameter_bytes(p, true);

    printf("parameters %s B (FP32 %s B); from DRAM once an image they would "
           "add %.0f to %.0f nJ\n(FP32 %.0f to %.0f)\n",
           text_count((int64_t) q).text, text_count((int64_t) f).text,
           energy_dram_least(q) / 1e3, energy_dram_most(q) / 1e3,
           energy_dram_least(f) / 1e3, energy_dram_most(f) / 1e3);
}

void report_print_energy(const struct session *s)
{
    const struct program *p = &s->program;
    const struct energy total = report_energy(p, false);
    const struct energy total_float = report_energy(p, true);
    struct energy_traffic all = { 0 };

    printf("\n%-12s %11s %11s %9s %11s %8s %8s %8s %8s %8s %9s %10s\n", "",
           "weights", "inputs", "outputs", "sums", "compute", "weights",
           "act.", "sums", "param.", "total", "FP32");
    printf("%-12s %11s %11s %9s %11s %8s %8s %8s %8s %8s %9s %10s\n",
           "layer", "read", "read", "written", "moved", "nJ", "nJ", "nJ", "nJ",
           "nJ", "nJ", "nJ");
    for (int i = 0; i < p->desc_count; i++) {
        const struct energy_traffic t = energy_traffic(p, i);
        const struct energy e = energy_layer(p, i);
        const struct energy f = energy_layer_float(p, i);

        print_energy_row(p->desc[i].name, &t, &e, &f);
        all.weights += t.weights;
        all.inputs += t.inputs;
        all.outputs += t.outputs;
        all.sums += t.sums;
    }
    print_energy_row("total", &all, &total, &total_float);
    printf("(one image; codes and sums moved on chip; an estimate after %s:\n"
           " docs/accumulator.md has the rules)\n", energy_source);
    print_dram(p);
}

static json_t *energy_json(const struct energy *e)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}",
                     "compute_nj", e->compute / 1e3,
                     "weights_nj", e->weights / 1e3,
                     "activations_nj", e->activations / 1e3,
                     "sums_nj", e->sums / 1e3,
                     "parameters_nj", e->parameters / 1e3,
                     "total_nj", nanojoules(e));
}

json_t *report_energy_json(const struct program *p)
{
    const struct energy total = report_energy(p, false);
    const struct energy total_float = report_energy(p, true);
    const struct energy_memories m = energy_memories(p);
    const double q = (double) parameter_bytes(p, false);
    const double f = (double) parameter_bytes(p, true);

    return json_pack(
        "{s:s, s:o, s:o, s:{s:f, s:f, s:f, s:f, s:f}, s:{s:f, s:f, s:f, s:f}}",
        "source", energy_source, "machine", energy_json(&total),
        "fp32", energy_json(&total_float), "memory_bytes",
        "weight_bank", m.weight_bank, "activation_bank", m.activation_bank,
        "sum_bank", m.sum_bank, "bias_bank", m.bias_bank,
        "scale_bank", m.scale_bank, "parameters_from_dram_nj",
        "machine_least", energy_dram_least(q) / 1e3,
        "machine_most", energy_dram_most(q) / 1e3,
        "fp32_least", energy_dram_least(f) / 1e3,
        "fp32_most", energy_dram_most(f) / 1e3);
}

static json_t *traffic_json(const struct energy_traffic *t)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}",
                     "weights_read", (json_int_t) t->weights,
                     "inputs_read", (json_int_t) t->inputs,
                     "outputs_written", (json_int_t) t->outputs,
                     "sums_moved", (json_int_t) t->sums,
                     "biases_read", (json_int_t) t->biases,
                     "scales_read", (json_int_t) t->scales);
}

json_t *report_layers(const struct session *s, const struct evaluation *e)
{
    const struct program *p = &s->program;
    json_t *list = json_array();

    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];
        const struct evaluate_layer *l = &e->layer[i];
        const int64_t c = timing_layer_cycles(p->hw, d);
        json_t *channels = json_array();
        json_t *row = json_pack(
            "{s:s, s:s, s:s, s:I, s:I, s:f, s:I, s:i, s:i, s:i, s:f, s:I, "
            "s:I}",
            "name", d->name, "op", net_op_name(d->op),
            "unit", unit_names[d->unit],
            "macs", (json_int_t) net_layer_macs(&s->net.layer[i]),
            "cycles", (json_int_t) c,
            "utilization", timing_utilization(p->hw, d, c),
            "overflows", (json_int_t) l->overflows,
            "overflow_channels", l->overflow_channels,
            "proved_channels", l->proved_channels,
            "accumulator_bits_needed", l->acc_bits,
            "max_error", l->error.greatest,
            "fp32_bytes",
            (json_int_t) report_float_bytes(&s->net.layer[i]),
            "quantized_bytes", (json_int_t) report_quant_bytes(p, d));

        /* JSON has no infinity: an exact layer has no SQNR. */
        json_object_set_new(row, "sqnr_db", isfinite(l->error.sqnr_db)
                            ? json_real(l->error.sqnr_db) : json_null());
        json_object_set_new(row, "error", error_json(&l->error));
        if (e->has_own)
            json_object_set_new(row, "own_error", error_json(&l->own));
        const struct energy_traffic t = energy_traffic(p, i);
        const struct energy energy = energy_layer(p, i);
        const struct energy energy_float = energy_layer_float(p, i);

        json_object_set_new(row, "traffic", traffic_json(&t));
        json_object_set_new(row, "energy", energy_json(&energy));
        json_object_set_new(row, "fp32_energy", energy_json(&energy_float));
        for (int n = 0; n < d->out.c; n++)
            json_array_append_new(channels,
                                  json_integer(e->overflows[i][n]));
        json_object_set_new(row, "channel_overflows", channels);
        json_array_append_new(list, row);
    }
    return list;
}
