/*
 * image.c - the program's tensors and descriptors as words.
 */
#include "sim/program/image.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "sim/base/digest.h"

static void put_bits(uint8_t *word, int at, int bits, uint32_t value)
{
    for (int b = 0; b < bits; b++)
        if (value >> b & 1)
            word[(at + b) / 8] |= (uint8_t) (1u << ((at + b) % 8));
}

/* The code that adds nothing: operand zero. A one-bit code has none: absent taps
 * meet activations of zero, absent channels are marked in the scale word. */
static int32_t idle_code(const struct program_desc *d, int channel)
{
    return channel < d->filters ? d->weight_zp[channel] : 0;
}

static void fill_weight_words(struct program *p, const struct program_desc *d)
{
    const struct hw *hw = p->hw;
    const int bits = hw->weight_bits;

    for (int n = 0; n < d->channel_tiles * hw->cols; n++) {
        const size_t first = (size_t) (n % hw->cols) * p->weight_words
            + d->weight_base + (size_t) (n / hw->cols) * (size_t) d->steps;

        for (int k = 0; k < d->steps * hw->lanes; k++) {
            const bool real = n < d->filters && k < d->taps;
            const int32_t code = real
                ? d->weight[(size_t) n * (size_t) d->taps + (size_t) k]
                : idle_code(d, n);
            uint8_t *word = p->weight_image
                + (first + (size_t) (k / hw->lanes)) * p->weight_word_bytes;

            put_bits(word, k % hw->lanes * bits, bits, (uint32_t) code);
        }
    }
}

static void fill_param_words(struct program *p, const struct program_desc *d)
{
    const struct hw *hw = p->hw;
    const int mult_bits = program_multiplier_bits(hw);
    const uint64_t zp_mask = (UINT64_C(1) << hw->weight_bits) - 1;
    const uint64_t idle_bit = UINT64_C(1) << (mult_bits + HW_SHIFT_BITS);

    for (int n = 0; n < d->channel_tiles * hw->cols; n++) {
        const size_t at = (size_t) (n % hw->cols) * p->param_words
            + d->param_base + (size_t) (n / hw->cols);

        if (n >= d->filters) {
            p->scale_image[at] = hw->weight_bits == 1 ? idle_bit : 0;
            continue;
        }
        const struct fx_requant *r = &d->requant[n];

        p->bias_image[at] = d->bias[n];
        p->scale_image[at] = (uint64_t) (uint32_t) r->mult
            | (uint64_t) r->shift << mult_bits
            | ((uint64_t) (int64_t) d->weight_zp[n] & zp_mask)
                  << (mult_bits + HW_SHIFT_BITS);
    }
}

/* Scale words that belong to no channel: the same in every column. */
static void fill_table(struct program *p, const struct program_desc *d)
{
    const int mult_bits = program_multiplier_bits(p->hw);

    for (int c = 0; c < p->hw->cols; c++)
        for (uint32_t i = 0; i < d->param_words; i++)
            p->scale_image[(size_t) c * p->param_words + d->param_base + i] =
                (uint64_t) (uint32_t) d->requant[i].mult
                | (uint64_t) d->requant[i].shift << mult_bits;
}

int image_fill(struct program *p, struct diag *diag)
{
    const size_t cols = (size_t) p->hw->cols;

    p->weight_word_bytes = ((size_t) program_weight_word_bits(p->hw) + 7) / 8;
    p->weight_image = arena_alloc_array(&p->arena, cols * p->weight_words,
                                        p->weight_word_bytes);
    p->bias_image = arena_alloc_array(&p->arena, cols * p->param_words,
                                      sizeof(*p->bias_image));
    p->scale_image = arena_alloc_array(&p->arena, cols * p->param_words,
                                       sizeof(*p->scale_image));
    if (!p->weight_image || !p->bias_image || !p->scale_image)
        return diag_error(diag, p->net->place, "out of memory for the ROM "
                          "images");
    for (int i = 0; i < p->desc_count; i++) {
        if (p->desc[i].filters > 0) {
            fill_weight_words(p, &p->desc[i]);
            fill_param_words(p, &p->desc[i]);
        } else if (p->desc[i].requant) {
            fill_table(p, &p->desc[i]);
        }
    }
    return 0;
}

/* ------------------------------------------------------- the program ROM */

static enum descriptor_op op_of(enum net_op op)
{
    switch (op) {
    case NET_DEPTHWISE_CONV2D: return DESCRIPTOR_DEPTHWISE;
    case NET_MAX_POOL2D: return DESCRIPTOR_MAX_POOL;
    case NET_AVERAGE_POOL2D: return DESCRIPTOR_AVERAGE_POOL;
    case NET_ADD: return DESCRIPTOR_ADD;
    case NET_MUL: return DESCRIPTOR_MUL;
    default: return DESCRIPTOR_CONV;
    }
}

static bool is_pool(enum net_op op)
{
    return op == NET_MAX_POOL2D || op == NET_AVERAGE_POOL2D;
}

static void set_shapes(const struct program_desc *d, struct descriptor *to)
{
    const struct net_window *w = &d->window;
    const bool dense = d->op == NET_FULLY_CONNECTED;

    to->in_h = dense ? 1 : d->in.h;
    to->in_w = dense ? 1 : d->in.w;
    to->in_c = dense ? d->taps : d->in.c;
    to->out_h = d->out.h;
    to->out_w = d->out.w;
    to->out_c = d->out.c;
    to->kernel_h = w->kernel_h;
    to->kernel_w = w->kernel_w;
    to->stride_h = w->stride_h;
    to->stride_w = w->stride_w;
    to->dilation_h = w->dilation_h;
    to->dilation_w = w->dilation_w;
    to->pad_top = w->pad_top;
    to->pad_left = w->pad_left;
}

