/*
 * nets.h - networks, datasets and calibrations that many points share.
 *
 * Each is read or computed once for all points that need the same. Not for
 * several threads at once, but what was handed out may be read by any.
 */
#ifndef NETS_H
#define NETS_H

#include "sim/quant/quantize.h"
#include "sim/sweep/reference.h"

struct nets_entry {
    char *key;
    struct net net;
    struct net_float *real;       /* NULL: shapes alone */
    char *message;                /* why it cannot be read; else NULL */
    char digest[65];              /* as read, before any equalization */
    struct reference reference;   /* class NULL: not made */
    const struct dataset *reference_data;
};

struct nets_data {
    char *key;
    struct dataset data;
    char *message;
};

struct nets_calibration {
    char *key;
    struct calibration calibration;
};

struct nets {
    bool shapes_only;
    int workers;
    int entry_count, data_count, calibration_count;
    struct nets_entry **entry;
    struct nets_data **data;
    struct nets_calibration **calibration;
};

void nets_init(struct nets *n, bool shapes_only, int workers);
void nets_release(struct nets *n);

/*
 * The network of a design, with these overrides; equalized when the design says
 * so. `scope` spells the overrides out, for the key. NULL without memory; look
 * at message. Reading errors go into message only.
 */
struct nets_entry *nets_find(struct nets *n, const struct design *design,
                             const char *scope,
                             struct override_list *overrides);

/*
 * A design's test images, or its calibration images: none for a network that
 * its file has quantized. NULL without memory; look at message.
 */
struct nets_data *nets_dataset(struct nets *n, const struct nets_entry *net,
                               const struct design *design, bool test);

/* The calibration that a design asks for. NULL without memory or when
 * interrupted. */
const struct calibration *nets_calibrate(struct nets *n,
                                         struct nets_entry *net,
                                         const struct dataset *data,
                                         const struct design *design);

/* The float network on `images` of the test set. NULL as above. */
const struct reference *nets_reference(struct nets *n, struct nets_entry *net,
                                       const struct dataset *data,
                                       int64_t images);

/* The first error of a diag, with its place, on the heap; NULL: no memory. */
char *nets_message(const struct diag *diag);

#endif
