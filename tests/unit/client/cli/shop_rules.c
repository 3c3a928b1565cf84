#include "tests/unit/client/cli/shop.h"

#define ANY .low = INT64_MIN, .high = INT64_MAX, .help = ""
#define F(name_) .label = name_

static const struct field_rule size_fields[] = {
	{ F("width"), ANY },
	{ F("height"), ANY },
};
static const struct message_rules size_rules = { &shop__size__descriptor, size_fields, "" };

static const struct field_rule sell_fields[] = {
	{ F("item"), ANY, .max = 20, .required = true, .format = STEWARD__FORMAT__REF, .arg = 1 },
	{ F("buyer"), ANY, .max = 20, .required = true, .format = STEWARD__FORMAT__REF, .arg = 2 },
	{ F("price"), ANY, .format = STEWARD__FORMAT__MINOR },
	{ F("gift"), ANY },
	{ F("note"), ANY, .max = 40 },
	{ F("color"), ANY, .max = 10, .choices = "red|green" },
	{ F("tag"), ANY, .max = 3, .item_max = 10 },
	{ F("size"), ANY, .sub = &size_rules },
	{ F("pin"), ANY, .max = 8, .secret = true },
	{ F("count"), .low = 1, .high = 9, .help = "How many." },
	{ F("letter"), ANY, .max = 5, .file = true },
	{ F("photo"), ANY, .max = 2, .item_max = 8, .file = true },
};
const struct message_rules shop_sell_rules = { &shop__sell_request__descriptor, sell_fields, "" };

static const struct field_rule good_fields[] = {
	{ F("id"), ANY, .max = 36, .hidden = true },
	{ F("property"), ANY, .max = 16 },
	{ F("number"), ANY, .max = 20 },
	{ F("name"), ANY, .max = 200 },
	{ F("price"), ANY, .format = STEWARD__FORMAT__MINOR },
	{ F("currency"), ANY, .max = 3 },
	{ F("sold"), ANY },
	{ F("sold at"), ANY, .max = 40, .format = STEWARD__FORMAT__TIMESTAMP },
	{ F("tags"), ANY, .max = 3, .item_max = 10 },
	{ F("size"), ANY, .sub = &size_rules },
	{ F("state"), ANY, .max = 16 },
	{ F("cursor"), ANY, .max = 40, .hidden = true },
	{ F("stock"), ANY },
};
const struct message_rules shop_good_rules = { &shop__good__descriptor, good_fields, "" };

static const struct field_rule bill_fields[] = {
	{ F("bill"), ANY, .max = 20 },
	{ F("state"), ANY, .max = 16 },
};
const struct message_rules shop_bill_rules = { &shop__bill__descriptor, bill_fields, "" };

static const struct field_rule sell_reply_fields[] = {
	{ F("good"), ANY, .sub = &shop_good_rules },
	{ F("bill"), ANY, .sub = &shop_bill_rules },
};
static const struct message_rules sell_reply_rules = { &shop__sell_reply__descriptor,
						       sell_reply_fields, "" };

static const struct field_rule list_fields[] = {
	{ F("text"), ANY, .max = 20, .format = STEWARD__FORMAT__LINE, .arg = 1 },
	{ F("limit"), .low = 1, .high = 50, .help = "" },
	{ F("after"), ANY, .max = 40 },
};
static const struct message_rules list_rules = { &shop__list_request__descriptor, list_fields, "" };

static const struct field_rule list_reply_fields[] = {
	{ F("goods"), ANY, .max = 50, .sub = &shop_good_rules },
};
static const struct message_rules list_reply_rules = { &shop__list_reply__descriptor,
						       list_reply_fields, "" };

static const struct field_rule row_fields[] = {
	{ F("line"), ANY },
	{ F("ref"), ANY, .max = 20, .required = true },
	{ F("day"), ANY, .max = 10, .format = STEWARD__FORMAT__DATE },
	{ F("kind"), ANY, .max = 20 },
	{ F("quantity"), .low = 0, .high = 100, .help = "" },
	{ F("text"), ANY, .max = 40 },
};
const struct message_rules shop_row_rules = { &shop__row__descriptor, row_fields, "" };

