#include "common/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"

/*
 * How protobuf-c lays a message out: at f->offset the member; at f->quantifier_offset of an
 * optional scalar its has_ flag, of a repeated field the number of elements (and at f->offset a
 * pointer to them), of a oneof's member the number of the field that is set. Optional strings and
 * messages are pointers, NULL (or the default) if absent.
 */
union value {
	int32_t i32;
	int64_t i64;
	uint32_t u32;
	uint64_t u64;
	float f32;
	double f64;
	protobuf_c_boolean flag;
	char *text;
	ProtobufCBinaryData bytes;
	ProtobufCMessage *message;
};

static void *field_at(const ProtobufCMessage *msg, unsigned offset)
{
	return (char *)msg + offset;
}

static bool field_is_pointer(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool field_in_oneof(const ProtobufCFieldDescriptor *f)
{
	return (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static size_t field_size(const ProtobufCFieldDescriptor *f)
{
	static const uint8_t sizes[] = {
		[PROTOBUF_C_TYPE_INT32] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_SINT32] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_SFIXED32] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_INT64] = sizeof(int64_t),
		[PROTOBUF_C_TYPE_SINT64] = sizeof(int64_t),
		[PROTOBUF_C_TYPE_SFIXED64] = sizeof(int64_t),
		[PROTOBUF_C_TYPE_UINT32] = sizeof(uint32_t),
		[PROTOBUF_C_TYPE_FIXED32] = sizeof(uint32_t),
		[PROTOBUF_C_TYPE_UINT64] = sizeof(uint64_t),
		[PROTOBUF_C_TYPE_FIXED64] = sizeof(uint64_t),
		[PROTOBUF_C_TYPE_FLOAT] = sizeof(float),
		[PROTOBUF_C_TYPE_DOUBLE] = sizeof(double),
		[PROTOBUF_C_TYPE_BOOL] = sizeof(protobuf_c_boolean),
		[PROTOBUF_C_TYPE_ENUM] = sizeof(int32_t),
		[PROTOBUF_C_TYPE_STRING] = sizeof(char *),
		[PROTOBUF_C_TYPE_BYTES] = sizeof(ProtobufCBinaryData),
		[PROTOBUF_C_TYPE_MESSAGE] = sizeof(ProtobufCMessage *),
	};

	must((size_t)f->type < sizeof sizes);
	return sizes[f->type];
}

const ProtobufCFieldDescriptor *message_field(const ProtobufCMessageDescriptor *desc,
					      const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(desc, name);
}

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *desc, struct arena *mem)
{
	ProtobufCMessage *msg = arena_alloc(mem, desc->sizeof_message);

	if (msg != NULL)
		protobuf_c_message_init(desc, msg);
	return msg;
}

size_t field_count(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
	const void *member;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(size_t *)field_at(msg, f->quantifier_offset);
	if (field_in_oneof(f) && *(uint32_t *)field_at(msg, f->quantifier_offset) != f->id)
		return 0;
	if (field_is_pointer(f)) {
		member = *(void **)field_at(msg, f->offset);
		return member != NULL && member != f->default_value;
	}
	if (field_in_oneof(f) || f->label != PROTOBUF_C_LABEL_OPTIONAL)
		return 1;
	return *(protobuf_c_boolean *)field_at(msg, f->quantifier_offset) != 0;
}

bool field_is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
	return field_count(msg, f) > 0;
}

/* Copies the i-th element. False: there is none. */
static bool field_get(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
		      union value *ret)
{
	const char *at = field_at(msg, f->offset);

	if (i >= field_count(msg, f))
		return false;
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		at = *(char *const *)at + i * field_size(f);
	memcpy(ret, at, field_size(f));
	return true;
}

ProtobufCMessage *field_message(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				size_t i)
{
	union value v;

	if (f->type != PROTOBUF_C_TYPE_MESSAGE || !field_get(msg, f, i, &v))
		return NULL;
	return v.message;
}

struct slice field_slice(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i)
{
	union value v;

	if (f->type == PROTOBUF_C_TYPE_STRING && field_get(msg, f, i, &v))
		return slice_str(v.text);
	if (f->type == PROTOBUF_C_TYPE_BYTES && field_get(msg, f, i, &v))
		return slice_of(v.bytes.data, v.bytes.len);
	return slice_of(NULL, 0);
}

bool field_number(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
		  int64_t *ret)
{
	union value v;

	if (!field_get(msg, f, i, &v))
		return false;
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_ENUM:
		*ret = v.i32;
		return true;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		*ret = v.u32;
		return true;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		*ret = v.i64;
		return true;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		*ret = v.u64 <= INT64_MAX ? (int64_t)v.u64 : INT64_MAX;
		return true;
	case PROTOBUF_C_TYPE_BOOL:
		*ret = v.flag != 0;
		return true;
	default:
		return false;
	}
}

