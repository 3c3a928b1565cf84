/*
 * First two bytes: which message. The rest: its bytes. What the walker lets through must unpack
 * within its memory, be packed again, pass again, and every value of it must be read back from its
 * own text.
 */
#include "common/wire.h"

#include <string.h>

#include "tests/fuzz/target.h"
#include "tests/unit/common/sample_rules.h"

#define ENVELOPES 7
#define SAMPLES 3

static const struct message_rules *pick(unsigned n)
{
	static const struct message_rules *const fixed[ENVELOPES + SAMPLES] = {
		&rules_sample_all,        &rules_sample_form,      &rules_sample_d1,
		&rules_steward__hello,    &rules_steward__welcome, &rules_steward__request,
		&rules_steward__response, &rules_steward__status,  &rules_steward__goaway,
		&rules_steward__fatal,
	};
	const struct rpc_method *m;

	if (n < ENVELOPES + SAMPLES)
		return fixed[n];
	n -= ENVELOPES + SAMPLES;
	m = &rpc_methods[n / 2 % rpc_method_count];
	return n % 2 == 0 ? m->in : m->out;
}

static void check_value(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f, size_t i,
			ProtobufCMessage *copy, struct arena *mem)
{
	const char *text = field_text(msg, f, i, mem);
	struct st_err err = { 0 };

	if (text == NULL) {
		must(mem->refused);
		return;
	}
	if (field_set_text(copy, f, text, strlen(text), mem, &err) != ST_OK) {
		must(mem->refused || f->type == PROTOBUF_C_TYPE_ENUM); /* an unknown value */
		return;
	}
	text = field_text(copy, f, field_count(copy, f) - 1, mem);
	must(text != NULL ? strcmp(text, field_text(msg, f, i, mem)) == 0 : mem->refused);
}

static void check_values(const ProtobufCMessage *msg, struct arena *mem)
{
	ProtobufCMessage *copy = message_new(msg->descriptor, mem);

	for (unsigned n = 0; copy != NULL && n < msg->descriptor->n_fields; n++) {
		const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[n];
		size_t count = field_count(msg, f);

		for (size_t i = 0; i < count && !mem->refused; i++) {
			if (f->type == PROTOBUF_C_TYPE_MESSAGE)
				check_values(field_message(msg, f, i), mem);
			else
				check_value(msg, f, i, copy, mem);
		}
	}
}

static void check_violations(const struct violations *v, enum st_code code)
{
	must(v->n <= VIOLATIONS_MAX && (code == ST_OK) == (v->n == 0));
	for (size_t i = 0; i < v->n; i++)
		must(v->items[i].field[0] != 0 && v->items[i].rule[0] != 0 &&
		     v->items[i].message[0] != 0);
}

static void check_message(const struct message_rules *rules, const ProtobufCMessage *msg)
{
	struct violations v = { .n = 0 };
	struct st_err err = { 0 };
	struct slice packed;
	struct arena mem;

	arena_init(&mem, 64 << 20);
	must(wire_pack(msg, &mem, &packed, &err) == ST_OK);
	must(wire_check(rules, packed, &err) == ST_OK);
	check_violations(&v, message_validate(rules, msg, &mem, &v, &err));
	check_values(msg, &mem);
	arena_fini(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct message_rules *rules;
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct arena mem;
	enum st_code code;

	if (size < 2)
		return 0;
	rules = pick((unsigned)data[0] << 8 | data[1]);
	arena_init(&mem, 8 * size + (64 << 10));
	code = wire_unpack(rules, slice_of(data + 2, size - 2), &mem, &msg, &err);
	if (code == ST_OK)
		check_message(rules, msg);
	else
		must(err.code == code && err.message[0] != 0);
	arena_fini(&mem);
	return 0;
}
