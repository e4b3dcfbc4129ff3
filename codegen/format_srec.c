/*
 * format_srec.c - Motorola S-records of 16-bit (S19), 24-bit (S28) and 32-bit
 * (S37) addresses.
 *
 *     S type length address(2, 3, 4) data... checksum
 *
 * length counts what follows it; the sum of all bytes after the type is 255
 * modulo 256.
 */
#include <string.h>

#include "codegen/format_all.h"
#include "codegen/scan.h"

enum { RECORD_BYTES = 32, MAX_RECORD = 256 };

/* `size` bytes of address. */
static void put_record(struct sink *sink, char type, int size,
                       uint64_t address, const uint8_t *data, unsigned length)
{
    char *to = sink_room(sink, 2 * MAX_RECORD + 4);
    const unsigned count = (unsigned) size + length + 1;
    unsigned sum = count;

    *to++ = 'S';
    *to++ = type;
    to = sink_hex(to, count, sink_upper);
    for (int i = size - 1; i >= 0; i--) {
        const unsigned byte = (unsigned) (address >> 8 * i & 255);

        to = sink_hex(to, byte, sink_upper);
        sum += byte;
    }
    for (unsigned i = 0; i < length; i++) {
        to = sink_hex(to, data[i], sink_upper);
        sum += data[i];
    }
    to = sink_hex(to, ~sum & 255, sink_upper);
    *to++ = '\n';
    sink_took(sink, to);
}

static void write_records(struct sink *sink, const struct format_content *c,
                          int size)
{
    uint64_t records = 0;
    const size_t named = strlen(c->name) < 40 ? strlen(c->name) : 40;

    put_record(sink, '0', 2, 0, (const uint8_t *) c->name, (unsigned) named);
    for (int i = 0; i < c->segments; i++) {
        const struct format_segment *g = &c->segment[i];

        for (uint64_t done = 0; done < g->units; done += RECORD_BYTES) {
            const uint64_t left = g->units - done;

            put_record(sink, (char) ('0' + size - 1), size, g->address + done,
                       g->bytes + done, left < RECORD_BYTES ? (unsigned) left
                                                            : RECORD_BYTES);
            records++;
        }
    }
    if (records <= 0xffff)
        put_record(sink, '5', 2, records, NULL, 0);
    else if (records <= 0xffffff)
        put_record(sink, '6', 3, records, NULL, 0);
    put_record(sink, (char) ('0' + 11 - size), size, 0, NULL, 0);
}

void format_s19_write(struct sink *sink, const struct format_content *c)
{
    write_records(sink, c, 2);
}

void format_s28_write(struct sink *sink, const struct format_content *c)
{
    write_records(sink, c, 3);
}

void format_s37_write(struct sink *sink, const struct format_content *c)
{
    write_records(sink, c, 4);
}

static int address_bytes(char type)
{
    static const int of[10] = { 2, 2, 3, 4, 0, 2, 3, 4, 3, 2 };

    return type >= '0' && type <= '9' ? of[type - '0'] : 0;
}

/* The bytes of a record after the type; their number, or -1. */
static int decode_line(struct scan *s, size_t from, size_t length,
                       uint8_t *bytes)
{
    const char *digit = s->text + from + 2;
    unsigned sum = 0;

    if (s->text[from] != 'S' || length < 2
        || !address_bytes(s->text[from + 1]))
        return scan_error(s, from, 2, "a record begins with 'S0' to 'S3' or "
                          "'S5' to 'S9', not '%.*s'", length < 2 ? 1 : 2,
                          s->text + from);
    const int size = address_bytes(s->text[from + 1]);

    if (length % 2)
        return scan_error(s, from, length, "the record has an odd number of "
                          "digits, %zu", length - 2);
    if (length < (size_t) (2 * size + 6) || length > 2 * MAX_RECORD + 2)
        return scan_error(s, from, length, "the record has %zu digits, must "
                          "have %d to %d", length - 2, 2 * size + 4,
                          2 * MAX_RECORD);
    const size_t count = length / 2 - 1;

    for (size_t i = 0; i < count; i++) {
        const int high = scan_hex(digit[2 * i]);
        const int low = scan_hex(digit[2 * i + 1]);

        if ((high | low) < 0)
            return scan_error(s, from + 2 + 2 * i, 2, "'%.2s' is not a "
                              "hexadecimal byte", digit + 2 * i);
        bytes[i] = (uint8_t) (high << 4 | low);
        sum += bytes[i];
    }
    if (count != bytes[0] + 1u)
        return scan_error(s, from + 2, 2, "the record says %u bytes after its "
                          "length, it has %zu", bytes[0], count - 1);
    if ((sum & 255) != 255)
        return scan_error(s, from + length - 2, 2, "the checksum is %02X, must "
                          "be %02X", bytes[count - 1],
                          (bytes[count - 1] - sum - 1) & 255);
    return (int) count;
}

struct reader {
    struct scan scan;
    struct stream *stream;
    uint64_t records;
    bool ended;                        /* by S7, S8 or S9 */
    bool counted;                      /* by S5 or S6, and no data since */
};

static int take_record(struct reader *r, size_t from, const uint8_t *b,
                       int count)
{
    const char type = r->scan.text[from + 1];
    const int size = address_bytes(type);
    uint64_t address = 0;

    for (int i = 0; i < size; i++)
        address = address << 8 | b[1 + i];
    if (type >= '7') {
        r->ended = true;
        return 0;
    }
    if ((type == '5' || type == '6') && address != r->records)
        return scan_error(&r->scan, from, 4, "the count record says %llu data "
                          "records, there are %llu",
                          (unsigned long long) address,
                          (unsigned long long) r->records);
    r->counted = type >= '5' || (type == '0' && r->counted);
    if (type == '0' || type >= '5')
        return 0;
    const size_t length = (size_t) (count - size - 2);

    stream_seek(r->stream, address, r->scan.line);
    uint8_t *room = stream_add(r->stream, length);

    if (!room)
        return scan_error_stream(&r->scan, r->stream);
    memcpy(room, b + 1 + size, length);
    r->records++;
    return 0;
}

int format_srec_read(struct format_input *input)
{
    struct reader r = { .stream = input->stream };
    uint8_t bytes[MAX_RECORD + 1];
    size_t from, length;

    scan_init(&r.scan, input);
    while (scan_line(&r.scan, &from, &length)) {
        if (length == 0)
            continue;
        if (r.ended)
            return scan_error(&r.scan, from, length, "a record after the end "
                              "record");
        const int count = decode_line(&r.scan, from, length, bytes);

        if (count < 0 || take_record(&r, from, bytes, count))
            return -1;
    }
    if (!r.ended && !r.counted)        /* some tools write a count alone */
        return scan_error_end(&r.scan, "'%s' ends without an end record (S7, "
                              "S8 or S9) or a count (S5, S6): it is cut off",
                              input->path);
    return 0;
}
