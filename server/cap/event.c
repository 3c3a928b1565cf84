/*
 * event.Watch: follows the change feed of the caller's properties from a cursor on.
 *
 *   start -> [looking for the heads, when no cursor was given] -> looking <-> asleep -> op_finish()
 *                                                                   ^  |
 *                                                        credit ----+  +--> starved
 *
 * A watch looks (one read unit with the caller's own scope) whenever the hub wakes it, and sends
 * what it found while the client gives credit. What was not sent is not remembered: the next look
 * starts behind the last message that went out. One look at a time; while one is under way nothing
 * can end the watch, only note that it is over.
 *
 * Where it stands in each property is told with every message, as the cursor "1:42,2:7": numbers of
 * properties and positions in their feeds. A property that the cursor does not have is read from
 * its beginning.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/event.pb-c.h"
#include "server/db/sql_stmts.h"
#include "server/rpc/access.h"
#include "server/rpc/app.h"
#include "server/rpc/feed.h"
#include "server/rpc/op.h"

#define WATCH_LIMIT 64 /* messages of one look */
#define WATCH_LIMIT_TEXT "64"
#define WATCH_ARENA (4u << 20)         /* of a look */
#define WATCH_MESSAGE_ARENA (1u << 20) /* of a message */
#define WATCH_TIMEOUT_MS 10000u
#define WATCH_TIMEOUT_TEXT "10000"
#define WATCH_PLACES_MAX 5000 /* properties; a cursor with all of them fits into a request */
#define WATCH_PLACE_TEXT 32   /* "2147483647:9223372036854775807," */

struct watch_place {
	int64_t property, pos;
	bool known;     /* 'pos' is where it stands; else it begins at the beginning */
	bool mine, was; /* in the scope judged last, and before */
};

enum watch_state { WATCH_ASLEEP, WATCH_LOOKING, WATCH_STARVED };

struct watch {
	struct feed_watcher watcher;
	struct op *op;
	enum watch_state state;
	bool from_now;              /* began without a cursor */
	bool again;                 /* woken while looking */
	bool over;                  /* ends as soon as it is not looking */
	struct watch_place *places; /* by property */
	size_t n_places;
	struct arena mem; /* of one look */
	struct db_unit unit;
};

/* ---- where it stands ---- */

/* Where a property is, or would be, among the places. */
static size_t watch_index(const struct watch *w, int64_t property)
{
	size_t low = 0, high = w->n_places;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (w->places[mid].property < property)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct watch_place *watch_find(const struct watch *w, int64_t property)
{
	size_t i = watch_index(w, property);

	return i < w->n_places && w->places[i].property == property ? &w->places[i] : NULL;
}

/* NULL: too many. */
static struct watch_place *watch_place(struct watch *w, int64_t property)
{
	size_t i = watch_index(w, property);
	struct watch_place *grown;

	if (i < w->n_places && w->places[i].property == property)
		return &w->places[i];
	if (w->n_places == WATCH_PLACES_MAX)
		return NULL;
	grown = arena_grow(&w->op->mem, w->places, w->n_places, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	memmove(grown + i + 1, grown + i, (w->n_places - i) * sizeof(*grown));
	grown[i] = (struct watch_place){ .property = property };
	w->places = grown;
	w->n_places++;
	return &grown[i];
}

/* A number of digits only. */
static bool watch_read_number(const char **text, int64_t max, int64_t *ret)
{
	const char *at = *text;
	int64_t n = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *at - '0', &n) ||
		    n > max)
			return false;
	if (at == *text)
		return false;
	*text = at;
	*ret = n;
	return true;
}

/* "1:42,2:7" */
static bool watch_read_cursor(struct watch *w, const char *text)
{
	bool more = *text != '\0';

	while (more) {
		struct watch_place *p;
		int64_t property, pos;

		if (!watch_read_number(&text, INT32_MAX, &property) || property == 0 ||
		    *text++ != ':' || !watch_read_number(&text, INT64_MAX, &pos))
			return false;
		p = watch_place(w, property);
		if (p == NULL)
			return false;
		p->pos = pos;
		p->known = true;
		more = *text == ',';
		text += more;
	}
	return *text == '\0';
}

