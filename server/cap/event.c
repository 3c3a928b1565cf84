/*
 * event.Watch: follows the change feed of the caller's properties from a cursor on.
 *
 * A watch looks (one read unit with the caller's own scope) whenever the hub wakes it, and sends
 * what it found while the client gives credit. What was not sent is not remembered: the next look
 * starts behind the last message that went out. One look at a time.
 *
 *   start -> [heads, when no cursor was given] -> idle <-> looking -> ... -> op_finish()
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/event.pb-c.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/feed.h"
#include "server/rpc/op.h"

#define WATCH_LIMIT "200"
#define WATCH_ARENA (4u << 20)
#define WATCH_TIMEOUT_MS 10000u
#define WATCH_PROPERTIES_MAX 2000

struct watch_position {
	int64_t property, pos;
};

struct watch {
	struct feed_watcher watcher;
	struct op *op;
	struct arena mem; /* of one look */
	struct db_unit unit;
	struct watch_position *positions;
	size_t n_positions;
	bool started; /* positions are known */
	bool looking;
	bool again;   /* woken while looking */
	bool starved; /* rows were left because credit ran out */
	bool ended;
};

static struct watch_position *watch_position(struct watch *w, int64_t property)
{
	for (size_t i = 0; i < w->n_positions; i++)
		if (w->positions[i].property == property)
			return &w->positions[i];
	if (w->n_positions == WATCH_PROPERTIES_MAX)
		return NULL;
	w->positions[w->n_positions] = (struct watch_position){ property, 0 };
	return &w->positions[w->n_positions++];
}

/* "1:42,2:7" */
static bool watch_parse_cursor(struct watch *w, const char *text)
{
	char *end;

	while (*text != '\0') {
		struct watch_position *p;
		int64_t property = strtoll(text, &end, 10), pos;

		if (end == text || *end != ':' || property <= 0)
			return false;
		text = end + 1;
		errno = 0;
		pos = strtoll(text, &end, 10);
		if (end == text || (*end != ',' && *end != '\0') || pos < 0 || errno != 0)
			return false;
		p = watch_position(w, property);
		if (p == NULL)
			return false;
		p->pos = pos;
		text = end + (*end == ',');
	}
	return true;
}

static const char *watch_format_cursor(const struct watch *w, struct arena *mem)
{
	size_t size = w->n_positions * 42 + 1, used = 0;
	char *text = arena_alloc(mem, size);

	for (size_t i = 0; text != NULL && i < w->n_positions; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%lld:%lld", i > 0 ? "," : "",
					 (long long)w->positions[i].property,
					 (long long)w->positions[i].pos);
	return text;
}

static void watch_look(struct watch *w);

static void watch_end(struct watch *w)
{
	w->ended = true;
	if (w->looking)
		return; /* its unit comes back first */
	feed_unwatch(&w->watcher);
	op_finish(w->op);
}

/* A row of event_since as a message; columns are named like its fields. */
static ProtobufCMessage *watch_message(struct watch *w, const struct db_call *call, int row)
{
	const ProtobufCMessageDescriptor *desc = w->op->method->out->desc;
	ProtobufCMessage *msg = message_new(desc, &w->mem);
	struct watch_position *p = watch_position(w, db_int(call, row, "property_id"));
	struct st_err err = { 0 };

	if (p != NULL)
		p->pos = db_int(call, row, "pos");
	for (unsigned i = 0; msg != NULL && i < desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &desc->fields[i];
		const char *text = strcmp(f->name, "cursor") == 0 ? watch_format_cursor(w, &w->mem)
								  : db_text(call, row, f->name);

		if (text != NULL &&
		    field_set_text(msg, f, text, strlen(text), &w->mem, &err) != ST_OK)
			return NULL;
	}
	return msg;
}

static void watch_send(struct watch *w, const struct db_call *call)
{
	for (int row = 0; row < db_rows(call); row++) {
		struct watch_position *p = watch_position(w, db_int(call, row, "property_id"));
		int64_t before = p != NULL ? p->pos : 0;
		ProtobufCMessage *msg = watch_message(w, call, row);

		if (msg == NULL) {
			op_fail(w->op, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
				"too much at once; watch again");
			return;
		}
		if (!op_stream_send(w->op, msg)) {
			if (p != NULL)
				p->pos = before;
			w->starved = true;
			return;
		}
	}
	w->again = w->again || db_rows(call) > 0; /* there may be more behind the limit */
}

static void watch_on_look(struct db_unit *u)
{
	struct watch *w = u->owner;

	w->starved = false;
	if (u->err.code == ST_OK && !w->ended)
		watch_send(w, u->last); /* still looking: a connection lost meanwhile must not end
					   the op */
	else
		st_keep_first(&w->op->err, &u->err);
	w->looking = false;
	arena_fini(&w->mem);
	if (w->ended || w->op->err.code != ST_OK) {
		watch_end(w);
	} else if (w->again && !w->starved) {
		watch_look(w);
	}
}

