/*
 * onnx_node.c - ONNX's own node tests on the evaluator.
 *
 *     onnx_node [-v] FOLDER TEST...
 *
 * Each test is a folder FOLDER/TEST with model.onnx and test_data_set_N, whose
 * input_K.pb and output_K.pb hold one tensor each. Integers must be equal;
 * floats near, by the tolerance of ONNX's own runner (relative 1e-3, absolute
 * 1e-7). One line a test; status 1 when one failed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/graph/onnx.h"
#include "sim/graph/onnx_eval.h"
#include "sim/graph/onnx_eval_ops.h"

static bool verbose;

struct result {
    int64_t elements;
    char problem[400];
};

static void problem(struct result *r, const struct diag *d, const char *text)
{
    if (!*r->problem)
        snprintf(r->problem, sizeof(r->problem), "%s",
                 d->count ? d->messages[0].text : text);
}

static bool same(enum graph_type type, const void *a, const void *b, int64_t i)
{
    if (type != GRAPH_FLOAT32 && type != GRAPH_FLOAT64)
        return onnx_get_int(type, a, i) == onnx_get_int(type, b, i);
    const double x = onnx_get(type, a, i), y = onnx_get(type, b, i);

    return x == y || (isnan(x) && isnan(y))
           || fabs(x - y) <= 1e-7 + 1e-3 * fabs(y);
}

static void compare(struct result *r, const struct graph_tensor *want,
                    const struct graph_tensor *have, const void *data)
{
    if (want->type != have->type || want->rank != have->rank
        || graph_elements(want) != graph_elements(have)) {
        snprintf(r->problem, sizeof(r->problem), "another type or shape");
        return;
    }
    for (int64_t i = 0; i < graph_elements(want); i++) {
        if (!*r->problem && !same(want->type, data, want->data, i))
            snprintf(r->problem, sizeof(r->problem),
                     "element %lld is %.9g, must be %.9g", (long long) i,
                     onnx_get(want->type, data, i),
                     onnx_get(want->type, want->data, i));
        r->elements++;
    }
}

/* One data set: inputs, run, outputs. */
static void run_set(struct result *r, const struct graph *g, const char *folder,
                    struct diag *d)
{
    struct onnx_values v;
    struct graph_tensor t;
    struct arena arena;
    char path[900];

    arena_init(&arena, 0);
    if (onnx_eval_init(&v, g, d, PLACE_NONE))
        goto done;
    for (int i = 0; i < g->input_count; i++) {
        snprintf(path, sizeof(path), "%s/input_%d.pb", folder, i);
        const struct graph_tensor *to = &g->tensor[g->input[i]];
        if (onnx_read_tensor(&t, &arena, path, d))
            goto done;
        if (t.type != to->type || graph_elements(&t) != graph_elements(to)) {
            problem(r, d, "an input has another type or shape");
            goto done;
        }
        memcpy(v.value[g->input[i]], t.data,
               (size_t) graph_elements(&t) * graph_type_bytes(t.type));
    }
    if (onnx_eval_run(&v))
        goto done;
    for (int i = 0; i < g->output_count; i++) {
        snprintf(path, sizeof(path), "%s/output_%d.pb", folder, i);
        if (onnx_read_tensor(&t, &arena, path, d))
            goto done;
        compare(r, &t, &g->tensor[g->output[i]], v.value[g->output[i]]);
    }
done:
    if (d->errors)
        problem(r, d, "");
    onnx_eval_release(&v);
    arena_release(&arena);
}

static void run_test(struct result *r, const char *folder)
{
    struct graph g;
    struct diag d;
    char path[800];

    memset(r, 0, sizeof(*r));
    diag_init(&d);
    snprintf(path, sizeof(path), "%s/model.onnx", folder);
    if (onnx_read(&g, path, NULL, &d, PLACE_NONE)) {
        problem(r, &d, "not read");
    } else {
        for (int set = 0; set < 100; set++) {
            snprintf(path, sizeof(path), "%s/test_data_set_%d", folder, set);
            if (access(path, F_OK))
                break;
            run_set(r, &g, path, &d);
        }
        if (!r->elements)
            problem(r, &d, "no data");
    }
    graph_release(&g);
    diag_release(&d);
}

int main(int argc, char **argv)
{
    int failed = 0, first = 2;
    int64_t elements = 0;

    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        verbose = true;
        first++;
    }
    if (argc < first)
        return 2;
    for (int i = first; i < argc; i++) {
        struct result r;
        char folder[700];
        snprintf(folder, sizeof(folder), "%s/%s", argv[first - 1], argv[i]);
        run_test(&r, folder);
        failed += *r.problem != '\0';
        elements += r.elements;
        if (*r.problem)
            printf("%-44s FAILED: %s\n", argv[i], r.problem);
        else if (verbose)
            printf("%-44s %8lld elements\n", argv[i], (long long) r.elements);
    }
    printf("onnx: %d of %d node tests pass, %lld elements\n",
           argc - first - failed, argc - first, (long long) elements);
    return failed ? 1 : 0;
}
