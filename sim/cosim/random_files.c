/*
 * random_files.c - a random case as files; weights and images from their seeds.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/npz.h"
#include "sim/base/path.h"
#include "sim/cosim/random.h"

static const char *const activations[] = { "none", "relu", "relu6", "clamp" };

static const char *const preset_names[FX_PRESET_COUNT] = {
    "tflite", "tflite_single", "cmsis_nn", "tosa", "gemmlowp", "onnx",
    "shift", "int16x8"
};

/* ----------------------------------------------------------------- data */

/* Numbers of -1 .. 1 in one of several shapes. */
static void fill(struct rng *r, float *to, int64_t count)
{
    const int shape = (int) rng_range(r, 0, 8);
    const float end = rng_range(r, 0, 1) ? 1.0f : -1.0f;

    for (int64_t i = 0; i < count; i++) {
        const float any = (float) (2.0 * rng_uniform(r) - 1.0);
        const float sign = any < 0.0f ? -1.0f : 1.0f;

        switch (shape) {
        case 0: to[i] = end; break;
        case 1: to[i] = i % 2 ? end : -end; break;
        case 2: to[i] = sign; break;
        case 3: to[i] = rng_range(r, 0, 3) ? 0.0f : sign; break;
        case 4: to[i] = i == count / 2 ? end : any / 64.0f; break;
        case 5: to[i] = end * (float) i / (float) count; break;
        case 6: to[i] = ldexpf(sign, -(int) rng_range(r, 0, 8)); break;
        default: to[i] = any; break;
        }
    }
}

static int add_array(struct npy_array *a, struct arena *arena, char *name,
                     int rank, const int64_t *dim)
{
    *a = (struct npy_array) { .name = name, .type = NPY_F4, .rank = rank,
                              .count = 1 };
    for (int i = 0; i < rank; i++) {
        a->dim[i] = dim[i];
        a->count *= dim[i];
    }
    a->data = arena_alloc_array(arena, (size_t) a->count, sizeof(float));
    return a->data && name ? 0 : -1;
}

/* Weights and biases of layer i: two arrays. Returns how many, or -1. */
static int layer_arrays(const struct random_layer *l, int i,
                        struct net_shape in, struct npy_array *a,
                        struct arena *arena)
{
    const struct net_window *w = &l->window;
    const int64_t filters = l->op == NET_DEPTHWISE_CONV2D
        ? (int64_t) in.c * l->multiplier : l->filters;
    const int64_t conv[] = { filters, w->kernel_h, w->kernel_w, in.c };
    const int64_t depthwise[] = { w->kernel_h, w->kernel_w, filters };
    const int64_t dense[] = { filters, net_elements(in) };
    const int64_t *dim = l->op == NET_CONV2D ? conv
                       : l->op == NET_FULLY_CONNECTED ? dense : depthwise;
    const int rank = l->op == NET_CONV2D ? 4
                   : l->op == NET_FULLY_CONNECTED ? 2 : 3;
    struct rng r;

    if (l->op > NET_FULLY_CONNECTED)
        return 0;
    if (add_array(&a[0], arena, arena_printf(arena, "l%d.weight", i), rank, dim)
        || add_array(&a[1], arena, arena_printf(arena, "l%d.bias", i), 1,
                     &filters))
        return -1;
    rng_init(&r, l->seed);
    fill(&r, a[0].data, a[0].count);
    fill(&r, a[1].data, a[1].count);
    /* Biases from nothing to what the products can reach. */
    const float size = ldexpf(1.0f, (int) rng_range(&r, -4, 5));

    for (int64_t n = 0; n < filters; n++)
        ((float *) a[1].data)[n] *= size;
    return 2;
}

static int write_weights(const struct random_net *net, const char *path,
                         const struct net_shape *shape, struct arena *arena,
                         struct diag *diag)
{
    struct npy_array a[2 * RANDOM_MAX_LAYERS + 1];
    const int64_t one = 1;
    int count = 1;

    /* An archive is never empty. */
    if (add_array(&a[0], arena, arena_strdup(arena, "unused"), 1, &one))
        return diag_error(diag, place_of_file(path), "out of memory");
    for (int i = 0; i < net->layer_count; i++) {
        const int more = layer_arrays(&net->layer[i], i,
                                      shape[net->layer[i].input], &a[count],
                                      arena);

        if (more < 0)
            return diag_error(diag, place_of_file(path), "out of memory");
        count += more;
    }
    return npz_write(path, a, (size_t) count, diag, place_of_file(path));
}

/* `reach`: test images go beyond what calibration has seen, and are clipped. */
static int write_images(const struct random_net *net, const char *path,
                        uint64_t seed, float reach, struct arena *arena,
                        struct diag *diag)
{
    const int64_t dim[] = { net->images, net->input.h, net->input.w,
                            net->input.c };
    const int64_t each = net_elements(net->input);
    struct npy_array a;
    struct rng r;

