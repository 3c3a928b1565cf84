#pragma once
/*
 * A new case, written down while somebody speaks: fields filled from call or card, lists narrowed
 * by what is typed, and beside them what is known about such a case (advice.h). It is kept as a
 * draft every two seconds, and sent under one key however often it is tried.
 */
#include <protobuf-c/protobuf-c.h>

struct app;

/* Shows the form. 'given': a request of case.Open with what is known (party with the customer's
 * name as caller, place, phone, call), or NULL. Where drafts are left over, asks first what is to
 * be done with them. */
void case_form_open(struct app *app, const ProtobufCMessage *given);
