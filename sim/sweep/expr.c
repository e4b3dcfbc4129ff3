/* expr.c - a recursive descent parser; the tree is evaluated as it stands. */
#include "sim/sweep/expr.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXPR_MAX_DEPTH = 64, EXPR_MAX_NAME = 200 };

enum op {
    OP_NUMBER, OP_WORD, OP_KEY, OP_NEGATE, OP_NOT, OP_OR, OP_AND, OP_EQ, OP_NE,
    OP_LE, OP_GE, OP_LT, OP_GT, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD
};

struct expr {
    enum op op;
    double number;
    const char *word;
    int key;
    const struct expr *a, *b;
};

struct reader {
    const char *text;
    size_t at;
    struct place place;
    expr_lookup *lookup;
    void *context;
    struct arena *arena;
    struct diag *diag;
    int depth;
    bool failed;
};

/* -------------------------------------------------------------- the text */

static struct place here(const struct reader *r, size_t at, int length)
{
    struct place p = r->place;

    p.column += (int) at;
    p.length = length;
    return p;
}

static struct expr *fail(struct reader *r, const char *want)
{
    const char *rest = r->text + r->at;

    if (!r->failed)
        diag_error(r->diag, here(r, r->at, 1), "%s%.20s%s, must be %s",
                   *rest ? "'" : "the constraint ends here",
                   *rest ? rest : "", *rest ? "' is no part of a constraint "
                   "here" : "", want);
    r->failed = true;
    return NULL;
}

static void skip_space(struct reader *r)
{
    while (isspace((unsigned char) r->text[r->at]))
        r->at++;
}

static bool is_name(int c)
{
    return isalnum(c) || c == '_' || c == '.';
}

static bool take_symbol(struct reader *r, const char *symbol)
{
    const size_t length = strlen(symbol);

    skip_space(r);
    if (strncmp(r->text + r->at, symbol, length))
        return false;
    if (isalpha((unsigned char) symbol[0])
        && is_name((unsigned char) r->text[r->at + length]))
        return false;
    r->at += length;
    return true;
}

/* ------------------------------------------------------------ the grammar */

static struct expr *node(struct reader *r, enum op op, const struct expr *a,
                         const struct expr *b)
{
    struct expr *e = arena_alloc(r->arena, sizeof(*e));

    if (!e) {
        if (!r->failed)
            diag_error(r->diag, r->place, "out of memory");
        r->failed = true;
        return NULL;
    }
    e->op = op;
    e->a = a;
    e->b = b;
    return e;
}

static struct expr *read_or(struct reader *r);

static struct expr *read_name(struct reader *r)
{
    const size_t start = r->at;
    struct expr *e;

    while (is_name((unsigned char) r->text[r->at]))
        r->at++;
    const size_t length = r->at - start;
    char *name = arena_strndup(r->arena, r->text + start, length);

    if (!name || length > EXPR_MAX_NAME)
        return fail(r, "a shorter name");
    e = node(r, OP_WORD, NULL, NULL);
    if (!e)
        return NULL;
    e->key = r->lookup(r->context, name, here(r, start, (int) length));
    e->word = name;
    if (!strcmp(name, "true") || !strcmp(name, "false")) {
        e->op = OP_NUMBER;
        e->number = name[0] == 't';
    } else if (e->key >= 0) {
        e->op = OP_KEY;
    } else if (e->key < -1) {
        r->failed = true;
        return NULL;
    }
    return e;
}

static struct expr *read_text(struct reader *r)
{
    const char quote = r->text[r->at];
    const char *end = strchr(r->text + r->at + 1, quote);
    struct expr *e;

    if (!end)
        return fail(r, "a text that ends in its quote");
    e = node(r, OP_WORD, NULL, NULL);
    if (!e)
        return NULL;
    e->word = arena_strndup(r->arena, r->text + r->at + 1,
                            (size_t) (end - r->text) - r->at - 1);
    r->at = (size_t) (end - r->text) + 1;
    return e->word ? e : NULL;
}

static struct expr *read_number(struct reader *r)
{
    char *end;
    const double value = strtod(r->text + r->at, &end);
    struct expr *e;

    if (end == r->text + r->at || !isfinite(value)
        || is_name((unsigned char) *end))
        return fail(r, "a number");
    e = node(r, OP_NUMBER, NULL, NULL);
    if (e)
        e->number = value;
    r->at = (size_t) (end - r->text);
    return e;
}

static struct expr *read_atom(struct reader *r)
{
    struct expr *e;

    skip_space(r);
    const unsigned char c = (unsigned char) r->text[r->at];

