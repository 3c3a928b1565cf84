#pragma once
/*
 * The desk: one box that finds anything, the card of whoever or whatever was found, what is open
 * there and what happened. A clerk's day begins and ends here.
 */
#include <protobuf-c/protobuf-c.h>

struct app;

void *desk_new(struct app *app);
/* The first screen, if it is the desk, else another one; its box hears the keys. */
void desk_find(struct app *app);
/* A desk about this call (a row of call.Log): its number in the box, hence whoever has it on the
 * card. */
void desk_answer(struct app *app, const ProtobufCMessage *call);
