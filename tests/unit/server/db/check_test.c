/* The check of statements finds what is wrong, and says so where one can find it. */
#include "server/db/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire.h"
#include "tests/support/pg.h"

#include "binding.pb-c.h"

struct check_rig {
	struct test_pg pg;
	PGconn *conn;
	char faults[4000];
	unsigned n;
};

static int setup(void **state)
{
	struct check_rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -1;
	test_pg_start(&r->pg);
	r->conn = test_pg_connect(&r->pg, "steward_app");
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct check_rig *r = *state;

	PQfinish(r->conn);
	test_pg_stop(&r->pg);
	free(r);
	return 0;
}

static const struct message_rules whole_rules = { .desc = &binding__whole__descriptor };
static const struct rpc_method method = { .name = "thing.Do",
					  .in = &whole_rules,
					  .out = &whole_rules };

static void report(void *arg, const char *fault)
{
	struct check_rig *r = arg;
	size_t len = strlen(r->faults);

	(void)snprintf(r->faults + len, sizeof(r->faults) - len, "%s\n", fault);
}

/* One statement with at most one parameter, in a plan of its own. */
static void check(struct check_rig *r, enum sql_shape shape, const char *text,
		  const char *const *params, const struct sql_param *where)
{
	const struct sql_stmt stmt = { .name = "thing_do",
				       .text = text,
				       .shape = (uint8_t)shape,
				       .n_params = params != NULL,
				       .params = params };
	const ProtobufCFieldDescriptor *rows = message_field(&binding__whole__descriptor, "rows");
	const struct sql_step step = {
		.stmt = &stmt,
		.params = where,
		.target = shape == SQL_MANY ? (uint16_t)(rows - binding__whole__descriptor.fields)
					    : SQL_NO_TARGET
	};
	const struct rpc_plan plan = { .steps = &step, .n_steps = 1 };
	const struct sql_check_input in = { &stmt, 1, &method, &plan, 1 };
	struct st_err err = { 0 };

	r->faults[0] = 0;
	r->n = 0;
	assert_int_equal(sql_check(r->conn, &in, report, r, &r->n, &err), ST_OK);
	test_pg_exec(r->conn, "deallocate all");
}

static void good(struct check_rig *r, enum sql_shape shape, const char *text)
{
	check(r, shape, text, NULL, NULL);
	if (r->n != 0)
		fail_msg("%s: %s", text, r->faults);
}

static void bad(struct check_rig *r, enum sql_shape shape, const char *text, const char *says)
{
	check(r, shape, text, NULL, NULL);
	if (r->n != 1 || strstr(r->faults, says) == NULL)
		fail_msg("%s: %u faults: %s", text, r->n, r->faults);
}

/* A statement with one parameter, filled from this field (or "rows.x", or "ctx_x" by number). */
static void param(struct check_rig *r, const char *text, const char *name, int ctx,
		  const char *says)
{
	const char *params[] = { name };
	struct sql_param where = { .source = SQL_CTX, .field = (uint16_t)ctx };
	const char *dot = strchr(name, '.');
	char list[20];

	if (ctx < 0 && dot != NULL) {
		(void)snprintf(list, sizeof(list), "%.*s", (int)(dot - name), name);
		where.source = SQL_COLUMN;
		where.field = (uint16_t)(message_field(&binding__whole__descriptor, list) -
					 binding__whole__descriptor.fields);
		where.sub = (uint16_t)(message_field(&binding__part__descriptor, dot + 1) -
				       binding__part__descriptor.fields);
	} else if (ctx < 0) {
		where.source = SQL_FIELD;
		where.field = (uint16_t)(message_field(&binding__whole__descriptor, name) -
					 binding__whole__descriptor.fields);
	}
	check(r, SQL_EXEC, text, params, &where);
	if (says == NULL && r->n != 0)
		fail_msg("%s: %s", text, r->faults);
	if (says != NULL && (r->n != 1 || strstr(r->faults, says) == NULL))
		fail_msg("%s: %u faults: %s", text, r->n, r->faults);
}

static void check_passes_what_fits(void **state)
{
	struct check_rig *r = *state;

	good(r, SQL_ONE,
	     "select 1 as i32, 1::bigint as i64, 'x' as text, true as flag, '\\x00'::bytea as raw,"
	     " 1.5::float8 as real, 'LOW' as level, gen_random_uuid() as \"part.name\"");
	good(r, SQL_MAYBE,
	     "select array['x'] as names, array[1::bigint] as numbers, current_date as text");
	good(r, SQL_ONE, "select '{}'::jsonb as part");
	good(r, SQL_MANY, "select 'x' as name, 1::bigint as count");
	good(r, SQL_EXEC, "select 1 as whatever");
	good(r, SQL_EXEC, "set work_mem = '5MB'");
	good(r, SQL_FEED,
	     "select 1 as property_id, 'case' as entity, gen_random_uuid() as id, 1 as version,"
	     " false as dead, 'C-1' as number");
}

