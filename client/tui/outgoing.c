#include "client/tui/outgoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/look/equal.h"
#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/source.h"
#include "client/tui/words.h"
#include "common/clock.h"
#include "common/list.h"
#include "common/wire.h"

#define PARCEL_ARENA (32u << 20)

struct parcel {
	struct list link;
	struct outgoing *o;
	struct change change;
	struct arena mem;
	struct call *call;
	char property[17];
	int64_t since; /* seconds, while it waits */
};

struct outgoing {
	struct app *app;
	struct list sent;
	struct parcel *waiting;
	char sentence[300];
};

struct outgoing *outgoing_new(struct app *app)
{
	struct outgoing *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->app = app;
	list_init(&o->sent);
	return o;
}

static void parcel_free(struct parcel *p)
{
	list_remove(&p->link);
	arena_fini(&p->mem);
	free(p);
}

static void parcel_say(struct parcel *p, const struct call_result *r)
{
	struct app *app = p->o->app;

	if (r->err.code == ST_OK) {
		const char *said = words_outcome(p->change.m, p->change.request, r, &p->mem);

		app_say(app, "%s", said != NULL ? said : _("Done."));
	} else if (strcmp(r->err.reason, "OUTCOME_UNKNOWN") == 0) {
		app_alarm(app,
			  _("%s: it is not known whether that was done. Do it again from here: it "
			    "happens once."),
			  words_command(p->change.m));
	} else {
		app_alarm(app, "%s: %s", words_command(p->change.m), r->err.message);
	}
}

static void parcel_on_done(void *arg, struct call_result *r)
{
	struct parcel *p = arg;
	struct app *app = p->o->app;

	p->call = NULL;
	app_line(app, &r->err);
	parcel_say(p, r);
	if (r->err.code == ST_OK && p->change.draft != NULL)
		(void)unlink(p->change.draft);
	if (p->change.done != NULL)
		p->change.done(p->change.arg, r);
	if (r->err.code == ST_OK && p->change.m->feed != NULL)
		app_changed(app, p->change.m->feed);
	parcel_free(p);
	app_redraw(app);
}

static void parcel_fail(struct parcel *p, const struct st_err *err)
{
	struct call_result r = { .err = *err, .key = p->change.key };

	parcel_on_done(p, &r);
}

static void parcel_send(struct parcel *p)
{
	const struct call_options o = { .property = p->property[0] != '\0' ? p->property : NULL,
					.reason = p->change.reason,
					.confirm = p->change.confirm,
					.dry_run = p->change.dry_run,
					.key = p->change.key };
	struct st_err err = { 0 };

	if (client_start(p->o->app->client, p->change.m, p->change.request, &o, &p->mem,
			 parcel_on_done, p, &p->call, &err) != ST_OK)
		parcel_fail(p, &err);
}

static void outgoing_flush(struct outgoing *o)
{
	struct parcel *p = o->waiting;

	o->waiting = NULL;
	if (p == NULL)
		return;
	list_push(&o->sent, &p->link);
	parcel_send(p);
}

static struct parcel *parcel_new(struct outgoing *o, const struct change *c)
{
	const char *property = app_property(o->app);
	struct parcel *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	arena_init(&p->mem, PARCEL_ARENA);
	list_init(&p->link);
	p->o = o;
	p->change = *c;
	p->change.request = request_copy(c->m, c->request, &p->mem);
	p->change.confirm = c->confirm != NULL ? arena_strdup(&p->mem, c->confirm) : NULL;
	p->change.draft = c->draft != NULL ? arena_strdup(&p->mem, c->draft) : NULL;
	p->change.reason = c->reason != NULL ? arena_strdup(&p->mem, c->reason) : NULL;
	if (uuid_is_zero(&p->change.key))
		p->change.key = uuid_v7(clock_wall_us(&clock_system) / 1000);
	(void)snprintf(p->property, sizeof(p->property), "%s", property != NULL ? property : "");
	if (p->change.request != NULL)
		return p;
	parcel_free(p);
	return NULL;
}

/* Something that is there already is changed, in a way that is asked about nowhere. */
static bool change_can_wait(const struct change *c)
{
	if (c->at_once || c->dry_run || c->m->danger != STEWARD__DANGER__MILD)
		return false;
	for (unsigned i = 0; i < c->m->in->desc->n_fields; i++)
		if (c->m->in->fields[i].arg == 1)
			return c->m->in->fields[i].format == STEWARD__FORMAT__REF;
	return false;
}

