#include "client/look/method.h"

#include <string.h>

#include "tests/unit/client/cli/shop.h"

static void summaries_are_first_sentences(void **state)
{
	struct shop *s = *state;

	assert_string_equal(method_summary("Open a case. It is\nnew.", &s->mem), "Open a case");
	assert_string_equal(method_summary("Open a\ncase.", &s->mem), "Open a case");
	assert_string_equal(method_summary("v1.2 of it", &s->mem), "v1.2 of it");
}

static const struct rpc_method *get(const char *words)
{
	const struct rpc_method *m = method_of_words(words);

	if (m == NULL)
		fail_msg("there is no method '%s'", words);
	return m;
}

static bool acts_on(const char *words, const char *list)
{
	return method_acts_on(get(words), get(list));
}

static void words_name_a_method_when_all_of_them_match(void **state)
{
	assert_string_equal(get("case list")->name, "case.List");
	assert_null(method_of_words("case"));
	assert_null(method_of_words("case list more"));
	assert_null(method_of_words(""));
	assert_null(method_of_words(NULL));
	for (size_t i = 0; i < rpc_method_count; i++)
		assert_ptr_equal(method_of_words(rpc_methods[i].words), &rpc_methods[i]);
}

static void a_thing_is_shown_by_the_method_called_so(void **state)
{
	assert_string_equal(method_show_of(rpc_find("case.Open"))->words, "case show");
	assert_null(method_show_of(rpc_find("auth.Login")));
}

static void steps_of_machines_are_not_for_people(void **state)
{
	static const char *const machines[] = { "attachment.Put", "attachment.Finish",
						"enrol.Redeem", "device.Renew", "auth.Resume" };

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		assert_false(method_for_people(rpc_find(machines[i])));
	assert_true(method_for_people(rpc_find("case.Open")));
	assert_true(method_for_people(rpc_find("auth.Whoami")));
}

static void roles_decide_what_is_allowed(void **state)
{
	const struct rpc_method *add = rpc_find("user.Add"), *open = rpc_find("case.Open");
	const uint32_t clerk = 1u << STEWARD__ROLE__CLERK;
	const uint32_t administrator = 1u << STEWARD__ROLE__ADMINISTRATOR;

	assert_true(method_allowed(open, clerk));
	assert_false(method_allowed(open, 0));
	assert_false(method_allowed(add, clerk));
	assert_true(method_allowed(add, clerk | administrator));
	assert_true(method_allowed(rpc_find("auth.Whoami"), 0));
	assert_false(method_allowed(rpc_find("enrol.Redeem"), UINT32_MAX));
}

static void a_row_can_be_what_the_first_word_names(void **state)
{
	assert_true(acts_on("case note", "case list"));
	assert_true(acts_on("case show", "case list"));
	assert_true(acts_on("case hold", "case list"));
	assert_true(acts_on("attach", "case list"));
	assert_true(acts_on("bill credit", "bill list"));
	assert_true(acts_on("user grant", "user list"));
	assert_true(acts_on("visit record", "visit list"));
	/* Another list of the same rows. */
	assert_true(acts_on("knowledge publish", "knowledge find"));
	assert_true(acts_on("contact unkey", "contact silent"));
	/* Completed from no list. */
	assert_true(acts_on("contact patch end", "contact patch list"));
	assert_false(acts_on("case open", "case list"));
	assert_false(acts_on("case note", "order list"));
	assert_false(acts_on("user add", "user list"));
	assert_false(acts_on("form add", "form list"));
	assert_false(acts_on("category add", "category list"));
	assert_false(acts_on("case list", "case list"));
	assert_false(acts_on("case note", "case show"));
	assert_false(acts_on("case note", "case import"));
}

