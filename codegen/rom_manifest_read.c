/*
 * rom_manifest_read.c - a manifest, as it may come from anyone.
 *
 * Every number is bounded before it is used; what the images are checked
 * against later (CRCs, digests) is only copied.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/rom_manifest.h"
#include "codegen/secded.h"
#include "sim/base/file.h"
#include "sim/base/json_place.h"
#include "sim/base/path.h"
#include "sim/base/strbuf.h"

enum { MAX_WORDS = 1 << 28, MAX_TENSORS = 1 << 14 };
static const json_int_t max_address = (json_int_t) ROM_MAX_ADDRESS;
static const uint64_t max_bytes = UINT64_C(1) << 29;  /* of all memories */

/* How deep a manifest's lists and objects are. */
enum { MOST_STEPS = 6 };

struct parser {
    struct rom_manifest *m;
    struct diag *diag;
    const char *path, *text;
    size_t length;
    struct json_step step[MOST_STEPS]; /* to the object in hand */
    size_t depth;
    bool failed;
};

static void enter(struct parser *p, const char *key, size_t index)
{
    assert(p->depth < MOST_STEPS - 1);
    p->step[p->depth++] = (struct json_step) { key, index };
}

static void leave(struct parser *p)
{
    p->depth--;
}

/*
 * An error at that key of the object in hand (NULL: at the object itself). The
 * first one alone: what follows may only follow from it.
 */
static void complain(struct parser *p, const char *key, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));

static void complain(struct parser *p, const char *key, const char *format,
                     ...)
{
    char text[600];
    va_list args;

    if (p->failed)
        return;
    p->failed = true;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    p->step[p->depth] = (struct json_step) { key, 0 };
    diag_add_source(p->diag, p->path, p->text, p->length);
    diag_error(p->diag, json_place(p->path, p->text, p->length, p->step,
                                   p->depth + (key != NULL)), "%s", text);
}

/* An integer in its bounds; `min` after an error. */
static json_int_t get_int(struct parser *p, const json_t *o, const char *key,
                          json_int_t min, json_int_t max)
{
    const json_t *value = json_object_get(o, key);
    const json_int_t v = json_integer_value(value);

    if (json_is_integer(value) && v >= min && v <= max)
        return v;
    if (!value)
        complain(p, key, "'%s' is missing, must be %lld to %lld", key,
                 (long long) min, (long long) max);
    else if (!json_is_integer(value))
        complain(p, key, "'%s' is no integer, must be %lld to %lld", key,
                 (long long) min, (long long) max);
    else
        complain(p, key, "'%s' is %lld, must be %lld to %lld", key,
                 (long long) v, (long long) min, (long long) max);
    return min;
}

/* A string of at most `max` bytes; "" after an error. */
static const char *get_text(struct parser *p, const json_t *o,
                            const char *key, size_t max)
{
    const json_t *value = json_object_get(o, key);
    const char *text = json_string_value(value);

    if (text && strlen(text) <= max)
        return text;
    complain(p, key, "'%s' is %s, must be a text of at most %zu characters",
             key, text ? "too long" : value ? "no text" : "missing", max);
    return "";
}

static bool get_bool(struct parser *p, const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);

    if (!json_is_boolean(value))
        complain(p, key, "'%s' must be true or false", key);
    return json_is_true(value);
}

/* One of the names; 0 after an error. */
static int get_choice(struct parser *p, const json_t *o, const char *key,
                      const char *const *names)
{
    const char *text = get_text(p, o, key, 40);
    struct strbuf list;

    for (int i = 0; names[i]; i++)
        if (!strcmp(text, names[i]))
            return i;
    strbuf_init(&list);
    for (int i = 0; names[i]; i++)
        strbuf_printf(&list, "%s%s", i == 0 ? "" : names[i + 1] ? ", "
                      : " or ", names[i]);
    complain(p, key, "'%s' is '%s', must be %s", key, text, list.text);
    strbuf_release(&list);
    return 0;
}

static int get_memory(struct parser *p, const json_t *o, const char *key)
{
    static const char *const names[] = { "weight", "bias", "scale", "program",
                                         NULL };

    return get_choice(p, o, key, names);
}

