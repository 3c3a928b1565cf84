#include "tests/bench/remote.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "proto/auth.pb-c.h"
#include "proto/envelope.pb-c.h"

#define REMOTE_BUF_MAX (8u << 20)
#define REMOTE_PLAIN 16384
#define REMOTE_REQUEST_MAX 4096

unsigned remote_raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return 0;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	return (unsigned)files.rlim_cur;
}

static enum st_code remote_device(struct remote_target *t, const char *dir, struct st_err *err)
{
	struct profile *p = &t->profiles[t->devices];
	struct tls_options o = { .alpn = ALPN_WORK, .peer = TLS_PEER_REQUIRED };

	ST_TRY(profile_load(dir, &t->mem, p, err));
	o.cert_pem = p->cert_pem;
	o.key_pem = p->key_pem;
	o.root_pem = p->root_pem;
	o.host = p->server;
	ST_TRY(tls_context_new(&o, &t->tls[t->devices], err));
	t->devices++;
	if (uv_ip4_addr(p->server, p->port, &t->at) == 0)
		return ST_OK;
	return st_fail(err, ST_INVALID_ARGUMENT, NULL, "server", "%s is no IPv4 address",
		       p->server);
}

bool remote_target_init(struct remote_target *t, uv_loop_t *loop, const struct remote_ops *ops,
			char **dirs, int n_dirs)
{
	struct st_err err = { 0 };

	(void)signal(SIGPIPE, SIG_IGN);
	t->loop = loop;
	t->ops = ops;
	if (t->sources == 0)
		t->sources = 1;
	arena_init(&t->mem, 8u << 20);
	for (int i = 0; i < n_dirs && i < REMOTE_DEVICES_MAX; i++)
		if (remote_device(t, dirs[i], &err) != ST_OK) {
			(void)fprintf(stderr, "%s: %s\n", dirs[i], err.message);
			return false;
		}
	return t->devices > 0;
}

void remote_target_fini(struct remote_target *t)
{
	for (unsigned i = 0; i < t->devices; i++)
		tls_context_free(t->tls[i]);
	arena_fini(&t->mem);
}

static unsigned remote_device_of(const struct remote *r)
{
	return r->number % r->target->devices;
}

/* ---- end ------------------------------------------------------------------------------------- */

static void remote_on_handle_closed(uv_handle_t *handle)
{
	struct remote *r = handle->data;

	if (r->tls_on)
		tls_fini(&r->tls);
	buf_fini(&r->in);
	buf_fini(&r->sending);
	r->tls_on = r->connected = r->reading = r->writing = false;
	r->target->ops->on_closed(r);
}

