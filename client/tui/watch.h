#pragma once
/*
 * The live line: the daemon tells what changes, and the screens that show such things ask for it
 * anew. Nothing is asked for while nothing changes. When the line was lost everything is asked for
 * once it is back.
 */
struct app;
struct watch;

struct watch *watch_new(struct app *app);
void watch_start(struct watch *w);
void watch_free(struct watch *w);
