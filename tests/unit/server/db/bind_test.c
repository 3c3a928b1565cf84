/* From a message through real statements into a message and back: nothing may be changed on the
 * way. */
#include "server/db/bind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/wire.h"
#include "tests/support/pg.h"
#include "tests/unit/server/db/rig.h"

#include "binding.pb-c.h"

struct bind_rig {
	struct test_pg pg;
	PGconn *conn;
	struct arena mem;
	struct db_unit unit;
	struct ctx_values ctx;
	struct st_err err;
};

static int setup(void **state)
{
	struct bind_rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -1;
	test_pg_start(&r->pg);
	r->conn = test_pg_connect(&r->pg, "steward_app");
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct bind_rig *r = *state;

	PQfinish(r->conn);
	test_pg_stop(&r->pg);
	free(r);
	return 0;
}

static int begin(void **state)
{
	struct bind_rig *r = *state;

	arena_init(&r->mem, 1u << 20);
	memset(&r->err, 0, sizeof(r->err));
	memset(&r->ctx, 0, sizeof(r->ctx));
	db_unit_init(&r->unit, &r->mem, NULL, NULL);
	return 0;
}

static int end(void **state)
{
	struct bind_rig *r = *state;

	arena_fini(&r->mem);
	return 0;
}

static uint16_t field(const ProtobufCMessageDescriptor *desc, const char *name)
{
	const ProtobufCFieldDescriptor *f = message_field(desc, name);

	assert_non_null(f);
	return (uint16_t)(f - desc->fields);
}

/* Runs the call as it was bound. */
static void execute(struct bind_rig *r, struct db_call *call)
{
	const char *values[32];
	int lens[32], formats[32];

	for (int i = 0; i < call->stmt->n_params; i++) {
		values[i] = call->values[i].data;
		lens[i] = call->values[i].len;
		formats[i] = call->values[i].binary;
	}
	call->rows = PQexecParams(r->conn, call->stmt->text, call->stmt->n_params, NULL, values,
				  lens, formats, 0);
	if (PQresultStatus(call->rows) != PGRES_TUPLES_OK)
		fail_msg("%s", PQresultErrorMessage(call->rows));
}

static struct db_call *bind_and_execute(struct bind_rig *r, const struct sql_step *step,
					const ProtobufCMessage *in)
{
	struct db_call *call = NULL;

	assert_int_equal(bind_step(&r->unit, step, in, &r->ctx, &call, &r->err), ST_OK);
	execute(r, call);
	return call;
}

/* A statement without parameters whose rows go into a Whole. */
static enum st_code fill(struct bind_rig *r, enum sql_shape shape, const char *text,
			 Binding__Whole **ret)
{
	struct sql_stmt *stmt = arena_new(&r->mem, struct sql_stmt);
	struct sql_step *step = arena_new(&r->mem, struct sql_step);
	struct db_call *call;

	*stmt = (struct sql_stmt){ .name = "sample", .text = text, .shape = (uint8_t)shape };
	*step = (struct sql_step){ .stmt = stmt, .target = SQL_NO_TARGET };
	if (shape == SQL_MANY)
		step->target = field(&binding__whole__descriptor, "rows");
	*ret = (Binding__Whole *)message_new(&binding__whole__descriptor, &r->mem);
	call = db_add(&r->unit, stmt);
	execute(r, call);
	return bind_rows(step, call, &(*ret)->base, &r->mem, &r->err);
}

static const char *const whole_params[] = { "i32",   "s32",   "u32",     "i64",   "s64",
					    "u64",   "flag",  "text",    "raw",   "real",
					    "level", "names", "numbers", "flags", "raws" };
#define WHOLE_PARAMS (sizeof(whole_params) / sizeof(whole_params[0]))

