#pragma once
/* What stands at the other end of our streams: decided once, at the start. */
#include <stdbool.h>

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct term {
	bool in_tty, out_tty, err_tty;
	bool out_is_file; /* a regular file: CSV gets a byte order mark and guarded cells */
	bool out_color, err_color;
	bool dumb;         /* TERM is dumb or unset: no prompts, no cursor movement */
	int width, height; /* of the terminal; 80 x 24 if nobody knows */
};

/* Everything the colour of one stream depends on. Values of the environment, NULL where not set. */
struct color_case {
	enum color_mode mode; /* --color */
	const char *no_color, *clicolor_force, *term;
	bool tty;
};

/* --color, then a non-empty NO_COLOR, then CLICOLOR_FORCE, then TERM=dumb, then whether it is a
 * terminal. */
bool color_wanted(const struct color_case *c);

void term_init(struct term *t, enum color_mode mode);
/* May somebody be asked? Needs a terminal to read from and one to write the question to. */
bool term_can_ask(const struct term *t);
/* Makes text UTF-8 whatever the locale says, so that names are measured and printed right. */
void term_locale(void);
