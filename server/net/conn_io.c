#include "server/net/net_impl.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SESSION_OUT_MAX (32u << 20) /* several of the largest answers at a time */
#define READ_STOP_BYTES (1u << 20)
#define PRESSED_STOP_BYTES (64u << 10)
#define WRITE_BYTES (128u << 10) /* ciphertext made at a time */
#define PLAIN_BYTES (16u << 10)  /* one record */
#define THROWN_MAX (1u << 20)
#define USER_TIMEOUT_MS 30000
#define KEEPALIVE_S 60

/* ---- reading --------------------------------------------------------------------------------- */

/* One buffer serves all connections of the port: what comes is dealt with before the next read. */
static void conn_on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	buf->base = (char *)c->listener->scratch;
	buf->len = NET_SCRATCH;
}

/* Watches how long one frame takes: bytes that drip in must not hold a place for ever. */
static void conn_time_frame(struct conn *c, size_t before, size_t fed)
{
	bool whole = c->session.in.len < before + fed; /* at least one frame was completed */

	if (c->session.in.len == 0 && !tls_partial(&c->tls))
		c->frame_ms = 0;
	else if (c->frame_ms == 0 || whole)
		c->frame_ms = conn_now(c);
}

/* Plaintext to the session. */
static void conn_take_plain(struct conn *c)
{
	uint8_t plain[PLAIN_BYTES];
	size_t n, fed = 0, before = c->session.in.len;

	while (conn_is_live(c) && (n = tls_read(&c->tls, plain, sizeof(plain))) > 0) {
		fed += n;
		c->heard_ms = conn_now(c);
		if (session_feed(&c->session, slice_of(plain, n)) != ST_OK)
			conn_close(c, &c->session.err);
	}
	conn_time_frame(c, before, fed);
	if (conn_is_live(c) && c->tls.closed)
		conn_close(c, &c->tls.err); /* ST_OK when it said goodbye */
}

static void conn_take(struct conn *c, struct slice in)
{
	if (tls_feed(&c->tls, in) != ST_OK) {
		conn_close(c, &c->tls.err); /* an alert waits in tls.out */
		return;
	}
	if (c->state == CONN_HANDSHAKE && c->tls.ready)
		conn_on_ready(c);
	if (c->state != CONN_HANDSHAKE)
		conn_take_plain(c);
}

/* While closing all that comes is thrown away, but not for ever. */
static void conn_throw_away(struct conn *c, size_t n)
{
	c->thrown += n;
	if (c->thrown > THROWN_MAX)
		conn_cut(c, NULL);
}

static void conn_on_end(struct conn *c, int status)
{
	struct st_err err = { 0 };

	c->eof = true;
	if (status == UV_EOF)
		(void)st_fail(&err, ST_CANCELLED, "CLIENT_LEFT", NULL,
			      "the client closed the connection");
	else
		(void)st_fail(&err, ST_UNAVAILABLE, "SOCKET", NULL, "reading failed: %s",
			      uv_strerror(status));
	if (status == UV_EOF && c->state == CONN_CLOSING && !c->fin) {
		(void)uv_read_stop((uv_stream_t *)&c->tcp);
		c->reading = false;
		conn_touch(c); /* the rest may still reach it */
		return;
	}
	conn_cut(c, &err);
}

static void conn_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *c = stream->data;

	if (n == 0 || c->state == CONN_CLOSED)
		return;
	if (n < 0) {
		conn_on_end(c, (int)n);
		return;
	}
	if (c->state == CONN_CLOSING) {
		conn_throw_away(c, (size_t)n);
		return;
	}
	c->spoken = true;
	c->fed_ms = conn_now(c);
	c->fed_turn = c->listener->turn;
	conn_take(c, slice_of(buf->base, (size_t)n));
	conn_gate(c);
	conn_touch(c);
}

size_t conn_waiting(const struct conn *c)
{
	return c->session.out.len + c->tls.out.len +
	       uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp);
}