    if (++r->depth > EXPR_MAX_DEPTH)
        return fail(r, "nested less deeply");
    if (take_symbol(r, "(")) {
        e = read_or(r);
        if (e && !take_symbol(r, ")"))
            e = fail(r, "')'");
    } else if (take_symbol(r, "-")) {
        e = read_atom(r);
        e = e ? node(r, OP_NEGATE, e, NULL) : NULL;
    } else if (c == '"' || c == '\'') {
        e = read_text(r);
    } else if (isdigit(c) || c == '.') {
        e = read_number(r);
    } else if (isalpha(c) || c == '_') {
        e = read_name(r);
    } else {
        e = fail(r, "a number, a key, a word or '('");
    }
    r->depth--;
    return e;
}

/* Operators of one level, tied from the left. */
struct level {
    const char *symbol[6];
    enum op op[6];
    bool once;                    /* a < b < c is no constraint */
};

static const struct level levels[] = {
    { { "or" }, { OP_OR }, false },
    { { "and" }, { OP_AND }, false },
    { { "==", "!=", "<=", ">=", "<", ">" },
      { OP_EQ, OP_NE, OP_LE, OP_GE, OP_LT, OP_GT }, true },
    { { "+", "-" }, { OP_ADD, OP_SUB }, false },
    { { "*", "/", "%" }, { OP_MUL, OP_DIV, OP_MOD }, false }
};

enum { LEVELS = sizeof(levels) / sizeof(*levels), LEVEL_COMPARE = 2 };

static struct expr *read_level(struct reader *r, int level)
{
    const struct level *l = &levels[level];
    struct expr *e;

    if (level == LEVELS)
        return read_atom(r);
    if (level == LEVEL_COMPARE && take_symbol(r, "not")) {
        if (++r->depth > EXPR_MAX_DEPTH)
            return fail(r, "nested less deeply");
        e = read_level(r, level);
        r->depth--;
        return e ? node(r, OP_NOT, e, NULL) : NULL;
    }
    e = read_level(r, level + 1);
    for (bool again = e != NULL; again;) {
        again = false;
        for (int i = 0; i < 6 && l->symbol[i] && !again; i++) {
            const struct expr *b;

            if (!take_symbol(r, l->symbol[i]))
                continue;
            b = read_level(r, level + 1);
            e = b ? node(r, l->op[i], e, b) : NULL;
            again = true;
        }
        again = again && e && !l->once;
    }
    return e;
}

static struct expr *read_or(struct reader *r)
{
    return read_level(r, 0);
}

static bool is_truth(const struct expr *e)
{
    return e->op == OP_KEY || (e->op >= OP_NOT && e->op <= OP_GT);
}

struct expr *expr_read(const char *text, struct place place,
                       expr_lookup *lookup, void *context,
                       struct arena *arena, struct diag *diag)
{
    struct reader r = { .text = text, .place = place, .lookup = lookup,
                        .context = context, .arena = arena, .diag = diag };
    struct expr *e = read_or(&r);

    skip_space(&r);
    if (e && r.text[r.at])
        e = fail(&r, "an operator");
    if (e && !is_truth(e)) {
        diag_error(diag, place, "'%s' says nothing that could fail, must be a "
                   "comparison such as a <= b", text);
        return NULL;
    }
    return e;
}

/* ------------------------------------------------------------- evaluation */

static struct expr_value number(double x)
{
    return (struct expr_value) { x, NULL };
}

static bool equal(struct expr_value a, struct expr_value b)
{
    if (a.text || b.text)
        return a.text && b.text && !strcmp(a.text, b.text);
    return a.number == b.number;
}

static double arithmetic(enum op op, double a, double b)
{
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return b == 0.0 ? NAN : a / b;
    case OP_MOD: return b == 0.0 ? NAN : fmod(a, b);
    case OP_LE: return a <= b;
    case OP_GE: return a >= b;
    case OP_LT: return a < b;
    case OP_GT: return a > b;
    default: return NAN;
    }
}

static struct expr_value value_of(const struct expr *e,
                                  const struct expr_value *key)
{
    struct expr_value a, b;

    switch (e->op) {
    case OP_NUMBER: return number(e->number);
    case OP_WORD: return (struct expr_value) { NAN, e->word };
    case OP_KEY: return key[e->key];
    case OP_NEGATE: return number(-value_of(e->a, key).number);
    case OP_NOT: return number(!(value_of(e->a, key).number > 0.0));
    case OP_OR: return number(value_of(e->a, key).number > 0.0
                              || value_of(e->b, key).number > 0.0);
    case OP_AND: return number(value_of(e->a, key).number > 0.0
                               && value_of(e->b, key).number > 0.0);
    default: break;
    }
    a = value_of(e->a, key);
    b = value_of(e->b, key);
    if (e->op == OP_EQ || e->op == OP_NE)
        return number(equal(a, b) == (e->op == OP_EQ));
    return number(arithmetic(e->op, a.text ? NAN : a.number,
                             b.text ? NAN : b.number));
}

bool expr_holds(const struct expr *e, const struct expr_value *value)
{
    return value_of(e, value).number > 0.0;
}
