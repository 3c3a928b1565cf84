#include "client/render/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The mark of a copy takes this much of the page's diagonal. */
#define COPY_PART 0.62

void sheet_line(const struct sheet *s, cairo_t *cr, double y, double thickness, double grey)
{
	if (s->look->roll)
		grey = 0;
	cairo_set_source_rgb(cr, grey, grey, grey);
	cairo_rectangle(cr, 0, y - thickness / 2, s->width, thickness);
	cairo_fill(cr);
}

/* A whole text at (x, y); returns the y below it. */
static double draw_text(const struct sheet *s, cairo_t *cr, enum look_style style, const char *text,
			double x, double y, double width, enum type_align align)
{
	unsigned n = type_lines(s->type, style, text, width);
	struct type_place at = { x, y, width, align, 0, n };

	type_draw(s->type, cr, style, text, &at);
	return y + n * s->look->font[style].leading;
}

static void draw_issuer(const struct sheet *s, cairo_t *cr, double y)
{
	enum type_align align = s->look->roll ? TYPE_CENTRE : TYPE_LEFT;
	const Steward__PrintDocument *d = s->doc;

	for (size_t i = 0; i < d->n_issuer; i++)
		y = draw_text(s, cr, i == 0 ? STYLE_NAME : STYLE_ISSUER, d->issuer[i], 0, y,
			      s->width, align);
	if (!s->look->roll)
		sheet_line(s, cr, y + s->look->space / 2, s->look->hairline, 0.4);
}

static double draw_fact(const struct sheet *s, cairo_t *cr, const Steward__PrintFact *f, double y,
			enum type_align align)
{
	double label = s->look->roll ? sheet_roll_label(s, f) : s->label;
	double value_x = s->facts + label;
	double below = draw_text(s, cr, STYLE_LABEL, f->label, s->facts, y, label - s->look->gap,
				 TYPE_LEFT);

	return fmax(below,
		    draw_text(s, cr, STYLE_TEXT, f->value, value_x, y, s->width - value_x, align));
}

static void draw_parties(const struct sheet *s, cairo_t *cr, double y)
{
	const Steward__PrintDocument *d = s->doc;
	double width = d->n_facts > 0 ? s->facts - s->look->gap : s->width, at = y;

	for (size_t i = 0; i < d->n_addressee; i++)
		at = draw_text(s, cr, STYLE_TEXT, d->addressee[i], 0, at, width, TYPE_LEFT);
	for (size_t i = 0; i < d->n_facts; i++)
		y = draw_fact(s, cr, d->facts[i], y, TYPE_LEFT);
}

static void draw_code(const struct sheet *s, cairo_t *cr, double y)
{
	const char *caption = s->doc->code->caption;
	double size = s->look->code, beside = size + s->look->gap, height;

	if (s->look->roll) {
		code_draw(s->code, cr, (s->width - size) / 2, y + s->look->space / 2, size);
		(void)draw_text(s, cr, STYLE_CAPTION, caption, 0, y + size + s->look->space,
				s->width, TYPE_CENTRE);
		return;
	}
	height = type_height(s->type, STYLE_CAPTION, caption, s->width - beside);
	code_draw(s->code, cr, 0, y, size);
	(void)draw_text(s, cr, STYLE_CAPTION, caption, beside, y + fmax(0, (size - height) / 2),
			s->width - beside, TYPE_LEFT);
}

/* A roll is printed in black only: its mark is a frame around the words. */
static void draw_roll_copy(const struct sheet *s, cairo_t *cr, double y)
{
	double rule = s->look->rule;
	char text[SHEET_MARK];

	(void)sheet_mark(s, text);
	(void)draw_text(s, cr, STYLE_COPY, text, 0, y, s->width, TYPE_CENTRE);
	cairo_set_line_width(cr, rule);
	cairo_rectangle(cr, rule / 2, y + rule / 2, s->width - rule,
			s->look->font[STYLE_COPY].leading - rule);
	cairo_stroke(cr);
}

static void draw_lines(const struct sheet *s, cairo_t *cr, enum look_style style, const char *text,
		       const struct flow_piece *p, double y, enum type_align align)
{
	struct type_place at = { 0, y, s->width, align, p->first, p->lines };

	type_draw(s->type, cr, style, text, &at);
}

/* 'y': of the piece's top, paddings included. */
static void draw_piece(const struct sheet *s, cairo_t *cr, const struct flow_piece *p, double y)
{
	const struct block *b = &s->blocks[p->item];
	enum type_align middle = s->look->roll ? TYPE_CENTRE : TYPE_LEFT;

	switch ((enum block_kind)b->kind) {
	case BLOCK_COPY:
		draw_roll_copy(s, cr, y);
		break;
	case BLOCK_ISSUER:
		draw_issuer(s, cr, y);
		break;
	case BLOCK_TITLE:
		draw_lines(s, cr, STYLE_TITLE, b->text, p, y, middle);
		break;
	case BLOCK_PARTIES:
		draw_parties(s, cr, y);
		break;
	case BLOCK_FACT:
		(void)draw_fact(s, cr, s->doc->facts[b->index], y, TYPE_RIGHT);
		break;
	case BLOCK_LINE:
	case BLOCK_PARAGRAPH:
		draw_lines(s, cr, STYLE_TEXT, b->text, p, y, TYPE_LEFT);
		break;
	case BLOCK_TABLE_TITLE:
		draw_lines(s, cr, STYLE_STRONG, b->text, p, y, TYPE_LEFT);
		break;
	case BLOCK_TABLE_HEAD:
		table_draw_head(s, cr, &s->tables[b->table], y);
		break;
	case BLOCK_ROW:
		table_draw_row(s, cr, &s->tables[b->table], b->index, p, y);
		break;
	case BLOCK_CODE:
		draw_code(s, cr, y);
		break;
	case BLOCK_FOOTER:
		draw_lines(s, cr, STYLE_SMALL, b->text, p, y, TYPE_CENTRE);
		break;
	}
}

