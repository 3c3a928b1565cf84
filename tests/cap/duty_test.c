/* Who can do what, who is on duty, and which work asks for what. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_elsewhere(*state, "duty.Add",
		      "{'person': 'foreign', 'to': '2099-01-01', 'from': "
		      "'2098-12-31'}");
	rig_elsewhere(*state, "duty.AddSkill", "{'person': 'foreign', 'skill': 'lift'}");
	return 0;
}

static const json_t *on(struct rig *rig, const char *day, const char *person)
{
	return rig_find(rig_ok(rig, "clerk", "duty.List", "{'day': '%s', 'limit': 500}", day),
			"periods", "person", person);
}

static void duty_lasts_from_one_time_to_another(void **state)
{
	const json_t *r;

	rig_dry(*state, "dispatcher", "duty.Add",
		"{'person': 'technician', 'from': '2031-05-05', 'to': '2031-05-06'}");
	r = rig_twice(*state, "dispatcher", "duty.Add",
		      "{'person': 'technician', 'from': '2031-05-05 20:00', 'to': '2031-05-06 "
		      "08:00', 'note': 'in charge'}");
	assert_string_equal(rig_text(r, "person"), "technician");
	assert_string_equal(rig_text(r, "from"), "2031-05-05T20:00:00+08:00");
	assert_string_equal(rig_text(r, "to"), "2031-05-06T08:00:00+08:00");
	assert_string_equal(rig_text(r, "department"), "ENG");
	assert_null(on(*state, "2031-05-04", "technician"));
	assert_string_equal(rig_text(on(*state, "2031-05-05", "technician"), "note"), "in charge");
	assert_non_null(on(*state, "2031-05-06", "technician"));
	assert_null(on(*state, "2031-05-07", "technician"));
	/* One after the other is no overlap. */
	rig_ok(*state, "dispatcher", "duty.Add",
	       "{'person': 'technician', 'from': '2031-05-06 08:00', 'to': '2031-05-06 20:00'}");
	r = rig_ok(*state, "clerk", "duty.List", "{'day': '2031-05-06', 'person': 'technician'}");
	assert_int_equal(rig_count(r, "periods"), 2);
	r = rig_ok(*state, "clerk", "duty.List", "{'day': '2031-05-06', 'limit': 1}");
	assert_int_equal(rig_count(r, "periods"), 1);
	r = rig_ok(*state, "clerk", "duty.List", "{'day': '2031-05-06', 'limit': 1, 'after': '%s'}",
		   rig_text(r, "periods.0.cursor"));
	assert_string_equal(rig_text(r, "periods.0.from"), "2031-05-06T08:00:00+08:00");
}

static void duty_add_names_the_bad_field(void **state)
{
	static const struct {
		enum st_code code;
		const char *field, *request;
	} bad[] = {
		{ ST_INVALID_ARGUMENT, "person", "'to': '2099-01-01'" },
		{ ST_INVALID_ARGUMENT, "to", "'person': 'clerk'" },
		{ ST_NOT_FOUND, "person", "'person': 'nobody', 'to': '2031-01-01'" },
		{ ST_NOT_FOUND, "person", "'person': 'foreign', 'to': '2031-01-01'" },
		{ ST_INVALID_ARGUMENT, "to",
		  "'person': 'clerk', 'from': '2031-01-02', 'to': '2031-01-01'" },
		{ ST_INVALID_ARGUMENT, "to",
		  "'person': 'clerk', 'from': '2031-01-01', 'to': '2031-03-01'" },
		{ ST_INVALID_ARGUMENT, "from",
		  "'person': 'clerk', 'from': 'now', 'to': '2031-03-01'" },
		{ ST_FAILED_PRECONDITION, "from",
		  "'person': 'clerk', 'from': '2031-06-01 12:00', 'to': '2031-06-02'" },
	};

	rig_ok(*state, "manager", "duty.Add",
	       "{'person': 'clerk', 'from': '2031-06-01 08:00', 'to': '2031-06-01 16:00'}");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "duty.Add", bad[i].code, bad[i].field, "{%s}",
			    bad[i].request);
	rig_refused(*state, "clerk", "duty.List", ST_INVALID_ARGUMENT, "day",
		    "{'day': '2031-02-30'}");
	rig_refused(*state, "clerk", "duty.List", ST_NOT_FOUND, "person", "{'person': 'nobody'}");
	rig_refused(*state, "clerk", "duty.List", ST_INVALID_ARGUMENT, "after", "{'after': 'x'}");
	rig_refused(*state, "clerk", "duty.Add", ST_PERMISSION_DENIED, NULL,
		    "{'person': 'clerk', 'to': '2031-01-01'}");
}

