#include "sim/quant/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/quant/stage.h"

const int sensitivity_widths[SENSITIVITY_WIDTHS] = { 8, 6, 5, 4, 3, 2 };

/* One experiment: a layer with other weights, or a tensor with codes. */
struct trial {
    struct stage *stage;               /* NULL: a tensor */
    struct quant_params params;
};

struct outcome {
    double noise;
    bool correct, same_class;
};

struct job {
    const struct net *net;
    const struct net_float *f;
    const struct dataset *data;
    struct sensitivity *s;
    struct trial *trial;               /* [rows][widths] */
    struct net_buffers **real, **changed;
    struct outcome *outcome;           /* [images][rows][widths] */
    double *signal;                    /* [images] */
    bool *float_correct, *labelled;    /* [images] */
    struct progress progress;
};

/* ------------------------------------------------------------ preparing */

static struct stage *quantized_stage(const struct spec *spec,
                                     const struct net_layer *l)
{
    const size_t taps = (size_t) l->taps, filters = (size_t) l->filters;
    struct quant_params *p = calloc(filters, sizeof(*p));
    float *w = calloc(filters * taps, sizeof(*w));
    struct stage *stage = NULL;

    if (p && w) {
        spec_filter_params(spec, l, p);
        for (size_t k = 0; k < filters * taps; k++)
            w[k] = (float) quant_real(&p[k / taps],
                                      quant_code(&p[k / taps], l->weight[k]));
        stage = stage_new(l, w, l->bias);
    }
    free(p);
    free(w);
    return stage;
}

static int make_trial(struct trial *trial, const struct net *net,
                      const struct sensitivity_row *row, int bits,
                      const struct calibration *c, const struct hw *hw,
                      const struct design *design)
{
    const struct net_layer *l = row->layer >= 0 ? &net->layer[row->layer]
                                                : NULL;
    struct spec spec = spec_of_layer(design, hw, l ? l->name : NULL);

    if (row->weights) {
        spec.weight.bits = bits;
        trial->stage = quantized_stage(&spec, l);
        return trial->stage ? 0 : -1;
    }
    spec.out.bits = bits;
    trial->params = spec_tensor_params(&spec, c, row->layer + 1);
    return 0;
}

static void list_rows(struct sensitivity *s, const struct net *net)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = pass ? -1 : 0; i < net->layer_count; i++)
            if (i < 0 || (pass == 0 ? net->layer[i].has_weights
                                    : !spec_hands_on(&net->layer[i])))
                s->row[s->row_count++] = (struct sensitivity_row) {
                    .layer = i, .weights = pass == 0 };
}

/* -------------------------------------------------------------- running */

static const float *changed_or_real(struct net_buffers *changed,
                                    struct net_buffers *real, int first,
                                    int tensor)
{
    return net_buffers_tensor(tensor >= first ? changed : real, tensor);
}

/* A layer of the host reads all of its inputs from one set of buffers. */
static void run_host(const struct net *net, int i, int first,
                     struct net_buffers *real, struct net_buffers *changed)
{
    for (int k = 0; k < net_input_count(&net->layer[i]); k++) {
        const int t = net_input_of(&net->layer[i], k);

        if (t < first)
            memcpy(net_buffers_tensor(changed, t), net_buffers_tensor(real, t),
                   (size_t) net_elements(net_tensor_shape(net, t))
                   * sizeof(float));
    }
    net_float_run_host(net, i, changed);
}

/* From the changed layer on; tensors before it are the float ones. */
static void run_trial(const struct job *job, const struct sensitivity_row *row,
                      const struct trial *t, struct net_buffers *real,
                      struct net_buffers *b)
{
    const struct net *net = job->net;
    const int tensor = row->layer + 1;
    const int64_t n = net_elements(net_tensor_shape(net, tensor));
    float *out = net_buffers_tensor(b, tensor);

    if (t->stage) {
        const struct net_layer *l = &net->layer[row->layer];

        stage_run(t->stage, net_buffers_tensor(real, l->input), NULL, out, b);
        stage_finish(l, NULL, out, n);
    } else {
        memcpy(out, net_buffers_tensor(real, tensor),
               (size_t) n * sizeof(*out));
        stage_fake_quantize(&t->params, out, n);
    }
    for (int i = tensor; i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];

        if (l->op == NET_HOST) {
            run_host(net, i, tensor, real, b);
            continue;
        }
        const float *second = net_op_has_two_inputs(l->op)
                              ? changed_or_real(b, real, tensor, l->second)
                              : NULL;

        net_float_run_layer(job->f, i,
                            changed_or_real(b, real, tensor, l->input), second,
                            net_buffers_tensor(b, i + 1), b);
    }
}

static void judge(const struct job *job, int64_t item, const float *real,
                  const float *out, struct outcome *o)
{
    const int64_t n = net_elements(net_tensor_shape(job->net,
                                                    job->net->layer_count));
    const int class = net_argmax(out, n);

    for (int64_t i = 0; i < n; i++)
        o->noise += ((double) out[i] - (double) real[i])
                    * ((double) out[i] - (double) real[i]);
    o->same_class = class == net_argmax(real, n);
    o->correct = class == dataset_label(job->data, item);
}

