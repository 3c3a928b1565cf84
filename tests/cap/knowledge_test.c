/* Articles: written, published, found, used, looked at again; templates and what fills them. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang', 'phones': ['13800138000']}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	return 0;
}

/* The number of a new article of SUN, a draft. */
static const char *drafted(struct rig *rig, const char *title, const char *body, const char *more)
{
	return rig_text(rig_ok(rig, "supervisor", "knowledge.Add",
			       "{'title': '%s', 'body': '%s'%s}", title, body, more),
			"number");
}

static const char *published(struct rig *rig, const char *title, const char *body, const char *more)
{
	const char *n = drafted(rig, title, body, more);

	rig_ok(rig, "supervisor", "knowledge.Publish", "{'article': '%s'}", n);
	return n;
}

static const json_t *found(struct rig *rig, const char *text, const char *more)
{
	return rig_ok(rig, "clerk", "knowledge.Find", "{'text': '%s'%s}", text, more);
}

static const json_t *shown(struct rig *rig, const char *number)
{
	return rig_ok(rig, "clerk", "knowledge.Show", "{'article': '%s'}", number);
}

/* The review owed of an article, or NULL. */
static const json_t *owed(struct rig *rig, const char *number, const char *stage)
{
	return rig_find(rig_ok(rig, "manager", "agenda.List", "{'about': '%s', 'state': '%s'}",
			       number, stage),
			"entries", "kind", "review");
}

static void knowledge_add_makes_a_draft(void **state)
{
	const json_t *a;
	const char *n;

	rig_dry(*state, "supervisor", "knowledge.Add", "{'title': 'Dry', 'body': 'Nothing'}");
	a = rig_twice(
		*state, "supervisor", "knowledge.Add",
		"{'title': 'Card lost', 'body': 'Lock the card first.', 'category': 'parking / "
		"card', 'case_kinds': ['help', 'repair'], 'owner': 'ENG', 'tags': "
		"['Entrance', 'barrier'], 'ref': 'OLD-7', 'language': 'en'}");
	assert_string_equal(rig_text(a, "state"), "draft");
	assert_string_equal(rig_text(a, "kind"), "answer");
	assert_string_equal(rig_text(a, "property"), "SUN");
	assert_string_equal(rig_text(a, "owner"), "ENG");
	assert_string_equal(rig_text(a, "tags.0"), "barrier");
	assert_int_equal(rig_count(a, "case_kinds"), 2);
	n = rig_text(a, "number");
	assert_string_equal(rig_text(shown(*state, n), "article.body"), "Lock the card first.");
	assert_string_equal(rig_text(shown(*state, n), "versions.0.verb"), "add");
	assert_int_equal(rig_count(found(*state, "lock the card", ""), "articles"), 0);
	assert_null(rig_find(rig_ok(*state, "clerk", "knowledge.List", "{}"), "articles", "title",
			     "Dry"));
	assert_null(owed(*state, n, "open"));
}

static void knowledge_add_names_the_bad_field(void **state)
{
	static const char *const bad[][2] = {
		{ "title", "'body': 'x'" },
		{ "title", "'title': '  ', 'body': 'x'" },
		{ "body", "'title': 'x'" },
		{ "kind", "'title': 'x', 'body': 'x', 'kind': 'poem'" },
		{ "case_kinds", "'title': 'x', 'body': 'x', 'case_kinds': ['repair', 'wish']" },
		{ "language", "'title': 'x', 'body': 'x', 'language': 'fr'" },
		{ "review_by", "'title': 'x', 'body': 'x', 'review_by': '2020-01-01'" },
		{ "review_by", "'title': 'x', 'body': 'x', 'review_by': '2026-02-30'" },
		{ "body", "'title': 'x', 'body': 'Dear {customer.nam}', 'kind': 'template'" },
		{ "body", "'title': 'x', 'body': 'Dear {customer.name', 'kind': 'template'" },
		{ "body", "'title': 'x', 'body': 'Dear }', 'kind': 'script'" },
	};
	struct rig_result r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "supervisor", "knowledge.Add", ST_INVALID_ARGUMENT, bad[i][0],
			    "{%s}", bad[i][1]);
	r = rig_refused(*state, "supervisor", "knowledge.Add", ST_INVALID_ARGUMENT, "body",
			"{'title': 'x', 'body': 'Dear {customer.nam}', 'kind': 'template'}");
	assert_non_null(strstr(r.err.message, "{customer.nam}"));
	rig_refused(*state, "supervisor", "knowledge.Add", ST_NOT_FOUND, "category",
		    "{'title': 'x', 'body': 'x', 'category': 'nowhere'}");
	rig_refused(*state, "supervisor", "knowledge.Add", ST_NOT_FOUND, "owner",
		    "{'title': 'x', 'body': 'x', 'owner': 'nobody'}");
	rig_refused(*state, "clerk", "knowledge.Add", ST_PERMISSION_DENIED, NULL,
		    "{'title': 'x', 'body': 'x'}");
	/* Braces mean nothing where nothing is filled. */
	drafted(*state, "Braces", "a {b} }", "");
}

