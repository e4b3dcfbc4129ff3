/*
 * rom_stale.h - images of an earlier program in the folder of new ones.
 *
 * Those that the new ones do not replace would be taken for theirs. So what an
 * old manifest names goes, unless somebody has changed it since.
 */
#ifndef ROM_STALE_H
#define ROM_STALE_H

#include "codegen/rom_manifest.h"

struct rom_stale {
    const char *folder;                /* borrowed */
    bool there;                        /* a manifest, and it can be read */
    struct rom_manifest manifest;
};

/* Before anything is written. Call rom_stale_release in any case. */
void rom_stale_init(struct rom_stale *s, const char *folder);
void rom_stale_release(struct rom_stale *s);

/* After all is written: the number of files that went. */
int rom_stale_remove(const struct rom_stale *s, const struct rom_manifest *now);

#endif
