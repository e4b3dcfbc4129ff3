/* override.c - see override.h. */
#include "sim/config/override.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

static const char source_name[] = "--set";

void override_init(struct override_list *list)
{
    *list = (struct override_list) {0};
    arena_init(&list->arena, 0);
    strbuf_init(&list->source);
}

void override_release(struct override_list *list)
{
    free(list->items);
    free(list->known);
    arena_release(&list->arena);
    strbuf_release(&list->source);
    *list = (struct override_list) {0};
    strbuf_init(&list->source);
}

/* Make the argument the next line of the source. Returns that line. */
static int add_source(struct override_list *list, const char *argument,
                      struct diag *d)
{
    int line = 1;
    for (size_t i = 0; i < list->source.length; i++)
        line += list->source.text[i] == '\n';
    for (const char *c = argument; *c != '\0'; c++)
        strbuf_add_char(&list->source, *c == '\n' || *c == '\r' ? ' ' : *c);
    strbuf_add_char(&list->source, '\n');
    diag_add_source(d, source_name, list->source.text, list->source.length);
    return line;
}

static bool has_control(const char *text)
{
    const size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        uint32_t code;
        at += text_decode_utf8(text + at, length - at, &code);
        if (text_is_control(code))
            return true;
    }
    return false;
}

static int add_item(struct override_list *list, struct override item)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
        struct override *grown =
            realloc(list->items, capacity * sizeof *grown);
        if (grown == NULL)
            return -1;
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return 0;
}

int override_parse(struct override_list *list, const char *argument,
                   struct diag *d)
{
    struct place place = {source_name, 0, 1, 1};
    place.line = add_source(list, argument, d);
    const char *equals = strchr(argument, '=');
    const size_t key_bytes =
        equals != NULL ? (size_t) (equals - argument) : strlen(argument);
    place.length = (int) text_count_chars(argument, key_bytes);
    if (has_control(argument))
        return diag_error(d, place,
                          "control characters are not allowed in '%s'",
                          argument);
    if (equals == NULL || key_bytes == 0)
        return diag_error(d, place, "'%s' must be key=value", argument);

    struct override item = {.key_place = place};
    item.key = arena_strndup(&list->arena, argument, key_bytes);
    if (item.key == NULL)
        return diag_error(d, place, "out of memory");
    struct place origin = place;
    origin.column = place.length + 2;
    origin.length = 1;
    item.value = yaml_read_value(origin, equals + 1, strlen(equals + 1),
                                 &list->arena, d);
    if (item.value == NULL)
        return -1;
    if (add_item(list, item) != 0)
        return diag_error(d, place, "out of memory");
    return 0;
}

/* True when `full` is prefix.key. */
static bool is_joined(const char *full, const char *prefix, const char *key)
{
    if (prefix != NULL && prefix[0] != '\0') {
        const size_t length = strlen(prefix);
        if (strncmp(full, prefix, length) != 0 || full[length] != '.')
            return false;
        full += length + 1;
    }
    return strcmp(full, key) == 0;
}

const struct override *override_find(struct override_list *list,
                                     const char *prefix, const char *key)
{
    const struct override *found = NULL;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (!is_joined(list->items[i].key, prefix, key))
            continue;
        list->items[i].used = true;
        found = &list->items[i];
    }
    return found;
}

void override_add_known(struct override_list *list, const char *prefix,
                        const char *key)
{
    /* Known keys only serve suggestions: none to make, nothing to keep. */
    if (list == NULL || list->count == 0)
        return;
    if (list->known_count == list->known_capacity) {
        const size_t capacity =
            list->known_capacity == 0 ? 64 : 2 * list->known_capacity;
        const char **grown =
            realloc(list->known, capacity * sizeof(const char *));
        if (grown == NULL)
            return;
        list->known = grown;
        list->known_capacity = capacity;
    }
    const bool top = prefix == NULL || prefix[0] == '\0';
    char *full = top ? arena_strdup(&list->arena, key)
                     : arena_printf(&list->arena, "%s.%s", prefix, key);
    if (full != NULL)
        list->known[list->known_count++] = full;
}

int override_report_unused(const struct override_list *list, struct diag *d)
{
    int result = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct override *item = &list->items[i];
        if (item->used)
            continue;
        const char *near =
            text_find_nearest(item->key, list->known, list->known_count);
        if (near != NULL)
            result = diag_error(d, item->key_place,
                                "unknown key '%s' (did you mean '%s'?)",
                                item->key, near);
        else
            result = diag_error(d, item->key_place, "unknown key '%s'",
                                item->key);
    }
    return result;
}