static const struct field_rule import_fields[] = {
	{ F("rows"), ANY, .max = 500, .sub = &shop_row_rules },
	{ F("origin"), ANY, .max = 20, .format = STEWARD__FORMAT__NAME },
};
static const struct message_rules import_rules = { &shop__import_request__descriptor, import_fields,
						   "" };

static const struct field_rule result_fields[] = {
	{ F("line"), ANY },
	{ F("outcome"), ANY, .max = 16 },
	{ F("number"), ANY, .max = 20 },
	{ F("reason"), ANY, .max = 400 },
};
static const struct message_rules result_rules = { &shop__result__descriptor, result_fields, "" };

static const struct field_rule import_reply_fields[] = {
	{ F("results"), ANY, .max = 500, .sub = &result_rules },
};
static const struct message_rules import_reply_rules = { &shop__import_reply__descriptor,
							 import_reply_fields, "" };

static const struct field_rule note_fields[] = {
	{ F("item"), ANY, .max = 20, .required = true, .format = STEWARD__FORMAT__REF, .arg = 1 },
	{ F("text"), ANY, .max = 40, .required = true, .arg = 2 },
};
static const struct message_rules note_rules = { &shop__note_request__descriptor, note_fields, "" };

const struct rpc_method shop_sell = {
	.name = "shop.Sell",
	.cap = "shop",
	.words = "shop sell",
	.help = "Sell a thing. It is gone then.",
	.example = "shop sell G-1 P-1",
	.feed = "good",
	.in = &shop_sell_rules,
	.out = &sell_reply_rules,
	.rpc_class = STEWARD__CLASS__WRITE,
};
const struct rpc_method shop_list = {
	.name = "shop.List",
	.cap = "shop",
	.words = "shop list",
	.help = "List things.",
	.columns = "number name price_minor",
	.in = &list_rules,
	.out = &list_reply_rules,
	.rpc_class = STEWARD__CLASS__READ,
};
const struct rpc_method shop_import = {
	.name = "shop.Import",
	.cap = "shop",
	.words = "shop import",
	.help = "Import things.",
	.import = "rows",
	.in = &import_rules,
	.out = &import_reply_rules,
	.rpc_class = STEWARD__CLASS__WRITE,
};
const struct rpc_method shop_note = {
	.name = "shop.Note",
	.cap = "shop",
	.words = "shop note",
	.help = "Note something.",
	.in = &note_rules,
	.out = &shop_good_rules,
	.rpc_class = STEWARD__CLASS__WRITE,
};

int shop_setup(void **state)
{
	struct shop *s = test_calloc(1, sizeof(*s));

	if (s == NULL)
		return -1;
	arena_init(&s->mem, 64u << 20);
	s->cli.mem = &s->mem;
	s->cli.term.width = 80;
	s->cli.term.height = 24;
	*state = s;
	return 0;
}

int shop_teardown(void **state)
{
	struct shop *s = *state;

	arena_fini(&s->mem);
	test_free(s);
	return 0;
}

Shop__Good *shop_good(struct arena *mem, const char *number, const char *name)
{
	Shop__Good *g = arena_new(mem, Shop__Good);

	shop__good__init(g);
	g->number = arena_strdup(mem, number);
	g->name = arena_strdup(mem, name);
	g->has_price_minor = true;
	g->price_minor = 128050;
	g->currency = arena_strdup(mem, "CNY");
	g->has_sold = true;
	g->sold = true;
	g->sold_at = arena_strdup(mem, "2026-11-23T16:00:07.123+08:00");
	g->n_tags = 2;
	g->tags = arena_array(mem, char *, 2);
	g->tags[0] = arena_strdup(mem, "a");
	g->tags[1] = arena_strdup(mem, "b");
	return g;
}
