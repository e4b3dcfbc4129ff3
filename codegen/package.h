/*
 * package.h - npu_pkg.sv: the hardware file as SystemVerilog parameters.
 */
#ifndef PACKAGE_H
#define PACKAGE_H

#include "sim/base/diag.h"
#include "sim/base/strbuf.h"
#include "sim/config/hardware.h"

/*
 * The package that rtl/npu_top.sv takes its sizes from. `sim_width` pads the
 * internal words to a native width, which changes no value and lets Verilator
 * run faster; 0 for synthesis.
 */
void package_format(const struct hw *hw, int sim_width, struct strbuf *text);

/* Write it to a file. 0, or -1 and an error. */
int package_write(const struct hw *hw, int sim_width, const char *path,
                  struct diag *diag);

/* The SimWidth that suits a machine: 32 or 64, or 0 where neither does. */
int package_sim_width(const struct hw *hw);

#endif
