/* test_config.c - YAML, settings tables and --set; not the hardware's table. */
#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/config/override.h"
#include "sim/config/settings.h"
#include "sim/config/yaml.h"

void suite_config(void);

/* What a case needs; opened and closed by each test. */
struct fixture {
    struct arena arena;
    struct diag d;
    struct override_list overrides;
};

static void open_fixture(struct fixture *f)
{
    arena_init(&f->arena, 0);
    diag_init(&f->d);
    override_init(&f->overrides);
}

static void close_fixture(struct fixture *f)
{
    arena_release(&f->arena);
    diag_release(&f->d);
    override_release(&f->overrides);
}

static struct yaml_node *read_yaml(struct fixture *f, const char *text)
{
    return yaml_read_text("t.yaml", text, strlen(text), &f->arena, &f->d);
}

/* All messages, without the source lines: "1:2: error: text\n"... */
static void expect_messages(const struct diag *d, const char *expected)
{
    static const char *const levels[] = {"error", "warning", "note"};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    for (size_t i = 0; i < d->count; i++) {
        const struct diag_message *m = &d->messages[i];
        fprintf(out, "%d:%d+%d: %s: %s\n", m->place.line, m->place.column,
                m->place.length, levels[m->level], m->text);
    }
    fclose(out);
    CU_ASSERT_STRING_EQUAL(text, expected);
    if (strcmp(text, expected) != 0)
        fprintf(stderr, "\ngot:\n%s\nexpected:\n%s\n", text, expected);
    free(text);
}

static void expect_yaml_refused(const char *text, const char *expected)
{
    struct fixture f;
    open_fixture(&f);
    CU_ASSERT_PTR_NULL(read_yaml(&f, text));
    expect_messages(&f.d, expected);
    close_fixture(&f);
}

static void expect_place(const struct yaml_node *node, int line, int column,
                         int length)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(node);
    CU_ASSERT_EQUAL(node->place.line, line);
    CU_ASSERT_EQUAL(node->place.column, column);
    CU_ASSERT_EQUAL(node->place.length, length);
    CU_ASSERT_STRING_EQUAL(node->place.file, "t.yaml");
}