static const struct sql_stmt whole_stmt = { "whole",
					    "select $1::int as i32, $2::int as s32, $3::bigint as "
					    "u32, $4::bigint as i64, $5::bigint as s64,"
					    " $6::numeric as u64, $7::boolean as flag, $8::text as "
					    "text, $9::bytea as raw, $10::float8 as real,"
					    " $11::text as level, $12::text[] as names, "
					    "$13::bigint[] as numbers, $14::boolean[] as flags,"
					    " $15::bytea[] as raws",
					    SQL_ONE,
					    WHOLE_PARAMS,
					    whole_params,
					    0 };

/* There and back: the same bytes. */
static void round_trip(struct bind_rig *r, Binding__Whole *in)
{
	struct sql_param params[WHOLE_PARAMS];
	struct sql_step step = { &whole_stmt, params, SQL_NO_TARGET };
	ProtobufCMessage *out = message_new(&binding__whole__descriptor, &r->mem);
	uint8_t a[4096], b[4096];
	struct db_call *call;
	size_t n;

	for (unsigned i = 0; i < WHOLE_PARAMS; i++)
		params[i] = (struct sql_param){ SQL_FIELD,
						field(&binding__whole__descriptor, whole_params[i]),
						0 };
	call = bind_and_execute(r, &step, &in->base);
	assert_int_equal(bind_rows(&step, call, out, &r->mem, &r->err), ST_OK);
	n = protobuf_c_message_pack(&in->base, a);
	assert_true(n <= sizeof(a));
	assert_int_equal(protobuf_c_message_pack(out, b), n);
	assert_memory_equal(a, b, n);
}

static char awkward[] =
	"a \"quoted\" \\ 'text', {with} NULL\nnew line\ttab and 东门 3-1-1202 \xf0\x9f\x94\x91";
static char empty[] = "", null_word[] = "NULL", comma[] = ",", brace[] = "}{", quote[] = "\"",
	    backslash[] = "\\", plain[] = "plain", blank[] = " ";

static void bind_carries_every_type(void **state)
{
	Binding__Whole in = BINDING__WHOLE__INIT;
	uint8_t raw[] = { 0, 1, 254, 255, '\\', '"' };
	ProtobufCBinaryData raws[] = { { sizeof(raw), raw }, { 0, NULL }, { 1, raw + 4 } };
	char *names[] = { plain, empty, null_word, comma, brace, quote, backslash, blank, awkward };
	int64_t numbers[] = { 0, -1, INT64_MAX, INT64_MIN };
	protobuf_c_boolean flags[] = { true, false, true };

	in.has_i32 = in.has_s32 = in.has_u32 = in.has_i64 = in.has_s64 = in.has_u64 = true;
	in.i32 = INT32_MIN;
	in.s32 = -5;
	in.u32 = UINT32_MAX;
	in.i64 = INT64_MAX;
	in.s64 = INT64_MIN;
	in.u64 = UINT64_MAX;
	in.has_flag = in.flag = true;
	in.text = awkward;
	in.has_raw = true;
	in.raw = raws[0];
	in.has_real = true;
	in.real = 0.1;
	in.has_level = true;
	in.level = BINDING__LEVEL__HIGH;
	in.n_names = sizeof(names) / sizeof(names[0]);
	in.names = names;
	in.n_numbers = 4;
	in.numbers = numbers;
	in.n_flags = 3;
	in.flags = flags;
	in.n_raws = 3;
	in.raws = raws;
	round_trip(*state, &in);
}

static void bind_keeps_absent_absent(void **state)
{
	Binding__Whole in = BINDING__WHOLE__INIT;

	round_trip(*state, &in);
}

/* Set, and nothing in it: not the same as absent. */
static void bind_keeps_empty_and_zero(void **state)
{
	Binding__Whole in = BINDING__WHOLE__INIT;

	in.has_i32 = in.has_i64 = in.has_flag = in.has_raw = in.has_real = true;
	in.text = empty;
	round_trip(*state, &in);
}