/* Whatever can be done with a row finds in it what its first word takes. */
static void rows_name_what_acts_on_them(void **state)
{
	struct shop *s = *state;
	size_t pairs = 0;

	for (size_t l = 0; l < rpc_method_count; l++) {
		const struct rpc_method *list = &rpc_methods[l];
		const struct message_rules *rows = method_rows(list);
		ProtobufCMessage *row = rows != NULL ? message_new(rows->desc, &s->mem) : NULL;
		struct st_err err = { 0 };

		for (unsigned f = 0; row != NULL && f < rows->desc->n_fields; f++)
			if (rows->desc->fields[f].type == PROTOBUF_C_TYPE_STRING)
				assert_int_equal(field_set_text(row, &rows->desc->fields[f], "X-1",
								3, &s->mem, &err),
						 ST_OK);
		for (size_t i = 0; row != NULL && i < rpc_method_count; i++) {
			if (!method_acts_on(&rpc_methods[i], list))
				continue;
			pairs++;
			if (method_row_ref(&rpc_methods[i], row, false, &s->mem) == NULL)
				fail_msg("'%s' finds nothing for its first word in '%s'",
					 rpc_methods[i].words, list->words);
		}
	}
	assert_true(pairs > 200);
}

static ProtobufCMessage *row_of(struct shop *s, const char *list, const char *const *pairs)
{
	ProtobufCMessage *row = message_new(method_rows(get(list))->desc, &s->mem);
	struct st_err err = { 0 };

	for (; *pairs != NULL; pairs += 2)
		assert_int_equal(field_set_text(row, message_field(row->descriptor, pairs[0]),
						pairs[1], strlen(pairs[1]), &s->mem, &err),
				 ST_OK);
	return row;
}
#define ROW(s, list, ...) row_of((s), (list), (const char *const[]){ __VA_ARGS__, NULL })

static void a_row_is_called_as_the_first_word_takes_it(void **state)
{
	struct shop *s = *state;
	ProtobufCMessage *row = ROW(s, "case list", "number", "C-1042", "property", "SUN");

	assert_string_equal(method_row_ref(get("case note"), row, false, &s->mem), "C-1042");
	assert_string_equal(method_row_ref(get("case note"), row, true, &s->mem), "SUN/C-1042");
	assert_null(method_row_ref(get("case open"), row, false, &s->mem));
	/* A field of the word's own name comes first; a code is no reference. */
	row = ROW(s, "visit list", "case", "C-7", "entry", "A-3", "property", "SUN");
	assert_string_equal(method_row_ref(get("visit record"), row, true, &s->mem), "SUN/C-7");
	row = ROW(s, "pool list", "number", "17", "code", "LIFT", "property", "SUN");
	assert_string_equal(method_row_ref(get("pool show"), row, true, &s->mem), "LIFT");
	row = ROW(s, "user list", "login", "wang");
	assert_string_equal(method_row_ref(get("user grant"), row, true, &s->mem), "wang");
	row = ROW(s, "case list", "property", "SUN");
	assert_null(method_row_ref(get("case note"), row, true, &s->mem));
}

static void fields_are_named_as_they_are_typed(void **state)
{
	struct shop *s = *state;

	assert_string_equal(method_field_name(&shop_sell, 0, &s->mem), "ITEM");
	assert_string_equal(method_field_name(&shop_sell, 2, &s->mem), "--price");
	assert_string_equal(method_field_name(&shop_sell, 8, &s->mem), "--pin-file");
	assert_int_equal(method_places(&shop_sell), 2);
	assert_int_equal(method_field_of_place(&shop_sell, 2), 1);
	assert_int_equal(method_field_of_place(&shop_sell, 3), -1);
	assert_int_equal(method_field_of_place(&shop_sell, 0), -1);
	assert_true(method_is_paging(&shop_list, 1));
	assert_false(method_is_paging(&shop_list, 0));
	assert_true(method_is_import(&shop_import, 0));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(summaries_are_first_sentences),
		TEST(words_name_a_method_when_all_of_them_match),
		TEST(a_thing_is_shown_by_the_method_called_so),
		TEST(steps_of_machines_are_not_for_people),
		TEST(roles_decide_what_is_allowed),
		TEST(a_row_can_be_what_the_first_word_names),
		TEST(rows_name_what_acts_on_them),
		TEST(a_row_is_called_as_the_first_word_takes_it),
		TEST(fields_are_named_as_they_are_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
