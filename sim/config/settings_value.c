/* settings_value.c - one YAML node becomes one field, or one error. */
#include "sim/config/settings.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/path.h"
#include "sim/base/text.h"

enum { SHOWN_BYTES = 60 /* of a wrong value in a message */ };

/* One value on its way: what every step needs to know. */
struct job {
    const struct setting *setting;
    const char *name; /* the subject in messages */
    const struct yaml_node *node;
    struct arena *arena;
    struct diag *d;
};

static bool has_bounds(const struct setting *s)
{
    return s->min < 0 || s->min > 0 || s->max < 0 || s->max > 0;
}

static double least(const struct setting *s)
{
    if (s->type == SETTING_STRING)
        return has_bounds(s) ? s->min : 0;
    if (s->type == SETTING_DOUBLE)
        return has_bounds(s) ? s->min : -INFINITY;
    const double type_min =
        s->type == SETTING_INT64 ? (double) INT64_MIN : (double) INT_MIN;
    return has_bounds(s) && s->min > type_min ? s->min : type_min;
}

static double most(const struct setting *s)
{
    if (s->type == SETTING_STRING)
        return has_bounds(s) ? s->max : SETTINGS_MAX_STRING;
    if (s->type == SETTING_DOUBLE)
        return has_bounds(s) ? s->max : INFINITY;
    const double type_max =
        s->type == SETTING_INT64 ? (double) INT64_MAX : (double) INT_MAX;
    return has_bounds(s) && s->max < type_max ? s->max : type_max;
}

static void add_bound(struct strbuf *b, double bound)
{
    if (fabs(bound) < 1e15 && floor(bound) >= bound)
        strbuf_printf(b, "%.0f", bound);
    else
        strbuf_printf(b, "%.10g", bound);
}

/* "1 to 128", "at least 1", "at most 9"; nothing without bounds. */
static bool add_range(struct strbuf *b, const struct setting *s)
{
    const double far = s->type == SETTING_INT64    ? 9e18
                       : s->type == SETTING_DOUBLE ? HUGE_VAL
                                                   : INT_MAX;
    const double low = least(s);
    const double high = most(s);
    if (low > -far && high < far) {
        add_bound(b, low);
        strbuf_add(b, " to ");
        add_bound(b, high);
    } else if (low > -far) {
        strbuf_add(b, "at least ");
        add_bound(b, low);
    } else if (high < far) {
        strbuf_add(b, "at most ");
        add_bound(b, high);
    } else {
        return false;
    }
    return true;
}

static void add_choices(struct strbuf *b, const char *const *choices)
{
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (i > 0)
            strbuf_add(b, choices[i + 1] == NULL ? " or " : ", ");
        strbuf_add(b, choices[i]);
    }
}

/* `lead` and the range; nothing without bounds. */
static void add_range_after(struct strbuf *b, const char *lead,
                            const struct setting *s)
{
    struct strbuf range;
    strbuf_init(&range);
    if (add_range(&range, s))
        strbuf_printf(b, "%s%s", lead, range.text);
    strbuf_release(&range);
}

static int most_items(const struct setting *s)
{
    return s->max_items > 0 ? s->max_items : SETTINGS_MAX_ITEMS;
}

static void add_item_count(struct strbuf *b, const struct setting *s)
{
    if (s->min_items == s->max_items && s->max_items > 0)
        strbuf_printf(b, "%d ", s->max_items);
    else if (s->max_items > 0)
        strbuf_printf(b, "%d to %d ", s->min_items, s->max_items);
    else if (s->min_items > 0)
        strbuf_printf(b, "at least %d ", s->min_items);
}

void settings_format_expected(const struct setting *s, struct strbuf *b)
{
    switch (s->type) {
    case SETTING_BOOL:
        strbuf_add(b, "true or false");
        break;
    case SETTING_INT:
    case SETTING_INT64:
        strbuf_add(b, "an integer");
        add_range_after(b, ", ", s);
        break;
    case SETTING_DOUBLE:
        strbuf_add(b, "a number");
        add_range_after(b, ", ", s);
        break;
    case SETTING_STRING:
        strbuf_add(b, "a text");
        if (has_bounds(s))
            strbuf_printf(b, " of %.0f to %.0f bytes", s->min, s->max);
        break;
    case SETTING_ENUM:
        add_choices(b, s->choices);
        break;
    case SETTING_INT_PAIR:
        strbuf_add(b, "one or two integers");
        add_range_after(b, ", each ", s);
        break;
    case SETTING_INT_LIST:
        strbuf_add(b, "a list of ");
        add_item_count(b, s);
        strbuf_add(b, "integers");
        add_range_after(b, ", each ", s);
        break;
    case SETTING_PATH:
        strbuf_add(b, "a path");
        break;
    case SETTING_NODE:
        strbuf_add(b, "a value");
        break;
    }
}

