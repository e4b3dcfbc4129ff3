/*
 * sweep.c - rounds of chunks of passes.
 *
 *   round   all points on so many images; halving has several
 *   chunk   so many points as are held in memory at once
 *   pass    points of one chunk that share a quantization; what a process
 *           claims and evaluates together
 *
 * Every point's result is stored by a transaction of its own. What another
 * process has claimed is looked at again until it is done or that process is
 * gone.
 */
#include "sim/sweep/sweep.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/digest.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"
#include "sim/sweep/area.h"
#include "sim/sweep/base.h"
#include "sim/sweep/machine.h"
#include "sim/sweep/pass.h"
#include "sim/sweep/point.h"
#include "sim/sweep/rounds.h"

enum {
    CHUNK_POINTS = 4096, PASS_POINTS = 32, PASS_TIMING = 256,
    BEAT_SECONDS = 5, DEFINE_POINTS = 10000
};

struct run {
    const struct space *space;
    const struct sweep_options *options;
    struct sweep_summary *summary;
    struct store *store;
    struct nets nets;
    struct pass_group group;
    struct pass pass;
    struct progress progress;
    int workers;
    int64_t *id;                  /* [points of the sweep] */
    int64_t *again;               /* ordinals that another process has */
    int64_t again_count;
    double best;                  /* of the first objective; NAN: none yet */
    struct diag *diag;
};

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int out_of_memory(const struct run *run)
{
    if (interrupt_requested())
        return -1;
    return diag_error(run->diag, run->space->place, "out of memory");
}

/* -------------------------------------------------------------- the beat */

/* A thread with a connection of its own says that the process lives. */
struct beat {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopped, started;
    const struct sweep_options *options;
    int64_t provenance;
};

static void *beat_run(void *context)
{
    struct beat *b = context;
    struct diag diag;
    struct store *s;

    diag_init(&diag);
    s = store_open(b->options->path, STORE_WRITE, b->options->shared, &diag,
                   place_of_file(b->options->path));
    if (s)
        store_continue(s, b->provenance);
    pthread_mutex_lock(&b->lock);
    while (!b->stopped) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += BEAT_SECONDS;
        pthread_cond_timedwait(&b->stop, &b->lock, &until);
        if (!b->stopped && s) {
            pthread_mutex_unlock(&b->lock);
            store_beat(s);        /* a failure is the main thread's to report */
            pthread_mutex_lock(&b->lock);
        }
    }
    pthread_mutex_unlock(&b->lock);
    store_close(s);
    diag_release(&diag);
    return NULL;
}

static void beat_start(struct beat *b, const struct sweep_options *options,
                       int64_t provenance)
{
    memset(b, 0, sizeof(*b));
    b->options = options;
    b->provenance = provenance;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->stop, NULL);
    b->started = pthread_create(&b->thread, NULL, beat_run, b) == 0;
}

static void beat_end(struct beat *b)
{
    pthread_mutex_lock(&b->lock);
    b->stopped = true;
    pthread_cond_signal(&b->stop);
    pthread_mutex_unlock(&b->lock);
    if (b->started)
        pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->stop);
    pthread_mutex_destroy(&b->lock);
}

/* -------------------------------------------------------------- one pass */

static double objective_value(const struct store_result *r, const char *name)
{
    const struct { const char *name; double value; } column[] = {
        { "accuracy", r->accuracy }, { "accuracy_loss", r->accuracy_loss },
        { "agreement", r->agreement }, { "worst_sqnr_db", r->worst_sqnr_db },
        { "overflows", (double) r->overflows },
        { "cycles", (double) r->cycles },
        { "stall_cycles", (double) r->stall_cycles },
        { "utilization", r->utilization }, { "latency_ms", r->latency_ms },
        { "fps", r->fps },
        { "weight_rom_bits", (double) r->weight_rom_bits },
        { "param_rom_bits", (double) r->param_rom_bits },
        { "activation_memory_bits", (double) r->activation_memory_bits },
        { "energy_uj", r->energy_uj }, { "area_cells", r->area_cells },
        { "area_luts", r->area_luts }, { "area_dsps", r->area_dsps },
        { "area_ffs", r->area_ffs }, { "area_brams", r->area_brams }
    };

    for (size_t i = 0; i < sizeof(column) / sizeof(*column); i++)
        if (!strcmp(column[i].name, name))
            return column[i].value;
    return NAN;
}

