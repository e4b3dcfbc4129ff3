/*
 * settings.h - a table of settings, and plain structs filled from YAML by it.
 *
 * One table says everything about a setting; the reader, its checks, --help and
 * docs/config.md all come from it:
 *
 *     static const struct setting hw_settings[] = {
 *         {.key = "array.rows", .type = SETTING_INT, .min = 1, .max = 1024,
 *          .offset = offsetof(struct hw, rows), .fallback = "16",
 *          .help = "rows of processing elements"},
 *         {.key = NULL}
 *     };
 *
 *     struct settings s;
 *     settings_init(&s, hw_settings, &overrides, NULL);
 *     if (settings_read(&s, root, &hw, arena, d)) ...
 *
 * A dot in a key is a mapping in the file. A default comes first, then the
 * file, then --set.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/base/strbuf.h"
#include "sim/config/override.h"
#include "sim/config/yaml.h"

/* What the setting is, and the type of the field that it fills. */
enum setting_type {
    SETTING_BOOL,     /* bool: true or false */
    SETTING_INT,      /* int */
    SETTING_INT64,    /* int64_t */
    SETTING_DOUBLE,   /* double, finite */
    SETTING_STRING,   /* const char *, in the arena */
    SETTING_ENUM,     /* int: the index in choices */
    SETTING_INT_PAIR, /* int[2]: `3` is `[3, 3]` */
    SETTING_INT_LIST, /* const int *, in the arena, and an int count */
    SETTING_PATH,     /* const char *, relative to the file that names it */
    SETTING_NODE      /* const struct yaml_node *: the caller reads it */
};

struct setting {
    const char *key; /* dotted; NULL ends the table */
    enum setting_type type;
    size_t offset; /* of the field in the struct to fill */
    /*
     * Bounds, both included, of a number, of each number of a pair or list, or
     * of the bytes of a string (min) and (max). Both 0: the type's own; a
     * string is then up to SETTINGS_MAX_STRING. Exact up to 2^53.
     */
    double min, max;
    const char *const *choices; /* SETTING_ENUM; ends in NULL */
    size_t count_offset;        /* SETTING_INT_LIST: of the int count field */
    int min_items, max_items;   /* SETTING_INT_LIST; max_items 0: 4096 */
    /*
     * The default as YAML text. NULL: required. "null": may be absent; a
     * string, path, list or node is then NULL (and 0 items) and a number keeps
     * what the struct held before; the file may also say `null`.
     */
    const char *fallback;
    const char *unit; /* "bits", "bytes"; NULL: none */
    const char *help; /* one sentence, lower case, no full stop */
};

enum { SETTINGS_MAX_STRING = 4096, SETTINGS_MAX_ITEMS = 4096 };

/* What was read from where. Plain: needs no release. */
struct settings {
    const struct setting *table;     /* borrowed */
    struct override_list *overrides; /* borrowed; NULL: none */
    const char *prefix; /* borrowed; of all keys, for --set and messages */
    struct place root;
    struct place *places; /* per setting, in the arena; line 0: a default */
    size_t count;
};

/*
 * prefix names the mapping to be read inside the whole: "layers.conv1" for an
 * item of a list. NULL: the top.
 */
void settings_init(struct settings *s, const struct setting *table,
                   struct override_list *overrides, const char *prefix);

/*
 * Fill the struct at `out` from a mapping. Every error of the mapping is
 * reported: unknown keys with the nearest known one, missing keys, types,
 * bounds, choices. 0; or -1, when every field without an error is filled, and
 * the others hold their default or are untouched. root NULL: defaults and
 * overrides alone. Texts and lists live in the arena, nodes where root is.
 */
int settings_read(struct settings *s, const struct yaml_node *root, void *out,
                  struct arena *arena, struct diag *d);

/*
 * The place of a setting's value; of the mapping's start when it was left to
 * its default. The key must be in the table, without prefix.
 */
struct place settings_place(const struct settings *s, const char *key);

/* True when the file or --set gave it. */
bool settings_is_given(const struct settings *s, const char *key);

/*
 * The values of single nodes, for callers that read a SETTING_NODE themselves:
 * `setting` gives type, bounds, choices and the field's offset in the struct at
 * `out`, `name` is the subject in messages. 0, or -1 and an error.
 */
int settings_read_value(const struct setting *setting, const char *name,
                        const struct yaml_node *node, void *out,
                        struct arena *arena, struct diag *d);

/*
 * Add what the setting accepts: "an integer, 1 to 128", "wrap or saturate".
 * "must be" reads well before it.
 */
void settings_format_expected(const struct setting *setting,
                              struct strbuf *b);

/* For --help: key, bounds and default, sentence. */
void settings_print_help(const struct setting *table, FILE *out);

/* For docs/config.md: a heading and a table. */
void settings_print_markdown(const struct setting *table, const char *title,
                             FILE *out);

#endif
