/* Who never gets as far as a request, and that it is told so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include "common/frame.h"
#include "tests/unit/server/net/rig.h"

#define RECORD_ALERT 21

/* The client never gets in, and learns the reason. */
static void assert_kept_out(struct keys *k, struct rig_options o, struct tls_options client,
			    const char *reason)
{
	struct rig r;
	struct client c;

	rig_open(&r, k, o);
	client_open(&c, &r, client);
	rig_until(&r, client_ended(&c));
	assert_true(c.eof); /* the end of a stream, not a reset that would have eaten the reason */
	assert_string_equal(c.tls.err.reason, reason);
	assert_int_equal(r.opened, 0);
	client_close(&c);
	rig_until(&r, listener_conns(r.listener) == 0);
	rig_close(&r);
	assert_int_equal(r.gone, 0);
}

static void client_without_certificate_is_kept_out(void **state)
{
	static const struct pki_pair none;
	struct keys *k = *state;

	assert_kept_out(k, rig_work(k), work_client(k, &none), "CERTIFICATE_MISSING");
}

static void client_of_a_foreign_authority_is_kept_out(void **state)
{
	struct keys *k = *state;

	assert_kept_out(k, rig_work(k), work_client(k, &k->foreign_device), "CERTIFICATE_REFUSED");
}

static void certificate_for_servers_is_kept_out(void **state)
{
	struct keys *k = *state;

	assert_kept_out(k, rig_work(k), work_client(k, &k->server), "CERTIFICATE_REFUSED");
}

static void certificate_expired_beyond_the_grace_is_kept_out(void **state)
{
	struct keys *k = *state;

	assert_kept_out(k, rig_work(k), work_client(k, &k->long_expired), "CERTIFICATE_EXPIRED");
}

static void wrong_protocol_is_kept_out(void **state)
{
	struct keys *k = *state;
	struct tls_options o = work_client(k, &k->device);

	o.alpn = ALPN_ENROL;
	assert_kept_out(k, rig_work(k), o, "WRONG_PROTOCOL");
	assert_kept_out(k, rig_enrol(k), work_client(k, &k->device), "WRONG_PROTOCOL");
}

static void expired_certificate_within_the_grace_may_only_renew(void **state)
{
	struct keys *k = *state;
	struct rig r;
	struct client c;

	rig_open(&r, k, rig_work(k));
	client_open(&c, &r, work_client(k, &k->expired));
	client_greet(&c);
	assert_int_equal(c.welcomes, 1);
	assert_true(r.last.renew_only);
	assert_string_equal(r.last.device, TLS_RIG_DEVICE);
	client_close(&c);
	rig_close(&r);
}

/* What OpenSSL says first with these settings. */
static size_t first_flight(int version, const char *alpn, uint8_t *out, size_t max)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	BIO *in = BIO_new(BIO_s_mem()), *flight = BIO_new(BIO_s_mem());
	char *data;
	long n;

	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, version), 1);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, version), 1);
	if (alpn != NULL)
		SSL_CTX_set_alpn_protos(ctx, (const uint8_t *)alpn, (unsigned)strlen(alpn));
	ssl = SSL_new(ctx);
	SSL_set_bio(ssl, in, flight);
	SSL_set_connect_state(ssl);
	(void)SSL_do_handshake(ssl);
	n = BIO_get_mem_data(flight, &data);
	assert_in_range(n, 1, max);
	memcpy(out, data, (size_t)n);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return (size_t)n;
}

static void assert_alert(struct keys *k, int version, const char *alpn, uint8_t alert)
{
	struct rig r;
	struct client c;
	uint8_t flight[4096];
	size_t n = first_flight(version, alpn, flight, sizeof(flight));

	rig_open(&r, k, rig_work(k));
	client_open_raw(&c, &r, NULL);
	rig_until(&r, c.connected);
	client_write_raw(&c, flight, n);
	rig_until(&r, client_ended(&c));
	assert_true(c.eof);
	assert_int_equal(c.n_got, 7);
	assert_int_equal(c.got[0], RECORD_ALERT);
	assert_int_equal(c.got[6], alert);
	client_close(&c);
	rig_close(&r);
}

static void older_tls_is_kept_out(void **state)
{
	assert_alert(*state, TLS1_2_VERSION, "\x09steward/1", SSL_AD_PROTOCOL_VERSION);
	assert_alert(*state, TLS1_1_VERSION, "\x09steward/1", SSL_AD_PROTOCOL_VERSION);
}

static void client_that_names_no_protocol_is_kept_out(void **state)
{
	assert_alert(*state, TLS1_3_VERSION, NULL, SSL_AD_NO_APPLICATION_PROTOCOL);
	assert_alert(*state, TLS1_3_VERSION, "\x02h2\x08http/1.1", SSL_AD_NO_APPLICATION_PROTOCOL);
}

