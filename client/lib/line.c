#include "client/lib/line.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "common/list.h"
#include "common/log.h"

#define PLAIN_BYTES 16384
#define SENDING_MAX (8u << 20)

static void line_connect_next(struct line *l);

/* libuv holds one thing less; the last one ends the line. */
static void line_release(struct line *l)
{
	if (--l->pending > 0 || !l->closing)
		return;
	if (l->tls_open)
		tls_fini(&l->tls);
	buf_fini(&l->sending);
	uv_freeaddrinfo(l->addrs);
	l->addrs = NULL;
	l->tls_open = false;
	l->ops->on_closed(l, &l->why);
}

static void line_on_close(uv_handle_t *handle)
{
	line_release(handle->data);
}

/* Tells the peer that nothing was cut off, if the socket takes it at once. */
static void line_say_goodbye(struct line *l)
{
	struct slice wait;
	uv_buf_t b;

	if (!l->ready || l->writing)
		return;
	tls_shutdown(&l->tls);
	wait = buf_peek(&l->tls.out);
	b = uv_buf_init((char *)wait.data, (unsigned)wait.len);
	if (wait.len > 0)
		(void)uv_try_write((uv_stream_t *)&l->tcp, &b, 1);
}

void line_close(struct line *l, const struct st_err *why)
{
	if (l->closing)
		return;
	if (l->tcp_open)
		line_say_goodbye(l);
	l->closing = true;
	if (why != NULL)
		st_keep_first(&l->why, why);
	l->pending++; /* until the end of this function */
	if (l->resolving)
		(void)uv_cancel((uv_req_t *)&l->resolve);
	if (l->tcp_open) {
		l->tcp_open = false;
		uv_close((uv_handle_t *)&l->tcp, line_on_close);
	}
	/* Here the count cannot reach zero: the lookup or the handle still counts. */
	l->pending--;
}

static void line_fail(struct line *l, enum st_code code, const char *reason, const char *fmt,
		      const char *what)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, code, reason, NULL, fmt, l->host, l->port, what);
	line_close(l, &err);
}

static void line_flush(struct line *l);

static void line_on_write(uv_write_t *req, int status)
{
	struct line *l = req->data;

	l->writing = false;
	buf_consume(&l->sending, buf_peek(&l->sending).len);
	if (status < 0)
		line_fail(l, ST_UNAVAILABLE, "LINE_LOST", "the line to %s:%d broke: %s",
			  uv_strerror(status));
	else if (!l->closing)
		line_flush(l);
	line_release(l);
}

/* Most answers fit the socket's buffer: they leave at once. The rest is moved aside, because TLS
 * goes on writing to its own buffer. */
static void line_flush(struct line *l)
{
	struct slice wait = buf_peek(&l->tls.out);
	uv_buf_t b;
	int n;

	if (l->writing || l->closing || wait.len == 0)
		return;
	b = uv_buf_init((char *)wait.data, (unsigned)wait.len);
	n = uv_try_write((uv_stream_t *)&l->tcp, &b, 1);
	if (n > 0) {
		l->bytes_out += (uint64_t)n;
		buf_consume(&l->tls.out, (size_t)n);
	} else if (n < 0 && n != UV_EAGAIN) {
		line_fail(l, ST_UNAVAILABLE, "LINE_LOST", "the line to %s:%d broke: %s",
			  uv_strerror(n));
		return;
	}
	wait = buf_peek(&l->tls.out);
	if (wait.len == 0)
		return;
	if (buf_append(&l->sending, wait.data, wait.len) != ST_OK) {
		line_fail(l, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", "no memory to send to %s:%d%s",
			  "");
		return;
	}
	buf_consume(&l->tls.out, wait.len);
	wait = buf_peek(&l->sending);
	b = uv_buf_init((char *)wait.data, (unsigned)wait.len);
	l->write.data = l;
	n = uv_write(&l->write, (uv_stream_t *)&l->tcp, &b, 1, line_on_write);
	if (n < 0) {
		line_fail(l, ST_UNAVAILABLE, "LINE_LOST", "the line to %s:%d broke: %s",
			  uv_strerror(n));
		return;
	}
	l->bytes_out += wait.len;
	l->writing = true;
	l->pending++;
}

enum st_code line_send(struct line *l, struct slice plain)
{
	enum st_code code = tls_write(&l->tls, plain);

	if (code != ST_OK) {
		line_close(l, &l->tls.err);
		return code;
	}
	line_flush(l);
	return ST_OK;
}

static void line_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct line *l = handle->data;

	*buf = uv_buf_init(l->read_buf, sizeof(l->read_buf));
}

/* Hands on what TLS has put together; the owner may close the line in between. */
static void line_deliver(struct line *l)
{
	uint8_t plain[PLAIN_BYTES];
	size_t n;

	while (!l->closing && (n = tls_read(&l->tls, plain, sizeof(plain))) > 0)
		l->ops->on_bytes(l, slice_of(plain, n));
}

