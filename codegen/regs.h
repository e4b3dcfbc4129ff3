/*
 * regs.h - the core's register map: the one table from which all copies come.
 *
 *   c         npu_regs.h of a firmware pack, C99
 *   sv        rtl/npu_regs.sv, the decoder inside npu_host
 *   systemc   sim/systemc/npu_regs.hpp, the same numbers in C++
 *   markdown  docs/registers.md
 *
 * The files in the tree are what `napier rom --registers FORMAT` prints; make
 * check-style holds them to it.
 */
#ifndef REGS_H
#define REGS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/strbuf.h"

enum regs_format { REGS_C, REGS_SV, REGS_SYSTEMC, REGS_MARKDOWN,
                   REGS_FORMATS };

/* "c", "sv", "systemc", "markdown", NULL. */
extern const char *const regs_format_names[REGS_FORMATS + 1];

void regs_print(enum regs_format format, struct strbuf *text);

/* ------------------------------------------------------------- the table */

enum reg_access {
    REG_RO,                       /* writes answer SLVERR */
    REG_RW,
    REG_WO,                       /* reads as 0 */
    REG_W1C                       /* write 1 to clear */
};

/* A field of a register, or the whole of it without one. */
struct reg_field {
    const char *name;             /* NULL ends the list */
    int low, bits;
    const char *help;
};

enum { REG_MAX_FIELDS = 8 };

struct reg {
    const char *name;             /* NULL ends the list */
    uint32_t offset;              /* in bytes, from the block's base */
    enum reg_access access;
    bool constant;                /* always reads as `value` */
    uint32_t value;
    const char *help;
    struct reg_field field[REG_MAX_FIELDS];
};

struct reg_code {
    const char *name;             /* NULL ends the list */
    int value;
    const char *help;             /* as the driver says it */
};

enum { REGS_LAYER_BASE = 0x10000, REGS_LAYER_STRIDE = 32,
       REGS_WINDOW_BASE = 0x800000, REGS_ADDRESS_BITS = 24 };

extern const struct reg regs_core[];     /* at 0 */
extern const struct reg regs_layer[];    /* a descriptor's results */
extern const struct reg_code regs_error[];   /* of STATUS.CODE */

#endif
