#include "server/net/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/frame.h"
#include "tests/unit/server/net/rig.h"

#define MANY 200

static void connections_come_and_go_without_leaving_handles(void **state)
{
	struct rig r;
	struct client *c = calloc(MANY, sizeof(*c));
	unsigned ready = 0;

	rig_open(&r, *state, rig_work(*state));
	for (int lot = 0; lot < MANY; lot += 20) { /* fewer strangers than one address may have */
		for (int i = lot; i < lot + 20; i++)
			client_open(&c[i], &r, work_client(r.keys, &r.keys->device));
		for (int i = lot; i < lot + 20; i++)
			client_greet(&c[i]);
	}
	for (int i = 0; i < MANY; i++)
		ready += c[i].welcomes;
	assert_int_equal(ready, MANY);
	assert_int_equal(listener_conns(r.listener), MANY);
	for (int i = 0; i < MANY; i++)
		client_close(&c[i]);
	rig_until(&r, r.gone == MANY);
	assert_int_equal(listener_conns(r.listener), 0);
	rig_close(&r); /* uv_loop_close() tells of handles that are left */
	free(c);
}

/* The port may close at any moment of a connection's life. */
static void closing_at_any_turn_leaves_nothing(void **state)
{
	for (int turns = 0; turns < 40; turns++) {
		struct rig r;
		struct client c;
		bool greeted = false;

		rig_open(&r, *state, rig_work(*state));
		client_open(&c, &r, work_client(r.keys, &r.keys->device));
		for (int i = 0; i < turns; i++) {
			uv_run(&r.loop, UV_RUN_NOWAIT);
			if (c.tls.ready && !greeted) {
				greeted = true;
				assert_int_equal(session_send_hello(&c.session, slice_str("hello")),
						 ST_OK);
				client_request(&c, "hold");
				client_request(&c, "big");
			}
		}
		rig_leave(&r, 0);
		rig_until(&r, r.closed);
		client_close(&c);
		rig_close(&r);
	}
}

/* The client may vanish at any moment. */
static void client_may_vanish_at_any_turn(void **state)
{
	struct rig r;

	rig_open(&r, *state, rig_work(*state));
	for (int turns = 0; turns < 40; turns++) {
		struct client c;
		bool greeted = false;

		client_open(&c, &r, work_client(r.keys, &r.keys->device));
		for (int i = 0; i < turns; i++) {
			uv_run(&r.loop, UV_RUN_NOWAIT);
			if (c.tls.ready && !greeted) {
				greeted = true;
				assert_int_equal(session_send_hello(&c.session, slice_str("hello")),
						 ST_OK);
				client_request(&c, "hold");
				client_request(&c, "big");
			}
		}
		client_close(&c);
		rig_until(&r, listener_conns(r.listener) == 0);
	}
	rig_close(&r);
}

static void closing_waits_for_the_running_request(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	rig_leave(&r, 60000);
	rig_until(&r, c.goaways == 2);
	assert_int_equal(c.goaway_last[0], FRAME_STREAM_MAX);
	assert_int_equal(c.goaway_code, ST_UNAVAILABLE);
	assert_int_equal(c.goaway_last[1], 1);
	rig_rest(&r);
	assert_false(r.closed);
	assert_false(client_ended(&c));
	rig_answer(&r, "late, but it came");
	rig_until(&r, client_ended(&c));
	assert_string_equal(c.response, "late, but it came");
	assert_int_equal(c.errors, 0);
	assert_false(r.closed); /* the client's half is still open */
	client_close(&c);
	rig_until(&r, r.closed);
	rig_close(&r);
}

static void idle_connections_leave_at_once(void **state)
{
	struct rig r;
	struct client c[5];

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 5; i++)
		client_enter(&c[i], &r);
	rig_leave(&r, 60000);
	for (int i = 0; i < 5; i++) {
		rig_until(&r, client_ended(&c[i]));
		assert_int_equal(c[i].goaways, 2);
		client_close(&c[i]);
	}
	rig_until(&r, r.closed);
	assert_int_equal(r.gone, 5);
	rig_close(&r);
}

/* A request that crosses the first GOAWAY is served; one behind the last is told to go elsewhere.
 */
