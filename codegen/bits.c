#include "codegen/bits.h"

#include <string.h>

uint64_t bits_get(const uint8_t *from, size_t at, int count)
{
    uint64_t value = 0;

    for (int done = 0; done < count;) {
        const int offset = (int) (at % 8);
        const int n = count - done < 8 - offset ? count - done : 8 - offset;

        value |= (uint64_t) ((unsigned) from[at / 8] >> offset
                             & ((1u << n) - 1)) << done;
        done += n;
        at += (size_t) n;
    }
    return value;
}

void bits_put(uint8_t *to, size_t at, int count, uint64_t value)
{
    for (int done = 0; done < count;) {
        const int offset = (int) (at % 8);
        const int n = count - done < 8 - offset ? count - done : 8 - offset;
        const unsigned mask = ((1u << n) - 1) << offset;
        const unsigned bits = (unsigned) (value >> done) << offset & mask;

        to[at / 8] = (uint8_t) ((to[at / 8] & ~mask) | bits);
        done += n;
        at += (size_t) n;
    }
}

uint64_t bits_get_msb(const uint8_t *from, size_t at, int count)
{
    uint64_t value = 0;

    for (int left = count; left > 0;) {
        const int offset = (int) (at % 8);
        const int n = left < 8 - offset ? left : 8 - offset;

        value = value << n
                | ((unsigned) from[at / 8] >> (8 - offset - n)
                   & ((1u << n) - 1));
        left -= n;
        at += (size_t) n;
    }
    return value;
}

void bits_put_msb(uint8_t *to, size_t at, int count, uint64_t value)
{
    for (int left = count; left > 0;) {
        const int offset = (int) (at % 8);
        const int n = left < 8 - offset ? left : 8 - offset;
        const int down = 8 - offset - n;
        const unsigned mask = ((1u << n) - 1) << down;
        const unsigned bits = (unsigned) (value >> (left - n)) << down & mask;

        to[at / 8] = (uint8_t) ((to[at / 8] & ~mask) | bits);
        left -= n;
        at += (size_t) n;
    }
}

void bits_copy(uint8_t *to, size_t to_at, const uint8_t *from, size_t from_at,
               size_t count)
{
    if (to_at % 8 == 0 && from_at % 8 == 0) {
        memcpy(to + to_at / 8, from + from_at / 8, count / 8);
        to_at += count / 8 * 8;
        from_at += count / 8 * 8;
        count %= 8;
    }
    while (count > 0) {
        const int n = count < 64 ? (int) count : 64;

        bits_put(to, to_at, n, bits_get(from, from_at, n));
        to_at += (size_t) n;
        from_at += (size_t) n;
        count -= (size_t) n;
    }
}

void bits_reverse_bytes(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const uint8_t kept = bytes[i];

        bytes[i] = bytes[count - 1 - i];
        bytes[count - 1 - i] = kept;
    }
}
