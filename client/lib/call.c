#include <stdio.h>
#include <string.h>

#include "client/lib/internal.h"
#include "common/log.h"
#include "proto/envelope.pb-c.h"

#define TIMEOUT_DEFAULT_MS 15000u
/* The server keeps the deadline of what it has; ours only catches one that does not answer at all.
 */
#define TIMEOUT_GRACE_MS 1500u
#define MESSAGE_ARENA (64u << 20)

static uint32_t call_timeout_ms(const struct rpc_method *m, const struct call_options *o)
{
	if (o->timeout_ms != 0)
		return o->timeout_ms;
	return m != NULL && m->timeout_ms != 0 ? m->timeout_ms : TIMEOUT_DEFAULT_MS;
}

static struct uuid call_key(const struct call_options *o)
{
	return uuid_is_zero(&o->key) ? uuid_v7(clock_wall_us(&clock_system) / 1000) : o->key;
}

static enum st_code call_pack(struct call *call, const ProtobufCMessage *request,
			      const struct call_options *o, struct st_err *err)
{
	Steward__Request rq = STEWARD__REQUEST__INIT;
	struct slice body;

	ST_TRY(wire_pack(request, call->mem, &body, err));
	rq.method = (char *)call->m->name;
	rq.has_body = true;
	rq.body.data = (uint8_t *)body.data;
	rq.body.len = body.len;
	rq.has_trace_id = true;
	rq.trace_id.data = call->result.trace.b;
	rq.trace_id.len = sizeof(call->result.trace.b);
	if (o->timeout_ms != 0) {
		rq.has_timeout_ms = true;
		rq.timeout_ms = o->timeout_ms;
	}
	if (call->write) {
		call->result.key = call_key(o);
		rq.has_key = rq.has_occurred_at_us = true;
		rq.key.data = call->result.key.b;
		rq.key.len = sizeof(call->result.key.b);
		rq.occurred_at_us = clock_wall_us(&clock_system);
	}
	rq.has_dry_run = o->dry_run;
	rq.dry_run = o->dry_run;
	rq.property = o->property != NULL && o->property[0] != '\0' ? (char *)o->property : NULL;
	rq.reason = (char *)o->reason;
	rq.confirm = (char *)o->confirm;
	return wire_pack(&rq.base, call->mem, &call->envelope, err);
}

enum st_code call_new(struct client *c, const struct rpc_method *m, const ProtobufCMessage *request,
		      const struct call_options *o, struct arena *mem, struct call **ret,
		      struct st_err *err)
{
	static const struct call_options none;
	struct call *call = arena_new(mem, struct call);

