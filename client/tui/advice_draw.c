/* How what is known is told beside the form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/look/text.h"
#include "client/tui/advice.h"
#include "client/tui/app.h"
#include "client/tui/deadline.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define SIMILAR_MOST 10

static const char *minutes_text(long minutes, char out[32])
{
	if (minutes % 1440 == 0)
		(void)snprintf(out, 32, _("%ld d"), minutes / 1440);
	else if (minutes % 60 == 0)
		(void)snprintf(out, 32, _("%ld h"), minutes / 60);
	else
		(void)snprintf(out, 32, _("%ld min"), minutes);
	return out;
}

/* "16:30", or "11-28 16:30" where it is another day than that of 'from'. Both as the server spells
 * them, on the property's clock. */
static const char *moment_text(const char *due, const char *from, char out[24])
{
	if (strlen(due) < 16)
		(void)snprintf(out, 24, "%s", due);
	else if (strncmp(due, from, 10) == 0)
		(void)snprintf(out, 24, "%.5s", due + 11);
	else
		(void)snprintf(out, 24, "%.5s %.5s", due + 5, due + 11);
	return out;
}

/* On all hours it is reckoned here. */
static const char *moment_in(const struct app *app, long minutes, char out[24])
{
	time_t now = (time_t)(app_now_us(app) / 1000000), then = now + minutes * 60;
	struct tm today, tm;

	(void)localtime_r(&now, &today);
	(void)localtime_r(&then, &tm);
	(void)strftime(out, 24, today.tm_yday == tm.tm_yday ? "%H:%M" : "%m-%d %H:%M", &tm);
	return out;
}

static int due_draw(const struct advice *ad, const struct advice_due *due, const struct area *a,
		    int y, int x, const char *what)
{
	long minutes = strtol(due->minutes, NULL, 10);
	const ProtobufCMessage *reply = due->source.reply;
	/* A clock whose calendar the property does not have runs at all hours. */
	bool all_hours = due->calendar[0] == '\0' || due->source.err.code == ST_NOT_FOUND;
	char moment[24] = "?", long_text[32];
	struct arena mem;

	if (minutes <= 0)
		return x;
	arena_init(&mem, 1u << 20);
	if (all_hours)
		(void)moment_in(ad->app, minutes, moment);
	else if (reply != NULL)
		(void)moment_text(reply_text(reply, "due", &mem), reply_text(reply, "from", &mem),
				  moment);
	x += area_printf(a, y, x, STYLE_PLAIN, "%s %s ", what, moment);
	x += all_hours ? area_printf(a, y, x, STYLE_DIM, "(%s)", minutes_text(minutes, long_text))
		       : area_printf(a, y, x, STYLE_DIM, _("(%s, %s hours)"),
				     minutes_text(minutes, long_text), words_code(due->calendar));
	arena_fini(&mem);
	return x + 2;
}

void advice_draw_dues(const struct advice *ad, const struct area *a, int y)
{
	int x = area_put(a, y, 0, -1, STYLE_LABEL, _("Terms"));

	x = x < 10 ? 10 : x + 1;
	if (ad->answer.minutes[0] == '\0' && ad->solve.minutes[0] == '\0') {
		area_put(a, y, x, -1, STYLE_DIM,
			 _("by kind and priority, as soon as they are known"));
		return;
	}
	x = due_draw(ad, &ad->answer, a, y, x, _("answer by"));
	(void)due_draw(ad, &ad->solve, a, y, x, _("solve by"));
}

/* "dispatched  Kitchen tap drips  (same place)", with its place where it is another one. */
static const char *similar_text(const struct advice *ad, const ProtobufCMessage *row,
				struct arena *mem)
{
	const char *place = reply_text(row, "place", mem);
	bool here = strcmp(place, entry_text(ad->form, "place")) == 0;

