#include "sim/program/cut.h"

#include <string.h>

#include "sim/program/image.h"

/* Channels first .. first + count - 1 of a layer of the array. */
static void take_channels(struct program_desc *d, int tile, int cols)
{
    const int first = tile * cols;
    const int left = d->filters - first;

    d->filters = left < cols ? left : cols;
    d->out.c = d->filters;
    d->channel_tiles = 1;
    d->weight_base += (uint32_t) (tile * d->steps);
    d->param_base += (uint32_t) tile;
    d->weight += (size_t) first * (size_t) d->taps;
    d->weight_zp += first;
    d->bias += first;
    d->requant += first;
}

int program_cut(struct program *cut, const struct program *whole, int layer,
                int tile, struct diag *diag)
{
    const struct program_desc *from = &whole->desc[layer];
    const struct net_layer *old = &whole->net->layer[layer];

    *cut = *whole;
    arena_init(&cut->arena, 0);
    if (from->unit == PROGRAM_NONE || from->unit == PROGRAM_HOST
        || from->second >= 0)
        return diag_error(diag, old->place, "layer '%s' is '%s', which cannot "
                          "run alone", from->name, net_op_name(from->op));
    if (tile >= 0 && from->unit != PROGRAM_ARRAY)
        return diag_error(diag, old->place, "layer '%s' runs on the vector "
                          "unit, which has no channel tiles to run alone",
                          from->name);
    if (tile >= from->channel_tiles)
        return diag_error(diag, old->place, "layer '%s' has no channel tile %d "
                          "to run alone, must be 0 to %d", from->name, tile,
                          from->channel_tiles - 1);
    struct net *net = arena_alloc_array(&cut->arena, 1, sizeof(*net));
    struct net_layer *l = arena_alloc_array(&cut->arena, 1, sizeof(*l));
    struct quant_params *tensor = arena_alloc_array(&cut->arena, 2,
                                                    sizeof(*tensor));

    cut->desc = arena_alloc_array(&cut->arena, 1, sizeof(*cut->desc));
    cut->address = arena_alloc_array(&cut->arena, 2, sizeof(*cut->address));
    if (!net || !l || !tensor || !cut->desc || !cut->address)
        return diag_error(diag, old->place, "out of memory");
    cut->desc[0] = *from;
    cut->desc[0].layer = cut->desc[0].input = 0;
    if (tile >= 0)
        take_channels(&cut->desc[0], tile, whole->hw->cols);
    *l = *old;
    l->input = 0;
    l->out = cut->desc[0].out;
    l->filters = cut->desc[0].filters;
    *net = *whole->net;
    net->input = from->in;
    net->layer_count = 1;
    net->is_output = NULL;
    net->tensor_given = NULL;
    net->graph_tensor = NULL;
    net->layer = l;
    tensor[0] = whole->tensor[from->input];
    tensor[1] = whole->tensor[layer + 1];
    cut->address[0] = whole->address[from->input];
    cut->address[1] = whole->address[layer + 1];
    cut->net = net;
    cut->tensor = tensor;
    cut->tensor_count = 2;
    cut->desc_count = 1;
    const int before = diag_error_count(diag);

    program_check_window(cut, diag);
    if (diag_error_count(diag) > before)
        return -1;
    memset(&cut->code_header, 0, sizeof(cut->code_header));
    return image_fill_code(cut, diag);
}
