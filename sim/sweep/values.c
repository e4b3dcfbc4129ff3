/*
 * values.c - image by image, so that an image's exact tensors serve all
 * machines.
 *
 * Sums over elements are per image and added in the order of the images at the
 * end, as evaluate.c does it; the last bit does not depend on the threads nor
 * on what was reused.
 */
#include "sim/sweep/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/bound.h"
#include "sim/array/evaluate.h"
#include "sim/base/digest.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"

struct sums {
    double signal, noise;
};

struct worker {
    struct net_buffers *floats;
    const float **real;           /* [tensors] */
    struct array_state *exact;
    struct array_state *state;    /* of any machine: all have one shape */
    struct sums *exact_sums;      /* [layers] of the image */
    struct fx_range *range;       /* [layers] of the image */
    struct fx_range *now;         /* [channels] */
    bool *same, *here;            /* [tensors] */
    int64_t **overflows;          /* [machines * layers] -> [channels] */
    int64_t layers, reused;
};

struct job {
    struct values *v;
    int count, layers, channels;
    const struct program *exact;
    struct array_model *exact_model;
    struct array_model **model;   /* [count] */
    struct fx_format *format;     /* [count] */
    const struct reference *ref;
    int64_t images;
    int workers;
    struct worker *worker;
    struct sums *sums;            /* [count][images][layers] */
    int *class;                   /* [count][images] */
    uint32_t *crc;                /* [count][images] */
    struct progress *progress;
    struct arena arena;
};

static const struct fx_range nothing = { INT64_MAX, INT64_MIN };

/* -------------------------------------------------------------- one image */

static int argmax(const int32_t *codes, int64_t count)
{
    int64_t best = 0;

    for (int64_t i = 1; i < count; i++)
        if (codes[i] > codes[best])
            best = i;
    return (int) best;
}

static size_t tensor_count(const struct program *p, int t)
{
    return (size_t) net_elements(net_tensor_shape(p->net, t));
}

/* Tensor t of a state against the float one; as evaluate.c, in order. */
static struct sums compare(const struct program *p, int t,
                           struct array_state *state, const float *real)
{
    const double scale = p->tensor[t].scale;
    const int32_t zp = p->tensor[t].zero_point;
    const int32_t *codes = array_tensor(state, t);
    const size_t count = tensor_count(p, t);
    struct sums s = { 0, 0 };

    for (size_t i = 0; i < count; i++) {
        const double error = scale * (codes[i] - zp) - (double) real[i];

        s.signal += (double) real[i] * (double) real[i];
        s.noise += error * error;
    }
    return s;
}

static bool has_sums(const struct program_desc *d)
{
    return d->filters > 0 || d->op == NET_AVERAGE_POOL2D || d->op == NET_MUL;
}

static void run_exact(struct job *job, struct worker *w)
{
    const struct program *p = job->exact;

    evaluate_quantize_input(p, w->real[0], array_tensor(w->exact, 0));
    for (int i = 0; i < job->layers; i++) {
        struct fx_range *r = &w->range[i];
        const int channels = p->desc[i].out.c;

        *r = nothing;
        for (int c = 0; c < channels; c++)
            w->now[c] = nothing;
        array_run_measured(job->exact_model, w->exact, i, w->now);
        for (int c = 0; c < channels; c++) {
            r->lo = w->now[c].lo < r->lo ? w->now[c].lo : r->lo;
            r->hi = w->now[c].hi > r->hi ? w->now[c].hi : r->hi;
        }
        w->exact_sums[i] = compare(p, i + 1, w->exact, w->real[i + 1]);
    }
}

/* The input of a layer into the machine's state, unless it is there. */
static void bring(struct worker *w, const struct program *p, int t)
{
    if (w->here[t])
        return;
    memcpy(array_tensor(w->state, t), array_tensor(w->exact, t),
           tensor_count(p, t) * sizeof(int32_t));
    w->here[t] = true;
}

static void take_overflows(struct job *job, struct worker *w, int machine,
                           int layer)
{
    int64_t *from = array_overflows(w->state, layer);
    int64_t *to = w->overflows[machine * job->layers + layer];

    for (int c = 0; c < job->v[machine].program->desc[layer].out.c; c++) {
        to[c] += from[c];
        from[c] = 0;
    }
}

/* Layer i on a machine, or the exact layer's output where it is the same. */
static void run_layer(struct job *job, struct worker *w, int machine, int i,
                      struct sums *sums)
{
    const struct program *p = job->v[machine].program;
    const struct program_desc *d = &p->desc[i];

