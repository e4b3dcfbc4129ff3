#include "sim/quant/learned.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/interrupt.h"
#include "sim/base/lanes.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"

/* Rows that are worked on together. */
enum { ROWS = 4, PROGRESS_STEPS = 20 };

/* The rectified sigmoid reaches 0 and 1 at finite arguments. */
static const float stretch_lo = -0.1f, stretch_hi = 1.1f;
static const float adam_mean = 0.9f, adam_square = 0.999f, adam_tiny = 1e-8f;
static const int beta_first = 20, beta_last = 2;   /* whole, see raise_to */
static const int warm_up = 5;      /* a fifth of the steps: no regularization */

/* One block of filters; arrays are [taps][LANES]. */
struct block {
    const struct learned_problem *p;
    int first;                     /* filter of lane 0 */
    int used;                      /* lanes with a filter */
    size_t size;                   /* taps * LANES */
    float *lower;                  /* real value of the lower code */
    float *step;                   /* of the next code above it, 0 if clipped */
    float *h, *v;                  /* h = rectified sigmoid of v */
    float *weight;                 /* lower + h * step */
    float *gradient, *mean, *square;
    float bias[LANES], norm[LANES];
};

struct job {
    const struct learned_problem *p;
    const struct design_learned *settings;
    int16_t *codes;
    double *before, *after;        /* [filters], squared errors of all rows */
    int64_t *changed;              /* [filters] */
    bool failed;
    struct progress progress;
};

int learned_blocks(const struct net_layer *layer)
{
    return (layer->filters + LANES - 1) / LANES;
}

static bool is_depthwise(const struct learned_problem *p)
{
    return p->layer->op == NET_DEPTHWISE_CONV2D;
}

static const float *row_of(const struct block *b, int row)
{
    const size_t taps = (size_t) b->p->layer->taps;
    const size_t blocks = (size_t) learned_blocks(b->p->layer);

    if (!is_depthwise(b->p))
        return b->p->x + (size_t) row * taps;
    return b->p->x + ((size_t) row * blocks + (size_t) (b->first / LANES))
                     * b->size;
}

/*
 * Sums of ROWS rows without bias, half a block. A tap's input is one number for
 * all filters or, in a depthwise layer (`each`), a number for each. Inlined
 * with a constant `each`, so that the loops hold no question.
 */
static inline __attribute__((always_inline))
void forward_half(const float *const *x, const float *w, int taps, float *sum,
                  bool each)
{
    lanes_half acc[ROWS] = { { 0 } };

    for (int k = 0; k < taps; k++, w += LANES)
        for (int r = 0; r < ROWS; r++)
            if (each)
                acc[r] += *(const lanes_half *) (x[r] + k * LANES)
                          * *(const lanes_half *) w;
            else
                acc[r] += x[r][k] * *(const lanes_half *) w;
    for (int r = 0; r < ROWS; r++)
        *(lanes_half *) (sum + r * LANES) = acc[r];
}

/* g += x * error over ROWS rows, half a block. */
static inline __attribute__((always_inline))
void backward_half(const float *const *x, const float *error, int taps,
                   float *g, bool each)
{
    lanes_half e[ROWS];

    for (int r = 0; r < ROWS; r++)
        e[r] = *(const lanes_half *) (error + r * LANES);
    for (int k = 0; k < taps; k++, g += LANES) {
        lanes_half sum = *(const lanes_half *) g;

        for (int r = 0; r < ROWS; r++)
            if (each)
                sum += *(const lanes_half *) (x[r] + k * LANES) * e[r];
            else
                sum += x[r][k] * e[r];
        *(lanes_half *) g = sum;
    }
}

LANES_CLONES
static void forward(const float *const *x, const float *w, int taps,
                    float *sum)
{
    forward_half(x, w, taps, sum, false);
    forward_half(x, w + LANES_HALF, taps, sum + LANES_HALF, false);
}

LANES_CLONES
static void forward_each(const float *const *x, const float *w, int taps,
                         float *sum)
{
    const float *const upper[ROWS] = { x[0] + LANES_HALF, x[1] + LANES_HALF,
                                       x[2] + LANES_HALF, x[3] + LANES_HALF };

    forward_half(x, w, taps, sum, true);
    forward_half(upper, w + LANES_HALF, taps, sum + LANES_HALF, true);
}

LANES_CLONES
static void backward(const float *const *x, const float *error, int taps,
                     float *g)
{
    backward_half(x, error, taps, g, false);
    backward_half(x, error + LANES_HALF, taps, g + LANES_HALF, false);
}

