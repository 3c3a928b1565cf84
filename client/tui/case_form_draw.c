/* Where everything stands on the form of a new case. */
#include <stdio.h>
#include <string.h>

#include "client/look/text.h"
#include "client/tui/app.h"
#include "client/tui/case_form_part.h"
#include "client/tui/words.h"

#define WIDE_FROM 100 /* from here on what is known stands on the right */
#define TALL_FROM 24  /* so many lines beside the form hold a list and what to say */
#define LABEL 9

/* Rows: who, where, what, how grave, in a line, at length. 'w' columns. */
static size_t case_form_places(struct case_form *f, int w, int details)
{
	int second = w * 36 / 76, last = w >= 76 ? 9 : 7;
	bool known = entry_text(&f->form, "party")[0] != '\0';
	int via = (int)text_width(_("via")) + 1;
	const struct entry_place places[CASE_PLACES] = {
		{ "caller", known ? N_("Customer") : N_("Caller"), 0, 0, LABEL, second - 12, 1 },
		{ "phone", N_("Phone"), 0, second, 6, w - last - second - 11 - via, 1 },
		{ "channel", N_("via"), 0, w - last - 2 - via, via, last, 1 },
		{ "place", N_("Unit"), 1, 0, LABEL, second - 12, 1 },
		{ "spot", N_("Where"), 1, second, 6, w - second - 8, 1 },
		{ "kind", N_("Kind"), 2, 0, LABEL, second - 12, 1 },
		{ "category", N_("Topic"), 2, second, 6, w - second - 8, 1 },
		{ "priority", N_("Priority"), 3, 0, LABEL, 8, 1 },
		{ "severity", N_("Severity"), 3, LABEL + 12, LABEL, 8, 1 },
		{ "body", N_("Whose"), 3, LABEL + 33, 6, w - LABEL - 41, 1 },
		{ "summary", N_("Summary"), 4, 0, LABEL, w - LABEL - 2, 1 },
		{ "details", N_("Details"), 5, 0, LABEL, w - LABEL - 2, details },
	};

	memcpy(f->places, places, sizeof(places));
	return CASE_PLACES;
}

/* What is wrong with the field under the cursor, or with another one; else what it is for. */
static void case_form_draw_hint(const struct case_form *f, const struct area *a, int y)
{
	const struct entry_field *field = entry_current(&f->form);
	const struct entry_field *wrong = field != NULL && field->fault != NULL ? field : NULL;

	for (size_t i = 0; wrong == NULL && i < f->form.n_fields; i++)
		if (f->form.fields[i].fault != NULL)
			wrong = &f->form.fields[i];
	if (wrong != NULL)
		area_printf(a, y, 0, STYLE_ERROR, "! %s: %s",
			    wrong->place != NULL ? _(wrong->place->label) : wrong->label,
			    wrong->fault);
	else if (field != NULL)
		area_put(a, y, 0, -1, STYLE_DIM, words_help(field->rule));
}

static void case_form_draw_keys(const struct case_form *f, const struct area *a, int y)
{
	int x = area_put(a, y, 0, -1, STYLE_DIM,
			 f->pick.n_shown > 0
				 ? _("Enter next  Down list  ^S save  ^D save, dispatch")
				 : _("Enter next  ^S save  ^D save, dispatch  ^L similar"));

	if (f->sent)
		area_put(a, y, x + 2, -1, STYLE_SOON, _("sending ..."));
	else if (f->draft.kept_at[0] != '\0')
		area_put_right(
			a, y, a->width, a->width - x - 2, STYLE_DIM,
			arena_printf(&f->s.app->picture, _("draft kept %s"), f->draft.kept_at));
}

static const char *case_form_heading(const struct case_form *f, char out[200])
{
	const char *call = entry_text(&f->form, "call"), *party = entry_text(&f->form, "party");
	size_t n = (size_t)snprintf(out, 200, "%s", _("New case"));

	if (party[0] != '\0')
		n += (size_t)snprintf(out + n, 200 - n, "  %s",
				      strlen(party) < 20 ? party : _("of the register"));
	if (call[0] != '\0')
		n += (size_t)snprintf(out + n, 200 - n, _("  call %s"), call);
	for (size_t i = 0; i < f->n_links && n < 150; i++)
		n += (size_t)snprintf(out + n, 200 - n, "  %s %s", words_code(f->links[i].kind),
				      f->links[i].number);
	return out;
}

static const char *case_form_list_heading(const struct case_form *f)
{
	const struct entry_field *field = entry_current(&f->form);

	if (strcmp(f->pick_of, "caller") == 0 || strcmp(f->pick_of, "place") == 0)
		return _("In the register: Down and Enter take one");
	return field != NULL && field->place != NULL ? _(field->place->label) : "";
}

/* The field's list while there is one, and what to say below it where there is room for both. */
static void case_form_draw_beside(struct case_form *f, const struct area *a)
{
	int list = f->pick.n_shown == 0       ? 0
		   : a->height < TALL_FROM    ? a->height
		   : f->pick.n_shown + 2 < 12 ? (int)f->pick.n_shown + 2
					      : 12;
	struct area part = area_part(a, 0, 0, list, a->width), inner;
	struct area rest = area_part(a, list, 0, a->height - list, a->width);

	if (rest.height > 0)
		advice_draw_words(&f->advice, &rest);
	if (list == 0)
		return;
	inner = area_frame(&part, f->pick.at >= 0 ? STYLE_FOCUS : STYLE_FRAME,
			   case_form_list_heading(f));
	pick_draw(&f->pick, &inner);
}

void case_form_draw(struct screen *s, const struct area *a)
{
	struct case_form *f = (struct case_form *)s;
	bool wide = a->width >= WIDE_FROM;
	int left = !wide ? a->width : a->width >= 120 ? 80 : 70;
	int details = a->height > 30 ? 5 : 2, similar = a->height > 30 ? 8 : 2;
	/* Five lines of fields above the details; terms, hint and keys below, and the frame. */
	int height = 5 + details + 1 + similar + 2 + 2;
	struct area part = area_part(a, 0, 0, wide ? a->height : height, left);
	struct area beside = wide ? area_part(a, 0, left, a->height, a->width - left)
				  : area_part(a, height, 0, a->height - height, a->width);
	char heading[200];
	struct area inner = area_frame(&part, f->pick.at >= 0 ? STYLE_FRAME : STYLE_FOCUS,
				       case_form_heading(f, heading));
	struct area body = area_part(&inner, 0, 1, inner.height, inner.width - 2);
	struct area alike = area_part(&body, 5 + details + 1, 0, similar, body.width);

	entry_layout(&f->form, f->places, case_form_places(f, body.width, details));
	entry_draw(&f->form, &body, true);
	if (f->pick.at >= 0)
		a->canvas->cursor_y = -1;
	advice_draw_dues(&f->advice, &body, 5 + details);
	advice_draw_similar(&f->advice, &alike);
	case_form_draw_hint(f, &body, body.height - 2);
	case_form_draw_keys(f, &body, body.height - 1);
	case_form_draw_beside(f, &beside);
}
