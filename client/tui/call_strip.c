#include "client/tui/call_strip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/look/method.h"
#include "client/look/text.h"
#include "client/tui/app.h"
#include "client/tui/calls.h"
#include "client/tui/deadline.h"
#include "client/tui/desk.h"
#include "client/tui/outgoing.h"
#include "client/tui/source.h"
#include "client/tui/words.h"

struct call_strip {
	struct app *app;
	struct source calls;
	struct source who; /* call.Show of the one that rings longest */
	char asked[48];
};

static ProtobufCMessage *call_strip_request(void *arg, struct arena *mem)
{
	struct call_strip *cs = arg;

	return request_new(cs->calls.m, mem, "open", "true", "limit", "50", NULL);
}

static ProtobufCMessage *call_strip_who_request(void *arg, struct arena *mem)
{
	const struct call_strip *cs = arg;

	return cs->asked[0] != '\0' ? request_new(cs->who.m, mem, "call", cs->asked, NULL) : NULL;
}

/* Who it may be is asked once for each call: the one that rings, else the one being spoken. */
static void call_strip_on_calls(void *arg)
{
	struct call_strip *cs = arg;
	size_t more;
	const ProtobufCMessage *call = call_strip_ringing(cs, &more);
	struct arena mem;
	const char *ref = "";

	call = call != NULL ? call : call_strip_speaking(cs);
	arena_init(&mem, 1u << 20);
	if (call != NULL)
		ref = method_row_ref(cs->who.m, call, app_property(cs->app) == NULL, &mem);
	if (ref != NULL && strcmp(ref, cs->asked) != 0) {
		(void)snprintf(cs->asked, sizeof(cs->asked), "%s", ref);
		source_ask(&cs->who);
	}
	arena_fini(&mem);
}

struct call_strip *call_strip_new(struct app *app)
{
	struct call_strip *cs = calloc(1, sizeof(*cs));

	if (cs == NULL)
		return NULL;
	cs->app = app;
	source_init(&cs->calls, app, rpc_find("call.Log"));
	cs->calls.request = call_strip_request;
	cs->calls.changed = call_strip_on_calls;
	cs->calls.arg = cs->calls.request_arg = cs;
	source_init(&cs->who, app, rpc_find("call.Show"));
	cs->who.request = call_strip_who_request;
	cs->who.request_arg = cs;
	return cs;
}

void call_strip_free(struct call_strip *cs)
{
	if (cs == NULL)
		return;
	source_free(&cs->calls);
	source_free(&cs->who);
	free(cs);
}

void call_strip_ask(struct call_strip *cs)
{
	if (app_may(cs->app, cs->calls.m))
		source_ask(&cs->calls);
}

void call_strip_changed(struct call_strip *cs, const char *entity)
{
	if (app_may(cs->app, cs->calls.m))
		source_changed(&cs->calls, entity);
}

/* Newest come first; so the one that rings longest is the last. */
const ProtobufCMessage *call_strip_ringing(const struct call_strip *cs, size_t *ret_more)
{
	const ProtobufCMessage *longest = NULL;
	const ProtobufCMessage *const *rows;
	struct arena mem;
	size_t n;

	*ret_more = 0;
	arena_init(&mem, 1u << 20);
	rows = reply_rows(cs->calls.reply, "calls", &mem, &n);
	for (size_t i = n; i-- > 0;) {
		if (strcmp(reply_text(rows[i], "state", &mem), "ringing") != 0)
			continue;
		*ret_more += longest != NULL ? 1 : 0;
		longest = longest != NULL ? longest : rows[i];
	}
	arena_fini(&mem);
	return longest;
}

const ProtobufCMessage *call_strip_speaking(const struct call_strip *cs)
{
	const ProtobufCMessage *found = NULL;
	const ProtobufCMessage *const *rows;
	struct arena mem;
	size_t n;

	arena_init(&mem, 1u << 20);
	rows = reply_rows(cs->calls.reply, "calls", &mem, &n);
	for (size_t i = 0; i < n && found == NULL; i++)
		if (strcmp(reply_text(rows[i], "state", &mem), "answered") == 0 &&
		    strcmp(reply_text(rows[i], "person", &mem), cs->app->person.login) == 0)
			found = rows[i];
	arena_fini(&mem);
	return found;
}

static const char *call_phone(const ProtobufCMessage *call, struct arena *mem)
{
	const char *phone = reply_text(call, "phone", mem);

	return phone[0] != '\0' ? phone : _("number withheld");
}

static const char *call_who(const ProtobufCMessage *call, struct arena *mem)
{
	const char *who = reply_text(call, "party", mem);

	return who[0] != '\0' ? who : _("unknown");
}

/* Whom the register knows by the number of this call, the first of them; NULL: nobody, or it has
 * not been asked. */
static const ProtobufCMessage *call_strip_known(const struct call_strip *cs,
						const ProtobufCMessage *call, struct arena *mem)
{
	size_t n;
	const ProtobufCMessage *const *known = reply_rows(cs->who.reply, "known", mem, &n);

	if (n == 0 || strcmp(reply_text(cs->who.reply, "call.number", mem),
			     reply_text(call, "number", mem)) != 0)
		return NULL;
	return known[0];
}

