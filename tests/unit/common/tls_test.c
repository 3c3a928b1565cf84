#include "common/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "tests/unit/common/tls_rig.h"

static void device_and_server_meet(void **state)
{
	struct keys *f = *state;
	struct pair p;
	char device[37];
	uint8_t fingerprint[32];
	int64_t left = 0;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 4096);
	pair_assert_up(&p);
	assert_string_equal(SSL_get_version(p.server.ssl), "TLSv1.3");
	assert_true(tls_peer_device(&p.server, device));
	assert_string_equal(device, TLS_RIG_DEVICE);
	assert_true(tls_peer_fingerprint(&p.server, fingerprint, &left));
	assert_in_range(left, 89 * 86400, 90 * 86400);
	assert_false(tls_peer_device(&p.client, device));
	pair_close(&p);
}

static void handshake_works_byte_by_byte(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 1);
	pair_assert_up(&p);
	pair_close(&p);
}

static void data_goes_both_ways_and_buffers_are_given_back(void **state)
{
	static uint8_t big[300000], got[300000];
	struct keys *f = *state;
	struct pair p;
	size_t have = 0, n;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 31 + i / 7);
	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 4096);
	pair_assert_up(&p);
	assert_int_equal(tls_write(&p.client, slice_of(big, sizeof(big))), ST_OK);
	while (p.client.out.len > 0) {
		struct slice all = buf_peek(&p.client.out);
		size_t step = all.len < 1000 ? all.len : 1000;

		assert_int_equal(tls_feed(&p.server, slice_of(all.data, step)), ST_OK);
		buf_consume(&p.client.out, step);
		while ((n = tls_read(&p.server, got + have, sizeof(got) - have)) > 0)
			have += n;
		if (p.client.out.len > 0 && have % 16384 != 0)
			assert_true(tls_partial(&p.server));
	}
	assert_int_equal(have, sizeof(big));
	assert_memory_equal(got, big, sizeof(big));
	assert_false(tls_partial(&p.server));
	assert_null(p.server.in.data);
	assert_null(p.client.out.data);
	assert_int_equal(tls_write(&p.server, slice_str("back")), ST_OK);
	pair_pump(&p.server, &p.client, 4096);
	assert_int_equal(tls_read(&p.client, got, sizeof(got)), 4);
	assert_memory_equal(got, "back", 4);
	pair_close(&p);
}

static void shutdown_is_seen_as_an_orderly_end(void **state)
{
	struct keys *f = *state;
	struct pair p;
	uint8_t byte;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 4096);
	tls_shutdown(&p.server);
	assert_true(p.server.out.len > 0);
	pair_pump(&p.server, &p.client, 4096);
	assert_int_equal(tls_read(&p.client, &byte, 1), 0);
	assert_true(p.client.closed);
	assert_int_equal(p.client.err.code, ST_OK);
	pair_close(&p);
}

static void altered_record_ends_the_connection(void **state)
{
	struct keys *f = *state;
	struct pair p;
	uint8_t byte;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 4096);
	assert_int_equal(tls_write(&p.client, slice_str("money")), ST_OK);
	p.client.out.data[p.client.out.start + p.client.out.len - 1] ^= 1;
	pair_pump(&p.client, &p.server, 4096);
	assert_int_equal(tls_read(&p.server, &byte, 1), 0);
	assert_true(p.server.closed);
	assert_int_not_equal(p.server.err.code, ST_OK);
	assert_int_not_equal(tls_write(&p.server, slice_str("no")), ST_OK);
	pair_close(&p);
}

static void writing_before_the_handshake_is_refused(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	assert_int_equal(tls_write(&p.client, slice_str("early")), ST_FAILED_PRECONDITION);
	assert_int_equal(p.client.out.len, 0);
	pair_shake(&p, 4096); /* and has done no harm */
	pair_assert_up(&p);
	pair_close(&p);
}

static void no_ticket_is_sent(void **state)
{
	struct keys *f = *state;
	struct pair p;
	uint8_t byte;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 4096);
	pair_assert_up(&p);
	assert_int_equal(tls_read(&p.client, &byte, 1), 0);
	assert_int_equal(SSL_SESSION_has_ticket(SSL_get0_session(p.client.ssl)), 0);
	assert_int_equal(SSL_SESSION_get_max_early_data(SSL_get0_session(p.client.ssl)), 0);
	pair_close(&p);
}

static void contexts_that_could_not_work_are_refused(void **state)
{
	struct keys *f = *state;
	struct tls_options bad[7];
	struct tls_context *ctx = NULL;

	for (size_t i = 0; i < 7; i++)
		bad[i] = work_server(f);
	bad[0].cert_pem = "not a certificate";
	bad[1].key_pem = f->device.key_pem; /* another certificate's */
	bad[2].root_pem = NULL;
	bad[3].alpn = NULL;
	bad[4].cert_pem = NULL;
	bad[5].root_pem = "";
	bad[6] = enrol_client(f);
	bad[6].pin = NULL;
	for (size_t i = 0; i < 7; i++) {
		struct st_err err = { 0 };

		assert_int_equal(tls_context_new(&bad[i], &ctx, &err), ST_INVALID_ARGUMENT);
		assert_string_not_equal(err.message, "");
		assert_null(ctx);
	}
}

static void connection_outlives_its_context(void **state)
{
	struct keys *f = *state;
	struct pair p;
	uint8_t got[8];

	pair_open(&p, work_server(f), work_client(f, &f->device));
	tls_context_free(p.server_ctx);
	tls_context_free(p.client_ctx);
	p.server_ctx = p.client_ctx = NULL;
	pair_shake(&p, 4096);
	pair_assert_up(&p);
	assert_int_equal(tls_write(&p.client, slice_str("hello")), ST_OK);
	pair_pump(&p.client, &p.server, 4096);
	assert_int_equal(tls_read(&p.server, got, sizeof(got)), 5);
	pair_close(&p);
}

static void enrolling_device_knows_the_server_by_its_pin(void **state)
{
	struct keys *f = *state;
	struct pair p;
	char device[37];

	pair_open(&p, enrol_server(f, &f->server), enrol_client(f));
	pair_shake(&p, 4096);
	pair_assert_up(&p);
	assert_false(tls_peer_device(&p.server, device));
	pair_close(&p);
}

static void root_travels_only_where_it_is_needed(void **state)
{
	struct keys *f = *state;
	struct pair p;

	pair_open(&p, work_server(f), work_client(f, &f->device));
	pair_shake(&p, 4096);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(p.client.ssl)), 1);
	pair_close(&p);
	pair_open(&p, enrol_server(f, &f->server), enrol_client(f));
	pair_shake(&p, 4096);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(p.client.ssl)), 2);
	pair_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_and_server_meet),
		cmocka_unit_test(handshake_works_byte_by_byte),
		cmocka_unit_test(data_goes_both_ways_and_buffers_are_given_back),
		cmocka_unit_test(shutdown_is_seen_as_an_orderly_end),
		cmocka_unit_test(altered_record_ends_the_connection),
		cmocka_unit_test(writing_before_the_handshake_is_refused),
		cmocka_unit_test(no_ticket_is_sent),
		cmocka_unit_test(contexts_that_could_not_work_are_refused),
		cmocka_unit_test(connection_outlives_its_context),
		cmocka_unit_test(enrolling_device_knows_the_server_by_its_pin),
		cmocka_unit_test(root_travels_only_where_it_is_needed),
	};

	return cmocka_run_group_tests(tests, keys_setup, keys_teardown);
}
