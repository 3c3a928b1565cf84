#pragma once
/*
 * The desk: one box that finds anything, the card of whoever or whatever was found, what is open
 * there and what happened. A clerk's day begins and ends here.
 */
struct app;

void *desk_new(struct app *app);
/* The desk, which is shown again if it lies below, with this in its box. */
void desk_find(struct app *app, const char *text);
