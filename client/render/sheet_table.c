#include "client/render/sheet.h"

#include <math.h>
#include <string.h>

/* A column of words may be asked to break them where they would take more of the table than this.
 */
#define WORD_PART 0.4
/* Below this part of the width the first column's text would become a ribbon. */
#define RIBBON_PART 0.3
/* How far the cells of a stacked row stand to the right. */
#define STACK_INDENT 8

/* A text of a row and where it stands. */
struct cell {
	const char *text;
	double x, width;
	enum type_align align;
	bool below;    /* in the second storey of a stacked row */
	unsigned drop; /* lines that it stands lower: headings stand on their line */
};

static enum type_align table_align(const struct sheet_table *t, size_t column)
{
	switch (t->table->columns[column]->align) {
	case STEWARD__PRINT_ALIGN__RIGHT:
		return TYPE_RIGHT;
	case STEWARD__PRINT_ALIGN__CENTRE:
		return TYPE_CENTRE;
	default:
		return TYPE_LEFT;
	}
}

static enum look_style table_style(const Steward__PrintRow *row)
{
	switch (row->kind) {
	case STEWARD__PRINT_ROW_KIND__SECTION:
	case STEWARD__PRINT_ROW_KIND__SUBTOTAL:
		return STYLE_STRONG;
	case STEWARD__PRINT_ROW_KIND__TOTAL:
		return STYLE_TOTAL;
	default:
		return STYLE_CELL;
	}
}

static bool row_is_sum(const Steward__PrintRow *row)
{
	return row->kind == STEWARD__PRINT_ROW_KIND__SUBTOTAL ||
	       row->kind == STEWARD__PRINT_ROW_KIND__TOTAL;
}

static const char *row_cell(const Steward__PrintRow *row, size_t i)
{
	return i < row->n_cells ? row->cells[i] : "";
}

/* The text of a sum or section runs on over the empty cells behind it. */
static size_t row_span(const struct sheet_table *t, const Steward__PrintRow *row, size_t i)
{
	size_t n = 1;

	if (row->kind == STEWARD__PRINT_ROW_KIND__ITEM || table_align(t, i) != TYPE_LEFT)
		return 1;
	while (i + n < t->n && row_cell(row, i + n)[0] == 0)
		n++;
	return n;
}

static void measure_text(const struct sheet *s, enum look_style style, enum type_align align,
			 const char *text, struct column *c)
{
	double all, word, most;

	if (text[0] == 0)
		return;
	all = type_width(s->type, style, text);
	c->natural = fmax(c->natural, all);
	most = align == TYPE_LEFT ? WORD_PART * s->width : all;
	/* Most texts make no difference, and words are dear to find. */
	if (fmin(all, most) <= c->least)
		return;
	word = align == TYPE_LEFT ? type_word(s->type, style, text) : all;
	c->least = fmax(c->least, fmin(word, most));
}

static void table_measure(const struct sheet *s, struct sheet_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const Steward__PrintColumn *c = t->table->columns[i];

		t->columns[i] = (struct column){ .weight = c->weight };
		t->columns[i].least = type_word(s->type, STYLE_HEADING, c->heading);
		t->columns[i].natural = type_width(s->type, STYLE_HEADING, c->heading);
	}
	for (size_t r = 0; r < t->table->n_rows; r++) {
		const Steward__PrintRow *row = t->table->rows[r];

		for (size_t i = 0; i < t->n; i++)
			if (row_span(t, row, i) == 1)
				measure_text(s, table_style(row), table_align(t, i),
					     row_cell(row, i), &t->columns[i]);
	}
}

/* Widths of columns [from, n) from 'x' on. */
static void table_place(const struct sheet *s, struct sheet_table *t, size_t from, double x)
{
	double gaps = (double)(t->n - from - 1) * s->look->gap;

	columns_fit(t->columns + from, t->n - from, s->width - x - gaps);
	for (size_t i = from; i < t->n; i++) {
		t->x[i] = x;
		x += t->columns[i].width + s->look->gap;
	}
}

static bool table_is_cramped(const struct sheet *s, const struct sheet_table *t)
{
	double least = 0;

	for (size_t i = 0; i < t->n; i++)
		least += t->columns[i].least;
	least += (double)(t->n - 1) * s->look->gap;
	return least > s->width || (t->columns[0].natural > t->columns[0].width &&
				    t->columns[0].width < RIBBON_PART * s->width);
}

