/*
 * npz.c - the part of the zip format that numpy writes.
 *
 *     [local header, name, extra, data]...    one per member
 *     [central header, name, extra, comment]...   the directory
 *     [zip64 end record, locator]             large archives only
 *     [end record, comment]
 *
 * Sizes and positions come from the directory; of a local header only the
 * lengths of its name and extra fields are used. Every offset is checked
 * against the file's length before it is followed.
 */
#include "sim/base/npz.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    MAX_COMMENT = 65535,
    MAX_NAME = 1024 /* that we write */
};

enum { METHOD_STORED = 0, METHOD_DEFLATED = 8 };

#define LOCAL_SIGNATURE UINT32_C(0x04034b50)
#define CENTRAL_SIGNATURE UINT32_C(0x02014b50)
#define END_SIGNATURE UINT32_C(0x06054b50)
#define LOCATOR_SIGNATURE UINT32_C(0x07064b50)
#define END64_SIGNATURE UINT32_C(0x06064b50)

/* No deflate stream grows more than this: 258 bytes from 2 bits. */
enum { MAX_RATIO = 1032 };

static const char malformed[] = "its zip directory is malformed";

/* The archive in memory. */
struct zip {
    const unsigned char *bytes;
    size_t length;
};

/* What the directory says of a member. */
struct member {
    char *name; /* without ".npy"; on the heap */
    const unsigned char *data;
    uint64_t packed_bytes;
    uint64_t bytes;
    uint32_t crc;
    unsigned method;
};

static unsigned get16(const unsigned char *p)
{
    return p[0] | (unsigned) p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | (uint32_t) get16(p + 2) << 16;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t) get32(p + 4) << 32;
}

/* True when `size` bytes from `at` on are inside the file. */
static bool is_inside(const struct zip *zip, uint64_t at, uint64_t size)
{
    return at <= zip->length && size <= zip->length - at;
}

/* The end record, the last thing in the file but for its comment. */
static const unsigned char *find_end(const struct zip *zip)
{
    for (size_t comment = 0; comment <= MAX_COMMENT; comment++) {
        if (zip->length < END_BYTES + comment)
            return NULL;
        const unsigned char *end =
            zip->bytes + (zip->length - END_BYTES - comment);
        if (get32(end) == END_SIGNATURE && get16(end + 20) == comment)
            return end;
    }
    return NULL;
}

/* Where the directory is, and how many members it has. NULL, or the fault. */
static const char *find_directory(const struct zip *zip, uint64_t *at,
                                  uint64_t *members)
{
    const unsigned char *end = find_end(zip);
    if (end == NULL)
        return zip->length >= 4 && get32(zip->bytes) == LOCAL_SIGNATURE
                   ? "it is cut short"
                   : "it is not a zip archive";
    if (get16(end + 4) != 0 && get16(end + 4) != 0xffff)
        return "it is one part of a split archive";
    *members = get16(end + 10);
    *at = get32(end + 16);
    const bool wants64 = *members == 0xffff || *at == UINT32_MAX;
    const size_t end_at = (size_t) (end - zip->bytes);
    if (!wants64 || end_at < LOCATOR_BYTES)
        return wants64 ? malformed : NULL;

    const unsigned char *locator = end - LOCATOR_BYTES;
    if (get32(locator) != LOCATOR_SIGNATURE)
        return malformed;
    const uint64_t end64_at = get64(locator + 8);
    if (!is_inside(zip, end64_at, END64_BYTES))
        return malformed;
    const unsigned char *end64 = zip->bytes + end64_at;
    if (get32(end64) != END64_SIGNATURE)
        return malformed;
    *members = get64(end64 + 32);
    *at = get64(end64 + 48);
    return NULL;
}

/*
 * Replace the fields that are all ones by the zip64 extra field, which holds
 * just those, in this order. False when one is missing.
 */
static bool read_zip64(const unsigned char *extra, size_t length,
                       uint64_t **fields, size_t count)
{
    if (count == 0)
        return true;
    while (length >= 4) {
        const unsigned id = get16(extra);
        const size_t size = get16(extra + 2);
        extra += 4;
        length -= 4;
        if (size > length)
            return false;
        if (id == 1) {
            if (size < 8 * count)
                return false;
            for (size_t i = 0; i < count; i++)
                *fields[i] = get64(extra + 8 * i);
            return true;
        }
        extra += size;
        length -= size;
    }
    return false;
}

