/* Forms of a new case that were left without being saved: by closing them, or because the program
 * or the machine went down. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/tui/app.h"
#include "client/tui/case_form.h"
#include "client/tui/case_form_part.h"
#include "client/tui/choose.h"
#include "client/tui/source.h"
#include "client/tui/words.h"

#define FOUND_MOST 20

/* What was found when the question was asked; one such question is open at a time. */
static struct {
	struct app *app;
	struct draft_found found[FOUND_MOST];
	size_t n;
	ProtobufCMessage *given;
	struct arena mem;
} left;

static const char left_new[] = "new", left_drop[] = "drop";

static void left_push(const struct draft_found *draft)
{
	const ProtobufCMessage *given = draft == NULL ? left.given : NULL;
	struct case_form *f = case_form_new(left.app, given, draft);

	app_push(left.app, f);
}

static void left_chosen(void *arg, const struct choice *c)
{
	(void)arg;
	if (c->data == left_drop) {
		for (size_t i = 0; i < left.n; i++) {
			struct draft d;

			draft_init(&d, left.app, left.found[i].m, left.found[i].what);
			draft_drop(&d);
		}
		left_push(NULL);
	} else {
		left_push(c->data == left_new ? NULL : c->data);
	}
	arena_fini(&left.mem);
	left.given = NULL;
}

/* Drafts of this form that no form on the stack is kept in, into left.found. */
static void left_find(struct app *app)
{
	struct draft_found all[FOUND_MOST];
	size_t n = draft_list(app, all, FOUND_MOST);

	left.n = 0;
	for (size_t i = 0; i < n; i++) {
		struct draft d;

		draft_init(&d, app, all[i].m, all[i].what);
		if (all[i].m == rpc_find("case.Open") && !case_form_draft_in_use(app, d.path))
			left.found[left.n++] = all[i];
	}
}

/* "05:02 Wang Xiaoming: Kitchen pipe burst" */
static const char *left_text(const struct draft_found *found, struct arena *mem)
{
	struct entry form;
	struct draft d;
	time_t at = (time_t)found->at;
	char clock[20] = "";
	const char *text = NULL;
	struct tm tm;

	(void)strftime(clock, sizeof(clock), "%m-%d %H:%M", localtime_r(&at, &tm));
	if (entry_init(&form, found->m, NULL)) {
		draft_init(&d, left.app, found->m, found->what);
		(void)draft_load(&d, &form);
		text = arena_printf(mem, "%s  %s  %s  %s", clock, entry_text(&form, "caller"),
				    entry_text(&form, "place"), entry_text(&form, "summary"));
	}
	entry_free(&form);
	return text != NULL ? text : "";
}

static void left_ask(struct app *app)
{
	struct choice items[FOUND_MOST + 2];
	size_t n = 0;

	for (size_t i = 0; i < left.n; i++)
		items[n++] = (struct choice){ .text = left_text(&left.found[i], &left.mem),
					      .detail = _("go on with it"),
					      .data = &left.found[i] };
	items[n++] = (struct choice){ .text = _("A new case"),
				      .detail = _("the draft stays"),
				      .data = left_new };
	items[n++] = (struct choice){ .text = _("A new case, throw the draft away"),
				      .data = left_drop };
	app_push(app, choose_new(app, &(struct choose_ask){ .title = _("A draft was kept here"),
							    .items = items,
							    .n = n,
							    .chosen = left_chosen }));
}

void case_form_open(struct app *app, const ProtobufCMessage *given)
{
	left.app = app;
	if (!app_may(app, rpc_find("case.Open"))) {
		app_alarm(app, "%s",
			  app->options.read_only ? _("This desk only reads (--read-only).")
						 : _("case open: not in your roles"));
		return;
	}
	left_find(app);
	if (left.n == 0) {
		app_push(app, case_form_new(app, given, NULL));
		return;
	}
	arena_init(&left.mem, 4u << 20);
	left.given = given != NULL ? request_copy(rpc_find("case.Open"), given, &left.mem) : NULL;
	left_ask(app);
}
