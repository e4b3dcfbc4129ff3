/*
 * firmware.h - a program as plain C99 for a processor that drives the core.
 *
 * Written into one folder: the driver and its parts as they are shipped
 * (codegen/firmware), npu_regs.h from the register map, and what belongs to
 * this network: network.h, npu_network.c, the image as npu_image.c and
 * npu_image.bin, npu_kat_data.c and README.md. docs/firmware.md explains each.
 */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include "sim/array/array.h"
#include "sim/base/diag.h"
#include "sim/base/strbuf.h"
#include "sim/program/program.h"

struct firmware {
    const struct program *program;
    const struct array_model *model;
    const int32_t *input;         /* codes of the known-answer test */
    const char *input_from;       /* where they come from, for README.md */
    const char *sources;          /* folder of the shipped files */
};

struct firmware_stats {
    int files, sections;
    size_t image_bytes;
};

/* Each file is replaced whole or not at all. 0, or -1 and an error. */
int firmware_write(const struct firmware *firmware, const char *folder,
                   struct firmware_stats *stats, struct diag *diag);

/* ----------------------------------------------------- parts, for its files */

enum firmware_kind { FIRMWARE_PROGRAM, FIRMWARE_WEIGHT, FIRMWARE_BIAS,
                     FIRMWARE_SCALE };

/* A tensor in the image (codegen/firmware/npu_image.h). */
struct firmware_section {
    enum firmware_kind kind;
    int layer;                    /* in the network; program: 0 */
    uint32_t offset, bytes, crc;
    uint32_t base, words, word_bytes, banks;
};

/* The image; its sections, the caller's to free. NULL without memory. */
struct firmware_section *firmware_image(const struct program *program,
                                        struct strbuf *image, int *count);

/* A text as a C string literal, quotes included. */
void firmware_quote(struct strbuf *text, const char *string);

/* network.h, npu_network.c; npu_kat_data.c; README.md. */
void firmware_print_header(const struct firmware *f, struct strbuf *text);
void firmware_print_network(const struct firmware *f,
                            const struct firmware_section *section, int count,
                            struct strbuf *text);
int firmware_print_kat(const struct firmware *f, struct strbuf *text);
void firmware_print_readme(const struct firmware *f, size_t image_bytes,
                           struct strbuf *text);

#endif
