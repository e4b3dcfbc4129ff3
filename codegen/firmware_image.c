/*
 * firmware_image.c - all memories in one image, cut into the tensors of layers,
 * so that a CRC belongs to something that has a name.
 */
#include <stdlib.h>

#include "codegen/firmware.h"
#include "codegen/rom.h"
#include "sim/base/digest.h"

enum { HEADER_WORDS = 10, SECTION_WORDS = 8, CRC_WORD = 9,
       IMAGE_MAGIC = 0x4d49504e, IMAGE_VERSION = 1 };

static void put_word(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t) (value >> 8 * i);
}

static const enum rom_memory memory_of[] = {
    [FIRMWARE_PROGRAM] = ROM_PROGRAM, [FIRMWARE_WEIGHT] = ROM_WEIGHT,
    [FIRMWARE_BIAS] = ROM_BIAS, [FIRMWARE_SCALE] = ROM_SCALE
};

static struct firmware_section section_of(const struct program *p,
                                          enum firmware_kind kind, int layer,
                                          uint32_t base, uint32_t words)
{
    const struct rom_geometry g = rom_geometry(p, memory_of[kind]);
    const uint32_t bytes = ((uint32_t) g.word_bits + 7) / 8;

    return (struct firmware_section) {
        .kind = kind, .layer = layer, .base = base, .words = words,
        .word_bytes = bytes, .banks = (uint32_t) g.banks,
        .bytes = words * bytes * (uint32_t) g.banks
    };
}

/* The program, then every layer's weights, biases and scales. */
static int list_sections(const struct program *p, struct firmware_section *to)
{
    int n = 0;

    to[n++] = section_of(p, FIRMWARE_PROGRAM, 0, 0, p->code_header.words);
    for (int i = 0; i < p->desc_count; i++) {
        const struct program_desc *d = &p->desc[i];

        if (d->filters > 0)
            to[n++] = section_of(p, FIRMWARE_WEIGHT, i, d->weight_base,
                                 (uint32_t) d->channel_tiles
                                 * (uint32_t) d->steps);
        if (d->param_words == 0)
            continue;
        to[n++] = section_of(p, FIRMWARE_BIAS, i, d->param_base,
                             d->param_words);
        to[n++] = section_of(p, FIRMWARE_SCALE, i, d->param_base,
                             d->param_words);
    }
    return n;
}

static void add_data(const struct program *p, struct firmware_section *s,
                     struct strbuf *image)
{
    const enum rom_memory memory = memory_of[s->kind];
    uint8_t word[ROM_WORD_BYTES];

    s->offset = (uint32_t) image->length;
    s->crc = 0;
    for (uint32_t b = 0; b < s->banks; b++)
        for (uint32_t w = 0; w < s->words; w++) {
            rom_word(p, memory, (int) b, s->base + w, word);
            s->crc = digest_crc32(s->crc, word, s->word_bytes);
            strbuf_add_bytes(image, word, s->word_bytes);
        }
}

static void put_section(uint8_t *at, const struct firmware_section *s)
{
    const uint32_t words[SECTION_WORDS] = {
        (uint32_t) s->kind | (uint32_t) s->layer << 16, s->offset, s->bytes,
        s->crc, s->base, s->words, s->word_bytes, s->banks
    };

    for (int i = 0; i < SECTION_WORDS; i++)
        put_word(at + 4 * i, words[i]);
}

static void put_header(const struct program *p, struct strbuf *image,
                       const struct firmware_section *s, int count)
{
    uint8_t *bytes = (uint8_t *) image->text;
    const size_t end = 4 * (size_t) (HEADER_WORDS + count * SECTION_WORDS);
    const uint32_t words[] = {
        IMAGE_MAGIC, IMAGE_VERSION, (uint32_t) image->length, (uint32_t) count,
        p->code_header.hardware, p->code_header.program_crc,
        p->code_header.image_crc, p->weight_words, p->param_words
    };
    uint32_t crc;

    for (int i = 0; i < CRC_WORD; i++)
        put_word(bytes + 4 * i, words[i]);
    for (int i = 0; i < count; i++)
        put_section(bytes + 4 * (HEADER_WORDS + i * SECTION_WORDS), &s[i]);
    crc = digest_crc32(0, bytes, 4 * CRC_WORD);
    crc = digest_crc32(crc, bytes + 4 * HEADER_WORDS, end - 4 * HEADER_WORDS);
    put_word(bytes + 4 * CRC_WORD, crc);
}

struct firmware_section *firmware_image(const struct program *program,
                                        struct strbuf *image, int *count)
{
    const size_t most = 1 + 3 * (size_t) program->desc_count;
    struct firmware_section *s = calloc(most, sizeof(*s));
    static const uint8_t zero[4 * SECTION_WORDS];

    if (!s)
        return NULL;
    *count = list_sections(program, s);
    strbuf_add_bytes(image, zero, 4 * (HEADER_WORDS - SECTION_WORDS));
    for (int i = 0; i <= *count; i++)
        strbuf_add_bytes(image, zero, sizeof(zero));
    for (int i = 0; i < *count; i++)
        add_data(program, &s[i], image);
    if (image->failed || image->length > UINT32_MAX) {
        free(s);
        return NULL;
    }
    put_header(program, image, s, *count);
    return s;
}
