/* commands.h - each returns the exit status: 0, 1 refused or different, 2. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "sim/cli/session.h"

int command_check(const struct options *options);
int command_quantize(const struct options *options);
int command_run(const struct options *options);
int command_rom(const struct options *options);
int command_package(const struct options *options);
int command_cosim(const struct options *options);
int command_random(const struct options *options);   /* cosim --random */

#endif