void conn_gate(struct conn *c)
{
	size_t stop = c->listener->pressed ? PRESSED_STOP_BYTES : READ_STOP_BYTES;
	bool want = c->state == CONN_CLOSING ? !c->eof : conn_waiting(c) <= stop;

	if (c->state == CONN_CLOSED || want == c->reading)
		return;
	if (!want)
		(void)uv_read_stop((uv_stream_t *)&c->tcp);
	else if (uv_read_start((uv_stream_t *)&c->tcp, conn_on_alloc, conn_on_read) != 0)
		return;
	c->reading = want;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* May plaintext still be encrypted? Not before the handshake and not after a fatal alert. */
static bool conn_can_encrypt(const struct conn *c)
{
	return c->tls.ready && c->tls.err.code == ST_OK;
}

/* Makes ciphertext of what the session wants to say. False: there is nothing to send. */
static bool conn_encrypt(struct conn *c)
{
	while (conn_can_encrypt(c) && c->session.out.len > 0 && c->tls.out.len < WRITE_BYTES) {
		struct slice all = buf_peek(&c->session.out);
		size_t n = all.len < WRITE_BYTES ? all.len : WRITE_BYTES;

		if (tls_write(&c->tls, slice_of(all.data, n)) != ST_OK) {
			conn_cut(c, &c->tls.err);
			return false;
		}
		buf_consume(&c->session.out, n);
	}
	if (!conn_can_encrypt(c))
		buf_release(&c->session.out);
	if (c->state == CONN_CLOSING && c->session.out.len == 0 && !c->notified) {
		c->notified = true;
		tls_shutdown(&c->tls);
	}
	return c->tls.out.len > 0;
}

static void conn_fail_write(struct conn *c, int status)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, ST_UNAVAILABLE, "SOCKET", NULL, "writing failed: %s",
		      uv_strerror(status));
	conn_cut(c, &err);
}

static void conn_on_written(uv_write_t *req, int status)
{
	struct conn *c = req->handle->data;

	buf_fini(&c->sent);
	c->writing = false;
	if (c->state == CONN_CLOSED)
		return;
	c->moved_ms = conn_now(c);
	if (status != 0)
		conn_fail_write(c, status);
	else
		conn_touch(c);
}

/* What the socket did not take at once: libuv gets the buffer, and tells when it is done. */
static void conn_write_rest(struct conn *c)
{
	size_t max = c->tls.out.max;
	uv_buf_t rest;
	int r;

	c->sent = c->tls.out;
	buf_init(&c->tls.out, max);
	rest = uv_buf_init((char *)c->sent.data + c->sent.start, (unsigned)c->sent.len);
	r = uv_write(&c->write_req, (uv_stream_t *)&c->tcp, &rest, 1, conn_on_written);
	if (r == 0) {
		c->writing = true;
		return;
	}
	buf_fini(&c->sent);
	conn_fail_write(c, r);
}

static void conn_on_shut(uv_shutdown_t *req, int status)
{
	struct conn *c = req->handle->data;

	if (status != 0 && c->state != CONN_CLOSED)
		conn_cut(c, NULL);
}

/* All is written: now the client's half may end, or its patience. */
static void conn_shut(struct conn *c)
{
	if (c->fin)
		return;
	c->fin = true;
	if (c->eof || uv_shutdown(&c->shutdown_req, (uv_stream_t *)&c->tcp, conn_on_shut) != 0)
		conn_cut(c, NULL);
}

void conn_flush(struct conn *c)
{
	while (c->state != CONN_CLOSED && !c->writing && conn_encrypt(c)) {
		struct slice all = buf_peek(&c->tls.out);
		uv_buf_t b = uv_buf_init((char *)all.data, (unsigned)all.len);
		int n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);

		if (n < 0 && n != UV_EAGAIN) {
			conn_fail_write(c, n);
			return;
		}
		if (n > 0) {
			buf_consume(&c->tls.out, (size_t)n);
			c->moved_ms = conn_now(c);
		}
		if (c->tls.out.len > 0)
			conn_write_rest(c);
	}
	if (c->state == CONN_CLOSING && !c->writing)
		conn_shut(c);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void conn_on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	const struct conn_service *s = c->listener->service;

	if (c->opened)
		s->closed(s->arg, c);
	conn_log_close(c);
	listener_on_gone(c->listener, c);
	tls_fini(&c->tls);
	session_fini(&c->session);
	buf_fini(&c->sent);
	free(c);
}

