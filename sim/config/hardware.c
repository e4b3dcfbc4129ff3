#include "sim/config/hardware.h"

#include <stddef.h>
#include <string.h>

#include "sim/base/digest.h"
#include "sim/base/strbuf.h"

static const char *const dataflow_names[] = {
    "weight_stationary", "output_stationary", NULL
};

static const char *const preset_names[] = {
    "tflite", "tflite_single", "cmsis_nn", "tosa", "gemmlowp", "onnx",
    "shift", "int16x8", NULL
};

/* The rounding of `requantize` may be left to the preset. */
static const char *const requant_rounding_names[] = {
    "preset", "half_up", "half_toward_zero", "half_down", "half_away",
    "half_even", "floor", "toward_zero", NULL
};

#define FIELD(f) .offset = offsetof(struct hw, f)

const struct setting hw_settings[] = {
    { .key = "name", .type = SETTING_STRING, FIELD(name), .min = 1, .max = 64,
      .help = "the machine's name, in reports and manifests" },
    { .key = "array.rows", .type = SETTING_INT, FIELD(rows),
      .min = 1, .max = 128, .fallback = "16",
      .help = "rows of processing elements" },
    { .key = "array.cols", .type = SETTING_INT, FIELD(cols),
      .min = 1, .max = 128, .fallback = "16",
      .help = "columns of processing elements; a column works on one output "
              "channel" },
    { .key = "array.lanes", .type = SETTING_INT, FIELD(lanes),
      .min = 1, .max = 16, .fallback = "1",
      .help = "products that a processing element adds per step, before the "
              "one overflow check" },
    { .key = "array.dataflow", .type = SETTING_ENUM, FIELD(dataflow),
      .choices = dataflow_names, .fallback = "weight_stationary",
      .help = "what stays in a processing element: its weight, or its sum" },
    { .key = "activation.bits", .type = SETTING_INT, FIELD(act_bits),
      .min = 2, .max = 16, .fallback = "8", .unit = "bits",
      .help = "width of an activation code, in and out" },
    { .key = "activation.signed", .type = SETTING_BOOL, FIELD(act_signed),
      .fallback = "true",
      .help = "activation codes are two's complement" },
    { .key = "weight.bits", .type = SETTING_INT, FIELD(weight_bits),
      .min = 1, .max = 16, .fallback = "8", .unit = "bits",
      .help = "width of a weight code; with 1, the codes 0 and 1 stand for -1 "
              "and +1" },
    { .key = "weight.zero_point", .type = SETTING_BOOL,
      FIELD(weight_zero_point), .fallback = "false",
      .help = "a subtractor per column, for asymmetric weights" },
    { .key = "product.bits", .type = SETTING_INT, FIELD(product_bits),
      .min = 0, .max = 48, .fallback = "0", .unit = "bits",
      .help = "width of a product before it is added; 0 is exact" },
    { .key = "product.drop", .type = SETTING_INT, FIELD(product_drop),
      .min = 0, .max = 32, .fallback = "0", .unit = "bits",
      .help = "low bits rounded away from a product; the accumulator then "
              "counts in units of 2^drop" },
    { .key = "product.rounding", .type = SETTING_ENUM, FIELD(product_rounding),
      .choices = fx_rounding_names, .fallback = "floor",
      .help = "rounding of a narrowed product" },
    { .key = "product.overflow", .type = SETTING_ENUM, FIELD(product_overflow),
      .choices = fx_overflow_names, .fallback = "wrap",
      .help = "overflow of a narrowed product" },
    { .key = "accumulator.bits", .type = SETTING_INT, FIELD(acc_bits),
      .min = 8, .max = 48, .fallback = "32", .unit = "bits",
      .help = "width of an accumulator" },
    { .key = "accumulator.overflow", .type = SETTING_ENUM, FIELD(acc_overflow),
      .choices = fx_overflow_names, .fallback = "saturate",
      .help = "what a sum becomes that the accumulator cannot hold, at every "
              "step" },
    { .key = "accumulator.wrap_bits", .type = SETTING_INT,
      FIELD(acc_wrap_bits), .min = 0, .max = 48, .fallback = "0",
      .unit = "bits",
      .help = "SystemC's n_bits: top bits that saturate in the wrap modes" },
    { .key = "accumulator.depth", .type = SETTING_INT, FIELD(acc_depth),
      .min = 1, .max = 65536, .fallback = "1024", .unit = "positions",
      .help = "output positions whose sums the weight stationary array keeps "
              "between tiles" },
    { .key = "requantize.preset", .type = SETTING_ENUM, FIELD(preset),
      .choices = preset_names, .fallback = "tflite",
      .help = "how an accumulator becomes an activation, by the tool that "
              "does it so" },
    { .key = "requantize.rounding", .type = SETTING_ENUM,
      FIELD(requant_rounding), .choices = requant_rounding_names,
      .fallback = "preset",
      .help = "rounding in place of the preset's; then there is no double "
              "rounding" },
    { .key = "requantize.multiplier_bits", .type = SETTING_INT,
      FIELD(multiplier_bits), .min = 0, .max = 32, .fallback = "0",
      .unit = "bits",
      .help = "signed width of the multiplier, 8 to 32; 0 is the preset's" },
    { .key = "memory.weight_depth", .type = SETTING_INT, FIELD(weight_depth),
      .min = 1, .max = 1 << 24, .fallback = "8192", .unit = "words",
      .help = "depth of a column's weight ROM; a word holds `lanes` weights" },
    { .key = "memory.param_depth", .type = SETTING_INT, FIELD(param_depth),
      .min = 1, .max = 1 << 20, .fallback = "256", .unit = "words",
      .help = "depth of a column's bias and scale ROMs; a word serves one "
              "output channel" },
    { .key = "memory.activation_depth", .type = SETTING_INT, FIELD(act_depth),
      .min = 1, .max = 1 << 20, .fallback = "4096", .unit = "words",
      .help = "depth of a bank of activation memory; a word is one element, "
              "and there are as many banks as the smallest power of two that "
              "is at least rows * lanes, cols and 4" },
    { .key = "memory.program_depth", .type = SETTING_INT, FIELD(program_depth),
      .min = 40, .max = 1 << 16, .fallback = "4096", .unit = "words",
      .help = "depth of the program ROM; 8 words and 32 for each layer" },
    { .key = "clock_mhz", .type = SETTING_DOUBLE, FIELD(clock_mhz),
      .min = 0.001, .max = 100000, .fallback = "200", .unit = "MHz",
      .help = "clock for times and frames per second" },
    { .key = NULL }
};

