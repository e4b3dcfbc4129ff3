#include "sim/config/design.h"

#include <stddef.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/base/strbuf.h"

enum { DESIGN_MAX_LAYERS = 512 };

/* In the order of enum quant_scheme and enum quant_granularity. */
static const char *const scheme_names[] = { "symmetric", "asymmetric", NULL };
static const char *const granularity_names[] = { "tensor", "channel", "group",
                                                 NULL };
/* In the order of enum range_method; weights take the first two. */
static const char *const method_names[] = { "min_max", "mse", "moving_average",
                                            "percentile", "kl", NULL };
static const char *const weight_method_names[] = { "min_max", "mse", NULL };
static const char *const power_names[] = { "up", "mse", NULL };
static const char *const tie_names[] = { "half_away", "half_even", NULL };
static const char *const rounding_names[] = { "nearest", "learned", NULL };
static const char *const switch_names[] = { "false", "true", NULL };

/* Beside the struct: what is only needed while reading. */
struct design_text {
    struct design design;
    const struct yaml_node *layers;
};

#define FIELD(f) .offset = offsetof(struct design_text, f)

const struct setting design_settings[] = {
    { .key = "name", .type = SETTING_STRING, FIELD(design.name), .min = 1,
      .max = 64, .help = "the design's name, in reports" },
    { .key = "hardware", .type = SETTING_PATH, FIELD(design.hardware),
      .help = "the hardware file, relative to this file" },
    { .key = "network", .type = SETTING_PATH, FIELD(design.network),
      .help = "the network file, relative to this file" },
    { .key = "quantization.weights.bits", .type = SETTING_INT,
      FIELD(design.weight_bits), .min = 0, .max = 16, .fallback = "0",
      .unit = "bits",
      .help = "width of the weights; 0 is the hardware's, more is refused" },
    { .key = "quantization.weights.scheme", .type = SETTING_ENUM,
      FIELD(design.weight_scheme), .choices = scheme_names,
      .fallback = "symmetric",
      .help = "asymmetric needs hardware with 'weight.zero_point: true'" },
    { .key = "quantization.weights.granularity", .type = SETTING_ENUM,
      FIELD(design.weight_granularity), .choices = granularity_names,
      .fallback = "channel",
      .help = "one scale for the tensor, one for each output channel, or one "
              "for each group of channels" },
    { .key = "quantization.weights.group", .type = SETTING_INT,
      FIELD(design.weight_group), .min = 1, .max = 65536, .fallback = "8",
      .unit = "channels",
      .help = "consecutive output channels that share a scale when the "
              "granularity is group" },
    { .key = "quantization.weights.calibration", .type = SETTING_ENUM,
      FIELD(design.weight_calibration), .choices = weight_method_names,
      .fallback = "min_max",
      .help = "mse searches the clipping range with the least squared error "
              "for each scale; it pays at 4 bits and below" },
    { .key = "quantization.weights.narrow", .type = SETTING_BOOL,
      FIELD(design.weight_narrow), .fallback = "true",
      .help = "restricted range: symmetric weights do not use the lowest "
              "code; false spreads the range over all codes" },
    { .key = "quantization.activations.bits", .type = SETTING_INT,
      FIELD(design.activation_bits), .min = 0, .max = 16, .fallback = "0",
      .unit = "bits",
      .help = "width of the activations, 2 to 16; 0 is the hardware's, more "
              "is refused" },
    { .key = "quantization.activations.scheme", .type = SETTING_ENUM,
      FIELD(design.activation_scheme), .choices = scheme_names,
      .fallback = "asymmetric", .help = "with or without a zero point" },
    { .key = "quantization.activations.narrow", .type = SETTING_BOOL,
      FIELD(design.activation_narrow), .fallback = "true",
      .help = "restricted range: symmetric signed activations do not use the "
              "lowest code" },
    { .key = "quantization.input.bits", .type = SETTING_INT,
      FIELD(design.input_bits), .min = 0, .max = 16, .fallback = "0",
      .unit = "bits",
      .help = "width of the network's input, 2 to 16; 0 is that of the "
              "activations" },
    { .key = "quantization.power_of_two", .type = SETTING_BOOL,
      FIELD(design.power_of_two), .fallback = "false",
      .help = "scales are powers of two" },
    { .key = "quantization.power_of_two_choice", .type = SETTING_ENUM,
      FIELD(design.power_of_two_choice), .choices = power_names,
      .fallback = "up",
      .help = "up takes the next greater power and clips nothing; mse takes "
              "the one of the two neighbours with the less squared error" },
    { .key = "quantization.ties", .type = SETTING_ENUM, FIELD(design.ties),
      .choices = tie_names, .fallback = "half_away",
      .help = "which code a real half-way between two gets: TFLite rounds "
              "half away from zero, ONNX half to even" },
    { .key = "quantization.rounding", .type = SETTING_ENUM,
      FIELD(design.rounding), .choices = rounding_names,
      .fallback = "nearest",
      .help = "learned decides for each weight whether to round up or down so "
              "that the layer's output on the calibration set changes least" },
    { .key = "quantization.learned.iterations", .type = SETTING_INT,
      FIELD(design.learned.iterations), .min = 1, .max = 1e6,
      .fallback = "2000", .unit = "steps",
      .help = "optimizer steps of a layer" },
    { .key = "quantization.learned.batch", .type = SETTING_INT,
      FIELD(design.learned.batch), .min = 1, .max = 65536, .fallback = "64",
      .unit = "rows", .help = "output positions in one step" },
    { .key = "quantization.learned.rows", .type = SETTING_INT,
      FIELD(design.learned.rows), .min = 1, .max = 1e6, .fallback = "8192",
      .unit = "rows",
      .help = "output positions drawn from the calibration images for a "
              "layer, at most" },
    { .key = "quantization.learned.rate", .type = SETTING_DOUBLE,
      FIELD(design.learned.rate), .min = 1e-6, .max = 1, .fallback = "0.01",
      .help = "step size of the optimizer (Adam)" },
    { .key = "quantization.learned.regularization", .type = SETTING_DOUBLE,
      FIELD(design.learned.regularization), .min = 0, .max = 1000,
      .fallback = "0.01",
      .help = "weight of the term that drives each rounding to up or down; "
              "the output error with nearest rounding counts 1" },
    { .key = "quantization.learned.seed", .type = SETTING_INT,
      FIELD(design.learned.seed), .min = 0, .max = 2147483647.0,
      .fallback = "1", .help = "of the drawing of rows and batches" },
    { .key = "quantization.bias_correction", .type = SETTING_BOOL,
      FIELD(design.bias_correction), .fallback = "false",
      .help = "biases take up the mean error that quantization gives a "
              "channel on the calibration set, layer by layer" },
    { .key = "quantization.equalize", .type = SETTING_BOOL,
      FIELD(design.equalize), .fallback = "false",
      .help = "cross-layer equalization: move factors between a layer and "
              "the next so that their channels have equal ranges" },
    { .key = "quantization.calibration.method", .type = SETTING_ENUM,
      FIELD(design.calibration_method), .choices = method_names,
      .fallback = "min_max",
      .help = "how the range of an activation is found" },
    { .key = "quantization.calibration.percentile", .type = SETTING_DOUBLE,
      FIELD(design.calibration_percentile), .min = 50, .max = 100,
      .fallback = "99.99", .unit = "percent",
      .help = "of the values that the range keeps, for method percentile" },
    { .key = "quantization.calibration.batch", .type = SETTING_INT,
      FIELD(design.calibration_batch), .min = 1, .max = 1e6,
      .fallback = "16", .unit = "images",
      .help = "one step of the moving average" },
    { .key = "quantization.calibration.momentum", .type = SETTING_DOUBLE,
      FIELD(design.calibration_momentum), .min = 1e-6, .max = 1,
      .fallback = "0.01",
      .help = "share of a new batch in the moving average" },
    { .key = "quantization.calibration.images", .type = SETTING_INT,
      FIELD(design.calibration_images), .min = 0, .max = 1e6, .fallback = "0",
      .unit = "images",
      .help = "the first so many of the calibration set; 0 is all" },
    { .key = "quantization.layers", .type = SETTING_NODE, FIELD(layers),
      .fallback = "null",
      .help = "a list of layers that differ" },
    { .key = "data.test", .type = SETTING_PATH, FIELD(design.test),
      .fallback = "null",
      .help = "labelled test images, .npz, .npy or IDX" },
    { .key = "data.labels", .type = SETTING_PATH, FIELD(design.labels),
      .fallback = "null",
      .help = "labels of the test images in a .npy file of their own" },
    { .key = "data.calibration", .type = SETTING_PATH,
      FIELD(design.calibration), .fallback = "null",
      .help = "calibration images, .npz, .npy or IDX; a network that its file "
              "has quantized needs none" },
    { .key = "data.shape", .type = SETTING_INT_LIST, FIELD(design.shape),
      .count_offset = offsetof(struct design_text, design.shape_count),
      .min = 1, .max = 65536, .min_items = 1, .max_items = 8,
      .fallback = "null",
      .help = "dimensions of the input, for a .tflite or .onnx file that "
              "leaves them open; the batch may be left out" },
    { .key = "data.subtract", .type = SETTING_DOUBLE, FIELD(design.subtract),
      .min = -1e6, .max = 1e6, .fallback = "0",
      .help = "of every pixel, for a network of a .tflite or .onnx file, whose "
              "input is (pixel - subtract) / divide" },
    { .key = "data.divide", .type = SETTING_DOUBLE, FIELD(design.divide),
      .min = 1e-6, .max = 1e6, .fallback = "1",
      .help = "of every pixel, for a network of a .tflite or .onnx file" },
    { .key = "data.images", .type = SETTING_INT, FIELD(design.images),
      .min = 0, .max = 1e6, .fallback = "0", .unit = "images",
      .help = "the first so many of the test set; 0 is all" },
    { .key = NULL }
};

