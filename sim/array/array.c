/*
 * array.c - the program, layer by layer.
 *
 * Array layers (conv2d, fully_connected) are cut into blocks of positions times
 * KERNEL_LANES channels. Each block of channels takes the cheapest path that is
 * exact for it:
 *
 *   proved      no check: every channel's bound fits the accumulator
 *   checked     the kernel's clip or wrap after every step, counted
 *   general     step by step, with fx_mac or fx_reduce: narrowed products,
 *               n_bits, sign-magnitude wrap, sums too wide for a double
 */
#include "sim/array/array.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array/elementwise.h"
#include "sim/net/host.h"
#include "sim/net/window.h"

enum { BLOCK_POSITIONS = 32 };

enum path { PATH_F32, PATH_F64, PATH_GENERAL };

static const int64_t exact_f32 = INT64_C(1) << 24;
static const int64_t exact_f64 = INT64_C(1) << 53;

union lanes {
    float f32[KERNEL_LANES];
    double f64[KERNEL_LANES];
};

/* KERNEL_LANES output channels. */
struct block {
    enum path path;
    enum kernel_mode mode;
    void *weight;                 /* [taps][KERNEL_LANES] float or double */
    void *bias;                   /* [KERNEL_LANES] */
};

struct layer_model {
    const struct program_desc *desc;
    int taps;                     /* steps * lanes: desc->taps rounded up */
    int32_t *weight;              /* [filters][taps] operands */
    struct array_bound *bound;    /* [filters] */
    int block_count;
    struct block *block;
};

struct array_model {
    const struct program *program;
    const struct kernel_set *kernels;
    struct fx_format acc;
    struct fx_product_format product;
    struct layer_model *layer;
    int max_taps;
    struct arena arena;
};

struct array_state {
    const struct array_model *model;
    int32_t **tensor;
    int64_t **overflows;
    int32_t *patch;               /* [BLOCK_POSITIONS][max_taps] operands */
    float *patch_f32;
    double *patch_f64;
    double acc[BLOCK_POSITIONS * KERNEL_LANES];
    struct fx_range *peak;        /* [out.c] of the layer being measured; or NULL */
    void *scratch;                /* of host layers */
    float **real;                 /* [tensors] that they read as reals; or NULL */
    struct arena arena;
};

/* ------------------------------------------------------------ the model */

void array_tensor_range(const struct program *program, int t, int32_t *lo,
                        int32_t *hi)
{
    const struct quant_params *q = &program->tensor[t];
    const struct program_desc *d = t > 0 ? &program->desc[t - 1] : NULL;

    if (d && d->op == NET_FLATTEN) {
        array_tensor_range(program, d->input, lo, hi);
        return;
    }
    *lo = d ? d->out_min : q->min;
    *hi = d ? d->out_max : q->max;
}

/* The operands that a layer can meet: padding contributes zero. */
static void operand_range(const struct program *program,
                          const struct program_desc *d, int32_t *lo,
                          int32_t *hi)
{
    array_tensor_range(program, d->input, lo, hi);
    *lo = *lo < d->in_zp ? *lo - d->in_zp : 0;
    *hi = *hi > d->in_zp ? *hi - d->in_zp : 0;
}

static void bound_channel(const struct array_model *m,
                          const struct layer_model *l, int n)
{
    const struct program_desc *d = l->desc;
    const int32_t *w = l->weight + (size_t) n * (size_t) l->taps;
    struct array_bound *b = &l->bound[n];
    int32_t lo, hi;

    operand_range(m->program, d, &lo, &hi);
    b->range = (struct fx_range) { d->bias[n], d->bias[n] };
    for (int k = 0; k < d->taps; k++)
        fx_range_add(&b->range, w[k], lo, hi);
    b->bits = fx_bits_needed(b->range.lo, b->range.hi);
    b->proved = m->product.exact && b->range.lo >= fx_min(&m->acc)
                && b->range.hi <= fx_max(&m->acc);
}

static int64_t magnitude(const struct fx_range *r)
{
    return -r->lo > r->hi ? -r->lo : r->hi;
}

