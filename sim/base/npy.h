/*
 * npy.h - arrays of numpy: the .npy format, versions 1 to 3.
 *
 * Little-endian numbers and booleans, up to 8 dimensions. An array is held in C
 * order, the last dimension fastest; one stored in Fortran order is put into C
 * order on reading. Input may be hostile: nothing is allocated before the bytes
 * that it needs are known to be there. npz.h has the archives.
 */
#ifndef NPY_H
#define NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/base/strbuf.h"

enum { NPY_MAX_RANK = 8 };

enum npy_type {
    NPY_F4,
    NPY_F8,
    NPY_I1,
    NPY_U1,
    NPY_I2,
    NPY_U2,
    NPY_I4,
    NPY_U4,
    NPY_I8,
    NPY_U8,
    NPY_B1,
    NPY_TYPE_COUNT
};

struct npy_array {
    char *name; /* inside an archive, without ".npy"; else the path's */
    enum npy_type type;
    int rank; /* 0: a scalar, count 1 */
    int64_t dim[NPY_MAX_RANK];
    int64_t count; /* the product of dim; may be 0 */
    void *data;    /* count elements, aligned for any type */
};

/* Bytes of one element. */
size_t npy_type_bytes(enum npy_type type);

/* numpy's name: "float32", "uint8", "bool". */
const char *npy_type_name(enum npy_type type);

bool npy_type_is_integer(enum npy_type type);

/* "[8, 3, 3, 1]", into out[size]; 200 bytes are always enough. */
void npy_format_shape(const struct npy_array *a, char *out, size_t size);

/*
 * Element i as a number. npy_get_int wants an integer or bool type, and returns
 * a u8 above INT64_MAX as INT64_MAX. i is in [0, count).
 */
double npy_get_double(const struct npy_array *a, int64_t i);
int64_t npy_get_int(const struct npy_array *a, int64_t i);

/*
 * Read a .npy file whose size is at most max_bytes. 0 and *a to be given to
 * npy_release; or -1, one error, and *a empty (which may be released, too).
 */
int npy_read(const char *path, size_t max_bytes, struct npy_array *a,
             struct diag *d, struct place place);

/* The same from memory; `name` appears in messages and becomes a->name. */
int npy_parse(const char *name, const void *bytes, size_t length,
              struct npy_array *a, struct diag *d, struct place place);

/*
 * The same, from memory on the heap that now belongs to the array; on an error
 * it is freed. Saves a second copy of large arrays.
 */
int npy_adopt(const char *name, void *bytes, size_t length,
              struct npy_array *a, struct diag *d, struct place place);

void npy_release(struct npy_array *a);

/* Write atomically, version 1.0, C order; a->name is not used. 0 or -1. */
int npy_write(const char *path, const struct npy_array *a, struct diag *d,
              struct place place);

/* Add the header that comes before the data: a multiple of 64 bytes. */
void npy_format_header(const struct npy_array *a, struct strbuf *b);

#endif
