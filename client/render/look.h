#pragma once
/*
 * How documents look on each medium: paper, sizes, spaces. Everything is in points (1/72 inch), on
 * a receipt printer too; only the roll knows how many dots a point has.
 */
#include <stdbool.h>

#include "proto/print.pb-c.h"

enum look_style {
	STYLE_NAME,   /* the issuer's name */
	STYLE_ISSUER, /* his other lines */
	STYLE_TITLE,
	STYLE_TEXT,
	STYLE_LABEL,   /* of a fact */
	STYLE_STRONG,  /* a table's title, a section, a subtotal */
	STYLE_HEADING, /* of a column */
	STYLE_CELL,
	STYLE_TOTAL,
	STYLE_CAPTION, /* beside a code */
	STYLE_SMALL,   /* foot and head of a page */
	STYLE_COPY,
	STYLES
};

struct look_font {
	double size, leading; /* leading: from one line to the next */
	bool bold;
	double grey; /* 0: black */
};

struct look {
	bool roll;             /* one page as long as the document, black only, all in one column */
	double width, height;  /* of the paper; a roll has no height */
	double left, right;    /* margins */
	double top, bottom;    /* margins, head and foot of a page included */
	double top_next;       /* the same of all pages but the first */
	double foot;           /* baseline of the page's foot, from below */
	double gap;            /* between two columns of a table */
	double pad;            /* above and below a row's lines */
	double space;          /* between parts of the document */
	double code;           /* width of a QR code */
	double hairline, rule; /* thickness of lines */
	double facts; /* where the facts begin beside an addressee, as a part of the width */
	struct look_font font[STYLES];
};

/* Static storage. */
const struct look *look_paper(Steward__PrintPaper paper);
/* 'width_dots' 384 or 576, at 203 dots an inch. */
const struct look *look_roll(unsigned width_dots);

#define LOOK_DOTS_INCH 203.0
/* A receipt longer than this has gone wrong: 40,000 dots, 5 m. */
#define LOOK_ROLL_DOTS_MAX 40000u
#define LOOK_ROLL_MOST (LOOK_ROLL_DOTS_MAX * 72 / LOOK_DOTS_INCH)

/* What pages say by themselves. 'language' NULL or unknown: English. */
struct look_words {
	const char *page;  /* format of (unsigned, unsigned) */
	const char *copy;  /* format of (unsigned) */
	const char *pango; /* the language as Pango knows it */
};
const struct look_words *look_words(const char *language);
