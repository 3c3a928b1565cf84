/* The bad line itself: what it promises is what the other fault tests rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fault/relay.h"

#define BYTES 3000

/* A peer that counts what comes and, as the server, sends it all back. */
struct peer {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	char buf[4096], echo[BYTES];
	size_t got, reads;
	bool server, open;
};

struct scene {
	uv_loop_t loop;
	uv_tcp_t listener;
	struct relay *relay;
	struct peer server, client;
	char sent[BYTES];
};

static void peer_on_close(uv_handle_t *handle)
{
	((struct peer *)handle->data)->open = false;
}

static void peer_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct peer *p = handle->data;

	(void)suggested;
	*buf = uv_buf_init(p->buf, sizeof(p->buf));
}

static void peer_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct peer *p = stream->data;

	if (n < 0) {
		uv_close((uv_handle_t *)stream, peer_on_close);
		return;
	}
	assert_true(p->got + (size_t)n <= BYTES);
	memcpy(p->echo + p->got, buf->base, (size_t)n);
	p->got += (size_t)n;
	p->reads += n > 0;
	if (p->server && p->got == BYTES) {
		uv_buf_t all = uv_buf_init(p->echo, BYTES);

		assert_int_equal(uv_write(&p->write, stream, &all, 1, NULL), 0);
	} else if (!p->server && p->got == BYTES) {
		uv_close((uv_handle_t *)stream, peer_on_close);
	}
}

static void scene_on_connection(uv_stream_t *listener, int status)
{
	struct scene *s = listener->data;

	assert_int_equal(status, 0);
	(void)uv_tcp_init(&s->loop, &s->server.tcp);
	s->server.tcp.data = &s->server;
	s->server.open = true;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&s->server.tcp), 0);
	(void)uv_read_start((uv_stream_t *)&s->server.tcp, peer_alloc, peer_on_read);
}

static void scene_on_connect(uv_connect_t *req, int status)
{
	struct scene *s = req->data;
	uv_buf_t all = uv_buf_init(s->sent, BYTES);

	assert_int_equal(status, 0);
	(void)uv_read_start((uv_stream_t *)&s->client.tcp, peer_alloc, peer_on_read);
	assert_int_equal(uv_write(&s->client.write, (uv_stream_t *)&s->client.tcp, &all, 1, NULL),
			 0);
}

static struct scene *scene_new(struct relay_options o)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct sockaddr_in at;
	int len = sizeof(at);

	assert_non_null(s);
	for (size_t i = 0; i < BYTES; i++)
		s->sent[i] = (char)(i * 7 + i / 256);
	assert_int_equal(uv_loop_init(&s->loop), 0);
	(void)uv_ip4_addr("127.0.0.1", 0, &at);
	(void)uv_tcp_init(&s->loop, &s->listener);
	s->listener.data = s;
	s->server.server = true;
	assert_int_equal(uv_tcp_bind(&s->listener, (struct sockaddr *)&at, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&s->listener, 5, scene_on_connection), 0);
	assert_int_equal(uv_tcp_getsockname(&s->listener, (struct sockaddr *)&at, &len), 0);
	o.host = "127.0.0.1";
	o.port = ntohs(at.sin_port);
	assert_int_equal(relay_new(&s->loop, &o, &s->relay), 0);
	return s;
}

/* There and back, until both ends are closed; how many milliseconds it took. */
static uint64_t scene_run(struct scene *s)
{
	struct sockaddr_in at;
	uint64_t began = uv_hrtime();

	(void)uv_ip4_addr("127.0.0.1", relay_port(s->relay), &at);
	(void)uv_tcp_init(&s->loop, &s->client.tcp);
	s->client.tcp.data = &s->client;
	s->client.open = true;
	s->client.connect.data = s;
	assert_int_equal(uv_tcp_connect(&s->client.connect, &s->client.tcp, (struct sockaddr *)&at,
					scene_on_connect),
			 0);
	while (s->client.open || s->server.open)
		(void)uv_run(&s->loop, UV_RUN_ONCE);
	return (uv_hrtime() - began) / 1000000;
}

static void scene_free(struct scene *s)
{
	relay_free(s->relay);
	uv_close((uv_handle_t *)&s->listener, NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&s->loop), 0);
	free(s);
}

static void all_arrives_in_order(void **state)
{
	struct scene *s = scene_new((struct relay_options){ 0 });

	(void)scene_run(s);
	assert_int_equal(s->client.got, BYTES);
	assert_memory_equal(s->client.echo, s->sent, BYTES);
	assert_int_equal(relay_passed(s->relay, RELAY_UP), BYTES);
	assert_int_equal(relay_passed(s->relay, RELAY_DOWN), BYTES);
	scene_free(s);
}

static void exactly_n_bytes_arrive_before_a_cut(void **state)
{
	static const size_t at[] = { 0, 1, 2, 1399, 1400, 1401, BYTES - 1, BYTES };

	for (size_t i = 0; i < 4 * sizeof(at) / sizeof(at[0]); i++) {
		struct scene *s = scene_new((struct relay_options){ .bytewise = i % 4 > 1 });
		enum relay_way way = i % 2 == 0 ? RELAY_UP : RELAY_DOWN;
		size_t n = at[i / 4];

		relay_cut_after(s->relay, way, n);
		(void)scene_run(s);
		assert_true(relay_was_cut(s->relay));
		assert_int_equal(relay_cuts(s->relay), 1);
		assert_int_equal(relay_passed(s->relay, way), n);
		assert_int_equal(way == RELAY_UP ? s->server.got : s->client.got, n);
		scene_free(s);
	}
}

static void what_was_cut_once_is_served_again(void **state)
{
	struct scene *s = scene_new((struct relay_options){ 0 });

	relay_cut_after(s->relay, RELAY_UP, 10);
	(void)scene_run(s);
	s->client.got = s->server.got = 0;
	(void)scene_run(s);
	assert_int_equal(s->client.got, BYTES);
	scene_free(s);
}

/* The connection's own round trip, and one for there and back. */
static void a_round_trip_takes_its_time(void **state)
{
	struct scene *s = scene_new((struct relay_options){ .rtt_ms = 60 });

	assert_true(scene_run(s) >= 120);
	assert_memory_equal(s->client.echo, s->sent, BYTES);
	scene_free(s);
}

/* 6000 bytes at 400 kbit/s, both ways one after the other. */
static void a_rate_is_kept(void **state)
{
	struct scene *s = scene_new((struct relay_options){ .rate_kbit = 400 });

	assert_true(scene_run(s) >= 110);
	assert_memory_equal(s->client.echo, s->sent, BYTES);
	scene_free(s);
}

/* Of six packets nearly all are lost once. */
static void losses_are_pauses_and_lose_nothing(void **state)
{
	struct scene *s = scene_new((struct relay_options){ .stall_percent = 60, .seed = 7 });

	assert_true(scene_run(s) >= 200);
	assert_memory_equal(s->client.echo, s->sent, BYTES);
	scene_free(s);
}

static void bytes_come_one_by_one(void **state)
{
	struct scene *s = scene_new((struct relay_options){ .bytewise = true });

	(void)scene_run(s);
	assert_memory_equal(s->client.echo, s->sent, BYTES);
	assert_in_range(s->client.reads, BYTES / 2, BYTES);
	scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_arrives_in_order),
		cmocka_unit_test(exactly_n_bytes_arrive_before_a_cut),
		cmocka_unit_test(what_was_cut_once_is_served_again),
		cmocka_unit_test(a_round_trip_takes_its_time),
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(losses_are_pauses_and_lose_nothing),
		cmocka_unit_test(bytes_come_one_by_one),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
