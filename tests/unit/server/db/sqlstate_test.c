/* What the database says, in the words of the system. Errors are made by a real server. */
#include "server/db/sqlstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/pg.h"

struct state_rig {
	struct test_pg pg;
	PGconn *conn;
	struct constraint_texts *texts;
	struct st_err err;
	char sqlstate[6], constraint[64];
};

static const char tables[] =
	"create schema steward authorization steward_owner; set search_path = steward, public;"
	"create extension btree_gist;"
	"create function refuse(class text, reason text, field text, message text) returns void"
	" language plpgsql as $$ begin raise exception using errcode = class, message = message,"
	" constraint = reason, column = coalesce(field, ''); end $$;"
	"create table house (id int primary key, code text not null constraint house_code_key "
	"unique,"
	" floors int constraint house_floors_check check (floors > 0), area int check (area > 0));"
	"create table flat (id int primary key, house int constraint flat_house_fkey references "
	"house (id),"
	" owner int constraint flat_owner_fkey references house (id), during int4range,"
	" constraint flat_during_excl exclude using gist (house with =, during with &&));"
	"create unique index flat_only_owner on flat (owner) where id > 100;"
	"comment on constraint house_code_key on house is 'code: another house has this code';"
	"comment on constraint house_floors_check on house is 'a house has a floor at least: or "
	"so';"
	"comment on constraint flat_house_fkey on flat is 'house: there is no such house';"
	"comment on constraint flat_owner_fkey on flat is 'This house still has flats';"
	"comment on constraint flat_during_excl on flat is 'during: somebody else has it then';"
	"comment on index flat_only_owner is 'owner: has a flat already';"
	"insert into house values (1, 'A', 1, 1); insert into flat values (1, 1, 1, '[1,5)');"
	"insert into flat values (101, null, 1, null);";

static int setup(void **state)
{
	struct state_rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -1;
	test_pg_start(&r->pg);
	r->conn = test_pg_connect(&r->pg, "postgres");
	test_pg_exec(r->conn, tables);
	if (constraint_texts_load(r->conn, &r->texts, &r->err) != ST_OK)
		return -1;
	constraint_texts_use(r->texts);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct state_rig *r = *state;

	constraint_texts_free(r->texts);
	PQfinish(r->conn);
	test_pg_stop(&r->pg);
	free(r);
	return 0;
}

/* Runs what must fail and translates it. */
static const struct st_err *failing(struct state_rig *r, const char *sql)
{
	PGresult *res = PQexec(r->conn, sql);
	enum st_code code;

	assert_int_equal(PQresultStatus(res), PGRES_FATAL_ERROR);
	code = sqlstate_translate(res, r->sqlstate, r->constraint, &r->err);
	assert_int_equal(code, r->err.code);
	PQclear(res);
	return &r->err;
}

static void expect(struct state_rig *r, const char *sql, enum st_code code, const char *reason,
		   const char *field, const char *message)
{
	const struct st_err *err = failing(r, sql);

	if (err->code != code)
		print_message("%s: %s\n", sql, err->message);
	assert_int_equal(err->code, code);
	assert_string_equal(err->reason, reason);
	assert_string_equal(err->field, field);
	if (message != NULL)
		assert_string_equal(err->message, message);
}

static void sqlstate_speaks_as_the_constraint(void **state)
{
	struct state_rig *r = *state;

	expect(r, "insert into house values (2, 'A')", ST_ALREADY_EXISTS, "HOUSE_CODE_KEY", "code",
	       "another house has this code");
	assert_string_equal(r->sqlstate, "23505");
	assert_string_equal(r->constraint, "house_code_key");
	expect(r, "insert into house values (2, 'B', 0)", ST_INVALID_ARGUMENT, "HOUSE_FLOORS_CHECK",
	       "", "a house has a floor at least: or so");
	expect(r, "insert into flat values (2, 1, null, '[2,3)')", ST_FAILED_PRECONDITION,
	       "FLAT_DURING_EXCL", "during", "somebody else has it then");
	expect(r, "insert into flat values (102, null, 1)", ST_ALREADY_EXISTS, "FLAT_ONLY_OWNER",
	       "owner", "has a flat already");
}

/* What a request names and does not exist is a fault of the request; what is still needed is a
 * state. */
static void sqlstate_tells_two_kinds_of_reference(void **state)
{
	struct state_rig *r = *state;

	expect(r, "insert into flat values (2, 99)", ST_INVALID_ARGUMENT, "FLAT_HOUSE_FKEY",
	       "house", "there is no such house");
	expect(r, "update flat set owner = 99 where id = 1", ST_FAILED_PRECONDITION,
	       "FLAT_OWNER_FKEY", "", "This house still has flats");
}

static void sqlstate_does_without_a_comment(void **state)
{
	struct state_rig *r = *state;

	expect(r, "insert into house values (1, 'C')", ST_ALREADY_EXISTS, "HOUSE_PKEY", "",
	       "the same exists already");
	expect(r, "insert into house values (2, 'B', 1, -77)", ST_INVALID_ARGUMENT,
	       "HOUSE_AREA_CHECK", "", NULL);
	assert_null(strstr(r->err.message, "77"));
	expect(r, "insert into house (id) values (3)", ST_INVALID_ARGUMENT, "REQUIRED", "code",
	       "code must be given");
	constraint_texts_use(NULL);
	expect(r, "insert into house values (2, 'A')", ST_ALREADY_EXISTS, "HOUSE_CODE_KEY", "",
	       "the same exists already");
	constraint_texts_use(r->texts);
}

