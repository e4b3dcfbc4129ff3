/*
 * cut.h - a program of one layer, or one channel tile of it, taken out of a
 * whole one: the same images, addresses and parameters, one descriptor.
 */
#ifndef CUT_H
#define CUT_H

#include "sim/program/program.h"

/*
 * Take layer `layer` out; its input becomes the network's. `tile`: only that
 * channel tile of a layer of the array, -1 for all. `whole` must outlive it.
 * Not for flatten, add and mul. 0; or -1 and an error at the layer. Call
 * program_release in any case.
 */
int program_cut(struct program *cut, const struct program *whole, int layer,
                int tile, struct diag *diag);

#endif
