#include "codegen/rom_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/file.h"
#include "sim/base/path.h"
#include "sim/program/descriptor.h"

/* Of units; more the memories of a manifest cannot have. */
enum { IMAGE_MAX_BYTES = 1 << 30 };

struct reader {
    struct rom_set *set;
    const struct rom_manifest *m;
    const struct format *format;
    const char *folder, *only;         /* one of the two */
    const struct rom_read_options *options;
    struct rom_memories stored;
    const char *changed;               /* a file that is not as written */
    struct diag *diag;
};

/* ------------------------------------------------------------------- files */

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_json(const char *path)
{
    const size_t n = strlen(path);

    return n > 5 && !strcmp(path + n - 5, ".json");
}

static const char *find_manifest(struct arena *arena, const char *image,
                                 const struct rom_read_options *o)
{
    if (o->manifest)
        return is_folder(o->manifest)
            ? path_join(arena, o->manifest, "manifest.json") : o->manifest;
    if (is_folder(image))
        return path_join(arena, image, "manifest.json");
    return is_json(image) ? image : path_beside(arena, image,
                                                "manifest.json");
}

/* Where the files are: in a folder, or the one that was named. */
static int find_files(struct reader *r, const char *image)
{
    const int files = r->m->plan.images * r->m->layout.byte_lanes;

    if (is_folder(image)) {
        r->folder = image;
    } else if (is_json(image)) {
        r->folder = r->m->folder;
    } else if (files != 1) {
        return diag_error(r->diag, place_of_file(image), "'%s' is one of %d "
                          "files of its manifest, must be their folder", image,
                          files);
    } else {
        r->only = image;
    }
    const struct format *f = r->options->format;

    r->format = f ? f : r->m->layout.format;
    if (f && f != r->m->layout.format
        && !(f->bytes_only && (r->m->layout.format->bytes_only
                               || r->m->layout.byte_lanes > 1)))
        return diag_error(r->diag, place_of_file(image), "format is '%s', must "
                          "be '%s' as in the manifest, or both one of bytes",
                          f->name, r->m->layout.format->name);
    return 0;
}

/* The file of an image's lane as a stream, whose first address is checked. */
static int read_file(struct reader *r, int image, int lane,
                     struct stream *stream, uint64_t *offset,
                     const char **path)
{
    const struct rom_manifest *m = r->m;
    const struct rom_image *g = &m->plan.image[image];
    const int lanes = m->layout.byte_lanes;
    size_t size;

    *path = r->only ? r->only : path_join(&r->set->arena, r->folder,
                                          m->file[image * lanes + lane]);
    if (!*path)
        return diag_error(r->diag, place_of_file(m->path), "out of memory");
    char *text = file_read_all(*path, ROM_MAX_FILE_BYTES, &size, r->diag,
                               place_of_file(*path));

    if (!text)
        return -1;
    const int result = format_read(r->format, *path, text, size, g->unit_bits,
                                   IMAGE_MAX_BYTES, stream, r->diag);

    /* Elsewhere written again (other line ends), it may hold the same words. */
    char sha[DIGEST_HEX_CHARS + 1];

    if (!result && !r->only && !r->changed
        && !digest_sha256(text, size, sha)
        && strcmp(sha, m->file_sha[image * lanes + lane]))
        r->changed = *path;
    free(text);
    *offset = r->format->has_addresses ? 0 : g->address / (uint64_t) lanes;
    return result;
}

/* A file with units where the image has none is not this image. */
static int check_end(struct reader *r, const char *path,
                     const struct rom_image *g, const struct stream *s,
                     uint64_t offset)
{
    const uint64_t lanes = (uint64_t) r->m->layout.byte_lanes;
    const uint64_t begin = g->address / lanes;
    const uint64_t end = (g->address + g->units) / lanes;

    for (size_t i = 0; i < s->records; i++) {
        const struct stream_record *q = &s->record[i];
        const uint64_t first = q->address + offset;

        if (q->address > end || first < begin || first > end
            || q->units > end - first)
            return diag_error(r->diag, (struct place) { path, q->line, 1, 1 },
                              "'%s' has %" PRIu64 " units from 0x%" PRIx64
                              " on, must be within 0x%" PRIx64 " to 0x%" PRIx64
                              " by the manifest", path, q->units, first, begin,
                              end - 1);
    }
    return 0;
}

/* ------------------------------------------------------------------- banks */

