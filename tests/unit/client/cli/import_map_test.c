#include "client/cli/import_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/client/cli/shop.h"

static const char *const header_cells[] = { "Ref", "day", "type", "topic", "quantity", "zip" };
static const struct csv_record header = { .line = 1, .cells = (const char **)header_cells, .n = 6 };

static enum st_code make(struct shop *s, const struct import_args *a, struct import_map *map,
			 struct st_err *err)
{
	*err = (struct st_err){ 0 };
	return import_map_make(&shop_row_rules, &header, a, &s->mem, map, err);
}

static enum st_code row(struct shop *s, const struct import_map *map, const char *const cells[6],
			Shop__Row *ret, struct st_err *err)
{
	const struct csv_record r = { .line = 17, .cells = (const char **)cells, .n = 6 };

	shop__row__init(ret);
	*err = (struct st_err){ 0 };
	return import_map_row(map, &r, &s->mem, &ret->base, err);
}

static void columns_go_to_fields_of_the_same_name(void **state)
{
	static const char *const cells[6] = { "A1", "2026-01-09", "t", "o", "7", "z" };
	struct shop *s = *state;
	struct import_map map;
	struct st_err err;
	Shop__Row r;

	assert_int_equal(make(s, &(struct import_args){ 0 }, &map, &err), ST_OK);
	assert_string_equal(import_map_unused(&map, &s->mem), "type, topic, zip");
	assert_int_equal(row(s, &map, cells, &r, &err), ST_OK);
	assert_int_equal(r.line, 17);
	assert_string_equal(r.ref, "A1");
	assert_string_equal(r.day, "2026-01-09");
	assert_int_equal(r.quantity, 7);
	assert_null(r.kind);
	assert_null(r.text);
}

static void maps_compose_several_columns(void **state)
{
	static const char *const maps[] = { "text=[{type} / {topic}]", "kind=type" };
	static const char *const both[6] = { "A1", "", "water", "pipe", "", "" };
	static const char *const one[6] = { "A1", "", "water", "", "", "" };
	static const char *const other[6] = { "A1", "", "", "pipe", "", "" };
	static const char *const none[6] = { "A1", "", "", "", "", "" };
	struct shop *s = *state;
	const struct import_args a = { .maps = (const char **)maps, .n_maps = 2 };
	struct import_map map;
	struct st_err err;
	Shop__Row r;

	assert_int_equal(make(s, &a, &map, &err), ST_OK);
	assert_int_equal(row(s, &map, both, &r, &err), ST_OK);
	assert_string_equal(r.text, "[water / pipe]");
	assert_string_equal(r.kind, "water");
	assert_int_equal(row(s, &map, one, &r, &err), ST_OK);
	assert_string_equal(r.text, "[water]");
	assert_int_equal(row(s, &map, other, &r, &err), ST_OK);
	assert_string_equal(r.text, "pipe]");
	assert_int_equal(row(s, &map, none, &r, &err), ST_OK);
	assert_null(r.text);
}

static void sets_fill_what_is_empty(void **state)
{
	static const char *const sets[] = { "kind=other", "day=2026-02-01" };
	static const char *const maps[] = { "kind=type" };
	static const char *const full[6] = { "A1", "2026-01-09", "water", "", "", "" };
	static const char *const empty[6] = { "A1", "", "", "", "", "" };
	struct shop *s = *state;
	const struct import_args a = {
		.maps = (const char **)maps, .n_maps = 1, .sets = (const char **)sets, .n_sets = 2
	};
	struct import_map map;
	struct st_err err;
	Shop__Row r;

	assert_int_equal(make(s, &a, &map, &err), ST_OK);
	assert_int_equal(row(s, &map, full, &r, &err), ST_OK);
	assert_string_equal(r.kind, "water");
	assert_string_equal(r.day, "2026-01-09");
	assert_int_equal(row(s, &map, empty, &r, &err), ST_OK);
	assert_string_equal(r.kind, "other");
	assert_string_equal(r.day, "2026-02-01");
}

static void values_are_translated(void **state)
{
	static const char *const maps[] = { "kind=type" };
	static const char *const values[] = { "kind:Noise: A=B=noise", "kind:*=rest", "kind:x=" };
	static const struct {
		const char *from, *to;
	} cases[] = { { "Noise: A=B", "noise" }, { "water", "rest" }, { "x", NULL }, { "", NULL } };
	struct shop *s = *state;
	const struct import_args a = { .maps = (const char **)maps,
				       .n_maps = 1,
				       .values = (const char **)values,
				       .n_values = 3 };
	struct import_map map;
	struct st_err err;

	assert_int_equal(make(s, &a, &map, &err), ST_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const cells[6] = { "A1", "", cases[i].from, "", "", "" };
		Shop__Row r;

		assert_int_equal(row(s, &map, cells, &r, &err), ST_OK);
		if (cases[i].to == NULL)
			assert_null(r.kind);
		else
			assert_string_equal(r.kind, cases[i].to);
	}
}

