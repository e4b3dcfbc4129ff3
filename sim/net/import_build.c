/*
 * import_build.c - layers of the operators that were placed.
 *
 * A layer of a quantized network keeps the file's codes (net_given) and their
 * reals, from which the float reference runs.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/graph/tflite_ops.h"
#include "sim/net/host.h"
#include "sim/net/import_parts.h"

static const struct graph_tensor *tensor(const struct importer *m, int t)
{
    return &m->graph->tensor[t];
}

static int out_of_memory(const struct importer *m)
{
    return diag_error(m->diag, m->place, "out of memory for '%s'",
                      m->graph->path);
}

static void *take(const struct importer *m, size_t count, size_t size)
{
    return arena_alloc_array(&m->net->arena, count, size);
}

/* ----------------------------------------------------------------- layers */

static const char *short_name(const struct graph_node *n)
{
    switch (n->op) {
    case GRAPH_CONV_2D: return "conv";
    case GRAPH_DEPTHWISE_CONV_2D: return "dw";
    case GRAPH_FULLY_CONNECTED: return "fc";
    case GRAPH_AVERAGE_POOL_2D: return "avgpool";
    case GRAPH_MAX_POOL_2D: return "maxpool";
    case GRAPH_TRANSPOSE_CONV: return "tconv";
    case GRAPH_CONCATENATION: return "concat";
    case GRAPH_RESIZE_NEAREST: return "resize";
    case GRAPH_STRIDED_SLICE: return "slice";
    case GRAPH_DEQUANTIZE: return "dequant";
    case GRAPH_QUANTIZE: return "quantize";
    case GRAPH_EXPAND_DIMS: return "expand";
    default: return NULL;
    }
}

/* "conv_0": what it is, and its number in the file; lower case. */
static char *name_layer(const struct importer *m, const struct graph_node *n,
                        int output)
{
    const bool helper = n->index < 0;
    const char *word = short_name(n) ? short_name(n)
                       : helper      ? tflite_op_name(n->op) : n->kind;
    struct arena *a = &m->net->arena;
    char *name = helper   ? arena_printf(a, "%s_%s", word, n->kind)
                 : output ? arena_printf(a, "%s_%d_%d", word, n->index, output)
                          : arena_printf(a, "%s_%d", word, n->index);

    for (char *c = name; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char) (*c - 'A' + 'a');
    return name;
}

/* The net tensor that graph tensor t is, past folded paddings. */
static int net_tensor(const struct importer *m, int t)
{
    while (m->source[t] != t)
        t = m->source[t];
    return m->tensor_of[t];
}

/* The next layer, which makes graph tensor `out`. NULL and an error. */
static struct net_layer *add_layer(struct importer *m,
                                   const struct graph_node *n, enum net_op op,
                                   int out, int output)
{
    struct net *net = m->net;

    if (net->layer_count >= NET_MAX_LAYERS) {
        diag_error(m->diag, m->place, "'%s' has more than %d layers, must have "
                   "at most as many", m->graph->path, (int) NET_MAX_LAYERS);
        return NULL;
    }
    struct net_layer *l = &net->layer[net->layer_count++];

    *l = (struct net_layer) {
        .name = name_layer(m, n, output), .op = op, .place = m->place,
        .input = -1, .second = -1, .out = import_shape(m, out),
        .multiplier = 1, .clamp_lo = -INFINITY, .clamp_hi = INFINITY,
        .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }, .taps = 1
    };
    m->tensor_of[out] = net->layer_count;
    m->operators[n - m->graph->node].layer = net->layer_count - 1;
    if (!l->name) {
        out_of_memory(m);
        return NULL;
    }
    return l;
}

static int read_from(struct importer *m, struct net_layer *l, int t)
{
    l->input = net_tensor(m, t);
    l->in = net_tensor_shape(m->net, l->input);
    return l->input;
}

/* A layer of a unit that reads the node's first input. */
static struct net_layer *add_unit(struct importer *m,
                                  const struct graph_node *n, enum net_op op)
{
    const int node = (int) (n - m->graph->node);
    struct net_layer *l = add_layer(m, n, op, m->result[node], 0);

    if (!l)
        return NULL;
    read_from(m, l, n->input[0]);
    eval_activation_reals(m->activation[node], &l->clamp_lo, &l->clamp_hi);
    return l;
}

