/* settings_print.c - the table for people: --help and docs/config.md. */
#include "sim/config/settings.h"

#include <string.h>

static bool is_optional(const struct setting *s)
{
    return s->fallback != NULL && strcmp(s->fallback, "null") == 0;
}

void settings_print_help(const struct setting *table, FILE *out)
{
    for (const struct setting *s = table; s->key != NULL; s++) {
        struct strbuf expected;
        strbuf_init(&expected);
        settings_format_expected(s, &expected);
        fprintf(out, "  %s: %s", s->key, expected.text);
        if (s->unit != NULL)
            fprintf(out, " [%s]", s->unit);
        if (s->fallback == NULL)
            fputs("; required", out);
        else if (is_optional(s))
            fputs("; optional", out);
        else
            fprintf(out, "; default %s", s->fallback);
        fprintf(out, "\n      %s\n", s->help);
        strbuf_release(&expected);
    }
}

/* Bars would end the cell. */
static void print_cell(const char *text, FILE *out)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|')
            fputc('\\', out);
        fputc(*c, out);
    }
}

void settings_print_markdown(const struct setting *table, const char *title,
                             FILE *out)
{
    fprintf(out, "## %s\n\n", title);
    fputs("| key | value | default | unit | meaning |\n", out);
    fputs("|---|---|---|---|---|\n", out);
    for (const struct setting *s = table; s->key != NULL; s++) {
        struct strbuf expected;
        strbuf_init(&expected);
        settings_format_expected(s, &expected);
        fprintf(out, "| `%s` | ", s->key);
        print_cell(expected.text, out);
        if (s->fallback == NULL)
            fputs(" | required | ", out);
        else if (is_optional(s))
            fputs(" | none | ", out);
        else
            fprintf(out, " | `%s` | ", s->fallback);
        print_cell(s->unit != NULL ? s->unit : "", out);
        fputs(" | ", out);
        print_cell(s->help, out);
        fputs(" |\n", out);
        strbuf_release(&expected);
    }
    fputc('\n', out);
}
