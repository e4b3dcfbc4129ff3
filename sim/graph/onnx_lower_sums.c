/* Sums of products: weights, biases and scales on their way to NHWC. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/graph/onnx_eval_ops.h"
#include "sim/graph/onnx_lower_parts.h"

/* Weights of one sum: reals, and codes with their scales if they have some. */
struct weights {
    const struct graph_tensor *t;     /* shape as in the file */
    const float *reals;
    const struct graph_tensor *codes; /* constant, or NULL */
    int axis;                         /* of the scales */
    int64_t scale_count;
    const float *scale;
    const struct graph_tensor *zero;  /* constant, or NULL */
};

static bool is_constant(const struct lower *l, int tensor)
{
    return tensor >= 0 && lower_from(l, tensor)->data;
}

static void set_codes(struct lower *l, struct weights *w, int codes, int scale,
                      int zero, int axis)
{
    enum graph_type to;
    int32_t shift;

    if (!is_constant(l, codes) || !is_constant(l, scale)
        || (zero >= 0 && !is_constant(l, zero))
        || lower_from(l, scale)->rank > 1
        || !lower_code_type(lower_from(l, codes)->type, &to, &shift)
        || to == GRAPH_INT16)
        return;
    w->codes = lower_from(l, codes);
    w->scale = lower_from(l, scale)->data;
    w->scale_count = graph_elements(lower_from(l, scale));
    w->zero = zero < 0 ? NULL : lower_from(l, zero);
    w->axis = axis;
}

static const struct graph_node *dequantizer(const struct lower *l, int tensor)
{
    const int node = tensor < 0 ? -1 : lower_from(l, tensor)->producer;

    return node >= 0 && l->from->node[node].op == GRAPH_DEQUANTIZE
               ? &l->from->node[node] : NULL;
}

/* false: not constant. */
static bool read_weights(struct lower *l, int tensor, struct weights *w)
{
    const struct graph_node *node = dequantizer(l, tensor);

    memset(w, 0, sizeof(*w));
    w->t = lower_from(l, tensor);
    w->reals = lower_reals(l, tensor);
    if (node && w->reals && !node->at.ints[0])
        set_codes(l, w, node->input[0], node->input[1],
                  node->input_count > 2 ? node->input[2] : -1, node->at.axis);
    return w->reals != NULL;
}

static int32_t zero_of(const struct weights *w, int64_t i)
{
    enum graph_type to;
    int32_t shift;

    lower_code_type(w->codes->type, &to, &shift);
    if (!w->zero)
        return -shift;
    return (int32_t) onnx_get_int(w->zero->type, w->zero->data,
                                  graph_elements(w->zero) > 1 ? i : 0) - shift;
}

/* ------------------------------------------------------------ rearranging */

/* Where element i of the new weights stands in the file's. */
struct map {
    int64_t dim[4];                   /* of the new weights */
    int64_t step[4];                  /* in the file's, for each */
    const int64_t *column;            /* of the last dimension, or NULL */
};

static int64_t mapped(const struct map *m, int64_t i)
{
    int64_t from = 0;

    for (int k = 3; k >= 0; k--) {
        const int64_t at = i % m->dim[k];
        from += m->step[k] * (k == 3 && m->column ? m->column[at] : at);
        i /= m->dim[k];
    }
    return from;
}

static int put_reals(struct lower *l, const struct weights *w,
                     const struct map *m, int rank, const float *gain,
                     int gain_at, const char *name)
{
    const int64_t count = m->dim[0] * m->dim[1] * m->dim[2] * m->dim[3];
    float *to = lower_alloc(l, count, sizeof(*to));
    int64_t inner = 1;

    for (int k = gain_at + 1; k < 4; k++)
        inner *= m->dim[k];
    for (int64_t i = 0; to && i < count; i++)
        to[i] = w->reals[mapped(m, i)]
                * (gain ? gain[i / inner % m->dim[gain_at]] : 1);
    return to ? lower_constant(l, name, GRAPH_FLOAT32, rank, m->dim + 4 - rank,
                               to) : 0;
}

