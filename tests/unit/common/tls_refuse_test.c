/* Who is turned away, by which end, and what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "tests/unit/common/tls_rig.h"

#define ALERT_NO_PROTOCOL 120

/* The server turned the client away, and the client was told so. */
static void assert_refused(struct pair *p, const char *server_reason, const char *client_reason)
{
	assert_false(p->server.ready);
	assert_true(p->server.closed && p->client.closed);
	assert_string_equal(p->server.err.reason, server_reason);
	assert_string_equal(p->client.err.reason, client_reason);
}

static void client_without_certificate_is_refused(void **state)
{
	static const struct pki_pair none;
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &none));
	pair_shake(&p, 4096);
	assert_refused(&p, "CERTIFICATE_MISSING", "CERTIFICATE_MISSING");
	pair_close(&p);
}

static void client_of_a_foreign_authority_is_refused(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->foreign_device));
	pair_shake(&p, 4096);
	assert_refused(&p, "CERTIFICATE_REFUSED", "CERTIFICATE_REFUSED");
	pair_close(&p);
}

static void server_certificate_does_not_pass_as_a_device(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->server));
	pair_shake(&p, 4096);
	assert_refused(&p, "CERTIFICATE_REFUSED", "CERTIFICATE_REFUSED");
	pair_close(&p);
}

static void certificate_that_names_no_device_is_refused(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->nameless));
	pair_shake(&p, 4096);
	assert_false(p.server.ready);
	assert_string_equal(p.server.err.reason, "CERTIFICATE_REFUSED");
	assert_true(p.client.closed);
	pair_close(&p);
}

static void certificate_that_does_not_say_its_use_is_refused(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->useless));
	pair_shake(&p, 4096);
	assert_refused(&p, "CERTIFICATE_REFUSED", "CERTIFICATE_REFUSED");
	pair_close(&p);
}

static void expired_device_is_let_in_within_the_grace_and_known_as_such(void **state)
{
	struct keys *f = *state;
	struct pair p;
	uint8_t fingerprint[32];
	int64_t left = 0;

	pair_open(&p, work_server(f), work_client(f, &f->expired));
	pair_shake(&p, 4096);
	pair_assert_up(&p);
	assert_true(tls_peer_fingerprint(&p.server, fingerprint, &left));
	assert_true(left < 0);
	pair_close(&p);
}

static void expired_device_is_refused_beyond_the_grace(void **state)
{
	struct keys *f = *state;
	struct tls_options strict = work_server(f);
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->long_expired));
	pair_shake(&p, 4096);
	assert_refused(&p, "CERTIFICATE_EXPIRED", "CERTIFICATE_EXPIRED");
	pair_close(&p);
	strict.expired_grace_days = 0;
	pair_open(&p, strict, work_client(f, &f->expired));
	pair_shake(&p, 4096);
	assert_refused(&p, "CERTIFICATE_EXPIRED", "CERTIFICATE_EXPIRED");
	pair_close(&p);
}

static void wrong_protocol_is_refused(void **state)
{
	struct keys *f = *state;
	struct tls_options client = work_client(f, &f->device);
	struct pair p;

	client.alpn = ALPN_ENROL;
	pair_open(&p, work_server(f), client);
	pair_shake(&p, 4096);
	assert_refused(&p, "WRONG_PROTOCOL", "WRONG_PROTOCOL");
	pair_close(&p);
}

static void server_of_a_foreign_authority_is_refused(void **state)
{
	struct keys *f = *state;
	struct tls_options server = work_server(f);
	struct pair p;

	server.cert_pem = f->foreign_server.cert_pem;
	server.key_pem = f->foreign_server.key_pem;
	pair_open(&p, server, work_client(f, &f->device));
	pair_shake(&p, 4096);
	assert_false(p.client.ready || p.server.ready);
	assert_string_equal(p.client.err.reason, "CERTIFICATE_REFUSED");
	pair_close(&p);
}

static void device_certificate_does_not_pass_as_a_server(void **state)
{
	struct keys *f = *state;
	struct tls_options server = work_server(f), client = work_client(f, &f->device);
	struct pair p;

	server.cert_pem = f->device.cert_pem;
	server.key_pem = f->device.key_pem;
	client.host = NULL;
	pair_open(&p, server, client);
	pair_shake(&p, 4096);
	assert_false(p.client.ready);
	assert_string_equal(p.client.err.reason, "CERTIFICATE_REFUSED");
	pair_close(&p);
}

