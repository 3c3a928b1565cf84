#include "client/tui/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/tui/app.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define SETTLE_MS 350
#define SIMILAR_MOST 10

static ProtobufCMessage *advice_ask_categories(void *arg, struct arena *mem)
{
	const struct advice *ad = arg;

	return request_new(ad->categories.m, mem, "limit", "500", NULL);
}

static ProtobufCMessage *advice_ask_similar(void *arg, struct arena *mem)
{
	const struct advice *ad = arg;
	const char *party = entry_text(ad->form, "party"), *place = entry_text(ad->form, "place");
	const char *phone = entry_text(ad->form, "phone");

	if (party[0] == '\0' && place[0] == '\0' && phone[0] == '\0')
		return NULL;
	return request_new(ad->similar.m, mem, "party", party, "place", place, "phone", phone,
			   "category", entry_text(ad->form, "category"), NULL);
}

static ProtobufCMessage *advice_ask_fit(void *arg, struct arena *mem)
{
	const struct advice *ad = arg;
	const char *kind = entry_text(ad->form, "kind");
	const char *category = entry_text(ad->form, "category");
	const char *summary = entry_text(ad->form, "summary");

	if (kind[0] == '\0' && category[0] == '\0' && summary[0] == '\0')
		return NULL;
	return request_new(ad->fit.m, mem, "kind", kind, "category", category, "text", summary,
			   NULL);
}

static ProtobufCMessage *advice_ask_article(void *arg, struct arena *mem)
{
	const struct advice *ad = arg;

	return ad->asked_article[0] != '\0'
		       ? request_new(ad->article.m, mem, "article", ad->asked_article, NULL)
		       : NULL;
}

static ProtobufCMessage *advice_ask_answer(void *arg, struct arena *mem)
{
	const struct advice *ad = arg;

	return ad->answer.calendar[0] != '\0'
		       ? request_new(ad->answer.source.m, mem, "calendar", ad->answer.calendar,
				     "minutes", ad->answer.minutes, NULL)
		       : NULL;
}

static ProtobufCMessage *advice_ask_solve(void *arg, struct arena *mem)
{
	const struct advice *ad = arg;

	return ad->solve.calendar[0] != '\0'
		       ? request_new(ad->solve.source.m, mem, "calendar", ad->solve.calendar,
				     "minutes", ad->solve.minutes, NULL)
		       : NULL;
}

const ProtobufCMessage *advice_kind(const struct advice *ad, const char *kind)
{
	const ProtobufCMessage *found = NULL;
	const ProtobufCMessage *const *rows;
	struct arena mem;
	size_t n;

	arena_init(&mem, 4u << 20);
	rows = reply_rows(ad->kinds.reply, "kinds", &mem, &n);
	for (size_t i = 0; i < n && found == NULL; i++)
		if (strcmp(reply_text(rows[i], "kind", &mem), kind) == 0)
			found = rows[i];
	arena_fini(&mem);
	return found;
}

/* How strongly a level's word counts: the property's own before the company's, a kind's before
 * every kind's; -1: it is not about this. */
static int level_rank(const ProtobufCMessage *level, const char *clock, const char *priority,
		      const char *kind, struct arena *mem)
{
	const char *of = reply_text(level, "kind", mem);
	bool own = strcmp(reply_text(level, "own", mem), "true") == 0;

	if (strcmp(reply_text(level, "clock", mem), clock) != 0 ||
	    strcmp(reply_text(level, "priority", mem), priority) != 0)
		return -1;
	if (strcmp(of, "*") != 0 && strcmp(of, kind) != 0)
		return -1;
	return (own ? 2 : 0) + (strcmp(of, "*") != 0 ? 1 : 0);
}

