/*
 * diag.c - messages are kept as text; source lines are looked up when printed.
 *
 * Everything that comes from outside is made printable: message texts when they
 * are stored, file names and source lines when they are shown. No byte of an
 * input can reach the terminal as a control character.
 */
#include "sim/base/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/base/text.h"

enum {
    TAB_STOP = 8,
    MAX_TEXT = 1000,     /* bytes of a message; longer ones are cut */
    SHOWN_COLUMNS = 110, /* of a source line; longer ones are cut */
    CONTEXT_BEFORE = 60  /* columns kept in front of the caret */
};

/* A file that places refer to: its name always, its text when registered. */
struct diag_source {
    struct diag_source *next;
    char *file;
    char *text;
    size_t length;
};

static char no_memory_text[] = "out of memory";

void diag_init(struct diag *d)
{
    *d = (struct diag) {0};
}

void diag_release(struct diag *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->messages[i].text != no_memory_text)
            free(d->messages[i].text);
    }
    free(d->messages);

    struct diag_source *source = d->sources;
    while (source != NULL) {
        struct diag_source *next = source->next;
        free(source->file);
        free(source->text);
        free(source);
        source = next;
    }
    *d = (struct diag) {0};
}

static struct diag_source *find_source(const struct diag *d, const char *file)
{
    struct diag_source *source = d->sources;
    while (source != NULL && strcmp(source->file, file) != 0)
        source = source->next;
    return source;
}

/* The source of that name, made without text if new. NULL without memory. */
static struct diag_source *intern_source(struct diag *d, const char *file)
{
    struct diag_source *source = find_source(d, file);
    if (source != NULL)
        return source;

    source = calloc(1, sizeof *source);
    if (source == NULL)
        return NULL;
    source->file = strdup(file);
    if (source->file == NULL) {
        free(source);
        return NULL;
    }
    source->next = d->sources;
    d->sources = source;
    return source;
}

void diag_add_source(struct diag *d, const char *file, const char *text,
                     size_t length)
{
    struct diag_source *source = intern_source(d, file);
    if (source == NULL)
        return;
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        if (length > 0)
            memcpy(copy, text, length);
        copy[length] = '\0';
    }
    free(source->text);
    source->text = copy;
    source->length = copy != NULL ? length : 0;
}

struct place place_of_file(const char *file)
{
    return (struct place) {file, 0, 0, 0};
}

/*
 * Add one character as a terminal may see it. Returns the columns it takes;
 * `column` is where it stands, for tabs.
 */
static int add_printable(struct strbuf *b, const char *text, size_t bytes,
                         uint32_t code, int column)
{
    if (code == '\t') {
        const int width = TAB_STOP - column % TAB_STOP;
        for (int i = 0; i < width; i++)
            strbuf_add_char(b, ' ');
        return width;
    }
    const bool bad_byte = bytes == 1 && (unsigned char) text[0] >= 0x80;
    if (bad_byte || text_is_control(code)) {
        char hex[16];
        const unsigned shown = bad_byte ? (unsigned char) text[0] : code;
        const char *form = shown < 0x100 ? "\\x%02x" : "\\u%04x";
        const int width = snprintf(hex, sizeof hex, form, shown);
        strbuf_add(b, hex);
        return width;
    }
    strbuf_add_bytes(b, text, bytes);
    return text_width(code);
}

static void add_safe(struct strbuf *b, const char *text)
{
    const size_t length = strlen(text);
    size_t at = 0;
    while (at < length) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(text + at, length - at, &code);
        if (at > MAX_TEXT) {
            strbuf_add(b, "...");
            return;
        }
        if (code == '\n')
            strbuf_add(b, "\\n");
        else if (code == '\t')
            strbuf_add(b, "\\t");
        else
            (void) add_printable(b, text + at, bytes, code, 0);
        at += bytes;
    }
}

