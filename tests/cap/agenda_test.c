/* What is owed: listed, settled, tried again, given to others, counted. */
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['138 0013 8000']}");
	rig_elsewhere(*state, "agenda.Add", "{'label': 'Far away', 'due': '2099-01-01'}");
	return 0;
}

static const char *added(struct rig *rig, const char *who, const char *more)
{
	return rig_text(rig_ok(rig, who, "agenda.Add",
			       "{'label': 'Ring the lift maker', 'due': '2099-01-15'%s%s}",
			       *more != '\0' ? ", " : "", more),
			"number");
}

static const json_t *listed(struct rig *rig, const char *who, const char *request,
			    const char *number)
{
	return rig_find(rig_ok(rig, who, "agenda.List", "{'limit': 500%s%s}",
			       *request != '\0' ? ", " : "", request),
			"entries", "number", number);
}

static void agenda_add_reminds_whoever_set_it(void **state)
{
	const json_t *e = rig_twice(
		*state, "clerk", "agenda.Add",
		"{'label': 'Ring back', 'due': '2099-01-15', 'party': 'P-1001', "
		"'note': 'After six'}");
	const char *n = rig_text(e, "number");

	assert_string_equal(rig_text(e, "what"), "reminder");
	assert_string_equal(rig_text(e, "to"), "clerk");
	assert_string_equal(rig_text(e, "party"), "Wang");
	assert_string_equal(rig_text(e, "phone"), "138 0013 8000");
	assert_string_equal(rig_text(e, "note"), "After six");
	assert_string_equal(rig_text(e, "state"), "open");
	assert_non_null(listed(*state, "clerk", "'mine': true", n));
	assert_null(listed(*state, "operator", "'mine': true", n));
	assert_non_null(listed(*state, "manager", "", n));
	assert_null(listed(*state, "clerk", "'until': '2099-01-14'", n));
	assert_non_null(listed(*state, "clerk", "'until': '2099-01-15'", n));
	assert_null(listed(*state, "clerk", "'kind': 'return_visit'", n));
}

