#include "codegen/rom_manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/secded.h"
#include "sim/base/file.h"
#include "sim/base/path.h"
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

/* Which rows of bits stand in a word, lowest first. */
static json_t *describe_fields(const struct hw *hw, enum rom_memory memory)
{
    const int mult = program_multiplier_bits(hw);
    const bool two = hw->weight_bits > 1;
    static const char field[] = "{s:s, s:i, s:i, s:i, s:b}";
    json_t *list = json_array();

    if (memory == ROM_WEIGHT)
        json_array_append_new(list, json_pack(field, "name", "weight", "bit",
            0, "bits", hw->weight_bits, "count", hw->lanes, "signed", two));
    if (memory == ROM_BIAS)
        json_array_append_new(list, json_pack(field, "name", "bias", "bit", 0,
            "bits", hw->acc_bits, "count", 1, "signed", 1));
    if (memory == ROM_PROGRAM)
        json_array_append_new(list, json_pack(field, "name", "word", "bit", 0,
            "bits", 32, "count", 1, "signed", 0));
    if (memory != ROM_SCALE)
        return list;
    json_array_append_new(list, json_pack(field, "name", "multiplier", "bit",
        0, "bits", mult, "count", 1, "signed", 0));
    json_array_append_new(list, json_pack(field, "name", "shift", "bit", mult,
        "bits", (int) HW_SHIFT_BITS, "count", 1, "signed", 0));
    json_array_append_new(list, json_pack(field, "name", "weight_zero_point",
        "bit", mult + (int) HW_SHIFT_BITS, "bits", hw->weight_bits, "count",
        1, "signed", two));
    return list;
}

static json_t *describe_memories(const struct rom_manifest *m,
                                 const struct hw *hw)
{
    json_t *list = json_array();

    for (int i = 0; i < ROM_MEMORIES; i++) {
        const struct rom_words *c = &m->columns.memory[i];
        const struct rom_words *s = &m->stored.memory[i];

        json_array_append_new(list, json_pack(
            "{s:s, s:i, s:i, s:I, s:o, s:{s:i, s:i, s:I, s:i}}",
            "name", rom_memory_names[i], "columns", c->banks, "word_bits",
            c->word_bits, "words", (json_int_t) c->words,
            "fields", describe_fields(hw, (enum rom_memory) i),
            "stored", "banks", s->banks, "word_bits", s->word_bits,
            "words", (json_int_t) s->words, "check_bits", m->layout.secded
                ? s->word_bits - secded_data_bits(s->word_bits) : 0));
    }
    return list;
}

static json_t *describe_layout(const struct rom_layout *l)
{
    const bool words = l->packing == ROM_AS_WORDS;

    return json_pack(
        "{s:s, s:s, s:i, s:b, s:s, s:i, s:s, s:s, s:s, s:i, s:i}",
        "format", l->format->name,
        "banking", rom_banking_names[l->banking],
        "row_groups", l->banking == ROM_BY_ROW ? l->groups : 1,
        "secded", l->secded,
        "packing", rom_packing_names[l->packing],
        "unit_bits", words ? 0 : l->unit_bits,
        "byte_order", l->big_endian ? "big" : "little",
        "bit_order", l->msb_first ? "msb_first" : "lsb_first",
        "split", rom_split_names[l->split],
        "byte_lanes", l->byte_lanes, "fill", (int) l->fill);
}

static json_t *describe_images(const struct rom_manifest *m)
{
    const int lanes = m->layout.byte_lanes;
    json_t *list = json_array();

    for (int i = 0; i < m->plan.images; i++) {
        const struct rom_image *image = &m->plan.image[i];
        json_t *parts = json_array();

        for (int k = 0; k < lanes; k++)
            json_array_append_new(parts, json_pack("{s:s, s:s}",
                "file", m->file[i * lanes + k],
                "sha256", m->file_sha[i * lanes + k]));
        json_array_append_new(list, json_pack(
            "{s:s, s:i, s:I, s:I, s:o}", "name", image->name, "unit_bits",
            image->unit_bits, "address", (json_int_t) image->address,
            "units", (json_int_t) image->units, "files", parts));
    }
    return list;
}

static json_t *describe_banks(const struct rom_manifest *m)
{
    json_t *list = json_array();

    for (int i = 0; i < m->plan.places; i++) {
        const struct rom_place *p = &m->plan.place[i];
        char crc[16];

        snprintf(crc, sizeof(crc), "%08" PRIx32, m->crc[i]);
        json_array_append_new(list, json_pack(
            "{s:s, s:i, s:s, s:I, s:I, s:s}",
            "memory", rom_memory_names[p->memory], "bank", p->bank,
            "image", m->plan.image[p->image].name,
            "address", (json_int_t) p->address,
            "units", (json_int_t) p->units, "crc32", crc));
    }
    return list;
}

