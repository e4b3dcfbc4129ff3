#include "codegen/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void stream_init(struct stream *s, int unit_bits, size_t max_bytes)
{
    memset(s, 0, sizeof(*s));
    s->unit_bytes = ((size_t) unit_bits + 7) / 8;
    s->max_bytes = max_bytes;
}

void stream_release(struct stream *s)
{
    free(s->data);
    free(s->record);
    memset(s, 0, sizeof(*s));
}

void stream_seek(struct stream *s, uint64_t address, int line)
{
    if (s->records > 0 && s->record[s->records - 1].units == 0)
        s->records--;
    if (s->records == s->record_capacity) {
        const size_t capacity = 2 * s->record_capacity + 16;
        struct stream_record *grown =
            realloc(s->record, capacity * sizeof(*grown));

        if (!grown) {
            s->failed = true;
            return;
        }
        s->record = grown;
        s->record_capacity = capacity;
    }
    s->record[s->records++] = (struct stream_record) { address, 0, s->used,
                                                       line };
}

uint8_t *stream_add(struct stream *s, uint64_t units)
{
    if (s->failed || units > (s->max_bytes - s->used) / s->unit_bytes) {
        s->failed = true;
        return NULL;
    }
    const size_t bytes = (size_t) units * s->unit_bytes;

    if (s->records == 0)
        stream_seek(s, 0, 1);
    if (!s->data || bytes > s->capacity - s->used) {
        size_t capacity = s->capacity + s->capacity / 2 + 4096;

        if (capacity < s->used + bytes)
            capacity = s->used + bytes;
        uint8_t *grown = realloc(s->data, capacity);

        if (!grown) {
            s->failed = true;
            return NULL;
        }
        s->data = grown;
        s->capacity = capacity;
    }
    if (s->failed)
        return NULL;
    uint8_t *room = s->data + s->used;

    memset(room, 0, bytes);
    s->used += bytes;
    s->record[s->records - 1].units += units;
    return room;
}

static int compare_records(const void *a, const void *b)
{
    const struct stream_record *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

int stream_finish(struct stream *s, const char *path, struct diag *diag)
{
    bool sorted = true;

    if (s->records > 0 && s->record[s->records - 1].units == 0)
        s->records--;
    for (size_t i = 1; i < s->records && sorted; i++)
        sorted = s->record[i - 1].address <= s->record[i].address;
    if (!sorted)
        qsort(s->record, s->records, sizeof(*s->record), compare_records);
    for (size_t i = 1; i < s->records; i++) {
        const struct stream_record *a = &s->record[i - 1], *b = &s->record[i];

        if (b->address - a->address >= a->units)
            continue;
        const bool later = b->line >= a->line;
        const struct stream_record *second = later ? b : a;
        const struct stream_record *first = later ? a : b;

        diag_error(diag, (struct place) { path, second->line, 1, 1 },
                   "address 0x%" PRIx64 " is given twice", b->address);
        diag_note(diag, (struct place) { path, first->line, 1, 1 },
                  "it is in the data that begin here");
        return -1;
    }
    return 0;
}

uint64_t stream_copy(const struct stream *s, uint64_t address, uint64_t units,
                     uint8_t *to)
{
    uint64_t done = 0;
    size_t low = 0, high = s->records;

    while (low < high) {               /* the first record past `address` */
        const size_t middle = low + (high - low) / 2;

        if (s->record[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low ? low - 1 : 0; i < s->records && done < units; i++) {
        const struct stream_record *r = &s->record[i];
        const uint64_t at = address + done;

        if (r->address > at || at - r->address >= r->units)
            break;
        const uint64_t skip = at - r->address;
        const uint64_t here = r->units - skip < units - done
            ? r->units - skip : units - done;

        memcpy(to + done * s->unit_bytes, s->data + r->at
               + skip * s->unit_bytes, here * s->unit_bytes);
        done += here;
    }
    return done;
}

uint64_t stream_begin(const struct stream *s)
{
    return s->records ? s->record[0].address : 0;
}

uint64_t stream_end(const struct stream *s)
{
    return s->records ? s->record[s->records - 1].address
                        + s->record[s->records - 1].units : 0;
}
