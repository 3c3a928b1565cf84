#include "tests/fault/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/json.h"
#include "common/clock.h"

#define DESK_ARENA (1u << 20)
#define CALL_ARENA (16u << 20)
#define PATIENCE_MS 50u

bool desk_init(struct desk *d, uv_loop_t *loop, const char *profile, int port, const char *property)
{
	struct st_err err = { 0 };

	memset(d, 0, sizeof(*d));
	d->loop = loop;
	d->property = property;
	arena_init(&d->mem, DESK_ARENA);
	if (profile_load(profile, &d->mem, &d->profile, &err) != ST_OK) {
		(void)fprintf(stderr, "desk: %s\n", err.message);
		return false;
	}
	if (port != 0)
		d->profile.port = port;
	return true;
}

void desk_fini(struct desk *d)
{
	desk_close(d);
	arena_fini(&d->mem);
}

bool desk_open(struct desk *d)
{
	struct st_err err = { 0 };

	if (client_new(d->loop, &d->profile, &d->client, &err) == ST_OK)
		return true;
	(void)fprintf(stderr, "desk: %s\n", err.message);
	return false;
}

void desk_close(struct desk *d)
{
	client_free(d->client);
	d->client = NULL;
}

static void pause_on_close(uv_handle_t *handle)
{
	handle->data = NULL;
}

static void pause_on_timer(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, pause_on_close);
}

void desk_pause(uv_loop_t *loop, unsigned ms)
{
	uv_timer_t timer;

	must(uv_timer_init(loop, &timer) == 0);
	timer.data = &timer;
	uv_update_time(loop);
	must(uv_timer_start(&timer, pause_on_timer, ms, 0) == 0);
	while (timer.data != NULL)
		(void)uv_run(loop, UV_RUN_ONCE);
}

struct uuid desk_key(void)
{
	return uuid_v7(clock_wall_us(&clock_system) / 1000);
}

ProtobufCMessage *desk_request(const struct rpc_method *m, const char *request, struct arena *mem)
{
	ProtobufCMessage *msg = message_new(m->in->desc, mem);
	char *text = arena_strdup(mem, request);
	struct st_err err = { 0 };

	if (msg == NULL || text == NULL)
		abort();
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	if (json_read(slice_str(text), msg, mem, &err) != ST_OK) {
		(void)fprintf(stderr, "desk: %s %s: %s %s\n", m->name, request, err.field,
			      err.message);
		abort();
	}
	return msg;
}

enum st_code desk_call(struct desk *d, const char *method, const char *request, struct uuid key,
		       struct desk_answer *ret)
{
	const struct rpc_method *m = rpc_find(method);
	struct call_options o = { .property = d->property, .key = key };
	struct call_result r;
	struct arena mem;

	if (m == NULL)
		abort();
	if (m->access == STEWARD__ACCESS__DEVICE)
		o.property = NULL;
	arena_init(&mem, CALL_ARENA);
	(void)client_call(d->client, m, desk_request(m, request, &mem), &o, &mem, &r);
	ret->err = r.err;
	ret->replayed = r.replayed;
	ret->reply = r.reply != NULL ? json_of_message(r.reply, m->out, &mem) : NULL;
	arena_fini(&mem);
	return ret->err.code;
}

enum st_code desk_insist(struct desk *d, const char *method, const char *request, struct uuid key,
			 unsigned tries, struct desk_answer *ret)
{
	for (ret->tries = 1;; ret->tries++) {
		(void)desk_call(d, method, request, key, ret);
		if (!st_code_retry(ret->err.code) || ret->tries >= tries)
			return ret->err.code;
		desk_pause(d->loop, PATIENCE_MS);
	}
}

enum st_code desk_login(struct desk *d, const char *login, const char *password, unsigned tries,
			struct st_err *err)
{
	struct desk_answer a;
	char request[300];

	(void)snprintf(request, sizeof(request), "{'login': '%s', 'password': '%s'}", login,
		       password);
	d->profile.token = NULL;
	if (desk_insist(d, "auth.Login", request, desk_key(), tries, &a) == ST_OK &&
	    client_save_token(d->client, desk_text(a.reply, "token"), &a.err) == ST_OK)
		d->profile.token = arena_strdup(&d->mem, desk_text(a.reply, "token"));
	json_decref(a.reply);
	*err = a.err;
	return err->code;
}

const char *desk_text(const json_t *json, const char *path)
{
	const char *text;

	while (json != NULL && *path != '\0') {
		char name[64] = "";
		size_t len = strcspn(path, ".");

		if (len < sizeof(name))
			memcpy(name, path, len);
		json = json_object_get(json, name);
		path += len + (path[len] == '.');
	}
	text = json_string_value(json);
	return text != NULL ? text : "";
}
