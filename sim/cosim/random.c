#include "sim/cosim/random.h"

#include <string.h>

enum { EFFORT = 60000, TENSOR_ELEMENTS = 3000, MAX_TAPS = 600 };

static int draw(struct rng *r, int low, int high)
{
    return (int) rng_range(r, low, high);
}

/* True once in n times. */
static bool rarely(struct rng *r, int n)
{
    return draw(r, 1, n) == 1;
}

/* ---------------------------------------------------------- the machine */

/* Every size up to 32; half of them are powers of two, their neighbours and
 * what is least, where sizes go wrong. */
static int draw_size(struct rng *r)
{
    static const int sizes[] = { 1, 2, 3, 4, 4, 5, 7, 8, 8, 12, 16, 16, 31,
                                 32 };

    if (rarely(r, 2))
        return draw(r, 1, 32);
    return sizes[draw(r, 0, (int) (sizeof(sizes) / sizeof(*sizes)) - 1)];
}

static void draw_array(struct rng *r, struct hw *hw)
{
    hw->rows = draw_size(r);
    hw->cols = draw_size(r);
    if (rarely(r, 10)) {
        hw->rows = 3;
        hw->cols = 5;
    }
    hw->lanes = rarely(r, 3) ? draw(r, 2, 4) : 1;
}

/*
 * Compiling grows with the multipliers and with what stands behind each, so a
 * large array is plain, and seldom.
 */
static void bound_array(struct rng *r, struct hw *hw)
{
    const bool plain = hw->product_bits == 0 && hw->lanes == 1
                       && hw->acc_wrap_bits == 0 && hw->acc_bits <= 32
                       && (hw->acc_overflow == FX_WRAP
                           || hw->acc_overflow == FX_SATURATE);
    const int most = plain ? (rarely(r, 3) ? 1024 : 256) : 96;

    while (hw->rows * hw->cols * hw->lanes > most) {
        if (hw->lanes > 2)
            hw->lanes--;
        else if (hw->rows > hw->cols)
            hw->rows = (hw->rows + 1) / 2;
        else
            hw->cols = (hw->cols + 1) / 2;
    }
}

static void draw_widths(struct rng *r, struct hw *hw)
{
    hw->act_bits = rarely(r, 2) ? 8 : draw(r, 2, 16);
    hw->act_signed = !rarely(r, 4);
    hw->weight_bits = rarely(r, 2) ? 8 : rarely(r, 4) ? 1 : draw(r, 2, 16);
    hw->weight_zero_point = hw->weight_bits > 1 && rarely(r, 3);
    const int sum = hw->act_bits + hw->weight_bits + draw(r, -4, 6);

    hw->acc_bits = rarely(r, 6) ? draw(r, 8, 48) : sum;
    hw->acc_bits = hw->acc_bits < 8 ? 8 : hw->acc_bits > 48 ? 48 : hw->acc_bits;
    if ((hw->acc_overflow == FX_WRAP
         || hw->acc_overflow == FX_WRAP_SIGN_MAGNITUDE) && rarely(r, 3))
        hw->acc_wrap_bits = draw(r, 1, hw->acc_bits + 1 > 48
                                 ? 48 : hw->acc_bits + 1);
    if (rarely(r, 5)) {
        hw->product_bits = draw(r, 6, 20);
        hw->product_drop = draw(r, 0, 4);
        hw->product_rounding = draw(r, 0, FX_ROUNDING_COUNT - 1);
        hw->product_overflow = draw(r, 0, FX_OVERFLOW_COUNT - 1);
    }
}

/* requant_rounding holds the file's choice here: 0 is the preset's. */
static void draw_requant(struct rng *r, struct hw *hw)
{
    hw->preset = rarely(r, 2) ? FX_PRESET_TFLITE
                              : draw(r, 0, FX_PRESET_COUNT - 1);
    hw->requant_rounding = rarely(r, 3) ? draw(r, 1, FX_ROUNDING_COUNT) : 0;
    hw->multiplier_bits = hw->preset != FX_PRESET_SHIFT && rarely(r, 4)
        ? draw(r, 8, 32) : 0;
}

void random_draw_hw(struct rng *r, int64_t number, struct hw *hw)
{
    static const int depths[] = { 1, 3, 7, 16, 40, 256, 1024 };

    *hw = (struct hw) { .name = "random", .weight_depth = 1 << 15,
                        .param_depth = 1 << 10, .act_depth = 1 << 13,
                        .program_depth = 512, .clock_mhz = 100.0,
                        .dataflow = (int) (number % 2),
                        .acc_overflow = (int) (number / 2
                                               % FX_OVERFLOW_COUNT) };
    draw_array(r, hw);
    draw_widths(r, hw);
    draw_requant(r, hw);
    hw->acc_depth = depths[draw(r, 0, 6)];
    bound_array(r, hw);
}

/* ---------------------------------------------------------- the network */

static int span(int kernel, int dilation)
{
    return (kernel - 1) * dilation + 1;
}

