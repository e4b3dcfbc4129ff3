#include "sim/net/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/base/digest.h"
#include "sim/base/npz.h"

enum { DATASET_MAX_BYTES = 1 << 30 };

static const char idx_images[] = "images-idx3-ubyte";
static const char idx_labels[] = "labels-idx1-ubyte";

void dataset_release(struct dataset *data)
{
    npy_release(&data->images);
    npy_release(&data->labels);
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8
           | p[3];
}

/* gzread of exactly `length` bytes; plain files pass through zlib as well. */
static bool read_exactly(gzFile file, void *bytes, size_t length)
{
    unsigned char *p = bytes;

    while (length > 0) {
        const unsigned part = length > (1u << 20) ? 1u << 20
                                                  : (unsigned) length;
        const int got = gzread(file, p, part);

        if (got <= 0)
            return false;
        p += got;
        length -= (size_t) got;
    }
    return true;
}

/*
 * An IDX file of bytes: magic 0x0801 or 0x0803, big-endian sizes, data. The
 * buffer grows with what is really there, so a lying header costs nothing.
 */
static int read_idx(const char *path, int rank, struct npy_array *a,
                    struct diag *diag, struct place place)
{
    unsigned char head[16];
    const size_t head_bytes = 4 + 4 * (size_t) rank;
    gzFile file = gzopen(path, "rb");
    size_t have = 0, capacity = 0;
    unsigned char *data = NULL;
    int result = -1;

    if (!file)
        return diag_error(diag, place, "'%s' cannot be opened", path);
    if (!read_exactly(file, head, head_bytes)
        || big_endian(head) != 0x0800u + (unsigned) rank) {
        diag_error(diag, place, "'%s' does not begin as an IDX file of bytes "
                   "with %d dimensions", path, rank);
        goto done;
    }
    a->type = NPY_U1;
    a->rank = rank;
    a->count = 1;
    for (int i = 0; i < rank; i++) {
        a->dim[i] = big_endian(head + 4 + 4 * i);
        if (a->dim[i] == 0 || a->count > DATASET_MAX_BYTES / a->dim[i]) {
            diag_error(diag, place, "'%s' says it has %" PRId64 " in dimension "
                       "%d, must be 1 or more, at most %d bytes in all", path,
                       a->dim[i], i, (int) DATASET_MAX_BYTES);
            goto done;
        }
        a->count *= a->dim[i];
    }
    while (have < (size_t) a->count) {
        size_t part = (size_t) a->count - have;

        part = part > (1u << 22) ? 1u << 22 : part;
        if (have + part > capacity) {
            capacity = 2 * capacity + part;
            unsigned char *grown = realloc(data, capacity);

            if (!grown) {
                diag_error(diag, place, "out of memory for '%s'", path);
                goto done;
            }
            data = grown;
        }
        if (!read_exactly(file, data + have, part)) {
            diag_error(diag, place, "'%s' is cut short or damaged: must have "
                       "%" PRId64 " bytes of data", path, a->count);
            goto done;
        }
        have += part;
    }
    a->data = data;
    data = NULL;
    result = 0;

done:
    free(data);
    gzclose(file);
    return result;
}

static int read_idx_pair(struct dataset *data, const char *path,
                         const char *found, struct diag *diag,
                         struct place place)
{
    char *labels = strdup(path);
    int result = -1;

    if (!labels)
        return diag_error(diag, place, "out of memory for '%s'", path);
    memcpy(labels + (found - path), idx_labels, strlen(idx_labels));
    if (!read_idx(path, 3, &data->images, diag, place)
        && !read_idx(labels, 1, &data->labels, diag, place))
        result = 0;
    free(labels);
    return result;
}

/* Move an array out of the archive, so that it outlives it; its name stays. */
static void take(struct npz *npz, const char *name, struct npy_array *to)
{
    struct npy_array *a = (struct npy_array *) npz_find(npz, name);

    if (!a)
        return;
    *to = *a;
    to->name = NULL;
    a->data = NULL;
}

static int read_npz(struct dataset *data, const char *path, struct diag *diag,
                    struct place place)
{
    struct npz npz;

    if (npz_read(path, DATASET_MAX_BYTES, &npz, diag, place))
        return -1;
    take(&npz, "images", &data->images);
    take(&npz, "labels", &data->labels);
    npz_release(&npz);
    if (!data->images.data)
        return diag_error(diag, place, "'%s' has no array 'images'", path);
    return 0;
}

static bool ends_in(const char *path, const char *end)
{
    const size_t length = strlen(path), bytes = strlen(end);

    return length >= bytes && !strcmp(path + length - bytes, end);
}

/* [n][...]: the rest must be the network's input, whatever its grouping. */
static int check_images(struct dataset *data, const char *path,
                        const struct net *net, struct diag *diag,
                        struct place place)
{
    const struct npy_array *a = &data->images;
    const struct net_shape s = net->input;
    char shape[200];

