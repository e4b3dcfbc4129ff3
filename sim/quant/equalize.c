#include "sim/quant/equalize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SWEEPS = 50 };

static const double settled = 1e-4;     /* of the logarithm of a factor */

/* Positively homogeneous: f(s x) = s f(x) for s > 0. */
static bool is_homogeneous(const struct net_layer *l)
{
    return isinf(l->clamp_hi)
           && (isinf(l->clamp_lo) || l->clamp_lo == 0.0f);
}

/* The layer that alone reads tensor t, or -1. */
static int only_reader(const struct net *net, int t)
{
    int reader = -1;

    for (int i = 0; i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];

        bool reads = false;

        for (int k = 0; k < net_input_count(l); k++)
            reads = reads || net_input_of(l, k) == t;
        if (!reads)
            continue;
        if (reader >= 0)
            return -1;
        reader = i;
    }
    return reader;
}

int equalize_partner(const struct net *net, int i)
{
    if (!net->layer[i].has_weights)
        return -1;
    while (is_homogeneous(&net->layer[i])) {
        i = only_reader(net, i + 1);
        if (i < 0 || net->layer[i].has_weights)
            return i;
        /* The other input would have to be scaled alike; what the host makes
         * of a scale is its own affair. */
        if (net_op_has_two_inputs(net->layer[i].op)
            || net->layer[i].op == NET_HOST)
            return -1;
    }
    return -1;
}

static float *own(struct net *net, const float *from, size_t count)
{
    float *to = arena_alloc_array(&net->arena, count, sizeof(*to));

    if (to)
        memcpy(to, from, count * sizeof(*to));
    return to;
}

/* The input channel, of `channels` produced, that weight k of filter n reads.
 * Flatten keeps channels fastest: in a fully connected layer, k % channels. */
static int channel_read(const struct net_layer *l, int channels, int n, int k)
{
    return l->op == NET_DEPTHWISE_CONV2D ? n / l->multiplier : k % channels;
}

static void grow(double *peak, float weight)
{
    *peak = fabs(weight) > *peak ? fabs(weight) : *peak;
}

/* The greatest magnitude of each channel on either side: out, in [filters]. */
static void find_peaks(const struct net_layer *from, const struct net_layer *to,
                       double *out, double *in)
{
    const float *w = from->weight;

    for (int n = 0; n < from->filters; n++) {
        out[n] = in[n] = 0.0;
        for (int k = 0; k < from->taps; k++)
            grow(&out[n], *w++);
    }
    w = to->weight;
    for (int n = 0; n < to->filters; n++)
        for (int k = 0; k < to->taps; k++)
            grow(&in[channel_read(to, from->filters, n, k)], *w++);
}

/* The weights are this file's own copies by now. */
static void apply(struct net_layer *from, struct net_layer *to,
                  const double *factor)
{
    float *w = (float *) from->weight;
    float *bias = (float *) from->bias;

    for (int n = 0; n < from->filters; n++) {
        bias[n] = (float) (bias[n] / factor[n]);
        for (int k = 0; k < from->taps; k++, w++)
            *w = (float) (*w / factor[n]);
    }
    w = (float *) to->weight;
    for (int n = 0; n < to->filters; n++)
        for (int k = 0; k < to->taps; k++, w++)
            *w = (float) (*w * factor[channel_read(to, from->filters, n, k)]);
}

/* Returns the greatest |log s|. A channel that nothing reads or nothing feeds
 * stays as it is. Both buffers: [filters]. */
static double equalize_pair(struct net_layer *from, struct net_layer *to,
                            double *factor, double *in)
{
    double greatest = 0.0;

    find_peaks(from, to, factor, in);
    for (int n = 0; n < from->filters; n++) {
        factor[n] = factor[n] > 0.0 && in[n] > 0.0 ? sqrt(factor[n] / in[n])
                                                   : 1.0;
        greatest = fmax(greatest, fabs(log(factor[n])));
    }
    apply(from, to, factor);
    return greatest;
}

static int own_all(struct net *net)
{
    for (int i = 0; i < net->layer_count; i++) {
        struct net_layer *l = &net->layer[i];
        const size_t filters = (size_t) l->filters;

        if (!l->has_weights)
            continue;
        l->weight = own(net, l->weight, filters * (size_t) l->taps);
        l->bias = own(net, l->bias, filters);
        if (!l->weight || !l->bias)
            return -1;
    }
    return 0;
}

static double sweep(struct net *net, double *factor, double *in)
{
    double greatest = 0.0;

    for (int i = 0; i < net->layer_count; i++) {
        const int j = equalize_partner(net, i);

        if (j >= 0)
            greatest = fmax(greatest, equalize_pair(&net->layer[i],
                                                    &net->layer[j], factor,
                                                    in));
    }
    return greatest;
}

int equalize(struct net *net, struct equalization *result)
{
    double greatest = INFINITY;
    size_t filters = 1;

    memset(result, 0, sizeof(*result));
    for (int i = 0; i < net->layer_count; i++) {
        result->pairs += equalize_partner(net, i) >= 0;
        if ((size_t) net->layer[i].filters > filters)
            filters = (size_t) net->layer[i].filters;
    }
    double *factor = calloc(filters, sizeof(*factor));
    double *in = calloc(filters, sizeof(*in));
    const int failed = !factor || !in || own_all(net) ? -1 : 0;

    while (!failed && result->sweeps < MAX_SWEEPS && greatest > settled) {
        greatest = sweep(net, factor, in);
        result->greatest_factor = fmax(result->greatest_factor, exp(greatest));
        result->sweeps++;
    }
    free(factor);
    free(in);
    return failed;
}
