#include "client/cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/cli/args_keys.h"
#include "client/cli/flags.h"
#include "client/cli/options.h"
#include "client/cli/prompt.h"
#include "client/look/json.h"
#include "client/look/method.h"
#include "client/look/money.h"
#include "client/look/value.h"
#include "common/file.h"
#include "common/utf8.h"

#define INPUT_MAX (4u << 20) /* of a text read from standard input or a file */
#define UTF8_MAX 4u          /* bytes of a character */

struct args_state {
	struct cli *cli;
	struct args *a;
	struct options_input options;
	struct st_err *err;
};

static enum st_code args_read(const char *path, struct arena *mem, struct slice *ret,
			      struct st_err *err)
{
	ST_TRY(file_read(path, INPUT_MAX, mem, ret, err));
	while (ret->len > 0 && (ret->data[ret->len - 1] == '\n' || ret->data[ret->len - 1] == '\r'))
		ret->len--;
	return ST_OK;
}

/* What a file may hold where text is wanted: UTF-8 of at most 'max' characters. */
static enum st_code args_check_text(struct slice text, uint32_t max, const char *path,
				    struct st_err *err)
{
	unsigned long line = 1;
	size_t chars = 0, n;
	int32_t c;

	for (size_t at = 0; at < text.len; at += n, chars++) {
		n = utf8_next(text.data + at, text.len - at, &c);
		if (n == 0 || c == 0)
			return st_fail(err, ST_INVALID_ARGUMENT, "NOT_UTF8", NULL,
				       "%s is no text in UTF-8 (line %lu)", path, line);
		line += c == '\n' ? 1 : 0;
	}
	if (chars > max)
		return st_fail(err, ST_OUT_OF_RANGE, "FILE_TOO_LARGE", NULL,
			       "%s is longer than %lu characters", path, (unsigned long)max);
	return ST_OK;
}

/* The value is what the file holds, every byte of it. */
static enum st_code args_set_contents(struct args_state *s, unsigned field, const char *path,
				      struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = &s->a->m->in->desc->fields[field];
	const struct field_rule *rule = &s->a->m->in->fields[field];
	uint32_t max = f->label == PROTOBUF_C_LABEL_REPEATED ? rule->item_max : rule->max;
	const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
	bool text = f->type == PROTOBUF_C_TYPE_STRING;
	struct slice data;

	ST_TRY(file_read(path, (size_t)max * (text ? UTF8_MAX : 1), s->cli->mem, &data, err));
	if (data.len == 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "EMPTY_FILE", NULL, "%s is empty", shown);
	if (!text)
		return field_set_bytes(s->a->request, f, data, s->cli->mem, err);
	ST_TRY(args_check_text(data, max, shown, err));
	return field_set_text(s->a->request, f, (const char *)data.data, data.len, s->cli->mem,
			      err);
}

/* "-" stands for standard input where free text is wanted. */
static enum st_code args_set_typed(struct args_state *s, unsigned field, const char *text,
				   struct st_err *err)
{
	const struct message_rules *rules = s->a->m->in;
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	struct slice input;

	if (rules->fields[field].file)
		return args_set_contents(s, field, text, err);
	if (strcmp(text, "-") != 0 || !value_is_free_text(f, &rules->fields[field]))
		return value_set(s->a->request, rules, field, text, s->cli->mem, err);
	ST_TRY(args_read("-", s->cli->mem, &input, err));
	return field_set_text(s->a->request, f, (const char *)input.data, input.len, s->cli->mem,
			      err);
}

/* Names the flag in front of what is wrong with its value. */
static enum st_code args_set_named(struct args_state *s, unsigned field, const char *text)
{
	struct st_err own = { 0 };
	enum st_code code;
	const char *name = method_field_name(s->a->m, field, s->cli->mem);

	code = args_set_typed(s, field, text, &own);
	if (code == ST_OK)
		return ST_OK;
	return st_fail(s->err, code, own.reason, s->a->m->in->desc->fields[field].name, "%s: %s",
		       name, own.message);
}

