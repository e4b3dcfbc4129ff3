/*
 * toy.h - one random layer as a program, and the plainest way to run it.
 *
 * toy_expect is the oracle of the array model: one loop for each index, 64-bit
 * integers, overflow written down anew from docs/numerics.md. It shares with
 * the model only fx_product and fx_requantize, which SystemC proves.
 */
#ifndef TOY_H
#define TOY_H

#include "sim/array/array.h"
#include "sim/base/rng.h"

enum { TOY_MAX = 4096 };          /* of every array */

struct toy {
    struct hw hw;
    struct net net;
    struct net_layer layer;
    struct quant_params tensor[2];
    struct program program;
    struct program_desc desc;
    int16_t weight[TOY_MAX];
    int32_t weight_zp[TOY_MAX];
    int64_t bias[TOY_MAX];
    struct fx_requant requant[TOY_MAX];
};

struct toy_result {
    int32_t out[TOY_MAX];
    int64_t overflows[TOY_MAX];   /* [channels] */
    struct fx_range peak[TOY_MAX]; /* [channels], of exact sums */
};

/* A machine of `lanes` lanes and an accumulator; products are exact. */
void toy_init(struct toy *t, int lanes, int acc_bits,
              enum fx_overflow overflow);

/* A random layer of that kind, of random geometry, weights and formats. */
void toy_random(struct toy *t, struct rng *rng, enum net_op op);

/* A fully connected layer of one channel. Weights are set by the caller. */
void toy_dot(struct toy *t, int taps, int weight_bits, struct quant_params in,
             int64_t bias);

/* Input codes, corners favoured. */
void toy_input(const struct toy *t, struct rng *rng, int32_t *codes);

void toy_expect(const struct toy *t, const int32_t *in, struct toy_result *r);

#endif
