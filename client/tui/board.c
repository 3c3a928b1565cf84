#include "client/tui/board.h"

#include <string.h>

#include "client/look/method.h"
#include "client/tui/app.h"
#include "client/tui/deadline.h"
#include "client/tui/form_screen.h"
#include "client/tui/pane.h"
#include "client/tui/things.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define WIDE_FROM 100

static const char board_narrow[] = "next_due number place summary state assignee";
static const char board_wide[] = "next_due number place summary state assignee priority severity "
				 "escalated_to chases property";

struct board {
	struct screen s;
	struct pane cases;
	struct panes panes;
	bool paused;
	int64_t drawn_minute;
};

static ProtobufCMessage *board_request(void *arg, struct arena *mem)
{
	struct board *b = arg;

	return request_new(b->cases.source.m, mem, "limit", "200", NULL);
}

/* The next deadline as a word instead of a time. */
static const char *board_cell(void *arg, const struct view_column *c, const ProtobufCMessage *row,
			      enum style *style, char out[80])
{
	const struct board *b = arg;

	return strcmp(c->path, "next_due") == 0
		       ? deadline_cell(row, "next_due", app_now_us(b->s.app), style, out)
		       : NULL;
}

static void board_answered(void *arg)
{
	app_redraw(((struct board *)arg)->s.app);
}

static void board_head(const struct board *b, const struct area *a)
{
	static const struct {
		const char *field, *count;
		enum style style;
	} tiles[] = {
		{ "late", N_("%lld late"), STYLE_LATE },
		{ "soon", N_("%lld within an hour"), STYLE_SOON },
		{ "held", N_("%lld on hold"), STYLE_HELD },
		{ "unanswered", N_("%lld unanswered"), STYLE_SOON },
		{ "escalated", N_("%lld told upwards"), STYLE_LATE },
		{ "open", N_("%lld open"), STYLE_PLAIN },
	};
	int n = (int)(sizeof(tiles) / sizeof(tiles[0])), x = 1;

	for (int i = 0; i < n && b->cases.source.reply != NULL; i++) {
		int64_t count = reply_number(b->cases.source.reply, tiles[i].field);

		x += area_printf(a, 0, x, count > 0 ? tiles[i].style : STYLE_DIM, _(tiles[i].count),
				 (long long)count) +
		     3;
	}
	area_put_right(a, 0, a->width - 1, -1, b->paused ? STYLE_SOON : STYLE_DIM,
		       b->paused ? _("PAUSED") : _("live"));
}

static void board_draw(struct screen *s, const struct area *a)
{
	struct board *b = (struct board *)s;
	struct area list = area_part(a, 1, 0, a->height - 2, a->width);

	pane_columns(&b->cases, a->width >= WIDE_FROM ? board_wide : board_narrow);
	board_head(b, a);
	pane_draw(&b->cases, &list, true);
	area_put(a, a->height - 1, 1, -1, STYLE_DIM,
		 _("Enter open  a assign  e escalate  h hold  m menu  / filter  y copy  p pause"));
}

static const char *board_no_row(const struct screen *s)
{
	return pane_row(&((const struct board *)s)->cases) == NULL
		       ? _("there is no row under the cursor")
		       : NULL;
}

static const struct rpc_method *board_list(void)
{
	return rpc_find("case.List");
}

static void board_open(struct screen *s)
{
	things_open(s->app, board_list(), pane_row(&((struct board *)s)->cases));
}

static void board_do(struct screen *s, const char *method)
{
	struct arena mem;
	const struct rpc_method *m = rpc_find(method);

	arena_init(&mem, 4u << 20);
	things_call(s->app, m,
		    things_request(s->app, m, pane_row(&((struct board *)s)->cases), &mem));
	arena_fini(&mem);
}

static const char *board_may(const struct screen *s, const char *method)
{
	const char *why = board_no_row(s);

	if (why == NULL && !app_may(s->app, rpc_find(method)))
		why = _("not in your roles");
	return why;
}

