/*
 * onnx_shared.c - a network in QONNX's form against an independent evaluator.
 *
 *     onnx_shared MODEL.onnx IMAGES.npz OUT.npy
 *
 * The first rows of IMAGES (uint8 pixels, divided by 255) run on the evaluator
 * and are compared with OUT's, which hold float64 results: the same class, and
 * values within 1e-5 of the greatest.
 */
#include <math.h>
#include <stdio.h>

#include "sim/base/npz.h"
#include "sim/graph/onnx.h"
#include "sim/graph/onnx_eval.h"

enum { MAX_BYTES = 1 << 28 };

static int64_t greatest(const float *values, int64_t count)
{
    int64_t best = 0;

    for (int64_t i = 1; i < count; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

static int compare(struct onnx_values *v, const struct npy_array *images,
                   const struct npy_array *want)
{
    const struct graph *g = v->graph;
    const int64_t pixels = graph_elements(&g->tensor[g->input[0]]);
    const int64_t classes = graph_elements(&g->tensor[g->output[0]]);
    const int64_t rows = want->count / classes;
    const float *out = v->value[g->output[0]];
    float *in = v->value[g->input[0]];
    int64_t other_class = 0;
    double worst = 0, most = 0;

    if (want->count % classes || images->count < rows * pixels)
        return -1;
    for (int64_t r = 0; r < rows; r++) {
        int64_t best = 0;
        for (int64_t i = 0; i < pixels; i++)
            in[i] = (float) (npy_get_double(images, r * pixels + i) / 255.0);
        if (onnx_eval_run(v))
            return -1;
        for (int64_t i = 0; i < classes; i++) {
            const double w = npy_get_double(want, r * classes + i);
            worst = fmax(worst, fabs((double) out[i] - w));
            most = fmax(most, fabs(w));
            if (w > npy_get_double(want, r * classes + best))
                best = i;
        }
        other_class += greatest(out, classes) != best;
    }
    printf("onnx: %s: %lld elements, %.3g of %.3g apart at most, %lld of %lld "
           "of another class\n", g->path, (long long) want->count, worst, most,
           (long long) other_class, (long long) rows);
    return worst <= 1e-5 * most && other_class == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct npy_array want = { 0 };
    struct npz images = { 0 };
    struct onnx_values v = { .value = NULL };
    struct graph g;
    struct diag d;
    int status = -1;

    if (argc != 4)
        return 2;
    diag_init(&d);
    if (!onnx_read(&g, argv[1], NULL, &d, PLACE_NONE)
        && !onnx_eval_init(&v, &g, &d, PLACE_NONE)
        && !npz_read(argv[2], MAX_BYTES, &images, &d, PLACE_NONE)
        && !npy_read(argv[3], MAX_BYTES, &want, &d, PLACE_NONE))
        status = compare(&v, &images.arrays[0], &want);
    diag_print(&d, stdout);
    if (v.value)
        onnx_eval_release(&v);
    graph_release(&g);
    npz_release(&images);
    npy_release(&want);
    diag_release(&d);
    return status ? 1 : 0;
}
