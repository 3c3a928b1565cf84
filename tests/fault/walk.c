#include "tests/fault/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 40
#define WATCH_PAUSE_MS 5u
#define WATCH_PAUSES 4000
#define REQUEST_MAX 400

/* What the walk learns from answers and says again: $0 the case's number, $1 the work order's, $2
 * the call's. */
struct walk_step {
	const char *method, *request;
	const char *learns; /* path of the number; NULL: none */
	int number;
	enum st_code code;
};

static const struct walk_step steps[] = {
	{ "auth.Whoami", "{}" },
	{ "case.Open", "{'kind': 'repair', 'spot': 'lobby', 'summary': 'The tap drips'}", "number",
	  0 },
	{ "case.Show", "{'case': '$0'}" },
	{ "case.Note", "{'case': '$0', 'text': 'Is at home after six'}" },
	{ "case.Dispatch", "{'case': '$0', 'contractor': 'The plumbers', 'task': 'New valve'}",
	  "order.number", 1 },
	{ "order.Accept", "{'order': '$1'}" },
	{ "call.Ring", "{'from': '138-0013-8000'}", "call.number", 2 },
	{ "call.Answer", "{'call': '$2'}" },
	{ "case.List", "{'limit': 3}" },
	{ "call.End", "{'call': '$2', 'duration': 30}" },
	{ "order.Start", "{'order': '$1'}" },
	{ "order.Complete", "{'order': '$1', 'result': 'Replaced', 'reply': 'It is tight'}" },
	{ "order.Show", "{'order': '$1'}" },
	{ "case.Close", "{'case': '$0', 'result': 'The valve is new'}" },
	{ "case.Close", "{'case': '$0'}", NULL, 0, ST_FAILED_PRECONDITION },
};
#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))
_Static_assert(STEP_COUNT <= WALK_STEPS_MAX, "there is room for all keys");

__attribute__((format(printf, 2, 3))) static void walk_fail(struct walk *w, const char *fmt, ...)
{
	va_list ap;

	if (w->failure[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(w->failure, sizeof(w->failure), fmt, ap);
	va_end(ap);
}

/* ---- the watch ---- */

static int64_t walk_position(const char *cursor)
{
	const char *at = strchr(cursor, ':');

	return at != NULL ? strtoll(at + 1, NULL, 10) : -1;
}

static bool walk_on_message(void *arg, const ProtobufCMessage *msg)
{
	struct walk_watch *t = arg;
	const char *cursor = NULL;
	struct arena mem;
	int64_t pos;

	arena_init(&mem, 1u << 20);
	cursor = field_text(msg, message_field(msg->descriptor, "cursor"), 0, &mem);
	(void)snprintf(t->cursor, sizeof(t->cursor), "%s", cursor != NULL ? cursor : "");
	arena_fini(&mem);
	pos = walk_position(t->cursor);
	if (pos <= t->last || pos - t->first > 64)
		walk_fail(t->walk, "watch: position %lld after %lld", (long long)pos,
			  (long long)t->last);
	else
		t->seen |= (uint64_t)1 << (pos - t->first - 1);
	t->last = pos;
	return true;
}

static void walk_on_watch_end(void *arg, struct call_result *r)
{
	struct walk_watch *t = arg;

	if (r->err.code != ST_OK && r->err.code != ST_CANCELLED && !st_code_retry(r->err.code))
		walk_fail(t->walk, "watch: %s %s %s", st_code_name(r->err.code), r->err.reason,
			  r->err.message);
	t->up = false;
	arena_fini(&t->mem);
}

/* Opened, or opened again behind the last message. */
static void walk_keep_watch(struct walk *w)
{
	const struct rpc_method *m = rpc_find("event.Watch");
	struct call_options o = { .property = w->desk->property };
	struct walk_watch *t = &w->watch;
	struct st_err err = { 0 };
	char request[100];

	if (t->up)
		return;
	(void)snprintf(request, sizeof(request), "{'after': '%s'}", t->cursor);
	arena_init(&t->mem, 4u << 20);
	t->up = true;
	if (client_start_stream(w->desk->client, m, desk_request(m, request, &t->mem), &o, &t->mem,
				walk_on_message, walk_on_watch_end, t, &t->call, &err) == ST_OK)
		return;
	walk_fail(w, "watch: %s", err.message);
	t->up = false;
	arena_fini(&t->mem);
}

void walk_watch_until(struct walk *w, int64_t last)
{
	for (int i = 0; i < WATCH_PAUSES && w->failure[0] == '\0' && w->watch.last < last; i++) {
		walk_keep_watch(w);
		desk_pause(w->desk->loop, WATCH_PAUSE_MS);
	}
	if (w->watch.last != last)
		walk_fail(w, "watch: ends at position %lld of %lld", (long long)w->watch.last,
			  (long long)last);
	if (w->watch.up)
		client_cancel(w->watch.call);
	while (w->watch.up)
		(void)uv_run(w->desk->loop, UV_RUN_ONCE);
}

/* ---- the calls ---- */

static void walk_fill(const struct walk *w, const char *from, char out[REQUEST_MAX])
{
	size_t n = 0;

	for (; *from != '\0' && n + sizeof(w->numbers[0]) < REQUEST_MAX; from++) {
		if (*from == '$' && from[1] >= '0' && from[1] <= '2')
			n += (size_t)snprintf(out + n, sizeof(w->numbers[0]), "%s",
					      w->numbers[*++from - '0']);
		else
			out[n++] = *from;
	}
	out[n] = '\0';
}

static void walk_step(struct walk *w, const struct walk_step *s)
{
	struct uuid key = { 0 };
	char request[REQUEST_MAX];
	struct desk_answer a;

	if (rpc_find(s->method)->rpc_class == STEWARD__CLASS__WRITE)
		key = w->keys[w->n_keys++] = desk_key();
	walk_fill(w, s->request, request);
	if (desk_insist(w->desk, s->method, request, key, TRIES, &a) != s->code)
		walk_fail(w, "%s %s: %s %s %s", s->method, request, st_code_name(a.err.code),
			  a.err.reason, a.err.message);
	w->repeated += a.tries - 1;
	if (s->learns != NULL)
		(void)snprintf(w->numbers[s->number], sizeof(w->numbers[0]), "%s",
			       desk_text(a.reply, s->learns));
	json_decref(a.reply);
}

void walk_run(struct walk *w, struct desk *d, int property_id, int64_t first)
{
	memset(w, 0, sizeof(*w));
	w->desk = d;
	w->watch.walk = w;
	w->watch.first = w->watch.last = first;
	(void)snprintf(w->watch.cursor, sizeof(w->watch.cursor), "%d:%lld", property_id,
		       (long long)first);
	for (size_t i = 0; i < STEP_COUNT && w->failure[0] == '\0'; i++) {
		walk_keep_watch(w);
		walk_step(w, &steps[i]);
	}
}
