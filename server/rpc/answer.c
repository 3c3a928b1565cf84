#include "server/rpc/answer.h"

#include <stdio.h>

#include "common/uuid.h"
#include "proto/envelope.pb-c.h"

/* A copy of the message's outside with its secret fields taken out; what it points at is shared. */
static const ProtobufCMessage *answer_without_secrets(struct op *op, const ProtobufCMessage *msg)
{
	const struct message_rules *rules = op->method->out;
	ProtobufCMessage *copy = NULL;

	for (unsigned i = 0; i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];

		if (!rules->fields[i].secret || !field_is_set(msg, f))
			continue;
		if (copy == NULL) {
			copy = arena_alloc(&op->mem, rules->desc->sizeof_message);
			if (copy == NULL)
				return NULL;
			memcpy(copy, msg, rules->desc->sizeof_message);
		}
		field_clear(copy, f);
	}
	return copy != NULL ? copy : msg;
}

static enum st_code answer_body(struct op *op, bool to_store, Steward__Response *r,
				struct st_err *err)
{
	const ProtobufCMessage *msg = op->out;
	struct slice body;

	if (to_store)
		msg = answer_without_secrets(op, msg);
	if (msg == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			       "the answer is too large");
	ST_TRY(wire_pack(msg, &op->mem, &body, err));
	r->has_body = true;
	r->body.data = (uint8_t *)body.data;
	r->body.len = body.len;
	return ST_OK;
}

static enum st_code answer_violations(struct op *op, Steward__Response *r, struct st_err *err)
{
	size_t n = op->violations.n;

	if (n == 0 && op->err.field[0] != '\0') {
		op->violations.items[0] = (struct violation){ op->err.field, op->err.reason,
							      op->err.message };
		n = 1;
	}
	if (n == 0)
		return ST_OK;
	r->violations = arena_array(&op->mem, Steward__Violation *, n);
	if (r->violations == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			       "the answer is too large");
	for (size_t i = 0; i < n; i++) {
		Steward__Violation *v = arena_new(&op->mem, Steward__Violation);

		if (v == NULL)
			return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
				       "the answer is too large");
		steward__violation__init(v);
		v->field = (char *)op->violations.items[i].field;
		v->rule = (char *)op->violations.items[i].rule;
		v->message = (char *)op->violations.items[i].message;
		r->violations[r->n_violations++] = v;
	}
	return ST_OK;
}

enum st_code answer_pack(struct op *op, bool to_store, struct slice *ret, struct st_err *err)
{
	Steward__Response r = STEWARD__RESPONSE__INIT;

	r.has_code = true;
	r.code = op->err.code;
	if (op->err.code == ST_OK) {
		ST_TRY(answer_body(op, to_store, &r, err));
		if (op->envelope->dry_run) {
			r.has_dry_run = true;
			r.dry_run = true;
		}
	} else {
		r.reason = op->err.reason;
		r.message = op->err.message;
		ST_TRY(answer_violations(op, &r, err));
		if (st_code_retry(op->err.code)) {
			r.has_retry_after_ms = true;
			r.retry_after_ms = op->err.code == ST_ABORTED ? 50 : 500;
		}
	}
	if (op->envelope != NULL && op->envelope->has_trace_id) {
		r.has_trace_id = true;
		r.trace_id = op->envelope->trace_id;
	}
	return wire_pack(&r.base, &op->mem, ret, err);
}

enum st_code answer_replay(struct op *op, struct slice stored, struct slice *ret,
			   struct st_err *err)
{
	ProtobufCMessage *msg;
	Steward__Response *r;

	ST_TRY(wire_unpack(&rules_steward__response, stored, &op->mem, &msg, err));
	r = (Steward__Response *)msg;
	op->err.code = st_code_from_wire(r->code);
	if (op->err.code != ST_OK)
		(void)snprintf(op->err.reason, sizeof(op->err.reason), "%s",
			       r->reason != NULL ? r->reason : "");
	r->has_replayed = true;
	r->replayed = true;
	r->has_trace_id = op->envelope->has_trace_id;
	r->trace_id = op->envelope->trace_id;
	return wire_pack(msg, &op->mem, ret, err);
}

enum st_code answer_status(struct op *op, struct slice *ret, struct st_err *err)
{
	Steward__Status s = STEWARD__STATUS__INIT;

	s.has_code = true;
	s.code = op->err.code;
	if (op->err.code != ST_OK) {
		s.reason = op->err.reason;
		s.message = op->err.message;
	}
	return wire_pack(&s.base, &op->mem, ret, err);
}