static void line_on_cipher(struct line *l, struct slice in)
{
	enum st_code code = tls_feed(&l->tls, in);

	if (code == ST_OK && l->tls.ready && !l->ready) {
		l->ready = true;
		log_debug("line=%s:%d event=tls-ready", l->host, l->port);
		l->ops->on_ready(l);
	}
	if (!l->closing && l->ready)
		line_deliver(l);
	if (l->closing)
		return;
	line_flush(l);
	if (code != ST_OK)
		line_close(l, &l->tls.err);
	else if (l->tls.closed)
		line_fail(l, ST_UNAVAILABLE, "LINE_CLOSED",
			  "the server %s:%d ended the connection%s", "");
}

static void line_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct line *l = stream->data;

	if (n == 0 || l->closing)
		return;
	if (n == UV_EOF) {
		line_fail(l, ST_UNAVAILABLE, "LINE_CLOSED",
			  "the server %s:%d ended the connection%s", "");
		return;
	}
	if (n < 0) {
		line_fail(l, ST_UNAVAILABLE, "LINE_LOST", "the line to %s:%d broke: %s",
			  uv_strerror((int)n));
		return;
	}
	l->bytes_in += (uint64_t)n;
	line_on_cipher(l, slice_of(buf->base, (size_t)n));
}

static void line_on_connect(uv_connect_t *req, int status)
{
	struct line *l = req->data;

	if (l->closing) {
		line_release(l);
		return;
	}
	if (status < 0) {
		(void)st_fail(&l->why, ST_UNAVAILABLE, "UNREACHABLE", NULL,
			      "cannot reach %s:%d: %s", l->host, l->port, uv_strerror(status));
		line_connect_next(l);
		line_release(l);
		return;
	}
	l->why = (struct st_err){ 0 };
	log_debug("line=%s:%d event=connected", l->host, l->port);
	(void)uv_tcp_nodelay(&l->tcp, 1);
	if (tls_init(&l->tls, l->ctx, &l->why) != ST_OK) {
		line_close(l, NULL);
	} else {
		l->tls_open = true;
		if (tls_start(&l->tls) != ST_OK ||
		    uv_read_start((uv_stream_t *)&l->tcp, line_alloc, line_on_read) != 0)
			line_close(l, &l->tls.err);
		else
			line_flush(l);
	}
	line_release(l);
}

/* Tries the present address with a fresh handle. */
static void line_try(struct line *l)
{
	int rc = uv_tcp_init(l->loop, &l->tcp);

	must(rc == 0);
	l->tcp.data = l;
	l->tcp_open = true;
	l->pending++;
	l->connect.data = l;
	rc = uv_tcp_connect(&l->connect, &l->tcp, l->addr->ai_addr, line_on_connect);
	if (rc == 0)
		l->pending++;
	else
		line_fail(l, ST_UNAVAILABLE, "UNREACHABLE", "cannot reach %s:%d: %s",
			  uv_strerror(rc));
}

/* A handle whose connect failed cannot be used again: it is closed, the next address gets a new
 * one. */
static void line_on_retry(uv_handle_t *handle)
{
	struct line *l = handle->data;

	if (!l->closing)
		line_try(l);
	line_release(l);
}

static void line_connect_next(struct line *l)
{
	l->addr = l->addr->ai_next;
	if (l->addr == NULL) {
		line_close(l, NULL);
		return;
	}
	l->tcp_open = false;
	uv_close((uv_handle_t *)&l->tcp, line_on_retry);
}

static void line_on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
	struct line *l = req->data;

	l->resolving = false;
	l->addrs = l->addr = res;
	if (!l->closing && status < 0)
		line_fail(l, ST_UNAVAILABLE, "UNREACHABLE",
			  "cannot find the server %s (port %d): %s", uv_strerror(status));
	if (!l->closing)
		line_try(l);
	line_release(l);
}

/* An address needs no lookup, and so no thread for it. */
static bool line_is_address(struct line *l)
{
	struct sockaddr *to = (struct sockaddr *)&l->numeric;

	if (uv_ip4_addr(l->host, l->port, (struct sockaddr_in *)to) != 0 &&
	    uv_ip6_addr(l->host, l->port, (struct sockaddr_in6 *)to) != 0)
		return false;
	l->numeric_info = (struct addrinfo){ .ai_addr = to };
	l->addr = &l->numeric_info;
	return true;
}

enum st_code line_open(struct line *l, uv_loop_t *loop, const char *host, int port,
		       struct tls_context *ctx, const struct line_ops *ops, void *owner,
		       struct st_err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char service[8];
	int rc;

	memset(l, 0, offsetof(struct line, read_buf));
	l->loop = loop;
	l->ops = ops;
	l->owner = owner;
	l->host = host;
	l->port = port;
	l->ctx = ctx;
	buf_init(&l->sending, SENDING_MAX);
	if (line_is_address(l)) {
		line_try(l);
		return ST_OK;
	}
	(void)snprintf(service, sizeof(service), "%d", port);
	l->resolve.data = l;
	rc = uv_getaddrinfo(loop, &l->resolve, line_on_resolved, host, service, &hints);
	if (rc != 0)
		return st_fail(err, ST_UNAVAILABLE, "UNREACHABLE", NULL,
			       "cannot look up the server %s: %s", host, uv_strerror(rc));
	l->resolving = true;
	l->pending = 1;
	return ST_OK;
}
