/* attachment.Get: files as they are handed out, to whom, and how slowly. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/attach.h"
#include "tests/support/wire.h"

#define CREDIT 32 /* messages a stream may be sent before it grants more */

static int prepare(void **state)
{
	return rig_up(state);
}

static int finish(void **state)
{
	attach_free();
	return rig_down(state);
}

static void attachment_get_goes_on_from_a_byte(void **state)
{
	const struct attach_file *f = attach_photo(2 * ATTACH_PART + 77, 20);
	const char *n = rig_text(attach_whole(*state, "clerk", attach_case(*state), f, "a.jpg"),
				 "number");
	static const size_t offsets[] = { 0,
					  1,
					  ATTACH_PART - 1,
					  ATTACH_PART,
					  ATTACH_PART + 1,
					  2 * ATTACH_PART + 76,
					  2 * ATTACH_PART + 77 };
	int64_t before = attach_count(*state, "audit where method = 'attachment.Get'");

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		assert_int_equal(attach_fetch(*state, "clerk", n, offsets[i], f).code, ST_OK);
	attach_fetch_refused(*state, "clerk", n, f->len + 1, f, ST_INVALID_ARGUMENT,
			     "OUT_OF_RANGE");
	attach_fetch_refused(*state, "clerk", "A-9999", 0, f, ST_NOT_FOUND, "ATTACHMENT_UNKNOWN");
	attach_fetch_refused(*state, "analyst", n, 0, f, ST_PERMISSION_DENIED, "ROLE_REQUIRED");
	/* Each time is on record. */
	assert_true(attach_count(*state, "audit where method = 'attachment.Get'") >=
		    before + (int64_t)(sizeof(offsets) / sizeof(offsets[0])));
}

static uint32_t get_started(struct wire *w, const char *attachment)
{
	char request[100];
	struct wire_call call = { .method = "attachment.Get",
				  .request = request,
				  .property = "SUN" };
	uint32_t id;

	(void)snprintf(request, sizeof(request), "{'attachment': '%s'}", attachment);
	id = wire_call(w, &call);
	assert_int_equal(wire_answer(w, id)->code, ST_OK);
	return id;
}

/* Asks for something else until 'count' messages of the stream have come. */
static void wait_for(struct wire *w, uint32_t id, size_t count)
{
	for (int i = 0; i < 500 && wire_changes(w, id) < count; i++)
		(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
	assert_int_equal(wire_changes(w, id), count);
}

/* Who does not read is sent what he has credit for, and costs nobody anything. */
static void attachment_get_waits_for_a_slow_reader(void **state)
{
	const struct attach_file *f = attach_photo(40 * ATTACH_PART, 21);
	const char *n = rig_text(attach_whole(*state, "clerk", attach_case(*state), f, "a.jpg"),
				 "number");
	struct wire *w = wire_desk(*state, "clerk");
	uint32_t slow = get_started(w, n), doomed = get_started(w, n), left = get_started(w, n);

	wait_for(w, slow, CREDIT);
	wait_for(w, doomed, CREDIT);
	wait_for(w, left, CREDIT);
	for (int i = 0; i < 5; i++)
		(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
	assert_int_equal(wire_changes(w, slow), CREDIT);
	wire_grant(w, slow, 4);
	wait_for(w, slow, CREDIT + 4);
	wire_grant(w, slow, 20);
	assert_int_equal(wire_status(w, slow)->code, ST_OK);
	assert_int_equal(wire_changes(w, slow), 41);
	wire_cancel(w, left);
	assert_int_equal(wire_status(w, left)->code, ST_OK);
	/* What is removed is not handed out to its end. */
	(void)rig_ok(*state, "manager", "attachment.Remove", "{'attachment': '%s', 'why': 'x'}", n);
	wire_grant(w, doomed, 20);
	assert_string_equal(wire_status(w, doomed)->reason, "ATTACHMENT_REMOVED");
	assert_int_equal(wire_changes(w, doomed), CREDIT);
	wire_close(w);
}

/* Whatever state it is in when the line goes; the daemon's end finds what was left behind. */
static void attachment_get_goes_with_its_connection(void **state)
{
	const struct attach_file *f = attach_photo(10 * ATTACH_PART, 22);
	const char *n = rig_text(attach_whole(*state, "clerk", attach_case(*state), f, "a.jpg"),
				 "number");

	for (int i = 0; i < 8; i++) {
		struct wire *w = wire_desk(*state, "clerk");
		uint32_t id = get_started(w, n);

		for (int k = 0; k < i; k++)
			(void)wire_ask(w, &(struct wire_call){ .method = "auth.Whoami" });
		if (i % 3 == 2)
			wire_cancel(w, id);
		wire_push(w);
		wire_close(w);
	}
	assert_int_equal(attach_fetch(*state, "clerk", n, 0, f).code, ST_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attachment_get_goes_on_from_a_byte),
		cmocka_unit_test(attachment_get_waits_for_a_slow_reader),
		cmocka_unit_test(attachment_get_goes_with_its_connection),
	};

	return cmocka_run_group_tests_name("attachment_get", tests, prepare, finish);
}
