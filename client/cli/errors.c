#include "client/cli/errors.h"

#include <jansson.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "client/look/text.h"

static const struct {
	enum st_code code;
	int exit;
} exit_by_code[] = {
	{ ST_OK, EXIT_DONE },
	{ ST_CANCELLED, EXIT_CANCELLED },
	{ ST_INVALID_ARGUMENT, EXIT_USAGE },
	{ ST_OUT_OF_RANGE, EXIT_USAGE },
	{ ST_DEADLINE_EXCEEDED, EXIT_UNKNOWN },
	{ ST_NOT_FOUND, EXIT_NOT_FOUND },
	{ ST_ALREADY_EXISTS, EXIT_REFUSED },
	{ ST_PERMISSION_DENIED, EXIT_DENIED },
	{ ST_RESOURCE_EXHAUSTED, EXIT_UNREACHABLE },
	{ ST_FAILED_PRECONDITION, EXIT_REFUSED },
	{ ST_ABORTED, EXIT_CONFLICT },
	{ ST_UNAVAILABLE, EXIT_UNREACHABLE },
	{ ST_UNAUTHENTICATED, EXIT_LOGIN },
};

/* Reasons that say more than their code. */
static const struct {
	const char *reason;
	int exit; /* -1: as the code says */
	const char *hint;
} by_reason[] = {
	{ "NOT_ENROLLED", EXIT_LOGIN, "" },
	{ "NO_SERVER", EXIT_LOGIN, "Enrol this machine again, or set STEWARD_SERVER." },
	{ "NO_MEMORY", EXIT_FAULT, "" },
	{ "FILE_ERROR", EXIT_FAULT, "" },
	{ "NOT_WRITABLE", EXIT_FAULT, "" },
	{ "INTERRUPTED", EXIT_INTERRUPTED, "" },
	{ "LOGIN_REQUIRED", -1, "Run: steward login" },
	{ "SESSION_ENDED", -1, "Run: steward login" },
	{ ST_REASON_VERSION_CONFLICT, EXIT_CONFLICT, "Look at it again, then repeat the change." },
	{ ST_REASON_STEP_UP, EXIT_DENIED, "Prove your identity with a code: steward auth step-up" },
	{ ST_REASON_OUTCOME_UNKNOWN, -1,
	  "Repeat the same command with --idempotency-key and the key above." },
	{ ST_REASON_KEY_REUSED, -1,
	  "Leave out --idempotency-key, or repeat exactly the earlier command." },
	{ "PASSWORD_CHANGE_REQUIRED", -1, "Run: steward auth change-password" },
	{ "UNREACHABLE", -1, "Look at the line with: steward doctor" },
	{ "TURNED_AWAY", -1, "Look at the line with: steward doctor" },
	{ "CERTIFICATE_EXPIRED", -1,
	  "Ask for a new invitation and run: steward enrol TOKEN --server HOST" },
	{ "PROPERTY_NEEDED", -1, "Say which property with -p CODE." },
};

int exit_code_of(const struct st_err *err)
{
	for (size_t i = 0; i < sizeof(by_reason) / sizeof(by_reason[0]); i++)
		if (err->code != ST_OK && by_reason[i].exit >= 0 &&
		    strcmp(err->reason, by_reason[i].reason) == 0)
			return by_reason[i].exit;
	for (size_t i = 0; i < sizeof(exit_by_code) / sizeof(exit_by_code[0]); i++)
		if (exit_by_code[i].code == err->code)
			return exit_by_code[i].exit;
	return EXIT_FAULT;
}

const char *error_hint(const struct st_err *err)
{
	for (size_t i = 0; i < sizeof(by_reason) / sizeof(by_reason[0]); i++)
		if (strcmp(err->reason, by_reason[i].reason) == 0)
			return by_reason[i].hint;
	switch (err->code) {
	case ST_RESOURCE_EXHAUSTED:
	case ST_UNAVAILABLE:
		return "Try again in a moment.";
	case ST_INTERNAL:
	case ST_UNKNOWN:
		return "Tell the people who run the server, with the request id.";
	default:
		return "";
	}
}

static json_t *report_json_violations(const struct problem *p)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < p->n_violations; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "field",
							    p->violations[i].field, "rule",
							    p->violations[i].rule, "message",
							    p->violations[i].message));
	return list;
}

static void report_json(const struct problem *p, const char *hint)
{
	json_t *j = json_object();
	char trace[UUID_TEXT] = "";
	char *text;

	if (!uuid_is_zero(&p->trace))
		(void)uuid_format(&p->trace, trace);
	(void)json_object_set_new(j, "code", json_string(st_code_name(p->err.code)));
	(void)json_object_set_new(j, "reason", json_string(p->err.reason));
	(void)json_object_set_new(j, "message", json_string(p->err.message));
	(void)json_object_set_new(j, "hint", json_string(hint));
	(void)json_object_set_new(j, "field", json_string(p->err.field));
	(void)json_object_set_new(j, "request_id", json_string(trace));
	(void)json_object_set_new(j, "exit", json_integer(exit_code_of(&p->err)));
	if (p->n_violations > 1)
		(void)json_object_set_new(j, "violations", report_json_violations(p));
	text = json_dumps(j, JSON_COMPACT);
	(void)fprintf(stderr, "%s\n", text != NULL ? text : "{}");
	free(text);
	json_decref(j);
}

static void report_violation(const struct violation *v)
{
	(void)fprintf(stderr, "  %s: ", v->field);
	text_put(stderr, v->message);
	(void)fputc('\n', stderr);
}

int report(const struct cli *cli, const struct problem *p)
{
	const char *hint = p->hint != NULL ? p->hint : error_hint(&p->err);
	bool shows_id = p->err.code == ST_INTERNAL || p->err.code == ST_UNKNOWN ||
			cli->opt.verbose || cli->opt.trace;
	char trace[UUID_TEXT];

	if (cli_is_json(cli)) {
		report_json(p, hint);
		return exit_code_of(&p->err);
	}
	(void)fputs(cli->term.err_color ? "\033[31msteward:\033[0m " : "steward: ", stderr);
	if (p->err.field[0] != '\0' && strstr(p->err.message, p->err.field) == NULL) {
		text_put(stderr, p->err.field);
		(void)fputs(": ", stderr);
	}
	text_put(stderr, p->err.message);
	(void)fputc('\n', stderr);
	for (size_t i = 1; i < p->n_violations; i++)
		report_violation(&p->violations[i]);
	/* A message that names a command needs no second one. */
	if (hint[0] != '\0' && (strstr(p->err.message, "steward ") == NULL || p->hint != NULL))
		(void)fprintf(stderr, "  %s\n", hint);
	if (shows_id && !uuid_is_zero(&p->trace))
		(void)fprintf(stderr, "  request id %s\n", uuid_format(&p->trace, trace));
	return exit_code_of(&p->err);
}

int report_err(const struct cli *cli, const struct st_err *err)
{
	const struct problem p = { .err = *err };

	return report(cli, &p);
}

int report_usage(const struct cli *cli, const struct st_err *err, const char *command)
{
	struct problem p = { .err = *err };

	if (command != NULL && err->code == ST_INVALID_ARGUMENT)
		p.hint = arena_printf(cli->mem, "Read: %s --help", command);
	return report(cli, &p);
}
