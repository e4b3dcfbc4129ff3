/*
 * fx.h - the fixed-point arithmetic of the machine, bit for bit.
 *
 * Every function that the hardware performs names its twin in rtl/. Nothing
 * here allocates, fails or knows of networks; what a caller must keep to is
 * asserted. The contract for users is docs/numerics.md; the proof against
 * Accellera SystemC is tests/oracle, the unit tests are tests/unit/test_fx.c.
 *
 *     code      the integer that the hardware holds
 *     drop      the number of low fraction bits that rounding removes
 *     rounding  first, overflow second: always in this order
 */
#ifndef FX_H
#define FX_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef FX_INT128           /* clang on 32-bit processors: _BitInt(128) */
#define FX_INT128 __int128
#endif
__extension__ typedef FX_INT128 fx_int128;
__extension__ typedef unsigned FX_INT128 fx_uint128;

/* What C leaves to the compiler and this module relies on. */
_Static_assert((-3 >> 1) == -2, "right shift of a negative value is floor");
_Static_assert((int8_t) 0x80 == -128, "narrowing keeps the low bits");

/*
 * Rounding: what becomes of dropped bits. In SystemC's order, so that a value
 * is also an sc_q_mode.
 */
enum fx_rounding {
    FX_HALF_UP,             /* SC_RND          ties towards plus infinity */
    FX_HALF_TOWARD_ZERO,    /* SC_RND_ZERO     ties towards zero */
    FX_HALF_DOWN,           /* SC_RND_MIN_INF  ties towards minus infinity */
    FX_HALF_AWAY,           /* SC_RND_INF      ties away from zero */
    FX_HALF_EVEN,           /* SC_RND_CONV     ties to the even neighbour */
    FX_FLOOR,               /* SC_TRN          towards minus infinity */
    FX_TOWARD_ZERO,         /* SC_TRN_ZERO     towards zero */
    FX_ROUNDING_COUNT
};

/*
 * Overflow: what becomes of a code that its format cannot hold. In SystemC's
 * order, so that a value is also an sc_o_mode.
 */
enum fx_overflow {
    FX_SATURATE,            /* SC_SAT       the nearest limit */
    FX_SATURATE_ZERO,       /* SC_SAT_ZERO  zero */
    FX_SATURATE_SYMMETRIC,  /* SC_SAT_SYM   the nearest of -max and max */
    FX_WRAP,                /* SC_WRAP      the low bits */
    FX_WRAP_SIGN_MAGNITUDE, /* SC_WRAP_SM   the low bits, mirrored */
    FX_OVERFLOW_COUNT
};

/* The names that configuration files use, by enum value, ending in NULL. */
extern const char *const fx_rounding_names[FX_ROUNDING_COUNT + 1];
extern const char *const fx_overflow_names[FX_OVERFLOW_COUNT + 1];

const char *fx_rounding_name(enum fx_rounding rounding);
const char *fx_overflow_name(enum fx_overflow overflow);

/* The enum value of a name, or -1 when there is none. */
int fx_rounding_find(const char *name);
int fx_overflow_find(const char *name);

/* ------------------------------------------------------------- formats */

/*
 * A format: the codes that a register of `bits` bits may hold.
 *
 * wrap_bits is SystemC's n_bits and matters to the two wrap modes only. 0 is
 * the plain form. With 0 < wrap_bits < bits the top wrap_bits bits saturate
 * and only the rest wraps; with wrap_bits >= bits the mode is FX_SATURATE.
 */
struct fx_format {
    int bits;                  /* 1 to 64 */
    bool is_signed;
    enum fx_overflow overflow;
    int wrap_bits;             /* 0 or more */
};

/*
 * Whether the fields are in range and the combination is defined. SystemC
 * does not define FX_WRAP_SIGN_MAGNITUDE for unsigned formats, so this refuses
 * it; every other function asserts a valid format.
 */
bool fx_format_valid(const struct fx_format *format);

/*
 * The limits of a format. FX_SATURATE_SYMMETRIC raises the lower limit of a
 * signed format to -fx_max. Not for 64 unsigned bits, whose largest code an
 * int64_t cannot hold.
 */
int64_t fx_min(const struct fx_format *format);
int64_t fx_max(const struct fx_format *format);

/*
 * The one overflow step: v itself when the format holds it, else what the
 * overflow mode says, and *overflowed is set. *overflowed may be NULL and is
 * never cleared, so it is sticky over many calls; a caller that counts events
 * clears it first. Any v. Formula: docs/numerics.md, "Overflow".
 * RTL: npu_overflow.
 */
fx_int128 fx_reduce_wide(fx_int128 v, const struct fx_format *format,
                         bool *overflowed);

