#include "sim/base/json_place.h"

#include <string.h>

#include "sim/base/text.h"

struct cursor {
    const char *text;
    size_t length, at;
};

static char peek(const struct cursor *c)
{
    return c->at < c->length ? c->text[c->at] : '\0';
}

/* Blanks, and the punctuation between members. */
static void skip_between(struct cursor *c)
{
    while (c->at < c->length && strchr(" \t\r\n,:", c->text[c->at]))
        c->at++;
}

static void skip_string(struct cursor *c)
{
    for (c->at++; c->at < c->length && c->text[c->at] != '"'; c->at++)
        if (c->text[c->at] == '\\')
            c->at++;
    c->at++;
}

/* A string, number or word, or a bracket with all that is inside. */
static void skip_value(struct cursor *c)
{
    size_t depth = 0;

    do {
        const char first = peek(c);

        if (first == '"') {
            skip_string(c);
        } else if (first == '{' || first == '[') {
            depth++;
            c->at++;
        } else if (first == '}' || first == ']') {
            depth--;
            c->at++;
        } else {
            while (c->at < c->length && !strchr(" \t\r\n,:]}", peek(c)))
                c->at++;
        }
        if (depth > 0)
            skip_between(c);
    } while (depth > 0 && c->at < c->length);
    if (c->at > c->length)
        c->at = c->length;
}

/* To the member's value; false where there is none, and c where it was. */
static bool enter(struct cursor *c, const struct json_step *step)
{
    const size_t wanted = step->key ? strlen(step->key) : 0;
    const struct cursor before = *c;

    if (peek(c) != (step->key ? '{' : '['))
        return false;
    c->at++;
    for (size_t i = 0;; i++) {
        skip_between(c);
        if (c->at >= c->length || peek(c) == '}' || peek(c) == ']')
            break;
        if (step->key) {
            const size_t from = c->at + 1;

            skip_string(c);
            skip_between(c);
            if (c->at - from > wanted && c->text[from + wanted] == '"'
                && !memcmp(c->text + from, step->key, wanted))
                return true;
        } else if (i == step->index) {
            return true;
        }
        skip_value(c);
    }
    *c = before;
    return false;
}

struct place json_place(const char *file, const char *text, size_t length,
                        const struct json_step *step, size_t steps)
{
    struct cursor c = { text, length, 0 }, end;
    size_t line_at = 0;
    int line = 1;

    skip_between(&c);
    for (size_t i = 0; i < steps && enter(&c, &step[i]); i++)
        continue;
    end = c;
    if (peek(&c) == '{' || peek(&c) == '[')
        end.at++;
    else
        skip_value(&end);
    for (size_t i = 0; i < c.at; i++)
        if (text[i] == '\n') {
            line_at = i + 1;
            line++;
        }
    return (struct place) {
        file, line, (int) text_count_chars(text + line_at, c.at - line_at) + 1,
        (int) text_count_chars(text + c.at, end.at - c.at)
    };
}
