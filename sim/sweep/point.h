/*
 * point.h - one point of a sweep: its files read with its settings, and what
 * its result depends on.
 */
#ifndef POINT_H
#define POINT_H

#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/sweep/nets.h"
#include "sim/sweep/space.h"

struct point {
    int64_t number;               /* in the product of the axes */
    int64_t ordinal;              /* in the sweep */
    int64_t id;                   /* in the store */
    char *message;                /* why it is refused; else NULL */
    struct design design;
    struct hw hw;
    struct nets_entry *net;       /* borrowed; NULL when refused before */
    struct nets_data *test, *calibration;
    char scope[65];               /* SHA-256 of the network's own settings */
    char inputs[65];              /* of all that the result depends on, but
                                     the number of images */
    char group[65];               /* of all that decides codes and sums, but
                                     the accumulator */
    struct arena arena;
};

/*
 * Read design and hardware; several threads may do so for several points. What
 * is wrong goes into message. -1 without memory.
 */
int point_read(struct point *p, const struct space *s);

/* Network and data, from the shared ones: one thread at a time. */
int point_find_net(struct point *p, const struct space *s, struct nets *nets);

void point_release(struct point *p);

/* Settings of the hardware that no code and no sum depends on, but by what the
 * accumulator holds: array, dataflow, memories, accumulator. */
bool point_is_shape(const char *key);

/* SHA-256 of the settings: what a point is known by. 0 or -1. */
int point_digest(const struct space *s, int64_t number, struct strbuf *settings,
                 char *hex);

#endif
