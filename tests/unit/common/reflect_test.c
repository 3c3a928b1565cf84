#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "tests/unit/common/check.h"
#include "tests/unit/common/sample.pb-c.h"

struct fixture {
	struct arena mem;
	struct st_err err;
	Sample__All *all;
};

static void fixture_open(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	arena_init(&f->mem, 4 << 20);
	f->all = (Sample__All *)message_new(&sample__all__descriptor, &f->mem);
}

static void fixture_close(struct fixture *f)
{
	arena_fini(&f->mem);
}

static const ProtobufCFieldDescriptor *field(const char *name)
{
	const ProtobufCFieldDescriptor *f = message_field(&sample__all__descriptor, name);

	assert_non_null(f);
	return f;
}

static enum st_code set(struct fixture *f, const char *name, const char *text)
{
	f->err = (struct st_err){ 0 };
	return field_set_text(&f->all->base, field(name), text, strlen(text), &f->mem, &f->err);
}

static const char *text(struct fixture *f, const char *name, size_t i)
{
	return field_text(&f->all->base, field(name), i, &f->mem);
}

static void fields_are_found_by_name(void **state)
{
	assert_int_equal(field("i32")->id, 1);
	assert_int_equal(field("one_item")->id, 73);
	assert_null(message_field(&sample__all__descriptor, "I32"));
	assert_null(message_field(&sample__all__descriptor, ""));
}

static void a_new_message_has_nothing_set(void **state)
{
	struct fixture f;

	fixture_open(&f);
	for (unsigned i = 0; i < sample__all__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *d = &sample__all__descriptor.fields[i];

		assert_false(field_is_set(&f.all->base, d));
		assert_int_equal(field_count(&f.all->base, d), 0);
		assert_null(field_text(&f.all->base, d, 0, &f.mem));
		assert_null(field_message(&f.all->base, d, 0));
		assert_int_equal(field_slice(&f.all->base, d, 0).len, 0);
	}
	assert_int_equal(f.all->preset, 42);
	assert_string_equal(f.all->preset_text, "as usual");
	fixture_close(&f);
}

struct sample {
	const char *field, *in, *out;
};

