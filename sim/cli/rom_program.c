#include "sim/cli/rom_program.h"

#include <inttypes.h>
#include <string.h>

#include "codegen/bits.h"
#include "sim/fx/fx.h"
#include "sim/program/program_load.h"

/* The images fit the machine that is to run them. */
static int check(struct rom_program *r, struct session *s, const char *image)
{
    const struct rom_manifest *m = &r->set.manifest;
    const struct place place = place_of_file(m->path ? m->path : image);
    const int bits[] = { program_weight_word_bits(&s->hw), s->hw.acc_bits,
                         program_scale_word_bits(&s->hw), 32 };

    if (strcmp(m->program_digest, s->program.digest))
        return diag_error(&s->diag, place, "the images are of network '%s', "
                          "program %.16s, must be of '%s', program %.16s, "
                          "which this design gives", m->network,
                          m->program_digest, s->program.network,
                          s->program.digest);
    for (int i = 0; i < ROM_MEMORIES; i++) {
        const struct rom_words *w = &r->set.columns.memory[i];
        const int columns = i == ROM_PROGRAM ? 1 : s->hw.cols;

        if (w->word_bits != bits[i] || w->banks != columns)
            return diag_error(&s->diag, place, "memory '%s' has %d banks of "
                              "words of %d bits, must have %d of %d on "
                              "hardware '%s'", rom_memory_names[i], w->banks,
                              w->word_bits, columns, bits[i], s->hw.name);
    }
    return 0;
}

/* Flattens behind the last layer with a descriptor: no memory knows them. */
static int last_flattens(const struct program *p)
{
    int count = 0;

    while (count < p->desc_count
           && p->desc[p->desc_count - 1 - count].op == NET_FLATTEN)
        count++;
    return count;
}

static uint64_t word_of(const struct rom_words *m, size_t w)
{
    return bits_get(m->data + w * rom_word_bytes(m), 0, m->word_bits);
}

/* The words as program_load wants them. -1 without memory. */
static int gather(struct rom_program *r, struct session *s,
                  struct program_words *w)
{
    const struct rom_words *m = r->set.columns.memory;
    const size_t params = (size_t) s->hw.cols * m[ROM_SCALE].words;
    struct arena *arena = &r->set.arena;
    uint32_t *code = arena_alloc_array(arena, m[ROM_PROGRAM].words + 1u,
                                       sizeof(*code));
    int64_t *bias = arena_alloc_array(arena, params + 1, sizeof(*bias));
    uint64_t *scale = arena_alloc_array(arena, params + 1, sizeof(*scale));
    const char **name = arena_alloc_array(arena,
                                          (size_t) s->net.layer_count + 1,
                                          sizeof(*name));

    if (!code || !bias || !scale || !name
        || m[ROM_BIAS].words != m[ROM_SCALE].words)
        return -1;
    for (size_t i = 0; i < m[ROM_PROGRAM].words; i++)
        code[i] = (uint32_t) word_of(&m[ROM_PROGRAM], i);
    for (size_t i = 0; i < params; i++) {
        bias[i] = fx_wrap((int64_t) word_of(&m[ROM_BIAS], i), s->hw.acc_bits);
        scale[i] = word_of(&m[ROM_SCALE], i);
    }
    for (int i = 0; i < s->net.layer_count; i++)
        name[i] = s->net.layer[i].name;
    *w = (struct program_words) {
        .code = code, .code_words = m[ROM_PROGRAM].words,
        .weight = m[ROM_WEIGHT].data, .weight_words = m[ROM_WEIGHT].words,
        .bias = bias, .scale = scale, .param_words = m[ROM_SCALE].words,
        .network = s->net.name, .layer_name = name,
        .layer_names = s->net.layer_count,
        .last_flattens = last_flattens(&s->program),
        .damaged = r->set.manifest.injected > 0
    };
    return 0;
}

int rom_program_open(struct rom_program *r, struct session *s)
{
    const char *image = s->options->rom.text[ROM_ARG_IMAGE];
    const struct rom_read_options options = {
        .manifest = s->options->rom.text[ROM_ARG_MANIFEST],
        .damaged_if_injected = true
    };
    struct program_words words;

    memset(r, 0, sizeof(*r));
    if (rom_read(&r->set, image, &options, &s->diag) || check(r, s, image))
        return -1;
    if (gather(r, s, &words))
        return diag_error(&s->diag, place_of_file(image), "out of memory");
    if (program_load(&r->program, &words, &s->hw, place_of_file(image),
                     &s->diag))
        return -1;
    if (r->program.desc_count != s->program.desc_count)
        return diag_error(&s->diag, place_of_file(image), "the program ROM has "
                          "%d layers, network '%s' has %d",
                          r->program.desc_count, s->net.name,
                          s->program.desc_count);
    /* Scales and shapes are not in the memories; the digest says that they
     * are these. */
    r->program.net = s->program.net;
    r->program.tensor = s->program.tensor;
    memcpy(r->program.digest, s->program.digest, sizeof(s->program.digest));
    r->model = array_new(&r->program, NULL);
    return r->model ? 0 : diag_error(&s->diag, place_of_file(image),
                                     "out of memory");
}

void rom_program_release(struct rom_program *r)
{
    array_free(r->model);
    program_release(&r->program);
    rom_set_release(&r->set);
}
