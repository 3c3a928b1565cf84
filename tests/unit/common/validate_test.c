#include <stdio.h>
#include <string.h>

#include "common/wire.h"
#include "tests/unit/common/check.h"
#include "tests/unit/common/sample.pb-c.h"
#include "tests/unit/common/sample_rules.h"

struct fixture {
	struct arena mem;
	struct violations v;
	struct st_err err;
	Sample__Form *form;
	char *tag;
};

/* A form that is all right. */
static void fixture_open(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	arena_init(&f->mem, 1 << 20);
	f->form = (Sample__Form *)message_new(&sample__form__descriptor, &f->mem);
	f->form->title = (char *)"title";
	f->form->password = (char *)"secret";
	f->form->has_must_key = true;
	f->form->must_key = (ProtobufCBinaryData){ 1, (uint8_t *)"k" };
	f->tag = (char *)"tag";
	f->form->must_tags = &f->tag;
	f->form->n_must_tags = 1;
	f->form->must_row = (Sample__Row *)message_new(&sample__row__descriptor, &f->mem);
	f->form->must_row->summary = (char *)"row";
}

static void fixture_close(struct fixture *f)
{
	arena_fini(&f->mem);
}

static enum st_code validate(struct fixture *f)
{
	f->v.n = 0;
	f->err = (struct st_err){ 0 };
	return message_validate(&rules_sample_form, &f->form->base, &f->mem, &f->v, &f->err);
}

static void assert_fine(struct fixture *f)
{
	if (validate(f) != ST_OK)
		fail_msg("refused: %s: %s", f->err.field, f->err.message);
	assert_int_equal(f->v.n, 0);
}

/* Exactly this one thing is wrong. */
static void assert_wrong(struct fixture *f, const char *field, const char *rule,
			 const char *message)
{
	assert_int_equal(validate(f), ST_INVALID_ARGUMENT);
	assert_int_equal(f->v.n, 1);
	assert_string_equal(f->v.items[0].field, field);
	assert_string_equal(f->v.items[0].rule, rule);
	assert_string_equal(f->v.items[0].message, message);
	assert_int_equal(f->err.code, ST_INVALID_ARGUMENT);
	assert_string_equal(f->err.field, field);
	assert_string_equal(f->err.reason, rule);
	assert_string_equal(f->err.message, message);
}

static void a_good_form_passes(void **state)
{
	struct fixture f;

	fixture_open(&f);
	assert_fine(&f);
	fixture_close(&f);
}

static void required_fields_must_be_there(void **state)
{
	static const char *const none[] = { NULL, "", " ", "\t \n" };
	struct fixture f;

	fixture_open(&f);
	for (int i = 0; i < 4; i++) {
		f.form->title = (char *)none[i];
		assert_wrong(&f, "title", "REQUIRED", "must be given");
	}
	f.form->title = (char *)" x";
	f.form->password = (char *)"";
	assert_wrong(&f, "password", "REQUIRED", "must be given");
	f.form->password = (char *)"   "; /* a strange one, but one */
	assert_fine(&f);
	f.form->must_key.len = 0;
	assert_wrong(&f, "must_key", "REQUIRED", "must be given");
	f.form->has_must_key = false;
	assert_wrong(&f, "must_key", "REQUIRED", "must be given");
	f.form->has_must_key = true;
	f.form->must_key.len = 1;
	f.form->n_must_tags = 0;
	assert_wrong(&f, "must_tags", "REQUIRED", "must be given");
	f.form->n_must_tags = 1;
	f.form->must_row = NULL;
	assert_wrong(&f, "must_row", "REQUIRED", "must be given");
	fixture_close(&f);
}

static void characters_are_counted_not_bytes(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.form->title = (char *)"水管漏水水管漏水";
	assert_fine(&f);
	f.form->title = (char *)"水管漏水水管漏水!";
	assert_wrong(&f, "title", "TOO_LONG", "at most 8 characters, this has 9");
	fixture_close(&f);
}

