#include "client/look/chart.h"

#include <stdlib.h>
#include <string.h>

#include "client/look/text.h"

#define UTF8_BYTES 3 /* of a Braille pattern */
#define CELLS_MIN 8  /* of a curve beside its labels */
#define AXIS_WIDTH 2 /* between label and curve: " |" */

/* The curve's dots, row 0 at the bottom. */
struct chart_dots {
	size_t cells, lines;   /* as characters */
	size_t columns, rows;  /* as dots */
	size_t across, upward; /* dots in a character */
	bool *set;             /* rows * columns */
	bool ascii;
};

/* Nothing set is a blank: not every font draws U+2800 empty. */
static char *chart_put_braille(char *to, unsigned bits)
{
	if (bits == 0) {
		*to++ = ' ';
		return to;
	}
	*to++ = (char)0xe2;
	*to++ = (char)(0xa0 | bits >> 6);
	*to++ = (char)(0x80 | (bits & 0x3f));
	return to;
}

/* The bit of a dot in a Braille pattern, rows from the bottom. */
static unsigned chart_bit(size_t column, size_t row)
{
	static const unsigned char bits[2][4] = { { 0x40, 0x04, 0x02, 0x01 },
						  { 0x80, 0x20, 0x10, 0x08 } };

	return bits[column][row];
}

/* 'value' of 'most' in so many steps; anything above 0 is one at least. */
static size_t chart_level(int64_t value, int64_t most, size_t steps)
{
	size_t level;

	if (value <= 0 || most <= 0)
		return 0;
	if (value >= most)
		return steps;
	level = (size_t)((double)value / (double)most * (double)steps + 0.5);
	return level > 0 ? level : 1;
}

/* The largest of those that share place 'i' of 'places'. */
static int64_t chart_share(const int64_t *values, size_t n, size_t i, size_t places)
{
	size_t from = i * n / places, to = (i + 1) * n / places;
	int64_t most = CHART_NONE;

	for (size_t k = from; k < to; k++)
		most = values[k] > most ? values[k] : most;
	return most;
}

const char *chart_spark(const int64_t *values, size_t n, size_t width, bool ascii,
			struct arena *mem)
{
	static const char marks[] = " .:-=+*#";
	size_t steps = ascii ? sizeof(marks) - 2 : 4;
	size_t room = ascii ? width : width * 2, places = n < room ? n : room;
	char *out = arena_alloc(mem, places * UTF8_BYTES + 1), *to = out;
	int64_t most = chart_share(values, n, 0, 1);
	unsigned bits = 0;

	for (size_t i = 0; out != NULL && i < places; i++) {
		size_t level = chart_level(chart_share(values, n, i, places), most, steps);

		if (ascii) {
			*to++ = marks[level];
			continue;
		}
		for (size_t row = 0; row < level; row++)
			bits |= chart_bit(i % 2, row);
		if (i % 2 == 0 && i + 1 < places)
			continue;
		to = chart_put_braille(to, bits);
		bits = 0;
	}
	return out;
}

const char *chart_bar(int64_t value, int64_t most, size_t width, struct arena *mem)
{
	size_t level = chart_level(value, most, width);
	char *out = arena_alloc(mem, width + 1);

	if (out == NULL)
		return NULL;
	if (level == width && width > 1 && value < most)
		level--;
	level = level < width ? level : width;
	memset(out, '#', level);
	memset(out + level, '.', width - level);
	return out;
}

/* False: there is no value at all. */
static bool chart_range(const struct chart_line *c, int64_t *ret_low, int64_t *ret_high)
{
	bool any = false;

	for (size_t i = 0; i < c->n; i++) {
		if (c->values[i] == CHART_NONE)
			continue;
		*ret_low = !any || c->values[i] < *ret_low ? c->values[i] : *ret_low;
		*ret_high = !any || c->values[i] > *ret_high ? c->values[i] : *ret_high;
		any = true;
	}
	return any;
}

static const char *chart_label(const struct chart_line *c, int64_t value, struct arena *mem)
{
	return c->label != NULL ? c->label(value, mem)
				: arena_printf(mem, "%lld", (long long)value);
}

static void chart_dot(struct chart_dots *d, size_t column, size_t row)
{
	d->set[row * d->columns + column] = true;
}

