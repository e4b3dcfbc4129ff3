#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/quant/quantize.h"

/* Each worker keeps ranges of its own; least and greatest do not care for
 * order, so the merged result is the same for any number of workers. */
struct job {
    const struct net *net;
    const struct net_float *f;
    const struct dataset *data;
    struct net_buffers **buffers;  /* [workers] */
    double *lo, *hi;               /* [workers][tensors] */
    int tensors;
    struct progress progress;
};

static void observe(const float *values, int64_t count, double *lo, double *hi)
{
    float least = INFINITY, greatest = -INFINITY;

    for (int64_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    *lo = fmin(*lo, least);
    *hi = fmax(*hi, greatest);
}

static void run_one(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct net_buffers *b = job->buffers[worker];
    double *lo = job->lo + (size_t) worker * (size_t) job->tensors;
    double *hi = job->hi + (size_t) worker * (size_t) job->tensors;

    if (interrupt_requested())
        return;
    dataset_image(job->data, job->net, item, net_buffers_tensor(b, 0));
    net_float_run(job->f, b);
    for (int t = 0; t < job->tensors; t++)
        observe(net_buffers_tensor(b, t),
                net_elements(net_tensor_shape(job->net, t)), &lo[t], &hi[t]);
    progress_step(&job->progress, 1);
}

static void merge(struct calibration *c, const struct job *job, int workers)
{
    for (int t = 0; t < c->tensors; t++) {
        c->lo[t] = INFINITY;
        c->hi[t] = -INFINITY;
        for (int w = 0; w < workers; w++) {
            c->lo[t] = fmin(c->lo[t], job->lo[w * job->tensors + t]);
            c->hi[t] = fmax(c->hi[t], job->hi[w * job->tensors + t]);
        }
    }
}

int calibrate(struct calibration *c, const struct net *net,
              const struct net_float *f, const struct dataset *data,
              int64_t images, int workers)
{
    const int tensors = net_tensor_count(net);
    struct job job = { .net = net, .f = f, .data = data, .tensors = tensors };
    int result = -1;

    if (workers <= 0)
        workers = parallel_count_cpus();
    const size_t slots = (size_t) workers * (size_t) tensors;

    memset(c, 0, sizeof(*c));
    c->tensors = tensors;
    c->images = images > 0 && images < data->count ? images : data->count;
    c->lo = calloc((size_t) tensors, sizeof(*c->lo));
    c->hi = calloc((size_t) tensors, sizeof(*c->hi));
    job.buffers = calloc((size_t) workers, sizeof(*job.buffers));
    job.lo = malloc(slots * sizeof(*job.lo));
    job.hi = malloc(slots * sizeof(*job.hi));
    if (!c->lo || !c->hi || !job.buffers || !job.lo || !job.hi)
        goto done;
    for (size_t i = 0; i < slots; i++) {
        job.lo[i] = INFINITY;
        job.hi[i] = -INFINITY;
    }
    for (int w = 0; w < workers; w++) {
        job.buffers[w] = net_buffers_new(net);
        if (!job.buffers[w])
            goto done;
    }
    progress_start(&job.progress, "calibrating", c->images);
    parallel_for(c->images, workers, run_one, &job);
    progress_end(&job.progress);
    merge(c, &job, workers);
    result = interrupt_requested() ? -1 : 0;

done:
    for (int w = 0; job.buffers && w < workers; w++)
        net_buffers_free(job.buffers[w]);
    free(job.buffers);
    free(job.lo);
    free(job.hi);
    return result;
}

void calibration_release(struct calibration *c)
{
    free(c->lo);
    free(c->hi);
    memset(c, 0, sizeof(*c));
}
