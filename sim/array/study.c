/*
 * study.c - image by image, so that an image's exact tensors serve all runs.
 *
 * A pass goes over all images. For each it runs the exact machine, and then
 * every point of the pass, layer by layer. `same[t]` says that tensor t of the
 * point equals the exact one; it is set by reuse and, after a layer that had to
 * be run, by comparing, for a requantizer often hides what an overflow did.
 */
#include "sim/array/study.h"

#include <stdlib.h>
#include <string.h>

#include "sim/array/array.h"
#include "sim/array/evaluate.h"
#include "sim/base/digest.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

static const struct fx_range nothing = { INT64_MAX, INT64_MIN };

/* The network on a machine with another accumulator. */
struct variant {
    struct hw hw;
    struct program program;
    struct array_model *model;
};

/* What one worker counts for one point. */
struct tally {
    int64_t correct, same_class, overflowed_images;
    int64_t *layer_overflows;
};

struct worker {
    float *input;
    struct array_state *exact, *narrow;
    bool *same, *here;             /* [tensors] */
    struct fx_range *now;          /* [channels] of the layer being measured */
    struct tally *tally;           /* [points of the pass] */
    int64_t runs, reused, products, reused_products;
};

struct job {
    struct study *study;
    const struct study_options *options;
    const struct qnet *qnet;
    const struct hw *hw;
    const struct dataset *data;
    int workers;
    int layers, channels;          /* channels: of the widest layer */
    struct variant *wide;
    struct variant *variant[STUDY_MODES][STUDY_WIDE_BITS + 1];
    struct worker *worker;
    struct fx_range *range;        /* [images][layers]: exact sums */
    bool measured;                 /* range is filled */
    int *exact_class;
    uint32_t *exact_crc;
    struct arena arena;
    /* The pass. */
    struct study_point *point;
    int points;
    uint32_t *crc;                 /* [points][images] */
    struct progress progress;
};

/* -------------------------------------------------------------- variants */

static struct variant *variant_new(struct job *job, struct fx_format acc)
{
    struct variant *v = calloc(1, sizeof(*v));
    struct diag diag;
    int failed;

    if (!v)
        return NULL;
    v->hw = *job->hw;
    v->hw.acc_bits = acc.bits;
    v->hw.acc_overflow = acc.overflow;
    v->hw.acc_wrap_bits = acc.wrap_bits;
    diag_init(&diag);
    failed = program_build(&v->program, job->qnet, &v->hw, &diag);
    diag_release(&diag);
    /* An add is scaled to the machine's accumulator when it is quantized. */
    for (int i = 0; !failed && i < v->program.desc_count; i++)
        if (v->program.desc[i].op == NET_ADD)
            v->program.desc[i].add_shift = hw_add_shift(job->hw);
    v->model = failed ? NULL : array_new(&v->program, NULL);
    if (v->model)
        return v;
    program_release(&v->program);
    free(v);
    return NULL;
}

static void variant_free(struct variant *v)
{
    if (!v)
        return;
    array_free(v->model);
    program_release(&v->program);
    free(v);
}

static struct fx_format point_format(const struct study *s,
                                     const struct study_point *p)
{
    struct fx_format f = s->mode[p->mode];

    f.bits = p->bits;
    return f;
}

static int need_variant(struct job *job, const struct study_point *p)
{
    struct variant **v = &job->variant[p->mode][p->bits];

    if (!*v)
        *v = variant_new(job, point_format(job->study, p));
    return *v ? 0 : -1;
}

/* ------------------------------------------------------------- one image */

static bool has_sums(const struct program_desc *d)
{
    return d->filters > 0 || d->op == NET_AVERAGE_POOL2D || d->op == NET_MUL;
}

static size_t tensor_bytes(const struct program *p, int t)
{
    return (size_t) net_elements(net_tensor_shape(p->net, t))
           * sizeof(int32_t);
}

static void unite(struct fx_range *all, const struct fx_range *one)
{
    all->lo = one->lo < all->lo ? one->lo : all->lo;
    all->hi = one->hi > all->hi ? one->hi : all->hi;
}

