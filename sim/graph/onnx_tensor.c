#include "sim/graph/onnx_build.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx.pb-c.h"
#include "sim/base/file.h"
#include "sim/base/path.h"
#include "sim/graph/onnx.h"
#include "sim/graph/onnx_model.h"

/* TensorProto.DataType. */
static const struct {
    const char *name;
    enum graph_type type;
} types[] = {
    [0] = { "undefined", GRAPH_TYPES },
    [1] = { "float32", GRAPH_FLOAT32 },
    [2] = { "uint8", GRAPH_UINT8 },
    [3] = { "int8", GRAPH_INT8 },
    [4] = { "uint16", GRAPH_UINT16 },
    [5] = { "int16", GRAPH_INT16 },
    [6] = { "int32", GRAPH_INT32 },
    [7] = { "int64", GRAPH_INT64 },
    [8] = { "string", GRAPH_TYPES },
    [9] = { "bool", GRAPH_BOOL },
    [10] = { "float16", GRAPH_TYPES },
    [11] = { "float64", GRAPH_FLOAT64 },
    [12] = { "uint32", GRAPH_TYPES },
    [13] = { "uint64", GRAPH_TYPES },
    [14] = { "complex64", GRAPH_TYPES },
    [15] = { "complex128", GRAPH_TYPES },
    [16] = { "bfloat16", GRAPH_TYPES },
    [17] = { "float8e4m3fn", GRAPH_TYPES },
    [18] = { "float8e4m3fnuz", GRAPH_TYPES },
    [19] = { "float8e5m2", GRAPH_TYPES },
    [20] = { "float8e5m2fnuz", GRAPH_TYPES },
    [21] = { "uint4", GRAPH_UINT4 },
    [22] = { "int4", GRAPH_INT4 },
};

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]), EXTERNAL = 1 };

enum graph_type onnx_type_of(int32_t data_type)
{
    return data_type >= 0 && data_type < TYPE_COUNT ? types[data_type].type
                                                    : GRAPH_TYPES;
}

const char *onnx_type_name(int32_t data_type)
{
    return data_type >= 0 && data_type < TYPE_COUNT ? types[data_type].name
                                                    : "of an unknown type";
}

static int refuse(struct onnx_build *b, const char *who, const char *text)
{
    return diag_error(b->diag, b->place, "%s: %s", who, text);
}

/* Bytes that `elements` take in a file: four-bit types lie two in a byte. */
static size_t stored_bytes(enum graph_type type, int64_t elements)
{
    if (type == GRAPH_INT4 || type == GRAPH_UINT4)
        return (size_t) ((elements + 1) / 2);
    return (size_t) elements * graph_type_bytes(type);
}

/* From the end, so that `to` may be `from`. */
static void unpack_nibbles(enum graph_type type, const uint8_t *from,
                           int64_t elements, int8_t *to)
{
    for (int64_t i = elements - 1; i >= 0; i--) {
        const int code = from[i / 2] >> (i % 2 ? 4 : 0) & 15;
        to[i] = (int8_t) (type == GRAPH_INT4 && code > 7 ? code - 16 : code);
    }
}

/* ------------------------------------------------------------ external data */

/* What stands under a key, in the arena; NULL when it is absent, has a NUL
 * within, or does not fit. */
static const char *entry(struct onnx_build *b, const struct Onnx__Tensor *proto,
                         const char *key)
{
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const struct Onnx__Entry *e = proto->external_data[i];
        if (!e->key || strcmp(e->key, key) != 0)
            continue;
        if (e->value.len && memchr(e->value.data, 0, e->value.len))
            return NULL;
        return arena_strndup(&b->graph->arena,
                             e->value.len ? (const char *) e->value.data : "",
                             e->value.len);
    }
    return NULL;
}

static int entry_number(struct onnx_build *b, const struct Onnx__Tensor *proto,
                        const char *who, const char *key, int64_t absent,
                        int64_t *value)
{
    const char *text = entry(b, proto, key);
    char *end;

    *value = absent;
    if (!text)
        return 0;
    *value = strtoll(text, &end, 10);
    if (*end || end == text || *value < 0 || *value > GRAPH_MAX_BYTES)
        return diag_error(b->diag, b->place, "%s: '%s' of its external data is "
                          "'%s', must be 0 to %d", who, key, text,
                          GRAPH_MAX_BYTES);
    return 0;
}

/* No way out of the folder by name: not absolute, no "..". */
static bool stays_below(const char *location)
{
    if (*location == '/' || !*location)
        return false;
    for (const char *part = location; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]))
            return false;
    }
    return true;
}

