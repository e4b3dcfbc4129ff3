/*
 * eval_conv.c - sums of products: CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV,
 * FULLY_CONNECTED.
 *
 * int8: 32-bit sums, the multiplier of eval_requant, rounded twice. int16 with a
 * 64-bit bias: 64-bit sums and 16-bit multipliers, rounded once; with a 32-bit
 * bias as int8. Weights in front of which no zero point stands, but for the
 * per-tensor form of FULLY_CONNECTED.
 */
#include <inttypes.h>

#include "sim/graph/eval_parts.h"

/* The tensors of a sum, whichever operator has them in which order. */
struct sums {
    const struct eval_call *c;
    const struct eval_value *in, *weight, *bias;  /* bias NULL: none */
    struct eval_value *out;
    bool is_float, is_wide, is_matrix;
    float lo, hi;                 /* float: the activation */
    struct fx_requant ends;       /* else: zero point and clamp */
};

static struct sums sums_of(const struct eval_call *c, int in, int weight,
                           int bias)
{
    struct sums s = {
        .c = c, .in = &c->in[in], .weight = &c->in[weight],
        .bias = eval_has(c, bias) ? &c->in[bias] : NULL, .out = &c->out[0],
        .is_matrix = c->node->op == GRAPH_FULLY_CONNECTED
    };

    s.is_float = eval_is_float(s.in);
    s.is_wide = s.in->type == GRAPH_INT16
                && !(s.bias && s.bias->type == GRAPH_INT32);
    if (s.is_float)
        eval_activation_reals(c->node->at.activation, &s.lo, &s.hi);
    else
        eval_requant_ends(c, &s.ends);
    return s;
}

static int requant_of(const struct sums *s, int64_t channel,
                      struct fx_requant *r)
{
    const double real = eval_acc_scale(s->c->node, s->in->quant,
                                       s->weight->quant, s->out->quant,
                                       channel);
    const struct fx_preset *preset = &fx_presets[s->is_wide
                                                 ? FX_PRESET_INT16X8
                                                 : FX_PRESET_TFLITE];

    *r = s->ends;
    if (s->c->node->at.onnx)
        return fx_preset_requant(&fx_presets[FX_PRESET_ONNX], real, r);
    r->rounding = FX_HALF_UP;
    if (!s->is_wide)
        r->double_round = true;
    return s->is_wide ? fx_preset_requant(preset, real, r)
                      : fx_quantize_multiplier(real, 32, &r->mult, &r->shift);
}

static int64_t bias_of(const struct sums *s, int64_t channel)
{
    return s->bias ? eval_int(s->bias, channel) : 0;
}

/* Sums of 64 bits wrap, as those of 32 bits do in the kernels. */
static int64_t add_product(int64_t acc, int64_t a, int64_t b)
{
    return (int64_t) ((uint64_t) acc + (uint64_t) (a * b));
}

static void store_sum(const struct sums *s, int64_t at, int64_t channel,
                      int64_t acc)
{
    const int64_t limit = INT64_C(1) << 47;
    struct fx_requant r;

    requant_of(s, channel, &r);
    if (!s->is_wide)
        acc = fx_wrap(acc, 32);
    acc = acc < -limit ? -limit : acc >= limit ? limit - 1 : acc;
    eval_store(s->out, at, fx_requantize(acc, &r));
}

/* ---------------------------------------------------------------- checks */

static bool check_bias(const struct sums *s, int64_t channels)
{
    const struct eval_call *c = s->c;

    if (!s->bias)
        return true;
    if (s->bias->rank != 1 || s->bias->dim[0] != channels)
        return eval_refuse(c, "has a bias of %" PRId64 " elements, must have "
                           "%" PRId64, eval_elements(s->bias), channels);
    if (s->is_float ? s->bias->type != GRAPH_FLOAT32
                    : s->bias->type != GRAPH_INT32
                      && !(s->bias->type == GRAPH_INT64 && s->is_wide))
        return eval_refuse(c, "has a bias of %s, must be %s",
                           graph_type_name(s->bias->type),
                           s->is_float ? "float32"
                           : s->is_wide ? "int32 or int64" : "int32");
    return true;
}

