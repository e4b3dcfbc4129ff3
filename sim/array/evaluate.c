/*
 * evaluate.c - images in parallel, results independent of how.
 *
 * Each image writes sums of its own (signal and noise energy per layer, classes
 * and a digest); they are added in the order of the images at the end, so that
 * the last bit of a sum does not depend on the threads.
 */
#include "sim/array/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

struct sums {
    double signal, noise, total, greatest;
};

struct layer_sums {
    struct sums error, own;
};

struct job {
    const struct array_model *model;
    const struct program *program;
    const struct net_float *f;
    const struct dataset *data;
    struct net_buffers **real;     /* [workers] */
    struct array_state **codes;    /* [workers] */
    struct array_state **own;      /* [workers]; NULL: not asked for */
    struct sums *input;            /* [images] */
    struct layer_sums *sums;       /* [images][layers] */
    int *float_class, *quant_class;
    uint32_t *crc;                 /* of the output codes */
    struct progress progress;
};

/* The codes of tensor t for real values. */
static void quantize_tensor(const struct program *program, int t,
                            const float *real, int32_t *codes)
{
    const int64_t count = net_elements(net_tensor_shape(program->net, t));

    for (int64_t i = 0; i < count; i++)
        codes[i] = quant_code(&program->tensor[t], real[i]);
}

void evaluate_quantize_input(const struct program *program, const float *real,
                             int32_t *codes)
{
    quantize_tensor(program, 0, real, codes);
}

/* Tensor t of a state against the float one. */
static void compare(const struct program *p, int t, struct array_state *state,
                    struct net_buffers *floats, struct sums *s)
{
    const struct quant_params *q = &p->tensor[t];
    const int32_t *codes = array_tensor(state, t);
    const float *real = net_buffers_tensor(floats, t);
    const int64_t count = net_elements(net_tensor_shape(p->net, t));

    for (int64_t i = 0; i < count; i++) {
        const double error = quant_real(q, codes[i]) - (double) real[i];

        s->signal += (double) real[i] * (double) real[i];
        s->noise += error * error;
        s->total += fabs(error);
        s->greatest = fabs(error) > s->greatest ? fabs(error) : s->greatest;
    }
}

static void run_own(const struct job *job, int64_t item, int worker)
{
    const struct program *p = job->program;
    struct net_buffers *real = job->real[worker];
    struct array_state *codes = job->own[worker];

    for (int i = 0; i < p->desc_count; i++) {
        for (int k = 0; k < net_input_count(&p->net->layer[i]); k++) {
            const int t = net_input_of(&p->net->layer[i], k);

            quantize_tensor(p, t, net_buffers_tensor(real, t),
                            array_tensor(codes, t));
        }
        array_run_layer(job->model, codes, i);
        compare(p, i + 1, codes, real, &job->sums[item * p->desc_count + i].own);
    }
}

static void run_one(void *context, int64_t item, int worker)
{
    struct job *job = context;
    const struct program *p = job->program;
    const int layers = p->desc_count;
    struct net_buffers *real = job->real[worker];
    struct array_state *codes = job->codes[worker];
    const int64_t out = net_elements(p->desc[layers - 1].out);

    if (interrupt_requested())
        return;
    dataset_image(job->data, p->net, item, net_buffers_tensor(real, 0));
    net_float_run(job->f, real);
    evaluate_quantize_input(p, net_buffers_tensor(real, 0),
                            array_tensor(codes, 0));
    array_run(job->model, codes);
    compare(p, 0, codes, real, &job->input[item]);
    for (int i = 0; i < layers; i++)
        compare(p, i + 1, codes, real, &job->sums[item * layers + i].error);
    if (job->own)
        run_own(job, item, worker);
    job->float_class[item] = net_argmax(net_buffers_tensor(real, layers), out);
    job->quant_class[item] = array_class(p, array_tensor(codes, layers));
    job->crc[item] = digest_crc32(0, array_tensor(codes, layers),
                                  (size_t) out * sizeof(int32_t));
    progress_step(&job->progress, 1);
}

static void add_sums(struct sums *all, const struct sums *one)
{
    all->signal += one->signal;
    all->noise += one->noise;
    all->total += one->total;
    all->greatest = fmax(all->greatest, one->greatest);
}

static struct evaluate_error error_of(const struct sums *s)
{
    const double db = s->noise == 0.0 ? INFINITY
                    : s->signal == 0.0 ? -INFINITY
                    : 10.0 * log10(s->signal / s->noise);

    return (struct evaluate_error) { db, s->total, s->greatest };
}

static void sum_input(struct evaluation *e, const struct job *job)
{
    struct sums all = { 0 };

    for (int64_t n = 0; n < e->images; n++)
        add_sums(&all, &job->input[n]);
    e->input = error_of(&all);
}