static void values_go_there_and_back(void **state)
{
	static const struct sample samples[] = {
		{ "i32", "-2147483648", "-2147483648" },
		{ "s32", "2147483647", "2147483647" },
		{ "sf32", "0", "0" },
		{ "i64", "-9223372036854775808", "-9223372036854775808" },
		{ "s64", "9223372036854775807", "9223372036854775807" },
		{ "sf64", "-1", "-1" },
		{ "u32", "4294967295", "4294967295" },
		{ "f32", "007", "7" },
		{ "u64", "18446744073709551615", "18446744073709551615" },
		{ "f64", "1", "1" },
		{ "flt", "0.1", "0.1" },
		{ "flt", "-3.4e38", "-3.4e+38" },
		{ "dbl", "0.1", "0.1" },
		{ "dbl", "0.30000000000000004", "0.30000000000000004" },
		{ "dbl", "1e300", "1e+300" },
		{ "dbl", "NaN", "NaN" },
		{ "dbl", "Infinity", "Infinity" },
		{ "flt", "-Infinity", "-Infinity" },
		{ "flag", "t", "true" },
		{ "flag", "TRUE", "true" },
		{ "flag", "f", "false" },
		{ "flag", "false", "false" },
		{ "color", "GREEN", "GREEN" },
		{ "color", "minus", "MINUS" },
		{ "text", "", "" },
		{ "text", "水管", "水管" },
		{ "data", "\\x", "\\x" },
		{ "data", "\\x00FFab", "\\x00ffab" },
		{ "preset", "42", "42" },
		{ "preset_text", "as usual", "as usual" },
		{ "preset_data", "\\x0102", "\\x0102" },
		{ "one_number", "5", "5" },
		{ "one_text", "t", "t" },
		{ "many_i32", "-5", "-5" },
		{ "many_s64", "5", "5" },
		{ "many_f32", "5", "5" },
		{ "many_dbl", "2.5", "2.5" },
		{ "many_flag", "true", "true" },
		{ "many_color", "BLUE", "BLUE" },
		{ "many_text", "x", "x" },
		{ "many_data", "\\x61", "\\x61" },
		{ "packed_f64", "7", "7" },
	};

	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct fixture f;

		fixture_open(&f);
		if (set(&f, samples[i].field, samples[i].in) != ST_OK)
			fail_msg("%s: '%s': %s", samples[i].field, samples[i].in, f.err.message);
		assert_true(field_is_set(&f.all->base, field(samples[i].field)));
		assert_int_equal(field_count(&f.all->base, field(samples[i].field)), 1);
		assert_string_equal(text(&f, samples[i].field, 0), samples[i].out);
		assert_null(text(&f, samples[i].field, 1));
		fixture_close(&f);
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	static const struct sample samples[] = {
		{ "i32", "2147483648", "OUT_OF_RANGE" },
		{ "i32", "-2147483649", "OUT_OF_RANGE" },
		{ "i32", "", "FORMAT" },
		{ "i32", " 1", "FORMAT" },
		{ "i32", "1 ", "FORMAT" },
		{ "i32", "+1", "FORMAT" },
		{ "i32", "1.0", "FORMAT" },
		{ "i32", "0x10", "FORMAT" },
		{ "i32", "one", "FORMAT" },
		{ "i32", "-", "FORMAT" },
		{ "i64", "9223372036854775808", "OUT_OF_RANGE" },
		{ "s64", "-9223372036854775809", "OUT_OF_RANGE" },
		{ "i64", "1111111111111111111111111111111111111111111111111111111111111111111111",
		  "FORMAT" },
		{ "u32", "4294967296", "OUT_OF_RANGE" },
		{ "u32", "-1", "FORMAT" },
		{ "u64", "18446744073709551616", "OUT_OF_RANGE" },
		{ "u64", "-0", "FORMAT" },
		{ "flt", "1e39", "OUT_OF_RANGE" },
		{ "dbl", "1e400", "OUT_OF_RANGE" },
		{ "dbl", "0x1p3", "FORMAT" },
		{ "dbl", "1,5", "FORMAT" },
		{ "dbl", "inf", "FORMAT" },
		{ "flag", "yes", "FORMAT" },
		{ "flag", "", "FORMAT" },
		{ "flag", "tru", "FORMAT" },
		{ "color", "PINK", "FORMAT" },
		{ "color", "", "FORMAT" },
		{ "text", "\xff", "FORMAT" },
		{ "data", "ff", "FORMAT" },
		{ "data", "\\xf", "FORMAT" },
		{ "data", "\\xfg", "FORMAT" },
		{ "data", "\\X00", "FORMAT" },
		{ "many_i32", "x", "FORMAT" },
	};

	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct fixture f;

		fixture_open(&f);
		if (set(&f, samples[i].field, samples[i].in) != ST_INVALID_ARGUMENT)
			fail_msg("%s took '%s'", samples[i].field, samples[i].in);
		assert_string_equal(f.err.reason, samples[i].out);
		assert_string_equal(f.err.field, samples[i].field);
		assert_false(field_is_set(&f.all->base, field(samples[i].field)));
		fixture_close(&f);
	}
}

static void a_message_is_not_set_from_text(void **state)
{
	struct fixture f;

	fixture_open(&f);
	assert_int_equal(set(&f, "item", "x"), ST_INTERNAL);
	assert_int_equal(set(&f, "many_item", "x"), ST_INTERNAL);
	fixture_close(&f);
}

