#include "client/cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEY_PROFILE = 500,
	KEY_JSON,
	KEY_JSONL,
	KEY_JQ,
	KEY_CSV,
	KEY_TSV,
	KEY_PLAIN,
	KEY_COLUMNS,
	KEY_SORT,
	KEY_LIMIT,
	KEY_CURSOR,
	KEY_WATCH,
	KEY_COLOR,
	KEY_NO_PAGER,
	KEY_NO_INPUT,
	KEY_CONFIRM,
	KEY_REASON,
	KEY_DRY_RUN,
	KEY_KEY,
	KEY_TIMEOUT,
	KEY_TRACE,
	KEY_EXIT_CODE,
	KEY_HELP,
};

const struct argp_option options_table[] = {
	{ NULL, 0, NULL, 0, "Where and as whom:", 101 },
	{ "property", 'p', "CODE", 0, "Only this property; 'all': wherever you may", 0 },
	{ "profile", KEY_PROFILE, "NAME", 0, "Another profile: its name, or a directory", 0 },
	{ NULL, 0, NULL, 0, "What is printed:", 102 },
	{ "json", KEY_JSON, "FIELDS", OPTION_ARG_OPTIONAL,
	  "JSON; only these fields if given (--json=a,b)", 0 },
	{ "jsonl", KEY_JSONL, NULL, 0, "JSON, one object per line", 0 },
	{ "jq", KEY_JQ, "EXPR", 0, "JSON, sent through this jq expression", 0 },
	{ "csv", KEY_CSV, NULL, 0, "CSV; into a file it opens well in spreadsheets", 0 },
	{ "tsv", KEY_TSV, NULL, 0, "Values separated by tabs", 0 },
	{ "plain", KEY_PLAIN, NULL, 0, "The same without a heading", 0 },
	{ "output", 'o', "FORMAT", 0, "name (numbers only), json, jsonl, csv, tsv, plain or table",
	  0 },
	{ "columns", KEY_COLUMNS, "FIELDS", 0, "Show these columns (a,b,c)", 0 },
	{ "sort", KEY_SORT, "FIELDS", 0, "Sort the rows shown by these fields; -a: downwards", 0 },
	{ "limit", KEY_LIMIT, "N", 0, "At most N rows; 'all' for as many as there are", 0 },
	{ "cursor", KEY_CURSOR, "CURSOR", 0, "Go on after this row", 0 },
	{ "watch", KEY_WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
	  "Show it again whenever it changes; what is not told of changes, every 2 seconds", 0 },
	{ "color", KEY_COLOR, "WHEN", OPTION_ARG_OPTIONAL, "always, never or auto", 0 },
	{ "no-pager", KEY_NO_PAGER, NULL, 0, "Never start a pager", 0 },
	{ "quiet", 'q', NULL, 0, "Say nothing but results and errors", 0 },
	{ "verbose", 'v', NULL, 0, "Also tell the key and the request id", 0 },
	{ "trace", KEY_TRACE, NULL, 0, "Also tell every step of the connection", 0 },
	{ NULL, 0, NULL, 0, "What is done:", 103 },
	{ "yes", 'y', NULL, 0, "Go ahead without being asked", 0 },
	{ "no-input", KEY_NO_INPUT, NULL, 0, "Never ask; fail and name what is missing", 0 },
	{ "confirm", KEY_CONFIRM, "NUMBER", 0, "Confirm a severe change by naming what it is about",
	  0 },
	{ "reason", KEY_REASON, "TEXT", 0, "Why; kept with severe changes", 0 },
	{ "dry-run", KEY_DRY_RUN, NULL, 0, "Check everything, keep nothing", 0 },
	{ "idempotency-key", KEY_KEY, "UUID", 0,
	  "Repeat an earlier change: it happens at most once", 0 },
	{ "timeout", KEY_TIMEOUT, "TIME", 0, "Give up after 5s, 500ms, 2m", 0 },
	{ "exit-code", KEY_EXIT_CODE, NULL, 0, "Exit with 1 when the list is empty", 0 },
	{ NULL, 0, NULL, 0, "Help:", 104 },
	{ NULL, 'h', NULL, 0, "Short help", 0 },
	{ "help", KEY_HELP, NULL, 0, "Long help", 0 },
	{ "version", 'V', NULL, 0, "Print the version", 0 },
	{ 0 },
};

enum st_code options_duration(const char *text, uint32_t *ret_ms, struct st_err *err)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;
	double n;

	errno = 0;
	n = strtod(text, &end);
	for (size_t i = 0; end != text && errno == 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		double ms = n * units[i].ms;

		if (strcmp(end, units[i].unit) != 0 || !(ms >= 1 && ms <= 24 * 3600000.0))
			continue;
		*ret_ms = (uint32_t)ms;
		return ST_OK;
	}
	return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", NULL,
		       "'%s' is not a time; write 5, 5s, 500ms or 2m", text);
}

static enum st_code options_format(struct options *o, const char *name, struct st_err *err)
{
	static const struct {
		const char *name;
		enum out_format format;
	} formats[] = {
		{ "name", OUT_NAME },   { "json", OUT_JSON }, { "jsonl", OUT_JSONL },
		{ "csv", OUT_CSV },     { "tsv", OUT_TSV },   { "plain", OUT_PLAIN },
		{ "table", OUT_TABLE },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(name, formats[i].name) != 0)
			continue;
		o->format = formats[i].format;
		return ST_OK;
	}
	return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "-o",
		       "there is no output format '%s'; choose name, json, jsonl, csv, tsv, plain "
		       "or table",
		       name);
}

