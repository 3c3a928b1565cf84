#include "proto/gen/sqlfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct tree {
	struct gen g;
	struct schema s;
};

static int tree_new(void **state)
{
	struct tree *t = test_calloc(1, sizeof(*t));

	arena_init(&t->g.mem, 1 << 20);
	*state = t;
	return 0;
}

static int tree_free(void **state)
{
	struct tree *t = *state;

	arena_fini(&t->g.mem);
	test_free(t);
	return 0;
}

/* The statement made of this SQL, under the name a_b. */
static const struct statement *scan(void **state, const char *sql)
{
	struct tree *t = *state;
	const char *text = mem_printf(&t->g, "-- :name a_b :one\n%s", sql);

	t->s = (struct schema){ 0 };
	t->g.refusals = 0;
	statements_scan(&t->g, &t->s, "a.sql", "a_", text);
	assert_int_equal(t->s.n_stmts, 1);
	return t->s.stmts[0];
}

/* Checks text and parameters ("x y" for two) of what the SQL becomes. */
static void becomes(void **state, const char *sql, const char *text, const char *params)
{
	struct tree *t = *state;
	const struct statement *stmt = scan(state, sql);
	const char *list = "";

	for (size_t i = 0; i < stmt->n_params; i++)
		list = mem_printf(&t->g, "%s%s%s", list, i > 0 ? " " : "", stmt->params[i]);
	assert_int_equal(t->g.refusals, 0);
	assert_string_equal(stmt->text, text);
	assert_string_equal(list, params);
}

static void names_become_numbers(void **state)
{
	becomes(state, "select :x", "select $1", "x");
	becomes(state, "select :x, :y, :x", "select $1, $2, $1", "x y");
	becomes(state, ":x=:y;", "$1=$2", "x y");
	becomes(state, "select :rows.title, :rows.at_2", "select $1, $2", "rows.title rows.at_2");
	becomes(state, "(:ctx_user)", "($1)", "ctx_user");
	becomes(state, ":a.", "$1.", "a");
}

static void casts_are_no_names(void **state)
{
	becomes(state, "select :x::int, y::text, 'a'::text", "select $1::int, y::text, 'a'::text",
		"x");
	becomes(state, "f(a := :x)", "f(a := $1)", "x");
	becomes(state, ":x::int[]", "$1::int[]", "x");
}

static void quotes_are_left_alone(void **state)
{
	becomes(state, "select ':x' || :y", "select ':x' || $1", "y");
	becomes(state, "select 'it''s :x' || :y", "select 'it''s :x' || $1", "y");
	becomes(state, "select \"a:x\", :y", "select \"a:x\", $1", "y");
	becomes(state, "select E'\\' :x' || :y", "select E'\\' :x' || $1", "y");
	becomes(state, "select e'a''\\' :x', :y", "select e'a''\\' :x', $1", "y");
	becomes(state, "select '\\' || :x || '\\'", "select '\\' || $1 || '\\'", "x");
	becomes(state, "select type'\\', :x", "select type'\\', $1", "x");
	becomes(state, "select '-- :x'", "select '-- :x'", "");
	becomes(state, "select '/*', :x, '*/'", "select '/*', $1, '*/'", "x");
	becomes(state, "select ';', :x", "select ';', $1", "x");
}

static void dollar_quotes_are_left_alone(void **state)
{
	becomes(state, "do $$ :x '$$ ; ", "do $$ :x '$$", "");
	becomes(state, "do $a$ :x $$ $b$ $a$ :y", "do $a$ :x $$ $b$ $a$ $1", "y");
	becomes(state, "select a$b, :x, c$d", "select a$b, $1, c$d", "x");
	becomes(state, "do $$ -- :name a_c :one\n$$", "do $$ -- :name a_c :one\n$$", "");
}

