/*
 * npy.c - a file is magic, version, header length, a Python dictionary, data:
 *
 *     \x93NUMPY 1 0 <u16 length> {'descr': '<f4', 'fortran_order': False,
 *     'shape': (3, 4), }      \n <data>
 *
 * (versions 2 and 3: u32 length). The dictionary is read strictly, by a parser
 * that knows just strings, booleans and tuples of numbers.
 */
#include "sim/base/npy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

enum { MAGIC_BYTES = 8, MAX_HEADER = 64 << 10, ALIGN = 64 };

static const struct {
    const char *descr; /* without the byte order */
    const char *name;
    size_t bytes;
} types[NPY_TYPE_COUNT] = {
    [NPY_F4] = {"f4", "float32", 4}, [NPY_F8] = {"f8", "float64", 8},
    [NPY_I1] = {"i1", "int8", 1},    [NPY_U1] = {"u1", "uint8", 1},
    [NPY_I2] = {"i2", "int16", 2},   [NPY_U2] = {"u2", "uint16", 2},
    [NPY_I4] = {"i4", "int32", 4},   [NPY_U4] = {"u4", "uint32", 4},
    [NPY_I8] = {"i8", "int64", 8},   [NPY_U8] = {"u8", "uint64", 8},
    [NPY_B1] = {"b1", "bool", 1},
};

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "arrays are read as they are stored: little-endian machines only"
#endif

size_t npy_type_bytes(enum npy_type type)
{
    return types[type].bytes;
}

const char *npy_type_name(enum npy_type type)
{
    return types[type].name;
}

bool npy_type_is_integer(enum npy_type type)
{
    return type != NPY_F4 && type != NPY_F8 && type != NPY_B1;
}

void npy_format_shape(const struct npy_array *a, char *out, size_t size)
{
    struct strbuf b;
    strbuf_init(&b);
    strbuf_add_char(&b, '[');
    for (int i = 0; i < a->rank; i++)
        strbuf_printf(&b, "%s%lld", i > 0 ? ", " : "", (long long) a->dim[i]);
    strbuf_add_char(&b, ']');
    snprintf(out, size, "%s", b.text);
    strbuf_release(&b);
}

/* Element i as the C type T. */
#define ELEMENT(a, i, T) (((const T *) (a)->data)[i])

double npy_get_double(const struct npy_array *a, int64_t i)
{
    assert(0 <= i && i < a->count);
    switch (a->type) {
    case NPY_F4:
        return (double) ELEMENT(a, i, float);
    case NPY_F8:
        return ELEMENT(a, i, double);
    case NPY_U8:
        return (double) ELEMENT(a, i, uint64_t);
    default:
        return (double) npy_get_int(a, i);
    }
}

int64_t npy_get_int(const struct npy_array *a, int64_t i)
{
    assert(0 <= i && i < a->count);
    switch (a->type) {
    case NPY_I1:
        return ELEMENT(a, i, int8_t);
    case NPY_I2:
        return ELEMENT(a, i, int16_t);
    case NPY_U2:
        return ELEMENT(a, i, uint16_t);
    case NPY_I4:
        return ELEMENT(a, i, int32_t);
    case NPY_U4:
        return ELEMENT(a, i, uint32_t);
    case NPY_I8:
        return ELEMENT(a, i, int64_t);
    case NPY_U8:
        return ELEMENT(a, i, uint64_t) > INT64_MAX
                   ? INT64_MAX
                   : (int64_t) ELEMENT(a, i, uint64_t);
    case NPY_U1:
    case NPY_B1:
        return ELEMENT(a, i, uint8_t);
    default:
        assert(0 && "an integer type");
        return 0;
    }
}

/* The dictionary, read from left to right. */
struct reader {
    const char *at;
    const char *end;
};

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n'))
        r->at++;
}

/* Pass over `token` if it comes next. */
static bool accept(struct reader *r, const char *token)
{
    const size_t length = strlen(token);
    skip_space(r);
    if ((size_t) (r->end - r->at) < length ||
        memcmp(r->at, token, length) != 0)
        return false;
    r->at += length;
    return true;
}

/* A short string in quotes, without escapes. */
static bool read_string(struct reader *r, char *out, size_t size)
{
    skip_space(r);
    if (r->at >= r->end || (*r->at != '\'' && *r->at != '"'))
        return false;
    const char quote = *r->at++;
    size_t length = 0;
    while (r->at < r->end && *r->at != quote) {
        if (length + 1 >= size)
            return false;
        out[length++] = *r->at++;
    }
    out[length] = '\0';
    return accept(r, quote == '\'' ? "'" : "\"");
}

static bool read_number(struct reader *r, int64_t *number)
{
    skip_space(r);
    if (r->at >= r->end || *r->at < '0' || *r->at > '9')
        return false;
    int64_t value = 0;
    while (r->at < r->end && '0' <= *r->at && *r->at <= '9') {
        const int digit = *r->at++ - '0';
        if (value > (INT64_MAX - digit) / 10)
            return false;
        value = 10 * value + digit;
    }
    (void) accept(r, "L"); /* a long of Python 2 */
    *number = value;
    return true;
}