static void test_yaml__every_node_knows_its_place(void)
{
    struct fixture f;
    open_fixture(&f);
    const struct yaml_node *root = read_yaml(
        &f, "# comment\n"
            "name: kws\n"
            "array:\n"
            "  rows: 16   # more\n"
            "list: [1, \"two\", {a: b}]\n"
            "layers:\n"
            "  - x\n"
            "  - y: 2\n"
            "\xc3\xa4\xc3\xb6: '\xc3\xbc'\n"
            "empty:\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT_EQUAL(root->kind, YAML_MAPPING);
    CU_ASSERT_EQUAL(root->count, 6);
    expect_place(root, 2, 1, 4);
    expect_place(yaml_find(root, "name"), 2, 7, 3);
    expect_place(yaml_find(yaml_find(root, "array"), "rows"), 4, 9, 2);
    const struct yaml_node *list = yaml_find(root, "list");
    CU_ASSERT_EQUAL(list->kind, YAML_SEQUENCE);
    expect_place(list, 5, 7, 18);
    expect_place(list->values[1], 5, 11, 5);
    CU_ASSERT_STRING_EQUAL(list->values[1]->text, "two");
    CU_ASSERT_TRUE(list->values[1]->quoted);
    CU_ASSERT_FALSE(list->values[0]->quoted);
    expect_place(list->values[2], 5, 18, 6);
    const struct yaml_node *layers = yaml_find(root, "layers");
    expect_place(layers, 7, 3, 1);
    expect_place(layers->values[1], 8, 5, 1);
    const struct yaml_node *umlaut = yaml_find(root, "\xc3\xa4\xc3\xb6");
    expect_place(umlaut, 9, 5, 3);
    CU_ASSERT_STRING_EQUAL(umlaut->text, "\xc3\xbc");
    CU_ASSERT_TRUE(yaml_is_null(yaml_find(root, "empty")));
    CU_ASSERT_PTR_NULL(yaml_find(root, "none"));
    close_fixture(&f);
}

static void test_yaml__a_byte_order_mark_is_no_character(void)
{
    struct fixture f;
    open_fixture(&f);
    const struct yaml_node *root = read_yaml(&f, "\xef\xbb\xbf" "a: 1\r\nb: 2");
    expect_place(root, 1, 1, 1);
    expect_place(yaml_find(root, "b"), 2, 4, 1);
    close_fixture(&f);
}

static void test_yaml__duplicate_key_is_an_error(void)
{
    expect_yaml_refused("a: 1\nb: 2\na: 3\nc: {x: 1, 'x': 2}\na: 4\n",
                        "4:11+3: error: the key 'x' is there twice\n"
                        "4:5+1: note: the first is here\n"
                        "3:1+1: error: the key 'a' is there twice\n"
                        "1:1+1: note: the first is here\n"
                        "5:1+1: error: the key 'a' is there twice\n"
                        "1:1+1: note: the first is here\n");
}

static void test_yaml__refuses_what_surprises(void)
{
    expect_yaml_refused("a: &x 1\nb: *x\n",
                        "1:4+2: error: anchors are not allowed: '&x'\n"
                        "2:4+2: error: aliases are not allowed: '*x'\n");
    expect_yaml_refused("<<: 1\n",
                        "1:1+2: error: merge keys are not allowed: '<<'\n");
    expect_yaml_refused("a: !!int 3\nb: ! x\n",
                        "1:4+1: error: tags are not allowed: "
                        "'tag:yaml.org,2002:int'\n"
                        "2:4+1: error: tags are not allowed: '!'\n");
    expect_yaml_refused("a: 1\n---\nb: 2\n",
                        "2:1+3: error: more than one document in a file\n");
    expect_yaml_refused("[a]: 1\n",
                        "1:1+3: error: a key must be a scalar, not list\n");
    expect_yaml_refused("? {a: 1}\n: 1\n",
                        "1:3+6: error: a key must be a scalar, not "
                        "mapping\n");
    expect_yaml_refused("? \n: 1\n", "1:2+1: error: a key is empty\n");
    expect_yaml_refused("a: \"x\\0y\"\n",
                        "1:4+6: error: control characters are not allowed: "
                        "U+0000\n");
}

static void test_yaml__refuses_bad_characters(void)
{
    struct fixture f;
    expect_yaml_refused("a: 1\nb: x\x1b[0m\x1b\n",
                        "2:5+1: error: control characters are not allowed: "
                        "U+001B\n");
    expect_yaml_refused("a: \xc3\xa4\xff\n",
                        "1:5+1: error: the text is not UTF-8\n");
    expect_yaml_refused("a: \xe2\x80\xae" "b\n",
                        "1:4+1: error: control characters are not allowed: "
                        "U+202E\n");
    open_fixture(&f);
    CU_ASSERT_PTR_NULL(
        yaml_read_text("t.yaml", "a: \0", 4, &f.arena, &f.d));
    expect_messages(&f.d, "1:4+1: error: control characters are not allowed: "
                          "U+0000\n");
    close_fixture(&f);
}

static void test_yaml__says_where_the_syntax_is_wrong(void)
{
    expect_yaml_refused("a: [1, 2\nb: 3\n",
                        "2:2+1: error: expected ',' or ']'\n"
                        "1:4+1: note: while parsing a flow sequence from "
                        "here\n");
    expect_yaml_refused("a:\n\tb: 1\n",
                        "2:1+1: error: a tab cannot indent; use spaces\n");
    expect_yaml_refused("a: 1\n  b: 2\n",
                        "2:4+1: error: a ':' is not allowed here; check the "
                        "indentation, or put the text in quotes\n");
    expect_yaml_refused("a: @x\n",
                        "1:4+1: error: a value cannot begin with this "
                        "character; put it in quotes\n");
    expect_yaml_refused("a: 'x\n",
                        "2:1+1: error: the text ends inside quotes; the "
                        "closing quote is missing\n"
                        "1:4+1: note: while scanning a quoted scalar from "
                        "here\n");
    expect_yaml_refused("a: 1\nb\nc: 2\n",
                        "3:1+1: error: expected ':' after the key\n"
                        "2:1+1: note: while scanning a simple key from "
                        "here\n");
}

static void test_yaml__an_empty_file_is_an_error(void)
{
    static const char *const texts[] = {"", "\n# only\n", "---\n", "~\n"};
    for (size_t i = 0; i < 4; i++)
        expect_yaml_refused(texts[i], "0:0+0: error: the file is empty\n");
}

static void test_yaml__nesting_is_bounded(void)
{
    char text[256];
    struct fixture f;
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    text[64] = '\0';
    open_fixture(&f);
    CU_ASSERT_PTR_NOT_NULL(read_yaml(&f, text));
    close_fixture(&f);
    memset(text, '[', 250);
    text[250] = '\0';
    expect_yaml_refused(text, "1:33+1: error: nested deeper than 32 levels\n");
}

static void test_yaml__a_missing_file_is_one_error(void)
{
    struct fixture f;
    open_fixture(&f);
    CU_ASSERT_PTR_NULL(
        yaml_read_file("no/such.yaml", &f.arena, &f.d, PLACE_NONE));
    expect_messages(&f.d, "0:0+0: error: cannot read 'no/such.yaml': no such "
                          "file or directory\n");
    close_fixture(&f);
}

static void test_yaml__an_exhausted_arena_is_one_error(void)
{
    struct fixture f;
    open_fixture(&f);
    f.arena.limit = 6000;
    char text[2001];
    text[0] = '[';
    for (int i = 1; i < 2000; i++)
        text[i] = i % 2 == 1 ? 'a' : ',';
    text[1999] = ']';
    text[2000] = '\0';
    CU_ASSERT_PTR_NULL(read_yaml(&f, text));
    expect_messages(&f.d, "0:0+0: error: out of memory\n");
    close_fixture(&f);
}

/* A table with all types. */
enum overflow { WRAP, SATURATE, SATURATE_ZERO };
static const char *const overflow_names[] = {"wrap", "saturate",
                                             "saturate_zero", NULL};

struct machine {
    bool fold;
    int rows;
    int64_t cycles;
    double clock;
    const char *name;
    enum overflow overflow;
    int kernel[2];
    const int *widths;
    int width_count;
    const char *weights;
    const struct yaml_node *layers;
    int any;
};

#define FIELD(f) .offset = offsetof(struct machine, f)

static const struct setting machine_settings[] = {
    {.key = "name", .type = SETTING_STRING, FIELD(name), .min = 1, .max = 8,
     .help = "the name"},
    {.key = "array.rows", .type = SETTING_INT, FIELD(rows), .min = 1,
     .max = 128, .fallback = "16", .help = "rows"},
    {.key = "array.kernel", .type = SETTING_INT_PAIR, FIELD(kernel), .min = 1,
     .max = 7, .fallback = "[3, 5]", .help = "kernel | size"},
    {.key = "acc.overflow", .type = SETTING_ENUM, FIELD(overflow),
     .choices = overflow_names, .fallback = "saturate", .help = "overflow"},
    {.key = "acc.widths", .type = SETTING_INT_LIST, FIELD(widths), .min = -4,
     .max = 48, .count_offset = offsetof(struct machine, width_count),
     .min_items = 1, .max_items = 3, .fallback = "null", .unit = "bits",
     .help = "widths"},
    {.key = "cycles", .type = SETTING_INT64, FIELD(cycles), .fallback = "0",
     .help = "cycles"},
    {.key = "clock", .type = SETTING_DOUBLE, FIELD(clock), .min = 0.5,
     .max = 1e9, .fallback = "100", .unit = "MHz", .help = "clock"},
    {.key = "fold", .type = SETTING_BOOL, FIELD(fold), .fallback = "false",
     .help = "fold"},
    {.key = "weights", .type = SETTING_PATH, FIELD(weights),
     .fallback = "null", .help = "weights"},
    {.key = "layers", .type = SETTING_NODE, FIELD(layers), .fallback = "[]",
     .help = "layers"},
    {.key = "any", .type = SETTING_INT, FIELD(any), .fallback = "-7",
     .help = "any integer"},
    {.key = NULL},
};

static int read_machine(struct fixture *f, const char *text,
                        struct machine *m, struct settings *s)
{
    const struct yaml_node *root = read_yaml(f, text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    memset(m, 0, sizeof *m);
    settings_init(s, machine_settings, &f->overrides, NULL);
    return settings_read(s, root, m, &f->arena, &f->d);
}

static void expect_machine_refused(const char *text, const char *expected)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(read_machine(&f, text, &m, &s), -1);
    expect_messages(&f.d, expected);
    close_fixture(&f);
}

static void test_settings__defaults_fill_what_is_absent(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(read_machine(&f, "name: x\n", &m, &s), 0);
    expect_messages(&f.d, "");
    CU_ASSERT_STRING_EQUAL(m.name, "x");
    CU_ASSERT_EQUAL(m.rows, 16);
    CU_ASSERT_EQUAL(m.kernel[0], 3);
    CU_ASSERT_EQUAL(m.kernel[1], 5);
    CU_ASSERT_EQUAL(m.overflow, SATURATE);
    CU_ASSERT_PTR_NULL(m.widths);
    CU_ASSERT_DOUBLE_EQUAL(m.clock, 100, 0);
    CU_ASSERT_PTR_NULL(m.weights);
    CU_ASSERT_EQUAL(m.layers->kind, YAML_SEQUENCE);
    CU_ASSERT_EQUAL(m.layers->count, 0);
    CU_ASSERT_EQUAL(m.any, -7);
    CU_ASSERT_FALSE(settings_is_given(&s, "array.rows"));
    CU_ASSERT_TRUE(settings_is_given(&s, "name"));
    CU_ASSERT_EQUAL(settings_place(&s, "array.rows").column, 1);
    CU_ASSERT_EQUAL(settings_place(&s, "name").column, 7);
    close_fixture(&f);
}

static void test_settings__reads_each_type(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(
        read_machine(&f,
                     "name: \"1\"\n"
                     "array: {rows: +8, kernel: 1}\n"
                     "acc:\n"
                     "  overflow: saturate_zero\n"
                     "  widths: [8, -4, 48]\n"
                     "cycles: -9223372036854775808\n"
                     "clock: 1.5e2\n"
                     "fold: true\n"
                     "weights: net.npz\n"
                     "layers: [{a: 1}]\n"
                     "any: 2147483647\n",
                     &m, &s),
        0);
    expect_messages(&f.d, "");
    CU_ASSERT_STRING_EQUAL(m.name, "1");
    CU_ASSERT_EQUAL(m.rows, 8);
    CU_ASSERT_EQUAL(m.kernel[0], 1);
    CU_ASSERT_EQUAL(m.kernel[1], 1);
    CU_ASSERT_EQUAL(m.overflow, SATURATE_ZERO);
    CU_ASSERT_EQUAL(m.width_count, 3);
    CU_ASSERT_EQUAL(m.widths[1], -4);
    CU_ASSERT_EQUAL(m.cycles, INT64_MIN);
    CU_ASSERT_DOUBLE_EQUAL(m.clock, 150, 0);
    CU_ASSERT_TRUE(m.fold);
    CU_ASSERT_STRING_EQUAL(m.weights, "net.npz");
    CU_ASSERT_EQUAL(m.layers->count, 1);
    CU_ASSERT_EQUAL(m.any, INT32_MAX);
    CU_ASSERT_EQUAL(settings_place(&s, "acc.widths").line, 5);
    CU_ASSERT_EQUAL(settings_place(&s, "acc.widths").length, 11);
    close_fixture(&f);
}

static void test_settings__a_path_is_relative_to_its_file(void)
{
    static const char text[] = "name: x\nweights: ../net.npz\n";
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    override_parse(&f.overrides, "name=y", &f.d);
    const struct yaml_node *root = yaml_read_text(
        "configs/a.yaml", text, strlen(text), &f.arena, &f.d);
    settings_init(&s, machine_settings, &f.overrides, NULL);
    CU_ASSERT_EQUAL(settings_read(&s, root, &m, &f.arena, &f.d), 0);
    CU_ASSERT_STRING_EQUAL(m.weights, "configs/../net.npz");
    override_parse(&f.overrides, "weights=here.npz", &f.d);
    CU_ASSERT_EQUAL(settings_read(&s, root, &m, &f.arena, &f.d), 0);
    CU_ASSERT_STRING_EQUAL(m.weights, "here.npz");
    close_fixture(&f);
}

static void test_settings__finds_all_errors_at_once(void)
{
    expect_machine_refused(
        "array:\n"
        "  row: 3\n"
        "  rows: 129\n"
        "acc: {overflow: sat}\n"
        "clok: 1\n"
        "zzz: 1\n",
        "2:3+3: error: unknown key 'array.row' (did you mean 'array.rows'?)\n"
        "3:9+3: error: 'array.rows' is 129, must be 1 to 128\n"
        "4:17+3: error: 'acc.overflow' is 'sat', must be wrap, saturate or "
        "saturate_zero (did you mean 'saturate'?)\n"
        "5:1+4: error: unknown key 'clok' (did you mean 'clock'?)\n"
        "6:1+3: error: unknown key 'zzz'\n"
        "1:1+5: error: 'name' is missing, must be a text of 1 to 8 bytes\n");
}

static void test_settings__refuses_wrong_values(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"array: {rows: 1_6}",
         "'array.rows' is 1_6, must be an integer, 1 to 128"},
        {"array: {rows: 0x10}",
         "'array.rows' is 0x10, must be an integer, 1 to 128"},
        {"array: {rows: 2.0}",
         "'array.rows' is 2.0, must be an integer, 1 to 128"},
        {"array: {rows: '16'}",
         "'array.rows' is the text '16', must be an integer, 1 to 128"},
        {"array: {rows: }",
         "'array.rows' is empty, must be an integer, 1 to 128"},
        {"array: {rows: [1]}",
         "'array.rows' is a list, must be an integer, 1 to 128"},
        {"array: {rows: 99999999999999999999}",
         "'array.rows' is 99999999999999999999, must be 1 to 128"},
        {"array: {rows: -1}", "'array.rows' is -1, must be 1 to 128"},
        {"array: 3", "'array' is a scalar, must be a mapping"},
        {"array: {kernel: 9}", "'array.kernel' is 9, must be 1 to 7"},
        {"array: {kernel: [1, 9]}",
         "'array.kernel[1]' is 9, must be 1 to 7"},
        {"array: {kernel: [1, 2, 3]}",
         "'array.kernel' is a list, must be one or two integers, each 1 to "
         "7"},
        {"acc: {overflow: }",
         "'acc.overflow' is empty, must be wrap, saturate or saturate_zero"},
        {"acc: {overflow: [wrap]}",
         "'acc.overflow' is a list, must be wrap, saturate or "
         "saturate_zero"},
        {"acc: {widths: []}",
         "'acc.widths' has 0 items, must have 1 to 3"},
        {"acc: {widths: 3}",
         "'acc.widths' is 3, must be a list of 1 to 3 integers, each -4 to "
         "48"},
        {"acc: {widths: [1, x]}",
         "'acc.widths[1]' is 'x', must be an integer, -4 to 48"},
        {"cycles: 9223372036854775808",
         "'cycles' is 9223372036854775808, must be an integer of 64 bits"},
        {"any: 2147483648",
         "'any' is 2147483648, must be an integer of 32 bits"},
        {"clock: nan", "'clock' is 'nan', must be a number, 0.5 to "
                       "1000000000"},
        {"clock: 0x1p3", "'clock' is 0x1p3, must be a number, 0.5 to "
                         "1000000000"},
        {"clock: 1e999", "'clock' is 1e999, must be a number, 0.5 to "
                         "1000000000"},
        {"clock: 1e", "'clock' is 1e, must be a number, 0.5 to 1000000000"},
        {"clock: 0.1", "'clock' is 0.1, must be 0.5 to 1000000000"},
        {"fold: yes", "'fold' is 'yes', must be true or false"},
        {"fold: 'true'",
         "'fold' is the text 'true', must be true or false"},
        {"weights: ''", "'weights' is the text '', must be a path"},
        {"weights: {a: 1}", "'weights' is a mapping, must be a path"},
        {"layers: ", "'layers' is empty, must be a value"},
        {"name: 123456789",
         "'name' is 123456789, must be a text of at most 8 bytes"},
        {"name: ''", "'name' is the text '', must be a text of 1 to 8 "
                     "bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        struct machine m;
        struct settings s;
        char text[256];
        const bool named = strncmp(cases[i].text, "name", 4) == 0;
        open_fixture(&f);
        snprintf(text, sizeof text, "%s%s\n", named ? "" : "name: x\n",
                 cases[i].text);
        CU_ASSERT_EQUAL(read_machine(&f, text, &m, &s), -1);
        CU_ASSERT_EQUAL_FATAL(f.d.count, 1);
        CU_ASSERT_STRING_EQUAL(f.d.messages[0].text, cases[i].message);
        if (strcmp(f.d.messages[0].text, cases[i].message) != 0)
            fprintf(stderr, "\n%s\n", f.d.messages[0].text);
        close_fixture(&f);
    }
}

