/*
 * settings.c - a mapping is walked once; each key finds its line in the table.
 *
 * A setting is "given" when its place has a line, also when its value was
 * wrong, so that one mistake makes one error. Within this file keys have no
 * prefix; it is put in front of them in messages and for --set.
 */
#include "sim/config/settings.h"

#include <assert.h>
#include <string.h>

#include "sim/base/text.h"

struct walk {
    struct settings *s;
    const struct yaml_node *root; /* NULL: none */
    void *out;
    struct arena *arena;
    struct diag *d;
    bool from_override;
};

void settings_init(struct settings *s, const struct setting *table,
                   struct override_list *overrides, const char *prefix)
{
    *s = (struct settings) {
        .table = table, .overrides = overrides, .prefix = prefix};
    while (table[s->count].key != NULL)
        s->count++;
}

static const struct setting *find_setting(const struct settings *s,
                                          const char *key)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->table[i].key, key) == 0)
            return &s->table[i];
    }
    return NULL;
}

/* True when a key of the table is inside the mapping `key`. */
static bool is_group(const struct settings *s, const char *key)
{
    const size_t length = strlen(key);
    for (size_t i = 0; i < s->count; i++) {
        if (strncmp(s->table[i].key, key, length) == 0 &&
            s->table[i].key[length] == '.')
            return true;
    }
    return false;
}

/* `key` below `prefix`, in the arena; a text of use even without memory. */
static const char *join(struct arena *arena, const char *prefix,
                        const char *key)
{
    if (prefix == NULL || prefix[0] == '\0')
        return key;
    const char *full = arena_printf(arena, "%s.%s", prefix, key);
    return full != NULL ? full : key;
}

static const char *full_name(const struct walk *w, const char *key)
{
    return join(w->arena, w->s->prefix, key);
}

static int read_setting(const struct walk *w, const struct setting *setting,
                        const struct yaml_node *node)
{
    w->s->places[setting - w->s->table] = node->place;
    return settings_read_value(setting, full_name(w, setting->key), node,
                               w->out, w->arena, w->d);
}

/* The names that could have been meant: all keys and the groups above them. */
static const char *find_near_key(const struct walk *w, const char *key)
{
    const struct settings *s = w->s;
    const size_t most = 2 * s->count;
    const char **names =
        arena_alloc_array(w->arena, most, sizeof(const char *));
    size_t count = 0;
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < s->count; i++)
        names[count++] = s->table[i].key;
    for (size_t i = 0; i < s->count; i++) {
        const char *dot = strrchr(s->table[i].key, '.');
        if (dot != NULL)
            names[count++] = arena_strndup(w->arena, s->table[i].key,
                                           (size_t) (dot - s->table[i].key));
    }
    return text_find_nearest(key, names, count);
}

static void report_unknown(const struct walk *w, const char *key,
                           struct place place)
{
    const char *near = find_near_key(w, key);
    if (near != NULL)
        diag_error(w->d, place, "unknown key '%s' (did you mean '%s'?)",
                   full_name(w, key), full_name(w, near));
    else
        diag_error(w->d, place, "unknown key '%s'", full_name(w, key));
}

static void walk_mapping(const struct walk *w, const struct yaml_node *mapping,
                         const char *group);

/* One key of a file, or the key of a --set with all below it. */
static void walk_entry(const struct walk *w, const char *key,
                       struct place key_place, const struct yaml_node *value)
{
    const struct setting *setting = find_setting(w->s, key);
    if (setting != NULL) {
        const struct place before = w->s->places[setting - w->s->table];
        if (!w->from_override && before.line > 0) {
            diag_error(w->d, key_place, "the key '%s' is there twice",
                       full_name(w, key));
            diag_note(w->d, before, "the first is here");
            return;
        }
        read_setting(w, setting, value);
    } else if (!is_group(w->s, key)) {
        report_unknown(w, key, key_place);
    } else if (value->kind == YAML_MAPPING) {
        walk_mapping(w, value, key);
    } else if (!yaml_is_null(value)) {
        diag_error(w->d, value->place, "'%s' is %s, must be a mapping",
                   full_name(w, key), yaml_kind_name(value->kind));
    }
}

static void walk_mapping(const struct walk *w, const struct yaml_node *mapping,
                         const char *group)
{
    for (size_t i = 0; i < mapping->count; i++) {
        const struct yaml_node *key = mapping->keys[i];
        walk_entry(w, join(w->arena, group, key->text), key->place,
                   mapping->values[i]);
    }
}

/* A default that is not plain text is read as YAML. */
static void read_default(const struct walk *w, const struct setting *setting)
{
    const struct place place = {w->s->root.file, 0, 0, 0};
    const char *text = setting->fallback;
    struct yaml_node plain = {
        .kind = YAML_SCALAR, .place = place, .text = text};
    const struct yaml_node *node = &plain;
    if (text[0] != '\0' && strchr("[{\"'", text[0]) != NULL) {
        const struct place origin = {setting->key, 1, 1, 1};
        node = yaml_read_value(origin, text, strlen(text), w->arena, w->d);
    } else if (setting->type == SETTING_NODE && strcmp(text, "null") != 0) {
        struct yaml_node *kept = arena_alloc(w->arena, sizeof *kept);
        if (kept != NULL)
            *kept = plain;
        node = kept;
    }
    if (node == NULL) {
        diag_error(w->d, w->s->root, "out of memory");
        return;
    }
    settings_read_value(setting, setting->key, node, w->out, w->arena, w->d);
}

