/*
 * npu_core_shim.h - the Verilated npu_core_top (rtl/) behind a C interface.
 *
 * Built with the Verilated model into a shared library, one for each hardware
 * file, that a C program opens with dlopen: the typedefs npu_core_*_fn below
 * are for dlsym. One struct npu_core is one core; it may be used from one
 * thread at a time, several may live side by side. Nothing here exits or
 * aborts. docs/rtl/core.md has the register map.
 */
#ifndef NPU_CORE_SHIM_H
#define NPU_CORE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct npu_core;

/* Addresses on the AXI4-Lite port, in bytes (docs/rtl/core.md). */
enum {
    NPU_CORE_ID = 0x00,          /* 0x3149504e */
    NPU_CORE_VERSION = 0x04,     /* 2 */
    NPU_CORE_CTRL = 0x08,        /* NPU_CORE_START.. */
    NPU_CORE_STATUS = 0x0c,      /* NPU_CORE_BUSY.. */
    NPU_CORE_IRQ_ENABLE = 0x10,  /* bit 0 done or error */
    NPU_CORE_IRQ_STATUS = 0x14,  /* bit 0, cleared by writing 1 */
    NPU_CORE_CYCLES = 0x18,      /* of the last run; high half at +4 */
    NPU_CORE_FINISHED = 0x20,    /* descriptors finished */
    NPU_CORE_ROM_DIGEST = 0x24,  /* header word 6 */
    NPU_CORE_ROM_COUNT = 0x28,   /* header word 2 */
    NPU_CORE_ACT_SIZE = 0x2c,    /* elements of the activation memory */
    NPU_CORE_SHAPE = 0x30,       /* rows, cols, lanes, dataflow: 8 bits each */
    NPU_CORE_WEIGHT_WORDS = 0x34, /* of a column, for NPU_CORE_VERIFY */
    NPU_CORE_PARAM_WORDS = 0x38,
    NPU_CORE_PROGRAM_CRC = 0x3c, /* header word 4 */
    NPU_CORE_IMAGE_CRC = 0x40,   /* header word 5 */
    NPU_CORE_LAYERS = 0x10000,   /* + 32 * descriptor: NPU_CORE_LAYER_* */
    NPU_CORE_WINDOW = 0x800000   /* activations: 1 byte each, 2 if > 8 bits */
};

enum {                           /* words of a descriptor's results */
    NPU_CORE_LAYER_CYCLES = 0x00,     /* high half at +4 */
    NPU_CORE_LAYER_OVERFLOWS = 0x08,  /* high half at +4 */
    NPU_CORE_LAYER_SIGNATURE = 0x10,
    NPU_CORE_LAYER_INFO = 0x14        /* op [7:0], layer [31:16] */
};

enum {                           /* NPU_CORE_CTRL */
    NPU_CORE_START = 1 << 0,
    NPU_CORE_CLEAR = 1 << 1,     /* done, error, interrupt */
    NPU_CORE_VERIFY = 1 << 2,    /* check every word of the ROMs, run nothing */
    NPU_CORE_ABORT = 1 << 3      /* stop what is under way */
};

enum {                           /* NPU_CORE_STATUS */
    NPU_CORE_BUSY = 1 << 0,
    NPU_CORE_DONE = 1 << 1,
    NPU_CORE_FAILED = 1 << 2,
    NPU_CORE_CODE_SHIFT = 8,     /* error code [11:8] */
    NPU_CORE_INDEX_SHIFT = 16    /* descriptor at work or in error */
};

enum npu_core_error {            /* [11:8] of NPU_CORE_STATUS */
    NPU_CORE_OK,
    NPU_CORE_BAD_MAGIC,          /* word 0 or 1 of the header */
    NPU_CORE_BAD_HEADER,         /* CRC of the header, sizes that do not fit */
    NPU_CORE_BAD_PROGRAM,        /* CRC of the program */
    NPU_CORE_BAD_DESCRIPTOR,     /* CRC, operation or sizes of a descriptor */
    NPU_CORE_BAD_START,          /* started while busy: the run goes on */
    NPU_CORE_BAD_IMAGES,         /* CRC of the weight, bias and scale ROMs */
    NPU_CORE_ABORTED             /* by NPU_CORE_ABORT */
};