static void server_must_carry_the_name_or_address_asked_for(void **state)
{
	static const struct {
		const char *host;
		bool ok;
	} cases[] = {
		{ "localhost", true },      { "127.0.0.1", true },  { NULL, true },
		{ "other.example", false }, { "127.0.0.2", false }, { "::1", false },
	};
	struct keys *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tls_options client = work_client(f, &f->device);
		struct pair p;

		client.host = cases[i].host;
		pair_open(&p, work_server(f), client);
		pair_shake(&p, 4096);
		assert_int_equal(p.client.ready, cases[i].ok);
		if (!cases[i].ok)
			assert_string_equal(p.client.err.reason, "CERTIFICATE_HOST");
		pair_close(&p);
	}
}

static void enrolling_device_refuses_another_pin(void **state)
{
	struct keys *f = *state;
	struct tls_options client = enrol_client(f);
	uint8_t pin[PKI_PIN];
	struct pair p;

	memcpy(pin, f->pin, sizeof(pin));
	pin[PKI_PIN - 1] ^= 1;
	client.pin = pin;
	pair_open(&p, enrol_server(f, &f->server), client);
	pair_shake(&p, 4096);
	assert_false(p.client.ready || p.server.ready);
	assert_string_equal(p.client.err.reason, "CERTIFICATE_REFUSED");
	pair_close(&p);
}

/* The pinned root stands in the chain, but did not sign the server's certificate. */
static void enrolling_device_wants_the_pinned_root_to_have_signed(void **state)
{
	struct keys *f = *state;
	struct tls_options server = enrol_server(f, &f->foreign_server);
	struct pair p;

	server.cert_pem = arena_printf(&f->mem, "%s%s", f->foreign_server.cert_pem,
				       f->root.cert_pem);
	pair_open(&p, server, enrol_client(f));
	pair_shake(&p, 4096);
	assert_false(p.client.ready || p.server.ready);
	assert_string_equal(p.client.err.reason, "CERTIFICATE_REFUSED");
	pair_close(&p);
}

/* A client made of OpenSSL alone, for what ours would never send. Returns the alert the server
 * answered with, -1: none. */
static int bare_client(struct keys *f, SSL_CTX *ctx, struct tls *server)
{
	struct tls_options o = work_server(f);
	struct tls_context *server_ctx = NULL;
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	struct st_err err = { 0 };
	enum st_code code = ST_OK;
	int alert = -1;

	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	assert_int_equal(tls_context_new(&o, &server_ctx, &err), ST_OK);
	assert_int_equal(tls_init(server, server_ctx, &err), ST_OK);
	for (int turn = 0; turn < 6; turn++) {
		char *data;
		long n;

		(void)SSL_do_handshake(ssl);
		n = BIO_get_mem_data(out, &data);
		if (n > 0)
			code = tls_feed(server, slice_of(data, (size_t)n));
		(void)BIO_reset(out);
		if (server->out.len >= 7 && buf_peek(&server->out).data[0] == 21)
			alert = buf_peek(&server->out).data[6];
		BIO_write(in, buf_peek(&server->out).data, (int)server->out.len);
		buf_consume(&server->out, server->out.len);
	}
	assert_int_not_equal(code, ST_OK);
	ERR_clear_error();
	SSL_free(ssl);
	tls_context_free(server_ctx);
	return alert;
}

static SSL_CTX *bare_context(struct keys *f)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	BIO *in = BIO_new_mem_buf(f->device.cert_pem, -1);
	BIO *keys = BIO_new_mem_buf(f->device.key_pem, -1);
	X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);

	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(in);
	BIO_free(keys);
	return ctx;
}

static void client_that_names_no_protocol_is_refused(void **state)
{
	struct keys *f = *state;
	SSL_CTX *ctx = bare_context(f);
	struct tls server;

	assert_int_equal(bare_client(f, ctx, &server), ALERT_NO_PROTOCOL);
	assert_false(server.ready);
	assert_string_equal(server.err.reason, "WRONG_PROTOCOL");
	tls_fini(&server);
	SSL_CTX_free(ctx);
}

static void client_with_another_protocol_gets_alert_120(void **state)
{
	struct keys *f = *state;
	SSL_CTX *ctx = bare_context(f);
	struct tls server;

	SSL_CTX_set_alpn_protos(ctx, (const uint8_t *)"\x02h2", 3);
	assert_int_equal(bare_client(f, ctx, &server), ALERT_NO_PROTOCOL);
	assert_false(server.ready);
	tls_fini(&server);
	SSL_CTX_free(ctx);
}

