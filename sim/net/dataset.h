/*
 * dataset.h - labelled images, from an .npz or a pair of IDX files.
 *
 *   NAME.npz                     arrays `images` [n][h][w][c] or [n][h][w] or
 *                                [n][features], and `labels` [n] (optional)
 *   NAME.npy                     the images alone
 *   *images-idx3-ubyte[.gz]      MNIST's own files; the labels are read from
 *                                the name with labels-idx1 in it
 */
#ifndef DATASET_H
#define DATASET_H

#include "sim/base/diag.h"
#include "sim/base/npy.h"
#include "sim/net/net.h"

struct dataset {
    struct npy_array images;
    struct npy_array labels;   /* data NULL: unlabelled */
    int64_t count;
    int64_t elements;          /* of one image */
    char digest[65];           /* SHA-256 of images and labels, hex */
};

/*
 * Read a dataset and check that its images fit the network's input. 0; or -1,
 * an error at `place`, and an empty dataset (may be released).
 */
int dataset_read(struct dataset *data, const char *path, const struct net *net,
                 struct diag *diag, struct place place);
void dataset_release(struct dataset *data);

/* Labels of a file of their own (.npy, [n]), in place of those that are there. 0;
 * or -1 and an error at `place`. */
int dataset_read_labels(struct dataset *data, const char *path,
                        const struct net *net, struct diag *diag,
                        struct place place);

/*
 * Image i as the network's real input: (pixel - subtract) / divide. Where the
 * network's input is quantized and the images have the same integer type, they
 * are codes, and the real is what the code stands for.
 */
void dataset_image(const struct dataset *data, const struct net *net, int64_t i,
                   float *out);

/* -1 where there are no labels. */
int dataset_label(const struct dataset *data, int64_t i);

#endif
