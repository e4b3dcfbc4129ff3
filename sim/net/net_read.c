/*
 * net_read.c - the network file and its weights.
 *
 * A network file is a mapping with a list of layers. Each layer is read with
 * one table; which of its keys an operation takes is said in `op_rules`. The
 * shapes follow from layer to layer, and the weights of the .npz must fit them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/npz.h"
#include "sim/base/path.h"
#include "sim/base/text.h"
#include "sim/net/net.h"
#include "sim/net/net_import.h"
#include "sim/net/net_settings.h"

enum { NPZ_MAX_BYTES = 1 << 30, NET_ARENA_BYTES = 2000 << 20 };

static const char *const activation_names[] = {
    "none", "relu", "relu6", "clamp", NULL
};

static const char *const op_choices[] = {
    "conv2d", "depthwise_conv2d", "fully_connected", "max_pool2d",
    "average_pool2d", "flatten", "add", "mul", NULL
};

/* A layer as it stands in the file. */
struct layer_text {
    const char *name;
    const struct yaml_node *from;
    int op;
    int filters, units, multiplier;
    int kernel[2], stride[2], dilation[2];
    const struct yaml_node *padding;
    int activation;
    double clamp_min, clamp_max;
};

#define FIELD(f) .offset = offsetof(struct layer_text, f)

const struct setting net_layer_settings[] = {
    { .key = "name", .type = SETTING_STRING, FIELD(name), .min = 1, .max = 64,
      .help = "the layer's name; its weights are NAME.weight and NAME.bias in "
              "the .npz" },
    { .key = "op", .type = SETTING_ENUM, FIELD(op), .choices = op_choices,
      .help = "what the layer does" },
    { .key = "from", .type = SETTING_NODE, FIELD(from), .fallback = "null",
      .help = "the layer whose output is read, or 'input'; left out, the one "
              "before. add and mul: a list of two" },
    { .key = "filters", .type = SETTING_INT, FIELD(filters), .min = 0,
      .max = NET_MAX_DIM, .fallback = "0",
      .help = "conv2d: output channels" },
    { .key = "units", .type = SETTING_INT, FIELD(units), .min = 0,
      .max = NET_MAX_DIM, .fallback = "0",
      .help = "fully_connected: outputs" },
    { .key = "multiplier", .type = SETTING_INT, FIELD(multiplier), .min = 1,
      .max = 1024, .fallback = "1",
      .help = "depthwise_conv2d: output channels per input channel" },
    { .key = "kernel", .type = SETTING_INT_PAIR, FIELD(kernel), .min = 1,
      .max = 4096, .fallback = "1",
      .help = "window, [height, width] or one number for both" },
    { .key = "stride", .type = SETTING_INT_PAIR, FIELD(stride), .min = 1,
      .max = 4096, .fallback = "1", .help = "step of the window" },
    { .key = "dilation", .type = SETTING_INT_PAIR, FIELD(dilation), .min = 1,
      .max = 4096, .fallback = "1",
      .help = "distance of two taps of the window" },
    { .key = "padding", .type = SETTING_NODE, FIELD(padding),
      .fallback = "null",
      .help = "valid (none), same (as TensorFlow), or [top, bottom, left, "
              "right]" },
    { .key = "activation", .type = SETTING_ENUM, FIELD(activation),
      .choices = activation_names, .fallback = "none",
      .help = "fused into the layer's requantization" },
    { .key = "clamp_min", .type = SETTING_DOUBLE, FIELD(clamp_min),
      .min = -1e30, .max = 1e30, .fallback = "0",
      .help = "activation 'clamp': least output" },
    { .key = "clamp_max", .type = SETTING_DOUBLE, FIELD(clamp_max),
      .min = -1e30, .max = 1e30, .fallback = "0",
      .help = "activation 'clamp': greatest output" },
    { .key = NULL }
};

#undef FIELD

/* The file's head. */
struct net_text {
    const char *name;
    const int *shape;
    int shape_count;
    double subtract, divide;
    const char *weights;
    const struct yaml_node *layers;
};

#define FIELD(f) .offset = offsetof(struct net_text, f)

