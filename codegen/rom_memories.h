/*
 * rom_memories.h - the words of the ROMs, free of any file format.
 *
 * What a program holds is first of all four memories, each a number of banks
 * of words. Layouts (rom_layout.h) make units of them, formats (format.h) make
 * text or bytes of those.
 */
#ifndef ROM_MEMORIES_H
#define ROM_MEMORIES_H

#include "sim/base/arena.h"
#include "sim/program/program.h"

enum rom_memory { ROM_WEIGHT, ROM_BIAS, ROM_SCALE, ROM_PROGRAM, ROM_MEMORIES };

extern const char *const rom_memory_names[ROM_MEMORIES];

enum {
    ROM_MAX_BANKS = 128,               /* columns or row groups */
    ROM_MAX_WORD_BITS = 1 << 16        /* of all columns side by side, coded */
};

/* One memory. Words stand in whole bytes, the lowest first, bits above are 0:
 * word w of bank b at data[(b * words + w) * rom_word_bytes]. */
struct rom_words {
    int banks;
    int word_bits;
    uint32_t words;                    /* of a bank */
    uint8_t *data;                     /* in the arena, or NULL: not there */
};

struct rom_memories {
    struct rom_words memory[ROM_MEMORIES];
};

static inline size_t rom_word_bytes(const struct rom_words *m)
{
    return ((size_t) m->word_bits + 7) / 8;
}

static inline size_t rom_bank_bytes(const struct rom_words *m)
{
    return rom_word_bytes(m) * m->words;
}

static inline uint8_t *rom_bank(const struct rom_words *m, int bank)
{
    return m->data + rom_bank_bytes(m) * (size_t) bank;
}

/* Zeroed words of that geometry; -1 without memory. */
int rom_words_new(struct rom_words *m, int banks, int word_bits,
                  uint32_t words, struct arena *arena);

/* The words of a program, a bank for each column. -1 without memory. */
int rom_memories_of(struct rom_memories *m, const struct program *program,
                    struct arena *arena);

enum rom_banking {
    ROM_BY_COLUMN,       /* as the RTL reads them */
    ROM_BY_ROW,          /* weights: bank a % groups, columns side by side */
    ROM_FLAT             /* one bank: column 0, column 1, ... */
};

/*
 * The memories in other banks, and back. By row, address a of all columns is
 * word a / groups of bank a % groups, column 0 lowest; words past the end are
 * 0; biases and scales have one group. The program has one bank always.
 * `columns` is the geometry that was there before; its data is filled in.
 * Data that need not move are shared. -1 without memory.
 */
int rom_memories_bank(struct rom_memories *to, const struct rom_memories *from,
                      enum rom_banking banking, int groups,
                      struct arena *arena);
int rom_memories_unbank(struct rom_memories *columns,
                        const struct rom_memories *from,
                        enum rom_banking banking, int groups,
                        struct arena *arena);

/* The geometry (no data) that rom_memories_bank gives. */
struct rom_words rom_banked_geometry(const struct rom_words *m,
                                     enum rom_memory memory,
                                     enum rom_banking banking, int groups);

/* What the check bits had to say of the words read. */
struct rom_health {
    int64_t corrected, uncorrectable;  /* words */
};

/* Words with check bits (secded.h), and back; -1 without memory. */
int rom_memories_encode(struct rom_memories *to,
                        const struct rom_memories *from, struct arena *arena);
int rom_memories_decode(struct rom_memories *to,
                        const struct rom_memories *from,
                        struct rom_health *health, struct arena *arena);

/* SHA-256 of all words of all banks, in order: hex[65]. 0 or -1. */
int rom_memories_digest(const struct rom_memories *m, char *hex);

#endif
