#include "sim/net/net_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/npz.h"
#include "sim/base/path.h"
#include "sim/base/strbuf.h"
#include "sim/graph/graph.h"
#include "sim/net/host.h"

enum { NAME_CHARS = 64 };

/* Layers that are written: all, or all but a softmax at the end. */
static int count_layers(const struct net *net)
{
    const struct net_layer *last = &net->layer[net->layer_count - 1];

    return net->layer_count - (last->op == NET_HOST
                               && last->host->node->op == GRAPH_SOFTMAX);
}

static bool is_flatten(const struct net_layer *l)
{
    return l->out.h == 1 && l->out.w == 1;
}

static int check_layer(const struct net *net, const struct net_layer *l,
                       struct diag *diag)
{
    const struct net_shape in = net_tensor_shape(net, l->input);

    if (l->op == NET_HOST)
        return diag_error(diag, l->place, "layer '%s' runs on the host, which "
                          "a network file has not, must be on the array or "
                          "the vector unit", l->name);
    if (l->op == NET_FLATTEN && !is_flatten(l))
        return diag_error(diag, l->place, "layer '%s' gives [%d, %d, %d], must "
                          "be a flatten in a network file, to [1, 1, n]",
                          l->name, l->out.h, l->out.w, l->out.c);
    if (l->op == NET_CONV2D && (l->in.h != in.h || l->in.w != in.w))
        return diag_error(diag, l->place, "layer '%s' multiplies %d rows, must "
                          "be 1 in a network file", l->name, l->in.w);
    return 0;
}

static int check(const struct net *net, struct diag *diag)
{
    const int count = count_layers(net);
    int result = 0;

    if (net->quantized)
        return diag_error(diag, net->place, "network '%s' is quantized by its "
                          "file, must be float to be written as a network "
                          "file", net->name);
    for (int i = 0; i < count; i++)
        if (check_layer(net, &net->layer[i], diag))
            result = -1;
    if (result == 0 && count == 0)
        return diag_error(diag, net->place, "network '%s' has no layer but a "
                          "softmax, must have one", net->name);
    return result;
}

/* --------------------------------------------------------------- the text */

static const char *tensor_name(const struct net *net, int t)
{
    return t ? net->layer[t - 1].name : "input";
}

static void add_activation(struct strbuf *b, const struct net_layer *l)
{
    if (isinf(l->clamp_lo) && isinf(l->clamp_hi))
        return;
    if (l->clamp_lo == 0.0f && isinf(l->clamp_hi))
        strbuf_add(b, ", activation: relu");
    else
        strbuf_printf(b, ", activation: clamp, clamp_min: %g, clamp_max: %g",
                      (double) l->clamp_lo, (double) l->clamp_hi);
}

static void add_window(struct strbuf *b, const struct net_layer *l)
{
    const struct net_window *w = &l->window;

    strbuf_printf(b, ", kernel: [%d, %d], stride: [%d, %d]", w->kernel_h,
                  w->kernel_w, w->stride_h, w->stride_w);
    if (w->dilation_h != 1 || w->dilation_w != 1)
        strbuf_printf(b, ", dilation: [%d, %d]", w->dilation_h, w->dilation_w);
    strbuf_printf(b, ", padding: [%d, %d, %d, %d]", w->pad_top, w->pad_bottom,
                  w->pad_left, w->pad_right);
}

static void add_layer(struct strbuf *b, const struct net *net, int i)
{
    const struct net_layer *l = &net->layer[i];

    strbuf_printf(b, "  - {name: %s, op: %s", l->name, net_op_name(l->op));
    if (net_op_has_two_inputs(l->op))
        strbuf_printf(b, ", from: [%s, %s]", tensor_name(net, l->input),
                      tensor_name(net, l->second));
    else if (l->input != i)
        strbuf_printf(b, ", from: %s", tensor_name(net, l->input));
    if (l->op == NET_CONV2D)
        strbuf_printf(b, ", filters: %d", l->filters);
    if (l->op == NET_FULLY_CONNECTED)
        strbuf_printf(b, ", units: %d", l->filters);
    if (l->op == NET_DEPTHWISE_CONV2D && l->multiplier != 1)
        strbuf_printf(b, ", multiplier: %d", l->multiplier);
    if (l->op <= NET_AVERAGE_POOL2D && l->op != NET_FULLY_CONNECTED)
        add_window(b, l);
    add_activation(b, l);
    strbuf_add(b, "}\n");
}