const struct setting net_settings[] = {
    { .key = "name", .type = SETTING_STRING, FIELD(name), .min = 1, .max = 64,
      .help = "the network's name" },
    { .key = "input.shape", .type = SETTING_INT_LIST, FIELD(shape),
      .count_offset = offsetof(struct net_text, shape_count), .min = 1,
      .max = NET_MAX_DIM, .min_items = 1, .max_items = 3,
      .help = "[height, width, channels], or [features]" },
    { .key = "input.subtract", .type = SETTING_DOUBLE, FIELD(subtract),
      .min = -1e9, .max = 1e9, .fallback = "0",
      .help = "real = (pixel - subtract) / divide" },
    { .key = "input.divide", .type = SETTING_DOUBLE, FIELD(divide),
      .min = 1e-9, .max = 1e9, .fallback = "1",
      .help = "see input.subtract" },
    { .key = "weights", .type = SETTING_PATH, FIELD(weights),
      .fallback = "null",
      .help = "the .npz with the float weights, relative to this file" },
    { .key = "layers", .type = SETTING_NODE, FIELD(layers),
      .help = "the layers, in the order they run" },
    { .key = NULL }
};

struct reader {
    struct net *net;
    struct override_list *overrides;
    struct diag *diag;
    bool shapes_only;
    struct npz npz;
    bool have_npz;
    const char *npz_path;
    struct place npz_place;
};

/* The keys that mean something to an operation, besides name, op and from. */
static const char *const op_rules[NET_OPS] = {
    [NET_CONV2D] = "filters kernel stride dilation padding activation "
                   "clamp_min clamp_max",
    [NET_DEPTHWISE_CONV2D] = "multiplier kernel stride dilation padding "
                             "activation clamp_min clamp_max",
    [NET_FULLY_CONNECTED] = "units activation clamp_min clamp_max",
    [NET_MAX_POOL2D] = "kernel stride padding activation clamp_min clamp_max",
    [NET_AVERAGE_POOL2D] = "kernel stride padding activation clamp_min "
                           "clamp_max",
    [NET_FLATTEN] = "",
    [NET_ADD] = "activation clamp_min clamp_max",
    [NET_MUL] = "activation clamp_min clamp_max",
};

static bool has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);

    for (const char *p = words; (p = strstr(p, word)); p += length)
        if ((p == words || p[-1] == ' ')
            && (p[length] == ' ' || p[length] == '\0'))
            return true;
    return false;
}

static void check_keys(struct reader *r, const struct settings *s,
                       const struct layer_text *text)
{
    for (const struct setting *k = net_layer_settings; k->key; k++) {
        if (!settings_is_given(s, k->key) || has_word("name op from", k->key)
            || has_word(op_rules[text->op], k->key))
            continue;
        diag_error(r->diag, settings_place(s, k->key),
                   "'%s' does not belong to '%s', which takes %s", k->key,
                   op_choices[text->op], *op_rules[text->op]
                   ? op_rules[text->op] : "no further keys");
    }
    if (text->activation == NET_CLAMP && text->clamp_min > text->clamp_max)
        diag_error(r->diag, settings_place(s, "clamp_min"),
                   "'clamp_min' is %g, must be at most 'clamp_max', %g",
                   text->clamp_min, text->clamp_max);
    if (text->activation != NET_CLAMP
        && (settings_is_given(s, "clamp_min")
            || settings_is_given(s, "clamp_max")))
        diag_error(r->diag,
                   settings_place(s, settings_is_given(s, "clamp_min")
                                  ? "clamp_min" : "clamp_max"),
                   "'clamp_min' and 'clamp_max' need 'activation: clamp'");
}

static int span(int kernel, int dilation)
{
    return (kernel - 1) * dilation + 1;
}

/* TensorFlow's SAME: the output has ceil(in / stride) positions. */
static void pad_same(int in, int window, int stride, int *before, int *after)
{
    const int out = (in + stride - 1) / stride;
    const int total = (out - 1) * stride + window - in;

    *before = total > 0 ? total / 2 : 0;
    *after = total > 0 ? total - *before : 0;
}

