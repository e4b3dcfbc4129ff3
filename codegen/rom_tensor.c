#include "codegen/rom_tensor.h"

#include <math.h>

#include "codegen/bits.h"

const char *const rom_role_names[] = {
    "weight", "bias", "multiplier", "shift", "weight_zero_point", "program",
    NULL
};

struct maker {
    struct rom_tensor_list *list;
    const struct program *program;
    const struct qnet *qnet;
    struct arena *arena;
};

static struct rom_tensor *add(struct maker *m, int desc, enum rom_role role)
{
    struct rom_tensor *t = &m->list->tensor[m->list->count++];
    const char *layer = m->program->desc[desc].name;

    *t = (struct rom_tensor) {
        .layer = layer, .role = role, .desc = desc, .rank = 1, .per_word = 1,
        .stride = 1, .axes = "out",
        .name = arena_printf(m->arena, "%s.%s", layer, rom_role_names[role])
    };
    return t;
}

/* Scales of weights and biases, as the real value of code 1. */
static int add_scales(struct maker *m, const struct program_desc *d,
                      struct rom_tensor *weight, struct rom_tensor *bias)
{
    const struct qlayer *q = m->qnet ? &m->qnet->layer[d->layer] : NULL;
    const size_t n = (size_t) d->filters;
    double *scale = arena_alloc_array(m->arena, n, sizeof(*scale));
    double *unit = arena_alloc_array(m->arena, n, sizeof(*unit));

    weight->zero_point = d->weight_zp;
    if (!scale || !unit)
        return -1;
    if (!q || !q->wparams || !q->bias_unit)
        return 0;
    for (size_t i = 0; i < n; i++) {
        scale[i] = q->wparams[i].scale;
        unit[i] = ldexp(q->bias_unit[i], m->program->hw->product_drop);
    }
    weight->scale = scale;
    bias->scale = unit;
    return 0;
}

static void shape_weights(struct rom_tensor *t, const struct program_desc *d)
{
    t->dim[0] = d->filters;
    if (d->op == NET_FULLY_CONNECTED) {
        t->rank = 2;
        t->dim[1] = d->taps;
        t->axes = "out in";
        return;
    }
    t->rank = 4;
    t->dim[1] = d->window.kernel_h;
    t->dim[2] = d->window.kernel_w;
    t->dim[3] = d->taps / (d->window.kernel_h * d->window.kernel_w);
    t->axes = "out ky kx in";
}

/* The three fields of a scale word. */
static void add_scale_words(struct maker *m, int desc)
{
    const struct hw *hw = m->program->hw;
    const struct program_desc *d = &m->program->desc[desc];
    const int mult = program_multiplier_bits(hw);
    const bool table = d->filters == 0;
    const int fields = table ? 2 : 3;
    const int width[] = { mult, HW_SHIFT_BITS, hw->weight_bits };

    for (int i = 0, bit = 0; i < fields; bit += width[i++]) {
        struct rom_tensor *t = add(m, desc, (enum rom_role)
                                   (ROM_MULTIPLIERS + i));

        t->memory = ROM_SCALE;
        t->base = d->param_base;
        t->bit = bit;
        t->bits = width[i];
        t->is_signed = i == 2 && width[i] > 1;
        t->dim[0] = table ? hw->cols : d->filters;
        if (table) {
            t->rank = 2;
            t->dim[1] = d->param_words;
            t->axes = "column entry";
        }
    }
}

static int add_layer(struct maker *m, int desc)
{
    const struct hw *hw = m->program->hw;
    const struct program_desc *d = &m->program->desc[desc];

    if (d->filters > 0) {
        struct rom_tensor *w = add(m, desc, ROM_WEIGHTS);
        struct rom_tensor *b = add(m, desc, ROM_BIASES);

        w->memory = ROM_WEIGHT;
        shape_weights(w, d);
        w->bits = hw->weight_bits;
        w->is_signed = hw->weight_bits > 1;
        w->per_word = hw->lanes;
        w->base = d->weight_base;
        w->stride = d->steps;
        b->memory = ROM_BIAS;
        b->dim[0] = d->filters;
        b->bits = hw->acc_bits;
        b->is_signed = true;
        b->base = d->param_base;
        if (add_scales(m, d, w, b))
            return -1;
    }
    if (d->filters > 0 || d->requant)
        add_scale_words(m, desc);
    return 0;
}

int rom_tensors_of(struct rom_tensor_list *list, const struct program *p,
                   const struct qnet *qnet, struct arena *arena)
{
    struct maker m = { list, p, qnet, arena };

    list->count = 0;
    list->tensor = arena_alloc_array(arena, 5 * (size_t) p->desc_count + 1,
                                     sizeof(*list->tensor));
    if (!list->tensor)
        return -1;
    for (int i = 0; i < p->desc_count; i++)
        if (add_layer(&m, i))
            return -1;
    struct rom_tensor *code = &list->tensor[list->count++];

    *code = (struct rom_tensor) {
        .name = "program", .layer = "", .role = ROM_CODE,
        .memory = ROM_PROGRAM, .rank = 1, .dim = { p->code_header.words },
        .axes = "word", .bits = 32, .per_word = 1, .stride = 1, .desc = -1
    };
    for (int i = 0; i < list->count; i++)
        if (!list->tensor[i].name)
            return -1;
    return 0;
}

int64_t rom_tensor_channels(const struct rom_tensor *t)
{
    return t->dim[0];
}

int64_t rom_tensor_taps(const struct rom_tensor *t)
{
    int64_t taps = 1;

    for (int i = 1; i < t->rank; i++)
        taps *= t->dim[i];
    return taps;
}

bool rom_tensor_fits(const struct rom_tensor *t, const struct rom_words *m)
{
    const int64_t n = rom_tensor_channels(t), k = rom_tensor_taps(t);

    if ((int64_t) t->bit + (int64_t) t->per_word * t->bits > m->word_bits)
        return false;
    return n == 0 || k == 0
        || t->base + (n - 1) / m->banks * t->stride + (k - 1) / t->per_word
           < m->words;
}

struct rom_spot rom_tensor_spot(const struct rom_tensor *t, int columns,
                                int64_t n, int64_t k)
{
    return (struct rom_spot) {
        (int) (n % columns),
        (uint32_t) (t->base + n / columns * t->stride + k / t->per_word),
        t->bit + (int) (k % t->per_word) * t->bits
    };
}

int64_t rom_tensor_value(const struct rom_tensor *t, const struct rom_words *m,
                         int64_t n, int64_t k)
{
    const struct rom_spot at = rom_tensor_spot(t, m->banks, n, k);
    const uint64_t code = bits_get(rom_bank(m, at.column)
                                   + at.word * rom_word_bytes(m),
                                   (size_t) at.bit, t->bits);

    return t->is_signed ? fx_wrap((int64_t) code, t->bits) : (int64_t) code;
}

int64_t rom_tensor_wanted(const struct rom_tensor *t, const struct program *p,
                          int64_t n, int64_t k)
{
    const struct program_desc *d = t->desc >= 0 ? &p->desc[t->desc] : NULL;
    const int64_t entry = d && d->filters == 0 ? k : n;

    switch (t->role) {
    case ROM_WEIGHTS: return d->weight[n * d->taps + k];
    case ROM_BIASES: return d->bias[n];
    case ROM_MULTIPLIERS: return (int64_t) (uint32_t) d->requant[entry].mult;
    case ROM_SHIFTS: return d->requant[entry].shift;
    case ROM_ZERO_POINTS: return t->bits > 1 ? d->weight_zp[n] : 0;
    default: return p->code[n];
    }
}
