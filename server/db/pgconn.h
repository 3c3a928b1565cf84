#pragma once
/*
 * Units over one connection, in pipeline mode. A unit is handed over with pgconn_begin(), several
 * if one likes; pgconn_pump() then sends, reads what is there and calls back. The first unit in
 * 'inflight' is the one whose results come next.
 *
 * What is sent for a unit: each statement, prepared right before its first use here, then
 *   without on_rows   Sync
 *   with on_rows      a request to flush ... on_rows() ... the statements it added, Sync
 *   with 'share'      no Sync while more such units follow at once, up to eight; then one for all
 * A unit to be rolled back gets a statement that raises STDRY before its Sync.
 *
 * A statement whose Parse has not answered may still turn out not to be prepared (its unit failed
 * before it), so another unit that uses it is not accepted meanwhile; see pgconn_accepts().
 *
 * When the connection is lost, what is in flight fails:
 *   a statement of it had failed already     with that error: the server had given it up
 *   its Sync was sent, it may have written   DEADLINE_EXCEEDED/OUTCOME_UNKNOWN, 'unknown' is set
 *   else                                     UNAVAILABLE
 * The second holds also when the server's last words came while a statement was due: something
 * between us and it may have made them up.
 *
 * When the session has lost its prepared statements (26000, a plan that DDL changed: 0A000) or
 * hangs in a failed transaction (25P02), the connection takes nothing new, finishes what is in
 * flight and is made anew. The unit that met this was rolled back, whether its Sync was out or not,
 * because an error before the Sync's answer means that the server refused to commit. So it is given
 * back for one more try; unless on_rows was called, which happens once only: then it ends as
 * UNAVAILABLE.
 *
 * Where a unit fails that shares its Sync, the server skips those behind it. They are given back
 * too and go alone the next time; those before it have read what they wanted.
 */
#include "server/db/pglink.h"
#include "server/db/unit.h"

struct pgconn;
struct pgconn_ops {
	/* 'u' has left the connection: to be ended, or ('again') tried once more elsewhere. */
	void (*on_unit)(struct pgconn *pc, struct db_unit *u, bool again);
	/* It may take units now, or has ceased to. */
	void (*on_change)(struct pgconn *pc);
	void (*on_closed)(struct pgconn *pc);
};

/* 'writes': what is lost after its Sync may have changed something. NULL: no memory. */
struct pgconn *pgconn_new(uv_loop_t *loop, const struct pglink_target *target, bool writes,
			  const struct pgconn_ops *ops, void *owner);
void *pgconn_owner(const struct pgconn *pc);
/* Live, with fewer than 'depth' units in flight, nothing held open by on_rows, and able to run this
 * one. */
bool pgconn_accepts(const struct pgconn *pc, const struct db_unit *u, unsigned depth);
/* Queues a unit for sending. Never calls back. */
void pgconn_begin(struct pgconn *pc, struct db_unit *u);
/* Sends, reads, calls back. From the loop only. */
void pgconn_pump(struct pgconn *pc);
bool pgconn_live(const struct pgconn *pc);
unsigned pgconn_inflight(const struct pgconn *pc);
unsigned pgconn_failures(const struct pgconn *pc); /* attempts to connect in a row that failed */
uint64_t pgconn_ups(const struct pgconn *pc);      /* how often it was connected */
/* When what is in flight has ended: closes; on_closed comes from the loop. Then pgconn_free(). */
void pgconn_close(struct pgconn *pc);
void pgconn_free(struct pgconn *pc);