/* Under everything else, from the lower left to the upper right. */
static void draw_copy(const struct sheet *s, cairo_t *cr)
{
	double across = hypot(s->look->width, s->look->height) * COPY_PART, width, scale;
	struct type_place at = { 0, 0, 0, TYPE_LEFT, 0, 1 };
	char text[SHEET_MARK];

	if (!sheet_mark(s, text))
		return;
	width = type_width(s->type, STYLE_COPY, text);
	scale = across / width < 1.6 ? across / width : 1.6;
	cairo_save(cr);
	cairo_translate(cr, s->look->width / 2, s->look->height / 2);
	cairo_rotate(cr, -atan2(s->look->height, s->look->width));
	cairo_scale(cr, scale, scale);
	at.x = -width / 2;
	at.y = -s->look->font[STYLE_COPY].leading / 2;
	at.width = width + 1;
	type_draw(s->type, cr, STYLE_COPY, text, &at);
	cairo_restore(cr);
}

/* Each page says of what it is a page. */
static void draw_running_head(const struct sheet *s, cairo_t *cr)
{
	const Steward__PrintDocument *d = s->doc;
	double leading = s->look->font[STYLE_SMALL].leading, half = s->width / 2 - s->look->gap;
	struct type_place at = { 0, s->look->top - leading, half, TYPE_LEFT, 0, 1 };

	type_draw(s->type, cr, STYLE_SMALL, d->title, &at);
	if (d->n_facts > 0) {
		at.align = TYPE_RIGHT;
		at.x = s->width - half;
		type_draw(s->type, cr, STYLE_SMALL, d->facts[0]->value, &at);
	}
	sheet_line(s, cr, s->look->top + 3, s->look->hairline, 0.4);
}

static void draw_foot(const struct sheet *s, cairo_t *cr, unsigned page)
{
	double leading = s->look->font[STYLE_SMALL].leading;
	double y = s->look->height - s->look->foot - leading - s->foot;
	char text[SHEET_MARK + 80] = "";
	size_t used = 0;

	sheet_line(s, cr, y - 4, s->look->hairline, 0.4);
	(void)draw_text(s, cr, STYLE_SMALL, s->doc->footer, 0, y, s->width * FOOT_PART, TYPE_LEFT);
	/* Here too, where a machine finds it. */
	if (sheet_mark(s, text)) {
		used = strlen(text);
		used += (size_t)snprintf(text + used, sizeof(text) - used, " · ");
	}
	(void)snprintf(text + used, sizeof(text) - used, s->words->page, page + 1, s->flow.pages);
	(void)draw_text(s, cr, STYLE_SMALL, text, s->width * FOOT_PART + s->look->gap, y,
			s->width * (1 - FOOT_PART) - s->look->gap, TYPE_RIGHT);
}

/* The first piece of a page, or all there are: pieces stand in the order of pages. */
static size_t draw_first_piece(const struct sheet *s, unsigned page)
{
	size_t low = 0, high = s->flow.n_pieces;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->flow.pieces[middle].page < page)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void draw_pieces(const struct sheet *s, cairo_t *cr, unsigned page)
{
	double top = page == 0 ? s->look->top : s->look->top_next, x1, y1, x2, y2;

	cairo_clip_extents(cr, &x1, &y1, &x2, &y2);
	for (size_t i = draw_first_piece(s, page); i < s->flow.n_pieces; i++) {
		const struct flow_piece *p = &s->flow.pieces[i];
		const struct sheet_table *t = &s->tables[s->blocks[p->item].table];
		double y = top + p->y, head = p->head ? t->head : 0;

		/* A little more than the piece: lines stand on its edge. */
		if (p->page != page || y - head - 2 > y2)
			return;
		if (y + p->height + 2 < y1)
			continue;
		if (p->head)
			table_draw_head(s, cr, t, y - head);
		draw_piece(s, cr, p, y);
	}
}

void sheet_draw(const struct sheet *s, cairo_t *cr, unsigned page)
{
	type_use(s->type, s->look, s->words->pango);
	if (!s->look->roll)
		draw_copy(s, cr);
	cairo_save(cr);
	cairo_translate(cr, s->look->left, 0);
	if (!s->look->roll && page > 0)
		draw_running_head(s, cr);
	if (!s->look->roll)
		draw_foot(s, cr, page);
	draw_pieces(s, cr, page);
	cairo_restore(cr);
}
