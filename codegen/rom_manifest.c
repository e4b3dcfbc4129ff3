#include "codegen/rom_manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/rom.h"
#include "sim/base/file.h"
#include "sim/base/path.h"
#include "sim/base/strbuf.h"
#include "sim/version.h"

static json_t *describe_hardware(const struct hw *hw)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:b, s:i, s:b, s:i}",
                     "name", hw->name, "digest", hw->digest,
                     "rows", hw->rows, "cols", hw->cols, "lanes", hw->lanes,
                     "activation_bits", hw->act_bits,
                     "activation_signed", hw->act_signed,
                     "weight_bits", hw->weight_bits,
                     "weight_zero_point", hw->weight_zero_point,
                     "accumulator_bits", hw->acc_bits);
}

/* How a word of each memory is cut into fields, lowest bit first. */
static json_t *describe_memories(const struct program *p)
{
    const struct hw *hw = p->hw;
    const int mult = program_multiplier_bits(hw);
    json_t *list = json_array();
    const struct rom_geometry w = rom_geometry(p, ROM_WEIGHT);
    const struct rom_geometry b = rom_geometry(p, ROM_BIAS);
    const struct rom_geometry s = rom_geometry(p, ROM_SCALE);
    const struct rom_geometry c = rom_geometry(p, ROM_PROGRAM);

    json_array_append_new(list, json_pack(
        "{s:s, s:i, s:I, s:s, s:[{s:s, s:i, s:i, s:i, s:b}]}",
        "name", w.name, "word_bits", w.word_bits, "words",
        (json_int_t) w.words, "order", "word address ascending, one a line",
        "fields", "name", "weight", "bit", 0, "bits", hw->weight_bits,
        "count", hw->lanes, "signed", hw->weight_bits > 1));
    json_array_append_new(list, json_pack(
        "{s:s, s:i, s:I, s:s, s:[{s:s, s:i, s:i, s:i, s:b}]}",
        "name", b.name, "word_bits", b.word_bits, "words",
        (json_int_t) b.words, "order", "word address ascending, one a line",
        "fields", "name", "bias", "bit", 0, "bits", hw->acc_bits, "count", 1,
        "signed", 1));
    json_array_append_new(list, json_pack(
        "{s:s, s:i, s:I, s:s, s:[{s:s, s:i, s:i, s:i, s:b}, "
        "{s:s, s:i, s:i, s:i, s:b}, {s:s, s:i, s:i, s:i, s:b}]}",
        "name", s.name, "word_bits", s.word_bits, "words",
        (json_int_t) s.words, "order", "word address ascending, one a line",
        "fields",
        "name", "multiplier", "bit", 0, "bits", mult, "count", 1, "signed", 0,
        "name", "shift", "bit", mult, "bits", (int) HW_SHIFT_BITS, "count", 1,
        "signed", 0,
        "name", "weight_zero_point", "bit", mult + (int) HW_SHIFT_BITS, "bits",
        hw->weight_bits, "count", 1, "signed", hw->weight_bits > 1));
    json_array_append_new(list, json_pack(
        "{s:s, s:i, s:I, s:s, s:[{s:s, s:i, s:i, s:i, s:b}]}",
        "name", c.name, "word_bits", c.word_bits, "words",
        (json_int_t) c.words, "order", "word address ascending, one a line",
        "fields", "name", "word", "bit", 0, "bits", c.word_bits, "count", 1,
        "signed", 0));
    return list;
}

static json_t *describe_quantization(const struct quant_params *q)
{
    return json_pack("{s:f, s:i, s:i, s:i}", "scale", q->scale, "zero_point",
                     q->zero_point, "min", q->min, "max", q->max);
}

/* The program ROM: its header, which the hardware checks, and the memory that
 * the program plans. */
static json_t *describe_program(const struct program *p)
{
    const struct descriptor_header *h = &p->code_header;
    char program[16], image[16], hardware[16];

    snprintf(program, sizeof(program), "%08" PRIx32, h->program_crc);
    snprintf(image, sizeof(image), "%08" PRIx32, h->image_crc);
    snprintf(hardware, sizeof(hardware), "%08" PRIx32, h->hardware);
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:I, s:s, s:s, s:s, s:I, s:I}",
                     "magic", "NPI1", "version", (int) DESCRIPTOR_VERSION,
                     "header_words", (int) DESCRIPTOR_HEADER_WORDS,
                     "descriptor_words", (int) DESCRIPTOR_WORDS,
                     "descriptors", (int) h->descriptors,
                     "words", (json_int_t) h->words,
                     "program_crc32", program, "image_crc32", image,
                     "hardware", hardware,
                     "activation_elements", (json_int_t) p->act_elements,
                     "activation_capacity",
                     (json_int_t) hw_act_elements(p->hw));
}

