/*
 * format_readmem.c - what $readmemh reads: words in hexadecimal, `@address` in
 * front of those that do not follow on.
 */
#include <inttypes.h>
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

/* A unit as digits, the highest first. */
char *format_put_unit(char *to, const uint8_t *unit, int digits,
                      const char *alphabet)
{
    if (digits % 2)
        *to++ = alphabet[unit[digits / 2] & 15];
    for (int i = digits / 2 - 1; i >= 0; i--)
        to = sink_hex(to, unit[i], alphabet);
    return to;
}

void format_readmem_write(struct sink *sink, const struct format_content *c)
{
    const int digits = (c->unit_bits + 3) / 4;
    const size_t bytes = ((size_t) c->unit_bits + 7) / 8;
    uint64_t next = 0;

    sink_printf(sink, "// %s\n// %s\n", c->title, c->subtitle);
    for (int i = 0; i < c->segments; i++) {
        const struct format_segment *g = &c->segment[i];
        const uint8_t *unit = g->bytes;

        if (c->addresses || g->address != next)
            sink_printf(sink, "@%" PRIx64 "\n", g->address);
        for (uint64_t u = 0; u < g->units; u++, unit += bytes) {
            char *end = format_put_unit(sink_room(sink, (size_t) digits + 1),
                                        unit, digits, sink_lower);
            *end++ = '\n';
            sink_took(sink, end);
        }
        next = g->address + g->units;
    }
}

static int read_address(struct scan *s, struct stream *stream)
{
    const size_t from = s->at++;
    const size_t length = scan_word(s);
    uint64_t address;

    if (scan_number(s->text + from + 1, length, 16, &address)
        || address > UINT64_MAX >> 8)
        return scan_error(s, from, length + 1, "'%.*s' is not an address of "
                          "hexadecimal digits",
                          (int) (length < 40 ? length + 1 : 40),
                          s->text + from);
    stream_seek(stream, address, s->line);
    return 0;
}

static int read_word(struct scan *s, int bits, struct stream *stream)
{
    const size_t digits = ((size_t) bits + 3) / 4;
    const size_t from = s->at;
    size_t length = scan_word(s);

    if (length == 0) {
        s->at++;
        length = 1;
    }
    if (length != digits && scan_hex(s->text[from]) >= 0)
        return scan_error(s, from, length, "'%.*s' has %zu digits, must have "
                          "%zu for a word of %d bits",
                          (int) (length < 60 ? length : 60), s->text + from,
                          length, digits, bits);
    uint8_t *unit = stream_add(stream, 1);

    if (!unit)
        return scan_error_stream(s, stream);
    return scan_unit(s, from, length, 16, bits, unit);
}

int format_readmem_read(struct format_input *input)
{
    struct scan s;

    scan_init(&s, input);
    stream_seek(input->stream, 0, 1);

    for (;;) {
        if (scan_quick(&s, input->unit_bits, "\n\n", input->stream)) {
            scan_end_line(&s);
            continue;
        }
        if (scan_skip(&s, SCAN_C))
            return -1;
        const int c = scan_peek(&s);

        if (c < 0)
            return 0;
        if (c == '@' ? read_address(&s, input->stream)
                     : read_word(&s, input->unit_bits, input->stream))
            return -1;
        scan_end_line(&s);
    }
}
