/*
 * design.h - the design file: hardware, network, quantization and data.
 */
#ifndef DESIGN_H
#define DESIGN_H

#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/config/settings.h"

/* Values of an entry of `quantization.layers`; -1 and 0: as for all layers. */
struct design_layer {
    const char *name;
    struct place place;
    int weight_bits;
    int weight_scheme;
    int weight_granularity;
    int activation_bits;
    int activation_scheme;
    int weight_group;
    int weight_calibration;
    int activation_calibration;
    int rounding;
    int bias_correction;
};

/* Learned rounding; meaning and defaults: the table in design.c. */
struct design_learned {
    int iterations;
    int batch;
    int rows;
    int seed;
    double rate;
    double regularization;
};

struct design {
    const char *name;
    const char *path;
    struct place place;
    const char *hardware;         /* paths */
    const char *network;
    struct place hardware_place, network_place;
    struct place weight_bits_place, activation_bits_place;
    struct place weight_scheme_place, input_bits_place;
    int weight_bits;              /* 0: the hardware's */
    int weight_scheme;            /* enum quant_scheme */
    int weight_granularity;       /* enum quant_granularity */
    bool weight_narrow;
    int weight_group;             /* channels that share a scale */
    int weight_calibration;       /* enum range_method */
    int activation_bits;          /* 0: the hardware's */
    int activation_scheme;
    bool activation_narrow;
    int input_bits;               /* 0: as the activations */
    bool power_of_two;
    int power_of_two_choice;      /* enum range_power */
    int ties;                     /* enum quant_ties */
    int calibration_method;       /* enum range_method */
    int calibration_images;       /* 0: all */
    int calibration_batch;        /* images of a moving-average step */
    double calibration_momentum;  /* weight of a new batch */
    double calibration_percentile;
    bool equalize;
    bool bias_correction;
    int rounding;                 /* enum quant_rounding */
    struct design_learned learned;
    int layer_count;
    struct design_layer *layer;
    const char *test;             /* paths; NULL: none */
    const char *calibration;
    const char *labels;           /* NULL: those of the test set */
    struct place test_place, calibration_place, labels_place;
    double subtract, divide;      /* of pixels, for exchange files */
    const int *shape;             /* of their input; shape_count 0: theirs */
    int shape_count;
    int images;                   /* 0: all */
    char digest[65];              /* SHA-256 of how to quantize, hex */
};

int design_read(struct design *design, const char *path,
                struct override_list *overrides, struct arena *arena,
                struct diag *diag);

/* The entry of a layer, or NULL. */
const struct design_layer *design_find_layer(const struct design *design,
                                             const char *name);

extern const struct setting design_settings[];
extern const struct setting design_layer_settings[];

#endif
