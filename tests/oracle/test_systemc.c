/*
 * test_systemc.c - sim/fx against Accellera SystemC: codes and both flags.
 *
 * Every small cast, then random wide casts, MAC chains and requantizations,
 * then what neither side defines. A part stops at its first difference and
 * names the case.
 */
#define _POSIX_C_SOURCE 200809L

#include "sim/fx/fx.h"
#include "tests/oracle/sc_oracle.h"
#include "tests/oracle/stimulus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct options {
    bool quick;
    long casts;
    uint64_t seed;
};

static struct sc_oracle_integer integer_of(fx_int128 v)
{
    return (struct sc_oracle_integer) {.high = (int64_t) (v >> 64),
                                       .low = (uint64_t) v};
}

static struct sc_oracle_format oracle_format(const struct fx_format *format,
                                             enum fx_rounding rounding)
{
    return (struct sc_oracle_format) {
        .bits = format->bits, .is_signed = format->is_signed,
        .q_mode = (int) rounding, .o_mode = (int) format->overflow,
        .n_bits = format->wrap_bits};
}

/* The integer that SystemC's int64_t stands for. */
static fx_int128 oracle_code(const struct fx_format *format, int64_t code)
{
    return format->is_signed ? (fx_int128) code : (fx_int128) (uint64_t) code;
}

/* -------------------------------------------------------- one comparison */

struct outcome {
    fx_int128 code;
    bool inexact;
    bool overflowed;
};

static bool same(const struct outcome *ours,
                 const struct sc_oracle_result *theirs,
                 const struct fx_format *format)
{
    return ours->code == oracle_code(format, theirs->code) &&
           ours->inexact == (theirs->inexact != 0) &&
           ours->overflowed == (theirs->overflowed != 0);
}

static struct outcome cast_wide(fx_int128 v, int drop,
                                enum fx_rounding rounding,
                                const struct fx_format *format)
{
    struct outcome ours = {.inexact = false, .overflowed = false};
    const fx_int128 rounded = fx_round_wide(v, drop, rounding, &ours.inexact);

    ours.code = fx_reduce_wide(rounded, format, &ours.overflowed);
    return ours;
}

static struct outcome cast_narrow(int64_t v, int drop,
                                  enum fx_rounding rounding,
                                  const struct fx_format *format)
{
    struct outcome ours = {.inexact = false, .overflowed = false};
    const int64_t rounded = fx_round(v, drop, rounding, &ours.inexact);

    ours.code = fx_reduce(rounded, format, &ours.overflowed);
    return ours;
}

/* The inline forms, where they are defined; otherwise what fx_reduce says. */
static struct outcome cast_inline(int64_t v, int drop,
                                  enum fx_rounding rounding,
                                  const struct fx_format *format)
{
    struct outcome ours = cast_narrow(v, drop, rounding, format);

    if (!format->is_signed || format->bits > 63 || drop < 0 || drop > 63)
        return ours;
    const int64_t rounded = fx_shift_right(v, drop, rounding);
    ours.overflowed = fx_overflows(rounded, format->bits) ||
                      (format->overflow == FX_SATURATE_SYMMETRIC &&
                       rounded < fx_min(format));
    if (format->overflow == FX_SATURATE)
        ours.code = fx_saturate(rounded, format->bits);
    if (format->overflow == FX_WRAP && format->wrap_bits == 0)
        ours.code = fx_wrap(rounded, format->bits);
    return ours;
}

static void print_wide(const char *name, fx_int128 v)
{
    const fx_uint128 magnitude = v < 0 ? -(fx_uint128) v : (fx_uint128) v;

    fprintf(stderr, " %s %s0x%" PRIx64 "%016" PRIx64, name, v < 0 ? "-" : "",
            (uint64_t) (magnitude >> 64), (uint64_t) magnitude);
}

static void print_cast(const char *function, fx_int128 v, int drop,
                       enum fx_rounding rounding,
                       const struct fx_format *format,
                       const struct outcome *ours,
                       const struct sc_oracle_result *theirs)
{
    fprintf(stderr, "first difference in %s:", function);
    print_wide("input", v);
    fprintf(stderr, " drop %d %s into %d bits %s %s wrap_bits %d:", drop,
            fx_rounding_name(rounding), format->bits,
            format->is_signed ? "signed" : "unsigned",
            fx_overflow_name(format->overflow), format->wrap_bits);
    print_wide("ours", ours->code);
    print_wide("SystemC", oracle_code(format, theirs->code));
    fprintf(stderr, ", inexact %d and %d, overflowed %d and %d\n",
            ours->inexact, theirs->inexact, ours->overflowed,
            theirs->overflowed);
}

