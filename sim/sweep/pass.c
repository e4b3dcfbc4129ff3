#include "sim/sweep/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/evaluate.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/net/net_design.h"
#include "sim/quant/given.h"
#include "sim/quant/refine.h"
#include "sim/sweep/machine.h"

enum { WIDE_BITS = 48 };

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double) part / (double) whole : NAN;
}

/* -------------------------------------------------------------- the group */

void pass_group_release(struct pass_group *g)
{
    if (g->made)
        qnet_release(&g->qnet);
    free(g->message);
    memset(g, 0, sizeof(*g));
}

/* Quantize once for all points of the group. */
static int make_group(struct pass *pass, struct point *p)
{
    struct pass_group *g = pass->group;
    const struct calibration *c;
    struct diag diag;
    int failed;

    if (!strcmp(g->key, p->group))
        return 0;
    pass_group_release(g);
    const bool given = p->net->net.quantized;

    c = given ? NULL : nets_calibrate(pass->nets, p->net,
                                      &p->calibration->data, &p->design);
    if (!given && !c)
        return -1;
    diag_init(&diag);
    g->made = true;
    failed = given ? quantize_given(&g->qnet, &p->net->net, &p->hw, &diag)
                   : quantize(&g->qnet, &p->net->net, &p->hw, &p->design, c,
                              &diag);
    if (failed)
        g->message = nets_message(&diag);
    diag_release(&diag);
    if (failed && !g->message)
        return -1;
    if (!failed && !given
        && refine(&g->qnet, &p->hw, &p->design, &p->calibration->data,
                          c->images, pass->workers))
        return -1;
    memcpy(g->key, p->group, sizeof(g->key));
    pass->groups++;
    return 0;
}

/* --------------------------------------------------------------- programs */

struct build {
    const struct qnet *qnet;
    struct point **point;
    struct program *program;      /* [count] */
    bool *failed;                 /* without memory */
};

static void build_one(void *context, int64_t item, int worker)
{
    struct build *b = context;
    struct point *p = b->point[item];
    struct diag diag;

    (void) worker;
    diag_init(&diag);
    if (program_build(&b->program[item], b->qnet, &p->hw, &diag)) {
        p->message = nets_message(&diag);
        b->failed[item] = !p->message;
    }
    diag_release(&diag);
}

/* The machine with an accumulator for every sum. */
static int build_exact(struct program *exact, struct hw *hw,
                       const struct qnet *qnet, const struct hw *of)
{
    struct diag diag;
    int failed;

    *hw = *of;
    hw->acc_bits = WIDE_BITS;
    hw->acc_overflow = FX_SATURATE;
    hw->acc_wrap_bits = 0;
    diag_init(&diag);
    failed = program_build(exact, qnet, hw, &diag);
    diag_release(&diag);
    for (int i = 0; !failed && i < exact->desc_count; i++)
        if (exact->desc[i].op == NET_ADD)
            exact->desc[i].add_shift = hw_add_shift(of);
    return failed;
}

static bool same_accumulator(const struct hw *a, const struct hw *b)
{
    return a->acc_bits == b->acc_bits && a->acc_overflow == b->acc_overflow
           && a->acc_wrap_bits == b->acc_wrap_bits;
}

/* ---------------------------------------------------------------- results */

static void fill_accuracy(struct store_result *r, int64_t labelled,
                          int64_t correct, int64_t float_correct,
                          int64_t same_class, int64_t images)
{
    r->labelled = labelled;
    r->correct = correct;
    r->same_class = same_class;
    r->accuracy = percent(correct, labelled);
    r->float_accuracy = percent(float_correct, labelled);
    r->accuracy_loss = percent(float_correct - correct, labelled);
    r->agreement = percent(same_class, images);
}

static void fill_layer(struct store_result *r, int i, int64_t overflows,
                       int overflow_channels, int proved_channels,
                       int safe_bits, double sqnr_db)
{
    struct store_layer *l = (struct store_layer *) &r->layer[i];

    l->overflows = overflows;
    l->overflow_channels = overflow_channels;
    l->proved_channels = proved_channels;
    l->safe_bits = safe_bits;
    l->sqnr_db = sqnr_db;
    r->overflows += overflows;
    if (isnan(r->worst_sqnr_db) || sqnr_db < r->worst_sqnr_db) {
        r->worst_sqnr_db = sqnr_db;
        r->worst_layer = l->name;
    }
}

static int copy_names(struct store_result *r, struct arena *arena)
{
    for (int i = 0; i < r->layer_count; i++) {
        struct store_layer *l = (struct store_layer *) &r->layer[i];

        l->name = arena_strdup(arena, l->name);
        if (!l->name)
            return -1;
    }
    return 0;
}

static int fill_machine(struct store_result *r, const struct program *program,
                        struct arena *arena)
{
    r->program_digest = arena_strdup(arena, program->digest);
    return !r->program_digest || machine_measure(program, r, arena)
           || copy_names(r, arena) ? -1 : 0;
}

static int fill_values(struct store_result *r, const struct values *v,
                       struct arena *arena)
{
    fill_accuracy(r, v->labelled, v->correct, v->float_correct, v->same_class,
                  v->images);
    for (int i = 0; i < v->layer_count; i++) {
        const struct values_layer *l = &v->layer[i];

        fill_layer(r, i, l->overflows, l->overflow_channels,
                   l->proved_channels, l->safe_bits, l->sqnr_db);
    }
    r->output_digest = arena_strdup(arena, v->digest);
    return r->output_digest ? 0 : -1;
}

/* --------------------------------------------------------------- one pass */

