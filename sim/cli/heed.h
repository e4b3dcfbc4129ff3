/*
 * heed.h - which options a command heeds, in each form that it has.
 *
 * An option that would do nothing is refused: who gives it believes otherwise.
 */
#ifndef HEED_H
#define HEED_H

#include <stdbool.h>

/*
 * Refuse the first of the `count` option names (without "--") that the command
 * does not heed together with the others. 0, or 2 after a message on standard
 * error. A command that is unknown heeds everything.
 */
int heed_check(const char *command, const char *const *given, int count);

#endif
