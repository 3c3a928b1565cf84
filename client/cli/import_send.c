#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/import.h"
#include "client/cli/invoke.h"
#include "client/look/value.h"

#define BATCH_ARENA (128u << 20)
#define ROW_OVERHEAD 64 /* bytes of tags and lengths, at most */

struct batch_row {
	ProtobufCMessage *message;
	unsigned long line;
	struct slice raw;
	bool answered;
};

struct batch {
	struct list link;
	struct import_run *run;
	struct arena mem;
	struct batch_row *rows;
	size_t n, bytes;
	ProtobufCMessage *request;
};

bool import_reject(struct import_run *run, unsigned long line, struct slice raw, const char *column,
		   const char *number, const char *reason)
{
	struct arena *mem = run->cli->mem;

	run->rejects = arena_grow(mem, run->rejects, run->n_rejects, sizeof(*run->rejects));
	if (run->rejects == NULL)
		return false;
	run->rejects[run->n_rejects++] = (struct import_reject){
		.line = line,
		.column = arena_strdup(mem, column),
		.number = arena_strdup(mem, number),
		.reason = arena_strdup(mem, reason),
		.raw = raw,
	};
	run->counts.by[IMPORT_REJECTED]++;
	return true;
}

enum import_outcome import_outcome_of(const char *word)
{
	static const char *const words[IMPORT_OUTCOMES] = { "taken", "changed", "unchanged",
							    "rejected" };

	for (size_t i = 0; word != NULL && i < IMPORT_OUTCOMES; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum import_outcome)i;
	return IMPORT_REJECTED;
}

/* Ends everything: what is not sent yet stays so. */
static void import_stop(struct import_run *run, const struct call_result *why)
{
	if (run->failure.err.code != ST_OK)
		return;
	run->failure = *why;
	run->failure.reply = NULL;
	run->failure.violations = NULL;
	run->failure.n_violations = 0;
}

static void import_out_of_memory(struct import_run *run)
{
	struct call_result r = { 0 };

	(void)st_fail(&r.err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL, "no memory for the import");
	import_stop(run, &r);
}

static void batch_free(struct batch *b)
{
	arena_fini(&b->mem);
	free(b);
}

static struct batch *batch_new(struct import_run *run)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	arena_init(&b->mem, BATCH_ARENA);
	b->run = run;
	list_init(&b->link);
	return b;
}

/* Rows that say which of several equal ones they are: counted over the whole file, whatever batches
 * they travel in. The line is set after the columns, so it is left out by hand. */
static enum st_code batch_count_copy(struct batch *b, ProtobufCMessage *row, struct st_err *err)
{
	const struct import_map *map = &b->run->map;
	const ProtobufCFieldDescriptor *line = &map->row->desc->fields[map->line_field];
	const char *place, *text = NULL;
	uint8_t *packed;
	size_t len;

	if (map->copy_field < 0 || map->line_field < 0)
		return ST_OK;
	place = field_text(row, line, 0, &b->mem);
	field_clear(row, line);
	len = protobuf_c_message_get_packed_size(row);
	packed = arena_alloc(&b->mem, len);
	if (packed != NULL && place != NULL)
		text = arena_printf(
			&b->mem, "%u",
			import_copy_of(&b->run->copies,
				       slice_of(packed, protobuf_c_message_pack(row, packed)),
				       b->run->cli->mem));
	if (text == NULL || strcmp(text, "0") == 0)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the rows");
	ST_TRY(value_set(row, map->row, (unsigned)map->copy_field, text, &b->mem, err));
	return value_set(row, map->row, (unsigned)map->line_field, place, &b->mem, err);
}

/* Reads one record into a row; a bad one is rejected right here. */
static bool batch_add_record(struct batch *b, const struct csv_record *record)
{
	struct import_run *run = b->run;
	struct violations v = { .n = 0 };
	struct st_err err = { 0 };
	struct batch_row *row;

	run->counts.rows++;
	if (record->error != NULL)
		return import_reject(run, record->line, record->raw, "", "", record->error);
	b->rows = arena_grow(&b->mem, b->rows, b->n, sizeof(*b->rows));
	if (b->rows == NULL)
		return false;
	row = &b->rows[b->n];
	*row = (struct batch_row){ message_new(run->row->desc, &b->mem), record->line, record->raw,
				   false };
	if (row->message == NULL)
		return false;
	if (record->n > run->header.n)
		(void)st_fail(&err, ST_INVALID_ARGUMENT, "TOO_MANY_CELLS", NULL,
			      "it has %zu values, but there are %zu columns", record->n,
			      run->header.n);
	else if (import_map_row(&run->map, record, &b->mem, row->message, &err) == ST_OK &&
		 batch_count_copy(b, row->message, &err) == ST_OK)
		(void)message_validate(run->row, row->message, &b->mem, &v, &err);
	if (err.code != ST_OK)
		return import_reject(run, record->line, record->raw, err.field, "", err.message);
	b->n++;
	b->bytes += record->raw.len + ROW_OVERHEAD;
	return true;
}

