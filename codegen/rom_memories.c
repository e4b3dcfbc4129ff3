#include "codegen/rom_memories.h"

#include <string.h>

#include "codegen/bits.h"
#include "codegen/secded.h"
#include "sim/base/digest.h"

const char *const rom_memory_names[ROM_MEMORIES] = {
    "weight", "bias", "scale", "program"
};

int rom_words_new(struct rom_words *m, int banks, int word_bits,
                  uint32_t words, struct arena *arena)
{
    *m = (struct rom_words) { banks, word_bits, words, NULL };
    m->data = arena_alloc_array(arena, (size_t) banks * words + 1,
                                rom_word_bytes(m));
    return m->data ? 0 : -1;
}

static void put_u64(uint8_t *word, uint64_t value, int bits)
{
    bits_put(word, 0, bits, value);
}

int rom_memories_of(struct rom_memories *m, const struct program *p,
                    struct arena *arena)
{
    const struct hw *hw = p->hw;
    const size_t params = (size_t) hw->cols * p->param_words;
    struct rom_words *weight = &m->memory[ROM_WEIGHT];
    struct rom_words *bias = &m->memory[ROM_BIAS];
    struct rom_words *scale = &m->memory[ROM_SCALE];
    struct rom_words *code = &m->memory[ROM_PROGRAM];

    if (rom_words_new(weight, hw->cols, program_weight_word_bits(hw),
                      p->weight_words, arena)
        || rom_words_new(bias, hw->cols, hw->acc_bits, p->param_words, arena)
        || rom_words_new(scale, hw->cols, program_scale_word_bits(hw),
                         p->param_words, arena)
        || rom_words_new(code, 1, 32, p->code_header.words, arena))
        return -1;
    memcpy(weight->data, p->weight_image,
           rom_bank_bytes(weight) * (size_t) weight->banks);
    for (size_t i = 0; i < params; i++) {
        put_u64(bias->data + i * rom_word_bytes(bias),
                (uint64_t) p->bias_image[i], bias->word_bits);
        put_u64(scale->data + i * rom_word_bytes(scale), p->scale_image[i],
                scale->word_bits);
    }
    for (size_t i = 0; i < code->words; i++)
        put_u64(code->data + 4 * i, p->code[i], 32);
    return 0;
}

/* ----------------------------------------------------------------- banking */

static int groups_of(enum rom_memory memory, int groups)
{
    return memory == ROM_WEIGHT ? groups : 1;
}

struct rom_words rom_banked_geometry(const struct rom_words *m,
                                     enum rom_memory memory,
                                     enum rom_banking banking, int groups)
{
    const uint32_t g = (uint32_t) groups_of(memory, groups);

    if (memory == ROM_PROGRAM || banking == ROM_BY_COLUMN)
        return (struct rom_words) { m->banks, m->word_bits, m->words, NULL };
    if (banking == ROM_FLAT)
        return (struct rom_words) { 1, m->word_bits,
                                    (uint32_t) m->banks * m->words, NULL };
    return (struct rom_words) { (int) g, m->word_bits * m->banks,
                                m->words / g + (m->words % g != 0), NULL };
}

/* Copy the words of columns to the words of row groups, or back. */
static void move_rows(struct rom_words *columns, struct rom_words *rows,
                      bool back)
{
    const size_t bits = (size_t) columns->word_bits;

    for (int c = 0; c < columns->banks; c++)
        for (uint32_t a = 0; a < columns->words; a++) {
            uint8_t *one = rom_bank(columns, c)
                           + (size_t) a * rom_word_bytes(columns);
            uint8_t *wide = rom_bank(rows, (int) (a % (uint32_t) rows->banks))
                + a / (uint32_t) rows->banks * rom_word_bytes(rows);

            if (back)
                bits_copy(one, 0, wide, (size_t) c * bits, bits);
            else
                bits_copy(wide, (size_t) c * bits, one, 0, bits);
        }
}

int rom_memories_bank(struct rom_memories *to, const struct rom_memories *from,
                      enum rom_banking banking, int groups,
                      struct arena *arena)
{
    for (int i = 0; i < ROM_MEMORIES; i++) {
        struct rom_words columns = from->memory[i];
        struct rom_words *m = &to->memory[i];

        *m = rom_banked_geometry(&columns, (enum rom_memory) i, banking,
                                 groups);
        if (i == ROM_PROGRAM || banking != ROM_BY_ROW) {
            m->data = columns.data;    /* the same bytes in the same order */
            continue;
        }
        if (rom_words_new(m, m->banks, m->word_bits, m->words, arena))
            return -1;
        move_rows(&columns, m, false);
    }
    return 0;
}

int rom_memories_unbank(struct rom_memories *columns,
                        const struct rom_memories *from,
                        enum rom_banking banking, int groups,
                        struct arena *arena)
{
    (void) groups;
    for (int i = 0; i < ROM_MEMORIES; i++) {
        struct rom_words rows = from->memory[i];
        struct rom_words *m = &columns->memory[i];

        if (i == ROM_PROGRAM || banking != ROM_BY_ROW) {
            m->data = rows.data;
            continue;
        }
        if (rom_words_new(m, m->banks, m->word_bits, m->words, arena))
            return -1;
        move_rows(m, &rows, true);
    }
    return 0;
}

/* -------------------------------------------------------------- check bits */

int rom_memories_encode(struct rom_memories *to,
                        const struct rom_memories *from, struct arena *arena)
{
    for (int i = 0; i < ROM_MEMORIES; i++) {
        const struct rom_words *m = &from->memory[i];
        struct rom_words *coded = &to->memory[i];
        const size_t count = (size_t) m->banks * m->words;

        if (rom_words_new(coded, m->banks,
                          m->word_bits + secded_extra_bits(m->word_bits),
                          m->words, arena))
            return -1;
        for (size_t w = 0; w < count; w++) {
            uint8_t *word = coded->data + w * rom_word_bytes(coded);

            memcpy(word, m->data + w * rom_word_bytes(m), rom_word_bytes(m));
            secded_encode(word, m->word_bits);
        }
    }
    return 0;
}

int rom_memories_decode(struct rom_memories *to,
                        const struct rom_memories *from,
                        struct rom_health *health, struct arena *arena)
{
    *health = (struct rom_health) { 0, 0 };
    for (int i = 0; i < ROM_MEMORIES; i++) {
        const struct rom_words *coded = &from->memory[i];
        const int width = secded_data_bits(coded->word_bits);
        struct rom_words *m = &to->memory[i];
        const size_t count = (size_t) coded->banks * coded->words;

        if (rom_words_new(m, coded->banks, width, coded->words, arena))
            return -1;
        for (size_t w = 0; w < count; w++) {
            uint8_t *word = coded->data + w * rom_word_bytes(coded);
            const enum secded_result r = secded_decode(word, width);

            health->corrected += r == SECDED_CORRECTED;
            health->uncorrectable += r == SECDED_UNCORRECTABLE;
            bits_copy(m->data + w * rom_word_bytes(m), 0, word, 0,
                      (size_t) width);
        }
    }
    return 0;
}

int rom_memories_digest(const struct rom_memories *m, char *hex)
{
    struct digest sha;

    if (digest_init(&sha))
        return -1;
    for (int i = 0; i < ROM_MEMORIES; i++)
        digest_update(&sha, m->memory[i].data,
                      rom_bank_bytes(&m->memory[i])
                      * (size_t) m->memory[i].banks);
    const int failed = digest_finish(&sha, hex);

    digest_release(&sha);
    return failed;
}
