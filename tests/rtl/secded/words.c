/*
 * words.c - coded words with none to four wrong bits, and what codegen/secded.c
 * makes of them: words WIDTH COUNT SEED. Lines of "code data corrected
 * uncorrectable" for bench.sv.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/secded.h"
#include "sim/base/rng.h"

enum { MAX_BYTES = 1024 };

static void print(const uint8_t *word, int bits)
{
    for (int d = (bits + 3) / 4 - 1; d >= 0; d--) {
        int digit = word[d / 2] >> (d % 2 ? 4 : 0) & 15;

        if (4 * d + 4 > bits)
            digit &= (1 << (bits - 4 * d)) - 1;
        printf("%x", (unsigned) digit);
    }
}

int main(int argc, char **argv)
{
    const int width = argc > 1 ? atoi(argv[1]) : 8;
    const int count = argc > 2 ? atoi(argv[2]) : 10;
    const int coded = width + secded_extra_bits(width);
    static const char *const flags[] = { "0 0", "1 0", "0 1" };
    struct rng rng;

    rng_init(&rng, argc > 3 ? strtoull(argv[3], NULL, 0) : 1);
    for (int i = 0; i < count; i++) {
        uint8_t word[MAX_BYTES] = { 0 };

        for (int b = 0; b < (width + 7) / 8; b++)
            word[b] = (uint8_t) rng_next(&rng);
        secded_encode(word, width);
        for (int e = i % 5; e > 0; e--) {
            const int at = (int) rng_range(&rng, 0, coded - 1);

            word[at / 8] ^= (uint8_t) (1u << at % 8);
        }
        print(word, coded);
        putchar(' ');
        const enum secded_result r = secded_decode(word, width);

        print(word, width);
        printf(" %s\n", flags[r]);
    }
    return 0;
}