static void mistakes_in_the_mapping_stop_everything(void **state)
{
	static const struct {
		const char *map, *set, *value, *words;
	} cases[] = {
		{ "kin=type", NULL, NULL, "no field 'kin'; did you mean 'kind'" },
		{ "kind=tpye", NULL, NULL, "no column 'tpye'; did you mean 'type'" },
		{ "kind", NULL, NULL, "FIELD=COLUMN" },
		{ "kind={type", NULL, NULL, "never closed" },
		{ NULL, "kind", NULL, "FIELD=VALUE" },
		{ NULL, NULL, "kind=x", "FIELD:FROM=TO" },
		{ "ref=", NULL, NULL, "nothing gives ref" },
	};
	struct shop *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *map_arg = cases[i].map, *set = cases[i].set, *value = cases[i].value;
		const struct import_args a = {
			.maps = &map_arg,
			.n_maps = map_arg != NULL,
			.sets = &set,
			.n_sets = set != NULL,
			.values = &value,
			.n_values = value != NULL,
		};
		struct import_map map;
		struct st_err err;

		assert_int_equal(make(s, &a, &map, &err), ST_INVALID_ARGUMENT);
		assert_non_null(strstr(err.message, cases[i].words));
	}
}

static void a_bad_cell_names_its_field(void **state)
{
	static const char *const cells[6] = { "A1", "", "", "", "many", "" };
	struct shop *s = *state;
	struct import_map map;
	struct st_err err;
	Shop__Row r;

	assert_int_equal(make(s, &(struct import_args){ 0 }, &map, &err), ST_OK);
	assert_int_equal(row(s, &map, cells, &r, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "quantity");
}

static void short_records_leave_the_rest_empty(void **state)
{
	static const char *const cells[] = { "A1" };
	struct shop *s = *state;
	const struct csv_record rec = { .line = 2, .cells = (const char **)cells, .n = 1 };
	struct import_map map;
	struct st_err err;
	Shop__Row r = SHOP__ROW__INIT;

	assert_int_equal(make(s, &(struct import_args){ 0 }, &map, &err), ST_OK);
	assert_int_equal(import_map_row(&map, &rec, &s->mem, &r.base, &err), ST_OK);
	assert_string_equal(r.ref, "A1");
	assert_null(r.day);
}

static void a_minus_in_a_cell_is_a_minus(void **state)
{
	static const char *const maps[] = { "text=topic" };
	static const char *const cells[6] = { "A1", "", "", "-", "", "" };
	struct shop *s = *state;
	const struct import_args a = { .maps = (const char **)maps, .n_maps = 1 };
	struct import_map map;
	struct st_err err;
	Shop__Row r;

	assert_int_equal(make(s, &a, &map, &err), ST_OK);
	assert_int_equal(row(s, &map, cells, &r, &err), ST_OK);
	assert_string_equal(r.text, "-");
}

static void map_files_hold_the_same_lines(void **state)
{
	static const char text[] =
		"# how the old system calls things\n\n  map kind=type\nset day=2026-02-01\r\n"
		"value kind:a=b\n";
	static const char *const cells[6] = { "A1", "", "a", "", "", "" };
	struct shop *s = *state;
	char path[] = "/tmp/steward-map-XXXXXX";
	int fd = mkstemp(path);
	const struct import_args a = { .map_file = path };
	struct import_map map;
	struct st_err err;
	Shop__Row r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(make(s, &a, &map, &err), ST_OK);
	assert_int_equal(row(s, &map, cells, &r, &err), ST_OK);
	assert_string_equal(r.kind, "b");
	assert_string_equal(r.day, "2026-02-01");
	assert_int_equal(write(fd, "frob x\n", 7), 7);
	assert_int_equal(close(fd), 0);
	assert_int_equal(make(s, &a, &map, &err), ST_INVALID_ARGUMENT);
	assert_non_null(strstr(err.message, ":6: expected 'map"));
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(columns_go_to_fields_of_the_same_name),
		TEST(maps_compose_several_columns),
		TEST(sets_fill_what_is_empty),
		TEST(values_are_translated),
		TEST(mistakes_in_the_mapping_stop_everything),
		TEST(a_bad_cell_names_its_field),
		TEST(short_records_leave_the_rest_empty),
		TEST(a_minus_in_a_cell_is_a_minus),
		TEST(map_files_hold_the_same_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
