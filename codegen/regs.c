#include "codegen/regs.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/program/descriptor.h"

const char *const regs_format_names[REGS_FORMATS + 1] = {
    "c", "sv", "systemc", "markdown", NULL
};

const struct reg regs_core[] = {
    { "ID", 0x00, REG_RO, true, DESCRIPTOR_MAGIC, "\"NPI1\", the first byte "
      "lowest", { { NULL, 0, 0, NULL } } },
    { "VERSION", 0x04, REG_RO, true, 2, "of this register map",
      { { NULL, 0, 0, NULL } } },
    { "CTRL", 0x08, REG_WO, false, 0, "commands; reads as 0", {
        { "START", 0, 1, "start a run; SLVERR while busy" },
        { "CLEAR", 1, 1, "clear done, error and interrupt" },
        { "VERIFY", 2, 1, "without START: check the CRC of all ROM images and "
          "run nothing; SLVERR while busy" },
        { "ABORT", 3, 1, "stop the run or the check under way: error ABORT; "
          "nothing while idle" } } },
    { "STATUS", 0x0c, REG_RO, false, 0, "of the run", {
        { "BUSY", 0, 1, "a run is under way" },
        { "DONE", 1, 1, "the last run ended well" },
        { "ERROR", 2, 1, "the last run ended in an error" },
        { "CODE", 8, 4, "error code" },
        { "INDEX", 16, 16, "descriptor at work or in error" } } },
    { "IRQ_ENABLE", 0x10, REG_RW, false, 0, "interrupt enable", {
        { "END", 0, 1, "at the end of a run" } } },
    { "IRQ_STATUS", 0x14, REG_W1C, false, 0, "interrupt status", {
        { "END", 0, 1, "a run ended, well or in error; write 1 to clear" } } },
    { "CYCLES_LOW", 0x18, REG_RO, false, 0, "cycles of the last run, start to "
      "done", { { NULL, 0, 0, NULL } } },
    { "CYCLES_HIGH", 0x1c, REG_RO, false, 0, "its high half",
      { { NULL, 0, 0, NULL } } },
    { "FINISHED", 0x20, REG_RO, false, 0, "descriptors finished",
      { { NULL, 0, 0, NULL } } },
    { "ROM_DIGEST", 0x24, REG_RO, false, 0, "word 6 of the program ROM: digest "
      "of the hardware file; valid after a start", { { NULL, 0, 0, NULL } } },
    { "ROM_COUNT", 0x28, REG_RO, false, 0, "word 2 of the program ROM: "
      "descriptors; valid after a start", { { NULL, 0, 0, NULL } } },
    { "ACT_SIZE", 0x2c, REG_RO, false, 0, "elements of the activation memory",
      { { NULL, 0, 0, NULL } } },
    { "SHAPE", 0x30, REG_RO, false, 0, "of the array", {
        { "ROWS", 0, 8, "rows of processing elements" },
        { "COLS", 8, 8, "columns" },
        { "LANES", 16, 8, "products of an element and step" },
        { "DATAFLOW", 24, 8, "0 weight stationary, 1 output stationary" } } },
    { "WEIGHT_WORDS", 0x34, REG_RW, false, 0, "words of a column's weight ROM "
      "that VERIFY walks; written whole, SLVERR while busy",
      { { NULL, 0, 0, NULL } } },
    { "PARAM_WORDS", 0x38, REG_RW, false, 0, "the same of the bias and the "
      "scale ROM", { { NULL, 0, 0, NULL } } },
    { "PROGRAM_CRC", 0x3c, REG_RO, false, 0, "word 4 of the program ROM: CRC "
      "of its descriptors; valid after a start", { { NULL, 0, 0, NULL } } },
    { "IMAGE_CRC", 0x40, REG_RO, false, 0, "word 5 of the program ROM: CRC of "
      "the weight, bias and scale ROMs that belong to it; valid after a start",
      { { NULL, 0, 0, NULL } } },
    { .name = NULL }
};

