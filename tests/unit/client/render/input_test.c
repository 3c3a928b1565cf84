/* What is refused, and how that is said. */
#include "client/render/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire.h"
#include "tests/unit/common/check.h"

static void refuse(void **state, const char *text, const char *field, const char *message)
{
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT;
	struct st_err err = { 0 };

	assert_int_not_equal(input_json(slice_str(text), &rq, *state, &err), ST_OK);
	assert_string_equal(err.field, field);
	if (strstr(err.message, message) == NULL)
		fail_msg("'%s' is not in '%s'", message, err.message);
}

static Steward__PrintRequest read_all(void **state, const char *text)
{
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT;
	struct st_err err = { 0 };

	if (input_json(slice_str(text), &rq, *state, &err) != ST_OK)
		fail_msg("%s: %s", err.field, err.message);
	return rq;
}

static void documents_stand_one_after_the_other(void **state)
{
	Steward__PrintRequest rq = read_all(state,
					    " {\"title\":\"a } \\\" { \\\\\"}{\"title\":\"b\"}\n\n"
					    "{\n\"title\": \"c\", \"code\": {\"text\": \"x\"}}\n");

	assert_int_equal(rq.n_documents, 3);
	assert_string_equal(rq.documents[0]->title, "a } \" { \\");
	assert_string_equal(rq.documents[1]->title, "b");
	assert_string_equal(rq.documents[2]->code->text, "x");
}

static void errors_name_document_and_field(void **state)
{
	refuse(state, "{\"title\":\"a\"} {\"title\":\"\"}", "documents[1].title", "must be given");
	refuse(state, "{\"titel\":\"a\"}", "documents[0].titel", "did you mean 'title'?");
	refuse(state, "{\"title\":\"a\",\"copy\":\"many\"}", "documents[0].copy", "whole number");
	refuse(state, "{\"title\":\"a\",\"copy\":10000}", "documents[0].copy", "from 0 to 9999");
	refuse(state, "{\"title\":\"a\",\"language\":\"xx\"}", "documents[0].language",
	       "one of en, zh or zh-Hant");
	refuse(state, "{\"title\":\"a\",\"issued_at\":\"yesterday\"}", "documents[0].issued_at",
	       "a time is needed");
	refuse(state,
	       "{\"title\":\"a\",\"tables\":[{\"columns\":[{}],\"rows\":[{\"cells\":[\"1\"]},"
	       "{\"cells\":[\"1\",\"2\"]}]}]}",
	       "documents[0].tables[0].rows[1].cells", "2 cells, but the table has 1 columns");
	refuse(state, "{\"title\":\"a\",\"tables\":[{\"rows\":[]}]}",
	       "documents[0].tables[0].columns", "must be given");
	refuse(state, "{\"title\":\"a\",\"tables\":[{\"columns\":[{\"align\":\"UP\"}]}]}",
	       "documents[0].tables[0].columns[0].align", "none of the known values");
	refuse(state, "{\"title\":\"a\",\"facts\":[{\"label\":\"a\\u0007\"}]}",
	       "documents[0].facts[0].label", "without control characters");
	refuse(state, "{\"title\":\"a\",\"code\":{\"caption\":\"x\"}}", "documents[0].code.text",
	       "must be given");
}

static void what_is_no_json_is_said(void **state)
{
	refuse(state, "", "documents", "no document");
	refuse(state, " \n", "documents", "no document");
	refuse(state, "[{\"title\":\"a\"}]", "documents[0]", "must be an object, not a list");
	refuse(state, "{\"title\":\"a\"", "documents[0]", "not valid JSON");
	refuse(state, "{\"title\":\"a\"} x", "documents[1]", "not valid JSON");
	refuse(state, "{\"title\":\"a\"}}", "documents[1]", "not valid JSON");
	refuse(state, "{\"title\":\"\xc3\x28\"}", "documents[0]", "byte 11 is not text in UTF-8");
	refuse(state, "{\"title\":\"a\xe4\xb8\"}", "documents[0]", "UTF-8");
	refuse(state, "{\"title\":\"a\\u0000b\"}", "documents[0]", "not valid JSON");
}

static void too_much_is_refused(void **state)
{
	size_t max = 24u << 20, n = 0;
	char *text = malloc(max);

	assert_non_null(text);
	n += (size_t)snprintf(text, max, "{\"title\":\"a\",\"paragraphs\":[\"");
	memset(text + n, 'x', 4001);
	n += 4001;
	(void)snprintf(text + n, max - n, "\"]}");
	refuse(state, text, "documents[0].paragraphs[0]", "at most 4000 characters");

	n = (size_t)snprintf(text, max,
			     "{\"title\":\"a\",\"tables\":[{\"columns\":[{}],\"rows\":[{}");
	for (int i = 0; i < 20000; i++)
		n += (size_t)snprintf(text + n, max - n, ",{}");
	(void)snprintf(text + n, max - n, "]}]}");
	refuse(state, text, "documents[0].tables[0].rows", "at most 20000");

	n = 0;
	for (int d = 0; d < 6; d++) {
		n += (size_t)snprintf(
			text + n, max - n,
			"{\"title\":\"a\",\"tables\":[{\"columns\":[{}],\"rows\":[{}");
		for (int i = 1; i < 20000; i++)
			n += (size_t)snprintf(text + n, max - n, ",{}");
		n += (size_t)snprintf(text + n, max - n, "]}]}");
	}
	refuse(state, text, "documents[5].tables", "more than 100000 rows");

	n = 0;
	for (int d = 0; d < 5001; d++)
		n += (size_t)snprintf(text + n, max - n, "{\"title\":\"a\"}");
	refuse(state, text, "documents", "at most 5000");
	free(text);
}

static void requests_are_checked_like_json(void **state)
{
	Steward__PrintDocument d = STEWARD__PRINT_DOCUMENT__INIT, *all = &d;
	Steward__PrintRequest rq = STEWARD__PRINT_REQUEST__INIT, *read;
	struct st_err err = { 0 };
	struct slice bytes;

	d.title = (char *)"Bill";
	rq.documents = &all;
	rq.n_documents = 1;
	rq.has_width = true;
	rq.width = 576;
	assert_int_equal(wire_pack(&rq.base, *state, &bytes, &err), ST_OK);
	assert_int_equal(input_request(bytes, *state, &read, &err), ST_OK);
	assert_string_equal(read->documents[0]->title, "Bill");
	rq.width = 400;
	assert_int_equal(wire_pack(&rq.base, *state, &bytes, &err), ST_OK);
	assert_int_not_equal(input_request(bytes, *state, &read, &err), ST_OK);
	assert_string_equal(err.field, "width");
	rq.width = 384;
	d.title = NULL;
	assert_int_equal(wire_pack(&rq.base, *state, &bytes, &err), ST_OK);
	assert_int_not_equal(input_request(bytes, *state, &read, &err), ST_OK);
	assert_string_equal(err.field, "documents[0].title");
	assert_int_not_equal(input_request(slice_str("\xff\xff"), *state, &read, &err), ST_OK);
	assert_int_not_equal(input_request(slice_of(NULL, 0), *state, &read, &err), ST_OK);
	assert_string_equal(err.field, "documents");
}

static int begin(void **state)
{
	static struct arena mem;

	arena_init(&mem, INPUT_ARENA);
	*state = &mem;
	return 0;
}

static int end(void **state)
{
	arena_fini(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_stand_one_after_the_other),
		cmocka_unit_test(errors_name_document_and_field),
		cmocka_unit_test(what_is_no_json_is_said),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(requests_are_checked_like_json),
	};

	return cmocka_run_group_tests_name("input", tests, begin, end);
}