static bool table_has_headings(const struct sheet_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->table->columns[i]->heading != NULL && t->table->columns[i]->heading[0] != 0)
			return true;
	return false;
}

void table_fit(const struct sheet *s, struct sheet_table *t)
{
	t->n = t->table->n_columns;
	table_measure(s, t);
	table_place(s, t, 0, 0);
	if (s->look->roll && t->n >= 3 && table_align(t, 0) == TYPE_LEFT &&
	    table_is_cramped(s, t)) {
		t->stacked = true;
		t->x[0] = 0;
		t->columns[0].width = s->width;
		table_place(s, t, 1, STACK_INDENT);
	}
	if (table_has_headings(t)) {
		struct flow_item head = table_head_item(s, t);

		t->head = flow_item_height(&head);
	}
}

/* Sums, and rows that have only one thing to say of what their first cell names. */
static bool row_is_line(const Steward__PrintRow *row)
{
	size_t given = 0;

	for (size_t i = 1; i < row->n_cells; i++)
		given += row->cells[i][0] != 0;
	return row_is_sum(row) || given <= 1;
}

/* Such a row of a stacked table: the first cell, and the last thing it has on the same line. */
static size_t row_line_cells(const struct sheet *s, const Steward__PrintRow *row, struct cell *ret)
{
	size_t last = row->n_cells;
	double right;

	while (last > 1 && row->cells[last - 1][0] == 0)
		last--;
	ret[0] = (struct cell){ row_cell(row, 0), 0, s->width, TYPE_LEFT, false, 0 };
	if (last <= 1)
		return 1;
	right = type_width(s->type, table_style(row), row->cells[last - 1]);
	right = fmin(right, 0.6 * s->width);
	ret[0].width = s->width - right - s->look->gap;
	ret[1] = (struct cell){
		row->cells[last - 1], s->width - right, right, TYPE_RIGHT, false, 0
	};
	return 2;
}

static size_t row_cells(const struct sheet *s, const struct sheet_table *t,
			const Steward__PrintRow *row, struct cell ret[COLUMNS_MAX])
{
	size_t n = 0;

	if (t->stacked && row_is_line(row))
		return row_line_cells(s, row, ret);
	for (size_t i = 0; i < t->n; i++) {
		size_t last = i + row_span(t, row, i) - 1;
		double width = t->x[last] + t->columns[last].width - t->x[i];

		ret[n++] = (struct cell){ row_cell(row, i),
					  t->x[i],
					  t->stacked && i == 0 ? s->width : width,
					  table_align(t, i),
					  t->stacked && i > 0,
					  0 };
		i = last;
	}
	return n;
}

static size_t head_cells(const struct sheet *s, const struct sheet_table *t,
			 struct cell ret[COLUMNS_MAX])
{
	for (size_t i = 0; i < t->n; i++) {
		const char *heading = t->table->columns[i]->heading;

		ret[i] = (struct cell){ heading != NULL ? heading : "",
					t->x[i],
					t->columns[i].width,
					table_align(t, i),
					t->stacked && i > 0,
					0 };
	}
	return t->n;
}

/* Lines of the cells in one storey. */
static unsigned cells_lines(const struct sheet *s, enum look_style style, const struct cell *cells,
			    size_t n, bool below)
{
	unsigned most = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned lines = cells[i].below == below
					 ? type_lines(s->type, style, cells[i].text, cells[i].width)
					 : 0;

		most = lines > most ? lines : most;
	}
	return most;
}

/* Draws lines [first, first + lines) of a row whose first of these lines begins at y. */
static void cells_draw(const struct sheet *s, cairo_t *cr, enum look_style style,
		       const struct cell *cells, size_t n, const struct flow_piece *p, double y)
{
	double leading = s->look->font[style].leading;
	unsigned upper = n > 0 && cells[n - 1].below ? cells_lines(s, style, cells, n, false) : 0;
	unsigned end = p->first + p->lines;

	for (size_t i = 0; i < n; i++) {
		unsigned storey = cells[i].below ? upper : 0;
		unsigned from = p->first > storey ? p->first - storey : 0;
		struct type_place at = { cells[i].x, y, cells[i].width, cells[i].align, from, 0 };

		if (end <= storey + from)
			continue;
		at.n = end - storey - from;
		at.y += (cells[i].drop + storey + from - p->first) * leading;
		type_draw(s->type, cr, style, cells[i].text, &at);
	}
}

