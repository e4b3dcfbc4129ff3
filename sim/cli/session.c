#include "sim/cli/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/interrupt.h"
#include "sim/base/path.h"
#include "sim/net/net_design.h"

/* Every file is read even after errors in another, so that all are shown. */
static int read_files(struct session *s)
{
    struct override_list *o = (struct override_list *) &s->options->overrides;
    int failed = 0;

    if (design_read(&s->design, s->options->file, o, &s->arena, &s->diag))
        failed = -1;
    if (s->design.hardware
        && hw_read(&s->hw, s->design.hardware, o, &s->arena, &s->diag)) {
        diag_note(&s->diag, s->design.hardware_place,
                  "the hardware file is named here");
        failed = -1;
    }
    if (s->design.network
        && net_read_design(&s->net, &s->design, o, false, &s->diag)) {
        diag_note(&s->diag, s->design.network_place,
                  "the network file is named here");
        failed = -1;
    }
    if (s->design.hardware && s->design.network
        && override_report_unused(o, &s->diag))
        failed = -1;
    return failed;
}

static int out_of_memory(struct session *s)
{
    if (interrupt_requested())
        return -1;
    return diag_error(&s->diag, s->design.place, "out of memory");
}

static int make_program(struct session *s, bool model)
{
    struct dataset data;
    int result = -1;

    if (quantize_read_data(&data, &s->net, &s->design, &s->diag))
        return -1;
    if (quantize_network(&s->quant, &s->net, &s->hw, &s->design, &data,
                         s->options->jobs, &s->diag)
        || program_build(&s->program, &s->quant.qnet, &s->hw, &s->diag))
        goto done;
    if (model)
        s->model = array_new(&s->program, NULL);
    result = s->model || !model ? 0 : out_of_memory(s);

done:
    dataset_release(&data);
    return result;
}

static int read_test(struct session *s)
{
    if (!s->design.test)
        return diag_error(&s->diag, s->design.place, "'data.test' is missing, "
                          "must name the test images");
    return dataset_read_test(&s->test, &s->design, &s->net, &s->diag);
}

int session_open(struct session *s, const struct options *options,
                 enum session_stage stage)
{
    memset(s, 0, sizeof(*s));
    s->options = options;
    diag_init(&s->diag);
    arena_init(&s->arena, (size_t) 512 << 20);
    diag_add_source(&s->diag, "--set", options->overrides.source.text,
                    options->overrides.source.length);
    if (read_files(s))
        return -1;
    if (stage >= SESSION_TEST && read_test(s))
        return -1;
    return stage >= SESSION_PROGRAM
        ? make_program(s, stage >= SESSION_MODEL) : 0;
}

void session_close(struct session *s)
{
    diag_print(&s->diag, stderr);
    array_free(s->model);
    program_release(&s->program);
    quantization_release(&s->quant);
    dataset_release(&s->test);
    net_release(&s->net);
    arena_release(&s->arena);
    diag_release(&s->diag);
}

const char *session_output(const struct session *s, const char *fallback)
{
    return s->options->output ? s->options->output : fallback;
}

const char *data_folder(struct arena *arena)
{
    const char *const places[] = { "../share/napier", "..", "../.." };
    char exe[4096];
    const ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    const char *own = getenv("NAPIER_DATA");

    if (own && *own)
        return arena_strdup(arena, own);
    if (length <= 0)
        return NULL;
    exe[length] = '\0';
    const char *folder = path_dirname(arena, exe);

    for (size_t i = 0; folder && i < sizeof(places) / sizeof(*places); i++) {
        const char *root = path_join(arena, folder, places[i]);
        const char *top = root ? path_join(arena, root, "rtl/npu_top.sv")
                               : NULL;

        if (top && access(top, R_OK) == 0)
            return root;
    }
    return NULL;
}
