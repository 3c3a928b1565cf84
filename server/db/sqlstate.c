#include "server/db/sqlstate.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"

/* What a SQLSTATE means here: five characters for one state, two for its whole class. The first row
 * that fits counts. 'text' NULL: the code's own sentence. 'log': somebody has to look at this. */
struct sqlstate_row {
	const char *state;
	enum st_code code;
	const char *reason;
	const char *text;
	bool log;
};

static const struct sqlstate_row sqlstate_rows[] = {
	{ "23505", ST_ALREADY_EXISTS, "DUPLICATE", "the same exists already", false },
	{ "23503", ST_FAILED_PRECONDITION, "REFERENCE",
	  "something it refers to does not exist, or something refers to it", false },
	{ "23514", ST_INVALID_ARGUMENT, "CHECK", "a value is not allowed here", false },
	{ "23502", ST_INVALID_ARGUMENT, "REQUIRED", "a value is missing", false },
	{ "23P01", ST_FAILED_PRECONDITION, "OVERLAP", "it overlaps with something that exists",
	  false },
	{ "22P02", ST_INVALID_ARGUMENT, "FORMAT", "a value is not written in the form it must have",
	  false },
	{ "22007", ST_INVALID_ARGUMENT, "DATE", "this is not a date or time", false },
	{ "22008", ST_INVALID_ARGUMENT, "DATE", "there is no such date or time", false },
	{ "22009", ST_INVALID_ARGUMENT, "ZONE", "there is no such time zone", false },
	{ "22003", ST_INVALID_ARGUMENT, "RANGE", "a number is too large or too small", false },
	{ "22001", ST_INVALID_ARGUMENT, "TOO_LONG", "a text is too long", false },
	{ "22021", ST_INVALID_ARGUMENT, "ENCODING", "a text holds characters that cannot be stored",
	  false },
	{ "22023", ST_INVALID_ARGUMENT, "VALUE", "a value is not known here", false },
	{ "40001", ST_ABORTED, "CONFLICT", NULL, false },
	{ "40P01", ST_ABORTED, "DEADLOCK", NULL, false },
	{ "55P03", ST_ABORTED, "LOCKED", "somebody else is changing it; try again", false },
	{ "57014", ST_DEADLINE_EXCEEDED, "STATEMENT_TIMEOUT", "the database took too long", false },
	{ "53300", ST_UNAVAILABLE, "DATABASE_FULL_HOUSE", "the database takes no more connections",
	  true },
	{ "53100", ST_RESOURCE_EXHAUSTED, "DISK_FULL",
	  "the disk of the database is full, so nothing was changed; whoever looks after the "
	  "server has to make room",
	  true },
	{ "53200", ST_RESOURCE_EXHAUSTED, "DATABASE_MEMORY", "the database is out of memory",
	  true },
	{ "53", ST_RESOURCE_EXHAUSTED, "DATABASE_RESOURCES", NULL, true },
	{ "57P0", ST_UNAVAILABLE, "DATABASE_STOPPING", "the database is being restarted; try again",
	  false },
	{ "08", ST_UNAVAILABLE, "DATABASE_LOST", "the database cannot be reached now; try again",
	  false },
	{ "25006", ST_UNAVAILABLE, "DATABASE_READ_ONLY",
	  "the database takes no changes now; try again", true },
	{ "25P02", ST_UNAVAILABLE, "DATABASE_STATE",
	  "the connection to the database had to be renewed; try again", false },
	{ "26000", ST_UNAVAILABLE, "DATABASE_STATE",
	  "the connection to the database had to be renewed; try again", false },
	{ "28", ST_UNAVAILABLE, "DATABASE_LOGIN", "the database does not let the server in", true },
	{ "XX001", ST_DATA_LOSS, "DATA_CORRUPTED", NULL, true },
	{ "XX002", ST_DATA_LOSS, "INDEX_CORRUPTED", NULL, true },
	{ "STNOF", ST_NOT_FOUND, NULL, NULL, false },
	{ "STPRE", ST_FAILED_PRECONDITION, NULL, NULL, false },
	{ "STINV", ST_INVALID_ARGUMENT, NULL, NULL, false },
	{ "STVER", ST_ABORTED, ST_REASON_VERSION_CONFLICT, NULL, false },
	{ "STDEN", ST_PERMISSION_DENIED, NULL, NULL, false },
	{ "STEXI", ST_ALREADY_EXISTS, NULL, NULL, false },
	{ "", ST_INTERNAL, "DATABASE_FAULT", NULL, true },
};

