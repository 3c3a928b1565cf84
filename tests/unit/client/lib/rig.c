#include "tests/unit/client/lib/rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char device[] = "0190aaaa-0000-7000-8000-00000000000d";

static void rig_conn_closed(uv_handle_t *handle)
{
	struct rig_conn *c = handle->data;

	list_remove(&c->link);
	session_fini(&c->session);
	tls_fini(&c->tls);
	test_free(c);
}

void rig_cut(struct rig_conn *c)
{
	if (c->closing)
		return;
	c->closing = true;
	uv_close((uv_handle_t *)&c->tcp, rig_conn_closed);
}

/* Loopback takes what a test sends at once; a test that sends more would notice. */
static void rig_write(struct rig_conn *c)
{
	struct slice wait = buf_peek(&c->tls.out);

	while (wait.len > 0 && !c->closing) {
		uv_buf_t b = uv_buf_init((char *)wait.data, (unsigned)wait.len);
		int n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);

		if (n == UV_EAGAIN)
			continue;
		if (n < 0) {
			rig_cut(c);
			return;
		}
		buf_consume(&c->tls.out, (size_t)n);
		wait = buf_peek(&c->tls.out);
	}
}

void rig_flush(struct rig_conn *c)
{
	struct slice out = buf_peek(&c->session.out);

	if (out.len > 0 && tls_write(&c->tls, out) == ST_OK)
		buf_consume(&c->session.out, out.len);
	rig_write(c);
}

void rig_send_response(struct rig_conn *c, uint32_t stream, Steward__Response *r, bool end)
{
	struct st_err err = { 0 };
	struct slice packed;
	struct arena mem;

	arena_init(&mem, 8 << 20);
	r->has_code = true;
	assert_int_equal(wire_pack(&r->base, &mem, &packed, &err), ST_OK);
	assert_int_equal(session_send_response(&c->session, stream, packed, end), ST_OK);
	arena_fini(&mem);
}

void rig_answer(struct rig_conn *c, uint32_t stream, const ProtobufCMessage *body, bool end)
{
	Steward__Response r = STEWARD__RESPONSE__INIT;
	struct st_err err = { 0 };
	struct slice packed;
	struct arena mem;

	arena_init(&mem, 8 << 20);
	if (body != NULL) {
		assert_int_equal(wire_pack(body, &mem, &packed, &err), ST_OK);
		r.has_body = true;
		r.body.data = (uint8_t *)packed.data;
		r.body.len = packed.len;
	}
	rig_send_response(c, stream, &r, end);
	arena_fini(&mem);
}

void rig_refuse(struct rig_conn *c, uint32_t stream, enum st_code code, const char *reason,
		uint32_t retry_after_ms)
{
	Steward__Response r = STEWARD__RESPONSE__INIT;

	r.code = code;
	r.reason = (char *)reason;
	r.message = (char *)"the test says no";
	r.has_retry_after_ms = retry_after_ms > 0;
	r.retry_after_ms = retry_after_ms;
	rig_send_response(c, stream, &r, true);
}

static void rig_on_hello(struct session *s, struct slice message)
{
	struct rig_conn *c = s->owner;
	Steward__Welcome w = STEWARD__WELCOME__INIT;
	uint8_t epoch[16] = { 1 };
	struct st_err err = { 0 };
	struct slice packed;
	struct arena mem;

	if (c->rig->on_hello != NULL && !c->rig->on_hello(c->rig, c))
		return;
	arena_init(&mem, 64 << 10);
	w.has_version = w.has_epoch = w.has_server_time_us = true;
	w.version = 1;
	w.epoch.data = epoch;
	w.epoch.len = sizeof(epoch);
	w.server_time_us = clock_wall_us(&clock_system);
	w.server = (char *)"rig";
	assert_int_equal(wire_pack(&w.base, &mem, &packed, &err), ST_OK);
	assert_int_equal(session_send_hello(s, packed), ST_OK);
	session_set_phase(s, PHASE_OPEN);
	arena_fini(&mem);
}

static void rig_resume(struct rig_conn *c, uint32_t stream)
{
	ProtobufCMessage *reply = message_new(rpc_find("auth.Resume")->out->desc, &c->rig->mem);

	c->rig->resumes++;
	if (c->rig->refuse_resume)
		rig_refuse(c, stream, ST_UNAUTHENTICATED, "SESSION_ENDED", 0);
	else
		rig_answer(c, stream, reply, true);
}

