/* machine.h - what a program costs on its machine: cycles, memory, energy. */
#ifndef MACHINE_H
#define MACHINE_H

#include "sim/program/program.h"
#include "sim/sweep/store.h"

/*
 * Fill the columns of `r` that follow from shapes and machine, and those of its
 * layers, which live in `arena`. Works on outlines (program_outline). What
 * depends on values is NAN or 0. 0, or -1 without memory.
 */
int machine_measure(const struct program *p, struct store_result *r,
                    struct arena *arena);

/* An empty result: every real NAN. */
struct store_result machine_nothing(void);

#endif
