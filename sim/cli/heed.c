#include "sim/cli/heed.h"

#include <stdio.h>
#include <string.h>

#define IMAGE_OPTIONS "format banking packing unit endian bit-order split " \
    "byte-lanes secded base align fill addresses inject inject-into seed "

/* The first form of a command whose option `by` is given counts. */
static const struct form {
    const char *command, *by;          /* by NULL: any other */
    const char *heeds;                 /* names between spaces; `by` as well */
} forms[] = {
    { "import", NULL, " set json output jobs " },
    { "check", "keys", " " },
    { "check", NULL, " set json jobs images " },   /* images: of a sweep */
    { "quantize", "values", " set json bits " },
    { "quantize", "sensitivity", " set json jobs images " },
    { "quantize", NULL, " set json jobs images bits " },
    { "run", NULL, " set json jobs images errors energy accumulator-study "
                   "widths tolerance no-reuse rom manifest " },
    { "rom", "registers", " " },
    { "rom", "firmware", " set json jobs " },
    { "rom", "diff", " manifest format json " },
    { "rom", "verify", " set json jobs output decode manifest format " },
    { "rom", "decode", " output manifest format " },
    { "rom", NULL, " set json jobs output " IMAGE_OPTIONS },
    { "package", NULL, " set output " },
    { "cosim", "random", " set json jobs output rtl seed " },
    { "cosim", "engine", " set json jobs output images first rtl only " },
    { "cosim", NULL, " set json jobs output images first rtl waves only "
                     "seed " },
    { "sweep", NULL, " set json jobs output images no-reuse db shard shared "
                     "slurm slurm-options export merge " },
    { "report", NULL, " set json jobs output objectives " },
};

/* What an option is of no use without. */
static const struct need { const char *option, *needs; } needs[] = {
    { "widths", "accumulator-study" },
    { "tolerance", "accumulator-study" },
    { "inject-into", "inject" },
    { "slurm-options", "slurm" },
};

static bool is_given(const char *name, const char *const *given, int count)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(given[i], name))
            return true;
    return false;
}

static bool is_heeded(const struct form *f, const char *name)
{
    const size_t length = strlen(name);

    if (f->by && !strcmp(f->by, name))
        return true;
    for (const char *at = f->heeds; (at = strstr(at, name)) != NULL; at++)
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

int heed_check(const char *command, const char *const *given, int count)
{
    const struct form *form = NULL;

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms) && !form; i++)
        if (!strcmp(forms[i].command, command)
            && (!forms[i].by || is_given(forms[i].by, given, count)))
            form = &forms[i];
    for (int i = 0; form && i < count; i++)
        if (!is_heeded(form, given[i])) {
            fprintf(stderr, "napier: '--%s' does nothing in '%s%s%s', must be "
                    "left out\n", given[i], command, form->by ? " --" : "",
                    form->by ? form->by : "");
            return 2;
        }
    for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++)
        if (is_given(needs[i].option, given, count)
            && !is_given(needs[i].needs, given, count)) {
            fprintf(stderr, "napier: '--%s' does nothing without '--%s'\n",
                    needs[i].option, needs[i].needs);
            return 2;
        }
    return 0;
}
