#pragma once
/*
 * Changes on their way to the daemon. Each has its idempotency key from the moment its form was
 * opened, so that sending it twice changes things once.
 *
 * A mild change of something that is there waits OUTGOING_HOLD_S seconds, in which it can be taken
 * back as if it had not been made; the next change, or leaving, sends it at once. What makes
 * something new, moves money or is asked about beforehand goes out at once.
 */
#include <stdbool.h>

#include "client/lib/client.h"

#define OUTGOING_HOLD_S 8

struct app;
struct outgoing;

struct change {
	const struct rpc_method *m;
	const ProtobufCMessage *request; /* is copied */
	struct uuid key;                 /* zero: a new one */
	const char *confirm, *reason;    /* of severe ones, NULL */
	bool dry_run, at_once;
	/* What became of it, once, from the loop. NULL: it is only said below the screen. */
	void (*done)(void *arg, const struct call_result *r);
	void *arg;
	/* It was taken back while it waited. NULL: nothing is done then. */
	void (*taken_back)(struct app *app, const struct rpc_method *m,
			   const ProtobufCMessage *request);
	const char *draft; /* a file that goes when the change has been made; NULL: none */
};

struct outgoing *outgoing_new(struct app *app);
/* Sends what waits, and gives it some seconds to arrive. */
void outgoing_free(struct outgoing *o);
/* True: it waits, and 'done' will not come: whoever asked need not stay. */
bool outgoing_send(struct outgoing *o, const struct change *c);
/* Whoever was to be told is gone. */
void outgoing_forget(struct outgoing *o, const void *arg);
/* What waits, as a sentence; NULL: nothing does. */
const char *outgoing_waiting(const struct outgoing *o);
/* Takes back what waits. False: nothing does. */
bool outgoing_take_back(struct outgoing *o);
/* What was asked for with this method about this thing (its first word) and has no answer yet, also
 * while it waits; NULL: nothing. */
const ProtobufCMessage *outgoing_about(struct outgoing *o, const struct rpc_method *m,
				       const char *ref);
/* How many have no answer yet. */
size_t outgoing_count(const struct outgoing *o);
/* A second has passed. */
void outgoing_tick(struct outgoing *o);
