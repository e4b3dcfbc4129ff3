/* program ROM: 72 words of 32 bits
 * network tiny, hardware tiny2 */
#ifndef NAPIER_PROGRAM_H
#define NAPIER_PROGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the device's memory, in elements. */
#define NAPIER_PROGRAM_BASE 0x0u
#define NAPIER_PROGRAM_COUNT 72u

/* Banks: the first element in the array, and how many. */
#define NAPIER_PROGRAM_PROGRAM_AT 0x0u
#define NAPIER_PROGRAM_PROGRAM_COUNT 72u

extern const uint32_t napier_program[72];

#ifdef __cplusplus
}
#endif

#endif
