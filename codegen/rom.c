#include "codegen/rom.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/rom_manifest.h"
#include "codegen/rom_stale.h"
#include "codegen/sink.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"
#include "sim/base/interrupt.h"
#include "sim/base/path.h"
#include "sim/base/rng.h"

/* What a gap may cost where a format cannot leave it out. */
static const uint64_t max_dense_bytes = UINT64_C(1) << 30;

struct writer {
    const struct program *program;
    const struct rom_options *options;
    const struct rom_layout *layout;
    const char *folder;
    struct rom_manifest manifest;
    struct rom_memories stored;
    struct rom_stats *stats;
    struct diag *diag;
    struct place place;
    struct arena arena;
    struct sink sink;
};

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

/* ------------------------------------------------------------- soft errors */

static bool hit(const struct rom_inject *inject, int memory)
{
    bool any = false;

    for (int i = 0; i < ROM_MEMORIES; i++)
        any = any || inject->memory[i];
    return !any || inject->memory[memory];
}

static int64_t memory_bits(const struct rom_words *m)
{
    return (int64_t) m->banks * m->words * m->word_bits;
}

/* Bit `bit` of a memory, counted through its words. */
static void flip(struct rom_words *m, int64_t bit)
{
    const size_t word = (size_t) (bit / m->word_bits);
    const int at = (int) (bit % m->word_bits);

    m->data[word * rom_word_bytes(m) + (size_t) at / 8] ^=
        (uint8_t) (1u << at % 8);
}

int rom_flip_bits(struct rom_memories *m, const struct rom_inject *inject,
                  struct diag *diag, struct place place)
{
    int64_t total = 0;
    struct rng rng;

    for (int i = 0; i < ROM_MEMORIES; i++)
        total += hit(inject, i) ? memory_bits(&m->memory[i]) : 0;
    if (inject->bits > total)
        return diag_error(diag, place, "%" PRId64 " bits to flip, must be at "
                          "most %" PRId64 ", what the memories hold",
                          inject->bits, total);
    uint8_t *done = calloc(1, (size_t) total / 8 + 1);

    if (!done)
        return diag_error(diag, place, "out of memory");
    rng_init(&rng, inject->seed);
    for (int64_t left = inject->bits; left > 0;) {
        int64_t bit = rng_range(&rng, 0, total - 1);
        const uint8_t mask = (uint8_t) (1u << bit % 8);
        int i = 0;

        if (done[bit / 8] & mask)
            continue;
        done[bit / 8] |= mask;
        for (; !hit(inject, i) || bit >= memory_bits(&m->memory[i]); i++)
            bit -= hit(inject, i) ? memory_bits(&m->memory[i]) : 0;
        flip(&m->memory[i], bit);
        left--;
    }
    free(done);
    return 0;
}

/* ------------------------------------------------------------------- files */

/* What a file's first lines say. */
static const char *title_of(struct writer *w, int image)
{
    const struct rom_plan *plan = &w->manifest.plan;
    const struct rom_image *g = &plan->image[image];
    const struct rom_place *first = NULL;
    const char *bank = "", *what = "";

    for (int i = plan->places - 1; i >= 0; i--)
        if (plan->place[i].image == image)
            first = &plan->place[i];
    const struct rom_words *m = &w->stored.memory[first->memory];

    if (w->layout->split == ROM_BY_BANK && first->memory != ROM_PROGRAM
        && w->layout->banking != ROM_FLAT)
        bank = arena_printf(&w->arena, " of %s %d",
                            w->layout->banking == ROM_BY_ROW ? "row group"
                                                             : "column",
                            first->bank);
    what = w->layout->split == ROM_ONE_FILE ? "all memories"
        : arena_printf(&w->arena, "%s ROM", rom_memory_names[first->memory]);
    if (w->layout->packing == ROM_AS_WORDS)
        return arena_printf(&w->arena, "%s%s: %" PRIu64 " words of %d bits",
                            what, bank, g->units, m->word_bits);
    return arena_printf(&w->arena, "%s%s: %" PRIu64 " units of %d bits at 0x%"
                        PRIx64, what, bank, g->units, g->unit_bits,
                        g->address);
}

