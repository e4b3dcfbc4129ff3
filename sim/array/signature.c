#include "sim/array/signature.h"

#include "sim/base/digest.h"

uint32_t signature_of_layer(const struct hw *hw,
                            const struct program_desc *desc,
                            const int32_t *codes)
{
    const int channels = desc->out.c;
    uint8_t bytes[2 * 128];       /* of one vector: up to 128 columns */
    uint32_t crc = 0;

    for (int first = 0; first < channels; first += hw->cols) {
        const int count = channels - first < hw->cols ? channels - first
                                                      : hw->cols;

        for (int p = 0; p < desc->positions; p++) {
            const int32_t *code = codes + (int64_t) p * channels + first;

            for (int c = 0; c < count; c++) {
                bytes[2 * c] = (uint8_t) code[c];
                bytes[2 * c + 1] = (uint8_t) (code[c] >> 8);
            }
            crc = digest_crc32(crc, bytes, 2 * (size_t) count);
        }
    }
    return crc;
}
