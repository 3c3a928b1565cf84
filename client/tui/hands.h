#pragma once
/*
 * Who could do the work of a case: a box with those that are proposed, by skill, duty and load, the
 * best first. A digit takes one.
 */
#include <stdbool.h>

#include "client/tui/pane.h"

struct app;

struct hand {
	char to[201];    /* login, department's code, or the name of a firm */
	bool contractor; /* it is a firm */
	char name[201];
};

struct hands_ask {
	const char *title;
	const char *ref; /* of the case */
	bool persons;    /* only those; no departments, no firms */
	/* The box is gone by then. */
	void (*chosen)(void *arg, const struct hand *hand);
	void *arg;
	/* NULL, or what is done instead for somebody who is not proposed: as the last entry. */
	void (*other)(void *arg);
};

/* To be pushed. */
void *hands_new(struct app *app, const struct hands_ask *ask);
/* The same, and the work of the case goes out to whoever is chosen. 'at_once': without the
 * seconds in which it could be taken back. */
void hands_dispatch(struct app *app, const char *ref, bool at_once);
/* Gives the work of a case to somebody. */
void hands_send(struct app *app, const char *ref, const struct hand *hand, bool at_once);
/* From a row of order.Propose. */
void hand_of_row(const ProtobufCMessage *row, struct hand *ret);
/* What is said where nobody is proposed; to be translated where it is shown. */
extern const char *const hands_none;
/* A pane of such rows for the case that 'request' names, numbered. */
void hands_pane(struct pane *p, struct app *app,
		ProtobufCMessage *(*request)(void *arg, struct arena *mem), void *arg);
