/* Who is proposed for the work of a case, and why. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "department.Add", "{'code': 'SEC', 'name': 'Security'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_elsewhere(*state, "case.Open",
		      "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Far away'}");
	return 0;
}

static const char *opened(struct rig *rig, const char *more)
{
	return rig_text(rig_ok(rig, "clerk", "case.Open",
			       "{'kind': 'repair', 'spot': 'lobby', 'summary': 'Tap drips'%s}",
			       more),
			"number");
}

static const json_t *proposed(struct rig *rig, const char *number)
{
	return rig_ok(rig, "dispatcher", "order.Propose", "{'case': '%s'}", number);
}

static const json_t *hand(struct rig *rig, const char *number, const char *who)
{
	return rig_find(proposed(rig, number), "hands", "to", who);
}

static bool is_on_duty(const json_t *hand)
{
	return json_is_true(json_object_get(hand, "on_duty"));
}

/* Gives the work to 'to' and, unless it is a department, has it done by the desk. */
static void done(struct rig *rig, const char *number, const char *to)
{
	const char *w = rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', %s}", number, to),
		"order.number");

	rig_ok(rig, "dispatcher", "order.Accept", "{'order': '%s'}", w);
	rig_ok(rig, "dispatcher", "order.Complete", "{'order': '%s', 'result': 'x'}", w);
}

/* Only who does such work is proposed; with nothing known, in the order of the names. */
static void propose_knows_the_people_of_the_place(void **state)
{
	const json_t *r = proposed(*state, opened(*state, ""));

	assert_int_equal(rig_count(r, "hands"), 2);
	assert_string_equal(rig_text(r, "hands.0.to"), "building_steward");
	assert_string_equal(rig_text(r, "hands.1.to"), "technician");
	assert_string_equal(rig_text(r, "hands.1.department"), "ENG");
	assert_string_equal(rig_text(r, "hands.1.reason"), "not on duty, 0 open");
	assert_int_equal(rig_int(r, "hands.1.score"), 0);
}

static void propose_puts_skill_duty_and_load_in_order(void **state)
{
	const char *n = opened(*state, ", 'category': 'water / leak'");
	const json_t *r;

	assert_string_equal(rig_text(hand(*state, n, "technician"), "reason"),
			    "no plumbing, not on duty, 0 open");
	rig_ok(*state, "manager", "duty.AddSkill",
	       "{'person': 'technician', 'skill': 'plumbing', 'level': 3}");
	rig_ok(*state, "manager", "duty.AddSkill",
	       "{'person': 'building_steward', 'skill': 'plumbing', 'level': 1}");
	rig_ok(*state, "manager", "duty.AddSkill",
	       "{'person': 'building_steward', 'skill': 'lift', 'level': 3}");
	r = proposed(*state, n);
	assert_string_equal(rig_text(r, "hands.0.to"), "technician");
	assert_string_equal(rig_text(r, "hands.0.skill"), "plumbing 3");
	assert_int_equal(rig_int(r, "hands.0.score"), 60);
	assert_int_equal(rig_int(r, "hands.1.score"), 50);
	(void)rig_sql(*state, "insert into steward.duty_period (property_id, id, user_id, from_at, "
			      "to_at) select p.id, gen_random_uuid(), u.id, now() - interval '1 "
			      "hour', now() + interval '9 hours' from steward.property p, "
			      "steward.app_user u where p.code = 'SUN' and u.login = "
			      "'building_steward'");
	r = proposed(*state, n);
	assert_string_equal(rig_text(r, "hands.0.to"), "building_steward");
	assert_true(is_on_duty(rig_find(r, "hands", "to", "building_steward")));
	assert_string_equal(rig_text(r, "hands.0.reason"), "plumbing 1, on duty, 0 open");
	/* Five orders on hand weigh as much as the duty; what is paused does not. */
	for (size_t i = 0; i < 5; i++)
		rig_ok(*state, "dispatcher", "case.Dispatch",
		       "{'case': '%s', 'to': 'building_steward'}", opened(*state, ""));
	r = proposed(*state, n);
	assert_string_equal(rig_text(r, "hands.0.to"), "technician");
	assert_string_equal(rig_text(r, "hands.1.reason"), "plumbing 1, on duty, 5 open");
	assert_int_equal(rig_int(r, "hands.1.score"), 55);
	assert_int_equal(rig_int(r, "hands.1.open_orders"), 5);
	assert_true(json_equal((json_t *)r, (json_t *)proposed(*state, n)));
}

