/*
 * library.h - the Verilated RTL of a machine, built once and kept.
 *
 * Two kinds: the whole core (npu_core_shim.h) and the engine alone
 * (npu_shim.h). The key of the cache is a digest over the package, every RTL
 * file, the shim, the flags and Verilator's version, so a second run builds
 * nothing and a changed file is never missed. Beside the library stand its size
 * and digest: one that is damaged is built again. Folder: $NAPIER_CACHE, else
 * $XDG_CACHE_HOME/napier, else ~/.cache/napier.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>

#include "sim/base/diag.h"
#include "sim/config/hardware.h"
#include "sim/cosim/npu_core_shim.h"
#include "sim/cosim/npu_shim.h"

enum library_kind { LIBRARY_CORE, LIBRARY_ENGINE };

/* What a library can show; DEBUG_FST is for the core. */
enum library_look {
    LIBRARY_PLAIN,
    LIBRARY_DEBUG,                /* peeks; waves are VCD */
    LIBRARY_DEBUG_FST             /* peeks; waves are FST */
};

struct library_engine {
    npu_shim_new_fn *npu_new;
    npu_shim_free_fn *npu_free;
    npu_shim_shape_fn *npu_shape;
    npu_shim_run_fn *npu_run;
    npu_shim_on_cycle_fn *npu_on_cycle;
    npu_shim_peek_fn *npu_peek;
    npu_shim_trace_fn *npu_trace;
};

struct library_core {
    npu_core_new_fn *npu_new;
    npu_core_free_fn *npu_free;
    npu_core_write_fn *npu_write;
    npu_core_read_fn *npu_read;
    npu_core_bus_pauses_fn *npu_bus_pauses;
    npu_core_step_fn *npu_step;
    npu_core_wait_fn *npu_wait;
    npu_core_failure_fn *npu_failure;
    npu_core_irq_fn *npu_irq;
    npu_core_now_fn *npu_now;
    npu_core_on_cycle_fn *npu_on_cycle;
    npu_core_on_cycle_fn *npu_on_result;
    npu_core_peek_fn *npu_peek;
    npu_core_peek_code_fn *npu_peek_code;
    npu_core_peek_operands_fn *npu_peek_operands;
    npu_core_peek_start_fn *npu_peek_start;
    npu_core_trace_fn *npu_trace;
};

struct library {
    enum library_kind kind;
    void *handle;
    bool built;                   /* false: it was in the cache */
    double seconds;               /* of building */
    char key[65];
    struct library_engine engine; /* of that kind only */
    struct library_core core;
};

/* Where the sources are; borrowed. */
struct library_sources {
    const char *rtl;              /* folder of the .sv files */
    const char *shim;             /* folder of the shims and build scripts */
};

/*
 * Build or find, and load. The RTL's npu_pkg is written by codegen. A library
 * that is not plain is slower. 0; or -1 and an error with the end of the tool's
 * output.
 */
int library_open(struct library *lib, enum library_kind kind,
                 const struct hw *hw, const struct library_sources *sources,
                 enum library_look look, struct diag *diag);
void library_close(struct library *lib);

#endif
