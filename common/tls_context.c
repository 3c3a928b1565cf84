#include "common/tls_context.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define TLS_CERTS_MAX (16 << 10) /* bytes of certificates a stranger may make us hold */
#define TLS_DEVICE_URN "urn:steward:device:"
#define TLS_GROUPS "X25519:P-256"
#define TLS_SUITES "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
#define TLS_SIGNATURES "ECDSA+SHA256"

#define AUTO(fn) __attribute__((cleanup(fn)))

static void tls_bio_drop(BIO **b)
{
	BIO_free(*b);
}

static void tls_x509_drop(X509 **x)
{
	X509_free(*x);
}

static void tls_key_drop(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

/* For what goes wrong while a context is made: our own files are at fault. */
static enum st_code tls_fail_setup(struct st_err *err, const char *what)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());
	enum st_code code = st_fail(err, ST_INVALID_ARGUMENT, "TLS_SETUP", NULL, "%s: %s", what,
				    text != NULL ? text : "not accepted");

	ERR_clear_error();
	return code;
}

/* ---- who the peer is ------------------------------------------------------------------------- */

bool tls_cert_device(const X509 *cert, char out[UUID_TEXT])
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t prefix = strlen(TLS_DEVICE_URN);
	int found = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const char *text;
		size_t len;
		struct uuid id;

		if (name->type != GEN_URI)
			continue;
		text = (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
		len = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
		if (len <= prefix || memcmp(text, TLS_DEVICE_URN, prefix) != 0 ||
		    !uuid_parse(text + prefix, len - prefix, &id))
			continue;
		uuid_format(&id, out);
		found++;
	}
	GENERAL_NAMES_free(names);
	return found == 1;
}

/* Does the certificate say, by itself, that it is meant for this end of a connection? */
static bool tls_cert_use(X509 *cert, uint32_t wanted)
{
	uint32_t use = X509_get_extended_key_usage(cert);

	return use != UINT32_MAX && (use & wanted) != 0; /* UINT32_MAX: says nothing */
}

/* Has it expired no longer ago than 'days'? */
static bool tls_cert_in_grace(const X509 *cert, int days)
{
	int d, s;

	return ASN1_TIME_diff(&d, &s, X509_get0_notAfter(cert), NULL) == 1 && d >= 0 && s >= 0 &&
	       d < days;
}

static bool tls_cert_pinned(const X509 *cert, const uint8_t pin[TLS_PIN])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(), NULL) == 1 &&
		  CRYPTO_memcmp(hash, pin, TLS_PIN) == 0;

	OPENSSL_free(der);
	return ok;
}

/* OpenSSL asks about every certificate of the chain, with its own judgement in 'ok'. */
static int tls_on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls *t = SSL_get_app_data(ssl);
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	char device[UUID_TEXT];

	if (X509_STORE_CTX_get_error_depth(store) != 0 || cert == NULL)
		return ok;
	if (ok == 0) {
		if (!t->ctx->server ||
		    X509_STORE_CTX_get_error(store) != X509_V_ERR_CERT_HAS_EXPIRED ||
		    !tls_cert_in_grace(cert, t->ctx->grace_days))
			return 0;
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	if (!tls_cert_use(cert, t->ctx->server ? XKU_SSL_CLIENT : XKU_SSL_SERVER)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
		return 0;
	}
	if (t->ctx->server && !tls_cert_device(cert, device)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_EXTENSION);
		return 0;
	}
	return 1;
}

/* Enrolment: nothing is trusted yet but the root whose hash the token carries; the server sends it
 * along. */
static int tls_on_verify_pinned(X509_STORE_CTX *store, void *arg)
{
	const struct tls_context *ctx = arg;
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	STACK_OF(X509) *trusted = sk_X509_new_null();
	int ok = 0;

	for (int i = 0; trusted != NULL && i < sk_X509_num(sent); i++) {
		if (!tls_cert_pinned(sk_X509_value(sent, i), ctx->pin))
			continue;
		if (sk_X509_push(trusted, sk_X509_value(sent, i)) > 0) {
			X509_STORE_CTX_set0_trusted_stack(store, trusted);
			ok = X509_verify_cert(store) == 1;
		}
		break;
	}
	if (ok == 0 && X509_STORE_CTX_get_error(store) == X509_V_OK)
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
	sk_X509_free(trusted);
	return ok;
}

