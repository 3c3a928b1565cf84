#pragma once
/*
 * A message from JSON text: names as in the declaration, enums by name, 64-bit numbers also as
 * strings, bytes as "\\x0a..". What is null is left out.
 */
#include <protobuf-c/protobuf-c.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/slice.h"

/* Fills 'msg'. Errors name the path ("rows[3].opened") or the line. Declared limits are not looked
 * at: message_validate() does. */
enum st_code json_read(struct slice text, ProtobufCMessage *msg, struct arena *mem,
		       struct st_err *err) ST_MUSTCHECK;