static void ranges_hold_at_both_ends(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.form->has_score = true;
	for (f.form->score = 1; f.form->score <= 5; f.form->score++)
		assert_fine(&f);
	assert_wrong(&f, "score", "OUT_OF_RANGE", "from 1 to 5, this is 6");
	f.form->score = 0;
	assert_wrong(&f, "score", "OUT_OF_RANGE", "from 1 to 5, this is 0");
	f.form->has_score = false;
	f.form->has_at_least = true;
	f.form->at_least = INT64_MAX;
	assert_fine(&f);
	f.form->at_least = 9;
	assert_wrong(&f, "at_least", "OUT_OF_RANGE", "at least 10, this is 9");
	f.form->at_least = 10;
	f.form->has_at_most = true;
	f.form->at_most = 100;
	assert_fine(&f);
	f.form->at_most = UINT64_MAX;
	assert_wrong(&f, "at_most", "OUT_OF_RANGE", "at most 100, this is 9223372036854775807");
	fixture_close(&f);
}

static void secrets_are_not_repeated(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.form->has_pin = true;
	f.form->pin = 123456;
	assert_wrong(&f, "pin", "OUT_OF_RANGE", "from 1000 to 9999");
	f.form->has_pin = false;
	f.form->password = (char *)"hunter2\n\x01";
	assert_int_equal(validate(&f), ST_INVALID_ARGUMENT);
	assert_null(strstr(f.err.message, "hunter"));
	fixture_close(&f);
}

static void choices_are_exact(void **state)
{
	static const char *const good[] = { "urgent", "high", "normal", "low" };
	static const char *const bad[] = { "", "Urgent", "urgen", "urgentt", "high|normal", "|" };
	struct fixture f;

	fixture_open(&f);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		f.form->choice = (char *)good[i];
		assert_fine(&f);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		f.form->choice = (char *)bad[i];
		assert_wrong(&f, "choice", "NOT_A_CHOICE",
			     "one of urgent, high, normal or low is needed");
	}
	fixture_close(&f);
}

static void enums_are_known_values(void **state)
{
	static const int known[] = { -3, 1, 2, 7 };
	struct fixture f;

	fixture_open(&f);
	f.form->has_color = true;
	for (int i = 0; i < 4; i++) {
		f.form->color = (Sample__Color)known[i];
		assert_fine(&f);
	}
	f.form->color = (Sample__Color)3;
	assert_wrong(&f, "color", "NOT_A_CHOICE", "this is none of the known values");
	fixture_close(&f);
}

static void bytes_are_measured(void **state)
{
	struct fixture f;
	ProtobufCBinaryData keys[3] = { { 3, (uint8_t *)"abc" },
					{ 4, (uint8_t *)"abcd" },
					{ 0, NULL } };

	fixture_open(&f);
	f.form->has_key = true;
	f.form->key = (ProtobufCBinaryData){ 4, (uint8_t *)"1234" };
	assert_fine(&f);
	f.form->key.len = 5;
	assert_wrong(&f, "key", "TOO_LONG", "at most 4 bytes, this has 5");
	f.form->has_key = false;
	f.form->keys = keys;
	f.form->n_keys = 2;
	assert_wrong(&f, "keys[1]", "TOO_LONG", "at most 3 bytes, this has 4");
	f.form->n_keys = 3;
	assert_wrong(&f, "keys", "TOO_MANY", "at most 2 of these, there are 3");
	fixture_close(&f);
}

static void elements_are_checked_each(void **state)
{
	const char *tags[] = { "a", "ok", "five5", "b" };
	int32_t numbers[] = { 0, 9, 10 };
	struct fixture f;

	fixture_open(&f);
	f.form->tags = (char **)tags;
	f.form->n_tags = 3;
	assert_wrong(&f, "tags[2]", "TOO_LONG", "at most 4 characters, this has 5");
	tags[2] = "NO";
	assert_wrong(&f, "tags[2]", "FORMAT",
		     "only the letters a-z, digits and . _ - are possible");
	f.form->n_tags = 4;
	assert_wrong(&f, "tags", "TOO_MANY", "at most 3 of these, there are 4");
	f.form->n_tags = 2;
	f.form->numbers = numbers;
	f.form->n_numbers = 3;
	assert_wrong(&f, "numbers[2]", "OUT_OF_RANGE", "from 0 to 9, this is 10");
	fixture_close(&f);
}