	if (call == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for another call");
	if (o == NULL)
		o = &none;
	list_init(&call->link);
	call->client = c;
	call->m = m;
	call->mem = mem;
	call->result.trace = uuid_v7(clock_wall_us(&clock_system) / 1000);
	if (m != NULL) {
		call->write = m->rpc_class == STEWARD__CLASS__WRITE;
		call->needs_login = m->access == STEWARD__ACCESS__BY_ROLE ||
				    m->access == STEWARD__ACCESS__LOGGED_IN;
		ST_TRY(call_pack(call, request, o, err));
	}
	uv_update_time(c->loop);
	call->deadline_ms = uv_now(c->loop) + call_timeout_ms(m, o);
	*ret = call;
	return ST_OK;
}

void call_enqueue(struct call *call)
{
	list_push(&call->client->calls, &call->link);
	client_wake(call->client);
}

void call_end(struct call *call, const struct st_err *err)
{
	if (call->state == CALL_ENDED)
		return;
	call->state = CALL_ENDED;
	if (err != NULL)
		call->result.err = *err;
	if (call->result.err.code != ST_OK)
		call->result.reply = NULL;
	list_remove(&call->link);
	list_push(&call->client->ended, &call->link);
}

static void call_end_with(struct call *call, enum st_code code, const char *reason,
			  const char *text)
{
	struct st_err err = { 0 };

	(void)st_fail(&err, code, reason, NULL, "%s", text);
	call_end(call, &err);
}

void call_send(struct call *call)
{
	struct client *c = call->client;
	enum st_code code;

	if (call->m == NULL) {
		call->sent_us = uv_hrtime() / 1000;
		code = session_send_ping(&c->session, (const uint8_t *)"steward?");
	} else {
		code = session_send_request(&c->session, call->envelope, &call->stream);
	}
	if (code == ST_RESOURCE_EXHAUSTED && !c->session.dead)
		return; /* all streams are taken: one of them ends before long */
	if (code == ST_UNAVAILABLE && !c->session.dead) {
		c->draining = true; /* the server leaves: the next connection takes it */
		return;
	}
	if (c->session.dead) {
		client_drop(c, &c->session.err);
		return;
	}
	if (code != ST_OK) {
		call_end_with(call, code, NULL, "the request cannot be sent: it is too large");
		return;
	}
	call->state = CALL_SENT;
	call->sent++;
	if (call->m != NULL)
		log_debug("call=%s stream=%u attempt=%u bytes=%zu event=sent", call->m->name,
			  call->stream, call->sent, call->envelope.len);
}

static void call_unknown_outcome(struct call *call)
{
	struct st_err err = { 0 };
	char key[UUID_TEXT];

	(void)st_fail(&err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN, NULL,
		      "no answer came, so it is not known whether this was done; repeating it "
		      "under the same "
		      "key (%s) is safe",
		      uuid_format(&call->result.key, key));
	call_end(call, &err);
}

uint64_t call_deadline(const struct call *call)
{
	if (call->state != CALL_SENT || call->deadline_ms == UINT64_MAX)
		return call->deadline_ms;
	return call->deadline_ms + TIMEOUT_GRACE_MS;
}

void call_timed_out(struct call *call)
{
	struct client *c = call->client;

	if (call->state == CALL_SENT && call->m != NULL && c->state == CLIENT_OPEN)
		(void)session_send_cancel(&c->session, call->stream);
	if (call->sent > 0 && call->write)
		call_unknown_outcome(call);
	else if (call->sent > 0)
		call_end_with(call, ST_DEADLINE_EXCEEDED, "NO_ANSWER",
			      "the server did not answer in time");
	else if (call->last.code != ST_OK)
		call_end(call, &call->last);
	else
		call_end_with(call, ST_UNAVAILABLE, "UNREACHABLE",
			      "the server did not answer in time; nothing was sent");
}

void call_attempt_failed(struct call *call, const struct st_err *why, bool answered)
{
	struct retry_case r = {
		.write = call->write,
		.answered = answered,
		.greeted = call->client->greeted,
		.known = call->client->known,
		.leaving = call->client->leaving,
		.login = call->m != NULL && call->m->access == STEWARD__ACCESS__DEVICE,
		.sent = call->sent,
		.failed_connects = call->failed_connects,
		.code = why->code,
		.reason = why->reason,
		.retry_after_ms = answered ? call->result.retry_after_ms : 0,
	};
	int wait = call->cancelled || call->on_message != NULL || call->m == NULL
			   ? -1
			   : retry_wait_ms(&r);

	call->last = *why;
	if (wait >= 0) {
		if (!answered && call->state == CALL_WAITING)
			call->failed_connects++;
		call->state = CALL_WAITING;
		call->retry_at_ms = uv_now(call->client->loop) + (uint64_t)wait;
	} else if (!answered && call->write && call->sent > 0) {
		call_unknown_outcome(call);
	} else {
		call_end(call, why);
	}
}

static enum st_code call_take_violations(struct call *call, const Steward__Response *r)
{
	struct call_result *res = &call->result;