    w->layers++;
    if (w->same[d->input] && (d->second < 0 || w->same[d->second])
        && (!has_sums(d) || bound_holds(&job->format[machine],
                                        &w->range[i]))) {
        w->same[i + 1] = true;
        w->reused++;
        *sums = w->exact_sums[i];
        return;
    }
    bring(w, p, d->input);
    if (d->second >= 0)
        bring(w, p, d->second);
    array_run_layer(job->model[machine], w->state, i);
    take_overflows(job, w, machine, i);
    w->here[i + 1] = true;
    w->same[i + 1] = job->exact
        && !memcmp(array_tensor(w->state, i + 1), array_tensor(w->exact, i + 1),
                   tensor_count(p, i + 1) * sizeof(int32_t));
    *sums = w->same[i + 1] ? w->exact_sums[i]
                           : compare(p, i + 1, w->state, w->real[i + 1]);
}

static void run_machine(struct job *job, struct worker *w, int64_t item,
                        int machine)
{
    const struct program *p = job->v[machine].program;
    const int last = job->layers;
    const size_t at = (size_t) machine * (size_t) job->images + (size_t) item;
    const size_t out = tensor_count(p, last);
    struct array_state *state;

    memset(w->here, 0, (size_t) (last + 1) * sizeof(*w->here));
    memset(w->same, 0, (size_t) (last + 1) * sizeof(*w->same));
    if (job->exact) {
        w->same[0] = true;
    } else {
        evaluate_quantize_input(p, w->real[0], array_tensor(w->state, 0));
        w->here[0] = true;
    }
    for (int i = 0; i < last; i++)
        run_layer(job, w, machine, i,
                  &job->sums[at * (size_t) last + (size_t) i]);
    state = w->same[last] ? w->exact : w->state;
    job->class[at] = argmax(array_tensor(state, last), (int64_t) out);
    job->crc[at] = digest_crc32(0, array_tensor(state, last),
                                out * sizeof(int32_t));
}

static void run_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct worker *w = &job->worker[worker];

    if (interrupt_requested())
        return;
    reference_tensors(job->ref, item, w->floats, w->real);
    if (job->exact)
        run_exact(job, w);
    for (int m = 0; m < job->count; m++)
        run_machine(job, w, item, m);
    if (job->progress)
        progress_step(job->progress, job->count);
}

/* ------------------------------------------------------------- all images */

static double decibel(struct sums s)
{
    return s.noise == 0.0 ? INFINITY : s.signal == 0.0 ? -INFINITY
                          : 10.0 * log10(s.signal / s.noise);
}

static void sum_layer(struct job *job, int m, int i)
{
    struct values_layer *l = &job->v[m].layer[i];
    const struct program_desc *d = &job->v[m].program->desc[i];
    const struct array_bound *bound = array_bounds(job->model[m], i);
    struct sums all = { 0, 0 };

    for (int64_t n = 0; n < job->images; n++) {
        const struct sums *s =
            &job->sums[((int64_t) m * job->images + n) * job->layers + i];

        all.signal += s->signal;
        all.noise += s->noise;
    }
    l->sqnr_db = decibel(all);
    for (int c = 0; c < d->out.c; c++) {
        int64_t events = 0;

        for (int w = 0; w < job->workers; w++)
            events += job->worker[w].overflows[m * job->layers + i][c];
        l->overflows += events;
        l->overflow_channels += events > 0;
    }
    for (int n = 0; bound && n < d->filters; n++) {
        l->proved_channels += bound[n].proved;
        l->safe_bits = bound[n].bits > l->safe_bits ? bound[n].bits
                                                    : l->safe_bits;
    }
}

static int sum_machine(struct job *job, int m)
{
    struct values *v = &job->v[m];
    const int64_t first = (int64_t) m * job->images;

    v->images = job->images;
    v->layer_count = job->layers;
    for (int64_t n = 0; n < job->images; n++) {
        const int label = dataset_label(job->ref->data, n);
        const int class = job->class[first + n];

        v->labelled += label >= 0;
        v->correct += label >= 0 && class == label;
        v->float_correct += label >= 0 && job->ref->class[n] == label;
        v->same_class += class == job->ref->class[n];
    }
    for (int i = 0; i < job->layers; i++)
        sum_layer(job, m, i);
    return digest_sha256(job->crc + first, (size_t) job->images
                                           * sizeof(*job->crc), v->digest);
}

/* -------------------------------------------------------------- allocation */

static void make_model(void *context, int64_t item, int worker)
{
    struct job *job = context;

    (void) worker;
    job->model[item] = array_new(job->v[item].program, NULL);
}