/* Only of what is in reach: the rest is none of his business. */
static char *watch_cursor(const struct watch *w, struct arena *mem)
{
	size_t size = w->n_places * WATCH_PLACE_TEXT + 1, used = 0;
	char *text = arena_alloc(mem, size);

	for (size_t i = 0; text != NULL && i < w->n_places; i++) {
		const struct watch_place *p = &w->places[i];

		if (p->mine && p->known)
			used += (size_t)snprintf(text + used, size - used, "%s%lld:%lld",
						 used > 0 ? "," : "", (long long)p->property,
						 (long long)p->pos);
	}
	return text;
}

/* Takes over a scope, "1,2". False: more properties than can be followed. */
static bool watch_take_scope(struct watch *w, const char *csv)
{
	const struct feed_hub *hub = w->op->app->feed;
	int64_t property;

	for (size_t i = 0; i < w->n_places; i++) {
		w->places[i].was = w->places[i].mine;
		w->places[i].mine = false;
	}
	while (watch_read_number(&csv, INT32_MAX, &property)) {
		size_t before = w->n_places;
		struct watch_place *p = watch_place(w, property);

		if (p == NULL)
			return false;
		p->mine = true;
		csv += *csv == ',';
		/* A right that was given since: from now on means for it, too. */
		if (w->n_places > before && w->from_now && w->op->stream_open) {
			p->pos = feed_head(hub, property);
			p->known = true;
		}
	}
	return true;
}

/* Is something in reach that was not? */
static bool watch_has_grown(const struct watch *w)
{
	for (size_t i = 0; i < w->n_places; i++)
		if (w->places[i].mine && !w->places[i].was)
			return true;
	return false;
}

static bool watch_concerns(const struct feed_watcher *watcher, int64_t property)
{
	const struct watch *w = container_of(watcher, struct watch, watcher);
	const struct watch_place *p = watch_find(w, property);

	return p != NULL && p->mine;
}

/* ---- its end ---- */

static void watch_end(struct watch *w)
{
	w->over = true;
	if (w->state == WATCH_LOOKING)
		return; /* its unit comes back first */
	feed_unwatch(&w->watcher);
	op_finish(w->op);
}

static void watch_no_memory(struct watch *w)
{
	op_fail(w->op, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
		"there is no memory for this watch now; try again");
}

/* Rights may have changed since the last look, and a watch is no use of a login. */
static enum st_code watch_judge(struct watch *w, struct arena *mem, struct access_scope *ret)
{
	struct op *op = w->op;

	ST_TRY(access_scope_again(op->app->services.access, op->caller, op->method,
				  op->envelope->property, mem, ret, &op->err));
	if (!watch_take_scope(w, ret->csv))
		op_fail(op, ST_RESOURCE_EXHAUSTED, "TOO_MANY_PROPERTIES", "property",
			"more than %d properties cannot be watched at once: name one (-p CODE)",
			WATCH_PLACES_MAX);
	return op->err.code;
}

/* ---- what is sent ---- */

/* A row of event_since as a message; columns are named like its fields. NULL: no memory. */
static ProtobufCMessage *watch_message(const struct watch *w, const struct db_call *call, int row,
				       struct arena *mem)
{
	const ProtobufCMessageDescriptor *desc = w->op->method->out->desc;
	ProtobufCMessage *msg = message_new(desc, mem);
	struct st_err err = { 0 };

	for (unsigned i = 0; msg != NULL && i < desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &desc->fields[i];
		const char *text = strcmp(f->name, "cursor") == 0 ? watch_cursor(w, mem)
								  : db_text(call, row, f->name);

		if (text != NULL && field_set_text(msg, f, text, strlen(text), mem, &err) != ST_OK)
			return NULL;
	}
	return mem->refused ? NULL : msg;
}

