/*
 * digest_bare.c - sim/base/digest.h without zlib and libcrypto. A device needs
 * CRC-32 to check its program; SHA-256 only names it in reports: left empty.
 */
#include "sim/base/digest.h"

int digest_init(struct digest *g)
{
    g->failed = false;
    return 0;
}

void digest_release(struct digest *g)
{
    (void) g;
}

void digest_update(struct digest *g, const void *bytes, size_t length)
{
    (void) g;
    (void) bytes;
    (void) length;
}

int digest_finish(struct digest *g, char *hex)
{
    (void) g;
    hex[0] = '\0';
    return 0;
}

uint32_t digest_crc32(uint32_t crc, const void *bytes, size_t length)
{
    const uint8_t *b = bytes;

    crc = ~crc;
    for (size_t i = 0; i < length; i++) {
        crc ^= b[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}
