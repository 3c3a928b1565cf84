#pragma once
/* Any method that lists, as a screen: its declaration says what is shown and what can be done. */
#include "common/rules.h"

struct app;

/* To be pushed. 'given': a request to begin with (which rows), or NULL. */
void *list_screen_new(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given);
