/*
 * net_import.c - a graph becomes a network: what only constants decide is
 * computed, what no output needs is left out, the rest is placed and built.
 */
#include "sim/net/net_import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/path.h"
#include "sim/graph/tflite.h"
#include "sim/net/import_parts.h"

/* Elements of a constant that is computed here; and what a network may take in
 * memory, whatever its file says. */
enum { FOLD_MAX_ELEMENTS = 1 << 24 };
#define NET_IMPORT_BYTES ((size_t) 2 << 30)

static int out_of_memory(const struct importer *m)
{
    return diag_error(m->diag, m->place, "out of memory for '%s'",
                      m->graph->path);
}

static int allocate(struct importer *m)
{
    const size_t nodes = (size_t) m->graph->node_count;
    const size_t tensors = (size_t) m->graph->tensor_count;
    struct arena *a = &m->net->arena;

    m->operators = arena_alloc_array(a, nodes, sizeof(*m->operators));
    m->pads = arena_alloc_array(a, nodes, sizeof(*m->pads));
    m->activation = arena_alloc_array(a, nodes, sizeof(*m->activation));
    m->result = arena_alloc_array(a, nodes, sizeof(*m->result));
    m->is_output = arena_alloc_array(a, tensors, sizeof(*m->is_output));
    m->uses = arena_alloc_array(a, tensors, sizeof(*m->uses));
    m->source = arena_alloc_array(a, tensors, sizeof(*m->source));
    m->tensor_of = arena_alloc_array(a, tensors, sizeof(*m->tensor_of));
    if (!m->operators || !m->pads || !m->activation || !m->result
        || !m->is_output || !m->uses || !m->source || !m->tensor_of)
        return out_of_memory(m);
    for (size_t t = 0; t < tensors; t++) {
        m->source[t] = (int) t;
        m->tensor_of[t] = -1;
    }
    for (size_t i = 0; i < nodes; i++) {
        const struct graph_node *n = &m->graph->node[i];

        m->operators[i] = (struct net_operator) { .node = n, .layer = -1,
                                                  .note = "" };
        m->activation[i] = n->at.activation;
        m->result[i] = n->output_count ? n->output[0] : 0;
    }
    return 0;
}

/* ------------------------------------------------------------ preparation */

/* A float operator with weights of int8, as "dynamic range" files have them:
 * the weights that they stand for. */
static int widen_weights(struct importer *m, struct graph_node *n)
{
    const bool sums = n->op == GRAPH_CONV_2D || n->op == GRAPH_FULLY_CONNECTED
                      || n->op == GRAPH_DEPTHWISE_CONV_2D;

    if (!sums || n->input_count < 2 || n->input[0] < 0 || n->input[1] < 0)
        return 0;
    struct graph_tensor *w = &m->graph->tensor[n->input[1]];

    if (m->graph->tensor[n->input[0]].type != GRAPH_FLOAT32 || !w->data
        || (w->type != GRAPH_INT8 && w->type != GRAPH_INT4)
        || w->quant.count < 1)
        return 0;
    const struct graph_node node = { .op = GRAPH_DEQUANTIZE, .input_count = 1,
                                     .input = &n->input[1], .output_count = 1,
                                     .output = &n->input[1] };
    const struct eval_value in = eval_value_of(m->graph, n->input[1]);
    struct eval_value out = in;

    out.type = GRAPH_FLOAT32;
    out.data = arena_alloc_array(&m->net->arena, (size_t) graph_elements(w),
                                 sizeof(float));
    if (!out.data)
        return out_of_memory(m);
    eval_run(&node, &in, &out);
    w->type = GRAPH_FLOAT32;
    w->quant.count = 0;
    w->data = out.data;
    m->operators[n - m->graph->node].note = "weights of int8, widened";
    return 0;
}