/* The greatest |sum of one step's products|. */
static int64_t step_magnitude(const struct array_model *m,
                              const struct layer_model *l)
{
    const struct program_desc *d = l->desc;
    const int32_t lo = d->in_zp - d->in_min, hi = d->in_max - d->in_zp;
    int64_t w = 1;

    for (size_t i = 0; i < (size_t) d->filters * (size_t) l->taps; i++)
        w = llabs(l->weight[i]) > w ? llabs(l->weight[i]) : w;
    return m->program->hw->lanes * w * (lo > hi ? lo : hi);
}

static bool kernel_mode_of(const struct fx_format *f, enum kernel_mode *mode)
{
    switch (f->overflow) {
    case FX_SATURATE:
    case FX_SATURATE_SYMMETRIC: *mode = KERNEL_SATURATE; return true;
    case FX_SATURATE_ZERO: *mode = KERNEL_SATURATE_ZERO; return true;
    case FX_WRAP: *mode = KERNEL_WRAP; return f->wrap_bits == 0;
    default: return false;
    }
}

static void choose_path(const struct array_model *m,
                        const struct layer_model *l, int first,
                        struct block *b)
{
    const int last = first + KERNEL_LANES < l->desc->filters
        ? first + KERNEL_LANES : l->desc->filters;
    const int64_t step = step_magnitude(m, l);
    const int64_t limit = -fx_min(&m->acc);
    int64_t widest = 0;
    bool proved = true;

    b->path = PATH_GENERAL;
    if (!m->product.exact)
        return;
    for (int n = first; n < last; n++) {
        const int64_t sum = magnitude(&l->bound[n].range);

        proved = proved && l->bound[n].proved;
        widest = sum > widest ? sum : widest;
    }
    if (proved) {
        b->mode = KERNEL_PLAIN;
    } else {
        if (!kernel_mode_of(&m->acc, &b->mode))
            return;
        widest = limit + step;
    }
    if (widest <= exact_f32)
        b->path = PATH_F32;
    else if (widest <= exact_f64)
        b->path = PATH_F64;
}

static int pack_block(struct array_model *m, const struct layer_model *l,
                      int first, struct block *b)
{
    const size_t size = b->path == PATH_F32 ? sizeof(float) : sizeof(double);
    const size_t taps = (size_t) l->taps;
    const struct program_desc *d = l->desc;

    if (b->path == PATH_GENERAL)
        return 0;
    b->weight = arena_alloc_array(&m->arena, taps * KERNEL_LANES, size);
    b->bias = arena_alloc_array(&m->arena, KERNEL_LANES, size);
    if (!b->weight || !b->bias)
        return -1;
    for (int i = 0; i < KERNEL_LANES && first + i < d->filters; i++) {
        const int32_t *w = l->weight + (size_t) (first + i) * taps;

        if (b->path == PATH_F32)
            ((float *) b->bias)[i] = (float) d->bias[first + i];
        else
            ((double *) b->bias)[i] = (double) d->bias[first + i];
        for (size_t k = 0; k < taps; k++) {
            const size_t at = k * KERNEL_LANES + (size_t) i;

            if (b->path == PATH_F32)
                ((float *) b->weight)[at] = (float) w[k];
            else
                ((double *) b->weight)[at] = w[k];
        }
    }
    return 0;
}

static int model_layer(struct array_model *m, int i)
{
    const struct program_desc *d = &m->program->desc[i];
    struct layer_model *l = &m->layer[i];
    const size_t filters = (size_t) d->filters;

    l->desc = d;
    l->taps = d->steps * m->program->hw->lanes;
    m->max_taps = l->taps > m->max_taps ? l->taps : m->max_taps;
    if (filters == 0)
        return 0;
    l->weight = arena_alloc_array(&m->arena, filters * (size_t) l->taps,
                                  sizeof(*l->weight));
    l->bound = arena_alloc_array(&m->arena, filters, sizeof(*l->bound));
    l->block_count = (d->filters + KERNEL_LANES - 1) / KERNEL_LANES;
    l->block = arena_alloc_array(&m->arena, (size_t) l->block_count,
                                 sizeof(*l->block));
    if (!l->weight || !l->bound || !l->block)
        return -1;
    for (size_t n = 0; n < filters; n++) {
        const int16_t *code = d->weight + n * (size_t) d->taps;
        const struct quant_params p = { .zero_point = d->weight_zp[n] };

        for (size_t k = 0; k < (size_t) d->taps; k++)
            l->weight[n * (size_t) l->taps + k] =
                quant_operand(&p, d->weight_bits, code[k]);
        bound_channel(m, l, (int) n);
    }
    if (d->unit != PROGRAM_ARRAY)
        return 0;
    for (int b = 0; b < l->block_count; b++) {
        choose_path(m, l, b * KERNEL_LANES, &l->block[b]);
        if (pack_block(m, l, b * KERNEL_LANES, &l->block[b]))
            return -1;
    }
    return 0;
}

