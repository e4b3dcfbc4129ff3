/*
 * onnx_fixtures.c - the evaluator against what onnxruntime computed.
 *
 *     onnx_fixtures [-v] FOLDER...
 *
 * Each folder has model.onnx, in.npy (and in_1.npy, ...) and, operator by
 * operator, the tensors that the runtime made (index.json, tensors.npz).
 * Every tensor is compared, then replaced by the runtime's: each operator is
 * judged by what it does to the runtime's inputs. Codes must be equal or next
 * to it, where the runtime's float32 falls on the other side of a tie; such
 * are counted, and at most one in a hundred. Reals: 2e-5 of the greatest.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/npz.h"
#include "sim/graph/onnx.h"
#include "sim/graph/onnx_eval.h"
#include "sim/graph/onnx_eval_ops.h"

enum { MAX_BYTES = 1 << 28 };

struct fixture {
    const char *folder;
    struct graph g;
    struct onnx_values v;
    struct npz tensors;
    struct npy_array in[8];
    json_t *index;
    struct diag d;
    int64_t codes, next, reals;   /* compared; codes that are one off */
    char problem[400];
};

static int fail(struct fixture *f, const char *text)
{
    if (!*f->problem)
        snprintf(f->problem, sizeof(f->problem), "%s",
                 f->d.count ? f->d.messages[0].text : text);
    return -1;
}

static const char *path_of(const struct fixture *f, const char *name)
{
    static char path[900];

    snprintf(path, sizeof(path), "%s/%s", f->folder, name);
    return path;
}

static int load(struct fixture *f)
{
    json_error_t error;
    char name[32];

    diag_init(&f->d);
    if (onnx_read(&f->g, path_of(f, "model.onnx"), NULL, &f->d, PLACE_NONE)
        || onnx_eval_init(&f->v, &f->g, &f->d, PLACE_NONE)
        || npz_read(path_of(f, "tensors.npz"), MAX_BYTES, &f->tensors, &f->d,
                    PLACE_NONE))
        return fail(f, "");
    for (int i = 0; i < f->g.input_count && i < 8; i++) {
        snprintf(name, sizeof(name), i ? "in_%d.npy" : "in.npy", i);
        if (npy_read(path_of(f, name), MAX_BYTES, &f->in[i], &f->d, PLACE_NONE))
            return fail(f, "");
    }
    f->index = json_load_file(path_of(f, "index.json"), 0, &error);
    return f->index ? 0 : fail(f, error.text);
}

/* The runtime's values of a tensor for one sample, or NULL. */
static const struct npy_array *recorded(const struct fixture *f, int tensor,
                                        int64_t sample, const char **data)
{
    for (size_t i = 0; i < json_array_size(f->index); i++) {
        const json_t *row = json_array_get(f->index, i);
        const char *file = json_string_value(json_array_get(row, 0));
        const char *name = json_string_value(json_array_get(row, 3));
        if (!name || strcmp(name, f->g.tensor[tensor].name) != 0)
            continue;
        char key[64];
        snprintf(key, sizeof(key), "%s", file);
        char *dot = strrchr(key, '.');
        if (dot)
            *dot = '\0';
        const struct npy_array *a = npz_find(&f->tensors, key);
        if (!a || a->rank < 1 || sample >= a->dim[0])
            return NULL;
        *data = (const char *) a->data
                + (size_t) (sample * (a->count / a->dim[0]))
                      * npy_type_bytes(a->type);
        return a;
    }
    return NULL;
}

static void compare_codes(struct fixture *f, int tensor, const void *want)
{
    const struct graph_tensor *t = &f->g.tensor[tensor];

    for (int64_t i = 0; i < graph_elements(t); i++) {
        const int64_t a = onnx_get_int(t->type, f->v.value[tensor], i);
        const int64_t b = onnx_get_int(t->type, want, i);
        f->codes++;
        f->next += a == b + 1 || a == b - 1;
        if (a > b + 1 || a < b - 1) {
            snprintf(f->problem, sizeof(f->problem),
                     "%s: element %lld is %lld, must be %lld", t->name,
                     (long long) i, (long long) a, (long long) b);
            return;
        }
    }
}

