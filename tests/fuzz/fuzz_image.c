/*
 * fuzz_image.c - any bytes as an image file of any format.
 *
 * The first byte chooses the format, the second the width of a unit. What is
 * accepted keeps its bounds, and what is written from it reads back equal.
 * NAPIER_FUZZ_FORMAT names one format in place of the first byte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 16, MAX_SEGMENTS = 64 };

static const int widths[] = { 8, 1, 5, 10, 16, 20, 33, 64, 65, 512 };

static void require(int condition)
{
    if (!condition)
        abort();
}

static const struct format *choose(uint8_t byte)
{
    const char *name = getenv("NAPIER_FUZZ_FORMAT");
    int count = 0;

    if (name)
        return format_find(name);
    while (formats[count].name)
        count++;
    return &formats[byte % count];
}

static void write_again(const struct format *f, const struct stream *s,
                        int bits)
{
    static struct sink sink;
    struct format_segment segment[MAX_SEGMENTS];
    struct format_content c = { .name = "image", .title = "t",
                                .subtitle = "s", .unit_bits = bits,
                                .segment = segment };
    struct strbuf text;
    struct stream back;
    struct diag d;

    for (size_t i = 0; i < s->records && c.segments < MAX_SEGMENTS; i++) {
        segment[c.segments++] = (struct format_segment) {
            s->record[i].address, s->record[i].units,
            s->data + s->record[i].at };
        if (s->record[i].address + s->record[i].units - 1 > f->max_address)
            return;
    }
    if (c.segments != (int) s->records || c.segments == 0
        || (!f->has_addresses && (c.segments > 1 || segment[0].address > 0)))
        return;
    strbuf_init(&text);
    diag_init(&d);
    sink_init(&sink, NULL, &text, NULL);
    f->write(&sink, &c);
    sink_flush(&sink);
    require(!format_read(f, "again", text.text, text.length, bits, MAX_BYTES,
                         &back, &d));
    for (int i = 0; i < c.segments; i++) {
        const struct format_segment *g = &segment[i];
        uint8_t *bytes = malloc((size_t) g->units * s->unit_bytes + 1);

        require(bytes && stream_copy(&back, g->address, g->units, bytes)
                         == g->units
                && (g->units == 0
                    || !memcmp(bytes, g->bytes, (size_t) g->units
                                                * s->unit_bytes)));
        free(bytes);
    }
    stream_release(&back);
    strbuf_release(&text);
    diag_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct format *f = choose(data[0]);
    const int wide = widths[data[1] % (sizeof(widths) / sizeof(*widths))];
    const int bits = wide <= f->max_unit_bits ? wide : 8;
    char *text = malloc(size);         /* its end is the heap's */
    struct stream s;
    struct diag d;

    require(text != NULL);
    memcpy(text, data + 2, size - 2);
    diag_init(&d);
    if (format_read(f, "fuzz", text, size - 2, bits, MAX_BYTES, &s, &d) == 0) {
        require(diag_error_count(&d) == 0 && s.used <= MAX_BYTES);
        for (size_t i = 1; i < s.records; i++)
            require(s.record[i].address >= s.record[i - 1].address
                                           + s.record[i - 1].units);
        write_again(f, &s, bits);
        stream_release(&s);
    } else {
        require(diag_error_count(&d) == 1);
    }
    diag_release(&d);
    free(text);
    return 0;
}