static void only_the_given_length_is_read(void **state)
{
	struct fixture f;

	fixture_open(&f);
	assert_int_equal(field_set_text(&f.all->base, field("i32"), "123456", 3, &f.mem, NULL),
			 ST_OK);
	assert_int_equal(f.all->i32, 123);
	assert_int_equal(field_set_text(&f.all->base, field("text"), "abcdef", 2, &f.mem, NULL),
			 ST_OK);
	assert_string_equal(f.all->text, "ab");
	assert_int_equal(field_set_text(&f.all->base, field("text"), "a\0b", 3, &f.mem, NULL),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(field_set_text(&f.all->base, field("i32"), "1\0", 2, &f.mem, NULL),
			 ST_INVALID_ARGUMENT);
	fixture_close(&f);
}

static void repeated_fields_grow(void **state)
{
	struct fixture f;
	char number[16];

	fixture_open(&f);
	for (int i = 0; i < 3000; i++) {
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(set(&f, "many_s64", number), ST_OK);
		assert_int_equal(set(&f, "many_text", number), ST_OK);
		assert_int_equal(set(&f, "many_flag", i % 2 ? "t" : "f"), ST_OK);
	}
	assert_int_equal(f.all->n_many_s64, 3000);
	for (int i = 0; i < 3000; i++) {
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(f.all->many_s64[i], i);
		assert_string_equal(text(&f, "many_text", (size_t)i), number);
		assert_int_equal(f.all->many_flag[i], i % 2);
	}
	fixture_close(&f);
}

/* protobuf-c makes arrays of exactly their length: appending must not write behind them. */
static void unpacked_messages_may_grow(void **state)
{
	struct fixture f;
	struct slice packed;
	Sample__All *again;

	fixture_open(&f);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(set(&f, "many_i32", "7"), ST_OK);
		field_add_message(&f.all->base, field("many_item"), &f.mem);
	}
	assert_int_equal(wire_pack(&f.all->base, &f.mem, &packed, &f.err), ST_OK);
	again = (Sample__All *)protobuf_c_message_unpack(&sample__all__descriptor, arena_pb(&f.mem),
							 packed.len, packed.data);
	assert_non_null(again);
	f.all = again;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(set(&f, "many_i32", "8"), ST_OK);
		assert_non_null(field_add_message(&f.all->base, field("many_item"), &f.mem));
	}
	assert_int_equal(again->n_many_i32, 10);
	assert_int_equal(again->many_i32[4], 7);
	assert_int_equal(again->many_i32[5], 8);
	assert_int_equal(again->n_many_item, 10);
	fixture_close(&f);
}

static void messages_are_made_and_found(void **state)
{
	struct fixture f;
	ProtobufCMessage *item;

	fixture_open(&f);
	item = field_need_message(&f.all->base, field("item"), &f.mem);
	assert_non_null(item);
	assert_ptr_equal(field_need_message(&f.all->base, field("item"), &f.mem), item);
	assert_ptr_equal(field_message(&f.all->base, field("item"), 0), item);
	assert_null(field_message(&f.all->base, field("item"), 1));
	assert_null(field_message(&f.all->base, field("i32"), 0));
	item = field_add_message(&f.all->base, field("many_item"), &f.mem);
	assert_ptr_equal(field_message(&f.all->base, field("many_item"), 0), item);
	item = field_add_message(&f.all->base, field("many_item"), &f.mem);
	assert_ptr_equal(field_message(&f.all->base, field("many_item"), 1), item);
	assert_null(field_message(&f.all->base, field("many_item"), 2));
	assert_null(field_text(&f.all->base, field("item"), 0, &f.mem));
	fixture_close(&f);
}

static void of_a_oneof_one_is_set(void **state)
{
	struct fixture f;

	fixture_open(&f);
	assert_int_equal(set(&f, "one_number", "5"), ST_OK);
	assert_int_equal(f.all->one_case, SAMPLE__ALL__ONE_ONE_NUMBER);
	assert_int_equal(set(&f, "one_text", "five"), ST_OK);
	assert_false(field_is_set(&f.all->base, field("one_number")));
	assert_string_equal(text(&f, "one_text", 0), "five");
	field_clear(&f.all->base, field("one_number")); /* is not set: nothing happens */
	assert_true(field_is_set(&f.all->base, field("one_text")));
	assert_non_null(field_need_message(&f.all->base, field("one_item"), &f.mem));
	assert_false(field_is_set(&f.all->base, field("one_text")));
	assert_non_null(field_message(&f.all->base, field("one_item"), 0));
	field_clear(&f.all->base, field("one_item"));
	assert_int_equal(f.all->one_case, SAMPLE__ALL__ONE__NOT_SET);
	fixture_close(&f);
}

