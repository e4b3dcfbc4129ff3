/* stream.h - units read from a file, wherever their addresses are. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