static int compare_segments(const void *a, const void *b)
{
    const struct format_segment *x = a, *y = b;

    return x->address < y->address ? -1 : x->address > y->address;
}

static size_t unit_bytes(const struct rom_image *g)
{
    return ((size_t) g->unit_bits + 7) / 8;
}

/* One segment of all units, gaps filled. */
static int make_dense(struct writer *w, const struct rom_image *g,
                      struct format_content *c, struct format_segment *one)
{
    const size_t bytes = unit_bytes(g);
    const uint8_t top = (uint8_t) (g->unit_bits % 8
        ? (1u << g->unit_bits % 8) - 1 : 0xff);

    if (g->units > max_dense_bytes / bytes)
        return diag_error(w->diag, w->place, "image '%s' has %" PRIu64 " units "
                          "with its gaps, must have at most %" PRIu64 " in "
                          "format '%s', which cannot leave gaps out", g->name,
                          g->units, max_dense_bytes / bytes,
                          w->layout->format->name);
    uint8_t *all = arena_alloc_array(&w->arena, g->units + 1, bytes);

    if (!all)
        return diag_error(w->diag, w->place, "out of memory");
    memset(all, w->layout->fill, g->units * bytes);
    for (uint64_t u = 0; top != 0xff && u < g->units; u++)
        all[(u + 1) * bytes - 1] &= top;
    for (int i = 0; i < c->segments; i++)
        memcpy(all + (c->segment[i].address - g->address) * bytes,
               c->segment[i].bytes, c->segment[i].units * bytes);
    *one = (struct format_segment) { g->address, g->units, all };
    c->segment = one;
    c->segments = 1;
    return 0;
}

static int write_file(struct writer *w, const struct format_content *c,
                      const char *name, bool header, char *sha_text)
{
    const struct format *f = w->layout->format;
    const char *path = path_join(&w->arena, w->folder, name);
    struct file_writer file;
    struct digest sha;

    if (!path || digest_init(&sha))
        return diag_error(w->diag, w->place, "out of memory");
    const struct place place = place_of_file(path);

    if (file_writer_open(&file, path, w->diag, place)) {
        digest_release(&sha);
        return -1;
    }
    sink_init(&w->sink, &file, NULL, &sha);
    if (header)
        f->write_header(&w->sink, c);
    else
        f->write(&w->sink, c);
    sink_flush(&w->sink);
    if (w->sink.total > ROM_MAX_FILE_BYTES) {
        digest_release(&sha);
        file_writer_abort(&file);
        return diag_error(w->diag, place, "'%s' has %zu bytes in format '%s', "
                          "must have at most %zu: split it, or take another "
                          "format", name, w->sink.total, f->name,
                          ROM_MAX_FILE_BYTES);
    }
    w->stats->files++;
    w->stats->file_bytes += (int64_t) w->sink.total;
    const int failed = digest_finish(&sha, sha_text);

    digest_release(&sha);
    if (failed) {
        file_writer_abort(&file);
        return diag_error(w->diag, w->place, "out of memory");
    }
    return file_writer_commit(&file, w->diag, place);
}

/* Every N-th byte of the segments, from byte `lane` on. */
static struct format_segment *take_lane(struct writer *w,
                                        const struct format_content *c,
                                        int lane)
{
    const uint64_t lanes = (uint64_t) w->layout->byte_lanes;
    struct format_segment *to =
        arena_alloc_array(&w->arena, (size_t) c->segments, sizeof(*to));

    for (int i = 0; to && i < c->segments; i++) {
        const struct format_segment *from = &c->segment[i];
        uint8_t *bytes = arena_alloc(&w->arena, from->units / lanes + 1);

        if (!bytes)
            return NULL;
        for (uint64_t b = 0; b < from->units / lanes; b++)
            bytes[b] = from->bytes[b * lanes + (uint64_t) lane];
        to[i] = (struct format_segment) { from->address / lanes,
                                          from->units / lanes, bytes };
    }
    return to;
}