/* Where a layer's tensors lie while it runs. */
static void add_addresses(json_t *layer, const struct program *p,
                          const struct program_desc *d)
{
    json_object_set_new(layer, "input_address",
                        json_integer(p->address[d->input]));
    json_object_set_new(layer, "output_address",
                        json_integer(p->address[d->layer + 1]));
    if (d->index >= 0)
        json_object_set_new(layer, "descriptor", json_integer(d->index));
    if (d->second >= 0) {
        json_object_set_new(layer, "second_tensor", json_integer(d->second));
        json_object_set_new(layer, "second_address",
                            json_integer(p->address[d->second]));
    }
    if (d->filters == 0 && d->requant)
        json_object_set_new(layer, "scales", json_pack(
            "{s:I, s:i}", "param_base", (json_int_t) d->param_base, "words",
            (int) d->param_words));
}

static json_t *describe_layer(const struct program *p,
                              const struct program_desc *d)
{
    json_t *layer = json_pack(
        "{s:s, s:s, s:[iii], s:[iii], s:o, s:o, s:[ii], s:[ii], s:[ii], "
        "s:[iiii], s:i}",
        "name", d->name, "op", net_op_name(d->op),
        "input_shape", d->in.h, d->in.w, d->in.c,
        "output_shape", d->out.h, d->out.w, d->out.c,
        "input", describe_quantization(&p->tensor[d->input]),
        "output", describe_quantization(&p->tensor[d->layer + 1]),
        "kernel", d->window.kernel_h, d->window.kernel_w,
        "stride", d->window.stride_h, d->window.stride_w,
        "dilation", d->window.dilation_h, d->window.dilation_w,
        "padding", d->window.pad_top, d->window.pad_bottom, d->window.pad_left,
        d->window.pad_right, "input_tensor", d->input);

    add_addresses(layer, p, d);
    if (d->filters == 0)
        return layer;
    json_object_set_new(layer, "weights", json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:I, s:I}",
        "channels", d->filters, "taps", d->taps, "bits", d->weight_bits,
        "steps", d->steps, "channel_tiles", d->channel_tiles,
        "weight_base", (json_int_t) d->weight_base,
        "param_base", (json_int_t) d->param_base));
    json_object_set_new(layer, "output_clamp",
                        json_pack("[ii]", d->out_min, d->out_max));
    return layer;
}

static const char layout[] =
    "channel n is in column n % cols; weight of tap k = (ky * kernel_w + kx) * "
    "input_channels + c (depthwise: ky * kernel_w + kx) is lane k % lanes of "
    "word weight_base + n / cols * steps + k / lanes; its bias and scale are "
    "word param_base + n / cols";

int rom_manifest_write(const struct program *program, const char *folder,
                       json_t *banks, const char *sha256, struct diag *diag)
{
    json_t *layers = json_array();
    struct arena arena;
    char *text = NULL;
    int result = -1;

    arena_init(&arena, 0);
    for (int i = 0; i < program->desc_count; i++)
        json_array_append_new(layers,
                              describe_layer(program, &program->desc[i]));
    json_t *root = json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:O, s:o}",
        "format", "napier-rom", "version", (int) ROM_MANIFEST_VERSION,
        "tool", "napier " NAPIER_VERSION,
        "network", program->network,
        "network_digest", program->net->digest,
        "program_digest", program->digest,
        "sha256", sha256,
        "layout", layout,
        "hardware", describe_hardware(program->hw),
        "memories", describe_memories(program),
        "program", describe_program(program),
        "banks", banks, "layers", layers);
    const char *path = path_join(&arena, folder, "manifest.json");

    if (root)
        text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    if (text && path)
        result = file_write_all(path, text, strlen(text), diag,
                                place_of_file(path));
    else
        diag_error(diag, place_of_file(folder), "out of memory");
    free(text);
    json_decref(root);
    arena_release(&arena);
    return result;
}

json_t *rom_manifest_read(const char *folder, struct diag *diag)
{
    json_t *root = NULL;
    json_error_t error;
    struct arena arena;
    size_t length;

    arena_init(&arena, 0);
    char *path = path_join(&arena, folder, "manifest.json");
    char *text = path ? file_read_all(path, ROM_MANIFEST_MAX_BYTES, &length,
                                      diag, place_of_file(path)) : NULL;

    if (!text)
        goto done;
    diag_add_source(diag, path, text, length);
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        diag_error(diag, (struct place) { path, error.line, error.column, 1 },
                   "%s", error.text);
        goto done;
    }
    const char *format = json_string_value(json_object_get(root, "format"));
    const json_int_t version =
        json_integer_value(json_object_get(root, "version"));

    if (!format || strcmp(format, "napier-rom")
        || version != ROM_MANIFEST_VERSION) {
        diag_error(diag, place_of_file(path), "'format' is '%s', 'version' is "
                   "%lld, must be 'napier-rom' and %d", format ? format : "",
                   (long long) version, ROM_MANIFEST_VERSION);
        json_decref(root);
        root = NULL;
    }

done:
    free(text);
    arena_release(&arena);
    return root;
}