static void paths_lead_into_messages(void **state)
{
	const ProtobufCFieldDescriptor *rows = message_field(&sample__form__descriptor, "rows");
	struct fixture f;

	fixture_open(&f);
	for (int i = 0; i < 5; i++) {
		Sample__Row *row = (Sample__Row *)field_add_message(&f.form->base, rows, &f.mem);

		row->summary = (char *)(i == 3 ? "a\nb" : "fine");
	}
	assert_wrong(&f, "rows[3].summary", "FORMAT",
		     "one line is needed, without control characters");
	f.form->rows[3]->summary = (char *)"fine";
	f.form->head = (Sample__Row *)message_new(&sample__row__descriptor, &f.mem);
	assert_wrong(&f, "head.summary", "REQUIRED", "must be given");
	fixture_close(&f);
}

static void all_faults_are_named_the_first_in_front(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.form->title = NULL;
	f.form->choice = (char *)"x";
	f.form->has_score = true;
	f.form->score = 9;
	assert_int_equal(validate(&f), ST_INVALID_ARGUMENT);
	assert_int_equal(f.v.n, 3);
	assert_string_equal(f.v.items[0].field, "title");
	assert_string_equal(f.v.items[1].field, "choice");
	assert_string_equal(f.v.items[2].field, "score");
	assert_string_equal(f.err.field, "title");
	fixture_close(&f);
}

static void no_more_than_64_are_named(void **state)
{
	const ProtobufCFieldDescriptor *rows = message_field(&sample__form__descriptor, "rows");
	struct fixture f;

	fixture_open(&f);
	for (int i = 0; i < 100; i++)
		assert_non_null(field_add_message(&f.form->base, rows, &f.mem));
	assert_int_equal(validate(&f), ST_INVALID_ARGUMENT);
	assert_int_equal(f.v.n, VIOLATIONS_MAX);
	assert_string_equal(f.v.items[63].field, "rows[63].summary");
	fixture_close(&f);
}

static void violations_add_to_what_is_there(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.v.items[0] = (struct violation){ "x", "X", "x" };
	f.v.n = 1;
	f.form->title = NULL;
	assert_int_equal(message_validate(&rules_sample_form, &f.form->base, &f.mem, &f.v, &f.err),
			 ST_INVALID_ARGUMENT);
	assert_int_equal(f.v.n, 2);
	assert_string_equal(f.v.items[0].field, "x");
	assert_string_equal(f.v.items[1].field, "title");
	assert_int_equal(message_validate(&rules_sample_form, &f.form->base, &f.mem, NULL, NULL),
			 ST_INVALID_ARGUMENT);
	fixture_close(&f);
}

/* No room to tell more is no reason to let something pass. */
static void a_full_list_hides_nothing(void **state)
{
	struct fixture f;

	fixture_open(&f);
	f.v.n = VIOLATIONS_MAX;
	assert_int_equal(message_validate(&rules_sample_form, &f.form->base, &f.mem, &f.v, &f.err),
			 ST_OK);
	f.form->must_row->summary = NULL;
	assert_int_equal(message_validate(&rules_sample_form, &f.form->base, &f.mem, &f.v, &f.err),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(f.err.field, "must_row.summary");
	assert_int_equal(f.v.n, VIOLATIONS_MAX);
	fixture_close(&f);
}

static void without_memory_it_says_so(void **state)
{
	struct fixture f;
	struct arena none;

	fixture_open(&f);
	arena_init(&none, 0);
	f.form->title = NULL;
	assert_int_equal(message_validate(&rules_sample_form, &f.form->base, &none, &f.v, &f.err),
			 ST_RESOURCE_EXHAUSTED);
	assert_int_equal(f.v.n, 0);
	arena_fini(&none);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_form_passes),
		cmocka_unit_test(required_fields_must_be_there),
		cmocka_unit_test(characters_are_counted_not_bytes),
		cmocka_unit_test(ranges_hold_at_both_ends),
		cmocka_unit_test(secrets_are_not_repeated),
		cmocka_unit_test(choices_are_exact),
		cmocka_unit_test(enums_are_known_values),
		cmocka_unit_test(bytes_are_measured),
		cmocka_unit_test(elements_are_checked_each),
		cmocka_unit_test(paths_lead_into_messages),
		cmocka_unit_test(all_faults_are_named_the_first_in_front),
		cmocka_unit_test(no_more_than_64_are_named),
		cmocka_unit_test(violations_add_to_what_is_there),
		cmocka_unit_test(a_full_list_hides_nothing),
		cmocka_unit_test(without_memory_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
