#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/check.h"
#include "tests/unit/common/pbw.h"
#include "tests/unit/common/sample.pb-c.h"
#include "tests/unit/common/sample_rules.h"

#define MIB (1u << 20)

/* Walks 'w' as sample.All; what it refuses must have a path and a sentence. */
static enum st_code check(const struct pbw *w, struct st_err *err)
{
	*err = (struct st_err){ 0 };
	enum st_code code = wire_check(&rules_sample_all, pbw_slice(w), err);

	assert_int_equal(err->code, code);
	if (code != ST_OK) {
		assert_int_equal(code, ST_INVALID_ARGUMENT);
		assert_true(strlen(err->message) > 10);
	}
	return code;
}

static void assert_refused(const struct pbw *w, const char *reason, const char *field)
{
	struct st_err err;

	assert_int_equal(check(w, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, reason);
	assert_string_equal(err.field, field);
}

static void assert_fine(const struct pbw *w)
{
	struct st_err err;

	if (check(w, &err) != ST_OK)
		fail_msg("refused: %s: %s", err.field, err.message);
}

static void nothing_is_a_message(void **state)
{
	struct pbw w = { .len = 0 };

	assert_fine(&w);
}

static Sample__All *full_message(struct arena *mem)
{
	Sample__All *all = (Sample__All *)message_new(&sample__all__descriptor, mem);

	for (unsigned i = 0; i < sample__all__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &sample__all__descriptor.fields[i];
		const char *text = f->type == PROTOBUF_C_TYPE_BOOL     ? "true"
				   : f->type == PROTOBUF_C_TYPE_ENUM   ? "MINUS"
				   : f->type == PROTOBUF_C_TYPE_BYTES  ? "\\x00ff10"
				   : f->type == PROTOBUF_C_TYPE_STRING ? "水管"
								       : "7";

		for (int n = 0; n < (f->label == PROTOBUF_C_LABEL_REPEATED ? 3 : 1); n++) {
			ProtobufCMessage *sub;

			if (f->type != PROTOBUF_C_TYPE_MESSAGE) {
				assert_int_equal(field_set_text(&all->base, f, text, strlen(text),
								mem, NULL),
						 ST_OK);
				continue;
			}
			sub = f->label == PROTOBUF_C_LABEL_REPEATED
				      ? field_add_message(&all->base, f, mem)
				      : field_need_message(&all->base, f, mem);
			((Sample__Item *)sub)->name = arena_strdup(mem, "name");
		}
	}
	return all;
}

static void every_type_goes_there_and_back(void **state)
{
	struct st_err err = { 0 };
	ProtobufCMessage *msg;
	struct slice packed, again;
	struct arena mem;

	arena_init(&mem, MIB);
	assert_int_equal(wire_pack(&full_message(&mem)->base, &mem, &packed, &err), ST_OK);
	assert_int_equal(wire_unpack(&rules_sample_all, packed, &mem, &msg, &err), ST_OK);
	assert_int_equal(wire_pack(msg, &mem, &again, &err), ST_OK);
	assert_int_equal(packed.len, again.len);
	assert_memory_equal(packed.data, again.data, packed.len);
	assert_int_equal(((Sample__All *)msg)->n_many_item, 3);
	assert_string_equal(((Sample__All *)msg)->many_item[2]->name, "name");
	assert_int_equal(((Sample__All *)msg)->many_color[1], SAMPLE__COLOR__MINUS);
	arena_fini(&mem);
}

/* Cutting a message between two fields leaves a message; anywhere else it must be noticed. */
static void every_cut_is_noticed(void **state)
{
	struct st_err err = { 0 };
	struct slice packed;
	unsigned fine = 0;
	struct arena mem;

	arena_init(&mem, 16 * MIB);
	assert_int_equal(wire_pack(&full_message(&mem)->base, &mem, &packed, &err), ST_OK);
	for (size_t len = 0; len < packed.len; len++) {
		struct slice cut = arena_slice(&mem, slice_of(packed.data, len));
		enum st_code code = wire_check(&rules_sample_all, cut, &err);
		ProtobufCMessage *msg = protobuf_c_message_unpack(
			&sample__all__descriptor, arena_pb(&mem), cut.len, cut.data);

		assert_int_equal(code == ST_OK, msg != NULL);
		fine += code == ST_OK;
	}
	/* 17 single, 27 repeated, 4 packed, 3 with defaults, 1 of the oneof */
	assert_int_equal(fine, 17 + 27 + 4 + 3 + 1);
	arena_fini(&mem);
}

static void broken_tags_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "\x00\x00", 2 },                 /* field 0 */
		{ "\x80", 1 },                     /* cut off */
		{ "\xff\xff\xff\xff\x1f\x00", 6 }, /* over 32 bits */
		{ "\x80\x80\x80\x80\x80\x00", 6 }, /* too many bytes */
		{ "\x0b\x0c", 2 },                 /* group on a known field */
		{ "\xa3\x06\xa4\x06", 4 },         /* group on an unknown one */
		{ "\xa6\x06", 2 },                 /* wire type 6 */
		{ "\xa7\x06", 2 },                 /* wire type 7 */
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct pbw w = { .len = 0 };
		struct st_err err;

		pbw_raw(&w, bad[i].bytes, bad[i].len);
		assert_int_equal(check(&w, &err), ST_INVALID_ARGUMENT);
		assert_string_equal(err.reason, "MALFORMED");
	}
}

