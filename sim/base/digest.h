/*
 * digest.h - SHA-256 and CRC-32 of bytes.
 *
 * SHA-256 is libcrypto's; CRC-32 is the one of zip and Ethernet (zlib's).
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_HEX_CHARS = 64 };

struct digest {
    void *evp;
    bool failed;
};

/* 0, or -1 without memory; then updates do nothing and the end fails. */
int digest_init(struct digest *g);

void digest_release(struct digest *g);

void digest_update(struct digest *g, const void *bytes, size_t length);

/*
 * Write 64 lower-case digits and a NUL to hex[65] and start anew. 0; or -1 when
 * libcrypto had failed, and hex is "".
 */
int digest_finish(struct digest *g, char *hex);

/* All in one: hex[65] of `length` bytes. 0 or -1. */
int digest_sha256(const void *bytes, size_t length, char *hex);

/* The CRC-32 of bytes that follow those with CRC `crc`; start with 0. */
uint32_t digest_crc32(uint32_t crc, const void *bytes, size_t length);

#endif