/* `axis` is that of the scales in the new weights. */
static int put_codes(struct lower *l, const struct weights *w,
                     const struct map *m, int rank, int axis, const char *name)
{
    const int64_t count = m->dim[0] * m->dim[1] * m->dim[2] * m->dim[3];
    const int scales = (int) w->scale_count;
    int8_t *to = lower_alloc(l, count, sizeof(*to));
    int32_t *zero = lower_alloc(l, scales, sizeof(*zero));
    enum graph_type type;
    int32_t shift;

    if (!to || !zero)
        return 0;
    lower_code_type(w->codes->type, &type, &shift);
    for (int64_t i = 0; i < count; i++)
        to[i] = (int8_t) (onnx_get_int(w->codes->type, w->codes->data,
                                       mapped(m, i)) - shift);
    for (int i = 0; i < scales; i++)
        zero[i] = zero_of(w, i);
    const int out = lower_constant(l, name, type, rank, m->dim + 4 - rank, to);

    if (!l->failed)
        lower_set_quant(l, out, scales, axis, w->scale, zero);
    return out;
}

/* [oc][ic][kh][kw] to [oc][kh][kw][ic], or of depthwise [1][kh][kw][oc]. */
static struct map conv_map(const struct graph_tensor *w, bool depthwise)
{
    const int64_t o = w->dim[0], i = w->dim[1];
    const int64_t kh = w->rank == 4 ? w->dim[2] : 1, kw = w->dim[w->rank - 1];

    if (depthwise)
        return (struct map) { { 1, kh, kw, o }, { 0, kw, 1, kh * kw }, NULL };
    return (struct map) { { o, kh, kw, i },
                          { i * kh * kw, kw, 1, kh * kw }, NULL };
}

/* ------------------------------------------------------------------ biases */

/* A bias as codes of the scale in * weight, by channel; -1: there is none. */
static int put_bias_codes(struct lower *l, int tensor, float in_scale,
                          const struct weights *w, int64_t channels)
{
    const struct graph_node *node = dequantizer(l, tensor);
    const struct graph_tensor *t = tensor < 0 ? NULL : lower_from(l, tensor);
    int32_t *to;

    if (!t || !(to = lower_alloc(l, channels, sizeof(*to))))
        return -1;
    if (node && is_constant(l, node->input[0]))
        t = lower_from(l, node->input[0]);
    const float *reals = t->type == GRAPH_FLOAT32 ? lower_reals(l, tensor)
                                                  : NULL;

    for (int64_t i = 0; i < channels; i++) {
        const double unit = (double) in_scale
                            * (double) w->scale[w->scale_count > 1 ? i : 0];
        const double code = reals ? rint((double) reals[i] / unit) : 0;
        to[i] = t->type == GRAPH_INT32 ? ((const int32_t *) t->data)[i]
                : code > INT32_MAX    ? INT32_MAX
                : code < INT32_MIN    ? INT32_MIN
                                      : (int32_t) code;
    }
    return lower_constant(l, lower_from(l, tensor)->name, GRAPH_INT32, 1,
                          &channels, to);
}

/* Is it a constant of `channels` codes or reals, or none? */
static bool fits_bias(struct lower *l, int tensor, int64_t channels)
{
    if (tensor < 0)
        return true;
    const struct graph_node *node = dequantizer(l, tensor);
    const bool constant = lower_from(l, tensor)->data
        || (node && is_constant(l, node->input[0])) || lower_reals(l, tensor);

    return constant && graph_elements(lower_from(l, tensor)) == channels;
}

/* -------------------------------------------------------------- convolution */

static bool is_depthwise(struct lower *l, const struct graph_node *node, int x)
{
    return node->at.group > 1 && node->at.group == lower_from(l, x)->dim[1];
}

