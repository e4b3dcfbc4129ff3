#include "sim/graph/onnx.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "onnx.pb-c.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/path.h"
#include "sim/graph/onnx_build.h"
#include "sim/graph/onnx_eval.h"
#include "sim/graph/onnx_model.h"

/* A constant that costs more than this many reads an element is not folded. */
enum { FOLD_REDUCE_MAX = 1 << 16, SHORT_NAME = 120 };

static const char *text_of(const char *text)
{
    return text ? text : "";
}

/* "tensor 'x'" for messages about the file, before tensors have numbers. */
static const char *quote(struct onnx_build *b, const char *what,
                         const char *name)
{
    const char *text = arena_printf(&b->graph->arena, "%s '%.200s'", what,
                                    text_of(name));

    return text ? text : what;
}

/* ------------------------------------------------------------- declarations */

/* What a ValueInfoProto says. 0, or -1 and an error. */
static int read_declared(struct onnx_build *b, const Onnx__Value *value,
                         struct onnx_declared *d)
{
    const Onnx__TensorType *type = value->type ? value->type->tensor_type
                                               : NULL;
    const char *who = quote(b, "tensor", value->name);

    memset(d, 0, sizeof(*d));
    if (!type || !type->shape)
        return 0;
    d->type = onnx_type_of(type->elem_type);
    if (d->type == GRAPH_TYPES)
        return diag_error(b->diag, b->place, "%s: is %s (type %d), which is "
                          "not supported; use float32", who,
                          onnx_type_name(type->elem_type), type->elem_type);
    if (type->shape->n_dim > GRAPH_MAX_RANK)
        return diag_error(b->diag, b->place, "%s: has %zu dimensions, at most "
                          "%d", who, type->shape->n_dim, GRAPH_MAX_RANK);
    d->present = true;
    d->rank = (int) type->shape->n_dim;
    for (int i = 0; i < d->rank; i++) {
        const Onnx__Dimension *dim = type->shape->dim[i];
        d->dim[i] = dim->has_dim_value && dim->dim_value > 0 ? dim->dim_value
                                                             : -1;
    }
    return 0;
}

/* The user's dimensions for those that the file leaves open. */
static int set_open(struct onnx_build *b, const char *who,
                    struct onnx_declared *d)
{
    const int batch = d->rank - b->shape->rank;

    if (batch != 0 && batch != 1)
        return diag_error(b->diag, b->place, "%s: has %d dimensions, the given "
                          "shape %d", who, d->rank, b->shape->rank);
    for (int i = batch; i < d->rank; i++) {
        const int64_t given = b->shape->dim[i - batch];
        if (d->dim[i] >= 0 && d->dim[i] != given)
            return diag_error(b->diag, b->place, "%s: dimension %d is %" PRId64
                              " in the file, %" PRId64 " in the given shape",
                              who, i, d->dim[i], given);
        d->dim[i] = given;
    }
    return 0;
}

/* A graph input: an open batch is 1, everything else must be said. */
static int read_input(struct onnx_build *b, const Onnx__Value *value)
{
    struct graph *g = b->graph;
    const char *who = quote(b, "input", value->name);
    struct onnx_declared d;
    int64_t elements = 1;

    if (onnx_find_tensor(b, text_of(value->name)) >= 0)
        return diag_error(b->diag, b->place, "%s: stands twice", who);
    const int index = onnx_add_tensor(b, text_of(value->name));

    if (index < 0 || read_declared(b, value, &d))
        return -1;
    if (!d.present)
        return diag_error(b->diag, b->place, "%s: has no shape, or is not a "
                          "tensor", who);
    struct graph_tensor *t = &g->tensor[index];

    t->type = d.type;
    t->rank = d.rank;
    if (b->shape && set_open(b, who, &d))
        return -1;
    for (int i = 0; i < d.rank; i++) {
        const Onnx__Dimension *dim = value->type->tensor_type->shape->dim[i];
        if (d.dim[i] < 0 && dim->has_dim_value
            && (i > 0 || dim->dim_value < -1))
            return diag_error(b->diag, b->place, "%s: dimension %d is %" PRId64
                              ", must be positive", who, i, dim->dim_value);
        if (d.dim[i] < 0 && i > 0)
            return diag_error(b->diag, b->place, "%s: dimension %d is open "
                              "('%.80s'), must be told in 'data.shape' (an "
                              "open batch, dimension 0, is 1)", who, i,
                              text_of(dim->dim_param));
        t->dim[i] = d.dim[i] < 0 ? 1 : d.dim[i];
        if (t->dim[i] > GRAPH_MAX_ELEMENTS / elements)
            return diag_error(b->diag, b->place, "%s: has more than %d "
                              "elements", who, GRAPH_MAX_ELEMENTS);
        elements *= t->dim[i];
    }
    b->known[index] = true;
    return index;
}

