/*
 * format_ihex.c - Intel HEX, of 16-bit (I8HEX), 20-bit (I16HEX) and 32-bit
 * (I32HEX) addresses.
 *
 *     : length address(2) type data... checksum
 *
 * The sum of all bytes of a record is 0 modulo 256.
 */
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

enum { RECORD_BYTES = 32, MAX_RECORD = 255 + 5 };
enum { DATA, END, SEGMENT, START_SEGMENT, LINEAR, START_LINEAR };

static void put_record(struct sink *sink, unsigned type, unsigned address,
                       const uint8_t *data, unsigned length)
{
    char *to = sink_room(sink, 2 * MAX_RECORD + 2);
    unsigned sum = length + (address >> 8) + (address & 255) + type;

    *to++ = ':';
    to = sink_hex(to, length, sink_upper);
    to = sink_hex(to, address >> 8 & 255, sink_upper);
    to = sink_hex(to, address & 255, sink_upper);
    to = sink_hex(to, type, sink_upper);
    for (unsigned i = 0; i < length; i++) {
        to = sink_hex(to, data[i], sink_upper);
        sum += data[i];
    }
    to = sink_hex(to, -sum & 255, sink_upper);
    *to++ = '\n';
    sink_took(sink, to);
}

/* `type` is that of the record which extends the address. */
static void write_records(struct sink *sink, const struct format_content *c,
                          unsigned type)
{
    uint64_t upper = 0;

    for (int i = 0; i < c->segments; i++) {
        const struct format_segment *g = &c->segment[i];

        for (uint64_t done = 0; done < g->units;) {
            const uint64_t at = g->address + done;
            const uint64_t room = 0x10000 - (at & 0xffff);
            uint64_t n = g->units - done;

            n = n < RECORD_BYTES ? n : RECORD_BYTES;
            n = n < room ? n : room;
            if (at >> 16 != upper) {
                upper = at >> 16;
                const uint64_t value = type == SEGMENT ? upper << 12 : upper;
                const uint8_t word[2] = { (uint8_t) (value >> 8),
                                          (uint8_t) value };

                put_record(sink, type, 0, word, 2);
            }
            put_record(sink, DATA, (unsigned) (at & 0xffff), g->bytes + done,
                       (unsigned) n);
            done += n;
        }
    }
    put_record(sink, END, 0, NULL, 0);
}

void format_ihex8_write(struct sink *sink, const struct format_content *c)
{
    write_records(sink, c, LINEAR);    /* never needed: see max_address */
}

void format_ihex16_write(struct sink *sink, const struct format_content *c)
{
    write_records(sink, c, SEGMENT);
}

void format_ihex32_write(struct sink *sink, const struct format_content *c)
{
    write_records(sink, c, LINEAR);
}

/* The bytes of a record after the colon; their number, or -1. */
static int decode_line(struct scan *s, size_t from, size_t length,
                       uint8_t *bytes)
{
    const char *digit = s->text + from + 1;
    unsigned sum = 0;

    if (s->text[from] != ':')
        return scan_error(s, from, 1, "a record begins with ':', not '%.1s'",
                          s->text + from);
    if (length % 2 == 0)
        return scan_error(s, from, length, "the record has an odd number of "
                          "digits, %zu", length - 1);
    if (length < 11 || length > 2 * MAX_RECORD + 1)
        return scan_error(s, from, length, "the record has %zu digits, must "
                          "have 10 to %d", length - 1, 2 * MAX_RECORD);
    const size_t count = length / 2;

    for (size_t i = 0; i < count; i++) {
        const int high = scan_hex(digit[2 * i]);
        const int low = scan_hex(digit[2 * i + 1]);

        if ((high | low) < 0)
            return scan_error(s, from + 1 + 2 * i, 2, "'%.2s' is not a "
                              "hexadecimal byte", digit + 2 * i);
        bytes[i] = (uint8_t) (high << 4 | low);
        sum += bytes[i];
    }
    if (count != bytes[0] + 5u)
        return scan_error(s, from + 1, 2, "the record says %u bytes of data, "
                          "it has %zu", bytes[0], count - 5);
    if (sum & 255)
        return scan_error(s, from + length - 2, 2, "the checksum is %02X, must "
                          "be %02X", bytes[count - 1],
                          (bytes[count - 1] - sum) & 255);
    return (int) count;
}

struct reader {
    struct scan scan;
    struct stream *stream;
    uint64_t base;
    bool segmented;                    /* the base is a segment's */
    bool ended;
};

static int add_data(struct reader *r, unsigned offset, const uint8_t *data,
                    unsigned length)
{
    /* Linear addresses go on past 64 KiB. Those of a segment wrap by Intel's
     * paper and go on in most tools: neither is guessed. */
    const uint64_t address = r->base + offset;

    if (r->segmented && offset + length > 0x10000)
        return scan_error(&r->scan, r->scan.line_at, 9, "the data cross the "
                          "end of their segment at 0x%llx",
                          (unsigned long long) (r->base + 0x10000));
    stream_seek(r->stream, address, r->scan.line);
    uint8_t *room = stream_add(r->stream, length);

    if (!room)
        return scan_error_stream(&r->scan, r->stream);
    memcpy(room, data, length);
    return 0;
}

static int take_record(struct reader *r, size_t from, const uint8_t *b)
{
    const unsigned offset = (unsigned) b[1] << 8 | b[2];
    const unsigned word = b[0] >= 2 ? (unsigned) b[4] << 8 | b[5] : 0;

    switch (b[3]) {
    case DATA:
        return add_data(r, offset, b + 4, b[0]);
    case END:
        if (b[0] != 0)
            break;
        r->ended = true;
        return 0;
    case SEGMENT:
    case LINEAR:
        if (b[0] != 2)
            break;
        r->segmented = b[3] == SEGMENT;
        r->base = (uint64_t) word << (b[3] == SEGMENT ? 4 : 16);
        return 0;
    case START_SEGMENT:
    case START_LINEAR:
        if (b[0] != 4)
            break;
        return 0;
    default:
        return scan_error(&r->scan, from + 7, 2, "record type %02X, must be 00 "
                          "to 05", b[3]);
    }
    return scan_error(&r->scan, from + 1, 2, "a record of type %02X with %u "
                      "bytes of data", b[3], b[0]);
}

int format_ihex_read(struct format_input *input)
{
    struct reader r = { .stream = input->stream };
    uint8_t bytes[MAX_RECORD];
    size_t from, length;

    scan_init(&r.scan, input);
    while (scan_line(&r.scan, &from, &length)) {
        if (length == 0)
            continue;
        if (r.ended)
            return scan_error(&r.scan, from, length, "a record after the end "
                              "record");
        if (decode_line(&r.scan, from, length, bytes) < 0
            || take_record(&r, from, bytes))
            return -1;
    }
    if (!r.ended)
        return scan_error_end(&r.scan, "'%s' ends without an end record "
                              "(:00000001FF): it is cut off", input->path);
    return 0;
}