LANES_CLONES
static void backward_each(const float *const *x, const float *error, int taps,
                          float *g)
{
    const float *const upper[ROWS] = { x[0] + LANES_HALF, x[1] + LANES_HALF,
                                       x[2] + LANES_HALF, x[3] + LANES_HALF };

    backward_half(x, error, taps, g, true);
    backward_half(upper, error + LANES_HALF, taps, g + LANES_HALF, true);
}

/* A batch, or all rows in turn, ROWS at a time. The last may be given more than
 * once to fill up; `used` says how many count. */
struct rows {
    int index[ROWS];
    int used;
    const float *x[ROWS];
};

static void point_to_rows(const struct block *b, struct rows *rows)
{
    for (int r = 0; r < ROWS; r++) {
        if (r >= rows->used)
            rows->index[r] = rows->index[rows->used - 1];
        rows->x[r] = row_of(b, rows->index[r]);
    }
}

/* Output minus target, [ROWS][LANES]; `live` tells where the activation passes
 * a change on. Lanes without a filter are left alone. */
static void find_errors(const struct block *b, const struct rows *rows,
                        float *error, bool *live)
{
    const struct net_layer *l = b->p->layer;

    if (is_depthwise(b->p))
        forward_each(rows->x, b->weight, l->taps, error);
    else
        forward(rows->x, b->weight, l->taps, error);
    for (int r = 0; r < rows->used; r++) {
        const float *target = b->p->target + (size_t) rows->index[r]
                              * (size_t) l->filters + b->first;

        for (int i = 0; i < b->used; i++) {
            const float sum = error[r * LANES + i] + b->bias[i];

            live[r * LANES + i] = l->clamp_lo < sum && sum < l->clamp_hi;
            error[r * LANES + i] = (sum < l->clamp_lo ? l->clamp_lo
                                    : sum > l->clamp_hi ? l->clamp_hi : sum)
                                   - target[i];
        }
    }
}

static void add_rows(struct block *b, const struct rows *rows, float scale)
{
    float error[ROWS * LANES], out[ROWS * LANES] = { 0 };
    bool live[ROWS * LANES];

    find_errors(b, rows, error, live);
    for (int r = 0; r < rows->used; r++)
        for (int i = 0; i < b->used; i++)
            if (live[r * LANES + i])
                out[r * LANES + i] = error[r * LANES + i] * scale * b->norm[i];
    if (is_depthwise(b->p))
        backward_each(rows->x, out, b->p->layer->taps, b->gradient);
    else
        backward(rows->x, out, b->p->layer->taps, b->gradient);
}

/* Squared error of each filter over all rows, with the present weights. */
static void measure(const struct block *b, double *sum)
{
    for (int i = 0; i < b->used; i++)
        sum[i] = 0.0;
    for (int row = 0; row < b->p->rows; row += ROWS) {
        float error[ROWS * LANES];
        bool live[ROWS * LANES];
        struct rows rows = { .used = 0 };

        while (rows.used < ROWS && row + rows.used < b->p->rows) {
            rows.index[rows.used] = row + rows.used;
            rows.used++;
        }
        point_to_rows(b, &rows);
        find_errors(b, &rows, error, live);
        for (int r = 0; r < rows.used; r++)
            for (int i = 0; i < b->used; i++)
                sum[i] += (double) error[r * LANES + i]
                          * (double) error[r * LANES + i];
    }
}

/* The gradient of one batch of random rows. */
static void add_batch(struct block *b, int batch, struct rng *rng)
{
    memset(b->gradient, 0, b->size * sizeof(*b->gradient));
    for (int i = 0; i < batch; i += ROWS) {
        struct rows rows = { .used = batch - i < ROWS ? batch - i : ROWS };

        for (int r = 0; r < rows.used; r++)
            rows.index[r] = (int) rng_range(rng, 0, b->p->rows - 1);
        point_to_rows(b, &rows);
        add_rows(b, &rows, 2.0f / (float) batch);
    }
}

static void set_weights(struct block *b, bool hard)
{
    for (size_t k = 0; k < b->size; k++) {
        const float h = hard ? (b->h[k] >= 0.5f ? 1.0f : 0.0f) : b->h[k];

        b->weight[k] = b->lower[k] + h * b->step[k];
    }
}

/*
 * e^x to about 1e-7, the same on every machine: libm's last bit depends on what
 * the processor has, and a rounding that is decided by it ends up in the ROM.
 */
