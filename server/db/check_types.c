#include "server/db/check_types.h"

#include <stdio.h>
#include <string.h>

/* Kinds of values, as bits, so that several can be allowed. */
enum check_kind {
	KIND_BOOL = 1u << 0,
	KIND_INT2 = 1u << 1,
	KIND_INT4 = 1u << 2,
	KIND_INT8 = 1u << 3,
	KIND_NUMERIC = 1u << 4,
	KIND_FLOAT = 1u << 5,
	KIND_TEXT = 1u << 6,
	KIND_UUID = 1u << 7,
	KIND_DATE = 1u << 8,
	KIND_TIME = 1u << 9,
	KIND_BYTEA = 1u << 10,
	KIND_JSON = 1u << 11,
	KIND_SPAN = 1u << 12,
};
#define KIND_INT (KIND_INT2 | KIND_INT4 | KIND_INT8)

struct check_type {
	Oid oid, array;
	unsigned kind;
	const char *name;
};

/* Numbers of types that come with every PostgreSQL never change. */
static const struct check_type check_types[] = {
	{ 16, 1000, KIND_BOOL, "boolean" },
	{ 17, 1001, KIND_BYTEA, "bytea" },
	{ 19, 1003, KIND_TEXT, "name" },
	{ 20, 1016, KIND_INT8, "bigint" },
	{ 21, 1005, KIND_INT2, "smallint" },
	{ 23, 1007, KIND_INT4, "integer" },
	{ 25, 1009, KIND_TEXT, "text" },
	{ 114, 199, KIND_JSON, "json" },
	{ 700, 1021, KIND_FLOAT, "real" },
	{ 701, 1022, KIND_FLOAT, "double precision" },
	{ 1042, 1014, KIND_TEXT, "character" },
	{ 1043, 1015, KIND_TEXT, "character varying" },
	{ 1082, 1182, KIND_DATE, "date" },
	{ 1114, 1115, KIND_TIME, "timestamp" },
	{ 1184, 1185, KIND_TIME, "timestamp with time zone" },
	{ 1186, 1187, KIND_SPAN, "interval" },
	{ 1700, 1231, KIND_NUMERIC, "numeric" },
	{ 2950, 2951, KIND_UUID, "uuid" },
	{ 3802, 3807, KIND_JSON, "jsonb" },
};

static const struct check_type *check_type_find(Oid oid, bool *ret_list)
{
	for (size_t i = 0; i < sizeof(check_types) / sizeof(check_types[0]); i++) {
		const struct check_type *t = &check_types[i];

		if (t->oid == oid || t->array == oid) {
			*ret_list = t->array == oid;
			return t;
		}
	}
	return NULL;
}

const char *check_type_name(Oid type, char out[32])
{
	bool list = false;
	const struct check_type *t = check_type_find(type, &list);

	if (t == NULL)
		(void)snprintf(out, 32, "type %u", type);
	else
		(void)snprintf(out, 32, "%s%s", t->name, list ? "[]" : "");
	return out;
}

/* What a field's text can be read as. */
static unsigned check_sends(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return KIND_TEXT | KIND_UUID | KIND_DATE | KIND_TIME | KIND_JSON | KIND_SPAN;
	case PROTOBUF_C_TYPE_BOOL:
		return KIND_BOOL;
	case PROTOBUF_C_TYPE_BYTES:
		return KIND_BYTEA;
	case PROTOBUF_C_TYPE_ENUM:
		return KIND_TEXT;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return KIND_FLOAT | KIND_NUMERIC;
	case PROTOBUF_C_TYPE_MESSAGE:
		return 0;
	default: /* whole numbers: one that is too large is refused by the server, with the field's
		    name */
		return KIND_INT | KIND_NUMERIC;
	}
}

