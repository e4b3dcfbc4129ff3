/*
 * sc_oracle.h - Accellera SystemC's sc_fix and sc_ufix, callable from C.
 *
 * An independent implementation of the arithmetic: nothing of sim/fx is used
 * on that side. Modes are SystemC's own numbers (sc_q_mode, sc_o_mode), which
 * the enums of sim/fx repeat. Functions return -1 where SystemC reports an
 * error, which includes an unsigned SC_WRAP_SM that overflows.
 */
#ifndef SC_ORACLE_H
#define SC_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An integer format of wl = iwl = bits. */
struct sc_oracle_format {
    int bits;       /* 1 to 64 */
    int is_signed;
    int q_mode;
    int o_mode;
    int n_bits;
};

struct sc_oracle_result {
    int64_t code;   /* of 64 unsigned bits: the bit pattern */
    int inexact;    /* quantization_flag() */
    int overflowed; /* overflow_flag() */
};

/* The integer high * 2^64 + low. */
struct sc_oracle_integer {
    int64_t high;
    uint64_t low;
};

/* `count` exact values v / 2^drop (or v * 2^-drop), made once, cast often. */
struct sc_oracle_values;
struct sc_oracle_values *sc_oracle_values_new(const struct sc_oracle_integer *v,
                                              size_t count, int drop);
void sc_oracle_values_free(struct sc_oracle_values *values);

/* Assigns each value to one sc_fix or sc_ufix object of the format. */
int sc_oracle_cast(const struct sc_oracle_values *values,
                   const struct sc_oracle_format *format,
                   struct sc_oracle_result *results);

/*
 * C += P: one sc_fix step with one P = a[i] * w[i] / 2^drop per lane. With
 * product NULL the products are full-precision sc_fxval. The flags are C's;
 * *product_overflowed is whether any P overflowed.
 */
int sc_oracle_mac(int64_t acc, const int32_t *a, const int32_t *w, int lanes,
                  const struct sc_oracle_format *product, int drop,
                  const struct sc_oracle_format *accumulator,
                  struct sc_oracle_result *result, int *product_overflowed);

/*
 * acc * mult / 2^shift by way of sc_fix, plus zero_point, limited to min and
 * max. With two_steps it is gemmlowp's chain as defined: SC_RND at bit 31,
 * then SC_RND_INF at the rest, q_mode being ignored; shift must be above 31.
 */
int sc_oracle_requantize(int64_t acc, int32_t mult, int shift, int q_mode,
                         int two_steps, int32_t zero_point, int32_t min,
                         int32_t max, int32_t *code);

#ifdef __cplusplus
}
#endif

#endif
