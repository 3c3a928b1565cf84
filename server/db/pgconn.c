#include "server/db/pgconn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/db/sqlstate.h"

#define PGCONN_PARAMS 256   /* most parameters of a statement */
#define PGCONN_SHARE 8      /* most units with one Sync */
#define PGCONN_LOST_MS 100  /* from losing a connection to the next attempt */
#define PGCONN_UNDO "STDRY" /* raised by our own statement that rolls back */

/* Checks what is only checked at commit, so that a dry run is refused for what the real one would
 * be. */
static const char pgconn_undo_sql[] =
	"do $$ begin set constraints all immediate; raise exception 'rolled back on purpose' "
	"using errcode = '" PGCONN_UNDO "'; end $$";

/* Of a statement on this connection. */
enum pgconn_stmt { STMT_UNKNOWN, STMT_PARSING, STMT_PREPARED };
/* Of a call: was a Parse sent with it? */
enum pgconn_parse { PARSE_NONE, PARSE_SENT, PARSE_DONE };
/* What the head of 'inflight' has yet to be answered next. */
enum pgconn_due { DUE_NOTHING, DUE_PARSE, DUE_CALL, DUE_UNDO, DUE_SYNC };

struct pgconn {
	struct pglink link;
	const struct pgconn_ops *ops;
	void *owner;
	struct list inflight; /* sent, in order */
	struct list ended;    /* to be handed back when reading is over */
	unsigned n_inflight;
	unsigned sharing; /* units at the end of 'inflight' whose common Sync is still to be sent */
	uint8_t *stmts;   /* enum pgconn_stmt by the statement's index */
	size_t n_stmts;
	unsigned n_parsing;
	bool writes;
	bool retiring; /* its session is spoilt: made anew when nothing is in flight */
	bool broken;   /* libpq or the server failed: to be dropped */
	bool closing;
	bool changed; /* since the owner was last told: it may take more, or less */
};

static struct db_unit *pgconn_unit(struct list *node)
{
	return container_of(node, struct db_unit, link);
}

static struct db_unit *pgconn_head(const struct pgconn *pc)
{
	return list_empty(&pc->inflight) ? NULL : pgconn_unit(pc->inflight.next);
}

static struct db_unit *pgconn_tail(const struct pgconn *pc)
{
	return list_empty(&pc->inflight) ? NULL : pgconn_unit(pc->inflight.prev);
}

/* The call whose answer comes after those that came. */
static struct db_call *pgconn_next_call(const struct db_unit *u)
{
	if (u->answered == u->sent)
		return NULL;
	return u->answered != NULL ? u->answered->next : u->first;
}

static enum pgconn_due pgconn_due(const struct db_unit *u)
{
	const struct db_call *call = pgconn_next_call(u);

	if (call != NULL)
		return call->parse == PARSE_SENT ? DUE_PARSE : DUE_CALL;
	if (u->undoing)
		return DUE_UNDO;
	return u->synced ? DUE_SYNC : DUE_NOTHING;
}

/* ---- statements ---- */

static enum pgconn_stmt pgconn_stmt_get(const struct pgconn *pc, const struct sql_stmt *stmt)
{
	return stmt->index < pc->n_stmts ? (enum pgconn_stmt)pc->stmts[stmt->index] : STMT_UNKNOWN;
}

/* False: no memory. */
static bool pgconn_stmt_set(struct pgconn *pc, const struct sql_stmt *stmt, enum pgconn_stmt state)
{
	if (stmt->index >= pc->n_stmts) {
		size_t n = (size_t)stmt->index + 64;
		uint8_t *grown = realloc(pc->stmts, n);

		if (grown == NULL)
			return false;
		memset(grown + pc->n_stmts, STMT_UNKNOWN, n - pc->n_stmts);
		pc->stmts = grown;
		pc->n_stmts = n;
	}
	pc->n_parsing -= pc->stmts[stmt->index] == STMT_PARSING;
	pc->n_parsing += state == STMT_PARSING;
	pc->stmts[stmt->index] = (uint8_t)state;
	return true;
}

static void pgconn_stmts_forget(struct pgconn *pc)
{
	if (pc->n_stmts > 0)
		memset(pc->stmts, STMT_UNKNOWN, pc->n_stmts);
	pc->n_parsing = 0;
}