static uint32_t get_crc(struct parser *p, const json_t *o, const char *key)
{
    const char *text = get_text(p, o, key, 8);
    char *end;
    const unsigned long value = strtoul(text, &end, 16);

    if (strlen(text) == 8 && !*end)
        return (uint32_t) value;
    complain(p, key, "'%s' is '%s', must be 8 hexadecimal digits", key, text);
    return 0;
}

static void copy_text(struct parser *p, const json_t *o, const char *key,
                      char *to, size_t size)
{
    snprintf(to, size, "%s", get_text(p, o, key, size - 1));
}

static const json_t *get_list(struct parser *p, const char *key,
                              const json_t *root, size_t max)
{
    const json_t *list = json_object_get(root, key);

    if (json_is_array(list) && json_array_size(list) <= max)
        return list;
    complain(p, key, "'%s' must be a list of at most %zu items", key, max);
    return NULL;
}

/* ------------------------------------------------------------------ layout */

static void parse_layout(struct parser *p, const json_t *root)
{
    static const char *const orders[] = { "little", "big", NULL };
    static const char *const bits[] = { "lsb_first", "msb_first", NULL };
    const json_t *o = json_object_get(root, "layout");

    enter(p, "layout", 0);
    const char *name = get_text(p, o, "format", 20);
    const struct format *format = format_find(name);
    struct rom_layout *l = &p->m->layout;
    char list[200];

    if (!format) {
        format_list(list, sizeof(list));
        complain(p, "format", "'format' is '%s', must be %s", name, list);
        return;
    }
    rom_layout_init(l, format, 1);
    l->banking = (enum rom_banking) get_choice(p, o, "banking",
                                               rom_banking_names);
    l->groups = (int) get_int(p, o, "row_groups", 1, ROM_MAX_BANKS);
    l->secded = get_bool(p, o, "secded");
    l->packing = (enum rom_packing) get_choice(p, o, "packing",
                                               rom_packing_names);
    l->split = (enum rom_split) get_choice(p, o, "split", rom_split_names);
    l->big_endian = get_choice(p, o, "byte_order", orders) == 1;
    l->msb_first = get_choice(p, o, "bit_order", bits) == 1;
    l->byte_lanes = (int) get_int(p, o, "byte_lanes", 1, ROM_MAX_LANES);
    l->fill = (uint8_t) get_int(p, o, "fill", 0, 255);
    if (l->packing != ROM_AS_WORDS)
        l->unit_bits = (int) get_int(p, o, "unit_bits", 8, ROM_MAX_UNIT_BITS);
    if (l->unit_bits % 8)
        complain(p, "unit_bits", "'unit_bits' is %d, must be a multiple of 8",
                 l->unit_bits);
    leave(p);
}

static void parse_memories(struct parser *p, const json_t *root)
{
    const json_t *list = get_list(p, "memories", root, ROM_MEMORIES);
    struct rom_manifest *m = p->m;
    uint64_t bytes = 0;
    json_t *o;
    size_t i;

    json_array_foreach(list, i, o) {
        enter(p, "memories", 0);
        enter(p, NULL, i);
        const int at = get_memory(p, o, "name");
        struct rom_words *c = &m->columns.memory[at];

        c->banks = (int) get_int(p, o, "columns", 1, ROM_MAX_BANKS);
        c->word_bits = (int) get_int(p, o, "word_bits", 1, 512);
        c->words = (uint32_t) get_int(p, o, "words", 0, MAX_WORDS
                                      / c->banks);
        leave(p);
        leave(p);
        if (p->failed)
            return;
    }
    for (int k = 0; k < ROM_MEMORIES && !p->failed; k++) {
        if (m->columns.memory[k].banks == 0) {
            complain(p, "memories", "'memories' lacks '%s'",
                     rom_memory_names[k]);
            return;
        }
        struct rom_words s = rom_banked_geometry(&m->columns.memory[k],
                                                 (enum rom_memory) k,
                                                 m->layout.banking,
                                                 m->layout.groups);

        if (m->layout.secded)
            s.word_bits += secded_extra_bits(s.word_bits);
        m->stored.memory[k] = s;
        bytes += (uint64_t) s.banks * rom_bank_bytes(&s);
        if (bytes > max_bytes)
            complain(p, "memories", "the memories hold %" PRIu64 " bytes and "
                     "more, must be at most %" PRIu64, bytes, max_bytes);
    }
}

/* ------------------------------------------------------------ images, banks */

