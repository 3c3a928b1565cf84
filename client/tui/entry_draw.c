/* How a form is drawn: a column of labels, the fields beside it, below the one that is typed in
 * what is wrong with it. */
#include <string.h>

#include "client/look/text.h"
#include "client/tui/entry.h"
#include "client/tui/words.h"

#define LABEL_WIDEST 24
#define FIELD_WIDEST 70

static int entry_label_width(const struct entry *f)
{
	int widest = 0, most = f->label_widest > 0 ? f->label_widest : LABEL_WIDEST;

	for (size_t i = 0; i < f->n_fields; i++) {
		int w = f->fields[i].unseen ? 0 : (int)text_width(f->fields[i].label);

		widest = w > widest ? w : widest;
	}
	return (widest < most ? widest : most) + 3;
}

static int field_height(const struct entry_field *field)
{
	return field->unseen ? 0 : field->lines + (field->fault != NULL ? 1 : 0);
}

static void entry_place(struct entry *f)
{
	int y = 0;

	for (size_t i = 0; i < f->n_fields; i++) {
		f->fields[i].y = y;
		y += field_height(&f->fields[i]);
	}
}

int entry_height(const struct entry *f)
{
	const struct entry_field *last = f->n_fields > 0 ? &f->fields[f->n_fields - 1] : NULL;

	return last != NULL ? last->y + field_height(last) : 0;
}

static void entry_scroll(struct entry *f, int height)
{
	const struct entry_field *field = &f->fields[f->at];

	if (field->y < f->top)
		f->top = field->y;
	if (field->y + field_height(field) > f->top + height)
		f->top = field->y + field_height(field) - height;
	if (f->top < 0)
		f->top = 0;
}

static int field_widest_choice(const struct entry_field *field)
{
	int widest = 0;
	char choice[64];

	for (size_t i = 0; entry_choice(field, i, choice); i++) {
		int w = (int)text_width(entry_shown(field, choice));

		widest = w > widest ? w : widest;
	}
	return widest + 1;
}

/* As wide as what may stand in it, within reason. */
static int field_width(const struct entry_field *field, int most)
{
	int want = FIELD_WIDEST;

	if (field->rule->choices != NULL)
		want = field_widest_choice(field);
	else if (field->desc->type != PROTOBUF_C_TYPE_STRING)
		want = 16;
	else if (field->desc->label != PROTOBUF_C_LABEL_REPEATED && field->rule->max > 0 &&
		 field->rule->max < FIELD_WIDEST)
		want = (int)field->rule->max > 8 ? (int)field->rule->max : 8;
	return want < most ? want : most;
}

static void field_draw_text(const struct entry_field *field, const struct area *a, int y, int x,
			    int width, enum style style)
{
	const char *text = field->text != NULL ? field->text : "";
	struct area box = area_part(a, y, x, field->lines, width);

	text = field->coded ? words_code(text) : entry_shown(field, text);
	for (int i = 0; i < field->lines; i++)
		area_fill(a, y + i, x, width, style);
	if (field->desc->type == PROTOBUF_C_TYPE_BOOL)
		area_put(a, y, x, width, style, strcmp(text, "true") == 0 ? "x" : " ");
	else if (field->rule->secret)
		for (size_t i = 0; i < strlen(text) && (int)i < width; i++)
			area_put(a, y, x + (int)i, 1, style, "*");
	else if (field->lines > 1)
		(void)area_wrap(&box, 0, style, text);
	else
		area_put(a, y, x, width, style, text);
}

static void entry_open_edit(struct entry *f, const struct entry_field *field, int width)
{
	if (f->edit != NULL && f->edit_width == width)
		return;
	entry_keep(f);
	edit_close(f->edit);
	f->edit = NULL;
	if (field->fixed || field->desc->type == PROTOBUF_C_TYPE_BOOL)
		return;
	f->edit = edit_open(field->text != NULL ? entry_shown(field, field->text) : NULL,
			    field->lines, width,
			    field->desc->type == PROTOBUF_C_TYPE_STRING &&
					    field->desc->label != PROTOBUF_C_LABEL_REPEATED
				    ? field->rule->max
				    : 0,
			    field->rule->secret);
	f->edit_width = width;
}

