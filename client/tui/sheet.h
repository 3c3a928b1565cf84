#pragma once
/*
 * A call to a customer: whom to dial, what to say, and what came of it. A return visit is asked by
 * its form, question by question; a call back has its outcome alone.
 */
#include <protobuf-c/protobuf-c.h>

struct app;

/* To be pushed. 'ref': of the case whose customer is asked. */
void *sheet_visit(struct app *app, const char *ref);
/* To be pushed. 'row': of call.Backlog. */
void *sheet_back(struct app *app, const ProtobufCMessage *row);
