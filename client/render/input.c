#include "client/render/input.h"

#include <stdio.h>
#include <string.h>

#include "common/json_read.h"
#include "common/utf8.h"
#include "common/wire.h"

static enum st_code input_check_row(const Steward__PrintTable *table, size_t row, size_t index,
				    struct st_err *err)
{
	char field[80];

	if (table->rows[row]->n_cells <= table->n_columns)
		return ST_OK;
	(void)snprintf(field, sizeof(field), "tables[%zu].rows[%zu].cells", index, row);
	return st_fail(err, ST_INVALID_ARGUMENT, "TOO_MANY", field,
		       "%zu cells, but the table has %zu columns", table->rows[row]->n_cells,
		       table->n_columns);
}

static enum st_code input_check_document(const Steward__PrintDocument *d, size_t *rows,
					 struct st_err *err)
{
	for (size_t t = 0; t < d->n_tables; t++) {
		const Steward__PrintTable *table = d->tables[t];

		for (size_t r = 0; r < table->n_rows; r++)
			ST_TRY(input_check_row(table, r, t, err));
		*rows += table->n_rows;
	}
	if (*rows > INPUT_ROWS_MAX)
		return st_fail(err, ST_INVALID_ARGUMENT, "TOO_MANY", "tables",
			       "the documents have more than %u rows in all", INPUT_ROWS_MAX);
	return ST_OK;
}

void input_name_document(struct st_err *err, size_t i)
{
	struct st_err plain = *err;
	const char *sentence = plain.message;
	size_t len = strlen(plain.field);

	/* Sentences about JSON begin with the field already. */
	if (len > 0 && strncmp(sentence, plain.field, len) == 0 &&
	    strncmp(sentence + len, ": ", 2) == 0)
		sentence += len + 2;
	(void)snprintf(err->field, sizeof(err->field), "documents[%zu]%s%.90s", i,
		       len > 0 ? "." : "", plain.field);
	(void)snprintf(err->message, sizeof(err->message), "%s", sentence);
}

static enum st_code input_check(const Steward__PrintRequest *rq, struct st_err *err)
{
	size_t rows = 0;

	if (rq->has_width && rq->width != 384 && rq->width != 576)
		return st_fail(err, ST_INVALID_ARGUMENT, "NOT_A_CHOICE", "width",
			       "384 or 576 dots are possible");
	for (size_t i = 0; i < rq->n_documents; i++) {
		enum st_code code = input_check_document(rq->documents[i], &rows, err);

		if (code != ST_OK) {
			input_name_document(err, i);
			return code;
		}
	}
	return ST_OK;
}

/* The next value of JSON text from '*at' on: an object to its closing brace, else all the rest.
 * Empty: there is none. */
static struct slice input_next(struct slice text, size_t *at)
{
	size_t from = *at, depth = 0, i;
	bool quoted = false;

	while (from < text.len && memchr(" \t\r\n", text.data[from], 4) != NULL)
		from++;
	*at = text.len;
	if (from == text.len || text.data[from] != '{')
		return slice_of(text.data + from, text.len - from);
	for (i = from; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}' && --depth == 0)
			break;
	}
	if (i >= text.len)
		return slice_of(text.data + from, text.len - from);
	*at = i + 1;
	return slice_of(text.data + from, i + 1 - from);
}

/* Where the first byte is that is no text. */
static size_t input_utf8_fault(struct slice text)
{
	size_t at = 0, used = 1;
	int32_t c = 1;

	while (at < text.len && used > 0) {
		used = utf8_next(text.data + at, text.len - at, &c);
		used = used > 0 && c != 0 ? used : 0;
		at += used;
	}
	return at;
}

static enum st_code input_document(struct slice text, struct arena *mem,
				   Steward__PrintDocument **ret, struct st_err *err)
{
	const struct message_rules *rules = &rules_steward__print_document;
	ProtobufCMessage *msg = message_new(rules->desc, mem);

	if (msg == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "the document is too large");
	if (!utf8_ok(text.data, text.len))
		return st_fail(err, ST_INVALID_ARGUMENT, "FORMAT", NULL,
			       "its byte %zu is not text in UTF-8", input_utf8_fault(text) + 1);
	ST_TRY(json_read(text, msg, mem, err));
	ST_TRY(message_validate(rules, msg, mem, NULL, err));
	*ret = (Steward__PrintDocument *)msg;
	return ST_OK;
}

enum st_code input_json(struct slice text, Steward__PrintRequest *rq, struct arena *mem,
			struct st_err *err)
{
	const struct message_rules *rules = &rules_steward__print_request;
	size_t most =
		rules->fields[message_field(rules->desc, "documents") - rules->desc->fields].max;
	Steward__PrintDocument **documents = NULL;
	size_t at = 0, n = 0;
	struct slice one = input_next(text, &at);

	for (; one.len > 0; one = input_next(text, &at)) {
		enum st_code code;

		documents = arena_grow(mem, documents, n, sizeof(*documents));
		if (documents == NULL)
			return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
				       "the documents are too large");
		if (n == most)
			return st_fail(err, ST_INVALID_ARGUMENT, "TOO_MANY", "documents",
				       "at most %zu documents fit in one file", most);
		code = input_document(one, mem, &documents[n], err);
		if (code != ST_OK) {
			input_name_document(err, n);
			return code;
		}
		n++;
	}
	if (n == 0)
		return st_fail(err, ST_INVALID_ARGUMENT, "REQUIRED", "documents",
			       "there is no document in the input");
	rq->documents = documents;
	rq->n_documents = n;
	return input_check(rq, err);
}

enum st_code input_request(struct slice bytes, struct arena *mem, Steward__PrintRequest **ret,
			   struct st_err *err)
{
	const struct message_rules *rules = &rules_steward__print_request;
	ProtobufCMessage *msg;

	ST_TRY(wire_unpack(rules, bytes, mem, &msg, err));
	ST_TRY(message_validate(rules, msg, mem, NULL, err));
	*ret = (Steward__PrintRequest *)msg;
	return input_check(*ret, err);
}
