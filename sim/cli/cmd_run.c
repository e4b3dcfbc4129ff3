#include <inttypes.h>
#include <stdio.h>

#include "sim/base/interrupt.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cli/report_study.h"
#include "sim/cli/rom_program.h"

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double) part / (double) whole : 0.0;
}

static void print_accuracy(const struct session *s, const struct evaluation *e)
{
    const int64_t cycles = report_total_cycles(&s->program);
    const struct energy energy = report_energy(&s->program, false);
    const struct energy energy_float = report_energy(&s->program, true);

    printf("images    %" PRId64 " of %s\n", e->images, s->design.test);
    if (e->labelled > 0) {
        printf("float     %6.2f %%  (%" PRId64 " of %" PRId64 ")\n",
               percent(e->float_correct, e->labelled), e->float_correct,
               e->labelled);
        printf("quantized %6.2f %%  (%" PRId64 " of %" PRId64 "), %+.2f "
               "points\n", percent(e->quant_correct, e->labelled),
               e->quant_correct, e->labelled,
               percent(e->quant_correct - e->float_correct, e->labelled));
    }
    printf("agreement %6.2f %%  of images get the same class\n",
           percent(e->same_class, e->images));
    printf("cycles    %s an image: %.3f ms, %.0f images/s at %g MHz\n",
           text_count(cycles).text, (double) cycles / s->hw.clock_mhz / 1e3,
           s->hw.clock_mhz * 1e6 / (double) cycles, s->hw.clock_mhz);
    printf("energy    %.2f uJ an image, FP32 %.2f uJ (estimate after %s)\n",
           energy_total(&energy) / 1e6, energy_total(&energy_float) / 1e6,
           energy_source);
    printf("outputs   digest %.16s\n", e->digest);
}

static json_t *describe(const struct session *s, const struct evaluation *e,
                        const struct study *study)
{
    json_t *root = report_head(s);
    const int64_t cycles = report_total_cycles(&s->program);

    json_object_set_new(root, "images", json_integer(e->images));
    json_object_set_new(root, "labelled", json_integer(e->labelled));
    json_object_set_new(root, "float_correct", json_integer(e->float_correct));
    json_object_set_new(root, "quantized_correct",
                        json_integer(e->quant_correct));
    json_object_set_new(root, "float_accuracy",
                        json_real(percent(e->float_correct, e->labelled)));
    json_object_set_new(root, "quantized_accuracy",
                        json_real(percent(e->quant_correct, e->labelled)));
    json_object_set_new(root, "same_class", json_integer(e->same_class));
    json_object_set_new(root, "cycles", json_integer(cycles));
    json_object_set_new(root, "clock_mhz", json_real(s->hw.clock_mhz));
    json_object_set_new(root, "output_digest", json_string(e->digest));
    json_object_set_new(root, "test_digest", json_string(s->test.digest));
    json_object_set_new(root, "input_error", report_input_error(e));
    json_object_set_new(root, "energy", report_energy_json(&s->program));
    json_object_set_new(root, "layers", report_layers(s, e));
    if (s->options->study)
        json_object_set_new(root, "accumulator_study",
                            report_study(s, study));
    return root;
}

static void warn_about_program(struct session *s)
{
    for (int i = 0; i < s->program.desc_count; i++) {
        const struct program_desc *d = &s->program.desc[i];

        if (d->bias_overflows > 0)
            diag_warn(&s->diag, s->net.layer[i].place, "%d of %d biases of "
                      "layer '%s' do not fit the %d-bit accumulator and "
                      "overflowed before the run", d->bias_overflows,
                      d->filters, d->name, s->hw.acc_bits);
        if (s->quant.qnet.layer[i].bias_saturated > 0)
            diag_warn(&s->diag, s->net.layer[i].place, "%d of %d biases of "
                      "layer '%s' were saturated to int32",
                      s->quant.qnet.layer[i].bias_saturated, d->filters, d->name);
    }
}

static int run_study(struct session *s, const struct evaluate_options *how,
                     struct study *study)
{
    const struct options *o = s->options;
    const struct study_options options = {
        .lo = o->width_lo, .hi = o->width_hi, .tolerance = o->tolerance,
        .layers = true, .no_reuse = o->no_reuse, .images = how->images,
        .workers = how->workers
    };

    return study_run(study, &s->quant.qnet, &s->hw, &s->test, &options);
}

/* Run --rom: what was read in place of the network. */
static void print_rom(const struct session *s, const struct rom_program *r)
{
    const struct rom_manifest *m = &r->set.manifest;

    printf("rom       '%s'", s->options->rom.text[ROM_ARG_IMAGE]);
    if (m->injected > 0)
        printf(": %s bits flipped by seed %" PRId64 " in %d banks",
               text_count(m->injected).text, m->seed, r->set.damaged_banks);
    if (m->layout.secded)
        printf("; SECDED corrected %s words, could not correct %s",
               text_count(r->set.health.corrected).text,
               text_count(r->set.health.uncorrectable).text);
    printf("\n");
}

static json_t *describe_rom(const struct rom_program *r)
{
    return json_pack("{s:I, s:I, s:i, s:I, s:I}",
                     "injected_bits", (json_int_t) r->set.manifest.injected,
                     "seed", (json_int_t) r->set.manifest.seed,
                     "damaged_banks", r->set.damaged_banks, "corrected_words",
                     (json_int_t) r->set.health.corrected,
                     "uncorrectable_words",
                     (json_int_t) r->set.health.uncorrectable);
}

int command_run(const struct options *options)
{
    struct session s;
    struct rom_program rom = { .model = NULL };
    const bool from_rom = options->rom.text[ROM_ARG_IMAGE] != NULL;
    struct evaluation e = { 0 };
    struct study study = { 0 };
    int status = 1;

    if (session_open(&s, options, SESSION_TEST)
        || (from_rom && rom_program_open(&rom, &s)))
        goto done;
    warn_about_program(&s);
    const struct evaluate_options how = {
        .images = options->images >= 0 ? options->images : s.design.images,
        .workers = options->jobs,
        .own = options->errors || options->json != NULL
    };

    if (evaluate(&e, from_rom ? rom.model : s.model,
                 from_rom ? &rom.program : &s.program, s.quant.real, &s.test,
                 &how)
        || (options->study && run_study(&s, &how, &study))) {
        if (!interrupt_requested())
            diag_error(&s.diag, s.design.place, "out of memory");
        goto done;
    }
    if (!options->json || options->json[0] != '-') {
        report_print_head(&s);
        if (from_rom)
            print_rom(&s, &rom);
        print_accuracy(&s, &e);
        report_print_layers(&s, &e);
        if (options->errors)
            report_print_errors(&s, &e);
        if (options->energy)
            report_print_energy(&s);
        if (options->study)
            report_print_study(&s, &study);
    }
    json_t *root = options->json ? describe(&s, &e, &study) : NULL;

    if (root && from_rom)
        json_object_set_new(root, "rom", describe_rom(&rom));
    if (!report_write_json(&s, root))
        status = 0;

done:
    rom_program_release(&rom);
    study_release(&study);
    evaluation_release(&e);
    session_close(&s);
    return status;
}
