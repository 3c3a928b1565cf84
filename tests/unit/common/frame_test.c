#include "common/frame.h"

#include <string.h>

#include "tests/unit/common/check.h"

struct header {
	uint8_t type, flags;
	uint32_t len, stream;
};

static enum st_code parse(enum frame_phase phase, const uint8_t *data, size_t len, size_t *used,
			  struct frame *f)
{
	struct st_err err = { 0 };
	enum st_code code = frame_parse(phase, slice_of(data, len), f, used, &err);

	assert_int_equal(err.code, code);
	if (code != ST_OK)
		assert_true(strlen(err.message) > 0);
	return code;
}

/* Judges a header alone, the payload not there yet. */
static enum st_code judge(struct header h)
{
	uint8_t bytes[FRAME_HEADER];
	struct frame f;
	size_t used;

	frame_header(bytes, h.type, h.flags, h.len, h.stream);
	return parse(PHASE_OPEN, bytes, sizeof bytes, &used, &f);
}

static void a_header_has_its_layout(void **state)
{
	static const uint8_t want[] = { 0xd5, 0x11, 0x02, 0, 0, 1, 2, 3, 0x01, 0x02, 0x03, 0x05 };
	uint8_t out[FRAME_HEADER];

	frame_header(out, FRAME_DATA, FRAME_MORE, 0x010203, 0x01020305);
	assert_memory_equal(out, want, sizeof want);
}

static void a_frame_is_read_back_at_every_cut(void **state)
{
	uint8_t bytes[FRAME_HEADER + 5];
	struct frame f;
	size_t used;

	frame_header(bytes, FRAME_REQUEST, FRAME_END_STREAM, 5, 7);
	memcpy(bytes + FRAME_HEADER, "hello", 5);
	for (size_t len = 0; len < sizeof bytes; len++) {
		assert_int_equal(parse(PHASE_OPEN, bytes, len, &used, &f), ST_OK);
		assert_int_equal(used, 0);
		assert_int_equal(frame_need(slice_of(bytes, len)),
				 len < FRAME_HEADER ? FRAME_HEADER : FRAME_HEADER + 5);
	}
	assert_int_equal(parse(PHASE_OPEN, bytes, sizeof bytes, &used, &f), ST_OK);
	assert_int_equal(used, sizeof bytes);
	assert_int_equal(f.type, FRAME_REQUEST);
	assert_int_equal(f.flags, FRAME_END_STREAM);
	assert_int_equal(f.stream, 7);
	assert_int_equal(f.payload.len, 5);
	assert_ptr_equal(f.payload.data, bytes + FRAME_HEADER);
}

static void only_the_first_frame_is_taken(void **state)
{
	uint8_t bytes[2 * FRAME_HEADER];
	struct frame f;
	size_t used;

	frame_header(bytes, FRAME_CANCEL, 0, 0, 1);
	frame_header(bytes + FRAME_HEADER, FRAME_CANCEL, 0, 0, 3);
	assert_int_equal(parse(PHASE_OPEN, bytes, sizeof bytes, &used, &f), ST_OK);
	assert_int_equal(used, FRAME_HEADER);
	assert_int_equal(f.stream, 1);
}

static void the_first_byte_decides_about_the_magic(void **state)
{
	struct frame f;
	size_t used;

	for (int b = 0; b < 256; b++) {
		uint8_t byte = (uint8_t)b;
		enum st_code code = parse(PHASE_HELLO, &byte, 1, &used, &f);

		assert_int_equal(code, b == FRAME_MAGIC ? ST_OK : ST_INVALID_ARGUMENT);
	}
}

static void caps_follow_the_phase(void **state)
{
	static const uint32_t caps[] = {
		[PHASE_HELLO] = 4096, [PHASE_LOGIN] = 16384, [PHASE_OPEN] = 65536
	};
	uint8_t bytes[FRAME_HEADER];
	struct frame f;
	size_t used;

	for (int phase = PHASE_HELLO; phase <= PHASE_OPEN; phase++) {
		uint32_t cap = frame_cap((enum frame_phase)phase);

		assert_int_equal(cap, caps[phase]);
		frame_header(bytes, FRAME_DATA, 0, cap, 1);
		assert_int_equal(parse((enum frame_phase)phase, bytes, sizeof bytes, &used, &f),
				 ST_OK);
		assert_int_equal(used, 0);
		frame_header(bytes, FRAME_DATA, 0, cap + 1, 1);
		assert_int_equal(parse((enum frame_phase)phase, bytes, sizeof bytes, &used, &f),
				 ST_RESOURCE_EXHAUSTED);
		frame_header(bytes, 0x99, 0, UINT32_MAX, 1);
		assert_int_equal(parse((enum frame_phase)phase, bytes, sizeof bytes, &used, &f),
				 ST_RESOURCE_EXHAUSTED);
	}
}

