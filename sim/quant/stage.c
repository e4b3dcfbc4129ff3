#include "sim/quant/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A network of one layer, so that net_float.c does the arithmetic. */
struct stage {
    struct net view;
    struct net_layer layer;
    float *weight, *bias;
    struct net_float *f;
};

static float *copy(const float *from, size_t count)
{
    float *to = malloc((count ? count : 1) * sizeof(*to));

    if (to)
        memcpy(to, from, count * sizeof(*to));
    return to;
}

struct stage *stage_new(const struct net_layer *layer, const float *weight,
                        const float *bias)
{
    const size_t filters = (size_t) layer->filters;
    struct stage *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->layer = *layer;
    s->layer.clamp_lo = -INFINITY;
    s->layer.clamp_hi = INFINITY;
    if (layer->has_weights) {
        s->weight = copy(weight, filters * (size_t) layer->taps);
        s->bias = copy(bias, filters);
        if (!s->weight || !s->bias)
            goto fail;
    }
    s->layer.weight = s->weight;
    s->layer.bias = s->bias;
    s->view.layer = &s->layer;
    s->view.layer_count = 1;
    s->f = net_float_new(&s->view);
    if (s->f)
        return s;

fail:
    stage_free(s);
    return NULL;
}

void stage_free(struct stage *s)
{
    if (!s)
        return;
    net_float_free(s->f);
    free(s->weight);
    free(s->bias);
    free(s);
}

void stage_run(const struct stage *s, const float *in, const float *second,
               float *out, struct net_buffers *b)
{
    net_float_run_layer(s->f, 0, in, second, out, b);
}

void stage_fake_quantize(const struct quant_params *params, float *values,
                         int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = (float) quant_real(params, quant_code(params, values[i]));
}

void stage_finish(const struct net_layer *l, const struct quant_params *params,
                  float *values, int64_t count)
{
    if (isfinite(l->clamp_lo) || isfinite(l->clamp_hi))
        for (int64_t i = 0; i < count; i++)
            values[i] = values[i] < l->clamp_lo ? l->clamp_lo
                      : values[i] > l->clamp_hi ? l->clamp_hi : values[i];
    if (params)
        stage_fake_quantize(params, values, count);
}

/* The layer's reals after its codes. */
static struct stage *dequantized(const struct qlayer *q)
{
    const struct net_layer *l = q->layer;
    const size_t taps = (size_t) l->taps, filters = (size_t) l->filters;
    float *weight = malloc((filters * taps + 1) * sizeof(*weight));
    float *bias = malloc((filters + 1) * sizeof(*bias));
    struct stage *s = NULL;

    if (weight && bias) {
        for (size_t k = 0; k < filters * taps; k++)
            weight[k] = (float) quant_real(&q->wparams[k / taps],
                                           q->weight[k]);
        for (size_t n = 0; n < filters; n++)
            bias[n] = (float) (q->bias[n] * q->bias_unit[n]);
        s = stage_new(l, weight, bias);
    }
    free(weight);
    free(bias);
    return s;
}

int chain_update(struct chain *c, const struct qnet *q, int layer)
{
    const struct net_layer *l = &c->net->layer[layer];

    stage_free(c->stage[layer]);
    c->stage[layer] = q && l->has_weights
        ? dequantized(&q->layer[layer])
        : stage_new(l, l->weight, l->bias);
    return c->stage[layer] ? 0 : -1;
}

int chain_init(struct chain *c, const struct net *net, const struct qnet *q)
{
    memset(c, 0, sizeof(*c));
    c->net = net;
    c->tensor = q ? q->tensor : NULL;
    c->stage = calloc((size_t) net->layer_count, sizeof(struct stage *));
    if (!c->stage)
        return -1;
    for (int i = 0; i < net->layer_count; i++)
        if (chain_update(c, q, i))
            return -1;
    return 0;
}

void chain_release(struct chain *c)
{
    for (int i = 0; c->stage && i < c->net->layer_count; i++)
        stage_free(c->stage[i]);
    free(c->stage);
    memset(c, 0, sizeof(*c));
}

void chain_run(const struct chain *c, struct net_buffers *b, int last)
{
    if (c->tensor)
        stage_fake_quantize(&c->tensor[0], net_buffers_tensor(b, 0),
                            net_elements(c->net->input));
    for (int i = 0; i < last; i++) {
        const struct net_layer *l = &c->net->layer[i];
        const float *second = net_op_has_two_inputs(l->op)
                              ? net_buffers_tensor(b, l->second) : NULL;
        float *out = net_buffers_tensor(b, i + 1);

        if (l->op == NET_HOST)
            net_float_run_host(c->net, i, b);
        else
            stage_run(c->stage[i], net_buffers_tensor(b, l->input), second,
                      out, b);
        stage_finish(l, c->tensor ? &c->tensor[i + 1] : NULL, out,
                     net_elements(l->out));
    }
}
