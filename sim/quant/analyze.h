/*
 * analyze.h - what quantizing a tensor loses, value by value.
 */
#ifndef ANALYZE_H
#define ANALYZE_H

#include "sim/net/dataset.h"
#include "sim/quant/qnet.h"
#include "sim/quant/spec.h"

/* Values against what their codes stand for. */
struct loss {
    int64_t count;
    double absolute;           /* sum of |error| */
    double squared;            /* sum of error^2 */
    double signal;             /* sum of value^2 */
    double worst;              /* greatest |error| */
    double worst_value;        /* the value that has it, the first of equals */
    int64_t worst_index;
    int64_t clipped;           /* values beyond the codes' range */
};

/* Add values whose first has index `index`. */
void loss_add(struct loss *loss, const struct quant_params *params,
              const float *values, int64_t count, int64_t index);

/* Add what another part of the same tensor lost; its indices come after. */
void loss_merge(struct loss *loss, const struct loss *later);

double loss_mean_square(const struct loss *loss);

/* 10 log10 of signal over noise; infinite when exact, -infinite for zeros. */
double loss_sqnr(const struct loss *loss);

/* Bytes of codes packed without gaps. */
int64_t loss_code_bytes(int64_t count, int bits);

/* One tensor under one scheme. Where it has several scales, the parameters are
 * those of the first and `scale_lo`, `scale_hi` span all. */
struct analysis {
    struct quant_params params;
    double scale_lo, scale_hi;
    int scales;
    struct loss loss;
};

/* One tensor under both. */
struct analysis_pair {
    int bits;
    int64_t stored;            /* values kept at a time: of one image */
    struct range range;        /* of the values */
    int used;                  /* by the design, enum quant_scheme; -1: none */
    struct analysis scheme[2]; /* by enum quant_scheme */
};

/* The scheme with the less squared error; symmetric of equals. */
enum quant_scheme analysis_better(const struct analysis_pair *pair);

/*
 * Values that share a scale in stretches of `together`; the spec's scheme is
 * replaced by each of both.
 */
void analyze_values(struct analysis_pair *pair, const struct spec *spec,
                    const float *values, int64_t count, int64_t together);

/* The weights of a layer, with the granularity of the spec. */
void analyze_weights(struct analysis_pair *pair, const struct spec *spec,
                     const struct net_layer *layer);

/*
 * Every tensor of the float network on the first `images` of the dataset, with
 * the ranges that calibration gives: pairs[net_tensor_count]. Tensors that hand
 * on the codes of their input are analysed with those. The same for any number
 * of workers. -1 without memory or when interrupted.
 */
int analyze_tensors(struct analysis_pair *pairs, const struct net *net,
                    const struct net_float *f, const struct calibration *c,
                    const struct hw *hw, const struct design *design,
                    const struct dataset *data, int64_t images, int workers);

#endif