static float exponential(float x)
{
    const float limited = x < -80.0f ? -80.0f : x > 80.0f ? 80.0f : x;
    const float power = floorf(limited * 1.44269504f + 0.5f);
    const float r = (limited - power * 0.693359375f) + power * 2.12194440e-4f;
    float sum = 1.0f / 5040.0f;

    sum = sum * r + 1.0f / 720.0f;
    sum = sum * r + 1.0f / 120.0f;
    sum = sum * r + 1.0f / 24.0f;
    sum = sum * r + 1.0f / 6.0f;
    sum = sum * r + 0.5f;
    sum = sum * r + 1.0f;
    sum = sum * r + 1.0f;
    return ldexpf(sum, (int) power);
}

/* x to a whole power of 1 or more. */
static float raise_to(float x, int power)
{
    float result = 1.0f;

    for (; power > 0; power >>= 1, x *= x)
        if (power & 1)
            result *= x;
    return result;
}

static float rectify(float h)
{
    return h < 0.0f ? 0.0f : h > 1.0f ? 1.0f : h;
}

/* Adam's corrections for its start at zero: decays to the power of the step. */
struct schedule {
    double mean_decay, square_decay;
    float rate;
    int beta;                      /* 0: no regularization yet */
};

static void advance(struct schedule *t, const struct design_learned *s,
                    int step)
{
    const int warm = s->iterations / warm_up;
    const int left = s->iterations - step;

    t->mean_decay *= adam_mean;
    t->square_decay *= adam_square;
    t->rate = (float) (s->rate * sqrt(1.0 - t->square_decay)
                       / (1.0 - t->mean_decay));
    t->beta = step < warm || s->regularization == 0.0 ? 0
        : beta_last + (beta_first - beta_last) * left / (s->iterations - warm);
}

/* Adam on v, for weights that are not yet settled. */
static void update(struct block *b, const struct schedule *t, float reg)
{
    const float span = stretch_hi - stretch_lo;

    for (size_t k = 0; k < b->size; k++) {
        if (b->h[k] <= 0.0f || b->h[k] >= 1.0f || b->step[k] == 0.0f)
            continue;
        const float sigmoid = (b->h[k] - stretch_lo) / span;
        const float d = 2.0f * b->h[k] - 1.0f;
        float g = b->gradient[k] * b->step[k];

        if (t->beta > 0)
            g -= reg * 2.0f * (float) t->beta
                 * copysignf(raise_to(fabsf(d), t->beta - 1), d);
        g *= span * sigmoid * (1.0f - sigmoid);
        b->mean[k] += (1.0f - adam_mean) * (g - b->mean[k]);
        b->square[k] += (1.0f - adam_square) * (g * g - b->square[k]);
        b->v[k] -= t->rate * b->mean[k] / (sqrtf(b->square[k]) + adam_tiny);
        b->h[k] = rectify(span / (1.0f + exponential(-b->v[k])) + stretch_lo);
        b->weight[k] = b->lower[k] + b->h[k] * b->step[k];
    }
}

static void train(struct block *b, struct job *job)
{
    const struct design_learned *s = job->settings;
    struct schedule schedule = { .mean_decay = 1.0, .square_decay = 1.0 };
    struct rng rng;
    int reported = 0;

    rng_init(&rng, (uint64_t) s->seed * 1000003u + (uint64_t) b->first);
    for (int step = 0; step < s->iterations && !interrupt_requested();
         step++) {
        add_batch(b, s->batch, &rng);
        advance(&schedule, s, step);
        update(b, &schedule, (float) s->regularization);
        if (step - reported == PROGRESS_STEPS) {
            progress_step(&job->progress, step - reported);
            reported = step;
        }
    }
    progress_step(&job->progress, s->iterations - reported);
}

/* ------------------------------------------------------ codes to reals */

static void start_weight(struct block *b, size_t at, double real,
                         const struct quant_params *q)
{
    const double steps = real / q->scale;
    const double floor_code = floor(steps) + q->zero_point;
    const int32_t lower = (int32_t) fmin(fmax(floor_code, q->min), q->max);
    const int32_t upper = (int32_t) fmin(fmax(floor_code + 1.0, q->min),
                                         q->max);
    const double h = fmin(fmax(steps - floor(steps), 1e-3), 1.0 - 1e-3);

    b->lower[at] = (float) quant_real(q, lower);
    b->step[at] = (float) (quant_real(q, upper) - quant_real(q, lower));
    b->h[at] = (float) h;
    b->v[at] = (float) -log((stretch_hi - stretch_lo) / (h - stretch_lo) - 1);
}