static json_t *describe_tensor(const struct rom_tensor *t)
{
    json_t *shape = json_array();

    for (int i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer(t->dim[i]));
    json_t *o = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:s, s:i, s:b, s:i, s:i, s:I, s:I}",
        "name", t->name, "layer", t->layer, "role", rom_role_names[t->role],
        "memory", rom_memory_names[t->memory], "shape", shape, "axes", t->axes,
        "bits", t->bits, "signed", t->is_signed, "bit", t->bit, "per_word",
        t->per_word, "base", (json_int_t) t->base, "stride",
        (json_int_t) t->stride);

    if (t->scale) {
        json_t *list = json_array();

        for (int64_t i = 0; i < t->dim[0]; i++)
            json_array_append_new(list, json_real(t->scale[i]));
        json_object_set_new(o, "scale", list);
    }
    if (t->zero_point) {
        json_t *list = json_array();

        for (int64_t i = 0; i < t->dim[0]; i++)
            json_array_append_new(list, json_integer(t->zero_point[i]));
        json_object_set_new(o, "zero_point", list);
    }
    return o;
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
    if (d->filters > 0)
        json_object_set_new(layer, "output_clamp",
                            json_pack("[ii]", d->out_min, d->out_max));
    return layer;
}

static const char rule[] =
    "element (n, k) of a tensor, n its first index and k the others row by "
    "row: column n % columns, word base + n / columns * stride + k / per_word, "
    "bits from bit + k % per_word * bits on, of its memory";

static json_t *describe_all(const struct rom_manifest *m,
                            const struct program *p)
{
    json_t *layers = json_array(), *tensors = json_array();

    for (int i = 0; i < p->desc_count; i++)
        json_array_append_new(layers, describe_layer(p, &p->desc[i]));
    for (int i = 0; i < m->tensors.count; i++)
        json_array_append_new(tensors, describe_tensor(&m->tensors.tensor[i]));
    json_t *root = json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o}",
        "format", "napier-rom", "version", (int) ROM_MANIFEST_VERSION,
        "tool", "napier " NAPIER_VERSION,
        "network", p->network, "network_digest", p->net->digest,
        "program_digest", p->digest, "sha256", m->sha256, "rule", rule,
        "hardware", describe_hardware(p->hw),
        "layout", describe_layout(&m->layout),
        "memories", describe_memories(m, p->hw),
        "program", describe_program(p), "images", describe_images(m),
        "banks", describe_banks(m), "tensors", tensors, "layers", layers);

    if (root && m->injected > 0)
        json_object_set_new(root, "injected", json_pack(
            "{s:I, s:I}", "bits", (json_int_t) m->injected, "seed",
            (json_int_t) m->seed));
    return root;
}

/* Every key of the tensors that a design has, in the manifest's of that name. */
static bool tensors_agree(const json_t *root, const json_t *mine)
{
    const json_t *theirs = json_object_get(root, "tensors");
    size_t i, k;
    json_t *want, *have;

    json_array_foreach(mine, i, want) {
        const json_t *name = json_object_get(want, "name");
        const json_t *found = NULL;
        const char *key;
        json_t *value;

        json_array_foreach(theirs, k, have)
            if (json_equal(json_object_get(have, "name"), name))
                found = have;
        json_object_foreach(want, key, value)
            if (!json_equal(json_object_get(found, key), value))
                return false;
    }
    return true;
}

const char *rom_manifest_disagrees(const struct rom_manifest *m,
                                   const struct rom_tensor_list *tensors,
                                   const struct program *p)
{
    const char *const keys[] = { "rule", "program_digest", "hardware", "layout",
                                 "memories", "program", "layers" };
    struct rom_manifest mine = *m;
    const char *wrong = NULL;

    mine.tensors = *tensors;
    json_t *root = describe_all(&mine, p);

    if (!root || !tensors_agree(m->root, json_object_get(root, "tensors")))
        wrong = "tensors";
    for (size_t i = 0; !wrong && i < sizeof(keys) / sizeof(*keys); i++)
        if (!json_equal(json_object_get(root, keys[i]),
                        json_object_get(m->root, keys[i])))
            wrong = keys[i];
    json_decref(root);
    return wrong;
}

int rom_manifest_write(const struct rom_manifest *m,
                       const struct program *program, const char *folder,
                       struct diag *diag)
{
    json_t *root = describe_all(m, program);
    struct arena arena;
    char *text = NULL;
    int result = -1;

    arena_init(&arena, 0);
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