/* What the bounds of single settings cannot say. */
static void check_together(struct hw *hw, const struct settings *s,
                           struct diag *diag)
{
    const int bits = hw->multiplier_bits;

    if (bits != 0 && bits < 8)
        diag_error(diag, settings_place(s, "requantize.multiplier_bits"),
                   "'requantize.multiplier_bits' is %d, must be 0 or 8 to 32",
                   bits);
    if (hw->preset == FX_PRESET_SHIFT && bits != 0)
        diag_error(diag, settings_place(s, "requantize.multiplier_bits"),
                   "'requantize.multiplier_bits' is %d, must be 0: the preset "
                   "'shift' has no multiplier", bits);
    if (hw->acc_wrap_bits > 0 && hw->acc_overflow != FX_WRAP
        && hw->acc_overflow != FX_WRAP_SIGN_MAGNITUDE)
        diag_error(diag, settings_place(s, "accumulator.wrap_bits"),
                   "'accumulator.wrap_bits' is %d, must be 0 when "
                   "'accumulator.overflow' is '%s'", hw->acc_wrap_bits,
                   fx_overflow_names[hw->acc_overflow]);
    if (hw->product_bits == 0 && hw->product_drop > 0)
        diag_error(diag, settings_place(s, "product.drop"),
                   "'product.drop' is %d, must be 0 when 'product.bits' is 0 "
                   "(exact)", hw->product_drop);
}

/*
 * A preset stands for three values; naming one of them in the file replaces
 * it, and with it the double rounding, which belongs to half_up at 32 bits.
 */
static void resolve_preset(struct hw *hw)
{
    const struct fx_preset *preset = &fx_presets[hw->preset];
    const int rounding = hw->requant_rounding - 1;    /* 0 is "preset" */

    hw->preset_whole = rounding < 0 && hw->multiplier_bits == 0;
    hw->double_round = preset->double_round && hw->preset_whole;
    hw->requant_rounding = rounding < 0 ? (int) preset->rounding : rounding;
    if (hw->multiplier_bits == 0)
        hw->multiplier_bits = preset->multiplier_bits;
}

