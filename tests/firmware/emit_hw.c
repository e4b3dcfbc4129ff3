/*
 * emit_hw.c - a hardware file as a C initializer, for a device that cannot
 * read YAML: emit_hw DESIGN.yaml [KEY=VALUE]...
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/config/design.h"
#include "sim/config/hardware.h"

static void print_hw(const struct hw *h)
{
    printf("#include \"device.h\"\n#include \"sim/config/hardware.h\"\n\n"
           "const struct hw device_hw = {\n"
           "    .name = \"%s\", .path = \"\", .rows = %d, .cols = %d,\n"
           "    .lanes = %d, .dataflow = %d, .act_bits = %d,\n"
           "    .act_signed = %d, .weight_bits = %d,\n"
           "    .weight_zero_point = %d,\n",
           h->name, h->rows, h->cols, h->lanes, h->dataflow, h->act_bits,
           h->act_signed, h->weight_bits, h->weight_zero_point);
    printf("    .product_bits = %d, .product_drop = %d,\n"
           "    .product_rounding = %d, .product_overflow = %d,\n"
           "    .acc_bits = %d, .acc_overflow = %d, .acc_wrap_bits = %d,\n"
           "    .acc_depth = %d, .preset = %d, .requant_rounding = %d,\n",
           h->product_bits, h->product_drop, h->product_rounding,
           h->product_overflow, h->acc_bits, h->acc_overflow,
           h->acc_wrap_bits, h->acc_depth, h->preset, h->requant_rounding);
    printf("    .double_round = %d, .preset_whole = %d,\n"
           "    .multiplier_bits = %d, .weight_depth = %d,\n"
           "    .param_depth = %d, .act_depth = %d, .program_depth = %d,\n"
           "    .clock_mhz = 1.0, .digest = \"%s\"\n};\n",
           h->double_round, h->preset_whole, h->multiplier_bits,
           h->weight_depth, h->param_depth, h->act_depth, h->program_depth,
           h->digest);
}

int main(int argc, char **argv)
{
    struct override_list overrides;
    struct design design;
    struct arena arena;
    struct diag diag;
    struct hw hw;

    if (argc < 2)
        return 2;
    diag_init(&diag);
    arena_init(&arena, 0);
    override_init(&overrides);
    for (int i = 2; i < argc; i++)
        override_parse(&overrides, argv[i], &diag);
    if (design_read(&design, argv[1], &overrides, &arena, &diag)
        || hw_read(&hw, design.hardware, &overrides, &arena, &diag)) {
        diag_print(&diag, stderr);
        return EXIT_FAILURE;
    }
    print_hw(&hw);
    override_release(&overrides);
    arena_release(&arena);
    diag_release(&diag);
    return EXIT_SUCCESS;
}
