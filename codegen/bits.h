/*
 * bits.h - fields of bits in bytes.
 *
 * A buffer is a row of bits, bit p of it being bit p % 8 of byte p / 8 (lsb
 * first), or, for the functions with _msb, bit 7 - p % 8 (msb first). The
 * caller sees to the bounds.
 */
#ifndef BITS_H
#define BITS_H

#include <stddef.h>
#include <stdint.h>

/* `count` bits, 0 to 64, from bit `at` on; that bit lowest. */
uint64_t bits_get(const uint8_t *from, size_t at, int count);

/* Replace `count` bits, 0 to 64; bits of `value` above them are ignored. */
void bits_put(uint8_t *to, size_t at, int count, uint64_t value);

/* The same, the highest of the `count` bits first. */
uint64_t bits_get_msb(const uint8_t *from, size_t at, int count);
void bits_put_msb(uint8_t *to, size_t at, int count, uint64_t value);

/* Replace `count` bits; the two do not overlap. */
void bits_copy(uint8_t *to, size_t to_at, const uint8_t *from, size_t from_at,
               size_t count);

/* The bytes in the other order. */
void bits_reverse_bytes(uint8_t *bytes, size_t count);

/* Bytes that hold so many bits. */
static inline size_t bits_bytes(size_t bits)
{
    return bits / 8 + (bits % 8 != 0);
}

#endif