struct array_model *array_new(const struct program *program,
                              const struct kernel_set *kernels)
{
    struct array_model *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    arena_init(&m->arena, 0);
    m->program = program;
    m->kernels = kernels ? kernels : kernel_best();
    m->acc = hw_acc_format(program->hw);
    m->product = hw_product_format(program->hw);
    m->max_taps = 1;
    m->layer = arena_alloc_array(&m->arena, (size_t) program->desc_count,
                                 sizeof(*m->layer));
    for (int i = 0; m->layer && i < program->desc_count; i++)
        if (model_layer(m, i))
            m->layer = NULL;
    if (!m->layer) {
        array_free(m);
        return NULL;
    }
    return m;
}

void array_free(struct array_model *model)
{
    if (!model)
        return;
    arena_release(&model->arena);
    free(model);
}

const struct array_bound *array_bounds(const struct array_model *model,
                                       int layer)
{
    return model->layer[layer].bound;
}

/* ------------------------------------------------------------ the state */

/* What host layers need: memory to run in, and in a float network the reals of
 * the tensors that they touch. */
static int host_state(struct array_state *s)
{
    const struct program *p = s->model->program;
    const struct net *net = p->net;
    const size_t scratch = host_scratch(net);

    if (scratch == 0)
        return 0;
    s->scratch = arena_alloc(&s->arena, scratch);
    if (!s->scratch)
        return -1;
    if (net->quantized)
        return 0;
    s->real = arena_alloc_array(&s->arena, (size_t) p->tensor_count,
                                sizeof(*s->real));
    for (int t = 0; s->real && t < p->tensor_count; t++) {
        const int64_t count = net_elements(net_tensor_shape(net, t));

        s->real[t] = arena_alloc_array(&s->arena, (size_t) count,
                                       sizeof(**s->real));
        if (!s->real[t])
            return -1;
    }
    return s->real ? 0 : -1;
}

struct array_state *array_state_new(const struct array_model *model)
{
    const struct program *p = model->program;
    const size_t patch = (size_t) model->max_taps * BLOCK_POSITIONS;
    struct array_state *s = calloc(1, sizeof(*s));
    bool failed;

    if (!s)
        return NULL;
    arena_init(&s->arena, 0);
    s->model = model;
    s->tensor = arena_alloc_array(&s->arena, (size_t) p->tensor_count,
                                  sizeof(*s->tensor));
    s->overflows = arena_alloc_array(&s->arena, (size_t) p->desc_count,
                                     sizeof(*s->overflows));
    s->patch = arena_alloc_array(&s->arena, patch, sizeof(*s->patch));
    s->patch_f32 = arena_alloc_array(&s->arena, patch, sizeof(float));
    s->patch_f64 = arena_alloc_array(&s->arena, patch, sizeof(double));
    failed = !s->tensor || !s->overflows || !s->patch || !s->patch_f32
             || !s->patch_f64;
    for (int t = 0; !failed && t < p->tensor_count; t++) {
        const struct net_shape shape = t == 0 ? p->net->input
                                              : p->desc[t - 1].out;

        s->tensor[t] = arena_alloc_array(&s->arena,
                                         (size_t) net_elements(shape),
                                         sizeof(**s->tensor));
        failed = !s->tensor[t];
        if (failed || t == 0)
            continue;
        s->overflows[t - 1] = arena_alloc_array(&s->arena, (size_t) shape.c,
                                                sizeof(**s->overflows));
        failed = !s->overflows[t - 1];
    }
    if (failed || host_state(s)) {
        array_state_free(s);
        return NULL;
    }
    return s;
}

void array_state_free(struct array_state *state)
{
    if (!state)
        return;
    arena_release(&state->arena);
    free(state);
}

int32_t *array_tensor(struct array_state *state, int t)
{
    return state->tensor[t];
}

