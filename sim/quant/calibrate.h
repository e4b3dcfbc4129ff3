/*
 * calibrate.h - what the values of every tensor are, on the calibration set.
 *
 * Two passes of the float network: least and greatest of each image, then, if a
 * method asks for it, histograms between the least and greatest of all. Both are
 * the same for any number of threads.
 */
#ifndef CALIBRATE_H
#define CALIBRATE_H

#include "sim/config/design.h"
#include "sim/net/dataset.h"
#include "sim/net/net_float.h"
#include "sim/quant/range.h"

struct calibration {
    int tensors;
    struct range *all;             /* [tensors], of all images */
    struct range *average;         /* [tensors], moving average of batches */
    struct histogram *histogram;   /* [tensors]; NULL: no method needed it */
    int64_t images;
};

/*
 * The first `quantization.calibration.images` (0: all) of a dataset, as the
 * design's methods need. -1 without memory or when interrupted.
 */
int calibrate(struct calibration *c, const struct net *net,
              const struct net_float *f, const struct dataset *data,
              const struct design *design, int workers);
void calibration_release(struct calibration *c);

/*
 * The range of tensor t by a method; `power` also decides between the two
 * powers of two around the scale. Methods other than min_max and moving_average
 * need the histogram.
 */
struct range calibration_range(const struct calibration *c, int t,
                               const struct quant_spec *spec,
                               enum range_method method, double percentile,
                               enum range_power power);

#endif
