/*
 * fuzz_sweep.c - any bytes as a sweep file, and as one constraint of it.
 *
 * The base is a design that is not there, so that what is read is the sweep
 * file alone. Whatever is refused has at least one message.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/sweep/space.h"

static int find_name(void *context, const char *name, struct place place)
{
    (void) context;
    (void) place;
    return strlen(name) % 3 == 0 ? -1 : 0;
}

static void read_constraint(const char *text)
{
    const struct expr_value value = { 3, NULL };
    struct arena arena;
    struct diag diag;
    const struct expr *e;

    arena_init(&arena, 0);
    diag_init(&diag);
    e = expr_read(text, PLACE_NONE, find_name, NULL, &arena, &diag);
    assert((e == NULL) == (diag_error_count(&diag) > 0));
    if (e)
        (void) expr_holds(e, &value);
    diag_release(&diag);
    arena_release(&arena);
}

static void read_file(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/napier-fuzz-XXXXXX";
    const int fd = mkstemp(path);
    struct override_list none;
    struct space space;
    struct diag diag;

    if (fd < 0)
        return;
    if (write(fd, data, size) == (ssize_t) size) {
        override_init(&none);
        diag_init(&diag);
        if (space_read(&space, path, &none, &diag))
            assert(diag_error_count(&diag) > 0);
        space_release(&space);
        diag_release(&diag);
        override_release(&none);
    }
    close(fd);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    read_constraint(text);
    free(text);
    read_file(data, size);
    return 0;
}