static void bind_makes_columns_of_a_list(void **state)
{
	static const char *const params[] = { "rows.name", "rows.count", "rows.raw" };
	static const struct sql_stmt stmt = { "columns",
					      "select * from unnest($1::text[], $2::bigint[], "
					      "$3::bytea[]) as x (name, count, raw)",
					      SQL_MANY,
					      3,
					      params,
					      0 };
	struct bind_rig *r = *state;
	uint16_t rows = field(&binding__whole__descriptor, "rows");
	struct sql_param where[] = {
		{ SQL_COLUMN, rows, field(&binding__part__descriptor, "name") },
		{ SQL_COLUMN, rows, field(&binding__part__descriptor, "count") },
		{ SQL_COLUMN, rows, field(&binding__part__descriptor, "raw") },
	};
	struct sql_step step = { &stmt, where, rows };
	Binding__Whole in = BINDING__WHOLE__INIT;
	Binding__Part parts[] = { BINDING__PART__INIT, BINDING__PART__INIT, BINDING__PART__INIT };
	Binding__Part *list[] = { &parts[0], &parts[1], &parts[2] };
	Binding__Whole *out = (Binding__Whole *)message_new(&binding__whole__descriptor, &r->mem);
	uint8_t raw[] = { 0xde, 0xad };
	struct db_call *call;

	parts[0].name = awkward;
	parts[1].has_count = true;
	parts[1].count = 7;
	parts[2].has_raw = true;
	parts[2].raw = (ProtobufCBinaryData){ 2, raw };
	in.rows = list;
	in.n_rows = 3;
	call = bind_and_execute(r, &step, &in.base);
	assert_int_equal(bind_rows(&step, call, &out->base, &r->mem, &r->err), ST_OK);
	assert_int_equal(out->n_rows, 3);
	assert_string_equal(out->rows[0]->name, awkward);
	assert_false(out->rows[0]->has_count);
	assert_null(out->rows[1]->name);
	assert_int_equal(out->rows[1]->count, 7);
	assert_int_equal(out->rows[2]->raw.len, 2);
	assert_memory_equal(out->rows[2]->raw.data, raw, 2);
	in.n_rows = 0; /* no elements: null, and no rows */
	call = bind_and_execute(r, &step, &in.base);
	assert_null(call->values[0].data);
	assert_int_equal(PQntuples(call->rows), 0);
}

static void bind_takes_what_the_daemon_knows(void **state)
{
	static const char *const params[] = { "ctx_scope", "ctx_reason", "ctx_token" };
	static const struct sql_stmt stmt = {
		"context",
		"select cardinality($1::int[]) as i32, $2::text as text, $3::bytea as raw",
		SQL_ONE,
		3,
		params,
		0
	};
	struct bind_rig *r = *state;
	const struct sql_param where[] = { { SQL_CTX, CTX_scope, 0 },
					   { SQL_CTX, CTX_reason, 0 },
					   { SQL_CTX, CTX_token, 0 } };
	struct sql_step step = { &stmt, where, SQL_NO_TARGET };
	Binding__Whole in = BINDING__WHOLE__INIT;
	Binding__Whole *out = (Binding__Whole *)message_new(&binding__whole__descriptor, &r->mem);
	struct db_call *call;

	r->ctx.v[CTX_scope] = "{1,2,3}";
	r->ctx.v[CTX_token] = "\\x00ff";
	call = bind_and_execute(r, &step, &in.base);
	assert_int_equal(bind_rows(&step, call, &out->base, &r->mem, &r->err), ST_OK);
	assert_int_equal(out->i32, 3);
	assert_null(out->text);
	assert_int_equal(out->raw.len, 2);
}

