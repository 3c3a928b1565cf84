#include "client/cli/render.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/filter.h"
#include "client/cli/out.h"
#include "client/cli/pager.h"
#include "client/look/json.h"
#include "client/look/outcome.h"
#include "client/look/text.h"
#include "client/look/view.h"

enum st_code result_of(const struct rpc_method *m, const ProtobufCMessage *reply, struct arena *mem,
		       struct result *ret, struct st_err *err)
{
	int field = view_rows_field(m->out);
	const ProtobufCMessage **one;

	*ret = (struct result){ .m = m, .rules = m->out, .n = 1 };
	if (field >= 0) {
		ret->list = true;
		ret->rules = m->out->fields[field].sub;
		ret->rows = view_rows(reply, &m->out->desc->fields[field], mem, &ret->n);
	} else {
		one = arena_array(mem, const ProtobufCMessage *, 1);
		if (one != NULL)
			one[0] = reply;
		ret->rows = one;
	}
	if (ret->rows == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	return ST_OK;
}

/* Where files are sent or fetched it is the thing that the file became. */
const struct message_rules *result_rules(const struct rpc_method *m)
{
	int field = view_rows_field(m->out);

	if (field >= 0)
		return m->out->fields[field].sub;
	for (unsigned i = 0;
	     (m->upload_end != NULL || m->download != NULL) && i < m->out->desc->n_fields; i++)
		if (m->out->fields[i].sub != NULL)
			return m->out->fields[i].sub;
	return m->out;
}

enum st_code result_check(const struct cli *cli, const struct rpc_method *m, struct st_err *err)
{
	const struct message_rules *rules = result_rules(m);
	const char *sort = cli->opt.sort;

	if (cli->opt.fields != NULL)
		ST_TRY(json_check_fields(rules, cli->opt.fields, cli->mem, err));
	if (cli->opt.columns != NULL)
		ST_TRY(json_check_fields(rules, cli->opt.columns, cli->mem, err));
	while (sort != NULL && *sort != '\0') {
		size_t len = strcspn(sort, ",");
		const char *path = arena_strndup(cli->mem, sort + (*sort == '-' ? 1 : 0),
						 len - (*sort == '-' ? 1 : 0));

		if (path != NULL)
			ST_TRY(json_check_fields(rules, path, cli->mem, err));
		sort += len + (sort[len] == ',' ? 1 : 0);
	}
	return ST_OK;
}

enum st_code result_json_text(const struct cli *cli, struct json_t *j, FILE *out,
			      struct st_err *err)
{
	bool pretty = cli->opt.format == OUT_JSON && cli->term.out_tty;
	char *text = json_dumps(j, (pretty ? JSON_INDENT(2) : JSON_COMPACT) | JSON_ENCODE_ANY);
	enum st_code code = ST_OK;

	if (text == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	if (cli->opt.jq != NULL)
		code = filter_jq(cli->opt.jq, text, out, err);
	else
		(void)fprintf(out, "%s\n", text);
	free(text);
	return code;
}

static json_t *result_json_row(const struct cli *cli, const struct result *r, size_t i)
{
	if (cli->opt.fields != NULL)
		return json_of_fields(r->rows[i], r->rules, cli->opt.fields, cli->mem);
	return json_of_message(r->rows[i], r->rules, cli->mem);
}

static enum st_code result_json(const struct cli *cli, const struct result *r, FILE *out,
				struct st_err *err)
{
	bool lines = cli->opt.format == OUT_JSONL;
	json_t *all = json_array();
	enum st_code code = ST_OK;

	for (size_t i = 0; i < r->n && code == ST_OK; i++) {
		json_t *row = result_json_row(cli, r, i);

		if (lines) {
			code = result_json_text(cli, row, out, err);
			json_decref(row);
		} else {
			(void)json_array_append_new(all, row);
		}
	}
	if (!lines && !r->list && !r->many)
		code = result_json_text(cli, json_array_get(all, 0), out, err);
	else if (!lines)
		code = result_json_text(cli, all, out, err);
	json_decref(all);
	return code;
}

/* All visible values of a record, those of its single sub-messages with their name before. */
static const char *result_record_paths(const struct message_rules *rules, const char *prefix,
				       struct arena *mem)
{
	const char *all = "";

	for (unsigned i = 0; i < rules->desc->n_fields && all != NULL; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];
		const char *path;

		if (rules->fields[i].hidden)
			continue;
		if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
			if (f->label == PROTOBUF_C_LABEL_REPEATED)
				continue;
			path = arena_printf(mem, "%s%s.", prefix, f->name);
			path = path != NULL ? result_record_paths(rules->fields[i].sub, path, mem)
					    : "";
		} else {
			path = arena_printf(mem, "%s%s", prefix, f->name);
		}
		if (path == NULL || path[0] == '\0')
			continue;
		all = arena_printf(mem, "%s%s%s", all, all[0] != '\0' ? "," : "", path);
	}
	return all != NULL ? all : "";
}