static int write_parts(struct writer *w, struct format_content *c, int image)
{
    const struct rom_layout *l = w->layout;
    const struct rom_image *g = &w->manifest.plan.image[image];
    struct rom_image lane_image = *g;
    struct format_segment one;
    char header_sha[DIGEST_HEX_CHARS + 1], stem[64];

    lane_image.address /= (uint64_t) l->byte_lanes;
    lane_image.units /= (uint64_t) l->byte_lanes;
    for (int lane = 0; lane < l->byte_lanes; lane++) {
        const int at = image * l->byte_lanes + lane;
        struct format_content part = *c;
        char name[80];

        rom_file_name(l, g, lane, l->format->extension, name);
        w->manifest.file[at] = arena_strdup(&w->arena, name);
        if (l->byte_lanes > 1) {
            part.segment = take_lane(w, c, lane);
            part.labels = 0;
            snprintf(stem, sizeof(stem), "%s.lane%d", g->name, lane);
            part.name = stem;
        }
        if (!part.segment || !w->manifest.file[at])
            return diag_error(w->diag, w->place, "out of memory");
        if ((!l->format->has_addresses
             && make_dense(w, &lane_image, &part, &one))
            || write_file(w, &part, name, false, w->manifest.file_sha[at]))
            return -1;
        if (!l->format->write_header)
            continue;
        rom_file_name(l, g, lane, "h", name);
        if (write_file(w, &part, name, true, header_sha))
            return -1;
    }
    return 0;
}

/* A line of a comment in any language: names may hold what ends it. */
static char *subtitle_of(struct writer *w)
{
    char *text = arena_printf(&w->arena, "network %s, hardware %s",
                              w->program->network, w->program->hw->name);

    for (char *c = text; c && *c; c++)
        if ((unsigned char) *c < ' ' || *c == '*' || *c == '%')
            *c = '_';
    return text;
}

static int write_image(struct writer *w, int image)
{
    const struct rom_plan *plan = &w->manifest.plan;
    const struct rom_image *g = &plan->image[image];
    const size_t most = (size_t) plan->places;
    struct format_segment *segment =
        arena_alloc_array(&w->arena, most, sizeof(*segment));
    struct format_label *label =
        arena_alloc_array(&w->arena, most, sizeof(*label));
    struct format_content c = {
        .name = g->name, .title = title_of(w, image), .unit_bits = g->unit_bits,
        .subtitle = subtitle_of(w),
        .addresses = w->layout->addresses, .segment = segment, .label = label
    };

    if (!segment || !label || !c.title || !c.subtitle)
        return diag_error(w->diag, w->place, "out of memory");
    for (int i = 0; i < plan->places; i++) {
        const struct rom_place *p = &plan->place[i];
        const struct rom_words *m = &w->stored.memory[p->memory];

        if (p->image != image)
            continue;
        uint8_t *bytes = arena_alloc_array(&w->arena, p->units + 1,
                                           unit_bytes(g));
        const char *name = m->banks == 1
            ? rom_memory_names[p->memory]
            : arena_printf(&w->arena, "%s_%03d", rom_memory_names[p->memory],
                           p->bank);

        if (!bytes || !name)
            return diag_error(w->diag, w->place, "out of memory");
        rom_pack(w->layout, m, p->bank, bytes);
        segment[c.segments++] = (struct format_segment) { p->address,
                                                          p->units, bytes };
        label[c.labels++] = (struct format_label) { name, p->address,
                                                    p->units };
    }
    qsort(segment, (size_t) c.segments, sizeof(*segment), compare_segments);
    return write_parts(w, &c, image);
}

/* --------------------------------------------------------------------- all */