/* Whether the functions for int64_t can do this cast too. */
static bool is_narrow(fx_int128 v, int drop, const struct fx_format *format)
{
    if (!format->is_signed && format->bits == 64)
        return false;
    if (drop < 0)
        v = (fx_int128) ((fx_uint128) v << -drop);
    return v == (int64_t) v;
}

/* Compares every form of the cast; 0 or, after a message, -1. */
static int check_cast(fx_int128 v, int drop, enum fx_rounding rounding,
                      const struct fx_format *format,
                      const struct sc_oracle_result *theirs)
{
    struct outcome ours = cast_wide(v, drop, rounding, format);
    const char *function = "fx_round_wide, fx_reduce_wide";

    if (same(&ours, theirs, format) && is_narrow(v, drop, format)) {
        ours = cast_narrow((int64_t) v, drop, rounding, format);
        function = "fx_round, fx_reduce";
        if (same(&ours, theirs, format)) {
            ours = cast_inline((int64_t) v, drop, rounding, format);
            function = "the inline forms";
        }
    }
    if (same(&ours, theirs, format))
        return 0;
    print_cast(function, v, drop, rounding, format, &ours, theirs);
    return -1;
}

/* ------------------------------------------------------- every small case */

enum { INPUTS = 1024, DROP_MAX = 5, OUT_BITS_MAX = 8 };

struct small_inputs {
    int64_t first;  /* INPUTS consecutive integers from here */
    int drop;
    struct sc_oracle_values *values;
};

/* All inputs into one format with every rounding; the count, or -1. */
static long check_small_format(const struct small_inputs *inputs,
                               const struct fx_format *format)
{
    static struct sc_oracle_result theirs[INPUTS];

    for (int r = 0; r < FX_ROUNDING_COUNT; r++) {
        const enum fx_rounding rounding = (enum fx_rounding) r;
        const struct sc_oracle_format oracle = oracle_format(format, rounding);

        if (sc_oracle_cast(inputs->values, &oracle, theirs)) {
            fprintf(stderr, "SystemC reports an error\n");
            return -1;
        }
        for (int i = 0; i < INPUTS; i++) {
            if (check_cast(inputs->first + i, inputs->drop, rounding, format,
                           &theirs[i]))
                return -1;
        }
    }
    return (long) FX_ROUNDING_COUNT * INPUTS;
}

/* All overflow modes, signs and wrap_bits of one width; the count, or -1. */
static long check_small_width(const struct small_inputs *inputs, int bits)
{
    long count = 0;

    for (int i = 0; i < 2 * FX_OVERFLOW_COUNT; i++) {
        struct fx_format format = {.bits = bits, .is_signed = i % 2 == 0,
                                   .overflow = (enum fx_overflow) (i / 2)};
        const bool wraps = format.overflow >= FX_WRAP;

        if (!fx_format_valid(&format))
            continue;
        for (int n = 0; n <= (wraps ? bits + 1 : 0); n++) {
            format.wrap_bits = n;
            const long checked = check_small_format(inputs, &format);
            if (checked < 0)
                return -1;
            count += checked;
        }
    }
    return count;
}

static long check_small(const struct options *options)
{
    const int bits_step = options->quick ? 2 : 1;
    const int drop_step = options->quick ? 3 : 1;
    long count = 0;

    for (int i = 0; i < 2 * (DROP_MAX + 1); i += drop_step) {
        struct sc_oracle_integer integers[INPUTS];
        struct small_inputs inputs = {
            .first = i <= DROP_MAX ? -INPUTS / 2 : 0,
            .drop = i % (DROP_MAX + 1)};

        for (int j = 0; j < INPUTS; j++)
            integers[j] = integer_of(inputs.first + j);
        inputs.values = sc_oracle_values_new(integers, INPUTS, inputs.drop);

        long checked = 0;
        for (int bits = 1; bits <= OUT_BITS_MAX && checked >= 0;
             bits += bits_step) {
            checked = check_small_width(&inputs, bits);
            count += checked;
        }
        sc_oracle_values_free(inputs.values);
        if (checked < 0)
            return -1;
    }
    return count;
}

/* ------------------------------------------------------ random wide casts */

