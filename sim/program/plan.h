/*
 * plan.h - where tensors lie in activation memory, and for how long.
 *
 * A tensor lives from the layer that writes it to the last that reads it, both
 * included: a layer's inputs and its output never share an element. Space is
 * used again as soon as its tensor is dead.
 *
 *     element   layer 0   1       2       3
 *       1200  |         | t2    | t2    |       |
 *        784  | t1      | t1    |       | t4    |
 *          0  | t0      |       | t3    | t3    |
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdint.h>

struct plan_tensor {
    int64_t elements;             /* from 1 */
    int first, last;              /* layers, in order; -1: before the run */
    int64_t address;              /* the plan's answer */
};

/*
 * Give each tensor the lowest place that is free all its life, once in the
 * order of birth and once the largest first; the better plan stays. Returns the
 * elements of memory used, or -1 without memory.
 */
int64_t plan_place(struct plan_tensor *tensor, int count);

#endif
