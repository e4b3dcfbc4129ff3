/*
 * secded.h - single error corrected, double error detected: Hamming code plus
 * parity, for words of any width. RTL: npu_secded_enc, npu_secded_dec.
 *
 * A coded word, lowest bit first: data, check bits, parity. Data bit i stands
 * for the i-th number from 3 on that is no power of two (3, 5, 6, 7, 9, ...);
 * check bit j, which stands for 2^j, is the parity of the data bits whose
 * number has bit j. The last bit makes the parity of the whole word even.
 */
#ifndef SECDED_H
#define SECDED_H

#include <stddef.h>
#include <stdint.h>

/* Check bits and the parity bit of a word of `width` >= 1 bits. */
int secded_extra_bits(int width);

/* The width whose coded word has `coded` bits; 0 if there is none. */
int secded_data_bits(int coded);

/*
 * Fill in the bits above `width` of a word, lsb first, that has room for them;
 * what stood there is replaced.
 */
void secded_encode(uint8_t *word, int width);

enum secded_result { SECDED_CLEAN, SECDED_CORRECTED, SECDED_UNCORRECTABLE };

/*
 * Check a coded word and correct one wrong bit of it, data, check or parity.
 * Two wrong bits are always noticed, and left as they are; more may be taken
 * for one.
 */
enum secded_result secded_decode(uint8_t *word, int width);

#endif
