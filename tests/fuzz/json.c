/*
 * First two bytes: which method (pick.h). The rest: JSON text for its request, as people pipe it
 * into the command. What is read must be written as JSON that reads as the same message again.
 */
#include "client/look/json.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/pick.h"
#include "tests/fuzz/target.h"

#define ARENA_MAX (64u << 20)

/* Where the first text has money, the second has it in whole units too: no field of a request. */
static bool has_money(const struct message_rules *rules)
{
	for (unsigned i = 0; i < rules->desc->n_fields; i++)
		if (rules->fields[i].format == STEWARD__FORMAT__MINOR ||
		    (rules->fields[i].sub != NULL && has_money(rules->fields[i].sub)))
			return true;
	return false;
}

static void check_again(const struct rpc_method *m, const ProtobufCMessage *msg, struct arena *mem)
{
	json_t *j = json_of_message(msg, m->in, mem);
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	ProtobufCMessage *again = message_new(m->in->desc, mem);
	struct slice packed, packed_again;
	struct st_err err = { 0 };
	enum st_code code;

	must(text != NULL && again != NULL);
	code = json_read(slice_str(text), again, mem, &err);
	must(code == ST_OK || (has_money(m->in) && strcmp(err.reason, "UNKNOWN_FIELD") == 0));
	if (code == ST_OK) {
		must(wire_pack(msg, mem, &packed, &err) == ST_OK &&
		     wire_pack(again, mem, &packed_again, &err) == ST_OK);
		must(packed.len == packed_again.len &&
		     (packed.len == 0 || memcmp(packed.data, packed_again.data, packed.len) == 0));
		/* What is too long is for the walker to say, on both sides alike. */
		must(wire_check(m->in, packed, &err) == ST_OK || err.message[0] != '\0');
	}
	free(text);
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rpc_method *m;
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct arena mem;

	if (size < PICK_BYTES)
		return 0;
	m = pick_method(data);
	arena_init(&mem, ARENA_MAX);
	msg = message_new(m->in->desc, &mem);
	must(msg != NULL);
	if (json_read(slice_of(data + PICK_BYTES, size - PICK_BYTES), msg, &mem, &err) == ST_OK)
		check_again(m, msg, &mem);
	else
		must(err.message[0] != '\0');
	arena_fini(&mem);
	return 0;
}