/* ---- sending ---- */

static bool pgconn_send_prepare(struct pgconn *pc, struct db_call *call)
{
	if (pgconn_stmt_get(pc, call->stmt) != STMT_UNKNOWN)
		return true;
	if (!pgconn_stmt_set(pc, call->stmt, STMT_PARSING))
		return false;
	call->parse = PARSE_SENT;
	return PQsendPrepare(pc->link.pg, call->stmt->name, call->stmt->text, 0, NULL) == 1;
}

static bool pgconn_send_call(struct pgconn *pc, const struct db_call *call)
{
	const char *values[PGCONN_PARAMS];
	int lens[PGCONN_PARAMS], formats[PGCONN_PARAMS];
	unsigned n = call->stmt->n_params;

	must(n <= PGCONN_PARAMS);
	for (unsigned i = 0; i < n; i++) {
		values[i] = call->values[i].data;
		lens[i] = call->values[i].len;
		formats[i] = call->values[i].binary;
	}
	return PQsendQueryPrepared(pc->link.pg, call->stmt->name, (int)n, values, lens, formats,
				   0) == 1;
}

/* Everything added and not sent yet. */
static bool pgconn_send_calls(struct pgconn *pc, struct db_unit *u)
{
	struct db_call *call = u->sent != NULL ? u->sent->next : u->first;

	for (; call != NULL; call = call->next) {
		u->sent = call;
		if (!pgconn_send_prepare(pc, call) || !pgconn_send_call(pc, call))
			return false;
	}
	return true;
}

/* The unit's end. Where nothing is to be kept, a statement that fails goes before the Sync. */
static bool pgconn_send_end(struct pgconn *pc, struct db_unit *u, bool undo)
{
	pc->sharing = 0;
	if (undo) {
		u->undoing = true;
		if (PQsendQueryParams(pc->link.pg, pgconn_undo_sql, 0, NULL, NULL, NULL, NULL, 0) !=
		    1)
			return false;
	}
	u->synced = true;
	return PQpipelineSync(pc->link.pg) == 1;
}

bool pgconn_accepts(const struct pgconn *pc, const struct db_unit *u, unsigned depth)
{
	const struct db_unit *tail = pgconn_tail(pc);

	must(!pc->closing);
	if (pc->link.state != PGLINK_UP || pc->retiring || pc->broken || pc->n_inflight >= depth ||
	    (tail != NULL && !tail->synced && pc->sharing == 0))
		return false;
	for (const struct db_call *c = u->first; c != NULL && pc->n_parsing > 0; c = c->next)
		if (pgconn_stmt_get(pc, c->stmt) == STMT_PARSING)
			return false;
	return true;
}

static bool pgconn_shares(const struct db_unit *u)
{
	return u->share && !u->alone && !u->rollback && u->on_rows == NULL;
}

/* The Sync of those that share one. */
static bool pgconn_end_sharing(struct pgconn *pc)
{
	return pc->sharing == 0 || pgconn_send_end(pc, pgconn_tail(pc), false);
}

static bool pgconn_send_unit(struct pgconn *pc, struct db_unit *u, const struct db_unit *before)
{
	if (before != NULL && db_call_same(before->first, u->first)) /* it holds already */
		u->sent = u->answered = u->first;
	if (!pgconn_send_calls(pc, u))
		return false;
	if (u->on_rows != NULL)
		return PQsendFlushRequest(pc->link.pg) == 1;
	if (!pgconn_shares(u))
		return pgconn_send_end(pc, u, u->rollback);
	u->joined = true;
	return ++pc->sharing < PGCONN_SHARE || pgconn_end_sharing(pc);
}

void pgconn_begin(struct pgconn *pc, struct db_unit *u)
{
	bool ok = pgconn_shares(u) || pgconn_end_sharing(pc);
	const struct db_unit *before = pc->sharing > 0 ? pgconn_tail(pc) : NULL;

	list_push(&pc->inflight, &u->link);
	pc->n_inflight++;
	ok = ok && pgconn_send_unit(pc, u, before);
	pc->broken = pc->broken || !ok;
}

/* ---- answers ---- */

