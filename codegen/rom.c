#include "codegen/rom.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/rom_manifest.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/path.h"

struct rom_geometry rom_geometry(const struct program *program,
                                 enum rom_memory memory)
{
    const struct hw *hw = program->hw;

    switch (memory) {
    case ROM_WEIGHT:
        return (struct rom_geometry) { "weight", hw->cols,
                                       program_weight_word_bits(hw),
                                       program->weight_words };
    case ROM_BIAS:
        return (struct rom_geometry) { "bias", hw->cols, hw->acc_bits,
                                       program->param_words };
    case ROM_SCALE:
        return (struct rom_geometry) { "scale", hw->cols,
                                       program_scale_word_bits(hw),
                                       program->param_words };
    default:
        return (struct rom_geometry) { "program", 1, 32,
                                       program->code_header.words };
    }
}

static void put_u64(uint64_t value, int bits, uint8_t *word)
{
    for (int i = 0; i < (bits + 7) / 8; i++)
        word[i] = (uint8_t) (value >> 8 * i);
    if (bits % 8)
        word[bits / 8] &= (uint8_t) ((1u << bits % 8) - 1);
}

void rom_word(const struct program *program, enum rom_memory memory, int bank,
              uint32_t address, uint8_t word[ROM_WORD_BYTES])
{
    const struct rom_geometry g = rom_geometry(program, memory);
    const size_t at = (size_t) bank * g.words + address;

    memset(word, 0, ROM_WORD_BYTES);
    if (memory == ROM_WEIGHT)
        memcpy(word, program->weight_image + at * program->weight_word_bytes,
               program->weight_word_bytes);
    else if (memory == ROM_BIAS)
        put_u64((uint64_t) program->bias_image[at], g.word_bits, word);
    else if (memory == ROM_PROGRAM)
        put_u64(program->code[address], g.word_bits, word);
    else
        put_u64(program->scale_image[at], g.word_bits, word);
}

/* A word as hexadecimal digits, most significant first, and a line end. */
static size_t format_word(const uint8_t *word, int bits, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    for (int d = (bits + 3) / 4 - 1; d >= 0; d--)
        out[n++] = digits[word[d / 2] >> (d % 2 ? 4 : 0) & 15];
    out[n++] = '\n';
    return n;
}

static int write_bank(const struct program *program, enum rom_memory memory,
                      int bank, const char *path, uint32_t *crc,
                      struct digest *sha, struct diag *diag)
{
    const struct rom_geometry g = rom_geometry(program, memory);
    const struct place place = place_of_file(path);
    const size_t bytes = ((size_t) g.word_bits + 7) / 8;
    uint8_t word[ROM_WORD_BYTES];
    char line[2 * ROM_WORD_BYTES + 2];
    struct file_writer w;

    if (file_writer_open(&w, path, diag, place))
        return -1;
    if (memory == ROM_PROGRAM)
        file_writer_printf(&w, "// %s ROM: ", g.name);
    else
        file_writer_printf(&w, "// %s ROM of column %d: ", g.name, bank);
    file_writer_printf(&w, "%" PRIu32 " words of %d bits\n// network %s, "
                       "hardware %s\n", g.words, g.word_bits,
                       program->network, program->hw->name);
    *crc = 0;
    for (uint32_t a = 0; a < g.words; a++) {
        rom_word(program, memory, bank, a, word);
        *crc = digest_crc32(*crc, word, bytes);
        digest_update(sha, word, bytes);
        file_writer_write(&w, line, format_word(word, g.word_bits, line));
    }
    return file_writer_commit(&w, diag, place);
}

static int write_memory(const struct program *program, enum rom_memory memory,
                        const char *folder, json_t *banks, struct digest *sha,
                        struct arena *arena, struct diag *diag)
{
    const struct rom_geometry g = rom_geometry(program, memory);

    for (int c = 0; c < g.banks; c++) {
        const char *name = memory == ROM_PROGRAM
            ? arena_printf(arena, "%s.mem", g.name)
            : arena_printf(arena, "%s_%03d.mem", g.name, c);
        const char *path = name ? path_join(arena, folder, name) : NULL;
        char crc_text[16];
        uint32_t crc;

        if (!path)
            return diag_error(diag, place_of_file(folder), "out of memory");
        if (write_bank(program, memory, c, path, &crc, sha, diag))
            return -1;
        snprintf(crc_text, sizeof(crc_text), "%08" PRIx32, crc);
        json_array_append_new(banks, json_pack("{s:s, s:i, s:s, s:s}",
            "memory", g.name, "column", c, "file", name, "crc32", crc_text));
    }
    return 0;
}

int rom_write(const struct program *program, const char *folder,
              struct rom_stats *stats, struct diag *diag)
{
    const struct place place = place_of_file(folder);
    json_t *banks = json_array();
    char sha_text[DIGEST_HEX_CHARS + 1] = "";
    struct digest sha;
    struct arena arena;
    int result = -1;

    arena_init(&arena, 0);
    if (digest_init(&sha) || !banks) {
        diag_error(diag, place, "out of memory");
        goto done;
    }
    if (file_make_dirs(folder, diag, place))
        goto done;
    for (int m = 0; m < ROM_MEMORIES; m++)
        if (write_memory(program, (enum rom_memory) m, folder, banks, &sha,
                         &arena, diag))
            goto done;
    if (digest_finish(&sha, sha_text)) {
        diag_error(diag, place, "out of memory");
        goto done;
    }
    result = rom_manifest_write(program, folder, banks, sha_text, diag);
    stats->files = (ROM_MEMORIES - 1) * program->hw->cols + 2;
    stats->weight_bits = (int64_t) program->hw->cols * program->weight_words
                         * program_weight_word_bits(program->hw);
    stats->param_bits = (int64_t) program->hw->cols * program->param_words
                        * (program->hw->acc_bits
                           + program_scale_word_bits(program->hw));

done:
    digest_release(&sha);
    json_decref(banks);
    arena_release(&arena);
    return result;
}
