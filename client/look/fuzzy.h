#pragma once
/* Finding by a few letters: "cop" finds "case open". */

#define FUZZY_PATTERN_MAX 64 /* letters; a longer pattern matches nothing */

/*
 * How well 'text' matches: all letters of 'pattern' stand in it in their order, small or capital,
 * with anything between them; blanks of the pattern are skipped. Larger is better: beginnings of
 * words count most, then letters side by side, and of equals the shorter text. 0: no match; an
 * empty pattern gives 1. Both are UTF-8; a byte that is none stands for itself.
 */
int fuzzy_score(const char *pattern, const char *text);
