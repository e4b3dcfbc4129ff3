#include "sim/program/program_params.h"

#include <inttypes.h>
#include <string.h>

struct reader {
    struct program *p;
    struct program_desc *d;
    bool damaged;
    struct place place;
    struct diag *diag;
};

uint32_t program_params_words(const struct descriptor *d, const struct hw *hw)
{
    switch (d->op) {
    case DESCRIPTOR_MAX_POOL: return 0;
    case DESCRIPTOR_AVERAGE_POOL:
        return (uint32_t) (d->kernel_h * d->kernel_w) + 1;
    case DESCRIPTOR_ADD: return 3;
    case DESCRIPTOR_MUL: return 1;
    default: return ((uint32_t) d->out_c + (uint32_t) hw->cols - 1)
                    / (uint32_t) hw->cols;
    }
}

int program_params_copy(struct program *p, const struct program_words *w,
                        struct place place, struct diag *diag)
{
    const struct hw *hw = p->hw;
    const size_t cols = (size_t) hw->cols;

    if (w->weight_words > (uint32_t) hw->weight_depth)
        return diag_error(diag, place, "a weight bank has %" PRIu32 " words, "
                          "must fit 'memory.weight_depth' of hardware '%s', %d",
                          w->weight_words, hw->name, hw->weight_depth);
    if (w->param_words > (uint32_t) hw->param_depth)
        return diag_error(diag, place, "a parameter bank has %" PRIu32
                          " words, must fit 'memory.param_depth' of hardware "
                          "'%s', %d", w->param_words, hw->name,
                          hw->param_depth);
    p->weight_words = w->weight_words;
    p->param_words = w->param_words;
    p->weight_word_bytes = ((size_t) program_weight_word_bits(hw) + 7) / 8;
    p->weight_image = arena_alloc_array(&p->arena, cols * p->weight_words,
                                        p->weight_word_bytes);
    p->bias_image = arena_alloc_array(&p->arena, cols * p->param_words,
                                      sizeof(*p->bias_image));
    p->scale_image = arena_alloc_array(&p->arena, cols * p->param_words,
                                       sizeof(*p->scale_image));
    if (!p->weight_image || !p->bias_image || !p->scale_image)
        return diag_error(diag, place, "out of memory");
    if (w->weight_words > 0)
        memcpy(p->weight_image, w->weight,
               cols * p->weight_words * p->weight_word_bytes);
    for (size_t i = 0; i < cols * p->param_words; i++) {
        p->bias_image[i] = fx_wrap(w->bias[i], hw->acc_bits);
        p->scale_image[i] = w->scale[i];
    }
    return 0;
}

static uint32_t get_bits(const uint8_t *word, int at, int bits)
{
    uint32_t value = 0;

    for (int b = 0; b < bits; b++)
        value |= (uint32_t) (word[(at + b) / 8] >> (at + b) % 8 & 1) << b;
    return value;
}

static void read_weights(const struct reader *r, int n, int16_t *weight)
{
    const struct program *p = r->p;
    const struct hw *hw = p->hw;
    const int bits = hw->weight_bits;
    const size_t first = (size_t) (n % hw->cols) * p->weight_words
        + r->d->weight_base + (size_t) (n / hw->cols) * (size_t) r->d->steps;

    for (int k = 0; k < r->d->taps; k++) {
        const uint8_t *word = p->weight_image
            + (first + (size_t) (k / hw->lanes)) * p->weight_word_bytes;
        const uint32_t code = get_bits(word, k % hw->lanes * bits, bits);

        weight[k] = (int16_t) (bits == 1 ? code : fx_wrap(code, bits));
    }
}

/* Where every sum starts: a code that the accumulator holds. */
static int read_bias(const struct reader *r, int n, size_t at, int64_t *bias)
{
    const struct fx_format acc = hw_acc_format(r->p->hw);
    bool outside = false;

    *bias = fx_reduce(r->p->bias_image[at], &acc, &outside);
    if (!outside || r->damaged)
        return 0;
    return diag_error(r->diag, r->place, "layer '%s', channel %d: the bias is %"
                      PRId64 ", must be a code of the accumulator",
                      r->d->name, n, r->p->bias_image[at]);
}

/* Multiplier and shift; the multiplier's top bit is its sign. */
static int read_scale(const struct reader *r, int n, size_t at,
                      struct fx_requant *q)
{
    const int bits = program_multiplier_bits(r->p->hw);
    const uint64_t word = r->p->scale_image[at];

