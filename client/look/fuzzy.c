#include "client/look/fuzzy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wctype.h>

#include "common/utf8.h"

#define NONE (-1)
#define SHORT_TEXT 128 /* characters; texts from here on are equally long */

enum {
	POINTS_LETTER = 1,
	POINTS_START = 8,      /* it begins a word */
	POINTS_FIRST = 2,      /* and the text */
	POINTS_RUN = 5,        /* it stands right behind the letter before it */
	POINTS_RUN_START = 10, /* and all of them begin a word: more than beginnings of two words */
};

/* The best so far with so many letters of the pattern: the last of them is the character before
 * this one, in a run from the beginning of a word; or in any other run; or stands anywhere. */
struct fuzzy_row {
	int head, run, any;
};

/* The next character, as a small letter. What is no UTF-8 counts as one byte. */
static int32_t fuzzy_next(const char **s)
{
	int32_t c;
	size_t n = utf8_next((const uint8_t *)*s, strlen(*s), &c);

	if (n == 0) {
		c = -(int32_t)(unsigned char)**s;
		n = 1;
	}
	*s += n;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	return c >= 0x80 ? (int32_t)towlower((wint_t)c) : c;
}

static bool fuzzy_in_word(int32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static int fuzzy_add(int score, int points)
{
	return score != NONE ? score + POINTS_LETTER + points : NONE;
}

static int fuzzy_max(int a, int b)
{
	return a > b ? a : b;
}

/* The next letter of the pattern is this character, which begins a word for 'start' points, or
 * begins none (0). */
static void fuzzy_match(struct fuzzy_row *row, const struct fuzzy_row *before, int start)
{
	row->head = fuzzy_max(fuzzy_add(before->head, POINTS_RUN_START),
			      start > 0 ? fuzzy_add(before->any, start) : NONE);
	row->run = fuzzy_max(fuzzy_add(before->run, POINTS_RUN),
			     start > 0 ? NONE : fuzzy_add(before->any, 0));
	row->any = fuzzy_max(row->any, fuzzy_max(row->head, row->run));
}

static size_t fuzzy_letters(const char *pattern, int32_t letters[FUZZY_PATTERN_MAX])
{
	size_t n = 0;

	while (*pattern != '\0') {
		int32_t c = fuzzy_next(&pattern);

		if (c == ' ')
			continue;
		if (n == FUZZY_PATTERN_MAX)
			return n + 1;
		letters[n++] = c;
	}
	return n;
}

int fuzzy_score(const char *pattern, const char *text)
{
	int32_t letters[FUZZY_PATTERN_MAX], before = ' ';
	struct fuzzy_row rows[FUZZY_PATTERN_MAX + 1];
	size_t n = fuzzy_letters(pattern, letters);
	int length = 0;

	if (n == 0 || n > FUZZY_PATTERN_MAX)
		return n == 0 ? 1 : 0;
	for (size_t i = 0; i <= n; i++)
		rows[i] = (struct fuzzy_row){ NONE, NONE, i == 0 ? 0 : NONE };
	while (*text != '\0') {
		int32_t c = fuzzy_next(&text);
		int start = !fuzzy_in_word(c) || fuzzy_in_word(before) ? 0
			    : length == 0                              ? POINTS_START + POINTS_FIRST
								       : POINTS_START;

		for (size_t i = n; i > 0; i--) {
			if (letters[i - 1] == c)
				fuzzy_match(&rows[i], &rows[i - 1], start);
			else
				rows[i].head = rows[i].run = NONE;
		}
		before = c;
		length += length < SHORT_TEXT - 1 ? 1 : 0;
	}
	return rows[n].any != NONE ? rows[n].any * SHORT_TEXT + SHORT_TEXT - 1 - length : 0;
}
