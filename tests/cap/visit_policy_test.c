/* The rules of return visits: whose counts, what each kind of rule does, and who may set them. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Add", "{'code': 'DESK', 'name': 'Desk'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	return 0;
}

static const json_t *set(struct rig *rig, const char *kind, const char *more)
{
	return rig_ok(rig, "manager", "visit.SetPolicy", "{'kind': '%s', %s}", kind, more);
}

/* A case whose work is done, with more said at its opening; gives its number. */
static const char *done(struct rig *rig, const char *kind, const char *more)
{
	const char *n = rig_text(
		rig_ok(rig, "clerk", "case.Open",
		       "{'kind': '%s', 'summary': 'Tap', 'spot': 'hall', 'caller': 'Wang' %s}",
		       kind, more),
		"number");
	const char *w = rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");

	rig_ok(rig, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(rig, "technician", "order.Complete", "{'order': '%s', 'result': 'Mended'}", w);
	return n;
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "case.Show", "{'case': '%s'}", number);
}

static size_t visits(struct rig *rig, const char *number)
{
	return rig_count(shown(rig, number), "visits");
}

static const json_t *rule(struct rig *rig, const char *kind, bool company)
{
	const json_t *list = rig_ok(rig, "clerk", "visit.Policies", "{}");
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(list, "policies"), i,
			   p) if (strcmp(rig_text(p, "kind"), kind) == 0 &&
				  strcmp(rig_text(p, "category"), "*") == 0 &&
				  rig_has(p, "property") != company) return p;
	return NULL;
}

static void policy_list_has_the_company_rules(void **state)
{
	const json_t *p = rule(*state, "repair", true);

	assert_string_equal(rig_text(p, "rule"), "always");
	assert_string_equal(rig_text(p, "within"), "72h");
	assert_string_equal(rig_text(p, "after"), "0h");
	assert_int_equal(rig_int(p, "tries"), 3);
	assert_string_equal(rig_text(p, "manner"), "phone");
	assert_string_equal(rig_text(p, "form"), "service_return_visit");
	assert_string_equal(rig_text(rule(*state, "inquiry", true), "rule"), "never");
	assert_string_equal(rig_text(rule(*state, "*", true), "rule"), "never");
	assert_null(rule(*state, "repair", false));
}

static void policy_set_gives_the_visit_its_terms(void **state)
{
	const json_t *p, *v;
	const char *n;

	rig_dry(*state, "manager", "visit.SetPolicy", "{'kind': 'repair', 'rule': 'never'}");
	p = rig_twice(*state, "manager", "visit.SetPolicy",
		      "{'kind': 'repair', 'after': '2h', 'within': '1d', 'tries': 1, 'to': 'DESK', "
		      "'manner': 'in_person'}");
	assert_string_equal(rig_text(p, "property"), "SUN");
	assert_string_equal(rig_text(p, "rule"), "always");
	assert_string_equal(rig_text(p, "within"), "24h");
	assert_string_equal(rig_text(p, "to"), "DESK");
	assert_string_equal(rig_text(p, "set_by"), "manager");
	n = done(*state, "repair", "");
	v = rig_find(rig_ok(*state, "clerk", "visit.List", "{'limit': 500}"), "visits", "case", n);
	assert_string_equal(rig_text(v, "to"), "DESK");
	assert_string_equal(rig_text(v, "manner"), "in_person");
	v = rig_ok(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'no_answer'}", n);
	assert_string_equal(rig_text(v, "visit.state"), "missed");
	assert_non_null(rig_find(shown(*state, n), "timeline", "text", "no answer (1 of 1)"));
	/* What is not said stays. */
	p = set(*state, "repair", "'within': '90m', 'after': '0', 'tries': 2, 'to': 'clerk'");
	assert_string_equal(rig_text(p, "within"), "90m");
	assert_string_equal(rig_text(p, "manner"), "in_person");
	assert_string_equal(rig_text(p, "to"), "clerk");
	p = set(*state, "repair", "'to': ''");
	assert_false(rig_has(p, "to"));
	/* Elsewhere the company's rule holds. */
	assert_null(rig_find(rig_elsewhere(*state, "visit.Policies", "{'kind': 'repair'}"),
			     "policies", "manner", "in_person"));
	p = set(*state, "repair", "'rule': 'company'");
	assert_false(rig_has(p, "property"));
	assert_string_equal(rig_text(p, "manner"), "phone");
	assert_null(rule(*state, "repair", false));
}