    if (add_array(&a, arena, arena_strdup(arena, "images"), 4, dim))
        return diag_error(diag, place_of_file(path), "out of memory");
    for (int n = 0; n < net->images; n++) {
        rng_init(&r, seed + (uint64_t) n);
        fill(&r, (float *) a.data + n * each, each);
    }
    for (int64_t i = 0; i < a.count; i++)
        ((float *) a.data)[i] *= reach;
    return npz_write(path, &a, 1, diag, place_of_file(path));
}

/* ---------------------------------------------------------------- texts */

static void format_hw(const struct hw *hw, struct strbuf *t)
{
    strbuf_printf(t, "name: %s\narray: {rows: %d, cols: %d, lanes: %d, "
                  "dataflow: %s}\n", hw->name, hw->rows, hw->cols, hw->lanes,
                  hw->dataflow == HW_WEIGHT_STATIONARY ? "weight_stationary"
                                                       : "output_stationary");
    strbuf_printf(t, "activation: {bits: %d, signed: %s}\n", hw->act_bits,
                  hw->act_signed ? "true" : "false");
    strbuf_printf(t, "weight: {bits: %d, zero_point: %s}\n", hw->weight_bits,
                  hw->weight_zero_point ? "true" : "false");
    if (hw->product_bits)
        strbuf_printf(t, "product: {bits: %d, drop: %d, rounding: %s, "
                      "overflow: %s}\n", hw->product_bits, hw->product_drop,
                      fx_rounding_names[hw->product_rounding],
                      fx_overflow_names[hw->product_overflow]);
    strbuf_printf(t, "accumulator: {bits: %d, overflow: %s, wrap_bits: %d, "
                  "depth: %d}\n", hw->acc_bits,
                  fx_overflow_names[hw->acc_overflow], hw->acc_wrap_bits,
                  hw->acc_depth);
    strbuf_printf(t, "requantize: {preset: %s, rounding: %s, "
                  "multiplier_bits: %d}\n", preset_names[hw->preset],
                  hw->requant_rounding
                  ? fx_rounding_names[hw->requant_rounding - 1] : "preset",
                  hw->multiplier_bits);
    strbuf_printf(t, "memory: {weight_depth: %d, param_depth: %d, "
                  "activation_depth: %d, program_depth: %d}\nclock_mhz: 100\n",
                  hw->weight_depth, hw->param_depth, hw->act_depth,
                  hw->program_depth);
}

static void format_tensor(struct strbuf *t, int tensor)
{
    if (tensor == 0)
        strbuf_add(t, "input");
    else
        strbuf_printf(t, "l%d", tensor - 1);
}

static void format_window(const struct random_layer *l, struct strbuf *t)
{
    const struct net_window *w = &l->window;

    strbuf_printf(t, ", kernel: [%d, %d], stride: [%d, %d], padding: [%d, %d, "
                  "%d, %d]", w->kernel_h, w->kernel_w, w->stride_h,
                  w->stride_w, w->pad_top, w->pad_bottom, w->pad_left,
                  w->pad_right);
    if (l->op == NET_CONV2D || l->op == NET_DEPTHWISE_CONV2D)
        strbuf_printf(t, ", dilation: [%d, %d]", w->dilation_h, w->dilation_w);
}

static void format_layer(const struct random_layer *l, int i, struct strbuf *t)
{
    strbuf_printf(t, "  - {name: l%d, op: %s, from: ", i, net_op_name(l->op));
    if (net_op_has_two_inputs(l->op)) {
        strbuf_add(t, "[");
        format_tensor(t, l->input);
        strbuf_add(t, ", ");
        format_tensor(t, l->second);
        strbuf_add(t, "]");
    } else {
        format_tensor(t, l->input);
    }
    if (l->op == NET_CONV2D)
        strbuf_printf(t, ", filters: %d", l->filters);
    if (l->op == NET_FULLY_CONNECTED)
        strbuf_printf(t, ", units: %d", l->filters);
    if (l->op == NET_DEPTHWISE_CONV2D)
        strbuf_printf(t, ", multiplier: %d", l->multiplier);
    if (l->op != NET_FULLY_CONNECTED && l->op != NET_FLATTEN
        && !net_op_has_two_inputs(l->op))
        format_window(l, t);
    if (l->activation != NET_LINEAR)
        strbuf_printf(t, ", activation: %s", activations[l->activation]);
    if (l->activation == NET_CLAMP)
        strbuf_printf(t, ", clamp_min: %.9g, clamp_max: %.9g", l->clamp_lo,
                      l->clamp_hi);
    strbuf_add(t, "}\n");
}