static void slices_are_no_names(void **state)
{
	becomes(state, "select a[1:n], a[lo:hi], a[f(1):n]", "select a[1:n], a[lo:hi], a[f(1):n]",
		"");
	becomes(state, "select a[:lo : :hi]", "select a[$1 : $2]", "lo hi");
	becomes(state, "select array[:x, :y, (:z)]", "select array[$1, $2, ($3)]", "x y z");
	becomes(state, "select array[case when true then :x end]",
		"select array[case when true then $1 end]", "x");
	becomes(state, "select (array[1])[1:n], :x", "select (array[1])[1:n], $1", "x");
}

static void comments_stay_out(void **state)
{
	becomes(state, "-- about :x\nselect 1 -- :y\n", "select 1", "");
	becomes(state, "select /* :x /* :y */ ; */ :z", "select   $1", "z");
	becomes(state, "select 1 - -1", "select 1 - -1", "");
	becomes(state, "select 1; -- the end ';\n", "select 1", "");
	becomes(state, "select 'a' --'\n 'b'", "select 'a'\n 'b'", "");
}

static void lines_stay_and_blanks_go(void **state)
{
	becomes(state, "\n\nselect 1,  \n\n\t2\n  from x \n\n;\n\n", "select 1,\n\t2\n  from x",
		"");
	becomes(state, "select 'a  \n\n b'", "select 'a  \n\n b'", "");
	becomes(state, "select 1\r\n, 2\r\n", "select 1\r\n, 2", "");
}

static void a_file_holds_many(void **state)
{
	struct tree *t = *state;

	statements_scan(&t->g, &t->s, "a.sql", "a_",
			"-- About the file: :name is a word.\n"
			"-- :name a_one :one\nselect :x;\n\n"
			"  --\t:name a_two :exec  \n-- More.\nselect 2;");
	assert_int_equal(t->g.refusals, 0);
	assert_int_equal(t->s.n_stmts, 2);
	assert_string_equal(t->s.stmts[0]->text, "select $1");
	assert_int_equal(t->s.stmts[0]->at.line, 2);
	assert_int_equal(t->s.stmts[1]->shape, SQL_EXEC);
	assert_int_equal(t->s.stmts[1]->at.line, 5);
	assert_int_equal(t->s.stmts[1]->index, 1);
	assert_ptr_equal(statement_find(&t->s, "a_two", 5), t->s.stmts[1]);
	assert_null(statement_find(&t->s, "a_t", 3));
}

static void parameters_have_a_limit(void **state)
{
	struct tree *t = *state;
	const char *sql = "select :p0";

	for (int i = 1; i < SQL_PARAMS_MAX; i++)
		sql = mem_printf(&t->g, "%s, :p%d", sql, i);
	assert_int_equal(scan(state, sql)->n_params, SQL_PARAMS_MAX);
	assert_int_equal(t->g.refusals, 0);
	scan(state, mem_printf(&t->g, "%s, :one_more", sql));
	assert_int_equal(t->g.refusals, 1);
}

/* Whatever a file holds, scanning ends and touches nothing outside. */
static void every_cut_ends(void **state)
{
	static const char text[] = "-- :name a_b :one\nselect E'\\'' || :x.y || a[1:n]\n"
				   "/* /* */ */ $q$ :z $q$ \"d\" -- e\n;";
	struct tree *t = *state;

	for (size_t n = 0; n < sizeof(text); n++) {
		t->s = (struct schema){ 0 };
		statements_scan(&t->g, &t->s, "a.sql", "a_", mem_strndup(&t->g, text, n));
		assert_true(t->s.n_stmts <= 1);
	}
	assert_string_equal(t->s.stmts[0]->text,
			    "select E'\\'' || $1 || a[1:n]\n  $q$ :z $q$ \"d\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_new, tree_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_become_numbers),     TEST(casts_are_no_names),
		TEST(quotes_are_left_alone),    TEST(dollar_quotes_are_left_alone),
		TEST(slices_are_no_names),      TEST(comments_stay_out),
		TEST(lines_stay_and_blanks_go), TEST(a_file_holds_many),
		TEST(parameters_have_a_limit),  TEST(every_cut_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
