#include <string.h>

#include "client/lib/internal.h"

#define RESUME "auth.Resume"

struct resume {
	struct client *client;
	struct arena mem;
};

/* Those who waited for the login learn why there is none. */
static void resume_failed(struct client *c, const struct st_err *why)
{
	list_each(node, &c->calls)
	{
		struct call *call = container_of(node, struct call, link);

		if (call->needs_login && call->state == CALL_WAITING)
			call_attempt_failed(call, why, true);
	}
}

static void resume_done(void *arg, struct call_result *r)
{
	struct resume *resume = arg;
	struct client *c = resume->client;

	c->resuming = false;
	if (r->err.code == ST_UNAUTHENTICATED)
		(void)st_fail(&r->err, ST_UNAUTHENTICATED, "SESSION_ENDED", NULL,
			      "your session has ended; log in again: steward login");
	if (r->err.code != ST_OK && c->state == CLIENT_OPEN)
		resume_failed(c, &r->err);
	arena_fini(&resume->mem);
	client_wake(c);
}

static enum st_code resume_send(struct client *c, struct resume *resume, struct st_err *err)
{
	const struct rpc_method *m = rpc_find(RESUME);
	const ProtobufCFieldDescriptor *f;
	ProtobufCMessage *request;
	struct call *call;

	must(m != NULL);
	request = message_new(m->in->desc, &resume->mem);
	f = message_field(m->in->desc, "token");
	if (request == NULL || f == NULL)
		return st_fail(err, ST_INTERNAL, NULL, NULL, "cannot build %s", RESUME);
	ST_TRY(field_set_text(request, f, c->token, strlen(c->token), &resume->mem, err));
	ST_TRY(call_new(c, m, request, NULL, &resume->mem, &call, err));
	call->internal = true;
	call->needs_login = false;
	call->done = resume_done;
	call->arg = resume;
	c->resuming = true;
	list_push(&c->calls, &call->link);
	call_send(call);
	return ST_OK;
}

void resume_refuse_strangers(struct client *c)
{
	struct st_err err = { 0 };

	if (c->token != NULL || c->logged_in)
		return;
	(void)st_fail(&err, ST_UNAUTHENTICATED, "LOGIN_REQUIRED", NULL,
		      "log in first: steward login");
	resume_failed(c, &err);
}

void resume_start(struct client *c)
{
	struct st_err err = { 0 };
	struct resume *resume;

	if (c->token == NULL) {
		resume_refuse_strangers(c);
		return;
	}
	resume = arena_new(&c->mem, struct resume);
	if (resume == NULL) {
		(void)st_fail(&err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			      "no memory to log in");
		resume_failed(c, &err);
		return;
	}
	resume->client = c;
	arena_init(&resume->mem, 64 << 10);
	if (resume_send(c, resume, &err) != ST_OK) {
		arena_fini(&resume->mem);
		resume_failed(c, &err);
	}
}

void resume_note(struct client *c, const struct rpc_method *m)
{
	if (strcmp(m->name, "auth.Login") == 0 || strcmp(m->name, RESUME) == 0) {
		c->logged_in = true;
	} else if (strcmp(m->name, "auth.Logout") == 0) {
		c->logged_in = false;
		c->token = NULL;
	}
}

enum st_code client_save_token(struct client *c, const char *token, struct st_err *err)
{
	ST_TRY(profile_write(c->profile->dir, "session.token", token, err));
	c->token = token != NULL ? arena_strdup(&c->mem, token) : NULL;
	if (token != NULL && c->token == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the session");
	return ST_OK;
}