static int read_padding(struct reader *r, const struct settings *s,
                        const struct layer_text *text, struct net_layer *l)
{
    struct net_window *w = &l->window;
    const struct yaml_node *node = text->padding;
    const struct setting item = { .key = "padding", .type = SETTING_INT_LIST,
        .offset = 0, .count_offset = sizeof(const int *), .min = 0,
        .max = 4096, .min_items = 4, .max_items = 4 };
    struct { const int *pads; int count; } list = { NULL, 0 };

    if (!node || (node->kind == YAML_SCALAR && !strcmp(node->text, "valid")))
        return 0;
    if (node->kind == YAML_SCALAR) {
        if (strcmp(node->text, "same"))
            return diag_error(r->diag, settings_place(s, "padding"),
                              "'padding' is '%s', must be valid, same or "
                              "[top, bottom, left, right]", node->text);
        pad_same(l->in.h, span(w->kernel_h, w->dilation_h), w->stride_h,
                 &w->pad_top, &w->pad_bottom);
        pad_same(l->in.w, span(w->kernel_w, w->dilation_w), w->stride_w,
                 &w->pad_left, &w->pad_right);
        return 0;
    }
    if (settings_read_value(&item, "padding", node, &list, &r->net->arena,
                            r->diag))
        return -1;
    w->pad_top = list.pads[0];
    w->pad_bottom = list.pads[1];
    w->pad_left = list.pads[2];
    w->pad_right = list.pads[3];
    return 0;
}

/* A pool's window must see the image at every position. */
static bool window_may_miss(const struct net_window *w)
{
    return w->pad_top >= w->kernel_h || w->pad_bottom >= w->kernel_h
           || w->pad_left >= w->kernel_w || w->pad_right >= w->kernel_w;
}

static int shape_window(struct reader *r, const struct settings *s,
                        const struct layer_text *text, struct net_layer *l)
{
    struct net_window *w = &l->window;
    const int64_t limit = NET_MAX_DIM;

    w->kernel_h = text->kernel[0];
    w->kernel_w = text->kernel[1];
    w->dilation_h = text->dilation[0];
    w->dilation_w = text->dilation[1];
    w->stride_h = text->stride[0];
    w->stride_w = text->stride[1];
    if ((int64_t) (w->kernel_h - 1) * w->dilation_h >= limit
        || (int64_t) (w->kernel_w - 1) * w->dilation_w >= limit)
        return diag_error(r->diag, settings_place(s, "kernel"),
                          "'kernel' of layer '%s' with its dilation spans more "
                          "than %d", l->name, NET_MAX_DIM);
    if (read_padding(r, s, text, l))
        return -1;
    const int window_h = span(w->kernel_h, w->dilation_h);
    const int window_w = span(w->kernel_w, w->dilation_w);
    const int room_h = l->in.h + w->pad_top + w->pad_bottom - window_h;
    const int room_w = l->in.w + w->pad_left + w->pad_right - window_w;

    if (room_h < 0 || room_w < 0)
        return diag_error(r->diag, settings_place(s, "kernel"),
                          "'kernel' of layer '%s' spans %d x %d, must be at "
                          "most the padded input, %d x %d", l->name, window_h,
                          window_w, room_h + window_h, room_w + window_w);
    if (!l->has_weights && window_may_miss(w))
        return diag_error(r->diag, settings_place(s, "padding"),
                          "'padding' of layer '%s' must be smaller than its "
                          "kernel, %d x %d: a window would see nothing",
                          l->name, w->kernel_h, w->kernel_w);
    l->out.h = room_h / w->stride_h + 1;
    l->out.w = room_w / w->stride_w + 1;
    return 0;
}

static int check_size(struct reader *r, const struct settings *s,
                      const struct net_layer *l)
{
    const int64_t weights = (int64_t) l->filters * l->taps;

    if (net_elements(l->out) > NET_MAX_ELEMENTS)
        return diag_error(r->diag, s->root, "layer '%s' has %" PRId64
                          " outputs, must be at most %d", l->name,
                          net_elements(l->out), (int) NET_MAX_ELEMENTS);
    if (l->has_weights && weights > NET_MAX_ELEMENTS)
        return diag_error(r->diag, s->root, "layer '%s' has %" PRId64
                          " weights, must be at most %d", l->name, weights,
                          (int) NET_MAX_ELEMENTS);
    return 0;
}

