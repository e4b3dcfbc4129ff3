/*
 * firmware_text.c - what belongs to one network, as C99: numbers only, so that
 * the same program always gives the same text.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/firmware.h"
#include "sim/array/signature.h"
#include "sim/array/timing.h"

void firmware_quote(struct strbuf *text, const char *string)
{
    strbuf_add_char(text, '"');
    for (const char *s = string; *s; s++) {
        const unsigned char c = (unsigned char) *s;

        if (c < 32 || c > 126)
            strbuf_printf(text, "\\%03o", c);
        else if (c == '"' || c == '\\' || c == '?')
            strbuf_printf(text, "\\%c", c);
        else
            strbuf_add_char(text, *s);
    }
    strbuf_add_char(text, '"');
}

/* As a part of an identifier or of a comment. */
static void add_word(struct strbuf *text, const char *name, bool upper)
{
    for (; *name; name++) {
        const char c = *name;
        const bool low = c >= 'a' && c <= 'z';

        if (low || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            strbuf_add_char(text, low && upper ? (char) (c - 'a' + 'A') : c);
        else
            strbuf_add_char(text, '_');
    }
}

/* mult / 2^shift with mult in [2^30, 2^31]. */
static void split_scale(double real, uint32_t *mult, int *shift)
{
    int exponent;

    *mult = (uint32_t) llround(ldexp(frexp(real, &exponent), 31));
    *shift = 31 - exponent;
}

static void print_quant(struct strbuf *t, const struct quant_params *q)
{
    uint32_t mult, inverse;
    int shift, inverse_shift;

    split_scale(q->scale, &mult, &shift);
    split_scale(1.0 / q->scale, &inverse, &inverse_shift);
    strbuf_printf(t, "{ %" PRIu32 "u, %" PRIu32 "u, %d, %d, %" PRId32 ", %"
                  PRId32 ", %" PRId32 ", %s }", mult, inverse, shift,
                  inverse_shift, q->zero_point, q->min, q->max,
                  q->ties == QUANT_HALF_EVEN ? "true" : "false");
}

static void print_tensor(const struct program *p, int t, struct strbuf *text)
{
    const struct net_shape s = net_tensor_shape(p->net, t);

    strbuf_printf(text, "{ %" PRId64 "u, { %d, %d, %du },\n      ",
                  p->address[t], s.h, s.w, s.c);
    print_quant(text, &p->tensor[t]);
    strbuf_add(text, " }");
}

/* ------------------------------------------------------------- network.h */

static void print_tensor_macros(const struct program *p, int t,
                                const char *name, struct strbuf *text)
{
    const struct net_shape s = net_tensor_shape(p->net, t);
    const struct quant_params *q = &p->tensor[t];
    uint32_t mult;
    int shift;

    split_scale(q->scale, &mult, &shift);
    strbuf_printf(text, "\n/* real = %.9g * (code %+" PRId32 ") */\n",
                  q->scale, -q->zero_point);
    strbuf_printf(text, "#define NPU_%s_ADDRESS %" PRId64 "  /* element of the "
                  "window */\n#define NPU_%s_HEIGHT %d\n#define NPU_%s_WIDTH "
                  "%d\n#define NPU_%s_CHANNELS %d\n#define NPU_%s_ELEMENTS %"
                  PRId64 "\n", name, p->address[t], name, s.h, name, s.w, name,
                  s.c, name, net_elements(s));
    strbuf_printf(text, "#define NPU_%s_ZERO_POINT (%" PRId32 ")\n#define "
                  "NPU_%s_MIN (%" PRId32 ")\n#define NPU_%s_MAX (%" PRId32
                  ")\n#define NPU_%s_SCALE_MULT %" PRIu32 "u\n#define "
                  "NPU_%s_SCALE_SHIFT %d  /* scale = mult / 2^shift */\n", name,
                  q->zero_point, name, q->min, name, q->max, name, mult, name,
                  shift);
}

static int64_t all_cycles(const struct program *p)
{
    int64_t cycles = 0;

    for (int i = 0; i < p->desc_count; i++)
        cycles += timing_layer_cycles(p->hw, &p->desc[i]);
    return cycles;
}

/* Cycles of VERIFY: of each word two, and one a byte (rtl/npu_images.sv), after
 * the program a word a cycle. */
static int64_t verify_cycles(const struct program *p)
{
    const int64_t weight = (int64_t) p->weight_word_bytes + 2;
    const int64_t bias = (p->hw->acc_bits + 7) / 8 + 2;
    const int64_t scale = (program_scale_word_bits(p->hw) + 7) / 8 + 2;

    return p->hw->cols * (p->weight_words * weight
                          + p->param_words * (bias + scale))
        + p->code_header.words;
}

/* Looks before it is a timeout, for the longer of a run and of VERIFY. */
static int64_t max_polls(const struct program *p)
{
    const int64_t run = all_cycles(p), verify = verify_cycles(p);
    const int64_t polls = 2 * (run > verify ? run : verify) + 100000;

    return polls > UINT32_MAX ? (int64_t) UINT32_MAX : polls;
}

void firmware_print_header(const struct firmware *f, struct strbuf *t)
{
    const struct program *p = f->program;
    const struct descriptor_header *h = &p->code_header;

    strbuf_add(t, "/* network.h - the network that the core runs. Written by "
               "'napier rom --firmware'. */\n#ifndef NETWORK_H\n#define "
               "NETWORK_H\n\n#include \"npu_driver.h\"\n\n"
               "#define NPU_NETWORK_NAME ");
    firmware_quote(t, p->network);
    strbuf_add(t, "\n#define NPU_HARDWARE_NAME ");
    firmware_quote(t, p->hw->name);
    strbuf_printf(t, "\n#define NPU_HARDWARE_DIGEST 0x%08" PRIx32 "u\n"
                  "#define NPU_PROGRAM_CRC 0x%08" PRIx32 "u\n"
                  "#define NPU_IMAGE_CRC 0x%08" PRIx32 "u\n"
                  "#define NPU_ACT_BITS %d\n#define NPU_ACT_SIGNED %d\n"
                  "#define NPU_ELEMENT_BYTES %d\n", h->hardware,
                  h->program_crc, h->image_crc, p->hw->act_bits,
                  p->hw->act_signed, p->hw->act_bits > 8 ? 2 : 1);
    strbuf_printf(t, "#define NPU_CYCLES %" PRId64 "u  /* of all layers */\n"
                  "#define NPU_VERIFY_CYCLES %" PRId64 "u  /* of "
                  "npu_verify_rom */\n"
                  "#define NPU_MAX_POLLS %" PRId64 "u  /* for npu_init: a poll "
                  "takes a cycle or more */\n", all_cycles(p),
                  verify_cycles(p), max_polls(p));
    print_tensor_macros(p, 0, "INPUT", t);
    print_tensor_macros(p, p->tensor_count - 1, "OUTPUT", t);
    strbuf_add(t, "\n/* For npu_layer_result and npu_read_layer. */\n"
               "enum npu_network_layer {\n");
    for (int i = 0; i < p->desc_count; i++) {
        if (p->desc[i].index < 0)
            continue;
        strbuf_printf(t, "    NPU_LAYER%d_", p->desc[i].index);
        add_word(t, p->desc[i].name, true);
        strbuf_add(t, ",\n");
    }
    strbuf_add(t, "    NPU_LAYERS\n};\n\nextern const struct npu_network "
               "npu_network;\n\n#endif\n");
}

/* --------------------------------------------------------- npu_network.c */

static void print_layers(const struct program *p, struct strbuf *t)
{
    strbuf_add(t, "static const struct npu_layer layers[] = {\n");
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];

        if (d->index < 0)
            continue;
        const struct descriptor word = program_descriptor(p, i);

        strbuf_add(t, "    { ");
        firmware_quote(t, d->name);
        strbuf_printf(t, ", %d, %d, %" PRId64 "u,\n      ", (int) word.op, i,
                      timing_layer_cycles(p->hw, d));
        print_tensor(p, i + 1, t);
        strbuf_add(t, " },\n");
    }
    strbuf_add(t, "};\n\n");
}