static void requests_that_cross_the_farewell_are_not_lost(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_listen(&c, false);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	rig_leave(&r, 60000);
	rig_rest(&r);
	client_request(&c, "hold"); /* it has not read the GOAWAY yet */
	rig_until(&r, r.n_held == 2);
	client_listen(&c, true);
	rig_until(&r, c.goaways == 2);
	assert_int_equal(c.goaway_last[1], 3);
	c.session.going_away = false; /* a client that does not care */
	client_request(&c, "too late");
	rig_until(&r, c.responses == 1);
	assert_int_equal(c.code, ST_UNAVAILABLE);
	rig_answer(&r, "first");
	rig_answer(&r, "second");
	rig_until(&r, client_ended(&c));
	assert_int_equal(r.requests, 2);
	assert_int_equal(c.responses, 3);
	client_close(&c);
	rig_until(&r, r.closed);
	rig_close(&r);
}

static void client_that_ignores_the_farewell_is_not_waited_for(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_listen(&c, false);
	rig_leave(&r, 60000);
	rig_pass(&r, 1999);
	rig_pass(&r, 5000); /* no PONG came in 2 s, so it was told goodbye; 5 s later... */
	assert_int_equal(r.gone, 0);
	rig_pass(&r, 5000);
	rig_until(&r, r.closed);
	client_listen(&c, true);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.goaways, 2);
	client_close(&c);
	rig_close(&r);
}

static void without_any_grace_the_farewell_is_said_all_the_same(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	rig_leave(&r, 0);
	rig_until(&r, client_ended(&c));
	assert_int_equal(c.goaways, 1);
	rig_until(&r, r.closed);
	client_close(&c);
	rig_close(&r);
}

static void what_still_runs_at_the_deadline_is_cut(void **state)
{
	struct rig r;
	struct client c;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&c, &r);
	client_request(&c, "hold");
	rig_until(&r, r.n_held == 1);
	rig_leave(&r, 1000);
	rig_until(&r, c.goaways == 2);
	r.now_ms += 999;
	listener_sweep(r.listener);
	rig_rest(&r);
	assert_int_equal(r.gone, 0);
	r.now_ms += 1;
	rig_until(&r, r.closed);
	assert_int_equal(r.gone, 1);
	assert_int_equal(r.n_held, 0);
	rig_until(&r, client_ended(&c));
	client_close(&c);
	rig_close(&r);
}

static void strangers_are_sent_away_when_the_port_closes(void **state)
{
	struct rig r;
	struct client raw, silent;

	rig_open(&r, *state, rig_work(*state));
	client_open_raw(&raw, &r, NULL);
	client_open(&silent, &r, work_client(r.keys, &r.keys->device));
	rig_until(&r, r.opened == 1 && listener_conns(r.listener) == 2);
	rig_leave(&r, 60000);
	rig_until(&r, client_ended(&raw) && client_ended(&silent));
	assert_int_equal(silent.errors, 1);
	assert_int_equal(silent.code, ST_UNAVAILABLE);
	client_close(&raw);
	client_close(&silent);
	rig_until(&r, r.closed);
	rig_close(&r);
}

static void closed_port_takes_nobody(void **state)
{
	struct rig r;
	struct client held, late;

	rig_open(&r, *state, rig_work(*state));
	client_enter(&held, &r);
	client_request(&held, "hold");
	rig_until(&r, r.n_held == 1);
	rig_leave(&r, 60000);
	rig_rest(&r);
	client_open_raw(&late, &r, NULL);
	rig_until(&r, client_ended(&late));
	client_close(&late);
	rig_answer(&r, "done");
	rig_until(&r, client_ended(&held));
	client_close(&held);
	rig_until(&r, r.closed);
	rig_close(&r);
}

static void no_more_than_the_limit_are_let_in(void **state)
{
	struct rig_options o = rig_work(*state);
	struct rig r;
	struct client c[3], extra;

	o.max_conns = 3;
	rig_open(&r, *state, o);
	for (int i = 0; i < 3; i++)
		client_enter(&c[i], &r);
	client_open(&extra, &r, work_client(r.keys, &r.keys->device));
	rig_until(&r, client_ended(&extra));
	assert_int_equal(listener_conns(r.listener), 3);
	client_close(&extra);
	client_close(&c[0]);
	rig_until(&r, listener_conns(r.listener) == 2);
	client_enter(&c[0], &r); /* there is room again */
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
	rig_close(&r);
}

static void one_address_may_have_32_strangers(void **state)
{
	struct rig r;
	struct client *c = calloc(40, sizeof(*c)), other;
	unsigned ended = 0;

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 40; i++)
		client_open_raw(&c[i], &r, "127.0.0.7");
	client_open_raw(&other, &r, "127.0.0.8");
	rig_until(&r, listener_conns(r.listener) == 33);
	rig_rest(&r);
	assert_int_equal(listener_conns(r.listener), 33);
	for (int i = 0; i < 40; i++)
		ended += client_ended(&c[i]);
	assert_int_equal(ended, 8);
	assert_false(client_ended(&other));
	for (int i = 0; i < 40; i++)
		client_close(&c[i]);
	client_close(&other);
	rig_close(&r);
	free(c);
}