/* What is about to happen: as a command in English, else the command's name and its first word. */
static void outgoing_name(struct outgoing *o, struct parcel *p)
{
	const struct rpc_method *m = p->change.m;
	int field = method_field_of_place(m, 1);
	const char *line = equal_command(m, p->change.request, NULL, &p->mem);
	const char *what = field >= 0 ? field_text(p->change.request, &m->in->desc->fields[field],
						   0, &p->mem)
				      : NULL;

	if (line != NULL && !words_translated())
		(void)snprintf(o->sentence, sizeof(o->sentence), "%s", line + strlen("steward "));
	else
		(void)snprintf(o->sentence, sizeof(o->sentence), "%s %s", words_command(m),
			       what != NULL ? what : "");
}

bool outgoing_send(struct outgoing *o, const struct change *c)
{
	struct parcel *p = parcel_new(o, c);

	if (p == NULL) {
		app_alarm(o->app, "%s", _("There is no memory left for this."));
		return false;
	}
	outgoing_flush(o);
	if (change_can_wait(c)) {
		o->waiting = p;
		p->change.done = NULL;
		p->since = (int64_t)app_wall_s(o->app);
		outgoing_name(o, p);
		return true;
	}
	list_push(&o->sent, &p->link);
	parcel_send(p);
	return false;
}

const char *outgoing_waiting(const struct outgoing *o)
{
	static char line[400];
	int64_t left;

	if (o->waiting == NULL)
		return NULL;
	left = o->waiting->since + OUTGOING_HOLD_S - (int64_t)app_wall_s(o->app);
	(void)snprintf(line, sizeof(line), _("^Z takes it back (%lld s): %s"),
		       (long long)(left > 0 ? left : 0), o->sentence);
	return line;
}

bool outgoing_take_back(struct outgoing *o)
{
	struct parcel *p = o->waiting;

	if (p == NULL)
		return false;
	o->waiting = NULL;
	app_say(o->app, _("Taken back: %s"), o->sentence);
	if (p->change.taken_back != NULL)
		p->change.taken_back(o->app, p->change.m, p->change.request);
	parcel_free(p);
	return true;
}

void outgoing_forget(struct outgoing *o, const void *arg)
{
	list_each(node, &o->sent)
	{
		struct parcel *p = container_of(node, struct parcel, link);

		if (p->change.arg == arg)
			p->change.done = NULL;
	}
}

static bool parcel_is_about(const struct parcel *p, const struct rpc_method *m, const char *ref)
{
	int field = method_field_of_place(m, 1);
	struct arena mem;
	const char *text;
	bool same;

	if (p == NULL || p->change.m != m || field < 0)
		return false;
	arena_init(&mem, 1u << 20);
	text = field_text(p->change.request, &m->in->desc->fields[field], 0, &mem);
	same = text != NULL && strcmp(text, ref) == 0;
	arena_fini(&mem);
	return same;
}

const ProtobufCMessage *outgoing_about(struct outgoing *o, const struct rpc_method *m,
				       const char *ref)
{
	if (parcel_is_about(o->waiting, m, ref))
		return o->waiting->change.request;
	list_each(node, &o->sent)
	{
		const struct parcel *p = container_of(node, struct parcel, link);

		if (parcel_is_about(p, m, ref))
			return p->change.request;
	}
	return NULL;
}

size_t outgoing_count(const struct outgoing *o)
{
	size_t n = o->waiting != NULL ? 1 : 0;

	for (const struct list *node = o->sent.next; node != &o->sent; node = node->next)
		n++;
	return n;
}

void outgoing_tick(struct outgoing *o)
{
	if (o->waiting != NULL &&
	    (int64_t)app_wall_s(o->app) - o->waiting->since >= OUTGOING_HOLD_S)
		outgoing_flush(o);
}

void outgoing_free(struct outgoing *o)
{
	if (o == NULL)
		return;
	outgoing_flush(o);
	app_linger(o->app, &o->sent);
	list_each(node, &o->sent)
	{
		struct parcel *p = container_of(node, struct parcel, link);

		p->change.done = NULL;
		client_cancel(p->call);
	}
	while (!list_empty(&o->sent))
		(void)uv_run(&o->app->loop, UV_RUN_ONCE);
	free(o);
}