static void add_net(struct strbuf *b, const struct net *net, const char *name)
{
    const struct net_shape s = net->input;

    strbuf_printf(b, "# Written by napier import. real = (pixel - subtract) / "
                  "divide\nname: %s\ninput: {shape: [%d, %d, %d], subtract: %g, "
                  "divide: %g}\nweights: %s.npz\nlayers:\n", name, s.h, s.w,
                  s.c, net->input_subtract, net->input_divide, name);
    for (int i = 0; i < count_layers(net); i++)
        add_layer(b, net, i);
}

/* ------------------------------------------------------------ the weights */

/* [filters][taps], or of a depthwise layer [ky][kx][filter]. */
static int fill_weights(struct npy_array *a, const struct net_layer *l,
                        struct arena *arena)
{
    const struct net_window *w = &l->window;
    const int64_t count = (int64_t) l->filters * l->taps;
    float *data = arena_alloc_array(arena, (size_t) count, sizeof(*data));

    if (!data)
        return -1;
    *a = (struct npy_array) { .type = NPY_F4, .rank = 4, .count = count,
        .dim = { l->filters, w->kernel_h, w->kernel_w, l->in.c },
        .name = arena_printf(arena, "%s.weight", l->name), .data = data };
    if (l->op == NET_FULLY_CONNECTED) {
        a->rank = 2;
        a->dim[1] = l->taps;
    } else if (l->op == NET_DEPTHWISE_CONV2D) {
        a->rank = 3;
        a->dim[0] = w->kernel_h;
        a->dim[1] = w->kernel_w;
        a->dim[2] = l->filters;
    }
    for (int64_t i = 0; i < count; i++)
        data[i] = l->weight[l->op == NET_DEPTHWISE_CONV2D
                            ? i % l->filters * l->taps + i / l->filters : i];
    return a->name ? 0 : -1;
}

static int write_weights(const struct net *net, const char *path,
                         struct arena *arena, struct diag *diag)
{
    struct npy_array *list = arena_alloc_array(arena,
                                               2 * (size_t) net->layer_count,
                                               sizeof(*list));
    size_t used = 0;

    for (int i = 0; list && i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];

        if (!l->has_weights)
            continue;
        if (fill_weights(&list[used++], l, arena))
            return diag_error(diag, place_of_file(path), "out of memory");
        list[used] = (struct npy_array) { .type = NPY_F4, .rank = 1,
            .dim = { l->filters }, .count = l->filters,
            .name = arena_printf(arena, "%s.bias", l->name),
            .data = (void *) l->bias };
        if (!list[used++].name)
            return diag_error(diag, place_of_file(path), "out of memory");
    }
    if (!list)
        return diag_error(diag, place_of_file(path), "out of memory");
    return npz_write(path, list, used, diag, place_of_file(path));
}

static char *file_name(const struct net *net, struct arena *arena)
{
    char *name = arena_printf(arena, "%.*s", (int) NAME_CHARS, net->name);

    for (char *c = name; c && *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789_-.", *c))
            *c = '_';
    return name;
}

static int write_files(const struct net *net, const char *folder,
                       struct arena *arena, struct diag *diag)
{
    const char *name = file_name(net, arena);
    const char *yaml = name ? path_join(arena, folder,
                                        arena_printf(arena, "%s.yaml", name))
                            : NULL;
    const char *npz = yaml ? path_join(arena, folder,
                                       arena_printf(arena, "%s.npz", name))
                           : NULL;
    struct strbuf text;
    int result = -1;

    if (!npz)
        return diag_error(diag, net->place, "out of memory");
    strbuf_init(&text);
    add_net(&text, net, name);
    if (text.failed)
        diag_error(diag, net->place, "out of memory");
    else if (!file_make_dirs(folder, diag, place_of_file(folder))
             && !write_weights(net, npz, arena, diag))
        result = file_write_all(yaml, text.text, text.length, diag,
                                place_of_file(yaml));
    strbuf_release(&text);
    return result;
}

int net_write(const struct net *net, const char *folder, struct diag *diag)
{
    const int last = net->layer_count - 1;
    struct arena arena;
    int result;

    if (check(net, diag))
        return -1;
    arena_init(&arena, 0);
    result = write_files(net, folder, &arena, diag);
    arena_release(&arena);
    if (result == 0 && count_layers(net) == last)
        diag_warn(diag, net->layer[last].place, "layer '%s' is left out of the "
                  "network file: a softmax changes no class",
                  net->layer[last].name);
    return result;
}
