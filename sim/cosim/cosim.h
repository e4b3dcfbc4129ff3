/*
 * cosim.h - the same program on the Verilated engine and on the C model.
 *
 * Array layers run on the RTL, fed from the emitted ROM images; layers of the
 * vector unit run in C on what the RTL produced. Every element, the overflow
 * count and the cycle count of every array layer are compared, per image.
 */
#ifndef COSIM_H
#define COSIM_H

#include "sim/array/array.h"
#include "sim/cosim/library.h"
#include "sim/net/dataset.h"

enum cosim_kind { COSIM_EQUAL, COSIM_VALUE, COSIM_OVERFLOWS, COSIM_CYCLES,
                  COSIM_FAILED };

struct cosim_difference {
    enum cosim_kind kind;
    int64_t image;
    int layer;
    int y, x, c;                  /* COSIM_VALUE: the output element */
    int32_t model_code, rtl_code;
    uint64_t cycle;               /* of the layer, when the RTL emitted it */
    int64_t model_count, rtl_count;   /* overflows or cycles */
    /* The first MAC step whose sums differ; step -1: they agree, or unknown. */
    int step;
    int row, col;                 /* of the processing element */
    int ky, kx, tap_c;            /* of the step's first product */
    int64_t model_before, model_after, rtl_before, rtl_after;
    bool traced;
    uint64_t step_cycle;
};

struct cosim_layer {
    int64_t elements;             /* compared, all images */
    int64_t value_differences;
    int64_t model_overflows, rtl_overflows;
    int64_t model_cycles, rtl_cycles;
};

struct cosim_result {
    int64_t images;
    int layer_count;
    struct cosim_layer *layer;
    int64_t elements, differences;
    struct cosim_difference first;
    double rtl_seconds;           /* of all workers */
};

/*
 * Compare `images` (0: one) of a dataset from number `first_image` on. `rom` is
 * the folder of the images that rom_write made. A difference is no error: see
 * result->differences. 0; or -1 and an error, or an interrupt.
 */
int cosim_run(struct cosim_result *result, const struct library *lib,
              const struct array_model *model, const struct program *program,
              const struct dataset *data, int64_t first_image, int64_t images,
              const char *rom, int workers, struct diag *diag);
void cosim_release(struct cosim_result *result);

/*
 * Find the MAC step of a value difference: run the layer again on a debug
 * library and compare the sums of its element step by step. Fills the traced
 * part of `d`. 0, or -1 and an error.
 */
int cosim_trace(struct cosim_difference *d, const struct library *debug,
                const struct array_model *model, const struct program *program,
                const struct dataset *data, const char *rom,
                struct diag *diag);

#endif
