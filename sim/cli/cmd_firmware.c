/* cmd_firmware.c - napier rom --firmware DIR. */
#include <stdio.h>
#include <stdlib.h>

#include "codegen/firmware.h"
#include "sim/array/evaluate.h"
#include "sim/base/path.h"
#include "sim/base/rng.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"

/* The first test image, or without test data any codes: always the same. */
static const char *fill_input(struct session *s, int32_t *codes)
{
    const int64_t count = net_elements(s->net.input);
    const struct quant_params *q = &s->program.tensor[0];
    struct rng rng;

    if (s->design.test) {
        float *real = arena_alloc_array(&s->arena, (size_t) count,
                                        sizeof(*real));

        if (!real || dataset_read(&s->test, s->design.test, &s->net, &s->diag,
                                  s->design.test_place))
            return NULL;
        dataset_image(&s->test, &s->net, 0, real);
        evaluate_quantize_input(&s->program, real, codes);
        return "the first test image";
    }
    rng_init(&rng, 1);
    for (int64_t i = 0; i < count; i++)
        codes[i] = (int32_t) rng_range(&rng, q->min, q->max);
    return "random codes";
}

static int report(struct session *s, const struct firmware_stats *stats)
{
    const char *folder = s->options->firmware;

    printf("firmware  %d files to '%s': an image of %s in %d parts, a driver, "
           "a known-answer test\n", stats->files, folder,
           text_bytes((uint64_t) stats->image_bytes).text, stats->sections);
    return report_write_json(s, s->options->json
        ? json_pack("{s:o, s:s, s:i, s:I, s:i}", "program", report_head(s),
                    "folder", folder, "files", stats->files, "image_bytes",
                    (json_int_t) stats->image_bytes, "sections",
                    stats->sections)
        : NULL) ? 1 : 0;
}

int firmware_command(struct session *s)
{
    const char *data = data_folder(&s->arena);
    const char *sources = data ? path_join(&s->arena, data, "codegen/firmware")
                               : NULL;
    int32_t *codes = arena_alloc_array(&s->arena,
                                       (size_t) net_elements(s->net.input),
                                       sizeof(*codes));
    struct firmware_stats stats;

    const int host = program_host_between(&s->program);

    if (host >= 0) {
        diag_error(&s->diag, s->net.layer[host].place, "layer '%s' runs on "
                   "the host between layers of the core, must be at an end of "
                   "the network for a firmware pack", s->net.layer[host].name);
        return 1;
    }
    if (!sources || !codes) {
        diag_error(&s->diag, PLACE_NONE, "the folder of the firmware's sources "
                   "is not found: set NAPIER_DATA");
        return 1;
    }
    const char *from = fill_input(s, codes);
    const struct firmware f = { &s->program, s->model, codes, from, sources };

    if (!from || firmware_write(&f, s->options->firmware, &stats, &s->diag))
        return 1;
    return report(s, &stats);
}
