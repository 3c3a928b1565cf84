#include "client/tui/source.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/tui/app.h"
#include "common/wire.h"

#define SOURCE_ARENA (32u << 20)

void source_init(struct source *s, struct app *app, const struct rpc_method *m)
{
	must(m != NULL);
	*s = (struct source){ .app = app, .m = m };
}

static struct ask *ask_new(struct source *s)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		return NULL;
	ask->source = s;
	arena_init(&ask->mem, SOURCE_ARENA);
	return ask;
}

static void ask_free(struct ask *ask)
{
	if (ask == NULL)
		return;
	arena_fini(&ask->mem);
	free(ask);
}

static void source_tell(struct source *s)
{
	if (s->changed != NULL)
		s->changed(s->arg);
	app_redraw(s->app);
}

static void source_on_done(void *arg, struct call_result *r)
{
	struct ask *ask = arg;
	struct source *s = ask->source;

	ask->call = NULL;
	if (s == NULL) {
		ask_free(ask);
		return;
	}
	s->asking = NULL;
	s->err = r->err;
	if (r->err.code == ST_OK) {
		ask_free(s->shown);
		s->shown = ask;
		s->reply = r->reply;
		s->answers++;
	} else {
		ask_free(ask);
	}
	app_line(s->app, &s->err);
	source_tell(s);
	if (s->again)
		source_ask(s);
}

void source_clear(struct source *s)
{
	ask_free(s->shown);
	s->shown = NULL;
	s->reply = NULL;
	s->err = (struct st_err){ 0 };
	source_tell(s);
}

void source_ask(struct source *s)
{
	const struct call_options o = { .property = app_property(s->app) };
	ProtobufCMessage *request;
	struct ask *ask;

	if (s->asking != NULL) {
		s->again = true;
		return;
	}
	s->again = false;
	ask = ask_new(s);
	if (ask == NULL)
		return;
	request = s->request != NULL ? s->request(s->request_arg, &ask->mem)
				     : message_new(s->m->in->desc, &ask->mem);
	if (request == NULL) {
		ask_free(ask);
		source_clear(s);
		return;
	}
	if (client_start(s->app->client, s->m, request, &o, &ask->mem, source_on_done, ask,
			 &ask->call, &s->err) != ST_OK) {
		ask_free(ask);
		source_tell(s);
		return;
	}
	s->asking = ask;
}

/* Is 'word' one of the blank-separated words of 'all'? */
static bool source_word(const char *all, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = all; at != NULL && *at != '\0';) {
		size_t n = strcspn(at, " ");

		if (n == len && strncmp(at, word, n) == 0)
			return true;
		at += n + strspn(at + n, " ");
	}
	return false;
}

bool source_shows(const struct source *s, const char *entity)
{
	if (entity[0] == '\0' || source_word(s->m->watch, entity))
		return true;
	if (s->m->watch != NULL)
		return false;
	/* Nothing is declared: what the capability's own changes tell of. */
	for (size_t i = 0; i < rpc_method_count; i++)
		if (strcmp(rpc_methods[i].cap, s->m->cap) == 0 && rpc_methods[i].feed != NULL &&
		    strcmp(rpc_methods[i].feed, entity) == 0)
			return true;
	return false;
}

void source_changed(struct source *s, const char *entity)
{
	if ((s->reply != NULL || s->err.code != ST_OK || s->asking != NULL) &&
	    source_shows(s, entity))
		source_ask(s);
}

void source_free(struct source *s)
{
	s->changed = NULL;
	ask_free(s->shown);
	s->shown = NULL;
	s->reply = NULL;
	if (s->asking == NULL)
		return;
	/* The call holds on to its memory until it has ended. */
	s->asking->source = NULL;
	client_cancel(s->asking->call);
	s->asking = NULL;
}

ProtobufCMessage *request_new(const struct rpc_method *m, struct arena *mem, ...)
{
	ProtobufCMessage *rq = message_new(m->in->desc, mem);
	const char *field;
	va_list ap;

	va_start(ap, mem);
	while (rq != NULL && (field = va_arg(ap, const char *)) != NULL) {
		const char *text = va_arg(ap, const char *);

		if (text != NULL && text[0] != '\0' && !request_set(rq, field, text, mem))
			rq = NULL;
	}
	va_end(ap);
	return rq;
}

ProtobufCMessage *request_copy(const struct rpc_method *m, const ProtobufCMessage *request,
			       struct arena *mem)
{
	ProtobufCMessage *copy;
	struct slice packed;
	struct st_err err;

	if (wire_pack(request, mem, &packed, &err) != ST_OK ||
	    wire_unpack(m->in, packed, mem, &copy, &err) != ST_OK)
		return NULL;
	return copy;
}

bool request_set(ProtobufCMessage *rq, const char *field, const char *text, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(rq->descriptor, field);
	struct st_err err;

	return f != NULL && field_set_text(rq, f, text, strlen(text), mem, &err) == ST_OK;
}

/* The message that holds the last field of 'path', which is left in *ret_f. */
static const ProtobufCMessage *reply_holder(const ProtobufCMessage *msg, const char *path,
					    const ProtobufCFieldDescriptor **ret_f)
{
	while (msg != NULL) {
		size_t len = strcspn(path, ".");
		char name[64];

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		*ret_f = message_field(msg->descriptor, name);
		if (*ret_f == NULL || path[len] == '\0')
			return *ret_f != NULL ? msg : NULL;
		msg = field_is_set(msg, *ret_f) ? field_message(msg, *ret_f, 0) : NULL;
		path += len + 1;
	}
	return NULL;
}

const char *reply_text(const ProtobufCMessage *msg, const char *path, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = NULL;
	const ProtobufCMessage *holder = reply_holder(msg, path, &f);
	const char *text = holder != NULL ? field_text(holder, f, 0, mem) : NULL;

	return text != NULL ? text : "";
}

int64_t reply_number(const ProtobufCMessage *msg, const char *path)
{
	const ProtobufCFieldDescriptor *f = NULL;
	const ProtobufCMessage *holder = reply_holder(msg, path, &f);
	int64_t n = 0;

	if (holder != NULL)
		(void)field_number(holder, f, 0, &n);
	return n;
}

const ProtobufCMessage *const *reply_rows(const ProtobufCMessage *msg, const char *field,
					  struct arena *mem, size_t *ret_n)
{
	const ProtobufCFieldDescriptor *f = msg != NULL ? message_field(msg->descriptor, field)
							: NULL;
	size_t n = f != NULL ? field_count(msg, f) : 0;
	const ProtobufCMessage **rows = arena_array(mem, const ProtobufCMessage *, n + 1);

	for (size_t i = 0; rows != NULL && i < n; i++)
		rows[i] = field_message(msg, f, i);
	*ret_n = rows != NULL ? n : 0;
	return rows;
}