int array_class(const struct program *program, const int32_t *codes)
{
    const struct quant_params *q = &program->tensor[program->tensor_count - 1];
    const int64_t count =
        net_elements(program->desc[program->desc_count - 1].out);
    int64_t best = 0;

    for (int64_t i = 1; i < count; i++)
        if (quant_real(q, codes[i]) > quant_real(q, codes[best]))
            best = i;
    return (int) best;
}

int64_t *array_overflows(struct array_state *state, int layer)
{
    return state->overflows[layer];
}

/* ---------------------------------------------------------- array layers */

/* The operands of one output position in tap order; zero in the padding. */
static void gather(const struct layer_model *l, const int32_t *in, int position,
                   int32_t *patch)
{
    const struct program_desc *d = l->desc;
    const int oy = position / d->out.w, ox = position % d->out.w;
    int32_t *p = patch;

    if (d->op == NET_FULLY_CONNECTED) {
        for (int k = 0; k < d->taps; k++)
            *p++ = in[k] - d->in_zp;
    } else {
        for (int ky = 0; ky < d->window.kernel_h; ky++) {
            for (int kx = 0; kx < d->window.kernel_w; kx++) {
                const int64_t at = window_index(&d->window, d->in, oy, ox, ky,
                                                kx);

                for (int c = 0; c < d->in.c; c++)
                    *p++ = at < 0 ? 0 : in[at + c] - d->in_zp;
            }
        }
    }
    while (p < patch + l->taps)
        *p++ = 0;
}

static void store(const struct program_desc *d, int position, int channel,
                  int64_t acc, int32_t *out)
{
    out[(size_t) position * (size_t) d->out.c + (size_t) channel] =
        fx_requantize(acc, &d->requant[channel]);
}

/* fx_mac with exact products, whose sums a 64-bit integer always holds. */
static int64_t accumulate_exact(const struct array_model *m, int64_t acc,
                                const int32_t *act, const int32_t *weight,
                                int taps, int64_t *overflows)
{
    const int64_t lo = fx_min(&m->acc), hi = fx_max(&m->acc);
    const int lanes = m->program->hw->lanes;

    for (int k = 0; k < taps; k += lanes) {
        for (int i = k; i < k + lanes; i++)
            acc += (int64_t) act[i] * weight[i];
        if (acc < lo || acc > hi) {
            acc = fx_reduce(acc, &m->acc, NULL);
            ++*overflows;
        }
    }
    return acc;
}

/* One sum, step by step, as the hardware does it. */
static int64_t accumulate(const struct array_model *m, int64_t acc,
                          const int32_t *act, const int32_t *weight, int taps,
                          int64_t *overflows)
{
    const int lanes = m->program->hw->lanes;

    if (m->product.exact)
        return accumulate_exact(m, acc, act, weight, taps, overflows);
    for (int k = 0; k < taps; k += lanes) {
        bool overflowed = false;

        acc = fx_mac(acc, act + k, weight + k, lanes, &m->product, &m->acc,
                     &overflowed);
        *overflows += overflowed;
    }
    return acc;
}

static void widen(struct fx_range *range, int64_t sum)
{
    range->lo = sum < range->lo ? sum : range->lo;
    range->hi = sum > range->hi ? sum : range->hi;
}

/* Every exact partial sum, the bias first: what no accumulator has altered. */
static void measure(const struct array_model *m, int64_t sum,
                    const int32_t *act, const int32_t *weight, int taps,
                    struct fx_range *range)
{
    const int lanes = m->program->hw->lanes;

    widen(range, sum);
    for (int k = 0; k < taps; k += lanes) {
        for (int i = k; i < k + lanes; i++)
            sum += m->product.exact
                ? (int64_t) act[i] * weight[i]
                : fx_product(act[i], weight[i], &m->product, NULL);
        widen(range, sum);
    }
}

static void measure_block(const struct array_model *m,
                          const struct array_state *s,
                          const struct layer_model *l, int count, int channel)
{
    const size_t taps = (size_t) l->taps;

    for (int n = channel; n < channel + KERNEL_LANES && n < l->desc->filters;
         n++)
        for (int p = 0; p < count; p++)
            measure(m, l->desc->bias[n], s->patch + (size_t) p * taps,
                    l->weight + (size_t) n * taps, l->taps, &s->peak[n]);
}

