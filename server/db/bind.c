#include "server/db/bind.h"

#include <stdio.h>
#include <string.h>

#include "common/json_read.h"
#include "common/wire.h"
#include "server/db/bind_path.h"

static enum st_code bind_no_memory(struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
		       "the request is too large to be worked on");
}

/* ---- request to parameters ---- */

/* Room for one element with its quotes, everything escaped, and a comma. */
static size_t bind_array_room(const char *item)
{
	size_t n = 3;

	if (item == NULL)
		return sizeof("NULL,");
	for (; *item != 0; item++)
		n += *item == '"' || *item == '\\' ? 2 : 1;
	return n;
}

/* Always quoted: then no text can be taken for a null, a brace or the end. */
static char *bind_array_put(char *out, const char *item)
{
	if (item == NULL) {
		memcpy(out, "NULL", 4);
		return out + 4;
	}
	*out++ = '"';
	for (; *item != 0; item++) {
		if (*item == '"' || *item == '\\')
			*out++ = '\\';
		*out++ = *item;
	}
	*out++ = '"';
	return out;
}

const char *bind_array(struct arena *mem, const char *const *items, size_t n)
{
	size_t room = sizeof("{}");
	char *text, *p;

	for (size_t i = 0; i < n; i++)
		room += bind_array_room(items[i]);
	text = arena_alloc(mem, room);
	if (text == NULL)
		return NULL;
	p = text;
	*p++ = '{';
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*p++ = ',';
		p = bind_array_put(p, items[i]);
	}
	*p++ = '}';
	*p = 0;
	return text;
}

/* Text of a field that is set; null: it is not. False: no memory. */
static bool bind_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
		      struct arena *mem, const char **ret)
{
	*ret = NULL;
	if (i >= field_count(msg, f))
		return true;
	*ret = field_text(msg, f, i, mem);
	return *ret != NULL;
}

static bool bind_list(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
		      struct arena *mem, struct db_value *v)
{
	size_t n = field_count(msg, f);
	const char **items = arena_array(mem, const char *, n);

	if (n == 0)
		return true;
	for (size_t i = 0; items != NULL && i < n; i++)
		if (!bind_text(msg, f, i, mem, &items[i]))
			return false;
	v->data = items != NULL ? bind_array(mem, items, n) : NULL;
	return v->data != NULL;
}

/* One field of each message of a list. */
static bool bind_column(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *list,
			const ProtobufCFieldDescriptor *f, struct arena *mem, struct db_value *v)
{
	size_t n = field_count(msg, list);
	const char **items = arena_array(mem, const char *, n);

	if (n == 0)
		return true;
	for (size_t i = 0; items != NULL && i < n; i++)
		if (!bind_text(field_message(msg, list, i), f, 0, mem, &items[i]))
			return false;
	v->data = items != NULL ? bind_array(mem, items, n) : NULL;
	return v->data != NULL;
}

static bool bind_single(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			struct arena *mem, struct db_value *v)
{
	struct slice bytes;

	if (f->type != PROTOBUF_C_TYPE_BYTES)
		return bind_text(msg, f, 0, mem, &v->data);
	if (!field_is_set(msg, f))
		return true;
	bytes = field_slice(msg, f, 0);
	v->data = bytes.len > 0 ? (const char *)bytes.data : "";
	v->len = (int)bytes.len; /* a message is far smaller than 2 GiB */
	v->binary = 1;
	return true;
}

static bool bind_param(const struct sql_param *p, const ProtobufCMessage *request,
		       const struct ctx_values *ctx, struct arena *mem, struct db_value *v)
{
	const ProtobufCFieldDescriptor *f, *sub;

	if (p->source == SQL_CTX) {
		v->data = ctx->v[p->field];
		return true;
	}
	f = &request->descriptor->fields[p->field];
	if (p->source == SQL_COLUMN) {
		sub = &((const ProtobufCMessageDescriptor *)f->descriptor)->fields[p->sub];
		return bind_column(request, f, sub, mem, v);
	}
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return bind_list(request, f, mem, v);
	return bind_single(request, f, mem, v);
}