static void the_largest_field_number_is_only_unknown(void **state)
{
	struct pbw w = { .len = 0 };

	pbw_number(&w, (1u << 29) - 1, 5);
	assert_fine(&w);
}

static void varints_of_ten_bytes_hold_64_bits(void **state)
{
	struct pbw w = { .len = 0 };

	pbw_number(&w, 9, UINT64_MAX);
	assert_fine(&w);
	w.data[w.len - 1] = 0x02; /* a 65th bit */
	assert_refused(&w, "MALFORMED", "u64");
	w.data[w.len - 1] = 0x81; /* and an 11th byte */
	pbw_byte(&w, 0);
	assert_refused(&w, "MALFORMED", "u64");
}

static void numbers_too_wide_for_their_field_are_refused(void **state)
{
	static const struct {
		uint32_t field;
		uint64_t value;
		bool fine;
	} cases[] = {
		{ 1, INT32_MAX, true },
		{ 1, (uint64_t)INT32_MAX + 1, false },
		{ 1, (uint64_t)(int64_t)INT32_MIN, true },
		{ 1, (uint64_t)(int64_t)INT32_MIN - 1, false },
		{ 1, UINT64_MAX, true },
		{ 2, UINT32_MAX, true },
		{ 2, (uint64_t)UINT32_MAX + 1, false },
		{ 7, UINT32_MAX, true },
		{ 7, (uint64_t)UINT32_MAX + 1, false },
		{ 13, 0, true },
		{ 13, 1, true },
		{ 13, 2, false },
		{ 14, (uint64_t)-3, true },
		{ 14, (uint64_t)1 << 40, false },
		{ 4, UINT64_MAX, true },
		{ 31, (uint64_t)1 << 31, false },
		{ 36, (uint64_t)1 << 31, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pbw w = { .len = 0 }, packed = { .len = 0 };
		struct st_err err;

		pbw_number(&w, cases[i].field, cases[i].value);
		assert_int_equal(check(&w, &err), cases[i].fine ? ST_OK : ST_INVALID_ARGUMENT);
		if (!cases[i].fine)
			assert_string_equal(err.reason, "OUT_OF_RANGE");
		if (cases[i].field < 31)
			continue;
		w.len = 0;
		pbw_varint(&packed, cases[i].value);
		pbw_message(&w, cases[i].field, &packed);
		assert_int_equal(check(&w, &err), ST_INVALID_ARGUMENT);
		assert_string_equal(err.reason, "OUT_OF_RANGE");
	}
}

static void wire_types_must_fit(void **state)
{
	static const unsigned types[] = { 0, 1, 2, 5 };

	for (unsigned i = 0; i < sample__all__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &sample__all__descriptor.fields[i];
		unsigned fits = 0;

		for (size_t t = 0; t < 4; t++) {
			struct pbw w = { .len = 0 };
			struct st_err err;

			pbw_tag(&w, f->id, types[t]);
			/* a zero of eight, four or one byte, or an empty content */
			pbw_raw(&w, "\0\0\0\0\0\0\0\0", types[t] == 1 ? 8 : types[t] == 5 ? 4 : 1);
			fits += check(&w, &err) == ST_OK;
		}
		assert_int_equal(fits, f->label == PROTOBUF_C_LABEL_REPEATED &&
						       f->type < PROTOBUF_C_TYPE_STRING
					       ? 2
					       : 1);
	}
}

static void texts_are_bounded_in_bytes(void **state)
{
	struct pbw w = { .len = 0 };
	char text[200];

	memset(text, 'x', sizeof text);
	pbw_bytes(&w, 15, text, 160); /* 40 characters of up to 4 bytes */
	assert_fine(&w);
	w.len = 0;
	pbw_bytes(&w, 15, text, 161);
	assert_refused(&w, "TOO_LONG", "text");
	w.len = 0;
	pbw_bytes(&w, 37, text, 41);
	assert_refused(&w, "TOO_LONG", "many_text[0]");
	w.len = 0;
	pbw_bytes(&w, 16, text, 40);
	assert_fine(&w);
	w.len = 0;
	pbw_bytes(&w, 16, text, 41);
	assert_refused(&w, "TOO_LONG", "data");
	w.len = 0;
	pbw_bytes(&w, 38, text, 10);
	pbw_bytes(&w, 38, text, 11);
	assert_refused(&w, "TOO_LONG", "many_data[1]");
}

static void texts_are_utf8_without_nul(void **state)
{
	struct pbw w = { .len = 0 }, sub = { .len = 0 };

	pbw_bytes(&w, 15, "a\0b", 3);
	assert_refused(&w, "NOT_UTF8", "text");
	for (int i = 0; i < 17; i++) { /* eight characters are looked at together */
		char text[17];

		memset(text, 'x', sizeof text);
		w.len = 0;
		pbw_bytes(&w, 15, text, sizeof text);
		assert_fine(&w);
		text[i] = '\0';
		w.len = 0;
		pbw_bytes(&w, 15, text, sizeof text);
		assert_refused(&w, "NOT_UTF8", "text");
	}
	w.len = 0;
	pbw_bytes(&w, 15, "a\xff", 2);
	assert_refused(&w, "NOT_UTF8", "text");
	w.len = 0;
	pbw_bytes(&w, 16, "a\0\xff", 3); /* bytes may hold anything */
	assert_fine(&w);
	w.len = 0;
	pbw_text(&w, 37, "good");
	pbw_text(&w, 37, "\xc3");
	assert_refused(&w, "NOT_UTF8", "many_text[1]");
	w.len = 0;
	pbw_text(&sub, 3, "ok");
	pbw_text(&sub, 3, "\xed\xa0\x80");
	for (int i = 0; i < 3; i++)
		pbw_text(&w, 39, "");
	pbw_message(&w, 39, &sub);
	assert_refused(&w, "NOT_UTF8", "many_item[3].tags[1]");
}

static void repeated_fields_are_counted(void **state)
{
	struct pbw w = { .len = 0 };

	for (int i = 0; i < 40; i++)
		pbw_number(&w, 31, 1);
	assert_fine(&w);
	pbw_number(&w, 31, 1);
	assert_refused(&w, "TOO_MANY", "many_i32");
	w.len = 0;
	for (int i = 0; i < 41; i++)
		pbw_text(&w, 39, "");
	assert_refused(&w, "TOO_MANY", "many_item");
}

static void packed_elements_are_counted_one_by_one(void **state)
{
	struct pbw w = { .len = 0 };
	uint8_t zeros[400] = { 0 };

	pbw_bytes(&w, 51, zeros, 40);
	assert_fine(&w);
	pbw_number(&w, 51, 1); /* one more, not packed */
	assert_refused(&w, "TOO_MANY", "packed_i32");
	w.len = 0;
	pbw_bytes(&w, 51, zeros, 41);
	assert_refused(&w, "TOO_MANY", "packed_i32");
	w.len = 0;
	pbw_bytes(&w, 52, zeros, 40 * 8);
	assert_fine(&w);
	pbw_bytes(&w, 52, zeros, 8);
	assert_refused(&w, "TOO_MANY", "packed_f64");
	w.len = 0;
	pbw_bytes(&w, 52, zeros, 12);
	assert_refused(&w, "MALFORMED", "packed_f64[0]");
	w.len = 0;
	pbw_bytes(&w, 53, zeros, 40);
	assert_fine(&w);
	w.len = 0;
	pbw_bytes(&w, 53, "\x81\x00", 2);
	assert_refused(&w, "MALFORMED", "packed_flag[0]");
	w.len = 0;
	pbw_bytes(&w, 54, "\x01\x80", 2);
	assert_refused(&w, "MALFORMED", "packed_color[0]");
}

static void a_single_field_comes_once(void **state)
{
	struct pbw w = { .len = 0 };

	pbw_number(&w, 1, 1);
	pbw_number(&w, 1, 2);
	assert_refused(&w, "MALFORMED", "i32");
	w.len = 0;
	pbw_text(&w, 17, "");
	pbw_text(&w, 17, "");
	assert_refused(&w, "MALFORMED", "item");
}

static void unknown_fields_are_tolerated_up_to_a_number(void **state)
{
	struct pbw w = { .len = 0 };

	for (int i = 0; i < WIRE_UNKNOWN_MAX / 4; i++) {
		pbw_number(&w, 200, 7);
		pbw_text(&w, 201, "from a later version");
		pbw_tag(&w, 202, 1);
		pbw_raw(&w, "12345678", 8);
		pbw_tag(&w, 203, 5);
		pbw_raw(&w, "1234", 4);
	}
	assert_fine(&w);
	pbw_number(&w, 200, 7);
	assert_refused(&w, "TOO_MANY", "");
}

static void cut_unknown_fields_are_noticed(void **state)
{
	static const unsigned types[] = { 0, 1, 2, 5 };

	for (size_t t = 0; t < 4; t++) {
		struct pbw w = { .len = 0 };

		pbw_tag(&w, 200, types[t]);
		assert_refused(&w, "MALFORMED", "");
		if (types[t] != 0) {
			pbw_byte(&w, 3);
			pbw_byte(&w, 0);
			assert_refused(&w, "MALFORMED", "");
		}
	}
}

static void eight_levels_are_deep_enough(void **state)
{
	struct pbw inner = { .len = 0 }, outer;
	struct st_err err = { 0 };

	for (int level = 1; level <= 9; level++) {
		enum st_code code = wire_check(&rules_sample_d1, pbw_slice(&inner), &err);

		assert_int_equal(code, level <= WIRE_DEPTH_MAX ? ST_OK : ST_INVALID_ARGUMENT);
		outer.len = 0;
		pbw_message(&outer, 1, &inner);
		inner = outer;
	}
	assert_string_equal(err.reason, "TOO_DEEP");
	assert_string_equal(err.field, "next.next.next.next.next.next.next.next");
}

static void the_whole_tree_has_a_limit_of_fields(void **state)
{
	static uint8_t tags[3 * 70000];
	struct field_rule fields[36];
	struct message_rules rules = rules_sample_all;
	struct st_err err = { 0 };
	struct slice body = { tags, 0 };

	memcpy(fields, rules.fields, sizeof fields);
	for (int i = 0; i < 36; i++)
		fields[i].max = UINT32_MAX;
	rules.fields = fields;
	/* packed booleans: one byte each */
	tags[0] = 0xaa, tags[1] = 0x03;
	tags[2] = 0x80 | (200000 & 0x7f), tags[3] = 0x80 | (200000 >> 7 & 0x7f),
	tags[4] = 200000 >> 14;
	body.len = 5 + 200000;
	assert_int_equal(wire_check(&rules, body, &err), ST_OK);
	tags[body.len++] = 0x08; /* i32 = 0 */
	tags[body.len++] = 0x00;
	assert_int_equal(wire_check(&rules, body, &err), ST_INVALID_ARGUMENT);
	assert_string_equal(err.reason, "TOO_MANY");
	assert_string_equal(err.field, "");
}

static void lengths_beyond_the_end_are_noticed(void **state)
{
	static const uint32_t fields[] = { 15, 16, 17, 37, 39, 51, 200 };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct pbw w = { .len = 0 };
		struct st_err err;

		pbw_tag(&w, fields[i], 2);
		pbw_varint(&w, 3);
		pbw_raw(&w, "\1\1", 2);
		assert_int_equal(check(&w, &err), ST_INVALID_ARGUMENT);
		w.len = 0;
		pbw_tag(&w, fields[i], 2);
		pbw_varint(&w, UINT32_MAX);
		assert_int_equal(check(&w, &err), ST_INVALID_ARGUMENT);
		w.len = 0;
		pbw_tag(&w, fields[i], 2);
		pbw_raw(&w, "\xff\xff\xff\xff\xff\xff\xff\xff\x01", 9);
		assert_int_equal(check(&w, &err), ST_INVALID_ARGUMENT);
	}
}

