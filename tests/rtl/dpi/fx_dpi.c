/*
 * fx_dpi.c - sim/fx for the checkers of this folder (fx_dpi_pkg.sv), and the
 * stimulus of tb.sv.
 *
 * Stimulus favours corners: limits, ties, powers of two, 0, all ones, the
 * neighbours of them all. Uniform numbers hit none of these.
 */
#include "tests/rtl/dpi/fx_dpi.h"

#include "sim/fx/fx.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <svdpi.h>

enum fx_dpi_kind {
    FX_DPI_ROUND_INC,
    FX_DPI_OVERFLOW,
    FX_DPI_PRODUCT,
    FX_DPI_PE,
    FX_DPI_REQUANT,
    FX_DPI_KINDS
};

static struct {
    uint64_t seed;
    uint64_t state;
    bool differed;
    uint64_t cases[FX_DPI_KINDS];
    uint64_t special[FX_DPI_KINDS];
} run;

/* ------------------------------------------------------------- the run */

void fx_dpi_start(uint64_t seed)
{
    run.seed = seed;
    run.state = seed;
}

bool fx_dpi_differed(void)
{
    return run.differed;
}

void fx_dpi_summary(void)
{
    static const struct {
        const char *module;
        const char *special;
    } rows[FX_DPI_KINDS] = {
        {"npu_round_inc", "ties"}, {"npu_overflow", "overflows"},
        {"npu_product", "ties"}, {"npu_pe", "overflows"},
        {"npu_requant", "ties"},
    };

    for (int i = 0; i < FX_DPI_KINDS; i++) {
        printf("%-14s %11" PRIu64 " cases, %10" PRIu64 " %s\n",
               rows[i].module, run.cases[i], run.special[i], rows[i].special);
    }
}

svBit fx_dpi_first(void)
{
    const bool first = !run.differed;

    run.differed = true;
    return first;
}

int64_t fx_dpi_seed(void)
{
    return (int64_t) run.seed;
}

/* --------------------------------------------------------------- sim/fx */

static struct fx_format format_of(int bits, int overflow, int wrap_bits)
{
    return (struct fx_format) {.bits = bits, .is_signed = true,
                               .overflow = (enum fx_overflow) overflow,
                               .wrap_bits = wrap_bits};
}

static void count(enum fx_dpi_kind kind, bool special)
{
    run.cases[kind]++;
    run.special[kind] += special;
}

int fx_dpi_increment(int rounding, svBit neg, svBit lsb, svBit half,
                     svBit sticky)
{
    const int64_t value = (neg ? -8 : 0) + 4 * lsb + 2 * half + sticky;

    count(FX_DPI_ROUND_INC, half && !sticky);
    return (int) (fx_round(value, 2, (enum fx_rounding) rounding, NULL) -
                  (value >> 2));
}

int64_t fx_dpi_reduce(int64_t value, int bits, int overflow, int wrap_bits,
                      svBit *over)
{
    const struct fx_format format = format_of(bits, overflow, wrap_bits);
    bool overflowed = false;
    const int64_t code = fx_reduce(value, &format, &overflowed);

    count(FX_DPI_OVERFLOW, overflowed);
    *over = overflowed;
    return code;
}

int64_t fx_dpi_product(int64_t value, int drop, int rounding, int bits,
                       int overflow)
{
    const struct fx_format format = format_of(bits, overflow, 0);
    const uint64_t dropped = (uint64_t) value & ((UINT64_C(1) << drop) - 1);

    count(FX_DPI_PRODUCT, drop > 0 && dropped == UINT64_C(1) << (drop - 1));
    return fx_reduce(fx_round(value, drop, (enum fx_rounding) rounding, NULL),
                     &format, NULL);
}

enum { LANES = 16 };

static int32_t act_operands[LANES], weight_operands[LANES];

void fx_dpi_operands(int lane, int act, int weight)
{
    assert(0 <= lane && lane < LANES);
    act_operands[lane] = act;
    weight_operands[lane] = weight;
}

