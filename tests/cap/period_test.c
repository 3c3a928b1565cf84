/* The months of the ledger: closed in their order, opened again by two, and nothing slips in. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/hold.h"
#include "tests/support/wire.h"

static int prepare(void **state)
{
	return rig_up(state);
}

/* The month so many before this one, at the property. */
static const char *month(int before, char out[8])
{
	time_t t = time(NULL) + 8 * 3600;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	tm.tm_mday = 1;
	tm.tm_mon -= before;
	(void)timegm(&tm);
	(void)strftime(out, 8, "%Y-%m", &tm);
	return out;
}

static void post_in(struct rig *rig, int before, enum st_code want)
{
	char m[8];

	if (want == ST_OK)
		rig_ok(rig, "finance", "ledger.Post",
		       "{'text': 'x', 'debit': ['1001=5'], 'credit': ['6051=5'], 'date': '%s-01'}",
		       month(before, m));
	else
		rig_refused(rig, "finance", "ledger.Post", want, "date",
			    "{'text': 'x', 'debit': ['1001=5'], 'credit': ['6051=5'], 'date': "
			    "'%s-01'}",
			    month(before, m));
}

static const json_t *step(struct rig *rig, const char *method, int before)
{
	char m[8];

	return rig_ok(rig, "finance", method, "{'month': '%s'}", month(before, m));
}

static void month_is_closed(void **state)
{
	char m[8];
	const json_t *p;

	post_in(*state, 3, ST_OK);
	post_in(*state, 2, ST_OK);
	/* In their order, and not before they are over. */
	rig_refused(*state, "finance", "period.Begin", ST_FAILED_PRECONDITION, "month",
		    "{'month': '%s'}", month(2, m));
	rig_refused(*state, "finance", "period.Begin", ST_FAILED_PRECONDITION, "month",
		    "{'month': '%s'}", month(0, m));
	rig_refused(*state, "finance", "period.Close", ST_FAILED_PRECONDITION, "month",
		    "{'month': '%s'}", month(3, m));
	p = step(*state, "period.Begin", 3);
	assert_string_equal(rig_text(p, "state"), "closing");
	post_in(*state, 3, ST_FAILED_PRECONDITION);
	post_in(*state, 4, ST_FAILED_PRECONDITION);
	rig_ok(*state, "finance", "period.Back", "{'month': '%s', 'why': 'One is missing'}",
	       month(3, m));
	post_in(*state, 3, ST_OK);
	step(*state, "period.Begin", 3);
	p = step(*state, "period.Close", 3);
	assert_string_equal(rig_text(p, "state"), "closed");
	assert_int_equal(strlen(rig_text(p, "digest")), 64);
	assert_int_equal(rig_int(p, "entries"), 2);
	post_in(*state, 3, ST_FAILED_PRECONDITION);
	/* What comes after stands on what was kept. */
	p = rig_find(rig_ok(*state, "finance", "ledger.Balance", "{'month': '%s'}", month(2, m)),
		     "balances", "code", "1001");
	assert_int_equal(rig_int(p, "opening_minor"), 1000);
	assert_int_equal(rig_int(p, "closing_minor"), 1500);
	p = rig_find(rig_ok(*state, "finance", "period.List", "{'state': 'closed'}"), "periods",
		     "month", month(3, m));
	assert_non_null(p);
}

static void month_is_opened_again_by_two(void **state)
{
	char m[8], number[20];
	const json_t *a;

	rig_refused(*state, "finance", "period.Reopen", ST_FAILED_PRECONDITION, "month",
		    "{'month': '%s', 'why': 'It is open'}", month(2, m));
	a = rig_ok(*state, "finance", "period.Reopen",
		   "{'month': '%s', 'why': 'The bank corrected itself'}", month(3, m));
	assert_string_equal(rig_text(a, "state"), "asked");
	(void)snprintf(number, sizeof(number), "%s", rig_text(a, "number"));
	rig_refused(*state, "finance", "period.Reopen", ST_ALREADY_EXISTS, "approval",
		    "{'month': '%s', 'why': 'Twice'}", month(3, m));
	post_in(*state, 3, ST_FAILED_PRECONDITION);
	rig_refused(*state, "finance", "approval.Approve", ST_PERMISSION_DENIED, "approval",
		    "{'approval': '%s'}", number);
	rig_refused(*state, "supervisor", "approval.Approve", ST_PERMISSION_DENIED, "approval",
		    "{'approval': '%s'}", number);
	rig_ok(*state, "administrator", "approval.Approve", "{'approval': '%s'}", number);
	post_in(*state, 3, ST_OK);
	rig_refused(*state, "administrator", "approval.Approve", ST_FAILED_PRECONDITION, "approval",
		    "{'approval': '%s'}", number);
}

/* Whoever posts is waited for; whoever comes after is refused. */
static void nothing_slips_into_a_month_that_closes(void **state)
{
	struct hold h;
	struct wire *w = wire_desk(*state, "finance");
	char m[8], request[60];
	struct wire_call begin = { .method = "period.Begin", .request = request };
	uint32_t id;

	step(*state, "period.Begin", 3);
	step(*state, "period.Close", 3);
	(void)snprintf(request, sizeof(request), "{'month': '%s'}", month(2, m));
	h = hold_begin(*state, "insert into journal (property_id, id, number, kind, on_date, text) "
			       "select p.id, gen_random_uuid(), 'J-TEST', 'manual', "
			       "(date_trunc('month', now()) - interval '2 months')::date, 'slow' "
			       "from property p where p.code = 'SUN'");
	id = wire_call(w, &begin);
	wire_push(w);
	hold_until_waiting(*state, 1);
	hold_commit(&h);
	assert_int_equal(wire_answer(w, id)->code, ST_OK);
	post_in(*state, 2, ST_FAILED_PRECONDITION);
	wire_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(month_is_closed),
		cmocka_unit_test(month_is_opened_again_by_two),
		cmocka_unit_test(nothing_slips_into_a_month_that_closes),
	};

	return cmocka_run_group_tests_name("period", tests, prepare, rig_down);
}
