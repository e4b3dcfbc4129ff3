/*
 * quant.h - one tensor's quantization: real = scale * (code - zero_point).
 *
 * Formulas: docs/numerics.md, "Codes and reals", and docs/quantization.md. A
 * real becomes a code by division by the scale in double, and rounding to the
 * nearest; which way a tie goes is part of the parameters.
 */
#ifndef QUANT_H
#define QUANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quant_scheme { QUANT_SYMMETRIC, QUANT_ASYMMETRIC };
enum quant_granularity { QUANT_PER_TENSOR, QUANT_PER_CHANNEL,
                         QUANT_PER_GROUP };
enum quant_ties { QUANT_HALF_AWAY, QUANT_HALF_EVEN };
enum quant_rounding { QUANT_NEAREST, QUANT_LEARNED };

extern const char *const quant_scheme_names[];
extern const char *const quant_granularity_names[];
extern const char *const quant_ties_names[];
extern const char *const quant_rounding_names[];

/* How a range becomes codes. */
struct quant_spec {
    enum quant_scheme scheme;
    int bits;                 /* 1 to 16 */
    bool is_signed;
    bool narrow;              /* symmetric, signed: drop the lowest code */
    bool power_of_two;        /* the scale is rounded up to a power of two */
    enum quant_ties ties;
};

struct quant_params {
    double scale;             /* > 0 */
    int32_t zero_point;
    int32_t min, max;         /* least and greatest code */
    enum quant_ties ties;
    bool is_real;             /* a code is the bits of a float32: what the host
                                 alone reads and writes is not quantized */
};

/*
 * The parameters that cover [lo, hi], which is first widened to hold zero.
 * Symmetric, signed, narrow: scale = max(|lo|, |hi|) / max, zero point 0; with
 * the full range: scale = max(|lo|, |hi|) / ((max - min) / 2), so that the
 * positive end loses half a step. Symmetric, unsigned: zero point 0 if lo is 0,
 * otherwise the middle code. Asymmetric: scale = (hi - lo) / (max - min), zero
 * point from the end with the smaller rounding error, as TFLite's
 * ChooseQuantizationParams. One bit: codes 0 and 1 stand for -1 and +1,
 * scale = max(|lo|, |hi|). An empty range has scale 1.
 */
struct quant_params quant_choose(const struct quant_spec *spec, double lo,
                                 double hi);

int32_t quant_code(const struct quant_params *params, double real);
double quant_real(const struct quant_params *params, int32_t code);

/* The value that the multiplier sees for a code: code - zero_point, +-1 for a
 * one-bit code. */
int32_t quant_operand(const struct quant_params *params, int bits, int32_t code);

#endif