static void duty_end_ends_or_calls_off(void **state)
{
	const json_t *r;

	rig_refused(*state, "supervisor", "duty.End", ST_NOT_FOUND, "person",
		    "{'person': 'building_steward'}");
	/* From a little while ago until far away. */
	(void)rig_sql(*state, "insert into steward.duty_period (property_id, id, user_id, from_at, "
			      "to_at) select p.id, gen_random_uuid(), u.id, now() - interval '1 "
			      "hour', now() + interval '9 hours' from steward.property p, "
			      "steward.app_user u where p.code = 'SUN' and u.login = "
			      "'building_steward'");
	r = rig_ok(*state, "technician", "duty.List", "{}");
	assert_non_null(rig_find(r, "periods", "person", "building_steward"));
	rig_dry(*state, "supervisor", "duty.End", "{'person': 'building_steward'}");
	r = rig_twice(*state, "supervisor", "duty.End", "{'person': 'building_steward'}");
	assert_false(json_is_true(json_object_get(r, "cancelled")));
	r = rig_ok(*state, "technician", "duty.List", "{}");
	assert_null(rig_find(r, "periods", "person", "building_steward"));
	rig_ok(*state, "supervisor", "duty.Add",
	       "{'person': 'cashier', 'from': '2031-07-01 08:00', 'to': '2031-07-01 16:00'}");
	r = rig_ok(*state, "supervisor", "duty.End",
		   "{'person': 'cashier', 'at': '2031-07-01 12:00'}");
	assert_string_equal(rig_text(r, "to"), "2031-07-01T12:00:00+08:00");
	r = rig_ok(*state, "supervisor", "duty.End",
		   "{'person': 'cashier', 'at': '2031-07-01 08:00'}");
	assert_true(json_is_true(json_object_get(r, "cancelled")));
	assert_null(on(*state, "2031-07-01", "cashier"));
	rig_ok(*state, "supervisor", "duty.Add",
	       "{'person': 'cashier', 'from': '2031-07-01 08:00', 'to': '2031-07-01 16:00'}");
	rig_refused(*state, "supervisor", "duty.End", ST_NOT_FOUND, "person",
		    "{'person': 'nobody'}");
	rig_refused(*state, "supervisor", "duty.End", ST_INVALID_ARGUMENT, "at",
		    "{'person': 'cashier', 'at': 'noon'}");
}

static void duty_skill_has_a_level(void **state)
{
	const json_t *r;

	rig_dry(*state, "supervisor", "duty.AddSkill",
		"{'person': 'technician', 'skill': 'plumbing'}");
	r = rig_twice(*state, "supervisor", "duty.AddSkill",
		      "{'person': 'technician', 'skill': 'plumbing'}");
	assert_int_equal(rig_int(r, "level"), 2);
	rig_refused(*state, "supervisor", "duty.AddSkill", ST_ALREADY_EXISTS, "skill",
		    "{'person': 'technician', 'skill': 'plumbing', 'level': 2}");
	rig_ok(*state, "supervisor", "duty.AddSkill",
	       "{'person': 'technician', 'skill': 'plumbing', 'level': 3}");
	rig_ok(*state, "supervisor", "duty.AddSkill",
	       "{'person': 'technician', 'skill': 'locks', 'level': 1}");
	rig_ok(*state, "supervisor", "duty.AddSkill", "{'person': 'operator', 'skill': 'locks'}");
	r = rig_ok(*state, "clerk", "duty.Skills", "{'person': 'technician'}");
	assert_int_equal(rig_count(r, "skills"), 2);
	assert_int_equal(rig_int(rig_find(r, "skills", "skill", "plumbing"), "level"), 3);
	assert_string_equal(rig_text(rig_find(r, "skills", "skill", "locks"), "department"), "ENG");
	r = rig_ok(*state, "clerk", "duty.Skills", "{'skill': 'locks', 'limit': 1}");
	assert_string_equal(rig_text(r, "skills.0.person"), "operator");
	r = rig_ok(*state, "clerk", "duty.Skills", "{'skill': 'locks', 'after': '%s'}",
		   rig_text(r, "skills.0.cursor"));
	assert_int_equal(rig_count(r, "skills"), 1);
	assert_string_equal(rig_text(r, "skills.0.person"), "technician");
	rig_dry(*state, "supervisor", "duty.EndSkill", "{'person': 'operator', 'skill': 'locks'}");
	r = rig_twice(*state, "supervisor", "duty.EndSkill",
		      "{'person': 'operator', 'skill': 'locks'}");
	assert_true(rig_has(r, "ended_at"));
	rig_refused(*state, "supervisor", "duty.EndSkill", ST_NOT_FOUND, "skill",
		    "{'person': 'operator', 'skill': 'locks'}");
}

