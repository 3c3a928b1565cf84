#include "server/db/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/db/sql.h"

/* Any number will do as long as it never changes: "steward" in ASCII. */
#define MIGRATE_LOCK "32498777823143524"

static void migrate_ignore(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* First line of what libpq says, for errors without a place in a file. */
static enum st_code migrate_failed(PGconn *pg, const char *what, struct st_err *err)
{
	const char *text = PQerrorMessage(pg);

	return st_fail(err, ST_FAILED_PRECONDITION, "MIGRATE", NULL, "cannot %s: %.*s", what,
		       (int)strcspn(text, "\n"), text);
}

static enum st_code migrate_exec(PGconn *pg, const char *sql, const char *what, struct st_err *err)
{
	PGresult *res = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(res);
	enum st_code code = ST_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		code = migrate_failed(pg, what, err);
	PQclear(res);
	return code;
}

static enum st_code migrate_query(PGconn *pg, const char *sql, const char *what, PGresult **ret,
				  struct st_err *err)
{
	PGresult *res = PQexec(pg, sql);

	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		(void)migrate_failed(pg, what, err);
		PQclear(res);
		return ST_FAILED_PRECONDITION;
	}
	*ret = res;
	return ST_OK;
}

/* Schema and table of the runner itself, in one transaction; nothing happens where they exist. */
static enum st_code migrate_prepare(PGconn *pg, struct st_err *err)
{
	bool exists;
	PGresult *res;

	ST_TRY(migrate_query(pg, "select to_regclass('steward.migration') is not null",
			     "look into the database", &res, err));
	exists = PQgetvalue(res, 0, 0)[0] == 't';
	PQclear(res);
	if (exists)
		return ST_OK;
	return migrate_exec(
		pg,
		"begin;\n"
		"set local role steward_owner;\n"
		"create schema if not exists steward authorization steward_owner;\n"
		"grant usage on schema steward to steward_app, steward_analyst, steward_sealer, "
		"steward_backup;\n"
		"create table steward.migration (\n"
		"  name text primary key, sha256 text not null, applied_at timestamptz not null "
		"default now());\n"
		"create table steward.routines (\n"
		"  only_row boolean primary key default true check (only_row), sha256 text not "
		"null, "
		"made_at timestamptz not null default now());\n"
		"grant select on steward.migration, steward.routines to steward_app, "
		"steward_backup;\n"
		"commit",
		"make the schema 'steward' (does the role steward_owner own the database?)", err);
}

static const struct migration *migrate_find(const char *name)
{
	for (unsigned i = 0; i < migration_count; i++)
		if (strcmp(migrations[i].name, name) == 0)
			return &migrations[i];
	return NULL;
}

/* What is recorded must be ours, unchanged, and the first so many of ours. *ret_n: how many that
 * are. */
static enum st_code migrate_compare(const PGresult *res, unsigned *ret_n, struct st_err *err)
{
	int n = PQntuples(res);

	for (int i = 0; i < n; i++) {
		const char *name = PQgetvalue(res, i, 0);
		const struct migration *m = migrate_find(name);

		if (m == NULL)
			return st_fail(err, ST_FAILED_PRECONDITION, "DATABASE_NEWER", NULL,
				       "the database has been migrated by a newer version ('%s' is "
				       "not known here): start that version",
				       name);
		if (strcmp(m->sha256, PQgetvalue(res, i, 1)) != 0)
			return st_fail(err, ST_FAILED_PRECONDITION, "MIGRATION_CHANGED", NULL,
				       "migration '%s' was applied with another text than it has "
				       "now: a released migration must never change",
				       name);
	}
	for (int i = 0; i < n; i++)
		if (strcmp(migrations[i].name, PQgetvalue(res, i, 0)) != 0)
			return st_fail(err, ST_FAILED_PRECONDITION, "MIGRATION_ORDER", NULL,
				       "migration '%s' was never applied, but '%s' after it was: a "
				       "new migration takes a number above all others",
				       migrations[i].name, PQgetvalue(res, i, 0));
	*ret_n = (unsigned)n;
	return ST_OK;
}

/* Line of the n-th character (from 1). */
static unsigned migrate_line(const char *text, long n)
{
	unsigned line = 1;

	for (; *text != 0 && n > 1; text++) {
		if (*text == '\n')
			line++;
		if ((*text & 0xc0) != 0x80)
			n--;
	}
	return line;
}