/* The codes that the layer's activation leaves; NULL without memory. */
static struct net_given *give(const struct importer *m,
                              const struct graph_node *n, struct net_layer *l)
{
    const int node = (int) (n - m->graph->node);
    const struct graph_tensor *out = tensor(m, m->result[node]);
    struct net_given *g = take(m, 1, sizeof(*g));

    if (!g)
        return NULL;
    eval_activation_codes(m->activation[node], &out->quant, out->type,
                          &g->out_min, &g->out_max);
    l->given = g;
    return g;
}

/* ---------------------------------------------------------------- weights */

/* Where tap k of filter f lies in the file. */
static int64_t weight_at(const struct net_layer *l, int64_t f, int64_t k)
{
    return l->op == NET_DEPTHWISE_CONV2D ? k * l->filters + f : f * l->taps + k;
}

static float bias_real(const struct graph_tensor *b, int64_t f, double unit)
{
    if (!b)
        return 0.0f;
    if (b->type == GRAPH_FLOAT32)
        return ((const float *) b->data)[f];
    if (b->type == GRAPH_INT64)
        return (float) ((double) ((const int64_t *) b->data)[f] * unit);
    return (float) (((const int32_t *) b->data)[f] * unit);
}

static int32_t bias_code(const struct graph_tensor *b, int64_t f)
{
    if (!b)
        return 0;
    return b->type == GRAPH_INT64 ? (int32_t) ((const int64_t *) b->data)[f]
                                  : ((const int32_t *) b->data)[f];
}

/* The arrays of net_given for weighted layers. */
static struct net_given *give_weights(const struct importer *m,
                                      const struct graph_node *n,
                                      struct net_layer *l)
{
    struct net_given *g = give(m, n, l);
    const size_t filters = (size_t) l->filters, taps = (size_t) l->taps;
    int16_t *weight = take(m, filters * taps, sizeof(*weight));
    double *scale = take(m, filters, sizeof(*scale));
    double *factor = take(m, filters, sizeof(*factor));
    int32_t *zp = take(m, filters, sizeof(*zp));
    int32_t *bias = take(m, filters, sizeof(*bias));

    if (!g || !weight || !scale || !factor || !zp || !bias)
        return NULL;
    g->weight = weight;
    g->weight_scale = scale;
    g->factor = factor;
    g->weight_zp = zp;
    g->bias = bias;
    return g;
}

static int copy_codes(struct importer *m, const struct graph_node *n,
                      struct net_layer *l, float *real, float *bias)
{
    const struct graph_tensor *in = tensor(m, n->input[0]);
    const struct graph_tensor *w = tensor(m, n->input[1]);
    const struct graph_tensor *b = n->input_count > 2 && n->input[2] >= 0
                                   ? tensor(m, n->input[2]) : NULL;
    const struct graph_tensor *out = tensor(m, n->output[0]);
    struct net_given *g = give_weights(m, n, l);

    if (!g)
        return out_of_memory(m);
    g->weight_bits = w->type == GRAPH_INT4 ? 4 : 8;
    for (int64_t f = 0; f < l->filters; f++) {
        const int64_t q = w->quant.count > 1 ? f : 0;
        const float scale = w->quant.scale[q];

        ((double *) g->weight_scale)[f] = (double) scale;
        ((int32_t *) g->weight_zp)[f] = w->quant.zero_point[q];
        ((double *) g->factor)[f] =
            eval_acc_scale(n, &in->quant, &w->quant, &out->quant, f);
        ((int32_t *) g->bias)[f] = bias_code(b, f);
        bias[f] = bias_real(b, f, (double) in->quant.scale[0] * (double) scale);
        for (int64_t k = 0; k < l->taps; k++) {
            const int code = ((const int8_t *) w->data)[weight_at(l, f, k)];

            ((int16_t *) g->weight)[f * l->taps + k] = (int16_t) code;
            real[f * l->taps + k] = scale * (float) (code - g->weight_zp[f]);
        }
    }
    return 0;
}

