#include "client/look/outcome.h"

#include <string.h>

#include "tests/unit/client/cli/shop.h"

static void verbs_have_participles(void **state)
{
	static const struct {
		const char *verb, *done;
	} cases[] = {
		{ "open", "opened" },         { "close", "closed" },  { "cancel", "cancelled" },
		{ "note", "noted" },          { "take", "taken" },    { "set", "set" },
		{ "edit", "changed" },        { "carry", "carried" }, { "play", "played" },
		{ "dispatch", "dispatched" }, { "hold", "held" },     { "disable", "disabled" },
		{ "payee", "set" },           { "policy", "set" },
	};
	char out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(outcome_participle(cases[i].verb, out), cases[i].done);
}

static void every_change_of_the_daemon_has_a_sentence(void **state)
{
	char out[64];

	for (size_t i = 0; i < rpc_method_count; i++) {
		const char *verb = strrchr(rpc_methods[i].words, ' ');

		if (rpc_methods[i].rpc_class != STEWARD__CLASS__WRITE)
			continue;
		outcome_participle(verb != NULL ? verb + 1 : rpc_methods[i].words, out);
		assert_true(strlen(out) > 2);
	}
}

static void the_sentence_names_what_was_changed_and_what_else(void **state)
{
	struct shop *s = *state;
	struct rpc_method m = shop_sell;
	Shop__SellReply reply = SHOP__SELL_REPLY__INIT;
	Shop__Bill bill = SHOP__BILL__INIT;
	struct call_result r = { .reply = &reply.base };

	m.cap = "sell";
	reply.sell = shop_good(&s->mem, "G-1", "Tap");
	bill.number = (char *)"B-7";
	bill.state = (char *)"open";
	reply.bill = &bill;
	m.words = "shop dispatch";
	assert_string_equal(outcome_sentence(&m, NULL, &r, &s->mem),
			    "G-1 dispatched. Bill B-7 is open.");
	r.dry_run = true;
	assert_string_equal(
		outcome_sentence(&m, NULL, &r, &s->mem),
		"Dry run, nothing was kept: G-1 would be dispatched. Bill B-7 is open.");
	r.dry_run = false;
	r.replayed = true;
	assert_non_null(strstr(outcome_sentence(&m, NULL, &r, &s->mem), "done before"));
	m.words = "shop give-back";
	r.replayed = false;
	assert_string_equal(outcome_sentence(&m, NULL, &r, &s->mem),
			    "G-1: shop give-back: done. Bill B-7 is open.");
}

static void what_has_no_name_is_called_as_it_was_typed(void **state)
{
	struct shop *s = *state;
	struct rpc_method m = shop_sell;
	Shop__SellRequest rq = SHOP__SELL_REQUEST__INIT;
	Shop__SellReply reply = SHOP__SELL_REPLY__INIT;
	Shop__Good good = SHOP__GOOD__INIT;
	Shop__Bill bill = SHOP__BILL__INIT;
	struct call_result r = { .reply = &reply.base };

	m.cap = "sell";
	m.words = "shop record";
	rq.item = (char *)"B-7";
	reply.sell = &good;
	bill.number = (char *)"B-7";
	bill.state = (char *)"paid";
	reply.bill = &bill;
	assert_string_equal(outcome_sentence(&m, &rq.base, &r, &s->mem),
			    "B-7 recorded. It is paid.");
}

static void the_next_command_shows_it(void **state)
{
	struct shop *s = *state;
	const struct rpc_method *m = rpc_find("case.Open");
	ProtobufCMessage *reply = message_new(m->out->desc, &s->mem);
	struct call_result r = { .reply = reply };
	struct st_err err = { 0 };

	assert_int_equal(field_set_text(reply, message_field(reply->descriptor, "number"), "C-1042",
					6, &s->mem, &err),
			 ST_OK);
	assert_int_equal(field_set_text(reply, message_field(reply->descriptor, "property"), "SUN",
					3, &s->mem, &err),
			 ST_OK);
	assert_string_equal(outcome_next(m, &r, NULL, &s->mem), "steward case show C-1042");
	assert_string_equal(outcome_next(m, &r, "SUN", &s->mem), "steward case show SUN/C-1042");
	r.dry_run = true;
	assert_null(outcome_next(m, &r, NULL, &s->mem));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(verbs_have_participles),
		TEST(every_change_of_the_daemon_has_a_sentence),
		TEST(the_sentence_names_what_was_changed_and_what_else),
		TEST(what_has_no_name_is_called_as_it_was_typed),
		TEST(the_next_command_shows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