static enum st_code migrate_text_failed(const char *file, const char *text, const PGresult *res,
					struct st_err *err)
{
	const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *context = PQresultErrorField(res, PG_DIAG_CONTEXT);
	char where[32] = "";

	if (position != NULL)
		(void)snprintf(where, sizeof(where), ":%u",
			       migrate_line(text, strtol(position, NULL, 10)));
	return st_fail(err, ST_FAILED_PRECONDITION, "MIGRATION_FAILED", NULL,
		       "%s%s: %s (%s)%s%.*s; nothing of it was kept", file, where,
		       message != NULL ? message : PQresultErrorMessage(res),
		       state != NULL ? state : "no state", context != NULL ? ", " : "",
		       context != NULL ? (int)strcspn(context, "\n") : 0,
		       context != NULL ? context : "");
}

static enum st_code migrate_record(PGconn *pg, const struct migration *m, struct st_err *err)
{
	const char *values[] = { m->name, m->sha256 };
	PGresult *res;
	enum st_code code = ST_OK;

	/* A text that ends the transaction itself has already kept half of what it did. */
	if (PQtransactionStatus(pg) != PQTRANS_INTRANS)
		return st_fail(
			err, ST_FAILED_PRECONDITION, "MIGRATION_FAILED", NULL,
			"%s.sql ends its transaction: commit and rollback do not belong into "
			"a migration",
			m->name);
	res = PQexecParams(pg, "insert into steward.migration (name, sha256) values ($1, $2)", 2,
			   NULL, values, NULL, NULL, 0);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		code = migrate_failed(pg, "record a migration", err);
	PQclear(res);
	if (code == ST_OK)
		code = migrate_exec(pg, "commit", "commit a migration", err);
	return code;
}

static enum st_code migrate_apply(PGconn *pg, const struct migration *m, struct st_err *err)
{
	char file[100];
	PGresult *res;
	ExecStatusType status;
	enum st_code code;

	(void)snprintf(file, sizeof(file), "%s.sql", m->name);
	ST_TRY(migrate_exec(pg,
			    "begin; set local role steward_owner; set local search_path = steward, "
			    "steward_code, public; set local lock_timeout = '10s'",
			    "begin a migration", err));
	res = PQexec(pg, m->text);
	status = PQresultStatus(res);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
		code = migrate_record(pg, m, err);
	else
		code = migrate_text_failed(file, m->text, res, err);
	PQclear(res);
	if (code != ST_OK)
		PQclear(PQexec(pg, "rollback"));
	return code;
}

/* What makes the schema of the routines anew. Only routines may stand on routines: a table or
 * trigger that does would vanish with them, so that is refused, never done. */
static const char routines_begin[] =
	"begin; set local role steward_owner; set local client_min_messages = warning; "
	"set local lock_timeout = '10s';\n"
	"do $$\n"
	"declare fixed text;\n"
	"begin\n"
	"  select pg_describe_object(d.classid, d.objid, d.objsubid) into fixed\n"
	"    from pg_depend d join pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = "
	"d.refobjid\n"
	"    join pg_namespace n on n.oid = p.pronamespace and n.nspname = 'steward_code'\n"
	"   where d.classid not in ('pg_proc'::regclass, 'pg_rewrite'::regclass, "
	"'pg_type'::regclass) limit 1;\n"
	"  if fixed is not null then\n"
	"    raise exception '% stands on a function of steward_code; what tables need belongs "
	"into "
	"a migration', fixed;\n"
	"  end if;\n"
	"end $$;\n"
	"drop schema if exists steward_code cascade;\n"
	"create schema steward_code;\n"
	"grant usage on schema steward_code to steward_app, steward_analyst, steward_sealer, "
	"steward_backup;\n"
	"set local search_path = steward_code, steward, public;\n"
	/* Bodies may name what a later file makes. */
	"set local check_function_bodies = off";

static enum st_code routines_are_current(PGconn *pg, bool *ret, struct st_err *err)
{
	PGresult *res;

	ST_TRY(migrate_query(pg, "select sha256 from steward.routines",
			     "read which routines there are", &res, err));
	*ret = PQntuples(res) == 1 && strcmp(PQgetvalue(res, 0, 0), routine_sha256) == 0;
	PQclear(res);
	return ST_OK;
}

/* Does the text name something that is not there yet? A later file may make it. */
static bool routine_may_wait(const PGresult *res)
{
	static const char *const missing[] = { "42883", "42P01",
					       "42704" }; /* function, table, type */
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	for (size_t i = 0; state != NULL && i < sizeof(missing) / sizeof(*missing); i++)
		if (strcmp(state, missing[i]) == 0)
			return true;
	return false;
}

