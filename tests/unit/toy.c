#include "toy.h"

#include <string.h>

#include "tests/oracle/stimulus.h"

static int pick(struct rng *rng, int lo, int hi)
{
    return (int) rng_range(rng, lo, hi);
}

void toy_init(struct toy *t, int lanes, int acc_bits,
              enum fx_overflow overflow)
{
    memset(t, 0, sizeof(*t));
    t->hw = (struct hw) {
        .name = "toy", .rows = 4, .cols = 4, .lanes = lanes, .act_bits = 16,
        .act_signed = true, .weight_bits = 16, .weight_zero_point = true,
        .acc_bits = acc_bits, .acc_overflow = (int) overflow, .acc_depth = 16,
        .multiplier_bits = 32, .weight_depth = 1 << 16, .param_depth = 256,
        .act_depth = 4096
    };
    t->net.layer_count = 1;
    t->net.layer = &t->layer;
    t->program = (struct program) {
        .hw = &t->hw, .net = &t->net, .network = "toy", .tensor = t->tensor,
        .tensor_count = 2, .desc_count = 1, .desc = &t->desc
    };
    t->desc = (struct program_desc) {
        .name = "toy", .second = -1, .weight = t->weight,
        .weight_zp = t->weight_zp, .bias = t->bias, .requant = t->requant
    };
}

/* What program_build makes of shapes and formats. */
static void finish(struct toy *t)
{
    struct program_desc *d = &t->desc;
    const struct quant_params *in = &t->tensor[0], *out = &t->tensor[1];

    d->positions = d->out.h * d->out.w;
    d->steps = (d->taps + t->hw.lanes - 1) / t->hw.lanes;
    d->channel_tiles = (d->out.c + t->hw.cols - 1) / t->hw.cols;
    d->unit = d->op == NET_CONV2D || d->op == NET_FULLY_CONNECTED
        ? PROGRAM_ARRAY : PROGRAM_VECTOR;
    d->in_zp = in->zero_point;
    d->in_min = in->min;
    d->in_max = in->max;
    d->out_zp = out->zero_point;
    d->out_min = out->min;
    d->out_max = out->max;
    t->net.input = d->in;
    t->layer = (struct net_layer) {
        .name = d->name, .op = d->op, .second = -1, .in = d->in,
        .out = d->out, .window = d->window, .multiplier = d->multiplier,
        .filters = d->filters, .taps = d->taps, .has_weights = d->filters > 0
    };
}

static struct quant_params random_format(struct rng *rng)
{
    const int bits = pick(rng, 2, 9);
    struct quant_params q = { .scale = 1.0 };

    q.min = pick(rng, 0, 1) ? 0 : -(1 << (bits - 1));
    q.max = q.min + (1 << bits) - 1;
    q.zero_point = pick(rng, q.min, q.max);
    return q;
}