static int fill_weights(struct importer *m, const struct graph_node *n,
                        struct net_layer *l)
{
    const size_t filters = (size_t) l->filters, taps = (size_t) l->taps;
    const struct graph_tensor *w = tensor(m, n->input[1]);
    const struct graph_tensor *b = n->input_count > 2 && n->input[2] >= 0
                                   ? tensor(m, n->input[2]) : NULL;
    float *real = take(m, filters * taps, sizeof(*real));
    float *bias = take(m, filters, sizeof(*bias));

    if (!real || !bias)
        return out_of_memory(m);
    l->has_weights = true;
    l->weight = real;
    l->bias = bias;
    if (m->net->quantized)
        return copy_codes(m, n, l, real, bias);
    for (int64_t f = 0; f < l->filters; f++) {
        bias[f] = bias_real(b, f, 1.0);
        for (int64_t k = 0; k < l->taps; k++)
            real[f * l->taps + k] = ((const float *) w->data)[weight_at(l, f,
                                                                        k)];
    }
    return 0;
}

static void fill_window(const struct importer *m, const struct graph_node *n,
                        struct net_layer *l, int64_t kernel_h,
                        int64_t kernel_w)
{
    const struct import_pads *p = &m->pads[n - m->graph->node];
    const struct graph_attributes *at = &n->at;

    l->window = (struct net_window) {
        (int) kernel_h, (int) kernel_w, at->stride_h, at->stride_w,
        at->dilation_h, at->dilation_w, at->pad_top + p->side[0],
        at->pad_bottom + p->side[1], at->pad_left + p->side[2],
        at->pad_right + p->side[3]
    };
}

static int build_conv(struct importer *m, const struct graph_node *n)
{
    const struct graph_tensor *w = tensor(m, n->input[1]);
    const bool depthwise = n->op == GRAPH_DEPTHWISE_CONV_2D;
    struct net_layer *l = add_unit(m, n, depthwise ? NET_DEPTHWISE_CONV2D
                                                   : NET_CONV2D);

    if (!l)
        return -1;
    fill_window(m, n, l, w->dim[1], w->dim[2]);
    l->filters = (int) w->dim[depthwise ? 3 : 0];
    l->multiplier = depthwise ? l->filters / l->in.c : 1;
    l->taps = (int) (w->dim[1] * w->dim[2]) * (depthwise ? 1 : l->in.c);
    return fill_weights(m, n, l);
}

/* More than one row: the pixels of a 1 x 1 convolution. */
static int build_matrix(struct importer *m, const struct graph_node *n)
{
    const struct graph_tensor *w = tensor(m, n->input[1]);
    const int features = (int) w->dim[1];
    const int rows = (int) (graph_elements(tensor(m, n->input[0]))
                            / w->dim[1]);
    struct net_layer *l = add_unit(m, n, rows == 1 ? NET_FULLY_CONNECTED
                                                   : NET_CONV2D);

    if (!l)
        return -1;
    l->filters = (int) w->dim[0];
    l->taps = features;
    l->out = (struct net_shape) { 1, rows, l->filters };
    if (rows > 1)
        l->in = (struct net_shape) { 1, rows, features };
    return fill_weights(m, n, l);
}

/* ------------------------------------------------------------ vector unit */

static int build_pool(struct importer *m, const struct graph_node *n)
{
    struct net_layer *l = add_unit(m, n, n->op == GRAPH_MAX_POOL_2D
                                         ? NET_MAX_POOL2D : NET_AVERAGE_POOL2D);

    if (!l)
        return -1;
    fill_window(m, n, l, n->at.kernel_h, n->at.kernel_w);
    l->taps = n->at.kernel_h * n->at.kernel_w;
    return m->net->quantized && !give(m, n, l) ? out_of_memory(m) : 0;
}

