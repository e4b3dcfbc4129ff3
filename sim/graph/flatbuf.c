#include "sim/graph/flatbuf.h"

#include <string.h>

void flatbuf_init(struct flatbuf *fb, const void *data, size_t length)
{
    *fb = (struct flatbuf) { .data = data, .length = length };
}

static bool fail(struct flatbuf *fb, const char *trouble, size_t at)
{
    if (!fb->trouble) {
        fb->trouble = trouble;
        fb->trouble_at = at;
    }
    return false;
}

static bool holds(const struct flatbuf *fb, size_t at, size_t bytes)
{
    return at <= fb->length && bytes <= fb->length - at;
}

/* Little endian; the bytes are known to be there. */
static uint64_t load(const struct flatbuf *fb, size_t at, int bytes)
{
    uint64_t value = 0;

    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | fb->data[at + (size_t) i];
    return value;
}

static struct flatbuf_table no_table(struct flatbuf *fb)
{
    return (struct flatbuf_table) { .fb = fb };
}

static struct flatbuf_table open_table(struct flatbuf *fb, size_t at)
{
    struct flatbuf_table t = { .fb = fb, .at = at };

    if (fb->trouble || !holds(fb, at, 4)) {
        fail(fb, "a table lies outside the file", at);
        return no_table(fb);
    }
    const int64_t back = (int32_t) load(fb, at, 4);
    const int64_t vtable = (int64_t) at - back;

    if (vtable < 0 || !holds(fb, (size_t) vtable, 4)) {
        fail(fb, "a table's vtable lies outside the file", at);
        return no_table(fb);
    }
    t.vtable = (size_t) vtable;
    t.vtable_bytes = load(fb, t.vtable, 2);
    t.table_bytes = load(fb, t.vtable + 2, 2);
    if (t.vtable_bytes < 4 || t.vtable_bytes % 2 != 0 || t.table_bytes < 4
        || !holds(fb, t.vtable, t.vtable_bytes)
        || !holds(fb, at, t.table_bytes)) {
        fail(fb, "a table's size is wrong", t.vtable);
        return no_table(fb);
    }
    return t;
}

struct flatbuf_table flatbuf_root(struct flatbuf *fb, const char *identifier)
{
    if (!holds(fb, 0, 8) || memcmp(fb->data + 4, identifier, 4)) {
        fail(fb, "the file's identifier is wrong", 4);
        return no_table(fb);
    }
    return open_table(fb, load(fb, 0, 4));
}

/* Where a field of `bytes` bytes lies; 0 where it is absent. */
static size_t find_field(const struct flatbuf_table *t, int field, int bytes)
{
    const size_t entry = 4 + 2 * (size_t) field;

    if (t->at == 0 || t->fb->trouble || entry + 2 > t->vtable_bytes)
        return 0;
    const size_t offset = load(t->fb, t->vtable + entry, 2);

    if (offset == 0)
        return 0;
    if (offset < 4 || offset + (size_t) bytes > t->table_bytes) {
        fail(t->fb, "a field lies outside its table", t->vtable + entry);
        return 0;
    }
    return t->at + offset;
}

int64_t flatbuf_i8(const struct flatbuf_table *t, int field, int64_t fallback)
{
    const size_t at = find_field(t, field, 1);

    return at ? (int8_t) load(t->fb, at, 1) : fallback;
}

int64_t flatbuf_i32(const struct flatbuf_table *t, int field, int64_t fallback)
{
    const size_t at = find_field(t, field, 4);

    return at ? (int32_t) load(t->fb, at, 4) : fallback;
}

int64_t flatbuf_u32(const struct flatbuf_table *t, int field, int64_t fallback)
{
    const size_t at = find_field(t, field, 4);

    return at ? (int64_t) load(t->fb, at, 4) : fallback;
}

int64_t flatbuf_i64(const struct flatbuf_table *t, int field, int64_t fallback)
{
    const size_t at = find_field(t, field, 8);

    return at ? (int64_t) load(t->fb, at, 8) : fallback;
}

static float as_float(uint64_t bits)
{
    const uint32_t word = (uint32_t) bits;
    float value;

    memcpy(&value, &word, sizeof(value));
    return value;
}

float flatbuf_f32(const struct flatbuf_table *t, int field, float fallback)
{
    const size_t at = find_field(t, field, 4);

    return at ? as_float(load(t->fb, at, 4)) : fallback;
}

/* Where the distance at byte `at` leads; 0 when it leads nowhere. */
static size_t follow(struct flatbuf *fb, size_t at)
{
    const size_t distance = load(fb, at, 4);

    if (distance == 0 || distance > fb->length - at) {
        fail(fb, "an offset leads outside the file", at);
        return 0;
    }
    return at + distance;
}

struct flatbuf_table flatbuf_table(const struct flatbuf_table *t, int field)
{
    const size_t at = find_field(t, field, 4);
    const size_t to = at ? follow(t->fb, at) : 0;

    return to ? open_table(t->fb, to) : no_table(t->fb);
}

struct flatbuf_vector flatbuf_vector(const struct flatbuf_table *t, int field,
                                     size_t bytes)
{
    const size_t at = find_field(t, field, 4);
    const size_t to = at ? follow(t->fb, at) : 0;
    struct flatbuf_vector v = { .fb = t->fb };

    if (!to)
        return v;
    if (!holds(t->fb, to, 4)) {
        fail(t->fb, "a vector lies outside the file", to);
        return v;
    }
    const size_t count = load(t->fb, to, 4);

    if (count > (t->fb->length - to - 4) / bytes) {
        fail(t->fb, "a vector is longer than the file", to);
        return v;
    }
    v.at = to + 4;
    v.count = count;
    return v;
}

struct flatbuf_table flatbuf_table_at(const struct flatbuf_vector *v, size_t i)
{
    const size_t to = v->fb->trouble ? 0 : follow(v->fb, v->at + 4 * i);

    return to ? open_table(v->fb, to) : no_table(v->fb);
}

int32_t flatbuf_i32_at(const struct flatbuf_vector *v, size_t i)
{
    return (int32_t) load(v->fb, v->at + 4 * i, 4);
}

int64_t flatbuf_i64_at(const struct flatbuf_vector *v, size_t i)
{
    return (int64_t) load(v->fb, v->at + 8 * i, 8);
}

float flatbuf_f32_at(const struct flatbuf_vector *v, size_t i)
{
    return as_float(load(v->fb, v->at + 4 * i, 4));
}
