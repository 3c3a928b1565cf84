#include "tests/unit/server/net/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/frame.h"
#include "common/log.h"
#include "proto/envelope.pb-c.h"

#define WATCHDOG_MS 20000
#define REST_MS 10
#define BIG (4u << 20)

/* ---- the service ----------------------------------------------------------------------------- */

static enum st_code service_opened(void *arg, struct conn *c, struct st_err *err)
{
	struct rig *r = arg;

	if (r->refuse_open)
		return st_fail(err, ST_PERMISSION_DENIED, "DEVICE_DISABLED", NULL,
			       "this device is disabled");
	r->opened++;
	r->conn = c;
	r->last = *conn_info(c);
	conn_info(c)->user = r;
	return ST_OK;
}

static enum st_code service_hello(void *arg, struct conn *c, struct slice hello, struct slice *ret,
				  struct st_err *err)
{
	struct rig *r = arg;

	if (r->refuse_hello)
		return st_fail(err, ST_FAILED_PRECONDITION, "VERSION_UNSUPPORTED", NULL,
			       "this version is not spoken here");
	r->hellos++;
	*ret = slice_str("welcome");
	return ST_OK;
}

static void service_big(struct conn *c, uint32_t stream, size_t len)
{
	uint8_t *data = calloc(1, len);

	assert_non_null(data);
	conn_respond(c, stream, slice_of(data, len), true);
	free(data);
}

static bool begins(struct slice message, const char *word)
{
	return message.len >= strlen(word) && memcmp(message.data, word, strlen(word)) == 0;
}

static void service_request(void *arg, struct conn *c, uint32_t stream, struct slice message)
{
	static const struct st_err gone = { .code = ST_ABORTED, .message = "enough of this" };
	struct rig *r = arg;
	size_t n = message.len < sizeof(r->request) - 1 ? message.len : sizeof(r->request) - 1;

	r->requests++;
	r->request_len = message.len;
	memcpy(r->request, message.data, n);
	r->request[n] = '\0';
	if (begins(message, "hold")) {
		assert_true(r->n_held < RIG_HELD);
		r->held[r->n_held].conn = c;
		r->held[r->n_held++].stream = stream;
		return;
	}
	if (begins(message, "abort")) {
		conn_abort(c, &gone);
		conn_respond(c, stream, message, true); /* too late, and harmless */
		return;
	}
	if (begins(message, "login"))
		conn_set_open(c);
	if (begins(message, "offend"))
		conn_offend(c);
	if (begins(message, "big"))
		service_big(c, stream, BIG);
	else if (begins(message, "huge"))
		service_big(c, stream, BIG + 1);
	else
		conn_respond(c, stream, message, !begins(message, "stream"));
}

static void service_message(void *arg, struct conn *c, uint32_t stream, struct slice message)
{
	struct rig *r = arg;

	r->messages++;
	conn_grant(c, stream, 1);
}

static void service_cancel(void *arg, struct conn *c, uint32_t stream)
{
	struct rig *r = arg;

	r->cancels++;
	conn_end(c, stream, slice_str(""));
}

static void service_credit(void *arg, struct conn *c, uint32_t stream)
{
	struct rig *r = arg;

	r->credits++;
}

static void service_closed(void *arg, struct conn *c)
{
	struct rig *r = arg;

	assert_ptr_equal(conn_info(c)->user, r);
	r->last = *conn_info(c);
	r->gone++;
	if (r->conn == c)
		r->conn = NULL;
	for (unsigned i = 0; i < r->n_held;)
		if (r->held[i].conn == c)
			r->held[i] = r->held[--r->n_held];
		else
			i++;
}

void rig_answer(struct rig *r, const char *text)
{
	assert_true(r->n_held > 0);
	conn_respond(r->held[0].conn, r->held[0].stream, slice_str(text), true);
	r->n_held--;
	memmove(&r->held[0], &r->held[1], r->n_held * sizeof(r->held[0]));
}

/* ---- the port -------------------------------------------------------------------------------- */