/* Everything that makes two machines differ, in one line each. */
static int digest_settings(struct hw *hw)
{
    struct strbuf text;
    int failed = -1;

    strbuf_init(&text);
    for (const struct setting *s = hw_settings; s->key; s++) {
        const char *field = (const char *) hw + s->offset;

        if (s->type == SETTING_INT || s->type == SETTING_ENUM)
            strbuf_printf(&text, "%s=%d\n", s->key, *(const int *) field);
        else if (s->type == SETTING_BOOL)
            strbuf_printf(&text, "%s=%d\n", s->key, *(const bool *) field);
    }
    if (!text.failed)
        failed = digest_sha256(text.text, text.length, hw->digest);
    strbuf_release(&text);
    return failed;
}

int hw_read(struct hw *hw, const char *path, struct override_list *overrides,
            struct arena *arena, struct diag *diag)
{
    const int before = diag_error_count(diag);
    const struct yaml_node *root;
    struct settings s;

    memset(hw, 0, sizeof(*hw));
    hw->path = path;
    root = yaml_read_file(path, arena, diag, place_of_file(path));
    if (!root)
        return -1;
    hw->place = root->place;
    settings_init(&s, hw_settings, overrides, NULL);
    if (settings_read(&s, root, hw, arena, diag))
        return -1;
    check_together(hw, &s, diag);
    resolve_preset(hw);
    if (digest_settings(hw))
        diag_error(diag, hw->place, "out of memory");
    return diag_error_count(diag) > before ? -1 : 0;
}

int hw_act_banks(const struct hw *hw)
{
    int banks = HW_GATHER_WAYS;

    while (banks < hw->rows * hw->lanes || banks < hw->cols)
        banks *= 2;
    return banks;
}

int64_t hw_act_elements(const struct hw *hw)
{
    return (int64_t) hw_act_banks(hw) * hw->act_depth;
}

int hw_add_shift(const struct hw *hw)
{
    const int room = hw->acc_bits - hw->act_bits - 2;

    return room < 20 ? room : 20;
}

int hw_act_operand_bits(const struct hw *hw)
{
    return hw->act_bits + 1;
}

int hw_weight_operand_bits(const struct hw *hw)
{
    if (hw->weight_bits == 1)
        return 2;
    return hw->weight_bits + (hw->weight_zero_point ? 1 : 0);
}

/* As the file says it, in place of the preset. */
static int replaced_requant(const struct hw *hw, double real,
                            struct fx_requant *requant)
{
    int failed;

    if (hw->multiplier_bits == 0)
        failed = fx_power_of_two(real, &requant->mult, &requant->shift);
    else
        failed = fx_quantize_multiplier(real, hw->multiplier_bits,
                                        &requant->mult, &requant->shift);
    if (failed)
        return -1;
    requant->double_round = false;
    requant->rounding = (enum fx_rounding) hw->requant_rounding;
    return 0;
}

/* The multiplier's width in hardware: 8 where powers of two need none. */
static int multiplier_width(const struct hw *hw)
{
    return hw->multiplier_bits < 8 ? 8 : hw->multiplier_bits;
}

int hw_requant(const struct hw *hw, double real, struct fx_requant *requant)
{
    struct fx_requant r = *requant;
    const int failed = hw->preset_whole
        ? fx_preset_requant(&fx_presets[hw->preset], real, &r)
        : replaced_requant(hw, real, &r);

    /* A power of two above 1 is a multiplier, which must fit its field. */
    if (failed || r.mult >> (multiplier_width(hw) - 1) != 0)
        return -1;
    *requant = r;
    return 0;
}

struct fx_format hw_acc_format(const struct hw *hw)
{
    return (struct fx_format) {
        .bits = hw->acc_bits,
        .is_signed = true,
        .overflow = (enum fx_overflow) hw->acc_overflow,
        .wrap_bits = hw->acc_wrap_bits
    };
}

struct fx_product_format hw_product_format(const struct hw *hw)
{
    return (struct fx_product_format) {
        .exact = hw->product_bits == 0,
        .drop = hw->product_drop,
        .rounding = (enum fx_rounding) hw->product_rounding,
        .format = { .bits = hw->product_bits, .is_signed = true,
                    .overflow = (enum fx_overflow) hw->product_overflow,
                    .wrap_bits = 0 }
    };
}
