#include "client/look/value.h"

#include <stdlib.h>
#include <string.h>

#include "client/look/json.h"
#include "client/look/money.h"
#include "client/look/text.h"
#include "common/wire.h"

bool value_is_free_text(const ProtobufCFieldDescriptor *f, const struct field_rule *rule)
{
	return f->type == PROTOBUF_C_TYPE_STRING && rule->choices == NULL &&
	       (rule->format == STEWARD__FORMAT__TEXT || rule->format == STEWARD__FORMAT__LINE);
}

static enum st_code value_set_money(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				    const char *text, struct arena *mem, struct st_err *err)
{
	const char *minor;
	int64_t n;

	ST_TRY(money_parse(text, MONEY_DIGITS, &n, err));
	minor = arena_printf(mem, "%lld", (long long)n);
	if (minor == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the request");
	return field_set_text(msg, f, minor, strlen(minor), mem, err);
}

static enum st_code value_set_json(ProtobufCMessage *msg, const struct message_rules *rules,
				   unsigned field, const char *text, struct arena *mem,
				   struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	ProtobufCMessage *sub = f->label == PROTOBUF_C_LABEL_REPEATED
					? field_add_message(msg, f, mem)
					: field_need_message(msg, f, mem);

	if (sub == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "NO_MEMORY", NULL,
			       "no memory for the request");
	return json_read(slice_str(text), sub, mem, err);
}

enum st_code value_set(ProtobufCMessage *msg, const struct message_rules *rules, unsigned field,
		       const char *text, struct arena *mem, struct st_err *err)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	const struct field_rule *rule = &rules->fields[field];

	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return value_set_json(msg, rules, field, text, mem, err);
	if (rule->format == STEWARD__FORMAT__MINOR)
		return value_set_money(msg, f, text, mem, err);
	return field_set_text(msg, f, text, strlen(text), mem, err);
}

static const char *value_json_text(const ProtobufCMessage *msg, const struct message_rules *rules,
				   struct arena *mem)
{
	json_t *j = json_typed_of_message(msg, rules, mem);
	char *dumped = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	const char *text = dumped != NULL ? arena_strdup(mem, dumped) : NULL;

	json_decref(j);
	free(dumped);
	return text;
}

const char *value_text(const ProtobufCMessage *msg, const struct message_rules *rules,
		       unsigned field, size_t i, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	const struct field_rule *rule = &rules->fields[field];
	char amount[40];
	int64_t minor;

	if (i >= field_count(msg, f))
		return NULL;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return value_json_text(field_message(msg, f, i), rule->sub, mem);
	if (rule->format == STEWARD__FORMAT__MINOR && field_number(msg, f, i, &minor))
		return arena_strdup(mem, money_format(minor, MONEY_DIGITS, false, amount));
	return field_text(msg, f, i, mem);
}

const char *value_placeholder(const struct message_rules *rules, unsigned field, struct arena *mem)
{
	const ProtobufCFieldDescriptor *f = &rules->desc->fields[field];
	const struct field_rule *rule = &rules->fields[field];

	if (rule->file)
		return "FILE";
	if (rule->choices != NULL && strlen(rule->choices) <= 40)
		return rule->choices;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return "JSON";
	switch ((Steward__Format)rule->format) {
	case STEWARD__FORMAT__DATE:
		return "YYYY-MM-DD";
	case STEWARD__FORMAT__TIMESTAMP:
		return "TIME";
	case STEWARD__FORMAT__MINOR:
		return "AMOUNT";
	case STEWARD__FORMAT__UUID:
		return "UUID";
	case STEWARD__FORMAT__PHONE:
		return "PHONE";
	case STEWARD__FORMAT__CODE:
		return "CODE";
	case STEWARD__FORMAT__ZONE:
		return "ZONE";
	default:
		break;
	}
	if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_BYTES)
		return f->type == PROTOBUF_C_TYPE_BYTES ? "HEX"
		       : rule->format == STEWARD__FORMAT__TEXT ||
				       rule->format == STEWARD__FORMAT__LINE
			       ? "TEXT"
			       : text_upper(f->name, mem);
	return "N";
}
