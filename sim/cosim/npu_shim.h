/*
 * npu_shim.h - the Verilated npu_top (rtl/) behind a C interface.
 *
 * Built with the Verilated model into a shared library, one for each hardware
 * file, that a C program opens with dlopen: the typedefs npu_shim_*_fn below
 * are for dlsym. One struct npu is one engine; it may be used from one thread
 * at a time, several may live side by side. Nothing here exits or aborts.
 */
#ifndef NPU_SHIM_H
#define NPU_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct npu;

/* The package the library was built with; widths in bits. */
struct npu_shape {
    uint32_t rows, cols, lanes;
    uint32_t dataflow; /* 0 weight stationary, 1 output stationary */
    uint32_t act_bits, act_signed;
    uint32_t weight_bits, weight_zero_point;
    uint32_t product_bits, product_drop; /* product_bits 0: exact */
    uint32_t product_rounding, product_overflow;
    uint32_t acc_bits, acc_overflow, acc_wrap_bits, acc_depth;
    uint32_t mult_bits, shift_bits, rounding;
    uint32_t weight_depth, param_depth;
    uint32_t sim_bits;
    uint32_t debug; /* npu_shim_peek works */
};

/* One array layer, as the engine's cfg_* ports take it. All sizes from 1. */
struct npu_layer_regs {
    uint32_t positions, steps, ctiles, weight_base, param_base;
    int32_t in_zp, out_zp, act_min, act_max;
    int double_round;
};

/*
 * The engine asks for the codes of (position, step): codes[row * lanes + lane].
 *   weight stationary: position `position`, k = (step + row) * lanes + lane
 *   output stationary: position `position + row`, k = step * lanes + lane
 * What lies outside positions, image or reduction is in_zp.
 */
typedef void npu_fetch_fn(void *ctx, uint32_t position, uint32_t step,
                          int32_t *codes);

/* One finished vector: codes[cols]; `cycle` as for npu_cycle_fn. */
typedef void npu_store_fn(void *ctx, uint32_t position, uint32_t ctile,
                          const int32_t *codes, uint64_t cycle);

/*
 * Called in every cycle of a run; cycle 0 is the one with start_i high. A
 * fetch in cycle t is called before this hook of cycle t. The accumulator of
 * PE (row, col) holds the sum after a step whose fetch was in cycle t
 *   weight stationary: in cycle t + 3 + row (step + row of that position),
 *                      and only then: in the next, the next position's
 *   output stationary: from cycle t + 3 (that step of position + row), until
 *                      the next step's; sums without a fetch keep their value
 */
typedef void npu_cycle_fn(void *ctx, uint64_t cycle);

/*
 * A new engine, reset, with ROM images from `rom_dir`: weight_<col>.mem,
 * bias_<col>.mem and scale_<col>.mem, <col> in three decimal digits. NULL and
 * a message in `err` if one cannot be read. Free with npu_shim_free.
 */
struct npu *npu_shim_new(const char *rom_dir, char *err, size_t err_size);
void npu_shim_free(struct npu *npu);

void npu_shim_shape(struct npu_shape *shape);

/*
 * Run one layer. `cycles` and `overflows` are the hardware's own counters.
 * 0, or -1 after max_cycles cycles without done_o or when an assertion failed.
 */
int npu_shim_run(struct npu *npu, const struct npu_layer_regs *regs,
                 npu_fetch_fn *fetch, npu_store_fn *store, void *ctx,
                 uint64_t max_cycles, uint64_t *cycles, uint64_t *overflows);

/* `fn` may be NULL. `ctx` is stored. */
void npu_shim_on_cycle(struct npu *npu, npu_cycle_fn *fn, void *ctx);

/*
 * For use in an npu_cycle_fn: the accumulator of a PE in this cycle, and
 * whether the step that gave it overflowed. -1 without -DNPU_SHIM_DEBUG, when
 * no hook is set, or when there is no such PE.
 */
int npu_shim_peek(struct npu *npu, uint32_t row, uint32_t col, int64_t *acc,
                  int *overflow);

/*
 * Write every signal to a VCD file from now on; NULL stops. -1 in a library
 * built without --trace. One time unit is half a clock cycle.
 */
int npu_shim_trace(struct npu *npu, const char *vcd_path);

typedef struct npu *npu_shim_new_fn(const char *, char *, size_t);
typedef void npu_shim_free_fn(struct npu *);
typedef void npu_shim_shape_fn(struct npu_shape *);
typedef int npu_shim_run_fn(struct npu *, const struct npu_layer_regs *,
                            npu_fetch_fn *, npu_store_fn *, void *, uint64_t,
                            uint64_t *, uint64_t *);
typedef void npu_shim_on_cycle_fn(struct npu *, npu_cycle_fn *, void *);
typedef int npu_shim_peek_fn(struct npu *, uint32_t, uint32_t, int64_t *,
                             int *);
typedef int npu_shim_trace_fn(struct npu *, const char *);

#ifdef __cplusplus
}
#endif

#endif
