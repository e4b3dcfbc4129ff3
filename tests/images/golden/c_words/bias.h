/* bias ROM: 6 words of 20 bits
 * network tiny, hardware tiny2 */
#ifndef NAPIER_BIAS_H
#define NAPIER_BIAS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the device's memory, in elements. */
#define NAPIER_BIAS_BASE 0x0u
#define NAPIER_BIAS_COUNT 6u

/* Banks: the first element in the array, and how many. */
#define NAPIER_BIAS_BIAS_000_AT 0x0u
#define NAPIER_BIAS_BIAS_000_COUNT 3u
#define NAPIER_BIAS_BIAS_001_AT 0x3u
#define NAPIER_BIAS_BIAS_001_COUNT 3u

extern const uint32_t napier_bias[6];

#ifdef __cplusplus
}
#endif

#endif