static void run_general(const struct array_model *m, struct array_state *s,
                        const struct layer_model *l, int first, int count,
                        int channel, int32_t *out)
{
    const struct program_desc *d = l->desc;
    const size_t taps = (size_t) l->taps;

    for (int n = channel; n < channel + KERNEL_LANES && n < d->filters; n++)
        for (int p = 0; p < count; p++)
            store(d, first + p, n,
                  accumulate(m, d->bias[n], s->patch + (size_t) p * taps,
                             l->weight + (size_t) n * taps, l->taps,
                             &s->overflows[d->layer][n]), out);
}

static void run_kernel(const struct array_model *m, struct array_state *s,
                       const struct layer_model *l, const struct block *b,
                       int first, int count, int channel, int32_t *out)
{
    const struct program_desc *d = l->desc;
    const bool f32 = b->path == PATH_F32;
    const bool peak = s->peak && b->mode == KERNEL_PLAIN;
    int64_t overflows[KERNEL_LANES] = { 0 };
    union lanes least, greatest;
    const struct kernel_job job = {
        .mode = peak ? KERNEL_PEAK : b->mode, .positions = count, .taps = l->taps,
        .step = m->program->hw->lanes, .lo = fx_min(&m->acc),
        .hi = fx_max(&m->acc), .weight = b->weight, .bias = b->bias,
        .act = f32 ? (const void *) s->patch_f32 : s->patch_f64,
        .acc = s->acc, .overflows = overflows, .least = &least,
        .greatest = &greatest
    };

    if (peak) {
        memcpy(&least, b->bias, f32 ? sizeof(least.f32) : sizeof(least.f64));
        greatest = least;
    }
    (f32 ? m->kernels->f32 : m->kernels->f64)(&job);
    for (int i = 0; i < KERNEL_LANES && channel + i < d->filters; i++) {
        s->overflows[d->layer][channel + i] += overflows[i];
        if (peak) {
            struct fx_range *range = &s->peak[channel + i];

            widen(range, f32 ? (int64_t) least.f32[i]
                             : (int64_t) least.f64[i]);
            widen(range, f32 ? (int64_t) greatest.f32[i]
                             : (int64_t) greatest.f64[i]);
        }
        for (int p = 0; p < count; p++) {
            const int at = p * KERNEL_LANES + i;

            store(d, first + p, channel + i,
                  f32 ? (int64_t) ((float *) s->acc)[at]
                      : (int64_t) s->acc[at], out);
        }
    }
}

static bool uses(const struct layer_model *l, enum path path)
{
    for (int b = 0; b < l->block_count; b++)
        if (l->block[b].path == path)
            return true;
    return false;
}

static void run_array(const struct array_model *m, struct array_state *s,
                      const struct layer_model *l)
{
    const struct program_desc *d = l->desc;
    const bool f32 = uses(l, PATH_F32), f64 = uses(l, PATH_F64);
    const int32_t *in = s->tensor[d->input];
    int32_t *out = s->tensor[d->layer + 1];

    for (int first = 0; first < d->positions; first += BLOCK_POSITIONS) {
        const int left = d->positions - first;
        const int count = left < BLOCK_POSITIONS ? left : BLOCK_POSITIONS;
        const size_t operands = (size_t) count * (size_t) l->taps;

        for (int p = 0; p < count; p++)
            gather(l, in, first + p, s->patch + (size_t) p * (size_t) l->taps);
        for (size_t i = 0; f32 && i < operands; i++)
            s->patch_f32[i] = (float) s->patch[i];
        for (size_t i = 0; f64 && i < operands; i++)
            s->patch_f64[i] = s->patch[i];
        for (int b = 0; b < l->block_count; b++) {
            const struct block *block = &l->block[b];

            if (s->peak && (block->path == PATH_GENERAL
                            || block->mode != KERNEL_PLAIN))
                measure_block(m, s, l, count, b * KERNEL_LANES);
            if (block->path == PATH_GENERAL)
                run_general(m, s, l, first, count, b * KERNEL_LANES, out);
            else
                run_kernel(m, s, l, block, first, count, b * KERNEL_LANES, out);
        }
    }
}

/* --------------------------------------------------------- vector layers */