/* (3, 4), (3,) or (). Sets rank, dim and count. NULL, or what is wrong. */
static const char *read_shape(struct reader *r, struct npy_array *a)
{
    a->rank = 0;
    a->count = 1;
    if (!accept(r, "("))
        return "its shape is not a tuple";
    while (!accept(r, ")")) {
        int64_t dim;
        if (!read_number(r, &dim))
            return "its shape has an entry that is no size";
        if (a->rank == NPY_MAX_RANK)
            return "it has more than 8 dimensions";
        a->dim[a->rank++] = dim;
        if (!accept(r, ",")) {
            if (!accept(r, ")"))
                return "its shape is not closed";
            break;
        }
    }
    bool empty = false;
    for (int i = 0; i < a->rank; i++)
        empty = empty || a->dim[i] == 0;
    for (int i = 0; i < a->rank && !empty; i++) {
        if (a->count > INT64_MAX / 16 / a->dim[i])
            return "its shape has too many elements";
        a->count *= a->dim[i];
    }
    if (empty)
        a->count = 0;
    return NULL;
}

static const char *read_type(struct reader *r, struct npy_array *a)
{
    char descr[16];
    if (!read_string(r, descr, sizeof descr))
        return "its type is not a plain one";
    if (descr[0] == '>')
        return "it is big-endian";
    for (int i = 0; i < NPY_TYPE_COUNT; i++) {
        const bool order = descr[0] == '<' ||
                           (descr[0] == '|' && types[i].bytes == 1);
        if (order && strcmp(descr + 1, types[i].descr) == 0) {
            a->type = (enum npy_type) i;
            return NULL;
        }
    }
    return "its type is not a number of 1 to 8 bytes or bool";
}

static const char *read_dictionary(struct reader *r, struct npy_array *a,
                                   bool *fortran)
{
    static const char malformed[] = "its header is malformed";
    bool has_type = false, has_order = false, has_shape = false;

    if (!accept(r, "{"))
        return malformed;
    while (!accept(r, "}")) {
        char key[16];
        const char *wrong = NULL;
        if (!read_string(r, key, sizeof key) || !accept(r, ":"))
            return malformed;
        if (strcmp(key, "descr") == 0 && !has_type) {
            has_type = true;
            wrong = read_type(r, a);
        } else if (strcmp(key, "fortran_order") == 0 && !has_order) {
            has_order = true;
            *fortran = accept(r, "True");
            if (!*fortran && !accept(r, "False"))
                wrong = malformed;
        } else if (strcmp(key, "shape") == 0 && !has_shape) {
            has_shape = true;
            wrong = read_shape(r, a);
        } else {
            wrong = malformed;
        }
        if (wrong != NULL)
            return wrong;
        if (!accept(r, ",")) {
            if (!accept(r, "}"))
                return malformed;
            break;
        }
    }
    skip_space(r);
    return has_type && has_order && has_shape && r->at == r->end ? NULL
                                                                 : malformed;
}