static void the_arena_bounds_what_comes_out(void **state)
{
	struct st_err err = { 0 };
	ProtobufCMessage *msg = NULL;
	struct slice packed;
	struct arena mem;
	size_t enough;

	arena_init(&mem, MIB);
	assert_int_equal(wire_pack(&full_message(&mem)->base, &mem, &packed, &err), ST_OK);
	for (enough = 0; msg == NULL; enough += 48) {
		struct arena small;
		enum st_code code;

		assert_true(enough < 100000);
		arena_init(&small, enough);
		code = wire_unpack(&rules_sample_all, packed, &small, &msg, &err);
		assert_int_equal(code, msg != NULL ? ST_OK : ST_RESOURCE_EXHAUSTED);
		arena_fini(&small);
	}
	assert_true(enough > 1000);
	arena_fini(&mem);
}

static void packing_meets_the_limit_too(void **state)
{
	struct st_err err = { 0 };
	struct slice packed;
	struct arena mem, small;

	arena_init(&mem, MIB);
	arena_init(&small, 100);
	assert_int_equal(wire_pack(&full_message(&mem)->base, &small, &packed, &err),
			 ST_RESOURCE_EXHAUSTED);
	arena_fini(&small);
	arena_fini(&mem);
}

/* Damage a good message at random: whatever the walker lets through, protobuf-c must be able to
 * read, and what comes out must be bounded by the arena. */