const struct reg regs_layer[] = {
    { "CYCLES_LOW", 0x00, REG_RO, false, 0, "cycles of the layer",
      { { NULL, 0, 0, NULL } } },
    { "CYCLES_HIGH", 0x04, REG_RO, false, 0, "their high half",
      { { NULL, 0, 0, NULL } } },
    { "OVERFLOWS_LOW", 0x08, REG_RO, false, 0, "accumulator overflows",
      { { NULL, 0, 0, NULL } } },
    { "OVERFLOWS_HIGH", 0x0c, REG_RO, false, 0, "their high half",
      { { NULL, 0, 0, NULL } } },
    { "SIGNATURE", 0x10, REG_RO, false, 0, "CRC-32 of the output codes in the "
      "order of emission", { { NULL, 0, 0, NULL } } },
    { "INFO", 0x14, REG_RO, false, 0, "what ran", {
        { "OP", 0, 8, "operation, as in the descriptor" },
        { "LAYER", 16, 16, "number in the network" } } },
    { .name = NULL }
};

const struct reg_code regs_error[] = {
    { "NONE", 0, "no error" },
    { "MAGIC", 1, "the program ROM has another magic or version" },
    { "HEADER", 2, "the program ROM's header is damaged or does not fit" },
    { "PROGRAM", 3, "the program ROM's descriptors are damaged" },
    { "DESCRIPTOR", 4, "a descriptor is damaged or cannot run" },
    { "START", 5, "started while busy; the run goes on" },
    { "IMAGE", 6, "VERIFY: the weight, bias or scale ROMs are damaged or "
      "shorter than said" },
    { "ABORT", 7, "stopped by CTRL.ABORT" },
    { .name = NULL }
};

static const char *const access_names[] = { "RO", "RW", "WO", "W1C" };

enum { WORD_BITS = 14, INDEX_BIT = 3 };    /* words of a page; of a layer */

static uint32_t mask_of(const struct reg_field *f)
{
    return (f->bits == 32 ? UINT32_MAX : (1u << f->bits) - 1) << f->low;
}

/* -------------------------------------------------------------------- C */

static void print_c_regs(struct strbuf *t, const char *prefix,
                         const struct reg *regs)
{
    for (const struct reg *r = regs; r->name; r++) {
        strbuf_printf(t, "\n/* %s: %s */\n#define %s_%s 0x%02" PRIx32 "u\n",
                      access_names[r->access], r->help, prefix, r->name,
                      r->offset);
        if (r->constant)
            strbuf_printf(t, "#define %s_%s_VALUE 0x%08" PRIx32 "u\n", prefix,
                          r->name, r->value);
        for (const struct reg_field *f = r->field; f->name; f++)
            strbuf_printf(t, "#define %s_%s_%s_SHIFT %d  /* %s */\n"
                          "#define %s_%s_%s_MASK 0x%08" PRIx32 "u\n", prefix,
                          r->name, f->name, f->low, f->help, prefix, r->name,
                          f->name, mask_of(f));
    }
}

/* An initializer, so that a header alone is enough and none of it unused. */
static void print_c_texts(struct strbuf *t)
{
    int count = 0;

    strbuf_add(t, "\n/* Their texts: an initializer of char *[NPU_ERRORS], "
               "by code. */\n#define NPU_ERROR_TEXTS { \\\n");
    for (const struct reg_code *c = regs_error; c->name; c++) {
        strbuf_printf(t, "    [NPU_ERROR_%s] = \"%s\"%s \\\n", c->name,
                      c->help, c[1].name ? "," : "");
        count = c->value + 1;
    }
    strbuf_printf(t, "}\n#define NPU_ERRORS %du\n", count);
}

static void print_c(struct strbuf *t)
{
    strbuf_add(t, "/*\n * npu_regs.h - the registers of the NPU core, as bytes "
               "from its base address.\n *\n * Written by 'napier rom "
               "--registers c': do not edit. docs/registers.md says\n * more. "
               "32-bit accesses only, but for the window, which takes "
               "bytes.\n */\n#ifndef NPU_REGS_H\n#define NPU_REGS_H\n");
    print_c_regs(t, "NPU_REG", regs_core);
    strbuf_printf(t, "\n/* The results of descriptor i are at NPU_LAYER_BASE + "
                  "i * NPU_LAYER_STRIDE. */\n#define NPU_LAYER_BASE 0x%06xu\n"
                  "#define NPU_LAYER_STRIDE %du\n",
                  (unsigned) REGS_LAYER_BASE, (int) REGS_LAYER_STRIDE);
    print_c_regs(t, "NPU_LAYER", regs_layer);
    strbuf_printf(t, "\n/* The activation memory: element e at byte e, or 2 e "
                  "with activations wider\n * than 8 bits; sign- or "
                  "zero-extended. SLVERR while busy. */\n#define "
                  "NPU_WINDOW_BASE 0x%06xu\n\n/* NPU_REG_STATUS_CODE */\n",
                  (unsigned) REGS_WINDOW_BASE);
    for (const struct reg_code *c = regs_error; c->name; c++)
        strbuf_printf(t, "#define NPU_ERROR_%s %d  /* %s */\n", c->name,
                      c->value, c->help);
    print_c_texts(t);
    strbuf_add(t, "\n#endif\n");
}