enum st_code bind_step(struct db_unit *u, const struct sql_step *step,
		       const ProtobufCMessage *request, const struct ctx_values *ctx,
		       struct db_call **ret, struct st_err *err)
{
	struct db_call *call = db_add(u, step->stmt);

	if (call == NULL)
		return bind_no_memory(err);
	for (unsigned i = 0; i < step->stmt->n_params; i++)
		if (!bind_param(&step->params[i], request, ctx, u->mem, &call->values[i]))
			return bind_no_memory(err);
	*ret = call;
	return ST_OK;
}

/* ---- rows to reply ---- */

struct bind_rows {
	const struct sql_step *step;
	const PGresult *res;
	struct arena *mem;
	struct bind_path *columns; /* PQnfields(res) */
	struct st_err *err;
};

static enum st_code bind_misfit(const struct bind_rows *b, int column, const char *why)
{
	return st_fail(b->err, ST_INTERNAL, "STATEMENT", NULL, "statement %s, column '%s': %s",
		       b->step->stmt->name, PQfname(b->res, column), why);
}

static enum st_code bind_resolve_all(struct bind_rows *b, const ProtobufCMessageDescriptor *desc)
{
	int n = PQnfields(b->res);

	b->columns = arena_array(b->mem, struct bind_path, (size_t)n);
	if (b->columns == NULL)
		return bind_no_memory(b->err);
	for (int i = 0; i < n; i++) {
		const char *why = bind_path_find(desc, PQfname(b->res, i), &b->columns[i]);

		if (why != NULL)
			return bind_misfit(b, i, why);
	}
	return ST_OK;
}

static enum st_code bind_set(const struct bind_rows *b, int column, ProtobufCMessage *msg,
			     const ProtobufCFieldDescriptor *f, const char *text, size_t len)
{
	enum st_code code = field_set_text(msg, f, text, len, b->mem, b->err);

	if (code == ST_OK || code == ST_RESOURCE_EXHAUSTED)
		return code;
	return bind_misfit(b, column, "its value does not fit the field");
}

/* A message with all that is in it: an object, such as jsonb_build_object() makes. */
static enum st_code bind_set_message(const struct bind_rows *b, int column, ProtobufCMessage *msg,
				     const ProtobufCFieldDescriptor *f, struct slice text)
{
	struct st_err own = { 0 };
	char why[260];

	msg = field_need_message(msg, f, b->mem);
	if (msg == NULL)
		return bind_no_memory(b->err);
	if (json_read(text, msg, b->mem, &own) == ST_OK)
		return ST_OK;
	if (own.code == ST_RESOURCE_EXHAUSTED)
		return bind_no_memory(b->err);
	(void)snprintf(why, sizeof(why), "it is no JSON object of the message: %.200s",
		       own.message);
	return bind_misfit(b, column, why);
}

/* Takes one element off an array's text, "...": unescaped into 'out'. *ret_null: it is NULL. NULL:
 * not an element, the array has several dimensions or bounds of its own. */
static const char *bind_element(const char *p, char *out, size_t *ret_len, bool *ret_null)
{
	bool quoted = *p == '"';
	size_t n = 0;

	if (*p == '{' || *p == '[')
		return NULL;
	p += quoted;
	while (*p != 0 && (quoted ? *p != '"' : *p != ',' && *p != '}')) {
		if (*p == '\\' && p[1] != 0)
			p++;
		out[n++] = *p++;
	}
	if (quoted && *p++ != '"')
		return NULL;
	*ret_len = n;
	*ret_null = !quoted && n == 4 && memcmp(out, "NULL", 4) == 0;
	return *p == ',' || *p == '}' ? p : NULL;
}