static void run_exact(struct job *job, struct worker *w, int64_t item)
{
    const struct program *p = &job->wide->program;
    const int64_t out = net_elements(p->desc[job->layers - 1].out);
    const int32_t *codes = array_tensor(w->exact, job->layers);

    dataset_image(job->data, p->net, item, w->input);
    evaluate_quantize_input(p, w->input, array_tensor(w->exact, 0));
    for (int i = 0; i < job->layers; i++) {
        const int channels = p->desc[i].out.c;
        struct fx_range *range = &job->range[item * job->layers + i];

        if (job->measured) {
            array_run_layer(job->wide->model, w->exact, i);
            continue;
        }
        for (int c = 0; c < channels; c++)
            w->now[c] = nothing;
        array_run_measured(job->wide->model, w->exact, i, w->now);
        *range = nothing;
        for (int c = 0; c < channels; c++)
            unite(range, &w->now[c]);
    }
    job->exact_class[item] = array_class(&job->wide->program, codes);
    job->exact_crc[item] = digest_crc32(0, codes, (size_t) out
                                                  * sizeof(*codes));
}

/* The input of a layer into the narrow state, unless it is there. */
static void bring(struct worker *w, const struct program *p, int t)
{
    if (w->here[t])
        return;
    memcpy(array_tensor(w->narrow, t), array_tensor(w->exact, t),
           tensor_bytes(p, t));
    w->here[t] = true;
}

/* Events since the last call. */
static int64_t take_overflows(struct worker *w, const struct program_desc *d)
{
    int64_t *overflows = array_overflows(w->narrow, d->layer);
    int64_t sum = 0;

    for (int c = 0; c < d->out.c; c++) {
        sum += overflows[c];
        overflows[c] = 0;
    }
    return sum;
}

/* Whether layer i, on its exact input, has its exact output. */
static bool harmless(const struct job *job, const struct study_point *pt,
                     int64_t item, int i)
{
    const struct fx_format f = point_format(job->study, pt);

    if (job->options->no_reuse)
        return false;
    if (!has_sums(&job->wide->program.desc[i])
        || (pt->layer >= 0 && pt->layer != i))
        return true;
    return bound_holds(&f, &job->range[item * job->layers + i]);
}

static void run_point(struct job *job, struct worker *w, int64_t item,
                      int index)
{
    const struct study_point *pt = &job->point[index];
    const struct program *p = &job->wide->program;
    const struct array_model *model = job->variant[pt->mode][pt->bits]->model;
    struct tally *tally = &w->tally[index];
    const int last = job->layers;
    const int64_t out = net_elements(p->desc[last - 1].out);
    int64_t events = 0;
    int class = job->exact_class[item];
    uint32_t crc = job->exact_crc[item];

    memset(w->here, 0, (size_t) (last + 1) * sizeof(*w->here));
    memset(w->same, 0, (size_t) (last + 1) * sizeof(*w->same));
    w->same[0] = true;
    for (int i = 0; i < last; i++) {
        const struct program_desc *d = &p->desc[i];
        const bool narrowed = pt->layer < 0 || pt->layer == i;
        const int64_t products = net_elements(d->out) * d->taps;
        int64_t count;

        w->runs++;
        w->products += products;
        if (w->same[d->input] && (d->second < 0 || w->same[d->second])
            && harmless(job, pt, item, i)) {
            w->same[i + 1] = true;
            w->reused++;
            w->reused_products += products;
            continue;
        }
        bring(w, p, d->input);
        if (d->second >= 0)
            bring(w, p, d->second);
        array_run_layer(narrowed ? model : job->wide->model, w->narrow, i);
        count = take_overflows(w, d);
        tally->layer_overflows[i] += count;
        events += count;
        w->here[i + 1] = true;
        w->same[i + 1] = !memcmp(array_tensor(w->narrow, i + 1),
                                 array_tensor(w->exact, i + 1),
                                 tensor_bytes(p, i + 1));
    }
    if (!w->same[last]) {
        const int32_t *codes = array_tensor(w->narrow, last);

        class = array_class(p, codes);
        crc = digest_crc32(0, codes, (size_t) out * sizeof(*codes));
    }
    tally->correct += class == dataset_label(job->data, item);
    tally->same_class += class == job->exact_class[item];
    tally->overflowed_images += events > 0;
    job->crc[index * job->study->images + item] = crc;
}

static void run_image(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct worker *w = &job->worker[worker];

    if (interrupt_requested())
        return;
    run_exact(job, w, item);
    for (int p = 0; p < job->points && !interrupt_requested(); p++)
        run_point(job, w, item, p);
    progress_step(&job->progress, 1);
}

/* ------------------------------------------------------------- one pass */