/* -------------------------------------------------------------- SystemC */

/* IRQ_ENABLE -> IrqEnable */
static const char *camel(const char *name, char *out, size_t size)
{
    bool up = true;
    size_t n = 0;

    for (; *name && n + 1 < size; name++) {
        if (*name == '_') {
            up = true;
            continue;
        }
        out[n++] = (char) (up ? toupper((unsigned char) *name)
                              : tolower((unsigned char) *name));
        up = false;
    }
    out[n] = '\0';
    return out;
}

static const char *lower(const char *name, char *out, size_t size)
{
    size_t n = 0;

    for (; *name && n + 1 < size; name++)
        out[n++] = (char) tolower((unsigned char) *name);
    out[n] = '\0';
    return out;
}

static void print_cpp_value(struct strbuf *t, const char *name, uint32_t value)
{
    strbuf_printf(t, "constexpr std::uint32_t %s = 0x%" PRIx32 "u;\n", name,
                  value);
}

static void print_cpp_regs(struct strbuf *t, const char *prefix,
                           const struct reg *regs)
{
    char name[96], reg[32], field[32];

    for (const struct reg *r = regs; r->name; r++) {
        camel(r->name, reg, sizeof(reg));
        snprintf(name, sizeof(name), "%s%s", prefix, reg);
        print_cpp_value(t, name, r->offset);
        if (r->constant) {
            snprintf(name, sizeof(name), "%s%sValue", prefix, reg);
            print_cpp_value(t, name, r->value);
        }
        for (const struct reg_field *f = r->field; f->name; f++) {
            camel(f->name, field, sizeof(field));
            snprintf(name, sizeof(name), "%s%s%sShift", prefix, reg, field);
            print_cpp_value(t, name, (uint32_t) f->low);
            snprintf(name, sizeof(name), "%s%s%sMask", prefix, reg, field);
            print_cpp_value(t, name, mask_of(f));
        }
    }
}

static void print_systemc(struct strbuf *t)
{
    char name[64], code[32];

    strbuf_add(t, "// The registers of the core, for its SystemC twin: bytes "
               "from the base address.\n// Written by 'napier rom --registers "
               "systemc': do not edit.\n#ifndef NPU_REGS_HPP\n#define "
               "NPU_REGS_HPP\n\n#include <cstdint>\n\n"
               "namespace npu_regs {\n\n");
    print_cpp_regs(t, "Reg", regs_core);
    strbuf_add(t, "\n");
    print_cpp_value(t, "LayerBase", REGS_LAYER_BASE);
    print_cpp_value(t, "LayerStride", REGS_LAYER_STRIDE);
    print_cpp_regs(t, "Layer", regs_layer);
    strbuf_add(t, "\n");
    print_cpp_value(t, "WindowBase", REGS_WINDOW_BASE);
    print_cpp_value(t, "AddressBits", REGS_ADDRESS_BITS);
    strbuf_add(t, "\n");
    for (const struct reg_code *c = regs_error; c->name; c++) {
        snprintf(name, sizeof(name), "Error%s", camel(c->name, code,
                                                      sizeof(code)));
        print_cpp_value(t, name, (uint32_t) c->value);
    }
    strbuf_add(t, "\n}\n\n#endif\n");
}

/* -------------------------------------------------------- SystemVerilog */

static bool writable(const struct reg *r)
{
    return r->access != REG_RO;
}

