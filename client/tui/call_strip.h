#pragma once
/*
 * The telephone at this desk: which calls ring and wait, which one is being spoken. Known from the
 * daemon, so that it is the same after a restart. A call that rings takes nothing away from what
 * somebody is doing: it is one line, and F4.
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "common/wire.h"

struct app;
struct call_strip;

struct call_strip *call_strip_new(struct app *app);
void call_strip_free(struct call_strip *cs);
void call_strip_ask(struct call_strip *cs);
void call_strip_changed(struct call_strip *cs, const char *entity);
/* The call that rings longest, NULL: none does. *ret_more: how many others do. It lives until the
 * loop goes on. */
const ProtobufCMessage *call_strip_ringing(const struct call_strip *cs, size_t *ret_more);
/* The one that whoever sits here is speaking, the latest; NULL: none. */
const ProtobufCMessage *call_strip_speaking(const struct call_strip *cs);
/* The line of the call that rings; false: none does. */
bool call_strip_draw_ringing(const struct call_strip *cs, const struct area *all, int y);
/* The line of the one that is being spoken; false: none is. */
bool call_strip_draw_speaking(const struct call_strip *cs, const struct area *all, int y);

/* Answers the call that rings longest and shows who it is; where none rings, the calls there are.
 */
void call_strip_answer(struct app *app);
/* Answers this call (a row of call.Log). */
void call_strip_take(struct app *app, const ProtobufCMessage *call);
/* What is known of the call that is being spoken, as a request of case.Open, in 'mem'; NULL: none
 * is. */
ProtobufCMessage *call_strip_case(const struct call_strip *cs, struct arena *mem);
/* Ends the call that is being spoken. */
void call_strip_end(struct app *app);
/* Why there is nothing to be ended; NULL: there is. */
const char *call_strip_no_end(const struct app *app);
