/* weight ROM: 20 words of 10 bits
 * network tiny, hardware tiny2 */
#ifndef NAPIER_WEIGHT_H
#define NAPIER_WEIGHT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the device's memory, in elements. */
#define NAPIER_WEIGHT_BASE 0x0u
#define NAPIER_WEIGHT_COUNT 20u

/* Banks: the first element in the array, and how many. */
#define NAPIER_WEIGHT_WEIGHT_000_AT 0x0u
#define NAPIER_WEIGHT_WEIGHT_000_COUNT 10u
#define NAPIER_WEIGHT_WEIGHT_001_AT 0xau
#define NAPIER_WEIGHT_WEIGHT_001_COUNT 10u

extern const uint16_t napier_weight[20];

#ifdef __cplusplus
}
#endif

#endif