__attribute__((format(printf, 1, 0)))
static char *format_text(const char *format, va_list args)
{
    char *text = no_memory_text;
    char *raw = NULL;
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        goto done;
    raw = malloc((size_t) length + 1);
    if (raw == NULL)
        goto done;
    vsnprintf(raw, (size_t) length + 1, format, again);

    struct strbuf safe;
    strbuf_init(&safe);
    add_safe(&safe, raw);
    char *made = strbuf_detach(&safe);
    if (made != NULL)
        text = made;
done:
    va_end(again);
    free(raw);
    return text;
}

/* Room for one more message; false without memory. */
static bool reserve_message(struct diag *d)
{
    if (d->count < d->capacity)
        return true;
    const size_t capacity = d->capacity == 0 ? 16 : 2 * d->capacity;
    struct diag_message *grown =
        realloc(d->messages, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    d->messages = grown;
    d->capacity = capacity;
    return true;
}

__attribute__((format(printf, 4, 0)))
static void add_message(struct diag *d, enum diag_level level,
                        struct place place, const char *format, va_list args)
{
    if (!reserve_message(d)) {
        d->last_hidden = true;
        d->hidden += level != DIAG_NOTE;
        return;
    }
    if (place.file != NULL) {
        const struct diag_source *source = intern_source(d, place.file);
        place.file = source != NULL ? source->file : NULL;
    }
    d->messages[d->count++] = (struct diag_message) {
        .level = level,
        .place = place,
        .text = format_text(format, args),
    };
    d->last_hidden = false;
}

int diag_error(struct diag *d, struct place place, const char *format, ...)
{
    d->errors++;
    if (d->errors > DIAG_MAX_ERRORS) {
        d->hidden++;
        d->last_hidden = true;
        return -1;
    }
    va_list args;
    va_start(args, format);
    add_message(d, DIAG_ERROR, place, format, args);
    va_end(args);
    return -1;
}

void diag_warn(struct diag *d, struct place place, const char *format, ...)
{
    d->warnings++;
    if (d->warnings > DIAG_MAX_ERRORS) {
        d->hidden++;
        d->last_hidden = true;
        return;
    }
    va_list args;
    va_start(args, format);
    add_message(d, DIAG_WARNING, place, format, args);
    va_end(args);
}

void diag_note(struct diag *d, struct place place, const char *format, ...)
{
    if (d->last_hidden)
        return;
    va_list args;
    va_start(args, format);
    add_message(d, DIAG_NOTE, place, format, args);
    va_end(args);
}

int diag_error_count(const struct diag *d)
{
    return d->errors;
}

/*
 * The bytes of a line break at text[at], 0 when there is none. libyaml counts
 * lines by all of these, and its lines are the ones that places hold.
 */
static size_t break_bytes(const char *text, size_t length, size_t at)
{
    const char c = text[at];
    if (c == '\n')
        return 1;
    if (c == '\r')
        return at + 1 < length && text[at + 1] == '\n' ? 2 : 1;
    if (length - at >= 2 && memcmp(text + at, "\xc2\x85", 2) == 0)
        return 2;
    if (length - at >= 3 && (memcmp(text + at, "\xe2\x80\xa8", 3) == 0 ||
                             memcmp(text + at, "\xe2\x80\xa9", 3) == 0))
        return 3;
    return 0;
}

/* Line number `line` (from 1) without its break; NULL past the end. */
static const char *find_line(const struct diag_source *source, int line,
                             size_t *length)
{
    const char *text = source->text;
    size_t start = 0;
    size_t at = 0;
    for (int number = 1;; number++) {
        size_t skip = 0;
        while (at < source->length) {
            skip = break_bytes(text, source->length, at);
            if (skip > 0)
                break;
            at++;
        }
        if (number == line) {
            *length = at - start;
            return text + start;
        }
        if (at >= source->length)
            return NULL;
        at += skip;
        start = at;
    }
}

/* A source line as shown, and where in it the underline goes. */
struct excerpt {
    struct strbuf text;
    int caret; /* columns in front of the caret */
    int underline;
};

/* Columns of the terminal in front of character `column`, counted from 1. */
static int measure_caret(const char *line, size_t length, int column)
{
    struct strbuf scratch;
    strbuf_init(&scratch);
    int at = 0;
    for (size_t i = 0; i < length && column > 1; column--) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(line + i, length - i, &code);
        strbuf_clear(&scratch);
        at += add_printable(&scratch, line + i, bytes, code, at);
        i += bytes;
    }
    strbuf_release(&scratch);
    return at;
}

