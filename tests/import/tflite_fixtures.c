/*
 * tflite_fixtures.c - exchange files against what their own runtime computed.
 *
 *     tflite_fixtures fixtures FOLDER    the fixtures of the repository: folders
 *                                    with model.tflite, in.npy and tensors.npz
 *     tflite_fixtures models FOLDER      the reference models: all samples' outputs,
 *                                    and the tensors of the first ones
 *
 * Twice each: by the host's evaluator, operator by operator, and by the program
 * on the modelled machine. Codes must be equal; float32, which the runtimes add
 * up in an order of their own, must be near. A tensor that the machine does not
 * make (a padding that a convolution took over) is the evaluator's alone.
 */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/array/array.h"
#include "sim/base/npz.h"
#include "sim/graph/eval.h"
#include "sim/graph/tflite.h"
#include "sim/net/net_import.h"
#include "sim/quant/given.h"

enum { MAX_INPUTS = 8, PATH = 1000, MAX_BYTES = 1 << 30 };

/* What was compared. */
struct tally {
    int64_t elements, tensors, different;
};

struct subject {
    const char *name;
    struct diag diag;
    struct arena arena;
    struct net net;
    bool imported;
    struct eval_tensors eval;
    bool evaluates;
    struct hw hw;
    struct qnet qnet;
    struct program program;
    struct array_model *model;
    struct array_state *state;
    int inputs;
    struct npy_array input[MAX_INPUTS];
    struct tally by_host, by_machine;
    struct fx_range *peak;        /* [channels at most]; NULL: not measured */
    int peak_bits;                /* of the widest sum so far */
};

static int failures;

static void __attribute__((format(printf, 2, 3)))
fail(const struct subject *s, const char *format, ...)
{
    va_list args;

    failures++;
    printf("FAILED %s: ", s->name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    diag_print(&s->diag, stdout);
}

static void __attribute__((format(printf, 2, 3)))
join(char path[PATH], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(path, PATH, format, args);
    va_end(args);
}

/* ------------------------------------------------------------- comparison */

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-4 * (1.0 + fabs(b)) || (isnan(a) && isnan(b));
}

/* One sample of a recorded tensor against ours, of the same type. */
static void compare(struct tally *t, const struct npy_array *recorded,
                    int64_t sample, const void *ours)
{
    const int64_t count = recorded->count / recorded->dim[0];
    const size_t size = npy_type_bytes(recorded->type);
    const char *theirs = (const char *) recorded->data
                         + (size_t) (sample * count) * size;

    t->tensors++;
    for (int64_t i = 0; i < count; i++) {
        const char *a = (const char *) ours + (size_t) i * size;
        const char *b = theirs + (size_t) i * size;
        bool same = !memcmp(a, b, size);

        if (!same && recorded->type == NPY_F4) {
            float x, y;

            memcpy(&x, a, sizeof(x));
            memcpy(&y, b, sizeof(y));
            same = near((double) x, (double) y);
        }
        t->elements++;
        t->different += !same;
    }
}

/* The codes of a tensor of the machine, whose type is that of the record. */
static void compare_codes(struct tally *t, const struct npy_array *recorded,
                          int64_t sample, const int32_t *codes)
{
    const int64_t count = recorded->count / recorded->dim[0];

    t->tensors++;
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = sample * count + i;
        bool same;

        if (recorded->type == NPY_F4) {
            float x;

            memcpy(&x, &codes[i], sizeof(x));
            same = near((double) x, npy_get_double(recorded, at));
        } else {
            same = npy_get_int(recorded, at) == codes[i];
        }
        t->elements++;
        t->different += !same;
    }
}

/* ---------------------------------------------------------------- subject */

static void subject_close(struct subject *s)
{
    array_state_free(s->state);
    array_free(s->model);
    program_release(&s->program);
    qnet_release(&s->qnet);
    if (s->evaluates)
        eval_tensors_release(&s->eval);
    for (int i = 0; i < s->inputs; i++)
        npy_release(&s->input[i]);
    net_release(&s->net);
    arena_release(&s->arena);
    diag_release(&s->diag);
}

static bool is_wide(const struct net *net)
{
    for (int t = 0; t < net_tensor_count(net); t++)
        if (net->tensor_given[t].bits == 16 && !net_is_host_only(net, t))
            return true;
    return false;
}

