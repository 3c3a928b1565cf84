#include "common/tls.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/tls_context.h"

#define TLS_IN_MAX (256u << 10) /* what one read of the socket gives, with room */
#define TLS_OUT_MAX (16u << 20) /* the largest message several times over */

/* ---- errors ---------------------------------------------------------------------------------- */

/* What OpenSSL met, in words for a person; where the peer complained, the sentence says so. */
static const struct tls_cause {
	int ssl_reason;
	enum st_code code;
	const char *reason, *message;
} tls_causes[] = {
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, ST_UNAUTHENTICATED, "CERTIFICATE_MISSING",
	  "the other side showed no certificate" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, ST_UNAUTHENTICATED, "CERTIFICATE_MISSING",
	  "the server wants a device certificate: enrol this device first" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, ST_UNAUTHENTICATED, "CERTIFICATE_EXPIRED",
	  "the server says that this device's certificate has expired: enrol the device again" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, ST_UNAUTHENTICATED, "CERTIFICATE_REFUSED",
	  "the other side does not trust whoever signed our certificate" },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, ST_UNAUTHENTICATED, "CERTIFICATE_REFUSED",
	  "the other side refuses our certificate" },
	{ SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, ST_UNAUTHENTICATED, "CERTIFICATE_REFUSED",
	  "the other side says that our certificate is not meant for this use" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, ST_UNAUTHENTICATED, "CERTIFICATE_REFUSED",
	  "the other side refuses our certificate" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, ST_UNAUTHENTICATED, "CERTIFICATE_REFUSED",
	  "the other side says that our certificate was revoked" },
	{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, ST_FAILED_PRECONDITION, "TLS_REFUSED",
	  "the other side refuses to talk to us" },
	{ SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, ST_FAILED_PRECONDITION, "WRONG_PROTOCOL",
	  "the server does not speak this protocol on this port" },
	{ SSL_R_NO_APPLICATION_PROTOCOL, ST_FAILED_PRECONDITION, "WRONG_PROTOCOL",
	  "the other side does not offer our protocol" },
	{ SSL_R_CALLBACK_FAILED, ST_FAILED_PRECONDITION, "WRONG_PROTOCOL",
	  "the other side names no protocol" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, ST_FAILED_PRECONDITION, "TLS_VERSION",
	  "the other side does not speak TLS 1.3" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, ST_FAILED_PRECONDITION, "TLS_VERSION",
	  "the other side does not speak TLS 1.3" },
	{ SSL_R_WRONG_VERSION_NUMBER, ST_FAILED_PRECONDITION, "TLS_VERSION",
	  "the other side does not speak TLS" },
	{ SSL_R_HTTP_REQUEST, ST_FAILED_PRECONDITION, "TLS_VERSION",
	  "the other side speaks HTTP, not TLS" },
};

/* The peer's certificate did not pass: says what is wrong with it. */
static enum st_code tls_fail_peer(struct st_err *err, long verdict)
{
	const char *reason = "CERTIFICATE_REFUSED";

	if (verdict == X509_V_ERR_CERT_HAS_EXPIRED)
		reason = "CERTIFICATE_EXPIRED";
	else if (verdict == X509_V_ERR_CERT_NOT_YET_VALID)
		reason = "CERTIFICATE_NOT_YET_VALID";
	else if (verdict == X509_V_ERR_HOSTNAME_MISMATCH ||
		 verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
		reason = "CERTIFICATE_HOST";
	return st_fail(err, ST_UNAUTHENTICATED, reason, NULL,
		       "the other side's certificate is not accepted: %s",
		       X509_verify_cert_error_string(verdict));
}

/* Ends the connection with what OpenSSL last met. */
static enum st_code tls_fail(struct tls *t)
{
	unsigned long e =
		ERR_peek_error(); /* the first is the cause, later ones are consequences */
	int reason = ERR_GET_REASON(e);
	long verdict = SSL_get_verify_result(t->ssl);
	const char *text = ERR_reason_error_string(e);

	t->closed = true;
	if (ERR_GET_LIB(e) == ERR_LIB_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED &&
	    verdict != X509_V_OK) {
		ERR_clear_error();
		return tls_fail_peer(&t->err, verdict);
	}
	for (size_t i = 0; i < sizeof(tls_causes) / sizeof(tls_causes[0]); i++) {
		const struct tls_cause *c = &tls_causes[i];

		if (ERR_GET_LIB(e) != ERR_LIB_SSL || reason != c->ssl_reason)
			continue;
		ERR_clear_error();
		return st_fail(&t->err, c->code, c->reason, NULL, "%s", c->message);
	}
	ERR_clear_error();
	if (e == 0) /* our own buffer refused */
		return st_fail(&t->err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "too much waits to be sent");
	return st_fail(&t->err, ST_FAILED_PRECONDITION, "TLS_FAILED", NULL,
		       "the encrypted connection failed: %s", text != NULL ? text : "unknown");
}

/* ---- bytes in and out ------------------------------------------------------------------------ */

static int tls_bio_read(BIO *b, char *out, size_t max, size_t *ret_n)
{
	struct tls *t = BIO_get_data(b);
	struct slice in = buf_peek(&t->in);

	BIO_clear_retry_flags(b);
	*ret_n = in.len < max ? in.len : max;
	if (*ret_n == 0) {
		BIO_set_retry_read(b);
		return 0;
	}
	memcpy(out, in.data, *ret_n);
	buf_consume(&t->in, *ret_n);
	return 1;
}

static int tls_bio_write(BIO *b, const char *data, size_t n, size_t *ret_n)
{
	struct tls *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	*ret_n = 0;
	if (buf_append(&t->out, data, n) != ST_OK)
		return 0;
	*ret_n = n;
	return 1;
}

static long tls_bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	return cmd == BIO_CTRL_FLUSH ? 1 : 0;
}