/* The count that a weighted layer names itself must not be left out. */
static int need(struct reader *r, const struct settings *s, const char *key,
                int value, const struct net_layer *l)
{
    if (value > 0)
        return 0;
    return diag_error(r->diag, settings_place(s, key),
                      "'%s' is missing in layer '%s', must be 1 to %d", key,
                      l->name, NET_MAX_DIM);
}

/* Two tensors of one shape, and the same for the output: no broadcast. */
static int shape_two(struct reader *r, const struct settings *s,
                     struct net_layer *l)
{
    const struct net_shape a = l->in, b = net_tensor_shape(r->net, l->second);

    if (b.c != 0 && (a.h != b.h || a.w != b.w || a.c != b.c))
        return diag_error(r->diag, settings_place(s, "from"),
                          "the inputs of layer '%s' have shapes [%d, %d, %d] "
                          "and [%d, %d, %d], must be equal", l->name, a.h, a.w,
                          a.c, b.h, b.w, b.c);
    l->taps = 1;
    l->out = a;
    return b.c != 0 ? 0 : -1;
}

static int shape_layer(struct reader *r, const struct settings *s,
                       const struct layer_text *text, struct net_layer *l)
{
    const struct net_window one = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 };
    const int64_t in = net_elements(l->in);
    int64_t channels = l->in.c;
    int64_t taps = 1;

    l->window = one;
    l->multiplier = 1;
    switch (l->op) {
    case NET_ADD:
    case NET_MUL:
        return shape_two(r, s, l);
    case NET_FLATTEN:
    case NET_FULLY_CONNECTED:
        if (in > NET_MAX_ELEMENTS)
            return -1;
        l->out = (struct net_shape) { 1, 1, (int) in };
        if (l->op == NET_FLATTEN)
            break;
        if (need(r, s, "units", text->units, l))
            return -1;
        l->filters = text->units;
        l->out.c = text->units;
        l->taps = (int) in;
        return check_size(r, s, l);
    case NET_CONV2D:
        if (need(r, s, "filters", text->filters, l)
            || shape_window(r, s, text, l))
            return -1;
        taps = (int64_t) l->window.kernel_h * l->window.kernel_w * l->in.c;
        channels = text->filters;
        break;
    case NET_DEPTHWISE_CONV2D:
        l->multiplier = text->multiplier;
        channels *= text->multiplier;
        /* fall through */
    default:
        if (shape_window(r, s, text, l))
            return -1;
        taps = (int64_t) l->window.kernel_h * l->window.kernel_w;
        break;
    }
    if (taps > NET_MAX_ELEMENTS || channels > NET_MAX_ELEMENTS)
        return diag_error(r->diag, s->root, "layer '%s' has %" PRId64
                          " taps and %" PRId64 " channels, must be at most %d",
                          l->name, taps, channels, (int) NET_MAX_ELEMENTS);
    l->taps = (int) taps;
    if (l->op != NET_FLATTEN)
        l->out.c = (int) channels;
    l->filters = l->has_weights ? (int) channels : 0;
    return check_size(r, s, l);
}

static void set_clamp(const struct layer_text *text, struct net_layer *l)
{
    l->clamp_lo = -INFINITY;
    l->clamp_hi = INFINITY;
    if (text->activation == NET_RELU || text->activation == NET_RELU6)
        l->clamp_lo = 0.0f;
    if (text->activation == NET_RELU6)
        l->clamp_hi = 6.0f;
    if (text->activation == NET_CLAMP) {
        l->clamp_lo = (float) text->clamp_min;
        l->clamp_hi = (float) text->clamp_max;
    }
}

