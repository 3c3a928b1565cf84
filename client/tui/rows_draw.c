/* How a list is drawn: widths first, then headings and rows. */
#include <string.h>

#include "client/look/text.h"
#include "client/tui/rows.h"

#define COLUMNS_MAX 32
#define COLUMN_WIDEST 60 /* more is not needed to know what it is */
#define COLUMN_LEAST 8   /* narrower says nothing */
#define GAP 2

struct widths {
	int of[COLUMNS_MAX];
	size_t n;
	int margin; /* cursor and marks, or numbers */
};

static const char *rows_cell(const struct rows *r, size_t row, size_t column, enum style *style,
			     char out[80])
{
	const char *text = NULL;

	if (r->cell != NULL)
		text = r->cell(r->arg, &r->view.columns[column], r->view.rows[row], style, out);
	return text != NULL ? text : r->cells[row][column];
}

static int rows_natural(const struct rows *r, size_t column)
{
	int widest = (int)text_width(r->view.columns[column].label);

	for (size_t i = 0; i < r->n_shown; i++) {
		enum style style = STYLE_PLAIN;
		char out[80];
		int w = (int)text_width(rows_cell(r, r->shown[i], column, &style, out));

		widest = w > widest ? w : widest;
	}
	return widest < COLUMN_WIDEST ? widest : COLUMN_WIDEST;
}

static int widths_sum(const struct widths *w)
{
	int sum = w->margin;

	for (size_t c = 0; c < w->n; c++)
		sum += w->of[c] + (c > 0 ? GAP : 0);
	return sum;
}

/* Takes from the widest column that can still give, the one nearer the right first; from the first
 * one, which says what the row is or how it presses, only when no other can. */
static bool widths_narrow(struct widths *w)
{
	size_t widest = 0;

	for (size_t c = 1; c < w->n; c++)
		if (w->of[c] > COLUMN_LEAST && (widest == 0 || w->of[c] >= w->of[widest]))
			widest = c;
	if (w->n == 0 || w->of[widest] <= COLUMN_LEAST)
		return false;
	w->of[widest]--;
	return true;
}

static void rows_widths(const struct rows *r, int width, struct widths *w)
{
	w->n = r->view.n_columns < COLUMNS_MAX ? r->view.n_columns : COLUMNS_MAX;
	w->margin = r->numbered ? 3 : 2;
	for (size_t c = 0; c < w->n; c++)
		w->of[c] = rows_natural(r, c);
	while (widths_sum(w) > width)
		if (!widths_narrow(w)) {
			if (w->n <= 1)
				return;
			/* One column less, the others as wide as they were. */
			w->n--;
			for (size_t c = 0; c < w->n; c++)
				w->of[c] = rows_natural(r, c);
		}
}

static void rows_draw_row(const struct rows *r, const struct area *a, int y, size_t shown,
			  const struct widths *w, bool focused)
{
	size_t row = r->shown[shown];
	bool here = shown == r->cursor, marked = rows_is_marked(r, r->view.rows[row]);
	enum style base = marked ? STYLE_MARKED : STYLE_PLAIN;
	int x = w->margin;

	if (here && focused) {
		base = STYLE_SELECTED;
		area_fill(a, y, 0, a->width, base);
	}
	area_put(a, y, 0, 1, base, here ? ">" : " ");
	area_put(a, y, 1, 1, base, marked ? "x" : " ");
	if (r->numbered && !marked && shown - r->first < 9)
		area_printf(a, y, 1, here && focused ? base : STYLE_DIM, "%zu",
			    shown - r->first + 1);
	for (size_t c = 0; c < w->n; c++) {
		enum style style = base;
		char out[80];
		const char *text = rows_cell(r, row, c, &style, out);

		if (base == STYLE_SELECTED)
			style = base;
		if (r->view.columns[c].right)
			area_put_right(a, y, x + w->of[c], w->of[c], style, text);
		else
			area_put(a, y, x, w->of[c], style, text);
		x += w->of[c] + GAP;
	}
}

static void rows_draw_headings(const struct rows *r, const struct area *a, const struct widths *w)
{
	int x = w->margin;

	for (size_t c = 0; c < w->n; c++) {
		const char *label = r->view.columns[c].label;

		if (r->view.columns[c].right)
			area_put_right(a, 0, x + w->of[c], w->of[c], STYLE_LABEL, label);
		else
			area_put(a, 0, x, w->of[c], STYLE_LABEL, label);
		x += w->of[c] + GAP;
	}
}

void rows_draw(struct rows *r, const struct area *a, bool focused)
{
	struct widths w;

	r->page = a->height - 1;
	if (r->view.n_columns == 0 || a->height < 2)
		return;
	rows_widths(r, a->width, &w);
	if (r->cursor < r->first)
		r->first = r->cursor;
	if (r->page > 0 && r->cursor >= r->first + (size_t)r->page)
		r->first = r->cursor - (size_t)r->page + 1;
	if (r->first + (size_t)r->page > r->n_shown)
		r->first = r->n_shown > (size_t)r->page ? r->n_shown - (size_t)r->page : 0;
	rows_draw_headings(r, a, &w);
	for (int y = 0; y < r->page && r->first + (size_t)y < r->n_shown; y++)
		rows_draw_row(r, a, y + 1, r->first + (size_t)y, &w, focused);
}
