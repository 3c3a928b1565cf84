#pragma once
/*
 * What the daemon does by its own clock: once a second it asks where something has come due (a hold
 * that ends, a month to be billed, something owed) and has the database deal with it, capability by
 * capability and property by property, each in a transaction of its own and under that property's
 * wall: what fails holds up nothing else. What there is to ask and to do the capabilities declare
 * in their .sql files: :due, :tick and, once a day, :daily (server/db/sql.h).
 *
 *   resting -> asking -> ticking (one piece after the other) -> resting
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