/* Both between the image and its tensor of rank 4. */
static int image(struct lower *l, const struct graph_node *node, int t,
                 bool reals)
{
    int order[GRAPH_MAX_RANK];
    const struct graph_tensor *x = lower_from(l, t);

    lower_image_order(x->rank, order);
    const int tensor = lower_get(l, node, t, order, reals);
    const int64_t dim[4] = { x->dim[0], 1, x->dim[x->rank - 1], x->dim[1] };

    return x->rank == 4 ? tensor : lower_reshape_to(l, node, tensor, 4, dim);
}

static int image_end(struct lower *l, const struct graph_node *node,
                     const struct lower_end *end)
{
    int order[GRAPH_MAX_RANK];

    lower_image_order(lower_from(l, end->tensor)->rank, order);
    return lower_finish(l, node, end, order);
}

static void emit_conv(struct lower *l, const struct graph_node *node, int x,
                      int weight, int bias, int out, bool depthwise,
                      const struct lower_end *end)
{
    const struct graph_tensor o = l->to->tensor[out];
    int to = out;

    if (o.rank == 3) {
        const int64_t dim[4] = { o.dim[0], 1, o.dim[1], o.dim[2] };
        to = lower_tensor(l, o.name, o.type, 4, dim);
        if (!l->failed)
            l->to->tensor[to].quant = o.quant;
    }
    struct graph_node *conv = lower_emit(
        l, depthwise ? GRAPH_DEPTHWISE_CONV_2D : GRAPH_CONV_2D, node, x, weight,
        bias, to);

    conv->at = node->at;
    conv->at.activation = end->activation;
    conv->at.multiplier = depthwise
        ? (int) (l->to->tensor[weight].dim[3] / node->at.group) : 1;
    conv->at.group = 1;
    conv->at.onnx = true;
    if (o.rank == 3) {
        const int32_t list[3] = { (int32_t) o.dim[0], (int32_t) o.dim[1],
                                  (int32_t) o.dim[2] };
        const int shape = lower_list(l, 3, list);
        lower_emit(l, GRAPH_RESHAPE, node, to, shape, -1, out);
    }
}

/* Of codes: the input has some, so have the weights, and a Quantize follows. */
static bool conv_on_codes(struct lower *l, const struct graph_node *node,
                          const struct weights *w, int bias)
{
    const int x = node->input[0];
    const bool depthwise = is_depthwise(l, node, x);
    struct lower_end end = lower_find_end(l, node, true);

    lower_imply_relu(&end);
    if (!lower_has_codes(l, x) || !w->codes || end.quantizer < 0
        || (w->scale_count > 1 && w->axis != 0)
        || l->to->tensor[l->value[x].tensor].type != end.type)
        return false;
    const struct map m = conv_map(w->t, depthwise);
    const int in = image(l, node, x, false);

    if (l->failed)
        return true;
    const int weight = put_codes(l, w, &m, 4, depthwise ? 3 : 0, w->t->name);
    const int b = put_bias_codes(l, bias, l->to->tensor[in].quant.scale[0], w,
                                 w->t->dim[0]);

    emit_conv(l, node, in, weight, b, image_end(l, node, &end), depthwise,
              &end);
    return true;
}

/* Gain and offset of a BatchNormalization by channel. false: not constant. */
static bool read_batch_norm(struct lower *l, const struct graph_node *bn,
                            float *gain, float *offset, int64_t channels)
{
    const float *p[5];

    for (int i = 1; i < 5; i++)
        if (!(p[i] = lower_reals(l, bn->input[i])))
            return false;
    for (int64_t i = 0; i < channels; i++) {
        const double g = (double) p[1][i]
                         / sqrt((double) p[4][i] + bn->at.epsilon);
        gain[i] = (float) g;
        offset[i] = (float) ((double) p[2][i] - g * (double) p[3][i]);
    }
    return true;
}