/* True when an earlier key of the table also begins with these bytes. */
static bool is_group_done(const struct settings *s, size_t index, size_t bytes)
{
    for (size_t i = 0; i < index; i++) {
        if (strncmp(s->table[i].key, s->table[index].key, bytes) == 0)
            return true;
    }
    return false;
}

/* `--set array={rows: 8}`: the groups above a key, outermost first. */
static void apply_groups(const struct walk *w, size_t index)
{
    const char *key = w->s->table[index].key;
    for (const char *dot = strchr(key, '.'); dot != NULL;
         dot = strchr(dot + 1, '.')) {
        const size_t length = (size_t) (dot - key);
        if (is_group_done(w->s, index, length + 1))
            continue;
        const char *group = arena_strndup(w->arena, key, length);
        const struct override *found =
            group != NULL
                ? override_find(w->s->overrides, w->s->prefix, group)
                : NULL;
        if (found != NULL)
            walk_entry(w, group, found->key_place, found->value);
    }
}

/* Groups first, so that a key of its own counts more. */
static void apply_overrides(struct walk *w)
{
    const struct settings *s = w->s;
    if (s->overrides == NULL)
        return;
    w->from_override = true;
    for (size_t i = 0; i < s->count; i++) {
        override_add_known(s->overrides, s->prefix, s->table[i].key);
        apply_groups(w, i);
    }
    for (size_t i = 0; i < s->count; i++) {
        const struct override *found =
            override_find(s->overrides, s->prefix, s->table[i].key);
        if (found != NULL)
            read_setting(w, &s->table[i], found->value);
    }
}

/* Where a missing key belongs: its group's key, or the start of the root. */
static struct place find_home(const struct walk *w, const char *key)
{
    const struct yaml_node *mapping = w->root;
    struct place home = w->s->root;
    const char *dot;
    while (mapping != NULL && mapping->kind == YAML_MAPPING &&
           (dot = strchr(key, '.')) != NULL) {
        const size_t length = (size_t) (dot - key);
        const struct yaml_node *inner = NULL;
        for (size_t i = 0; i < mapping->count; i++) {
            const char *text = mapping->keys[i]->text;
            if (strlen(text) == length && strncmp(text, key, length) == 0) {
                home = mapping->keys[i]->place;
                inner = mapping->values[i];
            }
        }
        mapping = inner;
        key = dot + 1;
    }
    return home;
}

static void report_missing(const struct walk *w)
{
    const struct settings *s = w->s;
    for (size_t i = 0; i < s->count; i++) {
        if (s->table[i].fallback != NULL || s->places[i].line > 0)
            continue;
        struct strbuf expected;
        strbuf_init(&expected);
        settings_format_expected(&s->table[i], &expected);
        diag_error(w->d, find_home(w, s->table[i].key),
                   "'%s' is missing, must be %s",
                   full_name(w, s->table[i].key), expected.text);
        strbuf_release(&expected);
    }
}

int settings_read(struct settings *s, const struct yaml_node *root, void *out,
                  struct arena *arena, struct diag *d)
{
    const int errors = diag_error_count(d);
    struct walk w = {
        .s = s, .root = root, .out = out, .arena = arena, .d = d};
    s->root = root != NULL ? root->place : PLACE_NONE;
    s->places = arena_alloc_array(arena, s->count, sizeof *s->places);
    if (s->places == NULL)
        return diag_error(d, s->root, "out of memory");
    for (size_t i = 0; i < s->count; i++) {
        if (s->table[i].fallback != NULL)
            read_default(&w, &s->table[i]);
    }
    if (root != NULL && root->kind == YAML_MAPPING)
        walk_mapping(&w, root, NULL);
    else if (root != NULL && !yaml_is_null(root))
        return diag_error(d, root->place, "'%s' is %s, must be a mapping",
                          s->prefix != NULL ? s->prefix : "the file",
                          yaml_kind_name(root->kind));
    apply_overrides(&w);
    report_missing(&w);
    return diag_error_count(d) == errors ? 0 : -1;
}

static size_t index_of(const struct settings *s, const char *key)
{
    const struct setting *setting = find_setting(s, key);
    assert(setting != NULL);
    return (size_t) (setting - s->table);
}

struct place settings_place(const struct settings *s, const char *key)
{
    const size_t i = index_of(s, key);
    return s->places[i].line > 0 ? s->places[i] : s->root;
}

bool settings_is_given(const struct settings *s, const char *key)
{
    return s->places[index_of(s, key)].line > 0;
}
