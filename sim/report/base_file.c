#include "sim/report/base_file.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/config/yaml.h"
#include "sim/sweep/space.h"

enum { BASE_KEYS = 4096 };

/* Words and numbers that mean themselves without quotes. */
static bool is_plain(const char *text)
{
    if (!isalnum((unsigned char) *text) && !strchr("-+._/", *text))
        return false;
    if (!strcmp(text, "-") || !*text)
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char) *text) && !strchr("-+._/", *text))
            return false;
    return true;
}

static void add_quoted(struct strbuf *to, const char *text)
{
    size_t left = strlen(text);

    strbuf_add_char(to, '"');
    while (left > 0) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(text, left, &code);

        if (code == '"' || code == '\\')
            strbuf_printf(to, "\\%c", (int) code);
        else if (text_is_control(code))
            strbuf_printf(to, "\\u%04x", (unsigned) code);
        else
            strbuf_add_bytes(to, text, bytes);
        text += bytes;
        left -= bytes;
    }
    strbuf_add_char(to, '"');
}

void report_add_yaml_text(struct strbuf *to, const char *text)
{
    if (is_plain(text))
        strbuf_add(to, text);
    else
        add_quoted(to, text);
}

static void add_flow(struct strbuf *to, const struct yaml_node *n)
{
    switch (n->kind) {
    case YAML_SCALAR:
        if (n->quoted)
            add_quoted(to, n->text);
        else if (yaml_is_null(n))
            strbuf_add(to, "null");
        else
            report_add_yaml_text(to, n->text);
        return;
    case YAML_SEQUENCE: strbuf_add_char(to, '['); break;
    case YAML_MAPPING: strbuf_add_char(to, '{'); break;
    }
    for (size_t i = 0; i < n->count; i++) {
        if (i > 0)
            strbuf_add(to, ", ");
        if (n->kind == YAML_MAPPING) {
            report_add_yaml_text(to, n->keys[i]->text);
            strbuf_add(to, ": ");
        }
        add_flow(to, n->values[i]);
    }
    strbuf_add_char(to, n->kind == YAML_SEQUENCE ? ']' : '}');
}

/* Mappings become keys with dots; all else is a value. */
static void add_pairs(struct report_table *t, struct report_document *doc,
                      const struct yaml_node *n, const char *prefix)
{
    for (size_t i = 0; i < n->count && doc->base_count < BASE_KEYS; i++) {
        const struct yaml_node *value = n->values[i];
        const char *key = arena_printf(&t->arena, "%s%s", prefix,
                                       n->keys[i]->text);
        struct strbuf b;

        if (value->kind == YAML_MAPPING && value->count > 0) {
            const char *inner = arena_printf(&t->arena, "%s.", key);

            if (inner)
                add_pairs(t, doc, value, inner);
            continue;
        }
        strbuf_init(&b);
        add_flow(&b, value);
        const char *text = b.failed ? NULL : arena_strdup(&t->arena, b.text);

        strbuf_release(&b);
        if (key && text)
            doc->base[doc->base_count++] = (struct report_fact) { key, text };
    }
}

/* ---------------------------------------------------------------- paths */

/* Drop one "folder/.." of the text in place; false when there is none. */
static bool drop_one(char *path)
{
    for (char *at = path; (at = strstr(at, "/..")); at++) {
        char *start = at;

        if (at[3] && at[3] != '/')
            continue;
        while (start > path && start[-1] != '/')
            start--;
        if (start == at || !strncmp(start, "../", 3)
            || (at - start == 1 && *start == '.'))
            continue;
        const char *rest = at[3] ? at + 4 : at + 3;

        memmove(start, rest, strlen(rest) + 1);
        return true;
    }
    return false;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev
           && x.st_ino == y.st_ino;
}

const char *report_shorten_path(struct arena *arena, const char *path)
{
    char *shorter = arena_strdup(arena, path);

    while (shorter && drop_one(shorter))
        continue;
    if (!shorter || !*shorter)
        return path;
    return access(path, F_OK) || is_same_file(path, shorter) ? shorter : path;
}

/* ---------------------------------------------------------- the documents */

void report_read_base(struct report_table *t, const char *name,
                      const char *path)
{
    struct report_document *more;
    struct report_fact *base;
    struct diag d;

    diag_init(&d);
    const struct yaml_node *root = yaml_read_file(path, &t->arena, &d,
                                                  PLACE_NONE);

    if (!root || root->kind != YAML_MAPPING) {
        report_add_note(t, "The %s file %s cannot be read from here; the YAML "
                        "of a point has its axes alone.", name, path);
        root = NULL;
    }
    diag_release(&d);
    more = arena_alloc_array(&t->arena, t->documents + 1, sizeof(*more));
    base = arena_alloc_array(&t->arena, BASE_KEYS, sizeof(*base));
    if (!more || !base)
        return;
    for (size_t i = 0; i < t->documents; i++)
        more[i] = t->document[i];
    more[t->documents] = (struct report_document) {
        .name = arena_strdup(&t->arena, name),
        .path = arena_strdup(&t->arena, path), .base = base
    };
    if (root && more[t->documents].name)
        add_pairs(t, &more[t->documents], root, "");
    t->document = more;
    t->documents += more[t->documents].name && more[t->documents].path;
}