static void start(struct block *b, const int16_t *codes)
{
    const struct net_layer *l = b->p->layer;

    for (int i = 0; i < b->used; i++) {
        const struct quant_params *q = &b->p->params[b->first + i];
        const size_t from = (size_t) (b->first + i) * (size_t) l->taps;

        b->bias[i] = b->p->bias[b->first + i];
        for (int k = 0; k < l->taps; k++) {
            const size_t at = (size_t) k * LANES + (size_t) i;

            start_weight(b, at, l->weight[from + (size_t) k], q);
            b->weight[at] = (float) quant_real(q, codes[from + (size_t) k]);
        }
    }
}

/* The codes of one filter; returns how many differ from the nearest. */
static int64_t store(const struct block *b, int lane, int16_t *codes)
{
    const struct quant_params *q = &b->p->params[b->first + lane];
    int64_t changed = 0;

    for (int k = 0; k < b->p->layer->taps; k++) {
        const size_t at = (size_t) k * LANES + (size_t) lane;
        const int16_t code = (int16_t) quant_code(q, b->weight[at]);

        changed += code != codes[k];
        codes[k] = code;
    }
    return changed;
}

static void finish(struct block *b, struct job *job)
{
    double after[LANES];

    set_weights(b, true);
    measure(b, after);
    for (int i = 0; i < b->used; i++) {
        const int n = b->first + i;

        job->after[n] = job->before[n];
        if (after[i] >= job->before[n])
            continue;
        job->after[n] = after[i];
        job->changed[n] = store(b, i, job->codes + (size_t) n
                                      * (size_t) b->p->layer->taps);
    }
}

static void round_block(void *context, int64_t item, int worker)
{
    struct job *job = context;
    const struct net_layer *l = job->p->layer;
    struct block b = { .p = job->p, .first = (int) item * LANES };
    float **arrays[] = { &b.lower, &b.step, &b.h, &b.v, &b.weight,
                         &b.gradient, &b.mean, &b.square };
    const size_t count = sizeof(arrays) / sizeof(*arrays);

    (void) worker;
    b.used = l->filters - b.first < LANES ? l->filters - b.first : LANES;
    b.size = (size_t) l->taps * LANES;
    float *memory = calloc(count * b.size, sizeof(*memory));

    if (!memory) {
        job->failed = true;    /* only ever set; read after the threads end */
        return;
    }
    for (size_t i = 0; i < count; i++)
        *arrays[i] = memory + i * b.size;
    start(&b, job->codes);
    measure(&b, job->before + b.first);
    for (int i = 0; i < b.used; i++)
        b.norm[i] = job->before[b.first + i] > 0.0
            ? (float) (b.p->rows / job->before[b.first + i]) : 0.0f;
    set_weights(&b, false);
    train(&b, job);
    finish(&b, job);
    free(memory);
}

static void sum_up(const struct job *job, struct learned_result *r)
{
    const struct net_layer *l = job->p->layer;
    const size_t targets = (size_t) job->p->rows * (size_t) l->filters;
    double energy = 0.0;

    memset(r, 0, sizeof(*r));
    for (int n = 0; n < l->filters; n++) {
        r->before += job->before[n];
        r->after += job->after[n];
        r->changed += job->changed[n];
    }
    for (size_t i = 0; i < targets; i++)
        energy += (double) job->p->target[i] * (double) job->p->target[i];
    r->before = energy > 0.0 ? r->before / energy : 0.0;
    r->after = energy > 0.0 ? r->after / energy : 0.0;
}

int learned_round(const struct learned_problem *problem,
                  const struct design_learned *settings, int16_t *codes,
                  struct learned_result *result, int workers)
{
    const int blocks = learned_blocks(problem->layer);
    const size_t filters = (size_t) blocks * LANES;
    struct job job = { .p = problem, .settings = settings, .codes = codes };

    job.before = calloc(filters, sizeof(*job.before));
    job.after = calloc(filters, sizeof(*job.after));
    job.changed = calloc(filters, sizeof(*job.changed));
    job.failed = !job.before || !job.after || !job.changed;
    if (!job.failed) {
        progress_start(&job.progress, problem->layer->name,
                       (int64_t) blocks * settings->iterations);
        parallel_for(blocks, workers, round_block, &job);
        progress_end(&job.progress);
        sum_up(&job, result);
    }
    free(job.before);
    free(job.after);
    free(job.changed);
    return job.failed || interrupt_requested() ? -1 : 0;
}
