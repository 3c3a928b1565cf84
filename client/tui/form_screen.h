#pragma once
/*
 * Any method as a form: filled from its declaration, kept as a draft every two seconds while
 * somebody types, sent under one key however often it is tried.
 */
#include "common/rules.h"

struct app;

/* To be pushed. 'given': a request whose fields are filled in; those of its words are fixed. NULL:
 * none. */
void *form_screen_new(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given);
/* The same to narrow a list: the request goes to 'taken' instead of the daemon. */
void *form_screen_ask(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given,
		      void (*taken)(void *arg, const ProtobufCMessage *request), void *arg);
/* The change once for each of several things: the first word takes each in turn. */
void *form_screen_each(struct app *app, const struct rpc_method *m, const char *const *refs,
		       size_t n);
