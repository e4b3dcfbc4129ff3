#include "codegen/secded.h"

#include <stdbool.h>

#include "codegen/bits.h"

static bool is_power_of_two(uint32_t value)
{
    return (value & (value - 1)) == 0;
}

/* Hamming's check bits: all numbers up to the last data bit's need a name. */
static int check_bits(int width)
{
    int bits = 2;

    while ((1 << bits) < width + bits + 1)
        bits++;
    return bits;
}

int secded_extra_bits(int width)
{
    return check_bits(width) + 1;
}

int secded_data_bits(int coded)
{
    for (int extra = 3; extra < coded && extra < 32; extra++)
        if (secded_extra_bits(coded - extra) == extra)
            return coded - extra;
    return 0;
}

/* The check bits of the data, and in *parity that of the data alone. */
static uint32_t checks_of(const uint8_t *word, int width, int *parity)
{
    uint32_t number = 3, checks = 0;
    int odd = 0;

    for (int i = 0; i < width; i++) {
        if (word[i / 8] >> i % 8 & 1) {
            checks ^= number;
            odd ^= 1;
        }
        if (is_power_of_two(++number))
            number++;
    }
    *parity = odd;
    return checks;
}

static int parity_of(uint32_t value)
{
    return __builtin_parity(value);
}

void secded_encode(uint8_t *word, int width)
{
    const int checks = check_bits(width);
    int parity;
    const uint32_t code = checks_of(word, width, &parity);

    bits_put(word, (size_t) width, checks, code);
    bits_put(word, (size_t) width + (size_t) checks, 1,
             (uint64_t) (parity ^ parity_of(code)));
}

/* The data bit of a number that is no power of two. */
static int bit_of_number(uint32_t number)
{
    int powers = 0;

    while ((UINT32_C(1) << powers) < number)
        powers++;
    return (int) number - powers - 1;
}

static void flip(uint8_t *word, int bit)
{
    word[bit / 8] ^= (uint8_t) (1u << bit % 8);
}

enum secded_result secded_decode(uint8_t *word, int width)
{
    const int checks = check_bits(width);
    const size_t at = (size_t) width;
    int parity;
    const uint32_t stored = (uint32_t) bits_get(word, at, checks);
    const uint32_t syndrome = checks_of(word, width, &parity) ^ stored;
    const int odd = parity ^ parity_of(stored)
                    ^ (int) bits_get(word, at + (size_t) checks, 1);

    if (!odd)
        return syndrome == 0 ? SECDED_CLEAN : SECDED_UNCORRECTABLE;
    if (syndrome == 0)
        flip(word, width + checks);
    else if (is_power_of_two(syndrome))
        flip(word, width + __builtin_ctz(syndrome));
    else if (bit_of_number(syndrome) < width)
        flip(word, bit_of_number(syndrome));
    else
        return SECDED_UNCORRECTABLE;
    return SECDED_CORRECTED;
}
