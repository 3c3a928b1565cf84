#include "common/wire.h"

#include <stdint.h>

#include "common/path.h"
#include "common/utf8.h"

#define WIRE_FIELD_NUMBER_MAX ((1u << 29) - 1)

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

/* One walk over a whole message tree. */
struct wire_walk {
	size_t fields; /* so far, elements of packed fields included */
	struct st_err *err;
};

/* One message of the tree. */
struct wire_level {
	const struct message_rules *rules;
	const struct path *at; /* NULL: the outermost message */
	unsigned depth;        /* 1: the outermost */
	unsigned unknown;
	uint32_t counts[WIRE_MESSAGE_FIELDS_MAX]; /* elements seen, in the order of the rules */
};

static enum st_code wire_walk_message(struct wire_walk *w, const struct message_rules *rules,
				      struct slice body, const struct path *at, unsigned depth);

static enum st_code wire_fail(struct wire_walk *w, const struct path *at, const char *reason,
			      const char *sentence)
{
	char path[160];

	return st_fail(w->err, ST_INVALID_ARGUMENT, reason, path_format(at, path, sizeof path),
		       "%s", sentence);
}

static enum st_code wire_cut_off(struct wire_walk *w, const struct path *at)
{
	return wire_fail(w, at, "MALFORMED", "the message ends in the middle of a field");
}

static enum st_code wire_too_long(struct wire_walk *w, const struct path *at, uint32_t max,
				  const char *unit)
{
	char path[160];

	return st_fail(w->err, ST_INVALID_ARGUMENT, "TOO_LONG", path_format(at, path, sizeof path),
		       "at most %u %s, this has more", max, unit);
}

static enum st_code wire_too_many(struct wire_walk *w, const struct path *at, uint32_t max)
{
	const struct path all = { at->up, at->name, 0, false };
	char path[160];

	return st_fail(w->err, ST_INVALID_ARGUMENT, "TOO_MANY",
		       path_format(&all, path, sizeof path), "at most %u of these, there are more",
		       max);
}

/* Takes a varint of at most 'most' bytes from the front of 'in'. False: cut off or too large. */
static bool wire_varint(struct slice *in, unsigned most, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < in->len && i < most; i++) {
		uint64_t bits = in->data[i] & 0x7f;

		if (i == 9 && bits > 1)
			return false;
		v |= bits << (7 * i);
		if ((in->data[i] & 0x80) == 0) {
			in->data += i + 1;
			in->len -= i + 1;
			*ret = v;
			return true;
		}
	}
	return false;
}

/* Tags and lengths: 32 bits. */
static bool wire_u32(struct slice *in, uint32_t *ret)
{
	uint64_t v;

	if (!wire_varint(in, 5, &v) || v > UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool wire_take(struct slice *in, size_t n, struct slice *ret)
{
	if (n > in->len)
		return false;
	*ret = slice_of(in->data, n);
	in->data += n;
	in->len -= n;
	return true;
}

static enum wire_type wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_FIXED64;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_FIXED32;
	default:
		return WIRE_VARINT;
	}
}

/* Would the number survive the field's width? protobuf-c would cut it off without a word. */
static bool wire_number_fits(ProtobufCType type, uint64_t v)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		return v <= INT32_MAX || v >= UINT64_MAX - INT32_MAX;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return v <= UINT32_MAX;
	case PROTOBUF_C_TYPE_BOOL:
		return v <= 1;
	default:
		return true;
	}
}

