#pragma once
/*
 * Paper. A method that prints is called, what it gives is drawn by steward-render and goes to the
 * printer of the desk's profile, or into a file that somebody names. Nothing waits for it; what
 * came of it is said below the screen.
 *
 * The server tells originals from copies. So where to print is settled before it is asked, and a
 * document that could not be drawn or written is asked for again under its key: it is the very same
 * then, no copy.
 */
#include <stdbool.h>

#include "common/rules.h"
#include "common/uuid.h"

struct app;
struct printing;

struct print_ask {
	const struct rpc_method *m;      /* with the rule print */
	const ProtobufCMessage *request; /* is copied */
	struct uuid of; /* the change whose document it is: it is printed once for it. Zero: none */
	bool drawer;    /* the cash drawer is opened too, where there is a printer */
};

struct printing *printing_new(struct app *app);
/* Asks where to, and prints there. */
void printing_ask(struct app *app, const struct print_ask *ask);
/* What is on its way gets some seconds to come out. */
void printing_free(struct printing *p);
