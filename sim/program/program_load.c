/*
 * program_load.c - descriptors back to layers and tensors.
 *
 * A descriptor names addresses, not tensors. The tensor that a layer reads is
 * the newest one that lies where the layer looks; it must be exactly there, and
 * not half of it or what is left of it. What remains of a descriptor is then
 * made again from the layer, and every word of it must be equal.
 */
#include "sim/program/program_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/program/image.h"
#include "sim/program/program_params.h"

struct loader {
    struct program *p;
    const struct program_words *words;
    struct net *net;
    struct net_layer *layer;
    struct quant_params *tensor;
    struct net_shape *shape;          /* of every tensor */
    int64_t room;                     /* elements of activation memory */
    struct place place;
    struct diag *diag;
};

/* ------------------------------------------------------------ the header */

static int read_header(struct loader *l)
{
    const struct program_words *w = l->words;
    struct descriptor_header *h = &l->p->code_header;
    const struct hw *hw = l->p->hw;
    uint32_t hardware = 0;

    if (descriptor_decode_header(h, w->code, w->code_words))
        return diag_error(l->diag, l->place, "the program ROM has no valid "
                          "header: magic, version, sizes or a CRC-32 are "
                          "wrong");
    if (h->words > (uint32_t) hw->program_depth)
        return diag_error(l->diag, l->place, "the program has %" PRIu32
                          " words, must fit 'memory.program_depth' of "
                          "hardware '%s', %d", h->words, hw->name,
                          hw->program_depth);
    if (h->descriptors == 0 || h->descriptors > NET_MAX_LAYERS)
        return diag_error(l->diag, l->place, "the program has %" PRIu32
                          " descriptors, must be 1 to %d", h->descriptors,
                          (int) NET_MAX_LAYERS);
    sscanf(hw->digest, "%8" SCNx32, &hardware);
    if (h->hardware != hardware)
        return diag_error(l->diag, l->place, "the program was made for the "
                          "hardware of digest %08" PRIx32 ", must be %08"
                          PRIx32 ", that of '%s'", h->hardware, hardware,
                          hw->name);
    return 0;
}

/* ------------------------------------------------------------ descriptors */

static bool between(int64_t value, int64_t lo, int64_t hi)
{
    return lo <= value && value <= hi;
}

static int refuse(struct loader *l, int index, const char *what, int64_t value,
                  int64_t lo, int64_t hi)
{
    return diag_error(l->diag, l->place, "descriptor %d: %s is %" PRId64
                      ", must be %" PRId64 " to %" PRId64, index, what, value,
                      lo, hi);
}

/* Sizes small enough that no product of two of them overflows later. */
static int check_sizes(struct loader *l, int index, const struct descriptor *d)
{
    const int64_t max = DESCRIPTOR_MAX_DIM;
    const int64_t room = l->room < NET_MAX_ELEMENTS ? l->room
                                                    : NET_MAX_ELEMENTS;
    const int64_t row = (int64_t) d->in_w * d->in_c;
    const struct { const char *what; int64_t value, lo, hi; } field[] = {
        { "the input height", d->in_h, 1, max },
        { "the input width", d->in_w, 1, max },
        { "the number of input channels", d->in_c, 1, room },
        { "the output height", d->out_h, 1, max },
        { "the output width", d->out_w, 1, max },
        { "the number of output channels", d->out_c, 1, room },
        { "the kernel height", d->kernel_h, 1, max },
        { "the kernel width", d->kernel_w, 1, max },
        { "the vertical stride", d->stride_h, 1, max },
        { "the horizontal stride", d->stride_w, 1, max },
        { "the vertical dilation", d->dilation_h, 1, max },
        { "the horizontal dilation", d->dilation_w, 1, max },
        { "a step of rows in elements", row * d->stride_h, 1, INT32_MAX },
        { "a step of taps in elements", row * d->dilation_h, 1, INT32_MAX },
        { "a padding in elements", row * d->pad_top
          + (int64_t) d->pad_left * d->in_c, 0, INT32_MAX },
        { "the size of the input", d->in_h * row, 1, room },
        { "the size of the output", (int64_t) d->out_h * d->out_w, 1,
          room / (d->out_c > 0 ? d->out_c : 1) },
        { "the height of a window",
          (int64_t) (d->kernel_h - 1) * d->dilation_h + 1, 1, 2 * max },
        { "the width of a window",
          (int64_t) (d->kernel_w - 1) * d->dilation_w + 1, 1, 2 * max },
        { "the first row of the last window",
          (int64_t) (d->out_h - 1) * d->stride_h - d->pad_top, -max,
          NET_MAX_ELEMENTS },
        { "the first column of the last window",
          (int64_t) (d->out_w - 1) * d->stride_w - d->pad_left, -max,
          NET_MAX_ELEMENTS }
    };

    for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
        if (!between(field[i].value, field[i].lo, field[i].hi))
            return refuse(l, index, field[i].what, field[i].value, field[i].lo,
                          field[i].hi);
    return 0;
}