/* The units of a bank out of its image's lanes. */
static int gather(struct reader *r, const struct rom_place *p,
                  const struct stream *stream, const uint64_t *offset,
                  const char *const *path, uint8_t *units)
{
    const struct rom_image *g = &r->m->plan.image[p->image];
    const uint64_t lanes = (uint64_t) r->m->layout.byte_lanes;
    const uint64_t count = p->units / lanes;
    uint8_t *part = units;

    if (lanes > 1)
        part = arena_alloc(&r->set->arena, count + 1);
    if (!part)
        return diag_error(r->diag, place_of_file(r->m->path), "out of memory");
    for (uint64_t l = 0; l < lanes; l++) {
        const uint64_t at = p->address / lanes - offset[l];
        const uint64_t have = stream_copy(&stream[l], at, count, part);

        if (have < count)
            return diag_error(r->diag, place_of_file(path[l]), "'%s' lacks "
                              "address 0x%" PRIx64 " of memory '%s', bank %d: "
                              "%" PRIu64 " of %" PRIu64 " units of %d bits are "
                              "there", path[l], p->address / lanes + have,
                              rom_memory_names[p->memory], p->bank, have, count,
                              g->unit_bits);
        for (uint64_t i = 0; lanes > 1 && i < count; i++)
            units[i * lanes + l] = part[i];
    }
    return 0;
}

static int read_bank(struct reader *r, int index, const struct stream *stream,
                     const uint64_t *offset, const char *const *path)
{
    const struct rom_place *p = &r->m->plan.place[index];
    const struct rom_image *g = &r->m->plan.image[p->image];
    struct rom_words *s = &r->stored.memory[p->memory];
    uint8_t *units = malloc(p->units * (((size_t) g->unit_bits + 7) / 8) + 64);
    int result = -1;

    if (!units)
        return diag_error(r->diag, place_of_file(r->m->path), "out of memory");
    if (!gather(r, p, stream, offset, path, units)) {
        rom_unpack(&r->m->layout, s, p->bank, units);
        result = 0;
    }
    free(units);
    if (result == 0 && digest_crc32(0, rom_bank(s, p->bank), rom_bank_bytes(s))
                       != r->m->crc[index])
        r->set->damaged_banks++;
    return result;
}

static int read_image(struct reader *r, int image)
{
    const int lanes = r->m->layout.byte_lanes;
    struct stream stream[ROM_MAX_LANES];
    uint64_t offset[ROM_MAX_LANES];
    const char *path[ROM_MAX_LANES];
    int open = 0, result = 0;

    for (; open < lanes && !result; open++)
        result = read_file(r, image, open, &stream[open], &offset[open],
                           &path[open]);
    if (result)
        open--;                        /* the last one holds nothing */
    for (int l = 0; l < lanes && !result; l++)
        result = check_end(r, path[l], &r->m->plan.image[image], &stream[l],
                           offset[l]);
    for (int i = 0; i < r->m->plan.places && !result; i++)
        if (r->m->plan.place[i].image == image)
            result = read_bank(r, i, stream, offset, path);
    for (int l = 0; l < open; l++)
        stream_release(&stream[l]);
    return result;
}

/* ------------------------------------------------------------------ damage */

/* Does the program ROM belong to this manifest? Said first, because then all
 * other damage follows from it. */
static int check_program(struct reader *r)
{
    const struct rom_words *code = &r->set->columns.memory[ROM_PROGRAM];
    struct descriptor_header h;
    uint32_t *words = arena_alloc_array(&r->set->arena, code->words + 1,
                                        sizeof(*words));

    if (!words)
        return diag_error(r->diag, place_of_file(r->m->path), "out of memory");
    for (uint32_t i = 0; i < code->words; i++)
        words[i] = (uint32_t) code->data[4 * i]
            | (uint32_t) code->data[4 * i + 1] << 8
            | (uint32_t) code->data[4 * i + 2] << 16
            | (uint32_t) code->data[4 * i + 3] << 24;
    if (descriptor_decode_header(&h, words, code->words))
        return 0;                      /* damaged: the CRCs say where */
    if (h.program_crc == r->m->program_crc && h.image_crc == r->m->image_crc
        && h.hardware == r->m->hardware)
        return 0;
    return diag_error(r->diag, place_of_file(r->m->path), "the images are of "
                      "another program than the manifest's: its header has "
                      "CRC %08" PRIx32 " and image CRC %08" PRIx32 ", must be "
                      "%08" PRIx32 " and %08" PRIx32, h.program_crc,
                      h.image_crc, r->m->program_crc, r->m->image_crc);
}