/* No way out by links: both are resolved. NULL and an error, else malloced. */
static char *resolve(struct onnx_build *b, const char *who,
                     const char *location)
{
    char *path = path_join(&b->graph->arena, b->folder, location);
    char *real = path ? realpath(path, NULL) : NULL;
    char *folder = realpath(b->folder, NULL);
    const size_t length = folder ? strlen(folder) : 0;

    if (!real || !folder) {
        diag_error(b->diag, b->place, "%s: its external data '%s' is not there",
                   who, location);
    } else if (strncmp(real, folder, length) != 0
               || (length > 1 && real[length] != '/')) {
        diag_error(b->diag, b->place, "%s: its external data '%s' leads out of "
                   "the model's folder, which is not allowed", who, location);
    } else {
        free(folder);
        return real;
    }
    free(folder);
    free(real);
    return NULL;
}

/* `bytes` at `offset` of a regular file, into the arena. */
static const void *read_part(struct onnx_build *b, const char *who,
                             const char *path, const char *location,
                             int64_t offset, size_t bytes)
{
    struct stat status;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    char *data = NULL;

    if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode)) {
        diag_error(b->diag, b->place, "%s: its external data '%s' cannot be "
                   "read as a file", who, location);
        goto done;
    }
    if (status.st_size < offset || (size_t) (status.st_size - offset) < bytes) {
        diag_error(b->diag, b->place, "%s: its external data needs %zu bytes "
                   "at %" PRId64 " of '%s', which has %" PRId64, who, bytes,
                   offset,
                   location, (int64_t) status.st_size);
        goto done;
    }
    data = arena_alloc(&b->graph->arena, bytes);
    if (!data) {
        onnx_no_memory(b);
        goto done;
    }
    for (size_t have = 0; have < bytes;) {
        const ssize_t got = pread(fd, data + have, bytes - have,
                                  (off_t) (offset + (int64_t) have));
        if (got > 0) {
            have += (size_t) got;
            continue;
        }
        diag_error(b->diag, b->place, "%s: its external data '%s' cannot be "
                   "read to its end", who, location);
        data = NULL;
        break;
    }
done:
    if (fd >= 0)
        close(fd);
    return data;
}

const void *onnx_external_read(struct onnx_build *b,
                               const struct Onnx__Tensor *proto,
                               const char *who, size_t bytes)
{
    const char *location = entry(b, proto, "location");
    int64_t offset, length;

    if (!location || !stays_below(location)) {
        diag_error(b->diag, b->place, "%s: its external data '%s' must be a "
                   "file in the model's folder, named without '..'", who,
                   location ? location : "");
        return NULL;
    }
    if (!b->folder) {
        refuse(b, who, "external data is not available here");
        return NULL;
    }
    if (entry_number(b, proto, who, "offset", 0, &offset)
        || entry_number(b, proto, who, "length", (int64_t) bytes, &length))
        return NULL;
    if ((size_t) length != bytes) {
        diag_error(b->diag, b->place, "%s: its external data has %" PRId64
                   " bytes, its type and shape need %zu", who, length, bytes);
        return NULL;
    }
    if (b->external_bytes > GRAPH_MAX_BYTES - (int64_t) bytes) {
        diag_error(b->diag, b->place, "%s: more than %d bytes of external data",
                   who, GRAPH_MAX_BYTES);
        return NULL;
    }
    b->external_bytes += (int64_t) bytes;
    b->graph->arena.limit += bytes * (ONNX_BYTES_PER_BYTE / 2);
    char *path = resolve(b, who, location);

    if (!path)
        return NULL;
    const void *data = read_part(b, who, path, location, offset, bytes);

    free(path);
    if (data && b->digest)
        digest_update(b->digest, data, bytes);
    return data;
}

/* ------------------------------------------------------- values in the file */

static int64_t typed_number(const struct Onnx__Tensor *p, enum graph_type type,
                            int64_t i)
{
    return type == GRAPH_INT64 ? p->int64_data[i] : p->int32_data[i];
}

static size_t typed_count(const struct Onnx__Tensor *p, enum graph_type type)
{
    switch (type) {
    case GRAPH_FLOAT32:
        return p->n_float_data;
    case GRAPH_FLOAT64:
        return p->n_double_data;
    case GRAPH_INT64:
        return p->n_int64_data;
    default:
        return p->n_int32_data;
    }
}

/* float_data, int32_data, ...: one number a field. */
static void copy_typed(const struct Onnx__Tensor *p, enum graph_type type,
                       int64_t elements, void *to)
{
    const size_t bytes = (size_t) elements * graph_type_bytes(type);

    if (!elements)
        return;
    if (type == GRAPH_FLOAT32)
        memcpy(to, p->float_data, bytes);
    else if (type == GRAPH_FLOAT64)
        memcpy(to, p->double_data, bytes);
    for (int64_t i = 0; graph_type_is_integer(type) && i < elements; i++) {
        const int64_t number = typed_number(p, type, i);
        switch (graph_type_bytes(type)) {
        case 1:
            ((int8_t *) to)[i] = (int8_t) number;
            break;
        case 2:
            ((int16_t *) to)[i] = (int16_t) number;
            break;
        case 4:
            ((int32_t *) to)[i] = (int32_t) number;
            break;
        default:
            ((int64_t *) to)[i] = number;
        }
    }
    for (int64_t i = 0; type == GRAPH_BOOL && i < elements; i++)
        ((uint8_t *) to)[i] = p->int32_data[i] != 0;
}

