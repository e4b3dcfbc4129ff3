#include <stdio.h>

#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/report.h"
#include "sim/cli/report_import.h"
#include "sim/net/net_settings.h"
#include "sim/sweep/space.h"

static void print_layer(const struct session *s, const struct net_layer *l)
{
    const bool array = l->op == NET_CONV2D || l->op == NET_FULLY_CONNECTED;

    (void) s;
    printf("%-12s %-16s %4d x %3d x %4d -> %4d x %3d x %4d %13s %10s  %s\n",
           l->name, net_op_name(l->op), l->in.h, l->in.w, l->in.c, l->out.h,
           l->out.w, l->out.c, text_count(net_layer_macs(l)).text,
           text_count(net_layer_parameters(l)).text,
           array ? "array" : l->op == NET_FLATTEN ? "nothing to do"
                                                  : "vector unit");
}

/* docs/config.md: one table, one document. */
static void print_keys(void)
{
    printf("# Settings\n\n"
           "Written by `napier check --keys` from the tables that the parser "
           "itself uses; do not edit.\n"
           "Any key can be given on the command line as `--set key=value`; a "
           "layer's as\n`--set layers.NAME.key=value` and `--set "
           "quantization.layers.NAME.key=value`.\n\n");
    settings_print_markdown(hw_settings, "Hardware file", stdout);
    settings_print_markdown(net_settings, "Network file", stdout);
    settings_print_markdown(net_layer_settings,
                            "Network file: an entry of `layers`", stdout);
    settings_print_markdown(design_settings, "Design file", stdout);
    settings_print_markdown(design_layer_settings,
                            "Design file: an entry of `quantization.layers`",
                            stdout);
    settings_print_markdown(space_settings, "Sweep file", stdout);
}

static int write_operators(struct session *s, const struct report_import *r)
{
    if (!s->options->json)
        return 0;
    json_t *root = report_head(s);

    json_object_set_new(root, "operators", report_operators(r));
    return report_write_json(s, root) ? 1 : 0;
}

static void print_design(const struct session *s,
                         const struct report_import *r)
{
    report_print_head(s);
    if (s->net.operator_count > 0)
        report_print_operators(r);
    for (int i = 0; i < s->net.layer_count && !s->net.operator_count; i++)
        print_layer(s, &s->net.layer[i]);
    printf("ROM       %u of %d weight words, %u of %d parameter words a "
           "column\n", s->program.weight_words, s->hw.weight_depth,
           s->program.param_words, s->hw.param_depth);
    printf("no errors\n");
}

int command_check(const struct options *options)
{
    struct session s;
    int status = 1;

    if (options->keys) {
        print_keys();
        return 0;
    }
    if (sweep_is_file(options->file))
        return command_check_sweep(options);
    if (!session_open(&s, options, SESSION_TEST)) {
        const struct report_import r = { &s.net, &s.program, s.model };

        if (!options->json || options->json[0] != '-')
            print_design(&s, &r);
        status = write_operators(&s, &r);
    } else if (s.net.refused) {
        const struct report_import r = { .net = &s.net };

        report_print_operators(&r);
    }
    session_close(&s);
    return status;
}