static void parse_image(struct parser *p, const json_t *o, int index)
{
    struct rom_manifest *m = p->m;
    struct rom_image *image = &m->plan.image[index];
    const json_t *files = json_object_get(o, "files");
    const int lanes = m->layout.byte_lanes;

    copy_text(p, o, "name", image->name, sizeof(image->name));
    image->unit_bits = (int) get_int(p, o, "unit_bits", 1,
                                     m->layout.format->max_unit_bits);
    image->address = (uint64_t) get_int(p, o, "address", 0, max_address);
    image->units = (uint64_t) get_int(p, o, "units", 0, max_address);
    if (!json_is_array(files) || json_array_size(files) != (size_t) lanes) {
        complain(p, "files", "image '%s' must have %d file%s", image->name,
                 lanes, lanes > 1 ? "s" : "");
        return;
    }
    for (int k = 0; k < lanes; k++) {
        enter(p, "files", 0);
        enter(p, NULL, (size_t) k);
        const json_t *f = json_array_get(files, (size_t) k);
        const char *name = get_text(p, f, "file", 200);

        if (strchr(name, '/') || !*name)
            complain(p, "file", "'file' is '%s', must be a name without a "
                     "folder", name);
        m->file[index * lanes + k] = arena_strdup(&m->arena, name);
        copy_text(p, f, "sha256", m->file_sha[index * lanes + k],
                  sizeof(m->file_sha[0]));
        leave(p);
        leave(p);
    }
}

static int find_image(struct parser *p, const char *name)
{
    for (int i = 0; i < p->m->plan.images; i++)
        if (!strcmp(p->m->plan.image[i].name, name))
            return i;
    complain(p, "image", "the bank is in image '%s', which 'images' lacks",
             name);
    return 0;
}

/* A bank's units follow from its memory; it must lie inside its image. */
static void parse_bank(struct parser *p, const json_t *o)
{
    struct rom_manifest *m = p->m;
    struct rom_place *place = &m->plan.place[m->plan.places];
    const int at = get_memory(p, o, "memory");
    const struct rom_words *s = &m->stored.memory[at];

    place->memory = (enum rom_memory) at;
    place->bank = (int) get_int(p, o, "bank", 0, s->banks - 1);
    place->image = find_image(p, get_text(p, o, "image", 31));
    place->address = (uint64_t) get_int(p, o, "address", 0, max_address);
    place->units = (uint64_t) get_int(p, o, "units", 0, max_address);
    m->crc[m->plan.places] = get_crc(p, o, "crc32");
    if (p->failed)
        return;
    const struct rom_image *image = &m->plan.image[place->image];

    if (place->units != rom_layout_units(&m->layout, s->word_bits, s->words)
        || image->unit_bits != rom_layout_unit_bits(&m->layout, s->word_bits)
        || place->address < image->address
        || place->address - image->address + place->units > image->units
        || place->address % (uint64_t) m->layout.byte_lanes
        || image->address % (uint64_t) m->layout.byte_lanes)
        complain(p, NULL, "bank %d of memory '%s' does not fit its words and "
                 "its image '%s'", place->bank, rom_memory_names[at],
                 image->name);
    for (int i = 0; i < m->plan.places; i++)
        if (m->plan.place[i].memory == place->memory
            && m->plan.place[i].bank == place->bank)
            complain(p, NULL, "'banks' has bank %d of memory '%s' twice",
                     place->bank, rom_memory_names[at]);
    m->plan.places++;
}

/* An image reaches from its first bank to its last, and no further. */
static void check_images(struct parser *p)
{
    struct rom_plan measured = p->m->plan;

    measured.image = arena_alloc_array(&p->m->arena, (size_t) measured.images
                                       + 1, sizeof(*measured.image));
    if (!measured.image) {
        complain(p, NULL, "out of memory");
        return;
    }
    rom_plan_measure(&measured);
    enter(p, "images", 0);
    for (int i = 0; i < measured.images && !p->failed; i++) {
        const struct rom_image *has = &p->m->plan.image[i];
        const struct rom_image *must = &measured.image[i];

        enter(p, NULL, (size_t) i);
        if (must->address == UINT64_MAX)
            complain(p, NULL, "image '%s' has no bank", has->name);
        else if (has->address != must->address || has->units != must->units)
            complain(p, NULL, "image '%s' has %" PRIu64 " units from %" PRIu64
                     " on, must have %" PRIu64 " from %" PRIu64 " on as its "
                     "banks have", has->name, has->units, has->address,
                     must->units, must->address);
        leave(p);
    }
    leave(p);
}

