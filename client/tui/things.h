#pragma once
/*
 * What can be done with the things that lists and records show, found in the declarations: which
 * methods take such a thing as their first word. New capabilities are there without a line here.
 */
#include <stddef.h>

#include "client/tui/rows.h"
#include "common/rules.h"

struct app;

/* "Case list", from the words of the method. */
const char *things_title(const struct rpc_method *m);
/* "case show C-1042" */
const char *things_title_of(const struct rpc_method *m, const ProtobufCMessage *request,
			    struct arena *mem);
/* Is it one that screens can call by themselves? Not what sends or fetches files, nor streams. */
bool things_can(const struct rpc_method *m);
/* Any method: asks for what it needs, then shows, prints or does it. */
void things_call(struct app *app, const struct rpc_method *m, const ProtobufCMessage *given);
/* Opens a row of 'list' (NULL: of some list) in full. */
void things_open(struct app *app, const struct rpc_method *list, const ProtobufCMessage *row);
/* A menu of what can be done with the row under the cursor, or with all that are marked. */
void things_menu(struct app *app, const struct rpc_method *list, struct rows *rows);
/* With the thing that 'show' was asked for. */
void things_menu_of(struct app *app, const struct rpc_method *show,
		    const ProtobufCMessage *request);
/* The form that makes another thing of the kind that 'list' lists. */
void things_new(struct app *app, const struct rpc_method *list);
void things_copy(struct app *app, const struct rows *rows);
void things_command(struct app *app, const struct rpc_method *m, const ProtobufCMessage *request);
/* Takes a row as the first word of m: a request, in 'mem'; NULL: it cannot be one. */
ProtobufCMessage *things_request(struct app *app, const struct rpc_method *m,
				 const ProtobufCMessage *row, struct arena *mem);