static void note_best(struct run *run, const struct store_result *r)
{
    const struct store_objective *o = &run->space->objective[0];
    const double v = objective_value(r, o->column);
    char note[80];

    if (r->state != STORE_DONE || isnan(v)
        || (!isnan(run->best) && (o->maximize ? v <= run->best
                                              : v >= run->best)))
        return;
    run->best = v;
    snprintf(note, sizeof(note), "best %s %.6g", o->column, v);
    progress_note(&run->progress, note);
}

static int store_one(struct run *run, struct point *p,
                     struct store_result *r, int64_t images)
{
    if (p->message) {
        *r = machine_nothing();
        r->state = STORE_REFUSED;
        r->message = p->message;
        if (run->summary->refused++ == 0)
            snprintf(run->summary->refusal, sizeof(run->summary->refusal),
                     "%s", p->message);
    } else {
        r->state = STORE_DONE;
    }
    r->digest = p->inputs;
    r->images = images;
    r->hardware_digest = p->hw.digest;
    r->network_digest = p->net ? p->net->digest : NULL;
    if (store_put(run->store, p->id, r))
        return -1;
    run->summary->run++;
    note_best(run, r);
    return 0;
}

static int find_area(struct run *run, struct point *p, struct store_result *r)
{
    char *message = NULL;
    int failed;

    if (!run->space->area || p->message)
        return 0;
    if (!run->options->synth)
        return diag_error(run->diag, run->space->place, "'area' needs "
                          "tools/synth.sh, which is not beside the command");
    if (!area_find(run->options->synth, run->space, p, r, &message))
        return 0;
    failed = interrupt_requested()
        ? -1 : diag_error(run->diag, run->space->place, "%s",
                          message ? message : "out of memory");
    free(message);
    return failed;
}

/* Cycles, memory, energy of one point: in parallel, each in its own arena. */
struct timing {
    struct point **point;
    struct store_result *result;
    struct arena *arena;
    bool *failed;
};

static void time_one(void *context, int64_t item, int worker)
{
    struct timing *t = context;
    struct point *p = t->point[item];
    struct program outline;
    struct diag diag;

    (void) worker;
    if (p->message || interrupt_requested())
        return;
    diag_init(&diag);
    if (program_outline(&outline, &p->net->net, &p->hw, &diag)) {
        p->message = nets_message(&diag);
        t->failed[item] = !p->message;
    } else if (machine_measure(&outline, &t->result[item], &t->arena[item])) {
        t->failed[item] = true;
    }
    program_release(&outline);
    diag_release(&diag);
}

static int run_timing(struct run *run, struct point **point, int count,
                      struct store_result *result, struct arena *arena)
{
    struct timing t = { point, result, NULL, NULL };
    int failed = 0;

    t.arena = arena_alloc_array(arena, (size_t) count, sizeof(*t.arena));
    t.failed = arena_alloc_array(arena, (size_t) count, sizeof(*t.failed));
    if (!t.arena || !t.failed)
        return out_of_memory(run);
    for (int i = 0; i < count; i++)
        arena_init(&t.arena[i], 0);
    parallel_for(count, run->workers, time_one, &t);
    for (int i = 0; i < count; i++)
        failed |= t.failed[i];
    if (failed || interrupt_requested())
        failed = out_of_memory(run);
    for (int i = 0; !failed && i < count; i++)
        failed = find_area(run, point[i], &result[i])
                 || store_one(run, point[i], &result[i], 0);
    for (int i = 0; i < count; i++)
        arena_release(&t.arena[i]);
    progress_step(&run->progress, count);
    return failed ? -1 : 0;
}

static int run_alone(struct run *run, struct point **point, int count,
                     struct store_result *result, struct arena *arena)
{
    for (int i = 0; i < count; i++) {
        const double start = seconds_now();

        if (!point[i]->message
            && pass_run_alone(&run->pass, run->space, point[i], &result[i],
                              arena))
            return out_of_memory(run);
        result[i].seconds = seconds_now() - start;
        if (find_area(run, point[i], &result[i])
            || store_one(run, point[i], &result[i], run->pass.images))
            return -1;
        progress_step(&run->progress, run->pass.images);
    }
    return 0;
}