/* *ret_made false: it has to wait for what it names. */
static enum st_code routine_make(PGconn *pg, const struct routine_file *file, bool *ret_made,
				 struct st_err *err)
{
	enum st_code code = migrate_exec(pg, "savepoint file", "make the routines anew", err);
	bool failed;
	PGresult *res;

	if (code != ST_OK)
		return code;
	res = PQexec(pg, file->text);
	failed = PQresultStatus(res) == PGRES_FATAL_ERROR;
	*ret_made = !failed;
	if (failed) {
		code = migrate_text_failed(file->name, file->text, res, err);
		if (routine_may_wait(res))
			code = migrate_exec(pg, "rollback to file", "make the routines anew", err);
	}
	PQclear(res);
	return code;
}

/* In rounds, so that the order of the files does not matter: what names something that is not there
 * yet waits for the next round. A round that makes nothing tells what is really missing. */
static enum st_code routines_make_files(PGconn *pg, struct st_err *err)
{
	bool *made = calloc(routine_file_count + 1u, sizeof(*made));
	unsigned left = routine_file_count, before = left + 1;
	enum st_code code = made != NULL ? ST_OK : ST_RESOURCE_EXHAUSTED;

	while (code == ST_OK && left > 0 && left < before) {
		before = left;
		for (unsigned i = 0; code == ST_OK && i < routine_file_count; i++) {
			if (made[i])
				continue;
			code = routine_make(pg, &routine_files[i], &made[i], err);
			left -= made[i];
		}
	}
	free(made);
	if (code == ST_OK && left > 0)
		return err->code; /* of the last one that waits in vain */
	if (code == ST_OK)
		*err = (struct st_err){ 0 };
	return code;
}

static enum st_code routines_record(PGconn *pg, struct st_err *err)
{
	const char *values[] = { routine_sha256 };
	PGresult *res = PQexecParams(pg,
				     "insert into steward.routines (sha256) values ($1) "
				     "on conflict (only_row) do update "
				     "set sha256 = excluded.sha256, made_at = now()",
				     1, NULL, values, NULL, NULL, 0);
	enum st_code code = ST_OK;

	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		code = migrate_failed(pg, "record the routines", err);
	PQclear(res);
	return code;
}

static enum st_code routines_make(PGconn *pg, struct st_err *err)
{
	enum st_code code = migrate_exec(pg, routines_begin, "make the routines anew", err);

	if (code == ST_OK)
		code = routines_make_files(pg, err);
	if (code == ST_OK)
		code = routines_record(pg, err);
	if (code == ST_OK)
		code = migrate_exec(pg, "commit", "commit the routines", err);
	if (code != ST_OK)
		PQclear(PQexec(pg, "rollback"));
	return code;
}

static enum st_code migrate_routines(PGconn *pg, struct st_err *err)
{
	bool current;

	ST_TRY(routines_are_current(pg, &current, err));
	return current ? ST_OK : routines_make(pg, err);
}

static enum st_code migrate_locked(PGconn *pg, unsigned *ret_applied, struct st_err *err)
{
	PGresult *res;
	enum st_code code;
	unsigned n = 0;

	ST_TRY(migrate_prepare(pg, err));
	ST_TRY(migrate_query(
		pg, "select name, sha256 from steward.migration order by name collate \"C\"",
		"read the applied migrations", &res, err));
	code = migrate_compare(res, &n, err);
	PQclear(res);
	*ret_applied = 0;
	for (; code == ST_OK && n < migration_count; n++) {
		code = migrate_apply(pg, &migrations[n], err);
		*ret_applied += code == ST_OK;
	}
	return code == ST_OK ? migrate_routines(pg, err) : code;
}

enum st_code migrate_run(PGconn *pg, unsigned *ret_applied, struct st_err *err)
{
	unsigned applied = 0;
	enum st_code code;

	(void)PQsetNoticeReceiver(pg, migrate_ignore, NULL);
	/* Whoever comes second waits here for the first, then finds nothing left to do. */
	ST_TRY(migrate_exec(pg,
			    "set lock_timeout = '10min'; select pg_advisory_lock(" MIGRATE_LOCK ")",
			    "take the lock on migrations", err));
	code = migrate_locked(pg, &applied, err);
	PQclear(PQexec(pg, "select pg_advisory_unlock(" MIGRATE_LOCK "); reset lock_timeout"));
	if (code == ST_OK)
		*ret_applied = applied;
	return code;
}