static uint64_t rig_mono(struct clock *clock)
{
	return ((struct rig *)clock)->now_ms;
}

static int64_t rig_wall(struct clock *clock)
{
	return (int64_t)((struct rig *)clock)->now_ms * 1000;
}

static void rig_on_watchdog(uv_timer_t *timer)
{
	fail_msg("what the test waits for never happened");
}

struct rig_options rig_work(struct keys *k)
{
	return (struct rig_options){ .tls = work_server(k), .max_conns = 1000 };
}

struct rig_options rig_enrol(struct keys *k)
{
	return (struct rig_options){
		.tls = enrol_server(k, &k->server),
		.max_conns = 1000,
		.enrolment = true,
	};
}

void rig_open(struct rig *r, struct keys *k, struct rig_options o)
{
	struct st_err err = { 0 };
	struct listener_options lo = {
		.host = o.host != NULL ? o.host : "127.0.0.1",
		.enrolment = o.enrolment,
		.max_conns = o.max_conns,
		.clock = &r->clock,
		.service = &r->service,
	};

	memset(r, 0, sizeof(*r));
	log_set_level(LOG_LEVEL_ERROR);
	r->clock = (struct clock){ rig_mono, rig_wall };
	r->now_ms = 1000000;
	r->keys = k;
	r->service = (struct conn_service){
		.arg = r,
		.opened = service_opened,
		.hello = service_hello,
		.request = service_request,
		.message = service_message,
		.cancel = service_cancel,
		.credit = service_credit,
		.closed = service_closed,
	};
	assert_int_equal(uv_loop_init(&r->loop), 0);
	uv_timer_init(&r->loop, &r->watchdog);
	uv_timer_init(&r->loop, &r->rest);
	uv_timer_start(&r->watchdog, rig_on_watchdog, WATCHDOG_MS, 0);
	assert_int_equal(tls_context_new(&o.tls, &r->tls, &err), ST_OK);
	lo.tls = r->tls;
	assert_int_equal(listener_new(&r->loop, &lo, &r->listener, &err), ST_OK);
	r->listening = true;
}

static void rig_on_closed(void *arg)
{
	struct rig *r = arg;

	r->closed = true;
	r->listening = false;
}

void rig_leave(struct rig *r, unsigned grace_ms)
{
	listener_close(r->listener, grace_ms, rig_on_closed, r);
	assert_false(r->closed); /* never from inside the call */
}

void rig_close(struct rig *r)
{
	if (r->listening) {
		if (!r->closed)
			rig_leave(r, 0);
		rig_until(r, r->closed);
	}
	assert_int_equal(r->opened, r->gone);
	uv_close((uv_handle_t *)&r->watchdog, NULL);
	uv_close((uv_handle_t *)&r->rest, NULL);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&r->loop), 0);
	tls_context_free(r->tls);
}

void rig_turn(struct rig *r)
{
	uv_run(&r->loop, UV_RUN_ONCE);
}