static void test_settings__a_wrong_value_leaves_the_default(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(
        read_machine(&f, "name: x\narray: {rows: 0}\nany: 5\n", &m, &s), -1);
    CU_ASSERT_EQUAL(m.rows, 16);
    CU_ASSERT_EQUAL(m.any, 5);
    close_fixture(&f);
}

static void test_settings__a_dotted_key_is_the_same_key(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(read_machine(&f, "name: x\narray.rows: 4\n", &m, &s), 0);
    CU_ASSERT_EQUAL(m.rows, 4);
    close_fixture(&f);
    expect_machine_refused("name: x\narray.rows: 4\narray: {rows: 5}\n",
                           "3:9+4: error: the key 'array.rows' is there "
                           "twice\n"
                           "2:13+1: note: the first is here\n");
}

static void test_settings__an_empty_group_is_fine(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(read_machine(&f, "name: x\narray:\nacc: {}\n", &m, &s),
                    0);
    close_fixture(&f);
    expect_machine_refused("- a\n", "1:1+1: error: 'the file' is a list, "
                                    "must be a mapping\n");
}

static void test_override__counts_more_than_the_file(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "array.rows=4", &f.d), 0);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "array.rows=5", &f.d), 0);
    CU_ASSERT_EQUAL(
        override_parse(&f.overrides, "acc={widths: [1,2]}", &f.d), 0);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "name=a=b", &f.d), 0);
    CU_ASSERT_EQUAL(read_machine(&f, "array: {rows: 3}\n", &m, &s), 0);
    CU_ASSERT_EQUAL(override_report_unused(&f.overrides, &f.d), 0);
    expect_messages(&f.d, "");
    CU_ASSERT_EQUAL(m.rows, 5);
    CU_ASSERT_EQUAL(m.width_count, 2);
    CU_ASSERT_STRING_EQUAL(m.name, "a=b");
    CU_ASSERT_STRING_EQUAL(settings_place(&s, "array.rows").file, "--set");
    close_fixture(&f);
}