/* Numbers and words bare, other text in quotes, the rest by kind. */
static void describe_node(struct strbuf *b, const struct yaml_node *node)
{
    if (yaml_is_null(node)) {
        strbuf_add(b, "empty");
        return;
    }
    if (node->kind != YAML_SCALAR) {
        strbuf_add(b, yaml_kind_name(node->kind));
        return;
    }
    const char first = node->text[0];
    const bool number = ('0' <= first && first <= '9') || first == '-' ||
                        first == '+' || first == '.';
    const size_t length = strlen(node->text);
    size_t shown = 0;
    while (shown < length && shown < SHOWN_BYTES) {
        uint32_t code;
        shown += text_decode_utf8(node->text + shown, length - shown, &code);
    }
    const char *quote = number && !node->quoted ? "" : "'";
    strbuf_printf(b, "%s%s%.*s%s%s", node->quoted ? "the text " : "", quote,
                  (int) shown, node->text, shown < length ? "..." : "", quote);
}

/* "'name' is VALUE, must be EXPECTED". */
static int report(const struct job *job, const char *expected)
{
    struct strbuf value;
    strbuf_init(&value);
    describe_node(&value, job->node);
    diag_error(job->d, job->node->place, "'%s' is %s, must be %s", job->name,
               value.text, expected);
    strbuf_release(&value);
    return -1;
}

static int report_type(const struct job *job)
{
    struct strbuf expected;
    strbuf_init(&expected);
    settings_format_expected(job->setting, &expected);
    report(job, expected.text);
    strbuf_release(&expected);
    return -1;
}

static int report_range(const struct job *job)
{
    struct strbuf range;
    strbuf_init(&range);
    if (!add_range(&range, job->setting))
        strbuf_printf(&range, "an integer of %d bits",
                      job->setting->type == SETTING_INT64 ? 64 : 32);
    report(job, range.text);
    strbuf_release(&range);
    return -1;
}

static int report_memory(const struct job *job)
{
    return diag_error(job->d, job->node->place, "out of memory");
}

static bool is_plain(const struct yaml_node *node)
{
    return node->kind == YAML_SCALAR && !node->quoted;
}

/* Digits with an optional sign, nothing else. */
static bool is_integer(const char *text)
{
    if (*text == '-' || *text == '+')
        text++;
    const size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits] == '\0';
}

/* The setting's bounds hold for each integer that it has. */
static int read_integer(const struct job *job, int64_t *value)
{
    if (!is_plain(job->node) || !is_integer(job->node->text))
        return report_type(job);
    errno = 0;
    *value = strtoll(job->node->text, NULL, 10);
    if (errno == ERANGE || (double) *value < least(job->setting) ||
        (double) *value > most(job->setting))
        return report_range(job);
    return 0;
}

/* Decimal digits, point and exponent; no hexadecimal, no inf, no nan. */
static bool is_decimal(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(text, "0123456789+-.eE")] == '\0';
}

static int read_double(const struct job *job, double *field)
{
    if (!is_plain(job->node) || !is_decimal(job->node->text))
        return report_type(job);
    char *end;
    const double value = strtod(job->node->text, &end);
    if (end == job->node->text || *end != '\0' || !isfinite(value))
        return report_type(job);
    if (value < least(job->setting) || value > most(job->setting))
        return report_range(job);
    *field = value;
    return 0;
}

static int read_bool(const struct job *job, bool *field)
{
    const bool yes = is_plain(job->node) &&
                     strcmp(job->node->text, "true") == 0;
    if (!yes &&
        !(is_plain(job->node) && strcmp(job->node->text, "false") == 0))
        return report_type(job);
    *field = yes;
    return 0;
}

static int report_choice(const struct job *job)
{
    const char *const *choices = job->setting->choices;
    const char *near = NULL;
    size_t count = 0;
    while (choices[count] != NULL)
        count++;
    if (job->node->kind == YAML_SCALAR)
        near = text_find_nearest(job->node->text, choices, count);

    struct strbuf expected;
    strbuf_init(&expected);
    add_choices(&expected, choices);
    if (near != NULL)
        strbuf_printf(&expected, " (did you mean '%s'?)", near);
    report(job, expected.text);
    strbuf_release(&expected);
    return -1;
}

static int read_choice(const struct job *job, void *field)
{
    const char *const *choices = job->setting->choices;
    for (int i = 0; choices[i] != NULL; i++) {
        if (job->node->kind == YAML_SCALAR &&
            strcmp(job->node->text, choices[i]) == 0) {
            memcpy(field, &i, sizeof i); /* the field may be of enum type */
            return 0;
        }
    }
    return report_choice(job);
}

static int read_text(const struct job *job, const char **field)
{
    if (job->node->kind != YAML_SCALAR || yaml_is_null(job->node))
        return report_type(job);
    const size_t length = strlen(job->node->text);
    if ((double) length < least(job->setting))
        return report_type(job);
    if ((double) length > most(job->setting)) {
        struct strbuf expected;
        strbuf_init(&expected);
        strbuf_printf(&expected, "a text of at most %.0f bytes",
                      most(job->setting));
        report(job, expected.text);
        strbuf_release(&expected);
        return -1;
    }
    for (const char *c = job->node->text; *c; c++)
        if (*c == '\n' || *c == '\t')    /* it becomes part of other files */
            return report(job, "a text on one line, without tabs");
    const char *copy = arena_strdup(job->arena, job->node->text);
    if (copy == NULL)
        return report_memory(job);
    *field = copy;
    return 0;
}