static void rig_on_rested(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

void rig_rest(struct rig *r)
{
	bool rested = false;

	r->rest.data = &rested;
	uv_timer_start(&r->rest, rig_on_rested, REST_MS, 0);
	rig_until(r, rested);
}

void rig_pass(struct rig *r, uint64_t ms)
{
	r->now_ms += ms;
	listener_sweep(r->listener);
	rig_rest(r);
}

/* ---- the client's session -------------------------------------------------------------------- */

static void client_on_hello(struct session *s, struct slice message)
{
	struct client *c = s->owner;

	assert_int_equal(message.len, 7);
	c->welcomes++;
}

static void client_on_response(struct session *s, uint32_t stream, struct slice message, bool end)
{
	struct client *c = s->owner;
	size_t n = message.len < sizeof(c->response) - 1 ? message.len : sizeof(c->response) - 1;
	Steward__Response *r;

	c->responses++;
	c->ends += end;
	c->response_len = message.len;
	memcpy(c->response, message.data, n);
	c->response[n] = '\0';
	r = n > 0 && message.data[0] == 0x08
		    ? steward__response__unpack(NULL, message.len, message.data)
		    : NULL;
	c->code = r != NULL ? r->code : 0;
	if (r != NULL)
		steward__response__free_unpacked(r, NULL);
}

static void client_on_message(struct session *s, uint32_t stream, struct slice message)
{
	struct client *c = s->owner;

	c->messages++;
}

static void client_on_status(struct session *s, uint32_t stream, struct slice message)
{
	struct client *c = s->owner;

	c->statuses++;
}

static void client_on_pong(struct session *s, const uint8_t payload[8])
{
	struct client *c = s->owner;

	c->pongs++;
}

static void client_on_goaway(struct session *s, struct slice message)
{
	struct client *c = s->owner;
	Steward__Goaway *g = steward__goaway__unpack(NULL, message.len, message.data);

	assert_non_null(g);
	c->goaway_code = g->code;
	if (c->goaways < 4)
		c->goaway_last[c->goaways] = g->last_stream;
	c->goaways++;
	steward__goaway__free_unpacked(g, NULL);
}

static void client_on_error(struct session *s, struct slice message)
{
	struct client *c = s->owner;
	Steward__Fatal *f = steward__fatal__unpack(NULL, message.len, message.data);

	assert_non_null(f);
	c->errors++;
	c->code = f->code;
	snprintf(c->error, sizeof(c->error), "%s", f->message);
	steward__fatal__free_unpacked(f, NULL);
}

static const struct session_ops client_ops = {
	.on_hello = client_on_hello,
	.on_response = client_on_response,
	.on_message = client_on_message,
	.on_status = client_on_status,
	.on_pong = client_on_pong,
	.on_goaway = client_on_goaway,
	.on_error = client_on_error,
};

/* ---- the client's socket --------------------------------------------------------------------- */

struct client_write {
	uv_write_t req;
	uint8_t data[];
};

static void client_on_written(uv_write_t *req, int status)
{
	free(req);
}

void client_write_raw(struct client *c, const void *data, size_t n)
{
	struct client_write *w = malloc(sizeof(*w) + n);
	uv_buf_t b;

	assert_non_null(w);
	memcpy(w->data, data, n);
	b = uv_buf_init((char *)w->data, (unsigned)n);
	if (!c->open || uv_write(&w->req, (uv_stream_t *)&c->tcp, &b, 1, client_on_written) != 0)
		free(w);
}

/* Ciphertext that waits goes to the socket. */
static void client_push(struct client *c)
{
	struct slice out = buf_peek(&c->tls.out);

	if (out.len == 0)
		return;
	client_write_raw(c, out.data, out.len);
	buf_consume(&c->tls.out, out.len);
}

void client_write(struct client *c, const void *data, size_t n)
{
	if (tls_write(&c->tls, slice_of(data, n)) == ST_OK)
		client_push(c);
}

void client_flush(struct client *c)
{
	struct slice out = buf_peek(&c->session.out);

	if (out.len == 0 || !c->tls.ready)
		return;
	client_write(c, out.data, out.len);
	buf_consume(&c->session.out, out.len);
}

static void client_on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
	static char memory[65536];

	*buf = uv_buf_init(memory, sizeof(memory));
}

static void client_take(struct client *c, struct slice in)
{
	uint8_t plain[16384];
	size_t n;

	if (tls_feed(&c->tls, in) != ST_OK)
		assert_true(c->tls.closed);
	while ((n = tls_read(&c->tls, plain, sizeof(plain))) > 0)
		if (session_feed(&c->session, slice_of(plain, n)) != ST_OK)
			assert_true(c->session.dead);
	client_flush(c);
	client_push(c);
}

static void client_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *c = stream->data;

	if (n < 0) {
		c->eof = n == UV_EOF;
		c->reset = n != UV_EOF;
		uv_read_stop(stream);
		return;
	}
	if (!c->raw) {
		client_take(c, slice_of(buf->base, (size_t)n));
		return;
	}
	for (ssize_t i = 0; i < n && c->n_got < sizeof(c->got); i++)
		c->got[c->n_got++] = (uint8_t)buf->base[i];
}