/* The machine with TensorFlow Lite's arithmetic. */
static int build(struct subject *s)
{
    const char *hw = is_wide(&s->net) ? "configs/hardware/int16x8_16x16.yaml"
                                      : "configs/hardware/mlperf_16x16.yaml";
    struct override_list none = { 0 };

    if (hw_read(&s->hw, hw, &none, &s->arena, &s->diag)
        || quantize_given(&s->qnet, &s->net, &s->hw, &s->diag)
        || program_build(&s->program, &s->qnet, &s->hw, &s->diag))
        return -1;
    s->model = array_new(&s->program, NULL);
    s->state = s->model ? array_state_new(s->model) : NULL;
    return s->state ? 0 : -1;
}

/* Nothing of the network is for the core, which needs a layer at least. */
static bool all_on_host(const struct net *net)
{
    for (int i = 0; i < net->layer_count; i++)
        if (net->layer[i].op != NET_HOST && net->layer[i].op != NET_FLATTEN)
            return false;
    return true;
}

/* Operators that the evaluator has not. */
static bool evaluates(const struct net *net)
{
    for (int i = 0; i < net->graph->node_count; i++) {
        const struct graph_node *n = &net->graph->node[i];
        struct eval_value in[GRAPH_MAX_INPUTS], out[GRAPH_MAX_INPUTS];
        char why[EVAL_WHY];

        for (int k = 0; k < n->input_count; k++)
            in[k] = eval_value_of(net->graph, n->input[k]);
        for (int k = 0; k < n->output_count; k++)
            out[k] = eval_value_of(net->graph, n->output[k]);
        if (net->operators[i].where != NET_FOLDED
            && net->operators[i].where != NET_UNUSED
            && !eval_can_run(n, in, out, why))
            return false;
    }
    return true;
}

/* 0; or -1 when nothing can be compared. Files whose name begins with other_ may
 * be refused, with a message; those of "dynamic range" are read as float
 * networks, whose input the runtime quantizes and we do not. */
static int subject_open(struct subject *s, const char *name, const char *model,
                        const struct net_import_shape *shape)
{
    memset(s, 0, sizeof(*s));
    s->name = name;
    diag_init(&s->diag);
    arena_init(&s->arena, 0);
    s->imported = !net_import_file(&s->net, model, shape, &s->diag,
                                   place_of_file(model));
    if (!s->net.graph || (!s->imported && s->net.graph->input_count == 1)
        || !evaluates(&s->net)) {
        if (strncmp(name, "other_", 6) || diag_error_count(&s->diag) == 0)
            fail(s, "not imported");
        return -1;
    }
    if (!strncmp(name, "other_dynamic", 13))
        return -1;
    s->evaluates = true;
    if (eval_tensors_init(&s->eval, s->net.graph))
        return -1;
    if (!s->imported || !s->net.quantized || all_on_host(&s->net))
        return 0;
    if (build(s)) {
        fail(s, "not built");
        return -1;
    }
    return 0;
}

static int read_inputs(struct subject *s, const char *folder, const char *word)
{
    char path[PATH];

    for (int i = 0; i < s->net.graph->input_count && i < MAX_INPUTS; i++) {
        if (i == 0)
            join(path, "%s/%s.npy", folder, word);
        else
            join(path, "%s/%s_%d.npy", folder, word, i);
        if (npy_read(path, MAX_BYTES, &s->input[i], &s->diag,
                     place_of_file(path)))
            return -1;
        s->inputs++;
    }
    return 0;
}

/* --------------------------------------------------------------------- run */

static void run_host(struct subject *s, int64_t sample)
{
    const struct graph *g = s->net.graph;

    for (int i = 0; i < s->inputs; i++) {
        const struct npy_array *a = &s->input[i];
        const size_t bytes = (size_t) (a->count / a->dim[0])
                             * npy_type_bytes(a->type);

        memcpy(s->eval.data[g->input[i]],
               (const char *) a->data + (size_t) sample * bytes, bytes);
    }
    for (int i = 0; i < g->node_count; i++)
        if (s->net.operators[i].where != NET_FOLDED
            && s->net.operators[i].where != NET_UNUSED)
            eval_run_node(g, i, &s->eval);
}

/* Run a layer and note how wide its sums become. */
static void measure(struct subject *s, int layer)
{
    const int channels = s->program.desc[layer].out.c;

    memset(s->peak, 0, (size_t) channels * sizeof(*s->peak));
    array_run_measured(s->model, s->state, layer, s->peak);
    for (int c = 0; c < channels; c++) {
        const int bits = fx_bits_needed(s->peak[c].lo, s->peak[c].hi);

        s->peak_bits = bits > s->peak_bits ? bits : s->peak_bits;
    }
}