static bool has_window(enum net_op op)
{
    return op == NET_CONV2D || op == NET_DEPTHWISE_CONV2D
           || op == NET_MAX_POOL2D || op == NET_AVERAGE_POOL2D;
}

static bool is_pool(enum net_op op)
{
    return op == NET_MAX_POOL2D || op == NET_AVERAGE_POOL2D;
}

static int shape_of(const struct random_layer *l, const struct net_shape *shape,
                    struct net_shape *out)
{
    const struct net_shape in = shape[l->input];
    const struct net_window *w = &l->window;

    *out = in;
    if (net_op_has_two_inputs(l->op))
        return memcmp(&in, &shape[l->second], sizeof(in)) ? -1 : 0;
    if (l->op == NET_FLATTEN || l->op == NET_FULLY_CONNECTED) {
        *out = (struct net_shape) { 1, 1, l->op == NET_FLATTEN
                                    ? (int) net_elements(in) : l->filters };
        return 0;
    }
    const int room_h = in.h + w->pad_top + w->pad_bottom
                       - span(w->kernel_h, w->dilation_h);
    const int room_w = in.w + w->pad_left + w->pad_right
                       - span(w->kernel_w, w->dilation_w);

    if (room_h < 0 || room_w < 0)
        return -1;
    if (is_pool(l->op) && (w->pad_top >= w->kernel_h
                           || w->pad_bottom >= w->kernel_h
                           || w->pad_left >= w->kernel_w
                           || w->pad_right >= w->kernel_w))
        return -1;
    out->h = room_h / w->stride_h + 1;
    out->w = room_w / w->stride_w + 1;
    out->c = l->op == NET_CONV2D ? l->filters
           : l->op == NET_DEPTHWISE_CONV2D ? in.c * l->multiplier : in.c;
    return 0;
}

int random_shapes(const struct random_net *net, struct net_shape *shape)
{
    shape[0] = net->input;
    for (int i = 0; i < net->layer_count; i++)
        if (net->layer[i].input > i || net->layer[i].second > i
            || shape_of(&net->layer[i], shape, &shape[i + 1]))
            return -1;
    return 0;
}

static int64_t taps_of(const struct random_layer *l, struct net_shape in)
{
    if (l->op == NET_FULLY_CONNECTED)
        return net_elements(in);
    if (!has_window(l->op))
        return 1;
    return (int64_t) l->window.kernel_h * l->window.kernel_w
           * (l->op == NET_CONV2D ? in.c : 1);
}

static int64_t layer_effort(const struct random_layer *l, struct net_shape in,
                            struct net_shape out, const struct hw *hw)
{
    const int64_t macs = net_elements(out) * taps_of(l, in);
    const bool array = l->op == NET_CONV2D || l->op == NET_FULLY_CONNECTED;
    const int64_t tiles = (out.c + hw->cols - 1) / hw->cols;

    if (!array)
        return macs / hw->cols + tiles * out.h * out.w;
    return macs / ((int64_t) hw->cols * hw->rows)
           + tiles * out.h * out.w * (1 + taps_of(l, in) / hw->rows);
}

int64_t random_effort(const struct random_net *net, const struct hw *hw)
{
    struct net_shape shape[RANDOM_MAX_LAYERS + 1];
    int64_t sum = 0;

    if (random_shapes(net, shape))
        return INT64_MAX;
    for (int i = 0; i < net->layer_count; i++)
        sum += layer_effort(&net->layer[i], shape[net->layer[i].input],
                            shape[i + 1], hw);
    return sum;
}

static int draw_channels(struct rng *r, const struct hw *hw)
{
    switch (draw(r, 0, 4)) {
    case 0: return hw->cols;
    case 1: return hw->cols + 1;
    case 2: return hw->cols > 1 ? hw->cols - 1 : 2;
    case 3: return draw(r, 1, 8);
    default: return draw(r, 1, 3 * hw->cols < 40 ? 3 * hw->cols : 40);
    }
}

static void draw_window(struct rng *r, bool pool, struct net_window *w)
{
    *w = (struct net_window) { .dilation_h = 1, .dilation_w = 1 };
    w->kernel_h = draw(r, 1, rarely(r, 4) ? 7 : 3);
    w->kernel_w = rarely(r, 2) ? w->kernel_h : draw(r, 1, rarely(r, 4) ? 7 : 3);
    w->stride_h = rarely(r, 2) ? 1 : draw(r, 1, 3);
    w->stride_w = rarely(r, 2) ? w->stride_h : draw(r, 1, 3);
    if (!pool && rarely(r, 4)) {
        w->dilation_h = draw(r, 1, 3);
        w->dilation_w = draw(r, 1, 3);
    }
    if (rarely(r, 3))
        return;
    const int most_h = pool ? w->kernel_h - 1 : w->kernel_h;
    const int most_w = pool ? w->kernel_w - 1 : w->kernel_w;

    w->pad_top = draw(r, 0, most_h);
    w->pad_bottom = draw(r, 0, most_h);
    w->pad_left = draw(r, 0, most_w);
    w->pad_right = draw(r, 0, most_w);
}