static void random_damage_never_gets_past_the_walker_unseen(void **state)
{
	struct st_err err = { 0 };
	struct arena mem;
	struct slice packed;
	uint8_t bytes[2000];
	unsigned seed = 4711, fine = 0;

	arena_init(&mem, MIB);
	assert_int_equal(wire_pack(&full_message(&mem)->base, &mem, &packed, &err), ST_OK);
	assert_true(packed.len < sizeof bytes);
	for (int turn = 0; turn < 30000; turn++) {
		ProtobufCMessage *msg;
		struct arena a;
		enum st_code code;

		memcpy(bytes, packed.data, packed.len);
		for (int i = rand_r(&seed) % 3; i >= 0; i--)
			bytes[(size_t)rand_r(&seed) % packed.len] = (uint8_t)rand_r(&seed);
		arena_init(&a, MIB);
		code = wire_unpack(&rules_sample_all, slice_of(bytes, packed.len), &a, &msg, &err);
		if (code == ST_OK)
			fine++;
		else
			assert_int_equal(
				wire_check(&rules_sample_all, slice_of(bytes, packed.len), NULL),
				ST_INVALID_ARGUMENT);
		arena_fini(&a);
	}
	assert_in_range(fine, 1000, 29000);
	arena_fini(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_a_message),
		cmocka_unit_test(every_type_goes_there_and_back),
		cmocka_unit_test(every_cut_is_noticed),
		cmocka_unit_test(broken_tags_are_refused),
		cmocka_unit_test(the_largest_field_number_is_only_unknown),
		cmocka_unit_test(varints_of_ten_bytes_hold_64_bits),
		cmocka_unit_test(numbers_too_wide_for_their_field_are_refused),
		cmocka_unit_test(wire_types_must_fit),
		cmocka_unit_test(texts_are_bounded_in_bytes),
		cmocka_unit_test(texts_are_utf8_without_nul),
		cmocka_unit_test(repeated_fields_are_counted),
		cmocka_unit_test(packed_elements_are_counted_one_by_one),
		cmocka_unit_test(a_single_field_comes_once),
		cmocka_unit_test(unknown_fields_are_tolerated_up_to_a_number),
		cmocka_unit_test(cut_unknown_fields_are_noticed),
		cmocka_unit_test(eight_levels_are_deep_enough),
		cmocka_unit_test(the_whole_tree_has_a_limit_of_fields),
		cmocka_unit_test(lengths_beyond_the_end_are_noticed),
		cmocka_unit_test(the_arena_bounds_what_comes_out),
		cmocka_unit_test(packing_meets_the_limit_too),
		cmocka_unit_test(random_damage_never_gets_past_the_walker_unseen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