/* Cheap operators, whose work is in proportion to their elements. */
static bool folds(enum graph_op op)
{
    switch (op) {
    case GRAPH_CONV_2D:
    case GRAPH_DEPTHWISE_CONV_2D:
    case GRAPH_TRANSPOSE_CONV:
    case GRAPH_FULLY_CONNECTED:
    case GRAPH_MAT_MUL:
    case GRAPH_AVERAGE_POOL_2D:
    case GRAPH_MAX_POOL_2D:
    case GRAPH_MEAN: return false;
    default: return true;
    }
}

static bool is_constant(const struct importer *m, const struct graph_node *n)
{
    bool all = n->op == GRAPH_SHAPE || n->input_count > 0;

    for (int k = 0; k < n->input_count && n->op != GRAPH_SHAPE; k++)
        all = all && (n->input[k] < 0 || m->graph->tensor[n->input[k]].data);
    for (int k = 0; k < n->output_count; k++)
        all = all && graph_elements(&m->graph->tensor[n->output[k]])
                     <= FOLD_MAX_ELEMENTS;
    return all && folds(n->op);
}

static int fold(struct importer *m, int i)
{
    const struct graph_node *n = &m->graph->node[i];
    struct eval_value in[GRAPH_MAX_INPUTS], out[GRAPH_MAX_INPUTS];
    char why[EVAL_WHY];

    if (!is_constant(m, n))
        return 0;
    for (int k = 0; k < n->input_count; k++)
        in[k] = eval_value_of(m->graph, n->input[k]);
    for (int k = 0; k < n->output_count; k++)
        out[k] = eval_value_of(m->graph, n->output[k]);
    if (!eval_can_run(n, in, out, why))
        return 0;    /* import_place says why, if it is needed */
    for (int k = 0; k < n->output_count; k++) {
        out[k].data = arena_alloc_array(&m->net->arena,
                                        (size_t) eval_elements(&out[k]),
                                        graph_type_bytes(out[k].type));
        if (!out[k].data)
            return out_of_memory(m);
    }
    eval_run(n, in, out);
    for (int k = 0; k < n->output_count; k++)
        m->graph->tensor[n->output[k]].data = out[k].data;
    m->operators[i].where = NET_FOLDED;
    return 0;
}

/* A shape that the file leaves open, from the inputs'. Where the network's
 * input is not `known`, it stays marked as open. */
static void close_shapes(struct importer *m, const struct graph_node *n,
                         bool known)
{
    struct eval_value in[GRAPH_MAX_INPUTS], out[GRAPH_MAX_INPUTS];
    char why[EVAL_WHY];
    bool open = false;

    for (int k = 0; k < n->output_count; k++)
        open = open || m->graph->tensor[n->output[k]].open;
    if (!open)
        return;
    for (int k = 0; k < n->input_count; k++)
        in[k] = eval_value_of(m->graph, n->input[k]);
    for (int k = 0; k < n->output_count; k++)
        out[k] = eval_value_of(m->graph, n->output[k]);
    if (!eval_infer(n, in, out, why))
        return;    /* import_place says why */
    for (int k = 0; k < n->output_count; k++) {
        struct graph_tensor *t = &m->graph->tensor[n->output[k]];

        t->open = known ? 0 : t->open;
        t->rank = out[k].rank;
        memcpy(t->dim, out[k].dim, sizeof(t->dim));
    }
}

static bool is_folded(const struct importer *m, int i)
{
    return m->operators[i].where == NET_FOLDED;
}

/* From the outputs backwards: who is needed, and how often a tensor is read. */
static void find_needed(struct importer *m)
{
    const struct graph *g = m->graph;

    for (int i = 0; i < g->output_count; i++)
        m->is_output[g->output[i]] = true;
    for (int i = g->node_count - 1; i >= 0; i--) {
        const struct graph_node *n = &g->node[i];
        bool needed = false;

        for (int k = 0; k < n->output_count; k++)
            needed = needed || m->uses[n->output[k]]
                     || m->is_output[n->output[k]];
        if (is_folded(m, i))
            continue;
        if (!needed) {
            m->operators[i].where = NET_UNUSED;
            m->operators[i].note = "no output depends on it";
            continue;
        }
        for (int k = 0; k < n->input_count; k++)
            if (n->input[k] >= 0)
                m->uses[n->input[k]]++;
    }
}