static void duty_skill_names_the_bad_field(void **state)
{
	rig_refused(*state, "manager", "duty.AddSkill", ST_NOT_FOUND, "skill",
		    "{'person': 'clerk', 'skill': 'magic'}");
	rig_refused(*state, "manager", "duty.AddSkill", ST_NOT_FOUND, "person",
		    "{'person': 'foreign', 'skill': 'lift'}");
	rig_refused(*state, "manager", "duty.AddSkill", ST_INVALID_ARGUMENT, "level",
		    "{'person': 'clerk', 'skill': 'lift', 'level': 4}");
	rig_refused(*state, "manager", "duty.EndSkill", ST_NOT_FOUND, "person",
		    "{'person': 'nobody', 'skill': 'lift'}");
	rig_refused(*state, "manager", "duty.EndSkill", ST_NOT_FOUND, "skill",
		    "{'person': 'foreign', 'skill': 'lift'}");
	rig_refused(*state, "clerk", "duty.Skills", ST_NOT_FOUND, "skill", "{'skill': 'magic'}");
	rig_refused(*state, "clerk", "duty.Skills", ST_NOT_FOUND, "person", "{'person': 'nobody'}");
	rig_refused(*state, "clerk", "duty.Skills", ST_INVALID_ARGUMENT, "after", "{'after': 'x'}");
	rig_refused(*state, "clerk", "duty.AddSkill", ST_PERMISSION_DENIED, NULL,
		    "{'person': 'clerk', 'skill': 'lift'}");
}

static void duty_of_another_property_is_not_seen(void **state)
{
	const json_t *r = rig_ok(*state, "manager", "duty.Skills", "{'limit': 500}");

	assert_null(rig_find(r, "skills", "person", "foreign"));
	assert_null(on(*state, "2098-12-31", "foreign"));
	rig_refused(*state, "manager", "duty.End", ST_NOT_FOUND, "person",
		    "{'person': 'foreign', 'at': '2098-12-31 12:00'}");
}

/* The need of this category for this skill, or NULL. */
static const json_t *need(struct rig *rig, const char *category, const char *skill)
{
	const json_t *list = rig_ok(rig, "clerk", "duty.Needs", "{}"), *n;
	size_t i;

	json_array_foreach(json_object_get(list, "needs"), i,
			   n) if (strcmp(rig_text(n, "category"), category) == 0 &&
				  strcmp(rig_text(n, "skill"), skill) == 0) return n;
	return NULL;
}

static void duty_need_belongs_to_a_category(void **state)
{
	assert_non_null(need(*state, "water", "plumbing"));
	assert_null(need(*state, "water / quality", "cleaning"));
	rig_dry(*state, "manager", "duty.SetNeed",
		"{'category': 'water / quality', 'skill': 'cleaning'}");
	assert_null(need(*state, "water / quality", "cleaning"));
	rig_twice(*state, "manager", "duty.SetNeed",
		  "{'category': 'Water / quality', 'skill': 'cleaning'}");
	rig_ok(*state, "manager", "duty.SetNeed",
	       "{'category': 'water / quality', 'skill': 'plumbing'}");
	assert_non_null(need(*state, "water / quality", "cleaning"));
	assert_non_null(need(*state, "water / quality", "plumbing"));
	rig_dry(*state, "manager", "duty.EndNeed",
		"{'category': 'water / quality', 'skill': 'cleaning'}");
	rig_twice(*state, "manager", "duty.EndNeed",
		  "{'category': 'water / quality', 'skill': 'cleaning'}");
	assert_null(need(*state, "water / quality", "cleaning"));
	rig_refused(*state, "manager", "duty.EndNeed", ST_NOT_FOUND, "skill",
		    "{'category': 'water / quality', 'skill': 'cleaning'}");
	rig_refused(*state, "manager", "duty.SetNeed", ST_NOT_FOUND, "category",
		    "{'category': 'weather', 'skill': 'cleaning'}");
	rig_refused(*state, "manager", "duty.SetNeed", ST_NOT_FOUND, "skill",
		    "{'category': 'water', 'skill': 'magic'}");
	rig_refused(*state, "manager", "duty.SetNeed", ST_NOT_FOUND, "category",
		    "{'category': ' / ', 'skill': 'locks'}");
	rig_refused(*state, "clerk", "duty.SetNeed", ST_PERMISSION_DENIED, NULL,
		    "{'category': 'water', 'skill': 'locks'}");
	assert_int_equal(rig_count(rig_ok(*state, "clerk", "duty.SkillKinds", "{}"), "kinds"), 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duty_lasts_from_one_time_to_another),
		cmocka_unit_test(duty_add_names_the_bad_field),
		cmocka_unit_test(duty_end_ends_or_calls_off),
		cmocka_unit_test(duty_skill_has_a_level),
		cmocka_unit_test(duty_skill_names_the_bad_field),
		cmocka_unit_test(duty_of_another_property_is_not_seen),
		cmocka_unit_test(duty_need_belongs_to_a_category),
	};

	return cmocka_run_group_tests_name("duty", tests, prepare, rig_down);
}
