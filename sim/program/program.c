#include "sim/program/program.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/digest.h"

int program_weight_word_bits(const struct hw *hw)
{
    return hw->lanes * hw->weight_bits;
}

int program_multiplier_bits(const struct hw *hw)
{
    return hw->multiplier_bits < 8 ? 8 : hw->multiplier_bits;
}

int program_scale_word_bits(const struct hw *hw)
{
    return program_multiplier_bits(hw) + HW_SHIFT_BITS + hw->weight_bits;
}

void program_release(struct program *program)
{
    arena_release(&program->arena);
}

static enum program_unit unit_of(enum net_op op)
{
    switch (op) {
    case NET_CONV2D:
    case NET_FULLY_CONNECTED:
        return PROGRAM_ARRAY;
    case NET_FLATTEN:
        return PROGRAM_NONE;
    default:
        return PROGRAM_VECTOR;
    }
}

static int ceil_div(int a, int b)
{
    return (a + b - 1) / b;
}

/* The bias in the accumulator's format, where every sum starts. */
static int fill_bias(struct program *p, struct program_desc *d,
                     const struct qlayer *q, struct diag *diag)
{
    const struct fx_format format = hw_acc_format(p->hw);
    int64_t *bias = arena_alloc_array(&p->arena, (size_t) d->filters,
                                      sizeof(*bias));
    int32_t *zp = arena_alloc_array(&p->arena, (size_t) d->filters,
                                    sizeof(*zp));

    if (!bias || !zp)
        return diag_error(diag, q->layer->place, "out of memory");
    for (int n = 0; n < d->filters; n++) {
        bool overflowed = false;

        bias[n] = fx_reduce(q->bias[n], &format, &overflowed);
        d->bias_overflows += overflowed;
        zp[n] = q->wparams[n].zero_point;
    }
    d->bias = bias;
    d->weight_zp = zp;
    d->weight = q->weight;
    d->requant = q->requant;
    d->weight_bits = q->weight_bits;
    return 0;
}

static int fill_desc(struct program *p, const struct qnet *qnet, int i,
                     struct diag *diag)
{
    const struct net_layer *l = &qnet->net->layer[i];
    const struct qlayer *q = &qnet->layer[i];
    const struct quant_params *in = &qnet->tensor[l->input];
    const struct quant_params *out = &qnet->tensor[i + 1];
    struct program_desc *d = &p->desc[i];

    *d = (struct program_desc) {
        .op = l->op, .unit = unit_of(l->op), .layer = i, .name = l->name,
        .in = l->in, .out = l->out, .input = l->input, .window = l->window,
        .multiplier = l->multiplier, .filters = l->filters, .taps = l->taps,
        .positions = l->out.h * l->out.w, .steps = ceil_div(l->taps,
                                                            p->hw->lanes),
        .channel_tiles = ceil_div(l->out.c, p->hw->cols),
        .in_zp = in->zero_point, .in_min = in->min, .in_max = in->max,
        .out_zp = out->zero_point, .out_min = out->min, .out_max = out->max,
        .double_round = p->hw->double_round,
        .rounding = (enum fx_rounding) p->hw->requant_rounding
    };
    if (!l->has_weights) {
        if (isfinite(l->clamp_lo))
            d->out_min = quant_code(out, l->clamp_lo);
        if (isfinite(l->clamp_hi))
            d->out_max = quant_code(out, l->clamp_hi);
        return 0;
    }
    d->out_min = q->requant[0].min;
    d->out_max = q->requant[0].max;
    return fill_bias(p, d, q, diag);
}

/* Array layers get addresses one behind the other; depthwise weights follow the
 * same rule with one channel's taps as the steps. */
static void place_desc(struct program *p, struct program_desc *d,
                       uint64_t *weights, uint64_t *params, struct diag *diag)
{
    const struct hw *hw = p->hw;
    const struct place place = p->net->layer[d->layer].place;
    const uint64_t tiles = (uint64_t) d->channel_tiles;

    if (d->filters == 0)
        return;
    d->weight_base = (uint32_t) *weights;
    d->param_base = (uint32_t) *params;
    *weights += tiles * (uint64_t) d->steps;
    *params += tiles;
    if (*weights > (uint64_t) hw->weight_depth) {
        diag_error(diag, place, "layer '%s' needs words up to %" PRIu64 " of "
                   "each weight bank, must fit 'memory.weight_depth' of "
                   "hardware '%s', %d", d->name, *weights, hw->name,
                   hw->weight_depth);
        *weights = 0;    /* one message a layer, not one for all that follow */
    }
    if (*params > (uint64_t) hw->param_depth) {
        diag_error(diag, place, "layer '%s' needs words up to %" PRIu64 " of "
                   "each parameter bank, must fit 'memory.param_depth' of "
                   "hardware '%s', %d", d->name, *params, hw->name,
                   hw->param_depth);
        *params = 0;
    }
}

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

static int fill_images(struct program *p, struct diag *diag)
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
        if (p->desc[i].filters == 0)
            continue;
        fill_weight_words(p, &p->desc[i]);
        fill_param_words(p, &p->desc[i]);
    }
    return 0;
}

static int digest_program(struct program *p)
{
    const size_t cols = (size_t) p->hw->cols;
    struct digest g;

    if (digest_init(&g))
        return -1;
    digest_update(&g, p->hw->digest, strlen(p->hw->digest));
    digest_update(&g, p->net->digest, strlen(p->net->digest));
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];
        const int32_t head[] = {
            (int32_t) d->op, d->input, d->filters, d->taps, d->positions,
            d->in_zp, d->out_zp, d->out_min, d->out_max, d->double_round,
            (int32_t) d->rounding, (int32_t) d->weight_base,
            (int32_t) d->param_base
        };

        digest_update(&g, head, sizeof(head));
    }
    digest_update(&g, p->weight_image,
                  cols * p->weight_words * p->weight_word_bytes);
    digest_update(&g, p->bias_image,
                  cols * p->param_words * sizeof(*p->bias_image));
    digest_update(&g, p->scale_image,
                  cols * p->param_words * sizeof(*p->scale_image));
    const int failed = digest_finish(&g, p->digest);

    digest_release(&g);
    return failed;
}

int program_build(struct program *program, const struct qnet *qnet,
                  const struct hw *hw, struct diag *diag)
{
    const int before = diag_error_count(diag);
    const struct net *net = qnet->net;
    uint64_t weights = 0, params = 0;

    memset(program, 0, sizeof(*program));
    arena_init(&program->arena, 0);
    program->hw = hw;
    program->net = net;
    program->network = net->name;
    program->tensor = qnet->tensor;
    program->tensor_count = net_tensor_count(net);
    program->desc_count = net->layer_count;
    program->desc = arena_alloc_array(&program->arena,
                                      (size_t) net->layer_count,
                                      sizeof(*program->desc));
    if (!program->desc)
        return diag_error(diag, net->place, "out of memory");
    for (int i = 0; i < net->layer_count; i++) {
        if (fill_desc(program, qnet, i, diag))
            return -1;
        place_desc(program, &program->desc[i], &weights, &params, diag);
    }
    if (diag_error_count(diag) > before)
        return -1;
    program->weight_words = (uint32_t) weights;
    program->param_words = (uint32_t) params;
    if (fill_images(program, diag))
        return -1;
    return digest_program(program) ? diag_error(diag, net->place,
                                                "out of memory") : 0;
}
