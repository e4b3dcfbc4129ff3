/*
 * bound.h - what the sums of a layer can reach, by three arguments.
 *
 *   types     any weights and any inputs of these formats
 *   l1        these weights' magnitudes, any inputs of the magnitude
 *   interval  these weights, any inputs of the range; exact
 *
 * Each knows more than the one before, and none asks for data. All are for the
 * sums that an accumulator must hold: the bias and every partial sum after it
 * in the order of docs/numerics.md, that is after each step of `lanes`
 * products, each product in its product format. docs/accumulator.md works an
 * example through.
 */
#ifndef BOUND_H
#define BOUND_H

#include <stdbool.h>

#include "sim/program/program.h"

struct bound {
    bool sums;                    /* false: nothing to hold, or an add, which
                                     is scaled so that its sum always fits */
    int type_bits;                /* of the narrowest safe signed accumulator */
    int l1_bits;
    int interval_bits;
    struct fx_range interval;     /* of all channels together */
    /*
     * Both ends of every channel's interval occur for some input. Else a
     * product may wrap in its format, and the interval is merely safe.
     */
    bool tight;
};

/*
 * The bounds of a layer. Biases are taken as the program has them: give one
 * whose accumulator holds them all.
 */
struct bound bound_layer(const struct program *program, int layer);

/* The interval of one channel of such a layer. */
struct fx_range bound_channel_interval(const struct program *program,
                                       int layer, int channel);

/* Whether a format holds every value of a range; an empty range always. */
bool bound_holds(const struct fx_format *format, const struct fx_range *range);

/* The least bits for which the format, its bits replaced, holds the range; 0
 * for an empty range. */
int bound_narrowest(struct fx_format format, const struct fx_range *range);

#endif
