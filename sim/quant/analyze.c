#include "sim/quant/analyze.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

void loss_add(struct loss *loss, const struct quant_params *params,
              const float *values, int64_t count, int64_t index)
{
    const double slack = params->scale * 0.5;
    const double least = quant_real(params, params->min) - slack;
    const double greatest = quant_real(params, params->max) + slack;

    for (int64_t i = 0; i < count; i++) {
        const double v = values[i];
        const double error = fabs(quant_real(params, quant_code(params, v))
                                  - v);

        loss->absolute += error;
        loss->squared += error * error;
        loss->signal += v * v;
        loss->clipped += v < least || v > greatest;
        if (error > loss->worst || loss->count + i == 0) {
            loss->worst = error;
            loss->worst_value = v;
            loss->worst_index = index + i;
        }
    }
    loss->count += count;
}

void loss_merge(struct loss *loss, const struct loss *later)
{
    if (later->worst > loss->worst || loss->count == 0) {
        loss->worst = later->worst;
        loss->worst_value = later->worst_value;
        loss->worst_index = later->worst_index;
    }
    loss->count += later->count;
    loss->absolute += later->absolute;
    loss->squared += later->squared;
    loss->signal += later->signal;
    loss->clipped += later->clipped;
}

double loss_mean_square(const struct loss *loss)
{
    return loss->count > 0 ? loss->squared / (double) loss->count : 0.0;
}

double loss_sqnr(const struct loss *loss)
{
    if (loss->squared == 0.0)
        return INFINITY;
    return 10.0 * log10(loss->signal / loss->squared);
}

int64_t loss_code_bytes(int64_t count, int bits)
{
    return (count * bits + 7) / 8;
}

enum quant_scheme analysis_better(const struct analysis_pair *pair)
{
    return pair->scheme[QUANT_ASYMMETRIC].loss.squared
           < pair->scheme[QUANT_SYMMETRIC].loss.squared ? QUANT_ASYMMETRIC
                                                        : QUANT_SYMMETRIC;
}

static void note_params(struct analysis *a, const struct quant_params *p)
{
    if (a->scales == 0) {
        a->params = *p;
        a->scale_lo = a->scale_hi = p->scale;
    }
    a->scale_lo = fmin(a->scale_lo, p->scale);
    a->scale_hi = fmax(a->scale_hi, p->scale);
    a->scales++;
}

void analyze_values(struct analysis_pair *pair, const struct spec *spec,
                    const float *values, int64_t count, int64_t together)
{
    struct spec s = *spec;

    memset(pair, 0, sizeof(*pair));
    pair->bits = spec->weight.bits;
    pair->stored = count;
    pair->used = spec->weight.scheme;
    pair->range = range_of(values, (size_t) count);
    for (int scheme = 0; scheme < 2; scheme++) {
        struct analysis *a = &pair->scheme[scheme];

        s.weight.scheme = (enum quant_scheme) scheme;
        for (int64_t i = 0; i < count; i += together) {
            const int64_t n = count - i < together ? count - i : together;
            const struct quant_params p =
                spec_weight_params(&s, values + i, (size_t) n);

            note_params(a, &p);
            loss_add(&a->loss, &p, values + i, n, i);
        }
    }
}

void analyze_weights(struct analysis_pair *pair, const struct spec *spec,
                     const struct net_layer *layer)
{
    const int64_t count = (int64_t) layer->filters * layer->taps;
    const int64_t filters = spec->granularity == QUANT_PER_TENSOR
        ? layer->filters
        : spec->granularity == QUANT_PER_GROUP ? spec->group : 1;

    analyze_values(pair, spec, layer->weight, count, filters * layer->taps);
}

/* ------------------------------------------------------------- tensors */

struct job {
    const struct net *net;
    const struct net_float *f;
    const struct dataset *data;
    const struct analysis_pair *pairs;
    struct net_buffers **buffers;      /* [workers] */
    struct loss *loss;                 /* [images][tensors][2] */
    struct progress progress;
};

static void analyze_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct net_buffers *b = job->buffers[worker];
    const int tensors = net_tensor_count(job->net);

    if (interrupt_requested())
        return;
    dataset_image(job->data, job->net, item, net_buffers_tensor(b, 0));
    net_float_run(job->f, b);
    for (int t = 0; t < tensors; t++) {
        const int64_t n = net_elements(net_tensor_shape(job->net, t));

        for (int s = 0; s < 2; s++)
            loss_add(&job->loss[(item * tensors + t) * 2 + s],
                     &job->pairs[t].scheme[s].params,
                     net_buffers_tensor(b, t), n, item * n);
    }
    progress_step(&job->progress, 1);
}

static void choose_both(struct analysis_pair *pair, const struct spec *spec,
                        const struct calibration *c, int t)
{
    struct spec s = *spec;

    pair->bits = spec->out.bits;
    pair->used = spec->out.scheme;
    for (int scheme = 0; scheme < 2; scheme++) {
        s.out.scheme = (enum quant_scheme) scheme;
        const struct quant_params p = spec_tensor_params(&s, c, t);

        note_params(&pair->scheme[scheme], &p);
    }
}

static void choose_all(struct analysis_pair *pairs, const struct net *net,
                       const struct calibration *c, const struct hw *hw,
                       const struct design *design)
{
    for (int t = 0; t < net_tensor_count(net); t++) {
        const struct net_layer *l = t > 0 ? &net->layer[t - 1] : NULL;
        const struct spec spec = spec_of_layer(design, hw, l ? l->name : NULL);

        if (l && spec_hands_on(l))
            pairs[t] = pairs[l->input];
        else
            choose_both(&pairs[t], &spec, c, t);
        pairs[t].range = c->all[t];
        pairs[t].stored = net_elements(net_tensor_shape(net, t));
    }
}

int analyze_tensors(struct analysis_pair *pairs, const struct net *net,
                    const struct net_float *f, const struct calibration *c,
                    const struct hw *hw, const struct design *design,
                    const struct dataset *data, int64_t images, int workers)
{
    const int tensors = net_tensor_count(net);
    struct job job = { .net = net, .f = f, .data = data, .pairs = pairs };
    int result = -1;

    if (workers <= 0)
        workers = parallel_count_cpus();
    if (images <= 0 || images > data->count)
        images = data->count;
    memset(pairs, 0, (size_t) tensors * sizeof(*pairs));
    choose_all(pairs, net, c, hw, design);
    job.buffers = calloc((size_t) workers, sizeof(struct net_buffers *));
    job.loss = calloc((size_t) images * (size_t) tensors * 2,
                      sizeof(*job.loss));
    if (!job.buffers || !job.loss)
        goto done;
    for (int w = 0; w < workers; w++)
        if (!(job.buffers[w] = net_buffers_new(net)))
            goto done;
    progress_start(&job.progress, "analysing", images);
    parallel_for(images, workers, analyze_image, &job);
    progress_end(&job.progress);
    for (int64_t i = 0; i < images * tensors * 2; i++)
        loss_merge(&pairs[i / 2 % tensors].scheme[i % 2].loss, &job.loss[i]);
    result = interrupt_requested() ? -1 : 0;

done:
    for (int w = 0; job.buffers && w < workers; w++)
        net_buffers_free(job.buffers[w]);
    free(job.buffers);
    free(job.loss);
    return result;
}