void conn_cut(struct conn *c, const struct st_err *why)
{
	if (c->state == CONN_CLOSED)
		return;
	if (why != NULL && c->state != CONN_CLOSING)
		st_keep_first(&c->why, why);
	conn_move(c, CONN_CLOSED);
	c->reading = false;
	uv_close((uv_handle_t *)&c->tcp, conn_on_closed);
}

/* An IPv4 client of a port that serves both is an IPv4 client. */
static bool conn_is_v4(const struct sockaddr_storage *sa, struct in_addr *ret)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;

	if (sa->ss_family == AF_INET)
		*ret = v4->sin_addr;
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		memcpy(ret, (const uint8_t *)&v6->sin6_addr + 12, sizeof(*ret));
	else
		return false;
	return true;
}

void conn_address_key(const struct sockaddr_storage *sa, uint8_t out[16])
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	struct in_addr v4;

	memset(out, 0, 16);
	if (conn_is_v4(sa, &v4))
		memcpy(out + 12, &v4, 4);
	else
		memcpy(out, &v6->sin6_addr, 8);
}

/* "127.0.0.1:4711", "[::1]:4711" */
static void conn_name_peer(const struct sockaddr_storage *sa, char *out, size_t size)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	int port = ntohs(v6->sin6_port); /* stands at the same place for both */
	char text[INET6_ADDRSTRLEN] = "?";
	struct in_addr v4;

	if (conn_is_v4(sa, &v4)) {
		(void)uv_inet_ntop(AF_INET, &v4, text, sizeof(text));
		snprintf(out, size, "%s:%d", text, port);
	} else {
		(void)uv_inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		snprintf(out, size, "[%s]:%d", text, port);
	}
}

/* A client that is gone without a word is noticed by the kernel, too. */
static void conn_tune_socket(struct conn *c, int fd)
{
	const int timeout_ms = USER_TIMEOUT_MS;

	(void)uv_tcp_nodelay(&c->tcp, 1);
	(void)uv_tcp_keepalive(&c->tcp, 1, KEEPALIVE_S);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
}

enum st_code conn_new(struct listener *l, int fd, const struct sockaddr_storage *peer,
		      struct st_err *err)
{
	struct conn *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL || tls_init(&c->tls, l->tls, err) != ST_OK) {
		free(c);
		(void)close(fd);
		return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory for another connection");
	}
	c->listener = l;
	session_init(&c->session, SESSION_SERVER, &conn_session_ops, c, l->clock, SESSION_OUT_MAX);
	list_init(&c->dirty_link);
	c->info.number = ++l->next_number;
	c->born_ms = c->state_ms = c->heard_ms = c->pinged_ms = c->moved_ms = conn_now(c);
	c->fed_ms = c->born_ms;
	c->fed_turn = l->turn;
	conn_address_key(peer, c->address);
	conn_name_peer(peer, c->info.peer, sizeof(c->info.peer));
	list_push(&l->conns, &c->link);
	list_push(&l->young, &c->young_link);
	l->n_conns++;
	l->n_young++;
	must(uv_tcp_init(l->loop, &c->tcp) == 0);
	c->tcp.data = c;
	r = uv_tcp_open(&c->tcp, fd);
	if (r != 0) {
		(void)close(fd);
		(void)st_fail(err, ST_INTERNAL, "SOCKET", NULL, "the socket cannot be used: %s",
			      uv_strerror(r));
		conn_cut(c, err);
		return ST_OK; /* it is on the lists and goes its way */
	}
	conn_tune_socket(c, fd);
	conn_gate(c);
	return ST_OK;
}