static enum st_code args_set_from_file(struct args_state *s, unsigned field, const char *path)
{
	const ProtobufCFieldDescriptor *f = &s->a->m->in->desc->fields[field];
	struct slice text;

	ST_TRY(args_read(path, s->cli->mem, &text, s->err));
	return field_set_text(s->a->request, f, (const char *)text.data, text.len, s->cli->mem,
			      s->err);
}

static enum st_code args_take_field(struct args_state *s, int key, const char *arg)
{
	unsigned field = (unsigned)(key - KEY_FIELD) / KEY_VARIANTS;
	const char *name = s->a->m->in->desc->fields[field].name;

	switch ((key - KEY_FIELD) % KEY_VARIANTS) {
	case KEY_YES:
		return args_set_named(s, field, "true");
	case KEY_NO:
		return args_set_named(s, field, "false");
	case KEY_FROM_FILE:
		return args_set_from_file(s, field, arg);
	default:
		break;
	}
	/* A severe change takes its reason from the flag, whichever of the two the method means by
	 * it. */
	if (strcmp(name, "reason") == 0)
		s->cli->opt.reason = arg;
	return args_set_named(s, field, arg);
}

static enum st_code args_append(const char ***list, size_t *n, const char *text,
				struct args_state *s)
{
	*list = arena_grow(s->cli->mem, *list, *n, sizeof(**list));
	if (*list == NULL)
		return st_fail(s->err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the command line");
	(*list)[(*n)++] = text;
	return ST_OK;
}

static enum st_code args_take_number(struct args_state *s, const char *flag, const char *arg,
				     long most, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(arg, &end, 10);
	if (errno != 0 || end == arg || *end != '\0' || *ret < 1 || *ret > most)
		return st_fail(s->err, ST_INVALID_ARGUMENT, "BAD_VALUE", flag,
			       "%s takes a number from 1 to %ld, not '%s'", flag, most, arg);
	return ST_OK;
}

static enum st_code args_take_import(struct args_state *s, int key, const char *arg)
{
	struct import_args *im = &s->a->import;

	switch (key) {
	case KEY_MAP:
		return args_append(&im->maps, &im->n_maps, arg, s);
	case KEY_SET:
		return args_append(&im->sets, &im->n_sets, arg, s);
	case KEY_VALUE:
		return args_append(&im->values, &im->n_values, arg, s);
	case KEY_MAP_FILE:
		im->map_file = arg;
		return ST_OK;
	case KEY_ENCODING:
		im->encoding = arg;
		return ST_OK;
	case KEY_DELIMITER:
		im->delimiter = arg;
		return ST_OK;
	case KEY_REPORT:
		im->report = arg;
		return ST_OK;
	case KEY_BATCH:
		return args_take_number(s, "--batch", arg, 100000, &im->batch);
	default:
		return args_take_number(s, "--parallel", arg, 8, &im->parallel);
	}
}

/* May the last word be repeated to call the method once per value? Not where it is free text, which
 * somebody may have forgotten to quote, not where a word before it may be left out, and not where
 * each call must be confirmed. */
static bool args_may_repeat(const struct rpc_method *m, unsigned last)
{
	for (unsigned place = 1; place <= last; place++) {
		int field = method_field_of_place(m, place);

		if (field < 0 || !m->in->fields[field].required)
			return false;
		if (place == last &&
		    value_is_free_text(&m->in->desc->fields[field], &m->in->fields[field]))
			return false;
	}
	return last > 0 && m->danger != STEWARD__DANGER__SEVERE &&
	       m->rpc_class != STEWARD__CLASS__STREAM;
}

static enum st_code args_too_many(struct args_state *s, const char *arg, unsigned last)
{
	int field = method_field_of_place(s->a->m, last);

