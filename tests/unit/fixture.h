/* fixture.h - a design read, quantized and laid out, for tests. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "sim/array/array.h"
#include "sim/config/design.h"
#include "sim/net/dataset.h"
#include "sim/net/net_float.h"
#include "sim/program/program.h"
#include "sim/quant/quantize.h"

struct fixture {
    struct diag diag;
    struct arena arena;
    struct override_list overrides;
    struct design design;
    struct hw hw;
    struct net net;
    struct dataset calibration_data;
    struct net_float *real;
    struct calibration calibration;
    struct qnet qnet;
    struct program program;
    struct array_model *model;
};

/*
 * digits on tiny8 with `sets`, a list of "key=value" that ends in NULL. 0; or
 * -1 and the messages on standard error. fixture_close in any case.
 */
int fixture_open(struct fixture *f, const char *const *sets);

/* The same for any design file. */
int fixture_open_design(struct fixture *f, const char *design,
                        const char *const *sets);
void fixture_close(struct fixture *f);

/* A folder of this process for files, made on first use. */
const char *fixture_folder(void);

#endif
