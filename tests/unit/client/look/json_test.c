#include "client/look/json.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/client/cli/shop.h"

static void check(struct shop *s, const ProtobufCMessage *msg, const struct message_rules *rules,
		  const char *want)
{
	json_t *j = json_of_message(msg, rules, &s->mem);
	char *text = json_dumps(j, JSON_COMPACT);

	assert_string_equal(text, want);
	free(text);
	json_decref(j);
}

static void messages_become_objects(void **state)
{
	struct shop *s = *state;
	Shop__Good *g = shop_good(&s->mem, "G-1", "Tap \"A\" 水");
	Shop__Size size = SHOP__SIZE__INIT;

	size.has_width = true;
	size.width = -3;
	g->size = &size;
	check(s, &g->base, &shop_good_rules,
	      "{\"number\":\"G-1\",\"name\":\"Tap \\\"A\\\" 水\",\"price_minor\":\"128050\","
	      "\"price\":\"1280.50\",\"currency\":\"CNY\",\"sold\":true,"
	      "\"sold_at\":\"2026-11-23T16:00:07.123+08:00\",\"tags\":[\"a\",\"b\"],"
	      "\"size\":{\"width\":-3}}");
}

static void empty_messages_keep_their_lists(void **state)
{
	struct shop *s = *state;
	Shop__Good g = SHOP__GOOD__INIT;

	check(s, &g.base, &shop_good_rules, "{\"tags\":[]}");
}

static void chosen_fields_are_always_there(void **state)
{
	struct shop *s = *state;
	Shop__Good *g = shop_good(&s->mem, "G-1", "Tap");
	json_t *j = json_of_fields(&g->base, &shop_good_rules, "name,state,size.width,tags",
				   &s->mem);
	char *text = json_dumps(j, JSON_COMPACT);

	assert_string_equal(
		text,
		"{\"name\":\"Tap\",\"state\":null,\"size.width\":null,\"tags\":[\"a\",\"b\"]}");
	free(text);
	json_decref(j);
}

static void unknown_fields_are_refused_with_what_is_near(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };

	assert_int_equal(json_check_fields(&shop_good_rules, "number,size.height", &s->mem, &err),
			 ST_OK);
	assert_int_equal(json_check_fields(&shop_good_rules, "nmber", &s->mem, &err),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "there is no field 'nmber' here; did you mean 'number'?");
	err = (struct st_err){ 0 };
	assert_int_equal(json_check_fields(&shop_good_rules, "name.first", &s->mem, &err),
			 ST_INVALID_ARGUMENT);
	assert_non_null(strstr(err.message, "no fields of its own"));
}

static enum st_code read_sell(struct shop *s, const char *text, Shop__SellRequest *rq,
			      struct st_err *err)
{
	shop__sell_request__init(rq);
	*err = (struct st_err){ 0 };
	return json_read(slice_str(text), &rq->base, &s->mem, err);
}

static void objects_become_messages(void **state)
{
	struct shop *s = *state;
	Shop__SellRequest rq;
	struct st_err err;

	assert_int_equal(
		read_sell(s,
			  "{\"item\":\"G-1\",\"price_minor\":\"9007199254740993\",\"gift\":false,"
			  "\"tag\":[\"x\",\"y\"],\"size\":{\"width\":1},\"count\":7,\"note\":null}",
			  &rq, &err),
		ST_OK);
	assert_string_equal(rq.item, "G-1");
	assert_true(rq.price_minor == 9007199254740993);
	assert_true(rq.has_gift && !rq.gift);
	assert_int_equal(rq.n_tag, 2);
	assert_int_equal(rq.size->width, 1);
	assert_int_equal(rq.count, 7);
	assert_null(rq.note);
	assert_int_equal(read_sell(s, "{\"price_minor\":5}", &rq, &err), ST_OK);
	assert_true(rq.price_minor == 5);
}

static void wrong_values_are_named_by_their_path(void **state)
{
	static const struct {
		const char *text, *field, *words;
	} cases[] = {
		{ "{\"item\":5}", "item", "must be a string, not a number" },
		{ "{\"gift\":\"yes\"}", "gift", "must be true or false, not a string" },
		{ "{\"tag\":\"x\"}", "tag", "must be a list, not a string" },
		{ "{\"tag\":[\"x\",{}]}", "tag[1]", "must be a string, not an object" },
		{ "{\"size\":{\"width\":\"w\"}}", "size.width", "size.width" },
		{ "{\"size\":3}", "size", "must be an object, not a number" },
		{ "{\"itme\":\"x\"}", "itme", "did you mean 'item'" },
		{ "{\"count\":1.5}", "count", "must be a whole number" },
		{ "{\"item\":\"a\\u0000b\"}", "", "not valid JSON" },
		{ "[]", "", "must be an object" },
		{ "{\"item\":\"a\",\"item\":\"b\"}", "", "not valid JSON at line 1" },
		{ "{\n\"item\":}", "", "line 2" },
		{ "", "", "not valid JSON" },
	};
	struct shop *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Shop__SellRequest rq;
		struct st_err err;

		assert_int_equal(read_sell(s, cases[i].text, &rq, &err), ST_INVALID_ARGUMENT);
		assert_string_equal(err.field, cases[i].field);
		assert_non_null(strstr(err.message, cases[i].words));
	}
}

static void what_was_written_is_read_back_the_same(void **state)
{
	struct shop *s = *state;
	Shop__Good *g = shop_good(&s->mem, "G-1", "水 \\ \" \t\n"), back = SHOP__GOOD__INIT;
	struct st_err err = { 0 };
	struct slice a, b;
	json_t *j;
	char *text;

	g->has_price_minor = false; /* its decimal form is for reading only */
	j = json_of_message(&g->base, &shop_good_rules, &s->mem);
	text = json_dumps(j, JSON_COMPACT);
	assert_int_equal(json_read(slice_str(text), &back.base, &s->mem, &err), ST_OK);
	assert_int_equal(wire_pack(&g->base, &s->mem, &a, &err), ST_OK);
	assert_int_equal(wire_pack(&back.base, &s->mem, &b, &err), ST_OK);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	free(text);
	json_decref(j);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(messages_become_objects),
		TEST(empty_messages_keep_their_lists),
		TEST(chosen_fields_are_always_there),
		TEST(unknown_fields_are_refused_with_what_is_near),
		TEST(objects_become_messages),
		TEST(wrong_values_are_named_by_their_path),
		TEST(what_was_written_is_read_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
