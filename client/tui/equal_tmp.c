#include "client/look/equal.h"
const char *equal_command(const struct rpc_method *m, const ProtobufCMessage *request,
			  const char *property, struct arena *mem)
{
	return arena_printf(mem, "steward %s ...", m->words);
}