void remote_close(struct remote *r)
{
	if (r->closing)
		return;
	r->closing = true;
	uv_close((uv_handle_t *)&r->tcp, remote_on_handle_closed);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void remote_flush(struct remote *r);

static void remote_on_written(uv_write_t *req, int status)
{
	struct remote *r = req->data;

	buf_fini(&r->sending);
	r->writing = false;
	if (r->closing)
		return;
	if (status != 0)
		remote_close(r);
	else
		remote_flush(r);
}

static void remote_flush(struct remote *r)
{
	size_t max = r->tls.out.max;
	struct slice all;
	uv_buf_t b;
	int n;

	if (r->closing || r->writing || r->tls.out.len == 0)
		return;
	all = buf_peek(&r->tls.out);
	b = uv_buf_init((char *)all.data, (unsigned)all.len);
	n = uv_try_write((uv_stream_t *)&r->tcp, &b, 1);
	if (n > 0)
		buf_consume(&r->tls.out, (size_t)n);
	if (n < 0 && n != UV_EAGAIN) {
		remote_close(r);
		return;
	}
	if (r->tls.out.len == 0)
		return;
	r->sending = r->tls.out;
	buf_init(&r->tls.out, max);
	all = buf_peek(&r->sending);
	b = uv_buf_init((char *)all.data, (unsigned)all.len);
	r->write.data = r;
	if (uv_write(&r->write, (uv_stream_t *)&r->tcp, &b, 1, remote_on_written) == 0)
		r->writing = true;
	else
		remote_close(r);
}

void remote_send_raw(struct remote *r, struct slice plain)
{
	if (r->closing)
		return;
	if (tls_write(&r->tls, plain) != ST_OK)
		remote_close(r);
	else
		remote_flush(r);
}

void remote_send(struct remote *r, enum frame_type type, uint32_t stream, struct slice payload)
{
	uint8_t frame[FRAME_HEADER + REMOTE_REQUEST_MAX];

	must(payload.len <= REMOTE_REQUEST_MAX);
	frame_header(frame, (uint8_t)type, 0, (uint32_t)payload.len, stream);
	if (payload.len > 0)
		memcpy(frame + FRAME_HEADER, payload.data, payload.len);
	remote_send_raw(r, slice_of(frame, FRAME_HEADER + payload.len));
}

void remote_send_hello(struct remote *r)
{
	Steward__Hello h = STEWARD__HELLO__INIT;
	uint8_t packed[200];

	h.has_min_version = h.has_max_version = true;
	h.min_version = h.max_version = 1;
	h.client = (char *)"bench";
	must(steward__hello__get_packed_size(&h) <= sizeof(packed));
	remote_send(r, FRAME_HELLO, 0, slice_of(packed, steward__hello__pack(&h, packed)));
}

size_t remote_pack_request(struct remote *r, const char *method, const char *property,
			   struct slice body, uint8_t *out, size_t max)
{
	Steward__Request rq = STEWARD__REQUEST__INIT;
	size_t len;

	rq.method = (char *)method;
	rq.property = (char *)property;
	rq.has_body = true;
	rq.body.data = (uint8_t *)body.data;
	rq.body.len = body.len;
	len = steward__request__get_packed_size(&rq);
	must(FRAME_HEADER + len <= max);
	r->stream = r->stream == 0 ? 1 : r->stream + 2;
	frame_header(out, FRAME_REQUEST, 0, (uint32_t)len, r->stream);
	(void)steward__request__pack(&rq, out + FRAME_HEADER);
	return FRAME_HEADER + len;
}

void remote_ask(struct remote *r, const char *method, const char *property, struct slice body)
{
	uint8_t frame[REMOTE_REQUEST_MAX];
	size_t len = remote_pack_request(r, method, property, body, frame, sizeof(frame));

	remote_send_raw(r, slice_of(frame, len));
}

void remote_resume(struct remote *r)
{
	Steward__Auth__ResumeRequest rq = STEWARD__AUTH__RESUME_REQUEST__INIT;
	uint8_t packed[200];

	rq.token = (char *)r->target->profiles[remote_device_of(r)].token;
	must(rq.token != NULL &&
	     steward__auth__resume_request__get_packed_size(&rq) <= sizeof(packed));
	remote_ask(r, "auth.Resume", NULL,
		   slice_of(packed, steward__auth__resume_request__pack(&rq, packed)));
}

size_t remote_waiting(const struct remote *r)
{
	return r->tls.out.len + (r->writing ? r->sending.len : 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void remote_on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
	struct remote *r = handle->data;

	*buf = uv_buf_init(r->target->scratch, REMOTE_SCRATCH);
}

static void remote_take_frames(struct remote *r)
{
	while (!r->closing) {
		struct st_err err = { 0 };
		struct frame f;
		size_t used;

		if (frame_parse(PHASE_OPEN, buf_peek(&r->in), &f, &used, &err) != ST_OK) {
			remote_close(r);
			return;
		}
		if (used == 0)
			return;
		if (f.type == FRAME_PING)
			remote_send(r, FRAME_PONG, 0, f.payload);
		else
			r->target->ops->on_frame(r, &f);
		buf_consume(&r->in, used);
	}
}

static void remote_take(struct remote *r, struct slice in)
{
	bool was_ready = r->tls.ready;
	uint8_t plain[REMOTE_PLAIN];
	size_t n;

	if (tls_feed(&r->tls, in) != ST_OK) {
		remote_close(r);
		return;
	}
	remote_flush(r);
	if (r->tls.ready && !was_ready)
		r->target->ops->on_ready(r);
	while (!r->closing && (n = tls_read(&r->tls, plain, sizeof(plain))) > 0) {
		if (buf_append(&r->in, plain, n) != ST_OK)
			remote_close(r);
		remote_take_frames(r);
	}
	if (!r->closing && r->tls.closed)
		remote_close(r);
}

static void remote_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct remote *r = stream->data;

	if (n < 0)
		remote_close(r);
	else if (n > 0 && r->tls_on && !r->deaf && !r->closing)
		remote_take(r, slice_of(buf->base, (size_t)n));
}

void remote_read(struct remote *r, bool on)
{
	if (r->closing || on == r->reading)
		return;
	r->reading = on;
	if (!on)
		(void)uv_read_stop((uv_stream_t *)&r->tcp);
	else if (uv_read_start((uv_stream_t *)&r->tcp, remote_on_alloc, remote_on_read) != 0)
		remote_close(r);
}

/* ---- beginning ------------------------------------------------------------------------------- */

void remote_start_tls(struct remote *r)
{
	struct st_err err = { 0 };

	if (tls_init(&r->tls, r->target->tls[remote_device_of(r)], &err) != ST_OK) {
		remote_close(r);
		return;
	}
	r->tls_on = true;
	if (tls_start(&r->tls) != ST_OK)
		remote_close(r);
	else
		remote_flush(r);
}

static void remote_on_connect(uv_connect_t *req, int status)
{
	struct remote *r = req->data;

	if (r->closing)
		return;
	if (status != 0) {
		remote_close(r);
		return;
	}
	r->connected = true;
	remote_read(r, true); /* else nobody would tell when it is over */
	r->target->ops->on_connected(r);
}

bool remote_open(struct remote *r, struct remote_target *t, unsigned number)
{
	unsigned source = number % t->sources;
	struct sockaddr_in from = { .sin_family = AF_INET };

	memset(r, 0, sizeof(*r));
	r->target = t;
	r->number = number;
	buf_init(&r->in, REMOTE_BUF_MAX);
	from.sin_addr.s_addr = htonl(127u << 24 | 1u << 16 | (source / 250) << 8 |
				     (1 + source % 250));
	if (uv_tcp_init_ex(t->loop, &r->tcp, AF_INET) != 0)
		return false;
	r->tcp.data = r;
	r->connect.data = r;
	if (uv_tcp_bind(&r->tcp, (struct sockaddr *)&from, 0) != 0 ||
	    uv_tcp_connect(&r->connect, &r->tcp, (struct sockaddr *)&t->at, remote_on_connect) != 0)
		remote_close(r);
	return true;
}