/* Find a member's data behind its local header. */
static const char *find_data(const struct zip *zip, uint64_t local_at,
                             struct member *m)
{
    if (!is_inside(zip, local_at, LOCAL_BYTES))
        return malformed;
    const unsigned char *local = zip->bytes + local_at;
    if (get32(local) != LOCAL_SIGNATURE)
        return malformed;
    const uint64_t data_at =
        local_at + LOCAL_BYTES + get16(local + 26) + get16(local + 28);
    if (!is_inside(zip, data_at, m->packed_bytes))
        return "it is cut short";
    m->data = zip->bytes + data_at;
    return NULL;
}

/*
 * Read the directory entry at *at and step over it. The member's name is NULL
 * when it is not an array. NULL, or the fault.
 */
static const char *read_entry(const struct zip *zip, uint64_t *at,
                              struct member *m)
{
    *m = (struct member) {0};
    if (!is_inside(zip, *at, CENTRAL_BYTES))
        return malformed;
    const unsigned char *entry = zip->bytes + *at;
    const size_t name_bytes = get16(entry + 28);
    const size_t extra_bytes = get16(entry + 30);
    const size_t size =
        CENTRAL_BYTES + name_bytes + extra_bytes + get16(entry + 32);
    if (get32(entry) != CENTRAL_SIGNATURE || !is_inside(zip, *at, size))
        return malformed;
    *at += size;

    const char *name = (const char *) entry + CENTRAL_BYTES;
    if (name_bytes < 5 || memcmp(name + name_bytes - 4, ".npy", 4) != 0)
        return NULL;
    if (memchr(name, '\0', name_bytes) != NULL)
        return "a member's name has a NUL in it";

    uint64_t local_at = get32(entry + 42);
    uint64_t *fields[3];
    size_t count = 0;
    m->packed_bytes = get32(entry + 20);
    m->bytes = get32(entry + 24);
    if (m->bytes == UINT32_MAX)
        fields[count++] = &m->bytes;
    if (m->packed_bytes == UINT32_MAX)
        fields[count++] = &m->packed_bytes;
    if (local_at == UINT32_MAX)
        fields[count++] = &local_at;
    if (!read_zip64((const unsigned char *) name + name_bytes, extra_bytes,
                    fields, count))
        return malformed;

    m->method = get16(entry + 10);
    m->crc = get32(entry + 16);
    if (get16(entry + 8) & 1)
        return "it is encrypted";
    if (m->method != METHOD_STORED && m->method != METHOD_DEFLATED)
        return "its compression is neither 'stored' nor 'deflate'";
    const char *wrong = find_data(zip, local_at, m);
    if (wrong != NULL)
        return wrong;
    m->name = strndup(name, name_bytes - 4);
    return m->name != NULL ? NULL : "out of memory";
}

/* Inflate exactly out_bytes; anything else is a fault. */
static const char *inflate_exactly(const struct member *m, unsigned char *out)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return "out of memory";
    /* Both are below 4 GiB: see unpack. */
    stream.next_in = (unsigned char *) m->data;
    stream.avail_in = (uInt) m->packed_bytes;
    stream.next_out = out;
    stream.avail_out = (uInt) m->bytes;
    const int status = inflate(&stream, Z_FINISH);
    const bool whole = status == Z_STREAM_END && stream.avail_out == 0 &&
                       stream.avail_in == 0;
    inflateEnd(&stream);
    return whole ? NULL : "its compressed data is damaged";
}

