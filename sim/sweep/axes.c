/*
 * axes.c - every key is looked up in the tables that the files themselves are
 * read by, so that a sweep knows each setting's type, bounds and words.
 */
#include "sim/sweep/axes.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"
#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/net/net_design.h"
#include "sim/net/net_settings.h"

static int out_of_memory(const struct space *s, struct diag *diag)
{
    return diag_error(diag, s->place, "out of memory");
}

/* ------------------------------------------------------------------- keys */

static const struct {
    const struct setting *table;
    enum space_scope scope;
    const char *prefix;           /* of an entry of a list: PREFIX.NAME.key */
} tables[] = {
    { hw_settings, SPACE_HARDWARE, NULL },
    { design_settings, SPACE_DESIGN, NULL },
    { net_settings, SPACE_NETWORK, NULL },
    { design_layer_settings, SPACE_DESIGN, "quantization.layers." },
    { net_layer_settings, SPACE_NETWORK, "layers." }
};

enum { TABLES = sizeof(tables) / sizeof(*tables) };

static bool matches(int table, const struct setting *t, const char *key)
{
    const char *prefix = tables[table].prefix;
    const size_t length = strlen(key), tail = strlen(t->key);

    if (!prefix)
        return !strcmp(t->key, key);
    return !strncmp(key, prefix, strlen(prefix))
           && length > strlen(prefix) + tail + 1
           && key[length - tail - 1] == '.'
           && !strcmp(key + length - tail, t->key);
}

static const struct setting *find_key(const char *key, enum space_scope *scope)
{
    for (int i = 0; i < TABLES; i++)
        for (const struct setting *t = tables[i].table; t->key; t++)
            if (matches(i, t, key)) {
                *scope = tables[i].scope;
                return t;
            }
    return NULL;
}

static const char *find_near_key(const char *key)
{
    const char *name[512];
    size_t count = 0;

    for (int i = 0; i < TABLES; i++)
        for (const struct setting *t = tables[i].table; t->key; t++)
            if (!tables[i].prefix && count < sizeof(name) / sizeof(*name))
                name[count++] = t->key;
    return text_find_nearest(key, name, count);
}

static int unknown_key(const char *key, struct place place, struct diag *diag)
{
    const char *near = find_near_key(key);

    return diag_error(diag, place, "unknown key '%s'%s%s%s", key,
                      near ? " (did you mean '" : "", near ? near : "",
                      near ? "'?)" : "");
}

/* ---------------------------------------------------------------- choices */

/* Any field that a setting can fill. */
union field {
    bool truth;
    int integer, pair[2];
    int64_t wide;
    double real;
    const char *text;
    const int *list;
};

struct slot {
    union field field;
    int count;
};

static struct expr_value value_of(const struct setting *t,
                                  const union field *f)
{
    switch (t->type) {
    case SETTING_BOOL: return (struct expr_value) { f->truth, NULL };
    case SETTING_INT: return (struct expr_value) { f->integer, NULL };
    case SETTING_INT64: return (struct expr_value) { (double) f->wide, NULL };
    case SETTING_DOUBLE: return (struct expr_value) { f->real, NULL };
    case SETTING_ENUM:
        return (struct expr_value) { NAN, t->choices[f->integer] };
    default: return (struct expr_value) { NAN, NULL };
    }
}

/* A text in quotes, as JSON has it. */
static void print_text(struct strbuf *b, const char *text)
{
    strbuf_add_char(b, '"');
    for (const unsigned char *c = (const unsigned char *) text; *c; c++) {
        if (*c == '"' || *c == '\\')
            strbuf_printf(b, "\\%c", *c);
        else if (*c < 0x20)
            strbuf_printf(b, "\\u%04x", *c);
        else
            strbuf_add_char(b, (char) *c);
    }
    strbuf_add_char(b, '"');
}

static void print_list(struct strbuf *b, const int *list, int count)
{
    strbuf_add_char(b, '[');
    for (int i = 0; i < count; i++)
        strbuf_printf(b, "%s%d", i ? ", " : "", list[i]);
    strbuf_add_char(b, ']');
}

