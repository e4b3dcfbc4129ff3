/*
 * coverage.h - what random cases have been through: overflow mode x dataflow x
 * layer type x edge case.
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <stdio.h>

#include "sim/program/program.h"

enum coverage_edge {
    EDGE_ANY,                     /* the layer itself */
    EDGE_STRIDE,
    EDGE_PADDING,
    EDGE_DILATION,
    EDGE_ODD_CHANNELS,            /* the last channel tile is not full */
    EDGE_TILES,                   /* more than one channel tile */
    EDGE_BLOCKS,                  /* more than one block of positions */
    EDGE_CHUNKS,                  /* more than one k tile */
    EDGE_RAGGED,                  /* the last k tile is not full */
    EDGE_LANES,
    EDGE_RAGGED_LANES,            /* taps not a multiple of lanes */
    EDGE_SEGMENTS,                /* a chunk has more than the gather's ways */
    EDGE_ONE_POSITION,
    EDGE_OVERFLOW,                /* events were counted */
    EDGE_CLAMP,                   /* a fused activation */
    EDGE_ONE_BIT,
    EDGE_UNSIGNED,
    EDGE_WEIGHT_ZERO_POINT,
    EDGE_NARROW_PRODUCT,
    EDGE_WIDE,                    /* codes above 8 bits */
    EDGE_MULTIPLIER,              /* depthwise, above 1 */
    EDGE_BRANCH,                  /* reads not the layer before */
    EDGE_COUNT
};

struct coverage {
    uint32_t hits[FX_OVERFLOW_COUNT][2][NET_OPS][EDGE_COUNT];
};

/* Note a layer that ran, with its overflow events. */
void coverage_add(struct coverage *c, const struct hw *hw,
                  const struct program_desc *desc, bool clamped,
                  int64_t overflows);

void coverage_merge(struct coverage *to, const struct coverage *from);

/* Combinations that can occur, and how many did. */
void coverage_total(const struct coverage *c, int *possible, int *hit);

/* Two tables: layer type by mode and dataflow, and by edge case. */
void coverage_print(const struct coverage *c, FILE *out);

#endif