/* A field that the declaration does not have: stepped over, but counted. */
static enum st_code wire_unknown(struct wire_walk *w, struct wire_level *l, struct slice *in,
				 unsigned type)
{
	struct slice skipped;
	uint64_t v;
	uint32_t len = 0;
	bool ok;

	if (++l->unknown > WIRE_UNKNOWN_MAX)
		return wire_fail(w, l->at, "TOO_MANY", "too many fields that are not known here");
	if (type == WIRE_VARINT)
		ok = wire_varint(in, 10, &v);
	else if (type == WIRE_FIXED64)
		ok = wire_take(in, 8, &skipped);
	else if (type == WIRE_FIXED32)
		ok = wire_take(in, 4, &skipped);
	else if (type == WIRE_BYTES)
		ok = wire_u32(in, &len) && wire_take(in, len, &skipped);
	else
		return wire_fail(w, l->at, "MALFORMED", "a field has a form that is not used here");
	return ok ? ST_OK : wire_cut_off(w, l->at);
}

static enum st_code wire_text(struct wire_walk *w, const ProtobufCFieldDescriptor *f, uint32_t max,
			      struct slice value, const struct path *at)
{
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return value.len <= max ? ST_OK : wire_too_long(w, at, max, "bytes");
	if (value.len > (uint64_t)max * 4)
		return wire_too_long(w, at, max, "characters");
	if (!utf8_ok(value.data, value.len))
		return wire_fail(w, at, "NOT_UTF8",
				 "this is not text in UTF-8, or has a NUL character in it");
	return ST_OK;
}

/* All elements of a packed field; *ret_n is how many there are. */
static enum st_code wire_packed(struct wire_walk *w, const ProtobufCFieldDescriptor *f,
				struct slice in, const struct path *at, size_t *ret_n)
{
	enum wire_type type = wire_type_of(f->type);
	size_t width = type == WIRE_FIXED64 ? 8 : 4, n = 0;
	uint64_t v;

	if (type != WIRE_VARINT) {
		*ret_n = in.len / width;
		return in.len % width == 0 ? ST_OK : wire_cut_off(w, at);
	}
	while (in.len > 0) {
		/* protobuf-c takes every byte for one element here, whatever its top bit says. */
		if (!wire_varint(&in, f->type == PROTOBUF_C_TYPE_BOOL ? 1 : 10, &v))
			return wire_fail(w, at, "MALFORMED", "a number is cut off or too large");
		if (!wire_number_fits(f->type, v))
			return wire_fail(w, at, "OUT_OF_RANGE", "the number is too large");
		n++;
	}
	*ret_n = n;
	return ST_OK;
}

static enum st_code wire_scalar(struct wire_walk *w, const ProtobufCFieldDescriptor *f,
				struct slice *in, const struct path *at)
{
	enum wire_type type = wire_type_of(f->type);
	struct slice skipped;
	uint64_t v;

	if (type != WIRE_VARINT)
		return wire_take(in, type == WIRE_FIXED64 ? 8 : 4, &skipped) ? ST_OK
									     : wire_cut_off(w, at);
	if (!wire_varint(in, 10, &v))
		return wire_fail(w, at, "MALFORMED", "a number is cut off or too large");
	if (!wire_number_fits(f->type, v))
		return wire_fail(w, at, "OUT_OF_RANGE", "the number is too large");
	return ST_OK;
}

/* Counts n more elements of field i. */
static enum st_code wire_count(struct wire_walk *w, struct wire_level *l, unsigned i, size_t n,
			       const struct path *at)
{
	bool repeated = l->rules->desc->fields[i].label == PROTOBUF_C_LABEL_REPEATED;
	uint32_t max = repeated ? l->rules->fields[i].max : 1;

	if (n > max - l->counts[i])
		return repeated ? wire_too_many(w, at, max)
				: wire_fail(w, at, "MALFORMED", "the field is given twice");
	l->counts[i] += (uint32_t)n;
	w->fields += n;
	if (w->fields > WIRE_FIELDS_MAX)
		return wire_fail(w, NULL, "TOO_MANY", "the message has too many fields");
	return ST_OK;
}

/* A field of the declaration, the i-th; its tag has been read. */
static enum st_code wire_known(struct wire_walk *w, struct wire_level *l, unsigned i,
			       struct slice *in, unsigned type)
{
	const ProtobufCFieldDescriptor *f = &l->rules->desc->fields[i];
	const struct field_rule *rule = &l->rules->fields[i];
	bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
	const struct path at = { l->at, f->name, l->counts[i], repeated };
	enum wire_type wanted = wire_type_of(f->type);
	struct slice value;
	uint32_t len;
	size_t n = 1;