static void knowledge_publish_owes_a_review(void **state)
{
	const char *n = drafted(*state, "Gas smell", "Open windows.",
				", 'owner': 'technician', 'review_by': '2099-03-01'");
	const json_t *a = rig_twice(*state, "quality", "knowledge.Publish", "{'article': '%s'}", n);
	struct rig_result r;

	assert_string_equal(rig_text(a, "state"), "published");
	assert_string_equal(rig_text(a, "review_by"), "2099-03-01");
	assert_string_equal(rig_text(owed(*state, n, "open"), "due_by"),
			    "2099-03-01T23:59:59+08:00");
	assert_string_equal(rig_text(owed(*state, n, "open"), "to"), "technician");
	r = rig_refused(*state, "manager", "agenda.Settle", ST_FAILED_PRECONDITION, "entry",
			"{'entry': '%s'}", rig_text(owed(*state, n, "open"), "number"));
	assert_non_null(strstr(r.err.message, "knowledge review"));
	rig_refused(*state, "quality", "knowledge.Publish", ST_FAILED_PRECONDITION, "article",
		    "{'article': '%s'}", n);
	/* Without a day, some months by its kind. */
	n = published(*state, "Water meter", "Read it.", "");
	assert_true(rig_has(owed(*state, n, "open"), "due_by"));
	n = drafted(*state, "Past", "x", "");
	rig_refused(*state, "quality", "knowledge.Publish", ST_INVALID_ARGUMENT, "review_by",
		    "{'article': '%s', 'review_by': '2020-01-01'}", n);
}

static void knowledge_review_settles_and_owes_the_next(void **state)
{
	const char *n = published(*state, "Fire drill", "Once a year.", "");
	const json_t *a;

	rig_dry(*state, "quality", "knowledge.Review", "{'article': '%s'}", n);
	assert_null(owed(*state, n, "kept"));
	a = rig_twice(*state, "quality", "knowledge.Review",
		      "{'article': '%s', 'next': '2099-06-01', 'remark': 'Held against the law'}",
		      n);
	assert_string_equal(rig_text(a, "review_by"), "2099-06-01");
	assert_string_equal(rig_text(a, "reviewed_by"), "quality");
	assert_string_equal(rig_text(owed(*state, n, "kept"), "outcome"), "done");
	assert_string_equal(rig_text(owed(*state, n, "open"), "due_by"),
			    "2099-06-01T23:59:59+08:00");
	rig_refused(*state, "quality", "knowledge.Review", ST_INVALID_ARGUMENT, "next",
		    "{'article': '%s', 'next': '2020-01-01'}", n);
	n = drafted(*state, "Not yet", "x", "");
	rig_refused(*state, "quality", "knowledge.Review", ST_FAILED_PRECONDITION, "article",
		    "{'article': '%s'}", n);
}

