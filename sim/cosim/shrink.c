#include "sim/cosim/shrink.h"

#include <string.h>

#include "sim/base/interrupt.h"

/* One attempt: change `net`; false when there is nothing to change. */
typedef bool change_fn(struct random_net *net, int layer);

static struct net_shape shape_at(const struct random_net *net, int tensor)
{
    struct net_shape shape[RANDOM_MAX_LAYERS + 1] = { { 0, 0, 0 } };

    random_shapes(net, shape);
    return shape[tensor];
}

/* ----------------------------------------------------- of the network */

static bool drop_last(struct random_net *net, int layer)
{
    if (layer != net->layer_count - 1 || net->layer_count == 1)
        return false;
    net->layer_count--;
    return true;
}

/* The tensor becomes the network's input; what stood before goes. */
static bool cut_front(struct random_net *net, int layer)
{
    const int gone = layer + 1;

    if (gone >= net->layer_count)
        return false;
    net->input = shape_at(net, gone);
    net->layer_count -= gone;
    memmove(net->layer, net->layer + gone,
            (size_t) net->layer_count * sizeof(*net->layer));
    for (int i = 0; i < net->layer_count; i++) {
        struct random_layer *l = &net->layer[i];

        l->input = l->input > gone ? l->input - gone : 0;
        if (l->second >= 0)
            l->second = l->second > gone ? l->second - gone : 0;
    }
    return true;
}

/* Readers of the layer's output read its input in its place. */
static bool drop_layer(struct random_net *net, int layer)
{
    const int from = net->layer[layer].input;

    if (net->layer_count == 1)
        return false;
    net->layer_count--;
    memmove(net->layer + layer, net->layer + layer + 1,
            (size_t) (net->layer_count - layer) * sizeof(*net->layer));
    for (int i = layer; i < net->layer_count; i++) {
        struct random_layer *l = &net->layer[i];

        l->input = l->input == layer + 1 ? from
                 : l->input > layer + 1 ? l->input - 1 : l->input;
        l->second = l->second == layer + 1 ? from
                  : l->second > layer + 1 ? l->second - 1 : l->second;
    }
    return true;
}

static bool lower(int *value, int least, bool half)
{
    if (*value <= least)
        return false;
    *value = half ? (*value + least) / 2 : *value - 1;
    return true;
}

static bool one_image(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->images, 1, false);
}

static bool symmetric(struct random_net *net, int layer)
{
    (void) layer;
    if (!net->asymmetric)
        return false;
    net->asymmetric = false;
    return true;
}

static bool half_height(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->input.h, 1, true);
}

static bool less_height(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->input.h, 1, false);
}

static bool half_width(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->input.w, 1, true);
}

static bool less_width(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->input.w, 1, false);
}

static bool half_channels(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->input.c, 1, true);
}

static bool less_channels(struct random_net *net, int layer)
{
    (void) layer;
    return lower(&net->input.c, 1, false);
}

static bool half_filters(struct random_net *net, int layer)
{
    return lower(&net->layer[layer].filters, 1, true);
}

static bool less_filters(struct random_net *net, int layer)
{
    return lower(&net->layer[layer].filters, 1, false);
}

static bool less_multiplier(struct random_net *net, int layer)
{
    return lower(&net->layer[layer].multiplier, 1, false);
}

static bool less_kernel_h(struct random_net *net, int layer)
{
    return lower(&net->layer[layer].window.kernel_h, 1, false);
}

static bool less_kernel_w(struct random_net *net, int layer)
{
    return lower(&net->layer[layer].window.kernel_w, 1, false);
}

static bool no_stride(struct random_net *net, int layer)
{
    struct net_window *w = &net->layer[layer].window;

    if (w->stride_h == 1 && w->stride_w == 1)
        return false;
    w->stride_h = w->stride_w = 1;
    return true;
}

static bool no_dilation(struct random_net *net, int layer)
{
    struct net_window *w = &net->layer[layer].window;

    if (w->dilation_h == 1 && w->dilation_w == 1)
        return false;
    w->dilation_h = w->dilation_w = 1;
    return true;
}

static bool no_padding(struct random_net *net, int layer)
{
    struct net_window *w = &net->layer[layer].window;

    if (w->pad_top + w->pad_bottom + w->pad_left + w->pad_right == 0)
        return false;
    w->pad_top = w->pad_bottom = w->pad_left = w->pad_right = 0;
    return true;
}

static bool no_activation(struct random_net *net, int layer)
{
    if (net->layer[layer].activation == NET_LINEAR)
        return false;
    net->layer[layer].activation = NET_LINEAR;
    return true;
}

static change_fn *const changes[] = {
    one_image, drop_last, cut_front, drop_layer, no_activation, no_stride,
    no_dilation, no_padding, half_height, half_width, half_channels,
    half_filters, less_multiplier, less_kernel_h, less_kernel_w, less_height,
    less_width, less_channels, less_filters, symmetric
};