/* The package the library was built with; widths in bits. */
struct npu_core_shape {
    uint32_t rows, cols, lanes;
    uint32_t dataflow; /* 0 weight stationary, 1 output stationary */
    uint32_t act_bits, act_signed;
    uint32_t weight_bits, weight_zero_point;
    uint32_t product_bits, product_drop; /* product_bits 0: exact */
    uint32_t product_rounding, product_overflow;
    uint32_t acc_bits, acc_overflow, acc_wrap_bits, acc_depth;
    uint32_t mult_bits, shift_bits, rounding;
    uint32_t weight_depth, param_depth;
    uint32_t act_banks, act_depth, program_depth;
    uint32_t sim_bits;
    uint32_t debug; /* npu_core_peek works */
};

/*
 * A new core, reset, with ROM images from `rom_dir`: program.mem, and
 * weight_<col>.mem, bias_<col>.mem, scale_<col>.mem, <col> in three decimal
 * digits. NULL and a message in `err` if one cannot be read.
 */
struct npu_core *npu_core_new(const char *rom_dir, char *err, size_t err_size);
void npu_core_free(struct npu_core *core);

void npu_core_shape(struct npu_core_shape *shape);

/* Reset again: registers; memories keep. */
void npu_core_reset(struct npu_core *core);

/*
 * One transfer on the bus; `strobe` has a bit for each byte, lowest first.
 * The bus's answer: 0 okay, 2 slave error; -1 if none came within 10,000
 * cycles or an assertion failed. The core runs on meanwhile.
 */
int npu_core_write(struct npu_core *core, uint32_t address, uint32_t data,
                   unsigned strobe);
int npu_core_read(struct npu_core *core, uint32_t address, uint32_t *data);

/*
 * Random pauses on the bus from now on: address and data part, answers are
 * taken late. 0: none.
 */
void npu_core_bus_pauses(struct npu_core *core, uint64_t seed);

/* Run with an idle bus. -1 when an assertion failed. */
int npu_core_step(struct npu_core *core, uint64_t cycles);

/* Run until the core is not busy: 0; -1 after max_cycles or a failed check. */
int npu_core_wait(struct npu_core *core, uint64_t max_cycles);

/*
 * The first assertion that failed, or else what stopped the simulation: then
 * name is "" and text has the simulator's words. 0; -1 if nothing failed.
 */
struct npu_core_failure {
    char name[64], module[64];    /* module: that of the assertion's file */
    char instance[160];           /* path below the top */
    char text[160];
    uint64_t cycle;               /* since npu_core_new */
    uint32_t index;               /* descriptor at work */
};
int npu_core_failure(const struct npu_core *core,
                     struct npu_core_failure *failure);

/* The interrupt line; the number of cycles since npu_core_new. */
int npu_core_irq(const struct npu_core *core);
uint64_t npu_core_now(const struct npu_core *core);

/*
 * What happens in a cycle, for the hook. `request`: the engine takes operands:
 *   weight stationary: position `position`, k = (step + row) * lanes + lane
 *   output stationary: position `position + row`, k = step * lanes + lane
 * The accumulator of PE (row, col) holds the sum after that step
 *   weight stationary: in cycle + 3 + row, and only then
 *   output stationary: from cycle + 3 until the next step's
 * With `vector` set the vector unit takes the tap(s) of step `step` at
 * `position`; its accumulator (row = rows, col) holds the sum from cycle + 3.
 * `result`: a vector of codes[cols] is written, of which `count` are channels.
 */
struct npu_core_event {
    uint64_t cycle;
    uint32_t index;               /* descriptor */
    uint32_t layer;               /* as the descriptor says */
    int request, vector, result;
    uint32_t position, step, ctile;                /* with request */
    uint32_t result_position, result_ctile, count; /* with result */
    const int32_t *codes;                          /* with result */
};