/* Dots from one place to another, both included. */
static void chart_connect(struct chart_dots *d, const size_t from[2], const size_t to[2])
{
	double across = (double)to[0] - (double)from[0], up = (double)to[1] - (double)from[1];
	size_t steps = (size_t)(across > llabs((long long)up) ? across : llabs((long long)up));

	chart_dot(d, from[0], from[1]);
	for (size_t i = 1; i <= steps; i++) {
		double part = (double)i / (double)steps;

		chart_dot(d, (size_t)((double)from[0] + across * part + 0.5),
			  (size_t)((double)from[1] + up * part + 0.5));
	}
}

static void chart_draw(struct chart_dots *d, const struct chart_line *c, int64_t low, int64_t high)
{
	double span = (double)high - (double)low;
	size_t before[2] = { 0, 0 };
	bool gap = true;

	for (size_t i = 0; i < c->n; i++) {
		size_t at[2] = { 0, 0 };

		if (c->values[i] == CHART_NONE) {
			gap = true;
			continue;
		}
		if (c->n > 1)
			at[0] = (i * (d->columns - 1) + (c->n - 1) / 2) / (c->n - 1);
		if (span > 0)
			at[1] = (size_t)(((double)c->values[i] - (double)low) / span *
						 (double)(d->rows - 1) +
					 0.5);
		chart_connect(d, gap ? at : before, at);
		memcpy(before, at, sizeof(at));
		gap = false;
	}
}

static bool chart_is_set(const struct chart_dots *d, size_t cell, size_t line, size_t column,
			 size_t row)
{
	size_t up = (d->lines - 1 - line) * d->upward + row;

	return d->set[up * d->columns + cell * d->across + column];
}

static char *chart_put_cell(char *to, const struct chart_dots *d, size_t cell, size_t line)
{
	unsigned bits = 0;

	if (d->ascii) {
		bits = (chart_is_set(d, cell, line, 0, 0) ? 1u : 0) |
		       (chart_is_set(d, cell, line, 0, 1) ? 2u : 0);
		*to++ = " .':"[bits];
		return to;
	}
	for (size_t column = 0; column < d->across; column++)
		for (size_t row = 0; row < d->upward; row++)
			if (chart_is_set(d, cell, line, column, row))
				bits |= chart_bit(column, row);
	return chart_put_braille(to, bits);
}

/* One line: the label at the right of its place, the axis, the curve. */
static char *chart_put_line(char *to, const struct chart_dots *d, size_t line, const char *label,
			    size_t label_width)
{
	size_t own = text_width(label);

	for (size_t i = own; i < label_width; i++)
		*to++ = ' ';
	to = stpcpy(to, label);
	to = stpcpy(to, label_width > 0 ? " |" : "|");
	for (size_t cell = 0; cell < d->cells; cell++)
		to = chart_put_cell(to, d, cell, line);
	while (to[-1] == ' ')
		to--;
	return to;
}

static bool chart_make_dots(struct chart_dots *d, const struct chart_line *c, size_t beside,
			    struct arena *mem)
{
	d->ascii = c->ascii;
	d->across = c->ascii ? 1 : 2;
	d->upward = c->ascii ? 2 : 4;
	d->cells = c->width > beside ? c->width - beside : 1;
	d->lines = c->height > 2 ? c->height : 2;
	d->columns = d->cells * d->across;
	d->rows = d->lines * d->upward;
	d->set = arena_alloc_array(mem, d->rows, d->columns * sizeof(*d->set));
	return d->set != NULL;
}

const char *chart_line(const struct chart_line *c, struct arena *mem)
{
	int64_t low = 0, high = 0;
	bool any = chart_range(c, &low, &high);
	const char *top = any && high > low ? chart_label(c, high, mem) : "";
	const char *bottom = any ? chart_label(c, low, mem) : "";
	struct chart_dots d = { 0 };
	size_t width;
	char *out, *to;

	if (top == NULL || bottom == NULL)
		return NULL;
	width = text_width(top) > text_width(bottom) ? text_width(top) : text_width(bottom);
	if (width + AXIS_WIDTH + CELLS_MIN > c->width) {
		top = bottom = "";
		width = 0;
	}
	if (!chart_make_dots(&d, c, width > 0 ? width + AXIS_WIDTH : 1, mem))
		return NULL;
	chart_draw(&d, c, low, high);
	out = to = arena_alloc(mem,
			       strlen(top) + strlen(bottom) +
				       d.lines * (width + AXIS_WIDTH + d.cells * UTF8_BYTES + 1));
	for (size_t line = 0; out != NULL && line < d.lines; line++) {
		const char *label = line == 0 ? top : line == d.lines - 1 ? bottom : "";

		to = chart_put_line(to, &d, line, label, width);
		*to++ = line < d.lines - 1 ? '\n' : '\0';
	}
	return out;
}
