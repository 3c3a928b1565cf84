#pragma once
/*
 * Small charts as text, for terminals: UTF-8 without colour, of Braille patterns, which are one
 * column wide everywhere (blocks and frames are two in some Chinese and Japanese ones); or of
 * ASCII, where even those are missing. All are made in 'mem'; NULL: no memory.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"

#define CHART_NONE INT64_MIN /* no value here: a gap */

/* One line of at most 'width' columns, from 0 to the largest value: two values a column as 0 to 4
 * dots, in ASCII one value as one of " .:-=+*#". What is above 0 shows. More values than fit: each
 * place shows the largest of its share. */
const char *chart_spark(const int64_t *values, size_t n, size_t width, bool ascii,
			struct arena *mem);

/* "#####.....", always 'width' columns: the share of 'most' that 'value' is. Full means all of it,
 * empty means nothing. */
const char *chart_bar(int64_t value, int64_t most, size_t width, struct arena *mem);

struct chart_line {
	const int64_t *values; /* at equal distances */
	size_t n;
	size_t width, height; /* in columns and lines, all of it; 2 at least of both */
	bool ascii;
	/* How the ends of the axis are written, in 'mem'; NULL: as numbers. */
	const char *(*label)(int64_t value, struct arena *mem);
};

/* A curve from the smallest to the largest value over the whole width, with both named at the axis
 * where there is room. Lines are separated by line ends and have no blanks at their own. */
const char *chart_line(const struct chart_line *c, struct arena *mem);