static void sqlstate_refuses_as_functions_say(void **state)
{
	static const struct {
		const char *class;
		enum st_code code;
	} classes[] = { { "STNOF", ST_NOT_FOUND },         { "STPRE", ST_FAILED_PRECONDITION },
			{ "STINV", ST_INVALID_ARGUMENT },  { "STVER", ST_ABORTED },
			{ "STDEN", ST_PERMISSION_DENIED }, { "STEXI", ST_ALREADY_EXISTS } };
	struct state_rig *r = *state;
	char sql[200];

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		(void)snprintf(sql, sizeof(sql),
			       "select refuse('%s', 'CLOSED', 'case', 'the case is closed')",
			       classes[i].class);
		expect(r, sql, classes[i].code, "CLOSED", "case", "the case is closed");
	}
	expect(r, "do $$ begin raise 'stale' using errcode = 'STVER'; end $$", ST_ABORTED,
	       ST_REASON_VERSION_CONFLICT, "", "stale");
	expect(r, "select refuse('STNOF', '', null, '没有')", ST_NOT_FOUND, "NOT_FOUND", "",
	       "没有");
	expect(r, "select refuse('STXYZ', 'WHAT', '', 'unknown class')", ST_INTERNAL,
	       "DATABASE_FAULT", "", NULL);
}

/* Raised as they are, because some cannot be had in a test. */
static void sqlstate_maps_states(void **state)
{
	static const struct {
		const char *state;
		enum st_code code;
	} states[] = {
		{ "08006", ST_UNAVAILABLE },
		{ "53300", ST_UNAVAILABLE },
		{ "57P01", ST_UNAVAILABLE },
		{ "57P03", ST_UNAVAILABLE },
		{ "25006", ST_UNAVAILABLE },
		{ "53100", ST_RESOURCE_EXHAUSTED },
		{ "53200", ST_RESOURCE_EXHAUSTED },
		{ "40001", ST_ABORTED },
		{ "40P01", ST_ABORTED },
		{ "55P03", ST_ABORTED },
		{ "57014", ST_DEADLINE_EXCEEDED },
		{ "22P02", ST_INVALID_ARGUMENT },
		{ "22007", ST_INVALID_ARGUMENT },
		{ "22008", ST_INVALID_ARGUMENT },
		{ "22003", ST_INVALID_ARGUMENT },
		{ "22001", ST_INVALID_ARGUMENT },
		{ "23503", ST_FAILED_PRECONDITION },
		{ "23P01", ST_FAILED_PRECONDITION },
		{ "42501", ST_INTERNAL },
		{ "42P01", ST_INTERNAL },
		{ "22012", ST_INTERNAL },
		{ "P0001", ST_INTERNAL },
		{ "XX000", ST_INTERNAL },
		{ "XX001", ST_DATA_LOSS },
		{ "25P02", ST_UNAVAILABLE },
		{ "26000", ST_UNAVAILABLE },
	};
	struct state_rig *r = *state;
	char sql[200];

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		(void)snprintf(sql, sizeof(sql),
			       "do $$ begin raise 'secret 4711' using errcode = '%s'; end $$",
			       states[i].state);
		(void)failing(r, sql);
		if (r->err.code != states[i].code)
			fail_msg("%s gives %s", states[i].state, st_code_name(r->err.code));
		assert_string_equal(r->sqlstate, states[i].state);
		assert_null(strstr(r->err.message, "4711"));
		assert_true(r->err.message[0] != 0 && r->err.reason[0] != 0);
	}
}

static void sqlstate_says_nothing_of_the_statement(void **state)
{
	struct state_rig *r = *state;

	expect(r, "select secret_column from house", ST_INTERNAL, "DATABASE_FAULT", "",
	       "a fault in the server");
	expect(r, "set role steward_app; select * from steward.house", ST_INTERNAL,
	       "DATABASE_FAULT", "", "a fault in the server");
	assert_string_equal(r->sqlstate, "42501");
	test_pg_exec(r->conn, "reset role");
}

static void sqlstate_knows_a_lost_connection(void **state)
{
	struct state_rig *r = *state;
	PGconn *pg = test_pg_connect(&r->pg, "steward_app");
	PGresult *res = PQexec(pg, "select pg_terminate_backend(pg_backend_pid())");

	PQclear(res);
	res = PQexec(pg, "select 1"); /* libpq's own error has no state */
	assert_null(PQresultErrorField(res, PG_DIAG_SQLSTATE));
	assert_int_equal(sqlstate_translate(res, NULL, NULL, &r->err), ST_UNAVAILABLE);
	PQclear(res);
	PQfinish(pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sqlstate_speaks_as_the_constraint),
		cmocka_unit_test(sqlstate_tells_two_kinds_of_reference),
		cmocka_unit_test(sqlstate_does_without_a_comment),
		cmocka_unit_test(sqlstate_refuses_as_functions_say),
		cmocka_unit_test(sqlstate_maps_states),
		cmocka_unit_test(sqlstate_says_nothing_of_the_statement),
		cmocka_unit_test(sqlstate_knows_a_lost_connection),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
