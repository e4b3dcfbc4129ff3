/* net_design.h - the network and the test images that a design file names. */
#ifndef NET_DESIGN_H
#define NET_DESIGN_H

#include "sim/config/design.h"
#include "sim/net/dataset.h"
#include "sim/net/net.h"

/*
 * Read `design->network`: a network file of ours, or an exchange file, to which
 * data.shape, data.subtract and data.divide apply. `shapes_only`: of ours no
 * weights. -1 after errors; call net_release in any case.
 */
int net_read_design(struct net *net, const struct design *design,
                    struct override_list *overrides, bool shapes_only,
                    struct diag *diag);

/* Read `design->test`, which is there, and data.labels. -1 after errors; call
 * dataset_release in any case. */
int dataset_read_test(struct dataset *data, const struct design *design,
                      const struct net *net, struct diag *diag);

#endif
