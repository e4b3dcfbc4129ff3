#include "codegen/package.h"

#include "sim/base/file.h"
#include "sim/program/program.h"

/* The adder must fit with its carry; a 32- or 64-bit accumulator may use the
 * container itself, for the overflow is then seen in the signs. */
static bool fits(int bits, int acc_bits, int sum_bits)
{
    const int widest = acc_bits > sum_bits ? acc_bits : sum_bits;

    return widest + 1 <= bits || (acc_bits == bits && sum_bits <= bits);
}

int package_sim_width(const struct hw *hw)
{
    int sum_bits = hw_act_operand_bits(hw) + hw_weight_operand_bits(hw);

    while (1 << (sum_bits - hw_act_operand_bits(hw)
                 - hw_weight_operand_bits(hw)) < hw->lanes)
        sum_bits++;
    if (fits(32, hw->acc_bits, sum_bits))
        return 32;
    return fits(64, hw->acc_bits, sum_bits) ? 64 : 0;
}

/* Bits that hold 0 .. count. */
static int width_of(int64_t count)
{
    int bits = 1;

    while (count >> bits)
        bits++;
    return bits;
}

void package_format(const struct hw *hw, int sim_width, struct strbuf *text)
{
    const struct { const char *name; int value; } field[] = {
        { "Rows", hw->rows },
        { "Cols", hw->cols },
        { "Lanes", hw->lanes },
        { "Dataflow", hw->dataflow },
        { "ActWidth", hw->act_bits },
        { "ActSigned", hw->act_signed },
        { "WeightWidth", hw->weight_bits },
        { "WeightZeroPoint", hw->weight_zero_point },
        { "ProductWidth", hw->product_bits },
        { "ProductDrop", hw->product_drop },
        { "ProductRounding", hw->product_rounding },
        { "ProductOverflow", hw->product_overflow },
        { "AccWidth", hw->acc_bits },
        { "AccOverflow", hw->acc_overflow },
        { "AccWrapBits", hw->acc_wrap_bits },
        { "AccDepth", hw->acc_depth },
        { "MultWidth", program_multiplier_bits(hw) },
        { "ShiftWidth", HW_SHIFT_BITS },
        { "Rounding", hw->requant_rounding },
        { "WeightDepth", hw->weight_depth },
        { "ParamDepth", hw->param_depth },
        { "ActBanks", hw_act_banks(hw) },
        { "ActDepth", hw->act_depth },
        { "ProgramDepth", hw->program_depth },
        { "GatherWays", HW_GATHER_WAYS },
        { "PosWidth", 32 },
        { "StepWidth", width_of(hw->weight_depth) },
        { "CtileWidth", width_of(hw->param_depth) },
        { "CycleWidth", 48 },
        { "EventWidth", 48 },
        { "SimWidth", sim_width },
    };

    strbuf_printf(text, "// The machine '%s', written from its hardware file: "
                  "do not edit.\n// digest %s\npackage npu_pkg;\n\n", hw->name,
                  hw->digest);
    for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
        strbuf_printf(text, "  localparam int %-15s = %d;\n", field[i].name,
                      field[i].value);
    strbuf_add(text, "\nendpackage\n");
}

int package_write(const struct hw *hw, int sim_width, const char *path,
                  struct diag *diag)
{
    struct strbuf text;
    int result;

    strbuf_init(&text);
    package_format(hw, sim_width, &text);
    if (text.failed)
        result = diag_error(diag, place_of_file(path), "out of memory");
    else
        result = file_write_all(path, text.text, text.length, diag,
                                place_of_file(path));
    strbuf_release(&text);
    return result;
}