static int out_size(int in, int kernel, int stride, int dilation, int pads)
{
    return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

static void random_window(struct toy *t, struct rng *rng)
{
    struct program_desc *d = &t->desc;
    struct net_window *w = &d->window;

    *w = (struct net_window) {
        pick(rng, 1, 3), pick(rng, 1, 3), pick(rng, 1, 3), pick(rng, 1, 3),
        pick(rng, 1, 2), pick(rng, 1, 2), pick(rng, 0, 2), pick(rng, 0, 2),
        pick(rng, 0, 2), pick(rng, 0, 2)
    };
    if (d->filters == 0) {         /* pools: a window always sees the image */
        w->dilation_h = w->dilation_w = 1;
        w->pad_top = w->pad_bottom = (w->kernel_h - 1) / 2;
        w->pad_left = w->pad_right = (w->kernel_w - 1) / 2;
    }
    d->in.h = pick(rng, 5, 8);
    d->in.w = pick(rng, 5, 8);
    d->out.h = out_size(d->in.h, w->kernel_h, w->stride_h, w->dilation_h,
                        w->pad_top + w->pad_bottom);
    d->out.w = out_size(d->in.w, w->kernel_w, w->stride_w, w->dilation_w,
                        w->pad_left + w->pad_right);
}

static void random_weights(struct toy *t, struct rng *rng)
{
    struct program_desc *d = &t->desc;

    d->weight_bits = pick(rng, 1, 9);
    const int half = 1 << (d->weight_bits - 1);

    for (int n = 0; n < d->filters; n++) {
        t->weight_zp[n] = d->weight_bits > 1 && pick(rng, 0, 1)
            ? pick(rng, -half, half - 1) : 0;
        for (int k = 0; k < d->taps; k++)
            t->weight[n * d->taps + k] = (int16_t)
                (d->weight_bits == 1 ? pick(rng, 0, 1)
                 : pick(rng, 0, 3) ? pick(rng, -half, half - 1)
                 : pick(rng, 0, 1) ? -half : half - 1);
        t->bias[n] = pick(rng, 0, 1)
            ? pick(rng, -100, 100)
            : stimulus_code(rng, t->hw.acc_bits);
        if (t->hw.acc_overflow == FX_SATURATE_SYMMETRIC
            && t->bias[n] == -(INT64_C(1) << (t->hw.acc_bits - 1)))
            t->bias[n]++;
    }
}

void toy_random(struct toy *t, struct rng *rng, enum net_op op)
{
    struct program_desc *d = &t->desc;
    const bool pool = op == NET_MAX_POOL2D || op == NET_AVERAGE_POOL2D;

    d->op = op;
    t->tensor[0] = random_format(rng);
    t->tensor[1] = pool ? t->tensor[0] : random_format(rng);
    d->in.c = pick(rng, 1, 5);
    d->multiplier = op == NET_DEPTHWISE_CONV2D ? pick(rng, 1, 3) : 1;
    d->filters = pool ? 0 : op == NET_DEPTHWISE_CONV2D
        ? d->in.c * d->multiplier : pick(rng, 1, 19);
    if (op == NET_FULLY_CONNECTED) {
        d->in.h = pick(rng, 1, 3);
        d->in.w = pick(rng, 1, 3);
        d->out.h = d->out.w = 1;
        d->window = (struct net_window) { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 };
        d->taps = d->in.h * d->in.w * d->in.c;
    } else {
        random_window(t, rng);
        d->taps = d->window.kernel_h * d->window.kernel_w
                  * (op == NET_CONV2D ? d->in.c : 1);
    }
    d->out.c = pool ? d->in.c : d->filters;
    finish(t);
    random_weights(t, rng);
    for (int n = 0; n < d->filters || n <= d->taps; n++) {
        t->requant[n] = (struct fx_requant) {
            .zero_point = d->out_zp, .min = d->out_min, .max = d->out_max,
            .mult = pick(rng, 1 << 30, INT32_MAX), .shift = pick(rng, 30, 36)
        };
        if (pool && n > 0) {
            t->requant[n].zero_point = 0;
            fx_average_multiplier(n, 32, &t->requant[n].mult,
                                  &t->requant[n].shift);
        }
    }
}

void toy_dot(struct toy *t, int taps, int weight_bits, struct quant_params in,
             int64_t bias)
{
    struct program_desc *d = &t->desc;

    d->op = NET_FULLY_CONNECTED;
    d->in = (struct net_shape) { 1, 1, taps };
    d->out = (struct net_shape) { 1, 1, 1 };
    d->window = (struct net_window) { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 };
    d->multiplier = d->filters = 1;
    d->taps = taps;
    d->weight_bits = weight_bits;
    t->tensor[0] = in;
    t->tensor[1] = (struct quant_params) { .scale = 1.0, .min = -128,
                                              .max = 127 };
    t->bias[0] = bias;
    t->requant[0] = (struct fx_requant) { .mult = 1 << 30, .shift = 30,
                                          .min = -128, .max = 127 };
    finish(t);
}

void toy_input(const struct toy *t, struct rng *rng, int32_t *codes)
{
    const struct quant_params *q = &t->tensor[0];
    const int64_t count = net_elements(t->desc.in);

    for (int64_t i = 0; i < count; i++)
        switch (pick(rng, 0, 4)) {
        case 0: codes[i] = q->min; break;
        case 1: codes[i] = q->max; break;
        case 2: codes[i] = q->zero_point; break;
        default: codes[i] = pick(rng, q->min, q->max); break;
        }
}

/* ---------------------------------------------------------------- oracle */

static int64_t overflow(const struct fx_format *f, int64_t v, int64_t *events)
{
    const int64_t span = INT64_C(1) << f->bits, max = span / 2 - 1;
    const int64_t min = f->overflow == FX_SATURATE_SYMMETRIC ? -max : -max - 1;
    int64_t low = v % span;

    if (min <= v && v <= max)
        return v;
    ++*events;
    low = low < 0 ? low + span : low;
    low = low > max ? low - span : low;
    switch (f->overflow) {
    case FX_SATURATE:
    case FX_SATURATE_SYMMETRIC: return v < min ? min : max;
    case FX_SATURATE_ZERO: return 0;
    case FX_WRAP: return low;
    default: return (v >> f->bits & 1) != (v >> (f->bits - 1) & 1) ? ~low
                                                                   : low;
    }
}

struct sum {
    int64_t acc, exact;
    int64_t pending;              /* products of the step in hand */
    int in_step;
};

static void end_step(const struct toy *t, struct sum *s, int64_t *events,
                     struct fx_range *peak)
{
    const struct fx_format f = hw_acc_format(&t->hw);

    s->acc = overflow(&f, s->acc + s->pending, events);
    s->exact += s->pending;
    s->pending = 0;
    s->in_step = 0;
    peak->lo = s->exact < peak->lo ? s->exact : peak->lo;
    peak->hi = s->exact > peak->hi ? s->exact : peak->hi;
}

static void tap(const struct toy *t, struct sum *s, int64_t a, int64_t w,
                int lanes, int64_t *events, struct fx_range *peak)
{
    const struct fx_product_format p = hw_product_format(&t->hw);

    s->pending += p.exact ? a * w : fx_product((int32_t) a, (int32_t) w, &p,
                                               NULL);
    if (++s->in_step == lanes)
        end_step(t, s, events, peak);
}

static int64_t weight_at(const struct toy *t, int n, int k)
{
    const int code = t->weight[n * t->desc.taps + k];

    return t->desc.weight_bits == 1 ? (code ? 1 : -1) : code - t->weight_zp[n];
}

static int32_t expect_one(const struct toy *t, const int32_t *in, int oy,
                          int ox, int n, int64_t *events,
                          struct fx_range *peak)
{
    const struct program_desc *d = &t->desc;
    const struct net_window *w = &d->window;
    const bool pool = d->filters == 0, fc = d->op == NET_FULLY_CONNECTED;
    const int first = d->op == NET_CONV2D ? 0 : pool ? n : n / d->multiplier;
    const int last = d->op == NET_CONV2D ? d->in.c - 1 : first;
    struct sum s = { 0 };
    int k = 0, inside = 0;
    int32_t most = INT32_MIN;

    if (!pool) {
        s.acc = s.exact = d->bias[n];
        s.in_step = 0;
        peak->lo = s.acc < peak->lo ? s.acc : peak->lo;
        peak->hi = s.acc > peak->hi ? s.acc : peak->hi;
    }
    for (; fc && k < d->taps; k++)
        tap(t, &s, in[k] - d->in_zp, weight_at(t, n, k), t->hw.lanes, events,
            peak);
    for (int ky = 0; !fc && ky < w->kernel_h; ky++)
        for (int kx = 0; kx < w->kernel_w; kx++)
            for (int c = first; c <= last; c++, k++) {
                const int y = oy * w->stride_h + ky * w->dilation_h
                              - w->pad_top;
                const int x = ox * w->stride_w + kx * w->dilation_w
                              - w->pad_left;
                const bool out = y < 0 || y >= d->in.h || x < 0
                                 || x >= d->in.w;
                const int32_t code = out ? d->in_zp
                                         : in[(y * d->in.w + x) * d->in.c + c];

                if (!pool) {
                    tap(t, &s, code - d->in_zp, weight_at(t, n, k),
                        t->hw.lanes, events, peak);
                } else if (!out) {
                    inside++;
                    most = code > most ? code : most;
                    if (d->op == NET_AVERAGE_POOL2D) {
                        s.pending = code;
                        end_step(t, &s, events, peak);
                    }
                }
            }
    if (s.in_step > 0)
        end_step(t, &s, events, peak);
    if (d->op == NET_MAX_POOL2D)
        return most < d->out_min ? d->out_min
             : most > d->out_max ? d->out_max : most;
    return fx_requantize(s.acc, &d->requant[pool ? inside : n]);
}

void toy_expect(const struct toy *t, const int32_t *in, struct toy_result *r)
{
    const struct program_desc *d = &t->desc;
    int at = 0;

    for (int n = 0; n < d->out.c; n++) {
        r->overflows[n] = 0;
        r->peak[n] = (struct fx_range) { INT64_MAX, INT64_MIN };
    }
    for (int oy = 0; oy < d->out.h; oy++)
        for (int ox = 0; ox < d->out.w; ox++)
            for (int n = 0; n < d->out.c; n++)
                r->out[at++] = expect_one(t, in, oy, ox, n, &r->overflows[n],
                                          &r->peak[n]);
}
