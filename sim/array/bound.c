#include "sim/array/bound.h"

#include <stdlib.h>

#include "sim/array/array.h"

bool bound_holds(const struct fx_format *format, const struct fx_range *range)
{
    return range->lo > range->hi || (range->lo >= fx_min(format)
                                     && range->hi <= fx_max(format));
}

int bound_narrowest(struct fx_format format, const struct fx_range *range)
{
    if (range->lo > range->hi)
        return 0;
    for (format.bits = 1; format.bits < 64; format.bits++)
        if (bound_holds(&format, range))
            break;
    return format.bits;
}

/*
 * A range of exact products, which holds 0, in the product format. Rounding
 * keeps order, and so does saturating: their ends stay ends. A product that
 * wraps can land anywhere.
 */
static struct fx_range narrow(const struct fx_product_format *f,
                              struct fx_range r, bool *tight)
{
    if (f->exact)
        return r;
    const int64_t min = fx_min(&f->format), max = fx_max(&f->format);

    r.lo = fx_round(r.lo, f->drop, f->rounding, NULL);
    r.hi = fx_round(r.hi, f->drop, f->rounding, NULL);
    if (r.lo >= min && r.hi <= max)
        return r;
    if (f->format.overflow == FX_SATURATE
        || f->format.overflow == FX_SATURATE_SYMMETRIC)
        return (struct fx_range) { r.lo < min ? min : r.lo,
                                   r.hi > max ? max : r.hi };
    *tight = false;
    return (struct fx_range) { min, max };
}

/* w * x for w and x of two ranges, the second holding 0. */
static struct fx_range product(struct fx_range w, struct fx_range x)
{
    const int64_t at[] = { w.lo * x.lo, w.lo * x.hi, w.hi * x.lo, w.hi * x.hi };
    struct fx_range r = { 0, 0 };

    for (int i = 0; i < 4; i++) {
        r.lo = at[i] < r.lo ? at[i] : r.lo;
        r.hi = at[i] > r.hi ? at[i] : r.hi;
    }
    return r;
}

static int64_t magnitude(struct fx_range r)
{
    return -r.lo > r.hi ? -r.lo : r.hi;
}

/* The operands of a tensor, and 0. */
static struct fx_range operands(const struct program *p, int t, int32_t zp)
{
    int32_t lo, hi;

    array_tensor_range(p, t, &lo, &hi);
    return (struct fx_range) { lo < zp ? lo - zp : 0, hi > zp ? hi - zp : 0 };
}

/* The operands that a layer multiplies. Pools add raw codes. */
static struct fx_range inputs(const struct program *p,
                              const struct program_desc *d)
{
    return operands(p, d->input, d->filters > 0 ? d->in_zp : 0);
}

/* The same from the format alone. */
static struct fx_range input_type(const struct program_desc *d)
{
    const int32_t zp = d->filters > 0 ? d->in_zp : 0;

    return (struct fx_range) { d->in_min < zp ? d->in_min - zp : 0,
                               d->in_max > zp ? d->in_max - zp : 0 };
}

static struct fx_range weight_type(const struct program_desc *d, int channel)
{
    const int64_t half = INT64_C(1) << (d->weight_bits - 1);
    const int64_t zp = d->weight_zp[channel];

    if (d->weight_bits == 1)
        return (struct fx_range) { -1, 1 };
    return (struct fx_range) { -half - zp, half - 1 - zp };
}

static int32_t operand(const struct program_desc *d, int channel, int tap)
{
    const struct quant_params q = { .zero_point = d->weight_zp[channel] };

    return quant_operand(&q, d->weight_bits,
                         d->weight[(size_t) channel * (size_t) d->taps
                                   + (size_t) tap]);
}

/* Adds `times` products of [lo, hi] to a range of sums. */
static void grow(struct fx_range *sum, struct fx_range one, int64_t times)
{
    sum->lo += times * one.lo;
    sum->hi += times * one.hi;
}

static void raise(int *most, struct fx_range r)
{
    const int bits = fx_bits_needed(r.lo, r.hi);

    *most = bits > *most ? bits : *most;
}

static void bound_channel(const struct program *p, const struct program_desc *d,
                          int n, struct bound *b, struct fx_range *interval)
{
    const struct fx_product_format format = hw_product_format(p->hw);
    const struct fx_range x = inputs(p, d);
    struct fx_range type = { d->bias[n], d->bias[n] };
    int64_t l1 = llabs(d->bias[n]);
    bool loose = true;

    *interval = type;
    for (int k = 0; k < d->taps; k++) {
        const int64_t w = operand(d, n, k);
        const struct fx_range one = narrow(
            &format, product((struct fx_range) { w, w }, x), &b->tight);

        grow(interval, one, 1);
        l1 += magnitude(narrow(&format, product((struct fx_range) { w, w },
            (struct fx_range) { -magnitude(x), magnitude(x) }), &loose));
    }
    grow(&type, narrow(&format, product(weight_type(d, n), input_type(d)),
                       &loose), d->taps);
    raise(&b->type_bits, type);
    raise(&b->l1_bits, (struct fx_range) { -l1, l1 });
    raise(&b->interval_bits, *interval);
}

/* A pool's sum begins at 0 and takes raw codes. */
static struct fx_range pool(const struct program_desc *d, struct fx_range x)
{
    struct fx_range r = { 0, 0 };

    grow(&r, x, d->taps);
    return r;
}

/* The product of two tensors. */
static struct bound bound_mul(const struct program *p,
                              const struct program_desc *d)
{
    const struct quant_params *q = &p->tensor[d->second];
    const struct fx_range x = operands(p, d->input, d->in_zp);
    const struct fx_range y = operands(p, d->second, d->second_zp);
    const int64_t most = magnitude(x) * magnitude(y);
    struct bound b = { .sums = true, .tight = true, .interval = product(x, y) };

    raise(&b.type_bits, product(
        (struct fx_range) { d->in_min - d->in_zp, d->in_max - d->in_zp },
        (struct fx_range) { q->min - d->second_zp, q->max - d->second_zp }));
    raise(&b.l1_bits, (struct fx_range) { -most, most });
    raise(&b.interval_bits, b.interval);
    return b;
}

struct fx_range bound_channel_interval(const struct program *program,
                                       int layer, int channel)
{
    const struct program_desc *d = &program->desc[layer];
    struct fx_range interval;
    struct bound unused = { 0 };

    if (d->op == NET_MUL)
        return bound_mul(program, d).interval;
    if (d->filters == 0)
        return pool(d, inputs(program, d));
    bound_channel(program, d, channel, &unused, &interval);
    return interval;
}

struct bound bound_layer(const struct program *program, int layer)
{
    const struct program_desc *d = &program->desc[layer];
    struct bound b = { .tight = true, .interval = { INT64_MAX, INT64_MIN } };

    if (d->op == NET_AVERAGE_POOL2D) {
        const int64_t most = magnitude(inputs(program, d)) * d->taps;

        b.sums = true;
        b.interval = pool(d, inputs(program, d));
        raise(&b.type_bits, pool(d, input_type(d)));
        raise(&b.l1_bits, (struct fx_range) { -most, most });
        raise(&b.interval_bits, b.interval);
        return b;
    }
    if (d->op == NET_MUL)
        return bound_mul(program, d);
    b.sums = d->filters > 0;
    for (int n = 0; n < d->filters; n++) {
        struct fx_range r;

        bound_channel(program, d, n, &b, &r);
        b.interval.lo = r.lo < b.interval.lo ? r.lo : b.interval.lo;
        b.interval.hi = r.hi > b.interval.hi ? r.hi : b.interval.hi;
    }
    return b;
}