static bool pgconn_is_stale(const struct db_call *call, enum pgconn_due due, const char *state)
{
	if (strcmp(state, "26000") == 0 || strcmp(state, "25P02") == 0)
		return true;
	/* Of a statement parsed a moment ago it means what it says: the server cannot do that. */
	return strcmp(state, "0A000") == 0 && due == DUE_CALL && call->parse == PARSE_NONE;
}

/* "... parameter $3 ..." is all the server tells about which value it could not read. */
static void pgconn_blame(struct db_unit *u, const PGresult *res)
{
	const char *context = PQresultErrorField(res, PG_DIAG_CONTEXT);
	const char *dollar = context != NULL ? strrchr(context, '$') : NULL;
	long n = dollar != NULL && strchr(context, '\n') == NULL ? strtol(dollar + 1, NULL, 10) : 0;
	const char *name;

	if (u->err.code != ST_INVALID_ARGUMENT || u->err.field[0] != 0 || u->failed == NULL ||
	    n < 1 || n > u->failed->stmt->n_params)
		return;
	name = u->failed->stmt->params[n - 1];
	if (strncmp(name, "ctx_", 4) != 0)
		(void)snprintf(u->err.field, sizeof(u->err.field), "%s", name);
}

static void pgconn_unit_failed(struct pgconn *pc, struct db_unit *u, enum pgconn_due due,
			       const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	struct db_call *call = pgconn_next_call(u);
	bool stale = pgconn_is_stale(call, due, state);

	if (due == DUE_UNDO && strcmp(state, PGCONN_UNDO) == 0)
		return;
	pc->retiring = pc->retiring || stale || (pc->writes && strcmp(state, "25006") == 0);
	if (u->err.code != ST_OK)
		return;
	u->failed = call;
	if (stale && !u->retried) {
		u->stale = true;
		(void)snprintf(u->sqlstate, sizeof(u->sqlstate), "%s", state);
		(void)st_fail(&u->err, ST_UNAVAILABLE, "DATABASE_STATE", NULL,
			      "the connection to the database had to be renewed; try again");
		return;
	}
	(void)sqlstate_translate(res, u->sqlstate, u->constraint, &u->err);
	pgconn_blame(u, res);
}

/* It has not failed itself, so it was one that it shares a Sync with. */
static void pgconn_spoil(struct db_unit *u)
{
	if (u->err.code != ST_OK)
		return;
	u->spoilt = true;
	(void)st_fail(&u->err, ST_UNAVAILABLE, "DATABASE_STATE", NULL,
		      "the connection to the database had to be renewed; try again");
}

/* The head unit has one thing less to be answered. */
static void pgconn_advance(struct pgconn *pc, struct db_unit *u, enum pgconn_due due, bool ok)
{
	struct db_call *call = pgconn_next_call(u);

	if (due == DUE_PARSE) {
		call->parse = PARSE_DONE;
		pc->changed = true;
		(void)pgconn_stmt_set(pc, call->stmt,
				      ok ? STMT_PREPARED : STMT_UNKNOWN); /* has room */
	} else if (due == DUE_CALL) {
		u->answered = call;
	} else if (due == DUE_UNDO) {
		u->undoing = false;
	}
}

static void pgconn_retire_unit(struct pgconn *pc, struct db_unit *u)
{
	list_remove(&u->link);
	pc->n_inflight--;
	pc->changed = true;
	list_push(&pc->ended, &u->link);
}

/* The server's last words, or libpq's own (those have no severity, and no state). */
static bool pgconn_is_fatal(const PGresult *res)
{
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity == NULL || strcmp(severity, "ERROR") != 0;
}