static void print_sections(const struct program *p,
                           const struct firmware_section *s, int count,
                           struct strbuf *t)
{
    static const char *const kind[] = { "program", "weight", "bias", "scale" };
    struct strbuf name;

    strbuf_init(&name);
    strbuf_add(t, "static const struct npu_section sections[] = {\n");
    for (int i = 0; i < count; i++) {
        strbuf_clear(&name);
        if (s[i].kind != FIRMWARE_PROGRAM)
            strbuf_printf(&name, "%s ", p->desc[s[i].layer].name);
        strbuf_add(&name, kind[s[i].kind]);
        strbuf_add(t, "    { ");
        firmware_quote(t, name.text);
        strbuf_printf(t, ", 0x%08" PRIx32 "u },\n", s[i].crc);
    }
    strbuf_add(t, "};\n\n");
    t->failed = t->failed || name.failed;
    strbuf_release(&name);
}

/* Numbers as a table, some on a line. */
static void add_number(struct strbuf *t, int64_t i, int64_t value)
{
    strbuf_printf(t, "%s%" PRId64 ",", i % 12 ? " " : "\n    ", value);
}

/* What the calibration's own arithmetic gives for a pixel. */
static void print_pixels(const struct program *p, struct strbuf *t)
{
    const struct net *net = p->net;

    strbuf_add(t, "/* Codes of pixels 0 to 255, as the network was trained to "
               "see them. */\nstatic const int32_t pixel_code[256] = {");
    for (int i = 0; i < 256; i++) {
        const float real = (float) ((i - net->input_subtract)
                                    / net->input_divide);

        add_number(t, i, quant_code(&p->tensor[0], real));
    }
    strbuf_add(t, "\n};\n\n");
}