static void test_override__errors_show_the_argument(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    char *text = NULL;
    size_t length = 0;
    open_fixture(&f);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "name=x", &f.d), 0);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "array.rows=999", &f.d), 0);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "array.row=9", &f.d), 0);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "rows", &f.d), -1);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "=3", &f.d), -1);
    CU_ASSERT_EQUAL(override_parse(&f.overrides, "any=[1", &f.d), -1);
    CU_ASSERT_EQUAL(read_machine(&f, "name: y\n", &m, &s), -1);
    CU_ASSERT_EQUAL(override_report_unused(&f.overrides, &f.d), -1);
    FILE *out = open_memstream(&text, &length);
    diag_print(&f.d, out);
    fclose(out);
    CU_ASSERT_STRING_EQUAL(
        text, "--set:4:1: error: 'rows' must be key=value\n"
              "    4 | rows\n"
              "      | ^~~~\n"
              "--set:5:1: error: '=3' must be key=value\n"
              "    5 | =3\n"
              "      | ^\n"
              "--set:6:7: error: expected ',' or ']'\n"
              "    6 | any=[1\n"
              "      |       ^\n"
              "--set:2:12: error: 'array.rows' is 999, must be 1 to 128\n"
              "    2 | array.rows=999\n"
              "      |            ^~~\n"
              "--set:3:1: error: unknown key 'array.row' (did you mean "
              "'array.rows'?)\n"
              "    3 | array.row=9\n"
              "      | ^~~~~~~~~\n");
    free(text);
    close_fixture(&f);
}