static int report_damage(struct reader *r)
{
    const struct rom_manifest *m = r->m;

    for (int i = 0; i < m->plan.places; i++) {
        const struct rom_place *p = &m->plan.place[i];
        const struct rom_words *s = &r->stored.memory[p->memory];
        const char *file = m->file[p->image * m->layout.byte_lanes];
        const char *path = r->only ? r->only
            : path_join(&r->set->arena, r->folder, file);
        const uint32_t crc = digest_crc32(0, rom_bank(s, p->bank),
                                          rom_bank_bytes(s));

        if (crc != m->crc[i])
            diag_error(r->diag, place_of_file(path ? path : file), "CRC-32 of "
                       "memory '%s', bank %d, is %08" PRIx32 ", must be %08"
                       PRIx32 " by the manifest", rom_memory_names[p->memory],
                       p->bank, crc, m->crc[i]);
    }
    if (r->set->health.uncorrectable > 0)
        diag_error(r->diag, place_of_file(m->path), "%" PRId64 " words have "
                   "more wrong bits than their check bits can mend",
                   r->set->health.uncorrectable);
    return -1;
}

/* The words are those that were written, perhaps after correction. */
static int check_words(struct reader *r)
{
    struct rom_set *set = r->set;
    const bool damaged = r->options->damaged
        || (r->options->damaged_if_injected && r->m->injected > 0);
    char sha[DIGEST_HEX_CHARS + 1];

    if (rom_memories_digest(&set->columns, sha))
        return diag_error(r->diag, place_of_file(r->m->path), "out of memory");
    if (!strcmp(sha, r->m->sha256)) {
        if (set->damaged_banks > 0 && set->health.corrected == 0)
            return report_damage(r);   /* the words are right, the CRC is not */
        if (set->damaged_banks > 0 && !damaged)
            diag_warn(r->diag, place_of_file(r->m->path), "%" PRId64 " words "
                      "had a wrong bit, all are corrected",
                      set->health.corrected);
        return 0;
    }
    if (damaged)
        return 0;
    if (set->damaged_banks == 0)
        return diag_error(r->diag, place_of_file(r->m->path), "SHA-256 of all "
                          "words is %s, 'sha256' says %s", sha, r->m->sha256);
    return report_damage(r);
}

/* --------------------------------------------------------------------- all */

/* From the stored words to columns. */
static int restore(struct reader *r)
{
    struct rom_memories plain = r->stored;
    struct rom_set *set = r->set;

    set->columns = r->m->columns;
    if (r->m->layout.secded) {
        /* Correction happens in place: the words as read are looked at last
         * by report_damage, so it gets a copy. */
        struct rom_memories copy = r->stored;

        for (int i = 0; i < ROM_MEMORIES; i++) {
            struct rom_words *c = &copy.memory[i];
            const uint8_t *from = c->data;

            if (rom_words_new(c, c->banks, c->word_bits, c->words,
                              &set->arena))
                return -1;
            memcpy(c->data, from, rom_bank_bytes(c) * (size_t) c->banks);
        }
        if (rom_memories_decode(&plain, &copy, &set->health, &set->arena))
            return -1;
    }
    return rom_memories_unbank(&set->columns, &plain, r->m->layout.banking,
                               r->m->layout.groups, &set->arena);
}

static int read_all(struct reader *r)
{
    for (int i = 0; i < ROM_MEMORIES; i++) {
        const struct rom_words *s = &r->m->stored.memory[i];

        if (rom_words_new(&r->stored.memory[i], s->banks, s->word_bits,
                          s->words, &r->set->arena))
            return diag_error(r->diag, place_of_file(r->m->path),
                              "out of memory");
    }
    for (int i = 0; i < r->m->plan.images; i++)
        if (read_image(r, i))
            return -1;
    if (restore(r))
        return diag_error(r->diag, place_of_file(r->m->path), "out of memory");
    if (check_program(r))
        return -1;
    return check_words(r);
}

int rom_read(struct rom_set *set, const char *image,
             const struct rom_read_options *options, struct diag *diag)
{
    struct reader r = { .set = set, .m = &set->manifest, .options = options,
                        .diag = diag };

    memset(set, 0, sizeof(*set));
    arena_init(&set->arena, (size_t) 4 << 30);
    const char *manifest = find_manifest(&set->arena, image, options);

    if (!manifest)
        return diag_error(diag, place_of_file(image), "out of memory");
    if (rom_manifest_read(&set->manifest, manifest, diag)
        || find_files(&r, image))
        return -1;
    if (read_all(&r))
        return -1;
    if (r.changed && set->damaged_banks == 0)
        diag_warn(diag, place_of_file(r.changed), "'%s' is not as it was "
                  "written: SHA-256 is not the manifest's; all words are right",
                  r.changed);
    return 0;
}

void rom_set_release(struct rom_set *set)
{
    rom_manifest_release(&set->manifest);
    arena_release(&set->arena);
    memset(set, 0, sizeof(*set));
}
