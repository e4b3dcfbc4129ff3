/*
 * format_sv.c - a ROM as a SystemVerilog module, one case item a word.
 *
 * Reading takes the items and no other Verilog: `ADDRESS: data_o = WORD;` with
 * sized hexadecimal numbers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

static int address_bits(uint64_t units)
{
    int bits = 1;

    while (bits < 63 && units > UINT64_C(1) << bits)
        bits++;
    return bits;
}

void format_sv_write(struct sink *sink, const struct format_content *c)
{
    const int digits = (c->unit_bits + 3) / 4;
    const size_t bytes = ((size_t) c->unit_bits + 7) / 8;
    const struct format_segment *g = c->segment;
    const int abits = address_bits(g->units);
    char head[40], middle[40];
    const size_t head_length = (size_t) sprintf(head, "      %d'h", abits);
    const size_t middle_length = (size_t) sprintf(middle, ": data_o = %d'h",
                                                  c->unit_bits);

    sink_printf(sink, "// %s\n// %s\nmodule napier_%s (\n"
                "  input  logic [%d:0] addr_i,\n"
                "  output logic [%d:0] data_o\n);\n\n"
                "  always_comb begin\n    case (addr_i)\n", c->title,
                c->subtitle, c->name, abits - 1, c->unit_bits - 1);
    for (uint64_t u = 0; u < g->units; u++) {
        char *to = sink_room(sink, (size_t) digits + 80);

        to = (char *) memcpy(to, head, head_length) + head_length;
        to = sink_hex_number(to, u, (abits + 3) / 4);
        to = (char *) memcpy(to, middle, middle_length) + middle_length;
        to = format_put_unit(to, g->bytes + u * bytes, digits, sink_lower);
        *to++ = ';';
        *to++ = '\n';
        sink_took(sink, to);
    }
    sink_printf(sink, "      default: data_o = '0;\n    endcase\n  end\n\n"
                "endmodule\n");
}

/* SIZE'hDIGITS; places the digits and returns their count, 0 after an error. */
static size_t take_number(struct scan *s, size_t *from)
{
    const size_t start = s->at;

    scan_word(s);
    if (s->at == start || !scan_take(s, "'h")) {
        scan_error(s, start, 1, "a sized hexadecimal number, as 8'h5a, must "
                   "stand here");
        return 0;
    }
    *from = s->at;
    const size_t length = scan_word(s);

    if (length == 0)
        scan_error(s, start, 1, "a number without digits");
    return length;
}

static int take(struct scan *s, const char *what)
{
    if (scan_skip(s, SCAN_C))
        return -1;
    return scan_take(s, what)
        ? 0 : scan_error(s, s->at, 1, "'%s' must stand here", what);
}

static int expect(struct scan *s, const char *what)
{
    return take(s, what) ? -1 : scan_skip(s, SCAN_C);
}

static int take_item(struct scan *s, int bits, struct stream *stream)
{
    uint64_t address;
    size_t from = 0, length = take_number(s, &from);

    if (length == 0)
        return -1;
    if (scan_number(s->text + from, length, 16, &address))
        return scan_error(s, from, length, "'%.*s' is not an address",
                          (int) (length < 40 ? length : 40), s->text + from);
    stream_continue(stream, address, s->line);
    if (expect(s, ":") || expect(s, "data_o") || expect(s, "="))
        return -1;
    length = take_number(s, &from);
    if (length == 0)
        return -1;
    uint8_t *unit = stream_add(stream, 1);

    if (!unit)
        return scan_error_stream(s, stream);
    return scan_unit(s, from, length, 16, bits, unit) ? -1 : take(s, ";");
}

/* What stands around the numbers of an item as format_sv_write writes it. */
struct usual {
    char head[24], middle[40];
    size_t head_length, middle_length;
};

/* As the line has it that s is in; no head if it looks otherwise. */
static void learn_usual(struct usual *u, const struct scan *s, int bits)
{
    const char *from = s->text + s->line_at;
    const size_t left = s->size - s->line_at;
    const char *end = memchr(from, '\'', left < 20 ? left : 20);
    const size_t length = end ? (size_t) (end - from) + 2 : 0;

    u->middle_length = (size_t) sprintf(u->middle, ": data_o = %d'h", bits);
    u->head_length = 0;
    if (length > 2 && length <= left && end[1] == 'h'
        && !memchr(from, '\n', length)) {
        memcpy(u->head, from, length);
        u->head_length = length;
    }
}

/* An item of that look on a line of its own; else nothing. */
static bool take_usual(struct scan *s, const struct usual *u, int bits,
                       struct stream *stream)
{
    const struct scan before = *s;
    uint64_t address;

    if (u->head_length > 0 && scan_pass(s, u->head, u->head_length)
        && scan_quick_number(s, &address)
        && scan_pass(s, u->middle, u->middle_length)) {
        stream_continue(stream, address, s->line);
        if (scan_quick(s, bits, ";;", stream)) {
            /* An end of another kind is the long way's to find wrong. */
            if (scan_pass(s, ";\n", 2)) {
                s->line_at = s->at;
                s->line++;
                return true;
            }
            stream_take_back(stream, 1);
        }
    }
    *s = before;
    return false;
}

/* Up to behind `case (addr_i)`. */
static int take_head(struct scan *s)
{
    while (!scan_skip(s, SCAN_C)) {
        const size_t from = s->at;

        if (scan_peek(s) < 0)
            return scan_error_end(s, "'%s' has no 'case (addr_i)'", s->path);
        if (scan_word(s) == 4 && !memcmp(s->text + from, "case", 4))
            return expect(s, "(") || expect(s, "addr_i") || expect(s, ")")
                ? -1 : 0;
        if (s->at == from)
            s->at++;
    }
    return -1;
}

int format_sv_read(struct format_input *input)
{
    struct scan s;
    struct usual usual;

    scan_init(&s, input);
    if (take_head(&s))
        return -1;
    learn_usual(&usual, &s, input->unit_bits);
    for (;;) {
        if (take_usual(&s, &usual, input->unit_bits, input->stream))
            continue;
        if (scan_skip(&s, SCAN_C))
            return -1;
        if (scan_peek(&s) < 0)
            return scan_error_end(&s, "'%s' ends without 'endcase': it is cut "
                                  "off", input->path);
        if (scan_take(&s, "default")) {
            if (expect(&s, ":") || expect(&s, "data_o") || expect(&s, "=")
                || expect(&s, "'0") || expect(&s, ";"))
                return -1;
        } else if (scan_take(&s, "endcase")) {
            return 0;
        } else if (take_item(&s, input->unit_bits, input->stream)) {
            return -1;
        }
        scan_end_line(&s);
    }
}
