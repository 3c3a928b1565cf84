#include "client/tui/theme.h"

#include <string.h>

#include <curses.h>

#define NONE (-1) /* the terminal's own colour */

struct look {
	attr_t attributes;
	short front, back;
};

static const char *const theme_names[THEME_COUNT] = { "default", "blue-orange", "contrast",
						      "mono" };

/* Rows in the order of enum style, columns of enum theme. Orange is what terminals call yellow. */
static const struct look looks[STYLE_COUNT][THEME_COUNT] = {
	[STYLE_PLAIN] = { { 0, NONE, NONE },
			  { 0, NONE, NONE },
			  { A_BOLD, COLOR_WHITE, COLOR_BLACK },
			  { 0, NONE, NONE } },
	[STYLE_FRAME] = { { A_DIM, NONE, NONE },
			  { A_DIM, NONE, NONE },
			  { 0, COLOR_WHITE, COLOR_BLACK },
			  { 0, NONE, NONE } },
	[STYLE_FOCUS] = { { A_BOLD, COLOR_CYAN, NONE },
			  { A_BOLD, COLOR_BLUE, NONE },
			  { A_BOLD, COLOR_YELLOW, COLOR_BLACK },
			  { A_BOLD, NONE, NONE } },
	[STYLE_TITLE] = { { A_BOLD, NONE, NONE },
			  { A_BOLD, NONE, NONE },
			  { A_BOLD, COLOR_WHITE, COLOR_BLACK },
			  { A_BOLD, NONE, NONE } },
	[STYLE_LABEL] = { { 0, COLOR_CYAN, NONE },
			  { 0, COLOR_BLUE, NONE },
			  { 0, COLOR_WHITE, COLOR_BLACK },
			  { A_UNDERLINE, NONE, NONE } },
	[STYLE_DIM] = { { A_DIM, NONE, NONE },
			{ A_DIM, NONE, NONE },
			{ 0, COLOR_WHITE, COLOR_BLACK },
			{ 0, NONE, NONE } },
	[STYLE_SELECTED] = { { A_REVERSE, NONE, NONE },
			     { A_REVERSE, NONE, NONE },
			     { A_BOLD, COLOR_BLACK, COLOR_YELLOW },
			     { A_REVERSE, NONE, NONE } },
	[STYLE_MARKED] = { { A_BOLD, COLOR_YELLOW, NONE },
			   { A_BOLD, COLOR_YELLOW, NONE },
			   { A_BOLD, COLOR_YELLOW, COLOR_BLACK },
			   { A_BOLD, NONE, NONE } },
	[STYLE_FIELD] = { { A_UNDERLINE, NONE, NONE },
			  { A_UNDERLINE, NONE, NONE },
			  { A_UNDERLINE, COLOR_WHITE, COLOR_BLACK },
			  { A_UNDERLINE, NONE, NONE } },
	[STYLE_EDIT] = { { 0, COLOR_BLACK, COLOR_CYAN },
			 { 0, COLOR_WHITE, COLOR_BLUE },
			 { A_BOLD, COLOR_BLACK, COLOR_WHITE },
			 { A_REVERSE, NONE, NONE } },
	[STYLE_BAR] = { { 0, COLOR_WHITE, COLOR_BLUE },
			{ 0, COLOR_WHITE, COLOR_BLUE },
			{ A_BOLD, COLOR_BLACK, COLOR_WHITE },
			{ A_REVERSE, NONE, NONE } },
	[STYLE_KEY] = { { A_BOLD, COLOR_YELLOW, COLOR_BLUE },
			{ A_BOLD, COLOR_YELLOW, COLOR_BLUE },
			{ A_BOLD, COLOR_WHITE, COLOR_BLACK },
			{ A_REVERSE | A_BOLD, NONE, NONE } },
	[STYLE_GOOD] = { { 0, COLOR_GREEN, NONE },
			 { 0, COLOR_BLUE, NONE },
			 { A_BOLD, COLOR_GREEN, COLOR_BLACK },
			 { 0, NONE, NONE } },
	[STYLE_SOON] = { { A_BOLD, COLOR_YELLOW, NONE },
			 { A_BOLD, COLOR_YELLOW, NONE },
			 { A_BOLD, COLOR_YELLOW, COLOR_BLACK },
			 { A_UNDERLINE, NONE, NONE } },
	[STYLE_LATE] = { { A_BOLD, COLOR_RED, NONE },
			 { A_BOLD | A_REVERSE, COLOR_YELLOW, NONE },
			 { A_BOLD, COLOR_WHITE, COLOR_RED },
			 { A_BOLD, NONE, NONE } },
	[STYLE_HELD] = { { A_DIM, COLOR_MAGENTA, NONE },
			 { A_DIM, NONE, NONE },
			 { 0, COLOR_CYAN, COLOR_BLACK },
			 { A_DIM, NONE, NONE } },
	[STYLE_ERROR] = { { A_BOLD, COLOR_WHITE, COLOR_RED },
			  { A_BOLD, COLOR_BLACK, COLOR_YELLOW },
			  { A_BOLD, COLOR_WHITE, COLOR_RED },
			  { A_REVERSE | A_BOLD, NONE, NONE } },
	[STYLE_RING] = { { A_BOLD, COLOR_BLACK, COLOR_GREEN },
			 { A_BOLD, COLOR_WHITE, COLOR_BLUE },
			 { A_BOLD, COLOR_BLACK, COLOR_GREEN },
			 { A_REVERSE | A_BOLD, NONE, NONE } },
};

static enum theme theme_now = THEME_MONO;

bool theme_named(const char *name, enum theme *ret)
{
	for (int i = 0; i < THEME_COUNT; i++)
		if (strcmp(theme_names[i], name) == 0) {
			*ret = (enum theme)i;
			return true;
		}
	return false;
}

void theme_use(enum theme theme)
{
	theme_now = theme;
	if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
		theme_now = THEME_MONO;
	if (theme_now == THEME_MONO)
		return;
	for (short i = 0; i < STYLE_COUNT; i++)
		(void)init_pair((short)(i + 1), looks[i][theme_now].front,
				looks[i][theme_now].back);
}

unsigned theme_attributes(enum style style)
{
	return looks[style][theme_now].attributes;
}

short theme_pair(enum style style)
{
	return theme_now == THEME_MONO ? 0 : (short)(style + 1);
}
