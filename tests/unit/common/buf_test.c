#include "common/buf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/check.h"

static void bytes_come_out_in_order(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	assert_int_equal(buf_append(&b, "hello ", 6), ST_OK);
	assert_int_equal(buf_append(&b, "world", 5), ST_OK);
	assert_int_equal(buf_peek(&b).len, 11);
	assert_memory_equal(buf_peek(&b).data, "hello world", 11);
	buf_consume(&b, 6);
	assert_memory_equal(buf_peek(&b).data, "world", 5);
	buf_fini(&b);
}

static void the_maximum_holds_and_nothing_is_half_appended(void **state)
{
	struct buf b;

	buf_init(&b, 10);
	assert_int_equal(buf_append(&b, "12345678", 8), ST_OK);
	assert_int_equal(buf_append(&b, "abc", 3), ST_RESOURCE_EXHAUSTED);
	assert_int_equal(buf_peek(&b).len, 8);
	assert_int_equal(buf_append(&b, "ab", 2), ST_OK);
	assert_null(buf_reserve(&b, 1));
	buf_consume(&b, 1);
	assert_int_equal(buf_append(&b, "c", 1), ST_OK);
	assert_memory_equal(buf_peek(&b).data, "2345678abc", 10);
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_fini(&b);
}

static void reserved_room_counts_when_committed(void **state)
{
	struct buf b;
	uint8_t *room;

	buf_init(&b, 1000);
	room = buf_reserve(&b, 500);
	assert_non_null(room);
	memset(room, 'x', 500);
	assert_int_equal(buf_peek(&b).len, 0);
	buf_commit(&b, 3);
	assert_int_equal(buf_peek(&b).len, 3);
	assert_memory_equal(buf_peek(&b).data, "xxx", 3);
	assert_non_null(buf_reserve(&b, 0));
	buf_fini(&b);
}

static void an_empty_buffer_holds_no_memory(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_null(b.data);
	assert_int_equal(buf_append(&b, NULL, 0), ST_OK);
	assert_null(b.data);
	assert_int_equal(buf_append(&b, "abc", 3), ST_OK);
	assert_non_null(b.data);
	buf_consume(&b, 3);
	assert_null(b.data);
	assert_int_equal(buf_append(&b, "again", 5), ST_OK);
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(buf_peek(&b).len, 0);
	assert_int_equal(b.max, 1000);
	buf_fini(&b);
}

/* A queue that never runs empty must not grow with what passes through it. */
static void memory_follows_what_waits_not_what_passed(void **state)
{
	uint8_t block[100] = { 0 };
	struct buf b;

	buf_init(&b, 100000);
	assert_int_equal(buf_append(&b, block, 100), ST_OK);
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(buf_append(&b, block, 100), ST_OK);
		buf_consume(&b, 100);
	}
	assert_int_equal(buf_peek(&b).len, 100);
	assert_true(b.cap <= 1024);
	buf_fini(&b);
}

/* Against a plain array that does the same, with a fixed seed. */
static void random_use_agrees_with_a_plain_queue(void **state)
{
	static uint8_t model[5000];
	size_t len = 0;
	unsigned seed = 20260801;
	uint8_t next = 0;
	struct buf b;

	buf_init(&b, sizeof model);
	for (int turn = 0; turn < 20000; turn++) {
		size_t n = (size_t)rand_r(&seed) % 700;
		uint8_t bytes[700];

		if (rand_r(&seed) % 2 == 0) {
			for (size_t i = 0; i < n; i++)
				bytes[i] = next++;
			if (len + n > sizeof model) {
				assert_int_equal(buf_append(&b, bytes, n), ST_RESOURCE_EXHAUSTED);
			} else {
				assert_int_equal(buf_append(&b, bytes, n), ST_OK);
				memcpy(model + len, bytes, n);
				len += n;
			}
		} else {
			n = n < len ? n : len;
			buf_consume(&b, n);
			len -= n;
			memmove(model, model + n, len);
		}
		assert_int_equal(buf_peek(&b).len, len);
		if (len > 0)
			assert_memory_equal(buf_peek(&b).data, model, len);
	}
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_in_order),
		cmocka_unit_test(the_maximum_holds_and_nothing_is_half_appended),
		cmocka_unit_test(reserved_room_counts_when_committed),
		cmocka_unit_test(an_empty_buffer_holds_no_memory),
		cmocka_unit_test(memory_follows_what_waits_not_what_passed),
		cmocka_unit_test(random_use_agrees_with_a_plain_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
