/*
 * test_images.c - images and back: properties over generated matrices.
 *
 * With `long`, every format x weight width x banking x byte order of a whole
 * network; else a part of it that reaches every value of each. And random
 * words in random layouts, through rom_pack and each format.
 *
 *   test_images [long] [SEED]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/bits.h"
#include "codegen/rom.h"
#include "codegen/rom_read.h"
#include "codegen/secded.h"
#include "sim/base/rng.h"
#include "tests/unit/fixture.h"

static int failures;
static int64_t cases;

#define REQUIRE(condition, ...)                                            \
    do {                                                                   \
        cases++;                                                           \
        if (!(condition)) {                                                \
            failures++;                                                    \
            fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                \
            fprintf(stderr, __VA_ARGS__);                                  \
            fputc('\n', stderr);                                           \
        }                                                                  \
    } while (0)

/* ------------------------------------------------------------ whole images */

struct choice {
    const struct format *format;
    int weight_bits;
    enum rom_banking banking;
    bool big_endian, msb_first, secded;
    enum rom_packing packing;
    enum rom_split split;
    int unit_bits, byte_lanes;
};

static bool is_possible(const struct choice *c, const struct rom_layout *l)
{
    struct diag quiet;

    diag_init(&quiet);
    const int result = rom_layout_check(l, &quiet, PLACE_NONE);

    diag_release(&quiet);
    /* One C array holds words of at most 64 bits, 19-bit addresses are few. */
    return result == 0
           && (strcmp(c->format->name, "c") || c->packing != ROM_AS_WORDS);
}

static void round_trip(struct fixture *f, const struct choice *c)
{
    struct rom_options o = { .qnet = &f->qnet };
    struct rom_stats stats;
    struct rom_verdict v = { 0 };

    rom_layout_init(&o.layout, c->format, f->hw.rows);
    o.layout.banking = c->banking;
    o.layout.big_endian = c->big_endian;
    o.layout.msb_first = c->msb_first;
    o.layout.secded = c->secded;
    o.layout.packing = c->packing;
    o.layout.split = c->split;
    o.layout.unit_bits = c->unit_bits;
    o.layout.byte_lanes = c->byte_lanes;
    if (!is_possible(c, &o.layout))
        return;
    const int written = rom_write_as(&f->program, &o, fixture_folder(), &stats,
                                     &f->diag);
    const int read = written ? -1 : rom_verify(&f->program, fixture_folder(),
                                               &v, &f->diag);

    REQUIRE(read == 0 && v.weights == 8 * 9 + 16 * 72 + 10 * 256
            && v.differences == 0, "W%d %s, banking %s, %s, %s, %s%s, split "
            "%s, units of %d, %d lanes: not read back", c->weight_bits,
            c->format->name, rom_banking_names[c->banking],
            c->big_endian ? "big" : "little", c->msb_first ? "msb" : "lsb",
            rom_packing_names[c->packing], c->secded ? ", secded" : "",
            rom_split_names[c->split], c->unit_bits, c->byte_lanes);
    if (diag_error_count(&f->diag) > 0) {
        diag_print(&f->diag, stderr);
        diag_release(&f->diag);
        diag_init(&f->diag);
    }
}

/* What is not in the matrix's four axes is drawn. */
static void draw_rest(struct choice *c, struct rng *rng)
{
    static const int units[] = { 8, 16, 32, 64 };

    c->msb_first = rng_range(rng, 0, 1);
    c->secded = rng_range(rng, 0, 3) == 0;
    c->unit_bits = units[rng_range(rng, 0, 3)];
    c->byte_lanes = rng_range(rng, 0, 3) == 0 ? (int) rng_range(rng, 2, 4) : 1;
    c->split = (enum rom_split) rng_range(rng, 0, 2);
    c->packing = (enum rom_packing) rng_range(rng, 0, 2);
    if (c->packing == ROM_AS_WORDS
        && (c->format->bytes_only || !strcmp(c->format->name, "c")))
        c->packing = ROM_PADDED;
    if (c->packing == ROM_AS_WORDS) {
        c->byte_lanes = 1;
        c->split = c->split == ROM_ONE_FILE ? ROM_BY_BANK : c->split;
    }
}

