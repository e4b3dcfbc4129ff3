/* image.h - the words of the ROMs; the layouts are in program.h. */
#ifndef IMAGE_H
#define IMAGE_H

#include "sim/program/program.h"

/* Fill weight_image, bias_image and scale_image. 0, or -1 and an error. */
int image_fill(struct program *program, struct diag *diag);

/*
 * Fill code and code_header; after image_fill, whose CRC it holds. 0; or -1 and
 * an error for each layer that the words cannot describe.
 */
int image_fill_code(struct program *program, struct diag *diag);

/* CRC-32 over every word of every column: weights, then biases, then scales. */
uint32_t image_crc(const struct program *program);

#endif
