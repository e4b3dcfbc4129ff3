/* parallel.c - workers draw the next item from one counter. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity: a cluster job owns only some CPUs */
#endif

#include "sim/base/parallel.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

struct job {
    atomic_llong next;
    int64_t items;
    void (*work)(void *context, int64_t item, int worker);
    void *context;
};

struct worker {
    struct job *job;
    int index;
    pthread_t thread;
};

int parallel_count_cpus(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        cpus = CPU_COUNT(&allowed);
#endif
    if (cpus < 1)
        return 1;
    return cpus < PARALLEL_MAX_WORKERS ? (int) cpus : PARALLEL_MAX_WORKERS;
}

static void *run_worker(void *argument)
{
    const struct worker *worker = argument;
    struct job *job = worker->job;
    for (;;) {
        const long long item = atomic_fetch_add(&job->next, 1);
        if (item >= job->items)
            return NULL;
        job->work(job->context, item, worker->index);
    }
}

void parallel_for(int64_t items, int workers,
                  void (*work)(void *context, int64_t item, int worker),
                  void *context)
{
    assert(items >= 0 && workers >= 0);
    struct job job = {.items = items, .work = work, .context = context};
    struct worker all[PARALLEL_MAX_WORKERS];

    if (workers == 0)
        workers = parallel_count_cpus();
    if (workers > PARALLEL_MAX_WORKERS)
        workers = PARALLEL_MAX_WORKERS;
    if (workers > items)
        workers = items > 0 ? (int) items : 1;

    int made = 1;
    while (made < workers) {
        all[made] = (struct worker) {.job = &job, .index = made};
        if (pthread_create(&all[made].thread, NULL, run_worker, &all[made]))
            break;
        made++;
    }
    all[0] = (struct worker) {.job = &job, .index = 0};
    (void) run_worker(&all[0]);
    for (int i = 1; i < made; i++)
        pthread_join(all[i].thread, NULL);
}
