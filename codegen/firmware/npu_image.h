/*
 * npu_image.h - the image of the ROMs, linked in as npu_image or flashed as
 * npu_image.bin; the bytes are the same.
 *
 * 32-bit words, the lowest byte first:
 *
 *     header            magic "NPIM", version, bytes in all, sections, digest
 *                       of the hardware file, CRC-32 of program and images,
 *                       words of a weight and of a parameter bank, CRC-32 of
 *                       header and table but this word
 *     a section each    kind | layer << 16, offset in bytes, size in bytes,
 *                       CRC-32, first word in the bank, words of a bank, bytes
 *                       of a word, banks
 *     data              bank after bank, word after word, the lowest byte
 *                       first; no gaps
 */
#ifndef NPU_IMAGE_H
#define NPU_IMAGE_H

#include <stdint.h>

#define NPU_IMAGE_MAGIC 0x4d49504eu
#define NPU_IMAGE_VERSION 1u
#define NPU_IMAGE_HEADER_WORDS 10u
#define NPU_IMAGE_SECTION_WORDS 8u
#define NPU_IMAGE_MAX_SECTIONS 2048u

/* Words of the header. */
#define NPU_IMAGE_BYTES_WORD 2u
#define NPU_IMAGE_SECTIONS_WORD 3u
#define NPU_IMAGE_HARDWARE_WORD 4u
#define NPU_IMAGE_PROGRAM_CRC_WORD 5u
#define NPU_IMAGE_IMAGE_CRC_WORD 6u
#define NPU_IMAGE_WEIGHT_WORDS_WORD 7u
#define NPU_IMAGE_PARAM_WORDS_WORD 8u
#define NPU_IMAGE_CRC_WORD 9u

/* Words of a section. */
#define NPU_IMAGE_KIND_WORD 0u
#define NPU_IMAGE_OFFSET_WORD 1u
#define NPU_IMAGE_SIZE_WORD 2u
#define NPU_IMAGE_SECTION_CRC_WORD 3u
#define NPU_IMAGE_BASE_WORD 4u
#define NPU_IMAGE_WORDS_WORD 5u
#define NPU_IMAGE_WORD_BYTES_WORD 6u
#define NPU_IMAGE_BANKS_WORD 7u

/* Kinds of section. */
#define NPU_IMAGE_PROGRAM 0u
#define NPU_IMAGE_WEIGHT 1u
#define NPU_IMAGE_BIAS 2u
#define NPU_IMAGE_SCALE 3u

extern const uint8_t npu_image[];
extern const uint32_t npu_image_bytes;

#endif