static bool check_weight_type(const struct sums *s, int axis, int64_t channels)
{
    const struct eval_value *w = s->weight;
    const struct eval_call *c = s->c;
    struct fx_requant r;

    if (s->is_float)
        return w->type == GRAPH_FLOAT32
               || eval_refuse(c, "has a float32 input and weights of %s, must "
                              "have float32 weights", graph_type_name(w->type));
    if (w->type != GRAPH_INT8 && w->type != GRAPH_INT4)
        return eval_refuse(c, "has weights of %s, must be int8 or int4",
                           graph_type_name(w->type));
    if (w->quant->count < 1
        || (w->quant->count > 1 && (w->quant->axis != axis
                                    || w->quant->count != channels)))
        return eval_refuse(c, "has %d scales of weights along dimension %d, "
                           "must have 1, or %" PRId64 " along %d",
                           w->quant->count, w->quant->axis, channels, axis);
    for (int i = 0; i < w->quant->count; i++) {
        if (w->quant->zero_point[i] != 0
            && !(s->is_matrix && w->quant->count == 1) && !c->node->at.onnx)
            return eval_refuse(c, "has weights with zero point %" PRId32
                               ", must be 0", w->quant->zero_point[i]);
        if (requant_of(s, i, &r))
            return eval_refuse(c, "scales channel %d by %g, for which there is "
                               "no multiplier", i,
                               eval_acc_scale(c->node, s->in->quant, w->quant,
                                              s->out->quant, i));
    }
    return true;
}

/* Common to all: activations in and out, weights, bias. `axis` is that of the
 * weights' output channels. */
static bool check_sums(const struct eval_call *c, int in, int weight, int bias,
                       int axis, int64_t channels)
{
    const struct eval_value *input = &c->in[in];

    if (!eval_is_activation(c, input, "an input")
        || !eval_is_activation(c, &c->out[0], "an output")
        || !eval_same_type(c, input, &c->out[0]))
        return false;
    const struct sums s = sums_of(c, in, weight, bias);

    return check_weight_type(&s, axis, channels) && check_bias(&s, channels);
}

/* Elements along one axis; the kernel reaches over `window` of the input. */
static int64_t out_size(int64_t in, int64_t kernel, int stride, int dilation,
                        int before, int after)
{
    const int64_t window = (kernel - 1) * dilation + 1;
    const int64_t room = in + before + after - window;

    return room < 0 ? 0 : room / stride + 1;
}

static bool check_window(const struct eval_call *c, int64_t channels)
{
    const struct graph_attributes *at = &c->node->at;
    const struct eval_value *in = &c->in[0], *w = &c->in[1];
    const int64_t dim[] = {
        in->dim[0],
        out_size(in->dim[1], w->dim[1], at->stride_h, at->dilation_h,
                 at->pad_top, at->pad_bottom),
        out_size(in->dim[2], w->dim[2], at->stride_w, at->dilation_w,
                 at->pad_left, at->pad_right), channels
    };

    return eval_shape_is(c, &c->out[0], dim, 4);
}

bool eval_check_conv(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *w = &c->in[1];

    if (!eval_has_rank(c, in, 4, "an input")
        || !eval_has_rank(c, w, 4, "weights"))
        return false;
    if (w->dim[3] < 1 || in->dim[3] % w->dim[3] != 0
        || w->dim[0] % (in->dim[3] / w->dim[3]) != 0 || eval_elements(w) < 1)
        return eval_refuse(c, "has weights of %" PRId64 " x %" PRId64 " x %"
                           PRId64 " x %" PRId64 ", must be for the %" PRId64
                           " channels of its input", w->dim[0], w->dim[1],
                           w->dim[2], w->dim[3], in->dim[3]);
    return check_sums(c, 0, 1, 2, 0, w->dim[0]) && check_window(c, w->dim[0]);
}

bool eval_check_depthwise(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *w = &c->in[1];

    if (!eval_has_rank(c, in, 4, "an input")
        || !eval_has_rank(c, w, 4, "weights"))
        return false;
    if (w->dim[0] != 1 || w->dim[3] % in->dim[3] != 0 || eval_elements(w) < 1)
        return eval_refuse(c, "has weights of %" PRId64 " x %" PRId64 " x %"
                           PRId64 " x %" PRId64 ", must be 1 x h x w x a "
                           "multiple of %" PRId64, w->dim[0], w->dim[1],
                           w->dim[2], w->dim[3], in->dim[3]);
    return check_sums(c, 0, 1, 2, 3, w->dim[3]) && check_window(c, w->dim[3]);
}

bool eval_check_transpose_conv(const struct eval_call *c)
{
    const struct graph_attributes *at = &c->node->at;
    const struct eval_value *w = &c->in[1], *in = &c->in[2], *o = &c->out[0];
    int64_t dim[4];

    if (!eval_has_rank(c, in, 4, "an input")
        || !eval_has_rank(c, w, 4, "weights")
        || !eval_has_rank(c, o, 4, "an output")
        || !eval_is_list(c, 0, 4, "numbers of an output shape"))
        return false;
    for (int i = 0; i < 4; i++)
        dim[i] = eval_int(&c->in[0], i);
    if (dim[0] != in->dim[0] || dim[3] != w->dim[0]
        || w->dim[3] != in->dim[3] || eval_elements(w) < 1
        || out_size(o->dim[1], w->dim[1], at->stride_h, 1, at->pad_top,
                    at->pad_bottom) != in->dim[1]
        || out_size(o->dim[2], w->dim[2], at->stride_w, 1, at->pad_left,
                    at->pad_right) != in->dim[2])
        return eval_refuse(c, "has an output of %" PRId64 " x %" PRId64 " x %"
                           PRId64 ", must be one that its input and weights "
                           "give", dim[1], dim[2], dim[3]);
    return check_sums(c, 2, 1, 3, 0, w->dim[0]) && eval_shape_is(c, o, dim, 4);
}

