#pragma once
/*
 * The hub of the change feed: wakes who watches when there may be something for him.
 *
 * A watcher (server/cap/event.c) reads the feed of the properties in its scope from a cursor on,
 * with its own scope, so the database's wall stands before pushed rows as before any other; the hub
 * only says when to look. A commit in this daemon pokes it with the properties concerned; commits
 * of other daemons are found by a look at all heads each second, while anybody watches.
 */
#include <stdint.h>

#include <uv.h>

#include "common/err.h"
#include "common/list.h"

struct app;
struct feed_hub;

enum feed_wake {
	FEED_CHANGED, /* something changed at a property that concerns it */
	FEED_RIGHTS,  /* who may do what has changed: it may see less now, or more, or nothing */
	FEED_LEAVING, /* the daemon is about to stop */
};

/* One that watches; embedded in its owner. Both are called from the loop, never from a feed_...()
 * function that the watcher itself calls; wake() may take its own watcher out. */
struct feed_watcher {
	struct list link;
	void (*wake)(struct feed_watcher *w, enum feed_wake why);
	bool (*concerns)(const struct feed_watcher *w, int64_t property);
};

enum st_code feed_hub_new(struct app *app, struct feed_hub **ret, struct st_err *err) ST_MUSTCHECK;
/* Something of this property was committed to the feed. */
void feed_poke(struct feed_hub *hub, int64_t property);
/* Rights have changed in this daemon's memory: whoever watches learns it within a second, and
 * before anything more is sent. */
void feed_rights(struct feed_hub *hub);
/* From now on nobody watches any more. */
void feed_leave(struct feed_hub *hub);
/* False: the daemon is about to stop. */
bool feed_watch(struct feed_hub *hub, struct feed_watcher *w);
void feed_unwatch(struct feed_watcher *w);
/* Where the feed of a property stood at the hub's latest look; 0: not known. */
int64_t feed_head(const struct feed_hub *hub, int64_t property);
/* Closes its handles; then cb, from the loop. Nobody watches any more by then. */
void feed_hub_close(struct feed_hub *hub, void (*cb)(void *), void *arg);