static int read_initializer(struct onnx_build *b, const Onnx__Tensor *proto)
{
    const char *who = quote(b, "initializer", proto->name);
    struct graph_tensor value = { .producer = -1 };

    if (!*text_of(proto->name))
        return diag_error(b->diag, b->place, "an initializer has no name");
    if (onnx_find_tensor(b, proto->name) >= 0)
        return diag_error(b->diag, b->place, "%s: stands twice", who);
    const int index = onnx_add_tensor(b, proto->name);

    if (index < 0 || onnx_tensor_load(b, proto, who, &value))
        return -1;
    value.name = b->graph->tensor[index].name;
    b->graph->tensor[index] = value;
    b->known[index] = true;
    return 0;
}

/* Initializers, then the inputs that are none of them. */
static int read_ends(struct onnx_build *b, const Onnx__Graph *proto)
{
    struct graph *g = b->graph;
    int status = 0;
    int *input = arena_alloc_array(&g->arena, proto->n_input, sizeof(*input));

    if (!input)
        return onnx_no_memory(b);
    if (proto->n_sparse_initializer)
        return diag_error(b->diag, b->place, "sparse initializers are not "
                          "supported; store them dense");
    for (size_t i = 0; i < proto->n_initializer; i++)
        status |= read_initializer(b, proto->initializer[i]);
    g->input = input;
    for (size_t i = 0; i < proto->n_input; i++) {
        const int known = onnx_find_tensor(b, text_of(proto->input[i]->name));
        if (known >= 0 && b->graph->tensor[known].data)
            continue;
        input[g->input_count] = read_input(b, proto->input[i]);
        if (input[g->input_count] < 0)
            status = -1;
        else
            g->input_count++;
    }
    return status ? -1 : 0;
}

/* ------------------------------------------------------------------- order */

struct order {
    const Onnx__Graph *proto;
    int *maker;                   /* [tensor]: index in proto->node, -1 none */
    int *sorted, count;
    char *state;                  /* [node]: 0 new, 1 under way, 2 sorted */
    int *stack;                   /* nodes, each with the next input to see */
    size_t *next;
};

static const char *name_node(struct onnx_build *b, const Onnx__Graph *proto,
                             int i)
{
    const struct graph_node node = {
        .index = i, .kind = text_of(proto->node[i]->op_type),
        .name = text_of(proto->node[i]->name) };

    return graph_describe_node(b->graph, &node);
}

