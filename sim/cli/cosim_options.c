#include "sim/cli/cosim_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Decimal digits and nothing else. */
static int read_tile(const char *text, int *tile)
{
    char *end;

    if (!*text || text[strspn(text, "0123456789")])
        return -1;
    errno = 0;
    const long value = strtol(text, &end, 10);

    if (errno || value > INT32_MAX)
        return -1;
    *tile = (int) value;
    return 0;
}

static int find_layer(const struct program *p, const char *name, size_t length)
{
    for (int i = 0; i < p->desc_count; i++)
        if (strlen(p->desc[i].name) == length
            && !strncmp(p->desc[i].name, name, length))
            return i;
    return -1;
}

int cosim_options_only(const char *only, const struct program *p,
                       struct place place, int *layer, int *tile,
                       struct diag *diag)
{
    const char *colon = strrchr(only, ':');

    /* A name may have a colon itself. */
    *tile = -1;
    *layer = find_layer(p, only, strlen(only));
    if (*layer >= 0)
        return 0;
    if (colon)
        *layer = find_layer(p, only, (size_t) (colon - only));
    if (*layer < 0)
        return diag_error(diag, place, "'--only' is '%s', must be a layer of "
                          "network '%s', or LAYER:TILE", only, p->network);
    if (read_tile(colon + 1, tile))
        return diag_error(diag, place, "'--only' is '%s', must have the number "
                          "of a channel tile of '%s' behind the colon", only,
                          p->desc[*layer].name);
    return 0;
}