static void sum_layer(struct evaluation *e, const struct job *job, int i,
                      int workers)
{
    const struct program_desc *d = &job->program->desc[i];
    const struct array_bound *bound = array_bounds(job->model, i);
    struct evaluate_layer *l = &e->layer[i];
    struct layer_sums all = { 0 };

    for (int64_t n = 0; n < e->images; n++) {
        const struct layer_sums *s = &job->sums[n * e->layer_count + i];

        add_sums(&all.error, &s->error);
        add_sums(&all.own, &s->own);
    }
    l->error = error_of(&all.error);
    l->own = error_of(&all.own);
    for (int c = 0; c < d->out.c; c++) {
        for (int w = 0; w < workers; w++)
            e->overflows[i][c] += array_overflows(job->codes[w], i)[c];
        l->overflows += e->overflows[i][c];
        l->overflow_channels += e->overflows[i][c] > 0;
    }
    for (int n = 0; bound && n < d->filters; n++) {
        l->proved_channels += bound[n].proved;
        l->acc_bits = bound[n].bits > l->acc_bits ? bound[n].bits
                                                  : l->acc_bits;
    }
}

static void sum_classes(struct evaluation *e, const struct job *job)
{
    for (int64_t n = 0; n < e->images; n++) {
        const int label = dataset_label(job->data, n);

        e->labelled += label >= 0;
        e->float_correct += label >= 0 && job->float_class[n] == label;
        e->quant_correct += label >= 0 && job->quant_class[n] == label;
        e->same_class += job->float_class[n] == job->quant_class[n];
    }
}

static int allocate(struct evaluation *e, struct job *job, int workers,
                    bool own)
{
    const struct program *p = job->program;
    const size_t images = (size_t) e->images;
    const size_t layers = (size_t) e->layer_count;

    e->layer = calloc(layers, sizeof(*e->layer));
    e->overflows = calloc(layers, sizeof(*e->overflows));
    job->real = calloc((size_t) workers, sizeof(*job->real));
    job->codes = calloc((size_t) workers, sizeof(*job->codes));
    job->own = own ? calloc((size_t) workers, sizeof(*job->own)) : NULL;
    job->input = calloc(images, sizeof(*job->input));
    job->sums = calloc(images * layers, sizeof(*job->sums));
    job->float_class = calloc(images, sizeof(int));
    job->quant_class = calloc(images, sizeof(int));
    job->crc = calloc(images, sizeof(*job->crc));
    if (!e->layer || !e->overflows || !job->real || !job->codes || !job->sums
        || !job->input || (own && !job->own)
        || !job->float_class || !job->quant_class || !job->crc)
        return -1;
    for (size_t i = 0; i < layers; i++) {
        e->overflows[i] = calloc((size_t) p->desc[i].out.c,
                                 sizeof(**e->overflows));
        if (!e->overflows[i])
            return -1;
    }
    for (int w = 0; w < workers; w++) {
        job->real[w] = net_buffers_new(p->net);
        job->codes[w] = array_state_new(job->model);
        if (!job->real[w] || !job->codes[w])
            return -1;
        if (own && !(job->own[w] = array_state_new(job->model)))
            return -1;
    }
    return 0;
}

static void release_job(struct job *job, int workers)
{
    for (int w = 0; w < workers; w++) {
        if (job->real)
            net_buffers_free(job->real[w]);
        if (job->codes)
            array_state_free(job->codes[w]);
        if (job->own)
            array_state_free(job->own[w]);
    }
    free(job->real);
    free(job->codes);
    free(job->own);
    free(job->input);
    free(job->sums);
    free(job->float_class);
    free(job->quant_class);
    free(job->crc);
}

int evaluate(struct evaluation *e, const struct array_model *model,
             const struct program *program, const struct net_float *f,
             const struct dataset *data,
             const struct evaluate_options *options)
{
    const int64_t images = options->images;
    const int workers = options->workers > 0 ? options->workers
                                             : parallel_count_cpus();
    struct job job = { .model = model, .program = program, .f = f,
                       .data = data };
    int result = -1;

    memset(e, 0, sizeof(*e));
    e->layer_count = program->desc_count;
    e->images = images > 0 && images < data->count ? images : data->count;
    e->has_own = options->own;
    if (allocate(e, &job, workers, options->own))
        goto done;
    progress_start(&job.progress, "running", e->images);
    parallel_for(e->images, workers, run_one, &job);
    progress_end(&job.progress);
    if (interrupt_requested())
        goto done;
    for (int i = 0; i < e->layer_count; i++)
        sum_layer(e, &job, i, workers);
    sum_input(e, &job);
    sum_classes(e, &job);
    result = digest_sha256(job.crc, (size_t) e->images * sizeof(*job.crc),
                           e->digest);

done:
    release_job(&job, workers);
    return result;
}

void evaluation_release(struct evaluation *e)
{
    for (int i = 0; e->overflows && i < e->layer_count; i++)
        free(e->overflows[i]);
    free(e->overflows);
    free(e->layer);
    memset(e, 0, sizeof(*e));
}