static void print_ports(struct strbuf *t, const char *prefix,
                        const struct reg *regs)
{
    char reg[32], field[32], port[80], range[16];

    for (const struct reg *r = regs; r->name; r++) {
        if (r->constant || r->access == REG_WO)
            continue;
        lower(r->name, reg, sizeof(reg));
        if (!r->field[0].name) {
            snprintf(port, sizeof(port), "%s%s_i", prefix, reg);
            strbuf_printf(t, ",\n  input  logic [31:0] %s", port);
        }
        for (const struct reg_field *f = r->field; f->name; f++) {
            if (f->bits == 1)
                snprintf(range, sizeof(range), "      ");
            else
                snprintf(range, sizeof(range), "[%d:0]", f->bits - 1);
            strbuf_printf(t, ",\n  input  logic %-6s %s%s_%s_i", range, prefix,
                          reg, lower(f->name, field, sizeof(field)));
        }
    }
}

/* { 8'd0, status_code_i, ... }: the fields of a register, gaps zero. */
static void print_value(struct strbuf *t, const char *prefix,
                        const struct reg *r)
{
    char reg[32], field[32];
    int next = 32, count = 0;

    if (r->constant) {
        strbuf_printf(t, "32'h%08" PRIx32, r->value);
        return;
    }
    if (r->access == REG_WO) {
        strbuf_add(t, "'0");
        return;
    }
    lower(r->name, reg, sizeof(reg));
    if (!r->field[0].name) {
        strbuf_printf(t, "%s%s_i", prefix, reg);
        return;
    }
    while (r->field[count].name)
        count++;
    strbuf_add(t, count > 4 ? "\n            {" : "{");
    for (int i = count - 1; i >= 0; i--) {
        const struct reg_field *f = &r->field[i];

        if (f->low + f->bits < next)
            strbuf_printf(t, "%d'd0, ", next - f->low - f->bits);
        strbuf_printf(t, "%s%s_%s_i%s", prefix, reg,
                      lower(f->name, field, sizeof(field)),
                      i > 0 || f->low > 0 ? ", " : "");
        next = f->low;
    }
    if (next > 0)
        strbuf_printf(t, "%d'd0", next);
    strbuf_add(t, "}");
}

static void print_case(struct strbuf *t, const char *prefix, const char *word,
                       int bits, const struct reg *regs)
{
    strbuf_printf(t, "      case (%s)\n", word);
    for (const struct reg *r = regs; r->name; r++) {
        strbuf_printf(t, "        %d'd%" PRIu32 ": rdata_o = ", bits,
                      r->offset / 4);
        print_value(t, prefix, r);
        strbuf_add(t, ";\n");
    }
    strbuf_add(t, "        default: ok_o = 1'b0;\n      endcase\n");
}

static void print_write_ports(struct strbuf *t)
{
    char reg[32], field[32];

    for (const struct reg *r = regs_core; r->name; r++) {
        if (!writable(r))
            continue;
        lower(r->name, reg, sizeof(reg));
        strbuf_printf(t, "  output logic        write_%s_o,\n", reg);
        for (const struct reg_field *f = r->field; f->name; f++)
            strbuf_printf(t, "  output logic        wdata_%s_%s_o,\n", reg,
                          lower(f->name, field, sizeof(field)));
    }
}

static void print_write_logic(struct strbuf *t)
{
    char reg[32], field[32];

    for (const struct reg *r = regs_core; r->name; r++) {
        if (!writable(r))
            continue;
        lower(r->name, reg, sizeof(reg));
        strbuf_printf(t, "  assign write_%s_o = (write_word_i == 22'd%" PRIu32
                      ");\n", reg, r->offset / 4);
        for (const struct reg_field *f = r->field; f->name; f++)
            strbuf_printf(t, "  assign wdata_%s_%s_o = wdata_i[%d];\n", reg,
                          lower(f->name, field, sizeof(field)), f->low);
    }
}