static int load_values(struct onnx_build *b, const struct Onnx__Tensor *proto,
                       const char *who, struct graph_tensor *t)
{
    const int64_t elements = graph_elements(t);
    const size_t stored = stored_bytes(t->type, elements);
    const bool nibbles = t->type == GRAPH_INT4 || t->type == GRAPH_UINT4;
    const bool external = proto->data_location == EXTERNAL;
    const void *raw = proto->raw_data.data;
    size_t have = typed_count(proto, t->type);

    if (!external && !proto->has_raw_data) {
        const size_t want = nibbles ? stored : (size_t) elements;
        if (have != want)
            return diag_error(b->diag, b->place, "%s: has %zu values, its "
                              "shape needs %zu", who, have, want);
    } else if (!external && proto->raw_data.len != stored) {
        return diag_error(b->diag, b->place, "%s: has %zu bytes, its type and "
                          "shape need %zu", who, proto->raw_data.len, stored);
    }
    if (external && !(raw = onnx_external_read(b, proto, who, stored)))
        return -1;
    if (external && !nibbles) {
        t->data = raw;
        return 0;
    }
    uint8_t *data = arena_alloc(&b->graph->arena, (size_t) elements
                                * graph_type_bytes(t->type));
    if (!data)
        return onnx_no_memory(b);
    t->data = data;
    if (!external && !proto->has_raw_data) {
        copy_typed(proto, nibbles ? GRAPH_UINT8 : t->type,
                   nibbles ? (int64_t) stored : elements, data);
        if (nibbles)
            unpack_nibbles(t->type, data, elements, (int8_t *) data);
    } else if (nibbles) {
        unpack_nibbles(t->type, raw, elements, (int8_t *) data);
    } else if (stored) {
        memcpy(data, raw, stored);
    }
    for (int64_t i = 0; t->type == GRAPH_BOOL && i < elements; i++)
        data[i] = data[i] != 0;
    return 0;
}

int onnx_tensor_load(struct onnx_build *b, const struct Onnx__Tensor *proto,
                     const char *who, struct graph_tensor *tensor)
{
    int64_t elements = 1;

    tensor->type = onnx_type_of(proto->data_type);
    if (tensor->type == GRAPH_TYPES)
        return diag_error(b->diag, b->place, "%s: is %s (type %d), which is "
                          "not supported; use float32", who,
                          onnx_type_name(proto->data_type), proto->data_type);
    if (proto->segment.len)
        return refuse(b, who, "is stored in segments, which is not supported");
    if (proto->n_dims > GRAPH_MAX_RANK)
        return diag_error(b->diag, b->place, "%s: has %zu dimensions, at most "
                          "%d", who, proto->n_dims, GRAPH_MAX_RANK);
    tensor->rank = (int) proto->n_dims;
    for (int i = 0; i < tensor->rank; i++) {
        const int64_t dim = proto->dims[i];
        if (dim < 0 || (dim > 0 && elements > GRAPH_MAX_ELEMENTS / dim))
            return diag_error(b->diag, b->place, "%s: dimension %d is %" PRId64
                              ", must be positive with at most %d elements in "
                              "all", who, i, dim, GRAPH_MAX_ELEMENTS);
        tensor->dim[i] = dim;
        elements *= dim;
    }
    return load_values(b, proto, who, tensor);
}

int onnx_read_tensor(struct graph_tensor *tensor, struct arena *arena,
                     const char *path, struct diag *diag)
{
    const struct place place = place_of_file(path);
    struct onnx_memory memory = { 0 };
    size_t length;
    char *bytes = file_read_all(path, GRAPH_MAX_BYTES, &length, diag, place);
    struct graph graph = { .arena = *arena };
    struct onnx_build b = { .graph = &graph, .diag = diag, .place = place };
    int status = -1;

    memset(tensor, 0, sizeof(*tensor));
    tensor->producer = -1;
    if (!bytes)
        return -1;
    memory.limit = ONNX_BASE_BYTES + ONNX_BYTES_PER_BYTE * length;
    struct Onnx__Tensor *proto =
        onnx_tensor_message_parse(&memory, bytes, length);

    if (!proto)
        diag_error(diag, place, "is not a tensor of ONNX");
    else if (onnx_tensor_load(&b, proto, "tensor", tensor) == 0)
        status = 0;
    if (status == 0)
        tensor->name = arena_strdup(&graph.arena, proto->name ? proto->name
                                                              : "");
    *arena = graph.arena;
    onnx_tensor_message_free(&memory, proto);
    free(bytes);
    return status;
}
