/* bias ROM: 6 words of 20 bits
 * network tiny, hardware tiny2 */
#include "bias.h"

const uint32_t napier_bias[6] = {
    0x00000f2eu, 0x000009bdu,
    0x0000032au, 0x000ff647u,
    0x00000000u, 0x000fff70u
};
