#include "client/tui/record.h"

#include <string.h>

#include "client/look/text.h"
#include "client/look/view.h"
#include "client/tui/words.h"
#include "common/wire.h"

#define RECORD_ARENA (64u << 20)
#define LABEL_WIDEST 22
#define TEXT_LINES 60 /* of one field */
#define CELL_WIDEST 40

void record_init(struct record *r, bool cursor)
{
	*r = (struct record){ .cursor = cursor };
}

void record_free(struct record *r)
{
	if (r->open)
		arena_fini(&r->mem);
	r->open = false;
	r->lines = NULL;
	r->n = 0;
}

static void record_add(struct record *r, const char *label, const char *text, enum style style,
		       const ProtobufCMessage *row)
{
	struct record_line *lines = arena_grow(&r->mem, r->lines, r->n, sizeof(*lines));

	if (lines == NULL)
		return;
	r->lines = lines;
	r->lines[r->n++] = (struct record_line){ label, text, style, row };
	if (label != NULL && (int)text_width(label) > r->label_width)
		r->label_width = (int)text_width(label);
}

/* Texts of several lines take several; only the first has the label. */
static void record_add_text(struct record *r, const char *label, const char *text)
{
	const char *clean = text_clean(text, true, &r->mem);

	for (int i = 0; clean != NULL && i < TEXT_LINES; i++) {
		size_t len = strcspn(clean, "\n");
		const char *line = arena_strndup(&r->mem, clean, len);

		record_add(r, i == 0 ? label : "", line != NULL ? line : "", STYLE_PLAIN, NULL);
		if (clean[len] == '\0')
			return;
		clean += len + 1;
	}
}

static void record_add_fields(struct record *r, const struct message_rules *rules,
			      const ProtobufCMessage *msg)
{
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		const char *text;

		if (f->type == PROTOBUF_C_TYPE_MESSAGE || rules->fields[i].hidden ||
		    rules->fields[i].secret || !field_is_set(msg, f))
			continue;
		text = view_field_text(msg, f, &rules->fields[i], &r->mem);
		if (text[0] != '\0')
			record_add_text(r, words_label(rules, i),
					words_value(rules, i, text, &r->mem));
	}
}

static void record_add_heading(struct record *r, const char *label, size_t n)
{
	if (r->n > 0)
		record_add(r, NULL, "", STYLE_PLAIN, NULL);
	record_add(r, NULL, n > 0 ? arena_printf(&r->mem, "%s %zu", label, n) : label, STYLE_TITLE,
		   NULL);
}

static const char *record_row_text(const struct view *v, const int *widths,
				   const ProtobufCMessage *row, bool heading, struct arena *mem)
{
	const char *all = " ";

	for (size_t c = 0; c < v->n_columns && all != NULL; c++) {
		const char *text = heading ? v->columns[c].label
					   : text_clean(words_cell(v, c, row, mem), false, mem);
		int pad;

		if (text == NULL)
			text = "";
		text = text_cut(text, (size_t)widths[c], mem);
		pad = widths[c] - (int)text_width(text != NULL ? text : "");
		if (v->columns[c].right)
			all = arena_printf(mem, "%s %*s%s", all, pad, "", text);
		else
			all = arena_printf(mem, "%s %s%*s", all, text, pad, "");
		if (c + 1 < v->n_columns && all != NULL)
			all = arena_printf(mem, "%s ", all);
	}
	return all != NULL ? all : "";
}

static void record_add_list(struct record *r, const struct message_rules *rules, const char *label,
			    const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessage *const *rows;
	struct st_err err;
	struct view v;
	int *widths;
	size_t n;

	rows = view_rows(msg, f, &r->mem, &n);
	if (n == 0 ||
	    view_make(rules, rows, n, view_usual_columns(rules), &r->mem, &v, &err) != ST_OK)
		return;
	view_drop_empty(&v, &r->mem);
	words_columns(&v, &r->mem);
	widths = arena_array(&r->mem, int, v.n_columns + 1);
	if (widths == NULL)
		return;
	for (size_t c = 0; c < v.n_columns; c++) {
		widths[c] = (int)text_width(v.columns[c].label);
		for (size_t i = 0; i < n; i++) {
			int w = (int)text_width(words_cell(&v, c, rows[i], &r->mem));

			widths[c] = w > widths[c] ? w : widths[c];
		}
		widths[c] = widths[c] < CELL_WIDEST ? widths[c] : CELL_WIDEST;
	}
	record_add_heading(r, label, n);
	record_add(r, NULL, record_row_text(&v, widths, NULL, true, &r->mem), STYLE_LABEL, NULL);
	for (size_t i = 0; i < n; i++)
		record_add(r, NULL, record_row_text(&v, widths, rows[i], false, &r->mem),
			   STYLE_PLAIN, rows[i]);
}