/* The next batch; NULL: there are no more rows, or something failed. */
static struct batch *batch_read(struct import_run *run)
{
	struct batch *b = batch_new(run);

	if (b == NULL) {
		import_out_of_memory(run);
		return NULL;
	}
	while (b->n < run->batch_rows && b->bytes < run->batch_bytes) {
		struct csv_record record;

		if (!import_next(run, &b->mem, &record)) {
			run->read_all = true;
			break;
		}
		if (!batch_add_record(b, &record)) {
			import_out_of_memory(run);
			break;
		}
	}
	if (b->n > 0)
		return b;
	batch_free(b);
	return NULL;
}

/* The request as typed with this batch's rows. */
static bool batch_build(struct batch *b)
{
	struct import_run *run = b->run;
	const ProtobufCMessage *typed = run->a->request;

	b->request = arena_alloc(&b->mem, typed->descriptor->sizeof_message);
	if (b->request == NULL)
		return false;
	memcpy(b->request, typed, typed->descriptor->sizeof_message);
	field_clear(b->request, run->rows);
	for (size_t i = 0; i < b->n; i++) {
		ProtobufCMessage *slot = field_add_message(b->request, run->rows, &b->mem);

		if (slot == NULL)
			return false;
		memcpy(slot, b->rows[i].message, slot->descriptor->sizeof_message);
	}
	return true;
}

/* A key of its own for each batch, the same again when the same file is imported under the same
 * key. */
static struct uuid batch_key(const struct import_run *run)
{
	struct uuid key = run->cli->opt.key;

	if (uuid_is_zero(&key))
		return key;
	for (size_t i = 0; i < 4; i++)
		key.b[15 - i] ^= (uint8_t)(run->batches >> (8 * i));
	return key;
}

static const char *batch_field(const ProtobufCMessage *msg, const char *name, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, name);
	const char *text = f != NULL ? field_text(msg, f, 0, mem) : NULL;

	return text != NULL ? text : "";
}

/* By its line; where rows carry none, by its place. */
static struct batch_row *batch_row_of(struct batch *b, const ProtobufCMessage *result, size_t place)
{
	const char *line = batch_field(result, "line", &b->mem);

	if (b->run->map.line_field < 0 || line[0] == '\0')
		return place < b->n ? &b->rows[place] : NULL;
	for (size_t i = 0; i < b->n; i++) {
		char own[24];

		(void)snprintf(own, sizeof(own), "%lu", b->rows[i].line);
		if (strcmp(own, line) == 0)
			return &b->rows[i];
	}
	return NULL;
}

static bool batch_take_result(struct batch *b, const ProtobufCMessage *result, size_t place)
{
	struct batch_row *row = batch_row_of(b, result, place);
	enum import_outcome outcome = import_outcome_of(batch_field(result, "outcome", &b->mem));
	const char *number;

	if (row == NULL || row->answered)
		return true; /* nothing we asked about */
	row->answered = true;
	if (outcome != IMPORT_REJECTED) {
		b->run->counts.by[outcome]++;
		return true;
	}
	number = batch_field(result, "ref", &b->mem);
	if (number[0] == '\0')
		number = batch_field(result, "number", &b->mem);
	return import_reject(b->run, row->line, row->raw, batch_field(result, "blame", &b->mem),
			     number, batch_field(result, "reason", &b->mem));
}

static void batch_take_reply(struct batch *b, const ProtobufCMessage *reply)
{
	const struct message_rules *out = b->run->a->m->out;
	bool good = true;

	for (unsigned i = 0; i < out->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &out->desc->fields[i];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		for (size_t k = 0; k < field_count(reply, f); k++)
			good = batch_take_result(b, field_message(reply, f, k), k) && good;
		break;
	}
	for (size_t i = 0; i < b->n; i++)
		if (!b->rows[i].answered)
			good = import_reject(b->run, b->rows[i].line, b->rows[i].raw, "", "",
					     "the server did not say what became of it") &&
			       good;
	if (!good)
		import_out_of_memory(b->run);
}