static void run_machine(struct subject *s, int64_t sample)
{
    const struct npy_array *a = &s->input[0];
    const int64_t count = a->count / a->dim[0];
    int32_t *in = array_tensor(s->state, 0);

    for (int64_t i = 0; i < count; i++) {
        if (a->type == NPY_F4)
            memcpy(&in[i], (const float *) a->data + sample * count + i, 4);
        else
            in[i] = (int32_t) npy_get_int(a, sample * count + i);
    }
    for (int i = 0; i < s->net.layer_count; i++) {
        if (s->peak)
            measure(s, i);
        else
            array_run_layer(s->model, s->state, i);
    }
}

/* The net's tensor for graph tensor t; -1: it makes none of its own. */
static int find_tensor(const struct subject *s, int t)
{
    for (int i = 0; i < net_tensor_count(&s->net); i++)
        if (s->net.graph_tensor[i] == t)
            return i;
    return -1;
}

static void compare_tensor(struct subject *s, int64_t sample, int t,
                           const struct npy_array *recorded, bool host)
{
    if (host)
        compare(&s->by_host, recorded, sample, s->eval.data[t]);
    if (!s->model)
        return;
    const int ours = find_tensor(s, t);

    if (ours >= 0)
        compare_codes(&s->by_machine, recorded, sample,
                      array_tensor(s->state, ours));
}

static int tensor_of_name(const char *name)
{
    int node, t;

    return sscanf(name, "%d_t%d", &node, &t) == 2 ? t : -1;
}

/* ---------------------------------------------------------------- fixtures */


static void run_recorded(struct subject *s, const struct npz *records,
                         int64_t samples)
{
    for (int64_t n = 0; n < samples; n++) {
        run_host(s, n);
        if (s->model)
            run_machine(s, n);
        for (size_t i = 0; i < records->count; i++) {
            const struct npy_array *r = &records->arrays[i];
            const int t = tensor_of_name(r->name);

            if (t < 0 || t >= s->net.graph->tensor_count) {
                fail(s, "a record '%s' of no tensor", r->name);
                return;
            }
            if (n < r->dim[0])
                compare_tensor(s, n, t, r, true);
        }
    }
}

static const char *why_not(const struct subject *s)
{
    if (s->model)
        return "";
    if (!s->imported)
        return " (host alone: several inputs)";
    return s->net.quantized ? " (host alone: no layer for the core)"
                            : " (host alone: float)";
}

static void verdict(struct subject *s, bool verbose)
{
    if (s->by_host.different || s->by_machine.different)
        fail(s, "%" PRId64 " of %" PRId64 " elements differ on the host, %"
             PRId64 " of %" PRId64 " on the machine", s->by_host.different,
             s->by_host.elements, s->by_machine.different,
             s->by_machine.elements);
    else if (s->by_host.elements == 0)
        fail(s, "nothing was compared");
    else if (verbose && s->peak)
        printf("%-16s %9" PRId64 " elements on the host, %9" PRId64 " on the "
               "machine: equal; widest sum %d bits\n", s->name,
               s->by_host.elements, s->by_machine.elements, s->peak_bits);
    else if (verbose)
        printf("%-36s host %9" PRId64 " machine %9" PRId64 " equal%s\n",
               s->name, s->by_host.elements, s->by_machine.elements,
               why_not(s));
}

/* The shape of one sample: what the runtime was told where the file (one whose
 * name begins with shape_) leaves it open. */
static void take_shape(const char *path, struct net_import_shape *shape)
{
    struct npy_array a;
    struct diag diag;

    diag_init(&diag);
    shape->rank = 0;
    if (!npy_read(path, MAX_BYTES, &a, &diag, place_of_file(path))) {
        shape->rank = a.rank - 1;
        for (int i = 1; i < a.rank; i++)
            shape->dim[i - 1] = a.dim[i];
        npy_release(&a);
    }
    diag_release(&diag);
}

static void run_fixture(const char *folder, const char *name,
                        struct tally *host, struct tally *machine)
{
    const bool open = !strncmp(name, "shape_", 6);
    struct net_import_shape shape;
    char path[PATH];
    struct subject s;
    struct npz records;