static enum fx_rounding any_rounding(struct rng *rng)
{
    return (enum fx_rounding) stimulus_int(rng, 0, FX_ROUNDING_COUNT - 1);
}

/* Widths at and beside the machine's words more often than others. */
static int any_bits(struct rng *rng)
{
    static const int words[] = {1, 2, 8, 31, 32, 33, 63, 64};

    return stimulus_int(rng, 0, 2) == 0 ? words[stimulus_int(rng, 0, 7)]
                                          : stimulus_int(rng, 1, 64);
}

/* A valid overflow for the given bits and sign. */
static void draw_overflow(struct rng *rng, struct fx_format *format)
{
    const int last = format->is_signed ? FX_WRAP_SIGN_MAGNITUDE : FX_WRAP;
    const int wrap_bits[] = {0, 1, stimulus_int(rng, 0, format->bits + 2)};

    format->overflow = (enum fx_overflow) stimulus_int(rng, 0, last);
    format->wrap_bits = wrap_bits[stimulus_int(rng, 0, 2)];
}

static struct fx_format any_format(struct rng *rng, int max_unsigned_bits)
{
    struct fx_format format = {.bits = any_bits(rng),
                               .is_signed = stimulus_int(rng, 0, 1) == 0};

    if (format.bits > max_unsigned_bits)
        format.is_signed = true;
    draw_overflow(rng, &format);
    return format;
}

/* A signed code of 2 to 120 bits. */
static fx_int128 any_wide(struct rng *rng, int bits)
{
    if (bits <= 64)
        return stimulus_code(rng, bits);
    const int64_t high = stimulus_code(rng, bits - 64);
    const uint64_t low = (uint64_t) stimulus_code(rng, 64);

    return (fx_int128) ((fx_uint128) (fx_int128) high << 64 | low);
}

/* Sets the low `drop` bits to one half, or to one beside it. */
static fx_int128 with_tie(struct rng *rng, fx_int128 v, int drop)
{
    const fx_uint128 ones = ((fx_uint128) 1 << drop) - 1;
    const fx_int128 half = (fx_int128) 1 << (drop - 1);
    const int beside = stimulus_int(rng, 0, 3);

    v = (fx_int128) (((fx_uint128) v & ~ones) | (fx_uint128) half);
    return v + (beside == 1) - (beside == 2);
}

static int check_wide_case(struct rng *rng)
{
    const int bits = stimulus_int(rng, 2, 120);
    const bool is_far = stimulus_int(rng, 0, 15) == 0;
    const int drop = is_far ? stimulus_int(rng, 60, 140)
                            : stimulus_int(rng, -3, bits + 2);
    const struct fx_format format = any_format(rng, 64);
    const enum fx_rounding rounding = any_rounding(rng);
    const struct sc_oracle_format oracle = oracle_format(&format, rounding);
    fx_int128 v = any_wide(rng, bits);

    if (1 <= drop && drop < bits && stimulus_int(rng, 0, 1) == 0)
        v = with_tie(rng, v, drop);

    const struct sc_oracle_integer integer = integer_of(v);
    struct sc_oracle_values *values = sc_oracle_values_new(&integer, 1, drop);
    struct sc_oracle_result theirs;
    const int failed = sc_oracle_cast(values, &oracle, &theirs);

    sc_oracle_values_free(values);
    if (failed) {
        fprintf(stderr, "SystemC reports an error\n");
        return -1;
    }
    return check_cast(v, drop, rounding, &format, &theirs);
}

static long check_wide(const struct options *options)
{
    struct rng rng;

    rng_init(&rng, options->seed);

    for (long i = 0; i < options->casts; i++) {
        if (check_wide_case(&rng))
            return -1;
    }
    return options->casts;
}

/* ------------------------------------------------------- random MAC chains */

enum { LANES_MAX = 9, CHAIN_MAX = 20 };

struct mac_step {
    int lanes;
    int32_t a[LANES_MAX];
    int32_t w[LANES_MAX];
    struct fx_product_format product;
    struct fx_format accumulator;
};

/* Whether a lane's product does not fit; fx_mac does not tell. */
static bool product_overflows(const struct mac_step *step)
{
    bool overflowed = false;

    for (int i = 0; i < step->lanes; i++)
        fx_product(step->a[i], step->w[i], &step->product, &overflowed);
    return overflowed;
}

