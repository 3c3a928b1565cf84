#include "client/look/value.h"

#include <string.h>

#include "tests/unit/client/cli/shop.h"

/* What is set from 'text' and read back as text. */
static const char *there_and_back(struct shop *s, const char *name, const char *text)
{
	ProtobufCMessage *msg = message_new(shop_sell_rules.desc, &s->mem);
	const ProtobufCFieldDescriptor *f = message_field(shop_sell_rules.desc, name);
	unsigned field = (unsigned)(f - shop_sell_rules.desc->fields);
	struct st_err err = { 0 };

	if (value_set(msg, &shop_sell_rules, field, text, &s->mem, &err) != ST_OK)
		fail_msg("%s: %s", name, err.message);
	assert_int_equal(field_count(msg, f), 1);
	assert_null(value_text(msg, &shop_sell_rules, field, 1, &s->mem));
	return value_text(msg, &shop_sell_rules, field, 0, &s->mem);
}

static void a_value_reads_as_it_is_typed(void **state)
{
	static const struct {
		const char *field, *typed, *shown;
	} cases[] = {
		{ "item", "G-1", "G-1" },
		{ "price_minor", "12.5", "12.50" },
		{ "price_minor", "1,280.50", "1280.50" },
		{ "price_minor", "-3", "-3.00" },
		{ "gift", "t", "true" },
		{ "gift", "false", "false" },
		{ "count", "7", "7" },
		{ "note", "", "" },
		{ "tag", "a b", "a b" },
		{ "photo", "\\x00ff", "\\x00ff" },
		{ "size", "{\"height\": 4, \"width\": 3}", "{\"height\":4,\"width\":3}" },
		{ "size", "{}", "{}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *shown = there_and_back(*state, cases[i].field, cases[i].typed);

		assert_string_equal(shown, cases[i].shown);
		assert_string_equal(there_and_back(*state, cases[i].field, shown), shown);
	}
}

static void what_is_absent_has_no_text(void **state)
{
	struct shop *s = *state;
	ProtobufCMessage *msg = message_new(shop_sell_rules.desc, &s->mem);

	for (unsigned i = 0; i < shop_sell_rules.desc->n_fields; i++)
		assert_null(value_text(msg, &shop_sell_rules, i, 0, &s->mem));
}

static void each_value_of_a_repeated_field_has_its_own(void **state)
{
	struct shop *s = *state;
	ProtobufCMessage *msg = message_new(shop_sell_rules.desc, &s->mem);
	struct st_err err = { 0 };

	assert_int_equal(value_set(msg, &shop_sell_rules, 6, "a", &s->mem, &err), ST_OK);
	assert_int_equal(value_set(msg, &shop_sell_rules, 6, "b", &s->mem, &err), ST_OK);
	assert_string_equal(value_text(msg, &shop_sell_rules, 6, 0, &s->mem), "a");
	assert_string_equal(value_text(msg, &shop_sell_rules, 6, 1, &s->mem), "b");
	assert_null(value_text(msg, &shop_sell_rules, 6, 2, &s->mem));
}

static void bad_values_are_refused(void **state)
{
	struct shop *s = *state;
	ProtobufCMessage *msg = message_new(shop_sell_rules.desc, &s->mem);
	struct st_err err = { 0 };

	assert_int_equal(value_set(msg, &shop_sell_rules, 2, "12.345", &s->mem, &err),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(value_set(msg, &shop_sell_rules, 9, "many", &s->mem, &err),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(value_set(msg, &shop_sell_rules, 7, "{", &s->mem, &err),
			 ST_INVALID_ARGUMENT);
	assert_false(field_is_set(msg, &shop_sell_rules.desc->fields[2]));
	assert_false(field_is_set(msg, &shop_sell_rules.desc->fields[9]));
}

/* Money within a message has no second spelling there: what is typed is read back. */
static void messages_within_are_typed_as_they_are_declared(void **state)
{
	static const char json[] = "{\"number\":\"G-1\",\"price_minor\":\"1250\"}";
	struct shop *s = *state;
	ProtobufCMessage *msg = message_new(shop_sell.out->desc, &s->mem);
	struct st_err err = { 0 };

	assert_int_equal(value_set(msg, shop_sell.out, 0, json, &s->mem, &err), ST_OK);
	assert_string_equal(value_text(msg, shop_sell.out, 0, 0, &s->mem), json);
}

static void placeholders_say_what_is_wanted(void **state)
{
	struct shop *s = *state;

	assert_string_equal(value_placeholder(&shop_sell_rules, 0, &s->mem), "ITEM");
	assert_string_equal(value_placeholder(&shop_sell_rules, 2, &s->mem), "AMOUNT");
	assert_string_equal(value_placeholder(&shop_sell_rules, 5, &s->mem), "red|green");
	assert_string_equal(value_placeholder(&shop_sell_rules, 7, &s->mem), "JSON");
	assert_string_equal(value_placeholder(&shop_sell_rules, 9, &s->mem), "N");
	assert_string_equal(value_placeholder(&shop_sell_rules, 10, &s->mem), "FILE");
	assert_string_equal(value_placeholder(&shop_row_rules, 2, &s->mem), "YYYY-MM-DD");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_value_reads_as_it_is_typed),
		TEST(what_is_absent_has_no_text),
		TEST(each_value_of_a_repeated_field_has_its_own),
		TEST(bad_values_are_refused),
		TEST(messages_within_are_typed_as_they_are_declared),
		TEST(placeholders_say_what_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
