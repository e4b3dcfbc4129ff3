/*
 * expr.h - constraints of a sweep: small expressions over keys.
 *
 *     weight.bits <= activation.bits
 *     array.rows * array.cols <= 256 and array.dataflow != output_stationary
 *     not (accumulator.overflow == wrap) or accumulator.bits >= 20
 *
 *   or      a or b                 lowest
 *   and     a and b
 *   not     not a
 *   compare == != < <= > >=       == and != also of words
 *   sum     + -
 *   term    * / %                  / is exact, % as C's fmod
 *   atom    number, key, word, "text", -atom, ( ... )
 *
 * A name with a value (expr_lookup) is a key, any other name a word. Numbers
 * are doubles; true and false count 1 and 0.
 */
#ifndef EXPR_H
#define EXPR_H

#include <stdbool.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"

/* A number, or (text not NULL) a word. */
struct expr_value {
    double number;
    const char *text;
};

/*
 * What a name stands for: >= 0, the caller's number of the key; -1, a word;
 * -2, neither: the caller has reported it at `place`.
 */
typedef int expr_lookup(void *context, const char *name, struct place place);

struct expr;

/* Read `text`, which stands at `place` in its file. NULL after an error. */
struct expr *expr_read(const char *text, struct place place,
                       expr_lookup *lookup, void *context,
                       struct arena *arena, struct diag *diag);

/*
 * Whether it holds; value[n] is that of key n. A word where a number is asked
 * for, or a division by zero, makes the comparison false.
 */
bool expr_holds(const struct expr *e, const struct expr_value *value);

#endif
