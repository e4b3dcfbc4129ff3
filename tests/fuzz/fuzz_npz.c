/*
 * fuzz_npz.c - any bytes as an archive and as a single array.
 *
 * What is accepted keeps its bounds, and every element can be read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sim/base/diag.h"
#include "sim/base/npy.h"
#include "sim/base/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20 };

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_array(const struct npy_array *a)
{
    static volatile double sink;
    int64_t count = 1;
    require(0 <= a->rank && a->rank <= NPY_MAX_RANK);
    require(a->count >= 0 && a->data != NULL && a->name != NULL);
    require((uint64_t) a->count * npy_type_bytes(a->type) <= MAX_BYTES);
    for (int i = 0; i < a->rank && a->count > 0; i++)
        count *= a->dim[i];
    require(a->count == 0 || a->count == count);
    for (int64_t i = 0; i < a->count; i++)
        sink = npy_get_double(a, i);
    (void) sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct npz z;
    struct npy_array a;
    struct diag d;

    if (size > MAX_BYTES)
        return 0;
    diag_init(&d);
    if (npz_parse("fuzz", data, size, MAX_BYTES, &z, &d, PLACE_NONE) == 0) {
        require(diag_error_count(&d) == 0);
        for (size_t i = 0; i < z.count; i++) {
            check_array(&z.arrays[i]);
            require(npz_find(&z, z.arrays[i].name) == &z.arrays[i]);
        }
    } else {
        require(diag_error_count(&d) == 1);
        require(z.count == 0 && z.arrays == NULL);
    }
    npz_release(&z);
    diag_release(&d);

    diag_init(&d);
    if (npy_parse("fuzz", data, size, &a, &d, PLACE_NONE) == 0)
        check_array(&a);
    else
        require(diag_error_count(&d) == 1);
    npy_release(&a);
    diag_release(&d);
    return 0;
}