/* Takes a result that belongs to the head unit. */
static void pgconn_feed(struct pgconn *pc, struct db_unit *u, PGresult *res)
{
	enum pgconn_due due = pgconn_due(u);

	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		if (due == DUE_CALL) {
			pgconn_next_call(u)->rows = res;
			res = NULL;
		}
		pc->broken = due == DUE_SYNC || due == DUE_UNDO; /* neither answers like that */
		pgconn_advance(pc, u, due, true);
		break;
	case PGRES_FATAL_ERROR:
		pc->broken = pgconn_is_fatal(res);
		if (pc->broken)
			break;
		pgconn_unit_failed(pc, u, due, res);
		pgconn_advance(pc, u, due,
			       false); /* failed at commit: the Sync's own answer follows */
		break;
	case PGRES_PIPELINE_ABORTED:
		pgconn_spoil(u);
		pgconn_advance(pc, u, due, false);
		break;
	case PGRES_PIPELINE_SYNC:
		pc->broken = due != DUE_SYNC;
		if (!pc->broken)
			pgconn_retire_unit(pc, u);
		break;
	default: /* COPY and the like have no place in a pipeline */
		pc->broken = true;
	}
	PQclear(res);
}

/* The unit the next answer belongs to, NULL: no answer is due. One without a Sync of its own is
 * over with its last answer: what it read stays true whatever becomes of the others. */
static struct db_unit *pgconn_next_due(struct pgconn *pc)
{
	struct db_unit *u;

	while ((u = pgconn_head(pc)) != NULL && pgconn_due(u) == DUE_NOTHING) {
		if (!u->joined)
			return NULL;
		pgconn_retire_unit(pc, u);
	}
	return u;
}

/* Reads all answers that are there. Runs after reading AND after sending: what follows an error in
 * a unit is answered by libpq itself, without any input. */
static void pgconn_drain(struct pgconn *pc)
{
	unsigned gaps = 0;
	struct db_unit *u;

	while (!pc->broken && (u = pgconn_next_due(pc)) != NULL && !PQisBusy(pc->link.pg)) {
		PGresult *res = PQgetResult(pc->link.pg);

		if (res != NULL) {
			gaps = 0;
			pgconn_feed(pc, u, res);
		} else if (PQstatus(pc->link.pg) == CONNECTION_BAD || ++gaps > 2) {
			pc->broken = true; /* each answer ends with one NULL; a dead server gives no
					      end of them */
		}
	}
	/* Lets libpq take in what comes unasked, too. Where it had no memory for an answer it stays
	 * busy for ever, and only the text of its error tells; each command begins with none. */
	if (!pc->broken && PQisBusy(pc->link.pg))
		pc->broken = PQerrorMessage(pc->link.pg)[0] != '\0';
	pc->broken = pc->broken || PQstatus(pc->link.pg) == CONNECTION_BAD;
}

/* ---- ends ---- */

static void pgconn_lose_unit(struct pgconn *pc, struct db_unit *u)
{
	if (u->err.code == ST_OK && u->synced && pc->writes && !u->read_only && !u->rollback) {
		u->unknown = true;
		(void)st_fail(&u->err, ST_DEADLINE_EXCEEDED, ST_REASON_OUTCOME_UNKNOWN, NULL,
			      "the database was lost while it was finishing; whether it happened "
			      "is not known: "
			      "ask again with the same key");
	} else if (u->err.code == ST_OK) {
		(void)st_fail(&u->err, ST_UNAVAILABLE, "DATABASE_LOST", NULL,
			      "the database cannot be reached now; try again");
	}
	pgconn_retire_unit(pc, u);
}

/* Everything in flight fails; a new connection is made. */
static void pgconn_lose(struct pgconn *pc)
{
	struct db_unit *u;

	log_debug("db connection=lost inflight=%u why=%s", pc->n_inflight,
		  LOGQ(PQerrorMessage(pc->link.pg)));
	while ((u = pgconn_head(pc)) != NULL)
		pgconn_lose_unit(pc, u);
	pgconn_stmts_forget(pc);
	pc->sharing = 0;
	pc->changed = true;
	pc->broken = pc->retiring = false;
	pglink_drop(&pc->link, PGCONN_LOST_MS);
}

static void pgconn_hand_back(struct pgconn *pc)
{
	struct list *node;

	while ((node = list_pop(&pc->ended)) != NULL) {
		struct db_unit *u = pgconn_unit(node);
		bool again = (u->stale && !u->asked) || u->spoilt;

		u->retried = u->retried || u->stale;
		u->alone = u->alone || u->spoilt;
		pc->ops->on_unit(pc, u, again);
	}
}

/* A unit whose statements have all answered and whose end was not sent: its on_rows is next, unless
 * it failed. True: something was sent. */
