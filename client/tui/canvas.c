#include "client/tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

bool canvas_init(struct canvas *c, int height, int width, struct arena *mem)
{
	*c = (struct canvas){ .height = height, .width = width };
	c->cells = arena_array(mem, struct cell, (size_t)height * (size_t)width);
	if (c->cells == NULL)
		return false;
	canvas_clear(c);
	return true;
}

static struct cell *canvas_at(const struct canvas *c, int y, int x)
{
	return &c->cells[(size_t)y * (size_t)c->width + (size_t)x];
}

void canvas_clear(struct canvas *c)
{
	c->cursor_y = c->cursor_x = -1;
	for (int y = 0; y < c->height; y++)
		for (int x = 0; x < c->width; x++)
			*canvas_at(c, y, x) = (struct cell){ .text = " " };
}

struct area canvas_area(struct canvas *c)
{
	return (struct area){ c, 0, 0, c->height, c->width };
}

static const char *cell_shown(const struct cell *cell)
{
	static const char *const lines[] = { NULL, "-", "|", "+", "+", "+", "+" };

	return cell->line == CELL_TEXT ? cell->text : lines[cell->line];
}

const char *canvas_text(const struct canvas *c, struct arena *mem)
{
	size_t size = (size_t)c->height * ((size_t)c->width * CELL_BYTES + 1) + 1;
	char *out = arena_alloc(mem, size), *to = out;

	for (int y = 0; out != NULL && y < c->height; y++) {
		char *end = to;

		for (int x = 0; x < c->width; x++) {
			const char *s = cell_shown(canvas_at(c, y, x));

			to = stpcpy(to, s);
			end = strcmp(s, " ") != 0 ? to : end;
		}
		to = end;
		*to++ = '\n';
	}
	if (out != NULL)
		*to = '\0';
	return out;
}

struct area area_part(const struct area *a, int y, int x, int height, int width)
{
	struct area part = { a->canvas, a->y + y, a->x + x, height, width };

	if (y + height > a->height)
		part.height = a->height - y;
	if (x + width > a->width)
		part.width = a->width - x;
	if (part.height < 0)
		part.height = 0;
	if (part.width < 0)
		part.width = 0;
	return part;
}

static struct cell *area_at(const struct area *a, int y, int x)
{
	if (y < 0 || x < 0 || y >= a->height || x >= a->width || a->y + y >= a->canvas->height ||
	    a->x + x >= a->canvas->width || a->y + y < 0 || a->x + x < 0)
		return NULL;
	return canvas_at(a->canvas, a->y + y, a->x + x);
}

static void cell_blank(struct cell *cell)
{
	(void)snprintf(cell->text, sizeof(cell->text), " ");
}

/* A wide character that loses a half loses the other one too. */
static void area_break(const struct area *a, int y, int x)
{
	struct cell *cell = area_at(a, y, x);
	struct cell *left = area_at(a, y, x - 1), *right = area_at(a, y, x + 1);

	if (cell == NULL)
		return;
	if (cell->text[0] == '\0' && cell->line == CELL_TEXT && left != NULL)
		cell_blank(left);
	if (right != NULL && right->text[0] == '\0' && right->line == CELL_TEXT)
		cell_blank(right);
}

void area_cell(const struct area *a, int y, int x, enum style style, const char *text, int columns)
{
	struct cell *cell = area_at(a, y, x), *next = area_at(a, y, x + 1);

	if (cell == NULL)
		return;
	area_break(a, y, x);
	*cell = (struct cell){ .style = (uint8_t)style };
	if (columns == 2 && next == NULL) {
		cell_blank(cell);
		return;
	}
	(void)snprintf(cell->text, sizeof(cell->text), "%s", text);
	if (columns == 2) {
		area_break(a, y, x + 1);
		*next = (struct cell){ .style = (uint8_t)style };
	}
}

/* One character: its bytes, its columns. What cannot be shown becomes a blank. */
static size_t glyph_next(const char *s, char out[CELL_BYTES], int *ret_columns)
{
	mbstate_t state = { 0 };
	wchar_t wc;
	size_t n = mbrtowc(&wc, s, strlen(s), &state);
	int columns;

	*ret_columns = 1;
	(void)snprintf(out, CELL_BYTES, " ");
	if (n == 0 || n == (size_t)-1 || n == (size_t)-2) {
		(void)snprintf(out, CELL_BYTES, "?");
		return 1;
	}
	columns = wcwidth(wc);
	if (columns < 0)
		return n;
	*ret_columns = columns;
	memcpy(out, s, n);
	out[n] = '\0';
	return n;
}

static int text_columns(const char *s)
{
	char glyph[CELL_BYTES];
	int all = 0, columns;

	while (*s != '\0') {
		s += glyph_next(s, glyph, &columns);
		all += columns;
	}
	return all;
}

