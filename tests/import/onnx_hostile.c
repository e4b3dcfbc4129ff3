/*
 * onnx_hostile.c - damaged ONNX files and what is said of them.
 *
 *     onnx_hostile FOLDER FILE...
 *
 * Prints, for each FOLDER/FILE, "FILE: accepted" or its messages, one a line.
 * An accepted file is run once on zeros and rewritten, so that nothing that was
 * let through breaks later; what cannot be rewritten is told, too.
 */
#include <stdio.h>
#include <string.h>

#include "sim/graph/onnx.h"
#include "sim/graph/onnx_eval.h"
#include "sim/graph/onnx_lower.h"

/* What has no form in the other dialect, and why. */
static void report_lost(const struct graph *g, struct diag *d, const char *file,
                        struct place place)
{
    struct onnx_lowered low;

    if (onnx_lower(&low, g, d, place) == 0)
        for (int i = 0; i < g->node_count; i++)
            if (low.fate[i].lost)
                printf("%s: operator %d (%s) has no form: %s\n", file,
                       g->node[i].index, g->node[i].kind, low.fate[i].text);
    onnx_lowered_release(&low);
}

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        struct graph g;
        struct onnx_values v = { .value = NULL };
        struct diag d;
        char path[900];

        diag_init(&d);
        snprintf(path, sizeof(path), "%s/%s", argv[1], argv[i]);
        const struct place place = { argv[i], 0, 0, 0 };
        if (onnx_read(&g, path, NULL, &d, place) == 0) {
            printf("%s: accepted: %d operators\n", argv[i], g.node_count);
            if (onnx_eval_init(&v, &g, &d, place) == 0)
                onnx_eval_run(&v);
            report_lost(&g, &d, argv[i], place);
        }
        for (size_t m = 0; m < d.count; m++) {
            const char *at = strstr(d.messages[m].text, argv[1]);
            printf("%s: ", argv[i]);
            if (at)
                printf("%.*s%s\n", (int) (at - d.messages[m].text),
                       d.messages[m].text, at + strlen(argv[1]) + 1);
            else
                printf("%s\n", d.messages[m].text);
        }
        if (v.value)
            onnx_eval_release(&v);
        graph_release(&g);
        diag_release(&d);
    }
    return 0;
}