static void gather_depthwise(const struct layer_model *l, const int32_t *in,
                             int position, int channel, int32_t *patch)
{
    const struct program_desc *d = l->desc;
    const int oy = position / d->out.w, ox = position % d->out.w;
    const int c = channel / d->multiplier;
    int32_t *p = patch;

    for (int ky = 0; ky < d->window.kernel_h; ky++)
        for (int kx = 0; kx < d->window.kernel_w; kx++) {
            const int64_t at = window_index(&d->window, d->in, oy, ox, ky, kx);

            *p++ = at < 0 ? 0 : in[at + c] - d->in_zp;
        }
    while (p < patch + l->taps)
        *p++ = 0;
}

static int64_t dot(int64_t acc, const int32_t *a, const int32_t *w, int taps)
{
    for (int k = 0; k < taps; k++)
        acc += (int64_t) a[k] * w[k];
    return acc;
}

static void run_depthwise(const struct array_model *m, struct array_state *s,
                          const struct layer_model *l)
{
    const struct program_desc *d = l->desc;
    const int32_t *in = s->tensor[d->input];
    int32_t *out = s->tensor[d->layer + 1];

    for (int p = 0; p < d->positions; p++) {
        for (int n = 0; n < d->filters; n++) {
            const int32_t *w = l->weight + (size_t) n * (size_t) l->taps;

            gather_depthwise(l, in, p, n, s->patch);
            if (s->peak)
                measure(m, d->bias[n], s->patch, w, l->taps, &s->peak[n]);
            store(d, p, n, l->bound[n].proved
                  ? dot(d->bias[n], s->patch, w, l->taps)
                  : accumulate(m, d->bias[n], s->patch, w, l->taps,
                               &s->overflows[d->layer][n]), out);
        }
    }
}

/*
 * Pools work on raw codes; only taps inside the image count. An average adds
 * the codes in an accumulator, in tap order, checked as any sum, and divides by
 * the multiplier of its number of taps (d->requant).
 */
static int32_t pool_at(const struct array_model *m, const struct program_desc *d,
                       const int32_t *in, int position, int c,
                       int64_t *overflows, struct fx_range *range)
{
    const int oy = position / d->out.w, ox = position % d->out.w;
    int32_t peak = INT32_MIN;
    int64_t acc = 0, exact = 0;
    int count = 0;

    for (int ky = 0; ky < d->window.kernel_h; ky++)
        for (int kx = 0; kx < d->window.kernel_w; kx++) {
            const int64_t at = window_index(&d->window, d->in, oy, ox, ky, kx);
            bool overflowed = false;

            if (at < 0)
                continue;
            peak = in[at + c] > peak ? in[at + c] : peak;
            count++;
            if (d->op == NET_MAX_POOL2D)
                continue;
            acc = fx_reduce(acc + in[at + c], &m->acc, &overflowed);
            *overflows += overflowed;
            exact += in[at + c];
            if (range)
                widen(range, exact);
        }
    if (d->op == NET_AVERAGE_POOL2D)
        return fx_requantize(acc, &d->requant[count]);
    return peak < d->out_min ? d->out_min : peak > d->out_max ? d->out_max
                                                               : peak;
}

static void run_pool(const struct array_model *m, struct array_state *s,
                     const struct layer_model *l)
{
    const struct program_desc *d = l->desc;
    const int32_t *in = s->tensor[d->input];
    int32_t *out = s->tensor[d->layer + 1];

    for (int p = 0; p < d->positions; p++)
        for (int c = 0; c < d->out.c; c++)
            *out++ = pool_at(m, d, in, p, c, &s->overflows[d->layer][c],
                             s->peak ? &s->peak[c] : NULL);
}

static void run_two(const struct array_model *m, struct array_state *s,
                    const struct layer_model *l)
{
    const struct program_desc *d = l->desc;
    const int32_t *a = s->tensor[d->input], *b = s->tensor[d->second];
    int32_t *out = s->tensor[d->layer + 1];
    const int64_t count = net_elements(d->out);

    for (int64_t i = 0; i < count; i++) {
        bool overflowed = false;

        out[i] = elementwise_code(m->program->hw, d, a[i], b[i], &overflowed);
        if (s->peak && d->op == NET_MUL)
            widen(&s->peak[i % d->out.c], (int64_t) (a[i] - d->in_zp)
                                          * (b[i] - d->second_zp));
        s->overflows[d->layer][i % d->out.c] += overflowed;
    }
}