static void print_json(struct strbuf *b, const struct setting *t,
                       const struct slot *s, const char *written)
{
    switch (t->type) {
    case SETTING_BOOL:
        strbuf_add(b, s->field.truth ? "true" : "false");
        break;
    case SETTING_INT: strbuf_printf(b, "%d", s->field.integer); break;
    case SETTING_INT64: strbuf_printf(b, "%" PRId64, s->field.wide); break;
    case SETTING_DOUBLE: strbuf_printf(b, "%.15g", s->field.real); break;
    case SETTING_ENUM: print_text(b, t->choices[s->field.integer]); break;
    case SETTING_INT_PAIR: print_list(b, s->field.pair, 2); break;
    case SETTING_INT_LIST: print_list(b, s->field.list, s->count); break;
    default: print_text(b, written); break;
    }
}

static int read_choice(struct space *s, struct space_axis *a,
                       const struct setting *t, const struct yaml_node *node,
                       struct diag *diag)
{
    struct space_choice *c = &a->choice[a->count];
    struct slot slot = { .count = 0 };
    struct setting own = *t;
    struct strbuf json;

    own.offset = offsetof(struct slot, field);
    own.count_offset = offsetof(struct slot, count);
    if (settings_read_value(&own, a->key, node, &slot, &s->arena, diag))
        return -1;
    if (yaml_is_null(node))
        return diag_error(diag, node->place, "'%s' is null, must be a value",
                          a->key);
    c->node = node;
    c->value = value_of(t, &slot.field);
    if (t->type == SETTING_STRING || t->type == SETTING_PATH)
        c->value.text = node->text;
    strbuf_init(&json);
    print_json(&json, t, &slot, node->text);
    c->json = json.failed ? NULL : arena_strdup(&s->arena, json.text);
    strbuf_release(&json);
    if (!c->json)
        return out_of_memory(s, diag);
    a->count++;
    return 0;
}

/* ----------------------------------------------------------------- ranges */

struct range {
    double from, to, step, factor;
};

static const struct setting range_settings[] = {
    { .key = "from", .type = SETTING_DOUBLE,
      .offset = offsetof(struct range, from), .help = "the first value" },
    { .key = "to", .type = SETTING_DOUBLE, .offset = offsetof(struct range, to),
      .help = "no value is above" },
    { .key = "step", .type = SETTING_DOUBLE,
      .offset = offsetof(struct range, step), .fallback = "0",
      .help = "to the next value; 1 when there is no factor" },
    { .key = "factor", .type = SETTING_DOUBLE,
      .offset = offsetof(struct range, factor), .fallback = "0",
      .help = "to the next value" },
    { .key = NULL }
};

/* How many values; or -1. */
static int range_count(const struct range *r)
{
    double v = r->from;
    int count = 0;

    while (v <= r->to * (1 + 1e-12) + (r->to == 0) * 1e-12) {
        if (++count > SPACE_MAX_CHOICES)
            return -1;
        v = r->factor > 0 ? v * r->factor : r->from + count * r->step;
    }
    return count;
}

static int read_range(struct space *s, const char *key,
                      const struct yaml_node *node, struct range *r,
                      struct diag *diag)
{
    struct settings settings;
    const int errors = diag_error_count(diag);

    settings_init(&settings, range_settings, NULL, key);
    if (settings_read(&settings, node, r, &s->arena, diag))
        return -1;
    const bool step = yaml_find(node, "step"), factor = yaml_find(node,
                                                                "factor");

    if (!step && !factor)
        r->step = 1;
    else if (step && factor)
        diag_error(diag, node->place, "'%s' has a step and a factor, must have "
                   "one of them", key);
    else if (step && r->step <= 0)
        diag_error(diag, settings_place(&settings, "step"), "'%s.step' is %g, "
                   "must be above 0", key, r->step);
    else if (factor && (r->factor <= 1 || r->from <= 0))
        diag_error(diag, settings_place(&settings, "factor"), "'%s.factor' is "
                   "%g from %g, must be above 1 and begin above 0", key,
                   r->factor, r->from);
    if (diag_error_count(diag) == errors && r->to < r->from)
        diag_error(diag, settings_place(&settings, "to"), "'%s.to' is %g, must "
                   "be at least 'from', %g", key, r->to, r->from);
    return diag_error_count(diag) > errors ? -1 : 0;
}

