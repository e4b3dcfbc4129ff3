/*
 * parallel.h - the same work on many items, by several threads.
 */
#ifndef PARALLEL_H
#define PARALLEL_H

#include <stdint.h>

enum { PARALLEL_MAX_WORKERS = 256 };

/* The CPUs this process may use; at least 1. */
int parallel_count_cpus(void);

/*
 * Call work(context, item, worker) once for each item in [0, items), in
 * ascending order per thread and in no order between them; returns when all
 * are done. The calling thread is worker 0, others are 1 to workers - 1: an
 * index for buffers of their own. workers 0: parallel_count_cpus(). When a
 * thread cannot be made, those that exist do its share.
 */
void parallel_for(int64_t items, int workers,
                  void (*work)(void *context, int64_t item, int worker),
                  void *context);

#endif
