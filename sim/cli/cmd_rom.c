#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codegen/package.h"
#include "codegen/regs.h"
#include "codegen/rom.h"
#include "codegen/rom_read.h"
#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cli/rom_options.h"

/* ----------------------------------------------------------- with a design */

/* Images as the command line says they are. */
static int open_set(struct rom_set *set, const struct options *o,
                    const char *image, bool damaged, struct diag *diag)
{
    const struct rom_read_options options = {
        .manifest = o->rom.text[ROM_ARG_MANIFEST],
        .format = rom_options_format(&o->rom, diag), .damaged = damaged
    };

    memset(set, 0, sizeof(*set));
    if (o->rom.text[ROM_ARG_FORMAT] && !options.format)
        return -1;
    return rom_read(set, image, &options, diag);
}

static int print_verified(struct session *s, const struct rom_verdict *v,
                          const char *image)
{
    printf("verified  %s weights, %s biases, %s scales, %s descriptors in '%s': "
           "all equal\n", text_count(v->weights).text,
           text_count(v->biases).text, text_count(v->scales).text,
           text_count(v->descriptors).text, image);
    return report_write_json(s, s->options->json
        ? json_pack("{s:I, s:I, s:I, s:I, s:I}", "weights",
                    (json_int_t) v->weights, "biases", (json_int_t) v->biases,
                    "scales", (json_int_t) v->scales, "descriptors",
                    (json_int_t) v->descriptors, "differences", (json_int_t) 0)
        : NULL) ? 1 : 0;
}

/* Damage is named by tensor first; then, where no tensor has it, by bank. */
static int verify(struct session *s)
{
    const char *decode = s->options->rom.text[ROM_ARG_DECODE];
    const char *image = decode ? decode : session_output(s, "rom");
    struct rom_verdict v = { .differences = 0 };
    struct rom_set set;
    int failed = open_set(&set, s->options, image, true, &s->diag)
        || rom_compare(&set, &s->program, &s->quant.qnet, &v, &s->diag);

    if (!failed && set.damaged_banks > 0) {
        rom_set_release(&set);
        failed = open_set(&set, s->options, image, false, &s->diag);
    }
    rom_set_release(&set);
    if (v.differences > 0)
        diag_error(&s->diag, place_of_file(image), "%" PRId64 " of %" PRId64
                   " values differ", v.differences,
                   v.weights + 2 * v.biases + 2 * v.scales);
    return failed ? 1 : print_verified(s, &v, image);
}

static void print_written(const struct session *s, const char *folder,
                          const struct rom_stats *stats)
{
    printf("wrote     %d files to '%s': %s of weights, %s of parameters, %"
           PRIu32 " descriptors\n", stats->files + 1, folder,
           text_bytes((uint64_t) stats->weight_bits / 8).text,
           text_bytes((uint64_t) stats->param_bits / 8).text,
           s->program.code_header.descriptors);
    if (stats->removed > 0)
        printf("removed   %d files of the images that were there\n",
               stats->removed);
    printf("memory    %s of %s elements of activation memory at the peak\n",
           text_count(s->program.act_elements).text,
           text_count(hw_act_elements(&s->hw)).text);
}

static int write_all(struct session *s, const char *folder)
{
    struct rom_options options = { .qnet = &s->quant.qnet };
    struct rom_stats stats;
    const char *package = path_join(&s->arena, folder, "npu_pkg.sv");

    if (rom_options_read(&options, &s->options->rom, s->hw.rows,
                         s->options->seed, &s->diag))
        return 1;
    if (!package
        || rom_write_as(&s->program, &options, folder, &stats, &s->diag)
        || package_write(&s->hw, 0, package, &s->diag))
        return 1;
    print_written(s, folder, &stats);
    if (options.inject.bits > 0)
        printf("injected  %s of %s stored bits flipped, seed %" PRIu64 "\n",
               text_count(options.inject.bits).text,
               text_count(stats.stored_bits).text, options.inject.seed);
    return report_write_json(s, s->options->json
        ? json_pack("{s:o, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I}",
                    "program", report_head(s),
                    "folder", folder, "files", stats.files + 1,
                    "removed", stats.removed,
                    "weight_bits", (json_int_t) stats.weight_bits,
                    "parameter_bits", (json_int_t) stats.param_bits,
                    "stored_bits", (json_int_t) stats.stored_bits,
                    "injected_bits", (json_int_t) options.inject.bits,
                    "image_bytes", (json_int_t) stats.file_bytes,
                    "activation_elements",
                    (json_int_t) s->program.act_elements)
        : NULL) ? 1 : 0;
}

/* The register map, which no design changes. */
static int print_registers(const char *format)
{
    struct strbuf text;
    int f = 0;

    while (f < REGS_FORMATS && strcmp(regs_format_names[f], format))
        f++;
    if (f == REGS_FORMATS) {
        fprintf(stderr, "napier: '--registers' is '%s', must be c, sv, systemc "
                "or markdown\n", format);
        return 2;
    }
    strbuf_init(&text);
    regs_print((enum regs_format) f, &text);
    fputs(text.text, stdout);
    const int failed = text.failed;

    strbuf_release(&text);
    return failed;
}