static void parse_places(struct parser *p, const json_t *root)
{
    const size_t most = ROM_MEMORIES * ROM_MAX_BANKS;
    const json_t *images = get_list(p, "images", root, most);
    const json_t *banks = get_list(p, "banks", root, most);
    struct rom_manifest *m = p->m;
    const size_t files = most * (size_t) m->layout.byte_lanes;
    int wanted = 0;
    size_t i;

    m->plan.image = arena_alloc_array(&m->arena, most,
                                      sizeof(*m->plan.image));
    m->plan.place = arena_alloc_array(&m->arena, most,
                                      sizeof(*m->plan.place));
    m->crc = arena_alloc_array(&m->arena, most, sizeof(*m->crc));
    m->file = arena_alloc_array(&m->arena, files, sizeof(*m->file));
    m->file_sha = arena_alloc_array(&m->arena, files, sizeof(*m->file_sha));
    if (!m->plan.image || !m->plan.place || !m->crc || !m->file
        || !m->file_sha)
        complain(p, NULL, "out of memory");
    enter(p, "images", 0);
    for (i = 0; i < json_array_size(images) && !p->failed; i++) {
        enter(p, NULL, i);
        parse_image(p, json_array_get(images, i), m->plan.images++);
        leave(p);
    }
    leave(p);
    enter(p, "banks", 0);
    for (i = 0; i < json_array_size(banks) && !p->failed; i++) {
        enter(p, NULL, i);
        parse_bank(p, json_array_get(banks, i));
        leave(p);
    }
    leave(p);
    for (int k = 0; k < ROM_MEMORIES; k++)
        wanted += m->stored.memory[k].banks;
    if (m->plan.places != wanted)
        complain(p, "banks", "'banks' has %d banks, the memories have %d",
                 m->plan.places, wanted);
    if (!p->failed)
        check_images(p);
}

/* ----------------------------------------------------------------- tensors */

static void parse_shape(struct parser *p, const json_t *o,
                        struct rom_tensor *t)
{
    const json_t *shape = json_object_get(o, "shape");
    int64_t elements = 1;

    t->rank = (int) json_array_size(shape);
    if (t->rank < 1 || t->rank > ROM_MAX_RANK) {
        complain(p, "shape", "'shape' of tensor '%s' must have 1 to %d sizes",
                 t->name, ROM_MAX_RANK);
        return;
    }
    for (int i = 0; i < t->rank; i++) {
        const json_t *size = json_array_get(shape, (size_t) i);
        const json_int_t v = json_integer_value(size);

        if (!json_is_integer(size) || v < 0 || v > NET_MAX_ELEMENTS
            || (v > 0 && elements > NET_MAX_ELEMENTS / v)) {
            complain(p, "shape", "'shape' of tensor '%s' must be sizes of at "
                     "most %d elements in all", t->name, NET_MAX_ELEMENTS);
            return;
        }
        t->dim[i] = v;
        elements *= v > 0 ? v : 1;
    }
}

static void parse_tensor(struct parser *p, const json_t *o,
                         struct rom_tensor *t)
{
    struct rom_manifest *m = p->m;

    t->name = arena_strdup(&m->arena, get_text(p, o, "name", 200));
    t->layer = arena_strdup(&m->arena, get_text(p, o, "layer", 200));
    t->role = (enum rom_role) get_choice(p, o, "role", rom_role_names);
    t->memory = (enum rom_memory) get_memory(p, o, "memory");
    t->axes = arena_strdup(&m->arena, get_text(p, o, "axes", 40));
    t->bits = (int) get_int(p, o, "bits", 1, 48);
    t->is_signed = get_bool(p, o, "signed");
    t->bit = (int) get_int(p, o, "bit", 0, 511);
    t->per_word = (int) get_int(p, o, "per_word", 1, 512);
    t->base = get_int(p, o, "base", 0, MAX_WORDS);
    t->stride = get_int(p, o, "stride", 0, MAX_WORDS);
    t->desc = -1;
    if (!t->name || !t->layer || !t->axes)
        complain(p, NULL, "out of memory");
    if (p->failed)
        return;
    parse_shape(p, o, t);
    if (!*t->name || strchr(t->name, '/'))
        complain(p, "name", "'name' of a tensor is '%s', must be given and "
                 "without '/'", t->name);
    if (!p->failed && !rom_tensor_fits(t, &m->columns.memory[t->memory]))
        complain(p, NULL, "tensor '%s' lies outside memory '%s'", t->name,
                 rom_memory_names[t->memory]);
}

