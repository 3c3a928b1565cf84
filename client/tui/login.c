#include "client/tui/login.h"

#include <stdlib.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/entry.h"
#include "client/tui/places.h"
#include "client/tui/source.h"
#include "client/tui/status.h"
#include "client/tui/watch.h"
#include "client/tui/words.h"
#include "common/wire.h"

struct login {
	struct screen s;
	struct entry form;
	struct arena mem; /* of the call under way */
	struct call *call;
	const char *fault;
	bool over; /* over another screen: closing it goes back there */
};

struct who {
	struct app *app;
	struct arena mem;
	struct call *call;
	bool first;
};

static void login_ask(struct app *app, bool over);

static void who_done(void *arg, struct call_result *r)
{
	struct who *w = arg;
	struct app *app = w->app;

	status_line(app->status, &r->err);
	if (r->err.code == ST_OK) {
		person_read(&app->person, r->reply);
		status_start(app->status);
		watch_start(app->watch);
		if (w->first)
			places_home(app);
		else
			app_changed(app, "");
	} else {
		login_ask(app, !w->first);
		if (r->err.code != ST_UNAUTHENTICATED)
			app_alarm(app, "%s", r->err.message);
	}
	app_redraw(app);
	arena_fini(&w->mem);
	free(w);
}

static void who_ask(struct app *app, bool first)
{
	const struct rpc_method *m = rpc_find("auth.Whoami");
	struct who *w = calloc(1, sizeof(*w));
	const struct call_options o = { 0 };
	struct st_err err = { 0 };

	if (w == NULL)
		return;
	w->app = app;
	w->first = first;
	arena_init(&w->mem, 4u << 20);
	if (client_start(app->client, m, message_new(m->in->desc, &w->mem), &o, &w->mem, who_done,
			 w, &w->call, &err) == ST_OK)
		return;
	app_alarm(app, "%s", err.message);
	arena_fini(&w->mem);
	free(w);
}

void login_begin(struct app *app)
{
	app->person.known = false;
	if (app->profile.token == NULL)
		login_ask(app, false);
	else
		who_ask(app, true);
}

static void login_draw(struct screen *s, const struct area *a)
{
	struct login *l = (struct login *)s;
	struct area form = area_part(a, 1, 1, a->height - 3, a->width - 2);

	entry_draw(&l->form, &form, true);
	if (l->call != NULL)
		area_put(a, a->height - 1, 1, -1, STYLE_SOON, _("asking ..."));
	else if (l->fault != NULL)
		area_put(a, a->height - 1, 1, -1, STYLE_ERROR, l->fault);
	else
		area_put(a, a->height - 1, 1, -1, STYLE_DIM, _("Enter next  ^S log in  ^Q quit"));
}

static void login_done(void *arg, struct call_result *r)
{
	struct login *l = arg;
	struct app *app = l->s.app;
	struct st_err err = { 0 };
	bool over = l->over;

	l->call = NULL;
	status_line(app->status, &r->err);
	if (r->err.code == ST_OK &&
	    client_save_token(app->client, reply_text(r->reply, "token", &l->mem), &err) == ST_OK) {
		app_pop(app, &l->s);
		who_ask(app, !over);
		return;
	}
	if (strcmp(r->err.reason, "TOTP_REQUIRED") == 0)
		entry_go(&l->form, "code");
	l->fault = arena_strdup(&l->s.mem, r->err.code != ST_OK ? r->err.message : err.message);
	app_redraw(app);
}

static void login_send(struct screen *s)
{
	struct login *l = (struct login *)s;
	const struct call_options o = { 0 };
	struct st_err err = { 0 };
	ProtobufCMessage *request;

	if (l->call != NULL)
		return;
	arena_fini(&l->mem);
	arena_init(&l->mem, 4u << 20);
	if (entry_request(&l->form, &l->mem, &request, &err) != ST_OK ||
	    client_start(s->app->client, l->form.m, request, &o, &l->mem, login_done, l, &l->call,
			 &err) != ST_OK)
		l->fault = arena_strdup(&s->mem, err.message);
}

static void login_quit(struct screen *s)
{
	app_stop(s->app);
}

static bool login_key(struct screen *s, const struct key *k)
{
	struct login *l = (struct login *)s;

	/* Enter in the last field that is needed logs in. */
	if (k->code == K_ENTER &&
	    l->form.at + 1 >=
		    l->form.n_fields - (entry_text(&l->form, "code")[0] == '\0' ? 1 : 0)) {
		login_send(s);
		return true;
	}
	return entry_key(&l->form, k) || k->code == K_ESCAPE;
}

static bool login_typing(const struct screen *s)
{
	(void)s;
	return true;
}

static void login_free(struct screen *s)
{
	struct login *l = (struct login *)s;

	if (l->call != NULL)
		client_cancel(l->call);
	entry_free(&l->form);
	arena_fini(&l->mem);
}

static const struct action login_actions[] = {
	{ "Ctrl-S", N_("Log in"), N_("Logs in with what was typed."), NULL, login_send },
	{ "Ctrl-Q|Ctrl-C", N_("Quit"), N_("Leaves the program."), NULL, login_quit },
	{ 0 },
};

static const struct screen_ops login_ops = {
	.name = N_("Login"),
	.actions = login_actions,
	.draw = login_draw,
	.key = login_key,
	.typing = login_typing,
	.free = login_free,
};

static void login_ask(struct app *app, bool over)
{
	struct login *l = screen_new(app, &login_ops, sizeof(*l), _("Log in"));

	if (l == NULL || !entry_init(&l->form, rpc_find("auth.Login"), NULL)) {
		app_stop(app);
		return;
	}
	arena_init(&l->mem, 4u << 20);
	l->s.overlay = true;
	l->s.width = 66;
	l->s.height = 10;
	l->over = over;
	app_push(app, l);
}

void login_again(struct app *app)
{
	app->person.known = false;
	app_alarm(app, "%s", _("The login has ended; log in to go on."));
	login_ask(app, true);
}
