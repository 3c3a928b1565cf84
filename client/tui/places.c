#include "client/tui/places.h"

#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/board.h"
#include "client/tui/call_strip.h"
#include "client/tui/calls.h"
#include "client/tui/case_form.h"
#include "client/tui/cashier.h"
#include "client/tui/choose.h"
#include "client/tui/desk.h"
#include "client/tui/dispatch.h"
#include "client/tui/draft.h"
#include "client/tui/followup.h"
#include "client/tui/outgoing.h"
#include "client/tui/palette.h"
#include "client/tui/sheet.h"
#include "client/tui/source.h"
#include "client/tui/status.h"
#include "client/tui/things.h"
#include "client/tui/words.h"

static void places_help(struct screen *s)
{
	palette_help(s->app);
}

static void places_find(struct screen *s)
{
	desk_find(s->app);
}

/* Of the call that is being spoken, if any. */
static void places_case(struct screen *s)
{
	struct arena mem;

	arena_init(&mem, 4u << 20);
	case_form_open(s->app, call_strip_case(s->app->calls, &mem));
	arena_fini(&mem);
}

static void places_answer(struct screen *s)
{
	call_strip_answer(s->app);
}

static void places_calls(struct screen *s)
{
	app_go(s->app, calls_new(s->app));
}

static const char *places_no_end(const struct screen *s)
{
	return call_strip_no_end(s->app);
}

static void places_end(struct screen *s)
{
	call_strip_end(s->app);
}

static void places_cashier(struct screen *s)
{
	app_push(s->app, cashier_new(s->app, "", ""));
}

static void places_dispatch(struct screen *s)
{
	app_go(s->app, dispatch_new(s->app));
}

static void places_visits(struct screen *s)
{
	app_go(s->app, followup_new(s->app));
}

static void places_board(struct screen *s)
{
	app_go(s->app, board_new(s->app));
}

static void places_menu(struct screen *s)
{
	palette_open(s->app);
}

static void places_take_back(struct screen *s)
{
	if (!outgoing_take_back(s->app->outgoing))
		app_say(s->app, "%s",
			_("Nothing waits to go out; what has gone is changed by another step."));
}

static void places_back(struct screen *s)
{
	app_back(s->app);
}

static void places_redraw(struct screen *s)
{
	if (s->app->terminal)
		tty_redraw();
	app_changed(s->app, "");
}

static void places_quit(struct screen *s)
{
	app_quit(s->app);
}

static void places_go_to(void *arg, const struct choice *c)
{
	struct app *app = arg;

	app_set_property(app, strcmp(c->text, _("all")) == 0 ? "" : c->text);
	app_say(app, _("Now at %s."), c->text);
}

static void places_property(struct screen *s)
{
	app_push(s->app, choose_from_list(s->app, rpc_find("property.List"),
					  &(struct choose_ask){ .title = _("Property"),
								.chosen = places_go_to,
								.arg = s->app,
								.free_text = true }));
}

#define DRAFTS_MOST 40

static void places_take_up(void *arg, const struct choice *c)
{
	const struct draft_found *found = c->data;
	const struct rpc_method *m = found->m;
	int field = method_field_of_place(m, 1);
	struct arena mem;

	arena_init(&mem, 4u << 20);
	things_call(
		arg, m,
		found->what[0] != '\0' && field >= 0
			? request_new(m, &mem, m->in->desc->fields[field].name, found->what, NULL)
			: NULL);
	arena_fini(&mem);
}

static void places_drafts(struct screen *s)
{
	static struct draft_found found[DRAFTS_MOST];
	struct choice items[DRAFTS_MOST];
	size_t n = draft_list(s->app, found, DRAFTS_MOST);
	struct arena mem;

	if (n == 0) {
		app_say(s->app, "%s", _("No draft is kept on this desk."));
		return;
	}
	arena_init(&mem, 4u << 20);
	for (size_t i = 0; i < n; i++) {
		time_t at = (time_t)found[i].at;
		char when[20];
		struct tm tm;

		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M", localtime_r(&at, &tm));
		items[i] = (struct choice){
			.text = arena_printf(&mem, "%s %s", things_title(found[i].m),
					     found[i].what),
			.detail = arena_strdup(&mem, when),
			.data = &found[i],
		};
	}
	app_push(s->app, choose_new(s->app, &(struct choose_ask){ .title = _("Drafts on this desk"),
								  .items = items,
								  .n = n,
								  .chosen = places_take_up,
								  .arg = s->app }));
	arena_fini(&mem);
}