/* Tensors of all outputs, and who makes them. */
static int add_outputs(struct onnx_build *b, struct order *o)
{
    int capacity = 0;

    for (size_t i = 0; i < o->proto->n_node; i++) {
        const Onnx__Node *node = o->proto->node[i];
        if (node->n_output > GRAPH_MAX_INPUTS
            || node->n_input > GRAPH_MAX_INPUTS)
            return diag_error(b->diag, b->place, "%s: more than %d inputs or "
                              "outputs", name_node(b, o->proto, (int) i),
                              GRAPH_MAX_INPUTS);
        for (size_t k = 0; k < node->n_output; k++) {
            const char *name = node->output[k];
            if (!*name)
                continue;
            if (onnx_find_tensor(b, name) >= 0)
                return diag_error(b->diag, b->place, "%s: makes tensor "
                                  "'%.200s', which is there already",
                                  name_node(b, o->proto, (int) i), name);
            const int index = onnx_add_tensor(b, name);
            if (index < 0)
                return -1;
            if (index >= capacity) {
                int *more = arena_alloc_array(&b->graph->arena,
                                              2 * (size_t) index + 64,
                                              sizeof(*more));
                if (!more)
                    return onnx_no_memory(b);
                memset(more, -1, (2 * (size_t) index + 64) * sizeof(*more));
                if (capacity)
                    memcpy(more, o->maker, (size_t) capacity * sizeof(*more));
                o->maker = more;
                capacity = 2 * index + 64;
            }
            o->maker[index] = (int) i;
        }
    }
    return 0;
}

/* The node that must come before, -1 when there is none, -2 and an error. */
static int before(struct onnx_build *b, const struct order *o, int node,
                  size_t input)
{
    const char *name = o->proto->node[node]->input[input];

    if (!*name)
        return -1;
    const int tensor = onnx_find_tensor(b, name);

    if (tensor < 0) {
        diag_error(b->diag, b->place, "%s: reads tensor '%.200s', which "
                   "nothing makes", name_node(b, o->proto, node), name);
        return -2;
    }
    if (b->known[tensor])
        return -1;
    const int maker = o->maker[tensor];

    if (o->state[maker] == 1) {
        diag_error(b->diag, b->place, "%s: reads tensor '%.200s', which "
                   "depends on it: the graph has a cycle",
                   name_node(b, o->proto, node), name);
        return -2;
    }
    return o->state[maker] == 2 ? -1 : maker;
}

/* Depth first, without recursion. */
static int sort_from(struct onnx_build *b, struct order *o, int root)
{
    int depth = 0;

    o->stack[0] = root;
    o->next[0] = 0;
    o->state[root] = 1;
    while (depth >= 0) {
        const int node = o->stack[depth];
        if (o->next[depth] == o->proto->node[node]->n_input) {
            o->state[node] = 2;
            o->sorted[o->count++] = node;
            depth--;
            continue;
        }
        const int needed = before(b, o, node, o->next[depth]++);
        if (needed == -2)
            return -1;
        if (needed < 0)
            continue;
        depth++;
        o->stack[depth] = needed;
        o->next[depth] = 0;
        o->state[needed] = 1;
    }
    return 0;
}

static int sort_nodes(struct onnx_build *b, struct order *o)
{
    const size_t count = o->proto->n_node;
    struct arena *a = &b->graph->arena;

    if (count > GRAPH_MAX_NODES)
        return diag_error(b->diag, b->place, "%zu operators, at most %d", count,
                          GRAPH_MAX_NODES);
    if (add_outputs(b, o))
        return -1;
    o->sorted = arena_alloc_array(a, count, sizeof(*o->sorted));
    o->stack = arena_alloc_array(a, count, sizeof(*o->stack));
    o->next = arena_alloc_array(a, count, sizeof(*o->next));
    o->state = arena_alloc(a, count);
    if (!o->sorted || !o->stack || !o->next || !o->state)
        return onnx_no_memory(b);
    for (size_t i = 0; i < count; i++)
        if (!o->state[i] && sort_from(b, o, (int) i))
            return -1;
    return 0;
}

/* --------------------------------------------------------------- operators */

static bool all_constant(const struct graph *g, const struct graph_node *node)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->input[i] >= 0 && !g->tensor[node->input[i]].data)
            return false;
    return true;
}

/* Shape arithmetic and rearranged weights are constants; what tells codes from
 * reals stays an operator, for it is what the network's widths are read from;
 * and what costs more than its result is long is left to the run. */