static enum st_code bind_set_list(const struct bind_rows *b, int column, ProtobufCMessage *msg,
				  const ProtobufCFieldDescriptor *f, const char *text, size_t len)
{
	const char *p = text;
	char *element = arena_alloc(b->mem, len + 1);
	size_t n;
	bool is_null;

	if (element == NULL)
		return bind_no_memory(b->err);
	if (*p != '{')
		return bind_misfit(b, column, "the field is a list, this is no plain array");
	if (p[1] == '}')
		return ST_OK;
	do {
		p = bind_element(p + 1, element, &n, &is_null);
		if (p == NULL)
			return bind_misfit(b, column, "it is no plain array");
		if (!is_null)
			ST_TRY(bind_set(b, column, msg, f, element, n));
	} while (*p == ',');
	return ST_OK;
}

static enum st_code bind_value(const struct bind_rows *b, int row, int column,
			       ProtobufCMessage *msg)
{
	const struct bind_path *t = &b->columns[column];
	const char *text = PQgetvalue(b->res, row, column);
	size_t len = (size_t)PQgetlength(b->res, row, column);
	const ProtobufCFieldDescriptor *f = t->fields[t->n - 1];

	if (PQgetisnull(b->res, row, column))
		return ST_OK;
	for (unsigned i = 0; i + 1 < t->n && msg != NULL; i++)
		msg = field_need_message(msg, t->fields[i], b->mem);
	if (msg == NULL)
		return bind_no_memory(b->err);
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return bind_set_list(b, column, msg, f, text, len);
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return bind_set_message(b, column, msg, f, slice_of((const uint8_t *)text, len));
	return bind_set(b, column, msg, f, text, len);
}

static enum st_code bind_row(const struct bind_rows *b, int row, ProtobufCMessage *msg)
{
	int n = PQnfields(b->res);

	for (int i = 0; i < n; i++)
		ST_TRY(bind_value(b, row, i, msg));
	return ST_OK;
}

static enum st_code bind_single_row(struct bind_rows *b, ProtobufCMessage *reply)
{
	const ProtobufCFieldDescriptor *f = b->step->target != SQL_NO_TARGET
						    ? &reply->descriptor->fields[b->step->target]
						    : NULL;
	int n = PQntuples(b->res);

	ST_TRY(bind_resolve_all(b, f != NULL ? f->descriptor : reply->descriptor));
	if (n == 0 && b->step->stmt->shape == SQL_ONE)
		return st_fail(b->err, ST_NOT_FOUND, NULL, NULL, "%s", st_code_text(ST_NOT_FOUND));
	if (n > 1)
		return st_fail(b->err, ST_INTERNAL, "STATEMENT", NULL,
			       "statement %s gave %d rows where one is expected",
			       b->step->stmt->name, n);
	if (n == 1 && f != NULL)
		reply = field_need_message(reply, f, b->mem);
	if (reply == NULL)
		return bind_no_memory(b->err);
	return n == 1 ? bind_row(b, 0, reply) : ST_OK;
}

static enum st_code bind_many_rows(struct bind_rows *b, ProtobufCMessage *reply)
{
	const ProtobufCFieldDescriptor *f = &reply->descriptor->fields[b->step->target];
	int n = PQntuples(b->res);

	if (n == 0) /* looking up where its columns go would be all the work there is */
		return ST_OK;
	ST_TRY(bind_resolve_all(b, f->descriptor));
	for (int i = 0; i < n; i++) {
		ProtobufCMessage *msg = field_add_message(reply, f, b->mem);

		if (msg == NULL)
			return bind_no_memory(b->err);
		ST_TRY(bind_row(b, i, msg));
	}
	return ST_OK;
}

enum st_code bind_rows(const struct sql_step *step, const struct db_call *call,
		       ProtobufCMessage *reply, struct arena *mem, struct st_err *err)
{
	struct bind_rows b = { .step = step, .res = call->rows, .mem = mem, .err = err };

	must(call->rows != NULL); /* only of a unit that did not fail */
	switch (step->stmt->shape) {
	case SQL_ONE:
	case SQL_MAYBE:
		return bind_single_row(&b, reply);
	case SQL_MANY:
		return bind_many_rows(&b, reply);
	default: /* nothing of it goes into the reply */
		return ST_OK;
	}
}
