/*
 * format_c.c - one constant array of C99, and a header with its macros.
 *
 * Reading takes the first array with an initializer, `[COUNT] = { ... }`, and
 * checks the count.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

static int element_bits(int unit_bits)
{
    return unit_bits <= 8 ? 8 : unit_bits <= 16 ? 16 : unit_bits <= 32 ? 32
         : 64;
}

/* The file's name as (part of) an identifier. */
static void identifier(const char *name, bool upper, char *to, size_t size)
{
    size_t n = 0;

    for (; name[n] && n + 1 < size; n++) {
        const unsigned char c = (unsigned char) name[n];

        to[n] = (char) (!isalnum(c) ? '_' : upper ? toupper(c) : tolower(c));
    }
    to[n] = '\0';
}

void format_c_write(struct sink *sink, const struct format_content *c)
{
    const int bits = element_bits(c->unit_bits);
    const size_t bytes = ((size_t) c->unit_bits + 7) / 8;
    const size_t zeros = (size_t) bits / 4 - 2 * bytes;
    const char *const suffix = bits < 32 ? "\0\0" : bits < 64 ? "u\0" : "ull";
    const size_t suffix_length = strlen(suffix);
    const uint64_t per_line = bits == 8 ? 12 : 64 / (uint64_t) bits;
    const struct format_segment *g = c->segment;
    const uint8_t *unit = g->bytes;
    char name[80];

    identifier(c->name, false, name, sizeof(name));
    sink_printf(sink, "/* %s\n * %s */\n#include \"%s.h\"\n\n"
                "const uint%d_t napier_%s[%" PRIu64 "] = {\n", c->title,
                c->subtitle, c->name, bits, name, g->units);
    for (uint64_t u = 0; u < g->units; u += per_line) {
        char *to = sink_room(sink, 128);
        const uint64_t end = u + per_line < g->units ? u + per_line : g->units;

        to = (char *) memcpy(to, "    ", 4) + 4;
        for (uint64_t w = u; w < end; w++, unit += bytes) {
            to = (char *) memcpy(to, "0x00000000", 10) + 2 + zeros;
            to = format_put_unit(to, unit, 2 * (int) bytes, sink_lower);
            to = (char *) memcpy(to, suffix, 3) + suffix_length;
            to = (char *) memcpy(to, ", ", 2) + 2;
        }
        to -= end == g->units ? 2 : 1;
        *to++ = '\n';
        sink_took(sink, to);
    }
    sink_printf(sink, "};\n");
}

void format_c_write_header(struct sink *sink, const struct format_content *c)
{
    const int bits = element_bits(c->unit_bits);
    char name[80], upper[80], label[80];

    identifier(c->name, false, name, sizeof(name));
    identifier(c->name, true, upper, sizeof(upper));
    sink_printf(sink, "/* %s\n * %s */\n#ifndef NAPIER_%s_H\n"
                "#define NAPIER_%s_H\n\n#include <stdint.h>\n\n"
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n", c->title,
                c->subtitle, upper, upper);
    sink_printf(sink, "/* Of the device's memory, in elements. */\n"
                "#define NAPIER_%s_BASE 0x%" PRIx64 "u\n"
                "#define NAPIER_%s_COUNT %" PRIu64 "u\n\n"
                "/* Banks: the first element in the array, and how many. */\n",
                upper, c->segment->address, upper, c->segment->units);
    for (int i = 0; i < c->labels; i++) {
        identifier(c->label[i].name, true, label, sizeof(label));
        sink_printf(sink, "#define NAPIER_%s_%s_AT 0x%" PRIx64 "u\n"
                    "#define NAPIER_%s_%s_COUNT %" PRIu64 "u\n", upper, label,
                    c->label[i].address - c->segment->address, upper, label,
                    c->label[i].units);
    }
    sink_printf(sink, "\nextern const uint%d_t napier_%s[%" PRIu64 "];\n\n"
                "#ifdef __cplusplus\n}\n#endif\n\n#endif\n", bits, name,
                c->segment->units);
}

/* Up to behind the next `c`; -1 when there is none. */
static int pass(struct scan *s, char c)
{
    while (!scan_skip(s, SCAN_C)) {
        if (scan_peek(s) < 0)
            return scan_error_end(s, "'%s' ends where '%c' of an array must "
                                  "stand", s->path, c);
        if (s->text[s->at++] == c)
            return 0;
    }
    return -1;
}

/* From '[' to behind '{'; the count that is declared. */
static int take_head(struct scan *s, uint64_t *count)
{
    for (;;) {
        if (pass(s, '[') || scan_skip(s, SCAN_C))
            return -1;
        const size_t from = s->at, length = scan_word(s);

        if (scan_number(s->text + from, length, 10, count))
            return scan_error(s, from, length ? length : 1, "'%.*s' is not the "
                              "count of an array",
                              (int) (length < 40 ? length : 40),
                              s->text + from);
        if (pass(s, ']') || scan_skip(s, SCAN_C))
            return -1;
        if (scan_peek(s) == '=')
            return pass(s, '{');
    }
}

static int take_element(struct scan *s, int bits, struct stream *stream)
{
    const size_t from = s->at;
    size_t length = scan_word(s), first = 0, end = length;
    uint8_t *unit = stream_add(stream, 1);
    int radix = 10;

    if (!unit)
        return scan_error_stream(s, stream);
    if (length > 2 && s->text[from] == '0'
        && tolower((unsigned char) s->text[from + 1]) == 'x') {
        radix = 16;
        first = 2;
    }
    while (end > first + 1 && strchr("uUlL", s->text[from + end - 1]))
        end--;
    return scan_unit(s, from + first, end - first, radix, bits, unit);
}

int format_c_read(struct format_input *input)
{
    struct scan s;
    uint64_t count, have = 0;

    scan_init(&s, input);
    if (take_head(&s, &count))
        return -1;
    stream_seek(input->stream, 0, s.line);
    for (;; have++) {
        const size_t before = s.at;

        scan_pass(&s, "    ", 4);
        if (scan_pass(&s, "0x", 2)
            && scan_quick(&s, input->unit_bits, ",,", input->stream)) {
            s.at++;
            scan_pass(&s, " ", 1);
            scan_end_line(&s);
            continue;
        }
        s.at = before;
        if (scan_skip(&s, SCAN_C))
            return -1;
        if (scan_peek(&s) == '}')
            break;
        if (scan_peek(&s) < 0)
            return scan_error_end(&s, "'%s' ends inside its array: it is cut "
                                  "off", input->path);
        if (take_element(&s, input->unit_bits, input->stream)
            || scan_skip(&s, SCAN_C))
            return -1;
        if (scan_peek(&s) == ',') {
            s.at++;
            scan_pass(&s, " ", 1);
            scan_end_line(&s);
        } else if (scan_peek(&s) >= 0 && scan_peek(&s) != '}') {
            return scan_error(&s, s.at, 1, "',' or '}' must stand here");
        }
    }
    if (have != count)
        return scan_error(&s, s.at, 1, "the array has %llu elements, it says "
                          "%llu", (unsigned long long) have,
                          (unsigned long long) count);
    return 0;
}