/* The codes: in the format of the activations. */
static int check_codes(struct loader *l, int index, const struct descriptor *d)
{
    const int64_t lo = l->tensor[0].min, hi = l->tensor[0].max;
    const struct { const char *what; int64_t value, lo, hi; } field[] = {
        { "the zero point of the input", d->in_zp, lo, hi },
        { "the zero point of the second input", d->second_zp, lo, hi },
        { "the zero point of the output", d->out_zp, lo, hi },
        { "the least output code", d->out_min, lo, hi },
        { "the greatest output code", d->out_max, d->out_min, hi }
    };

    for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
        if (!between(field[i].value, field[i].lo, field[i].hi))
            return refuse(l, index, field[i].what, field[i].value, field[i].lo,
                          field[i].hi);
    return 0;
}

static bool reads_two(const struct descriptor *d)
{
    return d->op == DESCRIPTOR_ADD || d->op == DESCRIPTOR_MUL;
}

static bool has_weights(const struct descriptor *d)
{
    return d->op == DESCRIPTOR_CONV || d->op == DESCRIPTOR_DEPTHWISE;
}

/* Products, or elements of a pool, per output. */
static int64_t taps_of(const struct descriptor *d)
{
    const int64_t window = (int64_t) d->kernel_h * d->kernel_w;

    return reads_two(d) ? 1 : d->op == DESCRIPTOR_CONV ? window * d->in_c
                                                       : window;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Channels, weights and parameter words, as the operation counts them. */
static int check_counts(struct loader *l, int index, const struct descriptor *d)
{
    const struct hw *hw = l->p->hw;
    const bool two = reads_two(d);
    const int64_t taps = taps_of(d);
    const int64_t end = d->weight_base + ceil_div(d->out_c, hw->cols)
                                         * ceil_div(taps, hw->lanes);
    const int64_t per_input = d->op == DESCRIPTOR_DEPTHWISE ? d->ratio : 1;

    if (!between(taps, 1, NET_MAX_ELEMENTS))
        return refuse(l, index, "the number of taps", taps, 1,
                      NET_MAX_ELEMENTS);
    if (d->op != DESCRIPTOR_CONV && (int64_t) d->in_c * per_input != d->out_c)
        return refuse(l, index, "the number of output channels", d->out_c,
                      d->in_c * per_input, d->in_c * per_input);
    if (two && (d->in_h != d->out_h || d->in_w != d->out_w))
        return refuse(l, index, "the size of the output", d->out_h * d->out_w,
                      d->in_h * d->in_w, d->in_h * d->in_w);
    if (has_weights(d) && end > l->words->weight_words)
        return refuse(l, index, "the end of its weights", end, 1,
                      l->words->weight_words);
    const int64_t words = program_params_words(d, hw);

    if (words > 0 && d->param_base + words > l->words->param_words)
        return refuse(l, index, "the end of its parameters", d->param_base
                      + words, 1, l->words->param_words);
    if (d->op == DESCRIPTOR_ADD && hw_add_shift(hw) < 0)
        return diag_error(l->diag, l->place, "descriptor %d adds, for which "
                          "the accumulator of hardware '%s', %d bits, is too "
                          "narrow", index, hw->name, hw->acc_bits);
    return 0;
}

/* ---------------------------------------------------------------- tensors */

/* The newest of `count` tensors with an element in that range; -1: none. */
static int newest(const struct loader *l, int count, int64_t first,
                  int64_t elements)
{
    for (int t = count - 1; t >= 0; t--)
        if (l->p->address[t] < first + elements
            && first < l->p->address[t] + net_elements(l->shape[t]))
            return t;
    return -1;
}

static int find_tensor(struct loader *l, int index, int count, uint32_t address,
                       struct net_shape shape, const char *what)
{
    const int64_t elements = net_elements(shape);
    const int t = newest(l, count, address, elements);

    if (address + elements > l->room)
        return refuse(l, index, what, address, 0, l->room - elements);
    if (t < 0 || l->p->address[t] != address
        || net_elements(l->shape[t]) != elements)
        return diag_error(l->diag, l->place, "descriptor %d: %s is %" PRIu32
                          ", where no tensor of %" PRId64 " elements lies",
                          index, what, address, elements);
    return t;
}

/* A layer reads and writes at the same time: not in one place. */
static int place_output(struct loader *l, int index, const struct descriptor *d)
{
    const struct net_shape in = { d->in_h, d->in_w, d->in_c };
    const struct net_shape out = { d->out_h, d->out_w, d->out_c };
    const int64_t read = net_elements(in), written = net_elements(out);
    const int64_t begin = d->output, end = begin + written;

    if (end > l->room)
        return refuse(l, index, "the address of the output", d->output, 0,
                      l->room - written);
    if ((begin < d->input + read && d->input < end)
        || (reads_two(d) && begin < d->second + read && d->second < end))
        return diag_error(l->diag, l->place, "descriptor %d writes over its "
                          "own input", index);
    l->p->address[d->layer + 1] = d->output;
    l->shape[d->layer + 1] = out;
    return 0;
}

/* ----------------------------------------------------------------- layers */

static const char *layer_name(struct loader *l, int layer)
{
    const struct program_words *w = l->words;

    if (layer < w->layer_names && w->layer_name && w->layer_name[layer])
        return arena_strdup(&l->p->arena, w->layer_name[layer]);
    return arena_printf(&l->p->arena, "layer%d", layer);
}

/* Layers without a descriptor, up to `end`: flattens of what the next reads. */
static int add_flattens(struct loader *l, int first, int end, uint32_t address,
                        int64_t elements)
{
    for (int i = first; i < end; i++) {
        const int found = newest(l, i + 1, address, elements);
        const int t = found < 0 ? i : found;
        const int64_t all = net_elements(l->shape[t]);

        l->shape[i + 1] = (struct net_shape) { 1, 1, (int) all };
        l->p->address[i + 1] = l->p->address[t];
        l->p->desc[i] = (struct program_desc) {
            .op = NET_FLATTEN, .unit = PROGRAM_NONE, .layer = i, .index = -1,
            .name = layer_name(l, i), .in = l->shape[t],
            .out = l->shape[i + 1], .input = t, .second = -1, .multiplier = 1,
            .taps = 1, .positions = 1, .steps = 1, .channel_tiles = 1,
            .window = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }
        };
        if (!l->p->desc[i].name)
            return diag_error(l->diag, l->place, "out of memory");
    }
    return 0;
}

