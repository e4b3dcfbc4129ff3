/*
 * descriptor.h - the program ROM: 32-bit words that the core executes.
 *
 *     word 0            8                40
 *     +----------------+----------------+----------------+---
 *     | header         | descriptor 0   | descriptor 1   | ...
 *     +----------------+----------------+----------------+---
 *
 * docs/rtl/core.md has the words; here they have names. A descriptor is one
 * layer of the array or the vector unit; flatten has none.
 *
 * What the words mean to each op, beyond their names (lane c is a column of the
 * vector unit, n = channel_tile * cols + c its output channel):
 *
 *   CONV        Fully connected layers are 1 x 1 convolutions of a 1 x 1 image
 *               with `taps` channels. Weights and parameters as the engine has
 *               them: word weight_base + tile * steps + step.
 *   DEPTHWISE   As CONV, with the taps (ky, kx) of one input channel, n / ratio
 *               (ratio = word 23): a MAC step adds `lanes` products, the weight
 *               of tap k is lane k % lanes of word weight_base + tile * steps +
 *               k / lanes, the parameters are word param_base + tile.
 *   MAX_POOL    Raw codes; clamped to out_min, out_max. No parameters.
 *   AVERAGE     Raw codes, added from 0 in the accumulator, one overflow check
 *               an addition. The scale word of `count` taps inside the image is
 *               word param_base + count, in every column the same; taps + 1
 *               entries (word 23), the first unused. Not rounded twice.
 *   ADD         Three scale words, param_base + 0, 1, 2, in every column the
 *               same: input, second input, output. With LS = min(20, AccWidth -
 *               ActWidth - 2):
 *                   a = round((x1 - zero_point) * 2^LS * mult0 / 2^shift0)
 *                   b = round((x2 - second_zp) * 2^LS * mult1 / 2^shift1)
 *                   y = requantize(a + b, mult2, shift2)
 *               each rounding as a requantizer's (double rounding with flag 0),
 *               a and b as wide as an accumulator: nothing can overflow.
 *   MUL         acc = overflow((x1 - zero_point) * (x2 - second_zero_point)),
 *               the product exact (the product format is the array's), one
 *               overflow check; y = requantize(acc) by scale word param_base,
 *               in every column the same.
 *
 * The bias words beside the scale words of AVERAGE, ADD and MUL are 0. For the
 * pools, which work on raw codes, both zero points are 0.
 */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DESCRIPTOR_MAGIC = 0x3149504e,    /* "NPI1", the first byte lowest */
    DESCRIPTOR_VERSION = 1,
    DESCRIPTOR_HEADER_WORDS = 8,
    DESCRIPTOR_WORDS = 32,
    DESCRIPTOR_MAX_DIM = 0xffff       /* what 16-bit fields hold */
};

enum descriptor_op {
    DESCRIPTOR_CONV = 1,
    DESCRIPTOR_DEPTHWISE,
    DESCRIPTOR_MAX_POOL,
    DESCRIPTOR_AVERAGE_POOL,
    DESCRIPTOR_ADD,
    DESCRIPTOR_MUL,
    DESCRIPTOR_OPS
};

/* "conv", "depthwise", "max_pool", ...; by enum value, "" for 0. */
extern const char *const descriptor_op_names[DESCRIPTOR_OPS];

struct descriptor {
    enum descriptor_op op;
    bool double_round, last;
    int layer;                                    /* in the network */
    uint32_t input, second, output;               /* element addresses */
    int in_h, in_w, in_c, out_h, out_w, out_c;
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int pad_top, pad_left;
    uint32_t steps, taps, positions, channel_tiles;
    uint32_t weight_base, param_base;
    int32_t in_zp, second_zp, out_zp, out_min, out_max;
    uint32_t ratio;               /* DEPTHWISE; AVERAGE: entries of the table */
    uint32_t run, row;            /* elements of a run; of an input row */
    uint32_t step_x, step_y, step_ky, step_kx;
    int32_t origin;               /* offset of the window of output (0, 0) */
};

struct descriptor_header {
    uint32_t descriptors, words;
    uint32_t program_crc, image_crc, hardware, header_crc;
};

/*
 * The gather's view of a window: words 24 to 30 from the shapes, the kernel and
 * the padding, which are filled already.
 */
void descriptor_fill_steps(struct descriptor *d);

/* 32 words, the last of them the CRC. Fields that do not fit are asserted. */
void descriptor_encode(const struct descriptor *d,
                       uint32_t words[DESCRIPTOR_WORDS]);
/* -1 when the CRC is wrong or the op unknown. */
int descriptor_decode(struct descriptor *d,
                      const uint32_t words[DESCRIPTOR_WORDS]);

/*
 * The header in front of `words` words in all, whose rest is there already:
 * fills program_crc and header_crc.
 */
void descriptor_encode_header(struct descriptor_header *header,
                              uint32_t *words);
/* -1 when magic, version, counts or a CRC is wrong; `available` words. */
int descriptor_decode_header(struct descriptor_header *header,
                             const uint32_t *words, uint32_t available);

/* CRC-32 of words, each as four bytes, the lowest first. */
uint32_t descriptor_crc(const uint32_t *words, uint32_t count);

#endif