static bool pgconn_take_turn(struct pgconn *pc)
{
	struct db_unit *u = pgconn_head(pc);
	bool ok = true;

	if (u == NULL || u->synced || pgconn_due(u) != DUE_NOTHING)
		return false;
	if (u->err.code == ST_OK) {
		u->asked = true;
		u->on_rows(u);
		if (u->err.code == ST_OK)
			ok = pgconn_send_calls(pc, u);
		ok = ok && pgconn_send_end(pc, u, u->err.code != ST_OK || u->rollback);
	} else {
		ok = pgconn_send_end(pc, u, false); /* the server has given it up already */
	}
	pc->changed = true;
	pc->broken = pc->broken || !ok;
	return true;
}

/* With nothing in flight: is it time to go? */
static void pgconn_rest(struct pgconn *pc)
{
	if (pc->link.state == PGLINK_UP && pc->retiring) {
		pc->retiring = false;
		pgconn_stmts_forget(pc);
		pglink_drop(&pc->link, 0);
	}
	if (pc->closing)
		pglink_close(&pc->link);
}

void pgconn_pump(struct pgconn *pc)
{
	bool more = true;

	if (pc->link.state == PGLINK_UP && !pgconn_end_sharing(pc))
		pc->broken = true;
	while (pc->link.state == PGLINK_UP && more) {
		int unsent = PQflush(pc->link.pg);

		pgconn_drain(pc);
		if (pc->broken || unsent < 0 || !pglink_watch(&pc->link, unsent > 0)) {
			pgconn_lose(pc);
			pgconn_hand_back(pc);
			break;
		}
		pgconn_hand_back(pc);
		more = pgconn_take_turn(pc);
	}
	if (list_empty(&pc->inflight))
		pgconn_rest(pc);
	if (pc->changed)
		pc->ops->on_change(pc);
	pc->changed = false;
}

/* ---- the link below ---- */

static struct pgconn *pgconn_of(struct pglink *l)
{
	return container_of(l, struct pgconn, link);
}

static void pgconn_on_change(struct pglink *l)
{
	struct pgconn *pc = pgconn_of(l);

	pc->ops->on_change(pc);
}

static void pgconn_on_io(struct pglink *l, bool readable)
{
	struct pgconn *pc = pgconn_of(l);

	/* Its failure shows in the connection's status, after what came before it has been read. */
	if (readable)
		(void)PQconsumeInput(l->pg);
	pgconn_pump(pc);
}

static void pgconn_on_closed(struct pglink *l)
{
	struct pgconn *pc = pgconn_of(l);

	pc->ops->on_closed(pc);
}

static const struct pglink_ops pgconn_link_ops = {
	.on_up = pgconn_on_change,
	.on_io = pgconn_on_io,
	.on_failed = pgconn_on_change,
	.on_closed = pgconn_on_closed,
};

struct pgconn *pgconn_new(uv_loop_t *loop, const struct pglink_target *target, bool writes,
			  const struct pgconn_ops *ops, void *owner)
{
	struct pgconn *pc = calloc(1, sizeof(*pc));

	if (pc == NULL)
		return NULL;
	list_init(&pc->inflight);
	list_init(&pc->ended);
	pc->ops = ops;
	pc->owner = owner;
	pc->writes = writes;
	pglink_init(&pc->link, loop, target, &pgconn_link_ops);
	pglink_start(&pc->link);
	return pc;
}

void *pgconn_owner(const struct pgconn *pc)
{
	return pc->owner;
}

bool pgconn_live(const struct pgconn *pc)
{
	return pc->link.state == PGLINK_UP && !pc->retiring;
}

unsigned pgconn_inflight(const struct pgconn *pc)
{
	return pc->n_inflight;
}

unsigned pgconn_failures(const struct pgconn *pc)
{
	return pc->link.failures;
}

uint64_t pgconn_ups(const struct pgconn *pc)
{
	return pc->link.ups;
}

void pgconn_close(struct pgconn *pc)
{
	pc->closing = true;
	if (list_empty(&pc->inflight))
		pgconn_rest(pc);
}

void pgconn_free(struct pgconn *pc)
{
	must(pc->link.state == PGLINK_CLOSED);
	free(pc->stmts);
	free(pc);
}