void firmware_print_network(const struct firmware *f,
                            const struct firmware_section *section, int count,
                            struct strbuf *t)
{
    const struct program *p = f->program;
    const struct hw *hw = p->hw;

    strbuf_add(t, "/* npu_network.c - the tables of network.h. Written by "
               "'napier rom --firmware'. */\n#include \"network.h\"\n\n");
    print_pixels(p, t);
    print_layers(p, t);
    print_sections(p, section, count, t);
    strbuf_add(t, "const struct npu_network npu_network = {\n    "
               "NPU_NETWORK_NAME, NPU_HARDWARE_DIGEST, NPU_PROGRAM_CRC,\n    "
               "NPU_IMAGE_CRC,\n    ");
    strbuf_printf(t, "%" PRIu32 "u, %" PRIu32 "u,\n    ", p->weight_words,
                  p->param_words);
    strbuf_printf(t, "0x%08" PRIx32 "u, %" PRId64 "u, %d, %s,\n    ",
                  (uint32_t) hw->dataflow << 24 | (uint32_t) hw->lanes << 16
                  | (uint32_t) hw->cols << 8 | (uint32_t) hw->rows,
                  hw_act_elements(hw), hw->act_bits > 8 ? 2 : 1,
                  hw->act_signed ? "true" : "false");
    print_tensor(p, 0, t);
    strbuf_add(t, ",\n    ");
    print_tensor(p, p->tensor_count - 1, t);
    strbuf_printf(t, ",\n    pixel_code, layers, %" PRIu32 "u, sections, %du\n"
                  "};\n", p->code_header.descriptors, count);
}

/* -------------------------------------------------------- npu_kat_data.c */

static void print_codes(struct strbuf *t, const char *name,
                        const int32_t *codes, int64_t count)
{
    strbuf_printf(t, "static const int16_t %s[] = {", name);
    /* Unsigned 16-bit codes keep their low bits. */
    for (int64_t i = 0; i < count; i++)
        add_number(t, i, (int16_t) (codes[i] & 0xffff));
    strbuf_add(t, "\n};\n\n");
}

static void print_answers(const struct program *p, struct array_state *s,
                          struct strbuf *t)
{
    strbuf_add(t, "/* Signature and overflows, in the order of descriptors. "
               "*/\nstatic const struct npu_kat_layer layers[] = {\n");
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];
        int64_t overflows = 0;

        if (d->index < 0)
            continue;
        for (int c = 0; c < d->out.c; c++)
            overflows += array_overflows(s, i)[c];
        strbuf_printf(t, "    { 0x%08" PRIx32 "u, %" PRId64 "u },  /* ",
                      signature_of_layer(p->hw, d, array_tensor(s, i + 1)),
                      overflows);
        add_word(t, d->name, false);
        strbuf_add(t, " */\n");
    }
    strbuf_add(t, "};\n\n");
}

