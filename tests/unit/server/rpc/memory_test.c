/*
 * How much larger than on the line a request can be in memory: every call's declared maxima, filled
 * with parts that are empty. What a declaration added later makes of it is found here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/rules.h"
#include "common/wire.h"

#define EMPTY_MAX (256u << 10) /* bytes that empty parts may take in memory */
#define DEPTH 4

struct body {
	uint8_t *data;
	size_t len, size;
};

static void put_varint(struct body *b, uint64_t n)
{
	do {
		assert_true(b->len < b->size);
		b->data[b->len++] = (uint8_t)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
		n >>= 7;
	} while (n > 0);
}

/* All that may be repeated as often as it may be, and each part likewise. */
static void put_full(struct body *b, const struct message_rules *rules, int depth)
{
	for (unsigned k = 0; k < rules->desc->n_fields; k++) {
		const ProtobufCFieldDescriptor *f = &rules->desc->fields[k];
		bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
		uint32_t n = repeated ? rules->fields[k].max : 1;
		struct body part = { .data = NULL };

		if (f->type != PROTOBUF_C_TYPE_MESSAGE && f->type != PROTOBUF_C_TYPE_STRING &&
		    f->type != PROTOBUF_C_TYPE_BYTES)
			continue;
		if (f->type == PROTOBUF_C_TYPE_MESSAGE && depth < DEPTH) {
			part.data = malloc(part.size = 1 << 20);
			put_full(&part, rules->fields[k].sub, depth + 1);
		}
		for (uint32_t i = 0; repeated && i < n; i++) {
			put_varint(b, (uint64_t)f->id << 3 | 2);
			put_varint(b, part.len);
			assert_true(b->len + part.len <= b->size);
			for (size_t j = 0; j < part.len; j++)
				b->data[b->len++] = part.data[j];
		}
		free(part.data);
	}
}

static void empty_parts_take_little_whatever_the_call(void **state)
{
	struct body b = { .data = malloc(16u << 20), .size = 16u << 20 };
	size_t most = 0;

	for (size_t i = 0; i < rpc_method_count; i++) {
		const struct rpc_method *m = &rpc_methods[i];
		struct arena mem;
		ProtobufCMessage *msg;
		struct st_err err = { 0 };
		enum st_code code;

		b.len = 0;
		put_full(&b, m->in, 1);
		arena_init(&mem, 16u << 20);
		code = wire_unpack(m->in, slice_of(b.data, b.len), &mem, &msg, &err);
		if (code != ST_OK || mem.used > EMPTY_MAX)
			fail_msg("%s: %zu empty bytes: %s, and take %zu", m->name, b.len,
				 st_code_name(code), mem.used);
		most = mem.used > most ? mem.used : most;
		arena_fini(&mem);
	}
	print_message("the most is %zu bytes\n", most);
	assert_true(most > 100000); /* batches of imports: it was counted at all */
	free(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_parts_take_little_whatever_the_call),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