static void cleared_fields_are_as_new(void **state)
{
	struct fixture f;
	struct slice empty;

	fixture_open(&f);
	for (unsigned i = 0; i < sample__all__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *d = &sample__all__descriptor.fields[i];
		const char *value = d->type == PROTOBUF_C_TYPE_BOOL    ? "t"
				    : d->type == PROTOBUF_C_TYPE_ENUM  ? "RED"
				    : d->type == PROTOBUF_C_TYPE_BYTES ? "\\x01"
								       : "1";

		if (d->type == PROTOBUF_C_TYPE_MESSAGE && d->label == PROTOBUF_C_LABEL_REPEATED)
			assert_non_null(field_add_message(&f.all->base, d, &f.mem));
		else if (d->type == PROTOBUF_C_TYPE_MESSAGE)
			assert_non_null(field_need_message(&f.all->base, d, &f.mem));
		else
			assert_int_equal(set(&f, d->name, value), ST_OK);
		assert_true(field_is_set(&f.all->base, d));
		field_clear(&f.all->base, d);
		assert_false(field_is_set(&f.all->base, d));
	}
	assert_int_equal(f.all->preset, 42);
	assert_string_equal(f.all->preset_text, "as usual");
	assert_int_equal(f.all->preset_data.len, 2);
	assert_int_equal(wire_pack(&f.all->base, &f.mem, &empty, &f.err), ST_OK);
	assert_int_equal(empty.len, 0);
	fixture_close(&f);
}

static void numbers_come_as_numbers(void **state)
{
	static const struct sample samples[] = {
		{ "i32", "-5", "" }, { "s32", "-5", "" }, { "sf32", "-5", "" },
		{ "i64", "-5", "" }, { "s64", "-5", "" }, { "sf64", "-5", "" },
	};
	struct fixture f;
	int64_t n = 1;

	fixture_open(&f);
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		assert_false(field_number(&f.all->base, field(samples[i].field), 0, &n));
		assert_int_equal(set(&f, samples[i].field, samples[i].in), ST_OK);
		assert_true(field_number(&f.all->base, field(samples[i].field), 0, &n));
		assert_int_equal(n, -5);
	}
	assert_int_equal(set(&f, "u32", "4294967295"), ST_OK);
	assert_true(field_number(&f.all->base, field("u32"), 0, &n));
	assert_int_equal(n, 4294967295);
	assert_int_equal(set(&f, "u64", "18446744073709551615"), ST_OK);
	assert_true(field_number(&f.all->base, field("u64"), 0, &n));
	assert_true(n == INT64_MAX);
	assert_int_equal(set(&f, "flag", "t"), ST_OK);
	assert_true(field_number(&f.all->base, field("flag"), 0, &n));
	assert_int_equal(n, 1);
	assert_int_equal(set(&f, "color", "MINUS"), ST_OK);
	assert_true(field_number(&f.all->base, field("color"), 0, &n));
	assert_int_equal(n, -3);
	assert_int_equal(set(&f, "text", "5"), ST_OK);
	assert_false(field_number(&f.all->base, field("text"), 0, &n));
	assert_int_equal(set(&f, "many_text", "abc"), ST_OK);
	assert_int_equal(field_slice(&f.all->base, field("many_text"), 0).len, 3);
	fixture_close(&f);
}

static void an_unknown_enum_value_shows_its_number(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.all->has_color = true;
	f.all->color = (Sample__Color)77;
	assert_string_equal(text(&f, "color", 0), "77");
	fixture_close(&f);
}

