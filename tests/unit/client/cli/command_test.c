#include "client/cli/command.h"

#include <string.h>

#include "client/cli/args.h"
#include "client/look/method.h"
#include "tests/unit/client/cli/shop.h"

/* command_find() of the words after the program's name. */
#define FIND(s, c, err, ...) find((s), (c), (err), (const char *[]){ "steward", __VA_ARGS__, NULL })

static enum st_code find(struct shop *s, struct command *c, struct st_err *err, const char **words)
{
	int argc = 0;

	while (words[argc] != NULL)
		argc++;
	return command_find(argc, (char **)words, &s->mem, c, err);
}

static void words_name_a_method_of_the_daemon(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "case", "show", "C-1042", "--json"), ST_OK);
	assert_non_null(c.method);
	assert_string_equal(c.method->name, "case.Show");
	assert_int_equal(c.argc, 3);
	assert_string_equal(c.argv[0], "steward case show");
	assert_string_equal(c.argv[1], "C-1042");
	assert_string_equal(c.argv[2], "--json");
	assert_null(c.argv[3]);
}

static void global_flags_may_stand_before_and_between_the_words(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "-p", "show", "case", "--json", "show", "C-1"), ST_OK);
	assert_string_equal(c.method->name, "case.Show");
	assert_int_equal(c.argc, 5);
	assert_string_equal(c.argv[1], "-p");
	assert_string_equal(c.argv[2], "show");
	assert_string_equal(c.argv[3], "--json");
	assert_string_equal(c.argv[4], "C-1");
}

static void built_in_commands_stand_before_methods(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "login", "wang"), ST_OK);
	assert_null(c.method);
	assert_string_equal(c.builtin->words, "login");
	assert_int_equal(FIND(s, &c, &err, "config", "show", "--origin"), ST_OK);
	assert_string_equal(c.builtin->words, "config show");
	assert_int_equal(c.argc, 2);
}

static void mistyped_words_are_answered_with_the_near_one(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "csae", "open"), ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "there is no command 'csae'; did you mean 'case'?");
	err = (struct st_err){ 0 };
	assert_int_equal(FIND(s, &c, &err, "case", "opne"), ST_INVALID_ARGUMENT);
	assert_string_equal(err.message,
			    "there is no command 'case opne'; did you mean 'case open'?");
	err = (struct st_err){ 0 };
	assert_int_equal(FIND(s, &c, &err, "case"), ST_INVALID_ARGUMENT);
	assert_non_null(strstr(err.message, "not a whole command"));
	err = (struct st_err){ 0 };
	assert_int_equal(FIND(s, &c, &err, "frobnicate"), ST_INVALID_ARGUMENT);
	assert_null(strstr(err.message, "did you mean"));
}

static void words_are_never_abbreviated(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "cas", "list"), ST_INVALID_ARGUMENT);
	assert_int_equal(FIND(s, &c, &err, "case", "lis"), ST_INVALID_ARGUMENT);
}

static void calls_of_machines_are_no_commands(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_true(command_is_internal(rpc_find("auth.Resume")));
	assert_true(command_is_internal(rpc_find("device.Renew")));
	assert_true(command_is_internal(rpc_find("enrol.Redeem")));
	assert_true(command_is_internal(rpc_find("auth.Login")));
	assert_false(command_is_internal(rpc_find("case.Open")));
	assert_int_equal(FIND(s, &c, &err, "auth", "resume"), ST_INVALID_ARGUMENT);
}

static void no_words_are_no_command(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "--json"), ST_OK);
	assert_null(c.method);
	assert_null(c.builtin);
}

static void a_noun_alone_can_be_asked_for_help(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct command c;

	assert_int_equal(FIND(s, &c, &err, "case", "--help"), ST_OK);
	assert_string_equal(c.builtin->words, "help");
	assert_string_equal(c.argv[1], "case");
}

static void every_method_is_reached_by_its_words(void **state)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		char words[100], *argv[8], *rest = words;
		int argc = 0, used = 0;

		assert_true(strlen(rpc_methods[i].words) < sizeof(words));
		memcpy(words, rpc_methods[i].words, strlen(rpc_methods[i].words) + 1);
		while ((argv[argc] = strsep(&rest, " ")) != NULL)
			argc++;
		assert_ptr_equal(rpc_find_words(argc, argv, &used), &rpc_methods[i]);
		assert_int_equal(used, argc);
	}
}

/* A secret never travels as a flag's value, and no flag of a method is a beginning of -h. */
static void no_table_offers_a_secret_as_a_value(void **state)
{
	struct shop *s = *state;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];

		for (unsigned f = 0; f < m->in->desc->n_fields; f++) {
			const char *name = method_field_name(m, f, &s->mem);
			size_t n = strlen(name);

			if (!m->in->fields[f].secret || m->in->fields[f].arg != 0)
				continue;
			assert_true(n > 5 && strcmp(name + n - 5, "-file") == 0);
		}
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(words_name_a_method_of_the_daemon),
		TEST(global_flags_may_stand_before_and_between_the_words),
		TEST(built_in_commands_stand_before_methods),
		TEST(mistyped_words_are_answered_with_the_near_one),
		TEST(words_are_never_abbreviated),
		TEST(calls_of_machines_are_no_commands),
		TEST(no_words_are_no_command),
		TEST(a_noun_alone_can_be_asked_for_help),
		TEST(every_method_is_reached_by_its_words),
		TEST(no_table_offers_a_secret_as_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
