#include <inttypes.h>
#include <stdio.h>

#include "codegen/package.h"
#include "codegen/rom.h"
#include "codegen/rom_read.h"
#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"

static int verify(struct session *s, const char *folder)
{
    struct rom_verdict v;

    if (rom_verify(&s->program, folder, &v, &s->diag)) {
        if (v.differences > 0)
            diag_error(&s->diag, place_of_file(folder), "%" PRId64
                       " of %" PRId64 " values differ", v.differences,
                       v.weights + 2 * v.biases + 2 * v.scales);
        return 1;
    }
    printf("verified  %s weights, %s biases, %s scales, %s descriptors in '%s': "
           "all equal\n", text_count(v.weights).text,
           text_count(v.biases).text, text_count(v.scales).text,
           text_count(v.descriptors).text, folder);
    return report_write_json(s, s->options->json
        ? json_pack("{s:I, s:I, s:I, s:I, s:I}", "weights",
                    (json_int_t) v.weights, "biases", (json_int_t) v.biases,
                    "scales", (json_int_t) v.scales, "descriptors",
                    (json_int_t) v.descriptors, "differences", (json_int_t) 0)
        : NULL) ? 1 : 0;
}

static int write_all(struct session *s, const char *folder)
{
    struct rom_stats stats;
    const char *package = path_join(&s->arena, folder, "npu_pkg.sv");

    if (!package || rom_write(&s->program, folder, &stats, &s->diag)
        || package_write(&s->hw, 0, package, &s->diag))
        return 1;
    printf("wrote     %d files to '%s': %s of weights, %s of parameters, %"
           PRIu32 " descriptors\n", stats.files + 1, folder,
           text_bytes((uint64_t) stats.weight_bits / 8).text,
           text_bytes((uint64_t) stats.param_bits / 8).text,
           s->program.code_header.descriptors);
    printf("memory    %s of %s elements of activation memory at the peak\n",
           text_count(s->program.act_elements).text,
           text_count(hw_act_elements(&s->hw)).text);
    return report_write_json(s, s->options->json
        ? json_pack("{s:o, s:s, s:i, s:I, s:I, s:I}", "program", report_head(s),
                    "folder", folder, "files", stats.files + 1,
                    "weight_bits", (json_int_t) stats.weight_bits,
                    "parameter_bits", (json_int_t) stats.param_bits,
                    "activation_elements",
                    (json_int_t) s->program.act_elements)
        : NULL) ? 1 : 0;
}

int command_rom(const struct options *options)
{
    struct session s;
    int status = 1;

    if (!session_open(&s, options, SESSION_PROGRAM)) {
        const char *folder = session_output(&s, "rom");

        report_print_head(&s);
        status = options->verify ? verify(&s, folder) : write_all(&s, folder);
    }
    session_close(&s);
    return status;
}