/* The level that would apply, and a question to its calendar where it has one. */
static void advice_level(const struct advice *ad, struct advice_due *due, const char *clock,
			 const char *kind, const char *priority, struct arena *mem)
{
	char calendar[40] = "", minutes[24] = "";
	int best = -1;
	size_t n;
	const ProtobufCMessage *const *levels = reply_rows(ad->levels.reply, "levels", mem, &n);

	for (size_t i = 0; i < n; i++) {
		int rank = level_rank(levels[i], clock, priority, kind, mem);

		if (rank <= best)
			continue;
		best = rank;
		(void)snprintf(calendar, sizeof(calendar), "%s",
			       reply_text(levels[i], "calendar", mem));
		(void)snprintf(minutes, sizeof(minutes), "%s",
			       reply_text(levels[i], "minutes", mem));
	}
	if (minutes[0] == '\0')
		calendar[0] = '\0';
	if (strcmp(due->calendar, calendar) == 0 && strcmp(due->minutes, minutes) == 0)
		return;
	(void)snprintf(due->calendar, sizeof(due->calendar), "%s", calendar);
	(void)snprintf(due->minutes, sizeof(due->minutes), "%s", minutes);
	source_ask(&due->source);
}

static void advice_levels(struct advice *ad)
{
	const char *kind = entry_text(ad->form, "kind");
	const ProtobufCMessage *row = advice_kind(ad, kind);
	const char *priority = entry_text(ad->form, "priority");
	struct arena mem;

	arena_init(&mem, 4u << 20);
	if (priority[0] == '\0' && row != NULL)
		priority = reply_text(row, "priority", &mem);
	if (priority[0] != '\0' && ad->levels.reply != NULL) {
		advice_level(ad, &ad->answer, "response", kind, priority, &mem);
		advice_level(ad, &ad->solve, "resolution", kind, priority, &mem);
	}
	arena_fini(&mem);
}

/* What is being typed right now may be half of it. */
static bool advice_half(const struct advice *ad, const char *names)
{
	const struct entry_field *field = entry_current(ad->form);

	return field != NULL && ad->half && strstr(names, field->desc->name) != NULL;
}

static void advice_on_settled(uv_timer_t *timer)
{
	struct advice *ad = timer->data;
	char similar[600], fit[600];

	if (!advice_half(ad, "caller place phone category kind")) {
		(void)snprintf(similar, sizeof(similar), "%s|%s|%s|%s",
			       entry_text(ad->form, "party"), entry_text(ad->form, "place"),
			       entry_text(ad->form, "phone"), entry_text(ad->form, "category"));
		if (strcmp(similar, ad->asked_similar) != 0) {
			memcpy(ad->asked_similar, similar, sizeof(similar));
			source_ask(&ad->similar);
		}
		advice_levels(ad);
	}
	if (!advice_half(ad, "category kind")) {
		entry_keep(ad->form);
		(void)snprintf(fit, sizeof(fit), "%s|%s|%s", entry_text(ad->form, "kind"),
			       entry_text(ad->form, "category"), entry_text(ad->form, "summary"));
		if (strcmp(fit, ad->asked_fit) != 0) {
			memcpy(ad->asked_fit, fit, sizeof(fit));
			source_ask(&ad->fit);
		}
	}
}

void advice_touch(struct advice *ad, bool half)
{
	ad->half = half;
	(void)uv_timer_start(ad->settle, advice_on_settled, SETTLE_MS, 0);
}

static void advice_on_any(void *arg)
{
	struct advice *ad = arg;

	ad->changed(ad->arg);
}

static void advice_on_levels(void *arg)
{
	advice_levels(arg);
	advice_on_any(arg);
}

/* A place, customer or number that nobody knows is said where it was typed, and not insisted on. */
static void advice_on_similar(void *arg)
{
	struct advice *ad = arg;
	const struct st_err *err = &ad->similar.err;
	struct entry_field *field = err->field[0] != '\0' ? entry_field(ad->form, err->field)
							  : NULL;

	if (err->code != ST_OK && err->code != ST_UNAVAILABLE && field != NULL && !field->unseen)
		field->fault = arena_strdup(&ad->form->mem, err->message);
	advice_on_any(arg);
}