    join(path, "%s/%s/in.npy", folder, name);
    take_shape(path, &shape);
    join(path, "%s/%s/model.tflite", folder, name);
    if (subject_open(&s, name, path, open && shape.rank ? &shape : NULL))
        goto done;
    join(path, "%s/%s", folder, name);
    if (read_inputs(&s, path, "in")) {
        fail(&s, "no input");
        goto done;
    }
    join(path, "%s/%s/tensors.npz", folder, name);
    if (npz_read(path, MAX_BYTES, &records, &s.diag, place_of_file(path))) {
        fail(&s, "no records");
        goto done;
    }
    run_recorded(&s, &records, s.input[0].dim[0]);
    npz_release(&records);
    verdict(&s, getenv("VERBOSE") != NULL);
    host->elements += s.by_host.elements;
    host->tensors++;
    machine->elements += s.by_machine.elements;
    machine->tensors += s.model != NULL;

done:
    subject_close(&s);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int run_fixtures(const char *folder)
{
    struct tally host = { 0 }, machine = { 0 };
    struct dirent **entries;
    const int count = scandir(folder, &entries, NULL, by_name);

    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            run_fixture(folder, entries[i]->d_name, &host, &machine);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    printf("import: %" PRId64 " fixtures, %" PRId64 " elements on the host; %"
           PRId64 " of them, %" PRId64 " elements, on the machine; %d failed\n",
           host.tensors, host.elements, machine.tensors, machine.elements,
           failures);
    return host.tensors == 0 || failures;
}

/* ------------------------------------------------------------------ models */

/* All outputs, then the tensors of the first samples. */
static void run_set(struct subject *s, const char *folder, const char *set)
{
    struct npy_array out;
    char path[PATH];
    const int last = s->net.layer_count;
    int64_t recorded = 0;

    join(path, "%s/%s_out.npy", folder, set);
    if (npy_read(path, MAX_BYTES, &out, &s->diag, place_of_file(path))) {
        fail(s, "no outputs");
        return;
    }
    join(path, "%s/%s_layers", folder, set);
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, by_name);

    for (int64_t n = 0; n < s->input[0].dim[0]; n++) {
        run_machine(s, n);
        compare_codes(&s->by_machine, &out, n, array_tensor(s->state, last));
        if (n > 0 && n >= recorded)
            continue;
        run_host(s, n);
        for (int i = 0; i < count; i++) {
            struct npy_array r;
            const int t = tensor_of_name(entries[i]->d_name);

            join(path, "%s/%s_layers/%s", folder, set,
                     entries[i]->d_name);
            if (t < 0 || npy_read(path, MAX_BYTES, &r, &s->diag,
                                  place_of_file(path)))
                continue;
            recorded = r.dim[0];
            compare_tensor(s, n, t, &r, true);
            npy_release(&r);
        }
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    if (count >= 0)
        free(entries);
    npy_release(&out);
}

static void run_model(const char *folder, const char *name, const char *file)
{
    static const char *const sets[] = { "real", "rand" };
    char path[PATH], in[PATH];
    struct subject s;

    join(path, "%s/%s/%s", folder, name, file);
    if (!subject_open(&s, name, path, NULL) && s.model) {
        s.peak = arena_alloc_array(&s.arena, NET_MAX_DIM, sizeof(*s.peak));
        join(path, "%s/%s", folder, name);
        for (int i = 0; i < 2; i++) {
            struct stat st;

            join(in, "%s/%s_in.npy", path, sets[i]);
            if (stat(in, &st))
                continue;
            join(in, "%s_in", sets[i]);
            s.inputs = 0;
            if (read_inputs(&s, path, in))
                fail(&s, "no input");
            else
                run_set(&s, path, sets[i]);
            npy_release(&s.input[0]);
            s.inputs = 0;
        }
        verdict(&s, true);
    }
    subject_close(&s);
}

static int run_models(const char *folder)
{
    static const char *const models[][2] = {
        { "resnet8_cifar10", "pretrainedResnet_quant.tflite" },
        { "dscnn_kws", "kws_ref_model.tflite" },
        { "mobilenet_vww", "vww_96_int8.tflite" },
        { "autoencoder_ad", "ad01_int8.tflite" },
        { "micro_speech", "micro_speech_quantized.tflite" },
        { "hello_world", "hello_world_int8.tflite" },
        { "mnist_conv", "mnist_valid_q.tflite" },
    };

    for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
        run_model(folder, models[i][0], models[i][1]);
    return failures > 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "fixtures"))
        return run_fixtures(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "models"))
        return run_models(argv[2]);
    fprintf(stderr, "usage: tflite_fixtures fixtures|models FOLDER\n");
    return 2;
}
