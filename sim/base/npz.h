/*
 * npz.h - archives of arrays, as numpy.savez and savez_compressed write them.
 *
 * A zip file of .npy members, stored or deflated, each checked by its CRC.
 * Encrypted and other compressed members and split archives are refused, as are
 * members above 4 GiB; zip64 records are read. Input may be hostile: memory is
 * taken only for what a member's compressed bytes can hold, within max_bytes.
 */
#ifndef NPZ_H
#define NPZ_H

#include <stddef.h>

#include "sim/base/diag.h"
#include "sim/base/npy.h"

enum { NPZ_MAX_MEMBERS = 4096 };

struct npz {
    struct npy_array *arrays; /* in the order of the archive */
    size_t count;
};

/*
 * Read all arrays. max_bytes bounds the file's size and, separately, the sum of
 * all arrays in memory. Members not named *.npy are passed over. 0 and *z to be
 * given to npz_release; or -1, one error, and *z empty (may be released, too).
 */
int npz_read(const char *path, size_t max_bytes, struct npz *z, struct diag *d,
             struct place place);

/* The same from memory; `name` appears in messages. */
int npz_parse(const char *name, const void *bytes, size_t length,
              size_t max_bytes, struct npz *z, struct diag *d,
              struct place place);

/* The array of that name (without ".npy"), or NULL. */
const struct npy_array *npz_find(const struct npz *z, const char *name);

void npz_release(struct npz *z);

/*
 * Write atomically, deflated, with fixed times: equal arrays give equal files.
 * Names must differ, not be empty and have no '/'. 0, or -1 and an error.
 */
int npz_write(const char *path, const struct npy_array *arrays, size_t count,
              struct diag *d, struct place place);

#endif
