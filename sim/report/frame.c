#include "sim/report/frame.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void frame_init(struct frame *f)
{
    *f = (struct frame) { .column = NULL };
}

void frame_release(struct frame *f)
{
    for (size_t i = 0; i < f->columns; i++) {
        struct frame_column *c = &f->column[i];

        for (size_t n = 0; n < c->words; n++)
            free(c->word[n]);
        free(c->word);
        free(c->slot);
        free(c->number);
        free(c->code);
        free(c->document);
        free(c->name);
    }
    free(f->column);
    frame_init(f);
}

int frame_find(const struct frame *f, const char *name)
{
    for (size_t i = 0; i < f->columns; i++)
        if (!strcmp(f->column[i].name, name))
            return (int) i;
    return FRAME_NONE;
}

static void *grow(struct frame *f, void *memory, size_t count, size_t each)
{
    void *more = realloc(memory, (count ? count : 1) * each);

    f->failed = f->failed || !more;
    return more;
}

/* Room for `room` rows in one column; those from `from` on are unknown. */
static bool grow_column(struct frame *f, struct frame_column *c, size_t from,
                        size_t room)
{
    double *number = grow(f, c->number, room, sizeof(*number));

    if (!number)
        return false;
    c->number = number;
    int32_t *code = grow(f, c->code, room, sizeof(*code));

    if (!code)
        return false;
    c->code = code;
    for (size_t i = from; i < room; i++) {
        c->number[i] = NAN;
        c->code[i] = -1;
    }
    return true;
}

int frame_add_column(struct frame *f, const char *name, enum frame_role role)
{
    if (f->columns == f->column_room) {
        const size_t room = 2 * f->column_room + 16;
        struct frame_column *more = grow(f, f->column, room, sizeof(*more));

        if (!more)
            return 0;
        f->column = more;
        f->column_room = room;
    }
    struct frame_column *c = &f->column[f->columns];

    *c = (struct frame_column) { .role = role, .name = strdup(name) };
    f->columns++;
    f->failed = f->failed || !c->name;
    grow_column(f, c, 0, f->row_room);
    return f->failed ? 0 : (int) f->columns - 1;
}

size_t frame_add_row(struct frame *f)
{
    if (f->rows == f->row_room) {
        const size_t room = 2 * f->row_room + 64;

        for (size_t i = 0; i < f->columns; i++)
            if (!grow_column(f, &f->column[i], f->row_room, room))
                return 0;
        f->row_room = room;
    }
    return f->failed ? 0 : f->rows++;
}

/* ----------------------------------------------------------------- words */

static size_t hash(const char *text)
{
    uint64_t h = 1469598103934665603u;      /* FNV-1a */

    for (; *text; text++)
        h = (h ^ (unsigned char) *text) * 1099511628211u;
    return (size_t) h;
}

/* The slot of a word, or the free one where it belongs. */
static size_t find_slot(const struct frame_column *c, const char *text)
{
    size_t i = hash(text) & (c->slots - 1);

    while (c->slot[i] && strcmp(c->word[c->slot[i] - 1], text))
        i = (i + 1) & (c->slots - 1);
    return i;
}

/* At most half of the slots are taken. */
static bool make_room(struct frame *f, struct frame_column *c)
{
    if (2 * (c->words + 1) <= c->slots)
        return true;
    const size_t slots = c->slots ? 2 * c->slots : 32;
    char **word = grow(f, c->word, slots, sizeof(*word));
    size_t *slot = calloc(slots, sizeof(*slot));

    if (word)
        c->word = word;
    if (!word || !slot) {
        f->failed = true;
        free(slot);
        return false;
    }
    free(c->slot);
    c->slot = slot;
    c->slots = slots;
    for (size_t n = 0; n < c->words; n++)
        c->slot[find_slot(c, c->word[n])] = n + 1;
    return true;
}

static void set_word(struct frame *f, struct frame_column *c, size_t row,
                     const char *text)
{
    if (!make_room(f, c))
        return;
    const size_t at = find_slot(c, text);

    if (!c->slot[at]) {
        if (!(c->word[c->words] = strdup(text))) {
            f->failed = true;
            return;
        }
        c->slot[at] = ++c->words;
    }
    c->code[row] = (int32_t) (c->slot[at] - 1);
}

static void number_word(struct frame *f, struct frame_column *c, size_t row)
{
    char text[32];

    if (isnan(c->number[row]))
        return;
    snprintf(text, sizeof(text), "%.15g", c->number[row]);
    set_word(f, c, row, text);
}

/* ----------------------------------------------------------------- cells */

void frame_set_number(struct frame *f, size_t row, int column, double value)
{
    if (f->failed)
        return;
    assert(row < f->rows && column >= 0 && (size_t) column < f->columns);
    struct frame_column *c = &f->column[column];

    c->number[row] = value;
    if (c->is_text)
        number_word(f, c, row);
}

void frame_set_text(struct frame *f, size_t row, int column, const char *text)
{
    if (f->failed || !text)
        return;
    assert(row < f->rows && column >= 0 && (size_t) column < f->columns);
    struct frame_column *c = &f->column[column];

    if (!c->is_text) {
        c->is_text = true;
        for (size_t i = 0; i < f->rows; i++)
            number_word(f, c, i);
    }
    set_word(f, c, row, text);
}

double frame_number(const struct frame *f, size_t row, int column)
{
    const struct frame_column *c = &f->column[column];

    if (!c->is_text)
        return c->number[row];
    return c->code[row] < 0 ? (double) NAN : (double) c->code[row];
}

bool frame_is_known(const struct frame *f, int column)
{
    for (size_t i = 0; i < f->rows; i++)
        if (!isnan(frame_number(f, i, column)))
            return true;
    return false;
}
