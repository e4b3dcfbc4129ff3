/*
 * rom.h - a program as ROM images, and back.
 *
 * Written into one folder: weight_CCC.mem, bias_CCC.mem and scale_CCC.mem for
 * each column CCC and program.mem, as $readmemh reads them (a word a line, most
 * significant digit first), and manifest.json, by which a stranger can decode
 * them (docs/codegen.md).
 */
#ifndef ROM_H
#define ROM_H

#include "sim/base/diag.h"
#include "sim/program/program.h"

enum rom_memory { ROM_WEIGHT, ROM_BIAS, ROM_SCALE, ROM_PROGRAM, ROM_MEMORIES };

struct rom_stats {
    int files;
    int64_t weight_bits, param_bits;   /* used words, all columns */
};

/*
 * Write images and manifest. Each file is replaced whole or not at all, the
 * manifest last. 0; or -1 and an error.
 */
int rom_write(const struct program *program, const char *folder,
              struct rom_stats *stats, struct diag *diag);

/* One memory's geometry. */
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

struct rom_verdict {
    int64_t weights, biases, scales, descriptors;   /* compared */
    int64_t differences;
};

/*
 * Read the images of a folder by its manifest, decode every tensor and compare
 * each weight, zero point, bias, multiplier, shift and descriptor with the
 * program. Every
 * damaged file and the first differences are reported to `diag`. 0 when all
 * are equal, else -1.
 */
int rom_verify(const struct program *program, const char *folder,
               struct rom_verdict *verdict, struct diag *diag);

#endif