static int with_design(const struct options *options)
{
    struct session s;
    int status = 1;

    if (!session_open(&s, options, options->firmware ? SESSION_MODEL
                                                     : SESSION_PROGRAM)) {
        const int host = program_host_between(&s.program);

        report_print_head(&s);
        if (host >= 0 && !options->firmware)
            diag_warn(&s.diag, s.net.layer[host].place, "layer '%s' runs on "
                      "the host between layers of the core, which does not "
                      "stop for it: these images alone do not run the network",
                      s.net.layer[host].name);
        status = options->firmware ? firmware_command(&s)
               : options->verify ? verify(&s)
               : write_all(&s, session_output(&s, "rom"));
    }
    session_close(&s);
    return status;
}

/* ---------------------------------------------------- images by themselves */

static int decode(const struct options *o)
{
    const char *image = o->rom.text[ROM_ARG_DECODE];
    const char *path = o->output ? o->output : "tensors.npz";
    struct rom_set set;
    struct diag diag;
    int status = 1;

    diag_init(&diag);
    if (!open_set(&set, o, image, false, &diag) && !rom_decode(&set, path, &diag)) {
        printf("decoded   %d tensors of network %s from '%s' to '%s'\n",
               set.manifest.tensors.count, set.manifest.network, image, path);
        status = 0;
    }
    rom_set_release(&set);
    diag_print(&diag, stderr);
    diag_release(&diag);
    return status;
}

static void print_difference(const struct rom_difference *d)
{
    char first[100], last[100];

    if (!d->a || !d->b) {
        printf("%-28s only in the %s\n", d->a ? d->a->name : d->b->name,
               d->a ? "first" : "second");
        return;
    }
    if (d->shape) {
        printf("%-28s has another shape\n", d->a->name);
        return;
    }
    rom_format_index(d->a, d->first, first);
    rom_format_index(d->a, d->last, last);
    printf("%-28s %s of %s differ, first %s: %" PRId64 " and %" PRId64
           " (memory '%s', column %d, word %" PRIu32 ", bit %d)%s%s\n",
           d->a->name, text_count(d->different).text,
           text_count(d->elements).text, first, d->value_a, d->value_b,
           rom_memory_names[d->a->memory], d->spot.column, d->spot.word,
           d->spot.bit, d->different > 1 ? ", last " : "",
           d->different > 1 ? last : "");
}

static json_t *list_index(const struct rom_tensor *t, const int64_t *index)
{
    json_t *list = json_array();

    for (int i = 0; i < t->rank; i++)
        json_array_append_new(list, json_integer(index[i]));
    return list;
}

static json_t *describe_difference(const struct rom_difference *d)
{
    const struct rom_tensor *t = d->a ? d->a : d->b;

    if (!d->a || !d->b || d->shape)
        return json_pack("{s:s, s:s}", "tensor", t->name, "difference",
                         d->shape ? "shape" : d->a ? "only in the first"
                                  : "only in the second");
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:[I,I], s:s, s:i, s:I, "
                     "s:i}", "tensor", t->name, "difference", "values",
                     "different", (json_int_t) d->different,
                     "elements", (json_int_t) d->elements,
                     "first", list_index(t, d->first),
                     "last", list_index(t, d->last),
                     "first_values", (json_int_t) d->value_a,
                     (json_int_t) d->value_b,
                     "memory", rom_memory_names[t->memory],
                     "column", d->spot.column,
                     "word", (json_int_t) d->spot.word, "bit", d->spot.bit);
}

static int write_differences(const struct rom_difference_list *list,
                             const char *path, struct diag *diag)
{
    json_t *tensors = json_array();

    for (int i = 0; i < list->count; i++)
        json_array_append_new(tensors, describe_difference(&list->item[i]));
    return report_write_json_to(path, json_pack(
        "{s:i, s:i, s:o}", "equal", list->equal, "different", list->count,
        "tensors", tensors), diag);
}

static int print_differences(const struct rom_set *a, const struct rom_set *b,
                             const char *json, struct diag *diag)
{
    struct rom_difference_list list;
    struct arena arena;
    int status = 1;

    arena_init(&arena, 0);
    if (rom_diff(&list, a, b, &arena)) {
        diag_error(diag, PLACE_NONE, "out of memory");
    } else {
        for (int i = 0; i < list.count; i++)
            print_difference(&list.item[i]);
        printf("%d tensors equal, %d different\n", list.equal, list.count);
        status = list.count > 0;
        if (json && write_differences(&list, json, diag))
            status = 1;
    }
    arena_release(&arena);
    return status;
}

static int diff(const struct options *o)
{
    struct rom_set a, b;
    struct diag diag;
    int status = 1;

    diag_init(&diag);
    memset(&b, 0, sizeof(b));
    if (!open_set(&a, o, o->rom.text[ROM_ARG_DIFF], true, &diag)
        && !open_set(&b, o, o->file, true, &diag))
        status = print_differences(&a, &b, o->json, &diag);
    rom_set_release(&a);
    rom_set_release(&b);
    diag_print(&diag, stderr);
    diag_release(&diag);
    return status;
}

int command_rom(const struct options *options)
{
    if (options->registers)
        return print_registers(options->registers);
    if (options->rom.text[ROM_ARG_DIFF] && options->file)
        return diff(options);
    if (options->rom.text[ROM_ARG_DECODE] && !options->verify)
        return decode(options);
    return with_design(options);
}
