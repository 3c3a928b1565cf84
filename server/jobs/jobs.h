#pragma once
/*
 * What the daemon does by its own clock: once a second it asks where something has come due (a hold
 * that ends, a clock that runs out, something owed) and has the database deal with it, property by
 * property, each in a transaction of its own and under that property's wall. Once a day calendars
 * are carried on.
 *
 *   resting -> asking -> ticking (one property after the other) -> resting
 *
 * Several daemons on one database do this side by side: each takes what no other has locked, and
 * what has been dealt with is marked in the same transaction, so everything happens once.
 */
#include "common/err.h"

struct app;
struct jobs;

enum st_code jobs_new(struct app *app, struct jobs **ret, struct st_err *err) ST_MUSTCHECK;
/* Nothing new is begun; cb, from the loop, once what runs has come back. */
void jobs_close(struct jobs *j, void (*cb)(void *), void *arg);