static void rig_on_request(struct session *s, uint32_t stream, struct slice message)
{
	struct rig_conn *c = s->owner;
	struct rig *rig = c->rig;
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	const Steward__Request *rq;
	struct arena mem;

	arena_init(&mem, 16 << 20);
	assert_int_equal(wire_unpack(&rules_steward__request, message, &mem, &msg, &err), ST_OK);
	rq = (const Steward__Request *)msg;
	if (strcmp(rq->method, "auth.Resume") == 0) {
		rig_resume(c, stream);
	} else {
		if (rig->requests < 8 && rq->has_key)
			memcpy(rig->keys[rig->requests].b, rq->key.data, 16);
		rig->requests++;
		rig->on_request(rig, c, stream, rq);
	}
	arena_fini(&mem);
}

static void rig_on_cancel(struct session *s, uint32_t stream)
{
	struct rig_conn *c = s->owner;
	Steward__Status status = STEWARD__STATUS__INIT;
	uint8_t packed[16];
	size_t n;

	status.has_code = true;
	status.code = ST_CANCELLED;
	n = steward__status__pack(&status, packed);
	(void)session_send_status(s, stream, slice_of(packed, n));
	if (c->rig->on_cancel != NULL)
		c->rig->on_cancel(c->rig, stream);
}

static const struct session_ops rig_ops = {
	.on_hello = rig_on_hello,
	.on_request = rig_on_request,
	.on_cancel = rig_on_cancel,
};

static void rig_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	static char bytes[65536];

	*buf = uv_buf_init(bytes, sizeof(bytes));
}

static void rig_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct rig_conn *c = stream->data;
	uint8_t plain[16384];
	size_t got;

	if (c->closing)
		return;
	if (n < 0 || tls_feed(&c->tls, slice_of(buf->base, (size_t)n)) != ST_OK) {
		rig_write(c);
		rig_cut(c);
		return;
	}
	while (!c->closing && (got = tls_read(&c->tls, plain, sizeof(plain))) > 0)
		if (session_feed(&c->session, slice_of(plain, got)) != ST_OK)
			break;
	if (c->closing)
		return;
	rig_flush(c);
	if (c->session.dead || c->tls.closed)
		rig_cut(c);
}

static void rig_on_connection(uv_stream_t *listener, int status)
{
	struct rig *rig = listener->data;
	struct rig_conn *c = test_calloc(1, sizeof(*c));
	struct st_err err = { 0 };

	assert_int_equal(status, 0);
	c->rig = rig;
	c->number = ++rig->connections;
	list_init(&c->link);
	list_push(&rig->conns, &c->link);
	assert_int_equal(uv_tcp_init(&rig->loop, &c->tcp), 0);
	c->tcp.data = c;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->tcp), 0);
	assert_int_equal(tls_init(&c->tls, rig->ctx, &err), ST_OK);
	session_init(&c->session, SESSION_SERVER, &rig_ops, c, &clock_system, 16 << 20);
	assert_int_equal(uv_read_start((uv_stream_t *)&c->tcp, rig_alloc, rig_on_read), 0);
}

void rig_certify(struct rig *rig, int days)
{
	const char *key, *csr, *cert;
	struct st_err err = { 0 };

	assert_int_equal(pki_request_new(&rig->mem, &key, &csr, &err), ST_OK);
	assert_int_equal(pki_device_sign(&rig->root, csr, device, days, &rig->mem, &cert, &err),
			 ST_OK);
	rig->profile.key_pem = key;
	rig->profile.cert_pem = cert;
}

void rig_listen(struct rig *rig, const char *alpn)
{
	const char *const hosts[] = { "127.0.0.1", NULL };
	bool work = strcmp(alpn, ALPN_WORK) == 0;
	struct sockaddr_in any;
	struct st_err err = { 0 };
	int len = sizeof(any);
	struct pki_pair server;
	struct tls_options o = { .server = true, .alpn = alpn, .expired_grace_days = 45 };

	assert_int_equal(pki_server_new(&rig->root, hosts, &rig->mem, &server, &err), ST_OK);
	o.key_pem = server.key_pem;
	o.cert_pem = work ? server.cert_pem
			  : arena_printf(&rig->mem, "%s%s", server.cert_pem, rig->root.cert_pem);
	o.root_pem = work ? rig->root.cert_pem : NULL;
	o.peer = work ? TLS_PEER_REQUIRED : TLS_PEER_NONE;
	assert_int_equal(tls_context_new(&o, &rig->ctx, &err), ST_OK);
	assert_int_equal(uv_tcp_init(&rig->loop, &rig->listener), 0);
	rig->listener.data = rig;
	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &any), 0);
	assert_int_equal(uv_tcp_bind(&rig->listener, (struct sockaddr *)&any, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&rig->listener, 16, rig_on_connection), 0);
	assert_int_equal(uv_tcp_getsockname(&rig->listener, (struct sockaddr *)&any, &len), 0);
	rig->profile.port = ntohs(any.sin_port);
}

