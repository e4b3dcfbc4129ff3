/* rom_manifest.h - manifest.json: what every image holds. */
#ifndef ROM_MANIFEST_H
#define ROM_MANIFEST_H

#include <jansson.h>

#include "sim/base/diag.h"
#include "sim/program/program.h"

enum { ROM_MANIFEST_VERSION = 1, ROM_MANIFEST_MAX_BYTES = 64 << 20 };

/*
 * Write FOLDER/manifest.json. `banks` lists the files (borrowed), `sha256` is
 * over the words of all banks in that order. 0, or -1 and an error.
 */
int rom_manifest_write(const struct program *program, const char *folder,
                       json_t *banks, const char *sha256, struct diag *diag);

/* Read FOLDER/manifest.json, checked for its format and version. The caller's
 * json_decref; NULL and an error otherwise. */
json_t *rom_manifest_read(const char *folder, struct diag *diag);

#endif