/* One step with both; the new accumulator in *acc, or -1 and a message. */
static int check_step(const struct mac_step *step, int64_t *acc)
{
    const struct sc_oracle_format product =
        oracle_format(&step->product.format, step->product.rounding);
    const struct sc_oracle_format accumulator =
        oracle_format(&step->accumulator, FX_FLOOR);
    struct sc_oracle_result theirs;
    int product_overflowed;

    if (sc_oracle_mac(*acc, step->a, step->w, step->lanes,
                      step->product.exact ? NULL : &product, step->product.drop,
                      &accumulator, &theirs, &product_overflowed)) {
        fprintf(stderr, "SystemC reports an error\n");
        return -1;
    }

    bool overflowed = false;
    const int64_t ours = fx_mac(*acc, step->a, step->w, step->lanes,
                                &step->product, &step->accumulator,
                                &overflowed);
    if (product_overflows(step) != (product_overflowed != 0)) {
        fprintf(stderr, "first difference in fx_product: a %d w %d lanes %d,"
                " overflowed in SystemC %d\n", step->a[0], step->w[0],
                step->lanes, product_overflowed);
        return -1;
    }
    if (ours != theirs.code || overflowed != (theirs.overflowed != 0)) {
        fprintf(stderr, "first difference in fx_mac: acc %" PRId64 " a %d w %d"
                " lanes %d into %d bits %s wrap_bits %d, product %s %d bits:"
                " ours %" PRId64 " SystemC %" PRId64 ", overflowed %d and %d\n",
                *acc, step->a[0], step->w[0], step->lanes,
                step->accumulator.bits,
                fx_overflow_name(step->accumulator.overflow),
                step->accumulator.wrap_bits,
                step->product.exact ? "exact" : "narrowed to",
                step->product.format.bits, ours, theirs.code, overflowed,
                theirs.overflowed);
        return -1;
    }
    *acc = ours;
    return 0;
}

/* The number of steps, or -1. Widths hold for a chain, modes for a step. */
static long check_chain(struct rng *rng)
{
    const int a_bits = stimulus_int(rng, 1, 32);
    const int w_bits = stimulus_int(rng, 1, 32);
    const int length = stimulus_int(rng, 1, CHAIN_MAX);
    struct mac_step step = {.accumulator = any_format(rng, 63)};
    int64_t acc = 0;

    step.product.exact = stimulus_int(rng, 0, 2) == 0;
    step.product.format = any_format(rng, 63);
    step.product.drop = stimulus_int(rng, 0, 63) >> stimulus_int(rng, 0, 3);
    step.lanes = stimulus_int(rng, 0, 1) ? 1 : stimulus_int(rng, 2, 9);
    for (int i = 0; i < length; i++) {
        for (int lane = 0; lane < step.lanes; lane++) {
            step.a[lane] = (int32_t) stimulus_code(rng, a_bits);
            step.w[lane] = (int32_t) stimulus_code(rng, w_bits);
        }
        step.product.rounding = any_rounding(rng);
        draw_overflow(rng, &step.product.format);
        /* The symmetric mode cannot start from the lowest code. */
        do
            draw_overflow(rng, &step.accumulator);
        while (acc < fx_min(&step.accumulator));
        if (check_step(&step, &acc))
            return -1;
    }
    return length;
}

static long check_chains(const struct options *options)
{
    struct rng rng;

    rng_init(&rng, options->seed + 1);
    long steps = 0;

    for (long i = 0; i < options->casts / 10; i++) {
        const long length = check_chain(&rng);
        if (length < 0)
            return -1;
        steps += length;
    }
    return steps;
}

/* ------------------------------------------------- random requantizations */

/* A power of two in a quarter of the draws, for only those meet ties. */
static struct fx_requant any_requant(struct rng *rng)
{
    const int32_t any = (int32_t) (stimulus_code(rng, 32) & INT32_MAX);
    const int power = stimulus_int(rng, 0, 30);
    const int bits = stimulus_int(rng, 2, 32);
    const int32_t max = (int32_t) ((UINT32_C(1) << (bits - 1)) - 1);
    const int32_t zero_point = (int32_t) stimulus_code(rng, bits);
    const bool relu = stimulus_int(rng, 0, 1) == 0;

    return (struct fx_requant) {
        .mult = stimulus_int(rng, 0, 3) == 0 ? INT32_C(1) << power : any,
        .shift = stimulus_int(rng, 0, 63),
        .double_round = stimulus_int(rng, 0, 1) == 0,
        .rounding = any_rounding(rng),
        .zero_point = zero_point,
        .min = relu ? zero_point : -max - 1,
        .max = max,
    };
}

