/*
 * stage.h - the float network, one layer at a time, as quantization sees it.
 *
 * A chain holds a layer's weights as they are after dequantizing their codes,
 * and rounds tensors to the values that codes stand for: the quantized network
 * in float ("fake quantization"). With nothing quantized it is the float
 * network. It has the sum of a layer before its activation, which net_float.h
 * does not. It differs from the integer network only in the rounding of
 * requantization and of the average pool, and knows no overflow.
 */
#ifndef STAGE_H
#define STAGE_H

#include "sim/net/net_float.h"
#include "sim/quant/qnet.h"

/* One layer with weights and biases of its own. */
struct stage;

/* Copies the weights [filters][taps] and biases; both NULL for layers without.
 * Borrows the layer. NULL without memory. */
struct stage *stage_new(const struct net_layer *layer, const float *weight,
                        const float *bias);
void stage_free(struct stage *stage);

/* The layer without its activation; `second` as for net_float_run_layer. `b`
 * lends scratch memory. */
void stage_run(const struct stage *stage, const float *in, const float *second,
               float *out, struct net_buffers *b);

/* The activation, then (params not NULL) the value of the nearest code. */
void stage_finish(const struct net_layer *layer,
                  const struct quant_params *params, float *values,
                  int64_t count);

/* The nearest codes' values. */
void stage_fake_quantize(const struct quant_params *params, float *values,
                         int64_t count);

/* All layers. Shared by threads while it is not changed. */
struct chain {
    const struct net *net;
    struct stage **stage;              /* [layer_count] */
    const struct quant_params *tensor; /* [tensors], borrowed; NULL: float */
};

/* The float network, qnet NULL; or a quantized one. 0, or -1 without memory;
 * call chain_release in any case. */
int chain_init(struct chain *c, const struct net *net, const struct qnet *q);
void chain_release(struct chain *c);

/* Take the layer's codes again, after a change. 0, or -1 without memory. */
int chain_update(struct chain *c, const struct qnet *q, int layer);

/* Run layers 0 to last - 1 on the input in the buffers, which is quantized
 * first. */
void chain_run(const struct chain *c, struct net_buffers *b, int last);

#endif
