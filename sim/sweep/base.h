/* base.h - the base design of a sweep, without its axes. */
#ifndef SWEEP_BASE_H
#define SWEEP_BASE_H

#include "sim/base/digest.h"
#include "sim/config/design.h"
#include "sim/sweep/space.h"

struct sweep_base {
    struct design design;
    int64_t images;                       /* of each point; 0: timing alone */
    char digest[DIGEST_HEX_CHARS + 1];    /* of its effective inputs */
    struct arena arena;
};

void sweep_base_init(struct sweep_base *b);
void sweep_base_release(struct sweep_base *b);

/* The base as it is: its errors stop the sweep, with their places. 0 or -1. */
int sweep_base_read(struct sweep_base *b, const struct space *s,
                    struct diag *diag);

#endif
