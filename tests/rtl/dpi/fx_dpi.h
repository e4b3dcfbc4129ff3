/*
 * fx_dpi.h - what main.cpp asks of fx_dpi.c. The functions that SystemVerilog
 * calls are declared by fx_dpi_pkg.sv and tb_pkg.sv.
 */
#ifndef FX_DPI_H
#define FX_DPI_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The seed of all stimulus. */
void fx_dpi_start(uint64_t seed);

/* Whether a checker has found a difference, and printed it. */
bool fx_dpi_differed(void);

/* Prints a line for each module: the comparisons made. */
void fx_dpi_summary(void);

#ifdef __cplusplus
}
#endif

#endif