static void run_matrix(bool all, struct rng *rng)
{
    static const int widths[] = { 1, 2, 3, 4, 5, 7, 8, 12, 16 };

    for (int w = 0; w < 9; w++) {
        const struct format *format = formats;
        char bits[32], lanes[32];
        const char *const sets[] = { bits, lanes, "array.cols=3",
                                     "array.rows=3", NULL };
        struct fixture f;

        snprintf(bits, sizeof(bits), "weight.bits=%d", widths[w]);
        snprintf(lanes, sizeof(lanes), "array.lanes=%d", w % 3 + 1);
        if (fixture_open(&f, sets))
            exit(1);
        for (int i = 0; format->name; format++, i++)
            for (int k = 0; k < 6; k++) {
                struct choice c = { .format = format,
                                    .weight_bits = widths[w],
                                    .banking = (enum rom_banking) (k / 2),
                                    .big_endian = k % 2 };

                if (!all && (i + k + w) % 6)
                    continue;
                draw_rest(&c, rng);
                round_trip(&f, &c);
            }
        fixture_close(&f);
    }
}

/* ------------------------------------------------------------ random words */

static void fill(uint8_t *bytes, size_t count, struct rng *rng)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t) rng_next(rng);
}

/* Segments of a content, written to text and read: the same units there, and
 * none elsewhere. */
static void through_format(const struct format *f, int bits, struct rng *rng)
{
    const size_t bytes = ((size_t) bits + 7) / 8;
    struct format_segment segment[4];
    uint8_t *data[4];
    uint64_t next = f->has_addresses ? (uint64_t) rng_range(rng, 0, 99) : 0;
    struct format_content c = { .name = "image", .title = "one",
                                .subtitle = "two", .unit_bits = bits,
                                .addresses = rng_range(rng, 0, 1),
                                .segment = segment };
    struct stream s;
    struct strbuf text;
    struct diag d;
    struct sink *sink = malloc(sizeof(*sink));

    c.segments = f->has_addresses ? (int) rng_range(rng, 1, 4) : 1;
    for (int i = 0; i < c.segments; i++) {
        const uint64_t units = (uint64_t) rng_range(rng, 1, 300);

        data[i] = malloc(units * bytes);
        fill(data[i], units * bytes, rng);
        for (uint64_t u = 0; bits % 8 && u < units; u++)
            data[i][(u + 1) * bytes - 1] &= (uint8_t) ((1u << bits % 8) - 1);
        segment[i] = (struct format_segment) { next, units, data[i] };
        next += units + (uint64_t) (i % 2 * rng_range(rng, 0, 20000));
    }
    strbuf_init(&text);
    diag_init(&d);
    sink_init(sink, NULL, &text, NULL);
    f->write(sink, &c);
    sink_flush(sink);
    const int result = format_read(f, "text", text.text, text.length, bits,
                                   1 << 24, &s, &d);

    REQUIRE(result == 0, "%s with units of %d bits: refused", f->name, bits);
    for (int i = 0; i < c.segments; i++) {
        const struct format_segment *g = &segment[i];
        uint8_t *back = calloc(g->units, bytes);

        REQUIRE(result == 0 && stream_copy(&s, g->address, g->units, back)
                               == g->units
                && !memcmp(back, g->bytes, g->units * bytes),
                "%s with units of %d bits: another segment", f->name, bits);
        free(back);
        free(data[i]);
    }
    if (result == 0) {
        REQUIRE(stream_begin(&s) == segment[0].address
                && stream_end(&s) == segment[c.segments - 1].address
                                     + segment[c.segments - 1].units,
                "%s: units where there were none", f->name);
        stream_release(&s);
    } else {
        diag_print(&d, stderr);
    }
    strbuf_release(&text);
    diag_release(&d);
    free(sink);
}

/* Bit i of word w by the definition of docs/codegen.md, one bit at a time. */
static int stored_bit(const struct rom_layout *l, const uint8_t *image,
                      int word_bits, uint32_t w, int i)
{
    const uint64_t unit = (uint64_t) l->unit_bits;
    const uint64_t wide = ((uint64_t) word_bits + unit - 1) / unit * unit;
    const uint64_t box = l->packing == ROM_TIGHT ? unit : wide;
    const uint64_t order = (uint64_t) (l->msb_first ? word_bits - 1 - i : i);
    const uint64_t p = order + (l->packing == ROM_TIGHT
                                ? (uint64_t) w * (uint64_t) word_bits
                                : (uint64_t) w * wide);
    const uint64_t in_box = p % box;
    const uint64_t bit = l->msb_first ? box - 1 - in_box : in_box;
    const uint64_t byte = l->big_endian ? box / 8 - 1 - bit / 8 : bit / 8;

    return image[p / box * (box / 8) + byte] >> bit % 8 & 1;
}

