/*
 * evaluate.h - a program and its float reference on a set of images.
 */
#ifndef EVALUATE_H
#define EVALUATE_H

#include "sim/array/array.h"
#include "sim/net/dataset.h"
#include "sim/net/net_float.h"

struct evaluate_layer {
    int64_t overflows;            /* events, all images */
    int overflow_channels;        /* channels with at least one */
    int proved_channels;          /* channels that cannot overflow */
    int acc_bits;                 /* the narrowest safe accumulator; 0: none */
    double sqnr_db;               /* of the output tensor against float */
    double max_error;             /* greatest |real - float| */
};

struct evaluation {
    int64_t images;
    int64_t labelled;
    int64_t float_correct, quant_correct;
    int64_t same_class;           /* images where both agree */
    int layer_count;
    struct evaluate_layer *layer;
    int64_t **overflows;          /* [layer][channel], all images */
    char digest[65];              /* SHA-256 over the codes of all outputs */
};

/*
 * Run the first `images` (0: all) of a dataset. The result does not depend on
 * the number of workers (0: one a CPU). -1 without memory or when interrupted.
 */
int evaluate(struct evaluation *e, const struct array_model *model,
             const struct program *program, const struct net_float *f,
             const struct dataset *data, int64_t images, int workers);
void evaluation_release(struct evaluation *e);

/* Quantize a real input into codes, as the host does before a run. */
void evaluate_quantize_input(const struct program *program, const float *real,
                             int32_t *codes);

#endif