static struct flow_item cells_item(const struct sheet *s, enum look_style style,
				   const struct cell *cells, size_t n)
{
	unsigned lines = cells_lines(s, style, cells, n, false) +
			 cells_lines(s, style, cells, n, true);

	return (struct flow_item){ .top = s->look->pad,
				   .line = s->look->font[style].leading,
				   .bottom = s->look->pad,
				   .lines = lines > 0 ? lines : 1 };
}

/* Above a row's first line. */
static double row_top(const struct sheet *s, const Steward__PrintRow *r, size_t row)
{
	if (r->kind == STEWARD__PRINT_ROW_KIND__SECTION && row > 0)
		return 3 * s->look->pad;
	return r->kind == STEWARD__PRINT_ROW_KIND__TOTAL ? 1.5 * s->look->pad : s->look->pad;
}

struct flow_item table_row_item(const struct sheet *s, const struct sheet_table *t, size_t row)
{
	const Steward__PrintRow *r = t->table->rows[row];
	const Steward__PrintRow *next = row + 1 < t->table->n_rows ? t->table->rows[row + 1] : NULL;
	struct cell cells[COLUMNS_MAX];
	size_t n = row_cells(s, t, r, cells);
	struct flow_item item = cells_item(s, table_style(r), cells, n);

	item.top = row_top(s, r, row);
	if (r->kind == STEWARD__PRINT_ROW_KIND__TOTAL)
		item.bottom += s->look->pad / 2;
	item.keep_next = next != NULL &&
			 (r->kind == STEWARD__PRINT_ROW_KIND__SECTION || row_is_sum(next));
	item.head = t->head;
	return item;
}

struct flow_item table_head_item(const struct sheet *s, const struct sheet_table *t)
{
	struct cell cells[COLUMNS_MAX];
	size_t n = head_cells(s, t, cells);
	struct flow_item item = cells_item(s, STYLE_HEADING, cells, n);

	item.keep_next = true;
	return item;
}

static void row_draw_lines(const struct sheet *s, cairo_t *cr, const struct sheet_table *t,
			   size_t row, const struct flow_piece *p, double top)
{
	const Steward__PrintRow *r = t->table->rows[row];
	const Steward__PrintRow *next = row + 1 < t->table->n_rows ? t->table->rows[row + 1] : NULL;
	/* These bring their own line or space. */
	bool ends = next != NULL &&
		    (row_is_sum(next) || next->kind == STEWARD__PRINT_ROW_KIND__SECTION);

	if (r->kind == STEWARD__PRINT_ROW_KIND__TOTAL && p->first == 0)
		sheet_line(s, cr, top, s->look->rule, 0);
	else if (r->kind == STEWARD__PRINT_ROW_KIND__SUBTOTAL && p->first == 0)
		sheet_line(s, cr, top, s->look->hairline, 0);
	else if (r->kind == STEWARD__PRINT_ROW_KIND__ITEM && !ends && !s->look->roll)
		sheet_line(s, cr, top + p->height, s->look->hairline, 0.75);
}

void table_draw_row(const struct sheet *s, cairo_t *cr, const struct sheet_table *t, size_t row,
		    const struct flow_piece *p, double top)
{
	const Steward__PrintRow *r = t->table->rows[row];
	struct cell cells[COLUMNS_MAX];
	size_t n = row_cells(s, t, r, cells);

	row_draw_lines(s, cr, t, row, p, top);
	cells_draw(s, cr, table_style(r), cells, n, p, top + row_top(s, r, row));
}

void table_draw_head(const struct sheet *s, cairo_t *cr, const struct sheet_table *t, double y)
{
	struct flow_item item = table_head_item(s, t);
	struct flow_piece all = { .lines = item.lines };
	struct cell cells[COLUMNS_MAX];
	size_t n = head_cells(s, t, cells);

	for (size_t i = 0; i < n && !t->stacked; i++)
		if (cells[i].text[0] != 0)
			cells[i].drop = item.lines - type_lines(s->type, STYLE_HEADING,
								cells[i].text, cells[i].width);
	cells_draw(s, cr, STYLE_HEADING, cells, n, &all, y + item.top);
	sheet_line(s, cr, y + flow_item_height(&item), s->look->rule * 0.8, 0);
}
