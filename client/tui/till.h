#pragma once
/*
 * A change that moves money, on its way. It has its key before anybody can send it, and keeps it
 * until it is known what became of it. While that is not known nothing else can be sent, and it
 * stands in a file, so that the next start of the program asks under the same key: it happens once.
 *
 *   READY -> SENT -> READY (done, or refused: a new key) | UNKNOWN -> SENT ...
 */
#include <stdbool.h>

#include "client/lib/client.h"
#include "common/arena.h"
#include "common/uuid.h"

struct app;

enum till_state { TILL_READY, TILL_SENT, TILL_UNKNOWN };

struct till {
	struct app *app;
	enum till_state state;
	struct uuid key;
	char path[700];
	/* What was sent last, in 'mem'. */
	const struct rpc_method *m;
	const ProtobufCMessage *request;
	struct arena mem;
	/* It was done under 'key', or refused; from the loop. Of a refusal it has been told
	 * already. */
	void (*done)(void *arg, const struct call_result *r, const struct uuid *key);
	void *arg;
};

/* 'what' tells tills apart ("payment"). Takes up what an earlier program left: TILL_UNKNOWN. */
void till_init(struct till *t, struct app *app, const char *what,
	       void (*done)(void *arg, const struct call_result *r, const struct uuid *key),
	       void *arg);
void till_free(struct till *t);
/* TILL_READY only; the request is copied. */
void till_send(struct till *t, const struct rpc_method *m, const ProtobufCMessage *request);
/* TILL_UNKNOWN only: the same once more. */
void till_again(struct till *t);
/* TILL_UNKNOWN only: nobody asks for it any more. */
void till_give_up(struct till *t);
/* "019a..f2c1", for people. Returns out. */
char *till_key(const struct till *t, char out[16]);