int64_t fx_dpi_mac(int64_t acc, int lanes, int product_bits, int product_drop,
                   int product_rounding, int product_overflow, int acc_bits,
                   int acc_overflow, int acc_wrap_bits, svBit *over)
{
    const struct fx_format acc_format =
        format_of(acc_bits, acc_overflow, acc_wrap_bits);
    const struct fx_product_format product_format = {
        .exact = product_bits == 0,
        .drop = product_drop,
        .rounding = (enum fx_rounding) product_rounding,
        .format = format_of(product_bits, product_overflow, 0),
    };
    bool overflowed = false;
    const int64_t sum = fx_mac(acc, act_operands, weight_operands, lanes,
                               &product_format, &acc_format, &overflowed);

    count(FX_DPI_PE, overflowed);
    *over = overflowed;
    return sum;
}

svBit fx_dpi_legal(int64_t acc, int lanes, int act_bits, int weight_bits,
                   int acc_bits, int acc_overflow)
{
    const struct fx_format format = format_of(acc_bits, acc_overflow, 0);
    bool legal = fx_min(&format) <= acc && acc <= fx_max(&format);

    for (int i = 0; i < lanes; i++) {
        legal = legal && !fx_overflows(act_operands[i], act_bits) &&
                !fx_overflows(-(int64_t) act_operands[i], act_bits) &&
                !fx_overflows(weight_operands[i], weight_bits);
    }
    return legal;
}

int fx_dpi_requantize(int64_t acc, int mult, int shift, svBit double_round,
                      int rounding, int zero_point, int min, int max)
{
    const struct fx_requant requant = {
        .mult = mult, .shift = shift, .double_round = double_round,
        .rounding = (enum fx_rounding) rounding, .zero_point = zero_point,
        .min = min, .max = max,
    };
    const fx_uint128 product = (fx_uint128) ((fx_int128) acc * mult);
    const fx_uint128 dropped = product & (((fx_uint128) 1 << shift) - 1);

    count(FX_DPI_REQUANT,
          shift > 0 && dropped == (fx_uint128) 1 << (shift - 1));
    return fx_requantize(acc, &requant);
}

/* ------------------------------------------------------------- stimulus */

