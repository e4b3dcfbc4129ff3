#include "codegen/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char sink_lower[17] = "0123456789abcdef";
const char sink_upper[17] = "0123456789ABCDEF";

void sink_init(struct sink *s, struct file_writer *file, struct strbuf *text,
               struct digest *digest)
{
    s->file = file;
    s->text = text;
    s->digest = digest;
    s->total = s->used = 0;
}

static void hand_on(struct sink *s, const void *bytes, size_t length)
{
    if (s->digest)
        digest_update(s->digest, bytes, length);
    if (s->file)
        file_writer_write(s->file, bytes, length);
    if (s->text)
        strbuf_add_bytes(s->text, bytes, length);
    s->total += length;
}

void sink_flush(struct sink *s)
{
    hand_on(s, s->buffer, s->used);
    s->used = 0;
}

void sink_write(struct sink *s, const void *bytes, size_t length)
{
    if (length <= SINK_BYTES - s->used) {
        memcpy(s->buffer + s->used, bytes, length);
        s->used += length;
        return;
    }
    sink_flush(s);
    hand_on(s, bytes, length);
}

void sink_printf(struct sink *s, const char *format, ...)
{
    va_list args;
    char *room = sink_room(s, SINK_MAX_ROOM);

    va_start(args, format);
    const int n = vsnprintf(room, SINK_MAX_ROOM, format, args);
    va_end(args);
    if (n > 0)
        sink_took(s, room + (n < SINK_MAX_ROOM ? n : SINK_MAX_ROOM - 1));
}

char *sink_hex_number(char *to, uint64_t value, int digits)
{
    while (digits < 16 && value >> 4 * digits)
        digits++;
    for (int d = digits - 1; d >= 0; d--)
        *to++ = sink_lower[value >> 4 * d & 15];
    return to;
}
