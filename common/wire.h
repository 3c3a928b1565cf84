#pragma once
/*
 * The wire walker and the validator.
 *
 * wire_check() runs over the bytes before protobuf-c sees them, because protobuf-c checks neither
 * UTF-8 nor NUL, turns one megabyte into dozens, and follows any nesting. It allocates nothing.
 * wire_unpack() unpacks into an arena whose limit bounds what comes out. message_validate() checks
 * the declared limits of the unpacked message and names every field at fault.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/rules.h"
#include "common/slice.h"

#define WIRE_DEPTH_MAX 8
#define WIRE_FIELDS_MAX 200000      /* fields in one message tree; an import batch has many */
#define WIRE_UNKNOWN_MAX 64         /* fields of one message that its declaration does not have */
#define WIRE_MESSAGE_FIELDS_MAX 128 /* that a message may declare */

/* ST_OK: well formed, within the declared sizes. Else INVALID_ARGUMENT with the field's path. */
enum st_code wire_check(const struct message_rules *rules, struct slice body,
			struct st_err *err) ST_MUSTCHECK;

/* wire_check() and unpack into 'mem'. ST_RESOURCE_EXHAUSTED: the arena's limit. */
enum st_code wire_unpack(const struct message_rules *rules, struct slice body, struct arena *mem,
			 ProtobufCMessage **ret, struct st_err *err) ST_MUSTCHECK;

/* Serializes into 'mem'. */
enum st_code wire_pack(const ProtobufCMessage *msg, struct arena *mem, struct slice *ret,
		       struct st_err *err) ST_MUSTCHECK;

/* An empty message of this type, with its defaults. */
ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *desc, struct arena *mem);

struct violation {
	/* In the arena. The rule is one of REQUIRED, TOO_LONG, TOO_MANY, OUT_OF_RANGE,
	 * NOT_A_CHOICE, FORMAT; the message is a sentence that does not repeat the field. */
	const char *field, *rule, *message;
};

#define VIOLATIONS_MAX 64
struct violations {
	struct violation items[VIOLATIONS_MAX];
	size_t n;
};

/* Checks required (also: not only blanks), lengths, ranges, formats, choices of the whole tree.
 * Adds to 'v' (first 64), fills 'err' with the first. UUID and DATE syntax is checked here; what
 * needs the database is not. */
enum st_code message_validate(const struct message_rules *rules, const ProtobufCMessage *msg,
			      struct arena *mem, struct violations *v,
			      struct st_err *err) ST_MUSTCHECK;

/* Reflection over a protobuf-c message, the one place that knows its memory layout. */
const ProtobufCFieldDescriptor *message_field(const ProtobufCMessageDescriptor *desc,
					      const char *name);
/* Repeated: has it any element? */
bool field_is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f);
/* Elements of a repeated field, else 0 or 1. */
size_t field_count(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f);
/* Sub-message of an optional (i = 0) or repeated field. */
ProtobufCMessage *field_message(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				size_t i);
/* The bytes of a string or bytes field; length 0 if it is not set or of another type. A string's
 * end with a 0. */
struct slice field_slice(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i);
/* A whole number, bool or enum. False: not set, or of another type. An uint64 above INT64_MAX gives
 * INT64_MAX. */
bool field_number(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
		  int64_t *ret);
/* The value as text (numbers decimal, bool true/false, enum by name, bytes as \x hex), in 'mem';
 * NULL if not set. What PostgreSQL's input functions and people read. */
const char *field_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
		       struct arena *mem);
/* The reverse: sets an optional or appends to a repeated scalar field. bool takes t/true/f/false,
 * bytes \x hex. */
enum st_code field_set_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			    const char *text, size_t len, struct arena *mem,
			    struct st_err *err) ST_MUSTCHECK;
/* The same for a bytes field, as they are; they must live as long as 'msg'. */
enum st_code field_set_bytes(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
			     struct slice data, struct arena *mem, struct st_err *err) ST_MUSTCHECK;
/* Makes a field absent (repeated: empty). */
void field_clear(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f);
/* Appends an empty sub-message to a repeated message field and returns it. NULL: no memory. */
ProtobufCMessage *field_add_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				    struct arena *mem);
/* Makes (once) and returns the sub-message of an optional message field. */
ProtobufCMessage *field_need_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f,
				     struct arena *mem);
