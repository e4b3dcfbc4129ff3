#include "sim/cli/repeat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

/* Not from the values: a list or a map is only in the source. */
void repeat_add_settings(struct strbuf *b, const struct options *o)
{
    const char *line = o->overrides.source.text;

    while (*line) {
        const size_t length = strcspn(line, "\n");
        char *argument = strndup(line, length);

        strbuf_add(b, " --set ");
        if (argument)
            text_add_word(b, argument);
        else
            b->failed = true;
        free(argument);
        line += length + (line[length] == '\n');
    }
}

void repeat_format(struct strbuf *b, const struct options *o, int64_t image,
                   const char *only)
{
    strbuf_add(b, "napier cosim ");
    text_add_word(b, o->file);
    strbuf_printf(b, " --first %" PRId64 " --images 1", image);
    if (o->engine)
        strbuf_add(b, " --engine");
    if (o->seed)
        strbuf_printf(b, " --seed %" PRId64, o->seed);
    if (o->rtl) {
        strbuf_add(b, " --rtl ");
        text_add_word(b, o->rtl);
    }
    repeat_add_settings(b, o);
    if (only) {
        strbuf_add(b, " --only ");
        text_add_word(b, only);
    }
}
