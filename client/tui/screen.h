#pragma once
/*
 * A screen is what fills the terminal between first line and key bar, or, as an overlay, a box on
 * top of it. Screens lie on a stack (app.h); the topmost hears the keys.
 *
 * What can be done on it is a table of actions. Keys, key bar, help, menu and palette all come from
 * that table; a screen's own code never compares keys that stand in it.
 */
#include <stdbool.h>
#include <stddef.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"
#include "common/arena.h"

struct app;
struct screen;

/* Texts are marked with N_() and translated where they are shown. */
struct action {
	const char
		*keys; /* "F3", "a", "Enter|Right"; the first is the one shown. NULL: menu only */
	const char *label; /* on bar and menu: "New case" */
	const char *help;  /* a sentence */
	/* NULL, or returns NULL: it can be done now. Else why not, for people. */
	const char *(*why_not)(const struct screen *s);
	void (*run)(struct screen *s);
};

struct screen_ops {
	const char *name;             /* "Desk": what it is called in help and menu */
	const struct action *actions; /* ended by a zero row */
	void (*draw)(struct screen *s, const struct area *a);
	/* What no action stands for. True: it was of use. */
	bool (*key)(struct screen *s, const struct key *k);
	/* Somebody types into it: letters are text, not actions. NULL: never. */
	bool (*typing)(const struct screen *s);
	/* It waits for an answer that decides what the next keys mean: they are kept for it
	 * (app_go_on()). NULL: never. */
	bool (*waits)(const struct screen *s);
	/* It is on top again, or the first time. */
	void (*shown)(struct screen *s);
	/* Something changed at the server: look anew at what shows such things ("case"; "":
	 * whatever). */
	void (*changed)(struct screen *s, const char *entity);
	/* A second has passed; true: there is something to be drawn. */
	bool (*tick)(struct screen *s);
	/* What would be lost if it were closed now; NULL: nothing. */
	const char *(*unsaved)(const struct screen *s);
	void (*free)(struct screen *s);
};

struct screen {
	const struct screen_ops *ops;
	struct app *app;
	struct screen *below;
	const char *title; /* in 'mem' */
	struct arena mem;  /* as long as the screen */
	bool overlay;
	int height, width; /* an overlay's, with its frame; cut to what there is */
	bool closing;
};

/* 'size' bytes that begin with a struct screen, zeroed. NULL: no memory. It is not shown yet. */
void *screen_new(struct app *app, const struct screen_ops *ops, size_t size, const char *title);
void screen_free(struct screen *s);
/* The action of this key, NULL: there is none. While somebody types only function keys, Ctrl and
 * Esc are. */
const struct action *screen_action(const struct action *table, const struct key *k, bool typing);
