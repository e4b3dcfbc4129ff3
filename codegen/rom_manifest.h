/* rom_manifest.h - manifest.json: what every image holds (docs/manifest.md). */
#ifndef ROM_MANIFEST_H
#define ROM_MANIFEST_H

#include <jansson.h>

#include "codegen/rom_layout.h"
#include "codegen/rom_tensor.h"
#include "sim/base/digest.h"
#include "sim/base/diag.h"

enum { ROM_MANIFEST_VERSION = 2, ROM_MANIFEST_MAX_BYTES = 64 << 20 };

/* All that a manifest says of the images; written from it, read into it. */
struct rom_manifest {
    const char *path;                  /* when read */
    const char *folder;
    char network[80], network_digest[DIGEST_HEX_CHARS + 1];
    char program_digest[DIGEST_HEX_CHARS + 1], sha256[DIGEST_HEX_CHARS + 1];
    uint32_t program_crc, image_crc, hardware;     /* of the program's header */
    int64_t injected;                  /* bits flipped on purpose */
    int64_t seed;
    struct rom_layout layout;
    struct rom_memories columns;       /* geometry: a bank a column */
    struct rom_memories stored;        /* geometry of what the files hold */
    struct rom_plan plan;
    uint32_t *crc;                     /* of each place's words */
    const char **file;                 /* [images][byte_lanes] */
    char (*file_sha)[DIGEST_HEX_CHARS + 1];        /* of each file */
    struct rom_tensor_list tensors;
    json_t *root;                      /* when read: the document itself */
    struct arena arena;                /* owns what is read */
};

/* Write FOLDER/manifest.json of that program. 0, or -1 and an error. */
int rom_manifest_write(const struct rom_manifest *m,
                       const struct program *program, const char *folder,
                       struct diag *diag);

/*
 * The first part of the manifest that is not what that program's would say,
 * "tensors" or a key of it; NULL: all is. `tensors` are the program's.
 */
const char *rom_manifest_disagrees(const struct rom_manifest *m,
                                   const struct rom_tensor_list *tensors,
                                   const struct program *program);

/*
 * Read a manifest and check that it holds together: after it, every bank lies
 * in its image and every tensor in its memory. 0, or -1 and an error; call
 * rom_manifest_release in any case.
 */
int rom_manifest_read(struct rom_manifest *m, const char *path,
                      struct diag *diag);
/* The same of a text; `path` is for messages and folder. */
int rom_manifest_parse(struct rom_manifest *m, const char *path,
                       const char *text, size_t length, struct diag *diag);
void rom_manifest_release(struct rom_manifest *m);

#endif