static void advice_choose_article(struct advice *ad)
{
	struct arena mem;
	char number[24] = "";
	size_t n;
	const ProtobufCMessage *const *rows;

	arena_init(&mem, 4u << 20);
	rows = reply_rows(ad->fit.reply, "articles", &mem, &n);
	if (n > 0)
		(void)snprintf(number, sizeof(number), "%s",
			       reply_text(rows[ad->article_at % n], "number", &mem));
	arena_fini(&mem);
	if (strcmp(number, ad->asked_article) == 0)
		return;
	memcpy(ad->asked_article, number, sizeof(number));
	source_ask(&ad->article);
}

static void advice_on_fit(void *arg)
{
	struct advice *ad = arg;

	ad->article_at = 0;
	advice_choose_article(ad);
	advice_on_any(arg);
}

void advice_turn(struct advice *ad, int by)
{
	struct arena mem;
	size_t n;

	arena_init(&mem, 1u << 20);
	(void)reply_rows(ad->fit.reply, "articles", &mem, &n);
	arena_fini(&mem);
	if (n == 0)
		return;
	ad->article_at = (ad->article_at + n + (size_t)by) % n;
	advice_choose_article(ad);
}

static void advice_source(struct advice *ad, struct source *s, const char *method,
			  ProtobufCMessage *(*request)(void *arg, struct arena *mem),
			  void (*changed)(void *arg))
{
	source_init(s, ad->app, rpc_find(method));
	s->request = request;
	s->changed = changed;
	s->request_arg = s->arg = ad;
}

void advice_init(struct advice *ad, struct app *app, struct entry *form, void (*changed)(void *arg),
		 void *arg)
{
	*ad = (struct advice){ .app = app, .form = form, .changed = changed, .arg = arg };
	advice_source(ad, &ad->kinds, "case.Kinds", NULL, advice_on_levels);
	advice_source(ad, &ad->categories, "case.Categories", advice_ask_categories, advice_on_any);
	advice_source(ad, &ad->levels, "clock.Levels", NULL, advice_on_levels);
	advice_source(ad, &ad->similar, "relation.Similar", advice_ask_similar, advice_on_similar);
	advice_source(ad, &ad->fit, "knowledge.Fit", advice_ask_fit, advice_on_fit);
	advice_source(ad, &ad->article, "knowledge.Show", advice_ask_article, advice_on_any);
	advice_source(ad, &ad->answer.source, "calendar.Due", advice_ask_answer, advice_on_any);
	advice_source(ad, &ad->solve.source, "calendar.Due", advice_ask_solve, advice_on_any);
	ad->settle = calloc(1, sizeof(*ad->settle));
	must(ad->settle != NULL && uv_timer_init(&app->loop, ad->settle) == 0);
	ad->settle->data = ad;
	source_ask(&ad->kinds);
	source_ask(&ad->categories);
	source_ask(&ad->levels);
}

static void advice_on_closed(uv_handle_t *timer)
{
	free(timer);
}

void advice_free(struct advice *ad)
{
	struct source *all[] = {
		&ad->kinds, &ad->categories, &ad->levels,        &ad->similar,
		&ad->fit,   &ad->article,    &ad->answer.source, &ad->solve.source
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		source_free(all[i]);
	if (ad->settle != NULL)
		uv_close((uv_handle_t *)ad->settle, advice_on_closed);
	ad->settle = NULL;
}

size_t advice_similar(const struct advice *ad, const ProtobufCMessage **ret, size_t most)
{
	static const char *const over[] = { "closed", "cancelled", "merged" };
	struct arena mem;
	size_t n, kept = 0;
	const ProtobufCMessage *const *rows;

	arena_init(&mem, 1u << 20);
	rows = reply_rows(ad->similar.err.code == ST_OK ? ad->similar.reply : NULL, "cases", &mem,
			  &n);
	for (size_t i = 0; i < n && kept < most; i++) {
		const char *state = reply_text(rows[i], "state", &mem);
		bool is_over = false;

		for (size_t o = 0; o < sizeof(over) / sizeof(over[0]); o++)
			is_over = is_over || strcmp(state, over[o]) == 0;
		if (!is_over)
			ret[kept++] = rows[i];
	}
	arena_fini(&mem);
	return kept;
}