static void knowledge_edit_keeps_what_it_said(void **state)
{
	const char *n = published(*state, "Quiet hours", "From 22 to 6.", "");
	const json_t *a;

	a = rig_twice(*state, "manager", "knowledge.Edit",
		      "{'article': '%s', 'version': 2, 'body': 'From 23 to 7.', 'review_by': "
		      "'2099-01-31', 'tags': ['noise']}",
		      n);
	assert_int_equal(rig_int(a, "version"), 3);
	assert_string_equal(rig_text(a, "title"), "Quiet hours");
	assert_string_equal(rig_text(owed(*state, n, "open"), "due_by"),
			    "2099-01-31T23:59:59+08:00");
	rig_refused(*state, "manager", "knowledge.Edit", ST_ABORTED, "version",
		    "{'article': '%s', 'version': 2, 'body': 'From 24.'}", n);
	rig_refused(*state, "manager", "knowledge.Edit", ST_INVALID_ARGUMENT, "version",
		    "{'article': '%s', 'body': 'From 24.'}", n);
	/* Nothing changed, no trace. */
	a = rig_ok(*state, "manager", "knowledge.Edit",
		   "{'article': '%s', 'version': 3, 'title': 'Quiet hours'}", n);
	assert_int_equal(rig_int(a, "version"), 3);
	a = rig_ok(*state, "manager", "knowledge.Edit",
		   "{'article': '%s', 'version': 3, 'clear': ['tags']}", n);
	assert_int_equal(rig_count(a, "tags"), 0);
	a = shown(*state, n);
	assert_int_equal(rig_count(a, "versions"), 4);
	assert_string_equal(rig_text(a, "versions.1.body"), "From 23 to 7.");
	assert_string_equal(rig_text(a, "versions.3.body"), "From 22 to 6.");
	assert_string_equal(rig_text(a, "versions.1.actor"), "manager");
	rig_refused(*state, "manager", "knowledge.Edit", ST_INVALID_ARGUMENT, "title",
		    "{'article': '%s', 'version': 4, 'title': ' '}", n);
}

static void knowledge_withdraw_hides_it(void **state)
{
	const char *n = published(*state, "Zebra crossing", "Painted in May.", "");

	assert_int_equal(rig_count(found(*state, "zebra", ""), "articles"), 1);
	rig_twice(*state, "supervisor", "knowledge.Withdraw",
		  "{'article': '%s', 'why': 'It is gone'}", n);
	assert_int_equal(rig_count(found(*state, "zebra", ""), "articles"), 0);
	assert_null(owed(*state, n, "open"));
	assert_non_null(owed(*state, n, "cancelled"));
	assert_string_equal(rig_text(shown(*state, n), "versions.0.remark"), "It is gone");
	rig_refused(*state, "supervisor", "knowledge.Withdraw", ST_FAILED_PRECONDITION, "article",
		    "{'article': '%s'}", n);
	rig_ok(*state, "supervisor", "knowledge.Publish", "{'article': '%s'}", n);
	assert_int_equal(rig_count(found(*state, "zebra", ""), "articles"), 1);
}

static void knowledge_find_ranks_and_filters(void **state)
{
	const char *title = published(*state, "Leaking radiator", "Close both valves.",
				      ", 'category': 'heating', 'kind': 'script'");
	const char *body = published(*state, "Valves", "A leaking radiator has two of them.",
				     ", 'case_kinds': ['complaint']");
	const json_t *r = found(*state, "radiator leak", "");

	assert_int_equal(rig_count(r, "articles"), 2);
	assert_string_equal(rig_text(r, "articles.0.number"), title);
	assert_string_equal(rig_text(r, "articles.1.number"), body);
	assert_non_null(strstr(rig_text(r, "articles.1.snippet"), "leaking radiator"));
	assert_int_equal(rig_count(found(*state, "radia", ""), "articles"), 2);
	assert_int_equal(rig_count(found(*state, "radiator boat", ""), "articles"), 0);
	assert_int_equal(rig_count(found(*state, "!!", ""), "articles"), 0);
	assert_int_equal(rig_count(found(*state, "radiator", ", 'kind': 'script'"), "articles"), 1);
	assert_int_equal(
		rig_count(found(*state, "radiator", ", 'category': 'heating'"), "articles"), 1);
	assert_int_equal(
		rig_count(found(*state, "radiator", ", 'case_kind': 'repair'"), "articles"), 1);
	assert_int_equal(rig_count(found(*state, "radiator", ", 'language': 'zh'"), "articles"), 0);
	assert_int_equal(rig_count(found(*state, "radiator", ", 'limit': 1"), "articles"), 1);
	rig_refused(*state, "clerk", "knowledge.Find", ST_INVALID_ARGUMENT, "kind",
		    "{'text': 'x', 'kind': 'poem'}");
	rig_refused(*state, "clerk", "knowledge.Find", ST_NOT_FOUND, "category",
		    "{'text': 'x', 'category': 'nowhere'}");
}