static void check_finds_columns_that_do_not_fit(void **state)
{
	struct check_rig *r = *state;

	bad(r, SQL_ONE, "select 1 as other",
	    "thing.Do: statement thing_do, column \"other\" (integer): the message has no");
	bad(r, SQL_ONE, "select 'x' as part", "column \"part\" (text)");
	bad(r, SQL_ONE, "select '[]'::jsonb as rows", "its rows come from a :many");
	bad(r, SQL_ONE, "select 1::bigint as i32", "column \"i32\" (bigint)");
	bad(r, SQL_ONE, "select sum(1::bigint) as i64", "the sum of bigint is numeric");
	bad(r, SQL_ONE, "select now() as text", "ts(column, zone)");
	bad(r, SQL_ONE, "select true as text", "cannot hold");
	bad(r, SQL_ONE, "select 'x' as i32", "cannot hold");
	bad(r, SQL_ONE, "select array['x'] as text", "must not be an array");
	bad(r, SQL_ONE, "select 'x' as names", "must be an array");
	bad(r, SQL_ONE, "select array[1] as names", "cannot hold");
	bad(r, SQL_ONE, "select point(1, 2) as text", "no place in a message");
	bad(r, SQL_ONE, "select 1 as i32, 2 as i32", "twice");
	bad(r, SQL_ONE, "set work_mem = '5MB'", "gives no rows");
	bad(r, SQL_MANY, "select 1 as i32", "no such field");
	bad(r, SQL_FEED,
	    "select 1 as property_id, 'case' as entity, gen_random_uuid() as id, 1 as version,"
	    " false as dead, 1 as number",
	    "the change feed needs another type");
	bad(r, SQL_FEED, "select 1 as property_id", "must give property_id, entity");
}

static void check_finds_statements_that_do_not_run(void **state)
{
	struct check_rig *r = *state;

	bad(r, SQL_ONE, "select x from no_such_table",
	    "statement thing_do: relation \"no_such_table\" does not exist, at character 15");
	bad(r, SQL_ONE, "selec 1", "syntax error");
}

static void check_compares_parameters(void **state)
{
	struct check_rig *r = *state;

	param(r, "select $1::text", "text", -1, NULL);
	param(r, "select $1::uuid", "text", -1, NULL);
	param(r, "select $1::timestamptz", "text", -1, NULL);
	param(r, "select $1::int", "i64", -1, NULL);
	param(r, "select $1::bytea", "raw", -1, NULL);
	param(r, "select $1::text[]", "names", -1, NULL);
	param(r, "select $1::bigint[]", "rows.count", -1, NULL);
	param(r, "select $1::int[]", "ctx_scope", CTX_scope, NULL);
	param(r, "select $1::uuid", "ctx_key", CTX_key, NULL);
	param(r, "select $1::timestamptz", "ctx_occurred_at", CTX_occurred_at, NULL);
	param(r, "select $1::int", "text", -1,
	      "parameter :text (integer): a value of the field cannot be read");
	param(r, "select $1::text", "i32", -1, ":i32 (text)");
	param(r, "select $1::text", "names", -1, "must be an array");
	param(r, "select $1::text[]", "text", -1, "must not be an array");
	param(r, "select $1::bigint", "rows.count", -1, "must be an array");
	param(r, "select $1::text", "raw", -1, "cannot be read");
	param(r, "select $1::int", "ctx_scope", CTX_scope, "must be an array");
	param(r, "select $1::int", "ctx_key", CTX_key, "what the daemon gives");
	param(r, "select 1", "text", -1, "has 0 parameters, 1 are known");
}

static void check_notices_a_lost_database(void **state)
{
	struct check_rig *r = *state;
	PGconn *pg = test_pg_connect(&r->pg, "steward_app");
	const struct sql_check_input none = { 0 };
	struct st_err err = { 0 };
	unsigned n = 7;

	PQclear(PQexec(pg, "select pg_terminate_backend(pg_backend_pid())"));
	assert_int_equal(sql_check(pg, &none, report, r, &n, &err), ST_UNAVAILABLE);
	assert_int_equal(n, 7);
	PQfinish(pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_passes_what_fits),
		cmocka_unit_test(check_finds_columns_that_do_not_fit),
		cmocka_unit_test(check_finds_statements_that_do_not_run),
		cmocka_unit_test(check_compares_parameters),
		cmocka_unit_test(check_notices_a_lost_database),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