static int build_two(struct importer *m, const struct graph_node *n)
{
    struct net_layer *l = add_unit(m, n, n->op == GRAPH_ADD ? NET_ADD
                                                            : NET_MUL);
    struct net_given *g;
    double *factor;

    if (!l)
        return -1;
    l->second = net_tensor(m, n->input[1]);
    if (!m->net->quantized)
        return 0;
    g = give(m, n, l);
    factor = take(m, 1, sizeof(*factor));
    if (!g || !factor)
        return out_of_memory(m);
    *factor = eval_product_scale(tensor(m, n->input[0])->quant.scale[0],
                                 tensor(m, n->input[1])->quant.scale[0],
                                 tensor(m, n->output[0])->quant.scale[0]);
    g->factor = factor;
    return 0;
}

/* A depthwise convolution with weights of 1 of the real value `each`: a mean,
 * or another scale. */
static int fill_ones(struct importer *m, const struct graph_node *n,
                     struct net_layer *l, double each, double factor)
{
    const size_t filters = (size_t) l->filters, taps = (size_t) l->taps;
    float *real = take(m, filters * taps, sizeof(*real));
    float *bias = take(m, filters, sizeof(*bias));
    struct net_given *g = give_weights(m, n, l);

    if (!real || !bias || !g)
        return out_of_memory(m);
    l->has_weights = true;
    l->weight = real;
    l->bias = bias;
    g->weight_bits = 2;
    for (size_t f = 0; f < filters; f++) {
        ((double *) g->weight_scale)[f] = each;
        ((double *) g->factor)[f] = factor;
        for (size_t k = 0; k < taps; k++) {
            ((int16_t *) g->weight)[f * taps + k] = 1;
            real[f * taps + k] = (float) each;
        }
    }
    return 0;
}

static int build_mean(struct importer *m, const struct graph_node *n)
{
    struct net_layer *l = add_unit(m, n, m->net->quantized
                                         ? NET_DEPTHWISE_CONV2D
                                         : NET_AVERAGE_POOL2D);

    if (!l)
        return -1;
    l->out = (struct net_shape) { 1, 1, l->in.c };
    l->window.kernel_h = l->in.h;
    l->window.kernel_w = l->in.w;
    l->taps = l->in.h * l->in.w;
    if (!m->net->quantized)
        return 0;
    const double scale =
        (double) tensor(m, n->input[0])->quant.scale[0]
        / (double) tensor(m, n->output[0])->quant.scale[0];

    l->filters = l->in.c;
    if (fill_ones(m, n, l, 1.0 / l->taps, scale / l->taps))
        return -1;
    ((struct net_given *) l->given)->mean_of = l->taps;
    ((struct net_given *) l->given)->mean_scale = scale;
    return 0;
}

/* RELU, QUANTIZE: see place_scale. */
static int build_scale(struct importer *m, const struct graph_node *n)
{
    const struct graph_quant *in = &tensor(m, n->input[0])->quant;
    const struct graph_quant *out = &tensor(m, n->output[0])->quant;
    const bool same = !m->net->quantized
                      || (in->scale[0] == out->scale[0]
                          && in->zero_point[0] == out->zero_point[0]);
    struct net_layer *l = add_unit(m, n, same ? NET_MAX_POOL2D
                                              : NET_DEPTHWISE_CONV2D);

    if (!l)
        return -1;
    l->out = l->in;
    if (same)
        return m->net->quantized && !give(m, n, l) ? out_of_memory(m) : 0;
    /* QUANTIZE divides in double, RELU in float. */
    const float ratio = in->scale[0] / out->scale[0];

    l->filters = l->in.c;
    return fill_ones(m, n, l, 1.0, n->op == GRAPH_QUANTIZE
                     ? (double) in->scale[0] / (double) out->scale[0]
                     : (double) ratio);
}

/* ------------------------------------------------------------ free and host */

static int build_free(struct importer *m, const struct graph_node *n)
{
    struct net_layer *l = add_layer(m, n, NET_FLATTEN, n->output[0], 0);

    if (!l)
        return -1;
    read_from(m, l, n->input[0]);
    return 0;
}

