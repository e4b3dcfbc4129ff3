/*
 * qnet.h - a quantized network: codes, scales and requantization parameters.
 *
 * Made from a float network, a calibration set and the quantization part of a
 * design (quantize.h). It borrows the network and owns the rest.
 */
#ifndef QNET_H
#define QNET_H

#include "sim/fx/fx.h"
#include "sim/net/net.h"
#include "sim/quant/quant.h"

struct qlayer {
    const struct net_layer *layer;
    int weight_bits;
    enum quant_granularity granularity;
    /* The rest is NULL / 0 for layers without weights. */
    int16_t *weight;                   /* [filters][taps] codes */
    const struct quant_params *wparams; /* [filters] */
    int32_t *bias;                     /* [filters], scale in * weight */
    const double *bias_unit;           /* [filters], real value of bias 1 */
    const struct fx_requant *requant;  /* [filters]; add, mul: two_inputs.h */
    int bias_saturated;                /* biases that int32 could not hold */
    /* What refine.h did; 0 where it did nothing. */
    int64_t learned_changed;           /* weights not rounded to the nearest */
    double learned_before;             /* squared output error, share of the */
    double learned_after;              /*   output's own square */
    bool bias_corrected;
};

struct qnet {
    const struct net *net;
    struct quant_params *tensor;       /* [net_tensor_count] */
    int *tensor_bits;                  /* [net_tensor_count] */
    bool act_signed;
    struct qlayer *layer;              /* [net->layer_count] */
    struct arena arena;
};

/* Store a real bias as a code, saturated to int32 and counted. */
void qlayer_set_bias(struct qlayer *layer, int filter, double real);

void qnet_release(struct qnet *qnet);

#endif