/* ---- which protocol -------------------------------------------------------------------------- */

static int tls_on_alpn(SSL *ssl, const uint8_t **out, uint8_t *out_len, const uint8_t *in,
		       unsigned in_len, void *arg)
{
	const struct tls_context *ctx = arg;
	uint8_t *chosen = NULL;

	if (SSL_select_next_proto(&chosen, out_len, ctx->alpn, ctx->alpn_len, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL; /* alert 120 */
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* A client that names no protocol never reaches tls_on_alpn(): it is turned away before we sign
 * anything. */
static int tls_on_client_hello(SSL *ssl, int *alert, void *arg)
{
	const uint8_t *ext;
	size_t len;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &ext,
				      &len) == 1)
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

/* ---- context --------------------------------------------------------------------------------- */

/* Encrypted files are refused instead of asking on the terminal. */
static int tls_no_password(char *out, int max, int writing, void *arg)
{
	return -1;
}

static BIO *tls_pem(const char *pem)
{
	return BIO_new_mem_buf(pem, -1);
}

/* Our certificate, those behind it, and the key. */
static enum st_code tls_context_identity(struct tls_context *ctx, const struct tls_options *o,
					 struct st_err *err)
{
	AUTO(tls_bio_drop) BIO *certs = tls_pem(o->cert_pem);
	AUTO(tls_bio_drop) BIO *keys = tls_pem(o->key_pem);
	AUTO(tls_x509_drop) X509 *cert = PEM_read_bio_X509(certs, NULL, tls_no_password, NULL);
	AUTO(tls_key_drop)
	EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, tls_no_password, NULL);

	if (cert == NULL || SSL_CTX_use_certificate(ctx->ssl, cert) != 1)
		return tls_fail_setup(err, "the certificate cannot be read");
	if (key == NULL || SSL_CTX_use_PrivateKey(ctx->ssl, key) != 1 ||
	    SSL_CTX_check_private_key(ctx->ssl) != 1)
		return tls_fail_setup(err,
				      "the private key cannot be read or is another certificate's");
	for (;;) {
		AUTO(tls_x509_drop)
		X509 *more = PEM_read_bio_X509(certs, NULL, tls_no_password, NULL);

		if (more == NULL)
			break;
		if (o->peer != TLS_PEER_NONE && X509_self_signed(more, 0) == 1)
			continue;
		if (SSL_CTX_add1_chain_cert(ctx->ssl, more) != 1)
			return tls_fail_setup(err, "the certificate's chain cannot be used");
	}
	ERR_clear_error(); /* the end of the file leaves one */
	return ST_OK;
}

static enum st_code tls_context_trust(struct tls_context *ctx, const char *root_pem,
				      struct st_err *err)
{
	AUTO(tls_bio_drop) BIO *in = tls_pem(root_pem);
	AUTO(tls_x509_drop) X509 *root = PEM_read_bio_X509(in, NULL, tls_no_password, NULL);

	if (root == NULL || X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx->ssl), root) != 1)
		return tls_fail_setup(err, "the root certificate cannot be read");
	return ST_OK;
}

static enum st_code tls_context_rules(struct tls_context *ctx, struct st_err *err)
{
	SSL_CTX *s = ctx->ssl;

