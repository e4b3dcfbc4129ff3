/*
 * onnx_lower.c - rewritten graphs against what onnxruntime computed.
 *
 *     onnx_lower [-v] FOLDER...
 *
 * Each folder's model.onnx is read, rewritten into the TFLite dialect, run by
 * that dialect's evaluator on in.npy, and its output compared with out.npy.
 *
 * What is not equal is printed, to be compared with onnx_lower.out: what is
 * refused and why, and how many codes, or reals made of codes, differ and by how
 * much. Reals count as equal up to REAL_NEAR of the greatest: other orders of
 * summation. A float network must be equal so, codes one off at most.
 * -v lists all, with the operators.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/npy.h"
#include "sim/graph/eval.h"
#include "sim/graph/onnx.h"
#include "sim/graph/onnx_lower.h"

enum { MAX_BYTES = 1 << 28 };
#define REAL_NEAR 5e-6

static bool verbose;

struct outcome {
    int lost;
    bool exact;                       /* no code anywhere: a float network */
    bool codes;                       /* its output is one of codes */
    double worst, scale;              /* difference; size of the output */
    int64_t elements, differ;         /* differ: by more than is near */
    char problem[300];
};

/* One sample's NCHW element i in the storage order of the tensor. */
static int64_t stored(const struct graph_tensor *t, int64_t i)
{
    if (t->rank != 4)
        return i;
    const int64_t h = t->dim[1], w = t->dim[2], c = t->dim[3];
    const int64_t x = i % w, y = i / w % h, k = i / w / h % c;

    return ((i / w / h / c * h + y) * w + x) * c + k;
}

static bool fill(const struct graph_tensor *t, void *to,
                 const struct npy_array *a, int64_t sample)
{
    const int64_t count = graph_elements(t);
    const size_t bytes = graph_type_bytes(t->type);

    if (a->dim[0] < 1 || a->count / a->dim[0] != count
        || npy_type_bytes(a->type) != bytes)
        return false;
    for (int64_t i = 0; i < count; i++)
        memcpy((char *) to + (size_t) stored(t, i) * bytes,
               (const char *) a->data + (size_t) (sample * count + i) * bytes,
               bytes);
    return true;
}

static double number(const struct graph_tensor *t, const void *data, int64_t i)
{
    switch (t->type) {
    case GRAPH_FLOAT32:
        return (double) ((const float *) data)[i];
    case GRAPH_UINT8:
        return ((const uint8_t *) data)[i];
    case GRAPH_INT8:
        return ((const int8_t *) data)[i];
    default:
        return ((const int32_t *) data)[i];
    }
}

static void compare(struct outcome *o, const struct graph_tensor *t,
                    const void *data, const struct npy_array *want,
                    int64_t sample)
{
    const int64_t count = graph_elements(t);

    if (want->dim[0] < 1 || want->count / want->dim[0] != count) {
        snprintf(o->problem, sizeof(o->problem), "another output shape");
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        const double a = number(t, data, stored(t, i));
        const double b = npy_get_double(want, sample * count + i);
        o->elements++;
        o->differ += !(fabs(a - b) <= (o->codes ? 0 : REAL_NEAR * o->scale));
        if (!(fabs(a - b) <= o->worst))
            o->worst = fabs(a - b);
    }
}

static void run(struct outcome *o, const struct graph *g,
                const struct npy_array *in, const struct npy_array *want)
{
    struct eval_tensors v;

    if (eval_tensors_init(&v, g))
        return;
    for (int64_t i = 0; i < want->count; i++)
        o->scale = fmax(o->scale, fabs(npy_get_double(want, i)));
    for (int64_t s = 0; s < in[0].dim[0] && !*o->problem; s++) {
        for (int i = 0; i < g->input_count; i++)
            if (!fill(&g->tensor[g->input[i]], v.data[g->input[i]], &in[i], s))
                snprintf(o->problem, sizeof(o->problem), "another input shape");
        for (int i = 0; i < g->node_count; i++)
            eval_run_node(g, i, &v);
        o->codes = g->tensor[g->output[0]].type != GRAPH_FLOAT32;
        compare(o, &g->tensor[g->output[0]], v.data[g->output[0]], want, s);
    }
    eval_tensors_release(&v);
}