static void propose_leaves_out_what_is_paused(void **state)
{
	const char *n = opened(*state, "");
	int64_t before = rig_int(hand(*state, n, "technician"), "open_orders");
	const char *w = rig_text(rig_ok(*state, "dispatcher", "case.Dispatch",
					"{'case': '%s', 'to': 'technician'}", n),
				 "order.number");

	assert_int_equal(rig_int(hand(*state, n, "technician"), "open_orders"), before + 1);
	rig_ok(*state, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(*state, "technician", "order.Pause", "{'order': '%s', 'why': 'x'}", w);
	assert_int_equal(rig_int(hand(*state, n, "technician"), "open_orders"), before);
}

static void propose_remembers_who_did_it_before(void **state)
{
	static const char *const here = ", 'category': 'lift / stuck', 'place': '3-1-1202'";
	const char *n;
	const json_t *h;

	done(*state, opened(*state, here), "'contractor': 'Otis'");
	done(*state, opened(*state, here), "'contractor': 'Otis'");
	done(*state, opened(*state, ", 'category': 'lift / stuck'"), "'to': 'SEC'");
	done(*state, opened(*state, here), "'to': 'technician'");
	n = opened(*state, here);
	h = hand(*state, n, "Otis");
	assert_string_equal(rig_text(h, "kind"), "contractor");
	assert_int_equal(rig_int(h, "score"), 10 + 20 + 2);
	assert_false(rig_has(h, "on_duty"));
	assert_non_null(strstr(rig_text(h, "reason"), "was here on "));
	assert_non_null(strstr(rig_text(h, "reason"), "did 2 like it"));
	h = hand(*state, n, "SEC");
	assert_string_equal(rig_text(h, "kind"), "department");
	assert_int_equal(rig_int(h, "score"), 20 + 1);
	assert_string_equal(rig_text(h, "reason"), "no lift, not on duty, 0 open, did 1 like it");
	assert_true(rig_has(hand(*state, n, "technician"), "last_here"));
	/* Not for other work. */
	assert_null(hand(*state, opened(*state, ", 'category': 'gas'"), "Otis"));
}

static void propose_takes_the_need_of_the_nearest_category(void **state)
{
	const char *n = opened(*state, ", 'category': 'security / camera'");

	assert_non_null(strstr(rig_text(hand(*state, n, "technician"), "reason"), "no it"));
	n = opened(*state, ", 'category': 'security / theft'");
	assert_non_null(strstr(rig_text(hand(*state, n, "technician"), "reason"), "no security"));
}

static void propose_is_for_the_desk(void **state)
{
	rig_refused(*state, "technician", "order.Propose", ST_PERMISSION_DENIED, NULL,
		    "{'case': 'C-1001'}");
	rig_refused(*state, "clerk", "order.Propose", ST_INVALID_ARGUMENT, "case", "{}");
	rig_refused(*state, "clerk", "order.Propose", ST_NOT_FOUND, "case", "{'case': 'C-9999'}");
	rig_refused(*state, "clerk", "order.Propose", ST_NOT_FOUND, "case",
		    "{'case': 'LAK/C-1001'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(propose_knows_the_people_of_the_place),
		cmocka_unit_test(propose_puts_skill_duty_and_load_in_order),
		cmocka_unit_test(propose_leaves_out_what_is_paused),
		cmocka_unit_test(propose_remembers_who_did_it_before),
		cmocka_unit_test(propose_takes_the_need_of_the_nearest_category),
		cmocka_unit_test(propose_is_for_the_desk),
	};

	return cmocka_run_group_tests_name("order_propose", tests, prepare, rig_down);
}
