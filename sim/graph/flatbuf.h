/*
 * flatbuf.h - reading FlatBuffers, of which every byte may be a lie.
 *
 * A table begins with the distance back to its vtable; the vtable has the place
 * of each field in the table, 0 for a field that is absent:
 *
 *     vtable  | bytes | table bytes | field 0 | field 1 | ...    16 bits each
 *     table   | distance to vtable  | values ...
 *
 * Vectors, strings and tables are reached by 32-bit distances forward. All
 * numbers are little endian. Nothing here follows a distance out of the buffer
 * or believes a length that the buffer does not hold.
 *
 * The first thing that is wrong is kept in the flatbuf; from then on scalars
 * read as their defaults, vectors as empty, so that a caller asks once, at the
 * end. Nothing allocates.
 */
#ifndef FLATBUF_H
#define FLATBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flatbuf {
    const uint8_t *data;          /* borrowed */
    size_t length;
    const char *trouble;          /* what is wrong, NULL: nothing yet */
    size_t trouble_at;            /* the byte where it shows */
};

struct flatbuf_table {
    struct flatbuf *fb;
    size_t at, vtable;            /* offsets in the buffer; at 0: absent */
    size_t vtable_bytes, table_bytes;
};

/* `count` elements of equal size from byte `at` on, all inside the buffer. */
struct flatbuf_vector {
    struct flatbuf *fb;
    size_t at, count;
};

void flatbuf_init(struct flatbuf *fb, const void *data, size_t length);

/* The root table; `identifier` are the four characters at byte 4. */
struct flatbuf_table flatbuf_root(struct flatbuf *fb, const char *identifier);

/* A scalar field. */
int64_t flatbuf_i8(const struct flatbuf_table *t, int field, int64_t fallback);
int64_t flatbuf_i32(const struct flatbuf_table *t, int field, int64_t fallback);
int64_t flatbuf_u32(const struct flatbuf_table *t, int field, int64_t fallback);
int64_t flatbuf_i64(const struct flatbuf_table *t, int field, int64_t fallback);
float flatbuf_f32(const struct flatbuf_table *t, int field, float fallback);

/* A table of a field (or a union's value); at = 0 where it is absent. */
struct flatbuf_table flatbuf_table(const struct flatbuf_table *t, int field);

/* A vector of elements of `bytes` bytes; strings have bytes = 1. */
struct flatbuf_vector flatbuf_vector(const struct flatbuf_table *t, int field,
                                     size_t bytes);

/* Elements of vectors: i < count. Tables are elements of 4 bytes. */
struct flatbuf_table flatbuf_table_at(const struct flatbuf_vector *v, size_t i);
int32_t flatbuf_i32_at(const struct flatbuf_vector *v, size_t i);
int64_t flatbuf_i64_at(const struct flatbuf_vector *v, size_t i);
float flatbuf_f32_at(const struct flatbuf_vector *v, size_t i);

#endif