/* False: it was not sent, and it stands where it stood. */
static bool watch_send_row(struct watch *w, const struct db_call *call, int row)
{
	struct watch_place *p = watch_find(w, db_int(call, row, "property_id"));
	struct watch_place before;
	ProtobufCMessage *msg;
	struct arena mem;
	bool sent;

	must(p != NULL); /* the look asked for places only */
	if (!p->mine)
		return true; /* not any more */
	before = *p;
	p->pos = db_int(call, row, "pos");
	p->known = true;
	arena_init(&mem, WATCH_MESSAGE_ARENA);
	msg = watch_message(w, call, row, &mem);
	if (msg == NULL)
		watch_no_memory(w);
	sent = msg != NULL && op_stream_send(w->op, msg);
	arena_fini(&mem);
	if (!sent)
		*p = before;
	return sent;
}

/* The answer that opens the stream holds the cursor it begins with. */
static void watch_open(struct watch *w)
{
	if (w->op->stream_open)
		return;
	op_out(w->op, Steward__Event__Change)->cursor = watch_cursor(w, &w->op->mem);
	op_stream_open(w->op);
}

static void watch_look(struct watch *w);

/* Looked, and sent or not: what next? */
static void watch_rest(struct watch *w, bool starved)
{
	w->state = starved ? WATCH_STARVED : WATCH_ASLEEP;
	arena_fini(&w->mem);
	if (w->over || w->op->err.code != ST_OK)
		watch_end(w);
	else if (w->again && !starved)
		watch_look(w);
}

static void watch_on_look(struct db_unit *u)
{
	struct watch *w = u->owner;
	int n = 0, row = 0;

	if (w->over) {
		watch_rest(w, false);
		return;
	}
	st_keep_first(&w->op->err, &u->err);
	if (w->op->err.code == ST_OK)
		watch_open(w);
	if (w->op->err.code == ST_OK)
		n = db_rows(u->last);
	while (row < n && watch_send_row(w, u->last, row))
		row++;
	w->again = w->again || n == WATCH_LIMIT; /* there may be more behind the limit */
	watch_rest(w, row < n);
}

/* Everything from now on: the heads as they are. */
static void watch_on_heads(struct db_unit *u)
{
	struct watch *w = u->owner;

	if (!w->over)
		st_keep_first(&w->op->err, &u->err);
	for (int row = 0; !w->over && w->op->err.code == ST_OK && row < db_rows(u->last); row++) {
		struct watch_place *p = watch_find(w, db_int(u->last, row, "property_id"));

		if (p == NULL)
			continue;
		p->pos = db_int(u->last, row, "pos");
		p->known = true;
	}
	if (!w->over && w->op->err.code == ST_OK)
		watch_open(w);
	watch_rest(w, false);
}

/* ---- looking ---- */

static const char *watch_array(struct watch *w, bool of_pos)
{
	const char **texts = arena_array(&w->mem, const char *, w->n_places + 1);
	size_t n = 0;

	for (size_t i = 0; texts != NULL && i < w->n_places; i++) {
		const struct watch_place *p = &w->places[i];

		if (p->mine && p->known)
			texts[n++] = arena_printf(&w->mem, "%lld",
						  (long long)(of_pos ? p->pos : p->property));
	}
	return texts != NULL ? bind_array(&w->mem, texts, n) : NULL;
}

static bool watch_add_heads(struct watch *w, const struct access_scope *scope)
{
	struct db_call *heads = db_add(&w->unit, &sql_event_heads);

	if (heads == NULL)
		return false;
	db_bind(heads, "scope", scope->array);
	return true;
}

static bool watch_add_since(struct watch *w, const struct access_scope *scope)
{
	const Steward__Event__WatchRequest *rq = op_in(w->op, Steward__Event__WatchRequest);
	struct db_call *since = db_add(&w->unit, &sql_event_since);

	if (since == NULL)
		return false;
	db_bind(since, "scope", scope->array);
	db_bind(since, "properties", watch_array(w, false));
	db_bind(since, "positions", watch_array(w, true));
	if (rq->n_entities > 0)
		db_bind(since, "entities",
			bind_array(&w->mem, (const char *const *)rq->entities, rq->n_entities));
	db_bind(since, "limit", WATCH_LIMIT_TEXT);
	return true;
}