/* Those who are known do not count as strangers. */
static void one_address_may_have_many_devices(void **state)
{
	struct rig r;
	struct client *c = calloc(40, sizeof(*c));

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 40; i++)
		client_enter(&c[i], &r);
	assert_int_equal(listener_conns(r.listener), 40);
	for (int i = 0; i < 40; i++)
		client_close(&c[i]);
	rig_close(&r);
	free(c);
}

static void flood_of_strangers_is_thinned_out(void **state)
{
	struct rig r;
	struct client *c = calloc(400, sizeof(*c)), honest;
	unsigned done = 0;

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 400; i++) {
		char from[32];

		snprintf(from, sizeof(from), "127.0.1.%d", 1 + i / 20);
		client_open_raw(&c[i], &r, from);
		rig_until(&r, c[i].connected);
	}
	while (done < 400) { /* all are either in or out */
		done = listener_conns(r.listener);
		for (int i = 0; i < 400; i++)
			done += client_ended(&c[i]);
		if (done < 400)
			rig_turn(&r);
	}
	assert_int_equal(listener_conns(r.listener), 256);
	for (int i = 0; i < 400; i++)
		assert_int_equal(client_ended(&c[i]), i >= 256);
	/* Who keeps silent makes room for an honest client. */
	r.now_ms += 250;
	client_enter(&honest, &r);
	assert_int_equal(listener_conns(r.listener), 256);
	rig_until(&r, client_ended(&c[0]));
	assert_false(client_ended(&c[1]));
	for (int i = 0; i < 400; i++)
		client_close(&c[i]);
	client_close(&honest);
	rig_close(&r);
	free(c);
}

/* Or a rush of honest clients would keep all of them out. */
static void nobody_loses_his_place_in_the_midst_of_a_handshake(void **state)
{
	struct rig r;
	struct client *c = calloc(32, sizeof(*c)), late;

	rig_open(&r, *state, rig_work(*state));
	for (int i = 0; i < 32; i++) {
		client_open_raw(&c[i], &r, "127.0.0.7");
		rig_until(&r, c[i].connected);
		client_write_raw(&c[i], "\x16", 1);
	}
	rig_until(&r, listener_conns(r.listener) == 32);
	rig_rest(&r);
	r.now_ms += 1999;
	client_open_raw(&late, &r, "127.0.0.7");
	rig_until(&r, client_ended(&late));
	client_close(&late);
	r.now_ms += 1;
	client_open_raw(&late, &r, "127.0.0.7");
	rig_until(&r, client_ended(&c[0]));
	assert_false(client_ended(&late));
	for (int i = 0; i < 32; i++)
		client_close(&c[i]);
	client_close(&late);
	rig_close(&r);
	free(c);
}

/* On the enrolment port everybody is a stranger. */
static void who_enrols_gets_in_although_the_port_is_full(void **state)
{
	struct rig_options o = rig_enrol(*state);
	struct rig r;
	struct client c[3], honest;

	o.max_conns = 3;
	rig_open(&r, *state, o);
	for (int i = 0; i < 3; i++) {
		client_open_raw(&c[i], &r, NULL);
		rig_until(&r, listener_conns(r.listener) == (unsigned)i + 1);
	}
	rig_rest(&r);
	r.now_ms += 250;
	client_open(&honest, &r, enrol_client(r.keys));
	client_greet(&honest);
	rig_until(&r, client_ended(&c[0]));
	assert_int_equal(listener_conns(r.listener), 3);
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
	client_close(&honest);
	rig_close(&r);
}

/* Takes every descriptor the process may have left. Returns how many. */
static size_t take_descriptors(int *fds, size_t max)
{
	size_t n = 0;

	while (n < max && (fds[n] = dup(0)) >= 0)
		n++;
	return n;
}

static void without_descriptors_accepting_pauses_instead_of_spinning(void **state)
{
	struct rig r;
	struct client c;
	struct rlimit limit, low;
	struct pollfd loop = { .events = POLLIN };
	int fds[128];
	unsigned quiet = 0, conns;
	size_t n;

	rig_open(&r, *state, rig_work(*state));
	client_open_raw(&c, &r, NULL); /* its descriptor is made here */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 128;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	n = take_descriptors(fds, 128);
	rig_until(&r, c.connected);
	rig_rest(&r);
	/* The port's socket is readable all the time, but the loop is not woken by it. */
	loop.fd = uv_backend_fd(&r.loop);
	while (quiet < 20) {
		uv_run(&r.loop, UV_RUN_NOWAIT);
		quiet = poll(&loop, 1, 0) == 0 ? quiet + 1 : 0;
	}
	conns = listener_conns(r.listener);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_in_range(n, 1, 127);
	assert_int_equal(conns, 0);
	rig_until(&r, listener_conns(r.listener) == 1);
	client_close(&c);
	rig_close(&r);
}

