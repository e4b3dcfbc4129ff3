/*
 * study.h - what accumulator is enough: bounds, measurement, accuracy.
 *
 * A study runs one quantized network on machines that differ in nothing but
 * their accumulator, each compared with one that is wide enough for every sum.
 * Everything is counted in integers, so that a result depends neither on the
 * number of workers nor on what was reused. docs/accumulator.md explains it to
 * users.
 */
#ifndef STUDY_H
#define STUDY_H

#include <stdbool.h>

#include "sim/array/bound.h"
#include "sim/net/dataset.h"
#include "sim/quant/qnet.h"

enum {
    STUDY_MODES = 3,              /* wrap, saturate, and the machine's own */
    STUDY_WIDE_BITS = 48,
    STUDY_LEAST_BITS = 8,
    STUDY_BELOW = 6               /* widths tried below what the data needs */
};

struct study_options {
    int lo, hi;                   /* widths; 0: chosen, see study_run */
    double tolerance;             /* points of accuracy that may be lost */
    bool layers;                  /* also narrow each layer alone */
    bool no_reuse;                /* run every layer every time */
    int64_t images;               /* the first so many; 0: all */
    int workers;                  /* 0: one a CPU */
};

struct study_layer {
    struct bound bound;
    int channels;
    struct fx_range peak;         /* of the exact sums on the data */
    int peak_bits;                /* the narrowest that never overflowed */
    int proved_channels;          /* whose interval the machine's own holds */
    /* By mode: this layer alone narrowed, the least width from which on every
     * width keeps the accuracy; study.lo when all do. 0: not looked for. */
    int keeps_bits[STUDY_MODES];
};

/* One run: the accumulators of all layers, or of one, are `bits` wide. */
struct study_point {
    int mode;                     /* index into study.mode */
    int bits;
    int layer;                    /* -1: all */
    int64_t correct, same_class;
    int64_t overflows;            /* events */
    int64_t overflowed_images;
    int64_t *layer_overflows;     /* [layers] */
    int bias_overflows;           /* biases that the accumulator cannot hold */
    double lost;                  /* points against the exact accumulator */
    char digest[65];              /* over all output codes; as evaluation's */
};

struct study {
    int64_t images, labelled;
    int64_t exact_correct;
    char exact_digest[65];
    int64_t exact_overflows;      /* not 0: sums beyond STUDY_WIDE_BITS */
    int mode_count;
    struct fx_format mode[STUDY_MODES]; /* bits are the machine's */
    int lo, hi;
    double tolerance;
    int type_bits, l1_bits, interval_bits, peak_bits;  /* of all layers */
    int keeps_bits[STUDY_MODES];  /* as study_layer's, 0: none in [lo, hi] */
    int layer_count;
    struct study_layer *layer;
    int point_count;              /* modes * widths; mode by mode, ascending */
    struct study_point *point;
    int64_t runs, reused;         /* layers of narrowed images */
    int64_t products, reused_products;
    struct arena arena;
};

/*
 * Study `qnet` on `hw`, whose own accumulator is among the modes. Widths not
 * given: from STUDY_BELOW bits below the narrowest that never overflowed on
 * the data, but at least 8, to the narrowest that is proved, but at most 32;
 * wider ones cannot differ. -1 without memory or when interrupted. Call
 * study_release in any case.
 *
 * What is reused: when a layer gets the very input that it has with exact
 * sums, and every partial sum of it on this image, its bias included, fits the
 * accumulator, its output is the exact one, in every mode and at every wider
 * width; it is not run again. That holds for layers proved safe always.
 */
int study_run(struct study *study, const struct qnet *qnet,
              const struct hw *hw, const struct dataset *data,
              const struct study_options *options);
void study_release(struct study *study);

#endif
