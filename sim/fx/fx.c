/*
 * fx.c - rounding, overflow and the MAC step.
 *
 * Rounding shifts first and increments after (k + inc), never adds half first:
 * so it needs no head room, and is the form that the RTL has.
 */
#include "sim/fx/fx.h"

#include <stddef.h>
#include <string.h>

const char *const fx_rounding_names[FX_ROUNDING_COUNT + 1] = {
    [FX_HALF_UP] = "half_up",
    [FX_HALF_TOWARD_ZERO] = "half_toward_zero",
    [FX_HALF_DOWN] = "half_down",
    [FX_HALF_AWAY] = "half_away",
    [FX_HALF_EVEN] = "half_even",
    [FX_FLOOR] = "floor",
    [FX_TOWARD_ZERO] = "toward_zero",
};

const char *const fx_overflow_names[FX_OVERFLOW_COUNT + 1] = {
    [FX_SATURATE] = "saturate",
    [FX_SATURATE_ZERO] = "saturate_zero",
    [FX_SATURATE_SYMMETRIC] = "saturate_symmetric",
    [FX_WRAP] = "wrap",
    [FX_WRAP_SIGN_MAGNITUDE] = "wrap_sign_magnitude",
};

const char *fx_rounding_name(enum fx_rounding rounding)
{
    assert(rounding < FX_ROUNDING_COUNT);
    return fx_rounding_names[rounding];
}

const char *fx_overflow_name(enum fx_overflow overflow)
{
    assert(overflow < FX_OVERFLOW_COUNT);
    return fx_overflow_names[overflow];
}

static int find_name(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(name, names[i]) == 0)
            return i;
    }
    return -1;
}

int fx_rounding_find(const char *name)
{
    return find_name(name, fx_rounding_names);
}

int fx_overflow_find(const char *name)
{
    return find_name(name, fx_overflow_names);
}

/* ------------------------------------------------------------- formats */

bool fx_format_valid(const struct fx_format *format)
{
    if (format->bits < 1 || format->bits > 64 || format->wrap_bits < 0)
        return false;
    if (format->overflow >= FX_OVERFLOW_COUNT)
        return false;
    return format->is_signed || format->overflow != FX_WRAP_SIGN_MAGNITUDE;
}

static fx_int128 highest(const struct fx_format *format)
{
    return ((fx_int128) 1 << (format->bits - format->is_signed)) - 1;
}

static fx_int128 lowest(const struct fx_format *format)
{
    if (!format->is_signed)
        return 0;
    if (format->overflow == FX_SATURATE_SYMMETRIC)
        return -highest(format);
    return -highest(format) - 1;
}

static bool fits_int64(const struct fx_format *format)
{
    return fx_format_valid(format) && (format->is_signed || format->bits < 64);
}

int64_t fx_min(const struct fx_format *format)
{
    assert(fx_format_valid(format));
    return (int64_t) lowest(format);
}

int64_t fx_max(const struct fx_format *format)
{
    assert(fits_int64(format));
    return (int64_t) highest(format);
}

static fx_int128 saturate(const struct fx_format *format, bool under)
{
    return under ? lowest(format) : highest(format);
}

/* The low `bits` bits of v, 0 to 126. */
static fx_int128 low_bits(fx_int128 v, int bits)
{
    return (fx_int128) ((fx_uint128) v & (((fx_uint128) 1 << bits) - 1));
}

static bool bit(fx_int128 v, int place)
{
    return (fx_uint128) v >> place & 1;
}

/* The low bits of v as a code of the format. */
static fx_int128 wrap_all(fx_int128 v, const struct fx_format *format)
{
    const fx_int128 low = low_bits(v, format->bits);

    if (format->is_signed && bit(low, format->bits - 1))
        return low - ((fx_int128) 1 << format->bits);
    return low;
}

/* Keep the low `count` bits; those above stay at the limit: they saturate. */
static fx_int128 wrap_low(fx_int128 v, const struct fx_format *format,
                          int count, bool under)
{
    const fx_int128 top = under ? lowest(format)
                                : highest(format) - low_bits(-1, count);

    return top + low_bits(v, count);
}

static fx_int128 wrap(fx_int128 v, const struct fx_format *format, bool under)
{
    if (format->wrap_bits == 0)
        return wrap_all(v, format);
    if (format->wrap_bits >= format->bits)
        return saturate(format, under);
    return wrap_low(v, format, format->bits - format->wrap_bits, under);
}

/*
 * As wrap(), but the kept bits are inverted whenever the bit above them would
 * change sign, so that codes run up and down like a triangle.
 */
static fx_int128 wrap_sign_magnitude(fx_int128 v,
                                     const struct fx_format *format, bool under)
{
    const int bits = format->bits;
    const int kept = bits - format->wrap_bits;

    if (format->wrap_bits == 0)
        return wrap_all(bit(v, bits) != bit(v, bits - 1) ? ~v : v, format);
    if (format->wrap_bits == 1)
        return wrap_all((v < 0) != bit(v, bits - 1) ? ~v : v, format);
    if (kept <= 0)
        return saturate(format, under);
    return wrap_low((v < 0) == bit(v, kept) ? ~v : v, format, kept, under);
}