/* Points of one group; those refused before have none and come alone. */
static int run_values(struct run *run, struct point **point, int count,
                      struct store_result *result, struct arena *arena)
{
    const double start = seconds_now();

    if (!point[0]->message
        && pass_run(&run->pass, point, count, result, arena))
        return out_of_memory(run);
    const double each = (seconds_now() - start) / count;

    for (int i = 0; i < count; i++) {
        result[i].seconds = each;
        if (find_area(run, point[i], &result[i])
            || store_one(run, point[i], &result[i], run->pass.images))
            return -1;
    }
    return 0;
}

static int run_claimed(struct run *run, struct point **point, int count)
{
    const bool timing = run->space->evaluate == SPACE_TIMING;
    struct store_result result[PASS_TIMING];
    struct arena arena;
    int failed;

    arena_init(&arena, 0);
    for (int i = 0; i < count; i++)
        result[i] = machine_nothing();
    failed = timing ? run_timing(run, point, count, result, &arena)
             : run->options->no_reuse
             ? run_alone(run, point, count, result, &arena)
             : run_values(run, point, count, result, &arena);
    arena_release(&arena);
    return failed;
}

/* Claim what is not done of these points, and do it. */
static int run_pass(struct run *run, struct point **point, int count,
                    int64_t images)
{
    struct store_wish wish[PASS_TIMING] = { { 0, NULL } };
    struct point *mine[PASS_TIMING];
    bool taken[PASS_TIMING];
    int64_t waiting, got;
    int n = 0;

    for (int i = 0; i < count; i++)
        wish[i] = (struct store_wish) { point[i]->id, point[i]->inputs };
    got = store_claim(run->store, wish, count, images, taken, &waiting);
    if (got < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (taken[i])
            mine[n++] = point[i];
    if (waiting > 0)              /* which ones does not matter: all again */
        for (int i = 0; i < count; i++)
            if (!taken[i])
                run->again[run->again_count++] = point[i]->ordinal;
    if (waiting == 0) {
        run->summary->kept += count - got;
        progress_step(&run->progress, (count - got) * (images ? images : 1));
    }
    return n > 0 ? run_claimed(run, mine, n) : 0;
}

/* ------------------------------------------------------------- one chunk */

struct reading {
    const struct space *space;
    struct point *point;
    bool *failed;
};

static void read_one(void *context, int64_t item, int worker)
{
    struct reading *r = context;

    (void) worker;
    if (!interrupt_requested())
        r->failed[item] = point_read(&r->point[item], r->space) != 0;
}

/* Points of a group together, groups in the order of their first point. */
static int by_group(const void *a, const void *b)
{
    const struct point *x = *(struct point *const *) a;
    const struct point *y = *(struct point *const *) b;
    const int order = strcmp(x->group, y->group);

    return order ? order : x->ordinal < y->ordinal ? -1
                                                   : x->ordinal > y->ordinal;
}

static int mark_stale(struct run *run, struct point *point, int64_t count)
{
    struct store_wish *wish = calloc((size_t) count, sizeof(*wish));
    int64_t marked;

    if (!wish)
        return out_of_memory(run);
    for (int64_t i = 0; i < count; i++)
        wish[i] = (struct store_wish) { point[i].id, point[i].inputs };
    marked = store_mark_stale(run->store, wish, count);
    free(wish);
    run->summary->stale += marked > 0 ? marked : 0;
    return marked < 0 ? -1 : 0;
}

static int run_passes(struct run *run, struct point **order, int64_t count,
                      int64_t images)
{
    const bool timing = run->space->evaluate == SPACE_TIMING;
    const int most = timing ? PASS_TIMING : PASS_POINTS;
    int failed = 0;

    for (int64_t i = 0; !failed && i < count;) {
        int n = 1;

        while (i + n < count && n < most
               && (timing || !strcmp(order[i]->group, order[i + n]->group)))
            n++;
        if (interrupt_requested())
            return -1;
        failed = run_pass(run, order + i, n, images);
        i += n;
    }
    return failed;
}

static int prepare_chunk(struct run *run, struct point *point, bool *failed,
                         const int64_t *ordinal, int64_t count)
{
    struct reading reading = { run->space, point, failed };

    for (int64_t i = 0; i < count; i++) {
        point[i].ordinal = ordinal[i];
        point[i].number = run->space->point[ordinal[i]];
        point[i].id = run->id[ordinal[i]];
    }
    parallel_for(count, run->workers, read_one, &reading);
    for (int64_t i = 0; i < count; i++)
        if (failed[i] || interrupt_requested()
            || point_find_net(&point[i], run->space, &run->nets))
            return out_of_memory(run);
    return 0;
}

static int run_chunk(struct run *run, const int64_t *ordinal, int64_t count,
                     int64_t images)
{
    struct point *point = calloc((size_t) count, sizeof(*point));
    struct point **order = calloc((size_t) count, sizeof(*order));
    bool *failed = calloc((size_t) count, sizeof(*failed));
    int result = -1;

    if (!point || !order || !failed) {
        out_of_memory(run);
    } else if (!prepare_chunk(run, point, failed, ordinal, count)
               && !mark_stale(run, point, count)) {
        for (int64_t i = 0; i < count; i++)
            order[i] = &point[i];
        if (run->space->evaluate == SPACE_ACCURACY)
            qsort(order, (size_t) count, sizeof(*order), by_group);
        result = run_passes(run, order, count, images);
    }
    for (int64_t i = 0; point && i < count; i++)
        point_release(&point[i]);
    free(point);
    free(order);
    free(failed);
    return result;
}

/* ------------------------------------------------------------- the rounds */

static int run_list(struct run *run, const int64_t *ordinal, int64_t count,
                    int64_t images)
{
    int failed = 0;

    run->again_count = 0;
    for (int64_t i = 0; !failed && i < count; i += CHUNK_POINTS)
        failed = run_chunk(run, ordinal + i,
                           count - i < CHUNK_POINTS ? count - i : CHUNK_POINTS,
                           images);
    return failed;
}

static int run_round(struct run *run, const int64_t *ordinal, int64_t count,
                     int64_t images)
{
    const struct timespec pause = { 0, 300000000 };
    int64_t *left = malloc(((size_t) count + 1) * sizeof(*left));
    int failed;

    run->again = calloc((size_t) count + 1, sizeof(*run->again));
    if (!left || !run->again) {
        free(left);
        free(run->again);
        return out_of_memory(run);
    }
    run->pass.images = images;
    failed = run_list(run, ordinal, count, images);
    while (!failed && run->again_count > 0) {
        const int64_t n = run->again_count;

        memcpy(left, run->again, (size_t) n * sizeof(*left));
        nanosleep(&pause, NULL);
        failed = interrupt_requested() ? -1 : run_list(run, left, n, images);
    }
    free(left);
    free(run->again);
    return failed;
}

static int run_rounds(struct run *run, int64_t *ordinal, int64_t count,
                      int64_t images)
{
    int64_t of_round[ROUNDS_MOST];
    const int rounds = rounds_plan(run->space, images, of_round);
    char label[64];
    int failed = 0;

    if (rounds > 1 && count > ROUNDS_MOST_POINTS)
        return diag_error(run->diag, run->space->place, "the sweep has %"
                          PRId64 " points, must have at most %d with 'method: "
                          "halving'", count, ROUNDS_MOST_POINTS);
    for (int r = 0; !failed && r < rounds && count > 0; r++) {
        const int64_t unit = of_round[r] ? of_round[r] : 1;

        snprintf(label, sizeof(label), rounds > 1 ? "round %d of %d" : "sweep",
                 r + 1, rounds);
        progress_start(&run->progress, label, count * unit);
        run->progress.unit = unit;
        run->best = NAN;
        failed = run_round(run, ordinal, count, of_round[r]);
        progress_end(&run->progress);
        if (failed || r + 1 == rounds)
            break;
        count = rounds_select(run->space, run->store, of_round[r], ordinal,
                              count, run->diag);
        failed = count < 0;
    }
    return failed;
}

/* --------------------------------------------------------- the definition */

static int add_points(struct run *run)
{
    const struct space *s = run->space;
    struct store_new_point *batch = calloc(DEFINE_POINTS, sizeof(*batch));
    struct strbuf text;
    struct arena arena;
    char digest[65];
    int failed = batch ? 0 : out_of_memory(run);

    strbuf_init(&text);
    for (int64_t at = 0; !failed && at < s->count; at += DEFINE_POINTS) {
        int64_t n = 0;

        arena_init(&arena, 0);
        for (; n < DEFINE_POINTS && at + n < s->count && !failed; n++) {
            failed = point_digest(s, s->point[at + n], &text, digest);
            batch[n] = (struct store_new_point) {
                at + n, arena_strdup(&arena, digest),
                arena_strdup(&arena, text.text) };
            failed = failed || !batch[n].digest || !batch[n].settings;
        }
        failed = failed ? out_of_memory(run)
                        : store_add_points(run->store, batch, n);
        arena_release(&arena);
    }
    strbuf_release(&text);
    free(batch);
    return failed;
}

static char *format_choices(const struct space_axis *a)
{
    struct strbuf b;

    strbuf_init(&b);
    for (int i = 0; i < a->count; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "[", a->choice[i].json);
    strbuf_add_char(&b, ']');
    return strbuf_detach(&b);
}

/* Of all that says which points there are and what is asked of them. */
static int digest_sweep(const struct run *run, const struct store_sweep *w,
                        char *hex)
{
    const struct space *s = run->space;
    struct digest digest;
    struct strbuf text;
    char point[65];
    int failed = digest_init(&digest) ? -1 : 0;

    if (failed)
        return -1;
    strbuf_init(&text);
    strbuf_printf(&text, "%s\n%s\n%s\n%s\n%" PRId64 " %" PRId64 "\n", w->text,
                  w->settings, w->method, w->evaluate, w->images, w->seed);
    for (int i = 0; i < s->objective_count; i++)
        strbuf_printf(&text, "%s %d\n", s->objective[i].column,
                      s->objective[i].maximize);
    failed = text.failed;
    digest_update(&digest, text.text, text.length);
    for (int64_t i = 0; !failed && i < s->count; i++) {
        failed = point_digest(s, s->point[i], &text, point);
        digest_update(&digest, point, sizeof(point) - 1);
    }
    strbuf_release(&text);
    failed = digest_finish(&digest, hex) || failed;
    digest_release(&digest);
    return failed ? -1 : 0;
}

static int define_sweep(struct run *run, const struct store_sweep *sweep)
{
    const struct space *s = run->space;
    struct store_axis axis[SPACE_MAX_AXES];
    char *choices[SPACE_MAX_AXES] = { NULL };
    int failed = 0;

    for (int i = 0; !failed && i < s->axis_count; i++) {
        choices[i] = format_choices(&s->axis[i]);
        failed = !choices[i];
        axis[i] = (struct store_axis) {
            s->axis[i].key, space_scope_names[s->axis[i].scope], choices[i] };
    }
    failed = failed ? out_of_memory(run)
                    : store_define(run->store, sweep, axis, s->axis_count,
                                   s->objective, s->objective_count);
    for (int i = 0; i < s->axis_count; i++)
        free(choices[i]);
    return failed;
}

/* The ids of the points by their place in the sweep. */
static int read_ids(struct run *run)
{
    sqlite3_stmt *p = NULL;
    int64_t found = 0;

    run->id = calloc((size_t) run->space->count + 1, sizeof(*run->id));
    if (!run->id)
        return out_of_memory(run);
    if (sqlite3_prepare_v2(store_database(run->store), "SELECT ordinal, id"
                           " FROM point WHERE ordinal IS NOT NULL", -1, &p,
                           NULL))
        return store_error(run->store, "read");
    while (sqlite3_step(p) == SQLITE_ROW) {
        const int64_t ordinal = sqlite3_column_int64(p, 0);

        if (ordinal >= 0 && ordinal < run->space->count) {
            run->id[ordinal] = sqlite3_column_int64(p, 1);
            found++;
        }
    }
    sqlite3_finalize(p);
    return found == run->space->count ? 0
        : diag_error(run->diag, run->space->place, "another process has "
                     "defined another sweep in '%s'", run->options->path);
}

/* Looked at and changed in one transaction: others may begin at this moment. */
static int define(struct run *run, const struct sweep_base *base)
{
    const struct space *s = run->space;
    char digest[DIGEST_HEX_CHARS + 1];
    const struct store_sweep sweep = {
        .name = s->name, .file = s->path, .text = s->text,
        .design = s->design, .hardware = base->design.hardware,
        .network = base->design.network,
        .method = space_method_names[s->method],
        .evaluate = space_evaluate_names[s->evaluate],
        .images = base->images, .seed = s->seed,
        .settings = s->settings ? s->settings : "", .digest = digest,
        .base = base->digest
    };

    if (digest_sweep(run, &sweep, digest))
        return out_of_memory(run);
    if (store_group_begin(run->store))
        return -1;
    int same = store_is_defined(run->store, &sweep);

    if (same == 0)
        same = define_sweep(run, &sweep) || add_points(run) ? -1 : 0;
    if (same < 0) {
        store_group_cancel(run->store);
        return -1;
    }
    return store_group_end(run->store) || read_ids(run) ? -1 : 0;
}

/* ---------------------------------------------------------------- the run */

/* Consecutive points, so that what is shared stays together. */
static int64_t take_shard(const struct sweep_options *o, int64_t count,
                          int64_t *ordinal)
{
    const int64_t shards = o->shards > 0 ? o->shards : 1;
    const int64_t shard = o->shards > 0 ? o->shard - 1 : 0;
    const int64_t first = count / shards * shard
                          + (shard < count % shards ? shard : count % shards);
    const int64_t n = count / shards + (shard < count % shards);

    for (int64_t i = 0; i < n; i++)
        ordinal[i] = first + i;
    return n;
}

static int run_defined(struct run *run, int64_t images)
{
    const struct sweep_options *o = run->options;
    int64_t *ordinal = malloc(((size_t) run->space->count + 1)
                              * sizeof(*ordinal));
    int64_t provenance;
    struct beat beat;
    int failed;

    if (!ordinal)
        return out_of_memory(run);
    run->summary->points = take_shard(o, run->space->count, ordinal);
    provenance = store_begin(run->store, o->command, run->space->seed);
    if (provenance < 0) {
        free(ordinal);
        return -1;
    }
    beat_start(&beat, o, provenance);
    failed = run_rounds(run, ordinal, run->summary->points, images);
    beat_end(&beat);
    if (store_end(run->store))
        failed = -1;
    free(ordinal);
    return failed;
}

int sweep_run(const struct space *s, const struct sweep_options *o,
              struct sweep_summary *summary, struct diag *diag)
{
    const double start = seconds_now();
    struct run run = { .space = s, .options = o, .summary = summary,
                       .diag = diag, .best = NAN };
    struct sweep_base base;
    int failed;

    memset(summary, 0, sizeof(*summary));
    sweep_base_init(&base);
    run.workers = o->workers > 0 ? o->workers : parallel_count_cpus();
    nets_init(&run.nets, s->evaluate == SPACE_TIMING, run.workers);
    failed = sweep_base_read(&base, s, diag);
    run.pass = (struct pass) {
        .nets = &run.nets, .group = &run.group, .workers = run.workers,
        .most_images = base.images, .work = { .progress = &run.progress },
        .diag = diag
    };
    if (!failed)
        run.store = store_open(o->path, STORE_CREATE, o->shared, diag,
                               place_of_file(o->path));
    failed = failed || !run.store || define(&run, &base)
             || run_defined(&run, base.images);
    summary->groups = run.pass.groups;
    summary->layers = run.pass.work.layers;
    summary->reused = run.pass.work.reused;
    summary->seconds = seconds_now() - start;
    store_close(run.store);
    free(run.id);
    pass_group_release(&run.group);
    nets_release(&run.nets);
    sweep_base_release(&base);
    return failed ? -1 : 0;
}