/* ---------------------------------------------------- set for all points */

static bool is_in(const struct setting *table, const char *key)
{
    for (; table->key; table++)
        if (!strcmp(table->key, key))
            return true;
    return false;
}

static void add_fixed(struct report_table *t, const char *key,
                      const char *value)
{
    struct frame *f = &t->points;

    /* An axis of the same key is what counts. */
    if (frame_find(f, key) != FRAME_NONE)
        return;
    const int c = frame_add_column(f, key, FRAME_AXIS);
    char *end;
    const double number = strtod(value, &end);
    const bool is_number = *value && !*end && isfinite(number);

    if (f->failed)
        return;
    f->column[c].is_fixed = true;
    f->column[c].document = strdup(is_in(hw_settings, key) ? "hardware"
                                   : is_in(design_settings, key) ? "design"
                                                                 : "network");
    for (size_t i = 0; i < f->rows; i++)
        if (is_number)
            frame_set_number(f, i, c, number);
        else
            frame_set_text(f, i, c, value);
}

/* One argument of --set. */
static void add_setting(struct report_table *t, struct report_document *set,
                        const char *line, size_t length)
{
    const char *equals = memchr(line, '=', length);
    struct diag d;

    if (!equals)
        return;
    const char *key = arena_strndup(&t->arena, line, (size_t) (equals - line));

    diag_init(&d);
    const struct yaml_node *value = yaml_read_value(
        (struct place) { "--set", 1, 1, 1 }, equals + 1, length - (size_t) (equals - line) - 1,
        &t->arena, &d);

    diag_release(&d);
    if (!key || !value)
        return;
    struct yaml_node name = { .kind = YAML_SCALAR, .text = key };
    struct yaml_node *keys[] = { &name };
    struct yaml_node *values[] = { (struct yaml_node *) value };
    const struct yaml_node pair = { .kind = YAML_MAPPING, .count = 1,
                                    .keys = keys, .values = values };

    add_pairs(t, set, &pair, "");
}

void report_read_fixed(struct report_table *t, const char *text,
                       const char *settings)
{
    struct report_document set = { .base_count = 0 };
    struct diag d;

    diag_init(&d);
    const struct yaml_node *root = yaml_read_text("sweep", text, strlen(text),
                                                  &t->arena, &d);
    const struct yaml_node *node = root ? yaml_find(root, "set") : NULL;

    diag_release(&d);
    set.base = arena_alloc_array(&t->arena, BASE_KEYS, sizeof(*set.base));
    if (!set.base)
        return;
    if (node && node->kind == YAML_MAPPING)
        add_pairs(t, &set, node, "");
    for (size_t n; settings && *settings; settings += n + (settings[n] == '\n')) {
        n = strcspn(settings, "\n");
        add_setting(t, &set, settings, n);
    }
    /* The last word on a key counts, the first that is added stays. */
    for (size_t i = set.base_count; i-- > 0;)
        if (!is_in(space_settings, set.base[i].key))
            add_fixed(t, set.base[i].key, set.base[i].value);
}

/* ------------------------------------------------------- is it still so? */

/* A hardware axis of a point as --set has it. */
static void add_override(const struct report_table *t, size_t point, size_t i,
                         struct override_list *list, struct diag *d)
{
    const struct frame_column *c = &t->points.column[i];
    struct strbuf b;

    if (c->role != FRAME_AXIS || !c->document
        || strcmp(c->document, "hardware")
        || isnan(frame_number(&t->points, point, (int) i)))
        return;
    strbuf_init(&b);
    strbuf_printf(&b, "%s=", c->name);
    if (!c->is_text)
        strbuf_printf(&b, "%.15g", c->number[point]);
    else
        report_add_yaml_text(&b, c->word[c->code[point]]);
    if (!b.failed)
        override_parse(list, b.text, d);
    strbuf_release(&b);
}

void report_check_base(struct report_table *t, const char *path, size_t point,
                       const char *digest)
{
    struct override_list list;
    struct diag d;
    struct hw hw;

    /* An axis may be the hardware file itself: then there is no one base. */
    if (frame_find(&t->points, "hardware") != FRAME_NONE)
        return;
    diag_init(&d);
    override_init(&list);
    for (size_t i = 0; i < t->points.columns; i++)
        add_override(t, point, i, &list, &d);
    if (hw_read(&hw, path, &list, &t->arena, &d)
        || strcmp(hw.digest, digest))
        report_add_note(t, "The hardware file %s has changed since the sweep: "
                        "what the page gives to run is not what was swept.", path);
    override_release(&list);
    diag_release(&d);
}
