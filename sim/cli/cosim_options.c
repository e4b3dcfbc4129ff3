#include "sim/cli/cosim_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a co-simulation runs. */
enum { CORE = 1, ENGINE = 2, RANDOM = 4 };

struct option_use {
    const char *name;
    bool given;
    int useful;                   /* with which of them */
};

static const char *const with[] = {
    [CORE] = "in 'cosim'", [ENGINE] = "with '--engine'",
    [RANDOM] = "with '--random', which draws its own designs"
};

static bool rom_option(const struct options *o)
{
    for (int i = 0; i < ROM_ARGUMENTS; i++)
        if (o->rom.text[i])
            return true;
    return false;
}

int cosim_options_check(const struct options *o, struct diag *diag)
{
    const struct option_use uses[] = {
        { "a design file", o->file != NULL, CORE | ENGINE },
        { "--images", o->images >= 0, CORE | ENGINE },
        { "--first", o->first_image > 0, CORE | ENGINE },
        { "--only", o->only != NULL, CORE | ENGINE },
        { "--engine", o->engine, ENGINE },
        { "--waves", o->waves != NULL, CORE },
        { "--seed", o->seed > 0, CORE | RANDOM },
        { "--errors", o->errors, 0 },
        { "--energy", o->energy, 0 },
        { "--accumulator-study", o->study, 0 },
        { "--widths", o->width_lo > 0, 0 },
        { "--no-reuse", o->no_reuse, 0 },
        { "--bits", o->bits != NULL, 0 },
        { "--values", o->values != NULL, 0 },
        { "--sensitivity", o->sensitivity, 0 },
        { "--verify", o->verify, 0 },
        { "--registers", o->registers != NULL, 0 },
        { "--firmware", o->firmware != NULL, 0 },
        { "options of ROM images", rom_option(o), 0 },
        { "--objectives", o->objectives != NULL, 0 },
        { "--keys", o->keys, 0 },
        { "--db", o->db != NULL, 0 },
        { "--shard", o->shards > 0, 0 },
        { "--shared", o->shared, 0 },
        { "--merge", o->merge, 0 },
        { "--slurm", o->slurm > 0, 0 },
        { "--slurm-options", o->slurm_options != NULL, 0 },
        { "--export", o->export != NULL, 0 }
    };
    const int mode = o->random ? RANDOM : o->engine ? ENGINE : CORE;
    struct strbuf list;
    int result = 0;

    strbuf_init(&list);
    for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
        if (uses[i].given && !(uses[i].useful & mode))
            strbuf_printf(&list, "%s%s", list.length ? ", " : "",
                          uses[i].name);
    if (list.length)
        result = diag_error(diag, PLACE_NONE, "'%s' would do nothing %s, must "
                            "be left out", list.text, with[mode]);
    strbuf_release(&list);
    return result;
}

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
