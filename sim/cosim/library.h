/*
 * library.h - the Verilated engine of a machine, built once and kept.
 *
 * The key of the cache is a digest over the package, every RTL file, the shim,
 * the flags and Verilator's version, so a second run builds nothing and a
 * changed file is never missed. Folder: $NAPIER_CACHE, else
 * $XDG_CACHE_HOME/napier, else ~/.cache/napier.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>

#include "sim/base/diag.h"
#include "sim/config/hardware.h"
#include "sim/cosim/npu_shim.h"

struct library {
    void *handle;
    bool built;                   /* false: it was in the cache */
    double seconds;               /* of building */
    char key[65];
    npu_shim_new_fn *npu_new;
    npu_shim_free_fn *npu_free;
    npu_shim_shape_fn *npu_shape;
    npu_shim_run_fn *npu_run;
    npu_shim_on_cycle_fn *npu_on_cycle;
    npu_shim_peek_fn *npu_peek;
    npu_shim_trace_fn *npu_trace;
};

/*
 * Build or find, and load. `rtl` is the folder of the .sv files; its npu_pkg is
 * written by codegen. `debug`: with npu_shim_peek and waves, slower. 0; or -1
 * and an error with the end of the tool's output.
 */
int library_open(struct library *lib, const struct hw *hw, const char *rtl,
                 const char *shim, bool debug, struct diag *diag);
void library_close(struct library *lib);

#endif
