#include <string.h>

#include "client/lib/internal.h"
#include "common/log.h"
#include "common/pki.h"

#define RENEW "device.Renew"
#define RENEW_TIMEOUT_MS 5000u

struct renewal {
	struct client *client;
	const char *key_pem;
	bool had_expired;
	struct arena mem;
};

static const char *renewal_cert(struct renewal *r, const ProtobufCMessage *reply)
{
	const ProtobufCFieldDescriptor *f = message_field(reply->descriptor, "cert_pem");

	return f != NULL ? field_text(reply, f, 0, &r->mem) : NULL;
}

/* The pair goes to the disk first: a certificate only this process knows would be lost with it. */
static enum st_code renewal_keep(struct renewal *r, const ProtobufCMessage *reply,
				 struct st_err *err)
{
	struct client *c = r->client;
	const char *cert = renewal_cert(r, reply), *key;

	if (cert == NULL)
		return st_fail(err, ST_INTERNAL, "BAD_ANSWER", NULL, "%s gave no certificate",
			       RENEW);
	cert = arena_strdup(&c->mem, cert);
	key = arena_strdup(&c->mem, r->key_pem);
	if (cert == NULL || key == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for a certificate");
	ST_TRY(profile_write_pair(c->profile->dir, key, cert, err));
	return client_use_pair(c, key, cert, err);
}

static void renewal_done(void *arg, struct call_result *res)
{
	struct renewal *r = arg;
	struct client *c = r->client;
	struct st_err err = res->err;

	if (err.code == ST_OK)
		(void)renewal_keep(r, res->reply, &err);
	log_debug("call=%s event=renewed code=%s", RENEW, st_code_name(err.code));
	if (c->state == CLIENT_RENEWING)
		c->state = CLIENT_OPEN;
	/* An expired certificate opens nothing but this one call: come back with the new one. */
	if (err.code == ST_OK && r->had_expired) {
		c->draining = true;
		client_drop(c, NULL);
	}
	arena_fini(&r->mem);
	client_wake(c);
}

static enum st_code renewal_send(struct renewal *r, const struct rpc_method *m, struct st_err *err)
{
	const struct call_options o = { .timeout_ms = RENEW_TIMEOUT_MS };
	const ProtobufCFieldDescriptor *f = message_field(m->in->desc, "csr_pem");
	struct client *c = r->client;
	ProtobufCMessage *request;
	const char *csr;
	struct call *call;

	ST_TRY(pki_request_new(&r->mem, &r->key_pem, &csr, err));
	request = message_new(m->in->desc, &r->mem);
	if (f == NULL || request == NULL)
		return st_fail(err, ST_INTERNAL, NULL, NULL, "cannot build %s", RENEW);
	ST_TRY(field_set_text(request, f, csr, strlen(csr), &r->mem, err));
	ST_TRY(call_new(c, m, request, &o, &r->mem, &call, err));
	call->internal = true;
	call->needs_login = false;
	call->done = renewal_done;
	call->arg = r;
	list_push(&c->calls, &call->link);
	call_send(call);
	return ST_OK;
}

bool renew_is_due(const struct client *c)
{
	int days;

	if (c->target.enrolling || c->renew_tried || c->profile == NULL || rpc_find(RENEW) == NULL)
		return false;
	return pki_days_left(c->cert_pem, &days, NULL) == ST_OK &&
	       days < PKI_DEVICE_DAYS - PKI_RENEW_FROM_DAY;
}

bool renew_start(struct client *c)
{
	struct st_err err = { 0 };
	struct renewal *r;
	int days = 0;

	c->renew_tried = true;
	r = arena_new(&c->mem, struct renewal);
	if (r == NULL || pki_days_left(c->cert_pem, &days, &err) != ST_OK)
		return false;
	r->client = c;
	r->had_expired = days <= 0; /* whole days: 0 may be past it */
	arena_init(&r->mem, 256 << 10);
	if (renewal_send(r, rpc_find(RENEW), &err) != ST_OK) {
		arena_fini(&r->mem);
		return false;
	}
	return true;
}