static void every_type_has_its_place(void **state)
{
	static const uint8_t known[] = { 0x01, 0x02, 0x10, 0x11, 0x12, 0x13,
					 0x14, 0x15, 0x20, 0x21, 0x30, 0x31 };
	static const uint8_t lens[] = { 0, 0, 0, 0, 0, 0, 8, 0, 8, 8, 0, 0 };

	for (unsigned type = 0; type < 256; type++) {
		const uint8_t *at = memchr(known, (int)type, sizeof known);
		bool on_stream = type >= 0x10 && type <= 0x15;
		struct header h = { (uint8_t)type, 0, 0, 0 };

		if (at == NULL) {
			assert_null(frame_rule((uint8_t)type));
			assert_int_equal(judge(h), type < 0x80 ? ST_INVALID_ARGUMENT : ST_OK);
			continue;
		}
		h.len = lens[at - known];
		h.flags = type == FRAME_STATUS ? FRAME_END_STREAM : 0;
		h.stream = 0;
		assert_int_equal(judge(h),
				 !on_stream || type == FRAME_CREDIT ? ST_OK : ST_INVALID_ARGUMENT);
		h.stream = 1;
		assert_int_equal(judge(h), on_stream ? ST_OK : ST_INVALID_ARGUMENT);
		h.stream = FRAME_STREAM_MAX;
		assert_int_equal(judge(h), on_stream ? ST_OK : ST_INVALID_ARGUMENT);
		h.stream = 2;
		assert_int_equal(judge(h), ST_INVALID_ARGUMENT);
		h.stream = FRAME_STREAM_MAX + 2;
		assert_int_equal(judge(h), ST_INVALID_ARGUMENT);
	}
}

static void flags_fit_their_type(void **state)
{
	static const uint8_t parts[] = { FRAME_REQUEST, FRAME_DATA, FRAME_RESPONSE };
	static const uint8_t bare[] = { FRAME_HELLO, FRAME_WELCOME, FRAME_CREDIT, FRAME_CANCEL,
					FRAME_PING,  FRAME_PONG,    FRAME_GOAWAY, FRAME_ERROR };

	for (unsigned flags = 0; flags < 256; flags++) {
		struct header h = { 0, (uint8_t)flags, 0, 1 };

		for (size_t i = 0; i < sizeof parts; i++) {
			h.type = parts[i];
			assert_int_equal(judge(h), flags < 3 ? ST_OK : ST_INVALID_ARGUMENT);
		}
		h.type = FRAME_STATUS;
		assert_int_equal(judge(h), flags == FRAME_END_STREAM ? ST_OK : ST_INVALID_ARGUMENT);
		for (size_t i = 0; i < sizeof bare; i++) {
			h.type = bare[i];
			h.len = h.type == FRAME_CREDIT || h.type == FRAME_PING ||
						h.type == FRAME_PONG
					? 8
					: 0;
			h.stream = h.type == FRAME_CANCEL || h.type == FRAME_CREDIT;
			assert_int_equal(judge(h), flags == 0 ? ST_OK : ST_INVALID_ARGUMENT);
		}
		h = (struct header){ 0xee, (uint8_t)flags, 0, 1 };
		assert_int_equal(judge(h), flags < 4 ? ST_OK : ST_INVALID_ARGUMENT);
	}
}

static void the_reserved_byte_is_zero(void **state)
{
	uint8_t bytes[FRAME_HEADER];
	struct frame f;
	size_t used;

	for (int b = 1; b < 256; b++) {
		frame_header(bytes, FRAME_DATA, 0, 0, 1);
		bytes[3] = (uint8_t)b;
		assert_int_equal(parse(PHASE_OPEN, bytes, sizeof bytes, &used, &f),
				 ST_INVALID_ARGUMENT);
	}
}

static void fixed_lengths_are_exact(void **state)
{
	static const uint8_t eight[] = { FRAME_CREDIT, FRAME_PING, FRAME_PONG };

	for (uint32_t len = 0; len < 20; len++) {
		for (size_t i = 0; i < sizeof eight; i++)
			assert_int_equal(judge((struct header){ eight[i], 0, len, 0 }),
					 len == 8 ? ST_OK : ST_INVALID_ARGUMENT);
		assert_int_equal(judge((struct header){ FRAME_CANCEL, 0, len, 1 }),
				 len == 0 ? ST_OK : ST_INVALID_ARGUMENT);
	}
}

static void senders_are_as_the_protocol_says(void **state)
{
	static const uint8_t client[] = { FRAME_HELLO, FRAME_REQUEST, FRAME_CANCEL };
	static const uint8_t server[] = { FRAME_WELCOME, FRAME_RESPONSE, FRAME_STATUS,
					  FRAME_GOAWAY };
	static const uint8_t both[] = { FRAME_DATA, FRAME_CREDIT, FRAME_PING, FRAME_PONG,
					FRAME_ERROR };
	const unsigned mask = FRAME_BY_CLIENT | FRAME_BY_SERVER;

	for (size_t i = 0; i < sizeof client; i++)
		assert_int_equal(frame_rule(client[i])->who & mask, FRAME_BY_CLIENT);
	for (size_t i = 0; i < sizeof server; i++)
		assert_int_equal(frame_rule(server[i])->who & mask, FRAME_BY_SERVER);
	for (size_t i = 0; i < sizeof both; i++)
		assert_int_equal(frame_rule(both[i])->who & mask, mask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_has_its_layout),
		cmocka_unit_test(a_frame_is_read_back_at_every_cut),
		cmocka_unit_test(only_the_first_frame_is_taken),
		cmocka_unit_test(the_first_byte_decides_about_the_magic),
		cmocka_unit_test(caps_follow_the_phase),
		cmocka_unit_test(every_type_has_its_place),
		cmocka_unit_test(flags_fit_their_type),
		cmocka_unit_test(the_reserved_byte_is_zero),
		cmocka_unit_test(fixed_lengths_are_exact),
		cmocka_unit_test(senders_are_as_the_protocol_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
