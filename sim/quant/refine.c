#include "sim/quant/refine.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"
#include "sim/net/window.h"
#include "sim/quant/learned.h"
#include "sim/quant/spec.h"
#include "sim/quant/stage.h"

struct refinement {
    struct qnet *qnet;
    const struct net *net;
    const struct dataset *data;
    int64_t images;
    int workers;
    struct chain real, fake;
    struct net_buffers **real_buffers, **fake_buffers;  /* [workers] */
    /* Of the layer at work: */
    int layer;
    uint64_t seed;
    int positions;                 /* rows drawn from one image */
    float *x, *target;             /* rows; see learned_problem */
    double *mean;                  /* [images][filters], fake - real sums */
    struct progress progress;
};

/* --------------------------------------------------------------- rows */

/* The window of output position `at` as taps, zero in the padding. */
static void gather(const struct net_layer *l, const float *in, int at,
                   float *row)
{
    const size_t bytes = (size_t) l->in.c * sizeof(*row);

    if (l->op == NET_FULLY_CONNECTED) {
        memcpy(row, in, (size_t) l->taps * sizeof(*row));
        return;
    }
    for (int ky = 0; ky < l->window.kernel_h; ky++)
        for (int kx = 0; kx < l->window.kernel_w; kx++, row += l->in.c) {
            const int64_t from = window_index(&l->window, l->in,
                                              at / l->out.w, at % l->out.w,
                                              ky, kx);

            if (from < 0)
                memset(row, 0, bytes);
            else
                memcpy(row, in + from, bytes);
        }
}

/* The same for depthwise layers: [block][tap][lane], lane = filter. */
static void gather_depthwise(const struct net_layer *l, const float *in,
                             int at, float *row)
{
    memset(row, 0, (size_t) learned_blocks(l) * (size_t) l->taps
                   * LEARNED_LANES * sizeof(*row));
    for (int k = 0; k < l->taps; k++) {
        const int64_t from = window_index(&l->window, l->in, at / l->out.w,
                                          at % l->out.w,
                                          k / l->window.kernel_w,
                                          k % l->window.kernel_w);

        for (int n = 0; from >= 0 && n < l->filters; n++)
            row[((n / LEARNED_LANES) * l->taps + k) * LEARNED_LANES
                + n % LEARNED_LANES] = in[from + n / l->multiplier];
    }
}

static size_t row_length(const struct net_layer *l)
{
    return l->op == NET_DEPTHWISE_CONV2D
        ? (size_t) learned_blocks(l) * (size_t) l->taps * LEARNED_LANES
        : (size_t) l->taps;
}

static void run_both(struct refinement *r, int64_t item, int worker)
{
    struct net_buffers *real = r->real_buffers[worker];
    struct net_buffers *fake = r->fake_buffers[worker];

    dataset_image(r->data, r->net, item, net_buffers_tensor(real, 0));
    memcpy(net_buffers_tensor(fake, 0), net_buffers_tensor(real, 0),
           (size_t) net_elements(r->net->input) * sizeof(float));
    chain_run(&r->real, real, r->layer + 1);
    chain_run(&r->fake, fake, r->layer);
}

static void draw_rows(void *context, int64_t item, int worker)
{
    struct refinement *r = context;
    const struct net_layer *l = &r->net->layer[r->layer];
    const int positions = l->out.h * l->out.w;
    const size_t filters = (size_t) l->filters;
    struct rng rng;

    if (interrupt_requested())
        return;
    run_both(r, item, worker);
    const float *in = net_buffers_tensor(r->fake_buffers[worker], l->input);
    const float *out = net_buffers_tensor(r->real_buffers[worker],
                                          r->layer + 1);

    rng_init(&rng, r->seed + (uint64_t) item);
    for (int i = 0; i < r->positions; i++) {
        const size_t row = (size_t) item * (size_t) r->positions + (size_t) i;
        const int at = r->positions == positions
            ? i : (int) rng_range(&rng, 0, positions - 1);
        float *x = r->x + row * row_length(l);

        if (l->op == NET_DEPTHWISE_CONV2D)
            gather_depthwise(l, in, at, x);
        else
            gather(l, in, at, x);
        memcpy(r->target + row * filters, out + (size_t) at * filters,
               filters * sizeof(*out));
    }
    progress_step(&r->progress, 1);
}

/* ----------------------------------------------------- learned rounding */

static int learn_rows(struct refinement *r, const struct design_learned *s)
{
    struct qlayer *q = &r->qnet->layer[r->layer];
    const struct net_layer *l = q->layer;
    struct learned_problem p = { .layer = l, .params = q->wparams,
                                 .x = r->x, .target = r->target,
                                 .rows = (int) r->images * r->positions };
    float *bias = calloc((size_t) l->filters, sizeof(*bias));
    struct learned_result result = { .changed = 0 };
    int failed = -1;

    if (bias) {
        for (int n = 0; n < l->filters; n++)
            bias[n] = (float) (q->bias[n] * q->bias_unit[n]);
        p.bias = bias;
        failed = learned_round(&p, s, q->weight, &result, r->workers);
    }
    if (!failed) {
        q->learned_changed = result.changed;
        q->learned_before = result.before;
        q->learned_after = result.after;
    }
    free(bias);
    return failed;
}