static int models_new(struct job *job)
{
    job->model = arena_alloc_array(&job->arena, (size_t) job->count,
                                   sizeof(*job->model));
    job->format = arena_alloc_array(&job->arena, (size_t) job->count,
                                    sizeof(*job->format));
    if (!job->model || !job->format)
        return -1;
    parallel_for(job->count, job->workers, make_model, job);
    for (int m = 0; m < job->count; m++) {
        job->format[m] = hw_acc_format(job->v[m].program->hw);
        if (!job->model[m])
            return -1;
    }
    if (job->exact && !(job->exact_model = array_new(job->exact, NULL)))
        return -1;
    return 0;
}

static int worker_new(struct job *job, struct worker *w)
{
    const struct program *p = job->v[0].program;
    const size_t tensors = (size_t) p->tensor_count;
    const size_t layers = (size_t) job->layers;
    struct arena *a = &job->arena;

    w->floats = net_buffers_new(p->net);
    w->real = arena_alloc_array(a, tensors, sizeof(*w->real));
    w->exact = job->exact ? array_state_new(job->exact_model) : NULL;
    w->state = array_state_new(job->model[0]);
    w->exact_sums = arena_alloc_array(a, layers, sizeof(*w->exact_sums));
    w->range = arena_alloc_array(a, layers, sizeof(*w->range));
    w->now = arena_alloc_array(a, (size_t) job->channels, sizeof(*w->now));
    w->same = arena_alloc_array(a, tensors, sizeof(*w->same));
    w->here = arena_alloc_array(a, tensors, sizeof(*w->here));
    w->overflows = arena_alloc_array(a, (size_t) job->count * layers,
                                     sizeof(*w->overflows));
    if (!w->floats || !w->real || (job->exact && !w->exact) || !w->state
        || !w->exact_sums || !w->range || !w->now || !w->same || !w->here
        || !w->overflows)
        return -1;
    for (size_t k = 0; k < (size_t) job->count * layers; k++) {
        w->overflows[k] = arena_alloc_array(
            a, (size_t) p->desc[k % layers].out.c, sizeof(int64_t));
        if (!w->overflows[k])
            return -1;
    }
    return 0;
}

static int allocate(struct job *job, struct arena *arena)
{
    const size_t cells = (size_t) job->count * (size_t) job->images;
    const struct program *p = job->v[0].program;

    for (int i = 0; i < job->layers; i++)
        job->channels = p->desc[i].out.c > job->channels ? p->desc[i].out.c
                                                         : job->channels;
    job->sums = arena_alloc_array(&job->arena, cells * (size_t) job->layers,
                                  sizeof(*job->sums));
    job->class = arena_alloc_array(&job->arena, cells, sizeof(*job->class));
    job->crc = arena_alloc_array(&job->arena, cells, sizeof(*job->crc));
    job->worker = arena_alloc_array(&job->arena, (size_t) job->workers,
                                    sizeof(*job->worker));
    if (!job->sums || !job->class || !job->crc || !job->worker
        || models_new(job))
        return -1;
    for (int w = 0; w < job->workers; w++)
        if (worker_new(job, &job->worker[w]))
            return -1;
    for (int m = 0; m < job->count; m++) {
        job->v[m].layer = arena_alloc_array(arena, (size_t) job->layers,
                                            sizeof(struct values_layer));
        if (!job->v[m].layer)
            return -1;
    }
    return 0;
}

static void release(struct job *job)
{
    for (int w = 0; job->worker && w < job->workers; w++) {
        net_buffers_free(job->worker[w].floats);
        array_state_free(job->worker[w].exact);
        array_state_free(job->worker[w].state);
    }
    for (int m = 0; job->model && m < job->count; m++)
        array_free(job->model[m]);
    array_free(job->exact_model);
    arena_release(&job->arena);
}

int values_run(struct values *v, int count, const struct program *exact,
               const struct reference *reference, int64_t images, int workers,
               struct values_work *work, struct arena *arena)
{
    struct job job = {
        .v = v, .count = count, .layers = v[0].program->desc_count,
        .exact = exact, .ref = reference,
        .images = images > 0 && images < reference->images
                  ? images : reference->images,
        .workers = workers > 0 ? workers : parallel_count_cpus(),
        .progress = work->progress
    };
    int result = -1;

    arena_init(&job.arena, 0);
    if (allocate(&job, arena))
        goto done;
    parallel_for(job.images, job.workers, run_image, &job);
    if (interrupt_requested())
        goto done;
    result = 0;
    for (int m = 0; m < count; m++)
        result |= sum_machine(&job, m);
    for (int w = 0; w < job.workers; w++) {
        work->layers += job.worker[w].layers;
        work->reused += job.worker[w].reused;
    }

done:
    release(&job);
    return result ? -1 : 0;
}
