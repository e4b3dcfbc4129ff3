/*
 * onnx_machine.c - quantized ONNX networks on the modelled machine.
 *
 *     onnx_machine HARDWARE FOLDER...
 *
 * Each folder's model.onnx becomes a network, its program runs on HARDWARE, and
 * every tensor of codes that the runtime recorded and the machine makes is
 * compared. One line a folder: equal, one off, more. The runtime computes with
 * float32 between its codes (docs/onnx.md), so codes may be one off, and what
 * follows from such a code more: of the whole, one in fifty at most. With the
 * word "exact" before it, a folder must be equal in every element.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/array.h"
#include "sim/base/npz.h"
#include "sim/net/net_import.h"
#include "sim/quant/given.h"

enum { MAX_BYTES = 1 << 28 };

struct subject {
    struct diag diag;
    struct arena arena;
    struct net net;
    struct hw hw;
    struct qnet qnet;
    struct program program;
    struct array_model *model;
    struct array_state *state;
    struct npy_array in;
    struct npz records;
    json_t *index;
    int64_t elements, tensors, one_off, more;
};

static const char *join(const char *folder, const char *name)
{
    static char path[900];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int start(struct subject *s, const char *hw, const char *folder)
{
    struct override_list none = { 0 };
    json_error_t error;

    diag_init(&s->diag);
    arena_init(&s->arena, 0);
    if (net_import_file(&s->net, join(folder, "model.onnx"), NULL, &s->diag,
                        PLACE_NONE)
        || hw_read(&s->hw, hw, &none, &s->arena, &s->diag)
        || quantize_given(&s->qnet, &s->net, &s->hw, &s->diag)
        || program_build(&s->program, &s->qnet, &s->hw, &s->diag)
        || npy_read(join(folder, "in.npy"), MAX_BYTES, &s->in, &s->diag,
                    PLACE_NONE)
        || npz_read(join(folder, "tensors.npz"), MAX_BYTES, &s->records,
                    &s->diag, PLACE_NONE))
        return -1;
    s->index = json_load_file(join(folder, "index.json"), 0, &error);
    s->model = array_new(&s->program, NULL);
    s->state = s->model ? array_state_new(s->model) : NULL;
    return s->state && s->index ? 0 : -1;
}

/* Element i of [n][h][w][c] in the record's [n][c][h][w]. */
static int64_t in_record(const struct graph_tensor *t, int64_t i)
{
    if (t->rank != 4)
        return i;
    const int64_t h = t->dim[1], w = t->dim[2], c = t->dim[3];
    const int64_t k = i % c, x = i / c % w, y = i / c / w % h;

    return ((i / c / w / h * c + k) * h + y) * w + x;
}

static void set_input(struct subject *s, int64_t sample)
{
    const struct graph *g = s->net.graph;
    const struct graph_tensor *t = &g->tensor[g->input[0]];
    const int64_t count = graph_elements(t);
    int32_t *in = array_tensor(s->state, 0);

    for (int64_t i = 0; i < count; i++) {
        const int64_t from = sample * count + in_record(t, i);
        if (s->in.type == NPY_F4)
            memcpy(&in[i], (const float *) s->in.data + from, 4);
        else
            in[i] = (int32_t) npy_get_int(&s->in, from);
    }
}

/* The record of a tensor by its name; integers only. */
static const struct npy_array *record_of(const struct subject *s,
                                         const char *name)
{
    for (size_t i = 0; i < json_array_size(s->index) && *name; i++) {
        const json_t *row = json_array_get(s->index, i);
        char key[64];
        if (strcmp(json_string_value(json_array_get(row, 3)), name) != 0)
            continue;
        snprintf(key, sizeof(key), "%s",
                 json_string_value(json_array_get(row, 0)));
        *strrchr(key, '.') = '\0';
        const struct npy_array *a = npz_find(&s->records, key);
        return a && npy_type_is_integer(a->type) ? a : NULL;
    }
    return NULL;
}

static void compare(struct subject *s, int tensor, int64_t sample)
{
    const struct graph *g = s->net.graph;
    const struct graph_tensor *t = &g->tensor[s->net.graph_tensor[tensor]];
    const struct npy_array *r = record_of(s, t->name);
    const int64_t count = graph_elements(t);
    const int32_t *codes = array_tensor(s->state, tensor);

    if (!r || r->count / r->dim[0] != count || sample >= r->dim[0])
        return;
    const int64_t shift = r->type == NPY_U1 && t->type == GRAPH_INT8 ? 128 : 0;

    const int64_t before = s->one_off + s->more;

    s->tensors++;
    for (int64_t i = 0; i < count; i++) {
        const int64_t want = npy_get_int(r, sample * count + in_record(t, i))
                             - shift;
        s->elements++;
        s->one_off += codes[i] == want - 1 || codes[i] == want + 1;
        s->more += codes[i] < want - 1 || codes[i] > want + 1;
    }
    if (getenv("VERBOSE") && s->one_off + s->more > before)
        printf("    %s: %" PRId64 " of %" PRId64 " differ\n", t->name,
               s->one_off + s->more - before, count);
}

static void finish(struct subject *s)
{
    array_state_free(s->state);
    array_free(s->model);
    program_release(&s->program);
    qnet_release(&s->qnet);
    npy_release(&s->in);
    npz_release(&s->records);
    json_decref(s->index);
    net_release(&s->net);
    arena_release(&s->arena);
    diag_release(&s->diag);
}

int main(int argc, char **argv)
{
    int failed = 0, count = 0;
    bool exact = false;
    int64_t elements = 0, equal = 0;

    for (int i = 2; i < argc; i++) {
        struct subject s = { .elements = 0 };
        if (strcmp(argv[i], "exact") == 0 || strcmp(argv[i], "near") == 0) {
            exact = *argv[i] == 'e';
            continue;
        }
        const char *name = strrchr(argv[i], '/');
        const bool ready = start(&s, argv[1], argv[i]) == 0;
        for (int64_t n = 0; ready && n < s.in.dim[0]; n++) {
            set_input(&s, n);
            array_run(s.model, s.state);
            for (int t = 0; t < net_tensor_count(&s.net); t++)
                compare(&s, t, n);
        }
        const bool bad = !ready || !s.elements
            || (s.one_off + s.more) * 50 > s.elements
            || (exact && s.one_off + s.more > 0);
        printf("%-40s %6" PRId64 " elements of %3" PRId64 " tensors: %" PRId64
               " one off, %" PRId64 " more%s\n", name ? name + 1 : argv[i],
               s.elements, s.tensors, s.one_off, s.more,
               bad ? "  FAILED" : "");
        if (!ready)
            diag_print(&s.diag, stdout);
        failed += bad;
        count++;
        elements += s.elements;
        equal += s.elements - s.one_off - s.more;
        finish(&s);
    }
    printf("onnx: %d of %d networks on the machine, %" PRId64 " of %" PRId64
           " elements equal\n", count - failed, count, equal, elements);
    return failed || !count;
}
