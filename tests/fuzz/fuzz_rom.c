/*
 * fuzz_rom.c - a manifest and the one file of its images, as from a stranger.
 *
 * The manifest's text, a zero byte, the file. What can be read is decoded to
 * tensors. Both stand in a folder of this process, since that is what
 * rom_read takes.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* mkdtemp */
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/rom_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fuzz_rom.XXXXXX", manifest[64], image[64],
            tensors[64];

static void remove_all(void)
{
    unlink(manifest);
    unlink(image);
    unlink(tensors);
    rmdir(folder);
}

static void make_folder(void)
{
    if (!mkdtemp(folder) || atexit(remove_all))
        abort();
    snprintf(manifest, sizeof(manifest), "%s/manifest.json", folder);
    snprintf(image, sizeof(image), "%s/image", folder);
    snprintf(tensors, sizeof(tensors), "%s/tensors.npz", folder);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    const struct rom_read_options options = { .manifest = manifest,
                                              .damaged = size % 2 };
    struct rom_set set;
    struct diag diag;

    if (!end)
        return 0;
    if (!*manifest)
        make_folder();
    write_file(manifest, data, (size_t) (end - data));
    write_file(image, end + 1, size - (size_t) (end - data) - 1);
    diag_init(&diag);
    if (!rom_read(&set, image, &options, &diag)
        && rom_decode(&set, tensors, &diag) && diag_error_count(&diag) == 0)
        abort();
    rom_set_release(&set);
    diag_release(&diag);
    return 0;
}