/* What a field can hold, whatever the value. */
static unsigned check_takes(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return KIND_TEXT | KIND_UUID | KIND_DATE | KIND_JSON;
	case PROTOBUF_C_TYPE_BOOL:
		return KIND_BOOL;
	case PROTOBUF_C_TYPE_BYTES:
		return KIND_BYTEA;
	case PROTOBUF_C_TYPE_ENUM:
		return KIND_TEXT;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return KIND_FLOAT;
	case PROTOBUF_C_TYPE_MESSAGE: /* the whole of it, lists and all */
		return KIND_JSON;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return KIND_INT;
	default:
		return KIND_INT2 | KIND_INT4;
	}
}

static const unsigned check_ctx_kinds[CTX_COUNT] = {
	[CTX_user] = KIND_UUID | KIND_TEXT,
	[CTX_device] = KIND_UUID | KIND_TEXT,
	[CTX_session] = KIND_UUID | KIND_TEXT,
	[CTX_key] = KIND_UUID | KIND_TEXT,
	[CTX_property] = KIND_INT4 | KIND_INT8,
	[CTX_scope] = KIND_INT4,
	[CTX_method] = KIND_TEXT,
	[CTX_reason] = KIND_TEXT,
	[CTX_occurred_at] = KIND_TIME | KIND_TEXT,
	[CTX_dry_run] = KIND_BOOL,
	[CTX_hash] = KIND_TEXT,
	[CTX_token] = KIND_BYTEA,
	[CTX_secret] = KIND_BYTEA,
	[CTX_id] = KIND_UUID | KIND_TEXT,
	[CTX_number] = KIND_INT,
	[CTX_text] = KIND_TEXT, /* or anything else: see check_param_ctx() */
};

static const char *check_value(Oid type, unsigned allowed, bool list, const char *misfit)
{
	bool is_list = false;
	const struct check_type *t = check_type_find(type, &is_list);

	if (t == NULL)
		return "this type has no place in a message";
	if (list && !is_list)
		return "the value is a list, so the type must be an array";
	if (!list && is_list)
		return "the value is single, so the type must not be an array";
	return (t->kind & allowed) != 0 ? NULL : misfit;
}

const char *check_param_field(const ProtobufCFieldDescriptor *f, bool list, Oid type)
{
	return check_value(type, check_sends(f->type), list,
			   "a value of the field cannot be read as this type");
}

const char *check_param_ctx(enum ctx_var var, Oid type)
{
	bool list;

	/* A hook writes it for the very statement that reads it, in whatever form that needs. */
	if (var == CTX_text && check_type_find(type, &list) != NULL)
		return NULL;
	return check_value(type, check_ctx_kinds[var], var == CTX_scope,
			   "what the daemon gives cannot be read as this type");
}

const char *check_column(const ProtobufCFieldDescriptor *f, Oid type)
{
	bool list = false;
	const struct check_type *t = check_type_find(type, &list);

	if (t != NULL && t->kind == KIND_TIME && f->type == PROTOBUF_C_TYPE_STRING)
		return "a time is written by SQL: ts(column, zone)";
	if (t != NULL && t->kind == KIND_NUMERIC)
		return "numeric does not fit a field: cast it (the sum of bigint is numeric)";
	return check_value(type, check_takes(f->type), f->label == PROTOBUF_C_LABEL_REPEATED,
			   "the field cannot hold a value of this type");
}

static const struct {
	const char *name;
	unsigned kinds;
} check_feed_columns[] = {
	{ "property_id", KIND_INT4 }, { "entity", KIND_TEXT }, { "id", KIND_UUID },
	{ "version", KIND_INT },      { "dead", KIND_BOOL },   { "number", KIND_TEXT },
};

const char *check_feed_column(const char *name, Oid type)
{
	for (size_t i = 0; i < sizeof(check_feed_columns) / sizeof(check_feed_columns[0]); i++)
		if (strcmp(check_feed_columns[i].name, name) == 0)
			return check_value(type, check_feed_columns[i].kinds, false,
					   "the change feed needs another type here");
	return "the change feed has no such column";
}