/* Does the file compute with codes? */
static bool is_quantized(const struct graph *g)
{
    for (int i = 0; i < g->node_count; i++) {
        const struct graph_node *n = &g->node[i];

        if (n->op == GRAPH_DYNAMIC_QUANTIZE)
            return true;
        if (n->op == GRAPH_QUANTIZE || n->op == GRAPH_DEQUANTIZE)
            continue;
        for (int k = 0; k < n->output_count; k++) {
            const struct graph_tensor *t = &g->tensor[n->output[k]];

            if (!t->data && t->quant.count > 0
                && (t->type == GRAPH_INT8 || t->type == GRAPH_INT16))
                return true;
        }
    }
    return false;
}

/* Every QUANTIZE and DEQUANTIZE that is left is about an activation. */
static bool has_codes(const struct graph *g)
{
    for (int i = 0; i < g->node_count; i++)
        if ((g->node[i].op == GRAPH_QUANTIZE
             || g->node[i].op == GRAPH_DEQUANTIZE)
            && g->node[i].output_count > 0
            && !g->tensor[g->node[i].output[0]].data)
            return true;
    return false;
}

/* ----------------------------------------------------------------- checks */

/* The input's open dimensions: the batch is 1, the others must be told. */
static int close_input(struct importer *m, const struct net_import_shape *told)
{
    const int input = m->graph->input[0];
    struct graph_tensor *t = &m->graph->tensor[input];
    const int batch = told && told->rank == t->rank - 1;

    if (!told && t->open & ~1u)
        return diag_error(m->diag, m->place, "the input, %s, leaves dimensions "
                          "beside the batch open, must be told in 'data.shape'",
                          graph_describe_tensor(m->graph, input));
    if (!told) {
        t->open = 0;
        return 0;
    }
    if (told->rank != t->rank - batch)
        return diag_error(m->diag, m->place, "'data.shape' has %d dimensions, "
                          "must have %d, or %d with the batch", told->rank,
                          t->rank - 1, t->rank);
    for (int i = 0; i < told->rank; i++) {
        int64_t *dim = &t->dim[i + batch];

        if (told->dim[i] != *dim && !(t->open & 1u << (i + batch)))
            return diag_error(m->diag, m->place, "'data.shape' has %" PRId64
                              " in dimension %d, must be %" PRId64
                              " as in the file", told->dim[i], i, *dim);
        *dim = told->dim[i];
    }
    t->open = 0;
    return 0;
}

/* Names the second input and who reads it. */
static int refuse_inputs(struct importer *m)
{
    struct graph *g = m->graph;
    const struct graph_node *reader = NULL;

    int tensor = g->input[1];

    for (int i = 0; i < g->node_count && !reader; i++)
        for (int k = 0; k < g->node[i].input_count; k++) {
            if (g->node[i].input[k] != tensor)
                continue;
            if (g->node[i].index >= 0)
                reader = &g->node[i];
            else
                tensor = g->node[i].output[0];
            break;
        }
    return diag_error(m->diag, m->place, "'%s' has %d inputs, must have 1; the "
                      "second, %s, is read by %s: make it a constant, or one "
                      "input of both that a split parts again", g->path,
                      g->input_count, graph_describe_tensor(g, g->input[1]),
                      reader ? graph_describe_node(g, reader) : "no operator");
}

static int check_input(struct importer *m)
{
    const struct graph *g = m->graph;
    const struct graph_tensor *t = &g->tensor[g->input[0]];
    int32_t lo, hi;

    if (g->input_count != 1)
        return refuse_inputs(m);
    if (graph_elements(t) < 1
        || (t->type != GRAPH_FLOAT32 && !eval_code_range(t->type, &lo, &hi)))
        return diag_error(m->diag, m->place, "the input, %s, is %s of %" PRId64
                          " elements, must be float32 or codes of 8 or 16 bits",
                          graph_describe_tensor(m->graph, g->input[0]),
                          graph_type_name(t->type), graph_elements(t));
    m->net->input = import_shape(m, g->input[0]);
    m->net->input_is_code = t->type != GRAPH_FLOAT32;
    m->tensor_of[g->input[0]] = 0;
    return 0;
}

