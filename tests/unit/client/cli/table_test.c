#include "client/cli/out.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/render.h"
#include "tests/unit/client/cli/shop.h"

struct goods {
	const ProtobufCMessage *rows[3];
};

static void goods_make(struct shop *s, struct goods *g)
{
	Shop__Good *a = shop_good(&s->mem, "G-10", "水管"), *b = shop_good(&s->mem, "G-2", "Tap");
	Shop__Good *c = shop_good(&s->mem, "G-3",
				  "A very long name that nobody can show in a narrow table");

	b->price_minor = -5;
	b->sold = false;
	b->sold_at = NULL;
	a->has_stock = b->has_stock = c->has_stock = true;
	a->stock = 9;
	b->stock = 10;
	c->stock = -1;
	*g = (struct goods){ { &a->base, &b->base, &c->base } };
}

static char *table(struct shop *s, const struct view *v, size_t width)
{
	struct st_err err = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(out_table(out, v, width, false, &s->mem, &err), ST_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void tables_are_aligned_by_columns(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct goods g;
	struct view v;
	char *text;

	goods_make(s, &g);
	assert_int_equal(view_make(&shop_good_rules, g.rows, 2,
				   "number name price_minor sold sold_at tags", &s->mem, &v, &err),
			 ST_OK);
	text = table(s, &v, 0);
	assert_string_equal(text, "NUMBER  NAME     PRICE  SOLD  SOLD AT           TAGS\n"
				  "G-10    水管  1,280.50  yes   2026-11-23 16:00  a, b\n"
				  "G-2     Tap      -0.05  no                      a, b\n");
	free(text);
}

static void only_long_text_gives_way_in_a_narrow_table(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct goods g;
	struct view v;
	char *text;

	goods_make(s, &g);
	assert_int_equal(view_make(&shop_good_rules, g.rows, 3, "number name price_minor", &s->mem,
				   &v, &err),
			 ST_OK);
	text = table(s, &v, 40);
	assert_string_equal(text, "NUMBER  NAME                       PRICE\n"
				  "G-10    水管                    1,280.50\n"
				  "G-2     Tap                        -0.05\n"
				  "G-3     A very long name that~  1,280.50\n");
	free(text);
}

static void no_rows_are_no_table(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct view v;
	char *text;

	assert_int_equal(view_make(&shop_good_rules, NULL, 0, NULL, &s->mem, &v, &err), ST_OK);
	text = table(s, &v, 80);
	assert_string_equal(text, "");
	free(text);
}

static void hidden_fields_are_shown_only_by_name(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct view v;

	assert_int_equal(view_make(&shop_good_rules, NULL, 0, NULL, &s->mem, &v, &err), ST_OK);
	for (size_t i = 0; i < v.n_columns; i++)
		assert_string_not_equal(v.columns[i].path, "id");
	assert_int_equal(view_make(&shop_good_rules, NULL, 0, "id,size.width", &s->mem, &v, &err),
			 ST_OK);
	assert_int_equal(v.n_columns, 2);
	assert_true(v.columns[1].right);
	assert_int_equal(view_make(&shop_good_rules, NULL, 0, "idd", &s->mem, &v, &err),
			 ST_INVALID_ARGUMENT);
}

static void sorting_knows_numbers_and_both_ways(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct goods g;
	struct view v;

	goods_make(s, &g);
	assert_int_equal(view_make(&shop_good_rules, g.rows, 3, "number", &s->mem, &v, &err),
			 ST_OK);
	assert_int_equal(view_sort(&v, "stock", &s->mem, &err), ST_OK);
	assert_ptr_equal(v.rows[0], g.rows[2]);
	assert_ptr_equal(v.rows[1], g.rows[0]);
	assert_ptr_equal(v.rows[2], g.rows[1]);
	assert_int_equal(view_sort(&v, "-price_minor,-number", &s->mem, &err), ST_OK);
	assert_ptr_equal(v.rows[0], g.rows[2]);
	assert_ptr_equal(v.rows[1], g.rows[0]);
	assert_ptr_equal(v.rows[2], g.rows[1]);
}

static void columns_nobody_filled_are_dropped_on_request(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct goods g;
	struct view v;

	goods_make(s, &g);
	assert_int_equal(
		view_make(&shop_good_rules, g.rows, 2, "number state sold_at", &s->mem, &v, &err),
		ST_OK);
	view_drop_empty(&v, &s->mem);
	assert_int_equal(v.n_columns, 2);
	assert_string_equal(v.columns[1].path, "sold_at");
}

static void records_are_lines_with_lists_below(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	Shop__SellReply reply = SHOP__SELL_REPLY__INIT;
	Shop__Bill bill = SHOP__BILL__INIT;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	reply.sell = shop_good(&s->mem, "G-1",
			       "Tap\nwith a long name that has to be broken somewhere");
	bill.number = (char *)"B-1";
	reply.bill = &bill;
	assert_int_equal(
		out_record(out, shop_sell.out, &reply.base, NULL, 40, false, &s->mem, &err), ST_OK);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "number    G-1\n"
				  "name      Tap\n"
				  "          with a long name that has to\n"
				  "          be broken somewhere\n"
				  "price     1,280.50\n"
				  "currency  CNY\n"
				  "sold      yes\n"
				  "sold at   2026-11-23 16:00\n"
				  "tags      a, b\n"
				  "bill      B-1\n");
	free(text);
}

static void lists_are_told_from_records(void **state)
{
	assert_int_equal(view_rows_field(shop_list.out), 0);
	assert_int_equal(view_rows_field(shop_sell.out), -1);
	assert_int_equal(view_rows_field(shop_note.out), -1);
	assert_int_equal(view_rows_field(rpc_find("case.List")->out), 0);
	assert_int_equal(view_rows_field(rpc_find("case.Show")->out), -1);
	assert_int_equal(view_rows_field(rpc_find("case.Kinds")->out), -1); /* three lists */
}

static void names_carry_their_property(void **state)
{
	struct shop *s = *state;
	Shop__Good *g = shop_good(&s->mem, "G-1", "Tap");

	assert_string_equal(view_full_name(&g->base, &s->mem), "G-1");
	g->property = (char *)"SUN";
	assert_string_equal(view_full_name(&g->base, &s->mem), "SUN/G-1");
	assert_string_equal(view_name(&g->base, &s->mem), "G-1");
	g->number = NULL;
	assert_string_equal(view_full_name(&g->base, &s->mem), "Tap");
}

static int table_setup(void **state)
{
	term_locale();
	return shop_setup(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, table_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(tables_are_aligned_by_columns),
		TEST(only_long_text_gives_way_in_a_narrow_table),
		TEST(no_rows_are_no_table),
		TEST(hidden_fields_are_shown_only_by_name),
		TEST(sorting_knows_numbers_and_both_ways),
		TEST(columns_nobody_filled_are_dropped_on_request),
		TEST(records_are_lines_with_lists_below),
		TEST(lists_are_told_from_records),
		TEST(names_carry_their_property),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
