/* stream.h - units read from a file, wherever their addresses are. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/diag.h"

/* Units with consecutive addresses, from one line or on from it. */
struct stream_record {
    uint64_t address, units;
    size_t at;                         /* in data */
    int line;
};

struct stream {
    size_t unit_bytes;
    uint8_t *data;
    size_t used, capacity, max_bytes;
    struct stream_record *record;
    size_t records, record_capacity;
    bool failed;                       /* too much, or no memory */
};

void stream_init(struct stream *s, int unit_bits, size_t max_bytes);
void stream_release(struct stream *s);

/* Following units go to that address. */
void stream_seek(struct stream *s, uint64_t address, int line);

/*
 * Room for more units, zeroed, at the end of the last record; NULL, and
 * `failed`, without memory or past max_bytes.
 */
uint8_t *stream_add(struct stream *s, uint64_t units);

/* As stream_seek, unless the address follows on what is there. */
static inline void stream_continue(struct stream *s, uint64_t address,
                                   int line)
{
    const struct stream_record *last =
        s->records > 0 ? &s->record[s->records - 1] : NULL;

    if (!last || last->address + last->units != address)
        stream_seek(s, address, line);
}

/* stream_add of one unit, at little cost where it is a small one. */
static inline uint8_t *stream_unit(struct stream *s)
{
    if (s->failed || s->records == 0 || s->unit_bytes > 8
        || s->capacity - s->used < 8 || s->max_bytes - s->used < 8)
        return stream_add(s, 1);
    uint8_t *room = s->data + s->used;

    memset(room, 0, 8);
    s->used += s->unit_bytes;
    s->record[s->records - 1].units++;
    return room;
}

/* Drop the last units of the last record, which has them. */
static inline void stream_take_back(struct stream *s, uint64_t units)
{
    if (units > 0) {
        s->used -= (size_t) units * s->unit_bytes;
        s->record[s->records - 1].units -= units;
    }
}

/* Sort by address; overlaps are reported at their lines in `path`. 0 or -1. */
int stream_finish(struct stream *s, const char *path, struct diag *diag);

/*
 * Copy the units from `address` on. Returns the number that are there without
 * a gap, `units` if all are.
 */
uint64_t stream_copy(const struct stream *s, uint64_t address, uint64_t units,
                     uint8_t *to);

/* The first address and the one past the last; both 0 when empty. */
uint64_t stream_begin(const struct stream *s);
uint64_t stream_end(const struct stream *s);

#endif
