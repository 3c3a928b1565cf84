#pragma once
/*
 * A few texts of one line that a screen made by hand asks for, each drawn where that screen wants
 * it; one of them at most is typed into. Forms of a whole request are made from its declaration
 * instead: entry.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/tui/canvas.h"
#include "client/tui/edit.h"
#include "client/tui/key.h"

#define INPUT_BYTES 804
#define INPUT_NONE (-1)

struct input {
	char text[INPUT_BYTES];
	unsigned max; /* characters; 0: 200 */
	bool number; /* digits, points, commas; what is typed takes the place of what stood there */
};

struct inputs {
	struct input *of; /* the screen's own */
	size_t n;
	int at; /* which is typed into, INPUT_NONE: none is */
	struct edit *edit;
	int edit_width;
	bool fresh; /* nothing was typed since it was gone to */
};

void inputs_init(struct inputs *in, struct input *of, size_t n);
void inputs_go(struct inputs *in, int at);
/* What stands in it now. Lives until it is changed. */
const char *inputs_text(struct inputs *in, size_t i);
void inputs_set(struct inputs *in, size_t i, const char *text);
/* True: the key was for the one that is typed into. */
bool inputs_key(struct inputs *in, const struct key *k);
/* "[text   ]": 'width' columns between the brackets. */
void inputs_draw(struct inputs *in, size_t i, const struct area *a, int y, int x, int width);
void inputs_free(struct inputs *in);
