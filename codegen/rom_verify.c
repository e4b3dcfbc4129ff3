/*
 * rom_verify.c - images back to tensors, by the manifest alone.
 *
 * Widths, addresses and shapes are taken from manifest.json, words from the
 * files; the program only supplies what the result is compared with. So a
 * wrong manifest is found as surely as a wrong word.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/rom.h"
#include "codegen/rom_manifest.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/path.h"

enum {
    MEM_MAX_BYTES = 1 << 30, SHOWN_DIFFERENCES = 10, MAX_BANKS = 128,
    MAX_WORDS = 1 << 24
};

struct memory {
    int word_bits;
    uint32_t words;
    uint8_t *word[MAX_BANKS];      /* [words][ROM_WORD_BYTES] */
};

struct reader {
    const struct program *program;
    const char *folder;
    json_t *manifest;
    int cols, lanes, weight_bits, acc_bits, multiplier_bits;
    struct memory memory[ROM_MEMORIES];
    struct digest sha;
    struct rom_verdict *verdict;
    struct diag *diag;
    struct arena arena;
    struct place place;            /* of the manifest */
};

static const char *const memory_names[] = {
    "weight", "bias", "scale", "program"
};

static int bank_count(const struct reader *r, int memory)
{
    return memory == ROM_PROGRAM ? 1 : r->cols;
}

