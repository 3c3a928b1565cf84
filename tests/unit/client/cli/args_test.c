#include "client/cli/args.h"

#include "client/cli/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/client/cli/shop.h"

/* args_parse() of the words after the program's name. */
#define PARSE(s, m, a, err, ...) \
	parse((s), (m), (a), (err), (const char *[]){ "steward", __VA_ARGS__, NULL })

static enum st_code parse(struct shop *s, const struct rpc_method *m, struct args *a,
			  struct st_err *err, const char **words)
{
	int argc = 0;

	while (words[argc] != NULL)
		argc++;
	return args_parse(&s->cli, m, argc, (char **)words, a, err);
}

static void words_and_flags_fill_the_request(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	const Shop__SellRequest *rq;
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "--price", "1280.50", "P-7",
			       "--gift", "--tag", "x", "--tag=y", "--color=red", "--count", "3"),
			 ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_string_equal(rq->item, "G-1");
	assert_string_equal(rq->buyer, "P-7");
	assert_true(rq->price_minor == 128050);
	assert_true(rq->has_gift && rq->gift);
	assert_int_equal(rq->n_tag, 2);
	assert_string_equal(rq->tag[1], "y");
	assert_string_equal(rq->color, "red");
	assert_int_equal(rq->count, 3);
	assert_null(rq->note);
	assert_null(a.each);
}

static void a_switch_can_be_turned_off(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	const Shop__SellRequest *rq;
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--no-gift"), ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_true(rq->has_gift && !rq->gift);
}

static void global_flags_stand_anywhere(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "-p", "SUN", "G-1", "--json=number,name",
			       "P-7", "-qy", "--limit=all", "--timeout", "500ms"),
			 ST_OK);
	assert_string_equal(s->cli.opt.property, "SUN");
	assert_string_equal(s->cli.opt.fields, "number,name");
	assert_int_equal(s->cli.opt.format, OUT_JSON);
	assert_true(s->cli.opt.quiet && s->cli.opt.yes);
	assert_int_equal(s->cli.opt.limit, -1);
	assert_int_equal(s->cli.opt.timeout_ms, 500);
}

static void nothing_may_be_abbreviated(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--js"), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "ABBREVIATED_FLAG");
	assert_string_equal(err.message, "--js is cut short; write --json");
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--colr", "red"),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "there is no flag --colr here; did you mean --color?");
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "-qz"), ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "there is no flag -z here");
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--note"),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "VALUE_MISSING");
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--gift=yes"),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "NO_VALUE_WANTED");
}

static void a_value_may_look_like_a_flag(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	const Shop__SellRequest *rq;
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--note", "--js"), ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_string_equal(rq->note, "--js");
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "--", "G-1", "--gift"), ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_string_equal(rq->buyer, "--gift");
}

static void the_last_word_may_be_repeated(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "P-8", "P-9"), ST_OK);
	assert_non_null(a.each);
	assert_string_equal(a.each->name, "buyer");
	assert_int_equal(a.n_values, 3);
	assert_string_equal(a.values[0], "P-7");
	assert_string_equal(a.values[2], "P-9");
}

static void free_text_is_never_repeated(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &shop_note, &a, &err, "G-1", "hello", "world"),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "TOO_MANY_WORDS");
	assert_non_null(strstr(err.message, "quotes"));
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_list, &a, &err, "a", "b"), ST_INVALID_ARGUMENT);
}

static void severe_calls_take_one_value_only(void **state)
{
	struct shop *s = *state;
	struct rpc_method severe = shop_sell;
	struct st_err err = { 0 };
	struct args a;

	severe.danger = STEWARD__DANGER__SEVERE;
	assert_int_equal(PARSE(s, &severe, &a, &err, "G-1", "P-7", "P-8"), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "TOO_MANY_WORDS");
}

static void all_that_is_missing_is_named_at_once(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "--gift"), ST_OK);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "missing: ITEM, BUYER");
	assert_string_equal(err.field, "item");
}

static void bad_values_name_their_flag(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--count", "many"),
			 ST_INVALID_ARGUMENT);
	assert_memory_equal(err.message, "--count: ", 9);
	assert_string_equal(err.field, "count");
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--price", "12.345"),
			 ST_INVALID_ARGUMENT);
	assert_memory_equal(err.message, "--price: ", 9);
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--count", "10"), ST_OK);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_memory_equal(err.message, "--count: ", 9);
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--color", "blue"), ST_OK);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_memory_equal(err.message, "--color: ", 9);
}

static void messages_are_given_as_json(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	const Shop__SellRequest *rq;
	struct args a;

	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--size",
			       "{\"width\": 3, \"height\": 4}"),
			 ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_int_equal(rq->size->width, 3);
	assert_int_equal(rq->size->height, 4);
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--size", "{\"widht\": 3}"),
			 ST_INVALID_ARGUMENT);
	assert_non_null(strstr(err.message, "did you mean 'width'"));
}

static void secrets_come_from_files_only(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	char path[] = "/tmp/steward-args-XXXXXX";
	int fd = mkstemp(path);
	const Shop__SellRequest *rq;
	struct args a;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "4711\r\n", 6), 6);
	assert_int_equal(close(fd), 0);
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--pin-file", path), ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_string_equal(rq->pin, "4711");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--pin", "4711"),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "--pin is cut short; write --pin-file");
}