static struct yaml_node *range_node(struct space *s, const struct range *r,
                                    const struct yaml_node *at, int i,
                                    double *v)
{
    struct yaml_node *node = arena_alloc(&s->arena, sizeof(*node));

    if (!node)
        return NULL;
    *node = (struct yaml_node) { .kind = YAML_SCALAR, .place = at->place };
    node->text = arena_printf(&s->arena, "%.15g", *v);
    *v = r->factor > 0 ? *v * r->factor : r->from + (i + 1) * r->step;
    return node->text ? node : NULL;
}

/* -------------------------------------------------------------------- axes */

static int read_range_axis(struct space *s, struct space_axis *a,
                           const struct setting *t,
                           const struct yaml_node *node, struct diag *diag)
{
    struct range r = { .from = 0 };
    double v;
    int count;

    if (read_range(s, a->key, node, &r, diag))
        return -1;
    count = range_count(&r);
    if (count < 0)
        return diag_error(diag, node->place, "'%s' has more than %d values, "
                          "must have at most so many", a->key,
                          SPACE_MAX_CHOICES);
    a->choice = arena_alloc_array(&s->arena, (size_t) count,
                                  sizeof(*a->choice));
    v = r.from;
    for (int i = 0; a->choice && i < count; i++) {
        const struct yaml_node *n = range_node(s, &r, node, i, &v);

        if (!n)
            return out_of_memory(s, diag);
        if (read_choice(s, a, t, n, diag))
            return -1;
    }
    return a->choice ? 0 : out_of_memory(s, diag);
}

static int read_list_axis(struct space *s, struct space_axis *a,
                          const struct setting *t,
                          const struct yaml_node *node, struct diag *diag)
{
    int failed = 0;

    if (node->count == 0)
        return diag_error(diag, node->place, "the axis '%s' is empty, must "
                          "have at least one value", a->key);
    if (node->count > SPACE_MAX_CHOICES)
        return diag_error(diag, node->place, "'%s' has more than %d values, "
                          "must have at most so many", a->key,
                          SPACE_MAX_CHOICES);
    a->choice = arena_alloc_array(&s->arena, node->count, sizeof(*a->choice));
    if (!a->choice)
        return out_of_memory(s, diag);
    for (size_t i = 0; i < node->count; i++)
        failed |= read_choice(s, a, t, node->values[i], diag);
    return failed;
}

static int read_axis(struct space *s, const struct yaml_node *key,
                     const struct yaml_node *node, struct diag *diag)
{
    struct space_axis *a = &s->axis[s->axis_count];
    const struct setting *t;

    *a = (struct space_axis) { .key = key->text, .place = key->place };
    t = find_key(key->text, &a->scope);
    if (!t)
        return unknown_key(key->text, key->place, diag);
    if (t->type == SETTING_NODE)
        return diag_error(diag, key->place, "'%s' is a whole part of a file, "
                          "must be a single setting to be an axis", key->text);
    for (size_t i = 0; i < s->fixed.count; i++)
        if (!strcmp(s->fixed.items[i].key, key->text))
            return diag_error(diag, s->fixed.items[i].key_place, "'%s' is an "
                              "axis of the sweep, must not be set", key->text);
    if (node->kind == YAML_SEQUENCE ? read_list_axis(s, a, t, node, diag)
        : node->kind == YAML_MAPPING ? read_range_axis(s, a, t, node, diag)
        : diag_error(diag, node->place, "the axis '%s' is a scalar, must be a "
                     "list or a range {from: 8, to: 32}", key->text))
        return -1;
    s->axis_count++;
    return 0;
}