/* The tensor of a name in `from`; -1 and an error when there is none. */
static int find_tensor(struct reader *r, const struct yaml_node *node,
                       int index)
{
    const struct net *net = r->net;
    const char *names[NET_MAX_LAYERS + 1];
    const char *near;

    if (node->kind != YAML_SCALAR)
        return diag_error(r->diag, node->place, "'from' is %s, must be the "
                          "name of a layer", yaml_kind_name(node->kind));
    names[0] = "input";
    for (int i = 0; i < index; i++)
        names[i + 1] = net->layer[i].name ? net->layer[i].name : "";
    for (int i = 0; i <= index; i++)
        if (!strcmp(names[i], node->text))
            return i;
    near = text_find_nearest(node->text, names, (size_t) index + 1);
    return diag_error(r->diag, node->place,
                      "'from' is '%s', must be 'input' or a layer above%s%s%s",
                      node->text, near ? " (did you mean '" : "",
                      near ? near : "", near ? "'?)" : "");
}

/* The tensors that layer `index` reads; -1 and an error. */
static int find_inputs(struct reader *r, const struct settings *s,
                       const struct layer_text *text, struct net_layer *l,
                       int index)
{
    const struct yaml_node *from = text->from;

    l->input = index;
    l->second = -1;
    if (!net_op_has_two_inputs(l->op)) {
        if (from)
            l->input = find_tensor(r, from, index);
        return l->input < 0 ? -1 : 0;
    }
    if (!from || from->kind != YAML_SEQUENCE || from->count != 2)
        return diag_error(r->diag, settings_place(s, "from"),
                          "'from' of layer '%s' must be a list of the two "
                          "layers that '%s' reads", l->name,
                          net_op_name(l->op));
    l->input = find_tensor(r, from->values[0], index);
    l->second = find_tensor(r, from->values[1], index);
    return l->input < 0 || l->second < 0 ? -1 : 0;
}

/* [filters][taps] as the archive has it. */
static void expected_shape(const struct net_layer *l, int *rank, int64_t *dim)
{
    const struct net_window *w = &l->window;

    if (l->op == NET_FULLY_CONNECTED) {
        *rank = 2;
        dim[0] = l->filters;
        dim[1] = l->taps;
    } else if (l->op == NET_DEPTHWISE_CONV2D) {
        *rank = 3;
        dim[0] = w->kernel_h;
        dim[1] = w->kernel_w;
        dim[2] = l->filters;
    } else {
        *rank = 4;
        dim[0] = l->filters;
        dim[1] = w->kernel_h;
        dim[2] = w->kernel_w;
        dim[3] = l->in.c;
    }
}

/* One array of the archive, checked; NULL and an error otherwise. */
static const struct npy_array *find_array(struct reader *r,
                                          const struct net_layer *l,
                                          const char *what, int rank,
                                          const int64_t *dim)
{
    struct npy_array wanted = { .rank = rank };
    char name[96], have[200], want[200];
    const struct npy_array *a;

    snprintf(name, sizeof(name), "%s.%s", l->name, what);
    memcpy(wanted.dim, dim, (size_t) rank * sizeof(*dim));
    npy_format_shape(&wanted, want, sizeof(want));
    a = npz_find(&r->npz, name);
    if (!a) {
        diag_error(r->diag, l->place, "'%s' has no array '%s', must have one "
                   "of float32 %s", r->npz_path, name, want);
        return NULL;
    }
    npy_format_shape(a, have, sizeof(have));
    if (a->type != NPY_F4 && a->type != NPY_F8) {
        diag_error(r->diag, l->place, "'%s' in '%s' is %s, must be float32 or "
                   "float64", name, r->npz_path, npy_type_name(a->type));
        return NULL;
    }
    if (a->rank != rank || memcmp(a->dim, dim, (size_t) rank * sizeof(*dim))) {
        diag_error(r->diag, l->place, "'%s' in '%s' has shape %s, must be %s",
                   name, r->npz_path, have, want);
        return NULL;
    }
    for (int64_t i = 0; i < a->count; i++) {
        const double v = npy_get_double(a, i);

        if (isfinite(v) && fabs(v) < 1e30)
            continue;
        diag_error(r->diag, l->place, "'%s' in '%s' has %g at element %" PRId64
                   ", must be finite", name, r->npz_path, v, i);
        return NULL;
    }
    return a;
}

