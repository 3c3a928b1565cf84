/*
 * First byte: encoding and delimiter; second: which import takes the rows. The rest: the file.
 * Every record is within the file and after the one before; what it holds, quoted anew, is read as
 * the same; and its cells go through the mapping into a row's message.
 */
#include "client/cli/csv_in.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/import_map.h"
#include "common/utf8.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (32u << 20)
#define IMPORTS_MAX 32

/* The rows of every method that takes a file. */
static const struct message_rules *pick_rows(unsigned n)
{
	static const struct message_rules *rows[IMPORTS_MAX];
	static unsigned count;

	for (size_t i = 0; count == 0 && i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		const ProtobufCFieldDescriptor *f = m->import != NULL
							    ? message_field(m->in->desc, m->import)
							    : NULL;

		if (f != NULL && f->type == PROTOBUF_C_TYPE_MESSAGE && count < IMPORTS_MAX)
			rows[count++] = m->in->fields[f - m->in->desc->fields].sub;
	}
	must(count > 0);
	return rows[n % count];
}

static void append(char **at, const char *bytes, size_t len)
{
	memcpy(*at, bytes, len);
	*at += len;
}

/* The cells, every one of them in quotes. */
static struct slice quote(const struct csv_record *r, char delimiter, struct arena *mem)
{
	size_t room = 2;
	char *out, *at;

	for (size_t i = 0; i < r->n; i++)
		room += 2 * strlen(r->cells[i]) + 3;
	out = at = arena_alloc(mem, room);
	must(out != NULL);
	for (size_t i = 0; i < r->n; i++) {
		if (i > 0)
			*at++ = delimiter;
		*at++ = '"';
		for (const char *c = r->cells[i]; *c != '\0'; c++)
			append(&at, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
		*at++ = '"';
	}
	*at++ = '\n';
	return slice_of(out, (size_t)(at - out));
}

static void check_again(const struct csv_record *r, char delimiter, struct arena *mem)
{
	struct slice text = quote(r, delimiter, mem);
	struct st_err err = { 0 };
	struct csv_record again;
	struct csv_in in;

	/* A quoted mark at the beginning would be no text but a mark of the file's encoding. */
	must(csv_open(&in, text, "UTF-8", delimiter, mem, &err) == ST_OK);
	must(csv_next(&in, mem, &again));
	must(again.error == NULL && again.n == r->n);
	for (size_t i = 0; i < r->n; i++)
		must(strcmp(again.cells[i], r->cells[i]) == 0);
	must(!csv_next(&in, mem, &again));
	csv_close(&in);
}

static void check_record(const struct csv_in *in, const struct csv_record *r, unsigned long line)
{
	must(r->line > line && r->line <= in->line);
	must(r->raw.len == 0 ||
	     (r->raw.data >= in->text.data && r->raw.data + r->raw.len <= in->text.data + in->at));
	if (r->error != NULL)
		return;
	must(r->n > 0);
	for (size_t i = 0; i < r->n; i++)
		must(utf8_ok((const uint8_t *)r->cells[i], strlen(r->cells[i])));
}

static void read_rows(struct csv_in *in, const struct message_rules *rules, struct arena *mem)
{
	const struct import_args args = { .file = "rows.csv" };
	struct csv_record header, r;
	struct import_map map;
	struct st_err err = { 0 };
	unsigned long line = 0;
	bool mapped;

	if (!csv_next(in, mem, &header))
		return;
	check_record(in, &header, line);
	mapped = header.error == NULL &&
		 import_map_make(rules, &header, &args, mem, &map, &err) == ST_OK;
	line = header.line;
	while (!mem->refused && csv_next(in, mem, &r)) {
		ProtobufCMessage *row = message_new(rules->desc, mem);

		if (mem->refused)
			return;
		check_record(in, &r, line);
		line = r.line;
		if (r.error != NULL)
			continue;
		if (mapped && import_map_row(&map, &r, mem, row, &err) != ST_OK)
			must(mem->refused || err.field[0] != '\0');
		if (!mem->refused && strlen(r.cells[0]) < 1000)
			check_again(&r, in->delimiter, mem);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const encodings[] = { NULL,     "UTF-8",  "GB18030",
						 "UTF-16", "LATIN1", "no-such-encoding" };
	struct st_err err = { 0 };
	struct csv_in in;
	struct arena mem;

	if (size < 2)
		return 0;
	arena_init(&mem, ARENA_MAX);
	if (csv_open(&in, slice_of(data + 2, size - 2), encodings[(data[0] & 7) % 6],
		     ",;\t|"[data[0] >> 3 & 3], &mem, &err) == ST_OK) {
		read_rows(&in, pick_rows(data[1]), &mem);
		csv_close(&in);
	} else {
		must(err.message[0] != '\0');
	}
	arena_fini(&mem);
	return 0;
}