/* What --set names is relative to where the command runs, as shells expect. */
static int read_path(const struct job *job, const char **field)
{
    const struct yaml_node *node = job->node;
    const char *file = node->place.file;
    if (node->kind != YAML_SCALAR || yaml_is_null(node) ||
        node->text[0] == '\0' || strlen(node->text) > SETTINGS_MAX_STRING)
        return report_type(job);
    const bool relative = file != NULL && strcmp(file, "--set") != 0;
    const char *path = relative ? path_beside(job->arena, file, node->text)
                                : arena_strdup(job->arena, node->text);
    if (path == NULL)
        return report_memory(job);
    *field = path;
    return 0;
}

/* Item i of a list of integers. */
static int read_item(const struct job *job, size_t i, int *value)
{
    char name[256];
    struct job item = *job;
    struct setting setting = *job->setting;
    int64_t wide;
    snprintf(name, sizeof name, "%s[%zu]", job->name, i);
    setting.type = SETTING_INT;
    item.setting = &setting;
    item.name = name;
    item.node = job->node->values[i];
    if (read_integer(&item, &wide) != 0)
        return -1;
    *value = (int) wide;
    return 0;
}

static int read_items(const struct job *job, int *values)
{
    int result = 0;
    for (size_t i = 0; i < job->node->count; i++) {
        if (read_item(job, i, &values[i]) != 0)
            result = -1;
    }
    return result;
}

static int read_pair(const struct job *job, int *field)
{
    int values[2] = {0, 0};
    if (job->node->kind == YAML_SEQUENCE && job->node->count == 2) {
        if (read_items(job, values) != 0)
            return -1;
    } else if (is_plain(job->node) && !yaml_is_null(job->node)) {
        int64_t wide;
        if (read_integer(job, &wide) != 0)
            return -1;
        values[0] = (int) wide;
        values[1] = (int) wide;
    } else {
        return report_type(job);
    }
    memcpy(field, values, sizeof values);
    return 0;
}

static int read_list(const struct job *job, const int **field, int *count)
{
    const struct yaml_node *node = job->node;
    const struct setting *s = job->setting;
    if (node->kind != YAML_SEQUENCE)
        return report_type(job);
    if (node->count < (size_t) s->min_items ||
        node->count > (size_t) most_items(s))
        return diag_error(job->d, node->place,
                          "'%s' has %zu items, must have %d to %d", job->name,
                          node->count, s->min_items, most_items(s));
    int *values = arena_alloc_array(job->arena, node->count, sizeof *values);
    if (values == NULL)
        return report_memory(job);
    if (read_items(job, values) != 0)
        return -1;
    *field = values;
    *count = (int) node->count;
    return 0;
}

/* `null`, where the setting may be absent. */
static void clear_field(const struct setting *s, char *out)
{
    void *field = out + s->offset;
    switch (s->type) {
    case SETTING_STRING:
    case SETTING_PATH:
        *(const char **) field = NULL;
        break;
    case SETTING_NODE:
        *(const struct yaml_node **) field = NULL;
        break;
    case SETTING_INT_LIST:
        *(const int **) field = NULL;
        *(int *) (void *) (out + s->count_offset) = 0;
        break;
    default:
        break;
    }
}

int settings_read_value(const struct setting *setting, const char *name,
                        const struct yaml_node *node, void *out,
                        struct arena *arena, struct diag *d)
{
    const struct job job = {setting, name, node, arena, d};
    void *field = (char *) out + setting->offset;
    int64_t integer = 0;

    if (yaml_is_null(node) && setting->fallback != NULL &&
        strcmp(setting->fallback, "null") == 0) {
        clear_field(setting, out);
        return 0;
    }
    switch (setting->type) {
    case SETTING_BOOL:
        return read_bool(&job, field);
    case SETTING_INT:
        if (read_integer(&job, &integer) != 0)
            return -1;
        *(int *) field = (int) integer;
        return 0;
    case SETTING_INT64:
        if (read_integer(&job, &integer) != 0)
            return -1;
        *(int64_t *) field = integer;
        return 0;
    case SETTING_DOUBLE:
        return read_double(&job, field);
    case SETTING_STRING:
        return read_text(&job, field);
    case SETTING_ENUM:
        return read_choice(&job, field);
    case SETTING_INT_PAIR:
        return read_pair(&job, field);
    case SETTING_INT_LIST:
        return read_list(&job, field,
                         (void *) ((char *) out + setting->count_offset));
    case SETTING_PATH:
        return read_path(&job, field);
    case SETTING_NODE:
        if (yaml_is_null(node))
            return report_type(&job);
        *(const struct yaml_node **) field = node;
        return 0;
    }
    assert(0 && "a setting type");
    return -1;
}
