/* Departments and who belongs to them. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static void department_add_and_list(void **state)
{
	const json_t *d = rig_ok(*state, "manager", "department.Add",
				 "{'code': 'REPAIR', 'name': 'Repairs'}");
	const json_t *listed;

	assert_string_equal(rig_text(d, "property"), "SUN");
	assert_string_equal(rig_text(d, "state"), "active");
	assert_int_equal(rig_int(d, "version"), 1);
	(void)rig_elsewhere(*state, "department.Add", "{'code': 'REPAIR', 'name': 'Repairs'}");
	listed = rig_ok(*state, "clerk", "department.List", "{}");
	assert_non_null(rig_find(listed, "departments", "id", rig_text(d, "id")));
	for (size_t i = 0; i < rig_count(listed, "departments"); i++)
		assert_string_equal(
			rig_text(json_array_get(json_object_get(listed, "departments"), i),
				 "property"),
			"SUN");
	(void)rig_refused(*state, "manager", "department.Add", ST_ALREADY_EXISTS, "code",
			  "{'code': 'REPAIR', 'name': 'Again'}");
	(void)rig_refused(*state, "manager", "department.Add", ST_INVALID_ARGUMENT, "code",
			  "{'code': 'small', 'name': 'x'}");
	(void)rig_refused(*state, "clerk", "department.Add", ST_PERMISSION_DENIED, NULL,
			  "{'code': 'X', 'name': 'x'}");
}

static void department_add_reaches_the_feed(void **state)
{
	const json_t *d = rig_ok(*state, "manager", "department.Add",
				 "{'code': 'FED', 'name': 'Fed'}");
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
		       "select entity || ' ' || number || ' ' || version from steward.feed where "
		       "id = '%s'",
		       rig_text(d, "id"));
	assert_string_equal(rig_sql(*state, sql), "department FED 1");
}

static void department_edit_renames_and_closes(void **state)
{
	const json_t *d;

	(void)rig_ok(*state, "manager", "department.Add", "{'code': 'GREEN', 'name': 'Green'}");
	d = rig_ok(*state, "manager", "department.Edit",
		   "{'department': 'green', 'name': 'Gardens'}");
	assert_string_equal(rig_text(d, "name"), "Gardens");
	assert_int_equal(rig_int(d, "version"), 2);
	d = rig_ok(*state, "manager", "department.Edit",
		   "{'department': 'SUN/GREEN', 'state': 'closed', 'version': 2}");
	assert_string_equal(rig_text(d, "state"), "closed");
	assert_string_equal(rig_text(d, "name"), "Gardens");
	(void)rig_refused(*state, "manager", "department.Edit", ST_ABORTED, "version",
			  "{'department': 'GREEN', 'name': 'x', 'version': 2}");
	(void)rig_refused(*state, "manager", "department.Edit", ST_NOT_FOUND, "department",
			  "{'department': 'LAK/REPAIR', 'name': 'x'}");
	assert_null(rig_find(rig_ok(*state, "clerk", "department.List", "{'state': 'active'}"),
			     "departments", "code", "GREEN"));
}

static void department_join_and_leave(void **state)
{
	const json_t *d;

	(void)rig_ok(*state, "manager", "department.Add",
		     "{'code': 'TECH', 'name': 'Technicians'}");
	d = rig_ok(*state, "supervisor", "department.Join",
		   "{'department': 'TECH', 'user': 'technician'}");
	assert_string_equal(rig_text(d, "members"), "technician");
	d = rig_ok(*state, "supervisor", "department.Join",
		   "{'department': 'TECH', 'user': 'building_steward'}");
	assert_string_equal(rig_text(d, "members"), "building_steward, technician");
	assert_string_equal(rig_text(rig_find(rig_ok(*state, "clerk", "user.List", "{}"), "users",
					      "login", "technician"),
				     "departments"),
			    "SUN/TECH");
	(void)rig_refused(*state, "supervisor", "department.Join", ST_FAILED_PRECONDITION, "user",
			  "{'department': 'TECH', 'user': 'technician'}");
	(void)rig_refused(*state, "supervisor", "department.Join", ST_NOT_FOUND, "user",
			  "{'department': 'TECH', 'user': 'nobody'}");
	d = rig_ok(*state, "supervisor", "department.Leave",
		   "{'department': 'TECH', 'user': 'technician'}");
	assert_string_equal(rig_text(d, "members"), "building_steward");
	(void)rig_refused(*state, "supervisor", "department.Leave", ST_NOT_FOUND, "user",
			  "{'department': 'TECH', 'user': 'technician'}");
	(void)rig_ok(*state, "supervisor", "department.Join",
		     "{'department': 'TECH', 'user': 'technician'}");
	assert_string_equal(rig_sql(*state, "select count(*) from steward.user_department m "
					    "join steward.app_user u on u.id = m.user_id "
					    "where u.login = 'technician'"),
			    "2"); /* both times stay on record */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(department_add_and_list),
		cmocka_unit_test(department_add_reaches_the_feed),
		cmocka_unit_test(department_edit_renames_and_closes),
		cmocka_unit_test(department_join_and_leave),
	};

	return cmocka_run_group_tests_name("department", tests, rig_up, rig_down);
}