static bool may_fold(const struct graph *g, const struct graph_node *node)
{
    switch (node->op) {
    case GRAPH_QUANTIZE:
    case GRAPH_DEQUANTIZE:
    case GRAPH_QONNX_QUANT:
    case GRAPH_QONNX_BIPOLAR:
    case GRAPH_DYNAMIC_QUANTIZE:
    case GRAPH_CONV_2D:
    case GRAPH_CONV_INTEGER:
    case GRAPH_QLINEAR_CONV:
    case GRAPH_FULLY_CONNECTED:
    case GRAPH_MAT_MUL:
    case GRAPH_MAT_MUL_INTEGER:
    case GRAPH_QLINEAR_MAT_MUL:
    case GRAPH_AVERAGE_POOL_2D:
    case GRAPH_MAX_POOL_2D:
    case GRAPH_UNKNOWN:
        return false;
    case GRAPH_GLOBAL_AVERAGE_POOL:
    case GRAPH_GLOBAL_MAX_POOL:
    case GRAPH_MEAN:
    case GRAPH_REDUCE_MAX:
    case GRAPH_REDUCE_MIN:
        if (graph_elements(&g->tensor[node->input[0]]) > FOLD_REDUCE_MAX)
            return false;
        break;
    default:
        break;
    }
    return node->input_count > 0 && all_constant(g, node);
}

static int fold(struct onnx_build *b, const struct graph_node *node)
{
    struct graph *g = b->graph;
    struct onnx_values values = { .graph = g, .diag = b->diag,
                                  .place = b->place };
    void *buffer[GRAPH_MAX_INPUTS];

    for (int i = 0; i < node->output_count; i++) {
        buffer[i] = NULL;
        if (node->output[i] < 0)
            continue;
        const struct graph_tensor *t = &g->tensor[node->output[i]];
        buffer[i] = arena_alloc_array(&g->arena, (size_t) graph_elements(t),
                                      graph_type_bytes(t->type));
        if (!buffer[i])
            return onnx_no_memory(b);
    }
    values.value = calloc((size_t) g->tensor_count, sizeof(*values.value));
    if (!values.value)
        return onnx_no_memory(b);
    for (int i = 0; i < node->input_count; i++)
        if (node->input[i] >= 0)
            values.value[node->input[i]] =
                (void *) (uintptr_t) g->tensor[node->input[i]].data;
    for (int i = 0; i < node->output_count; i++)
        if (node->output[i] >= 0)
            values.value[node->output[i]] = buffer[i];
    const int status = onnx_eval_node(&values, node);

    for (int i = 0; status == 0 && i < node->output_count; i++)
        if (node->output[i] >= 0)
            g->tensor[node->output[i]].data = buffer[i];
    free(values.value);
    return status;
}

/* An operator that is not in the table: kept when the file has the shapes. */
static int keep_unknown(struct onnx_build *b, struct onnx_node *n)
{
    const Onnx__Node *p = n->proto;

    for (int i = 0; i < n->node->output_count; i++) {
        const int out = n->node->output[i];
        if (out < 0)
            continue;
        const struct onnx_declared *d = &b->declared[out];
        bool closed = d->present;
        for (int k = 0; closed && k < d->rank; k++)
            closed = d->dim[k] > 0 || k == 0;
        if (!closed) {
            return onnx_fail(n, "is not supported%s%.40s%s; %s",
                             *text_of(p->domain) ? " in domain '" : "",
                             text_of(p->domain),
                             *text_of(p->domain) ? "'" : "",
                             onnx_op_reason(text_of(p->domain),
                                            text_of(p->op_type)));
        }
        int64_t dim[GRAPH_MAX_RANK];
        for (int k = 0; k < d->rank; k++)
            dim[k] = d->dim[k] < 0 ? 1 : d->dim[k];
        if (onnx_out(n, i, d->type, d->rank, dim))
            return -1;
    }
    return 0;
}

