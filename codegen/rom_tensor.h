/*
 * rom_tensor.h - where the numbers of each tensor lie in the memories.
 *
 * A tensor is [channels][taps...]; element (n, k) of it is
 *
 *   column n % columns, word base + n / columns * stride + k / per_word,
 *   bits bit + k % per_word * bits and on
 *
 * of its memory, whose banks are columns. The manifest has these numbers, and
 * images are decoded by them alone.
 */
#ifndef ROM_TENSOR_H
#define ROM_TENSOR_H

#include "codegen/rom_memories.h"
#include "sim/quant/qnet.h"

enum rom_role { ROM_WEIGHTS, ROM_BIASES, ROM_MULTIPLIERS, ROM_SHIFTS,
                ROM_ZERO_POINTS, ROM_CODE, ROM_ROLES };

extern const char *const rom_role_names[];       /* end with NULL */

enum { ROM_MAX_RANK = 4 };

struct rom_tensor {
    const char *name;                  /* "conv1.weight" */
    const char *layer;                 /* "conv1"; "" for the program */
    enum rom_role role;
    enum rom_memory memory;
    int rank;
    int64_t dim[ROM_MAX_RANK];
    const char *axes;                  /* "out ky kx in" */
    int bits;
    bool is_signed;
    int bit, per_word;
    int64_t base, stride;
    /* Real value of a code, [channels] each, or NULL: not known here. */
    const double *scale;
    const int32_t *zero_point;
    int desc;                          /* of the program; -1: none */
};

struct rom_tensor_list {
    struct rom_tensor *tensor;
    int count;
};

/* All tensors of a program; scales where `qnet` is given. -1 without memory. */
int rom_tensors_of(struct rom_tensor_list *list, const struct program *program,
                   const struct qnet *qnet, struct arena *arena);

int64_t rom_tensor_channels(const struct rom_tensor *t);
int64_t rom_tensor_taps(const struct rom_tensor *t);

/* All its elements lie inside the memory. */
bool rom_tensor_fits(const struct rom_tensor *t, const struct rom_words *m);

/* Where an element is. */
struct rom_spot {
    int column;
    uint32_t word;
    int bit;
};
struct rom_spot rom_tensor_spot(const struct rom_tensor *t, int columns,
                                int64_t n, int64_t k);

int64_t rom_tensor_value(const struct rom_tensor *t, const struct rom_words *m,
                         int64_t n, int64_t k);

/* What a tensor of rom_tensors_of must hold. */
int64_t rom_tensor_wanted(const struct rom_tensor *t,
                          const struct program *program, int64_t n, int64_t k);

#endif
