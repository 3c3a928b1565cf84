#pragma once
/*
 * The lines around every screen: on top where and who and what presses, below what happened last
 * (or the call that rings), at the bottom the keys.
 */
#include <stdbool.h>

#include "client/tui/canvas.h"
#include "client/tui/key.h"
#include "common/err.h"

struct app;
struct status;

struct status *status_new(struct app *app);
void status_free(struct status *st);
/* Begins to look at what presses. */
void status_start(struct status *st);
void status_changed(struct status *st, const char *entity);
/* A second has passed; true: something is to be drawn. */
bool status_tick(struct status *st);
void status_say(struct status *st, bool alarm, const char *text);
/* How the last call ended. */
void status_line(struct status *st, const struct st_err *err);
/* The first, the last but one and the last line of 'all'. */
void status_draw(struct status *st, const struct area *all);
/* Is this a click on a key of the bar? Then *ret is that key. */
bool status_click(const struct status *st, const struct key *click, struct key *ret);