int entry_draw_choices(const struct entry_field *field, const struct area *a, int y, int x,
		       enum style style)
{
	char choice[64], digit[2] = "";
	int from = x;

	for (size_t i = 0; entry_choice(field, i, choice); i++) {
		const char *shown = entry_shown(field, choice);

		digit[0] = i < 9 ? (char)('1' + i) : '\0';
		x += digit[0] == '\0' || strcmp(shown, digit) == 0
			     ? area_printf(a, y, x, style, "%s  ", shown)
			     : area_printf(a, y, x, style, "%s %s  ", digit, shown);
	}
	return x - from;
}

static void field_draw_hint(const struct entry_field *field, const struct area *a, int y, int x)
{
	(void)entry_draw_choices(field, a, y, x, STYLE_DIM);
	if (field->rule->choices == NULL && field->rule->complete != NULL)
		area_put(a, y, x, -1, STYLE_DIM, _("^L list"));
}

/* What is typed, between its brackets, from column x on. */
static void field_draw_box(struct entry *f, size_t i, const struct area *a, int y, int x, int width,
			   bool here)
{
	struct entry_field *field = &f->fields[i];
	enum style brackets = field->fault != NULL ? STYLE_ERROR : STYLE_FRAME;

	area_put(a, y, x - 1, 1, brackets, field->fixed ? " " : field->fault != NULL ? "!" : "[");
	area_put(a, y, x + width, 1, brackets, field->fixed ? " " : "]");
	if (here)
		entry_open_edit(f, field, width);
	if (here && f->edit != NULL)
		edit_draw(f->edit, a, y, x, STYLE_EDIT);
	else
		field_draw_text(field, a, y, x, width,
				here           ? STYLE_EDIT
				: field->fixed ? STYLE_PLAIN
					       : STYLE_FIELD);
	if (here && field->desc->type == PROTOBUF_C_TYPE_BOOL)
		area_cursor(a, y, x);
}

static void field_draw(struct entry *f, size_t i, const struct area *a, int label, bool focused)
{
	struct entry_field *field = &f->fields[i];
	bool here = focused && i == f->at;
	int y = field->y - f->top, most = a->width - label - 3, width;

	if (most < 4 || y < 0)
		return;
	width = field->desc->type == PROTOBUF_C_TYPE_BOOL ? 1 : field_width(field, most);
	area_put(a, y, 0, label - 2, here ? STYLE_TITLE : STYLE_LABEL, field->label);
	area_put(a, y, label - 2, 1, STYLE_LABEL, field->rule->required ? "*" : " ");
	field_draw_box(f, i, a, y, label, width, here);
	if (here && !f->no_hints)
		field_draw_hint(field, a, y, label + width + 2);
	if (field->fault != NULL) {
		area_put(a, y + field->lines, label, 2, STYLE_ERROR, "! ");
		area_put(a, y + field->lines, label + 2, -1, STYLE_ERROR, field->fault);
	}
}

static void entry_draw_laid_out(struct entry *f, const struct area *a, bool focused)
{
	for (size_t i = 0; i < f->n_fields; i++) {
		const struct entry_field *field = &f->fields[i];
		const struct entry_place *p = field->place;
		bool here = focused && i == f->at;

		if (p == NULL)
			continue;
		area_put(a, p->y, p->x, p->label_width - 1, here ? STYLE_TITLE : STYLE_LABEL,
			 p->label != NULL ? _(p->label) : field->label);
		field_draw_box(f, i, a, p->y, p->x + p->label_width + 1, p->width, here);
	}
}

void entry_draw(struct entry *f, const struct area *a, bool focused)
{
	int label = entry_label_width(f);

	f->width = a->width;
	if (f->laid_out) {
		entry_draw_laid_out(f, a, focused);
		return;
	}
	if (f->n_fields == 0) {
		area_put(a, 0, 0, -1, STYLE_DIM, _("Nothing has to be filled in."));
		return;
	}
	entry_place(f);
	entry_scroll(f, a->height);
	for (size_t i = 0; i < f->n_fields; i++)
		if (!f->fields[i].unseen && f->fields[i].y + field_height(&f->fields[i]) > f->top &&
		    f->fields[i].y < f->top + a->height)
			field_draw(f, i, a, label, focused);
}
