/*
 * cosim.h - the same program on the Verilated RTL and on the C model.
 *
 * The core runs the whole network by itself, from the emitted images: its input
 * goes in through AXI, every vector of results is seen as it is written, and
 * what is still in memory at the end is read back through AXI. The engine alone
 * (engine.c) runs the layers of the array, fed by C.
 *
 * Compared, per image and layer: every element, the overflow count, the
 * signature and the cycles: equal, not near.
 */
#ifndef COSIM_H
#define COSIM_H

#include "sim/array/array.h"
#include "sim/cosim/library.h"
#include "sim/net/dataset.h"

enum cosim_kind {
    COSIM_EQUAL,
    COSIM_VALUE,                  /* of an output element */
    COSIM_OVERFLOWS,
    COSIM_SIGNATURE,
    COSIM_CYCLES,
    COSIM_MEMORY,                 /* written as it must, read back otherwise */
    COSIM_FAILED,                 /* no end, an error status, a lost output */
    COSIM_KINDS
};

extern const char *const cosim_kind_names[COSIM_KINDS];

/*
 * Where a difference has its cause, as far as it can be told: by its kind, by
 * what the first different step took, by what equals.
 */
enum cosim_fault {
    COSIM_UNKNOWN,
    COSIM_CODE,                   /* another activation arrives */
    COSIM_ACTIVATION,             /* the right code, another operand */
    COSIM_WEIGHT,
    COSIM_START,                  /* the bias; the sum in the buffer */
    COSIM_SUM,                    /* right operands, wrong sum */
    COSIM_NEVER,                  /* the step was never asked for */
    COSIM_AFTER,                  /* all sums are right */
    COSIM_STORED,
    COSIM_COUNTED,                /* overflows */
    COSIM_SIGNED,
    COSIM_TIMED,
    COSIM_ASTRAY,                 /* a result that belongs nowhere, or twice */
    COSIM_HANGS,
    COSIM_CONTROL,
    COSIM_HOST,
    COSIM_IMAGES,
    COSIM_ASSERTED                /* d->module */
};

enum cosim_step { COSIM_MAC, COSIM_TAP, COSIM_OPERAND };

enum { COSIM_TEXT = 160 };

struct cosim_difference {
    enum cosim_kind kind;
    int64_t image;
    int layer;
    int y, x, c;                  /* VALUE, MEMORY: the output element */
    int32_t model_code, rtl_code;
    uint64_t cycle;               /* of the run (core) or layer (engine) */
    int64_t model_count, rtl_count;   /* what was counted */
    char text[COSIM_TEXT];        /* FAILED: what happened */
    bool hangs;                   /* FAILED: it did not end */
    /* FAILED: the first assertion that failed, in `cycle`; "": none. */
    char assertion[64], module[64], instance[COSIM_TEXT];
    /* The first step whose sums differ; step -1: they agree, or unknown. A step
     * is a MAC's, a pool's tap, or an operand of an add or mul. */
    bool traced;
    int step;
    enum cosim_step of;
    int row, col;                 /* of the PE; row = rows: the vector unit */
    int ky, kx, tap_c;            /* of the step's first product */
    int64_t model_before, model_after, rtl_before, rtl_after;
    uint64_t step_cycle;
    enum cosim_fault fault;
    int lane;                     /* CODE to WEIGHT: of the step */
    int64_t model_took, rtl_took; /* CODE to START: what it took */
    char looks_like[COSIM_TEXT];  /* "" if like nothing known */
};

struct cosim_layer {
    int64_t elements;             /* compared, all images */
    int64_t value_differences;
    int64_t counts;               /* compared: overflows, signature, cycles */
    int64_t count_differences;
    int64_t signature_differences;
    int64_t model_overflows, rtl_overflows;
    int64_t model_cycles, rtl_cycles;
    uint32_t signature;           /* the model's, of the last image */
};

struct cosim_result {
    int64_t images;
    int layer_count;
    struct cosim_layer *layer;
    int64_t elements, value_differences;
    int64_t counts, count_differences;
    int64_t read_back, memory_differences;    /* elements, through AXI; core */
    int64_t failures;             /* images whose run went wrong */
    struct cosim_difference first;
    int64_t run_cycles;           /* start to done, all images; core */
    double seconds;               /* of CPU, start to done; core */
};

/* The input codes of an image; called by several threads. */
typedef void cosim_load_fn(void *ctx, int64_t image, int32_t *codes);

struct cosim_setup {
    const struct library *lib;
    const struct array_model *model;
    const struct program *program;
    const char *rom;              /* folder that rom_write filled */
    cosim_load_fn *load;
    void *load_ctx;
    uint64_t pauses;              /* seed of random bus pauses; 0: none; core */
};

/* Loads images of a dataset: for setup->load, ctx a struct cosim_images. */
struct cosim_images {
    const struct dataset *data;
    const struct program *program;
};
cosim_load_fn cosim_load_image;

/*
 * Can the core run this program from its start to its end? Not where the host
 * has work in the middle: the core does not stop for it. 0; or -1 and an error.
 */
int cosim_check(const struct program *program, struct diag *diag);

/*
 * Compare `images` images from number `first_image` on, with one RTL a worker
 * (0 workers: one a CPU). A difference is no error: see result->differences. 0;
 * or -1 and an error, or an interrupt.
 */
int cosim_run(struct cosim_result *result, const struct cosim_setup *setup,
              int64_t first_image, int64_t images, int workers,
              struct diag *diag);
void cosim_release(struct cosim_result *result);

/*
 * Find the MAC step of a value difference: run again on a debug library and
 * compare the sums of its element step by step. Fills the traced part of `d`.
 * 0, or -1 and an error.
 */
int cosim_trace(struct cosim_difference *d, const struct cosim_setup *setup,
                struct diag *diag);

/* The part of the machine that d->fault points to, with its modules; "" when
 * unknown. The text is static, or d's. */
const char *cosim_points_to(const struct cosim_difference *d,
                            const struct program_desc *desc,
                            const struct hw *hw);

/*
 * Write every signal to a file of the library's format, from `before` cycles
 * ahead of cycle `at` of the image's run to `after` behind it. Core, on a debug
 * library.
 */
int cosim_waves(const struct cosim_setup *setup, int64_t image, uint64_t at,
                uint64_t before, uint64_t after, const char *path,
                struct diag *diag);

#endif