/* Everything from now on: the heads as they are. */
static void watch_on_heads(struct db_unit *u)
{
	struct watch *w = u->owner;

	st_keep_first(&w->op->err, &u->err);
	for (int row = 0; w->op->err.code == ST_OK && row < db_rows(u->last); row++) {
		struct watch_position *p = watch_position(w, db_int(u->last, row, "property_id"));

		if (p != NULL)
			p->pos = db_int(u->last, row, "pos");
	}
	if (w->op->err.code == ST_OK && !w->ended)
		op_stream_open(w->op);
	w->looking = false;
	arena_fini(&w->mem);
	if (w->ended || w->op->err.code != ST_OK) {
		watch_end(w);
		return;
	}
	w->started = true;
	watch_look(w);
}

static const char *watch_array(struct watch *w, bool of_pos)
{
	const char **texts = arena_array(&w->mem, const char *, w->n_positions + 1);

	for (size_t i = 0; texts != NULL && i < w->n_positions; i++)
		texts[i] = arena_printf(
			&w->mem, "%lld",
			(long long)(of_pos ? w->positions[i].pos : w->positions[i].property));
	return texts != NULL ? bind_array(&w->mem, texts, w->n_positions) : NULL;
}

static bool watch_add_since(struct watch *w, struct access_scope *scope)
{
	const Steward__Event__WatchRequest *rq = op_in(w->op, Steward__Event__WatchRequest);
	struct db_call *limits = db_add(&w->unit, &sql_core_scope_read);
	struct db_call *since = db_add(&w->unit, &sql_event_since);

	if (limits == NULL || since == NULL)
		return false;
	db_bind(limits, "scope", scope->csv);
	db_bind(limits, "timeout_ms", "10000");
	db_bind(since, "scope", scope->array);
	db_bind(since, "properties", watch_array(w, false));
	db_bind(since, "positions", watch_array(w, true));
	if (rq->n_entities > 0)
		db_bind(since, "entities",
			bind_array(&w->mem, (const char *const *)rq->entities, rq->n_entities));
	db_bind(since, "limit", WATCH_LIMIT);
	return true;
}

static void watch_submit(struct watch *w, bool heads)
{
	struct op *op = w->op;
	struct access_scope scope;
	bool added;

	arena_init(&w->mem, WATCH_ARENA);
	db_unit_init(&w->unit, &w->mem, heads ? watch_on_heads : watch_on_look, w);
	w->unit.deadline_ms = clock_mono_ms(op->app->services.clock) + WATCH_TIMEOUT_MS;
	/* Rights may have changed since the last look. */
	if (access_scope(op->app->services.access, op->caller, op->method, op->envelope->property,
			 &w->mem, &scope, &op->err) == ST_OK) {
		added = heads ? db_add(&w->unit, &sql_core_heads) != NULL
			      : watch_add_since(w, &scope);
		if (!added)
			op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL,
				"the server has too much to do");
		else if (pool_submit(op->app->services.pool, POOL_READ, &w->unit) != ST_OK)
			op_fail(op, ST_RESOURCE_EXHAUSTED, "BUSY", NULL,
				"the server has too much to do");
		else
			w->looking = true;
	}
	if (w->looking)
		return;
	arena_fini(&w->mem);
	watch_end(w);
}

static void watch_look(struct watch *w)
{
	w->again = false;
	watch_submit(w, false);
}

static void watch_wake(struct feed_watcher *watcher)
{
	struct watch *w = container_of(watcher, struct watch, watcher);

	w->again = true;
	if (w->started && !w->looking && !w->starved && !w->ended)
		watch_look(w);
}

static void watch_start(struct op *op)
{
	const Steward__Event__WatchRequest *rq = op_in(op, Steward__Event__WatchRequest);
	struct watch *w = arena_new(&op->mem, struct watch);

	if (w != NULL)
		w->positions = arena_array(&op->mem, struct watch_position, WATCH_PROPERTIES_MAX);
	if (w == NULL || w->positions == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL, "the server has too much to do");
		op_finish(op);
		return;
	}
	w->op = op;
	w->watcher.wake = watch_wake;
	op->hook = w;
	if (rq->after != NULL && !watch_parse_cursor(w, rq->after)) {
		op_fail(op, ST_INVALID_ARGUMENT, "BAD_CURSOR", "after",
			"not a cursor: give the one of the last message seen");
		op_finish(op);
		return;
	}
	feed_watch(op->app->feed, &w->watcher);
	if (rq->after == NULL) {
		watch_submit(w, true);
		return;
	}
	w->started = true;
	op_stream_open(op);
	watch_look(w);
}

static void watch_credit(struct op *op)
{
	struct watch *w = op->hook;

	if (w->starved && !w->looking && !w->ended) {
		w->starved = false;
		watch_look(w);
	}
}

static void watch_cancel(struct op *op)
{
	struct watch *w = op->hook;

	if (!w->ended)
		watch_end(w);
}

extern const struct op_hooks event_watch_hooks;
const struct op_hooks event_watch_hooks = {
	.stream_start = watch_start,
	.stream_credit = watch_credit,
	.stream_cancel = watch_cancel,
};