/* The BatchNormalization that alone reads the result, or NULL. */
static const struct graph_node *next_batch_norm(const struct lower *l,
                                                const struct graph_node *node)
{
    const int t = node->output[0];

    for (int i = 0; i < l->from->output_count; i++)
        if (l->from->output[i] == t)
            return NULL;
    if (l->readers[t] != 1
        || l->from->node[l->reader[t]].op != GRAPH_BATCH_NORM
        || l->from->node[l->reader[t]].input[0] != t)
        return NULL;
    return &l->from->node[l->reader[t]];
}

int lower_conv(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0];
    const int bias = node->input_count > 2 ? node->input[2] : -1;
    const bool depthwise = is_depthwise(l, node, x);
    const int64_t channels = lower_from(l, node->input[1])->dim[0];
    struct weights w;

    if (!read_weights(l, node->input[1], &w) || !fits_bias(l, bias, channels)) {
        lower_set_fate(l, node, true, "its weights and bias must be constant");
        return 1;
    }
    if (conv_on_codes(l, node, &w, bias))
        return 0;
    const struct graph_node *bn = next_batch_norm(l, node);
    float *gain = lower_alloc(l, channels, sizeof(*gain));
    float *offset = lower_alloc(l, channels, sizeof(*offset));
    const float *b = lower_reals(l, bias);

    if (!gain || !offset
        || (bn && !read_batch_norm(l, bn, gain, offset, channels)))
        bn = NULL;
    const struct lower_end end = lower_find_end(l, bn ? bn : node, false);
    const struct map m = conv_map(w.t, depthwise);
    const int in = image(l, node, x, true);
    const int weight = put_reals(l, &w, &m, 4, bn ? gain : NULL,
                                 depthwise ? 3 : 0, w.t->name);

    for (int64_t i = 0; !l->failed && i < channels; i++)
        offset[i] = (bn ? offset[i] : 0)
                    + (b ? b[i] * (bn ? gain[i] : 1) : 0);
    const int all = l->failed || (!bn && !b) ? -1
        : lower_constant(l, bias < 0 ? "" : lower_from(l, bias)->name,
                         GRAPH_FLOAT32, 1, &channels, offset);

    emit_conv(l, node, in, weight, all, image_end(l, node, &end), depthwise,
              &end);
    return 0;
}

/* Alone: gain and offset by channel, a depthwise convolution of 1x1. */
int lower_batch_norm(struct lower *l, const struct graph_node *node)
{
    const struct graph_tensor *x = lower_from(l, node->input[0]);
    const int64_t channels = x->dim[1];
    float *gain = lower_alloc(l, channels, sizeof(*gain));
    float *offset = lower_alloc(l, channels, sizeof(*offset));

    if (!gain || !offset)
        return 0;
    if (!read_batch_norm(l, node, gain, offset, channels)
        || (x->rank != 4 && x->rank != 2)) {
        lower_set_fate(l, node, true, "its parameters must be constant and its "
                       "input of 2 or 4 dimensions");
        return 1;
    }
    const struct lower_end end = lower_find_end(l, node, false);
    int order[GRAPH_MAX_RANK];

    lower_image_order(x->rank, order);
    const int in = lower_get(l, node, node->input[0], order, true);
    const int out = lower_finish(l, node, &end, order);

    if (x->rank == 4) {
        const int64_t dim[4] = { 1, 1, 1, channels };
        const int w = lower_constant(l, "", GRAPH_FLOAT32, 4, dim, gain);
        const int b = lower_constant(l, "", GRAPH_FLOAT32, 1, &channels,
                                     offset);
        struct graph_node *conv = lower_emit(l, GRAPH_DEPTHWISE_CONV_2D, node,
                                             in, w, b, out);
        conv->at.activation = end.activation;
        return 0;
    }
    const int w = lower_constant(l, "", GRAPH_FLOAT32, 1, &channels, gain);
    const int b = lower_constant(l, "", GRAPH_FLOAT32, 1, &channels, offset);
    const int scaled = lower_tensor(l, "", GRAPH_FLOAT32, 2,
                                    lower_from(l, node->input[0])->dim);

    lower_emit(l, GRAPH_MUL, node, in, w, -1, scaled);
    lower_emit(l, GRAPH_ADD, node, scaled, b, -1, out)->at.activation =
        end.activation;
    return 0;
}

