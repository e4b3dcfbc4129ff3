#include "sim/sweep/space.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/rng.h"
#include "sim/base/text.h"
#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/net/net.h"
#include "sim/sweep/axes.h"

const char *const space_scope_names[] = { "hardware", "design", "network" };
const char *const space_method_names[] = { "grid", "random", "halving", NULL };
const char *const space_evaluate_names[] = { "accuracy", "timing", NULL };
const char *const space_area_targets[] = { "ice40", "ecp5", "xilinx", "generic",
                                            NULL };
static const char *const area_names[] = { "none", "ice40", "ecp5", "xilinx",
                                          "generic",
                                          NULL };

/* Beside the struct: what is only needed while reading. */
struct text {
    struct space space;
    const struct yaml_node *axes, *zip, *constraints, *objectives, *set;
};

#define FIELD(f) .offset = offsetof(struct text, f)

const struct setting space_settings[] = {
    { .key = "name", .type = SETTING_STRING, FIELD(space.name), .min = 1,
      .max = 64, .help = "the sweep's name, and of its results: NAME.db" },
    { .key = "design", .type = SETTING_PATH, FIELD(space.design),
      .help = "the base design, relative to this file" },
    { .key = "evaluate", .type = SETTING_ENUM, FIELD(space.evaluate),
      .choices = space_evaluate_names, .fallback = "accuracy",
      .help = "timing gives cycles, traffic and energy alone, and needs "
              "neither weights nor images" },
    { .key = "images", .type = SETTING_INT64, FIELD(space.images), .min = 0,
      .max = 1e6, .fallback = "0", .unit = "images",
      .help = "the first so many of the test set; 0 is the design's own "
              "number" },
    { .key = "seed", .type = SETTING_INT64, FIELD(space.seed), .min = 0,
      .max = 9e15, .fallback = "1", .help = "of the method random" },
    { .key = "method", .type = SETTING_ENUM, FIELD(space.method),
      .choices = space_method_names, .fallback = "grid",
      .help = "all points; or so many at random; or all on few images, and "
              "the better part of them on more" },
    { .key = "random.points", .type = SETTING_INT64,
      FIELD(space.random_points), .min = 1, .max = SPACE_MAX_POINTS,
      .fallback = "100", .unit = "points",
      .help = "different points that the method random draws" },
    { .key = "halving.first", .type = SETTING_INT64,
      FIELD(space.halving_first), .min = 1, .max = 1e6, .fallback = "100",
      .unit = "images", .help = "of the first round of the method halving" },
    { .key = "halving.keep", .type = SETTING_DOUBLE,
      FIELD(space.halving_keep), .min = 0.01, .max = 0.9, .fallback = "0.5",
      .help = "share of the points that survives a round; the next has 1/keep "
              "times as many images" },
    { .key = "area", .type = SETTING_ENUM, FIELD(space.area),
      .choices = area_names, .fallback = "none",
      .help = "synthesize the RTL of each different machine with yosys" },
    { .key = "set", .type = SETTING_NODE, FIELD(set), .fallback = "null",
      .help = "a mapping of keys to values that replace the base's at every "
              "point" },
    { .key = "axes", .type = SETTING_NODE, FIELD(axes),
      .help = "a mapping of any keys of hardware, design and network to a list "
              "of values, or to a range {from: 8, to: 32, step: 4} or {from: 4,"
              " to: 64, factor: 2}" },
    { .key = "zip", .type = SETTING_NODE, FIELD(zip), .fallback = "null",
      .help = "lists of axes that advance together" },
    { .key = "constraints", .type = SETTING_NODE, FIELD(constraints),
      .fallback = "null",
      .help = "a list of expressions over keys that must hold" },
    { .key = "objectives", .type = SETTING_NODE, FIELD(objectives),
      .fallback = "null",
      .help = "a mapping of columns of the results to max or min" },
    { .key = NULL }
};

#undef FIELD

/* ------------------------------------------------------------- objectives */

static const char *const columns[] = {
    "accuracy", "accuracy_loss", "agreement", "worst_sqnr_db", "overflows",
    "cycles", "stall_cycles", "utilization", "latency_ms", "fps",
    "weight_rom_bits", "param_rom_bits", "activation_memory_bits", "energy_uj",
    "area_cells", "area_luts", "area_dsps", "area_ffs", "area_brams"
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns), COLUMNS_OF_VALUES = 5 };