static void compare_reals(struct fixture *f, int tensor, const float *want)
{
    const struct graph_tensor *t = &f->g.tensor[tensor];
    const float *have = f->v.value[tensor];
    double most = 0;

    for (int64_t i = 0; i < graph_elements(t); i++)
        most = fmax(most, fabs((double) want[i]));
    for (int64_t i = 0; i < graph_elements(t); i++) {
        f->reals++;
        if (!(fabs((double) have[i] - (double) want[i]) <= 2e-5 * most)) {
            snprintf(f->problem, sizeof(f->problem),
                     "%s: element %lld is %.9g, must be %.9g", t->name,
                     (long long) i, (double) have[i], (double) want[i]);
            return;
        }
    }
}

static void compare(struct fixture *f, int tensor, int64_t sample)
{
    struct graph_tensor *t = &f->g.tensor[tensor];
    const char *want;
    const struct npy_array *a = recorded(f, tensor, sample, &want);

    if (!a || *f->problem)
        return;
    if (a->count / a->dim[0] != graph_elements(t)
        || npy_type_bytes(a->type) != graph_type_bytes(t->type)) {
        snprintf(f->problem, sizeof(f->problem), "%s: another shape", t->name);
        return;
    }
    if (t->type == GRAPH_FLOAT32)
        compare_reals(f, tensor, (const float *) (const void *) want);
    else
        compare_codes(f, tensor, want);
    memcpy(f->v.value[tensor], want,
           (size_t) graph_elements(t) * graph_type_bytes(t->type));
}

static void run(struct fixture *f)
{
    const int64_t samples = f->tensors.count ? f->tensors.arrays[0].dim[0] : 0;

    for (int64_t s = 0; s < samples && !*f->problem; s++) {
        for (int i = 0; i < f->g.input_count; i++) {
            const struct graph_tensor *t = &f->g.tensor[f->g.input[i]];
            const size_t bytes = (size_t) graph_elements(t)
                                 * graph_type_bytes(t->type);
            if (s >= f->in[i].dim[0] || npy_type_bytes(f->in[i].type)
                != graph_type_bytes(t->type)
                || f->in[i].count / f->in[i].dim[0] != graph_elements(t)) {
                fail(f, "an input has another shape");
                return;
            }
            memcpy(f->v.value[f->g.input[i]],
                   (const char *) f->in[i].data + (size_t) s * bytes, bytes);
        }
        for (int i = 0; i < f->g.node_count; i++) {
            const struct graph_node *node = &f->g.node[i];
            if (onnx_eval_node(&f->v, node)) {
                fail(f, "");
                return;
            }
            for (int k = 0; k < node->output_count; k++)
                if (node->output[k] >= 0)
                    compare(f, node->output[k], s);
        }
    }
    if (f->next * 100 > f->codes)
        fail(f, "more than one code in a hundred is one off");
    if (f->codes + f->reals == 0)
        fail(f, "nothing was compared");
}

int main(int argc, char **argv)
{
    const bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    int64_t codes = 0, next = 0, reals = 0;
    int failed = 0, count = 0;

    for (int i = verbose ? 2 : 1; i < argc; i++, count++) {
        struct fixture f = { .folder = argv[i] };
        if (load(&f) == 0)
            run(&f);
        const char *name = strrchr(argv[i], '/');
        if (*f.problem)
            printf("%-44s FAILED: %s\n", name ? name + 1 : argv[i], f.problem);
        else if (verbose)
            printf("%-40s %7lld codes, %lld one off; %7lld reals\n",
                   name ? name + 1 : argv[i], (long long) f.codes,
                   (long long) f.next, (long long) f.reals);
        failed += *f.problem != '\0';
        codes += f.codes;
        next += f.next;
        reals += f.reals;
        onnx_eval_release(&f.v);
        npz_release(&f.tensors);
        for (int k = 0; k < 8; k++)
            npy_release(&f.in[k]);
        json_decref(f.index);
        graph_release(&f.g);
        diag_release(&f.d);
    }
    printf("onnx: %d of %d fixtures as onnxruntime has them: %lld codes, %lld "
           "of them one off at a tie, %lld reals\n", count - failed, count,
           (long long) codes, (long long) next, (long long) reals);
    return failed || !count ? 1 : 0;
}