static void record_add_message(struct record *r, const struct message_rules *rules,
			       const ProtobufCMessage *msg, int depth)
{
	record_add_fields(r, rules, msg);
	for (unsigned i = 0; i < rules->desc->n_fields && depth < 3; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		const struct message_rules *sub = rules->fields[i].sub;

		if (f->type != PROTOBUF_C_TYPE_MESSAGE || sub == NULL || rules->fields[i].hidden ||
		    !field_is_set(msg, f))
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			record_add_list(r, sub, words_label(rules, i), msg, f);
			continue;
		}
		if (r->n > 0)
			record_add_heading(r, words_label(rules, i), 0);
		record_add_message(r, sub, field_message(msg, f, 0), depth + 1);
	}
}

void record_set(struct record *r, const struct message_rules *rules, const ProtobufCMessage *msg)
{
	size_t at = r->at;

	record_free(r);
	arena_init(&r->mem, RECORD_ARENA);
	r->open = true;
	r->label_width = 0;
	if (msg != NULL)
		record_add_message(r, rules, msg, 0);
	r->at = at < r->n ? at : 0;
	if (r->label_width > LABEL_WIDEST)
		r->label_width = LABEL_WIDEST;
}

static int record_draw_line(const struct record *r, const struct area *a, int y,
			    const struct record_line *l, bool here)
{
	int x = r->label_width + 2;
	struct area text = area_part(a, y, x, a->height - y, a->width - x);
	enum style style = here ? STYLE_SELECTED : l->style;
	struct area count = { .width = text.width };
	int lines;

	if (here)
		area_fill(a, y, 0, a->width, STYLE_SELECTED);
	if (l->label == NULL) {
		area_put(a, y, 0, -1, style, l->text);
		return 1;
	}
	area_put(a, y, 0, r->label_width, here ? style : STYLE_LABEL, l->label);
	lines = area_wrap(&count, 0, style, l->text);
	(void)area_wrap(&text, 0, style, l->text);
	return lines;
}

void record_draw(struct record *r, const struct area *a, bool focused)
{
	int y = 0;

	r->page = a->height;
	if (r->cursor) {
		if (r->at < r->first)
			r->first = r->at;
		if (r->page > 0 && r->at >= r->first + (size_t)r->page)
			r->first = r->at - (size_t)r->page + 1;
	} else {
		r->first = r->at;
	}
	for (size_t i = r->first; i < r->n && y < a->height; i++)
		y += record_draw_line(r, a, y, &r->lines[i], r->cursor && focused && i == r->at);
}

bool record_key(struct record *r, const struct key *k)
{
	long at = (long)r->at, page = r->page > 1 ? r->page - 1 : 1, last = (long)r->n - 1;

	if (key_is(k, "Up|k") || k->code == K_WHEEL_UP)
		at--;
	else if (key_is(k, "Down|j") || k->code == K_WHEEL_DOWN)
		at++;
	else if (key_is(k, "PgUp"))
		at -= page;
	else if (key_is(k, "PgDn|Space"))
		at += page;
	else if (key_is(k, "Home|g"))
		at = 0;
	else if (key_is(k, "End|G"))
		at = last;
	else
		return false;
	at = at > last ? last : at;
	r->at = at < 0 ? 0 : (size_t)at;
	return true;
}

const ProtobufCMessage *record_row(const struct record *r)
{
	return r->cursor && r->at < r->n ? r->lines[r->at].row : NULL;
}
