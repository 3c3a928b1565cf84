/*
 * First two bytes: which method (pick.h). The rest: the body of its request, taken in as the
 * dispatcher does: its size, the walker, the unpacking into a capped arena, the declared limits.
 * What was unpacked must be packed again, and the second reading must say the same as the first.
 */
#include "common/wire.h"

#include <string.h>

#include "tests/fuzz/pick.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (24u << 20) /* of an op */

struct reading {
	struct arena mem;
	ProtobufCMessage *msg;
	struct violations v;
	struct st_err err;
	enum st_code code; /* of the validation */
};

static bool take(struct reading *r, const struct rpc_method *m, struct slice body)
{
	enum st_code code;

	*r = (struct reading){ .v = { .n = 0 } };
	arena_init(&r->mem, ARENA_MAX);
	if (body.len > (m->max_bytes != 0 ? m->max_bytes : 1u << 20))
		return false;
	code = wire_unpack(m->in, body, &r->mem, &r->msg, &r->err);
	if (code != ST_OK) {
		must(r->err.code == code && r->err.message[0] != '\0');
		return false;
	}
	r->code = message_validate(m->in, r->msg, &r->mem, &r->v, &r->err);
	must((r->code == ST_OK) == (r->v.n == 0) || r->code == ST_RESOURCE_EXHAUSTED);
	must(r->code == ST_OK || r->err.message[0] != '\0');
	return true;
}

/* The first step of every path is a field of the request. */
static void check_path(const struct rpc_method *m, const struct violation *v)
{
	char first[100];
	size_t len = strcspn(v->field, ".[");

	must(len > 0 && len < sizeof(first) && v->rule[0] != '\0' && v->message[0] != '\0');
	memcpy(first, v->field, len);
	first[len] = '\0';
	must(message_field(m->in->desc, first) != NULL);
}

static void compare(const struct rpc_method *m, const struct reading *a, const struct reading *b)
{
	must(a->code == b->code && a->v.n == b->v.n);
	for (size_t i = 0; i < a->v.n; i++) {
		check_path(m, &a->v.items[i]);
		must(strcmp(a->v.items[i].field, b->v.items[i].field) == 0 &&
		     strcmp(a->v.items[i].rule, b->v.items[i].rule) == 0 &&
		     strcmp(a->v.items[i].message, b->v.items[i].message) == 0);
	}
}

static void check_again(const struct rpc_method *m, struct reading *first)
{
	struct st_err err = { 0 };
	struct slice packed, twice;
	struct reading second;

	must(wire_pack(first->msg, &first->mem, &packed, &err) == ST_OK);
	if (!take(&second, m, packed)) {
		must(packed.len > (m->max_bytes != 0 ? m->max_bytes : 1u << 20));
	} else {
		compare(m, first, &second);
		must(wire_pack(second.msg, &second.mem, &twice, &err) == ST_OK);
		must(twice.len == packed.len &&
		     (packed.len == 0 || memcmp(twice.data, packed.data, packed.len) == 0));
	}
	arena_fini(&second.mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rpc_method *m;
	struct reading r;

	if (size < PICK_BYTES)
		return 0;
	m = pick_method(data);
	if (take(&r, m, slice_of(data + PICK_BYTES, size - PICK_BYTES)) &&
	    r.code != ST_RESOURCE_EXHAUSTED)
		check_again(m, &r);
	must(r.mem.used <= r.mem.limit);
	arena_fini(&r.mem);
	return 0;
}