	return arena_printf(mem, "%s%s%s  %s  (%s)", here ? "" : place, here ? "" : "  ",
			    words_code(reply_text(row, "state", mem)),
			    reply_text(row, "summary", mem),
			    words_codes(reply_text(row, "why", mem), mem));
}

void advice_draw_similar(const struct advice *ad, const struct area *a)
{
	const ProtobufCMessage *rows[SIMILAR_MOST];
	size_t n = advice_similar(ad, rows, SIMILAR_MOST);
	struct arena mem;
	int x = area_put(a, 0, 0, -1, n > 0 ? STYLE_SOON : STYLE_LABEL, _("Similar"));

	x = x < 10 ? 10 : x + 1;
	if (n == 0) {
		area_put(a, 0, x, -1, STYLE_DIM,
			 ad->similar.reply != NULL ? _("no open case of this customer or place")
						   : _("as soon as customer or place are known"));
		return;
	}
	arena_init(&mem, 1u << 20);
	for (size_t i = 0; i < n && (int)i < a->height; i++) {
		struct area text = area_part(a, (int)i, x, 1, a->width - x);
		int at = area_printf(&text, 0, 0, STYLE_TITLE, "%s ",
				     reply_text(rows[i], "number", &mem));
		bool last = (int)i == a->height - 1 || i == n - 1;
		char tail[60];
		int room;

		(void)snprintf(tail, sizeof(tail),
			       n > (size_t)a->height ? _("+%zu  ^L add or link")
						     : _("^L add or link"),
			       n - i - 1);
		room = last ? (int)text_width(tail) + 2 : 0;
		(void)area_put(&text, 0, at, text.width - at - room, STYLE_PLAIN,
			       similar_text(ad, rows[i], &mem));
		if (last)
			area_put_right(&text, 0, text.width, -1, STYLE_DIM, tail);
	}
	arena_fini(&mem);
}

/* What customers are told who ask about such things. */
static const char *advice_told(const struct advice *ad, struct arena *mem)
{
	const char *category = entry_text(ad->form, "category");
	size_t n;
	const ProtobufCMessage *const *rows = reply_rows(ad->categories.reply, "categories", mem,
							 &n);

	for (size_t i = 0; i < n && category[0] != '\0'; i++)
		if (strcmp(reply_text(rows[i], "category", mem), category) == 0)
			return reply_text(rows[i], "answer", mem);
	return "";
}

static const char *words_heading(const struct advice *ad, struct arena *mem)
{
	size_t n;
	const char *title = reply_text(ad->article.reply, "article.title", mem);
	const char *kind = words_code(reply_text(ad->article.reply, "article.kind", mem));

	(void)reply_rows(ad->fit.reply, "articles", mem, &n);
	if (title[0] == '\0' || n == 0)
		return _("What to say");
	return n > 1 ? arena_printf(mem, _("%s: %s  (%zu of %zu, PgDn next)"), kind, title,
				    ad->article_at + 1, n)
		     : arena_printf(mem, "%s: %s", kind, title);
}

void advice_draw_words(const struct advice *ad, const struct area *a)
{
	struct arena mem;
	struct area inner, text;
	const char *told, *body;
	int y = 0;

	arena_init(&mem, 8u << 20);
	inner = area_frame(a, STYLE_FRAME, words_heading(ad, &mem));
	text = area_part(&inner, 0, 1, inner.height, inner.width - 2);
	told = advice_told(ad, &mem);
	body = reply_text(ad->article.reply, "article.body", &mem);
	if (body[0] != '\0')
		y += area_wrap(&text, y, STYLE_PLAIN, body);
	if (told[0] != '\0' && y < text.height) {
		struct area rest = area_part(&text, y, 0, text.height - y, text.width);

		(void)area_wrap(&rest, 0, STYLE_DIM, told);
	} else if (body[0] == '\0') {
		area_put(&text, 0, 0, -1, STYLE_DIM,
			 _("Scripts and answers that fit come by themselves."));
	}
	arena_fini(&mem);
}