static int read_weights(struct reader *r, struct net_layer *l)
{
    const int64_t filters = l->filters;
    int64_t dim[4];
    int rank;

    expected_shape(l, &rank, dim);
    const struct npy_array *w = find_array(r, l, "weight", rank, dim);
    const struct npy_array *b = find_array(r, l, "bias", 1, &filters);

    if (!w || !b)
        return -1;
    float *weight = arena_alloc_array(&r->net->arena, (size_t) w->count,
                                      sizeof(*weight));
    float *bias = arena_alloc_array(&r->net->arena, (size_t) b->count,
                                    sizeof(*bias));

    if (!weight || !bias)
        return diag_error(r->diag, l->place, "out of memory for the weights "
                          "of layer '%s'", l->name);
    for (int64_t i = 0; i < w->count; i++) {
        /* depthwise [ky][kx][filter] becomes [filter][ky][kx] */
        const int64_t to = l->op == NET_DEPTHWISE_CONV2D
            ? i % filters * l->taps + i / filters : i;

        weight[to] = (float) npy_get_double(w, i);
    }
    for (int64_t i = 0; i < b->count; i++)
        bias[i] = (float) npy_get_double(b, i);
    l->weight = weight;
    l->bias = bias;
    return 0;
}

static void check_name(struct reader *r, const struct settings *s, int index)
{
    const struct net *net = r->net;
    const char *name = net->layer[index].name;

    if (!strcmp(name, "input"))
        diag_error(r->diag, settings_place(s, "name"),
                   "'name' is 'input', which is the network's input");
    for (int i = 0; i < index; i++) {
        if (!net->layer[i].name || strcmp(net->layer[i].name, name))
            continue;
        diag_error(r->diag, settings_place(s, "name"),
                   "'name' is '%s', must differ from other layers", name);
        diag_note(r->diag, net->layer[i].place, "'%s' is here as well", name);
        return;
    }
}

/* The prefix of a layer's keys for --set: layers.NAME. */
static const char *layer_prefix(struct reader *r, const struct yaml_node *node)
{
    const struct yaml_node *name = yaml_find(node, "name");

    if (!name || name->kind != YAML_SCALAR)
        return NULL;
    return arena_printf(&r->net->arena, "layers.%s", name->text);
}

static int read_layer(struct reader *r, const struct yaml_node *node, int i)
{
    struct net *net = r->net;
    struct net_layer *l = &net->layer[i];
    struct layer_text text = { .name = NULL };
    const char *prefix = layer_prefix(r, node);
    struct settings s;

    l->place = node->place;
    settings_init(&s, net_layer_settings, prefix ? r->overrides : NULL, prefix);
    if (settings_read(&s, node, &text, &net->arena, r->diag))
        return -1;
    l->name = text.name;
    l->op = (enum net_op) text.op;
    l->place = settings_place(&s, "name");
    l->has_weights = l->op <= NET_FULLY_CONNECTED;
    set_clamp(&text, l);
    check_name(r, &s, i);
    check_keys(r, &s, &text);
    if (find_inputs(r, &s, &text, l, i))
        return -1;
    l->in = net_tensor_shape(net, l->input);
    if (l->in.c == 0 || shape_layer(r, &s, &text, l))
        return -1;
    if (l->has_weights && r->have_npz)
        return read_weights(r, l);
    return 0;
}

static void read_layers(struct reader *r, const struct yaml_node *node)
{
    struct net *net = r->net;

    if (node->kind != YAML_SEQUENCE || node->count == 0
        || node->count > NET_MAX_LAYERS) {
        diag_error(r->diag, node->place, "'layers' is %s of %zu, must be a "
                   "list of 1 to %d layers", yaml_kind_name(node->kind),
                   node->count, NET_MAX_LAYERS);
        return;
    }
    net->layer = arena_alloc_array(&net->arena, node->count,
                                   sizeof(*net->layer));
    if (!net->layer) {
        diag_error(r->diag, node->place, "out of memory");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        read_layer(r, node->values[i], (int) i);
        net->layer_count = (int) i + 1;
    }
}

