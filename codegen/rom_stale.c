#include "codegen/rom_stale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/path.h"

void rom_stale_init(struct rom_stale *s, const char *folder)
{
    struct arena arena;
    struct diag ignored;

    memset(s, 0, sizeof(*s));
    s->folder = folder;
    diag_init(&ignored);
    arena_init(&arena, 0);
    const char *path = path_join(&arena, folder, "manifest.json");

    s->there = path && !rom_manifest_read(&s->manifest, path, &ignored);
    arena_release(&arena);
    diag_release(&ignored);
}

void rom_stale_release(struct rom_stale *s)
{
    rom_manifest_release(&s->manifest);
}

static int count_files(const struct rom_manifest *m)
{
    return m->plan.images * m->layout.byte_lanes;
}

static bool has_file(const struct rom_manifest *m, const char *name)
{
    for (int i = 0; i < count_files(m); i++)
        if (!strcmp(m->file[i], name))
            return true;
    return false;
}

static bool is_as_written(const char *path, const char *sha)
{
    char have[DIGEST_HEX_CHARS + 1];
    struct diag ignored;
    size_t size = 0;

    diag_init(&ignored);
    char *text = file_read_all(path, ROM_MAX_FILE_BYTES, &size, &ignored,
                               PLACE_NONE);
    const bool same = text && !digest_sha256(text, size, have)
                      && !strcmp(have, sha);

    free(text);
    diag_release(&ignored);
    return same;
}

int rom_stale_remove(const struct rom_stale *s, const struct rom_manifest *now)
{
    const struct rom_manifest *old = &s->manifest;
    struct arena arena;
    int removed = 0;

    if (!s->there)
        return 0;
    arena_init(&arena, 0);
    for (int i = 0; i < count_files(old); i++) {
        const char *path = path_join(&arena, s->folder, old->file[i]);

        if (path && !has_file(now, old->file[i])
            && is_as_written(path, old->file_sha[i]) && !remove(path))
            removed++;
    }
    arena_release(&arena);
    return removed;
}
