#pragma once
/* Any method that reads one thing, as a screen. */
#include "common/rules.h"

struct app;

/* To be pushed. 'request' is copied. */
void *record_screen_new(struct app *app, const struct rpc_method *m,
			const ProtobufCMessage *request);
/* What a change answered, where it is more than a sentence. */
void *record_screen_of(struct app *app, const struct rpc_method *m, const ProtobufCMessage *reply);
