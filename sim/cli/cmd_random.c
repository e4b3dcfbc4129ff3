#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cli/report_cosim.h"
#include "sim/cosim/campaign.h"

/* The files of the case are in its folder: no option of --random is left. */
static void print_again(const struct campaign_failure *f,
                        const struct options *o)
{
    struct strbuf b, path;

    strbuf_init(&b);
    strbuf_init(&path);
    strbuf_printf(&path, "%s/design.yaml", f->folder);
    text_add_word(&b, path.text);
    strbuf_printf(&b, " --images %d", f->shrink.net.images);
    if (f->pauses)
        strbuf_printf(&b, " --seed %" PRIu64, f->pauses);
    if (o->rtl) {
        strbuf_add(&b, " --rtl ");
        text_add_word(&b, o->rtl);
    }
    printf("  again: napier cosim %s\n", b.text);
    strbuf_release(&path);
    strbuf_release(&b);
}

static void print_failure(const struct campaign_failure *f,
                          const struct options *o)
{
    const struct shrink *s = &f->shrink;

    printf("\nFAILED    machine %" PRId64 ", network %" PRId64 "; shrunk in %d "
           "runs and %d builds to %d layer(s) on %d x %d\n", f->machine,
           f->network, s->trials, s->builds, s->net.layer_count, s->hw.rows,
           s->hw.cols);
    report_cosim_difference(s->result.layer, s->result.points_to, &s->hw,
                            &s->result.first);
    print_again(f, o);
}

static json_t *describe(const struct campaign *c, int64_t seed)
{
    json_t *failures = json_array();
    int possible, hit;

    coverage_total(&c->coverage, &possible, &hit);
    for (int i = 0; i < c->shown; i++)
        json_array_append_new(failures, json_pack(
            "{s:I, s:I, s:s, s:s, s:s, s:s}",
            "machine", (json_int_t) c->failure[i].machine,
            "network", (json_int_t) c->failure[i].network,
            "folder", c->failure[i].folder, "kind",
            cosim_kind_names[c->failure[i].shrink.result.first.kind], "layer",
            c->failure[i].shrink.result.layer, "points_to",
            c->failure[i].shrink.result.points_to));
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:o}",
        "seed", (json_int_t) seed, "cases", (json_int_t) c->cases,
        "refused", (json_int_t) c->refused,
        "machines", (json_int_t) c->machines, "built", (json_int_t) c->built,
        "elements", (json_int_t) c->elements,
        "overflows", (json_int_t) c->overflows,
        "cycles", (json_int_t) c->cycles,
        "failures", (json_int_t) c->failures,
        "coverage_possible", possible, "coverage_hit", hit,
        "shown", failures);
}

/* On the first machine, so that a wrong key is said once and not for each. */
static int check_settings(struct session *s, const struct campaign_setup *setup)
{
    const char *folder = path_join(&s->arena, setup->folder, "settings");
    struct rng rng;
    struct hw hw;

    if (!*setup->settings)
        return 0;
    if (!folder)
        return diag_error(&s->diag, place_of_file(setup->folder),
                          "out of memory");
    rng_init(&rng, setup->seed);
    random_draw_hw(&rng, 0, &hw);
    return random_set_hw(&hw, setup->settings, folder, &s->diag);
}

static int run(struct session *s, struct campaign *c)
{
    const struct options *o = s->options;
    struct campaign_setup setup = {
        .cases = o->random, .seed = (uint64_t) (o->seed ? o->seed : 1),
        .folder = session_output(s, "random"), .workers = o->jobs,
        .settings = o->overrides.source.text
    };

    diag_add_source(&s->diag, "--set", o->overrides.source.text,
                    o->overrides.source.length);
    if (report_cosim_sources(s, &setup.sources) || check_settings(s, &setup)
        || campaign_run(c, &setup, &s->diag))
        return 1;
    printf("random    %s cases on %s machines (%s built now), seed %" PRIu64
           "; %s drawn again\n", text_count(c->cases).text,
           text_count(c->machines).text, text_count(c->built).text, setup.seed,
           text_count(c->refused).text);
    coverage_print(&c->coverage, stdout);
    for (int i = 0; i < c->shown; i++)
        print_failure(&c->failure[i], o);
    if (c->failures == 0)
        printf("\nEQUAL: %s elements, %s overflows, signatures and %s cycles\n",
               text_count(c->elements).text, text_count(c->overflows).text,
               text_count(c->cycles).text);
    else
        printf("\nDIFFERENT: on %s of %s machines\n",
               text_count(c->failures).text, text_count(c->machines).text);
    if (report_write_json(s, o->json ? describe(c, (int64_t) setup.seed)
                                     : NULL))
        return 1;
    return c->failures ? 1 : 0;
}

int command_random(const struct options *options)
{
    struct campaign *c;
    struct session s = { .options = options };
    int status = 1;

    if (options->file) {
        fprintf(stderr, "napier: '%s' does nothing in 'cosim --random', which "
                "draws its own designs\n", options->file);
        return 2;
    }
    c = calloc(1, sizeof(*c));
    diag_init(&s.diag);
    arena_init(&s.arena, 0);
    if (c)
        status = run(&s, c);
    free(c);
    session_close(&s);
    return status;
}
