/*
 * reference.h - the float network on the test images, run once for all points.
 *
 * Every tensor of every image is kept while that fits REFERENCE_MOST_BYTES;
 * beyond, an image is run again each time it is asked for. Both give the same
 * numbers.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "sim/net/dataset.h"
#include "sim/net/net_float.h"

#define REFERENCE_MOST_BYTES ((size_t) 768 << 20)

struct reference {
    const struct net *net;
    const struct net_float *f;
    const struct dataset *data;
    int64_t images;
    int64_t labelled, correct;
    int *class;                   /* [images] */
    int64_t elements;             /* of all tensors of an image */
    float *kept;                  /* [images][elements]; NULL: too large */
};

/* Run all images; borrows net, f and data. 0; or -1 without memory or when
 * interrupted. Call reference_release in any case. */
int reference_make(struct reference *r, const struct net *net,
                   const struct net_float *f, const struct dataset *data,
                   int64_t images, int workers);
void reference_release(struct reference *r);

/*
 * The tensors of image i, in order, the input first: tensor[net_tensor_count].
 * `b` is a worker's own, and lends its memory when nothing is kept.
 */
void reference_tensors(const struct reference *r, int64_t i,
                       struct net_buffers *b, const float **tensor);

#endif
