/*
 * json_place.h - where a value stands in the text of a JSON document.
 *
 * Jansson's values do not know it. The text is walked again from its beginning:
 * for messages, not for loops.
 */
#ifndef JSON_PLACE_H
#define JSON_PLACE_H

#include <stddef.h>

#include "sim/base/diag.h"

/* From a value to one inside it. */
struct json_step {
    const char *key;                   /* of an object; NULL: of an array */
    size_t index;
};

/*
 * The place of the value that the steps lead to, in a text that Jansson has
 * accepted. Where a step leads nowhere (a key that is missing), the place of
 * the value that lacks it. `file` is borrowed.
 */
struct place json_place(const char *file, const char *text, size_t length,
                        const struct json_step *step, size_t steps);

#endif