/* "rows[3].opened" -> 3 and "opened"; -1: not about a row. */
static long batch_violation_row(const struct batch *b, const char *field, const char **ret_column)
{
	size_t len = strlen(b->run->rows->name);
	char *end;
	long n;

	if (strncmp(field, b->run->rows->name, len) != 0 || field[len] != '[')
		return -1;
	n = strtol(field + len + 1, &end, 10);
	if (*end != ']' || n < 0 || (size_t)n >= b->n)
		return -1;
	*ret_column = end[1] == '.' ? end + 2 : "";
	return n;
}

/* The daemon found rows at fault before it looked at any: they are rejected, the others go out
 * again. */
static bool batch_drop_bad(struct batch *b, const struct call_result *r)
{
	size_t kept = 0;
	bool any = false;

	for (size_t i = 0; i < r->n_violations; i++) {
		const char *column;
		long n = batch_violation_row(b, r->violations[i].field, &column);

		if (n < 0 || b->rows[n].answered)
			continue;
		any = true;
		b->rows[n].answered = true;
		if (!import_reject(b->run, b->rows[n].line, b->rows[n].raw, column, "",
				   r->violations[i].message))
			import_out_of_memory(b->run);
	}
	for (size_t i = 0; i < b->n; i++)
		if (!b->rows[i].answered)
			b->rows[kept++] = b->rows[i];
	b->n = kept;
	return any;
}

static void batch_done(void *arg, struct call_result *r)
{
	struct batch *b = arg;
	struct import_run *run = b->run;

	uv_stop(cli_loop(run->cli)); /* there may be something to do at once */
	run->under_way--;
	run->dry_run_seen = run->dry_run_seen || r->dry_run;
	if (r->err.code == ST_OK) {
		batch_take_reply(b, r->reply);
	} else if (r->err.code == ST_INVALID_ARGUMENT && batch_drop_bad(b, r)) {
		if (b->n > 0) {
			list_push(&run->again, &b->link);
			return;
		}
	} else {
		run->counts.not_sent += b->n;
		import_stop(run, r);
	}
	batch_free(b);
}

static void batch_start(struct batch *b)
{
	struct import_run *run = b->run;
	struct call_options o = invoke_options(run->cli, run->a->m);
	struct call_result failed = { 0 };
	struct call *call;

	o.key = batch_key(run);
	run->batches++;
	if (!batch_build(b)) {
		import_out_of_memory(run);
	} else if (client_start(run->cli->client, run->a->m, b->request, &o, &b->mem, batch_done, b,
				&call, &failed.err) == ST_OK) {
		run->under_way++;
		return;
	} else {
		import_stop(run, &failed);
	}
	run->counts.not_sent += b->n;
	batch_free(b);
}

/* What was never read counts as not sent, so that the sum is the file. */
static void import_count_rest(struct import_run *run)
{
	struct list *node;

	while ((node = list_pop(&run->again)) != NULL) {
		struct batch *b = container_of(node, struct batch, link);

		run->counts.not_sent += b->n;
		batch_free(b);
	}
	while (!run->read_all) {
		struct csv_record record;
		struct arena mem;

		arena_init(&mem, BATCH_ARENA);
		run->read_all = !import_next(run, &mem, &record);
		arena_fini(&mem);
		run->counts.rows += run->read_all ? 0 : 1;
		run->counts.not_sent += run->read_all ? 0 : 1;
	}
}

/* One batch at a time unless --parallel says more: a row may need one that stands before it. */
enum st_code import_send_all(struct import_run *run, struct st_err *err)
{
	unsigned most = run->a->import.parallel > 0 ? (unsigned)run->a->import.parallel : 1;
	struct interrupt stop;

	list_init(&run->again);
	ST_TRY(cli_client(run->cli, err));
	interrupt_start(&stop, run->cli, NULL);
	for (;;) {
		struct list *node = NULL;
		struct batch *b = NULL;

		import_progress(run);
		if (run->failure.err.code == ST_OK && run->under_way < most) {
			node = list_pop(&run->again);
			if (node != NULL)
				b = container_of(node, struct batch, link);
			else if (!run->read_all)
				b = batch_read(run);
		}
		if (b != NULL)
			batch_start(b);
		else if (run->under_way > 0)
			(void)uv_run(cli_loop(run->cli), UV_RUN_ONCE);
		else if (run->failure.err.code != ST_OK ||
			 (run->read_all && list_empty(&run->again)))
			break;
	}
	interrupt_stop(&stop);
	import_count_rest(run);
	return ST_OK;
}