/* The shortest decimal text that reads back as the same number, with a point in every locale. */
static const char *field_float_text(double v, bool single, struct arena *mem)
{
	char text[40];
	int digits = single ? 6 : 15, most = single ? 9 : 17;
	locale_t plain, before;

	if (isnan(v))
		return "NaN";
	if (isinf(v))
		return v > 0 ? "Infinity" : "-Infinity";
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	must(plain != (locale_t)0);
	before = uselocale(plain);
	do {
		double again;

		(void)snprintf(text, sizeof text, "%.*g", digits, v);
		again = strtod(text, NULL);
		if (single ? (float)again == (float)v : again == v)
			break;
	} while (digits++ < most);
	uselocale(before);
	freelocale(plain);
	return arena_strdup(mem, text);
}

static const char *field_bytes_text(const ProtobufCBinaryData *b, struct arena *mem)
{
	static const char hex[] = "0123456789abcdef";
	char *text = b->len < SIZE_MAX / 4 ? arena_alloc(mem, 2 * b->len + 3) : NULL;
	char *p = text;

	if (text == NULL)
		return NULL;
	*p++ = '\\';
	*p++ = 'x';
	for (size_t i = 0; i < b->len; i++) {
		*p++ = hex[b->data[i] >> 4];
		*p++ = hex[b->data[i] & 15];
	}
	*p = 0;
	return text;
}

static const char *field_enum_text(const ProtobufCFieldDescriptor *f, int32_t number,
				   struct arena *mem)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(f->descriptor, number);

	return v != NULL ? v->name : arena_printf(mem, "%" PRId32, number);
}

const char *field_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
		       struct arena *mem)
{
	union value v;

	if (!field_get(msg, f, i, &v))
		return NULL;
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return arena_printf(mem, "%" PRId32, v.i32);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return arena_printf(mem, "%" PRId64, v.i64);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return arena_printf(mem, "%" PRIu32, v.u32);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return arena_printf(mem, "%" PRIu64, v.u64);
	case PROTOBUF_C_TYPE_FLOAT:
		return field_float_text((double)v.f32, true, mem);
	case PROTOBUF_C_TYPE_DOUBLE:
		return field_float_text(v.f64, false, mem);
	case PROTOBUF_C_TYPE_BOOL:
		return v.flag ? "true" : "false";
	case PROTOBUF_C_TYPE_ENUM:
		return field_enum_text(f, v.i32, mem);
	case PROTOBUF_C_TYPE_STRING:
		return v.text;
	case PROTOBUF_C_TYPE_BYTES:
		return field_bytes_text(&v.bytes, mem);
	case PROTOBUF_C_TYPE_MESSAGE:
		return NULL;
	}
	return NULL;
}

static enum st_code field_refuse(const ProtobufCFieldDescriptor *f, struct st_err *err,
				 const char *why)
{
	return st_fail(err, ST_INVALID_ARGUMENT, "FORMAT", f->name, "%s", why);
}

static enum st_code field_no_memory(const ProtobufCFieldDescriptor *f, struct st_err *err)
{
	return st_fail(err, ST_RESOURCE_EXHAUSTED, NULL, f->name, "the message becomes too large");
}

/* A number's text as a C string without blanks around it; false: it cannot be a number. */
static bool field_number_text(const char *text, size_t len, bool sign, char out[64])
{
	if (len == 0 || len >= 64 || memchr(text, 0, len) != NULL)
		return false;
	if (!(text[0] >= '0' && text[0] <= '9') && !(sign && text[0] == '-'))
		return false;
	memcpy(out, text, len);
	out[len] = 0;
	return true;
}

static enum st_code field_read_signed(const ProtobufCFieldDescriptor *f, const char *text,
				      size_t len, int64_t low, int64_t high, int64_t *ret,
				      struct st_err *err)
{
	char number[64], *end = number;
	long long v = 0;

	errno = 0;
	if (field_number_text(text, len, true, number))
		v = strtoll(number, &end, 10);
	if (end == number || *end != 0)
		return field_refuse(f, err, "a whole number is needed");
	if (errno == ERANGE || v < low || v > high)
		return st_fail(err, ST_INVALID_ARGUMENT, "OUT_OF_RANGE", f->name,
			       "a number from %" PRId64 " to %" PRId64 " is needed", low, high);
	*ret = v;
	return ST_OK;
}