/* The old columns stay in the arena: who points into them may go on doing so. */
static bool feed_widen(struct feed_rows *rows, const char ***column, size_t cap)
{
	const char **wider = arena_array(rows->mem, const char *, cap);

	if (wider == NULL)
		return false;
	if (rows->n > 0)
		memcpy(wider, *column, rows->n * sizeof(*wider));
	*column = wider;
	return true;
}

static bool feed_grow(struct feed_rows *rows)
{
	size_t cap = rows->cap == 0 ? 8 : rows->cap * 2;

	if (rows->n < rows->cap)
		return true;
#define X(name)                                  \
	if (!feed_widen(rows, &rows->name, cap)) \
		return false;
	FEED_COLUMNS(X)
#undef X
	rows->cap = cap;
	return true;
}

static enum st_code feed_add(struct op *op, struct feed_rows *rows, const char *property,
			     const char *entity, const char *id, const char *version,
			     const char *dead, const char *number, struct st_err *err)
{
	if (!feed_grow(rows))
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			       "too many changes in one call");
	rows->property[rows->n] = property;
	rows->entity[rows->n] = entity;
	rows->id[rows->n] = id;
	rows->version[rows->n] = version;
	rows->dead[rows->n] = dead;
	rows->number[rows->n] = number;
	rows->method[rows->n] = op->method->name;
	rows->user[rows->n] = op->ctx.v[CTX_user];
	rows->n++;
	return ST_OK;
}

static const char *feed_text(struct op *op, const ProtobufCMessage *msg, const char *field)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, field);

	return f != NULL ? field_text(msg, f, 0, &op->mem) : NULL;
}

static bool feed_is_entity(const ProtobufCMessageDescriptor *desc)
{
	return message_field(desc, "id") != NULL && message_field(desc, "property_id") != NULL &&
	       message_field(desc, "version") != NULL;
}

/* The reply itself when it is an entity, else its first sub-message that is one. */
static const ProtobufCMessage *feed_entity_of(const ProtobufCMessage *reply)
{
	if (feed_is_entity(reply->descriptor))
		return reply;
	for (unsigned i = 0; i < reply->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &reply->descriptor->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED &&
		    field_is_set(reply, f) && feed_is_entity(f->descriptor))
			return field_message(reply, f, 0);
	}
	return NULL;
}

enum st_code answer_feed(struct op *op, struct feed_rows *rows, struct st_err *err)
{
	const ProtobufCMessage *entity = op->method->feed != NULL ? feed_entity_of(op->out) : NULL;

	if (entity != NULL && feed_text(op, entity, "property_id") != NULL)
		ST_TRY(feed_add(op, rows, feed_text(op, entity, "property_id"), op->method->feed,
				feed_text(op, entity, "id"), feed_text(op, entity, "version"), "f",
				feed_text(op, entity, "number"), err));
	for (unsigned i = 0; i < op->plan->n_steps; i++) {
		const struct db_call *call = op->step_calls[i];

		if (op->plan->steps[i].stmt->shape != SQL_FEED)
			continue;
		for (int row = 0; row < db_rows(call); row++)
			ST_TRY(feed_add(op, rows, db_text(call, row, "property_id"),
					db_text(call, row, "entity"), db_text(call, row, "id"),
					db_text(call, row, "version"),
					db_bool(call, row, "dead") ? "t" : "f",
					db_text(call, row, "number"), err));
	}
	return ST_OK;
}

const char *answer_fields(struct op *op)
{
	const ProtobufCMessageDescriptor *desc = op->in->descriptor;
	char names[ANSWER_FIELDS_MAX];
	size_t used = 0;

	for (unsigned i = 0; i < desc->n_fields; i++) {
		size_t len = strlen(desc->fields[i].name);

		if (!field_is_set(op->in, &desc->fields[i]))
			continue;
		must(used + 1 + len <= sizeof(names));
		if (used > 0)
			names[used++] = ' ';
		memcpy(names + used, desc->fields[i].name, len);
		used += len;
	}
	return arena_strndup(&op->mem, names, used);
}

static const char *answer_id_in(struct op *op, const ProtobufCMessage *msg)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, "id");

	return f != NULL ? field_text(msg, f, 0, &op->mem) : NULL;
}

const char *answer_id(struct op *op)
{
	const char *id = answer_id_in(op, op->out);
	struct uuid known;

	for (unsigned i = 0; id == NULL && i < op->out->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &op->out->descriptor->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED &&
		    field_is_set(op->out, f))
			id = answer_id_in(op, field_message(op->out, f, 0));
	}
	return id != NULL && uuid_parse(id, strlen(id), &known) ? id : NULL;
}