int firmware_print_kat(const struct firmware *f, struct strbuf *t)
{
    const struct program *p = f->program;
    const int last = p->tensor_count - 1;
    const int64_t inputs = net_elements(p->net->input);
    struct array_state *s = array_state_new(f->model);

    if (!s)
        return -1;
    memcpy(array_tensor(s, 0), f->input, (size_t) inputs * sizeof(int32_t));
    array_run(f->model, s);
    strbuf_add(t, "/* npu_kat_data.c - the known answer. Written by 'napier "
               "rom --firmware'. */\n#include \"npu_kat.h\"\n\n");
    print_codes(t, "input", f->input, inputs);
    print_codes(t, "output", array_tensor(s, last),
                net_elements(net_tensor_shape(p->net, last)));
    print_answers(p, s, t);
    strbuf_add(t, "const struct npu_kat npu_kat = { input, output, layers "
               "};\n");
    array_state_free(s);
    return 0;
}

/* ------------------------------------------------------------- README.md */

void firmware_print_readme(const struct firmware *f, size_t image_bytes,
                           struct strbuf *t)
{
    const struct program *p = f->program;

    strbuf_add(t, "# Firmware for network ");
    add_word(t, p->network, false);
    strbuf_add(t, " on hardware ");
    add_word(t, p->hw->name, false);
    strbuf_printf(t, "\n\nWritten by `napier rom --firmware`. C99, no malloc, "
        "nothing of libc but memcpy, no floating point.\n\n"
        "| file | what |\n|---|---|\n"
        "| npu_regs.h | registers, from the table that also makes the RTL's "
        "decoder |\n"
        "| npu_driver.h, .c | the driver: init, verify, load, start, wait, "
        "read |\n"
        "| npu_mmio.h, .c | the bus of a core in the address map; write "
        "another for a core behind SPI or a debugger |\n"
        "| network.h, npu_network.c | this network: sizes, addresses, scales, "
        "zero points, layers, CRCs of the image's tensors |\n"
        "| npu_image.h, .c | the image, %zu bytes, linked in |\n"
        "| npu_image.bin | the same bytes, to flash |\n"
        "| npu_kat.h, .c | the known-answer test |\n"
        "| npu_kat_data.c | its input (%s), its output, each layer's signature "
        "and overflows |\n"
        "| Makefile | libnpu.a; `CC` and `CFLAGS` are yours |\n\n",
        image_bytes, f->input_from);
    strbuf_add(t, "```c\n#include \"network.h\"\n#include \"npu_image.h\"\n"
        "#include \"npu_kat.h\"\n#include \"npu_mmio.h\"\n\n"
        "struct npu npu;\nuint8_t pixels[NPU_INPUT_ELEMENTS];"
        "          /* 0 to 255 */\n");
    strbuf_printf(t, "%s scores[NPU_OUTPUT_ELEMENTS];\n",
                  p->hw->act_signed || p->hw->act_bits < 16 ? "int16_t"
                                                            : "uint16_t");
    strbuf_add(t,
        "struct npu_bus bus = npu_mmio_bus((void *) 0x40000000);\n"
        "enum npu_result r = npu_init(&npu, &bus, &npu_network, "
        "NPU_MAX_POLLS);\n\n"
        "if (r == NPU_OK)\n    r = npu_verify_image(&npu, npu_image, "
        "npu_image_bytes);\n"
        "if (r == NPU_IMAGE_TENSOR)\n    puts(npu_section_name(&npu));"
        "        /* which tensor is damaged */\n"
        "if (r == NPU_OK)\n    r = npu_kat_run(&npu, &npu_kat, false);"
        "   /* the core works */\n\n"
        "struct npu_source in = { pixels, 1, false, 0, 0, 0, "
        "npu_network.pixel_code };\n"
        "struct npu_sink out = { scores, 2, 0, 0, 0 };\n\n"
        "npu_source_layout(&in, npu_network.input.shape, NPU_NCHW);\n"
        "npu_sink_layout(&out, npu_network.output.shape, NPU_NHWC);\n"
        "r = npu_load_input(&npu, &in);\n"
        "if (r == NPU_OK)\n    r = npu_start(&npu, false);\n"
        "if (r == NPU_OK)\n    r = npu_wait(&npu);\n"
        "if (r == NPU_OK)\n    r = npu_read_output(&npu, &out);\n"
        "if (r != NPU_OK)\n    puts(npu_result_text(r));\n```\n\n"
        "With an interrupt: `npu_start(&npu, true)`, call "
        "`npu_interrupt(&npu)` from the handler, sleep in `bus.wait`.\n");
}
