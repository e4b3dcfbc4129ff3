/*
 * override.h - the `--set key=value` arguments of the command line.
 *
 * The value is YAML: `--set array.rows=8`, `--set 'kernel=[3, 3]'`. Of several
 * for one key the last counts. Places have the file "--set" and as line the
 * number of the argument, from 1. settings_read takes what it knows; whatever
 * is left at the end is an unknown key.
 */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/base/strbuf.h"
#include "sim/config/yaml.h"

struct override {
    const char *key; /* dotted, as written */
    struct place key_place;
    const struct yaml_node *value; /* its place: behind the '=' */
    bool used;
};

struct override_list {
    struct override *items;
    size_t count;
    size_t capacity;
    const char **known; /* full keys that could have been set */
    size_t known_count;
    size_t known_capacity;
    struct arena arena;
    struct strbuf source; /* all arguments, one a line */
};

void override_init(struct override_list *list);

void override_release(struct override_list *list);

/* Add one "key=value". 0; or -1 and an error. */
int override_parse(struct override_list *list, const char *argument,
                   struct diag *d);

/*
 * The last override of the key `prefix.key` (prefix may be NULL or ""), marking
 * all of that key as used; NULL when there is none. `list` may be NULL.
 */
const struct override *override_find(struct override_list *list,
                                     const char *prefix, const char *key);

/* Remember that `prefix.key` could be set, for "did you mean". */
void override_add_known(struct override_list *list, const char *prefix,
                        const char *key);

/* Report each override not used as an unknown key. 0 when none, else -1. */
int override_report_unused(const struct override_list *list, struct diag *d);

#endif