static int check_counts(struct onnx_node *n, const struct onnx_op *op)
{
    const struct graph_node *node = n->node;

    if (node->input_count < op->min_inputs
        || node->input_count > op->max_inputs)
        return onnx_fail(n, "has %d inputs, must have %d to %d",
                         node->input_count, op->min_inputs, op->max_inputs);
    for (int i = 0; i < op->min_inputs; i++)
        if (node->input[i] < 0 && op->op != GRAPH_STRIDED_SLICE)
            return onnx_fail(n, "its input %d is absent", i);
    if (node->output_count < 1)
        return onnx_fail(n, "has no output");
    for (int i = 0; i < node->output_count; i++) {
        const bool known = i < op->max_outputs;

        if (known && node->output[i] < 0)
            return onnx_fail(n, "its output %d is absent", i);
        if (!known && node->output[i] >= 0)
            return onnx_fail(n, "its output %d is not supported", i);
    }
    return 0;
}

/* Only lists of integers (axes, sizes) may have no element. */
static int check_empty(struct onnx_node *n)
{
    for (int i = 0; i < n->node->input_count; i++) {
        const struct graph_tensor *t = onnx_in(n, i);
        const bool list = t && t->rank == 1 && (t->type == GRAPH_INT64
                                                || t->type == GRAPH_INT32);
        if (t && !graph_elements(t)
            && (!list || (i == 0 && n->node->op != GRAPH_CONCATENATION
                          && n->node->op != GRAPH_FILL)))
            return onnx_fail(n, "%s has no element",
                             graph_describe_tensor(n->build->graph,
                                                   n->node->input[i]));
    }
    return 0;
}

/* Is it one of the words of a list with spaces around each? */
static bool is_listed(const char *list, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = list; length && (at = strstr(at, word)); at++)
        if (at > list && at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

static int check_attributes(struct onnx_node *n, const struct onnx_op *op)
{
    for (size_t i = 0; i < n->proto->n_attribute; i++) {
        const char *name = text_of(n->proto->attribute[i]->name);
        if (!is_listed(op->attributes, name))
            return onnx_fail(n, "attribute '%.80s' is not known; known are:%s",
                             name, op->attributes);
    }
    return 0;
}

static int copy_tensors(struct onnx_build *b, int count, const int *from,
                        const int **to)
{
    int *copy = arena_alloc_array(&b->graph->arena, (size_t) count,
                                  sizeof(*copy));

    if (!copy)
        return onnx_no_memory(b);
    if (count)
        memcpy(copy, from, (size_t) count * sizeof(*copy));
    *to = copy;
    return 0;
}

static bool inputs_known(const struct onnx_build *b,
                         const struct graph_node *node)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->input[i] >= 0 && !b->known[node->input[i]])
            return false;
    return true;
}

/* Attributes, shapes, value: what is left of onnx_build_node. */
static int infer(struct onnx_build *b, struct onnx_node *n,
                 const struct onnx_op *op)
{
    struct graph *g = b->graph;

    if (!inputs_known(b, n->node))
        return -1;
    if (!op)
        return keep_unknown(b, n);
    if (check_counts(n, op) || check_empty(n) || op->infer(n))
        return -1;
    if (may_fold(g, n->node)) {
        if (!g->tensor[n->node->output[0]].data && fold(b, n->node))
            return -1;
    }
    return 0;
}