	if (type != wanted && !(type == WIRE_BYTES && repeated))
		return wire_fail(w, &at, "MALFORMED", "the field does not have its declared type");
	if (type != WIRE_BYTES) {
		ST_TRY(wire_count(w, l, i, 1, &at));
		return wire_scalar(w, f, in, &at);
	}
	if (!wire_u32(in, &len) || !wire_take(in, len, &value))
		return wire_cut_off(w, &at);
	if (wanted != WIRE_BYTES)
		ST_TRY(wire_packed(w, f, value, &at, &n));
	ST_TRY(wire_count(w, l, i, n, &at));
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return wire_walk_message(w, rule->sub, value, &at, l->depth + 1);
	if (wanted == WIRE_BYTES)
		return wire_text(w, f, repeated ? rule->item_max : rule->max, value, &at);
	return ST_OK;
}

static enum st_code wire_walk_message(struct wire_walk *w, const struct message_rules *rules,
				      struct slice body, const struct path *at, unsigned depth)
{
	struct wire_level l = { .rules = rules, .at = at, .depth = depth };

	must(rules != NULL && rules->desc->n_fields <= WIRE_MESSAGE_FIELDS_MAX);
	if (depth > WIRE_DEPTH_MAX)
		return wire_fail(w, at, "TOO_DEEP", "messages stand too deep in each other");
	while (body.len > 0) {
		const ProtobufCFieldDescriptor *f;
		uint32_t tag;

		if (!wire_u32(&body, &tag))
			return wire_cut_off(w, at);
		if (tag >> 3 == 0 || tag >> 3 > WIRE_FIELD_NUMBER_MAX)
			return wire_fail(w, at, "MALFORMED", "a field has an impossible number");
		f = protobuf_c_message_descriptor_get_field(rules->desc, tag >> 3);
		if (f == NULL) {
			if (++w->fields > WIRE_FIELDS_MAX)
				return wire_fail(w, NULL, "TOO_MANY",
						 "the message has too many fields");
			ST_TRY(wire_unknown(w, &l, &body, tag & 7));
			continue;
		}
		ST_TRY(wire_known(w, &l, (unsigned)(f - rules->desc->fields), &body, tag & 7));
	}
	return ST_OK;
}

enum st_code wire_check(const struct message_rules *rules, struct slice body, struct st_err *err)
{
	struct wire_walk w = { .err = err };

	return wire_walk_message(&w, rules, body, NULL, 1);
}

enum st_code wire_unpack(const struct message_rules *rules, struct slice body, struct arena *mem,
			 ProtobufCMessage **ret, struct st_err *err)
{
	static const uint8_t nothing[1];
	bool refused_before = mem->refused;
	ProtobufCMessage *msg;

	ST_TRY(wire_check(rules, body, err));
	mem->refused = false;
	msg = protobuf_c_message_unpack(rules->desc, arena_pb(mem), body.len,
					body.len > 0 ? body.data : nothing);
	if (msg == NULL && mem->refused)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			       "the message needs more memory than it may use");
	mem->refused = refused_before;
	if (msg == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "MALFORMED", NULL,
			       "the message cannot be read");
	*ret = msg;
	return ST_OK;
}

enum st_code wire_pack(const ProtobufCMessage *msg, struct arena *mem, struct slice *ret,
		       struct st_err *err)
{
	size_t len = protobuf_c_message_get_packed_size(msg);
	uint8_t *data = arena_alloc(mem, len);

	if (data == NULL)
		return st_fail(err, ST_RESOURCE_EXHAUSTED, "TOO_LARGE", NULL,
			       "the message needs more memory than it may use");
	*ret = slice_of(data, protobuf_c_message_pack(msg, data));
	return ST_OK;
}