bool eval_check_fully_connected(const struct eval_call *c)
{
    const struct eval_value *in = &c->in[0], *w = &c->in[1];
    const int64_t elements = eval_elements(in);
    int64_t dim[GRAPH_MAX_RANK];
    int rank = 2;

    if (!eval_has_rank(c, w, 2, "weights"))
        return false;
    if (eval_elements(w) < 1 || elements % w->dim[1] != 0)
        return eval_refuse(c, "has an input of %" PRId64 " elements, must be a "
                           "multiple of %" PRId64, elements, w->dim[1]);
    dim[0] = elements / w->dim[1];
    if (c->node->at.keep_num_dims) {
        if (in->rank < 1 || in->dim[in->rank - 1] != w->dim[1])
            return eval_refuse(c, "has weights for %" PRId64 " features, must "
                               "be for those of its input", w->dim[1]);
        rank = in->rank;
        for (int i = 0; i < rank; i++)
            dim[i] = in->dim[i];
    }
    dim[rank - 1] = w->dim[0];
    return check_sums(c, 0, 1, 2, 0, w->dim[0])
           && eval_shape_is(c, &c->out[0], dim, rank);
}

/* ------------------------------------------------------------------ runs */

/* The window of one output element: where it begins, what lies inside. */
struct window {
    int64_t batch, y, x;
    const struct graph_attributes *at;
};

/* Products of `count` channels from `in_at` and `w_at` on, `w_step` apart. */
static float sum_float(const struct sums *s, float acc, int64_t in_at,
                       int64_t w_at, int64_t w_step, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        acc += eval_float(s->in, in_at + i)
               * eval_float(s->weight, w_at + i * w_step);
    return acc;
}

static int64_t sum_codes(const struct sums *s, int64_t acc, int64_t in_at,
                         int64_t w_at, int64_t w_step, int64_t count,
                         int64_t channel)
{
    const struct graph_quant *w = s->weight->quant;
    const int32_t in_zp = eval_zero_point(s->in);
    const int32_t w_zp = s->c->node->at.onnx || (s->is_matrix && w->count == 1)
                         ? w->zero_point[w->count > 1 ? channel : 0] : 0;

    for (int64_t i = 0; i < count; i++)
        acc = add_product(acc, eval_code(s->in, in_at + i) - in_zp,
                          eval_code(s->weight, w_at + i * w_step) - w_zp);
    return acc;
}

/* One output element over a window of `depth` input channels from `first` on;
 * w_base is its filter's first weight, w_step the distance of its taps' channels,
 * w_tap the distance of taps. */
static void run_window(const struct sums *s, const struct window *w,
                       int64_t first, int64_t depth, int64_t w_base,
                       int64_t w_step, int64_t w_tap, int64_t channel)
{
    const struct eval_value *in = s->in;
    const struct graph_attributes *at = w->at;
    const int64_t kh = s->weight->dim[1], kw = s->weight->dim[2];
    float real = 0.0f;
    int64_t acc = 0;

    for (int64_t ky = 0; ky < kh; ky++) {
        const int64_t y = w->y * at->stride_h + ky * at->dilation_h
                          - at->pad_top;

        for (int64_t kx = 0; kx < kw; kx++) {
            const int64_t x = w->x * at->stride_w + kx * at->dilation_w
                              - at->pad_left;
            const int64_t tap = w_base + (ky * kw + kx) * w_tap;

            if (y < 0 || y >= in->dim[1] || x < 0 || x >= in->dim[2])
                continue;
            const int64_t from = ((w->batch * in->dim[1] + y) * in->dim[2] + x)
                                 * in->dim[3] + first;

            if (s->is_float)
                real = sum_float(s, real, from, tap, w_step, depth);
            else
                acc = sum_codes(s, acc, from, tap, w_step, depth, channel);
        }
    }
    const struct eval_value *o = s->out;
    const int64_t to = ((w->batch * o->dim[1] + w->y) * o->dim[2] + w->x)
                       * o->dim[3] + channel;

    if (s->is_float)
        ((float *) s->out->data)[to] =
            eval_clamp(real + (s->bias ? eval_float(s->bias, channel) : 0.0f),
                       s->lo, s->hi);
    else
        store_sum(s, to, channel,
                  add_product(acc, bias_of(s, channel), 1));
}