fx_int128 fx_reduce_wide(fx_int128 v, const struct fx_format *format,
                         bool *overflowed)
{
    assert(fx_format_valid(format));
    const bool under = v < lowest(format);

    if (!under && v <= highest(format))
        return v;
    if (overflowed)
        *overflowed = true;
    switch (format->overflow) {
    case FX_SATURATE_ZERO:
        return 0;
    case FX_WRAP:
        return wrap(v, format, under);
    case FX_WRAP_SIGN_MAGNITUDE:
        return wrap_sign_magnitude(v, format, under);
    case FX_SATURATE:
    case FX_SATURATE_SYMMETRIC:
    default:
        return saturate(format, under);
    }
}

int64_t fx_reduce(int64_t v, const struct fx_format *format, bool *overflowed)
{
    assert(fits_int64(format));
    return (int64_t) fx_reduce_wide(v, format, overflowed);
}

/* ------------------------------------------------------------ rounding */

/* The four bits that decide, each as its column of a 16-row truth table. */
enum {
    STICKY = 0xAAAA,
    ROUND = 0xCCCC,
    ODD = 0xF0F0,
    NEGATIVE = 0xFF00
};

const uint16_t fx_increments[FX_ROUNDING_COUNT] = {
    [FX_HALF_UP] = ROUND,
    [FX_HALF_TOWARD_ZERO] = ROUND & (STICKY | NEGATIVE),
    [FX_HALF_DOWN] = ROUND & STICKY,
    [FX_HALF_AWAY] = ROUND & (STICKY | ~NEGATIVE),
    [FX_HALF_EVEN] = ROUND & (STICKY | ODD),
    [FX_FLOOR] = 0,
    [FX_TOWARD_ZERO] = NEGATIVE & (ROUND | STICKY),
};

int64_t fx_round(int64_t v, int drop, enum fx_rounding rounding, bool *inexact)
{
    if (drop < 0 || drop > 63)
        return (int64_t) fx_round_wide(v, drop, rounding, inexact);
    if (inexact && ((uint64_t) v & ((UINT64_C(1) << drop) - 1)) != 0)
        *inexact = true;
    return fx_shift_right(v, drop, rounding);
}

/* As fx_shift_right; drop is 0 to 127. */
static fx_int128 shift_right_wide(fx_int128 v, int drop,
                                  enum fx_rounding rounding)
{
    const fx_uint128 below = (fx_uint128) v << 1;
    const fx_int128 quotient = v >> drop;
    const unsigned negative = v < 0;
    const unsigned odd = quotient & 1;
    const unsigned round = below >> drop & 1;
    const unsigned sticky = (below & (((fx_uint128) 1 << drop) - 1)) != 0;
    const unsigned state = negative << 3 | odd << 2 | round << 1 | sticky;

    return quotient + (fx_increments[rounding] >> state & 1);
}

fx_int128 fx_round_wide(fx_int128 v, int drop, enum fx_rounding rounding,
                        bool *inexact)
{
    assert(rounding < FX_ROUNDING_COUNT);
    assert(-((fx_int128) 1 << 126) < v && v < (fx_int128) 1 << 126);
    if (drop <= 0) {
        assert(drop > -127);
        const fx_int128 shifted = (fx_int128) ((fx_uint128) v << -drop);
        assert(shifted >> -drop == v);
        return shifted;
    }
    /* From 127 on, all dropped bits that are new are copies of the sign. */
    drop = drop < 127 ? drop : 127;
    if (inexact && low_bits(v, drop) != 0)
        *inexact = true;
    return shift_right_wide(v, drop, rounding);
}

/* ------------------------------------------------------------ one MAC */

bool fx_product_format_valid(const struct fx_product_format *format)
{
    if (format->exact)
        return true;
    return 0 <= format->drop && format->drop <= 63 &&
           format->rounding < FX_ROUNDING_COUNT && fits_int64(&format->format);
}

int64_t fx_product(int32_t a, int32_t b, const struct fx_product_format *format,
                   bool *overflowed)
{
    const int64_t product = (int64_t) a * b;

    if (format->exact)
        return product;
    assert(fx_product_format_valid(format));
    return fx_reduce(fx_shift_right(product, format->drop, format->rounding),
                     &format->format, overflowed);
}

int64_t fx_mac(int64_t acc, const int32_t *a, const int32_t *w, int lanes,
               const struct fx_product_format *product_format,
               const struct fx_format *acc_format, bool *overflowed)
{
    assert(lanes >= 1 && fits_int64(acc_format));
    assert(lowest(acc_format) <= acc && acc <= highest(acc_format));
    fx_int128 sum = acc;

    for (int i = 0; i < lanes; i++)
        sum += fx_product(a[i], w[i], product_format, NULL);
    return (int64_t) fx_reduce_wide(sum, acc_format, overflowed);
}

/* --------------------------------------------------------------- ranges */

void fx_range_add(struct fx_range *range, int32_t w, int32_t x_lo, int32_t x_hi)
{
    assert(x_lo <= 0 && 0 <= x_hi);
    const int64_t at_lo = (int64_t) w * x_lo;
    const int64_t at_hi = (int64_t) w * x_hi;

    range->lo += w < 0 ? at_hi : at_lo;
    range->hi += w < 0 ? at_lo : at_hi;
}

int fx_bits_needed(int64_t lo, int64_t hi)
{
    /* Complementing a negative code gives a code of as many bits. */
    uint64_t magnitude = (uint64_t) ((lo ^ lo >> 63) | (hi ^ hi >> 63));
    int bits = 1;

    for (; magnitude != 0; magnitude >>= 1)
        bits++;
    return bits;
}
