/*
 * rom.h - a program as ROM images.
 *
 * Written into one folder: image files in any layout and format (rom_layout.h,
 * format.h), by default weight_CCC.mem, bias_CCC.mem and scale_CCC.mem for each
 * column CCC and program.mem, as the RTL's $readmemh reads them; and
 * manifest.json, by which a stranger can decode them (docs/manifest.md).
 * rom_read.h reads them back.
 */
#ifndef ROM_H
#define ROM_H

#include "codegen/rom_layout.h"
#include "sim/base/diag.h"
#include "sim/program/program.h"
#include "sim/quant/qnet.h"

struct rom_stats {
    int files;                         /* with the manifest */
    int64_t weight_bits, param_bits;   /* used words, all columns */
    int64_t stored_bits;               /* of all banks, check bits included */
    int64_t file_bytes;                /* of the images */
    int removed;                       /* files of images that were there */
};

/* Bits flipped on purpose, after the digests are taken. */
struct rom_inject {
    int64_t bits;                      /* 0: none */
    uint64_t seed;
    bool memory[ROM_MEMORIES];         /* where; none set: everywhere */
};

struct rom_options {
    struct rom_layout layout;
    const struct qnet *qnet;           /* scales for the manifest, or NULL */
    struct rom_inject inject;
};

/*
 * Write images and manifest. Each file is replaced whole or not at all, the
 * manifest last. 0; or -1 and an error.
 */
int rom_write_as(const struct program *program,
                 const struct rom_options *options, const char *folder,
                 struct rom_stats *stats, struct diag *diag);

/* As the RTL reads them. */
int rom_write(const struct program *program, const char *folder,
              struct rom_stats *stats, struct diag *diag);

/* One memory's geometry, a bank a column. */
struct rom_geometry {
    const char *name;                  /* "weight", "bias", ... */
    int banks;                         /* columns; 1 for the program */
    int word_bits;
    uint32_t words;                    /* of a bank */
};
struct rom_geometry rom_geometry(const struct program *program,
                                 enum rom_memory memory);

/* A word as up to 256 bits, little endian bytes. */
enum { ROM_WORD_BYTES = 32 };
void rom_word(const struct program *program, enum rom_memory memory, int bank,
              uint32_t address, uint8_t word[ROM_WORD_BYTES]);

/*
 * Flip that many different bits, each bit of the chosen memories as likely as
 * another; the same ones for the same seed. -1 and an error where there are
 * not so many, or without memory.
 */
int rom_flip_bits(struct rom_memories *m, const struct rom_inject *inject,
                  struct diag *diag, struct place place);

#endif
