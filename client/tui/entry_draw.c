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
	int widest = 0;

	for (size_t i = 0; i < f->n_fields; i++) {
		int w = (int)text_width(f->fields[i].label);

		widest = w > widest ? w : widest;
	}
	return (widest < LABEL_WIDEST ? widest : LABEL_WIDEST) + 3;
}

static int field_height(const struct entry_field *field)
{
	return field->lines + (field->fault != NULL ? 1 : 0);
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

/* As wide as what may stand in it, within reason. */
static int field_width(const struct entry_field *field, int most)
{
	int want = FIELD_WIDEST;

	if (field->desc->type != PROTOBUF_C_TYPE_STRING)
		want = 16;
	else if (field->desc->label != PROTOBUF_C_LABEL_REPEATED && field->rule->max > 0 &&
		 field->rule->max < FIELD_WIDEST)
		want = (int)field->rule->max > 8 ? (int)field->rule->max : 8;
	return want < most ? want : most;
}

static void field_draw_text(struct entry *f, const struct entry_field *field, const struct area *a,
			    int y, int x, int width, enum style style)
{
	const char *text = field->text != NULL ? field->text : "";
	struct area box = area_part(a, y, x, field->lines, width);
	struct arena mem;

	arena_init(&mem, 1u << 20);
	if (field->rule->choices != NULL)
		text = words_value(f->m->in, field->index, text, &mem);
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
	arena_fini(&mem);
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
	f->edit = edit_open(field->text, field->lines, width,
			    field->desc->type == PROTOBUF_C_TYPE_STRING &&
					    field->desc->label != PROTOBUF_C_LABEL_REPEATED
				    ? field->rule->max
				    : 0,
			    field->rule->secret);
	f->edit_width = width;
}

/* "urgent|high|low" as it is typed; in another language each with what it means. */
static void field_draw_choices(const struct entry *f, const struct entry_field *field,
			       const struct area *a, int y, int x)
{
	const char *at = field->rule->choices;
	struct arena mem;

	if (!words_translated()) {
		area_put(a, y, x, -1, STYLE_DIM, at);
		return;
	}
	arena_init(&mem, 1u << 20);
	while (*at != '\0' && x < a->width) {
		size_t len = strcspn(at, "|");
		const char *one = arena_strndup(&mem, at, len);

		if (one == NULL)
			break;
		x += area_printf(a, y, x, STYLE_DIM, "%s %s", one,
				 words_value(f->m->in, field->index, one, &mem)) +
		     2;
		at += len + (at[len] == '|' ? 1 : 0);
	}
	arena_fini(&mem);
}

static void field_draw_hint(const struct entry *f, const struct entry_field *field,
			    const struct area *a, int y, int x)
{
	if (field->rule->choices != NULL)
		field_draw_choices(f, field, a, y, x);
	else if (field->rule->complete != NULL)
		area_put(a, y, x, -1, STYLE_DIM, _("^L list"));
}

static void field_draw(struct entry *f, size_t i, const struct area *a, int label, bool focused)
{
	struct entry_field *field = &f->fields[i];
	bool here = focused && i == f->at;
	int y = field->y - f->top, most = a->width - label - 3, width;
	bool is_switch = field->desc->type == PROTOBUF_C_TYPE_BOOL;

	if (most < 4 || y < 0)
		return;
	width = is_switch ? 1 : field_width(field, most);
	area_put(a, y, 0, label - 2, here ? STYLE_TITLE : STYLE_LABEL, field->label);
	area_put(a, y, label - 2, 1, STYLE_LABEL, field->rule->required ? "*" : " ");
	area_put(a, y, label - 1, 1, STYLE_FRAME, field->fixed ? " " : "[");
	area_put(a, y, label + width, 1, STYLE_FRAME, field->fixed ? " " : "]");
	if (here)
		entry_open_edit(f, field, width);
	if (here && f->edit != NULL)
		edit_draw(f->edit, a, y, label, STYLE_EDIT);
	else
		field_draw_text(f, field, a, y, label, width,
				here           ? STYLE_EDIT
				: field->fixed ? STYLE_PLAIN
					       : STYLE_FIELD);
	if (here && is_switch)
		area_cursor(a, y, label);
	if (here)
		field_draw_hint(f, field, a, y, label + width + 2);
	if (field->fault != NULL) {
		area_put(a, y + field->lines, label, 2, STYLE_ERROR, "! ");
		area_put(a, y + field->lines, label + 2, -1, STYLE_ERROR, field->fault);
	}
}

void entry_draw(struct entry *f, const struct area *a, bool focused)
{
	int label = entry_label_width(f);

	f->width = a->width;
	if (f->n_fields == 0) {
		area_put(a, 0, 0, -1, STYLE_DIM, _("Nothing has to be filled in."));
		return;
	}
	entry_place(f);
	entry_scroll(f, a->height);
	for (size_t i = 0; i < f->n_fields; i++)
		if (f->fields[i].y + field_height(&f->fields[i]) > f->top &&
		    f->fields[i].y < f->top + a->height)
			field_draw(f, i, a, label, focused);
}
