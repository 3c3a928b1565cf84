/* Answers as they are told and as they are stored, and what of them is noted beside: by hand,
 * without a daemon, so that memory can run out at any place of it. */
#include "server/rpc/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/auth.pb-c.h"
#include "proto/envelope.pb-c.h"
#include "proto/user.pb-c.h"

#define MEMORY (1u << 20)
#define FEED 20 /* rows: more than there is room for at first */

static const char user_id[] = "01900000-0000-7000-8000-000000000001";

static struct op *op_of(const char *method)
{
	static Steward__Request envelope = STEWARD__REQUEST__INIT;
	struct op *op = calloc(1, sizeof(*op));

	assert_non_null(op);
	arena_init(&op->mem, MEMORY);
	op->method = rpc_find(method);
	assert_non_null(op->method);
	op->envelope = &envelope;
	op->in = message_new(op->method->in->desc, &op->mem);
	op->out = message_new(op->method->out->desc, &op->mem);
	return op;
}

static void op_end(struct op *op)
{
	arena_fini(&op->mem);
	free(op);
}

static Steward__User__UserReply *user_told(struct op *op)
{
	Steward__User__UserReply *out = op_out(op, Steward__User__UserReply);

	out->user = arena_new(&op->mem, Steward__User__User);
	steward__user__user__init(out->user);
	out->user->id = (char *)user_id;
	out->user->login = (char *)"anna";
	out->password = (char *)"told once";
	return out;
}

/* The body that is in a packed answer. */
static ProtobufCMessage *packed(struct op *op, bool to_store)
{
	struct st_err err = { 0 };
	ProtobufCMessage *answer, *body;
	struct slice bytes;

	assert_int_equal(answer_pack(op, to_store, &bytes, &err), ST_OK);
	assert_int_equal(wire_unpack(&rules_steward__response, bytes, &op->mem, &answer, &err),
			 ST_OK);
	bytes = slice_of(((Steward__Response *)answer)->body.data,
			 ((Steward__Response *)answer)->body.len);
	assert_int_equal(wire_unpack(op->method->out, bytes, &op->mem, &body, &err), ST_OK);
	return body;
}

/* ---- secrets ---- */

static void secret_is_told_and_not_stored(void **state)
{
	struct op *op = op_of("user.Add");
	const Steward__User__UserReply *out = user_told(op), *body;

	body = (const Steward__User__UserReply *)packed(op, true);
	assert_null(body->password);
	assert_string_equal(body->user->login, "anna");
	assert_string_equal(out->password, "told once"); /* it is still to be told */
	body = (const Steward__User__UserReply *)packed(op, false);
	assert_string_equal(body->password, "told once");
	op_end(op);
}

static void secrets_of_all_kinds_are_not_stored(void **state)
{
	struct op *op = op_of("auth.TotpConfirm");
	Steward__Auth__TotpConfirmReply *out = op_out(op, Steward__Auth__TotpConfirmReply);
	char *codes[] = { (char *)"one", (char *)"two" };

	out->recovery_codes = codes;
	out->n_recovery_codes = 2;
	assert_int_equal(
		((const Steward__Auth__TotpConfirmReply *)packed(op, true))->n_recovery_codes, 0);
	assert_int_equal(
		((const Steward__Auth__TotpConfirmReply *)packed(op, false))->n_recovery_codes, 2);
	op_end(op);
	op = op_of("auth.TotpStart");
	op_out(op, Steward__Auth__TotpStartReply)->secret = (char *)"SECRET";
	op_out(op, Steward__Auth__TotpStartReply)->uri = (char *)"otpauth://SECRET";
	assert_null(((const Steward__Auth__TotpStartReply *)packed(op, true))->secret);
	assert_null(((const Steward__Auth__TotpStartReply *)packed(op, true))->uri);
	op_end(op);
}

/* ---- memory ---- */

/* With ever more memory: refused in words, and in the end it is there. Gives the tries. */
static unsigned until_packed(struct op *op, bool to_store)
{
	size_t used = op->mem.used;
	unsigned refused = 0;

	for (size_t more = 0; more < MEMORY - used; more += 16) {
		struct st_err err = { 0 };
		struct slice bytes;
		enum st_code code;

		op->mem.limit = op->mem.used + more;
		code = answer_pack(op, to_store, &bytes, &err);
		op->mem.limit = MEMORY;
		if (code == ST_OK)
			return refused;
		assert_int_equal(code, ST_RESOURCE_EXHAUSTED);
		assert_true(err.message[0] != '\0');
		assert_true(op->mem.refused);
		refused++;
	}
	fail();
	return 0;
}

static void answer_needs_memory(void **state)
{
	struct op *op = op_of("user.Add");

	(void)user_told(op);
	assert_true(until_packed(op, true) > 2);
	assert_true(until_packed(op, false) > 1);
	op_end(op);
}

static void refusal_needs_memory(void **state)
{
	struct op *op = op_of("user.Add");

	(void)st_fail(&op->err, ST_INVALID_ARGUMENT, "REQUIRED", "login", "it must be given");
	assert_true(until_packed(op, false) > 2);
	op->violations.items[1] = op->violations.items[0];
	op->violations.n = 2;
	assert_true(until_packed(op, false) > 3);
	op_end(op);
}

