#include "client/cli/import.h"

#include <string.h>

#include "client/cli/confirm.h"
#include "client/cli/errors.h"
#include "client/cli/invoke.h"
#include "common/file.h"

#define FILE_BYTES_MAX (1u << 30)
#define BATCH_ROWS 500
#define BATCH_BYTES (1u << 20)

/* ',' unless told otherwise; a tab for files called so. */
static enum st_code import_delimiter(const struct import_args *im, char *ret, struct st_err *err)
{
	size_t n = strlen(im->file);

	*ret = n > 4 && strcmp(im->file + n - 4, ".tsv") == 0 ? '\t' : ',';
	if (im->delimiter == NULL)
		return ST_OK;
	if (strcmp(im->delimiter, "\\t") == 0 || strcmp(im->delimiter, "tab") == 0)
		*ret = '\t';
	else if (strlen(im->delimiter) == 1 && strchr("\"\r\n", im->delimiter[0]) == NULL)
		*ret = im->delimiter[0];
	else
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_VALUE", "--delimiter",
			       "--delimiter takes one character, or 'tab', not '%s'",
			       im->delimiter);
	return ST_OK;
}

static enum st_code import_open(struct import_run *run, struct st_err *err)
{
	const struct import_args *im = &run->a->import;
	struct arena *mem = run->cli->mem;
	struct slice text;
	char delimiter;

	ST_TRY(import_delimiter(im, &delimiter, err));
	ST_TRY(file_read(im->file, FILE_BYTES_MAX, mem, &text, err));
	if (camt_is_xml(text)) {
		run->is_camt = true;
		ST_TRY(camt_open(&run->camt, text, mem, err));
		run->header = run->camt.header;
		return import_map_make(run->row, &run->header, im, mem, &run->map, err);
	}
	ST_TRY(csv_open(&run->in, text, im->encoding, delimiter, mem, err));
	if (!csv_next(&run->in, mem, &run->header))
		return st_fail(err, ST_INVALID_ARGUMENT, "EMPTY_FILE", NULL,
			       "%s is empty; its first line must name the columns", im->file);
	if (run->header.error != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_HEADER", NULL,
			       "line %lu, the names of the columns: %s", run->header.line,
			       run->header.error);
	return import_map_make(run->row, &run->header, im, mem, &run->map, err);
}

bool import_next(struct import_run *run, struct arena *mem, struct csv_record *ret)
{
	return run->is_camt ? camt_next(&run->camt, ret) : csv_next(&run->in, mem, ret);
}

/* As many rows as the daemon takes in one call. */
static enum st_code import_plan(struct import_run *run, struct st_err *err)
{
	const struct rpc_method *m = run->a->m;
	unsigned i;
	const struct field_rule *rule = args_rule(m->in, m->import, &i);
	size_t bytes = m->max_bytes > 0 ? m->max_bytes : BATCH_BYTES;

	if (rule == NULL || rule->sub == NULL)
		return st_fail(err, ST_INTERNAL, NULL, NULL, "%s has no rows to import", m->name);
	run->rows = &m->in->desc->fields[i];
	run->row = rule->sub;
	run->batch_rows = rule->max > 0 && rule->max < BATCH_ROWS ? rule->max : BATCH_ROWS;
	if (run->a->import.batch > 0 && (size_t)run->a->import.batch < run->batch_rows)
		run->batch_rows = (size_t)run->a->import.batch;
	run->batch_bytes = bytes / 2; /* the last row may be long */
	return ST_OK;
}

static int import_finish(struct import_run *run)
{
	struct st_err err = { 0 };
	int rc;

	csv_close(&run->in);
	if (run->a->import.report != NULL &&
	    import_write_report(run, run->a->import.report, &err) != ST_OK)
		return report_err(run->cli, &err);
	if (run->failure.err.code != ST_OK) {
		rc = invoke_report(run->cli, &run->failure);
		if (import_show(run, &err) != ST_OK)
			return report_err(run->cli, &err);
		return rc;
	}
	if (import_show(run, &err) != ST_OK)
		return report_err(run->cli, &err);
	return run->n_rejects > 0 ? EXIT_PARTLY : EXIT_DONE;
}

int import_run(struct cli *cli, struct args *a)
{
	struct import_run run = { .cli = cli, .a = a, .started_ms = clock_mono_ms(&clock_system) };
	struct st_err err = { 0 };
	const char *unused;

	if (import_plan(&run, &err) != ST_OK || import_open(&run, &err) != ST_OK ||
	    cli_client(cli, &err) != ST_OK || confirm_danger(cli, a, &err) != ST_OK) {
		csv_close(&run.in);
		return report_usage(cli, &err, NULL);
	}
	unused = import_map_unused(&run.map, cli->mem);
	if (unused[0] != '\0' && !cli_is_json(cli))
		cli_say(cli, "Columns that are not taken: %s", unused);
	if (run.camt.expected > 0 && !cli_is_json(cli))
		cli_say(cli, "Entries that the bank has not booked yet: %zu", run.camt.expected);
	if (import_send_all(&run, &err) != ST_OK) {
		csv_close(&run.in);
		return report_err(cli, &err);
	}
	return import_finish(&run);
}