static void format_net(const struct random_net *net, struct strbuf *t)
{
    strbuf_printf(t, "name: random\ninput: {shape: [%d, %d, %d]}\n"
                  "weights: weights.npz\nlayers:\n", net->input.h, net->input.w,
                  net->input.c);
    for (int i = 0; i < net->layer_count; i++)
        format_layer(&net->layer[i], i, t);
}

static void format_design(const struct random_net *net, struct strbuf *t)
{
    strbuf_printf(t, "name: random\nhardware: hardware.yaml\nnetwork: "
                  "network.yaml\nquantization:\n  weights: {scheme: %s, "
                  "granularity: %s}\n  activations: {scheme: asymmetric}\n"
                  "  power_of_two: %s\n  calibration: {method: min_max}\n"
                  "data: {test: images.npz, calibration: calibration.npz}\n",
                  net->asymmetric ? "asymmetric" : "symmetric",
                  net->per_channel ? "channel" : "tensor",
                  net->power_of_two ? "true" : "false");
}

static int write_text(const char *folder, const char *name, struct strbuf *t,
                      struct arena *arena, struct diag *diag)
{
    const char *path = path_join(arena, folder, name);
    int result;

    if (!path || t->failed)
        result = diag_error(diag, place_of_file(folder), "out of memory");
    else
        result = file_write_all(path, t->text, t->length, diag,
                                place_of_file(path));
    strbuf_release(t);
    strbuf_init(t);
    return result;
}

int random_write(const struct random_net *net, const struct hw *hw,
                 const char *folder, struct diag *diag)
{
    struct net_shape shape[RANDOM_MAX_LAYERS + 1];
    struct arena arena;
    struct strbuf t;
    struct rng r;
    int result = -1;

    if (random_shapes(net, shape) || file_make_dirs(folder, diag,
                                                    place_of_file(folder)))
        return -1;
    arena_init(&arena, 0);
    strbuf_init(&t);
    const char *weights = path_join(&arena, folder, "weights.npz");
    const char *images = path_join(&arena, folder, "images.npz");
    const char *calibration = path_join(&arena, folder, "calibration.npz");

    if (!weights || !images || !calibration) {
        diag_error(diag, place_of_file(folder), "out of memory");
        goto done;
    }
    rng_init(&r, net->data_seed);
    const float reach = rng_range(&r, 0, 2) ? 1.0f : 1.5f;

    format_hw(hw, &t);
    if (write_text(folder, "hardware.yaml", &t, &arena, diag))
        goto done;
    format_net(net, &t);
    if (write_text(folder, "network.yaml", &t, &arena, diag))
        goto done;
    format_design(net, &t);
    if (write_text(folder, "design.yaml", &t, &arena, diag)
        || write_weights(net, weights, shape, &arena, diag)
        || write_images(net, images, net->data_seed, reach, &arena, diag)
        || write_images(net, calibration, net->data_seed + 1000, 1.0f, &arena,
                        diag))
        goto done;
    result = 0;

done:
    strbuf_release(&t);
    arena_release(&arena);
    return result;
}

/* Every line of `settings`, as an argument of --set. */
static int parse_settings(struct override_list *list, const char *settings,
                          struct diag *diag)
{
    int failed = 0;

    while (*settings && !failed) {
        const size_t length = strcspn(settings, "\n");
        char *argument = strndup(settings, length);

        failed = !argument || override_parse(list, argument, diag);
        free(argument);
        settings += length + (settings[length] == '\n');
    }
    return failed ? -1 : 0;
}

/* Not by hw_read, which puts what a preset stands for in place of the preset:
 * the drawn machine is written to files again. */
int random_set_hw(struct hw *hw, const char *settings, const char *folder,
                  struct diag *diag)
{
    const struct yaml_node *root;
    struct override_list list;
    struct settings reader;
    struct arena arena;
    struct strbuf text;
    int result = -1;

    if (file_make_dirs(folder, diag, place_of_file(folder)))
        return -1;
    arena_init(&arena, 0);
    strbuf_init(&text);
    override_init(&list);
    format_hw(hw, &text);
    const char *path = path_join(&arena, folder, "hardware.yaml");

    if (!path || write_text(folder, "hardware.yaml", &text, &arena, diag)
        || parse_settings(&list, settings, diag))
        goto done;
    root = yaml_read_file(path, &arena, diag, place_of_file(path));
    settings_init(&reader, hw_settings, &list, NULL);
    if (root && !settings_read(&reader, root, hw, &arena, diag)
        && !override_report_unused(&list, diag))
        result = 0;
    hw->name = "random";          /* the reader's is in the arena */

done:
    override_release(&list);
    strbuf_release(&text);
    arena_release(&arena);
    return result;
}
