#pragma once
/*
 * The daemon's connections to PostgreSQL, in pools so that no kind of work waits behind another:
 * writes (primary), reads (primary or replicas, pipelined), slow (whatever is declared slow, one
 * unit at a time per connection).
 *
 * Each pool is a queue in front of its connections, in which devices take turns (common/turns.h);
 * a unit goes to the connection with the fewest
 * in flight that can take it. How many are sent ahead follows from how long they take: quick reads
 * go by the dozen, long ones by twos, so that whoever wants one thing does not wait for all that
 * somebody else has been sent for. A unit without on_rows is pipelined behind others. A unit with
 * on_rows is sent behind others too, but nothing is sent after it until its Sync is out.
 *
 * Connections are made at once and made again with backoff (0.1 s .. 2 s); a new connection
 * prepares statements as they are first used. After 26000, 0A000 or 25P02 a connection is thrown
 * away: a unit that failed that way before its on_rows was called is tried once more elsewhere
 * (pgconn.h tells why that is safe).
 *
 * A pool without any connection keeps its queue for a moment, so that a restart of the database
 * goes unnoticed; when three attempts in a row have failed on each connection, what waits fails
 * with UNAVAILABLE and what comes is refused until one is back.
 */
#include <uv.h>

#include "common/clock.h"
#include "server/db/unit.h"

enum pool_kind { POOL_WRITE, POOL_READ, POOL_SLOW, POOL_KINDS };

struct pool;
struct pool_options {
	const char *conninfo[POOL_KINDS]; /* libpq strings; hosts are resolved by PQconnectStart
					     only once: give a socket directory or an address */
	unsigned size[POOL_KINDS];
	unsigned queue_max; /* units waiting in one pool */
	struct clock *clock;
};

enum st_code pool_new(uv_loop_t *loop, const struct pool_options *o, struct pool **ret,
		      struct st_err *err) ST_MUSTCHECK;
/* Non-OK: refused, on_done never comes: RESOURCE_EXHAUSTED (queue full), UNAVAILABLE (closing, or
 * the database is away), or what u->err holds (building it had failed). OK: on_done comes exactly
 * once, from the loop, never before this returned. */
enum st_code pool_submit(struct pool *p, enum pool_kind kind, struct db_unit *u) ST_MUSTCHECK;
/* At least one live connection in every pool. */
bool pool_ready(const struct pool *p);
/* Waits for what is in flight, fails what is queued with UNAVAILABLE, closes; then cb, from the
 * loop. */
void pool_close(struct pool *p, void (*cb)(void *), void *arg);

struct pool_stats {
	unsigned live, busy, queued;
	uint64_t units, errors, reconnects;
};
void pool_stats(const struct pool *p, enum pool_kind kind, struct pool_stats *ret);