	if (SSL_CTX_set_min_proto_version(s, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(s, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set1_groups_list(s, TLS_GROUPS) != 1 ||
	    SSL_CTX_set_ciphersuites(s, TLS_SUITES) != 1 ||
	    SSL_CTX_set1_sigalgs_list(s, TLS_SIGNATURES) != 1 ||
	    SSL_CTX_set_num_tickets(s, 0) != 1 || SSL_CTX_set_max_early_data(s, 0) != 1 ||
	    SSL_CTX_set_recv_max_early_data(s, 0) != 1)
		return tls_fail_setup(err, "TLS cannot be set up");
	SSL_CTX_set_options(s, SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
				       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_session_cache_mode(s, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(s, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_max_cert_list(s, TLS_CERTS_MAX);
	SSL_CTX_set_verify_depth(s, 1);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(s), X509_V_FLAG_X509_STRICT);
	return ST_OK;
}

static enum st_code tls_context_peer(struct tls_context *ctx, const struct tls_options *o,
				     struct st_err *err)
{
	if (o->server && o->peer == TLS_PEER_NONE) {
		SSL_CTX_set_verify(ctx->ssl, SSL_VERIFY_NONE, NULL);
		return ST_OK;
	}
	SSL_CTX_set_verify(ctx->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   tls_on_verify);
	if (!o->server && o->peer == TLS_PEER_PINNED && o->pin != NULL) {
		memcpy(ctx->pin, o->pin, TLS_PIN);
		SSL_CTX_set_cert_verify_callback(ctx->ssl, tls_on_verify_pinned, ctx);
		return ST_OK;
	}
	if (o->peer != TLS_PEER_REQUIRED || o->root_pem == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "TLS_SETUP", NULL,
			       "nothing is given to check the other side by");
	return tls_context_trust(ctx, o->root_pem, err);
}

static enum st_code tls_context_alpn(struct tls_context *ctx, const char *alpn, struct st_err *err)
{
	size_t len = alpn != NULL ? strlen(alpn) : 0;

	if (len == 0 || len >= sizeof(ctx->alpn))
		return st_fail(err, ST_INVALID_ARGUMENT, "TLS_SETUP", NULL,
			       "the protocol's name is missing or too long");
	ctx->alpn[0] = (uint8_t)len;
	memcpy(ctx->alpn + 1, alpn, len);
	ctx->alpn_len = (unsigned)len + 1;
	if (ctx->server) {
		SSL_CTX_set_alpn_select_cb(ctx->ssl, tls_on_alpn, ctx);
		SSL_CTX_set_client_hello_cb(ctx->ssl, tls_on_client_hello, NULL);
	} else if (SSL_CTX_set_alpn_protos(ctx->ssl, ctx->alpn, ctx->alpn_len) != 0) {
		return tls_fail_setup(err, "the protocol's name cannot be used");
	}
	return ST_OK;
}

static enum st_code tls_context_fill(struct tls_context *ctx, const struct tls_options *o,
				     struct st_err *err)
{
	ctx->ssl = SSL_CTX_new(o->server ? TLS_server_method() : TLS_client_method());
	ctx->bio = tls_bio_method();
	ctx->refs = 1;
	ctx->server = o->server;
	ctx->peer = o->peer;
	ctx->grace_days = o->expired_grace_days;
	if (ctx->ssl == NULL || ctx->bio == NULL)
		return tls_fail_setup(err, "TLS cannot be set up");
	if (o->host != NULL) {
		if (strlen(o->host) >= sizeof(ctx->host))
			return st_fail(err, ST_INVALID_ARGUMENT, "TLS_SETUP", NULL,
				       "the server's name is too long");
		memcpy(ctx->host, o->host, strlen(o->host) + 1);
	}
	ST_TRY(tls_context_rules(ctx, err));
	ST_TRY(tls_context_alpn(ctx, o->alpn, err));
	ST_TRY(tls_context_peer(ctx, o, err));
	if (o->cert_pem != NULL && o->key_pem != NULL)
		return tls_context_identity(ctx, o, err);
	if (o->server)
		return st_fail(err, ST_INVALID_ARGUMENT, "TLS_SETUP", NULL,
			       "a server needs a certificate and its key");
	return ST_OK;
}

enum st_code tls_context_new(const struct tls_options *o, struct tls_context **ret,
			     struct st_err *err)
{
	struct tls_context *ctx = calloc(1, sizeof(*ctx));
	enum st_code code;

	if (ctx == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "out of memory");
	ERR_clear_error();
	code = tls_context_fill(ctx, o, err);
	if (code != ST_OK) {
		ctx->refs = 1;
		tls_context_free(ctx);
		return code;
	}
	*ret = ctx;
	return ST_OK;
}

void tls_context_free(struct tls_context *ctx)
{
	if (ctx == NULL || --ctx->refs > 0)
		return;
	SSL_CTX_free(ctx->ssl);
	BIO_meth_free(ctx->bio);
	free(ctx);
}