static void knowledge_find_reads_chinese(void **state)
{
	char body[6000] = "";
	const char *n;

	/* Far behind the beginning of a long text, too. */
	for (int i = 0; i < 500; i++)
		(void)strcat(body, "装修");
	(void)strcat(body, "押金退还");
	n = published(*state, "水管漏水怎么办", body, ", 'language': 'zh'");
	assert_string_equal(rig_text(found(*state, "漏水", ""), "articles.0.number"), n);
	assert_string_equal(rig_text(found(*state, "押金退还", ""), "articles.0.number"), n);
	assert_int_equal(rig_count(found(*state, "水押", ""), "articles"), 0);
}

static void knowledge_use_counts(void **state)
{
	const char *n = published(*state, "Unicorn parking", "Not allowed.", "");
	const char *c = rig_text(
		rig_ok(*state, "clerk", "case.Open", "{'kind': 'inquiry', 'summary': 'Unicorn'}"),
		"number");
	const json_t *r = rig_twice(*state, "clerk", "knowledge.Use",
				    "{'article': '%s', 'case': '%s'}", n, c);

	assert_true(json_is_true(json_object_get(r, "helped")));
	assert_string_equal(rig_text(r, "case"), c);
	assert_int_equal(rig_int(r, "used"), 1);
	rig_dry(*state, "clerk", "knowledge.Use", "{'article': '%s'}", n);
	r = rig_ok(*state, "cashier", "knowledge.Use",
		   "{'article': '%s', 'failed': true, 'remark': 'What of ponies?'}", n);
	assert_int_equal(rig_int(r, "used"), 2);
	assert_int_equal(rig_int(r, "failed"), 1);
	r = found(*state, "unicorn", "");
	assert_int_equal(rig_int(r, "articles.0.used"), 2);
	assert_int_equal(rig_int(r, "articles.0.failed"), 1);
	r = shown(*state, n);
	assert_int_equal(rig_count(r, "uses"), 1);
	assert_string_equal(rig_text(r, "uses.0.remark"), "What of ponies?");
	assert_string_equal(rig_text(r, "uses.0.actor"), "cashier");
	rig_refused(*state, "clerk", "knowledge.Use", ST_NOT_FOUND, "case",
		    "{'article': '%s', 'case': 'C-9999'}", n);
	rig_refused(*state, "clerk", "knowledge.Use", ST_FAILED_PRECONDITION, "article",
		    "{'article': '%s'}", drafted(*state, "Unused", "x", ""));
}

/* What helps comes before what does not. */
static void knowledge_find_puts_first_what_helps(void **state)
{
	const char *bad = published(*state, "Giraffe one", "x", "");
	const char *good = published(*state, "Giraffe two", "x", "");

	assert_string_equal(rig_text(found(*state, "giraffe", ""), "articles.0.number"), bad);
	rig_ok(*state, "clerk", "knowledge.Use", "{'article': '%s'}", good);
	rig_ok(*state, "clerk", "knowledge.Use", "{'article': '%s', 'failed': true}", bad);
	assert_string_equal(rig_text(found(*state, "giraffe", ""), "articles.0.number"), good);
}