#undef FIELD
#define FIELD(f) .offset = offsetof(struct design_layer, f)

const struct setting design_layer_settings[] = {
    { .key = "name", .type = SETTING_STRING, FIELD(name), .min = 1, .max = 64,
      .help = "the layer of the network" },
    { .key = "weight_bits", .type = SETTING_INT, FIELD(weight_bits), .min = 1,
      .max = 16, .fallback = "null", .unit = "bits",
      .help = "in place of quantization.weights.bits" },
    { .key = "weight_scheme", .type = SETTING_ENUM, FIELD(weight_scheme),
      .choices = scheme_names, .fallback = "null",
      .help = "in place of quantization.weights.scheme" },
    { .key = "weight_granularity", .type = SETTING_ENUM,
      FIELD(weight_granularity), .choices = granularity_names,
      .fallback = "null",
      .help = "in place of quantization.weights.granularity" },
    { .key = "activation_bits", .type = SETTING_INT, FIELD(activation_bits),
      .min = 2, .max = 16, .fallback = "null", .unit = "bits",
      .help = "of the layer's output, in place of "
              "quantization.activations.bits" },
    { .key = "activation_scheme", .type = SETTING_ENUM,
      FIELD(activation_scheme), .choices = scheme_names, .fallback = "null",
      .help = "of the layer's output" },
    { .key = "weight_group", .type = SETTING_INT, FIELD(weight_group),
      .min = 1, .max = 65536, .fallback = "null", .unit = "channels",
      .help = "in place of quantization.weights.group" },
    { .key = "weight_calibration", .type = SETTING_ENUM,
      FIELD(weight_calibration), .choices = weight_method_names,
      .fallback = "null",
      .help = "in place of quantization.weights.calibration" },
    { .key = "activation_calibration", .type = SETTING_ENUM,
      FIELD(activation_calibration), .choices = method_names,
      .fallback = "null",
      .help = "of the layer's output, in place of "
              "quantization.calibration.method" },
    { .key = "rounding", .type = SETTING_ENUM, FIELD(rounding),
      .choices = rounding_names, .fallback = "null",
      .help = "in place of quantization.rounding" },
    { .key = "bias_correction", .type = SETTING_ENUM, FIELD(bias_correction),
      .choices = switch_names, .fallback = "null",
      .help = "in place of quantization.bias_correction" },
    { .key = NULL }
};