/* An integer of the manifest in its bounds; -1 and an error otherwise. */
static json_int_t get_int(struct reader *r, const json_t *object,
                          const char *key, json_int_t min, json_int_t max)
{
    const json_t *value = json_object_get(object, key);
    const json_int_t v = json_integer_value(value);

    if (json_is_integer(value) && v >= min && v <= max)
        return v;
    diag_error(r->diag, r->place, "'%s' is %lld, must be %lld to %lld", key,
               (long long) v, (long long) min, (long long) max);
    return -1;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char) tolower((unsigned char) c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line's digits into a word; the top digit may not exceed the width. */
static int parse_word(struct reader *r, const struct memory *m,
                      struct place place, const char *text, size_t length,
                      uint8_t *word)
{
    const size_t digits = ((size_t) m->word_bits + 3) / 4;

    if (length != digits)
        return diag_error(r->diag, place, "'%.*s' has %zu digits, must have "
                          "%zu for a word of %d bits", (int) length, text,
                          length, digits, m->word_bits);
    for (size_t i = 0; i < digits; i++) {
        const int v = digit_value(text[digits - 1 - i]);

        if (v < 0)
            return diag_error(r->diag, place, "'%.*s' is not a hexadecimal "
                              "word", (int) length, text);
        word[i / 2] |= (uint8_t) (v << (i % 2 ? 4 : 0));
    }
    if (m->word_bits % 8 && word[m->word_bits / 8] >> m->word_bits % 8)
        return diag_error(r->diag, place, "'%.*s' does not fit a word of %d "
                          "bits", (int) length, text, m->word_bits);
    return 0;
}

/* The words of a $readmemh text without addresses; // starts a comment. */
static int parse_mem(struct reader *r, const struct memory *m, const char *path,
                     const char *text, size_t size, uint8_t *words)
{
    uint32_t count = 0;
    int line = 0;

    for (size_t at = 0; at < size;) {
        const char *start = text + at;
        const char *end = memchr(start, '\n', size - at);
        size_t length = end ? (size_t) (end - start) : size - at;
        const struct place place = { path, ++line, 1, (int) length };
        const char *comment = NULL;

        at += length + 1;
        for (size_t i = 0; i + 1 < length && !comment; i++)
            if (start[i] == '/' && start[i + 1] == '/')
                comment = start + i;
        if (comment)
            length = (size_t) (comment - start);
        while (length > 0 && isspace((unsigned char) start[length - 1]))
            length--;
        if (length == 0)
            continue;
        if (count == m->words)
            return diag_error(r->diag, place, "'%s' has more words than the "
                              "%" PRIu32 " of the manifest", path, m->words);
        if (parse_word(r, m, place, start, length,
                       words + (size_t) count * ROM_WORD_BYTES))
            return -1;
        count++;
    }
    if (count < m->words)
        return diag_error(r->diag, place_of_file(path), "'%s' ends after "
                          "%" PRIu32 " words, must have %" PRIu32, path, count,
                          m->words);
    return 0;
}

static int check_crc(struct reader *r, const struct memory *m, const char *path,
                     const json_t *bank, const uint8_t *words)
{
    const char *wanted = json_string_value(json_object_get(bank, "crc32"));
    const size_t bytes = ((size_t) m->word_bits + 7) / 8;
    uint32_t crc = 0;
    char have[16];

    for (uint32_t a = 0; a < m->words; a++) {
        crc = digest_crc32(crc, words + (size_t) a * ROM_WORD_BYTES, bytes);
        digest_update(&r->sha, words + (size_t) a * ROM_WORD_BYTES, bytes);
    }
    snprintf(have, sizeof(have), "%08" PRIx32, crc);
    if (!wanted || strcmp(wanted, have))
        return diag_error(r->diag, place_of_file(path), "CRC-32 of '%s' is %s, "
                          "must be %s by the manifest", path, have,
                          wanted ? wanted : "given");
    return 0;
}

static int read_bank(struct reader *r, const json_t *bank)
{
    const char *memory = json_string_value(json_object_get(bank, "memory"));
    const char *file = json_string_value(json_object_get(bank, "file"));
    int m = 0, result = -1;
    size_t size;

    while (m < ROM_MEMORIES && (!memory || strcmp(memory, memory_names[m])))
        m++;
    const json_int_t column = get_int(r, bank, "column", 0,
                                      bank_count(r, m) - 1);

    if (column < 0 || m == ROM_MEMORIES || !file || strchr(file, '/')
        || r->memory[m].word[column])
        return diag_error(r->diag, r->place, "'banks' has a wrong, double or "
                          "incomplete entry for '%s'", file ? file : "?");
    struct memory *mem = &r->memory[m];
    char *path = path_join(&r->arena, r->folder, file);

    mem->word[column] = arena_alloc_array(&r->arena, mem->words + 1u,
                                          ROM_WORD_BYTES);
    if (!path || !mem->word[column])
        return diag_error(r->diag, r->place, "out of memory");
    char *text = file_read_all(path, MEM_MAX_BYTES, &size, r->diag,
                               place_of_file(path));

    if (!text)
        return -1;
    diag_add_source(r->diag, path, text, size);
    if (!parse_mem(r, mem, path, text, size, mem->word[column]))
        result = check_crc(r, mem, path, bank, mem->word[column]);
    free(text);
    return result;
}

static int read_memories(struct reader *r)
{
    const json_t *hw = json_object_get(r->manifest, "hardware");
    json_t *item;
    size_t i;

    r->cols = (int) get_int(r, hw, "cols", 1, MAX_BANKS);
    r->lanes = (int) get_int(r, hw, "lanes", 1, 16);
    r->weight_bits = (int) get_int(r, hw, "weight_bits", 1, 16);
    r->acc_bits = (int) get_int(r, hw, "accumulator_bits", 8, 48);
    if (r->cols < 0 || r->lanes < 0 || r->weight_bits < 0 || r->acc_bits < 0)
        return -1;
    json_array_foreach(json_object_get(r->manifest, "memories"), i, item) {
        const char *name = json_string_value(json_object_get(item, "name"));

        for (int m = 0; name && m < ROM_MEMORIES; m++) {
            if (strcmp(name, memory_names[m]))
                continue;
            r->memory[m].word_bits = (int) get_int(r, item, "word_bits", 1,
                                                   ROM_WORD_BYTES * 8);
            const json_int_t words = get_int(r, item, "words", 0, MAX_WORDS);

            if (r->memory[m].word_bits < 0 || words < 0)
                return -1;
            r->memory[m].words = (uint32_t) words;
        }
    }
    r->multiplier_bits = r->memory[ROM_SCALE].word_bits - HW_SHIFT_BITS
                         - r->weight_bits;
    if (r->memory[ROM_WEIGHT].word_bits != r->lanes * r->weight_bits
        || r->memory[ROM_BIAS].word_bits != r->acc_bits
        || r->multiplier_bits < 8 || r->multiplier_bits > 32)
        return diag_error(r->diag, r->place, "the word widths of 'memories' do "
                          "not fit 'hardware'");
    return 0;
}

static int read_banks(struct reader *r)
{
    const char *wanted = json_string_value(json_object_get(r->manifest,
                                                           "sha256"));
    char have[DIGEST_HEX_CHARS + 1];
    json_t *item;
    size_t i;
    int result = 0;

    json_array_foreach(json_object_get(r->manifest, "banks"), i, item)
        if (read_bank(r, item))
            result = -1;
    for (int m = 0; m < ROM_MEMORIES; m++)
        for (int c = 0; c < bank_count(r, m); c++)
            if (!r->memory[m].word[c] && result == 0)
                result = diag_error(r->diag, r->place, "'banks' lacks the %s "
                                    "ROM of column %d", memory_names[m], c);
    if (result)
        return -1;
    if (digest_finish(&r->sha, have) || !wanted || strcmp(have, wanted))
        return diag_error(r->diag, r->place, "SHA-256 of all words is %s, "
                          "'sha256' says %s", have, wanted ? wanted : "nothing");
    return 0;
}

static uint64_t get_bits(const uint8_t *word, int at, int bits)
{
    uint64_t value = 0;

    for (int b = 0; b < bits; b++)
        value |= (uint64_t) (word[(at + b) / 8] >> (at + b) % 8 & 1) << b;
    return value;
}

static int64_t get_signed(const uint8_t *word, int at, int bits)
{
    return fx_wrap((int64_t) get_bits(word, at, bits), bits);
}

static void differ(struct reader *r, const struct program_desc *d, int channel,
                   const char *what, int64_t have, int64_t want)
{
    if (r->verdict->differences++ < SHOWN_DIFFERENCES)
        diag_error(r->diag, place_of_file(r->folder), "layer '%s', channel %d: "
                   "%s in the image is %" PRId64 ", must be %" PRId64, d->name,
                   channel, what, have, want);
}

static void compare_params(struct reader *r, const struct program_desc *d,
                           int n, const uint8_t *bias, const uint8_t *scale)
{
    const int mb = r->multiplier_bits;
    const int64_t have[] = {
        get_signed(bias, 0, r->acc_bits),
        (int64_t) get_bits(scale, 0, mb),
        (int64_t) get_bits(scale, mb, HW_SHIFT_BITS),
        get_signed(scale, mb + HW_SHIFT_BITS, r->weight_bits)
    };
    const int64_t want[] = { d->bias[n], d->requant[n].mult,
                             d->requant[n].shift,
                             r->weight_bits > 1 ? d->weight_zp[n] : 0 };
    static const char *const what[] = { "the bias", "the multiplier",
                                        "the shift", "the weight zero point" };

    for (int i = 0; i < 4; i++)
        if (have[i] != want[i])
            differ(r, d, n, what[i], have[i], want[i]);
    r->verdict->biases++;
    r->verdict->scales++;
}

static void compare_weights(struct reader *r, const struct program_desc *d,
                            int n, const uint8_t *bank, uint32_t first)
{
    const int bits = r->weight_bits;
    char what[48];

    for (int k = 0; k < d->taps; k++) {
        const uint8_t *word = bank
            + (first + (size_t) (k / r->lanes)) * ROM_WORD_BYTES;
        const int at = k % r->lanes * bits;
        const int64_t have = bits == 1 ? (int64_t) get_bits(word, at, 1)
                                       : get_signed(word, at, bits);
        const int16_t want = d->weight[(size_t) n * (size_t) d->taps
                                       + (size_t) k];

        snprintf(what, sizeof(what), "the weight of tap %d", k);
        if (have != want)
            differ(r, d, n, what, have, want);
        r->verdict->weights++;
    }
}

static int compare_layer(struct reader *r, const struct program_desc *d,
                         const json_t *layer)
{
    const json_t *w = json_object_get(layer, "weights");
    const char *name = json_string_value(json_object_get(layer, "name"));
    const json_int_t steps = get_int(r, w, "steps", 1, MAX_WORDS);
    const json_int_t base = get_int(r, w, "weight_base", 0, MAX_WORDS);
    const json_int_t params = get_int(r, w, "param_base", 0, MAX_WORDS);

    if (steps < 0 || base < 0 || params < 0)
        return -1;
    if (!name || strcmp(name, d->name)
        || json_integer_value(json_object_get(w, "channels")) != d->filters
        || json_integer_value(json_object_get(w, "taps")) != d->taps)
        return diag_error(r->diag, r->place, "layer '%s' of the manifest is "
                          "not layer '%s' of this network", name ? name : "?",
                          d->name);
    const json_int_t tiles = (d->filters + r->cols - 1) / r->cols;

    if (base + tiles * steps > r->memory[ROM_WEIGHT].words
        || steps * r->lanes < d->taps
        || params + tiles > r->memory[ROM_BIAS].words
        || params + tiles > r->memory[ROM_SCALE].words)
        return diag_error(r->diag, r->place, "layer '%s' of the manifest lies "
                          "outside the images", name);
    for (int n = 0; n < d->filters; n++) {
        const int c = n % r->cols, tile = n / r->cols;
        const size_t at = ((size_t) params + (size_t) tile) * ROM_WORD_BYTES;

        compare_weights(r, d, n, r->memory[ROM_WEIGHT].word[c],
                        (uint32_t) (base + tile * steps));
        compare_params(r, d, n, r->memory[ROM_BIAS].word[c] + at,
                       r->memory[ROM_SCALE].word[c] + at);
    }
    return 0;
}

/* Scale words that belong to no channel: average pools, add, mul. */
static int compare_table(struct reader *r, const struct program_desc *d,
                         const json_t *layer)
{
    const json_t *s = json_object_get(layer, "scales");
    const json_int_t base = get_int(r, s, "param_base", 0, MAX_WORDS);
    const int mb = r->multiplier_bits;

    if (base < 0)
        return -1;
    if (json_integer_value(json_object_get(s, "words")) != d->param_words
        || base + d->param_words > r->memory[ROM_SCALE].words)
        return diag_error(r->diag, r->place, "the scales of layer '%s' in the "
                          "manifest are not those of this network", d->name);
    for (int c = 0; c < r->cols; c++)
        for (uint32_t i = 0; i < d->param_words; i++) {
            const uint8_t *word = r->memory[ROM_SCALE].word[c]
                + ((size_t) base + i) * ROM_WORD_BYTES;
            const int64_t mult = (int64_t) get_bits(word, 0, mb);
            const int64_t shift = (int64_t) get_bits(word, mb, HW_SHIFT_BITS);

            if (mult != d->requant[i].mult)
                differ(r, d, c, "the multiplier of a table", mult,
                       d->requant[i].mult);
            if (shift != d->requant[i].shift)
                differ(r, d, c, "the shift of a table", shift,
                       d->requant[i].shift);
            r->verdict->scales++;
        }
    return 0;
}

/* The program ROM, decoded and compared word for word. */
static int compare_program(struct reader *r)
{
    const struct program *p = r->program;
    const struct memory *m = &r->memory[ROM_PROGRAM];
    uint32_t *words = arena_alloc_array(&r->arena, m->words + 1u,
                                        sizeof(*words));
    struct descriptor_header h;
    struct descriptor d;

    if (!words)
        return diag_error(r->diag, r->place, "out of memory");
    for (uint32_t i = 0; i < m->words; i++)
        words[i] = (uint32_t) get_bits(m->word[0] + (size_t) i * ROM_WORD_BYTES,
                                       0, 32);
    if (m->word_bits != 32 || descriptor_decode_header(&h, words, m->words))
        return diag_error(r->diag, r->place, "the program ROM has no valid "
                          "header");
    if (h.descriptors != p->code_header.descriptors
        || h.hardware != p->code_header.hardware
        || h.image_crc != p->code_header.image_crc)
        return diag_error(r->diag, r->place, "the program ROM is not that of "
                          "network '%s' on hardware '%s'", p->network,
                          p->hw->name);
    for (uint32_t i = 0; i < h.descriptors; i++) {
        const uint32_t at = DESCRIPTOR_HEADER_WORDS + i * DESCRIPTOR_WORDS;
        const struct program_desc *layer =
            &p->desc[program_layer_of(p, (int) i)];

        if (descriptor_decode(&d, words + at))
            return diag_error(r->diag, r->place, "descriptor %" PRIu32 " of "
                              "the program ROM is damaged", i);
        for (uint32_t w = 0; w < DESCRIPTOR_WORDS; w++)
            if (words[at + w] != p->code[at + w])
                differ(r, layer, (int) w, "a word of the descriptor (number "
                       "in place of the channel)", words[at + w],
                       p->code[at + w]);
        r->verdict->descriptors++;
    }
    return 0;
}

static int compare_layers(struct reader *r)
{
    const json_t *layers = json_object_get(r->manifest, "layers");
    int result = 0;

    if (json_array_size(layers) != (size_t) r->program->desc_count)
        return diag_error(r->diag, r->place, "the manifest has %zu layers, "
                          "network '%s' has %d", json_array_size(layers),
                          r->program->network, r->program->desc_count);
    for (int i = 0; i < r->program->desc_count; i++) {
        const struct program_desc *d = &r->program->desc[i];
        const json_t *layer = json_array_get(layers, (size_t) i);

        if (d->filters > 0 ? compare_layer(r, d, layer)
            : d->requant ? compare_table(r, d, layer) : 0)
            result = -1;
    }
    if (compare_program(r))
        result = -1;
    return result || r->verdict->differences > 0 ? -1 : 0;
}

int rom_verify(const struct program *program, const char *folder,
               struct rom_verdict *verdict, struct diag *diag)
{
    struct reader r = { .program = program, .folder = folder,
                        .verdict = verdict, .diag = diag };
    int result = -1;

    memset(verdict, 0, sizeof(*verdict));
    arena_init(&r.arena, 0);
    const char *path = path_join(&r.arena, folder, "manifest.json");

    r.place = place_of_file(path ? path : folder);
    r.manifest = path ? rom_manifest_read(folder, diag) : NULL;
    if (r.manifest && digest_init(&r.sha))
        diag_error(diag, r.place, "out of memory");
    else if (r.manifest && !read_memories(&r) && !read_banks(&r))
        result = compare_layers(&r);
    if (r.manifest)
        digest_release(&r.sha);
    json_decref(r.manifest);
    arena_release(&r.arena);
    return result;
}
