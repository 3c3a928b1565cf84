#pragma once
/*
 * A unit: the statements of one request and one Sync, hence one implicit transaction: all or
 * nothing. There is no BEGIN and no COMMIT text, because an explicit transaction that fails inside
 * a pipeline poisons the next request.
 *
 *   new -> db_add()... -> pool_submit() -> [on_rows: may db_add() more] -> Sync -> on_done, once
 *
 * on_rows, where given, runs when everything added so far has answered without error and before the
 * Sync, so the answer can be stored in the transaction that made it; it may add statements (they
 * run, and then the Sync follows without calling it again) or fail the unit by setting err (then
 * the transaction is rolled back). on_done runs after the Sync came back and never before: a commit
 * can still fail when every statement has reported success. A lost connection between Sync sent and
 * Sync received sets 'unknown': the outcome is to be asked by key.
 *
 * Owned by the request: the unit, its values and its results live in 'mem' (PGresults are deferred
 * there).
 */
#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/list.h"
#include "common/slice.h"
#include "server/db/sql.h"

struct db_value {
	const char *data; /* NULL: SQL null */
	int len;
	int binary; /* 0 text (0-terminated), 1 binary */
};

struct db_call {
	struct db_call *next;
	const struct sql_stmt *stmt;
	struct db_value *values; /* stmt->n_params */
	PGresult *rows;          /* after it answered */
	void *tag;               /* the adder's */
	uint8_t parse;           /* db layer: enum pgconn_parse of pgconn.c */
};

struct db_unit {
	struct list link; /* pool's queue or connection's in-flight list */
	struct arena *mem;
	struct db_call *first, *last;
	void (*on_rows)(struct db_unit *unit);
	void (*on_done)(struct db_unit *unit);
	void *owner;
	uint32_t source; /* who wants it: sources take turns; 0: the daemon itself */
	/* Monotonic, 0: none. Still queued then: DEADLINE_EXCEEDED, nothing was sent. */
	uint64_t deadline_ms;
	/* Dry run: after the last statement the transaction is rolled back on purpose; on_done sees
	 * ST_OK. */
	bool rollback;
	/* It changes nothing: when its connection is lost there is nothing to ask about, so it is
	 * UNAVAILABLE and never 'unknown'. Taken for granted in POOL_READ. */
	bool read_only;
	/* Of a unit that only reads and begins by setting what its statements rely on (scope,
	 * read only): it may share its transaction, and the Sync, with neighbours of the same kind,
	 * which costs the server much less; its first call is left out where the
	 * neighbour's was the same. Whether a neighbour fails is none of its business: it
	 * is run again, alone. */
	bool share;

	/* What became of it. */
	bool unknown; /* see above */
	struct st_err err;
	char sqlstate[6];       /* of the first error, "" if none */
	char constraint[64];    /* the constraint it named, "" if none */
	struct db_call *failed; /* the call whose statement failed, or NULL */

	/* The db layer's own. */
	uint64_t sent_ms;                /* monotonic; by the pool */
	struct db_call *sent, *answered; /* last call sent, last answered */
	bool synced;                     /* Sync was sent */
	bool asked;                      /* on_rows was called */
	bool undoing;                    /* the statement that rolls back has not answered yet */
	bool stale;                      /* failed because its connection had lost its statements */
	bool retried;                    /* and that has happened before */
	bool joined;                     /* sent without a Sync of its own, maybe */
	bool spoilt, alone;              /* a neighbour failed; so it goes alone from now on */
};

void db_unit_init(struct db_unit *u, struct arena *mem, void (*on_done)(struct db_unit *),
		  void *owner);
/* Adds a statement with all parameters null. NULL: the arena's limit. */
struct db_call *db_add(struct db_unit *u, const struct sql_stmt *stmt);
/* The parameter of this name (as written in the statement, without the colon). The statement must
 * have it. */
void db_bind(struct db_call *call, const char *name, const char *text);
void db_bind_bytes(struct db_call *call, const char *name, const void *data, size_t len);
/* No memory for its text: noted in u->err, so the unit is refused or rolled back. */
void db_bind_int(struct db_unit *u, struct db_call *call, const char *name, int64_t value);

/* Reading a :call statement's rows by column name: text (NULL for null), whole number, bool. */
const char *db_text(const struct db_call *call, int row, const char *column);
int64_t db_int(const struct db_call *call, int row, const char *column);
bool db_bool(const struct db_call *call, int row, const char *column);
int db_rows(const struct db_call *call);
/* bytea column, decoded into mem. Null: data is NULL. So it is when there is no memory, which
 * mem->refused tells. */
struct slice db_bytes(const struct db_call *call, int row, const char *column, struct arena *mem);

/* db layer: the same statement with the same values. */
bool db_call_same(const struct db_call *a, const struct db_call *b);
/* db layer: as before its first statement was sent, for another try. */
void db_unit_rewind(struct db_unit *u);