static void knowledge_fit_answers_a_case(void **state)
{
	const char *near = published(*state, "Lift stuck", "Stay calm.",
				     ", 'category': 'lift / stuck'");
	const char *above = published(*state, "Lift contractor", "Call Otis.",
				      ", 'category': 'lift', 'kind': 'script'");
	const char *words = published(*state, "Trapped persons", "Ring 119 for those trapped.", "");
	const char *other = published(*state, "Trapped praise", "Thanks.",
				      ", 'case_kinds': ['praise']");
	const char *c = rig_text(
		rig_ok(*state, "clerk", "case.Open",
		       "{'kind': 'help', 'spot': 'lobby', 'summary': 'Two persons are trapped', "
		       "'category': 'lift / stuck'}"),
		"number");
	const json_t *r = rig_ok(*state, "clerk", "knowledge.Fit", "{'case': '%s'}", c);

	assert_string_equal(rig_text(r, "articles.0.number"), above);
	assert_string_equal(rig_text(r, "articles.1.number"), near);
	assert_string_equal(rig_text(r, "articles.2.number"), words);
	assert_null(rig_find(r, "articles", "number", other));
	/* A form that is being filled has no case yet; a level above has no answers of one below.
	 */
	r = rig_ok(*state, "clerk", "knowledge.Fit", "{'kind': 'help', 'category': 'lift'}");
	assert_non_null(rig_find(r, "articles", "number", above));
	assert_null(rig_find(r, "articles", "number", near));
	r = rig_ok(*state, "clerk", "knowledge.Fit", "{'kind': 'praise'}");
	assert_string_equal(rig_text(r, "articles.0.number"), other);
	r = rig_ok(*state, "clerk", "knowledge.Fit", "{'text': 'somebody is trapped', 'limit': 1}");
	assert_int_equal(rig_count(r, "articles"), 1);
	rig_refused(*state, "clerk", "knowledge.Fit", ST_INVALID_ARGUMENT, "case", "{}");
	rig_refused(*state, "clerk", "knowledge.Fit", ST_INVALID_ARGUMENT, "kind",
		    "{'kind': 'wish'}");
	rig_refused(*state, "clerk", "knowledge.Fit", ST_NOT_FOUND, "case", "{'case': 'C-9999'}");
}

static void knowledge_render_fills_a_template(void **state)
{
	const char *n = published(
		*state, "Receipt",
		"Dear {customer.name}, {case.number} \\\"{case.summary}\\\" at { place }: "
		"{result}. {user.name}, {property.name}",
		", 'kind': 'template'");
	const char *c = rig_text(rig_ok(*state, "clerk", "case.Open",
					"{'kind': 'repair', 'spot': 'lobby', 'summary': 'No "
					"{today} light', 'party': "
					"'P-1001', 'place': '3-1-1202'}"),
				 "number");
	char want[300];
	const json_t *r = rig_ok(*state, "clerk", "knowledge.Render",
				 "{'article': '%s', 'case': '%s'}", n, c);

	/* What is not known is empty, and what a value says is no placeholder. */
	(void)snprintf(
		want, sizeof(want),
		"Dear Wang, %s \"No {today} light\" at 3-1-1202: . The clerk, Sunshine Garden", c);
	assert_string_equal(rig_text(r, "text"), want);
	r = rig_ok(*state, "clerk", "knowledge.Render", "{'article': '%s'}", n);
	assert_string_equal(rig_text(r, "text"), "Dear ,  \"\" at : . The clerk, Sunshine Garden");
	rig_refused(*state, "clerk", "knowledge.Render", ST_NOT_FOUND, "case",
		    "{'article': '%s', 'case': 'C-9999'}", n);
}

/* Each placeholder that may be written is one that is filled. */
static void knowledge_placeholders_are_all_known(void **state)
{
	const json_t *r = rig_ok(*state, "clerk", "knowledge.Placeholders", "{}");

	assert_non_null(rig_find(r, "placeholders", "name", "{case.number}"));
	assert_string_equal(
		rig_sql(*state,
			"select count(*) from steward.template_field f where strpos((select prosrc "
			"from "
			"pg_proc where proname = 'template_values'), '''' || f.name || '''') = 0"),
		"0");
	r = rig_ok(*state, "clerk", "knowledge.Kinds", "{}");
	assert_int_equal(rig_count(r, "kinds"), 4);
}

