/*
 * format_mif.c - Intel (Altera) memory initialization files.
 *
 * Written with hexadecimal radices and as many words from an address on as fit
 * a line. Read with all radices and ranges ([first..last] : word ...;).
 */
#include <inttypes.h>
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

/* Short words share an address: it would be most of the file. */
static uint64_t words_per_line(int digits)
{
    uint64_t words = 1;

    while (words < 16 && 2 * words * (size_t) (digits + 1) <= 64)
        words *= 2;
    return words;
}

void format_mif_write(struct sink *sink, const struct format_content *c)
{
    const int digits = (c->unit_bits + 3) / 4;
    const size_t bytes = ((size_t) c->unit_bits + 7) / 8;
    const uint64_t most = words_per_line(digits);
    const int last = c->segments - 1;
    const uint64_t depth = last >= 0
        ? c->segment[last].address + c->segment[last].units : 0;

    sink_printf(sink, "-- %s\n-- %s\nWIDTH=%d;\nDEPTH=%" PRIu64 ";\n"
                "ADDRESS_RADIX=HEX;\nDATA_RADIX=HEX;\nCONTENT BEGIN\n",
                c->title, c->subtitle, c->unit_bits, depth);
    for (int i = 0; i < c->segments; i++) {
        const struct format_segment *g = &c->segment[i];

        const uint8_t *unit = g->bytes;

        for (uint64_t u = 0; u < g->units; u += most) {
            char *to = sink_hex_number(sink_room(sink, (size_t) digits + 120),
                                       g->address + u, 1);

            to = (char *) memcpy(to, " : ", 3) + 3;
            for (uint64_t w = u; w < u + most && w < g->units; w++) {
                if (w > u)
                    *to++ = ' ';
                to = format_put_unit(to, unit, digits, sink_lower);
                unit += bytes;
            }
            *to++ = ';';
            *to++ = '\n';
            sink_took(sink, to);
        }
    }
    sink_printf(sink, "END;\n");
}

struct reader {
    struct scan s;
    struct stream *stream;
    int bits;
    uint64_t width, depth;
    int address_radix, data_radix;
    bool is_signed;                    /* of decimal data */
};

static int expect(struct reader *r, const char *what)
{
    if (scan_skip(&r->s, SCAN_MIF))
        return -1;
    if (!scan_take(&r->s, what))
        return scan_error(&r->s, r->s.at, 1, "'%s' must stand here", what);
    return scan_skip(&r->s, SCAN_MIF);
}

static int take_number(struct reader *r, int radix, uint64_t *value)
{
    if (scan_skip(&r->s, SCAN_MIF))
        return -1;
    const size_t from = r->s.at, length = scan_word(&r->s);

    if (scan_number(r->s.text + from, length, radix, value))
        return scan_error(&r->s, from, length ? length : 1, "'%.*s' is not a "
                          "number of radix %d",
                          (int) (length < 40 ? length : 40),
                          r->s.text + from, radix);
    return 0;
}

static int take_radix(struct reader *r, bool of_data)
{
    static const struct { const char *name; int radix; } radices[] = {
        { "HEX", 16 }, { "BIN", 2 }, { "OCT", 8 }, { "DEC", 10 }, { "UNS", 10 }
    };

    for (size_t i = 0; i < sizeof(radices) / sizeof(*radices); i++)
        if (scan_take(&r->s, radices[i].name)) {
            if (of_data) {
                r->data_radix = radices[i].radix;
                r->is_signed = i == 3;
            } else {
                r->address_radix = radices[i].radix;
            }
            return 0;
        }
    return scan_error(&r->s, r->s.at, 1, "the radix must be HEX, BIN, OCT, DEC "
                      "or UNS");
}

/* KEY = VALUE; up to CONTENT BEGIN. */
static int take_head(struct reader *r)
{
    static const char *const keys[] = { "WIDTH", "DEPTH", "ADDRESS_RADIX",
                                        "DATA_RADIX" };

    for (;;) {
        size_t k = 0;

        if (scan_skip(&r->s, SCAN_MIF))
            return -1;
        if (scan_take(&r->s, "CONTENT"))
            return expect(r, "BEGIN");
        while (k < 4 && !scan_take(&r->s, keys[k]))
            k++;
        if (k == 4)
            return scan_error(&r->s, r->s.at, 1, "WIDTH, DEPTH, ADDRESS_RADIX, "
                              "DATA_RADIX or CONTENT must stand here");
        if (expect(r, "="))
            return -1;
        const size_t from = r->s.at;

        if (k < 2 ? take_number(r, 10, k ? &r->depth : &r->width)
                  : take_radix(r, k == 3))
            return -1;
        if (k == 0 && r->width != (uint64_t) r->bits)
            return scan_error(&r->s, from, r->s.at - from, "WIDTH is %llu, "
                              "must be %d", (unsigned long long) r->width,
                              r->bits);
        if (expect(r, ";"))
            return -1;
    }
}

