/*
 * gather.h - what im2col on the fly costs, by the rule of docs/rtl/core.md.
 *
 * A chunk is rows * lanes operands of a position, cut into segments: pieces of
 * the window's rows that stand together in memory. The gather keeps a window of
 * memory for each of the first HW_GATHER_WAYS segments; a pass is one chunk for
 * consecutive positions and begins with empty windows.
 *
 * Only differences of addresses matter, so one row of positions costs what the
 * row above cost as soon as it meets the same windows: gather_cycles simulates
 * few rows, whatever the height of the image.
 */
#ifndef GATHER_H
#define GATHER_H

#include "sim/program/program.h"

enum { GATHER_MAX_SEGMENTS = 128 * 16 };

struct gather_segment {
    int64_t dy;                   /* input row, from the window's first */
    int64_t dx;                   /* elements, from the window's first column */
    int64_t length;
};

/* A layer's geometry, and the segments of the chunk in hand. */
struct gather {
    int banks;
    int64_t in_h, row;            /* input rows; elements of one */
    int64_t channels;
    int out_w;
    int kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int64_t taps, run, chunk;     /* elements of a run; of a chunk */
    int segments;
    int64_t last_dy;              /* greatest dy */
    struct gather_segment segment[GATHER_MAX_SEGMENTS];
};

void gather_init(struct gather *g, const struct hw *hw,
                 const struct program_desc *desc);

/* Chunks of a position. */
int64_t gather_chunks(const struct gather *g);

/* Take up chunk t: lists its segments. Returns how many. */
int gather_take(struct gather *g, int64_t t);

/* Cycles of a pass of the chunk in hand over positions first .. first + count
 * - 1. */
int64_t gather_cycles(const struct gather *g, int64_t first, int64_t count);

/* Output rows from *first on, *count of them, whose window sees no padding
 * above or below. */
void gather_inner_rows(const struct gather *g, int kernel_h, int out_h,
                       int *first, int *count);

#endif
