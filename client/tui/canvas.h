#pragma once
/*
 * A sheet of character cells. All screens draw into one; tty.c puts it on the terminal, tests
 * compare it as text. Widths are columns of the terminal: a Chinese character takes two.
 *
 * Drawing goes through an area, a rectangle of the sheet with its own origin: nothing gets outside.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/tui/style.h"
#include "common/arena.h"

#define CELL_BYTES 20 /* a character with what combines with it */

/* Lines are no characters: terminals have their own, of one column each. */
enum cell_line {
	CELL_TEXT,
	CELL_HLINE,
	CELL_VLINE,
	CELL_UPPER_LEFT,
	CELL_UPPER_RIGHT,
	CELL_LOWER_LEFT,
	CELL_LOWER_RIGHT,
};

struct cell {
	char text[CELL_BYTES]; /* UTF-8; "" where a wide one on the left reaches into it */
	uint8_t style;         /* enum style */
	uint8_t line;          /* enum cell_line */
};

struct canvas {
	int height, width;
	struct cell *cells;
	int cursor_y, cursor_x; /* where somebody types; -1: nowhere */
};

struct area {
	struct canvas *canvas;
	int y, x, height, width;
};

/* Blank, in 'mem'. False: no memory. */
bool canvas_init(struct canvas *c, int height, int width, struct arena *mem);
void canvas_clear(struct canvas *c);
struct area canvas_area(struct canvas *c);
/* As tests and reports see it: lines ended by \n, without blanks at their ends. NULL: no memory. */
const char *canvas_text(const struct canvas *c, struct arena *mem);

/* A part of an area; cut to what there is. */
struct area area_part(const struct area *a, int y, int x, int height, int width);
/* Writes 'text' from column x on, to at most 'width' columns (-1: to the end of the area), a ~
 * where something was cut off. Control characters are shown as blanks. Returns the columns taken.
 */
int area_put(const struct area *a, int y, int x, int width, enum style style, const char *text);
int area_printf(const struct area *a, int y, int x, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* The same, ending at column 'end' (not included). */
int area_put_right(const struct area *a, int y, int end, int width, enum style style,
		   const char *text);
/* One cell as it is: for editors, which have their own. */
void area_cell(const struct area *a, int y, int x, enum style style, const char *text, int columns);
void area_fill(const struct area *a, int y, int x, int width, enum style style);
/* Changes the style of what stands there. */
void area_style(const struct area *a, int y, int x, int width, enum style style);
void area_cursor(const struct area *a, int y, int x);
/* A frame with a title around the whole area; returns what is inside. */
struct area area_frame(const struct area *a, enum style style, const char *title);
/* Text broken into lines of the area's width from line y on; returns the lines taken. With
 * a->height 0 nothing is drawn, only counted. */
int area_wrap(const struct area *a, int y, enum style style, const char *text);