static void parse_tensors(struct parser *p, const json_t *root)
{
    const json_t *list = get_list(p, "tensors", root, MAX_TENSORS);
    struct rom_tensor_list *to = &p->m->tensors;

    to->tensor = arena_alloc_array(&p->m->arena, json_array_size(list) + 1,
                                   sizeof(*to->tensor));
    if (!to->tensor)
        complain(p, NULL, "out of memory");
    enter(p, "tensors", 0);
    for (size_t i = 0; i < json_array_size(list) && !p->failed; i++) {
        enter(p, NULL, i);
        parse_tensor(p, json_array_get(list, i), &to->tensor[to->count++]);
        leave(p);
    }
    leave(p);
}

/* --------------------------------------------------------------------- all */

static void parse_head(struct parser *p, const json_t *root)
{
    struct rom_manifest *m = p->m;
    const json_t *program = json_object_get(root, "program");
    const json_t *injected = json_object_get(root, "injected");

    copy_text(p, root, "network", m->network, sizeof(m->network));
    copy_text(p, root, "network_digest", m->network_digest,
              sizeof(m->network_digest));
    copy_text(p, root, "program_digest", m->program_digest,
              sizeof(m->program_digest));
    copy_text(p, root, "sha256", m->sha256, sizeof(m->sha256));
    enter(p, "program", 0);
    m->program_crc = get_crc(p, program, "program_crc32");
    m->image_crc = get_crc(p, program, "image_crc32");
    m->hardware = get_crc(p, program, "hardware");
    leave(p);
    if (injected) {
        enter(p, "injected", 0);
        m->injected = get_int(p, injected, "bits", 1, max_address);
        m->seed = get_int(p, injected, "seed", 0, INT64_MAX);
        leave(p);
    }
}

static bool of_this_kind(struct parser *p, const json_t *root)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    const json_int_t version =
        json_integer_value(json_object_get(root, "version"));

    if (format && !strcmp(format, "napier-rom")
        && version == ROM_MANIFEST_VERSION)
        return true;
    complain(p, format && !strcmp(format, "napier-rom") ? "version" : "format",
             "'format' is '%s', 'version' is %lld, must be 'napier-rom' and %d",
             format ? format : "", (long long) version, ROM_MANIFEST_VERSION);
    return false;
}

int rom_manifest_parse(struct rom_manifest *m, const char *path,
                       const char *text, size_t length, struct diag *diag)
{
    struct parser p = { .m = m, .diag = diag, .path = path, .text = text,
                        .length = length };
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);

    memset(m, 0, sizeof(*m));
    arena_init(&m->arena, (size_t) 256 << 20);
    m->path = arena_strdup(&m->arena, path);
    m->folder = path_dirname(&m->arena, path);
    if (!root) {
        diag_add_source(diag, path, text, length);
        diag_error(diag, (struct place) { path, error.line > 0 ? error.line
                   : 1, error.column > 0 ? error.column : 1, 1 }, "%s",
                   error.text);
        return -1;
    }
    m->root = root;
    if (!of_this_kind(&p, root) || !m->path || !m->folder)
        return -1;
    parse_head(&p, root);
    parse_layout(&p, root);
    if (!p.failed && rom_layout_check(&m->layout, diag, place_of_file(path)))
        p.failed = true;
    if (!p.failed)
        parse_memories(&p, root);
    if (!p.failed)
        parse_places(&p, root);
    if (!p.failed)
        parse_tensors(&p, root);
    return p.failed ? -1 : 0;
}

int rom_manifest_read(struct rom_manifest *m, const char *path,
                      struct diag *diag)
{
    size_t length;
    char *text = file_read_all(path, ROM_MANIFEST_MAX_BYTES, &length, diag,
                               place_of_file(path));

    memset(m, 0, sizeof(*m));
    if (!text)
        return -1;
    const int result = rom_manifest_parse(m, path, text, length, diag);

    free(text);
    return result;
}

void rom_manifest_release(struct rom_manifest *m)
{
    json_decref(m->root);
    arena_release(&m->arena);
    memset(m, 0, sizeof(*m));
}