/* A member's bytes, on the heap. NULL and the fault in *wrong. */
static unsigned char *unpack(const struct member *m, const char **wrong)
{
    *wrong = NULL;
    if (m->bytes >= UINT32_MAX || m->packed_bytes >= UINT32_MAX)
        *wrong = "it is larger than 4 GiB";
    else if (m->method == METHOD_STORED && m->bytes != m->packed_bytes)
        *wrong = malformed;
    else if (m->bytes / MAX_RATIO > m->packed_bytes)
        *wrong = "it declares more than its compressed data can hold";
    if (*wrong != NULL)
        return NULL;

    unsigned char *bytes = malloc(m->bytes > 0 ? (size_t) m->bytes : 1);
    if (bytes == NULL) {
        *wrong = "out of memory";
        return NULL;
    }
    if (m->method == METHOD_DEFLATED)
        *wrong = inflate_exactly(m, bytes);
    else
        memcpy(bytes, m->data, (size_t) m->bytes);
    if (*wrong == NULL && digest_crc32(0, bytes, (size_t) m->bytes) != m->crc)
        *wrong = "its CRC does not match its data";
    if (*wrong != NULL) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

/* What goes on while members are read, for read_member and its messages. */
struct job {
    const char *name; /* of the archive */
    uint64_t left;    /* bytes that arrays may still take */
    size_t max_bytes;
    struct diag *d;
    struct place place;
};

static int report_member(const struct job *job, const char *member,
                         const char *wrong)
{
    return diag_error(job->d, job->place, "cannot read '%s' in '%s': %s",
                      member, job->name, wrong);
}

static int read_member(struct job *job, const struct member *m, struct npz *z)
{
    const char *wrong;
    if (npz_find(z, m->name) != NULL)
        return report_member(job, m->name, "it is there twice");
    if (m->bytes > job->left)
        return diag_error(job->d, job->place,
                          "cannot read '%s' in '%s': the arrays are larger "
                          "than %s",
                          m->name, job->name, text_bytes(job->max_bytes).text);
    job->left -= m->bytes;
    unsigned char *bytes = unpack(m, &wrong);
    if (bytes == NULL)
        return report_member(job, m->name, wrong);
    if (npy_adopt(m->name, bytes, (size_t) m->bytes, &z->arrays[z->count],
                  job->d, job->place) != 0)
        return -1;
    z->count++;
    return 0;
}

static int report_archive(struct diag *d, struct place place, const char *name,
                          const char *wrong)
{
    return diag_error(d, place, "cannot read '%s': %s", name, wrong);
}

int npz_parse(const char *name, const void *bytes, size_t length,
              size_t max_bytes, struct npz *z, struct diag *d,
              struct place place)
{
    const struct zip zip = {bytes, length};
    struct job job = {name, max_bytes, max_bytes, d, place};
    uint64_t at = 0;
    uint64_t members = 0;

    *z = (struct npz) {0};
    const char *wrong = find_directory(&zip, &at, &members);
    if (wrong == NULL && members > NPZ_MAX_MEMBERS)
        wrong = "it has more than 4096 members";
    if (wrong != NULL)
        return report_archive(d, place, name, wrong);
    z->arrays = calloc((size_t) members + 1, sizeof *z->arrays);
    if (z->arrays == NULL)
        return report_archive(d, place, name, "out of memory");

    for (uint64_t i = 0; i < members; i++) {
        struct member m;
        wrong = read_entry(&zip, &at, &m);
        if (wrong != NULL) {
            npz_release(z);
            return report_archive(d, place, name, wrong);
        }
        const int result = m.name != NULL ? read_member(&job, &m, z) : 0;
        free(m.name);
        if (result != 0) {
            npz_release(z);
            return -1;
        }
    }
    return 0;
}

int npz_read(const char *path, size_t max_bytes, struct npz *z, struct diag *d,
             struct place place)
{
    size_t length = 0;
    *z = (struct npz) {0};
    char *bytes = file_read_all(path, max_bytes, &length, d, place);
    if (bytes == NULL)
        return -1;
    const int result =
        npz_parse(path, bytes, length, max_bytes, z, d, place);
    free(bytes);
    return result;
}

const struct npy_array *npz_find(const struct npz *z, const char *name)
{
    for (size_t i = 0; i < z->count; i++) {
        if (strcmp(z->arrays[i].name, name) == 0)
            return &z->arrays[i];
    }
    return NULL;
}

void npz_release(struct npz *z)
{
    for (size_t i = 0; i < z->count; i++)
        npy_release(&z->arrays[i]);
    free(z->arrays);
    *z = (struct npz) {0};
}

/* A member as it goes into the archive. */
struct packed {
    unsigned char *data;
    uint32_t packed_bytes;
    uint32_t bytes;
    uint32_t crc;
    uint64_t local_at;
};

static const char *pack(const struct npy_array *a, struct packed *p)
{
    const char *wrong = "out of memory";
    const uint64_t data_bytes = (uint64_t) a->count * npy_type_bytes(a->type);
    struct strbuf header;
    z_stream stream = {0};

    strbuf_init(&header);
    npy_format_header(a, &header);
    const uint64_t total = header.length + data_bytes;
    if (total > UINT32_MAX - (1u << 20)) {
        wrong = "an array is larger than 4 GiB";
        goto done;
    }
    if (header.failed ||
        deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        goto done;
    const uLong room = deflateBound(&stream, (uLong) total);
    p->data = malloc(room);
    if (p->data != NULL && room <= UINT32_MAX) {
        stream.next_out = p->data;
        stream.avail_out = (uInt) room;
        stream.next_in = (unsigned char *) header.text;
        stream.avail_in = (uInt) header.length;
        deflate(&stream, Z_NO_FLUSH);
        stream.next_in = a->data;
        stream.avail_in = (uInt) data_bytes;
        if (deflate(&stream, Z_FINISH) == Z_STREAM_END)
            wrong = NULL;
        p->packed_bytes = (uint32_t) (room - stream.avail_out);
    }
    deflateEnd(&stream);
    p->bytes = (uint32_t) total;
    p->crc = digest_crc32(0, header.text, header.length);
    p->crc = digest_crc32(p->crc, a->data, (size_t) data_bytes);
done:
    strbuf_release(&header);
    return wrong;
}

static void put(struct strbuf *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        strbuf_add_char(b, (char) (unsigned char) (value >> 8 * i));
}

/* What the local header and the directory entry have in common. */
static void put_common(struct strbuf *b, const struct packed *p,
                       const char *name)
{
    put(b, 20, 2);              /* version 2.0 is enough to read it */
    put(b, 0x800, 2);           /* flags: the name is UTF-8 */
    put(b, METHOD_DEFLATED, 2);
    put(b, 0, 2);               /* 00:00:00 */
    put(b, 0x21, 2);            /* 1980-01-01 */
    put(b, p->crc, 4);
    put(b, p->packed_bytes, 4);
    put(b, p->bytes, 4);
    put(b, strlen(name) + 4, 2);
    put(b, 0, 2);               /* no extra field */
}

static void format_local(struct strbuf *b, const struct packed *p,
                         const char *name)
{
    strbuf_clear(b);
    put(b, LOCAL_SIGNATURE, 4);
    put_common(b, p, name);
    strbuf_printf(b, "%s.npy", name);
}

static void format_entry(struct strbuf *b, const struct packed *p,
                         const char *name)
{
    put(b, CENTRAL_SIGNATURE, 4);
    put(b, 0x0314, 2); /* made on Unix */
    put_common(b, p, name);
    put(b, 0, 2); /* no comment */
    put(b, 0, 2); /* disk 0 */
    put(b, 0, 2);
    put(b, UINT32_C(0100644) << 16, 4); /* mode */
    put(b, p->local_at, 4);
    strbuf_printf(b, "%s.npy", name);
}

static void format_end(struct strbuf *b, size_t members, uint64_t at)
{
    const size_t size = b->length;
    put(b, END_SIGNATURE, 4);
    put(b, 0, 4);
    put(b, members, 2);
    put(b, members, 2);
    put(b, size, 4);
    put(b, at, 4);
    put(b, 0, 2);
}

/* A name that no member can have, or the second of two equal ones, or NULL. */
static const char *find_bad_name(const struct npy_array *arrays, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = arrays[i].name;
        assert(name != NULL);
        if (name[0] == '\0' || strlen(name) > MAX_NAME ||
            strchr(name, '/') != NULL)
            return name;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(arrays[j].name, name) == 0)
                return name;
        }
    }
    return NULL;
}