static enum st_code field_read_unsigned(const ProtobufCFieldDescriptor *f, const char *text,
					size_t len, uint64_t high, uint64_t *ret,
					struct st_err *err)
{
	char number[64], *end = number;
	unsigned long long v = 0;

	errno = 0;
	if (field_number_text(text, len, false, number))
		v = strtoull(number, &end, 10);
	if (end == number || *end != 0)
		return field_refuse(f, err, "a whole number, 0 or more, is needed");
	if (errno == ERANGE || v > high)
		return st_fail(err, ST_INVALID_ARGUMENT, "OUT_OF_RANGE", f->name,
			       "a number from 0 to %" PRIu64 " is needed", high);
	*ret = v;
	return ST_OK;
}

static enum st_code field_read_float(const ProtobufCFieldDescriptor *f, const char *text,
				     size_t len, double *ret, struct st_err *err)
{
	char number[64], *end = number;
	locale_t plain;
	double v = 0;

	if (len == 3 && memcmp(text, "NaN", 3) == 0) {
		*ret = NAN;
		return ST_OK;
	}
	if ((len == 8 && memcmp(text, "Infinity", 8) == 0) ||
	    (len == 9 && memcmp(text, "-Infinity", 9) == 0)) {
		*ret = len == 8 ? INFINITY : -INFINITY;
		return ST_OK;
	}
	if (field_number_text(text, len, true, number) &&
	    strspn(number, "0123456789+-.eE") == strlen(number)) {
		plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
		must(plain != (locale_t)0);
		v = strtod_l(number, &end, plain);
		freelocale(plain);
	}
	if (end == number || *end != 0)
		return field_refuse(f, err, "a number is needed");
	if (isinf(v) || (f->type == PROTOBUF_C_TYPE_FLOAT && isinf((float)v)))
		return st_fail(err, ST_INVALID_ARGUMENT, "OUT_OF_RANGE", f->name,
			       "the number is too large");
	*ret = v;
	return ST_OK;
}

static bool field_text_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static enum st_code field_read_bool(const ProtobufCFieldDescriptor *f, const char *text, size_t len,
				    protobuf_c_boolean *ret, struct st_err *err)
{
	bool yes = field_text_is(text, len, "t") || field_text_is(text, len, "true");

	if (!yes && !field_text_is(text, len, "f") && !field_text_is(text, len, "false"))
		return field_refuse(f, err, "true or false is needed");
	*ret = yes;
	return ST_OK;
}

static enum st_code field_read_enum(const ProtobufCFieldDescriptor *f, const char *text, size_t len,
				    int32_t *ret, struct st_err *err)
{
	const ProtobufCEnumDescriptor *e = f->descriptor;

	for (unsigned i = 0; i < e->n_value_names; i++) {
		if (field_text_is(text, len, e->values_by_name[i].name)) {
			*ret = e->values[e->values_by_name[i].index].value;
			return ST_OK;
		}
	}
	return field_refuse(f, err, "this is none of the known values");
}

static int field_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static enum st_code field_read_bytes(const ProtobufCFieldDescriptor *f, const char *text,
				     size_t len, struct arena *mem, ProtobufCBinaryData *ret,
				     struct st_err *err)
{
	uint8_t *data;

	if (len < 2 || len % 2 != 0 || text[0] != '\\' || text[1] != 'x')
		return field_refuse(f, err, "\\x and pairs of hexadecimal digits are needed");
	data = arena_alloc(mem, len / 2 - 1);
	if (data == NULL)
		return field_no_memory(f, err);
	for (size_t i = 2; i < len; i += 2) {
		int high = field_hex_digit(text[i]), low = field_hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return field_refuse(f, err,
					    "\\x and pairs of hexadecimal digits are needed");
		data[i / 2 - 1] = (uint8_t)(high << 4 | low);
	}
	ret->data = data;
	ret->len = len / 2 - 1;
	return ST_OK;
}

static enum st_code field_read_string(const ProtobufCFieldDescriptor *f, const char *text,
				      size_t len, struct arena *mem, char **ret, struct st_err *err)
{
	char *copy;

	if (!utf8_ok((const uint8_t *)text, len))
		return field_refuse(f, err, "this is not text in UTF-8");
	copy = arena_strndup(mem, text, len);
	if (copy == NULL)
		return field_no_memory(f, err);
	*ret = copy;
	return ST_OK;
}

static enum st_code field_read_double(const ProtobufCFieldDescriptor *f, const char *text,
				      size_t len, union value *v, struct st_err *err)
{
	double d = 0;

	ST_TRY(field_read_float(f, text, len, &d, err));
	if (f->type == PROTOBUF_C_TYPE_FLOAT)
		v->f32 = (float)d;
	else
		v->f64 = d;
	return ST_OK;
}