static void print_sv(struct strbuf *t)
{
    const int page = REGS_ADDRESS_BITS - 2 - WORD_BITS;

    strbuf_add(t,
        "// Which register an address is, and what a register reads: the "
        "decoder of npu_host. Addresses\n// are those of 32-bit words. It "
        "stores nothing and knows no bus.\n//\n// Written by 'napier rom "
        "--registers sv' from the table in codegen/regs.c: do not edit.\n"
        "module npu_regs (\n  input  logic [21:0] write_word_i,\n"
        "  input  logic [7:0]  wdata_i,\n  output logic        "
        "write_window_o,\n");
    print_write_ports(t);
    strbuf_add(t, "\n  input  logic [21:0] read_word_i,\n"
               "  output logic        read_window_o,\n"
               "  output logic        read_layer_o,\n"
               "  output logic        ok_o,\n  output logic [31:0] rdata_o");
    print_ports(t, "", regs_core);
    print_ports(t, "layer_", regs_layer);
    strbuf_printf(t, "\n);\n\n  assign write_window_o = write_word_i[21];\n");
    print_write_logic(t);
    strbuf_printf(t, "\n  assign read_window_o = read_word_i[21];\n"
                  "  assign read_layer_o  = (read_word_i[21:%d] == %d'd%d);\n\n"
                  "  logic [%d:0] layer_word;\n"
                  "  assign layer_word = read_word_i[%d:0];\n\n"
                  "  always_comb begin\n    rdata_o = '0;\n"
                  "    ok_o    = 1'b1;\n"
                  "    if (read_layer_o) begin\n", (int) WORD_BITS, page,
                  REGS_LAYER_BASE >> (WORD_BITS + 2), INDEX_BIT - 1,
                  INDEX_BIT - 1);
    print_case(t, "layer_", "layer_word", INDEX_BIT, regs_layer);
    strbuf_add(t, "    end else begin\n");
    print_case(t, "", "read_word_i", 22, regs_core);
    strbuf_add(t, "    end\n  end\n\n  logic unused;\n"
               "  assign unused = ^wdata_i;\n\nendmodule\n");
}

/* ------------------------------------------------------------- markdown */

static void print_md_regs(struct strbuf *t, const struct reg *regs)
{
    strbuf_add(t, "| offset | name | access | |\n|---|---|---|---|\n");
    for (const struct reg *r = regs; r->name; r++) {
        strbuf_printf(t, "| 0x%02" PRIx32 " | %s | %s | %s", r->offset, r->name,
                      access_names[r->access], r->help);
        if (r->constant)
            strbuf_printf(t, ": 0x%08" PRIx32, r->value);
        strbuf_add(t, " |\n");
        for (const struct reg_field *f = r->field; f->name; f++) {
            if (f->bits == 1)
                strbuf_printf(t, "| | %s.%s | [%d] | %s |\n", r->name, f->name,
                              f->low, f->help);
            else
                strbuf_printf(t, "| | %s.%s | [%d:%d] | %s |\n", r->name,
                              f->name, f->low + f->bits - 1, f->low, f->help);
        }
    }
}

static void print_markdown(struct strbuf *t)
{
    strbuf_add(t, "# Registers\n\nWritten by `napier rom --registers "
        "markdown`: do not edit. One table, `codegen/regs.c`, gives this page, "
        "`npu_regs.h` of a firmware pack ([firmware.md](firmware.md)), the "
        "decoder `rtl/npu_regs.sv` inside `npu_host`, and "
        "`sim/systemc/npu_regs.hpp`; `make check-style` fails when one of them "
        "is another.\n\nAXI4-Lite, 32-bit data, 24-bit byte addresses. Access: "
        "RO read, WO write (reads as 0), RW both, W1C write 1 to clear. "
        "Unmapped addresses, and writes to what is read-only, answer SLVERR. "
        "Registers take their lowest byte only.\n\n## Core, at 0x000000\n\n");
    print_md_regs(t, regs_core);
    strbuf_printf(t, "\n## Results of descriptor i, at 0x%06x + %d i\n\nOf the "
                  "last run.\n\n", (unsigned) REGS_LAYER_BASE,
                  (int) REGS_LAYER_STRIDE);
    print_md_regs(t, regs_layer);
    strbuf_printf(t, "\n## Window, at 0x%06x\n\nThe activation memory: element "
        "e at byte e, or at byte 2 e with activations wider than 8 bits; sign- "
        "or zero-extended. Byte strobes; half an element is refused. SLVERR "
        "while busy.\n\n## Error codes, STATUS.CODE\n\n| code | name | |\n"
        "|---|---|---|\n", (unsigned) REGS_WINDOW_BASE);
    for (const struct reg_code *c = regs_error; c->name; c++)
        strbuf_printf(t, "| %d | %s | %s |\n", c->value, c->name, c->help);
    strbuf_add(t, "\nA failed run writes no activations after the error.\n");
}

void regs_print(enum regs_format format, struct strbuf *text)
{
    switch (format) {
    case REGS_C: print_c(text); return;
    case REGS_SV: print_sv(text); return;
    case REGS_SYSTEMC: print_systemc(text); return;
    default: print_markdown(text); return;
    }
}