int lower_qlinear_conv(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], bias = node->input_count > 8 ? node->input[8]
                                                               : -1;
    const bool depthwise = is_depthwise(l, node, x);
    struct lower_end end = { .tensor = node->output[0], .quantizer = 0 };
    struct weights w = { .t = lower_from(l, node->input[3]) };
    int32_t shift;

    set_codes(l, &w, node->input[3], node->input[4], node->input[5], 0);
    if (!w.codes || !fits_bias(l, bias, w.t->dim[0]) || l->value[x].tensor < 0
        || !lower_scale_of(l, node->input[6], node->input[7],
                           lower_from(l, end.tensor)->type, &end.scale,
                           &end.zero_point)) {
        lower_set_fate(l, node, true, "its weights, scales and zero points "
                       "must be constant");
        return 1;
    }
    lower_code_type(lower_from(l, end.tensor)->type, &end.type, &shift);
    lower_imply_relu(&end);
    const struct map m = conv_map(w.t, depthwise);
    const int in = image(l, node, x, false);

    if (l->failed)
        return 0;
    const int weight = put_codes(l, &w, &m, 4, depthwise ? 3 : 0, w.t->name);
    const int b = put_bias_codes(l, bias, l->to->tensor[in].quant.scale[0], &w,
                                 w.t->dim[0]);

    emit_conv(l, node, in, weight, b, image_end(l, node, &end), depthwise,
              &end);
    return 0;
}

/* ------------------------------------------------------------------- matrix */

/* Which column of the file's matrix each stored feature is; NULL: the same. */
static const int64_t *feature_map(struct lower *l, const struct lower_value *v,
                                  int64_t features)
{
    int64_t dim[GRAPH_MAX_RANK], step[GRAPH_MAX_RANK], each = 1;
    int64_t *map;

    if (!v->flat_rank || !(map = lower_alloc(l, features, sizeof(*map))))
        return NULL;
    for (int k = 0; k < v->flat_rank; k++)
        dim[v->flat_order[k]] = v->flat_dim[k];
    for (int k = v->flat_rank - 1; k >= 0; k--) {
        step[k] = each;
        each *= dim[k];
    }
    for (int64_t i = 0; i < features; i++) {
        int64_t rest = i;
        for (int k = v->flat_rank - 1; k >= 0; k--) {
            map[i] += rest % v->flat_dim[k] * step[v->flat_order[k]];
            rest /= v->flat_dim[k];
        }
    }
    return map;
}

/* The activations of a product as they are stored, with the map of their
 * features; leaves a Flatten's order alone. */
static int features(struct lower *l, const struct graph_node *node, int t,
                    bool reals, struct map *m)
{
    int order[GRAPH_MAX_RANK];
    struct lower_value *v = &l->value[t];

    lower_plain_order(v->rank, order);
    if (node->at.transpose_a) {
        order[0] = 1;
        order[1] = 0;
    }
    if (v->tensor >= 0 && !node->at.transpose_a && v->flat_rank
        && v->rank == 2) {
        m->column = feature_map(l, v, m->dim[3]);
        return lower_get_stored(l, node, t, reals);
    }
    return lower_get(l, node, t, order, reals);
}

static void emit_matrix(struct lower *l, const struct graph_node *node, int x,
                        int weight, int bias, int out,
                        enum graph_activation activation)
{
    struct graph_node *fc = lower_emit(l, GRAPH_FULLY_CONNECTED, node, x,
                                       weight, bias, out);

    fc->at.activation = activation;
    fc->at.keep_num_dims = !l->failed && l->to->tensor[x].rank > 2;
}

