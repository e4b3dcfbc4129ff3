/* commands.h - each returns the exit status: 0, 1 refused or different, 2. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "sim/cli/session.h"

int command_import(const struct options *options);
int command_check(const struct options *options);
int command_quantize(const struct options *options);
int command_run(const struct options *options);
int command_rom(const struct options *options);
int firmware_command(struct session *s);               /* rom --firmware */
int command_package(const struct options *options);
int command_cosim(const struct options *options);
int command_sweep(const struct options *options);
int command_check_sweep(const struct options *options);
bool sweep_is_file(const char *path);                /* has it axes? */
int command_report(const struct options *options);
int command_random(const struct options *options);   /* cosim --random */

#endif