struct layer {
    const char *name;
    int bits;
};

static const struct setting layer_settings[] = {
    {.key = "name", .type = SETTING_STRING,
     .offset = offsetof(struct layer, name), .help = "name"},
    {.key = "bits", .type = SETTING_INT, .offset = offsetof(struct layer, bits),
     .min = 2, .max = 16, .fallback = "8", .help = "bits"},
    {.key = NULL},
};

static void test_override__reaches_into_lists(void)
{
    struct fixture f;
    struct machine m;
    struct settings s, item;
    struct layer layer[2];
    open_fixture(&f);
    override_parse(&f.overrides, "layers.conv1.bits=4", &f.d);
    override_parse(&f.overrides, "layers.conv2.bit=4", &f.d);
    override_parse(&f.overrides, "layers.conv2.bits=1", &f.d);
    CU_ASSERT_EQUAL(
        read_machine(&f,
                     "name: x\n"
                     "layers:\n"
                     "  - {name: conv1, bits: 6}\n"
                     "  - {name: conv2, bitz: 6}\n",
                     &m, &s),
        0);
    settings_init(&item, layer_settings, &f.overrides, "layers.conv1");
    CU_ASSERT_EQUAL(settings_read(&item, m.layers->values[0], &layer[0],
                                  &f.arena, &f.d),
                    0);
    CU_ASSERT_EQUAL(layer[0].bits, 4);
    settings_init(&item, layer_settings, &f.overrides, "layers.conv2");
    CU_ASSERT_EQUAL(settings_read(&item, m.layers->values[1], &layer[1],
                                  &f.arena, &f.d),
                    -1);
    override_report_unused(&f.overrides, &f.d);
    expect_messages(&f.d,
                    "4:19+4: error: unknown key 'layers.conv2.bitz' (did you "
                    "mean 'layers.conv2.bits'?)\n"
                    "3:19+1: error: 'layers.conv2.bits' is 1, must be 2 to "
                    "16\n"
                    "2:1+16: error: unknown key 'layers.conv2.bit' (did you "
                    "mean 'layers.conv2.bits'?)\n");
    close_fixture(&f);
}