/* A constant that a following Add adds to each column; -1: none. */
static int next_bias(struct lower *l, const struct graph_node *node,
                     int64_t columns, const struct graph_node **add)
{
    const int t = node->output[0];

    for (int i = 0; i < l->from->output_count; i++)
        if (l->from->output[i] == t)
            return -1;
    if (l->readers[t] != 1 || l->from->node[l->reader[t]].op != GRAPH_ADD)
        return -1;
    *add = &l->from->node[l->reader[t]];
    const int other = (*add)->input[(*add)->input[0] == t];
    const struct graph_tensor *c = lower_from(l, other);

    return lower_reals(l, other) && graph_elements(c) == columns && c->rank > 0
           && c->rank <= lower_from(l, t)->rank
           && c->dim[c->rank - 1] == columns ? other : -1;
}

static bool matrix_on_codes(struct lower *l, const struct graph_node *node,
                            const struct weights *w, struct map *m, int bias,
                            int output_axis)
{
    const int x = node->input[0];
    struct lower_end end = lower_find_end(l, node, true);
    int order[GRAPH_MAX_RANK];

    lower_imply_relu(&end);
    if (!lower_has_codes(l, x) || !w->codes || end.quantizer < 0
        || node->at.alpha != 1 || (bias >= 0 && node->at.beta != 1)
        || (w->scale_count > 1 && w->axis != output_axis)
        || l->to->tensor[l->value[x].tensor].type != end.type)
        return false;
    const int in = features(l, node, x, false, m);

    if (l->failed)
        return true;
    const int weight = put_codes(l, w, m, 2, 0, w->t->name);
    const int b = put_bias_codes(l, bias, l->to->tensor[in].quant.scale[0], w,
                                 m->dim[2]);

    lower_plain_order(lower_from(l, end.tensor)->rank, order);
    emit_matrix(l, node, in, weight, b, lower_finish(l, node, &end, order),
                end.activation);
    return true;
}

/* [k][n], or [n][k] of a transposed one, to [n][k]. */
static struct map matrix_map(const struct graph_tensor *w, bool transposed)
{
    const int64_t rows = w->dim[0], columns = w->dim[1];

    if (transposed)
        return (struct map) { { 1, 1, rows, columns }, { 0, 0, columns, 1 },
                              NULL };
    return (struct map) { { 1, 1, columns, rows }, { 0, 0, 1, columns }, NULL };
}

int lower_matrix(struct lower *l, const struct graph_node *of)
{
    const int x = of->input[0];
    const bool gemm = of->op == GRAPH_FULLY_CONNECTED;
    int bias = gemm && of->input_count > 2 ? of->input[2] : -1;
    const struct graph_node *add = NULL;
    struct weights w;
    int order[GRAPH_MAX_RANK];

    if (!read_weights(l, of->input[1], &w) || w.t->rank != 2
        || lower_from(l, x)->rank < 2) {
        lower_set_fate(l, of, true, "its second operand must be a constant "
                       "matrix");
        return 1;
    }
    struct map m = matrix_map(w.t, of->at.transpose_b);
    const int64_t columns = m.dim[2];

    if (!fits_bias(l, bias, columns)) {
        lower_set_fate(l, of, true, "its third input must be constant, one "
                       "number a column");
        return 1;
    }
    if (!gemm && bias < 0)
        bias = next_bias(l, of, columns, &add);
    const struct graph_node *at = bias >= 0 && add ? add : of;

    if (at == of
        && matrix_on_codes(l, of, &w, &m, bias, of->at.transpose_b ? 0 : 1))
        return 0;
    const struct lower_end end = lower_find_end(l, at, false);
    const int in = features(l, of, x, true, &m);
    const float alpha = (float) of->at.alpha;
    float *gain = lower_alloc(l, columns, sizeof(*gain));
    float *b = lower_alloc(l, columns, sizeof(*b));
    const float *given = lower_reals(l, bias);

    for (int64_t i = 0; gain && b && i < columns; i++) {
        gain[i] = alpha;
        b[i] = given ? given[i] * (float) of->at.beta : 0;
    }
    const int weight = gain ? put_reals(l, &w, &m, 2, alpha == 1 ? NULL : gain,
                                        2, w.t->name) : 0;
    const int c = given && b ? lower_constant(l, lower_from(l, bias)->name,
                                              GRAPH_FLOAT32, 1, &columns, b)
                             : -1;

    lower_plain_order(lower_from(l, end.tensor)->rank, order);
    emit_matrix(l, of, in, weight, c, lower_finish(l, of, &end, order),
                end.activation);
    return 0;
}