/* ---- what is noted beside ---- */

static void id_is_the_one_of_the_reply_or_of_its_part(void **state)
{
	struct op *op = op_of("user.Add");
	Steward__User__UserReply *out = op_out(op, Steward__User__UserReply);

	assert_null(answer_id(op));
	out = user_told(op);
	assert_string_equal(answer_id(op), user_id);
	out->user->id = (char *)"anna"; /* not what the audit could hold */
	assert_null(answer_id(op));
	out->user->id = NULL;
	assert_null(answer_id(op));
	op_end(op);
}

static void given_fields_are_named(void **state)
{
	struct op *op = op_of("user.Add");
	Steward__User__AddRequest *in = op_in(op, Steward__User__AddRequest);

	assert_string_equal(answer_fields(op), "");
	in->login = (char *)"anna";
	in->password = (char *)"not to be seen";
	assert_string_equal(answer_fields(op), "login password");
	op_end(op);
}

static void fields_of_every_call_can_be_named(void **state)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		const ProtobufCMessageDescriptor *in = rpc_methods[i].in->desc;
		size_t len = 0;

		for (unsigned k = 0; k < in->n_fields; k++)
			len += 1 + strlen(in->fields[k].name);
		if (len >= ANSWER_FIELDS_MAX)
			fail_msg("%s: the names of its fields take %zu bytes", rpc_methods[i].name,
				 len);
	}
}

/* ---- the change feed ---- */

static const char *const feed_columns[] = { "property_id", "entity", "id",
					    "version",     "dead",   "number" };

/* Every third is a grave; every second has no number. */
static PGresult *feed_result(void)
{
	static const char *const values[] = { "1", "case", user_id, "7" };
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[6] = { 0 };

	for (int i = 0; i < 6; i++)
		columns[i].name = (char *)feed_columns[i];
	assert_int_equal(PQsetResultAttrs(res, 6, columns), 1);
	for (int row = 0; row < FEED; row++) {
		for (int i = 0; i < 4; i++)
			assert_int_equal(
				PQsetvalue(res, row, i, (char *)values[i], (int)strlen(values[i])),
				1);
		assert_int_equal(
			PQsetvalue(res, row, 4, row % 3 == 0 ? (char *)"t" : (char *)"f", 1), 1);
		assert_int_equal(PQsetvalue(res, row, 5, row % 2 == 0 ? (char *)"C-1" : NULL,
					    row % 2 == 0 ? 3 : -1),
				 1);
	}
	return res;
}

static struct op *op_with_feed(void)
{
	static const struct sql_stmt stmt = { .name = "told", .shape = SQL_FEED };
	static const struct sql_step step = { .stmt = &stmt };
	static const struct rpc_plan plan = { .steps = &step, .n_steps = 1 };
	struct op *op = op_of("user.Add");
	struct db_unit u;

	db_unit_init(&u, &op->mem, NULL, NULL);
	op->plan = &plan;
	op->step_calls = arena_array(&op->mem, struct db_call *, 1);
	op->step_calls[0] = db_add(&u, &stmt);
	op->step_calls[0]->rows = feed_result();
	return op;
}

static void feed_takes_all_rows(void **state)
{
	struct op *op = op_with_feed();
	struct feed_rows rows = { .mem = &op->mem };
	struct st_err err = { 0 };

	assert_int_equal(answer_feed(op, &rows, &err), ST_OK);
	assert_int_equal(rows.n, FEED);
	for (size_t i = 0; i < FEED; i++) {
		assert_string_equal(rows.entity[i], "case");
		assert_string_equal(rows.dead[i], i % 3 == 0 ? "t" : "f");
		assert_int_equal(rows.number[i] == NULL, i % 2);
		assert_string_equal(rows.method[i], "user.Add");
	}
	op_end(op);
}

static void feed_needs_memory(void **state)
{
	struct op *op = op_with_feed();
	enum st_code code = ST_RESOURCE_EXHAUSTED;
	unsigned refused = 0;

	for (size_t more = 0; code != ST_OK; more += 16, refused++) {
		struct feed_rows rows = { .mem = &op->mem };
		struct st_err err = { 0 };

		op->mem.limit = op->mem.used + more;
		assert_true(op->mem.limit < MEMORY);
		code = answer_feed(op, &rows, &err);
		assert_true(code == ST_OK || code == ST_RESOURCE_EXHAUSTED);
		assert_int_equal(err.code, code);
	}
	assert_true(refused > 8); /* each of the columns */
	op_end(op);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_is_told_and_not_stored),
		cmocka_unit_test(secrets_of_all_kinds_are_not_stored),
		cmocka_unit_test(answer_needs_memory),
		cmocka_unit_test(refusal_needs_memory),
		cmocka_unit_test(id_is_the_one_of_the_reply_or_of_its_part),
		cmocka_unit_test(given_fields_are_named),
		cmocka_unit_test(fields_of_every_call_can_be_named),
		cmocka_unit_test(feed_takes_all_rows),
		cmocka_unit_test(feed_needs_memory),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