	if (field >= 0 &&
	    value_is_free_text(&s->a->m->in->desc->fields[field], &s->a->m->in->fields[field]))
		return st_fail(s->err, ST_INVALID_ARGUMENT, "TOO_MANY_WORDS", NULL,
			       "'%s' is one word too many; put text of several words in quotes",
			       arg);
	return st_fail(s->err, ST_INVALID_ARGUMENT, "TOO_MANY_WORDS", NULL,
		       "'%s' is one word too many", arg);
}

static enum st_code args_take_word(struct args_state *s, const char *arg, unsigned number)
{
	const struct rpc_method *m = s->a->m;
	unsigned last = method_places(m), place = number + 1;
	const ProtobufCFieldDescriptor *f;
	int field;

	if (m->import != NULL) {
		if (place == 1) {
			s->a->import.file = arg;
			return ST_OK;
		}
		place--;
	}
	if (m->upload_end != NULL && place > last)
		return args_append(&s->a->file.files, &s->a->file.n_files, arg, s);
	field = method_field_of_place(m, place < last ? place : last);
	if (field < 0)
		return args_too_many(s, arg, last);
	f = &m->in->desc->fields[field];
	if (place < last || f->label == PROTOBUF_C_LABEL_REPEATED)
		return args_set_named(s, (unsigned)field, arg);
	if (place > last && !args_may_repeat(m, last))
		return args_too_many(s, arg, last);
	if (place > last)
		s->a->each = f;
	ST_TRY(args_append(&s->a->values, &s->a->n_values, arg, s));
	return args_set_named(s, (unsigned)field, arg);
}

static enum st_code args_take_target(struct args_state *s, int key, const char *arg)
{
	if (key == KEY_FORCE)
		s->a->file.force = s->a->print.to.force = true;
	else
		s->a->file.target = arg;
	return ST_OK;
}

static enum st_code args_take_paper(struct args_state *s, const char *arg)
{
	const ProtobufCEnumDescriptor *e = &steward__print_paper__descriptor;

	for (unsigned i = 0; i < e->n_values; i++)
		if (strcasecmp(arg, e->values[i].name) == 0) {
			s->a->print.to.paper = (Steward__PrintPaper)e->values[i].value;
			return ST_OK;
		}
	return st_fail(s->err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--paper",
		       "--paper takes A4, A5 or LETTER, not '%s'", arg);
}

static enum st_code args_take_roll(struct args_state *s, const char *arg)
{
	if (strcmp(arg, "80") != 0 && strcmp(arg, "58") != 0)
		return st_fail(s->err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--roll",
			       "--roll takes 80 or 58, not '%s'", arg);
	s->a->print.to.width = arg[0] == '8' ? 576 : 384;
	return ST_OK;
}

static enum st_code args_take_print(struct args_state *s, int key, const char *arg)
{
	struct print_args *p = &s->a->print;

	p->looks = true;
	switch (key) {
	case KEY_PAPER:
		return args_take_paper(s, arg);
	case KEY_ROLL:
		return args_take_roll(s, arg);
	case KEY_DRAWER:
		p->to.drawer = true;
		return ST_OK;
	default:
		break;
	}
	p->to.form = key == KEY_PDF ? STEWARD__PRINT_FORM__PDF : STEWARD__PRINT_FORM__ESCPOS;
	p->to.printer = key == KEY_PRINTER;
	p->to.path = arg;
	p->places++;
	return ST_OK;
}

static error_t args_parser(int key, char *arg, struct argp_state *state)
{
	struct args_state *s = state->input;
	enum st_code code;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = &s->options;
		return 0;
	}
	if (key == ARGP_KEY_ARG)
		code = args_take_word(s, arg, state->arg_num);
	else if (key >= KEY_FIELD && key < ARGP_KEY_END)
		code = args_take_field(s, key, arg);
	else if (key >= KEY_MAP && key <= KEY_REPORT)
		code = args_take_import(s, key, arg);
	else if (key == KEY_TARGET || key == KEY_FORCE)
		code = args_take_target(s, key, arg);
	else if (key >= KEY_PDF && key <= KEY_DRAWER)
		code = args_take_print(s, key, arg);
	else
		return ARGP_ERR_UNKNOWN;
	return code == ST_OK ? 0 : EINVAL;
}

