#include "sim/sweep/reference.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

struct job {
    struct reference *r;
    struct net_buffers **buffers;
    struct progress progress;
};

static int64_t tensor_elements(const struct net *net, int t)
{
    return net_elements(net_tensor_shape(net, t));
}

static void run_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct reference *r = job->r;
    struct net_buffers *b = job->buffers[worker];
    const int last = net_tensor_count(r->net) - 1;
    float *to = r->kept ? r->kept + item * r->elements : NULL;

    if (interrupt_requested())
        return;
    dataset_image(r->data, r->net, item, net_buffers_tensor(b, 0));
    net_float_run(r->f, b);
    for (int t = 0; to && t <= last; t++) {
        const int64_t count = tensor_elements(r->net, t);

        memcpy(to, net_buffers_tensor(b, t), (size_t) count * sizeof(*to));
        to += count;
    }
    r->class[item] = net_argmax(net_buffers_tensor(b, last),
                                tensor_elements(r->net, last));
    progress_step(&job->progress, 1);
}

static void count_classes(struct reference *r)
{
    for (int64_t i = 0; i < r->images; i++) {
        const int label = dataset_label(r->data, i);

        r->labelled += label >= 0;
        r->correct += label >= 0 && r->class[i] == label;
    }
}

int reference_make(struct reference *r, const struct net *net,
                   const struct net_float *f, const struct dataset *data,
                   int64_t images, int workers)
{
    struct job job = { .r = r };
    int result = -1;

    memset(r, 0, sizeof(*r));
    *r = (struct reference) { .net = net, .f = f, .data = data };
    r->images = images > 0 && images < data->count ? images : data->count;
    workers = workers > 0 ? workers : parallel_count_cpus();
    for (int t = 0; t < net_tensor_count(net); t++)
        r->elements += tensor_elements(net, t);
    const size_t bytes = (size_t) r->images * (size_t) r->elements
                         * sizeof(float);

    r->class = calloc((size_t) r->images, sizeof(*r->class));
    r->kept = bytes <= REFERENCE_MOST_BYTES ? malloc(bytes) : NULL;
    job.buffers = calloc((size_t) workers, sizeof(*job.buffers));
    if (!r->class || !job.buffers)
        goto done;
    for (int w = 0; w < workers; w++)
        if (!(job.buffers[w] = net_buffers_new(net)))
            goto done;
    progress_start(&job.progress, "float reference", r->images);
    parallel_for(r->images, workers, run_image, &job);
    progress_end(&job.progress);
    count_classes(r);
    result = interrupt_requested() ? -1 : 0;

done:
    for (int w = 0; job.buffers && w < workers; w++)
        net_buffers_free(job.buffers[w]);
    free(job.buffers);
    return result;
}

void reference_release(struct reference *r)
{
    free(r->class);
    free(r->kept);
    memset(r, 0, sizeof(*r));
}

void reference_tensors(const struct reference *r, int64_t i,
                       struct net_buffers *b, const float **tensor)
{
    const int count = net_tensor_count(r->net);
    const float *from = r->kept ? r->kept + i * r->elements : NULL;

    if (!from) {
        dataset_image(r->data, r->net, i, net_buffers_tensor(b, 0));
        net_float_run(r->f, b);
    }
    for (int t = 0; t < count; t++) {
        tensor[t] = from ? from : net_buffers_tensor(b, t);
        from = from ? from + tensor_elements(r->net, t) : NULL;
    }
}
