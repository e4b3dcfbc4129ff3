#include "sim/cli/quantize_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/base/text.h"

const char *quantize_decibel(double db, char *out)
{
    if (isfinite(db))
        snprintf(out, 16, "%.2f", db);
    else
        snprintf(out, 16, "%s", db > 0 ? "exact" : "-");
    return out;
}

json_t *quantize_decibel_json(double db)
{
    return isfinite(db) ? json_real(db) : json_null();
}

void quantize_print_head(const char *what)
{
    printf("\n%-12s %4s %-12s %-23s %-21s %6s %11s %10s %7s  %-31s %8s %8s "
           "%6s\n", what, "bits", "scheme", "range", "scale", "zero",
           "sum |error|", "MSE", "SQNR dB", "worst: error of value [index]",
           "FP32 B", "codes B", "saving");
}

static void print_scheme(const char *name, const struct analysis_pair *pair,
                         int scheme)
{
    const struct analysis *a = &pair->scheme[scheme];
    const int64_t count = pair->stored;
    const int64_t bytes = loss_code_bytes(count, pair->bits);
    char range[40], scale[40], worst[64], db[16], text[16];

    snprintf(text, sizeof(text), "%s%s", quant_scheme_names[scheme],
             scheme == (int) analysis_better(pair) ? " *" : "");
    snprintf(range, sizeof(range), "%.4g .. %.4g", pair->range.lo,
             pair->range.hi);
    if (a->scales > 1)
        snprintf(scale, sizeof(scale), "%.3g .. %.3g", a->scale_lo,
                 a->scale_hi);
    else
        snprintf(scale, sizeof(scale), "%.6g", a->params.scale);
    snprintf(worst, sizeof(worst), "%.3g of %.4g [%" PRId64 "]", a->loss.worst,
             a->loss.worst_value, a->loss.worst_index);
    printf("%-12s %4d %-12s %-23s %-21s ", name, pair->bits, text, range,
           scale);
    if (a->scales > 1 && scheme == QUANT_ASYMMETRIC)
        printf("%6s", "each");
    else
        printf("%6d", a->params.zero_point);
    printf(" %11.5g %10.4g %7s  %-31s %8s", a->loss.absolute,
           loss_mean_square(&a->loss), quantize_decibel(loss_sqnr(&a->loss),
                                                        db), worst,
           text_count(4 * count).text);
    printf(" %8s %5.1fx%s\n", text_count(bytes).text,
           4.0 * (double) count / (double) bytes,
           scheme == pair->used ? "  used" : "");
}

void quantize_print_pair(const char *name, const struct analysis_pair *pair)
{
    print_scheme(name, pair, QUANT_SYMMETRIC);
    print_scheme("", pair, QUANT_ASYMMETRIC);
}

void quantize_print_legend(void)
{
    printf("(* the less squared error; used: by this design; errors: all "
           "images; bytes: one image, codes alone and packed)\n");
}

static json_t *scheme_json(const struct analysis *a)
{
    json_t *root = json_pack(
        "{s:f, s:i, s:f, s:f, s:i, s:i, s:i, s:f, s:f, s:I, "
        "s:{s:I, s:f, s:f}}",
        "scale", a->params.scale, "scales", a->scales,
        "least_scale", a->scale_lo, "greatest_scale", a->scale_hi,
        "zero_point", a->params.zero_point,
        "least_code", a->params.min, "greatest_code", a->params.max,
        "total_absolute_error", a->loss.absolute,
        "mean_squared_error", loss_mean_square(&a->loss),
        "clipped", (json_int_t) a->loss.clipped,
        "worst", "index", (json_int_t) a->loss.worst_index,
        "value", a->loss.worst_value, "error", a->loss.worst);

    json_object_set_new(root, "sqnr_db",
                        quantize_decibel_json(loss_sqnr(&a->loss)));
    return root;
}

json_t *quantize_pair_json(const char *name, const struct analysis_pair *pair)
{
    const int64_t count = pair->stored;
    const int64_t bytes = loss_code_bytes(count, pair->bits);

    return json_pack(
        "{s:s, s:i, s:I, s:[f, f], s:s?, s:s, s:o, s:o, s:I, s:I, s:f}",
        "name", name, "bits", pair->bits,
        "count", (json_int_t) pair->scheme[0].loss.count,
        "range", pair->range.lo, pair->range.hi,
        "used", pair->used >= 0 ? quant_scheme_names[pair->used] : NULL,
        "better", quant_scheme_names[analysis_better(pair)],
        "symmetric", scheme_json(&pair->scheme[QUANT_SYMMETRIC]),
        "asymmetric", scheme_json(&pair->scheme[QUANT_ASYMMETRIC]),
        "fp32_bytes", (json_int_t) (4 * count),
        "code_bytes", (json_int_t) bytes,
        "saving", 4.0 * (double) count / (double) bytes);
}
