/*
 * refine.h - what the calibration set can still mend in a quantized network.
 *
 * Layer by layer, from the input on, so that each sees the errors of those
 * before it as they will be: learned rounding of the weights (learned.h), then
 * bias correction, which subtracts from the bias the mean over calibration
 * images and positions of quantized minus float sums before the activation.
 */
#ifndef REFINE_H
#define REFINE_H

#include "sim/config/design.h"
#include "sim/config/hardware.h"
#include "sim/net/dataset.h"
#include "sim/quant/qnet.h"

/*
 * Refine the layers for which the design asks for it, on the first `images` of
 * the dataset. One-bit weights are not learned. The same for any number of
 * workers (0: one a CPU). 0; or -1 without memory or when interrupted.
 */
int refine(struct qnet *qnet, const struct hw *hw, const struct design *design,
           const struct dataset *data, int64_t images, int workers);

#endif
