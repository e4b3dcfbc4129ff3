#include "codegen/rom_layout.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codegen/bits.h"

const char *const rom_banking_names[] = { "column", "row", "flat", NULL };
const char *const rom_packing_names[] = { "words", "padded", "tight", NULL };
const char *const rom_split_names[] = { "none", "memory", "bank", NULL };

enum { DEFAULT_ALIGN = 4 };

void rom_layout_init(struct rom_layout *l, const struct format *format,
                     int rows)
{
    *l = (struct rom_layout) {
        .format = format, .groups = rows, .unit_bits = 8, .byte_lanes = 1,
        .packing = format->by_word ? ROM_AS_WORDS : ROM_PADDED,
        .split = format->by_word ? ROM_BY_BANK : ROM_ONE_FILE
    };
}

int rom_layout_check(const struct rom_layout *l, struct diag *d,
                     struct place place)
{
    const bool words = l->packing == ROM_AS_WORDS;
    const uint64_t unit = (uint64_t) l->unit_bits / 8;

    if (words && l->format->bytes_only)
        return diag_error(d, place, "packing is 'words', must be 'padded' or "
                          "'tight' for format '%s', which holds bytes",
                          l->format->name);
    if (words && l->byte_lanes > 1)
        return diag_error(d, place, "packing is 'words', must be 'padded' or "
                          "'tight' where byte lanes are split");
    if (words && l->split == ROM_ONE_FILE)
        return diag_error(d, place, "packing is 'words', must be 'padded' or "
                          "'tight' where memories of different word widths "
                          "share a file");
    if (!words && l->byte_lanes == 1 && !l->format->bytes_only
        && l->unit_bits > l->format->max_unit_bits)
        return diag_error(d, place, "units have %d bits, must have at most %d "
                          "in format '%s'", l->unit_bits,
                          l->format->max_unit_bits, l->format->name);
    if (!words && l->align > 0 && (l->align % unit
                                   || l->align % (uint64_t) l->byte_lanes))
        return diag_error(d, place, "banks are aligned to %" PRIu64 " bytes, "
                          "must be a multiple of the unit, %" PRIu64
                          ", and of the byte lanes, %d", l->align, unit,
                          l->byte_lanes);
    return 0;
}

/* ------------------------------------------------------------------- sizes */

static bool of_bytes(const struct rom_layout *l)
{
    return l->format->bytes_only || l->byte_lanes > 1;
}

int rom_layout_unit_bits(const struct rom_layout *l, int word_bits)
{
    return l->packing == ROM_AS_WORDS ? word_bits
         : of_bytes(l) ? 8 : l->unit_bits;
}

static uint64_t container_bits(const struct rom_layout *l, int word_bits)
{
    const uint64_t unit = (uint64_t) l->unit_bits;

    return ((uint64_t) word_bits + unit - 1) / unit * unit;
}