static int tallies_new(struct job *job, struct arena *arena)
{
    const size_t points = (size_t) job->points;

    job->crc = arena_alloc_array(arena, points * (size_t) job->study->images,
                                 sizeof(*job->crc));
    if (!job->crc)
        return -1;
    for (int i = 0; i < job->workers; i++) {
        struct worker *w = &job->worker[i];

        w->tally = arena_alloc_array(arena, points, sizeof(*w->tally));
        for (size_t p = 0; w->tally && p < points; p++) {
            w->tally[p].layer_overflows =
                arena_alloc_array(arena, (size_t) job->layers, sizeof(int64_t));
            if (!w->tally[p].layer_overflows)
                return -1;
        }
        if (!w->tally)
            return -1;
    }
    return 0;
}

/* Points of accuracy; without labels, of images with another class. */
static double lost(const struct study *s, const struct study_point *p)
{
    if (s->labelled > 0)
        return 100.0 * (double) (s->exact_correct - p->correct)
               / (double) s->labelled;
    return 100.0 * (double) (s->images - p->same_class) / (double) s->images;
}

static int sum_point(struct job *job, int index)
{
    const struct study *s = job->study;
    struct study_point *p = &job->point[index];
    const struct program *program =
        &job->variant[p->mode][p->bits]->program;

    for (int i = 0; i < job->workers; i++) {
        const struct tally *t = &job->worker[i].tally[index];

        p->correct += t->correct;
        p->same_class += t->same_class;
        p->overflowed_images += t->overflowed_images;
        for (int l = 0; l < job->layers; l++) {
            p->overflows += t->layer_overflows[l];
            p->layer_overflows[l] += t->layer_overflows[l];
        }
    }
    for (int l = 0; l < job->layers; l++)
        if (p->layer < 0 || p->layer == l)
            p->bias_overflows += program->desc[l].bias_overflows;
    p->lost = lost(s, p);
    return digest_sha256(job->crc + (int64_t) index * s->images,
                         (size_t) s->images * sizeof(*job->crc), p->digest);
}

static int point_init(struct job *job, struct study_point *p, int mode,
                      int bits, int layer, struct arena *arena)
{
    *p = (struct study_point) { .mode = mode, .bits = bits, .layer = layer };
    p->layer_overflows = arena_alloc_array(arena, (size_t) job->layers,
                                           sizeof(*p->layer_overflows));
    return p->layer_overflows && !need_variant(job, p) ? 0 : -1;
}

static int run_pass(struct job *job, const char *label,
                    struct study_point *point, int points)
{
    struct arena arena;
    int result = -1;

    arena_init(&arena, 0);
    job->point = point;
    job->points = points;
    if (tallies_new(job, &arena))
        goto done;
    progress_start(&job->progress, label, job->study->images);
    parallel_for(job->study->images, job->workers, run_image, job);
    progress_end(&job->progress);
    if (interrupt_requested())
        goto done;
    job->measured = true;
    result = 0;
    for (int p = 0; p < points; p++)
        result |= sum_point(job, p);

done:
    arena_release(&arena);
    return result ? -1 : 0;
}

/* ------------------------------------------------------------- the study */

static void choose_modes(struct job *job)
{
    struct study *s = job->study;
    const struct fx_format own = hw_acc_format(job->hw);

    for (int m = 0; m < STUDY_MODES; m++) {
        s->mode[m] = own;
        s->mode[m].wrap_bits = 0;
    }
    s->mode[0].overflow = FX_WRAP;
    s->mode[1].overflow = FX_SATURATE;
    s->mode[2] = own;
    s->mode_count = own.wrap_bits == 0 && (own.overflow == FX_WRAP
                                           || own.overflow == FX_SATURATE)
        ? 2 : 3;
}

static void raise(int *most, int value)
{
    *most = value > *most ? value : *most;
}

static void bound_one(struct job *job, int i)
{
    struct study *s = job->study;
    struct study_layer *l = &s->layer[i];
    const struct fx_format own = hw_acc_format(job->hw);
    const struct program *p = &job->wide->program;

    l->bound = bound_layer(p, i);
    l->channels = p->desc[i].out.c;
    l->peak = nothing;
    for (int c = 0; l->bound.sums && c < l->channels; c++) {
        const struct fx_range r = bound_channel_interval(p, i, c);

        l->proved_channels += bound_holds(&own, &r);
    }
    raise(&s->type_bits, l->bound.type_bits);
    raise(&s->l1_bits, l->bound.l1_bits);
    raise(&s->interval_bits, l->bound.interval_bits);
}

