/*
 * program_load.h - a program from the words of its memories alone.
 *
 * What the hardware sees is all there is: no network file, no quantization. The
 * result runs like the one that program_build made, bit for bit (values,
 * overflows, cycles, signatures); what the memories do not hold is filled so
 * that every user of a struct program copes:
 *
 *   net, tensor   a network of the shapes that descriptors give, without
 *                 weights; scales are 1, ranges those of the activation format,
 *                 zero points what the readers subtract
 *   layers        keep their numbers; a number without a descriptor is a
 *                 flatten, for it moves nothing, of what the next descriptor
 *                 reads. Of those behind the last, the caller must know
 *   op            a fully connected layer is a 1 x 1 convolution
 *
 * The words may be hostile: every size, address and code is checked before it
 * is used, and memory is bounded by that of the machine.
 */
#ifndef PROGRAM_LOAD_H
#define PROGRAM_LOAD_H

#include "sim/base/diag.h"
#include "sim/program/program.h"

/* The memories, in the layouts of program.h; borrowed for the call. */
struct program_words {
    const uint32_t *code;
    uint32_t code_words;
    const uint8_t *weight;            /* [cols][weight_words][word bytes] */
    uint32_t weight_words;
    const int64_t *bias;              /* [cols][param_words] */
    const uint64_t *scale;
    uint32_t param_words;
    const char *network;              /* NULL: "image" */
    const char *const *layer_name;    /* by layer; NULL: "layer0", "layer1".. */
    int layer_names;
    int last_flattens;                /* layers behind the last descriptor */
    /*
     * Bits of weights, biases and scales may be wrong (soft errors): their CRC
     * is not compared, and a code that no image has is taken as the hardware
     * takes it: a multiplier with its sign bit, a zero point that nothing
     * subtracts as 0. The tables of pools, add and mul are those of column 0.
     * The program ROM must be right in any case, for the hardware refuses it
     * too.
     */
    bool damaged;
};

/*
 * Load. `hw` is borrowed; errors are reported at `place`. 0, or -1; call
 * program_release in any case.
 */
int program_load(struct program *program, const struct program_words *words,
                 const struct hw *hw, struct place place, struct diag *diag);

#endif
