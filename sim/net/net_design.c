#include "sim/net/net_design.h"

#include "sim/net/net_import.h"

static int read_import(struct net *net, const struct design *design,
                       struct diag *diag)
{
    struct net_import_shape shape = { .rank = design->shape_count };

    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = design->shape[i];
    if (net_import_file(net, design->network, shape.rank ? &shape : NULL, diag,
                        place_of_file(design->network)))
        return -1;
    net->input_subtract = design->subtract;
    net->input_divide = design->divide;
    return 0;
}

int net_read_design(struct net *net, const struct design *design,
                    struct override_list *overrides, bool shapes_only,
                    struct diag *diag)
{
    if (net_is_import(design->network))
        return read_import(net, design, diag);
    return shapes_only
        ? net_read_shapes(net, design->network, overrides, diag)
        : net_read(net, design->network, overrides, diag);
}

int dataset_read_test(struct dataset *data, const struct design *design,
                      const struct net *net, struct diag *diag)
{
    if (dataset_read(data, design->test, net, diag, design->test_place))
        return -1;
    if (!design->labels)
        return 0;
    return dataset_read_labels(data, design->labels, net, diag,
                               design->labels_place);
}
