/*
 * evaluate.h - a program and its float reference on a set of images.
 */
#ifndef EVALUATE_H
#define EVALUATE_H

#include <stdbool.h>

#include "sim/array/array.h"
#include "sim/net/dataset.h"
#include "sim/net/net_float.h"

/* A tensor of the machine against the same one of the float network. */
struct evaluate_error {
    double sqnr_db;               /* INFINITY when exact */
    double total;                 /* sum of |real - float|, all images */
    double greatest;
};

struct evaluate_layer {
    int64_t overflows;            /* events, all images */
    int overflow_channels;        /* channels with at least one */
    int proved_channels;          /* channels that cannot overflow */
    int acc_bits;                 /* the narrowest safe accumulator; 0: none */
    struct evaluate_error error;  /* of the output, as the network runs */
    struct evaluate_error own;    /* the layer fed with the float input */
};

struct evaluation {
    int64_t images;
    int64_t labelled;
    int64_t float_correct, quant_correct;
    int64_t same_class;           /* images where both agree */
    int layer_count;
    bool has_own;
    struct evaluate_error input;  /* of the quantized input tensor */
    struct evaluate_layer *layer;
    int64_t **overflows;          /* [layer][channel], all images */
    char digest[65];              /* SHA-256 over the codes of all outputs */
};

struct evaluate_options {
    int64_t images;               /* the first so many; 0: all */
    int workers;                  /* 0: one a CPU */
    bool own;                     /* fill evaluate_layer.own: twice the time */
};

/*
 * Run images of a dataset. The result does not depend on the number of workers.
 * -1 without memory or when interrupted. Call evaluation_release in any case.
 *
 * `error` is cumulative: what a layer inherits and what it adds. For `own` the
 * layer alone is run, on the exact float input quantized to the codes of its
 * input tensor; what is left is the error of its input's codes, its weights,
 * its accumulator and its output's codes.
 */
int evaluate(struct evaluation *e, const struct array_model *model,
             const struct program *program, const struct net_float *f,
             const struct dataset *data,
             const struct evaluate_options *options);
void evaluation_release(struct evaluation *e);

/* Quantize a real input into codes, as the host does before a run. */
void evaluate_quantize_input(const struct program *program, const float *real,
                             int32_t *codes);

#endif