enum { CHANGES = sizeof(changes) / sizeof(*changes) };

/* The smaller case fails in the same way. */
static bool still_fails(struct shrink *s, const struct random_net *net,
                        const struct hw *hw, const struct library *lib,
                        uint64_t pauses, const char *folder, struct diag *diag)
{
    struct trial_result r;

    s->trials++;
    trial_run(&r, net, hw, lib, NULL, pauses, folder, NULL, diag);
    if (r.verdict != TRIAL_DIFFERENT || r.first.kind != s->result.first.kind)
        return false;
    s->result = r;
    s->net = *net;
    s->hw = *hw;
    s->pauses = pauses;
    return true;
}

/* Every change at every layer once; true if one of them was kept. */
static bool sweep(struct shrink *s, const struct library *lib,
                  const char *folder, struct diag *diag)
{
    struct net_shape shape[RANDOM_MAX_LAYERS + 1];
    bool better = false;

    if (s->pauses && still_fails(s, &s->net, &s->hw, lib, 0, folder, diag))
        better = true;
    for (int c = 0; c < CHANGES; c++)
        for (int layer = s->net.layer_count - 1; layer >= 0; layer--) {
            struct random_net net = s->net;

            if (s->trials >= SHRINK_MAX_TRIALS || interrupt_requested())
                return false;
            if (layer >= net.layer_count || !changes[c](&net, layer)
                || random_shapes(&net, shape))
                continue;
            better |= still_fails(s, &net, &s->hw, lib, s->pauses, folder,
                                  diag);
        }
    return better;
}

/* ------------------------------------------------------ of the machine */

static bool change_hw(struct hw *hw, int which)
{
    switch (which) {
    case 0:
        if (hw->lanes == 1)
            return false;
        hw->lanes = 1;
        return true;
    case 1:
        if (hw->rows * hw->cols <= 16)
            return false;
        hw->rows = hw->rows > 4 ? 4 : hw->rows;
        hw->cols = hw->cols > 4 ? 4 : hw->cols;
        return true;
    case 2:
        if (hw->product_bits == 0)
            return false;
        hw->product_bits = hw->product_drop = 0;
        return true;
    case 3: return lower(&hw->rows, 2, true);
    case 4: return lower(&hw->cols, 2, true);
    default: return false;
    }
}

static bool on_smaller(struct shrink *s, const struct hw *hw,
                       const struct library_sources *sources,
                       const char *folder, struct diag *diag)
{
    struct library lib = { .handle = NULL };
    struct arena arena;
    struct hw whole;
    bool fails = false;

    s->builds++;
    arena_init(&arena, 0);
    if (!trial_read_hw(&whole, hw, folder, &arena, diag)
        && !library_open(&lib, LIBRARY_CORE, &whole, sources, LIBRARY_PLAIN,
                         diag))
        fails = still_fails(s, &s->net, hw, &lib, s->pauses, folder, diag);
    if (fails)
        while (sweep(s, &lib, folder, diag))
            ;
    library_close(&lib);
    arena_release(&arena);
    return fails;
}

/* The smallest case once more, on a library that can look inside. Without one
 * the difference stays as it was found. */
static void follow(struct shrink *s, const struct library_sources *sources,
                   const char *folder, struct diag *diag)
{
    struct library lib = { .handle = NULL }, debug = { .handle = NULL };
    struct trial_result r = { .verdict = TRIAL_ERROR };
    struct arena arena;
    struct hw whole;

    arena_init(&arena, 0);
    if (!trial_read_hw(&whole, &s->hw, folder, &arena, diag)
        && !library_open(&lib, LIBRARY_CORE, &whole, sources, LIBRARY_PLAIN,
                         diag)
        && !library_open(&debug, LIBRARY_CORE, &whole, sources, LIBRARY_DEBUG,
                         diag))
        trial_run(&r, &s->net, &s->hw, &lib, &debug, s->pauses, folder, NULL,
                  diag);
    if (r.verdict == TRIAL_DIFFERENT)
        s->result = r;
    library_close(&debug);
    library_close(&lib);
    arena_release(&arena);
}

void shrink_run(struct shrink *s, const struct library *lib,
                const struct library_sources *sources, const char *folder,
                struct diag *diag)
{
    while (sweep(s, lib, folder, diag))
        ;
    for (int which = 0; which < 5; which++) {
        struct hw hw = s->hw;

        if (s->builds < SHRINK_MAX_BUILDS && !interrupt_requested()
            && change_hw(&hw, which))
            on_smaller(s, &hw, sources, folder, diag);
    }
    random_write(&s->net, &s->hw, folder, diag);
    if (s->result.first.kind == COSIM_VALUE && !interrupt_requested())
        follow(s, sources, folder, diag);
}
