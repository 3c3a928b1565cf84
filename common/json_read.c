#include "common/json_read.h"

#include <string.h>

#include <jansson.h>

#include "common/near.h"
#include "common/wire.h"

/* Where in the document we are, for error messages. */
struct json_place {
	const struct json_place *up;
	const char *name; /* of a field, or NULL */
	size_t index;     /* of a list's element */
};

static void json_path(const struct json_place *at, char *out, size_t size)
{
	size_t used;

	if (at == NULL) {
		out[0] = '\0';
		return;
	}
	json_path(at->up, out, size);
	used = strlen(out);
	if (at->name != NULL)
		(void)snprintf(out + used, size - used, "%s%s", used > 0 ? "." : "", at->name);
	else
		(void)snprintf(out + used, size - used, "[%zu]", at->index);
}

static enum st_code json_fail(const struct json_place *at, struct st_err *err, const char *reason,
			      const char *fmt, const char *what)
{
	char path[120], text[260];

	json_path(at, path, sizeof(path));
	(void)snprintf(text, sizeof(text), fmt, what);
	return st_fail(err, ST_INVALID_ARGUMENT, reason, path, "%s%s%s", path,
		       path[0] != '\0' ? ": " : "", text);
}

static const char *json_kind(const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	default:
		return "null";
	}
}

static enum st_code json_take_object(const json_t *j, ProtobufCMessage *msg,
				     const struct json_place *at, struct arena *mem,
				     struct st_err *err);

/* The text field_set_text() reads for this scalar; NULL: it cannot be one of that type. */
static const char *json_scalar_text(const json_t *j, const ProtobufCFieldDescriptor *f,
				    struct arena *mem)
{
	bool text = f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_BYTES ||
		    f->type == PROTOBUF_C_TYPE_ENUM;

	if (f->type == PROTOBUF_C_TYPE_BOOL)
		return json_is_boolean(j) ? (json_is_true(j) ? "true" : "false") : NULL;
	if (json_is_string(j) && (text || json_string_length(j) > 0))
		return json_string_value(j);
	if (!text && json_is_integer(j))
		return arena_printf(mem, "%lld", (long long)json_integer_value(j));
	if ((f->type == PROTOBUF_C_TYPE_DOUBLE || f->type == PROTOBUF_C_TYPE_FLOAT) &&
	    json_is_real(j))
		return arena_printf(mem, "%.17g", json_real_value(j));
	return NULL;
}

static const char *json_wanted(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_ENUM:
		return "a string";
	case PROTOBUF_C_TYPE_BOOL:
		return "true or false";
	case PROTOBUF_C_TYPE_MESSAGE:
		return "an object";
	default:
		return "a whole number";
	}
}

static enum st_code json_take_scalar(const json_t *j, const ProtobufCFieldDescriptor *f,
				     ProtobufCMessage *msg, const struct json_place *at,
				     struct arena *mem, struct st_err *err)
{
	const char *text = json_scalar_text(j, f, mem);
	struct st_err own = { 0 };
	char what[100];

	if (text == NULL) {
		(void)snprintf(what, sizeof(what), "%s, not %s", json_wanted(f), json_kind(j));
		return json_fail(at, err, "BAD_TYPE", "must be %s", what);
	}
	if (json_is_string(j) && strlen(text) != json_string_length(j))
		return json_fail(at, err, "BAD_TEXT", "%s", "must not contain a 0 character");
	if (field_set_text(msg, f, text, strlen(text), mem, &own) != ST_OK)
		return json_fail(at, err, own.reason, "%s", own.message);
	return ST_OK;
}

static enum st_code json_take_element(const json_t *j, const ProtobufCFieldDescriptor *f,
				      ProtobufCMessage *msg, const struct json_place *at,
				      struct arena *mem, struct st_err *err)
{
	ProtobufCMessage *sub;

	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return json_take_scalar(j, f, msg, at, mem, err);
	if (!json_is_object(j))
		return json_fail(at, err, "BAD_TYPE", "must be an object, not %s", json_kind(j));
	sub = f->label == PROTOBUF_C_LABEL_REPEATED ? field_add_message(msg, f, mem)
						    : field_need_message(msg, f, mem);
	if (sub == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "the input is too large");
	return json_take_object(j, sub, at, mem, err);
}

static enum st_code json_take_field(const json_t *j, const ProtobufCFieldDescriptor *f,
				    ProtobufCMessage *msg, const struct json_place *at,
				    struct arena *mem, struct st_err *err)
{
	struct json_place place = { at, f->name, 0 };

	if (json_is_null(j))
		return ST_OK; /* the same as leaving it out */
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return json_take_element(j, f, msg, &place, mem, err);
	if (!json_is_array(j))
		return json_fail(&place, err, "BAD_TYPE", "must be a list, not %s", json_kind(j));
	for (size_t i = 0; i < json_array_size(j); i++) {
		struct json_place element = { &place, NULL, i };

		ST_TRY(json_take_element(json_array_get(j, i), f, msg, &element, mem, err));
	}
	return ST_OK;
}

static enum st_code json_unknown(const char *key, const ProtobufCMessageDescriptor *desc,
				 const struct json_place *at, struct st_err *err)
{
	struct json_place place = { at, key, 0 };
	struct near n;

	near_init(&n, key);
	for (unsigned i = 0; i < desc->n_fields; i++)
		near_offer(&n, desc->fields[i].name);
	if (near_best(&n) != NULL)
		return json_fail(&place, err, "UNKNOWN_FIELD",
				 "there is no such field; did you mean '%s'?", near_best(&n));
	return json_fail(&place, err, "UNKNOWN_FIELD", "there is no such field in %s",
			 desc->short_name);
}

static enum st_code json_take_object(const json_t *j, ProtobufCMessage *msg,
				     const struct json_place *at, struct arena *mem,
				     struct st_err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)j, key, value)
	{
		const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, key);

		if (f == NULL)
			return json_unknown(key, msg->descriptor, at, err);
		ST_TRY(json_take_field(value, f, msg, at, mem, err));
	}
	return ST_OK;
}

enum st_code json_read(struct slice text, ProtobufCMessage *msg, struct arena *mem,
		       struct st_err *err)
{
	json_error_t where;
	json_t *j = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &where);
	enum st_code code;

	if (j == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "BAD_JSON", NULL,
			       "not valid JSON at line %d, column %d: %s", where.line, where.column,
			       where.text);
	if (json_is_object(j))
		code = json_take_object(j, msg, NULL, mem, err);
	else
		code = json_fail(NULL, err, "BAD_TYPE", "the input must be an object, not %s",
				 json_kind(j));
	json_decref(j);
	return code;
}
