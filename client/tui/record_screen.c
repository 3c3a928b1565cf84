#include "client/tui/record_screen.h"

#include "client/tui/app.h"
#include "client/tui/record.h"
#include "client/tui/source.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

struct record_screen {
	struct screen s;
	struct source source;
	struct record record;
	const ProtobufCMessage *request; /* NULL: there is nothing to be asked again */
};

static ProtobufCMessage *record_request(void *arg, struct arena *mem)
{
	struct record_screen *r = arg;

	return request_copy(r->source.m, r->request, mem);
}

static void record_on_answer(void *arg)
{
	struct record_screen *r = arg;

	record_set(&r->record, r->source.m->out, r->source.reply);
}

static void record_screen_draw(struct screen *s, const struct area *a)
{
	struct record_screen *r = (struct record_screen *)s;
	struct area inner = area_frame(a, STYLE_FOCUS, s->title);
	struct area body = area_part(&inner, 0, 1, inner.height - 1, inner.width - 2);
	int y = inner.height - 1;

	record_draw(&r->record, &body, true);
	if (r->source.err.code != ST_OK)
		area_put(&inner, y, 1, -1, STYLE_ERROR, r->source.err.message);
	else if (r->source.reply == NULL && r->request != NULL)
		area_put(&inner, y, 1, -1, STYLE_DIM, _("asking ..."));
	else
		area_put(&inner, y, 1, -1, STYLE_DIM,
			 _("m menu  Enter open what the line tells of  r again  \\ command  Esc "
			   "back"));
}

static void record_menu(struct screen *s)
{
	struct record_screen *r = (struct record_screen *)s;

	things_menu_of(s->app, r->source.m, r->request);
}

static void record_open(struct screen *s)
{
	struct record_screen *r = (struct record_screen *)s;

	things_open(s->app, NULL, record_row(&r->record));
}

static const char *record_no_row(const struct screen *s)
{
	return record_row(&((const struct record_screen *)s)->record) == NULL
		       ? _("the line under the cursor tells of nothing more")
		       : NULL;
}

static const char *record_no_request(const struct screen *s)
{
	return ((const struct record_screen *)s)->request == NULL
		       ? _("this was an answer to a change")
		       : NULL;
}

static void record_reload(struct screen *s)
{
	source_ask(&((struct record_screen *)s)->source);
}

static void record_command(struct screen *s)
{
	struct record_screen *r = (struct record_screen *)s;

	things_command(s->app, r->source.m, r->request);
}

static bool record_screen_key(struct screen *s, const struct key *k)
{
	return record_key(&((struct record_screen *)s)->record, k);
}

static void record_changed(struct screen *s, const char *entity)
{
	struct record_screen *r = (struct record_screen *)s;

	if (r->request != NULL)
		source_changed(&r->source, entity);
}

static void record_screen_free(struct screen *s)
{
	struct record_screen *r = (struct record_screen *)s;

	source_free(&r->source);
	record_free(&r->record);
}

static const struct action record_actions[] = {
	{ "m|Ins", N_("Menu"), N_("What can be done with it."), record_no_request, record_menu },
	{ "Enter", N_("Open"), N_("Shows what the line under the cursor tells of."), record_no_row,
	  record_open },
	{ "r", N_("Again"), N_("Asks the server anew."), record_no_request, record_reload },
	{ "\\", N_("Command"), N_("Shows the command that does the same."), record_no_request,
	  record_command },
	{ 0 },
};

static const struct screen_ops record_ops = {
	.name = N_("Details"),
	.actions = record_actions,
	.draw = record_screen_draw,
	.key = record_screen_key,
	.changed = record_changed,
	.free = record_screen_free,
};

static struct record_screen *record_make(struct app *app, const struct rpc_method *m,
					 const char *title)
{
	struct record_screen *r = screen_new(app, &record_ops, sizeof(*r), title);

	if (r == NULL)
		return NULL;
	source_init(&r->source, app, m);
	r->source.request = record_request;
	r->source.changed = record_on_answer;
	r->source.arg = r;
	r->source.request_arg = r;
	record_init(&r->record, true);
	return r;
}

void *record_screen_new(struct app *app, const struct rpc_method *m,
			const ProtobufCMessage *request)
{
	struct record_screen *r = record_make(app, m, things_title_of(m, request, &app->picture));

	if (r == NULL)
		return NULL;
	r->request = request_copy(m, request, &r->s.mem);
	if (r->request != NULL)
		source_ask(&r->source);
	return r;
}

void *record_screen_of(struct app *app, const struct rpc_method *m, const ProtobufCMessage *reply)
{
	struct record_screen *r = record_make(app, m, things_title(m));

	/* Spelt out at once: the reply need not live longer. */
	if (r != NULL)
		record_set(&r->record, m->out, reply);
	return r;
}