static int build_host_output(struct importer *m, const struct graph_node *n,
                             int output)
{
    struct net_layer *l = add_layer(m, n, NET_HOST, n->output[output], output);
    const int count = n->input_count + n->output_count;
    struct host *h = take(m, 1, sizeof(*h));
    int *input = take(m, (size_t) n->input_count, sizeof(*input));
    struct eval_value *codes = take(m, (size_t) count, sizeof(*codes));

    if (!l)
        return -1;
    if (!h || !input || !codes)
        return out_of_memory(m);
    for (int i = 0; i < n->input_count; i++) {
        const int t = n->input[i];

        codes[i] = eval_value_of(m->graph, t);
        input[i] = t < 0 || tensor(m, t)->data ? -1 : net_tensor(m, t);
    }
    for (int i = 0; i < n->output_count; i++)
        codes[n->input_count + i] = eval_value_of(m->graph, n->output[i]);
    *h = (struct host) { .node = n, .output = output, .codes = codes,
                         .input_count = n->input_count, .input = input };
    if (host_prepare(h, &m->net->arena))
        return out_of_memory(m);
    l->host = h;
    l->input = h->live_count ? h->live[0] : 0;
    l->in = net_tensor_shape(m->net, l->input);
    return 0;
}

static int build_host(struct importer *m, const struct graph_node *n)
{
    for (int i = 0; i < n->output_count; i++) {
        const int t = n->output[i];

        if ((m->uses[t] > 0 || m->is_output[t] || n->output_count == 1)
            && build_host_output(m, n, i))
            return -1;
    }
    return 0;
}

static int build_node(struct importer *m, const struct graph_node *n)
{
    switch (n->op) {
    case GRAPH_CONV_2D:
    case GRAPH_DEPTHWISE_CONV_2D: return build_conv(m, n);
    case GRAPH_FULLY_CONNECTED: return build_matrix(m, n);
    case GRAPH_AVERAGE_POOL_2D:
    case GRAPH_MAX_POOL_2D: return build_pool(m, n);
    case GRAPH_ADD:
    case GRAPH_MUL: return build_two(m, n);
    case GRAPH_MEAN: return build_mean(m, n);
    default: return build_scale(m, n);
    }
}

/* ------------------------------------------------------------------- all */

static int describe_tensors(struct importer *m)
{
    struct net *net = m->net;
    const size_t count = (size_t) net_tensor_count(net);
    int *from = take(m, count, sizeof(*from));
    bool *is_output = take(m, count, sizeof(*is_output));
    struct net_tensor_given *given = take(m, count, sizeof(*given));

    if (!from || !is_output || !given)
        return out_of_memory(m);
    for (int t = 0; t < m->graph->tensor_count; t++) {
        const struct graph_tensor *g = tensor(m, t);
        const int at = m->tensor_of[t];

        if (at < 0)
            continue;
        from[at] = t;
        is_output[at] = m->is_output[t];
        given[at] = (struct net_tensor_given) { .scale = 1.0, .bits = 32,
                                                .is_real = true };
        if (!eval_code_range(g->type, &given[at].min, &given[at].max))
            continue;
        given[at].bits = 8 * (int) graph_type_bytes(g->type);
        given[at].is_real = false;
        given[at].scale = g->quant.count ? (double) g->quant.scale[0] : 1.0;
        given[at].zero_point = g->quant.count ? g->quant.zero_point[0] : 0;
    }
    net->graph_tensor = from;
    net->is_output = is_output;
    net->tensor_given = net->quantized ? given : NULL;
    return 0;
}

int import_build(struct importer *m)
{
    struct graph *g = m->graph;

    m->net->layer = take(m, NET_MAX_LAYERS, sizeof(*m->net->layer));
    if (!m->net->layer)
        return out_of_memory(m);
    for (int i = 0; i < g->node_count; i++) {
        int failed = 0;

        switch (m->operators[i].where) {
        case NET_ON_ARRAY:
        case NET_ON_VECTOR: failed = build_node(m, &g->node[i]); break;
        case NET_ON_HOST: failed = build_host(m, &g->node[i]); break;
        case NET_FREE:
            if (m->source[g->node[i].output[0]] == g->node[i].output[0]
                && m->tensor_of[g->node[i].output[0]] < 0)
                failed = build_free(m, &g->node[i]);
            break;
        default: break;
        }
        if (failed)
            return -1;
    }
    if (m->net->layer_count == 0)
        return diag_error(m->diag, m->place, "'%s' has no operator that is "
                          "run, must have at least 1", g->path);
    return describe_tensors(m);
}
