#pragma once
/*
 * Messages as JSON and back: names as in the declaration, 64-bit numbers as strings, bytes as
 * "\\x0a.."; money also in whole units. What is absent is left out; lists are always there.
 */
#include <jansson.h>

#include "common/arena.h"
#include "common/json_read.h"
#include "common/rules.h"
#include "common/slice.h"
#include "common/wire.h"

/* New reference; NULL: no memory. */
json_t *json_of_message(const ProtobufCMessage *msg, const struct message_rules *rules,
			struct arena *mem);
/* What json_read() makes the same message of: nothing but its fields, lists only where they hold
 * something. */
json_t *json_typed_of_message(const ProtobufCMessage *msg, const struct message_rules *rules,
			      struct arena *mem);
/* Only these fields, each of them always there (null where absent). 'paths': "number,case.state".
 */
json_t *json_of_fields(const ProtobufCMessage *msg, const struct message_rules *rules,
		       const char *paths, struct arena *mem);
/* Are all of these fields of the message? Says what is near otherwise. */
enum st_code json_check_fields(const struct message_rules *rules, const char *paths,
			       struct arena *mem, struct st_err *err) ST_MUSTCHECK;