static void bind_fills_sub_messages(void **state)
{
	Binding__Whole *out;

	assert_int_equal(fill(*state, SQL_ONE,
			      "select 'x' as \"part.name\", 5::bigint as \"part.count\"", &out),
			 ST_OK);
	assert_string_equal(out->part->name, "x");
	assert_int_equal(out->part->count, 5);
	assert_int_equal(
		fill(*state, SQL_ONE, "select null::text as \"part.name\", 1 as i32", &out), ST_OK);
	assert_null(out->part); /* nothing in it: absent */
}

static void bind_appends_rows(void **state)
{
	Binding__Whole *out;

	assert_int_equal(
		fill(*state, SQL_MANY,
		     "select n as count, 'no ' || n as name from generate_series(1, 300) n", &out),
		ST_OK);
	assert_int_equal(out->n_rows, 300);
	assert_int_equal(out->rows[299]->count, 300);
	assert_string_equal(out->rows[9]->name, "no 10");
	assert_int_equal(fill(*state, SQL_MANY, "select 1 as count where false", &out), ST_OK);
	assert_int_equal(out->n_rows, 0);
}

static void bind_counts_rows_of_one(void **state)
{
	struct bind_rig *r = *state;
	Binding__Whole *out;

	assert_int_equal(fill(r, SQL_ONE, "select 1 as i32 where false", &out), ST_NOT_FOUND);
	assert_int_equal(fill(r, SQL_MAYBE, "select 1 as i32 where false", &out), ST_OK);
	assert_false(out->has_i32);
	assert_int_equal(fill(r, SQL_MAYBE, "select 1 as i32", &out), ST_OK);
	assert_true(out->has_i32);
	assert_int_equal(fill(r, SQL_ONE, "select generate_series(1, 2) as i32", &out),
			 ST_INTERNAL);
	assert_non_null(strstr(r->err.message, "2 rows"));
}

static void bind_ignores_what_goes_elsewhere(void **state)
{
	Binding__Whole *out;

	assert_int_equal(fill(*state, SQL_EXEC, "select 1 as no_such_field", &out), ST_OK);
	assert_int_equal(fill(*state, SQL_FEED, "select 1 as no_such_field", &out), ST_OK);
	assert_int_equal(fill(*state, SQL_CALL, "select 1 as no_such_field", &out), ST_OK);
}

static void bind_leaves_nulls_out_of_lists(void **state)
{
	Binding__Whole *out;

	assert_int_equal(fill(*state, SQL_ONE,
			      "select array['a', null, 'NULL', '']::text[] as names, "
			      "'{}'::bigint[] as numbers",
			      &out),
			 ST_OK);
	assert_int_equal(out->n_names, 3);
	assert_string_equal(out->names[1], "NULL");
	assert_string_equal(out->names[2], "");
	assert_int_equal(out->n_numbers, 0);
}

/* json fills a single message with all that is in it. */
static void bind_fills_a_message_from_json(void **state)
{
	Binding__Whole *out;

	assert_int_equal(
		fill(*state, SQL_ONE,
		     "select 7 as i32, jsonb_build_object('name', 'x', 'count', 9007199254740993, "
		     "'raw', null) as part",
		     &out),
		ST_OK);
	assert_int_equal(out->i32, 7);
	assert_string_equal(out->part->name, "x");
	assert_true(out->part->count == 9007199254740993);
	assert_false(out->part->has_raw);
	assert_int_equal(fill(*state, SQL_ONE, "select null::jsonb as part", &out), ST_OK);
	assert_null(out->part);
	assert_int_equal(fill(*state, SQL_ONE, "select '{}'::jsonb as part", &out), ST_OK);
	assert_non_null(out->part);
}

