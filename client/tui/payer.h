#pragma once
/*
 * Whose money it is about: one box for a unit, a person, or the number of a bill, as it stands in
 * the bill's code. What it finds is a place, whose holder pays, or a customer.
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "client/tui/inputs.h"
#include "client/tui/key.h"
#include "client/tui/source.h"

struct payer {
	struct app *app;
	struct inputs inputs;
	struct input box;
	/* What was found, "" if nothing: one of the first two, and the bill that was typed. */
	char place[101], party[101], bill[61];
	struct source found, billed;
	void (*changed)(void *arg); /* somebody was found, or nobody any more */
	void (*missed)(void *arg);  /* what was typed means nobody, or several */
	void *arg;
};

void payer_init(struct payer *p, struct app *app, void (*changed)(void *arg),
		void (*missed)(void *arg), void *arg);
void payer_free(struct payer *p);
/* A place ("" : none) or a customer; both "": nobody. */
void payer_set(struct payer *p, const char *place, const char *party);
/* The answer is on its way. */
bool payer_is_sought(const struct payer *p);
bool payer_known(const struct payer *p);
/* The box hears the keys, or does not. */
void payer_focus(struct payer *p, bool focused);
bool payer_key(struct payer *p, const struct key *k);
/* Returns the columns taken. */
int payer_draw(struct payer *p, const struct area *a, int y, int x);
