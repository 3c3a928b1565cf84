/* The price list: what holds when, and that the past stays as it was. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/support/rig.h"

static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_elsewhere(*state, "price.Set",
		      "{'code': 'FAR', 'name': 'Far', 'kind': 'labour', 'unit': 'hour', "
		      "'price_minor': 100}");
	return 0;
}

/* So many days from now, at the property. */
static const char *day(int days, char out[11])
{
	time_t t = time(NULL) + 8 * 3600 + (time_t)days * 86400;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(out, 11, "%Y-%m-%d", &tm);
	return out;
}

static const json_t *set(struct rig *rig, const char *code, int minor, const char *more)
{
	return rig_ok(rig, "manager", "price.Set",
		      "{'code': '%s', 'name': 'Thing', 'kind': 'material', 'unit': 'piece', "
		      "'price_minor': %d%s}",
		      code, minor, more);
}

/* What the code costs on a day, -1 for nothing. */
static int64_t on(struct rig *rig, const char *code, int days)
{
	char when[11];
	const json_t *p = rig_find(
		rig_ok(rig, "clerk", "price.List", "{'on': '%s', 'limit': 500}", day(days, when)),
		"prices", "code", code);

	return p != NULL ? rig_int(p, "price_minor") : -1;
}

static size_t ever(struct rig *rig, const char *code)
{
	return rig_count(rig_ok(rig, "clerk", "price.List", "{'text': '%s', 'all': true}", code),
			 "prices");
}

static void price_is_set(void **state)
{
	const json_t *r;
	char when[11];

	rig_dry(*state, "manager", "price.Set",
		"{'code': 'PL-HOUR', 'name': 'Plumber', 'kind': 'labour', 'unit': 'hour', "
		"'price_minor': 6000}");
	assert_int_equal(on(*state, "PL-HOUR", 0), -1);
	r = rig_twice(*state, "manager", "price.Set",
		      "{'code': 'PL-HOUR', 'name': 'Plumber', 'kind': 'labour', 'unit': 'hour', "
		      "'price_minor': 6000, 'tax_bp': 600}");
	assert_string_equal(rig_text(r, "code"), "PL-HOUR");
	assert_string_equal(rig_text(r, "currency"), "CNY");
	assert_string_equal(rig_text(r, "from"), day(0, when));
	assert_string_equal(rig_text(r, "set_by"), "manager");
	assert_int_equal(rig_int(r, "tax_bp"), 600);
	assert_false(rig_has(r, "to"));
	assert_int_equal(on(*state, "PL-HOUR", 0), 6000);
	assert_int_equal(on(*state, "PL-HOUR", -1), -1);
	assert_int_equal(on(*state, "PL-HOUR", 4000), 6000);
	/* The same again is no change. */
	rig_ok(*state, "finance", "price.Set", "{'code': 'PL-HOUR', 'price_minor': 6000}");
	assert_int_equal(ever(*state, "PL-HOUR"), 1);
}

static void price_changes_from_a_day_on(void **state)
{
	char more[80], when[11], later[11];
	const json_t *r;

	set(*state, "LATER", 100, "");
	(void)snprintf(more, sizeof(more), ", 'from': '%s'", day(10, when));
	r = set(*state, "LATER", 200, more);
	assert_string_equal(rig_text(r, "from"), when);
	assert_int_equal(on(*state, "LATER", 9), 100);
	assert_int_equal(on(*state, "LATER", 10), 200);
	/* One before it lasts until then. */
	r = rig_ok(*state, "manager", "price.Set",
		   "{'code': 'LATER', 'price_minor': 150, 'from': '%s'}", day(5, later));
	assert_string_equal(rig_text(r, "to"), when);
	assert_string_equal(rig_text(r, "name"), "Thing");
	assert_int_equal(on(*state, "LATER", 4), 100);
	assert_int_equal(on(*state, "LATER", 5), 150);
	assert_int_equal(on(*state, "LATER", 10), 200);
	/* What has not begun is put right. */
	rig_ok(*state, "manager", "price.Set",
	       "{'code': 'LATER', 'price_minor': 250, 'from': '%s'}", when);
	assert_int_equal(on(*state, "LATER", 10), 250);
	assert_int_equal(on(*state, "LATER", 9), 150);
	assert_int_equal(ever(*state, "LATER"), 4);
	rig_refused(*state, "manager", "price.Set", ST_FAILED_PRECONDITION, "to",
		    "{'code': 'LATER', 'price_minor': 120, 'to': '%s'}", day(7, later));
}

