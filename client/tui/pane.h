#pragma once
/*
 * A framed part of a screen that shows the answer of one method, as a list or in full. Screens made
 * by hand are a few panes: each says what is asked for, the rest comes from the declaration.
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"
#include "client/tui/record.h"
#include "client/tui/rows.h"
#include "client/tui/source.h"

struct pane {
	struct app *app;
	const char *title; /* marked with N_(); a number behind it for lists */
	const char *part;  /* field of the reply that is shown; NULL: its list, or all of it */
	const char *none;  /* what is said where there is nothing; N_() */
	bool list;
	struct source source;
	struct rows rows;
	struct record record;
	/* After a new answer; NULL: nothing is to be done. */
	void (*answered)(void *arg);
	void *arg;
	struct area inside; /* at the last drawing: for clicks */
};

/* 'request' makes what is asked for (source.h) and gets 'arg'. 'columns': NULL as declared. */
void pane_list(struct pane *p, struct app *app, const char *method, const char *columns,
	       ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg);
void pane_record(struct pane *p, struct app *app, const char *method,
		 ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg);
/* Other columns from now on, as wide as there is room for. */
void pane_columns(struct pane *p, const char *columns);
void pane_ask(struct pane *p);
void pane_draw(struct pane *p, const struct area *a, bool focused);
bool pane_key(struct pane *p, const struct key *k);
/* Under the cursor; NULL: nothing. */
const ProtobufCMessage *pane_row(const struct pane *p);
void pane_free(struct pane *p);

/* The panes of a screen: which one hears the keys, and what they all do together. */
struct panes {
	struct pane *of[8];
	size_t n, at;
};
/* Tab and Shift-Tab, clicks, then the one that hears. */
bool panes_key(struct panes *ps, const struct key *k);
bool panes_hears(const struct panes *ps, const struct pane *p);
void panes_changed(struct panes *ps, const char *entity);
void panes_ask(struct panes *ps);
void panes_free(struct panes *ps);