/* The exact machine on all images; then the peaks are known. */
static int measure(struct job *job)
{
    struct study *s = job->study;

    if (run_pass(job, "measuring", NULL, 0))
        return -1;
    for (int64_t n = 0; n < s->images; n++) {
        const int label = dataset_label(job->data, n);

        s->labelled += label >= 0;
        s->exact_correct += label >= 0 && job->exact_class[n] == label;
        for (int i = 0; i < job->layers; i++)
            unite(&s->layer[i].peak, &job->range[n * job->layers + i]);
    }
    for (int i = 0; i < job->layers; i++) {
        struct study_layer *l = &s->layer[i];

        if (l->peak.lo <= l->peak.hi)
            l->peak_bits = fx_bits_needed(l->peak.lo, l->peak.hi);
        raise(&s->peak_bits, l->peak_bits);
        for (int w = 0; w < job->workers; w++)
            for (int c = 0; c < l->channels; c++)
                s->exact_overflows +=
                    array_overflows(job->worker[w].exact, i)[c];
    }
    return digest_sha256(job->exact_crc, (size_t) s->images
                                         * sizeof(*job->exact_crc),
                         s->exact_digest);
}

static int clamp(int v, int lo, int hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static void choose_widths(struct job *job)
{
    struct study *s = job->study;
    const struct study_options *o = job->options;

    s->lo = o->lo > 0 ? o->lo : clamp(s->peak_bits - STUDY_BELOW,
                                      STUDY_LEAST_BITS, 32);
    s->hi = o->hi > 0 ? o->hi : clamp(s->interval_bits, s->lo, 32);
    s->hi = s->hi < s->lo ? s->lo : s->hi;
}

/* The least width such that it and all wider ones keep the accuracy. */
static void find_keeping(struct study *s)
{
    const int widths = s->hi - s->lo + 1;

    for (int m = 0; m < s->mode_count; m++)
        for (int b = widths - 1; b >= 0; b--) {
            const struct study_point *p = &s->point[m * widths + b];

            if (p->lost > s->tolerance)
                break;
            s->keeps_bits[m] = p->bits;
        }
}

static int run_curve(struct job *job)
{
    struct study *s = job->study;
    const int widths = s->hi - s->lo + 1;

    s->point_count = s->mode_count * widths;
    s->point = arena_alloc_array(&s->arena, (size_t) s->point_count,
                                 sizeof(*s->point));
    if (!s->point)
        return -1;
    for (int i = 0; i < s->point_count; i++)
        if (point_init(job, &s->point[i], i / widths, s->lo + i % widths, -1,
                       &s->arena))
            return -1;
    if (run_pass(job, "narrowing", s->point, s->point_count))
        return -1;
    find_keeping(s);
    return 0;
}

/* ------------------------------------------------- each layer narrowed alone */

/* The next width to try of a layer, or 0: all known. */
static int next_width(const struct study *s, const struct study_layer *l,
                      int mode, bool failed)
{
    const int bits = l->keeps_bits[mode] - 1;

    return failed || !l->bound.sums || bits < s->lo || bits > STUDY_WIDE_BITS
        ? 0 : bits;
}

/*
 * From the narrowest width without overflow downwards, all layers in the same
 * passes, each until it loses more than the tolerance.
 */
static int narrow_layers(struct job *job)
{
    struct study *s = job->study;
    const int most = job->layers * s->mode_count;
    struct study_point *point = arena_alloc_array(&job->arena, (size_t) most,
                                                  sizeof(*point));
    bool *failed = arena_alloc_array(&job->arena, (size_t) most,
                                     sizeof(*failed));

    if (!point || !failed)
        return -1;
    for (int k = 0; k < most; k++) {
        struct study_layer *l = &s->layer[k / s->mode_count];
        const int mode = k % s->mode_count;

        l->keeps_bits[mode] = bound_narrowest(s->mode[mode], &l->peak);
    }
    for (;;) {
        int points = 0;

        for (int k = 0; k < most; k++) {
            const int layer = k / s->mode_count, mode = k % s->mode_count;
            const int bits = next_width(s, &s->layer[layer], mode, failed[k]);

            if (bits > 0 && point_init(job, &point[points++], mode, bits,
                                       layer, &job->arena))
                return -1;
        }
        if (points == 0)
            return 0;
        if (run_pass(job, "narrowing single layers", point, points))
            return -1;
        for (int i = 0; i < points; i++) {
            const struct study_point *p = &point[i];

            if (p->lost <= s->tolerance)
                s->layer[p->layer].keeps_bits[p->mode] = p->bits;
            else
                failed[p->layer * s->mode_count + p->mode] = true;
        }
    }
}

/* ------------------------------------------------------------ allocation */

static int workers_new(struct job *job)
{
    const struct program *p = &job->wide->program;
    const size_t tensors = (size_t) p->tensor_count;

    job->worker = arena_alloc_array(&job->arena, (size_t) job->workers,
                                    sizeof(*job->worker));
    for (int i = 0; job->worker && i < job->workers; i++) {
        struct worker *w = &job->worker[i];

        w->input = arena_alloc_array(&job->arena,
                                     (size_t) net_elements(p->net->input),
                                     sizeof(*w->input));
        w->same = arena_alloc_array(&job->arena, tensors, sizeof(*w->same));
        w->here = arena_alloc_array(&job->arena, tensors, sizeof(*w->here));
        w->now = arena_alloc_array(&job->arena, (size_t) job->channels,
                                   sizeof(*w->now));
        w->exact = array_state_new(job->wide->model);
        w->narrow = array_state_new(job->wide->model);
        if (!w->input || !w->same || !w->here || !w->now || !w->exact
            || !w->narrow)
            return -1;
    }
    return job->worker ? 0 : -1;
}

static int prepare(struct job *job)
{
    struct study *s = job->study;
    const size_t images = (size_t) s->images;
    struct fx_format wide = hw_acc_format(job->hw);

    wide.bits = STUDY_WIDE_BITS;
    wide.overflow = FX_SATURATE;
    wide.wrap_bits = 0;
    job->wide = variant_new(job, wide);
    s->layer = arena_alloc_array(&s->arena, (size_t) job->layers,
                                 sizeof(*s->layer));
    job->range = arena_alloc_array(&job->arena, images * (size_t) job->layers,
                                   sizeof(*job->range));
    job->exact_class = arena_alloc_array(&job->arena, images,
                                         sizeof(*job->exact_class));
    job->exact_crc = arena_alloc_array(&job->arena, images,
                                       sizeof(*job->exact_crc));
    if (!job->wide || !s->layer || !job->range || !job->exact_class
        || !job->exact_crc)
        return -1;
    for (int i = 0; i < job->layers; i++)
        raise(&job->channels, job->wide->program.desc[i].out.c);
    return workers_new(job);
}

static void release_job(struct job *job)
{
    for (int i = 0; job->worker && i < job->workers; i++) {
        array_state_free(job->worker[i].exact);
        array_state_free(job->worker[i].narrow);
    }
    for (int m = 0; m < STUDY_MODES; m++)
        for (int b = 0; b <= STUDY_WIDE_BITS; b++)
            variant_free(job->variant[m][b]);
    variant_free(job->wide);
    arena_release(&job->arena);
}

int study_run(struct study *study, const struct qnet *qnet,
              const struct hw *hw, const struct dataset *data,
              const struct study_options *options)
{
    struct job *job = calloc(1, sizeof(*job));
    const int64_t images = options->images;
    int result = -1;

    memset(study, 0, sizeof(*study));
    arena_init(&study->arena, 0);
    if (!job)
        return -1;
    arena_init(&job->arena, 0);
    job->study = study;
    job->options = options;
    job->qnet = qnet;
    job->hw = hw;
    job->data = data;
    job->workers = options->workers > 0 ? options->workers
                                        : parallel_count_cpus();
    job->layers = qnet->net->layer_count;
    study->layer_count = job->layers;
    study->images = images > 0 && images < data->count ? images : data->count;
    study->tolerance = options->tolerance;
    choose_modes(job);
    if (prepare(job))
        goto done;
    for (int i = 0; i < job->layers; i++)
        bound_one(job, i);
    if (measure(job))
        goto done;
    choose_widths(job);
    if (run_curve(job) || (options->layers && narrow_layers(job)))
        goto done;
    for (int i = 0; i < job->workers; i++) {
        study->runs += job->worker[i].runs;
        study->reused += job->worker[i].reused;
        study->products += job->worker[i].products;
        study->reused_products += job->worker[i].reused_products;
    }
    result = 0;

done:
    release_job(job);
    free(job);
    return result;
}

void study_release(struct study *study)
{
    arena_release(&study->arena);
    memset(study, 0, sizeof(*study));
}