static void through_packing(struct rng *rng)
{
    struct rom_layout l;
    struct arena arena;
    struct rom_words m, back;
    bool equal = true, defined = true;
    const int width = (int) rng_range(rng, 1, rng_range(rng, 0, 3) ? 70 : 512);

    arena_init(&arena, 0);
    rom_layout_init(&l, format_find("bin"), 1);
    l.packing = rng_range(rng, 0, 1) ? ROM_TIGHT : ROM_PADDED;
    l.unit_bits = 8 * (int) rng_range(rng, 1, 8);
    l.big_endian = rng_range(rng, 0, 1);
    l.msb_first = rng_range(rng, 0, 1);
    if (rom_words_new(&m, 1, width, (uint32_t) rng_range(rng, 0, 40), &arena)
        || rom_words_new(&back, 1, width, m.words, &arena))
        exit(1);
    fill(m.data, rom_bank_bytes(&m), rng);
    for (uint32_t w = 0; width % 8 && w < m.words; w++)
        m.data[(w + 1) * rom_word_bytes(&m) - 1] &=
            (uint8_t) ((1u << width % 8) - 1);
    uint8_t *units = arena_alloc(&arena, rom_layout_units(&l, width, m.words)
                                         + 64);

    rom_pack(&l, &m, 0, units);
    for (uint32_t w = 0; w < m.words; w++)
        for (int i = 0; i < width; i++)
            defined = defined && stored_bit(&l, units, width, w, i)
                == (m.data[w * rom_word_bytes(&m) + (size_t) i / 8]
                    >> i % 8 & 1);
    rom_unpack(&l, &back, 0, units);
    equal = !memcmp(m.data, back.data, rom_bank_bytes(&m));
    REQUIRE(defined && equal, "words of %d bits, %s, units of %d bits, %s, %s: "
            "%s", width, rom_packing_names[l.packing], l.unit_bits,
            l.big_endian ? "big" : "little", l.msb_first ? "msb" : "lsb",
            equal ? "a bit is elsewhere" : "not read back");
    arena_release(&arena);
}

static void check_secded(int width, struct rng *rng)
{
    const int coded = width + secded_extra_bits(width);
    uint8_t word[80] = { 0 }, sent[80], got[80];

    fill(word, ((size_t) width + 7) / 8, rng);
    secded_encode(word, width);
    memcpy(sent, word, sizeof(word));
    REQUIRE(secded_data_bits(coded) == width, "width of %d", coded);
    REQUIRE(secded_decode(word, width) == SECDED_CLEAN
            && !memcmp(word, sent, bits_bytes((size_t) coded)), "%d: clean",
            width);
    for (int a = 0; a < coded; a++) {
        const int b = (int) rng_range(rng, 0, coded - 1);

        memcpy(got, sent, sizeof(got));
        got[a / 8] ^= (uint8_t) (1u << a % 8);
        REQUIRE(secded_decode(got, width) == SECDED_CORRECTED
                && bits_get(got, 0, width < 64 ? width : 64)
                   == bits_get(sent, 0, width < 64 ? width : 64)
                && !memcmp(got, sent, (size_t) coded / 8),
                "width %d: bit %d is not corrected", width, a);
        if (a == b)
            continue;
        memcpy(got, sent, sizeof(got));
        got[a / 8] ^= (uint8_t) (1u << a % 8);
        got[b / 8] ^= (uint8_t) (1u << b % 8);
        REQUIRE(secded_decode(got, width) == SECDED_UNCORRECTABLE,
                "width %d: bits %d and %d are not noticed", width, a, b);
    }
}

int main(int argc, char **argv)
{
    const bool all = argc > 1 && !strcmp(argv[1], "long");
    const uint64_t seed = argc > 1 + all ? strtoull(argv[1 + all], NULL, 0) : 1;
    const int times = all ? 20000 : 2000;
    struct rng rng;

    rng_init(&rng, seed);
    run_matrix(all, &rng);
    const int64_t whole = cases;

    for (int i = 0; i < times; i++)
        through_packing(&rng);
    for (int i = 0; i < times / 10; i++)
        for (const struct format *f = formats; f->name; f++)
            through_format(f, f->bytes_only ? 8
                           : (int) rng_range(&rng, 1, f->max_unit_bits < 512
                                             ? f->max_unit_bits : 512), &rng);
    for (int width = 1; width <= 512; width++)
        check_secded(width, &rng);
    printf("images: %" PRId64 " networks in images, %" PRId64 " other cases, "
           "%d failures, seed %" PRIu64 "\n", whole, cases - whole, failures,
           seed);
    return failures > 0;
}
