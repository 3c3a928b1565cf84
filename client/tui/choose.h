#pragma once
/*
 * A box to choose from: typing narrows it (letters in their order, anywhere), arrows and digits
 * move, Enter takes. Menus, palette, pick lists and the help of a screen are such boxes.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/rules.h"

struct app;

struct choice {
	const char *text, *detail; /* on the left; dimmed behind it */
	const char *key;           /* on the right: how to get there without the box */
	const char *also;          /* not shown, found too; NULL: nothing */
	const char *why_not; /* it stays in its place, with the reason; NULL: it can be taken */
	const void *data;
};

struct choose_ask {
	const char *title;
	const struct choice *items; /* copied, their texts too */
	size_t n;
	const char *typed;                                 /* at the beginning */
	void (*chosen)(void *arg, const struct choice *c); /* the box is gone by then */
	void *arg;
	bool free_text; /* what is typed can be taken though nothing is called so: data NULL */
};

/* To be pushed. */
void *choose_new(struct app *app, const struct choose_ask *ask);
/* From what a list of the daemon shows: text and data are the reference of the row (data: its
 * text). */
void *choose_from_list(struct app *app, const struct rpc_method *list,
		       const struct choose_ask *ask);