/* Work that is spared a visit is through with it: the desk may close the case. */
static void policy_never_leaves_the_case_followed_up(void **state)
{
	const char *n;

	set(*state, "repair", "'rule': 'never'");
	n = done(*state, "repair", "");
	assert_int_equal(visits(*state, n), 0);
	assert_string_equal(rig_text(shown(*state, n), "case.state"), "followed_up");
	assert_string_equal(
		rig_text(rig_find(shown(*state, n), "timeline", "verb", "no_visit"), "actor"),
		"technician");
	rig_ok(*state, "clerk", "case.Close", "{'case': '%s'}", n);
	set(*state, "repair", "'rule': 'company'");
	n = done(*state, "repair", "");
	assert_int_equal(visits(*state, n), 1);
}

static void policy_always_asks_of_every_kind(void **state)
{
	const char *n = done(*state, "suggestion", "");

	assert_int_equal(visits(*state, n), 0);
	set(*state, "suggestion", "'rule': 'always'");
	n = done(*state, "suggestion", "");
	assert_int_equal(visits(*state, n), 1);
	rig_ok(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'reached', 'score': 5}",
	       n);
	set(*state, "suggestion", "'rule': 'company'");
}

/* The category's rule goes before the kind's, the property's before the company's. */
static void policy_of_a_category_goes_first(void **state)
{
	const char *n;

	set(*state, "repair", "'rule': 'never', 'category': 'water'");
	n = done(*state, "repair", ", 'category': 'water / leak'");
	assert_int_equal(visits(*state, n), 0);
	n = done(*state, "repair", ", 'category': 'lift / noise'");
	assert_int_equal(visits(*state, n), 1);
	rig_ok(*state, "admin", "visit.SetPolicy",
	       "{'kind': 'repair', 'rule': 'always', 'category': 'water', 'company': true}");
	n = done(*state, "repair", ", 'category': 'water'");
	assert_int_equal(visits(*state, n), 0);
	set(*state, "repair", "'rule': 'company', 'category': 'water'");
	n = done(*state, "repair", ", 'category': 'water'");
	assert_int_equal(visits(*state, n), 1);
	rig_refused(*state, "manager", "visit.SetPolicy", ST_INVALID_ARGUMENT, "category",
		    "{'kind': 'repair', 'rule': 'never', 'category': 'water / leak'}");
	rig_refused(*state, "manager", "visit.SetPolicy", ST_NOT_FOUND, "category",
		    "{'kind': 'repair', 'rule': 'never', 'category': 'dragons'}");
}

/* The same case is always in a sample or never: the share of many is what was asked for. */
static void policy_sample_takes_the_share_asked_for(void **state)
{
	const char *n;

	set(*state, "help", "'percent': 100");
	n = done(*state, "help", "");
	assert_int_equal(visits(*state, n), 1);
	assert_string_equal(rig_text(rule(*state, "help", false), "rule"), "sample");
	assert_string_equal(
		rig_sql(*state,
			"with p as materialized (select set_config('search_path', "
			"'steward_code, steward, public', true)), c as (select "
			"(jsonb_populate_record(null::steward.desk_case, "
			"jsonb_build_object('id', steward.uuid7()))).* from generate_series(1, "
			"4000)), r as (select "
			"(jsonb_populate_record(null::steward_code.visit_rule, "
			"'{\"rule\": \"sample\", \"percent\": 20}')).*) select (count(*) filter "
			"(where steward_code.visit_is_owed(r, c)) between 650 and 950)::text from "
			"p, "
			"c, r"),
		"true");
	set(*state, "help", "'rule': 'company'");
}

