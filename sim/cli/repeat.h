/*
 * repeat.h - command lines that repeat a co-simulation, for people to copy.
 */
#ifndef REPEAT_H
#define REPEAT_H

#include "sim/cli/session.h"

/*
 * The command of `options` on one image, words quoted where a shell needs it;
 * `only` in place of its --only, NULL for none.
 */
void repeat_format(struct strbuf *b, const struct options *options,
                   int64_t image, const char *only);

/* All --set as they were given, each with a blank before it. */
void repeat_add_settings(struct strbuf *b, const struct options *options);

#endif