static int check_requantize_case(struct rng *rng)
{
    const int acc_bits = stimulus_int(rng, 1, 48);
    const int64_t acc = stimulus_code(rng, acc_bits);
    struct fx_requant requant = any_requant(rng);
    int32_t theirs;

    /* gemmlowp's chain defines the double rounding, and ends half away. */
    if (requant.double_round && requant.shift > 31)
        requant.rounding = FX_HALF_UP;
    if (sc_oracle_requantize(acc, requant.mult, requant.shift,
                             (int) requant.rounding,
                             requant.double_round && requant.shift > 31,
                             requant.zero_point, requant.min, requant.max,
                             &theirs)) {
        fprintf(stderr, "SystemC reports an error\n");
        return -1;
    }

    const int32_t ours = fx_requantize(acc, &requant);
    if (ours == theirs)
        return 0;
    fprintf(stderr, "first difference in fx_requantize: acc %" PRId64
            " mult %" PRId32 " shift %d %s%s zero_point %" PRId32
            " max %" PRId32 ": ours %" PRId32 " SystemC %" PRId32 "\n",
            acc, requant.mult, requant.shift,
            fx_rounding_name(requant.rounding),
            requant.double_round ? " double_round" : "", requant.zero_point,
            requant.max, ours, theirs);
    return -1;
}

static long check_requantize(const struct options *options)
{
    struct rng rng;

    rng_init(&rng, options->seed + 2);

    for (long i = 0; i < options->casts; i++) {
        if (check_requantize_case(&rng))
            return -1;
    }
    return options->casts;
}

/* ------------------------------------------------- what neither defines */

/* Unsigned wrap_sign_magnitude: SystemC reports an error on overflow. */
static long check_refusal(const struct options *options)
{
    long count = 0;

    (void) options;
    for (int bits = 1; bits <= 64; bits++) {
        const struct fx_format format = {.bits = bits,
                                         .overflow = FX_WRAP_SIGN_MAGNITUDE};
        const struct sc_oracle_format oracle = oracle_format(&format, FX_FLOOR);
        const struct sc_oracle_integer below = integer_of(-1);
        struct sc_oracle_values *values = sc_oracle_values_new(&below, 1, 0);
        struct sc_oracle_result theirs;
        const int failed = sc_oracle_cast(values, &oracle, &theirs);

        sc_oracle_values_free(values);
        if (!failed || fx_format_valid(&format)) {
            fprintf(stderr, "%d unsigned bits wrap_sign_magnitude: ours %s, "
                    "SystemC %s\n", bits,
                    fx_format_valid(&format) ? "accepts" : "refuses",
                    failed ? "refuses" : "accepts");
            return -1;
        }
        count++;
    }
    return count;
}

/* ------------------------------------------------------------------ main */

static const struct part {
    const char *name;
    long (*check)(const struct options *options);
} parts[] = {
    {"every small cast", check_small},
    {"random casts of up to 120 bits", check_wide},
    {"random MAC steps", check_chains},
    {"random requantizations", check_requantize},
    {"refused by both", check_refusal},
};

static double seconds(void)
{
    return (double) clock() / CLOCKS_PER_SEC;
}

static int run(const struct options *options)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const double start = seconds();
        const long count = parts[i].check(options);

        if (count < 0) {
            printf("%-32s a difference, seed %" PRIu64 "\n", parts[i].name,
                   options->seed);
            return 1;
        }
        printf("%-32s %10ld cases, 0 differences, %.1f s\n", parts[i].name,
               count, seconds() - start);
        fflush(stdout);
    }
    return 0;
}

/* test_systemc [-q] [-n RANDOM_CASES] [-s SEED] */
int main(int argc, char **argv)
{
    struct options options = {.casts = 2000000, .seed = 1};
    int option;

    while ((option = getopt(argc, argv, "qn:s:")) != -1) {
        switch (option) {
        case 'q':
            options.quick = true;
            options.casts = 20000;
            break;
        case 'n': options.casts = strtol(optarg, NULL, 10); break;
        case 's': options.seed = strtoull(optarg, NULL, 10); break;
        default:
            fprintf(stderr, "usage: test_systemc [-q] [-n CASES] [-s SEED]\n");
            return 2;
        }
    }
    return run(&options);
}