static enum st_code options_color(struct options *o, const char *when, struct st_err *err)
{
	if (when == NULL || strcmp(when, "always") == 0)
		o->color = COLOR_ALWAYS;
	else if (strcmp(when, "never") == 0)
		o->color = COLOR_NEVER;
	else if (strcmp(when, "auto") == 0)
		o->color = COLOR_AUTO;
	else
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--color",
			       "--color takes always, never or auto, not '%s'", when);
	return ST_OK;
}

static enum st_code options_limit(struct options *o, const char *text, struct st_err *err)
{
	char *end;

	if (strcmp(text, "all") == 0) {
		o->limit = -1;
		return ST_OK;
	}
	errno = 0;
	o->limit = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || o->limit < 1)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--limit",
			       "--limit takes a number of rows from 1, or 'all', not '%s'", text);
	return ST_OK;
}

static enum st_code options_key(struct options *o, const char *text, struct st_err *err)
{
	if (!uuid_parse(text, strlen(text), &o->key) || uuid_is_zero(&o->key))
		return st_fail(
			err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--idempotency-key",
			"'%s' is not a key; it looks like 0193b3a2-7c1e-7d20-8f00-2b7f6a1c9e10",
			text);
	return ST_OK;
}

static enum st_code options_watch(struct options *o, const char *text, struct st_err *err)
{
	if (text != NULL)
		return options_duration(text, &o->watch_ms, err);
	o->watch_ms = WATCH_DEFAULT_MS;
	return ST_OK;
}

/* Flags that need more than being noted. */
static enum st_code options_take_value(struct options *o, int key, const char *arg,
				       struct st_err *err)
{
	switch (key) {
	case 'o':
		return options_format(o, arg, err);
	case KEY_COLOR:
		return options_color(o, arg, err);
	case KEY_LIMIT:
		return options_limit(o, arg, err);
	case KEY_KEY:
		return options_key(o, arg, err);
	case KEY_WATCH:
		return options_watch(o, arg, err);
	case KEY_TIMEOUT:
		return options_duration(arg, &o->timeout_ms, err);
	default:
		return ST_UNKNOWN;
	}
}

static bool options_take_text(struct options *o, int key, const char *arg)
{
	const char **to;

	switch (key) {
	case 'p':
		to = &o->property;
		break;
	case KEY_PROFILE:
		to = &o->profile;
		break;
	case KEY_JQ:
		o->format = OUT_JSON;
		to = &o->jq;
		break;
	case KEY_JSON:
		o->format = OUT_JSON;
		to = &o->fields;
		break;
	case KEY_COLUMNS:
		to = &o->columns;
		break;
	case KEY_SORT:
		to = &o->sort;
		break;
	case KEY_CURSOR:
		to = &o->cursor;
		break;
	case KEY_CONFIRM:
		to = &o->confirm;
		break;
	case KEY_REASON:
		to = &o->reason;
		break;
	default:
		return false;
	}
	*to = arg;
	return true;
}

static bool options_take_switch(struct options *o, int key)
{
	static const struct {
		int key;
		size_t offset;
	} switches[] = {
		{ KEY_NO_PAGER, offsetof(struct options, no_pager) },
		{ KEY_NO_INPUT, offsetof(struct options, no_input) },
		{ KEY_DRY_RUN, offsetof(struct options, dry_run) },
		{ KEY_EXIT_CODE, offsetof(struct options, exit_code) },
		{ KEY_TRACE, offsetof(struct options, trace) },
		{ 'q', offsetof(struct options, quiet) },
		{ 'v', offsetof(struct options, verbose) },
		{ 'y', offsetof(struct options, yes) },
		{ 'h', offsetof(struct options, help_short) },
		{ 'V', offsetof(struct options, version) },
		{ KEY_HELP, offsetof(struct options, help_long) },
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (switches[i].key != key)
			continue;
		*(bool *)((char *)o + switches[i].offset) = true;
		return true;
	}
	return false;
}

static bool options_take_format(struct options *o, int key)
{
	switch (key) {
	case KEY_JSONL:
		o->format = OUT_JSONL;
		return true;
	case KEY_CSV:
		o->format = OUT_CSV;
		return true;
	case KEY_TSV:
		o->format = OUT_TSV;
		return true;
	case KEY_PLAIN:
		o->format = OUT_PLAIN;
		return true;
	default:
		return false;
	}
}

static error_t options_parse(int key, char *arg, struct argp_state *state)
{
	struct options_input *in = state->input;
	enum st_code code;

	if (options_take_switch(in->opt, key) || options_take_format(in->opt, key) ||
	    options_take_text(in->opt, key, arg))
		return 0;
	code = options_take_value(in->opt, key, arg, in->err);
	if (code == ST_OK)
		return 0;
	return code == ST_UNKNOWN ? ARGP_ERR_UNKNOWN : EINVAL;
}

const struct argp options_argp = { .options = options_table, .parser = options_parse };
