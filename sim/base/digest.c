/* digest.c - see digest.h. */
#include "sim/base/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <zlib.h>

int digest_init(struct digest *g)
{
    EVP_MD_CTX *evp = EVP_MD_CTX_new();
    g->evp = evp;
    g->failed = evp == NULL ||
                EVP_DigestInit_ex(evp, EVP_sha256(), NULL) != 1;
    return g->failed ? -1 : 0;
}

void digest_release(struct digest *g)
{
    EVP_MD_CTX_free(g->evp);
    g->evp = NULL;
}

void digest_update(struct digest *g, const void *bytes, size_t length)
{
    if (!g->failed && length > 0)
        g->failed = EVP_DigestUpdate(g->evp, bytes, length) != 1;
}

int digest_finish(struct digest *g, char *hex)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    hex[0] = '\0';
    if (g->failed || EVP_DigestFinal_ex(g->evp, sum, &length) != 1 ||
        2 * length != DIGEST_HEX_CHARS) {
        g->failed = true;
        return -1;
    }
    for (unsigned i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    g->failed = EVP_DigestInit_ex(g->evp, EVP_sha256(), NULL) != 1;
    return 0;
}

int digest_sha256(const void *bytes, size_t length, char *hex)
{
    struct digest g;
    digest_init(&g);
    digest_update(&g, bytes, length);
    const int result = digest_finish(&g, hex);
    digest_release(&g);
    return result;
}

uint32_t digest_crc32(uint32_t crc, const void *bytes, size_t length)
{
    if (length == 0)
        return crc; /* zlib takes a NULL as "give me the start value" */
    return (uint32_t) crc32_z(crc, bytes, length);
}