/* The memories as the files will hold them, and their digests. */
static int prepare(struct writer *w)
{
    struct rom_manifest *m = &w->manifest;
    const struct rom_layout *l = w->layout;
    struct rom_memories banked;

    if (rom_memories_of(&m->columns, w->program, &w->arena)
        || rom_memories_digest(&m->columns, m->sha256)
        || rom_tensors_of(&m->tensors, w->program, w->options->qnet,
                          &w->arena)
        || rom_memories_bank(&banked, &m->columns, l->banking, l->groups,
                             &w->arena)
        || (l->secded && rom_memories_encode(&w->stored, &banked, &w->arena)))
        return diag_error(w->diag, w->place, "out of memory");
    if (!l->secded)
        w->stored = banked;
    m->layout = *l;
    m->stored = w->stored;
    if (rom_plan(&m->plan, l, &w->stored, &w->arena, w->diag, w->place))
        return -1;
    const size_t files = (size_t) m->plan.images * (size_t) l->byte_lanes;

    m->crc = arena_alloc_array(&w->arena, (size_t) m->plan.places,
                               sizeof(*m->crc));
    m->file = arena_alloc_array(&w->arena, files, sizeof(*m->file));
    m->file_sha = arena_alloc_array(&w->arena, files, sizeof(*m->file_sha));
    if (!m->crc || !m->file || !m->file_sha)
        return diag_error(w->diag, w->place, "out of memory");
    for (int i = 0; i < m->plan.places; i++) {
        const struct rom_words *s = &w->stored.memory[m->plan.place[i].memory];

        m->crc[i] = digest_crc32(0, rom_bank(s, m->plan.place[i].bank),
                                 rom_bank_bytes(s));
    }
    return 0;
}

static void count_bits(struct writer *w)
{
    const struct rom_words *c = w->manifest.columns.memory;

    w->stats->weight_bits = memory_bits(&c[ROM_WEIGHT]);
    w->stats->param_bits = memory_bits(&c[ROM_BIAS])
                           + memory_bits(&c[ROM_SCALE]);
    for (int i = 0; i < ROM_MEMORIES; i++)
        w->stats->stored_bits += memory_bits(&w->stored.memory[i]);
}

static int write_images(struct writer *w)
{
    struct rom_stale old;
    int result = 0;

    rom_stale_init(&old, w->folder);

    for (int i = 0; i < w->manifest.plan.images && !result; i++)
        result = interrupt_requested() ? -1 : write_image(w, i);
    w->stats->files++;
    if (!result)
        result = rom_manifest_write(&w->manifest, w->program, w->folder,
                                    w->diag);
    if (!result)
        w->stats->removed = rom_stale_remove(&old, &w->manifest);
    rom_stale_release(&old);
    return result;
}

static int write_all(struct writer *w)
{
    const struct rom_inject *inject = &w->options->inject;

    if (rom_layout_check(w->layout, w->diag, w->place) || prepare(w))
        return -1;
    count_bits(w);
    if (inject->bits > 0
        && rom_flip_bits(&w->stored, inject, w->diag, w->place))
        return -1;
    w->manifest.injected = inject->bits;
    w->manifest.seed = (int64_t) inject->seed;
    if (file_make_dirs(w->folder, w->diag, w->place))
        return -1;
    return write_images(w);
}

int rom_write_as(const struct program *program,
                 const struct rom_options *options, const char *folder,
                 struct rom_stats *stats, struct diag *diag)
{
    struct writer *w = calloc(1, sizeof(*w));
    int result;

    memset(stats, 0, sizeof(*stats));
    if (!w)
        return diag_error(diag, place_of_file(folder), "out of memory");
    w->program = program;
    w->options = options;
    w->layout = &options->layout;
    w->folder = folder;
    w->stats = stats;
    w->diag = diag;
    w->place = place_of_file(folder);
    arena_init(&w->arena, 0);
    result = write_all(w);
    arena_release(&w->arena);
    free(w);
    return result;
}

int rom_write(const struct program *program, const char *folder,
              struct rom_stats *stats, struct diag *diag)
{
    struct rom_options options = { .qnet = NULL };

    rom_layout_init(&options.layout, format_find("mem"), program->hw->rows);
    return rom_write_as(program, &options, folder, stats, diag);
}