struct constraint_text {
	const char *table, *name, *field, *sentence;
};

struct constraint_texts {
	struct arena mem;
	struct constraint_text *rows; /* by name, then table */
	size_t n;
};

/* The one table of the process: what every failed statement is looked up in. */
static const struct constraint_texts *constraint_texts_current;

/* Unique indexes count too: what they refuse is reported as a constraint of their name. */
static const char constraint_texts_sql[] =
	"select r.relname, c.conname, obj_description(c.oid, 'pg_constraint')\n"
	"  from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_namespace s on s.oid "
	"= r.relnamespace\n"
	" where s.nspname = 'steward' and obj_description(c.oid, 'pg_constraint') is not null\n"
	"union all\n"
	"select r.relname, i.relname, obj_description(i.oid, 'pg_class')\n"
	"  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class r on r.oid = "
	"x.indrelid\n"
	"  join pg_namespace s on s.oid = i.relnamespace\n"
	" where s.nspname = 'steward' and obj_description(i.oid, 'pg_class') is not null\n"
	"   and not exists (select from pg_constraint c where c.conindid = i.oid)";

static int constraint_text_compare(const void *a, const void *b)
{
	const struct constraint_text *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->table, y->table);
}

/* "field: sentence"; without a field in front all of it is the sentence. */
static bool constraint_text_split(struct arena *mem, const char *comment,
				  struct constraint_text *row)
{
	size_t n = strspn(comment, "abcdefghijklmnopqrstuvwxyz0123456789_.");
	bool has_field = n > 0 && comment[n] == ':' && comment[n + 1] == ' ';

	row->field = has_field ? arena_strndup(mem, comment, n) : "";
	row->sentence = arena_strdup(mem, has_field ? comment + n + 2 : comment);
	return row->field != NULL && row->sentence != NULL;
}

static bool constraint_texts_fill(struct constraint_texts *t, const PGresult *res)
{
	int n = PQntuples(res);

	t->rows = arena_array(&t->mem, struct constraint_text, (size_t)n);
	if (t->rows == NULL)
		return false;
	for (int i = 0; i < n; i++) {
		struct constraint_text *row = &t->rows[i];

		row->table = arena_strdup(&t->mem, PQgetvalue(res, i, 0));
		row->name = arena_strdup(&t->mem, PQgetvalue(res, i, 1));
		if (row->table == NULL || row->name == NULL ||
		    !constraint_text_split(&t->mem, PQgetvalue(res, i, 2), row))
			return false;
	}
	t->n = (size_t)n;
	qsort(t->rows, t->n, sizeof(t->rows[0]), constraint_text_compare);
	return true;
}

enum st_code constraint_texts_load(PGconn *pg, struct constraint_texts **ret, struct st_err *err)
{
	struct constraint_texts *t = calloc(1, sizeof(*t));
	PGresult *res = PQexec(pg, constraint_texts_sql);
	enum st_code code = ST_OK;

	if (t != NULL)
		arena_init(&t->mem, 8u << 20);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		code = st_fail(err, ST_UNAVAILABLE, "DATABASE", NULL,
			       "cannot read the comments of the constraints: %s",
			       PQerrorMessage(pg));
	else if (t == NULL || !constraint_texts_fill(t, res))
		code = st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, NULL,
			       "no memory for the comments of the constraints");
	PQclear(res);
	if (code == ST_OK)
		*ret = t;
	else
		constraint_texts_free(t);
	return code;
}

void constraint_texts_free(struct constraint_texts *t)
{
	if (t == NULL)
		return;
	if (constraint_texts_current == t)
		constraint_texts_current = NULL;
	arena_fini(&t->mem);
	free(t);
}