int axes_read(struct space *s, const struct yaml_node *node, struct diag *diag)
{
    int failed = 0;

    if (!node || node->kind != YAML_MAPPING || node->count == 0
        || node->count > SPACE_MAX_AXES)
        return diag_error(diag, node ? node->place : s->place, "'axes' is %s, "
                          "must be a mapping of 1 to %d keys to their values",
                          !node ? "missing"
                          : node->kind == YAML_MAPPING && node->count == 0
                          ? "empty" : node->kind == YAML_MAPPING
                          ? "too long" : yaml_kind_name(node->kind),
                          SPACE_MAX_AXES);
    s->axis = arena_alloc_array(&s->arena, node->count, sizeof(*s->axis));
    if (!s->axis)
        return out_of_memory(s, diag);
    for (size_t i = 0; i < node->count; i++)
        failed |= read_axis(s, node->keys[i], node->values[i], diag);
    return failed;
}

/* -------------------------------------------------------------- dimensions */

static struct space_axis *find_axis(const struct space *s, const char *key)
{
    for (int i = 0; i < s->axis_count; i++)
        if (!strcmp(s->axis[i].key, key))
            return &s->axis[i];
    return NULL;
}

static int zip_one(struct space *s, const struct yaml_node *list,
                   struct diag *diag)
{
    const struct space_axis *first = NULL;

    if (list->kind != YAML_SEQUENCE || list->count < 2)
        return diag_error(diag, list->place, "an entry of 'zip' is %s, must be "
                          "a list of two or more axes",
                          list->kind == YAML_SEQUENCE
                          ? "too short" : yaml_kind_name(list->kind));
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml_node *n = list->values[i];
        struct space_axis *a = n->kind == YAML_SCALAR ? find_axis(s, n->text)
                                                      : NULL;

        if (!a)
            return diag_error(diag, n->place, "'%s' in 'zip' is no axis, must "
                              "be a key of 'axes'", n->kind == YAML_SCALAR
                              ? n->text : yaml_kind_name(n->kind));
        if (a->dimension >= 0)
            return diag_error(diag, n->place, "'%s' is in 'zip' twice",
                              n->text);
        if (first && a->count != first->count)
            return diag_error(diag, n->place, "the axis '%s' has %d values, "
                              "must have %d as '%s' that it is zipped with",
                              a->key, a->count, first->count, first->key);
        first = first ? first : a;
        a->dimension = s->dimension_count;
    }
    s->dimension_count++;
    return 0;
}

/* Dimensions in the order of their first axes. */
static void number_dimensions(struct space *s)
{
    int map[SPACE_MAX_AXES], count = 0;

    for (int i = 0; i < SPACE_MAX_AXES; i++)
        map[i] = -1;
    for (int i = 0; i < s->axis_count; i++) {
        struct space_axis *a = &s->axis[i];

        if (a->dimension < 0) {
            a->dimension = count++;
        } else {
            if (map[a->dimension] < 0)
                map[a->dimension] = count++;
            a->dimension = map[a->dimension];
        }
    }
    s->dimension_count = count;
}

/* A setting that comes twice would be one point with two numbers. */
static int check_twice(const struct space *s, int dimension, struct diag *diag)
{
    const struct space_axis *a = NULL;
    const int64_t count = s->dimension[dimension];

    for (int i = 0; i < s->axis_count && !a; i++)
        a = s->axis[i].dimension == dimension ? &s->axis[i] : NULL;
    if (count > 4096)    /* ranges: ascending by construction */
        return 0;
    for (int64_t x = 0; x < count; x++)
        for (int64_t y = 0; y < x; y++) {
            bool same = true;

            for (int i = 0; i < s->axis_count && same; i++)
                if (s->axis[i].dimension == dimension)
                    same = !strcmp(s->axis[i].choice[x].json,
                                   s->axis[i].choice[y].json);
            if (same)
                return diag_error(diag, a->choice[x].node->place, "the value "
                                  "%s of the axis '%s' is there twice",
                                  a->choice[x].json, a->key);
        }
    return 0;
}