/* A BIO over the connection's own buffers: unlike OpenSSL's memory BIO it keeps no memory of its
 * own. */
BIO_METHOD *tls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_TYPE_START, "steward");

	if (m != NULL && BIO_meth_set_read_ex(m, tls_bio_read) == 1 &&
	    BIO_meth_set_write_ex(m, tls_bio_write) == 1 && BIO_meth_set_ctrl(m, tls_bio_ctrl) == 1)
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* ---- connection ------------------------------------------------------------------------------ */

/* The name or address the server's certificate must carry. */
static bool tls_expect_host(SSL *ssl, const char *host)
{
	uint8_t address[16];

	if (host[0] == '\0')
		return true;
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

enum st_code tls_init(struct tls *t, struct tls_context *ctx, struct st_err *err)
{
	SSL *ssl = SSL_new(ctx->ssl);
	BIO *bio = BIO_new(ctx->bio);

	memset(t, 0, sizeof(*t));
	if (ssl == NULL || bio == NULL || !tls_expect_host(ssl, ctx->host)) {
		SSL_free(ssl);
		BIO_free(bio);
		ERR_clear_error();
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL, "out of memory");
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio); /* now owned by ssl */
	SSL_set_app_data(ssl, t);
	if (ctx->server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	buf_init(&t->in, TLS_IN_MAX);
	buf_init(&t->out, TLS_OUT_MAX);
	t->ssl = ssl;
	t->ctx = ctx;
	ctx->refs++;
	return ST_OK;
}

void tls_fini(struct tls *t)
{
	if (t->ssl == NULL)
		return;
	SSL_free(t->ssl);
	t->ssl = NULL;
	buf_fini(&t->in);
	buf_fini(&t->out);
	tls_context_free(t->ctx);
	t->ctx = NULL;
}

/* The handshake itself lets a missing protocol pass; we do not. */
static enum st_code tls_check(struct tls *t)
{
	const uint8_t *alpn = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(t->ssl, &alpn, &len);
	if (len + 1 != t->ctx->alpn_len || memcmp(alpn, t->ctx->alpn + 1, len) != 0) {
		t->closed = true;
		return st_fail(&t->err, ST_FAILED_PRECONDITION, "WRONG_PROTOCOL", NULL,
			       "the other side does not speak our protocol");
	}
	t->ready = true;
	return ST_OK;
}

static enum st_code tls_advance(struct tls *t)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r == 1)
		return tls_check(t);
	if (SSL_get_error(t->ssl, r) == SSL_ERROR_WANT_READ)
		return ST_OK;
	return tls_fail(t);
}

enum st_code tls_start(struct tls *t)
{
	return tls_advance(t);
}

enum st_code tls_feed(struct tls *t, struct slice in)
{
	if (t->closed)
		return t->err.code; /* after close_notify nothing counts any more */
	if (buf_append(&t->in, in.data, in.len) != ST_OK) {
		t->closed = true;
		return st_fail(&t->err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "too much arrived at once");
	}
	return t->ready ? ST_OK : tls_advance(t);
}

size_t tls_read(struct tls *t, uint8_t *out, size_t max)
{
	size_t n = 0;
	int r;

	if (!t->ready || t->closed)
		return 0;
	ERR_clear_error();
	r = SSL_read_ex(t->ssl, out, max, &n);
	if (r == 1)
		return n;
	r = SSL_get_error(t->ssl, r);
	if (r == SSL_ERROR_ZERO_RETURN)
		t->closed = true;
	else if (r != SSL_ERROR_WANT_READ)
		(void)tls_fail(t);
	return 0;
}

bool tls_partial(const struct tls *t)
{
	return t->in.len > 0 || SSL_has_pending(t->ssl) == 1;
}

enum st_code tls_write(struct tls *t, struct slice plain)
{
	size_t n;

	if (t->err.code != ST_OK)
		return t->err.code;
	if (!t->ready)
		return ST_FAILED_PRECONDITION;
	if (plain.len == 0)
		return ST_OK;
	ERR_clear_error();
	if (SSL_write_ex(t->ssl, plain.data, plain.len, &n) == 1)
		return ST_OK;
	return tls_fail(t);
}

void tls_shutdown(struct tls *t)
{
	if (!t->ready || t->err.code != ST_OK)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl); /* half of it is enough: nothing is resumed */
	ERR_clear_error();
}

bool tls_peer_device(const struct tls *t, char out[37])
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);

	return t->ready && cert != NULL && tls_cert_device(cert, out);
}

bool tls_peer_fingerprint(const struct tls *t, uint8_t out[32], int64_t *ret_seconds_left)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	int days, seconds;

	if (!t->ready || cert == NULL || X509_digest(cert, EVP_sha256(), hash, &len) != 1 ||
	    len != 32 || ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) != 1)
		return false;
	memcpy(out, hash, 32);
	*ret_seconds_left = (int64_t)days * 86400 + seconds;
	return true;
}
