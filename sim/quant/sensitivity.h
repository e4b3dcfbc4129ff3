/*
 * sensitivity.h - how much each layer suffers when it alone is quantized.
 *
 * One layer's weights, or one layer's output, at each width in turn; all else
 * stays float. The quantized part is what the design's settings make of it,
 * without learned rounding and bias correction.
 */
#ifndef SENSITIVITY_H
#define SENSITIVITY_H

#include "sim/net/dataset.h"
#include "sim/quant/calibrate.h"
#include "sim/quant/spec.h"

enum { SENSITIVITY_WIDTHS = 6 };

extern const int sensitivity_widths[SENSITIVITY_WIDTHS];   /* 8 down to 2 */

struct sensitivity_cell {
    int64_t correct;           /* labelled images of the right class */
    int64_t same_class;        /* images of the float network's class */
    double sqnr_db;            /* of the network's output */
};

struct sensitivity_row {
    int layer;                 /* of the network; -1: its input */
    bool weights;              /* or the output */
    struct sensitivity_cell cell[SENSITIVITY_WIDTHS];
};

struct sensitivity {
    int64_t images, labelled, float_correct;
    int row_count;             /* weighted layers, then tensors */
    struct sensitivity_row *row;
};

/*
 * On the first `images` (0: all) of the dataset. The rows come ranked: by the
 * correct images summed over all widths, fewest first, then by the SQNR at the
 * narrowest. The same for any number of workers. -1 without memory or when
 * interrupted; call sensitivity_release in any case.
 */
int sensitivity_run(struct sensitivity *s, const struct net *net,
                    const struct net_float *f, const struct calibration *c,
                    const struct hw *hw, const struct design *design,
                    const struct dataset *data, int64_t images, int workers);
void sensitivity_release(struct sensitivity *s);

#endif
