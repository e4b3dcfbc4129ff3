/*
 * pass.h - the values of a few points that share a quantization.
 */
#ifndef PASS_H
#define PASS_H

#include "sim/sweep/point.h"
#include "sim/sweep/values.h"

/* A quantized network that the points of a group share. */
struct pass_group {
    char key[65];                 /* point's group; "": none yet */
    struct qnet qnet;
    bool made;
    char *message;                /* why it cannot be quantized */
};

struct pass {
    struct nets *nets;
    struct pass_group *group;     /* kept from pass to pass */
    int workers;
    int64_t images;               /* of this round */
    int64_t most_images;          /* of the last round */
    struct values_work work;
    int64_t groups;               /* quantizations so far */
    struct diag *diag;
};

void pass_group_release(struct pass_group *g);

/*
 * Fill result[i] of point[i], all of one group. What a point is refused for
 * goes into its message. Layers live in `arena`. -1 without memory or when
 * interrupted.
 */
int pass_run(struct pass *pass, struct point **point, int count,
             struct store_result *result, struct arena *arena);

/* The same of one point, sharing nothing with any other. */
int pass_run_alone(struct pass *pass, const struct space *s,
                   struct point *point, struct store_result *result,
                   struct arena *arena);

#endif
