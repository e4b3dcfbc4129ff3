#include "sim/cosim/campaign.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/parallel.h"
#include "sim/base/path.h"
#include "sim/base/progress.h"
#include "sim/base/text.h"

enum { FEW = 60, NETWORKS_FEW = 5, NETWORKS_MANY = 16, DRAWS = 4 };

struct job {
    const struct campaign_setup *setup;
    struct campaign *campaign;
    int64_t networks;             /* of a machine */
    pthread_mutex_t lock;         /* of campaign and diag */
    struct diag *diag;
    int errors;
    struct progress progress;
};

/* One machine, on one worker. */
struct machine {
    struct job *job;
    int64_t number;
    struct rng rng;
    struct hw hw;                 /* as drawn */
    struct library lib;
    char *folder;
    struct campaign sum;          /* no failures in here */
    struct arena arena;
    struct diag diag;
};

static void merge(struct machine *m)
{
    struct job *job = m->job;
    struct campaign *c = job->campaign;

    pthread_mutex_lock(&job->lock);
    c->cases += m->sum.cases;
    c->refused += m->sum.refused;
    c->built += m->sum.built;
    c->elements += m->sum.elements;
    c->overflows += m->sum.overflows;
    c->cycles += m->sum.cycles;
    coverage_merge(&c->coverage, &m->sum.coverage);
    if (diag_error_count(&m->diag) > 0) {
        job->errors++;
        diag_print(&m->diag, stderr);
    }
    pthread_mutex_unlock(&job->lock);
}

static void keep_failure(struct machine *m, int64_t network,
                         const struct shrink *s)
{
    struct campaign *c = m->job->campaign;

    pthread_mutex_lock(&m->job->lock);
    c->failures++;
    if (c->shown < CAMPAIGN_SHOWN) {
        struct campaign_failure *f = &c->failure[c->shown++];

        f->machine = m->number;
        f->network = network;
        f->pauses = s->pauses;
        f->shrink = *s;
        snprintf(f->folder, sizeof(f->folder), "%s", m->folder);
    }
    pthread_mutex_unlock(&m->job->lock);
}

/* One case, drawn again when the machine refuses it. True: it failed. */
static bool run_case(struct machine *m, int64_t network)
{
    struct trial_result r = { .verdict = TRIAL_REFUSED };
    struct random_net net;
    uint64_t pauses = 0;

    for (int i = 0; i < DRAWS && r.verdict == TRIAL_REFUSED; i++) {
        random_draw_net(&m->rng, &m->hw, &net);
        pauses = rng_next(&m->rng) % 3 ? (rng_next(&m->rng) >> 1) + 1 : 0;
        trial_run(&r, &net, &m->hw, &m->lib, NULL, pauses, m->folder,
                  &m->sum.coverage, &m->diag);
        m->sum.refused += r.verdict == TRIAL_REFUSED;
    }
    m->sum.cases += r.verdict == TRIAL_EQUAL || r.verdict == TRIAL_DIFFERENT;
    m->sum.elements += r.elements;
    m->sum.overflows += r.overflows;
    m->sum.cycles += r.cycles;
    if (r.verdict != TRIAL_DIFFERENT)
        return false;
    struct shrink s = { .hw = m->hw, .net = net, .pauses = pauses,
                        .result = r };

    shrink_run(&s, &m->lib, &m->job->setup->sources, m->folder, &m->diag);
    keep_failure(m, network, &s);
    return true;
}

static int open_machine(struct machine *m)
{
    const struct campaign_setup *setup = m->job->setup;
    char name[64];
    struct hw hw;

    snprintf(name, sizeof(name), "seed%" PRIu64 "_machine%" PRId64,
             setup->seed, m->number);
    m->folder = path_join(&m->arena, setup->folder, name);
    rng_init(&m->rng, setup->seed * UINT64_C(1000003)
                      + (uint64_t) m->number);
    random_draw_hw(&m->rng, m->number, &m->hw);
    if (!m->folder
        || (*setup->settings && random_set_hw(&m->hw, setup->settings,
                                              m->folder, &m->diag))
        || trial_read_hw(&hw, &m->hw, m->folder, &m->arena, &m->diag)
        || library_open(&m->lib, LIBRARY_CORE, &hw, &setup->sources,
                        LIBRARY_PLAIN, &m->diag))
        return -1;
    m->sum.built = m->lib.built;
    return 0;
}

static void remove_folder(const char *folder)
{
    struct strbuf command;

    strbuf_init(&command);
    strbuf_add(&command, "rm -rf -- ");
    text_add_word(&command, folder);
    /* A folder that stays is in nobody's way. */
    if (!command.failed && system(command.text)) {}
    strbuf_release(&command);
}

static void run_machine(void *context, int64_t item, int worker)
{
    struct job *job = context;
    struct machine *m = calloc(1, sizeof(*m));
    const int64_t left = job->setup->cases - item * job->networks;
    const int64_t networks = left < job->networks ? left : job->networks;
    bool failed = false;

    (void) worker;
    if (!m || interrupt_requested()) {
        free(m);
        return;
    }
    m->job = job;
    m->number = item;
    arena_init(&m->arena, 0);
    diag_init(&m->diag);
    if (!open_machine(m))
        for (int64_t n = 0; n < networks && !failed; n++) {
            if (interrupt_requested() || diag_error_count(&m->diag) > 0)
                break;
            failed = run_case(m, n);
            progress_step(&job->progress, 1);
        }
    library_close(&m->lib);
    if (!failed && m->folder && diag_error_count(&m->diag) == 0)
        remove_folder(m->folder);
    merge(m);
    diag_release(&m->diag);
    arena_release(&m->arena);
    free(m);
}

int campaign_run(struct campaign *campaign, const struct campaign_setup *setup,
                 struct diag *diag)
{
    struct job job = { .setup = setup, .campaign = campaign, .diag = diag };

    memset(campaign, 0, sizeof(*campaign));
    if (file_make_dirs(setup->folder, diag, place_of_file(setup->folder)))
        return -1;
    job.networks = setup->cases <= FEW ? NETWORKS_FEW : NETWORKS_MANY;
    campaign->machines = (setup->cases + job.networks - 1) / job.networks;
    pthread_mutex_init(&job.lock, NULL);
    progress_start(&job.progress, "random cases", setup->cases);
    parallel_for(campaign->machines, setup->workers > 0
                 ? setup->workers : parallel_count_cpus(), run_machine, &job);
    progress_end(&job.progress);
    pthread_mutex_destroy(&job.lock);
    if (interrupt_requested())
        return -1;
    return job.errors ? diag_error(diag, place_of_file(setup->folder),
                                   "%d machine(s) could not be run",
                                   job.errors) : 0;
}