/* A server made of OpenSSL alone that does not care for protocols. */
static void server_that_chooses_no_protocol_is_refused(void **state)
{
	struct keys *f = *state;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *certs = BIO_new_mem_buf(f->server.cert_pem, -1);
	BIO *keys = BIO_new_mem_buf(f->server.key_pem, -1);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	X509 *cert = PEM_read_bio_X509(certs, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);
	struct tls_options o = work_client(f, &f->device);
	struct tls_context *client_ctx = NULL;
	struct tls client;
	struct st_err err = { 0 };
	SSL *ssl;
	char *data;
	long n;

	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	ssl = SSL_new(ctx);
	SSL_set_bio(ssl, in, out);
	SSL_set_accept_state(ssl);
	assert_int_equal(tls_context_new(&o, &client_ctx, &err), ST_OK);
	assert_int_equal(tls_init(&client, client_ctx, &err), ST_OK);
	assert_int_equal(tls_start(&client), ST_OK);
	BIO_write(in, buf_peek(&client.out).data, (int)client.out.len);
	(void)SSL_do_handshake(ssl);
	n = BIO_get_mem_data(out, &data);
	assert_int_not_equal(tls_feed(&client, slice_of(data, (size_t)n)), ST_OK);
	assert_false(client.ready);
	assert_string_equal(client.err.reason, "WRONG_PROTOCOL");
	tls_fini(&client);
	tls_context_free(client_ctx);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(certs);
	BIO_free(keys);
}

static void older_tls_is_refused(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_1_VERSION };
	struct keys *f = *state;

	for (size_t i = 0; i < 2; i++) {
		SSL_CTX *ctx = bare_context(f);
		struct tls server;

		SSL_CTX_set_security_level(ctx, 0);
		SSL_CTX_set_min_proto_version(ctx, versions[i]);
		SSL_CTX_set_max_proto_version(ctx, versions[i]);
		SSL_CTX_set_alpn_protos(ctx, (const uint8_t *)"\x09steward/1", 10);
		assert_int_equal(bare_client(f, ctx, &server), SSL_AD_PROTOCOL_VERSION);
		assert_false(server.ready);
		assert_string_equal(server.err.reason, "TLS_VERSION");
		tls_fini(&server);
		SSL_CTX_free(ctx);
	}
}

static void garbage_is_refused(void **state)
{
	static const char *const garbage[] = {
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"\xd5\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
		"SSH-2.0-OpenSSH_9.2p1\r\n",
	};
	struct keys *f = *state;
	struct tls_options o = work_server(f);
	struct tls_context *ctx = NULL;
	struct st_err err = { 0 };

	assert_int_equal(tls_context_new(&o, &ctx, &err), ST_OK);
	for (size_t i = 0; i < 3; i++) {
		struct tls server;

		assert_int_equal(tls_init(&server, ctx, &err), ST_OK);
		assert_int_not_equal(tls_feed(&server, slice_of(garbage[i], 12)), ST_OK);
		assert_true(server.closed);
		assert_string_not_equal(server.err.message, "");
		assert_int_not_equal(tls_feed(&server, slice_str("more")), ST_OK);
		tls_fini(&server);
	}
	tls_context_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_without_certificate_is_refused),
		cmocka_unit_test(client_of_a_foreign_authority_is_refused),
		cmocka_unit_test(server_certificate_does_not_pass_as_a_device),
		cmocka_unit_test(certificate_that_names_no_device_is_refused),
		cmocka_unit_test(certificate_that_does_not_say_its_use_is_refused),
		cmocka_unit_test(expired_device_is_let_in_within_the_grace_and_known_as_such),
		cmocka_unit_test(expired_device_is_refused_beyond_the_grace),
		cmocka_unit_test(wrong_protocol_is_refused),
		cmocka_unit_test(server_of_a_foreign_authority_is_refused),
		cmocka_unit_test(device_certificate_does_not_pass_as_a_server),
		cmocka_unit_test(server_must_carry_the_name_or_address_asked_for),
		cmocka_unit_test(enrolling_device_refuses_another_pin),
		cmocka_unit_test(enrolling_device_wants_the_pinned_root_to_have_signed),
		cmocka_unit_test(client_that_names_no_protocol_is_refused),
		cmocka_unit_test(client_with_another_protocol_gets_alert_120),
		cmocka_unit_test(server_that_chooses_no_protocol_is_refused),
		cmocka_unit_test(older_tls_is_refused),
		cmocka_unit_test(garbage_is_refused),
	};

	return cmocka_run_group_tests(tests, keys_setup, keys_teardown);
}