static void read_npz(struct reader *r, const struct net_text *text,
                     const struct settings *s)
{
    if (!text->weights) {
        diag_error(r->diag, s->root, "'weights' is missing, must name the .npz "
                   "of the layers' weights");
        return;
    }
    r->npz_path = text->weights;
    r->npz_place = settings_place(s, "weights");
    r->have_npz = !npz_read(text->weights, NPZ_MAX_BYTES, &r->npz, r->diag,
                            r->npz_place);
}

/* The digest covers what the network computes, not how its files are spelt. */
static int digest_net(struct net *net)
{
    struct digest g;

    if (digest_init(&g))
        return -1;
    digest_update(&g, &net->input, sizeof(net->input));
    digest_update(&g, &net->input_subtract, sizeof(double));
    digest_update(&g, &net->input_divide, sizeof(double));
    for (int i = 0; i < net->layer_count; i++) {
        const struct net_layer *l = &net->layer[i];
        const int head[] = { l->op, l->input, l->second, l->filters, l->taps,
                             l->multiplier };

        digest_update(&g, l->name, strlen(l->name) + 1);
        digest_update(&g, head, sizeof(head));
        digest_update(&g, &l->window, sizeof(l->window));
        digest_update(&g, &l->clamp_lo, sizeof(float));
        digest_update(&g, &l->clamp_hi, sizeof(float));
        if (!l->weight)
            continue;
        digest_update(&g, l->weight, (size_t) l->filters * (size_t) l->taps
                      * sizeof(float));
        digest_update(&g, l->bias, (size_t) l->filters * sizeof(float));
    }
    const int failed = digest_finish(&g, net->digest);

    digest_release(&g);
    return failed;
}

static void set_input(struct net *net, const struct net_text *text)
{
    const int *d = text->shape;

    if (text->shape_count == 3)
        net->input = (struct net_shape) { d[0], d[1], d[2] };
    else if (text->shape_count == 2)
        net->input = (struct net_shape) { d[0], d[1], 1 };
    else
        net->input = (struct net_shape) { 1, 1, d[0] };
    net->input_subtract = text->subtract;
    net->input_divide = text->divide;
}

static int read_net(struct net *net, const char *path, bool shapes_only,
                    struct override_list *overrides, struct diag *diag)
{
    const int before = diag_error_count(diag);
    struct reader r = { .net = net, .overrides = overrides, .diag = diag,
                        .shapes_only = shapes_only };
    struct net_text text = { .name = NULL };
    const struct yaml_node *root;
    struct settings s;

    if (net_is_import(path))
        return net_import_file(net, path, NULL, diag, place_of_file(path));
    memset(net, 0, sizeof(*net));
    arena_init(&net->arena, (size_t) NET_ARENA_BYTES);
    net->path = arena_strdup(&net->arena, path);
    root = yaml_read_file(path, &net->arena, diag, place_of_file(path));
    if (!root)
        return -1;
    net->place = root->place;
    settings_init(&s, net_settings, overrides, NULL);
    if (settings_read(&s, root, &text, &net->arena, diag) && !text.shape)
        return -1;
    net->name = text.name;
    set_input(net, &text);
    if (net_elements(net->input) > NET_MAX_ELEMENTS)
        return diag_error(diag, settings_place(&s, "input.shape"),
                          "'input.shape' has %" PRId64 " elements, must have "
                          "at most %d", net_elements(net->input),
                          (int) NET_MAX_ELEMENTS);
    if (!shapes_only)
        read_npz(&r, &text, &s);
    if (text.layers)
        read_layers(&r, text.layers);
    npz_release(&r.npz);
    if (diag_error_count(diag) > before)
        return -1;
    if (digest_net(net))
        return diag_error(diag, net->place, "out of memory");
    return 0;
}

int net_read(struct net *net, const char *path, struct override_list *overrides,
             struct diag *diag)
{
    return read_net(net, path, false, overrides, diag);
}

int net_read_shapes(struct net *net, const char *path,
                    struct override_list *overrides, struct diag *diag)
{
    return read_net(net, path, true, overrides, diag);
}