static const char *board_no_assign(const struct screen *s)
{
	return board_may(s, "case.Dispatch");
}

static void board_assign(struct screen *s)
{
	board_do(s, "case.Dispatch");
}

static const char *board_no_raise(const struct screen *s)
{
	return board_may(s, "escalation.Raise");
}

static void board_raise(struct screen *s)
{
	board_do(s, "escalation.Raise");
}

static const char *board_no_hold(const struct screen *s)
{
	return board_may(s, "clock.Hold");
}

static void board_hold(struct screen *s)
{
	board_do(s, "clock.Hold");
}

static void board_menu(struct screen *s)
{
	things_menu(s->app, board_list(), &((struct board *)s)->cases.rows);
}

static void board_mark(struct screen *s)
{
	struct board *b = (struct board *)s;

	rows_mark(&b->cases.rows, pane_row(&b->cases));
	(void)pane_key(&b->cases, &(struct key){ .code = K_DOWN });
}

static void board_copy(struct screen *s)
{
	things_copy(s->app, &((struct board *)s)->cases.rows);
}

static void board_pause(struct screen *s)
{
	struct board *b = (struct board *)s;

	b->paused = !b->paused;
	if (!b->paused)
		pane_ask(&b->cases);
}

static bool board_key(struct screen *s, const struct key *k)
{
	struct board *b = (struct board *)s;

	if (k->code == K_TEXT && k->wc >= L'1' && k->wc <= L'9') {
		if (rows_jump(&b->cases.rows, (size_t)(k->wc - L'1')))
			board_open(s);
		return true;
	}
	return panes_key(&b->panes, k);
}

static void board_changed(struct screen *s, const char *entity)
{
	struct board *b = (struct board *)s;

	if (!b->paused)
		panes_changed(&b->panes, entity);
}

/* Words of clocks change once a minute. */
static bool board_tick(struct screen *s)
{
	struct board *b = (struct board *)s;
	int64_t minute = app_now_us(s->app) / 60000000;
	bool changed = minute != b->drawn_minute;

	b->drawn_minute = minute;
	return changed;
}

static void board_free(struct screen *s)
{
	panes_free(&((struct board *)s)->panes);
}

static const struct action board_actions[] = {
	{ "Enter", N_("Open"), N_("Shows the case with all that happened to it."), board_no_row,
	  board_open },
	{ "a", N_("Assign"), N_("Gives the work to a department, a person or a firm."),
	  board_no_assign, board_assign },
	{ "e", N_("Escalate"), N_("Tells the next level of it."), board_no_raise, board_raise },
	{ "h", N_("Hold"), N_("Stops its clocks, with a reason and a day."), board_no_hold,
	  board_hold },
	{ "m|Ins", N_("Case menu"), N_("All that can be done with the case, or with those marked."),
	  board_no_row, board_menu },
	{ "Space", N_("Mark"), N_("Marks the row, for what is done with several."), board_no_row,
	  board_mark },
	{ "y", N_("Copy"), N_("Copies the row to the terminal's clipboard."), board_no_row,
	  board_copy },
	{ "p", N_("Pause"), N_("Leaves the rows as they are while you read; again: goes on."), NULL,
	  board_pause },
	{ 0 },
};

static const struct screen_ops board_ops = {
	.name = N_("Board"),
	.actions = board_actions,
	.draw = board_draw,
	.key = board_key,
	.changed = board_changed,
	.tick = board_tick,
	.free = board_free,
};

void *board_new(struct app *app)
{
	struct board *b = screen_new(app, &board_ops, sizeof(*b), "");

	if (b == NULL)
		return NULL;
	pane_list(&b->cases, app, "board.Show", board_narrow, board_request, b);
	b->cases.title = N_("Live board");
	b->cases.none = N_("Nothing is open. Well done.");
	b->cases.answered = board_answered;
	b->cases.rows.cell = board_cell;
	b->cases.rows.arg = b;
	b->panes = (struct panes){ { &b->cases }, 1, 0 };
	pane_ask(&b->cases);
	return b;
}
