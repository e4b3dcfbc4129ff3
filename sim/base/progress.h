/*
 * progress.h - one line on the terminal that says how far long work is.
 *
 * On stderr, only when that is a terminal and TERM is not "dumb"; elsewhere
 * silent. Drawn at most ten times a second, never before the first 0.3 s.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    pthread_mutex_t lock;
    const char *label; /* borrowed */
    int64_t total;     /* 0: unknown */
    int64_t done;
    double start;     /* seconds of the monotonic clock */
    double next_draw;
    bool enabled;
    bool drawn;
    int64_t unit;      /* steps of one thing that is counted; 0: 1 */
    char note[80];     /* at the end of the line */
};

/* Begin; `label` is borrowed until progress_end. */
void progress_start(struct progress *p, const char *label, int64_t total);

/* `items` more are done. From any thread. */
void progress_step(struct progress *p, int64_t items);

/* What stands at the end of the line from now on. From any thread. */
void progress_note(struct progress *p, const char *note);

/* Wipe the line. Nothing stays on the terminal. */
void progress_end(struct progress *p);

#endif
