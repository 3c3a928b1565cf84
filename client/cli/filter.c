#include "client/cli/filter.h"

#include <string.h>

#ifdef HAVE_JQ
#include <jq.h>
#include <jv.h>

struct filter_complaint {
	char text[300];
};

static void filter_on_error(void *arg, jv message)
{
	struct filter_complaint *c = arg;

	if (c->text[0] == '\0' && jv_get_kind(message) == JV_KIND_STRING)
		(void)snprintf(c->text, sizeof(c->text), "%s", jv_string_value(message));
	jv_free(message);
}

static enum st_code filter_fail(const char *what, struct st_err *err)
{
	if (strncmp(what, "jq: error: ", 11) == 0)
		what += 11;
	return st_fail(err, ST_INVALID_ARGUMENT, "BAD_EXPRESSION", "--jq", "--jq: %.*s",
		       (int)strcspn(what, "\n"), what);
}

static enum st_code filter_run(jq_state *jq, const char *json, FILE *out, struct st_err *err)
{
	jv value = jv_parse(json), message;
	enum st_code code = ST_OK;

	jq_start(jq, value, 0);
	while (jv_is_valid(value = jq_next(jq))) {
		if (jv_get_kind(value) == JV_KIND_STRING) {
			(void)fwrite(jv_string_value(value), 1,
				     (size_t)jv_string_length_bytes(jv_copy(value)), out);
			jv_free(value);
		} else {
			jv_dumpf(value, out, 0);
		}
		(void)fputc('\n', out);
	}
	message = jv_invalid_get_msg(value);
	if (jv_get_kind(message) == JV_KIND_STRING)
		code = filter_fail(jv_string_value(message), err);
	jv_free(message);
	return code;
}

enum st_code filter_jq(const char *expression, const char *json, FILE *out, struct st_err *err)
{
	struct filter_complaint complaint = { "" };
	jq_state *jq = jq_init();
	enum st_code code;

	if (jq == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory for jq");
	jq_set_error_cb(jq, filter_on_error, &complaint);
	if (jq_compile(jq, expression) == 0)
		code = filter_fail(complaint.text[0] != '\0' ? complaint.text
							     : "the expression is wrong",
				   err);
	else
		code = filter_run(jq, json, out, err);
	jq_teardown(&jq);
	return code;
}
#else
enum st_code filter_jq(const char *expression, const char *json, FILE *out, struct st_err *err)
{
	return st_fail(err, ST_UNIMPLEMENTED, "NO_JQ", "--jq",
		       "this program was built without --jq; use --json and the program jq");
}
#endif
