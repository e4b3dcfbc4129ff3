/*
 * npu_driver.h - runs one network on the NPU core.
 *
 * C99. No memory is allocated, nothing of the C library is called but memcpy,
 * and there is no floating point. One struct npu is one core, used from one
 * thread; the interrupt handler may call npu_interrupt meanwhile.
 *
 *     npu_init          are core and program ROM those of the network?
 *     npu_verify_image  is the image in flash whole? if not: which tensor
 *     npu_verify_rom    are the ROMs in the core whole, and of this network?
 *     npu_load_input    any layout and stride, codes or pixels
 *     npu_start         and go
 *     npu_wait          by polling or by interrupt, with a limit
 *     npu_abort         stop it
 *     npu_read_output   any layout and stride
 *     npu_layer_result  cycles, overflows and signature of a layer
 */
#ifndef NPU_DRIVER_H
#define NPU_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

/* ---------------------------------------------------------------- the bus */

/*
 * How the core is reached. `address` counts bytes from the core's base and is
 * a multiple of 4; `strobe` has a bit for each byte to write, the lowest first.
 * 0; or anything else for an error answer. `wait` is called between two looks
 * at the core while it is busy (sleep until the interrupt, yield, count a
 * watchdog); it may be NULL. npu_mmio.h has one for a core in the address map.
 */
struct npu_bus {
    void *context;
    int (*read)(void *context, uint32_t address, uint32_t *value);
    int (*write)(void *context, uint32_t address, uint32_t value,
                 uint32_t strobe);
    void (*wait)(void *context);
};

/* ------------------------------------------------------------ the network */

struct npu_dims {
    uint16_t height, width;
    uint32_t channels;
};

/*
 * real = scale * (code - zero_point), the scale as mult / 2^shift and its
 * inverse the same way. half_even: how a tie is rounded; else away from zero.
 */
struct npu_quant {
    uint32_t scale_mult, inverse_mult;     /* 2^30 to 2^31 */
    int16_t scale_shift, inverse_shift;
    int32_t zero_point;
    int32_t min, max;                      /* codes */
    bool half_even;
};

struct npu_tensor {
    uint32_t address;                      /* in elements */
    struct npu_dims shape;
    struct npu_quant quant;
};

/* What a descriptor of the program ROM runs, in order. */
struct npu_layer {
    const char *name;
    uint8_t op;                            /* as NPU_LAYER_INFO_OP */
    uint16_t number;                       /* in the network */
    uint64_t cycles;                       /* always the same */
    struct npu_tensor output;
};

/* A part of the image with a CRC of its own; in the image's order. */
struct npu_section {
    const char *name;                      /* "conv1 weight" */
    uint32_t crc;
};

struct npu_network {
    const char *name;
    uint32_t hardware;                     /* digest of the hardware file */
    uint32_t program_crc, image_crc;
    uint32_t weight_words, param_words;    /* of a column's ROM */
    uint32_t shape;                        /* NPU_REG_SHAPE */
    uint32_t act_size;                     /* NPU_REG_ACT_SIZE */
    uint8_t element_bytes;                 /* of the window: 1 or 2 */
    bool act_signed;
    struct npu_tensor input, output;
    const int32_t *pixel_code;             /* [256]: codes of pixels 0 to 255 */
    const struct npu_layer *layer;
    uint32_t layers;
    const struct npu_section *section;
    uint32_t sections;
};

/* ---------------------------------------------------------------- results */

enum npu_result {
    NPU_OK,
    NPU_BUSY,                 /* the run is not over; a start while busy */
    NPU_BAD_ARGUMENT,
    NPU_BUS_ERROR,            /* the bus answered an error */
    NPU_NO_CORE,              /* another ID, or another register map */
    NPU_WRONG_CORE,           /* of another shape or memory size */
    NPU_WRONG_ROM,            /* the core has the ROM of another network */
    NPU_CORE_ERROR,           /* STATUS.ERROR; see npu.code and npu.index */
    NPU_TIMEOUT,
    NPU_NOT_DONE,             /* results were asked for before a run */
    NPU_BAD_CODE,             /* an input that the core's activations lack */
    NPU_IMAGE_CUT,            /* shorter than its header says */
    NPU_IMAGE_HEADER,         /* no image, or a damaged header */
    NPU_IMAGE_OTHER,          /* whole, but of another network */
    NPU_IMAGE_TENSOR,         /* damaged; npu.section names the tensor */
    NPU_KAT_OUTPUT,           /* known-answer test: see npu.index */
    NPU_KAT_SIGNATURE,
    NPU_KAT_OVERFLOWS,
    NPU_KAT_CYCLES,
    NPU_RESULTS
};

/* One line of English, never NULL. */
const char *npu_result_text(enum npu_result result);
/* The same for npu.code of an NPU_CORE_ERROR. */
const char *npu_core_error_text(uint32_t code);