int onnx_build_node(struct onnx_build *b, const struct Onnx__Node *proto,
                    int index, const struct onnx_op *op, int input_count,
                    const int *input, int output_count, const int *output)
{
    struct graph *g = b->graph;
    struct graph_node *node = onnx_add_node(b);
    struct onnx_node n = { b, proto, node, g->opset };

    if (!node)
        return -1;
    node->op = op ? op->op : GRAPH_UNKNOWN;
    node->kind = arena_strdup(&g->arena, text_of(proto->op_type));
    node->name = arena_strdup(&g->arena, text_of(proto->name));
    node->index = index;
    node->version = g->opset;
    node->input_count = input_count;
    node->output_count = output_count;
    node->at.stride_h = node->at.stride_w = 1;
    node->at.dilation_h = node->at.dilation_w = 1;
    node->at.group = 1;
    if (!node->kind || !node->name
        || copy_tensors(b, input_count, input, &node->input)
        || copy_tensors(b, output_count, output, &node->output)) {
        g->node_count--;
        return !node->kind || !node->name ? onnx_no_memory(b) : -1;
    }
    const int status = infer(b, &n, op);
    const int out = output_count && output[0] >= 0 ? output[0] : -1;
    const bool folded = status == 0 && out >= 0 && g->tensor[out].data;

    if (status || folded) {
        g->folded_count += folded && op->min_inputs > 0;
        g->node_count--;
        return status;
    }
    for (int i = 0; i < output_count; i++)
        if (output[i] >= 0)
            g->tensor[output[i]].producer = g->node_count - 1;
    return 0;
}

/* One operator of the file. */
static int build_from_file(struct onnx_build *b, const Onnx__Graph *proto,
                           int index)
{
    Onnx__Node *p = proto->node[index];
    const char *domain = text_of(p->domain), *kind = text_of(p->op_type);
    int input[GRAPH_MAX_INPUTS], output[GRAPH_MAX_INPUTS];
    int input_count = (int) p->n_input, output_count = (int) p->n_output;
    struct graph_node shell = { .kind = kind, .name = text_of(p->name),
                                .index = index, .input = input,
                                .output = output, .op = GRAPH_UNKNOWN };
    struct onnx_node n = { b, p, &shell, b->graph->opset };
    const struct onnx_op *op = onnx_op_find(domain, kind);

    for (int i = 0; i < input_count; i++)
        input[i] = onnx_find_tensor(b, p->input[i]);
    for (int i = 0; i < output_count; i++)
        output[i] = onnx_find_tensor(b, p->output[i]);
    while (input_count && input[input_count - 1] < 0)
        input_count--;
    shell.input_count = input_count;
    shell.output_count = output_count;
    if (op && check_attributes(&n, op))
        return -1;
    if (!onnx_is_composed(domain, kind))
        return onnx_build_node(b, p, index, op, input_count, input,
                               output_count, output);
    if (!inputs_known(b, &shell))
        return -1;
    if (output_count != 1 || output[0] < 0)
        return onnx_fail(&n, "must have one output");
    if (onnx_attr(&n, "channels_last") && onnx_attr(&n, "channels_last")->i)
        return onnx_fail(&n, "channels_last 1 is not supported");
    return onnx_compose(&n);
}

/* Operators that follow one that failed are passed over: one error each. */
static int build_nodes(struct onnx_build *b, const Onnx__Graph *proto)
{
    struct order order = { .proto = proto };
    int status = 0;

    if (sort_nodes(b, &order))
        return -1;
    for (size_t i = 0; i < proto->n_value_info + proto->n_output; i++) {
        const Onnx__Value *value = i < proto->n_value_info
            ? proto->value_info[i] : proto->output[i - proto->n_value_info];
        const int tensor = onnx_find_tensor(b, text_of(value->name));
        if (tensor >= 0 && read_declared(b, value, &b->declared[tensor]))
            return -1;
    }
    for (int i = 0; i < order.count; i++)
        if (build_from_file(b, proto, order.sorted[i]))
            status = -1;
    return status;
}

static int read_outputs(struct onnx_build *b, const Onnx__Graph *proto)
{
    struct graph *g = b->graph;
    int *output = arena_alloc_array(&g->arena, proto->n_output,
                                    sizeof(*output));

    if (!output)
        return onnx_no_memory(b);
    g->output = output;
    if (!proto->n_output)
        return diag_error(b->diag, b->place, "the model has no output");
    for (size_t i = 0; i < proto->n_output; i++) {
        output[i] = onnx_find_tensor(b, text_of(proto->output[i]->name));
        if (output[i] < 0)
            return diag_error(b->diag, b->place, "%s: nothing makes it",
                              quote(b, "output", proto->output[i]->name));
        g->output_count++;
    }
    return 0;
}