static int report_unsupported(struct importer *m)
{
    int failed = 0;

    for (int i = 0; i < m->graph->node_count; i++)
        if (m->operators[i].where == NET_UNSUPPORTED)
            failed = diag_error(m->diag, m->place, "%s %s",
                                graph_describe_node(m->graph,
                                                    m->operators[i].node),
                                m->operators[i].note);
    return failed;
}

static int check_outputs(const struct importer *m)
{
    const struct graph *g = m->graph;

    for (int i = 0; i < g->output_count; i++)
        if (g->tensor[g->output[i]].data)
            return diag_error(m->diag, m->place, "the output, %s, is a "
                              "constant, must depend on the input, or be left "
                              "out of the outputs",
                              graph_describe_tensor(m->graph, g->output[i]));
    return 0;
}

/* Placed and listed even if it is refused: the list is there to read. */
static int lower(struct importer *m, const struct net_import_shape *shape)
{
    struct graph *g = m->graph;

    if (allocate(m))
        return -1;
    const int open = close_input(m, shape);

    for (int i = 0; i < g->node_count; i++) {
        if (widen_weights(m, &g->node[i]))
            return -1;
        close_shapes(m, &g->node[i], !open);
        if (fold(m, i))
            return -1;
    }
    find_needed(m);
    m->net->quantized = is_quantized(g) || has_codes(g);
    if (import_place(m))
        return out_of_memory(m);
    for (int i = 0; i < g->node_count; i++)
        import_count_work(g, &g->node[i], &m->operators[i]);
    m->net->operators = m->operators;
    m->net->operator_count = g->node_count;
    /* What is wrong where shapes are not known follows from that. */
    m->net->refused = open || check_input(m) | check_outputs(m)
                              | report_unsupported(m)
                      || import_build(m);
    return m->net->refused ? -1 : 0;
}

/* ------------------------------------------------------------------ files */

static const char *extension(const char *path)
{
    const char *dot = strrchr(path_basename(path), '.');

    return dot ? dot : "";
}

const char *const net_import_endings = ".tflite or .onnx";

bool net_is_import(const char *path)
{
    return !strcmp(extension(path), ".tflite")
           || !strcmp(extension(path), ".onnx");
}

/* The file's name without its end. */
static const char *name_network(struct net *net, const char *path)
{
    const char *base = path_basename(path);
    const size_t length = strlen(base) - strlen(extension(path));

    return arena_strndup(&net->arena, base, length ? length : strlen(base));
}

int net_import_graph(struct net *net, struct graph *graph,
                     const struct net_import_shape *shape, struct diag *diag,
                     struct place place)
{
    struct importer m = { .net = net, .graph = graph, .diag = diag,
                          .place = place };

    memset(net, 0, sizeof(*net));
    arena_init(&net->arena, NET_IMPORT_BYTES);
    net->graph = graph;
    net->path = arena_strdup(&net->arena, graph->path);
    net->name = name_network(net, graph->path);
    net->place = place;
    net->input_divide = 1.0;
    memcpy(net->digest, graph->digest, sizeof(net->digest));
    if (!net->path || !net->name)
        return out_of_memory(&m);
    return lower(&m, shape);
}

int net_import_file(struct net *net, const char *path,
                    const struct net_import_shape *shape, struct diag *diag,
                    struct place place)
{
    memset(net, 0, sizeof(*net));
    if (!strcmp(extension(path), ".onnx"))
        return import_onnx(net, path, shape, diag, place);
    struct graph *graph = calloc(1, sizeof(*graph));

    if (!graph)
        return diag_error(diag, place, "out of memory for '%s'", path);
    if (tflite_read(graph, path, diag, place)) {
        graph_release(graph);
        free(graph);
        return -1;
    }
    return net_import_graph(net, graph, shape, diag, place);
}
