/*
 * hardware.h - the hardware file: one machine, all widths, modes and sizes.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/config/settings.h"
#include "sim/fx/fx.h"

enum hw_dataflow { HW_WEIGHT_STATIONARY, HW_OUTPUT_STATIONARY };

enum { HW_SHIFT_BITS = 6, HW_MAX_PES = 128 * 128,
       HW_GATHER_WAYS = 4 };

struct hw {
    const char *name;
    const char *path;
    struct place place;
    int rows, cols, lanes;
    int dataflow;                 /* enum hw_dataflow */
    int act_bits;
    bool act_signed;
    int weight_bits;
    bool weight_zero_point;       /* a subtractor per column: asymmetric weights */
    int product_bits;             /* 0: exact */
    int product_drop;             /* fraction bits dropped from a product */
    int product_rounding;         /* enum fx_rounding */
    int product_overflow;         /* enum fx_overflow */
    int acc_bits;
    int acc_overflow;             /* enum fx_overflow */
    int acc_wrap_bits;            /* SystemC's n_bits of the wrap modes */
    int acc_depth;                /* positions per weight stationary block */
    int preset;                   /* enum fx_preset_id; see fx_presets */
    int requant_rounding;         /* enum fx_rounding */
    bool double_round;            /* TFLite's two roundings */
    bool preset_whole;            /* the file replaces nothing of the preset */
    int multiplier_bits;          /* signed; 0: powers of two only */
    int weight_depth;             /* words of a column's weight ROM */
    int param_depth;              /* words of a column's bias and scale ROM */
    int act_depth;                /* elements of a bank of activation memory */
    int program_depth;            /* 32-bit words of the program ROM */
    double clock_mhz;
    char digest[65];              /* SHA-256 over all effective values, hex */
};

/*
 * Read a hardware file into `hw`; strings live in `arena`. Every error goes to
 * `diag`; returns -1 if there was one.
 */
int hw_read(struct hw *hw, const char *path, struct override_list *overrides,
            struct arena *arena, struct diag *diag);

/*
 * Banks of the activation memory, a power of two: at least rows * lanes, what
 * the array takes in a cycle, at least cols, what it gives, and at least 4.
 */
int hw_act_banks(const struct hw *hw);
int64_t hw_act_elements(const struct hw *hw);

/*
 * Left shift of the two operands of an `add` layer, TFLite's 20 where the
 * accumulator has the bits: the sum of two shifted operands, each of act_bits +
 * 1, fits. Negative: the accumulator is too narrow for any addition.
 */
int hw_add_shift(const struct hw *hw);

/* Width of the operands after the zero points are subtracted, signed bits. */
int hw_act_operand_bits(const struct hw *hw);
int hw_weight_operand_bits(const struct hw *hw);

/*
 * Requantization by a real factor as this machine does it: fills mult, shift,
 * double_round and rounding, leaves zero point and clamp alone. Returns -1,
 * storing nothing, when the machine has no multiplier for the factor.
 */
int hw_requant(const struct hw *hw, double real, struct fx_requant *requant);

struct fx_format hw_acc_format(const struct hw *hw);
struct fx_product_format hw_product_format(const struct hw *hw);

extern const struct setting hw_settings[];

#endif