#undef FIELD

static int read_layer(struct design *design, const struct yaml_node *node,
                      struct override_list *overrides, struct arena *arena,
                      struct diag *diag)
{
    struct design_layer *l = &design->layer[design->layer_count];
    const struct yaml_node *name = yaml_find(node, "name");
    const char *prefix = NULL;
    struct settings s;

    *l = (struct design_layer) { .weight_bits = 0, .weight_scheme = -1,
        .weight_granularity = -1, .activation_bits = 0,
        .activation_scheme = -1, .weight_group = 0, .weight_calibration = -1,
        .activation_calibration = -1, .rounding = -1, .bias_correction = -1 };
    if (name && name->kind == YAML_SCALAR)
        prefix = arena_printf(arena, "quantization.layers.%s", name->text);
    settings_init(&s, design_layer_settings, prefix ? overrides : NULL, prefix);
    if (settings_read(&s, node, l, arena, diag))
        return -1;
    l->place = settings_place(&s, "name");
    for (int i = 0; i < design->layer_count; i++) {
        if (strcmp(design->layer[i].name, l->name))
            continue;
        diag_error(diag, l->place, "'name' is '%s', must be given only once",
                   l->name);
        diag_note(diag, design->layer[i].place, "'%s' is here as well",
                  l->name);
    }
    design->layer_count++;
    return 0;
}

