#pragma once
/* Where a column of this name goes in a message: "state", or "case.party.name" into sub-messages.
 */
#include <protobuf-c/protobuf-c.h>

#define BIND_PATH 4

struct bind_path {
	const ProtobufCFieldDescriptor
		*fields[BIND_PATH]; /* the last is a scalar, those before it single messages */
	unsigned n;
};

/* NULL: found. Else why the message cannot take the column. */
const char *bind_path_find(const ProtobufCMessageDescriptor *desc, const char *column,
			   struct bind_path *ret);
