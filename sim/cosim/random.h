/*
 * random.h - random machines and networks, as files.
 *
 * A case is drawn as plain numbers, written as the files that a user would
 * write (hardware.yaml, network.yaml, design.yaml and three .npz) and read back
 * by the usual readers: whatever fails, replays with `napier cosim`. Weights
 * and images follow from seeds, so a case can be made smaller by changing its
 * numbers and writing it again (shrink.h).
 *
 * Data favour corners: extremes, zeros, checkerboards, one lonely value, and
 * powers of two as scales, which make ties.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include "sim/base/rng.h"
#include "sim/config/hardware.h"
#include "sim/net/net.h"

enum { RANDOM_MAX_LAYERS = 8, RANDOM_IMAGES = 2 };

struct random_layer {
    enum net_op op;
    int input, second;            /* tensors; 0 is the input */
    int filters, multiplier;
    struct net_window window;
    enum net_activation activation;
    double clamp_lo, clamp_hi;
    uint64_t seed;                /* of weights and biases */
};

struct random_net {
    struct net_shape input;
    int layer_count;
    struct random_layer layer[RANDOM_MAX_LAYERS];
    int images;
    uint64_t data_seed;
    bool asymmetric, per_channel, power_of_two;    /* quantization */
};

/*
 * A machine, with small numbers often. Always one that the reader accepts.
 * Dataflow and overflow mode follow from `number`: ten machines have them all.
 */
void random_draw_hw(struct rng *r, int64_t number, struct hw *hw);

/*
 * Fix keys of a drawn machine: `settings` has a key=value a line, as --set
 * takes them. Its hardware.yaml is written to `folder`, which is made. 0; or -1
 * and an error, also for a key that no hardware file has.
 */
int random_set_hw(struct hw *hw, const char *settings, const char *folder,
                  struct diag *diag);

/* A network that fits the machine and runs in little time there. */
void random_draw_net(struct rng *r, const struct hw *hw,
                     struct random_net *net);

/* Shapes of all tensors, [layer_count + 1]; -1 when a layer has none. */
int random_shapes(const struct random_net *net, struct net_shape *shape);

/* Cycles that the whole network may take, roughly. */
int64_t random_effort(const struct random_net *net, const struct hw *hw);

/* Write all files of a case into a folder, which is made. 0, or an error. */
int random_write(const struct random_net *net, const struct hw *hw,
                 const char *folder, struct diag *diag);

#endif
