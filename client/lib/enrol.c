#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "client/lib/internal.h"
#include "common/pki.h"

#define REDEEM "enrol.Redeem"
#define ENROL_ARENA (1u << 20)

/* The key made for an enrolment is kept until the certificate is here: when the answer is lost, the
 * server gives the certificate again for a while, but only to the same key. */
struct enrolment {
	const char *dir, *server, *token, *name;
	int port, enrol_port;
	struct arena mem;
	const char *key_pem, *csr_pem;
	struct enrol_token parsed;
};

static const char *enrolment_file(struct enrolment *e, const char *file)
{
	struct st_err err = { 0 };
	struct slice text;
	char path[600];

	(void)snprintf(path, sizeof(path), "%s/%s", e->dir, file);
	return file_read(path, 64 << 10, &e->mem, &text, &err) == ST_OK ? (const char *)text.data
									: NULL;
}

static enum st_code enrolment_key(struct enrolment *e, struct st_err *err)
{
	e->key_pem = enrolment_file(e, "enrol.key");
	e->csr_pem = enrolment_file(e, "enrol.csr");
	if (e->key_pem != NULL && e->csr_pem != NULL)
		return ST_OK;
	ST_TRY(pki_request_new(&e->mem, &e->key_pem, &e->csr_pem, err));
	ST_TRY(profile_write(e->dir, "enrol.csr", e->csr_pem, err));
	return profile_write(e->dir, "enrol.key", e->key_pem, err);
}

static enum st_code enrolment_set(struct enrolment *e, ProtobufCMessage *rq, const char *field,
				  const char *text, struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = message_field(rq->descriptor, field);

	if (f == NULL)
		return st_fail(err, ST_INTERNAL, NULL, field, "%s has no field %s", REDEEM, field);
	return field_set_text(rq, f, text, strlen(text), &e->mem, err);
}

static enum st_code enrolment_request(struct enrolment *e, const struct rpc_method *m,
				      ProtobufCMessage **ret, struct st_err *err)
{
	ProtobufCMessage *rq = message_new(m->in->desc, &e->mem);

	if (rq == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory to enrol");
	ST_TRY(enrolment_set(e, rq, "token", e->token, err));
	ST_TRY(enrolment_set(e, rq, "csr_pem", e->csr_pem, err));
	if (e->name != NULL && e->name[0] != '\0' && message_field(m->in->desc, "name") != NULL)
		ST_TRY(enrolment_set(e, rq, "name", e->name, err));
	*ret = rq;
	return ST_OK;
}

/* client.conf is written last: a profile without it is not taken for a whole one. */
static enum st_code enrolment_keep(struct enrolment *e, const ProtobufCMessage *reply,
				   struct st_err *err)
{
	const ProtobufCFieldDescriptor *cert = message_field(reply->descriptor, "cert_pem");
	const ProtobufCFieldDescriptor *root = message_field(reply->descriptor, "root_pem");
	const char *cert_pem = cert != NULL ? field_text(reply, cert, 0, &e->mem) : NULL;
	const char *root_pem = root != NULL ? field_text(reply, root, 0, &e->mem) : NULL;
	const ProtobufCFieldDescriptor *called = message_field(reply->descriptor, "name");
	const char *name = called != NULL ? field_text(reply, called, 0, &e->mem) : NULL;
	const char *conf;

	if (name == NULL)
		name = e->name != NULL ? e->name : "";
	if (cert_pem == NULL || root_pem == NULL)
		return st_fail(err, ST_INTERNAL, "BAD_ANSWER", NULL, "%s gave no certificate",
			       REDEEM);
	conf = arena_printf(&e->mem, "server = %s\nport = %d\nenrol_port = %d\n%s%s%s", e->server,
			    e->port, e->enrol_port, name[0] != '\0' ? "name = " : "", name,
			    name[0] != '\0' ? "\n" : "");
	if (conf == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory to enrol");
	ST_TRY(profile_write(e->dir, "root.crt", root_pem, err));
	ST_TRY(profile_write_pair(e->dir, e->key_pem, cert_pem, err));
	ST_TRY(profile_write(e->dir, "client.conf", conf, err));
	ST_TRY(profile_write(e->dir, "session.token", NULL, err));
	ST_TRY(profile_write(e->dir, "enrol.csr", NULL, err));
	return profile_write(e->dir, "enrol.key", NULL, err);
}

static enum st_code enrolment_call(struct enrolment *e, struct client *c, struct st_err *err)
{
	const struct rpc_method *m = rpc_find(REDEEM);
	ProtobufCMessage *rq = NULL;
	struct call_result r;

	must(m != NULL);
	ST_TRY(enrolment_request(e, m, &rq, err));
	if (client_call(c, m, rq, NULL, &e->mem, &r) != ST_OK) {
		st_keep_first(err, &r.err);
		return r.err.code;
	}
	return enrolment_keep(e, r.reply, err);
}

static enum st_code enrolment_connect(struct enrolment *e, uv_loop_t *loop, struct st_err *err)
{
	const struct client_target target = { .host = e->server,
					      .port = e->enrol_port,
					      .enrolling = true };
	const struct tls_options o = {
		.alpn = ALPN_ENROL,
		.host = e->server,
		.peer = TLS_PEER_PINNED,
		.pin = e->parsed.pin,
	};
	struct tls_context *ctx;
	struct client *c;
	enum st_code code;

	ST_TRY(tls_context_new(&o, &ctx, err));
	code = client_make(loop, &target, ctx, &c, err);
	if (code != ST_OK) {
		tls_context_free(ctx);
		return code;
	}
	code = enrolment_call(e, c, err);
	client_free(c);
	return code;
}

enum st_code client_enrol(uv_loop_t *loop, const char *dir, const char *server, int port,
			  int enrol_port, const char *token, const char *name, struct st_err *err)
{
	struct enrolment e = { .dir = dir,
			       .server = server,
			       .token = token,
			       .name = name,
			       .port = port,
			       .enrol_port = enrol_port };
	enum st_code code;

	arena_init(&e.mem, ENROL_ARENA);
	code = enrol_token_parse(token, &e.parsed, err);
	if (code == ST_OK)
		code = enrolment_key(&e, err);
	if (code == ST_OK)
		code = enrolment_connect(&e, loop, err);
	arena_fini(&e.mem);
	return code;
}