static void test_settings__defaults_alone_need_no_file(void)
{
    struct fixture f;
    struct machine m;
    struct settings s;
    open_fixture(&f);
    settings_init(&s, machine_settings, NULL, NULL);
    CU_ASSERT_EQUAL(settings_read(&s, NULL, &m, &f.arena, &f.d), -1);
    expect_messages(&f.d, "0:0+0: error: 'name' is missing, must be a text "
                          "of 1 to 8 bytes\n");
    CU_ASSERT_EQUAL(m.rows, 16);
    close_fixture(&f);
}

static void test_settings__prints_help_and_markdown(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    settings_print_help(machine_settings, out);
    settings_print_markdown(machine_settings, "Machine", out);
    fclose(out);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "  array.rows: an integer, 1 to 128; default 16\n      rows\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "  name: a text of 1 to 8 bytes; required\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "## Machine\n\n| key | value |"));
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "| `acc.widths` | a list of 1 to 3 integers, each -4 to 48 | "
              "none | bits | widths |\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "kernel \\| size"));
    free(text);
}

void suite_config(void)
{
    CU_pSuite s = CU_add_suite("config", NULL, NULL);
    CU_ADD_TEST(s, test_yaml__every_node_knows_its_place);
    CU_ADD_TEST(s, test_yaml__a_byte_order_mark_is_no_character);
    CU_ADD_TEST(s, test_yaml__duplicate_key_is_an_error);
    CU_ADD_TEST(s, test_yaml__refuses_what_surprises);
    CU_ADD_TEST(s, test_yaml__refuses_bad_characters);
    CU_ADD_TEST(s, test_yaml__says_where_the_syntax_is_wrong);
    CU_ADD_TEST(s, test_yaml__an_empty_file_is_an_error);
    CU_ADD_TEST(s, test_yaml__nesting_is_bounded);
    CU_ADD_TEST(s, test_yaml__a_missing_file_is_one_error);
    CU_ADD_TEST(s, test_yaml__an_exhausted_arena_is_one_error);
    CU_ADD_TEST(s, test_settings__defaults_fill_what_is_absent);
    CU_ADD_TEST(s, test_settings__reads_each_type);
    CU_ADD_TEST(s, test_settings__a_path_is_relative_to_its_file);
    CU_ADD_TEST(s, test_settings__finds_all_errors_at_once);
    CU_ADD_TEST(s, test_settings__refuses_wrong_values);
    CU_ADD_TEST(s, test_settings__a_wrong_value_leaves_the_default);
    CU_ADD_TEST(s, test_settings__a_dotted_key_is_the_same_key);
    CU_ADD_TEST(s, test_settings__an_empty_group_is_fine);
    CU_ADD_TEST(s, test_settings__defaults_alone_need_no_file);
    CU_ADD_TEST(s, test_settings__prints_help_and_markdown);
    CU_ADD_TEST(s, test_override__counts_more_than_the_file);
    CU_ADD_TEST(s, test_override__errors_show_the_argument);
    CU_ADD_TEST(s, test_override__reaches_into_lists);
}