static enum net_op op_of(enum descriptor_op op)
{
    switch (op) {
    case DESCRIPTOR_DEPTHWISE: return NET_DEPTHWISE_CONV2D;
    case DESCRIPTOR_MAX_POOL: return NET_MAX_POOL2D;
    case DESCRIPTOR_AVERAGE_POOL: return NET_AVERAGE_POOL2D;
    case DESCRIPTOR_ADD: return NET_ADD;
    case DESCRIPTOR_MUL: return NET_MUL;
    default: return NET_CONV2D;
    }
}

static int64_t past(int out, int stride, int kernel, int dilation, int pad,
                    int in)
{
    const int64_t end = (int64_t) (out - 1) * stride
                        + (int64_t) (kernel - 1) * dilation + 1 - pad;

    return end > in ? end - in : 0;
}

static struct net_window window_of(const struct descriptor *d)
{
    return (struct net_window) {
        .kernel_h = d->kernel_h, .kernel_w = d->kernel_w,
        .stride_h = d->stride_h, .stride_w = d->stride_w,
        .dilation_h = d->dilation_h, .dilation_w = d->dilation_w,
        .pad_top = d->pad_top, .pad_left = d->pad_left,
        .pad_bottom = (int) past(d->out_h, d->stride_h, d->kernel_h,
                                 d->dilation_h, d->pad_top, d->in_h),
        .pad_right = (int) past(d->out_w, d->stride_w, d->kernel_w,
                                d->dilation_w, d->pad_left, d->in_w)
    };
}