/* Articles of the company are read at every property, and written by those who write everywhere. */
static void knowledge_of_the_company_is_everywhere(void **state)
{
	const char *n = rig_text(
		rig_ok(*state, "admin", "knowledge.Add",
		       "{'title': 'Company walrus', 'body': 'For all.', 'all': true, "
		       "'owner': 'admin'}"),
		"number");
	struct rig_result r;
	const json_t *list;

	rig_ok(*state, "admin", "knowledge.Publish", "{'article': '%s'}", n);
	assert_string_equal(rig_text(found(*state, "walrus", ""), "articles.0.property"), "all");
	list = rig_elsewhere(*state, "knowledge.Find", "{'text': 'walrus'}");
	assert_string_equal(rig_text(list, "articles.0.number"), n);
	r = rig_refused(*state, "manager", "knowledge.Add", ST_PERMISSION_DENIED, "article",
			"{'title': 'x', 'body': 'x', 'all': true}");
	assert_string_equal(r.err.reason, "COMPANY_ARTICLE");
	rig_refused(*state, "manager", "knowledge.Edit", ST_PERMISSION_DENIED, "article",
		    "{'article': '%s', 'version': 2, 'body': 'y'}", n);
	rig_refused(*state, "manager", "knowledge.Withdraw", ST_PERMISSION_DENIED, "article",
		    "{'article': '%s'}", n);
	rig_ok(*state, "clerk", "knowledge.Use", "{'article': '%s'}", n);
	rig_elsewhere(*state, "knowledge.Use", "{'article': '%s', 'failed': true}", n);
	/* A desk sees the uses of its own property. */
	assert_int_equal(rig_int(found(*state, "walrus", ""), "articles.0.used"), 1);
	assert_null(owed(*state, n, "open"));
	list = rig_ok(*state, "admin", "knowledge.List", "{'all': true, 'until': '2099-01-01'}");
	assert_non_null(rig_find(list, "articles", "number", n));
	rig_ok(*state, "admin", "knowledge.Review", "{'article': '%s', 'next': '2099-12-01'}", n);
	list = rig_ok(*state, "admin", "knowledge.List", "{'all': true, 'until': '2099-01-01'}");
	assert_null(rig_find(list, "articles", "number", n));
	rig_refused(*state, "admin", "knowledge.Add", ST_NOT_FOUND, "owner",
		    "{'title': 'x', 'body': 'x', 'all': true, 'owner': 'ENG'}");
}

static void knowledge_of_others_is_not_found(void **state)
{
	static const char *const calls[] = { "knowledge.Show",     "knowledge.Use",
					     "knowledge.Render",   "knowledge.Publish",
					     "knowledge.Withdraw", "knowledge.Review" };
	const char *n = rig_text(rig_elsewhere(*state, "knowledge.Add",
					       "{'title': 'Far axolotl', 'body': 'Far away'}"),
				 "number");

	rig_elsewhere(*state, "knowledge.Publish", "{'article': '%s'}", n);
	assert_int_equal(rig_count(found(*state, "axolotl", ""), "articles"), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		rig_refused(*state, "manager", calls[i], ST_NOT_FOUND, "article",
			    "{'article': '%s'}", n);
	rig_refused(*state, "manager", "knowledge.Edit", ST_NOT_FOUND, "article",
		    "{'article': '%s', 'version': 2}", n);
	assert_null(rig_find(rig_ok(*state, "clerk", "knowledge.List", "{'limit': 500}"),
			     "articles", "number", n));
	assert_null(rig_find(rig_ok(*state, "clerk", "knowledge.Fit", "{'text': 'axolotl'}"),
			     "articles", "number", n));
}

static void knowledge_list_narrows_and_goes_on(void **state)
{
	const char *n = published(
		*state, "Heron", "x",
		", 'category': 'noise / shop', 'tags': ['bird'], 'owner': 'clerk'");
	const json_t *r = rig_ok(*state, "clerk", "knowledge.List", "{'tag': 'Bird'}");
	char sql[200], after[60];

	assert_int_equal(rig_count(r, "articles"), 1);
	assert_string_equal(rig_text(r, "articles.0.number"), n);
	assert_non_null(rig_find(rig_ok(*state, "clerk", "knowledge.List", "{'category': 'noise'}"),
				 "articles", "number", n));
	assert_non_null(rig_find(rig_ok(*state, "clerk", "knowledge.List", "{'mine': true}"),
				 "articles", "number", n));
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "knowledge.List", "{'due': true}"), "articles"),
		0);
	(void)snprintf(sql, sizeof(sql),
		       "update steward.knowledge set review_by = '2020-01-01' where number = '%s'",
		       n);
	(void)rig_sql(*state, sql);
	r = rig_ok(*state, "clerk", "knowledge.List", "{'due': true}");
	assert_int_equal(rig_count(r, "articles"), 1);
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(r, "articles"), 0), "overdue")));
	(void)snprintf(after, sizeof(after), "'due': true, 'after': '%s'",
		       rig_text(r, "articles.0.cursor"));
	assert_int_equal(
		rig_count(rig_ok(*state, "clerk", "knowledge.List", "{%s}", after), "articles"), 0);
	r = rig_ok(*state, "clerk", "knowledge.List", "{'state': 'draft', 'kind': 'answer'}");
	assert_null(rig_find(r, "articles", "number", n));
	rig_refused(*state, "clerk", "knowledge.List", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
	rig_refused(*state, "clerk", "knowledge.List", ST_INVALID_ARGUMENT, "kind",
		    "{'kind': 'poem'}");
	rig_refused(*state, "clerk", "knowledge.List", ST_INVALID_ARGUMENT, "until",
		    "{'until': '2026-02-30'}");
}

