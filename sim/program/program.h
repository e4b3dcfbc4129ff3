/*
 * program.h - what the hardware executes: descriptors, addresses, ROM words.
 *
 * Made once from a quantized network and a hardware file. The C model runs it,
 * codegen writes it to ROM images, the RTL is driven from it; nothing after it
 * looks at the network again.
 *
 * Weight ROM: one bank per column. Output channel n lives in column n % cols,
 * channel tile n / cols. A word holds `lanes` weights, lane 0 in the low bits:
 *
 *   bank[n % cols], word weight_base + (n / cols) * steps + step
 *     = weights of taps step * lanes .. step * lanes + lanes - 1
 *
 * Taps and channels past the end hold the code whose operand is zero (so they
 * add nothing and cannot overflow). Both dataflows read the same images.
 *
 * Parameter ROMs: one bank per column, word param_base + n / cols:
 *   bias   acc_bits, two's complement
 *   scale  { weight zero point, shift[6], multiplier }, multiplier lowest
 *
 * One-bit weights have no zero point and no code for zero: there the field is 1
 * for a channel past the end, which switches the column off.
 *
 * Average pools, add and mul have scale words that belong to no channel; they
 * stand in every column (descriptor.h).
 *
 * Activation memory: a tensor is NHWC from its element address on (plan.h).
 * Program ROM: 32-bit words, descriptor.h.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "sim/config/hardware.h"
#include "sim/program/descriptor.h"
#include "sim/quant/qnet.h"

enum program_unit { PROGRAM_ARRAY, PROGRAM_VECTOR, PROGRAM_NONE, PROGRAM_HOST };

/*
 * When a layer that the host runs (PROGRAM_HOST) runs: before the core starts,
 * as nothing that the core writes leads to it; after the core ended, as nothing
 * that it writes leads to the core; or between, which needs the core to stop.
 */
enum program_when { PROGRAM_BEFORE, PROGRAM_AFTER, PROGRAM_BETWEEN };

struct program_desc {
    enum net_op op;
    enum program_unit unit;
    int layer;                    /* index in the network */
    enum program_when when;       /* PROGRAM_HOST */
    int index;                    /* in the program ROM; -1: flatten, host */
    const char *name;
    struct net_shape in, out;
    int input;                    /* tensor read; the output is layer + 1 */
    int second;                   /* the other tensor of add and mul, else -1 */
    struct net_window window;
    int multiplier;
    int filters;                  /* N, output channels */
    int taps;                     /* K, products per output */
    int positions;                /* M, output positions */
    int steps;                    /* ceil(K / lanes), MAC steps per output */
    int channel_tiles;            /* ceil(N / cols) */
    int weight_bits;
    int32_t in_zp, in_min, in_max;
    int32_t second_zp;
    int add_shift;                /* add: of both operands, hw_add_shift */
    int32_t out_zp, out_min, out_max;  /* out_*: after the fused activation */
    bool double_round;
    enum fx_rounding rounding;
    uint32_t weight_base, param_base;
    uint32_t param_words;         /* of each column */
    /* Per output channel, in channel order (borrowed from the arena). */
    const int16_t *weight;        /* [N][K] codes */
    const int32_t *weight_zp;     /* [N] */
    const int64_t *bias;          /* [N] in accumulator format */
    /* [N]; average_pool2d: [K + 1] by taps inside; add: [3], mul: [1] as in
     * sim/quant/two_inputs.h; NULL for the rest. */
    const struct fx_requant *requant;
    int bias_overflows;           /* biases that the accumulator could not hold */
};

struct program {
    const struct hw *hw;
    const char *network;
    const struct net *net;
    const struct quant_params *tensor;  /* quantization of every tensor */
    int tensor_count;
    int desc_count;
    struct program_desc *desc;
    int64_t *address;             /* of every tensor, in elements; -1: the host
                                     alone has it */
    int64_t act_elements;         /* used at the peak */
    uint32_t *code;               /* the program ROM */
    struct descriptor_header code_header;
    uint32_t weight_words;        /* used words of a weight bank */
    uint32_t param_words;         /* used words of a parameter bank */
    /* Images: word w of column c at [c * words + w]. */
    uint8_t *weight_image;        /* each word weight_word_bytes, little endian */
    size_t weight_word_bytes;
    int64_t *bias_image;
    uint64_t *scale_image;
    struct arena arena;
    char digest[65];              /* SHA-256 of descriptors and images, hex */
};

/*
 * Lay a quantized network out on a machine. Layers that do not fit (a ROM too
 * shallow, more bits than the hardware has) are reported to `diag` with the
 * place of the layer; returns -1 if there was one.
 */
int program_build(struct program *program, const struct qnet *qnet,
                  const struct hw *hw, struct diag *diag);
void program_release(struct program *program);

/*
 * Only what follows from shapes and machine: descriptors without parameters,
 * addresses, words of the ROMs, but no images and no program ROM. Enough for
 * cycles, traffic and energy; the network needs no weights. As program_build.
 */
int program_outline(struct program *program, const struct net *net,
                    const struct hw *hw, struct diag *diag);
/* Fill `digest`. 0, or -1 without memory. */
int program_digest(struct program *program);

/* Descriptor `index` of the program ROM is that of which layer: -1 if none. */
int program_layer_of(const struct program *program, int index);

/* The descriptor of a layer as the ROM has it; not for flatten. */
struct descriptor program_descriptor(const struct program *program, int layer);

/*
 * Elements of activation memory that the host can reach: its window on the
 * 24-bit port has 8 MiB, a byte an element, two above 8 bits.
 */
int64_t program_window_elements(const struct hw *hw);

/* Every tensor that the host writes or reads lies in its window: errors at the
 * layers whose output does not. */
void program_check_window(const struct program *program, struct diag *diag);

/* The first layer that the host runs in the middle of the network, where the
 * core would have to stop; -1: none. */
int program_host_between(const struct program *program);

/* Width of the multiplier in hardware: 8 where powers of two need none. */
int program_multiplier_bits(const struct hw *hw);

/* Widths of ROM words in bits. */
int program_weight_word_bits(const struct hw *hw);
int program_scale_word_bits(const struct hw *hw);

#endif