    npy_format_shape(a, shape, sizeof(shape));
    /* How an exchange file groups its input's dimensions is not ours to say. */
    if (a->rank < 1 + !net->graph || a->dim[0] < 1
        || a->count / a->dim[0] != net_elements(s)
        || (a->rank == 4 && !net->graph
            && (a->dim[1] != s.h || a->dim[2] != s.w || a->dim[3] != s.c))
        || (a->rank == 3 && !net->graph
            && (a->dim[1] != s.h || a->dim[2] != s.w)))
        return diag_error(diag, place, "'images' of '%s' have shape %s, must "
                          "be [n, %d, %d, %d] for network '%s'", path, shape,
                          s.h, s.w, s.c, net->name);
    for (int64_t i = 0; i < a->count; i++)
        if ((a->type == NPY_F4 || a->type == NPY_F8)
            && !isfinite(npy_get_double(a, i)))
            return diag_error(diag, place, "'images' of '%s' have %g at "
                              "element %" PRId64 ", must be finite", path,
                              npy_get_double(a, i), i);
    return 0;
}

static int check_labels(const struct dataset *data, const char *path,
                        const struct net *net, struct diag *diag,
                        struct place place)
{
    const struct npy_array *a = &data->labels;
    const struct net_shape out = net_tensor_shape(net, net->layer_count);
    char shape[200];

    npy_format_shape(a, shape, sizeof(shape));
    if (a->rank != 1 || a->dim[0] != data->images.dim[0])
        return diag_error(diag, place, "'labels' of '%s' have shape %s, must "
                          "be [%" PRId64 "]", path, shape,
                          data->images.dim[0]);
    if (!npy_type_is_integer(a->type))
        return diag_error(diag, place, "'labels' of '%s' are %s, must be "
                          "integers", path, npy_type_name(a->type));
    for (int64_t i = 0; i < a->count; i++) {
        const int64_t v = npy_get_int(a, i);

        if (v < 0 || v >= net_elements(out))
            return diag_error(diag, place, "'labels' of '%s' have %" PRId64
                              " at element %" PRId64 ", must be 0 to %" PRId64,
                              path, v, i, net_elements(out) - 1);
    }
    return 0;
}

static int digest_arrays(struct dataset *data)
{
    const struct npy_array *const both[] = { &data->images, &data->labels };
    struct digest g;

    if (digest_init(&g))
        return -1;
    for (int i = 0; i < 2; i++)
        if (both[i]->data)
            digest_update(&g, both[i]->data, (size_t) both[i]->count
                          * npy_type_bytes(both[i]->type));
    const int failed = digest_finish(&g, data->digest);

    digest_release(&g);
    return failed;
}

int dataset_read(struct dataset *data, const char *path, const struct net *net,
                 struct diag *diag, struct place place)
{
    const char *idx = strstr(path, idx_images);
    int failed;

    memset(data, 0, sizeof(*data));
    if (idx)
        failed = read_idx_pair(data, path, idx, diag, place);
    else if (ends_in(path, ".npy"))
        failed = npy_read(path, DATASET_MAX_BYTES, &data->images, diag, place);
    else
        failed = read_npz(data, path, diag, place);
    if (!failed)
        failed = check_images(data, path, net, diag, place);
    if (!failed && data->labels.data)
        failed = check_labels(data, path, net, diag, place);
    if (!failed && digest_arrays(data))
        failed = diag_error(diag, place, "out of memory");
    if (failed) {
        dataset_release(data);
        memset(data, 0, sizeof(*data));
        return -1;
    }
    data->count = data->images.dim[0];
    data->elements = data->images.count / data->count;
    return 0;
}

int dataset_read_labels(struct dataset *data, const char *path,
                        const struct net *net, struct diag *diag,
                        struct place place)
{
    struct dataset with = *data;

    memset(&with.labels, 0, sizeof(with.labels));
    if (npy_read(path, DATASET_MAX_BYTES, &with.labels, diag, place))
        return -1;
    if (check_labels(&with, path, net, diag, place)) {
        npy_release(&with.labels);
        return -1;
    }
    npy_release(&data->labels);
    data->labels = with.labels;
    return digest_arrays(data) ? diag_error(diag, place, "out of memory") : 0;
}

/* The images are of the type that the network's input has. */
static bool is_codes(const struct dataset *data, const struct net *net)
{
    if (!net->input_is_code || !net->tensor_given)
        return false;
    const struct net_tensor_given *g = &net->tensor_given[0];

    switch (data->images.type) {
    case NPY_I1: return g->bits == 8 && g->min < 0;
    case NPY_U1: return g->bits == 8 && g->min == 0;
    case NPY_I2: return g->bits == 16 && g->min < 0;
    case NPY_U2: return g->bits == 16 && g->min == 0;
    default: return false;
    }
}

void dataset_image(const struct dataset *data, const struct net *net, int64_t i,
                   float *out)
{
    const double subtract = net->input_subtract;
    const double divide = net->input_divide;

    const bool codes = is_codes(data, net);

    for (int64_t e = 0; e < data->elements; e++) {
        const double pixel = npy_get_double(&data->images,
                                            i * data->elements + e);

        if (codes) {
            const struct net_tensor_given *g = &net->tensor_given[0];

            out[e] = (float) (g->scale * (pixel - g->zero_point));
            continue;
        }
        out[e] = (float) ((pixel - subtract) / divide);
    }
}

int dataset_label(const struct dataset *data, int64_t i)
{
    return data->labels.data ? (int) npy_get_int(&data->labels, i) : -1;
}