static void check_nodes(struct outcome *o, const struct graph *g)
{
    struct eval_value in[64], out[64];
    char why[EVAL_WHY];

    o->exact = true;
    for (int i = 0; i < g->node_count; i++) {
        const struct graph_node *n = &g->node[i];
        for (int k = 0; k < n->input_count; k++)
            in[k] = eval_value_of(g, n->input[k]);
        for (int k = 0; k < n->output_count; k++)
            out[k] = eval_value_of(g, n->output[k]);
        o->exact = o->exact && out[0].type == GRAPH_FLOAT32;
        if (verbose)
            printf("    %-22s %s\n", n->kind,
                   n->op == GRAPH_UNKNOWN ? "lost" : "");
        if (n->op != GRAPH_UNKNOWN && !eval_can_run(n, in, out, why)
            && !*o->problem)
            snprintf(o->problem, sizeof(o->problem), "operator %d (%s) %s",
                     n->index, n->kind, why);
    }
}

static void run_folder(struct outcome *o, const char *folder)
{
    struct npy_array in[4] = { 0 }, want = { 0 };
    struct onnx_lowered low = { 0 };
    struct graph g;
    struct diag d;
    char path[800];

    diag_init(&d);
    snprintf(path, sizeof(path), "%s/model.onnx", folder);
    if (onnx_read(&g, path, NULL, &d, PLACE_NONE)
        || onnx_lower(&low, &g, &d, PLACE_NONE))
        goto done;
    for (int i = 0; i < g.node_count; i++) {
        o->lost += low.fate[i].lost;
        if (low.fate[i].lost && !*o->problem)
            snprintf(o->problem, sizeof(o->problem), "%s: %s", g.node[i].kind,
                     low.fate[i].text);
    }
    check_nodes(o, &low.graph);
    for (int i = 0; i < low.graph.input_count && i < 4; i++) {
        snprintf(path, sizeof(path), i ? "%s/in_%d.npy" : "%s/in.npy", folder,
                 i);
        if (npy_read(path, MAX_BYTES, &in[i], &d, PLACE_NONE))
            goto done;
    }
    snprintf(path, sizeof(path), "%s/out.npy", folder);
    if (npy_read(path, MAX_BYTES, &want, &d, PLACE_NONE))
        goto done;
    if (!o->lost && !*o->problem)
        run(o, &low.graph, in, &want);
done:
    if (d.count && !*o->problem)
        snprintf(o->problem, sizeof(o->problem), "%s", d.messages[0].text);
    for (int i = 0; i < 4; i++)
        npy_release(&in[i]);
    npy_release(&want);
    onnx_lowered_release(&low);
    graph_release(&g);
    diag_release(&d);
}

/* One line, or none where nothing is to be said. 1: not as it must be. */
static int report(const struct outcome *o, const char *name)
{
    const bool few = o->exact ? o->differ == 0
                     : o->codes ? o->worst <= 1 : o->worst <= 0.04 * o->scale;

    if (o->lost) {
        printf("%-36s refused: %s\n", name, o->problem);
        return 0;
    }
    if (*o->problem || !few || !o->elements) {
        printf("%-36s FAILED: %s (%g of %g)\n", name, o->problem, o->worst,
               o->scale);
        return 1;
    }
    if (o->differ > 0)
        printf("%-36s %lld of %lld differ, by at most %.3g of %.3g\n", name,
               (long long) o->differ, (long long) o->elements, o->worst,
               o->scale);
    else if (verbose)
        printf("%-36s %lld equal, within %.2g of %.2g\n", name,
               (long long) o->elements, o->worst, o->scale);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0, lost = 0, count = 0;

    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    for (int i = verbose ? 2 : 1; i < argc; i++, count++) {
        struct outcome o = { 0 };
        const char *name = strrchr(argv[i], '/');
        run_folder(&o, argv[i]);
        failed += report(&o, name ? name + 1 : argv[i]);
        lost += o.lost > 0;
    }
    printf("onnx: %d of %d fixtures rewritten and as onnxruntime has them, %d "
           "refused with a reason\n", count - failed - lost, count, lost);
    return failed || !count;
}
