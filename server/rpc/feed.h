#pragma once
/*
 * Live watching: every watcher follows the change feed of the properties in its scope from a cursor
 * on. A commit in this daemon pokes the hub, which lets the watchers look at once; commits of other
 * daemons are found by a look at the heads each second. A watcher reads with its own scope, so the
 * database's wall stands before pushed rows as before any other.
 */
#include <uv.h>

#include "common/err.h"
#include "common/list.h"

struct app;
struct feed_hub;

/* One that watches; embedded in its owner. wake() is called from the loop, never from feed_watch().
 */
struct feed_watcher {
	struct list link;
	void (*wake)(struct feed_watcher *w);
};

enum st_code feed_hub_new(struct app *app, struct feed_hub **ret, struct st_err *err) ST_MUSTCHECK;
/* Something was committed to the feed. */
void feed_poke(struct feed_hub *hub);
void feed_watch(struct feed_hub *hub, struct feed_watcher *w);
void feed_unwatch(struct feed_watcher *w);
/* Closes its handles; then cb, from the loop. */
void feed_hub_close(struct feed_hub *hub, void (*cb)(void *), void *arg);