static void price_of_the_past_stays(void **state)
{
	char more[80], when[11];

	/* A code that is new may have cost something before. */
	(void)snprintf(more, sizeof(more), ", 'from': '%s'", day(-30, when));
	set(*state, "OLD", 100, more);
	assert_int_equal(on(*state, "OLD", -30), 100);
	rig_refused(*state, "manager", "price.Set", ST_INVALID_ARGUMENT, "from",
		    "{'code': 'OLD', 'price_minor': 200, 'from': '%s'}", day(-1, when));
	rig_refused(*state, "manager", "price.Set", ST_INVALID_ARGUMENT, "from",
		    "{'code': 'OLD', 'price_minor': 200, 'from': '%s'}", day(-40, when));
	rig_refused(*state, "manager", "price.End", ST_INVALID_ARGUMENT, "on",
		    "{'code': 'OLD', 'on': '%s'}", day(-1, when));
	rig_ok(*state, "manager", "price.Set", "{'code': 'OLD', 'price_minor': 200}");
	assert_int_equal(on(*state, "OLD", -1), 100);
	assert_int_equal(on(*state, "OLD", 0), 200);
}

static void price_ends(void **state)
{
	char more[80], when[11];

	set(*state, "GONE", 100, "");
	(void)snprintf(more, sizeof(more), ", 'from': '%s'", day(20, when));
	set(*state, "GONE", 200, more);
	rig_dry(*state, "manager", "price.End", "{'code': 'GONE'}");
	rig_twice(*state, "manager", "price.End", "{'code': 'GONE', 'on': '%s'}", day(10, when));
	assert_int_equal(on(*state, "GONE", 9), 100);
	assert_int_equal(on(*state, "GONE", 10), -1);
	assert_int_equal(on(*state, "GONE", 20), -1);
	rig_refused(*state, "manager", "price.End", ST_NOT_FOUND, "code",
		    "{'code': 'GONE', 'on': '%s'}", day(10, when));
	/* It may come back. */
	(void)snprintf(more, sizeof(more), ", 'from': '%s'", day(15, when));
	set(*state, "GONE", 300, more);
	assert_int_equal(on(*state, "GONE", 14), -1);
	assert_int_equal(on(*state, "GONE", 15), 300);
	rig_ok(*state, "manager", "price.End", "{'code': 'GONE'}");
	assert_int_equal(on(*state, "GONE", 0), -1);
}