static void numbers_do_not_follow_the_locale(void **state)
{
	static const char *const commas[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR" };
	struct fixture f;

	for (size_t i = 0; i < sizeof commas / sizeof commas[0]; i++)
		if (setlocale(LC_ALL, commas[i]) != NULL)
			break;
	fixture_open(&f);
	assert_int_equal(set(&f, "dbl", "1234567.25"), ST_OK);
	assert_true(f.all->dbl > 1234567.2 && f.all->dbl < 1234567.3);
	assert_string_equal(text(&f, "dbl", 0), "1234567.25");
	fixture_close(&f);
	setlocale(LC_ALL, "C");
}

static void without_memory_nothing_changes(void **state)
{
	struct fixture f;

	fixture_open(&f);
	assert_int_equal(set(&f, "text", "before"), ST_OK);
	assert_int_equal(set(&f, "many_i32", "1"), ST_OK);
	f.mem.limit = f.mem.used;
	assert_int_equal(set(&f, "text", "after, and longer than what is left"),
			 ST_RESOURCE_EXHAUSTED);
	assert_string_equal(f.all->text, "before");
	assert_int_equal(set(&f, "data", "\\x00"), ST_RESOURCE_EXHAUSTED);
	for (int i = 1; i < 4; i++)
		assert_int_equal(set(&f, "many_i32", "1"), ST_OK);
	assert_int_equal(set(&f, "many_i32", "1"), ST_RESOURCE_EXHAUSTED);
	assert_int_equal(f.all->n_many_i32, 4);
	assert_null(field_add_message(&f.all->base, field("many_item"), &f.mem));
	assert_int_equal(f.all->n_many_item, 0);
	assert_null(field_need_message(&f.all->base, field("item"), &f.mem));
	assert_null(f.all->item);
	assert_null(message_new(&sample__all__descriptor, &f.mem));
	fixture_close(&f);
}

/* Every double survives its text. */
static void random_doubles_read_back_the_same(void **state)
{
	unsigned seed = 1234;

	for (int i = 0; i < 2000; i++) {
		uint64_t bits = 0;
		struct fixture f;
		double v;

		for (int j = 0; j < 5; j++)
			bits = bits << 15 ^ (uint64_t)rand_r(&seed);
		memcpy(&v, &bits, sizeof v);
		if (!isfinite(v))
			continue;
		fixture_open(&f);
		f.all->has_dbl = true;
		f.all->dbl = v;
		assert_int_equal(set(&f, "many_dbl", text(&f, "dbl", 0)), ST_OK);
		assert_memory_equal(&f.all->many_dbl[0], &v, sizeof v);
		fixture_close(&f);
	}
}

static void bytes_are_set_as_they_are(void **state)
{
	struct fixture f;
	const char data[] = "\0\x01\xff";

	fixture_open(&f);
	assert_int_equal(
		field_set_bytes(&f.all->base, field("data"), slice_of(data, 3), &f.mem, NULL),
		ST_OK);
	assert_true(f.all->has_data);
	assert_string_equal(text(&f, "data", 0), "\\x0001ff");
	assert_int_equal(
		field_set_bytes(&f.all->base, field("data"), slice_of(data, 0), &f.mem, NULL),
		ST_OK);
	assert_string_equal(text(&f, "data", 0), "\\x");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_name),
		cmocka_unit_test(a_new_message_has_nothing_set),
		cmocka_unit_test(values_go_there_and_back),
		cmocka_unit_test(bytes_are_set_as_they_are),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(a_message_is_not_set_from_text),
		cmocka_unit_test(only_the_given_length_is_read),
		cmocka_unit_test(repeated_fields_grow),
		cmocka_unit_test(unpacked_messages_may_grow),
		cmocka_unit_test(messages_are_made_and_found),
		cmocka_unit_test(of_a_oneof_one_is_set),
		cmocka_unit_test(cleared_fields_are_as_new),
		cmocka_unit_test(numbers_come_as_numbers),
		cmocka_unit_test(an_unknown_enum_value_shows_its_number),
		cmocka_unit_test(numbers_do_not_follow_the_locale),
		cmocka_unit_test(without_memory_nothing_changes),
		cmocka_unit_test(random_doubles_read_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
