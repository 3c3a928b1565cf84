#include "server/db/unit.h"

#include <stdlib.h>
#include <string.h>

void db_unit_init(struct db_unit *u, struct arena *mem, void (*on_done)(struct db_unit *),
		  void *owner)
{
	memset(u, 0, sizeof(*u));
	list_init(&u->link);
	u->mem = mem;
	u->on_done = on_done;
	u->owner = owner;
}

/* Deferred when the call is made and not when its rows come: by then running out of memory would be
 * an error after the fact. */
static void db_call_clear(void *obj)
{
	struct db_call *call = obj;

	PQclear(call->rows);
	call->rows = NULL;
}

struct db_call *db_add(struct db_unit *u, const struct sql_stmt *stmt)
{
	struct db_call *call = arena_new(u->mem, struct db_call);
	struct db_value *values = arena_array(u->mem, struct db_value, stmt->n_params);

	if (call == NULL || values == NULL || !arena_defer(u->mem, db_call_clear, call))
		return NULL;
	call->stmt = stmt;
	call->values = values;
	if (u->last != NULL)
		u->last->next = call;
	else
		u->first = call;
	u->last = call;
	return call;
}

static void db_bind_value(struct db_call *call, const char *name, struct db_value value)
{
	bool found = false;

	for (unsigned i = 0; i < call->stmt->n_params; i++) {
		if (strcmp(call->stmt->params[i], name) != 0)
			continue;
		call->values[i] = value;
		found = true;
	}
	must(found);
}

void db_bind(struct db_call *call, const char *name, const char *text)
{
	db_bind_value(call, name, (struct db_value){ .data = text });
}

void db_bind_bytes(struct db_call *call, const char *name, const void *data, size_t len)
{
	must(len <= INT32_MAX);
	db_bind_value(call, name,
		      (struct db_value){ .data = data, .len = (int)len, .binary = data != NULL });
}

void db_bind_int(struct db_unit *u, struct db_call *call, const char *name, int64_t value)
{
	const char *text = arena_printf(u->mem, "%lld", (long long)value);

	if (text == NULL && u->err.code == ST_OK)
		(void)st_fail(&u->err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			      "the request is too large to be worked on");
	db_bind(call, name, text);
}

static int db_column(const struct db_call *call, const char *column)
{
	int n = PQnfields(call->rows);

	for (int i = 0; i < n; i++)
		if (strcmp(PQfname(call->rows, i), column) == 0)
			return i;
	must_failed(column, call->stmt->name,
		    __LINE__); /* the statement lacks what its user reads */
}

const char *db_text(const struct db_call *call, int row, const char *column)
{
	int i = db_column(call, column);

	must(row >= 0 && row < PQntuples(call->rows));
	return PQgetisnull(call->rows, row, i) ? NULL : PQgetvalue(call->rows, row, i);
}

int64_t db_int(const struct db_call *call, int row, const char *column)
{
	const char *text = db_text(call, row, column);

	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

bool db_bool(const struct db_call *call, int row, const char *column)
{
	const char *text = db_text(call, row, column);

	return text != NULL && text[0] == 't';
}

int db_rows(const struct db_call *call)
{
	return call->rows != NULL ? PQntuples(call->rows) : 0;
}

static uint8_t db_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	return (uint8_t)((c | 0x20) - 'a' + 10);
}

struct slice db_bytes(const struct db_call *call, int row, const char *column, struct arena *mem)
{
	const char *text = db_text(call, row, column);
	size_t len;
	uint8_t *out;

	if (text == NULL)
		return (struct slice){ 0 };
	must(text[0] == '\\' && text[1] == 'x'); /* bytea_output is set on every connection */
	len = strlen(text + 2) / 2;
	out = arena_alloc(mem, len);
	if (out == NULL)
		return (struct slice){ 0 };
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(db_nibble(text[2 + 2 * i]) << 4 | db_nibble(text[3 + 2 * i]));
	return slice_of(out, len);
}

void db_unit_rewind(struct db_unit *u)
{
	for (struct db_call *call = u->first; call != NULL; call = call->next) {
		db_call_clear(call);
		call->parse = 0;
	}
	u->sent = u->answered = u->failed = NULL;
	u->synced = u->unknown = u->asked = u->undoing = false;
	u->joined = u->stale = u->spoilt = false;
	u->sqlstate[0] = u->constraint[0] = 0;
	memset(&u->err, 0, sizeof(u->err));
}

static bool db_value_same(const struct db_value *a, const struct db_value *b)
{
	if (a->data == NULL || b->data == NULL || a->binary || b->binary)
		return a->data == b->data;
	return strcmp(a->data, b->data) == 0;
}

bool db_call_same(const struct db_call *a, const struct db_call *b)
{
	if (a->stmt != b->stmt)
		return false;
	for (unsigned i = 0; i < a->stmt->n_params; i++)
		if (!db_value_same(&a->values[i], &b->values[i]))
			return false;
	return true;
}