static void price_set_names_the_bad_field(void **state)
{
	static const struct {
		enum st_code code;
		const char *field, *request;
	} bad[] = {
		{ ST_INVALID_ARGUMENT, "code", "'price_minor': 1" },
		{ ST_INVALID_ARGUMENT, "code", "'code': 'a b', 'price_minor': 1" },
		{ ST_INVALID_ARGUMENT, "name", "'code': 'NEW', 'price_minor': 1" },
		{ ST_INVALID_ARGUMENT, "kind", "'code': 'NEW', 'name': 'x', 'price_minor': 1" },
		{ ST_INVALID_ARGUMENT, "unit",
		  "'code': 'NEW', 'name': 'x', 'kind': 'labour', 'price_minor': 1" },
		{ ST_INVALID_ARGUMENT, "price_minor",
		  "'code': 'NEW', 'name': 'x', 'kind': 'labour', 'unit': 'hour'" },
		{ ST_INVALID_ARGUMENT, "price_minor", "'code': 'NEW', 'price_minor': -1" },
		{ ST_INVALID_ARGUMENT, "kind", "'code': 'NEW', 'kind': 'gift'" },
		{ ST_INVALID_ARGUMENT, "tax_bp", "'code': 'NEW', 'tax_bp': 10001" },
		{ ST_INVALID_ARGUMENT, "from", "'code': 'NEW', 'from': '2031-02-30'" },
		{ ST_INVALID_ARGUMENT, "to",
		  "'code': 'NEW', 'name': 'x', 'kind': 'labour', 'unit': 'hour', 'price_minor': 1, "
		  "'from': '2031-02-03', 'to': '2031-02-03'" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		rig_refused(*state, "manager", "price.Set", bad[i].code, bad[i].field, "{%s}",
			    bad[i].request);
	rig_refused(*state, "clerk", "price.Set", ST_PERMISSION_DENIED, NULL, "{'code': 'NEW'}");
	rig_refused(*state, "manager", "price.End", ST_NOT_FOUND, "code", "{'code': 'NEW'}");
}

static void price_list_narrows_down_and_goes_on(void **state)
{
	const json_t *all, *r;
	char after[200] = "";

	set(*state, "Z-1", 100, "");
	rig_ok(*state, "manager", "price.Set",
	       "{'code': 'Z-2', 'name': 'Zinc plate', 'kind': "
	       "'service', 'unit': 'job', 'price_minor': 1}");
	rig_ok(*state, "manager", "price.Set", "{'code': 'Z-1', 'price_minor': 120}");
	r = rig_ok(*state, "technician", "price.List", "{'text': 'ZINC'}");
	assert_int_equal(rig_count(r, "prices"), 1);
	r = rig_ok(*state, "technician", "price.List", "{'text': 'z-', 'kind': 'service'}");
	assert_string_equal(rig_text(r, "prices.0.code"), "Z-2");
	all = rig_ok(*state, "technician", "price.List", "{'text': 'z-', 'all': true}");
	assert_int_equal(rig_count(all, "prices"), 3);
	for (size_t k = 0; k < 3; k++) {
		char path[40];

		r = rig_ok(*state, "technician", "price.List",
			   "{'text': 'z-', 'all': true, 'limit': 1%s}", after);
		(void)snprintf(path, sizeof(path), "prices.%zu.id", k);
		assert_string_equal(rig_text(r, "prices.0.id"), rig_text(all, path));
		(void)snprintf(after, sizeof(after), ", 'after': '%s'",
			       rig_text(r, "prices.0.cursor"));
	}
	r = rig_ok(*state, "manager", "price.List", "{'all': true, 'limit': 500}");
	assert_null(rig_find(r, "prices", "code", "FAR"));
	rig_refused(*state, "clerk", "price.List", ST_INVALID_ARGUMENT, "after", "{'after': 'x'}");
	rig_refused(*state, "clerk", "price.List", ST_INVALID_ARGUMENT, "on",
		    "{'on': '2031-13-01'}");
}

static const json_t *import(struct rig *rig, const char *rows)
{
	return rig_ok(rig, "manager", "price.Import", "{'rows': [%s]}", rows);
}

#define ROWS                                                                                    \
	"{'line': 2, 'property': 'sun', 'code': 'i-1', 'name': 'Valve', 'kind': 'Material', "   \
	"'unit': 'piece', 'price_each': '1,035.5', 'tax': '1300'}, {'line': 3, 'code': 'I-2', " \
	"'name': 'Call out', 'kind': 'service', 'unit': 'job', 'price_each': '80', 'from': "    \
	"'2031/1/1'}, {'line': 4, 'code': 'I-2', 'price_each': '90', 'from': '2031-06-01', "    \
	"'to': '2032-01-01'}"

static void price_import_takes_a_file(void **state)
{
	const json_t *r = import(*state, ROWS), *p;

	rig_row(r, 2, "taken", NULL);
	rig_row(r, 3, "taken", NULL);
	rig_row(r, 4, "changed", NULL);
	p = rig_ok(*state, "clerk", "price.List", "{'text': 'i-1'}");
	assert_int_equal(rig_int(p, "prices.0.price_minor"), 103550);
	assert_string_equal(rig_text(p, "prices.0.kind"), "material");
	p = rig_ok(*state, "clerk", "price.List", "{'text': 'i-2', 'on': '2031-07-01'}");
	assert_int_equal(rig_int(p, "prices.0.price_minor"), 9000);
	assert_string_equal(rig_text(p, "prices.0.to"), "2032-01-01");
	r = import(*state, ROWS);
	for (int line = 2; line <= 4; line++)
		rig_row(r, line, "unchanged", NULL);
	r = import(*state, "{'line': 2, 'code': 'I-1', 'price_each': '1036'}");
	rig_row(r, 2, "changed", NULL);
}

static void price_import_rejects_rows_one_by_one(void **state)
{
	static const char *const blames[] = { "property", "code", "price_each", "price_each",
					      "from",     "tax",  "kind",       "price_each" };
	const json_t *r = import(
		*state,
		"{'line': 2, 'property': 'LAK', 'code': 'FAR', 'price_each': '1'},"
		"{'line': 3, 'name': 'x'}, {'line': 4, 'code': 'B-1', 'price_each': '1.005'},"
		"{'line': 5, 'code': 'B-1', 'price_each': 'free'},"
		"{'line': 6, 'code': 'B-1', 'from': 'soon'}, {'line': 7, 'code': 'B-1', 'tax': "
		"'13%'}, {'line': 8, 'code': 'B-1', 'name': 'x', 'kind': 'gift', 'unit': 'piece', "
		"'price_each': '1'}, {'line': 9, 'code': 'B-1', 'name': 'x', 'kind': 'labour', "
		"'unit': 'piece'}, {'line': 10, 'code': 'B-1', 'name': 'x', 'kind': 'labour', "
		"'unit': 'piece', 'price_each': '0'}");

	for (size_t i = 0; i < sizeof(blames) / sizeof(*blames); i++)
		rig_row(r, (int)i + 2, "rejected", blames[i]);
	rig_row(r, 10, "taken", NULL);
	assert_int_equal(on(*state, "B-1", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(price_is_set),
		cmocka_unit_test(price_changes_from_a_day_on),
		cmocka_unit_test(price_of_the_past_stays),
		cmocka_unit_test(price_ends),
		cmocka_unit_test(price_set_names_the_bad_field),
		cmocka_unit_test(price_list_narrows_down_and_goes_on),
		cmocka_unit_test(price_import_takes_a_file),
		cmocka_unit_test(price_import_rejects_rows_one_by_one),
	};

	return cmocka_run_group_tests_name("price", tests, prepare, rig_down);
}