const struct action places_actions[] = {
	{ "F1|?", N_("Help"), N_("The keys of this screen."), NULL, places_help },
	{ "F2", N_("Find"), N_("Finds anything: a phone, a unit, a name, a plate, a number."), NULL,
	  places_find },
	{ "F3", N_("New"), N_("Takes down a new case."), NULL, places_case },
	{ "F4", N_("Answer"), N_("Answers the call that rings longest."), NULL, places_answer },
	{ "F5", N_("Cash"), N_("What is due, and taking payments."), NULL, places_cashier },
	{ "F6", N_("Dispatch"), N_("Work orders: to whom, and how far they are."), NULL,
	  places_dispatch },
	{ "F7", N_("FollowUp"), N_("Customers who are to be asked whether it was solved."), NULL,
	  places_visits },
	{ "F8", N_("Board"), N_("All that is open, what presses most on top."), NULL,
	  places_board },
	{ "F9|Ctrl-K", N_("Menu"), N_("Every command, found by a few letters."), NULL,
	  places_menu },
	{ "Ctrl-Z", N_("Undo"), N_("Takes back the change that waits to go out."), NULL,
	  places_take_back },
	{ "Esc|-|Backspace", N_("Back"), N_("To the screen before."), NULL, places_back },
	{ "Ctrl-N", N_("Calls"),
	  N_("Those that wait or are being spoken, and those that rang in vain."), NULL,
	  places_calls },
	{ "Ctrl-X", N_("Hang up"), N_("Ends the call you are speaking."), places_no_end,
	  places_end },
	{ "Ctrl-R", N_("Redraw"), N_("Draws the screen and asks for everything anew."), NULL,
	  places_redraw },
	{ NULL, N_("Property"), N_("Works for another property, or for all."), NULL,
	  places_property },
	{ NULL, N_("Drafts"), N_("What was typed on this desk and not sent."), NULL,
	  places_drafts },
	{ "Ctrl-Q", N_("Quit"), N_("Leaves the program."), NULL, places_quit },
	{ 0 },
};

bool places_by_hand(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given)
{
	struct arena mem;
	const char *ref;

	if (m == rpc_find("case.Open")) {
		case_form_open(app, given);
		return true;
	}
	if (m != rpc_find("visit.Record") || !app_may(app, m))
		return false;
	arena_init(&mem, 1u << 20);
	ref = reply_text(given, "case", &mem);
	if (ref[0] != '\0')
		app_push(app, sheet_visit(app, ref));
	arena_fini(&mem);
	return ref[0] != '\0';
}

/* Where the day of a role begins; whoever holds several begins with the first of them here. */
static const struct {
	Steward__Role role;
	void *(*screen)(struct app *app);
} places_homes[] = {
	{ STEWARD__ROLE__CLERK, desk_new },
	{ STEWARD__ROLE__CASHIER, cashier_home },
	{ STEWARD__ROLE__TECHNICIAN, dispatch_new },
};

void places_home(struct app *app)
{
	uint32_t roles = app_roles(app);
	size_t i = 0, homes = sizeof(places_homes) / sizeof(places_homes[0]);
	struct draft_found found[DRAFTS_MOST];
	size_t n = draft_list(app, found, DRAFTS_MOST);

	while (i < homes && (roles & (1u << places_homes[i].role)) == 0)
		i++;
	app_home(app, i < homes ? places_homes[i].screen(app) : desk_new(app));
	if (n > 0)
		app_say(app,
			ngettext("%zu draft is kept on this desk: F9, Drafts.",
				 "%zu drafts are kept on this desk: F9, Drafts.", n),
			n);
}
