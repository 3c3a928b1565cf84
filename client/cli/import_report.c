#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/import.h"
#include "client/cli/out.h"
#include "client/cli/pager.h"
#include "client/cli/render.h"
#include "client/look/json.h"
#include "client/look/money.h"
#include "client/look/text.h"
#include "common/file.h"

#define PROGRESS_MS 500u

static const char *import_number(size_t n, struct arena *mem)
{
	char text[40];

	return arena_strdup(mem, money_format((int64_t)n, 0, true, text));
}

const char *import_sentence(const struct import_counts *c, bool changed, struct arena *mem)
{
	const char *text = arena_printf(mem, "%s rows: %s taken", import_number(c->rows, mem),
					import_number(c->by[IMPORT_TAKEN], mem));

	if (text != NULL && (changed || c->by[IMPORT_CHANGED] > 0))
		text = arena_printf(mem, "%s, %s changed", text,
				    import_number(c->by[IMPORT_CHANGED], mem));
	if (text != NULL)
		text = arena_printf(mem, "%s, %s unchanged, %s rejected", text,
				    import_number(c->by[IMPORT_UNCHANGED], mem),
				    import_number(c->by[IMPORT_REJECTED], mem));
	if (text != NULL && c->not_sent > 0)
		text = arena_printf(mem, "%s, %s not sent", text, import_number(c->not_sent, mem));
	return text != NULL ? text : "";
}

void import_progress(struct import_run *run)
{
	const struct cli *cli = run->cli;
	uint64_t now = clock_mono_ms(&clock_system);
	size_t at = run->is_camt ? run->camt.at : run->in.at;
	size_t all = run->is_camt ? run->camt.n : run->in.text.len;
	int percent = all > 0 ? (int)(at * 100 / all) : 100;

	if (cli->opt.quiet || cli_is_json(cli) || now - run->started_ms < PROGRESS_MS)
		return;
	if (cli->term.err_tty && now - run->told_ms >= PROGRESS_MS / 5) {
		(void)fprintf(stderr, "\r%s rows, %d %%\033[K",
			      import_number(run->counts.rows, cli->mem), percent);
		run->told_ms = now;
	} else if (!cli->term.err_tty && percent / 10 > run->told_tenth) {
		(void)fprintf(stderr, "%zu rows, %d %%\n", run->counts.rows, percent);
		run->told_tenth = percent / 10;
	}
}

static json_t *import_json(const struct import_run *run)
{
	const struct import_counts *c = &run->counts;
	json_t *list = json_array();

	for (size_t i = 0; i < run->n_rejects; i++) {
		const struct import_reject *r = &run->rejects[i];

		(void)json_array_append_new(list,
					    json_pack("{s:I, s:s?, s:s?, s:s?}", "line",
						      (json_int_t)r->line, "column", r->column,
						      "number", r->number, "reason", r->reason));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "rows", (json_int_t)c->rows,
			 "taken", (json_int_t)c->by[IMPORT_TAKEN], "changed",
			 (json_int_t)c->by[IMPORT_CHANGED], "unchanged",
			 (json_int_t)c->by[IMPORT_UNCHANGED], "not_sent", (json_int_t)c->not_sent,
			 "dry_run", run->dry_run_seen, "rejected", list);
}

static void import_csv(const struct import_run *run, enum csv_kind kind, FILE *out)
{
	csv_begin(out, kind);
	if (kind != CSV_PLAIN) {
		csv_put(out, kind, true, "line", false);
		csv_put(out, kind, false, "column", false);
		csv_put(out, kind, false, "number", false);
		csv_put(out, kind, false, "reason", false);
		csv_end_row(out, kind);
	}
	for (size_t i = 0; i < run->n_rejects; i++) {
		char line[24];

		(void)snprintf(line, sizeof(line), "%lu", run->rejects[i].line);
		csv_put(out, kind, true, line, false);
		csv_put(out, kind, false, run->rejects[i].column, true);
		csv_put(out, kind, false, run->rejects[i].number, true);
		csv_put(out, kind, false, run->rejects[i].reason, true);
		csv_end_row(out, kind);
	}
}

static void import_table(const struct import_run *run, FILE *out)
{
	size_t width = run->cli->term.out_tty ? (size_t)run->cli->term.width : 0;

	for (size_t i = 0; i < run->n_rejects; i++) {
		const struct import_reject *r = &run->rejects[i];

		(void)fprintf(out, "line %-7lu ", r->line);
		if (r->number != NULL && r->number[0] != '\0') {
			text_put(out, r->number);
			(void)fputs("  ", out);
		}
		if (r->column != NULL && r->column[0] != '\0' &&
		    strstr(r->reason, r->column) == NULL) {
			text_put(out, r->column);
			(void)fputs(": ", out);
		}
		text_wrap(out, text_clean(r->reason, false, run->cli->mem),
			  width > 40 ? width - 14 : 0, 13);
		(void)fputc('\n', out);
	}
	(void)fprintf(out, "%s%s%s\n", run->n_rejects > 0 ? "\n" : "",
		      run->dry_run_seen ? "Dry run, nothing was kept: " : "",
		      import_sentence(&run->counts, false, run->cli->mem));
}

static enum st_code import_write(struct import_run *run, FILE *out, struct st_err *err)
{
	enum st_code code = ST_OK;
	json_t *j;

	switch (run->cli->opt.format) {
	case OUT_JSON:
	case OUT_JSONL:
		j = import_json(run);
		code = result_json_text(run->cli, j, out, err);
		json_decref(j);
		return code;
	case OUT_CSV:
		import_csv(run, run->cli->term.out_is_file ? CSV_FILE : CSV_PIPE, out);
		break;
	case OUT_TSV:
	case OUT_PLAIN:
		import_csv(run, run->cli->opt.format == OUT_TSV ? CSV_TABS : CSV_PLAIN, out);
		break;
	default:
		import_table(run, out);
		return ST_OK;
	}
	cli_say(run->cli, "%s", import_sentence(&run->counts, false, run->cli->mem));
	return ST_OK;
}

static int import_by_line(const void *a, const void *b)
{
	const struct import_reject *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

enum st_code import_show(struct import_run *run, struct st_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	enum st_code code;

	if (out == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	if (run->told_ms > 0)
		(void)fputs("\r\033[K", stderr);
	if (run->n_rejects > 0)
		qsort(run->rejects, run->n_rejects, sizeof(*run->rejects), import_by_line);
	code = import_write(run, out, err);
	if (fclose(out) == 0 && code == ST_OK)
		code = pager_show(run->cli, text, len, err);
	free(text);
	return code;
}

enum st_code import_write_report(const struct import_run *run, const char *path, struct st_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	enum st_code code;

	if (out == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the report");
	(void)fputs("line,reason", out);
	for (size_t i = 0; i < run->header.n; i++)
		csv_put(out, CSV_PIPE, false, run->header.cells[i], true);
	csv_end_row(out, CSV_PIPE);
	for (size_t i = 0; i < run->n_rejects; i++) {
		(void)fprintf(out, "%lu", run->rejects[i].line);
		csv_put(out, CSV_PIPE, false, run->rejects[i].reason, true);
		(void)fputc(',', out);
		(void)fwrite(run->rejects[i].raw.data, 1, run->rejects[i].raw.len, out);
		csv_end_row(out, CSV_PIPE);
	}
	if (fclose(out) != 0)
		code = st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the report");
	else
		code = file_replace(path, slice_of(text, len), err);
	free(text);
	return code;
}
