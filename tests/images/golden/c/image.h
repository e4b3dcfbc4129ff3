/* all memories: 392 units of 8 bits at 0x0
 * network tiny, hardware tiny2 */
#ifndef NAPIER_IMAGE_H
#define NAPIER_IMAGE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the device's memory, in elements. */
#define NAPIER_IMAGE_BASE 0x0u
#define NAPIER_IMAGE_COUNT 392u

/* Banks: the first element in the array, and how many. */
#define NAPIER_IMAGE_WEIGHT_000_AT 0x0u
#define NAPIER_IMAGE_WEIGHT_000_COUNT 20u
#define NAPIER_IMAGE_WEIGHT_001_AT 0x14u
#define NAPIER_IMAGE_WEIGHT_001_COUNT 20u
#define NAPIER_IMAGE_BIAS_000_AT 0x28u
#define NAPIER_IMAGE_BIAS_000_COUNT 9u
#define NAPIER_IMAGE_BIAS_001_AT 0x34u
#define NAPIER_IMAGE_BIAS_001_COUNT 9u
#define NAPIER_IMAGE_SCALE_000_AT 0x40u
#define NAPIER_IMAGE_SCALE_000_COUNT 18u
#define NAPIER_IMAGE_SCALE_001_AT 0x54u
#define NAPIER_IMAGE_SCALE_001_COUNT 18u
#define NAPIER_IMAGE_PROGRAM_AT 0x68u
#define NAPIER_IMAGE_PROGRAM_COUNT 288u

extern const uint8_t napier_image[392];

#ifdef __cplusplus
}
#endif

#endif