static void bind_refuses_what_does_not_fit(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{ "select 1 as i32, 2 as other", "'other': the message has no such field" },
		{ "select 1 as \"part.other\"", "no such field" },
		{ "select 1 as \"i32.x\"", "not a single message" },
		{ "select 1 as \"rows.count\"", "not a single message" },
		{ "select 1 as part", "no JSON object of the message" },
		{ "select '{\"nam\": 1}'::jsonb as part", "did you mean 'name'" },
		{ "select '[]'::jsonb as rows", "its rows come from a :many" },
		{ "select 'many' as i32", "does not fit" },
		{ "select 3000000000 as i32", "does not fit" },
		{ "select 'x' as names", "plain array" },
		{ "select array[array['x']] as names", "plain array" },
		{ "select '[0:1]={a,b}'::text[] as names", "plain array" },
		{ "select array['x'] as numbers", "does not fit" },
	};
	struct bind_rig *r = *state;
	Binding__Whole *out;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(fill(r, SQL_ONE, wrong[i].text, &out), ST_INTERNAL);
		if (strstr(r->err.message, wrong[i].says) == NULL)
			fail_msg("%s: %s", wrong[i].text, r->err.message);
		assert_null(strstr(r->err.message, "3000000000"));
	}
}

/* Wherever memory ends, it is an error and no crash. */
static void bind_runs_out_of_memory(void **state)
{
	struct bind_rig *r = *state;
	char *names[] = { awkward, awkward };
	Binding__Whole in = BINDING__WHOLE__INIT;
	struct sql_param params[WHOLE_PARAMS];
	struct sql_step step = { &whole_stmt, params, SQL_NO_TARGET };
	struct db_call *call;
	enum st_code code;
	unsigned refused = 0;

	in.text = awkward;
	in.has_i64 = true;
	in.names = names;
	in.n_names = 2;
	for (unsigned i = 0; i < WHOLE_PARAMS; i++)
		params[i] = (struct sql_param){ SQL_FIELD,
						field(&binding__whole__descriptor, whole_params[i]),
						0 };
	for (size_t room = 0;; room += 8) {
		struct arena small;
		struct db_unit u;

		arena_init(&small, room);
		db_unit_init(&u, &small, NULL, NULL);
		code = bind_step(&u, &step, &in.base, &r->ctx, &call, &r->err);
		if (code == ST_OK) {
			ProtobufCMessage *out = message_new(&binding__whole__descriptor, &r->mem);

			execute(r, call);
			small.limit = small.used; /* nothing left for the reply */
			assert_int_equal(bind_rows(&step, call, out, &small, &r->err),
					 ST_RESOURCE_EXHAUSTED);
		}
		arena_fini(&small);
		if (code == ST_OK)
			break;
		assert_int_equal(code, ST_RESOURCE_EXHAUSTED);
		refused++;
	}
	assert_true(refused > 10);
}

static void bind_writes_arrays(void **state)
{
	struct bind_rig *r = *state;
	const char *const items[] = { "a", NULL, "", "NULL", "b\"c\\d", "{,}" };

	assert_string_equal(bind_array(&r->mem, items, 0), "{}");
	assert_string_equal(bind_array(&r->mem, items, 6),
			    "{\"a\",NULL,\"\",\"NULL\",\"b\\\"c\\\\d\",\"{,}\"}");
	r->mem.limit = r->mem.used;
	assert_null(bind_array(&r->mem, items, 6));
}

#define BIND_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BIND_TEST(bind_carries_every_type),
		BIND_TEST(bind_keeps_absent_absent),
		BIND_TEST(bind_keeps_empty_and_zero),
		BIND_TEST(bind_makes_columns_of_a_list),
		BIND_TEST(bind_takes_what_the_daemon_knows),
		BIND_TEST(bind_fills_sub_messages),
		BIND_TEST(bind_appends_rows),
		BIND_TEST(bind_counts_rows_of_one),
		BIND_TEST(bind_ignores_what_goes_elsewhere),
		BIND_TEST(bind_leaves_nulls_out_of_lists),
		BIND_TEST(bind_fills_a_message_from_json),
		BIND_TEST(bind_refuses_what_does_not_fit),
		BIND_TEST(bind_runs_out_of_memory),
		BIND_TEST(bind_writes_arrays),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