/* Invariant: the caret is inside the part that is shown. */
static void cut_excerpt(struct excerpt *e, const char *line, size_t length,
                        const struct place *place)
{
    const int caret = measure_caret(line, length, place->column);
    const int first =
        caret + 10 < SHOWN_COLUMNS ? 0 : caret - CONTEXT_BEFORE;
    const int last = first + SHOWN_COLUMNS;
    int at = 0;
    int character = 1;
    int shown = 0;

    strbuf_init(&e->text);
    e->caret = caret - first;
    e->underline = 0;
    if (first > 0) {
        strbuf_add(&e->text, "...");
        shown = 3;
    }
    struct strbuf one;
    strbuf_init(&one);
    for (size_t i = 0; i < length; character++) {
        uint32_t code;
        const size_t bytes = text_decode_utf8(line + i, length - i, &code);
        strbuf_clear(&one);
        const int width = add_printable(&one, line + i, bytes, code, at);
        i += bytes;
        if (at + width > last) {
            strbuf_add(&e->text, "...");
            break;
        }
        if (at >= first + shown) {
            /* A wide character or tab over the cut leaves a gap. */
            for (; first + shown < at; shown++)
                strbuf_add_char(&e->text, ' ');
            strbuf_add(&e->text, one.text);
            shown += width;
        }
        if (place->column <= character &&
            character - place->column < place->length)
            e->underline += width;
        at += width;
    }
    strbuf_release(&one);
}

static void print_repeated(FILE *out, char c, int count)
{
    for (int i = 0; i < count; i++)
        fputc(c, out);
}

static void print_excerpt(const struct diag *d, const struct place *place,
                          FILE *out)
{
    const struct diag_source *source = find_source(d, place->file);
    if (source == NULL || source->text == NULL)
        return;
    size_t length;
    const char *line = find_line(source, place->line, &length);
    if (line == NULL)
        return;

    struct excerpt e;
    cut_excerpt(&e, line, length, place);
    if (!e.text.failed) {
        const int gutter = fprintf(out, "%5d ", place->line);
        fprintf(out, "| %s\n", e.text.text);
        print_repeated(out, ' ', gutter);
        fputs("| ", out);
        print_repeated(out, ' ', e.caret);
        fputc('^', out);
        print_repeated(out, '~', e.underline - 1);
        fputc('\n', out);
    }
    strbuf_release(&e.text);
}

static void print_message(const struct diag *d, const struct diag_message *m,
                          FILE *out)
{
    static const char *const level_names[] = {"error", "warning", "note"};

    if (m->place.file != NULL) {
        struct strbuf file;
        strbuf_init(&file);
        add_safe(&file, m->place.file);
        fputs(file.text, out);
        strbuf_release(&file);
        if (m->place.line > 0)
            fprintf(out, ":%d:%d", m->place.line, m->place.column);
        fputs(": ", out);
    }
    fprintf(out, "%s: %s\n", level_names[m->level], m->text);
    if (m->place.file != NULL && m->place.line > 0)
        print_excerpt(d, &m->place, out);
}

void diag_print(const struct diag *d, FILE *out)
{
    for (size_t i = 0; i < d->count; i++)
        print_message(d, &d->messages[i], out);
    if (d->hidden > 0)
        fprintf(out, "note: %d more not shown\n", d->hidden);
}
