/* scale ROM: 6 words of 43 bits
 * network tiny, hardware tiny2 */
#include "scale.h"

const uint64_t napier_scale[6] = {
    0x0000002346156a19ull,
    0x000000247824b5e2ull,
    0x000000236e5994d4ull,
    0x0000002341a246ebull,
    0x0000000000000000ull,
    0x000000236757f507ull
};