enum st_code args_parse(struct cli *cli, const struct rpc_method *m, int argc, char **argv,
			struct args *ret, struct st_err *err)
{
	const struct argp_option *table = args_table(m, cli->mem);
	const struct argp_child children[] = { { &options_argp, 0, NULL, 0 }, { 0 } };
	const struct argp argp = { .options = table, .parser = args_parser, .children = children };
	const struct flag_set set = { .tables = { table, options_table } };
	struct args_state s = { cli, ret, { &cli->opt, cli->mem, err }, err };
	enum out_format glance = cli->opt.format;
	error_t rc;

	*ret = (struct args){ .m = m, .request = message_new(m->in->desc, cli->mem) };
	if (table == NULL || ret->request == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the command line");
	ST_TRY(flags_check(&set, argc - 1, argv + 1, err));
	cli->opt.format = OUT_TABLE; /* what was seen at first glance may have been a value */
	rc = argp_parse(&argp, argc, argv, ARGP_SILENT | ARGP_IN_ORDER, NULL, &s);
	if (rc != 0)
		cli->opt.format = glance;
	if (rc != 0 && err->code == ST_OK)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_ARGUMENTS", NULL,
			       "the arguments make no sense");
	return rc == 0 ? ST_OK : err->code;
}

static enum st_code args_ask_secret(struct cli *cli, struct args *a, unsigned i, struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = &a->m->in->desc->fields[i];
	const char *label = arena_printf(cli->mem, "%s: ", a->m->in->fields[i].label), *answer;

	if (label == NULL)
		return ST_RESOURCE_EXHAUSTED;
	ST_TRY(prompt_secret(cli, label, method_field_name(a->m, i, cli->mem), &answer, err));
	return field_set_text(a->request, f, answer, strlen(answer), cli->mem, err);
}

/* All that is missing in one sentence. */
static enum st_code args_missing(struct cli *cli, struct args *a, struct st_err *err)
{
	const char *list = "", *first = NULL;
	unsigned n = 0;

	if (a->m->import != NULL && a->import.file == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "file",
			       "name the CSV file to import ('-' is standard input)");
	for (unsigned i = 0; i < a->m->in->desc->n_fields && list != NULL; i++) {
		const ProtobufCFieldDescriptor *f = &a->m->in->desc->fields[i];

		if (!a->m->in->fields[i].required || field_is_set(a->request, f) ||
		    method_is_import(a->m, i) || method_is_own(a->m, i))
			continue;
		if (a->m->in->fields[i].secret && term_can_ask(&cli->term) && !cli->opt.no_input) {
			ST_TRY(args_ask_secret(cli, a, i, err));
			continue;
		}
		first = first != NULL ? first : f->name;
		list = arena_printf(cli->mem, "%s%s%s", list, n++ > 0 ? ", " : "",
				    method_field_name(a->m, i, cli->mem));
	}
	if (a->m->upload_end != NULL && a->file.n_files == 0 && list != NULL) {
		first = first != NULL ? first : "file";
		list = arena_printf(cli->mem, "%s%sFILE", list, n++ > 0 ? ", " : "");
	}
	if (n == 0)
		return ST_OK;
	return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", first, "missing: %s",
		       list != NULL ? list : "");
}

enum st_code args_complete(struct cli *cli, struct args *a, struct st_err *err)
{
	struct violations v = { .n = 0 };
	struct st_err own = { 0 };
	const struct field_rule *rule;
	unsigned field;

	ST_TRY(args_missing(cli, a, err));
	if (a->m->import != NULL || a->m->upload_end != NULL)
		return ST_OK; /* rows and files come later, one by one */
	if (message_validate(a->m->in, a->request, cli->mem, &v, &own) == ST_OK)
		return ST_OK;
	rule = args_rule(a->m->in, own.field, &field);
	if (rule == NULL)
		return st_fail(err, own.code, own.reason, own.field, "%s", own.message);
	return st_fail(err, own.code, own.reason, own.field, "%s: %s",
		       method_field_name(a->m, field, cli->mem), own.message);
}