void rig_stop_listening(struct rig *rig)
{
	if (rig->ctx == NULL)
		return;
	uv_close((uv_handle_t *)&rig->listener, NULL);
	tls_context_free(rig->ctx);
	rig->ctx = NULL;
}

struct client *rig_client(struct rig *rig)
{
	struct st_err err = { 0 };
	struct client *c;

	assert_int_equal(client_new(&rig->loop, &rig->profile, &c, &err), ST_OK);
	return c;
}

void rig_run(struct rig *rig, const bool *flag)
{
	while (!*flag)
		(void)uv_run(&rig->loop, UV_RUN_ONCE);
}

int rig_setup(void **state)
{
	struct rig *rig = test_calloc(1, sizeof(*rig));
	struct st_err err = { 0 };

	arena_init(&rig->mem, 64 << 20);
	list_init(&rig->conns);
	(void)snprintf(rig->dir, sizeof(rig->dir), "/tmp/steward-client-XXXXXX");
	if (mkdtemp(rig->dir) == NULL || uv_loop_init(&rig->loop) != 0 ||
	    pki_root_new("test", &rig->mem, &rig->root, &err) != ST_OK)
		return -1;
	(void)snprintf(rig->profile.dir, sizeof(rig->profile.dir), "%s", rig->dir);
	(void)snprintf(rig->profile.server, sizeof(rig->profile.server), "127.0.0.1");
	rig->profile.root_pem = rig->root.cert_pem;
	rig->profile.token = "a-login";
	rig_certify(rig, 89);
	*state = rig;
	return 0;
}

static void rig_remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char file[400];

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		(void)unlink(file);
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(path);
}

int rig_teardown(void **state)
{
	struct rig *rig = *state;

	rig_stop_listening(rig);
	list_each(node, &rig->conns) rig_cut(container_of(node, struct rig_conn, link));
	(void)uv_run(&rig->loop, UV_RUN_DEFAULT);
	/* A handle the client left behind would still be there. */
	if (uv_loop_close(&rig->loop) != 0)
		return -1;
	rig_remove_dir(rig->dir);
	arena_fini(&rig->mem);
	test_free(rig);
	return 0;
}

void rig_done(void *arg, struct call_result *r)
{
	struct rig_outcome *o = arg;

	assert_false(o->done); /* once */
	o->done = true;
	o->r = *r;
	uv_stop(o->loop);
}

ProtobufCMessage *rig_request(struct rig *rig, const char *method, const char *field,
			      const char *text)
{
	ProtobufCMessage *rq = message_new(rpc_find(method)->in->desc, &rig->mem);
	struct st_err err = { 0 };

	if (field != NULL)
		assert_int_equal(field_set_text(rq, message_field(rq->descriptor, field), text,
						strlen(text), &rig->mem, &err),
				 ST_OK);
	return rq;
}

void rig_open_case(struct rig *rig, struct rig_conn *conn, uint32_t stream,
		   const Steward__Request *rq)
{
	const struct rpc_method *m = rpc_find(rq->method);
	ProtobufCMessage *reply = message_new(m->out->desc, &rig->mem), *in;
	struct st_err err = { 0 };
	const char *summary, *number = arena_printf(&rig->mem, "C-%u", conn->number);

	assert_int_equal(
		wire_unpack(m->in, slice_of(rq->body.data, rq->body.len), &rig->mem, &in, &err),
		ST_OK);
	summary = field_text(in, message_field(in->descriptor, "summary"), 0, &rig->mem);
	if (summary != NULL)
		assert_int_equal(field_set_text(reply, message_field(reply->descriptor, "summary"),
						summary, strlen(summary), &rig->mem, &err),
				 ST_OK);
	assert_int_equal(field_set_text(reply, message_field(reply->descriptor, "number"), number,
					strlen(number), &rig->mem, &err),
			 ST_OK);
	rig_answer(conn, stream, reply, true);
}
