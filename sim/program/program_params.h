/* program_params.h - weights, biases and scales of a layer from their words:
 * the half of program_load.h that reads the images. */
#ifndef PROGRAM_PARAMS_H
#define PROGRAM_PARAMS_H

#include "sim/program/program_load.h"

/* Parameter words of each column that the operation reads. */
uint32_t program_params_words(const struct descriptor *d, const struct hw *hw);

/* The program's own copy of the images. */
int program_params_copy(struct program *p, const struct program_words *words,
                        struct place place, struct diag *diag);

/* Decode those of a layer, whose addresses were checked. 0; or -1 and an
 * error: a code that no image has. */
int program_params_load(struct program *p, int layer,
                        const struct program_words *words, struct place place,
                        struct diag *diag);

#endif