static bool watch_build(struct watch *w, void (*on_done)(struct db_unit *u),
			const struct access_scope *scope)
{
	struct db_call *limits;

	db_unit_init(&w->unit, &w->mem, on_done, w);
	w->unit.deadline_ms = clock_mono_ms(w->op->app->services.clock) + WATCH_TIMEOUT_MS;
	w->unit.read_only = w->unit.share = true;
	limits = db_add(&w->unit, &sql_core_scope_read);
	if (limits == NULL)
		return false;
	db_bind(limits, "scope", scope->csv);
	db_bind(limits, "timeout_ms", WATCH_TIMEOUT_TEXT);
	return (on_done == watch_on_heads ? watch_add_heads(w, scope)
					  : watch_add_since(w, scope)) &&
	       !w->mem.refused;
}

static void watch_submit(struct watch *w, void (*on_done)(struct db_unit *u))
{
	struct op *op = w->op;
	struct access_scope scope;
	enum st_code code;

	w->again = false;
	arena_init(&w->mem, WATCH_ARENA);
	if (watch_judge(w, &w->mem, &scope) == ST_OK) {
		if (watch_build(w, on_done, &scope)) {
			code = pool_submit(op->app->services.pool, POOL_READ, &w->unit);
			if (code == ST_OK) {
				w->state = WATCH_LOOKING;
				return;
			}
			op_fail_submit(op, code);
		} else {
			watch_no_memory(w);
		}
	}
	arena_fini(&w->mem);
	watch_end(w);
}

static void watch_look(struct watch *w)
{
	watch_submit(w, watch_on_look);
}

/* What the hub and the client make it do. */

static void watch_check_rights(struct watch *w)
{
	struct access_scope scope;
	struct arena mem;

	arena_init(&mem, WATCH_ARENA);
	if (watch_judge(w, &mem, &scope) != ST_OK)
		watch_end(w);
	else if (watch_has_grown(w) && w->state == WATCH_ASLEEP)
		watch_look(w);
	else
		w->again = w->again || watch_has_grown(w);
	arena_fini(&mem);
}

static void watch_wake(struct feed_watcher *watcher, enum feed_wake why)
{
	struct watch *w = container_of(watcher, struct watch, watcher);

	if (w->over)
		return;
	if (why == FEED_LEAVING) {
		op_fail(w->op, ST_UNAVAILABLE, "GOING_AWAY", NULL,
			"the server is going away: watch again in a moment");
		watch_end(w);
	} else if (why == FEED_RIGHTS) {
		watch_check_rights(w);
	} else if (w->state == WATCH_ASLEEP) {
		watch_look(w);
	} else {
		w->again = true;
	}
}

static void watch_start(struct op *op)
{
	const Steward__Event__WatchRequest *rq = op_in(op, Steward__Event__WatchRequest);
	struct watch *w = arena_new(&op->mem, struct watch);

	if (w == NULL) {
		op_fail(op, ST_RESOURCE_EXHAUSTED, NULL, NULL, "the server has too much to do");
		op_finish(op);
		return;
	}
	list_init(&w->watcher.link);
	w->watcher.wake = watch_wake;
	w->watcher.concerns = watch_concerns;
	w->op = op;
	w->from_now = rq->after == NULL;
	op->hook = w;
	if (!w->from_now && !watch_read_cursor(w, rq->after))
		op_fail(op, ST_INVALID_ARGUMENT, "BAD_CURSOR", "after",
			"not a cursor: give the one of the last message seen");
	else if (!feed_watch(op->app->feed, &w->watcher))
		op_fail(op, ST_UNAVAILABLE, "GOING_AWAY", NULL,
			"the server is going away: watch again in a moment");
	if (op->err.code != ST_OK)
		watch_end(w);
	else
		watch_submit(w, w->from_now ? watch_on_heads : watch_on_look);
}

static void watch_credit(struct op *op)
{
	struct watch *w = op->hook;

	if (w->state == WATCH_STARVED && conn_may_send(op->conn, op->stream))
		watch_look(w);
}

static void watch_cancel(struct op *op)
{
	struct watch *w = op->hook;

	if (!w->over)
		watch_end(w);
}

extern const struct op_hooks event_watch_hooks;
const struct op_hooks event_watch_hooks = {
	.stream_start = watch_start,
	.stream_credit = watch_credit,
	.stream_cancel = watch_cancel,
};
