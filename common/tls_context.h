#pragma once
/* What tls.c (connections) and tls_context.c (certificates, trust, rules) share. For nobody else.
 */
#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/tls.h"
#include "common/uuid.h"

#define TLS_PIN 16

/* Shared by its owner and its connections; the last one frees it. All live on one thread. */
struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	unsigned refs;
	bool server;
	enum tls_peer_check peer;
	int grace_days;
	uint8_t pin[TLS_PIN];
	char host[256]; /* "": not checked */
	uint8_t alpn[64];
	unsigned alpn_len; /* with the length byte in front, as it travels */
};

/* The one device a certificate names. False: none, or more than one. */
bool tls_cert_device(const X509 *cert, char out[UUID_TEXT]);
/* How a connection's BIO moves bytes: over the buffers of its struct tls. */
BIO_METHOD *tls_bio_method(void);