/* Every output element of a convolution; `depthwise`: of its own channel. */
static void run_windows(const struct eval_call *c, bool depthwise)
{
    const struct sums s = sums_of(c, 0, 1, 2);
    const struct eval_value *o = s.out, *w = s.weight;
    const int64_t channels = o->dim[3];
    const int64_t depth = w->dim[3];
    const int64_t filter = w->dim[1] * w->dim[2] * depth;
    const int64_t ratio = depthwise ? channels / s.in->dim[3]
                                    : channels / (s.in->dim[3] / depth);
    struct window at = { .at = &c->node->at };

    for (at.batch = 0; at.batch < o->dim[0]; at.batch++)
        for (at.y = 0; at.y < o->dim[1]; at.y++)
            for (at.x = 0; at.x < o->dim[2]; at.x++)
                for (int64_t n = 0; n < channels; n++) {
                    if (depthwise)
                        run_window(&s, &at, n / ratio, 1, n, 1, channels, n);
                    else
                        run_window(&s, &at, n / ratio * depth, depth,
                                   n * filter, 1, depth, n);
                }
}

void eval_run_conv(const struct eval_call *c)
{
    run_windows(c, false);
}

void eval_run_depthwise(const struct eval_call *c)
{
    run_windows(c, true);
}

/* The input pixel that tap k of a transposed convolution brings to output o. */
static int64_t source(int64_t o, int64_t k, int pad, int stride, int64_t size)
{
    const int64_t at = o + pad - k;

    return at < 0 || at % stride || at / stride >= size ? -1 : at / stride;
}

static void run_transposed(const struct sums *s, const struct window *o,
                           int64_t n)
{
    const struct eval_value *in = s->in, *w = s->weight, *out = s->out;
    const int64_t depth = in->dim[3];
    float real = 0.0f;
    int64_t acc = 0;

    for (int64_t ky = w->dim[1] - 1; ky >= 0; ky--)
        for (int64_t kx = w->dim[2] - 1; kx >= 0; kx--) {
            const int64_t y = source(o->y, ky, o->at->pad_top,
                                     o->at->stride_h, in->dim[1]);
            const int64_t x = source(o->x, kx, o->at->pad_left,
                                     o->at->stride_w, in->dim[2]);
            const int64_t from = ((o->batch * in->dim[1] + y) * in->dim[2] + x)
                                 * depth;
            const int64_t tap = ((n * w->dim[1] + ky) * w->dim[2] + kx)
                                * depth;

            if (y < 0 || x < 0)
                continue;
            if (s->is_float)
                real = sum_float(s, real, from, tap, 1, depth);
            else
                acc = sum_codes(s, acc, from, tap, 1, depth, n);
        }
    const int64_t to = ((o->batch * out->dim[1] + o->y) * out->dim[2] + o->x)
                       * out->dim[3] + n;

    if (s->is_float)
        ((float *) out->data)[to] =
            eval_clamp(real + (s->bias ? eval_float(s->bias, n) : 0.0f), s->lo,
                       s->hi);
    else
        store_sum(s, to, n, add_product(acc, bias_of(s, n), 1));
}

void eval_run_transpose_conv(const struct eval_call *c)
{
    const struct sums s = sums_of(c, 2, 1, 3);
    const struct eval_value *o = s.out;
    struct window at = { .at = &c->node->at };

    for (at.batch = 0; at.batch < o->dim[0]; at.batch++)
        for (at.y = 0; at.y < o->dim[1]; at.y++)
            for (at.x = 0; at.x < o->dim[2]; at.x++)
                for (int64_t n = 0; n < o->dim[3]; n++)
                    run_transposed(&s, &at, n);
}

void eval_run_fully_connected(const struct eval_call *c)
{
    const struct sums s = sums_of(c, 0, 1, 2);
    const int64_t features = s.weight->dim[1], channels = s.weight->dim[0];
    const int64_t rows = eval_elements(s.in) / features;

    for (int64_t row = 0; row < rows; row++)
        for (int64_t n = 0; n < channels; n++) {
            const int64_t to = row * channels + n;

            if (s.is_float)
                ((float *) s.out->data)[to] =
                    eval_clamp(sum_float(&s, 0.0f, row * features,
                                         n * features, 1, features)
                               + (s.bias ? eval_float(s.bias, n) : 0.0f),
                               s.lo, s.hi);
            else
                store_sum(&s, to, n,
                          add_product(sum_codes(&s, 0, row * features,
                                                n * features, 1, features,
                                                n),
                                      bias_of(&s, n), 1));
        }
}
