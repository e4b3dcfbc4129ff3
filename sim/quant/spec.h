/*
 * spec.h - the quantization settings of one layer.
 */
#ifndef SPEC_H
#define SPEC_H

#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/quant/calibrate.h"
#include "sim/quant/quant.h"

struct spec {
    struct quant_spec weight, out;     /* out: of the layer's output */
    enum quant_granularity granularity;
    int group;                         /* filters that share a scale */
    enum range_method weight_method;   /* min_max or mse */
    enum range_method out_method;
    enum range_power power;
    double percentile;
    enum quant_rounding rounding;
    bool bias_correction;
    /* Where the values that hardware may refuse come from. */
    struct place weight_bits_place, out_bits_place, scheme_place;
};

/* The design's, with what the entry of the layer says otherwise. name NULL: of
 * the network's input. */
struct spec spec_of_layer(const struct design *design, const struct hw *hw,
                          const char *name);

/* Pools and flatten give their input's scale and zero point to their output. */
bool spec_hands_on(const struct net_layer *layer);

/* The parameters of `count` weights that share a scale. */
struct quant_params spec_weight_params(const struct spec *spec, const float *w,
                                       size_t count);

/* The parameters of every filter: params[filters]. */
void spec_filter_params(const struct spec *spec, const struct net_layer *layer,
                        struct quant_params *params);

/* The parameters of an output tensor, or of the input. */
struct quant_params spec_tensor_params(const struct spec *spec,
                                       const struct calibration *c, int t);

#endif