static enum st_code result_view(struct cli *cli, const struct result *r, struct view *ret,
				struct st_err *err)
{
	const char *paths = cli->opt.columns;

	if (paths == NULL && r->list && cli->opt.format == OUT_TABLE)
		paths = r->m->columns;
	if (paths == NULL && !r->list)
		paths = result_record_paths(r->rules, "", cli->mem);
	ST_TRY(view_make(r->rules, r->rows, r->n, paths, cli->mem, ret, err));
	if (cli->opt.sort != NULL)
		ST_TRY(view_sort(ret, cli->opt.sort, cli->mem, err));
	return ST_OK;
}

/* The name of a record is that of what the command was about. */
static const char *result_name(const struct rpc_method *m, const ProtobufCMessage *msg,
			       struct arena *mem)
{
	const char *name = view_full_name(outcome_subject(m, msg), mem);

	return name != NULL ? name : view_full_name(msg, mem);
}

static void result_names(struct cli *cli, const struct result *r, FILE *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *name = r->list ? view_full_name(r->rows[i], cli->mem)
					   : result_name(r->m, r->rows[i], cli->mem);

		if (name == NULL)
			continue;
		text_put(out, name);
		(void)fputc('\n', out);
	}
}

static enum st_code result_table(struct cli *cli, const struct result *r, FILE *out,
				 struct st_err *err)
{
	size_t width = cli->term.out_tty ? (size_t)cli->term.width : 0;
	struct view v;

	if (r->list || cli->opt.columns != NULL) {
		ST_TRY(result_view(cli, r, &v, err));
		if (v.n_rows == 0 && cli->term.err_tty)
			cli_say(cli, "Nothing found.");
		return out_table(out, &v, width, cli->term.out_color, cli->mem, err);
	}
	for (size_t i = 0; i < r->n; i++) {
		if (i > 0)
			(void)fputs("\n", out);
		ST_TRY(out_record(out, r->rules, r->rows[i], r->m->columns, width,
				  cli->term.out_color, cli->mem, err));
	}
	return ST_OK;
}

static enum st_code result_write(struct cli *cli, const struct result *r, FILE *out,
				 struct st_err *err)
{
	struct view v;

	switch (cli->opt.format) {
	case OUT_JSON:
	case OUT_JSONL:
		return result_json(cli, r, out, err);
	case OUT_NAME:
		result_names(cli, r, out);
		return ST_OK;
	case OUT_TABLE:
		return result_table(cli, r, out, err);
	case OUT_CSV:
		ST_TRY(result_view(cli, r, &v, err));
		out_csv(out, &v, cli->term.out_is_file ? CSV_FILE : CSV_PIPE, cli->mem);
		return ST_OK;
	default:
		ST_TRY(result_view(cli, r, &v, err));
		out_csv(out, &v, cli->opt.format == OUT_TSV ? CSV_TABS : CSV_PLAIN, cli->mem);
		return ST_OK;
	}
}

enum st_code result_show(struct cli *cli, const struct result *r, struct st_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	enum st_code code;

	if (out == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	code = result_write(cli, r, out, err);
	if (fclose(out) != 0 && code == ST_OK)
		code = st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	if (code == ST_OK)
		code = pager_show(cli, text, len, err);
	free(text);
	return code;
}

static enum st_code line_write(struct cli *line, const struct result *r, FILE *out, bool first,
			       struct st_err *err)
{
	enum csv_kind kind = CSV_PLAIN;
	struct view v;

	if (line->opt.format == OUT_JSON)
		line->opt.format = OUT_JSONL;
	if (cli_is_json(line) || line->opt.format == OUT_NAME)
		return result_write(line, r, out, err);
	ST_TRY(result_view(line, r, &v, err));
	if (line->opt.format == OUT_TABLE) {
		if (first)
			out_stream_heading(out, &v, line->term.out_color, line->mem);
		out_stream_rows(out, &v, line->mem);
		return ST_OK;
	}
	if (line->opt.format == OUT_CSV)
		kind = line->term.out_is_file ? CSV_FILE : CSV_PIPE;
	else if (line->opt.format == OUT_TSV)
		kind = CSV_TABS;
	if (first)
		csv_heading(out, &v, kind);
	csv_rows(out, &v, kind, line->mem);
	return ST_OK;
}

enum st_code result_line(struct cli *cli, const struct rpc_method *m, const ProtobufCMessage *msg,
			 bool first, struct arena *mem, struct st_err *err)
{
	const ProtobufCMessage *rows[1] = { msg };
	struct result r = { .m = m, .rules = m->out, .rows = rows, .n = 1, .list = true };
	struct cli line =
		*cli; /* the same is asked for, but everything of this line dies with its arena */
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	enum st_code code;

	if (out == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	line.mem = mem;
	code = line_write(&line, &r, out, first, err);
	if (fclose(out) == 0 && code == ST_OK)
		code = stdout_write(text, len, err);
	free(text);
	return code;
}