/* Two tensors of one shape above layer i; often one twice, or the newest. */
static void draw_two(struct rng *r, const struct net_shape *shape, int i,
                     struct random_layer *l)
{
    int like[RANDOM_MAX_LAYERS + 1] = { 0 }, count = 0;

    l->input = i;
    for (int t = 0; t <= i; t++)
        if (!memcmp(&shape[t], &shape[i], sizeof(*shape)))
            like[count++] = t;
    l->second = like[draw(r, 0, count - 1)];
    if (rarely(r, 2)) {
        const int swap = l->input;

        l->input = l->second;
        l->second = swap;
    }
}

static void draw_layer(struct rng *r, const struct hw *hw,
                       const struct net_shape *shape, int i,
                       struct random_layer *l)
{
    static const enum net_op ops[] = {
        NET_CONV2D, NET_CONV2D, NET_CONV2D, NET_DEPTHWISE_CONV2D,
        NET_DEPTHWISE_CONV2D, NET_FULLY_CONNECTED, NET_MAX_POOL2D,
        NET_AVERAGE_POOL2D, NET_ADD, NET_MUL, NET_FLATTEN
    };

    *l = (struct random_layer) {
        .op = ops[draw(r, 0, (int) (sizeof(ops) / sizeof(*ops)) - 1)],
        .input = rarely(r, 5) ? draw(r, 0, i) : i, .second = -1,
        .filters = draw_channels(r, hw), .multiplier = 1,
        .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 },
        .activation = rarely(r, 2) ? NET_LINEAR : (enum net_activation)
                                                  draw(r, 0, 3),
        .seed = rng_next(r) >> 1
    };
    l->clamp_lo = -rng_uniform(r);
    l->clamp_hi = 2.0 * rng_uniform(r);
    if (l->op == NET_FLATTEN)
        l->activation = NET_LINEAR;
    if (l->op == NET_DEPTHWISE_CONV2D && rarely(r, 3))
        l->multiplier = draw(r, 2, 4);
    if (has_window(l->op))
        draw_window(r, is_pool(l->op), &l->window);
    if (l->op == NET_CONV2D && rarely(r, 3)) {
        /* As its input, so that add and mul find two of a kind. */
        const int pad = draw(r, 0, 1);

        l->filters = shape[l->input].c;
        l->window = (struct net_window) { 2 * pad + 1, 2 * pad + 1, 1, 1, 1, 1,
                                          pad, pad, pad, pad };
    }
    if (net_op_has_two_inputs(l->op))
        draw_two(r, shape, i, l);
}

/* The layer may stay: it has a shape, and neither is too much work. */
static bool acceptable(const struct random_net *net, const struct hw *hw)
{
    struct net_shape shape[RANDOM_MAX_LAYERS + 1];

    if (random_shapes(net, shape))
        return false;
    const struct random_layer *l = &net->layer[net->layer_count - 1];
    const int divisors = hw->multiplier_bits ? hw->multiplier_bits
                                             : fx_presets[hw->preset]
                                                   .multiplier_bits;
    const int most = divisors < 8 ? 64 : divisors > 16 ? 1 << 14
                                                       : 1 << (divisors - 2);

    if (l->op == NET_AVERAGE_POOL2D && taps_of(l, shape[l->input]) > most)
        return false;
    if (l->op == NET_ADD && hw_add_shift(hw) < 0)
        return false;
    return net_elements(shape[net->layer_count]) <= TENSOR_ELEMENTS
           && taps_of(l, shape[l->input]) <= MAX_TAPS
           && random_effort(net, hw) <= EFFORT;
}

void random_draw_net(struct rng *r, const struct hw *hw, struct random_net *net)
{
    const int wanted = draw(r, 1, 6);
    struct net_shape shape[RANDOM_MAX_LAYERS + 1];

    *net = (struct random_net) {
        .input = { draw(r, 1, 12), draw(r, 1, 12), draw_channels(r, hw) },
        .images = draw(r, 1, RANDOM_IMAGES), .data_seed = rng_next(r) >> 1,
        .asymmetric = hw->weight_zero_point && rarely(r, 2),
        .per_channel = !rarely(r, 3),
        .power_of_two = hw->preset == FX_PRESET_SHIFT || rarely(r, 4)
    };
    if (rarely(r, 3))
        net->input.c = draw(r, 1, 3);
    if (rarely(r, 8))
        net->input.h = net->input.w = 1;
    if (rarely(r, 5))
        net->input = (struct net_shape) { draw(r, 10, 30), draw(r, 10, 30),
                                          draw(r, 1, 3) };
    for (int tries = 0; tries < 200 && net->layer_count < wanted; tries++) {
        random_shapes(net, shape);
        draw_layer(r, hw, shape, net->layer_count,
                   &net->layer[net->layer_count]);
        net->layer_count++;
        if (!acceptable(net, hw))
            net->layer_count--;
    }
    if (net->layer_count == 0) {
        net->layer[net->layer_count++] = (struct random_layer) {
            .op = NET_MAX_POOL2D, .second = -1, .multiplier = 1,
            .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }
        };
    }
}