/* Write members one after the other, then the directory. NULL or the fault. */
static const char *write_members(struct file_writer *w,
                                 const struct npy_array *arrays, size_t count)
{
    const char *wrong = NULL;
    uint64_t at = 0;
    struct strbuf local, directory;
    strbuf_init(&local);
    strbuf_init(&directory);
    for (size_t i = 0; i < count && wrong == NULL; i++) {
        struct packed p = {.local_at = at};
        wrong = pack(&arrays[i], &p);
        if (wrong == NULL) {
            format_local(&local, &p, arrays[i].name);
            format_entry(&directory, &p, arrays[i].name);
            file_writer_write(w, local.text, local.length);
            file_writer_write(w, p.data, p.packed_bytes);
            at += local.length + p.packed_bytes;
        }
        free(p.data);
        if (wrong == NULL && local.failed)
            wrong = "out of memory";
        if (wrong == NULL && at > UINT32_MAX - (1u << 24))
            wrong = "the archive is larger than 4 GiB";
    }
    format_end(&directory, count, at);
    if (wrong == NULL && directory.failed)
        wrong = "out of memory";
    file_writer_write(w, directory.text, directory.length);
    strbuf_release(&local);
    strbuf_release(&directory);
    return wrong;
}

int npz_write(const char *path, const struct npy_array *arrays, size_t count,
              struct diag *d, struct place place)
{
    struct file_writer w;
    if (count > NPZ_MAX_MEMBERS)
        return diag_error(d, place,
                          "cannot write '%s': more than 4096 arrays", path);
    const char *bad = find_bad_name(arrays, count);
    if (bad != NULL)
        return diag_error(d, place,
                          "cannot write '%s': the array name '%s' is used "
                          "twice, empty, too long or has a '/'",
                          path, bad);
    if (file_writer_open(&w, path, d, place) != 0)
        return -1;
    const char *wrong = write_members(&w, arrays, count);
    if (wrong != NULL) {
        file_writer_abort(&w);
        return diag_error(d, place, "cannot write '%s': %s", path, wrong);
    }
    return file_writer_commit(&w, d, place);
}