int area_put(const struct area *a, int y, int x, int width, enum style style, const char *text)
{
	int most = a->width - x, at = 0;
	char glyph[CELL_BYTES];
	bool cut;

	if (width >= 0 && width < most)
		most = width;
	if (most <= 0 || y < 0 || y >= a->height)
		return 0;
	cut = text_columns(text) > most;
	while (*text != '\0') {
		struct cell *before = at > 0 ? area_at(a, y, x + at - 1) : NULL;
		int columns;

		text += glyph_next(text, glyph, &columns);
		if (columns == 0) {
			if (before != NULL && before->text[0] == '\0' && at > 1)
				before = area_at(a, y, x + at - 2);
			if (before != NULL && strlen(before->text) + strlen(glyph) < CELL_BYTES)
				(void)strcat(before->text, glyph);
			continue;
		}
		if (at + columns > most - (cut ? 1 : 0)) {
			area_cell(a, y, x + at, style, "~", 1);
			return at + 1;
		}
		area_cell(a, y, x + at, style, glyph, columns);
		at += columns;
	}
	return at;
}

int area_printf(const struct area *a, int y, int x, enum style style, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return area_put(a, y, x, -1, style, text);
}

int area_put_right(const struct area *a, int y, int end, int width, enum style style,
		   const char *text)
{
	int columns = text_columns(text);

	if (width >= 0 && columns > width)
		columns = width;
	return area_put(a, y, end - columns, columns, style, text);
}

void area_fill(const struct area *a, int y, int x, int width, enum style style)
{
	for (int i = 0; i < width; i++)
		area_cell(a, y, x + i, style, " ", 1);
}

void area_style(const struct area *a, int y, int x, int width, enum style style)
{
	for (int i = 0; i < width; i++) {
		struct cell *cell = area_at(a, y, x + i);

		if (cell != NULL)
			cell->style = (uint8_t)style;
	}
}

void area_cursor(const struct area *a, int y, int x)
{
	if (area_at(a, y, x) == NULL)
		return;
	a->canvas->cursor_y = a->y + y;
	a->canvas->cursor_x = a->x + x;
}

static void area_line(const struct area *a, int y, int x, enum style style, enum cell_line line)
{
	struct cell *cell = area_at(a, y, x);

	if (cell == NULL)
		return;
	area_break(a, y, x);
	*cell = (struct cell){ .style = (uint8_t)style, .line = (uint8_t)line };
}

struct area area_frame(const struct area *a, enum style style, const char *title)
{
	int bottom = a->height - 1, right = a->width - 1;

	for (int x = 1; x < right; x++) {
		area_line(a, 0, x, style, CELL_HLINE);
		area_line(a, bottom, x, style, CELL_HLINE);
	}
	for (int y = 1; y < bottom; y++) {
		area_line(a, y, 0, style, CELL_VLINE);
		area_line(a, y, right, style, CELL_VLINE);
	}
	area_line(a, 0, 0, style, CELL_UPPER_LEFT);
	area_line(a, 0, right, style, CELL_UPPER_RIGHT);
	area_line(a, bottom, 0, style, CELL_LOWER_LEFT);
	area_line(a, bottom, right, style, CELL_LOWER_RIGHT);
	if (title != NULL && title[0] != '\0' && a->width > 6) {
		int n = area_put(a, 0, 3, a->width - 6, STYLE_TITLE, title);

		area_put(a, 0, 2, 1, style, "[");
		area_put(a, 0, 3 + n, 1, style, "]");
	}
	return area_part(a, 1, 1, a->height - 2, a->width - 2);
}

/* How many bytes of 's' go on a line of 'width' columns: to the last blank, else as many as fit. */
static size_t wrap_bytes(const char *s, int width, size_t *ret_skip)
{
	size_t at = 0, blank = 0;
	int columns, all = 0;
	char glyph[CELL_BYTES];

	*ret_skip = 0;
	while (s[at] != '\0' && s[at] != '\n') {
		size_t n = glyph_next(s + at, glyph, &columns);

		if (s[at] == ' ')
			blank = at;
		if (all + columns > width)
			break;
		all += columns;
		at += n;
	}
	if (s[at] == '\0')
		return at;
	if (s[at] == '\n') {
		*ret_skip = 1;
		return at;
	}
	if (s[at] == ' ' || blank > 0) {
		*ret_skip = 1;
		return s[at] == ' ' ? at : blank;
	}
	return at > 0 ? at : glyph_next(s, glyph, &columns);
}

int area_wrap(const struct area *a, int y, enum style style, const char *text)
{
	int lines = 0;

	if (a->width <= 0)
		return 0;
	do {
		size_t skip, n = wrap_bytes(text, a->width, &skip);
		char line[2000];

		(void)snprintf(line, sizeof(line), "%.*s", (int)n, text);
		(void)area_put(a, y + lines, 0, -1, style, line);
		text += n + skip;
		lines++;
	} while (*text != '\0');
	return lines;
}