static int read_layers(struct design *design, const struct yaml_node *node,
                       struct override_list *overrides, struct arena *arena,
                       struct diag *diag)
{
    if (!node)
        return 0;
    if (node->kind != YAML_SEQUENCE || node->count > DESIGN_MAX_LAYERS)
        return diag_error(diag, node->place, "'quantization.layers' is %s, "
                          "must be a list of at most %d layers",
                          yaml_kind_name(node->kind), DESIGN_MAX_LAYERS);
    design->layer = arena_alloc_array(arena, node->count,
                                      sizeof(*design->layer));
    if (!design->layer)
        return diag_error(diag, node->place, "out of memory");
    for (size_t i = 0; i < node->count; i++)
        read_layer(design, node->values[i], overrides, arena, diag);
    return 0;
}

static void print_values(const struct setting *table, const void *from,
                         struct strbuf *text)
{
    for (const struct setting *s = table; s->key; s++) {
        const char *field = (const char *) from + s->offset;

        if (s->type == SETTING_INT || s->type == SETTING_ENUM)
            strbuf_printf(text, "%s=%d\n", s->key, *(const int *) field);
        else if (s->type == SETTING_BOOL)
            strbuf_printf(text, "%s=%d\n", s->key, *(const bool *) field);
        else if (s->type == SETTING_DOUBLE)
            strbuf_printf(text, "%s=%.17g\n", s->key, *(const double *) field);
    }
}

/* Every value but names and paths, whose files have digests of their own. */
static int digest_values(struct design *design, const struct design_text *from)
{
    struct strbuf text;
    int failed = -1;

    strbuf_init(&text);
    print_values(design_settings, from, &text);
    for (int i = 0; i < design->layer_count; i++) {
        strbuf_printf(&text, "%s\n", design->layer[i].name);
        print_values(design_layer_settings, &design->layer[i], &text);
    }
    if (!text.failed)
        failed = digest_sha256(text.text, text.length, design->digest);
    strbuf_release(&text);
    return failed;
}

int design_read(struct design *design, const char *path,
                struct override_list *overrides, struct arena *arena,
                struct diag *diag)
{
    const int before = diag_error_count(diag);
    struct design_text text;
    const struct yaml_node *root;
    struct settings s;

    memset(&text, 0, sizeof(text));
    memset(design, 0, sizeof(*design));
    root = yaml_read_file(path, arena, diag, place_of_file(path));
    if (!root)
        return -1;
    settings_init(&s, design_settings, overrides, NULL);
    settings_read(&s, root, &text, arena, diag);
    *design = text.design;
    design->path = path;
    design->place = root->place;
    design->hardware_place = settings_place(&s, "hardware");
    design->network_place = settings_place(&s, "network");
    design->test_place = settings_place(&s, "data.test");
    design->labels_place = settings_place(&s, "data.labels");
    design->calibration_place = settings_place(&s, "data.calibration");
    design->weight_bits_place = settings_place(&s, "quantization.weights.bits");
    design->weight_scheme_place =
        settings_place(&s, "quantization.weights.scheme");
    design->activation_bits_place =
        settings_place(&s, "quantization.activations.bits");
    design->input_bits_place = settings_place(&s, "quantization.input.bits");
    if (design->input_bits == 1)
        diag_error(diag, design->input_bits_place,
                   "'quantization.input.bits' is 1, must be 0 or 2 to 16");
    if (design->activation_bits == 1)
        diag_error(diag, design->activation_bits_place,
                   "'quantization.activations.bits' is 1, must be 0 or 2 to "
                   "16");
    read_layers(design, text.layers, overrides, arena, diag);
    if (digest_values(design, &text))
        diag_error(diag, design->place, "out of memory");
    return diag_error_count(diag) > before ? -1 : 0;
}

const struct design_layer *design_find_layer(const struct design *design,
                                             const char *name)
{
    for (int i = 0; i < design->layer_count; i++)
        if (!strcmp(design->layer[i].name, name))
            return &design->layer[i];
    return NULL;
}