static void new_certificate_counts_from_now_on(void **state)
{
	struct keys *k = *state;
	struct tls_options o = work_server(k);
	struct tls_context *foreign = NULL;
	struct rig r;
	struct client before, after;
	struct st_err err = { 0 };

	o.cert_pem = k->foreign_server.cert_pem;
	o.key_pem = k->foreign_server.key_pem;
	assert_int_equal(tls_context_new(&o, &foreign, &err), ST_OK);
	rig_open(&r, k, rig_work(k));
	client_enter(&before, &r);
	listener_set_tls(r.listener, foreign);
	client_open(&after, &r, work_client(k, &k->device));
	rig_until(&r, client_ended(&after));
	assert_string_equal(after.tls.err.reason, "CERTIFICATE_REFUSED");
	client_request(&before, "not disturbed");
	rig_until(&r, before.responses == 1);
	client_close(&before);
	client_close(&after);
	rig_close(&r);
	tls_context_free(foreign);
}

static void port_for_both_families_names_an_ipv4_client_as_such(void **state)
{
	struct rig_options o = rig_work(*state);
	struct rig r;
	struct client c;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0)
		skip(); /* a machine without IPv6 */
	close(fd);
	o.host = "::";
	rig_open(&r, *state, o);
	client_enter(&c, &r);
	assert_memory_equal(r.last.peer, "127.0.0.1:", 10);
	client_close(&c);
	rig_close(&r);
}

static void ports_that_cannot_be_had_are_refused(void **state)
{
	static const struct {
		const char *host;
		int port;
		enum st_code code;
	} cases[] = {
		{ "localhost", 0, ST_INVALID_ARGUMENT }, /* names would block */
		{ "", 0, ST_INVALID_ARGUMENT },
		{ "127.0.0.1", 65536, ST_INVALID_ARGUMENT },
		{ "127.0.0.1", -1, ST_INVALID_ARGUMENT },
		{ "192.0.2.1", 0, ST_UNAVAILABLE }, /* not an address of this machine */
	};
	struct rig r;

	rig_open(&r, *state, rig_work(*state));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct listener_options o = {
			.host = cases[i].host,
			.port = cases[i].port,
			.tls = r.tls,
			.max_conns = 1,
			.clock = &r.clock,
			.service = &r.service,
		};
		struct listener *l = NULL;
		struct st_err err = { 0 };

		assert_int_equal(listener_new(&r.loop, &o, &l, &err), cases[i].code);
		assert_string_not_equal(err.message, "");
		assert_null(l);
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_come_and_go_without_leaving_handles),
		cmocka_unit_test(closing_at_any_turn_leaves_nothing),
		cmocka_unit_test(client_may_vanish_at_any_turn),
		cmocka_unit_test(closing_waits_for_the_running_request),
		cmocka_unit_test(idle_connections_leave_at_once),
		cmocka_unit_test(requests_that_cross_the_farewell_are_not_lost),
		cmocka_unit_test(client_that_ignores_the_farewell_is_not_waited_for),
		cmocka_unit_test(without_any_grace_the_farewell_is_said_all_the_same),
		cmocka_unit_test(what_still_runs_at_the_deadline_is_cut),
		cmocka_unit_test(strangers_are_sent_away_when_the_port_closes),
		cmocka_unit_test(closed_port_takes_nobody),
		cmocka_unit_test(no_more_than_the_limit_are_let_in),
		cmocka_unit_test(one_address_may_have_32_strangers),
		cmocka_unit_test(one_address_may_have_many_devices),
		cmocka_unit_test(flood_of_strangers_is_thinned_out),
		cmocka_unit_test(nobody_loses_his_place_in_the_midst_of_a_handshake),
		cmocka_unit_test(who_enrols_gets_in_although_the_port_is_full),
		cmocka_unit_test(without_descriptors_accepting_pauses_instead_of_spinning),
		cmocka_unit_test(new_certificate_counts_from_now_on),
		cmocka_unit_test(port_for_both_families_names_an_ipv4_client_as_such),
		cmocka_unit_test(ports_that_cannot_be_had_are_refused),
	};

	return cmocka_run_group_tests(tests, keys_setup, keys_teardown);
}