/* Points with one accumulator share their values: which[i] is point i's. */
static int list_machines(struct point **point, int count,
                         const struct program *program, struct values *values,
                         int *which, int *first)
{
    int machines = 0;

    for (int i = 0; i < count; i++) {
        which[i] = -1;
        for (int m = 0; m < machines && !point[i]->message && which[i] < 0; m++)
            if (same_accumulator(&point[i]->hw, &point[first[m]]->hw))
                which[i] = m;
        if (point[i]->message || which[i] >= 0)
            continue;
        first[machines] = i;
        values[machines].program = &program[i];
        which[i] = machines++;
    }
    return machines;
}

static int run_values(struct pass *pass, struct point **point, int count,
                      struct program *program, struct store_result *result,
                      struct arena *arena)
{
    struct values *values = arena_alloc_array(arena, (size_t) count,
                                              sizeof(*values));
    int *which = arena_alloc_array(arena, 2 * (size_t) count, sizeof(*which));
    struct program exact = { .hw = NULL };
    const struct reference *ref;
    struct hw hw;
    int machines, failed;

    if (!values || !which)
        return -1;
    machines = list_machines(point, count, program, values, which,
                             which + count);
    if (machines == 0)
        return 0;
    ref = nets_reference(pass->nets, point[0]->net, &point[0]->test->data,
                         pass->most_images);
    failed = !ref || (machines > 1
                      && build_exact(&exact, &hw, &pass->group->qnet,
                                     values[0].program->hw));
    failed = failed
             || values_run(values, machines, machines > 1 ? &exact : NULL, ref,
                           pass->images, pass->workers, &pass->work, arena);
    for (int i = 0; !failed && i < count; i++)
        if (which[i] >= 0)
            failed = fill_machine(&result[i], &program[i], arena)
                     || fill_values(&result[i], &values[which[i]], arena);
    if (machines > 1)
        program_release(&exact);
    return failed ? -1 : 0;
}

int pass_run(struct pass *pass, struct point **point, int count,
             struct store_result *result, struct arena *arena)
{
    struct program *program = calloc((size_t) count, sizeof(*program));
    bool *no_memory = calloc((size_t) count, sizeof(*no_memory));
    struct build build = { NULL, point, program, no_memory };
    int failed = !program || !no_memory || make_group(pass, point[0]);

    if (!failed && pass->group->message) {
        for (int i = 0; i < count; i++)
            if (!(point[i]->message = strdup(pass->group->message)))
                failed = -1;
    } else if (!failed) {
        build.qnet = &pass->group->qnet;
        parallel_for(count, pass->workers, build_one, &build);
        for (int i = 0; i < count; i++)
            failed |= no_memory[i];
        failed = failed || run_values(pass, point, count, program, result,
                                      arena);
    }
    for (int i = 0; program && i < count; i++)
        program_release(&program[i]);
    free(program);
    free(no_memory);
    return failed ? -1 : 0;
}

/* ------------------------------------------------------------------- alone */

struct alone {
    struct net net;
    struct dataset test, calibration;
    struct quantization quant;
    struct program program;
    struct array_model *model;
    struct evaluation evaluation;
};

static int read_alone(struct alone *a, const struct space *s, struct point *p,
                      struct diag *diag)
{
    struct override_list list;
    int failed;

    if (space_overrides(s, p->number, &list))
        return diag_error(diag, s->place, "out of memory");
    failed = net_read_design(&a->net, &p->design, &list, false, diag)
             || dataset_read_test(&a->test, &p->design, &a->net, diag)
             || quantize_read_data(&a->calibration, &a->net, &p->design, diag);
    override_release(&list);
    return failed;
}

static int fill_alone(const struct alone *a, struct store_result *r,
                      struct arena *arena)
{
    const struct evaluation *e = &a->evaluation;

    if (fill_machine(r, &a->program, arena))
        return -1;
    fill_accuracy(r, e->labelled, e->quant_correct, e->float_correct,
                  e->same_class, e->images);
    for (int i = 0; i < e->layer_count; i++) {
        const struct evaluate_layer *l = &e->layer[i];

        fill_layer(r, i, l->overflows, l->overflow_channels,
                   l->proved_channels, l->acc_bits, l->error.sqnr_db);
    }
    r->output_digest = arena_strdup(arena, e->digest);
    return r->output_digest ? 0 : -1;
}

static void release_alone(struct alone *a)
{
    evaluation_release(&a->evaluation);
    array_free(a->model);
    program_release(&a->program);
    quantization_release(&a->quant);
    dataset_release(&a->test);
    dataset_release(&a->calibration);
    net_release(&a->net);
}

int pass_run_alone(struct pass *pass, const struct space *s, struct point *p,
                   struct store_result *result, struct arena *arena)
{
    const struct evaluate_options how = { .images = pass->images,
                                          .workers = pass->workers };
    struct alone a;
    struct diag diag;
    int failed = -1;

    memset(&a, 0, sizeof(a));
    diag_init(&diag);
    if (read_alone(&a, s, p, &diag)
        || quantize_network(&a.quant, &a.net, &p->hw, &p->design,
                            &a.calibration, pass->workers, &diag)
        || program_build(&a.program, &a.quant.qnet, &p->hw, &diag)) {
        if (!interrupt_requested()) {
            p->message = nets_message(&diag);
            failed = p->message ? 0 : -1;
        }
        goto done;
    }
    a.model = array_new(&a.program, NULL);
    if (!a.model || evaluate(&a.evaluation, a.model, &a.program, a.quant.real,
                             &a.test, &how))
        goto done;
    pass->groups++;
    pass->work.layers += pass->images * a.program.desc_count;
    failed = fill_alone(&a, result, arena);

done:
    release_alone(&a);
    diag_release(&diag);
    return failed;
}
