#include "client/tui/dialog.h"

#include <string.h>

#include "client/tui/app.h"
#include "client/tui/edit.h"
#include "client/tui/words.h"

#define DIALOG_WIDTH 64
#define REASON_MAX 400

enum dialog_part { PART_CONFIRM, PART_REASON, PART_NO, PART_YES };

struct dialog {
	struct screen s;
	struct dialog_ask ask;
	enum dialog_part at;
	struct edit *edits[2]; /* PART_CONFIRM, PART_REASON */
	const char *fault;
};

static bool dialog_has(const struct dialog *d, enum dialog_part part)
{
	switch (part) {
	case PART_CONFIRM:
		return d->ask.confirm != NULL;
	case PART_REASON:
		return d->ask.reason;
	case PART_YES:
		return d->ask.yes != NULL;
	default:
		return true;
	}
}

static void dialog_step(struct dialog *d, int by)
{
	do {
		d->at = (enum dialog_part)(((int)d->at + by + 4) % 4);
	} while (!dialog_has(d, d->at));
}

static int dialog_draw_edit(struct dialog *d, const struct area *a, int y, enum dialog_part part,
			    const char *label)
{
	int x = 1 + area_put(a, y, 1, 20, STYLE_LABEL, label) + 1, width = a->width - x - 2;

	if (d->edits[part] == NULL)
		d->edits[part] = edit_open("", 1, width, REASON_MAX, false);
	if (d->edits[part] == NULL)
		return y + 1;
	{
		int cursor_y = a->canvas->cursor_y, cursor_x = a->canvas->cursor_x;

		edit_draw(d->edits[part], a, y, x, d->at == part ? STYLE_EDIT : STYLE_FIELD);
		if (d->at != part) {
			a->canvas->cursor_y = cursor_y;
			a->canvas->cursor_x = cursor_x;
		}
	}
	return y + 1;
}

static void dialog_draw(struct screen *s, const struct area *a)
{
	struct dialog *d = (struct dialog *)s;
	struct area text = area_part(a, 0, 1, a->height, a->width - 2);
	int y = area_wrap(&text, 0, STYLE_PLAIN, d->ask.text) + 1, x;

	if (d->ask.confirm != NULL) {
		area_printf(a, y, 1, STYLE_PLAIN, _("Type %s to go ahead."), d->ask.confirm);
		y = dialog_draw_edit(d, a, y + 1, PART_CONFIRM, _("Number"));
	}
	if (d->ask.reason)
		y = dialog_draw_edit(d, a, y, PART_REASON, _("Reason"));
	if (d->fault != NULL)
		area_put(a, y, 1, -1, STYLE_ERROR, d->fault);
	y = a->height - 1;
	x = 1 + area_printf(a, y, 1, d->at == PART_NO ? STYLE_SELECTED : STYLE_PLAIN, " %s%s ",
			    d->at == PART_NO ? "> " : "  ", d->ask.no);
	if (d->ask.yes != NULL)
		area_printf(a, y, x + 2, d->at == PART_YES ? STYLE_SELECTED : STYLE_PLAIN, " %s%s ",
			    d->at == PART_YES ? "> " : "  ", d->ask.yes);
}

static const char *dialog_typed(struct dialog *d, enum dialog_part part)
{
	const char *text = d->edits[part] != NULL ? edit_text(d->edits[part], &d->s.mem) : NULL;

	return text != NULL ? text : "";
}

static void dialog_yes(struct dialog *d)
{
	struct dialog_ask ask = d->ask;
	struct app *app = d->s.app;
	const char *why;

	if (ask.confirm != NULL && strcmp(dialog_typed(d, PART_CONFIRM), ask.confirm) != 0) {
		d->fault = _("That is not what it is about; nothing was changed.");
		d->at = PART_CONFIRM;
		return;
	}
	if (ask.reason && dialog_typed(d, PART_REASON)[0] == '\0') {
		d->fault = _("A reason is needed.");
		d->at = PART_REASON;
		return;
	}
	why = arena_strdup(&app->mem, dialog_typed(d, PART_REASON));
	app_pop(app, &d->s);
	if (ask.reason)
		ask.done_why(ask.arg, why);
	else
		ask.done(ask.arg);
}

static bool dialog_key(struct screen *s, const struct key *k)
{
	struct dialog *d = (struct dialog *)s;
	bool typing = d->at == PART_CONFIRM || d->at == PART_REASON;

	if (key_is(k, "Tab|Down") || (k->code == K_RIGHT && !typing) ||
	    (k->code == K_ENTER && typing))
		dialog_step(d, 1);
	else if (key_is(k, "Shift-Tab|Up") || (k->code == K_LEFT && !typing))
		dialog_step(d, -1);
	else if (typing && d->edits[d->at] != NULL && edit_key(d->edits[d->at], k))
		d->fault = NULL;
	else if (k->code == K_ENTER && d->at == PART_YES)
		dialog_yes(d);
	else if (k->code == K_ENTER || (d->ask.yes == NULL && k->code == K_TEXT))
		app_pop(s->app, s);
	else
		return false;
	return true;
}

static bool dialog_typing(const struct screen *s)
{
	const struct dialog *d = (const struct dialog *)s;

	return d->at == PART_CONFIRM || d->at == PART_REASON;
}

static void dialog_free(struct screen *s)
{
	struct dialog *d = (struct dialog *)s;

	edit_close(d->edits[0]);
	edit_close(d->edits[1]);
}

static const struct screen_ops dialog_ops = {
	.name = N_("Question"),
	.draw = dialog_draw,
	.key = dialog_key,
	.typing = dialog_typing,
	.free = dialog_free,
};

static const char *dialog_keep(struct dialog *d, const char *text)
{
	return text != NULL ? arena_strdup(&d->s.mem, text) : NULL;
}

void *dialog_new(struct app *app, const struct dialog_ask *ask)
{
	struct dialog *d = screen_new(app, &dialog_ops, sizeof(*d), ask->title);
	struct area count;

	if (d == NULL)
		return NULL;
	d->ask = *ask;
	d->ask.text = dialog_keep(d, ask->text);
	d->ask.yes = dialog_keep(d, ask->yes);
	d->ask.no = dialog_keep(d, ask->no != NULL ? ask->no : _("Close"));
	d->ask.confirm = dialog_keep(d, ask->confirm);
	d->at = ask->confirm != NULL ? PART_CONFIRM : ask->reason ? PART_REASON : PART_NO;
	d->s.overlay = true;
	d->s.width = DIALOG_WIDTH;
	count = (struct area){ .width = DIALOG_WIDTH - 4 };
	d->s.height = area_wrap(&count, 0, STYLE_PLAIN, ask->text) + 5 +
		      (ask->confirm != NULL ? 2 : 0) + (ask->reason ? 1 : 0) +
		      (ask->confirm != NULL || ask->reason ? 1 : 0);
	return d;
}