ProtobufCMessage *call_strip_case(const struct call_strip *cs, struct arena *mem)
{
	const ProtobufCMessage *call = call_strip_speaking(cs), *known;

	if (call == NULL)
		return NULL;
	known = call_strip_known(cs, call, mem);
	return request_new(rpc_find("case.Open"), mem, "party",
			   reply_text(call, "party_number", mem), "caller",
			   reply_text(call, "party", mem), "place", reply_text(known, "place", mem),
			   "phone", reply_text(call, "phone", mem), "call",
			   reply_text(call, "number", mem), NULL);
}

/* By the number: who it is, or may be, and where they live. */
static const char *call_strip_guess(const struct call_strip *cs, const ProtobufCMessage *call,
				    struct arena *mem)
{
	const ProtobufCMessage *known = call_strip_known(cs, call, mem);
	const ProtobufCMessage *const *maybe;
	size_t n;

	if (known != NULL)
		return arena_printf(mem, "%s  %s", reply_text(known, "name", mem),
				    reply_text(known, "place", mem));
	maybe = reply_rows(cs->who.reply, "maybe", mem, &n);
	if (n > 0 && strcmp(reply_text(cs->who.reply, "call.number", mem),
			    reply_text(call, "number", mem)) == 0)
		return arena_printf(mem, _("maybe %s  %s"), reply_text(maybe[0], "name", mem),
				    reply_text(maybe[0], "place", mem));
	return call_who(call, mem);
}

bool call_strip_draw_ringing(const struct call_strip *cs, const struct area *all, int y)
{
	size_t more;
	const ProtobufCMessage *call = call_strip_ringing(cs, &more);
	struct arena mem;
	int x;

	if (call == NULL)
		return false;
	arena_init(&mem, 1u << 20);
	area_fill(all, y, 0, all->width, STYLE_RING);
	x = area_printf(all, y, 0, STYLE_RING, "%s %s -> %s", _("RING"), call_phone(call, &mem),
			call_strip_guess(cs, call, &mem));
	x += area_printf(all, y, x, STYLE_RING, "  %s", _("F4 answer"));
	if (more > 0)
		area_printf(all, y, x, STYLE_RING, _("  (%zu more waiting: ^N)"), more);
	arena_fini(&mem);
	return true;
}

bool call_strip_draw_speaking(const struct call_strip *cs, const struct area *all, int y)
{
	const ProtobufCMessage *call = call_strip_speaking(cs);
	const char *keys = _("F3 new case  ^X ends it"), *when = NULL;
	struct area left = area_part(all, y, 0, 1, all->width - (int)text_width(keys) - 3);
	struct arena mem;
	int64_t since;
	int x;

	if (call == NULL)
		return false;
	arena_init(&mem, 1u << 20);
	x = 1 + area_printf(&left, 0, 1, STYLE_SOON, _("ON CALL %s  %s  %s"),
			    reply_text(call, "number", &mem), call_phone(call, &mem),
			    call_who(call, &mem));
	if (deadline_read(reply_text(call, "answered_at", &mem), &since))
		when = arena_printf(&mem, _("  since %.5s"),
				    reply_text(call, "answered_at", &mem) + 11);
	/* Half a time would be a wrong one. */
	if (when != NULL && x + (int)text_width(when) <= left.width)
		x += area_put(&left, 0, x, -1, STYLE_SOON, when);
	area_put(all, y, x + 2, -1, STYLE_DIM, keys);
	arena_fini(&mem);
	return true;
}

static void call_strip_send(struct app *app, const char *method, const ProtobufCMessage *call)
{
	const struct rpc_method *m = rpc_find(method);
	struct change c = { .m = m, .at_once = true };
	struct arena mem;
	const char *ref;

	arena_init(&mem, 4u << 20);
	ref = method_row_ref(m, call, app_property(app) == NULL, &mem);
	c.request = ref != NULL ? request_new(m, &mem, "call", ref, NULL) : NULL;
	if (c.request != NULL)
		(void)outgoing_send(app->outgoing, &c);
	arena_fini(&mem);
}

/* The desk with the caller in its box comes at once; that the call is answered is said when it is.
 */
void call_strip_take(struct app *app, const ProtobufCMessage *call)
{
	call_strip_send(app, "call.Answer", call);
	desk_answer(app, call);
}

void call_strip_answer(struct app *app)
{
	size_t more;
	const ProtobufCMessage *call = call_strip_ringing(app->calls, &more);

	if (!app_may(app, rpc_find("call.Answer")))
		app_alarm(app, _("%s: not in your roles"), words_command(rpc_find("call.Answer")));
	else if (call == NULL)
		app_push(app, calls_new(app));
	else
		call_strip_take(app, call);
}

const char *call_strip_no_end(const struct app *app)
{
	return call_strip_speaking(app->calls) == NULL ? _("you speak with nobody") : NULL;
}

void call_strip_end(struct app *app)
{
	const ProtobufCMessage *call = call_strip_speaking(app->calls);

	if (call != NULL)
		call_strip_send(app, "call.End", call);
}