/* ---------------------------------------------------------------- the model */

static int read_opset(struct onnx_build *b, const Onnx__Model *model)
{
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const Onnx__OperatorSet *set = model->opset_import[i];
        const char *domain = text_of(set->domain);
        if (*domain && strcmp(domain, "ai.onnx") != 0)
            continue;
        if (set->version < ONNX_MIN_OPSET || set->version > ONNX_MAX_OPSET)
            return diag_error(b->diag, b->place, "opset %" PRId64 " is not "
                              "supported, must be %d to %d; convert the model "
                              "with onnx.version_converter", set->version,
                              ONNX_MIN_OPSET, ONNX_MAX_OPSET);
        b->graph->opset = (int) set->version;
    }
    if (!b->graph->opset)
        return diag_error(b->diag, b->place, "the model says no opset; it must "
                          "import one of %d to %d", ONNX_MIN_OPSET,
                          ONNX_MAX_OPSET);
    return 0;
}

static int build(struct onnx_build *b, const Onnx__Model *model)
{
    struct graph *g = b->graph;

    g->producer = arena_printf(&g->arena, "%.*s %.*s", SHORT_NAME,
                               text_of(model->producer_name), SHORT_NAME,
                               text_of(model->producer_version));
    if (!g->producer)
        return onnx_no_memory(b);
    if (!model->graph)
        return diag_error(b->diag, b->place, "is not an ONNX model: it has no "
                          "graph");
    if (read_opset(b, model) || read_ends(b, model->graph)
        || build_nodes(b, model->graph))
        return -1;
    return read_outputs(b, model->graph);
}

int onnx_parse(struct graph *graph, const char *path, const char *folder,
               const void *bytes, size_t length,
               const struct onnx_shape *shape, struct diag *diag,
               struct place place)
{
    struct onnx_memory memory = {
        .limit = ONNX_BASE_BYTES + ONNX_BYTES_PER_BYTE * length };
    struct digest digest;
    struct onnx_build b = { .graph = graph, .diag = diag, .folder = folder,
                            .digest = &digest, .shape = shape,
                            .place = place.file ? place
                                                : place_of_file(path) };
    int status = -1;

    memset(graph, 0, sizeof(*graph));
    arena_init(&graph->arena, memory.limit);
    graph->dialect = GRAPH_ONNX;
    graph->path = arena_strdup(&graph->arena, path);
    if (digest_init(&digest))
        return onnx_no_memory(&b);
    digest_update(&digest, bytes, length);
    Onnx__Model *model = onnx_model_parse(&memory, bytes, length);

    if (model)
        status = build(&b, model);
    else if (memory.exhausted)
        diag_error(diag, b.place, "'%s' unpacks to more than %zu bytes, which "
                   "is the most for a file of its size", path, memory.limit);
    else
        diag_error(diag, b.place, "'%s' is not an ONNX model: its protobuf is "
                   "damaged", path);
    onnx_model_free(&memory, model);
    if (digest_finish(&digest, graph->digest) && status == 0)
        status = onnx_no_memory(&b);
    digest_release(&digest);
    return status;
}

int onnx_read(struct graph *graph, const char *path,
              const struct onnx_shape *shape, struct diag *diag,
              struct place place)
{
    const struct place at = place.file ? place : place_of_file(path);
    struct arena names;
    size_t length;

    memset(graph, 0, sizeof(*graph));
    char *bytes = file_read_all(path, GRAPH_MAX_BYTES, &length, diag, at);

    if (!bytes)
        return -1;
    arena_init(&names, 0);
    const char *folder = path_dirname(&names, path);
    const int status = onnx_parse(graph, path, folder, bytes, length, shape,
                                  diag, place);

    arena_release(&names);
    free(bytes);
    return status;
}