/* The same for codes that an int64_t holds: any format but 64 unsigned bits. */
int64_t fx_reduce(int64_t v, const struct fx_format *format, bool *overflowed);

/* The low `bits` bits of v as a signed code: FX_WRAP, signed, 1 to 64 bits. */
static inline int64_t fx_wrap(int64_t v, int bits)
{
    assert(1 <= bits && bits <= 64);
    return (int64_t) ((uint64_t) v << (64 - bits)) >> (64 - bits);
}

/* FX_SATURATE, signed, 1 to 63 bits. */
static inline int64_t fx_saturate(int64_t v, int bits)
{
    assert(1 <= bits && bits <= 63);
    const int64_t max = (INT64_C(1) << (bits - 1)) - 1;
    const int64_t min = -max - 1;

    return v < min ? min : v > max ? max : v;
}

/* Whether v has no signed code of 1 to 63 bits. */
static inline bool fx_overflows(int64_t v, int bits)
{
    assert(1 <= bits && bits <= 63);
    return ((uint64_t) v + (UINT64_C(1) << (bits - 1))) >> bits != 0;
}

/* ------------------------------------------------------------ rounding */

/*
 * v / 2^drop, rounded to an integer. With drop <= 0 it is the exact left shift
 * v * 2^-drop, which must fit. Any larger drop is allowed and nothing inside
 * overflows, for it shifts first and increments after. *inexact is set when a
 * dropped bit was not zero (SystemC's quantization_flag, in every mode); it
 * may be NULL and is never cleared. Formula: docs/numerics.md, "Rounding".
 * RTL: npu_round_inc and the shift in front of it.
 */
int64_t fx_round(int64_t v, int drop, enum fx_rounding rounding,
                 bool *inexact);

/* The same for |v| < 2^126: sums and products wider than 64 bits. */
fx_int128 fx_round_wide(fx_int128 v, int drop, enum fx_rounding rounding,
                        bool *inexact);

/*
 * What each rounding adds to the floored quotient, as a truth table: bit i
 * answers for the four bits i = {negative, odd, round, sticky}, where odd is
 * the quotient's lowest bit, round the highest dropped bit and sticky the OR
 * of those below it. So every rounding costs the same and none branches.
 */
extern const uint16_t fx_increments[FX_ROUNDING_COUNT];

/* fx_round for a drop of 0 to 63, as the inner loops call it. */
static inline int64_t fx_shift_right(int64_t v, int drop,
                                     enum fx_rounding rounding)
{
    assert(0 <= drop && drop <= 63 && rounding < FX_ROUNDING_COUNT);
    /* One place to the left, so that a drop of 0 finds zeros below. */
    const uint64_t below = (uint64_t) v << 1;
    const int64_t quotient = v >> drop;
    const unsigned negative = v < 0;
    const unsigned odd = quotient & 1;
    const unsigned round = below >> drop & 1;
    const unsigned sticky = (below & ((UINT64_C(1) << drop) - 1)) != 0;
    const unsigned state = negative << 3 | odd << 2 | round << 1 | sticky;

    return quotient + (fx_increments[rounding] >> state & 1);
}

/* ------------------------------------------------------------ one MAC */

/*
 * What happens to a product before it is added: nothing (exact), or a rounding
 * away of `drop` bits (0 to 63) and an overflow into `format`.
 */
struct fx_product_format {
    bool exact;
    int drop;
    enum fx_rounding rounding;
    struct fx_format format;  /* any but 64 unsigned bits */
};

bool fx_product_format_valid(const struct fx_product_format *format);

/* a * b into its product format; any a and b. RTL: npu_product. */
int64_t fx_product(int32_t a, int32_t b, const struct fx_product_format *format,
                   bool *overflowed);

/*
 * One MAC step: acc plus the sum of `lanes` products a[i] * w[i], the sum exact
 * whatever its size, then one overflow into acc_format. *overflowed is that of
 * the accumulator: one event a step, as the hardware counts them; a product
 * that does not fit its format is no event. acc must be a code of acc_format;
 * lanes >= 1. It is sc_fix's `C += P`, P of the product format, and its
 * C.overflow_flag(). RTL: npu_mac.
 */
int64_t fx_mac(int64_t acc, const int32_t *a, const int32_t *w, int lanes,
               const struct fx_product_format *product_format,
               const struct fx_format *acc_format, bool *overflowed);

/* -------------------------------------------------------- requantization */

/*
 * The one datapath from accumulator to activation:
 *
 *     product = acc * mult                              exact
 *     product += product < 0 ? -2^30 : 2^30    if double_round and shift > 31
 *     result = clamp(round(product / 2^shift) + zero_point, min, max)
 */
