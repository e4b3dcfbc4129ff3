/* scale ROM: 6 words of 43 bits
 * network tiny, hardware tiny2 */
#ifndef NAPIER_SCALE_H
#define NAPIER_SCALE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the device's memory, in elements. */
#define NAPIER_SCALE_BASE 0x0u
#define NAPIER_SCALE_COUNT 6u

/* Banks: the first element in the array, and how many. */
#define NAPIER_SCALE_SCALE_000_AT 0x0u
#define NAPIER_SCALE_SCALE_000_COUNT 3u
#define NAPIER_SCALE_SCALE_001_AT 0x3u
#define NAPIER_SCALE_SCALE_001_COUNT 3u

extern const uint64_t napier_scale[6];

#ifdef __cplusplus
}
#endif

#endif
