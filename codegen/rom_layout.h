/*
 * rom_layout.h - how the words of the memories become units of image files.
 *
 *   memories (a bank a column)
 *     -> banking          other banks, wider words        rom_memories_bank
 *     -> check bits       words with SECDED               rom_memories_encode
 *     -> packing          containers of whole units       rom_pack
 *     -> addresses, split units of files                  rom_plan
 *     -> byte lanes       each file in N                  rom_image_write
 *     -> format           text or bytes                   format.h
 *
 * docs/codegen.md defines every step. Each has its way back, and rom_read.h
 * goes it.
 */
#ifndef ROM_LAYOUT_H
#define ROM_LAYOUT_H

#include "codegen/format.h"
#include "codegen/rom_memories.h"

enum rom_packing {
    ROM_AS_WORDS,        /* a unit is a word: word formats only */
    ROM_PADDED,          /* a word in as many whole units as it needs */
    ROM_TIGHT            /* words bit by bit, no gap */
};
enum rom_split { ROM_ONE_FILE, ROM_BY_MEMORY, ROM_BY_BANK };

extern const char *const rom_banking_names[];    /* end with NULL */
extern const char *const rom_packing_names[];
extern const char *const rom_split_names[];

enum { ROM_MAX_LANES = 64, ROM_MAX_UNIT_BITS = 512 };

/* Addresses above are no one's, and sums of them must not overflow. */
#define ROM_MAX_ADDRESS (UINT64_C(1) << 40)
/* A larger file is neither written nor read. */
#define ROM_MAX_FILE_BYTES ((size_t) 8 << 30)

struct rom_layout {
    const struct format *format;
    enum rom_banking banking;
    int groups;                        /* row groups, of ROM_BY_ROW */
    bool secded;
    enum rom_packing packing;
    int unit_bits;                     /* of padded and tight: 8, 16, ... 512 */
    bool big_endian, msb_first;
    enum rom_split split;
    int byte_lanes;                    /* files that each is split into */
    bool addresses;                    /* readmemh: @ even where not needed */
    uint8_t fill;                      /* of gaps between banks */
    uint64_t align;                    /* of banks, in bytes; padded, tight */
    uint64_t base;                     /* of the image: bytes, or words */
    bool has_base[ROM_MEMORIES];
    uint64_t memory_base[ROM_MEMORIES];
};

/* What the format means where nothing else is said: $readmemh and the like a
 * file a bank, byte formats one image. `rows` are the array's. */
void rom_layout_init(struct rom_layout *layout, const struct format *format,
                     int rows);

/* Choices that do not go together: an error at `place`, and -1. */
int rom_layout_check(const struct rom_layout *layout, struct diag *diag,
                     struct place place);

/* One file, or the N of its byte lanes. */
struct rom_image {
    char name[32];                     /* "weight_003", "weight", "image" */
    int unit_bits;
    uint64_t address, units;           /* of all: first to last */
};

/* A bank's place; in units of its image. */
struct rom_place {
    enum rom_memory memory;
    int bank;
    int image;
    uint64_t address, units;
};

struct rom_plan {
    struct rom_image *image;
    int images;
    struct rom_place *place;           /* memory by memory, bank by bank */
    int places;
};

/*
 * Where the banks of `stored` (banked, encoded) come to lie. -1 and an error
 * when they overlap or an address does not fit the format.
 */
int rom_plan(struct rom_plan *plan, const struct rom_layout *layout,
             const struct rom_memories *stored, struct arena *arena,
             struct diag *diag, struct place place);

/* The images' addresses and units: from their first bank to their last. */
void rom_plan_measure(struct rom_plan *plan);

/* Bits of a unit, and units of a bank, as this layout stores them. */
int rom_layout_unit_bits(const struct rom_layout *layout, int word_bits);
uint64_t rom_layout_units(const struct rom_layout *layout, int word_bits,
                          uint32_t words);

/*
 * A bank's words to rom_layout_units units, each in whole bytes, and back.
 * rom_unpack changes the bytes of `units`, and puts them back.
 */
void rom_pack(const struct rom_layout *layout, const struct rom_words *m,
              int bank, uint8_t *units);
void rom_unpack(const struct rom_layout *layout, struct rom_words *m, int bank,
                uint8_t *units);

/* The file of an image, or of one of its byte lanes: into name[80]. */
void rom_file_name(const struct rom_layout *layout,
                   const struct rom_image *image, int lane,
                   const char *extension, char *name);

#endif
