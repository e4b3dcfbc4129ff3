/*
 * interrupt.h - Ctrl-C leaves nothing half-written.
 *
 * The first SIGINT or SIGTERM sets a flag, and long work that asks for it ends
 * early; the second removes unfinished files (file.h) and leaves at once with
 * status 128 + signal: 130 for SIGINT.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

/* Install the handlers, for the whole process. 0, or -1 and errno. */
int interrupt_install(void);

/* True once a signal has come. From any thread. */
bool interrupt_requested(void);

/* The status to exit with after an interrupt: 130 or 143; 0 when none came. */
int interrupt_exit_status(void);

/* Forget the signal, for tests. */
void interrupt_clear(void);

#endif
