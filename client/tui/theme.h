#pragma once
/* The looks of each meaning of a cell: one table, four palettes. */
#include <stdbool.h>

#include "client/tui/style.h"

enum theme {
	THEME_DEFAULT,
	THEME_BLUE_ORANGE, /* told apart by those who see no red and green */
	THEME_CONTRAST,
	THEME_MONO, /* bold, underlined, reversed; no colour */
	THEME_COUNT
};

/* "default", "blue-orange", "contrast", "mono"; false: there is no such theme. */
bool theme_named(const char *name, enum theme *ret);
/* After the terminal was opened; without colours it is THEME_MONO whatever is asked for. */
void theme_use(enum theme theme);
/* As ncurses takes them. */
unsigned theme_attributes(enum style style);
short theme_pair(enum style style);
