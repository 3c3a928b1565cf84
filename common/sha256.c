/* OpenSSL's one-shot functions allocate, and give nothing where that fails; what keys and tokens
 * are compared by must not depend on it. So it is the form without any allocation, which OpenSSL 3
 * would like to see less of. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "common/err.h"
#include "common/pki.h"

void sha256(const void *data, size_t len, uint8_t out[32])
{
	SHA256_CTX ctx;

	must(SHA256_Init(&ctx) == 1 && SHA256_Update(&ctx, data, len) == 1 &&
	     SHA256_Final(out, &ctx) == 1);
}