static uint64_t draw(void)
{
    uint64_t z = run.state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 to count - 1. */
static int pick(int count)
{
    return (int) (draw() % (unsigned) count);
}

static fx_int128 draw_wide(void)
{
    const fx_uint128 high = draw();

    return (fx_int128) (high << 64 | draw());
}

/* The low bits of v as a signed number of 1 to 127 bits. */
static fx_int128 sign_extend(fx_int128 v, int bits)
{
    return (fx_int128) ((fx_uint128) v << (128 - bits)) >> (128 - bits);
}

static fx_int128 clamp(fx_int128 v, fx_int128 min, fx_int128 max)
{
    return v < min ? min : v > max ? max : v;
}

/* A signed number of `bits` bits: a corner, or near one, or anything. */
static fx_int128 corner(int bits)
{
    const fx_int128 one = 1;
    const fx_int128 max = (one << (bits - 1)) - 1;
    const fx_int128 power = one << pick(bits);
    const fx_int128 sign = pick(2) ? 1 : -1;

    switch (pick(10)) {
    case 0:
        return 0;
    case 1:
        return clamp(pick(5) - 2, -max - 1, max);
    case 2:
        return max;
    case 3:
        return -max - 1;
    case 4:
        return clamp(sign * (max - pick(4)), -max - 1, max);
    case 5:
        return clamp(sign * power, -max - 1, max);
    case 6:
        return clamp(sign * (power - 1), -max - 1, max);
    case 7:
        return clamp(sign * (power + 1), -max - 1, max);
    case 8:  /* small, of any size */
        return sign_extend(draw_wide(), bits) >> pick(bits);
    default:
        return sign_extend(draw_wide(), bits);
    }
}

/* Near a multiple of half the span of codes: where an overflow mode turns. */
int64_t fx_dpi_draw_value(int bits, int code_bits)
{
    fx_int128 v = corner(bits);

    if (pick(2) && bits > code_bits) {
        const fx_int128 half_span = (fx_int128) 1 << (code_bits - 1);

        v = (v >> (code_bits - 1)) * half_span + pick(5) - 2;
    }
    return (int64_t) sign_extend(v, bits);
}

/* The same before rounding: k * 2^drop and the tie above it, or near them. */
int64_t fx_dpi_draw_product(int bits, int code_bits, int drop)
{
    fx_int128 v = corner(bits);

    if (drop > 0 && drop < bits && pick(3)) {
        const int kept = pick(2) && code_bits + 1 < bits - drop
                             ? code_bits + 1 : bits - drop;
        const fx_int128 half = (fx_int128) 1 << (drop - 1);

        v = corner(kept) * 2 * half + (pick(3) ? half : 0);
        v += pick(2) ? 0 : pick(3) - 1;
    }
    return (int64_t) sign_extend(v, bits);
}

/* lowest: -2^(bits-1) may come too, as it does for weights. */
int fx_dpi_draw_operand(int bits, svBit lowest)
{
    const fx_int128 max = ((fx_int128) 1 << (bits - 1)) - 1;

    return (int) clamp(corner(bits), lowest ? -max - 1 : -max, max);
}

/*
 * A sum that is a code: any corner, or so near a limit that one product of
 * some size decides.
 */
int64_t fx_dpi_draw_sum(int bits, int overflow)
{
    const struct fx_format format = format_of(bits, overflow, 0);
    const int64_t min = fx_min(&format), max = fx_max(&format);
    const int64_t depth = (int64_t) (draw() >> (64 - pick(bits) - 1)) & max;

    switch (pick(3)) {
    case 0:
        return (int64_t) clamp(corner(bits), min, max);
    case 1:
        return max - depth;
    default:
        return min + depth;
    }
}

static int32_t draw_multiplier(int bits)
{
    const int32_t max = (int32_t) ((INT64_C(1) << (bits - 1)) - 1);

    switch (pick(4)) {
    case 0:  /* an exact power of two: ties need them */
        return INT32_C(1) << pick(bits - 1);
    case 1:  /* as quantized: the highest bit set */
        return (int32_t) (draw() & (unsigned) max) | (max - max / 2);
    case 2:
        return max - pick(3);
    default:
        return (int32_t) corner(bits) & max;
    }
}

static int length_of(fx_int128 v)
{
    int bits = 0;

    for (v = v < 0 ? ~v : v; v != 0; v >>= 1)
        bits++;
    return bits;
}

void fx_dpi_draw_requant(int acc_bits, int mult_bits, int act_bits,
                         int64_t *acc, int *mult, int *shift,
                         int *zero_point, int *min, int *max)
{
    int low_zeros = 0;

    *acc = (int64_t) corner(acc_bits);
    *mult = draw_multiplier(mult_bits);
    const fx_int128 product = (fx_int128) *acc * *mult;
    while (product != 0 && !((fx_uint128) product >> low_zeros & 1))
        low_zeros++;

    switch (pick(4)) {
    case 0:  /* a tie: the lowest bit that is set is worth a half */
        *shift = low_zeros + 1;
        break;
    case 1:  /* a result of the size of a code */
        *shift = length_of(product) - pick(act_bits + 2);
        break;
    case 2:
        *shift = 30 + pick(4);
        break;
    default:
        *shift = pick(64);
    }
    *shift = (int) clamp(*shift, 0, 63);

    /* Codes may be unsigned, so that limits have a bit more than they. */
    const bool is_signed = pick(2);
    const int lowest = is_signed ? -(1 << (act_bits - 1)) : 0;
    const int highest = lowest + (1 << act_bits) - 1;
    *zero_point = (int) clamp(corner(act_bits + 1), lowest, highest);
    *min = pick(3) ? lowest : (int) clamp(corner(act_bits + 1), lowest, highest);
    *max = pick(3) ? highest : (int) clamp(corner(act_bits + 1), lowest, highest);
    if (*min > *max) {
        const int other = *min;

        *min = *max;
        *max = other;
    }
}

/* Seven flags: rarely, mostly, rarely, half, and three of a small count. */
int fx_dpi_draw_flags(void)
{
    const int rarely = pick(5) == 0, mostly = pick(5) != 0;

    return rarely << 6 | mostly << 5 | (pick(8) == 0) << 4 | pick(16);
}