/* A file with these bytes; 'path' is made for it. */
static void put_file(char path[], const void *data, size_t len)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void a_file_gives_what_it_holds(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	char letter[] = "/tmp/steward-args-XXXXXX", photo[] = "/tmp/steward-args-XXXXXX";
	const Shop__SellRequest *rq;
	struct args a;

	put_file(letter, "\u8282\n", 4);
	put_file(photo, "\xff\0\xfe", 3);
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--letter", letter, "--photo",
			       photo, "--photo", letter),
			 ST_OK);
	rq = (const Shop__SellRequest *)a.request;
	assert_string_equal(rq->letter, "\u8282\n");
	assert_int_equal(rq->n_photo, 2);
	assert_int_equal(rq->photo[0].len, 3);
	assert_memory_equal(rq->photo[0].data, "\xff\0\xfe", 3);
	assert_int_equal(rq->photo[1].len, 4);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_OK);
	assert_int_equal(unlink(letter), 0);
	assert_int_equal(unlink(photo), 0);
}

static void a_file_may_be_standard_input(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	int kept = dup(STDIN_FILENO), ends[2];
	struct args a;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "hi", 2), 2);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--letter=-"), ST_OK);
	assert_string_equal(((const Shop__SellRequest *)a.request)->letter, "hi");
	assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--letter=-"),
			 ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "--letter: standard input is empty");
	(void)close(ends[0]);
	if (kept >= 0) {
		assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
		(void)close(kept);
	}
}

static void a_bad_file_is_named(void **state)
{
	static const struct {
		const char *flag, *data;
		size_t len;
		enum st_code code;
		const char *says;
	} bad[] = {
		{ "--letter", "", 0, ST_INVALID_ARGUMENT, "is empty" },
		{ "--letter", "a\nb\xff", 4, ST_INVALID_ARGUMENT, "is no text in UTF-8 (line 2)" },
		{ "--letter", "a\0", 2, ST_INVALID_ARGUMENT, "is no text in UTF-8 (line 1)" },
		{ "--letter", "\u8282\u8282\u8282\u8282\u8282\u8282", 18, ST_OUT_OF_RANGE,
		  "is longer than 5 characters" },
		{ "--letter", "123456789012345678901", 21, ST_OUT_OF_RANGE,
		  "is longer than 20 bytes" },
		{ "--photo", "123456789", 9, ST_OUT_OF_RANGE, "is longer than 8 bytes" },
	};
	struct shop *s = *state;
	struct args a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[] = "/tmp/steward-args-XXXXXX";
		struct st_err err = { 0 };

		put_file(path, bad[i].data, bad[i].len);
		assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", bad[i].flag, path),
				 bad[i].code);
		assert_non_null(strstr(err.message, bad[i].says));
		assert_non_null(strstr(err.message, path));
		assert_memory_equal(err.message, bad[i].flag, strlen(bad[i].flag));
		assert_string_equal(err.field, bad[i].flag + 2);
		assert_int_equal(unlink(path), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		struct st_err err = { 0 };

		assert_int_equal(PARSE(s, &shop_sell, &a, &err, "G-1", "P-7", "--letter",
				       i == 0 ? "/tmp/no such file" : "/tmp"),
				 i == 0 ? ST_NOT_FOUND : ST_FAILED_PRECONDITION);
		assert_memory_equal(err.message, "--letter: cannot ", 17);
	}
}

static void help_tells_that_a_file_is_wanted(void **state)
{
	struct shop *s = *state;
	const struct argp_option *o = args_table(&shop_sell, s->cli.mem);

	while (o->name == NULL || strcmp(o->name, "letter") != 0)
		o++;
	assert_string_equal(o->arg, "FILE");
	assert_non_null(strstr(o->doc, "'-' is standard input"));
}

static void imports_take_a_file_and_their_own_flags(void **state)
{
	struct shop *s = *state;
	struct st_err err = { 0 };
	const Shop__ImportRequest *rq;
	struct args a;

	assert_int_equal(PARSE(s, &shop_import, &a, &err, "f.csv", "--map", "ref=key", "--map",
			       "day=opened", "--set", "kind=x", "--value", "kind:a=b", "--batch",
			       "10", "--origin", "old"),
			 ST_OK);
	rq = (const Shop__ImportRequest *)a.request;
	assert_string_equal(a.import.file, "f.csv");
	assert_int_equal(a.import.n_maps, 2);
	assert_string_equal(a.import.maps[1], "day=opened");
	assert_int_equal(a.import.n_sets, 1);
	assert_int_equal(a.import.batch, 10);
	assert_string_equal(rq->origin, "old");
	assert_int_equal(rq->n_rows, 0);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_OK);
	assert_int_equal(PARSE(s, &shop_import, &a, &err, "--batch", "0", "f.csv"),
			 ST_INVALID_ARGUMENT);
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &shop_import, &a, &err, "--origin", "old"), ST_OK);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.field, "file");
}

