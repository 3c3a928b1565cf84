#include "server/db/bind_path.h"

#include <string.h>

#include "common/wire.h"

const char *bind_path_find(const ProtobufCMessageDescriptor *desc, const char *column,
			   struct bind_path *ret)
{
	for (ret->n = 0; ret->n < BIND_PATH;) {
		char name[64];
		size_t len = strcspn(column, ".");
		const ProtobufCFieldDescriptor *f = NULL;

		if (len < sizeof(name)) { /* PostgreSQL's names are shorter */
			memcpy(name, column, len);
			name[len] = 0;
			f = message_field(desc, name);
		}
		if (f == NULL)
			return "the message has no such field";
		ret->fields[ret->n++] = f;
		if (column[len] == 0)
			return f->type == PROTOBUF_C_TYPE_MESSAGE &&
					       f->label == PROTOBUF_C_LABEL_REPEATED
				       ? "the field is a list of messages: its rows come from a "
					 ":many"
				       : NULL;
		if (f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED)
			return "what stands before the dot is not a single message";
		desc = f->descriptor;
		column += len + 1;
	}
	return "it goes too deep";
}