    q->mult = (int32_t) fx_wrap((int64_t) word, bits);
    q->shift = (int) (word >> bits & ((1u << HW_SHIFT_BITS) - 1));
    if (q->mult >= 0 || r->damaged)
        return 0;
    return diag_error(r->diag, r->place, "layer '%s', scale %d: the multiplier "
                      "is %" PRId32 ", must not be negative", r->d->name, n,
                      q->mult);
}

static int read_zero_point(const struct reader *r, int n, size_t at,
                           int32_t *zp)
{
    const struct hw *hw = r->p->hw;
    const int low = program_multiplier_bits(hw) + HW_SHIFT_BITS;
    const int64_t field = fx_wrap((int64_t) (r->p->scale_image[at] >> low),
                                  hw->weight_bits);

    *zp = hw->weight_zero_point && hw->weight_bits > 1 ? (int32_t) field : 0;
    if (field == *zp || r->damaged)
        return 0;
    return diag_error(r->diag, r->place, "layer '%s', channel %d: the weight "
                      "zero point is %" PRId64 ", must be 0: hardware '%s' has "
                      "no 'weight.zero_point'", r->d->name, n, field, hw->name);
}

static void fill_requant(const struct reader *r, bool offset,
                         struct fx_requant *q)
{
    const struct program_desc *d = r->d;

    q->double_round = d->double_round && d->op != NET_AVERAGE_POOL2D;
    q->rounding = d->rounding;
    q->zero_point = offset ? d->out_zp : 0;
    q->min = d->out_min;
    q->max = d->out_max;
}

static int load_channels(const struct reader *r)
{
    struct program_desc *d = r->d;
    struct arena *a = &r->p->arena;
    const size_t filters = (size_t) d->filters, taps = (size_t) d->taps;
    int16_t *weight = arena_alloc_array(a, filters * taps, sizeof(*weight));
    int32_t *zp = arena_alloc_array(a, filters, sizeof(*zp));
    int64_t *bias = arena_alloc_array(a, filters, sizeof(*bias));
    struct fx_requant *q = arena_alloc_array(a, filters, sizeof(*q));
    const int cols = r->p->hw->cols;

    if (!weight || !zp || !bias || !q)
        return diag_error(r->diag, r->place, "out of memory");
    for (int n = 0; n < d->filters; n++) {
        const size_t at = (size_t) (n % cols) * r->p->param_words
                          + d->param_base + (size_t) (n / cols);

        read_weights(r, n, weight + (size_t) n * taps);
        fill_requant(r, true, &q[n]);
        if (read_bias(r, n, at, &bias[n]) || read_scale(r, n, at, &q[n])
            || read_zero_point(r, n, at, &zp[n]))
            return -1;
    }
    d->weight = weight;
    d->weight_zp = zp;
    d->bias = bias;
    d->requant = q;
    return 0;
}

/* An operand of an add is at most halved: the sum fits the accumulator. */
static int check_half(const struct reader *r, int i, const struct fx_requant *q)
{
    const bool half = q->shift > 31
                      || 2 * (int64_t) q->mult <= INT64_C(1) << q->shift;

    if (r->d->op != NET_ADD || i == 2 || half || r->damaged)
        return 0;
    return diag_error(r->diag, r->place, "layer '%s', scale %d: the factor is "
                      "%" PRId32 " / 2^%d, must be at most 1/2", r->d->name, i,
                      q->mult, q->shift);
}

/* Scale words that belong to no channel; those of column 0 are used. */
static int load_table(const struct reader *r)
{
    struct program_desc *d = r->d;
    struct fx_requant *q = arena_alloc_array(&r->p->arena, d->param_words,
                                             sizeof(*q));

    if (!q)
        return diag_error(r->diag, r->place, "out of memory");
    for (uint32_t i = 0; i < d->param_words; i++) {
        fill_requant(r, d->op != NET_AVERAGE_POOL2D, &q[i]);
        if (read_scale(r, (int) i, d->param_base + i, &q[i])
            || check_half(r, (int) i, &q[i]))
            return -1;
    }
    d->requant = q;
    return 0;
}

int program_params_load(struct program *p, int layer,
                        const struct program_words *words, struct place place,
                        struct diag *diag)
{
    const struct reader r = { p, &p->desc[layer], words->damaged, place, diag };

    if (r.d->filters > 0)
        return load_channels(&r);
    return r.d->param_words > 0 ? load_table(&r) : 0;
}