/* Where files are sent, they stand behind the words, and nothing about them need be said.
 */
static void words_behind_the_last_are_files(void **state)
{
	struct shop *s = *state;
	struct rpc_method send = shop_sell;
	struct st_err err = { 0 };
	struct args a;

	send.upload_part = "shop.Put";
	send.upload_end = "shop.Finish";
	assert_int_equal(PARSE(s, &send, &a, &err, "G-1", "P-7", "a.jpg", "--gift", "b.jpg"),
			 ST_OK);
	assert_string_equal(((const Shop__SellRequest *)a.request)->buyer, "P-7");
	assert_int_equal(a.file.n_files, 2);
	assert_string_equal(a.file.files[0], "a.jpg");
	assert_string_equal(a.file.files[1], "b.jpg");
	assert_null(a.each);
	assert_int_equal(PARSE(s, &send, &a, &err, "G-1", "P-7", "--price", "1"), ST_OK);
	assert_int_equal(args_complete(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.message, "missing: FILE");
}

static void a_file_that_is_fetched_has_a_place(void **state)
{
	struct shop *s = *state;
	struct rpc_method fetch = shop_sell;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &fetch, &a, &err, "G-1", "P-7", "--file", "x"),
			 ST_INVALID_ARGUMENT);
	fetch.download = "data";
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &fetch, &a, &err, "G-1", "P-7", "--file", "x.jpg", "--force"),
			 ST_OK);
	assert_string_equal(a.file.target, "x.jpg");
	assert_true(a.file.force);
}

static void a_method_that_prints_says_where(void **state)
{
	struct shop *s = *state;
	struct rpc_method print = shop_sell;
	struct st_err err = { 0 };
	struct args a;

	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7", "--pdf", "x"),
			 ST_INVALID_ARGUMENT);
	print.print = true;
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7", "--pdf", "x.pdf", "--paper", "a5",
			       "--force"),
			 ST_OK);
	assert_int_equal(a.print.to.form, STEWARD__PRINT_FORM__PDF);
	assert_int_equal(a.print.to.paper, STEWARD__PRINT_PAPER__A5);
	assert_string_equal(a.print.to.path, "x.pdf");
	assert_true(a.print.to.force);
	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7", "--printer", "/dev/null",
			       "--roll", "58", "--drawer"),
			 ST_OK);
	assert_int_equal(a.print.to.form, STEWARD__PRINT_FORM__ESCPOS);
	assert_int_equal(a.print.to.width, 384);
	assert_true(a.print.to.printer && a.print.to.drawer);
	assert_int_equal(print_args_check(&s->cli, &a, &err), ST_OK);
	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7", "--roll", "70"),
			 ST_INVALID_ARGUMENT);
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7", "--paper", "B5"),
			 ST_INVALID_ARGUMENT);
	err = (struct st_err){ 0 };
	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7", "--pdf", "x", "--escpos", "y"),
			 ST_OK);
	assert_int_equal(print_args_check(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "ONE_PLACE");
}

/* Nothing is called before it is known where to print. */
static void a_method_that_prints_needs_a_place(void **state)
{
	struct shop *s = *state;
	struct rpc_method print = shop_sell, by = shop_sell;
	struct st_err err = { 0 };
	struct args a;

	print.print = true;
	by.print_by = "shop.Print";
	assert_int_equal(PARSE(s, &print, &a, &err, "G-1", "P-7"), ST_OK);
	assert_int_equal(print_args_check(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "REQUIRED");
	s->cli.opt.format = OUT_JSON; /* the documents themselves */
	assert_int_equal(print_args_check(&s->cli, &a, &err), ST_OK);
	s->cli.opt.format = OUT_TABLE;
	assert_int_equal(PARSE(s, &by, &a, &err, "G-1", "P-7"), ST_OK);
	assert_int_equal(print_args_check(&s->cli, &a, &err), ST_OK);
	assert_int_equal(PARSE(s, &by, &a, &err, "G-1", "P-7", "--drawer"), ST_OK);
	assert_int_equal(print_args_check(&s->cli, &a, &err), ST_INVALID_ARGUMENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		TEST(words_and_flags_fill_the_request),
		TEST(a_switch_can_be_turned_off),
		TEST(global_flags_stand_anywhere),
		TEST(nothing_may_be_abbreviated),
		TEST(a_value_may_look_like_a_flag),
		TEST(the_last_word_may_be_repeated),
		TEST(free_text_is_never_repeated),
		TEST(severe_calls_take_one_value_only),
		TEST(all_that_is_missing_is_named_at_once),
		TEST(bad_values_name_their_flag),
		TEST(messages_are_given_as_json),
		TEST(secrets_come_from_files_only),
		TEST(a_file_gives_what_it_holds),
		TEST(a_file_may_be_standard_input),
		TEST(a_bad_file_is_named),
		TEST(help_tells_that_a_file_is_wanted),
		TEST(imports_take_a_file_and_their_own_flags),
		TEST(words_behind_the_last_are_files),
		TEST(a_file_that_is_fetched_has_a_place),
		TEST(a_method_that_prints_says_where),
		TEST(a_method_that_prints_needs_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