/* Fill *a but for its data. NULL and the bytes before the data, or why not. */
static const char *read_header(const unsigned char *bytes, size_t length,
                               struct npy_array *a, bool *fortran,
                               size_t *header_bytes)
{
    if (length < MAGIC_BYTES || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return "it is not in numpy's format";
    const int version = bytes[6];
    if (version < 1 || version > 3)
        return "its format version is not 1, 2 or 3";
    const size_t start = version == 1 ? 10 : 12;
    if (length < start)
        return "it ends in its header";
    size_t size = bytes[8] | (size_t) bytes[9] << 8;
    if (version > 1)
        size |= (size_t) bytes[10] << 16 | (size_t) bytes[11] << 24;
    if (size > MAX_HEADER)
        return "its header is malformed";
    if (size > length - start)
        return "it ends in its header";

    const char *text = (const char *) bytes + start;
    struct reader r = {text, text + size};
    *header_bytes = start + size;
    return read_dictionary(&r, a, fortran);
}

/*
 * Copy from first-dimension-fastest to last-dimension-fastest. Walks the target
 * in order and keeps the source's offset by an odometer.
 */
static void reorder(const struct npy_array *a, const unsigned char *from,
                    unsigned char *to)
{
    const size_t bytes = types[a->type].bytes;
    int64_t stride[NPY_MAX_RANK];
    int64_t at[NPY_MAX_RANK] = {0};
    int64_t step = 1;
    for (int i = 0; i < a->rank; i++) {
        stride[i] = step;
        step *= a->dim[i];
    }
    int64_t offset = 0;
    for (int64_t n = 0; n < a->count; n++) {
        memcpy(to + (size_t) n * bytes, from + (size_t) offset * bytes, bytes);
        for (int i = a->rank - 1; i >= 0; i--) {
            offset += stride[i];
            if (++at[i] < a->dim[i])
                break;
            offset -= stride[i] * a->dim[i];
            at[i] = 0;
        }
    }
}

/* Move the data to the front of `bytes`, in C order. False without memory. */
static bool place_data(struct npy_array *a, unsigned char *bytes,
                       size_t header_bytes, bool fortran)
{
    const size_t size = (size_t) a->count * types[a->type].bytes;
    if (fortran && a->rank > 1 && size > 0) {
        unsigned char *ordered = malloc(size);
        if (ordered == NULL)
            return false;
        reorder(a, bytes + header_bytes, ordered);
        free(bytes);
        a->data = ordered;
    } else {
        memmove(bytes, bytes + header_bytes, size);
        unsigned char *smaller = realloc(bytes, size > 0 ? size : 1);
        if (smaller != NULL)
            bytes = smaller;
        a->data = bytes;
    }
    if (a->type == NPY_B1) {
        unsigned char *values = a->data;
        for (size_t i = 0; i < size; i++)
            values[i] = values[i] != 0;
    }
    return true;
}

int npy_adopt(const char *name, void *bytes, size_t length,
              struct npy_array *a, struct diag *d, struct place place)
{
    bool fortran = false;
    size_t header_bytes = 0;
    *a = (struct npy_array) {0};
    const char *wrong = read_header(bytes, length, a, &fortran, &header_bytes);
    if (wrong == NULL) {
        /* count <= INT64_MAX / 16: the product cannot overflow. */
        const uint64_t needed = (uint64_t) a->count * types[a->type].bytes;
        if (needed > length - header_bytes)
            wrong = "it ends before its data does";
        else if (needed < length - header_bytes)
            wrong = "it goes on after its data";
    }
    if (wrong == NULL) {
        a->name = strdup(name);
        if (a->name == NULL || !place_data(a, bytes, header_bytes, fortran))
            wrong = "out of memory";
    }
    if (wrong == NULL)
        return 0;
    free(bytes);
    free(a->name);
    *a = (struct npy_array) {0};
    return diag_error(d, place, "cannot read array '%s': %s", name, wrong);
}

int npy_parse(const char *name, const void *bytes, size_t length,
              struct npy_array *a, struct diag *d, struct place place)
{
    *a = (struct npy_array) {0};
    void *copy = malloc(length > 0 ? length : 1);
    if (copy == NULL)
        return diag_error(d, place, "cannot read array '%s': out of memory",
                          name);
    if (length > 0)
        memcpy(copy, bytes, length);
    return npy_adopt(name, copy, length, a, d, place);
}

int npy_read(const char *path, size_t max_bytes, struct npy_array *a,
             struct diag *d, struct place place)
{
    size_t length = 0;
    *a = (struct npy_array) {0};
    char *bytes = file_read_all(path, max_bytes, &length, d, place);
    if (bytes == NULL)
        return -1;
    return npy_adopt(path, bytes, length, a, d, place);
}

void npy_release(struct npy_array *a)
{
    free(a->name);
    free(a->data);
    *a = (struct npy_array) {0};
}

void npy_format_header(const struct npy_array *a, struct strbuf *b)
{
    struct strbuf dict;
    assert(0 <= a->rank && a->rank <= NPY_MAX_RANK);
    strbuf_init(&dict);
    strbuf_printf(&dict, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                  types[a->type].bytes == 1 ? '|' : '<', types[a->type].descr);
    for (int i = 0; i < a->rank; i++)
        strbuf_printf(&dict, "%s%lld", i > 0 ? ", " : "",
                      (long long) a->dim[i]);
    strbuf_add(&dict, a->rank == 1 ? ",), }" : "), }");
    while ((MAGIC_BYTES + 2 + dict.length + 1) % ALIGN != 0)
        strbuf_add_char(&dict, ' ');
    strbuf_add_char(&dict, '\n');

    const unsigned char start[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0,
        (unsigned char) (dict.length & 0xff),
        (unsigned char) (dict.length >> 8),
    };
    strbuf_add_bytes(b, start, sizeof start);
    strbuf_add_bytes(b, dict.text, dict.length);
    b->failed = b->failed || dict.failed;
    strbuf_release(&dict);
}

int npy_write(const char *path, const struct npy_array *a, struct diag *d,
              struct place place)
{
    struct file_writer w;
    struct strbuf header;
    int result = -1;
    strbuf_init(&header);
    npy_format_header(a, &header);
    if (header.failed) {
        diag_error(d, place, "cannot write '%s': out of memory", path);
    } else if (file_writer_open(&w, path, d, place) == 0) {
        file_writer_write(&w, header.text, header.length);
        file_writer_write(&w, a->data,
                          (size_t) a->count * types[a->type].bytes);
        result = file_writer_commit(&w, d, place);
    }
    strbuf_release(&header);
    return result;
}