static int read_objective(struct space *s, const struct yaml_node *key,
                          const struct yaml_node *value, struct diag *diag)
{
    struct store_objective *o = &s->objective[s->objective_count];
    int i = 0;

    while (i < COLUMNS && strcmp(columns[i], key->text))
        i++;
    if (i == COLUMNS) {
        const char *near = text_find_nearest(key->text, columns, COLUMNS);

        return diag_error(diag, key->place, "unknown objective '%s'%s%s%s",
                          key->text, near ? " (did you mean '" : "",
                          near ? near : "", near ? "'?)" : "");
    }
    if (s->evaluate == SPACE_TIMING && i < COLUMNS_OF_VALUES)
        return diag_error(diag, key->place, "the objective '%s' needs values, "
                          "must be one of cycles or memory with 'evaluate: "
                          "timing'", key->text);
    if (value->kind != YAML_SCALAR || (strcmp(value->text, "max")
                                       && strcmp(value->text, "min")))
        return diag_error(diag, value->place, "'objectives.%s' is '%s', must "
                          "be max or min", key->text,
                          value->kind == YAML_SCALAR
                          ? value->text : yaml_kind_name(value->kind));
    o->column = columns[i];
    o->maximize = value->text[1] == 'a';
    s->objective_count++;
    return 0;
}

static int read_objectives(struct space *s, const struct yaml_node *node,
                           struct diag *diag)
{
    const size_t count = node && node->kind == YAML_MAPPING ? node->count : 0;
    int failed = 0;

    if (node && node->kind != YAML_MAPPING)
        return diag_error(diag, node->place, "'objectives' is %s, must be a "
                          "mapping such as {accuracy: max, cycles: min}",
                          yaml_kind_name(node->kind));
    s->objective = arena_alloc_array(&s->arena, count + 2,
                                     sizeof(*s->objective));
    if (!s->objective)
        return diag_error(diag, s->place, "out of memory");
    for (size_t i = 0; i < count; i++)
        failed |= read_objective(s, node->keys[i], node->values[i], diag);
    for (size_t i = 0; i < count && !s->area; i++)
        if (!strncmp(node->keys[i]->text, "area_", 5))
            failed |= diag_error(diag, node->keys[i]->place, "objective '%s' "
                                 "has no values without 'area', must be given "
                                 "with it", node->keys[i]->text);
    if (count == 0 && s->evaluate == SPACE_ACCURACY)
        s->objective[s->objective_count++] =
            (struct store_objective) { "accuracy", true };
    if (count == 0)
        s->objective[s->objective_count++] =
            (struct store_objective) { "energy_uj", false };
    return failed;
}

/* --------------------------------------------------------------- overrides */

static int add_override(struct override_list *list, const char *key,
                        struct place place, const struct yaml_node *value)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct override *grown = realloc(list->items,
                                         capacity * sizeof(*grown));

        if (!grown)
            return -1;
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct override) {
        .key = key, .key_place = place, .value = value
    };
    return 0;
}

static bool is_space_key(const char *key)
{
    for (const struct setting *t = space_settings; t->key; t++)
        if (!strcmp(t->key, key) && strcmp(key, "name"))
            return true;
    return false;
}

/* `set` first, so that --set counts more. */
static int read_fixed(struct space *s, const struct yaml_node *set,
                      const struct override_list *overrides, struct diag *diag)
{
    if (set && set->kind != YAML_MAPPING)
        return diag_error(diag, set->place, "'set' is %s, must be a mapping "
                          "such as {accumulator.bits: 24}",
                          yaml_kind_name(set->kind));
    for (size_t i = 0; set && i < set->count; i++)
        if (add_override(&s->fixed, set->keys[i]->text, set->keys[i]->place,
                         set->values[i]))
            return diag_error(diag, s->place, "out of memory");
    for (size_t i = 0; i < overrides->count; i++) {
        const struct override *o = &overrides->items[i];

        if (!is_space_key(o->key)
            && add_override(&s->fixed, o->key, o->key_place, o->value))
            return diag_error(diag, s->place, "out of memory");
    }
    return 0;
}

int space_overrides(const struct space *s, int64_t point,
                    struct override_list *list)
{
    int choice[SPACE_MAX_AXES];