void constraint_texts_use(const struct constraint_texts *t)
{
	constraint_texts_current = t;
}

/* The row of this table's constraint; a partition has another table's name, so the name alone will
 * do. */
static const struct constraint_text *constraint_text_find(const char *table, const char *name)
{
	const struct constraint_texts *t = constraint_texts_current;
	const struct constraint_text *any = NULL;
	size_t low = 0, high = t != NULL ? t->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(t->rows[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; t != NULL && low < t->n && strcmp(t->rows[low].name, name) == 0; low++) {
		if (strcmp(t->rows[low].table, table) == 0)
			return &t->rows[low];
		if (any == NULL)
			any = &t->rows[low];
	}
	return any;
}

static const struct sqlstate_row *sqlstate_find(const char *state)
{
	const struct sqlstate_row *row = sqlstate_rows;

	while (strncmp(state, row->state, strlen(row->state)) != 0)
		row++;
	return row;
}

static const char *sqlstate_field(const PGresult *res, int which)
{
	const char *text = PQresultErrorField(res, which);

	return text != NULL ? text : "";
}

/* A constraint's name is as stable as a reason must be. */
static void sqlstate_reason(const char *constraint, char out[64])
{
	size_t n = 0;

	for (; constraint[n] != 0 && n < 63; n++)
		out[n] = (char)toupper((unsigned char)constraint[n]);
	out[n] = 0;
}

static enum st_code sqlstate_constraint(const PGresult *res, const struct sqlstate_row *row,
					struct st_err *err)
{
	const char *name = sqlstate_field(res, PG_DIAG_CONSTRAINT_NAME);
	const struct constraint_text *text = constraint_text_find(
		sqlstate_field(res, PG_DIAG_TABLE_NAME), name);
	enum st_code code = row->code;
	char reason[64];

	sqlstate_reason(name, reason);
	if (text == NULL)
		return st_fail(err, code, reason, NULL, "%s", row->text);
	if (strcmp(row->state, "23503") == 0 && text->field[0] != 0)
		code = ST_INVALID_ARGUMENT; /* what the request named does not exist */
	return st_fail(err, code, reason, text->field, "%s", text->sentence);
}

static enum st_code sqlstate_fill(const PGresult *res, const struct sqlstate_row *row,
				  struct st_err *err)
{
	const char *constraint = sqlstate_field(res, PG_DIAG_CONSTRAINT_NAME);
	const char *column = sqlstate_field(res, PG_DIAG_COLUMN_NAME);

	if (strncmp(row->state, "ST", 2) == 0)
		return st_fail(err, row->code, constraint[0] != 0 ? constraint : row->reason,
			       column, "%s", sqlstate_field(res, PG_DIAG_MESSAGE_PRIMARY));
	if (strcmp(row->state, "23502") == 0 && column[0] != 0)
		return st_fail(err, row->code, row->reason, column, "%s must be given", column);
	if (strncmp(row->state, "23", 2) == 0 && constraint[0] != 0)
		return sqlstate_constraint(res, row, err);
	return st_fail(err, row->code, row->reason, NULL, "%s",
		       row->text != NULL ? row->text : st_code_text(row->code));
}

enum st_code sqlstate_translate(const PGresult *res, char sqlstate[6], char constraint[64],
				struct st_err *err)
{
	const char *state = sqlstate_field(res, PG_DIAG_SQLSTATE);
	/* libpq's own errors have no state: the connection broke. */
	const struct sqlstate_row *row = sqlstate_find(state[0] != 0 ? state : "08006");

	if (sqlstate != NULL)
		(void)snprintf(sqlstate, 6, "%s", state);
	if (constraint != NULL)
		(void)snprintf(constraint, 64, "%s", sqlstate_field(res, PG_DIAG_CONSTRAINT_NAME));
	if (row->log)
		log_error("database sqlstate=%s table=%s message=%s", state,
			  LOGQ(sqlstate_field(res, PG_DIAG_TABLE_NAME)),
			  LOGQ(sqlstate_field(res, PG_DIAG_MESSAGE_PRIMARY)));
	return sqlstate_fill(res, row, err);
}