/* Who has scored is not asked again, unless the work was called back since. */
static void policy_unless_scored_spares_who_has_scored(void **state)
{
	const char *n, *w;

	set(*state, "repair", "'rule': 'unless_scored'");
	n = done(*state, "repair", "");
	assert_int_equal(visits(*state, n), 1);
	rig_ok(*state, "clerk", "visit.Record", "{'case': '%s', 'outcome': 'reached', 'score': 1}",
	       n);
	w = rig_text(
		rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");
	rig_ok(*state, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(*state, "technician", "order.Complete", "{'order': '%s', 'result': 'Again'}", w);
	assert_int_equal(visits(*state, n), 2);
	/* Scored by other means. */
	n = rig_text(rig_ok(*state, "clerk", "case.Open",
			    "{'kind': 'repair', 'summary': 'Lamp', 'spot': 'hall'}"),
		     "number");
	w = rig_text(
		rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");
	(void)rig_sql(*state,
		      "update steward.desk_case set score = 5 where summary = 'Lamp' and kind = "
		      "'repair'");
	rig_ok(*state, "technician", "order.Accept", "{'order': '%s'}", w);
	rig_ok(*state, "technician", "order.Complete", "{'order': '%s', 'result': 'New'}", w);
	assert_int_equal(visits(*state, n), 0);
	set(*state, "repair", "'rule': 'company'");
}

static void policy_set_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "kind", "'kind': 'dragons', 'rule': 'always'" },
		{ "rule", "'kind': 'repair', 'rule': 'perhaps'" },
		{ "percent", "'kind': 'repair', 'rule': 'sample'" },
		{ "percent", "'kind': 'repair', 'rule': 'sample', 'percent': 0" },
		{ "percent", "'kind': 'repair', 'rule': 'always', 'percent': 5" },
		{ "within", "'kind': 'repair', 'within': 'soon'" },
		{ "within", "'kind': 'repair', 'within': '91d'" },
		{ "within", "'kind': 'repair', 'within': '2h', 'after': '3h'" },
		{ "after", "'kind': 'repair', 'after': '-3h'" },
		{ "tries", "'kind': 'repair', 'tries': 21" },
		{ "to", "'kind': 'repair', 'to': 'technician2'" },
		{ "to", "'kind': 'repair', 'to': 'foreign'" },
		{ "manner", "'kind': 'repair', 'manner': 'pigeon'" },
		{ "form", "'kind': 'repair', 'form': 'nothing'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rig_result r = { 0 };
		bool unknown = strstr(bad[i][1], "technician2") || strstr(bad[i][1], "foreign") ||
			       strstr(bad[i][1], "nothing");

		r = rig_refused(*state, "manager", "visit.SetPolicy",
				unknown ? ST_NOT_FOUND : ST_INVALID_ARGUMENT, bad[i][0], "{%s}",
				bad[i][1]);
		assert_true(*r.err.message != 0);
	}
	assert_null(rule(*state, "repair", false));
}

static void policy_of_the_company_is_for_who_manages_all(void **state)
{
	struct rig_result r = rig_refused(*state, "manager", "visit.SetPolicy",
					  ST_PERMISSION_DENIED, "company",
					  "{'kind': 'praise', 'rule': 'always', 'company': true}");
	const json_t *p;

	assert_string_equal(r.err.reason, "COMPANY_RULE");
	rig_refused(*state, "admin", "visit.SetPolicy", ST_INVALID_ARGUMENT, "rule",
		    "{'kind': 'praise', 'rule': 'company', 'company': true}");
	p = rig_ok(*state, "admin", "visit.SetPolicy",
		   "{'kind': 'praise', 'rule': 'always', 'within': '30d', 'company': true}");
	assert_false(rig_has(p, "property"));
	assert_string_equal(rig_text(rule(*state, "praise", true), "within"), "720h");
	assert_int_equal(visits(*state, done(*state, "praise", "")), 1);
	rig_refused(*state, "clerk", "visit.SetPolicy", ST_PERMISSION_DENIED, NULL,
		    "{'kind': 'praise', 'rule': 'never'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_list_has_the_company_rules),
		cmocka_unit_test(policy_set_gives_the_visit_its_terms),
		cmocka_unit_test(policy_never_leaves_the_case_followed_up),
		cmocka_unit_test(policy_always_asks_of_every_kind),
		cmocka_unit_test(policy_of_a_category_goes_first),
		cmocka_unit_test(policy_sample_takes_the_share_asked_for),
		cmocka_unit_test(policy_unless_scored_spares_who_has_scored),
		cmocka_unit_test(policy_set_names_the_bad_field),
		cmocka_unit_test(policy_of_the_company_is_for_who_manages_all),
	};

	return cmocka_run_group_tests_name("visit_policy", tests, prepare, rig_down);
}
