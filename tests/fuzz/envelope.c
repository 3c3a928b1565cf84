/* The way of a request: the envelope, then its body as the method says. */
#include <string.h>

#include "common/wire.h"
#include "proto/envelope.pb-c.h"
#include "tests/fuzz/target.h"

static void body(const Steward__Request *r, struct arena *mem)
{
	const struct rpc_method *m = r->method != NULL ? rpc_find(r->method) : NULL;
	struct violations v = { .n = 0 };
	struct st_err err = { 0 };
	ProtobufCMessage *msg;

	if (m == NULL)
		return;
	must(strcmp(m->name, r->method) == 0);
	if (wire_unpack(m->in, slice_of(r->body.data, r->body.len), mem, &msg, &err) != ST_OK)
		return;
	if (message_validate(m->in, msg, mem, &v, &err) != ST_OK)
		must(err.message[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct violations v = { .n = 0 };
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct arena mem;

	arena_init(&mem, 8 * size + (64 << 10));
	if (wire_unpack(&rules_steward__request, slice_of(data, size), &mem, &msg, &err) == ST_OK &&
	    message_validate(&rules_steward__request, msg, &mem, &v, &err) == ST_OK)
		body((const Steward__Request *)msg, &mem);
	must(mem.used <= mem.limit);
	arena_fini(&mem);
	return 0;
}
