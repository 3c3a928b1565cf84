#include <string.h>

#include "client/look/json.h"
#include "client/look/money.h"
#include "common/near.h"

/* With 'typed' only what json_read() takes back. */
static json_t *json_of_all(const ProtobufCMessage *msg, const struct message_rules *rules,
			   bool typed, struct arena *mem);

/* One element as text gives the right spelling of everything but numbers and truth values. */
static json_t *json_of_element(const ProtobufCMessage *msg, const struct message_rules *rules,
			       unsigned field, size_t i, bool typed, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	const char *text;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return json_of_all(field_message(msg, f, i), rules->fields[field].sub, typed, mem);
	text = field_text(msg, f, i, mem);
	if (text == NULL)
		return NULL;
	switch (f->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return json_boolean(text[0] == 't');
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return json_loads(text, JSON_DECODE_ANY, NULL);
	default:
		return json_string(text);
	}
}

static json_t *json_of_field(const ProtobufCMessage *msg, const struct message_rules *rules,
			     unsigned field, bool typed, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	json_t *list;

	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return json_of_element(msg, rules, field, 0, typed, mem);
	list = json_array();
	for (size_t i = 0; list != NULL && i < field_count(msg, f); i++)
		(void)json_array_append_new(list,
					    json_of_element(msg, rules, field, i, typed, mem));
	return list;
}

static const char *json_currency(const ProtobufCMessage *msg, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = message_field(msg->descriptor, "currency");

	return f != NULL ? field_text(msg, f, 0, mem) : NULL;
}

/* amount_minor "128050" also gives amount "1280.50". */
static void json_add_money(json_t *out, const ProtobufCMessage *msg,
			   const struct message_rules *rules, unsigned field, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	size_t len = strlen(f->name);
	const char *text = field_text(msg, f, 0, mem), *base;
	char amount[40];
	int64_t minor;
	struct st_err err;

	if (text == NULL || len <= 6 || strcmp(f->name + len - 6, "_minor") != 0)
		return;
	base = arena_strndup(mem, f->name, len - 6);
	if (base == NULL || money_parse(text, 0, &minor, &err) != ST_OK)
		return;
	(void)json_object_set_new(
		out, base,
		json_string(
			money_format(minor, money_digits(json_currency(msg, mem)), false, amount)));
}

static json_t *json_of_all(const ProtobufCMessage *msg, const struct message_rules *rules,
			   bool typed, struct arena *mem)
{
	json_t *out = json_object();

	for (unsigned i = 0; out != NULL && msg != NULL && i < rules->desc->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[i];

		if ((typed || f->label != PROTOBUF_C_LABEL_REPEATED) && !field_is_set(msg, f))
			continue;
		(void)json_object_set_new(out, f->name, json_of_field(msg, rules, i, typed, mem));
		if (!typed && rules->fields[i].format == STEWARD__FORMAT__MINOR &&
		    f->label != PROTOBUF_C_LABEL_REPEATED)
			json_add_money(out, msg, rules, i, mem);
	}
	return out;
}

json_t *json_of_message(const ProtobufCMessage *msg, const struct message_rules *rules,
			struct arena *mem)
{
	return json_of_all(msg, rules, false, mem);
}

json_t *json_typed_of_message(const ProtobufCMessage *msg, const struct message_rules *rules,
			      struct arena *mem)
{
	return json_of_all(msg, rules, true, mem);
}

static json_t *json_of_path(const ProtobufCMessage *msg, const struct message_rules *rules,
			    const char *path, size_t len, struct arena *mem)
{
	size_t head = 0;
	const ProtobufCFieldDescriptor *f;
	const char *name;
	unsigned field;

	while (head < len && path[head] != '.')
		head++;
	name = arena_strndup(mem, path, head);
	f = name != NULL ? message_field(rules->desc, name) : NULL;
	if (f == NULL || (f->label != PROTOBUF_C_LABEL_REPEATED && !field_is_set(msg, f)))
		return json_null();
	field = (unsigned)(f - rules->desc->fields);
	if (head == len)
		return json_of_field(msg, rules, field, false, mem);
	if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED)
		return json_null();
	return json_of_path(field_message(msg, f, 0), rules->fields[field].sub, path + head + 1,
			    len - head - 1, mem);
}

json_t *json_of_fields(const ProtobufCMessage *msg, const struct message_rules *rules,
		       const char *paths, struct arena *mem)
{
	json_t *out = json_object();

	for (const char *p = paths; out != NULL && *p != '\0';) {
		size_t len = strcspn(p, ",");
		char *name = arena_strndup(mem, p, len);

		if (name != NULL)
			(void)json_object_set_new(out, name, json_of_path(msg, rules, p, len, mem));
		p += len + (p[len] == ',' ? 1 : 0);
	}
	return out;
}

/* All field names, for whoever mistyped one. */
static const char *json_field_names(const struct message_rules *rules, struct arena *mem)
{
	const char *all = "";

	for (unsigned i = 0; i < rules->desc->n_fields && all != NULL; i++)
		all = arena_printf(mem, "%s%s%s", all, i > 0 ? ", " : "",
				   rules->desc->fields[i].name);
	return all != NULL ? all : "";
}

static enum st_code json_unknown_path(const struct message_rules *rules, const char *name,
				      struct arena *mem, struct st_err *err)
{
	struct near n;

	near_init(&n, name);
	for (unsigned i = 0; i < rules->desc->n_fields; i++)
		near_offer(&n, rules->desc->fields[i].name);
	if (near_best(&n) != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FIELD", NULL,
			       "there is no field '%s' here; did you mean '%s'?", name,
			       near_best(&n));
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FIELD", NULL,
		       "there is no field '%s' here, only: %s", name, json_field_names(rules, mem));
}

static enum st_code json_check_path(const struct message_rules *rules, const char *path, size_t len,
				    struct arena *mem, struct st_err *err)
{
	size_t head = 0;
	const ProtobufCFieldDescriptor *f;
	const char *name;

	while (head < len && path[head] != '.')
		head++;
	name = arena_strndup(mem, path, head);
	if (name == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the output");
	f = message_field(rules->desc, name);
	if (f == NULL)
		return json_unknown_path(rules, name, mem, err);
	if (head == len)
		return ST_OK;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED)
		return json_check_path(rules->fields[f - rules->desc->fields].sub, path + head + 1,
				       len - head - 1, mem, err);
	return st_fail(err, ST_INVALID_ARGUMENT, "UNKNOWN_FIELD", NULL,
		       "'%s' has no fields of its own, so there is no '%.*s'", name, (int)len,
		       path);
}

enum st_code json_check_fields(const struct message_rules *rules, const char *paths,
			       struct arena *mem, struct st_err *err)
{
	for (const char *p = paths; *p != '\0';) {
		size_t len = strcspn(p, ",");

		ST_TRY(json_check_path(rules, p, len, mem, err));
		p += len + (p[len] == ',' ? 1 : 0);
	}
	return ST_OK;
}