static void fill_layer(struct loader *l, int index, const struct descriptor *d,
                       int input, int second)
{
    const struct hw *hw = l->p->hw;
    const bool weights = has_weights(d);
    const bool raw = d->op == DESCRIPTOR_MAX_POOL
                     || d->op == DESCRIPTOR_AVERAGE_POOL;

    l->p->desc[d->layer] = (struct program_desc) {
        .op = op_of(d->op),
        .unit = d->op == DESCRIPTOR_CONV ? PROGRAM_ARRAY : PROGRAM_VECTOR,
        .layer = d->layer, .index = index, .name = layer_name(l, d->layer),
        .in = { d->in_h, d->in_w, d->in_c },
        .out = { d->out_h, d->out_w, d->out_c },
        .input = input, .second = second, .window = window_of(d),
        .multiplier = d->op == DESCRIPTOR_DEPTHWISE ? (int) d->ratio : 1,
        .filters = weights ? d->out_c : 0, .taps = (int) taps_of(d),
        .positions = d->out_h * d->out_w,
        .steps = (int) ceil_div(taps_of(d), hw->lanes),
        .channel_tiles = (int) ceil_div(d->out_c, hw->cols),
        .weight_bits = weights ? hw->weight_bits : 0,
        .in_zp = d->in_zp, .in_min = l->tensor[0].min,
        .in_max = l->tensor[0].max, .second_zp = d->second_zp,
        .add_shift = d->op == DESCRIPTOR_ADD ? hw_add_shift(hw) : 0,
        .out_zp = d->out_zp, .out_min = d->out_min, .out_max = d->out_max,
        .double_round = raw ? hw->double_round : d->double_round,
        .rounding = (enum fx_rounding) hw->requant_rounding,
        .weight_base = d->weight_base, .param_base = d->param_base,
        .param_words = program_params_words(d, hw)
    };
}

/* What was not checked field by field must be what program_build writes. */
static int check_words(struct loader *l, int index, int layer)
{
    const uint32_t *have = l->p->code + DESCRIPTOR_HEADER_WORDS
                           + (size_t) index * DESCRIPTOR_WORDS;
    const struct descriptor d = program_descriptor(l->p, layer);
    uint32_t want[DESCRIPTOR_WORDS];

    descriptor_encode(&d, want);
    for (int w = 0; w < DESCRIPTOR_WORDS; w++)
        if (have[w] != want[w])
            return diag_error(l->diag, l->place, "descriptor %d: word %d is "
                              "0x%08" PRIx32 ", must be 0x%08" PRIx32
                              " with the others", index, w, have[w], want[w]);
    return 0;
}

static int load_descriptor(struct loader *l, int index, int *next)
{
    struct descriptor d;
    int second = -1;

    if (descriptor_decode(&d, l->p->code + DESCRIPTOR_HEADER_WORDS
                              + (size_t) index * DESCRIPTOR_WORDS))
        return diag_error(l->diag, l->place, "descriptor %d is damaged: its "
                          "CRC-32 or its operation is wrong", index);
    if (!between(d.layer, *next, NET_MAX_LAYERS - 1))
        return refuse(l, index, "the layer", d.layer, *next,
                      NET_MAX_LAYERS - 1);
    if (check_sizes(l, index, &d) || check_codes(l, index, &d)
        || check_counts(l, index, &d))
        return -1;
    const struct net_shape in = { d.in_h, d.in_w, d.in_c };

    if (index == 0) {             /* who reads first reads the input */
        l->shape[0] = in;
        l->p->address[0] = d.input;
    }
    if (add_flattens(l, *next, d.layer, d.input, net_elements(in)))
        return -1;
    const int input = find_tensor(l, index, d.layer + 1, d.input, in,
                                  "the address of the input");

    if (input >= 0 && reads_two(&d))
        second = find_tensor(l, index, d.layer + 1, d.second, in,
                             "the address of the second input");
    if (input < 0 || (reads_two(&d) && second < 0)
        || place_output(l, index, &d))
        return -1;
    fill_layer(l, index, &d, input, second);
    *next = d.layer + 1;
    if (!l->p->desc[d.layer].name)
        return diag_error(l->diag, l->place, "out of memory");
    return check_words(l, index, d.layer)
        || program_params_load(l->p, d.layer, l->words, l->place, l->diag);
}

/* --------------------------------------------------------------- the rest */

