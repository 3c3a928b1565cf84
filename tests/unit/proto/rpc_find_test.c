#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/rules.h"

#define WORDS_MAX 8

static void every_method_is_found_by_name(void **state)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		assert_int_equal(rpc_methods[i].index, i);
		assert_ptr_equal(rpc_find(rpc_methods[i].name), &rpc_methods[i]);
	}
}

static void other_names_are_not_found(void **state)
{
	assert_null(rpc_find(""));
	assert_null(rpc_find("case"));
	assert_null(rpc_find("case.Ope"));
	assert_null(rpc_find("case.Opened"));
	assert_null(rpc_find("case.open"));
	assert_null(rpc_find("~"));
}

/* Splits a copy of the words, which must fit, into an argument vector with more behind it. */
static int split(const char *words, char *copy, size_t size, char *argv[WORDS_MAX])
{
	int n = 0;

	assert_true(strlen(words) < size);
	memcpy(copy, words, strlen(words) + 1);
	for (char *at = copy; at != NULL && n < WORDS_MAX - 1; n++) {
		argv[n] = at;
		at = strchr(at, ' ');
		if (at != NULL)
			*at++ = 0;
	}
	argv[n] = (char[]){ "C-1042" };
	return n;
}

static void every_method_is_found_by_its_words(void **state)
{
	for (size_t i = 0; i < rpc_method_count; i++) {
		char copy[100], *argv[WORDS_MAX];
		int n = split(rpc_methods[i].words, copy, sizeof(copy), argv), used = -1;

		assert_ptr_equal(rpc_find_words(n, argv, &used), &rpc_methods[i]);
		assert_int_equal(used, n);
	}
}

static void words_behind_the_command_are_left(void **state)
{
	char *argv[] = { (char[]){ "case" }, (char[]){ "show" }, (char[]){ "C-1042" } };
	int used = -1;
	const struct rpc_method *m = rpc_find_words(3, argv, &used);

	assert_non_null(m);
	assert_string_equal(m->name, "case.Show");
	assert_int_equal(used, 2);
}

static void a_noun_alone_is_no_command(void **state)
{
	char *argv[] = { (char[]){ "case" }, (char[]){ "sho" } };
	int used = -1;

	assert_null(rpc_find_words(2, argv, &used));
	assert_int_equal(used, 1);
	assert_null(rpc_find_words(0, argv, &used));
	assert_int_equal(used, 0);
	assert_null(rpc_find_words(1, argv + 1, &used));
	assert_int_equal(used, 0);
}

/* The rules' rows stand in the order of protobuf-c's fields, all the way down. */
static void check_rules(const struct message_rules *rules)
{
	assert_non_null(rules->desc);
	assert_non_null(rules->help);
	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		const struct field_rule *r = &rules->fields[i];

		assert_non_null(r->label);
		assert_non_null(r->help);
		assert_true(r->low <= r->high);
		if (f->label == PROTOBUF_C_LABEL_REPEATED || f->type == PROTOBUF_C_TYPE_STRING ||
		    f->type == PROTOBUF_C_TYPE_BYTES)
			assert_true(r->max > 0);
		else
			assert_int_equal(r->max, 0);
		if (f->type != PROTOBUF_C_TYPE_MESSAGE) {
			assert_null(r->sub);
			continue;
		}
		assert_non_null(r->sub);
		assert_ptr_equal(r->sub->desc, f->descriptor);
		check_rules(r->sub);
	}
}

static void rules_follow_the_descriptors(void **state)
{
	check_rules(&rules_steward__hello);
	check_rules(&rules_steward__welcome);
	check_rules(&rules_steward__request);
	check_rules(&rules_steward__response);
	check_rules(&rules_steward__status);
	check_rules(&rules_steward__goaway);
	check_rules(&rules_steward__fatal);
	for (size_t i = 0; i < rpc_method_count; i++) {
		check_rules(rpc_methods[i].in);
		check_rules(rpc_methods[i].out);
	}
}

static const struct field_rule *rule_of(const struct message_rules *rules, const char *name)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(
		rules->desc, name);

	assert_non_null(f);
	return &rules->fields[f - rules->desc->fields];
}

static void limits_are_those_declared(void **state)
{
	const struct field_rule *body = rule_of(&rules_steward__request, "body");
	const struct field_rule *property = rule_of(&rules_steward__request, "property");

	assert_int_equal(body->max, 4194304);
	assert_int_equal(property->max, 16);
	assert_int_equal(property->format, STEWARD__FORMAT__CODE);
	assert_string_equal(property->label, "property");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_is_found_by_name),
		cmocka_unit_test(other_names_are_not_found),
		cmocka_unit_test(every_method_is_found_by_its_words),
		cmocka_unit_test(words_behind_the_command_are_left),
		cmocka_unit_test(a_noun_alone_is_no_command),
		cmocka_unit_test(rules_follow_the_descriptors),
		cmocka_unit_test(limits_are_those_declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