struct descriptor program_descriptor(const struct program *p, int layer)
{
    const struct program_desc *d = &p->desc[layer];
    const bool raw = is_pool(d->op);
    struct descriptor to = {
        .op = op_of(d->op),
        .double_round = d->double_round && !raw,
        .last = d->index == (int) p->code_header.descriptors - 1,
        .layer = d->layer,
        .input = (uint32_t) p->address[d->input],
        .second = d->second >= 0 ? (uint32_t) p->address[d->second] : 0,
        .output = (uint32_t) p->address[d->layer + 1],
        .steps = (uint32_t) d->steps, .taps = (uint32_t) d->taps,
        .positions = (uint32_t) d->positions,
        .channel_tiles = (uint32_t) d->channel_tiles,
        .weight_base = d->weight_base, .param_base = d->param_base,
        .in_zp = raw ? 0 : d->in_zp, .second_zp = d->second_zp,
        .out_zp = raw ? 0 : d->out_zp, .out_min = d->out_min,
        .out_max = d->out_max,
        .ratio = d->op == NET_DEPTHWISE_CONV2D ? (uint32_t) d->multiplier
               : d->op == NET_AVERAGE_POOL2D ? d->param_words : 0
    };

    assert(d->index >= 0);
    set_shapes(d, &to);
    descriptor_fill_steps(&to);
    return to;
}

int program_layer_of(const struct program *p, int index)
{
    for (int i = 0; i < p->desc_count; i++)
        if (p->desc[i].index == index)
            return i;
    return -1;
}

/* Sizes that a 16-bit field or a 31-bit step cannot hold. */
static int check_sizes(const struct program *p, const struct program_desc *d,
                       struct diag *diag)
{
    const struct net_window *w = &d->window;
    const bool dense = d->op == NET_FULLY_CONNECTED;
    const int64_t row = (int64_t) d->in.w * d->in.c;
    const struct { const char *what; int64_t value, max; } sizes[] = {
        { "an input height", dense ? 1 : d->in.h, DESCRIPTOR_MAX_DIM },
        { "an input width", dense ? 1 : d->in.w, DESCRIPTOR_MAX_DIM },
        { "an output height", d->out.h, DESCRIPTOR_MAX_DIM },
        { "an output width", d->out.w, DESCRIPTOR_MAX_DIM },
        { "a step of rows in elements", row * w->stride_h, INT32_MAX },
        { "a step of taps in elements", row * w->dilation_h, INT32_MAX },
        { "a padding in elements", row * w->pad_top
                                   + (int64_t) w->pad_left * d->in.c,
          INT32_MAX }
    };
    int result = 0;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        if (sizes[i].value > sizes[i].max)
            result = diag_error(diag, p->net->layer[d->layer].place,
                                "layer '%s' has %s of %" PRId64 ", must be at "
                                "most %" PRId64 " in a descriptor", d->name,
                                sizes[i].what, sizes[i].value, sizes[i].max);
    return result;
}

/* Descriptors are numbered in the order they run. */
static int number_descriptors(struct program *p, struct diag *diag)
{
    struct descriptor_header *h = &p->code_header;
    int result = 0;

    for (int i = 0; i < p->desc_count; i++) {
        struct program_desc *d = &p->desc[i];

        d->index = d->unit == PROGRAM_NONE ? -1 : (int) h->descriptors++;
        if (d->index >= 0 && check_sizes(p, d, diag))
            result = -1;
    }
    h->words = DESCRIPTOR_HEADER_WORDS + h->descriptors * DESCRIPTOR_WORDS;
    if (h->descriptors == 0)
        return diag_error(diag, p->net->place, "network '%s' has no layer that "
                          "computes: nothing for the hardware to run",
                          p->net->name);
    if (h->words > (uint32_t) p->hw->program_depth)
        return diag_error(diag, p->net->place, "network '%s' needs %" PRIu32
                          " words of program, must fit "
                          "'memory.program_depth' of hardware '%s', %d",
                          p->net->name, h->words, p->hw->name,
                          p->hw->program_depth);
    return result;
}

static uint32_t crc_u64(uint32_t crc, uint64_t value, int bits)
{
    uint8_t bytes[8];

    value &= bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t) (value >> 8 * i);
    return digest_crc32(crc, bytes, ((size_t) bits + 7) / 8);
}

uint32_t image_crc(const struct program *p)
{
    const size_t cols = (size_t) p->hw->cols;
    const size_t params = cols * p->param_words;
    uint32_t crc = 0;

    crc = digest_crc32(crc, p->weight_image,
                       cols * p->weight_words * p->weight_word_bytes);
    for (size_t i = 0; i < params; i++)
        crc = crc_u64(crc, (uint64_t) p->bias_image[i], p->hw->acc_bits);
    for (size_t i = 0; i < params; i++)
        crc = crc_u64(crc, p->scale_image[i], program_scale_word_bits(p->hw));
    return crc;
}

int image_fill_code(struct program *p, struct diag *diag)
{
    if (number_descriptors(p, diag))
        return -1;
    p->code = arena_alloc_array(&p->arena, p->code_header.words,
                                sizeof(*p->code));
    if (!p->code)
        return diag_error(diag, p->net->place, "out of memory");
    for (int i = 0; i < p->desc_count; i++) {
        if (p->desc[i].index < 0)
            continue;
        const struct descriptor d = program_descriptor(p, i);

        descriptor_encode(&d, p->code + DESCRIPTOR_HEADER_WORDS
                              + p->desc[i].index * DESCRIPTOR_WORDS);
    }
    p->code_header.image_crc = image_crc(p);
    sscanf(p->hw->digest, "%8" SCNx32, &p->code_header.hardware);
    descriptor_encode_header(&p->code_header, p->code);
    return 0;
}