struct fx_requant {
    int32_t mult;               /* 0 to 2^31 - 1; < 0: a damaged image's */
    int shift;                  /* 0 to 63 */
    bool double_round;          /* TFLite's two roundings, in one addition */
    enum fx_rounding rounding;
    int32_t zero_point;
    int32_t min;                /* <= max */
    int32_t max;
};

bool fx_requant_valid(const struct fx_requant *requant);

/*
 * Accumulators of up to 48 bits: -2^47 <= acc < 2^47. Those of 32 bits take a
 * path without branches, wider ones 128-bit arithmetic; the sum with the zero
 * point is exact, so nothing saturates before the clamp. RTL: npu_requant.
 */
int32_t fx_requantize(int64_t acc, const struct fx_requant *requant);

/*
 * The first part of it, without zero point and clamp: acc * mult / 2^shift,
 * rounded as `requant` says, exact where it fits 64 bits, else the nearest.
 */
int64_t fx_rescale(int64_t acc, const struct fx_requant *requant);

/*
 * A real factor as mult / 2^shift with a signed multiplier of multiplier_bits
 * (2 to 32): mult is in [2^(bits-2), 2^(bits-1)), rounded half away, which for
 * 32 bits is TFLite's QuantizeMultiplier with shift = 31 - its exponent.
 * A factor that would need a shift above 62 gives mult = 0 and shift = 0, and
 * so does 0 itself. Returns -1, storing nothing, for a factor that would need
 * a shift below 0 (2^(bits-1) or more), is negative or is not a number.
 */
int fx_quantize_multiplier(double real, int multiplier_bits, int32_t *mult,
                           int *shift);

/*
 * A power of two as a plain shift: 2^-shift with mult 1, or mult = 2^n with
 * shift 0. Returns -1, storing nothing, unless real is exactly one of 2^-63 to
 * 2^30.
 */
int fx_power_of_two(double real, int32_t *mult, int *shift);

/*
 * 1 / count for average pooling, slightly too large on purpose, so that
 * requantizing a sum with it (no double_round, any half_* rounding) is the
 * division sum / count rounded half away from zero, as TFLite does. Exact for
 * |sum| < 2^(bits-3), twice that when count is even (docs/numerics.md has the
 * proof): 2^29 with 32 bits, 2^13 with 16. 8 to 32 bits, count 1 to 2^(bits-2).
 */
void fx_average_multiplier(int32_t count, int multiplier_bits, int32_t *mult,
                           int *shift);

/*
 * Requantization as a known tool does it.
 *
 * narrowed: the multiplier is TFLite's 32-bit one rounded to 16 bits, as its
 * int16x8 kernels do, and not the real factor rounded once.
 */
enum fx_preset_id {
    FX_PRESET_TFLITE,
    FX_PRESET_TFLITE_SINGLE,
    FX_PRESET_CMSIS_NN,
    FX_PRESET_TOSA,
    FX_PRESET_GEMMLOWP,
    FX_PRESET_ONNX,
    FX_PRESET_SHIFT,
    FX_PRESET_INT16X8,
    FX_PRESET_COUNT
};

struct fx_preset {
    const char *name;
    int multiplier_bits;        /* signed; 0: none, powers of two only */
    enum fx_rounding rounding;
    bool rounding_is_free;      /* a file may choose another rounding */
    bool double_round;
    bool narrowed;
    int shift_min;              /* the tool defines no smaller shift */
    const char *sentence;
};

extern const struct fx_preset fx_presets[FX_PRESET_COUNT];

/* The preset of that name, or NULL. */
const struct fx_preset *fx_preset_find(const char *name);

/*
 * Fills mult, shift, double_round and rounding for a real factor, leaving zero
 * point and clamp alone. Returns -1, storing nothing, when the preset has no
 * multiplier for it. mult = 0 says that the factor is too small to matter to
 * the tool.
 */
int fx_preset_requant(const struct fx_preset *preset, double real,
                      struct fx_requant *requant);

/* --------------------------------------------------------------- ranges */

/* Every value that an accumulator can take, both ends included. */
struct fx_range {
    int64_t lo;
    int64_t hi;
};

/*
 * Widens a range by one exact product w * x with x in [x_lo, x_hi], which must
 * contain 0 (a zero point within its range sees to that). Begun at the bias,
 * the result then holds every partial sum in any order, and both ends can
 * occur. The sums must fit 64 bits.
 */
void fx_range_add(struct fx_range *range, int32_t w, int32_t x_lo,
                  int32_t x_hi);

/* The bits of the narrowest signed code that holds lo and hi: 1 to 64. */
int fx_bits_needed(int64_t lo, int64_t hi);

#endif