static int allocate(struct loader *l)
{
    struct program *p = l->p;
    const struct hw *hw = p->hw;
    const size_t layers = NET_MAX_LAYERS;
    const int32_t half = 1 << (hw->act_bits - 1);

    p->desc = arena_alloc_array(&p->arena, layers, sizeof(*p->desc));
    p->address = arena_alloc_array(&p->arena, layers + 1, sizeof(*p->address));
    p->code = arena_alloc_array(&p->arena, l->words->code_words + 1u,
                                sizeof(*p->code));
    l->net = arena_alloc_array(&p->arena, 1, sizeof(*l->net));
    l->layer = arena_alloc_array(&p->arena, layers, sizeof(*l->layer));
    l->tensor = arena_alloc_array(&p->arena, layers + 1, sizeof(*l->tensor));
    l->shape = arena_alloc_array(&p->arena, layers + 1, sizeof(*l->shape));
    if (!p->desc || !p->address || !p->code || !l->net || !l->layer
        || !l->tensor || !l->shape)
        return diag_error(l->diag, l->place, "out of memory");
    memcpy(p->code, l->words->code,
           l->words->code_words * sizeof(*p->code));
    for (size_t t = 0; t <= layers; t++)
        l->tensor[t] = (struct quant_params) {
            .scale = 1.0, .min = hw->act_signed ? -half : 0,
            .max = hw->act_signed ? half - 1 : 2 * half - 1
        };
    return 0;
}

/* The network that the program runs, as far as the words tell. */
static int describe_network(struct loader *l, int layers)
{
    struct program *p = l->p;
    const char *name = l->words->network ? l->words->network : "image";

    p->desc_count = layers;
    p->tensor_count = layers + 1;
    p->tensor = l->tensor;
    p->network = arena_strdup(&p->arena, name);
    *l->net = (struct net) {
        .name = p->network, .path = p->network, .place = l->place,
        .input = l->shape[0], .input_divide = 1.0, .layer_count = layers,
        .layer = l->layer
    };
    for (int i = 0; i < layers; i++) {
        const struct program_desc *d = &p->desc[i];
        const int64_t end = p->address[i + 1] + net_elements(d->out);

        l->layer[i] = (struct net_layer) {
            .name = d->name, .op = d->op, .place = l->place, .input = d->input,
            .second = d->second, .in = d->in, .out = d->out,
            .window = d->window, .multiplier = d->multiplier,
            .filters = d->filters, .taps = d->taps,
            .has_weights = d->filters > 0
        };
        l->tensor[d->input].zero_point = d->in_zp;
        if (d->second >= 0)
            l->tensor[d->second].zero_point = d->second_zp;
        if (d->index >= 0)
            l->tensor[i + 1].zero_point = d->out_zp;
        p->act_elements = end > p->act_elements ? end : p->act_elements;
    }
    const int64_t input = p->address[0] + net_elements(l->shape[0]);

    p->act_elements = input > p->act_elements ? input : p->act_elements;
    p->net = l->net;
    return p->network ? 0 : diag_error(l->diag, l->place, "out of memory");
}

static int load(struct loader *l)
{
    const struct descriptor_header *h = &l->p->code_header;
    int next = 0;

    if (read_header(l) || allocate(l)
        || program_params_copy(l->p, l->words, l->place, l->diag))
        return -1;
    if (!l->words->damaged && image_crc(l->p) != h->image_crc)
        return diag_error(l->diag, l->place, "weights, biases and scales have "
                          "CRC-32 %08" PRIx32 ", the header says %08" PRIx32,
                          image_crc(l->p), h->image_crc);
    for (uint32_t i = 0; i < h->descriptors; i++)
        if (load_descriptor(l, (int) i, &next))
            return -1;
    const int last = next + l->words->last_flattens;

    if (last > NET_MAX_LAYERS)
        return diag_error(l->diag, l->place, "the program has %d layers, must "
                          "have at most %d", last, (int) NET_MAX_LAYERS);
    if (add_flattens(l, next, last, (uint32_t) l->p->address[next],
                     net_elements(l->shape[next]))
        || describe_network(l, last))
        return -1;
    return program_digest(l->p) ? diag_error(l->diag, l->place,
                                             "out of memory") : 0;
}

int program_load(struct program *program, const struct program_words *words,
                 const struct hw *hw, struct place place, struct diag *diag)
{
    struct loader l = { .p = program, .words = words, .place = place,
                        .diag = diag, .room = hw_act_elements(hw) };

    memset(program, 0, sizeof(*program));
    arena_init(&program->arena, 0);
    program->hw = hw;
    return load(&l);
}