int axes_zip(struct space *s, const struct yaml_node *node, struct diag *diag)
{
    const int before = diag_error_count(diag);

    for (int i = 0; i < s->axis_count; i++)
        s->axis[i].dimension = -1;
    if (node && node->kind != YAML_SEQUENCE)
        return diag_error(diag, node->place, "'zip' is %s, must be a list of "
                          "lists of axes", yaml_kind_name(node->kind));
    for (size_t i = 0; node && i < node->count; i++)
        zip_one(s, node->values[i], diag);
    if (diag_error_count(diag) > before)
        return -1;
    number_dimensions(s);
    s->dimension = arena_alloc_array(&s->arena,
                                     (size_t) s->dimension_count + 1,
                                     sizeof(*s->dimension));
    if (!s->dimension)
        return out_of_memory(s, diag);
    for (int i = 0; i < s->axis_count; i++)
        s->dimension[s->axis[i].dimension] = s->axis[i].count;
    s->product = 1;
    for (int d = 0; d < s->dimension_count; d++) {
        if (s->dimension[d] > 0
            && s->product > (INT64_C(1) << 62) / s->dimension[d])
            return diag_error(diag, s->place, "the axes make more than 2^62 "
                              "points, must be fewer");
        s->product *= s->dimension[d];
        if (check_twice(s, d, diag))
            return -1;
    }
    return 0;
}

/* ---------------------------------------------------------------- the base */

struct base {
    struct design design;
    struct hw hw;
    struct net net;
    struct arena arena;
};

static bool has_layer(const struct base *b, enum space_scope scope,
                      const char *name, size_t length)
{
    if (scope == SPACE_DESIGN) {
        for (int i = 0; i < b->design.layer_count; i++)
            if (strlen(b->design.layer[i].name) == length
                && !strncmp(b->design.layer[i].name, name, length))
                return true;
        return false;
    }
    for (int i = 0; i < b->net.layer_count; i++)
        if (strlen(b->net.layer[i].name) == length
            && !strncmp(b->net.layer[i].name, name, length))
            return true;
    return false;
}

/* Keys of single layers: is the layer there? */
static int check_layer(const struct space *s, const struct base *b,
                       const struct space_axis *a, struct diag *diag)
{
    for (int i = 0; i < TABLES; i++) {
        const char *prefix = tables[i].prefix;
        const char *dot = strrchr(a->key, '.');

        if (!prefix || strncmp(a->key, prefix, strlen(prefix)))
            continue;
        const char *name = a->key + strlen(prefix);

        if (find_axis(s, "network")
            || has_layer(b, a->scope, name, (size_t) (dot - name)))
            return 0;
        return diag_error(diag, a->place, "'%s': '%s' has no entry for the "
                          "layer '%.*s'", a->key, a->scope == SPACE_DESIGN
                          ? b->design.path : b->net.path, (int) (dot - name),
                          name);
    }
    return 0;
}

static int add_constants(struct space *s, const struct setting *table,
                         const void *from, struct diag *diag)
{
    for (const struct setting *t = table; t->key; t++) {
        const bool plain = t->type == SETTING_BOOL || t->type == SETTING_INT
                           || t->type == SETTING_INT64
                           || t->type == SETTING_DOUBLE
                           || t->type == SETTING_ENUM;
        union field f;

        /* The hardware file's "preset" is resolved in the struct. */
        if (!plain || find_axis(s, t->key)
            || !strcmp(t->key, "requantize.rounding"))
            continue;
        memset(&f, 0, sizeof(f));
        memcpy(&f, (const char *) from + t->offset,
               t->type == SETTING_BOOL ? sizeof(bool)
               : t->type == SETTING_INT || t->type == SETTING_ENUM
               ? sizeof(int) : sizeof(int64_t));
        if (t->type == SETTING_ENUM && f.integer < 0)
            continue;
        s->value[s->axis_count + s->value_count] = value_of(t, &f);
        s->value_key[s->value_count++] = t->key;
    }
    (void) diag;
    return 0;
}

static size_t table_length(const struct setting *t)
{
    size_t n = 0;

    while (t[n].key)
        n++;
    return n;
}