    override_init(list);
    for (size_t i = 0; i < s->fixed.count; i++) {
        const struct override *o = &s->fixed.items[i];

        if (add_override(list, o->key, o->key_place, o->value))
            return -1;
    }
    space_choices(s, point, choice);
    for (int i = 0; i < s->axis_count; i++) {
        const struct space_axis *a = &s->axis[i];

        if (add_override(list, a->key, a->place, a->choice[choice[i]].node))
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ points */

void space_choices(const struct space *s, int64_t point, int *choice)
{
    int64_t at[SPACE_MAX_AXES] = { 0 };

    for (int d = s->dimension_count - 1; d >= 0; d--) {
        at[d] = point % s->dimension[d];
        point /= s->dimension[d];
    }
    for (int i = 0; i < s->axis_count; i++)
        choice[i] = (int) at[s->axis[i].dimension];
}

void space_format(const struct space *s, int64_t point, struct strbuf *out)
{
    int choice[SPACE_MAX_AXES];

    space_choices(s, point, choice);
    strbuf_add_char(out, '{');
    for (int i = 0; i < s->axis_count; i++) {
        const struct space_axis *a = &s->axis[i];

        strbuf_printf(out, "%s\"%s\": %s", i ? ", " : "", a->key,
                      a->choice[choice[i]].json);
    }
    strbuf_add_char(out, '}');
}

static bool holds(const struct space *s, int64_t point,
                  struct expr_value *value)
{
    int choice[SPACE_MAX_AXES];

    if (s->constraint_count == 0)
        return true;
    space_choices(s, point, choice);
    for (int i = 0; i < s->axis_count; i++)
        value[i] = s->axis[i].choice[choice[i]].value;
    for (int i = 0; i < s->constraint_count; i++)
        if (!expr_holds(s->constraint[i].expr, value))
            return false;
    return true;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

enum { LISTED_MOST = 20000000, TRIES_A_POINT = 1000 };

static int too_many(const struct space *s, struct diag *diag)
{
    return diag_error(diag, s->place, "the axes make %s points, must be at "
                      "most %s, and %s with the constraints (zip axes, or take "
                      "'method: random')", text_count(s->product).text,
                      text_count(LISTED_MOST).text,
                      text_count(SPACE_MAX_POINTS).text);
}

/* All that hold, into s->point. The product is bounded by the caller. */
static int list_all(struct space *s, struct expr_value *value,
                    struct diag *diag)
{
    size_t capacity = 1024;
    int64_t *list = malloc(capacity * sizeof(*list));

    if (!list)
        return diag_error(diag, s->place, "out of memory");
    for (int64_t p = 0; p < s->product; p++) {
        if (interrupt_requested())
            break;
        if (!holds(s, p, value))
            continue;
        if ((size_t) s->count == capacity) {
            int64_t *grown = realloc(list, 2 * capacity * sizeof(*list));

            if (!grown) {
                free(list);
                return diag_error(diag, s->place, "out of memory");
            }
            list = grown;
            capacity *= 2;
        }
        if (s->count == SPACE_MAX_POINTS) {
            free(list);
            return too_many(s, diag);
        }
        list[s->count++] = p;
    }
    s->point = list;
    return interrupt_requested() ? -1 : 0;
}

/* Keep n of the points that are listed, each set of n equally likely. */
static void thin(struct space *s, struct rng *rng)
{
    const int64_t n = s->random_points < s->count ? s->random_points
                                                  : s->count;

    for (int64_t i = 0; i < n; i++) {
        const int64_t k = rng_range(rng, i, s->count - 1);
        const int64_t p = s->point[i];

        s->point[i] = s->point[k];
        s->point[k] = p;
    }
    s->count = n;
}

/* Sort what was drawn and drop what came twice. */
static void settle(struct space *s)
{
    int64_t kept = 0;

    qsort(s->point, (size_t) s->count, sizeof(*s->point), by_number);
    for (int64_t i = 0; i < s->count; i++)
        if (kept == 0 || s->point[kept - 1] != s->point[i])
            s->point[kept++] = s->point[i];
    s->count = kept;
}

/* Draw from a product too large to list. */
static int draw(struct space *s, struct rng *rng, struct expr_value *value,
                struct diag *diag)
{
    const int64_t most = s->random_points * TRIES_A_POINT;
    int64_t tries = 0;

    s->point = calloc((size_t) s->random_points, sizeof(*s->point));
    if (!s->point)
        return diag_error(diag, s->place, "out of memory");
    while (s->count < s->random_points && tries < most
           && !interrupt_requested()) {
        for (; s->count < s->random_points && tries < most; tries++) {
            const int64_t p = rng_range(rng, 0, s->product - 1);

            if (holds(s, p, value))
                s->point[s->count++] = p;
        }
        settle(s);
    }
    if (s->count < s->random_points)
        return diag_error(diag, s->place, "only %s of %s random points hold "
                          "the constraints, after %s tries",
                          text_count(s->count).text,
                          text_count(s->random_points).text,
                          text_count(tries).text);
    return 0;
}

static int choose_points(struct space *s, struct diag *diag)
{
    struct expr_value *value = s->value;
    struct rng rng;
    int failed;

    rng_init(&rng, (uint64_t) s->seed);
    if (s->product > LISTED_MOST && s->method != SPACE_RANDOM)
        return too_many(s, diag);
    if (s->method == SPACE_RANDOM && (s->product > LISTED_MOST
                                      || (s->constraint_count == 0
                                          && s->product > SPACE_MAX_POINTS)))
        return draw(s, &rng, value, diag);
    failed = list_all(s, value, diag);
    if (!failed && s->count == 0)
        return diag_error(diag, s->place, "no point holds all constraints");
    if (!failed && s->method == SPACE_RANDOM) {
        thin(s, &rng);
        settle(s);
    }
    return failed;
}

/* ----------------------------------------------------------------- reading */

static int read_text(struct space *s, const char *path, struct diag *diag)
{
    size_t length = 0;

    s->text = file_read_all(path, YAML_MAX_BYTES, &length, diag,
                            place_of_file(path));
    return s->text ? 0 : -1;
}

static int read_parts(struct space *s, const struct text *text,
                      const struct override_list *overrides, struct diag *diag)
{
    const int before = diag_error_count(diag);

    read_fixed(s, text->set, overrides, diag);
    axes_read(s, text->axes, diag);
    axes_zip(s, text->zip, diag);
    read_objectives(s, text->objectives, diag);
    if (diag_error_count(diag) > before || axes_check(s, diag)
        || axes_constrain(s, text->constraints, diag))
        return -1;
    return choose_points(s, diag);
}

/* The name becomes that of files and of a job. */
static int check_name(const struct space *s, struct place place,
                      struct diag *diag)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";

    if (s->name[0] != '.' && s->name[strspn(s->name, allowed)] == '\0')
        return 0;
    return diag_error(diag, place, "'name' of the sweep must be of letters, "
                      "digits, '_', '-', '+' and '.', not first");
}

int space_read(struct space *s, const char *path,
               const struct override_list *overrides, struct diag *diag)
{
    struct override_list own;
    struct text text;
    struct settings settings;
    const struct yaml_node *root;
    int failed = 0;

    memset(s, 0, sizeof(*s));
    memset(&text, 0, sizeof(text));
    arena_init(&s->arena, (size_t) 512 << 20);
    override_init(&s->fixed);
    override_init(&own);
    s->place = place_of_file(path);
    root = yaml_read_file(path, &s->arena, diag, s->place);
    if (!root || read_text(s, path, diag))
        return -1;
    text.space = *s;
    for (size_t i = 0; !failed && i < overrides->count; i++)
        if (is_space_key(overrides->items[i].key))
            failed = add_override(&own, overrides->items[i].key,
                                  overrides->items[i].key_place,
                                  overrides->items[i].value);
    settings_init(&settings, space_settings, &own, NULL);
    failed = failed || settings_read(&settings, root, &text, &text.space.arena,
                                     diag);
    *s = text.space;
    s->path = path;
    s->place = root->place;
    s->design_place = settings_place(&settings, "design");
    s->settings = arena_strdup(&s->arena, overrides->source.text);
    failed = failed || check_name(s, settings_place(&settings, "name"), diag);
    override_release(&own);
    if (failed)
        return -1;
    if (s->method == SPACE_HALVING && s->evaluate == SPACE_TIMING)
        return diag_error(diag, settings_place(&settings, "method"), "'method' "
                          "is 'halving', must be grid or random with "
                          "'evaluate: timing', which has no images");
    return read_parts(s, &text, overrides, diag);
}

void space_release(struct space *s)
{
    free(s->text);
    free(s->point);
    override_release(&s->fixed);
    arena_release(&s->arena);
}