static void garbage_is_kept_out(void **state)
{
	static const char *const garbage[] = {
		"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"\xd5\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
		"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
		"\x16\x03\x01\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff",
	};

	for (size_t i = 0; i < 4; i++) {
		struct rig r;
		struct client c;

		rig_open(&r, *state, rig_work(*state));
		client_open_raw(&c, &r, NULL);
		rig_until(&r, c.connected);
		for (int k = 0; k < 40; k++)
			client_write_raw(&c, garbage[i], strlen(garbage[i]));
		rig_until(&r, client_ended(&c));
		assert_int_equal(r.opened, 0);
		client_close(&c);
		rig_close(&r);
	}
}

/* Reaches a greeted or ungreeted session, sends bytes of its own, and is shown the door. */
static void assert_shown_out(struct keys *k, bool greet, const void *bytes, size_t n, int code)
{
	struct rig r;
	struct client c;

	rig_open(&r, k, rig_work(k));
	client_open(&c, &r, work_client(k, &k->device));
	if (greet)
		client_greet(&c);
	else
		rig_until(&r, c.tls.ready);
	client_write(&c, bytes, n);
	rig_until(&r, client_ended(&c));
	assert_true(c.eof);
	assert_int_equal(c.errors, code != 0);
	assert_int_equal(c.code, code);
	assert_int_equal(r.requests, 0);
	client_close(&c);
	rig_until(&r, r.gone == 1);
	rig_close(&r);
}

static void hello_that_is_too_large_is_shown_out(void **state)
{
	uint8_t header[FRAME_HEADER];

	frame_header(header, FRAME_HELLO, 0, 4097, 0);
	assert_shown_out(*state, false, header, sizeof(header), ST_RESOURCE_EXHAUSTED);
}

static void second_hello_is_shown_out(void **state)
{
	uint8_t header[FRAME_HEADER];

	frame_header(header, FRAME_HELLO, 0, 0, 0);
	assert_shown_out(*state, true, header, sizeof(header), ST_INVALID_ARGUMENT);
}

static void request_before_hello_is_shown_out(void **state)
{
	uint8_t header[FRAME_HEADER];

	frame_header(header, FRAME_REQUEST, 0, 0, 1);
	assert_shown_out(*state, false, header, sizeof(header), ST_INVALID_ARGUMENT);
}

static void wrong_magic_gets_no_answer(void **state)
{
	assert_shown_out(*state, false, "GET / HTTP/1.1\r\n\r\n", 18, 0);
	assert_shown_out(*state, true, "GET / HTTP/1.1\r\n\r\n", 18, 0);
}

static void flood_of_frames_after_the_end_is_thrown_away(void **state)
{
	struct rig r;
	struct client c;
	uint8_t *bytes = calloc(1, 3 << 20);

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_write(&c, bytes, 3 << 20); /* the first byte is wrong already */
	rig_until(&r, r.gone == 1);       /* and nobody waits for the rest */
	rig_until(&r, client_ended(&c));
	client_close(&c);
	rig_close(&r);
	free(bytes);
}

static void enrolling_device_needs_no_certificate(void **state)
{
	struct keys *k = *state;
	struct rig r;
	struct client c;

	rig_open(&r, k, rig_enrol(k));
	client_open(&c, &r, enrol_client(k));
	client_greet(&c);
	assert_int_equal(c.welcomes, 1);
	assert_string_equal(r.last.device, "");
	client_request(&c, "my token");
	rig_until(&r, c.responses == 1);
	client_close(&c);
	rig_close(&r);
}

static void enrolling_device_turns_away_from_another_root(void **state)
{
	struct keys *k = *state;
	struct tls_options o = enrol_client(k);
	struct rig r;
	struct client c;
	uint8_t pin[PKI_PIN];

	memcpy(pin, k->pin, sizeof(pin));
	pin[0] ^= 0x80;
	o.pin = pin;
	rig_open(&r, k, rig_enrol(k));
	client_open(&c, &r, o);
	rig_until(&r, client_ended(&c));
	assert_string_equal(c.tls.err.reason, "CERTIFICATE_REFUSED");
	assert_int_equal(r.opened, 0);
	client_close(&c);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_without_certificate_is_kept_out),
		cmocka_unit_test(client_of_a_foreign_authority_is_kept_out),
		cmocka_unit_test(certificate_for_servers_is_kept_out),
		cmocka_unit_test(certificate_expired_beyond_the_grace_is_kept_out),
		cmocka_unit_test(wrong_protocol_is_kept_out),
		cmocka_unit_test(expired_certificate_within_the_grace_may_only_renew),
		cmocka_unit_test(older_tls_is_kept_out),
		cmocka_unit_test(client_that_names_no_protocol_is_kept_out),
		cmocka_unit_test(garbage_is_kept_out),
		cmocka_unit_test(hello_that_is_too_large_is_shown_out),
		cmocka_unit_test(second_hello_is_shown_out),
		cmocka_unit_test(request_before_hello_is_shown_out),
		cmocka_unit_test(wrong_magic_gets_no_answer),
		cmocka_unit_test(flood_of_frames_after_the_end_is_thrown_away),
		cmocka_unit_test(enrolling_device_needs_no_certificate),
		cmocka_unit_test(enrolling_device_turns_away_from_another_root),
	};

	return cmocka_run_group_tests(tests, keys_setup, keys_teardown);
}