static int read_base(struct space *s, struct base *b, struct diag *diag)
{
    struct override_list list;
    int failed = 0;

    override_init(&list);
    list.items = s->fixed.items;
    list.count = s->fixed.count;
    failed |= design_read(&b->design, s->design, &list, &b->arena, diag);
    if (b->design.hardware)
        failed |= hw_read(&b->hw, b->design.hardware, &list, &b->arena, diag);
    if (b->design.network)
        failed |= net_read_design(&b->net, &b->design, &list, true, diag);
    if (!failed)
        failed = override_report_unused(&list, diag);
    list.items = NULL;
    override_release(&list);
    if (failed)
        diag_note(diag, s->design_place, "the base design is named here");
    return failed ? -1 : 0;
}

int axes_check(struct space *s, struct diag *diag)
{
    const size_t most = (size_t) s->axis_count + table_length(hw_settings)
                        + table_length(design_settings);
    struct base b;
    int base, failed;

    memset(&b, 0, sizeof(b));
    arena_init(&b.arena, 0);
    base = failed = read_base(s, &b, diag);
    for (int i = 0; !base && i < s->axis_count; i++)
        failed |= check_layer(s, &b, &s->axis[i], diag);
    s->value = arena_alloc_array(&s->arena, most, sizeof(*s->value));
    s->value_key = arena_alloc_array(&s->arena, most, sizeof(*s->value_key));
    if (!failed && (!s->value || !s->value_key))
        failed = out_of_memory(s, diag);
    if (!failed && !find_axis(s, "hardware"))
        failed = add_constants(s, hw_settings, &b.hw, diag);
    if (!failed)
        failed = add_constants(s, design_settings, &b.design, diag);
    net_release(&b.net);
    arena_release(&b.arena);
    return failed;
}

/* ------------------------------------------------------------- constraints */

struct names {
    const struct space *space;
    struct diag *diag;
};

static bool is_word(const struct space *s, const char *name)
{
    for (int i = 0; i < TABLES; i++)
        for (const struct setting *t = tables[i].table; t->key; t++)
            for (int c = 0; t->type == SETTING_ENUM && t->choices[c]; c++)
                if (!strcmp(t->choices[c], name))
                    return true;
    for (int i = 0; i < s->axis_count; i++)
        for (int c = 0; c < s->axis[i].count; c++)
            if (s->axis[i].choice[c].value.text
                && !strcmp(s->axis[i].choice[c].value.text, name))
                return true;
    return !strcmp(name, "true") || !strcmp(name, "false");
}

static int find_name(void *context, const char *name, struct place place)
{
    const struct names *n = context;
    const struct space *s = n->space;
    const struct space_axis *a = find_axis(s, name);

    if (a)
        return (int) (a - s->axis);
    for (int i = 0; i < s->value_count; i++)
        if (!strcmp(s->value_key[i], name))
            return s->axis_count + i;
    if (is_word(s, name))
        return -1;
    if (!strchr(name, '.')) {
        diag_error(n->diag, place, "'%s' is no key, and no word that a setting "
                   "takes", name);
        return -2;
    }
    unknown_key(name, place, n->diag);
    return -2;
}

int axes_constrain(struct space *s, const struct yaml_node *node,
                   struct diag *diag)
{
    const int before = diag_error_count(diag);
    struct names names = { s, diag };

    if (!node)
        return 0;
    if (node->kind != YAML_SEQUENCE)
        return diag_error(diag, node->place, "'constraints' is %s, must be a "
                          "list such as [weight.bits <= activation.bits]",
                          yaml_kind_name(node->kind));
    s->constraint = arena_alloc_array(&s->arena, node->count,
                                      sizeof(*s->constraint));
    if (!s->constraint)
        return out_of_memory(s, diag);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *n = node->values[i];
        struct space_constraint *c = &s->constraint[s->constraint_count];
        struct place place = n->place;

        if (n->kind != YAML_SCALAR) {
            diag_error(diag, n->place, "a constraint is %s, must be a text "
                       "such as weight.bits <= activation.bits",
                       yaml_kind_name(n->kind));
            continue;
        }
        place.column += n->quoted;
        c->text = n->text;
        c->expr = expr_read(n->text, place, find_name, &names, &s->arena, diag);
        s->constraint_count += c->expr != NULL;
    }
    return diag_error_count(diag) > before ? -1 : 0;
}