static void negate(uint8_t *unit, int bits)
{
    const size_t bytes = ((size_t) bits + 7) / 8;
    unsigned carry = 1;

    for (size_t i = 0; i < bytes; i++) {
        carry += (uint8_t) ~unit[i];
        unit[i] = (uint8_t) carry;
        carry >>= 8;
    }
    if (bits % 8)
        unit[bytes - 1] &= (uint8_t) ((1u << bits % 8) - 1);
}

/* A negative number's magnitude is 2^(bits - 1) at most. */
static int take_unit(struct reader *r, uint8_t *unit)
{
    const bool minus = r->is_signed && scan_peek(&r->s) == '-';

    if (minus)
        r->s.at++;
    const size_t from = r->s.at, length = scan_word(&r->s);

    if (scan_unit(&r->s, from, length, r->data_radix, r->bits, unit))
        return -1;
    if (minus) {
        negate(unit, r->bits);
        const int top = r->bits - 1;
        bool zero = true;

        for (int i = 0; i < (r->bits + 7) / 8; i++)
            zero = zero && unit[i] == 0;
        if (!zero && !(unit[top / 8] >> top % 8 & 1))
            return scan_error(&r->s, from, length, "'-%.*s' does not fit a "
                              "word of %d bits",
                              (int) (length < 40 ? length : 40),
                              r->s.text + from, r->bits);
    }
    return 0;
}

/* [first..last] or one address. */
static int take_addresses(struct reader *r, uint64_t *first, uint64_t *last)
{
    const bool range = scan_peek(&r->s) == '[';
    const size_t from = r->s.at;

    if (range)
        r->s.at++;
    if (take_number(r, r->address_radix, first))
        return -1;
    *last = *first;
    if (range && (expect(r, "..")
                  || take_number(r, r->address_radix, last)
                  || expect(r, "]")))
        return -1;
    if (*last < *first || *last >= r->depth)
        return scan_error(&r->s, from, 1, "address %llx, must be below the "
                          "DEPTH, %llu%s", (unsigned long long) *last,
                          (unsigned long long) r->depth,
                          *last < *first ? ", and not before its first" : "");
    return 0;
}

/* Words of an entry; those of a range are repeated until it is full. */
static int take_entry(struct reader *r)
{
    const size_t bytes = ((size_t) r->bits + 7) / 8;
    uint64_t first, last, count = 0;

    if (take_addresses(r, &first, &last) || expect(r, ":"))
        return -1;
    stream_continue(r->stream, first, r->s.line);
    const size_t at = r->stream->used;

    while (scan_peek(&r->s) != ';') {
        if (first != last && count > last - first)
            return scan_error(&r->s, r->s.at, 1, "more words than the range "
                              "has");
        uint8_t *unit = stream_add(r->stream, 1);

        if (!unit)
            return scan_error_stream(&r->s, r->stream);
        if (take_unit(r, unit) || scan_skip(&r->s, SCAN_MIF))
            return -1;
        count++;
    }
    r->s.at++;
    if (count == 0)
        return scan_error(&r->s, r->s.at - 1, 1, "an address without a word");
    if (count - 1 > r->depth - 1 - first)
        return scan_error(&r->s, r->s.line_at, 1, "the words go past the DEPTH,"
                          " %llu", (unsigned long long) r->depth);
    if (last == first || count > last - first)
        return 0;
    const uint64_t left = last - first + 1 - count;
    uint8_t *rest = stream_add(r->stream, left);

    if (!rest)
        return scan_error_stream(&r->s, r->stream);
    for (uint64_t i = 0; i < left; i++)
        memcpy(rest + i * bytes, r->stream->data + at + i % count * bytes,
               bytes);
    return 0;
}

/* ADDRESS : WORD ...; in hexadecimal, as it is written here; else nothing. */
static bool take_usual(struct reader *r)
{
    const struct scan before = r->s;
    uint64_t address, words = 0;

    if (r->address_radix == 16 && r->data_radix == 16
        && scan_quick_number(&r->s, &address) && scan_pass(&r->s, " : ", 3)
        && address < r->depth) {
        stream_continue(r->stream, address, r->s.line);
        while (words < r->depth - address
               && scan_quick(&r->s, r->bits, " ;", r->stream)) {
            words++;
            if (scan_pass(&r->s, ";", 1)) {
                scan_end_line(&r->s);
                return true;
            }
            if (!scan_pass(&r->s, " ", 1))
                break;
        }
        stream_take_back(r->stream, words);
    }
    r->s = before;
    return false;
}

int format_mif_read(struct format_input *input)
{
    struct reader r = { .stream = input->stream, .bits = input->unit_bits,
                        .address_radix = 16, .data_radix = 16 };

    scan_init(&r.s, input);
    if (take_head(&r))
        return -1;
    if (r.width == 0)
        return scan_error(&r.s, r.s.at, 1, "WIDTH is missing, must be %d",
                          r.bits);
    for (;;) {
        if (take_usual(&r))
            continue;
        if (scan_skip(&r.s, SCAN_MIF))
            return -1;
        if (scan_peek(&r.s) < 0)
            return scan_error_end(&r.s, "'%s' ends without 'END;': it is cut "
                                  "off", input->path);
        if (scan_take(&r.s, "END"))
            break;
        if (take_entry(&r))
            return -1;
    }
    return expect(&r, ";");
}