/* ------------------------------------------------------------ host layers */

/* Tensors of a float network become real for the host, and codes again. */
static void run_host_reals(const struct program *p, struct array_state *s,
                           int layer)
{
    const struct net_layer *l = &p->net->layer[layer];
    const int64_t count = net_elements(l->out);
    float *out = s->real[layer + 1];

    for (int k = 0; k < net_input_count(l); k++) {
        const int t = net_input_of(l, k);
        const int64_t elements = net_elements(net_tensor_shape(p->net, t));

        for (int64_t i = 0; i < elements; i++)
            s->real[t][i] = (float) quant_real(&p->tensor[t], s->tensor[t][i]);
    }
    host_run_reals(l->host, s->real, out, s->scratch);
    for (int64_t i = 0; i < count; i++)
        s->tensor[layer + 1][i] = quant_code(&p->tensor[layer + 1],
                                             (double) out[i]);
}

static void run_host(const struct program *p, struct array_state *s, int layer)
{
    if (p->net->quantized)
        host_run_codes(p->net->layer[layer].host, s->tensor,
                       s->tensor[layer + 1], s->scratch);
    else
        run_host_reals(p, s, layer);
}

/* ------------------------------------------------------------------ runs */

void array_run_layer(const struct array_model *model, struct array_state *state,
                     int layer)
{
    const struct layer_model *l = &model->layer[layer];
    const struct program_desc *d = l->desc;

    if (d->op == NET_FLATTEN)
        memcpy(state->tensor[layer + 1], state->tensor[d->input],
               (size_t) net_elements(d->in) * sizeof(int32_t));
    else if (d->unit == PROGRAM_HOST)
        run_host(model->program, state, layer);
    else if (d->unit == PROGRAM_ARRAY)
        run_array(model, state, l);
    else if (d->op == NET_DEPTHWISE_CONV2D)
        run_depthwise(model, state, l);
    else if (d->second >= 0)
        run_two(model, state, l);
    else
        run_pool(model, state, l);
}

void array_run_measured(const struct array_model *model,
                        struct array_state *state, int layer,
                        struct fx_range *peak)
{
    state->peak = peak;
    array_run_layer(model, state, layer);
    state->peak = NULL;
}

void array_run(const struct array_model *model, struct array_state *state)
{
    for (int i = 0; i < model->program->desc_count; i++)
        array_run_layer(model, state, i);
}

void array_operands(const struct array_model *model, struct array_state *state,
                    int layer, int position, int32_t *operands)
{
    const struct layer_model *l = &model->layer[layer];

    gather(l, state->tensor[l->desc->input], position, operands);
}

void array_channel_operands(const struct array_model *model,
                            struct array_state *state, int layer, int position,
                            int channel, int32_t *operands)
{
    const struct layer_model *l = &model->layer[layer];
    const int32_t *in = state->tensor[l->desc->input];

    if (l->desc->op == NET_DEPTHWISE_CONV2D)
        gather_depthwise(l, in, position, channel, operands);
    else
        gather(l, in, position, operands);
}

const int32_t *array_weights(const struct array_model *model, int layer,
                             int channel)
{
    const struct layer_model *l = &model->layer[layer];

    return l->weight + (size_t) channel * (size_t) l->taps;
}

int32_t array_trace(const struct array_model *model, struct array_state *state,
                    int layer, int position, int channel, int64_t *acc,
                    bool *overflowed)
{
    const struct layer_model *l = &model->layer[layer];
    const struct program_desc *d = l->desc;
    const int lanes = model->program->hw->lanes;
    const int32_t *w = l->weight + (size_t) channel * (size_t) l->taps;
    int64_t sum = d->bias[channel];

    array_channel_operands(model, state, layer, position, channel,
                           state->patch);
    for (int step = 0; step < d->steps; step++) {
        overflowed[step] = false;
        sum = fx_mac(sum, state->patch + step * lanes, w + step * lanes, lanes,
                     &model->product, &model->acc, &overflowed[step]);
        acc[step] = sum;
    }
    return fx_requantize(sum, &d->requant[channel]);
}