struct npu {
    struct npu_bus bus;
    const struct npu_network *network;
    uint32_t max_polls;                    /* of npu_wait */
    bool started;
    bool done;
    volatile bool ended;                   /* by npu_interrupt */
    bool interrupt;
    /* More about the last result that was not NPU_OK. */
    uint32_t code;                         /* NPU_ERROR_* of the core */
    uint32_t index;                        /* descriptor, or element */
    uint32_t section;                      /* of the image */
};

/* The name of npu.section ("conv1 weight"), of the layer of npu.index. */
const char *npu_section_name(const struct npu *npu);
const char *npu_layer_name(const struct npu *npu);

/* ------------------------------------------------------------------ calls */

/*
 * Check that the core behind the bus is that of the network, let it read its
 * program ROM and check by its CRCs that this is the network's, too
 * (NPU_WRONG_ROM); clear what an earlier run has left. `bus` is copied,
 * `network` is borrowed. Whatever waits gives up after `max_polls` looks;
 * network.h has a number for it. After NPU_BUSY, npu_abort may be called.
 */
enum npu_result npu_init(struct npu *npu, const struct npu_bus *bus,
                         const struct npu_network *network,
                         uint32_t max_polls);

/* Check every byte of an image against the network. */
enum npu_result npu_verify_image(struct npu *npu, const uint8_t *image,
                                 uint32_t bytes);

/*
 * Let the core check every word of its ROMs against the program's CRC, and the
 * program against the network: NPU_WRONG_ROM if it is another's; NPU_CORE_ERROR
 * with code NPU_ERROR_IMAGE if the weight, bias or scale ROMs are damaged or do
 * not belong to it. It takes about as long as reading them, a byte a cycle, and
 * ends the results of an earlier run.
 */
enum npu_result npu_verify_rom(struct npu *npu);

/*
 * Where an input comes from and an output goes to. Element (y, x, c) is number
 * y * stride_y + x * stride_x + c * stride_c. `bytes` is 1 or 2; without
 * is_signed a byte is 0 to 255. `code` NULL: the numbers are codes; otherwise
 * they are indices 0 to 255 into it (npu_network.pixel_code).
 */
struct npu_source {
    const void *data;
    uint8_t bytes;
    bool is_signed;
    uint32_t stride_y, stride_x, stride_c;
    const int32_t *code;
};

struct npu_sink {
    void *data;
    uint8_t bytes;
    uint32_t stride_y, stride_x, stride_c;
};

enum npu_layout { NPU_NHWC, NPU_NCHW };

/* Fill the strides for a packed tensor. */
void npu_source_layout(struct npu_source *source, struct npu_dims shape,
                       enum npu_layout layout);
void npu_sink_layout(struct npu_sink *sink, struct npu_dims shape,
                     enum npu_layout layout);

enum npu_result npu_load_input(struct npu *npu,
                               const struct npu_source *source);

/* With `interrupt` the core raises its line at the end of the run.
 * NPU_WRONG_ROM, and no run, if the program that the core read last is not the
 * network's. */
enum npu_result npu_start(struct npu *npu, bool interrupt);

/* Call this from the interrupt handler: it lowers the line. */
enum npu_result npu_interrupt(struct npu *npu);

/* One look: NPU_BUSY, NPU_OK, or what went wrong. */
enum npu_result npu_poll(struct npu *npu);

/*
 * Look until the run is over, at most max_polls times. With an interrupt it
 * waits for npu_interrupt and looks only now and then, in every pass if the bus
 * has no `wait`.
 */
enum npu_result npu_wait(struct npu *npu);

/* Stop a run or a check under way, of whoever began it; there are no results
 * then. NPU_OK too if none was. */
enum npu_result npu_abort(struct npu *npu);

enum npu_result npu_read_output(struct npu *npu, const struct npu_sink *sink);

/* Any tensor that is still in memory: the output of `layer`, 0 the first. */
enum npu_result npu_read_layer(struct npu *npu, uint32_t layer,
                               const struct npu_sink *sink);

struct npu_layer_result {
    uint64_t cycles, overflows;
    uint32_t signature;       /* CRC-32 of the output codes */
};

enum npu_result npu_layer_result(struct npu *npu, uint32_t layer,
                                 struct npu_layer_result *result);

/* Cycles of the last run, start to done. */
enum npu_result npu_run_cycles(struct npu *npu, uint64_t *cycles);

/* ---------------------------------------------------------------- numbers */

/*
 * A real number value / 2^fraction as a code, and a code as such a number;
 * fraction is 0 to 30. Rounded to the nearest, saturated.
 */
int32_t npu_quantize(const struct npu_quant *quant, int32_t value,
                     uint32_t fraction);
int32_t npu_dequantize(const struct npu_quant *quant, int32_t code,
                       uint32_t fraction);

/* CRC-32 (IEEE) of bytes that follow those of CRC `crc`; start with 0. */
uint32_t npu_crc32(uint32_t crc, const uint8_t *bytes, uint32_t length);

#endif