static void run_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct net_buffers *real = job->real[worker];
    const int last = job->net->layer_count;
    const int64_t n = net_elements(net_tensor_shape(job->net, last));
    const int trials = job->s->row_count * SENSITIVITY_WIDTHS;
    const int label = dataset_label(job->data, item);

    if (interrupt_requested())
        return;
    dataset_image(job->data, job->net, item, net_buffers_tensor(real, 0));
    net_float_run(job->f, real);
    const float *out = net_buffers_tensor(real, last);

    for (int64_t i = 0; i < n; i++)
        job->signal[item] += (double) out[i] * (double) out[i];
    job->labelled[item] = label >= 0;
    job->float_correct[item] = net_argmax(out, n) == label;
    for (int t = 0; t < trials; t++) {
        struct net_buffers *b = job->changed[worker];

        run_trial(job, &job->s->row[t / SENSITIVITY_WIDTHS], &job->trial[t],
                  real, b);
        judge(job, item, out, net_buffers_tensor(b, last),
              &job->outcome[item * trials + t]);
    }
    progress_step(&job->progress, 1);
}

/* -------------------------------------------------------------- summing */

static void sum_cell(const struct job *job, int trial,
                     struct sensitivity_cell *cell)
{
    const int trials = job->s->row_count * SENSITIVITY_WIDTHS;
    double signal = 0.0, noise = 0.0;

    for (int64_t i = 0; i < job->s->images; i++) {
        const struct outcome *o = &job->outcome[i * trials + trial];

        signal += job->signal[i];
        noise += o->noise;
        cell->correct += o->correct;
        cell->same_class += o->same_class;
    }
    cell->sqnr_db = noise == 0.0 ? INFINITY : 10.0 * log10(signal / noise);
}

static int64_t total_correct(const struct sensitivity_row *row)
{
    int64_t sum = 0;

    for (int w = 0; w < SENSITIVITY_WIDTHS; w++)
        sum += row->cell[w].correct;
    return sum;
}

static int compare_rows(const void *a, const void *b)
{
    const struct sensitivity_row *x = a, *y = b;
    const int64_t cx = total_correct(x), cy = total_correct(y);
    const double dx = x->cell[SENSITIVITY_WIDTHS - 1].sqnr_db;
    const double dy = y->cell[SENSITIVITY_WIDTHS - 1].sqnr_db;

    if (x->weights != y->weights)
        return x->weights ? -1 : 1;
    if (cx != cy)
        return cx < cy ? -1 : 1;
    if (dx != dy)
        return dx < dy ? -1 : 1;
    return x->layer - y->layer;
}

static int allocate(struct job *job, int workers)
{
    struct sensitivity *s = job->s;
    const size_t images = (size_t) s->images;
    const size_t trials = (size_t) s->row_count * SENSITIVITY_WIDTHS;

    job->trial = calloc(trials, sizeof(*job->trial));
    job->real = calloc((size_t) workers, sizeof(*job->real));
    job->changed = calloc((size_t) workers, sizeof(*job->changed));
    job->outcome = calloc(images * trials, sizeof(*job->outcome));
    job->signal = calloc(images, sizeof(*job->signal));
    job->float_correct = calloc(images, sizeof(*job->float_correct));
    job->labelled = calloc(images, sizeof(*job->labelled));
    if (!job->trial || !job->real || !job->changed || !job->outcome
        || !job->signal || !job->float_correct || !job->labelled)
        return -1;
    for (int w = 0; w < workers; w++) {
        job->real[w] = net_buffers_new(job->net);
        job->changed[w] = net_buffers_new(job->net);
        if (!job->real[w] || !job->changed[w])
            return -1;
    }
    return 0;
}

static void release_job(struct job *job, int workers)
{
    const int trials = job->s->row_count * SENSITIVITY_WIDTHS;

    for (int t = 0; job->trial && t < trials; t++)
        stage_free(job->trial[t].stage);
    for (int w = 0; w < workers; w++) {
        if (job->real)
            net_buffers_free(job->real[w]);
        if (job->changed)
            net_buffers_free(job->changed[w]);
    }
    free(job->trial);
    free(job->real);
    free(job->changed);
    free(job->outcome);
    free(job->signal);
    free(job->float_correct);
    free(job->labelled);
}

int sensitivity_run(struct sensitivity *s, const struct net *net,
                    const struct net_float *f, const struct calibration *c,
                    const struct hw *hw, const struct design *design,
                    const struct dataset *data, int64_t images, int workers)
{
    struct job job = { .net = net, .f = f, .data = data, .s = s };
    int result = -1;

    if (workers <= 0)
        workers = parallel_count_cpus();
    memset(s, 0, sizeof(*s));
    s->images = images > 0 && images < data->count ? images : data->count;
    s->row = calloc(2 * (size_t) net->layer_count + 1, sizeof(*s->row));
    if (!s->row)
        return -1;
    list_rows(s, net);
    const int trials = s->row_count * SENSITIVITY_WIDTHS;

    if (allocate(&job, workers))
        goto done;
    for (int t = 0; t < trials; t++)
        if (make_trial(&job.trial[t], net, &s->row[t / SENSITIVITY_WIDTHS],
                       sensitivity_widths[t % SENSITIVITY_WIDTHS], c, hw,
                       design))
            goto done;
    progress_start(&job.progress, "sensitivity", s->images);
    parallel_for(s->images, workers, run_image, &job);
    progress_end(&job.progress);
    for (int64_t i = 0; i < s->images; i++) {
        s->labelled += job.labelled[i];
        s->float_correct += job.float_correct[i];
    }
    for (int t = 0; t < trials; t++)
        sum_cell(&job, t, &s->row[t / SENSITIVITY_WIDTHS]
                               .cell[t % SENSITIVITY_WIDTHS]);
    qsort(s->row, (size_t) s->row_count, sizeof(*s->row), compare_rows);
    result = interrupt_requested() ? -1 : 0;

done:
    release_job(&job, workers);
    return result;
}

void sensitivity_release(struct sensitivity *s)
{
    free(s->row);
    memset(s, 0, sizeof(*s));
}
