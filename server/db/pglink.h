#pragma once
/*
 * One libpq connection kept up on the loop: connecting, its poll handle, its timer, trying again.
 * What travels over it is pgconn's business.
 *
 *   DOWN --timer--> CONNECTING --> UP --pglink_drop()--> LEAVING --> DOWN ... CLOSED
 *
 * libpq changes its socket while it connects and closes it by itself when it fails. libuv aborts
 * when it watches a descriptor that was closed and given out again, so the handle is stopped before
 * libpq may do either, and closed as soon as it has.
 */
#include <libpq-fe.h>
#include <uv.h>

#include "common/arena.h"
#include "common/err.h"

enum pglink_state { PGLINK_DOWN, PGLINK_CONNECTING, PGLINK_UP, PGLINK_LEAVING, PGLINK_CLOSED };

/* Where to connect, as libpq takes it; lives as long as its links. Several hosts ("a,b") are tried
 * in turn, one in each attempt: libpq itself would wait for the first as long as we wait for it,
 * and begin with it again. */
struct pglink_target {
	const char **keys;    /* NULL-terminated */
	const char ***values; /* by host, then by key */
	unsigned n_hosts;
};

/* Reads a libpq string and adds what every session here must have (formats, zone, schema). */
enum st_code pglink_target(const char *conninfo, struct arena *mem, struct pglink_target *ret,
			   struct st_err *err) ST_MUSTCHECK;

struct pglink;
struct pglink_ops {
	void (*on_up)(struct pglink *l); /* in pipeline mode, nothing sent yet */
	void (*on_io)(struct pglink *l,
		      bool readable);        /* socket ready, or broken: libpq will tell */
	void (*on_failed)(struct pglink *l); /* one more attempt came to nothing */
	void (*on_closed)(struct pglink *l); /* after pglink_close(): memory may go */
};

struct pglink {
	PGconn *pg; /* NULL while DOWN, LEAVING, CLOSED */
	enum pglink_state state;
	unsigned failures; /* attempts in a row that failed, of all hosts each */
	unsigned host;     /* of this attempt, or the next */
	unsigned tried; /* hosts that failed since the last that did not, or since the last pause */
	uint64_t ups;   /* how often it came up */
	const struct pglink_target *target;
	const struct pglink_ops *ops;
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_timer_t timer;  /* DOWN: the next attempt; CONNECTING: the end of patience */
	int fd;            /* that 'poll' is for, -1: there is no handle */
	int events;        /* to be watched on it; 0: stopped */
	unsigned delay_ms; /* LEAVING: until the next attempt */
	bool closing;
};

void pglink_init(struct pglink *l, uv_loop_t *loop, const struct pglink_target *target,
		 const struct pglink_ops *ops);
/* The first attempt; callbacks come later. */
void pglink_start(struct pglink *l);
/* UP: watch for input, and for room to write if 'writable'. False: the loop would not; drop it. */
bool pglink_watch(struct pglink *l, bool writable) ST_MUSTCHECK;
/* Ends the connection and makes another one after 'delay_ms'. */
void pglink_drop(struct pglink *l, unsigned delay_ms);
/* Ends it for good; on_closed comes from the loop. */
void pglink_close(struct pglink *l);
