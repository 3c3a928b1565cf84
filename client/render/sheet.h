#pragma once
/*
 * A document laid out for a medium: blocks, where each of them stands, and drawing a page of it.
 *
 *   sheet_make() -> sheet_draw() for each page -> sheet_fini()
 *
 * Only heights are kept between making and drawing, so a sheet is small whatever it says; its text
 * is set again when its page is drawn.
 */
#include <cairo.h>

#include "client/render/code.h"
#include "client/render/columns.h"
#include "client/render/flow.h"
#include "client/render/look.h"
#include "client/render/type.h"
#include "proto/print.pb-c.h"

enum block_kind {
	BLOCK_COPY, /* of a roll */
	BLOCK_ISSUER,
	BLOCK_TITLE,
	BLOCK_PARTIES, /* addressee and facts side by side, of a paper */
	BLOCK_LINE,    /* of an addressee, of a roll */
	BLOCK_FACT,    /* of a roll */
	BLOCK_PARAGRAPH,
	BLOCK_TABLE_TITLE,
	BLOCK_TABLE_HEAD,
	BLOCK_ROW,
	BLOCK_CODE,
	BLOCK_FOOTER, /* of a roll */
};

struct block {
	uint8_t kind; /* enum block_kind */
	uint8_t table;
	uint32_t index;   /* row, fact, line */
	const char *text; /* of a paragraph, line, title */
};

struct sheet_table {
	const Steward__PrintTable *table;
	struct column columns[COLUMNS_MAX];
	double x[COLUMNS_MAX];
	size_t n;
	bool stacked; /* too narrow: the first cell stands above the others */
	double head;  /* height of the heading; 0: no column has one */
};

struct sheet {
	const Steward__PrintDocument *doc;
	const struct look *look;
	const struct look_words *words;
	struct type *type;
	struct arena *mem;
	struct code *code;
	struct block *blocks;
	struct flow_item *items; /* of the blocks */
	size_t n;
	struct sheet_table *tables;
	double width;        /* of the text */
	double height, most; /* of all blocks so far; more are not needed to refuse them */
	double foot;         /* what the foot's further lines take */
	double facts, label; /* of a paper: x of the facts, width of their labels */
	struct flow flow;
};

/*
 * 'doc' is checked already (input.h) and borrowed, as is all else; what is made lives in 'mem'.
 * Errors name the field. sheet_fini() is due whatever it returns.
 */
enum st_code sheet_make(struct sheet *s, const Steward__PrintDocument *doc, const struct look *look,
			struct type *type, unsigned pages_max, struct arena *mem,
			struct st_err *err) ST_MUSTCHECK;
void sheet_fini(struct sheet *s);
/* Of a roll: how long it is, in points. */
double sheet_length(const struct sheet *s);
/* Draws a page (from 0), of it no more than the clip lets through. */
void sheet_draw(const struct sheet *s, cairo_t *cr, unsigned page);

/* Of the width, what the foot's own text takes. */
#define FOOT_PART 0.7
/* sheet.c: of a roll, what a fact's label takes, the gap behind it included. */
double sheet_roll_label(const struct sheet *s, const Steward__PrintFact *f);
/* What stands across each page, in frames of a roll: "DRAFT", "COPY 2", "VOID · COPY 2". False:
 * nothing. */
#define SHEET_MARK 180
bool sheet_mark(const struct sheet *s, char out[SHEET_MARK]);
/* sheet_table.c: for sheet.c and sheet_draw.c only. */
/* Measures the columns. */
void table_fit(const struct sheet *s, struct sheet_table *t);
/* Heights of a row and of the heading. */
struct flow_item table_row_item(const struct sheet *s, const struct sheet_table *t, size_t row);
struct flow_item table_head_item(const struct sheet *s, const struct sheet_table *t);
void table_draw_row(const struct sheet *s, cairo_t *cr, const struct sheet_table *t, size_t row,
		    const struct flow_piece *p, double top);
/* 'y': of its top. */
void table_draw_head(const struct sheet *s, cairo_t *cr, const struct sheet_table *t, double y);
/* A line over the width of the text, in the look's grey or black. */
void sheet_line(const struct sheet *s, cairo_t *cr, double y, double thickness, double grey);