#define ROWS                                                                               \
	"{'line': 2, 'ref': 'A-1', 'title': 'Ibex', 'body': 'One', 'tags': 'goat; horn', " \
	"'case_kinds': 'help;repair'},"                                                    \
	"{'line': 3, 'ref': 'A-2', 'title': 'Bad', 'body': '{x}', 'kind': 'template'},"    \
	"{'line': 4, 'title': 'No number', 'body': 'x'},"                                  \
	"{'line': 5, 'property': 'all', 'ref': 'A-3', 'title': 'x', 'body': 'x'},"         \
	"{'line': 6, 'property': 'LAK', 'ref': 'A-4', 'title': 'x', 'body': 'x'},"         \
	"{'line': 7, 'ref': 'A-5', 'title': 'No text'}"

static void knowledge_import_takes_a_file(void **state)
{
	const json_t *r = rig_twice(*state, "manager", "knowledge.Import",
				    "{'rows': [%s], 'publish': true}", ROWS);
	const char *n = rig_text(rig_row(r, 2, "taken", NULL), "number");

	rig_row(r, 3, "rejected", "body");
	rig_row(r, 4, "rejected", "ref");
	rig_row(r, 5, "rejected", "article");
	rig_row(r, 6, "rejected", "property");
	rig_row(r, 7, "rejected", "body");
	assert_string_equal(rig_text(found(*state, "ibex", ""), "articles.0.number"), n);
	r = rig_ok(*state, "manager", "knowledge.Import", "{'rows': [%s]}", ROWS);
	rig_row(r, 2, "unchanged", NULL);
	r = rig_ok(*state, "manager", "knowledge.Import",
		   "{'rows': [{'line': 2, 'number': '%s', 'body': 'Two'}, {'line': 3, 'number': "
		   "'K-9', 'body': 'x'}]}",
		   n);
	rig_row(r, 2, "changed", NULL);
	rig_row(r, 3, "rejected", "number");
	assert_string_equal(rig_text(shown(*state, n), "article.body"), "Two");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knowledge_add_makes_a_draft),
		cmocka_unit_test(knowledge_add_names_the_bad_field),
		cmocka_unit_test(knowledge_publish_owes_a_review),
		cmocka_unit_test(knowledge_review_settles_and_owes_the_next),
		cmocka_unit_test(knowledge_edit_keeps_what_it_said),
		cmocka_unit_test(knowledge_withdraw_hides_it),
		cmocka_unit_test(knowledge_find_ranks_and_filters),
		cmocka_unit_test(knowledge_find_reads_chinese),
		cmocka_unit_test(knowledge_use_counts),
		cmocka_unit_test(knowledge_find_puts_first_what_helps),
		cmocka_unit_test(knowledge_fit_answers_a_case),
		cmocka_unit_test(knowledge_render_fills_a_template),
		cmocka_unit_test(knowledge_placeholders_are_all_known),
		cmocka_unit_test(knowledge_of_the_company_is_everywhere),
		cmocka_unit_test(knowledge_of_others_is_not_found),
		cmocka_unit_test(knowledge_list_narrows_and_goes_on),
		cmocka_unit_test(knowledge_import_takes_a_file),
	};

	return cmocka_run_group_tests_name("knowledge", tests, prepare, rig_down);
}
