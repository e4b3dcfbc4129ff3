#include "sim/quant/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

/* Ranges are kept per image and joined in the order of the images; counts of
 * histograms are integers. So nothing depends on the threads. */
struct job {
    const struct net *net;
    const struct net_float *f;
    const struct dataset *data;
    struct net_buffers **buffers;     /* [workers] */
    struct range *range;              /* [images][tensors] */
    struct histogram *histogram;      /* [workers][tensors] */
    int tensors;
    struct progress progress;
};

static void observe(const float *values, int64_t count, struct range *r)
{
    float least = INFINITY, greatest = -INFINITY;

    for (int64_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    *r = (struct range) { least, greatest };
}

static void run_image(struct job *job, int64_t item, int worker)
{
    struct net_buffers *b = job->buffers[worker];

    dataset_image(job->data, job->net, item, net_buffers_tensor(b, 0));
    net_float_run(job->f, b);
}

static void find_ranges(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct net_buffers *b = job->buffers[worker];

    if (interrupt_requested())
        return;
    run_image(job, item, worker);
    for (int t = 0; t < job->tensors; t++)
        observe(net_buffers_tensor(b, t),
                net_elements(net_tensor_shape(job->net, t)),
                &job->range[item * job->tensors + t]);
    progress_step(&job->progress, 1);
}

static void fill_histograms(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct net_buffers *b = job->buffers[worker];

    if (interrupt_requested())
        return;
    run_image(job, item, worker);
    for (int t = 0; t < job->tensors; t++)
        histogram_add(&job->histogram[worker * job->tensors + t],
                      net_buffers_tensor(b, t),
                      net_elements(net_tensor_shape(job->net, t)));
    progress_step(&job->progress, 1);
}

static struct range join(struct range a, struct range b)
{
    return (struct range) { fmin(a.lo, b.lo), fmax(a.hi, b.hi) };
}

static void join_all(struct calibration *c, const struct job *job)
{
    for (int t = 0; t < c->tensors; t++) {
        c->all[t] = (struct range) { INFINITY, -INFINITY };
        for (int64_t n = 0; n < c->images; n++)
            c->all[t] = join(c->all[t], job->range[n * c->tensors + t]);
    }
}

/* x = (1 - momentum) x + momentum * batch, seeded by the first batch. */
static void average_batches(struct calibration *c, const struct job *job,
                            int batch, double momentum, int t)
{
    for (int64_t first = 0; first < c->images; first += batch) {
        struct range r = { INFINITY, -INFINITY };

        for (int64_t n = first; n < first + batch && n < c->images; n++)
            r = join(r, job->range[n * c->tensors + t]);
        if (first == 0) {
            c->average[t] = r;
            continue;
        }
        c->average[t].lo += momentum * (r.lo - c->average[t].lo);
        c->average[t].hi += momentum * (r.hi - c->average[t].hi);
    }
}

static bool wants_histogram(enum range_method method)
{
    return method != RANGE_MIN_MAX && method != RANGE_MOVING_AVERAGE;
}

static bool needs_histograms(const struct design *design)
{
    if (wants_histogram((enum range_method) design->calibration_method))
        return true;
    if (design->power_of_two && design->power_of_two_choice == RANGE_POWER_MSE)
        return true;
    for (int i = 0; i < design->layer_count; i++)
        if (design->layer[i].activation_calibration >= 0
            && wants_histogram((enum range_method)
                               design->layer[i].activation_calibration))
            return true;
    return false;
}

static int count_values(struct calibration *c, struct job *job, int workers)
{
    const size_t tensors = (size_t) c->tensors;
    const size_t slots = (size_t) workers * tensors;

    job->histogram = calloc(slots, sizeof(*job->histogram));
    c->histogram = calloc(tensors, sizeof(*c->histogram));
    if (!job->histogram || !c->histogram)
        return -1;
    for (size_t i = 0; i < slots; i++)
        histogram_init(&job->histogram[i], c->all[i % tensors].lo,
                       c->all[i % tensors].hi);
    progress_start(&job->progress, "histograms", c->images);
    parallel_for(c->images, workers, fill_histograms, job);
    progress_end(&job->progress);
    for (size_t t = 0; t < tensors; t++) {
        c->histogram[t] = job->histogram[t];
        for (int w = 1; w < workers; w++)
            histogram_merge(&c->histogram[t],
                            &job->histogram[(size_t) w * tensors + t]);
    }
    return interrupt_requested() ? -1 : 0;
}

static int prepare(struct calibration *c, struct job *job, int workers)
{
    const size_t tensors = (size_t) c->tensors;

    c->all = calloc(tensors, sizeof(*c->all));
    c->average = calloc(tensors, sizeof(*c->average));
    job->range = calloc((size_t) c->images * tensors, sizeof(*job->range));
    job->buffers = calloc((size_t) workers, sizeof(*job->buffers));
    if (!c->all || !c->average || !job->range || !job->buffers)
        return -1;
    for (int w = 0; w < workers; w++) {
        job->buffers[w] = net_buffers_new(job->net);
        if (!job->buffers[w])
            return -1;
    }
    return 0;
}

int calibrate(struct calibration *c, const struct net *net,
              const struct net_float *f, const struct dataset *data,
              const struct design *design, int workers)
{
    const int64_t images = design->calibration_images;
    struct job job = { .net = net, .f = f, .data = data,
                       .tensors = net_tensor_count(net) };
    int result = -1;

    if (workers <= 0)
        workers = parallel_count_cpus();
    memset(c, 0, sizeof(*c));
    c->tensors = job.tensors;
    c->images = images > 0 && images < data->count ? images : data->count;
    if (prepare(c, &job, workers))
        goto done;
    progress_start(&job.progress, "calibrating", c->images);
    parallel_for(c->images, workers, find_ranges, &job);
    progress_end(&job.progress);
    if (interrupt_requested())
        goto done;
    join_all(c, &job);
    for (int t = 0; t < c->tensors; t++)
        average_batches(c, &job, design->calibration_batch,
                        design->calibration_momentum, t);
    result = needs_histograms(design) ? count_values(c, &job, workers) : 0;

done:
    for (int w = 0; job.buffers && w < workers; w++)
        net_buffers_free(job.buffers[w]);
    free(job.buffers);
    free(job.range);
    free(job.histogram);
    return result;
}

void calibration_release(struct calibration *c)
{
    free(c->all);
    free(c->average);
    free(c->histogram);
    memset(c, 0, sizeof(*c));
}

struct range calibration_range(const struct calibration *c, int t,
                               const struct quant_spec *spec,
                               enum range_method method, double percentile,
                               enum range_power power)
{
    const struct histogram *h = c->histogram ? &c->histogram[t] : NULL;
    struct range r = c->all[t];

    r = join(r, (struct range) { 0.0, 0.0 });
    if (method == RANGE_MSE)
        return range_search_histogram(spec, h, r);
    if (method == RANGE_MOVING_AVERAGE)
        r = join(c->average[t], (struct range) { 0.0, 0.0 });
    else if (method == RANGE_PERCENTILE)
        r = range_percentile(spec, h, percentile);
    else if (method == RANGE_KL)
        r = range_kl(spec, h);
    if (spec->power_of_two && power == RANGE_POWER_MSE)
        r = range_halve_histogram(spec, h, r);
    return r;
}
