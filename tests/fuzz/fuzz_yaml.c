/*
 * fuzz_yaml.c - any bytes as a YAML file and as a --set argument.
 *
 * A refused text has an error; an accepted one has none, and every node's place
 * is inside the text. Messages are printed, to exercise the excerpts.
 */
#include <stdbool.h>
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
    int i;
    int64_t big;
    double x;
    bool b;
    int choice;
    int pair[2];
    const int *list;
    int list_count;
    const char *text;
    const char *path;
    const struct yaml_node *node;
};

static const char *const choices[] = {"wrap", "saturate", NULL};

#define FIELD(f) .offset = offsetof(struct target, f)

static const struct setting table[] = {
    {.key = "a.i", .type = SETTING_INT, FIELD(i), .min = -3, .max = 9},
    {.key = "a.big", .type = SETTING_INT64, FIELD(big), .fallback = "0"},
    {.key = "x", .type = SETTING_DOUBLE, FIELD(x), .fallback = "0"},
    {.key = "b", .type = SETTING_BOOL, FIELD(b), .fallback = "true"},
    {.key = "c", .type = SETTING_ENUM, FIELD(choice), .choices = choices,
     .fallback = "wrap"},
    {.key = "p", .type = SETTING_INT_PAIR, FIELD(pair), .fallback = "1"},
    {.key = "l", .type = SETTING_INT_LIST, FIELD(list),
     .count_offset = offsetof(struct target, list_count),
     .fallback = "null"},
    {.key = "t", .type = SETTING_STRING, FIELD(text), .fallback = "null"},
    {.key = "f", .type = SETTING_PATH, FIELD(path), .fallback = "null"},
    {.key = "n", .type = SETTING_NODE, FIELD(node), .fallback = "null"},
    {.key = NULL},
};

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_node(const struct yaml_node *node, int depth)
{
    require(depth <= YAML_MAX_DEPTH);
    require(node->place.line >= 1 && node->place.column >= 1);
    require(node->place.length >= 1);
    require((node->kind == YAML_SCALAR) == (node->text != NULL));
    for (size_t i = 0; i < node->count; i++) {
        check_node(node->values[i], depth + 1);
        if (node->kind == YAML_MAPPING)
            require(node->keys[i]->text[0] != '\0');
    }
}

static void print_away(const struct diag *d)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    require(out != NULL);
    diag_print(d, out);
    fclose(out);
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char) text[i];
        require(c == '\n' || (c >= 0x20 && c != 0x7f));
    }
    free(text);
}

static void read_file(const char *text, size_t size,
                      struct override_list *overrides)
{
    struct arena arena;
    struct diag d;
    struct settings s;
    struct target out;
    arena_init(&arena, 64 << 20);
    diag_init(&d);
    const struct yaml_node *root =
        yaml_read_text("fuzz.yaml", text, size, &arena, &d);
    require((root != NULL) == (diag_error_count(&d) == 0));
    if (root != NULL) {
        check_node(root, 0);
        settings_init(&s, table, overrides, NULL);
        const int result = settings_read(&s, root, &out, &arena, &d);
        require((result == 0) == (diag_error_count(&d) == 0));
        if (result == 0)
            require(-3 <= out.i && out.i <= 9);
    }
    print_away(&d);
    diag_release(&d);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct override_list overrides;
    struct diag d;
    require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';

    read_file(text, size, NULL);
    override_init(&overrides);
    diag_init(&d);
    const int result = override_parse(&overrides, text, &d);
    require((result == 0) == (diag_error_count(&d) == 0));
    if (result == 0) {
        static const char file[] = "a: {i: 3}\n";
        read_file(file, strlen(file), &overrides);
        override_report_unused(&overrides, &d);
    }
    print_away(&d);
    override_release(&overrides);
    diag_release(&d);
    free(text);
    return 0;
}
