/*
 * fuzz_manifest.c - any bytes as a manifest.
 *
 * What is accepted holds together: banks lie in their images, and every
 * element of every tensor can be read from memories of the stated size.
 */
#include <stdint.h>
#include <stdlib.h>

#include "codegen/rom_manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20 };

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_tensor(const struct rom_manifest *m,
                         const struct rom_tensor *t)
{
    struct rom_words words = m->columns.memory[t->memory];
    const int64_t taps = rom_tensor_taps(t), n = rom_tensor_channels(t);
    struct arena arena;
    static volatile int64_t sink;

    require(t->rank >= 1 && t->rank <= ROM_MAX_RANK && n >= 0 && taps >= 0);
    arena_init(&arena, MAX_BYTES);
    if (n > 0 && taps > 0
        && !rom_words_new(&words, words.banks, words.word_bits, words.words,
                          &arena)) {
        sink = rom_tensor_value(t, &words, n - 1, taps - 1);
        sink = rom_tensor_value(t, &words, 0, 0);
    }
    (void) sink;
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rom_manifest m;
    struct diag d;

    if (size > MAX_BYTES)
        return 0;
    diag_init(&d);
    if (rom_manifest_parse(&m, "fuzz/manifest.json", (const char *) data, size,
                           &d) == 0) {
        require(diag_error_count(&d) == 0);
        for (int i = 0; i < m.plan.places; i++) {
            const struct rom_place *p = &m.plan.place[i];
            const struct rom_image *g = &m.plan.image[p->image];

            require(p->address >= g->address
                    && p->address + p->units <= g->address + g->units);
        }
        for (int i = 0; i < m.tensors.count; i++)
            check_tensor(&m, &m.tensors.tensor[i]);
    } else {
        require(diag_error_count(&d) >= 1);
    }
    rom_manifest_release(&m);
    diag_release(&d);
    return 0;
}