int lower_qlinear_matrix(struct lower *l, const struct graph_node *node)
{
    struct lower_end end = { .tensor = node->output[0], .quantizer = 0 };
    struct weights w = { .t = lower_from(l, node->input[3]) };
    int order[GRAPH_MAX_RANK];
    int32_t shift;

    set_codes(l, &w, node->input[3], node->input[4], node->input[5], 1);
    if (!w.codes || w.t->rank != 2 || l->value[node->input[0]].tensor < 0
        || lower_from(l, node->input[0])->rank < 2
        || graph_elements(lower_from(l, node->input[1])) != 1
        || !lower_scale_of(l, node->input[6], node->input[7],
                           lower_from(l, end.tensor)->type, &end.scale,
                           &end.zero_point)) {
        lower_set_fate(l, node, true, "its second operand must be a constant "
                       "matrix, its scales and zero points constant");
        return 1;
    }
    lower_code_type(lower_from(l, end.tensor)->type, &end.type, &shift);
    lower_imply_relu(&end);
    struct map m = matrix_map(w.t, false);
    const int in = features(l, node, node->input[0], false, &m);
    const int weight = put_codes(l, &w, &m, 2, 0, w.t->name);

    lower_plain_order(lower_from(l, end.tensor)->rank, order);
    emit_matrix(l, node, in, weight, -1, lower_finish(l, node, &end, order),
                end.activation);
    return 0;
}

/* ----------------------------------------------------------------- integers */

/* The result of integer sums, which are float32 here. */
static int integer_end(struct lower *l, const struct graph_node *node,
                       const int *order)
{
    const struct lower_end end = { .tensor = node->output[0],
                                   .quantizer = -1 };
    const int out = lower_finish(l, node, &end, order);

    if (!l->failed)
        l->to->tensor[out].type = GRAPH_FLOAT32;
    return out;
}

int lower_integer_conv(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0], rank = lower_from(l, x)->rank;
    const struct lower_end end = { .tensor = node->output[0],
                                   .quantizer = -1 };
    struct weights w = { .t = lower_from(l, node->input[1]) };
    int order[GRAPH_MAX_RANK];

    if (!(w.reals = lower_integer_weights(l, node)))
        return 1;
    const bool depthwise = is_depthwise(l, node, x);
    const struct map m = conv_map(w.t, depthwise);
    const int in = image(l, node, x, true);
    const int weight = put_reals(l, &w, &m, 4, NULL, 0, w.t->name);

    lower_image_order(rank, order);
    if (!l->failed)
        emit_conv(l, node, in, weight, -1, integer_end(l, node, order),
                  depthwise, &end);
    return 0;
}

int lower_integer_matrix(struct lower *l, const struct graph_node *node)
{
    const int x = node->input[0];
    struct weights w = { .t = lower_from(l, node->input[1]) };
    int order[GRAPH_MAX_RANK];

    if (w.t->rank != 2 || lower_from(l, x)->rank < 2) {
        lower_set_fate(l, node, true, "its second operand must be a constant "
                       "matrix");
        return 1;
    }
    if (!(w.reals = lower_integer_weights(l, node)))
        return 1;
    struct map m = matrix_map(w.t, false);
    const int in = features(l, node, x, true, &m);
    const int weight = put_reals(l, &w, &m, 2, NULL, 0, w.t->name);

    lower_plain_order(lower_from(l, node->output[0])->rank, order);
    emit_matrix(l, node, in, weight, -1, integer_end(l, node, order),
                GRAPH_LINEAR);
    return 0;
}
