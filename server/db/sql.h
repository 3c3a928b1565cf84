#pragma once
/*
 * Statements as tables: what the generator makes of the .sql files of the daemon.
 *
 * A statement is named and shaped by the comment above it and uses :names, never $n:
 *
 *   -- :name case_note :one
 *   insert into ... values (:ctx_key, :text) returning ...;
 *
 * Shapes: ":one" its row fills the reply (none: NOT_FOUND), ":maybe" the same but no row is fine,
 * ":many" its rows go to a repeated field of the reply ("items=case_list" in the rpc's options),
 * ":exec" rows are ignored, ":feed" rows (property_id, entity, id, version, dead, number) go to the
 * change feed, ":call" used by the daemon's own C code, bound with db_bind().
 *
 * What a capability does by the daemon's clock (server/jobs) it declares in the same way, and
 * nowhere else: ":due" gives the properties (property_id) where something has come due, ":tick"
 * does some of it at :property, :limit of them at most, and says how many are done and whether
 * there is more;
 * ":daily" runs once a day.
 *
 * :name is a field of the request; :list.name the column of a repeated message as an array;
 * :ctx_... what the daemon knows (CTX_VARS).
 */
#include <stdbool.h>
#include <stdint.h>

enum sql_shape {
	SQL_ONE,
	SQL_MAYBE,
	SQL_MANY,
	SQL_EXEC,
	SQL_FEED,
	SQL_CALL,
	SQL_DUE,
	SQL_TICK,
	SQL_DAILY,
};

/* What a statement may know besides the request. */
#define CTX_VARS(X)                                                                            \
	X(user)        /* uuid of the user logged in */                                        \
	X(device)      /* uuid of the device */                                                \
	X(session)     /* uuid of the session */                                               \
	X(key)         /* uuid: the idempotency key, and the id of what the call creates */    \
	X(property)    /* int: the one property the call names */                              \
	X(scope)       /* int[]: the properties where the user may do this; or just the one */ \
	X(method)      /* "case.Open" */                                                       \
	X(reason)      /* text the person gave, or null */                                     \
	X(occurred_at) /* timestamptz: when it happened at the desk, or null */                \
	X(dry_run)     /* boolean: all of it is taken back in the end */                       \
	X(hash)        /* text: a password's Argon2id string, set by hooks */                  \
	X(token)       /* bytea: SHA-256 of a secret, set by hooks */                          \
	X(secret)      /* bytea: something encrypted, set by hooks */                          \
	X(id)          /* uuid: set by hooks */                                                \
	X(number)      /* bigint: set by hooks */                                              \
	X(text)        /* text: set by hooks */
enum ctx_var {
#define X(name) CTX_##name,
	CTX_VARS(X)
#undef X
		CTX_COUNT
};

struct sql_stmt {
	const char *name; /* prepared under this name */
	const char *text; /* with $1.. */
	uint8_t shape;
	uint16_t n_params;
	const char *const *params; /* in $ order, as written: "title", "rows.title", "ctx_user" */
	uint16_t index;            /* position in sql_stmts */
};

enum sql_source { SQL_FIELD, SQL_COLUMN, SQL_CTX };

struct sql_param {
	uint8_t source;
	uint16_t field; /* index in the request's descriptor, or enum ctx_var */
	uint16_t sub;   /* SQL_COLUMN: index in the sub-message's descriptor */
};

#define SQL_NO_TARGET 0xffff
struct sql_step {
	const struct sql_stmt *stmt;
	const struct sql_param *params; /* stmt->n_params rows */
	uint16_t target; /* index of the reply's message field, SQL_NO_TARGET: the reply itself */
};

struct op_hooks;
struct rpc_plan {
	const struct sql_step *steps;
	uint16_t n_steps;
	const struct op_hooks *hooks; /* or NULL */
};

/* Same order as rpc_methods. */
extern const struct rpc_plan rpc_plans[];
extern const struct sql_stmt sql_stmts[];
extern const uint16_t sql_stmt_count;

/* What capabilities do by the daemon's clock: where, and a piece of it there. */
struct sql_tick {
	const char *name; /* of the capability */
	const struct sql_stmt *due, *tick;
};
extern const struct sql_tick sql_ticks[];
extern const uint16_t sql_tick_count;
extern const struct sql_stmt *const sql_dailies[];
extern const uint16_t sql_daily_count;

/* The migrations, embedded in order. */
struct migration {
	const char *name; /* "0001_access" */
	const char *text;
	const char *sha256; /* hex */
};
extern const struct migration migrations[];
extern const uint16_t migration_count;

/* Views and functions: the .fn.sql files. */
struct routine_file {
	const char *name; /* "server/cap/case_card.fn.sql" */
	const char *text;
};
extern const struct routine_file routine_files[];
extern const uint16_t routine_file_count;
extern const char routine_sha256[]; /* hex, of all of them */