static void agenda_add_names_the_bad_field(void **state)
{
	static const char *const bad[][3] = {
		{ "INV", "label", "'label': ' ', 'due': '2099-01-01'" },
		{ "INV", "due", "'label': 'x', 'due': 'soon'" },
		{ "INV", "due", "'label': 'x'" },
		{ "NOF", "to", "'label': 'x', 'due': '2099-01-01', 'to': 'nobody'" },
		{ "NOF", "party", "'label': 'x', 'due': '2099-01-01', 'party': 'P-9999'" },
		{ "NOF", "place", "'label': 'x', 'due': '2099-01-01', 'place': 'nowhere'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "clerk", "agenda.Add",
			    bad[i][0][0] == 'I' ? ST_INVALID_ARGUMENT : ST_NOT_FOUND, bad[i][1],
			    "{%s}", bad[i][2]);
	rig_dry(*state, "clerk", "agenda.Add", "{'label': 'dry', 'due': '2099-01-01'}");
	assert_null(rig_find(rig_ok(*state, "clerk", "agenda.List", "{'limit': 500}"), "entries",
			     "label", "dry"));
}

static void agenda_settle_ends_it_once(void **state)
{
	const char *n = added(*state, "clerk", "");
	const json_t *e = rig_twice(
		*state, "clerk", "agenda.Settle",
		"{'entry': '%s', 'outcome': 'call_later', 'again': '2099-02-01'}", n);

	assert_string_equal(rig_text(e, "state"), "open");
	assert_int_equal(rig_int(e, "attempts"), 1);
	assert_true(strncmp(rig_text(e, "due_by"), "2099-02-01", 10) == 0);
	e = rig_twice(*state, "clerk", "agenda.Settle", "{'entry': '%s', 'remark': 'They come'}",
		      n);
	assert_string_equal(rig_text(e, "state"), "kept");
	assert_string_equal(rig_text(e, "remark"), "They come");
	assert_null(listed(*state, "clerk", "", n));
	assert_non_null(listed(*state, "clerk", "'state': 'kept'", n));
	rig_refused(*state, "clerk", "agenda.Settle", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s'}", n);
	rig_refused(*state, "clerk", "agenda.Settle", ST_NOT_FOUND, "entry", "{'entry': 'O-9999'}");
	n = added(*state, "clerk", "");
	rig_refused(*state, "clerk", "agenda.Settle", ST_INVALID_ARGUMENT, "outcome",
		    "{'entry': '%s', 'outcome': 'reached'}", n);
	rig_refused(*state, "clerk", "agenda.Settle", ST_INVALID_ARGUMENT, "again",
		    "{'entry': '%s', 'again': '2099-03-01'}", n);
}

/* What has a command of its own names it. */
static void agenda_settle_names_the_command(void **state)
{
	const char *n = rig_text(rig_ok(*state, "clerk", "case.Open",
					"{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap'}"),
				 "number");
	const json_t *e;

	rig_ok(*state, "manager", "case.Close", "{'case': '%s', 'result': 'Done'}", n);
	e = rig_find(rig_ok(*state, "clerk", "agenda.List", "{'about': '%s'}", n), "entries",
		     "what", "return visit");
	assert_non_null(e);
	assert_true(strstr(rig_text(e, "command"), n) != NULL);
	rig_refused(*state, "clerk", "agenda.Settle", ST_FAILED_PRECONDITION, "entry",
		    "{'entry': '%s'}", rig_text(e, "number"));
}

static void agenda_assign_gives_it_to_others(void **state)
{
	const char *n = added(*state, "clerk", "'to': 'ENG'");
	const json_t *e;

	assert_non_null(listed(*state, "technician", "'mine': true", n));
	assert_non_null(listed(*state, "clerk", "'to': 'ENG'", n));
	e = rig_twice(*state, "supervisor", "agenda.Assign", "{'entry': '%s', 'to': 'operator'}",
		      n);
	assert_string_equal(rig_text(e, "to"), "operator");
	assert_null(listed(*state, "technician", "'mine': true", n));
	rig_refused(*state, "supervisor", "agenda.Assign", ST_NOT_FOUND, "to",
		    "{'entry': '%s', 'to': 'nobody'}", n);
	rig_refused(*state, "clerk", "agenda.Assign", ST_PERMISSION_DENIED, NULL,
		    "{'entry': '%s', 'to': 'operator'}", n);
}

/* Found overdue by the daemon's own timer, once. */
static void agenda_finds_what_is_late(void **state)
{
	const json_t *e = rig_ok(*state, "clerk", "agenda.Add",
				 "{'label': 'Late', 'due': '2020-01-01'}");
	const char *n = rig_text(e, "number");
	char sql[200];

	assert_true(json_is_true(json_object_get(e, "late")));
	assert_non_null(listed(*state, "clerk", "'late': true", n));
	(void)snprintf(sql, sizeof(sql),
		       "select count(*) from steward.obligation where number = '%s' and overdue_at "
		       "is not null",
		       n);
	for (int i = 0; i < 100 && strcmp(rig_sql(*state, sql), "1") != 0; i++)
		(void)rig_ok(*state, "clerk", "agenda.Kinds", "{}");
	(void)rig_sql(*state, "select pg_sleep(2.5)");
	assert_string_equal(rig_sql(*state, sql), "1");
	(void)snprintf(sql, sizeof(sql),
		       "select version from steward.obligation where number = '%s'", n);
	assert_string_equal(rig_sql(*state, sql), "2");
}

static void agenda_figures_count_what_fell_due(void **state)
{
	const char *kept, *late;
	const json_t *f;

	rig_ok(*state, "clerk", "agenda.Add", "{'label': 'a', 'due': '2021-05-10'}");
	kept = rig_text(
		rig_ok(*state, "clerk", "agenda.Add", "{'label': 'b', 'due': '2021-05-11'}"),
		"number");
	late = rig_text(
		rig_ok(*state, "clerk", "agenda.Add", "{'label': 'c', 'due': '2021-05-12'}"),
		"number");
	rig_ok(*state, "clerk", "agenda.Settle", "{'entry': '%s'}", kept);
	rig_ok(*state, "clerk", "agenda.Settle", "{'entry': '%s', 'outcome': 'not_needed'}", late);
	f = rig_ok(*state, "supervisor", "agenda.Figures",
		   "{'kind': 'reminder', 'from': '2021-05-01', 'to': '2021-05-31'}");
	assert_int_equal(rig_count(f, "figures"), 1);
	assert_int_equal(rig_int(f, "figures.0.due"), 3);
	assert_int_equal(rig_int(f, "figures.0.kept"), 1);
	assert_int_equal(rig_int(f, "figures.0.in_time"), 0);
	assert_int_equal(rig_int(f, "figures.0.cancelled"), 1);
	assert_int_equal(rig_int(f, "figures.0.still_open"), 1);
	assert_string_equal(rig_text(f, "figures.0.kept_share"), "50 %");
	/* What was put off stays where it was due: no longer in time, not in another month. */
	late = rig_text(
		rig_ok(*state, "clerk", "agenda.Add", "{'label': 'd', 'due': '2021-06-12'}"),
		"number");
	rig_ok(*state, "clerk", "agenda.Settle",
	       "{'entry': '%s', 'outcome': 'call_later', 'again': '2099-02-01'}", late);
	rig_ok(*state, "clerk", "agenda.Settle", "{'entry': '%s'}", late);
	f = rig_ok(*state, "supervisor", "agenda.Figures",
		   "{'kind': 'reminder', 'from': '2021-06-01', 'to': '2021-06-30'}");
	assert_int_equal(rig_int(f, "figures.0.kept"), 1);
	assert_int_equal(rig_int(f, "figures.0.in_time"), 0);
	assert_int_equal(rig_count(rig_ok(*state, "supervisor", "agenda.Figures",
					  "{'from': '1999-01-01', 'to': '1999-12-31'}"),
				   "figures"),
			 0);
}

static void agenda_of_others_is_not_found(void **state)
{
	const json_t *there = rig_elsewhere(*state, "agenda.List", "{}");
	const char *id = rig_text(there, "entries.0.id");

	rig_refused(*state, "clerk", "agenda.Settle", ST_NOT_FOUND, "entry", "{'entry': '%s'}", id);
	assert_null(rig_find(rig_ok(*state, "manager", "agenda.List", "{'limit': 500}"), "entries",
			     "label", "Far away"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agenda_add_reminds_whoever_set_it),
		cmocka_unit_test(agenda_add_names_the_bad_field),
		cmocka_unit_test(agenda_settle_ends_it_once),
		cmocka_unit_test(agenda_settle_names_the_command),
		cmocka_unit_test(agenda_assign_gives_it_to_others),
		cmocka_unit_test(agenda_finds_what_is_late),
		cmocka_unit_test(agenda_figures_count_what_fell_due),
		cmocka_unit_test(agenda_of_others_is_not_found),
	};

	return cmocka_run_group_tests_name("agenda", tests, prepare, rig_down);
}