void client_listen(struct client *c, bool on)
{
	c->deaf = !on;
	if (on)
		assert_int_equal(
			uv_read_start((uv_stream_t *)&c->tcp, client_on_alloc, client_on_read), 0);
	else
		uv_read_stop((uv_stream_t *)&c->tcp);
}

static void client_on_connect(uv_connect_t *req, int status)
{
	struct client *c = req->handle->data;

	if (status == UV_ECANCELED)
		return;
	c->connected = true;
	if (status != 0) {
		c->reset = true;
		return;
	}
	if (!c->deaf)
		client_listen(c, true);
	if (c->raw)
		return;
	if (tls_start(&c->tls) != ST_OK)
		fail();
	client_push(c);
}

static void client_begin(struct client *c, struct rig *r, const char *from)
{
	struct sockaddr_in at, own;

	c->rig = r;
	c->open = true;
	assert_int_equal(uv_tcp_init(&r->loop, &c->tcp), 0);
	c->tcp.data = c;
	if (from != NULL) {
		assert_int_equal(uv_ip4_addr(from, 0, &own), 0);
		assert_int_equal(uv_tcp_bind(&c->tcp, (struct sockaddr *)&own, 0), 0);
	}
	assert_int_equal(uv_ip4_addr("127.0.0.1", listener_port(r->listener), &at), 0);
	assert_int_equal(
		uv_tcp_connect(&c->connect_req, &c->tcp, (struct sockaddr *)&at, client_on_connect),
		0);
}

void client_open_raw(struct client *c, struct rig *r, const char *from)
{
	memset(c, 0, sizeof(*c));
	c->raw = true;
	client_begin(c, r, from);
}

void client_open(struct client *c, struct rig *r, struct tls_options o)
{
	struct st_err err = { 0 };

	memset(c, 0, sizeof(*c));
	assert_int_equal(tls_context_new(&o, &c->ctx, &err), ST_OK);
	assert_int_equal(tls_init(&c->tls, c->ctx, &err), ST_OK);
	session_init(&c->session, SESSION_CLIENT, &client_ops, c, &r->clock, 16u << 20);
	client_begin(c, r, NULL);
}

void client_greet(struct client *c)
{
	rig_until(c->rig, c->tls.ready || client_ended(c));
	assert_int_equal(session_send_hello(&c->session, slice_str("hello")), ST_OK);
	client_flush(c);
	rig_until(c->rig, c->welcomes > 0 || client_ended(c));
}

void client_enter(struct client *c, struct rig *r)
{
	client_open(c, r, work_client(r->keys, &r->keys->device));
	client_greet(c);
	assert_int_equal(c->welcomes, 1);
}

uint32_t client_request(struct client *c, const char *text)
{
	uint32_t stream = 0;

	assert_int_equal(session_send_request(&c->session, slice_str(text), &stream), ST_OK);
	client_flush(c);
	return stream;
}

void client_frame(struct client *c, uint8_t type, uint32_t stream, const void *payload, size_t n)
{
	uint8_t frame[FRAME_HEADER + 8192];

	assert_true(n <= 8192);
	frame_header(frame, type, 0, (uint32_t)n, stream);
	if (n > 0)
		memcpy(frame + FRAME_HEADER, payload, n);
	client_write(c, frame, FRAME_HEADER + n);
}

bool client_ended(const struct client *c)
{
	return c->eof || c->reset;
}

static void client_on_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	c->connected = false;
	c->rig = NULL;
}

void client_close(struct client *c)
{
	struct rig *r = c->rig;

	if (!c->open)
		return;
	c->open = false;
	uv_close((uv_handle_t *)&c->tcp, client_on_closed);
	rig_until(r, c->rig == NULL);
	if (c->raw)
		return;
	tls_fini(&c->tls);
	session_fini(&c->session);
	tls_context_free(c->ctx);
}
