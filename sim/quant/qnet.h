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
    bool per_channel;
    /* The rest is NULL / 0 for layers without weights. */
    const int16_t *weight;             /* [filters][taps] codes */
    const struct quant_params *wparams; /* [filters] */
    const int32_t *bias;               /* [filters], scale in * weight */
    const struct fx_requant *requant;  /* [filters] */
    int bias_saturated;                /* biases that int32 could not hold */
    int scale_saturated;               /* channels whose scale did not fit */
};

struct qnet {
    const struct net *net;
    struct quant_params *tensor;       /* [net_tensor_count] */
    int *tensor_bits;                  /* [net_tensor_count] */
    bool act_signed;
    struct qlayer *layer;              /* [net->layer_count] */
    struct arena arena;
};

void qnet_release(struct qnet *qnet);

#endif
