/* format_coe.c - Xilinx .coe: a radix, then all words from address 0 on. */
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

void format_coe_write(struct sink *sink, const struct format_content *c)
{
    const int digits = (c->unit_bits + 3) / 4;
    const size_t bytes = ((size_t) c->unit_bits + 7) / 8;
    const struct format_segment *g = c->segment;

    sink_printf(sink, "; %s\n; %s\nmemory_initialization_radix=16;\n"
                "memory_initialization_vector=\n", c->title, c->subtitle);
    for (uint64_t u = 0; u < g->units; u++) {
        char *to = format_put_unit(sink_room(sink, (size_t) digits + 2),
                                   g->bytes + u * bytes, digits, sink_lower);

        *to++ = u + 1 < g->units ? ',' : ';';
        *to++ = '\n';
        sink_took(sink, to);
    }
    if (g->units == 0)
        sink_write(sink, ";\n", 2);
}

/* name = */
static int take_name(struct scan *s, const char *name)
{
    if (scan_skip(s, SCAN_COE))
        return -1;
    const size_t from = s->at;

    if (!scan_take(s, name))
        return scan_error(s, from, scan_word(s), "'%s' must stand here", name);
    if (scan_skip(s, SCAN_COE))
        return -1;
    if (scan_peek(s) != '=')
        return scan_error(s, s->at, 1, "'=' must stand here, after '%s'",
                          name);
    s->at++;
    return scan_skip(s, SCAN_COE);
}

static int take_radix(struct scan *s)
{
    uint64_t radix = 0;

    if (take_name(s, "memory_initialization_radix"))
        return -1;
    const size_t from = s->at, length = scan_word(s);

    if (scan_number(s->text + from, length, 10, &radix)
        || (radix != 2 && radix != 10 && radix != 16))
        return scan_error(s, from, length, "the radix is '%.*s', must be 2, 10 "
                          "or 16", (int) (length < 20 ? length : 20),
                          s->text + from);
    if (scan_skip(s, SCAN_COE))
        return -1;
    if (scan_peek(s) != ';')
        return scan_error(s, s->at, 1, "';' must stand here, after the radix");
    s->at++;
    return (int) radix;
}

int format_coe_read(struct format_input *input)
{
    struct scan s;

    scan_init(&s, input);
    const int radix = take_radix(&s);

    if (radix < 0 || take_name(&s, "memory_initialization_vector"))
        return -1;
    stream_seek(input->stream, 0, s.line);
    for (;;) {
        if (radix == 16
            && scan_quick(&s, input->unit_bits, ",,", input->stream)) {
            s.at++;
            scan_end_line(&s);
            continue;
        }
        if (scan_skip(&s, 0))
            return -1;
        if (scan_peek(&s) < 0)
            return scan_error_end(&s, "'%s' ends without ';': it is cut off",
                                  input->path);
        if (scan_peek(&s) == ';')
            break;
        const size_t from = s.at, length = scan_word(&s);
        uint8_t *unit = stream_add(input->stream, 1);

        if (!unit)
            return scan_error_stream(&s, input->stream);
        if (scan_unit(&s, from, length, radix, input->unit_bits, unit)
            || scan_skip(&s, 0))
            return -1;
        if (scan_peek(&s) == ',')
            s.at++;
    }
    s.at++;
    if (scan_skip(&s, SCAN_COE))
        return -1;
    return scan_peek(&s) < 0 ? 0
        : scan_error(&s, s.at, 1, "nothing may follow the vector's ';'");
}