	res->n_violations = 0;
	if (r->n_violations == 0)
		return ST_OK;
	res->violations = arena_array(call->mem, struct violation, r->n_violations);
	if (res->violations == NULL)
		return ST_RESOURCE_EXHAUSTED;
	for (size_t i = 0; i < r->n_violations; i++) {
		const Steward__Violation *v = r->violations[i];

		res->violations[i] = (struct violation){
			.field = v->field != NULL ? v->field : "",
			.rule = v->rule != NULL ? v->rule : "",
			.message = v->message != NULL ? v->message : "",
		};
	}
	res->n_violations = r->n_violations;
	return ST_OK;
}

/* A refusal as the server worded it. */
static void call_take_refusal(const Steward__Response *r, struct st_err *err)
{
	enum st_code code = st_code_from_wire(r->code);
	const char *field = r->n_violations > 0 ? r->violations[0]->field : NULL;

	(void)st_fail(err, code, r->reason, field, "%s",
		      r->message != NULL && r->message[0] != '\0' ? r->message
								  : st_code_text(code));
}

static enum st_code call_read_response(struct call *call, struct slice message, struct st_err *err)
{
	struct call_result *res = &call->result;
	const Steward__Response *r;
	ProtobufCMessage *msg;

	ST_TRY(wire_unpack(&rules_steward__response, message, call->mem, &msg, err));
	r = (const Steward__Response *)msg;
	res->replayed = r->replayed;
	res->dry_run = r->dry_run;
	res->retry_after_ms = r->retry_after_ms;
	if (r->code == ST_OK) {
		if (call->on_message != NULL && !r->has_body)
			return ST_OK;
		return wire_unpack(call->m->out,
				   slice_of(r->body.data, r->has_body ? r->body.len : 0), call->mem,
				   &res->reply, err);
	}
	if (call_take_violations(call, r) != ST_OK)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the answer");
	call_take_refusal(r, &res->err);
	return ST_OK;
}

void call_on_response(struct call *call, struct slice message, bool end)
{
	struct call_result *res = &call->result;
	struct st_err err = { 0 };

	res->err = (struct st_err){ 0 };
	log_debug("call=%s stream=%u bytes=%zu event=answered", call->m->name, call->stream,
		  message.len);
	if (call_read_response(call, message, &err) != ST_OK) {
		call_end(call, &err);
	} else if (res->err.code != ST_OK) {
		struct st_err why = res->err;

		call_attempt_failed(call, &why, true);
	} else if (call->on_message == NULL || end) {
		resume_note(call->client, call->m);
		call_end(call, NULL);
	} else {
		/* The stream is open. It may be quiet for as long as nothing happens. */
		call->deadline_ms = UINT64_MAX;
	}
}

void call_on_message(struct call *call, struct slice message)
{
	struct client *c = call->client;
	ProtobufCMessage *msg = NULL;
	struct st_err err = { 0 };
	struct arena mem;
	bool more = false;

	arena_init(&mem, MESSAGE_ARENA);
	if (call->on_message == NULL)
		(void)st_fail(&err, ST_INTERNAL, "BAD_ANSWER", NULL,
			      "the server sent more than one answer");
	else if (wire_unpack(call->m->out, message, &mem, &msg, &err) == ST_OK)
		more = call->on_message(call->arg, msg);
	arena_fini(&mem);
	call->deadline_ms = UINT64_MAX;
	if (more) {
		(void)session_grant(&c->session, call->stream, 1);
		return;
	}
	(void)session_send_cancel(&c->session, call->stream);
	call_end(call, &err);
}

void call_on_status(struct call *call, struct slice message)
{
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	const Steward__Status *s;

	if (wire_unpack(&rules_steward__status, message, call->mem, &msg, &err) == ST_OK) {
		s = (const Steward__Status *)msg;
		if (s->code != ST_OK)
			(void)st_fail(&err, st_code_from_wire(s->code), s->reason, NULL, "%s",
				      s->message != NULL ? s->message : "the stream ended");
	}
	call_end(call, &err);
}

void client_cancel(struct call *call)
{
	struct client *c = call->client;

	if (call->state == CALL_ENDED)
		return;
	if (call->state == CALL_SENT && call->m != NULL && c->state == CLIENT_OPEN)
		(void)session_send_cancel(&c->session, call->stream);
	call->cancelled = true;
	call_end_with(call, ST_CANCELLED, NULL, "the call was cancelled");
	client_wake(c);
}
