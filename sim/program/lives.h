/*
 * lives.h - from when to when a tensor must be in activation memory, and when
 * the layers run that the host runs.
 */
#ifndef LIVES_H
#define LIVES_H

#include "sim/program/plan.h"
#include "sim/program/program.h"

/* The tensor whose space tensor t is: flatten moves nothing. */
int lives_root(const struct program *program, int t);

/* Fill desc->when of the host's layers. -1 without memory. */
int lives_find_when(struct program *program);

/* The host writes tensor t before the run or reads it after: the input, the
 * outputs, what its own layers make for the core or take from it. */
bool lives_host_reaches(const struct program *program, int t);

/*
 * tensor[t] for every tensor: from the layer that writes it to the last that
 * reads it; outputs of the network outlive the run, and so does what the host
 * reads after it. What the host makes before the run lives from the start.
 * Tensors that the host alone touches have 0 elements.
 */
void lives_find(const struct program *program, struct plan_tensor *tensor);

#endif
