/*
 * frame.h - rows and named columns of numbers or words: points, or layers.
 *
 * A column holds numbers until a word comes, then words; numbers that came
 * before are words from then on. A cell that was never set is unknown: NaN, or
 * the code -1. Words are kept once per column.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_role { FRAME_AXIS, FRAME_RESULT };
enum frame_goal { FRAME_NO_GOAL, FRAME_MIN, FRAME_MAX };

struct frame_column {
    char *name;
    enum frame_role role;
    enum frame_goal goal;         /* what is better, where that is known */
    const char *unit, *help;      /* static, or NULL */
    char *document;               /* file that an axis belongs to, or NULL */
    bool is_fixed;                /* an axis of one value, for all points */
    bool is_text;
    double *number;               /* [row]; of numbers */
    int32_t *code;                /* [row]; of words: index, -1 unknown */
    char **word;
    size_t words;
    size_t *slot;                 /* hash of words: index + 1; 0: free */
    size_t slots;                 /* a power of two */
};

struct frame {
    struct frame_column *column;
    size_t columns, column_room;
    size_t rows, row_room;
    bool failed;                  /* out of memory, sticky */
};

enum { FRAME_NONE = -1 };

void frame_init(struct frame *f);
void frame_release(struct frame *f);

/* The column's index, or FRAME_NONE. */
int frame_find(const struct frame *f, const char *name);

/* A new column; the index, 0 when out of memory. Copies the name. */
int frame_add_column(struct frame *f, const char *name, enum frame_role role);

/* A new row with nothing known; its index. */
size_t frame_add_row(struct frame *f);

/* Set a cell. A NaN is unknown; so is a NULL. */
void frame_set_number(struct frame *f, size_t row, int column, double value);
void frame_set_text(struct frame *f, size_t row, int column, const char *text);

/* The cell as a number: of words their codes, NaN when unknown. */
double frame_number(const struct frame *f, size_t row, int column);

/* Known in any row? */
bool frame_is_known(const struct frame *f, int column);

#endif
