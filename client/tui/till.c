#include "client/tui/till.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "client/look/json.h"
#include "client/tui/app.h"
#include "client/tui/draft.h"
#include "client/tui/outgoing.h"
#include "client/tui/source.h"
#include "client/tui/words.h"
#include "common/file.h"

#define TILL_ARENA (4u << 20)
#define FILE_MAX 65536

static void till_new_key(struct till *t)
{
	t->key = uuid_v7(app_now_us(t->app) / 1000);
}

static void till_ready(struct till *t)
{
	(void)unlink(t->path);
	t->state = TILL_READY;
	till_new_key(t);
}

/* What is in the file: method, key, request. */
static bool till_read(struct till *t)
{
	struct slice text;
	struct st_err err;
	json_t *all;
	const char *method = "", *key = "";
	json_t *request = NULL;
	ProtobufCMessage *msg;
	bool ok;

	if (file_read(t->path, FILE_MAX, &t->mem, &text, &err) != ST_OK)
		return false;
	all = json_loadb((const char *)text.data, text.len, 0, NULL);
	ok = json_unpack(all, "{s:s, s:s, s:o}", "method", &method, "key", &key, "request",
			 &request) == 0;
	t->m = ok ? rpc_find(method) : NULL;
	ok = t->m != NULL && uuid_parse(key, strlen(key), &t->key);
	msg = ok ? message_new(t->m->in->desc, &t->mem) : NULL;
	if (msg != NULL) {
		char *packed = json_dumps(request, JSON_COMPACT);

		ok = packed != NULL && json_read(slice_str(packed), msg, &t->mem, &err) == ST_OK;
		free(packed);
	}
	json_decref(all);
	t->request = msg;
	return ok && msg != NULL;
}

static bool till_write(struct till *t)
{
	char uuid[UUID_TEXT], dir[700];
	struct st_err err;
	json_t *all = json_pack("{s:s, s:s, s:o}", "method", t->m->name, "key",
				uuid_format(&t->key, uuid), "request",
				json_typed_of_message(t->request, t->m->in, &t->mem));
	char *text = all != NULL ? json_dumps(all, JSON_INDENT(1)) : NULL;
	bool ok;

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(t->path, '/') - t->path), t->path);
	ok = text != NULL && file_make_dirs(dir, &err) == ST_OK &&
	     file_replace(t->path, slice_str(text), &err) == ST_OK;
	free(text);
	json_decref(all);
	return ok;
}

void till_init(struct till *t, struct app *app, const char *what,
	       void (*done)(void *arg, const struct call_result *r, const struct uuid *key),
	       void *arg)
{
	char dir[500];

	*t = (struct till){ .app = app, .done = done, .arg = arg };
	arena_init(&t->mem, TILL_ARENA);
	draft_state_dir(app, "sent", dir, sizeof(dir));
	(void)snprintf(t->path, sizeof(t->path), "%s/%s@%s.json", dir, what, app->property);
	if (till_read(t)) {
		t->state = TILL_UNKNOWN;
		app_alarm(app, "%s",
			  _("The answer to what was sent from here never came: ^S asks, it "
			    "happens once."));
	} else {
		till_new_key(t);
	}
}

void till_free(struct till *t)
{
	outgoing_forget(t->app->outgoing, t);
	arena_fini(&t->mem);
}

/* Where nobody answered it may have happened all the same. */
static bool till_is_unknown(const struct st_err *err)
{
	return strcmp(err->reason, "OUTCOME_UNKNOWN") == 0 || err->code == ST_UNAVAILABLE ||
	       err->code == ST_DEADLINE_EXCEEDED || err->code == ST_CANCELLED ||
	       err->code == ST_INTERNAL;
}

static void till_on_done(void *arg, const struct call_result *r)
{
	struct till *t = arg;
	const struct uuid key = t->key;

	if (r->err.code != ST_OK && till_is_unknown(&r->err)) {
		t->state = TILL_UNKNOWN;
		return;
	}
	/* A refusal is stored under its key: what is sent next is another change. */
	till_ready(t);
	t->done(t->arg, r, &key);
}

void till_again(struct till *t)
{
	const struct change c = { .m = t->m,
				  .request = t->request,
				  .key = t->key,
				  .at_once = true,
				  .done = till_on_done,
				  .arg = t };

	t->state = TILL_SENT;
	(void)outgoing_send(t->app->outgoing, &c);
}

void till_send(struct till *t, const struct rpc_method *m, const ProtobufCMessage *request)
{
	arena_fini(&t->mem);
	arena_init(&t->mem, TILL_ARENA);
	t->m = m;
	t->request = request_copy(m, request, &t->mem);
	if (t->request == NULL) {
		app_alarm(t->app, "%s", _("There is no memory left for this."));
		return;
	}
	if (!till_write(t))
		app_alarm(t->app, _("%s cannot be written."), t->path);
	else
		till_again(t);
}

void till_give_up(struct till *t)
{
	till_ready(t);
}

char *till_key(const struct till *t, char out[16])
{
	char uuid[UUID_TEXT];

	(void)uuid_format(&t->key, uuid);
	(void)snprintf(out, 16, "%.4s..%s", uuid, uuid + 32);
	return out;
}