static int learn(struct refinement *r, const struct design_learned *s)
{
    const struct net_layer *l = &r->net->layer[r->layer];
    const int64_t positions = (int64_t) l->out.h * l->out.w;
    const int64_t wanted = (s->rows + r->images - 1) / r->images;
    int failed = -1;

    r->positions = (int) (wanted < positions ? wanted : positions);
    r->seed = ((uint64_t) s->seed << 40) + ((uint64_t) r->layer << 30);
    const size_t rows = (size_t) r->images * (size_t) r->positions;

    r->x = calloc(rows * row_length(l), sizeof(*r->x));
    r->target = calloc(rows * (size_t) l->filters, sizeof(*r->target));
    if (r->x && r->target) {
        progress_start(&r->progress, l->name, r->images);
        parallel_for(r->images, r->workers, draw_rows, r);
        progress_end(&r->progress);
        failed = interrupt_requested() ? -1 : learn_rows(r, s);
    }
    free(r->x);
    free(r->target);
    r->x = r->target = NULL;
    return failed;
}

/* ------------------------------------------------------ bias correction */

/* Mean over positions of each channel of a tensor, added to or subtracted. */
static void add_mean(const struct net_layer *l, const float *values,
                     double sign, double *mean)
{
    const int positions = l->out.h * l->out.w;

    for (int at = 0; at < positions; at++)
        for (int n = 0; n < l->filters; n++)
            mean[n] += sign * *values++ / positions;
}

static void compare_means(void *context, int64_t item, int worker)
{
    struct refinement *r = context;
    const struct net_layer *l = &r->net->layer[r->layer];
    struct net_buffers *real = r->real_buffers[worker];
    struct net_buffers *fake = r->fake_buffers[worker];
    double *mean = r->mean + item * l->filters;

    if (interrupt_requested())
        return;
    run_both(r, item, worker);
    /* Again without the activation, over the tensor that it had made. */
    float *out = net_buffers_tensor(real, r->layer + 1);

    stage_run(r->fake.stage[r->layer], net_buffers_tensor(fake, l->input),
              NULL, out, fake);
    add_mean(l, out, 1.0, mean);
    stage_run(r->real.stage[r->layer], net_buffers_tensor(real, l->input),
              NULL, out, real);
    add_mean(l, out, -1.0, mean);
    progress_step(&r->progress, 1);
}

static int correct(struct refinement *r)
{
    struct qlayer *q = &r->qnet->layer[r->layer];
    const struct net_layer *l = q->layer;

    r->mean = calloc((size_t) r->images * (size_t) l->filters,
                     sizeof(*r->mean));
    if (!r->mean)
        return -1;
    progress_start(&r->progress, "bias correction", r->images);
    parallel_for(r->images, r->workers, compare_means, r);
    progress_end(&r->progress);
    q->bias_saturated = 0;
    for (int n = 0; n < l->filters; n++) {
        double error = 0.0;

        for (int64_t i = 0; i < r->images; i++)
            error += r->mean[i * l->filters + n];
        qlayer_set_bias(q, n, q->bias[n] * q->bias_unit[n]
                              - error / (double) r->images);
    }
    q->bias_corrected = true;
    free(r->mean);
    r->mean = NULL;
    return interrupt_requested() ? -1 : 0;
}

/* ---------------------------------------------------------------- all */

static int prepare(struct refinement *r)
{
    const size_t workers = (size_t) r->workers;

    r->real_buffers = calloc(workers, sizeof(*r->real_buffers));
    r->fake_buffers = calloc(workers, sizeof(*r->fake_buffers));
    if (!r->real_buffers || !r->fake_buffers
        || chain_init(&r->real, r->net, NULL)
        || chain_init(&r->fake, r->net, r->qnet))
        return -1;
    for (size_t w = 0; w < workers; w++) {
        r->real_buffers[w] = net_buffers_new(r->net);
        r->fake_buffers[w] = net_buffers_new(r->net);
        if (!r->real_buffers[w] || !r->fake_buffers[w])
            return -1;
    }
    return 0;
}

static void release(struct refinement *r)
{
    for (int w = 0; w < r->workers; w++) {
        if (r->real_buffers)
            net_buffers_free(r->real_buffers[w]);
        if (r->fake_buffers)
            net_buffers_free(r->fake_buffers[w]);
    }
    free(r->real_buffers);
    free(r->fake_buffers);
    if (r->real.net)
        chain_release(&r->real);
    if (r->fake.net)
        chain_release(&r->fake);
}

static int refine_layer(struct refinement *r, const struct spec *spec,
                        const struct design_learned *settings)
{
    if (spec->rounding == QUANT_LEARNED && spec->weight.bits > 1
        && (learn(r, settings) || chain_update(&r->fake, r->qnet, r->layer)))
        return -1;
    if (spec->bias_correction
        && (correct(r) || chain_update(&r->fake, r->qnet, r->layer)))
        return -1;
    return 0;
}

static bool is_wanted(const struct spec *spec)
{
    return spec->rounding == QUANT_LEARNED || spec->bias_correction;
}

int refine(struct qnet *qnet, const struct hw *hw, const struct design *design,
           const struct dataset *data, int64_t images, int workers)
{
    struct refinement r = { .qnet = qnet, .net = qnet->net, .data = data,
                            .images = images > 0 && images < data->count
                                      ? images : data->count,
                            .workers = workers > 0 ? workers
                                                   : parallel_count_cpus() };
    bool prepared = false;
    int failed = 0;

    for (int i = 0; i < r.net->layer_count && !failed; i++) {
        const struct net_layer *l = &r.net->layer[i];
        const struct spec spec = spec_of_layer(design, hw, l->name);

        if (!l->has_weights || !is_wanted(&spec))
            continue;
        if (!prepared)
            failed = prepare(&r);
        prepared = true;
        r.layer = i;
        if (!failed)
            failed = refine_layer(&r, &spec, &design->learned);
    }
    release(&r);
    return failed;
}