/* `fn` is called in every cycle; NULL: not any more. `ctx` is stored. */
typedef void npu_core_cycle_fn(void *ctx, const struct npu_core_event *event);
void npu_core_on_cycle(struct npu_core *core, npu_core_cycle_fn *fn, void *ctx);

/* `fn` is called only in cycles with a result: much faster. */
void npu_core_on_result(struct npu_core *core, npu_core_cycle_fn *fn,
                        void *ctx);

/*
 * For use in an npu_core_on_cycle hook: the accumulator of a PE in this cycle
 * (row = rows + NPU_CORE_AT_*: a register of the vector unit), and whether the
 * step that gave it overflowed (PEs only). -1 without -DNPU_SHIM_DEBUG, without
 * a hook, or for no such place.
 */
enum {
    NPU_CORE_AT_DEPTHWISE,        /* a depthwise column's accumulator */
    NPU_CORE_AT_POOL,             /* the greatest code so far, or the sum */
    NPU_CORE_AT_OPERAND,          /* first operand of a mul */
    NPU_CORE_AT_PRODUCT,
    NPU_CORE_AT_SCALED,           /* an add's operand, scaled: 6 cycles after */
    NPU_CORE_AT_SUM,              /* of both */
    NPU_CORE_PLACES
};
int npu_core_peek(struct npu_core *core, uint32_t row, uint32_t col,
                  int64_t *acc, int *overflow);

/*
 * Where a sum comes from, in the same way. The code that arrives in this cycle
 * at a lane of an array row (row = rows: at column `lane` of the vector unit),
 * one after its request; the operands that a PE (row = rows: a depthwise
 * column) takes, one before its sum stands; and what it adds to: weight
 * stationary the sum from above or the buffer, else the bias of a first step.
 */
int npu_core_peek_code(struct npu_core *core, uint32_t row, uint32_t lane,
                       int32_t *code);
int npu_core_peek_operands(struct npu_core *core, uint32_t row, uint32_t col,
                           uint32_t lane, int64_t *act, int64_t *weight);
int npu_core_peek_start(struct npu_core *core, uint32_t row, uint32_t col,
                        int64_t *sum);

/*
 * Write every signal to a file from now on, VCD or, built with --trace-fst,
 * FST; NULL stops. -1 in a library built without either. One time unit is half
 * a clock cycle.
 */
int npu_core_trace(struct npu_core *core, const char *path);

typedef struct npu_core *npu_core_new_fn(const char *, char *, size_t);
typedef void npu_core_free_fn(struct npu_core *);
typedef void npu_core_shape_fn(struct npu_core_shape *);
typedef void npu_core_reset_fn(struct npu_core *);
typedef int npu_core_write_fn(struct npu_core *, uint32_t, uint32_t, unsigned);
typedef int npu_core_read_fn(struct npu_core *, uint32_t, uint32_t *);
typedef void npu_core_bus_pauses_fn(struct npu_core *, uint64_t);
typedef int npu_core_step_fn(struct npu_core *, uint64_t);
typedef int npu_core_wait_fn(struct npu_core *, uint64_t);
typedef int npu_core_failure_fn(const struct npu_core *,
                                struct npu_core_failure *);
typedef int npu_core_irq_fn(const struct npu_core *);
typedef uint64_t npu_core_now_fn(const struct npu_core *);
typedef void npu_core_on_cycle_fn(struct npu_core *, npu_core_cycle_fn *,
                                  void *);
typedef int npu_core_peek_fn(struct npu_core *, uint32_t, uint32_t, int64_t *,
                             int *);
typedef int npu_core_peek_code_fn(struct npu_core *, uint32_t, uint32_t,
                                  int32_t *);
typedef int npu_core_peek_operands_fn(struct npu_core *, uint32_t, uint32_t,
                                      uint32_t, int64_t *, int64_t *);
typedef int npu_core_peek_start_fn(struct npu_core *, uint32_t, uint32_t,
                                   int64_t *);
typedef int npu_core_trace_fn(struct npu_core *, const char *);

#ifdef __cplusplus
}
#endif

#endif