/* Bytes of a bank, padded and tight. */
static uint64_t bank_bytes(const struct rom_layout *l, int word_bits,
                           uint32_t words)
{
    const uint64_t unit = (uint64_t) l->unit_bits;
    const uint64_t bits = l->packing == ROM_TIGHT
        ? ((uint64_t) word_bits * words + unit - 1) / unit * unit
        : container_bits(l, word_bits) * words;

    return bits / 8;
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

uint64_t rom_layout_units(const struct rom_layout *l, int word_bits,
                          uint32_t words)
{
    if (l->packing == ROM_AS_WORDS)
        return words;
    const uint64_t bytes = bank_bytes(l, word_bits, words);

    return of_bytes(l) ? round_up(bytes, (uint64_t) l->byte_lanes)
                       : bytes / ((uint64_t) l->unit_bits / 8);
}

/* ----------------------------------------------------------------- packing */

/* Where word w begins in its bank's row of bits. */
static size_t word_at(const struct rom_layout *l, const struct rom_words *m,
                      uint32_t w)
{
    return l->packing == ROM_TIGHT
        ? (size_t) w * (size_t) m->word_bits
        : (size_t) w * container_bits(l, m->word_bits);
}

/* Bytes in which the byte order counts. */
static size_t container_bytes(const struct rom_layout *l,
                              const struct rom_words *m)
{
    return l->packing == ROM_TIGHT ? (size_t) l->unit_bits / 8
                                   : container_bits(l, m->word_bits) / 8;
}

static void put_word(const struct rom_layout *l, uint8_t *to, size_t at,
                     const uint8_t *word, int bits)
{
    if (!l->msb_first) {
        bits_copy(to, at, word, 0, (size_t) bits);
        return;
    }
    for (int left = bits; left > 0;) {
        const int n = left < 32 ? left : 32;

        left -= n;
        bits_put_msb(to, at, n, bits_get(word, (size_t) left, n));
        at += (size_t) n;
    }
}

static void get_word(const struct rom_layout *l, const uint8_t *from,
                     size_t at, uint8_t *word, int bits)
{
    if (!l->msb_first) {
        bits_copy(word, 0, from, at, (size_t) bits);
        return;
    }
    for (int left = bits; left > 0;) {
        const int n = left < 32 ? left : 32;

        left -= n;
        bits_put(word, (size_t) left, n, bits_get_msb(from, at, n));
        at += (size_t) n;
    }
}

static void swap(uint8_t *bytes, uint64_t count, size_t size)
{
    for (uint64_t i = 0; size > 1 && i + size <= count; i += size)
        bits_reverse_bytes(bytes + i, size);
}

/*
 * The row of bits is lsb first (msb first) with each container's bytes from
 * the lowest (highest) on. The image wants them in its byte order; and units
 * of formats that hold numbers, from the lowest on.
 */
static void order_bytes(const struct rom_layout *l, const struct rom_words *m,
                        uint8_t *bytes, uint64_t count, bool back)
{
    const size_t unit = (size_t) l->unit_bits / 8;
    const bool numbers = !of_bytes(l) && l->big_endian;

    if (back && numbers)
        swap(bytes, count, unit);
    if (l->msb_first != l->big_endian)
        swap(bytes, count, container_bytes(l, m));
    if (!back && numbers)
        swap(bytes, count, unit);
}

void rom_pack(const struct rom_layout *l, const struct rom_words *m, int bank,
              uint8_t *units)
{
    const uint8_t *words = rom_bank(m, bank);
    const size_t size = rom_word_bytes(m);

    if (l->packing == ROM_AS_WORDS) {
        memcpy(units, words, rom_bank_bytes(m));
        return;
    }
    const uint64_t bytes = bank_bytes(l, m->word_bits, m->words);
    const uint64_t all = of_bytes(l)
        ? rom_layout_units(l, m->word_bits, m->words) : bytes;

    memset(units, 0, bytes);
    memset(units + bytes, l->fill, all - bytes);
    if (!l->msb_first && container_bits(l, m->word_bits) == 8 * size
        && (l->packing == ROM_PADDED || m->word_bits % 8 == 0)) {
        memcpy(units, words, rom_bank_bytes(m));
    } else {
        for (uint32_t w = 0; w < m->words; w++)
            put_word(l, units, word_at(l, m, w), words + w * size,
                     m->word_bits);
    }
    order_bytes(l, m, units, bytes, false);
}

void rom_unpack(const struct rom_layout *l, struct rom_words *m, int bank,
                uint8_t *units)
{
    uint8_t *words = rom_bank(m, bank);
    const size_t size = rom_word_bytes(m);

    if (l->packing == ROM_AS_WORDS) {
        memcpy(words, units, rom_bank_bytes(m));
        return;
    }
    const uint64_t bytes = bank_bytes(l, m->word_bits, m->words);

    order_bytes(l, m, units, bytes, true);
    for (uint32_t w = 0; w < m->words; w++)
        get_word(l, units, word_at(l, m, w), words + w * size, m->word_bits);
    order_bytes(l, m, units, bytes, false);
}

/* --------------------------------------------------------------- addresses */

static void name_image(const struct rom_layout *l, enum rom_memory memory,
                       int bank, char *name, size_t size)
{
    if (l->split == ROM_ONE_FILE)
        snprintf(name, size, "image");
    else if (l->split == ROM_BY_MEMORY || memory == ROM_PROGRAM)
        snprintf(name, size, "%s", rom_memory_names[memory]);
    else
        snprintf(name, size, "%s_%03d", rom_memory_names[memory], bank);
}

/* The image of a bank, made if it is the first in it. */
static int image_of(struct rom_plan *p, const struct rom_layout *l,
                    enum rom_memory memory, int bank, int word_bits)
{
    char name[32];

    name_image(l, memory, bank, name, sizeof(name));
    for (int i = p->images - 1; i >= 0; i--)
        if (!strcmp(p->image[i].name, name))
            return i;
    struct rom_image *image = &p->image[p->images];

    memcpy(image->name, name, sizeof(name));
    image->unit_bits = rom_layout_unit_bits(l, word_bits);
    return p->images++;
}

/* Bytes that addresses count: 1 where they count words. */
static uint64_t unit_bytes(const struct rom_layout *l)
{
    return l->packing == ROM_AS_WORDS || of_bytes(l)
        ? 1 : (uint64_t) l->unit_bits / 8;
}

static uint64_t alignment(const struct rom_layout *l)
{
    if (l->packing == ROM_AS_WORDS)
        return 1;
    if (l->align)
        return l->align;
    uint64_t align = round_up(DEFAULT_ALIGN, (uint64_t) l->unit_bits / 8);

    while (align % (uint64_t) l->byte_lanes
           || align % ((uint64_t) l->unit_bits / 8))
        align++;
    return align;
}

static int check_addresses(const struct rom_plan *p,
                           const struct rom_layout *l, struct diag *diag,
                           struct place place)
{
    for (int i = 0; i < p->images; i++)
        if (p->image[i].unit_bits > l->format->max_unit_bits)
            return diag_error(diag, place, "image '%s' has words of %d bits, "
                              "must have at most %d in format '%s'",
                              p->image[i].name, p->image[i].unit_bits,
                              l->format->max_unit_bits, l->format->name);
    for (int i = 0; i < p->places; i++) {
        const struct rom_place *a = &p->place[i];
        const uint64_t end = (a->address + a->units)
                             / (uint64_t) l->byte_lanes;

        const uint64_t most = l->format->max_address < ROM_MAX_ADDRESS
            ? l->format->max_address : ROM_MAX_ADDRESS - 1;

        if (a->units > 0 && (end - 1 > most
                             || a->address + a->units > ROM_MAX_ADDRESS))
            return diag_error(diag, place, "bank %d of memory '%s' ends at "
                              "address 0x%" PRIx64 ", must be at most 0x%"
                              PRIx64 " in format '%s'", a->bank,
                              rom_memory_names[a->memory], end - 1, most,
                              l->format->name);
        for (int k = 0; k < i; k++) {
            const struct rom_place *b = &p->place[k];

            if (a->image == b->image && a->units > 0 && b->units > 0
                && a->address < b->address + b->units
                && b->address < a->address + a->units)
                return diag_error(diag, place, "memory '%s' at 0x%" PRIx64
                                  " overlaps memory '%s' at 0x%" PRIx64,
                                  rom_memory_names[a->memory], a->address,
                                  rom_memory_names[b->memory], b->address);
        }
    }
    return 0;
}

void rom_plan_measure(struct rom_plan *p)
{
    for (int i = 0; i < p->images; i++) {
        uint64_t first = UINT64_MAX, end = 0;

        for (int k = 0; k < p->places; k++) {
            const struct rom_place *a = &p->place[k];

            if (a->image != i)
                continue;
            first = a->address < first ? a->address : first;
            end = a->address + a->units > end ? a->address + a->units : end;
        }
        p->image[i].address = first;
        p->image[i].units = end - first;
    }
}

int rom_plan(struct rom_plan *p, const struct rom_layout *l,
             const struct rom_memories *stored, struct arena *arena,
             struct diag *diag, struct place place)
{
    const uint64_t align = alignment(l), unit = unit_bytes(l);
    uint64_t next = l->base;           /* in bytes, or words */

    memset(p, 0, sizeof(*p));
    p->image = arena_alloc_array(arena, ROM_MEMORIES * ROM_MAX_BANKS,
                                 sizeof(*p->image));
    p->place = arena_alloc_array(arena, ROM_MEMORIES * ROM_MAX_BANKS,
                                 sizeof(*p->place));
    if (!p->image || !p->place)
        return diag_error(diag, place, "out of memory");
    for (int i = 0; i < ROM_MEMORIES; i++) {
        const struct rom_words *m = &stored->memory[i];

        if (l->has_base[i])
            next = l->memory_base[i];
        else if (l->split != ROM_ONE_FILE)
            next = l->base;
        for (int b = 0; b < m->banks; b++) {
            if (l->split == ROM_BY_BANK)
                next = l->has_base[i] ? l->memory_base[i] : l->base;
            const int image = image_of(p, l, (enum rom_memory) i, b,
                                       m->word_bits);
            const uint64_t units = rom_layout_units(l, m->word_bits,
                                                    m->words);

            if (next % unit || next % (uint64_t) l->byte_lanes)
                return diag_error(diag, place, "memory '%s' begins at 0x%"
                                  PRIx64 ", must be a multiple of %" PRIu64,
                                  rom_memory_names[i], next,
                                  unit > 1 ? unit : (uint64_t) l->byte_lanes);
            p->place[p->places++] = (struct rom_place) {
                (enum rom_memory) i, b, image, next / unit, units };
            next = round_up(next + units * unit, align);
        }
    }
    rom_plan_measure(p);
    return check_addresses(p, l, diag, place);
}

void rom_file_name(const struct rom_layout *l, const struct rom_image *image,
                   int lane, const char *extension, char *name)
{
    if (l->byte_lanes > 1)
        snprintf(name, 80, "%s.lane%d.%s", image->name, lane, extension);
    else
        snprintf(name, 80, "%s.%s", image->name, extension);
}