static enum st_code field_read(const ProtobufCFieldDescriptor *f, const char *text, size_t len,
			       struct arena *mem, union value *v, struct st_err *err)
{
	int64_t wide = 0;
	uint64_t uwide = 0;

	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		ST_TRY(field_read_signed(f, text, len, INT32_MIN, INT32_MAX, &wide, err));
		v->i32 = (int32_t)wide;
		return ST_OK;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return field_read_signed(f, text, len, INT64_MIN, INT64_MAX, &v->i64, err);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		ST_TRY(field_read_unsigned(f, text, len, UINT32_MAX, &uwide, err));
		v->u32 = (uint32_t)uwide;
		return ST_OK;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return field_read_unsigned(f, text, len, UINT64_MAX, &v->u64, err);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return field_read_double(f, text, len, v, err);
	case PROTOBUF_C_TYPE_BOOL:
		return field_read_bool(f, text, len, &v->flag, err);
	case PROTOBUF_C_TYPE_ENUM:
		return field_read_enum(f, text, len, &v->i32, err);
	case PROTOBUF_C_TYPE_STRING:
		return field_read_string(f, text, len, mem, &v->text, err);
	case PROTOBUF_C_TYPE_BYTES:
		return field_read_bytes(f, text, len, mem, &v->bytes, err);
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return st_fail(err, ST_INTERNAL, NULL, f->name, "a message cannot be set from text");
}

/* Puts a value behind a repeated field's elements. False: no memory. */
static bool field_append(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			 const void *value, struct arena *mem)
{
	size_t *n = field_at(msg, f->quantifier_offset);
	char **array = field_at(msg, f->offset);
	char *grown = arena_grow(mem, *array, *n, field_size(f));

	if (grown == NULL)
		return false;
	*array = grown;
	memcpy(grown + *n * field_size(f), value, field_size(f));
	++*n;
	return true;
}

static void field_put(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, const void *value)
{
	memcpy(field_at(msg, f->offset), value, field_size(f));
	if (field_in_oneof(f))
		*(uint32_t *)field_at(msg, f->quantifier_offset) = f->id;
	else if (f->label == PROTOBUF_C_LABEL_OPTIONAL && !field_is_pointer(f))
		*(protobuf_c_boolean *)field_at(msg, f->quantifier_offset) = true;
}

enum st_code field_set_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			    const char *text, size_t len, struct arena *mem, struct st_err *err)
{
	union value v = { 0 };

	ST_TRY(field_read(f, text, len, mem, &v, err));
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		field_put(msg, f, &v);
	else if (!field_append(msg, f, &v, mem))
		return field_no_memory(f, err);
	return ST_OK;
}

enum st_code field_set_bytes(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			     struct slice data, struct arena *mem, struct st_err *err)
{
	union value v = { .bytes = { data.len, (uint8_t *)data.data } };

	must(f->type == PROTOBUF_C_TYPE_BYTES);
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		field_put(msg, f, &v);
	else if (!field_append(msg, f, &v, mem))
		return field_no_memory(f, err);
	return ST_OK;
}

void field_clear(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		*(size_t *)field_at(msg, f->quantifier_offset) = 0;
		*(void **)field_at(msg, f->offset) = NULL;
		return;
	}
	if (field_in_oneof(f)) {
		if (field_is_set(msg, f))
			*(uint32_t *)field_at(msg, f->quantifier_offset) = 0;
		return;
	}
	if (field_is_pointer(f)) {
		memcpy(field_at(msg, f->offset), &f->default_value, sizeof(void *));
		return;
	}
	memset(field_at(msg, f->offset), 0, field_size(f));
	if (f->default_value != NULL)
		memcpy(field_at(msg, f->offset), f->default_value, field_size(f));
	if (f->label == PROTOBUF_C_LABEL_OPTIONAL)
		*(protobuf_c_boolean *)field_at(msg, f->quantifier_offset) = false;
}

ProtobufCMessage *field_add_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				    struct arena *mem)
{
	ProtobufCMessage *sub;

	must(f->type == PROTOBUF_C_TYPE_MESSAGE && f->label == PROTOBUF_C_LABEL_REPEATED);
	sub = message_new(f->descriptor, mem);
	if (sub == NULL || !field_append(msg, f, &sub, mem))
		return NULL;
	return sub;
}

ProtobufCMessage *field_need_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				     struct arena *mem)
{
	ProtobufCMessage *sub;

	must(f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED);
	sub = field_message(msg, f, 0);
	if (sub != NULL)
		return sub;
	sub = message_new(f->descriptor, mem);
	if (sub != NULL)
		field_put(msg, f, &sub);
	return sub;
}
